"""Portraits that are drawn, so that everything about them is known.

A face is a row of independent factors: ``draw`` draws them, ``render`` paints them, ``faces`` does both.
A factor is either one of a few kinds, each with its probability, or a number, evenly between two bounds.
Change one, render again, and what has changed in the picture is what this factor governs.
"""

import torch
from torch import Tensor

from gan.checks import check_counts
from gan.data.painting import paint_faces

COARSE = {                                              # what is seen from across the room
    "hair": {"bald": 0.15, "short": 0.35, "long": 0.3, "curly": 0.2},
    "hat": {"no": 0.97, "yes": 0.03},                   # the rare one
    "turn": (-1, 1), "tilt": (-1, 1), "width": (-1, 1),
}
MIDDLE = {                                              # what is in the face
    "glasses": {"no": 0.7, "yes": 0.3}, "beard": {"no": 0.75, "yes": 0.25},
    "smile": (-1, 1), "open": (0, 1),                   # the mouth: how it curves, how far it is open
    "eyes": (-1, 1), "apart": (-1, 1), "brow": (-1, 1), "nose": (-1, 1),
}
FINE = {                                                # colours
    "dye": {"black": 0.3, "brown": 0.3, "blond": 0.2, "red": 0.1, "grey": 0.1},
    "iris": {"brown": 0.5, "blue": 0.3, "green": 0.2},
    "skin": (0, 1), "light": (-1, 1),
    "wall": (0, 1), "shirt": (0, 1),                    # hues, that is angles: 0 and 1 are the same
}
FACTORS = COARSE | MIDDLE | FINE
HUES = ("wall", "shirt")


def faces(n: int, size: int = 32, generator: torch.Generator | None = None) -> tuple[Tensor, dict[str, Tensor]]:
    """n portraits and what they were painted from: images (n, 3, size, size) in [-1, 1], factors as ``draw`` has them.

    The same seed gives the same faces at every size, and on every machine to 1/255. (A GPU's generator
    draws other faces from a seed than a CPU's.) Raises ``ValueError`` for counts below 1. After dSprites
    (Matthey et al. 2017) and 3D Shapes (Burgess & Kim 2018): pictures with every cause known.
    """
    check_counts(n=n, size=size)
    factors = draw(n, generator)
    return render(factors, size), factors


def draw(n: int, generator: torch.Generator | None = None) -> dict[str, Tensor]:
    """The factors of n faces, each (n,), independent of each other, on the generator's device.

    A factor with kinds is int64, the kind's place in ``FACTORS``; any other is float32. Beside these stands
    ``noise``, int64: from it a face's freckles and the strands of its hair follow, and nothing else.
    """
    check_counts(n=n)
    device, factors = generator.device if generator else torch.device("cpu"), {}
    for name, given in FACTORS.items():
        u = torch.rand(n, generator=generator, device=device)
        if isinstance(given, dict):
            ends = torch.tensor(list(given.values()), device=device).cumsum(0)[:-1]
            factors[name] = torch.bucketize(u, ends, right=True)
        else:
            low, high = given
            factors[name] = low + (high - low) * u
    factors["noise"] = torch.randint(2**24, (n,), generator=generator, device=device)
    return factors


def render(factors: dict[str, Tensor], size: int = 32) -> Tensor:
    """The pictures of faces, (n, 3, size, size) in [-1, 1], on their factors' device: a function of these alone.

    A factor is (n,), or one number for all faces: ``render(factors | {"hat": 1})``. Numbers may leave their
    bounds by as much as these are apart, hues by any. Without ``noise`` there are neither freckles nor strands.
    Raises ``ValueError`` for factors that are missing, unknown, not finite or further out, for kinds that do
    not exist, and for shapes that do not fit.
    """
    check_counts(size=size)
    factors = _checked(factors)
    rows = max(1, 2**18 // size**2)                     # so few at a time stay in the processor's cache
    parts = zip(*(value.split(rows) for value in factors.values()))
    return torch.cat([paint_faces(dict(zip(factors, part)), size) for part in parts])


def _checked(factors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The factors as tensors (n,) on one device."""
    if wrong := sorted((FACTORS.keys() ^ factors.keys()) - {"noise"}):
        raise ValueError(f"factors: {wrong[0]} is {'missing' if wrong[0] in FACTORS else 'unknown'}; "
                         f"must be {', '.join(FACTORS)} and, if wanted, noise")
    device = next((value.device for value in factors.values() if isinstance(value, Tensor)), None)
    factors = {name: torch.as_tensor(value, device=device) for name, value in factors.items()}
    shapes = {tuple(value.shape) for value in factors.values()} - {()} or {(1,)}
    if len(shapes) > 1 or any(len(shape) > 1 or 0 in shape for shape in shapes):
        raise ValueError(f"factors: got shapes {sorted(shapes)}; must be (n,) for each, or one number for all faces")
    for name, value in factors.items():
        low, high, given = value.min().item(), value.max().item(), FACTORS.get(name)
        if not (float("-inf") < low <= high < float("inf")):
            raise ValueError(f"{name}: got NaN or infinity; must be finite")
        if isinstance(given, dict) and (value.is_floating_point() or low < 0 or high >= len(given)):
            raise ValueError(f"{name}: got {value.dtype} from {low} to {high}; must be whole numbers from 0 to "
                             f"{len(given) - 1}, for {', '.join(given)}")
        if isinstance(given, tuple) and name not in HUES:
            least, most = given
            if low < 2 * least - most or high > 2 * most - least:
                raise ValueError(f"{name}: got {low} to {high}; must lie from {least} to {most}, or not far from there")
        if name == "noise" and (value.is_floating_point() or low < 0):
            raise ValueError(f"noise: got {value.dtype} from {low} to {high}; must be whole numbers of at least 0")
    return {name: value.expand(*shapes) for name, value in factors.items()}
