"""Data that people bring: what is no tensor gets the line that makes one, what cannot be reached or is short a word."""

import re
import warnings

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from small import IMAGES, POINTS, convs, mlps, refusal, run
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset
from torchvision.datasets import ImageFolder
from torchvision.transforms import ToTensor

import gan
from gan.models import Generator, mlp_pair

LABELS = torch.zeros(len(IMAGES))
UNIT = (IMAGES + 1) / 2


class Alone(Dataset):
    """Samples without labels."""

    def __len__(self):
        return len(IMAGES)

    def __getitem__(self, i):
        return IMAGES[range(len(IMAGES))[i]]


def as_array(image):
    return np.asarray((image.permute(1, 2, 0) * 255).byte())


def folder(tmp_path, transform=None):
    (tmp_path / "threes").mkdir()
    for i, image in enumerate(UNIT[:9]):
        Image.fromarray(as_array(image.expand(3, -1, -1))).save(tmp_path / "threes" / f"{i}.png")
    return ImageFolder(tmp_path, transform)


# What it is, and what the line that the message names must make of it
NO_TENSORS = {
    "array": (IMAGES.double().numpy(), IMAGES),
    "TensorDataset": (TensorDataset(IMAGES, LABELS), IMAGES),
    "Dataset": (Alone(), IMAGES),
    "DataLoader": (DataLoader(TensorDataset(IMAGES, LABELS), 32), IMAGES),
    "DataLoader without labels": (DataLoader(Alone(), 32), IMAGES),
    "list of tensors": (list(IMAGES), IMAGES),
    "list of pictures": ([Image.fromarray(as_array(x)[..., 0]) for x in UNIT[:9]], IMAGES[:9]),
    "list of arrays (H, W, C)": ([as_array(x) for x in UNIT[:9]], IMAGES[:9]),
    "list of points": ([np.asarray(x) for x in POINTS], POINTS),
}


@pytest.mark.parametrize("kind", NO_TENSORS)
def test_the_message_holds_the_line_that_makes_a_tensor(kind):
    data, wanted = NO_TENSORS[kind]
    why = refusal(*convs(), data)
    assert why.startswith(f"data: got a {type(data).__name__}") and "must be" in why
    made = eval(re.search("makes a tensor of it: `(.*)`$", why)[1], {"torch": torch, "torchvision": torchvision,
                                                                     "data": data})
    assert made.dtype == torch.float32 and torch.allclose(made, wanted, atol=2 / 255)


@pytest.mark.parametrize("transform", [None, ToTensor()])
def test_a_folder_of_pictures_too(transform, tmp_path):
    data = folder(tmp_path, transform)
    made = eval(re.search("`(torch.*)`$", refusal(*convs(), data))[1], {"torch": torch, "torchvision": torchvision,
                                                                        "data": data})
    assert made.shape == (9, 3, 8, 8) and made.is_floating_point()


@pytest.mark.parametrize("data", [{"x": POINTS}, (x for x in POINTS), "mnist", [1, "two"], [POINTS, POINTS[:3]], 3])
def test_what_is_not_known_is_refused_without_a_line(data):
    why = refusal(*mlps(), data)
    assert why.startswith("data: got ") and "must be" in why and "makes a tensor" not in why


# Precision and range --------------------------------------------------------------------------------------------------

def G_of(*last, latent=2):
    return Generator(nn.Sequential(nn.Linear(latent, 8), nn.ReLU(), *last), latent)


@pytest.mark.parametrize(("data", "precise", "says"), [
    (POINTS.double(), False, "data: got torch.float64, but the networks' weights are torch.float32; must .*data.float"),
    (POINTS.half(), False, "data: got torch.float16, but .*`data.float"),
    (POINTS, True, "data: got torch.float32, but the networks' weights are torch.float64; must .*`data.double"),
    ((IMAGES * 100).byte(), False, r"data: got torch.uint8; must .*`data.float\(\) / 127.5 - 1`"),
    (POINTS.long(), False, "data: got torch.int64; must be floating point"),
])
def test_data_of_another_precision_are_named_as_that(data, precise, says):
    G, D = mlps()
    assert re.match(says, refusal(G.double() if precise else G, D.double() if precise else D, data))


LINE = POINTS[:, :1]
OUT_OF_REACH = {
    "tanh": (G_of(nn.Linear(8, 2), nn.Tanh()), POINTS * 5, "[-1, 1]"),
    "sigmoid": (G_of(nn.Linear(8, 2), nn.Sigmoid()), POINTS, "[0, 1]"),
    "relu": (G_of(nn.Linear(8, 2), nn.ReLU()), POINTS, "[0, inf]"),
    "clamp": (G_of(nn.Linear(8, 2), nn.Hardtanh(-0.5, 0.5)), POINTS, "[-0.5, 0.5]"),
    "signals": (G_of(nn.Linear(8, 150), nn.Tanh(), nn.Unflatten(1, (3, 50))), 3 * torch.randn(40, 3, 50), "[-1, 1]"),
    "flat images in 0 to 255": (G_of(nn.Linear(8, 64), nn.Tanh()), UNIT.flatten(1) * 255, "[-1, 1]"),
    "images, standardised": (G_of(nn.Linear(8, 64), nn.Sigmoid(), nn.Unflatten(1, (1, 8, 8))), IMAGES, "[0, 1]"),
    "a density": (G_of(nn.Linear(8, 2), nn.Tanh()), gan.data.grid(), "[-1, 1]"),
}


def d_for(data):
    features = (data.sample((1,)) if hasattr(data, "sample") else data[:1]).numel()
    return nn.Sequential(nn.Flatten(), nn.Linear(features, 1), nn.Flatten(0))


@pytest.mark.parametrize("kind", OUT_OF_REACH)
def test_data_that_gs_last_layer_cannot_reach_are_refused_whatever_their_rank(kind):
    G, data, reach = OUT_OF_REACH[kind]
    why = refusal(G, d_for(data), data)
    assert why.startswith("data: got values from ") and f"G's last layer gives none outside {reach}" in why


WITHIN_REACH = {
    "tanh": (G_of(nn.Linear(8, 2), nn.Tanh()), POINTS * 0.9),
    "sigmoid": (G_of(nn.Linear(8, 2), nn.Sigmoid()), POINTS.abs() * 0.9),
    "no bound": (G_of(nn.Linear(8, 2)), POINTS * 1e4),
    "normalised": (G_of(nn.Linear(8, 64), nn.LayerNorm(64, elementwise_affine=False)), 6 * torch.randn(40, 64)),
    "learned scale": (G_of(nn.Linear(8, 2), nn.Tanh(), nn.Linear(2, 2)), POINTS * 5),
    "one feature": (G_of(nn.Linear(8, 1)), LINE * 100),
    "batch norm last": (G_of(nn.Linear(8, 2), nn.BatchNorm1d(2)), POINTS * 50),
}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", WITHIN_REACH)
def test_what_can_be_reached_is_welcome(kind, seed):
    G, data = WITHIN_REACH[kind]
    torch.manual_seed(seed)
    for layer in G.modules():
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    list(gan.train(G, d_for(data), data, steps=1, batch=8))


def test_a_mixture_on_the_line_with_networks_for_one_feature_is_told_the_cure():
    for data in (gan.data.mixture_1d(), POINTS[:, 0]):
        why = refusal(*mlp_pair(1), data)
        assert why.startswith("G: makes samples of shape (1,); must make ()") and "`data[:, None]`" in why
    cure = re.search("`(gan.data.Gauss.*)`", why)[1]
    list(gan.train(*mlp_pair(1), eval(cure), steps=1, batch=8))


# Data that are drawn --------------------------------------------------------------------------------------------------

class Loader:
    """A sampler over a DataLoader, as people write it."""

    def __init__(self, again=True, n=30, **settings):
        self.loader, self.again = DataLoader(TensorDataset(POINTS[:n]), **settings), again
        self.batches = iter(self.loader)

    def sample(self, shape, generator=None):
        try:
            return next(self.batches)[0]
        except StopIteration:
            if not self.again:
                raise
            self.batches = iter(self.loader)
            return next(self.batches)[0]


def test_a_sampler_over_a_loader_works_if_its_batches_are_whole():
    _, steps = run(data=Loader(batch_size=16, drop_last=True), steps=9)
    assert len(steps) == 9


@pytest.mark.parametrize(("sampler", "says"), [
    (lambda: Loader(batch_size=8), r"sample\(\(8,\)\) gave shape \(6, 2\); must .* drop_last=True"),
    (lambda: Loader(batch_size=8, n=78), r"gave torch.float32 of shape \(6, 2\) as batch 10; must .* drop_last=True"),
    (lambda: Loader(batch_size=8, drop_last=True, again=False), r"ran out after 3 batches; must go on for ever"),
    (lambda: Loader(batch_size=5), r"sample\(\(8,\)\) gave shape \(5, 2\); must .* DataLoader's batch_size"),
])
def test_a_loader_whose_last_batch_is_short_or_that_ends_is_told(sampler, says):
    why = refusal(*mlps(), sampler(), steps=30)
    assert why.startswith("data: its sample") and re.search(says, why), why


class Turns:
    """Good batches, and from one on others."""

    def __init__(self, turn, at):
        self.turn, self.at, self.drawn = turn, at, 0

    def sample(self, shape, generator=None):
        self.drawn += 1
        x = torch.rand(*shape, 1, 8, 8, generator=generator) * 2 - 1
        return self.turn(x) if self.drawn >= self.at else x


TURNS = {
    "other shape": (lambda x: x[..., :7], 9, "(8, 1, 8, 7) as batch 9; must give"),
    "other precision": (lambda x: x.double(), 9, "gave torch.float64"),
    "pairs": (lambda x: (x, x), 1, "got a tuple of 2, but G cannot take what that tells it"),
    "pairs a step later": (lambda x: (x, x), 6, "and torch.float32 of shape (8, 1, 8, 8) as batch 6; must give"),
    "a dictionary": (lambda x: {"image": x}, 1, "gave a dict; must give a tensor of samples"),
    "bytes": (lambda x: x.byte(), 1, "got torch.uint8 in batch 1 that it drew; must be floating point"),
    "0 to 255": (lambda x: x * 127.5 + 127.5, 1, "G's last layer gives none outside [-1, 1]"),
    "0 to 255 a step later": (lambda x: x * 127.5 + 127.5, 2, "G's last layer gives none outside [-1, 1]"),
    "0 to 1": (lambda x: (x + 1) / 2, 1, "but G also makes values below 0"),
    "NaN at first": (lambda x: x / 0, 1, "512 of 512 values are NaN or infinite in batch 1"),
    "another device": (lambda x: x.to("meta"), 1, "on meta; must be on cpu, the generator's: `x.to(generator.device)`"),
}


@pytest.mark.parametrize("kind", TURNS)
def test_batches_that_are_not_what_was_promised_are_refused_at_any_step(kind):
    turn, at, says = TURNS[kind]
    why = refusal(*convs(), Turns(turn, at), steps=12)
    assert why.startswith("data: ") and says in why


def test_nan_in_a_later_batch_is_named_beside_the_loss_that_it_spoils():
    why = refusal(*convs(), Turns(lambda x: torch.where(x > 0, torch.nan, x), 8), steps=12, error=FloatingPointError)
    assert re.match(r"D's loss is nan at step 7; its weights are as before; data: \d+ of 512 values drawn are NaN", why)
    with pytest.warns(RuntimeWarning, match="D's loss is nan at step 7 in run 0, which .*; data: 1 of 1024 values"):
        def one(x):
            x.view(-1)[3] = torch.nan
            return x
        list(gan.train(*gan.ensemble.stack(convs() for _ in range(2)), Turns(one, 8), steps=8, batch=8))


def test_a_sampler_without_a_generator_is_told_of_it():
    class Plain:
        def sample(self, shape):
            return torch.randn(*shape, 2)
    assert "whose sample takes no generator; must" in refusal(*mlps(), Plain())


def test_data_that_ask_for_a_gradient_get_none():
    data = POINTS.clone().requires_grad_()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(data=data)
    assert data.grad is None
