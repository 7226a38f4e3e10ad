"""Chapter 2 catches the errors it warns of, its exercises refuse wrong answers, no rival of the trained G passes."""
import pytest
from cells import exercise, refuses, refuses_answer, run
from rivals import RIVALS, train_of

import gan

CHAPTER = "02_two_players"
BASE = ("data = gan.data.GaussianMixture", "def film(", "def total_variation(")
FILM = (*BASE, "ended = torch.tensor")
LOOP = ("data = gan.data.GaussianMixture", "def film(", "def alternate(", "ours = new_players()")
FLOW = ("data = gan.data.GaussianMixture", "def gradient(", "game = gan.losses.minimax", 'check("with detach',
        "by_autograd = gradient(G)", "failure x slope x what")
PANELS = (*BASE, "def train_only_D", "def four_panels", "def best_price(", "def accuracy(", "mistake = torch.tensor")
STATES = (*BASE, "def train_only_D", "def four_panels", "def accuracy(", "states = {", "def numbers_of(",
          "first, last, found")
ODDS = (*BASE, "game = gan.losses.minimax", "def gradient(", "def train_only_D", "odds = fake_logits.exp()")
CELLS = ("occupied[d] = ", "expected = {")
TWO = [("films = [film(seed) for seed in range(5)]", "films = [film(seed) for seed in range(2)]"),
       ("steps=300, d_steps=3) for seed in range(5)]", "steps=300, d_steps=3) for seed in range(2)]")]
SHORT = [TWO[0], ("attentive = [film(seed, steps=300, d_steps=3) for seed in range(5)]", "attentive = films")]
NONE = [("films = [film(seed) for seed in range(5)]", "films = []"), SHORT[1]]
TRIAL = [*SHORT, ("steps=1_000, **more", "steps=200, **more")]
DESCENT = "torch.optim.SGD(G.parameters(), lr)"
SAME = "the twelve lines and gan.train"
NO_PANELS = [*TRIAL, ("runs = [four_panels(run) for run in films]", "runs = []")]
G_STEP = "adam_G.zero_grad()\n        g_loss.backward(inputs=list(G.parameters()))"
FAULTS = {
    "a generator that has not learned the two modes":
        (FILM, [*SHORT, ("steps=1_000, **more", "steps=100, **more")], "within a total variation of 0.2"),
    "fakes that stay where they are":
        (FILM, [*SHORT, ('"lr": 1e-3', '"lr": 1e-9')], "within a total variation of 0.2"),
    "an overshoot that D's lag has no part in":
        (FILM, [TWO[0], ("steps=300, d_steps=3) for seed in range(5)", "steps=300, d_steps=1) for seed in range(2)")],
         "with three updates of D"),
    "a loop that lets D's gradients pile up":
        (LOOP, [*NONE, ("        adam_D.zero_grad()\n", "")], SAME),
    "a loop that lets G's gradients pile up":
        (LOOP, [*NONE, (G_STEP, G_STEP.removeprefix("adam_G.zero_grad()\n        "))], SAME),
    "a loop with the minimax loss where it says non-saturating":
        (LOOP, [*NONE, ("g_loss = -logsigmoid(D(fake))", "g_loss = logsigmoid(-D(fake))")], SAME),
    "a loop in which G moves away from real":
        (LOOP, [*NONE, ("g_loss = -logsigmoid(D(fake))", "g_loss = logsigmoid(D(fake))")], SAME),
    "D's step without detach":
        (FLOW, [("D(G(noise).detach())", "D(G(noise))")], "with detach, D's step leaves no gradient in G"),
    "a minimax loss that is the non-saturating one (papers.md 9)":
        (FLOW, [("game.generator(D(G(noise)))", "gan.losses.non_saturating.generator(D(G(noise)))")],
         "the opposite of what G wants"),
    "the leak taken for help":
        (FLOW, [("torch.allclose(leaked, -wanted,", "torch.allclose(leaked, wanted,")], "the opposite of what G wants"),
    "minimax's first factor taken for the other loss's (papers.md 3)":
        (FLOW, [("(logit.sigmoid() - 1).detach()", "-logit.sigmoid().detach()")], "failure x slope x what"),
    "a sum taken for a mean":
        (FLOW, [("(logit.sigmoid() - 1).detach() / len(spot)", "(logit.sigmoid() - 1).detach()")],
         "failure x slope x what"),
    "backward without inputs":
        (FLOW, [("g_loss.backward(inputs=list(G.parameters()))\ncheck", "g_loss.backward()\ncheck")],
         "backward(inputs=...) leaves nothing in D"),
    "the odds turned round":
        (ODDS, [*TRIAL, ("odds = fake_logits.exp()", "odds = (-fake_logits).exp()")], "in the ratio of D to 1 - D"),
    "D* with p and p_g exchanged (papers.md 4)":
        (PANELS, [*TRIAL, ("torch.where(p + p_g > 2e-3, p /", "torch.where(p + p_g > 2e-3, p_g /")],
         "training D alone brings it within 0.05 of D*"),
    "G that goes down D's slope":
        (PANELS, [*TRIAL, (DESCENT, DESCENT.replace("lr)", "lr, maximize=True)"))],
         "3 small steps after a D that stands still"),
    "steps that are not small":
        (PANELS, [*TRIAL, (DESCENT, DESCENT.replace("lr)", "100 * lr)"))],
         "3 small steps after a D that stands still"),
    "perfect fakes that are G's":
        (STATES, [*NO_PANELS, ("trained_on(run, True)", "trained_on(run)")], "moves over twice as far"),
    "a D that is not trained on":
        (STATES, [*NO_PANELS, ("    train_only_D(G, D, perfect=perfect)\n", "")],
         "600 more steps of D raise its accuracy"),
    "cells that share a name":
        (CELLS, [("10 ** torch.arange(d)", "torch.arange(d)")], "the occupied shares are"),
}
QUALITY = ("within a total variation of 0.2", "end with a valley", "(d) played in turn", "with uniform noise too")


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, changes, claim = FAULTS[fault]
    refuses(CHAPTER, marks, claim, *changes)


WHOLE = {"film": (FILM, TWO), "loop": (LOOP, NONE), "flow": (FLOW, []), "cells": (CELLS, []), "odds": (ODDS, TRIAL),
         "panels": (PANELS, SHORT), "states": (STATES, NO_PANELS)}


@pytest.mark.parametrize("part", WHOLE)
def test_without_a_fault_the_same_cells_pass(part):
    marks, changes = WHOLE[part]
    run(CHAPTER, *marks, changes=changes)


@pytest.mark.parametrize("rival", RIVALS)
def test_no_rival_passes(rival, monkeypatch):
    """Each claim that says that samples are good fails when what it looks at has learned nothing."""
    monkeypatch.setattr(gan, "train", train_of(rival))
    noted = "failed = []; claim = lambda s, holds, *_: None if holds else failed.append(s); check = lambda *_: None"
    quick = [*SHORT, ("range(3):\n    torch.manual_seed(1_000 * SEED + 50", "range(1):\n    torch.manual_seed(50"),
             ("def train_only_D(G, D, steps=600", "def train_only_D(G, D, steps=5"),
             ("steps=1_000, **more", "steps=150, **more"), ("100, 200, 300]", "100]"),
             ("data, steps=1_000, **RECIPE", "data, steps=5, **RECIPE")]
    names = run(CHAPTER, *FILM, *PANELS[3:], "def flat(", changes=quick, given=noted)
    passed = [part for part in QUALITY if not any(part in sentence for sentence in names["failed"])]
    assert not passed


def test_exercise_1_takes_the_right_answer():
    exercise(CHAPTER)(0.75)


@pytest.mark.parametrize("wrong", [0.25, 3.0, 0.3, 0.5, 1 / 3])
def test_exercise_1_refuses(wrong):
    refuses_answer(exercise(CHAPTER), wrong)


RIGHT_LOOP = ("data = gan.data.GaussianMixture", "def film(", "def alternate(", "def check_exercise_4",
              "def attentive_loop")
K_TIMES = "        for _ in range(k):\n            real, fake = data.sample((256,), random), G(G.noise(256, random))\n"
MY_G_LOSS = ("        g_loss = -logsigmoid(D(fake)).mean()\n        adam_G.zero_grad()\n"
             "        g_loss.backward(inputs=list(G.parameters()))\n        adam_G.step()\n\n\ncheck_exercise")
WRONG_LOOPS = {
    "k ignored": [("for _ in range(k):", "for _ in range(1):")],
    "one batch for all updates of D": [(K_TIMES, "".join(line + "\n" for line in (
        K_TIMES.splitlines()[1].removeprefix("    "), K_TIMES.splitlines()[0])))],
    "gradients pile up": [("            adam_D.zero_grad()\n", "")],
    "fresh fakes for G": [(MY_G_LOSS, MY_G_LOSS.replace("D(fake)", "D(G(G.noise(256, random)))"))],
    "G makes its fakes less real": [(MY_G_LOSS, MY_G_LOSS.replace("-logsigmoid", "logsigmoid"))],
    "minimax": [(MY_G_LOSS, MY_G_LOSS.replace("-logsigmoid(D(fake))", "logsigmoid(-D(fake))"))],
}


@pytest.mark.parametrize("wrong", WRONG_LOOPS)
def test_exercise_4_refuses(wrong):
    """The solution with one of the likeliest mistakes in it."""
    with pytest.raises(AssertionError, match="your loop with 3 updates of D is right"):
        run(CHAPTER, *RIGHT_LOOP, changes=[*NONE, *WRONG_LOOPS[wrong]])


def test_exercise_4_takes_the_solution():
    run(CHAPTER, *RIGHT_LOOP, changes=NONE)
