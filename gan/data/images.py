"""Images as float tensors in [-1, 1], (N, C, height, width), with labels: digits, and what any torch Dataset holds."""

from collections.abc import Iterable
from itertools import islice

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from gan.checks import check_counts
from gan.data.pictures import check_size, evenly, pixels, shown


def digits(size: int | tuple[int, int] = 8) -> tuple[Tensor, Tensor]:
    """scikit-learn's 1,797 real handwritten digits: images (1797, 1, size, size), labels (1797,).

    The originals are 8 x 8 with 17 grey levels; another ``size``, or ``(height, width)``, resizes them
    smoothly. Nothing is downloaded. Alpaydin & Kaynak 1998, UCI Optical Recognition of Handwritten Digits
    (its test set).
    """
    from sklearn.datasets import load_digits

    size = check_size(size)
    images, labels = load_digits(return_X_y=True)
    images = torch.tensor(images, dtype=torch.float32).reshape(-1, 1, 8, 8) / 16
    return resized(images, size) * 2 - 1, torch.tensor(labels)


def tensors(dataset, limit: int | None = None, *, progress: bool = False) -> tuple[Tensor, Tensor | None]:
    """All samples of a torch Dataset, (N, ...) float32, and their labels, (N, ...), None where there are none.

    An item is a sample, or a tuple that begins with sample and label. What counts as an image, and becomes
    (C, height, width) in [-1, 1]:

    ==========================================================  =============================================
    a picture (PIL)                                             grey: C = 1, else 3; transparent: on white
    an array (height, width), (height, width, 1 or 3)           uint8: 0 to 255
    a tensor (height, width), (C, height, width)                float: 0 to 1, or -1 to 1 where any is negative
    ==========================================================  =============================================

    Where some are grey and others are not, all get three channels. Samples of other shapes are kept as
    they are. ``limit`` takes so many, evenly from the whole since many a dataset is sorted by label (the
    first, of one that can only be iterated over). ``progress`` shows a bar.

    Raises ``TypeError`` for what is no Dataset and for items that are no numbers, ``ValueError`` for an
    empty one, for samples or labels that differ in shape, and for values that no image has.
    """
    samples, labels = [], []
    for i, item in enumerate(shown(*_items(dataset, limit), progress)):
        sample, *rest = item if isinstance(item, (tuple, list)) else (item,)
        samples.append(_sample(sample, i))
        if rest and rest[0] is not None:
            labels.append(_numbers(rest[0], f"label {i}"))
    if not samples:
        raise ValueError("dataset: is empty; must have at least one item")
    if {len(sample) for sample in samples if sample.ndim == 3} == {1, 3}:
        samples = [sample.expand(3, *sample.shape[1:]) for sample in samples]
    if labels and len(labels) < len(samples):
        raise ValueError(f"dataset: has {len(labels)} labels for {len(samples)} samples; must have all, or none")
    x = _stacked(samples, "sample")
    return scaled(x) if x.ndim == 4 else x.float(), _stacked(labels, "label") if labels else None


def _items(dataset, limit: int | None) -> tuple[Iterable, int | None]:
    """The items that are wanted, and how many there are if that is known."""
    by_index = hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__")
    if isinstance(dataset, (str, dict)) or not (by_index or hasattr(dataset, "__iter__")):
        raise TypeError(f"dataset: got a {type(dataset).__name__}; must be a torch.utils.data.Dataset")
    if not by_index:
        if limit is not None:
            check_counts(limit=limit)
        return islice(dataset, limit), limit
    places = evenly(len(dataset), limit)
    return (dataset[i] for i in places), len(places)


def _sample(sample, i: int) -> Tensor:
    """A sample as it is, an image as (C, height, width)."""
    if hasattr(sample, "getpixel"):                          # a PIL image, known without importing PIL
        return pixels(sample)
    x = _numbers(sample, f"sample {i}")
    if x.ndim == 3 and not isinstance(sample, Tensor) and x.shape[-1] in (1, 3):
        x = x.permute(2, 0, 1)                               # arrays have their channels last, tensors first
    return x[None] if x.ndim == 2 else x


def _numbers(value, name: str) -> Tensor:
    try:
        return torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(f"dataset: {name} is a {type(value).__name__}; must be numbers, or a picture "
                        "as a sample (datasets have a transform that makes them so)") from error


def _stacked(values: list[Tensor], name: str) -> Tensor:
    for i, value in enumerate(values):
        if (value.shape, value.dtype) != (values[0].shape, values[0].dtype):
            raise ValueError(f"dataset: {name} {i} is {value.dtype} {tuple(value.shape)}, but the first is "
                             f"{values[0].dtype} {tuple(values[0].shape)}; must all be alike, as after a transform "
                             "such as torchvision.transforms.Resize((64, 64))")
    return torch.stack(values)


def scaled(x: Tensor) -> Tensor:
    """Images of 0 to 255 (uint8), 0 to 1 or -1 to 1 (floats) as float32 in [-1, 1]."""
    if x.dtype == torch.uint8:
        return x / 127.5 - 1
    low, high = x.min().item(), x.max().item()
    if not x.is_floating_point() or not (-1 <= low <= high <= 1):
        raise ValueError(f"dataset: has images of {x.dtype} from {low:.4g} to {high:.4g}; must be uint8, or floats "
                         "from 0 to 1 or from -1 to 1")
    return x.float() if low < 0 else x.float() * 2 - 1


def resized(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Images in [0, 1], (N, C, height, width), resized smoothly."""
    if images.shape[-2:] == size:
        return images
    return interpolate(images, size, mode="bilinear", antialias=True).clamp(0, 1)      # rounding may leave [0, 1]
