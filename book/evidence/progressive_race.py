"""Is growing faster? The networks of gan.models.progressive_pair on faces of 32 x 32 pixels, three seeds.

They are trained straight at this size, grown from 4 x 4 on, and grown with a short childhood. What is kept is the
Fréchet distance of 2,000 fakes, seen with the stored inspector of dcgan_faces, against CPU seconds of training alone
and against images seen; along the last level that of G itself beside that of its average.

A trial takes a fortieth of the steps.
"""

SEEDS = range(3)
PLANS = {"straight": {32: 2_550}, "grown": {4: 300, 8: 600, 16: 900, 32: 1_600},
         "grown, short start": {4: 100, 8: 200, 16: 400, 32: 2_000}}
LOOKS = {4: 1, 8: 2, 16: 3, 32: 10}              # at each level, evenly
BATCH, FAKES, LR = 16, 2_000, 2e-2


def one(seed: int, quick: bool) -> dict:
    """Plan -> its looks, one after the other: size, alpha, steps of this level, seconds, images, what was found."""
    import torch
    from torch.nn.functional import avg_pool2d

    import gan
    from gan.metrics import Inspector

    inspector = Inspector(32)
    inspector.load_state_dict(gan.evidence.load("dcgan_faces")["runs"][0]["inspector"])
    inspector.eval().requires_grad_(False)
    known = inspector.features(gan.data.faces(FAKES, 32, torch.Generator().manual_seed(101))[0])
    other = gan.data.faces(FAKES, 32, torch.Generator().manual_seed(102))[0]
    images = gan.data.faces(10_000, 32, torch.Generator().manual_seed(100))[0]
    pyramid = {size: avg_pool2d(images, 32 // size) for size in (4, 8, 16)} | {32: images}
    found = {"painted faces": look(inspector, other, known)}
    for name, plan in PLANS.items():
        torch.manual_seed(50_000 + seed)
        G, D = gan.models.progressive_pair()
        found[f"untrained, {name}"] = look(inspector, fakes(G), known)
        plan = {size: steps // 40 if quick else steps for size, steps in plan.items()}
        found[name] = grow(G, D, pyramid, plan, seed, lambda G: look(inspector, fakes(G), known))
    return found


def grow(G, D, pyramid, plan, seed, look) -> list[dict]:
    """Train through the sizes of a plan; a new level fades in over its first half."""
    import time

    import gan
    from gan.penalties import lazy, r1

    looks, seconds, images = [], 0.0, 0
    for size, steps in plan.items():
        data = Faded(pyramid, size, grown=len(plan) > 1 and size > 4)
        G.net.size = D.size = size
        G.net.alpha = D.alpha = data.alpha = 0.0 if data.grown else 1.0
        run = gan.train(G, D, data, steps=steps, batch=BATCH, lr=LR, betas=(0.0, 0.99), seed=seed, device="cpu",
                        ema=min(0.995, 0.01 ** (1 / steps)), penalties=(lazy(r1(1.0), 8),))
        at = [round(steps * (k + 1) / LOOKS[size]) for k in range(LOOKS[size])]
        if len(plan) == 1:                           # as often as the grown ones, and from early on
            at = [round(steps * (k + 1) / 12) for k in range(12)]
        start = time.process_time()
        for step in run:
            images += BATCH
            if data.grown:
                alpha = min(1.0, step.index / (steps / 2))
                G.net.alpha = run.G_ema.net.alpha = D.alpha = data.alpha = alpha
            if step.index in at:
                seconds += time.process_time() - start
                here = {"size": size, "alpha": round(data.alpha, 4), "step": step.index, "seconds": round(seconds, 2),
                        "images": images, **look(run.G_ema)}
                if size == 32 and data.grown:
                    here["G itself"] = look(G)["distance"]
                looks.append(here)
                start = time.process_time()
    return looks


class Faded:
    """Real faces of one size, each its smaller self enlarged where ``alpha`` is 0."""

    def __init__(self, pyramid, size, grown):
        self.sharp, self.grown, self.alpha = pyramid[size], grown, 1.0
        if grown:
            from gan.models.progressive import double_size

            self.soft = double_size(pyramid[size // 2])

    def sample(self, shape, generator):
        import torch

        rows = torch.randint(len(self.sharp), shape, generator=generator)
        return self.soft[rows].lerp(self.sharp[rows], self.alpha) if self.grown else self.sharp[rows]


def fakes(G):
    """2,000 fakes at 32 x 32, whatever size they are drawn at."""
    import torch
    from torch.nn.functional import interpolate

    return interpolate(G.sample(FAKES, torch.Generator().manual_seed(5)), size=32, mode="nearest").clamp(-1, 1)


def look(inspector, x, known) -> dict:
    """Fréchet distance in the inspector's features, and the share of glasses."""
    from gan.metrics import frechet_distance

    return {"distance": round(frechet_distance(inspector.features(x), known), 4),
            "glasses": round((inspector.kinds(x)["glasses"] == 1).float().mean().item(), 4)}
