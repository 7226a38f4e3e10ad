"""Densities against quadrature and scipy; images; and everything that can be wrong with a MNIST folder."""

import gzip
import io
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal, norm

import gan
from gan.data import GaussianMixture, digits, grid, mixture_1d, mnist, ring

MNIST_FILES = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]
STORED = Path(__file__).parents[3] / "shared" / "data"


# Densities ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("density", [mixture_1d(), mixture_1d((-1, 0, 3), 0.3, (1, 2, 5)), mixture_1d([0.0], 2.0)])
def test_a_density_on_the_line_integrates_to_one(density):
    x = torch.linspace(-20, 20, 40_001, dtype=torch.float64)
    total = torch.trapezoid(density.log_prob(x).exp(), x)
    assert total.item() == pytest.approx(1, abs=1e-6)
    # mistake 5 of papers.md, an exponent without its 1/2, would not pass
    without_half = torch.exp(-x**2) / (2 * np.pi) ** 0.5
    assert torch.trapezoid(without_half, x).item() == pytest.approx(0.7071, abs=1e-3)


@pytest.mark.parametrize("density", [ring(8, 1.0, 0.1), grid(3, 1.0, 0.1)])
def test_a_density_in_the_plane_integrates_to_one(density):
    line = torch.linspace(-2.5, 2.5, 501)
    p = density.log_prob(torch.cartesian_prod(line, line)).exp()
    assert p.sum().item() * 0.01**2 == pytest.approx(1, abs=1e-4)


def test_log_prob_agrees_with_scipy():
    x = torch.linspace(-4, 4, 101)
    p = 0.25 * norm(-1, 0.7).pdf(x) + 0.75 * norm(2, 0.7).pdf(x)
    assert mixture_1d((-1, 2), 0.7, (1, 3)).log_prob(x).numpy() == pytest.approx(np.log(p), rel=1e-5)

    points, eight = torch.randn(50, 2), ring(8, 1.0, 0.5)
    p = np.mean([multivariate_normal(mode, 0.5**2).pdf(points) for mode in eight.modes.numpy()], axis=0)
    assert eight.log_prob(points).numpy() == pytest.approx(np.log(p), rel=1e-5)


def test_a_ring_of_eight_has_eight_modes_of_equal_weight_and_linspace_would_not():
    eight = ring(8, radius=2.0)
    apart = torch.pdist(eight.modes)
    assert eight.modes.shape == (8, 2)
    assert torch.allclose(eight.modes.norm(dim=1), torch.tensor(2.0))
    assert apart.min().item() == pytest.approx(4 * np.sin(np.pi / 8), rel=1e-5)    # neighbours, nobody twice
    assert torch.equal(eight.weights, torch.full((8,), 1 / 8))
    angle = torch.linspace(0, 2 * torch.pi, 8)                                     # mistake 7 of papers.md
    assert torch.pdist(torch.stack([angle.cos(), angle.sin()], 1)).min() < 1e-5


def test_a_grid_is_square_and_centred():
    five = grid(5, spacing=2.0)
    assert five.modes.shape == (25, 2)
    assert sorted(set(five.modes.flatten().tolist())) == [-4, -2, 0, 2, 4]
    assert len(five.modes.unique(dim=0)) == 25


def test_samples_have_the_modes_weights_and_width():
    density = mixture_1d((-5, 5), 0.5, (1, 3))
    x = density.sample((40_000,), generator=torch.Generator().manual_seed(1))
    right = x > 0
    assert right.float().mean().item() == pytest.approx(0.75, abs=0.01)
    assert x[right].mean().item() == pytest.approx(5, abs=0.02)
    assert x[~right].std().item() == pytest.approx(0.5, abs=0.02)

    x = ring(8, 1.0, 0.02).sample((16_000,), generator=torch.Generator().manual_seed(1))
    distance, mode = torch.cdist(x, ring().modes).min(1)
    assert mode.bincount(minlength=8).min() > 1_800
    assert distance.square().mean().item() == pytest.approx(2 * 0.02**2, rel=0.05)


@pytest.mark.parametrize("density", [mixture_1d(), ring(), grid()])
@pytest.mark.parametrize("shape", [(), (3,), (2, 5)])
def test_samples_have_the_shape_asked_for_and_log_prob_gives_one_number_each(density, shape):
    x = density.sample(shape)
    assert x.shape == shape + density.event_shape
    assert density.log_prob(x).shape == shape


def test_a_generator_repeats_its_samples_and_leaves_the_global_one_alone():
    before = torch.get_rng_state()
    a, b, c = (ring().sample((10,), generator=torch.Generator().manual_seed(seed)) for seed in (3, 3, 4))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)
    assert torch.equal(torch.get_rng_state(), before)
    ring().sample((10,))
    assert not torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(("make", "name", "value", "wanted"), [
    (lambda: mixture_1d(std=0), "std", "0", "greater than 0"),
    (lambda: mixture_1d(modes=()), "modes", "(0,)", "K >= 1"),
    (lambda: GaussianMixture(torch.zeros(2, 2, 2), 1.0), "modes", "(2, 2, 2)", "(K, features)"),
    (lambda: mixture_1d(weights=(1, 2, 3)), "weights", "[1.0, 2.0, 3.0]", "2 numbers"),
    (lambda: mixture_1d(weights=(1, -1)), "weights", "[1.0, -1.0]", ">= 0"),
    (lambda: mixture_1d(weights=(0, 0)), "weights", "[0.0, 0.0]", "not all 0"),
    (lambda: ring(0), "modes", "0", "at least 1"),
    (lambda: ring(2.5), "modes", "2.5", "whole number"),
    (lambda: grid(-1), "side", "-1", "at least 1"),
    (lambda: digits(0), "size", "0", "at least 1"),
    (lambda: digits(16.0), "size", "16.0", "whole number"),
    (lambda: ring().sample(1_000), "sample_shape", "1000", "tuple"),
])
def test_bad_settings_say_what_was_given_and_what_is_wanted(make, name, value, wanted):
    with pytest.raises((ValueError, TypeError)) as error:
        make()
    message = str(error.value)
    assert message.startswith(f"{name}: ")
    assert value in message
    assert wanted in message


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
    assert len(gan.data.mnist(tmp_path, download=True)[0]) == 10
