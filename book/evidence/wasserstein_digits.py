"""Chapter 10's WGANs on the 8 x 8 digits: the same ways over their strengths, twenty runs at each point, 400 steps.

Of each run are kept, at eight moments, the critic's estimate and the exact W, in pixels, of 256 fakes and 256 digits;
at the end the Fréchet distance on a small classifier's features, W of 500, the share of digit-like fakes (as near to a
digit as 95 % of held-out ones are to the others) and the KL of the names that the classifier gives.
"""

from pathlib import Path

SEEDS = range(1)
RUNS, STEPS, LOOKS = 20, 400, (20, 50, 100, 150, 200, 250, 300, 400)
STRENGTHS = {"clip": (0.01, 0.03, 0.1), "GP": (0.1, 1.0, 10.0), "SN, hinge": (1.0, 10.0)}


def training() -> dict:
    import runpy

    return runpy.run_path(str(Path(__file__).with_name("wasserstein_training.py")))


def sources() -> list[str]:
    return [Path(__file__).with_name("wasserstein_training.py").read_text("utf-8"), *training()["sources"]()]


def one(seed: int, quick: bool) -> dict:
    """Way -> strength -> what was seen of each run; the plain GAN and rivals that have learned nothing beside them."""
    import torch
    from evidence import names_of

    base = training()
    names = names_of(base["sources"](), seed)
    gan, judge = names["gan"], Judge(names["gan"])
    steps, looks = (STEPS // 50, [max(1, look // 50) for look in LOOKS]) if quick else (STEPS, LOOKS)
    settings = {"runs": RUNS, "steps": steps, "device": "cpu", "pairs": digit_pair}
    torch.manual_seed(900_000 + 1_000 * seed)
    results = {way: {str(s): follow(names, judge, names["wgan"](judge.known, way, s, **settings), looks)
                     for s in strengths} for way, strengths in STRENGTHS.items()}
    G, D = gan.ensemble.stack(digit_pair() for _ in range(RUNS))
    plain = gan.train(G, D, judge.known, batch=64, d_steps=5, lr=1e-3, betas=(0.0, 0.9), steps=steps, device="cpu")
    results["plain GAN"] = {"": follow(names, judge, plain, looks)}
    untrained = gan.ensemble.stack(digit_pair() for _ in range(RUNS))[0].sample(1_000)
    real = judge.held_out[torch.randint(len(judge.held_out), (RUNS, 1_000))]
    static = judge.known.mean(0) + judge.known.std(0) * torch.randn(RUNS, 1_000, 64)
    results["rivals"] = {name: judge.seen(names, x) for name, x in
                         {"untrained G": untrained, "blob": static.clamp(-1, 1), "held out": real}.items()}
    return {"digits": results}


def digit_pair():
    """G: z of 16 dimensions to 64 pixels; D with three hidden layers of 64."""
    from torch import nn

    import gan

    layers = gan.models.mlp([16, 64, 64, 64], gan.models.leaky)
    return gan.models.Generator(nn.Sequential(*layers, nn.Tanh()), 16), gan.models.mlp_pair(64, width=64, depth=3)[1]


class Judge:
    """Digits for training and others, and a classifier of the former."""

    def __init__(self, gan):
        import torch

        self.gan = gan
        images, labels = gan.data.digits(8)
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
        known, held_out = order[:1_200], order[1_200:]
        self.classifier = gan.metrics.fit_classifier(images[known], labels[known])
        self.known, self.held_out = images[known].flatten(1), images[held_out].flatten(1)
        self.shares = labels.bincount() / len(labels)
        self.features = self.classifier[:-1](images[held_out])
        self.bound = torch.cdist(self.held_out, self.known).amin(-1).quantile(0.95)

    def seen(self, names, x) -> dict[str, list]:
        import torch

        found = {"frechet": [], "W": [], "like": [], "kl": []}
        for fakes in x:
            pictures = fakes.reshape(-1, 1, 8, 8)
            named = self.classifier(pictures).argmax(1).bincount(minlength=10) / len(fakes)
            near = torch.cdist(fakes[:500], self.known).amin(-1) < self.bound
            real = self.held_out[torch.randperm(len(self.held_out))[:500]]
            found["frechet"].append(self.gan.metrics.frechet_distance(self.classifier[:-1](pictures), self.features))
            found["W"].append(names["matched"](fakes[:500], real))
            found["like"].append(100 * near.float().mean().item())
            found["kl"].append(torch.xlogy(named, named / self.shares).sum().item())
        return {key: [round(float(value), 3) for value in values] for key, values in found.items()}


def follow(names, judge, run, looks) -> dict:
    import torch

    recent, told, exact = [], [], []
    for step in run:
        critic = run.loss.discriminator(step.real_logits, step.fake_logits).mean(-1)
        recent = [*recent[-19:], -critic]
        if step.index in looks:
            told.append(training()["four_digits"](sum(recent) / len(recent)))
            real = judge.known[torch.randint(len(judge.known), (RUNS, 256))]
            exact.append([round(float(names["matched"](x, y)), 3) for x, y in zip(run.G.sample(256), real)])
    return {"told": told, "exact": exact, **judge.seen(names, run.G.sample(1_000)), "failed": len(run.failed.steps)}
