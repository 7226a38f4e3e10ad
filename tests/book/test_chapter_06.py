"""Chapter 6 catches the errors it warns of, its exercise refuses wrong answers, its figure works without a kernel."""
import re

import pytest
from building import BROWSER
from cells import exercise, refuses, refuses_answer, run, show_alone, stored_film

CHAPTER = "06_vanishing_gradients"
PAIR = "minimax, non_saturating = gan.losses.minimax, gan.losses.non_saturating"      # of a cell that trains for long
NAMES = ("def far_pair", "def study(", "def look", "def sizes")
LOSSES = "which_way, = torch"
BLUR = ("def blurred_jsd", "best = {theta")
FAULTS = {
    "minimax's first factor taken for the other loss's (papers.md 3)":
        ([LOSSES], '(("minimax", a.sigmoid()), ("non_saturating", 1 - a.sigmoid()))',
         '(("minimax", 1 - a.sigmoid()), ("non_saturating", a.sigmoid()))', "minimax: the product"),
    "the sign of the product":
        ([LOSSES], "message = (-unsure", "message = (unsure", "minimax: the product"),
    "JSD without its 1/2":
        ([*BLUR], "(q - m), x)) / 2", "(q - m), x))", "JSD is log 2"),
    "Adam taken for scale-free at any size":
        (["def adam_moves"], "torch.optim.Adam([weight], 1.0)", "torch.optim.Adam([weight], 1.0, eps=1e-20)",
         "half at 1e-8"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, right, wrong, claim = FAULTS[fault]
    refuses(CHAPTER, [*NAMES, *marks], claim, (right, wrong), given=PAIR)


def test_without_a_fault_the_same_cells_pass():
    run(CHAPTER, *NAMES, LOSSES, *BLUR, "def adam_moves", given=PAIR)


def test_study_starts_at_0_and_moves_D_only():
    """``[0, *study(...)]`` would train D to the end before the first look."""
    names = run(CHAPTER, *NAMES, given=PAIR)
    started = names["far_run"](1)
    weights = [[w.detach().clone() for w in net.parameters()] for net in (started.G, started.D)]
    steps = names["study"](started, 3)
    assert next(steps) == 0
    assert all(a.equal(b) for a, b in zip(weights[1], started.D.parameters()))
    assert list(steps) == [1, 2, 3]
    assert all(a.equal(b) for a, b in zip(weights[0], started.G.parameters()))
    assert not any(a.equal(b) for a, b in zip(weights[1], started.D.parameters()))


@pytest.mark.filterwarnings("ignore:gan.train was set up:RuntimeWarning")
def test_every_cure_gets_the_same_forgers():
    far_run = run(CHAPTER, *NAMES, given=PAIR)["far_run"]
    wide, narrow = ([*far_run(1, width).G.parameters()] for width in (32, 4))
    assert all(a.equal(b) for a, b in zip(wide, narrow))


def test_exercise_takes_the_right_answer():
    exercise(CHAPTER)(7.00e-4, 1.40e-3)


@pytest.mark.parametrize("wrong", [(1e-4, 2e-4), (6e-4, 1.2e-3), (6.0001, 12.0), (7e-4, 7e-4), (1.4e-3, 7e-4)])
def test_exercise_refuses(wrong):
    refuses_answer(exercise(CHAPTER), *wrong)


@pytest.mark.skipif(BROWSER is None, reason="no browser")
def test_scrubber_by_keyboard(new_page):
    page = show_alone(new_page(), stored_film(CHAPTER))
    slider, picture = page.get_by_role("slider"), page.locator("figure.gan-scrubber img")
    slider.focus()
    seen = []
    for key in ("Home", "End"):
        slider.press(key)
        seen.append((picture.get_attribute("src"), page.locator("figure.gan-scrubber figcaption").text_content()))
    assert seen[0][0] != seen[1][0]
    first, last = (float(re.search(r"gives the fakes (\d\.\d+)", text)[1]) for _, text in seen)
    assert first > 0.3 and last < 0.01
