"""Chapter 13's faces, 32 x 32: a generator told of glasses, hat and beard, which never saw glasses with a beard.

The chapter's own cells are run, so that nothing here can differ from them. Each seed trains an inspector of its own, on
faces of all kinds; the first seed's is stored. A trial takes a hundredth of the steps.
"""

CHAPTER = "13_conditional"
CELLS = ("def portraits(", "def learn_faces(", "def real_with(", "def distances(")
SEEDS = range(3)
SIZE, STEPS = 32, 6_000


def sources() -> list[str]:
    from evidence import cells

    return cells(CHAPTER, CELLS)


def one(seed: int, quick: bool) -> dict:
    """G's moving average; what the inspector sees on its faces, for each combination; Fréchet distances."""
    import torch
    from evidence import names_of

    import gan

    names = names_of(sources(), seed)
    inspector = gan.metrics.fit_inspector(*gan.data.faces(20_000, SIZE, torch.Generator().manual_seed(500 + seed)),
                                          steps=20 if quick else 800, seed=seed)
    data = names["portraits"](SIZE, 600 + seed)
    run = names["learn_faces"](data, 150_000 + seed, STEPS // 100 if quick else STEPS)
    for _ in run:
        pass
    each, exactly = names["obeys"](run.G_ema, inspector, n=500)
    result = {"G": run.G_ema.state_dict(), "each": rounded(each), "exactly": rounded(exactly),
              "distance": names["distances"](run.G_ema, data, inspector), "reads": inspector.report}
    return result | ({"inspector": inspector.state_dict()} if seed == 0 else {})


def rounded(numbers):
    return [[round(x, 3) for x in row] if isinstance(row, list) else round(row, 3) for row in numbers.tolist()]
