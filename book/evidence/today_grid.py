"""R3GAN's recipe on the grid of 25 modes, as chapter 18 has it, at length: RUNS runs side by side for each β₂ of Adam.

Of each run are kept, at LOOKS moments, the modes recovered, the share of fakes near a mode in % and the KL of their
shares in 2,500 fakes of the averaged generator, and the same of the generator itself. The first run of the first β₂
keeps 500 fakes of the same noise at each look, for the film.
"""

import time

CHAPTER = "18_today"
CELLS = ("from gan.ensemble import Generators", "class Block(", "def residual_pair(", "relativistic = ")
SEEDS = range(1)
RUNS, STEPS, LOOKS, SCALE = 10, 12_000, 12, 2.0
BETAS = (0.99, 0.9)
SETTINGS = {"batch": 128, "lr": 6e-3, "ema": 0.995}
GAMMA, LOW, SIZES = 0.1, 0.02, {"width": 64, "depth": 2}


def sources() -> list[str]:
    from evidence import cells

    return cells(CHAPTER, CELLS)


def one(seed: int, quick: bool) -> dict:
    """For each beta2 what was seen at each look; and the film."""
    found, film = {}, {}
    for beta in BETAS:
        start = time.process_time()
        looks = trained(seed, beta, 120 if quick else STEPS, film if beta == BETAS[0] else {})
        found[str(beta)] = {"looks": looks, "CPU seconds": round(time.process_time() - start)}
    return {"beta2": found, "film": film}


def trained(seed: int, beta: float, steps: int, film: dict) -> list[dict]:
    """RUNS runs: their looks. The first one's fakes go into ``film``."""
    import torch
    from evidence import names_of

    import gan

    torch.set_num_threads(1)
    names, grid = names_of(sources(), seed), gan.data.grid()
    torch.manual_seed(18_000 + seed)
    G, D = names["residual_pair"](2, 2, RUNS, **SIZES)
    run = gan.train(G, D, Halved(grid), steps=steps, loss=names["relativistic"], betas=(0.0, beta), seed=seed,
                    device="cpu", penalties=(names["r1"](GAMMA), names["r2"](GAMMA)), **SETTINGS)
    # Both rates fall along half a cosine, to a fiftieth.
    falls = [torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps, LOW * SETTINGS["lr"])
             for adam in (run.g_optimizer, run.d_optimizer)]
    looks, z = [], torch.randn(1, 500, 2)
    for step in run:
        for fall in falls:
            fall.step()
        if step.index % (steps // LOOKS) == 0:
            looks.append({"step": step.index, "average": look(run.G_ema, grid), "G": look(G, grid)})
            with torch.no_grad():
                film[f"{len(looks):02d}"] = SCALE * run.G_ema(z.expand(RUNS, -1, -1))[0]
    return looks


class Halved:
    """The grid's samples, brought from -4 ... 4 to -2 ... 2."""

    def __init__(self, grid):
        self.grid = grid

    def sample(self, shape, generator=None):
        return self.grid.sample(shape, generator=generator) / SCALE


def look(G, grid) -> dict:
    from gan.metrics import count_modes

    found = count_modes(SCALE * G.sample(2_500).nan_to_num(1e6), grid)
    return {"modes": found.recovered.tolist(), "on mode": [round(100 * x, 2) for x in found.high_quality.tolist()],
            "kl": [round(x, 4) for x in found.kl.tolist()]}
