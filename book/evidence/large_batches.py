"""What a larger batch is good for: a small pair without batch norm on faces of 16 x 16 pixels.

The gradient noise scale of both players along a run (McCandlish et al. 2018, arXiv:1812.06162, section 2.2 and appendix
A.1), and runs that see equally many faces in batches of 8, 32 and 128, the larger ones with the rate kept, times the
root of the factor and times the factor; the average of G forgets equally many faces in all. One run of 128 takes as
many steps as that of 32. A trial takes a fiftieth of the steps.
"""

SEEDS = range(5)
STEPS, BATCH, LR, EMA = 1_000, 32, 2e-3, 0.99
LOOKS = (0, 30, 100, 300, 1_000)
# name -> (batch, factor of the rate, factor of the steps)
RUNS = {
    "8, rate / 2": (8, 1 / 2, 4), "8, rate kept": (8, 1, 4),
    "32": (32, 1, 1),
    "128, rate kept": (128, 1, 1 / 4), "128, rate x 2": (128, 2, 1 / 4), "128, rate x 4": (128, 4, 1 / 4),
    "128, as many steps": (128, 1, 1),
}
MEASURED = 96                                         # batches of 32 for one noise scale


def one(seed: int, quick: bool) -> dict:
    """Name of a run -> {distance, seconds}; "noise" -> player -> a list of {step, slope, noise, scale}."""
    import time

    import torch

    import gan

    images, factors = gan.data.faces(20_000, 16, torch.Generator().manual_seed(100))
    inspector = gan.metrics.fit_inspector(images, factors, steps=30 if quick else 1_200, seed=0)
    real = inspector.features(gan.data.faces(4_000, 16, torch.Generator().manual_seed(101))[0])
    data = images[:10_000].contiguous(memory_format=torch.channels_last)
    found, noise = {}, []
    for name, (batch, faster, longer) in RUNS.items():
        torch.manual_seed(40_000 + seed)
        G, D = gan.models.dcgan_pair(16, width=16, norm="")
        looked = distance(G, inspector, real)
        steps = max(2, round(STEPS * longer / (50 if quick else 1)))
        run = gan.train(G, D, data, steps=steps, batch=batch, lr=LR * faster, betas=(0.0, 0.99), seed=seed,
                        ema=EMA**(batch / BATCH), penalties=(gan.penalties.r1(1.0),), device="cpu")
        if name == "32":
            noise.append(noise_scales(run, seed, quick) | {"step": 0})
        start = time.perf_counter()
        for step in run:
            if name == "32" and step.index in LOOKS:
                noise.append(noise_scales(run, seed, quick) | {"step": step.index})
        seconds = time.perf_counter() - start
        found[name] = {"untrained": looked, "distance": distance(run.G_ema, inspector, real),
                       "ms": round(1_000 * seconds / steps, 2)}
    return {"runs": found, "noise": noise}


def distance(G, inspector, real) -> float:
    import torch

    from gan.metrics import frechet_distance

    fakes = G.sample(4_000, torch.Generator().manual_seed(5))
    return round(float(frechet_distance(inspector.features(fakes), real)), 4)


def noise_scales(run, seed: int, quick: bool) -> dict:
    """Of each player: |G|^2, the squared length of the mean gradient; tr(Sigma), the variance of one sample's gradient;
    both without bias, from many batches that the run itself does not see. Their quotient is the noise scale."""
    import torch

    random, found = torch.Generator().manual_seed(90_000 + seed), {}
    for player, weights in (("D", list(run.D.parameters())), ("G", list(run.G.parameters()))):
        gradients = []
        for _ in range(4 if quick else MEASURED):
            rows = torch.randint(len(run.data[0]), (BATCH,), generator=random)
            fake = run.G(run.G.noise(BATCH, random))
            if player == "D":
                loss = run.judge(run.D, run.data[0][rows], fake.detach())[0]
            else:
                loss = run.loss.generator(run.D(fake)).mean()
            gradients.append(torch.cat([g.flatten() for g in torch.autograd.grad(loss, weights)]))
        gradients = torch.stack(gradients).double()
        spread = gradients.var(0).sum()                                    # of a batch's gradient, over the batches
        slope = gradients.mean(0).square().sum() - spread / len(gradients)
        found[player] = {"slope": float(f"{slope:.4g}"), "noise": float(f"{BATCH * spread:.4g}")}
    return found
