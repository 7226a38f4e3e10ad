"""StyleGAN: modulation and demodulation against the published form, noise, mixing, path lengths; known mistakes."""

import copy

import pytest
import torch
from small import refusal
from torch.nn.functional import conv2d, conv_transpose2d, leaky_relu

import gan
from gan.models.equalized import BIASES, GAIN
from gan.models.stylegan import MappingNetwork, PathLength, StyledConv, ToRGB, path_slopes, stylegan_pair
from gan.penalties import lazy

SMALL = {4: 6, 8: 5, 16: 4}


def small(**settings):
    torch.manual_seed(1)
    return stylegan_pair(SMALL, latent=7, **settings)


def with_noise(G, strength=3.0):
    for layer in G.net.layers:
        layer.strength.data.fill_(strength)
    return G


# Modulation and demodulation -----------------------------------------------------------------------------------------
def published(layer, x, w):
    """Each sample by a kernel of its own, scaled by the style and divided per output channel: the paper's equations."""
    faces = []
    for one, s in zip(x, layer.style(w)):
        weight = layer.conv.weight * layer.conv.scale
        if layer.conv.resample == "up":
            weight = weight * s[:, None, None, None]                           # (inputs, outputs, k, k)
            spread = (weight.square().sum((0, 2, 3)) / 4 + 1e-8).sqrt()        # each output pixel meets a quarter
            y = conv_transpose2d(one[None], weight / spread[None, :, None, None], None, 2, 1)
        else:
            weight = weight * s[None, :, None, None]                           # (outputs, inputs, k, k)
            spread = (weight.square().sum((1, 2, 3)) + 1e-8).sqrt()
            y = conv2d(one[None], weight / spread[:, None, None, None], None, padding=layer.conv.kernel // 2)
        faces.append(leaky_relu(GAIN * y + (layer.conv.bias * BIASES)[:, None, None], 0.2))
    return torch.cat(faces)


def given(resample, n=3):
    torch.manual_seed(2)
    layer = StyledConv(6, 5, 4, resample).double()
    layer.conv.bias.data.normal_()
    return layer, torch.randn(n, 6, 8, 8).double(), torch.randn(n, 4).double()


@pytest.mark.parametrize("resample", ["", "up"])
def test_the_factors_moved_to_the_features_give_what_scaled_kernels_give(resample):
    layer, x, w = given(resample)
    assert torch.allclose(layer(x, w), published(layer, x, w), atol=1e-9)


@pytest.mark.parametrize("resample", ["", "up"])
def test_features_of_spread_1_leave_the_convolution_with_the_gain_as_their_spread(resample):
    torch.manual_seed(3)
    layer = StyledConv(64, 32, 8, resample)
    x, w = torch.randn(40, 64, 16, 16), 2 * torch.randn(40, 8)
    s = layer.style(w)
    y = layer.conv.convolve(x * s[:, :, None, None]) / (s.square() @ layer.conv.power()).sqrt()[:, :, None, None]
    before = y[..., 2:-2, 2:-2]                                                # the rim sees zeros
    assert abs(before.std().item() - 1) < 0.05
    assert abs(before.std((0, 2, 3)).mean().item() - 1) < 0.05


@pytest.mark.parametrize("resample", ["", "up"])
def test_a_style_times_c_changes_no_demodulated_feature_but_the_colours(resample):
    layer, x, w = given(resample)
    to_rgb = ToRGB(6, 4).double()
    first, colours = layer(x, w), to_rgb(x, w)
    for one in (layer, to_rgb):
        one.style.weight.data *= 5
        one.style.bias.data *= 5
    assert torch.allclose(layer(x, w), first, atol=1e-6)
    assert torch.allclose(to_rgb(x, w), 5 * colours, atol=1e-6)               # ToRGB is not demodulated


@pytest.mark.parametrize("wrong", ["over the outputs", "of the style alone", "over the batch"])
def test_well_known_wrong_demodulations_are_another_layer(wrong):
    layer, x, w = given("")
    right, s = layer(x, w), layer.style(w)
    power = layer.conv.power()                                                 # (inputs, outputs)
    spread = {"over the outputs": (s.square() @ power).sum(1, keepdim=True).sqrt().expand(-1, 5),
              "of the style alone": s.square().sum(1, keepdim=True).sqrt().expand(-1, 5),
              "over the batch": (s.square() @ power).mean(0, keepdim=True).sqrt().expand(3, -1)}[wrong]
    y = GAIN * layer.conv.convolve(x * s[:, :, None, None]) / spread[:, :, None, None]
    y = leaky_relu(y + (layer.conv.bias * BIASES)[:, None, None], 0.2)
    assert (y - right).abs().max() > 0.1


def test_styles_start_at_1_and_noise_at_nothing():
    G, _ = small()
    assert all(layer.strength == 0 for layer in G.net.layers)
    w = torch.zeros(2, 7)
    assert all(torch.allclose(layer.style(w), torch.ones(())) for layer in [*G.net.layers, G.net.to_rgb])


# Noise ----------------------------------------------------------------------------------------------------------------
def test_noise_is_normal_one_map_a_layer_and_drawn_anew():
    G, _ = small()
    maps = G.net.draw_noise(500, torch.Generator().manual_seed(0))
    assert [tuple(one.shape) for one in maps] == [(500, 1, size, size) for size in SMALL]
    for one in maps:
        assert abs(one.mean()) < 0.02 and abs(one.std() - 1) < 0.02            # torch.rand: 0.5 and 0.29
        assert abs(one.double().pow(4).mean() - 3) < 0.2                       # evenly drawn numbers: 1.8
    w = G.net.mapping(torch.randn(2, 7))[:, None].expand(-1, 3, -1)
    assert torch.equal(G.net.synthesis(w), G.net.synthesis(w))                 # while all strengths are 0
    with_noise(G)
    assert not torch.equal(G.net.synthesis(w), G.net.synthesis(w))
    assert torch.equal(G.net.synthesis(w, False), G.net.synthesis(w, False))


def test_the_same_maps_give_the_same_picture_and_one_map_serves_a_batch():
    G = with_noise(small()[0])
    w, maps = torch.randn(3, 3, 7), G.net.draw_noise(1)
    x = G.net.synthesis(w, maps)
    assert torch.equal(x, G.net.synthesis(w, maps))
    assert torch.allclose(x[:1], G.net.synthesis(w[:1], maps), atol=1e-5)


# Mixing ---------------------------------------------------------------------------------------------------------------
def test_while_training_the_asked_share_has_a_second_latent_from_some_layer_on():
    G, _ = small(mixing=0.4)
    z = G.train().noise(4_000, torch.Generator().manual_seed(0))
    changes = (z[:, 1:] != z[:, :-1]).any(2)                                   # (n, layers - 1)
    assert abs(changes.any(1).float().mean() - 0.4) < 0.03 and changes.sum(1).max() == 1
    where = changes.float().sum(0) / changes.sum()
    assert (where - 0.5).abs().max() < 0.05                                    # each crossing as often


@pytest.mark.parametrize("mixing", [0.0, 0.5, 1.0])
def test_outside_training_nothing_is_mixed(mixing):
    G, _ = small(mixing=mixing)
    z = G.eval().noise(50)
    assert torch.equal(z, z[:, :1].expand_as(z))
    changed = []
    G.net.register_forward_pre_hook(lambda _, z: changed.append((z[0] != z[0][:, :1]).any()))
    G.train().sample(50)
    assert not any(changed) and G.training


def test_the_share_is_of_samples_not_of_batches():
    G, _ = small(mixing=0.5)
    z = G.train().noise(400, torch.Generator().manual_seed(0))
    mixed = (z != z[:, :1]).any(2).any(1)
    assert 0.4 < mixed.float().mean() < 0.6


def test_a_layer_listens_to_its_own_w_alone():
    G, _ = small()
    w = torch.randn(1, 3, 7)
    for layer in range(3):
        seen = []
        hooks = [one.register_forward_hook(lambda _, __, out: seen.append(out)) for one in G.net.layers]
        other = w.clone()
        other[:, layer] += 1
        G.net.synthesis(w)
        G.net.synthesis(other)
        same = [torch.equal(a, b) for a, b in zip(seen[:3], seen[3:])]
        assert same == [i < layer for i in range(3)]
        for hook in hooks:
            hook.remove()


# The mapping ----------------------------------------------------------------------------------------------------------
def test_only_the_direction_of_z_matters():
    mapping, z = MappingNetwork(7, 5, 3), torch.randn(4, 7)
    assert torch.allclose(mapping(z), mapping(3 * z), atol=1e-5)
    assert torch.allclose(MappingNetwork(7, 7, 0)(z).square().mean(1), torch.ones(4), atol=1e-5)


def test_the_mean_is_that_of_ws_and_the_same_each_time():
    G, _ = small()
    w = G.net.mapping(torch.randn(20_000, 7, generator=torch.Generator().manual_seed(5)))
    assert torch.equal(G.net.mean(), G.net.mean())
    assert (G.net.mean(20_000, seed=1) - w.mean(0)).abs().max() < 0.05 * w.std()


# Path lengths ---------------------------------------------------------------------------------------------------------
class Linear:
    """synthesis(w) = A times the sum of w over layers."""

    def __init__(self, A):
        self.A = A

    def synthesis(self, w):
        return (w.sum(1) @ self.A.T).view(-1, 3, 4, 4)


def test_a_linear_net_has_the_length_of_its_matrix():
    torch.manual_seed(4)
    A = torch.randn(48, 7)
    lengths = path_slopes(Linear(A), torch.randn(20_000, 2, 7))
    assert lengths.shape == (20_000,)                          # each layer's gradient is A^T y, y of variance 1/16
    assert abs(lengths.square().mean() / (A.square().sum() / 16) - 1) < 0.02


def test_lengths_are_each_samples_own():
    """labml's axes average over the batch (its pull request 51)."""
    G, _ = small()
    w = G.net.mapping(torch.randn(6, 7))[:, None].expand(-1, 3, -1).contiguous()
    order = torch.tensor([3, 0, 5, 1, 4, 2])

    def asked(w, n=400):
        torch.manual_seed(0)
        return torch.stack([path_slopes(G.net, w).detach() for _ in range(n)]).mean(0)

    assert torch.allclose(asked(w)[order], asked(w[order]), rtol=0.1)
    assert asked(w).std() > 0.02 * asked(w).mean()


def test_the_penalty_wants_equal_lengths_and_keeps_their_mean():
    G, _ = small()
    penalty = PathLength(G, decay=0.5)
    first = penalty(torch.zeros(5, 3, 16, 16), None)
    assert first.shape == (5,) and first.requires_grad and penalty.mean > 0
    other = PathLength(G)
    other.load_state_dict(penalty.state_dict())
    assert other.mean == penalty.mean


def test_a_net_that_follows_it_has_lengths_that_are_more_alike():
    G, _ = small()
    penalty, adam = PathLength(G, decay=0.1), torch.optim.Adam(G.parameters(), lr=1e-2)

    def uneven():
        w = G.net.mapping(torch.randn(300, 7, generator=torch.Generator().manual_seed(9)))
        w = w[:, None].expand(-1, 3, -1).detach()
        torch.manual_seed(0)
        lengths = torch.stack([path_slopes(G.net, w).detach() for _ in range(30)]).mean(0)
        return (lengths.std() / lengths.mean()).item()

    first = uneven()
    for _ in range(150):
        adam.zero_grad()
        penalty(torch.zeros(16), None).mean().backward()
        adam.step()
    assert uneven() < 0.7 * first


def test_a_run_takes_it_lazily():
    images = gan.data.faces(50, 16, torch.Generator().manual_seed(0))[0]
    G, D = small()
    penalty = lazy(PathLength(G), 2)
    for _ in gan.train(G, D, images, steps=4, batch=8, seed=0, device="cpu", g_penalties=(penalty,)):
        pass
    assert penalty.calls == 4 and penalty.penalty.mean > 0


# As a pair ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("depth", [1, 3])
def test_the_pair_trains_and_resumes(tmp_path, depth):
    images = gan.data.faces(100, 16, torch.Generator().manual_seed(0))[0]
    settings = {"batch": 8, "lr": 1e-2, "betas": (0.0, 0.99), "ema": 0.9, "seed": 3, "device": "cpu"}
    G, D = small(depth=depth)
    run = gan.train(G, D, images, steps=4, **settings)
    other = copy.deepcopy((G, D))
    for step in run:
        if step.index == 2:
            run.save(tmp_path / "run.pt")
    again = gan.train(*other, images, steps=4, resume=tmp_path / "run.pt", **settings)
    for _ in again:
        pass
    for a, b in zip(run.G_ema.state_dict().values(), again.G_ema.state_dict().values()):
        assert torch.equal(a, b)
    assert run.G_ema.sample(3).shape == (3, 3, 16, 16)


@pytest.mark.parametrize("ask, says", [
    (lambda: stylegan_pair(SMALL, 7, depth=-1), "depth: got -1"),
    (lambda: stylegan_pair(SMALL, 7, mixing=1.5), "mixing: got 1.5"),
    (lambda: stylegan_pair({4: 6}, 7), "mixing: got 0.5 with a single layer"),
    (lambda: stylegan_pair(SMALL, 7, d_channels={4: 6, 8: 5}), "d_channels: got sizes [4, 8]"),
    (lambda: MappingNetwork(7, 5, 0), "depth: got 0"), (lambda: PathLength(small()[0], -1), "weight, decay"),
    (lambda: small()[0].net.synthesis(torch.zeros(2, 7)), "w: got shape (2, 7)"),
    (lambda: small()[0].net.synthesis(torch.zeros(2, 4, 7)), "w: got shape (2, 4, 7)")])
def test_what_cannot_work_is_refused(ask, says):
    with pytest.raises(ValueError) as refused:
        ask()
    assert says in str(refused.value)


def test_a_single_layer_trains_without_mixing():
    G, D = stylegan_pair({4: 6}, 7, mixing=0)
    for _ in gan.train(G, D, torch.zeros(9, 3, 4, 4), steps=2, batch=4, device="cpu"):
        pass
    assert G.train().noise(5).shape == (5, 1, 7) and G.sample(3).shape == (3, 3, 4, 4)


def test_d_may_have_channels_of_its_own():
    G, D = stylegan_pair(SMALL, 7, d_channels={4: 3, 8: 2, 16: 8})
    assert [conv.weight.shape[0] for conv in D.from_rgb] == [3, 2, 8] and G.net.to_rgb.conv.weight.shape[1] == 4
    assert D(G.sample(4)).shape == (4,)


def test_data_of_another_size_are_refused():
    assert "16" in refusal(*small(), torch.zeros(50, 3, 32, 32))
