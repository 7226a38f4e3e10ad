"""Chapter 13's faces, 16 x 16, told in several ways: does G compose glasses and beard, which it never saw together?

"three numbers", "eight names" (one for each combination) and "nothing" have not seen the pair; in "pair seen" it was
there as often as chance has it. The chapter's own cells are run. Each seed trains an inspector of its own; the first
seed's is stored. A trial takes a hundredth of the steps.
"""

CHAPTER = "13_conditional"
CELLS = ("def portraits(", "def learn_faces(", "def real_with(", "def distances(")
SEEDS = range(3)
SIZE, STEPS, EARLY = 16, 2_500, 1_500
KINDS = ("three numbers", "eight names", "nothing", "pair seen")


def sources() -> list[str]:
    from evidence import cells

    return cells(CHAPTER, CELLS)


def one(seed: int, quick: bool) -> dict:
    """Way -> steps -> what the inspector sees for each combination, and Fréchet distances."""
    import torch
    from evidence import names_of

    import gan

    names = names_of(sources(), seed)
    inspector = gan.metrics.fit_inspector(*gan.data.faces(20_000, SIZE, torch.Generator().manual_seed(500 + seed)),
                                          steps=20 if quick else 800, seed=seed)
    result = {"reads": inspector.report}
    for number, name in enumerate(KINDS):
        kind = "three numbers" if name == "pair seen" else name
        data = names["portraits"](SIZE, 600 + seed, name == "pair seen")
        run = names["learn_faces"](data, 160_000 + 10 * seed + number, STEPS // 100 if quick else STEPS, kind)
        result[name] = {}
        for step in run:
            if step.index == EARLY and name == "three numbers" or step.index == run.steps:
                each, exactly = names["obeys"](run.G_ema, inspector, kind, 500)
                result[name][str(step.index)] = {"each": rounded(each), "exactly": rounded(exactly),
                                                 "distance": names["distances"](run.G_ema, data, inspector, kind)}
    return result | ({"inspector": inspector.state_dict()} if seed == 0 else {})


def rounded(numbers):
    return [[round(x, 3) for x in row] if isinstance(row, list) else round(row, 3) for row in numbers.tolist()]
