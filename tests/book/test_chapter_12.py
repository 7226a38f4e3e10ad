"""Chapter 12 catches the errors it warns of, its exercises refuse wrong answers, its films work without a kernel."""
from functools import cache

import nbformat
import pytest
import torch
from building import BROWSER, ROOT
from cells import code_cells, exercise, refuses, refuses_answer, run, show_alone
from rivals import RIVALS, train_of
from torch import nn

import gan

CHAPTER = "12_dcgan"
LOADED, NETS = "stored = gan.evidence.load", "inspector = restored("
MATRIX, TRANSPOSED = "def matrix_of(", "the matrix of a transposed"
LAYERS, SAME = "layers = nn.Sequential(", "our lines and gan.models"
OVERLAPS, COUNTS = "def overlaps(", "counts = {k: inside"
RULES, ORDER = "rules = gan.evidence.load", "ORDER = {"
RULE_CLAIMS = ("pattern_of_faces =", "def times(", "alike = ", "both_turns = ", "quicker = ")
PATTERNS, FIRST_PATTERNS = "def checker(x)", "def first_pattern("
SIZES, SIZE_CHECKS = "def sizes_along(", "norms = slice("
SET_UP, JUDGED, PLAYED, LIVE = "def set_up(", "def judged(", "pool.map(filmed", "live_r1, live_plain ="
LOOK, LOOKED, LOOK_CLAIMS = "def look(images)", "looked = {", "r1_looks, plain_looks ="
VECTORS, READ, RANDOM, TRIES = "def direction(", "def read(", "def random_like(", "tries, angles ="
AFTER, ARITHMETIC, COSINES = "after = []", "exemplars = [(one", "def expected_cosine("
WALK, WALK_CLAIM = "def ways_between(", "in the middle of the way"
FEATURES, ACCURACY, PROBED, LEARNED = "def features_of(", "def accuracy(", "probed = {", "points = {name"
STORED_NETS = (LOADED, NETS)
SUMS = (*STORED_NETS, VECTORS, READ, RANDOM, TRIES, AFTER, ARITHMETIC)
FEW = (("zs = torch.randn(4_000", "zs = torch.randn(2_000"), ("DRAWS = 20", "DRAWS = 8"),
       ("z0[:100], one", "z0[:50], one"), ("none = zs[:1_000]", "none = zs[:200]"),
       ("bare = [zs[one[\"glasses\"] == 0][:500]", "bare = [zs[one[\"glasses\"] == 0][:200]"),
       ("wearing = [zs[one[\"glasses\"] == 1][:500]", "wearing = [zs[one[\"glasses\"] == 1][:200]"))
COLLECT = """failed, asked = [], []
def claim(sentence, holds, measured=None):
    asked.append(sentence)
    if not holds:
        failed.append(sentence)"""
FAULTS = {
    "a transposed convolution with another kernel":
        ((MATRIX, TRANSPOSED), [("up.weight = down.weight = ", "down.weight = ")], "the matrix of a transposed"),
    "batch norm on the picture":
        ((*STORED_NETS, LAYERS, SAME),
         [("nn.ConvTranspose2d(width, 3, 4, 2, 1), nn.Tanh()", "nn.ConvTranspose2d(width, 3, 4, 2, 1), "
           "nn.InstanceNorm2d(3), nn.Tanh()")], "our lines and gan.models.dcgan_pair"),
    "stamps that do not move": ((OVERLAPS, COUNTS), [("1, 1, k, stride=s", "1, 1, k, stride=1")],
                                "with stride 2 a kernel of 3"),
    "batch norm's scale around 0":
        ((LOADED, SIZES, SIZE_CHECKS), [('"as published": normal_start', '"as published": trapped')],
         "as published each batch norm"),
    "eps for momentum":
        ((LOADED, SIZES, SIZE_CHECKS),
         [("    for layer in G.train().net:\n",
           "    for layer in G.train().net:\n        if isinstance(layer, nn.BatchNorm2d):\n"
           "            layer.eps = 0.8\n")], "as published each batch norm"),
    "a start that skips batch norm's scale is no trap":
        ((LOADED, SIZES, SIZE_CHECKS), [('"scale around 0": trapped', '"scale around 0": normal_start')],
         "with the scale drawn around 0"),
    "the vector the wrong way round":
        (SUMS, [("z[has].mean(0) - z[~has].mean(0)", "z[~has].mean(0) - z[has].mean(0)"), *FEW],
         "twice the vector of all"),
    "a random direction for the vector":
        (SUMS, [("return z[has].mean(0) - z[~has].mean(0)",
                 "return (v := z[has].mean(0) - z[~has].mean(0)).norm() * torch.eye(len(v))[0].to(v)"), *FEW],
         "twice the vector of all"),
    "exemplars that are all fakes": (SUMS, [("        return group[rows].mean(0)", "        return group.mean(0)"),
                                            *FEW], "three exemplars each"),
    "a walk through the pixels":
        ((*STORED_NETS, VECTORS, READ, WALK, WALK_CLAIM),
         [("walk, blend = G(slerp(a, b, t)),", "walk, blend = torch.lerp(G(a), G(b), t[..., None, None]),"), FEW[0],
          ("a[:150], b[:150], t)", "a[:40], b[:40], t)")],
         "in the middle of the way the blend is odder"),
    "labels that mean nothing":
        ((*STORED_NETS, RULES, FEATURES, ACCURACY, PROBED, LEARNED),
         [("for k in range(5)]", "for k in range(1)]"), ("train in draws) / 5 for x", "train in draws) for x"),
          ("order = torch.randperm(len(digits)",
           "labels = labels[torch.randperm(len(labels))]\norder = torch.randperm(len(digits)")],
         "from 100 labels the features"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, changes, claim = FAULTS[fault]
    refuses(CHAPTER, dict.fromkeys((LOADED, *marks)), claim, *changes)


# Claims on the stored ablations --------------------------------------------------------------------------------------
@cache
def rule_names():
    return run(CHAPTER, LOADED, RULES, PATTERNS, FIRST_PATTERNS, ORDER, *RULE_CLAIMS, given=COLLECT)


def failed_with(change="pass"):
    """The claims on stored ablations that do not hold where ``change`` was made in each seed's ``run``."""
    names = rule_names()
    names["rule_runs"] = gan.evidence.load("dcgan_guidelines")["runs"]
    names["failed"].clear()
    for seed in names["rule_runs"]:
        exec(change, {"run": seed, "P": seed["published"], "S": seed["stabler"]})
    for cell in code_cells(CHAPTER):
        if any(mark in cell for mark in RULE_CLAIMS):
            exec(cell, names)
    return list(names["failed"])


NO_EFFECT = {
    **{f"without effect: {name}": (f"P[{name!r}] = P['as published']", "from the published settings the distance")
       for name in ("real and fake in one batch", "no batch norm in G", "no batch norm in D", "β₁ = 0.9",
                    "eps for momentum: BatchNorm2d(n, 0.8)", "multilayer perceptrons")},
    "the trap without effect": ("P['N(0, 0.02) on batch norm\\'s scale'] = P['as published']", "it grows by more than"),
    "ReLU ruins D": ("P['ReLU in D'] = P['no batch norm in D']", "it changes by less than 40 %"),
    "the published rate is best": ("P['five times the rate'] = P['no batch norm in D']", "five times the published"),
    "the first weights are no habit": ("S['N(0, 0.02)'] = S['multilayer perceptrons']", "from the stabler net"),
    "β₁ is a habit": ("S['β₁ = 0.9'] = S['stabler']", "and β₁ = 0.9 and perceptrons"),
    "running statistics are bad": ("P['as published']['by the batch'] = P['five times the rate']['untrained']",
                                   "the statistics of a batch and the running ones"),
    "the average without effect": ("run['stabler, longer']['stabler']['G itself'] = "
                                   "run['stabler, longer']['stabler']['end']", "the average of G's weights"),
    "a checkerboard that stays": ("S['stabler']['end'] = P['no batch norm']['end']", "once trained from the stabler"),
}


def test_the_stored_ablations_pass():
    assert failed_with() == [] and len(rule_names()["asked"]) >= 9


@pytest.mark.parametrize("fault", NO_EFFECT)
def test_claims_on_stored_ablations_would_fail_without_the_effect(fault):
    change, claim = NO_EFFECT[fault]
    assert any(claim in sentence for sentence in failed_with(change))


# Generators that have learned nothing --------------------------------------------------------------------------------
@pytest.mark.parametrize("rival", RIVALS)
def test_no_rival_passes_for_the_live_run(rival, monkeypatch):
    monkeypatch.setattr(gan, "train", train_of(rival))
    names = run(CHAPTER, LOADED, NETS, RULES, SET_UP, JUDGED, PLAYED, LIVE, given=COLLECT,
                changes=[("steps=2_600", "steps=3"), ("step.index % 200", "step.index % 2"),
                         ("ema=0.99,", "ema=0.1,")])
    quality = ("with R1, 2,600 steps bring", "the run with R1 lies within")
    assert [claim for claim in quality if not any(claim in sentence for sentence in names["failed"])] == []


@pytest.mark.parametrize("rival", RIVALS)
def test_no_rival_passes_for_the_stored_models(rival):
    """Quality claims on the stored models, which now make nothing of their noise."""
    play = f"from rivals import play\nfor G in with_r1:\n    play({rival!r}, G, painted.cpu())\n"
    changes = [("painted = painted.to(device)\n", "painted = painted.to(device)\n" + play),
               ("new = gan.data.faces(2_000", "new = gan.data.faces(400"), *FEW,
               ("looked = {\"with R1\": [look(G.sample(2_000", "looked = {\"with R1\": [look(G.sample(400"),
               ("\"without R1\": [look(G.sample(2_000", "\"without R1\": [look(G.sample(400")]
    if rival == "untrained":
        changes[0] = ("    net.load_state_dict(weights)\n",
                      "    if not isinstance(net, gan.models.Generator):\n        net.load_state_dict(weights)\n")
    names = run(CHAPTER, *SUMS, RULES, LOOK, LOOKED, LOOK_CLAIMS, changes=changes, given=COLLECT)
    quality = ("each of three stored models with R1", "twice the vector of all 4,000")
    assert [claim for claim in quality if not any(claim in sentence for sentence in names["failed"])] == []


# Exercises and the films ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("number, right", [(1, ([3, 6, 9], 4)), (2, (6, 31))])
def test_exercise_takes_the_right_answer(number, right):
    exercise(CHAPTER, number)(*right)


@pytest.mark.parametrize("number, wrong", [
    (1, ([3, 6, 9], 2)), (1, ([3, 6, 9], 9)), (1, ([3, 5, 7, 9], 4)), (1, ([3, 6], 4)), (1, ([3, 6, 9, 10], 4)),
    (1, ([3, 6, 9], float("inf"))), (2, (4, 31)), (2, (6, 32)), (2, (12, 31)), (2, (6, 35))])
def test_exercise_refuses(number, wrong):
    refuses_answer(exercise(CHAPTER, number), *wrong)


GIVEN = "from torch import nn"


@pytest.mark.parametrize("layer", [
    lambda a, b: nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(a, b, 3, 1, 1)),
    lambda a, b: nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"), nn.Conv2d(a, b, 5, 1, 2)),
    lambda a, b: nn.Sequential(nn.Conv2d(a, b, 3, 1, 1, padding_mode="replicate"), nn.Upsample(scale_factor=2))])
def test_a_layer_that_enlarges_first_is_taken(layer):
    exercise(CHAPTER, 3, GIVEN)(layer)


@pytest.mark.parametrize("layer", [
    lambda a, b: nn.ConvTranspose2d(a, b, 4, 2, 1), lambda a, b: nn.ConvTranspose2d(a, b, 3, 2, 1, 1),
    lambda a, b: nn.ConvTranspose2d(a, b, 5, 2, 2, 1), lambda a, b: nn.Conv2d(a, b, 3, 1, 1),
    lambda a, b: nn.Sequential(nn.Conv2d(a, 4 * b, 3, 1, 1), nn.PixelShuffle(2))])
def test_a_layer_that_paints_unevenly_or_does_not_enlarge_is_refused(layer):
    refuses_answer(exercise(CHAPTER, 3, GIVEN), layer)


def films():
    notebook = nbformat.read(ROOT / f"book/{CHAPTER}.ipynb", 4)
    states = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    return [one["state"] for one in states.values() if "frames" in one["state"]]


@pytest.mark.skipif(BROWSER is None, reason="no browser")
def test_films_by_keyboard(new_page):
    """The stored films, opened alone as the book's pages do: the caption follows the slider."""
    by_length = {len(state["frames"]): state for state in films()}
    assert by_length.keys() == {14, 9} and [by_length[n]["index"] for n in (14, 9)] == [0, 4]
    for n, words in {14: ("After 0 steps", "After 2600 steps"), 9: ("-2.0 times", "+2.0 times")}.items():
        page = show_alone(new_page(), by_length[n])
        slider = page.get_by_role("slider")
        for key, said in zip(("Home", "End"), words):
            slider.focus()
            slider.press(key)
            assert said in page.locator("figcaption").text_content()


def test_the_stored_files_are_small_and_of_three_seeds():
    for name, most in {"dcgan_faces": 4, "dcgan_guidelines": 1}.items():
        path = gan.evidence.find(name)
        assert path.stat().st_size < most * 2**20 and len(gan.evidence.load(name)["runs"]) == 3
    for seed in gan.evidence.load("dcgan_faces")["runs"]:
        weights = sum(w.numel() for w in seed["G"].values() if torch.is_tensor(w))
        assert 2 * weights < 2**20
