"""Faces of 32 x 32 pixels by DCGAN's kin, three seeds: a stabler small net with R1 and without, the published settings,
multilayer perceptrons; and a discriminator of digits, for what it has learned. Weights, pictures, and how good each is.

The first seed keeps the inspectors of both sizes, which judge here and in the chapter. A trial takes a hundredth of the
steps.
"""

SEEDS = range(3)
STABLER = {"batch": 16, "lr": 2e-3, "betas": (0.0, 0.99), "ema": 0.998}
STEPS = {"with R1": 10_000, "without R1": 10_000, "published": 2_500, "perceptrons": 2_500, "digits": 1_500}
EARLY = 3_600                                    # about as many CPU seconds as the published settings take
FAKES = 4_000


def one(seed: int, quick: bool) -> dict:
    """Networks of each kind, 24 pictures of those that are not kept, and what the inspector says of all."""
    import torch

    import gan
    from gan.models import dcgan_pair, normal_start

    steps = {name: n // 100 if quick else n for name, n in STEPS.items()}
    torch.manual_seed(40_000 + seed)
    images, inspector = fit(32, quick)
    real = gan.data.faces(FAKES, 32, torch.Generator().manual_seed(101))[0]
    other = gan.data.faces(FAKES, 32, torch.Generator().manual_seed(102))[0]
    data = images.contiguous(memory_format=torch.channels_last)
    looks = {"real": look(inspector, other, real)}
    result = {"looks": looks}
    if seed == 0:
        small = fit(16, quick)[1]
        result |= {"inspector": inspector.state_dict(), "inspector16": small.state_dict(),
                   "reads": {"32": inspector.report, "16": small.report}}

    def play(name, G, D, data=data, **settings):
        looks[name] = {} if name == "digits" else {"untrained": look(inspector, sample(G), real)}
        run = gan.train(G, D, data, steps=steps[name], seed=seed, device="cpu", **settings)
        for step in run:
            if step.index == EARLY and name in ("with R1", "without R1"):
                looks[name]["early"] = look(inspector, sample(run.G_ema), real)
        best = run.G_ema if "ema" in settings else run.G
        if name != "digits":
            looks[name]["end"] = look(inspector, sample(best), real)
        return best, run.D

    def penalty(gamma):
        return (gan.penalties.lazy(gan.penalties.r1(gamma), 4),)

    torch.manual_seed(41_000 + seed)
    G, D = play("with R1", *dcgan_pair(32, norm="G"), penalties=penalty(2.0), **STABLER)
    torch.manual_seed(41_000 + seed)
    plain, _ = play("without R1", *dcgan_pair(32, norm="G"), **STABLER)
    result |= {"G": G.state_dict(), "D": D.state_dict(), "G without R1": plain.state_dict()}

    torch.manual_seed(42_000 + seed)
    published, _ = play("published", *map(normal_start, dcgan_pair(32)), batch=32)
    torch.manual_seed(43_000 + seed)
    first, _ = play("perceptrons", *perceptrons(), batch=32)
    result["pictures"] = {name: ((sample(net, 24) + 1) * 127.5).round().to(torch.uint8)
                          for name, net in {"published": published, "perceptrons": first}.items()}

    digits, _ = gan.data.digits(16)
    unlabelled = digits[torch.randperm(len(digits), generator=torch.Generator().manual_seed(7))[:1_200]]
    torch.manual_seed(44_000 + seed)
    G, D = dcgan_pair(16, 1, latent=32, norm="G")
    _, D = play("digits", G, D, data=unlabelled, penalties=penalty(1.0), batch=32, lr=2e-3, betas=(0.0, 0.99))
    return result | {"D of digits": D.state_dict()}


def fit(size: int, quick: bool):
    """20,000 faces, and an inspector of such."""
    import torch

    import gan

    images, factors = gan.data.faces(20_000, size, torch.Generator().manual_seed(100))
    return images, gan.metrics.fit_inspector(images, factors, steps=30 if quick else 1_200, seed=0)


def perceptrons():
    """As in 2014, no convolution and no batch norm: 256 and 512 hidden units in G, 512 and 256 in D."""
    from torch import nn

    from gan.models import Generator, leaky, mlp

    n = 3 * 32**2
    G = nn.Sequential(mlp([64, 256, 512, n]), nn.Tanh(), nn.Unflatten(1, (3, 32, 32)))
    return Generator(G, 64), nn.Sequential(nn.Flatten(), mlp([n, 512, 256, 1], leaky), nn.Flatten(0))


def sample(G, n=FAKES):
    import torch

    return G.sample(n, torch.Generator().manual_seed(5))


def look(inspector, x, real) -> dict:
    """Fréchet distance, precision and recall in the inspector's features; shares of kinds; the oddness of faces."""
    import torch

    from gan.metrics import frechet_distance, precision_recall

    seen, known, kinds = inspector.features(x), inspector.features(real), inspector.kinds(x)
    precision, recall = precision_recall(known[:2_000], seen[:2_000])
    odd = inspector.oddness(x[:1_000])
    found = {"distance": frechet_distance(seen, known), "precision": precision, "recall": recall,
             "oddness": torch.median(odd), "spread": x.std(0).mean(),
             **{name: (kinds[name] == 1).float().mean() for name in ("glasses", "beard", "hat")},
             "long hair": (kinds["hair"] == 2).float().mean()}
    return {name: round(float(value), 4) for name, value in found.items()}
