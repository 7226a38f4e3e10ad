"""Chapter 10's WGAN on the ring with one thing changed at a time, ten runs a seed, 800 steps of G.

The base is the gradient penalty of weight 0.1 with five critic steps, both players at 1e-3. What is kept of each run is
what wasserstein_training.py keeps, whose functions are used.
"""

from pathlib import Path

SEEDS = range(2)
RUNS = 10


def training() -> dict:
    import runpy

    return runpy.run_path(str(Path(__file__).with_name("wasserstein_training.py")))


def sources() -> list[str]:
    return [Path(__file__).with_name("wasserstein_training.py").read_text("utf-8"), *training()["sources"]()]


def one(seed: int, quick: bool) -> dict:
    """Variant -> what was seen of each run."""
    import torch
    from evidence import names_of

    base = training()
    names, results = names_of(base["sources"](), seed), {}
    data = names["gan"].data.ring(std=0.05)
    for number, (name, change) in enumerate(variants(names).items()):
        torch.manual_seed(700_000 + 1_000 * seed + number)
        way, strength = change.pop("held", ("GP", 0.1))
        settings = {**base["settings"](quick), "runs": RUNS, **change}
        if quick:
            settings["steps"] = 20
        results[name] = base["follow"](names, data, names["wgan"](data, way, strength, **settings), quick)
    return {"ring": results}


def variants(names) -> dict:
    """What is changed from the base, by name."""
    import torch

    penalty = names["gan"].penalties.gradient_penalty

    def rms(weights):
        return torch.optim.RMSprop(weights, lr=1e-3)

    def clipped_adam(momentum):
        class ClippedAdam(torch.optim.Adam):
            @torch.no_grad()
            def step(self, closure=None):
                super().step(closure)
                for weight in self.param_groups[0]["params"]:
                    weight.clamp_(-0.1, 0.1)

        return {"held": ("clip", 0.1), "d_optimizer": lambda weights: ClippedAdam(weights, 1e-3, (momentum, 0.9))}

    rates = {f"GP λ 10, rate {lr:.0e}": {"held": ("GP", 10.0), "lr": lr} for lr in (3e-4, 1e-4)}
    return {
        "base": {}, "no constraint": {"penalties": ()},
        **{f"one-sided λ {w}": {"penalties": (names["one_sided"](w),)} for w in (0.1, 1.0, 10.0)},
        **{f"zero-centred λ {w}": {"penalties": (penalty(w, target=0.0),)} for w in (0.1, 1.0, 10.0)},
        "drift 0.001": {"penalties": (penalty(0.1), names["drift"](0.001))},
        **{f"{k} critic steps": {"d_steps": k} for k in (1, 2, 10)},
        **{f"1 critic step, its rate x {q}": {"d_steps": 1, "d_lr": q * 1e-3} for q in (3, 10)},
        **{f"clip 0.1, Adam β₁ {momentum}": clipped_adam(momentum) for momentum in (0.0, 0.5, 0.9)},
        "critic's rate x 10": {"d_lr": 1e-2}, "both rates x 10": {"lr": 1e-2}, **rates,
        # 2e-4 and (0.5, 0.999) are gan.train's defaults, which mean nothing beside an optimizer.
        "GP, RMSProp": {"optimizer": rms, "d_optimizer": rms, "lr": 2e-4, "betas": (0.5, 0.999)},
        "GP, β₁ 0.9": {"betas": (0.9, 0.9)}, "batch norm in the critic": {"pairs": with_batch_norm},
    }


def with_batch_norm():
    """A pair as the chapter's, with batch norm after each hidden layer of D."""
    from torch import nn

    import gan

    G, _ = gan.models.mlp_pair(width=64, depth=3)
    layers = []
    for inputs in (2, 64, 64):
        layers += [nn.Linear(inputs, 64), nn.BatchNorm1d(64), gan.models.leaky()]
    return G, nn.Sequential(nn.Sequential(*layers, nn.Linear(64, 1)), nn.Flatten(0))
