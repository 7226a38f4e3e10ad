"""Run chapters and store their outputs: NN_name.py -> NN_name.ipynb. Two runs on one machine give the same bytes.

The notebook is replaced only by a complete run; a failing or interrupted one leaves the old notebook as it was.
"""

import argparse
import hashlib
import multiprocessing
import os
import signal
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import nbformat
from chapters import BOOK, MADE_FROM, code_cells, find, fingerprints, read_notebook, read_script, shown
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}       # without the version, which changes
# No bars, and one thread: the same numbers on any count of cores, and room for a second chapter.
QUIET = {"TQDM_DISABLE": "1", "OMP_NUM_THREADS": "1"}


class ChapterFailed(Exception):
    """A chapter did not run to its end; the message is for the author."""


def fresh_notebook(script: Path) -> nbformat.NotebookNode:
    """The script's cells as a notebook without outputs, with ids that only change where a cell does."""
    notebook = read_script(script)
    seen = Counter()
    for cell in notebook.cells:
        name = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        seen[name] += 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"
    notebook.metadata = nbformat.NotebookNode(kernelspec=KERNEL, language_info=LANGUAGE)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def run(notebook, folder: Path, seed: int | None = None, timeout: int = 300, stop_at_error: bool = True) -> None:
    """Execute all cells in a new kernel that works in ``folder``; fills in the outputs. ``seed`` is the base seed."""
    environment = {key: value for key, value in os.environ.items() if key != "GAN_SEED"} | QUIET
    if seed is not None:
        environment["GAN_SEED"] = str(seed)
    client = NotebookClient(notebook, timeout=timeout, kernel_name="python3", record_timing=False,
                            coalesce_streams=True, store_widget_state=True, allow_errors=not stop_at_error,
                            extra_arguments=["--IPKernelApp.log_level=ERROR"],      # else each start says something
                            resources={"metadata": {"path": str(folder)}})
    client.execute(env=environment)
    notebook.metadata.language_info = LANGUAGE         # nbclient has put the kernel's own there, version and all


def with_stable_widgets(notebook) -> nbformat.NotebookNode:
    """Number the widgets in the order in which they were made: their own ids are random."""
    state = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    shown = [output.data[VIEW]["model_id"] for cell in code_cells(notebook)
             for output in cell.outputs if VIEW in output.get("data", {})]
    text = nbformat.writes(notebook)
    for number, model in enumerate(dict.fromkeys([*state, *shown])):
        text = text.replace(model, f"{number:032x}")
    notebook = nbformat.reads(text, as_version=4)
    if not state:
        notebook.metadata.pop("widgets", None)
    return notebook


def stopped_at(notebook, error: Exception) -> str:
    """Where and why a run stopped, in a few lines."""
    started = [(number, cell) for number, cell in enumerate(code_cells(notebook), start=1) if cell.execution_count]
    if not started:
        return str(error)
    number, cell = started[-1]
    raised = [f"{output.ename}: {output.evalue}" for output in cell.outputs if output.output_type == "error"]
    # A cell that is stopped for its time raises too, but only a KeyboardInterrupt.
    why = "it took too long" if isinstance(error, CellTimeoutError) else raised[0] if raised else str(error)
    source = "\n".join(f"    {line}" for line in cell.source.splitlines())
    return f"code cell {number}:\n{source}\n{why}"


def write_whole(notebook, path: Path) -> None:
    """All of the file or nothing: written beside it, then renamed."""
    part = path.with_name(f".{path.name}.tmp")
    try:
        nbformat.write(notebook, part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def execute(script: Path, timeout: int = 300) -> float:
    """Run a chapter and replace its notebook. Returns the seconds it took."""
    notebook = fresh_notebook(script)
    # Taken before the run: what is edited meanwhile makes the notebook stale, as it should.
    made_from = fingerprints(notebook, script.parents[1] / "gan")
    start = time.perf_counter()
    try:
        run(notebook, script.parent, timeout=timeout)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise ChapterFailed(f"{script.stem} failed in {stopped_at(notebook, error)}") from None
    seconds = time.perf_counter() - start
    if "FloatProgressModel" in nbformat.writes(notebook):
        # tqdm.notebook does not look at TQDM_DISABLE itself.
        raise ChapterFailed(f"{script.stem} shows a progress bar, which holds timings: no two runs are the same; "
                            "make it disable=… where TQDM_DISABLE is set")
    notebook = with_stable_widgets(notebook)
    notebook.metadata[MADE_FROM] = made_from
    write_whole(notebook, script.with_suffix(".ipynb"))
    return seconds


def take_prose(script: Path) -> float:
    """Carry changed text and comments over into the notebook and keep its outputs, where no code changed."""
    new, old = fresh_notebook(script), read_notebook(script)
    now = fingerprints(new, script.parents[1] / "gan")
    if now != old.metadata.get(MADE_FROM) or len(code_cells(new)) != len(code_cells(old)):
        raise ChapterFailed(f"{script.stem}: its code or the package's has changed; run it: "
                            f"make execute CHAPTER={script.name[:2]}")
    for cell, ran in zip(code_cells(new), code_cells(old)):
        cell.outputs, cell.execution_count = ran.outputs, ran.execution_count
    new.metadata = old.metadata
    if [shown(cell) for cell in new.cells] != [shown(cell) for cell in old.cells]:
        write_whole(new, script.with_suffix(".ipynb"))
    return 0.0


@contextmanager
def side_by_side(workers: int):
    """A pool of processes that Ctrl-C or SIGTERM ends at once, and not after what they are at."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ProcessPoolExecutor(workers) as pool:
        try:
            yield pool
        except KeyboardInterrupt:
            for process in multiprocessing.active_children():
                process.kill()                          # their kernels see it and end themselves
            raise


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chapter", nargs="?", default="", help="start of the file name, such as 02 (default: all)")
    parser.add_argument("--prose", action="store_true", help="run nothing: take over text where the code is the same")
    parser.add_argument("--workers", type=int, default=2, help="chapters that run side by side (default: 2)")
    parser.add_argument("--timeout", type=int, default=300, help="seconds that one cell may take (default: 300)")
    parser.add_argument("--book", type=Path, default=BOOK, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    scripts = find(arguments.chapter, arguments.book)
    failed = 0
    with side_by_side(arguments.workers) as pool:
        jobs = [pool.submit(take_prose, script) if arguments.prose else pool.submit(execute, script, arguments.timeout)
                for script in scripts]
        for script, job in zip(scripts, jobs):
            try:
                print(f"{script.stem}: {job.result():.0f} s", flush=True)
            except ChapterFailed as error:
                print(error, file=sys.stderr, flush=True)
                failed += 1
    return int(failed > 0)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("interrupted; chapters that had not finished keep their old notebooks")
