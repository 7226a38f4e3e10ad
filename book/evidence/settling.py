"""Chapter 8's longer runs: what is sampling noise and what dynamics in small GANs on a bell, and six runs on the ring.

The chapter's own cells are run. Of each window of 200 steps (ring: see `on_ring`) one number a run is kept: how far the
mean of the fakes swings (its standard deviation), their width, D's loss, and the swing and the distance of G's average.
A trial takes a tenth of the steps on the bell, and 600 on the ring.
"""

CHAPTER = "08_convergence"
CELLS = ("def small_pair(", "def look(", "def descend(", "def on_ring(")
SEEDS = range(4)
AT = (600, 1_200, 1_800, 2_400)
BELL = {
    "batch 128": {"steps": 2_400}, "batch 512": {"steps": 2_400, "batch": 512},
    "no noise": {"steps": 0, "exact": 2_400}, "noise, then none": {"steps": 1_200, "exact": 1_200},
    "R1 1, batch 128": {"steps": 2_400, "gamma": 1.0}, "R1 3, batch 128": {"steps": 2_400, "gamma": 3.0},
    "R1 3, no noise": {"steps": 0, "exact": 2_400, "gamma": 3.0}, "D 4 times as fast": {"steps": 2_400, "q": 4.0},
}


def sources() -> list[str]:
    from evidence import cells

    return cells(CHAPTER, CELLS)


def one(seed: int, quick: bool) -> dict:
    """Of the bell: setting -> "what at" -> ten runs; of the ring: setting -> step -> who -> what -> six runs."""
    from evidence import names_of

    import gan

    names, shorter = names_of(sources(), seed), 10 if quick else 1
    bell = {}
    for setting, how in BELL.items():
        how = {name: number // shorter if name in ("steps", "exact") else number for name, number in how.items()}
        bell[setting] = windows(names["descend"](**how), shorter)
    ring = {}
    r1 = {f"R1 {gamma:g}": {"penalties": (gan.penalties.r1(gamma),)} for gamma in (0.1, 1.0, 10.0)}
    for setting, how in {"plain": {}, **r1, "D 4 times as fast": {"d_lr": 4e-3}}.items():
        found = names["on_ring"](600 if quick else 2_400, **how)
        ring[setting] = {str(600 * (k + 1)): {who: {what: rounded(found[k, i, j]) for j, what in
                                                    enumerate(("modes", "quality", "kl"))}
                                              for i, who in enumerate(("G", "average"))} for k in range(len(found))}
    return {"bell": bell, "ring": ring}


def windows(notes, shorter: int) -> dict:
    """"what at" -> ten runs, of notes (steps, 6, runs) as the chapter's `look` makes them."""
    found = {}
    for at in AT:
        mean, _, loss, width, smooth, smooth_width = notes[(at - 200) // shorter:at // shorter].unbind(1)
        numbers = {"swing": mean.std(0), "width": width.mean(0), "loss": loss.mean(0), "smooth swing": smooth.std(0),
                   "distance": (mean**2 + (width - 0.2) ** 2).sqrt().mean(0),
                   "smooth distance": (smooth**2 + (smooth_width - 0.2) ** 2).sqrt().mean(0)}
        found |= {f"{what} {at}": rounded(numbers) for what, numbers in numbers.items()}
    return found


def rounded(numbers) -> list[float]:
    return [float(f"{number:.4g}") for number in numbers.tolist()]
