"""Running chapters: the same bytes twice, and never a notebook that is half-written or of a failed run."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "tools"))
from chapters import BOOK, read_notebook
from execute import ChapterFailed, execute

pytest_plugins = ["small_chapter"]


def edit(script, old, new):
    text = script.read_text("utf-8")
    assert old in text
    script.write_text(text.replace(old, new, 1), "utf-8")


def test_running_twice_gives_the_same_bytes(script):
    notebook = script.with_suffix(".ipynb")
    before = notebook.read_bytes()
    execute(script)
    assert notebook.read_bytes() == before
    models = read_notebook(script).metadata.widgets["application/vnd.jupyter.widget-state+json"].state
    assert "LinkModel" in {model.model_name for model in models.values()}       # no view of its own, but needed


def test_failing_cell_is_named_and_the_old_notebook_stays(script):
    before = script.with_suffix(".ipynb").read_bytes()
    edit(script, "x = random.random()", "x = 1 / 0")
    with pytest.raises(ChapterFailed) as failure:
        execute(script)
    message = str(failure.value)
    assert "02_small" in message and "code cell 2" in message and "x = 1 / 0" in message
    assert "ZeroDivisionError: division by zero" in message and len(message.splitlines()) < 30
    assert script.with_suffix(".ipynb").read_bytes() == before
    assert sorted(path.suffix for path in script.parent.iterdir()) == [".ipynb", ".py"]


def test_cell_that_hangs_is_stopped(unrun):
    edit(unrun, "x = random.random()", "import time\ntime.sleep(60)")
    with pytest.raises(ChapterFailed, match="took too long"):
        execute(unrun, timeout=4)
    assert not unrun.with_suffix(".ipynb").exists()


def test_progress_bar_is_refused(unrun):
    edit(unrun, "\none\n", "\nipywidgets.FloatProgress()\n")
    with pytest.raises(ChapterFailed, match="progress bar"):
        execute(unrun)
    assert not unrun.with_suffix(".ipynb").exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=lambda how: how.name)
def test_interrupted_run_leaves_the_old_notebook(script, how):
    before = script.with_suffix(".ipynb").read_bytes()
    started = script.parents[1] / "started"
    edit(script, "x = random.random()", f"import time\nopen({str(started)!r}, 'w').close()\ntime.sleep(60)")
    process = subprocess.Popen([sys.executable, BOOK / "tools" / "execute.py", "--book", script.parent],
                               stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not started.exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)
    process.send_signal(how)
    _, errors = process.communicate(timeout=120)
    assert process.returncode != 0 and "keep their old notebooks" in errors
    assert script.with_suffix(".ipynb").read_bytes() == before
