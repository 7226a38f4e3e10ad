"""What ``gan.train`` asks of its arguments, so that a mistake is one clear sentence and not a stack of shapes."""

import inspect
import warnings
from numbers import Integral, Real

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from gan.losses import Loss


def check_counts(**counts) -> None:
    """Raise ``ValueError`` for the first that is not a whole number of at least 1."""
    for name, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
            raise ValueError(f"{name}: got {value!r}; must be a whole number of at least 1")


def check_settings(loss, lr, d_lr, betas, unroll, ema, steps, seed, writer) -> None:
    """Raise for a setting of a run that cannot work."""
    if not isinstance(loss, Loss):
        line = ": `gan.losses.Loss(discriminator, generator)`" if isinstance(loss, tuple) else ""
        raise TypeError(f"loss: got {loss!r}; must be a pair of functions such as gan.losses.non_saturating{line}")
    for name, of, enough in (("discriminator", loss.discriminator, (2,)), ("generator", loss.generator, (1, 2))):
        if not callable(of):
            raise TypeError(f"loss: its {name} is {of!r}; must be a function of logits")
        if not any(takes(n, of) for n in enough):
            raise TypeError(f"loss: its {name} is {of!r} with parameters {inspect.signature(of)}; must take logits, as "
                            + ("`lambda real, fake: …`" if name == "discriminator" else "`lambda fake, real=None: …`"))
    for name, value in {"lr": lr, "d_lr": d_lr}.items():
        if value is not None and not _between(0, value, float("inf")):
            raise ValueError(f"{name}: got {value!r}; must be a number greater than 0")
    if not (isinstance(betas, (tuple, list)) and len(betas) == 2 and all(b == 0 or _between(0, b, 1) for b in betas)):
        raise ValueError(f"betas: got {betas!r}; must be two numbers from 0 to below 1, such as (0.5, 0.999)")
    if isinstance(unroll, bool) or not isinstance(unroll, Integral) or unroll < 0:
        raise ValueError(f"unroll: got {unroll!r}; must be a whole number of steps, 0 for none")
    if ema is not None and not _between(0, ema, 1):
        raise ValueError(f"ema: got {ema!r}; must lie between 0 and 1, such as 0.999")
    if ema is not None and steps >= 100 and ema**steps > 0.2:          # fewer are a trial, at which nobody looks
        warnings.warn(f"ema: {ema} over {steps} steps leaves {ema**steps:.0%} of the untrained G in G_ema; at most "
                      f"{0.01**(1 / steps):.3f} leaves 1 % or less", stacklevel=3)
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, Integral) or not -2**63 <= seed < 2**63):
        raise TypeError(f"seed: got {seed!r}; must be a whole number, or None for one that torch picks")
    if writer is not None and (isinstance(writer, type) or not hasattr(writer, "add_scalar")
                               or not hasattr(writer, "add_images")):
        raise TypeError(f"writer: got {writer!r}; must be a torch.utils.tensorboard.SummaryWriter")


def check_penalties(penalties, g_penalties, conditions: int) -> None:
    """Raise unless these are functions of as many arguments as the loop gives them."""
    for name, given, n, takes_what in (("penalties", penalties, 3, "D, real, fake"),
                                       ("g_penalties", g_penalties, 2 + conditions, "fake, real" + ", y" * conditions)):
        if not (isinstance(given, (tuple, list)) and all(callable(penalty) for penalty in given)):
            raise TypeError(f"{name}: got {given!r}; must be a tuple of functions, (penalty,) for a single one")
        for i, penalty in enumerate(given):
            if not takes(n, penalty):
                makes = getattr(penalty, "__name__", "penalty")
                made = f"; {makes} makes one: `{name}=({makes}(),)`" if takes(0, penalty) else ""
                raise TypeError(f"{name}[{i}]: got {penalty!r}; must be a function penalty({takes_what}) -> (B,){made}")


def _between(low: float, value, high: float) -> bool:
    return isinstance(value, Real) and low < value < high


def takes(n: int, function) -> bool:
    """Whether a function can be called with n arguments; True where Python cannot tell."""
    try:
        inspect.signature(function.forward if isinstance(function, nn.Module) else function).bind(*[None] * n)
    except TypeError:
        return False
    except ValueError:                             # built in, without a signature
        return True
    return True


def check_device(device) -> torch.device:
    """The device of that name; raise ``ValueError`` if there is none on this machine."""
    try:
        found = torch.empty(0, device=device).device
        if found.type == "meta":                   # would take the networks' weights away
            raise RuntimeError("holds no numbers")
        return found
    except (RuntimeError, AssertionError, TypeError) as error:
        raise ValueError(f"device: got {device!r} ({str(error).splitlines()[0]}); "
                         "must be one that this machine has: cpu, cuda or mps") from error


def check_surroundings(device: torch.device) -> None:
    """Raise inside ``no_grad``, where nothing learns, or ``autocast``, which keeps its casts of weights."""
    if not torch.is_grad_enabled() or torch.is_inference_mode_enabled():
        raise RuntimeError("gan.train: inside torch.no_grad or inference_mode, where nothing can learn; must be "
                           "outside")
    if torch.is_autocast_enabled(device.type):
        raise RuntimeError("gan.train: inside torch.autocast, which would go on with old weights; must be outside, "
                           "and autocast inside the networks' forward, with `return x.float()`")


def check_modules(G, D, writer=None) -> None:
    """Raise unless G and D are networks that can learn in their precision, and G brings its noise."""
    for name, network in {"G": G, "D": D}.items():
        if not isinstance(network, nn.Module) or not any(p.requires_grad for p in network.parameters()):
            raise TypeError(f"{name}: got a {type(network).__name__}; must be an nn.Module with weights to learn")
        for weight in network.parameters():
            if isinstance(weight, nn.parameter.UninitializedParameter):
                raise TypeError(f"{name}: has lazy layers that have not seen a batch, so no weights yet; "
                                f"must be called once before: `{name}(x)`")
            if weight.requires_grad and weight.dtype not in (torch.float32, torch.float64):
                raise TypeError(f"{name}: has weights of {weight.dtype}, in which Adam's small steps are lost; "
                                f"must have torch.float32: {name}.float()")
    theirs, ours = (next(w for w in network.parameters() if w.requires_grad).dtype for network in (G, D))
    if theirs != ours:
        raise TypeError(f"G: has weights of {theirs}, but D of {ours}; must have the same: G.float(), D.float()")
    learned = {weight: name for name, weight in G.named_parameters() if weight.requires_grad}
    if shared := [learned[weight] for weight in D.parameters() if weight in learned]:
        raise ValueError(f"G, D: share weights, such as G's {shared[0]}; must share none that learn: each player moves "
                         "its own alone")
    if not hasattr(G, "noise"):
        raise TypeError(f"G: got a {type(G).__name__} without noise(n, generator); must be a gan.models.Generator, "
                        "which wraps any network: Generator(net, latent=64)")
    if writer is not None and not (hasattr(G, "sample") and takes(2, G.sample)):
        raise TypeError(f"writer: shows G.sample(64, generator), but G is a {type(G).__name__} without it; "
                        "must come with a gan.models.Generator, which has it: Generator(net, latent=64)")


# Data -----------------------------------------------------------------------------------------------------------------

def check_data(data) -> None:
    """Raise unless ``data`` are samples that can be trained on: a tensor, a tuple (x, y, ...), or what draws them."""
    if isinstance(data, tuple) and len(data) > 1 and all(isinstance(part, Tensor) and part.ndim for part in data):
        lengths = [len(part) for part in data]
        if len(set(lengths)) > 1:
            raise ValueError(f"data: got a tuple of tensors of lengths {', '.join(map(str, lengths))}; must be of one, "
                             "samples and what is told of them, (x, y)")
        for part in data[1:]:
            check_condition(part)
        data = data[0]
    if not isinstance(data, Tensor):
        check_drawn(data)
        return
    shape = tuple(data.shape)
    if data.ndim == 0 or data.numel() == 0:
        raise ValueError(f"data: got a tensor of shape {shape}; must hold at least one sample, (N, ...)")
    if data.layout != torch.strided:
        raise TypeError(f"data: got a tensor of layout {data.layout}; must be dense: `data.to_dense()`")
    check_values(data)


def check_condition(y: Tensor, where: str = "") -> None:
    if y.is_floating_point() and not torch.isfinite(y).all():
        raise ValueError(f"data: what is told of the samples, y, holds NaN or infinite values{where}; must be finite")


def check_drawn(data) -> None:
    """Raise for what neither is a tensor nor draws samples, with the line that makes a tensor of it."""
    if hasattr(data, "sample"):
        takes_what = inspect.signature(data.sample).parameters
        if "generator" in takes_what or any(one.kind is one.VAR_KEYWORD for one in takes_what.values()):
            return
        raise TypeError(f"data: got a {type(data).__name__} whose sample takes no generator; must be a tensor (N, ...) "
                        "or have sample(shape, generator), as a density of gan.data such as ring() has")
    line = to_tensor(data)
    line = f"; this makes a tensor of it: `{line}`" if line else ""
    if isinstance(data, (tuple, list)):
        raise TypeError(f"data: got a {type(data).__name__} of {len(data)}; must be the samples alone in one tensor, "
                        f"as in `images, labels = gan.data.digits()`{line}")
    got = repr(data) if isinstance(data, str) else f"a {type(data).__name__}"
    raise TypeError(f"data: got {got}; must be a tensor (N, ...) or a density of gan.data such as ring(){line}")


def to_tensor(data) -> str:
    """The line that makes a tensor of samples of what is often had instead; "" where none is known."""
    if isinstance(data, TensorDataset):
        return "data.tensors[0]"
    if isinstance(data, (DataLoader, Dataset)):
        try:
            item = getattr(data, "dataset", data)[0]
        except Exception:                          # empty, or to be iterated over only
            return ""
        labelled = isinstance(item, (tuple, list))
        x, each = (item[0], "x for x, *_ in data") if labelled else (item, "x for x in data")
    elif isinstance(data, (tuple, list)) and len(data) > 1:
        x, each = data[0], "x for x in data"
    else:
        return "torch.as_tensor(data, dtype=torch.float32)" if hasattr(data, "__array__") else ""
    if isinstance(x, Tensor):
        same = not isinstance(data, (tuple, list)) or all(getattr(y, "shape", None) == x.shape for y in data)
        return f"torch.{'cat' if isinstance(data, DataLoader) else 'stack'}([{each}])" if same else ""
    if hasattr(x, "getpixel") or getattr(x, "ndim", 0) == 3:               # a PIL image, or an array (H, W, C)
        return f"torch.stack([torchvision.transforms.functional.to_tensor({each[0]}) {each[2:]}]) * 2 - 1"
    return f"torch.stack([torch.as_tensor(x) {each[2:]}]).float()" if hasattr(x, "__array__") else ""


def check_values(x: Tensor, where: str = "") -> None:
    """Raise unless the samples are floating point and finite."""
    if not x.is_floating_point():
        scale = ": `data.float() / 127.5 - 1`" if x.dtype == torch.uint8 else ""
        raise TypeError(f"data: got {x.dtype}{where}; must be floating point, images scaled to [-1, 1]{scale}")
    if not (good := torch.isfinite(x)).all():
        raise ValueError(f"data: {int((~good).sum())} of {x.numel()} values are NaN or infinite{where}; "
                         "must all be finite")


# What losses and penalties give ---------------------------------------------------------------------------------------

def batch_mean(name: str, runs: tuple[int, ...], function, *given) -> Tensor | float:
    """What a loss or penalty gives, averaged over the batch: () or (runs,). 0 for None, a penalty that is not due.

    Raises ``TypeError`` or ``ValueError`` where it gives no such thing.
    """
    try:
        values = function(*given)
    except (RuntimeError, TypeError, ValueError, IndexError, AttributeError) as error:
        needs = "; where it needs the logits of reals it takes them without a default: `lambda fake, real: …`"
        raise ValueError(f"{name}: fails ({error}); must be a function of what it is given"
                         f"{needs if name == 'loss.generator' else ''}") from error
    is_loss = name.startswith("loss")
    if values is None and not is_loss:
        return 0.0
    if not isinstance(values, Tensor):
        raise TypeError(f"{name}: gave {values!r}; must give a tensor, one number for each logit, (B,)")
    if values.shape[:-1] != runs:
        raise ValueError(f"{name}: gave shape {tuple(values.shape)}; must give one number for each logit, "
                         f"({''.join(f'{r}, ' for r in runs)}B{'' if runs else ','})")
    if torch.is_grad_enabled() and not values.requires_grad and (is_loss or values.count_nonzero()):
        raise ValueError(f"{name}: gave a constant, from which no gradient comes; must be computed from D's logits "
                         "without .detach() or no_grad, a slope with create_graph=True")
    return values.mean(-1)
