"""Precision, recall, density and coverage of two sets of one normal distribution, in the setting of prdc's README.

10,000 samples of 1,000 features on both sides, k = 5, five seeds. A trial has 500.
"""

SEEDS = range(5)
SAMPLES, FEATURES, K = 10_000, 1_000, 5


def one(seed: int, quick: bool) -> dict:
    import torch

    from gan.metrics import density_coverage, precision_recall

    random = torch.Generator().manual_seed(2_000 + seed)
    real, fake = (torch.randn(500 if quick else SAMPLES, FEATURES, generator=random) for _ in range(2))
    found = precision_recall(real, fake, K)._asdict() | density_coverage(real, fake, K)._asdict()
    return {name: round(value, 4) for name, value in found.items()}
