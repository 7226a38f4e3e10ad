"""Chapter 10's critics before a generator that does not move: depth, strength, steps; twenty critics of most at once.

On a line, where W is known exactly, critics held by clipping, a gradient penalty or spectral norm are looked at after
1, 5, 25, 100 and 300 steps. In the plane they learn the Swiss roll against the same with noise of width 1, and so do
critics of twelve hidden layers (WGAN-GP's Figure 1), of whose loss the gradient is kept layer by layer. The chapter's
own cells are run.
"""

CHAPTER = "10_wasserstein"
CELLS = ("def matched(", "class Clipped(", "class Spectral(", "def one_sided(", "def spectral(", "def wgan(",
         "def on_a_line(", "def learn(")
SEEDS = range(1)
LOOKS = (1, 5, 25, 100, 300)
STRENGTHS = {"clip": (0.003, 0.01, 0.03, 0.1, 0.3, 1.0), "GP": (0.1, 0.3, 1.0, 3.0, 10.0, 100.0),
             "one-sided": (0.1, 1.0, 10.0), "zero-centred": (1.0,), "SN": (1.0, 10.0)}
DEEP = {"width 512": (512, 2, 40), "width 128": (128, 6, 80), "width 32": (32, 20, 150)}
PLANE = {"clip": (0.03, 0.1), "GP": (0.1, 1.0, 10.0), "one-sided": (1.0, 10.0), "SN": (1.0,)}
CLIPS = (0.3, 0.1, 0.01, 0.001)


def sources() -> list[str]:
    from evidence import cells

    return cells(CHAPTER, CELLS)


def one(seed: int, quick: bool) -> dict:
    """Line: way -> strength -> look -> estimates and slopes; depth: SN's share of W; deep: gradients by layer."""
    import torch
    from evidence import names_of

    names = names_of(sources(), seed)
    torch.manual_seed(800_000 + seed)
    looks = [min(look, 6) for look in LOOKS] if quick else LOOKS

    def learn(*setting, **more):
        return names["learn"](*setting, **more)[1]

    line = {way: {str(s): dict(zip(map(str, LOOKS), map(listed, learn(names["on_a_line"], way, s, looks))))
                  for s in strengths} for way, strengths in STRENGTHS.items()}
    depth = {str(n): listed(learn(names["on_a_line"], "SN", 1.0, looks[-1:], depth=n)[0]) for n in (1, 3, 8)}
    rates = {f"{way} {rate:.0e}": listed(learn(names["on_a_line"], way, s, looks[-1:], lr=rate)[0])
             for way, s in (("clip", 0.1), ("GP", 10.0), ("SN", 1.0)) for rate in (3e-4, 3e-3)}
    plane = {way: {str(s): listed(learn(names["on_a_roll"], way, s, looks[-1:])[0]) for s in strengths}
             for way, strengths in PLANE.items()}
    exact = [float(f"{names['matched'](*names['on_a_roll']((500 if quick else 2_000,))):.4g}") for _ in range(4)]
    deep = {name: {"GP 10" if c is None else f"clip {c}": by_layer(names, c, width, runs, 3 if quick else steps)
                   for c in (None, *CLIPS)} for name, (width, runs, steps) in DEEP.items()}
    return {"line": line, "SN by depth": depth, "rates": rates, "plane": {**plane, "exact": exact}, "deep": deep}


def listed(seen: dict) -> dict:
    return {key: [float(f"{value:.4g}") for value in values.tolist()] for key, values in seen.items()}


def by_layer(names, c, width: int, runs: int, steps: int) -> dict:
    """Gradient of the critic's loss in each layer's input and its weights, root mean square over the batch."""
    import torch

    gan, roll = names["gan"], names["SwissRoll"]()
    net = [gan.models.mlp([2, *[width] * 12, 1]) for _ in range(runs)]
    G = gan.models.Generator(gan.models.mlp([2, 2]), 2)
    _, D = gan.ensemble.stack((G, torch.nn.Sequential(one, torch.nn.Flatten(0))) for one in net)
    penalty = gan.penalties.gradient_penalty(10.0) if c is None else None
    optimizer = (torch.optim.Adam(D.parameters(), 1e-3, (0.0, 0.9)) if c is None
                 else names["Clipped"](D.parameters(), 1e-3, c))
    for _ in range(steps):
        real, near = roll.sample((2, runs, 64))
        fake = near + torch.randn_like(near)
        loss = (D(fake) - D(real)).mean(-1)
        if penalty:
            loss = loss + penalty(D, real, fake).mean(-1)
        optimizer.zero_grad()
        loss.sum().backward()
        optimizer.step()
    real, near = roll.sample((2, runs, 256))
    fake = near + torch.randn_like(near)
    x, kept = torch.cat([fake, real], 1), []
    for layer in D[0]:
        if isinstance(layer, gan.ensemble.Linear):
            x = x.clone() if kept else x.requires_grad_()
            x.retain_grad()
            kept.append(x)
        x = layer(x)
    told = x[:, 256:, 0].mean(-1) - x[:, :256, 0].mean(-1)
    told.sum().backward()
    gradients = torch.stack([one.grad.square().sum(-1).mean(-1).sqrt() for one in kept], 1)          # (runs, layers)
    weights = torch.cat([weight.detach().flatten(1) for weight in D.parameters()], 1).abs()
    bound = weights.amax(1, keepdim=True) if c is None else c
    return {"gradients": [[float(f"{g:.3g}") for g in row] for row in gradients.tolist()],
            "told": [float(f"{t:.3g}") for t in told.tolist()],
            "at bound": [round(share, 3) for share in (weights > 0.99 * bound).float().mean(1).tolist()]}
