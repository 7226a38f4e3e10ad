"""TruncationCurve on a page without a kernel: its faces are PyTorch's; keys move dot and words; phone and axe."""
import base64
import io
import re

import pytest
import torch
from building import BROWSER
from PIL import Image
from torchvision.transforms.functional import pil_to_tensor

from gan.figures import TruncationCurve
from gan.models import stylegan_pair

if BROWSER is None:
    pytest.skip("no browser: apt-get install chromium, or set CHROMIUM to one's path", allow_module_level=True)

SIZE, COLUMNS, N = 16, 6, 8
ROWS = [{"seed": seed, "psi": psi, "precision": 0.9 - 0.2 * psi + 0.01 * seed, "recall": 0.3 * psi + 0.02 * seed,
         "density": 1.5 - psi / 2, "coverage": 0.2 + 0.5 * psi, "distance": 90 - 60 * psi + seed}
        for seed in range(3) for psi in (0.0, 0.5, 1.0, 1.2)]


@pytest.fixture(scope="module")
def curve():
    """Of a G that has not been trained, and whose pictures depend on w and on the noise."""
    torch.manual_seed(0)
    G, _ = stylegan_pair({4: 12, 8: 12, 16: 8}, 8)
    with torch.no_grad():
        for layer in G.net.layers:
            layer.strength.fill_(2)
            layer.style.weight *= 3
    return TruncationCurve(ROWS, G, torch.randn(N, 8))


@pytest.fixture
def shown(alone, curve):
    """Function that shows the figure, with what is told of it replaced, and waits for its faces."""
    def shown(told=curve, at=1, **options):
        page = alone(told, **options)
        settled(page, at)
        return page

    return shown


def settled(page, psi):
    """Once the sheet has caught up."""
    page.locator(f'.gan-tradeoff canvas[data-psi="{psi:g}"]').wait_for()


def sheet(page):
    """Its faces, (n, 3, size, size), from 0 to 255."""
    data = page.locator(".gan-tradeoff canvas").evaluate("canvas => canvas.toDataURL()")
    whole = pil_to_tensor(Image.open(io.BytesIO(base64.b64decode(data.split(",")[1])))).int()
    faces = [whole[:, row:row + SIZE, left:left + SIZE] for row in (0, SIZE + 1)
             for left in range(0, COLUMNS * (SIZE + 1), SIZE + 1)][:N]
    assert all((face[3] == 255).all() for face in faces)
    return torch.stack([face[:3] for face in faces])


def apart(page, images):
    return (sheet(page) - ((images + 1) * 127.5).round().int()).abs().max().item()


def words(page):
    """What is to be read; what a screen reader is told follows a moment later."""
    return page.locator(".words > div").inner_text()


def dot(page):
    now = page.locator("circle.now")
    return float(now.get_attribute("cx")), float(now.get_attribute("cy"))


def move(page, *keys):
    for key in keys:
        page.get_by_role("slider", name="truncation ψ").press(key)


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_faces_are_pytorchs_and_follow_the_slider(shown, curve, motion):
    page = shown(reduced_motion=motion)
    for keys, psi in (([], 1), (["ArrowLeft"] * 6, 0.7), (["End"], 1.2), (["Home"], 0)):
        move(page, *keys)
        settled(page, psi)
        assert apart(page, curve.images(psi)) <= 1
        assert min(apart(page, curve.images(other)) for other in (0, 0.7, 1, 1.2) if other != psi) > 20
        label = page.locator("canvas").get_attribute("aria-label")
        assert f"8 faces at ψ {psi:.2f}" in label
        said = float(re.search(r"deviation of (\S+)\.$", label)[1])
        real = curve.images(psi).std(0, correction=0).mean().item()
        assert said == pytest.approx(real, abs=0.0051)


FAULTS = [("v + psi * (w[k][i] - v)", "psi * w[k][i]"), ("v + psi * (w[k][i] - v)", "w[k][i] + psi * (v - w[k][i])"),
          ("noiseMaps(sizes, k + 1)", "noiseMaps(sizes, 1)"), ("noiseMaps(sizes, k + 1)", "null"),
          ("+ 1) * 127.5", "+ 1) * 120"), ("centre, w }, next, psi)", "centre, w }, 0, psi)")]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault[1])
def test_a_fault_in_the_faces_is_seen(shown, curve, fault):
    class Faulty:
        def get_state(self):
            state = curve.get_state()
            assert state["_esm"].count(fault[0]) == 1
            return state | {"_esm": state["_esm"].replace(*fault)}

    page = shown(Faulty())
    move(page, *["ArrowLeft"] * 6)
    settled(page, 0.7)
    assert apart(page, curve.images(0.7)) > 5


def test_sliders_keys_move_dot_and_words_and_show_the_curve(shown):
    page = shown()
    assert page.locator("path").count() == 0 and "Which way will the dot go" in words(page)
    assert "The curve is hidden" in page.locator("svg[role=img]").get_attribute("aria-label")
    assert words(page).startswith("ψ = 1.00, means of 3 seeds: precision 0.710, recall 0.320, density 1.00")
    first = dot(page)
    move(page, *["ArrowLeft"] * 10)
    assert page.locator("path.mean").count() == 1 and page.locator("path").count() == 4
    assert page.get_by_role("slider").get_attribute("aria-valuetext") == "ψ 0.50"
    assert words(page).startswith("ψ = 0.50, means of 3 seeds: precision 0.810, recall 0.170, density 1.25")
    assert "Against ψ = 1.00: precision 0.100 higher, recall 0.150 lower" in words(page)
    lower = dot(page)
    assert lower[0] < first[0] - 20 and lower[1] < first[1] - 20                 # less recall, more precision
    move(page, "End")
    assert dot(page)[0] > first[0] and dot(page)[1] > first[1]
    move(page, *["ArrowLeft"] * 4)
    assert dot(page) == first and "Which way" not in words(page) and "hidden" not in page.locator(
        "svg[role=img]").get_attribute("aria-label")


def test_a_dot_lies_where_the_axes_numbers_say(shown):
    page = shown()
    move(page, "Home", *["ArrowRight"] * 7)
    texts = page.locator("svg text").evaluate_all(
        "all => all.map((one) => [one.textContent, Number(one.getAttribute('x')), Number(one.getAttribute('y'))])")
    bottom = [(float(text), x) for text, x, y in texts if y == 306]
    left = [(float(text), y - 4) for text, x, y in texts if x == 39 and text[0] != "↑"]
    for (value, here), marks in zip(((0.125, dot(page)[0]), (0.84, dot(page)[1])), (bottom, left)):
        (a, at_a), (b, at_b) = marks[0], marks[-1]
        assert len(marks) >= 3 and a + (here - at_a) / (at_b - at_a) * (b - a) == pytest.approx(value, abs=0.002)


def test_the_chart_shows_another_pair_and_the_distance(shown):
    page = shown()
    move(page, *["ArrowLeft"] * 10)
    buttons, seen = page.get_by_role("group", name="What the chart shows").get_by_role("button").all(), []
    for button, texts in zip(buttons, (("precision", "recall"), ("density", "coverage"), ("Fréchet", "truncation ψ"))):
        button.press("Enter")
        assert [one.get_attribute("aria-pressed") for one in buttons].count("true") == 1
        assert button.get_attribute("aria-pressed") == "true"
        for text in texts:
            assert text in " ".join(page.locator("svg text").all_text_contents())
        seen.append(page.locator("path.mean").get_attribute("d"))
    said = page.locator("svg[role=img]").get_attribute("aria-label")
    assert len(set(seen)) == 3 and "The dot is at 0.50 across and 61.0 up." in said


def test_of_one_seed_and_one_pair_it_shows_no_more(shown):
    one = [{name: row[name] for name in ("seed", "psi", "precision", "recall")} for row in ROWS[:4]]
    page = shown(TruncationCurve(one, stylegan_pair({4: 4, 8: 4}, 4)[0], torch.randn(2, 4)))
    move(page, "Home")
    assert page.get_by_role("button").count() == 0 and page.locator("path").count() == 2
    assert page.locator("circle.each").count() == 0 and "seeds" not in page.locator("figure").inner_text()


def test_words_are_spoken_once_the_slider_rests(shown):
    page = shown()
    page.wait_for_timeout(600)
    page.evaluate("""() => { window.said = []; new MutationObserver(() => said.push(1)).observe(
        document.querySelector("[aria-live]"), { childList: true }); }""")
    move(page, *["ArrowLeft"] * 6)
    page.wait_for_timeout(800)
    assert page.evaluate("said.length") == 1
    assert page.locator("[aria-live=polite]").text_content().startswith("ψ = 0.70, means of 3 seeds, read off between")


def test_on_a_phone_it_fits_and_touch_moves_it(shown):
    page = shown(width=390, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.clientWidth - document.documentElement.scrollWidth") >= 0
    for target in page.locator("figure :is(button, input)").all():
        box = target.bounding_box()
        assert box["height"] >= 43.9 and box["width"] >= 43.9
    box, before = page.get_by_role("slider").bounding_box(), dot(page)
    page.touchscreen.tap(box["x"] + 0.3 * box["width"], box["y"] + box["height"] / 2)
    assert dot(page)[0] < before[0] - 20 and page.locator("path.mean").count() == 1
    sizes = page.locator("svg text").evaluate_all("all => all.map((one) => one.getBoundingClientRect().height)")
    assert min(sizes) >= 11
    parts = (page.locator(f".gan-tradeoff {part}") for part in ("canvas", "label", ".chart", ".words"))
    order = [part.bounding_box()["y"] for part in parts]
    assert order == sorted(order)


def test_nothing_is_drawn_while_it_is_far_away(alone, curve):
    page = alone(curve)
    page.evaluate("document.querySelector('figure').style.marginTop = '5000px'")
    settled(page, 1)                                                             # it was near at first
    page.wait_for_timeout(200)
    move_far = "const s = document.querySelector('input'); s.value = 0.5; s.dispatchEvent(new Event('input'))"
    page.evaluate(move_far)
    page.wait_for_timeout(500)
    assert page.locator("canvas").get_attribute("data-psi") == "1" and "ψ = 0.50" in words(page)
    page.locator("canvas").scroll_into_view_if_needed()
    settled(page, 0.5)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "dark")])
def test_axe_finds_nothing(shown, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = shown(width=width, color_scheme=scheme)
    for moved in (False, True):
        if moved:
            move(page, "ArrowLeft")
        result = Axe().run(page, options={"preload": False}).response
        assert result["passes"]
        assert not [(rule["id"], rule["nodes"][0]["html"]) for rule in result["violations"]]
