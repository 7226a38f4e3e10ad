"""Optimizers of the reader's own, schedulers, and what becomes of both when a run goes on from a checkpoint."""

import pytest
import torch
from small import POINTS, mlps, refusal, run, weights
from torch.optim import SGD, Adam, AdamW, RMSprop
from torch.optim.lr_scheduler import ExponentialLR, LambdaLR

import gan


def sgd(weights):
    return SGD(weights, 0.1, momentum=0.9)


def groups(weights):
    """The first layer learns ten times as fast as the others."""
    return RMSprop([{"params": weights[:2], "lr": 1e-2}, {"params": weights[2:]}], lr=1e-3)


def by_hand(g_make, d_make, steps=6, seed=5):
    """The loop of gan.train, with autograd's gradients assigned, and optimizers that are made here."""
    G, D = mlps()
    random, loss = torch.Generator().manual_seed(seed), gan.losses.non_saturating
    g_optimizer, d_optimizer = g_make(list(G.parameters())), d_make(list(D.parameters()))
    for _ in range(steps):
        real = POINTS[torch.randint(len(POINTS), (16,), generator=random)]
        fake = G(torch.randn(16, 2, generator=random))
        for optimizer, network, value in (
                (d_optimizer, D, lambda: loss.discriminator(*D(torch.cat([real, fake.detach()])).chunk(2))),
                (g_optimizer, G, lambda: loss.generator(D(fake)))):
            for weight, gradient in zip(network.parameters(),
                                        torch.autograd.grad(value().mean(), list(network.parameters()))):
                weight.grad = gradient
            optimizer.step()
    return weights(G, D)


PLAYERS = [(sgd, sgd), (sgd, None), (None, sgd), (groups, AdamW), (RMSprop, groups)]


@pytest.mark.parametrize(("g_make", "d_make"), PLAYERS)
def test_each_player_moves_by_its_own_optimizer(g_make, d_make):
    """Groups too, of which only the first would learn if only its weights got gradients."""
    ours, _ = run(optimizer=g_make, d_optimizer=d_make)
    expected = by_hand(*(make or (lambda weights: Adam(weights, 2e-4, (0.5, 0.999))) for make in (g_make, d_make)))
    assert torch.allclose(weights(ours.G, ours.D), expected, rtol=0, atol=1e-5)
    assert not torch.allclose(weights(*mlps()), expected, rtol=0, atol=1e-3)
    for optimizer, make in ((ours.g_optimizer, g_make), (ours.d_optimizer, d_make)):
        assert type(optimizer) is {None: Adam, sgd: SGD, groups: RMSprop}.get(make, make)


def test_frozen_weights_are_not_handed_to_the_optimizer():
    G, D = mlps()
    G.net[0].requires_grad_(False)
    handed = []
    list(gan.train(G, D, POINTS, steps=1, batch=16, optimizer=lambda w: handed.extend(w) or SGD(w, 0.1)))
    assert {id(w) for w in handed} == {id(w) for w in G.net[2:].parameters()}


# Schedulers and checkpoints -------------------------------------------------------------------------------------------

def halving(optimizer, done):
    return LambdaLR(optimizer, lambda step: 0.5**step, last_epoch=done - 1)


def fading(optimizer, done):
    return ExponentialLR(optimizer, 0.7, last_epoch=done - 1)


def scheduled(make, scheduler, stop=None, **settings):
    """A run of 8 steps with a scheduler on each player; it leaves at ``stop``."""
    G, D = mlps()
    ours = gan.train(G, D, POINTS, **{"steps": 8, "batch": 16, "seed": 5, "optimizer": make, "d_optimizer": make,
                                      **settings})
    schedulers = [scheduler(optimizer, ours.index) for optimizer in (ours.g_optimizer, ours.d_optimizer)]
    rates = []
    for step in ours:
        rates.append(ours.g_optimizer.param_groups[0]["lr"])
        for one in schedulers:
            one.step()
        if step.index == stop:
            break
    return ours, rates


@pytest.mark.parametrize("scheduler", [halving, fading])
@pytest.mark.parametrize("make", [None, sgd, groups, AdamW])
def test_a_resumed_run_keeps_the_schedulers_rate_and_the_optimizers_memory(make, scheduler, tmp_path):
    whole, rates = scheduled(make, scheduler)
    assert rates[0] > 4 * rates[-1]
    first, _ = scheduled(make, scheduler, stop=3)
    first.save(tmp_path / "run.pt")
    second, again = scheduled(make, scheduler, resume=tmp_path / "run.pt")
    assert again == pytest.approx(rates[3:], rel=1e-12)
    assert torch.equal(weights(second.G, second.D), weights(whole.G, whole.D))


def test_without_a_new_scheduler_the_rate_stays_where_the_old_one_had_left_it(tmp_path):
    first, _ = scheduled(None, halving, stop=3)
    first.save(tmp_path / "run.pt")
    G, D = mlps()
    second = gan.train(G, D, POINTS, steps=8, batch=16, resume=tmp_path / "run.pt")
    assert [o.param_groups[0]["lr"] for o in (second.g_optimizer, second.d_optimizer)] == [2e-4 / 8] * 2
    list(second)


@pytest.mark.parametrize("asked", [{"lr": 1e-3}, {"lr": 1e-3, "d_lr": 2e-4}, {"betas": (0.0, 0.9)}])
def test_another_rate_that_is_asked_for_is_taken_and_all_else_kept(asked, tmp_path):
    first, _ = scheduled(None, halving, stop=3)
    first.save(tmp_path / "run.pt")
    G, D = mlps()
    second = gan.train(G, D, POINTS, steps=8, batch=16, resume=tmp_path / "run.pt", **asked)
    group = second.g_optimizer.param_groups[0]
    assert group["lr"] == asked.get("lr", 2e-4 / 8)
    assert tuple(group["betas"]) == asked.get("betas", (0.5, 0.999))
    assert second.d_optimizer.param_groups[0]["lr"] == (1e-3 if asked == {"lr": 1e-3} else 2e-4 / 8)
    halving(second.g_optimizer, 0)                      # a scheduler begins at the new rate
    assert group["lr"] == group["initial_lr"] or "lr" not in asked
    list(second)


@pytest.mark.parametrize(("there", "here"), [(sgd, None), (None, sgd), (Adam, AdamW), (groups, RMSprop)])
def test_a_checkpoint_of_another_optimizer_is_refused_and_changes_nothing(there, here, tmp_path):
    first, _ = scheduled(there, halving, stop=3)
    first.save(tmp_path / "run.pt")
    G, D = mlps()
    before = weights(G, D)
    why = refusal(G, D, POINTS, optimizer=here, d_optimizer=here, resume=tmp_path / "run.pt", steps=8)
    names = [type(first.g_optimizer).__name__, (here or Adam).__name__.replace("sgd", "SGD")]
    assert why.startswith("resume: ") and "g_optimizer" in why and "must be the same" in why
    assert all(name in why for name in names)
    assert torch.equal(weights(G, D), before)


def test_what_could_not_be_read_back_is_refused_when_it_is_first_saved(tmp_path):
    class Remembering(SGD):
        def state_dict(self):
            return super().state_dict() | {"why": object}

    G, D = mlps()
    ours = gan.train(G, D, POINTS, steps=2, batch=16, optimizer=lambda w: Remembering(w, 0.1))
    next(iter(ours))
    with pytest.raises(TypeError, match="^save: G, D or an optimizer keeps what could not be read back .*; must have"):
        ours.save(tmp_path / "run.pt")
    assert list(tmp_path.iterdir()) == []


# Optimizers that cannot work ------------------------------------------------------------------------------------------

FOREIGN = torch.nn.Linear(2, 2)
BAD = {
    "one that is made": ({"optimizer": sgd(FOREIGN.parameters())}, "optimizer: got SGD; must be a function", "lambda"),
    "its name": ({"optimizer": "sgd"}, "optimizer: got 'sgd'; must be a function", "lambda"),
    "a rate": ({"d_optimizer": 0.1}, "d_optimizer: got 0.1; must be a function", "lambda"),
    "makes nothing": ({"optimizer": lambda weights: None}, "optimizer: made a NoneType; must make", "lambda"),
    "other weights": ({"d_optimizer": lambda weights: SGD(FOREIGN.parameters(), 0.1)},
                      "d_optimizer: made a SGD of other", "must be of those alone"),
    "closure": ({"optimizer": torch.optim.LBFGS}, "optimizer: made a LBFGS, which needs a closure; must", "Adam"),
    "a rate beside it": ({"optimizer": sgd, "lr": 1e-3}, "lr: got 0.001 beside optimizer; must", "optimizer=lambda"),
    "a rate of D's": ({"d_optimizer": sgd, "d_lr": 1e-3}, "d_lr: got 0.001 beside d_optimizer; must", "lambda"),
    "betas beside both": ({"optimizer": sgd, "d_optimizer": sgd, "betas": (0.0, 0.9)}, "betas: got (0.0, 0.9) beside",
                          "must"),
    "unrolled": ({"d_optimizer": sgd, "unroll": 2}, "unroll: got 2 with SGD as D's optimizer; must be 0", "Adam"),
    "unrolled with decay": ({"d_optimizer": lambda w: Adam(w, weight_decay=0.1), "unroll": 1}, "unroll: got 1",
                            "decay"),
    "unrolled groups": ({"d_optimizer": lambda w: Adam([{"params": w[:1]}, {"params": w[1:]}]), "unroll": 1},
                        "unroll: got 1", "one group"),
}


@pytest.mark.parametrize("name", BAD)
def test_an_optimizer_that_cannot_work_is_named_with_its_cure(name):
    settings, begins, cure = BAD[name]
    why = refusal(*mlps(), POINTS, **settings)
    assert why.startswith(begins) and cure in why


def test_rates_that_still_have_a_player_are_welcome():
    ours, _ = run(optimizer=sgd, d_lr=1e-3, betas=(0.0, 0.9))
    assert ours.d_optimizer.param_groups[0]["lr"] == 1e-3
    ours, _ = run(d_optimizer=sgd, lr=1e-3)
    assert ours.g_optimizer.param_groups[0]["lr"] == 1e-3
    run(d_optimizer=Adam, unroll=1)
