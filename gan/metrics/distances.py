"""Distances between two sets of features."""

import torch
from torch import Tensor


def frechet_distance(x: Tensor, y: Tensor) -> float:
    """Fréchet distance between normal distributions fitted to features x (N, F) and y (M, F); 0 if they agree.

    ``|mean_x - mean_y|^2 + trace(C_x + C_y - 2 (C_x C_y)^(1/2))``, in float64. With Inception's features
    this is FID. Heusel et al. 2017 (arXiv:1706.08500), equation 6.
    """
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1] or min(len(x), len(y)) < 2:
        raise ValueError(f"x, y: got shapes {tuple(x.shape)} and {tuple(y.shape)}; "
                         "must be (N, F) and (M, F), two or more samples of the same features")
    x, y = x.double().cpu(), y.double().cpu()
    difference = (x.mean(0) - y.mean(0)).square().sum()
    c_x, c_y = torch.atleast_2d(x.T.cov()), torch.atleast_2d(y.T.cov())
    # The eigenvalues of C_x C_y are real and not negative; the square root's trace is the sum of their roots.
    root = torch.linalg.eigvals(c_x @ c_y).real.clamp(min=0).sqrt().sum()
    return (difference + c_x.trace() + c_y.trace() - 2 * root).item()
