"""How a portrait is painted: shapes one over the other, from the wall to the glasses.

A shape is about the distance to its edge, negative inside, so that its edge can be smooth at any size, and shapes
are cut with ``maximum`` and joined with ``minimum``. Quilez, "2D distance functions", iquilezles.org.
"""

import math

import torch
from torch import Tensor

DYES = ((.09, .08, .10), (.36, .20, .10), (.93, .75, .36), (.78, .28, .09), (.72, .72, .76))
IRISES = ((.42, .22, .07), (.12, .46, .98), (.10, .66, .24))
SKINS = ((.36, .22, .15), (.60, .40, .27), (.85, .63, .47), (.99, .85, .75))
WHITE, TEETH, LIPS, THROAT = (.98, .98, .98), (.97, .95, .93), (.74, .26, .26), (.32, .07, .10)
RED, GLASS, FRAME, BLACK = (.82, .12, .16), (.85, .93, .98), (.10, .10, .15), (.05, .05, .06)
BLUSH, SHADE, FRECKLE = (1.1, .70, .65), (.84, .66, .61), (.74, .55, .46)              # by which skin is multiplied


def head_axes(turn, tilt, size: int) -> tuple[Tensor, ...]:
    """Coordinates of the pixels' centres, each (n, size, size): of the picture X, Y, of the head x, y, of the face u.

    The picture spans -0.94 to 0.94, downwards in Y. ``turn`` and ``tilt`` are (n, 1, 1). The face's middle,
    u = 0, moves with a turn, and its far half narrows.
    """
    line = 0.94 * ((torch.arange(size, device=turn.device) + 0.5) * 2 / size - 1)
    X, Y = line[None, None, :], line[None, :, None]
    angle = 0.2 * tilt                                   # around the chin
    x = angle.cos() * X + angle.sin() * (Y - 0.7) - 0.05 * turn
    y = angle.cos() * (Y - 0.7) - angle.sin() * X + 0.7
    return X, Y, x, y, (x - 0.1 * turn) * (1 + 0.5 * turn * x)


def paint_faces(f: dict[str, Tensor], size: int) -> Tensor:
    """Faces from their factors, each (n,): (n, 3, size, size) in [-1, 1]."""
    device, chance = f["skin"].device, chances(f["noise"], 27) if "noise" in f else None
    skin, dye, iris = colour(SKINS, 3 * f["skin"]), colour(DYES, f["dye"]), colour(IRISES, f["iris"])
    wall, shirt = hue(f["wall"], 0.72, 0.17), hue(f["shirt"], 0.44, 0.26)
    f = {name: value.float()[:, None, None] for name, value in f.items()}
    bald, short, long, curly = (f["hair"] == kind for kind in range(4))
    light, turn, smile, gape = f["light"], f["turn"], f["smile"], f["open"]
    X, Y, x, y, u = head_axes(turn, f["tilt"], size)
    image = wall * (1.02 - 0.16 * Y + 0.16 * light * X)[:, None]

    def paint(tint, distance, where=True, strength=1.0):
        cover = (0.5 - distance * (size / 2.2)).clamp(0, 1)
        cover = cover.square() * (3 - 2 * cover) * strength * where
        if isinstance(tint, tuple):
            tint = torch.tensor(tint, device=device)[:, None, None]
        image.lerp_(tint.expand_as(image), cover[:, None])

    a, b = 0.50 + 0.06 * f["width"], 0.64 - 0.03 * f["width"]              # the head's half axes
    side = x / (0.98 - 0.16 * y)                                           # its chin is narrower
    head, hood = oval(side, y - 0.02, a, b), oval(side, y, a + 0.06, b + 0.08)
    around = torch.atan2(x, -y)                                            # the angle from the crown
    curls, strands = 0.0, 1.0
    if chance is not None:
        curls, p, q = (2 * math.pi * chance[:, k, None, None] for k in range(3))
        strands = 1 + 0.15 * torch.cos(8 * around + p) * torch.cos(13 * around + q)
    waves = 0.05 * torch.cos(9 * around + curls) * curly
    hair = dye * (strands * (1 + 0.25 * light * x))[:, None]
    lit = skin * (1.05 - 0.2 * (head + 0.5).clamp(min=0).square() + 0.28 * light * x)[:, None]

    # Behind the head, and the shoulders
    paint(hair * 0.75, oval(x, y - 0.15, a + 0.17, b + 0.25).maximum(y - 0.85), long)
    paint(hair * 0.8, oval(x, y + 0.1, a + 0.2, b + 0.12) - waves, curly)
    paint(skin * 0.78, (X.abs() - 0.2).maximum(0.4 - Y))
    paint(shirt, oval(X, Y - 1.15, 0.85, 0.42))
    paint(skin * 0.84, oval(X, Y - 0.72, 0.24, 0.12))
    paint(hair * 0.9, oval(x.abs() - a + 0.02, y + 0.08, 0.11, 0.22), bald)
    paint(skin * 0.88, oval(x.abs() - a + 0.01, y - 0.06, 0.1, 0.14), ~long)

    # The face
    blush, shade, freckle = (skin * torch.tensor(by, device=device)[:, None, None] for by in (BLUSH, SHADE, FRECKLE))
    paint(lit, head)
    if chance is not None:
        for k in range(3, 27, 3):
            across, down, there = (chance[:, k + i, None, None] for i in range(3))
            spot = oval(u - 0.8 * across + 0.4, y - 0.06 - 0.22 * down, 0.03, 0.03)
            paint(freckle, spot, there > 0.5, 0.6)
    paint(blush, oval(u.abs() - 0.3, y - 0.24, 0.13, 0.09).maximum(head), strength=0.4)
    cheek = u.abs().clamp(max=0.5)
    paint(hair * 0.88, (head - 0.03).maximum(0.24 + 0.9 * cheek - 2.3 * cheek.square() - y), f["beard"])
    paint(shade, oval(u - 0.03 * turn, y - 0.13, 0.052 + 0.016 * f["nose"], 0.1 + 0.033 * f["nose"]))

    # The mouth
    bend = (u / 0.22).square()
    middle = 0.405 + 0.05 * smile - (0.04 + 0.09 * smile) * bend
    thick = gape * (1 - bend)
    apart = (y - middle).abs()
    paint(LIPS, (apart - 0.04 + 0.018 * bend - 0.06 * thick).maximum(u.abs() - 0.22))
    paint(THROAT, (apart + 0.02 - 0.07 * thick).maximum(u.abs() - 0.18))
    paint(TEETH, ((y - middle + 0.03).abs() + 0.03 - 0.07 * thick).maximum(u.abs() - 0.17))

    # The eyes, of which one's axes serve for both
    e, v, out = u.abs() - 0.22 - 0.03 * f["apart"], y + 0.07, u.sign()
    big = 0.13 + 0.025 * f["eyes"]
    gaze = e - 0.02 * turn * out
    paint(WHITE, oval(e, v, big, big * 0.82))
    paint(iris, oval(gaze, v, big * 0.64, big * 0.7))
    paint(BLACK, oval(gaze, v, big * 0.3, big * 0.34))
    paint(WHITE, oval(gaze * out - 0.03, v + 0.04, 0.022, 0.022), strength=0.9)
    paint(dye * 0.4, (oval(e, v, big, big * 0.82).abs() - 0.012).maximum(v + big * 0.3))
    brow = v + 0.215 + (0.24 * f["brow"] - 0.05) * e - 0.8 * e.square()
    paint(dye * 0.7, (brow.abs() - 0.026).maximum(e.abs() - 0.14))

    # Hair over the forehead, hat, glasses
    corner = x.square().square()
    edge = (short * (0.12 * u + 3.5 * corner - 0.02) + curly * (0.03 * torch.cos(16 * u + curls) + 0.4 * x.square())
            + long * (0.5 * (u + 0.1).abs() + 4 * corner - 0.06))
    paint(hair, (hood - waves - 0.035 * short).maximum(y + 0.4 - edge), ~bald)
    paint(RED, (hood - 0.03).maximum(y + 0.38), f["hat"])
    brim = ((y + 0.4).abs() - 0.07).maximum(x.abs() - a - 0.07)
    paint(WHITE, brim.minimum(oval(x, y + 0.8, 0.11, 0.11)), f["hat"])
    rim = oval(e, v, 0.19, 0.17)
    bars = (v.abs() - 0.02).maximum((e + 0.16).minimum(0.16 - e)).maximum(x.abs() - a)
    paint(GLASS, rim, f["glasses"], 0.22)
    paint(FRAME, (rim.abs() - 0.03).minimum(bars), f["glasses"])
    return image.clamp(0, 1) * 2 - 1


def oval(x: Tensor, y: Tensor, a, b) -> Tensor:
    """About the distance to an ellipse around the origin with half axes a and b."""
    return (((x / a).square() + (y / b).square()).sqrt() - 1) * (a * b) ** 0.5


def colour(table: tuple, place: Tensor) -> Tensor:
    """The colour at a place of a table, (n,), mixed from two where it is not whole: (n, 3, 1, 1)."""
    colours, below = torch.tensor(table, device=place.device), place.long().clamp(0, len(table) - 2)
    return colours[below].lerp(colours[below + 1], (place - below).float()[:, None])[:, :, None, None]


def hue(angle: Tensor, grey: float, strength: float) -> Tensor:
    """The colour at an angle, in turns, (n,), of the circle around a grey: (n, 3, 1, 1)."""
    thirds = torch.tensor([0, 1 / 3, 2 / 3], device=angle.device)
    return (grey + strength * torch.cos(2 * math.pi * (angle[:, None] + thirds)))[:, :, None, None]


def chances(noise: Tensor, k: int) -> Tensor:
    """k numbers evenly in [0, 1) from each whole number: (n, k). A hash in exact arithmetic, so everywhere the same."""
    x = (noise[:, None] * 977 + torch.arange(k, device=noise.device)) % 2**32
    for multiplier in (0x2C1B3C6D, 0x297A2D39):          # Mulvey's hash; below 2^30, so nothing overflows
        x = (x ^ (x >> 15)) * multiplier % 2**32
    return (x ^ (x >> 15)).float() / 2**32
