"""Generators and discriminators, as plain modules. A discriminator returns logits, one per sample."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from gan.checks import check_counts


class Generator(nn.Module):
    """A network and the noise it takes: ``x = net(z)``, with z of shape (B, latent).

    ``noise`` draws z and is called as ``noise(B, latent, generator=..., device=...)``: ``torch.randn``
    (the default) and ``torch.rand`` are two such functions. Raises ``ValueError`` for ``latent`` < 1.
    """

    def __init__(self, net: nn.Module, latent: int, noise: Callable[..., Tensor] = torch.randn):
        super().__init__()
        check_counts(latent=latent)
        self.net, self.latent, self._noise = net, latent, noise

    def forward(self, z: Tensor) -> Tensor:
        return self.net(z)

    def noise(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """n latent vectors, (n, latent), on the generator's device or, if none is given, the network's."""
        device = generator.device if generator else next(self.parameters()).device
        return self._noise(n, self.latent, generator=generator, device=device)

    @torch.no_grad()
    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """n samples, without gradients and in evaluation mode; the mode it was in is restored."""
        training = self.training
        try:
            return self.eval()(self.noise(n, generator))
        finally:                                           # Ctrl-C too: a run must not go on in evaluation mode
            self.train(training)


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


def conv_pair(size: int = 16, channels: int = 1, latent: int = 32, width: int = 32) -> tuple[Generator, nn.Module]:
    """A small convolutional pair for images (B, channels, size, size) in [-1, 1].

    After DCGAN (Radford et al. 2016), with two strided layers each and no batch norm in D, so that D
    judges each sample by itself. Raises ``ValueError`` unless ``size`` is a multiple of 4.
    """
    check_counts(size=size, channels=channels, latent=latent, width=width)
    if size % 4:
        raise ValueError(f"size: got {size}; must be a multiple of 4 pixels: 16 and 32 are usual")
    small = size // 4
    G = nn.Sequential(                                                       # (B, latent)
        nn.Linear(latent, 2 * width * small**2), nn.Unflatten(1, (2 * width, small, small)),
        nn.BatchNorm2d(2 * width), nn.ReLU(),                                # (B, 2 width, size/4, size/4)
        nn.ConvTranspose2d(2 * width, width, 4, 2, 1), nn.BatchNorm2d(width), nn.ReLU(),
        nn.ConvTranspose2d(width, width // 2, 4, 2, 1), nn.BatchNorm2d(width // 2), nn.ReLU(),
        nn.Conv2d(width // 2, channels, 3, 1, 1), nn.Tanh(),                 # (B, channels, size, size)
    )
    D = nn.Sequential(
        nn.Conv2d(channels, width, 4, 2, 1), leaky(),                        # (B, width, size/2, size/2)
        nn.Conv2d(width, 2 * width, 4, 2, 1), leaky(),                       # (B, 2 width, size/4, size/4)
        nn.Flatten(), nn.Linear(2 * width * small**2, 1), nn.Flatten(0),     # (B,)
    )
    # Convolutions are quicker with channels last in memory; shapes and numbers stay as they are.
    return Generator(G, latent).to(memory_format=torch.channels_last), D.to(memory_format=torch.channels_last)
