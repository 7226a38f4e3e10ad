"""How good are the samples? Measured, never judged by the losses."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from gan.data import GaussianMixture


def fit_classifier(images: Tensor, labels: Tensor, steps: int = 400, seed: int = 0) -> nn.Sequential:
    """A small convolutional classifier of labelled images, (N, C, H, W) with H and W multiples of 4.

    It returns logits, (N, classes); without its last layer, ``classifier[:-1]``, it returns 64 features.
    """
    C, H, W = images.shape[1:]
    with torch.random.fork_rng([images.device] if images.is_cuda else []):
        torch.manual_seed(seed)
        net = nn.Sequential(
            nn.Conv2d(C, 16, 3, 2, 1), nn.ReLU(), nn.BatchNorm2d(16),           # (B, 16, H/2, W/2)
            nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(), nn.BatchNorm2d(32),          # (B, 32, H/4, W/4)
            nn.Flatten(), nn.Linear(32 * (H // 4) * (W // 4), 64), nn.ReLU(),   # (B, 64)
            nn.Linear(64, int(labels.max()) + 1),
        ).to(images.device)
        adam = torch.optim.Adam(net.parameters(), 5e-3)
        for _ in range(steps):
            batch = torch.randint(len(images), (64,), device=images.device)
            loss = cross_entropy(net(images[batch]), labels[batch])
            adam.zero_grad()
            loss.backward()
            adam.step()
    return net.eval().requires_grad_(False)


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


class Modes(NamedTuple):
    """What ``count_modes`` finds, one number for each set of samples."""

    recovered: Tensor       # how many modes have a high-quality sample, 0 ... K
    high_quality: Tensor    # share of samples near a mode, 0 ... 1
    kl: Tensor              # KL of the modes' shares to the true ones, 0 if equal, at most log K if equally likely


def count_modes(samples: Tensor, mixture: GaussianMixture, within: float = 3.0, at_least: int = 1) -> Modes:
    """Modes of ``mixture`` that ``samples``, (..., N, features), reach: results of shape (...).

    A sample is of high quality if it lies ``within`` so many standard deviations of its nearest mode. A mode is
    recovered if ``at_least`` so many high-quality samples have it as their nearest. Both defaults are PacGAN's
    (Lin et al. 2018, section 4.1), who draw N = 2,500 and report these two. ``kl`` is KL(shares || weights) of the
    high-quality samples' nearest modes, infinite where there are none. Raises ``ValueError`` for samples of other
    features than the mixture's.
    """
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
