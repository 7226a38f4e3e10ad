"""Densities that can be written down: torch distributions with a known ``log_prob``, for comparing with the truth."""

import math

import torch
from torch import Tensor
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from gan.checks import check_counts


class GaussianMixture(MixtureSameFamily):
    """Round bells of one width around ``modes``, (K,) in one dimension or (K, features) in more.

    ``std`` is the bells' common standard deviation. ``weights``, (K,) and not negative, need not sum to
    one; by default all are equal. ``modes``, ``std`` and ``weights`` stay readable. Raises ``ValueError``
    for ``std`` <= 0 or weights that do not fit the modes.
    """

    def __init__(self, modes, std: float, weights=None):
        self.modes = torch.as_tensor(modes, dtype=torch.float32)
        if self.modes.ndim not in (1, 2) or len(self.modes) == 0:
            raise ValueError(f"modes: got shape {tuple(self.modes.shape)}; must be (K,) or (K, features), K >= 1")
        if not std > 0:
            raise ValueError(f"std: got {std}; must be greater than 0")
        weights = torch.ones(len(self.modes)) if weights is None else torch.as_tensor(weights, dtype=torch.float32)
        if weights.shape != self.modes.shape[:1] or weights.min() < 0 or weights.sum() <= 0:
            raise ValueError(f"weights: got {weights.tolist()}; must be {len(self.modes)} numbers >= 0, not all 0")
        self.std, self.weights = std, weights / weights.sum()
        bells = Normal(self.modes, std)
        super().__init__(Categorical(self.weights), bells if self.modes.ndim == 1 else Independent(bells, 1))

    def sample(self, sample_shape=(), generator: torch.Generator | None = None) -> Tensor:
        """Samples of shape ``sample_shape + event_shape``, from ``generator`` and on its device if one is given.

        torch's own ``sample`` knows only the global generator, with which looking at samples in the
        middle of a run would change the run.
        """
        if not isinstance(sample_shape, (tuple, list)):
            raise TypeError(f"sample_shape: got {sample_shape!r}; must be a tuple, such as (1000,)")
        device = generator.device if generator else self.modes.device
        modes, weights, shape = self.modes.to(device), self.weights.to(device), torch.Size(sample_shape)
        which = torch.multinomial(weights, shape.numel(), replacement=True, generator=generator)
        centres = modes[which].reshape(shape + self.event_shape)
        return centres + self.std * torch.randn(centres.shape, generator=generator, device=device)


def mixture_1d(modes=(-2.0, 2.0), std: float = 0.5, weights=None) -> GaussianMixture:
    """Bells on a line; a sample has shape ()."""
    return GaussianMixture(modes, std, weights)


def ring(modes: int = 8, radius: float = 1.0, std: float = 0.02) -> GaussianMixture:
    """``modes`` bells evenly on a circle; a sample has shape (2,). No mode is there twice."""
    check_counts(modes=modes)
    angle = torch.arange(modes) * (2 * math.pi / modes)
    return GaussianMixture(radius * torch.stack([angle.cos(), angle.sin()], 1), std)


def grid(side: int = 5, spacing: float = 2.0, std: float = 0.05) -> GaussianMixture:
    """``side`` x ``side`` bells on a square grid around 0; a sample has shape (2,)."""
    check_counts(side=side)
    line = (torch.arange(side) - (side - 1) / 2) * spacing
    return GaussianMixture(torch.cartesian_prod(line, line), std)
