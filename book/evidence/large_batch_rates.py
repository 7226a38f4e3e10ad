"""Whether the rate of large_batches.py was too low for batches of 32 as well: the same pair, data and seeds with twice
and four times that rate. A trial takes a fiftieth of the steps.
"""

SEEDS = range(5)
STEPS, LR = 1_000, 2e-3


def one(seed: int, quick: bool) -> dict:
    """Factor of the rate -> distance."""
    import torch

    import gan
    from gan.metrics import frechet_distance

    images, factors = gan.data.faces(20_000, 16, torch.Generator().manual_seed(100))
    inspector = gan.metrics.fit_inspector(images, factors, steps=30 if quick else 1_200, seed=0)
    real = inspector.features(gan.data.faces(4_000, 16, torch.Generator().manual_seed(101))[0])
    data = images[:10_000].contiguous(memory_format=torch.channels_last)
    found = {}
    for faster in (2, 4):
        torch.manual_seed(40_000 + seed)
        G, D = gan.models.dcgan_pair(16, width=16, norm="")
        run = gan.train(G, D, data, steps=STEPS // (50 if quick else 1), batch=32, lr=LR * faster, betas=(0.0, 0.99),
                        seed=seed, ema=0.99, penalties=(gan.penalties.r1(1.0),), device="cpu")
        for _ in run:
            pass
        fakes = run.G_ema.sample(4_000, torch.Generator().manual_seed(5))
        found[f"32, rate x {faster}"] = round(float(frechet_distance(inspector.features(fakes), real)), 4)
    return found
