"""Modes counted where the answer is known."""

import math

import pytest
import torch

import gan
from gan.metrics import count_modes


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
