"""The faces on the built site: every control changes the picture, and one that shapes a part, that part alone."""
import re

import pytest
from building import BROWSER

if BROWSER is None:
    pytest.skip("no browser: apt-get install chromium, or set CHROMIUM to one's path", allow_module_level=True)

PHONE = {"width": 390, "has_touch": True, "is_mobile": True}
# A canvas's pixels that are not grey, as [row, column].
COLOURED = """canvas => {
  const copy = new OffscreenCanvas(canvas.width, canvas.width).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.width), found = [];
  for (let i = 0; i < canvas.width ** 2; i++)
    if (new Set(data.slice(4 * i, 4 * i + 3)).size > 1) found.push([Math.floor(i / canvas.width), i % canvas.width]);
  return found;
}"""


@pytest.fixture
def faces(new_page, address):
    """Function that opens the faces' page; errors on its console end up in ``page.errors``."""
    opened = []

    def faces(**options):
        page = new_page(**options)
        page.errors = []
        page.on("console", lambda message: message.type in ("error", "warning") and page.errors.append(message.text))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(f"{address}/book/faces.html")
        page.locator("figure.gan-faces").wait_for()
        opened.append(page)
        return page

    yield faces
    assert not [error for page in opened for error in page.errors]


def pictures(page):
    return [canvas.evaluate("canvas => canvas.toDataURL()") for canvas in page.locator(".gan-faces canvas").all()]


def readout(page):
    return page.locator(".gan-faces [aria-live]").inner_text()


def press(page, name):
    page.get_by_role("button", name=name, exact=True).press("Enter")


def test_every_control_changes_both_pictures_by_keys_and_it_can_be_undone(faces):
    page = faces()
    first, seen = pictures(page), set()
    controls = page.locator(".gan-faces .factor :is(input, select, button)").all()
    assert len(controls) == 20
    for control in controls:
        name = control.get_attribute("aria-label").split(":")[0]
        control.focus()
        kind = control.evaluate("element => element.tagName")
        old = control.input_value() if kind != "BUTTON" else ""
        page.keyboard.press({"INPUT": "Home", "BUTTON": "Enter"}.get(kind, "ArrowDown"))
        if kind == "SELECT" and control.input_value() == old:                # it was the last one
            page.keyboard.press("ArrowUp")
        now = pictures(page)
        assert now[0] != first[0] and now[1] != first[1], name
        assert readout(page).startswith(f"Changed since the kept face: {name}. "), name
        assert 0 < int(re.search(r"network sees, (\d+) are", readout(page))[1]) <= 1024
        seen.add(now[0])
        press(page, "Undo changes")
        assert pictures(page) == first and "This is the kept face" in readout(page)
    assert len(seen) == 20


def test_another_face_is_another_and_comes_again_after_a_reload(faces):
    one, other = faces(), faces()
    seen = []
    for _ in range(4):
        for page in (one, other):
            press(page, "Another face")
        assert pictures(one) == pictures(other) and "This is the kept face" in readout(one)
        seen += pictures(one)
    assert len(set(seen)) == 8
    words = [canvas.get_attribute("aria-label") for canvas in one.locator(".gan-faces canvas").all()]
    assert all(text.startswith("A face with ") for text in words)


def test_what_changed_keeps_its_colours_and_the_rest_turns_grey(faces):
    page = faces()
    small = page.locator(".gan-faces canvas").nth(1)
    page.get_by_label("smile: how the mouth curves").press("Home")
    assert len(small.evaluate(COLOURED)) > 900
    press(page, "Show what changed")
    assert page.get_by_role("button", name="Show what changed").get_attribute("aria-pressed") == "true"
    coloured = small.evaluate(COLOURED)
    assert 10 < len(coloured) < 100
    assert all(row >= 18 for row, _ in coloured)                             # below the nose
    page.get_by_label("hat: the rare one").select_option("1")
    assert any(row < 8 for row, _ in small.evaluate(COLOURED)) and "hat, smile" in readout(page)
    press(page, "Keep this face")
    assert len(small.evaluate(COLOURED)) > 900 and "This is the kept face" in readout(page)
    page.get_by_label("iris: of the eyes").select_option("1")
    assert all(8 < row < 20 for row, _ in small.evaluate(COLOURED)) and "face: iris." in readout(page)


def test_on_a_phone_targets_are_large_and_the_face_stays_in_sight(faces):
    page = faces(**PHONE)
    assert page.evaluate("document.documentElement.clientWidth - document.documentElement.scrollWidth") >= 0
    for target in page.locator(".gan-faces :is(button, select, input)").all():
        box = target.bounding_box()
        assert box["height"] >= 43.9 and box["width"] >= 43.9, target.get_attribute("aria-label")
    shirt = page.get_by_label("shirt: its hue")
    shirt.evaluate("element => element.scrollIntoView({ block: 'center', behavior: 'instant' })")
    before, box = pictures(page), shirt.bounding_box()
    page.touchscreen.tap(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2)
    assert pictures(page) != before
    face = page.locator(".gan-faces canvas").first
    assert 40 < face.bounding_box()["y"] and face.bounding_box()["y"] + face.bounding_box()["height"] < box["y"]


def test_without_scripts_a_still_with_words_is_seen(new_page, address):
    page = new_page(java_script_enabled=False)
    page.goto(f"{address}/book/faces.html")
    still = page.locator(".still img")
    assert still.is_visible() and still.bounding_box()["width"] > 500 and len(still.get_attribute("alt")) > 40
    assert page.locator("figure.gan-faces").count() == 0
