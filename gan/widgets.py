"""Interactive figures. Each is an anywidget, so that it also runs on the book's static pages, where no kernel is."""
import base64
import io
import math
from collections.abc import Iterable

import anywidget
import traitlets

from gan import source

PNG = "data:image/png;base64,"


class Scrubber(anywidget.AnyWidget):
    """Pictures of one run, chosen by a slider (mouse, touch, arrow keys, Home, End) or played in turn.

    ``frames`` are PNGs as data URIs, ``captions`` say in words what each shows, ``label`` names the slider, and
    ``still`` is the index of the frame shown first, which is also the picture where no script runs (GitHub, print).
    Raises ``ValueError`` if there are no frames, captions are missing or empty, or ``still`` is out of range.
    """

    _esm = source.joined("page", "scrubber")
    _css = """
        .gan-scrubber { margin: 0; width: fit-content; max-width: 100%; }
        .gan-scrubber img { display: block; max-width: 100%; height: auto; }
        .gan-scrubber-controls { display: flex; align-items: center; gap: 0.75rem; margin-block: 0.5rem; }
        .gan-scrubber button { min-width: 5rem; min-height: 2.75rem; font: inherit; color: inherit; cursor: pointer;
                               background: none; border: 1px solid; border-radius: 0.4rem; }
        .gan-scrubber input { flex: 1; min-width: 0; height: 2.75rem; margin: 0; cursor: pointer; }
    """
    frames = traitlets.List(traitlets.Unicode()).tag(sync=True)
    captions = traitlets.List(traitlets.Unicode()).tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    index = traitlets.Int().tag(sync=True)

    def __init__(self, frames: Iterable[str], captions: Iterable[str], label: str = "step", still: int = -1):
        frames, captions = list(frames), list(captions)
        n = len(frames)
        if n == 0:
            raise ValueError("frames is []: it must hold at least one picture")
        for i, frame in enumerate(frames):
            if not isinstance(frame, str) or not frame.startswith(PNG):
                raise ValueError(f"frames[{i}] is {str(frame)[:40]!r}: it must be a string that starts with {PNG!r}")
        if len(captions) != n:
            raise ValueError(f"captions holds {len(captions)}: it must hold one for each of the {n} frames")
        for name, text in [("label", label), *((f"captions[{i}]", text) for i, text in enumerate(captions))]:
            if not isinstance(text, str) or not text.strip():
                raise ValueError(f"{name} is {text!r}: it must be words, for readers who cannot see the picture")
        if still not in range(-n, n):
            raise ValueError(f"still is {still!r}: it must be the index of one of the {n} frames")
        super().__init__(frames=frames, captions=captions, label=label, index=still % n)

    @classmethod
    def from_figures(cls, figures: Iterable, captions: Iterable[str], label: str = "step", still: int = -1,
                     dpi: int = 100) -> "Scrubber":
        """The same from matplotlib figures, each of which is drawn and closed in turn: hand in a generator.

        The pictures keep 64 colours, which a plot does not miss, and take 5 to 10 kB at 640 × 360.
        """
        import matplotlib.pyplot as plt

        frames = []
        for figure in figures:
            frames.append(PNG + base64.b64encode(small_png(figure, dpi)).decode())
            plt.close(figure)
        return cls(frames, captions, label=label, still=still)

    def __repr__(self) -> str:                 # the default one holds a memory address, new in every run
        return f"Scrubber({len(self.frames)} frames)"

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return data | {"image/png": self.frames[self.index].removeprefix(PNG)}, metadata


class MinimaxExplorer(anywidget.AnyWidget):
    """Move and widen p_g against data from a standard normal distribution: D*, the integrand of V, V and JSD follow.

    Two sliders (mouse, touch, keys) set the fakes' ``mean`` and ``width``; the page itself computes the rest. Where no
    script runs, a still picture of the first setting is seen. Raises ``ValueError`` for a setting off the sliders.
    """

    _esm = source.joined("page", "minimax")
    _css = """
        .gan-minimax { margin: 0 auto; max-width: 42rem; }
        .gan-minimax label { display: flex; flex-wrap: wrap; align-items: center; gap: 0 0.75rem; }
        .gan-minimax label span { width: 10rem; }
        .gan-minimax input { flex: 1; min-width: 8rem; height: 2.75rem; margin: 0; cursor: pointer; }
        .gan-minimax .value { width: 3.5rem; text-align: right; font-variant-numeric: tabular-nums; }
        .gan-minimax svg { display: block; width: 100%; height: auto; margin-block: 0.25rem; }
        .gan-minimax text { fill: currentColor; font-size: 13px; }
        .gan-minimax path { fill: none; stroke: currentColor; stroke-width: 2.2; }
        .gan-minimax .rule { stroke: currentColor; opacity: 0.2; }
        .gan-minimax .real, .gan-minimax .coin { stroke-dasharray: 2 4; }
        .gan-minimax .fake { stroke: #D55E00; }
        .gan-minimax .judge { stroke: #1487CC; stroke-dasharray: 8 4; }
        .gan-minimax .best { stroke: #1487CC; }
        .gan-minimax .area { fill: #1487CC; fill-opacity: 0.3; stroke: none; }
    """
    mean = traitlets.Float().tag(sync=True)
    width = traitlets.Float().tag(sync=True)

    def __init__(self, mean: float = 1.5, width: float = 0.7):
        for name, number, low, high in (("mean", mean, -5, 5), ("width", width, 0.4, 3)):
            if not low <= number <= high:
                raise ValueError(f"{name} is {number!r}: it must lie between {low} and {high}")
        super().__init__(mean=mean, width=width)

    def __repr__(self) -> str:
        return f"MinimaxExplorer(mean={self.mean:g}, width={self.width:g})"

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return data | {"image/png": base64.b64encode(_minimax_still(self.mean, self.width)).decode()}, metadata


def _minimax_still(mean: float, width: float) -> bytes:
    """What MinimaxExplorer shows at first, as a PNG."""
    import matplotlib.pyplot as plt
    import torch
    from torch.distributions import Normal
    from torch.nn.functional import logsigmoid

    from gan import plots

    x = torch.linspace(-6, 6, 481)
    log_p, log_p_g = Normal(0.0, 1.0).log_prob(x), Normal(mean, width).log_prob(x)
    p, p_g, a = log_p.exp(), log_p_g.exp(), log_p - log_p_g
    best, coin = p * logsigmoid(a) + p_g * logsigmoid(-a), -(p + p_g) * math.log(2)
    with plt.rc_context(plots.STYLE):
        figure, (above, below) = plt.subplots(2, 1, figsize=(6.4, 4.2), sharex=True)
        curves = ((p, "data $p$", plots.REAL), (p_g, "fakes $p_g$", plots.FAKE), (a.sigmoid(), "$D^*$", plots.JUDGE))
        for y, label, style in curves:
            above.plot(x, y, label=label, **style)
        below.plot(x, coin, ":", color="black", label="integrand of $V$ at $D = ½$")
        below.plot(x, best, color=plots.JUDGE["color"], label="at $D^*$")
        below.fill_between(x, coin, best, color=plots.JUDGE["color"], alpha=0.3, linewidth=0, label="between: 2 JSD")
        for axis in (above, below):
            axis.legend(fontsize=8, loc="center left")
        below.set(xlabel="$x$")
        picture = small_png(figure, dpi=100)
        plt.close(figure)
    return picture


def small_png(figure, dpi: int) -> bytes:
    """A figure as a palette PNG: the same bytes each time, as no date or version is written."""
    from PIL import Image

    full, small = io.BytesIO(), io.BytesIO()
    figure.savefig(full, format="png", dpi=dpi, metadata={"Software": None})
    picture = Image.open(full).convert("RGB")
    picture.quantize(64, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(small, "png", optimize=True)
    return small.getvalue()
