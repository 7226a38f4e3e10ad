"""A StyleGAN's generator as text, for the page, which has no torch. stylenet.js beside this file runs it."""
import base64
import copy

import numpy as np
import torch
from torch import Tensor, nn

from gan.models.equalized import BIASES
from gan.models.stylegan import StyleGenerator

MOST_NUMBERS = 250_000                                             # 500 kB in half precision
FIRST_MAPS = 1_000_000                                             # seeds of noise maps lie above those of faces


@torch.no_grad()
def style_as_text(G: StyleGenerator, mapping: bool = True) -> tuple[nn.Module, list, str]:
    """A copy of G's network with weights in half precision; [name, how many numbers, what they are multiplied by] of
    each tensor; and the numbers as text. Without ``mapping``, what makes w's of z's stays out of the text.

    Raises ``TypeError`` for another G, ``ValueError`` for too many weights and for some that half precision cannot
    hold.
    """
    if not isinstance(G, StyleGenerator):
        raise TypeError(f"G: got {type(G).__name__}; must be a StyleGenerator, the first of `stylegan_pair()`")
    count = sum(weight.numel() for weight in G.net.parameters())
    if count > MOST_NUMBERS:
        raise ValueError(f"G: has {count:,} weights; must have at most {MOST_NUMBERS:,}, which are 500 kB in the page: "
                         "give it fewer channels")
    net = copy.deepcopy(G.net).cpu().float().eval().requires_grad_(False)
    tensors, parts = [], []
    for name, weight in net.named_parameters():
        if name.startswith("mapping.") and not mapping:
            continue
        owner, _, kind = name.rpartition(".")
        layer = net.get_submodule(owner)
        scales = {"weight": getattr(layer, "scale", 1), "bias": getattr(layer, "bias_scale", 1), "strength": BIASES}
        tensors.append([name, weight.numel(), float(scales.get(kind, 1))])
        parts.append(weight)
    text = as_halves(parts, "G")
    for weight in net.parameters():
        weight.copy_(weight.half())
    return net, tensors, text


def as_halves(numbers: list[Tensor], name: str) -> str:
    """These in half precision, one after the other, in base64; ``name`` is what the ``ValueError`` speaks of."""
    flat = torch.cat([part.detach().flatten().double() for part in numbers]).half()
    if not flat.isfinite().all():
        raise ValueError(f"{name}: a weight is not finite in half precision; must be, and below 65504: has it been "
                         "trained too fast?")
    return base64.b64encode(flat.numpy().astype("<f2").tobytes()).decode()


def as_decimals(numbers: Tensor) -> list:
    """As plain numbers of four decimals, short as text, and the same in the page and in PyTorch."""
    return ((numbers.detach().cpu().double() * 10_000).round() / 10_000).tolist()


def hashed_maps(sizes: list[int], seed: int) -> list[Tensor]:
    """What ``noiseMaps`` in stylenet.js gives, (1, 1, S, S) for each size."""
    counts = [size**2 for size in sizes]
    maps = torch.tensor(hashed_normals(FIRST_MAPS + seed, sum(counts))).float().split(counts)
    return [numbers.reshape(1, 1, size, size) for numbers, size in zip(maps, sizes)]


def hashed_normals(seed: int, count: int) -> np.ndarray:
    """What ``normals`` in convnet.js gives."""
    def uniform(n):
        x = np.uint32(seed * 0x9E3779B1 & 0xFFFFFFFF) ^ (n + 1).astype(np.uint32) * np.uint32(0x85EBCA6B)
        for multiplier in (0x7FEB352D, 0x846CA68B):
            x = (x ^ x >> np.uint32(15)) * np.uint32(multiplier)
        return ((x ^ x >> np.uint32(16)).astype(np.float64) + 1) / 2**32

    n = np.arange(count)
    radius, angle = np.sqrt(-2 * np.log(uniform(n & ~1))), 2 * np.pi * uniform(n | 1)
    return radius * np.where(n & 1, np.sin(angle), np.cos(angle))
