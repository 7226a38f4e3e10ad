"""What copies of a network tell about it: its bounds, and what it does with other weights. Nothing here raises."""

from collections.abc import Iterator, Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn


def copy_of(name: str, network: nn.Module) -> nn.Module:
    """A deep copy. Tensors with a graph, which legacy spectral_norm keeps and torch does not copy, lose that."""
    memo = {}

    def look_at(value) -> None:
        if isinstance(value, Tensor) and not value.is_leaf:
            memo[id(value)] = value.detach().clone()
        elif isinstance(value, (dict, list, tuple, set)):
            for part in value.values() if isinstance(value, dict) else value:
                look_at(part)

    for module in network.modules():
        look_at(vars(module))
    try:
        return deepcopy(network, memo)
    except (TypeError, RuntimeError) as error:
        raise TypeError(f"{name}: holds something that cannot be copied ({error}); must be a network that deepcopy can "
                        "copy, so keep files, generators and locks elsewhere") from error


def redrawn(network: nn.Module, scale: float, seed: int) -> nn.Module:
    """A copy with random weights, ``scale`` times as large as the network's own."""
    copied, random = copy_of("", network), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in copied.parameters():
            if weight.is_floating_point():
                drawn = torch.randn(weight.shape, generator=random, dtype=torch.float64).to(weight)
                weight.copy_(scale * weight.abs().mean().clamp(min=0.02) * drawn)
    return copied


def outputs(network: nn.Module, given: Sequence[Tensor], draws: int, scales: Sequence[float]) -> Iterator[Tensor]:
    """What the network makes of (x, *y) with large random weights; it ends where it cannot be asked."""
    x, *y = given
    try:
        for scale in scales:
            for seed in range(draws):
                with torch.no_grad():
                    out = redrawn(network, scale, seed)(x.clone(), *y)
                yield out
    except Exception:
        return


def stays_within(network: nn.Module, given: Sequence[Tensor], low: float, high: float) -> bool:
    """Whether all that it gives lies in this range, whatever its weights are."""
    asked = 0
    for out in outputs(network, given, 10, (1e1, 1e3, 1e5)):
        if out_of(out, low, high):
            return False
        asked += not out.isnan().all()
    return asked >= 10


def out_of(x: Tensor, low: float, high: float) -> bool:
    return bool(((x < low - 1e-4) | (x > high + 1e-4)).any())          # NaN, where an exponential overflows, is neither


def bounds(G: nn.Module, given: Sequence[Tensor]) -> tuple[float, float]:
    """The range that G keeps to whatever its weights are: (-1, 1) with a Tanh at its end, infinite without a bound."""
    sides = [[x.flatten() for x in outputs(G, given, 3, (scale,))] for scale in (1e1, 1e2)]
    if not all(sides):
        return -torch.inf, torch.inf
    small, large = map(torch.cat, sides)
    found = []
    for a, b in ((small.min(), large.min()), (small.max(), large.max())):
        near = 1e-2 * b.abs().clamp(min=1)
        # A layer that saturates gives its bound again and again; the largest of other values is there once.
        share = min(((x - b).abs() < near).float().mean() for x in (small, large))
        found.append(b.item() if share > 0.1 and (a - b).abs() < near else None)       # NaN compares as False
    low, high = found
    return -torch.inf if low is None else low, torch.inf if high is None else high


def passes_gradient(network: nn.Module, given: Sequence[Tensor]) -> bool:
    """Whether its input, with random weights at the least, gets a gradient that is not 0. True where it cannot tell."""
    for seed in range(5):
        x = given[0].detach().clone().requires_grad_()
        try:
            out = redrawn(network, 3.0, seed)(x.clone(), *given[1:])
            gradient, = torch.autograd.grad(out.sum(), x, allow_unused=True, materialize_grads=True)
        except Exception:
            return True
        if gradient.count_nonzero() or gradient.isnan().any():
            return True
    return False
