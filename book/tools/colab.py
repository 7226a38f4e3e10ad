"""Run chapters as Colab would: its versions, the notebook alone in an empty folder, the package from a built wheel.

The environment is made once, in _build/colab, and kept. Each chapter must run to its end there with the package as its
only addition, and installing that must leave torch and numpy as they were. COLAB_PYTHON names the Python to use.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from chapters import find

ROOT = Path(__file__).resolve().parents[2]
# Colab's own in August 2026, under Python 3.13. What its notebooks find installed beside them needs no exact version.
PINS = ["torch==2.11.*", "numpy==2.1.*", "ipywidgets==7.7.1", "anywidget==0.9.21", "ipython==7.34.0"]
OTHERS = ["torchvision", "scikit-learn", "matplotlib", "tqdm", "tensorboard", "ipykernel", "nbclient"]
KEPT = ("torch", "numpy", "ipywidgets", "anywidget", "ipython")
RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
"""


def versions(python: Path) -> dict[str, str]:
    code = f"from importlib.metadata import version\nfor name in {KEPT}: print(name, version(name))"
    lines = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()
    return dict(line.split() for line in lines)


def environment(folder: Path, python: str) -> Path:
    """The Python of an environment like Colab's, without the package."""
    made = folder / "bin" / "python"
    if not (folder / "ready").exists():
        subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([made, "-m", "pip", "install", "-q", "--upgrade", "pip"], check=True)
        subprocess.run([made, "-m", "pip", "install", "-q", *PINS, *OTHERS], check=True)
        (folder / "ready").touch()
    return made


def wheel(folder: Path) -> Path:
    source = folder / "source"                 # a copy: setuptools leaves a folder behind where it builds
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "gan", source / "gan")
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, source], check=True)
    return next(folder.glob("*.whl"))


def complaint(notebook: Path, python: Path) -> str:
    """What stopped the notebook, run alone in an empty folder; empty if nothing did."""
    if not notebook.exists():
        return "there is no notebook"
    with tempfile.TemporaryDirectory() as empty:
        alone = shutil.copy(notebook, empty)
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
        result = subprocess.run([python, "-c", RUN, alone], cwd=empty, env=clean, capture_output=True, text=True)
    return "\n".join(result.stderr.splitlines()[-15:]) or "it failed" if result.returncode else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("chapter", nargs="?", default="", help="start of the file name, such as 02 (default: all)")
    arguments = parser.parse_args()
    named = os.environ.get("COLAB_PYTHON", "")
    found = next(filter(None, map(shutil.which, (named, "python3.13"))), sys.executable)
    python = environment(ROOT / "_build" / "colab", found)
    before = versions(python)
    print("as Colab:", ", ".join(f"{name} {version}" for name, version in before.items()), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        package = wheel(Path(folder))
        subprocess.run([python, "-m", "pip", "install", "-q", "--force-reinstall", "--no-deps", package], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", package], check=True)        # and what it asks for
    failed = []
    if changed := {name for name, version in versions(python).items() if version != before[name]}:
        failed.append(f"installing the package replaced {', '.join(sorted(changed))}")
    for script in find(arguments.chapter):
        wrong = complaint(script.with_suffix(".ipynb"), python)
        print(script.stem, "failed" if wrong else "ran to its end", flush=True)
        failed += [f"{script.stem}:\n{wrong}"] if wrong else []
    print("\n".join(failed))
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
