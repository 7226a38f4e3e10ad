"""Three generators of 16 x 16 digits with 64-D noise, after 4,000 steps: weights."""

SEEDS = range(3)
STEPS = 4_000


def one(seed: int, quick: bool) -> dict:
    """The moving average of G, with batch norm's running statistics."""
    import torch

    import gan

    images, _ = gan.data.digits(size=16)
    torch.manual_seed(20_000 + seed)
    G, D = gan.models.conv_pair(size=16, latent=64, width=24)
    run = gan.train(G, D, images, steps=20 if quick else STEPS, batch=32, lr=2e-3, betas=(0.0, 0.99), ema=0.995,
                    device="cpu")
    for _ in run:
        pass
    return {"G": run.G_ema.state_dict()}
