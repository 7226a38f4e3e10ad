"""Measures of one generator alone: the Inception score, and the length of its paths."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan.checks import check_counts
from gan.metrics.features import as_features


class InceptionScore(NamedTuple):
    """What ``inception_score`` finds."""

    mean: float         # over the splits, 1 ... number of classes
    std: float          # between the splits of this one set of samples: it says nothing of other seeds


def inception_score(logits, splits: int = 10, seed: int = 0) -> InceptionScore:
    """``exp(E KL(p(y|x) || p(y)))`` of a classifier's ``logits``, (N, classes), or log-probabilities, for N samples.

    ``p(y)`` is the mean over a split. Samples are shuffled (by ``seed``) and dealt into ``splits``, 10 as published;
    few in a split make the score too low. Natural logarithm. One image of each class, whatever it looks like, scores
    the number of classes. It is an Inception score only with Inception's logits. Raises ``ValueError`` for
    probabilities, other shapes, NaN, and more splits than samples. Salimans et al. 2016 (arXiv:1606.03498), section 4.
    """
    logits, = as_features(1, logits=logits)
    check_counts(splits=splits)
    if splits > len(logits):
        raise ValueError(f"splits: got {splits} for {len(logits)} samples; must be at most as many")
    if logits.min() >= 0 and ((logits.sum(1) - 1).abs() < 1e-3).all():
        raise ValueError("logits: got probabilities, rows of numbers from 0 that sum to 1; must be what the classifier "
                         "gives before softmax, or (p + 1e-12).log()")
    order = torch.randperm(len(logits), generator=torch.Generator().manual_seed(seed)).to(logits.device)
    p_all, scores = logits.softmax(1)[order], []
    for i in range(splits):
        p = p_all[i * len(order) // splits:(i + 1) * len(order) // splits]
        # The mean KL is the entropy of the mean less the mean of the entropies.
        scores.append((torch.special.entr(p.mean(0)).sum() - torch.special.entr(p).sum(1).mean()).exp())
    scores = torch.stack(scores)
    return InceptionScore(scores.mean().item(), scores.std(correction=0).item())


def slerp(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
    """From a to b, (N, F), by turning: at t, (N, 1), a share t of the angle is done, and of the change in length.

    For a G that normalises its noise, as StyleGAN's does, this is its authors' slerp, which gives unit vectors.
    """
    length_a, length_b = a.norm(dim=-1, keepdim=True), b.norm(dim=-1, keepdim=True)
    a, b = a / length_a, b / length_b
    cosine = (a * b).sum(-1, keepdim=True)
    c = b - cosine * a
    sine = c.norm(dim=-1, keepdim=True)
    angle = t * torch.atan2(sine, cosine)                       # acos is off by 1e-8 for small angles
    c = c / sine.clamp(min=torch.finfo(sine.dtype).tiny)
    return (length_a + t * (length_b - length_a)) * (a * angle.cos() + c * angle.sin())


@torch.no_grad()
def path_length(G, features: Callable[[Tensor], Tensor], n: int = 1_000, noise: Callable[..., Tensor] | None = None,
                path: Callable[[Tensor, Tensor, Tensor], Tensor] = slerp, ends: bool = False, epsilon: float = 1e-4,
                trim: float = 0.01, generator: torch.Generator | None = None) -> float:
    """Perceptual path length: how fast ``features(G(z))`` change on the way from one noise to another, squared.

    ``E |f(G(path(a, b, t + epsilon))) - f(G(path(a, b, t)))|^2 / epsilon^2`` over n pairs a, b of G's noise, t even in
    [0, 1): Karras et al. 2019 (arXiv:1812.04948), section 4.1, in their code's words "full". ``ends=True`` puts t at 0,
    "end", as Karras et al. 2020 (arXiv:1912.04958) do. As in both codes, a share ``trim`` of the shortest and as many
    of the longest are left out. Their distance is LPIPS, so lengths compare only on the same features.

    In z, the ``path`` is ``slerp``. In w, it is ``torch.lerp``, G is the synthesis, and ``noise(n, generator)`` is
    ``lambda n, generator: mapping(G.noise(n, generator))``. Both ends of a step see the same random numbers inside G,
    and the networks are in evaluation mode meanwhile. Raises ``ValueError`` for settings out of range.
    """
    check_counts(n=n)
    if not epsilon > 0 or not 0 <= trim < 0.5:
        raise ValueError(f"epsilon, trim: got {epsilon!r} and {trim!r}; must be greater than 0 and in [0, 0.5)")
    noise = noise or G.noise
    lengths, device = [], generator.device if generator else None
    modes = {part: part.training for net in (G, features) if isinstance(net, nn.Module) for part in net.modules()}
    try:
        for part in modes:
            part.training = False
        a, b = noise(n, generator), noise(n, generator)                                     # (n, latent)
        t = torch.rand(n, *[1] * (a.ndim - 1), generator=generator, device=device).cpu().double() * (not ends)
        start, end = (path(a.cpu().double(), b.cpu().double(), s).to(a) for s in (t, t + epsilon))
        for i, (x, y) in enumerate(zip(start.split(100), end.split(100))):
            x, y = (_seeded(lambda: features(G(z)), i, z.device).flatten(1).cpu().double() for z in (x, y))
            lengths.append((y - x).square().sum(1) / epsilon**2)
    finally:
        for part, training in modes.items():
            part.training = training
    left_out = int(trim * (n - 1))
    return torch.cat(lengths).sort().values[left_out:n - left_out].mean().item()


def _seeded(function: Callable[[], Tensor], seed: int, device: torch.device) -> Tensor:
    """What a function gives when the global generator starts from a seed; its state is as before afterwards."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        return function()
