"""`pytest --nbval` does the same wherever it is started: a small book, run from several places."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
PASSES, DIFFERS = "Cell 0", "Cell 1"
# The kernel that the notebook names does not exist: without --nbval-current-env no cell would run.
KERNEL = {"name": "none-of-this-name", "display_name": "None", "language": "python"}
TELL = '''def pytest_report_header(config):
    return f"seconds for a cell: {config.option.nbval_cell_timeout:.0f}"
'''
OWN = "regex: \\d+ apples\nreplace: apples\n"


def cell(source, stored):
    output = nbformat.v4.new_output("stream", name="stdout", text=stored)
    return nbformat.v4.new_code_cell(source, execution_count=1, outputs=[output])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a repository of one chapter, whose stored outputs differ from what its two cells print."""
    folder = tmp_path_factory.mktemp("places")
    book = folder / "repository" / "book"
    book.mkdir(parents=True)
    shutil.copy(ROOT / "pyproject.toml", book.parent)
    for name in ("conftest.py", "nbval_sanitize.cfg"):
        shutil.copy(ROOT / "book" / name, book)
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL}, cells=[
        cell('print("x ≈ 0.31")', "x ≈ 0.29\n"), cell('print("3 apples")', "4 apples\n")])
    nbformat.write(notebook, book / "02_small.ipynb")
    # What a build leaves behind has no conftest.py beside it.
    (book.parent / "_build").mkdir()
    nbformat.write(notebook, book.parent / "_build" / "02_small.ipynb")
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "own.cfg").write_text(OWN)
    (folder / "elsewhere" / "tell.py").write_text(TELL)
    return folder


def outcomes(folder, place, *arguments):
    """What pytest, started in ``place``, says of each cell, name -> PASSED or FAILED, and its exit code."""
    # This test's own pytest, and its workers, must not reach the one that is started.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    environment["PYTHONPATH"] = str(folder / "elsewhere")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tell", "-rA", "--nbval", *(a.format(folder) for a in arguments)],
        cwd=folder / place, env=environment, capture_output=True, encoding="utf-8")
    assert "seconds for a cell: 300" in result.stdout, result.stdout + result.stderr
    ended = re.findall(r"^(PASSED|FAILED) \S*02_small\.ipynb::(Cell \d)", result.stdout, re.MULTILINE)
    assert len(ended) == 2, result.stdout
    return {name: how for how, name in ended}, result.returncode


@pytest.mark.parametrize("place, arguments", [
    ("repository", ["book/"]),
    ("repository", ["."]),
    ("repository", ["book/", "-n", "2", "--dist", "loadscope"]),
    ("repository/book", []),
    ("repository/book", ["02_small.ipynb"]),
    ("elsewhere", ["{}/repository/book/02_small.ipynb"]),
    ("elsewhere", ["{}/repository/book", "-n", "2", "--dist", "loadscope"]),
])
def test_a_measured_number_is_forgiven_and_no_other(folder, place, arguments):
    assert outcomes(folder, place, *arguments) == ({PASSES: "PASSED", DIFFERS: "FAILED"}, 1)


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_a_sanitizer_of_the_readers_own_adds_to_the_books(folder, workers):
    own = ["{}/repository/book/02_small.ipynb", "--nbval-sanitize-with=own.cfg"]
    assert outcomes(folder, "elsewhere", *own, *workers) == ({PASSES: "PASSED", DIFFERS: "PASSED"}, 0)
