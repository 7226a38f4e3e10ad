"""Chapter 10's WGANs: critics held by clipping, a gradient penalty or spectral norm, each over its strength.

Three data sets in the plane, twenty runs at each point, 400 steps of G with five of the critic for each. Of each run
are kept, at eight moments, the critic's estimate (its loss with the sign turned and no penalty in it, averaged over the
last twenty steps) and the exact W of 256 fakes and 256 samples; at steps 200 and 400 what the fakes are worth; at the
end the critic's slopes. The chapter's own cells are run.
"""

CHAPTER = "10_wasserstein"
CELLS = ("def matched(", "class Clipped(", "class Spectral(", "def one_sided(", "def spectral(", "def wgan(")
SEEDS = range(1)
RUNS, STEPS, LOOKS = 20, 400, (20, 50, 100, 150, 200, 250, 300, 400)
STRENGTHS = {"clip": (0.01, 0.03, 0.1, 0.3), "GP": (0.01, 0.1, 1.0, 10.0), "SN, hinge": (1.0, 10.0, 100.0)}
FACTORS = (1.0, 100.0)                                                     # K, which does nothing to a WGAN


def sources() -> list[str]:
    from evidence import cells

    return cells(CHAPTER, CELLS)


def one(seed: int, quick: bool) -> dict:
    """Data -> way -> strength -> what was seen of each run; rivals that have learned nothing beside them."""
    import torch
    from evidence import names_of

    names = names_of(sources(), seed)
    torch.manual_seed(600_000 + 1_000 * seed)
    results = {}
    for name, data in data_of(names).items():
        points = {way: {str(s): follow(names, data, names["wgan"](data, way, s, **settings(quick)), quick)
                        for s in strengths} for way, strengths in STRENGTHS.items()}
        if name == "ring":
            points["SN"] = {str(K): follow(names, data, names["wgan"](data, "SN", K, **settings(quick)), quick)
                            for K in FACTORS}
        results[name] = {**points, "plain GAN": {"": follow(names, data, plain(names, data, quick), quick)},
                         "rivals": rivals(names, data)}
    return results


def data_of(names) -> dict:
    data = names["gan"].data
    return {"ring": data.ring(std=0.05), "grid": data.grid(std=0.1), "swiss roll": names["SwissRoll"]()}


def settings(quick: bool) -> dict:
    return {"runs": RUNS, "steps": STEPS // 40 if quick else STEPS, "device": "cpu"}


def plain(names, data, quick: bool):
    """The non-saturating GAN with the same networks, rates and critic steps."""
    gan, more = names["gan"], settings(quick)
    G, D = gan.ensemble.stack(names["pair"]() for _ in range(more.pop("runs")))
    return gan.train(G, D, data, batch=64, d_steps=5, lr=1e-3, betas=(0.0, 0.9), **more)


# What is seen -------------------------------------------------------------------------------------------------------
def follow(names, data, run, quick: bool) -> dict:
    """Train, and look at the moments of LOOKS."""
    looks = [max(1, look // 40) if quick else look for look in LOOKS]
    recent, told, exact, early = [], [], [], {}
    for step in run:
        critic = run.loss.discriminator(step.real_logits, step.fake_logits).mean(-1)
        recent = [*recent[-19:], -critic]
        if step.index in looks:
            told.append(four_digits(sum(recent) / len(recent)))
            exact.append(rounded(distances(names, run.G, data, 256)))
        if step.index == looks[4]:
            early = {f"early {key}": value for key, value in seen(names, run.G.sample(2_500), data).items()}
    return {"told": told, "exact": exact, **early, **seen(names, run.G.sample(2_500), data), **critics(run, data),
            "failed": len(run.failed.steps)}


def distances(names, G, data, n: int) -> list:
    return [names["matched"](x, y) for x, y in zip(G.sample(n), data.sample((G.runs, n)))]


def seen(names, x, data) -> dict:
    """Of 2,500 fakes a run: W of the first 400 to as many samples; on modes their KL, quality and number."""
    import math

    W = [names["matched"](fake[:400], real) for fake, real in zip(x, data.sample((len(x), 400)))]
    if not hasattr(data, "modes"):
        return {"W": rounded(W)}
    count = names["gan"].metrics.count_modes
    near, every = count(x, data), count(x, data, within=math.inf)
    return {"W": rounded(W), "kl": rounded(every.kl), "quality": rounded(100 * near.high_quality, 1),
            "modes": near.recovered.tolist()}


def critics(run, data) -> dict:
    """Slopes of the critic between samples and fakes, root mean square and largest; weights at the largest value."""
    import torch

    from gan.penalties import squared_slope

    run.D.eval()
    real, fake = data.sample((run.G.runs, 1_000)), run.G.sample(1_000)
    t = torch.rand(run.G.runs, 1_000, 1)
    slope = squared_slope(run.D, real + t * (fake - real)).detach()
    weights = torch.cat([weight.detach().flatten(1) for weight in run.D.parameters()], 1).abs()
    at_bound = (weights > 0.99 * weights.amax(1, keepdim=True)).float().mean(1)
    return {"slope": four_digits(slope.mean(-1).sqrt()), "steepest": four_digits(slope.amax(-1).sqrt()),
            "at bound": rounded(at_bound)}


def rivals(names, data) -> dict:
    """What an untrained G, a blob as wide as the data, and the data themselves score."""
    import torch

    gan = names["gan"]
    real = data.sample((RUNS, 2_500))
    G = gan.ensemble.stack(names["pair"]() for _ in range(RUNS))[0]
    blob = real.mean((0, 1)) + real.std((0, 1)) * torch.randn_like(real)
    return {name: seen(names, x, data) for name, x in
            {"untrained G": G.sample(2_500), "blob": blob, "the data": real}.items()}


def rounded(values, digits: int = 3) -> list:
    return [round(float(value), digits) for value in values]


def four_digits(values) -> list:
    """Significant ones: a tightly clipped critic's numbers are tiny."""
    return [float(f"{float(value):.4g}") for value in values]
