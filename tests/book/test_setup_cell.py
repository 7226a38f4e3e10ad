"""The setup cell, the same in every chapter, run where a reader may have put the notebook."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "tools"))
from chapters import code_cells, find, read_script

SETUP = code_cells(read_script(find()[0]))[0].source


def run_in(folder):
    (folder / "cell.py").write_text(SETUP + "\nprint(gan.train)\n", "utf-8")
    return subprocess.run([sys.executable, "cell.py"], cwd=folder, capture_output=True, text=True)


def test_it_finds_the_package(tmp_path):
    assert run_in(tmp_path).stdout == "<class 'gan.train.train'>\n"


@pytest.mark.parametrize("text", ["print('their own')\n", "", "def train(): ...\n"])
def test_a_file_of_the_readers_own_that_hides_the_package_is_named_and_not_run(text, tmp_path):
    (tmp_path / "gan.py").write_text(text)
    ran = run_in(tmp_path)
    assert ran.returncode == 1 and ran.stdout == ""
    error = ran.stderr.strip().splitlines()[-1]
    assert error.startswith(f"ImportError: {tmp_path / 'gan.py'} hides the book's package gan; must get another name")
