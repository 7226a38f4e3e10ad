"""The lab on the built site: a preset comes to its end, players move one at a time, links, keys, touch."""
import re

import pytest
from building import BROWSER

if BROWSER is None:
    pytest.skip("no browser: apt-get install chromium, or set CHROMIUM to one's path", allow_module_level=True)

from playwright.sync_api import expect  # noqa: E402

PHONE = {"width": 360, "has_touch": True, "is_mobile": True}


@pytest.fixture
def lab(new_page, address):
    """Function that opens the lab's page; errors on its console end up in ``page.errors``."""
    opened = []

    def lab(link="", path="book/lab.html", **options):
        page = new_page(**options)
        page.errors = []
        page.on("console", lambda message: message.type in ("error", "warning") and page.errors.append(message.text))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(f"{address}/{path}{link}")
        page.locator("figure.gan-lab").wait_for()
        opened.append(page)
        return page

    yield lab
    assert not [error for page in opened for error in page.errors]


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def readout(page):
    return page.locator(".gan-lab .readout").inner_text()


def step(page):
    return int(re.search(r"Step (\d+)", readout(page))[1])


def layer(page, name):
    """What the square looks like with that layer alone."""
    for box in page.locator(".gan-lab .box input").all():
        box.set_checked(box.get_attribute("name") == name)
    return page.locator(".gan-lab .stage canvas").first.evaluate("canvas => canvas.toDataURL()")


def test_it_waits_until_asked_and_the_first_preset_comes_to_its_end(lab):
    page = lab()
    page.wait_for_timeout(300)
    assert step(page) == 0
    press(page, "Play")
    page.locator(".ask", has_text="All 8 modes are found").wait_for(timeout=120_000)
    assert "Will its fakes find all 8 modes?" in page.locator(".ask").inner_text()     # to compare the answer with
    assert step(page) == 3000
    found = re.search(r"(\d) of 8 modes found, (\d+) %", readout(page))
    assert int(found[1]) == 8 and int(found[2]) > 25
    assert "All 8 modes" in page.locator(".gan-lab [aria-live]").inner_text()
    assert page.get_by_text("Not with this seed").count() == 0
    assert page.get_by_role("button", name="Play", exact=True).is_visible()


def test_a_step_of_one_player_leaves_the_other_as_it_was(lab):
    page = lab()
    before = layer(page, "surface"), layer(page, "fakes")
    press(page, "Step D")
    assert "D has moved" in readout(page)
    after_d = layer(page, "surface"), layer(page, "fakes")
    assert after_d[0] != before[0] and after_d[1] == before[1]
    press(page, "Step G")
    assert "G has moved" in readout(page)
    after_g = layer(page, "surface"), layer(page, "fakes")
    assert after_g[0] == after_d[0] and after_g[1] != after_d[1]
    press(page, "Reset")
    assert (layer(page, "surface"), layer(page, "fakes")) == before


def test_slow_motion_moves_the_players_by_turns(lab):
    page = lab()
    press(page, "Slow motion")                                         # which also begins to play
    page.get_by_text("D has moved").first.wait_for()
    page.get_by_text("G has moved").first.wait_for()
    assert step(page) <= 2
    press(page, "Pause")


def test_a_setting_travels_as_a_link(lab):
    page = lab("#preset=collapse")
    assert page.get_by_label("preset").input_value() == "collapse"
    page.get_by_label("R1 penalty").fill("0.5")
    page.get_by_label("seed").fill("7")
    page.get_by_label("seed").press("Enter")
    assert "you changed something" in page.locator(".gan-lab .ask").inner_text()
    press(page, "Copy link")
    assert "copied" in page.locator(".gan-lab .help:visible").all_inner_texts()[0].lower() or (
        page.get_by_text("The link stands here").is_visible())
    link = page.get_by_label("Link to this setting").input_value()
    assert link.endswith("lab.html#preset=collapse&r1=0.5&seed=7") and page.evaluate("location.href") == link
    other = lab("#" + link.split("#")[1])
    assert other.get_by_label("R1 penalty").input_value() == "0.5"
    assert other.get_by_label("seed").input_value() == "7"
    other.get_by_role("link", name="Round and round").click()
    expect(other.get_by_label("preset")).to_have_value("cycling")       # a link is followed after the click returns


def test_a_bad_link_is_named_in_one_sentence(lab):
    page = lab("#preset=first&lr=fast&colour=red")
    told = page.locator(".gan-lab .warning").inner_text()
    assert "lr=fast" in told and "colour" in told and "First look" in told
    press(page, "Step D")
    assert "Step 0" in readout(page)


def test_a_value_out_of_range_is_refused(lab):
    page = lab()
    page.get_by_label("learning rate of G").fill("5")
    page.get_by_label("learning rate of G").press("Enter")
    warning = page.locator(".gan-lab .warning")
    assert "0.001 is still used" in warning.inner_text()
    below, field = warning.bounding_box()["y"], page.get_by_label("learning rate of G").bounding_box()
    assert 0 <= below - field["y"] - field["height"] < 20, "the words stand under the field"
    page.get_by_label("learning rate of G").fill("0.01")
    page.get_by_label("learning rate of G").press("Enter")
    assert not warning.is_visible()


def test_a_drawing_by_keys_and_the_whole_lab_by_keyboard(lab):
    page = lab()
    page.locator(".gan-lab [name=data]").focus()
    page.locator(".gan-lab [name=data]").select_option("drawn")
    page.get_by_role("button", name="Draw anew").focus()
    page.keyboard.press("Enter")
    for key in (" ", "ArrowRight", "ArrowRight", "ArrowRight", " ", "ArrowUp", "ArrowUp", "ArrowUp", " "):
        page.keyboard.press(key)
    assert "of 3 drawn points" in readout(page)
    page.get_by_role("button", name="Play", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    page.keyboard.press("Enter")
    assert step(page) > 0


def test_by_touch_at_360_pixels(lab):
    page = lab(**PHONE)
    assert page.evaluate("document.documentElement.clientWidth - document.documentElement.scrollWidth") >= 0
    page.locator(".gan-lab details summary").tap()
    kinds = ("button:visible", "select:visible", ".box", "summary", "input[type=number]:visible")
    for target in page.locator(", ".join(f".gan-lab {kind}" for kind in kinds)).all():
        box = target.bounding_box()
        assert box["height"] >= 43.9 and box["width"] >= 43.9, target.inner_text()
    page.locator(".gan-lab [name=data]").select_option("drawn")
    press(page, "Draw anew")
    canvas = page.locator(".gan-lab canvas.drawing")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    for place in (0.3, 0.7):
        page.touchscreen.tap(box["x"] + place * box["width"], box["y"] + 0.5 * box["height"])
    assert "of 2 drawn points" in readout(page)
    page.get_by_role("button", name="Step G").tap()
    assert step(page) == 1


def test_it_rests_out_of_sight(lab):
    page = lab()
    press(page, "Play")
    page.evaluate("document.querySelector('.gan-lab').style.marginTop = '9000px'")
    page.wait_for_timeout(300)
    stood = step(page)
    page.wait_for_timeout(600)
    assert step(page) == stood
    page.evaluate("document.querySelector('.gan-lab').style.marginTop = ''")
    page.wait_for_timeout(800)
    assert step(page) > stood


# What was seen of the square comes late and all at once where the page was busy.
LATE = """window.IntersectionObserver = class {
    constructor(told) { window.tell = (...seen) => told(seen.map((isIntersecting) => ({ isIntersecting }))); }
    observe() { setTimeout(() => window.tell(true)); }
    disconnect() {}
}"""


def test_scrolled_away_and_back_while_the_page_was_busy_it_plays_on(new_page, address):
    page = new_page()
    page.add_init_script(LATE)
    page.goto(f"{address}/book/lab.html")
    press(page, "Play")
    page.wait_for_function("/Step [1-9]/.test(document.querySelector('.gan-lab .readout').innerText)")
    page.evaluate("window.tell(false, true)")
    stood = step(page)
    page.wait_for_timeout(600)
    assert step(page) > stood
    page.evaluate("window.tell(true, false)")
    page.wait_for_timeout(300)
    stood = step(page)
    page.wait_for_timeout(400)
    assert step(page) == stood


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (412, "dark")])
def test_axe_finds_nothing(lab, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = lab("#preset=clip", width=width, color_scheme=scheme, reduced_motion="reduce")
    page.evaluate("for (const hidden of document.querySelectorAll('.gan-lab details')) hidden.open = true")
    page.add_style_tag(content="* { transition: none !important }")
    violations = Axe().run(page, options={"preload": False}).response["violations"]
    assert not [(rule["id"], rule["nodes"][0]["html"]) for rule in violations]


def test_digits_are_written_judged_and_read(lab):
    page = lab(path="book/digits.html")
    assert "finds 0 of 10 digits" in readout(page) and step(page) == 0
    before = layer(page, "average")
    press(page, "Step D")
    assert "D has moved" in readout(page) and layer(page, "average") == before
    press(page, "Step G")
    assert layer(page, "average") != before
    for box in page.locator(".gan-lab .box input").all():
        box.check()
    press(page, "Play")
    page.wait_for_function("/finds (9|10) of 10/.test(document.querySelector('.gan-lab .readout').innerText)",
                           timeout=120_000)
    press(page, "Pause")
    assert step(page) > 100 and "fifty fakes" in page.locator(".gan-lab .stage canvas").get_attribute("aria-label")


def test_digits_have_presets_links_and_a_still_of_their_own(lab, new_page, address):
    page = lab("#preset=vanishing&seed=3", path="book/digits.html")
    press(page, "Play")
    page.locator(".ask", has_text="Nothing: D is sure of every fake").wait_for(timeout=120_000)
    assert "finds 0 of 10 digits" in readout(page) and step(page) == 300
    page.get_by_role("link", name="Mode collapse", exact=True).click()
    expect(page.get_by_label("preset")).to_have_value("collapse")       # a link is followed after the click returns
    assert page.evaluate("location.href").endswith("#preset=collapse")
    page = new_page(java_script_enabled=False)
    page.goto(f"{address}/book/digits.html")
    assert page.locator(".still img").is_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_nothing_in_the_lab_of_digits(lab, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = lab(path="book/digits.html", width=width, color_scheme=scheme, reduced_motion="reduce")
    page.evaluate("for (const hidden of document.querySelectorAll('.gan-lab details')) hidden.open = true")
    page.add_style_tag(content="* { transition: none !important }")
    violations = Axe().run(page, options={"preload": False}).response["violations"]
    assert not [(rule["id"], rule["nodes"][0]["html"]) for rule in violations]


def test_first_page_has_a_small_one(lab):
    page = lab(path="book/intro.html")
    press(page, "Step D")
    assert "D has moved" in readout(page)
    assert page.locator(".gan-lab details").count() == 0


def test_without_scripts_a_still_with_words_is_seen(new_page, address):
    page = new_page(java_script_enabled=False)
    page.goto(f"{address}/book/lab.html")
    still = page.locator(".still img")
    assert still.is_visible() and len(still.get_attribute("alt")) > 40
    assert page.get_by_text("needs JavaScript").is_visible()
    page.goto(f"{address}/book/03_minimax_value.html")
    page.locator("details.hide summary").first.click()
    colours = page.locator("div.cell_input .highlight pre").first.evaluate(
        "code => [...code.querySelectorAll('span')].map((span) => getComputedStyle(span).color)")
    assert len(set(colours)) > 2, "highlighting"
