"""The StyleGANs of stylegan_faces.py without mixing regularisation: each picture in training has a single latent."""

import runpy
from pathlib import Path

SEEDS = range(3)
FACES = Path(__file__).with_name("stylegan_faces.py")


def sources() -> list[str]:
    return [FACES.read_text("utf-8")]


def one(seed: int, quick: bool) -> dict:
    return runpy.run_path(str(FACES))["one"](seed, quick, mixing=0.0)
