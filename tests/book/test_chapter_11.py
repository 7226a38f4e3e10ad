"""Chapter 11 catches the errors it warns of, agrees with torch-fidelity and prdc; claims fail without their effect."""
from functools import cache

import jupytext
import numpy as np
import pytest
import torch
from cells import code_cells, exercise, refuses, refuses_answer, run
from prdc import compute_prdc
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric

import gan

CHAPTER = "11_evaluation"
IMPORTS, DIGITS, RIVALS, HANDED = "import math", "generators = [", "def blob(", "def handed_in("
JUDGE, JUDGED = "def judged(", "drawn = {}"
TOLD, MORE, NO_LEARNING, LABELS = "def near(", "FAULTY = (", "OWN, BLANK, NORMAL", "shuffled labels"
SCORES, SCORED, FRECHET, STORED = "def scores(", "certain = 100", "def frechet(", "def predicted("
LINE, NORMALS, AGREE, BIAS = "def by_size(", "def of_normals(", "turn = torch.linalg.qr", "theory = torch.tensor"
KERNEL, PAIRS, UNBIASED = "def kernel(", "equal = {", "means = {name: (found"
FOUR, EQUAL, OUTLIER, COUNTED, FALL = ("def four(", "def of_equal(", "def with_outlier(", "itself = [",
                                       "middle = dict(")
COPIED, REMEMBERED, MEMORY = "def copier(", "memory = {name: []", "nearer = {name"
LIKELIHOOD = "p_of = torch"
FIT = "fit_classifier(digits, labels, seed=3 * SEED + k) for k in range(3)"
QUICK = [(FIT, "fit_classifier(digits, labels, 60, SEED) for k in range(1)")]
NO_NET = [(FIT, "torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Tanh()) for k in range(1)")]
FEW = [*QUICK, ("for k in range(10):\n    reference", "for k in range(4):\n    reference"), ("N = 500", "N = 400")]
NETS = (IMPORTS, DIGITS, RIVALS, HANDED)
TABLE = (*NETS, JUDGE, JUDGED, TOLD, MORE)
LINES = (*NETS, FRECHET, STORED)
FEATURES = (*NETS, STORED, FOUR, EQUAL, COUNTED)
FAULTS = {
    # 1. The direction and the law of the bias; 8. other numbers of samples.
    "a set beside itself": ((DIGITS, STORED, LINE, NORMALS, BIAS), [("scale * y) for x, y", "scale * x) for x, y")],
                            "the mean distance of two sets"),
    "more fakes than reals": ((DIGITS, STORED, LINE, NORMALS, BIAS), [("scale * y) for", "scale * y[:n // 2]) for")],
                              "the mean distance of two sets"),
    "a line against one over the root": ((DIGITS, STORED, LINE, NORMALS, BIAS), [("inverse = 1 / torch.as_tensor(n, ",
                                                                           "inverse = torch.rsqrt(torch.as_tensor(n, "),
                                                                          ("dtype=torch.float64)\n    A =",
                                                                           "dtype=torch.float64))\n    A =")],
                                         "the line against 1/N ends nearer"),
    "eigenvalues that do not count in pairs": ((DIGITS, STORED, LINE, NORMALS, BIAS),
                                               [("values.sum() + pairs.sum()", "values.sum()")], "stored, three draws"),
    # 2. Covariances uncentred; a root of the wrong thing.
    "uncentred covariance": ((*LINES, AGREE), [("C, E = x.T.cov(), y.T.cov()", "C, E = x.T @ x / len(x), y.T.cov()")],
                             "our lines and the package's frechet"),
    "the root of each entry": ((*LINES, AGREE), [("root = vectors * values.clamp(min=0).sqrt() @ vectors.T",
                                                  "root = C.clamp(min=0).sqrt()")],
                               "our lines and the package's frechet"),
    "variances for spreads": ((*LINES, AGREE), [(".clamp(min=0).sqrt().sum()", ".clamp(min=0).sum()")],
                              "our lines and the package's frechet"),
    # 4. Pairs of a sample with itself; sets that share samples.
    "a sample paired with itself": ((DIGITS, STORED, KERNEL, PAIRS, UNBIASED),
                                    [("(whole.sum() - whole.trace()) / (n * (n - 1))", "whole.mean()")],
                                    "our lines and the package's kernel"),
    "sets that share samples": ((DIGITS, STORED, KERNEL, PAIRS, UNBIASED), [("order[200:400]", "order[100:300]")],
                                "over 200 pairs of equal"),
    # 5. k off by one, and the rim.
    "k off by one": (FEATURES, [("topk(k + 1,", "topk(k,")], "our lines and the package's four"),
    "the rim is inside": (FEATURES, [("inner = apart < radii(real)", "inner = apart <= radii(real)")],
                          "a set has precision"),
    "recall looks from the reals": (FEATURES, [("apart.T <= radii(fake)", "apart.T <= radii(real)[:, None]")],
                                    "our lines and the package's four"),
    "coverage by 2^-k": (FEATURES, [("1 - math.prod((n - j) / (n + m - j) for j in range(1, k + 1))", "1 - 4.0**-k")],
                         "for 40 samples and k of 1"),
    # 6. One outlier.
    "an outlier that is none": ((DIGITS, STORED, FOUR, EQUAL, OUTLIER, FALL), [("real[0] = 3.0", "real[0] = 0.0")],
                                "one outlier of 500 lifts"),
    # 7. The score.
    "a score without p(y)": ((*NETS, SCORES, SCORED), [("by_hand / by_hand.mean(0)", "by_hand")],
                             "the exponential of the mean KL"),
    # 9. Likelihood.
    "less noise than said": ((DIGITS, STORED, LIKELIHOOD), [("math.log(0.01)", "math.log(0.001)")],
                             "a model whose samples are 99 % noise"),
    # The ways to hand in, without their faults.
    "copies of nothing": (TABLE, [('(digits[train][:N], labels[train][:N])', "(x[-N:], y[-N:])")],
                          "copies of the training set have"),
    "one image a class that is fresh":
        (TABLE, [("x[first].repeat(50, 1, 1, 1), y[first].repeat(50)", "x[-N:], y[-N:]")],
         "one image a class has the score"),
    "blur that does not": (TABLE, [("avg_pool2d(x[:N], 3, 1, 1,", "avg_pool2d(x[:N], 1, 1, 0,")],
                           "blurred digits and a missing 8"),
    "an 8 that is there": (TABLE, [("(x[y != 8][:N], y[y != 8][:N])", "(x[-N:], y[-N:])")],
                           "blurred digits and a missing 8"),
    "no noise": (TABLE, [("static = 0.3 *", "static = 0.0 *")], "noise lowers precision"),
    "labels in order": ((*TABLE[:-1], LABELS), [("(x[:N], y[:N][mixed])", "(x[:N], y[:N])")],
                        "shuffled labels change no"),
    "copies not looked for":
        ((*NETS, COPIED, REMEMBERED, MEMORY),
         [("copies = digits[train][:n]", "copies = digits[fresh][-n:]")], "fresh digits are closer"),
    "nothing held out": ((*NETS, COPIED, REMEMBERED, MEMORY),
                         [("train, held_out))\n    own", "train, train))\n    own")], "fresh digits are closer"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, changes, claim = FAULTS[fault]
    quick = FEW if JUDGED in marks else QUICK if HANDED in marks or PAIRS in marks else NO_NET
    refuses(CHAPTER, dict.fromkeys((IMPORTS, *marks)), claim, *quick, *changes)


# Who has learned nothing ----------------------------------------------------------------------------------------------
@cache
def table():
    half = [(old, new.replace("60", "200")) for old, new in FEW]
    return run(CHAPTER, *NETS, JUDGE, JUDGED, TOLD, NO_LEARNING, changes=half)


@pytest.mark.parametrize("name, rival, claim", [
    ("G of chapter 5", "the same G, untrained", "the G of chapter 5 lies above them"),
    ("G of chapter 5", "normal pixels", "the G of chapter 5 lies above them"),
    ("G of chapter 5", "noise added", "the G of chapter 5 lies above them"),
    ("normal pixels", "fresh real digits", "normal pixels have a recall"),
    ("normal pixels", "the same G, untrained", "normal pixels have a recall"),
    ("the same G, untrained", "G of chapter 5", "the same G untrained has"),
    ("the same G, untrained", "normal pixels", "the same G untrained has"),
])
def test_a_rival_does_not_pass(name, rival, claim):
    names = dict(table())
    cell, = (cell for cell in code_cells(CHAPTER) if NO_LEARNING in cell)
    names["means"] = names["means"] | {name: names["means"][rival]}
    with pytest.raises(AssertionError, match=claim):
        exec(cell, names)


# Other people's code on the same features ----------------------------------------------------------------------------
@cache
def lines():
    return run(CHAPTER, *NETS, FRECHET, KERNEL, FOUR, changes=QUICK)


def features(names):
    seen = names["see"](names["digits"]).double()
    return seen[:700], seen[700:1_400] * 1.05


def test_the_chapters_lines_agree_with_torch_fidelity():
    names = lines()
    x, y = features(names)
    theirs = fid_statistics_to_metric(*map(fid_features_to_statistics, (x, y)), False)["frechet_inception_distance"]
    assert names["frechet"](x, y) == pytest.approx(theirs, rel=1e-7)
    theirs = kid_features_to_metric(x, y, kid_subsets=1, kid_subset_size=700, verbose=False)
    assert names["kernel"](x, y) == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-8)
    logits = names["net"](names["digits"])
    theirs = isc_features_to_metric(logits, 1)["inception_score_mean"]
    p = logits.softmax(1)
    assert (p * (p / p.mean(0)).log()).sum(1).mean().exp().item() == pytest.approx(theirs, rel=1e-5)


@pytest.mark.parametrize("k", [3, 5])
def test_the_chapters_lines_agree_with_prdc(k, capsys):
    names = lines()
    x, y = features(names)
    theirs = compute_prdc(np.asarray(x), np.asarray(y), k)
    ours = {name: part.double().mean().item() for name, part in names["four"](x, y, k).items()}
    assert ours == pytest.approx({name: float(theirs[name]) for name in ours}, abs=3e-3)  # rims, after rounding


def test_no_number_of_ours_is_called_fid():
    """3. FID is a name for Inception's features; a cell that computes must not print it."""
    assert not any("FID" in cell for cell in code_cells(CHAPTER))
    text = " ".join(cell.source for cell in jupytext.read(f"book/{CHAPTER}.py", fmt="py:percent").cells)
    assert "is not called **FID**" in text


# Claims on what is stored --------------------------------------------------------------------------------------------
COLLECT = """failed, asked = [], []
def claim(sentence, holds, measured=None):
    asked.append(sentence)
    if not holds:
        failed.append(sentence)"""
CURVE, AT_END, POWER = "def along(", "def at_end(", "def power("
CLAIMS = ("best = {features", "ends = {key", "found = {(fault", "glasses tied to", "evaluations = {", "middle = dict(")
SHOWN, SIX = "trained_on = gan", "SIX = ("


@cache
def stored_names():
    return run(CHAPTER, *NETS, STORED, LINE, FOUR, EQUAL, OUTLIER, CURVE, SHOWN, AT_END, POWER, SIX, *CLAIMS[:4],
               LIKELIHOOD, FALL, given=COLLECT, changes=QUICK)


def failed_with(change="pass"):
    """The claims on stored runs that do not hold where what is stored is changed so."""
    names = stored_names()
    fresh = {"runs": gan.evidence.load("evaluation_truncation")["runs"],
             "by_metric": gan.evidence.load("evaluation_judge")["runs"],
             "known": gan.evidence.load("evaluation_factors"), "big": gan.evidence.load("evaluation_equal")["runs"]}
    exec(change, dict(fresh))
    names.update(fresh)
    names["failed"].clear()
    names["asked"].clear()
    for cell in code_cells(CHAPTER):
        if any(mark in cell for mark in CLAIMS):
            exec(cell, names)
    assert len(names["asked"]) >= 13
    return list(names["failed"])


EVERY_ROW = "for run in runs:\n    for row in run['rows']:\n        "
EVERY_LOOK = "for run in by_metric:\n    on, scratch = (run['looks'][k] for k in ('on', 'from scratch'))\n    "
NO_EFFECT = {
    "truncation wins": (EVERY_ROW + "row['distance'] = row['psi']", "the Fréchet distance is lowest"),
    "truncation costs nothing": (EVERY_ROW + "row['recall'] = 0.5", "recall rises"),
    "more variety is no worse": (EVERY_ROW + "row['precision'] = 0.9", "recall rises"),
    "features do not matter": (EVERY_ROW + "row['recall'] = 0.2", "at ψ = 1 recall is below"),
    "density is bounded": (EVERY_ROW + "row['density'] = min(row['density'], 1)", "at ψ = 0.4 the density"),
    "evaluations without noise": (EVERY_ROW + "row['by size']['400'] = [1.0] * 10", "the best of ten evaluations"),
    "it cannot be descended on": (EVERY_LOOK + "scratch['400'] = scratch['0']", "by the distance that it descends"),
    "every judge is fooled": (EVERY_LOOK + "scratch['400'] = on['400']", "by A's twin the same G is more"),
    "the digits are clean": (EVERY_LOOK + "scratch['400']['B']['precision'] = 0.6", "its precision is below .35"),
    "a good start does not help": (EVERY_LOOK + "on['400'] = on['0']", "descending on A from the trained G"),
    "the question sees nothing": ("for run in known['runs']:\n    run['asked'] = {n: dict.fromkeys(one, one['none']) "
                                  "for n, one in run['asked'].items()}", "the question to the inspector"),
    "nothing is seen": ("for run in known['runs']:\n    run['inspector'] = {n: dict.fromkeys(one, one['none']) "
                        "for n, one in run['inspector'].items()}", "no measure sees the missing hat"),
    "pixels see the tie": ("for run in known['runs']:\n    run['pixels'] = run['inspector']", "glasses tied to smiles"),
    "pixels do not see skin": ("for run in known['runs']:\n    run['pixels'] = {n: dict.fromkeys(one, one['none']) "
                               "for n, one in run['pixels'].items()}", "lighter skin: the kernel"),
    "another README": ("for run in big:\n    run['precision'] += 0.3", "the published row for equal laws"),
}


def test_the_stored_runs_pass():
    assert failed_with() == []


@pytest.mark.parametrize("fault", NO_EFFECT)
def test_claims_on_stored_runs_would_fail_without_the_effect(fault):
    change, claim = NO_EFFECT[fault]
    assert any(claim in sentence for sentence in failed_with(change))


def test_the_stored_files_are_small():
    for name, seeds in {"truncation": 3, "judge": 3, "factors": 3, "equal": 5}.items():
        path = gan.evidence.find(f"evaluation_{name}")
        assert path.stat().st_size < 2**19 and len(gan.evidence.load(path.stem)["runs"]) == seeds


# Exercises -----------------------------------------------------------------------------------------------------------
def test_exercise_1_takes_the_right_answer():
    exercise(CHAPTER)(10, 0.6)


@pytest.mark.parametrize("wrong", [(18, 0.6), (10**0.5, 0.6), (9, 0.6), (13, 0.6), (10, 0.5), (10, 0.4), (10, 0.97)])
def test_exercise_1_refuses(wrong):
    refuses_answer(exercise(CHAPTER), *wrong)


@cache
def exercise_2():
    return run(CHAPTER, IMPORTS, DIGITS, STORED, LINE, "def check_exercise_2(", "def at_infinity(", changes=QUICK)


def test_exercise_2_refuses_a_plain_distance_and_other_lines():
    names = exercise_2()
    check, line, distance = names["check_exercise_2"], names["line"], names["frechet_distance"]
    for wrong in (lambda x, y, sizes: distance(x, y), lambda x, y, sizes: distance(x[:1_600], y[:1_600]),
                  lambda x, y, sizes: line(sizes, torch.tensor([distance(x[:n], y[:n]) for n in sizes]).double())[1],
                  lambda x, y, sizes: sum(distance(x[:n], y[:n]) for n in sizes) / 4):
        refuses_answer(check, wrong)


@cache
def exercise_3():
    return run(CHAPTER, IMPORTS, DIGITS, RIVALS, HANDED, "def check_exercise_3(", "inmost =")


@pytest.mark.parametrize("wrong", [
    lambda names: names["digits"][:500],                                                       # no choice
    lambda names: names["digits"][names["inmost"]],                                            # ten, not five hundred
    lambda names: names["digits"][names["inmost"][3]].repeat(500, 1, 1, 1),                    # the score forgotten
    lambda names: names["digits"][names["fifty"]],                                             # recall forgotten
    lambda names: torch.stack([names["digits"][names["labels"] == k].mean(0) for k in range(10)]).repeat(50, 1, 1, 1),
    lambda names: names["digits"][names["inmost"]].repeat(50, 1, 1, 1) + 0.01,                 # no digits
    lambda names: names["blob"](500, 0),
], ids=["any digits", "ten", "one class", "fifty of each", "means of classes", "others", "normal pixels"])
def test_exercise_3_refuses(wrong):
    names = exercise_3()
    refuses_answer(names["check_exercise_3"], wrong(names))


def test_exercise_3_refuses_the_first_digit_of_each_class():
    names = exercise_3()
    first = torch.stack([(names["labels"] == k).nonzero()[0, 0] for k in range(10)])
    refuses_answer(names["check_exercise_3"], names["digits"][first].repeat(50, 1, 1, 1))
