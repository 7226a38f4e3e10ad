"""What the chapters' tests share: run some cells, with a fault put in; an exercise's check; a figure on its own."""
import json
import re
from functools import cache

import jupytext
import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch
from building import ROOT

matplotlib.use("Agg")


@cache
def code_cells(chapter):
    cells = jupytext.read(ROOT / f"book/{chapter}.py", fmt="py:percent").cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def run(chapter, *marks, changes=(), given=""):
    """Execute the setup cell, the line ``given`` and, for each mark, the one cell that holds it. Return their names.

    The cells keep the chapter's order. Each (old, new) of ``changes`` is put in; the old text must stand there once.
    Not an AssertionError, which a test could take for a claim's: LookupError says what is missing or ambiguous.
    """
    setup, *cells = code_cells(chapter)
    for mark in marks:
        if (found := sum(mark in cell for cell in cells)) != 1:
            raise LookupError(f"{mark!r} is in {found} cells of {chapter}")
    code = "\n\n".join([setup, given, *(cell for cell in cells if any(mark in cell for mark in marks))])
    for old, new in changes:
        if code.count(old) != 1:
            raise LookupError(f"{old!r} stands {code.count(old)} times in the chosen cells of {chapter}")
        code = code.replace(old, new)
    names = {}
    plt.close("all")
    with plt.rc_context(), torch.random.fork_rng(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAN_SEED", "0")
        exec(compile(code, chapter, "exec"), names)
    return names


def refuses(chapter, marks, claim, *changes, **more):
    """With these changes the cells run into this claim, given by a part of its text, and no other."""
    with pytest.raises(AssertionError, match=re.escape(claim)):
        run(chapter, *marks, changes=changes, **more)


def exercise(chapter, number=1, given=""):
    """The function that checks an answer to this exercise."""
    name = f"check_exercise_{number}"
    return run(chapter, f"def {name}(", given=given)[name]


def refuses_answer(check, *answer):
    with pytest.raises(AssertionError, match=r"your .+ right"):
        check(*answer)


def stored_film(chapter):
    """State of the one film that the chapter's notebook has stored."""
    notebook = json.loads((ROOT / f"book/{chapter}.ipynb").read_text("utf-8"))
    widgets = notebook["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    state, = (widget["state"] for widget in widgets if "frames" in widget["state"])
    return state


def show_alone(page, state):
    """Open one figure as the book's pages do: no kernel, no server, only its stored state and our small script."""
    saved = json.dumps({"state": {"a": {"model_name": "AnyModel", "state": state}}})
    page.set_content('<meta name="viewport" content="width=device-width">'
                     f'<script type="application/vnd.jupyter.widget-state+json">{saved}</script><div>'
                     '<script type="application/vnd.jupyter.widget-view+json">{"model_id": "a"}</script></div>')
    page.add_script_tag(path=ROOT / "book/assets/anywidget-mini.js")
    page.locator("figure").first.wait_for()
    return page
