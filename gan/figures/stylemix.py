"""Mix the styles of two faces, layer by layer, in the page."""
import io
from numbers import Integral, Real

import numpy as np
import torch
import traitlets
from torch import Tensor

from gan.figures import source
from gan.figures.interactive import InteractiveFigure
from gan.figures.stylereader import style_reader
from gan.figures.styletext import FIRST_MAPS, as_decimals, hashed_maps, hashed_normals, style_as_text
from gan.metrics.inspector import Inspector
from gan.models.stylegan import StyleGenerator

TAKEN = ("a", "b", "style", "mix", "psi", "noise")                 # what else a setting has


class StyleExplorer(InteractiveFigure):
    """Two faces of a StyleGAN, and a third with styles of both: from which of the two, each layer's control says.

        StyleExplorer(G, {"smile": smile, "glasses": glasses}, start={"mix": (0, 0, 1, 1), "psi": 0.7})

    ``G`` is a generator of ``stylegan_pair``; its weights are shown in half precision. ``directions`` are tensors in W,
    (width,) for all layers or (layers, width): a slider from -1 to 1 adds so much of one, after truncation. ``sources``
    are the two z's at first, (2, latent), by default two draws of G's. ``start`` is what is set at first: the share of
    the second face in each layer, truncation ψ, a whole number for the noise (0: none), or so much of a direction.
    ``inspector``, by default the stored small one, says in words what it sees; with a ``second`` one it is also said
    how often both read the same off faces of G's.

    Afterwards ``chosen`` holds what the reader has set; ``w()`` and ``image()`` are what G's layers get and draw then,
    in PyTorch. Where no script runs, a still picture is seen. Raises ``TypeError`` for a G that is none of these,
    ``ValueError`` for too many weights, and for directions, faces or settings that do not fit.
    """

    _esm = source.joined("figures/page", "figures/convnet", "figures/stylenet", "figures/inspected", "figures/stylemix")
    _css = """
        .gan-styles { margin: 0 auto; max-width: 46rem; font-size: 0.9rem; }
        .gan-styles .three { display: grid; grid-template-columns: 1fr 2fr 1fr; gap: 0.5rem 0.75rem; align-items: end;
                             max-width: 34rem; margin: 0 auto; padding-block: 0.25rem; }
        .gan-styles canvas { display: block; width: 100%; aspect-ratio: 1; image-rendering: pixelated;
                             border-radius: 0.4rem; }
        .gan-styles .three b { display: block; text-align: center; }
        .gan-styles .buttons { display: flex; flex-wrap: wrap; gap: 0.5rem; margin-block: 0.5rem; }
        .gan-styles .buttons > * { flex: 1 1 8rem; }
        .gan-styles button, .gan-styles .link {
            box-sizing: border-box; min-height: 2.75rem; min-width: 2.75rem; padding: 0.2rem 0.5rem; font: inherit;
            color: inherit; background: var(--pst-color-background, Canvas); border: 1px solid; border-radius: 0.4rem; }
        .gan-styles button { cursor: pointer; }
        .gan-styles [hidden] { display: none; }
        .gan-styles .surprise { font-weight: 700; color: #fff; background: #0B5FA5; border-color: #0B5FA5; }
        .gan-styles button[aria-pressed=true] { box-shadow: inset 0 0 0 3px; font-weight: 700; }
        .gan-styles .groups { display: grid; gap: 0.5rem 1.5rem;
                              grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); }
        .gan-styles fieldset { display: block; min-width: 0; margin: 0; padding: 0; border: 0; }
        .gan-styles legend { margin: 0; padding: 0; font-size: inherit; font-weight: 600; }
        .gan-styles .setting { display: flex; align-items: center; gap: 0.5rem; margin-block: 0.25rem; }
        .gan-styles .name { flex: 0 0 5.6rem; line-height: 1.15; }
        .gan-styles .setting input { flex: 1; min-width: 4rem; height: 2.75rem; margin: 0; cursor: pointer; }
        .gan-styles .value { flex: 0 0 2.6rem; text-align: right; font-variant-numeric: tabular-nums; }
        .gan-styles .setting button { flex: 0 0 auto; }
        .gan-styles .noise button { flex: 1; }
        .gan-styles p { margin: 0.4rem 0; }
        .gan-styles .words { min-height: 4.8em; }
        .gan-styles .status:empty { display: none; }
        .gan-styles summary { line-height: 2.75rem; cursor: pointer; }
        @media (max-width: 650px) and (min-height: 600px) {           /* the face stays in sight of its controls */
            .gan-styles .stage { position: sticky; top: calc(var(--pst-header-height, 0rem) * 0.85); z-index: 2;
                                 background: var(--pst-color-background, Canvas); }
            .gan-styles .words { min-height: 8em; }
            .gan-styles .setting * { scroll-margin-top: 16rem; }
        }
    """
    sizes = traitlets.List().tag(sync=True)                        # of the layers' pictures
    tensors = traitlets.List().tag(sync=True)                      # [name, numbers, scale] each, in the weights' order
    weights = traitlets.Unicode().tag(sync=True)
    sources = traitlets.List().tag(sync=True)
    centre = traitlets.List().tag(sync=True)                       # the mean w
    directions = traitlets.List().tag(sync=True)                   # [name, [a row for each layer]]
    reader = traitlets.Dict().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)
    chosen = traitlets.Dict().tag(sync=True)
    compact = traitlets.Bool().tag(sync=True)                      # on the first page: half of the controls are folded

    def __init__(self, G: StyleGenerator, directions: dict[str, Tensor], inspector: Inspector | None = None,
                 sources: Tensor | None = None, start: dict | None = None, second: Inspector | None = None):
        net, tensors, weights = style_as_text(G)
        self._net, layers = net, len(net.layers)
        width = net.layers[0].style.weight.shape[1]
        if sources is None:                                        # G's own, but never two mixed, as while it trains
            sources = torch.randn(2, G.latent, generator=torch.Generator().manual_seed(0))
        if not isinstance(sources, Tensor) or sources.shape != (2, G.latent) or not sources.isfinite().all():
            raise ValueError(f"sources: got {tuple(sources.shape) if isinstance(sources, Tensor) else sources!r}; must "
                             f"be a tensor (2, {G.latent}) of finite numbers, such as `G.noise(2)[:, 0]`")
        rows = _style_directions(directions, layers, width)
        start = _style_start(start or {}, layers, list(directions))
        super().__init__(sizes=list(net.sizes), tensors=tensors, weights=weights, sources=as_decimals(sources),
                         centre=as_decimals(net.mean()), directions=rows, start=start, chosen=start,
                         reader=style_reader(net, inspector, second))

    def __repr__(self) -> str:                                     # the default one holds a memory address
        edits = ", ".join(name for name, _ in self.directions) or "none"
        return f"StyleExplorer({len(self.sizes)} layers, directions: {edits})"

    def w(self, mix: list[float] | None = None, edited: bool = True) -> Tensor:
        """What the layers get as things are set, (layers, width); of another mix, or without directions, on request."""
        now, centre = self.chosen, torch.tensor(self.centre)
        z = [torch.tensor(hashed_normals(now[which], len(first))) if now[which] else torch.tensor(first)
             for which, first in zip("ab", self.sources)]
        with torch.no_grad():
            a, b = self._net.mapping(torch.stack(z).float())
        w = centre + now["psi"] * (a.lerp(b, torch.tensor(mix or now["mix"]).float()[:, None]) - centre)
        return w + edited * sum(now["edits"][name] * torch.tensor(rows) for name, rows in self.directions)

    def noise(self) -> list[Tensor] | bool:
        """The maps as things are set, (1, 1, S, S) for each layer, or False for none."""
        return hashed_maps(self.sizes, self.chosen["noise"]) if self.chosen["noise"] else False

    @torch.no_grad()
    def image(self, mix: list[float] | None = None, edited: bool = True) -> Tensor:
        """The picture of ``w(mix, edited)``, (3, size, size) in [-1, 1]."""
        return self._net.synthesis(self.w(mix, edited)[None], self.noise())[0].clamp(-1, 1)

    def _still(self) -> bytes:
        """The two faces, and large between them the third, as a PNG, nothing where no face is."""
        from PIL import Image

        layers, size = len(self.sizes), self.sizes[-1]
        sheet = np.zeros((8 * size, 17 * size, 4), np.uint8)
        pictures = self.image([0] * layers, False), self.image(), self.image([1] * layers, False)
        for image, times, left in zip(pictures, (4, 8, 4), (0, 4.5, 13)):
            pixels = ((image + 1) * 127.5).round().byte().permute(1, 2, 0).numpy().repeat(times, 0).repeat(times, 1)
            place = sheet[-times * size:, round(left * size):round(left * size) + times * size]
            place[..., :3], place[..., 3] = pixels, 255
        file = io.BytesIO()
        Image.fromarray(sheet).save(file, "png", optimize=True)
        return file.getvalue()


def _style_directions(directions, layers: int, width: int) -> list:
    """[name, a row for each layer] for each."""
    if not isinstance(directions, dict) or len(directions) > 6:
        raise ValueError(f"directions: got {directions!r:.80}; must be a dict of at most 6 tensors, such as "
                         '{"smile": d}, or {}')
    found = []
    for name, d in directions.items():
        if not isinstance(name, str) or not name.strip() or name in TAKEN:
            raise ValueError(f"directions: got the name {name!r}; must be words, other than {', '.join(TAKEN)}")
        shape = tuple(d.shape) if isinstance(d, Tensor) else d
        if shape not in ((width,), (layers, width)):
            raise ValueError(f"directions: {name} has shape {shape!r}; must be a tensor in W, ({width},) for all "
                             f"layers or ({layers}, {width}) for each")
        if not d.isfinite().all():
            raise ValueError(f"directions: {name} is not finite; must be")
        found.append([name, as_decimals(d.expand(layers, width))])
    return found


def _style_start(start: dict, layers: int, edits: list[str]) -> dict:
    """All that can be set, with these values and, for what is left out, the usual ones."""
    def among(value, low, high):
        return isinstance(value, Real) and not isinstance(value, bool) and low <= value <= high

    known, mix = ("mix", "psi", "noise", *edits), start.get("mix", [0] * layers)
    if unknown := [name for name in start if name not in known]:
        raise ValueError(f"start: got {unknown[0]!r}; must be one of {', '.join(known)}")
    if not isinstance(mix, (list, tuple)) or len(mix) != layers or not all(among(share, 0, 1) for share in mix):
        raise ValueError(f"start: mix is {mix!r}; must be {layers} numbers from 0 (the first face) to 1, one a layer")
    for name, low in {"psi": 0, **dict.fromkeys(edits, -1)}.items():
        if name in start and not among(start[name], low, 1):
            raise ValueError(f"start: {name} is {start[name]!r}; must be a number from {low} to 1")
    noise = start.get("noise", 1)
    if not isinstance(noise, Integral) or not 0 <= noise < FIRST_MAPS:
        raise ValueError(f"start: noise is {noise!r}; must be 0 for none, or a whole number below {FIRST_MAPS:,}")
    return {"a": 0, "b": 0, "mix": [float(share) for share in mix], "psi": float(start.get("psi", 1)),
            "noise": int(noise), "edits": {name: float(start.get(name, 0)) for name in edits}}
