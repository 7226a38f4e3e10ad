"""The real samples of a run, and what is told of them: tensors, or something that draws."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from gan.checks import check_condition, check_values

SHORT = "a DataLoader's last batch is short unless it is made with drop_last=True"


class Drawn:
    """Data that are drawn, ``source.sample(shape, generator=…)``, each batch held to what the first was like.

    A batch is a tuple: samples, and what is told of them, if anything. Values are looked at in the first batches only;
    ``last`` is there to be looked at where a loss is not finite.
    """

    def __init__(self, source, axis: int):
        self.source, self.axis, self.drawn = source, axis, 0
        self.last = self.promise = self.limits = None

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> tuple[Tensor, ...]:
        try:
            batch = self.source.sample(shape, generator=generator)
        except StopIteration as error:
            raise ValueError(f"data: its sample ran out after {self.drawn} batches; must go on for ever: "
                             "begin again with `iter(loader)` where the loader ends") from error
        except Exception as error:
            raise ValueError(f"data: its sample({shape}, generator=…) fails ({str(error).splitlines()[0]}); must take "
                             f"the shape of a batch, {shape}, and a torch.Generator") from error
        batch = tuple(batch) if isinstance(batch, (tuple, list)) else (batch,)
        self.drawn += 1
        if self.drawn <= 4:                                            # the rehearsal's, and three of the run
            self.look_at(batch, shape, generator.device)
        if [(part.shape, part.dtype) for part in batch] != [(shape + event, dtype) for event, dtype in self.promise]:
            told = [f"{part.dtype} of shape {tuple(part.shape)}" for part in batch]
            must = [f"{dtype} of shape {shape + tuple(event)}" for event, dtype in self.promise]
            raise ValueError(f"data: its sample({shape}) gave {' and '.join(told)} as batch {self.drawn}; must give "
                             f"{' and '.join(must)}, as before: {SHORT}")
        self.last = batch[0]
        return batch

    def why_not_finite(self) -> str:
        """Of the last batch, for the report of a loss that is not finite; "" where the data are not to blame."""
        bad = (~self.last.isfinite()).count_nonzero()
        return f"; data: {bad} of {self.last.numel()} values drawn are NaN or infinite, must be finite" if bad else ""

    def look_at(self, batch: tuple, shape: tuple[int, ...], device: torch.device) -> None:
        for x in batch:
            if not isinstance(x, Tensor):
                raise TypeError(f"data: its sample gave a {type(x).__name__}; must give a tensor of samples, "
                                "or a tuple of tensors (x, y)")
            if x.shape[:len(shape)] != shape:
                raise ValueError(f"data: its sample({shape}) gave shape {tuple(x.shape)}; must give as many as it is "
                                 f"asked for, {shape}: the run's batch is a DataLoader's batch_size, and {SHORT}")
            if x.device != device:
                raise ValueError(f"data: its sample gave a tensor on {x.device}; must be on {device}, the generator's: "
                                 "`x.to(generator.device)`")
        self.promise = self.promise or [(x.shape[len(shape):], x.dtype) for x in batch]
        where = f" in batch {self.drawn} that it drew"
        check_values(batch[0], where)
        for y in batch[1:]:
            check_condition(y, where)
        if self.limits:
            check_range(batch[0], self.axis, *self.limits)


def as_data(data, device: torch.device, axis: int) -> tuple[Tensor, ...] | Drawn:
    """Samples and what is told of them, as tensors (N, ...) on the device; or what draws them."""
    if isinstance(data, Tensor):
        data = (data,)
    return tuple(part.detach().to(device) for part in data) if isinstance(data, tuple) else Drawn(data, axis)


class Told(NamedTuple):
    """D and the y that it is told. Its x may be two batches, one after the other, with the same y."""

    D: Callable[..., Tensor]
    y: Sequence[Tensor]
    axis: int

    def __call__(self, x: Tensor) -> Tensor:
        times = x.shape[self.axis] // self.y[0].shape[self.axis]
        return self.D(x, *(self.y if times == 1 else (torch.cat([one] * times, self.axis) for one in self.y)))

    def __getattr__(self, name: str):
        return getattr(self.D, name)                                     # a penalty may ask for D's weights


def check_range(x: Tensor, axis: int, low: float, high: float) -> None:
    """Raise for samples that G cannot make: beyond what its last layer reaches, ``low`` to ``high``."""
    least, most = x.min(), x.max()
    if x.ndim == 4 + axis and least >= 0:
        if most > 1.5 and (x == x.round()).all():
            raise ValueError(f"data: got images of whole numbers from {least:.3g} to {most:.3g}; must lie in [-1, 1]: "
                             "`data / 127.5 - 1`")
        if -torch.inf < low < 0 and most < 1 + 1e-3:
            raise ValueError(f"data: got images from {least:.3g} to {most:.3g}, but G also makes values below 0; "
                             "must be scaled to [-1, 1], as by `images * 2 - 1`")
    beyond = ((x < low - 1e-3) | (x > high + 1e-3)).count_nonzero() / x.numel()
    if beyond > 1e-3:
        raise ValueError(f"data: got values from {least:.3g} to {most:.3g}, but G's last layer gives none outside "
                         f"[{low:.3g}, {high:.3g}] ({beyond:.1%} of them lie there); must be scaled to that, "
                         "or G must end without that layer")
