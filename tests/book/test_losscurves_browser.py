"""LossCurves on a page without a kernel: by keys and by touch, its words, its size on a phone, and axe."""
import re

import pytest
from building import BROWSER

import gan
from gan.figures import LossCurves

if BROWSER is None:
    pytest.skip("no browser: apt-get install chromium, or set CHROMIUM to one's path", allow_module_level=True)

COUNT_WORDS = """() => {
  window.said = [];
  new MutationObserver(() => said.push(1)).observe(document.querySelector("[aria-live]"), { childList: true });
}"""
MARGIN = gan.losses.Loss(lambda real, fake: (2 - real).relu() + (2 + fake).relu(), lambda fake: -fake)


@pytest.fixture
def shown(alone):
    """Function that shows the figure, with a pair of one's own among its losses."""
    return lambda loss="non-saturating", p=0.8, q=0.1, **options: alone(
        LossCurves(loss, p=p, q=q, more={"margin 2": MARGIN}), **options)


def numbers(page):
    """The best logit, D's expected loss there and undecided, the gap and G's gradient, as the words say them."""
    text = page.locator(".words").inner_text().replace("−", "-").replace("\u00a0", " ")
    patterns = (r"best (?:logit|output) is (\S+):", r"loss there is (\S+)\. An", r"has (\S+)\.\n", r"gap is (\S+) =",
                r"there is (-?\d\.\d+)\. [GDIT]")
    return tuple(float(re.search(pattern, text)[1]) for pattern in patterns)


def drawn(page):
    return [path.get_attribute("d") for path in page.locator("path.sum, path.chosen").all()]


def test_sliders_by_keys_move_the_minimum_and_all_numbers_follow(shown):
    page = shown()
    assert numbers(page) == (2.08, 0.314, 0.624, 0.310, -0.11)
    before, dot = drawn(page), page.locator("circle.now").first
    at, values = dot.get_attribute("cx"), page.locator(".value")
    p, q = page.get_by_role("slider").all()
    p.press("Home")
    assert values.all_inner_texts() == ["0.01", "0.10"] and numbers(page)[0] == -2.30
    assert float(dot.get_attribute("cx")) < float(at) and drawn(page)[0] != before[0]
    q.press("Home")
    assert numbers(page)[0] == 0 and numbers(page)[3] == 0
    for _ in range(9):
        q.press("ArrowRight")
    assert values.all_inner_texts() == ["0.01", "0.10"]
    p.press("End")
    assert numbers(page)[:2] == (2.30, 0.335)                        # log 10; -log(10/11) - 0.1 log(1/11)


def test_every_loss_can_be_chosen_and_the_chosen_one_is_bold(shown):
    page = shown()
    select = page.get_by_label("loss", exact=True)
    expected = {"minimax": (2.08, 0.314, 0.624, 0.310, -0.89), "least squares": (0.89, 0.044, 0.113, 0.068, -0.11),
                "exponential": (1.04, 0.566, 0.900, 0.334, -2.83), "hinge": (1, 0.2, 0.9, 0.7, -1),
                "Wasserstein": (1, -0.7, 0, 0.7, -1)}
    assert len(select.locator("option").all()) == 7
    for loss, values in expected.items():
        select.select_option(loss)
        assert numbers(page) == values
        assert page.locator("path.chosen").count() == 2 and loss in " ".join(
            ["logistic", *page.locator("text.chosen-name").all_text_contents()])
    select.select_option("margin 2")
    assert "best logit is 2.00" in page.locator(".words").inner_text()
    assert page.locator("path.limit").count() == 0
    select.select_option("Wasserstein")
    assert page.locator("path.limit").count() == 2
    texts = page.locator("svg text").all_text_contents()
    assert "non-saturating, least squares" in texts and "hinge, Wasserstein" in " ".join(texts)


def test_where_p_is_q_all_logits_within_the_margin_are_marked(shown):
    page = shown("hinge", p=0.5, q=0.5)
    assert page.locator("path.plateau").count() == 1
    assert "Any logit from −1.00 to 1.00" in page.locator(".words").inner_text()
    page.get_by_role("slider").first.press("ArrowRight")
    assert page.locator("path.plateau").count() == 0 and numbers(page)[0] == 1


def test_words_are_spoken_once_the_slider_rests(shown):
    page = shown()
    spoken = page.locator("[aria-live=polite]")
    page.wait_for_timeout(600)
    page.evaluate(COUNT_WORDS)
    before = spoken.text_content()
    for _ in range(8):
        page.get_by_role("slider").first.press("ArrowLeft")
    assert spoken.text_content() == before
    page.wait_for_timeout(700)
    assert page.evaluate("said.length") == 1 and spoken.text_content().startswith("p(x) = 0.72, q(x) = 0.10")
    for drawing in page.locator("svg[role=img]").all():
        assert len(drawing.get_attribute("aria-label")) > 60


def test_on_a_phone_it_fits_and_targets_are_large(shown):
    page = shown(width=390, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.clientWidth - document.documentElement.scrollWidth") >= 0
    rows = page.locator("figure > label").all()
    assert [row.bounding_box()["height"] < 50 for row in rows] == [True] * 3          # nothing is wrapped
    for target in page.locator("figure :is(select, input)").all():
        box = target.bounding_box()
        assert box["height"] >= 43.9 and box["width"] >= 43.9
    box, before = page.get_by_role("slider").last.bounding_box(), numbers(page)
    page.touchscreen.tap(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2)
    assert numbers(page)[0] < 0.3 < before[0]
    sizes = page.locator("svg text").evaluate_all("all => all.map((one) => one.getBoundingClientRect().height)")
    assert min(sizes) >= 11


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "dark")])
def test_axe_finds_nothing(shown, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = shown(width=width, color_scheme=scheme)
    result = Axe().run(page, options={"preload": False}).response
    assert result["passes"]
    assert not [(rule["id"], rule["nodes"][0]["html"]) for rule in result["violations"]]
