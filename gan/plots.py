"""The figures that more than one chapter draws.

Colours are Okabe and Ito's, which colour-blind readers can tell apart; each also has a line style of its
own, for grey paper. As in Goodfellow et al. 2014, figure 1, data are dotted, D is dashed, G is solid.
"""

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from torch import Tensor
from torchvision.utils import make_grid

STYLE = {
    "figure.figsize": (7.0, 3.2), "figure.dpi": 110, "figure.constrained_layout.use": True,
    "figure.facecolor": "white", "savefig.facecolor": "white",
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": False,
    "axes.titlesize": "medium", "legend.frameon": False, "lines.linewidth": 1.8,
}
REAL = {"color": "#000000", "linestyle": ":"}
FAKE = {"color": "#D55E00", "linestyle": "-"}
JUDGE = {"color": "#0072B2", "linestyle": "--"}


def show_images(images: Tensor, columns: int = 10, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Draw images, (N, C, H, W) in [-1, 1], as a grid with ``columns`` in a row."""
    if images.ndim != 4:
        raise ValueError(f"images: got shape {tuple(images.shape)}; must be (N, C, H, W)")
    grid = make_grid(images.detach().cpu(), columns, padding=1, normalize=True, value_range=(-1, 1), pad_value=1.0)
    ax = ax or plt.gca()
    ax.imshow(grid.permute(1, 2, 0).numpy(), interpolation="nearest")
    ax.set_axis_off()
    ax.set_title(title)
    return ax


def band(ax: Axes, x, runs, label: str | None = None, **line) -> None:
    """Draw several runs, (seeds, points), as their median with the range from the lowest to the highest."""
    runs = torch.as_tensor(runs, dtype=torch.float64).detach().cpu()
    if runs.ndim != 2:
        raise ValueError(f"runs: got shape {tuple(runs.shape)}; must be (seeds, points)")
    middle, low, high = (values.numpy() for values in (runs.quantile(0.5, 0), runs.amin(0), runs.amax(0)))
    drawn, = ax.plot(x, middle, label=label, **line)
    ax.fill_between(x, low, high, color=drawn.get_color(), alpha=0.2, linewidth=0)
