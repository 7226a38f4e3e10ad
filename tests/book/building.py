"""How the tests build a book, and the browser they open it in, if there is one."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMES = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)


def build(book: Path, out: Path) -> subprocess.CompletedProcess:
    """Build as `make book` does, into ``out``."""
    program = Path(sys.executable).with_name("jupyter-book")
    command = [program, "build", book, "--all", "-W", "-n", "--keep-going", "--path-output", out]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
