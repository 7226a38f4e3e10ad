"""Measures that ask who is near to whom: precision and recall, density and coverage, memorisation."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from gan.checks import check_counts
from gan.metrics.features import as_features

CELLS = 2**24       # distances held at a time (128 MB), so that 50,000 samples of 2,048 features fit in memory
WIDE = 256          # features from which on distances are found by products


class PrecisionRecall(NamedTuple):
    """What ``precision_recall`` finds, 0 ... 1."""

    precision: float    # share of fakes inside the reals' manifold: how good they are
    recall: float       # share of reals inside the fakes' manifold: how much of the data is reached


def precision_recall(real, fake, k: int = 3) -> PrecisionRecall:
    """Improved precision and recall of features ``real``, (N, F), and ``fake``, (M, F).

    A set's manifold is the union of balls around its samples, each reaching to (and including) its k-th nearest
    neighbour in the set, itself not counted. Equal distributions have less than 1; both depend on N and M, so only
    equally many compare. One outlier, with its large ball, can lift either. Raises ``ValueError`` for sets that do not
    fit, values that are not finite, and no more than k samples.
    Kynkäänniemi et al. 2019 (arXiv:1904.06991), equations 1 and 2, whose k is 3.
    """
    check_counts(k=k)
    real, fake = as_features(k + 1, real=real, fake=fake)

    def inside(points: Tensor, of: Tensor) -> float:
        radii = _radii(of, k)
        return torch.cat([(d <= radii).any(1) for d in _distances(points, of)]).double().mean().item()

    return PrecisionRecall(inside(fake, of=real), inside(real, of=fake))


class DensityCoverage(NamedTuple):
    """What ``density_coverage`` finds."""

    density: float      # in how many reals' balls a fake lies, over k; about 1 for equal distributions, may be above
    coverage: float     # share of reals with a fake in their ball, 0 ... 1


def density_coverage(real, fake, k: int = 5) -> DensityCoverage:
    """Density and coverage of features ``real``, (N, F), and ``fake``, (M, F).

    Balls are around reals only, each reaching to its k-th nearest real neighbour, itself not counted. Unlike
    precision's they exclude their rim, so that a set has a density of 1 and a coverage of 1 with itself. For equal
    distributions and N = M, a density of 1 is expected, and a coverage of ``1 - (N-1)...(N-k) / ((2N-1)...(2N-k))``,
    about ``1 - 2^-k``. Raises as ``precision_recall`` does.
    Naeem et al. 2020 (arXiv:2002.09797), section 3, whose k is 5.
    """
    check_counts(k=k)
    real, fake = as_features(k + 1, real=real, fake=fake)
    radii = _radii(real, k)                                                     # (N,)
    inside, nearest = 0, torch.full_like(radii, torch.inf)
    for d in _distances(fake, real):                                            # (rows, N)
        inside += (d < radii).sum().item()
        nearest = nearest.minimum(d.amin(0))
    return DensityCoverage(inside / (k * len(fake)), (nearest < radii).double().mean().item())


class Nearest(NamedTuple):
    """What ``nearest`` finds."""

    index: Tensor       # (N,) which training sample is nearest to each fake
    distance: Tensor    # (N,) how far it is, 0 for a copy
    reference: Tensor   # (K,) how far each held-out sample has it to the training set
    closer: float       # how often a fake is nearer to the training set than a held-out sample is, 0 ... 1


def nearest(fake, train, held_out) -> Nearest:
    """The nearest training sample to each fake, and whether fakes are nearer than new reals are: memorisation.

    Features: ``fake`` (N, F), ``train`` (M, F), and ``held_out`` (K, F) of reals that G was not trained on, which say
    how near to the training set a new sample lies. ``closer`` counts pairs of a fake and a held-out sample, ties half:
    about 0.5 for new samples of the data's distribution, 1 for copies, below 0.5 for fakes that lie off the data.
    Raises ``ValueError`` for sets that do not fit and values that are not finite. It is the U statistic of the global
    test for data-copying by Meehan et al. 2020 (arXiv:2004.05675), section 3.
    """
    fake, train, held_out = as_features(1, fake=fake, train=train, held_out=held_out)
    (index, distance), (_, reference) = _nearest(fake, train), _nearest(held_out, train)
    ordered = reference.sort().values
    further, not_nearer = (len(ordered) - torch.searchsorted(ordered, distance, right=right) for right in (True, False))
    return Nearest(index, distance, reference, ((further + not_nearer).double().mean() / (2 * len(ordered))).item())


def _nearest(points: Tensor, of: Tensor) -> tuple[Tensor, Tensor]:
    index = torch.cat([d.argmin(1) for d in _distances(points, of)])
    return index, (points - of[index]).norm(dim=1)                              # by differences: 0 for a copy


def _radii(x: Tensor, k: int) -> Tensor:
    """Distance of each sample to its k-th nearest neighbour, (N,). The nearest of all is the sample itself."""
    return torch.cat([d.topk(k + 1, largest=False).values[:, -1] for d in _distances(x, x)])


def _distances(x: Tensor, y: Tensor) -> Iterator[Tensor]:
    """Distances of some rows of x at a time to all of y, (rows, M)."""
    wide = x.shape[1] >= WIDE
    if wide:                                # ten times as fast; off by 1e-8 of how far the samples lie from the middle
        centre = y.mean(0)
        x, y = x - centre, y - centre
        squares = y.square().sum(1)
    for part in x.split(max(1, CELLS // len(y))):
        if wide:
            squared = (part.square().sum(1, keepdim=True) + squares).addmm_(part, y.T, alpha=-2)
            yield squared.clamp_(min=0).sqrt_()
        else:
            yield torch.cdist(part, y, compute_mode="donot_use_mm_for_euclid_dist")
