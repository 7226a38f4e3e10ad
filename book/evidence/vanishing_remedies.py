"""Chapter 6's remedies, each over its own knob: does G come to the ring within 150 steps, by descent and by Adam?

The chapter's own cells are run, so that nothing here can differ from them; ten runs for each setting and base seed.
A setting's name ends with its strength. A minute's trial takes three settings.
"""

CHAPTER = "06_vanishing_gradients"
CELLS = ("def far_pair(", "def study(", "def look(", "def smoothed(", "class Blur(", "def bench(", "def play_on(")
SEEDS = range(4)


def sources() -> list[str]:
    from evidence import cells

    return cells(CHAPTER, CELLS)


def settings(names) -> dict:
    """Name -> (remedy, G's loss, rate of descent)."""
    minimax, other, smoothed = names["minimax"], names["non_saturating"], names["smoothed"]
    wasserstein = names["gan"].losses.wasserstein
    found = {f"minimax, rate {rate}": ({}, minimax, rate) for rate in (0.05, 0.5, 5.0, 50.0)}
    found |= {f"non-saturating, rate {rate}": ({}, other, rate) for rate in (0.005, 0.05, 0.5)}
    found |= {f"one-sided labels {a}": ({"loss": smoothed(a, 0.0)}, minimax, 0.05) for a in (0.03, 0.1, 0.3)}
    found |= {f"two-sided labels {a}": ({"loss": smoothed(a, a)}, minimax, 0.05) for a in (0.01, 0.03, 0.1, 0.3)}
    found |= {f"instance noise {s}": ({"blur": s}, minimax, 0.05) for s in (0.1, 0.3, 1.0, 3.0)}
    found |= {f"D of width {width}": ({"width": width}, minimax, 0.05) for width in (2, 4, 8, 16)}
    found |= {f"D's rate {share}": ({"d_lr": 2e-3 * share}, minimax, 0.05) for share in (0.02, 0.05, 0.2, 0.5)}
    found |= {f"critic, λ {weight}": (names["critic"](weight), wasserstein, 0.05) for weight in (0.1, 1.0, 10.0)}
    return found


def one(seed: int, quick: bool) -> dict:
    """Setting -> runs of ten that arrive by descent and by Adam; modes reached with Adam; minimax gradient kept."""
    from evidence import names_of

    from gan.metrics import count_modes

    names, rows, studied = names_of(sources(), seed), {}, {}
    for name, (cure, loss, rate) in list(settings(names).items())[:3 if quick else None]:
        kind = name if cure else "none"
        if kind not in studied:
            studied[kind] = names["bench"](cure)
        knows, readings = studied[kind]
        descent, adam = (names["play_on"](cure, knows, loss, sgd) for sgd in (rate, None))
        kept = readings["minimax"] / studied["none"][1]["minimax"]
        rows[name] = {"descent": names["arrived"](descent).sum().item(), "adam": names["arrived"](adam).sum().item(),
                      "modes": round(count_modes(adam, names["ring"]).recovered.double().mean().item(), 2),
                      "kept": round(kept.log().mean().exp().item(), 3)}
    return {"settings": rows}
