"""Runs in a chapter's kernel, before its first cell: every claim and check is written down, and a false one does not
stop it."""

import json
import os
import statistics
from pathlib import Path

MOST = 40                                   # numbers of one claim that are kept apart, each under its own name


def machine() -> str:
    """The machine in words."""
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    gpu = f"{torch.cuda.get_device_name()}, " if torch.cuda.is_available() else ""
    return f"{gpu}{cores} CPU core{'s' if cores > 1 else ''}"


def start(path: str) -> None:
    """From now on `claim` and `check` of gan.claims each add a line to the file ``path``; the first is the machine."""
    import torch

    import gan.claims

    file = Path(path).open("a", encoding="utf-8")

    def add(entry):
        print(json.dumps(entry, ensure_ascii=False), file=file, flush=True)

    def recorded(original):
        def claim(sentence, holds, measured=None):
            held = True
            try:
                original(sentence, holds, measured)
            except AssertionError as error:
                if sentence.startswith("your "):        # an answer to an exercise, perhaps wrong on purpose
                    raise
                held = False
                print(f"✗ {error}")
            add({"sentence": sentence, "held": held, "measured": summary(measured)})

        return claim

    add({"machine": machine(), "torch": torch.__version__})
    for name in ("claim", "check"):
        setattr(gan.claims, name, recorded(getattr(gan.claims, name)))


def summary(measured) -> dict[str, list[float]]:
    """Least, median and greatest of each list of numbers in ``measured``, under its place there ("modes/PacGAN2")."""
    found = dict(numbers(measured))
    if len(found) > MOST:                           # a table rather than a few numbers: all of it together
        found = {"": [value for values in found.values() for value in values]}
    return {place: [float(f"{of(values):.4g}") for of in (min, statistics.median, max)]
            for place, values in found.items()}


def numbers(thing, place: str = ""):
    """Pairs of a place and the numbers there; tensors, arrays and plain lists of numbers stay together."""
    if hasattr(thing, "tolist"):
        thing = thing.tolist()
        while isinstance(thing, list) and thing and isinstance(thing[0], list):
            thing = [value for values in thing for value in values]
    if hasattr(thing, "_asdict"):
        thing = thing._asdict()
    items = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, (list, tuple)) else ()
    if isinstance(thing, (int, float)):
        yield place, [thing]
    elif isinstance(thing, (list, tuple)) and thing and all(isinstance(value, (int, float)) for value in thing):
        yield place, list(thing)
    else:
        for key, value in items:
            yield from numbers(value, f"{place}/{key}".strip("/"))
