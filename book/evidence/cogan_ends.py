"""Chapter 14's own ends of G: what a domain's own last layers must be able to do, and what they must not.

Digits and negatives at 8 x 8 pixels: a matrix on the shared maps that starts as a filter, one that starts at random,
a filter of 15 x 15 on 24 maps, and two filters with as many weights as the matrix of cogan_digits.py. Digits and edges
at 16 x 16 pixels: own ends of one filter and of two. Data, judges and what is kept are those of cogan_digits.py.
"""

import runpy
from pathlib import Path

SEEDS = range(5)
STEPS, LONGER, WIDTH, MAPS = 1_000, 1_000, 16, 6
DIGITS = Path(__file__).with_name("cogan_digits.py")
STORED = 1


def sources() -> list[str]:
    return [DIGITS.read_text("utf-8")]


def one(seed: int, quick: bool) -> dict:
    """Domain -> row -> what was measured; ``pictures`` of 16 pairs each."""
    import torch

    torch.set_num_threads(1)
    digits = runpy.run_path(str(DIGITS))
    measured, pictures = {}, {}
    for domain, rows in {"negatives": ("filter as a matrix", "matrix", "filter of 15, 24 maps",
                                       "two filters, 128 between"),
                         "large edges": ("one filter", "two filters")}.items():
        judged, steps = digits["Judges"](domain), STEPS + LONGER * (domain == "large edges")
        for number, row in enumerate(rows):
            torch.manual_seed(1_000 * (seed + 1) + number)
            G = trained(*(small if domain == "negatives" else large)(row), judged.data, 3 if quick else steps)
            measured.setdefault(domain, {})[row] = judged.look(G)
            pictures[f"{domain}, {row}"] = torch.stack(judged.pairs(G, 16), 1)
    return {"measured": measured, **({"pictures": pictures} if seed < STORED else {})}


def trained(G, D, data, steps: int):
    import gan
    from gan.penalties import lazy, r1

    run = gan.train(G, D, data, steps=steps, batch=32, lr=2e-3, betas=(0.0, 0.99), ema=0.99, device="cpu",
                    penalties=(lazy(r1(1.0), 4),))
    for _ in run:
        pass
    return run.G_ema


def small(row: str):
    """The networks of cogan_digits.py with another end of G."""
    import torch
    from torch import nn

    from gan.models import Generator, couple, leaky

    maps = 24 if "24" in row else MAPS

    def end():
        if "filter of 15" in row:
            return nn.Sequential(nn.Conv2d(maps, 1, 15, 1, 7), nn.Tanh())
        if "two filters" in row:
            return nn.Sequential(nn.Conv2d(maps, 128, 3, 1, 1), leaky(), nn.Conv2d(128, 1, 3, 1, 1), nn.Tanh())
        matrix, conv = nn.Linear(maps * 64, 64), nn.Conv2d(maps, 1, 3, 1, 1)
        if row == "filter as a matrix":
            with torch.no_grad():                                         # a column for each pixel of each map
                each = torch.eye(maps * 64).view(-1, maps, 8, 8)
                matrix.weight.copy_((conv(each) - conv.bias.view(1, 1, 1, 1)).flatten(1).T)
                matrix.bias.fill_(conv.bias.item())
        return nn.Sequential(nn.Flatten(), matrix, nn.Unflatten(1, (1, 8, 8)), nn.Tanh())

    G = couple([lambda: nn.Sequential(nn.Linear(16, 128), leaky()),
                lambda: nn.Sequential(nn.Linear(128, maps * 64), leaky(), nn.Unflatten(1, (maps, 8, 8))), end],
               slice(0, 2))
    D = couple([lambda: nn.Sequential(nn.Conv2d(1, MAPS, 3, 1, 1), leaky()),
                lambda: nn.Sequential(nn.Flatten(), nn.Linear(MAPS * 64, 128), leaky()),
                lambda: nn.Sequential(nn.Linear(128, 1), nn.Flatten(0))], slice(1, 3))
    return Generator(G, 16), D


def large(row: str):
    """Convolutional networks for 16 x 16 pixels; own are G's filters on 6 shared maps and D's first."""
    from torch import nn

    from gan.models import Generator, couple, leaky

    wide, w = 2 * WIDTH, WIDTH
    ends = {"one filter": lambda: nn.Sequential(nn.Conv2d(MAPS, 1, 3, 1, 1), nn.Tanh()),
            "two filters": lambda: nn.Sequential(nn.Conv2d(MAPS, w, 3, 1, 1), leaky(), nn.Conv2d(w, 1, 3, 1, 1),
                                                 nn.Tanh())}
    G = couple([lambda: nn.Sequential(nn.Linear(16, wide * 16), nn.Unflatten(1, (wide, 4, 4)), leaky(),
                                      nn.ConvTranspose2d(wide, wide, 4, 2, 1), leaky(),
                                      nn.ConvTranspose2d(wide, MAPS, 4, 2, 1)), ends[row]], slice(0, 1))
    D = couple([lambda: nn.Sequential(nn.Conv2d(1, w, 3, 1, 1), leaky()),
                lambda: nn.Sequential(nn.Conv2d(w, wide, 4, 2, 1), leaky(), nn.Conv2d(wide, wide, 4, 2, 1), leaky(),
                                      nn.Flatten(), nn.Linear(wide * 16, 1), nn.Flatten(0))], slice(1, 2))
    return Generator(G, 16), D
