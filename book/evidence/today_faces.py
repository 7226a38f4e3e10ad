"""R3GAN's network for pictures beside DCGAN's of as many weights, each with R3GAN's loss and with the usual one and R1.

The four learn faces of 16 x 16 pixels for the same CPU SECONDS of training each, in turns within one process. At PARTS
of these a stored inspector of dcgan_faces looks at the averaged generator's fakes: their Fréchet distance from painted
faces and the shares of glasses, hats and beards. A row more is other painted faces, the best to expect.

A trial takes a fiftieth of the seconds.
"""

import math
import time

CHAPTER = "18_today"
CELLS = ("from gan.ensemble import Generators", "relativistic = ", "class ConvBlock(", "class Basis(",
         "def picture_pair(")
SEEDS = range(3)
SECONDS, PARTS, FAKES = 75, (1 / 4, 1 / 2, 1), 2_000
NETS = {"DCGAN": {"lr": 2e-3}, "R3GAN": {"lr": 3e-3}}
LOSSES = {"GAN + R1": ("alone", ("r1",)), "pairs + R1 + R2": ("pairs", ("r1", "r2"))}
GAMMA, SETTINGS = 1.0, {"batch": 16, "betas": (0.0, 0.99), "ema": 0.995}
LOW = 0.02                                       # of its first rate, where each rate ends
WIDTH = 25                                       # of DCGAN, for about as many weights


def sources() -> list[str]:
    from evidence import cells

    return cells(CHAPTER, CELLS)


def one(seed: int, quick: bool) -> dict:
    """Net, loss -> its weights and its looks; of the first seed 12 pictures each, at every look."""
    import torch
    from evidence import names_of

    import gan

    torch.set_num_threads(1)
    names, eye = names_of(sources(), seed), Eye()
    images = gan.data.faces(10_000, 16, torch.Generator().manual_seed(100))[0]
    data = images.contiguous(memory_format=torch.channels_last)
    players = {f"{net}, {loss}": Player(names, net, loss, data, seed) for net in NETS for loss in LOSSES}
    found = {"painted": eye.look(gan.data.faces(FAKES, 16, torch.Generator().manual_seed(102))[0]),
             "untrained": {net: eye.look(players[f"{net}, GAN + R1"].fakes(FAKES)) for net in NETS}}
    for name, player in players.items():
        found[name] = {"weights": player.weights, "looks": []}
    whole = SECONDS / (50 if quick else 1)
    for part in PARTS:
        target = whole * part
        while any(player.seconds < target for player in players.values()):
            for player in players.values():
                player.play(min(target, player.seconds + 2), whole)
        for name, player in players.items():
            found[name]["looks"].append({"part": part, "step": player.run.index, "seconds": round(player.seconds, 1),
                                         **eye.look(player.fakes(FAKES))})
    kept = {"pictures": {name: ((player.fakes(12).clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
                         for name, player in players.items()}} if seed == 0 else {}
    return {"found": found, **kept}


class Player:
    """A run that goes on for as long as its own CPU time allows."""

    def __init__(self, names, net, loss, data, seed):
        import torch

        import gan

        pairing, penalties = LOSSES[loss]
        torch.manual_seed(18_900 + seed)         # the same starts for both losses
        G, D = names["picture_pair"]() if net == "R3GAN" else gan.models.dcgan_pair(16, width=WIDTH, norm="G")
        self.weights = {one: sum(w.numel() for w in x.parameters()) for one, x in {"G": G, "D": D}.items()}
        self.run = gan.train(G, D, data, steps=10**6, seed=seed, device="cpu", **SETTINGS, **NETS[net],
                             loss=names["relativistic"] if pairing == "pairs" else gan.losses.non_saturating,
                             penalties=tuple(names[one](GAMMA) for one in penalties))
        self.steps, self.seconds, self.rate = iter(self.run), 0.0, NETS[net]["lr"]

    def play(self, until: float, whole: float) -> None:
        """Both rates fall along half a cosine over the whole of the seconds, to LOW of what they were."""
        while self.seconds < until:
            start = time.process_time()
            share = LOW + (1 - LOW) * (1 + math.cos(math.pi * min(1, self.seconds / whole))) / 2
            for adam in (self.run.g_optimizer, self.run.d_optimizer):
                for group in adam.param_groups:
                    group["lr"] = self.rate * share
            next(self.steps)
            self.seconds += time.process_time() - start

    def fakes(self, n: int):
        import torch

        return self.run.G_ema.sample(n, torch.Generator().manual_seed(5))


class Eye:
    """The inspector of 16 x 16 faces, and what it sees in 2,000 painted ones."""

    def __init__(self):
        import torch

        import gan
        from gan.metrics import Inspector

        self.inspector = Inspector(16)
        self.inspector.load_state_dict(gan.evidence.load("dcgan_faces")["runs"][0]["inspector16"])
        self.inspector.eval().requires_grad_(False)
        self.known = self.inspector.features(gan.data.faces(FAKES, 16, torch.Generator().manual_seed(101))[0])

    def look(self, x) -> dict:
        from gan.metrics import frechet_distance, precision_recall

        seen, kinds = self.inspector.features(x), self.inspector.kinds(x)
        found = {"distance": frechet_distance(seen, self.known),
                 "recall": precision_recall(self.known[:1_000], seen[:1_000])[1],
                 **{kind: 100 * (kinds[kind] == 1).float().mean() for kind in ("glasses", "hat", "beard")}}
        return {name: round(float(value), 3) for name, value in found.items()}
