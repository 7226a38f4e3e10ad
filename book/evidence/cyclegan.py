"""Chapter 17's CycleGAN, without a pair: digits <-> negatives, faces <-> grey, <-> negatives, and glasses <-> none.

On 8 x 8 digits each seed trains several runs side by side in each row: multilayer perceptrons ("mlp") or three
convolutions of 3 x 3 ("conv"), with the cycle loss or without, with the identity loss, and perceptrons that are added
to -x ("from -x"). Kept is how often a classifier of negatives sees the digit's own class. On faces of 16 x 16, three
convolutions of 5 x 5; kept is what noise on the middle picture does to the way back, and what the inspector reads.
"""

SEEDS = range(3)
RUNS, STEPS, FACE_STEPS, SHOWN = 4, 600, 500, 8
NOISES = (0.0, 0.05, 0.1, 0.2)
DIGITS = {
    "mlp, cycle": {"cycle": 10}, "mlp, no cycle": {}, "mlp, cycle and identity": {"cycle": 10, "identity": 5},
    "mlp from -x, cycle": {"cycle": 10}, "mlp from -x, no cycle": {},
    "conv, cycle": {"cycle": 10}, "conv, no cycle": {},
}
FACES = {
    ("grey", "cycle"): {"cycle": 10, "gamma": 0.1}, ("negatives", "cycle"): {"cycle": 10, "gamma": 0.1},
    ("glasses", "cycle"): {"cycle": 10}, ("glasses", "no cycle"): {},
    ("glasses", "cycle and identity"): {"cycle": 10, "identity": 5},
}


def one(seed: int, quick: bool) -> dict:
    """digits: row -> one number for each run; faces: domains -> row -> what was measured; pictures."""
    import torch

    torch.set_num_threads(1)
    digits, pictures = all_digits(seed, 3 if quick else STEPS)
    faces, more = all_faces(seed, 3 if quick else FACE_STEPS, 20 if quick else 1_200)
    return {"digits": digits, "faces": faces, "pictures": pictures | more}


# Training -----------------------------------------------------------------------------------------------------------
def trained(maps, judges, a, b, steps: int, cycle=0, identity=0, batch=32, gamma=1.0):
    """Averages of F: A -> B and B: B -> A, ``RUNS`` of each side by side, from unpaired pictures a and b."""
    import torch

    from gan.average import Average
    from gan.ensemble import stack
    from gan.losses import non_saturating as loss
    from gan.models import Generator
    from gan.penalties import lazy, r1

    (to_b, judge_b), (to_a, judge_a) = (stack((Generator(net, 1), D) for net, D in zip(*pair))
                                        for pair in zip(maps, judges))
    runs, averages = to_b.runs, [Average(G, 0.99) for G in (to_b, to_a)]
    g_weights, d_weights = [*to_b.parameters(), *to_a.parameters()], [*judge_b.parameters(), *judge_a.parameters()]
    g_adam, d_adam = (torch.optim.Adam(weights, 1e-3, (0.0, 0.99), fused=True) for weights in (g_weights, d_weights))
    penalties = [lazy(r1(gamma), 4) for _ in range(2)]

    def total(values):
        return values.reshape(runs, -1).mean(1).sum()                      # each run gets its own gradient

    for _ in range(steps):
        x, y = (one[torch.randint(len(one), (runs, batch))] for one in (a, b))
        fake_y, fake_x = to_b(x), to_a(y)
        d_loss = 0.0
        for D, real, fake, penalty in zip((judge_b, judge_a), (y, x), (fake_y, fake_x), penalties):
            d_loss = d_loss + total(loss.discriminator(D(real), D(fake.detach())))
            if (extra := penalty(D, real, fake)) is not None:
                d_loss = d_loss + total(extra)
        d_adam.zero_grad()
        d_loss.backward(inputs=d_weights)
        d_adam.step()
        g_loss = total(loss.generator(judge_b(fake_y))) + total(loss.generator(judge_a(fake_x)))
        if cycle:
            g_loss = g_loss + cycle * (total((to_a(fake_y) - x).abs()) + total((to_b(fake_x) - y).abs()))
        if identity:
            g_loss = g_loss + identity * (total((to_b(y) - y).abs()) + total((to_a(x) - x).abs()))
        g_adam.zero_grad()
        g_loss.backward(inputs=g_weights)
        g_adam.step()
        for average, G in zip(averages, (to_b, to_a)):
            average.update_parameters(G)
    return [average.module.eval() for average in averages]


# Digits -------------------------------------------------------------------------------------------------------------
def digit_nets(kind: str):
    from torch import nn

    from gan.models import leaky, mlp

    class From(nn.Sequential):
        """A network's answer beside -x, at first a tenth of it."""

        def forward(self, x):
            return super().forward(x) / 10 - x

    if kind == "conv":
        return nn.Sequential(nn.Unflatten(-1, (1, 8, 8)), nn.Conv2d(1, 8, 3, 1, 1), leaky(),
                             nn.Conv2d(8, 8, 3, 1, 1), leaky(), nn.Conv2d(8, 1, 3, 1, 1), nn.Flatten())
    net = mlp([64, 128, 128, 64], leaky)
    return From(net) if kind == "mlp from -x" else net


def all_digits(seed: int, steps: int):
    import torch
    from torch import nn

    import gan
    from gan.metrics import fit_classifier, frechet_distance
    from gan.models import leaky, mlp

    images, labels = gan.data.digits(8)
    classifier = fit_classifier(-images, labels, seed=3)
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    flat, half = images.flatten(1), len(images) // 2
    a, b, true = flat[order[:half]], -flat[order[half:]], labels[order[:half]]
    found, pictures = {}, {"digits": a[:SHOWN]}
    for number, (name, weights) in enumerate(DIGITS.items()):
        torch.manual_seed(1_000 * (seed + 1) + 100 * number)
        maps, judges = ([[make() for _ in range(RUNS)] for _ in range(2)] for make in (
            lambda kind=name.split(",")[0]: digit_nets(kind),
            lambda: nn.Sequential(mlp([64, 128, 128, 1], leaky), nn.Flatten(0))))
        there, back = trained(maps, judges, a, b, steps, **weights)
        with torch.no_grad():
            x = a.expand(RUNS, *a.shape)
            y = there(x)
            again = back(y)
            said = classifier(y.reshape(-1, 1, 8, 8)).argmax(1).view(RUNS, -1)
            named = torch.nn.functional.one_hot(said, 10).float()                       # (runs, N, said)
            table = torch.stack([named[:, true == one].mean(1) for one in range(10)], 1)    # (runs, true, said)
            features = [classifier[:-1](one.reshape(-1, 1, 8, 8)) for one in (*y, b)]
            found[name] = {"same": rounded((said == true).float().mean(1)),
                           "cycle": rounded((again - x).abs().mean((1, 2))),
                           "pixels": rounded(((y > 0) == (x < 0)).float().mean((1, 2))),
                           "most common": rounded(table.amax(2).mean(1)),
                           "distance": [round(frechet_distance(one, features[-1]), 2) for one in features[:-1]]}
            if name == "mlp, cycle":
                found["said"] = rounded(table, 2)
            pictures[name] = torch.stack([y[0, :SHOWN], again[0, :SHOWN]])
    return found, pictures


def rounded(x, digits: int = 4):
    return [rounded(one, digits) if one.ndim else round(one.item(), digits) for one in x]


# Faces --------------------------------------------------------------------------------------------------------------
def face_nets():
    from torch import nn

    from gan.models import leaky

    return nn.Sequential(nn.Conv2d(3, 16, 5, 1, 2), leaky(), nn.Conv2d(16, 16, 5, 1, 2), leaky(),
                         nn.Conv2d(16, 3, 5, 1, 2), nn.Tanh())


def changed(name: str, x):
    """The picture of the other domain that belongs to x."""
    return -x if name == "negatives" else x.mean(1, keepdim=True).expand_as(x)


def all_faces(seed: int, steps: int, inspector_steps: int):
    import torch

    import gan
    from gan.data.portraits import render
    from gan.metrics import fit_inspector
    from gan.models.translation import PatchDiscriminator

    def faces(n, k):
        return gan.data.faces(n, 16, torch.Generator().manual_seed(1_000 * seed + k))

    (x, factors), (new, known) = faces(6_000, 1), faces(1_000, 2)
    inspector = fit_inspector(*faces(20_000, 3), inspector_steps, seed)
    bare, worn = (render(known | {"glasses": one}, 16) for one in (0, 1))       # the same new faces, without and with
    found, pictures = {"glasses": {}}, {"faces": new[:SHOWN], "bare": bare[:SHOWN], "worn": worn[:SHOWN]}
    for number, ((name, row), weights) in enumerate(FACES.items()):
        torch.manual_seed(1_000 * (seed + 1) + 900 + number)
        wears = factors["glasses"] == 1
        a, b = (x[~wears], x[wears]) if name == "glasses" else (x[:3_000], changed(name, x[3_000:]))
        maps, judges = [[face_nets()] for _ in range(2)], [[PatchDiscriminator([(4, 2)] * 3, 3, 12)] for _ in range(2)]
        there, back = trained(maps, judges, a, b, steps, batch=16, **weights)
        there, back = (torch.no_grad()(lambda one, G=G: G(one[None])[0]) for G in (there, back))
        if name == "glasses":
            found[name][row] = {"to glasses": read(inspector, there, bare, known),
                                "to none": read(inspector, back, worn, known),
                                "cycle": round((back(there(bare)) - bare).abs().mean().item(), 4)}
            pictures[f"glasses, {row}"] = torch.stack([there(bare[:SHOWN]), back(worn[:SHOWN])])
        else:
            found[name] = codes(inspector, name, there, back, new, known)
            middle = there(new[:SHOWN])
            pictures[name] = torch.stack([middle, back(middle), back(noisy(middle, "tint", 0.1))])
    found["glasses"]["painted"] = {"to glasses": read(inspector, lambda x: worn, bare, known),
                                   "to none": read(inspector, lambda x: bare, worn, known)}
    found["glasses"]["unchanged"] = {"to glasses": read(inspector, lambda x: x, bare, known),
                                     "to none": read(inspector, lambda x: x, worn, known)}
    return found, pictures


def read(inspector, G, x, factors) -> dict[str, float]:
    """What a map does to faces of known factors."""
    kinds, numbers = inspector.kinds(made := G(x)), inspector.numbers(made)
    found = {"glasses": (kinds["glasses"] == 1).float().mean(), "moved": (made - x).abs().mean()}
    found |= {kind: (kinds[kind] == factors[kind]).float().mean() for kind in ("hair", "beard", "dye", "iris")}
    found |= {hue: turned(numbers[hue], factors[hue]) for hue in ("wall", "shirt")}
    return {name: round(float(value), 4) for name, value in found.items()}


def turned(one, other):
    """Mean difference of two hues, in turns: a quarter by chance."""
    return ((one - other + 0.5) % 1 - 0.5).abs().mean()


def noisy(x, kind: str, size: float):
    """Noise of that size on each number of a picture by itself ("pixels"), or one colour on all its pixels ("tint")."""
    import torch

    shape = x.shape if kind == "pixels" else (len(x), 3, 1, 1)
    return x + size * torch.randn(shape, generator=torch.Generator().manual_seed(5))


def codes(inspector, name: str, there, back, x, factors) -> dict:
    """How far the way back is off after noise on the middle picture, or after what cannot be there is wiped off it."""
    middle, found = there(x), {}

    def off(middle) -> list[float]:
        again = back(middle)
        hue = turned(inspector.numbers(again)["wall"], factors["wall"])
        return [round((again - x).abs().mean().item(), 4), round(hue.item(), 4)]

    for kind in ("pixels", "tint"):
        found[kind] = [off(noisy(middle, kind, size)) for size in NOISES]
    if name == "grey":
        found["wiped"] = off(changed("grey", middle))
        found["code"] = round((middle - changed("grey", middle)).square().mean().sqrt().item(), 4)
    found["of the right one"] = off(changed(name, x))
    found["to the right one"] = round((middle - changed(name, x)).abs().mean().item(), 4)
    return found
