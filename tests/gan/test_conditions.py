"""Conditional runs against the loop written out by hand, and with everything that an unconditional one can do."""

import copy
from functools import partial
from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image
from small import IMAGES, POINTS, mlps, refusal, weights
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn
from torch.nn.functional import logsigmoid, one_hot
from torch.optim import Adam
from torch.utils.tensorboard import SummaryWriter

import gan
from gan.losses import Loss
from gan.models import Generator, mlp
from gan.penalties import gradient_penalty, lazy, r1

LABELS = gan.data.digits(8)[1][:300]
MODE = torch.cdist(POINTS, gan.data.ring().modes).argmin(1)            # which bell a point is of
DATA = POINTS.double(), MODE, POINTS.roll(1, 0).double()               # told two things: a label, another point


class Told(nn.Module):
    """``net(cat([x, one_hot(y), more]))``: a network that is told a label and perhaps other features."""

    def __init__(self, net, classes=8):
        super().__init__()
        self.net, self.classes = net, classes

    def forward(self, x, y, *more):
        return self.net(torch.cat([x, one_hot(y, self.classes).to(x), *more], -1))


def pair():
    torch.manual_seed(1)
    noise = partial(torch.randn, dtype=torch.float64)
    return (Generator(Told(mlp([12, 8, 2], nn.Tanh)).double(), 2, noise),
            nn.Sequential(Told(mlp([12, 8, 1], nn.Tanh)).double(), nn.Flatten(0)))


def sequential(pair):
    """nn.Sequential hands on one thing only, so D is a module of its own."""
    class D(nn.Module):
        def __init__(self, told):
            super().__init__()
            self.told = told

        def forward(self, x, *y):
            return self.told(x, *y).squeeze(-1)
    G, (told, _) = pair
    return G, D(told)


def new():
    return sequential(pair())


def train(data=DATA, pair=new, steps=6, **settings):
    G, D = pair()
    run = gan.train(G, D, data, **{"steps": steps, "batch": 16, "seed": 5, "lr": 1e-2, **settings})
    return run, list(run)


# Algorithm 1, told y --------------------------------------------------------------------------------------------------

def stays_near(fake, real, y, other):
    """A penalty of G's that knows all: the fake, its real sample, both things told."""
    return (fake - real).square().sum(-1) * (1 + y % 2) + (fake - other).abs().sum(-1)


relativistic = Loss(lambda real, fake: -logsigmoid(real - fake), lambda fake, real: -logsigmoid(fake - real))


def by_hand(steps=6, d_steps=1, fresh_noise=False, penalties=(), g_penalties=(), pairs=False):
    """The loop with plain autograd; fake and real belong to the same y."""
    (G, D), random = new(), torch.Generator().manual_seed(5)
    g_adam, d_adam = Adam(G.parameters(), 1e-2, (0.5, 0.999)), Adam(D.parameters(), 1e-2, (0.5, 0.999))

    def move(adam, player, loss):
        for weight, gradient in zip(player.parameters(), torch.autograd.grad(loss.mean(), list(player.parameters()))):
            weight.grad = gradient
        adam.step()

    for _ in range(steps):
        for _ in range(d_steps):
            rows = torch.randint(len(POINTS), (16,), generator=random)
            real, *y = (part[rows] for part in DATA)
            z = G.noise(16, random)
            fake = G(z, *y).detach()
            a, b = D(real, *y), D(fake, *y)
            loss = -logsigmoid(a - b) if pairs else -logsigmoid(a) - logsigmoid(-b)
            for penalty in penalties:
                loss = loss + penalty(lambda x: D(x, *y), real, fake)  # noqa: B023
            move(d_adam, D, loss)
        fake = G(G.noise(16, random) if fresh_noise else z, *y)
        b = D(fake, *y)
        loss = -logsigmoid(b - D(real, *y)) if pairs else -logsigmoid(b)
        for penalty in g_penalties:
            loss = loss + penalty(fake, real, *y)
        move(g_adam, G, loss)
    return G, D


VARIANTS = {
    "plain": ({}, {}),
    "five steps of D, fresh noise": ({"d_steps": 5, "fresh_noise": True},) * 2,
    "R1": ({"penalties": (r1(1.0),)},) * 2,
    "a penalty of G's": ({"g_penalties": (stays_near,)},) * 2,
    "relativistic: reals under the D that G now plays against": ({"loss": relativistic}, {"pairs": True}),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_conditional_run_is_algorithm_1_with_y_told_to_both(variant):
    settings, theirs = VARIANTS[variant]
    G, D = by_hand(**theirs)
    ours, _ = train(**settings)
    assert ours.one_pass and len(ours.y) == 2
    assert torch.allclose(weights(ours.G, ours.D), weights(G, D), rtol=0, atol=1e-9)
    assert not torch.allclose(weights(*new()), weights(G, D), rtol=0, atol=1e-3)


def test_an_unconditional_relativistic_loss_gets_the_reals_logits_of_today():
    seen, (G, D) = [], mlps()

    def generator(fake, real):
        seen.append((fake.detach(), real.detach(), copy.deepcopy(D.state_dict())))
        return -logsigmoid(fake - real)
    ours = gan.train(G, D, POINTS, steps=1, batch=16, seed=5, loss=Loss(relativistic.discriminator, generator))
    draw_real, reals = ours.draw_real, []
    ours.draw_real = lambda: reals.append(draw_real()) or reals[-1]
    step, = ours
    (_, real, then), = seen
    D.load_state_dict(then)
    assert torch.allclose(real, D(reals[0]), atol=1e-6)
    assert not torch.allclose(real, step.real_logits, atol=1e-6)         # those of the D before its update


def test_labels_are_learned_each_class_goes_to_its_own_bell():
    """Shuffled labels would leave each class everywhere: 1 in 8."""
    torch.manual_seed(0)

    def small():
        G = Generator(Told(mlp([10, 64, 64, 2], gan.models.leaky)), 2)
        return sequential((G, nn.Sequential(Told(mlp([10, 64, 64, 1], gan.models.leaky)), nn.Flatten(0))))
    G, D = small()
    list(gan.train(G, D, (POINTS, MODE), steps=600, batch=64, lr=2e-3, betas=(0.0, 0.99), seed=0))
    y = torch.arange(8).repeat_interleave(50)
    x = G.sample(400, torch.Generator().manual_seed(1), y)
    right = (torch.cdist(x, gan.data.ring().modes).argmin(1) == y).float().mean()
    assert right > 0.8


# Everything else ------------------------------------------------------------------------------------------------------

EVERYTHING = {
    "R1 and gradient penalty": {"penalties": (r1(1.0), gradient_penalty())},
    "lazy R1": {"penalties": (lazy(r1(1.0), 3),)},
    "unrolled": {"unroll": 2, "penalties": (r1(1.0),)},
    "unrolled, relativistic": {"unroll": 2, "loss": relativistic},
    "average": {"ema": 0.9},
    "penalty of G's, five steps of D": {"g_penalties": (stays_near,), "d_steps": 5},
}


class Drawing:
    """Points of a bell that is told, drawn."""

    def sample(self, shape, generator=None):
        y = torch.randint(8, shape, generator=generator)
        x = gan.data.ring().modes.double()[y]
        return x + 0.02 * torch.randn(x.shape, generator=generator, dtype=torch.float64), y, x


@pytest.mark.parametrize("data", [DATA, Drawing()], ids=["tensors", "drawn"])
@pytest.mark.parametrize("kind", EVERYTHING)
def test_a_resumed_conditional_run_ends_bit_equal(kind, data, tmp_path):
    def settings():
        made = dict(EVERYTHING[kind])
        if "penalties" in made:                          # lazy ones keep a count
            made["penalties"] = copy.deepcopy(made["penalties"])
        return made
    whole, steps = train(data, steps=8, **settings())
    G, D = new()
    first = gan.train(G, D, data, steps=8, batch=16, seed=5, lr=1e-2, **settings())
    for step in first:
        if step.index == 4:
            first.save(tmp_path / "run.pt")
            break
    torch.rand(99)
    second, rest = train(data, steps=8, resume=tmp_path / "run.pt", **settings())
    assert [step.d_loss for step in rest] == [step.d_loss for step in steps[4:]]
    assert torch.equal(weights(second.G, second.D), weights(whole.G, whole.D))
    if "ema" in settings():
        assert torch.equal(weights(second.G_ema), weights(whole.G_ema))


@pytest.mark.parametrize("kind", [kind for kind in EVERYTHING if kind != "R1 and gradient penalty"] + ["R1"])
def test_run_r_of_a_conditional_ensemble_is_that_run_alone(kind):
    settings = {"steps": 60, "batch": 16, "lr": 2e-3, "seed": 3,
                **copy.deepcopy(EVERYTHING.get(kind, {"penalties": (r1(1.0),)}))}
    pairs = []
    for r in range(3):
        pairs.append(new())
        for weight in (*pairs[-1][0].parameters(), *pairs[-1][1].parameters()):
            weight.data += 0.1 * r
    G, D = gan.ensemble.stack(pairs)
    ours = gan.train(G, D, DATA, **copy.deepcopy(settings))
    recorded, draw_real, noise = [], ours.draw_real, G.noise

    def keep():
        real = draw_real()
        recorded.append((real, ours.y))
        return real
    zs = []
    ours.draw_real = keep
    G.noise = lambda *args, **more: zs.append(noise(*args, **more)) or zs[-1]
    together = list(ours)
    for r, (own_G, own_D) in enumerate(pairs):
        alone = gan.train(own_G, own_D, DATA, **copy.deepcopy(settings))
        reals, noises = iter(recorded), iter(zs)

        def play(r=r, alone=alone, reals=reals):
            real, y = next(reals)
            alone.y = [part[r] for part in y]
            return real[r]
        alone.draw_real = play
        own_G.noise = lambda *args, noises=noises, r=r, **more: next(noises)[r]
        last = list(alone)[-1]
        assert abs(last.d_loss - together[-1].d_loss[r]) < 1e-12
        for name, network, own in (("G", G.net, own_G.net), ("D", D, own_D)):
            theirs = weights(network.networks[r])
            assert (theirs - weights(own)).abs().max() < 1e-12, name


class ImageTold(nn.Module):
    """A picture's network that is told a label: as a further channel."""

    def __init__(self, net, make):
        super().__init__()
        self.net, self.make = net, make

    def forward(self, x, y):
        if self.make:
            return self.net(torch.cat([x, one_hot(y, 10).to(x)], 1))
        channel = y[:, None, None, None].to(x).expand(-1, 1, 8, 8) / 9
        return self.net(torch.cat([x, channel], 1))


def pictures():
    torch.manual_seed(1)
    G, _ = gan.models.conv_pair(8, latent=13, width=4)
    _, D = gan.models.conv_pair(8, channels=2, width=4)
    return Generator(ImageTold(G.net, True), 3), ImageTold(D, False)


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("batch", [16, 80])
def test_tensorboard_shows_samples_of_the_same_y_each_time(batch, tmp_path):
    G, D = pictures()
    writer, samples = SummaryWriter(tmp_path), {}
    run = gan.train(G, D, (IMAGES, LABELS), steps=101, batch=batch, writer=writer, seed=0)
    n = min(batch, 64)
    for step in run:
        if step.index in (1, 100):
            samples[step.index] = G.sample(n, torch.Generator().manual_seed(0), run.shown[0][:n])
    writer.close()
    assert len(run.shown[0][:n].unique()) > 5                           # not only the first class's
    board = EventAccumulator(str(tmp_path), {"images": 0}).Reload()
    for event in board.Images("samples"):
        picture = np.asarray(Image.open(BytesIO(event.encoded_image_string)))
        second = (samples[event.step][1, 0].numpy() + 1) / 2 * 255
        assert np.abs(picture[:8, 8:16, 0] - second).max() <= 1
    assert len(board.Images("samples")) == 2


def test_samples_are_of_the_y_asked_for_in_evaluation_mode():
    G, D = pictures()
    list(gan.train(G, D, (IMAGES, LABELS), steps=20, batch=16, lr=1e-2, ema=0.9))
    three = torch.full((5,), 3)
    x = G.sample(5, torch.Generator().manual_seed(0), three)
    assert torch.equal(x, G.sample(5, torch.Generator().manual_seed(0), three)) and G.training
    assert not torch.allclose(x, G.sample(5, torch.Generator().manual_seed(0), three + 1))


# Lazy penalties -------------------------------------------------------------------------------------------------------

def test_a_lazy_penalty_comes_at_each_third_call_and_is_three_times_as_strong():
    calls = []

    def penalty(D, real, fake):
        calls.append(1)
        return D(real).square()
    slow, x = lazy(penalty, 3), torch.arange(4.0)
    given = [slow(lambda x: x, x, x) for _ in range(7)]
    assert [one is None for one in given] == [False, True, True, False, True, True, False] and len(calls) == 3
    assert given[3].tolist() == [0, 3, 12, 27]


def test_a_lazy_penalty_falls_due_in_real_steps_whatever_unrolling_foresees():
    due = []

    def penalty(D, real, fake):
        due.append(run.index)
        return r1()(D, real, fake)
    G, D = mlps()
    run = gan.train(G, D, POINTS, steps=9, batch=16, unroll=3, penalties=(lazy(penalty, 4),))
    judge, real_steps = run.judge, []

    def judged(D, *given):
        before = len(due)
        result = judge(D, *given)
        if D is run.D and len(due) > before:
            real_steps.append(run.index)
        return result
    run.judge = judged
    list(run)
    assert real_steps == [0, 4, 8] and run.penalties[0].calls == 9


def test_a_lazy_penalty_is_as_strong_on_average_and_resumes_where_it_was(tmp_path):
    def begin(every, **more):
        G, D = mlps()
        return gan.train(G, D, POINTS, steps=8, batch=16, seed=5, penalties=(lazy(r1(), every),), **more)
    whole = begin(3)
    list(whole)
    first = begin(3)
    for step in first:
        if step.index == 4:
            first.save(tmp_path / "run.pt")
    second = begin(3, resume=tmp_path / "run.pt")
    assert second.penalties[0].calls == 4
    list(second)
    assert torch.equal(weights(second.G, second.D), weights(whole.G, whole.D))
    G, D = mlps()
    why = refusal(G, D, POINTS, penalties=(r1(),), resume=tmp_path / "run.pt", steps=8)
    assert why.startswith("resume: ") and "1 penalties that keep a state" in why and "must be the same" in why


@pytest.mark.parametrize(("make", "says"), [(lambda: lazy(10.0, 16), "penalty: got 10.0; must be a function"),
                                            (lambda: lazy(r1(), 0), "every: got 0; must be a whole number")])
def test_a_lazy_penalty_that_cannot_be_is_named(make, says):
    with pytest.raises((ValueError, TypeError), match=says):
        make()


# What does not fit ----------------------------------------------------------------------------------------------------

nan = DATA[2].clone()
nan[3, 0] = torch.nan
BAD = {
    "lengths": ((DATA[0], MODE[:-1]), "data: got a tuple of tensors of lengths 500, 499; must be of one"),
    "not finite": ((DATA[0], MODE, nan), "data: what is told of the samples, y, holds NaN"),
    "one thing too few": (DATA[:1] + DATA[2:], "G: cannot take a batch of shape (8, 2), told y of shape (8, 2)"),
    "samples not finite": ((nan, MODE, DATA[2]), "data: 1 of 1000 values are NaN"),
    "labels first": ((MODE, DATA[0], DATA[2]), "data: got torch.int64; must be floating point"),
}


@pytest.mark.parametrize("kind", BAD)
def test_tuples_that_do_not_fit_are_named(kind):
    data, says = BAD[kind]
    assert refusal(*new(), data).startswith(says)


def test_networks_that_take_no_condition_are_told_of_the_samples_alone():
    why = refusal(*mlps(), (POINTS, MODE))
    assert why.startswith("data: got a tuple of 2, but G cannot take") and "images, labels = gan.data.digits()" in why
    G = new()[0].float()
    why = refusal(G, mlps()[1], (POINTS, MODE, POINTS))
    assert why.startswith("data: got a tuple of 3, but D cannot take")


def test_penalties_of_gs_are_looked_at_as_ds_are():
    why = refusal(*new(), DATA, g_penalties=(lambda fake, real: fake.sum(1),))
    assert why.startswith("g_penalties[0]: got ") and "penalty(fake, real, y, y) -> (B,)" in why
    assert refusal(*mlps(), POINTS, g_penalties=stays_near).startswith("g_penalties: got ")
    why = refusal(*mlps(), POINTS, g_penalties=(lambda fake, real: fake - real,))
    assert why == "g_penalties[0]: gave shape (8, 2); must give one number for each logit, (B,)"
    why = refusal(*mlps(), POINTS, g_penalties=(lambda fake, real: fake.detach().sum(1),))
    assert why.startswith("g_penalties[0]: gave a constant")
