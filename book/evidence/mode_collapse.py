"""Chapter 7's sweeps: each cure of mode collapse over its own knob, at a length where the plain GAN succeeds.

Three settings differ in D's rate alone, or nearly: D *lags* (a tenth of G's rate), *equal* rates, D *quick* (a hundred
times G's, which is itself a tenth). Each point is an ensemble of RUNS runs per seed, looked at after 500 steps (what a
reader can afford to run again) and at the end. Of each run are kept the modes recovered, the share of high quality in
%, the KL of the modes' shares over all fakes, and that KL once more for 20 moments of the last 1,000 steps pooled.
"""

import math
from fractions import Fraction
from functools import partial

SEEDS = range(2)
RUNS, EARLY, STEPS = 16, 500, 2_500
LAGS, EQUAL, QUICK = ({"lr": 2e-3, "d_lr": 2e-4}, {"lr": 2e-3, "d_lr": 2e-3}, {"lr": 2e-4, "d_lr": 2e-2})
RATES = {"lags": LAGS, "equal": EQUAL, "quick": QUICK}


def one(seed: int, quick: bool) -> dict:
    """Place -> sweep -> knob -> what was seen of each run."""
    import torch

    import gan

    data = {"ring": gan.data.ring(std=0.05), "grid": gan.data.grid(std=0.1)}
    results = {}
    for number, (place, sweep, knob, settings) in enumerate(points()):
        torch.manual_seed(1_000 * (seed + 1) + number)
        result = play({"data": data[place], **settings}, quick)
        results.setdefault(place, {}).setdefault(sweep, {})[knob] = result
    for name, x in untrained(data).items():
        place, rival = name.split(", ")
        results[place].setdefault("untrained", {})[rival] = seen(x, data[place])
    return results


# The points ---------------------------------------------------------------------------------------------------------
def points():
    """Place, sweep, knob, settings: what `play` takes."""
    for ratio in ("1/30", "1/10", "1/5", "1/3", "1/2", "1", "3", "10", "30"):
        yield "ring", "D's rate, G at 2e-3", ratio, {"lr": 2e-3, "d_lr": 2e-3 * float(Fraction(ratio))}
    for ratio in ("1/10", "1/3", "1", "3", "10", "30", "100"):
        yield "ring", "D's rate, G at 2e-4", ratio, {"lr": 2e-4, "d_lr": 2e-4 * float(Fraction(ratio))}
    yield "ring", "D lags for", "10000", {**LAGS, "steps": 10_000}
    for where, rates in RATES.items():
        yield from cures(where, rates)
    for width in (2, 4, 8, 16, 64, 128):
        yield "ring", "D's width, equal", str(width), {**EQUAL, "pairs": partial(pair, width=width)}
    for row, settings in one_change().items():
        yield "ring", "one change from equal", row, {**EQUAL, **settings}
    for row, settings in {"β₁ = 0": {"betas": (0.0, 0.999)}, "β₁ = 0.9": {"betas": (0.9, 0.999)},
                          "noise of 64 dimensions": {"pairs": partial(pair, latent=64)},
                          "minimax loss": {"loss": "minimax"}}.items():
        yield "ring", "one change from lags", row, {**LAGS, **settings}
    for ratio in ("1/10", "1", "10"):
        yield "grid", "D's rate, G at 2e-3", ratio, {"lr": 2e-3, "d_lr": 2e-3 * float(Fraction(ratio))}
    for where in ("lags", "equal"):
        for n in (2, 4, 8):
            yield "grid", f"packs, {where}", str(n), {**RATES[where], "pairs": partial(pair, "pack", n)}
    grid = {"minibatch std": {"pairs": partial(pair, "std")}, "R1, γ = 10": {"penalty": ("r1", 10.0)},
            "5 D steps": {"d_steps": 5}, "unrolled 5": {"unroll": 5}}
    for row, settings in grid.items():
        yield "grid", "cures, lags", row, {**LAGS, **settings}


def cures(where: str, rates: dict):
    def point(sweep, knob, **settings):
        return "ring", f"{sweep}, {where}", str(knob), {**rates, **settings}

    for gamma in (0.01, 0.1, 1, 10) if where == "quick" else (0.1, 1, 3, 10, 30, 100):
        yield point("R1", gamma, penalty=("r1", float(gamma)))
    for n in (2, 4, 8):
        yield point("packs", n, pairs=partial(pair, "pack", n))
    yield point("sees several", "std at the input", pairs=partial(pair, "std"))
    yield point("sees several", "std at the end", pairs=partial(pair, "std at the end"))
    yield point("sees several", "discrimination", discriminates=True)
    yield point("other losses", "feature matching", trainer="FeatureMatching")
    if where == "quick":
        return
    for n in (2, 4, 8):
        yield point("as many packs", n, pairs=partial(pair, "pack", n), batch=64 * n)
    for k in (2, 5, 10) if where == "lags" else (2, 5, 10, 20):
        yield point("D steps", k, d_steps=k)
    for weight in (0, 0.01, 0.1, 1, 10):
        yield point("critic", weight, loss="wasserstein", penalty=("gradient_penalty", float(weight)))
    for K in (1, 3, 5, 10) if where == "lags" else (1, 5):
        yield point("unrolled", K, unroll=K)
    if where == "lags":
        yield point("packs", "with itself", trainer="with_itself", pairs=partial(pair, features=4))
        for K in (1, 3, 5, 10):
            yield point("no reaction", K, unroll=K, trainer="ReactionLeftOut")
        for K in (0, 1, 5):
            yield point("saddle", K, unroll=K, trainer="Saddle")
    else:                                                                  # WGAN-GP's own: 5 critic steps, other betas
        recipe = {"d_steps": 5, "betas": (0.0, 0.9)}
        yield point("recipe", "plain", **recipe)
        for weight in (0, 0.01, 0.1, 1, 10):
            yield point("recipe", weight, loss="wasserstein", penalty=("gradient_penalty", float(weight)), **recipe)


def one_change() -> dict:
    import gan

    narrow = gan.data.ring(std=0.01)
    return {"noise of 64 dimensions": {"pairs": partial(pair, latent=64)}, "batch 16": {"batch": 16},
            "bells of std 0.01": {"data": narrow}, "β₁ = 0": {"betas": (0.0, 0.999)},
            "β₁ = 0.8": {"betas": (0.8, 0.999)}, "β₁ = 0.9": {"betas": (0.9, 0.999)},
            "start N(0, 0.02)": {"pairs": small_start}, "minimax loss": {"loss": "minimax"},
            "β₁ = 0.8, start N(0, 0.02), std 0.01": {"betas": (0.8, 0.999), "pairs": small_start, "data": narrow}}


# Networks -----------------------------------------------------------------------------------------------------------
def pair(sees: str = "", n: int = 1, latent: int = 2, width: int = 32, features: int = 2):
    """G and D with two hidden layers of 32 units; D's of `width`. `sees` says how D sees several samples at once."""
    from torch import nn

    import gan
    from gan.layers import MinibatchStd, Pack

    G = gan.models.mlp_pair(latent=latent, width=32)[0]
    if sees == "std at the end":
        hidden = [nn.Linear(2, width), gan.models.leaky(), nn.Linear(width, width), gan.models.leaky()]
        return G, nn.Sequential(*hidden, MinibatchStd(), nn.Linear(width + 1, 1), nn.Flatten(0))
    first, features = {"": ([], features), "pack": ([Pack(n)], 2 * n), "std": ([MinibatchStd()], 3)}[sees]
    return G, nn.Sequential(*first, gan.models.mlp_pair(features, width=width)[1])


def small_start(std: float = 0.02):
    """A pair with the weights that DCGAN made popular: N(0, 0.02), no offsets."""
    from torch import nn

    G, D = pair()
    for layer in (layer for net in (G, D) for layer in net.modules() if isinstance(layer, nn.Linear)):
        nn.init.normal_(layer.weight, 0, std)
        nn.init.zeros_(layer.bias)
    return G, D


def that_discriminates(width: int = 32, kernels: int = 8, features: int = 4):
    """RUNS pairs whose D compares samples before its last layer, as Salimans et al. 2016 do (section 3.2)."""
    import torch
    from torch import nn

    import gan

    class Closeness(nn.Module):
        """(R, B, F) -> (R, B, F + kernels): how near each sample lies to all others of its batch, kernel by kernel."""

        def __init__(self):
            super().__init__()
            self.T = nn.Parameter(torch.randn(RUNS, width, kernels * features) / width ** 0.5)

        def forward(self, x):
            m = (x @ self.T).unflatten(-1, (kernels, features)).transpose(-2, -3)          # (R, kernels, B, features)
            return torch.cat([x, (-torch.cdist(m, m, p=1)).exp().sum(-1).transpose(-1, -2) - 1], -1)

    hidden = [gan.models.mlp_pair(width=width)[0] for _ in range(RUNS)]
    G, below = gan.ensemble.stack((G, nn.Sequential(nn.Linear(2, width), gan.models.leaky(),
                                                    nn.Linear(width, width), gan.models.leaky())) for G in hidden)
    _, last = gan.ensemble.stack((G, nn.Sequential(nn.Linear(width + kernels, 1), nn.Flatten(0))) for G in hidden)
    return G, nn.Sequential(below, Closeness(), last)


# Training -----------------------------------------------------------------------------------------------------------
def trainers() -> dict:
    import torch
    from torch import nn

    import gan
    from gan.train import Step
    from gan.unroll import look_ahead

    class OwnStep(gan.train):
        """D learns as in gan.train; what G learns from is `g_loss`."""

        def step(self):
            real, fake = self.draw_real(), self.draw_fake()
            d_loss, *logits = self.judge(self.D, real, fake.detach())
            self.update(self.d_optimizer, d_loss, "D")
            g_loss = self.g_loss(real, fake)
            self.update(self.g_optimizer, g_loss, "G")
            self.index += 1
            return Step(self.index, d_loss.detach(), g_loss.detach(), *logits)

    class ReactionLeftOut(OwnStep):
        """G plays against D after `unroll` more steps, and does not learn how D would react."""

        def g_loss(self, real, fake):
            return self.loss.generator(look_ahead(self, real, fake.detach())(fake)).mean(-1)

    class Saddle(OwnStep):
        """G raises D's whole loss, D's steps foreseen: what Metz et al. 2017 train."""

        def g_loss(self, real, fake):
            return -self.judge(look_ahead(self, real, fake), real, fake)[0]

    class FeatureMatching(OwnStep):
        """G meets the mean of D's last hidden layer over real samples (Salimans et al. 2016, section 3.1)."""

        def g_loss(self, real, fake):
            hidden = self.D[0][0][:-1]                                     # D = [[[linear, ..., linear], flatten]]
            return (hidden(real).mean(-2) - hidden(fake).mean(-2)).square().sum(-1)

    class Twice(nn.Module):
        def forward(self, x):
            return torch.cat([x, x], -1)

    def with_itself(G, D, *arguments, **settings):
        """Every sample packed with itself: D's weights are as many as with packs of 2, and no sample has company."""
        return gan.train(G, nn.Sequential(Twice(), D), *arguments, **settings)

    return {"": gan.train, "ReactionLeftOut": ReactionLeftOut, "Saddle": Saddle, "FeatureMatching": FeatureMatching,
            "with_itself": with_itself}


def play(settings: dict, quick: bool) -> dict:
    """Train one ensemble; what is seen of each of its runs."""
    import torch

    import gan

    data, steps = settings.pop("data"), settings.pop("steps", STEPS)
    pairs, discriminates = settings.pop("pairs", pair), settings.pop("discriminates", False)
    trainer, penalty = trainers()[settings.pop("trainer", "")], settings.pop("penalty", None)
    G, D = that_discriminates() if discriminates else gan.ensemble.stack(pairs() for _ in range(RUNS))
    early, steps, every = (3, 6, 1) if quick else (EARLY, steps, 50)
    run = trainer(G, D, data, **{
        "batch": 64, **settings, "steps": steps, "device": "cpu",
        "loss": getattr(gan.losses, settings.get("loss", "non_saturating")),
        "penalties": (getattr(gan.penalties, penalty[0])(penalty[1]),) if penalty and penalty[1] else ()})
    pooled = []
    for step in run:
        if step.index == early:
            first = seen(G.sample(2_500), data)
        if step.index % every == 0 and step.index > steps - 20 * every:
            pooled.append(G.sample(1_000))
    result = seen(G.sample(2_500), data)
    return {**result, "pooled": kl_of(torch.cat(pooled, -2), data), **{f"early {key}": first[key] for key in first}}


# What is seen -------------------------------------------------------------------------------------------------------
def seen(x, data) -> dict[str, list]:
    from gan.metrics import count_modes

    modes = count_modes(x, data)
    return {"modes": modes.recovered.tolist(), "quality": [round(100 * q, 1) for q in modes.high_quality.tolist()],
            "kl": kl_of(x, data)}


def kl_of(x, data) -> list[float]:
    from gan.metrics import count_modes

    return [round(kl, 3) for kl in count_modes(x, data, within=math.inf).kl.tolist()]


def untrained(data) -> dict:
    """Generators that have learned nothing."""
    import torch

    import gan

    G = gan.ensemble.stack(pair() for _ in range(RUNS))[0]
    points = G.sample(2_500)
    blob = 0.7 * torch.randn(RUNS, 2_500, 2)
    smear = {"ring": 3 * torch.rand(RUNS, 2_500, 2) - 1.5, "grid": 10 * torch.rand(RUNS, 2_500, 2) - 5}
    return {**{f"{place}, untrained G": points for place in data}, "ring, blob": blob, "grid, blob": 4 * blob,
            **{f"{place}, smear": x for place, x in smear.items()}}
