"""gan.figures.LossCurves: the page's numbers are PyTorch's and closed forms, the still repeatable, bad input named."""
import base64
import functools
import io
import json
import math

import pytest
import torch
from PIL import Image

import gan
from gan.figures import LossCurves, losscurves
from gan.losses import Loss

POINTS = [(0.8, 0.1), (0.1, 0.8), (0.5, 0.5), (0.01, 1.0), (1.0, 0.01), (0.37, 0.41), (1.0, 1.0)]
LOGITS = [-4.7, -1.3, -1.0, -0.2, 0.0, 0.6, 1.0, 2.9, 5.0]
OWN = {
    "logistic": gan.losses.non_saturating,
    "hinge": gan.losses.hinge,
    "least squares with -1, 1, 0": Loss(lambda real, fake: (real - 1) ** 2 + (fake + 1) ** 2, lambda fake: fake**2),
    "lopsided": Loss(lambda real, fake: 3 * (1.5 - real).abs() + (fake + 1) ** 2, lambda fake: (-fake / 2).exp()),
}
LIMITS = {"Wasserstein": 1.0}


def parts(pair, a):
    """What D pays for a on a real number and on a fake one, where both parts have the same least value."""
    def both(a):
        return pair.discriminator(a, torch.zeros_like(a)), pair.discriminator(torch.zeros_like(a), a)

    shared, _ = both(torch.zeros((), dtype=torch.float64))
    (real, fake), (one, other) = both(a), [part.min() for part in both(torch.linspace(-6, 6, 1_201).double())]
    return real - (shared + one - other) / 2, fake - (shared - one + other) / 2


def minimum(pair, p, q, limit):
    """Of D's expected loss, which is convex, by ever finer grids: the value, and the lowest and highest best logit."""
    def best(side):
        low, high = -limit, limit
        for _ in range(12):
            a = torch.linspace(low, high, 401, dtype=torch.float64)
            real, fake = parts(pair, a)
            total = p * real + q * fake
            fits = (total <= total.min() + 1e-14).nonzero()[:, 0]
            i, h = fits[0 if side == "low" else -1].item(), (high - low) / 400
            low, high = max(-limit, a[i].item() - h), min(limit, a[i].item() + h)
        return a[i].item(), total.min().item()

    (low, value), (high, _) = best("low"), best("high")
    return value, low, high


@functools.lru_cache
def expected(name, pair, p, q):
    limit = LIMITS.get(name, 6.0)
    value, low, high = minimum(pair, p, q, limit)
    _, first, last = minimum(pair, 1.0, 1.0, limit)
    real, fake = parts(pair, torch.tensor((first + last) / 2, dtype=torch.float64))
    undecided = (p * real + q * fake).item()
    best = torch.tensor((low + high) / 2, dtype=torch.float64, requires_grad=True)
    push, = torch.autograd.grad(pair.generator(best), best, allow_unused=True)
    return {"t": math.log(p / q), "low": low, "high": high, "best": best.item(), "value": value,
            "cannotTell": (first + last) / 2, "undecided": undecided, "gap": undecided - value, "push": push.item()}


def asked(in_node, folder, script):
    """What the page makes of every loss at every point and logit."""
    (folder / "curves.mjs").write_text(script, "utf8")
    tables = LossCurves(more={f"own {name}": pair for name, pair in OWN.items()}).more
    return in_node(folder, 'import { LOSSES, atPoint, tabulated } from "./curves.mjs";', f"""
        const own = Object.entries({json.dumps(tables)}).map(([name, table]) => [name, tabulated(name, table)]);
        return Object.fromEntries([...Object.entries(LOSSES), ...own].map(([name, loss]) => [name, {{
          points: {json.dumps(POINTS)}.map(([p, q]) => atPoint(loss, p, q)),
          real: {json.dumps(LOGITS)}.map(loss.real), fake: {json.dumps(LOGITS)}.map(loss.fake),
          push: {json.dumps(LOGITS)}.map(loss.push) }}]));""")


def compare(page, name, pair):
    """That it is PyTorch's, to 1e-6; logits to 1e-5 where only a search finds them."""
    a = torch.tensor(LOGITS, dtype=torch.float64, requires_grad=True)
    real, fake = parts(pair, a)
    assert page["real"] == pytest.approx(real.tolist(), abs=1e-6)
    assert page["fake"] == pytest.approx(fake.tolist(), abs=1e-6)
    pushes, = torch.autograd.grad(pair.generator(a).sum(), a)
    assert page["push"] == pytest.approx(pushes.tolist(), rel=1e-6, abs=1e-6)
    for (p, q), ours in zip(POINTS, page["points"], strict=True):
        theirs = expected(name.removeprefix("own "), pair, p, q)
        for key in ("t", "value", "undecided", "gap"):
            assert ours[key] == pytest.approx(theirs[key], abs=1e-6), (name, p, q, key)
        for key in ("low", "high", "best", "cannotTell", "push"):
            assert ours[key] == pytest.approx(theirs[key], abs=1e-5), (name, p, q, key)


@pytest.fixture(scope="module")
def page(in_node, tmp_path_factory):
    return asked(in_node, tmp_path_factory.mktemp("curves"), LossCurves._esm)


def test_page_and_package_have_the_same_losses(page):
    assert list(page) == [*losscurves.PAIRS, *(f"own {name}" for name in OWN)]


@pytest.mark.parametrize("name", [*losscurves.PAIRS, *(f"own {name}" for name in OWN)])
def test_numbers_are_those_of_pytorch(page, name):
    pair = OWN[name[4:]] if name.startswith("own ") else losscurves.PAIRS[name]
    compare(page[name], name, pair)


CLOSED = {                                                       # best logit, value, undecided
    "minimax": lambda p, q: (math.log(p / q), -p * math.log(p / (p + q)) - q * math.log(q / (p + q)),
                             (p + q) * math.log(2)),
    "least squares": lambda p, q: (p / (p + q), p * q / (p + q) / 2, (p + q) / 8),
    "exponential": lambda p, q: (math.log(p / q) / 2, 2 * math.sqrt(p * q), p + q),
    "hinge": lambda p, q: (math.copysign(1, p - q) if p != q else 0, 2 * min(p, q), p + q),
    "Wasserstein": lambda p, q: (math.copysign(1, p - q) if p != q else 0, -abs(p - q), 0),
}


@pytest.mark.parametrize("name", CLOSED)
def test_numbers_are_the_closed_forms(page, name):
    for (p, q), ours in zip(POINTS, page[name]["points"], strict=True):
        assert (ours["best"], ours["value"], ours["undecided"]) == pytest.approx(CLOSED[name](p, q), abs=1e-12)
    if name == "minimax":
        assert page["non-saturating"]["points"][0]["value"] == page[name]["points"][0]["value"]


def test_gaps_integrate_to_the_divergences_that_the_words_name(in_node, tmp_path):
    """Of two bells: the page's gaps summed over x, against the divergences by their definitions."""
    x = torch.linspace(-12, 14, 4_001, dtype=torch.float64)
    p, q = (torch.distributions.Normal(*bell).log_prob(x).exp() for bell in ((0.0, 1.0), (2.0, 1.5)))
    h = (x[1] - x[0]).item()
    middle = (p + q) / 2
    jsd = ((p * (p / middle).log() + q * (q / middle).log()) / 2).sum() * h
    named = {"minimax": ("2 JSD", 2 * jsd), "non-saturating": ("2 JSD", 2 * jsd),
             "least squares": ("⅛ ∫ (p − q)²/(p + q) dx", ((p - q) ** 2 / (p + q)).sum() * h / 8),
             "exponential": ("∫ (√p − √q)² dx", ((p.sqrt() - q.sqrt()) ** 2).sum() * h),
             "hinge": ("2 TV", (p - q).abs().sum() * h), "Wasserstein": ("2 TV", (p - q).abs().sum() * h)}
    (tmp_path / "curves.mjs").write_text(LossCurves._esm, "utf8")
    sums = in_node(tmp_path, 'import { LOSSES, atPoint, inWords } from "./curves.mjs";', f"""
        const [p, q] = {json.dumps([p.tolist(), q.tolist()])};
        return Object.fromEntries(Object.entries(LOSSES).map(([name, loss]) => [name, [inWords(loss, 0.5, 0.2)[1],
          p.reduce((sum, one, i) => sum + atPoint(loss, one, q[i]).gap * {h}, 0)]]));""")
    for name, (words, total) in sums.items():
        assert f"integrates to {named[name][0]}" in words.replace("\u00a0", " ")
        assert total == pytest.approx(named[name][1].item(), abs=1e-6)


FAULTS = {
    "best critic of the exponential loss is the whole log-ratio": ("best: (t) => one(t / 2)", "best: (t) => one(t)"),
    "least squares without its halves": ("(a - 1) ** 2 / 2", "(a - 1) ** 2"),
    "least squares' critic is tanh's": ("best: (t) => one(sigmoid(t))", "best: (t) => one(Math.tanh(t / 2))"),
    "hinge without its margin": ("Math.max(1 - a, 0)", "Math.max(-a, 0)"),
    "non-saturating and minimax exchanged": ("push: (a) => -sigmoid(-a)", "push: (a) => -sigmoid(a)"),
    "log q/p": ("Math.log(p / q), [low", "Math.log(q / p), [low"),
    "the undecided critic is the best one": ("middle(loss.best(0))", "middle(loss.best(t))"),
    "softplus without its larger part": ("Math.max(a, 0) + Math.log1p", "Math.log1p"),
    "a table's slopes not scaled": ("[left, h * a,", "[left, a,"),
    "a table's jumps left out": ("before[i + 1] ?? slopes[i + 1]", "slopes[i + 1]"),
    "a table's other root": ("flat.push(-c1 / (c2 + Math.sqrt(root)))", "flat.push(-c1 / (c2 - Math.sqrt(root)))"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_put_in_is_found(in_node, tmp_path, fault):
    right, wrong = FAULTS[fault]
    assert LossCurves._esm.count(right) == 1
    page = asked(in_node, tmp_path, LossCurves._esm.replace(right, wrong))
    with pytest.raises(AssertionError):
        for name, pair in [*losscurves.PAIRS.items(), *((f"own {name}", pair) for name, pair in OWN.items())]:
            compare(page[name], name, pair)


def test_words_and_ticks(in_node, tmp_path):
    (tmp_path / "curves.mjs").write_text(LossCurves._esm, "utf8")
    edge = Loss(lambda real, fake: -real.sigmoid() * 2 + 0 * fake, lambda fake: -fake)
    tables = LossCurves(more={"edge": edge}).more
    words, marks = in_node(tmp_path, 'import { LOSSES, inWords, tabulated, ticks } from "./curves.mjs";', f"""
        const edge = tabulated("edge", {json.dumps(tables["edge"])});
        return [[inWords(LOSSES["hinge"], 0.5, 0.5), inWords(LOSSES["least squares"], 0.8, 0.1),
          inWords(edge, 0.8, 0.1), inWords(LOSSES["minimax"], 0.8, 0.1)]
          .map((one) => one.join(" ").replaceAll("\\u00a0", " ")),
          [ticks(-5, 5, 6), ticks(-0.05, 0.4), ticks(-1, 2, 6)]];""")
    assert "Any logit from −1.00 to 1.00 is best: D's expected loss there is 1.000." in words[0]
    assert "The gap is 0.000 = |p − q|" in words[0] and "G's gradient in the logit there is −1.00." in words[0]
    assert "best output is 0.89" in words[1] and "of output 0.50, has 0.113" in words[1]
    assert "best logit is 6.00, the edge of what was tabulated" in words[2] and "this loss's divergence" in words[2]
    assert "log p/q = 2.08. The best logit is 2.08" in words[3] and "gap is 0.310 = p log(2p/(p + q))" in words[3]
    assert marks[0] == [-4, -2, 0, 2, 4] and marks[1] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    assert marks[2] == pytest.approx([-1, -0.5, 0, 0.5, 1, 1.5, 2])


def test_a_table_is_small():
    """Of any pair it takes 30 kB at most in the page."""
    assert len(json.dumps(LossCurves(more={"logistic": gan.losses.minimax}).more)) < 30_000


@pytest.mark.parametrize("loss", ["Wasserstein", "mine"])
def test_still_travels_as_a_picture_the_same_each_time(loss):
    def figure(**densities):
        return LossCurves(loss, more={"mine": OWN["lopsided"]}, **densities)

    first = figure(p=0.6, q=0.2)
    (data, _), (again, _), (other, _) = (one._repr_mimebundle_() for one in
                                         (first, figure(p=0.6, q=0.2), figure(p=0.2, q=0.6)))
    assert data["image/png"] == again["image/png"] != other["image/png"]
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).size == (720, 420)
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == first.model_id
    assert data["text/plain"] == repr(first) == f"LossCurves({loss!r}, p=0.6, q=0.2)"


def relativistic(real, fake):
    return -torch.nn.functional.logsigmoid(real - fake)


@pytest.mark.parametrize("error, arguments, names", [
    (ValueError, {"loss": "cross-entropy"}, ["loss", "cross-entropy", "minimax, non-saturating", "Wasserstein"]),
    (ValueError, {"p": 0}, ["p: got 0", "0.01 to 1"]),
    (ValueError, {"q": math.nan}, ["q: got nan", "0.01 to 1"]),
    (ValueError, {"q": "0.1"}, ["q: got '0.1'"]),
    (TypeError, {"more": [gan.losses.hinge]}, ["more", "must be a dict", '"mine"']),
    (ValueError, {"more": {"hinge": gan.losses.hinge}}, ["more", "'hinge'", "your own"]),
    (ValueError, {"more": {" ": gan.losses.hinge}}, ["more", "' '"]),
    (TypeError, {"more": {"mine": torch.relu}}, ["'mine'", "relu", "two functions"]),
    (TypeError, {"more": {"mine": (torch.relu, 3)}}, ["'mine'", "two functions"]),
    (ValueError, {"more": {"mine": Loss(relativistic, lambda fake: -fake)}}, ["'mine'", "no sum", "relativistic"]),
    (ValueError, {"more": {"mine": Loss(lambda real, fake: (real - 7).log() + fake, lambda fake: -fake)}},
     ["'mine'", "finite"]),
    (ValueError, {"more": {"mine": Loss(lambda real, fake: (real + fake).mean(), lambda fake: -fake)}},
     ["'mine'", "shape ()", "241 logits"]),
])
def test_bad_input_is_named(error, arguments, names):
    with pytest.raises(error) as raised:
        LossCurves(**arguments)
    for name in names:
        assert name in str(raised.value)
