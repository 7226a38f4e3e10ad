"""Chapter 9's losses on a line, where JSD and KL are exact: at one common rate, and at rates tuned for each loss.

The generator is the chapter's mixture of three bells, D a small network. Every loss gets the same budget: 20 pairs of
rates for G and D, each tried with RUNS runs; the pair with the lowest mean JSD late in training is its own. Both that
pair and the common one are then run again from FRESH other starts. Runs of different rates are one ensemble.
"""

import itertools
import math

CHAPTER = "09_losses"
CELLS = ("LOSSES = {", "class Bells(", "Bells.forward = ", "def exact(")
SEEDS = range(2)
RUNS, FRESH, STEPS, EVERY = 4, 20, 1_500, 50
G_RATES, D_RATES = (1e-3, 3e-3, 1e-2, 3e-2), (1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
COMMON = (1e-2, 1e-2)


def sources() -> list[str]:
    from evidence import cells

    return cells(CHAPTER, CELLS)


def one(seed: int, quick: bool) -> dict:
    """Loss -> the grid's JSD, the rates chosen, and what the fresh runs at both pairs of rates came to."""
    from evidence import names_of

    names, found = names_of(sources(), seed), {}
    for name in names["LOSSES"]:
        pairs = list(itertools.product(G_RATES, D_RATES))
        late = late_of(play(names, name, pairs, RUNS, 4 * seed, quick)["js"])
        mean = [sum(runs) / len(runs) for runs in late]
        own = pairs[mean.index(min(mean))]
        fresh = play(names, name, [COMMON, own], FRESH, 4 * seed + 1, quick)
        found[name] = {"grid": late, "rates": list(own), **{
            where: {key: values[number] for key, values in fresh.items()} | {"late": late_of(fresh["js"])[number]}
            for number, where in enumerate(("common", "tuned"))}}
    return {"losses": found}


def play(names: dict, name: str, pairs: list, runs: int, seed: int, quick: bool) -> dict:
    """JSD and KL, pairs x runs x looks, of one ensemble in which each pair of rates has as many runs."""
    import torch

    import gan

    torch.manual_seed(1_000 * seed + 100)                       # the same starts, data and noise for every loss
    G = names["Bells"](runs * len(pairs))
    D = gan.ensemble.stack(gan.models.mlp_pair(1, width=32) for _ in range(G.runs))[1]
    rates = torch.tensor(pairs).repeat_interleave(runs, 0)
    js, kl = [], []
    for step in gan.train(G, D, names["bells"], steps=200 if quick else STEPS, batch=64, loss=names["LOSSES"][name],
                          optimizer=lambda weights: adam_of(weights, rates[:, 0]),
                          d_optimizer=lambda weights: adam_of(weights, rates[:, 1]), device="cpu"):
        if step.index % EVERY == 0:
            for seen, values in zip((js, kl), names["exact"](G)):
                seen.append(values.nan_to_num(nan=math.log(2) if seen is js else 1e3).clamp(max=1e3))
    return {key: [[[round(x, 4) for x in run] for run in of_pair]
                  for of_pair in torch.stack(seen, 1).unflatten(0, (len(pairs), runs)).tolist()]
            for key, seen in (("js", js), ("kl", kl))}


def late_of(js: list) -> list:
    """Mean JSD of each run over the last quarter of the looks, pairs x runs."""
    return [[round(sum(run[-len(run) // 4:]) / len(run[-len(run) // 4:]), 5) for run in of_pair] for of_pair in js]


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
