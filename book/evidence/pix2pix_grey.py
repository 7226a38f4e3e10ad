"""Chapter 17's grey pictures: the mean of a portrait's three channels -> the portrait, with L1, L2, a GAN or both.

Networks, faces and settings are those of pix2pix_faces.py. The hues of wall and shirt turn a colour around its grey, so
that a grey picture does not tell them. For 1,000 new faces the rows "median of hues" and "mean of hues" are the best
answers of L1 and L2 to somebody who knows all factors but these two, and "other hues" is a true face with hues drawn
anew: right in law, and not for the face. A trial takes a hundredth of the steps.
"""

from pathlib import Path

SEEDS = range(3)
ROWS, SHOWN, HUES, NOISES = ("L1", "L2", "cGAN 4", "cGAN 22", "L1 + cGAN 22"), 12, 24, 4
READ = ("hair", "glasses", "beard", "dye", "iris")
OTHER = Path("book/evidence/pix2pix_faces.py").resolve()


def sources() -> list[str]:
    return [OTHER.read_text("utf-8")]


def one(seed: int, quick: bool) -> dict:
    """Row -> what was measured of portraits of the new faces; pictures of the first."""
    import runpy

    import torch

    torch.set_num_threads(1)
    other = runpy.run_path(str(OTHER))
    judged = Judge(seed, quick, other)
    found, pictures = judged.rivals()
    for number, name in enumerate(ROWS):
        torch.manual_seed(1_000 * (seed + 1) + 300 + number)
        *_, (_, G) = other["trained"](judged.faces, grey(judged.faces), quick, **other["table"]()[name])
        answers = [G.sample(len(judged.new), torch.Generator().manual_seed(k), grey(judged.new))
                   for k in range(NOISES)]
        found[name] = judged.look(*answers)
        pictures[name] = torch.stack([other["as_bytes"](x[:SHOWN]) for x in answers[:2]])
    return {"rows": found, "pictures": pictures}


def grey(x):
    return x.mean(1, keepdim=True)


def turned(a, b):
    """How far two hues lie apart, in turns, at most a half."""
    return ((a - b + 0.5) % 1 - 0.5).abs()


class Judge:
    """One seed's faces to learn from, new ones with their factors, where their walls are, and an inspector."""

    def __init__(self, seed: int, quick: bool, other: dict):
        import torch

        import gan
        from gan.metrics import fit_inspector

        def faces(n, k):
            return gan.data.faces(n, 16, torch.Generator().manual_seed(1_000 * seed + k))

        self.other, self.faces, (self.new, self.factors) = other, faces(6_000, 1)[0], faces(1_000, 2)
        self.inspector = fit_inspector(*faces(20_000, 3), 20 if quick else 1_200, seed)
        self.draws = torch.Generator().manual_seed(1_000 * seed + 4)
        self.wall = self.full("wall")

    def full(self, name: str):
        """Where turning a hue changes a pixel as much as it does anywhere in that picture but for a tenth."""
        from gan.data.portraits import render

        change = (render(self.factors | {name: (self.factors[name] + 0.5) % 1}, 16) - self.new).abs().amax(1)
        return change > 0.9 * change.amax((1, 2), keepdim=True)                      # (N, 16, 16)

    def hue(self, x):
        """The walls' mean colour as a hue in turns, (N,), and how far it lies from grey, (N,)."""
        import math

        import torch

        share = self.wall / self.wall.sum((1, 2), keepdim=True)
        colour = (x * share[:, None]).sum((2, 3))                                    # (N, 3)
        angle = 2 * math.pi * torch.tensor([0, 1 / 3, 2 / 3])
        c, s = (colour * angle.cos()).sum(1), (colour * angle.sin()).sum(1)
        return torch.atan2(-s, c) / (2 * math.pi) % 1, (c.square() + s.square()).sqrt()

    def look(self, x, *others) -> dict[str, float]:
        import torch

        from gan.metrics import frechet_distance

        kinds, numbers = self.inspector.kinds(x), self.inspector.numbers(x)
        hue, strength = self.hue(x)
        _, true_strength = self.hue(self.new)
        sixths = (hue * 6).long().clamp(max=5).bincount(minlength=6) / len(hue)
        found = {"L1": (x - self.new).abs().mean(), "L2": (x - self.new).square().mean().sqrt(),
                 "grey": (grey(x) - grey(self.new)).abs().mean(),
                 "energy": self.other["energy"](x) / self.other["energy"](self.new),
                 "colour": self.other["colour"](x) / self.other["colour"](self.new),
                 "distance": frechet_distance(self.inspector.features(x), self.inspector.features(self.new)),
                 "wall": turned(hue, self.factors["wall"]).mean(),
                 "wall, read": turned(numbers["wall"], self.factors["wall"]).mean(),
                 "shirt, read": turned(numbers["shirt"], self.factors["shirt"]).mean(),
                 "wall's colour": strength.mean() / true_strength.mean(), "commonest sixth": sixths.max(),
                 "law": (sixths - 1 / 6).abs().sum() / 2}
        found |= {kind: (kinds[kind] == self.factors[kind]).float().mean() for kind in READ}
        for name in ("skin", "light", "turn", "smile"):
            found[name] = torch.corrcoef(torch.stack([numbers[name], self.factors[name]]))[0, 1].nan_to_num()
        if others:
            found["two z"] = (x - others[0]).abs().mean()
            found["two z, wall"] = torch.stack([turned(hue, self.hue(y)[0]).mean() for y in others]).mean()
        return self.other["rounded"](found)

    def rivals(self) -> tuple[dict, dict]:
        """The real faces, with other hues, others, best answers, the grey picture itself, and an untrained G."""
        import torch

        from gan.data.portraits import render
        from gan.models.translation import pix2pix_pair

        def redrawn():
            hues = {name: torch.rand(len(self.new), generator=self.draws) for name in ("wall", "shirt")}
            return render(self.factors | hues, 16)

        torch.manual_seed(0)
        hues = torch.stack([render(self.factors | {
            name: (self.factors[name] + torch.tensor(k / HUES)) % 1 for name in ("wall", "shirt")}, 16)
            for k in range(HUES)])                                                   # (24, N, 3, 16, 16)
        G, _ = pix2pix_pair(16)
        rows = {"real": [self.new], "other hues": [redrawn() for _ in range(NOISES)],
                "other faces": [self.faces[:1_000]], "median of hues": [middle(hues)],
                "mean of hues": [hues.mean(0)], "grey itself": [grey(self.new).expand(-1, 3, -1, -1)],
                "untrained": [G.sample(1_000, self.draws, grey(self.new)) for _ in range(2)]}
        seen = {"real": self.new, "grey": grey(self.new), **{
            name: rows[name][0] for name in ("median of hues", "other hues")}}
        found = {name: self.look(*answers) for name, answers in rows.items()}
        found["real"]["moved"] = round((grey(self.new) - hues.mean(2, keepdim=True)).abs().mean().item(), 4)
        return found, {name: self.other["as_bytes"](x[:SHOWN]) for name, x in seen.items()}


def middle(x):
    """The median over the first axis, of an even number."""
    ordered = x.sort(0).values
    return (ordered[len(x) // 2 - 1] + ordered[len(x) // 2]) / 2
