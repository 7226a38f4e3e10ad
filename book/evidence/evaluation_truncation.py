"""Stored StyleGANs at fifteen strengths of truncation: precision, recall, density, coverage and Fréchet distance.

Two kinds of features: the inspector's 64, and the first 16 principal components of painted faces' pixels. 2,000 painted
faces and 2,000 fakes for the four shares, and for the distance also fewer of each, drawn ten times from 4,000. The same
for painted faces in place of fakes: "floor". A trial has 400 fakes at three strengths.
"""

SEEDS = range(3)
PSIS = tuple(k / 10 for k in range(2, 17))
SIZES = (100, 200, 400, 1_000, 2_000)
DRAWS = 10
COMPONENTS = 16


def one(seed: int, quick: bool) -> dict:
    """``rows``: a row for each kind of features and ψ, and ``floor``: a row for each kind."""
    import torch

    import gan
    from gan.models import stylegan_pair

    G = stylegan_pair()[0]
    G.load_state_dict(gan.evidence.load("stylegan_faces")["runs"][seed]["G"])
    G.eval().requires_grad_(False)
    n = 400 if quick else 4_000
    painted = gan.data.faces(2 * n, 32, torch.Generator().manual_seed(1_100 + seed))[0]
    random = torch.Generator().manual_seed(1_200 + seed)
    z = torch.randn(n, G.latent, generator=random)
    kinds = features()
    known = {name: kind(painted[:n]) for name, kind in kinds.items()}
    rows = []
    for psi in (0.3, 0.7, 1.0) if quick else PSIS:
        w = G.net.mean().lerp(G.net.mapping(z), psi)
        x = torch.cat([G.net.synthesis(part[:, None].expand(-1, len(G.net.layers), -1),
                                       G.net.draw_noise(len(part), torch.Generator().manual_seed(k)))
                       for k, part in enumerate(w.split(500))])
        rows += [{"features": name, "psi": psi, **measured(known[name], kind(x), random)}
                 for name, kind in kinds.items()]
    floor = [{"features": name, **measured(known[name], kind(painted[n:]), random)} for name, kind in kinds.items()]
    return {"rows": rows, "floor": floor}


def features() -> dict:
    """Name -> images to features (N, F)."""
    import torch

    import gan

    inspector = gan.metrics.Inspector(32)
    inspector.load_state_dict(gan.evidence.load("dcgan_faces")["runs"][0]["inspector"])
    inspector.eval().requires_grad_(False)
    known = gan.data.faces(4_000, 32, torch.Generator().manual_seed(1_000))[0].flatten(1)
    torch.manual_seed(1_000)
    axes = torch.svd_lowrank(known - known.mean(0), 2 * COMPONENTS, niter=8)[2].T[:COMPONENTS]
    return {"inspector": inspector.features, "pixels": lambda x: (x.flatten(1) - known.mean(0)) @ axes.T}


def measured(real, fake, random) -> dict:
    import warnings

    import torch

    from gan.metrics import density_coverage, frechet_distance, precision_recall

    half = len(real) // 2
    found = precision_recall(real[:half], fake[:half])._asdict() | density_coverage(real[:half], fake[:half])._asdict()
    by_size = {}
    for size in SIZES:
        if size > half:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values = [frechet_distance(*(x[torch.randperm(len(x), generator=random)[:size]] for x in (real, fake)))
                      for _ in range(DRAWS)]
        by_size[str(size)] = [round(value, 4) for value in values]
    distance = frechet_distance(real[:half], fake[:half])
    return {name: round(value, 4) for name, value in (found | {"distance": distance}).items()} | {"by size": by_size}
