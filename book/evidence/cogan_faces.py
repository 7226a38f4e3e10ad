"""Chapter 14's faces: are G(z, 0) and G(z, 1) the same person with and without glasses, or smiling and not?

Both domains have equally many faces of 16 x 16 pixels, none in both. The inspector, another for each seed, reads 1,000
pairs; the rival with nothing shared is trained for the glasses. Of each kind is kept how often it is the same, of each
number the correlation, both once more with the pairs dealt anew; and for each domain the mean of what divides the
domains, and the Fréchet distance.
"""

SEEDS = range(5)
STEPS, BATCH = 1_200, 16
STORED = 3                                            # so many seeds keep their generators
KINDS, NUMBERS = ("hair", "beard", "dye"), ("turn", "tilt", "width", "open", "skin", "light")


def one(seed: int, quick: bool) -> dict:
    """Domains -> "shared" or "apart" -> what was read; G's weights of the first seeds."""
    import torch

    import gan
    from gan.metrics import fit_inspector
    from gan.models import cogan_pair
    from gan.penalties import lazy, r1

    torch.set_num_threads(1)
    images, factors = gan.data.faces(20_000, 16, torch.Generator().manual_seed(seed))
    inspector = fit_inspector(images, factors, 20 if quick else 1_200, seed)
    found, weights = {"report": {name: round(value, 3) for name, value in inspector.report.items()}}, {}
    for name, parts in domains(images, factors).items():
        x, y = torch.cat(parts), torch.arange(2).repeat_interleave(len(parts[0]))
        found[name] = {}
        for row, shares in {"shared": {}, "apart": {"g_shared": 0, "d_shared": 0}}.items():
            if (name, row) == ("smile", "apart"):
                continue
            torch.manual_seed(1_000 * seed + len(row))
            G, D = cogan_pair(**shares)
            found[name]["untrained"] = read(inspector, G, parts, name)
            run = gan.train(G, D, (x, y), steps=3 if quick else STEPS, batch=BATCH, lr=2e-3, betas=(0.0, 0.99),
                            ema=0.995, device="cpu", penalties=(lazy(r1(1.0), 4),))
            for _ in run:
                pass
            found[name][row] = read(inspector, run.G_ema, parts, name)
            if row == "shared" and seed < STORED or seed == 0 and name == "glasses":
                weights[f"{name}, {row}"] = run.G_ema.state_dict()
    return {**found, **weights}


def domains(images, factors) -> dict:
    """Pairs of tensors of one length: faces without and with."""
    smile = factors["smile"]
    parts = {"glasses": (factors["glasses"] == 0, factors["glasses"] == 1), "smile": (smile < -0.3, smile > 0.3)}
    least = {name: min(int(part.sum()) for part in both) for name, both in parts.items()}
    return {name: tuple(images[part][:least[name]] for part in both) for name, both in parts.items()}


def read(inspector, G, parts, name: str) -> dict:
    import torch

    from gan.metrics import frechet_distance

    random = torch.Generator().manual_seed(1)
    z, y = G.noise(1_000, random), torch.zeros(1_000, dtype=torch.long)
    with torch.no_grad():
        made = G(z, y), G(z, y + 1)
    kinds, numbers = ([read(x) for x in made] for read in (inspector.kinds, inspector.numbers))
    anew, result = torch.randperm(1_000, generator=random), {}
    for suffix, order in (("", slice(None)), (", dealt anew", anew)):
        for kind in KINDS:
            result[kind + suffix] = (kinds[0][kind] == kinds[1][kind][order]).float().mean().item()
        for number in NUMBERS:
            both = torch.stack([numbers[0][number], numbers[1][number][order]])
            result[number + suffix] = torch.corrcoef(both)[0, 1].nan_to_num().item()
    for domain in range(2):
        divides = kinds[domain]["glasses"].float() if name == "glasses" else numbers[domain]["smile"]
        result[f"{name} in {domain}"] = divides.mean().item()
        seen = (inspector.features(x).detach() for x in (made[domain], parts[domain][:5_000]))
        result[f"distance {domain}"] = frechet_distance(*seen)
    return {key: round(value, 3) for key, value in result.items()}
