"""Chapter 6 catches the errors it warns of, its exercises refuse wrong answers, its figure works without a kernel."""
import re

import pytest
from building import BROWSER
from cells import exercise, refuses, refuses_answer, run, show_alone, stored_film

CHAPTER = "06_vanishing_gradients"
NAMES = ("def far_pair(", "def study(", "def look(")
FACTORS = ("which_way, = torch", "for name, unsure in")
BLUR = ("def blurred(", "tight, fit, wide")
LABELS = ("def blurred(", "def smoothed(", "def trained_on(", "off = {}", "for name, (own, other)")
ADAMS = ("class Adam(", "def under_adams(")
HEAD_START = ("def head_start(", "alone, tiny =", "typical(tiny) < 1e-8")
BOTH_PLAY = ("def both_play(", "both_play(120)", "b = typical(late)")
ADAM_ALONE = ("class Adam(", "theirs_w =")
TYPICAL = "def typical(values, dim=-1):\n    return values.log().mean(dim).exp()"
QUICK = ("both_play(120)", "both_play(60)")
FAULTS = {
    "minimax's first factor taken for the other loss's (papers.md 3)":
        ([*NAMES, *FACTORS], "minimax: the product",
         ('(("minimax", a.sigmoid()), ("non_saturating", 1 - a.sigmoid()))',
          '(("minimax", 1 - a.sigmoid()), ("non_saturating", a.sigmoid()))')),
    "the sign of the product":
        ([*NAMES, *FACTORS], "minimax: the product", ("message = (-unsure", "message = (unsure")),
    "JSD without its 1/2":
        ([NAMES[0], *BLUR], "JSD is log 2",
         ("with_slope(kl(log_p, log_m)", "with_slope(2 * kl(log_p, log_m)")),
    "the non-saturating loss taken to vanish like JSD (its 2 KL(m‖p) does not)":
        ([NAMES[0], *BLUR], "the slope of 2 KL(m‖p) is 1 / s²",
         ("with_slope(2 * kl(log_m, log_p))", "with_slope(kl(log_p, log_m) + kl(log_g, log_m))")),
    "smoothing that does nothing":
        ([NAMES[0], *LABELS], "one-sided labels, alpha 0.3",
         ("trained_on(smoothed(*labels))", "trained_on(smoothed(0.0, 0.0))")),
    "an Adam without epsilon":
        ([*NAMES, *ADAM_ALONE], "our Adam is PyTorch's", ("(v.sqrt() + self.eps)", "v.sqrt()")),
    "an Adam that remembers no larger gradient":
        ([*NAMES, *ADAM_ALONE], "our Adam is PyTorch's",
         ('past["v"] = self.beta2 * past.get("v", 0) + (1 - self.beta2) * w.grad**2',
          'past["v"] = (1 - self.beta2**self.t) * w.grad**2')),
    "no head start: gradients far above epsilon":
        ([*NAMES, *ADAMS, *HEAD_START], "the median weight of G has a gradient below 1e-8",
         ("study(alone, 3_000)", "study(alone, 30)")),
    "beta2 that is not varied":
        ([*NAMES, *ADAMS, *BOTH_PLAY], "with beta2 0.9 at least 4 times as far",
         ("(0.9, 1e-8), (0.9, 1e-20))", "(0.999, 1e-8), (0.999, 1e-20))"), QUICK),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, claim, *changes = FAULTS[fault]
    refuses(CHAPTER, marks, claim, *changes, given=TYPICAL)


def test_without_a_fault_the_same_cells_pass():
    run(CHAPTER, *NAMES, *FACTORS, BLUR[1], *LABELS, *ADAM_ALONE, given=TYPICAL)


def test_study_starts_at_0_and_moves_D_only():
    """``[0, *study(...)]`` would train D to the end before the first look."""
    names = run(CHAPTER, *NAMES)
    started = names["far_run"](1)
    weights = [[w.detach().clone() for w in net.parameters()] for net in (started.G, started.D)]
    steps = names["study"](started, 3)
    assert next(steps) == 0
    assert all(a.equal(b) for a, b in zip(weights[1], started.D.parameters()))
    assert list(steps) == [1, 2, 3]
    assert all(a.equal(b) for a, b in zip(weights[0], started.G.parameters()))
    assert not any(a.equal(b) for a, b in zip(weights[1], started.D.parameters()))


@pytest.mark.filterwarnings("ignore:gan.train was set up:RuntimeWarning")
def test_every_remedy_gets_the_same_generators():
    far_run = run(CHAPTER, *NAMES)["far_run"]
    wide, narrow = ([*far_run(1, width).G.parameters()] for width in (32, 4))
    assert all(a.equal(b) for a, b in zip(wide, narrow))


def test_each_run_has_the_adam_that_it_is_said_to_have():
    """Four Adams side by side move as four of PyTorch's would."""
    import torch

    names = run(CHAPTER, *NAMES, "class Adam(", "def under_adams(")
    torch.manual_seed(0)
    shape, gradients = (4 * names["EACH"], 2, 3), torch.randn(5, 4 * names["EACH"], 2, 3) * 1e-7
    together = torch.zeros(shape, requires_grad=True)
    adam = names["under_adams"]([together], names["ADAMS"], 0.5, 1e-2)
    alone = [torch.zeros(names["EACH"], 2, 3, requires_grad=True) for _ in names["ADAMS"]]
    each = [torch.optim.Adam([w], 1e-2, (0.5, beta2), eps) for w, (beta2, eps) in zip(alone, names["ADAMS"])]
    for gradient in gradients:
        together.grad = gradient
        adam.step()
        for w, one, part in zip(alone, each, gradient.split(names["EACH"])):
            w.grad = part
            one.step()
    assert torch.allclose(together, torch.cat(alone), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(("number", "answer"), [(1, (7.00e-4, 1.40e-3)), (3, (0.974,))])
def test_exercise_takes_the_right_answer(number, answer):
    exercise(CHAPTER, number)(*answer)


@pytest.mark.parametrize("wrong", [(1e-4, 2e-4), (6e-4, 1.2e-3), (6.0001, 12.0), (7e-4, 7e-4), (1.4e-3, 7e-4)])
def test_exercise_1_refuses(wrong):
    refuses_answer(exercise(CHAPTER), *wrong)


@pytest.mark.parametrize("wrong", [0.99, 0.98, 0.9801, 0.995, 0.97, 0.999])
def test_exercise_3_refuses(wrong):
    refuses_answer(exercise(CHAPTER, 3), wrong)


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
