"""Chapter 6 catches the errors it warns of, its exercise refuses wrong answers, its figure works without a kernel."""
import json
import re

import jupytext
import matplotlib
import pytest
from building import BROWSER, ROOT

CELLS = [cell.source for cell in jupytext.read(ROOT / "book/06_vanishing_gradients.py", fmt="py:percent").cells
         if cell.cell_type == "code"]
PAIR = "minimax, non_saturating = gan.losses.minimax, gan.losses.non_saturating"      # of a cell that trains for long
NAMES = "def far_pair", "def study(", "def look", "def sizes"


def run(*needed, old="", new=""):
    """Run the setup cell and those that hold one of ``needed``, with ``old`` replaced."""
    chosen = [CELLS[0], PAIR, *(cell for cell in CELLS[1:] if any(text in cell for text in (*NAMES, *needed)))]
    code = "\n\n".join(chosen)
    assert old in code and all(text in code for text in needed)
    names = {}
    with matplotlib.rc_context():
        exec(code.replace(old, new, 1) if old else code, names)
    return names


LOSSES = "which_way, = torch"
BLUR = ("def blurred_jsd", "best = {theta")
FAULTS = {
    "minimax's first factor taken for the other loss's (papers.md 3)":
        ([LOSSES], '(("minimax", a.sigmoid()), ("non_saturating", 1 - a.sigmoid()))',
         '(("minimax", 1 - a.sigmoid()), ("non_saturating", a.sigmoid()))', "minimax: the product"),
    "the sign of the product":
        ([LOSSES], "message = (-unsure", "message = (unsure", "minimax: the product"),
    "JSD without its 1/2":
        ([*BLUR], "(q - m), x)) / 2", "(q - m), x))", "JSD is log 2"),
    "Adam taken for scale-free at any size":
        (["def adam_moves"], "torch.optim.Adam([weight], 1.0)", "torch.optim.Adam([weight], 1.0, eps=1e-20)",
         "half at 1e-8"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    needed, old, new, claim = FAULTS[fault]
    with pytest.raises(AssertionError, match=re.escape(claim)):
        run(*needed, old=old, new=new)


def test_without_a_fault_the_same_cells_pass():
    run(LOSSES, *BLUR, "def adam_moves")


def test_study_starts_at_0_and_moves_D_only():
    """``[0, *study(...)]`` would train D to the end before the first look."""
    names = run()
    started = names["far_run"](1)
    weights = [[w.detach().clone() for w in net.parameters()] for net in (started.G, started.D)]
    steps = names["study"](started, 3)
    assert next(steps) == 0
    assert all(a.equal(b) for a, b in zip(weights[1], started.D.parameters()))
    assert list(steps) == [1, 2, 3]
    assert all(a.equal(b) for a, b in zip(weights[0], started.G.parameters()))
    assert not any(a.equal(b) for a, b in zip(weights[1], started.D.parameters()))


def test_every_cure_gets_the_same_forgers():
    far_run = run()["far_run"]
    wide, narrow = ([*far_run(1, width).G.parameters()] for width in (32, 4))
    assert all(a.equal(b) for a, b in zip(wide, narrow))


def check_exercise_1():
    cell, = (cell for cell in CELLS if "def check_exercise_1" in cell)
    names = {}
    exec("from gan.claims import claim\n" + cell, names)
    return names["check_exercise_1"]


def test_exercise_takes_the_right_answer():
    check_exercise_1()(4.54e-5, 0.99995)


@pytest.mark.parametrize("wrong", [(0.99995, 4.54e-5), (1.00005, 22_027.0), (4.54e-5, 10.0), (4.54e-5, 4.54e-5),
                                   (0.99995, 0.99995), (-4.54e-5, -0.99995)])
def test_exercise_refuses(wrong):
    with pytest.raises(AssertionError):
        check_exercise_1()(*wrong)


@pytest.mark.skipif(BROWSER is None, reason="no browser")
def test_scrubber_by_keyboard(new_page):
    notebook = json.loads((ROOT / "book/06_vanishing_gradients.ipynb").read_text())
    widgets = notebook["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]
    name = next(key for key, value in widgets["state"].items() if "frames" in value["state"])
    page = new_page()
    page.set_content(f'<script type="application/vnd.jupyter.widget-state+json">{json.dumps(widgets)}</script><div>'
                     '<script type="application/vnd.jupyter.widget-view+json">'
                     f'{json.dumps({"model_id": name})}</script></div>')
    page.add_script_tag(path=ROOT / "book/assets/anywidget-mini.js")
    page.locator("figure.gan-scrubber").wait_for()
    slider, picture = page.get_by_role("slider"), page.locator("figure.gan-scrubber img")
    slider.focus()
    seen = []
    for key in ("Home", "End"):
        slider.press(key)
        seen.append((picture.get_attribute("src"), page.locator("figure.gan-scrubber figcaption").text_content()))
    assert seen[0][0] != seen[1][0]
    first, last = (float(re.search(r"gives the fakes (\d\.\d+)", text)[1]) for _, text in seen)
    assert first > 0.3 and last < 0.01
