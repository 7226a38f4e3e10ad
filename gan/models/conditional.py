"""Networks that are told y: a label, or what the sample has. Mirza & Osindero 2014 (arXiv:1411.1784).

y is whole numbers, (...), which are told as one-hot vectors, or already numbers, (..., told), such as one for each
attribute. An ensemble is told as well: ``G.net = Concat(G.net, 10)`` after ``gan.ensemble.stack``.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from gan.checks import check_counts
from gan.models.generator import Generator
from gan.models.perceptrons import leaky


class Concat(nn.Module):
    """``layers(cat([x, y]))``: y beside the features of x, (..., F), or as planes beside an image's channels.

    ``told`` is in how many numbers y is told. Raises ``ValueError`` for a y that has others.
    """

    def __init__(self, layers: nn.Module, told: int):
        super().__init__()
        check_counts(told=told)
        self.layers, self.told = layers, told

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        y = numbers_told(y, self.told).to(x)                              # (..., told)
        if x.ndim == y.ndim + 2:                                          # images, (..., C, H, W)
            y = y[..., None, None].expand(*y.shape, *x.shape[-2:])
            return self.layers(torch.cat([x, y], -3))
        return self.layers(torch.cat([x, y], -1))


class Projection(nn.Module):
    """D's logit is ``layers(x)``'s first number plus the product of the others with y: psi(x) + <e_y, phi(x)>.

    ``layers`` ends in a linear layer with 1 + ``told`` outputs, whose rows are psi and the e_y, so that a one-hot y
    picks a row. Raises ``ValueError`` where there are not as many. Miyato & Koyama 2018 (arXiv:1802.05637).
    """

    def __init__(self, layers: nn.Module, told: int):
        super().__init__()
        check_counts(told=told)
        self.layers, self.told = layers, told

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        out = self.layers(x)
        if out.shape[-1] != 1 + self.told:
            raise ValueError(f"layers: give {out.shape[-1]} numbers for each sample; must give 1 + {self.told}: one "
                             "for real or fake, and one for each number that y is told in")
        return out[..., 0] + (out[..., 1:] * numbers_told(y, self.told).to(out)).sum(-1)


def numbers_told(y: Tensor, told: int) -> Tensor:
    """y as (..., told): whole numbers from 0 become one-hot vectors, other numbers stay as they are."""
    if not y.is_floating_point():
        if y.numel() and not 0 <= y.min() <= y.max() < told:
            raise ValueError(f"y: got whole numbers from {y.min()} to {y.max()}; must be 0 to {told - 1}, labels of "
                             f"{told} classes, or numbers that are not whole: `y.float()`, (..., {told})")
        return one_hot(y.long(), told).float()
    if y.shape[-1:] != (told,):
        raise ValueError(f"y: got shape {tuple(y.shape)}; must be (..., {told}), as many numbers as are told")
    return y


def conditional_pair(size: int = 32, channels: int = 3, told: int = 2, latent: int = 48,
                     width: int = 64) -> tuple[Generator, nn.Module]:
    """A convolutional pair for images (B, channels, size, size) in [-1, 1] that is told y: G(z, y) and D(x, y).

    G has y beside z, D projects on it. Both have ``width`` channels at 4 x 4 and half as many at each doubling. There
    is no batch norm in D, so that it judges each sample by itself. Raises ``ValueError`` unless ``size`` is a power
    of 2 from 8 on.
    """
    check_counts(size=size, channels=channels, told=told, latent=latent, width=width)
    halvings = size.bit_length() - 3                                          # from size to 4
    if size != 4 * 2**halvings or halvings < 1 or width % 2 ** (halvings - 1):
        raise ValueError(f"size, width: got {size}, {width}; must be a power of 2 from 8 on, and a multiple of "
                         "size / 8")
    widths = [width // 2**i for i in range(halvings)]                        # at 4, 8, ..., size / 2
    G = [nn.Linear(latent + told, 16 * width), nn.Unflatten(1, (width, 4, 4)), nn.BatchNorm2d(width), nn.ReLU()]
    for one, other in zip(widths, widths[1:]):
        G += [nn.ConvTranspose2d(one, other, 4, 2, 1), nn.BatchNorm2d(other), nn.ReLU()]
    G += [nn.ConvTranspose2d(widths[-1], channels, 4, 2, 1), nn.Tanh()]     # (B, channels, size, size)
    D = [nn.Conv2d(channels, widths[-1], 4, 2, 1), leaky()]
    for one, other in zip(widths[::-1], widths[-2::-1]):
        D += [nn.Conv2d(one, other, 4, 2, 1), leaky()]
    D += [nn.Conv2d(width, 1 + told, 4), nn.Flatten()]                       # (B, 1 + told)
    # Convolutions are quicker with channels last in memory; shapes and numbers stay as they are.
    G, D = (nn.Sequential(*layers).to(memory_format=torch.channels_last) for layers in (G, D))
    return Generator(Concat(G, told), latent), Projection(D, told)
