"""Faces of 32 x 32 pixels, grown from 4 x 4 on, three seeds: the generator as it was at the end of each level, those of
its weights that are in use there. Of the first seed also a film: the pictures of ten noises on the way. And what D says
of painted faces, when those of a group are different people and when they are one.

A trial takes a hundredth of the steps.
"""

SEEDS = range(3)
PLAN = {4: 150, 8: 350, 16: 700, 32: 1_700}
FRAMES = {4: 4, 8: 6, 16: 10, 32: 14}             # of the film at each level, evenly
BATCH, LR = 16, 2e-2


def one(seed: int, quick: bool) -> dict:
    """The levels' generators; a look at the last one, and at an untrained one; the film."""
    import torch
    from torch.nn.functional import avg_pool2d

    import gan
    from gan.metrics import Inspector
    from gan.penalties import lazy, r1

    inspector = Inspector(32)
    inspector.load_state_dict(gan.evidence.load("dcgan_faces")["runs"][0]["inspector"])
    inspector.eval().requires_grad_(False)
    real = gan.data.faces(2_000, 32, torch.Generator().manual_seed(101))[0]
    known, other = inspector.features(real), gan.data.faces(2_000, 32, torch.Generator().manual_seed(102))[0]
    images = gan.data.faces(20_000, 32, torch.Generator().manual_seed(100))[0]
    pyramid = {size: avg_pool2d(images, 32 // size) for size in (4, 8, 16)} | {32: images}

    torch.manual_seed(52_000 + seed)
    G, D = gan.models.progressive_pair()
    found = {"painted faces": look(inspector, other, known), "untrained": look(inspector, fakes(G), known)}
    z, levels, film, at = G.noise(10, torch.Generator().manual_seed(8)), {}, {}, []
    for size, steps in PLAN.items():
        steps //= 100 if quick else 1
        data = Faded(pyramid, size)
        G.net.size = D.size = size
        G.net.alpha = D.alpha = data.alpha = 1.0 if size == 4 else 0.0
        run = gan.train(G, D, data, steps=steps, batch=BATCH, lr=LR, betas=(0.0, 0.99), seed=seed, device="cpu",
                        ema=min(0.995, 0.01 ** (1 / steps)), penalties=(lazy(r1(1.0), 8),))
        frames = {round(steps * k / FRAMES[size]) for k in range(1, FRAMES[size] + 1)}
        for step in run:
            if size > 4:
                alpha = min(1.0, step.index / (steps / 2))
                G.net.alpha = run.G_ema.net.alpha = D.alpha = data.alpha = alpha
            if seed == 0 and step.index in frames:
                with torch.no_grad():
                    picture = run.G_ema(z).clamp(-1, 1)
                film[f"{len(at):02d}"] = ((picture + 1) * 127.5).round().to(torch.uint8)
                at.append({"size": size, "step": step.index, "alpha": round(data.alpha, 3)})
        levels[f"G at {size}"] = used(run.G_ema, size)
    found |= {"end": look(inspector, fakes(run.G_ema), known), "D": judged(D, real[:400])}
    return found | levels | ({"film": film, "frames": at} if seed == 0 else {})


class Faded:
    """Real faces of one size, each its smaller self enlarged where ``alpha`` is 0."""

    def __init__(self, pyramid, size):
        from gan.models.progressive import double_size

        self.sharp, self.alpha = pyramid[size], 1.0
        self.soft = double_size(pyramid[size // 2]) if size > 4 else self.sharp

    def sample(self, shape, generator):
        import torch

        rows = torch.randint(len(self.sharp), shape, generator=generator)
        return self.soft[rows].lerp(self.sharp[rows], self.alpha)


def used(G, size) -> dict:
    """The weights that draw at this size."""
    n = G.net.sizes.index(size)
    keys = ("net.first.", f"net.to_rgb.{n}.", *(f"net.blocks.{k}." for k in range(n)))
    return {key: weight.clone() for key, weight in G.state_dict().items() if key.startswith(keys)}


def fakes(G):
    import torch

    return G.sample(2_000, torch.Generator().manual_seed(5)).clamp(-1, 1)


def judged(D, real) -> dict:
    """D's mean logit on groups of four painted faces, four different ones and four times the same."""
    import torch

    with torch.no_grad():
        return {"different": round(D(real).mean().item(), 3),
                "the same": round(D(real.repeat_interleave(4, 0)).mean().item(), 3)}


def look(inspector, x, known) -> dict:
    """Fréchet distance, precision and recall in the inspector's features; shares of kinds; the oddness of faces."""
    import torch

    from gan.metrics import frechet_distance, precision_recall

    seen, kinds = inspector.features(x), inspector.kinds(x)
    precision, recall = precision_recall(known[:2_000], seen[:2_000])
    values = {"distance": frechet_distance(seen, known), "precision": precision, "recall": recall,
              "oddness": torch.median(inspector.oddness(x[:1_000])),
              **{name: (kinds[name] == 1).float().mean() for name in ("glasses", "beard", "hat")}}
    return {name: round(float(value), 4) for name, value in values.items()}
