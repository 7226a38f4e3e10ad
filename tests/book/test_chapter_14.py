"""Chapter 14 catches the errors it warns of: ends exchanged, pairs without a baseline, a G that has learned nothing."""
import json
from functools import cache

import pytest
import torch
from building import BROWSER, ROOT
from cells import code_cells, exercise, refuses, refuses_answer, run, show_alone
from rivals import RIVALS, train_of

import gan

CHAPTER = "14_cogan"
SMALL = (("steps=1_000", "steps=2"), ('"ema": 0.99', '"ema": 0.1'))             # enough for what is asked here
QUICK = (("(images, labels, seed=7)", "(images, labels, 5, seed=7)"),
         ("(-images, labels, seed=8)", "(-images, labels, 5, seed=8)"))
DATA, NETS, FILM = "def pairs(", "G_LAYERS = [", "def filmed("
SAME, MINUS = "def same(", "pairing G(z, 0) with G(-z, 1)"
BY_HAND, SHARES, AGREES = "class SharedFirst", "def one_tensor(", "our ten lines and gan.models.couple"
LOOK, EXACT, PAIRS = "def look(", "exact = {", "with_it, without, nothing, real ="
LIVE = (DATA, NETS, FILM, SAME)
FAULTS = {
    "D shares its first layers":
        ((*LIVE, SHARES), [("coupled(FIRST_TWO, LAST_TWO, 0)", "coupled(FIRST_TWO, FIRST_TWO, 0)")],
         "G's first two layers are one tensor"),
    "G shares its last layers":
        ((*LIVE, SHARES), [("coupled(FIRST_TWO, LAST_TWO, 0)", "coupled(LAST_TWO, LAST_TWO, 0)")],
         "G's first two layers are one tensor"),
    "a rival that shares after all":
        ((*LIVE, SHARES), [("coupled(NONE, NONE, 1)", "coupled(FIRST_TWO, NONE, 1)")], "with nothing shared no layer"),
    "the other domain's end": ((*LIVE, BY_HAND, SHARES, AGREES), [("return pictures[y,", "return pictures[1 - y,")],
                               "our ten lines and"),
    "a random pair's formula with only the bright pixels":
        ((*LIVE, LOOK, EXACT, PAIRS), [("(bright**2 + (1 - bright) ** 2)", "(bright**2)")],
         "random pairs of real digits"),
    "pairs judged without the transform":
        ((*LIVE, LOOK, EXACT, PAIRS), [("return -pictures", "return pictures")], "random pairs of real digits"),
    "the baseline is the pair itself":
        ((*LIVE, LOOK, EXACT, PAIRS), [('"pixels, random": agreement(a, b[anew])', '"pixels, random": 1.0')],
         "random pairs of real digits"),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, changes, claim = FAULTS[fault]
    refuses(CHAPTER, marks, claim, *changes, *SMALL, *(QUICK if SHARES in marks else ()))


# Claims on what is stored ------------------------------------------------------------------------------------------
COLLECT = """failed, asked = [], []
def claim(sentence, holds, measured=None):
    asked.append(sentence)
    if not holds:
        failed.append(sentence)
with_it, without = {"same": 0.73, "pixels": 0.95}, {"same": 0.1, "pixels": 0.75}
from gan.models import cogan_pair"""
STORED = ("def of(", "for g, low, high in", "def rows_of(", "right, reversed_D =", "OWN = {", "small = torch.stack(",
          "CASES = {", "case = {title", "def face_generator(", "def read(", "LEAST = {", "wears = [")


@cache
def stored_names():
    return run(CHAPTER, *STORED, given=COLLECT)


def failed_with(change="pass"):
    """The claims on stored runs that do not hold where what a seed has measured is changed so, for each seed."""
    names = stored_names()
    names["failed"].clear()
    for name, runs in {"stored": "cogan_digits", "ends": "cogan_ends", "faces": "cogan_faces"}.items():
        names[name][:] = gan.evidence.load(runs)["runs"]
    for digits, ends, faces in zip(names["stored"], names["ends"], names["faces"]):
        exec(change, {"d": digits["measured"], "n": digits["measured"]["negatives"], "e": ends["measured"],
                      "glasses": faces["glasses"], "smile": faces["smile"]})
    for cell in code_cells(CHAPTER):
        if any(mark in cell for mark in STORED if "claim(" in cell):
            exec(cell, names)
    return list(names["failed"])


GOOD = "n['G 2, D 2']"
NO_EFFECT = {
    "sharing in D makes pairs": (f"n['G 0, D 2'] = {GOOD}", "0 of G's layers shared: every seed"),
    "D's sharing adds to them": ("n['G 0, D 2'] = n['G 2, D 2']", "0 of G's layers shared: sharing two"),
    "one layer is enough": (f"n['G 1, D 0'] = {GOOD}", "1 of G's layers shared: every seed"),
    "sharing in G does nothing": ("n['G 2, D 1'] = n['G 0, D 1']", "2 of G's layers shared: every seed"),
    "the runs of now are others": ("n['G 2, D 2'] = n['G 0, D 0']", "the two runs made just now"),
    "G's last layers do as well": (f'n["G\'s last 2"] = {GOOD}', "if G shares its last two"),
    "D's first layers do harm": ('n["D\'s first 2"] = n["G 0, D 0"]', "if D shares its first two"),
    "one picture fits both domains": (f"n['G 3, D 2'] = {GOOD}", "a G that shares all three"),
    "weights cost pairs": ("e['negatives']['two filters, 128 between'] = n['matrix']",
                           "three own ends of 3 × 3 filters"),
    "reach costs all pairs": ("n['filter of 15'] = n['matrix']", "filters of 15 × 15 make fewer"),
    "reach costs no pairs": ("n['filter of 15'] = e['negatives']['filter of 15, 24 maps'] = n['24 maps']",
                             "filters of 15 × 15 make fewer"),
    "the start decides": (f"e['negatives']['filter as a matrix'] = {GOOD}", "with each of three matrices"),
    "the start does not matter": ("n['matrix, negative start'] = n['matrix']", "a matrix that starts as minus"),
    "an equal start is enough": (f"n['none, equal start'] = {GOOD}", "two networks that start with equal weights"),
    "y beside z makes pairs": (f"n['told y'] = {GOOD}", "with y beside z in one G"),
    "a filter can turn": ("d['turned']['G 2, D 2'] = d['turned']['an end that turns']", "digits turned by 90°"),
    "the turn does not help": ("d['turned']['an end that turns'] = d['turned']['G 2, D 2']", "with a quarter turn"),
    "edges need no sharing": (f"d['large edges']['G 0, D 0'] = {GOOD}", "edges of 16 × 16 are paired by chance"),
    "two filters are too few": ("e['large edges']['two filters'] = d['large edges']['G 0, D 0']",
                                "edges of 16 × 16 with two"),
    "no edges are bright": ("d['large edges']['perfect'] = d['edges']['perfect']", "a random pair of real 16 × 16"),
    "nothing shared gives the same person": ("glasses['apart'] = glasses['shared']", "nothing shared: hair is"),
    "a pair is two people": ("glasses['shared'] = dict(glasses['shared'], hair=glasses['apart']['hair'])",
                             "glasses: with shared layers pairs are alike in hair"),
    "light is not carried over": ("smile['shared'] = dict(smile['shared'], light=0.1)",
                                  "smile: with shared layers pairs are alike in light"),
    "nobody wears glasses": ("glasses['shared'] = dict(glasses['shared'], **{'glasses in 1': 0.3})", "glasses are on"),
    "all smile": ("smile['shared'] = dict(smile['shared'], **{'smile in 0': 0.4})", "the mean smile"),
    "all have the same hair": ("smile['shared'] = dict(smile['shared'], **{'hair, dealt anew': 0.9})",
                               "pairs dealt anew have the same hair"),
    "untrained faces": ("smile['shared'] = smile['untrained']", "every trained generator"),
}


def test_the_stored_runs_pass():
    assert failed_with() == []
    assert len(stored_names()["asked"]) > 20


@pytest.mark.parametrize("fault", NO_EFFECT)
def test_claims_on_stored_runs_would_fail_without_the_effect(fault):
    change, claim = NO_EFFECT[fault]
    assert any(claim in sentence for sentence in failed_with(change))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("rival", RIVALS)
def test_no_rival_passes(rival, monkeypatch):
    """A generator that has learned nothing fails each claim that pairs belong together or that pictures are good."""
    monkeypatch.setattr(gan, "train", train_of(rival))
    names = run(CHAPTER, *LIVE, MINUS, LOOK, EXACT, PAIRS, changes=[SMALL[0], SMALL[1]], given=COLLECT)
    quality = ("pairing G(z, 0) with G(-z, 1)", "two layers shared: over 90 %", "both make digits")
    assert [claim for claim in quality if not any(claim in sentence for sentence in names["failed"])] == []


# Exercises and films -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("number, right", [(1, (0.82, 0.9)), (2, (0.2828,))])
def test_exercise_takes_the_right_answer(number, right):
    exercise(CHAPTER, number)(*right)


@pytest.mark.parametrize("number, wrong", [
    (1, (0.5, 0.9)), (1, (0.81, 0.9)), (1, (0.9, 0.82)), (1, (0.01, 0.1)), (1, (0.18, 0.9)), (1, (0.82, 0.82)),
    (2, (0.48,)), (2, (0.307,)), (2, (0.205,)), (2, (0.57,)), (2, (0.275,)), (2, (float("nan"),))])
def test_exercise_refuses(number, wrong):
    refuses_answer(exercise(CHAPTER, number), *wrong)


class Told(torch.nn.Module):
    """Real digits in place of G's: those of ``order`` in domain 0, what ``partner`` makes of them in domain 1."""

    def __init__(self, images, partner):
        super().__init__()
        self.images, self.partner = images, partner

    def noise(self, n, generator=None):
        return torch.arange(n)

    def forward(self, z, y):
        return self.partner(self.images[z]) if y[0] else self.images[z]


PARTNERS = {"turned": (lambda x: x.rot90(1, (-2, -1)), True), "as it is": (lambda x: x, False),
            "turned back": (lambda x: x.rot90(-1, (-2, -1)), False),
            "others, turned": (lambda x: x.rot90(1, (-2, -1)).roll(1, 0), False),
            "one digit": (lambda x: x[:1].rot90(1, (-2, -1)).expand_as(x), False)}


@cache
def exercise_names():
    return run(CHAPTER, *LIVE, "def check_exercise_4(", changes=SMALL)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("partner", PARTNERS)
def test_exercise_on_ends_that_turn(partner):
    names, (change, right) = exercise_names(), PARTNERS[partner]
    G = Told(names["images"], change)
    names["check_exercise_4"](G) if right else refuses_answer(names["check_exercise_4"], G)


@pytest.mark.skipif(BROWSER is None, reason="no browser")
def test_films_by_keyboard(new_page):
    """Both stored films, opened alone as the book's pages do: the caption follows the slider."""
    notebook = json.loads((ROOT / f"book/{CHAPTER}.ipynb").read_text("utf-8"))
    widgets = notebook["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    films = [widget["state"] for widget in widgets if "frames" in widget["state"]]
    assert sorted(len(film["frames"]) for film in films) == [11, 18]
    for film in films:
        page = show_alone(new_page(), film)
        slider = page.get_by_role("slider")
        pictures = []
        for key in ("Home", "End"):
            slider.focus()
            slider.press(key)
            pictures.append((page.locator("img").get_attribute("src"), page.locator("figcaption").text_content()))
        assert len(set(pictures)) == 2
        assert pictures[0][1] != pictures[1][1]
