"""Before the first step, networks and data are tried together, on copies: what does not fit is one clear sentence."""

from collections.abc import Iterator, Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.func import functional_call

from gan.drawn import Drawn, check_range


def rehearse(G: nn.Module, D: nn.Module, data: tuple[Tensor, ...] | Drawn, batch: int,
             runs: tuple[int, ...]) -> tuple[bool, list[Tensor]]:
    """Raise unless data, G and D fit together. They are tried as a run will use them: in whole batches, with gradients.

    ``runs`` is the leading axis of an ensemble. Returns whether D judges each sample (or pack) by itself, and the y
    that the samples of a first batch come with. With batch normalisation, dropout or minibatch statistics D does not
    judge by itself, and then real and fake must pass it in batches of their own.
    """
    pack = max(getattr(layer, "pack", 1) for layer in D.modules())
    if batch % pack:
        raise ValueError(f"batch: got {batch}; must be a multiple of {pack}, the samples that D judges together")
    weight, axis = next(G.parameters()), len(runs)
    random = torch.Generator(weight.device).manual_seed(0)
    # Nobody's random numbers may move, and networks play as copies: batch norm's averages must not move either.
    with torch.random.fork_rng([weight.device] if weight.is_cuda else []), torch.enable_grad():
        if isinstance(data, Drawn):
            real, *y = data.sample((*runs, batch), generator=random)
        else:
            rows = torch.linspace(0, len(data[0]) - 1, batch, device=weight.device).long()       # of every class
            real, *y = (part[rows].expand(*runs, batch, *part.shape[1:]) for part in data)
        if real.dtype != weight.dtype:
            to = {torch.float32: "float", torch.float64: "double"}[weight.dtype]
            raise TypeError(f"data: got {real.dtype}, but the networks' weights are {weight.dtype}; must be the same: "
                            f"`data.{to}()`")
        z = noise_of(G, batch, random)
        fake = play("G", G, (z, *y), axis)
        check_samples(fake, real, axis)
        few = min(batch, 32)
        limits = fake.min().item(), *bounds(G, [part.narrow(axis, 0, few) for part in (z, *y)])
        if isinstance(data, Drawn):
            data.limits = limits
            check_range(real, axis, *limits)
        else:
            check_range(data[0], 0, *limits)
        apart = play("D", D, (real, *y), axis), play("D", D, (fake, *y), axis, again=False)
        check_logits(D, apart[0], (real, *y), (*runs, batch // pack))
        together = [torch.cat(pair, axis) for pair in ((real, fake), *zip(y, y))]
        together = play("D", D, together, axis, again=False)
    # Measured against how far logits lie apart. If they do not, that tells nothing, and False is always right.
    one_pass = (torch.cat(apart, -1) - together).abs().max() < 1e-3 * (together.max() - together.min())
    return bool(one_pass), y


def noise_of(G: nn.Module, batch: int, random: torch.Generator) -> Tensor:
    try:
        z = G.noise(batch, generator=random)
    except TypeError as error:
        raise TypeError(f"G: its noise cannot be asked for ({error}); must be noise(n, generator=None)") from error
    if not isinstance(z, Tensor):
        raise TypeError(f"G: its noise gives a {type(z).__name__}; must give a tensor, (n, ...)")
    return z


def play(name: str, network: nn.Module, given: Sequence[Tensor], axis: int, again: bool = True) -> Tensor:
    """What a copy of the network makes of (x, *y); asked ``again`` as in a run, where gradients come between."""
    player, made, (x, *y) = copy_of(name, network), [], given
    try:
        for _ in range(1 + again):
            own = x.detach().clone().requires_grad_().clone()          # a tensor with a graph, as fakes are
            made.append(player(own, *y))
            if not isinstance(made[0], Tensor):
                raise TypeError(f"it gives a {type(made[0]).__name__}, which is no tensor")
            if again:
                made[-1].sum().backward()
    except (RuntimeError, ValueError, IndexError, TypeError) as error:
        raise ValueError(what_is_wrong(name, network, given, axis, error)) from error
    if not torch.equal(own, x):
        raise ValueError(f"{name}: changes its input in place; must leave it as it is: `x = x + noise` and not "
                         "`x += noise`, and no inplace=True in the first layer")
    return made[0].detach()


def what_is_wrong(name: str, network: nn.Module, given: Sequence[Tensor], axis: int, error: Exception) -> str:
    """Why the network failed, and what helps, in a sentence."""
    x, *y = given
    why, B, shape = str(error).strip().splitlines()[0], x.shape[axis], tuple(x.shape)
    if y and works(network, [x], axis):
        return (f"data: got a tuple of {len(given)}, but {name} cannot take what that tells it ({why}); must be the "
                f"samples alone, as in `images, labels = gan.data.digits()`, or {name} must take (x, y)")
    if "second time" in why:
        return f"{name}: keeps a tensor with its graph for the next batch; must keep none: `self.kept = x.detach()`"
    if "inplace operation" in why:
        return f"{name}: changes in place what its gradient needs ({why}); must not: `x = x + noise`, inplace=False"
    if works(network, [torch.cat([part, part], axis) for part in given], axis):
        return (f"batch: got {B}, of which {name} fails ({why}), while {2 * B} work; must be larger: batch norm needs "
                "two samples or more, groups a multiple of their size")
    if x.ndim == 2 + axis and works(network, [x[..., None, None], *y], axis):
        return (f"{name}: cannot take a batch of shape {shape} ({why}); must begin with a layer that makes maps of it: "
                f"`Generator(nn.Sequential(nn.Unflatten(1, ({x.shape[-1]}, 1, 1)), net), latent={x.shape[-1]})`")
    told = f", told y of shape {' and '.join(str(tuple(part.shape)) for part in y)}" if y else ""
    return (f"{name}: cannot take a batch of shape {shape}{told} ({why}); "
            f"must fit the shape of the data and of the noise, take {'those' if y else 'one tensor'} and give one")


def works(network: nn.Module, given: Sequence[Tensor], axis: int) -> bool:
    try:
        return copy_of("", network)(*given).shape[axis] > 1
    except Exception:
        return False


def copy_of(name: str, network: nn.Module) -> nn.Module:
    """A deep copy. Tensors with a graph, which legacy spectral_norm keeps and torch does not copy, lose that."""
    memo = {}

    def look_at(value) -> None:
        if isinstance(value, Tensor) and not value.is_leaf:
            memo[id(value)] = value.detach().clone()
        elif isinstance(value, (dict, list, tuple, set)):
            for part in value.values() if isinstance(value, dict) else value:
                look_at(part)

    for module in network.modules():
        look_at(vars(module))
    try:
        return deepcopy(network, memo)
    except (TypeError, RuntimeError) as error:
        raise TypeError(f"{name}: holds something that cannot be copied ({error}); must be a network that deepcopy can "
                        "copy, so keep files, generators and locks elsewhere") from error


# Samples, logits -----------------------------------------------------------------------------------------------

def check_samples(fake: Tensor, real: Tensor, axis: int) -> None:
    if fake.shape == real.shape:
        return
    made, wanted = tuple(fake.shape[axis + 1:]), tuple(real.shape[axis + 1:])
    cure = " (images are (N, C, H, W))"
    if made == (1,) and wanted == ():
        cure = "; or give these an axis of features: a tensor by `data[:, None]`, and in place of `mixture_1d()` " \
               "`gan.data.GaussianMixture([[-2.0], [2.0]], std=0.5)`"
    raise ValueError(f"G: makes samples of shape {made}; must make {wanted}, the shape of the data{cure}")


def check_logits(D: nn.Module, logits: Tensor, given: Sequence[Tensor], wanted: tuple[int, ...]) -> None:
    real = given[0]
    if logits.shape != wanted:
        end = f"nn.Flatten({len(wanted) - 1})"
        cure = f": `nn.Sequential(D, {end})`" if logits.numel() == real[..., :1].new_empty(wanted).numel() else ""
        raise ValueError(f"D: gives logits of shape {tuple(logits.shape)} for a batch of shape {tuple(real.shape)}; "
                         f"must give {wanted}, one per sample or pack: end with {end}{cure}")
    for what, low, high in (("probabilities, all within [0, 1]", 0, 1),
                            ("log-probabilities, none above 0", -torch.inf, 0)):
        if within(logits, low, high) and all(within(out, low, high) for out in redrawn(D, given, 10, (1e1, 1e3, 1e5))):
            raise ValueError(f"D: gives {what}, whatever its weights; must give logits, of which the loss takes the "
                             "sigmoid itself: leave out the Sigmoid, softmax or the like at its end")


def within(x: Tensor, low: float, high: float) -> bool:
    return not ((x < low) | (x > high)).any()                          # NaN, where an exponential overflows, is neither


def redrawn(network: nn.Module, given: Sequence[Tensor], draws: int, scales: Sequence[float]) -> Iterator[Tensor]:
    """What the network makes of (x, *y) with large random weights: what is bounded then is so by its last layer."""
    x, *y = given
    player, random = copy_of("", network).requires_grad_(False), torch.Generator(x.device).manual_seed(0)
    for scale in scales:
        for _ in range(draws):
            weights = {name: scale * weight.abs().mean().clamp(min=0.02) * torch.randn(
                weight.shape, generator=random, dtype=weight.dtype, device=weight.device)
                for name, weight in player.named_parameters()}
            yield functional_call(player, weights, (x.clone(), *y))


def bounds(G: nn.Module, given: Sequence[Tensor]) -> tuple[float, float]:
    """The range that G keeps to whatever its weights are: (-1, 1) with a Tanh at its end, infinite without a bound."""
    small, large = (torch.cat([x.flatten() for x in redrawn(G, given, 3, (scale,))]) for scale in (1e1, 1e2))
    if small.isnan().any() or large.isnan().any():
        return -torch.inf, torch.inf
    found = []
    for a, b in ((small.min(), large.min()), (small.max(), large.max())):
        near = 1e-2 * b.abs().clamp(min=1)
        # A layer that saturates gives its bound again and again; the largest of other values is there once.
        share = min(((x - b).abs() < near).float().mean() for x in (small, large))
        found.append(b.item() if share > 0.1 and (a - b).abs() < near else None)
    low, high = found
    return -torch.inf if low is None else low, torch.inf if high is None else high
