"""Chapter 15 catches the errors it warns of, its exercises refuse wrong answers, its film works without a kernel."""
import contextlib
from functools import cache

import pytest
import torch
from building import BROWSER
from cells import code_cells, exercise, refuses, refuses_answer, run, show_alone, stored_film
from rivals import RIVALS, train_of

import gan

CHAPTER = "15_progressive"
LOADED = 'stored = gan.evidence.load("progressive_faces")'
RESTORED = "def at_the_end_of("
PICTURE, OURS, JUMPS = "def picture(", "def ours(", "def jumps("
EQUAL, ADAM, ADAMS, MOVED = "class Equal(", "def adams_way(", "alike = adams_way", "the equalised ones less than"
PLAINLY, MOVES = "def plainly(", "def moves("
NORMS, NORM_CHECKS = "def with_spread(", "swapped = with_spread"
GROW, SIZED, SEER, WATCH, GROWN = "def grow(", "class Fading:", "seer = Inspector(16)", "def watch(", "grow(G16, D16"
ABLATION, LIVE, FADE = "ablation = gan.evidence.load", "band16 = found(", "fade, last = looks[350]"
PRODUCTS, COUNTED, COUNTS = "def products(", "def counted(", "narrow = {"
GIVEN = "import math\nfrom torch import nn\nfrom torch.nn import functional as F"
COLLECT = """failed, asked = [], []
def claim(sentence, holds, measured=None):
    asked.append(sentence)
    if not holds:
        failed.append(sentence)"""

FAULTS = {
    "alpha the wrong way round":
        ((LOADED, PICTURE, OURS), [("return (1 - alpha) * double(to_rgb[-2](before)) + alpha * to_rgb[-1](x)",
                                    "return alpha * double(to_rgb[-2](before)) + (1 - alpha) * to_rgb[-1](x)")],
         "our lines and gan.models.progressive_pair"),
    "D's pictures are not halved but thinned out":
        ((LOADED, PICTURE, OURS), [("    return F.avg_pool2d(x, 2)", "    return x[..., ::2, ::2]")],
         "our lines and gan.models.progressive_pair"),
    "a tanh after the mixture, from the second level on":
        ((LOADED, PICTURE, OURS, JUMPS),
         [("    before, judged = double(G(z8)), D(half(x))\n",
           "    before, judged = double(G(z8)), D(half(x))\n"
           "    G.net.register_forward_hook(lambda net, given, out: out.tanh())\n")],
         "at alpha = 0 neither the pictures"),
    "old ends that stay in use":
        ((LOADED, PICTURE, OURS, JUMPS),
         [("    G.net.alpha = D.alpha = 1.0\n    hard", "    G.net.alpha = D.alpha = 0.9"
                                           "\n    hard")], "at alpha = 1 no gradient"),
    "a scale without its root": ((EQUAL, ADAM, ADAMS), [("math.sqrt(2 / inputs)", "2 / inputs")],
                                 "our layer and gan.models"),
    "one rate for both layers":
        ((EQUAL, ADAM, ADAMS), [('"lr": 0.01 * equal.scale}', '"lr": 0.01}')], "twenty steps of Adam"),
    "plain descent in Adam's place":
        ((EQUAL, ADAM, ADAMS),
         [("torch.optim.Adam(groups, 0.01, (0.0, 0.99), eps=0)", "torch.optim.SGD(groups, 0.01)")],
         "twenty steps of Adam"),
    "a first layer that is not equalised":
        ((LOADED, PLAINLY, MOVES, MOVED),
         [('"equalised": moves(lambda net: net)', '"equalised": moves(lambda net: net if '
                                   'hasattr(net, "logit") else plainly(net))')], "the equalised ones less than"),
    "a plain net that is none":
        ((LOADED, PLAINLY, MOVES, MOVED), [('"plain": moves(plainly)', '"plain": moves(lambda net: net)')],
                                 "the equalised ones less than"),
    "pixel norm over the pixels":
        ((NORMS, NORM_CHECKS), [("x.square().mean(1, keepdim=True)", "x.square().mean((2, 3), keepdim=True)")],
         "our two functions"),
    "groups of samples far apart":
        ((NORMS, NORM_CHECKS), [("    groups = x.view(B // group, group, C, H, W)",
                                 "    groups = x.view(group, B // group, C, H, W).transpose(0, 1)")],
         "our two functions"),
    "a standard deviation by one less":
        ((NORMS, NORM_CHECKS), [("variance = (groups - groups.mean(1, keepdim=True)).square().mean(1)",
                                 "variance = (groups - groups.mean(1, keepdim=True)).square().sum(1) / (group - 1)")],
         "our two functions"),
    "the variance in its place": ((NORMS, NORM_CHECKS), [("(variance + 1e-8).sqrt().mean", "(variance + 1e-8).mean")],
                                  "our two functions"),
    "products without the second convolution":
        ((PRODUCTS, COUNTED, COUNTS),
         [("blocks = sum(2 * 9 * big**2 * channels[big] * (channels[small] + channels[big])",
                                "blocks = sum(2 * 9 * big**2 * channels[big] * channels[small]")],
         "our count of products"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, changes, claim = FAULTS[fault]
    given = "" if LOADED in marks else GIVEN
    refuses(CHAPTER, dict.fromkeys(marks), claim, *changes, given=given)


# Growing -------------------------------------------------------------------------------------------------------------
FASTER = (("{4: 100, 8: 250, 16: 700}", "{4: 6, 8: 6, 16: 6}"), ("index in (350, 470, 700)", "index in (3, 4, 6)"),
          ("moved_by = {", "moved_by = {'a': {'b': 1.0}} or {"))
PLAY = (LOADED, RESTORED, PICTURE, PLAINLY, MOVES, SIZED, GROW, SEER, WATCH, GROWN)


def alphas_seen(*changes):
    """What alpha was in each step of each level, of G, its average, D and the reals."""
    given = "seen = []\n"
    look = [("    for step in run:\n            if not first:", "    for step in run:\n            seen.append((size, "
             "G.net.alpha, run.G_ema.net.alpha, D.alpha, real.alpha))\n            if not first:")]
    return run(CHAPTER, *PLAY, given=given, changes=[*FASTER, *look, *changes])["seen"]


def test_alpha_rises_from_0_to_1_in_all_four_of_each_level():
    seen = alphas_seen()
    assert [row[1:] for row in seen if row[0] == 4] == [(1.0,) * 4] * 6
    for size in (8, 16):
        # Before each step's own change: 0 at first, 1 after half of the level.
        assert [row[1:] for row in seen if row[0] == size] == [(pytest.approx(a),) * 4 for a in (0, 1/3, 2/3, 1, 1, 1)]


@pytest.mark.parametrize("fault", [("step.index / (steps / 2)", "step.index // steps"),
                                   ("G.net, run.G_ema.net, D, real)", "G.net, D, real)"),
                                   ("G.net, run.G_ema.net, D, real)", "G.net, run.G_ema.net, D)")])
def test_alpha_that_is_stuck_or_forgotten_would_be_seen(fault):
    seen = [row[1:] for row in alphas_seen(fault) if row[0] == 16]
    assert any(row != (pytest.approx(a),) * 4 for row, a in zip(seen, (0, 1/3, 2/3, 1, 1, 1)))


@pytest.mark.parametrize("rival", RIVALS)
def test_no_rival_passes_for_the_live_run(rival, monkeypatch):
    monkeypatch.setattr(gan, "train", train_of(rival))
    images = gan.data.faces(2_000, 16, torch.Generator().manual_seed(0))[0]
    if rival != "untrained":                       # a blob or smear of its own at each size
        def train(G, D, data, **settings):
            G.rival = None
            G._forward_hooks.clear()
            return train_of(rival)(G, D, torch.nn.functional.adaptive_avg_pool2d(images, D.size), **settings)
        monkeypatch.setattr(gan, "train", train)
    names = run(CHAPTER, *PLAY, ABLATION, LIVE, given=COLLECT, changes=FASTER)
    for quality in ("a thousand steps from 4", "this run ends within a factor"):
        assert any(quality in sentence for sentence in names["failed"])


# Exercises -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("number, right", [(1, (0.5, 0.6)), (2, (10, 1))])
def test_exercise_takes_the_right_answer(number, right):
    exercise(CHAPTER, number)(*right)


@pytest.mark.parametrize("number, wrong", [
    (1, (0.3, 0.8)), (1, (0.55, 0.55)), (1, (0.5, 0.9)), (1, (0.6, 0.5)), (1, (0.5, 0.5)),
    (2, (100, 1)), (2, (0.1, 1)), (2, (10, 0.2)), (2, (10, 10)), (2, (10, 0.01))])
def test_exercise_refuses(number, wrong):
    refuses_answer(exercise(CHAPTER, number), *wrong)


def a_spread(x, group, correction=0, epsilon=1e-8, whole=True):
    group = group if len(x) % group == 0 or not whole else len(x)
    several = x.reshape(-1, group, *x.shape[1:])
    return (several.var(1, correction=correction) + epsilon).sqrt().flatten(1).mean(1).repeat_interleave(group)


def test_a_right_spread_is_taken():
    exercise(CHAPTER, 3, GIVEN)(a_spread)


@pytest.mark.parametrize("wrong", [
    lambda x, g: a_spread(x, g) * (g / (g - 1))**0.5, lambda x, g: a_spread(x, g).square(),
    lambda x, g: a_spread(x, len(x)), lambda x, g: a_spread(x, g, epsilon=0), lambda x, g: a_spread(x, g)[::g],
    lambda x, g: x.std((1, 2, 3)),
    lambda x, g: a_spread(x, g, epsilon=0) + 1e-4,
    lambda x, g: a_spread(x.unflatten(0, (g, -1)).transpose(0, 1).flatten(0, 1), g) if len(x) % g == 0
    else a_spread(x, g)])
def test_a_wrong_spread_is_refused(wrong):
    refuses_answer(exercise(CHAPTER, 3, GIVEN), wrong)


# Claims on stored runs -----------------------------------------------------------------------------------------------
RACE, CURVES, SPENT, RATIOS = "race = gan.evidence.load", "def curve(", "def lost(", "ratios = {"
RACED, FADED = "at_40 = {", "def fades_end("
SCHEDULE, OURS_COST, PAYS = "def schedule(", "def products_of_ours(", "pays = next("
RACE_CELLS = (LOADED, RESTORED, RACE, CURVES, SPENT, RATIOS, PRODUCTS, SCHEDULE, COUNTED, OURS_COST)
RACE_CLAIMS = (RACED, FADED, PAYS)
TIMES, MOVED20 = "def times(", "moved20 = {"
LIVE_NAMES = "live = {'grown': 9.0, 'untrained': 200.0, 'blob': 30.0}\n"


@cache
def stored_names():
    marks = (*RACE_CELLS, *RACE_CLAIMS, ABLATION, TIMES, MOVED20)
    return run(CHAPTER, *dict.fromkeys(marks), given=LIVE_NAMES + COLLECT)


def failed_with(change="pass"):
    """The claims on stored runs that do not hold where ``change`` was made in each seed's ``run``."""
    names = stored_names()
    names["race_runs"] = gan.evidence.load("progressive_race")["runs"]
    names["rule_runs"] = gan.evidence.load("progressive_ablation")["runs"]
    names["failed"].clear()
    for seed in names["race_runs"] + names["rule_runs"]:
        with contextlib.suppress(KeyError):            # of the other evidence
            exec(change, {"run": seed})
    for cell in code_cells(CHAPTER):
        if any(mark in cell for mark in (SPENT, RATIOS, *RACE_CLAIMS, TIMES, MOVED20)):
            exec(cell, names)
    return list(names["failed"])


NO_EFFECT = {
    "plain weights are as good": ("run['not equalised'] = run['all']", "with plain weights and the same rate"),
    "no rate helps plain weights": ("run['not equalised, a tenth of the rate'] = run['not equalised']",
                                    "with plain weights and a tenth of the rate"),
    "the fade is needed": ("run['no fade-in'] = run['not equalised']", "without minibatch std, fade-in"),
    "straight fails": ("run['straight at 16'] = run['not equalised']", "without minibatch std, fade-in"),
    "the fade changes nothing": ("run['no fade-in'] = run['all']", "in the first 20 steps"),
    "pixel norm does nothing": ("run['no pixel norm'] = run['all']", "without pixel norm the distance"),
    "no grain before": ("run['no smooth start'] = run['all']", "before training the walls"),
    "growth is faster": ("run['straight'] = [{**look, 'distance': 2 * look['distance']} for look in run['straight']]",
                         "after as many CPU seconds"),
    "growth loses no images": ("run['straight'] = [{**look, 'images': 2 * look['images']} for look in run['straight']]",
                               "the straight ones need less than five sixths"),
    "a head start": ("run['straight'] = [{**look, 'distance': 60.0} if look['seconds'] < 60 else look "
                     "for look in run['straight']]", "after 40 CPU seconds"),
    "nothing learned": ("run['grown'][-1] = {**run['grown'][-1], 'distance': run['untrained, grown']['distance']}",
                        "at the end all three ways"),
    "an average that keeps up": ("for look in run['grown'] + run['grown, short start']:\n"
                                 "    look['G itself'] = look['distance']", "as the last fade ends"),
    "small pictures as dear": ("run['straight'] = [{**look, 'seconds': look['seconds'] / 2} for look in "
                               "run['straight']]", "for as many images the grown networks"),
}


def test_the_stored_runs_pass():
    assert failed_with() == [] and len(stored_names()["asked"]) >= 12


@pytest.mark.parametrize("fault", NO_EFFECT)
def test_claims_on_stored_runs_would_fail_without_the_effect(fault):
    change, claim = NO_EFFECT[fault]
    assert any(claim in sentence for sentence in failed_with(change))


SIZES_OF, TRAITS, TOLD, READ, SETTLED = ("def sizes_of(", "TRAITS = {", "def told_by(", "def read_from(",
                                         "shares = {name")
ALBUMS = "albums = [sizes_of(run) for run in runs]"
OTHER_LEVELS = {
    "other noises": ("for album in albums:\n    album[8] = album[8].roll(1, 0)", "pictures of the same noise"),
    "all is settled at 4": ("for album in albums:\n    album[4] = F.adaptive_avg_pool2d(album[32], 4)",
                            "of what a picture of 4"),
    "nothing before 16": ("for album in albums:\n    album[8] = double(album[4])", "of what a picture of 4"),
}


@pytest.mark.parametrize("fault", OTHER_LEVELS)
def test_claims_on_the_levels_would_fail(fault):
    change, claim = OTHER_LEVELS[fault]
    names = run(CHAPTER, LOADED, RESTORED, PICTURE, SIZES_OF, TRAITS, TOLD, READ, SETTLED, given=COLLECT,
                changes=[(ALBUMS, f"albums = [sizes_of(run) for run in runs[:1]]\n{change}"), ("n=2_500", "n=2_000"),
                         ("train=1_800", "train=1_500")])
    assert any(claim in sentence for sentence in names["failed"])


@pytest.mark.skipif(BROWSER is None, reason="no browser")
def test_film_by_keyboard(new_page):
    """The stored film, opened alone as the book's pages do: the caption follows the slider."""
    state = stored_film(CHAPTER)
    assert len(state["frames"]) == 34 and state["index"] == 0
    page = show_alone(new_page(), state)
    slider = page.get_by_role("slider")
    for key, said in (("Home", "4 × 4"), ("End", "32 × 32")):
        slider.focus()
        slider.press(key)
        assert said in page.locator("figcaption").text_content()


def test_the_stored_files_are_small_and_of_enough_seeds():
    for name, (most, seeds) in {"progressive_faces": (4, 3), "progressive_ablation": (1, 3),
                                "progressive_race": (1, 3)}.items():
        path = gan.evidence.find(name)
        assert path.stat().st_size < most * 2**20 and len(gan.evidence.load(name)["runs"]) == seeds
    for seed in gan.evidence.load("progressive_faces")["runs"]:
        assert 2 * sum(w.numel() for w in seed["G at 32"].values()) < 2**20


def test_every_code_cell_is_short():
    assert all(len(cell.splitlines()) <= 25 for cell in code_cells(CHAPTER)[1:])
