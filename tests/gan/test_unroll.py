"""The unrolled step against finite differences, and against torch's own Adam."""

import copy

import pytest
import torch
from torch import nn

import gan
from gan.models import Generator, mlp
from gan.penalties import r1, r2
from gan.unroll import look_ahead


def started(penalties=(), steps=3, unroll=2, **more):
    """A smooth pair in float64 whose Adam has begun."""
    torch.manual_seed(0)
    G = Generator(mlp([2, 5, 2], nn.Tanh).double(), 2, lambda *size, **kind: torch.randn(*size, **kind).double())
    D = nn.Sequential(mlp([2, 5, 1], nn.Tanh), nn.Flatten(0)).double()
    data = gan.data.ring(std=0.1).sample((200,)).double()
    run = gan.train(G, D, data, steps=steps, batch=8, lr=1e-2, seed=1, penalties=penalties, unroll=unroll, device="cpu",
                    **more)
    list(run)
    return run


def test_d_looked_ahead_is_d_after_so_many_steps_of_torchs_adam():
    run = started(penalties=(r1(0.5), r2(0.5)))
    real, fake = run.draw_real(), run.draw_fake().detach()
    ahead = look_ahead(run, real, fake)(fake)
    D, before = copy.deepcopy(run.D), copy.deepcopy(run.D.state_dict())
    adam = torch.optim.Adam(D.parameters(), 1e-2, (0.5, 0.999))
    adam.load_state_dict(run.d_optimizer.state_dict())
    for _ in range(2):
        adam.zero_grad()
        run.judge(D, real, fake)[0].backward()
        adam.step()
    assert torch.allclose(ahead, D(fake), rtol=0, atol=1e-10)
    assert not torch.allclose(ahead, run.D(fake), rtol=0, atol=1e-3)
    assert all(torch.equal(value, before[name]) for name, value in run.D.state_dict().items())


@pytest.mark.parametrize("penalties", [(), (r1(0.5), r2(0.5))])
def test_gs_gradient_goes_through_two_unrolled_steps(penalties):
    """Against finite differences of G's loss, D's future included; holding D's answer fixed gives another gradient."""
    run = started(penalties)
    real, z = run.draw_real(), run.G.noise(8, run.random)
    weight = run.G.net[0].weight

    def g_loss():
        fake = run.G(z)
        return run.loss.generator(look_ahead(run, real, fake)(fake)).mean()

    gradient, = torch.autograd.grad(g_loss(), weight)
    numeric, h = torch.zeros_like(gradient), 1e-5
    with torch.no_grad():
        for i in range(5):
            for j in range(2):
                kept, ends = weight[i, j].item(), []
                for sign in (1, -1):
                    weight[i, j] = kept + sign * h
                    with torch.enable_grad():
                        ends.append(g_loss().item())
                weight[i, j] = kept
                numeric[i, j] = (ends[0] - ends[1]) / (2 * h)
    assert torch.allclose(gradient, numeric, rtol=1e-4, atol=1e-8)
    fake = run.G(z)
    held, = torch.autograd.grad(run.loss.generator(look_ahead(run, real, fake.detach())(fake)).mean(), weight)
    assert not torch.allclose(held, gradient, rtol=0.05)


def test_the_loop_uses_it_and_zero_is_the_plain_loop():
    plain, none, five = (started(unroll=k).G.net[0].weight for k in (0, 0, 5))
    assert torch.equal(plain, none) and not torch.allclose(plain, five, rtol=1e-3)


def test_a_weight_without_a_gradient_does_no_harm():
    run = started(steps=1)
    with torch.no_grad():
        run.D[0][0].weight.zero_()
        run.D[0][2].weight.zero_()
        run.d_optimizer.state[run.D[0][0].weight]["exp_avg_sq"].zero_()
    fake = run.draw_fake()
    look_ahead(run, run.draw_real(), fake)(fake).sum().backward()
    assert run.G.net[0].weight.grad.isfinite().all()


@pytest.mark.parametrize("unroll", [-1, 1.5, True, "5"])
def test_bad_counts_are_refused(unroll):
    with pytest.raises(ValueError, match="unroll: got"):
        started(unroll=unroll)
