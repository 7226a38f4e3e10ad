"""Chapter 5's claims fail when the faults they guard against are put in. Only its quick cells run here."""

from pathlib import Path

import jupytext
import matplotlib
import pytest
import torch

matplotlib.use("Agg")
SCRIPT = Path(__file__).parents[2] / "book" / "05_noise.py"
CELLS = [cell.source for cell in jupytext.read(SCRIPT, fmt="py:percent").cells if cell.cell_type == "code"]


def run(*marks, swap=()):
    """Run, in order, the first cells that contain each mark; ``swap`` is a pair (right, wrong) of code."""
    torch.manual_seed(0)
    space = {}
    for mark in ("import gan\n", *marks):
        source = next(cell for cell in CELLS if mark in cell)
        if swap and swap[0] in source:
            source = source.replace(*swap)
        exec(compile(source, mark, "exec"), space)
    return space


PUSH = ["p_z = torch.exp"]
WALK = ["def spherical"]
RING = ["def play", "ring = gan.data.ring"]
SEVEN = """t = torch.linspace(0, 2 * torch.pi, 8)
ring = gan.data.GaussianMixture(torch.stack([t.cos(), t.sin()], 1), std=0.1)"""
FAULTS = {
    "a normal density without its half": (PUSH, ("z.square() / 2)", "z.square())")),
    "density times slope": (PUSH, ("p_z / slope", "p_z * slope")),
    "a ring of 8 modes with 7": (RING, ("ring = gan.data.ring(std=0.1)", SEVEN)),
    "spherical walk that forgets its first sine": (WALK, ("torch.sin((1 - t) * angle) * z0", "(1 - t) * z0")),
    "straight walk that does not end at z1": (WALK, ("(1 - t) * z0 + t * z1", "(1 - t) * z0 + z1")),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_fault_is_caught(fault):
    cells, swap = FAULTS[fault]
    assert any(swap[0] in cell for cell in CELLS)
    with pytest.raises(AssertionError):
        run(*cells, swap=swap)


@pytest.mark.parametrize("cells", [PUSH, WALK], ids=["push-forward", "walks"])
def test_without_a_fault_they_pass(cells):
    run(*cells)


@pytest.mark.parametrize("wrong", [0.399, 1.197, 0.044, 0.0, 0.137])
def test_exercise_1_refuses_wrong_answers(wrong):
    with pytest.raises(AssertionError):
        exercise()(wrong)


def test_exercise_1_takes_the_right_answer():
    exercise()(0.133)


def exercise():
    space = {"torch": torch}
    exec("from torch.distributions import Normal\nfrom gan.claims import claim", space)
    exec(next(cell for cell in CELLS if "def check_exercise_1" in cell), space)
    return space["check_exercise_1"]
