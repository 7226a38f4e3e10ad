"""DCGAN: shapes, where batch norm is and where not, and the first draw of weights with its known mistakes."""

import pytest
import torch
from torch import nn

from gan.models import dcgan_pair, normal_start


def norms(net):
    return [layer for layer in net.modules() if isinstance(layer, nn.BatchNorm2d)]


@pytest.mark.parametrize("size", [8, 16, 32, 64])
@pytest.mark.parametrize("kernel", [4, 5])
def test_noise_becomes_images_and_images_become_logits(size, kernel):
    G, D = dcgan_pair(size, channels=1, latent=5, width=4, kernel=kernel)
    x = G(G.noise(3))
    assert x.shape == (3, 1, size, size) and x.abs().max() <= 1
    assert D(x).shape == (3,)


def test_each_layer_halves_the_picture_and_doubles_the_channels():
    G, D = dcgan_pair(32)
    x, seen = torch.zeros(2, 3, 32, 32), []
    for layer in D:
        x = layer(x)
        if isinstance(layer, nn.Conv2d):
            seen.append(tuple(x.shape[1:]))
    assert seen == [(16, 16, 16), (32, 8, 8), (64, 4, 4), (1, 1, 1)]
    x, seen = G.noise(2), []
    for layer in G.net:
        x = layer(x)
        if isinstance(layer, nn.Unflatten | nn.ConvTranspose2d):
            seen.append(tuple(x.shape[1:]))
    assert seen == [(64, 4, 4), (32, 8, 8), (16, 16, 16), (3, 32, 32)]


def test_the_first_layer_of_g_is_the_only_fully_connected_one_and_nothing_pools():
    G, D = dcgan_pair(32)
    kinds = [type(layer) for net in (G.net, D) for layer in net]
    assert kinds.count(nn.Linear) == 1 and isinstance(G.net[0], nn.Linear)
    assert not any("Pool" in kind.__name__ or "Upsample" in kind.__name__ for kind in kinds)


@pytest.mark.parametrize("norm", ["GD", "G", "D", ""])
def test_batch_norm_is_where_it_is_asked_for_and_never_at_the_pictures(norm):
    G, D = dcgan_pair(32, norm=norm)
    assert (len(norms(G)), len(norms(D))) == (3 * ("G" in norm), 2 * ("D" in norm))
    assert isinstance(G.net[-2], nn.ConvTranspose2d) and isinstance(D[1], nn.LeakyReLU)


@pytest.mark.parametrize("norm", ["GD", "G"])
def test_d_judges_each_sample_by_itself_unless_it_has_batch_norm(norm):
    _, D = dcgan_pair(16, norm=norm)
    x = torch.randn(6, 3, 16, 16)
    assert torch.allclose(D(x)[:3], D(x[:3]), atol=1e-6) == (norm == "G")


def test_no_batch_norm_has_its_momentum_for_eps():
    """`BatchNorm2d(n, 0.8)` sets eps, which then swallows each feature's spread."""
    for layer in norms(nn.ModuleList(dcgan_pair(64))):
        assert (layer.eps, layer.momentum) == (1e-5, 0.1)


# The first draw of weights --------------------------------------------------------------------------------------------
def sizes(G, n=400):
    """Standard deviation of what leaves each batch norm."""
    seen = []
    for layer in norms(G):
        layer.register_forward_hook(lambda _, __, out: seen.append(out.std().item()))
    with torch.no_grad():
        G(G.noise(n))
    return seen


def test_every_weight_is_drawn_anew():
    torch.manual_seed(0)
    for net in dcgan_pair(32):
        before = {name: value.clone() for name, value in net.named_parameters()}
        assert normal_start(net) is net
        scales = {id(layer.weight) for layer in norms(net)}
        for name, value in net.named_parameters():
            if name.endswith("bias"):
                assert not value.any()
                continue
            assert not torch.equal(value, before[name]), name
            assert value.std().item() == pytest.approx(0.02, rel=0.6), name
            assert value.mean().item() == pytest.approx(1.0 if id(value) in scales else 0.0, abs=0.02), name


def test_features_keep_their_size_through_batch_norm():
    torch.manual_seed(0)
    assert all(0.9 < size < 1.1 for size in sizes(normal_start(dcgan_pair(32)[0])))


def test_a_scale_around_0_is_seen():
    """The well-known mistake: batch norm's scale drawn from N(0, 0.02) as well."""
    torch.manual_seed(0)
    G = normal_start(dcgan_pair(32)[0])
    for layer in norms(G):
        nn.init.normal_(layer.weight, 0, 0.02)
    assert all(size < 0.05 for size in sizes(G))


def test_another_std():
    torch.manual_seed(0)
    D = normal_start(dcgan_pair(32)[1], std=0.1)
    assert D[0].weight.std().item() == pytest.approx(0.1, rel=0.1)


@pytest.mark.parametrize("layer", [nn.PReLU(), nn.LayerNorm(3), nn.Embedding(2, 3)])
def test_a_layer_that_would_keep_its_weights_is_refused(layer):
    with pytest.raises(TypeError, match=f"^net: holds a {type(layer).__name__}; must hold weights in linear layers"):
        normal_start(nn.Sequential(nn.Linear(3, 3), layer))


def test_layers_without_offset_or_scale_are_taken():
    normal_start(nn.Sequential(nn.Linear(3, 3, bias=False), nn.BatchNorm1d(3, affine=False)))


@pytest.mark.parametrize(("settings", "said"), [
    ({"size": 48}, "^size: got 48; must be a power of two from 8 on"),
    ({"size": 4}, "^size: got 4; must be a power of two"),
    ({"size": 32.0}, "^size: got 32.0; must be a whole number"),
    ({"channels": 0}, "^channels: got 0; must be"),
    ({"norm": "both"}, "^norm: got 'both'; must name the players"),
    ({"norm": None}, "^norm: got None; must name the players"),
    ({"kernel": 3}, "^kernel: got 3; must be 4, or 5"),
])
def test_settings_that_cannot_work_say_so(settings, said):
    with pytest.raises(ValueError, match=said):
        dcgan_pair(**settings)
