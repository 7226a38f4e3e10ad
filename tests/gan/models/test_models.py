"""Networks: shapes, sampling, and what is said when the numbers do not fit."""

import pytest
import torch
from torch import nn

from gan.models import Generator, conv_pair, mlp, mlp_pair


@pytest.mark.parametrize(("features", "latent", "depth"), [(2, 2, 2), (1, 5, 1), (3, 1, 3)])
def test_mlp_pair_maps_noise_to_points_and_points_to_logits(features, latent, depth):
    G, D = mlp_pair(features, latent, width=8, depth=depth)
    assert G(G.noise(7)).shape == (7, features)
    assert D(torch.randn(7, features)).shape == (7,)
    assert sum(isinstance(layer, nn.Linear) for layer in D.modules()) == depth + 1


@pytest.mark.parametrize("size", [8, 16, 32])
@pytest.mark.parametrize("channels", [1, 3])
def test_conv_pair_maps_noise_to_images_and_images_to_logits(size, channels):
    G, D = conv_pair(size, channels, latent=4, width=4)
    x = G(G.noise(5))
    assert x.shape == (5, channels, size, size)
    assert x.abs().max() <= 1
    assert D(x).shape == (5,)
    assert D(torch.randn(1, channels, size, size)).shape == (1,)


def test_mlp_has_an_activation_between_each_two_layers_and_none_after_the_last():
    assert [type(layer) for layer in mlp([2, 3, 4, 1], nn.Tanh)] == [nn.Linear, nn.Tanh, nn.Linear, nn.Tanh, nn.Linear]


def test_conv_d_judges_each_sample_by_itself():
    _, D = conv_pair(16, latent=4, width=4)
    x = torch.randn(6, 1, 16, 16)
    assert torch.allclose(D(x)[2:4], D(x[2:4]), atol=1e-6)


@pytest.mark.parametrize("training", [True, False])
def test_sample_is_in_evaluation_mode_without_gradients_and_restores_the_mode(training):
    G, _ = conv_pair(8, latent=4, width=4)
    G.train(training)
    seen = []
    G.net.register_forward_hook(lambda net, *_: seen.append((net.training, torch.is_grad_enabled())))
    before = {name: value.clone() for name, value in G.state_dict().items()}
    x = G.sample(3)
    assert seen == [(False, False)]
    assert not x.requires_grad
    assert G.training == G.net.training == training
    assert all(torch.equal(value, before[name]) for name, value in G.state_dict().items())


def test_sample_restores_the_mode_after_ctrl_c():
    G, _ = mlp_pair()

    def interrupt(*_):
        raise KeyboardInterrupt
    G.net.register_forward_hook(interrupt)
    with pytest.raises(KeyboardInterrupt):
        G.sample(3)
    assert G.training
    assert G.net.training


def test_sample_repeats_with_a_generator_and_leaves_the_global_one_alone():
    G, _ = mlp_pair()
    before = torch.get_rng_state()
    a, b, c = (G.sample(10, generator=torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)
    assert torch.equal(torch.get_rng_state(), before)


def test_noise_comes_from_the_function_given():
    z = Generator(nn.Linear(3, 2), latent=3, noise=torch.rand).noise(1_000)
    assert z.shape == (1_000, 3)
    assert z.min() >= 0
    assert z.max() < 1
    z = Generator(nn.Linear(3, 2), latent=3).noise(1_000)
    assert z.std().item() == pytest.approx(1, abs=0.1)


def test_noise_has_the_networks_precision():
    G, _ = mlp_pair()
    assert G.noise(3).dtype == torch.float32
    assert G.double().noise(3).dtype == G.sample(3).dtype == torch.float64
    assert Generator(nn.Identity(), latent=4).noise(3).dtype == torch.float32
    again = torch.Generator().manual_seed(0), torch.Generator().manual_seed(0)
    assert torch.equal(G.noise(3, again[0]), G.float().noise(3, again[1]).double())


def test_a_net_that_is_none_is_refused():
    with pytest.raises(TypeError, match="^net: got 64; must be an nn.Module"):
        Generator(64, nn.Linear(64, 2))


@pytest.mark.parametrize(("make", "name", "value", "wanted"), [
    (lambda: Generator(nn.Linear(1, 1), latent=0), "latent", "0", "at least 1"),
    (lambda: conv_pair(size=18), "size", "18", "multiple of 4"),
    (lambda: conv_pair(size=16.0), "size", "16.0", "whole number"),
    (lambda: conv_pair(channels=0), "channels", "0", "at least 1"),
    (lambda: conv_pair(latent=-1), "latent", "-1", "at least 1"),
    (lambda: mlp_pair(features=0), "features", "0", "at least 1"),
    (lambda: mlp_pair(depth=True), "depth", "True", "whole number"),
])
def test_bad_settings_say_what_was_given_and_what_is_wanted(make, name, value, wanted):
    with pytest.raises(ValueError, match=f"^{name}: got {value}; must be .*{wanted}"):
        make()
