"""Chapter 8 catches the errors it warns of, its exercise refuses wrong answers, its figure works without a kernel."""
import re

import pytest
from building import BROWSER
from cells import exercise, refuses, refuses_answer, run, show_alone
from rivals import RIVALS, train_of

import gan

CHAPTER = "08_convergence"
DIRAC = ("dirac.DiracExplorer(", "def walk(")
FIELDS = (*DIRAC, "def penalised(", "DEFINITIONS = {", "all 8 losses")
EIGEN = (*DIRAC, "def by_machine(", "largest, wrong")
CREEP, TABLE = (*DIRAC, "creep = ", "drift = "), (*DIRAC, "PUBLISHED = {", "agree = ")
STRENGTH = (*DIRAC, "def by_machine(", "gammas = torch.linspace", "far_off = ")
AHEAD = (*DIRAC, "def extragradient(", "ways = {", "roots = {")
RATES = (*DIRAC, "def adam_ends(", "def field_eigenvalues(")
NETWORKS = (*DIRAC, "def small_pair(", "def look(", "def descend(")
TURNS = (*NETWORKS, "turned = {", "ratio = turned")
STORED = (*NETWORKS, "turned = {", "def stored(", "quiet, calm")
SPECTRUM = (*DIRAC, "def small_pair(", "Z = GRID", "def velocity(", "spectra = {", "def largest_steps(")
STEPS = (*SPECTRUM, "G_own, D_own")
PUSHED = (*SPECTRUM, "PUSHES = ", "related = ")
RING = ("dirac.DiracExplorer(", "def stored(", "def on_ring(", "def ring_stored(", "live = on_ring")
FAULTS = {
    "L_D with its sign turned":
        (FIELDS, "return pair.discriminator(real_logit, fake_logit), pair",
         "return -pair.discriminator(real_logit, fake_logit), pair",
         "all 8 losses"),
    "minimax's loss swapped for the non-saturating one (papers.md 9)":
        (FIELDS, "pair=gan.losses.minimax):", "pair=gan.losses.non_saturating):", "all 8 losses"),
    "R1 without its half":
        (FIELDS, '"R1": penalised(gan.penalties.r1, MM)', '"R1": penalised(lambda k: gan.penalties.r1(2 * k), MM)',
         "all 8 losses"),
    "a gradient penalty with twice its weight":
        (FIELDS, "gradient_penalty(k / 2), W", "gradient_penalty(k), W", "all 8 losses"),
    "G answers the old D, in turn":
        (FIELDS, "answered = new_psi if in_turn else psi.detach()", "answered = psi.detach()", "a walk by autograd"),
    "eigenvalues of a step at once without h":
        (EIGEN, "1 + h * (-(r + c) / 2", "1 + (-(r + c) / 2", "eigenvalues by hand"),
    "in turn taken for at once":
        (EIGEN, "trace, det = 2 - h * (r + c) - (h * a) ** 2,", "trace, det = 2 - h * (r + c),", "eigenvalues by hand"),
    "critical strength without the 2 in 2 f'(0)":
        (EIGEN, '"R1": lambda k: (0.5, 0.0, k)', '"R1": lambda k: (0.5, 0.0, k / 2)',
         "eigenvalues by hand"),
    "a loss that creeps inwards taken for one that circles":
        (CREEP, '("non-saturating, in turn", "non-saturating"', '("non-saturating, in turn", "minimax"',
         "non-saturating in turn"),
    "minimax taken for WGAN, whose orbit is exact":
        (CREEP, 'drift = dirac.path("minimax"', 'drift = dirac.path("WGAN"', "minimax in turn drifts outwards"),
    "the best strength at once taken for that in turn":
        (STRENGTH, "k=gammas, first=first)", "k=gammas, first=None)", "the fastest of 401 strengths"),
    "extragradient that does not look ahead":
        (AHEAD, "w = w + h * v(ahead)", "w = w + h * v(w)", "extragradient and optimistic steps come"),
    "optimistic without the last velocity":
        (AHEAD, "(2 * now - last)", "now", "extragradient and optimistic steps come"),
    "two rates forgotten":
        (RATES, "d_h=q * 1e-6", "d_h=1e-6", "D 4 times as fast: the eigenvalues"),
    "the authors' order of moves not known":
        (TABLE, '(-1.0, "G")', '(-1.0, "D")', "all 12 distances"),
    "the authors' sign of D not known":
        (TABLE, '(-1.0, None)', '(1.0, None)', "all 12 distances"),
    "R1 taken to do nothing":
        (TURNS, '"R1, γ = 3": descend(gamma=3.0)', '"R1, γ = 3": descend()',
         "each of the 10 turns less than its plain twin"),
    "sampling noise taken for the cause of the turning":
        (TURNS, '"plain, no sampling noise": descend(0, exact=600)', '"plain, no sampling noise": descend(gamma=10.0)',
         "without sampling noise they turn as often"),
    "sampling noise taken for dynamics":
        (STORED, '"plain, no sampling noise": descend(0, exact=600)', '"plain, no sampling noise": descend()',
         "median swing without sampling noise is less than half"),
    "the bound of descent, 2 / |λ|, taken for the game's":
        (STEPS, "bound = -2 * values.real / values.abs().square().clamp(min=1e-12)",
         "bound = 2 / values.abs().clamp(min=1e-12)", "the bound on the step at least 5 times"),
    "a push that tests Taylor's theorem alone":
        (PUSHED, "[0.003, 0.02, 0.1, 0.5]", "[3e-6, 2e-5, 1e-4, 5e-4]", "plain: after a push of 0.1"),
    "the plain game's Jacobian taken for R1's":
        (PUSHED, "torch.eye(67) + 0.2 * M, 200)", "torch.eye(67) + 0.2 * J[0.0], 200)",
         "R1: after a push of 0.1"),
}


# Most faults show in shorter runs.
SHORTER = {TURNS: [("descend(steps=600", "descend(steps=100"), ('"R1, γ = 10": descend(100, gamma=10.0),', "")],
           STORED: [('"R1, γ = 1": descend(100, gamma=1.0),', ""), ('"D 4 times as fast": descend(100, q=4.0)', "")],
           PUSHED: [("range(400)", "range(0)")]}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, right, wrong, claim = FAULTS[fault]
    refuses(CHAPTER, marks, claim, (right, wrong), *SHORTER.get(marks, ()))


def test_without_a_fault_the_same_cells_pass():
    run(CHAPTER, *dict.fromkeys((*FIELDS, *EIGEN, *CREEP, *TABLE, *STRENGTH, *AHEAD, *RATES)))


def test_exercise_takes_the_right_answer():
    exercise(CHAPTER, given="import math")(1.0308)


@pytest.mark.parametrize("wrong", [1.0625, 1.1180, 1.0078, 1.0156, 1.0, 1.25, 1.0050, 0.9692])
def test_exercise_refuses(wrong):
    refuses_answer(exercise(CHAPTER, given="import math"), wrong)


def test_exercise_2_takes_a_right_function():
    exercise(CHAPTER, 2)(lambda e: max(0.0, min(-2 * x.real / abs(x) ** 2 for x in e.tolist())))


@pytest.mark.parametrize("wrong", [
    lambda e: (2 / e.abs()).min(), lambda e: (2 / e.real.abs()).min(), lambda e: (-2 * e.real / e.abs()).min(),
    lambda e: (-2 * e.real / e.abs().square()).min(), lambda e: (-2 * e.real / e.abs().square()).mean().clamp(min=0),
    lambda e: (-e.real / e.abs().square()).min().clamp(min=0), lambda e: 0.0])
def test_exercise_2_refuses(wrong):
    refuses_answer(exercise(CHAPTER, 2), wrong)


@pytest.mark.parametrize("rival", RIVALS)
def test_no_rival_passes_a_claim_about_quality(rival, monkeypatch):
    monkeypatch.setattr(gan, "train", train_of(rival))
    noted = "passed = []; claim = lambda sentence, holds, measured: holds and passed.append(sentence)"
    assert not run(CHAPTER, *RING, given=noted)["passed"]


@pytest.fixture
def explorer(new_page):
    """Function that opens the figure alone, as the book's pages do, and returns its page."""
    from gan.figures import DiracExplorer

    state = {"_esm": str(DiracExplorer._esm), "_css": str(DiracExplorer._css), "method": "minimax", "strength": 0.3,
             "h": 0.2, "in_turn": False, "theta": 1.0, "psi": 1.0}
    return lambda **options: show_alone(new_page(**options), state)


def shown(page):
    """Steps made and the distance, as the figure says them."""
    text = page.locator("figcaption p").first.text_content().replace("−", "-")
    return int(re.search(r"Step (\d+)", text)[1]), float(re.search(r"equilibrium (\S+)\.$", text)[1])


@pytest.mark.skipif(BROWSER is None, reason="no browser")
def test_figure_by_keyboard(explorer):
    page = explorer(reduced_motion="reduce")
    eigen = page.locator("figcaption p").nth(1)
    assert shown(page) == (0, 1.414)
    assert "1.0000 ± 0.1000 i" in eigen.text_content() and "1.0050" in eigen.text_content()
    page.get_by_role("button", name="One step").press("Enter")
    assert shown(page)[0] == 1 and page.locator("[aria-live]").text_content().startswith("Step 1:")
    page.get_by_role("button", name="Play").press("Enter")             # all at once: the reader asked for no motion
    assert shown(page) == (500, 3.353)                                 # as the chapter's table: our order and sign
    page.get_by_label("method").select_option("R1")
    assert shown(page)[0] == 0
    strength = page.get_by_role("slider", name="strength γ")
    strength.press("End")
    page.get_by_label("who moves when").select_option("in turn")
    page.get_by_role("button", name="Play").press("Enter")
    steps, distance = shown(page)
    assert steps == 500 and distance < 1e-3
    page.get_by_label("method").select_option("WGAN-GP")
    assert "no eigenvalues" in eigen.text_content()
    before = page.locator("circle.start").get_attribute("cx")
    page.get_by_role("slider", name="θ at the start").press("Home")
    assert page.locator("circle.start").get_attribute("cx") != before and shown(page)[1] == 2.236


@pytest.mark.skipif(BROWSER is None, reason="no browser")
def test_figure_plays_and_pauses_and_does_not_start_by_itself(explorer):
    page = explorer()
    page.wait_for_timeout(200)
    assert shown(page)[0] == 0
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("/Step [1-9]/.test(document.querySelector('figcaption p').textContent)")
    page.get_by_role("button", name="Pause").click()
    steps = shown(page)[0]
    page.wait_for_timeout(200)
    assert shown(page)[0] == steps > 0


@pytest.mark.skipif(BROWSER is None, reason="no browser")
def test_figure_by_touch_on_a_phone(explorer):
    page = explorer(width=360, has_touch=True, is_mobile=True)
    plane = page.locator("figure.gan-dirac > svg").bounding_box()
    page.touchscreen.tap(plane["x"] + 0.5 * plane["width"], plane["y"] + 0.25 * plane["height"])
    assert 1.0 < shown(page)[1] < 1.4                                  # on the axis, above the middle
    for control in page.locator("figure button, figure select, figure input").all():
        assert control.bounding_box()["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
