"""Images as float tensors in [-1, 1], (N, C, H, W), with labels (N,)."""

import shutil
import tempfile
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from gan.checks import check_counts


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
