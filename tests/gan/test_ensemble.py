"""Many runs at once are the runs one by one, and no run feels another."""

import copy
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn.functional import leaky_relu

import gan
from gan.layers import Maxout, MinibatchStd, Pack
from gan.models import Generator, conv_pair, mlp, mlp_pair
from gan.penalties import r1, r2

RING = gan.data.ring()
POINTS = RING.sample((500,), generator=torch.Generator().manual_seed(0)).double()


def double(G, D):
    return Generator(G.net.double(), G.latent, partial(torch.randn, dtype=torch.float64)), D.double()


def plain():
    return double(*mlp_pair(width=16))


def normed():
    """Batch norm, maxout, packs. No bias that batch norm takes away: Adam makes whole steps of a rounding error."""
    G = nn.Sequential(nn.Linear(2, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2, bias=False))
    D = nn.Sequential(Pack(2), nn.Linear(4, 20, bias=False), nn.BatchNorm1d(20), Maxout(5), nn.Linear(4, 1),
                      nn.Flatten(0))
    return double(Generator(G, 2), D)


def pacgan():
    return double(normed()[0], nn.Sequential(Pack(2), nn.Linear(4, 20), Maxout(5), nn.Linear(4, 1), nn.Flatten(0)))


def spread():
    G, D = mlp_pair(width=8)
    return double(G, nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), MinibatchStd(), nn.Linear(9, 1), nn.Flatten(0)))


def convs():
    return double(*conv_pair(8, latent=3, width=4))


class Recorded:
    """A run's real samples, noise: those of run ``r`` of an ensemble, played again to a run alone."""

    def __init__(self, ours):
        self.real, self.noise = [], []
        draw_real, noise = ours.draw_real, ours.G.noise
        ours.draw_real = lambda: self.keep(self.real, draw_real())
        ours.G.noise = lambda *args, **more: self.keep(self.noise, noise(*args, **more))

    @staticmethod
    def keep(where, drawn):
        where.append(drawn)
        return drawn

    def play(self, alone, r):
        real, noise = iter(self.real), iter(self.noise)
        alone.draw_real = lambda: next(real)[r]
        alone.G.noise = lambda *args, **more: next(noise)[r]


def distance(stacked, networks):
    """Largest difference between the weights and averages of stacked networks and of those alone."""
    if isinstance(stacked, gan.ensemble.OneByOne):
        return max(distance_alone(a, b) for a, b in zip(stacked.networks, networks, strict=True))
    rest = gan.ensemble._stacked(networks)
    return distance_alone(stacked, rest)


def distance_alone(a, b):
    a, b = a.state_dict(), b.state_dict()
    assert a.keys() == b.keys()
    return max((a[name] - b[name]).abs().max().item() for name in a)


def sgd(weights):
    return torch.optim.SGD(weights, 0.05, momentum=0.5)


SETTINGS = {
    "plain": (plain, POINTS, {}),
    "SGD": (plain, POINTS, {"optimizer": sgd, "d_optimizer": sgd, "lr": 2e-4}),
    "two steps of D, R1": (plain, POINTS, {"d_steps": 2, "penalties": (r1(1.0), r2(0.5))}),
    "unrolled": (plain, POINTS, {"unroll": 2, "steps": 60}),
    "batch norm in G, packs, maxout": (pacgan, POINTS, {}),
    "batch norm in D too": (normed, POINTS, {}),
    "minibatch std, ema": (spread, POINTS, {"ema": 0.9}),
    "convolutions": (convs, gan.data.digits(8)[0][:200].double(), {"steps": 12}),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_run_r_of_an_ensemble_is_that_run_alone(case):
    pair, data, more = SETTINGS[case]
    settings = {"steps": 300, "batch": 16, "lr": 2e-3, "seed": 3, "device": "cpu", **more}
    pairs = [pair() for _ in range(3)]
    G, D = gan.ensemble.stack(pairs)
    ours = gan.train(G, D, data, **settings)
    recorded = Recorded(ours)
    together = list(ours)
    assert together[-1].d_loss.shape == together[-1].g_loss.shape == (3,)
    for r, (own_G, own_D) in enumerate(pairs):
        alone = gan.train(own_G, own_D, data, **settings)
        recorded.play(alone, r)
        for step, all_steps in zip(alone, together, strict=True):
            pass
        assert abs(step.d_loss - all_steps.d_loss[r]) < 1e-12
        assert torch.allclose(step.real_logits, all_steps.real_logits[r], rtol=0, atol=1e-12)
    assert distance(G.net, [own.net for own, _ in pairs]) < 1e-12
    assert distance(D, [own for _, own in pairs]) < 1e-12
    assert len({round(value, 6) for value in together[-1].d_loss.tolist()}) == 3       # data and noise of their own


def test_one_seed_decides_all_and_no_two_runs_are_alike():
    def play(seed):
        torch.manual_seed(seed)
        G, D = gan.ensemble.stack(mlp_pair(width=8) for _ in range(3))
        list(gan.train(G, D, RING, steps=5, batch=16))
        return G.sample(50, torch.Generator().manual_seed(1))
    a, b, c = play(5), play(5), play(6)
    assert torch.equal(a, b) and not torch.equal(a, c)
    assert a.shape == (3, 50, 2)
    assert not torch.allclose(a[0], a[1]) and not torch.allclose(a[1], a[2])


def test_the_noise_of_the_given_generators_is_kept():
    G, _ = gan.ensemble.stack((Generator(mlp([3, 4, 2]), 3, torch.rand), mlp_pair()[1]) for _ in range(2))
    z = G.noise(500)
    assert z.shape == (2, 500, 3) and z.min() >= 0 and z.max() > 0.9


def test_the_given_networks_are_copied():
    for pair in (plain, convs):
        pairs = [pair() for _ in range(2)]
        before = copy.deepcopy(pairs[0][1].state_dict())
        G, D = gan.ensemble.stack(pairs)
        for weight in D.parameters():
            weight.data.add_(1)
        assert all(torch.equal(value, before[name]) for name, value in pairs[0][1].state_dict().items())


@pytest.mark.parametrize("pairs", [mlp_pair(), [mlp_pair()[0]]])
def test_a_single_pair_is_told_from_pairs(pairs):
    with pytest.raises(TypeError, match=r"^pairs: got networks; must be pairs .*mlp_pair\(\) for _ in range"):
        gan.ensemble.stack(pairs)


def test_convolutions_and_strangers_go_one_after_the_other():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.rand(1))

        def forward(self, x):
            return leaky_relu(x * self.scale).sum(-1)

    G, D = gan.ensemble.stack((mlp_pair()[0], nn.Sequential(Own())) for _ in range(2))
    assert isinstance(D, gan.ensemble.OneByOne) and not isinstance(G.net, gan.ensemble.OneByOne)
    list(gan.train(G, D, RING, steps=2, batch=8))


# A run that fails -----------------------------------------------------------------------------------------------------

def poisoned(pair, fatal_step, steps=12, poison=(1,), **more):
    """An ensemble of three; the real samples of run(s) ``poison`` turn into NaN at a step."""
    torch.manual_seed(0)
    G, D = gan.ensemble.stack(pair() for _ in range(3))
    ours = gan.train(G, D, POINTS if pair is not convs else gan.data.digits(8)[0][:99].double(), steps=steps, batch=16,
                     seed=3, lr=2e-3, device="cpu", **more)
    draw_real = ours.draw_real

    def bad():
        real = draw_real()
        if ours.index + 1 >= fatal_step:
            real[list(poison)] = torch.nan
        return real
    ours.draw_real = bad
    return ours


@pytest.mark.parametrize("pair", [plain, normed, convs])
def test_nan_in_one_run_is_told_and_leaves_the_others_untouched(pair):
    well = poisoned(pair, fatal_step=99)
    list(well)
    ill = poisoned(pair, fatal_step=6)
    with pytest.warns(RuntimeWarning, match=r"D's loss is nan at step 6 in run 1, which stops there; the others go on"):
        steps = list(ill)
    assert ill.failed.steps == {1: 6} and ill.index == 12
    assert steps[-1].d_loss.isnan().tolist() == [False, True, False]
    before = poisoned(pair, fatal_step=99, steps=5)
    list(before)
    for network, same, earlier in ((ill.G, well.G, before.G), (ill.D, well.D, before.D)):
        for r, reference in ((0, same), (2, same), (1, earlier)):
            for ours, theirs in zip(gan.ensemble.weights_of(network, r), gan.ensemble.weights_of(reference, r),
                                    strict=True):
                assert ours.isfinite().all() and torch.allclose(ours, theirs, rtol=0, atol=1e-12), r


def test_where_no_run_is_left_the_loop_stops():
    ours = poisoned(plain, fatal_step=4, poison=(0, 2))
    draw_real = ours.draw_real
    ours.draw_real = lambda: draw_real() * (torch.nan if ours.index + 1 == 8 else 1)
    with pytest.warns(RuntimeWarning, match="in run 0, 2"), pytest.raises(FloatingPointError, match="in run 1, and no"):
        list(ours)
    assert ours.failed.steps == {0: 4, 2: 4} and ours.index == 7
    assert all(weight.isfinite().all() for net in (ours.G, ours.D) for weight in net.parameters())


def test_losses_whose_sum_alone_overflows_fail_no_run():
    failed = gan.ensemble.Failed(*gan.ensemble.stack(mlp_pair() for _ in range(2)))
    losses = torch.tensor([3e38, 3e38])
    assert torch.equal(failed.check(losses, "D", 1), losses) and not failed


def test_a_failed_run_stays_failed_after_resuming(tmp_path):
    first = poisoned(plain, fatal_step=3, steps=4)
    with pytest.warns(RuntimeWarning):
        list(first)
    first.save(tmp_path / "run.pt")
    again = poisoned(plain, fatal_step=99, steps=9, resume=tmp_path / "run.pt")
    held = [own.clone() for own in gan.ensemble.weights_of(again.D, 1)]
    list(again)
    assert again.failed.steps == {1: 3}
    assert all(torch.equal(a, b) for a, b in zip(held, gan.ensemble.weights_of(again.D, 1), strict=True))


def test_an_ensemble_resumes_bit_equal(tmp_path):
    def new(steps, **more):
        torch.manual_seed(2)
        G, D = gan.ensemble.stack(mlp_pair(width=8) for _ in range(3))
        return gan.train(G, D, RING, steps=steps, batch=16, seed=1, ema=0.9, **more)
    whole, first = new(9), new(4)
    list(whole), list(first)
    first.save(tmp_path / "run.pt")
    second = new(9, resume=tmp_path / "run.pt")
    list(second)
    assert distance_alone(whole.G, second.G) == distance_alone(whole.D, second.D) == 0


# Bad input ------------------------------------------------------------------------------------------------------------

def test_no_pairs():
    with pytest.raises(ValueError, match="pairs: got none"):
        gan.ensemble.stack([])


def test_pairs_of_other_sizes_or_noise():
    with pytest.raises(ValueError, match=r"pairs\[1\]: its G differs"):
        gan.ensemble.stack([mlp_pair(width=8), mlp_pair(width=9)])
    with pytest.raises(ValueError, match=r"pairs\[2\]: its D differs"):
        gan.ensemble.stack([(mlp_pair()[0], D) for D in (mlp_pair()[1], mlp_pair()[1], mlp_pair(depth=3)[1])])


def test_a_stacked_generator_wants_a_stacked_discriminator():
    G, _ = gan.ensemble.stack(mlp_pair() for _ in range(2))
    with pytest.raises(ValueError, match="D"):
        gan.train(G, mlp_pair()[1], RING, steps=1)


def test_a_batch_that_makes_no_whole_packs():
    G, D = mlp_pair()
    packed = nn.Sequential(Pack(3), mlp([6, 8, 1]), nn.Flatten(0))
    with pytest.raises(ValueError, match="batch: got 128; must be a multiple of 3"):
        gan.train(G, packed, RING, steps=1, batch=128)
    step, = gan.train(G, packed, RING, steps=1, batch=12)
    assert step.real_logits.shape == (4,)
