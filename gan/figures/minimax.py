"""The minimax game between two bells, where the best discriminator is known."""
import math

import traitlets

from gan.figures import source
from gan.figures.interactive import InteractiveFigure, small_png


class MinimaxExplorer(InteractiveFigure):
    """Move and widen p_g against data from a standard normal distribution: D*, the integrand of V, V and JSD follow.

    Two sliders (mouse, touch, keys) set the fakes' ``mean`` and ``width``; the page itself computes the rest. Where no
    script runs, a still picture of the first setting is seen. Raises ``ValueError`` for a setting off the sliders.
    """

    _esm = source.joined("figures/page", "figures/minimax")
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

    def _still(self) -> bytes:
        """The first setting, as a PNG."""
        import matplotlib.pyplot as plt
        import torch
        from torch.distributions import Normal
        from torch.nn.functional import logsigmoid

        from gan import plots

        x = torch.linspace(-6, 6, 481)
        log_p, log_p_g = Normal(0.0, 1.0).log_prob(x), Normal(self.mean, self.width).log_prob(x)
        p, p_g, a = log_p.exp(), log_p_g.exp(), log_p - log_p_g
        best, coin = p * logsigmoid(a) + p_g * logsigmoid(-a), -(p + p_g) * math.log(2)
        with plt.rc_context(plots.STYLE):
            figure, (above, below) = plt.subplots(2, 1, figsize=(6.4, 4.2), sharex=True)
            for y, label, style in ((p, "data $p$", plots.REAL), (p_g, "fakes $p_g$", plots.FAKE),
                                    (a.sigmoid(), "$D^*$", plots.JUDGE)):
                above.plot(x, y, label=label, **style)
            below.plot(x, coin, ":", color="black", label="integrand of $V$ at $D = ½$")
            blue = plots.JUDGE["color"]
            below.plot(x, best, color=blue, label="at $D^*$")
            below.fill_between(x, coin, best, color=blue, alpha=0.3, linewidth=0, label="between: 2 JSD")
            for axis in (above, below):
                axis.legend(fontsize=8, loc="center left")
            below.set(xlabel="$x$")
            picture = small_png(figure, dpi=100)
            plt.close(figure)
        return picture
