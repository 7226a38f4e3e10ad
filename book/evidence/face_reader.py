"""A small inspector of 32 x 32 faces, for pages that must carry one: a third of the full one's weights.

It is fitted as every inspector is, by gan.metrics.fit_inspector, but half as wide. A trial takes fifty steps.
"""

SEEDS = range(1)
WIDTH = 12                                       # beside 24


def one(seed: int, quick: bool) -> dict:
    """Its weights, and how well it reads 2,000 faces that it was not fitted on."""
    from functools import partial
    from unittest.mock import patch

    import torch

    import gan

    narrow = partial(gan.metrics.Inspector, width=WIDTH)
    faces = gan.data.faces(20_000, 32, torch.Generator().manual_seed(700 + seed))
    with patch("gan.metrics.inspector.Inspector", narrow):
        reader = gan.metrics.fit_inspector(*faces, steps=50 if quick else 4_000, seed=seed)
    rounded = {name: round(value, 4) for name, value in reader.report.items()}
    return {"reader": reader.state_dict(), "report": rounded}
