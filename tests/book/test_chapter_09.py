"""Chapter 9 catches the errors it warns of, its exercises refuse wrong answers, no rival passes."""
import copy
from functools import cache

import pytest
import torch
from cells import code_cells, exercise, refuses, refuses_answer, run
from torch.nn.functional import softplus

import gan

CHAPTER = "09_losses"
PAYS, GRID, WORDS, BEST, PACKAGE = 'PAYS = {"log', "x = torch.linspace(-16", "WORDS = {", "CRITICS = {", "coefficient ="
G_PAYS, FAKES, DESCENDS, LAM, NAMES = "G_PAYS = {", "def fakes_of(", "DESCENDS = {", "def lam(", "NAMES = {"
HELD = "only the zero-sum"
LOSSES, SLOPES, BOUND, TEACH, T_STAR, CLOSED = ("LOSSES = {", "SLOPES = {", "class Bound(", "def teach(", "T_STAR = {",
                                                "closed = math")
PAIRED, NEAR, SLOPE_AT, BASINS, TRAPPED, COUNT = ("def paired(", "near = pairs_at", "def slope_at(", "def pairs_of(",
                                                  "def trapped(", "bad basins, as published")
VALUE, GAMES, BOUND_OF = "def best_value(", "GAMES = (", "def bound_of("
BELLS, FORWARD, EXACT = "class Bells(", "Bells.forward = ", "def exact("
INDEX = (PAYS, GRID, "def gap(", WORDS, BEST)
DESCENT = (PAYS, GRID, G_PAYS, FAKES, DESCENDS, LAM, NAMES, HELD)
FAULTS = {
    "a sigmoid before the logistic loss":
        (INDEX, [("(lambda a: softplus(-a), softplus)",
                  "(lambda a: softplus(-a.sigmoid()), lambda a: softplus(a.sigmoid()))")], "logistic: at 7,201 places"),
    "least squares without its halves":
        ((*INDEX, PACKAGE), [("(a - 1).square() / 2, lambda a: a.square() / 2)",
                              "(a - 1).square(), lambda a: a.square())"),
                             ("integral((p - q) ** 2 / (p + q)) / 8", "integral((p - q) ** 2 / (p + q)) / 4"),
                             ('"least squares", 0.25)', '"least squares", 0.5)')], "least squares: our two functions"),
    "p and q exchanged in the best critic":
        (INDEX, [('"logistic": lambda s: s,', '"logistic": lambda s: -s,')], "logistic: at 7,201 places"),
    "hinge signs reversed":
        (INDEX, [("lambda a: relu(1 - a), lambda a: relu(1 + a)", "lambda a: relu(1 + a), lambda a: relu(1 - a)")],
         "hinge: at 7,201 places"),
    "an undecided hinge critic that pays 1":
        (INDEX, [('("hinge", 2.0)', '("hinge", 1.0)')], "hinge: an undecided critic"),
    "targets 0, 1, 1 said to descend on Pearson's":
        (DESCENT, [("lambda q: kl_to(p, (p + q) / 2) - le_cam(q) / 8", "lambda q: le_cam(q) / 2")],
         "least squares 0, 1, 1: with the best D held"),
    "targets −1, 1, 0 said to descend on the value of the theorem":
        (DESCENT, [("lambda q: 2 * kl_to(p, (p + q) / 2) - le_cam(q) / 2", "lambda q: le_cam(q) / 2")],
         "least squares −1, 1, 0: with the best D held"),
    "the non-saturating loss read off its value at D*":
        (DESCENT, [("held = {name: pull(lambda q: area(q * pays(lam(q).detach())))",
                    "held = {name: pull(lambda q: area(q * pays(lam(q)) + p * 0))")], "with the best D held"),
    "an activation that leaves f*'s domain":
        ((PAYS, GRID, BOUND, BOUND_OF, TEACH, T_STAR, CLOSED), [("lambda v: 1 - (-v).exp()", "lambda v: v"),
                                                      ("steps=600", "steps=1")], "squared Hellinger: activation"),
    "KL and reverse KL exchanged":
        ((PAYS, GRID, BOUND, BOUND_OF, TEACH, T_STAR, CLOSED), [("lambda u: -u.log(), lambda v: -(-v)",
                                                       "lambda u: torch.xlogy(u, u), lambda v: -(-v)"),
                                                      ("steps=600", "steps=1")], "KL(q‖p): activation"),
    "a relativistic critic that sees its fake twice":
        ((PAYS, GRID, PAIRED, NEAR), [("softplus(lam - lam[:, None])", "softplus(lam - lam)")], "distance 0.05: log 2"),
    "relativistic with one sign wrong":
        ((PAYS, LOSSES, SLOPE_AT), [("generator=lambda fake, real: softplus(real - fake)",
                                     "generator=lambda fake, real: softplus(fake - real)")], "where D leads by 20"),
    "the zero-sum form taken for the code's":
        ((PAYS, LOSSES, SLOPE_AT), [("generator=lambda fake, real: softplus(real - fake)",
                                     "generator=lambda fake, real: -softplus(fake - real)")], "where D leads by 20"),
    "a relativistic loss of the outputs' sum":
        ((PAYS, LOSSES, SLOPE_AT), [("discriminator=lambda real, fake: softplus(fake - real)",
                                     "discriminator=lambda real, fake: softplus(fake + real)")], "3.7 more on every"),
    "all pairs taken for the theorem's":
        ((PAYS, VALUE, BASINS, TRAPPED, GAMES, COUNT), [("return [(i, k, 1 / n) for i, k in enumerate(fakes)]",
                                           "return [(i, k, 1 / n**2) for i in range(n) for k in fakes]")],
         "with each real compared"),
    "critics that have learned nothing":
        ((*INDEX, "camel, hill =", "def kept(", "def in_order(", "distance = {loss"),
         [("steps=500", "steps=1")], "logistic: 8 trained critics"),
    "bounds of networks that have learned nothing":
        ((PAYS, GRID, BOUND, BOUND_OF, TEACH, T_STAR, CLOSED), [("steps=600", "steps=1")], "all 8 networks reach 99 %"),
    "generators that have learned nothing":
        ((PAYS, LOSSES, BELLS, FORWARD, EXACT, "def play(", "SHOWN = {", "def descended(", "end = {name"),
         [("runs=20, steps=400", "runs=20, steps=50"), ("range(50, 401, 50)", "[50]"), ('"lr": 1e-2', '"lr": 1e-7')],
         "after 400 steps the mean JSD"),
    "a slope of G's loss in another output":
        ((*DESCENT, LOSSES, SLOPES), [('"exponential": lambda s: s / 2, "hinge": torch.sign}\nSLOPES',
                                       '"exponential": lambda s: s, "hinge": torch.sign}\nSLOPES')],
         "exponential: G's slope"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, changes, claim = FAULTS[fault]
    refuses(CHAPTER, marks, claim, *changes)


# The package's losses ------------------------------------------------------------------------------------------------
@cache
def chapter_losses():
    return run(CHAPTER, PAYS, LOSSES)["LOSSES"]


@pytest.mark.parametrize("name", ["minimax", "non-saturating", "least squares 0, 1, 1", "hinge", "relativistic"])
@pytest.mark.parametrize("logit", [-50.0, 50.0])
def test_losses_take_logits_and_stay_finite(name, logit):
    loss = chapter_losses()[name]
    a = torch.tensor(logit, requires_grad=True)
    for value in (loss.discriminator(a, -a), loss.generator(a, -a)):
        slope, = torch.autograd.grad(value, a)
        assert value.isfinite() and slope.isfinite()


@pytest.mark.parametrize("name", ["minimax", "non-saturating", "least squares 0, 1, 1", "exponential", "hinge",
                                  "relativistic"])
def test_every_generator_pushes_fakes_up_and_feels_it(name):
    """Also where the fake's logits were detached for D: G's loss must have a slope in its weights."""
    fake = torch.zeros(4, requires_grad=True)
    slope, = torch.autograd.grad(chapter_losses()[name].generator(fake, torch.zeros(4)).sum(), fake)
    assert (slope < 0).all()


def test_exchanging_real_and_fake_turns_the_relativistic_roles():
    loss, (real, fake) = chapter_losses()["relativistic"], torch.randn(2, 8)
    assert torch.equal(loss.discriminator(real, fake), loss.generator(real, fake))
    assert torch.allclose(loss.discriminator(real, fake), softplus(-(real - fake)))


# A generator with a density ------------------------------------------------------------------------------------------
@cache
def density():
    return run(CHAPTER, PAYS, LOSSES, BELLS, FORWARD, EXACT)


def test_bells_have_the_density_of_their_samples():
    names = density()
    torch.manual_seed(0)
    G = names["Bells"](3)
    x = G.sample(50_000)
    for threshold in (-3.0, 0.0, 2.0):
        F, _ = G.law(torch.full((3, 1, 1), threshold))
        assert ((x < threshold).float().mean(1) - F[:, 0]).abs().max() < 0.01


def test_bells_carry_the_slope_of_every_parameter():
    """Against the slope of the exact mean by the density; a choice of bell that carried none would miss the shares'."""
    names = density()
    torch.manual_seed(0)
    G, line = names["Bells"](2), names["line"]
    weights = list(G.parameters())
    sampled = torch.autograd.grad(G(G.noise(200_000)).sin().mean((1, 2)).sum(), weights)
    _, q = G.law(line[None, :, None])
    exact = torch.autograd.grad((q[..., 0] * line.sin()).sum() * (line[1] - line[0]), weights)
    for one, other in zip(sampled, exact):
        assert (one - other).abs().max() < 0.01 and other.abs().max() > 0.03


# Exercises -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("number, answer", [(1, [20.1]), (2, [0.193, 0.5])])
def test_exercise_takes_the_right_answer(number, answer):
    exercise(CHAPTER, number, "import math")(*answer)


@pytest.mark.parametrize("number, answer", [(1, [4.48]), (1, [3.0]), (1, [1.5]), (1, [0.82]), (1, [2.12]),
                                            (2, [0.386, 1.0]), (2, [0.386, 0.5]), (2, [0.193, 1.0]), (2, [0.5, 0.5])])
def test_exercise_refuses(number, answer):
    refuses_answer(exercise(CHAPTER, number, "import math"), *answer)


@cache
def check_exercise_3():
    names = run(CHAPTER, PAYS, GRID, G_PAYS, FAKES, DESCENDS, LAM, BOUND, BOUND_OF, TEACH, "def check_exercise_3(",
                changes=[("steps=600", "steps=1")])
    return names["check_exercise_3"]


def pair(discriminator, generator):
    return gan.losses.Loss(discriminator, generator)


def test_exercise_3_takes_the_reverse_kl():
    check_exercise_3()(pair(lambda real, fake: (-real).exp() + fake - 1, lambda fake, real=None: 1 - fake))


@pytest.mark.parametrize("wrong", [
    pair(lambda real, fake: -real + (fake - 1).exp(), lambda fake, real=None: -(fake - 1).exp()),        # KL(p‖q)
    pair(lambda real, fake: (-real).exp() - fake + 1, lambda fake, real=None: 1 - fake),                 # a sign
    pair(lambda real, fake: (-real).exp() + fake - 1, lambda fake, real=None: fake - 1),                 # G's sign
    pair(lambda real, fake: real - 1 + (-fake).exp(), lambda fake, real=None: -(-fake).exp()),           # exchanged
    gan.losses.minimax])
def test_exercise_3_refuses(wrong):
    refuses_answer(check_exercise_3(), wrong)


# Claims on what is stored --------------------------------------------------------------------------------------------
COLLECT = """failed, asked = [], []
def claim(sentence, holds, measured=None):
    asked.append(sentence)
    if not holds:
        failed.append(sentence)"""
STORED = ("def typical(", "ODD = [", "kl_of = typical", "grids = {name", "chosen = [stored")


@cache
def stored_names():
    return run(CHAPTER, PAYS, LOSSES, BELLS, FORWARD, EXACT, 'stored = {"line"', "def middle(", "def over_cells(",
               "COLUMNS = ", *STORED, given=COLLECT)


def failed_with(change="pass"):
    """The claims on stored runs that do not hold where each seed's losses, on the line and the ring, are changed so."""
    names = stored_names()
    names["stored"] = copy.deepcopy({bed: gan.evidence.load(f"losses_{file}")
                                     for bed, file in (("line", "exact"), ("ring", "ring"))})
    names["failed"].clear()
    for line, ring in zip(*(names["stored"][bed]["runs"] for bed in ("line", "ring"))):
        exec(change, {"line": line["losses"], "ring": ring["losses"], "nothing": names["nothing"]})
    for cell in code_cells(CHAPTER):
        if any(mark in cell for mark in STORED):
            exec(cell, names)
    assert len(names["asked"]) > 15
    return list(names["failed"])


NS, LS = "ring['non-saturating']", "ring['least squares 0, 1, 1']"
NO_EFFECT = {
    "hinge as good as minimax": ("ring['hinge']['common'] = ring['minimax']['common']", "hinge is last"),
    "hinge last on the line by a hair": ("line['hinge']['common']['late'] = [1.2 * x for x in "
                                         "line['non-saturating']['common']['late']]", "hinge is last of the six"),
    "tuning does nothing for hinge": ("ring['hinge']['tuned'] = ring['hinge']['common']", "hinge is within 0.02"),
    "the theorem's targets as good as the popular": ("ring['least squares −1, 1, 0'] = " + LS, "with targets −1, 1, 0"),
    "one loss better than the non-saturating": (f"ring['relativistic']['tuned']['cells'] = [x - 0.06 for x in "
                                                f"{NS}['tuned']['cells']]", "no loss is better"),
    "modes all alike": (f"{NS}['tuned'] = {LS}['tuned'] = ring['minimax']['tuned']", "the modes' KL is lower"),
    "at no price": ("ring['minimax']['tuned']['quality'] = " + NS + "['tuned']['quality']", "in quality minimax"),
    "hinge as the rule would have it": ("ring['hinge']['tuned'] = ring['least squares −1, 1, 0']['tuned']",
                                        "hinge, whose f'' is 0"),
    "one winner on the line": ("for where in ('common', 'tuned'): line['minimax'][where]['late'] = [0.0] * 20",
                               "in each repetition some loss"),
    "tuning that helps": ("line['non-saturating']['tuned']['late'] = [0.001] * 20", "the tuned rates raise"),
    "one loss first everywhere": ("ring['minimax']['grid']['cells'] = [[0.01] * 5] * 20", "at least four different"),
    "rates without effect": ("ring['minimax']['grid']['cells'] = [[0.5] * 5] * 20", "worst pair of rates"),
    "losses far apart": ("ring['exponential']['tuned']['cells'] = [2.0] * 24", "a factor of 1.5"),
    "own rates": ("ring['minimax']['rates'] = ring['hinge']['rates'] = [0.01, 0.01]", "five of the six choose"),
    **{f"{rival} instead of runs": (f"for v in ring.values(): v['tuned']['cells'] = nothing[{rival!r}]['cells']"
                                    ".tolist()[:24]", "untrained generators")
       for rival in ("untrained", "a blob")},
}


def test_the_stored_runs_pass():
    assert failed_with() == []


@pytest.mark.parametrize("fault", NO_EFFECT)
def test_claims_on_stored_runs_would_fail_without_the_effect(fault):
    change, claim = NO_EFFECT[fault]
    assert any(claim in sentence for sentence in failed_with(change))


def test_runs_of_another_loss_are_not_in_the_band():
    """What the chapter trains live is told from the stored runs of the targets that fail."""
    names = stored_names()
    bad = torch.tensor(gan.evidence.load("losses_exact")["runs"][0]["losses"]["least squares −1, 1, 0"]["common"]["js"])
    names["live"], names["stored"] = dict.fromkeys(names["LOSSES"], bad[:, :8]), {
        bed: gan.evidence.load(f"losses_{file}") for bed, file in (("line", "exact"), ("ring", "ring"))}
    names["failed"].clear()
    exec(next(cell for cell in code_cells(CHAPTER) if "before = runs_of" in cell), names)
    assert len(names["failed"]) == 6
