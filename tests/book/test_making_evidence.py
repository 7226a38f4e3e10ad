"""Making evidence: a stopped run goes on and ends in the same file, a changed script is seen, a bad file is named."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "tools"))
from chapters import find
from check import uncited
from evidence import ROOT, cells, collect, names_of, stale
from nbformat.v4 import new_code_cell, new_notebook, new_output

TOOL = ROOT / "book/tools/evidence.py"
SCRIPT = '''
"""Doubles."""
import random
from pathlib import Path

ROOT = Path(__file__).parents[2]
SEEDS = [0, 1, 2, 3]


def sources():
    part = ROOT / "part.py"
    return [part.read_text()] if part.exists() else []


def one(seed, quick):
    with open(ROOT / "log", "a") as log:
        print(seed, file=log)
    while seed == 2 and (ROOT / "wait").exists():
        pass
    random.seed(seed)
    return {"doubled": [2 * random.random(), seed], "quick": quick}
'''
WEIGHTS = '''
SEEDS = [3, 5]


def one(seed, quick):
    import torch

    torch.manual_seed(seed)
    G = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    return {"loss": seed / 10, "G": G.state_dict()}
'''


def make_script(root, name="doubles", text=SCRIPT):
    script = root / f"book/evidence/{name}.py"
    script.parent.mkdir(parents=True)
    (root / "gan/evidence").mkdir(parents=True)
    script.write_text(text, "utf-8")
    return script


@pytest.fixture
def script(tmp_path):
    return make_script(tmp_path / "here")


def edit(script, old, new):
    text = script.read_text("utf-8")
    assert old in text
    script.write_text(text.replace(old, new, 1), "utf-8")


def ran(script):
    """The seeds that were run, in their order, since this was last asked."""
    log = script.parents[2] / "log"
    seeds = log.read_text().split() if log.exists() else []
    log.unlink(missing_ok=True)
    return [int(seed) for seed in seeds]


def contents(path):
    """A file's bytes, but for seconds and date."""
    lines = path.read_text("utf-8").splitlines()
    return [line for line in lines if '"seconds"' not in line and '"date"' not in line]


def test_a_run_that_is_killed_goes_on_and_ends_in_the_same_file(script, tmp_path):
    other = make_script(tmp_path / "there")
    straight = collect(other)
    root = script.parents[2]
    (root / "wait").touch()
    process = subprocess.Popen([sys.executable, TOOL, "doubles", "--root", root], start_new_session=True)
    while "2" not in ((root / "log").read_text() if (root / "log").exists() else ""):
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, 9)
    process.wait()
    assert not (root / "gan/evidence/doubles.json").exists()
    assert ran(script) == [0, 1, 2]
    (root / "wait").unlink()
    path = collect(script)
    assert ran(script) == [2, 3]
    assert contents(path) == contents(straight) and len(contents(path)) == len(path.read_text("utf-8").splitlines()) - 2
    assert not list((root / "gan/evidence").glob(".*"))


def test_the_file_holds_every_run_and_where_it_came_from(script):
    evidence = json.loads(collect(script).read_text("utf-8"))
    assert [run["seed"] for run in evidence["runs"]] == [0, 1, 2, 3]
    assert all(run["doubled"][1] == run["seed"] and run["quick"] is False for run in evidence["runs"])
    origin = evidence["origin"]
    assert origin["seeds"] == [0, 1, 2, 3] and origin["script"] == "book/evidence/doubles.py"
    assert origin["again"] == "make evidence NAME=doubles" and "CPU core" in origin["machine"]
    assert all(origin[name] for name in ("fingerprint", "package", "version", "torch", "date"))
    assert isinstance(origin["seconds"], int)


def test_what_is_done_is_not_run_again_unless_the_script_changed(script):
    first = collect(script).read_bytes()
    assert ran(script) == [0, 1, 2, 3]
    assert collect(script).read_bytes() == first and ran(script) == []
    edit(script, '"""Doubles."""', '"""Other words."""   # and a comment')
    collect(script)
    assert ran(script) == []
    edit(script, "2 * random", "3 * random")
    assert collect(script).read_bytes() != first and ran(script) == [0, 1, 2, 3]


def test_a_trial_is_of_two_seeds_and_replaces_nothing(script):
    path = collect(script, quick=True)
    assert ran(script) == [0, 1] and all(run["quick"] for run in json.loads(path.read_text())["runs"])
    assert path == script.parents[2] / "_build/evidence/doubles-quick.json"
    assert not list((script.parents[2] / "gan/evidence").iterdir())
    collect(script)
    assert ran(script) == [0, 1, 2, 3]


def test_weights_become_a_file_of_half_precision_in_which_each_run_is_found(tmp_path):
    import torch

    from gan.evidence import load

    path = collect(make_script(tmp_path, "model", WEIGHTS))
    assert path.name == "model.safetensors"
    evidence = load("model", folder=path.parent)
    assert evidence["origin"]["seeds"] == [3, 5] and [run["loss"] for run in evidence["runs"]] == [0.3, 0.5]
    for run in evidence["runs"]:
        torch.manual_seed(run["seed"])
        true = torch.nn.Linear(3, 2).weight.detach()
        assert torch.equal(run["G"]["0.weight"], true.half().float())
        assert run["G"]["1.num_batches_tracked"].dtype == torch.int64
    before = path.read_bytes()
    path.unlink()
    assert collect(tmp_path / "book/evidence/model.py").read_bytes() == before
    assert stale(tmp_path) == []


def test_a_weight_that_half_precision_cannot_hold_is_refused(tmp_path):
    script = make_script(tmp_path, "model", WEIGHTS.replace("G.state_dict()", "{'w': torch.tensor([1e5])}"))
    with pytest.raises(ValueError, match="^0/G/w: got a weight that is not finite in half precision"):
        collect(script)


@pytest.mark.parametrize("text", ["", "{", '{"runs": []}'])
def test_a_kept_run_that_is_damaged_is_named(script, text):
    collect(script)
    (script.parents[2] / "_build/evidence/doubles/1.json").write_text(text)
    result = subprocess.run([sys.executable, TOOL, "doubles", "--root", script.parents[2]],
                            capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.strip().splitlines()[-1].startswith("1.json: got a file that cannot be read")


def test_command_tells_an_unknown_name_those_that_there_are(script):
    command = [sys.executable, TOOL, "double", "--root", script.parents[2]]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1 and result.stderr == "NAME: got 'double'; must be one of 'doubles'\n"


def remove(script):
    script.unlink()


@pytest.mark.parametrize("fault, sentence", [
    (lambda script: None, None),
    (lambda script: edit(script, '"""Doubles."""', "# nothing"), None),
    (lambda script: edit(script, "2 * random", "3 * random"), "book/evidence/doubles.py has changed since"),
    (lambda script: (script.parents[2] / "part.py").write_text("x = 1"), "or the code that it runs has"),
    (lambda script: (script.parents[2] / "gan/evidence/doubles.json").unlink(), "what it makes is not in gan/evidence"),
    (remove, "doubles.json: there is no book/evidence/doubles.py"),
    (lambda script: (script.parents[2] / "gan/evidence/doubles.json").write_text("{}"), "cannot be read"),
], ids=["none", "comment", "script", "code that it runs", "file missing", "script missing", "file damaged"])
def test_what_is_wrong_is_found(script, fault, sentence):
    collect(script)
    fault(script)
    found = stale(script.parents[2])
    assert found == [] if sentence is None else len(found) == 1 and sentence in found[0], found


def test_ours_comes_from_the_scripts_that_there_are():
    assert stale() == []


def test_a_chapters_cells_are_found_by_marks_and_run_with_a_seed():
    chapter = find("07")[0].stem
    setup, one = cells(chapter, ("def pair(",))
    before = dict(os.environ)
    names = names_of(["import os\nx = os.environ['GAN_SEED']", "y = x + x", "z = y"], 3, y="given")
    assert dict(os.environ) == before
    assert names["x"] == "3" and names["z"] == "given" and "gan.pick_device" in setup and "def pair(" in one
    for mark, count in (("no such text", 0), ("plt.show()", "[2-9]")):
        with pytest.raises(LookupError, match=f"{count} cells of {chapter}; must be in one"):
            cells(chapter, (mark,))


@pytest.mark.parametrize("printed, wrong", [("as it is", False), ("stored evidence doubles: of last year", True)])
def test_a_chapter_prints_where_its_evidence_comes_from(script, printed, wrong):
    from gan.evidence import cite

    folder = collect(script).parent
    line = cite("doubles", folder) if printed == "as it is" else printed
    source = 'stored = gan.evidence.load("doubles")'
    output = new_output("stream", name="stdout", text=f"{line}\n")
    notebook = new_notebook(cells=[new_code_cell(source, outputs=[output])])
    found = list(uncited(script.parents[1] / "07_a.py", notebook, notebook))
    assert found == (["it loads the evidence doubles and does not print gan.evidence.cite('doubles') as it is now"]
                     if wrong else [])
