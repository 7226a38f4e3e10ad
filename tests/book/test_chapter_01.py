"""Chapter 1's checks would fail if its code were wrong: put the fault in, and a claim refuses it."""
import re
from pathlib import Path

import matplotlib
import pytest

SCRIPT = Path(__file__).parents[2] / "book" / "01_generative_and_discriminative.py"


@pytest.fixture(autouse=True)
def no_window(monkeypatch):
    monkeypatch.setenv("GAN_SEED", "0")
    before = matplotlib.get_backend()
    matplotlib.use("Agg")
    with matplotlib.rc_context():                # the chapter sets the book's style
        yield
    matplotlib.use(before)


def run(*marks, fault=None, quick=()):
    """Execute the chapter's cells that hold these marks, with ``fault`` (right, wrong) put in. Returns their names."""
    cells = [cell.partition("\n") for cell in re.split(r"^# %%", SCRIPT.read_text(encoding="utf-8"), flags=re.M)[1:]]
    code = [source for head, _, source in cells if "[markdown]" not in head]
    source = "\n".join(next(cell for cell in code if mark in cell) for mark in ("GAN_SEED", *marks))
    for right, wrong in (*quick, *([fault] if fault else [])):
        assert source.count(right) == 1, f"{right!r} must stand once in these cells"
        source = source.replace(right, wrong)
    names = {}
    exec(compile(source, SCRIPT.name, "exec"), names)
    return names


def refused(*marks, fault, claim, quick=()):
    run(*marks, quick=quick)                      # as it stands, it holds
    with pytest.raises(AssertionError, match=re.escape(claim)):
        run(*marks, fault=fault, quick=quick)


COUNTS = ("class DigitModel", "is_8 = digit")
CLOUDS = ("import numpy as np", "def fit_clouds", "twin = Linear")
JUDGE = ("import numpy as np", "def fit_clouds", "def train_judge", "judges, differences")
QUICK = [("range(5)]", "range(2)]"), ("steps=800", "steps=200"), ("claim(\"our loss", "(lambda *_: None)(\"our loss")]


def test_the_conditioning_bar_turned_round_is_refused():
    refused(*COUNTS, fault=("joint / p_x[:, None], joint / p_y", "joint / p_y, joint / p_x[:, None]"),
            claim="Bayes' rule")


def test_a_line_without_the_half_in_its_gaussian_is_refused():
    refused(*CLOUDS, fault=("(mean[0] + mean[1]) / 2", "(mean[0] + mean[1])"), claim="our line is that of scikit-learn")


def test_a_gaussian_without_its_half_is_refused():
    refused("import numpy as np", "def fit_clouds", "log_p_z = ", fault=("z.square().sum(1) / 2", "z.square().sum(1)"),
            claim="log p_g(x) = log p_z(z)")


def test_a_determinant_with_the_wrong_sign_is_refused():
    refused("import numpy as np", "def fit_clouds", "log_p_z = ",
            fault=("- torch.linalg.slogdet", "+ torch.linalg.slogdet"), claim="log p_g(x) = log p_z(z)")


@pytest.mark.parametrize("fault", [
    ("softplus(-real_logits) + softplus(model_logits)", "softplus(real_logits) + softplus(-model_logits)"),
    ("world.log_prob(x) - bell.log_prob(x) ", "bell.log_prob(x) - world.log_prob(x) "),
])
def test_a_discriminator_with_p_and_p_g_exchanged_is_refused(fault):
    with pytest.raises(AssertionError, match="discriminators know the log density ratio"):
        run(*JUDGE, fault=fault, quick=QUICK)


def test_a_loss_that_is_not_the_packages_is_refused():
    with pytest.raises(AssertionError, match="our loss is the package's"):
        run(*JUDGE, fault=("softplus(-real_logits) +", "softplus(1 - real_logits) +"),
            quick=[("range(5)]", "range(1)]"), ("steps=800", "steps=3")])


@pytest.mark.parametrize("wrong", [71 / 183, 71 / 357, 183 / 357, 11 / 82])
def test_exercise_1_refuses(wrong):
    check = run("def check_exercise_1")["check_exercise_1"]
    check(71 / 82)
    with pytest.raises(AssertionError):
        check(wrong)
