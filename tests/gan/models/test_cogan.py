"""CoGAN: which layers are one tensor, who is told the domain, and that nothing else passes between the two."""

import pytest
import torch
from torch import nn

import gan
from gan.models.cogan import ByDomain, Coupled, cogan_pair, couple

LAYERS = [lambda: nn.Linear(3, 4), lambda: nn.Linear(4, 5), lambda: nn.Linear(5, 2)]


def paths(network):
    """For each domain the layers that its samples pass, in order."""
    def of(domain):
        parts = (part[domain] if isinstance(part, ByDomain) else part for part in network)
        return [layer for part in parts for layer in part.modules() if isinstance(layer, (nn.Linear, nn.Conv2d,
                                                                                         nn.ConvTranspose2d))]
    return of(0), of(1)


def shared(network):
    """Of each layer, whether both domains pass the same tensor."""
    return [a.weight is b.weight for a, b in zip(*paths(network), strict=True)]


@pytest.mark.parametrize(("part", "same"), [
    (slice(None, 2), [True, True, False]), (slice(-2, None), [False, True, True]), (slice(0, 0), [False] * 3),
    (slice(None), [True] * 3), (slice(1, 2), [False, True, False]), (slice(3, None), [False] * 3)])
def test_what_is_shared_is_one_tensor_and_nothing_else_is(part, same):
    network = couple(LAYERS, part)
    assert shared(network) == same
    assert len(list(network.parameters())) == 2 * sum(same) + 4 * (3 - sum(same))
    assert network(torch.randn(6, 3), torch.tensor([0, 1, 1, 0, 1, 0])).shape == (6, 2)


def test_own_layers_start_apart():
    own, other = paths(couple(LAYERS, slice(0, 0)))
    assert not any(torch.equal(a.weight, b.weight) for a, b in zip(own, other))


@pytest.mark.parametrize("part", [slice(None, 2), slice(-2, None), slice(0, 0), slice(1, 2)])
def test_each_sample_passes_the_network_of_its_domain(part):
    network, x, y = couple(LAYERS, part), torch.randn(9, 3), torch.tensor([1, 0, 0, 1, 1, 0, 1, 1, 0])
    made = network(x, y)
    for domain, layers in enumerate(paths(network)):
        assert torch.allclose(made[y == domain], nn.Sequential(*layers)(x[y == domain]), atol=1e-6)


def test_by_domain_with_one_domain_alone_and_with_three():
    network, x = couple(LAYERS, slice(None, 2), domains=3), torch.randn(4, 3)
    alone = network(x, torch.tensor([2, 2, 2, 2]))
    assert torch.allclose(network(x, torch.tensor([0, 2, 1, 2]))[1], alone[1], atol=1e-6)


def test_a_gradient_reaches_a_domains_own_part_only_from_its_samples():
    network, x = couple(LAYERS, slice(None, 2)), torch.randn(4, 3)
    network(x, torch.zeros(4, dtype=torch.long)).sum().backward()
    own, other = paths(network)
    assert all(layer.weight.grad is not None for layer in own)
    assert other[-1].weight.grad is None


@pytest.mark.parametrize(("size", "channels"), [(16, 1), (16, 3), (32, 3)])
def test_cogan_pair_shares_first_layers_of_g_and_last_of_d(size, channels):
    G, D = cogan_pair(size, channels, latent=4, width=4)
    y = torch.tensor([0, 1, 1, 0, 1])
    x = G(G.noise(5), y)
    assert x.shape == (5, channels, size, size)
    assert x.abs().max() <= 1
    assert D(x, y).shape == (5,)
    *first, last = shared(G.net)
    assert all(first) and not last
    first, *last = shared(D)
    assert all(last) and not first


def test_cogan_pair_with_so_many_shared_layers():
    for k in range(4):
        G, D = cogan_pair(16, 1, latent=4, width=4, g_shared=k, d_shared=k)
        assert shared(G.net) == [True] * k + [False] * (4 - k)
        assert shared(D) == [False] * (3 - k) + [True] * k


@pytest.mark.parametrize("shares", [{}, {"g_shared": 0, "d_shared": 0}])
def test_it_trains_with_a_penalty_and_an_average(shares):
    x, y = 2 * torch.rand(20, 1, 16, 16) - 1, torch.arange(20) % 2
    G, D = cogan_pair(16, 1, latent=4, width=4, **shares)
    before = [weight.clone() for weight in (*G.parameters(), *D.parameters())]
    run = gan.train(G, D, (x, y), steps=2, batch=6, penalties=(gan.penalties.r1(1.0),), ema=0.9, device="cpu", seed=0)
    assert run.one_pass
    for _ in run:
        pass
    assert not any(torch.equal(a, b) for a, b in zip(before, (*G.parameters(), *D.parameters())))
    assert run.G_ema.sample(3, None, torch.tensor([0, 1, 0])).shape == (3, 1, 16, 16)


def test_d_is_judged_twice_differentiable_in_each_sample():
    _, D = cogan_pair(16, 1, latent=4, width=4)
    x, y = torch.rand(6, 1, 16, 16), torch.tensor([0, 1, 1, 0, 1, 0])
    gan.penalties.r1(1.0)(lambda x: D(x, y), x, None).sum().backward()
    assert all(weight.grad.abs().sum() > 0 for name, weight in D.named_parameters() if name.endswith("weight"))


@pytest.mark.parametrize(("make", "message"), [
    (lambda: couple([], slice(0, 0)), "^layers: got none; must be"),
    (lambda: couple(LAYERS, slice(0, 0), domains=0), "^domains: got 0; must be"),
    (lambda: cogan_pair(24), "^size: got 24; must be 16, 32"),
    (lambda: cogan_pair(8), "^size: got 8; must be 16, 32"),
    (lambda: cogan_pair(16, 1, g_shared=5), "^g_shared: got 5; must be .* from 0 to 4"),
    (lambda: cogan_pair(16, 1, d_shared=-1), "^d_shared: got -1; must be .* from 0 to 3"),
    (lambda: cogan_pair(width=0), "^width: got 0; must be"),
    (lambda: couple(LAYERS, slice(0, 2))(torch.randn(3, 3), torch.tensor([0, 1, 2])), "^y: got 0 to 2; must be"),
    (lambda: couple(LAYERS, slice(0, 2))(torch.randn(2, 3), torch.tensor([-1, 1])), "^y: got -1 to 1; must be"),
])
def test_what_cannot_work_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_coupled_is_a_row_of_networks():
    assert isinstance(couple(LAYERS, slice(0, 0)), Coupled)
