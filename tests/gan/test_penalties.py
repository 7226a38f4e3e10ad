"""Penalties against written-out formulas, one number for each sample and never over the batch."""

import pytest
import torch
from torch import nn

import gan
from gan.layers import Pack
from gan.models import conv_pair, mlp
from gan.penalties import gradient_penalty, r1, r2, squared_slope


def linear(slope):
    """A critic of known slope: |grad D| = |slope| everywhere."""
    return lambda x: x @ torch.as_tensor(slope)


@pytest.mark.parametrize("batch", [1, 64])
def test_a_critic_of_slope_one_pays_nothing_whatever_the_batch(batch):
    """Taken over the whole batch, the norm would be 8 at batch 64, and the penalty 49."""
    x, y = torch.randn(batch, 2), torch.randn(batch, 2)
    assert gradient_penalty(1.0)(linear([0.6, 0.8]), x, y).abs().max() < 1e-6
    assert gradient_penalty(3.0)(linear([3.0, 0.0]), x, y).tolist() == pytest.approx([12.0] * batch)
    assert gradient_penalty(3.0, target=0.0)(linear([3.0, 0.0]), x, y).tolist() == pytest.approx([27.0] * batch)


def test_r1_and_r2_by_finite_differences():
    torch.manual_seed(1)
    D = nn.Sequential(mlp([2, 8, 1], nn.Tanh), nn.Flatten(0)).double()
    real, fake = torch.randn(2, 5, 2, dtype=torch.float64)
    for penalty, x in ((r1(3.0), real), (r2(3.0), fake)):
        h = 1e-6
        slopes = torch.stack([(D(x + h * e) - D(x - h * e)) / (2 * h) for e in torch.eye(2, dtype=torch.float64)], 1)
        assert torch.allclose(penalty(D, real, fake), 1.5 * slopes.square().sum(1), rtol=1e-6)


def test_penalty_points_lie_between_a_real_sample_and_its_fake():
    seen = []
    real, fake = torch.zeros(500, 2), torch.tensor([2.0, 4.0]).expand(500, 2)
    gradient_penalty()(lambda x: seen.append(x) or x.sum(-1), real, fake)
    t = seen[0][:, 0] / 2
    assert torch.allclose(seen[0], t[:, None] * fake) and 0 <= t.min() < 0.05 and 0.95 < t.max() <= 1
    assert 0.4 < t.mean() < 0.6 and len(t.unique()) > 400


@pytest.mark.parametrize("penalty", [r1(1.0), r2(1.0), gradient_penalty(1.0)])
def test_images_packs_and_ensembles_get_one_number_for_each_logit(penalty):
    _, D = conv_pair(8, width=4)
    assert penalty(D, *torch.randn(2, 6, 1, 8, 8)).shape == (6,)
    packed = nn.Sequential(Pack(2), mlp([4, 8, 1]), nn.Flatten(0))
    assert penalty(packed, *torch.randn(2, 6, 2)).shape == (3,)
    _, many = gan.ensemble.stack(gan.models.mlp_pair() for _ in range(4))
    assert penalty(many, *torch.randn(2, 4, 6, 2)).shape == (4, 6)
    _, convs = gan.ensemble.stack(conv_pair(8, width=4) for _ in range(3))
    assert penalty(convs, *torch.randn(2, 3, 6, 1, 8, 8)).shape == (3, 6)


RANKS = {
    "numbers": ((7,), lambda x: x * 2, (7,)),
    "points": ((7, 2), lambda x: x.sum(-1), (7,)),
    "signals": ((7, 3, 50), lambda x: x.flatten(1).sum(1), (7,)),
    "images": ((7, 3, 8, 8), lambda x: x.flatten(1).sum(1), (7,)),
    "volumes": ((7, 3, 4, 4, 4), lambda x: x.flatten(1).sum(1), (7,)),
    "packs": ((6, 2), nn.Sequential(Pack(3), nn.Linear(6, 1), nn.Flatten(0)), (2,)),
    "ensemble": ((4, 6, 2), lambda x: x.sum(-1), (4, 6)),
    "ensemble of packs": ((4, 6, 2), lambda x: Pack(2)(x).sum(-1), (4, 3)),
    "ensemble of signals": ((4, 6, 3, 50), lambda x: x.flatten(2).sum(-1), (4, 6)),
    "ensemble of images": ((4, 6, 3, 8, 8), lambda x: x.flatten(2).sum(-1), (4, 6)),
}


@pytest.mark.parametrize("kind", RANKS)
def test_there_is_one_mixing_weight_for_each_logit_whatever_the_rank_of_the_data(kind):
    shape, D, logits = RANKS[kind]
    penalty, seen = gradient_penalty(), []
    for times in (1, 2):                                # what the first call has learned serves the second
        asked = len(seen)
        result = penalty(lambda x: seen.append(x.detach()) or D(x), torch.zeros(shape), torch.ones(shape))
        assert result.shape == logits
        assert times == 1 or len(seen) == asked + 1
        t = seen[-1].reshape(*logits, -1)
        assert torch.equal(t, t[..., :1].expand_as(t)) and len(t.unique()) == t[..., 0].numel()


def test_a_penalty_may_pass_from_one_discriminator_to_another():
    penalty, x = gradient_penalty(), torch.randn(4, 6, 2)
    single = nn.Sequential(nn.Flatten(), nn.Linear(12, 1), nn.Flatten(0))
    for D, shape in ((lambda x: x.sum(-1), (4, 6)), (single, (4,)), (lambda x: x.sum(-1), (4, 6))):
        assert penalty(D, x, x + 1).shape == shape


def test_its_gradient_in_ds_weights_is_that_of_the_formula():
    D = nn.Sequential(mlp([2, 4, 1], nn.Tanh), nn.Flatten(0)).double()
    x = torch.randn(3, 2, dtype=torch.float64)
    weights = tuple(weight.detach().clone().requires_grad_() for weight in D.parameters())
    names = [name for name, _ in D.named_parameters()]

    def value(*weights):
        return squared_slope(lambda x: torch.func.functional_call(D, dict(zip(names, weights)), (x,)), x)
    assert torch.autograd.gradcheck(value, weights)


def test_a_flat_critic_has_a_finite_gradient():
    slope = torch.zeros(2, requires_grad=True)
    gradient_penalty()(lambda x: x @ slope, torch.randn(4, 2), torch.randn(4, 2)).sum().backward()
    assert slope.grad.isfinite().all()


@pytest.mark.parametrize(("make", "argument"), [(r1, "gamma"), (r2, "gamma"), (gradient_penalty, "weight")])
def test_negative_weights_are_refused(make, argument):
    with pytest.raises(ValueError, match=f"{argument}: got -1.0; must not be negative"):
        make(-1.0)
    with pytest.raises(ValueError, match=argument):
        make(float("nan"))
