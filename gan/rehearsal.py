"""Before the first step, networks and data are tried together, on copies: what does not fit is one clear sentence."""

import random
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy
import torch
from torch import Tensor, nn

from gan.drawn import Drawn, check_range
from gan.losses import is_cross_entropy
from gan.probes import bounds, copy_of, out_of, passes_gradient, redrawn, stays_within

NO_GRADIENT = "no no_grad, detach, numpy, rounding, comparison or argmax on the way"


class Rehearsed(NamedTuple):
    """What a run needs to know of its networks and data."""

    one_pass: bool          # D judges each sample, or pack, by itself: real and fake may pass it together
    y: list[Tensor]         # what the samples of a first batch come with
    low: float              # what G's samples cannot fall below


def rehearse(G: nn.Module, D: nn.Module, data: tuple[Tensor, ...] | Drawn, batch: int, runs: tuple[int, ...],
             loss) -> Rehearsed:
    """Raise unless data, G and D fit together. They are tried as a run will use them: in whole batches, with gradients.

    ``runs`` is the leading axis of an ensemble. Networks play as copies, so that nothing of theirs moves.
    """
    pack = max(one for layer in D.modules() if isinstance(one := getattr(layer, "pack", 1), int))
    if batch % pack:
        raise ValueError(f"batch: got {batch}; must be a multiple of {pack}, the samples that D judges together")
    weight, axis = next(weight for weight in G.parameters() if weight.requires_grad), len(runs)
    generator = torch.Generator(weight.device).manual_seed(0)
    with no_number_moved(weight.device), torch.enable_grad():
        if isinstance(data, Drawn):
            real, *y = data.sample((*runs, batch), generator=generator)
        else:
            rows = torch.linspace(0, len(data[0]) - 1, batch, device=weight.device).long()       # of every class
            for i, labels in enumerate(part for part in data[1:] if part.ndim == 1):             # the rarest too
                rows[2 * i:2 * i + 2] = torch.stack([labels.argmin(), labels.argmax()])[:len(rows[2 * i:2 * i + 2])]
            real, *y = (part[rows].expand(*runs, batch, *part.shape[1:]) for part in data)
        if real.dtype != weight.dtype:
            to = {torch.float32: "float", torch.float64: "double"}[weight.dtype]
            raise TypeError(f"data: got {real.dtype}, but the networks' weights are {weight.dtype}; must be the same: "
                            f"`data.{to}()`")
        z = noise_of(G, batch, generator)
        fake = play("G", G, (z, *y), axis)
        check_samples(fake, real, axis)
        low, high = bounds(G, [part.narrow(axis, 0, min(batch, 32)) for part in (z, *y)])
        if isinstance(data, Drawn):
            data.limits = low, high
            check_range(real, axis, low, high)
        else:
            check_range(data[0], 0, low, high)
        logits = play("D", D, (real, *y), axis)
        check_logits(D, logits, (real, *y), (*runs, batch // pack), loss)
        one_pass = all(judges_alone(player, real, fake, y, axis) for player in (D, redrawn(D, 1.0, 0)))
        if not one_pass:
            check_two_passes(D, real, fake, y)
    return Rehearsed(one_pass, y, low)


@contextmanager
def no_number_moved(device: torch.device) -> Iterator[None]:
    """Random numbers that are drawn inside, torch's, Python's or numpy's, are drawn again after it."""
    pythons, numpys = random.getstate(), numpy.random.get_state()
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        try:
            yield
        finally:
            random.setstate(pythons)
            numpy.random.set_state(numpys)


def noise_of(G: nn.Module, batch: int, generator: torch.Generator) -> Tensor:
    try:
        z = G.noise(batch, generator=generator)
    except TypeError as error:
        cure = "noise(n, latent, generator=…, device=…), as torch.randn is" if hasattr(G, "_noise") \
            else "noise(n, generator=None)"
        raise TypeError(f"G: its noise cannot be asked for ({error}); must be a function {cure}") from error
    if not isinstance(z, Tensor):
        raise TypeError(f"G: its noise gives a {type(z).__name__}; must give a tensor, (n, ...)")
    return z


def play(name: str, network: nn.Module, given: Sequence[Tensor], axis: int) -> Tensor:
    """What a copy of the network makes of (x, *y); it is asked again, as in a run, after gradients have passed."""
    player, made, (x, *y) = copy_of(name, network), [], given
    try:
        for _ in range(2):
            leaf = x.detach().clone().requires_grad_(x.is_floating_point())
            own = leaf.clone()                                         # a tensor with a graph, as fakes are
            made.append(player(own, *y))
            if not isinstance(made[0], Tensor):
                raise TypeError(f"it gives a {type(made[0]).__name__}, which is no tensor")
            if own._version:
                raise ValueError(f"{name}: changes its input in place; must leave it as it is: `x = x + noise` and not "
                                 "`x += noise`, and no inplace=True in the first layer")
            (made[-1] * torch.randn_like(made[-1])).sum().backward()
    except Exception as error:
        if str(error).startswith(f"{name}: "):
            raise
        raise ValueError(what_is_wrong(name, network, given, axis, error)) from error
    if not made[0].isfinite().all():
        raise ValueError(f"{name}: makes NaN or infinite values of finite ones; must begin with weights that do not")
    if name == "D" and not (leaf.grad is not None and leaf.grad.count_nonzero() or passes_gradient(network, given)):
        raise ValueError(f"D: passes no gradient on to its input; must be made of what has one: {NO_GRADIENT}")
    if name == "G" and not any(w.grad is not None and w.grad.count_nonzero() for w in player.parameters()):
        raise ValueError(f"G: gets no gradient from its samples; must be made of what has one: {NO_GRADIENT}")
    return made[0].detach()


def what_is_wrong(name: str, network: nn.Module, given: Sequence[Tensor], axis: int, error: Exception) -> str:
    """Why the network failed, and what helps, in a sentence."""
    x, *y = given
    why, B, shape = (str(error).strip() or type(error).__name__).splitlines()[0], x.shape[axis], tuple(x.shape)
    if y and works(network, [x], axis):
        return (f"data: got a tuple of {len(given)}, but {name} cannot take what that tells it ({why}); must be the "
                f"samples alone, as in `images, labels = gan.data.digits()`, or {name} must take "
                f"{'(z, y)' if name == 'G' else '(x, y)'}")
    if "second time" in why:
        return f"{name}: keeps a tensor with its graph for the next batch; must keep none: `self.kept = x.detach()`"
    if "inplace operation" in why:
        return f"{name}: changes in place what its gradient needs ({why}); must not: `x = x + noise`, inplace=False"
    if "does not require grad" in why:
        return f"{name}: gives a result without a gradient; must be made of what has one: {NO_GRADIENT}"
    for k in range(1, 4) if x.ndim == 2 + axis and name == "G" else ():
        if works(network, [x.reshape(*shape, *[1] * k), *y], axis):
            return (f"G: cannot take a batch of shape {shape} ({why}); must begin with a layer that makes maps of it: "
                    f"`Generator(nn.Sequential(nn.Unflatten(1, {(shape[-1], *[1] * k)}), net), latent={shape[-1]})`")
    if works(network, [torch.cat([part, part], axis) for part in given], axis):
        return (f"batch: got {B}, of which {name} fails ({why}), while {2 * B} work; must be larger: batch norm needs "
                "two samples or more, groups a multiple of their size")
    told = f", told y of shape {' and '.join(str(tuple(part.shape)) for part in y)}" if y else ""
    labels = " (labels: `y.long()`, from 0 to classes - 1)" if y else ""
    return (f"{name}: cannot take a batch of shape {shape}{told} ({why}); must fit the shape of the data and of the "
            f"noise, take {'those' + labels if y else 'one tensor'} and give one")


def works(network: nn.Module, given: Sequence[Tensor], axis: int) -> bool:
    try:
        return copy_of("", network)(*given).shape[axis] > 1
    except Exception:
        return False


# Samples, logits, passes ----------------------------------------------------------------------------------------------

def check_samples(fake: Tensor, real: Tensor, axis: int) -> None:
    made, wanted = tuple(fake.shape[axis + 1:]), tuple(real.shape[axis + 1:])
    if fake.dtype != real.dtype:
        raise TypeError(f"G: makes samples of {fake.dtype}; must make {real.dtype}, as its weights and the data are")
    if fake.shape == real.shape:
        return
    if made == wanted:
        raise ValueError(f"G: makes {fake.shape[axis]} samples where {real.shape[axis]} are asked for; must make as "
                         "many: noise(n) gives n")
    cure = " (images are (N, C, H, W))"
    if made == (1,) and wanted == ():
        cure = "; or give these an axis of features: a tensor by `data[:, None]`, and in place of `mixture_1d()` " \
               "`gan.data.GaussianMixture([[-2.0], [2.0]], std=0.5)`"
    raise ValueError(f"G: makes samples of shape {made}; must make {wanted}, the shape of the data{cure}")


def check_logits(D: nn.Module, logits: Tensor, given: Sequence[Tensor], wanted: tuple[int, ...], loss) -> None:
    shape, n = tuple(logits.shape), wanted[-1]
    if shape != wanted:
        end, each = f"nn.Flatten({len(wanted) - 1})", logits.numel() // torch.Size(wanted).numel()
        cure = f": end with {end}: `nn.Sequential(D, {end})`"
        if len(wanted) == 1 and each > 1 and logits.numel() == n * each:
            mean = "`nn.Sequential(D, nn.Flatten(), nn.AdaptiveAvgPool1d(1), nn.Flatten(0))`"
            cure = f", and these are {each} for each: of patches take the mean, {mean}; of classes keep one"
        raise ValueError(f"D: gives logits of shape {shape} for a batch of shape {tuple(given[0].shape)}; must give "
                         f"{wanted}, one per sample or pack{cure}")
    for what, low, high in (("probabilities, all within [0, 1]", 0, 1),
                            ("log-probabilities, none above 0", -torch.inf, 0)):
        asked = is_cross_entropy(loss) or high == 1                    # a critic's energy may well stay below 0
        if not asked or out_of(logits, low, high) or not stays_within(D, given, low, high):
            continue
        if is_cross_entropy(loss):
            raise ValueError(f"D: gives {what}, whatever its weights; must give logits, of which the loss takes the "
                             "sigmoid itself: leave out the Sigmoid, softmax or the like at its end")
        warnings.warn("D: all that it gives lies within [0, 1], whatever its weights, and the loss takes that for "
                      "logits; is there a Sigmoid at its end that should not be?", stacklevel=4)


def judges_alone(D: nn.Module, real: Tensor, fake: Tensor, y: list[Tensor], axis: int) -> bool:
    """Whether D gives real and fake together what it gives each of them, and can go on to another batch size."""
    try:
        apart = torch.cat([copy_of("D", D)(x, *y) for x in (real, fake)], -1)
        player = copy_of("D", D)
        together = player(*(torch.cat(pair, axis) for pair in ((real, fake), *zip(y, y))))
        player(fake, *y)
    except Exception:                                                  # a batch that is written in, a state of its size
        return False
    # Measured against how far logits lie apart. If they do not, that tells nothing, and False is always right.
    return bool((apart - together).abs().max() < 1e-3 * (together.max() - together.min()))


def check_two_passes(D: nn.Module, real: Tensor, fake: Tensor, y: list[Tensor]) -> None:
    player = copy_of("D", D)
    try:
        (player(real, *y).sum() + player(fake, *y).sum()).backward()
    except RuntimeError as error:
        why = str(error).strip().splitlines()[0]
        raise ValueError(f"D: fails where real and fake pass it one after the other ({why}); must not write into what "
                         "it has used: `self.kept = x.detach()` for `self.kept.copy_(x)`") from error
