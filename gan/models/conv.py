"""Convolutional networks, for images."""

import torch
from torch import nn

from gan.checks import check_counts
from gan.models.generator import Generator
from gan.models.perceptrons import leaky


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
