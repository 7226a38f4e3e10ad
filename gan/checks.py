"""What ``gan.train`` asks of its arguments, so that a mistake is one clear sentence and not a stack of shapes."""

import inspect
from copy import deepcopy
from numbers import Integral, Real

import torch
from torch import Tensor, nn

from gan.losses import Loss


def check_counts(**counts) -> None:
    """Raise ``ValueError`` for the first that is not a whole number of at least 1."""
    for name, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
            raise ValueError(f"{name}: got {value!r}; must be a whole number of at least 1")


def check_settings(loss, lr, d_lr, betas, penalties, unroll, ema, seed, writer) -> None:
    """Raise for a setting of a run that cannot work."""
    if not isinstance(loss, Loss):
        raise TypeError(f"loss: got {loss!r}; must be a pair of functions such as gan.losses.non_saturating")
    for name, value in {"lr": lr, "d_lr": d_lr}.items():
        if value is not None and not _between(0, value, float("inf")):
            raise ValueError(f"{name}: got {value!r}; must be a number greater than 0")
    if not (isinstance(betas, (tuple, list)) and len(betas) == 2 and all(b == 0 or _between(0, b, 1) for b in betas)):
        raise ValueError(f"betas: got {betas!r}; must be two numbers from 0 to below 1, such as (0.5, 0.999)")
    if not (isinstance(penalties, (tuple, list)) and all(callable(penalty) for penalty in penalties)):
        raise TypeError(f"penalties: got {penalties!r}; must be a tuple of functions, (penalty,) for a single one")
    if isinstance(unroll, bool) or not isinstance(unroll, Integral) or unroll < 0:
        raise ValueError(f"unroll: got {unroll!r}; must be a whole number of steps, 0 for none")
    if ema is not None and not _between(0, ema, 1):
        raise ValueError(f"ema: got {ema!r}; must lie between 0 and 1, such as 0.999")
    if seed is not None and not isinstance(seed, Integral):
        raise TypeError(f"seed: got {seed!r}; must be a whole number, or None for one that torch picks")
    if writer is not None and not hasattr(writer, "add_scalar"):
        raise TypeError(f"writer: got {writer!r}; must be a torch.utils.tensorboard.SummaryWriter")


def _between(low: float, value, high: float) -> bool:
    return isinstance(value, Real) and low < value < high


def check_device(device) -> torch.device:
    """The device of that name; raise ``ValueError`` if there is none on this machine."""
    try:
        return torch.empty(0, device=device).device
    except (RuntimeError, AssertionError, TypeError) as error:
        raise ValueError(f"device: got {device!r} ({str(error).splitlines()[0]}); "
                         "must be one that this machine has: cpu, cuda or mps") from error


def check_data(data) -> None:
    """Raise unless ``data`` holds samples that can be trained on."""
    if isinstance(data, (tuple, list)):
        raise TypeError(f"data: got a {type(data).__name__} of {len(data)}; must be the samples alone, "
                        "as in `images, labels = gan.data.digits()`")
    if not isinstance(data, Tensor):
        if not (hasattr(data, "sample") and "generator" in inspect.signature(data.sample).parameters):
            got = repr(data) if isinstance(data, str) else f"a {type(data).__name__}"
            raise TypeError(f"data: got {got}; must be a tensor (N, ...) or a density of gan.data such as ring()")
        return
    shape = tuple(data.shape)
    if data.ndim == 0 or data.numel() == 0:
        raise ValueError(f"data: got a tensor of shape {shape}; must hold at least one sample, (N, ...)")
    if not data.is_floating_point():
        raise TypeError(f"data: got {data.dtype}; must be floating point, images scaled to [-1, 1]")
    if not torch.isfinite(data).all():
        raise ValueError(f"data: {int((~torch.isfinite(data)).sum())} of {data.numel()} values are NaN or infinite; "
                         "must all be finite")
    if data.ndim == 4 and data.abs().max() > 1 + 1e-3:
        raise ValueError(f"data: got images from {data.min():.3g} to {data.max():.3g}; must lie in [-1, 1]")


def check_modules(G, D) -> None:
    """Raise unless G and D are networks and G brings its noise."""
    for name, network in {"G": G, "D": D}.items():
        if not isinstance(network, nn.Module) or not any(p.requires_grad for p in network.parameters()):
            raise TypeError(f"{name}: got a {type(network).__name__}; must be an nn.Module with weights to learn")
    if not hasattr(G, "noise"):
        raise TypeError(f"G: got a {type(G).__name__} without noise(n, generator); must be a gan.models.Generator, "
                        "which wraps any network: Generator(net, latent=64)")


@torch.no_grad()
def check_networks(G: nn.Module, D: nn.Module, data, batch: int, runs: tuple[int, ...] = ()) -> bool:
    """Raise unless data, G and D fit together. True if D judges each sample (or pack) by itself.

    With batch normalisation, dropout or minibatch statistics it does not, and then real and fake samples
    must pass D in batches of their own. ``runs`` is the leading axis of an ensemble.
    """
    device = next(G.parameters()).device
    random = torch.Generator(device).manual_seed(0)
    pack = max(getattr(layer, "pack", 1) for layer in D.modules())       # samples that D judges together
    if batch % pack:
        raise ValueError(f"batch: got {batch}; must be a multiple of {pack}, the samples that D judges together")
    n, many = 2 * pack, len(runs)
    if isinstance(data, Tensor):
        real = data[torch.arange(n).remainder(len(data))].expand(*runs, n, *data.shape[1:])
    else:
        real = data.sample((*runs, n), generator=random)
    # The rehearsal is held with copies: it must not move batch norm's averages nor anybody's random numbers.
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        fake = _rehearse("G", deepcopy(G), G.noise(n, random))
        if fake.shape != real.shape:
            made, wanted = tuple(fake.shape[many + 1:]), tuple(real.shape[many + 1:])
            raise ValueError(f"G: makes samples of shape {made}; must make {wanted}, "
                             "the shape of the data (images are (N, C, H, W))")
        apart = [_rehearse("D", deepcopy(D), x) for x in (real, fake)]
        if apart[0].shape != (*runs, 2):
            raise ValueError(f"D: gives logits of shape {tuple(apart[0].shape)} for {n} samples; must give "
                             f"{(*runs, 2)}, one per sample or pack: end with nn.Flatten(0), and if G is an "
                             "ensemble's, so must D be")
        together = _rehearse("D", deepcopy(D), torch.cat([real, fake], many))
    layers = [module for module in D.modules() if not any(module.children()) and not isinstance(module, nn.Flatten)]
    if isinstance(layers[-1], nn.Sigmoid) and 0 <= together.min() and together.max() <= 1:
        raise ValueError("D: ends in a Sigmoid; must give logits, of which the loss takes the sigmoid itself")
    if isinstance(data, Tensor) and data.ndim == 4 and data.min() >= 0 > fake.min():
        raise ValueError(f"data: got images from {data.min():.3g} to {data.max():.3g}, but G also makes values "
                         "below 0; must be scaled to [-1, 1], as by `images * 2 - 1`")
    # Measured against how far logits lie apart. If they do not, that tells nothing, and False is always right.
    return bool((torch.cat(apart, -1) - together).abs().max() < 1e-3 * (together.max() - together.min()))


def _rehearse(name: str, network: nn.Module, x: Tensor) -> Tensor:
    try:
        return network(x)
    except RuntimeError as error:
        raise ValueError(f"{name}: cannot take a batch of shape {tuple(x.shape)} ({error}); "
                         "must fit the shape of the data and of the noise") from error
