"""DCGAN's guidelines, taken away one at a time, from two starting points: the published settings, and a stabler small
net. Faces of 16 x 16 pixels; each setting is trained for the same number of steps as its starting point. Two of them
are trained for longer as well, and are what the chapter trains anew.

A trial takes a fiftieth of the steps.
"""

SEEDS = range(3)
PUBLISHED = {"steps": 1_000, "batch": 32, "lr": 2e-4, "betas": (0.5, 0.999)}
STABLER = {"steps": 1_000, "batch": 16, "lr": 3e-3, "betas": (0.0, 0.99), "ema": 0.99, "gamma": 1.0}
LONGER = {**STABLER, "steps": 2_600}
STARTS = {"published": PUBLISHED, "stabler": STABLER, "stabler, longer": LONGER}
FAKES = 2_000


def settings() -> dict:
    """Starting point -> guideline that is left out -> (what is changed in the networks, what in the run)."""
    published = {
        "as published": ((), {}),
        "no batch norm in G": ((without_norm_in_g,), {}),
        "no batch norm in D": ((without_norm_in_d,), {}),
        "no batch norm": ((without_norm_in_g, without_norm_in_d), {}),
        "no batch norm, torch's first weights": ((without_norm_in_g, without_norm_in_d, torchs_start), {}),
        "batch norm on G's output and D's input": ((norm_at_the_ends,), {}),
        "real and fake in one batch": ((), {"one_pass": True}),
        "pooling, nearest upsampling": ((pooling,), {}),
        "a hidden fully connected layer in both": ((fully_connected,), {}),
        "ReLU in D": ((relu_in_d,), {}),
        "no tanh": ((no_tanh,), {}),
        "torch's first weights": ((torchs_start,), {}),
        "N(0, 0.02) on batch norm's scale": ((small_scale,), {}),
        "eps for momentum: BatchNorm2d(n, 0.8)": ((eps_for_momentum,), {}),
        "kernel 5": ((), {"kernel": 5}),
        "β₁ = 0.9": ((), {"betas": (0.9, 0.999)}),
        "five times the rate": ((), {"lr": 1e-3}),
        "multilayer perceptrons": ((perceptrons,), {}),
    }
    stabler = {
        "stabler": ((), {}),
        "no R1": ((), {"gamma": None}),
        "batch norm in D": ((), {"norm": "GD"}),
        "no batch norm": ((without_norm_in_g,), {}),
        "pooling, nearest upsampling": ((pooling,), {}),
        "ReLU in D": ((relu_in_d,), {}),
        "N(0, 0.02)": ((normal,), {}),
        "no batch norm, N(0, 0.02)": ((without_norm_in_g, normal), {}),
        "β₁ = 0.5": ((), {"betas": (0.5, 0.99)}),
        "β₁ = 0.9": ((), {"betas": (0.9, 0.99)}),
        "multilayer perceptrons": ((perceptrons,), {}),
    }
    longer = {"stabler": ((), {}), "no R1": ((), {"gamma": None})}
    return {"published": published, "stabler": stabler, "stabler, longer": longer}


def one(seed: int, quick: bool) -> dict:
    """Starting point -> setting -> how good 2,000 fakes are; the first seed's eight first fakes of each."""
    import torch

    import gan

    images, factors = gan.data.faces(20_000, 16, torch.Generator().manual_seed(100))
    inspector = gan.metrics.fit_inspector(images, factors, steps=30 if quick else 1_200, seed=0)
    real = gan.data.faces(FAKES, 16, torch.Generator().manual_seed(101))[0]
    data = images[:10_000].contiguous(memory_format=torch.channels_last)
    found = {"real": look(inspector, gan.data.faces(FAKES, 16, torch.Generator().manual_seed(102))[0], real),
             **{start: {} for start in STARTS}}
    pictures = {}
    for start, ablations in settings().items():
        for name, (changes, run) in ablations.items():
            given = {**STARTS[start], **run}
            given["steps"] //= 50 if quick else 1
            found[start][name], faces = train(start, changes, given, seed, data, lambda x: look(inspector, x, real))
            pictures[f"{start}/{name}"] = ((faces[:8].clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return found | ({"pictures": pictures} if seed == 0 else {})


def train(start, changes, given, seed, data, look) -> tuple:
    """One pair: first the networks, then what is changed in them, then the run. What is found, and fakes."""
    import torch

    import gan

    given = {"norm": "GD" if start == "published" else "G", "kernel": 4, "gamma": None, "ema": None, "one_pass": None,
             **given}
    norm, kernel, gamma, one_pass = (given.pop(key) for key in ("norm", "kernel", "gamma", "one_pass"))
    torch.manual_seed(30_000 + seed)
    G, D = gan.models.dcgan_pair(16, width=24, norm=norm, kernel=kernel)
    plain = not changes
    changes = (*((normal,) if start == "published" and torchs_start not in changes else ()), *changes)
    for change in changes:
        G, D = change(G, D)
    penalties = (gan.penalties.lazy(gan.penalties.r1(gamma), 4),) if gamma else ()
    run = gan.train(G, D, data, penalties=penalties, seed=seed, device="cpu", **given)
    if one_pass:
        run.one_pass = True
    losses, looks = [], {"untrained": look(sample(run.G))} if plain else {}
    try:
        for step in run:
            losses.append([step.d_loss.item(), step.real_logits.sigmoid().mean().item(),
                           step.fake_logits.sigmoid().mean().item()])
    except FloatingPointError as error:
        return looks | {"stopped": str(error)}, sample(run.G).nan_to_num()
    mean = torch.tensor(losses[-200:]).mean(0).tolist()
    fakes = sample(run.G_ema if given["ema"] else run.G)
    looks["end"] = {**look(fakes),
                    **dict(zip(("d_loss", "D(x)", "D(G(z))"), rounded(mean)))}
    if start == "published" and plain:
        looks["by the batch"] = look(sample(run.G, by_the_batch=True))
    elif given["ema"] and plain:
        looks["G itself"] = look(sample(run.G))
    return looks, fakes


def sample(G, by_the_batch: bool = False):
    """2,000 fakes; ``by_the_batch`` with the statistics of batches of 100, as the authors' code has it."""
    import torch

    random = torch.Generator().manual_seed(5)
    with torch.no_grad():
        if by_the_batch:
            return torch.cat([G(G.noise(100, random)) for _ in range(FAKES // 100)])
        return G.sample(FAKES, random)


def look(inspector, x, real) -> dict:
    """Fréchet distance, precision and recall in the inspector's features; the share of glasses; the median oddness;
    how far pictures differ; their checkerboard."""
    from gan.metrics import frechet_distance, precision_recall

    x = x.clamp(-1, 1)
    seen, known = inspector.features(x), inspector.features(real)
    precision, recall = precision_recall(known, seen)
    glasses = (inspector.kinds(x)["glasses"] == 1).float().mean()
    return {"distance": rounded([frechet_distance(seen, known)])[0], "glasses": rounded([glasses])[0],
            "oddness": rounded([inspector.oddness(x[:500]).median()])[0],
            "spread": rounded([x.std(0).mean()])[0], "precision": rounded([precision])[0],
            "recall": rounded([recall])[0],
            "checker": rounded([checker(x)])[0]}


def checker(x):
    """Root mean square, over pictures and colours, of what alternates from pixel to pixel: in rows, columns, both."""
    import torch

    sign = 1 - 2 * (torch.arange(x.shape[-1]) % 2)
    patterns = torch.stack([sign.expand(len(sign), -1), sign[:, None].expand(-1, len(sign)), sign[:, None] * sign])
    return torch.einsum("nchw,phw->ncp", x, patterns.float()).div(x[0, 0].numel()).square().sum(2).mean().sqrt()


def rounded(values) -> list[float]:
    return [round(float(value), 4) for value in values]


# What is changed in the networks: (G, D) -> (G, D) -----------------------------------------------------------------
def normal(G, D):
    from gan.models import normal_start

    return normal_start(G), normal_start(D)


def torchs_start(G, D):
    return G, D


def swapped(net, kind, other):
    """Each layer of that kind replaced by ``other(layer)``."""
    for parent in net.modules():
        for name, layer in list(parent.named_children()):
            if isinstance(layer, kind):
                setattr(parent, name, other(layer))
    return net


def without_norm_in_g(G, D):
    from torch import nn

    return swapped(G, nn.BatchNorm2d, lambda layer: nn.Identity()), D


def without_norm_in_d(G, D):
    from torch import nn

    return G, swapped(D, nn.BatchNorm2d, lambda layer: nn.Identity())


def norm_at_the_ends(G, D):
    from torch import nn

    *layers, tanh = G.net
    G.net = nn.Sequential(*layers, nn.BatchNorm2d(3), tanh)
    return G, nn.Sequential(nn.BatchNorm2d(3), *D)


def relu_in_d(G, D):
    from torch import nn

    return G, swapped(D, nn.LeakyReLU, lambda layer: nn.ReLU())


def no_tanh(G, D):
    from torch import nn

    return swapped(G, nn.Tanh, lambda layer: nn.Identity()), D


def small_scale(G, D):
    """The trap: batch norm's scale is drawn as all weights are, around 0."""
    import torch
    from torch import nn

    for layer in (*G.modules(), *D.modules()):
        if isinstance(layer, nn.BatchNorm2d):
            torch.nn.init.normal_(layer.weight, 0, 0.02)
    return G, D


def eps_for_momentum(G, D):
    from torch import nn

    for net in (G, D):
        for layer in net.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.eps = 0.8
    return G, D


def pooling(G, D):
    """Nearest upsampling and a 3 x 3 convolution for each transposed one; a 3 x 3 convolution and a mean over 2 x 2 for
    each strided one."""
    import torch
    from torch import nn

    def up(layer):
        conv = started_as(layer, nn.Conv2d(layer.in_channels, layer.out_channels, 3, 1, 1))
        return nn.Sequential(nn.Upsample(scale_factor=2), conv)

    def down(layer):
        if layer.stride == (1, 1):
            return layer
        return nn.Sequential(started_as(layer, nn.Conv2d(layer.in_channels, layer.out_channels, 3, 1, 1)),
                             nn.AvgPool2d(2))

    def started_as(layer, conv):
        """N(0, 0.02) where the layer that it takes the place of has that."""
        if layer.weight.std() < 0.0201 and not layer.bias.any():
            torch.nn.init.normal_(conv.weight, 0, 0.02), torch.nn.init.zeros_(conv.bias)
        return conv

    G.net = nn.Sequential(*(up(layer) if isinstance(layer, nn.ConvTranspose2d) else layer for layer in G.net))
    return G, nn.Sequential(*(down(layer) if isinstance(layer, nn.Conv2d) else layer for layer in D))


def fully_connected(G, D):
    """A hidden layer of 256 units after the noise in G, and before the logit in D."""
    from torch import nn

    from gan.models import leaky, normal_start

    first, *rest = G.net
    add = [nn.Linear(64, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Linear(256, first.out_features)]
    G.net = nn.Sequential(*map(normal_start, add), *rest)
    *features, last, flat = D
    add = [nn.Flatten(), nn.Linear(16 * last.in_channels, 256), nn.BatchNorm1d(256), leaky(), nn.Linear(256, 1)]
    return G, nn.Sequential(*features, *map(normal_start, add), flat)


def perceptrons(G, D):
    """No convolution: two hidden layers each, of 256 and 512 units in G, of 512 and 256 in D."""
    from torch import nn

    from gan.models import leaky

    n = 3 * 16**2
    G.net = nn.Sequential(nn.Linear(64, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Linear(256, 512), nn.BatchNorm1d(512),
                          nn.ReLU(), nn.Linear(512, n), nn.Tanh(), nn.Unflatten(1, (3, 16, 16)))
    return G, nn.Sequential(nn.Flatten(), nn.Linear(n, 512), leaky(), nn.Linear(512, 256), leaky(), nn.Linear(256, 1),
                            nn.Flatten(0))
