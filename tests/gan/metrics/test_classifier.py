"""The classifier on digits that it has not seen."""

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
