"""Chapter 6's second experiment with Adam from the lab's start (preset "vanishing"), to 500 steps: does G go on moving?

The chapter's own cells are run, so that nothing here can differ from them: six pairs for each Adam of G and base seed.
A minute's trial takes 120 steps.
"""

CHAPTER = "06_vanishing_gradients"
CELLS = ("def far_pair(", "class Adam(", "def under_adams(", "def both_play(")
SEEDS = range(6)
ADAMS = {"beta2 0.999": (0.999, 1e-8), "beta2 0.99": (0.99, 1e-8), "beta2 0.9": (0.9, 1e-8)}


def sources() -> list[str]:
    from evidence import cells

    return cells(CHAPTER, CELLS)


def one(seed: int, quick: bool) -> dict:
    """For each Adam: |Δw| / lr in blocks of 20 steps, six runs of it, and the modes that each has at the end."""
    from evidence import names_of

    from gan.metrics import count_modes

    names = names_of(sources(), seed)

    def pair():
        return names["gan"].models.mlp_pair(width=32)

    run, (moved, *_) = names["both_play"](120 if quick else 500, tuple(ADAMS.values()), pair)
    modes = count_modes(run.G.sample(2_500).cpu(), names["ring"]).recovered.view(len(ADAMS), -1)
    blocks = moved.unflatten(-1, (-1, 20)).mean(-1)
    return {name: {"moved": [[float(f"{x:.3g}") for x in row] for row in blocks[k].tolist()],
                   "modes": modes[k].tolist()} for k, name in enumerate(ADAMS)}
