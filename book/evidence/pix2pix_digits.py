"""Chapter 17's digits: the upper half of an 8 x 8 digit -> the whole of it, with L1, L2, a GAN or both, and rivals.

Each seed holds out 397 of scikit-learn's 1,797 digits, on whose halves the networks are judged. "GAN" is not told the
half, and "cGAN, coarse" is told as G is no more than whether the left and the right quarter have much ink: four cases,
each with hundreds of endings. "nearest" takes the ending of the nearest known half, "one of 10" that of any of the ten
nearest, and "mean of 10" their mean. A half is open where its ten nearest agree on the class in seven or fewer.
Both players are perceptrons with two hidden layers. A trial takes a hundredth of the steps.
"""

SEEDS = range(5)
STEPS, BATCH, KNOWN, NOISES, SHOWN = 1_200, 32, 1_400, 20, 12
LR, GAMMA, WIDTH = 1e-3, 0.1, 128
ROWS = {"L1": {"l1": 10}, "L2": {"l2": 20}, "cGAN": {"adversary": True}, "L1 + cGAN": {"adversary": True, "l1": 10},
        "GAN": {"adversary": True, "blind": True}, "cGAN, coarse": {"adversary": True}}


def one(seed: int, quick: bool) -> dict:
    """Row -> what was measured of the whole digits; pictures of the first open halves."""
    import torch

    torch.set_num_threads(1)
    judged = Judge(seed, quick)
    found, pictures = judged.rivals()
    for number, (name, settings) in enumerate(ROWS.items()):
        torch.manual_seed(1_000 * (seed + 1) + number)
        y, new = (judged.coarse, judged.new_coarse) if "coarse" in name else (judged.halves, judged.new_halves)
        G = trained(judged.digits, y, quick, **settings)
        answers = [G.sample(len(new), torch.Generator().manual_seed(k), new) for k in range(NOISES)]
        found[name] = judged.look(torch.stack(answers))
        pictures[name] = torch.stack([as_bytes(x[judged.shown]) for x in answers[:3]])
    return {"rows": found, "judge": judged.report(), "pictures": pictures}


def as_bytes(x):
    import torch

    return ((x + 1) * 127.5).round().to(torch.uint8)


def trained(x, y, quick: bool, adversary=False, blind=False, l1=0, l2=0):
    """The average of a G that makes digits x of halves y."""
    import gan
    from gan.losses import Loss, non_saturating
    from gan.penalties import lazy, r1

    G, D = players(blind)
    pull = {"l1": lambda fake, real, y: l1 * (fake - real).abs().mean((1, 2, 3)),
            "l2": lambda fake, real, y: l2 * (fake - real).square().mean((1, 2, 3))}
    nothing = Loss(lambda real, fake: 0 * (real + fake), lambda fake, real=None: 0 * fake)
    run = gan.train(G, D, (x, y), steps=STEPS // 100 if quick else STEPS, batch=BATCH, lr=LR, betas=(0.0, 0.99),
                    loss=non_saturating if adversary else nothing, penalties=(lazy(r1(GAMMA), 4),) if adversary else (),
                    g_penalties=[pull[name] for name, weight in (("l1", l1), ("l2", l2)) if weight], ema=0.99,
                    device="cpu")
    for _ in run:
        pass
    return run.G_ema


def players(blind=False):
    """G(z, y) and D(x, y) for halves y and digits x, (B, 1, 8, 8); a blind D does not look at y."""
    import torch

    from gan.models import Generator, leaky, mlp

    class Told(torch.nn.Module):
        def __init__(self, widths, sees=1):
            super().__init__()
            self.layers, self.sees = mlp(widths, leaky), sees

        def forward(self, x, y):
            return self.layers(torch.cat([x.flatten(1), self.sees * y.flatten(1)], 1))

    class Player(Told):
        def forward(self, x, y):
            return super().forward(x, y)[:, 0]

    class Painter(Told):
        def forward(self, z, y):
            return super().forward(z, y).tanh().view(-1, 1, 8, 8)

    return Generator(Painter([2 + 64, WIDTH, WIDTH, 64]), 2), Player([64 + 64, WIDTH, WIDTH, 1], 0 if blind else 1)


def energy(x) -> float:
    """Mean squared difference of neighbouring pixels."""
    return (x.diff(dim=-1).square().mean() + x.diff(dim=-2).square().mean()).item()


class Judge:
    """One seed's digits to learn from, new ones, and a classifier that has seen the former."""

    def __init__(self, seed: int, quick: bool):
        import torch

        import gan
        from gan.metrics import fit_classifier

        images, labels = gan.data.digits(8)
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(1_000 * seed + 1))
        known, new = order[:KNOWN], order[KNOWN:]
        self.digits, self.labels, self.new, self.new_labels = images[known], labels[known], images[new], labels[new]
        self.halves, self.new_halves = halved(self.digits), halved(self.new)
        self.coarse, self.new_coarse = (quartered(x, self.digits) for x in (self.digits, self.new))
        steps = 20 if quick else 400
        self.namer = fit_classifier(self.digits, self.labels, steps, seed)
        self.half_namer = fit_classifier(self.halves, self.labels, steps, seed)
        far = torch.cdist(self.new_halves.flatten(1), self.halves.flatten(1))
        self.near = far.topk(10, largest=False).indices                              # (397, 10)
        votes = torch.stack([(self.labels[self.near] == k).sum(1) for k in range(10)])
        self.open = votes.max(0).values <= 7
        self.shown = self.open.nonzero()[:SHOWN, 0]

    def report(self) -> dict[str, float]:
        right = self.half_namer(self.new_halves).argmax(1) == self.new_labels
        return rounded({"open": self.open.float().mean(), "from the half": right.float().mean(),
                        "from an open half": right[self.open].float().mean()})

    def look(self, answers) -> dict[str, float]:
        """Of (z, 397, 1, 8, 8): the first z's answers, but for what asks about several z."""
        import torch
        from torch.nn.functional import one_hot

        from gan.metrics import frechet_distance

        x, lower, new = answers[0], answers[0][:, :, 4:], self.new[:, :, 4:]
        shares = self.namer(x).softmax(1)
        right = (shares.argmax(1) == self.new_labels).float()
        found = {"L1": (lower - new).abs().mean(), "L2": (lower - new).square().mean().sqrt(),
                 "half kept": (x[:, :, :4] - self.new[:, :, :4]).abs().mean(), "energy": energy(lower) / energy(new),
                 "sure": shares.max(1).values.mean(), "right": right.mean(), "right, open": right[self.open].mean(),
                 "distance": frechet_distance(self.namer[:-1](x), self.namer[:-1](self.new))}
        if len(answers) > 1:
            read = torch.stack([self.namer(one).argmax(1) for one in answers])       # (z, 397)
            share = one_hot(read, 10).float().mean(0)                                # (397, 10)
            two = (share >= 0.1).sum(1) > 1
            found |= {"two z": (answers[0] - answers[1])[:, :, 4:].abs().mean(), "two endings": two.float().mean(),
                      "two endings, open": two[self.open].float().mean(),
                      "two endings, closed": two[~self.open].float().mean(),
                      "classes, open": (share[self.open] > 0).sum(1).float().mean()}
        return rounded(found)

    def rivals(self) -> tuple[dict, dict]:
        """Real digits, other ones, an untrained G, and what a half's nearest neighbours have for an ending."""
        import torch

        torch.manual_seed(0)
        G, _ = players()
        draws = torch.Generator().manual_seed(1)
        columns = [torch.randint(10, (len(self.new), 1), generator=draws) for _ in range(NOISES)]
        rows = {"real": self.new[None], "other digits": self.digits[:len(self.new)][None],
                "untrained": torch.stack([G.sample(len(self.new), draws, self.new_halves) for _ in range(NOISES)]),
                "nearest": self.ended(self.digits[self.near[:, 0]])[None],
                "one of 10": torch.stack([self.ended(self.digits[self.near.gather(1, column)[:, 0]])
                                          for column in columns]),
                "mean of 10": self.ended(self.digits[self.near].mean(1))[None],
                "mean of class": self.ended(torch.stack([
                    self.digits[self.labels == k].mean(0) for k in range(10)])[
                        self.half_namer(self.new_halves).argmax(1)])[None]}
        seen = {"real": self.new, "half": self.new_halves, "nearest": rows["nearest"][0]}
        return ({name: self.look(x) for name, x in rows.items()},
                {name: as_bytes(x[self.shown]) for name, x in seen.items()} | {
                    "one of 10": torch.stack([as_bytes(x[self.shown]) for x in rows["one of 10"][:3]])})

    def ended(self, x):
        """The new halves with the lower halves of x."""
        import torch

        return torch.cat([self.new[:, :, :4], x[:, :, 4:]], 2)


def halved(x):
    """The upper half, (N, 1, 8, 8), and -1 below it."""
    y = x.clone()
    y[:, :, 4:] = -1
    return y


def quartered(x, known):
    """1 where a quarter of the upper half has more ink than that of most known digits, else -1, and -1 below."""
    from torch.nn.functional import avg_pool2d

    def ink(images):
        return avg_pool2d(images[:, :, :4], 4)                                       # (N, 1, 1, 2)

    much = (ink(x) > ink(known).median(0).values).to(x) * 2 - 1
    y = x * 0 - 1
    y[:, :, :4] = much.repeat_interleave(4, 2).repeat_interleave(4, 3)
    return y


def rounded(found: dict) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in found.items()}
