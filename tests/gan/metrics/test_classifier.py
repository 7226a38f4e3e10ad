"""The classifier on digits that it has not seen."""

import pytest
import torch

from gan.data import digits
from gan.metrics import fit_classifier


def test_the_classifier_knows_held_out_digits_and_repeats_itself():
    images, labels = digits(8)
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    seen, unseen = order[300:], order[:300]
    before = torch.get_rng_state()
    classifier = fit_classifier(images[seen], labels[seen])
    assert torch.equal(torch.get_rng_state(), before)
    right = classifier(images[unseen]).argmax(1) == labels[unseen]
    assert right.float().mean() >= 0.97
    assert not classifier.training
    assert classifier[:-1](images[:3]).shape == (3, 64)
    a, b, c = (fit_classifier(images, labels, steps=3, seed=seed)[0].weight for seed in (1, 1, 2))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)
    assert not a.requires_grad


@pytest.mark.parametrize("size", [(30, 30), (7, 9), (28, 28), (5, 64)])
def test_images_of_any_size_are_welcome(size):
    images, labels = torch.randn(64, 2, *size), torch.arange(64, dtype=torch.int32) % 3
    assert fit_classifier(images, labels, steps=2)(images[:5]).shape == (5, 3)


@pytest.mark.parametrize(("images", "labels"), [
    (torch.zeros(9, 8, 8), torch.zeros(9).long()), (torch.zeros(9, 1, 8, 8), torch.zeros(9)),
    (torch.zeros(9, 1, 8, 8), torch.zeros(8).long()), (torch.zeros(9, 1, 8, 8), torch.full((9,), -1))])
def test_images_and_labels_that_are_no_pair_are_refused(images, labels):
    with pytest.raises(ValueError, match=r"^images, labels: got shapes .*; must be \(N, C, H, W\) and \(N,\)"):
        fit_classifier(images, labels)
