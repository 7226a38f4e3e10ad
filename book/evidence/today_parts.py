"""What R3GAN's recipe on the grid of 25 modes owes to each of its parts: rows without one, at a common short length.

Each row is an ensemble of RUNS runs from the same starts where its networks are the same. Of each run are kept, at
LOOKS moments, the modes recovered and the share of fakes near a mode in % among 2,500 fakes of the averaged generator,
and D's mean squared slope at reals and at fakes.
"""

import time
import warnings

CHAPTER = "18_today"
CELLS = ("from gan.ensemble import Generators", "class Block(", "def residual_pair(", "relativistic = ")
SEEDS = range(1)
RUNS, STEPS, LOOKS, SCALE = 5, 1_600, 2, 2.0
SETTINGS = {"batch": 128, "lr": 6e-3, "betas": (0.0, 0.9), "ema": 0.995}
GAMMA, LOW, SIZES = 0.1, 0.02, {"width": 64, "depth": 2}
WHOLE = {"net": "residual", "pairs": True, "penalties": ("r1", "r2"), "falls": True}
ROWS = {
    "whole recipe": WHOLE,
    "perceptrons": WHOLE | {"net": "perceptrons"},
    "without pairs": WHOLE | {"pairs": False},
    "without R2": WHOLE | {"penalties": ("r1",)},
    "without R1 and R2": WHOLE | {"penalties": ()},
    "without pairs and R2": WHOLE | {"pairs": False, "penalties": ("r1",)},
    "rates that stay": WHOLE | {"falls": False},
}


def sources() -> list[str]:
    from evidence import cells

    return cells(CHAPTER, CELLS)


def one(seed: int, quick: bool) -> dict:
    """Row -> looks, slopes, runs that failed, seconds."""
    import torch
    from evidence import names_of

    torch.set_num_threads(1)
    names = names_of(sources(), seed)
    with warnings.catch_warnings():                       # a run that diverges is counted, not told
        warnings.simplefilter("ignore", RuntimeWarning)
        return {"rows": {name: play(names, row, seed, quick) for name, row in ROWS.items()}}


def play(names: dict, row: dict, seed: int, quick: bool) -> dict:
    import torch

    import gan

    torch.manual_seed(18_600 + seed)
    grid, steps = gan.data.grid(), 60 if quick else STEPS
    G, D = pair(names, row["net"])
    run = gan.train(G, D, Halved(grid), steps=steps, seed=seed, device="cpu", **SETTINGS,
                    loss=names["relativistic"] if row["pairs"] else gan.losses.non_saturating,
                    penalties=tuple(names[one](GAMMA) for one in row["penalties"]))
    falls = [torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps, LOW * SETTINGS["lr"])
             for adam in (run.g_optimizer, run.d_optimizer)] if row["falls"] else []
    looks, start = [], time.process_time()
    try:
        for step in run:
            for fall in falls:
                fall.step()
            if step.index % (steps // LOOKS) == 0:
                looks.append({"step": step.index, **look(run.G_ema, G, D, grid)})
    except FloatingPointError:                            # no run is left
        pass
    return {"looks": looks, "failed": list(run.failed.steps), "seconds": round(time.process_time() - start, 1)}


def pair(names: dict, net: str):
    import gan

    if net == "perceptrons":                              # as many layers and weights, none of them skipped
        return gan.ensemble.stack(gan.models.mlp_pair(width=SIZES["width"], depth=2 * SIZES["depth"] + 1)
                                  for _ in range(RUNS))
    return names["residual_pair"](2, 2, RUNS, **SIZES)


class Halved:
    """The grid's samples, brought from -4 ... 4 to -2 ... 2."""

    def __init__(self, grid):
        self.grid = grid

    def sample(self, shape, generator=None):
        return self.grid.sample(shape, generator=generator) / SCALE


def look(average, G, D, grid) -> dict:
    from gan.metrics import count_modes
    from gan.penalties import squared_slope

    found = count_modes(SCALE * average.sample(2_500).nan_to_num(1e6), grid)
    points = {"slope at reals": Halved(grid).sample((RUNS, 1_000)), "slope at fakes": G.sample(1_000)}
    slopes = {where: [round(s, 4) for s in squared_slope(D, x).detach().mean(-1).nan_to_num(1e9).tolist()]
              for where, x in points.items()}
    return {"modes": found.recovered.tolist(), "on mode": [round(100 * x, 2) for x in found.high_quality.tolist()],
            **slopes}
