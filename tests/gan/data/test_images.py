"""Digits, and what becomes of any torch Dataset."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import Dataset, IterableDataset, Subset, TensorDataset

from gan.data import digits, tensors

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


def test_digits_may_be_oblong():
    images, _ = digits((8, 4))
    assert images.shape == (1_797, 1, 8, 4)
    assert torch.allclose(images.mean((2, 3)), digits(8)[0].mean((2, 3)), atol=0.1)


# Any Dataset ----------------------------------------------------------------------------------------------------------

class Items(Dataset):
    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


class Stream(IterableDataset):
    def __init__(self, items):
        self.items = items

    def __iter__(self):
        return iter(self.items)


GREY = np.array([[0, 255], [255, 0], [0, 0]], np.uint8)                           # 3 high, 2 wide
RED = np.zeros((3, 2, 3), np.uint8) + np.array([255, 0, 0], np.uint8)
SIGNS = torch.tensor(GREY)[None] / 127.5 - 1


@pytest.mark.parametrize("sample", [
    Image.fromarray(GREY), GREY, GREY[:, :, None], torch.tensor(GREY), torch.tensor(GREY)[None], GREY / 255,
    (GREY / 255).astype(np.float16), torch.tensor(GREY)[None] / 255, SIGNS, SIGNS.double()])
def test_grey_images_of_all_kinds_become_the_same(sample):
    images, labels = tensors(Items([sample] * 3))
    assert torch.equal(images, SIGNS.expand(3, 1, 3, 2))
    assert images.dtype == torch.float32
    assert labels is None


@pytest.mark.parametrize("sample", [
    Image.fromarray(RED), Image.fromarray(RED).convert("P"), Image.fromarray(RED).convert("RGBA"), RED, RED / 255.0,
    torch.tensor(RED).permute(2, 0, 1), torch.tensor(RED).permute(2, 0, 1) / 255])
def test_coloured_images_of_all_kinds_become_the_same(sample):
    images, _ = tensors(Items([sample] * 2))
    assert torch.equal(images, torch.tensor([1.0, -1, -1])[:, None, None].expand(2, 3, 3, 2))


def test_grey_ones_among_coloured_ones_get_three_channels():
    images, _ = tensors(Items([Image.fromarray(GREY), Image.fromarray(RED)]))
    assert images.shape == (2, 3, 3, 2)
    assert torch.equal(images[0], SIGNS.expand(3, 3, 2))


def test_one_negative_value_anywhere_means_that_all_is_scaled():
    light, dark = torch.full((1, 2, 2), 0.5), torch.full((1, 2, 2), -0.5)
    assert tensors(Items([light, light]))[0].unique().tolist() == [0]
    assert tensors(Items([light, dark]))[0].unique().tolist() == [-0.5, 0.5]


@pytest.mark.parametrize(("label", "dtype", "shape"), [
    (3, torch.int64, (4,)), (np.int32(3), torch.int32, (4,)), (torch.tensor(3), torch.int64, (4,)),
    (0.5, torch.float32, (4,)), (torch.tensor([0, 1]), torch.int64, (4, 2)), ([0, 1], torch.int64, (4, 2))])
def test_labels_come_along(label, dtype, shape):
    _, labels = tensors(Items([(GREY, label, "more")] * 4))
    assert labels.shape == shape
    assert labels.dtype == dtype
    assert tensors(Items([(GREY, None)]))[1] is None
    assert tensors(Items([(GREY,)]))[1] is None


def test_samples_that_are_no_images_stay_as_they_are():
    points = torch.randn(5, 2, dtype=torch.float64) * 9
    samples, labels = tensors(TensorDataset(points, torch.arange(5)))
    assert torch.equal(samples, points.float())
    assert labels.tolist() == [0, 1, 2, 3, 4]
    assert tensors(TensorDataset(torch.arange(6)))[0].tolist() == [0, 1, 2, 3, 4, 5]


def test_a_limit_takes_evenly_from_what_is_sorted():
    data = TensorDataset(torch.zeros(100, 1, 2, 2), torch.arange(100) // 10)
    assert tensors(data, 10)[1].tolist() == list(range(10))
    assert tensors(data, 7)[1].tolist() == [0, 1, 2, 4, 5, 7, 8]
    assert len(tensors(data, 1_000)[0]) == 100
    assert tensors(Subset(data, range(50, 60)), 2)[1].tolist() == [5, 5]
    assert tensors(Stream([(GREY, i) for i in range(9)]), 3)[1].tolist() == [0, 1, 2]
    assert len(tensors(Stream([(GREY, i) for i in range(9)]))[0]) == 9


@pytest.mark.parametrize(("wanted", "disabled"), [(True, None), (False, None), (True, "1")])
def test_a_bar_is_shown_where_it_is_wanted(wanted, disabled, capsys, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    if disabled:
        monkeypatch.setenv("TQDM_DISABLE", disabled)
    tensors(Items([GREY] * 3), progress=wanted)
    assert ("3/3" in capsys.readouterr().err) == (wanted and not disabled)


@pytest.mark.parametrize(("data", "kind", "got", "wanted"), [
    ("photos", TypeError, "a str", "torch.utils.data.Dataset"),
    ({"x": GREY}, TypeError, "a dict", "torch.utils.data.Dataset"),
    (3, TypeError, "a int", "torch.utils.data.Dataset"),
    (Items([]), ValueError, "is empty", "at least one"),
    (Stream([]), ValueError, "is empty", "at least one"),
    (Items([{"image": GREY}]), TypeError, "sample 0 is a dict", "numbers, or a picture"),
    (Items(["a.png"]), TypeError, "sample 0 is a str", "numbers, or a picture"),
    (Items([(GREY, "cat")]), TypeError, "label 0 is a str", "numbers"),
    (Items([(GREY, 1), (GREY, None)]), ValueError, "1 labels for 2 samples", "all, or none"),
    (Items([GREY, GREY[:2]]), ValueError, "sample 1 is torch.uint8 (1, 2, 2)", "Resize"),
    (Items([GREY, GREY / 255.0]), ValueError, "torch.float64 (1, 3, 2), but the first is torch.uint8", "alike"),
    (Items([(GREY, [1]), (GREY, [1, 2])]), ValueError, "label 1 is torch.int64 (2,)", "alike"),
    (Items([torch.tensor(GREY).float()]), ValueError, "torch.float32 from 0 to 255", "from 0 to 1 or from -1 to 1"),
    (Items([torch.tensor(GREY).long()]), ValueError, "torch.int64 from 0 to 255", "be uint8"),
    (Items([torch.full((1, 2, 2), torch.nan)]), ValueError, "from nan to nan", "from 0 to 1"),
])
def test_what_cannot_become_a_tensor_is_named(data, kind, got, wanted):
    with pytest.raises(kind, match="^dataset: .*; must ") as error:
        tensors(data)
    assert got in str(error.value)
    assert wanted in str(error.value).split("; must ")[1]


@pytest.mark.parametrize("data", [Items([GREY]), Stream([GREY])])
def test_a_bad_limit_is_named(data):
    with pytest.raises(ValueError, match="^limit: got 0; must be a whole number of at least 1"):
        tensors(data, 0)
