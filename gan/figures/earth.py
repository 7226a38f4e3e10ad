"""Carry earth from bin to bin, and see how far from the cheapest plan one is."""
import numpy as np
import traitlets

from gan.figures import source
from gan.figures.interactive import InteractiveFigure, small_png

BINS, TALLEST = 10, 8
FAKES = (0, 2, 4, 1, 0, 0, 1, 3, 1, 0)                         # these must go both ways
DATA = (2, 1, 0, 1, 3, 2, 0, 0, 1, 2)


class EarthMover(InteractiveFigure):
    """Earth in ten bins, to be carried to where it is wanted: the reader's plan beside the cheapest and its proof.

        EarthMover(fakes=(0, 2, 4, 1, 0, 0, 1, 3, 1, 0), data=(2, 1, 0, 1, 3, 2, 0, 0, 1, 2))

    ``fakes`` says how many pieces lie in each bin at first, ``data`` how many are wanted. A piece costs one for each
    bin that it is carried; W₁ is the cheapest plan's cost by the number of pieces. Pieces are dragged, tapped or moved
    by keys. Beside them stand the plan as a table, its cost and the cheapest one, and a critic f that rises by at most
    1 from bin to bin, whose mean over ``data`` is W₁ above that over ``fakes``: where it rises by less than a piece's
    way costs, the plan wastes the difference.

    Afterwards ``plan[i][j]`` holds how many pieces of bin i the reader has brought to bin j, and ``fakes`` and ``data``
    the histograms last played with. Where no script runs, a still picture is seen. Raises ``TypeError`` for what is not
    made of whole numbers, ``ValueError`` for histograms that do not have ten bins of 0 to 8 pieces or that differ in
    their sum.
    """

    _esm = source.joined("figures/page", "figures/earth")
    _css = """
        .gan-earth { margin: 0 auto; max-width: 48rem; }
        .gan-earth .drawings { display: grid; gap: 0 1rem; align-items: start;
            grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); }
        .gan-earth .title { margin: 0.5rem 0 0.25rem; font-size: 0.85rem; line-height: 1.5; }
        .gan-earth .status { min-height: 3.4em; margin: 0; font-variant-numeric: tabular-nums; }
        .gan-earth .piles { cursor: grab; touch-action: pan-y; border-radius: 0.4rem;
                             -webkit-user-select: none; user-select: none; }
        .gan-earth .piles:active { cursor: grabbing; }
        .gan-earth .piles:focus-visible { outline: 2px solid #1487CC; }
        .gan-earth .buttons { display: grid; grid-template-columns: 1fr 1fr; gap: 0.5rem; margin-block: 0.5rem; }
        .gan-earth button { min-height: 2.75rem; min-width: 2.75rem; padding: 0.2rem 0.4rem; font: inherit;
            color: inherit; background: transparent; border: 1px solid; border-radius: 0.4rem; cursor: pointer; }
        .gan-earth svg { display: block; width: 100%; height: auto; }
        .gan-earth text { fill: currentColor; font-size: 12.5px; }
        .gan-earth .cursor { fill: currentColor; opacity: 0.08; }
        .gan-earth .ground { stroke: currentColor; opacity: 0.6; }
        .gan-earth .piece { fill: #D55E00; fill-opacity: 0.75; }
        .gan-earth .come { fill-opacity: 0.35; stroke: #D55E00; }
        .gan-earth .lifted { stroke: currentColor; stroke-width: 2.5; }
        .gan-earth .ghost { fill: none; stroke: #D55E00; stroke-width: 2; stroke-dasharray: 3 3; }
        .gan-earth .wanted { fill: none; stroke: currentColor; stroke-width: 1.8; stroke-dasharray: 2 3; }
        .gan-earth .critic { fill: none; stroke: #1487CC; stroke-width: 2.5; }
        .gan-earth .dot { fill: #1487CC; }
        .gan-earth .trough { fill: currentColor; opacity: 0.1; }
        .gan-earth .cost { fill: #D55E00; }
        .gan-earth .best { stroke: #1487CC; stroke-width: 3; }
        .gan-earth .cell { fill: currentColor; fill-opacity: 0.05; }
        .gan-earth .stays { fill: currentColor; fill-opacity: 0.16; }
        .gan-earth .tight { fill: #1487CC; fill-opacity: 0.3; }
        .gan-earth .wasteful { fill: #D55E00; fill-opacity: 0.35; stroke: #D55E00; }
        .gan-earth .count { font-size: 14px; font-weight: 700; }
        .gan-earth .edge { opacity: 0.65; }
        .gan-earth .open { opacity: 1; text-decoration: underline; }
        .gan-earth .key { border-bottom: 3px solid; white-space: nowrap; }
        .gan-earth .key.fake { border-color: #D55E00; }
        .gan-earth .key.wanted { border-bottom-style: dotted; border-bottom-width: 2px; }
        .gan-earth .key.shade { border-color: #1487CC; }
        .gan-earth .said { margin: 0.25rem 0; font-variant-numeric: tabular-nums; }
        .gan-earth .spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    """
    fakes = traitlets.List(traitlets.Int()).tag(sync=True)
    data = traitlets.List(traitlets.Int()).tag(sync=True)
    plan = traitlets.List().tag(sync=True)                     # row: from, column: to
    round = traitlets.Int().tag(sync=True)                     # of the page's new histograms; 0: those given here

    def __init__(self, fakes=FAKES, data=DATA):
        fakes, data = _piled("fakes", fakes), _piled("data", data)
        if sum(fakes) != sum(data):
            raise ValueError(f"data: got {sum(data)} pieces and {sum(fakes)} fakes; must be as many, or some would be "
                             "left over")
        super().__init__(fakes=fakes, data=data, plan=np.diag(fakes).tolist(), round=0)

    def __repr__(self) -> str:
        return f"EarthMover(fakes={tuple(self.fakes)}, data={tuple(self.data)})"

    def _still(self) -> bytes:
        """The earth at first with what is wanted, and the critic, as a PNG."""
        import matplotlib.pyplot as plt

        from gan import plots

        surplus = np.cumsum(np.subtract(self.fakes, self.data))
        f = np.concatenate([[0], np.cumsum(np.sign(surplus[:-1]))])
        bins, cost = np.arange(1, BINS + 1), int(np.abs(surplus).sum())
        with plt.rc_context(plots.STYLE):
            figure, (above, below) = plt.subplots(2, 1, figsize=(6.4, 4.4), sharex=True, height_ratios=(3, 2))
            above.bar(bins, self.fakes, 0.8, color=plots.FAKE["color"], alpha=0.75, label="earth as it lies")
            above.bar(bins, self.data, 0.9, fill=False, linestyle=":", linewidth=1.6, label="wanted")
            above.set(ylabel="pieces", title=f"The cheapest plan costs {cost}: $W_1$ = {cost}/{sum(self.fakes)} bins")
            above.legend(fontsize=8)
            below.plot(bins, f - f.min(), "o-", color=plots.JUDGE["color"])
            below.set(xlabel="bin", ylabel="best critic $f$", xticks=bins)
            picture = small_png(figure, dpi=100)
            plt.close(figure)
        return picture


def _piled(name: str, counts) -> list[int]:
    """A histogram as a list of whole numbers."""
    try:
        values = np.asarray(counts).tolist()
    except (TypeError, ValueError, RuntimeError):
        values = None
    if not isinstance(values, list) or not all(type(value) is int for value in values):
        raise TypeError(f"{name}: got {counts!r}; must be ten whole numbers, the pieces in each bin")
    if len(values) != BINS or not all(0 <= value <= TALLEST for value in values) or not sum(values):
        raise ValueError(f"{name}: got {values}, {len(values)} bins; must be {BINS} bins of 0 to {TALLEST} pieces, not "
                         "all empty")
    return values
