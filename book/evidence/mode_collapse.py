"""Chapter 7's tables of cures, on ring and grid, and its controls, with 13 base seeds: every run of each row.

The chapter's own cells are run, so that nothing here can differ from them. Their claims are not asked: with ten runs a
row a single table may break one. A minute's trial takes 25 steps for 500.
"""

CHAPTER = "07_mode_collapse"
CELLS = ("def pair(", "def play(", "G_grid, _, grid_seconds =", "def unrolled(", "class ReactionLeftOut", "critic =",
         "def measure(", "on_ring = table(", "modes, kl =", "recipe = measure(",
         "control = measure(")
SEEDS = range(13)


def sources() -> list[str]:
    from evidence import cells

    return cells(CHAPTER, CELLS)


def one(seed: int, quick: bool) -> dict:
    """Setting -> ten runs of (modes recovered, share of high quality in %, KL over all fakes)."""
    from evidence import names_of

    given = {"claim": lambda *_: None} | ({"STEPS": 25} if quick else {})
    names = names_of(sources(), seed, **given)
    controls = {"WGAN-GP's own recipe": "recipe", "plain, the same recipe": "plain_recipe",
                "packed with itself": "control"}
    tables = {"ring": names["on_ring"], "grid": names["on_grid"],
              "controls": {row: names[name] for row, name in controls.items()}}
    return {place: {row: [[round(number, 4) for number in run] for run in result.tolist()]
                    for row, result in table.items()} for place, table in tables.items()}
