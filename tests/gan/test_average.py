"""What a moving average of G averages, what it copies, and that it changes nothing else."""

import copy

import pytest
import torch
from small import IMAGES, POINTS, convs, mlps, run, weights
from torch import nn
from torch.nn.utils import parametrizations, spectral_norm

import gan
from gan.models import Generator


class Counted(nn.Module):
    """Counts its batches and keeps a mask: buffers that mean nothing half-way."""

    def __init__(self):
        super().__init__()
        self.register_buffer("batches", torch.zeros((), dtype=torch.long))
        self.register_buffer("mask", torch.ones(2))

    def forward(self, x):
        if self.training:
            self.batches += 1
            self.mask = 1 - self.mask
        return x * (1 + 0 * self.mask)


def keeping():
    torch.manual_seed(1)
    G = nn.Sequential(spectral_norm(nn.Linear(2, 8)), nn.BatchNorm1d(8), nn.ReLU(),
                      parametrizations.spectral_norm(nn.Linear(8, 2)), Counted())
    return Generator(G, 2), mlps()[1]


def test_weights_and_running_statistics_are_averaged_and_all_else_is_copied():
    G, D = keeping()
    ours, states = gan.train(G, D, POINTS, steps=9, batch=16, lr=1e-2, seed=5, ema=0.9), []
    for _ in ours:
        states.append(copy.deepcopy(G.state_dict()))
    average = {name: value for name, value in ours.G_ema.state_dict().items()}
    learned = {name for name, _ in G.named_parameters()} | {"net.1.running_mean", "net.1.running_var"}
    assert len(average) - len(learned) == 7              # u and v, twice; batch norm's counter, ours, the mask
    for name in average:
        expected = states[0][name].double()
        for state in states[1:]:
            expected = 0.9 * expected + 0.1 * state[name].double() if name in learned else state[name].double()
        assert torch.allclose(average[name].double(), expected, atol=1e-6), name
    assert all(average[name].norm() == pytest.approx(1) for name in average if name.endswith(("_u", "_v")))


def test_the_average_is_in_evaluation_mode_from_the_first_step_to_the_last():
    G, D = convs()
    ours = gan.train(G, D, IMAGES, steps=3, batch=16, ema=0.9)
    for _ in ours:
        assert not any(module.training for module in ours.G_ema.modules()) and G.training
        z = ours.G.noise(4)
        alone, in_company = ours.G_ema(z[:2]), ours.G_ema(z)[:2]       # the others in its batch do not count
        assert torch.allclose(alone, in_company, atol=1e-6)


def test_a_g_with_an_average_trains_as_without():
    a, b = run(keeping)[0], run(keeping, ema=0.9)[0]
    assert torch.equal(weights(a.G, a.D), weights(b.G, b.D))


def test_it_goes_on_from_a_checkpoint(tmp_path):
    whole, _ = run(keeping, ema=0.9)
    G, D = keeping()
    first = gan.train(G, D, POINTS, steps=6, batch=16, seed=5, ema=0.9)
    next(iter(first))
    first.save(tmp_path / "run.pt")
    second, _ = run(keeping, ema=0.9, resume=tmp_path / "run.pt")
    assert torch.equal(weights(second.G_ema), weights(whole.G_ema))
