"""Networks, losses and penalties that people bring: what works, what is refused, and that a sentence says why."""

import re
import warnings

import pytest
import torch
from small import IMAGES, POINTS, convs, mlps, refusal, run, together, weights
from torch import nn
from torch.nn.utils import parametrizations, spectral_norm

import gan
from gan.layers import Pack
from gan.losses import Loss, non_saturating
from gan.models import Generator, mlp_pair
from gan.penalties import gradient_penalty, r1


class Wrapped(nn.Module):
    """A small D with a function of one's own before or after its layers."""

    def __init__(self, after=lambda x: x, before=lambda x: x, features=2):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(features, 8), nn.ReLU(), nn.Linear(8, 1), nn.Flatten(0))
        self.before, self.after = before, after

    def forward(self, x):
        return self.after(self.net(self.before(x)))


def G_of(*layers):
    return Generator(nn.Sequential(*layers), 2)


# D gives probabilities ------------------------------------------------------------------------------------------------

class TwoClasses(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(2, 2)

    def forward(self, x):
        return self.net(x).softmax(1)[:, 1]


PROBABILITIES = {
    "torch.sigmoid": torch.sigmoid,
    "nn.Sigmoid": nn.Sigmoid(),
    "by hand": lambda x: 1 / (1 + torch.exp(-x)),
    "by hand, overflowing": lambda x: x.exp() / (1 + x.exp()),
    "clamped": lambda x: x.sigmoid().clamp(1e-6, 1 - 1e-6),
    "tanh": lambda x: (x.tanh() + 1) / 2,
    "hard": nn.functional.hardsigmoid,
}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", PROBABILITIES)
def test_probabilities_are_refused_however_d_comes_to_them(kind, seed):
    torch.manual_seed(seed)
    why = refusal(mlps()[0], Wrapped(PROBABILITIES[kind]), POINTS)
    assert why.startswith("D: gives probabilities, all within [0, 1]") and "must give logits" in why


def test_a_softmax_of_two_classes_and_the_log_of_a_probability_are_told_too():
    assert refusal(mlps()[0], TwoClasses(), POINTS).startswith("D: gives probabilities")
    log = Wrapped(nn.functional.logsigmoid)
    assert refusal(mlps()[0], log, POINTS).startswith("D: gives log-probabilities, none above 0")


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("after", [lambda x: x, lambda x: x * 1e-3 + 0.5, torch.tanh, lambda x: x - 5], ids=range(4))
def test_logits_that_begin_between_0_and_1_are_taken_for_logits(seed, after):
    torch.manual_seed(seed)
    D = Wrapped(after)
    list(gan.train(mlp_pair()[0], D, POINTS, steps=1, batch=8))
    nn.init.zeros_(D.net[2].weight)                     # Fixup and its like begin at exactly 0
    nn.init.zeros_(D.net[2].bias)
    list(gan.train(mlp_pair()[0], D, POINTS, steps=1, batch=8))


# What networks keep ---------------------------------------------------------------------------------------------------

def normed(norm):
    return nn.Sequential(norm(nn.Linear(2, 8)), nn.ReLU(), norm(nn.Linear(8, 1)), nn.Flatten(0))


@pytest.mark.parametrize("norm", [spectral_norm, parametrizations.spectral_norm, parametrizations.weight_norm])
@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
def test_a_normed_d_that_has_been_used_before_can_be_trained_and_trained_again(norm):
    D = normed(norm)
    D(POINTS[:8])
    for _ in range(2):
        before = weights(D)
        list(gan.train(mlps()[0], D, POINTS, steps=2, batch=8, ema=0.9))
        assert not torch.equal(weights(D), before)


class Remembers(nn.Module):
    """Subtracts the mean of what it has seen: with or without that mean's graph."""

    def __init__(self, keep):
        super().__init__()
        self.net, self.keep, self.mean = Wrapped(), keep, torch.zeros(2)

    def forward(self, x):
        self.mean = 0.9 * self.mean + 0.1 * self.keep(x.mean(0))
        self.seen = [x, {"last": self.net(x)}]          # for whoever wants to look at it
        return self.net(x - self.mean)


def test_a_network_may_remember_but_not_a_graph():
    D = Remembers(torch.detach)
    for _ in range(2):                                  # the second run copies what the first has left
        list(gan.train(mlps()[0], D, POINTS, steps=2, batch=8))
    why = refusal(mlps()[0], Remembers(lambda mean: mean), POINTS)
    assert why.startswith("D: keeps a tensor with its graph") and "x.detach()" in why


@pytest.mark.parametrize("D", [
    Wrapped(before=lambda x: x.add_(0.1 * torch.randn_like(x))),
    nn.Sequential(nn.LeakyReLU(0.2, inplace=True), nn.Linear(2, 1), nn.Flatten(0))], ids=["noise", "first layer"])
def test_a_d_that_changes_its_input_is_refused(D):
    why = refusal(mlps()[0], D, POINTS)
    assert why.startswith("D: changes its input in place; must leave it as it is: `x = x + noise`")


def test_a_g_that_changes_its_noise_and_one_that_spoils_its_own_gradient_are_refused():
    G = Generator(Wrapped(before=lambda z: z.mul_(2.0)), 2)
    assert refusal(G, Wrapped(features=1), POINTS[:, 0]).startswith("G: changes its input in place")
    spoilt = Wrapped(before=lambda x: (y := x.exp()).add_(y.exp().mul_(0.5)) * y)
    assert "in place" in refusal(mlps()[0], spoilt, POINTS)


def test_what_cannot_be_copied_is_named():
    D = Wrapped()
    D.samples = (x for x in POINTS)
    assert re.match(r"D: holds something that cannot be copied \(.*generator.*\); must", refusal(mlps()[0], D, POINTS))


def test_lazy_layers_and_shared_weights_are_named():
    lazy = nn.Sequential(nn.LazyLinear(1), nn.Flatten(0))
    assert refusal(mlps()[0], lazy, POINTS).startswith("D: has lazy layers that have not seen a batch")
    lazy(POINTS)
    list(gan.train(mlps()[0], lazy, POINTS, steps=1))
    G, D = mlps()
    D[0][2] = G.net[2]
    assert refusal(G, D, POINTS).startswith("G, D: share weights, such as G's net.2.weight; must")


# What networks take and give ------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("pair", "precise"), [(mlps, POINTS), (convs, IMAGES)])
def test_networks_in_double_precision_train_on_data_in_double_precision(pair, precise):
    G, D = (network.double() for network in pair())
    step, = gan.train(G, D, precise.double(), steps=1, batch=8, penalties=(r1(), gradient_penalty()), ema=0.9)
    assert step.d_loss.dtype == G.sample(3).dtype == torch.float64


HALF = {"halves": torch.float16, "brain floats": torch.bfloat16}


@pytest.mark.parametrize("dtype", HALF.values(), ids=HALF)
def test_networks_in_half_precision_are_refused(dtype):
    G, D = mlps()
    assert refusal(G.to(dtype), D.to(dtype), POINTS.to(dtype)).startswith(f"G: has weights of {dtype}, in which Adam's")
    assert refusal(mlps()[0], D.to(dtype), POINTS).startswith(f"D: has weights of {dtype}")


def test_batch_norm_and_groups_need_a_batch_that_suits_them():
    class Groups(nn.Module):
        def forward(self, x):
            spread = x.view(4, -1, x.shape[1]).var(0).mean()
            return torch.cat([x, spread.expand(len(x), 1)], 1)

    packed = nn.Sequential(Pack(2), nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 1), nn.Flatten(0))
    grouped = nn.Sequential(Groups(), nn.Linear(3, 1), nn.Flatten(0))
    for D, batch, enough in ((together()[1], 1, 2), (packed, 2, 4), (grouped, 6, 12)):
        why = refusal(mlps()[0], D, POINTS, batch=batch)
        assert why.startswith(f"batch: got {batch}, of which D fails") and f"while {enough} work; must be larger" in why
    list(gan.train(mlps()[0], grouped, POINTS, steps=1, batch=8))
    G = G_of(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Linear(8, 2))
    assert refusal(G, mlps()[1], POINTS, batch=1).startswith("batch: got 1, of which G fails")


def test_networks_of_the_pytorch_tutorial_are_led_to_what_works_step_by_step():
    """Noise (B, 100, 1, 1), logits (B, 1, 1, 1) and a Sigmoid: each message names the cure, and the last run runs."""
    G = nn.Sequential(nn.ConvTranspose2d(10, 8, 4, 1, 0, bias=False), nn.BatchNorm2d(8), nn.ReLU(True),
                      nn.ConvTranspose2d(8, 1, 4, 2, 1, bias=False), nn.Tanh())
    D = nn.Sequential(nn.Conv2d(1, 8, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True), nn.Conv2d(8, 1, 4, 1, 0), nn.Sigmoid())
    assert "Generator(net, latent=64)" in refusal(G, D, IMAGES)
    why = refusal(Generator(G, latent=10), D, IMAGES)
    cure = re.search("`(Generator.*)`", why)[1]
    assert cure == "Generator(nn.Sequential(nn.Unflatten(1, (10, 1, 1)), net), latent=10)"
    G = eval(cure, {"Generator": Generator, "nn": nn, "net": G})
    why = refusal(G, D, IMAGES)
    assert why.startswith("D: gives logits of shape (8, 1, 1, 1)")
    cured = eval(re.search("`(.*)`", why)[1], {"nn": nn, "D": D})
    assert refusal(G, cured, IMAGES).startswith("D: gives probabilities")
    list(gan.train(G, nn.Sequential(D[:-1], nn.Flatten(0)), IMAGES, steps=2, batch=8))


def test_noise_that_takes_no_generator_and_outputs_that_are_no_tensor_are_named():
    G = mlps()[0]
    G.noise = lambda n: torch.randn(n, 2)
    assert "must be a function noise(n, latent, generator=…" in refusal(G, mlps()[1], POINTS)
    G.noise = lambda n, generator: [torch.randn(n, 2)]
    assert refusal(G, mlps()[1], POINTS).startswith("G: its noise gives a list")
    assert "gives a tuple" in refusal(mlps()[0], Wrapped(lambda x: (x, x)), POINTS)


def test_autocast_belongs_inside_the_networks():
    """Around the loop, its cached casts of the weights would stay as they were at the first step."""
    G, D = mlps()
    with torch.autocast("cpu", torch.bfloat16), pytest.raises(RuntimeError, match="^gan.train: .* must be outside"):
        list(gan.train(G, D, POINTS, steps=1))

    class Cast(nn.Module):
        def __init__(self, net):
            super().__init__()
            self.net = net

        def forward(self, x):
            with torch.autocast("cpu", torch.bfloat16):
                return self.net(x).float()
    list(gan.train(Generator(Cast(G.net), 2), Cast(D), POINTS, steps=2, batch=8))


# Losses and penalties -------------------------------------------------------------------------------------------------

def no_graph(D, real, fake):
    """R1 as it is often written: without create_graph it changes nothing."""
    real = real.detach().requires_grad_()
    slope, = torch.autograd.grad(D(real).sum(), real)
    return slope.square().sum(1)


PENALTIES = {
    "not called": (r1, "must be a function penalty(D, real, fake) -> (B,); r1 makes one: `penalties=(r1(),)`"),
    "not called, two arguments": (gradient_penalty, "`penalties=(gradient_penalty(),)`"),
    "too few arguments": (lambda D, real: D(real), "must be a function penalty(D, real, fake)"),
    "one column": (lambda D, real, fake: D(real)[:, None], "gave shape (8, 1); must give one number for each logit"),
    "of each feature": (lambda D, real, fake: real * D(real)[:, None], "gave shape (8, 2); must give"),
    "a number": (lambda D, real, fake: 0.5, "gave 0.5; must give a tensor"),
    "without create_graph": (no_graph, "gave a constant, from which no gradient comes; must"),
}


@pytest.mark.parametrize("name", PENALTIES)
def test_a_penalty_that_cannot_work_is_named_before_a_weight_moves(name):
    penalty, says = PENALTIES[name]
    G, D = mlps()
    before = weights(G, D)
    why = refusal(G, D, POINTS, penalties=(r1(), penalty))
    assert why.startswith("penalties[1]: ") and says in why
    assert torch.equal(weights(G, D), before)


def test_a_penalty_may_be_nought_for_once():
    run(penalties=(lambda D, real, fake: torch.zeros(len(real)),))


d, g = non_saturating
LOSSES = {
    "no argument": (Loss(d, lambda: 0), "its generator is", "lambda fake, real=None"),
    "needs reals": (Loss(d, lambda fake, real=None: real - fake), ".generator: fails", "lambda fake, real: …"),
    "one argument of D's": (Loss(lambda real: -real, g), "its discriminator is", "lambda real, fake"),
    "pairs": (Loss(lambda real, fake: fake[:, None] - real, g), "discriminator: gave shape (8, 8)", "(B,)"),
    "a number": (Loss(lambda real, fake: (fake - real).mean().item(), g), "discriminator: gave -", "give a tensor"),
    "constant": (Loss(d, lambda fake, real: -fake.detach()), "generator: gave a constant", "without .detach()"),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_that_cannot_work_is_named(name):
    loss, says, cure = LOSSES[name]
    why = refusal(*mlps(), POINTS + 3, loss=loss)
    assert why.startswith("loss") and says in why and cure in why and "must" in why


def test_a_generators_loss_of_one_argument_is_welcome():
    a, b = run(loss=Loss(d, lambda fake: g(fake)))[0], run()[0]
    assert torch.equal(weights(a.G, a.D), weights(b.G, b.D))


def test_a_loss_may_be_averaged_already_but_not_an_ensembles():
    loss = Loss(lambda real, fake: d(real, fake).mean(), lambda fake, real: g(fake).mean())
    a, b = run(loss=loss)[0], run()[0]
    assert torch.allclose(weights(a.G, a.D), weights(b.G, b.D), atol=1e-7)
    why = refusal(*gan.ensemble.stack(mlps() for _ in range(2)), POINTS, loss=loss)
    assert why == "loss.discriminator: gave shape (); must give one number for each logit, (2, B)"


# Runs that nobody iterates, averages that are grey --------------------------------------------------------------------

def test_a_run_that_nobody_iterates_says_so():
    with pytest.warns(RuntimeWarning, match="set up for 900 steps, but nobody iterated over it, so nothing was"):
        gan.train(*mlps(), POINTS, steps=900)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        next(iter(gan.train(*mlps(), POINTS, steps=900)))
        gan.train(*mlps(), POINTS, steps=900).step()
        refusal(*mlps(), POINTS, penalties=(no_graph,))
        refusal(*mlps(), POINTS, batch=-1)
    assert repr(run(steps=2)[0]) == "gan.train: 2 of 2 steps done; `for step in run: ...` goes on"


def test_an_average_that_must_stay_grey_says_so():
    def begin(**settings):
        next(iter(gan.train(*mlps(), POINTS, **settings)))
    with pytest.warns(UserWarning, match="^ema: 0.999 over 300 steps leaves 74% of the untrained G .* at most 0.985"):
        begin(steps=300, ema=0.999)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        begin(steps=5_000, ema=0.999)
        begin(steps=300, ema=0.985)
