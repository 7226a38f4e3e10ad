"""Chapter 5's claims fail when the faults they guard against are put in, and for generators that learned nothing."""
from types import SimpleNamespace

import pytest
import rivals
from cells import exercise, refuses, refuses_answer, run

import gan

CHAPTER = "05_noise"
PUSH, WALK = ["p_z = torch.exp", "mass = torch.trapezoid"], ["def networks", "def spherical", "ends = [way("]
RING = ["def networks", "spacing = torch.pdist"]
BELLS = ["def networks", "def trained", "unit, low, high =", "def shares", "rising ="]
STOPPED = ["def networks", "def share_off", "stored = gan", "z_free =", "ends, early ="]
KINDS = ["def networks", "def trained", "def normal(", "stored = gan", "images, labels =", "controls =", "groups =",
         "usual =", "quick, slow =", "stored_too ="]
DIGITS = ["def networks", "def spherical", "images, labels =", "digit_makers = []", "places =", "both_good ="]
SUMS = ["def networks", "images, labels =", "digit_makers = []", "places =", "def spherical", "def sorted_noise",
        "def arithmetic", "bolder, still_b ="]
SEVEN = """t = torch.linspace(0, 2 * torch.pi, 8)
ring = gan.data.GaussianMixture(torch.stack([t.cos(), t.sin()], 1), std=0.1)"""
FEWER = [("torch.randn(2, 4_000, 64", "torch.randn(2, 1_000, 64"), ("steps=300, seed", "steps=100, seed")]
SHORT = [("steps=4_000, batch=64", "steps=1, batch=64")]
COIN = """[networks(2, 1, with_coin, width=32) for _ in range(5)]"""
GIVEN_COIN = """def with_coin(*shape, **where):
    import torch
    return torch.cat([torch.randn(*shape, **where)[:, :1], 2 * torch.randint(2, (shape[0], 1), **where) - 1.0], 1)"""
FAULTS = {
    "a normal density without its half (papers.md 5)":
        (PUSH, [("z.square() / 2)", "z.square())")], "the normal density written out integrates to 1"),
    "density times slope":
        (PUSH, [("p_z / slope", "p_z * slope")], "noise density divided by slope is the density of exp(z)"),
    "a ring of 8 modes with 7 (papers.md 7)":
        (RING, [*SHORT, ("ring = gan.data.ring(std=0.1)", SEVEN)], "the ring has 8 different modes"),
    "noise in two pieces passed off as a way around the gap":
        (BELLS, [*SHORT, ("[networks(16, 1, width=32) for _ in range(5)]", COIN)],
         "16-D noise builds no thinner bridges"),
    "a ring stopped before its modes exist":
        (STOPPED, [("steps=4_000, batch=64", "steps=400, batch=64"), ("= off[4_000], off[400]", "= off[400], off[50]"),
                   ("count_modes(film[4_000]", "count_modes(film[400]")],
         "fewer fakes lie off all modes than if they lay evenly"),
    "the ratio of centre to size taken for the cause":
        (KINDS, [*SHORT, FEWER[1], ('"six times that": normal(3, 3)', '"six times that": normal(0.25, 0.25)')],
         "with the same ratio of centre to size, is less than half as far"),
    "spherical walk that forgets its first sine":
        (WALK, [*SHORT, ("torch.sin((1 - t) * omega) * z0", "(1 - t) * z0")], "both ways begin at z_0 and end at z_1"),
    "straight walk that does not end at z1":
        (WALK, [*SHORT, ("(1 - t) * z0 + t * z1", "(1 - t) * z0 + z1")], "both ways begin at z_0 and end at z_1"),
    "a straight walk that keeps to the shell":
        (DIGITS, [*SHORT, *FEWER, ("return (1 - t) * z0 + t * z1", "return spherical(z0, z1, t)")],
         "digits half-way on the straight line are at least 1.5 times"),
    "bold samples that are not":
        (SUMS, [*SHORT, *FEWER, ("z[own & (ink > much)]", "z[own & (ink < few)]"), ("in (1, 3, 30)}", "in (1, 30)}")],
         "bold a - thin a with 30 samples"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, changes, claim = FAULTS[fault]
    refuses(CHAPTER, marks, claim, *changes, given=GIVEN_COIN)


@pytest.mark.parametrize("marks", [PUSH, [*RING, *WALK[1:]]], ids=["push-forward", "ring and walks"])
def test_without_a_fault_the_same_cells_pass(marks):
    run(CHAPTER, *marks, changes=[] if marks is PUSH else SHORT)


# Generators that have learned nothing -----------------------------------------------------------------------------
QUALITY = ("two bells: each of 5 runs gives either bell a fifth",
           "ring, 4,000 steps: fewer fakes lie off all modes than if they lay evenly",
           "cube, 300 steps: with 8 and 64 dimensions the holes", "digits of fresh noise and of spherical half-way")
CELLS = [*BELLS, *STOPPED[1:], "on_sheet =", "begun, ended =", *DIGITS[1:]]


@pytest.mark.parametrize("rival", rivals.RIVALS)
def test_no_rival_passes(rival, monkeypatch):
    """In one go: each claim of quality is asked and none raises, so that all of them are seen to fail."""
    def train(G, D, data, steps, **settings):
        rivals.play(rival, G, data)
        return (SimpleNamespace(index=index) for index in (50, 100, 200, 400, 1_000, 2_000, 4_000))

    def claim(sentence, holds, measured=None):
        held[sentence] = bool(holds)

    held = {}
    monkeypatch.setattr(gan, "train", train)
    monkeypatch.setattr(gan.claims, "claim", claim)
    monkeypatch.setattr(gan.claims, "check", lambda *_: None)
    run(CHAPTER, *CELLS, given="import rivals", changes=[
        *FEWER, ('G.load_state_dict(run["G"])', f'rivals.play("{rival}", G, images.cpu())')])
    asked = {sentence: holds for sentence, holds in held.items() if sentence.startswith(QUALITY)}
    assert len(asked) == len(QUALITY) and not any(asked.values()), asked


# Exercises --------------------------------------------------------------------------------------------------------
def test_exercise_takes_the_right_answer():
    exercise(CHAPTER, given="from torch.distributions import Normal")(0.133)


@pytest.mark.parametrize("wrong", [0.399, 1.197, 0.044, 0.0, 0.137])
def test_exercise_refuses(wrong):
    refuses_answer(exercise(CHAPTER, given="from torch.distributions import Normal"), wrong)
