"""StyleGANs of 64 x 64 pixels, otherwise as in stylegan_faces.py: weights, and the same measurements.

Each seed has an inspector of its own for this size, which is not kept.
"""

import runpy
from pathlib import Path

SEEDS = range(3)
CHANNELS = {4: 64, 8: 64, 16: 64, 32: 48, 64: 32}
D_CHANNELS = {4: 128, 8: 128, 16: 96, 32: 64, 64: 32}
LIMIT = 250
FACES = Path(__file__).with_name("stylegan_faces.py")


def sources() -> list[str]:
    return [FACES.read_text("utf-8")]


def one(seed: int, quick: bool) -> dict:
    import torch

    import gan
    from gan.data.portraits import draw, render

    names, device = runpy.run_path(str(FACES)), gan.pick_device()
    factors = {name: value.to(device)
               for name, value in draw(500 if quick else 20_000, torch.Generator().manual_seed(100)).items()}
    inspector = gan.metrics.fit_inspector(render(factors, 64), factors, steps=20 if quick else 1_000, seed=seed)
    run, looks = names["trained"](seed, quick, inspector, limit=LIMIT, channels=CHANNELS,
                                  d_channels=D_CHANNELS)
    return {"G": run.G_ema.state_dict(), "looks": looks, "steps": run.index, "reads": inspector.report,
            "measured": names["measure"](run.G_ema, inspector, quick)}
