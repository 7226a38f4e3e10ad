"""Chapter 13's line: three overlapping normal distributions, learned by each way to tell y; means and widths.

The chapter's own cells are run, so that nothing here can differ from them. A trial takes a fiftieth of the steps.
"""

CHAPTER = "13_conditional"
CELLS = ("def ensemble(", "class Blind(", "def told_pair(", "def asked_for(", "class Named(",
         "class ACGAN(", "class Line:")
SEEDS = range(1)
RUNS, STEPS, EARLY = 24, 2_000, 700
WEIGHTS = (0.03, 0.1, 0.3, 1.0, 3.0)
POINTS = {"concat": {}, "projection": {}, "not told": {},
          **{f"AC-GAN, {weight:g}": {"weight": weight} for weight in WEIGHTS},
          **{f"AC-GAN reals only, {weight:g}": {"weight": weight} for weight in (1.0,)},
          **{f"AC-GAN, apart {apart:g}": {"apart": apart} for apart in (3.0, 5.0)}}
LIVE = ("concat", "projection", "AC-GAN, 0.3")        # what the chapter runs again, in fewer steps


def sources() -> list[str]:
    from evidence import cells

    return ["from torch import nn\nfrom gan.models import Concat, Generator, Projection, leaky, mlp\n"
            "from gan.penalties import r1\nBETAS = (0.0, 0.99)", *cells(CHAPTER, CELLS)]


def one(seed: int, quick: bool) -> dict:
    """Point -> mean and std of each class, of each of 24 runs: [[mean, mean, mean], [std, std, std]]."""
    import torch
    from evidence import names_of

    names = names_of(sources(), seed)
    points = [(name, name, STEPS) for name in POINTS]
    points += [(f"{name}, {EARLY} steps", name, EARLY) for name in LIVE]
    result = {}
    for number, (key, name, steps) in enumerate(points):
        torch.manual_seed(130_000 + 1_000 * seed + number)
        kind = name.split(",")[0]
        x = names["on_line"](kind, runs=RUNS, steps=steps // 50 if quick else steps, **POINTS[name])
        result[key] = [[[round(number, 3) for number in part] for part in run]
                       for run in torch.stack([x.mean(2), x.std(2)], 1).tolist()]
    return result
