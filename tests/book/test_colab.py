"""`make colab`'s parts, without Colab's versions, which take gigabytes: what it asks for and what it says of faults."""
import re
import sys
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "tools"))
import colab

ROOT = Path(__file__).parents[2]


def test_package_asks_for_nothing_that_colab_has_otherwise():
    from packaging.requirements import Requirement

    asked = {Requirement(line).name: Requirement(line).specifier for line in
             re.search(r"^dependencies = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text("utf8"), re.M | re.S)[1]
             .replace('"', "").replace(",\n", "\n").split("\n") if line.strip() and ">=" in line}
    pinned = dict(pin.replace(".*", ".0").split("==") for pin in colab.PINS)
    assert {"torch", "numpy", "ipywidgets", "anywidget"} <= set(asked) & set(pinned)
    for name in set(asked) & set(pinned):
        assert asked[name].contains(pinned[name]), name


@pytest.mark.parametrize("source, complaint", [
    ("import os\nassert os.listdir() == ['01_small.ipynb']", ""),
    ("raise RuntimeError('it broke')", "it broke"),
    ("import gan_is_not_here", "No module named"),
])
def test_notebook_runs_alone_and_what_stops_it_is_told(tmp_path, source, complaint):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, tmp_path / "01_small.ipynb")
    told = colab.complaint(tmp_path / "01_small.ipynb", Path(sys.executable))
    assert complaint in told and bool(complaint) == bool(told)


def test_wheel_holds_the_package_and_its_scripts(tmp_path):
    import zipfile

    names = zipfile.ZipFile(colab.wheel(tmp_path)).namelist()
    files = (path for kind in ("*.py", "*.js") for path in (ROOT / "gan").rglob(kind))
    assert {path.relative_to(ROOT).as_posix() for path in files} <= set(names)
