"""Layers that torch does not have. Each takes (..., B, features), an ensemble's (runs, B, features) too."""

import torch
from torch import Tensor, nn

from gan.checks import check_counts


class Pack(nn.Module):
    """``pack`` samples as one: (..., B, features) -> (..., B/pack, pack · features). The first layer of a PacGAN's D.

    D then judges a pack together, and a pack of equal fakes gives itself away. Raises ``ValueError`` for a batch
    that cannot be split into packs. Lin et al. 2018 (arXiv:1712.04086).
    """

    def __init__(self, pack: int):
        super().__init__()
        check_counts(pack=pack)
        self.pack = pack

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-2] % self.pack:
            raise ValueError(f"x: got {x.shape[-2]} samples; must be a multiple of {self.pack}, a pack's size")
        return x.reshape(*x.shape[:-2], -1, self.pack * x.shape[-1])

    def extra_repr(self) -> str:
        return f"{self.pack}"


class MinibatchStd(nn.Module):
    """Append how far the batch spreads, one number, to each sample: (..., B, features) -> (..., B, features + 1).

    The standard deviation over the batch (dividing by B), averaged over features. Karras et al. 2018
    (arXiv:1710.10196), section 3, with the whole batch as one group.
    """

    def forward(self, x: Tensor) -> Tensor:
        spread = (x.var(-2, correction=0) + 1e-8).sqrt().mean(-1)                # (...): the root of 0 has no slope
        return torch.cat([x, spread[..., None, None].expand(*x.shape[:-1], 1)], -1)


class Maxout(nn.Module):
    """The largest of each ``pieces`` neighbouring features: (..., B, pieces · F) -> (..., B, F).

    Goodfellow et al. 2013 (arXiv:1302.4389).
    """

    def __init__(self, pieces: int):
        super().__init__()
        check_counts(pieces=pieces)
        self.pieces = pieces

    def forward(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (-1, self.pieces)).amax(-1)

    def extra_repr(self) -> str:
        return f"{self.pieces}"
