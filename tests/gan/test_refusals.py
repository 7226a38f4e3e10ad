"""Arguments that cannot work: one exception, which names the argument, what it was and what it must be."""

import pytest
import torch
from small import IMAGES, POINTS, convs, mlps, run, weights
from torch import nn
from torch.utils.data import DataLoader

import gan
from gan.losses import non_saturating
from gan.models import Generator, mlp_pair


class Squared(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(64, 1)

    def forward(self, x):
        return self.linear(x.view(len(x), 60)).flatten()


def d_of(*layers):
    return nn.Sequential(nn.Flatten(), *layers)


nan = POINTS.clone()
nan[3, 1] = float("nan")
linear = Generator(nn.Sequential(nn.Linear(2, 64), nn.Unflatten(1, (1, 8, 8))), 2)

# argument: what a learner gives it, what the message shows of it, and what it says is wanted
BAD = [
    ("loss", "hinge", "'hinge'", "pair of functions"),
    ("loss", nn.BCELoss(), "BCELoss()", "gan.losses"),
    ("loss", non_saturating.generator, "<function", "pair of functions"),
    ("data", "mnist", "'mnist'", "tensor (N, ...)"),
    ("data", (IMAGES, torch.zeros(300)), "tuple of 2", "images, labels ="),
    ("data", [IMAGES], "list of 1", "the samples alone"),
    ("data", IMAGES.numpy(), "ndarray", "must be a tensor"),
    ("data", DataLoader(IMAGES), "DataLoader", "must be a tensor"),
    ("data", torch.distributions.Normal(0, 1), "Normal", "density of gan.data"),
    ("data", None, "NoneType", "must be a tensor"),
    ("data", ((IMAGES + 1) * 127).byte(), "torch.uint8", "[-1, 1]"),
    ("data", (IMAGES + 1) * 127.5, "from 0 to 25", "[-1, 1]"),
    ("data", (IMAGES + 1) / 2, "from 0 to 1", "images * 2 - 1"),
    ("data", nan[:, None, :, None], "1 of 1000 values", "must all be finite"),
    ("data", IMAGES[:0], "(0, 1, 8, 8)", "at least one sample"),
    ("data", torch.tensor(3.0), "()", "at least one sample"),
    ("G", nn.Linear(2, 2), "Linear without noise", "gan.models.Generator"),
    ("G", "dcgan", "str", "nn.Module"),
    ("G", mlp_pair()[0], "(2,)", "(1, 8, 8)"),
    ("G", Generator(nn.Linear(5, 64), latent=3), "(4, 3)", "fit the shape"),
    ("G", convs()[0].double(), "torch.float64, but D of torch.float32", "have the same"),
    ("D", None, "NoneType", "nn.Module"),
    ("D", lambda x: x, "function", "nn.Module"),
    ("D", d_of(nn.ReLU()), "Sequential", "weights to learn"),
    ("D", d_of(nn.Linear(64, 1)), "(4, 1)", "nn.Sequential(D, nn.Flatten(0))"),
    ("D", d_of(nn.Linear(64, 2)), "(4, 2)", "one per sample"),
    ("D", nn.Sequential(nn.Flatten(0), nn.Linear(256, 1)), "(1,)", "one per sample"),
    ("D", d_of(nn.Linear(100, 1), nn.Flatten(0)), "(4, 1, 8, 8)", "fit the shape"),
    ("D", Squared(), "(4, 1, 8, 8)", "fit the shape"),
    ("D", d_of(nn.Linear(64, 1), nn.Sigmoid(), nn.Flatten(0)), "probabilities", "leave out the Sigmoid"),
    *[(count, value, repr(value), "whole number of at least 1")
      for count in ("steps", "batch", "d_steps") for value in (0, -3, 2.0, "10", True, None)],
    *[(rate, value, repr(value), "greater than 0")
      for rate in ("lr", "d_lr") for value in (0, -1e-4, float("nan"), "fast")],
    *[("betas", value, repr(value), "two numbers")
      for value in (0.5, (0.5,), (0.5, 1.0), (-0.1, 0.9), ("a", "b"), None)],
    *[("ema", value, repr(value), "between 0 and 1") for value in (0, 1, 1.5, "slow", True)],
    *[("seed", value, repr(value), "whole number") for value in ("lucky", 0.5)],
    ("penalties", gan.penalties.r1(), "<function r1", "(penalty,)"),
    ("penalties", (1.0,), "(1.0,)", "tuple of functions"),
    ("device", "gpu", "'gpu'", "cpu, cuda or mps"),
    ("writer", "runs/", "'runs/'", "SummaryWriter"),
]


@pytest.mark.parametrize(("name", "value", "shown", "wanted"), BAD)
def test_one_exception_names_the_argument_the_value_and_what_is_wanted(name, value, shown, wanted):
    G, D = convs()
    settings = {"G": G, "D": D, "data": IMAGES, "steps": 2, "batch": 4, "seed": 0, name: value}
    before = weights(G, D)
    with pytest.raises((ValueError, TypeError)) as error:
        gan.train(settings.pop("G"), settings.pop("D"), settings.pop("data"), **settings)
    message = str(error.value)
    assert message.startswith(f"{name}: ")
    assert shown in message
    assert wanted in message
    assert "must" in message
    assert torch.equal(weights(G, D), before)


def test_images_without_their_channel_axis_are_told_of_it():
    with pytest.raises(ValueError, match=r"^G: makes samples of shape \(1, 8, 8\); must make \(8, 8\).*\(N, C, H, W\)"):
        gan.train(*convs(), IMAGES[:, 0], steps=1)


def test_a_generator_that_stays_above_zero_may_learn_images_that_do():
    G, D = convs()
    G.net[-1] = nn.Sigmoid()
    assert len(list(gan.train(G, D, (IMAGES + 1) / 2, steps=1, batch=4))) == 1


def test_a_gate_is_not_taken_for_a_sigmoid_at_the_end():
    class Gated(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear, self.gate = nn.Linear(2, 1), nn.Sigmoid()

        def forward(self, x):
            return (50 * self.linear(x) * self.gate(x[:, :1])).flatten()
    torch.manual_seed(0)
    assert len(list(gan.train(mlps()[0], Gated(), POINTS, steps=1, batch=4))) == 1


def test_asking_for_an_average_that_was_not_kept_says_so():
    ours, _ = run(steps=1)
    with pytest.raises(ValueError, match="^ema: got None; must be a decay"):
        ours.G_ema  # noqa: B018
