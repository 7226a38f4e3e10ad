"""Distances against scipy, torch-fidelity and closed forms."""

import warnings

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric

import gan.metrics.distances
from gan.metrics import frechet_distance, kernel_distance


def of_fidelity(x, y):
    return fid_statistics_to_metric(*map(fid_features_to_statistics, (x, y)), False)["frechet_inception_distance"]


def normal(mean, covariance, n=500):
    """Samples whose own mean and covariance, not only their distribution's, are the given ones."""
    x = torch.randn(n, len(mean), dtype=torch.float64)
    x = x - x.mean(0)
    whiten = torch.linalg.inv(torch.linalg.cholesky(x.T.cov())).T
    return x @ whiten @ torch.linalg.cholesky(covariance).T + mean


# Fréchet --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("features", [1, 2, 10])
def test_frechet_distance_agrees_with_scipys_matrix_root(features):
    x = torch.randn(200, features) @ torch.randn(features, features)
    y = torch.rand(300, features) @ torch.randn(features, features) + 1
    m_x, m_y = x.double().mean(0).numpy(), y.double().mean(0).numpy()
    c_x, c_y = (np.atleast_2d(np.cov(z.double().numpy().T)) for z in (x, y))
    expected = np.sum((m_x - m_y) ** 2) + np.trace(c_x + c_y - 2 * sqrtm(c_x @ c_y).real)
    assert frechet_distance(x, y) == pytest.approx(expected, rel=1e-8)
    assert frechet_distance(y, x) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("features", [3, 64, 200])
def test_frechet_distance_agrees_with_torch_fidelity(features):
    x = (torch.randn(300, features) @ torch.randn(features, features)).double() / features
    y = (torch.rand(400, features) @ torch.randn(features, features)).double() / features + 0.1
    assert frechet_distance(x, y) == pytest.approx(of_fidelity(x, y), rel=1e-9)


def test_frechet_distance_of_shifted_and_of_scaled_copies_has_a_closed_form():
    x = torch.randn(500, 4, dtype=torch.float64)
    assert frechet_distance(x, x + torch.tensor([3.0, 0, 4, 0])) == pytest.approx(25, abs=1e-9)
    assert frechet_distance(x, x + 1e-4) == pytest.approx(4e-8, rel=1e-6)
    centred = x - x.mean(0)
    assert frechet_distance(centred, 3 * centred) == pytest.approx(4 * x.var(0).sum().item(), rel=1e-9)


def test_frechet_distance_of_known_normals_turns_with_the_features():
    a, b, shift = torch.tensor([1.0, 4, 9]).double(), torch.tensor([4.0, 1, 0.25]).double(), torch.tensor([1.0, 0, 2])
    turn = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64)).Q
    x, y = normal(torch.zeros(3), a.diag()), normal(shift, b.diag(), 700)
    expected = 5 + (a.sqrt() - b.sqrt()).square().sum().item()
    assert frechet_distance(x, y) == pytest.approx(expected, rel=1e-10)
    assert frechet_distance(x @ turn, y @ turn) == pytest.approx(expected, rel=1e-10)
    # Covariances that do not commute: 2 x 2 matrices have trace((AB)^(1/2)) = (trace(AB) + 2 det(AB)^(1/2))^(1/2).
    a, b = torch.tensor([[2.0, 1], [1, 3]]).double(), torch.tensor([[1.0, -0.5], [-0.5, 1]]).double()
    root = ((a @ b).trace() + 2 * (a @ b).det().sqrt()).sqrt()
    x, y = normal(torch.zeros(2), a), normal(torch.zeros(2), b)
    assert frechet_distance(x, y) == pytest.approx((a.trace() + b.trace() - 2 * root).item(), rel=1e-10)


@pytest.mark.filterwarnings("ignore:frechet_distance")
@pytest.mark.parametrize(("n", "features", "offset"),
                         [(200, 4, 0), (90, 300, 0), (5, 20, 0), (400, 20, 1e4), (9, 2, 1)])
def test_frechet_distance_of_equal_sets_is_0_and_of_almost_equal_ones_is_not(n, features, offset):
    x = torch.randn(n, features, dtype=torch.float64) * torch.logspace(0, -6, features) + offset
    assert frechet_distance(x, x) == frechet_distance(x, x.clone()) == frechet_distance(x, x.flip(0)) == 0
    assert frechet_distance(x, x[torch.randperm(n)]) == 0
    assert frechet_distance(torch.ones(n, features), torch.ones(n, features)) == 0
    assert frechet_distance(torch.ones(n, features), 2 * torch.ones(n, features)) == features
    assert 0 < frechet_distance(x, x * (1 + 1e-5))


def test_frechet_distance_of_fewer_samples_is_further_from_0_by_one_over_n():
    few, many = (np.mean([frechet_distance(torch.randn(n, 8), torch.randn(n, 8)) for _ in range(60)])
                 for n in (100, 400))
    assert few > 0 and many > 0
    assert few / many == pytest.approx(4, rel=0.1)


def test_too_few_samples_for_the_features_are_warned_of():
    x, y = torch.randn(20, 20), torch.randn(40, 20)
    with pytest.warns(UserWarning, match="frechet_distance: 20 samples of 20 features; with no more samples than"):
        assert frechet_distance(y, x) < 1e3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frechet_distance(torch.randn(21, 20), y)
    with pytest.warns(UserWarning) as warned:
        frechet_distance(x, y)
    assert warned[0].filename == __file__


# Kernel ---------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("features", [2, 64])
def test_kernel_distance_agrees_with_torch_fidelity(features):
    x, y = torch.randn(200, features).double(), torch.rand(200, features).double()
    expected = kid_features_to_metric(x, y, kid_subsets=1, kid_subset_size=200, verbose=False)
    assert kernel_distance(x, y, blocks=1).mean == pytest.approx(expected["kernel_inception_distance_mean"], rel=1e-9)
    published = kid_features_to_metric(x, y, kid_subsets=100, kid_subset_size=50, verbose=False)
    found = kernel_distance(x, y, blocks=4)
    assert abs(found.mean - published["kernel_inception_distance_mean"]) < 4 * found.error


def test_kernel_distance_of_points_that_can_be_counted():
    # k(0, 0) = 1, k(1, 1) = 8, k(0, 1) = 1, k(2, 2) = 125, k(0, 2) = 1, k(1, 2) = 27.
    zeros, ones = torch.zeros(4, 1), torch.ones(6, 1)
    assert kernel_distance(zeros, ones, blocks=1)[0] == kernel_distance(zeros, ones, blocks=2)[0] == 1 + 8 - 2
    x, y = torch.tensor([[0.0], [1]]), torch.tensor([[0.0], [2], [1]])
    assert kernel_distance(x, y, 1).mean == pytest.approx(1 + (1 + 1 + 27) / 3 - 2 * (3 + 1 + 27 + 8) / 6, abs=1e-12)
    twice = torch.zeros(4, 1), torch.zeros(4, 2) + 1                  # products are divided by the number of features
    assert kernel_distance(torch.zeros(4, 2), twice[1], 1).mean == 7
    assert np.isnan(kernel_distance(*map(torch.ones, [(4, 1), (4, 1)]), blocks=1).error)


def test_kernel_distance_is_unbiased_at_any_size_and_its_error_is_honest():
    found = [kernel_distance(torch.randn(40, 3), torch.randn(60, 3), blocks=5) for _ in range(200)]
    means, errors = np.array(found).T
    assert abs(means.mean()) < 3 * means.std() / 200**0.5
    assert 0.25 < (means < 0).mean() < 0.75
    assert np.sqrt((errors**2).mean()) == pytest.approx(means.std(), rel=0.2)


def test_kernel_distance_deals_sorted_samples_evenly_and_repeats_itself():
    x = torch.arange(100.0)[:, None] / 50
    found = kernel_distance(x, x.clone(), blocks=5)
    assert abs(found.mean) < 3 * found.error and found == kernel_distance(x, x, blocks=5)
    assert found != kernel_distance(x, x, blocks=5, seed=1)
    assert kernel_distance(torch.randn(23, 2), torch.randn(31, 2) + 9, blocks=5).mean > 0


@pytest.mark.parametrize("blocks", [0, 1.5, 11])
def test_blocks_that_cannot_be_are_refused(blocks):
    with pytest.raises(ValueError, match=r"^blocks: got .*; must (be a whole number|leave two or more in each)"):
        kernel_distance(torch.zeros(30, 2), torch.zeros(20, 2), blocks)


# Both -----------------------------------------------------------------------------------------------------------------

DISTANCES = [frechet_distance, kernel_distance]


@pytest.mark.parametrize("distance", DISTANCES)
def test_many_samples_are_looked_at_in_chunks(distance, monkeypatch):
    x, y = torch.randn(120, 5), torch.rand(90, 5)
    whole = distance(x, y)
    monkeypatch.setattr(gan.metrics.distances, "CHUNK", 7)
    seen, qr = [], torch.linalg.qr
    monkeypatch.setattr(torch.linalg, "qr", lambda a, mode: seen.append(len(a)) or qr(a, mode=mode))
    assert distance(x, y) == pytest.approx(whole, rel=1e-10)
    assert distance is kernel_distance or max(seen) == 5 + 7


@pytest.mark.parametrize("distance", DISTANCES)
def test_tensors_of_any_precision_and_arrays_are_welcome(distance):
    x, y = torch.randn(50, 3).half().requires_grad_(), torch.rand(60, 3).half()
    expected = distance(x.double(), y.double())
    still = y.numpy()
    still.flags.writeable = False
    for b in (y.float(), y.numpy(), y.double().numpy()[::-1][::-1], still, y.tolist(), y.bfloat16() * 0 + y.float()):
        assert distance(x, b) == expected
    assert all(type(value) is float for value in np.atleast_1d(distance(x, y)).tolist())


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize(("x", "y"), [((5, 3), (5, 4)), ((5,), (5,)), ((1, 3), (5, 3)), ((5, 1, 8, 8), (5, 1, 8, 8)),
                                      ((5, 0), (5, 0))])
def test_features_that_do_not_fit_are_named(distance, x, y):
    with pytest.raises(ValueError, match=r"^x, y: got shapes \(.*\) and \(.*\); must be \(N, F\) and \(M, F\), two or"):
        distance(torch.zeros(x), torch.zeros(y))


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(distance, value):
    x = torch.randn(30, 2)
    y = x.clone()
    y[3, 1] = value
    with pytest.raises(ValueError, match="^y: 1 of 60 values are NaN or infinite; must all be finite"):
        distance(x, y)
    with pytest.raises(ValueError, match="^x: 1 of 60 values"):
        distance(y.numpy(), x)


def test_nothing_here_is_named_after_a_network_that_it_does_not_use():
    assert not [name for name in gan.metrics.__all__ if "fid" in name.lower() or "kid" in name.lower()]
