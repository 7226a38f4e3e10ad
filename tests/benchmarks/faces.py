"""How many faces ``gan.data.faces`` paints a second, on one thread, beside painting them one by one in a plain loop.

Short chunks of the two alternate; a ratio is the median over the rounds. The bar: 10,000 faces of 32 x 32 in 10 s.

    python tests/benchmarks/faces.py [rounds]
"""

import sys
import time
from statistics import median

import torch

from gan.data.portraits import draw, render


def seconds(size, rows):
    factors = draw(sum(rows), torch.Generator().manual_seed(0))
    parts = zip(*(value.split(rows) for value in factors.values()))
    start = time.perf_counter()
    for part in parts:
        render(dict(zip(factors, part)), size)
    return time.perf_counter() - start


def main(rounds, many=1_000, single=50):
    for size in (32, 64):
        seconds(size, [many])                                                  # warm up
        together, alone = [], []
        for _ in range(rounds):
            together.append(many / seconds(size, [many]))
            alone.append(single / seconds(size, [1] * single))
        print(f"{size} x {size}: {median(together):,.0f} faces/s, 10,000 in {10_000 / median(together):.1f} s, "
              f"{median(a / b for a, b in zip(together, alone)):.1f} times as many as one by one")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
