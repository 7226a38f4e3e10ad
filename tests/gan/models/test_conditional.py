"""Networks that are told y: against formulas written out sample by sample, and what is refused."""

import pytest
import torch
from torch import nn

import gan
from gan.models import Concat, Generator, Projection, conditional_pair, leaky, mlp

LABELS = torch.tensor([2, 0, 1, 2, 2])
BITS = torch.tensor([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.5, 1.0]])


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def unit(label, n=3):
    return [float(i == label) for i in range(n)]


def test_concat_sets_a_one_hot_label_beside_each_point():
    layers, x = mlp([2 + 3, 8, 4], leaky), torch.randn(5, 2)
    by_hand = [layers(torch.tensor([*point.tolist(), *unit(label)])) for point, label in zip(x, LABELS.tolist())]
    assert torch.allclose(Concat(layers, 3)(x, LABELS), torch.stack(by_hand), atol=1e-6)


def test_concat_gives_an_image_planes_of_its_own_y():
    """Neither of another sample's y, nor laid across the image."""
    seen = []
    layers = nn.Conv2d(3 + 2, 1, 1)
    layers.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    x = torch.randn(5, 3, 4, 6)
    Concat(layers, 2)(x, BITS)
    image, = seen
    assert image.shape == (5, 5, 4, 6) and torch.equal(image[:, :3], x)
    for sample, bits in zip(image, BITS):
        for plane, bit in zip(sample[3:], bits):
            assert (plane == bit).all()


@pytest.mark.parametrize("y", [LABELS, BITS])
def test_projection_is_psi_plus_the_product_with_y(y):
    told = 3 if y is LABELS else 2
    layers, x = mlp([4, 8, 1 + told], leaky), torch.randn(5, 4)
    phi, last = layers[:-1](x), layers[-1]
    rows = torch.tensor([unit(label) for label in LABELS.tolist()]) if y is LABELS else BITS
    psi = phi @ last.weight[0] + last.bias[0]
    product = torch.stack([sum(b * (last.weight[1 + k] @ f + last.bias[1 + k]) for k, b in enumerate(row))
                           for row, f in zip(rows, phi)])
    logits = Projection(layers, told)(x, y)
    assert logits.shape == (5,)
    assert torch.allclose(logits, psi + product, atol=1e-6)
    assert not torch.allclose(logits, psi - product, atol=1e-2)


@pytest.mark.parametrize("outputs", [1, 3, 5])
def test_projection_needs_one_number_more_than_is_told(outputs):
    """Three of three, or a fourth class for fakes, are the well-known mistakes."""
    with pytest.raises(ValueError, match=r"1 \+ 3"):
        Projection(mlp([4, outputs]), 3)(torch.randn(5, 4), LABELS)


@pytest.mark.parametrize("network", [Concat(mlp([4 + 3, 1]), 3), Projection(mlp([4, 4]), 3)])
@pytest.mark.parametrize("y, says", [(LABELS + 1, "0 to 2"), (LABELS - 1, "0 to 2"), (BITS, "as many numbers"),
                                     (LABELS.float(), "as many numbers")])
def test_a_y_that_does_not_fit_is_refused(network, y, says):
    with pytest.raises(ValueError, match=says):
        network(torch.randn(5, 4), y)


@pytest.mark.parametrize("make", [lambda told: Concat(mlp([2, 1]), told), lambda told: Projection(mlp([2, 1]), told)])
@pytest.mark.parametrize("told", [0, 1.5, True])
def test_told_is_a_count(make, told):
    with pytest.raises(ValueError, match="told"):
        make(told)


# The convolutional pair ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("size", [8, 16, 32, 64])
def test_conditional_pair_maps_noise_and_y_to_images_and_these_to_logits(size):
    G, D = conditional_pair(size, told=2, latent=4, width=16)
    x = G(G.noise(5), BITS)
    assert x.shape == (5, 3, size, size) and x.abs().max() <= 1
    assert D(x, BITS).shape == (5,)
    assert D(x[:1], BITS[:1]).shape == (1,)


def test_both_players_of_the_pair_look_at_y():
    G, D = conditional_pair(16, told=2, latent=4, width=8)
    z, x, other = torch.randn(5, 4), torch.randn(5, 3, 16, 16), BITS.flip(0) + 1
    assert ((G(z, BITS) - G(z, other)).abs().amax((1, 2, 3)) > 0).all()
    assert ((D(x, BITS) - D(x, other)).abs() > 0).all()


def test_d_of_the_pair_judges_each_sample_by_itself():
    _, D = conditional_pair(16, told=2, latent=4, width=8)
    x = torch.randn(5, 3, 16, 16)
    assert torch.allclose(D(x, BITS)[2:4], D(x[2:4], BITS[2:4]), atol=1e-6)


@pytest.mark.parametrize("size, width", [(4, 8), (12, 8), (24, 8), (0, 8), (32, 6)])
def test_sizes_that_cannot_be_halved_down_to_4_are_refused(size, width):
    with pytest.raises(ValueError, match="size"):
        conditional_pair(size, width=width)


# In a run ------------------------------------------------------------------------------------------------------------

def told_pair(way):
    extra, outputs = (3, 1) if way is Concat else (0, 1 + 3)
    D = mlp([2 + extra, 8, outputs], leaky)
    return (Generator(mlp([2 + 3, 8, 2], leaky), 2 + 3),
            nn.Sequential(D, nn.Flatten(0)) if way is Concat else D)


@pytest.mark.parametrize("way", [Concat, Projection])
def test_a_stacked_ensemble_is_told_as_each_of_its_networks(way):
    pairs = [told_pair(way) for _ in range(4)]
    G, D = gan.ensemble.stack(pairs)
    G.net, G.latent = Concat(G.net, 3), 2
    z, x, y = torch.randn(4, 5, 2), torch.randn(4, 5, 2), LABELS.repeat(4, 1)
    for r, (own_G, own_D) in enumerate(pairs):
        assert torch.allclose(G(z, y)[r], Concat(own_G.net, 3)(z[r], y[r]), atol=1e-6)
        assert torch.allclose(way(D, 3)(x, y)[r], way(own_D, 3)(x[r], y[r]), atol=1e-6)


@pytest.mark.parametrize("way", [Concat, Projection])
def test_each_class_goes_to_its_own_place(way):
    places = torch.tensor([[2.0, 0.0], [-2.0, 0.0], [0.0, 2.0]])
    y = torch.randint(3, (600,))
    G, D = gan.ensemble.stack(told_pair(way) for _ in range(3))
    G.net, G.latent = Concat(G.net, 3), 2
    run = gan.train(G, way(D, 3), (places[y] + 0.3 * torch.randn(600, 2), y), steps=400, batch=64, lr=5e-3,
                    betas=(0.0, 0.99), ema=0.98, penalties=(gan.penalties.r1(0.1),), seed=0, device="cpu")
    for _ in run:
        pass
    asked = torch.arange(3).repeat_interleave(50).expand(3, -1)
    nearest = torch.cdist(run.G_ema.sample(150, None, asked), places).argmin(-1)
    assert (nearest == asked).float().mean(1).min() > 0.9
