"""Networks that grow: no jump where a level begins, nothing left of the old path where it ends, and a run of each."""

import pytest
import torch
from torch import nn

import gan
from gan.models import progressive_pair
from gan.models.progressive import double_size, half_size

SIZES = (4, 8, 16, 32)


def pair(size=32, alpha=1.0, seed=0):
    torch.manual_seed(seed)
    G, D = progressive_pair({4: 12, 8: 10, 16: 8, 32: 6}, latent=5)
    for net in (G.net, D):
        net.size, net.alpha = size, alpha
    return G, D


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_noise_becomes_images_and_images_become_logits(size, alpha):
    G, D = pair(size, alpha)
    x = G(G.noise(8))
    assert x.shape == (8, 3, size, size) and D(x).shape == (8,)


def at(net, size, alpha, x):
    net.size, net.alpha = size, alpha
    return net(x)


@pytest.mark.parametrize("size", SIZES[1:])
def test_a_level_begins_where_the_last_one_ended(size):
    """What it draws does not jump at alpha 0, nor what D says."""
    G, D = pair()
    z, x = G.noise(8), torch.randn(8, 3, size, size)
    torch.testing.assert_close(at(G.net, size, 0.0, z), double_size(at(G.net, size // 2, 1.0, z)), rtol=0, atol=1e-6)
    torch.testing.assert_close(at(D, size, 0.0, x), at(D, size // 2, 1.0, half_size(x)), rtol=0, atol=1e-6)


@pytest.mark.parametrize("size", SIZES[1:])
def test_pictures_are_mixed_in_the_proportion_of_alpha(size):
    G, _ = pair()
    z = G.noise(4)
    old, middle, new = (at(G.net, size, alpha, z) for alpha in (0.0, 0.25, 1.0))
    torch.testing.assert_close(middle, old.lerp(new, 0.25), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("alpha, learn", [(0.0, False), (0.5, True), (1.0, True)])
def test_the_new_block_learns_as_soon_as_it_counts_and_the_old_end_as_long(alpha, learn):
    G, D = pair(16, alpha)
    D(G(G.noise(8))).sum().backward()
    new = (G.net.blocks[1].weight, G.net.to_rgb[2].weight, D.blocks[1].weight, D.from_rgb[2].weight)
    old = (G.net.to_rgb[1].weight, D.from_rgb[1].weight)
    for weights, yes in ((new, learn), (old, alpha < 1)):
        assert [w.grad is not None and bool(w.grad.abs().sum() > 0) for w in weights] == [yes] * len(weights)


def test_what_is_not_in_use_stays_as_it_was():
    G, D = pair(8)
    unused = [G.net.blocks[1].weight, G.net.to_rgb[3].weight, D.blocks[2].weight, D.from_rgb[0].weight]
    before = [w.clone() for w in unused]
    for _ in gan.train(G, D, torch.randn(64, 3, 8, 8), steps=3, batch=8, lr=1e-2, seed=0):
        pass
    assert all(torch.equal(a, b) for a, b in zip(before, unused))


def test_pictures_leave_without_a_squeeze():
    """A linear end: with a large weight they pass 1."""
    G, _ = pair()
    with torch.no_grad():
        G.net.to_rgb[3].weight.mul_(50)
    assert G.sample(16).abs().max() > 2


@pytest.mark.parametrize("c", [0.1, 30.0])
def test_the_length_of_z_does_not_matter(c):
    G, _ = pair()
    z = G.noise(4)
    torch.testing.assert_close(G(z), G(c * z), rtol=1e-4, atol=1e-4)


def test_d_sees_its_group():
    """The same picture among copies of itself and among others."""
    _, D = pair()
    x = torch.randn(4, 3, 32, 32)
    alone, among = D(x[:1].expand(4, -1, -1, -1))[0], D(x)[0]
    assert (alone - among).abs() > 1e-3
    assert torch.equal(D(x)[:4], D(torch.cat([x, torch.randn(4, 3, 32, 32)]))[:4]) or \
        torch.allclose(D(x), D(torch.cat([x, torch.randn(4, 3, 32, 32)]))[:4], atol=1e-6)


def test_a_copy_has_its_own_size_and_alpha():
    """So the average of a run, G_ema, must be told of alpha as G is."""
    G, D = pair(8, 0.0)
    run = gan.train(G, D, torch.randn(64, 3, 8, 8), steps=2, batch=8, ema=0.01, seed=0)
    for _ in run:
        G.net.alpha = D.alpha = 0.7
    assert (run.G_ema.net.size, run.G_ema.net.alpha) == (8, 0.0)


def test_an_average_begins_anew_at_each_level():
    G, D = pair(4)
    for size in (4, 8):
        G.net.size = D.size = size
        run = gan.train(G, D, torch.randn(64, 3, size, size), steps=1, batch=8, ema=0.01, lr=1e-2, seed=0)
        run.step()
        assert all(torch.equal(a, b) for a, b in zip(run.G_ema.parameters(), G.parameters()))


def test_growing_is_a_for_over_sizes():
    G, D = pair()
    start = {name: w.clone() for name, w in G.named_parameters()}
    for size in SIZES:
        G.net.size = D.size = size
        run = gan.train(G, D, torch.randn(64, 3, size, size), steps=4, batch=8, lr=1e-2, ema=0.3, seed=0)
        for step in run:
            G.net.alpha = D.alpha = run.G_ema.net.alpha = step.index / 4
        assert G.sample(4).shape == run.G_ema.sample(4).shape == (4, 3, size, size)
    assert all(not torch.equal(w, start[name]) for name, w in G.named_parameters() if "weight" in name)


@pytest.mark.parametrize("size, alpha, message", [(64, 1.0, "size"), (5, 1.0, "size"), (8, 1.5, "alpha"),
                                                  (8, -0.1, "alpha"), (8, float("nan"), "alpha")])
def test_a_size_or_an_alpha_that_cannot_be_is_refused(size, alpha, message):
    for net, x in zip((lambda n: (n[0].net, n[1]))(pair(size, alpha)), (torch.randn(4, 5), torch.randn(4, 3, 8, 8))):
        with pytest.raises(ValueError, match=message):
            net(x)


@pytest.mark.parametrize("channels", [{8: 4, 16: 4}, {4: 8, 16: 4}, {4: 8, 8: 0}])
def test_sizes_must_double_from_four(channels):
    with pytest.raises(ValueError):
        progressive_pair(channels)


def test_weights_are_kept_and_restored_across_levels():
    G, _ = pair(8)
    other, _ = pair(8, seed=1)
    other.load_state_dict(G.state_dict())
    z = G.noise(3)
    assert torch.equal(G(z), other(z))
    assert not isinstance(G.net, nn.Sequential)
