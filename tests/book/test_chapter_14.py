"""Chapter 14 catches the errors it warns of: ends exchanged, pairs without a baseline, a generator that learned nothing."""
from functools import cache

import pytest
import torch
from building import BROWSER
from cells import code_cells, exercise, refuses, refuses_answer, run, show_alone
from rivals import RIVALS, train_of

import gan

CHAPTER = "14_cogan"
SMALL = (("steps=1_000", "steps=2"), ('"ema": 0.99', '"ema": 0.1'))             # enough for what is asked here
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
        ((*LIVE, LOOK, EXACT, PAIRS), [("(bright**2 + (1 - bright) ** 2)", "(bright**2)")], "random pairs of real digits"),
    "pairs judged without the transform":
        ((*LIVE, LOOK, EXACT, PAIRS), [("return -pictures", "return pictures")], "random pairs of real digits"),
    "the baseline is the pair itself":
        ((*LIVE, LOOK, EXACT, PAIRS), [('"pixels, random": agreement(a, b[anew])', '"pixels, random": agreement(a, b)')],
         "random pairs of real digits"),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, changes, claim = FAULTS[fault]
    refuses(CHAPTER, marks, claim, *changes, *SMALL)
