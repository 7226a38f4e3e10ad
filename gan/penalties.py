"""What is added to the discriminator's loss so that it stays smooth. Each gives ``penalty(D, real, fake) -> (B,)``.

A run takes a tuple of them: ``gan.train(..., penalties=(r1(10.0),))``. Shapes are (B, ...) and logits (B,), or
(runs, B, ...) and (runs, B); one number for each logit, averaged by the loop.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from gan.checks import check_counts

Penalty = Callable[..., Tensor]


def squared_slope(D, x: Tensor) -> Tensor:
    """``|grad_x D(x)|^2`` of each sample, (B,): never over the batch. It can be differentiated once more."""
    x = x if x.requires_grad else x.detach().requires_grad_()
    return _squared_slope(D(x), x)


def _squared_slope(logits: Tensor, x: Tensor) -> Tensor:
    gradient, = torch.autograd.grad(logits.sum(), x, create_graph=True)          # (B, ...)
    return gradient.reshape(*logits.shape, -1).square().sum(-1)                  # (B,)


def r1(gamma: float = 10.0) -> Penalty:
    """Zero-centred gradient penalty on real data, ``gamma/2 |grad D(x)|^2``.

    Raises ``ValueError`` for a negative ``gamma``. Mescheder et al. 2018 (arXiv:1801.04406), equation 9.
    """
    _check_not_negative(gamma=gamma)
    return lambda D, real, fake: gamma / 2 * squared_slope(D, real)


def r2(gamma: float = 10.0) -> Penalty:
    """The same on fakes, ``gamma/2 |grad D(G(z))|^2``. Mescheder et al. 2018, equation 10."""
    _check_not_negative(gamma=gamma)
    return lambda D, real, fake: gamma / 2 * squared_slope(D, fake)


def gradient_penalty(weight: float = 10.0, target: float = 1.0) -> Penalty:
    """``weight (|grad D(x)| - target)^2`` at random points between a real sample and a fake.

    The points are drawn from torch's global generator, with one mixing weight for each logit: for each sample, of
    whatever rank, or each pack. Raises ``ValueError`` for a negative ``weight`` or ``target``. Gulrajani et al. 2017
    (arXiv:1704.00028), equation 3: weight 10, target 1, two-sided.
    """
    _check_not_negative(weight=weight, target=target)
    logits_of = {}                                # shape of a batch -> that of its logits, as D has last shown it

    def penalty(D, real: Tensor, fake: Tensor) -> Tensor:
        shape = logits_of.get(real.shape, real.shape[:max(1, real.ndim - (1 if real.ndim < 4 else 3))])
        while True:
            t = torch.rand(shape, device=real.device).to(real)
            x = (real + spread(t, real) * (fake - real)).detach().requires_grad_()
            logits = D(x)
            if logits.shape == shape:
                break
            logits_of[real.shape] = shape = logits.shape
        slope = (_squared_slope(logits, x) + 1e-12).sqrt()                       # the root of 0 has no slope
        return weight * (slope - target).square()

    return penalty


def spread(t: Tensor, x: Tensor) -> Tensor:
    """One number for each logit, (..., B), as one for each sample of ``x``, to be multiplied with it."""
    axes = t.ndim
    t = t.repeat_interleave(max(1, x.shape[axes - 1] // t.shape[-1]), -1)        # a pack's samples are neighbours
    return t.reshape(*x.shape[:axes], *[1] * (x.ndim - axes))


class lazy:
    """A penalty at each ``every``-th call only, from the first on, and then ``every`` times as strong; else None.

    For penalties that cost more than they change from step to step. Its count is part of a run's checkpoint. One of
    ``g_penalties`` may be lazy too. Raises ``ValueError`` for ``every`` < 1, ``TypeError`` for no function. Karras et
    al. 2020 (arXiv:1912.04958), section 3.1.
    """

    def __init__(self, penalty: Penalty, every: int):
        if not callable(penalty):
            raise TypeError(f"penalty: got {penalty!r}; must be a function such as r1(10.0)")
        check_counts(every=every)
        self.penalty, self.every, self.calls = penalty, every, 0

    def __call__(self, *given) -> Tensor | None:
        self.calls += 1
        return self.every * self.penalty(*given) if (self.calls - 1) % self.every == 0 else None

    def state_dict(self) -> dict[str, int]:
        return {"calls": self.calls}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.calls = state["calls"]


def _check_not_negative(**values) -> None:
    for name, value in values.items():
        if not value >= 0:
            raise ValueError(f"{name}: got {value!r}; must not be negative")
