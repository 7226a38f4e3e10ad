"""Fréchet distance against scipy and a closed form; the classifier on digits that it has not seen; modes counted."""

import math

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

import gan
from gan.data import digits
from gan.metrics import count_modes, fit_classifier, frechet_distance


@pytest.mark.parametrize("features", [1, 2, 10])
def test_frechet_distance_agrees_with_scipys_matrix_root(features):
    x = torch.randn(200, features) @ torch.randn(features, features)
    y = torch.rand(300, features) @ torch.randn(features, features) + 1
    m_x, m_y = x.double().mean(0).numpy(), y.double().mean(0).numpy()
    c_x, c_y = (np.atleast_2d(np.cov(z.double().numpy().T)) for z in (x, y))
    expected = np.sum((m_x - m_y) ** 2) + np.trace(c_x + c_y - 2 * sqrtm(c_x @ c_y).real)
    assert frechet_distance(x, y) == pytest.approx(expected, rel=1e-8)
    assert frechet_distance(y, x) == pytest.approx(expected, rel=1e-8)


def test_frechet_distance_of_shifted_and_of_scaled_copies_has_a_closed_form():
    x = torch.randn(500, 4, dtype=torch.float64)
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(x, x + torch.tensor([3.0, 0, 4, 0])) == pytest.approx(25, abs=1e-9)
    centred = x - x.mean(0)
    assert frechet_distance(centred, 3 * centred) == pytest.approx(4 * x.var(0).sum().item(), rel=1e-9)


def test_frechet_distance_is_finite_where_there_are_fewer_samples_than_features():
    x = torch.randn(5, 20)
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize(("x", "y"), [((5, 3), (5, 4)), ((5,), (5,)), ((1, 3), (5, 3)), ((5, 1, 8, 8), (5, 1, 8, 8))])
def test_features_that_do_not_fit_are_named(x, y):
    with pytest.raises(ValueError, match=r"^x, y: got shapes \(.*\) and \(.*\); must be \(N, F\) and \(M, F\)"):
        frechet_distance(torch.zeros(x), torch.zeros(y))


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


# Modes ----------------------------------------------------------------------------------------------------------------

def test_modes_of_the_data_themselves():
    ring = gan.data.ring()
    found = count_modes(ring.sample((4, 2_500)), ring)
    assert found.recovered.tolist() == [8] * 4
    assert ((found.high_quality - (1 - math.exp(-4.5))).abs() < 0.01).all()     # 3 std in two dimensions
    assert (found.kl < 0.01).all()


def test_modes_of_collapsed_far_and_uneven_samples():
    ring = gan.data.ring()
    one, far = ring.modes[:1].expand(100, 2), torch.zeros(100, 2)
    uneven = torch.cat([ring.modes[:1].expand(75, 2), ring.modes[1:2].expand(25, 2)])
    found = count_modes(torch.stack([one, far, uneven]), ring)
    assert found.recovered.tolist() == [1, 0, 2]
    assert found.high_quality.tolist() == [1, 0, 1]
    expected = 0.75 * math.log(0.75 * 8) + 0.25 * math.log(0.25 * 8)
    assert found.kl.tolist() == pytest.approx([math.log(8), math.inf, expected])
    assert count_modes(uneven, ring, at_least=30).recovered == 1
    assert count_modes(uneven + 0.05, ring).high_quality == 0 and count_modes(uneven + 0.05, ring, 4).high_quality == 1


def test_kl_is_measured_against_the_mixtures_own_weights():
    uneven = gan.data.GaussianMixture([[0.0, 0.0], [1.0, 0.0]], 0.01, [3, 1])
    assert count_modes(uneven.sample((20_000,)), uneven).kl < 1e-3
    assert count_modes(uneven.modes, uneven).kl == pytest.approx(0.5 * math.log(2 / 3) + 0.5 * math.log(2))


@pytest.mark.parametrize("shape", [(5,), (5, 3)])
def test_samples_of_another_space_are_refused(shape):
    with pytest.raises(ValueError, match="samples: got shape"):
        count_modes(torch.zeros(shape), gan.data.ring())
