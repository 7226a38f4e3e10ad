"""Many runs at once. One run of a GAN proves nothing, and sixteen small ones together cost little more than four.

    G, D = gan.ensemble.stack(gan.models.mlp_pair() for _ in range(16))
    for step in gan.train(G, D, gan.data.ring(), steps=3_000):
        step.d_loss                                      # (16,)
    G.sample(1_000)                                      # (16, 1000, 2)

The weights of R networks of one shape get a leading ``runs`` axis, so that a layer is one batched product
instead of R small ones. No run shares a number with another: the loss of all is a sum, and the gradient of a
sum keeps the runs apart. The loop of ``gan.train`` is the same one.
"""

import warnings
from collections.abc import Iterable, Iterator
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm

from gan.layers import Maxout, MinibatchStd, Pack
from gan.models import Generator

# These work on (..., B, features) as they are, and hold nothing that is learned.
SHARED = (nn.ReLU, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Softplus, nn.Tanh, nn.Sigmoid, nn.Identity, nn.Dropout,
          Maxout, MinibatchStd, Pack)


def stack(pairs: Iterable[tuple[Generator, nn.Module]]) -> tuple[Generator, nn.Module]:
    """R pairs of one architecture, each with weights of its own, as one pair: z (R, B, latent), logits (R, B).

    Multilayer perceptrons are computed side by side. For other networks (convolutions, for which that brings
    nothing) the runs go one after the other, behind the same call. The given networks are copied, not changed.
    Raises ``ValueError`` if there are none or if they differ in more than their weights, ``TypeError`` if they are no
    pairs. An optimizer for an ensemble must treat each number by itself, as Adam, RMSprop and SGD do.
    """
    line = "`stack(gan.models.mlp_pair() for _ in range(16))`"
    if not isinstance(pairs, Iterable):
        raise TypeError(f"pairs: got {pairs!r}; must be pairs of networks: {line}")
    pairs = list(pairs)
    if any(isinstance(pair, nn.Module) for pair in pairs):
        raise TypeError(f"pairs: got networks; must be pairs of them: {line}")
    if not pairs:
        raise ValueError("pairs: got none; must be at least one pair (G, D)")
    for r, pair in enumerate(pairs):
        if not (isinstance(pair, (tuple, list)) and len(pair) == 2 and all(isinstance(one, nn.Module) for one in pair)):
            raise TypeError(f"pairs[{r}]: got a {type(pair).__name__}; must be a pair (G, D) of networks: {line}")
        if type(pair[0]) is not Generator:
            raise TypeError(f"pairs[{r}]: its G is a {type(pair[0]).__name__}; must be a plain gan.models.Generator, "
                            "whose noise and forward all runs share: `Generator(net, latent=…)`")
    for r, pair in enumerate(pairs):
        for name, network, first in zip("GD", pair, pairs[0], strict=True):
            if _plan(network) != _plan(first):
                raise ValueError(f"pairs[{r}]: its {name} differs from that of pairs[0] in more than its weights; "
                                 "must be of the same layers and sizes")
    Gs, Ds = zip(*pairs)
    return Generators(_stacked([G.net for G in Gs]), Gs[0].latent, Gs[0]._noise, len(pairs)), _stacked(Ds)


class Generators(Generator):
    """R generators: noise (R, n, latent), each run with its own, and samples (R, n, ...)."""

    def __init__(self, net: nn.Module, latent: int, noise, runs: int):
        super().__init__(net, latent, noise)
        self.runs = runs

    def noise(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        return super().noise(self.runs * n, generator).unflatten(0, (self.runs, n))


class Linear(nn.Module):
    """R linear layers side by side: (R, B, in) -> (R, B, out)."""

    def __init__(self, layers: list[nn.Linear]):
        super().__init__()
        self.weight = nn.Parameter(torch.stack([layer.weight.detach().T for layer in layers]))          # (R, in, out)
        self.bias = None
        if layers[0].bias is not None:
            self.bias = nn.Parameter(torch.stack([layer.bias.detach()[None] for layer in layers]))      # (R, 1, out)

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight if self.bias is None else torch.baddbmm(self.bias, x, self.weight)


class BatchNorm(nn.Module):
    """R batch norms side by side: (R, B, features) -> the same, each run with statistics of its own."""

    def __init__(self, layers: list[nn.BatchNorm1d]):
        super().__init__()
        self.eps, self.momentum = layers[0].eps, layers[0].momentum
        for name in ("weight", "bias"):
            self.register_parameter(name, nn.Parameter(torch.stack([getattr(x, name).detach() for x in layers])))
        for name in ("running_mean", "running_var"):
            self.register_buffer(name, torch.stack([getattr(layer, name) for layer in layers]))         # (R, features)

    def forward(self, x: Tensor) -> Tensor:
        R, B, F = x.shape
        state = (s.view(-1) for s in (self.running_mean, self.running_var, self.weight, self.bias))
        x = x.transpose(0, 1).reshape(B, R * F)                        # a run's features are channels of their own
        return batch_norm(x, *state, self.training, self.momentum, self.eps).view(B, R, F).transpose(0, 1)


class OneByOne(nn.Module):
    """R networks, one after the other: (R, B, ...) -> (R, B, ...); (x, y) with y of the same leading axes."""

    def __init__(self, networks: Iterable[nn.Module]):
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, *given: Tensor) -> Tensor:
        return torch.stack([network(*own) for network, *own in zip(self.networks, *given, strict=True)])


def _plan(network: nn.Module) -> list:
    """What two networks that can stand side by side have in common."""
    shapes = [(name, value.shape, value.dtype) for name, value in network.state_dict().items()]
    return [repr(network), shapes, getattr(network, "latent", None)]


def _stacked(networks: Iterable[nn.Module]) -> nn.Module:
    return _side_by_side(networks) or OneByOne(deepcopy(network) for network in networks)


def _side_by_side(layers) -> nn.Module | None:
    """The same layer of R networks as one module, or None where it is of a kind not known here, or keeps more."""
    first = layers[0]
    keeps_more = (first._forward_hooks, first._forward_pre_hooks, first._backward_hooks, first._backward_pre_hooks)
    if any(keeps_more) or any(not weight.requires_grad for weight in first.parameters(recurse=False)):
        return None                                                    # spectral norm and its like, frozen layers
    if type(first) is nn.Sequential:
        parts = [_side_by_side(same) for same in zip(*layers, strict=True)]
        return None if None in parts else nn.Sequential(*parts)
    if type(first) is nn.Linear:
        return Linear(layers)
    if type(first) is nn.BatchNorm1d and first.affine and first.track_running_stats and first.momentum is not None:
        return BatchNorm(layers)
    if type(first) is nn.Flatten and first.start_dim == 0:
        return nn.Flatten(1)                                           # the logits' (R, B, 1) -> (R, B)
    return first if type(first) in SHARED else None


# Runs that fail ------------------------------------------------------------------------------------------------------

class Failed:
    """The runs whose loss was no longer finite. They keep their last weights, and the others go on as if alone."""

    def __init__(self, G: nn.Module, D: nn.Module):
        self.networks = {"G": G, "D": D}
        self.steps: dict[int, int] = {}                                # run -> the step at which it failed
        self.kept: dict[str, list[tuple[Tensor, Tensor]]] = {"G": [], "D": []}     # their weights, and what they were

    def __bool__(self) -> bool:
        return bool(self.steps)

    def set_apart(self, runs: Iterable[int], step: int) -> None:
        for r in runs:
            self.steps[r] = step
            for name, network in self.networks.items():
                self.kept[name] += [(own, own.clone()) for own in weights_of(network, r)]

    def without(self, losses: Tensor) -> Tensor:
        """The losses with those of failed runs replaced by 0, of which no gradient comes."""
        failed = torch.zeros_like(losses, dtype=torch.bool)
        failed[list(self.steps)] = True
        return losses.masked_fill(failed, 0.0)

    def check(self, losses: Tensor, name: str, step: int, why: str = "") -> Tensor:
        """Set apart the runs whose loss is not finite, and warn; ``FloatingPointError`` where no run is left."""
        if losses.ndim == 0:
            raise FloatingPointError(f"{name}'s loss is {losses.item()} at step {step}; its weights are as before{why}")
        new = (~losses.isfinite()).nonzero().flatten().tolist()
        if not new:                                                    # each is finite, only their sum is not
            return losses
        report = f"{name}'s loss is {losses[new[0]]} at step {step} in run {', '.join(map(str, new))}"
        if len(self.steps) + len(new) == len(losses):
            raise FloatingPointError(f"{report}, and no run is left; the weights are as before{why}")
        warnings.warn(f"{report}, which stops there; the others go on{why}", RuntimeWarning, stacklevel=5)
        self.set_apart(new, step)
        return self.without(losses)

    @torch.no_grad()
    def restore(self, name: str) -> None:
        """Undo what the update of that player did to failed runs."""
        for own, value in self.kept[name]:
            own.copy_(value)


def weights_of(network: nn.Module, r: int) -> Iterator[Tensor]:
    """The weights of run ``r``, as views that can be written to."""
    for module in network.modules():
        if isinstance(module, OneByOne):
            yield from (weight.detach() for weight in module.networks[r].parameters())
        elif isinstance(module, (Linear, BatchNorm)):
            yield from (weight.detach()[r] for weight in module.parameters(recurse=False))
