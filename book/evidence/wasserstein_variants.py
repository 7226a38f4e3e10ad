"""Chapter 10's WGAN on the ring with one thing changed at a time, twenty runs of each, 400 steps of G.

The base is the gradient penalty of weight 0.1 with five critic steps, both players at 1e-3. What is kept of each run is
what wasserstein_training.py keeps, whose functions are used.
"""

from pathlib import Path

SEEDS = range(1)


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
        settings = {**base["settings"](quick), **change}
        results[name] = base["follow"](names, data, names["wgan"](data, way, strength, **settings), quick)
    return {"ring": results}


def variants(names) -> dict:
    """What is changed from the base, by name."""
    import torch

    penalty = names["gan"].penalties.gradient_penalty

    def clipped_adam(momentum):
        class ClippedAdam(torch.optim.Adam):
            @torch.no_grad()
            def step(self, closure=None):
                super().step(closure)
                for weight in self.param_groups[0]["params"]:
                    weight.clamp_(-0.1, 0.1)

        return {"held": ("clip", 0.1), "d_optimizer": lambda weights: ClippedAdam(weights, 1e-3, (momentum, 0.9))}

    return {
        "base": {}, "no constraint": {"penalties": ()},
        "one-sided λ 10": {"penalties": (names["one_sided"](10.0),)},
        "zero-centred λ 1": {"penalties": (penalty(1.0, target=0.0),)},
        "drift 0.001": {"penalties": (penalty(0.1), names["drift"](0.001))},
        "1 critic step": {"d_steps": 1},
        **{f"1 critic step, its rate x {q}": {"d_steps": 1, "d_lr": q * 1e-3} for q in (3, 10)},
        **{f"clip 0.1, Adam β₁ {momentum}": clipped_adam(momentum) for momentum in (0.0, 0.9)},
        "both rates x 10": {"lr": 1e-2}, "λ 10, rates x 0.3": {"held": ("GP", 10.0), "lr": 3e-4},
        "batch norm in the critic": {"pairs": with_batch_norm},
    }


def with_batch_norm():
    """A pair as the chapter's, with batch norm after each hidden layer of D."""
    from torch import nn

    import gan

    G, _ = gan.models.mlp_pair(width=32, depth=3)
    layers = []
    for inputs in (2, 32, 32):
        layers += [nn.Linear(inputs, 32), nn.BatchNorm1d(32), gan.models.leaky()]
    return G, nn.Sequential(nn.Sequential(*layers, nn.Linear(32, 1)), nn.Flatten(0))
