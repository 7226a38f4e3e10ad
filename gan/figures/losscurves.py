"""Losses side by side at one point: what D pays for a logit, its best logit, and G's gradient there."""
import torch
import traitlets
from torch import Tensor

from gan import losses
from gan.figures import source
from gan.figures.interactive import InteractiveFigure, small_png
from gan.losses import Loss

# What the page has formulas for; the two players' losses are those of gan.losses, and the exponential one.
PAIRS = {
    "minimax": losses.minimax,
    "non-saturating": losses.non_saturating,
    "least squares": losses.least_squares,
    "exponential": Loss(lambda real, fake: (-real).exp() + fake.exp(), lambda fake, real=None: -fake.exp()),
    "hinge": losses.hinge,
    "Wasserstein": losses.wasserstein,
}
WINDOWS = {"least squares": (-1, 2), "exponential": (-3, 3), "hinge": (-3, 3), "Wasserstein": (-1, 1)}
STEP, LAST = 0.05, 6.0                                         # the logits at which a pair of one's own is tabulated


class LossCurves(InteractiveFigure):
    """D's expected loss at a point x as a function of its logit, for a choice of losses, while p(x) and q(x) are moved.

        LossCurves("hinge", p=0.8, q=0.1)
        LossCurves("mine", more={"mine": gan.losses.Loss(discriminator, generator)})

    ``loss`` is the one chosen at first: "minimax", "non-saturating", "least squares", "exponential", "hinge",
    "Wasserstein" (with logits of size at most 1), or a name in ``more``. ``p`` and ``q``, each from 0.01 to 1, are the
    densities of real data and of fakes at x. Beside the loss stand the best critics and the slopes of G's losses there,
    against log p/q; below, what the best critic is worth and to which divergence that integrates.

    ``more`` names pairs of one's own. They are tabulated here at logits from -6 to 6, 0.05 apart, since the page runs
    no Python; a slope may jump at these logits and nowhere else. Of what D pays for both together, either part gets so
    much that the least of both is the same. Where no script runs, a still picture of the first setting is seen.

    Raises ``ValueError`` for a loss that there is not, a density off the sliders, and a pair that is not finite or
    whose D's loss is not the sum of a part for real and one for fake; ``TypeError`` for what is no pair of functions.
    """

    _esm = source.joined("figures/page", "figures/losscurves")
    _css = """
        .gan-losscurves { margin: 0 auto; max-width: 48rem; container-type: inline-size; }
        .gan-losscurves label { display: flex; flex-wrap: wrap; align-items: center; gap: 0 0.75rem; }
        .gan-losscurves label > span:first-child { width: 8.5rem; }
        .gan-losscurves .choice > span:first-child { width: auto; }
        .gan-losscurves input { flex: 1; min-width: 6rem; height: 2.75rem; margin: 0; cursor: pointer; }
        .gan-losscurves select { flex: 1; min-width: 8rem; min-height: 2.75rem; padding: 0 0.75rem; font: inherit;
            color: inherit; background: transparent; border: 1px solid; border-radius: 0.4rem; cursor: pointer; }
        .gan-losscurves option { color: black; background: white; }
        .gan-losscurves .value { width: 3.5rem; text-align: right; font-variant-numeric: tabular-nums; }
        .gan-losscurves .drawings { display: grid; gap: 0 1rem; }
        @container (min-width: 41rem) {
            .gan-losscurves .drawings { grid-template-columns: 1fr 1fr; }
            .gan-losscurves .words { grid-area: 2 / 1 / auto / span 2; }
        }
        .gan-losscurves .title { margin: 0.5rem 0 0; font-size: 0.85rem; line-height: 1.5; }
        .gan-losscurves svg { display: block; width: 100%; height: auto; }
        .gan-losscurves text { fill: currentColor; font-size: 12.5px; }
        .gan-losscurves .name { paint-order: stroke; stroke: var(--pst-color-background, Canvas); stroke-width: 4; }
        .gan-losscurves path { fill: none; stroke: currentColor; stroke-width: 1.6; }
        .gan-losscurves .rule { stroke: currentColor; opacity: 0.15; }
        .gan-losscurves .zero { opacity: 0.4; }
        .gan-losscurves path.real { stroke-dasharray: 2 4; }
        .gan-losscurves path.fake { stroke: #D55E00; }
        .gan-losscurves path.sum, .gan-losscurves path.chosen { stroke: #1487CC; stroke-width: 3; }
        .gan-losscurves path.undecided { stroke-dasharray: 8 4; stroke-width: 1.2; }
        .gan-losscurves path.limit { opacity: 0.5; }
        .gan-losscurves path.plateau { stroke: #1487CC; stroke-width: 8; stroke-linecap: round; opacity: 0.5; }
        .gan-losscurves path.other { opacity: 0.45; stroke-width: 1.4; }
        .gan-losscurves .gap { stroke: #1487CC; stroke-width: 10; opacity: 0.35; }
        .gan-losscurves .here { stroke: currentColor; opacity: 0.5; stroke-dasharray: 2 3; }
        .gan-losscurves .now { fill: #1487CC; stroke: var(--pst-color-background, Canvas); stroke-width: 1.5; }
        .gan-losscurves .chosen-name { font-weight: 700; }
        .gan-losscurves .key { border-bottom: 2px solid; white-space: nowrap; }
        .gan-losscurves .key.sum { border-color: #1487CC; border-bottom-width: 3px; }
        .gan-losscurves .key.real { border-bottom-style: dotted; }
        .gan-losscurves .key.fake { border-color: #D55E00; }
        .gan-losscurves .key.undecided { border-bottom-style: dashed; border-bottom-width: 1px; }
        .gan-losscurves .words p { margin: 0.25rem 0; font-variant-numeric: tabular-nums; }
        .gan-losscurves .spoken { position: absolute; width: 1px; height: 1px; overflow: hidden;
                                  clip-path: inset(50%); }
    """
    loss = traitlets.Unicode().tag(sync=True)
    p = traitlets.Float().tag(sync=True)
    q = traitlets.Float().tag(sync=True)
    more = traitlets.Dict().tag(sync=True)                     # a table for each name

    def __init__(self, loss: str = "non-saturating", p: float = 0.8, q: float = 0.1,
                 more: dict[str, Loss] | None = None):
        pairs = _own_pairs(more or {})
        if loss not in PAIRS | pairs:
            raise ValueError(f"loss: got {loss!r}; must be one of {', '.join(PAIRS | pairs)}")
        for name, density in (("p", p), ("q", q)):
            if not isinstance(density, int | float) or not 0.01 <= density <= 1:
                raise ValueError(f"{name}: got {density!r}; must be a number from 0.01 to 1")
        super().__init__(loss=loss, p=p, q=q, more={name: _loss_table(name, pair) for name, pair in pairs.items()})
        self._pairs = PAIRS | pairs

    def __repr__(self) -> str:
        return f"LossCurves({self.loss!r}, p={self.p:g}, q={self.q:g})"

    def _still(self) -> bytes:
        """The first setting, as a PNG."""
        import matplotlib.pyplot as plt

        from gan import plots

        t = torch.linspace(-5, 5, 400, dtype=torch.float64)               # no 0: there hinge has no one best
        with plt.rc_context(plots.STYLE):
            figure, axes = plt.subplot_mosaic([["loss", "best"], ["loss", "slope"]], figsize=(7.2, 4.2))
            self._draw_loss(axes["loss"])
            for name in self._pairs:
                best = self._best(name, t)
                line = {"color": plots.JUDGE["color"], "linewidth": 2.6, "zorder": 3} if name == self.loss else {
                    "color": "0.6", "linewidth": 1}
                axes["best"].plot(t, best, **line)
                axes["slope"].plot(t, _slope(lambda a, name=name: self._pairs[name].generator(a), best), **line)
            axes["best"].set(title="best critic, of all losses", ylim=(-5, 5))
            axes["slope"].set(title="slope of G's loss there", xlabel="log $p/q$", ylim=(-3.2, 0.4))
            picture = small_png(figure, dpi=100)
            plt.close(figure)
        return picture

    def _draw_loss(self, axis) -> None:
        from gan import plots

        a = torch.linspace(*WINDOWS.get(self.loss, (-5, 5)), 600, dtype=torch.float64)
        real, fake = _parts(self._pairs[self.loss], a)
        total, both = self.p * real + self.q * fake, real + fake
        best, undecided = total.argmin().item(), total[both.argmin()].item()
        top = 1.6 * both.min().item() if both.min() > 0 else 1
        axis.plot(a, self.p * real, label="real part", **plots.REAL)
        axis.plot(a, self.q * fake, label="fake part", **plots.FAKE)
        axis.plot(a, total, color=plots.JUDGE["color"], linewidth=2.6, label="sum")
        axis.axhline(undecided, color="black", linestyle="--", linewidth=1, label="undecided")
        where, value = a[best].item(), total[best].item()
        axis.plot([where, where], [value, undecided], color=plots.JUDGE["color"], linewidth=8, alpha=0.3, label="gap")
        axis.plot(where, value, "o", color=plots.JUDGE["color"], label="best")
        axis.set(title=f"D's expected loss, {self.loss}", xlabel="D's logit $a$", ylim=(min(0, value) - top / 20, top))
        axis.legend(fontsize=8)

    def _best(self, name: str, t: Tensor) -> Tensor:
        """The best logit where log p/q is t, on a grid of logits."""
        size = 1 if name == "Wasserstein" else LAST
        a = torch.linspace(-size, size, 2_401, dtype=torch.float64)
        real, fake = _parts(self._pairs[name], a)
        return a[(t.sigmoid()[:, None] * real + (-t).sigmoid()[:, None] * fake).argmin(1)]


def _own_pairs(more) -> dict[str, Loss]:
    """The pairs that a reader or an author adds, each a Loss."""
    if not isinstance(more, dict):
        raise TypeError(f'more: got {more!r}; must be a dict such as {{"mine": gan.losses.Loss(for_D, for_G)}}')
    for name, pair in more.items():
        if not isinstance(name, str) or not name.strip() or name in PAIRS:
            raise ValueError(f"more: got the name {name!r}; must be a word of your own, other than {', '.join(PAIRS)}")
        if not isinstance(pair, tuple) or len(pair) != 2 or not all(map(callable, pair)):
            raise TypeError(f"more: got {name!r}: {pair!r}; must be a gan.losses.Loss: two functions of logits")
    return {name: Loss(*pair) for name, pair in more.items()}


def _parts(pair: Loss, a: Tensor) -> tuple[Tensor, Tensor]:
    """What D pays for logits a on real and on fake, if its loss is the sum of the two. Only the sum is
    known: it is split so that the least that D can pay is the same for both."""
    def both(a):
        return pair.discriminator(a, torch.zeros_like(a)), pair.discriminator(torch.zeros_like(a), a)

    shared, least = both(torch.zeros(1, dtype=a.dtype))[0], [part.min() for part in both(_logits())]
    more = (least[0] - least[1]) / 2
    real, fake = both(a)
    return real - shared / 2 - more, fake - shared / 2 + more


def _logits() -> Tensor:
    last = round(LAST / STEP)
    return torch.arange(-last, last + 1, dtype=torch.float64) * STEP


def _slope(function, a: Tensor) -> Tensor:
    a = a.detach().clone().requires_grad_()
    value = function(a).sum()
    return torch.autograd.grad(value, a)[0] if value.requires_grad else torch.zeros_like(a)


def _loss_table(name: str, pair: Loss) -> dict:
    """The two parts of D's loss and G's loss, as values and slopes at evenly spaced logits, for the page."""
    a = _logits()
    table = {"start": -LAST, "h": STEP, "real": _tabulated_part(name, lambda x: _parts(pair, x)[0], a),
             "fake": _tabulated_part(name, lambda x: _parts(pair, x)[1], a)}
    real, fake = _parts(pair, a)
    if not torch.allclose(pair.discriminator(a, a.flip(0)), real + fake.flip(0), atol=1e-9):
        raise ValueError(f"more: the discriminator of {name!r} is no sum of a part for real and a part for fake (a "
                         "relativistic loss is none); must be such a sum, so that each x has a best logit of its own")
    return table | {"G": _tabulated_part(name, pair.generator, a)}


def _tabulated_part(name: str, function, a: Tensor) -> dict:
    values = function(a)
    if values.shape != a.shape or not values.isfinite().all():
        raise ValueError(f"more: {name!r} makes numbers of shape {tuple(values.shape)} of {len(a)} logits from "
                         f"{-LAST:g} to {LAST:g}, or some that are not finite; must make a finite one of each logit")
    left, right = _slope(function, a - 1e-7), _slope(function, a + 1e-7)
    jumps = (left - right).abs() > 1e-3
    return {"values": _short(values), "slopes": _short(torch.where(jumps, right, _slope(function, a))),
            "before": {str(i): _short(left)[i] for i in jumps.nonzero()[:, 0].tolist()}}


def _short(values: Tensor) -> list[float]:
    return [float(f"{value:.12g}") for value in values.detach().tolist()]
