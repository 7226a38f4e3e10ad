"""Chapter 1's claims would fail if its code were wrong, or its models replaced by ones that have learned nothing."""
import pytest
import torch
from cells import exercise, refuses, refuses_answer, run

CHAPTER = "01_generative_and_discriminative"
DATA = ("def split(k)", "class DigitModel")
COUNTS = ("def split(k)", "is_8 = digit", "check(\"Bayes' rule")
PIXELS = (*DATA, "components=1, seed=SEED", "axes_40 = ")
CLOUDS = ("import numpy as np", "def fit_clouds", "def fit_logistic", "x_test, y_test = clouds", "new_y = Categorical",
          "def distance(")
LINES = (*CLOUDS, "twin = Linear")
LIKELIHOOD = (*CLOUDS, "def spoilt(", "gap = {name")
COMPARED = (*DATA, "components=1, seed=SEED", "def fit_logistic", "def oddities(", "def compare(", "compared = [",
            "ODD = (", "gaussian, logistic")
SMUDGES = (*DATA, "def remade(", "before_3 = ", "excess = ")
PAIRS = (*DATA, "components=1, seed=SEED", "pairs = {")
STUDIES = (*DATA, "def fit_logistic", "from sklearn.svm", "def likelihoods(", "def study(", "studies = {c:")
LOOKS = (*STUDIES, "pixelwise, given = ")
NATS = (*STUDIES, "30 Gaussians a digit deceive")
JUDGES = (*CLOUDS, "def train_judge", "def one_gaussian", "mean_odds = ")
RATIO = (*JUDGES, "a, b = torch.randn(2, 100)")
EDITOR = (*JUDGES, "def edit(", "untrained = torch", "after = distances[")
SHEET = (*JUDGES, "def edit(", "THICKNESS = (", "left = torch.stack")
RACE = (*DATA, "is_8 = digit", "def fit_logistic", "def naive_bayes", "def race(", "races = {}", "text = \"\"\"",
        "def fit_bigrams", "deck = dice", "patient, digits = ")
FLOW = ("import numpy as np", "def fit_logistic", "log_p_z = ")

QUICK = [("range(3)]\nreal, drawn", "range(2)]\nreal, drawn"), ("steps=600", "steps=400")]
BRIEF = [("range(3)]\nreal, drawn", "range(2)]\nreal, drawn"), ("steps=600", "steps=3")]
NARROW = [("range(3)] for c in", "range(1)] for c in"), ("COMPONENTS = (1, 3, 10, 30)", "COMPONENTS = (1,)")]
SPLIT = [("range(3)] for c in", "range(1)] for c in"), ("COMPONENTS = (1, 3, 10, 30)", "COMPONENTS = (1, 10, 30)")]
FAULTS = {
    "the conditioning bar turned round":
        (COUNTS, [("joint / p_x[:, None], joint / p_y", "joint / p_y, joint / p_x[:, None]")], "Bayes' rule"),
    "a digit model that is blind in 24 directions (part-1 A2)":
        (PIXELS, [("np.stack(inside, 1) + outside", "np.stack(inside, 1)")], "one normal density in all 64 pixels"),
    "that model, asked about junk in these directions (part-1 A2)":
        (COMPARED, [("np.stack(inside, 1) + outside", "np.stack(inside, 1)")], "with a grain outside the 40"),
    "random greys for the only outliers (part-1 A2)":
        (COMPARED, [("pictures[rng.choice(len(pictures), 10)].mean(0)", "rng.random(64)")], "averages of ten digits"),
    "grain that makes no difference":
        (COMPARED, [("tens - model.rest(tens) + model.rest(pictures)", "tens")], "with a real digit's grain"),
    "a line without the half in its Gaussian":
        (LINES, [("(mean[0] + mean[1]) / 2", "(mean[0] + mean[1])")], "our line is that of scikit-learn"),
    "KL of the wrong direction":
        (LIKELIHOOD, [("world.log_prob(plane).exp() * ratio", "log_p(plane).exp() * -ratio")],
         "falls behind the truth's"),
    "noise of 999 in 1,000":
        (NATS, [*SPLIT, ("fit + np.log(0.01), np.log(0.99 / 10)", "fit + np.log(0.0001), np.log(0.9999 / 10)")],
         "mixing a model with 99 % noise costs at most"),
    "smudges without loss of dependence (part-1 A3)":
        (SMUDGES, [("rng.permuted(c, axis=0)", "rng.permutation(c)")], "shuffling alone"),
    "smudges from the shape of the values alone (part-1 A3)":
        (SMUDGES, [("norm.ppf((rankdata(c, axis=0) - 0.5) / len(c))", "rng.normal(size=c.shape)")], "reshaping alone"),
    "averages preferred among real digits only (part-1 A3)":
        (PAIRS, [("components=1, seed=SEED", "components=3, seed=SEED")], "its own drawings"),
    "a loss with p and p_g exchanged (papers.md 4)":
        (RATIO, [*QUICK, ("softplus(-real_logits) + softplus(fake_logits)",
                          "softplus(real_logits) + softplus(-fake_logits)")], "our loss is the package's"),
    "a ratio with p and p_g exchanged":
        (RATIO, [*QUICK, ("return world.log_prob(x) - MultivariateNormal(mean, a @ a.T).log_prob(x)",
                          "return MultivariateNormal(mean, a @ a.T).log_prob(x) - world.log_prob(x)"),
                 ("by_axes = world.log_prob(drawn) - log_", "by_axes = world.log_prob(drawn) + log_")],
         "discriminators know the log density ratio"),
    "an editor said to work on a sheet (part-1 A1)":
        (SHEET, [*QUICK, ("range(3)]\n    samples", "range(2)]\n    samples"),
                 ("partial(one_gaussian, thickness=t)", "partial(one_gaussian, thickness=t or 1)")],
         "the more of the distance stays"),
    "words whose order says nothing":
        (RACE, [("zip(gains, (known, mixed))", "zip(gains, (mixed, mixed))"), ("range(30)]", "range(20)]")],
         "the real order of over 85 %"),
    "a Gaussian without its half (papers.md 5)":
        (FLOW, [("z.square().sum(1) / 2", "z.square().sum(1)")], "log p_g(x) = log p_z(z)"),
    "a determinant with the wrong sign":
        (FLOW, [("- torch.linalg.slogdet", "+ torch.linalg.slogdet")], "log p_g(x) = log p_z(z)"),
}

# What each rival makes, in the place of the two clouds' model, of the digits' and of what D has edited.
POINTS = {"untrained": "torch.randn(20_000, 2)", "smear": "16 * torch.rand(20_000, 2) - 8",
          "blob": "x_test.mean(0) + x_test.std(0) * torch.randn(20_000, 2)"}
DRAWINGS = {"untrained": "(gan.models.mlp_pair(64, 8)[0].sample(600).double().numpy() + 1) / 2",
            "smear": "rng.random((600, 64))",
            "blob": "rng.normal(pixels.mean(0), pixels.std(0), (600, 64))"}
KEPT = {"untrained": "samples[torch.rand(len(samples)) < 0.5]", "smear": "8 * torch.rand(20_000, 2) - 4",
        "blob": "mean + covariance.diag().sqrt() * torch.randn(20_000, 2)"}
DRAW = "drawn = {components: m.draw(60, rng)}"
KEEP = "samples[torch.rand(len(samples)) < odds / odds.quantile(0.995)]"
QUALITY = {
    "as near to the data as real ones are": (LINES, [("\nnew_x = MultivariateNormal(model_1[\"mean\"][new_y], "
                                                       "model_1[\"covariance\"]).sample()", "\nnew_x = {}")], POINTS),
    "a reader trained on real digits": (LOOKS, [*NARROW, (DRAW, "drawn = {{components: {}}}")], DRAWINGS),
    "a test with curved borders is right": (LOOKS, [*NARROW, (DRAW, "drawn = {{components: {}}}")], DRAWINGS),
    "30 Gaussians a digit deceive": (NATS, [*SPLIT, (DRAW, "drawn = {{components: {}}}")], DRAWINGS),
    "come at least 3 times nearer": (EDITOR, [*QUICK, (KEEP, "{}")], KEPT),
    "as near to the data as so many": (EDITOR, [*QUICK, (KEEP, "{}")], KEPT),
}
ONLY = "from gan.claims import claim as real_claim; claim = check = " \
       "lambda sentence, *found: real_claim(sentence, *found) if {!r} in sentence else None"


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, changes, claim = FAULTS[fault]
    refuses(CHAPTER, marks, claim, *changes)


@pytest.mark.parametrize("rival", POINTS)
@pytest.mark.parametrize("claim", QUALITY)
def test_no_rival_passes(claim, rival):
    marks, changes, made = QUALITY[claim]
    *others, (old, new) = changes
    refuses(CHAPTER, marks, claim, *others, (old, new.format(made[rival])), given=ONLY.format(claim))


def test_an_untrained_judge_fails_the_claims_about_its_ratio():
    for claim in ("discriminators know the log density ratio", "the odds average to 1", "right as often as one can be"):
        refuses(CHAPTER, RATIO, claim, *BRIEF, given=ONLY.format(claim))


@pytest.mark.parametrize("marks, changes", [
    (COUNTS, []), (PIXELS, []), (LIKELIHOOD, []), (COMPARED, []), (SMUDGES, []), (PAIRS, []), (LOOKS, NARROW),
    (NATS, SPLIT), (EDITOR, QUICK[:1]), (FLOW, []),
], ids=["counts", "pixels", "likelihood", "compared", "smudges", "pairs", "looks", "nats", "editor", "flow"])
def test_without_a_fault_the_same_cells_pass(marks, changes):
    run(CHAPTER, *marks, changes=changes)


def test_exercise_takes_the_right_answer():
    exercise(CHAPTER)(71 / 82)


@pytest.mark.parametrize("wrong", [71 / 183, 71 / 357, 183 / 357, 11 / 82])
def test_exercise_refuses(wrong):
    refuses_answer(exercise(CHAPTER), wrong)


EDITORS = {
    "what D calls real": lambda a: a > 0,
    "with D, not with its odds": lambda a: torch.rand(len(a)) < a.sigmoid(),
    "with odds cut at 1": lambda a: torch.rand(len(a)) < a.exp(),
    "the likeliest tenth": lambda a: a > a.quantile(0.9),
    "all": lambda a: a > -torch.inf,
    "the odds turned round": lambda a: torch.rand(len(a)) < (a.min() - a).exp(),
}


@pytest.mark.parametrize("wrong", EDITORS)
def test_exercise_refuses_an_editor(wrong):
    refuses_answer(exercise(CHAPTER, 4), lambda samples, log_odds: samples[EDITORS[wrong](log_odds)])


def test_exercise_takes_an_editor_that_bounds_the_odds_by_a_quantile():
    exercise(CHAPTER, 4)(lambda samples, a: samples[torch.rand(len(a)) < (a - a.max() + 0.01).exp()])
