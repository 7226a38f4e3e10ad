"""Chapter 4 on the ring: the right loop and four wrong ones, Adam's momentum, steps of D; eight runs of each a seed.

The chapter's own cells are run, so that nothing here can differ from them. A trial takes a fiftieth of the steps.
"""

CHAPTER = "04_training_loop"
CELLS = ("def d_turn(", "difference = max(", "def d_uncut(", "def g_into_both(", "def g_cut(", "def play(",
         "def follow(")
SEEDS = range(3)
LOOKS = {3e-3: (150, 300, 600, 1_000, 1_500, 2_000, 3_000), 2e-4: (150, 300, 600, 1_000, 1_500, 2_000, 3_000, 4_000)}
K_LOOKS = (50, 100, 150, 200, 300, 450, 600, 1_000)


def sources() -> list[str]:
    from evidence import cells

    return cells(CHAPTER, CELLS)


def one(seed: int, quick: bool) -> dict:
    """Setting -> steps -> eight runs of (modes, share near one, D's loss, G's loss); and some fakes of each loop."""
    import torch
    from evidence import names_of

    names = names_of(sources(), seed)
    torch.manual_seed(500_000 + seed)
    loops, points = {}, {}
    for name in names["TURNS"]:
        for steps in (300, 2_000):
            G, losses = names["play"](name, steps // 50 if quick else steps, runs=8)
            fakes = G.sample(2_500)
            loops.setdefault(name, {})[steps] = rows(torch.cat([torch.stack(names["quality"](fakes), -1), losses], -1))
        points[name] = rounded(fakes[0, :300], 2) if seed == 0 else []

    def followed(rate, momentum, looks, **more):
        played = tuple(look // 50 for look in looks) if quick else looks
        return dict(zip(looks, map(rows, names["follow"](rate, momentum, played, **more))))

    momenta = {f"{rate} {momentum}": followed(rate, momentum, LOOKS[rate])
               for rate in LOOKS for momentum in (0.0, 0.5, 0.9)}
    d_steps = {f"{rate} {k}": followed(rate, 0.0, K_LOOKS, d_steps=k)
               for rate in (5e-4, 3e-3) for k in (1, 2, 5)}
    return {"loops": loops, "points": points, "momenta": momenta, "d_steps": d_steps}


def rounded(values, digits: int) -> list:
    return [[round(number, digits) for number in row] for row in values.tolist()]


def rows(values) -> list:
    return rounded(values, 3)
