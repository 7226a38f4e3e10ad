"""Distances between two sets of features: 0 where they cannot be told apart."""

import warnings
from typing import NamedTuple

import torch
from torch import Tensor

from gan.checks import check_counts
from gan.metrics.features import as_features

CHUNK = 4_096       # samples looked at in one go, so that 50,000 of 2,048 features fit in memory


def frechet_distance(x, y) -> float:
    """Fréchet distance, squared, between normal distributions fitted to features x (N, F) and y (M, F).

    ``|mean_x - mean_y|^2 + trace(C_x + C_y - 2 (C_x C_y)^(1/2))``, with covariances over N - 1. Exactly 0 for equal
    sets, in any order; what is below 1e-13 of the variances cannot be told from 0 and is 0. For fewer samples it is
    further from 0, by about 1/N, so that only distances of equally many compare. Warns where a set has no more samples
    than features. Raises ``ValueError`` for sets that do not fit and values that are not finite.

    It is FID only with the features of one particular Inception network, and a distance on those features otherwise.
    Heusel et al. 2017 (arXiv:1706.08500), equation 6.
    """
    x, y = as_features(x=x, y=y)
    if min(len(x), len(y)) <= x.shape[1]:
        warnings.warn(f"frechet_distance: {min(len(x), len(y))} samples of {x.shape[1]} features; with no more samples "
                      "than features a covariance has no full rank, and the distance is far too large", stacklevel=2)
    root_x, root_y = _root(x), _root(y)
    variances = root_x.square().sum() + root_y.square().sum()
    # The eigenvalues of C_x C_y are squares of these singular values, so nothing is squared, rounded and rooted.
    overlap = torch.linalg.matrix_norm(root_x @ root_y.T, "nuc")
    distance = (x.mean(0) - y.mean(0)).square().sum() + variances - 2 * overlap
    return distance.item() if distance > 1e-13 * variances else 0.0


def _root(x: Tensor) -> Tensor:
    """R, at most (F, F), with R^T R the covariance of x."""
    mean, root = x.mean(0), x[:0]
    for part in x.split(CHUNK):
        root = torch.linalg.qr(torch.cat([root, part - mean]), mode="r").R
    return root / (len(x) - 1) ** 0.5


class KernelDistance(NamedTuple):
    """What ``kernel_distance`` finds."""

    mean: float         # over the blocks; unbiased, so it is below 0 about as often as above for equal distributions
    error: float        # standard error of this mean; nan for a single block


def kernel_distance(x, y, blocks: int = 10, seed: int = 0) -> KernelDistance:
    """Squared maximum mean discrepancy of features x (N, F) and y (M, F) with the kernel ``(x·y / F + 1)^3``.

    The unbiased estimate: no sample is compared with itself, and any number of samples has the right mean. Both sets
    are shuffled (by ``seed``) and dealt into so many ``blocks``; each sample is in one, so the blocks' spread tells
    the error. With ``blocks=1`` all pairs count. Published is the mean of 50 or 100 random subsets of 1,000, which has
    the same expectation, and their standard deviation, which is no error of that mean.

    It is KID only with Inception's features. Raises ``ValueError`` for sets that do not fit, values that are not
    finite and fewer than two samples in a block. Bińkowski et al. 2018 (arXiv:1801.01401).
    """
    x, y = as_features(x=x, y=y)
    check_counts(blocks=blocks)
    if min(len(x), len(y)) < 2 * blocks:
        raise ValueError(f"blocks: got {blocks} for {len(x)} and {len(y)} samples; must leave two or more in each")
    generator = torch.Generator().manual_seed(seed)
    parts = (z[torch.randperm(len(z), generator=generator).to(z.device)].tensor_split(blocks) for z in (x, y))
    found = torch.tensor([_squared_discrepancy(a, b) for a, b in zip(*parts)], dtype=torch.float64)
    return KernelDistance(found.mean().item(), found.std().item() / blocks**0.5 if blocks > 1 else float("nan"))


def _squared_discrepancy(x: Tensor, y: Tensor) -> float:
    def total(a: Tensor, b: Tensor) -> Tensor:
        return sum(((part @ b.T / a.shape[1] + 1) ** 3).sum() for part in a.split(CHUNK))

    def others(a: Tensor) -> Tensor:
        """Mean over pairs of two different samples."""
        itself = ((a.square().sum(1) / a.shape[1] + 1) ** 3).sum()
        return (total(a, a) - itself) / (len(a) * (len(a) - 1))

    return (others(x) + others(y) - 2 * total(x, y) / (len(x) * len(y))).item()
