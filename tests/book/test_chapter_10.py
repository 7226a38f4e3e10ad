"""Chapter 10 catches the errors it warns of; claims fail without their effect; exercises refuse wrong answers."""
import math
from functools import cache

import pytest
from cells import code_cells, exercise, refuses, refuses_answer, run
from rivals import RIVALS, train_of

import gan

CHAPTER = "10_wasserstein"
MOVER, LP, SORT, MATCH = "import EarthMover", "linprog(way", "def on_line(", "def matched("
AGREE = "complementary slackness:"
HAND, PAYS, POINTS = "def penalty_by_hand(", "def tilted(", "met = []"
CLIP, SPECTRAL, ONE_SIDED, TIMES, WGAN = ("class Clipped(", "class Spectral(", "def one_sided(", "class Times(",
                                          "def wgan(")
NORMS, PASSES = "def spectral_norms(", "both_passes = True"
SN = (MATCH, SPECTRAL, TIMES, WGAN, NORMS)
FAULTS = {
    "norm over the channels only":
        ((MATCH, HAND, PAYS), [("gradient.flatten(1).norm(dim=1)", "gradient.norm(dim=1).mean((1, 2))")],
         "a critic of slope 1 pays"),
    "norm over the whole batch":
        ((MATCH, HAND, PAYS), [("gradient.flatten(1).norm(dim=1)", "gradient.norm().expand(len(real))")],
         "a critic of slope 1 pays"),
    "a mixing weight for each pixel":
        ((MATCH, HAND, PAYS, POINTS), [("torch.rand(len(real), *[1] * (real.ndim - 1))", "torch.rand_like(real)"),
                                       ("(both[0] - both[1]).abs().max() < 1e-5", "True")], "every pixel of a point"),
    "one mixing weight for the batch":
        ((MATCH, HAND, PAYS), [("torch.rand(len(real), *[1] * (real.ndim - 1))", "torch.rand(())")], "our penalty and"),
    "zero-centred by mistake":
        ((MATCH, HAND, PAYS), [("norm(dim=1) - 1).square()", "norm(dim=1)).square()")], "a critic of slope 1 pays"),
    "batch norm in the critic":
        ((MATCH, HAND, PAYS, POINTS), [("nn.Linear(192, 32), nn.Tanh()", "nn.Linear(192, 32), nn.BatchNorm1d(32)"),
                                       ("(both[0] - both[1]).abs().max() < 1e-5", "True")],
         "does not depend on the rest of its batch"),
    "power iteration in evaluation mode":
        (SN, [("        if self.training:\n            self.iterate()", "        self.iterate()")],
         "in evaluation mode"),
    "no power iteration at all":
        (SN, [("        if self.training:\n            self.iterate()\n", ""),
              ("for _ in range(15):\n            self.iterate()", "pass")], "has spectral norm 1 to 1 %"),
    "an update in place between two passes":
        ((*SN, PASSES), [("self.u = normalize(v @ self.weight, dim=-1)",
                          "self.u.copy_(normalize(v @ self.weight, dim=-1))")],
         "two passes in training mode"),
    "the plotted distance upside down":
        ((*SN[:-1], ONE_SIDED, "def on_a_line(", "the estimate that is plotted"),
         [('"told": level - other', '"told": other - level')], "the estimate that is plotted"),
    "earth may be left over":
        ((MOVER, LP, SORT, MATCH, AGREE), [("b_eq=[*p_g, *p])", "b_eq=[*(0 * p_g), *(0 * p)])")],
         "the cheapest plan and"),
    "a staircase of slope 2":
        ((MOVER, LP, SORT, MATCH, AGREE), [("b_ub=way.ravel()", "b_ub=2 * way.ravel()")], "the cheapest plan and"),
    "samples not sorted":
        ((MOVER, LP, SORT, MATCH, AGREE), [("(x.sort(-1).values - y.sort(-1).values)", "(x - y.flip(-1))")],
         "sorting twelve pieces"),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, changes, claim = FAULTS[fault]
    refuses(CHAPTER, list(marks), claim, *changes)


def test_a_penalty_without_create_graph_is_caught():
    """It then has no gradient in the critic's weights; autograd says so before any claim does."""
    with pytest.raises(RuntimeError, match="does not require grad"):
        run(CHAPTER, MATCH, HAND, PAYS, POINTS, changes=[("create_graph=True", "create_graph=False")])


# Claims on what is stored ------------------------------------------------------------------------------------------
COLLECT = """failed, asked = [], []
def claim(sentence, holds, measured=None):
    asked.append(sentence)
    if not holds:
        failed.append(sentence)"""
LEARN = (MATCH, "import Normal", CLIP, SPECTRAL, ONE_SIDED, TIMES, WGAN, "def on_a_line(", "def learn(")
CRITICS = ("line_at = torch", "def seen_on_line(", "looks, cuts =", "deep, STYLES =", "def across(")
SWEEPS = ("def of_runs(", "def ranks(", "watched = {", "def correlations(")
CLAIMS = ("stuck = told", "honest = by_c", "grows = {", "over_a_run =", "steps_done =", "def ends(")


@cache
def stored_names():
    return run(CHAPTER, *LEARN, *CRITICS, *SWEEPS, *CLAIMS, given=COLLECT)


def failed_with(change="pass"):
    """The claims on stored runs that do not hold where what is stored is changed so."""
    names = stored_names()
    names["stored"] = gan.evidence.load("wasserstein_critics")["runs"][0]
    names["sweeps"] = gan.evidence.load("wasserstein_training")
    names["deep"] = names["stored"]["deep"]
    names["failed"].clear()
    names["asked"].clear()
    exec(change, {"stored": names["stored"], "ring": names["sweeps"]["runs"][0]["ring"], "deep": names["deep"]})
    for cell in code_cells(CHAPTER):
        if any(mark in cell for mark in CLAIMS):
            exec(cell, names)
    assert len(names["asked"]) >= 20
    return list(names["failed"])


NO_EFFECT = {
    "nobody is stuck": ("stored['line']['GP']['10.0'] = stored['line']['one-sided']['10.0']", "two-sided, λ 10: at"),
    "the one-sided are stuck, too": ("stored['line']['one-sided']['10.0'] = stored['line']['GP']['10.0']",
                                     "with a one-sided penalty or"),
    "the bound does not matter": ("stored['line']['clip'] = dict.fromkeys(stored['line']['clip'], "
                                  "stored['line']['clip']['0.1'])", "more than a million times"),
    "clipped at the right slope": ("for c in stored['line']['clip'].values():\n"
                                   "    for seen in c.values():\n        seen['steepest'] = [1.0] * 20",
                                   "divided by the steepest slope"),
    "spectral norm says too much": ("stored['line']['SN']['1.0'] = stored['line']['SN']['10.0']",
                                    "a spectrally normalised critic reports less"),
    "five steps are enough": ("for way in stored['line'].values():\n    for seen in way.values():\n"
                              "        seen['5'] = seen['300']", "five steps from scratch"),
    "any bound will do": ("ring['clip']['0.03'] = ring['GP']['0.1']", "with c = 0.03 or 0.3, or"),
    "a plain GAN's loss tells as much": ("ring['plain GAN'][''] = ring['GP']['0.1']", "or in a plain GAN"),
    "the default works": ("ring['GP']['10.0'] = ring['GP']['0.1']", "with λ = 10, WGAN-GP's default"),
    "the default's loss tells the truth": ("ring['GP']['10.0'] = ring['GP']['0.1']", "with λ = 10 it is below"),
    "the estimate means nothing": ("ring['GP']['0.1'] = ring['clip']['0.03']", "with a penalty of 0.1 the estimate"),
    "estimates compare": ("ring['clip']['0.3']['told'] = ring['clip']['0.01']['told']", "differ more than 10,000"),
    "better than a clock": ("ring['GP']['0.1']['told'] = ring['GP']['0.1']['exact']", "the mere number of steps"),
    "K is a strength": ("ring['SN']['100.0']['W'] = [1.0] * 20", "a factor K of 100"),
    "K changes nothing, not even the slope": ("ring['SN']['100.0'] = ring['SN']['1.0']", "a factor K of 100"),
    "clipping is as good": ("ring['clip']['0.1'] = ring['GP']['1.0']", "at its best strength clipping"),
    "an untrained G": ("ring['GP']['0.1'].update(ring['rivals']['untrained G'])", "ends nearer than a blob"),
    "a blob": ("ring['GP']['0.1'].update(ring['rivals']['blob'])", "ends nearer than a blob"),
    "twelve layers and any width alike": ("deep['width 32'] = deep['width 128']", "12 layers clipped to 0.1"),
    "a small bound is harmless": ("deep['width 128']['clip 0.01'] = deep['width 128']['GP 10']", "clipped to 0.01 it"),
    "a penalty explodes as well": ("deep['width 128']['GP 10'] = deep['width 128']['clip 0.1']", "with a penalty it"),
    "weights inside": ("deep['width 128']['clip 0.01']['at bound'] = [0.1]", "70 % of the weights"),
}


def test_the_stored_runs_pass():
    assert failed_with() == []


@pytest.mark.parametrize("fault", NO_EFFECT)
def test_claims_on_stored_runs_would_fail_without_the_effect(fault):
    change, claim = NO_EFFECT[fault]
    assert any(claim in sentence for sentence in failed_with(change))


@pytest.mark.parametrize("rival", RIVALS)
def test_no_rival_is_in_the_band(rival, monkeypatch):
    monkeypatch.setattr(gan, "train", train_of(rival))
    marks = (MATCH, CLIP, SPECTRAL, ONE_SIDED, TIMES, WGAN, "def of_runs(", "def ranks(", "again = {", "def far_off(")
    refuses(CHAPTER, marks, "of twenty runs made just now", ("steps=200", "steps=3"))


# Exercises -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("number, right", [(1, 1.0), (2, 6.0)])
def test_exercise_takes_the_right_answer(number, right):
    exercise(CHAPTER, number)(right)


@pytest.mark.parametrize("number, wrong", [(1, 0.5), (1, 0.75), (1, 4.0), (1, 1.625), (1, 1.5), (1, math.nan),
                                           (2, 2.0), (2, 3.0), (2, 4.0), (2, 10.0), (2, 8.0), (2, math.inf)])
def test_exercise_refuses(number, wrong):
    refuses_answer(exercise(CHAPTER, number), wrong)


def test_the_readers_own_sliced_distance():
    names = run(CHAPTER, SORT, MATCH, "def check_exercise_4(", "def sliced(")
    refuses_answer(names["check_exercise_4"], lambda x, y: 2 * names["sliced"](x, y))
