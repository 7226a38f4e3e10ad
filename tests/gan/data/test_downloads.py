"""Data sets that torchvision brings, and everything that can be wrong with their folders."""

import gzip
import io
import pickle
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gan.data import celeba, cifar10, fashion_mnist, mnist

MNIST_FILES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]
STORED = Path(__file__).parents[4] / "shared" / "data"


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


# The others are read and downloaded alike -----------------------------------------------------------------------------

def write_fashion(root, n=10):
    raw = write_mnist(Path(root) / "made", n)
    shutil.move(raw.parent, Path(root) / "FashionMNIST")
    Path(root, "made").rmdir()
    return Path(root) / "FashionMNIST" / "raw"


def write_cifar(root, n=4):
    """Six files of n photographs each, whose pixels are their number; batches.meta."""
    folder = Path(root) / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    for i, name in enumerate([*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"]):
        data = np.zeros((n, 3, 32, 32), np.uint8)
        data[:, 0, :16] = 255                                              # red above, black below
        labels = [(i + k) % 10 for k in range(n)]
        (folder / name).write_bytes(pickle.dumps({"data": data.reshape(n, -1), "labels": labels}))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": ["plane", "car"]}))
    return folder


def write_celeba(root, n=6):
    """n faces of 178 x 218, red above, green in the middle, blue below; every third is for tests."""
    folder = Path(root) / "celeba"
    (folder / "img_align_celeba").mkdir(parents=True)
    names = [f"{i + 1:06}.jpg" for i in range(n)]
    stripes = np.zeros((218, 178, 3), np.uint8)
    stripes[:12, :, 0] = stripes[12:206, :, 1] = stripes[206:, :, 2] = 255
    for name in names:
        Image.fromarray(stripes).save(folder / "img_align_celeba" / name, quality=95)

    def table(values, header=True):
        rows = [f"{name} {values(i)}" for i, name in enumerate(names)]
        return "\n".join([str(n), "names", *rows] if header else rows) + "\n"

    (folder / "list_attr_celeba.txt").write_text(table(lambda i: " ".join(["1", "-1"] * 20)))
    (folder / "list_bbox_celeba.txt").write_text(table(lambda i: "1 2 3 4"))
    (folder / "list_landmarks_align_celeba.txt").write_text(table(lambda i: "1 2 3 4 5 6 7 8 9 10"))
    (folder / "list_eval_partition.txt").write_text(table(lambda i: 2 * (i % 3 == 2), header=False))
    (folder / "identity_CelebA.txt").write_text(table(lambda i: i, header=False))
    return folder


@pytest.fixture
def unchecked(monkeypatch):
    """torchvision knows its files' MD5; ours here are made up."""
    monkeypatch.setattr("torchvision.datasets.CIFAR10._check_integrity", lambda self: True)
    monkeypatch.setattr("torchvision.datasets.CIFAR10._load_meta", lambda self: None)
    monkeypatch.setattr("torchvision.datasets.CelebA._check_integrity", lambda self: True)


ALL = {"MNIST": (mnist, write_mnist), "FashionMNIST": (fashion_mnist, write_fashion), "CIFAR10": (cifar10, write_cifar),
       "CelebA": (celeba, write_celeba)}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("size", [8, (10, 6)])
def test_each_is_labelled_images_of_the_size_asked_for(name, size, tmp_path, unchecked):
    read, write = ALL[name]
    write(tmp_path)
    images, labels = read(tmp_path, size=size)
    assert images.shape[1:] == (1 if "MNIST" in name else 3, *(size if isinstance(size, tuple) else (8, 8)))
    assert images.dtype == torch.float32
    assert -1 <= images.min() < images.max() <= 1
    assert len(labels) == len(images)
    assert labels.dtype == torch.int64
    assert len(read(str(tmp_path), train=False)[0]) > 0


def test_fashion_is_not_read_from_mnists_folder(tmp_path):
    write_mnist(tmp_path)
    with pytest.raises(FileNotFoundError, match="has no train-images-idx3-ubyte in FashionMNIST/raw"):
        fashion_mnist(tmp_path)


def test_cifar_keeps_its_colours_and_order(tmp_path, unchecked):
    write_cifar(tmp_path)
    images, labels = cifar10(tmp_path)
    assert images.shape == (20, 3, 32, 32)
    assert images[0, :, 0, 0].tolist() == [1, -1, -1]
    assert images[0, :, -1, 0].tolist() == [-1, -1, -1]
    assert labels.tolist() == [(i + k) % 10 for i in range(5) for k in range(4)]
    assert cifar10(tmp_path, train=False)[1].tolist() == [5, 6, 7, 8]


def test_faces_are_cut_to_their_middle(tmp_path, unchecked):
    write_celeba(tmp_path)
    images, attributes = celeba(tmp_path, size=32)
    assert images.shape == (4, 3, 32, 32)
    assert (images[:, 1] > 0.9).all()                                      # green alone: 20 rows are gone at both ends
    assert (images[:, ::2] < -0.9).all()
    assert attributes.shape == (4, 40)
    assert attributes[0, :4].tolist() == [1, 0, 1, 0]
    assert len(celeba(tmp_path, train=False)[0]) == 2
    whole, _ = celeba(tmp_path, size=(218, 178), train=False, limit=1)
    assert whole.shape == (1, 3, 218, 178)
    assert whole[0, 0, 0, 0] > 0.9
    assert whole[0, 2, -1, 0] > 0.9


@pytest.mark.parametrize("name", ["FashionMNIST", "CIFAR10", "CelebA"])
def test_a_missing_folder_of_each_is_named_and_nothing_is_made(name, tmp_path):
    with pytest.raises(FileNotFoundError, match=f"^root: .*nowhere has no .* in .*; must be .*{name}'s.*download=True"):
        ALL[name][0](tmp_path / "nowhere")
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("name", ["FashionMNIST", "CIFAR10"])
def test_a_failed_download_of_each_is_one_connection_error_and_leaves_nothing(name, monkeypatch, tmp_path):
    no_network(monkeypatch, OSError("no route"), after_bytes=True)
    with pytest.raises(ConnectionError, match=f"^download: {name} could not be fetched into .*; must have"):
        ALL[name][0](tmp_path, download=True)
    assert files_in(tmp_path) == []


def test_a_failed_download_of_faces_is_one_connection_error_and_leaves_nothing(monkeypatch, tmp_path):
    def refuse(file_id, root, filename, md5):
        Path(root).mkdir(parents=True)
        Path(root, filename).write_bytes(b"half")
        raise RuntimeError("To download files from GDrive, 'gdown' is required.")
    monkeypatch.setattr("torchvision.datasets.celeba.download_file_from_google_drive", refuse)
    with pytest.raises(ConnectionError, match="^download: CelebA could not be fetched into .*gdown.*; must have"):
        celeba(tmp_path, download=True)
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("name", ["FashionMNIST", "CIFAR10", "CelebA"])
def test_a_download_of_each_arrives_whole(name, monkeypatch, tmp_path, unchecked):
    read, write = ALL[name]
    monkeypatch.setattr(f"torchvision.datasets.{name}.download", lambda self: write(self.root))
    assert len(read(tmp_path, download=True)[0]) > 1
    assert not [file for file in files_in(tmp_path) if "download" in file]


@pytest.mark.parametrize(("name", "file"), [("FashionMNIST", "train-images-idx3-ubyte"), ("CIFAR10", "data_batch_3"),
                                            ("CelebA", "img_align_celeba/000002.jpg")])
def test_damaged_files_of_each_give_one_clear_error(name, file, tmp_path, unchecked):
    read, write = ALL[name]
    folder = write(tmp_path)
    (folder / file).write_bytes((folder / file).read_bytes()[:300])
    with pytest.raises(ValueError, match=rf"^root: the files in .* are damaged or not {name} \(.+\); must be {name}'s"):
        read(tmp_path)


def test_files_that_are_not_torchvisions_are_refused(tmp_path):
    for name in ("CIFAR10", "CelebA"):
        read, write = ALL[name]
        write(tmp_path)
        with pytest.raises(ValueError, match=f"damaged or not {name} .*corrupted"):
            read(tmp_path)


@pytest.mark.parametrize(("setting", "wanted"), [({"limit": 0}, "limit: got 0; must be a whole number"),
                                                 ({"size": (1, 2, 3)}, r"size: got \(1, 2, 3\); must be .*two")])
def test_a_bad_limit_or_size_is_named_first(setting, wanted, tmp_path):
    with pytest.raises(ValueError, match=f"^{wanted}"):
        celeba(tmp_path, **setting)
