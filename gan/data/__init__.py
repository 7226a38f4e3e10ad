"""Real samples: densities that can be written down, images that cannot, and faces that are drawn."""

from gan.data.densities import GaussianMixture, grid, mixture_1d, ring
from gan.data.downloads import celeba, cifar10, fashion_mnist, mnist
from gan.data.images import digits, tensors
from gan.data.pictures import folder
from gan.data.portraits import faces

__all__ = ["GaussianMixture", "celeba", "cifar10", "digits", "faces", "fashion_mnist", "folder", "grid", "mixture_1d",
           "mnist", "ring", "tensors"]
