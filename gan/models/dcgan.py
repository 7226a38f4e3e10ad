"""DCGAN: a generator and a discriminator of strided convolutions."""

import math

import torch
from torch import nn

from gan.checks import check_counts
from gan.models.generator import Generator
from gan.models.perceptrons import leaky


def dcgan_pair(size: int = 32, channels: int = 3, latent: int = 64, width: int = 16, *, norm: str = "GD",
               kernel: int = 4) -> tuple[Generator, nn.Module]:
    """The networks of DCGAN, for images (B, channels, size, size) in [-1, 1].

    Each layer halves or doubles the image, between ``size`` and 4, and has half or twice the channels, between
    ``width`` at size/2 and the most at 4. ``norm`` names the players that have batch norm: "GD" as published, "G",
    "D" or "". It is neither on G's output nor on D's input. Weights are as torch draws them; ``normal_start`` draws
    them as the paper does. The authors' code has a ``kernel`` of 5. Raises ``ValueError`` unless ``size`` is 8, 16,
    32, ... Radford et al. 2016 (arXiv:1511.06434).
    """
    check_counts(size=size, channels=channels, latent=latent, width=width)
    if size < 8 or size & (size - 1):
        raise ValueError(f"size: got {size}; must be a power of two from 8 on, as each layer halves it: 16, 32, 64")
    if norm not in ("GD", "G", "D", ""):
        raise ValueError(f'norm: got {norm!r}; must name the players with batch norm: "GD", "G", "D" or ""')
    if kernel not in (4, 5):
        raise ValueError(f"kernel: got {kernel!r}; must be 4, or 5 as in the authors' code")
    halvings = int(math.log2(size)) - 2
    widths = [channels, *(width * 2**i for i in range(halvings))]                # 3, 16, 32, 64 for 32 pixels
    same = {"kernel_size": kernel, "stride": 2, "padding": (kernel - 1) // 2}    # a size is halved or doubled

    most = widths[-1]
    G = [nn.Linear(latent, most * 16), nn.Unflatten(1, (most, 4, 4)), *_norm("G" in norm, most), nn.ReLU()]
    for before, after in zip(widths[:1:-1], widths[-2:0:-1]):
        G += [nn.ConvTranspose2d(before, after, **same, output_padding=kernel % 2), *_norm("G" in norm, after),
              nn.ReLU()]
    G += [nn.ConvTranspose2d(width, channels, **same, output_padding=kernel % 2), nn.Tanh()]

    D = [nn.Conv2d(channels, width, **same), leaky()]
    for before, after in zip(widths[1:], widths[2:]):
        D += [nn.Conv2d(before, after, **same), *_norm("D" in norm, after), leaky()]
    D += [nn.Conv2d(most, 1, 4), nn.Flatten(0)]                                  # the whole of 4 x 4: logits (B,)
    # Convolutions are quicker with channels last in memory; shapes and numbers stay as they are.
    G, D = (nn.Sequential(*layers).to(memory_format=torch.channels_last) for layers in (G, D))
    return Generator(G, latent), D


def _norm(there: bool, features: int) -> list[nn.Module]:
    return [nn.BatchNorm2d(features)] if there else []


@torch.no_grad()
def normal_start(net: nn.Module, std: float = 0.02) -> nn.Module:
    """Draw ``net``'s weights as DCGAN does, in place: N(0, std), but batch norm's scale N(1, std); offsets are 0.

    Batch norm's scale is what a feature's spread becomes, so that a scale of N(0, std) would all but silence it.
    Raises ``TypeError`` for a layer with weights of another kind.
    """
    for layer in net.modules():
        if not any(True for _ in layer.parameters(recurse=False)):
            continue
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            nn.init.normal_(layer.weight, 1, std)
        elif isinstance(layer, (nn.Linear, nn.modules.conv._ConvNd)):
            nn.init.normal_(layer.weight, 0, std)
        else:
            raise TypeError(f"net: holds a {type(layer).__name__}; must hold weights in linear layers, convolutions "
                            "and batch norms alone")
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    return net
