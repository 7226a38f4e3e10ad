"""Chapter 1's checks would fail if its code were wrong: put the fault in, and a claim refuses it."""
import pytest
from cells import exercise, refuses, refuses_answer, run

CHAPTER = "01_generative_and_discriminative"
COUNTS = ("class DigitModel", "is_8 = digit")
CLOUDS = ("import numpy as np", "def fit_clouds", "twin = Linear")
FLOW = ("import numpy as np", "def fit_clouds", "log_p_z = ")
JUDGE = ("import numpy as np", "def fit_clouds", "def train_judge", "judges, differences")
QUICK = [("range(5)]", "range(2)]"), ("steps=800", "steps=400"), ("claim(\"our loss", "(lambda *_: None)(\"our loss")]
BRIEF = [("range(5)]", "range(1)]"), ("steps=800", "steps=3")]
FAULTS = {
    "the conditioning bar turned round":
        (COUNTS, [("joint / p_x[:, None], joint / p_y", "joint / p_y, joint / p_x[:, None]")], "Bayes' rule"),
    "a line without the half in its Gaussian":
        (CLOUDS, [("(mean[0] + mean[1]) / 2", "(mean[0] + mean[1])")], "our line is that of scikit-learn"),
    "a Gaussian without its half (papers.md 5)":
        (FLOW, [("z.square().sum(1) / 2", "z.square().sum(1)")], "log p_g(x) = log p_z(z)"),
    "a determinant with the wrong sign":
        (FLOW, [("- torch.linalg.slogdet", "+ torch.linalg.slogdet")], "log p_g(x) = log p_z(z)"),
    "a loss with p and p_g exchanged (papers.md 4)":
        (JUDGE, [*QUICK, ("softplus(-real_logits) + softplus(model_logits)",
                          "softplus(real_logits) + softplus(-model_logits)")],
         "discriminators know the log density ratio"),
    "a ratio with p and p_g exchanged":
        (JUDGE, [*QUICK, ("world.log_prob(x) - bell.log_prob(x) ", "bell.log_prob(x) - world.log_prob(x) ")],
         "discriminators know the log density ratio"),
    "a loss that is not the package's":
        (JUDGE, [*BRIEF, ("softplus(-real_logits) +", "softplus(1 - real_logits) +")], "our loss is the package's"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, changes, claim = FAULTS[fault]
    refuses(CHAPTER, marks, claim, *changes)


@pytest.mark.parametrize("marks, changes", [(COUNTS, []), (CLOUDS, []), (FLOW, []), (JUDGE, QUICK[:2])],
                         ids=["counts", "clouds", "flow", "judge"])
def test_without_a_fault_the_same_cells_pass(marks, changes):
    run(CHAPTER, *marks, changes=changes)


def test_exercise_takes_the_right_answer():
    exercise(CHAPTER)(71 / 82)


@pytest.mark.parametrize("wrong", [71 / 183, 71 / 357, 183 / 357, 11 / 82])
def test_exercise_refuses(wrong):
    refuses_answer(exercise(CHAPTER), wrong)
