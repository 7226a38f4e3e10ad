"""Run chapters with other base seeds and tell which claims do not hold. Nothing on disk is touched."""

import argparse
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from chapters import BOOK, claims, code_cells, find, read_notebook
from execute import fresh_notebook, run, side_by_side

HELD, FAILED, NOT_REACHED = "✓", "✗", "·"


def outcome(script: Path, seed: int, timeout: int) -> tuple[dict[str, str], list[str]]:
    """Of one run: each claim that was reached -> HELD or FAILED, and whatever else went wrong."""
    notebook = fresh_notebook(script)
    with tempfile.TemporaryDirectory() as folder:             # what a chapter writes goes there
        try:
            run(notebook, Path(folder), seed, timeout, stop_at_error=False)
        except Exception as error:                            # a cell that hangs, a kernel that dies
            return {}, [f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"]
    results = dict.fromkeys(claims(notebook), HELD)
    errors = []
    for number, cell in enumerate(code_cells(notebook), start=1):
        for output in cell.outputs:
            if output.output_type == "error" and output.ename == "AssertionError":
                results[output.evalue.split("\n")[0]] = FAILED
                errors.append(f"cell {number}: {output.evalue}")
            elif output.output_type == "error":
                errors.append(f"cell {number}: {output.ename}: {output.evalue}")
    return results, errors


def table(script: Path, seeds: list[int], outcomes: list[tuple[dict[str, str], list[str]]]) -> bool:
    """Print a chapter's claims against the seeds. Returns whether all held."""
    results = [result for result, _ in outcomes]
    stored = claims(read_notebook(script)) if script.with_suffix(".ipynb").exists() else []
    rows = list(dict.fromkeys([*stored, *(sentence for result in results for sentence in result)]))
    print(f"\n{script.stem}\nseed " + " ".join(f"{seed:>3}" for seed in seeds))
    kept = 0
    for sentence in rows:
        marks = [result.get(sentence, NOT_REACHED) for result in results]
        kept += marks == [HELD] * len(seeds)
        print("     " + " ".join(f"{mark:>3}" for mark in marks) + f"   {sentence}")
    why = defaultdict(list)
    for seed, (_, errors) in zip(seeds, outcomes):
        for error in errors:
            why[error].append(seed)
    for error, where in why.items():
        print(f"seed {', '.join(map(str, where))}, {error}")
    print(f"{kept} of {len(rows)} claims held with every seed")
    return kept == len(rows) and not why


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("chapter", nargs="?", default="", help="start of the file name, such as 02 (default: all)")
    parser.add_argument("--seeds", type=int, default=5, help="how many: 1, 2, … (default: 5; the book's own is 0)")
    parser.add_argument("--workers", type=int, default=2, help="runs side by side (default: 2)")
    parser.add_argument("--timeout", type=int, default=300, help="seconds that one cell may take (default: 300)")
    parser.add_argument("--book", type=Path, default=BOOK, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.seeds < 1:
        parser.error(f"--seeds: got {arguments.seeds}; must be at least 1")
    seeds = list(range(1, arguments.seeds + 1))
    with side_by_side(arguments.workers) as pool:
        jobs = {script: [pool.submit(outcome, script, seed, arguments.timeout) for seed in seeds]
                for script in find(arguments.chapter, arguments.book)}
        held = [table(script, seeds, [job.result() for job in runs]) for script, runs in jobs.items()]
    print(f"\n{NOT_REACHED} not reached, because an earlier line of its cell, or something it needs, failed"
          if not all(held) else "\nevery claim held")
    return int(not all(held))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted")
