"""Chapter 13's digits, 8 x 8: each way to tell y, the weight of AC-GAN's second task, and labels shuffled in training.

The chapter's own cells are run, so that nothing here can differ from them. A trial takes a fiftieth of the steps.
"""

CHAPTER = "13_conditional"
CELLS = ("def ensemble(", "class Blind(", "def told_pair(", "def asked_for(", "class Named(",
         "class ACGAN(", "def digit_runs(", "def look_at(")
SEEDS = range(3)
RUNS, STEPS, EARLY = 3, 2_000, 800
POINTS = {"concat": {}, "projection": {}, "not told": {}, "projection, shuffled": {},
          **{f"AC-GAN, {weight:g}": {"weight": weight} for weight in (0.1, 1.0, 10.0)},
          "AC-GAN reals only, 1": {}}
LIVE = ("projection",)                                # what the chapter runs again, in fewer steps


def sources() -> list[str]:
    from evidence import cells

    return ["from torch import nn\nfrom gan.models import Concat, Generator, Projection, leaky, mlp\n"
            "from gan.penalties import r1\nfrom gan.metrics import frechet_distance\nBETAS = (0.0, 0.99)",
            *cells(CHAPTER, CELLS)]


def one(seed: int, quick: bool) -> dict:
    """Point -> what is seen -> one number for each of three runs."""
    import torch
    from evidence import names_of

    names = names_of(sources(), seed)
    points = [(name, name, STEPS) for name in POINTS]
    points += [(f"{name}, {EARLY} steps", name, EARLY) for name in LIVE]
    result = {}
    for number, (key, name, steps) in enumerate(points):
        torch.manual_seed(140_000 + 1_000 * seed + number)
        labels = names["labels"]
        y = labels[torch.randperm(len(labels))] if "shuffled" in name else labels
        G = names["digit_runs"](name.split(",")[0], RUNS, y, steps=steps // 50 if quick else steps, **POINTS[name])
        looks = [names["look_at"](x) for x in names["asked_for"](G, 10, 170)]
        result[key] = {what: [round(look[what], 3) for look in looks] for what in looks[0]}
    return result
