"""Layers of one scale: how they start, what Adam makes of them, and the norms that stand between them."""

import math

import pytest
import torch
from torch import nn

from gan.models import progressive_pair, stylegan_pair
from gan.models.equalized import EqualConv, EqualLinear, MinibatchStd2d, pixel_norm

LAYERS = {"linear": lambda: EqualLinear(40, 300), "slow": lambda: EqualLinear(40, 300, slow=0.1),
          "3 x 3": lambda: EqualConv(40, 48), "1 x 1": lambda: EqualConv(40, 300, kernel=1),
          "down": lambda: EqualConv(40, 48, resample="down"), "up": lambda: EqualConv(40, 48, resample="up")}


@pytest.mark.parametrize("name", LAYERS)
def test_an_output_has_twice_the_power_of_an_input_before_the_leaky_relu(name):
    """Gain √2: what comes in with a variance of 1 leaves with 2, which a (leaky) ReLU halves again."""
    torch.manual_seed(0)
    layer = LAYERS[name]()
    x = torch.randn(64, 40, *(() if isinstance(layer, EqualLinear) else (16, 16)))
    y = layer(x).detach()
    if y.ndim == 4:
        y = y[..., 2:-2, 2:-2]                                   # at the rim a kernel meets zeros
    # The weights are drawn, so that a power over 48 outputs is itself one of a kind.
    assert y.square().mean() == pytest.approx(2 * (0.01 if name == "slow" else 1), rel=0.12) or name == "slow"
    if name == "slow":                                           # drawn ten times as large, used a tenth as strong
        assert y.square().mean() == pytest.approx(2, rel=0.12)


@pytest.mark.parametrize("make", [progressive_pair, stylegan_pair])
def test_every_weight_starts_with_a_spread_of_one(make):
    """No layer is left out, the first one not either; what learns slower starts as much larger."""
    torch.manual_seed(0)
    for net in make():
        layers = [layer for layer in net.modules() if isinstance(layer, (EqualLinear, EqualConv))]
        held = {id(weight) for layer in layers for weight in layer.parameters()}
        assert all(id(weight) in held for weight in net.parameters() if weight.ndim in (2, 4) and weight.shape[0] > 1)
        for layer in layers:
            n = layer.weight.numel()
            slow = layer.bias_scale / 0.1
            if n >= 1_000:
                assert layer.weight.std().item() * slow == pytest.approx(1, abs=0.05), layer


def test_every_layer_that_holds_a_matrix_is_equalised():
    kinds = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)
    assert not [layer for net in progressive_pair() for layer in net.modules() if isinstance(layer, kinds)]


def steps_of(layer, x, rate, groups, n=5):
    """Train a layer for some steps of Adam; what it maps x to after each."""
    adam, seen = torch.optim.Adam(groups, rate, (0.0, 0.99), eps=0), []
    for _ in range(n):
        adam.zero_grad()
        (layer(x) - 1).square().mean().backward()
        adam.step()
        seen.append(layer(x).detach())
    return torch.stack(seen)


def test_an_equalised_rate_is_a_rate_of_its_own_for_each_layer():
    """Adam with rate c times as large on the plain weight takes the very same steps."""
    torch.manual_seed(0)
    equal = EqualLinear(12, 7).double()
    plain = nn.Linear(12, 7).double()
    with torch.no_grad():
        plain.weight.copy_(equal.weight * equal.scale)
        plain.bias.zero_()
    x = torch.randn(30, 12, dtype=torch.float64)
    ours = steps_of(equal, x, 0.01, equal.parameters())
    theirs = steps_of(plain, x, 0.01, [{"params": [plain.weight], "lr": 0.01 * equal.scale},
                                       {"params": [plain.bias], "lr": 0.01 * equal.bias_scale}])
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-12)
    other = steps_of(nn.Linear(12, 7).double().requires_grad_(), x, 0.01, plain.parameters())
    assert not torch.allclose(ours, other, atol=1e-3)


def test_kernels_that_double_start_as_bumps_and_paint_no_grain():
    torch.manual_seed(0)
    layer, rough = EqualConv(32, 3, resample="up"), EqualConv(32, 3, resample="up")
    nn.init.normal_(rough.weight)
    x = torch.randn(50, 32, 1, 1).expand(-1, -1, 8, 8)           # the same at each pixel
    grain = [y[..., 3:-3, 3:-3].std((2, 3)).mean().item() for y in (layer(x), rough(x))]
    assert grain[0] < 0.4 * grain[1]


@pytest.mark.parametrize("resample", ["", "up", "down"])
def test_power_is_what_an_output_takes_in(resample):
    torch.manual_seed(0)
    layer = EqualConv(5, 6, resample=resample).double()
    power = layer.power()
    assert power.shape == (5, 6)
    x = torch.randn(500, 5, 16, 16, dtype=torch.float64)
    strong = torch.tensor([1.0, 2.0, 0.5, 0.0, 3.0], dtype=torch.float64)
    y = layer.convolve(x * strong[:, None, None]).detach()[..., 2:-2, 2:-2]
    torch.testing.assert_close(y.var((0, 2, 3)), (strong.square() @ power).detach(), rtol=0.05, atol=0)


def test_pixel_norm_brings_each_pixel_to_a_mean_square_of_one():
    x = torch.randn(3, 16, 5, 5) * torch.rand(3, 1, 5, 5) * 10
    y = pixel_norm(x)
    torch.testing.assert_close(y.square().mean(1), torch.ones(3, 5, 5), rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(y, pixel_norm(7 * x), rtol=1e-4, atol=1e-4)
    assert torch.equal(pixel_norm(torch.zeros(2, 4, 1, 1)), torch.zeros(2, 4, 1, 1))
    moved = x.clone()
    moved[..., 2, 2] *= 3                                        # a pixel has nothing to do with its neighbours
    torch.testing.assert_close(pixel_norm(moved)[..., 0, 0], y[..., 0, 0])


# Minibatch standard deviation ----------------------------------------------------------------------------------------
def spread_by_hand(x):
    """Of one group, by loops: dividing by its size, averaged over channels and pixels."""
    values = []
    for c in range(x.shape[1]):
        for i in range(x.shape[2]):
            for j in range(x.shape[3]):
                column = [x[b, c, i, j].item() for b in range(len(x))]
                mean = sum(column) / len(column)
                values.append(math.sqrt(sum((v - mean) ** 2 for v in column) / len(column) + 1e-8))
    return sum(values) / len(values)


def test_one_number_a_group_as_counted_by_hand():
    x = torch.randn(8, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    y = MinibatchStd2d(4)(x)
    assert y.shape == (8, 4, 2, 2) and torch.equal(y[:, :3], x)
    for k in (0, 4):
        assert (y[k:k + 4, 3] - spread_by_hand(x[k:k + 4])).abs().max() < 1e-6
    assert (y[0, 3, 0, 0] - y[4, 3, 0, 0]).abs() > 1e-3          # groups know nothing of each other


def test_equal_samples_have_exactly_the_root_of_its_epsilon():
    y = MinibatchStd2d(4)(torch.randn(1, 3, 4, 4).expand(4, 3, 4, 4))
    assert torch.allclose(y[:, 3], torch.tensor(1e-4), rtol=1e-4)


@pytest.mark.parametrize("B", [1, 3, 6])
def test_a_batch_that_groups_do_not_divide_is_one_group_and_finite(B):
    """torch.std of one sample is NaN: it divides by 0."""
    x = torch.randn(B, 2, 4, 4, requires_grad=True)
    y = MinibatchStd2d(4)(x)
    assert y.isfinite().all() and (y[:, 2] == y[0, 2, 0, 0]).all()
    y.sum().backward()
    assert x.grad.isfinite().all()


def test_order_within_a_group_does_not_matter():
    x, order = torch.randn(8, 3, 4, 4), torch.tensor([2, 0, 3, 1, 5, 4, 7, 6])
    torch.testing.assert_close(MinibatchStd2d(4)(x[order])[:, 3], MinibatchStd2d(4)(x)[:, 3])


@pytest.mark.parametrize("make, message", [
    (lambda: EqualLinear(0, 3), "inputs"), (lambda: EqualConv(3, -1), "outputs"),
    (lambda: EqualConv(3, 3, resample="double"), "resample"), (lambda: MinibatchStd2d(0), "group")])
def test_what_cannot_work_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
