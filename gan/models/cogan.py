"""Two generators in one, two discriminators in one: CoGAN, a conditional GAN whose condition is the domain.

    G, D = cogan_pair(size=16)                                  # a last layer of G, a first of D for each domain
    for step in gan.train(G, D, (x, y), steps=1_000):           # y, (N,): the domain of each sample, 0 or 1
        ...
    z = G.noise(100)
    pair = G(z, y * 0), G(z, y * 0 + 1)                         # the same z in both domains

No sample is ever shown together with one of the other domain. Liu & Tuzel 2016 (arXiv:1606.07536).
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from gan.checks import check_counts
from gan.models.generator import Generator
from gan.models.perceptrons import leaky


class ByDomain(nn.ModuleList):
    """A network for each domain: sample i passes network y[i], y (B,) whole numbers."""

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        if len(y) and not 0 <= y.min() <= y.max() < len(self):
            raise ValueError(f"y: got {y.min()} to {y.max()}; must be domains, whole numbers from 0 to {len(self) - 1}")
        order = y.argsort(stable=True)                                     # domain 0 first, each in its order
        parts = x[order].split(y.bincount(minlength=len(self)).tolist())
        outputs = [network(part) for network, part in zip(self, parts) if len(part)]
        return torch.cat(outputs)[order.argsort()]                         # each back in its place


class Coupled(nn.Sequential):
    """Networks in a row, (x, y) -> logits or samples; of them only a ``ByDomain`` is told y."""

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        for network in self:
            x = network(x, y) if isinstance(network, ByDomain) else network(x)
        return x


def couple(layers: Sequence[Callable[[], nn.Module]], shared: slice, domains: int = 2) -> Coupled:
    """A network of these ``layers``, functions that make one: those of ``layers[shared]`` once, others per domain.

    ``couple(layers, slice(None, 2))`` shares the first two, as a G does, ``slice(-2, None)`` the last two, as a D.
    Every layer is made anew, with first weights of its own. Raises ``ValueError`` for no layers.
    """
    if not layers:
        raise ValueError("layers: got none; must be functions that make a layer, such as `lambda: nn.Linear(2, 8)`")
    check_counts(domains=domains)
    first, last, _ = shared.indices(len(layers))
    last = max(first, last)

    def made(part):
        return nn.Sequential(*(make() for make in part))

    def own(part):
        return [ByDomain(made(part) for _ in range(domains))] if part else []

    middle = [made(layers[first:last])] if last > first else []
    return Coupled(*own(layers[:first]), *middle, *own(layers[last:]))


def cogan_pair(size: int = 16, channels: int = 3, latent: int = 32, width: int = 24, g_shared: int | None = None,
               d_shared: int | None = None) -> tuple[Generator, Coupled]:
    """A small pair for images (B, channels, size, size) in [-1, 1] of two domains: ``G(z, y)`` and ``D(x, y)``.

    G shares its first ``g_shared`` layers and D its last ``d_shared``: all but one of each, if none is given, as the
    paper does, so that a domain's own are the last filter of G, which is local, and the first of D. Raises
    ``ValueError`` for a ``size`` that is not 16, 32, ... and for more shared layers than there are.
    """
    check_counts(size=size, channels=channels, latent=latent, width=width)
    if size < 16 or size & (size - 1):
        raise ValueError(f"size: got {size}; must be 16, 32 or another power of 2")
    wide, more = 2 * width, size.bit_length() - 5                            # 16 -> 0, 32 -> 1
    G = [lambda: nn.Sequential(nn.Linear(latent, wide * 16), nn.Unflatten(1, (wide, 4, 4)), leaky()),
         *[lambda: nn.Sequential(nn.ConvTranspose2d(wide, wide, 4, 2, 1), leaky())] * (1 + more),
         lambda: nn.Sequential(nn.ConvTranspose2d(wide, width, 4, 2, 1), leaky()),   # (B, width, size, size)
         lambda: nn.Sequential(nn.Conv2d(width, channels, 3, 1, 1), nn.Tanh())]
    D = [lambda: nn.Sequential(nn.Conv2d(channels, width, 4, 2, 1), leaky()),        # (B, width, size/2, size/2)
         lambda: nn.Sequential(nn.Conv2d(width, wide, 4, 2, 1), leaky()),
         *[lambda: nn.Sequential(nn.Conv2d(wide, wide, 4, 2, 1), leaky())] * more,   # (B, 2 width, 4, 4)
         lambda: nn.Sequential(nn.Flatten(), nn.Linear(wide * 16, 1), nn.Flatten(0))]
    shared = {"g_shared": g_shared, "d_shared": d_shared}
    for name, layers in zip(shared, (G, D)):
        shared[name] = len(layers) - 1 if shared[name] is None else shared[name]
        if shared[name] not in range(len(layers) + 1):
            raise ValueError(f"{name}: got {shared[name]!r}; must be a number of layers from 0 to {len(layers)}")
    return (Generator(couple(G, slice(0, shared["g_shared"])), latent),
            couple(D, slice(len(D) - shared["d_shared"], None)))
