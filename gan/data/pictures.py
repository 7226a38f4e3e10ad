"""Pictures as tensors: one that is open in PIL, or a folder of one's own."""

import os
import warnings
from collections.abc import Iterable, Iterator
from numbers import Integral
from pathlib import Path

import torch
from torch import Tensor

from gan.checks import check_counts

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM")


def folder(path: str | Path, size: int | tuple[int, int], *, limit: int | None = None, strict: bool = False,
           progress: bool = False) -> tuple[Tensor, Tensor | None]:
    """A folder's pictures, whatever their size and kind: images (N, 3, height, width) in [-1, 1], labels (N,) or None.

    Sub-folders, in the order of their names, are the labels 0, 1, …, and all pictures below one are its own, as
    in torchvision's ImageFolder; without sub-folders the labels are None. A picture is turned upright as its
    EXIF data say, cut to the middle that has the shape of ``size``, a number or ``(height, width)``, and
    resized with PIL's Lanczos filter (StyleGAN2-ADA's dataset_tool.py). Grey ones get three channels,
    transparent parts become white, 16 bits become 8, of animations the first frame is taken.

    What a file is tells its content, not its name: JPEG, PNG, WebP, GIF, BMP, TIFF or PPM. Hidden files are
    passed over. Broken ones, and what is no picture, are skipped, and one warning says how many and why; with
    ``strict`` the first is an error. ``limit`` takes so many files, evenly from all. ``progress`` shows a bar.

    Raises ``FileNotFoundError`` where there is no such folder or no file in it, ``NotADirectoryError`` for a
    file, ``ValueError`` for pictures beside sub-folders with files, and where no picture can be read.
    """
    size = check_size(size)
    root = Path(path)
    files = _files(root)
    kinds = {kind: i for i, kind in enumerate(sorted({file.parts[0] for file in files if len(file.parts) > 1}))}
    files = [files[i] for i in evenly(len(files), limit)]
    pictures, labels, skipped = [], [], []
    for file in shown(files, len(files), progress):
        try:
            picture = _read(root / file, size)
        except Exception as error:                           # PIL reports a broken file in many ways
            skipped.append(f"{file.as_posix()} ({_why(error)})")
            if strict:
                raise ValueError(f"path: {root} holds {skipped[0]}; must hold whole pictures alone, or say "
                                 "strict=False to skip the others") from error
            continue
        if kinds and len(file.parts) == 1:
            raise ValueError(f"path: {root} holds {file} beside the folder {min(kinds)}; must have all pictures in "
                             "sub-folders, which are their labels, or no sub-folders")
        pictures.append(picture)
        labels.append(kinds.get(file.parts[0]))
    some = ", ".join(skipped[:3]) + (", …" if len(skipped) > 3 else "")
    if not pictures:
        raise ValueError(f"path: none of {len(files)} files in {root} could be read: {some}; must be pictures")
    if skipped:
        warnings.warn(f"gan.data.folder: read {len(pictures)} of {len(files)} files in {root}, skipped {len(skipped)}: "
                      f"{some}", stacklevel=2)
    return torch.stack(pictures) / 127.5 - 1, torch.tensor(labels) if kinds else None


def _files(root: Path) -> list[Path]:
    """All files below a folder that are not hidden, seen from there, those of the folder itself first."""
    if not root.exists():
        raise FileNotFoundError(f"path: there is no {root}; must be a folder of pictures")
    if not root.is_dir():
        raise NotADirectoryError(f"path: {root} is a file; must be a folder of pictures")
    found = [file.relative_to(root) for file in root.rglob("*") if file.is_file() or file.is_symlink()]
    files = sorted((file for file in found if not any(part.startswith(".") for part in file.parts)),
                   key=lambda file: (len(file.parts) > 1, file.parts))
    if not files:
        raise FileNotFoundError(f"path: {root} has no files; must be a folder of pictures, or of folders of them")
    return files


def _read(file: Path, size: tuple[int, int]) -> Tensor:
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")                      # a strange file that can be read is good enough
        with Image.open(file, formats=FORMATS) as image:
            image.draft(None, [2 * max(size)] * 2)       # a large JPEG is decoded at a fraction of its size
            return pixels(fit(plain(ImageOps.exif_transpose(image)), size).convert("RGB"))


def _why(error: Exception) -> str:
    from PIL import UnidentifiedImageError

    return "no picture" if isinstance(error, UnidentifiedImageError) else str(error) or type(error).__name__


def plain(image):
    """A PIL image as grey (L) or coloured (RGB) with 8 bits, transparent parts white."""
    from PIL import Image

    if image.mode == "F":
        raise ValueError("floats, of which nobody knows what is white")
    if image.mode.startswith("I"):                           # 16 bits, of which PIL would cut off all above 255
        return image.convert("I").point(lambda value: value / 257 + 0.5).convert("L")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def fit(image, size: tuple[int, int]):
    """A PIL image's middle with the shape of ``(height, width)``, resized to it."""
    from PIL import Image, ImageOps

    return ImageOps.fit(image, size[::-1], Image.Resampling.LANCZOS)


def pixels(image) -> Tensor:
    """A PIL image as uint8 (1 or 3, height, width)."""
    import numpy as np

    x = torch.from_numpy(np.array(plain(image)))
    return x[None] if x.ndim == 2 else x.permute(2, 0, 1)


# What the functions of this room share --------------------------------------------------------------------------------

def check_size(size) -> tuple[int, int]:
    """Height and width from a whole number or two; raise ``ValueError`` for anything else."""
    both = tuple(size) if isinstance(size, (tuple, list)) else (size, size)
    if len(both) != 2 or any(isinstance(s, bool) or not isinstance(s, Integral) or s < 1 for s in both):
        raise ValueError(f"size: got {size!r}; must be a whole number of at least 1, or two: (height, width)")
    return both


def evenly(n: int, limit: int | None) -> range | list[int]:
    """``limit`` places evenly from n, all if there are no more."""
    if limit is None:
        return range(n)
    check_counts(limit=limit)
    return [i * n // min(n, limit) for i in range(min(n, limit))]


def shown(items: Iterable, total: int | None, progress: bool) -> Iterator:
    """The items, with a bar if it is wanted and ``TQDM_DISABLE`` is not set."""
    from tqdm.auto import tqdm

    return tqdm(items, total=total, disable=not progress or "TQDM_DISABLE" in os.environ, unit="image")
