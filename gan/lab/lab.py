"""The lab: a GAN that trains in the page, in Jupyter, in Colab and, without a kernel, in the book. See book/lab.md."""
import traitlets

from gan.figures.interactive import InteractiveFigure, small_png
from gan.figures.source import joined
from gan.lab import source


class Lab(InteractiveFigure):
    """Two small networks that play in the reader's browser, with all that can be changed about them.

    ``setting`` is what the book's links hold behind the #, and what the lab's own *Copy link* gives:
    ``Lab("preset=collapse&r1=0.1&seed=3")``. What in it cannot be used is named in the lab, and the preset fills in.
    ``compact`` leaves settings and charts out. Where no script runs, a still picture of data and first fakes is seen.
    Raises ``TypeError`` for a setting that is not a string, ``ValueError`` for a preset that there is not.
    """

    _esm = joined(*source.FILES)
    _css = source.CSS
    _presets = "settings"
    setting = traitlets.Unicode().tag(sync=True)
    compact = traitlets.Bool().tag(sync=True)
    page = traitlets.Unicode().tag(sync=True)            # not empty where the page's address is the lab's to read

    def __init__(self, setting: str = "preset=first", compact: bool = False):
        if not isinstance(setting, str):
            raise TypeError(f"setting: got {setting!r}; must be a string such as 'preset=collapse&seed=3'")
        for part in setting.removeprefix("#").split("&"):
            name = part.removeprefix("preset=")
            if part.startswith("preset=") and name not in source.presets(self._presets):
                known = ", ".join(source.presets(self._presets))
                raise ValueError(f"setting: got preset {name!r}; must be one of {known}")
        super().__init__(setting=setting.removeprefix("#"), compact=compact, page="")

    def __repr__(self) -> str:                           # the default one holds a memory address, new in every run
        return f"{type(self).__name__}({self.setting!r})"

    def _still(self) -> bytes:
        """The ring and the fakes of a generator that has learned nothing yet, as a PNG: the same bytes each time."""
        import matplotlib.pyplot as plt
        import torch

        from gan import data, models, plots

        random = torch.Generator().manual_seed(0)
        with torch.random.fork_rng([]), plt.rc_context(plots.STYLE):
            torch.manual_seed(0)
            G, _ = models.mlp_pair(width=32)
            figure, axis = plt.subplots(figsize=(4, 4))
            real, fakes = data.ring().sample((250,), generator=random), G.sample(200, generator=random)
            axis.plot(*real.T, "o", color="#666666", markersize=3, label="real")
            axis.plot(*fakes.T, "D", color=plots.FAKE["color"], markersize=4, label="fakes, at first")
            axis.set(xlim=(-1.7, 1.7), ylim=(-1.7, 1.7), aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
            axis.legend(loc="center")
            picture = small_png(figure, dpi=100)
            plt.close(figure)
        return picture


class DigitsLab(Lab):
    """The same with handwritten digits, 8 x 8, in place of points: G learns to write in the reader's browser.

    A small network, the reader, says which digits are found among the fakes. Arguments and errors are ``Lab``'s; the
    presets are ``gan.lab.source.presets("writing")``.
    """

    _esm = joined(*source.DIGITS)
    _presets = "writing"

    def _still(self) -> bytes:
        """A real digit of each kind, and what a generator makes that has learned nothing, as a PNG."""
        import matplotlib.pyplot as plt
        import torch

        from gan import data, models, plots

        with torch.random.fork_rng([]), plt.rc_context(plots.STYLE):
            torch.manual_seed(0)
            images, labels = data.digits()
            real = torch.stack([images[labels == digit][0] for digit in range(10)])
            fakes = models.mlp([16, 128, 128, 64], models.leaky)(torch.randn(50, 16)).tanh().view(-1, 1, 8, 8)
            figure, axis = plt.subplots(figsize=(5, 3.2))
            plots.show_images(torch.cat([real, fakes]), ax=axis, title="first row: real; below: fakes, at first")
            picture = small_png(figure, dpi=100)
            plt.close(figure)
        return picture
