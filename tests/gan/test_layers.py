"""Layers against their definitions."""

import pytest
import torch

from gan.layers import Maxout, MinibatchStd, Pack


def test_pack_puts_neighbours_side_by_side():
    x = torch.arange(12.0).reshape(6, 2)
    assert Pack(3)(x).tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]
    assert torch.equal(Pack(2)(x.expand(5, 6, 2))[3], Pack(2)(x))


def test_pack_refuses_a_rest():
    with pytest.raises(ValueError, match="x: got 7 samples; must be a multiple of 2"):
        Pack(2)(torch.zeros(7, 2))
    with pytest.raises(ValueError, match="pack: got 0"):
        Pack(0)


def test_minibatch_std_is_numpys_averaged_over_features():
    x = torch.randn(3, 10, 4, dtype=torch.float64)
    out = MinibatchStd()(x)
    assert out.shape == (3, 10, 5) and torch.equal(out[..., :4], x)
    assert torch.allclose(out[..., 4], torch.tensor(x.numpy().std(1).mean(-1))[:, None].expand(3, 10), atol=1e-6)


def test_minibatch_std_of_equal_samples_has_a_finite_gradient():
    x = torch.zeros(4, 3, requires_grad=True)
    MinibatchStd()(x).sum().backward()
    assert x.grad.isfinite().all()


def test_maxout_takes_the_largest_of_neighbours():
    x = torch.tensor([[1.0, 5, 2, -1, -3, -2]])
    assert Maxout(3)(x).tolist() == [[5, -1]]
    assert Maxout(2)(x.expand(2, 1, 6)).shape == (2, 1, 3)
    with pytest.raises(ValueError, match="pieces: got 0"):
        Maxout(0)
