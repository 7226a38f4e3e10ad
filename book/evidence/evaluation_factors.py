"""Which measure sees a fault of the painted faces that is known? Its power, by the number of faces, three seeds.

Faces against other faces, without a fault ("none": the null) and with one: "no hat", which 3 % should wear;
"tied", where those wear glasses who smile most, and as many as ever; "skin", every skin a tenth of its range lighter;
"copies", each face five times. 20 draws for each number of faces and fault, from pools of 8,000. Beside the measures
stand three questions to the inspector: the share of hats, the correlation of glasses with smiles, and the mean skin.
Features: the inspector's, the first 16 principal components of pixels, and those of an untrained net.
A trial has two draws of one number.
"""

SEEDS = range(3)
SIZES = (125, 250, 500, 1_000, 2_000)
DRAWS = 20
POOL = 8_000
FAULTS = ("none", "no hat", "tied", "skin", "copies")


def one(seed: int, quick: bool) -> dict:
    """features -> number of faces -> fault -> measure -> one value a draw."""
    import torch

    inspector = stored_inspector()
    random = torch.Generator().manual_seed(3_000 + seed)
    known, pools = pools_of(seed, 600 if quick else POOL)
    kinds = features(inspector, seed)
    found = {}
    for name, kind in kinds.items():
        real, fakes = kind(known), {fault: kind(x) for fault, x in pools.items()}
        found[name] = {}
        for n in SIZES[:1] if quick else SIZES:
            rows = {fault: [] for fault in FAULTS}
            for _ in range(2 if quick else DRAWS):
                reference = real[chosen(len(real), n, random)]
                for fault in FAULTS:
                    one_set = fakes["none" if fault == "copies" else fault]
                    rows[fault].append(measured(reference, one_set[chosen(len(real), n, random, fault)]))
            found[name][str(n)] = {fault: columns(values) for fault, values in rows.items()}
    found["asked"] = asked(inspector, pools, random, quick)
    return found


def chosen(total: int, n: int, random, fault: str = "none"):
    import torch

    if fault == "copies":
        return torch.randperm(total, generator=random)[:n // 5].repeat(5)
    return torch.randperm(total, generator=random)[:n]


def stored_inspector():
    import gan

    inspector = gan.metrics.Inspector(32)
    inspector.load_state_dict(gan.evidence.load("dcgan_faces")["runs"][0]["inspector"])
    return inspector.eval().requires_grad_(False)


def pools_of(seed: int, n: int):
    """Painted faces to compare with, and other ones for each fault."""
    import torch

    from gan.data.portraits import draw, render

    known, drawn = (draw(n, torch.Generator().manual_seed(3_100 + 10 * seed + k)) for k in (0, 1))
    order = drawn["smile"].argsort(descending=True)
    wearing = torch.zeros_like(drawn["glasses"])
    wearing[order[:int(drawn["glasses"].sum())]] = 1
    changed = {"none": {}, "no hat": {"hat": 0}, "tied": {"glasses": wearing}, "skin": {"skin": drawn["skin"] + 0.1}}
    return render(known, 32), {fault: render(drawn | change, 32) for fault, change in changed.items()}


def features(inspector, seed: int) -> dict:
    """Name -> images to features (N, F)."""
    import torch

    import gan

    known = gan.data.faces(4_000, 32, torch.Generator().manual_seed(1_000))[0]
    flat = known.flatten(1)
    torch.manual_seed(1_000 + seed)
    axes = torch.svd_lowrank(flat - flat.mean(0), 32, niter=8)[2].T[:16]
    untrained = gan.metrics.Inspector(32).train()
    for part in known.split(500):                          # batch norm's statistics, and nothing else
        with torch.no_grad():
            untrained.features(part)
    untrained.eval().requires_grad_(False)
    return {"inspector": inspector.features, "pixels": lambda x: (x.flatten(1) - flat.mean(0)) @ axes.T,
            "untrained": untrained.features}


def measured(real, fake) -> dict:
    """All six of gan.metrics, with every distance found once."""
    import torch

    from gan.metrics import frechet_distance, kernel_distance

    real, fake = real.double(), fake.double()
    both = torch.cdist(fake, real, compute_mode="donot_use_mm_for_euclid_dist")
    of_real, of_fake = (torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist").topk(6, largest=False).values
                        for x in (real, fake))
    return {"Fréchet": frechet_distance(fake, real), "kernel": kernel_distance(fake, real, blocks=1).mean,
            "precision": (both <= of_real[:, 3]).any(1).double().mean().item(),
            "recall": (both.T <= of_fake[:, 3]).any(1).double().mean().item(),
            "density": (both < of_real[:, 5]).double().sum().item() / (5 * len(fake)),
            "coverage": (both.amin(0) < of_real[:, 5]).double().mean().item()}


def columns(rows: list[dict]) -> dict:
    return {name: [float(f"{row[name]:.4g}") for row in rows] for name in rows[0]}


def asked(inspector, pools: dict, random, quick: bool) -> dict:
    """What the inspector reads off the fakes alone, for those who know what to ask."""
    import torch

    read = {}
    for fault, x in pools.items():
        kinds, numbers = inspector.kinds(x), inspector.numbers(x)
        read[fault] = {"hat": kinds["hat"].double(), "glasses": kinds["glasses"].double(),
                       "smile": numbers["smile"].double(), "skin": numbers["skin"].double()}
    found = {}
    for n in SIZES[:1] if quick else SIZES:
        rows = {fault: [] for fault in FAULTS}
        for _ in range(2 if quick else DRAWS):
            for fault in FAULTS:
                seen = read["none" if fault == "copies" else fault]
                pick = chosen(len(seen["hat"]), n, random, fault)
                tie = torch.corrcoef(torch.stack([seen["glasses"][pick], seen["smile"][pick]]))[0, 1].item()
                rows[fault].append({"hats": seen["hat"][pick].mean().item(), "tie": tie,
                                    "mean skin": seen["skin"][pick].mean().item()})
        found[str(n)] = {fault: columns(values) for fault, values in rows.items()}
    return found
