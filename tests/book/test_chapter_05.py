"""Chapter 5's claims fail when the faults they guard against are put in. Only its quick cells run here."""
import pytest
from cells import exercise, refuses, refuses_answer, run

CHAPTER = "05_noise"
PUSH, WALK = ["p_z = torch.exp"], ["def spherical"]
RING = ["def play", "def start", "ring = gan.data.ring"]
SEVEN = """t = torch.linspace(0, 2 * torch.pi, 8)
ring = gan.data.GaussianMixture(torch.stack([t.cos(), t.sin()], 1), std=0.1)"""
FAULTS = {
    "a normal density without its half (papers.md 5)":
        (PUSH, "z.square() / 2)", "z.square())", "the normal density written out integrates to 1"),
    "density times slope":
        (PUSH, "p_z / slope", "p_z * slope", "noise density divided by slope is the density of exp(z)"),
    "a ring of 8 modes with 7 (papers.md 7)":
        (RING, "ring = gan.data.ring(std=0.1)", SEVEN, "the ring has 8 different modes"),
    "spherical walk that forgets its first sine":
        (WALK, "torch.sin((1 - t) * angle) * z0", "(1 - t) * z0", "both ways begin at z_0 and end at z_1"),
    "straight walk that does not end at z1":
        (WALK, "(1 - t) * z0 + t * z1", "(1 - t) * z0 + z1", "both ways begin at z_0 and end at z_1"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, right, wrong, claim = FAULTS[fault]
    refuses(CHAPTER, marks, claim, (right, wrong))


@pytest.mark.parametrize("marks", [PUSH, RING, WALK], ids=["push-forward", "ring", "walks"])
def test_without_a_fault_the_same_cells_pass(marks):
    run(CHAPTER, *marks)


def test_exercise_takes_the_right_answer():
    exercise(CHAPTER, given="from torch.distributions import Normal")(0.133)


@pytest.mark.parametrize("wrong", [0.399, 1.197, 0.044, 0.0, 0.137])
def test_exercise_refuses(wrong):
    refuses_answer(exercise(CHAPTER, given="from torch.distributions import Normal"), wrong)
