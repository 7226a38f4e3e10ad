"""EarthMover on a page without a kernel: dragged, tapped and moved by keys; undone and shown; words, phone and axe."""
import re

import pytest
from building import BROWSER

from gan.figures import EarthMover

if BROWSER is None:
    pytest.skip("no browser: apt-get install chromium, or set CHROMIUM to one's path", allow_module_level=True)

COUNT_WORDS = """() => {
  window.said = [];
  new MutationObserver(() => said.push(1)).observe(document.querySelector("[aria-live]"), { childList: true });
}"""
PHONE = {"width": 390, "has_touch": True, "is_mobile": True}


@pytest.fixture
def shown(alone):
    """Function that shows the figure."""
    return lambda mover=None, **options: alone(mover or EarthMover(), **options)


def far(page):
    return page.locator(".said").first.inner_text()


def wasted(page):
    return page.locator(".said").nth(1).inner_text()


def status(page):
    return page.locator(".status").inner_text()


def moves(page):
    """What the plan's picture says: {(from, to): pieces}."""
    words = page.locator("svg[role=img]").nth(1).get_attribute("aria-label")
    return {(int(i), int(j)): int(n) for n, i, j in re.findall(r"(\d+) from (\d+) to (\d+)", words)}


def place(page, bin, row):
    """Where on the screen a piece of a bin (from 1) is, row 0 on the ground."""
    box = page.locator(".piles svg").bounding_box()
    scale = box["width"] / 360
    return box["x"] + scale * (10 + 34 * (bin - 0.5)), box["y"] + scale * (190 - (190 - 26) / 8 * (row + 0.5))


def drag(page, start, end):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=6)
    page.mouse.up()


def press(page, *keys):
    for key in keys:
        page.locator(".piles").press(key)


def click(page, name):
    page.get_by_role("button", name=name, exact=True).press("Enter")


def test_dragging_carries_what_lies_from_the_grasped_piece_up(shown):
    page = shown()
    assert far(page).startswith("9 of 12 pieces are left to move. Cost so far: 0,")
    drag(page, place(page, 3, 2), place(page, 5, 1))
    assert moves(page) == {(3, 5): 2} and "7 of 12 pieces are left to move. Cost so far: 4," in far(page)
    assert wasted(page) == "Nothing is wasted." and status(page).startswith("2 pieces carried from bin 3 to 5.")
    drag(page, place(page, 8, 2), place(page, 1, 0))
    assert moves(page) == {(3, 5): 2, (8, 1): 1} and "1 piece from 8 to 1 (5)" in wasted(page)
    assert "you end at 21 or more" in wasted(page) and page.locator("rect.wasteful").count() == 1
    drag(page, place(page, 1, 0), place(page, 10, 0))                         # on it goes: its whole way counts
    assert moves(page) == {(3, 5): 2, (8, 10): 1} and "Cost so far: 6" in far(page)
    assert wasted(page) == "Nothing is wasted."
    drag(page, place(page, 9, 0), place(page, 9, 4))                          # not out of its bin: only taken
    assert status(page) == "1 piece of bin 9 is taken: where to?" and moves(page) == {(3, 5): 2, (8, 10): 1}


def test_while_it_is_dragged_one_sees_where_it_would_lie(shown):
    page = shown()
    page.mouse.move(*place(page, 3, 2))
    page.mouse.down()
    assert page.locator("rect.lifted").count() == 2 and page.locator("rect.ghost").count() == 0
    page.mouse.move(*place(page, 6, 0), steps=4)
    assert page.locator("rect.ghost").count() == 2 and "2 pieces of bin 3 over bin 6, 3 bins away." in status(page)
    assert moves(page) == {}
    page.mouse.up()
    assert page.locator("rect.ghost, rect.lifted").count() == 0 and moves(page) == {(3, 6): 2}


def test_all_by_keys_and_it_can_be_undone(shown):
    page = shown()
    assert status(page) == "Bin 3: 4 of 0 wanted, 4 too many."
    press(page, "ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowLeft", "Enter")
    assert moves(page) == {(3, 1): 2} and "Cost so far: 4," in far(page)
    press(page, "Enter", "Escape", "ArrowLeft", "Home")                            # taken, put back; there is no bin 0
    assert status(page).startswith("Bin 1: 2 of 2 wanted, as wanted.")
    press(page, "End", "Enter")
    assert status(page).startswith("Bin 10: 0 of 2 wanted, 2 too few.")            # nothing lies there to be taken
    press(page, "ArrowLeft", " ", "ArrowRight", " ")
    assert moves(page) == {(3, 1): 2, (9, 10): 1}
    click(page, "Undo")
    assert moves(page) == {(3, 1): 2}
    click(page, "Undo")
    click(page, "Undo")
    assert moves(page) == {} and status(page) == "There is nothing to undo."


def test_best_plan_costs_the_least_and_undo_brings_ones_own_back(shown):
    page = shown()
    press(page, "End", "ArrowLeft", "Enter", "Home", "Enter")
    mine = moves(page)
    assert mine == {(9, 1): 1}
    click(page, "Show the best plan")
    assert far(page) == "All earth lies as wanted. It costs 16: no plan is cheaper."
    assert wasted(page) == "Nothing is wasted."
    assert sum(n * abs(i - j) for (i, j), n in moves(page).items()) == 16 and page.locator("rect.wasteful").count() == 0
    click(page, "Undo")
    assert moves(page) == mine
    click(page, "Start again")
    assert moves(page) == {} and "Cost so far: 0" in far(page)
    click(page, "Undo")
    assert moves(page) == mine


def test_a_plan_that_is_not_the_best_is_told_by_how_much(shown):
    mover = EarthMover((1, 1) + (0,) * 8, (0, 0, 1, 1) + (0,) * 6)
    page = shown(mover)
    press(page, "Home", "Enter", "ArrowRight", "ArrowRight", "ArrowRight", "Enter")
    press(page, "Home", "ArrowRight", "Enter", "ArrowRight", "Enter")
    assert far(page) == "All earth lies as wanted. It costs 4: no plan is cheaper."             # crossing costs nothing
    click(page, "Start again")
    press(page, "Home", "Enter", "End", "Enter", "Enter", *["ArrowLeft"] * 6, "Enter")
    press(page, "Home", "ArrowRight", "Enter", "ArrowRight", "Enter")
    assert moves(page) == {(1, 4): 1, (2, 3): 1} and "no plan is cheaper" in far(page)
    other = shown(EarthMover((0, 1, 1) + (0,) * 7, (1, 0, 0, 1) + (0,) * 6))
    press(other, "Home", "ArrowRight", "Enter", "ArrowRight", "ArrowRight", "Enter")
    press(other, "ArrowLeft", "Enter", "Home", "Enter")
    assert far(other) == "All earth lies as wanted. It costs 4, which is 2 more than the cheapest, 2."
    assert wasted(other) == "Wasted: 2, by 1 piece from 2 to 4 (1), 1 piece from 3 to 1 (1)."


def test_new_histograms_are_the_same_for_every_reader(shown):
    one, other = shown(), shown()
    seen = set()
    for number in (1, 2, 3):
        for page in (one, other):
            click(page, "New histograms")
            assert status(page) == f"Histograms number {number}."
        proof = one.locator(".said").nth(2).inner_text()
        assert proof == other.locator(".said").nth(2).inner_text() and moves(one) == {}
        seen.add((proof, one.locator("path.critic").get_attribute("d")))
    assert len(seen) == 3
    click(one, "Undo")
    assert status(one) == "There is nothing to undo."


def test_few_and_many_pieces_are_played_with_as_well(shown):
    page = shown(EarthMover((1, 1) + (0,) * 8, (0,) * 8 + (1, 1)))
    click(page, "New histograms")
    assert "of 12 pieces are left to move. Cost so far: 0" in far(page) and moves(page) == {}
    page = shown(EarthMover((8,) * 5 + (0,) * 5, (0,) * 5 + (8,) * 5))
    press(page, "Home", *["ArrowUp"] * 9, "ArrowRight", "Enter")                   # all eight onto eight others
    assert moves(page) == {(1, 2): 8} and status(page).endswith("Bin 2: 16 of 0 wanted, 16 too many.")
    boxes = page.locator("rect.piece").evaluate_all("all => all.map((one) => Number(one.getAttribute('y')))")
    assert len(boxes) == 40 and min(boxes) >= 20                                   # none lies outside of the drawing
    click(page, "Show the best plan")
    assert far(page) == "All earth lies as wanted. It costs 200: no plan is cheaper."


def test_words_are_spoken_once_the_hands_rest(shown):
    page = shown()
    page.evaluate(COUNT_WORDS)
    press(page, "Home", *["ArrowRight"] * 7, "Enter", "Home", "Enter")
    page.wait_for_timeout(700)
    spoken = page.locator("[aria-live=polite]").text_content()
    assert page.evaluate("said.length") <= 2
    assert spoken.startswith("1 piece carried from bin 8 to 1. Bin 1: 1 of 2 wanted, 1 too few.")
    assert "Cost so far: 7" in spoken and "Wasted: 5" in spoken
    for drawing in page.locator("svg[role=img]").all():
        assert len(drawing.get_attribute("aria-label")) > 20


def test_on_a_phone_two_taps_carry_and_it_fits(shown):
    page = shown(**PHONE)
    assert page.evaluate("document.documentElement.clientWidth - document.documentElement.scrollWidth") >= 0
    for target in page.locator("figure :is(button, .piles)").all():
        box = target.bounding_box()
        assert box["height"] >= 43.9 and box["width"] >= 43.9
    page.touchscreen.tap(*place(page, 3, 3))
    assert status(page) == "1 piece of bin 3 is taken: where to?"
    page.touchscreen.tap(*place(page, 5, 4))                                       # anywhere above the bin
    assert moves(page) == {(3, 5): 1}
    page.touchscreen.tap(*place(page, 8, 1))
    assert status(page).startswith("2 pieces of bin 8 are taken")
    page.touchscreen.tap(*place(page, 8, 1))                                       # once more: put back
    assert status(page).startswith("Bin 8: 3 of 0 wanted")
    page.touchscreen.tap(*place(page, 10, 0))
    assert moves(page) == {(3, 5): 1}


def test_scrolling_the_page_over_the_piles_moves_nothing(shown):
    page = shown(**PHONE)
    assert page.locator(".piles").evaluate("element => getComputedStyle(element).touchAction") == "pan-y"
    x, y = place(page, 3, 3)
    page.locator(".piles").dispatch_event("pointerdown", {"clientX": x, "clientY": y, "button": 0, "pointerId": 1})
    assert page.locator("rect.lifted").count() == 1
    page.locator(".piles").dispatch_event("pointercancel", {"pointerId": 1})
    assert page.locator("rect.lifted").count() == 0 and moves(page) == {}


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "dark")])
def test_axe_finds_nothing(shown, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = shown(width=width, color_scheme=scheme)
    press(page, "Home", *["ArrowRight"] * 7, "Enter", "Home", "Enter")                     # a wasteful move is seen
    result = Axe().run(page, options={"preload": False}).response
    assert result["passes"]
    assert not [(rule["id"], rule["nodes"][0]["html"]) for rule in result["violations"]]
