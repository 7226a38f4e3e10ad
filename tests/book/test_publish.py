"""What the publish job does, on a copy: the repository's own address everywhere, and a site that leads there."""

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "tools"))
from chapters import code_cells, find, read_notebook, read_script
from check import problems
from conftest import build
from publish import PLACEHOLDER, publish

REPOSITORY = "ada-l/my.gans_2"
COLAB = f"https://colab.research.google.com/github/{REPOSITORY}/blob/notebooks/"


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    out = tmp_path_factory.mktemp("publish") / "copy"
    publish(REPOSITORY, out)
    return out


@pytest.fixture(scope="module")
def built(copy, tmp_path_factory):
    """The pages of the site built from the copy: name -> text."""
    out = tmp_path_factory.mktemp("published")
    result = build(copy, out)
    assert result.returncode == 0, result.stdout
    return {path.stem: path.read_text("utf-8") for path in (out / "_build" / "html" / "book").glob("*.html")}


def test_no_placeholder_is_left(copy):
    left = [path for path in copy.rglob("*") if path.is_file() and PLACEHOLDER.encode() in path.read_bytes()]
    assert left == []


def test_setup_cell_installs_from_the_repository_in_script_and_notebook(copy):
    for script in find(book=copy / "book"):
        for notebook in (read_script(script), read_notebook(script)):
            assert f"git+https://github.com/{REPOSITORY}\"" in code_cells(notebook)[0].source, script.stem


def test_chapters_are_as_much_in_step_and_fresh_as_they_were(copy):
    for ours, theirs in zip(find(book=copy / "book"), find(), strict=True):
        assert problems(ours) == problems(theirs)


def test_readme_opens_every_chapter_in_colab(copy):
    readme = (copy / "README.md").read_text("utf-8")
    for script in find():
        assert f"{COLAB}book/{script.stem}.ipynb" in readme
    assert set(re.findall(r"https://colab\S+?/blob/[^/]+/", readme)) <= {COLAB}


def test_every_page_of_a_chapter_opens_itself_in_colab(built):
    for script in find():
        links = set(re.findall(r"https://colab\.research[^\"'<> ]+", built[script.stem]))
        assert links == {f"{COLAB}book/{script.stem}.ipynb"}, script.stem


def test_pages_show_the_address(built):
    for name, text in built.items():
        assert PLACEHOLDER not in text, name
    for script in find():
        assert f"github.com/{REPOSITORY}" in re.sub(r"<[^>]+>", "", built[script.stem])


def test_a_fork_s_pages_lead_to_the_fork(built):
    for name, text in built.items():
        assert f'<link rel="canonical" href="https://ada-l.github.io/my.gans_2/book/{name}.html"' in text
        footer = text[text.index('class="extra_footer"'):]
        assert set(re.findall(r"github\.com/([^/\"]+/[^/\"]+)", footer)) == {REPOSITORY}, name


def test_everything_tracked_is_copied_but_the_workflows(copy):
    assert {"Makefile", "pyproject.toml", "README.md", "_config.yml", "gan", "book", "tests"} <= {
        path.name for path in copy.iterdir()}
    assert not (copy / ".github").exists() and not (copy / ".venv").exists()


def test_other_branch(tmp_path):
    publish(REPOSITORY, tmp_path / "copy", branch="preview/1")
    assert "  branch: preview/1\n" in re.sub(r" +#.*", "", (tmp_path / "copy" / "_config.yml").read_text("utf-8"))
    assert "/blob/notebooks/" not in (tmp_path / "copy" / "README.md").read_text("utf-8")


@pytest.mark.parametrize("repository", ["", "ada", "ada/", "/book", "ada/b/c", "https://github.com/ada/b", "a b/c",
                                        "ada/b\n", "-ada/b", "ada/b'", "$(x)/b"])
def test_bad_repository_is_named(repository, tmp_path):
    with pytest.raises(SystemExit, match=r"--repository: got .*; must be OWNER/NAME"):
        publish(repository, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_bad_branch_and_folder_are_named(tmp_path):
    with pytest.raises(SystemExit, match="--branch: got 'a b'; must be"):
        publish(REPOSITORY, tmp_path / "copy", branch="a b")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("keep me")
    with pytest.raises(SystemExit, match="--out: got .*; must be an empty folder"):
        publish(REPOSITORY, tmp_path / "full")
    with pytest.raises(SystemExit, match="must be a git checkout"):
        publish(REPOSITORY, tmp_path / "copy", root=tmp_path)
