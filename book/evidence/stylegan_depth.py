"""The StyleGANs of stylegan_faces.py with mapping networks of 0 and of 2 layers, for half the steps: numbers only.

``looks`` has path lengths and probes at the same steps as that file, whose mapping has 3 layers.
"""

import runpy
from pathlib import Path

SEEDS = range(3)
DEPTHS, STEPS, LIMIT = (0, 2), 4_000, 150
FACES = Path(__file__).with_name("stylegan_faces.py")


def sources() -> list[str]:
    return [FACES.read_text("utf-8")]


def one(seed: int, quick: bool) -> dict:
    """Depth -> step -> look."""
    names = runpy.run_path(str(FACES))
    inspector = names["stored_inspector"]()
    found = {}
    for depth in DEPTHS:
        run, looks = names["trained"](seed, quick, inspector, STEPS, LIMIT, depth=depth)
        found[str(depth)] = {"looks": looks, "steps": run.index}
    return {"depths": found}
