"""Precision, recall, density, coverage and memorisation against prdc, torch-fidelity, scipy and closed forms."""

import math

import pytest
import torch
from prdc import compute_prdc
from scipy.stats import mannwhitneyu
from torch_fidelity.metric_prc import prc_features_to_metric

import gan.metrics.neighbours
from gan.metrics import density_coverage, nearest, precision_recall

BOTH = [precision_recall, density_coverage]


def line(*points):
    return torch.tensor(points, dtype=torch.float64)[:, None]


@pytest.mark.parametrize(("features", "k"), [(2, 3), (64, 5), (300, 5), (2, 1)])
def test_all_four_agree_with_prdc_and_torch_fidelity(features, k, capsys):
    real, fake = torch.randn(200, features).double(), 0.9 * torch.randn(150, features).double() + 0.1
    found = [*precision_recall(real, fake, k), *density_coverage(real, fake, k)]
    theirs = compute_prdc(real.numpy(), fake.numpy(), k)
    assert found == pytest.approx([float(theirs[n]) for n in ("precision", "recall", "density", "coverage")], abs=1e-9)
    theirs = prc_features_to_metric(fake, real, prc_neighborhood=k, verbose=False)
    assert found[:2] == pytest.approx([theirs["precision"], theirs["recall"]], abs=1e-6)


def test_prdcs_own_example_where_both_sets_are_of_one_normal():
    """Its README has 10,000 of 1,000 features, k = 5: precision .477, recall .471, density 1.06, coverage .974."""
    real, fake = torch.randn(600, 1_000), torch.randn(600, 1_000)
    precision, recall = precision_recall(real, fake, 5)
    density, coverage = density_coverage(real, fake)
    assert 0.3 < precision < 0.7 and 0.3 < recall < 0.7
    assert density == pytest.approx(1, abs=0.4) and coverage == pytest.approx(0.969, abs=0.03)


def test_balls_that_can_be_counted():
    real = line(0, 1, 3, 10)                                    # k = 1: balls of 1, 1, 2, 7
    assert precision_recall(real, line(-0.5, 2.5, -1.5, 18), 1).precision == 0.5
    assert density_coverage(real, line(-0.5, 2.5, -1.5, 18), 1) == (2 / 4, 2 / 4)
    # The rim belongs to precision's balls, as in the paper's equation, and not to density's, as in its authors' code.
    assert precision_recall(real, line(-1, 17), 1).precision == 1
    assert density_coverage(real, line(-1, 17), 1) == (0, 0)
    # k = 2: balls of 3, 2, 3, 9: a sample does not count as its own neighbour.
    assert density_coverage(real, line(2.5, 2.5, 2.5), 2) == (4 / 2, 1)
    assert precision_recall(real, line(-2, 100, 101), 2).precision == pytest.approx(1 / 3)
    assert precision_recall(line(0, 1), line(100, 100.5), 1) == (0, 0)


def test_recall_looks_from_the_fakes_and_precision_from_the_reals():
    two_modes = torch.cat([torch.randn(100, 2), torch.randn(100, 2) + 20])
    one_mode = torch.randn(200, 2)
    collapsed = precision_recall(two_modes, one_mode)
    assert collapsed.precision > 0.8 and 0.35 < collapsed.recall < 0.5
    scattered = precision_recall(one_mode, two_modes)
    assert scattered.recall > 0.8 and 0.35 < scattered.precision < 0.5
    assert density_coverage(two_modes, one_mode).coverage < 0.55 < density_coverage(one_mode, two_modes).coverage


@pytest.mark.parametrize("features", [1, 3, 300])
def test_a_set_has_all_of_itself_and_nothing_of_a_far_one(features):
    x = torch.randn(60, features)
    again = x[torch.randperm(60)]
    assert precision_recall(x, again) == (1, 1) and precision_recall(x, again + 1e3) == (0, 0)
    assert density_coverage(x, again).coverage == 1 and density_coverage(x, again + 1e3) == (0, 0)
    assert density_coverage(x, again).density == pytest.approx(1, abs=0 if features < 300 else 0.1)
    same = torch.ones(10, features)                             # balls of radius 0
    assert precision_recall(same, same) == (1, 1)


def test_equal_distributions_have_the_coverage_of_lemma_2():
    n, k = 150, 3
    found = torch.tensor([density_coverage(torch.randn(n, 2), torch.randn(n, 2), k) for _ in range(40)]).double()
    expected = 1 - math.prod((n - i) / (2 * n - i) for i in range(1, k + 1))
    mean, error = found.mean(0), found.std(0) / 40**0.5
    assert abs(mean[1] - expected) < 3 * error[1] and abs(expected - (1 - 2**-k)) < 0.01
    assert abs(mean[0] - 1) < 3 * error[0]


def test_one_outlier_lifts_precision_but_not_density():
    """Naeem et al. 2020, figure 3: fakes beside the reals, and one real among them."""
    real, fake = torch.randn(200, 8), torch.randn(200, 8) + 4
    with_outlier = torch.cat([real, torch.full((1, 8), 4.0)])
    assert precision_recall(with_outlier, fake).precision > precision_recall(real, fake).precision + 0.3
    assert density_coverage(with_outlier, fake).density < density_coverage(real, fake).density + 0.35


def test_truncation_trades_recall_for_precision():
    real, z = torch.randn(400, 8), torch.randn(400, 8)
    whole, truncated = precision_recall(real, z), precision_recall(real, 0.6 * z)
    assert truncated.precision > whole.precision + 0.05 and truncated.recall < whole.recall - 0.3


def test_products_and_differences_find_the_same(monkeypatch):
    real, fake = torch.randn(80, 6).double() + 1e7, torch.randn(70, 6).double() + 1e7
    narrow = [f(real, fake) for f in BOTH], nearest(fake, real, real[:9])
    monkeypatch.setattr(gan.metrics.neighbours, "WIDE", 1)
    wide = [f(real, fake) for f in BOTH], nearest(fake, real, real[:9])
    assert narrow[0] == wide[0]
    for a, b in zip(narrow[1], wide[1]):
        assert torch.equal(torch.as_tensor(a), torch.as_tensor(b))


def test_features_far_from_0_lose_nothing():
    real, fake = (torch.randn(n, 6).double().mul(2**20).round() / 2**20 for n in (80, 70))
    for measure in BOTH:
        assert measure(real + 2**26, fake + 2**26) == measure(real, fake)
    assert nearest(fake.requires_grad_(), real, real[:9]).distance.requires_grad is False


@pytest.mark.parametrize("wide", [1, 100])
def test_few_distances_are_held_at_a_time(wide, monkeypatch):
    real, fake, held = torch.randn(80, 3), torch.randn(70, 3), torch.randn(30, 3)
    whole = [f(real, fake) for f in BOTH], nearest(fake, real, held)[3]
    monkeypatch.setattr(gan.metrics.neighbours, "CELLS", 200)
    monkeypatch.setattr(gan.metrics.neighbours, "WIDE", wide)
    sizes, distances = [], gan.metrics.neighbours._distances

    def watched(x, y):
        for d in distances(x, y):
            sizes.append(d.numel())
            yield d

    monkeypatch.setattr(gan.metrics.neighbours, "_distances", watched)
    assert ([f(real, fake) for f in BOTH], nearest(fake, real, held)[3]) == whole
    assert max(sizes) <= 200 and len(sizes) > 100


# Memorisation ---------------------------------------------------------------------------------------------------------

def test_nearest_finds_copies_and_where_they_are_from():
    train, held_out = torch.randn(100, 300), torch.randn(80, 300)
    found = nearest(train[[7, 3]], train, held_out)
    assert found.index.tolist() == [7, 3] and found.distance.tolist() == [0, 0] and found.closer == 1
    assert torch.allclose(found.reference, torch.cdist(held_out, train).amin(1).double(), atol=1e-5)


def test_new_samples_are_as_near_as_held_out_ones_memorised_ones_nearer_and_bad_ones_further():
    train, held_out, new = (torch.randn(300, 2) for _ in range(3))
    assert nearest(new, train, held_out).closer == pytest.approx(0.5, abs=0.07)
    assert nearest(train + 0.01 * torch.randn(300, 2), train, held_out).closer > 0.8
    assert nearest(new + 9, train, held_out).closer < 0.01
    assert nearest(held_out, train, held_out).closer == 0.5      # ties count half


def test_closer_is_the_u_statistic_of_mann_and_whitney():
    fake, train, held_out = torch.randint(0, 9, (40, 2)), torch.randint(0, 9, (20, 2)), torch.randint(0, 9, (30, 2))
    found = nearest(fake.float(), train.float(), held_out.float())
    assert len(set(found.distance.tolist()) & set(found.reference.tolist())) > 1
    u = mannwhitneyu(found.reference.numpy(), found.distance.numpy()).statistic
    assert found.closer == pytest.approx(u / (40 * 30), abs=1e-12)


# What is refused ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("measure", BOTH)
def test_sets_that_do_not_fit_and_neighbours_that_are_not_there_are_refused(measure):
    with pytest.raises(ValueError, match=r"^real, fake: got shapes \(9, 2\) and \(9, 3\); must be \(N, F\) and \(M"):
        measure(torch.zeros(9, 2), torch.zeros(9, 3))
    with pytest.raises(ValueError, match=r"^real, fake: .*, 4 or more samples"):
        measure(torch.zeros(3, 2), torch.zeros(9, 2), 3)
    with pytest.raises(ValueError, match="^k: got 0; must be a whole number"):
        measure(torch.zeros(9, 2), torch.zeros(9, 2), 0)
    with pytest.raises(ValueError, match="^fake: 18 of 18 values are NaN"):
        measure(torch.zeros(9, 2), torch.full((9, 2), torch.nan))


def test_memorisation_needs_three_sets_of_the_same_features():
    with pytest.raises(ValueError, match=r"^fake, train, held_out: got shapes .*; must be \(N, F\) and \(M, F\) and "
                                         r"\(K, F\), one or more samples"):
        nearest(torch.zeros(1, 2), torch.zeros(5, 2), torch.zeros(0, 2))
