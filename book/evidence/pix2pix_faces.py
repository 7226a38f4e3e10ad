"""Chapter 17's pix2pix: outline -> portrait and portrait -> outline, faces of 16 x 16 pixels, with L1, a GAN or both.

"cGAN 4" is an adversarial loss alone whose D sees patches of 4 pixels, "L1 + cGAN 22" has both, and the "GAN" is not
told the outline. Each seed has an inspector, 6,000 faces to learn from and 1,000 new ones, of which its networks are
asked: L1 and root mean square error, gradient energy and colour as a share of the real ones', Fréchet distance, and how
much of the factors the inspector reads off them. A trial takes a hundredth of the steps.
"""

SEEDS = range(3)
STEPS, EARLY, BATCH, SHOWN = 1_000, 500, 16, 12
LR, GAMMA = 1e-3, 0.1
PATCHES = {1: [(1, 1)] * 3, 4: [(4, 2), (1, 1), (1, 1)], 22: [(4, 2)] * 3}
KINDS, NUMBERS = ("hair", "glasses", "beard", "dye"), ("turn", "tilt", "width", "smile")


def table() -> dict:
    """Row -> what `trained` takes."""
    rows = {"L1": {"l1": 10}, "L2": {"l2": 20}}
    for patch in PATCHES:
        rows |= {f"cGAN {patch}": {"patch": patch}, f"L1 + cGAN {patch}": {"patch": patch, "l1": 10}}
    return rows | {"GAN 22": {"patch": 22, "blind": True}, "weight 100": {"patch": 22, "l1": 100},
                   "dropout": {"patch": 22, "l1": 10, "dropout": 0.5}}


def one(seed: int, quick: bool) -> dict:
    """Direction -> row -> what was measured; pictures of the first new faces."""
    import torch

    torch.set_num_threads(1)
    judged = Judge(seed, quick)
    found = {"portraits": judged.rivals(), "outlines": {}, "early": {}}
    pictures = {"real": as_bytes(judged.new[:SHOWN]), "outline": as_bytes(judged.new_outlines[:SHOWN])}
    for number, (name, settings) in enumerate(table().items()):
        torch.manual_seed(1_000 * (seed + 1) + number)
        for when, G in trained(judged.faces, judged.outlines, quick, **settings):
            place = found["portraits"] if when == STEPS else found["early"]
            place[name] = judged.look(G)
        pictures[name] = as_bytes(judged.made(G, 1)[:SHOWN])
    for number, name in enumerate(("L1", "cGAN 22", "L1 + cGAN 22")):
        torch.manual_seed(1_000 * (seed + 1) + 100 + number)
        *_, (when, G) = trained(judged.outlines, judged.faces, quick, **table()[name])
        found["outlines"][name] = judged.look_back(G)
    return {**found, "pictures": pictures}


def as_bytes(x):
    import torch

    return ((x + 1) * 127.5).round().to(torch.uint8)


# Training -----------------------------------------------------------------------------------------------------------
def trained(x, y, quick: bool, patch=0, blind=False, l1=0, l2=0, dropout=0.0):
    """Yield steps and the average of G, early and at the end; patch 0 is no adversary."""
    import gan
    from gan.losses import Loss, non_saturating
    from gan.models.translation import PatchDiscriminator, pix2pix_pair
    from gan.penalties import lazy, r1

    class Blind(PatchDiscriminator):
        """Given y, and does not look at it."""

        def map(self, x, *y):
            return super().map(x)

    channels, told = x.shape[1], y.shape[1]
    G, D = pix2pix_pair(16, told, channels, layers=PATCHES[patch or 1], dropout=dropout)
    if blind:
        D = Blind(PATCHES[patch], channels, 12)
    pull = {"l1": lambda fake, real, y: l1 * (fake - real).abs().mean((1, 2, 3)),
            "l2": lambda fake, real, y: l2 * (fake - real).square().mean((1, 2, 3))}
    nothing = Loss(lambda real, fake: 0 * (real + fake), lambda fake, real=None: 0 * fake)
    run = gan.train(G, D, (x, y), steps=STEPS // 100 if quick else STEPS, batch=BATCH, lr=LR, betas=(0.0, 0.99),
                    loss=non_saturating if patch else nothing, penalties=(lazy(r1(GAMMA), 4),) if patch else (),
                    g_penalties=[pull[name] for name, weight in (("l1", l1), ("l2", l2)) if weight], ema=0.99,
                    device="cpu")
    for step in run:
        if step.index == EARLY and not quick:
            yield EARLY, run.G_ema
    yield STEPS, run.G_ema


# What is seen -------------------------------------------------------------------------------------------------------
def outline(x):
    """Where the grey picture changes by more than 0.3 to the right or down: 1, elsewhere -1, (N, 1, H, W)."""
    from torch.nn.functional import pad

    grey = x.mean(1, keepdim=True)
    wider = pad(grey, (0, 1, 0, 1), mode="replicate")
    right, down = wider[..., :-1, 1:] - grey, wider[..., 1:, :-1] - grey
    return (right.square() + down.square() > 0.3**2).to(x) * 2 - 1


def energy(x) -> float:
    """Mean squared difference of neighbouring pixels."""
    return (x.diff(dim=-1).square().mean() + x.diff(dim=-2).square().mean()).item()


def colour(x) -> float:
    """Mean spread of a pixel's three channels."""
    return (x.amax(1) - x.amin(1)).mean().item()


class Judge:
    """One seed's faces to learn from, new ones, and an inspector trained on others."""

    def __init__(self, seed: int, quick: bool):
        import torch

        import gan
        from gan.metrics import fit_inspector

        def faces(n, k):
            return gan.data.faces(n, 16, torch.Generator().manual_seed(1_000 * seed + k))

        self.faces, (self.new, self.factors) = faces(6_000, 1)[0], faces(1_000, 2)
        self.outlines, self.new_outlines = outline(self.faces), outline(self.new)
        self.inspector = fit_inspector(*faces(20_000, 3), 20 if quick else 1_200, seed)

    def made(self, G, k: int, y=None):
        import torch

        y = self.new_outlines if y is None else y
        return G.sample(len(y), torch.Generator().manual_seed(k), y)

    def look(self, G) -> dict[str, float]:
        import torch

        x, other = self.made(G, 1), self.made(G, 2)
        known = self.made(G, 1, self.outlines[:1_000])
        found = self.seen(x) | {"two z": (x - other).abs().mean()}
        found["L1, known"] = (known - self.faces[:1_000]).abs().mean()
        found["hair, another outline"] = self.seen(self.made(G, 1, self.new_outlines.roll(1, 0)))["hair"]
        if any(isinstance(layer, torch.nn.Dropout) for layer in G.modules()):
            z = G.noise(1_000, torch.Generator().manual_seed(1))
            with torch.no_grad():
                one, two = (G.train()(z, self.new_outlines) for _ in range(2))
            found |= {f"dropout on: {key}": value for key, value in self.seen(one).items() if key in ("L1", "distance")}
            found["two dropouts"] = (one - two).abs().mean()
            G.eval()
        return rounded(found)

    def seen(self, x) -> dict[str, float]:
        """What is measured of pictures that should be the new faces."""
        import torch

        from gan.metrics import frechet_distance

        kinds, numbers = self.inspector.kinds(x), self.inspector.numbers(x)
        found = {"L1": (x - self.new).abs().mean(), "L2": (x - self.new).square().mean().sqrt(),
                 "energy": energy(x) / energy(self.new), "colour": colour(x) / colour(self.new),
                 "distance": frechet_distance(self.inspector.features(x), self.inspector.features(self.new))}
        found |= {kind: (kinds[kind] == self.factors[kind]).float().mean() for kind in KINDS}
        for name in NUMBERS:
            both = torch.stack([numbers[name], self.factors[name]])
            found[name] = torch.corrcoef(both)[0, 1].nan_to_num()
        return found

    def rivals(self) -> dict[str, dict]:
        """The real faces, other ones, their mean, and an untrained G."""
        import torch

        from gan.models.translation import pix2pix_pair

        torch.manual_seed(0)
        mean = self.faces.mean(0).expand_as(self.new)
        return {"real": rounded(self.seen(self.new)), "other faces": rounded(self.seen(self.faces[:1_000])),
                "mean face": rounded(self.seen(mean)), "untrained": self.look(pix2pix_pair(16)[0])}

    def look_back(self, G) -> dict[str, float]:
        """Of outlines made of the new faces: L1, the share of right pixels, edges in common over edges in either."""
        y = self.made(G, 1, self.new)
        ours, right = y > 0, self.new_outlines > 0
        other = self.made(G, 2, self.new)
        return rounded({"L1": (y - self.new_outlines).abs().mean(), "pixels": (ours == right).float().mean(),
                        "edges": (ours & right).sum() / (ours | right).sum(), "two z": (y - other).abs().mean()})


def rounded(found: dict) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in found.items()}
