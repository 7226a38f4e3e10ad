"""Make a file of evidence: run book/evidence/NAME.py with each of its seeds, and keep what it returns with its origin.

Such a script has ``SEEDS`` and ``one(seed, quick) -> dict``: numbers, texts and lists of them make a table,
gan/evidence/NAME.json; with a state dict among them it is weights, NAME.safetensors, in half precision. Where it runs
code from elsewhere, such as a chapter's cells, ``sources()`` returns that code, so that a change there is seen as well.
Its functions import torch themselves, because `make check` reads the script without.

Each seed's run is kept in _build/evidence/NAME, so that a stopped run goes on where it was; once all are there, their
file takes the old one's place in one move. --quick is a trial, ``one(seed, quick=True)`` for two seeds, kept in _build.
"""

import argparse
import contextlib
import io
import os
import runpy
import sys
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path
from unittest.mock import patch

import ledger
from chapters import code_cells, fingerprints, read_script
from nbformat.v4 import new_code_cell, new_notebook
from recorder import machine

ROOT = Path(__file__).resolve().parents[2]
storage = runpy.run_path(str(ROOT / "gan/evidence/__init__.py"))           # by path: gan itself needs torch


# A chapter's cells as a part of a script --------------------------------------------------------------------------
def cells(chapter: str, marks: tuple[str, ...]) -> list[str]:
    """A chapter's setup cell and, for each mark, the one cell that holds it, in the chapter's order."""
    setup, *others = [cell.source for cell in code_cells(read_script(ROOT / f"book/{chapter}.py"))]
    for mark in marks:
        if (count := sum(mark in cell for cell in others)) != 1:
            raise LookupError(f"{mark!r} is in {count} cells of {chapter}; must be in one")
    return [setup, *(cell for cell in others if any(mark in cell for mark in marks))]


def names_of(sources: list[str], seed: int, **given) -> dict:
    """The names that cells leave behind, run with a base seed; ``given`` takes the place of what they define."""
    names, quiet = {}, {"GAN_SEED": str(seed), "MPLBACKEND": "Agg", "TQDM_DISABLE": "1"}
    with contextlib.redirect_stdout(io.StringIO()), patch.dict(os.environ, quiet):
        for source in sources:
            exec(source, names)
            names.update(given)
    return names


# Making a file ----------------------------------------------------------------------------------------------------
def fingerprint(script: Path) -> dict[str, str]:
    """Of the script with its ``sources()``, and of the files of the package that these use."""
    texts = [script.read_text("utf-8"), *runpy.run_path(str(script)).get("sources", list)()]
    return fingerprints(new_notebook(cells=[new_code_cell(text) for text in texts]), script.parents[2] / "gan")


def run(script: Path, seed: int, quick: bool, folder: Path) -> None:
    """One seed's run, and a file of it with its own origin."""
    made = fingerprint(script)                        # before the run: what is edited meanwhile makes it stale
    start = time.perf_counter()
    result = runpy.run_path(str(script))["one"](seed, quick)
    seconds = time.perf_counter() - start
    origin = {"script": script.relative_to(script.parents[2]).as_posix(), "fingerprint": made["code"],
              "again": f"make evidence NAME={script.stem}", "version": version("gan-book"), "package": made["package"],
              "seeds": [seed], "seconds": seconds, "machine": machine(), "torch": version("torch"),
              "date": date.today().isoformat()}
    save({"origin": origin, "runs": [{"seed": seed, **result}]}, folder, str(seed))


def whole(parts: list[dict]) -> dict:
    """The runs of several files in one; of what differs between their origins, all."""
    origins = [part["origin"] for part in parts]
    joined = {key: "; ".join(dict.fromkeys(str(origin[key]) for origin in origins)) for key in origins[0]}
    numbers = {"seeds": [seed for origin in origins for seed in origin["seeds"]],
               "seconds": round(sum(origin["seconds"] for origin in origins)),
               "date": max(origin["date"] for origin in origins)}
    return {"origin": joined | numbers, "runs": [run for part in parts for run in part["runs"]]}


def save(evidence: dict, folder: Path, name: str) -> Path:
    """Tables as .json; weights as .safetensors, whose header holds the rest."""
    weights, runs = {}, []
    for number, result in enumerate(evidence["runs"]):
        networks = {key: value for key, value in result.items() if is_state_dict(value)}
        weights |= {f"{number}/{network}/{key}": value.detach().cpu()
                    for network, state in networks.items() for key, value in state.items()}
        runs.append({key: value for key, value in result.items() if key not in networks})
    if not weights:
        ledger.write(evidence, path := folder / f"{name}.json", levels=2)
        return path
    return save_weights(weights, {**evidence, "runs": runs}, folder / f"{name}.safetensors")


def is_state_dict(value) -> bool:
    return isinstance(value, dict) and len(value) > 0 and all(hasattr(x, "is_floating_point") for x in value.values())


def save_weights(weights: dict, tables: dict, path: Path) -> Path:
    from safetensors.torch import save

    halves = {name: weight.half() if weight.is_floating_point() else weight for name, weight in weights.items()}
    for name, weight in halves.items():
        if not weight.isfinite().all():
            raise ValueError(f"{name}: got a weight that is not finite in half precision; must lie within ±65504")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.tmp")
    copies = {name: weight.clone().contiguous() for name, weight in halves.items()}         # tied ones, too
    part.write_bytes(save(copies, {"evidence": ledger.lines(tables, 0)}))
    os.replace(part, path)
    return path


def collect(script: Path, quick: bool = False, workers: int = 1) -> Path:
    """Run what is not there yet, and return the whole file."""
    from execute import side_by_side
    from tqdm import tqdm

    root, name = script.parents[2], script.stem
    seeds = list(runpy.run_path(str(script))["SEEDS"])[:2 if quick else None]
    folder, now = root / "_build/evidence" / (f"{name}-quick" if quick else name), fingerprint(script)["code"]
    done = {seed: path for seed in seeds for path in folder.glob(f"{seed}.*")
            if storage["read"](path)["origin"]["fingerprint"] == now}
    os.environ["OMP_NUM_THREADS"] = "1"               # two workers of two threads on two cores are 6 to 8 times slower
    with side_by_side(workers) as pool, tqdm(total=len(seeds), initial=len(done), desc=name, unit="seed") as bar:
        jobs = [pool.submit(run, script, seed, quick, folder) for seed in seeds if seed not in done]
        for job in jobs:
            job.add_done_callback(lambda _: bar.update())
        for job in jobs:
            job.result()
    parts = [storage["load"](str(seed), folder=folder) for seed in seeds]
    return save(whole(parts), root / ("_build/evidence" if quick else "gan/evidence"), folder.name)


# Looking after the files ------------------------------------------------------------------------------------------
def stale(root: Path = ROOT) -> list[str]:
    """What is wrong with the stored evidence, as sentences: a script that has changed since, a file without one."""
    found = []
    scripts = {path.stem: path for path in sorted((root / "book/evidence").glob("*.py"))}
    files = {path.stem: path for path in sorted((root / "gan/evidence").glob("*.*"))
             if path.suffix in (".json", ".safetensors") and path.stem != "claims"}
    for name in sorted(scripts.keys() | files.keys()):
        again = f"make evidence NAME={name}"
        if name not in scripts:
            found.append(f"{files[name].name}: there is no book/evidence/{name}.py that makes it")
        elif name not in files:
            found.append(f"book/evidence/{name}.py: what it makes is not in gan/evidence; {again}")
        else:
            try:
                made = storage["read"](files[name])["origin"].get("fingerprint")
            except ValueError as error:
                found.append(str(error))
            else:
                if made != fingerprint(scripts[name])["code"]:
                    found.append(f"{files[name].name}: book/evidence/{name}.py has changed since, or the code that it "
                                 f"runs has; {again}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="of the script in book/evidence, such as mode_collapse")
    parser.add_argument("--quick", action="store_true", help="a minute's trial, which replaces nothing")
    parser.add_argument("--workers", type=int, default=1, help="seeds that run side by side (default: 1)")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    scripts = {path.stem: path for path in sorted((arguments.root.resolve() / "book/evidence").glob("*.py"))}
    if arguments.name not in scripts:
        sys.exit(f"NAME: got {arguments.name!r}; must be one of {', '.join(map(repr, scripts))}")
    try:
        path = collect(scripts[arguments.name], arguments.quick, arguments.workers)
    except ValueError as error:
        sys.exit(str(error))
    print(f"{path}: {path.stat().st_size / 1024:.0f} KiB")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted; the seeds that are done are kept, and the next run goes on from there")
