"""Chapter 3 catches the errors it warns of, its exercises refuse wrong answers, its figure works without a kernel."""
import re

import pytest
from building import BROWSER
from cells import exercise, refuses, refuses_answer, run, show_alone

CHAPTER = "03_minimax_value"
DENSITIES, GAME = "def normal(", "unit = normal(0.0, 1.0)"
PAIR, SAMPLES = "p_g = normal(0.5, 1.2)", "V = logsigmoid(real"
PAYOFF = [DENSITIES, GAME, PAIR, SAMPLES, "V is -2 times"]
TRAINED = [DENSITIES, GAME, PAIR, "def train_discriminators(", "ranked = mass", "at each of 71 places, the"]
PROOF = [DENSITIES, GAME, PAIR, "def payoff(", "taking out the 2s"]
ORDERS = [DENSITIES, GAME, "def both_orders(", "by_mixing = torch", "maximin never exceeds minimax"]
SWAP = [DENSITIES, "def play(", "def in_one_spot(", "after 400 rounds in turn"]
LOSSES = [DENSITIES, GAME, "def with_D_held(", "def slopes("]
FLAT = [DENSITIES, GAME, PAIR, "def audit(", "def trained_to_the_end(", "V_perfect = (P", "no D ever earns"]
NOISE = [DENSITIES, GAME, PAIR, "def signals(", "def steps_of(", "moved, equal ="]
UNTRAINED = [("learned = train_discriminators()", "learned = D_star.repeat(10, 1)")]
FAULTS = {
    "a bell without its 1/2 (papers.md 5)":
        (PAYOFF, "the density of the data has area 1", ("torch.exp(-0.5 * ((x - mean)", "torch.exp(-((x - mean)")),
    "V with the sign of the loss":
        (PAYOFF, "V is -2 times", ("V = logsigmoid(real_logits).mean() +", "V = -logsigmoid(real_logits).mean() -")),
    "D* with p and p_g exchanged (papers.md 4)":
        (TRAINED, "the best of 1,000 values of D", ("D_star = p / (p + p_g)", "D_star = p_g / (p + p_g)"), *UNTRAINED),
    "D trained with the labels exchanged":
        (TRAINED, "all 10 trained discriminators are within 0.15",
         ("for who in (data, forger)", "for who in (forger, data)")),
    "discriminators that were not trained":
        (TRAINED, "all 10 trained discriminators are within 0.15", ("for _ in range(steps):", "for _ in range(0):")),
    "the value without its 2":
        (PROOF, "V(D*, G) = -log 4 + 2 JSD", ("-LOG4 + 2 * jsd(p, p_g)", "-LOG4 + jsd(p, p_g)")),
    "the value without log 4":
        (PROOF, "taking out the 2s", ("kl(p_g, m) - LOG4", "kl(p_g, m)")),
    "scipy's root of JSD taken for JSD":
        (PROOF, "scipy's jensenshannon", ("jensenshannon(p, p_g) ** 2", "jensenshannon(p, p_g)")),
    "a G that can mix said to lose by moving first (A5)":
        (ORDERS, "must choose one of two places", ('both_orders([0.0, 1.0])', "both_orders(torch.linspace(0, 1, 11))")),
    "the parameter's way said to be convex as the mixtures' is":
        (ORDERS, "two valleys", ("for mean in means])", "for mean in means / 4 + 2])")),
    "an untrained G, which is a clump from the start (A4)":
        (SWAP, "after 400 rounds in turn", ("rounds=400", "rounds=1"), ("rounds=2_000 // g_steps", "rounds=3")),
    "no more steps of G than of D's in the run that clumps":
        (SWAP, "100 for each D step", ("g_steps, rounds=2_000 // g_steps", "5, rounds=60")),
    "flipped labels called minimax (papers.md 3)":
        ([*LOSSES, "minimax is flat where"], "in the logit the minimax loss has the gradient -D",
         ("for loss in (gan.losses.minimax, gan", "for loss in (gan.losses.non_saturating, gan")),
    "minimax said to be flat at D = 1 (papers.md 1)":
        ([*LOSSES, "minimax is flat where"], "minimax is flat where D is near 0",
         ("-in_logit[0][0] < 2e-4 and -in_logit[0][-1] > 0.999",
          "-in_logit[0][-1] < 2e-4 and -in_logit[0][0] > 0.999")),
    "G's gradient with D* moving along":
        ([*LOSSES, "divergences = {", "def same_slopes("], "minimax loss has the gradient of 2 JSD",
         (".log()).detach()", ".log())")),
    "the non-saturating loss judged by its value at D* (d2l-neu)":
        ([*LOSSES, "divergences = {", "def same_slopes("], "non-saturating loss has the gradient of 2 KL(m, p)",
         ("same_slopes(non_saturating, mixed)", "same_slopes(lambda f, g: integral(g * (1 + g / f).log()), mixed)")),
    "a D that goes on learning against fakes that are not perfect":
        (FLAT, "against perfect fakes", ("points.sample((5, n))", "points.sample((5, n)) + 0.2"),
         ("steps=1_500", "steps=60"),
          ("settings)\n                   if step.index % 50", "settings)\n                   if step.index % 2")),
    "a curve that is flat because D is still in its game (A8)":
        (FLAT, "G frozen and D trained to the end",
         ("frozen = audit(G, trained_to_the_end(D, G.sample))", "frozen = run[15:].mean(0)")),
    "a difference between fakes and data called noise (A20)":
        (NOISE, "the slopes of 20 discriminators are unrelated",
         ("(fake + shift).requires", "(fake + shift + 0.3).requires")),
    "Adam's steps said to shrink with the gradient (B6)":
        (NOISE, "Adam's step is less than 2.5 times smaller",
         ('"Adam": steps_of(adam_0', '"Adam": steps_of(torch.optim.SGD')),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, claim, *changes = FAULTS[fault]
    refuses(CHAPTER, marks, claim, *changes)


def test_without_a_fault_the_same_cells_pass():
    cells = (PAYOFF, TRAINED, PROOF, ORDERS, LOSSES, ["minimax is flat where", "divergences = {", "def same_slopes("])
    run(CHAPTER, *dict.fromkeys(sum(map(list, cells), [])))


def test_exercises_take_the_right_answer():
    exercise(CHAPTER, given="import math")(-0.955)
    exercise(CHAPTER, 2)(0.333, -1.910)


# The sign turned; the minimum; JSD alone; -log 4 + JSD, without the 2; D* with p and p_g exchanged; nothing.
@pytest.mark.parametrize("wrong", [0.955, -1.386, 0.216, -1.171, -1.301, 0.0])
def test_exercise_1_refuses(wrong):
    refuses_answer(exercise(CHAPTER, given="import math"), wrong)


# ½ as for one fake each; D* with p and p_g exchanged; the sign turned; the right D with the old value.
@pytest.mark.parametrize("wrong", [(0.5, -2.079), (2 / 3, -2.603), (1 / 3, 1.910), (1 / 3, -1.386)])
def test_exercise_2_refuses(wrong):
    refuses_answer(exercise(CHAPTER, 2), *wrong)


ESTIMATES = {"V itself": ("return ((V + LOG4) / 2).item()", "return V.item()"),
             "without the ½": ("return ((V + LOG4) / 2).item()", "return (V + LOG4).item()"),
             "D's loss in V's place": ("return ((V + LOG4) / 2).item()", "return ((LOG4 - V) / 2).item()"),
             "judged on what D has learned from": ("D(real[n:]), D(fake[n:])", "D(real[:n]), D(fake[:n])"),
             "a D that was not trained": ("for _ in range(steps):", "for _ in range(0):")}


@pytest.mark.parametrize("wrong", ESTIMATES)
def test_exercise_3_refuses(wrong):
    refuses(CHAPTER, [DENSITIES, GAME, "def check_exercise_3(", "def estimate_jsd("], "your JSD", ESTIMATES[wrong])


@pytest.fixture
def explorer(new_page):
    """Function that opens the figure alone, as the book's pages do, and returns its page."""
    from gan.figures import MinimaxExplorer

    state = {"_esm": str(MinimaxExplorer._esm), "_css": str(MinimaxExplorer._css), "mean": 0.0, "width": 1.0}
    return lambda **options: show_alone(new_page(**options), state)


def numbers(page):
    """V, JSD as the figure says them."""
    text = page.locator("figcaption[aria-live=polite]").text_content().replace("−", "-")
    return tuple(float(re.search(pattern, text)[1]) for pattern in (r"G\) = (-?\d\.\d+)", r"JSD is (\d\.\d+)"))


@pytest.mark.skipif(BROWSER is None, reason="no browser")
def test_figure_by_keyboard(explorer):
    page = explorer()
    assert numbers(page) == (-1.386, 0)
    mean, width = page.get_by_role("slider").all()
    curves = [page.locator("path.fake").get_attribute("d")]
    mean.focus()
    mean.press("End")
    curves.append(page.locator("path.fake").get_attribute("d"))
    assert numbers(page) == (-0.034, 0.676)                        # as the chapter computes it for mean 5, width 1
    mean.press("Home")
    assert numbers(page) == (-0.034, 0.676)
    for _ in range(100):
        mean.press("ArrowRight")
    width.focus()
    width.press("End")
    curves.append(page.locator("path.fake").get_attribute("d"))
    assert len(set(curves)) == 3 and numbers(page)[1] > 0.1


@pytest.mark.skipif(BROWSER is None, reason="no browser")
def test_figure_by_touch(explorer):
    page = explorer(width=412, has_touch=True, is_mobile=True)
    seen = [numbers(page)]
    for slider in page.get_by_role("slider").all():
        box = slider.bounding_box()
        assert box["height"] >= 44
        page.touchscreen.tap(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2)
        seen.append(numbers(page))
    assert len(set(seen)) == 3
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
