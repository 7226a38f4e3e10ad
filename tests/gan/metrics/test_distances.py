"""Fréchet distance against scipy and a closed form."""

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from gan.metrics import frechet_distance


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
