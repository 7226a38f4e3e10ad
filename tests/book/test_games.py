"""The page of games and losses: its formulas are those of gan.losses, its names exist, and none of ours is missing."""
import importlib
import re

import pytest
import torch
from building import ROOT
from torch.nn.functional import logsigmoid, softplus

import gan

TEXT = (ROOT / "book/games.md").read_text("utf8")
ROWS = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in TEXT.splitlines() if line.startswith("| ")]
# By hand, from chapter 9's cells.
BY_HAND = {
    "least squares, targets −1, 1, 0": (lambda a, b: (a - 1) ** 2 / 2 + (b + 1) ** 2 / 2, lambda a, b: b**2 / 2),
    "exponential, zero-sum": (lambda a, b: (-a).exp() + b.exp(), lambda a, b: -b.exp()),
    "relativistic pairing": (lambda a, b: softplus(b - a), lambda a, b: softplus(a - b)),
}
MEANS = ((r"\\tfrac12", "0.5*"), (r"\\log\\sigma", "logsigmoid"), (r"\\max\(0,", "relu("), (r"\^2", "**2"),
         (r"e\^\{(.*?)\}", r"exp(\1)"))
LOSSES = [row for row in ROWS if len(row) == 7 and row[0] not in ("loss", "f-GAN")]


def value(formula: str, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """What a cell's first formula says, computed."""
    text = re.match(r"\$(.*?)\$", formula)[1]
    for latex, python in MEANS:
        text = re.sub(latex, python, text)
    assert "\\" not in text, text
    return eval(text, {"a": a, "b": b, "logsigmoid": logsigmoid, "relu": torch.relu, "exp": torch.exp})


@pytest.mark.parametrize("name, d_pays, g_pays, code", [[*row[:3], row[5]] for row in LOSSES])
def test_formulas_are_the_losses(name, d_pays, g_pays, code):
    a, b = torch.randn(2, 1_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    if code == "by hand":
        d_loss, g_loss = (player(a, b) for player in BY_HAND[name])
    else:
        loss = getattr(gan.losses, code.strip("`").split(".")[-1])
        d_loss, g_loss = loss.discriminator(a, b), loss.generator(b, a)
    torch.testing.assert_close(value(d_pays, a, b), d_loss)
    torch.testing.assert_close(value(g_pays, a, b).broadcast_to(b.shape), g_loss)


def test_a_wrong_formula_would_be_seen():
    a, b = torch.randn(2, 10, dtype=torch.float64)
    right, wrong = (value(text, a, b) for text in (LOSSES[0][1], LOSSES[0][1].replace("(-b)", "(b)")))
    assert len(LOSSES) == 8 and not torch.allclose(right, wrong)


def test_every_name_exists_and_no_loss_or_penalty_of_the_package_is_missing():
    named = re.findall(r"`((?:gan|torch)\.[\w.]+)`", TEXT)
    for name in named:
        module, _, thing = name.rpartition(".")
        assert hasattr(importlib.import_module(module), thing), name
    losses = [f"gan.losses.{name}" for name, thing in vars(gan.losses).items() if isinstance(thing, gan.losses.Loss)]
    penalties = ["gan.penalties.r1", "gan.penalties.r2", "gan.penalties.gradient_penalty", "gan.penalties.lazy"]
    assert {*losses, *penalties} <= set(named) and len(losses) == 5
