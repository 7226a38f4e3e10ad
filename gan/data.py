"""Real samples: densities that can be written down, and images that cannot.

Densities are torch distributions with a known ``log_prob``, so that a model can be checked against the
truth. Images come as float tensors in [-1, 1], (N, C, H, W), with labels (N,).
"""

import math
import shutil
import tempfile
from pathlib import Path

import torch
from torch import Tensor
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal
from torch.nn.functional import interpolate

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


def digits(size: int = 8) -> tuple[Tensor, Tensor]:
    """scikit-learn's 1,797 real handwritten digits: images (1797, 1, size, size), labels (1797,).

    The originals are 8 x 8 with 17 grey levels; another ``size`` resizes them smoothly. Nothing is
    downloaded. Alpaydin & Kaynak 1998, UCI Optical Recognition of Handwritten Digits (its test set).
    """
    from sklearn.datasets import load_digits

    check_counts(size=size)
    images, labels = load_digits(return_X_y=True)
    images = torch.tensor(images, dtype=torch.float32).reshape(-1, 1, 8, 8) / 16
    return _to_images(images, size), torch.tensor(labels)


def mnist(root: str | Path, *, size: int = 32, train: bool = True, download: bool = False) -> tuple[Tensor, Tensor]:
    """MNIST's 60,000 handwritten digits (10,000 with ``train=False``): images (N, 1, size, size), labels (N,).

    ``root`` is the folder that holds (or with ``download`` will hold) ``MNIST/raw``, as torchvision has
    it. Raises ``FileNotFoundError`` where the data are missing, ``ConnectionError`` where they cannot
    be downloaded, ``ValueError`` where the files are not MNIST. A download that fails leaves nothing behind.
    """
    from torchvision.datasets import MNIST

    check_counts(size=size)
    root = Path(root)
    raw = root / "MNIST" / "raw"
    names = [f"{part}-{kind}" for part in ("train", "t10k") for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")]
    missing = [name for name in names if not (raw / name).is_file()]
    if missing and not download:
        raise FileNotFoundError(
            f"root: {root} has no {missing[0]} in MNIST/raw; "
            "must be a folder with MNIST's four files, or say download=True"
        )
    if missing:
        _download_mnist(root)
    try:
        data = MNIST(root, train=train, download=False)
        images, labels = data.data, data.targets
        fits = images.shape[1:] == (28, 28) and labels.shape == images.shape[:1] and labels.max() <= 9
    except Exception as error:                   # torchvision reports a damaged file in many ways
        raise ValueError(_not_mnist(raw, repr(error))) from error
    if not fits:
        raise ValueError(_not_mnist(raw, f"images {tuple(images.shape)}, labels {tuple(labels.shape)}"))
    return _to_images(images[:, None] / 255, size), labels


def _not_mnist(raw: Path, why: object) -> str:
    return f"root: the files in {raw} are damaged or not MNIST ({why}); must be MNIST's four files, unpacked"


def _download_mnist(root: Path) -> None:
    """Download beside the final place and move it there when it is whole."""
    from torchvision.datasets import MNIST

    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".mnist-") as half:
        try:
            MNIST(half, download=True)
        except Exception as error:               # urllib, ssl and torchvision each have their own
            raise ConnectionError(f"download: MNIST could not be fetched into {root} ({error}); "
                                  "must have a connection, or put the files there and say download=False") from error
        shutil.copytree(Path(half, "MNIST"), root / "MNIST", dirs_exist_ok=True, copy_function=shutil.move)


def _to_images(unit: Tensor, size: int) -> Tensor:
    """Images in [0, 1] to ``size`` x ``size`` images in [-1, 1]."""
    if unit.shape[-1] != size:
        unit = interpolate(unit, (size, size), mode="bilinear", antialias=True)
    return unit * 2 - 1
