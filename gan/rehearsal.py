"""Before the first step, networks and data are tried together, on copies: what does not fit is one clear sentence."""

from collections.abc import Iterator
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.func import functional_call

from gan.checks import check_images, check_values

SHORT = "a DataLoader's last batch is short unless it is made with drop_last=True"


class Drawn:
    """Data that are drawn, ``source.sample(shape, generator=…)``, each batch held to what the first was like.

    Values are looked at in the first batches only; ``last`` is there to be looked at where a loss is not finite.
    """

    def __init__(self, source, axis: int):
        self.source, self.axis, self.drawn = source, axis, 0
        self.last = self.event = self.dtype = self.limits = None

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        try:
            self.last = x = self.source.sample(shape, generator=generator)
        except StopIteration as error:
            raise ValueError(f"data: its sample ran out after {self.drawn} batches; must go on for ever: "
                             "begin again with `iter(loader)` where the loader ends") from error
        self.drawn += 1
        if self.drawn <= 4:                                            # the rehearsal's, and three of the run
            self.look_at(x, shape, generator.device)
        if x.shape != shape + self.event or x.dtype != self.dtype:
            raise ValueError(f"data: its sample({shape}) gave {x.dtype} of shape {tuple(x.shape)} as batch "
                             f"{self.drawn}; must give {self.dtype} of shape {shape + self.event}, as before: {SHORT}")
        return x

    def why_not_finite(self) -> str:
        """Of the last batch, for the report of a loss that is not finite; "" where the data are not to blame."""
        bad = (~self.last.isfinite()).count_nonzero()
        return f"; data: {bad} of {self.last.numel()} values drawn are NaN or infinite, must be finite" if bad else ""

    def look_at(self, x, shape: tuple[int, ...], device: torch.device) -> None:
        if not isinstance(x, Tensor):
            raise TypeError(f"data: its sample gave a {type(x).__name__}; must give a tensor, the samples alone")
        if x.shape[:len(shape)] != shape:
            raise ValueError(f"data: its sample({shape}) gave shape {tuple(x.shape)}; must give as many as it is asked "
                             f"for, {shape}: the run's batch is a DataLoader's batch_size, and {SHORT}")
        if x.device != device:
            raise ValueError(f"data: its sample gave a tensor on {x.device}; must be on {device}, the generator's: "
                             "`x.to(generator.device)`")
        self.event, self.dtype = (self.event, self.dtype) if self.event else (x.shape[len(shape):], x.dtype)
        check_values(x, f" in batch {self.drawn} that it drew")
        if self.limits:
            check_range(x, self.axis, *self.limits)


def rehearse(G: nn.Module, D: nn.Module, data: Tensor | Drawn, batch: int, runs: tuple[int, ...]) -> bool:
    """Raise unless data, G and D fit together. They are tried as a run will use them: in whole batches, with gradients.

    ``runs`` is the leading axis of an ensemble. Returns whether D judges each sample (or pack) by itself. With batch
    normalisation, dropout or minibatch statistics it does not, and then real and fake must pass D in batches of their
    own.
    """
    pack = max(getattr(layer, "pack", 1) for layer in D.modules())
    if batch % pack:
        raise ValueError(f"batch: got {batch}; must be a multiple of {pack}, the samples that D judges together")
    weight, axis = next(G.parameters()), len(runs)
    random = torch.Generator(weight.device).manual_seed(0)
    # Nobody's random numbers may move, and networks play as copies: batch norm's averages must not move either.
    with torch.random.fork_rng([weight.device] if weight.is_cuda else []), torch.enable_grad():
        if isinstance(data, Tensor):
            real = data[torch.arange(batch, device=data.device) % len(data)].expand(*runs, batch, *data.shape[1:])
        else:
            real = data.sample((*runs, batch), generator=random)
        if real.dtype != weight.dtype:
            to = {torch.float32: "float", torch.float64: "double"}[weight.dtype]
            raise TypeError(f"data: got {real.dtype}, but the networks' weights are {weight.dtype}; must be the same: "
                            f"`data.{to}()`")
        z = noise_of(G, batch, random)
        fake = play("G", G, z, axis)
        check_samples(fake, real, axis)
        limits = fake.min().item(), *bounds(G, z.narrow(axis, 0, min(batch, 32)))
        if isinstance(data, Tensor):
            check_range(data, 0, *limits)
        else:
            check_range(real, axis, *limits)
            data.limits = limits
        apart = play("D", D, real, axis), play("D", D, fake, axis, again=False)
        check_logits(D, apart[0], real, (*runs, batch // pack))
        together = play("D", D, torch.cat([real, fake], axis), axis, again=False)
    # Measured against how far logits lie apart. If they do not, that tells nothing, and False is always right.
    one_pass = (torch.cat(apart, -1) - together).abs().max() < 1e-3 * (together.max() - together.min())
    return bool(one_pass)


def noise_of(G: nn.Module, batch: int, random: torch.Generator) -> Tensor:
    try:
        z = G.noise(batch, generator=random)
    except TypeError as error:
        raise TypeError(f"G: its noise cannot be asked for ({error}); must be noise(n, generator=None)") from error
    if not isinstance(z, Tensor):
        raise TypeError(f"G: its noise gives a {type(z).__name__}; must give a tensor, (n, ...)")
    return z


def play(name: str, network: nn.Module, x: Tensor, axis: int, again: bool = True) -> Tensor:
    """What a copy of the network makes of ``x``; asked ``again`` as in a run, where gradients come between."""
    player, made = copy_of(name, network), []
    try:
        for _ in range(1 + again):
            given = x.detach().clone().requires_grad_().clone()        # a tensor with a graph, as fakes are
            made.append(player(given))
            if not isinstance(made[0], Tensor):
                raise TypeError(f"it gives a {type(made[0]).__name__}, which is no tensor")
            if again:
                made[-1].sum().backward()
    except (RuntimeError, ValueError, IndexError, TypeError) as error:
        raise ValueError(what_is_wrong(name, network, x, axis, error)) from error
    if not torch.equal(given, x):
        raise ValueError(f"{name}: changes its input in place; must leave it as it is: `x = x + noise` and not "
                         "`x += noise`, and no inplace=True in the first layer")
    return made[0].detach()


def what_is_wrong(name: str, network: nn.Module, x: Tensor, axis: int, error: Exception) -> str:
    """Why the network failed, and what helps, in a sentence."""
    why, B, shape = str(error).strip().splitlines()[0], x.shape[axis], tuple(x.shape)
    if "second time" in why:
        return f"{name}: keeps a tensor with its graph for the next batch; must keep none: `self.kept = x.detach()`"
    if "inplace operation" in why:
        return f"{name}: changes in place what its gradient needs ({why}); must not: `x = x + noise`, inplace=False"
    if works(network, torch.cat([x, x], axis), axis):
        return (f"batch: got {B}, of which {name} fails ({why}), while {2 * B} work; must be larger: batch norm needs "
                "two samples or more, groups a multiple of their size")
    if x.ndim == 2 + axis and works(network, x[..., None, None], axis):
        return (f"{name}: cannot take a batch of shape {shape} ({why}); must begin with a layer that makes maps of it: "
                f"`Generator(nn.Sequential(nn.Unflatten(1, ({x.shape[-1]}, 1, 1)), net), latent={x.shape[-1]})`")
    return (f"{name}: cannot take a batch of shape {shape} ({why}); "
            "must fit the shape of the data and of the noise, take one tensor and give one")


def works(network: nn.Module, x: Tensor, axis: int) -> bool:
    try:
        return copy_of("", network)(x).shape[axis] > 1
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


# Shapes, ranges, logits -----------------------------------------------------------------------------------------------

def check_samples(fake: Tensor, real: Tensor, axis: int) -> None:
    if fake.shape == real.shape:
        return
    made, wanted = tuple(fake.shape[axis + 1:]), tuple(real.shape[axis + 1:])
    cure = " (images are (N, C, H, W))"
    if made == (1,) and wanted == ():
        cure = "; or give these an axis of features: a tensor by `data[:, None]`, and in place of `mixture_1d()` " \
               "`gan.data.GaussianMixture([[-2.0], [2.0]], std=0.5)`"
    raise ValueError(f"G: makes samples of shape {made}; must make {wanted}, the shape of the data{cure}")


def check_range(x: Tensor, axis: int, lowest: float, low: float, high: float) -> None:
    """Raise for samples that G cannot make: beyond what its last layer reaches, ``low`` to ``high``."""
    if x.ndim == 4 + axis:
        check_images(x)
        if x.min() >= 0 > lowest:
            raise ValueError(f"data: got images from {x.min():.3g} to {x.max():.3g}, but G also makes values "
                             "below 0; must be scaled to [-1, 1], as by `images * 2 - 1`")
    beyond = ((x < low - 1e-3) | (x > high + 1e-3)).count_nonzero() / x.numel()
    if beyond > 1e-3:
        raise ValueError(f"data: got values from {x.min():.3g} to {x.max():.3g}, but G's last layer gives none outside "
                         f"[{low:.3g}, {high:.3g}] ({beyond:.1%} of them lie there); must be scaled to that, "
                         "or G must end without that layer")


def check_logits(D: nn.Module, logits: Tensor, real: Tensor, wanted: tuple[int, ...]) -> None:
    if logits.shape != wanted:
        end = f"nn.Flatten({len(wanted) - 1})"
        cure = f": `nn.Sequential(D, {end})`" if logits.numel() == real[..., :1].new_empty(wanted).numel() else ""
        raise ValueError(f"D: gives logits of shape {tuple(logits.shape)} for a batch of shape {tuple(real.shape)}; "
                         f"must give {wanted}, one per sample or pack: end with {end}{cure}")
    for what, low, high in (("probabilities, all within [0, 1]", 0, 1),
                            ("log-probabilities, none above 0", -torch.inf, 0)):
        if within(logits, low, high) and all(within(out, low, high) for out in redrawn(D, real, 10, (1e1, 1e3, 1e5))):
            raise ValueError(f"D: gives {what}, whatever its weights; must give logits, of which the loss takes the "
                             "sigmoid itself: leave out the Sigmoid, softmax or the like at its end")


def within(x: Tensor, low: float, high: float) -> bool:
    return not ((x < low) | (x > high)).any()                          # NaN, where an exponential overflows, is neither


def redrawn(network: nn.Module, x: Tensor, draws: int, scales: tuple[float, ...]) -> Iterator[Tensor]:
    """What the network makes of ``x`` with large random weights: what is then still bounded is so by its last layer."""
    player, random = copy_of("", network).requires_grad_(False), torch.Generator(x.device).manual_seed(0)
    for scale in scales:
        for _ in range(draws):
            weights = {name: scale * weight.abs().mean().clamp(min=0.02) * torch.randn(
                weight.shape, generator=random, dtype=weight.dtype, device=weight.device)
                for name, weight in player.named_parameters()}
            yield functional_call(player, weights, (x.clone(),))


def bounds(G: nn.Module, z: Tensor) -> tuple[float, float]:
    """The range that G keeps to whatever its weights are: (-1, 1) with a Tanh at its end, infinite without a bound."""
    small, large = (torch.cat([x.flatten() for x in redrawn(G, z, 3, (scale,))]) for scale in (1e1, 1e2))
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
