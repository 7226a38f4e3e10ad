"""Run chapters with other base seeds, tell which claims do not hold, and enter what was found in the ledger.

--seeds 20 is seeds 0 to 19, "3 7 11" are those, "7," is 7 alone. Each run is kept in _build/claims under the state of
the chapter's code, so that a stopped run goes on where it was, and more seeds add to those that there are; --again runs
them anew, as after a change of the package. The ledger, gan/evidence/claims.json, holds all kept runs of a chapter.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections import defaultdict
from datetime import date
from pathlib import Path

import ledger
from chapters import BOOK, code_cells, find, fingerprints, read_script
from execute import fresh_notebook, run, side_by_side
from nbformat.v4 import new_code_cell
from tqdm import tqdm

HELD, FAILED, NOT_REACHED = "✓", "✗", "·"
RECORDER = Path(__file__).with_name("recorder.py")


def which(text: str) -> list[int]:
    """The seeds that --seeds names."""
    words = re.split(r"[\s,]+", text.strip())
    if not all(word.isdecimal() for word in words if word) or not any(words) or text.strip() == "0":
        raise argparse.ArgumentTypeError(f"got {text!r}; must be how many, such as 20, or which: \"3 7 11\", or \"7,\"")
    return list(range(int(text))) if len(words) == 1 else sorted({int(word) for word in words if word})


def folder_of(script: Path) -> Path:
    """Where a chapter's runs are kept: one folder for each state of its code."""
    return script.parents[1] / "_build/claims" / script.stem / states(script)["code"]


def states(script: Path) -> dict[str, str]:
    return fingerprints(read_script(script), script.parents[1] / "gan")


def record(script: Path, seed: int, timeout: int) -> dict:
    """One run, which is kept if it came to its end: each claim, held or not, and whatever else went wrong."""
    notebook, made, start = fresh_notebook(script), states(script), time.perf_counter()
    file = folder_of(script) / f"{seed}.json"
    with tempfile.TemporaryDirectory() as folder:             # what a chapter writes goes there
        lines = Path(folder) / ".claims.jsonl"
        hook = f"import runpy\nrunpy.run_path({str(RECORDER)!r})['start']({str(lines)!r})"
        notebook.cells.insert(0, new_code_cell(hook))
        try:
            run(notebook, Path(folder), seed, timeout, stop_at_error=False)
        except Exception as error:                            # a cell that hangs, a kernel that dies
            why = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
            return {"seed": seed, "claims": [], "errors": [why]}
        machine, *claims = [json.loads(line) for line in lines.read_text("utf-8").splitlines()]
    errors = [f"cell {number}: {output.ename}: {output.evalue}" for number, cell in enumerate(code_cells(notebook))
              for output in cell.outputs if output.output_type == "error"]
    result = {"seed": seed, **made, **machine, "seconds": time.perf_counter() - start,
              "date": date.today().isoformat(), "claims": claims, "errors": errors}
    ledger.write(result, file, levels=3)
    return result


def kept(script: Path) -> dict[int, dict]:
    """The runs that there are of a chapter as it is now, by their seeds."""
    runs = {}
    for path in folder_of(script).glob("*.json"):
        try:
            runs[int(path.stem)] = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            sys.exit(f"{path}: got a file that cannot be read ({error}); must be one that make claims kept: delete it")
    return dict(sorted(runs.items()))


def table(script: Path, runs: list[dict]) -> bool:
    """Print a chapter's claims against the seeds. Returns whether all held."""
    by_key = [dict(zip(ledger.keys([claim["sentence"] for claim in run["claims"]]), run["claims"])) for run in runs]
    rows = {key: claim["sentence"] for found in by_key for key, claim in found.items()}
    print(f"\n{script.stem}\nseed " + " ".join(f"{run['seed']:>3}" for run in runs))
    whole, why = 0, defaultdict(list)
    for key, sentence in rows.items():
        marks = [NOT_REACHED if key not in found else HELD if found[key]["held"] else FAILED for found in by_key]
        whole += marks == [HELD] * len(runs)
        print("     " + " ".join(f"{mark:>3}" for mark in marks) + f"   {sentence}")
        for run_, found, mark in zip(runs, by_key, marks):
            if mark == FAILED:
                why[f"{sentence}\n    measured: {found[key]['measured']}"].append(run_["seed"])
    for run_ in runs:
        for error in run_["errors"]:
            why[error].append(run_["seed"])
    for reason, seeds in why.items():
        print(f"seed {', '.join(map(str, seeds))}, {reason}")
    print(f"{whole} of {len(rows)} claims held with every seed")
    if old := [run["seed"] for run in runs if run.get("package", "") not in ("", states(script)["package"])]:
        print(f"with seeds {', '.join(map(str, old))} the package was another; again=1 runs them anew")
    return whole == len(rows) and not why


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chapter", nargs="?", default="", help='such as 02, or "02 04" (default: all)')
    parser.add_argument("--seeds", type=which, default="5", help="how many, or which (default: 5; the book's own is 0)")
    parser.add_argument("--again", action="store_true", help="run anew what is kept")
    parser.add_argument("--workers", type=int, default=2, help="runs side by side (default: 2)")
    parser.add_argument("--timeout", type=int, default=300, help="seconds that one cell may take (default: 300)")
    parser.add_argument("--book", type=Path, default=BOOK, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    seeds, book = arguments.seeds, arguments.book.resolve()
    scripts = find(arguments.chapter, book)
    there = {script: {} if arguments.again else kept(script) for script in scripts}
    held = []
    with side_by_side(arguments.workers) as pool, tqdm(total=len(seeds) * len(scripts), unit="run") as bar:
        jobs = {(script, seed): pool.submit(record, script, seed, arguments.timeout)
                for script in scripts for seed in seeds if seed not in there[script]}
        bar.update(bar.total - len(jobs))
        for job in jobs.values():
            job.add_done_callback(lambda _: bar.update())
        for script in scripts:
            held.append(table(script, [jobs[script, seed].result() if (script, seed) in jobs else there[script][seed]
                                       for seed in seeds]))
            runs = list(kept(script).values())
            if runs and not ledger.enter(ledger.row(script.stem, runs), book.parent / "gan/evidence/claims.json"):
                print("the ledger's row stays: it is of more runs")
    print(f"\n{NOT_REACHED} not reached, because an earlier line of its cell, or something it needs, failed"
          if not all(held) else "\nevery claim held")
    return int(not all(held))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted; the runs that are done are kept, and the next one goes on from there")
