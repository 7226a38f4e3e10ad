"""Losses against float64 formulas that share no code with them, and against well-known mistakes."""

import pytest
import torch
from torch import sigmoid

from gan.losses import Loss, hinge, least_squares, minimax, non_saturating, wasserstein

LOGITS = torch.cat([torch.linspace(-1e4, 1e4, 2_001), torch.linspace(-40, 40, 2_001), torch.tensor([-1e-6, 0.0, 1e-6])])


def minus_log_d(a):
    """-log D = log(1 + exp(-a)), arranged so that nothing overflows, in float64."""
    a = a.double()
    return torch.log1p(torch.exp(-a.abs())) + (-a).clamp(min=0)


def minus_log_1_d(a):
    return minus_log_d(-a)


REFERENCE = {
    "minimax": (minimax, lambda a: -minus_log_1_d(a)),
    "non_saturating": (non_saturating, minus_log_d),
}


def agrees(values, reference):
    return torch.allclose(values.double(), reference, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", REFERENCE)
def test_values_agree_with_float64_references_up_to_logits_of_1e4(name, dtype):
    loss, generator = REFERENCE[name]
    a, b = LOGITS.to(dtype), LOGITS.flip(0).to(dtype)
    assert agrees(loss.discriminator(a, b), minus_log_d(a) + minus_log_1_d(b))
    assert agrees(loss.generator(a), generator(a))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("loss", "slope"), [(minimax, lambda D: -D), (non_saturating, lambda D: D - 1)])
def test_generators_gradient_in_the_logit_is_minus_d_or_d_minus_one(loss, slope, dtype):
    a = LOGITS.to(dtype).requires_grad_()
    gradient, = torch.autograd.grad(loss.generator(a).sum(), a)
    assert agrees(gradient, slope(sigmoid(a.detach().double())))


@pytest.mark.parametrize("loss", [minimax, non_saturating])
def test_discriminators_gradients_are_d_minus_one_on_real_and_d_on_fake(loss):
    real, fake = LOGITS.clone().requires_grad_(), LOGITS.clone().requires_grad_()
    on_real, on_fake = torch.autograd.grad(loss.discriminator(real, fake).sum(), (real, fake))
    D = sigmoid(LOGITS.double())
    assert agrees(on_real, D - 1)
    assert agrees(on_fake, D)


@pytest.mark.parametrize("loss", [minimax, non_saturating])
def test_gradcheck(loss):
    real, fake = (torch.randn(3, 5, dtype=torch.float64, requires_grad=True) for _ in range(2))
    assert torch.autograd.gradcheck(loss.discriminator, (real, fake))
    assert torch.autograd.gradcheck(loss.generator, (fake,))


# The mistakes 1, 3 and 9 of papers.md, each as somebody has published it: the comparisons above reject them.
WRONG = {
    "log(1 - D) vanishes where G does a perfect job": (minimax, lambda a: 0 * a),
    "flipped labels are the same as log(1 - D)": (minimax, lambda a: -torch.nn.functional.logsigmoid(a)),
    "a minimax generator that is the non-saturating one": (minimax, non_saturating.generator),
    "log(sigmoid + 1e-8)": (non_saturating, lambda a: -torch.log(sigmoid(a) + 1e-8)),
    "log(sigmoid)": (non_saturating, lambda a: -torch.log(sigmoid(a))),
    "turned sign": (non_saturating, lambda a: torch.nn.functional.logsigmoid(a)),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_well_known_mistakes_are_told_from_the_truth_in_value_and_gradient(mistake):
    right, wrong = WRONG[mistake]
    a = LOGITS.clone().requires_grad_()
    reference = next(f for loss, f in REFERENCE.values() if loss is right)
    slope = sigmoid(LOGITS.double()) * -1 if right is minimax else sigmoid(LOGITS.double()) - 1
    gradient, = torch.autograd.grad(wrong(a).sum(), a, materialize_grads=True, allow_unused=True)
    assert not agrees(wrong(a).detach(), reference(LOGITS))
    assert not agrees(gradient, slope)


def test_log_1_minus_d_is_not_near_zero_where_d_is_sure_of_a_fake_and_saturates_where_d_is_near_zero():
    a = torch.logit(torch.tensor([0.9997, 1e-4], dtype=torch.float64)).requires_grad_()
    values = minimax.generator(a)
    gradient, = torch.autograd.grad(values.sum(), a)
    assert values[0].item() == pytest.approx(-8.11, abs=0.01)
    assert gradient[1].item() == pytest.approx(-1e-4, rel=1e-6)


@pytest.mark.parametrize("loss", [minimax, non_saturating])
@pytest.mark.parametrize("shape", [(7,), (3, 7)])
def test_one_number_per_sample_whatever_the_leading_axes(loss, shape):
    real, fake = torch.randn(shape), torch.randn(shape)
    assert isinstance(loss, Loss)
    assert loss.discriminator(real, fake).shape == shape
    assert loss.generator(fake).shape == loss.generator(fake, real).shape == shape
    assert torch.equal(loss.discriminator(real, fake)[-1], loss.discriminator(real[-1], fake[-1]))


# The other losses -----------------------------------------------------------------------------------------------------

def test_least_squares_pulls_real_to_one_and_fake_to_zero():
    real, fake = torch.randn(2, 50, dtype=torch.float64)
    expected = 0.5 * (real - 1) ** 2 + 0.5 * (fake - 0) ** 2
    assert torch.allclose(least_squares.discriminator(real, fake), expected)
    assert torch.allclose(least_squares.generator(fake), 0.5 * (fake - 1) ** 2)


def test_hinge_is_nought_beyond_the_margin_and_its_signs_are_right():
    a = torch.tensor([-2.0, -1.0, 0.0, 1.0, 3.0])
    nought = torch.zeros(5)
    assert (hinge.discriminator(a, nought) - 1).tolist() == [3, 2, 1, 0, 0]          # real should be above 1
    assert (hinge.discriminator(nought, a) - 1).tolist() == [0, 0, 1, 2, 4]          # fake should be below -1
    assert torch.equal(hinge.generator(a), -a)


def test_wasserstein_is_a_mean_difference_and_no_hinge():
    real, fake = torch.tensor([5.0, -5.0]), torch.tensor([-7.0, 7.0])
    assert wasserstein.discriminator(real, fake).tolist() == [-12, 12]
    assert wasserstein.generator(fake).tolist() == [7, -7]


@pytest.mark.parametrize("loss", [minimax, non_saturating, least_squares, hinge, wasserstein])
def test_every_loss_has_d_push_real_up_and_fake_down_and_g_push_fake_up(loss):
    real, fake = torch.full((2, 3), 0.5, dtype=torch.float64).requires_grad_().unbind()
    d_real, d_fake = torch.autograd.grad(loss.discriminator(real, fake).sum(), (real, fake))
    g_fake, = torch.autograd.grad(loss.generator(fake).sum(), fake)
    assert (d_real < 0).all() and (d_fake > 0).all() and (g_fake < 0).all()
