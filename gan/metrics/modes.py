"""Which modes of a known density do the samples reach?"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from gan.data import GaussianMixture


class Modes(NamedTuple):
    """What ``count_modes`` finds, one number for each set of samples."""

    recovered: Tensor       # how many modes have a high-quality sample, 0 ... K
    high_quality: Tensor    # share of samples near a mode, 0 ... 1
    kl: Tensor              # KL of the modes' shares to the true ones, 0 if equal, at most log K if equally likely


def count_modes(samples: Tensor, mixture: GaussianMixture, within: float = 3.0, at_least: int = 1) -> Modes:
    """Modes of ``mixture`` that ``samples``, (..., N, features), reach: results of shape (...).

    A sample is of high quality if it lies ``within`` so many standard deviations of its nearest mode. A mode is
    recovered if ``at_least`` so many high-quality samples have it as their nearest. Both defaults are VEEGAN's
    (Srivastava et al. 2017), who draw N = 2,500 and report these two, as PacGAN does after them. ``kl`` is
    KL(shares || weights) of the high-quality samples' nearest modes, infinite where there are none. Raises
    ``ValueError`` for samples of other features than the mixture's.
    """
    if mixture.modes.ndim == 1:
        raise ValueError("mixture: lies on a line without an axis of features; must have one: "
                         "`GaussianMixture([[-2.0], [2.0]], std=0.5)` for `mixture_1d()`")
    if samples.ndim < 2 or samples.shape[-1:] != mixture.modes.shape[1:]:
        raise ValueError(f"samples: got shape {tuple(samples.shape)}; must be (..., N, {mixture.modes.shape[-1]})")
    modes, weights = mixture.modes.to(samples), mixture.weights.to(samples)
    # By differences: the quicker way, by products, is off by 1e-4 and can give a sample to the wrong side of the bound.
    distance, nearest = torch.cdist(samples, modes, compute_mode="donot_use_mm_for_euclid_dist").min(-1)     # (..., N)
    good = distance < within * mixture.std
    counts = (one_hot(nearest, len(modes)) * good[..., None]).sum(-2)             # (..., K)
    shares = counts / counts.sum(-1, keepdim=True)
    kl = torch.xlogy(shares, shares / weights).sum(-1).nan_to_num(nan=torch.inf)
    return Modes((counts >= at_least).sum(-1), good.float().mean(-1), kl)
