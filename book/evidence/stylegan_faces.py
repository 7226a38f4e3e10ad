"""StyleGANs of 32 x 32 pixels with mixing regularisation, three seeds: weights, and what can be measured of them.

Faces of gan.data.faces, read by the inspector of dcgan_faces.py. ``measure`` is what the chapter's other evidence is
measured with, too: which layer carries which factor, truncation, path lengths, probes, edits, noise. A lent GPU has
minutes, so that a run there ends at the next 250 steps after LIMIT seconds; ``steps`` says how far it came. A trial
takes 1/400 of the steps.
"""

from functools import cache

SEEDS = range(3)
STEPS, LIMIT = 10_000, 280
SETTINGS = {"batch": 64, "lr": 1e-2, "betas": (0.0, 0.99), "ema": 0.998}
D_CHANNELS = {4: 128, 8: 128, 16: 64, 32: 32}
MIXING = 0.9
GAMMA, EVERY = 1.0, 8                            # R1's, and its interval
LOOKS = (250, 500, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 8_000)
HALFWAY = (2_000, 3_000, 4_000)                  # steps at which more is measured
FAKES = 4_000


def one(seed: int, quick: bool, **settings) -> dict:
    """The average G's weights, how good it was on the way, and what ``measure`` finds in the end."""
    inspector = stored_inspector()
    run, looks = trained(seed, quick, inspector, **settings)
    return {"G": run.G_ema.state_dict(), "looks": looks, "steps": run.index,
            "measured": measure(run.G_ema, inspector, quick)}


def stored_inspector():
    import gan

    inspector = gan.metrics.Inspector(32)
    inspector.load_state_dict(gan.evidence.load("dcgan_faces")["runs"][0]["inspector"])
    return inspector.eval().requires_grad_(False).to(gan.pick_device())


def trained(seed: int, quick: bool, inspector, steps: int = STEPS, limit: float = LIMIT, **kinds):
    """A run that is over, and the average G's looks by step; ``kinds`` are arguments of ``stylegan_pair``."""
    import time

    import torch

    import gan
    from gan.models import stylegan_pair
    from gan.penalties import lazy, r1

    device, steps = gan.pick_device(), steps // 400 if quick else steps
    torch.backends.cudnn.allow_tf32 = False       # whose rounding would be a part of every path length
    real = painted(600 if quick else 30_000, 300 + seed, inspector.size)
    torch.manual_seed(50_000 + seed)
    G, D = stylegan_pair(**{"d_channels": D_CHANNELS, "mixing": MIXING, **kinds})
    looks = {"0": look(G, inspector, quick)}
    run = gan.train(G, D, real.contiguous(memory_format=torch.channels_last), steps=steps, seed=seed, device=device,
                    penalties=(lazy(r1(GAMMA), EVERY),), **SETTINGS)
    start = time.monotonic()
    for step in run:
        late = device.type == "cuda" and step.index % 250 == 0 and time.monotonic() - start > limit
        if step.index in LOOKS or step.index == steps or late:
            looks[str(step.index)] = look(run.G_ema, inspector, quick)
        if step.index in HALFWAY or step.index == steps or late:
            looks[str(step.index)] |= {"paths": paths(run.G_ema, inspector, 200 if quick else 2_000),
                                       "probes": probes(run.G_ema, inspector, 400 if quick else 8_000),
                                       "layers": layer_table(run.G_ema, inspector, 100 if quick else 2_000)}
        if late:
            break
    return run, looks


@cache
def painted(n: int, seed: int, size: int):
    import torch

    import gan
    from gan.data.portraits import draw, render

    factors = draw(n, torch.Generator().manual_seed(seed))
    return render({name: value.to(gan.pick_device()) for name, value in factors.items()}, size)


# What is measured ---------------------------------------------------------------------------------------------------
def images_of(net, w, noise):
    """A picture for each w, (N, width) or (N, layers, width). ``noise``: maps for all, or the seed of maps for each."""
    import torch

    w = w[:, None].expand(-1, len(net.layers), -1) if w.ndim == 2 else w
    random = torch.Generator(w.device).manual_seed(noise) if isinstance(noise, int) else None
    with torch.no_grad():
        return torch.cat([net.synthesis(part, net.draw_noise(len(part), random) if random else noise)
                          for part in w.split(500)])


def one_noise(G):
    """The same noise for all, where noise is not the question."""
    import torch

    return G.net.draw_noise(1, torch.Generator(G.net.constant.device).manual_seed(7))


def latents(G, n: int, seed: int):
    import torch

    return torch.randn(n, G.latent, generator=torch.Generator().manual_seed(seed)).to(G._like)


def look(G, inspector, quick: bool, w=None, psi: float = 1.0) -> dict:
    """Fréchet distance, precision, recall, oddness, spread of pixels, shares of kinds; of 4,000 fakes or of these w."""
    import torch

    from gan.data.portraits import FACTORS
    from gan.metrics import frechet_distance, precision_recall

    n = 200 if quick else FAKES
    net = G.net.to(next(inspector.parameters()).device)
    G.to(net.constant.device)
    with torch.no_grad():
        if w is None:
            w = net.mapping(latents(G, n, 5))
            w = net.mean().lerp(w, psi)
        x = images_of(net, w, 6)
    seen, kinds = inspector.features(x), inspector.kinds(x)
    known, usual = of_painted(inspector, n)
    precision, recall = precision_recall(known[:2_000], seen[:2_000])
    odd = inspector.oddness(x[:1_000])
    found = {"distance": frechet_distance(seen, known), "precision": precision, "recall": recall,
             "oddness": torch.median(odd), "clean": (odd < usual).float().mean(), "spread": x.std(0).mean()}
    found |= {f"{name}: {kind}": (kinds[name] == k).float().mean()
              for name, given in FACTORS.items() if isinstance(given, dict) for k, kind in enumerate(given)}
    return rounded(found)


@cache
def of_painted(inspector, n: int):
    """Painted faces' features, and an oddness that 5 % of them exceed."""
    real = painted(n, 101, inspector.size)
    return inspector.features(real), inspector.oddness(real[:1_000]).quantile(0.95)


def measure(G, inspector, quick: bool) -> dict:
    """All that needs thousands of faces."""
    n = 100 if quick else 4_000
    G.eval().requires_grad_(False)
    maps = one_noise(G)
    return {"layers": layer_table(G, inspector, n), "mixed": mixed(G, inspector, quick),
            "truncation": {str(psi): truncated(G, inspector, quick, psi) for psi in (1.0, 0.85, 0.7, 0.5, 0.25, 0.0)},
            "edits": edits(G, inspector, n, maps), "noise": noise_alone(G, inspector, n // 20)}


def readings(inspector, x) -> dict:
    """Factor -> what is read, (N, k): probabilities of kinds, numbers in [-1, 1], a hue's cosine and sine."""
    from gan.metrics.inspector import KINDS

    return {name: out.softmax(1) if name in KINDS else out for name, out in inspector(x).items()}


def layer_table(G, inspector, n: int) -> dict:
    """Factor -> for each layer: as only its w comes from a second face, by which share does the factor go there?

    It is the slope, through 0, of how the reading has moved on how the second face's reading differs.
    """
    import torch

    maps = one_noise(G)
    with torch.no_grad():
        a, b = (G.net.mapping(latents(G, n, seed))[:, None].repeat(1, len(G.net.layers), 1) for seed in (11, 12))
    of_a, of_b = (readings(inspector, images_of(G.net, w, maps)) for w in (a, b))
    table = {name: [] for name in of_a}
    for layer in range(len(G.net.layers)):
        w = a.clone()
        w[:, layer] = b[:, layer]
        for name, now in readings(inspector, images_of(G.net, w, maps)).items():
            way = of_b[name] - of_a[name]
            table[name].append((((now - of_a[name]) * way).sum() / way.square().sum()).item())
    return {name: [round(value, 4) for value in row] for name, row in table.items()}


def mixed(G, inspector, quick: bool) -> dict:
    """How good faces of several latents are: number of latents -> look. Where they change is drawn anew for each."""
    import torch

    n, layers = 200 if quick else FAKES, len(G.net.layers)
    found = {}
    for k in (2, 3, 4):
        with torch.no_grad():
            w = torch.stack([G.net.mapping(latents(G, n, 20 + i)) for i in range(k)], 1)          # (n, k, width)
        random = torch.Generator().manual_seed(30)
        cuts = torch.stack([torch.randperm(layers - 1, generator=random)[:k - 1] + 1 for _ in range(n)])
        which = (torch.arange(layers)[None, :, None] >= cuts[:, None]).sum(2).to(w.device)        # (n, layers)
        found[str(k)] = look(G, inspector, quick, w[torch.arange(n, device=w.device)[:, None], which])
    return found


def truncated(G, inspector, quick: bool, psi: float) -> dict:
    """A look, and the standard deviation of what is read of each factor."""
    import torch

    n = 200 if quick else FAKES
    with torch.no_grad():
        w = G.net.mean().lerp(G.net.mapping(latents(G, n, 5)), psi)
    read = readings(inspector, images_of(G.net, w, 6))
    spread = {name: round(value.var(0).sum().sqrt().item(), 4) for name, value in read.items()}
    return look(G, inspector, quick, psi=psi) | {"spreads": spread}


def paths(G, inspector, n: int) -> dict:
    """Perceptual path lengths in the inspector's features, along z and along w, all the way and at its ends."""
    import torch

    from gan.metrics import path_length

    device, found = G.net.constant.device, {}
    for name, ends in (("full", False), ("end", True)):
        random = torch.Generator(device).manual_seed(40)
        found[f"z {name}"] = path_length(G, inspector.features, n, ends=ends, epsilon=1e-3, generator=random)
        random = torch.Generator(device).manual_seed(40)
        found[f"w {name}"] = path_length(G.net.synthesis, inspector.features, n, path=torch.lerp, ends=ends,
                                         noise=lambda n, generator: G.net.mapping(G.noise(n, generator)),
                                         epsilon=1e-3, generator=random)
    return rounded(found)


def probes(G, inspector, n: int) -> dict:
    """Space -> factor -> R^2 on held-out faces of a linear model of what is read."""
    import torch

    from gan.models.equalized import pixel_norm

    z = latents(G, n, 50)
    with torch.no_grad():
        w = G.net.mapping(z)
    read = readings(inspector, images_of(G.net, w, one_noise(G)))
    z, known, found = pixel_norm(z, -1), 4 * n // 5, {}
    for space, x in {"z": z, "w": w}.items():
        x = torch.cat([x, torch.ones_like(x[:, :1])], 1).double()
        found[space] = {}
        for name, value in read.items():
            value = value.double()
            model = ridge(x[:known], value[:known])
            left = (value[known:] - x[known:] @ model).square().sum()
            about = (value[known:] - value[known:].mean(0)).square().sum()
            found[space][name] = round((1 - left / about).item(), 4)
    return found


def ridge(x, y, weight: float = 1e-4):
    import torch

    products = x.T @ x
    return torch.linalg.solve(products + weight * products.diagonal().mean() * torch.eye(len(products)).to(x), x.T @ y)


def scalars(inspector, x) -> dict:
    """Factor -> one number a face, (N,): a number, or by how much the second kind's logit is above the first's."""
    from gan.metrics.inspector import HUES, KINDS

    return {name: out[:, 1] - out[:, 0] if name in KINDS else out[:, 0]
            for name, out in inspector(x).items() if name not in HUES and (name not in KINDS or out.shape[1] == 2)}


def edits(G, inspector, n: int, maps) -> dict:
    """Space -> factor -> what a step along its direction does: numbers' change in standard deviations, and for kinds
    the share of faces whose kind is another.

    In "z" and "w" a direction is what least squares reads the factor by, and the step is from 1.5 standard deviations
    below to as many above, in the place along it that a face has. In "w mean" it is how w changes, on average, with
    what is read, and the step is as many standard deviations of that. "random" is a direction that means nothing.
    """
    import torch

    from gan.metrics.inspector import HUES, KINDS
    from gan.models.equalized import pixel_norm

    z = latents(G, 2 * n, 60)
    w = G.net.mapping(z)
    x = images_of(G.net, w, maps)
    targets, sizes = scalars(inspector, x), {name: out.std(0) for name, out in inspector(x).items()}
    random = torch.randn(w.shape[1], generator=torch.Generator().manual_seed(61)).to(w)
    found = {}
    for space, points in {"z": pixel_norm(z, -1), "w": w, "w mean": w}.items():
        found[space] = {}
        for name, value in (*targets.items(), ("random", points @ random)):
            step = along(points, value, random if name == "random" else None, space == "w mean")
            ends = [points[:n // 4] + sign * step for sign in (-1, 1)]
            ends = [images_of(G.net, G.net.mapping(end) if space == "z" else end, maps) for end in ends]
            before, after = (inspector(end) for end in ends)
            found[space][name] = rounded({
                other: (before[other].argmax(1) != after[other].argmax(1)).float().mean() if other in KINDS else
                ((after[other] - before[other]).norm(dim=1).mean() if other in HUES
                 else ((after[other] - before[other]) / sizes[other]).mean()) for other in before})
    return found


def along(points, value, u=None, mean=False):
    """The step of ``edits`` for what is read of the points, (width,)."""
    import torch

    if mean:
        apart = value - value.mean()
        return 1.5 * apart @ (points - points.mean(0)) / len(points) / apart.std()
    if u is None:
        ones = torch.ones_like(points[:, :1])
        u = ridge(torch.cat([points, ones], 1).double(), value.double())[:-1].to(points)
    u = u / u.norm()
    return 1.5 * (points @ u).std() * u


def noise_alone(G, inspector, n: int, draws: int = 16) -> dict:
    """As only the noise is drawn anew: how far pixels move, and each reading's share of its variance."""
    import torch

    w = G.net.mapping(latents(G, n, 70))
    x = torch.stack([images_of(G.net, w, 71 + k) for k in range(draws)])                          # (draws, n, 3, S, S)
    everyone = readings(inspector, images_of(G.net, G.net.mapping(latents(G, 10 * n, 72)), 70))
    read = [readings(inspector, one) for one in x]
    share = {name: torch.stack([one[name] for one in read]).var(0).mean(0).sum() / everyone[name].var(0).sum()
             for name in everyone}
    return {"pixels": round(x.std(0).mean().item(), 5), "share": rounded(share)}


def rounded(found: dict) -> dict:
    return {name: round(float(value), 4) for name, value in found.items()}
