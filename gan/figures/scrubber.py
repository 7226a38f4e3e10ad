"""Pictures of one run, with a slider that chooses among them."""
import base64
from collections.abc import Iterable

import traitlets

from gan.figures import source
from gan.figures.interactive import InteractiveFigure, small_png

PNG = "data:image/png;base64,"


class Scrubber(InteractiveFigure):
    """Pictures of one run, chosen by a slider (mouse, touch, arrow keys, Home, End) or played in turn.

    ``frames`` are PNGs as data URIs, ``captions`` say in words what each shows, ``label`` names the slider, and
    ``still`` is the index of the frame shown first, which is also the picture where no script runs (GitHub, print).
    Raises ``ValueError`` if there are no frames, captions are missing or empty, or ``still`` is out of range.
    """

    _esm = source.joined("figures/page", "figures/scrubber")
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

    def _still(self) -> bytes:
        return base64.b64decode(self.frames[self.index].removeprefix(PNG))
