"""Mix the styles of two faces, layer by layer, in the page."""
import base64
import copy
import io
from numbers import Integral, Real

import numpy as np
import torch
import traitlets
from torch import Tensor, nn

import gan.evidence
from gan.data.portraits import FACTORS
from gan.figures import convnet, source
from gan.figures.interactive import InteractiveFigure
from gan.metrics.inspector import HUES, Inspector
from gan.models.equalized import BIASES
from gan.models.stylegan import StyleGenerator

MOST_WEIGHTS = 250_000                                             # 500 kB in half precision
AGREEING = 1_000                                                   # faces of G's that two inspectors read
SAYS = ("hair", "dye", "iris", "hat", "glasses", "beard", "smile", "turn", "tilt", "skin", "light", "wall", "shirt")
NOISE_SEEDS = 1_000_000                                            # above those of faces
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
        net, tensors, weights = _style_weights(G)
        self._net, layers = net, len(net.layers)
        width = net.layers[0].style.weight.shape[1]
        if sources is None:                                        # G's own, but never two mixed, as while it trains
            sources = torch.randn(2, G.latent, generator=torch.Generator().manual_seed(0))
        if not isinstance(sources, Tensor) or sources.shape != (2, G.latent) or not sources.isfinite().all():
            raise ValueError(f"sources: got {tuple(sources.shape) if isinstance(sources, Tensor) else sources!r}; must "
                             f"be a tensor (2, {G.latent}) of finite numbers, such as `G.noise(2)[:, 0]`")
        rows = _style_directions(directions, layers, width)
        start = _style_start(start or {}, layers, list(directions))
        super().__init__(sizes=list(net.sizes), tensors=tensors, weights=weights, sources=_style_short(sources),
                         centre=_style_short(net.mean()), directions=rows, start=start, chosen=start,
                         reader=_style_reader(net, inspector, second))

    def __repr__(self) -> str:                                     # the default one holds a memory address
        edits = ", ".join(name for name, _ in self.directions) or "none"
        return f"StyleExplorer({len(self.sizes)} layers, directions: {edits})"

    def w(self, mix: list[float] | None = None, edited: bool = True) -> Tensor:
        """What the layers get as things are set, (layers, width); of another mix, or without directions, on request."""
        now, centre = self.chosen, torch.tensor(self.centre)
        z = [torch.tensor(_page_normals(now[which], len(first))) if now[which] else torch.tensor(first)
             for which, first in zip("ab", self.sources)]
        with torch.no_grad():
            a, b = self._net.mapping(torch.stack(z).float())
        w = centre + now["psi"] * (a.lerp(b, torch.tensor(mix or now["mix"]).float()[:, None]) - centre)
        return w + edited * sum(now["edits"][name] * torch.tensor(rows) for name, rows in self.directions)

    def noise(self) -> list[Tensor] | bool:
        """The maps as things are set, (1, 1, S, S) for each layer, or False for none."""
        if not (seed := self.chosen["noise"]):
            return False
        counts = [size**2 for size in self.sizes]
        maps = torch.tensor(_page_normals(NOISE_SEEDS + seed, sum(counts))).float().split(counts)
        return [numbers.reshape(1, 1, size, size) for numbers, size in zip(maps, self.sizes)]

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


def _style_short(numbers: Tensor) -> list:
    """As plain numbers, short as text, and the same in the page and in PyTorch."""
    return ((numbers.detach().cpu().double() * 10_000).round() / 10_000).tolist()


def _style_halves(numbers: list[Tensor], name: str) -> str:
    """These in half precision, one after the other, in base64."""
    flat = torch.cat([part.detach().flatten().double() for part in numbers]).half()
    if not flat.isfinite().all():
        raise ValueError(f"{name}: a weight is not finite in half precision; must be, and below 65504: has it been "
                         "trained too fast?")
    return base64.b64encode(flat.numpy().astype("<f2").tobytes()).decode()


def _style_weights(G) -> tuple[nn.Module, list, str]:
    """A copy of G's network with weights in half precision, and these as text, with what each is multiplied by."""
    if not isinstance(G, StyleGenerator):
        raise TypeError(f"G: got {type(G).__name__}; must be a StyleGenerator, the first of `stylegan_pair()`")
    count = sum(weight.numel() for weight in G.net.parameters())
    if count > MOST_WEIGHTS:
        raise ValueError(f"G: has {count:,} weights; must have at most {MOST_WEIGHTS:,}, which are 500 kB in the page: "
                         "give it fewer channels")
    net = copy.deepcopy(G.net).cpu().float().eval().requires_grad_(False)
    tensors, parts = [], []
    for name, weight in net.named_parameters():
        owner = net.get_submodule(name.rpartition(".")[0])
        scale = {"weight": getattr(owner, "scale", 1), "bias": getattr(owner, "bias_scale", 1),
                 "strength": BIASES}
        tensors.append([name, weight.numel(), float(scale.get(name.rpartition(".")[2], 1))])
        parts.append(weight)
    text = _style_halves(parts, "G")
    for weight in parts:
        weight.copy_(weight.half())
    return net, tensors, text


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
        found.append([name, _style_short(d.expand(layers, width))])
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
    if not isinstance(noise, Integral) or not 0 <= noise < NOISE_SEEDS:
        raise ValueError(f"start: noise is {noise!r}; must be 0 for none, or a whole number below {NOISE_SEEDS:,}")
    return {"a": 0, "b": 0, "mix": [float(share) for share in mix], "psi": float(start.get("psi", 1)),
            "noise": int(noise), "edits": {name: float(start.get(name, 0)) for name in edits}}


def _style_reader(net: nn.Module, inspector: Inspector | None, second: Inspector | None) -> dict:
    """What the page needs to read off a picture what it says in words: convolutions and one linear layer."""
    if inspector is None:
        stored = gan.evidence.load("face_reader")["runs"][0]
        inspector = Inspector(32, width=len(stored["reader"]["body.0.bias"])).eval()
        inspector.load_state_dict(stored["reader"])
        inspector.report = stored["report"]
    size = net.sizes[-1]
    for name, one in {"inspector": inspector, "second": inspector if second is None else second}.items():
        if not isinstance(one, Inspector) or one.size != size:
            got = f"one of size {one.size}" if isinstance(one, Inspector) else type(one).__name__
            raise ValueError(f"{name}: got {got}; must be a gan.metrics.Inspector of size {size}, as G draws")
    if not hasattr(inspector, "report"):
        raise ValueError("inspector: got one without a report; must have been trained by `fit_inspector`, or be given "
                         "its stored one: `inspector.report = …`")
    agree = {} if second is None else _style_agreement(net, inspector, second)
    parts, shapes = [], []
    *convs, flatten, linear, norm = copy.deepcopy(inspector).cpu().double().body
    for layer, after, _ in zip(*[iter(convs)] * 3):
        parts += convnet._folded(layer.weight, layer.bias, after, 0)
        shapes.append(list(layer.weight.shape))
    weight, bias = convnet._folded(linear.weight, linear.bias, norm, 0)
    at = dict(zip(FACTORS, torch.arange(sum(inspector.parts)).split(inspector.parts)))
    rows = torch.cat([at[name] for name in SAYS])                  # of the head, which is linear as well: one layer
    head = copy.deepcopy(inspector.head).cpu().double()
    parts += [head.weight[rows] @ weight, head.weight[rows] @ bias + head.bias[rows]]
    reads = [{"name": name, "right": round(inspector.report[name], 4), "same": agree.get(name), **_style_scale(name)}
             for name in SAYS]
    return {"shapes": shapes, "reads": reads, "weights": _style_halves(parts, "inspector")}


@torch.no_grad()
def _style_agreement(net: nn.Module, *inspectors: Inspector) -> dict:
    """How two inspectors agree on faces of G's: the share of kinds that are the same, the correlation of numbers."""
    random, first = torch.Generator().manual_seed(1), next(iter(net.mapping.layers), net.layers[0].style)
    w = net.mapping(torch.randn(AGREEING, first.weight.shape[1], generator=random))
    w = w[:, None].expand(-1, len(net.sizes), -1)
    images = torch.cat([net.synthesis(part, net.draw_noise(len(part), random)) for part in w.split(250)]).clamp(-1, 1)
    one, other = ({name: value.float() for name, value in {**eye.kinds(images), **eye.numbers(images)}.items()}
                  for eye in (copy.deepcopy(inspector).cpu().float().eval() for inspector in inspectors))
    found = {}
    for name in SAYS:
        a, b = one[name], other[name]
        same = (a == b).float().mean() if isinstance(FACTORS[name], dict) else torch.stack([a, b]).corrcoef()[0, 1]
        told = name not in HUES and len(a.unique()) > 1            # where G draws no hats, it is easy to agree on them
        found[name] = round(same.item(), 3) if told and same.isfinite() else None
    return found


def _style_scale(name: str) -> dict:
    """How what the inspector gives for a factor is read."""
    given = FACTORS[name]
    if isinstance(given, dict):
        return {"kinds": list(given)}
    return {"hue": name in HUES, "low": given[0], "high": given[1]}


def _page_normals(seed: int, count: int) -> np.ndarray:
    """What ``normals`` in convnet.js gives."""
    def uniform(n):
        x = np.uint32(seed * 0x9E3779B1 & 0xFFFFFFFF) ^ (n + 1).astype(np.uint32) * np.uint32(0x85EBCA6B)
        for multiplier in (0x7FEB352D, 0x846CA68B):
            x = (x ^ x >> np.uint32(15)) * np.uint32(multiplier)
        return ((x ^ x >> np.uint32(16)).astype(np.float64) + 1) / 2**32

    n = np.arange(count)
    radius, angle = np.sqrt(-2 * np.log(uniform(n & ~1))), 2 * np.pi * uniform(n | 1)
    return radius * np.where(n & 1, np.sin(angle), np.cos(angle))
