"""gan.figures.EarthMover: costs, plans and critics are those of linear programmes and SciPy; no piece is lost."""
import base64
import functools
import io
import json
import re

import numpy as np
import pytest
from PIL import Image
from scipy.optimize import linprog
from scipy.stats import wasserstein_distance

from gan.figures import EarthMover

BINS = np.arange(10)
FAR = abs(BINS[:, None] - BINS)                                                # the way from each bin to each
GIVEN = [  # fakes, data
    ((0, 2, 4, 1, 0, 0, 1, 3, 1, 0), (2, 1, 0, 1, 3, 2, 0, 0, 1, 2)),          # the figure's own
    ((8, 0, 0, 0, 0, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0, 0, 0, 0, 8)),
    ((0, 0, 0, 0, 0, 0, 0, 0, 0, 3), (1, 0, 1, 0, 0, 0, 1, 0, 0, 0)),
    ((1, 1, 1, 1, 1, 1, 1, 1, 1, 1), (1, 1, 1, 1, 1, 1, 1, 1, 1, 1)),          # nothing to do
    ((1, 0, 1, 0, 1, 0, 1, 0, 1, 0), (0, 1, 0, 1, 0, 1, 0, 1, 0, 1)),
    ((0, 0, 0, 0, 1, 0, 0, 0, 0, 0), (1, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
]


def programme(fakes, data):
    """The transport problem as linear programmes: the least cost and the dual's greatest value, each by itself."""
    ends = np.zeros((20, 10, 10))
    for k in BINS:
        ends[k, k], ends[10 + k, :, k] = 1, 1
    primal = linprog(FAR.ravel(), A_eq=ends.reshape(20, 100), b_eq=[*fakes, *data])
    pairs = [(i, j) for i in BINS for j in BINS if i != j]
    slopes = np.array([np.eye(10)[j] - np.eye(10)[i] for i, j in pairs])       # f(j) - f(i) <= |i - j|, for all pairs
    dual = linprog(np.subtract(fakes, data), A_ub=slopes, b_ub=[FAR[i, j] for i, j in pairs], bounds=(None, None))
    return primal.fun, -dual.fun


def random_pairs(n):
    draws = np.random.default_rng(0)
    counts = [np.bincount(draws.choice(10, 12, p=draws.dirichlet(np.full(10, 0.5))), minlength=10)
              for _ in range(20 * n)]
    low = [tuple(one.tolist()) for one in counts if max(one) <= 8]
    return list(zip(low[::2], low[1::2]))[:n]


PAIRS = [*GIVEN, *random_pairs(14)]
PLANS = 6                                                                      # that a reader could have made of each


def readers_plan(fakes, data, draws):
    """All earth as wanted, by a hand that does not look: pieces in any order to places in any order."""
    plan = np.zeros((10, 10), int)
    for i, j in zip(np.repeat(BINS, fakes), draws.permutation(np.repeat(BINS, data)), strict=True):
        plan[i, j] += 1
    return plan


@functools.cache
def plans():
    draws = np.random.default_rng(1)
    return [[readers_plan(*pair, draws).tolist() for _ in range(PLANS)] for pair in PAIRS]


def asked(in_node, folder, script):
    (folder / "earth.mjs").write_text(script, "utf8")
    return in_node(folder, 'import * as earth from "./earth.mjs";', f"""
        const pairs = {json.dumps(PAIRS)}, plans = {json.dumps(plans())};
        return pairs.map(([fakes, data], k) => {{
          const plan = earth.cheapest(fakes, data), f = earth.critic(fakes, data);
          return {{ plan, f, cost: earth.costOf(plan), between: earth.meanOf(f, data) - earth.meanOf(f, fakes),
            first: earth.untouched(fakes), lie: earth.heights(plan),
            left: earth.leftToMove(earth.untouched(fakes), data),
            done: earth.leftToMove(plan, data), plans: plans[k].map((one) => ({{ cost: earth.costOf(one),
              waste: one.flatMap((row, i) => row.map((n, j) => n * earth.waste(f, i, j))).reduce((a, b) => a + b),
              words: earth.inWords(one, fakes, data) }})) }}; }});""")


def compare(answers):
    for (fakes, data), page, tried in zip(PAIRS, answers, plans(), strict=True):
        least, most = programme(fakes, data)
        exact = wasserstein_distance(BINS, BINS, fakes, data)
        assert page["cost"] == (FAR * page["plan"]).sum() == pytest.approx(least, abs=1e-6)
        assert [exact, most / sum(fakes)] == pytest.approx([page["between"]] * 2, abs=1e-6)
        plan, f = np.array(page["plan"]), np.array(page["f"])
        assert plan.min() >= 0 and (plan.sum(1) == fakes).all() and (plan.sum(0) == data).all()
        assert page["lie"] == list(data)
        assert abs(np.diff(f)).max() <= 1 and f.min() == 0
        assert page["first"] == np.diag(fakes).tolist() and page["done"] == 0
        assert page["left"] == np.maximum(np.subtract(fakes, data), 0).sum()
        assert (plan * (FAR - (f - f[:, None])) == 0).all()               # earth goes where f rises by what it costs
        for ours, theirs in zip(page["plans"], tried, strict=True):
            assert ours["cost"] == (FAR * theirs).sum()
            assert ours["waste"] == ours["cost"] - page["cost"] >= 0
            assert_words(ours["words"], ours["cost"], page["cost"], fakes)


def assert_words(words, cost, best, fakes):
    assert words["far"].startswith(f"All earth lies as wanted. It costs {cost}")
    more = f"which is {cost - best} more than the cheapest, {best}."
    assert ("no plan is cheaper" if cost == best else more) in words["far"]
    assert words["wasted"].startswith("Nothing" if cost == best else f"Wasted: {cost - best}, by ")
    high, low, difference = map(float, re.findall(r"-?\d+\.\d+", words["dual"].replace("−", "-")))
    assert difference == pytest.approx(best / sum(fakes), abs=6e-4) == pytest.approx(high - low, abs=0.02)
    assert f"W₁ = {best}/{sum(fakes)} bins" in words["dual"]


def test_costs_plans_and_critics_are_those_of_linear_programmes(in_node, tmp_path):
    compare(asked(in_node, tmp_path, EarthMover._esm))


FAULTS = {
    "the way squared": ("plan[i][j] * Math.abs(i - j)", "plan[i][j] * (i - j) ** 2"),
    "a critic of the wrong sign": ("surplus += fakes[i - 1] - data[i - 1]", "surplus += data[i - 1] - fakes[i - 1]"),
    "a critic of any slope": ("Math.sign(surplus +=", "Number(surplus +="),
    "a critic of each bin by itself": ("surplus += fakes", "surplus = fakes"),
    "the critic's means exchanged": ("high - low, 3", "low - high, 3"),
    "pieces not in order": ("to = places(data)", "to = places(data).reverse()"),
    "waste of the other way": ("(f[j] - f[i])", "(f[i] - f[j])"),
    "what lacks is left to move as well": ("Math.max(0, height - data[j])", "Math.abs(height - data[j])"),
    "columns for rows": ("plan[i][to[k]] += 1", "plan[to[k]][i] += 1"),
    "a best plan called dearer": ("cost === best ?", "cost < best ?"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_put_in_is_found(in_node, tmp_path, fault):
    right, wrong = FAULTS[fault]
    assert EarthMover._esm.count(right) == 1
    answers = asked(in_node, tmp_path, EarthMover._esm.replace(right, wrong))
    with pytest.raises((AssertionError, ValueError)):
        compare(answers)


def test_pieces_that_are_carried_keep_where_they_came_from(in_node, tmp_path):
    """The topmost go, those that came from elsewhere lie on top, none is lost, and what one began with is kept."""
    (tmp_path / "earth.mjs").write_text(EarthMover._esm, "utf8")
    fakes, data = GIVEN[0]
    steps = in_node(tmp_path, 'import { carried, costOf, heights, inWords, pile, untouched } from "./earth.mjs";', f"""
        const first = untouched({list(fakes)}), said = (plan) => inWords(plan, {list(fakes)}, {list(data)});
        const moves = [[2, 4, 3], [4, 0, 1], [7, 0, 2], [0, 9, 9]], plans = [first];
        for (const move of moves) plans.push(carried(plans.at(-1), ...move));
        return plans.map((plan) => ({{ cost: costOf(plan), lie: heights(plan), said: said(plan),
          piles: [0, 4, 9].map((j) => pile(plan, j)) }}));""")
    assert [step["cost"] for step in steps] == [0, 6, 4 + 2, 6 + 14, 4 + 7 + 2 * 2]
    assert steps[2]["piles"] == [[2], [2, 2], []] and steps[3]["piles"] == [[2, 7, 7], [2, 2], []]
    assert steps[4]["piles"] == [[], [2, 2], [2, 7, 7]]                        # nine were asked for, three lay there
    assert all(sum(step["lie"]) == 12 for step in steps) and steps[0]["lie"] == list(fakes)
    assert steps[0]["said"]["far"] == ("9 of 12 pieces are left to move. Cost so far: 0, in pieces × bins; the "
                                       "cheapest plan costs 16.")
    assert steps[0]["said"]["wasted"] == "Nothing is wasted."
    assert steps[3]["said"]["wasted"] == ("Wasted: 10, by 2 pieces from 8 to 1 (5 each). Without taking that back you "
                                          "end at 26 or more.")


def test_what_is_wasted_is_the_least_that_one_ends_above(in_node, tmp_path):
    """Moves that waste w: however the rest is carried, one ends at the cheapest cost and w, or above."""
    (tmp_path / "earth.mjs").write_text(EarthMover._esm, "utf8")
    fakes, data = GIVEN[0]
    moves = [(2, 5, 1), (7, 4, 2), (7, 0, 1)]
    plan, waste = in_node(tmp_path, 'import { carried, critic, untouched, waste } from "./earth.mjs";', f"""
        const f = critic({list(fakes)}, {list(data)});
        const plan = {json.dumps(moves)}.reduce((plan, move) => carried(plan, ...move), untouched({list(fakes)}));
        return [plan, plan.flatMap((row, i) => row.map((n, j) => n * waste(f, i, j))).reduce((a, b) => a + b)];""")
    kept = np.array(plan) * (1 - np.eye(10, dtype=int))
    rest, _ = programme(np.subtract(fakes, kept.sum(1)), np.subtract(data, kept.sum(0)))
    assert waste > 0 and (FAR * kept).sum() + rest >= 16 + waste


def test_new_histograms_are_other_ones_and_worth_playing(in_node, tmp_path):
    (tmp_path / "earth.mjs").write_text(EarthMover._esm, "utf8")
    found = in_node(tmp_path, 'import { drawn } from "./earth.mjs";',
                    "return Array.from({ length: 60 }, (_, i) => [drawn(i + 1), drawn(i + 1)]);")
    assert all(one == again for one, again in found)
    pairs = [(tuple(one["fakes"]), tuple(one["data"])) for one, _ in found]
    assert len(set(pairs)) == 60
    for fakes, data in pairs:
        EarthMover(fakes, data)                                                # which refuses what does not fit
        assert sum(fakes) == 12 and max(fakes + data) <= 6
        assert 10 <= 12 * wasserstein_distance(BINS, BINS, fakes, data) <= 40 + 1e-9
    critics = [np.sign(np.cumsum(np.subtract(fakes, data))) for fakes, data in pairs]
    assert sum(1 in signs and -1 in signs for signs in critics) > 15           # earth must go both ways


def test_still_travels_as_a_picture_the_same_each_time():
    mover = EarthMover()
    (data, _), (again, _) = mover._repr_mimebundle_(), EarthMover()._repr_mimebundle_()
    assert data["image/png"] == again["image/png"]
    assert data["image/png"] != EarthMover(*GIVEN[1])._repr_mimebundle_()[0]["image/png"]
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).size == (640, 440)
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == mover.model_id
    assert data["text/plain"] == repr(mover) == f"EarthMover(fakes={GIVEN[0][0]}, data={GIVEN[0][1]})"
    assert mover.plan == np.diag(GIVEN[0][0]).tolist()


def test_counts_may_be_tensors_and_arrays():
    import torch

    mover = EarthMover(torch.tensor(GIVEN[0][0]), np.array(GIVEN[0][1]))
    assert mover.get_state()["data"] == list(GIVEN[0][1]) and mover.fakes == list(GIVEN[0][0])


TEN = (1,) * 10


@pytest.mark.parametrize("error, arguments, names", [
    (TypeError, {"fakes": 3}, ["fakes: got 3", "ten whole numbers"]),
    (TypeError, {"data": [0.5] * 10}, ["data", "0.5", "whole"]),
    (TypeError, {"data": "ten"}, ["data", "'ten'"]),
    (TypeError, {"fakes": [[1] * 10]}, ["fakes", "[[1"]),
    (TypeError, {"fakes": [[1], [1, 2]]}, ["fakes", "ten whole numbers"]),
    (ValueError, {"fakes": (1, 2, 3)}, ["fakes", "[1, 2, 3], 3 bins", "10 bins of 0 to 8"]),
    (ValueError, {"data": (-1, 3) + (1,) * 8}, ["data", "-1", "0 to 8"]),
    (ValueError, {"data": (9, 1) + (0,) * 8}, ["data", "[9, 1", "0 to 8"]),
    (ValueError, {"fakes": (0,) * 10}, ["fakes", "all empty"]),
    (ValueError, {"fakes": TEN, "data": (2,) + (1,) * 9}, ["data: got 11 pieces and 10 fakes", "as many"]),
])
def test_bad_input_is_named(error, arguments, names):
    with pytest.raises(error) as raised:
        EarthMover(**arguments)
    for name in names:
        assert name in str(raised.value)
