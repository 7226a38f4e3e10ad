"""Real samples: densities that can be written down, and images that cannot."""

from gan.data.densities import GaussianMixture, grid, mixture_1d, ring
from gan.data.images import digits, mnist

__all__ = ["GaussianMixture", "digits", "grid", "mixture_1d", "mnist", "ring"]
