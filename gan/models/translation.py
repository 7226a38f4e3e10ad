"""Networks that are told a picture and answer with one: pix2pix. Isola et al. 2017 (arXiv:1611.07004).

    G, D = pix2pix_pair(size=16, told=1)                       # an outline, 1 channel, becomes a portrait, 3
    for step in gan.train(G, D, (x, y), steps=1_000, g_penalties=(l1(10.0),)):       # pictures x, outlines y
        ...

G is a U-Net, with a way past its middle at each size, D a fully convolutional network with a logit for each patch.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gan.checks import check_counts
from gan.models.generator import Generator
from gan.models.perceptrons import leaky

Layers = Sequence[tuple[int, int]]                                     # kernel and stride of each convolution


class UNet(nn.Module):
    """(z, y) -> pictures: y, (B, told, size, size), down to 1 x 1 and up again, (B, channels, size, size) in [-1, 1].

    Each layer on the way up is given the layer of its size on the way down as well. z, (B, latent), lies beside y in
    planes. ``dropout`` is the share of the numbers left out after each of the two innermost layers on the way up.
    """

    def __init__(self, size: int, told: int, channels: int, latent: int, width: int, dropout: float = 0.0):
        super().__init__()
        halvings = size.bit_length() - 1
        widths = [width * min(2**i, 4) for i in range(halvings + 1)]   # at size, size / 2, ..., 1
        self.first = nn.Sequential(nn.Conv2d(told + latent, width, 3, 1, 1), leaky())
        self.down = nn.ModuleList(nn.Sequential(nn.Conv2d(a, b, 4, 2, 1), leaky()) for a, b in zip(widths, widths[1:]))
        self.up = nn.ModuleList()
        for i in reversed(range(halvings)):
            given = widths[i + 1] * (1 if i == halvings - 1 else 2)    # the innermost layer is given no other
            noise = [nn.Dropout(dropout)] if dropout and i >= halvings - 2 else []
            self.up.append(nn.Sequential(nn.ConvTranspose2d(given, widths[i], 4, 2, 1), *noise, leaky()))
        self.last = nn.Sequential(nn.Conv2d(2 * width, channels, 3, 1, 1), nn.Tanh())

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        planes = z[:, :, None, None].expand(*z.shape, *y.shape[-2:])
        h, passed = self.first(torch.cat([y, planes], 1)), []
        for down in self.down:
            passed.append(h)
            h = down(h)
        for up in self.up:
            h = torch.cat([up(h), passed.pop()], 1)
        return self.last(h)


class PatchDiscriminator(nn.Module):
    """(x, y) -> logits (B,), each the mean of a map of logits; ``map(x, y)`` is that map, (B, h, w).

    x and what is told of it, y, a picture of the same size, enter side by side, ``channels`` in all.
    """

    def __init__(self, layers: Layers, channels: int, width: int):
        super().__init__()
        parts, before = [], channels
        for i, (kernel, stride) in enumerate(layers):
            after = width * min(2**i, 4) if i < len(layers) - 1 else 1
            parts += [nn.Conv2d(before, after, kernel, stride, (kernel - 1) // 2), leaky()]
            before = after
        self.layers = nn.Sequential(*parts[:-1])                       # the last gives logits as they are

    def map(self, x: Tensor, *y: Tensor) -> Tensor:
        return self.layers(torch.cat([x, *y], 1)).squeeze(1)

    def forward(self, x: Tensor, *y: Tensor) -> Tensor:
        return self.map(x, *y).mean((1, 2))


def patch_layers(n: int) -> list[tuple[int, int]]:
    """Kernel and stride of each layer of the published discriminators: n that halve, and two more; 1 x 1 for n = 0.

    Raises ``ValueError`` for a negative ``n``.
    """
    if not isinstance(n, int) or n < 0:
        raise ValueError(f"n: got {n!r}; must be a whole number of at least 0, the layers that halve the picture")
    return [(4, 2)] * n + [(4, 1), (4, 1)] if n else [(1, 1)] * 3


def receptive_field(layers: Layers) -> int:
    """How many pixels wide the patch is that one logit sees, for convolutions of these kernels and strides."""
    seen = 1
    for kernel, stride in reversed(layers):
        seen = (seen - 1) * stride + kernel
    return seen


def pix2pix_pair(size: int = 16, told: int = 1, channels: int = 3, latent: int = 2, width: int = 12,
                 layers: Layers = ((4, 2), (4, 2), (1, 1)),
                 dropout: float = 0.0) -> tuple[Generator, PatchDiscriminator]:
    """A U-Net G(z, y) and a patch discriminator D(x, y) for pictures x, (B, channels, size, size) in [-1, 1].

    y, (B, told, size, size), is another picture of the same thing, such as its outline. There is no batch norm.
    Raises ``ValueError`` unless ``size`` is a power of 2 from 4 on.
    """
    check_counts(size=size, told=told, channels=channels, latent=latent, width=width)
    if size < 4 or size & (size - 1):
        raise ValueError(f"size: got {size}; must be a power of 2 from 4 on, as each layer halves it: 8, 16, 32")
    return (Generator(UNet(size, told, channels, latent, width, dropout), latent),
            PatchDiscriminator(layers, channels + told, width))
