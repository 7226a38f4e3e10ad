"""Multilayer perceptrons, for points."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from torch import nn

from gan.checks import check_counts
from gan.models.generator import Generator


def mlp(sizes: Sequence[int], activation: Callable[[], nn.Module] = nn.ReLU) -> nn.Sequential:
    """Linear layers of the given sizes, an activation between each two and none after the last.

    ``mlp([2, 64, 64, 1])`` maps (B, 2) to (B, 1).
    """
    layers = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), activation()]
    return nn.Sequential(*layers[:-1])


def leaky() -> nn.Module:
    return nn.LeakyReLU(0.2)


def mlp_pair(features: int = 2, latent: int = 2, width: int = 64, depth: int = 2) -> tuple[Generator, nn.Module]:
    """Two multilayer perceptrons for points: G maps (B, latent) to (B, features), D (B, features) to logits (B,)."""
    check_counts(features=features, latent=latent, width=width, depth=depth)
    hidden = [width] * depth
    G = Generator(mlp([latent, *hidden, features], leaky), latent)
    D = nn.Sequential(mlp([features, *hidden, 1], leaky), nn.Flatten(0))
    return G, D
