"""Chapter 9's losses on the ring of eight modes: at one common pair of rates, and at rates tuned for each loss.

Every loss gets the same budget: 20 pairs of rates for G and D, each tried with RUNS runs; the pair with the lowest mean
KL over 32 cells is its own. Both that pair and the common one are then run again from FRESH other starts. The cells are
the eight modes times four rings around each that hold a quarter of its data; fakes belong to their nearest mode.
"""

import itertools
import math

CHAPTER = "09_losses"
CELLS = ("LOSSES = {",)
SEEDS = range(2)
RUNS, FRESH, STEPS, LOOKS = 5, 24, 2_000, 5
G_RATES, D_RATES = (3e-4, 1e-3, 3e-3, 1e-2), (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
COMMON = (3e-3, 3e-3)


def sources() -> list[str]:
    from evidence import cells

    return cells(CHAPTER, CELLS)


def one(seed: int, quick: bool) -> dict:
    """Loss -> the grid's KL over cells, the rates chosen, and what the fresh runs at both pairs of rates came to."""
    from evidence import names_of

    losses, found = names_of(sources(), seed)["LOSSES"], {}
    pairs = list(itertools.product(G_RATES, D_RATES))
    for name, loss in losses.items():
        halves = [play(loss, half, RUNS, 4 * seed, quick) for half in (pairs[:10], pairs[10:])]   # quicker than at once
        grid = {key: halves[0][key] + halves[1][key] for key in halves[0]}
        mean = [sum(runs) / len(runs) for runs in grid["cells"]]
        own = pairs[mean.index(min(mean))]
        fresh = play(loss, [COMMON, own], FRESH, 4 * seed + 1, quick)
        found[name] = {"grid": grid, "rates": list(own), **{
            where: {key: values[number] for key, values in fresh.items()}
            for number, where in enumerate(("common", "tuned"))}}
    return {"losses": found}


def play(loss, pairs: list, runs: int, seed: int, quick: bool) -> dict:
    """KL over cells, KL of the modes' shares and quality in %, pairs x runs, as means over looks 100 steps apart."""
    import torch

    import gan

    torch.manual_seed(1_000 * seed + 100)                       # the same starts, data and noise for every loss
    ring = gan.data.ring(std=0.05)
    G, D = gan.ensemble.stack(gan.models.mlp_pair(width=32) for _ in range(runs * len(pairs)))
    rates, seen = torch.tensor(pairs).repeat_interleave(runs, 0), []
    steps = 200 if quick else STEPS
    every = steps // (4 * LOOKS)
    for step in gan.train(G, D, ring, steps=steps, batch=64, loss=loss, device="cpu",
                          optimizer=lambda weights: adam_of(weights, rates[:, 0]),
                          d_optimizer=lambda weights: adam_of(weights, rates[:, 1])):
        if step.index % every == 0 and step.index > steps - LOOKS * every:
            seen.append(look(G.sample(2_000), ring))
    return {key: [[round(x, 4) for x in of_pair]
                  for of_pair in torch.stack([one[key] for one in seen]).mean(0).unflatten(0, (-1, runs)).tolist()]
            for key in seen[0]}


def look(x, ring) -> dict:
    """Each run's KL over 32 cells and over 8 modes, and the share of its fakes within 3 std of a mode in %."""
    import torch
    from torch.nn.functional import one_hot

    distance, mode = torch.cdist(x.nan_to_num(1e6), ring.modes).min(-1)
    ends = ring.std * (-2 * (1 - torch.tensor([0.25, 0.5, 0.75])).log()).sqrt()
    cell = one_hot(4 * mode + torch.bucketize(distance, ends), 32).float().mean(-2)
    modes = cell.unflatten(-1, (8, 4)).sum(-1)
    return {"cells": torch.xlogy(cell, 32 * cell).sum(-1), "modes": torch.xlogy(modes, 8 * modes).sum(-1),
            "quality": 100 * (distance < 3 * ring.std).float().mean(-1)}


def adam_of(weights, rates):
    """Adam as DCGAN has it, in which every run of an ensemble has a rate of its own."""
    import torch

    class Adam(torch.optim.Optimizer):
        def __init__(self, betas=(0.5, 0.999)):
            super().__init__(weights, {"lr": 1.0})
            self.betas, self.t, self.weights = betas, 0, self.param_groups[0]["params"]
            self.m, self.v = ([torch.zeros_like(w) for w in self.weights] for _ in range(2))
            self.rates = [rates.view(-1, *[1] * (w.ndim - 1)) for w in self.weights]

        @torch.no_grad()
        def step(self, closure=None):
            self.t, (one, two), slopes = self.t + 1, self.betas, [w.grad for w in self.weights]
            torch._foreach_lerp_(self.m, slopes, 1 - one)
            torch._foreach_mul_(self.v, two)
            torch._foreach_addcmul_(self.v, slopes, slopes, 1 - two)
            size = torch._foreach_sqrt(self.v)
            torch._foreach_div_(size, math.sqrt(1 - two ** self.t))
            torch._foreach_add_(size, 1e-8)
            move = torch._foreach_mul(torch._foreach_div(self.m, size), self.rates)
            torch._foreach_add_(self.weights, move, alpha=-1 / (1 - one ** self.t))

    return Adam()
