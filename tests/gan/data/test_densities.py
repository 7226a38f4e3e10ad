"""Densities against quadrature and scipy."""

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal, norm

from gan.data import GaussianMixture, grid, mixture_1d, ring


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
    (lambda: ring().sample(1_000), "sample_shape", "1000", "tuple"),
])
def test_bad_settings_say_what_was_given_and_what_is_wanted(make, name, value, wanted):
    with pytest.raises((ValueError, TypeError)) as error:
        make()
    message = str(error.value)
    assert message.startswith(f"{name}: ")
    assert value in message
    assert wanted in message
