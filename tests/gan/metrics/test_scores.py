"""The Inception score and path lengths against torch-fidelity and closed forms."""

import math

import numpy as np
import pytest
import torch
import torch_fidelity
from torch import nn
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_ppl import calculate_ppl
from torch_fidelity.sample_similarity_base import SampleSimilarityBase

from gan.metrics import fit_classifier, inception_score, path_length, slerp
from gan.models import Generator

# Inception score ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "splits"), [(300, 1), (300, 10), (157, 10)])
def test_inception_score_agrees_with_torch_fidelity(n, splits):
    logits = 3 * torch.randn(n, 7)
    shuffled = logits[torch.randperm(n, generator=torch.Generator().manual_seed(0))]
    theirs = isc_features_to_metric(shuffled, splits, shuffle=False)
    assert inception_score(logits, splits) == pytest.approx([*theirs.values()], rel=1e-9)


def test_one_image_of_each_class_scores_the_number_of_classes_and_equal_images_score_1():
    each = 100 * torch.eye(10)
    assert inception_score(each, splits=1) == (pytest.approx(10), 0)
    assert inception_score(each[:1].expand(50, 10)) == (pytest.approx(1), 0)
    assert inception_score(torch.zeros(50, 10)).mean == pytest.approx(1)
    # Nothing is gained by variety within a class, nor lost without it.
    assert inception_score(each.repeat(20, 1), 1).mean == pytest.approx(10)


def test_inception_score_of_two_beliefs_is_counted_in_natural_logarithms():
    p = torch.tensor([[0.9, 0.1], [0.1, 0.9]]).double()
    expected = math.exp(0.9 * math.log(0.9 / 0.5) + 0.1 * math.log(0.1 / 0.5))
    assert inception_score(p.log(), 1).mean == pytest.approx(expected)
    assert inception_score(p.log().numpy() + 7, 1).mean == pytest.approx(expected)


@pytest.mark.parametrize("labels", [torch.arange(1_000) // 100, torch.arange(1_000) % 10])
def test_sorted_classes_and_classes_in_turn_are_dealt_evenly(labels):
    found = inception_score(100.0 * nn.functional.one_hot(labels))
    assert found.mean > 9 and 0 < found.std < 0.5
    assert found != inception_score(100.0 * nn.functional.one_hot(labels), seed=1)


@pytest.mark.parametrize(("logits", "splits", "why"), [
    (torch.eye(4), 2, r"logits: got probabilities, .*; must be what the classifier gives before softmax"),
    (torch.randn(4, 3).softmax(1), 1, "logits: got probabilities"),
    (torch.randn(4), 1, r"logits: got shapes \(4,\); must be \(N, F\), one or more"),
    (torch.tensor([[torch.nan, 0]]), 1, "logits: 1 of 2 values are NaN"),
    (torch.randn(4, 3), 5, "splits: got 5 for 4 samples; must be at most as many"),
    (torch.randn(4, 3), 0, "splits: got 0; must be a whole number")])
def test_what_gives_no_score_is_refused(logits, splits, why):
    with pytest.raises(ValueError, match=f"^{why}"):
        inception_score(logits, splits)


# Path length ----------------------------------------------------------------------------------------------------------

def linear(latent=5, out=8):
    return Generator(nn.Linear(latent, out).double(), latent)


def pairs(*ab):
    """Noise that is given: first all a, then all b."""
    queue = list(ab)
    return lambda n, generator: queue.pop(0)


def test_a_linear_generators_length_has_a_closed_form():
    G = linear()
    a, b = torch.randn(2, 40, 5).double()
    expected = ((b - a) @ G.net.weight.T).square().sum(1).mean().item()
    for ends in (False, True):
        found = path_length(G, nn.Identity(), 40, pairs(a, b), torch.lerp, ends, trim=0)
        assert found == pytest.approx(expected, rel=1e-7)
    twice = path_length(G, lambda x: 2 * x, 40, pairs(a, b), torch.lerp, trim=0)
    assert twice == pytest.approx(4 * expected, rel=1e-7)
    many = path_length(G, nn.Identity(), 20_000, path=torch.lerp, trim=0)                # E|A (b - a)|^2 = 2 |A|^2
    assert many == pytest.approx(2 * G.net.weight.square().sum().item(), rel=0.05)


def test_t_is_even_in_the_full_measure_and_0_at_the_ends():
    a, b = torch.zeros(4_000, 1).double(), torch.ones(4_000, 1).double()
    square = lambda z: z.square()                                                         # noqa: E731
    assert path_length(square, nn.Identity(), 4_000, pairs(a, b), torch.lerp, trim=0) == pytest.approx(4 / 3, abs=0.06)
    assert path_length(square, nn.Identity(), 4_000, pairs(a, b), torch.lerp, True) == pytest.approx(1e-8, rel=1e-3)


def test_slerp_turns_evenly():
    a, b = torch.randn(2, 100, 6, dtype=torch.float64)
    t = torch.rand(100, 1, dtype=torch.float64)
    at = slerp(a, b, t)
    angle = lambda x, y: torch.acos(nn.functional.cosine_similarity(x, y))                # noqa: E731
    assert torch.allclose(angle(a, at), t[:, 0] * angle(a, b))
    assert torch.allclose(angle(a, at) + angle(at, b), angle(a, b))
    assert torch.allclose(at.norm(dim=1), torch.lerp(a.norm(dim=1), b.norm(dim=1), t[:, 0]))
    assert torch.allclose(slerp(a, b, 0 * t), a) and torch.allclose(slerp(a, b, 0 * t + 1), b)
    assert torch.allclose(slerp(a, 2 * a, t), a * (1 + t))


def test_on_a_circle_the_length_is_the_angle_squared():
    angles = math.pi * torch.rand(50).double()
    a, b = torch.tensor([[1.0, 0]]).double().expand(50, 2), torch.stack([angles.cos(), angles.sin()], 1)
    found = path_length(lambda z: z, nn.Identity(), 50, pairs(a, b), trim=0)
    assert found == pytest.approx(angles.square().mean().item(), rel=1e-6)


class Squared(SampleSimilarityBase):
    def __init__(self, name, **_):
        super().__init__(name)

    def forward(self, x, y):
        return (x.double() - y.double()).square().flatten(1).sum(1)


def test_path_length_agrees_with_torch_fidelity(monkeypatch):
    monkeypatch.setitem(torch_fidelity.utils.SAMPLE_SIMILARITY_REGISTRY, "squared", Squared)
    net = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 12), nn.Unflatten(1, (3, 2, 2))).double().eval()
    drawn, draw = [], torch_fidelity.metric_ppl.sample_random
    monkeypatch.setattr(torch_fidelity.metric_ppl, "sample_random",
                        lambda *args: drawn.append(draw(*args).double()) or drawn[-1])
    theirs = calculate_ppl(1, input1=torch_fidelity.GenerativeModelModuleWrapper(net, 6, "normal", 0),
                           input1_model_num_samples=333, ppl_sample_similarity="squared", cuda=False, verbose=False,
                           ppl_discard_percentile_lower=None, ppl_discard_percentile_higher=None)
    found = path_length(net, nn.Identity(), 333, pairs(*drawn), torch.lerp, ends=True, trim=0)
    assert found == pytest.approx(theirs["perceptual_path_length_mean"], rel=1e-6)


def test_the_extremes_are_left_out_as_published():
    a, b = torch.zeros(250, 1).double(), torch.randn(250, 1).double() ** 3
    lengths = b[:, 0].square().numpy()
    low, high = np.percentile(lengths, 1, method="lower"), np.percentile(lengths, 99, method="higher")
    expected = lengths[(low <= lengths) & (lengths <= high)].mean()
    assert path_length(lambda z: z, nn.Identity(), 250, pairs(a, b), torch.lerp) == pytest.approx(expected, rel=1e-6)
    assert expected < 0.9 * lengths.mean()


class Noisy(nn.Module):
    """With noise of its own in each picture, dropout and batch norm, as StyleGAN and others have them."""

    def __init__(self):
        super().__init__()
        self.linear, self.norm, self.drop = nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.5)

    def forward(self, z):
        return self.drop(self.norm(self.linear(z))) + torch.randn(len(z), 8)


def test_noise_inside_the_generator_is_the_same_at_both_ends_and_its_mode_and_the_generators_are_kept():
    G, features = Generator(Noisy(), 3), nn.Sequential(nn.BatchNorm1d(8))
    before = torch.get_rng_state()
    found = path_length(G, features, 200, path=torch.lerp, trim=0, generator=torch.Generator().manual_seed(0))
    assert torch.equal(torch.get_rng_state(), before)
    assert found == pytest.approx(2 * G.net.linear.weight.square().sum().item(), rel=0.2)
    torch.manual_seed(5)
    assert found == path_length(G, features, 200, path=torch.lerp, trim=0, generator=torch.Generator().manual_seed(0))
    assert G.training and features.training and G.net.norm.num_batches_tracked == 0
    G.eval()
    path_length(G, features, 2)
    assert not G.training

    def broken(x):
        raise KeyboardInterrupt

    G.train()
    G.net.norm.eval()                                           # a part that does not follow the rest stays as it is
    with pytest.raises(KeyboardInterrupt):
        path_length(G, broken, 2)
    assert G.training and G.net.drop.training and not G.net.norm.training


def test_lengths_in_w_are_of_the_synthesis_and_features_of_any_network():
    mapping, synthesis = nn.Sequential(nn.Linear(4, 6), nn.Tanh()), nn.Sequential(nn.Linear(6, 64),
                                                                                  nn.Unflatten(1, (1, 8, 8)))
    G = Generator(nn.Sequential(mapping, synthesis), 4)

    def w(n, generator):
        return mapping(G.noise(n, generator))

    found = path_length(synthesis, nn.Flatten(), 500, w, torch.lerp, trim=0, generator=torch.Generator().manual_seed(0))
    a, b = mapping(torch.randn(2, 500, 4, generator=torch.Generator().manual_seed(0)))
    assert found == pytest.approx(((b - a) @ synthesis[0].weight.T).square().sum(1).mean().item(), rel=1e-3)
    layers = path_length(lambda ws: synthesis(ws.mean(1)), nn.Flatten(), 50, path=torch.lerp,
                         noise=lambda n, generator: w(3 * n, generator).view(n, 3, 6))      # one w for each layer
    assert layers > 0
    classifier = fit_classifier(torch.randn(64, 1, 8, 8), torch.arange(64) % 2, steps=1)
    assert path_length(G, classifier[:-1], 50) > 0


@pytest.mark.parametrize("setting", [{"epsilon": 0}, {"epsilon": math.nan}, {"trim": 0.5}, {"trim": -0.1}])
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(ValueError, match=r"^epsilon, trim: got .*; must be greater than 0 and in \[0, 0.5\)"):
        path_length(linear(), nn.Identity(), **setting)
    with pytest.raises(ValueError, match="^n: got 0"):
        path_length(linear(), nn.Identity(), 0)
