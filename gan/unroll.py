"""Unrolling: G plays not against D as it is, but against D as it will be. Metz et al. 2017 (arXiv:1611.02163).

The gradient goes back through D's future updates, Adam's arithmetic included. So G learns not only how to fool
today's D but also how D will answer; taking K real steps of D first would tell it only the former.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import functional_call


def look_ahead(run, real: Tensor, fake: Tensor) -> Callable[[Tensor], Tensor]:
    """D after ``run.unroll`` more updates on this batch, a function of ``fake`` and so of G's weights.

    D itself and its Adam stay as they are. Every update sees the same batch, as in the authors' code.
    """
    weights = {name: weight for name, weight in run.D.named_parameters() if weight.requires_grad}
    if unused := [name for name, weight in weights.items() if weight not in run.d_optimizer.state]:
        raise ValueError(f"unroll: D's {unused[0]} has had no gradient, so its next steps cannot be foreseen; must be "
                         "used for the logits or frozen: `.requires_grad_(False)`")
    memory = [run.d_optimizer.state[weight] for weight in weights.values()]
    steps = int(memory[0]["step"])
    means, squares = [m["exp_avg"] for m in memory], [m["exp_avg_sq"] for m in memory]

    def later(*given):                                   # D with the weights of its time, (x) or (x, y) -> logits
        return functional_call(run.D, weights, given)

    counts = [(penalty, penalty.state_dict()) for penalty in run.penalties if hasattr(penalty, "load_state_dict")]
    for t in range(steps + 1, steps + run.unroll + 1):
        loss, *_ = run.judge(later, real, fake)
        gradients = torch.autograd.grad(loss.sum(), list(weights.values()), create_graph=True)
        stepped = [adam_step(*each, t, run.d_optimizer.param_groups[0])
                   for each in zip(weights.values(), gradients, means, squares, strict=True)]
        new, means, squares = zip(*stepped, strict=True)
        weights = dict(zip(weights, new, strict=True))
    for penalty, count in counts:                        # a lazy one has counted steps that are not taken
        penalty.load_state_dict(count)
    return later


def adam_step(weight: Tensor, gradient: Tensor, mean: Tensor, square: Tensor, t: int, group: dict):
    """Adam's t-th step as plain arithmetic that can be differentiated: new weight, mean, square.

    Kingma & Ba 2015 (arXiv:1412.6980), Algorithm 1.
    """
    beta1, beta2 = group["betas"]
    mean = beta1 * mean + (1 - beta1) * gradient
    square = beta2 * square + (1 - beta2) * gradient.square()
    # 1e-30: the root has no slope at 0, where a weight without a gradient stands.
    size = (square / (1 - beta2**t) + 1e-30).sqrt() + group["eps"]
    return weight - group["lr"] * mean / (1 - beta1**t) / size, mean, square
