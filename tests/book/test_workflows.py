"""`make lint` refuses a faulty workflow: the workflows run only at GitHub, where nobody would see it before."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def lint(folder):
    """What `make lint` says in a folder, without setting up an environment there first (-o)."""
    environment = os.environ | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    return subprocess.run(["make", "-o", ".venv/.test", "lint"], cwd=folder, env=environment, encoding="utf-8",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@pytest.fixture
def copy(tmp_path):
    for name in ("Makefile", "CITATION.cff"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    return tmp_path


def test_ours_pass(copy):
    result = lint(copy)
    assert result.returncode == 0, result.stdout


def test_a_citation_without_authors_is_refused(copy):
    path = copy / "CITATION.cff"
    path.write_text(path.read_text("utf8").replace("authors:", "writers:"), "utf8")
    result = lint(copy)
    assert result.returncode and "'authors' is a required property" in result.stdout


@pytest.mark.parametrize("workflow", ["test.yml", "publish.yml"])
@pytest.mark.parametrize("old, new, complaint", [
    ("    timeout-minutes:", "    timeout-minuets:", "'timeout-minuets'"),
    ("      - run: ", "      - run: echo ${{ github.event.head_commit.message }}\n      - run: ", "template-injection"),
    ("      - uses: actions/checkout@v4", "      - uses: somebody/checkout@v4", "unpinned-uses"),
    ("        with: {persist-credentials: false}\n", "", "artipacked"),
], ids=["unknown key", "template injection", "unpinned action", "credentials kept"])
def test_a_planted_fault_is_refused(copy, workflow, old, new, complaint):
    path = copy / ".github" / "workflows" / workflow
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    result = lint(copy)
    assert result.returncode != 0 and complaint in result.stdout, result.stdout
