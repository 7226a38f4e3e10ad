"""A chapter small enough to run in a few seconds, for the tests of the tools that run and check chapters (fixtures)."""

import shutil

import pytest

CHAPTER = '''# %% [markdown]
# # A small chapter
#
# **Question.** Do the tools work? Measured run time: 1 s.

# %% tags=["hide-cell", "setup"]
import os
import random

SEED = int(os.environ.get("GAN_SEED", 0))
random.seed(SEED)
address = "https://github.com/OWNER/gan-book"


def claim(sentence, holds):
    if not holds:
        raise AssertionError(f"{sentence}\\nmeasured: {x}")
    print("✓", sentence)


# %% [markdown]
# Some text.

# %%
x = random.random()
print(f"x ≈ {x:.3f}")
for bound in range(1, 11):
    claim(f"x is below {bound}", x < bound)

# %% mystnb={"image": {"alt": "A line that rises from the lower left to the upper right."}}
import matplotlib.pyplot as plt

plt.plot([0, x])
plt.show()

# %%
import ipywidgets

one, other = ipywidgets.IntSlider(), ipywidgets.IntSlider()
link = ipywidgets.jslink((one, "value"), (other, "value"))
one
'''


PACKAGE = {"__init__.py": '"""The package."""\nfrom gan.used import answer\n', "elsewhere.py": "answer = 1\n",
           "used.py": "answer = 42\nscript = 'figure.js'\n", "figure.js": "let a = 1;\n"}


def make_repository(root):
    """A repository of one chapter and a package. Returns the chapter's script; there is no notebook yet."""
    (root / "gan").mkdir(parents=True)
    for name, text in PACKAGE.items():
        (root / "gan" / name).write_text(text)
    (root / "book").mkdir()
    script = root / "book" / "02_small.py"
    script.write_text(CHAPTER, "utf-8")
    return script


@pytest.fixture
def unrun(tmp_path):
    """The script of a chapter that has not been run."""
    return make_repository(tmp_path / "unrun")


@pytest.fixture(scope="session")
def ran_once(tmp_path_factory):
    from execute import execute

    script = make_repository(tmp_path_factory.mktemp("ran") / "repository")
    execute(script)
    return script


@pytest.fixture
def script(ran_once, tmp_path):
    """The script of a chapter that has been run, in a copy of its own, to put faults in."""
    shutil.copytree(ran_once.parents[1], tmp_path / "copy")
    return tmp_path / "copy" / "book" / ran_once.name
