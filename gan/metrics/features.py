"""What every measure asks of features, so that a mistake is one clear sentence."""

import torch
from torch import Tensor


def as_features(at_least: int = 2, **sets) -> list[Tensor]:
    """Sets of features, tensors or arrays (N, F), as float64 on the first one's device, without gradients.

    Raises ``ValueError`` for other shapes, fewer than ``at_least`` samples and values that are NaN or infinite.
    """
    sets = {name: _as_tensor(x) for name, x in sets.items()}
    shapes = [tuple(x.shape) for x in sets.values()]
    if any(len(shape) != 2 or shape[0] < at_least or shape[1:] != shapes[0][1:] or shape[1] == 0 for shape in shapes):
        raise ValueError(f"{', '.join(sets)}: got shapes {' and '.join(map(str, shapes))}; must be "
                         f"{' and '.join(f'({n}, F)' for n in 'NMK'[:len(sets)])}, "
                         f"{ {1: 'one', 2: 'two'}.get(at_least, at_least)} or more samples of the same features")
    for name, x in sets.items():
        if not (good := torch.isfinite(x)).all():
            raise ValueError(f"{name}: {int((~good).sum())} of {x.numel()} values are NaN or infinite; "
                             "must all be finite")
    device = next(iter(sets.values())).device
    device = "cpu" if device.type == "mps" else device                # Apple's GPU has no float64
    return [x.to(device).double() for x in sets.values()]


def _as_tensor(x) -> Tensor:
    """A tensor as it is; anything else by way of numpy, which copies what torch would warn of or refuse."""
    if isinstance(x, Tensor):
        return x.detach()
    import numpy

    return torch.from_numpy(numpy.array(x, dtype=numpy.float64))
