"""Chapter 5's longer runs: bridges against training, kinds and dimensions of noise, each after several lengths.

Everything is trained as in the chapter: two hidden layers, non-saturating loss, Adam 2e-3 with betas (0, 0.99). A trial
takes a twentieth of the steps.
"""

SEEDS = range(8)
LENGTHS = {"line": (250, 500, 1_000, 2_000, 4_000), "ring": (100, 200, 400, 1_000, 2_000, 4_000, 8_000),
           "ring kinds": (300, 2_000), "digits kinds": (200, 600, 2_000), "cube": (300, 2_000)}


def one(seed: int, quick: bool) -> dict:
    """Table -> row -> for each of LENGTHS, the runs' numbers."""
    import torch

    lengths = {name: [max(1, n // 20) for n in steps] if quick else list(steps) for name, steps in LENGTHS.items()}
    tables = {"lengths": lengths}
    for k, table in enumerate((line, ring, ring_kinds, digits_kinds, cube)):
        name = table.__name__.replace("_", " ")
        torch.manual_seed(10_000 + 100 * seed + k)
        tables[name] = table(lengths[name])
    return tables


def train(networks, data, lengths, look, runs=2, batch=64) -> list:
    """Train so many runs side by side; what ``look(G)`` says after each of these numbers of steps."""
    import torch

    import gan

    G, D = gan.ensemble.stack(networks() for _ in range(runs))
    found = []
    for step in gan.train(G, D, data, steps=lengths[-1], batch=batch, lr=2e-3, betas=(0.0, 0.99), device="cpu"):
        if step.index in lengths:
            with torch.no_grad():
                found.append(look(G))
    return found


def networks(latent, features, width=64, noise=None, bounded=False):
    """A function that makes a pair with ``width`` units in each hidden layer; ``bounded``: G ends in tanh."""
    import torch
    from torch import nn

    from gan.models import Generator, leaky, mlp

    def make():
        end = nn.Tanh() if bounded else nn.Identity()
        G = Generator(nn.Sequential(mlp([latent, width, width, features], leaky), end), latent, noise or torch.randn)
        return G, nn.Sequential(mlp([features, width, width, 1], leaky), nn.Flatten(0))

    return make


def rounded(values, digits=4) -> list:
    return [round(float(value), digits) for value in values]


# Bridges ----------------------------------------------------------------------------------------------------------
def line(lengths) -> dict:
    """Two bells: share of fakes in the gap, |x| < 1/2, of 5 runs."""
    import gan

    bells = gan.data.GaussianMixture([[-2.0], [2.0]], std=0.5)

    def in_gap(G):
        return rounded((G(G.noise(20_000)).squeeze(-1).abs() < 0.5).float().mean(1), 5)

    kinds = {"1-D normal": networks(1, 1, 32), "16-D normal": networks(16, 1, 32),
             "1-D normal and a coin": networks(2, 1, 32, with_coin)}
    return {name: train(make, bells, lengths, in_gap, runs=5, batch=128) for name, make in kinds.items()}


def ring(lengths) -> dict:
    """Ring of 8, std 0.1: share off all modes; diversity and that share with the noise halved; 3 runs."""
    import gan

    data = gan.data.ring(std=0.1)
    rows = {"off": [], "modes": [], "diversity at half": [], "off at half": []}

    def look(G):
        z = G.noise(4_000)
        whole, half = G(z), G(z / 2)
        found, less = (gan.metrics.count_modes(x, data, at_least=len(z[0]) // 50) for x in (whole, half))
        rows["off"].append(rounded(1 - found.high_quality))
        rows["modes"].append(found.recovered.tolist())
        rows["diversity at half"].append(rounded((half.var(1).sum(-1) / whole.var(1).sum(-1)).sqrt()))
        rows["off at half"].append(rounded(1 - less.high_quality))

    train(networks(2, 2), data, lengths, look, runs=3)
    return rows


# Kinds of noise ---------------------------------------------------------------------------------------------------
def normal(mean, std):
    import torch

    return lambda *shape, **where: mean + std * torch.randn(*shape, **where)


def uniform(*shape, **where):
    import torch

    return (2 * torch.rand(*shape, **where) - 1) * 3**0.5


def coin(*shape, **where):
    import torch

    return (torch.rand(*shape, **where) < 0.5).float()


def with_coin(*shape, **where):
    """Normal, but for the last coordinate, which is -1 or 1."""
    import torch

    return torch.cat([torch.randn(*shape, **where)[..., :-1], 2 * coin(*shape, **where)[..., :1] - 1], -1)


def student(*shape, **where):
    """Student's t with 3 degrees, scaled to variance 1."""
    import torch

    return torch.randn(*shape, **where) / torch.randn(*shape, 3, **where).square().sum(-1).sqrt()


def cauchy(*shape, **where):
    import torch

    return torch.randn(*shape, **where) / torch.randn(*shape, **where)


KINDS = {"normal": normal(0, 1), "uniform": uniform, "coin ±1": lambda *shape, **where: 2 * coin(*shape, **where) - 1,
         "Student": student, "Cauchy": cauchy, "coin 0/1": coin, "narrow": normal(0, 0.5), "moved": normal(0.5, 1),
         "narrow and moved": normal(0.5, 0.5), "wide": normal(0, 3), "wide and moved": normal(1.5, 3)}
STARTS = {"normal, started as narrow": (0, 0.5), "normal, started as narrow and moved": (0.5, 0.5),
          "normal, started as wide": (0, 3)}


def ring_kinds(lengths) -> dict:
    """Ring of 8, 4-D noise: (modes with 2 % of the fakes, share near a mode) of 2 runs."""
    import gan

    data = gan.data.ring(std=0.1)

    def look(G):
        found = gan.metrics.count_modes(G(G.noise(4_000)), data, at_least=80)
        return [rounded(run) for run in zip(found.recovered, found.high_quality)]

    return {name: train(networks(4, 2, noise=noise), data, lengths, look) for name, noise in KINDS.items()}


def digits_kinds(lengths) -> dict:
    """Digits of 8 x 8, 16-D noise: Fréchet distance to the data in the features of a classifier, of 2 runs."""
    import torch

    import gan

    digits = gan.data.digits(size=8)[0].flatten(1)
    classifier, enlarge = judge()
    real = classifier[:-1](enlarge(digits))

    def look(G):
        fakes = G(G.noise(1_000))
        return rounded([gan.metrics.frechet_distance(classifier[:-1](enlarge(x)), real) for x in fakes], 2)

    def started(mean, std):
        """Normal noise, and a first layer that does to it at the start what it would do to the other noise."""
        def make():
            G, D = networks(16, 64, bounded=True)()
            first = G.net[0][0]
            with torch.no_grad():
                first.bias += mean * first.weight.sum(1)
                first.weight *= std
            return G, D

        return make

    made = {name: networks(16, 64, noise=noise, bounded=True) for name, noise in KINDS.items()}
    made |= {name: started(*start) for name, start in STARTS.items()}
    return {name: train(make, digits, lengths, look) for name, make in made.items()}


def judge():
    """A classifier of the 16 x 16 digits, the same for every seed, and what makes 8 x 8 digits so large."""
    import torch
    from torch.nn.functional import interpolate

    import gan

    def enlarge(flat):
        image = (flat.view(-1, 1, 8, 8) + 1) / 2
        return interpolate(image, (16, 16), mode="bilinear", antialias=True) * 2 - 1

    with torch.random.fork_rng():
        return gan.metrics.fit_classifier(*gan.data.digits(size=16), steps=300, seed=0), enlarge


# Dimensions of noise ----------------------------------------------------------------------------------------------
def cube(lengths) -> dict:
    """4-D cube in 16-D: (holes, distance off the flat) of 4 runs."""
    import torch

    def even(n):
        return (2 * torch.rand(n, 4) - 1) * 3**0.5

    def holes(points):
        return torch.cdist(real, points).amin(1).mean()

    directions = torch.linalg.qr(torch.randn(16, 16)).Q[:, :4]
    real, other = even(2_000), even(2_000)
    unit = holes(other)

    def look(G):
        x = G(G.noise(2_000))
        off = (x - x @ directions @ directions.T).norm(dim=-1).mean(1)
        return [rounded((holes(u) / unit, o)) for u, o in zip(x @ directions, off)]

    data = even(50_000) @ directions.T
    return {f"{n}-D": train(networks(n, 16), data, lengths, look, runs=4) for n in (1, 2, 3, 4, 8, 64)}
