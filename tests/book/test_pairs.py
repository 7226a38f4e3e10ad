"""Script, notebook and outputs of every chapter agree; and what checks that is itself checked, fault by fault."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "tools"))
from chapters import BOOK, digest, find, meaning
from check import different_setups, orphans, problems
from picture import PICTURES, picture

pytest_plugins = ["small_chapter"]
CHAPTERS = find()


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_chapter(chapter):
    assert problems(chapter) == []


def test_setup_cell_is_the_same_everywhere():
    assert different_setups(CHAPTERS) == []


def test_no_notebook_without_script():
    assert orphans(BOOK) == []


def test_small_chapter_is_without_fault(script):
    assert problems(script) == []


def in_script(old, new):
    """A fault in the script alone, as somebody makes it who does not run the chapter again."""
    def fault(script):
        text = script.read_text("utf-8")
        assert old in text
        script.write_text(text.replace(old, new, 1), "utf-8")
    return fault


def in_notebook(change):
    """A fault in the notebook alone."""
    def fault(script):
        path = script.with_suffix(".ipynb")
        notebook = json.loads(path.read_text("utf-8"))
        change(notebook, [cell for cell in notebook["cells"] if cell["cell_type"] == "code"])
        path.write_text(json.dumps(notebook), "utf-8")
    return fault


def in_package(text, name="used.py"):
    def fault(script):
        (script.parents[1] / "gan" / name).write_text(text)
    return fault


ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}
FAULTS = {
    "text": (in_script("Some text.", "Other text."), "cell 3's text differs"),
    "code": (in_script("x = random.random()", "x = random.random() / 2"), "another state of the chapter's code"),
    "tag": (in_script(' tags=["hide-cell", "setup"]', ""), "cell 2's tags differs"),
    "alt text differs": (in_script("rises", "falls"), "cell 5's mystnb differs"),
    "cell missing": (in_script("# %% [markdown]\n# Some text.\n", ""), "differs"),
    "kind": (in_script("# %% [markdown]\n# Some", "# %%\n# Some"), "cell 3's kind differs"),
    "cell added": (in_script("\none\n", "\none\n\n# %% [markdown]\n# More.\n"), "7 cells"),
    "order": (in_notebook(lambda notebook, _: notebook["cells"].insert(2, notebook["cells"].pop(4))), "differs"),
    "title": (in_script("# # A small", "# A small"), "title"),
    "run time": (in_script("Measured run time", "It takes"), "measured run time"),
    "long cell": (in_script("x = random.random()\n", "x = random.random()\n" + "x = x\n" * 25), "at most 25"),
    "long line": (in_script("x = random.random()\n", "x = random.random()" + 30 * " " + "# " + 40 * "why" + "\n"),
                  "a line of 171 characters; at most 88"),
    "many parameters": (in_script("def claim(sentence, holds)", "def claim(sentence, holds, *, a=1, b=2, c=3, **more)"),
                        "claim has 6 parameters; at most 5"),
    "nameless things": (in_script("    print(\"✓\", sentence)", "    print(\"✓\", sentence)\n    return 1, 2, 3, 4, 5"),
                        "a tuple of 5 is returned"),
    "fold without a name": (in_script('["hide-cell", "setup"]', '["hide-cell"]'), "one that hides and one of setup"),
    "name without a fold": (in_script('["hide-cell", "setup"]', '["setup"]'), "one that hides and one of setup"),
    "not run": (in_notebook(lambda _, code: code[-1].update(execution_count=None)), "not run once each, in order"),
    "run out of order": (in_notebook(lambda _, code: code[0].update(execution_count=9)), "not run once each"),
    "error": (in_notebook(lambda _, code: code[1]["outputs"].append(ERROR)), "holds an error"),
    "few claims": (in_notebook(lambda _, code: code[1].update(outputs=[])), "0 claims"),
    "no alt text": (in_notebook(lambda _, code: code[2].update(metadata={})), "without an alt text"),
    "outputs of unknown origin": (in_notebook(lambda notebook, _: notebook["metadata"].pop("made_from")), "another"),
    "package": (in_package("from gan.used import script\n", "__init__.py"), "another state of gan/"),
    "module of the package": (in_package("answer = 43\nscript = 'figure.js'\n"), "another state of gan/"),
    "script of such a module": (in_package("let a = 2;\n", "figure.js"), "another state of gan/"),
    "no notebook": (lambda script: script.with_suffix(".ipynb").unlink(), "there is no notebook"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_found(script, name):
    fault, sentence = FAULTS[name]
    fault(script)
    found = problems(script)
    assert any(sentence in problem for problem in found), found


def test_what_the_chapter_does_not_use_needs_no_new_run(script):
    in_package("answer = 2\n", "elsewhere.py")(script)
    in_package("answer = 3\n", "new.py")(script)
    assert problems(script) == []


def test_comments_docstrings_and_formatting_need_no_new_run(script):
    in_package('"""Other words."""\n\nanswer = (42)   # why\nscript = "figure.js"\n')(script)
    in_script("x = random.random()", "x = random.random()      # between 0 and 1")(script)
    assert problems(script) == ["cell 4's text differs between script and notebook"]


def test_prose_is_taken_over_without_a_run(script):
    from execute import ChapterFailed, take_prose

    in_script("Some text.", "Other text.")(script)
    take_prose(script)
    assert problems(script) == [] and "Other text." in script.with_suffix(".ipynb").read_text("utf-8")
    before = script.with_suffix(".ipynb").read_bytes()
    in_script("x = random.random()", "x = 0.5")(script)
    with pytest.raises(ChapterFailed, match="make execute CHAPTER=02"):
        take_prose(script)
    assert script.with_suffix(".ipynb").read_bytes() == before


def test_setup_cell_that_differs_is_found(script):
    other = script.with_name("04_other.py")
    other.write_text(script.read_text("utf-8").replace("random.seed(SEED)", "random.seed(1)"), "utf-8")
    assert different_setups([script, other]) == ["04_other"]


def test_orphan_is_found(script):
    script.with_name("03_gone.ipynb").write_text("{}")
    assert orphans(script.parent) == ["03_gone.ipynb"]


def test_command_prints_what_is_wrong(script):
    command = [sys.executable, BOOK / "tools" / "check.py", "--book", script.parent]
    assert subprocess.run(command).returncode == 0
    in_script("Some text.", "Other text.")(script)
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1 and "02_small: cell 3's text differs" in result.stdout
    result = subprocess.run([*command, "77"], capture_output=True, text=True)
    assert result.returncode == 1 and "CHAPTER: got '77'; must be" in result.stderr


@pytest.mark.parametrize("one, other", [("x = 1", "x  =  1  # one"), ("'a'\nx = 1", "x = 1"),
                                        ("a = 'github.com/OWNER/gan-book'", "a = 'github.com/ada/fork'")])
def test_code_that_means_the_same_has_one_fingerprint(one, other):
    assert digest(meaning(one)) == digest(meaning(other))


@pytest.mark.parametrize("one, other", [("x = 1", "x = 2"), ("x = None", "x = []"), ("f(0)", "f(False)"),
                                        ("if a:\n    b\nc", "if a:\n    b\n    c"), ("%load_ext a", "%load_ext b")])
def test_code_that_differs_has_another_fingerprint(one, other):
    assert digest(meaning(one)) != digest(meaning(other))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_the_one_its_chapter_made(name):
    assert (BOOK / "assets" / name).read_bytes() == picture(*PICTURES[name]), "run: python book/tools/picture.py"
