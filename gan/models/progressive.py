"""Networks that grow: the same ones draw at 4 x 4 and at every doubling up to their full size."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gan.models.equalized import EqualConv, EqualLinear, MinibatchStd2d, lrelu, pixel_norm
from gan.models.generator import Generator

CHANNELS = {4: 64, 8: 64, 16: 32, 32: 16}


class Growing(nn.Module):
    """What both players share: ``size`` at which they work now, and ``alpha``, how far its block is faded in.

    Both may be set at any time, from outside. ``channels``: those at each size, 4, 8, 16, ...
    """

    def __init__(self, channels: dict[int, int]):
        super().__init__()
        sizes = list(channels)
        if not sizes or sizes != [4 * 2**i for i in range(len(sizes))]:
            raise ValueError(f"channels: got sizes {sizes}; must be 4, 8, 16, ... in order, with no gap")
        self.sizes = sizes
        self.size, self.alpha = sizes[-1], 1.0

    @property
    def blocks_in_use(self) -> int:
        if self.size not in self.sizes:
            raise ValueError(f"size: got {self.size!r}; must be one of {', '.join(map(str, self.sizes))}")
        if not 0 <= self.alpha <= 1:
            raise ValueError(f"alpha: got {self.alpha!r}; must lie from 0 to 1")
        return self.sizes.index(self.size)


class GrowingGenerator(Growing):
    """z, (B, latent) -> images, (B, 3, size, size). Karras et al. 2018 (arXiv:1710.10196), table 2."""

    def __init__(self, channels: dict[int, int], latent: int):
        super().__init__(channels)
        widths = list(channels.values())
        self.first = EqualLinear(latent, widths[0] * 16)
        self.blocks = nn.ModuleList(EqualConv(a, b, resample="up") for a, b in zip(widths, widths[1:]))
        self.to_rgb = nn.ModuleList(EqualConv(width, 3, kernel=1, gain=1) for width in widths)

    def forward(self, z: Tensor) -> Tensor:
        n = self.blocks_in_use
        x = self.first(pixel_norm(z)).unflatten(1, (-1, 4, 4)).contiguous(memory_format=torch.channels_last)
        x = before = pixel_norm(lrelu(x))
        for block in self.blocks[:n]:
            before, x = x, pixel_norm(lrelu(block(x)))
        images = self.to_rgb[n](x)
        if n and self.alpha < 1:
            images = double_size(self.to_rgb[n - 1](before)).lerp(images, self.alpha)
        return images


class GrowingDiscriminator(Growing):
    """images, (B, 3, size, size) -> logits, (B,)."""

    def __init__(self, channels: dict[int, int], group: int = 4):
        super().__init__(channels)
        widths = list(channels.values())
        self.from_rgb = nn.ModuleList(EqualConv(3, width, kernel=1) for width in widths)
        self.blocks = nn.ModuleList(EqualConv(b, a, resample="down") for a, b in zip(widths, widths[1:]))
        self.spread, self.last = MinibatchStd2d(group), EqualConv(widths[0] + 1, widths[0])
        self.logit = EqualLinear(widths[0] * 16, 1, gain=1)

    def forward(self, images: Tensor) -> Tensor:
        n = self.blocks_in_use
        x = lrelu(self.from_rgb[n](images))
        for i in reversed(range(n)):
            x = lrelu(self.blocks[i](x))
            if i == n - 1 and self.alpha < 1:
                x = lrelu(self.from_rgb[n - 1](half_size(images))).lerp(x, self.alpha)
        x = lrelu(self.last(self.spread(x)))
        return self.logit(x.flatten(1)).flatten()


def double_size(images: Tensor) -> Tensor:
    """Each pixel as four."""
    return F.interpolate(images, scale_factor=2, mode="nearest")


def half_size(images: Tensor) -> Tensor:
    """Each four pixels as their mean."""
    return F.avg_pool2d(images, 2)


def progressive_pair(channels: dict[int, int] | None = None, latent: int = 64) -> tuple[Generator, nn.Module]:
    """A generator and a discriminator that grow: set ``size`` and ``alpha`` of ``G.net`` and of ``D``.

    They start at full size and without fading, as an ordinary pair. ``channels``: those at each size, by default
    64, 64, 32 and 16 at 4, 8, 16 and 32.
    """
    channels = channels or CHANNELS
    G, D = GrowingGenerator(channels, latent), GrowingDiscriminator(channels)
    return Generator(G.to(memory_format=torch.channels_last), latent), D.to(memory_format=torch.channels_last)
