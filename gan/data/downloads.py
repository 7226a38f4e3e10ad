"""Data sets that everybody compares with, as torchvision stores and downloads them."""

import shutil
import tempfile
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from gan.checks import check_counts
from gan.data.images import resized, tensors
from gan.data.pictures import check_size, fit

IDX = [f"{part}-{kind}" for part in ("train", "t10k") for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")]
FILES = {                                           # torchvision's name: folder, what must be in it, shape of an image
    "MNIST": ("MNIST/raw", IDX, (28, 28)),
    "FashionMNIST": ("FashionMNIST/raw", IDX, (28, 28)),
    "CIFAR10": ("cifar-10-batches-py", [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta"],
                (32, 32, 3)),
    "CelebA": ("celeba", [*(f"list_{part}.txt" for part in ("attr_celeba", "bbox_celeba", "landmarks_align_celeba",
                                                             "eval_partition")), "identity_CelebA.txt",
                          "img_align_celeba"], None),
}


def mnist(root: str | Path, *, size: int | tuple[int, int] = 32, train: bool = True, download: bool = False,
          ) -> tuple[Tensor, Tensor]:
    """MNIST's 60,000 handwritten digits (10,000 with ``train=False``): images (N, 1, size, size), labels (N,).

    ``root`` is the folder that holds (or with ``download`` will hold) ``MNIST/raw``, as torchvision has
    it. ``size`` may be ``(height, width)``; the originals are 28 x 28. Raises ``FileNotFoundError`` where the
    data are missing, ``ConnectionError`` where they cannot be downloaded, ``ValueError`` where the files are
    not MNIST. A download that fails leaves nothing behind. LeCun et al. 1998.
    """
    return _read("MNIST", root, size, train, download)


def fashion_mnist(root: str | Path, *, size: int | tuple[int, int] = 32, train: bool = True, download: bool = False,
                  ) -> tuple[Tensor, Tensor]:
    """As ``mnist``, but ten kinds of clothes, in ``FashionMNIST/raw``. Xiao, Rasul & Vollgraf 2017."""
    return _read("FashionMNIST", root, size, train, download)


def cifar10(root: str | Path, *, size: int | tuple[int, int] = 32, train: bool = True, download: bool = False,
            ) -> tuple[Tensor, Tensor]:
    """As ``mnist``, but 50,000 (10,000) small photographs of ten kinds, (N, 3, size, size), in ``cifar-10-batches-py``.

    Krizhevsky 2009.
    """
    return _read("CIFAR10", root, size, train, download)


def celeba(root: str | Path, *, size: int | tuple[int, int] = 64, train: bool = True, download: bool = False,
           limit: int | None = None, progress: bool = False) -> tuple[Tensor, Tensor]:
    """CelebA's 162,770 faces (19,962 with ``train=False``): images (N, 3, size, size), attributes (N, 40) of 0 and 1.

    As ``mnist``, in ``celeba``. The aligned pictures, 178 x 218, are cut to their middle (178 x 178 for a square) and
    resized. All at 64 x 64 are 8 GB: ``limit`` takes so many, evenly from all; ``progress`` shows a bar. A
    download needs the package gdown. Liu et al. 2015; for research alone.
    """
    return _read("CelebA", root, size, train, download, limit, progress)


def _read(name: str, root: str | Path, size, train: bool, download: bool, limit=None, progress=False):
    from torchvision import datasets

    check_counts(limit=1 if limit is None else limit)
    size, root, kind = check_size(size), Path(root), getattr(datasets, name)
    place, files, shape = FILES[name]
    missing = [file for file in files if not (root / place / file).exists()]
    if missing and not download:
        raise FileNotFoundError(
            f"root: {root} has no {missing[0]} in {place}; must be a folder with {name}'s {len(files)} files "
            "as torchvision has them, or say download=True")
    if missing:
        _download(kind, root)
    try:
        if shape is None:
            data = kind(root, split="train" if train else "test", transform=partial(fit, size=size))
            return tensors(data, limit, progress=progress)
        data = kind(root, train=train)
        images, labels = torch.as_tensor(data.data), torch.as_tensor(data.targets)
        if images.shape[1:] != shape or labels.shape != images.shape[:1] or labels.max() > 9:
            raise ValueError(f"images {tuple(images.shape)}, labels {tuple(labels.shape)}")
    except Exception as error:                   # torchvision reports a damaged file in many ways
        raise ValueError(f"root: the files in {root / place} are damaged or not {name} ({error!r}); must be {name}'s "
                         "files, unpacked") from error
    images = images[:, None] if images.ndim == 3 else images.permute(0, 3, 1, 2)
    return resized(images / 255, size) * 2 - 1, labels


def _download(kind, root: Path) -> None:
    """Download beside the final place and move it there when it is whole."""
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".download-") as half:
        try:
            kind(half, download=True)
        except Exception as error:               # urllib, ssl and torchvision each have their own
            raise ConnectionError(f"download: {kind.__name__} could not be fetched into {root} ({error}); "
                                  "must have a connection, or put the files there and say download=False") from error
        shutil.copytree(half, root, dirs_exist_ok=True, copy_function=shutil.move)
