"""Chapter 2 catches the errors it warns of, and its exercise refuses wrong answers."""
import pytest
from cells import exercise, refuses, refuses_answer, run

CHAPTER = "02_two_players"
FLOW = ("data = gan.data.GaussianMixture", "def gradient(", "# D's step, with the fakes cut off",
        "leaked against wanted", "by_autograd = gradient(G)")
ODDS = (*FLOW, "def train_only_D", "odds = fake_logits.exp()")
PANELS = ("data = gan.data.GaussianMixture", "def play(", "def draw(", "def train_only_D", "def four_panels",
          "def best_D", "def errors")
CELLS = ("occupied = {}", )
QUICK = [("play(G, D, steps=700)", "play(G, D, steps=1)"), ("for seed in range(5)", "for seed in range(2)")]
D_STEP, G_STEP = "gan.losses.minimax.discriminator(D(real), D(G(noise)))", "gan.losses.minimax.generator(D(G(noise)))"
FAULTS = {
    "D's step without detach":
        (FLOW, [("D(G(noise).detach())", "D(G(noise))")], "with detach, D's step leaves no gradient in G"),
    "detach said to be missing where it stands":
        (FLOW, [(D_STEP, D_STEP.replace("G(noise)", "G(noise).detach()"))], "without detach, G gets a gradient"),
    "a minimax loss that is the non-saturating one (papers.md 9)":
        (FLOW, [(G_STEP, G_STEP.replace("minimax", "non_saturating"))], "the opposite of what G wants"),
    "the leak taken for help":
        (FLOW, [("torch.allclose(leaked, -wanted,", "torch.allclose(leaked, wanted,")], "the opposite of what G wants"),
    "G's step believed to leave D alone":
        (FLOW, [(f"{G_STEP}.mean().backward()", f"{G_STEP}.mean().backward(inputs=list(G.parameters()))")],
         "G's step also leaves a gradient in D"),
    "minimax's first factor taken for the other loss's (papers.md 3)":
        (FLOW, [("(logit.sigmoid() - 1).detach()", "-logit.sigmoid().detach()")], "blame x advice x skill"),
    "a sum taken for a mean":
        (FLOW, [("(logit.sigmoid() - 1).detach() / len(spot)", "(logit.sigmoid() - 1).detach()")],
         "blame x advice x skill"),
    "backward without inputs":
        (FLOW, [("backward(inputs=list(G.parameters()))\nby_autograd", "backward()\nby_autograd")],
         "backward(inputs=...) leaves nothing in D"),
    "the odds turned round":
        (ODDS, [("odds = fake_logits.exp()", "odds = (-fake_logits).exp()")], "in the ratio of D to 1 - D"),
    "D* with p and p_g exchanged (papers.md 4)":
        (PANELS, [*QUICK, ("density > 2e-3, p / density", "density > 2e-3, frame['p_g'] / density")],
         "the trained D is within 0.06 of D*"),
    "cells that share a name":
        (CELLS, [("10 ** torch.arange(d)", "torch.arange(d)")], "with 8 coordinates a million samples leave"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, changes, claim = FAULTS[fault]
    refuses(CHAPTER, marks, claim, *changes)


@pytest.mark.parametrize("marks, changes", [(ODDS, []), (CELLS, []), (PANELS, QUICK)], ids=["flow", "cells", "panels"])
def test_without_a_fault_the_same_cells_pass(marks, changes):
    run(CHAPTER, *marks, changes=changes)


def test_exercise_takes_the_right_answer():
    exercise(CHAPTER)(0.75)


@pytest.mark.parametrize("wrong", [0.25, 3.0, 0.3, 0.5, 1 / 3])
def test_exercise_refuses(wrong):
    refuses_answer(exercise(CHAPTER), wrong)
