"""The loop against Algorithm 1 written out by hand, and everything around it."""

import copy
import subprocess
import sys
from functools import partial

import pytest
import torch
from small import IMAGES, POINTS, convs, mlps, run, together, weights
from torch import nn
from torch.nn.functional import logsigmoid, sigmoid
from torch.optim import Adam
from torch.utils.tensorboard import SummaryWriter

import gan
from gan.losses import Loss, minimax, non_saturating
from gan.models import Generator

# Algorithm 1 ----------------------------------------------------------------------------------------------------------

def r1(D, real, fake):
    real = real.detach().requires_grad_()
    slope, = torch.autograd.grad(D(real).sum(), real, create_graph=True)
    return 5 * slope.flatten(1).square().sum(1)


def fake_size(D, real, fake):
    assert not fake.requires_grad
    return D(fake).square()


def double(pair):
    """The pair in float64: in float32, Adam makes whole steps of rounding errors, as in a bias before batch norm."""
    G, D = pair()
    noise = partial(torch.randn, dtype=torch.float64)
    return Generator(G.net.double(), G.latent, noise), D.double()


def by_hand(G, D, data, steps, batch, seed, d_steps=1, lr=2e-4, d_lr=None, betas=(0.5, 0.999), saturating=False,
            fresh_noise=False, penalties=(), ema=None, apart=False):
    """Algorithm 1 as the paper has it: nothing here but autograd, Adam and sigmoid's logarithm.

    Gradients are computed for the player who moves and assigned; nothing can leak into the other.
    """
    random = torch.Generator().manual_seed(seed)
    g_adam, d_adam = Adam(G.parameters(), lr, betas), Adam(D.parameters(), d_lr or lr, betas)
    average = None

    def move(adam, player, loss):
        players = list(player.parameters())
        for weight, gradient in zip(players, torch.autograd.grad(loss, players), strict=True):
            weight.grad = gradient
        adam.step()

    for index in range(steps):
        for _ in range(d_steps):
            which = torch.randint(len(data), (batch,), generator=random)
            real = data[which]
            with torch.no_grad():
                before = copy.deepcopy(G.state_dict())
                z = torch.randn(batch, G.latent, generator=random, dtype=torch.float64)
                fake = G(z)
            if apart:
                real_logits, fake_logits = D(real), D(fake)
            else:
                real_logits, fake_logits = D(torch.cat([real, fake])).chunk(2)
            d_loss = (-logsigmoid(real_logits) - logsigmoid(-fake_logits)).mean()
            for penalty in penalties:
                d_loss = d_loss + penalty(D, real, fake).mean()
            move(d_adam, D, d_loss)
        if fresh_noise:
            z = torch.randn(batch, G.latent, generator=random, dtype=torch.float64)
        else:
            G.load_state_dict(before)                  # the same fakes once more, now with their graph
        logits = D(G(z))
        g_loss = (logsigmoid(-logits) if saturating else -logsigmoid(logits)).mean()
        move(g_adam, G, g_loss)
        if ema:
            new = {name: value.double().clone() for name, value in G.state_dict().items()}
            average = new if index == 0 else {name: ema * average[name] + (1 - ema) * new[name] for name in new}
    return average


VARIANTS = {
    "plain": {},
    "minimax": {"loss": minimax},
    "five steps of D": {"d_steps": 5},
    "fresh noise": {"fresh_noise": True},
    "five steps of D, fresh noise": {"d_steps": 5, "fresh_noise": True},
    "penalties": {"penalties": (r1, fake_size)},
    "rates of their own": {"lr": 1e-3, "d_lr": 1e-2, "betas": (0.0, 0.9)},
    "moving average": {"ema": 0.9},
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(("pair", "data"), [(mlps, POINTS), (convs, IMAGES)], ids=["mlp", "conv with batch norm"])
def test_the_weights_are_those_of_algorithm_1_written_out_by_hand(pair, data, variant):
    settings, data = VARIANTS[variant], data.double()
    G, D = double(pair)
    theirs = {name: value for name, value in settings.items() if name != "loss"}
    average = by_hand(G, D, data, 6, 16, 5, saturating="loss" in settings, **theirs)
    ours, _ = run(partial(double, pair), data, **settings)
    assert ours.one_pass
    assert torch.allclose(weights(ours.G, ours.D), weights(G, D), rtol=0, atol=1e-9)
    assert not torch.allclose(weights(*double(pair)), weights(G, D), rtol=0, atol=1e-4)      # they have moved
    if average:
        assert all(torch.allclose(value, average[name], rtol=0, atol=1e-9)
                   for name, value in ours.G_ema.state_dict().items() if value.is_floating_point())
        assert not torch.allclose(weights(ours.G_ema), weights(ours.G), rtol=0, atol=1e-5)


def test_real_and_fake_pass_a_discriminator_with_batch_norm_in_batches_of_their_own():
    def normed():
        G, D = together()
        return G, nn.Sequential(*(layer for layer in D if not isinstance(layer, nn.Dropout)))
    G, D = double(normed)
    by_hand(G, D, POINTS.double(), 6, 16, 5, apart=True)
    ours, _ = run(partial(double, normed), POINTS.double())
    assert not ours.one_pass
    assert torch.allclose(weights(ours.G, ours.D), weights(G, D), rtol=0, atol=1e-9)


def test_batch_norm_is_seen_even_where_the_last_layer_starts_at_zero():
    def zeroed():
        G, D = together()
        nn.init.zeros_(D[4].weight)
        nn.init.constant_(D[4].bias, 3.0)
        return G, D
    assert not run(zeroed, steps=1)[0].one_pass


def test_g_minimises_and_d_minimises_their_losses_in_the_direction_of_the_paper():
    """One big step of each player: D tells real from fake better, G is taken for real more often."""
    G, D = mlps()
    real, z = POINTS[:64], torch.randn(64, 2)
    before_real, before_fake = sigmoid(D(real)).mean(), sigmoid(D(G(z))).mean()
    list(gan.train(G, D, POINTS, steps=1, batch=256, lr=1e-9, d_lr=1e-2, seed=0))
    assert sigmoid(D(real)).mean() - sigmoid(D(G(z))).mean() > before_real - before_fake
    fooled = sigmoid(D(G(z))).mean()
    list(gan.train(G, D, POINTS, steps=1, batch=256, lr=1e-2, d_lr=1e-9, seed=0))
    assert sigmoid(D(G(z))).mean() > fooled


def test_d_is_trained_on_fakes_without_their_graph():
    """Without ``detach`` the weights would come out the same, but D's step would go back through G in vain."""
    G, D = mlps()
    inputs = []
    D.register_forward_pre_hook(lambda _, x: inputs.append(x[0].requires_grad))
    ours = gan.train(G, D, POINTS, steps=3, batch=16, d_steps=2)
    inputs.clear()
    ours.step()
    assert inputs == [False, False, True]              # two updates of D, then one of G


def test_each_update_moves_one_player_only():
    G, D = mlps()
    ours = gan.train(G, D, POINTS, steps=1, batch=16)
    moved, update = [], ours.update

    def watched(*args):
        before = weights(G), weights(D)
        update(*args)
        moved.append((not torch.equal(weights(G), before[0]), not torch.equal(weights(D), before[1])))
    ours.update = watched
    ours.step()
    assert moved == [(False, True), (True, False)]


def test_g_computes_no_gradient_for_ds_weights():
    G, D = mlps()
    ours = gan.train(G, D, POINTS, steps=1, batch=16)
    grads, update = [], ours.update

    def watched(*args):
        update(*args)
        grads.append([weight.grad.clone() for weight in D.parameters()])
    ours.update = watched
    ours.step()
    assert all(torch.equal(a, b) for a, b in zip(*grads, strict=True))


def test_frozen_weights_stay_and_the_others_learn():
    G, D = mlps()
    G.net[0].requires_grad_(False)
    before = weights(G.net[0]), weights(G.net[2])
    list(gan.train(G, D, POINTS, steps=3, batch=16))
    assert torch.equal(weights(G.net[0]), before[0])
    assert not torch.equal(weights(G.net[2]), before[1])


def test_losses_that_need_both_logits_get_them():
    relativistic = Loss(lambda real, fake: -logsigmoid(real - fake), lambda fake, real: -logsigmoid(fake - real))
    _, steps = run(loss=relativistic)
    assert all(step.g_loss.isfinite() for step in steps)


def test_a_penalty_may_be_one_number():
    a, _ = run(penalties=(r1,))
    b, _ = run(penalties=(lambda *args: r1(*args).mean(),))
    assert torch.allclose(weights(a.G, a.D), weights(b.G, b.D), atol=1e-7)


# Reproducible numbers -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("pair", "data"), [(mlps, POINTS), (convs, IMAGES), (mlps, gan.data.ring())])
def test_same_seed_same_numbers_and_another_seed_others(pair, data):
    a, b, c = (run(pair, data, seed=seed)[0] for seed in (5, 5, 6))
    assert torch.equal(weights(a.G, a.D), weights(b.G, b.D))
    assert not torch.equal(weights(a.G, a.D), weights(c.G, c.D))


def test_without_a_seed_torchs_own_decides():
    runs = []
    for seed in (3, 3, 4):
        G, D = mlps()
        torch.manual_seed(seed)
        ours = gan.train(G, D, POINTS, steps=3, batch=16)
        list(ours)
        runs.append(weights(G, D))
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


def test_a_seeded_run_leaves_torchs_global_generator_alone():
    G, D = mlps()
    before = torch.get_rng_state()
    list(gan.train(G, D, gan.data.ring(), steps=3, batch=16, seed=0))
    assert torch.equal(torch.get_rng_state(), before)


def test_setting_up_a_run_moves_no_average_and_no_random_number():
    G, _ = convs()
    D = nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.BatchNorm1d(8), nn.Dropout(), nn.Linear(8, 1), nn.Flatten(0))
    before, random = weights(G, D), torch.get_rng_state()
    ours = gan.train(G, D, IMAGES, steps=3, seed=0)
    assert torch.equal(weights(G, D), before)
    assert torch.equal(torch.get_rng_state(), random)
    list(ours)


def test_looking_at_samples_does_not_change_the_run(tmp_path):
    quiet, _ = run(convs, IMAGES)
    G, D = convs()
    watched = gan.train(G, D, IMAGES, steps=6, batch=16, seed=5, writer=SummaryWriter(tmp_path), ema=0.9)
    for _ in watched:
        G.sample(10)
        watched.G_ema.sample(3)
        gan.data.ring().sample((5,))
        torch.rand(3)
    watched.writer.close()
    assert torch.equal(weights(G, D), weights(quiet.G, quiet.D))


# What the loop gives --------------------------------------------------------------------------------------------------

def test_a_step_is_detached_and_holds_what_d_saw():
    G, D = mlps()
    before = copy.deepcopy(D)
    ours = gan.train(G, D, POINTS, steps=1, batch=16, seed=5)
    seen = []
    draw_real = ours.draw_real
    ours.draw_real = lambda: seen.append(draw_real()) or seen[-1]
    step, = ours
    assert step._fields == ("index", "d_loss", "g_loss", "real_logits", "fake_logits")
    assert step.index == ours.index == 1
    assert step.d_loss.shape == step.g_loss.shape == ()
    assert step.real_logits.shape == step.fake_logits.shape == (16,)
    assert not any(value.requires_grad for value in step[1:])
    assert torch.allclose(step.real_logits, before(seen[0]), atol=1e-6)
    expected = (-logsigmoid(step.real_logits) - logsigmoid(-step.fake_logits)).mean()
    assert step.d_loss.item() == pytest.approx(expected.item(), rel=1e-6)


def test_steps_are_counted_from_one():
    _, steps = run(steps=4)
    assert [step.index for step in steps] == [1, 2, 3, 4]


def test_break_and_go_on_ends_where_an_unbroken_run_ends():
    whole, _ = run()
    G, D = mlps()
    broken = gan.train(G, D, POINTS, steps=6, batch=16, seed=5)
    for step in broken:
        if step.index == 2:
            break
    assert [step.index for step in broken] == [3, 4, 5, 6]
    assert list(broken) == []
    assert torch.equal(weights(G, D), weights(whole.G, whole.D))


def test_ctrl_c_leaves_networks_that_can_be_used_and_a_run_that_goes_on():
    whole, _ = run()
    G, D = mlps()
    stopped, losses = gan.train(G, D, POINTS, steps=6, batch=16, seed=5), []
    with pytest.raises(KeyboardInterrupt):
        for step in stopped:
            losses.append(step.d_loss)
            if step.index == 3:
                raise KeyboardInterrupt
    assert len(losses) == stopped.index == 3
    assert G.sample(5).isfinite().all()
    list(stopped)
    assert torch.equal(weights(G, D), weights(whole.G, whole.D))


def test_networks_train_in_training_mode_and_stay_in_it():
    G, D = convs()
    ours = gan.train(G.eval(), D.eval(), IMAGES, steps=1, batch=16)
    list(ours)
    assert G.training
    assert D.training


@pytest.mark.parametrize("data", [gan.data.mixture_1d(), POINTS[:, 0]])
def test_samples_may_be_plain_numbers(data):
    G = Generator(nn.Sequential(nn.Linear(1, 4), nn.ReLU(), nn.Linear(4, 1), nn.Flatten(0)), latent=1)
    D = nn.Sequential(nn.Unflatten(0, (-1, 1)), nn.Linear(1, 4), nn.ReLU(), nn.Linear(4, 1), nn.Flatten(0))
    _, steps = run(lambda: (G, D), data)
    assert len(steps) == 6


def test_whatever_draws_samples_from_a_generator_is_data():
    class Uniform:
        def sample(self, shape, generator=None):
            return torch.rand(*shape, 2, generator=generator)
    a, b = (run(data=Uniform())[0] for _ in range(2))
    assert torch.equal(weights(a.G), weights(b.G))


def test_a_single_sample_is_enough():
    assert len(run(data=POINTS[:1])[1]) == 6


def test_device_is_picked_or_told():
    assert gan.pick_device().type in ("cuda", "mps", "cpu")
    ours, _ = run(device="cpu")
    assert next(ours.G.parameters()).device == ours.random.device == torch.device("cpu")
    ours, _ = run(device=torch.device("cpu"))
    assert ours.data[0].device.type == "cpu"


def test_pick_device_takes_cuda_before_mps_before_the_cpu(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gan.pick_device().type == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert gan.pick_device().type == "cuda"


# Losses that are not finite -------------------------------------------------------------------------------------------

@pytest.mark.parametrize("player", ["D", "G"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_names_the_player_and_the_step_and_spares_the_weights(player, value):
    calls = []

    def breaks(logits):
        calls.append(1)
        return logits * value if len(calls) == 3 else logits
    d, g = non_saturating
    loss = Loss(lambda *a: breaks(d(*a)), g) if player == "D" else Loss(d, lambda *a: breaks(g(*a)))
    G, D = mlps()
    ours = gan.train(G, D, POINTS, steps=6, batch=16, loss=loss)
    with pytest.raises(FloatingPointError, match=rf"^{player}'s loss is (nan|inf) at step 3; its weights are as"):
        for _ in ours:
            before = weights(ours.G), weights(ours.D)
    assert ours.index == 2
    assert torch.equal(weights(G), before[0])
    assert weights(G, D).isfinite().all()
    assert torch.equal(weights(D), before[1]) == (player == "D")


# Importing ------------------------------------------------------------------------------------------------------------

def test_import_gan_brings_in_nothing_heavy_but_torch():
    heavy = {"torchvision", "matplotlib", "sklearn", "scipy", "anywidget", "tensorboard", "IPython", "ipywidgets"}
    code = f"import torch, sys; before = set(sys.modules); import gan; print({heavy} & (set(sys.modules) - before))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_all_rooms_answer_after_a_bare_import_and_only_then_bring_in_what_they_need():
    code = ("import sys, gan\nassert 'anywidget' not in sys.modules and 'matplotlib' not in sys.modules\n"
            "assert {'metrics', 'plots', 'lab', 'figures', 'unroll', 'train'} <= set(dir(gan))\n"
            "gan.metrics.frechet_distance, gan.plots.STYLE, gan.unroll.look_ahead, gan.lab.Lab, gan.figures.Scrubber\n"
            "try: gan.metric\nexcept AttributeError as error: print(error)")
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "module 'gan' has no attribute 'metric'\n"


def test_betas_may_be_whole_numbers():
    a, b = (run(betas=betas)[0] for betas in ((0, 0.9), [0.0, 0.9]))
    assert torch.equal(weights(a.G, a.D), weights(b.G, b.D))
