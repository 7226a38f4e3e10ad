"""The Dirac-GAN, the smallest GAN there is, and a figure to play with. Mescheder et al. 2018 (arXiv:1801.04406).

All data are the number 0, all fakes are the number theta, and D's logit is psi · x: two weights in all. Here D's logit
is large for what it takes to be real, as everywhere in this package; the paper's has the other sign.
"""

import torch
import traitlets
from torch import Tensor

from gan.figures import source
from gan.figures.interactive import InteractiveFigure, small_png

# Each gives (dtheta/dt, dpsi/dt), the direction in which each player's own loss falls, at (theta, psi) and the
# method's strength k. They can be differentiated and take tensors of any shape.
FIELDS = {
    "minimax": lambda theta, psi, k: _game(theta, psi),
    "non-saturating": lambda theta, psi, k: (psi * torch.sigmoid(-psi * theta), -theta * torch.sigmoid(psi * theta)),
    "WGAN": lambda theta, psi, k: (psi, -theta),
    "WGAN, clipped": lambda theta, psi, k: (psi, -theta),                       # the clip to ±k is in `step`
    "WGAN-GP": lambda theta, psi, k: (psi, -theta - k * (psi.abs() - 1) * psi.sign()),
    "instance noise": lambda theta, psi, k: _noisy(theta, psi, k),
    "R1": lambda theta, psi, k: _damped(theta, psi, k),                         # R2 too: D's slope is psi everywhere
    "consensus": lambda theta, psi, k: _consensus(theta, psi, k),
}
SYMBOLS = {"WGAN, clipped": "b", "WGAN-GP": "κ", "instance noise": "s", "R1": "γ", "consensus": "γ"}


def _game(theta, psi):
    push = torch.sigmoid(psi * theta)
    return psi * push, -theta * push


def _damped(theta, psi, gamma):
    """R1's gradient in psi, of gamma/2 psi^2, taken off D's."""
    v_theta, v_psi = _game(theta, psi)
    return v_theta, v_psi - gamma * psi


def _noisy(theta, psi, sigma):
    """Real and fake with normal noise of this width on them; the mean over the noise by the trapezium rule."""
    e = torch.linspace(-7, 7, 57, dtype=torch.float64)
    weight = torch.exp(-e**2 / 2) / torch.exp(-e**2 / 2).sum()
    fake, real, psi = theta[..., None] + sigma * e, sigma * e, psi[..., None]
    caught = torch.sigmoid(psi * fake) * weight
    missed = torch.sigmoid(-psi * real) * weight
    return (psi * caught).sum(-1), (real * missed - fake * caught).sum(-1)


def _consensus(theta, psi, gamma):
    """Both players also descend on gamma/2 |v|^2. Mescheder et al. 2017 (arXiv:1705.10461)."""
    v_theta, v_psi = _game(theta, psi)
    s = torch.sigmoid(psi * theta)
    more = (theta**2 + psi**2) * s**2 * (1 - s)
    return v_theta - gamma * (theta * s**2 + psi * more), v_psi - gamma * (psi * s**2 + theta * more)


def step(method: str, state: Tensor, h: float, k: float = 0.0, first: str | None = None,
         d_h: float | None = None) -> Tensor:
    """One update of ``state`` = (theta, psi), (2, ...), by gradient steps of size ``h``; D's is ``d_h`` if given.

    ``first`` is None for simultaneous steps, else "D" or "G": who moves first and is answered by the other.
    """
    field, d_h = FIELDS[method], h if d_h is None else d_h

    def move(theta, psi, who):
        v_theta, v_psi = field(theta, psi, k)
        theta, psi = theta + h * v_theta * ("G" in who), psi + d_h * v_psi * ("D" in who)
        return theta, psi.clamp(-k, k) if method == "WGAN, clipped" else psi

    turns = {None: ["GD"], "D": ["D", "G"], "G": ["G", "D"]}[first]
    for who in turns:
        state = move(*state, who)
    return torch.stack(state)


def path(method: str, start=(1.0, 1.0), steps: int = 500, **settings) -> Tensor:
    """``start`` and the states after each of ``steps`` updates, (steps + 1, 2, ...), in float64; see ``step``."""
    states = [torch.as_tensor(start, dtype=torch.float64)]
    for _ in range(steps):
        states.append(step(method, states[-1], **settings))
    return torch.stack(states)


class DiracExplorer(InteractiveFigure):
    """The plane of theta and psi with its arrows: choose a method, its strength, the step, who moves when; and play.

    A tap on the plane, or two sliders, choose the start. The page itself computes the rest. Where no script runs, a
    still picture of the first setting is seen. Raises ``ValueError`` for a setting that the figure does not have.
    """

    _esm = source.joined("figures/page", "figures/dirac")
    _css = """
        .gan-dirac { margin: 0 auto; max-width: 36rem; }
        .gan-dirac label { display: flex; flex-wrap: wrap; align-items: center; gap: 0 0.5rem; }
        .gan-dirac label > span:first-child { width: 9rem; }
        .gan-dirac input[type=range] { flex: 1; min-width: 6rem; height: 2.75rem; margin: 0; cursor: pointer; }
        .gan-dirac input:disabled { cursor: default; opacity: 0.4; }
        .gan-dirac select, .gan-dirac button { min-height: 2.75rem; font: inherit; color: inherit; cursor: pointer;
                               background: transparent; border: 1px solid; border-radius: 0.4rem; padding: 0 0.75rem; }
        .gan-dirac select { flex: 1; min-width: 8rem; }
        .gan-dirac option { color: black; background: white; }
        .gan-dirac .value { width: 3.5rem; text-align: right; font-variant-numeric: tabular-nums; }
        .gan-dirac .buttons { display: flex; flex-wrap: wrap; gap: 0.5rem; margin-block: 0.25rem; }
        .gan-dirac svg { display: block; width: 100%; height: auto; cursor: crosshair; touch-action: manipulation; }
        .gan-dirac text { fill: currentColor; font-size: 13px; }
        .gan-dirac .rule { stroke: currentColor; opacity: 0.25; }
        .gan-dirac .arrow { stroke: currentColor; opacity: 0.55; fill: none; }
        .gan-dirac .trail { fill: none; stroke: #D55E00; stroke-width: 1.6; }
        .gan-dirac .now { fill: #D55E00; }
        .gan-dirac .start { fill: none; stroke: #D55E00; stroke-width: 2; }
        .gan-dirac .goal { stroke: #1487CC; stroke-width: 3; }
        .gan-dirac figcaption p { margin: 0.25rem 0; font-variant-numeric: tabular-nums; }
        .gan-dirac .spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    """
    method = traitlets.Unicode().tag(sync=True)
    strength = traitlets.Float().tag(sync=True)
    h = traitlets.Float().tag(sync=True)
    in_turn = traitlets.Bool().tag(sync=True)
    theta = traitlets.Float().tag(sync=True)
    psi = traitlets.Float().tag(sync=True)

    def __init__(self, method: str = "minimax", strength: float = 0.3, h: float = 0.2, in_turn: bool = False,
                 theta: float = 1.0, psi: float = 1.0):
        if method not in FIELDS:
            raise ValueError(f"method is {method!r}: it must be one of {', '.join(FIELDS)}")
        for name, number, low, high in (("strength", strength, 0, 2), ("h", h, 0.02, 1), ("theta", theta, -2, 2),
                                        ("psi", psi, -2, 2)):
            if not low <= number <= high:
                raise ValueError(f"{name} is {number!r}: it must lie between {low} and {high}")
        super().__init__(method=method, strength=strength, h=h, in_turn=in_turn, theta=theta, psi=psi)

    def __repr__(self) -> str:
        return f"DiracExplorer({self.method!r}, strength={self.strength:g}, h={self.h:g}, in_turn={self.in_turn})"

    def _still(self) -> bytes:
        """The first setting with 200 steps of its path, as a PNG."""
        import matplotlib.pyplot as plt

        from gan import plots

        trail = path(self.method, (self.theta, self.psi), 200, h=self.h, k=self.strength,
                     first="D" if self.in_turn else None)
        with plt.rc_context(plots.STYLE):
            figure, ax = plt.subplots(figsize=(4.6, 4.4))
            arrows(ax, self.method, self.strength)
            ax.plot(*trail.T, color=plots.FAKE["color"], linewidth=1.2)
            ax.plot(self.theta, self.psi, "o", color=plots.FAKE["color"])
            picture = small_png(figure, dpi=100)
            plt.close(figure)
        return picture


def arrows(ax, method: str, k: float = 0.0, size: float = 2.0) -> None:
    """Draw a method's field on ``ax``, from -size to size, and the equilibrium as a cross."""
    ticks = torch.linspace(-size, size, 13, dtype=torch.float64)
    theta, psi = torch.meshgrid(ticks, ticks, indexing="xy")
    v = torch.stack(FIELDS[method](theta, psi, k))
    v = v / v.norm(dim=0).clamp(min=1e-9).sqrt()                              # the small ones would not be seen
    ax.quiver(theta, psi, *v, color="0.6", width=0.004)
    ax.plot(0, 0, "+", color="black", markersize=9)
    ax.set(xlim=(-size, size), ylim=(-size, size), aspect="equal")
    ax.set(xlabel=r"$\theta$ (fakes)", ylabel=r"$\psi$ (slope of $D$)")
