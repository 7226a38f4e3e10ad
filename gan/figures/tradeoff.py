"""Precision against recall as truncation is dragged, beside faces drawn at that truncation."""
import io
from numbers import Real

import torch
import traitlets
from torch import Tensor

import gan.evidence
from gan.figures import source, styletext
from gan.figures.interactive import InteractiveFigure
from gan.models.stylegan import StyleGenerator, stylegan_pair

MOST_FACES, COLUMNS = 24, 6
MEASURED = {"precision": 1, "recall": 1, "density": float("inf"), "coverage": 1, "distance": float("inf")}  # the most
NEEDED, PAIR = ("precision", "recall"), ("density", "coverage")


class TruncationCurve(InteractiveFigure):
    """What truncation ψ does to a StyleGAN: its faces, drawn as ψ is dragged, and a point on precision against recall.

        TruncationCurve(rows)
        TruncationCurve(rows, G=G, w=w, psi=0.7)

    ``rows`` hold what has been measured, a dict for each seed at each ψ: "seed", "psi", "precision" and "recall", and
    in all rows or in none "density" and "coverage", and "distance" (Fréchet's); what else is in them is passed over.
    ``G`` is a generator of ``stylegan_pair``, by default the first stored one; ``w``, (up to 24, width), are what it
    draws, by default 24 draws of G's. The slider starts at ``psi``, one of those measured. The curve is seen once the
    reader has moved it: a thin line for each seed, and a thick one for their mean. Between two measured ψ's, numbers
    are read off the straight line and said to be so.

    Afterwards ``psi`` holds where the slider is, and ``images()`` what is drawn there, in PyTorch. Where no script
    runs, a still picture is seen. Raises ``TypeError`` for a G that is no such generator and rows that are no dicts,
    ``ValueError`` for rows, w's or a ψ that do not fit.
    """

    _esm = source.joined("figures/page", "figures/convnet", "figures/stylenet", "figures/tradeoff")
    _css = """
        .gan-tradeoff { margin: 0 auto; max-width: 48rem; container-type: inline-size; }
        .gan-tradeoff .parts { display: grid; gap: 0 1.25rem; align-items: start; }
        @container (min-width: 38rem) {
            .gan-tradeoff .parts { grid-template-columns: 1fr 1fr; grid-template-rows: auto auto 1fr; }
            .gan-tradeoff .chart { grid-area: 1 / 2 / span 3; }
        }
        .gan-tradeoff canvas { display: block; width: 100%; image-rendering: pixelated; border-radius: 0.4rem; }
        .gan-tradeoff label { display: flex; align-items: center; gap: 0.75rem; }
        .gan-tradeoff input { flex: 1; min-width: 6rem; height: 2.75rem; margin: 0; cursor: pointer; }
        .gan-tradeoff .value { width: 2.6rem; text-align: right; font-variant-numeric: tabular-nums; }
        .gan-tradeoff .buttons { display: flex; gap: 0.5rem; }
        .gan-tradeoff button { flex: 1; min-height: 2.75rem; min-width: 2.75rem; padding: 0.2rem 0.4rem; font: inherit;
            font-size: 0.85rem; line-height: 1.2; color: inherit; background: transparent; border: 1px solid;
            border-radius: 0.4rem; cursor: pointer; }
        .gan-tradeoff button[aria-pressed=true] { box-shadow: inset 0 0 0 2px; font-weight: 700; }
        .gan-tradeoff .title { margin: 0.5rem 0 0.25rem; font-size: 0.85rem; line-height: 1.5; }
        .gan-tradeoff svg { display: block; width: 100%; height: auto; }
        .gan-tradeoff text { fill: currentColor; font-size: 12.5px; }
        .gan-tradeoff .name { paint-order: stroke; stroke: var(--pst-color-background, Canvas); stroke-width: 4; }
        .gan-tradeoff .current { font-weight: 700; }
        .gan-tradeoff path { fill: none; stroke: currentColor; stroke-width: 1.2; opacity: 0.6; }
        .gan-tradeoff path.mean { stroke: #1487CC; stroke-width: 3; opacity: 1; }
        .gan-tradeoff .rule { stroke: currentColor; opacity: 0.15; }
        .gan-tradeoff .stop { fill: #1487CC; }
        .gan-tradeoff .each { fill: none; stroke: currentColor; stroke-width: 1.4; }
        .gan-tradeoff .now { fill: #1487CC; stroke: var(--pst-color-background, Canvas); stroke-width: 2; }
        .gan-tradeoff .key { border-bottom: 1px solid; white-space: nowrap; }
        .gan-tradeoff .key.mean { border-bottom: 3px solid #1487CC; }
        .gan-tradeoff .words { font-size: 0.9rem; line-height: 1.45; }
        .gan-tradeoff .words p { margin: 0.3rem 0; font-variant-numeric: tabular-nums; }
        .gan-tradeoff .spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    """
    sizes = traitlets.List().tag(sync=True)                        # of the layers' pictures
    tensors = traitlets.List().tag(sync=True)
    weights = traitlets.Unicode().tag(sync=True)
    centre = traitlets.List().tag(sync=True)                       # the mean w
    w = traitlets.List().tag(sync=True)
    measured = traitlets.Dict().tag(sync=True)                     # name -> a list of each seed's numbers, in ψ's order
    steps = traitlets.List().tag(sync=True)                        # the ψ's measured, from the lowest
    start = traitlets.Float().tag(sync=True)
    psi = traitlets.Float().tag(sync=True)

    def __init__(self, rows: list[dict], G: StyleGenerator | None = None, w: Tensor | None = None, psi: float = 1.0):
        steps, measured = _curves(rows)
        if not _is_number(psi) or float(psi) not in steps:
            raise ValueError(f"psi: got {psi!r}; must be one of those measured: {', '.join(f'{t:g}' for t in steps)}")
        net, tensors, weights = styletext.style_as_text(_first_stored() if G is None else G, mapping=False)
        width = net.layers[0].style.weight.shape[1]
        if w is None:
            first = next((layer.weight.shape[1] for layer in net.mapping.layers), width)
            w = net.mapping(torch.randn(MOST_FACES, first, generator=torch.Generator().manual_seed(0)))
        if (not isinstance(w, Tensor) or w.ndim != 2 or w.shape[1] != width or not 1 <= len(w) <= MOST_FACES
                or not w.isfinite().all()):
            raise ValueError(f"w: got {tuple(w.shape) if isinstance(w, Tensor) else w!r}; must be a tensor of 1 to "
                             f"{MOST_FACES} w's of {width} finite numbers, such as `G.net.mapping(z)`")
        super().__init__(sizes=list(net.sizes), tensors=tensors, weights=weights, measured=measured, steps=steps,
                         centre=styletext.as_decimals(net.mean()), w=styletext.as_decimals(w), start=psi, psi=psi)
        self._net = net

    def __repr__(self) -> str:                                     # the default one holds a memory address
        seeds = len(self.measured["recall"])
        return f"TruncationCurve({len(self.w)} faces, {len(self.steps)} ψ's, {seeds} seed{'s' * (seeds > 1)})"

    @torch.no_grad()
    def images(self, psi: float | None = None) -> Tensor:
        """The faces where the slider is, or at another ψ, (n, 3, size, size) in [-1, 1]; each has its own noise."""
        centre, w = torch.tensor(self.centre), torch.tensor(self.w)
        at = (centre + (self.psi if psi is None else psi) * (w - centre))[:, None].expand(-1, len(self.sizes), -1)
        maps = [torch.cat(layer) for layer in zip(*(styletext.hashed_maps(self.sizes, i + 1) for i in range(len(w))))]
        return self._net.synthesis(at, maps).clamp(-1, 1)

    def _still(self) -> bytes:
        """A row of faces at the lowest ψ, at the first one and at the highest, beside precision against recall."""
        import matplotlib.pyplot as plt
        from PIL import Image

        from gan import plots

        shown = sorted({self.steps[0], self.start, self.steps[-1]}, reverse=True)
        with plt.rc_context(plots.STYLE):
            figure = plt.figure(figsize=(8.4, 3.9))
            left, right = figure.add_gridspec(1, 2, width_ratios=(1.25, 1)).subplots()
            sheet = torch.cat([torch.cat(list(self.images(psi)[:COLUMNS]), 2) for psi in shown], 1)
            left.imshow(((sheet.permute(1, 2, 0) + 1) / 2).numpy())
            left.set(title="the same w's at each ψ", xticks=[], frame_on=False)
            left.set_yticks([self.sizes[-1] * (i + 0.5) for i in range(len(shown))], [f"ψ = {psi:g}" for psi in shown])
            left.tick_params(length=0)
            y, x = (torch.tensor(self.measured[name]) for name in NEEDED)
            for one, other in zip(x, y):
                right.plot(one, other, color="0.6", linewidth=1)
            right.plot(x.mean(0), y.mean(0), "o-", color=plots.JUDGE["color"], linewidth=2.6)
            for psi in shown:
                at = self.steps.index(psi)
                right.annotate(f"ψ = {psi:g}", (x[:, at].mean(), y[:, at].mean()), (6, 6), textcoords="offset points")
            right.set(xlabel="recall", ylabel="precision", title="mean, and each seed")
            right.margins(0.15)
            file = io.BytesIO()
            figure.savefig(file, format="png", dpi=100, metadata={"Software": None})
            plt.close(figure)
        picture, file = Image.open(file).convert("RGB"), io.BytesIO()
        picture.quantize(256, dither=Image.Dither.NONE).save(file, "png", optimize=True)
        return file.getvalue()


def _first_stored() -> StyleGenerator:
    G, _ = stylegan_pair()
    G.load_state_dict(gan.evidence.load("stylegan_faces")["runs"][0]["G"])
    return G


def _is_number(value) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and abs(value) < float("inf")


def _curves(rows) -> tuple[list[float], dict[str, list[list[float]]]]:
    """The ψ's measured, from the lowest, and what was measured at them: name -> a list for each seed."""
    if not isinstance(rows, (list, tuple)) or not rows or not all(isinstance(row, dict) for row in rows):
        raise TypeError(f"rows: got {rows!r:.60}; must be a list of dicts, one for each seed at each ψ")
    names = [name for name in MEASURED if name in rows[0] or name in NEEDED]
    if len(set(PAIR) & set(names)) == 1:
        raise ValueError("rows: hold one of density and coverage; must hold both, or none")
    table = {}
    for i, row in enumerate(rows):
        if missing := [name for name in ("seed", "psi", *names) if name not in row]:
            raise ValueError(f"rows: row {i} has no {missing[0]!r}; each must have seed, psi, {', '.join(names)}")
        for name in ("psi", *names):
            most = MEASURED.get(name, float("inf"))
            if not _is_number(row[name]) or not 0 <= row[name] <= most:
                limits = "from 0 to 1" if most == 1 else "that is not negative"
                raise ValueError(f"rows: row {i} has {name} {row[name]!r}; must be a finite number {limits}")
        if row["psi"] in table.setdefault(row["seed"], {}):
            raise ValueError(f"rows: seed {row['seed']} is there twice at psi {row['psi']:g}; must be there once")
        table[row["seed"]][float(row["psi"])] = row
    steps = sorted(next(iter(table.values())))
    for seed, found in table.items():
        if sorted(found) != steps:
            raise ValueError(f"rows: seed {seed} has the ψ's {sorted(found)} and the first seed {steps}; must be the "
                             "same for all")
    if len(steps) < 3:
        raise ValueError(f"rows: hold {len(steps)} different psi; must hold 3 or more, for a curve")
    return steps, {name: [[float(f"{found[psi][name]:.4g}") for psi in steps] for found in table.values()]
                   for name in names}
