"""Does R2 do more than a doubled gamma? The rows of today_stacked with R1 alone, gamma 2 in place of 1, equal rates."""

import runpy
from pathlib import Path

SEEDS = range(1)
STACKED = Path(__file__).with_name("today_stacked.py")


def sources() -> list[str]:
    return [STACKED.read_text("utf-8"), *runpy.run_path(str(STACKED))["sources"]()]


def one(seed: int, quick: bool) -> dict:
    """Kind -> what was seen of its runs, which start as those of today_stacked do."""
    import torch
    from evidence import names_of

    torch.set_num_threads(1)
    stacked = runpy.run_path(str(STACKED))
    names, digits = names_of(stacked["sources"](), seed), stacked["Digits"]()
    return {"rows": {kind: stacked["play"](names, digits, (kind, 1, 2.0), seed, quick)
                     for kind in ("GAN + R1", "pairs + R1")}}
