"""What a bare `pytest --nbval book/` needs: the kernels' environment, and each chapter's time at the end."""

import os
from collections import Counter
from pathlib import Path

import pytest
from nbval.plugin import IPyNbCell, get_sanitize_patterns

os.environ["TQDM_DISABLE"] = "1"        # a progress bar holds timings: no two runs would print the same
os.environ.pop("GAN_SEED", None)        # the stored outputs are those of the chapters' own seed
if "PYTEST_XDIST_WORKER" in os.environ:
    # Workers that run side by side take one thread each: two of two threads on two cores are 6 to 8 times slower.
    os.environ["OMP_NUM_THREADS"] = "1"

FORGIVEN = get_sanitize_patterns((Path(__file__).parent / "nbval_sanitize.cfg").read_text("ascii"))

seconds = Counter()


def pytest_runtest_setup(item):
    # --nbval-sanitize-with takes one file, and looks for it from where pytest was started. Put in here, the book's own
    # is found from everywhere, and stays beside one that is given on the command line.
    if isinstance(item, IPyNbCell):
        item.parent.sanitize_patterns.update(FORGIVEN)


def pytest_runtest_logreport(report):
    if ".ipynb::" in report.nodeid:
        seconds[report.nodeid.split("::")[0]] += report.duration


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter):
    for chapter, spent in sorted(seconds.items()):
        terminalreporter.write_line(f"{chapter}: {spent:.0f} s")
