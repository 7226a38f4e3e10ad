"""What networks and data are put through before the first step: what is legitimate passes, and nothing of it moves."""

import random
import re
import warnings

import numpy as np
import pytest
import torch
from small import IMAGES, POINTS, convs, mlps, refusal, run, weights
from torch import nn
from torch.nn.utils import spectral_norm

import gan
from gan.losses import Loss, hinge, least_squares, wasserstein
from gan.models import Generator, mlp_pair


class Does(nn.Module):
    """``does(net(x))`` or, with ``first``, ``net(does(x))``."""

    def __init__(self, does, net=None, first=False):
        super().__init__()
        self.does, self.first = does, first
        self.net = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1), nn.Flatten(0)) if net is None else net

    def forward(self, x):
        return self.net(self.does(x)) if self.first else self.does(self.net(x))


def points_G(does):
    return Generator(Does(does, nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))), 2)


# Legitimate, and not refused ------------------------------------------------------------------------------------------

class Gated(nn.Module):
    """Batch norm behind a gate that begins at 0, as in residual blocks: at first each sample is judged by itself."""

    def __init__(self):
        super().__init__()
        self.inner, self.norm, self.out = nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Linear(8, 1)
        nn.init.zeros_(self.norm.weight)

    def forward(self, x):
        h = self.inner(x)
        return self.out(h + self.norm(h)).flatten()


class Sampled(nn.Module):
    """A G that draws from a normal of its own mean and width, which cannot be asked with wild weights."""

    def __init__(self):
        super().__init__()
        self.net = nn.Linear(2, 4)

    def forward(self, z):
        mean, log_width = self.net(z).chunk(2, -1)
        return torch.distributions.Normal(mean, log_width.exp()).rsample()


class Recurrent(nn.Module):
    """Remembers its last state, detached, which is of the size of the last batch."""

    def __init__(self):
        super().__init__()
        self.cell, self.out, self.state = nn.GRUCell(2, 8), nn.Linear(8, 1), None

    def forward(self, x):
        if self.state is not None and len(self.state) != len(x):
            raise RuntimeError("Expected hidden[0] size of the last batch")
        self.state = self.cell(x, self.state)
        out = self.out(self.state).flatten()
        self.state = self.state.detach()
        return out


LEGITIMATE = {
    "batch norm behind a gate": (lambda: mlp_pair()[0], Gated, POINTS),
    "a batch that is written in": (lambda: mlp_pair()[0], lambda: Does(lambda x: x.view(8, 2), first=True), POINTS),
    "a state of the last batch's size": (lambda: mlp_pair()[0], Recurrent, POINTS),
    "a G that draws": (lambda: Generator(Sampled(), 2), lambda: mlp_pair()[1], POINTS),
    "a G of whole numbers": (
        lambda: Generator(nn.Sequential(nn.Embedding(9, 8), nn.Flatten(), nn.Linear(16, 2)), 2,
                          lambda n, latent, generator, device: torch.randint(9, (n, latent), generator=generator)),
        lambda: mlp_pair()[1], POINTS),
    "fields and a G without a bound": (
        lambda: Generator(nn.Sequential(nn.Linear(2, 64), nn.Unflatten(1, (1, 8, 8))), 2),
        lambda: nn.Sequential(nn.Flatten(), nn.Linear(64, 1), nn.Flatten(0)), 3 * torch.randn(50, 1, 8, 8)),
    "pictures in [0, 1] and a G without a bound": (
        lambda: Generator(nn.Sequential(nn.Linear(2, 64), nn.Unflatten(1, (1, 8, 8))), 2),
        lambda: nn.Sequential(nn.Flatten(), nn.Linear(64, 1), nn.Flatten(0)), (IMAGES + 1) / 2),
    "classes by softmax": (
        lambda: Generator(nn.Sequential(nn.Linear(2, 5), nn.Softmax(1)), 2),
        lambda: nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 1), nn.Flatten(0)), torch.eye(5)),
    "DataParallel": (lambda: mlp_pair()[0], lambda: nn.DataParallel(mlp_pair()[1]), POINTS),
    "scripted": (lambda: mlp_pair()[0], lambda: torch.jit.script(mlp_pair()[1]), POINTS),
}


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning", "ignore:.*torch.jit.*:FutureWarning")
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", LEGITIMATE)
def test_legitimate_networks_are_not_refused_and_learn(kind, seed):
    make_G, make_D, data = LEGITIMATE[kind]
    torch.manual_seed(seed)
    G, D = make_G(), make_D()
    before = weights(G), weights(D)
    list(gan.train(G, D, data, steps=2, batch=8))
    assert not torch.equal(weights(G), before[0]) and not torch.equal(weights(D), before[1])


def test_batch_norm_behind_a_gate_of_0_is_found_with_other_weights():
    assert not run(lambda: (mlps()[0], Gated()), steps=1)[0].one_pass


ENERGY = {
    "an energy below 1": Loss(lambda real, fake: real + (1 - fake).relu(), lambda fake: fake),
    "hinge": hinge, "least squares": least_squares, "wasserstein": wasserstein,
}


@pytest.mark.parametrize("name", ENERGY)
def test_what_is_no_logit_of_a_probability_may_lie_in_0_to_1_but_is_asked_about(name):
    with pytest.warns(UserWarning, match=r"^D: all that it gives lies within \[0, 1\].*; is there a Sigmoid"):
        list(gan.train(mlps()[0], Does(torch.sigmoid), POINTS, steps=1, batch=8, loss=ENERGY[name]))


def test_an_energy_that_is_never_positive_is_a_critics_own_affair():
    D = Does(lambda x: -nn.functional.softplus(x))
    list(gan.train(mlps()[0], D, POINTS, steps=1, batch=8, loss=hinge))
    assert refusal(mlps()[0], D, POINTS).startswith("D: gives log-probabilities")


@pytest.mark.parametrize("does", [lambda x: x.sigmoid() + 1e-6, lambda x: (x.sigmoid() + 1e-6).log(),
                                  lambda x: torch.stack([x, 0 * x], -1).softmax(-1)[..., 0] * (1 + 2e-7)])
def test_probabilities_are_told_though_rounding_takes_them_a_little_out_of_bounds(does):
    assert re.match("D: gives (log-)?probabilities", refusal(mlps()[0], Does(does), POINTS))


# Nothing moves --------------------------------------------------------------------------------------------------------

class Restless(nn.Module):
    """Draws from all three: torch's, Python's and numpy's random numbers."""

    def __init__(self):
        super().__init__()
        self.net = Does(lambda x: x)

    def forward(self, x):
        return self.net(x) + torch.rand(len(x)) + random.random() + np.random.rand()


def test_no_random_number_of_anybodys_moves():
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].copy()
    ours = gan.train(mlps()[0], Restless(), POINTS, steps=1, batch=8, seed=0)
    torch.manual_seed(0)
    after = random.getstate(), np.random.get_state()[1]
    assert after[0] == states[1] and (after[1] == states[2]).all()
    list(ours)


def test_parts_that_are_in_evaluation_mode_stay_so_and_are_left_so_by_sampling():
    backbone = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8)).requires_grad_(False).eval()
    D = nn.Sequential(backbone, nn.Linear(8, 1), nn.Flatten(0))
    G = Generator(nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8).eval(), nn.Dropout(), nn.Linear(8, 2)), 2)
    before = weights(backbone)
    for _ in gan.train(G, D, POINTS, steps=3, batch=8):
        G.sample(3)
    assert torch.equal(weights(backbone), before) and not backbone[1].training and D.training
    assert not G.net[1].training and G.net[2].training and G.training


# Without a gradient, in place, not finite -----------------------------------------------------------------------------

@torch.no_grad()
def quietly(x):
    return x * 1.0


NO_WAY_BACK = {
    "no_grad": quietly,
    "numpy": lambda x: torch.from_numpy(x.detach().numpy().copy()),
    "rounding": torch.round,
    "comparison": lambda x: (x > 0).float(),
}


@pytest.mark.parametrize("kind", NO_WAY_BACK)
def test_a_d_through_which_no_gradient_comes_and_a_g_that_gets_none_are_named(kind):
    does = NO_WAY_BACK[kind]
    why = refusal(mlps()[0], Does(does, first=True), POINTS)
    assert why.startswith("D: passes no gradient on to its input; must")
    why = refusal(points_G(does), mlps()[1], POINTS, batch=8)
    assert why.startswith(("G: gets no gradient from its samples; must", "G: gives a result without a gradient; must"))


def test_a_d_whose_gradient_is_0_only_at_first_is_welcome():
    D = Does(lambda x: x)
    nn.init.zeros_(D.net[2].weight)
    list(gan.train(mlps()[0], D, POINTS, steps=1, batch=8))


def test_changes_in_place_are_seen_though_the_numbers_stay():
    for change in (lambda x: x.clamp_(-9, 9), lambda x: x.add_(0.0)):
        assert refusal(mlps()[0], Does(change, first=True), POINTS).startswith("D: changes its input in place")


def test_a_d_that_writes_into_what_it_has_used_is_named():
    class Bank(Does):
        def forward(self, x):
            if not hasattr(self, "bank"):
                self.bank = torch.zeros(2)
            self.bank.copy_(x.detach().mean(0))
            return self.net(x) * self.bank[0]
    assert "must not write into what it has used" in refusal(mlps()[0], Bank(lambda x: x), POINTS)


@pytest.mark.parametrize("name", ["G", "D"])
def test_networks_that_make_nan_at_once_are_named(name):
    G, D = mlps()
    nn.init.constant_((G.net if name == "G" else D[0])[0].weight, torch.nan)
    assert refusal(G, D, POINTS).startswith(f"{name}: makes NaN or infinite values")


# Cures ----------------------------------------------------------------------------------------------------------------

def test_a_patch_discriminators_patches_are_averaged_as_the_message_says():
    G, _ = convs()
    D = nn.Sequential(nn.Conv2d(1, 8, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(8, 1, 3, 1, 1))
    why = refusal(G, D, IMAGES)
    assert why.startswith("D: gives logits of shape (8, 1, 4, 4)") and "these are 16 for each" in why
    list(gan.train(G, eval(re.search("`(.*)`", why)[1], {"nn": nn, "D": D}), IMAGES, steps=1, batch=8))


@pytest.mark.parametrize(("layer", "data"), [(nn.ConvTranspose1d, torch.randn(40, 1, 4)),
                                             (nn.ConvTranspose3d, torch.randn(40, 1, 4, 4, 4))])
def test_generators_of_signals_and_volumes_are_told_how_to_begin(layer, data):
    D = nn.Sequential(nn.Flatten(), nn.Linear(data[0].numel(), 1), nn.Flatten(0))
    net = layer(6, 1, 4)
    cure = re.search("`(.*)`", refusal(Generator(net, 6), D, data))[1]
    list(gan.train(eval(cure, {"Generator": Generator, "nn": nn, "net": net}), D, data, steps=1, batch=8))


def test_assertions_and_errors_without_words_are_told_with_their_kind():
    def refuses(error):
        def does(x):
            raise error
        return refusal(mlps()[0], Does(does, first=True), POINTS)
    assert "(expecting 16, got 2)" in refuses(AssertionError("expecting 16, got 2"))
    assert "(NotImplementedError)" in refuses(NotImplementedError())


def test_other_counts_and_precisions_of_gs_are_named():
    G = mlps()[0]
    G.noise = lambda n, generator=None: torch.randn(n + 1, 2)
    assert refusal(G, mlps()[1], POINTS).startswith("G: makes 9 samples where 8 are asked for")
    assert refusal(points_G(lambda x: x.double()), mlps()[1], POINTS).startswith("G: makes samples of torch.float64")


def test_a_frozen_part_may_have_any_precision():
    half = nn.Linear(2, 2).to(torch.bfloat16).requires_grad_(False)
    D = nn.Sequential(Does(lambda x: x.float(), half), nn.Linear(2, 1), nn.Flatten(0))
    D.insert(0, Does(lambda x: x.bfloat16(), nn.Identity()))
    list(gan.train(mlps()[0], D, POINTS, steps=1, batch=8))


# Where the run stands -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("inside", [torch.no_grad, torch.inference_mode])
def test_a_run_inside_no_grad_is_told(inside):
    with inside(), pytest.raises(RuntimeError, match="^gan.train: inside torch.no_grad or inference_mode, where"):
        list(gan.train(*mlps(), POINTS, steps=1))


def test_weights_that_are_frozen_in_the_middle_of_a_run_are_named():
    G, D = mlps()
    with pytest.raises(RuntimeError, match=r"^G: its loss has no gradient in its weights \(is frozen since the run"):
        for _ in gan.train(G, D, POINTS, steps=3, batch=8):
            G.requires_grad_(False)


@pytest.mark.parametrize(("settings", "says"), [
    ({"device": "meta"}, "device: got 'meta'"),
    ({"seed": True}, "seed: got True"),
    ({"seed": 2**70}, "seed: got 118059"),
    ({"loss": (None, None)}, "loss: got (None, None); must be a pair .*gan.losses.Loss"),
    ({"loss": Loss("hinge", "hinge")}, "loss: its discriminator is 'hinge'; must be a function"),
    ({"loss": Loss(hinge.discriminator, lambda fake: None)}, "loss.generator: gave None; must give a tensor"),
    ({"loss": Loss(hinge.discriminator, lambda fake: torch.zeros(8))}, "loss.generator: gave a constant"),
    ({"loss": Loss(lambda real, fake: real.view(3), lambda fake: fake)}, "loss.discriminator: fails"),
    ({"penalties": (lambda D, real, fake: D.nothing,)}, r"penalties\[0\]: fails"),
    ({"optimizer": lambda: None}, "optimizer: fails .*must make an optimizer of the weights"),
    ({"optimizer": lambda weights: torch.optim.SGD(weights, lr=-1)}, "optimizer: fails .*Invalid learning rate"),
    ({"resume": True}, "resume: got a bool; must be the path"),
    ({"resume": {}}, "resume: got a dict; must be the path"),
    ({"writer": type("Writer", (), {"add_scalar": None, "add_images": None})}, "writer: got <class"),
])
def test_other_settings_that_cannot_work_are_named(settings, says):
    why = refusal(*mlps(), POINTS, **settings)
    assert re.match(says.replace("(None, None)", r"\(None, None\)"), why), why


def test_a_penalty_may_be_a_module_and_a_loss_that_takes_reals_too():
    class Relativistic(nn.Module):
        def forward(self, fake, real):
            return -nn.functional.logsigmoid(fake - real)

    class Square(nn.Module):
        def forward(self, D, real, fake):
            return D(real).square()
    run(loss=Loss(lambda real, fake: -nn.functional.logsigmoid(real - fake), Relativistic()), penalties=(Square(),))


def test_a_checkpoint_is_a_file(tmp_path):
    ours, _ = run(steps=1)
    with pytest.raises(ValueError, match=f"^path: got the folder {tmp_path}; must be a file's"):
        ours.save(tmp_path)
    with pytest.raises(TypeError, match="^path: got a NoneType; must be the path of a checkpoint"):
        ours.save(None)


# Ensembles keep what is not a weight ----------------------------------------------------------------------------------

def test_layers_that_keep_more_than_weights_go_one_after_the_other():
    torch.manual_seed(0)
    normed = [(mlp_pair()[0], nn.Sequential(spectral_norm(nn.Linear(2, 1)), nn.Flatten(0))) for _ in range(2)]
    frozen = []
    for _ in range(2):
        G, D = mlp_pair(width=4)
        D[0][0].requires_grad_(False)
        frozen.append((G, D))
    for pairs in (normed, frozen):
        _, D = gan.ensemble.stack(pairs)
        assert isinstance(D, gan.ensemble.OneByOne)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        G, D = gan.ensemble.stack(frozen)
        before = weights(*(network[0][0] for network in D.networks))
        list(gan.train(G, D, POINTS, steps=2, batch=8))
        assert torch.equal(weights(*(network[0][0] for network in D.networks)), before)


class Shifted(Generator):
    def forward(self, z):
        return super().forward(z) + 100


@pytest.mark.parametrize(("pairs", "says"), [
    ([(Shifted(nn.Linear(2, 2), 2), mlp_pair()[1])], "its G is a Shifted; must be a plain"),
    ([(nn.Linear(2, 2), nn.Linear(2, 1))], "its G is a Linear; must be a plain"),
    ([mlp_pair()[:1]], "got a tuple; must be a pair"), (16, "pairs: got 16; must be pairs")])
def test_what_cannot_be_stacked_is_named(pairs, says):
    with pytest.raises(TypeError, match=says):
        gan.ensemble.stack(pairs)


# Samplers and writers -------------------------------------------------------------------------------------------------

def test_a_sampler_that_takes_a_number_or_anything_is_told_or_welcome():
    class Number:
        def sample(self, n, generator=None):
            return torch.randn(n, 2) if isinstance(n, int) else POINTS[slice(n)]

    class Anything:
        def sample(self, shape, **settings):
            return torch.randn(*shape, 2, **settings)
    assert re.match(r"data: its sample\(\(8,\), generator=…\) fails .*must take the shape", refusal(*mlps(), Number()))
    run(data=Anything())


def test_sparse_data_are_told_the_line():
    assert "`data.to_dense()`" in refusal(*mlps(), POINTS.to_sparse())


def test_modes_on_a_line_are_told_of_an_axis():
    with pytest.raises(ValueError, match="^mixture: lies on a line without an axis of features; must have one"):
        gan.metrics.count_modes(torch.randn(9, 1), gan.data.mixture_1d())
