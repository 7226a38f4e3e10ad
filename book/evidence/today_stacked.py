"""Three digits one on another, 1,000 modes: relativistic pairing, R1 and R2, alone and together, by D's rate and gamma.

Each row is an ensemble of RUNS runs. Of each run are kept, at LOOKS, how many of the 1,000 numbers a classifier reads
among COUNT fakes and the KL of their shares to even ones; at the end the share of digits that it is sure of in %, and
D's mean squared slope at reals and at fakes. What the same count finds in as many real triples is the best to expect.
"""

import warnings

CHAPTER = "18_today"
CELLS = ("from gan.ensemble import Generators", "relativistic = ")
SEEDS = range(1)
RUNS, COUNT, LOOKS = 5, 5_000, (200, 400, 800)
SIZES = {"features": 192, "latent": 32, "width": 128, "depth": 2}
BATCH, RATE, BETAS, DECAY = 64, 2e-3, (0.0, 0.99), 0.99
KINDS = {"GAN": ("alone", ()), "GAN + R1": ("alone", ("r1",)), "GAN + R1 + R2": ("alone", ("r1", "r2")),
         "pairs": ("pairs", ()), "pairs + R1": ("pairs", ("r1",)), "pairs + R1 + R2": ("pairs", ("r1", "r2"))}
SWEPT = ("GAN + R1 + R2", "pairs + R1 + R2")


def sources() -> list[str]:
    from evidence import cells

    return cells(CHAPTER, CELLS)


def one(seed: int, quick: bool) -> dict:
    """Rows, each with its kind, D's rate as a multiple of G's, gamma and what was seen."""
    import torch
    from evidence import names_of

    torch.set_num_threads(1)
    names, digits = names_of(sources(), seed), Digits()
    real = digits.sample((RUNS, COUNT), torch.Generator().manual_seed(seed))
    points = [(kind, times, 1.0) for times in (1, 5) for kind in KINDS]
    points += [(kind, 5, gamma) for gamma in (0.1, 10.0) for kind in SWEPT]
    rows = []
    for kind, times, gamma in points:
        rows.append({"kind": kind, "D's rate": times, "gamma": gamma,
                     **play(names, digits, (kind, times, gamma), seed, quick)})
    return {"real": digits.look(real), "rows": rows}


class Digits:
    """Rows of three real digits of 8 x 8, drawn independently; and what a classifier reads off such rows."""

    def __init__(self):
        import gan
        from gan.metrics import fit_classifier

        images, labels = gan.data.digits(8)
        self.all, self.classifier = images.flatten(1), fit_classifier(images, labels, 600, seed=7)

    def sample(self, shape, generator=None):
        import torch

        return self.all[torch.randint(len(self.all), (*shape, 3), generator=generator)].flatten(-2)

    def look(self, x) -> dict:
        import torch

        logits = self.classifier(x.nan_to_num(0).reshape(-1, 1, 8, 8)).unflatten(0, (*x.shape[:2], 3))
        number = (logits.argmax(-1) * torch.tensor([100, 10, 1])).sum(-1)
        share = torch.stack([one.bincount(minlength=1_000) / len(one) for one in number])
        return {"modes": (share > 0).sum(1).tolist(), "kl": rounded(torch.xlogy(share, 1_000 * share).sum(1)),
                "sure": rounded(100 * (logits.softmax(-1).amax(-1) > 0.9).float().mean((1, 2)))}


def play(names: dict, digits: Digits, point: tuple, seed: int, quick: bool) -> dict:
    import time

    import torch

    import gan

    (kind, times, gamma), looks, slopes = point, {}, {}
    pairing, penalties = KINDS[kind]
    torch.manual_seed(18_500 + seed)                      # the same starts, digits and noise for every row
    G, D = gan.ensemble.stack(gan.models.mlp_pair(**SIZES) for _ in range(RUNS))
    loss, start = names["relativistic"] if pairing == "pairs" else gan.losses.non_saturating, time.process_time()
    run = gan.train(G, D, digits, steps=20 if quick else LOOKS[-1] if gamma == 1 else LOOKS[-2], batch=BATCH, lr=RATE,
                    d_lr=times * RATE, betas=BETAS, loss=loss, penalties=tuple(names[one](gamma) for one in penalties),
                    ema=DECAY, seed=seed, device="cpu")
    with warnings.catch_warnings():                       # a run that diverges is counted, not told
        warnings.simplefilter("ignore", RuntimeWarning)
        for step in run:
            if step.index in LOOKS or step.index == run.steps:
                looks[str(step.index)] = digits.look(run.G_ema.sample(COUNT))
                x = {"reals": digits.sample((RUNS, 500)), "fakes": G.sample(500)}
                slopes[str(step.index)] = {where: rounded(gan.penalties.squared_slope(D, points).detach().mean(-1))
                                           for where, points in x.items()}
    return {"looks": looks, "slopes": slopes, "failed": list(run.failed.steps),
            "seconds": round(time.process_time() - start, 1)}


def rounded(x) -> list[float]:
    return [round(one, 4) for one in x.tolist()]
