"""Chapter 13 catches the errors it warns of; claims on stored runs need their effect; wrong answers are refused."""
import copy
from functools import cache

import pytest
from cells import code_cells, exercise, refuses, refuses_answer, run
from rivals import RIVALS, train_of

import gan

CHAPTER = "13_conditional"
FACES = ("def portraits(", "def learn_faces(", "def real_with(", "def distances(")
MATH = "import math"
VALUE, WAYS, AGREE, SPLIT = "def value(", "def concatenated(", "wider, longer =", "mean, other ="
NETWORKS = ("def portraits(", "def ensemble(", "class Blind(", "def told_pair(", "def asked_for(", "class Named(",
            "class ACGAN(", "class Line:")
AXIS, IDEAL, NAMING = "def joint_on_line(", "def ideal(", "names are a softmax over"
START = "def portraits("
FAULTS = {
    "fakes' labels of another law, and the value of the data's":
        ([VALUE], ("r_y[:, None] * p_x)", "p_y[:, None] * p_x)"), "fakes that are right for each y"),
    "the classes not weighted":
        ([VALUE], ("value(p_y[:, None] * p_x, p_y[:, None] * q_x)", "value(p_x / 3, q_x / 3)"),
         "told y, the value is the mean"),
    "projection's sign":
        ([START, WAYS, AGREE], ("out[..., 0] + out[..., 1:].g", "out[..., 0] - out[..., 1:].g"), "our two functions"),
    "the row of real or fake taken for a class's":
        ([START, WAYS, AGREE], ("out[..., 1:].gather", "out.gather"), "our two functions"),
    "another sample's label":
        ([START, WAYS, AGREE], ("one_hot(y, classes).float()]", "one_hot(y.flip(0), classes).float()]"),
         "our two functions"),
    "a label that is taken and not used":
        ([START, "class Blind(", WAYS, AGREE],
         ("(Concat(wider, 10), Projection(longer, 10))]", "(Blind(lambda x: x[:, 0]), Projection(longer, 10))]"),
         "both logits change"),
    "the head of fakes against data":
        ([START, WAYS, SPLIT], ("torch.zeros(1), mean - other]", "torch.zeros(1), other - mean]"),
         "on three normal distributions"),
    "a mean in place of the sum":
        ([START, WAYS, SPLIT], ("head.weight[:] = torch", "head.weight[:] = 0.5 * torch"),
         "on three normal distributions"),
    "real or fake among AC-GAN's names":
        ([*NETWORKS, WAYS, AGREE, NAMING], ("names = self.layers(x)[..., 1:]", "names = self.layers(x)"),
         "names are a softmax over"),
    "a classifier that wants fakes misnamed":
        ([AXIS, IDEAL], ("- weight * (q * log_names)", "+ weight * (q * log_names)"), "for a small weight"),
    "classes cut in another order":
        ([AXIS, IDEAL], (".diff() for k in range(3)]", ".diff() for k in (1, 0, 2)]"), "for a small weight"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, change, claim = FAULTS[fault]
    refuses(CHAPTER, marks, claim, change, given=MATH)


@pytest.mark.parametrize("marks", [[VALUE], [START, WAYS, AGREE, SPLIT], [AXIS, IDEAL]])
def test_without_a_fault_the_same_cells_pass(marks):
    run(CHAPTER, *marks, given=MATH)


# Claims on what is stored ------------------------------------------------------------------------------------------
COLLECT = """import math
failed, asked = [], []
def claim(sentence, holds, measured=None):
    asked.append(sentence)
    if not holds:
        failed.append(sentence)"""
STORED_DIGITS = ("both = [seen[name]", "one, best =")
STORED_LINE = ("at_small =", "reals = outer(")
STORED_FACES = ("hats = exactly", "def pair_distance(")
TABLES = (*FACES, "def ensemble(", "class Blind(", "def told_pair(", "def asked_for(", "def digit_runs(",
          "def look_at(", "def digits_seen(", "rival_looks =", "class Named(", "class ACGAN(", "class Line:", AXIS,
          "LOOKS = [", "def of_line(", IDEAL, "def outer(", "gaps = {", "DIGIT_LAMBDAS =", "def painter(",
          "def inspector_of(", "inspectors = {")


@cache
def names_of_tables():
    return run(CHAPTER, *TABLES, *STORED_DIGITS, *STORED_LINE, *STORED_FACES, given=COLLECT)


def failed_with(change):
    """The claims on stored runs that do not hold after ``change`` of the stored tables."""
    names = dict(names_of_tables())
    exec(COLLECT, names)
    loaded = {name: copy.deepcopy(gan.evidence.load(f"conditional_{name}")) for name in ("digits", "line", "pairs")}
    exec(change, {name: evidence["runs"] for name, evidence in loaded.items()})
    marks = ("def digits_seen(", "def of_line(", "def stored_pairs(", *STORED_DIGITS, *STORED_LINE, *STORED_FACES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gan.evidence, "load", lambda name: loaded[name.removeprefix("conditional_")])
        for cell in code_cells(CHAPTER):
            if any(mark in cell for mark in marks):                # functions that look up tables, and claims on them
                exec(cell, names)
    assert len(names["asked"]) > 10
    return list(names["failed"])


def all_of(place, one, other):
    return f"for seed in {place}: seed[{one!r}] = seed[{other!r}]"


NO_EFFECT = {
    "D need not be told": (all_of("digits", "not told", "projection"), "where D is not told"),
    "labels do not matter": (all_of("digits", "projection", "not told"), "told by concatenation or projection, more"),
    "shuffled labels are obeyed": (all_of("digits", "projection, shuffled", "projection"), "with labels shuffled"),
    "labels do not help with all": (all_of("digits", "projection, shuffled", "projection"), "in the same networks"),
    "concatenation as good by class": (all_of("digits", "concat", "projection"), "projection has a smaller distance"),
    "AC-GAN as good by class": (all_of("digits", "AC-GAN, 1", "projection"), "at weight 1 the best of three"),
    "learning from fakes is the digits' fault": (all_of("digits", "AC-GAN reals only, 1", "projection"),
                                                 "with a classifier that learns from real digits"),
    "the weight costs no variety": (all_of("digits", "AC-GAN, 10", "AC-GAN, 0.1"), "its variety falls"),
    "AC-GAN obeys better": ("for seed in digits: seed['projection']['asked'] = [0.97] * 3", "at no weight does"),
    "AC-GAN finds the classes": (all_of("line", "AC-GAN, 0.03", "projection"), "with a weight of 0.03"),
    "projection shrinks them": (all_of("line", "projection", "AC-GAN, 0.1"),
                                "told by concatenation or projection, every"),
    "only large weights shrink": (all_of("line", "AC-GAN, 0.1", "projection"), "at each of five weights"),
    "the weight moves no means": (all_of("line", "AC-GAN, 3", "AC-GAN, 0.03"), "the outer means move outwards"),
    "the fault without overlap": (all_of("line", "AC-GAN, apart 5", "AC-GAN, 1"), "where classes do not overlap"),
    "learning from fakes is the fault": (all_of("line", "AC-GAN reals only, 1", "projection"),
                                         "a classifier that learns from real"),
    "bits do not compose": (all_of("pairs", "three numbers", "eight names"), "of fakes asked for the pair never seen"),
    "names compose too": (all_of("pairs", "eight names", "three numbers"), "of fakes asked for the pair never seen"),
    "chance makes the pair": (all_of("pairs", "nothing", "three numbers"), "of fakes asked for the pair never seen"),
    "the hat stays without being told": (all_of("pairs", "nothing", "pair seen"), "G makes fewer hats"),
    "names as near to real pairs": (all_of("pairs", "eight names", "pair seen"), "the distance of fakes asked"),
    "names are not obeyed": (all_of("pairs", "eight names", "nothing"), "eight names are obeyed"),
    "seeing the pair does not help": (all_of("pairs", "pair seen", "three numbers"), "a generator that saw the pair"),
}


def test_the_stored_runs_pass():
    assert failed_with("pass") == []


@pytest.mark.parametrize("fault", NO_EFFECT)
def test_claims_on_stored_runs_would_fail_without_the_effect(fault):
    change, claim = NO_EFFECT[fault]
    assert any(claim in sentence for sentence in failed_with(change))


# Claims on what is trained now --------------------------------------------------------------------------------------

@pytest.mark.parametrize("rival", RIVALS)
def test_no_rival_passes(rival, monkeypatch):
    """Quality claims of the live faces, with a generator that has learned nothing."""
    monkeypatch.setattr(gan, "train", train_of(rival))
    marks = (*FACES, "def painter(", "def learn(", "def inspector_of(", "inspectors = {", "live_data =",
             "its obedience, averaged")
    names = run(CHAPTER, *marks, given=COLLECT, changes=[
        ("learn(live_data, 3, 1_500)", "learn(live_data, 3, 2)"), ("faces(20_000, size", "faces(4_000, size")])
    assert len([s for s in names["failed"] if "1,500 steps just now" in s or "its obedience" in s]) == 2


# Exercises ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("number, right", [(1, -1.06), (2, 1.17)])
def test_exercise_takes_the_right_answer(number, right):
    run(CHAPTER, VALUE, f"def check_exercise_{number}(", given=MATH)[f"check_exercise_{number}"](right)


@pytest.mark.parametrize("number, wrong", [(1, -1.39), (1, -1.22), (1, 0.33), (1, 1.06), (1, 0.0), (1, float("nan")),
                                           (2, 1.0), (2, 0.80), (2, 1.29), (2, 1.80), (2, 2.0)])
def test_exercise_refuses(number, wrong):
    refuses_answer(run(CHAPTER, VALUE, f"def check_exercise_{number}(", given=MATH)[f"check_exercise_{number}"], wrong)


def test_exercise_4_refuses_what_has_not_been_mended():
    import torch

    check = exercise(CHAPTER, 4)
    x = torch.randn(8, 3, 2_000) + torch.tensor([-1.5, 0.0, 1.5])[:, None]
    check(x)
    for wrong in (0.5 * x, x.flip(1), 1.3 * x, 0 * x):
        refuses_answer(check, wrong)
