"""Chapter 7 catches the errors it warns of, its exercises refuse wrong answers, its film works without a kernel."""
import re

import pytest
from building import BROWSER, ROOT
from cells import exercise, refuses, refuses_answer, run, show_alone, stored_film

CHAPTER = "07_mode_collapse"
SMALL = ("LAGGING = 10, 500,", "LAGGING = 10, 100,")                      # quick, and enough for what is asked here
EARLY = ("ring, steps=200, batch=64, lr=2e-3, d_lr=LAGGING", "ring, steps=10, batch=64, lr=2e-3, d_lr=LAGGING")
PAIRS, COUNT, BLOB = "def pair(", "def count(", "one_mode ="
INFLUENCE, UNROLL, PUSH = "def influence(", "def unrolled(", "def push("
STORED, BAND, EFFECTS = "stored = gan.evidence.load", "def far_off(", "brings ="
# Live tables: those of a stored seed.
LIVE = ("on_ring, on_grid = ({row: torch.tensor(runs) for row, runs in gan.evidence.load('mode_collapse')['runs'][3]"
        "[place].items()} for place in ('ring', 'grid'))")
PACKS, PLACES = "def packed(", "places ="
LEARNED = ("def play(", )
FAULTS = {
    "a ring of 8 modes with 7 (papers.md 7)":
        ([PAIRS, PLACES], [("ring, grid = gan.data.ring(std=0.05)", "ring, grid = gan.data.GaussianMixture(torch.stack("
          "[torch.linspace(0, 6.2831853, 8).cos(), torch.linspace(0, 6.2831853, 8).sin()], 1), 0.05)")],
         "gan.data.ring has 8"),
    "linspace with both ends taken for 8 modes":
        ([PAIRS, PLACES], [("torch.linspace(0, 2 * math.pi, 8,", "torch.linspace(0, 2 * math.pi * 7 / 8, 8,")],
         "linspace with both ends gives 7"),
    "every sample counted, near or far":
        ([PAIRS, *LEARNED, COUNT], [("good = near < within * mixture.std", "good = near < math.inf")],
         "our ten lines and gan.metrics.count_modes agree"),
    "KL the other way round":
        ([PAIRS, *LEARNED, COUNT], [("(q[made] * (q[made] / mixture.weights[made]).log()).sum()",
                                     "(mixture.weights[made] * (mixture.weights[made] / q[made]).log()).sum()")],
         "our ten lines and gan.metrics.count_modes agree"),
    "a blob taken for bad because it misses modes":
        ([PAIRS, *LEARNED, COUNT, BLOB], [('"blob": (8, 0.01, 0.2)', '"blob": (1, 0.01, 0.2)')], "blob: "),
    "unrolling without create_graph, a D with more steps":
        ([PAIRS, *LEARNED, UNROLL, PUSH], [EARLY, ("create_graph=True)", "create_graph=False)")],
         "K = 1: unrolled by hand"),
    "unrolling from Adam's memory one step late":
        ([PAIRS, *LEARNED, UNROLL, PUSH], [EARLY, ("for k in range(1, K + 1):", "for k in range(K):")],
         "K = 1: unrolled by hand"),
    "a batch in which the fakes do see each other":
        ([PAIRS, INFLUENCE], [('("plain D", None)', '("plain D", MinibatchStd())'),
                              ("    if first is None:\n        claim", '    if "plain" in name:\n        claim')],
         "plain D: a fake's gradient does not depend"),
    "packs of one sample and its copies":
        ([PAIRS, PACKS], [("packed(q, n - 1)[:, None] * q)", "packed(q, n - 1)[:, None] * torch.eye(8)[0])")],
         "dropping two of eight modes then grows"),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, changes, claim = FAULTS[fault]
    refuses(CHAPTER, marks, claim, SMALL, *changes)


def stored_with(change):
    """The stored tables with another row in the place of one."""
    return ('stored = gan.evidence.load("mode_collapse")\n', 'stored = gan.evidence.load("mode_collapse")\n'
            f'for rows in [run["ring"] for run in stored["runs"]]: {change}\n')


NO_EFFECT = {
    "the reaction without effect": ("rows['unrolled 5'] = rows['5 foreseen, no reaction']",
                                    "stored: knowing D's reaction lowers the KL"),
    "five foreseen steps worse than real ones": ("rows['5 D steps'] = rows['unrolled 5']",
                                                 "stored: without it, foreseeing 5 steps does what 5 real steps"),
    "larger packs as good": ("rows['PacGAN4'] = rows['PacGAN2']", "stored: PacGAN4 recovers fewer modes"),
    "stored tables of another setting": ("rows['plain, D lags'] = rows['plain, equal rates']",
                                         "the tables made just now lie in the band of the stored ones"),
}


@pytest.mark.parametrize("fault", NO_EFFECT)
def test_claims_on_stored_tables_would_fail_without_the_effect(fault):
    change, claim = NO_EFFECT[fault]
    refuses(CHAPTER, [PAIRS, *LEARNED, STORED, BAND, EFFECTS], claim, SMALL, stored_with(change), given=LIVE)


@pytest.mark.parametrize("row", ["plain, D lags", "PacGAN2", "unrolled 5"])
def test_a_live_table_of_another_setting_is_not_in_the_band(row):
    other = "plain, D lags" if row != "plain, D lags" else "PacGAN2"
    refuses(CHAPTER, [PAIRS, *LEARNED, STORED, BAND], "lie in the band of the stored ones", SMALL,
            given=f"{LIVE}\non_ring['{row}'] = on_ring['{other}']")


def test_the_stored_tables_pass_and_no_number_of_theirs_is_typed():
    run(CHAPTER, PAIRS, *LEARNED, STORED, BAND, EFFECTS, changes=[SMALL], given=LIVE)
    text = (ROOT / f"book/{CHAPTER}.py").read_text("utf-8")
    bullets = text[text.index("# - **Confirmed, where"):text.index("# %%\nG, _, seconds = play(7")]
    assert "thirteen" in bullets and not re.search(r"\d\.\d+ ±|± \d|KL \d", bullets)


def test_without_a_fault_the_same_cells_pass():
    marks = PAIRS, *LEARNED, COUNT, BLOB, INFLUENCE, UNROLL, PUSH, PACKS, PLACES
    run(CHAPTER, *marks, changes=[SMALL, EARLY])


@pytest.mark.parametrize("number, right", [(1, 1.517), (2, 15.8)])
def test_exercise_takes_the_right_answer(number, right):
    exercise(CHAPTER, number, "import math")(right)


@pytest.mark.parametrize("number, wrong", [(1, 1.386), (1, 2.079), (1, 2.189), (1, 0.562), (1, 1.443),
                                           (1, float("inf")), (2, 25.0), (2, 24.8), (2, 9.2), (2, 1.0)])
def test_exercise_refuses(number, wrong):
    refuses_answer(exercise(CHAPTER, number, "import math"), wrong)


@pytest.mark.skipif(BROWSER is None, reason="no browser")
def test_film_by_keyboard(new_page):
    """The stored film, opened alone as the book's pages do: the caption follows the slider."""
    state = stored_film(CHAPTER)
    assert len(state["frames"]) == 25
    page = show_alone(new_page(), state)
    slider = page.get_by_role("slider")
    pictures, captions = [], []
    for key in ("Home", "ArrowRight", "End"):
        slider.focus()
        slider.press(key)
        pictures.append(page.locator("img").get_attribute("src"))
        captions.append(page.locator("figcaption").text_content())
    assert len(set(pictures)) == len(set(captions)) == 3
    assert "step 20:" in captions[0] and "step 40:" in captions[1] and "step 500:" in captions[2]
