"""Images, and everything that can be wrong with a MNIST folder."""

import gzip
import io
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from gan.data import digits, mnist

MNIST_FILES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]
STORED = Path(__file__).parents[4] / "shared" / "data"


# Digits ---------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("size", [8, 16, 32])
def test_digits_are_labelled_images_in_minus_one_to_one(size):
    images, labels = digits(size)
    assert images.shape == (1_797, 1, size, size)
    assert images.dtype == torch.float32
    assert images.min() == -1
    assert 0.9 < images.max() <= 1
    assert labels.dtype == torch.int64
    assert labels.bincount().tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


@pytest.mark.parametrize(("size", "wanted"), [(0, "at least 1"), (16.0, "whole number")])
def test_a_bad_size_is_named(size, wanted):
    with pytest.raises(ValueError, match=f"^size: got {size}; must be .*{wanted}"):
        digits(size)


def test_digits_keep_their_grey_levels_and_their_picture():
    small, _ = digits(8)
    large, _ = digits(32)
    assert torch.equal((small + 1) * 8, ((small + 1) * 8).round())                 # 0 ... 16
    assert (torch.nn.functional.avg_pool2d(large, 4) - small).abs().mean() < 0.15


# MNIST ----------------------------------------------------------------------------------------------------------------

def idx(array) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def write_mnist(root, n=10, images=None, labels=None):
    """A folder as torchvision has it, with n made-up digits in each part."""
    raw = Path(root) / "MNIST" / "raw"
    raw.mkdir(parents=True)
    images = np.arange(n * 28 * 28).reshape(n, 28, 28) % 256 if images is None else images
    labels = np.arange(len(images)) % 10 if labels is None else labels
    for name in MNIST_FILES:
        (raw / name).write_bytes(idx(np.asarray(images if "images" in name else labels)))
    return raw


def files_in(root):
    return sorted(str(path.relative_to(root)) for path in Path(root).rglob("*"))


def test_mnist_reads_idx_files(tmp_path):
    raw = write_mnist(tmp_path)
    (raw / MNIST_FILES[2]).write_bytes(idx(np.full((4, 28, 28), 255)))
    (raw / MNIST_FILES[3]).write_bytes(idx(np.array([9, 8, 7, 0])))
    images, labels = mnist(tmp_path, size=28)
    expected = torch.arange(10 * 28 * 28).reshape(10, 1, 28, 28) % 256 / 255 * 2 - 1
    assert torch.allclose(images, expected)
    assert labels.tolist() == list(range(10))
    images, labels = mnist(str(tmp_path), train=False)
    assert images.shape == (4, 1, 32, 32)
    assert torch.all(images == 1)
    assert labels.tolist() == [9, 8, 7, 0]


@pytest.mark.skipif(not (STORED / "MNIST" / "raw" / MNIST_FILES[0]).is_file(), reason="no MNIST here")
def test_mnist_as_it_is_stored():
    images, labels = mnist(STORED, size=28, train=False)
    assert images.shape == (10_000, 1, 28, 28)
    assert (images.min(), images.max()) == (-1, 1)
    assert labels.bincount().tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_a_missing_folder_or_file_is_named_and_nothing_is_made(tmp_path):
    root = tmp_path / "nowhere"
    with pytest.raises(FileNotFoundError, match=r"root: .*nowhere has no train-images-idx3-ubyte.*download=True"):
        mnist(root)
    assert not root.exists()
    raw = write_mnist(tmp_path / "some")
    (raw / MNIST_FILES[3]).unlink()
    with pytest.raises(FileNotFoundError, match=r"t10k-labels-idx1-ubyte in MNIST/raw.*must be"):
        mnist(tmp_path / "some")


DIGITS = np.zeros((10, 28, 28))
DAMAGE = {
    "truncated images": {"train-images-idx3-ubyte": idx(DIGITS)[:-100]},
    "truncated header": {"train-images-idx3-ubyte": idx(DIGITS)[:7]},
    "empty images": {"train-images-idx3-ubyte": b""},
    "empty labels": {"train-labels-idx1-ubyte": b""},
    "foreign bytes": {"train-images-idx3-ubyte": b"<!DOCTYPE html><title>404</title>" * 9},
    "still packed": {"train-images-idx3-ubyte": gzip.compress(idx(DIGITS))},
    "packed nothing": {"train-images-idx3-ubyte": gzip.compress(b"")},
    "another image size": {"train-images-idx3-ubyte": idx(np.zeros((10, 32, 32)))},
    "labels for other images": {"train-labels-idx1-ubyte": idx(np.zeros(9))},
    "no images, no labels": {"train-images-idx3-ubyte": idx(DIGITS[:0]), "train-labels-idx1-ubyte": idx(np.zeros(0))},
    "labels out of range": {"train-labels-idx1-ubyte": idx(np.arange(10) + 1)},
    "images in place of labels": {"train-labels-idx1-ubyte": idx(DIGITS)},
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_or_foreign_files_give_one_clear_error(damage, tmp_path):
    raw = write_mnist(tmp_path)
    for name, content in DAMAGE[damage].items():
        (raw / name).write_bytes(content)
    before = files_in(tmp_path)
    with pytest.raises(ValueError, match=r"root: the files in .*raw are damaged or not MNIST \(.+\); must be MNIST's"):
        mnist(tmp_path)
    assert files_in(tmp_path) == before


class Wire(io.BytesIO):
    """What urlopen returns: a response that breaks after some bytes."""

    length, url = 1_000, None

    def __init__(self, error):
        super().__init__(b"x" * 100)
        self.error = error

    def read(self, *size):
        if chunk := super().read(*size):
            return chunk
        raise self.error


def no_network(monkeypatch, error, after_bytes):
    def urlopen(request, *_, **__):
        if after_bytes:
            return Wire(error)
        raise error
    monkeypatch.setattr("urllib.request.urlopen", urlopen)


@pytest.mark.parametrize("after_bytes", [False, True])
@pytest.mark.parametrize("error", [OSError("no route"), TimeoutError("timed out"), ConnectionResetError("reset")])
def test_a_download_that_fails_is_one_connection_error_and_leaves_nothing(monkeypatch, tmp_path, error, after_bytes):
    no_network(monkeypatch, error, after_bytes)
    with pytest.raises(ConnectionError, match=r"^download: MNIST could not be fetched into .*; must have a connection"):
        mnist(tmp_path, download=True)
    assert files_in(tmp_path) == []


def test_ctrl_c_in_a_download_stays_ctrl_c_and_leaves_nothing(monkeypatch, tmp_path):
    no_network(monkeypatch, KeyboardInterrupt(), after_bytes=True)
    with pytest.raises(KeyboardInterrupt):
        mnist(tmp_path, download=True)
    assert files_in(tmp_path) == []


def test_a_failed_download_loses_no_earlier_file(monkeypatch, tmp_path):
    raw = write_mnist(tmp_path)
    (raw / MNIST_FILES[0]).unlink()
    before = {path: path.read_bytes() for path in raw.iterdir()}
    no_network(monkeypatch, OSError("no route"), after_bytes=True)
    with pytest.raises(ConnectionError):
        mnist(tmp_path, download=True)
    assert {path: path.read_bytes() for path in raw.iterdir()} == before


def test_a_download_arrives_whole_and_completes_a_folder(monkeypatch, tmp_path):
    def fetch(self):
        write_mnist(self.root, n=3)
    monkeypatch.setattr("torchvision.datasets.MNIST.download", fetch)
    raw = write_mnist(tmp_path / "root")
    (raw / MNIST_FILES[0]).unlink()
    images, _ = mnist(tmp_path / "root", download=True)
    assert len(images) == 3
    assert files_in(tmp_path / "root") == sorted(["MNIST", "MNIST/raw", *(f"MNIST/raw/{name}" for name in MNIST_FILES)])
    shutil.rmtree(tmp_path / "root")
    assert len(mnist(tmp_path / "root", download=True)[0]) == 3


def test_no_download_where_all_is_there(monkeypatch, tmp_path):
    write_mnist(tmp_path)
    no_network(monkeypatch, AssertionError("called"), after_bytes=False)
    assert len(mnist(tmp_path, download=True)[0]) == 10
