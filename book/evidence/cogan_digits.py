"""Chapter 14's digits: which layers two generators must share for the same z to give the same digit in two domains.

Domain 0 is one half of the digits, domain 1 the other half as negatives, as edges or turned by 90°, so that no digit is
seen in both; "large edges" are those of digits of 16 x 16 pixels, for which the networks are convolutional. Each row of
the table is one choice of layers; each seed trains one pair of networks a row. Of 1,000 z are
kept the share of pairs that two classifiers, one for each domain, call the same digit, the share of pixels on which the
right picture of the first and the second agree, both once more with the pairs dealt anew, and the Fréchet distances.
"""

SEEDS = range(5)
STEPS, LONGER, BATCH, LATENT, WIDTH, MAPS = 1_000, 500, 32, 16, 128, 6
FIRST, LAST, NONE = slice(0, 2), slice(1, None), slice(0, 0)              # two of three layers, or none
STORED = 1                                                                # so many seeds keep pictures


def one(seed: int, quick: bool) -> dict:
    """Domain -> row -> what was measured; ``pictures`` of 16 pairs each."""
    import torch

    torch.set_num_threads(1)
    measured, pictures = {}, {}
    for domain, rows in table().items():
        judged = Judges(domain)
        for number, (name, settings) in enumerate(rows.items()):
            torch.manual_seed(1_000 * (seed + 1) + number)
            G = trained(judged.data, 3 if quick else STEPS + LONGER * (domain == "large edges"), **settings)
            measured.setdefault(domain, {})[name] = judged.look(G)
            pictures[f"{domain}, {name}"] = torch.stack(judged.pairs(G, 16), 1)
        torch.manual_seed(seed)
        measured[domain]["untrained"] = judged.look(networks(**rows[next(iter(rows))])[0])
        measured[domain]["perfect"] = judged.look(None)
    return {"measured": measured, **({"pictures": pictures} if seed < STORED else {})}


def table() -> dict:
    """Domain -> row -> what `trained` takes."""
    shares = {f"G {g}, D {d}": {"g": slice(0, g), "d": slice(3 - d, None)} for g in range(3) for d in range(3)}
    return {
        "negatives": {
            **shares,
            "G 3, D 2": {"g": slice(None)},
            "G's last 2": {"g": LAST}, "D's first 2": {"d": FIRST}, "both reversed": {"g": LAST, "d": FIRST},
            "filter of 15": {"k": 15}, "24 maps": {"maps": 24},
            "matrix": {"end": "matrix"}, "matrix, equal start": {"end": "matrix", "start": 1},
            "matrix, negative start": {"end": "matrix", "start": -1},
            "none, equal start": {"g": NONE, "d": NONE, "start": 1}, "told y": {"end": "told"},
        },
        "edges": {"G 2, D 2": {}, "G 0, D 0": {"g": NONE, "d": NONE}},
        "large edges": {"G 3, D 2": {"end": "conv"}, "G 0, D 0": {"end": "conv", "g": NONE, "d": NONE}},
        "turned": {"G 2, D 2": {}, "G 0, D 0": {"g": NONE, "d": NONE}, "an end that turns": {"end": "turn"}},
    }


# Networks -----------------------------------------------------------------------------------------------------------
def networks(g=FIRST, d=LAST, k=3, maps=MAPS, end="filter", start=0):
    """G and D of three layers each; ``g`` and ``d`` say which are shared, ``end`` and ``k`` what G's last one is."""
    import torch
    from torch import nn

    from gan.models import Generator, cogan_pair, couple, leaky

    if end == "conv":                                                     # for 16 x 16 pixels, of four and three layers
        return cogan_pair(16, 1, LATENT, 16, **({"g_shared": 0, "d_shared": 0} if d == NONE else {}))

    class Turned(nn.Module):
        def forward(self, x):
            return x.rot90(1, (-2, -1))

    class Told(nn.Sequential):
        def forward(self, z, y):
            return super().forward(torch.cat([z, y[:, None] * 2.0 - 1], 1))

    first = [lambda: nn.Sequential(nn.Linear(LATENT, WIDTH), leaky()),
             lambda: nn.Sequential(nn.Linear(WIDTH, maps * 64), leaky(), nn.Unflatten(1, (maps, 8, 8)))]
    last = lambda: nn.Sequential(nn.Conv2d(maps, 1, k, 1, k // 2), nn.Tanh())                          # noqa: E731
    if end == "matrix":
        first[1] = lambda: nn.Sequential(nn.Linear(WIDTH, WIDTH), leaky())
        last = lambda: nn.Sequential(nn.Linear(WIDTH, 64), nn.Unflatten(1, (1, 8, 8)), nn.Tanh())      # noqa: E731
    if end == "told":
        G = Told(nn.Linear(LATENT + 1, WIDTH), leaky(), *first[1](), *last())
    else:
        G = couple([*first, last], g)
    if end == "turn":
        G[-1][1].append(Turned())
    D = couple([lambda: nn.Sequential(nn.Conv2d(1, MAPS, 3, 1, 1), leaky()),
                lambda: nn.Sequential(nn.Flatten(), nn.Linear(MAPS * 64, WIDTH), leaky()),
                lambda: nn.Sequential(nn.Linear(WIDTH, 1), nn.Flatten(0))], d)
    if start:
        start_alike(G, start)
    if start and d == NONE:
        start_alike(D, 1)
    return Generator(G, LATENT), D


def start_alike(network, sign: int) -> None:
    """Domain 1's own layers start with domain 0's weights, or these times -1."""
    from gan.models.cogan import ByDomain

    for part in network:
        if isinstance(part, ByDomain):
            part[1].load_state_dict({name: sign * weight for name, weight in part[0].state_dict().items()})


def trained(data, steps: int, **settings):
    import gan
    from gan.penalties import lazy, r1

    G, D = networks(**settings)
    run = gan.train(G, D, data, steps=steps, batch=BATCH, lr=2e-3, betas=(0.0, 0.99), ema=0.99, device="cpu",
                    penalties=(lazy(r1(1.0), 4),))
    for _ in run:
        pass
    return run.G_ema


# What is seen -------------------------------------------------------------------------------------------------------
def changed(domain: str, x):
    """The picture of the other domain that belongs to x."""
    from torch.nn.functional import max_pool2d

    if domain == "negatives":
        return -x
    return x.rot90(1, (-2, -1)) if domain == "turned" else max_pool2d(x, 3, 1, 1) - x - 1


class Judges:
    """The data of two domains, and a classifier for each."""

    def __init__(self, domain: str):
        import torch

        import gan
        from gan.metrics import fit_classifier

        images, labels = gan.data.digits(16 if domain == "large edges" else 8)
        self.domain, self.images = domain, images
        self.other = changed(domain, images)
        self.classifiers = fit_classifier(images, labels, seed=7), fit_classifier(self.other, labels, seed=8)
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
        half, y = len(images) // 2, torch.arange(2)
        self.data = (torch.cat([images[order[:half]], self.other[order[half:2 * half]]]), y.repeat_interleave(half))

    def pairs(self, G, n: int):
        """The same z in both domains; without a G, real digits and what belongs to them."""
        import torch

        z = torch.Generator().manual_seed(1)
        if G is None:
            rows = torch.randint(len(self.images), (n,), generator=z)
            return self.images[rows], self.other[rows]
        z, y = G.noise(n, z), torch.zeros(n, dtype=torch.long)
        with torch.no_grad():
            return G(z, y), G(z, y + 1)

    def look(self, G) -> dict[str, float]:
        import torch

        from gan.metrics import frechet_distance

        a, b = self.pairs(G, 1_000)
        ours, theirs = self.classifiers
        right, anew = changed(self.domain, a), torch.randperm(len(a), generator=torch.Generator().manual_seed(2))
        names = [net(x).argmax(1) for net, x in ((ours, a), (theirs, b), (theirs, right))]
        found = {"same": alike(names[0], names[1]), "same, dealt anew": alike(names[0], names[1][anew]),
                 "same, right partner": alike(names[0], names[2]), "pixels": alike(right > 0, b > 0),
                 "pixels, dealt anew": alike(right > 0, b[anew] > 0), "pixels, as they are": alike(a > 0, b > 0),
                 "pixels, as they are, dealt anew": alike(a > 0, b[anew] > 0)}
        for name, net, x, real in (("distance 0", ours, a, self.images), ("distance 1", theirs, b, self.other)):
            found[name] = frechet_distance(net[:-1](x), net[:-1](real))
        return {name: round(value, 4) for name, value in found.items()}


def alike(a, b) -> float:
    return (a == b).float().mean().item()
