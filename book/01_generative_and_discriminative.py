# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 1 · Generative and discriminative models
#
# **What must a machine know to tell a 3 from an 8, and what more must it know to write one?** We build both kinds of machine on the same data and find that the first can teach the second.
#
# - **You need** derivatives, Gaussians, Bayes' rule and one model fitted in Python, but nothing about GANs.
# - **Afterwards you can** say what a likelihood tells, read a density ratio off a classifier, and say when no such ratio exists.
# - **Measured run time:** about 25 s on 2 CPU cores.

# %% tags=["hide-cell", "setup"]
# Setup, the same in every chapter: find the book's package (install it where it is
# missing), a device, a seed.
import importlib.util
import os
import subprocess
import sys

found = importlib.util.find_spec("gan")
if found is None:                                # Colab, or a notebook on its own
    subprocess.run([sys.executable, "-m", "pip", "install", "-q",
                    "git+https://github.com/OWNER/gan-book"], check=True)
elif not found.submodule_search_locations:       # a file gan.py beside the notebook
    raise ImportError(f"{found.origin} hides the book's package gan; must get another "
                      "name, and the kernel a restart")

import matplotlib.pyplot as plt
import torch

import gan
from gan import plots
from gan.claims import check, claim
from gan.tables import Table

plt.rcParams.update(plots.STYLE)
SEED = int(os.environ.get("GAN_SEED", 0))
torch.manual_seed(SEED)
device = gan.pick_device()
# %% [markdown]
# ## Real or drawn?
#
# Here are forty pictures of 8 × 8 pixels. In one block are real handwritten digits. The other was drawn, this minute, by a model that knows of each digit only its average and how its pixels vary together.
#
# > **Predict first.** Which block is real, and what gives the other away?

# %% tags=["hide-input", "measure"]
import numpy as np
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

images, digit = gan.data.digits()
# (1797, 64), from 0 (paper) to 1 (ink)
pixels = ((images.flatten(1) + 1) / 2).double().numpy()
digit = digit.numpy()


def split(k):
    """Random numbers for split k; 1,200 digits to learn from and 597 held out."""
    rng = np.random.default_rng(1_000 * SEED + k)
    order = rng.permutation(len(pixels))
    return rng, order[:1_200], order[1_200:]


def show(ax, rows, title=None):
    pictures = torch.as_tensor(rows).reshape(-1, 1, 8, 8) * 2 - 1
    plots.show_images(pictures, columns=10, ax=ax, title=title)

# %% tags=["hide-input", "measure"]
class DigitModel:
    """Each digit: a mixture of Gaussians in the 40 directions of most variance.

    In the other 24 directions it expects noise of one strength."""

    def __init__(self, pixels, digit, components, seed):
        self.pca = PCA(40).fit(pixels)
        mixture = dict(n_components=components, reg_covar=3e-3, random_state=seed)
        self.of_digit = [GaussianMixture(**mixture).fit(
            self.pca.transform(pixels[digit == y])) for y in range(10)]
        self.noise = np.sqrt((self.rest(pixels) ** 2).sum(1).mean() / 24)

    def rest(self, x):                                  # what the 40 cannot show
        return x - self.pca.inverse_transform(self.pca.transform(x))

    def log_joint(self, x):                             # log p_g(x, y), (N, 10)
        inside = [m.score_samples(self.pca.transform(x)) for m in self.of_digit]
        outside = (-(self.rest(x) ** 2).sum(1, keepdims=True) / 2 / self.noise ** 2
                   - 24 * np.log(self.noise * np.sqrt(2 * np.pi)))
        return np.stack(inside, 1) + outside - np.log(10)

    def draw(self, n, rng):                             # n of each digit, (10 n, 64)
        inside = np.concatenate([m.sample(n)[0] for m in self.of_digit])
        grain = rng.normal(self.pca.mean_, self.noise, (10 * n, 64))
        return self.pca.inverse_transform(inside) + self.rest(grain)

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Two blocks of twenty small grey-level digits, A above and B below. Both can mostly be read; those in A have grey smudges around their strokes.", "classes": "whole"}}
rng, known, held = split(0)
model = DigitModel(pixels[known], digit[known], components=1, seed=SEED)
real = np.concatenate([pixels[held][digit[held] == y][:2] for y in range(10)])
# 0 to 9, and 0 to 9 again
order = np.arange(20).reshape(10, 2).T.flatten()
figure, (top, bottom) = plt.subplots(2, 1, figsize=(6, 3.1))
show(top, model.draw(2, rng)[order], "A")
show(bottom, real[order], "B")
plt.show()

# %% tags=["hide-cell", "checks"]
from scipy.stats import multivariate_normal

axes_40 = model.pca.components_
covariance = (axes_40.T @ model.of_digit[3].covariances_[0] @ axes_40
              + model.noise ** 2 * (np.eye(64) - axes_40.T @ axes_40))
mean = model.pca.inverse_transform(model.of_digit[3].means_)[0]
by_scipy = multivariate_normal(mean, covariance).logpdf(pixels[held]) - np.log(10)
check("the model of a digit is one normal density in all 64 pixels, to 1e-6",
      np.abs(model.log_joint(pixels[held])[:, 3] - by_scipy).max() < 1e-6)

# %% [markdown]
# B is real. Most digits in A can be read although nobody ever wrote them, but grey smudges give them away. To find out why, we need words for what such a model knows.
#
# ## Three things one can know
#
# Take only the 3s and 8s, and look at a single pixel, left of the middle. An 8 usually has ink there, a 3 less often. Let $x$ be "ink" or "paper", let $y$ be the digit, and count.

# %% tags=["hide-input", "measure"]
three_or_eight = (digit == 3) | (digit == 8)
# row 3, column 3
ink = pixels[three_or_eight].reshape(-1, 8, 8)[:, 3, 3] >= 0.5
is_8 = digit[three_or_eight] == 8
counts = np.array([[(row & ~is_8).sum(), (row & is_8).sum()] for row in (~ink, ink)])

# p(x, y), (2, 2); sum one of the two out; divide by what is known
joint = counts / counts.sum()
p_x, p_y = joint.sum(1), joint.sum(0)
y_given_x, x_given_y = joint / p_x[:, None], joint / p_y
Table(["", "3", "8"], [["paper", *counts[0]], ["ink", *counts[1]]])

# %% tags=["hide-cell", "checks"]
check("Bayes' rule, p(y | x) = p(y) p(x | y) / p(x), holds in all four cells",
      np.allclose(y_given_x, p_y * x_given_y / p_x[:, None], atol=1e-12))
check("p(8 | ink) is 163/275 and p(ink | 8) is 163/174, which is not the same",
      abs(y_given_x[1, 1] - 163 / 275) < 1e-12
      and abs(x_given_y[1, 1] - 163 / 174) < 1e-12)

# %% [markdown]
# - The **joint** $p(x, y)$ is the whole table, divided by its sum, and all else follows from it.
# - The marginal $p(x) = \sum_y p(x, y)$ says how often such a picture comes at all.
# - The conditional $p(y \mid x) = p(x, y)/p(x)$ is one row, made to sum to one, and gives the label of a known picture.
# - The conditional $p(x \mid y) = p(x, y)/p(y)$ is one column, and gives the pictures of a known label.
#
# A **discriminative** model learns $p(y \mid x)$ and nothing else. A **generative** model learns how the $x$ come about, either as $p(x)$ or as $p(y)$ and $p(x \mid y)$. It can *draw*, by picking a $y$ and then an $x$, and *classify*, since Bayes' rule turns its knowledge into $p(y \mid x)$.
#
# Whole pictures can't be counted, since 64 pixels of two shades make $2^{64}$ of them and we have 1,797. So we need a formula with learnable numbers in it. For continuous coordinates $p(x)$ is a *density*, which means probability per unit of volume, so it may exceed 1. We write $p$ for the density of the data and $p_g$ for that of a generative model.
#
# ## Both kinds on two clouds
#
# Start where everything can be seen, with two equally tilted Gaussian clouds in the plane, of which cloud 0 holds six tenths of the points.
#
# The generative model supposes that cloud $y$ is $\mathcal N(\mu_y, \Sigma)$, with one covariance $\Sigma$ for both clouds. The best fit needs no search, because shares, means and covariance can be measured. The model then implies a classifier, since
#
# $$ \log\frac{p(1 \mid x)}{p(0 \mid x)} = \log\frac{p(1)}{p(0)} + \log\frac{p(x\mid 1)}{p(x \mid 0)} = w^\top x + b, \qquad w = \Sigma^{-1}(\mu_1 - \mu_0). $$
#
# The quadratic terms $x^\top\Sigma^{-1}x$ of the two Gaussians cancel, so that a straight line is left. Such a log of odds is called a **logit**. The discriminative model, *logistic regression*, starts from this line. It searches for the $w$ and $b$ that make the labels most likely.
#
# > **Predict first.** Will both draw the same line, and which of the two can tell you whether the point $(-12, -12)$ is strange?

# %%
def fit_clouds(x, y):
    """Shares, means, common covariance, and the line w, b that follows from them."""
    prior = torch.bincount(y) / len(y)
    mean = torch.stack([x[y == k].mean(0) for k in (0, 1)])
    centred = x - mean[y]
    covariance = centred.T @ centred / len(x)
    w = torch.linalg.solve(covariance, mean[1] - mean[0])
    b = (prior[1] / prior[0]).log() - w @ (mean[0] + mean[1]) / 2
    return {"prior": prior, "mean": mean, "covariance": covariance, "w": w, "b": b}

# %% tags=["hide-input", "measure"]
from sklearn.linear_model import LogisticRegression
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

means = torch.tensor([[-1.2, 0.0], [1.2, 0.4]])
tilt = torch.tensor([[0.5, 0.3], [0.3, 0.5]])
share = torch.tensor([0.6, 0.4])
# p(x), known for once
world = MixtureSameFamily(Categorical(share), MultivariateNormal(means, tilt))


def clouds(n):
    y = Categorical(share).sample((n,))
    return MultivariateNormal(means[y], tilt).sample(), y       # (n, 2), (n,)


def fit_logistic(x, y):
    # a large C means hardly any penalty on large weights
    fit = LogisticRegression(C=1e3).fit(x.numpy(), y.numpy())
    return {"w": torch.tensor(fit.coef_[0]).float(),
            "b": torch.tensor(fit.intercept_[0]).float()}

# %% tags=["hide-input", "measure"]
torch.manual_seed(1_000 * SEED)
x_test, y_test = clouds(20_000)
fits = {"generative": [], "discriminative": []}
for _ in range(30):
    x, y = clouds(2_000)
    fits["generative"].append(fit_clouds(x, y))
    fits["discriminative"].append(fit_logistic(x, y))

delta, ell = 14.9 ** 0.5, np.log(1.5)
z = torch.tensor([-1.0, 1.0]) * ell / delta - delta / 2
best = (share @ torch.distributions.Normal(0.0, 1.0).cdf(z)).item()
slopes = {name: torch.stack([fit["w"] for fit in v]) for name, v in fits.items()}
errors = {name: torch.stack([((x_test @ fit["w"] + fit["b"] > 0) != (y_test == 1))
                             .float().mean() for fit in v]) for name, v in fits.items()}
rows = [["truth", "6.75", "-3.25", f"{100 * best:.2f} %"]]
for name, w in slopes.items():
    mean, std, error = w.mean(0), w.std(0), 100 * errors[name].mean()
    rows.append([name, *(f"≈ {m:.2f} ± {s:.2f}" for m, s in zip(mean, std)),
                 f"≈ {error:.2f} %"])
Table(["fitted to 2,000 points, 30 times", "w₁", "w₂", "test error"], rows)

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Three panels. Left: two tilted clouds of real points and the two fitted lines, which nearly coincide. Middle: points drawn from the generative model, which look the same. Right: the same line of the discriminative model over an empty plane: nothing to draw."}}
torch.manual_seed(1_000 * SEED + 1)
model_1, model_2 = fits["generative"][-1], fits["discriminative"][-1]
# first the label, then the point
new_y = Categorical(model_1["prior"]).sample((20_000,))
new_x = MultivariateNormal(model_1["mean"][new_y], model_1["covariance"]).sample()
shown = {"data": (x[:600], y[:600]), "drawn by the generative model":
         (new_x[:600], new_y[:600]), "the discriminative model": (x[:0], y[:0])}
lines = {"generative line": (model_1, {"color": "0.55"}),
         "discriminative line": (model_2, plots.JUDGE)}
markers = ({"marker": "o", "color": "0.6"}, {"marker": "x", "color": "black"})
figure, axes = plt.subplots(1, 3, figsize=(9, 3.1), sharex=True, sharey=True)
across = torch.tensor([-3.6, 3.6])
for ax, (title, (points, which)) in zip(axes, shown.items()):
    for k, style in enumerate(markers):
        ax.scatter(*points[which == k].T, s=9, lw=0.7, label=f"cloud {k}", **style)
    for name, (fit, style) in lines.items():
        if title == "data" or name.split()[0] in title:
            height = -(fit["w"][0] * across + fit["b"]) / fit["w"][1]
            ax.plot(across, height, label=name, **style)
    ax.set(title=title, xlim=(-3.6, 3.6), ylim=(-3, 3), xlabel="$x_1$")
axes[0].set_ylabel("$x_2$")
axes[2].legend(*axes[0].get_legend_handles_labels(), fontsize=8, loc="lower right")
plt.show()

# %% [markdown]
# Both find nearly the same line, from two sides, and the generative one scatters less. Only it finds $(-12, -12)$ strange. But the right-hand model cannot make a new point, nor say whether a point is likely at all. It has learned where one cloud gives way to the other, not where the clouds *are*.
#
# <details>
# <summary>Derive: the true line, and the smallest error possible</summary>
#
# With $\Sigma = \begin{pmatrix}0.5 & 0.3\\ 0.3 & 0.5\end{pmatrix}$ and $\mu_1 - \mu_0 = (2.4, 0.4)$, the line's slope is $w = \Sigma^{-1}(\mu_1 - \mu_0) = (6.75, -3.25)$. Along $w$ each cloud is a normal distribution, and the two means are $\Delta$ standard deviations apart, where $\Delta^2 = (\mu_1 - \mu_0)^\top\Sigma^{-1}(\mu_1-\mu_0) = 14.9$. The best border lies where both are equally probable, so with $\ell = \log(0.6/0.4)$ the error is $0.6\,\Phi(-\tfrac{\Delta}{2} - \tfrac{\ell}{\Delta}) + 0.4\,\Phi(-\tfrac\Delta2 + \tfrac\ell\Delta) = 0.026$. Here $\Phi$ is the distribution function of the standard normal.
#
# </details>

# %% tags=["hide-input", "measure"]
def cells(x):
    """Share of the points in each cell of a 16 x 16 grid over the square ±4."""
    square = [-4.0, 4.0, -4.0, 4.0]
    return torch.histogramdd(x.contiguous(), bins=[16, 16], range=square)[0] / len(x)


def distance(x):
    """Total variation between the data's cells and x's: 0 same, 1 disjoint."""
    differences = cells(x) - reference
    outside = differences.sum().abs()
    return ((differences.abs().sum() + outside) / 2).item()


reference = cells(world.sample((400_000,)))
# one Gaussian for both clouds
x_all = world.sample((20_000,))
mean, covariance = x_all.mean(0), x_all.T.cov()
one = MultivariateNormal(mean, covariance)
two = MixtureSameFamily(Categorical(model_1["prior"]), MultivariateNormal(
    model_1["mean"], model_1["covariance"]))

# %% tags=["hide-cell", "checks"]
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

twin = LinearDiscriminantAnalysis(solver="lsqr").fit(x.double().numpy(), y.numpy())
check("our line is that of scikit-learn's LinearDiscriminantAnalysis, to 1e-4",
      np.abs([*(twin.coef_[0] - model_1["w"].numpy()),
              twin.intercept_[0] - model_1["b"].item()]).max() < 1e-4)
truth = torch.tensor([6.75, -3.25])
off = {name: (w - truth).norm(dim=1) / truth.norm() for name, w in slopes.items()}
claim("averaged over 30 samples both slopes are the true (6.75, -3.25), within 6 %",
      all((w.mean(0) - truth).norm() < 0.06 * truth.norm() for w in slopes.values()),
      {name: w.mean(0) for name, w in slopes.items()})
claim("both lines err within half a percent of the best possible, in all 30 samples",
      all((error - best).abs().max() < 0.005 for error in errors.values()), errors)
claim("where its assumption is true, the generative line scatters less",
      off["generative"].mean() < 0.8 * off["discriminative"].mean(), off)
strange = torch.tensor([-12.0, -12.0])
sure = torch.sigmoid(-(strange @ model_2["w"] + model_2["b"])).item()
claim("logistic regression is over 99.99 % sure of a label at (-12, -12)",
      sure > 0.9999, sure)
claim("the generative model finds (-12, -12) less likely than each of 20,000 real "
      "points, by a factor of over e^50", two.log_prob(strange)
      < two.log_prob(x_test).min() - 50, two.log_prob(strange))
claim("the generative model's own points are as near to the data as real ones are, "
      "within 0.05 in total variation", distance(new_x) < distance(x_test) + 0.05,
      (distance(new_x), distance(x_test)))

# %% [markdown]
# ## What a good fit is
#
# A density model is usually measured by its **log-likelihood**, the mean of $\log p_g(x)$ over data that it has not seen. Add and subtract $\log p(x)$:
#
# $$ \mathbb E_{x\sim p}\log p_g(x) \;=\; \mathbb E_{x\sim p} \log p(x) \;-\; \underbrace{\mathbb E_{x\sim p}\log\frac{p(x)}{p_g(x)}}_{\mathrm{KL}(p\,\Vert\,p_g)\ \ge\ 0}. $$
#
# The first term has nothing to do with the model. So to raise the likelihood is to lower the **Kullback–Leibler divergence** $\mathrm{KL}(p\,\Vert\,p_g)$, which is 0 only if $p_g = p$. Its mean is taken over *data*. A model that gives hardly any density to what the data contain therefore pays without limit, while one that also makes what the data never contain pays little, because its bad samples are never looked up.
#
# How little can be said exactly. Mix any model with noise, so that 99 of 100 samples are noise, and its density is still at least $\tfrac1{100}$ of the old one everywhere, so the log-likelihood falls by at most $\log 100 = 4.6$ nats, the unit of natural logarithms, however high the dimension ([Theis et al.](https://arxiv.org/abs/1511.01844), 2016). Below, one Gaussian is fitted to both clouds, and the noise comes from a square of side 16. The distance of samples from the data is their **total variation**, half the sum of all differences between the shares of 16 × 16 cells, from 0 for equals to 1 for strangers.

# %% tags=["hide-input", "measure"]
line = torch.linspace(-6, 6, 241)
plane = torch.stack(torch.meshgrid(line, line, indexing="xy"), -1).reshape(-1, 2)
noise_log_p = -np.log(16.0 ** 2)


def spoilt(x):
    return torch.logaddexp(two.log_prob(x) + np.log(0.01),
                           torch.tensor(np.log(0.99) + noise_log_p).float())


noisy = torch.where(torch.rand(20_000, 1) < 0.01, new_x,
                    16 * torch.rand(20_000, 2) - 8)
densities = {"the truth": (world.log_prob, x_test),
             "two Gaussians": (two.log_prob, new_x),
             "one Gaussian": (one.log_prob, one.sample((20_000,))),
             "two Gaussians, 99 % noise": (spoilt, noisy)}
fit_of = {}
for name, (log_p, drawn) in densities.items():
    ratio = world.log_prob(plane) - log_p(plane)
    kl = (world.log_prob(plane).exp() * ratio).sum().item() * 0.05 ** 2
    fit_of[name] = {"log_p": log_p(x_test).mean().item(), "kl": kl,
                    "distance": distance(drawn)}
Table(["model", "log-likelihood", "KL(p‖p_g)", "total variation of its samples"],
      [[name, *(f"≈ {value:.2f}" for value in fit.values())]
       for name, fit in fit_of.items()])

# %% tags=["hide-cell", "checks"]
gap = {name: fit_of["the truth"]["log_p"] - fit["log_p"]
       for name, fit in fit_of.items()}
check("each model's log-likelihood falls behind the truth's by KL(p || p_g), got by "
      "quadrature, within 0.05", all(abs(gap[name] - fit["kl"]) < 0.05
                                     for name, fit in fit_of.items()), (gap, fit_of))
check("99 % noise costs the log-likelihood at most log 100",
      fit_of["two Gaussians"]["log_p"] - fit_of["two Gaussians, 99 % noise"]["log_p"]
      <= np.log(100), fit_of)
claim("one Gaussian for two clouds loses less than 0.3 nats of log-likelihood, while a "
      "fifth of its samples is out of place", fit_of["one Gaussian"]["kl"] < 0.3
      and fit_of["one Gaussian"]["distance"] > 0.2, fit_of)

# %% [markdown]
# The single Gaussian puts points between the clouds that don't belong there, and pays hardly anything for it. Maximum likelihood is therefore called *mode-covering*. The divergence in the other direction, $\mathrm{KL}(p_g\,\Vert\,p)$, averages over the model's samples and would punish the filled gap. [Chapter 3](03_minimax_value.ipynb) compares the two.
#
# ## Both kinds on real digits
#
# Block A came from a Gaussian for each digit. Its coordinates are the 40 directions in which digits vary most, found by principal component analysis (PCA). In the 24 others it expects noise of one strength, as *probabilistic PCA* does ([Tipping & Bishop](https://doi.org/10.1111/1467-9868.00196), 1999), so that it has a density on all 64 pixels. Its rival is logistic regression, once with hardly any penalty on large weights and once with scikit-learn's usual one.
#
# > **Predict first.** Which of the two reads digits better, and which pictures that are no digits will the density take for digits?

# %% tags=["hide-input", "measure"]
def oddities(pictures, rng, model):
    """Pictures that are no digits, made with the help of these, which are."""
    grain = 0.2 * model.rest(model.pca.mean_ + rng.normal(size=pictures.shape))
    tens = np.array([pictures[rng.choice(len(pictures), 10)].mean(0) for _ in pictures])
    grainy = tens - model.rest(tens) + model.rest(pictures)
    return {"real digits": pictures, "random greys": rng.random(pictures.shape),
            "real, grain in the 24 directions": pictures + grain,
            "averages of ten digits": tens, "averages, a real digit's grain": grainy}


# %% tags=["hide-input", "measure"]
def compare(k):
    """Split k: how often each is right, and what each says of what is no digit."""
    rng, known, held = split(k)
    model = DigitModel(pixels[known], digit[known], 1, SEED)
    found = {"one Gaussian a digit": (model.log_joint(pixels[held]).argmax(1)
                                      == digit[held]).mean()}
    odd = oddities(pixels[held], rng, model)
    for name, C in (("logistic regression", 1e3), ("… with its usual penalty", 1.0)):
        fit = LogisticRegression(C=C, max_iter=300).fit(pixels[known], digit[known])
        sure = (fit.predict_proba(odd["random greys"]).max(1) > 0.9).mean()
        found |= {name: fit.score(pixels[held], digit[held]), name + " sure": sure}
    log_p = {what: np.logaddexp.reduce(model.log_joint(x), 1)
             for what, x in odd.items()}
    low, middle = np.quantile(log_p["real digits"], (0.01, 0.5))
    return found | {what: ((v < low).mean(), (v > middle).mean())
                    for what, v in log_p.items()}

# %% tags=["hide-input", "measure"]
compared = [compare(k) for k in range(3)]
scores = {name: np.array([one[name] for one in compared]) for name in compared[0]}


def percent(values):
    return f"≈ {100 * np.mean(values):.1f} ± {100 * np.std(values, ddof=1):.1f}"


READERS = ("one Gaussian a digit", "logistic regression", "… with its usual penalty")
Table(["reads held-out digits (3 splits)", "right, %", "90 % sure of random greys, %"],
      [[name, percent(scores[name]),
        percent(scores[name + " sure"]) if name + " sure" in scores else ""]
       for name in READERS])

# %% tags=["hide-input", "measure"]
ODD = ("real digits", "random greys", "real, grain in the 24 directions",
       "averages of ten digits", "averages, a real digit's grain")
Table(["what the Gaussians' log p(x) says", "below 99 % of real digits, %",
       "above the median real digit, %"],
      [[what, *map(percent, scores[what].T)] for what in ODD])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Three strips of ten small pictures: uniformly random greys; real digits with a fine grain over them; averages of ten digits, which are grey blurs without a stroke.", "classes": "whole"}}
odd = oddities(pixels[held], np.random.default_rng(1_000 * SEED + 7), model)
figure, axes = plt.subplots(3, 1, figsize=(5.5, 2.6))
for ax, what in zip(axes, ODD[1:4]):
    show(ax, odd[what][:10], what)
plt.show()

# %% tags=["hide-cell", "checks"]
gaussian, logistic, penalised = (scores[name] for name in READERS)
claim("ten Gaussians read digits better than logistic regression with hardly any "
      "penalty, in all 3 splits", (gaussian > logistic).all(), scores)
claim("hardly penalised, logistic regression is 90 % sure of at least half of the "
      "random greys", scores["logistic regression sure"].min() > 0.5, scores)
claim("with its usual penalty logistic regression is 90 % sure of less than a fifth of "
      "the random greys",
      scores["… with its usual penalty sure"].max() < 0.2, scores)
low = {what: scores[what][:, 0] for what in ODD}
claim("over 99 % of the random greys are less likely to the Gaussians than 99 % of "
      "real digits are", low["random greys"].min() > 0.99, low)
claim("over 95 % of real digits with a grain outside the 40 directions are less likely "
      "to the Gaussians than 99 % of real digits are",
      low["real, grain in the 24 directions"].min() > 0.95, low)
claim("at most 1 % of averages of ten digits are less likely than 99 % of real digits "
      "are, and at least 60 % are likelier than the median real digit",
      low["averages of ten digits"].max() <= 0.01
      and scores["averages of ten digits"][:, 1].min() > 0.6, scores)
bare, grainy = (scores[what][:, 1] for what in ODD[3:])
claim("with a real digit's grain in place of their own, over a quarter fewer of the "
      "averages are likelier than the median real digit, in all 3 splits",
      (bare - grainy).min() > 0.25, (bare, grainy))

# %% [markdown]
# Discriminative models do not always classify better. Gaussians with covariances of their own draw *curved* borders, and logistic regression has only straight ones.
#
# A density can say "I have never seen such a thing", and of random greys and of a fine grain it does. But it finds most of the blurs that are averages of ten digits likelier than real digits. Averaging takes away the grain, so that in the 24 other directions they lie near the Gaussians' mean, where density is highest and samples hardly ever are. With a real digit's grain put back the preference is gone. Deep models have a similar weakness, and can call house numbers likelier than the photographs they were trained on ([Nalisnick et al.](https://arxiv.org/abs/1810.09136), 2019).
#
# ### Why the drawn digits are smudged
#
# A Gaussian matches the means and covariances of the data, and all else about it follows. Take as coordinates the directions in which a digit varies. A Gaussian's values there are bell-shaped, which the true ones need not be. And its coordinates are *independent*, whereas the true ones are only uncorrelated, so that it may draw strokes together that exclude each other.
#
# > **Predict first.** The shape of the values is lost, and their dependence. Which of the two makes the smudges?
#
# Each can be had alone. *Shuffled* digits take each coordinate from another real digit of the same kind, so that the values are real and only the dependence is lost. *Reshaped* digits keep the dependence, but each coordinate's values are moved, in their order, to those of a bell. Smudges are measured by counting grey pixels, those between 0.2 and 0.8.

# %% tags=["hide-input", "measure"]
from scipy.stats import norm, rankdata

REMAKES = {
    "real": lambda c, rng: c,
    "Gaussian": lambda c, rng: rng.normal(size=c.shape),
    "shuffled": lambda c, rng: rng.permuted(c, axis=0),
    "reshaped": lambda c, rng: norm.ppf((rankdata(c, axis=0) - 0.5) / len(c))}


def grey(pictures):
    return ((pictures > 0.2) & (pictures < 0.8)).mean()


def remade(k):
    """Split k's known digits, kind by kind, with their 40 coordinates remade."""
    rng, known, _ = split(k)
    pictures = {name: [] for name in REMAKES}
    for y in range(10):
        own = pixels[known][digit[known] == y]
        pca = PCA(40, whiten=True).fit(own)
        for name, remake in REMAKES.items():
            pictures[name].append(pca.inverse_transform(
                remake(pca.transform(own), rng)))
    return {name: np.concatenate(parts) for name, parts in pictures.items()}

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Four strips of ten 3s. Real and reshaped ones are clean strokes on black; Gaussian and shuffled ones have grey smudges.", "classes": "whole"}}
remakes = [remade(k) for k in range(3)]
greys = {name: np.array([grey(one[name]) for one in remakes]) for name in REMAKES}
before_3 = (digit[split(0)[1]] < 3).sum()
figure, axes = plt.subplots(4, 1, figsize=(5.5, 3.5))
for ax, (name, pictures) in zip(axes, remakes[0].items()):
    show(ax, pictures[before_3:before_3 + 10].clip(0, 1),
         f"{name}: grey pixels ≈ {100 * greys[name].mean():.0f} %")
plt.show()

# %% tags=["hide-cell", "checks"]
excess = {name: greys[name] - greys["real"] for name in REMAKES}
claim("Gaussian digits have at least 1.2 times the grey pixels of real ones, in all 3 "
      "splits", (greys["Gaussian"] > 1.2 * greys["real"]).all(), greys)
claim("shuffling alone, which keeps the values and loses the dependence, makes at "
      "least three quarters of the Gaussian's excess of grey",
      (excess["shuffled"] > 0.75 * excess["Gaussian"]).all(), greys)
claim("reshaping alone, which keeps the dependence, makes less than a third of the "
      "Gaussian's excess of grey",
      (excess["reshaped"] < excess["Gaussian"] / 3).all(), greys)

# %% tags=["hide-cell", "checks"]
rng, known, held = split(0)
pairs = {"real": [], "drawn": []}
for y in range(10):
    mixture = model.of_digit[y]
    own = model.pca.transform(pixels[held][digit[held] == y])[:40]
    for name, x in (("real", own), ("drawn", rng.permutation(mixture.sample(40)[0]))):
        a, b = np.array_split(x[:len(x) // 2 * 2], 2)
        one_by_one = np.maximum(mixture.score_samples(a), mixture.score_samples(b))
        pairs[name].append(mixture.score_samples((a + b) / 2) > one_by_one)
liked = {name: np.concatenate(v).mean() for name, v in pairs.items()}
claim("one Gaussian a digit finds the average likelier than both originals in over "
      "70 % of pairs of real digits, and in over 95 % of pairs of its own drawings",
      liked["real"] > 0.7 and liked["drawn"] > 0.95, liked)

# %% [markdown]
# It is the lost dependence. A remedy is to give each digit several Gaussians, a **mixture**, so that each need cover only one way of writing it.
#
# > **Predict first.** What do thirty Gaussians for each digit gain, and what do they cost? Then move the slider.

# %% tags=["hide-input", "measure"]
from sklearn.svm import SVC


def nearest(pictures, known):
    """Distance from each picture to the nearest known one."""
    return torch.cdist(torch.as_tensor(pictures), torch.as_tensor(known)).amin(1)


def told_apart(real, drawn, classifier):
    """Trained on 300 of each, how often it is right on 297 others of each."""
    half = [np.concatenate([real[a:b], drawn[a:b]]) for a, b in ((0, 300), (300, 597))]
    fit = classifier.fit(half[0], np.repeat([1, 0], 300))
    return fit.score(half[1], np.repeat([1, 0], 297))


def looks(drawn, seen, real, rng):
    """Sixty drawings of each digit, beside digits learned from and held-out ones."""
    reader = SVC(C=10).fit(*seen)
    usual, mixed = nearest(real, seen[0]).quantile(0.05), drawn[rng.permutation(600)]
    return {"read": (reader.predict(drawn) == np.repeat(np.arange(10), 60)).mean(),
            "curved": told_apart(real, mixed, SVC(C=10)),
            "straight": told_apart(real, mixed, LogisticRegression(max_iter=1_000)),
            "copies": (nearest(drawn, seen[0]) < usual).double().mean().item()}

# %% tags=["hide-input", "measure"]
def likelihoods(m, known, held):
    """Mean log p_g(x, y): of fitted digits, of held-out ones, the same with noise."""
    fitted, fit = (m.log_joint(pixels[who])[np.arange(len(who)), digit[who]]
                   for who in (known, held))
    # noise: every pixel a random grey, a density of 1, and any digit
    noisy = np.logaddexp(fit + np.log(0.01), np.log(0.99 / 10))
    return {"fitted": fitted.mean(), "held-out": fit.mean(), "noisy": noisy.mean()}


def rivals(x, y, drawn, rng):
    """Drawings of 99 % noise, and of models that draw each pixel by itself."""
    noise = np.where(rng.random((600, 1)) < 0.01, drawn, rng.random((600, 64)))
    own = [rng.normal(x[y == k].mean(0), x[y == k].std(0), (60, 64)) for k in range(10)]
    return {"1, and 99 % noise": noise,
            "pixel by pixel, given the digit": np.concatenate(own),
            "pixel by pixel": rng.normal(x.mean(0), x.std(0), (600, 64))}

# %% tags=["hide-input", "measure"]
def study(k, components):
    """One split, so many components: likelihoods, drawings, and how these look."""
    rng, known, held = split(k)
    m = DigitModel(pixels[known], digit[known], components, SEED)

    def shown(x):                                   # as the 40 directions show it
        return m.pca.inverse_transform(m.pca.transform(x)).clip(0, 1)

    drawn = {components: m.draw(60, rng)}
    if components == 1:
        drawn |= rivals(pixels[known], digit[known], drawn[1], rng)
    drawn = {name: shown(x) for name, x in drawn.items()}
    seen, real = (shown(pixels[known]), digit[known]), shown(pixels[held])
    return {"drawn": drawn, "log p": likelihoods(m, known, held),
            "looks": {name: looks(x, seen, real, rng) for name, x in drawn.items()}}

# %% tags=["hide-input", "measure"]
COMPONENTS = (1, 3, 10, 30)
studies = {c: [study(k, c) for k in range(3)] for c in COMPONENTS}
log_p = {c: {key: np.array([one["log p"][key] for one in studies[c]])
             for key in ("fitted", "held-out", "noisy")} for c in COMPONENTS}
look = {name: {key: np.array([one["looks"][name][key] for one in studies[c]])
               for key in ("read", "curved", "straight", "copies")}
        for c in COMPONENTS for name in studies[c][0]["looks"]}

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Scrubber over the number of Gaussians for each digit: drawings with one are smudged, those with thirty are crisp."}}
from gan.figures import Scrubber


def picture(components):
    figure, ax = plt.subplots(figsize=(6, 2.4))
    drawn = studies[components][0]["drawn"][components]
    show(ax, drawn.reshape(10, 60, 64)[:, :4].swapaxes(0, 1))
    return figure


def caption(components):
    likely = log_p[components]["held-out"][0]
    copies = 100 * look[components]["copies"][0]
    return (f"{components} for each digit: held-out log-likelihood ≈ {likely:.0f}, "
            f"near-copies of known digits ≈ {copies:.0f} %")


Scrubber.from_figures(map(picture, COMPONENTS), map(caption, COMPONENTS),
                      label="Gaussians for each digit", still=0)

# %% [markdown]
# The pictures are of one split into known and held-out digits, and the table has means over three. It adds two things. Two *classifier two-sample tests* try to tell real digits from drawn ones, and 50 % right means that they cannot ([Lopez-Paz & Oquab](https://arxiv.org/abs/1610.06545), 2017). The one with curved borders is a support vector machine (SVM), the one with straight borders is logistic regression. The last three rows are rivals that nobody would want as a model.

# %% tags=["hide-input", "measure"]
rows = []
# the models first, then the rivals
for name in sorted(look, key=lambda name: isinstance(name, str)):
    likely = log_p.get(name, {})
    if name == "1, and 99 % noise":
        likely = {"held-out": log_p[1]["noisy"]}
    rows.append([name, *(f"≈ {likely[key].mean():.0f}" if key in likely else ""
                         for key in ("fitted", "held-out")),
                 *(f"≈ {100 * values.mean():.0f}" for values in look[name].values())])
Table(["Gaussians for each digit", "log p_g, fitted", "log p_g, held-out",
       "read as meant, %", "curved test right, %", "straight test right, %",
       "near-copies, %"], rows)

# %% tags=["hide-cell", "checks"]
pixelwise, given = look["pixel by pixel"], look["pixel by pixel, given the digit"]
claim("a reader trained on real digits reads over 95 % of the drawings from one "
      "Gaussian a digit as meant", look[1]["read"].min() > 0.95, look[1])
claim("a test with curved borders is right on 65 to 85 % of these and of real digits",
      look[1]["curved"].min() > 0.65 and look[1]["curved"].max() < 0.85, look[1])
claim("drawn pixel by pixel, given the digit, over 90 % can be read, too, but the "
      "curved test is right at least 3 points more often in each split",
      given["read"].min() > 0.9
      and (given["curved"] > look[1]["curved"] + 0.03).all(), look)
claim("a test with straight borders is right on under 70 % even of pictures drawn "
      "pixel by pixel without a digit, of which the curved one unmasks over 90 %",
      pixelwise["straight"].max() < 0.7 and pixelwise["curved"].min() > 0.9, pixelwise)

# %% tags=["hide-cell", "checks"]
claim("30 Gaussians a digit deceive the curved test better than one, by over 8 points "
      "on average", look[1]["curved"].mean() - look[30]["curved"].mean() > 0.08, look)
claim("with 30 Gaussians a digit over a third of the drawings are nearer to a fitted "
      "digit than 95 % of real ones are; with one Gaussian fewer than 5 %",
      look[30]["copies"].min() > 1 / 3 and look[1]["copies"].max() < 0.05, look)
claim("30 Gaussians a digit fit the known digits better than one, and held-out ones "
      "worse, by at least 20 nats each",
      (log_p[30]["fitted"] > log_p[1]["fitted"] + 20).all()
      and (log_p[30]["held-out"] < log_p[1]["held-out"] - 20).all(), log_p)
check("mixing a model with 99 % noise costs at most log 100 = 4.6 nats",
      (log_p[1]["held-out"] - log_p[1]["noisy"] <= np.log(100)).all(), log_p)
claim("with 99 % noise one Gaussian a digit still has a higher held-out likelihood "
      "than 10 or 30 without", all((log_p[1]["noisy"] > log_p[c]["held-out"] + 15).all()
                              for c in (10, 30)), log_p)

# %% [markdown]
# With 30 Gaussians for some 120 known digits, each sits on about four of them. Many drawings are nearly copies, and the model is at a loss with digits that it has not seen.
#
# By held-out likelihood the best model is the smudged one, and even a model that draws noise 99 times out of 100 beats the two crisp ones. So likelihood and looks are different aims, and copying serves the looks. The tests differ, too. Logistic regression can only compare averages, since its convex loss is least at $w = 0$ where the averages agree, and the averages are right even where each pixel is drawn by itself and no digit can be seen. **A classifier sees only the kinds of difference that its borders can follow.**
#
# ## The families
#
# All families of generative models aim at samples that could have been data, and they differ in what else they can do. A density is **explicit** if there is a formula for it, and a model that gives samples only is **implicit**. Many families make a sample from a **latent vector** $z$ of random numbers, and to *infer* is to go back from $x$ to its $z$.
#
# | family | sample | evaluate $p_g(x)$ | infer $z$ |
# |---|---|---|---|
# | mixtures, Gaussians (this chapter) | at once | exactly | exactly: which component? |
# | autoregressive (language models) | one part after another | exactly | there is no $z$ |
# | VAE (variational autoencoder) | at once | a lower bound | approximately: a second network learns to |
# | flow | at once | exactly, because $G$ is built to be invertible | exactly: invert $G$ |
# | diffusion | many passes, each removes a little noise | a lower bound; more at great expense | at the cost of many passes |
# | **GAN** | **at once** | **no: implicit** | **no, unless one trains for it** |
#
# A GAN's **generator** $G$ is a network of any form that turns noise $z$ into a sample, $x = G(z)$. If $z$ has fewer coordinates than $x$, as is usual, there is *no* density, because all samples lie on a sheet without volume. Likelihood cannot then be asked for, so another teacher must be found.
#
# ## A classifier that knows a ratio
#
# The teacher is a discriminative model. Take again the single Gaussian that was fitted to both clouds and fills the gap between them. Mix its samples with as many real points, and train a network $D$, the **discriminator**, to say which is which. By Bayes' rule with $p(\text{real}) = p(\text{model}) = \tfrac12$ a perfect one says
#
# $$ D(x) = p(\text{real}\mid x) = \frac{p(x)}{p(x) + p_g(x)}, \qquad \underbrace{\log\frac{D(x)}{1 - D(x)}}_{\text{the logit}} = \log p(x) - \log p_g(x). $$
#
# So the odds of a perfect discriminator *are* the **density ratio** $p/p_g$, although it is told no density. This is the principle of *noise-contrastive estimation*, which fits a density model by training its log ratio to noise as a logit ([Gutmann & Hyvärinen](https://jmlr.org/papers/v13/gutmann12a.html), 2012). $D$ learns as classifiers do, by lowering the **cross-entropy**, the mean of $-\log$ of the probability that it gave to the right answer.
#
# > **Predict first.** Here both densities are known. Will the logit of a small network be off by 0.03, 0.3 or 3 where the points are, and by how much far from all points?

# %%
from torch.nn.functional import softplus


def d_loss(real_logits, fake_logits):
    """-log D(x) for real points, -log(1 - D(x)) for the model's."""
    return softplus(-real_logits) + softplus(fake_logits)


def train_judge(seed, generate, steps=600, batch=256):
    """A network that is told of real points and model samples which is which."""
    torch.manual_seed(1_000 * SEED + seed)
    layers = gan.models.mlp([2, 64, 64, 1], gan.models.leaky)
    D = torch.nn.Sequential(layers, torch.nn.Flatten(0)).to(device)
    adam = torch.optim.Adam(D.parameters(), 4e-3, fused=True)
    # smaller steps towards the end
    slower = torch.optim.lr_scheduler.LinearLR(adam, 1.0, 0.02, steps)
    for _ in range(steps):
        x = torch.cat([world.sample((batch,)), generate(batch)]).to(device)
        loss = d_loss(*D(x).split(batch)).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        slower.step()
    return D

# %% tags=["hide-input", "measure"]
def one_gaussian(n, thickness=1.0):
    """μ + the long axis times z₁ + the short axis times z₂, the latter made thinner."""
    lengths, axes = torch.linalg.eigh(covariance)
    z = torch.randn(n, 2) * torch.tensor([thickness, 1.0])
    return mean + (z * lengths.sqrt()) @ axes.T


def log_ratio(x, thickness=1.0):
    """The truth, which D is not told."""
    lengths, axes = torch.linalg.eigh(covariance)
    a = axes * lengths.sqrt() * torch.tensor([thickness, 1.0])
    return world.log_prob(x) - MultivariateNormal(mean, a @ a.T).log_prob(x)


def logits_of(judges, x):
    with torch.no_grad():
        return torch.stack([D(x.to(device)).cpu() for D in judges])


judges = [train_judge(seed, one_gaussian) for seed in range(3)]
real, drawn = world.sample((20_000,)), one_gaussian(20_000)
angle = torch.linspace(0, 6.28, 100)
# a circle where nobody has been
far = 8 * torch.stack([angle.cos(), angle.sin()], 1)
near = torch.cat([real, drawn])

# %% tags=["hide-input", "measure"]
logits, truth = logits_of(judges, near), log_ratio(near)
error = (logits - truth).abs().mean(1)
error_far = (logits_far := logits_of(judges, far)).sub(log_ratio(far)).abs().mean(1)
is_real = torch.arange(40_000) < 20_000
right = ((logits > 0) == is_real).float().mean(1)
possible = ((truth > 0) == is_real).float().mean()
mean_odds = logits[:, 20_000:].exp().mean(1)


def spread(values, factor=1, digits=2):
    m, s = factor * values.mean(), factor * values.std()
    return f"≈ {m:.{digits}f} ± {s:.{digits}f}"


Table(["three discriminators", "found", "whoever knows both densities"],
      [["error of the logit where the points are", spread(error), "0"],
       ["error of the logit far away", spread(error_far, digits=0), "0"],
       ["right, % of points", spread(right, 100, 1), f"≈ {100 * possible:.1f}"],
       ["mean odds of the model's samples", spread(mean_odds), "1"]])

# %% tags=["hide-cell", "checks"]
a, b = torch.randn(2, 100)
check("our loss is the package's, to 1e-6",
      (d_loss(a, b) - gan.losses.minimax.discriminator(a, b)).abs().max() < 1e-6)
by_axes = world.log_prob(drawn) - log_ratio(drawn)
check("the two axes make the fitted Gaussian, log densities within 1e-3",
      (by_axes - one.log_prob(drawn)).abs().max() < 1e-3)
claim("all 3 discriminators know the log density ratio to within 0.15 on average, "
      "where the points are", error.max() < 0.15, error)
claim("far from all points each discriminator's logit errs by at least 20 times as "
      "much as where they are", (error_far > 20 * error).all(),
      (error, error_far))
claim("each discriminator is right as often as one can be who knows both densities, "
      "within a percent",
      (right - possible).abs().max() < 0.01, (right, possible))
claim("the odds average to 1 over the model's samples, within 0.1, as the integral of "
      "p_g times p/p_g must", (mean_odds - 1).abs().max() < 0.1, mean_odds)

# %% [markdown]
# It is right only somewhat more often than a coin, and yet it knows the ratio well, because to be right is not the same as to know the odds. Where no points are it has learned nothing, and its logit is whatever the network happens to say.
#
# ## The classifier as an editor
#
# Where the odds are small, the model puts points that don't belong. So let $D$ edit. Draw from the model and keep each sample with a probability proportional to its odds, which is *rejection sampling* and turns samples of $p_g$ into samples of $p_g\cdot p/p_g = p$ if the ratio has an upper bound. Where it has none, we cap it, so that the result is close to $p$ and no more.

# %%
def edit(samples, log_odds):
    """Keep samples with a probability proportional to their odds."""
    odds = log_odds.exp()
    return samples[torch.rand(len(samples)) < odds / odds.quantile(0.995)]

# %% tags=["hide-input", "measure"]
torch.manual_seed(1_000 * SEED + 100)
layers = gan.models.mlp([2, 64, 64, 1], gan.models.leaky)
untrained = torch.nn.Sequential(layers, torch.nn.Flatten(0)).to(device)
log_odds = {"nobody": torch.zeros(1, 20_000),
            "an untrained network": logits_of([untrained], drawn),
            "trained discriminators": logits[:, 20_000:],
            "the true ratio": log_ratio(drawn)[None]}
edited = {who: [edit(drawn, one) for one in v] for who, v in log_odds.items()}
distances = {who: torch.tensor([distance(x) for x in v]) for who, v in edited.items()}
count = len(edited["trained discriminators"][0])
luck = distance(world.sample((count,)))
rows = [[who, f"≈ {len(edited[who][0]) / 200:.0f} %", spread(v, digits=3) if len(v) > 1
         else f"≈ {v.item():.3f}"] for who, v in distances.items()]
Table(["who edits the single Gaussian's samples", "kept", "distance to the data"],
      [*rows, ["(as many real points)", "", f"≈ {luck:.3f}"]])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Four panels over the plane: real points in two clouds; samples of one Gaussian that fill the gap between them; contours of a trained discriminator's logit, which closely follow the true log ratio; and the samples that the discriminator kept, again two clouds."}}
figure, axes = plt.subplots(1, 4, figsize=(10, 2.9), sharex=True, sharey=True)
shown = {"data": real, "one Gaussian": drawn, "log odds: true grey, $D$ dashed": None,
         "edited by $D$": edited["trained discriminators"][0]}
line = torch.linspace(-3.6, 3.6, 73)
plane = torch.stack(torch.meshgrid(line, line, indexing="xy"), -1).reshape(-1, 2)
contours = ((log_ratio(plane), "0.65", "solid"),
            (logits_of(judges, plane)[0], plots.JUDGE["color"], "dashed"))
for ax, (title, points) in zip(axes, shown.items()):
    if points is not None:
        color = "black" if title == "data" else plots.FAKE["color"]
        ax.scatter(*points[:1_000].T, s=2, color=color)
    ax.set(title=title, xlim=(-3.6, 3.6), ylim=(-3.6, 3.6), xlabel="$x_1$",
           aspect="equal")
for values, color, style in contours:
    levels = axes[2].contour(line, line, values.reshape(73, 73), levels=[-4, -2, 0],
                             colors=color, linestyles=style)
axes[2].clabel(levels, fontsize=7)
axes[0].set_ylabel("$x_2$")
plt.show()

# %% tags=["hide-cell", "checks"]
after = distances["trained discriminators"]
before = distances["nobody"].item()
claim("edited by D, the single Gaussian's samples come at least 3 times nearer to the "
      "two clouds, for all 3 discriminators", after.max() < before / 3, distances)
claim("what D keeps of them is as near to the data as so many real points, within 0.03",
      after.max() < luck + 0.03, (after, luck))
claim("edited by an untrained network they come less than a tenth nearer",
      distances["an untrained network"].item() > 0.9 * before, distances)

# %% [markdown]
# A discriminative model has repaired a generative one. It needed samples from both and a density from neither. Would it work as well for a generator that *has* no density?
#
# ## Where the ratio ends
#
# The single Gaussian makes a point of two random numbers, one along the long axis of the clouds and one across. Shrink the second to half, to a fifth, and finally to nothing, so that a line is left, a generator in the plane with one-dimensional noise.
#
# > **Predict first.** What will $D$ say of points on the line, and what will the editor make of them?

# %% tags=["hide-input", "measure"]
from functools import partial

THICKNESS = (1.0, 0.5, 0.2, 0.0)
thinned = {}
for t in THICKNESS:
    generate = partial(one_gaussian, thickness=t)
    judges_t = judges if t == 1 else [train_judge(10 + k, generate) for k in range(3)]
    samples = generate(20_000)
    real_logits, fake_logits = (logits_of(judges_t, x) for x in (real, samples))
    edited_t = [edit(samples, one) for one in fake_logits]
    thinned[t] = {
        "right": ((real_logits > 0).float().mean(1) + (fake_logits <= 0).float().mean(1)
                  ) / 2,
        "odds": fake_logits.exp().mean(1), "before": distance(samples),
        "after": torch.tensor([distance(x) for x in edited_t]),
        "by truth": distance(edit(samples, log_ratio(samples, t))) if t else None,
        "samples": samples, "edited": edited_t[0]}
Table(["thickness", "D right, %", "mean odds", "distance", "edited by D",
       "edited by the true ratio"],
      [[t, spread(v["right"], 100, 1), spread(v["odds"]), f"≈ {v['before']:.2f}",
        spread(v["after"]), f"≈ {v['by truth']:.2f}" if t else "there is none"]
       for t, v in thinned.items()])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Two rows of four panels. Above, the samples of a Gaussian that becomes thinner from left to right until it is a line. Below, what the editor keeps of them: two clouds on the left, ever thinner ones, and on the right still the same line."}}
figure, axes = plt.subplots(2, 4, figsize=(10, 4.6), sharex=True, sharey=True)
for column, (t, v) in zip(axes.T, thinned.items()):
    column[0].set_title(f"thickness {t:g}" if t else "a line")
    for ax, key in zip(column, ("samples", "edited")):
        ax.scatter(*real[:600].T, s=1, color="0.75")
        ax.scatter(*v[key][:600].T, s=2, color=plots.FAKE["color"])
        ax.set(xlim=(-3.6, 3.6), ylim=(-3.6, 3.6), aspect="equal")
axes[0, 0].set_ylabel("drawn")
axes[1, 0].set_ylabel("kept by $D$")
plt.show()

# %% tags=["hide-cell", "checks"]
left = torch.stack([v["after"] / v["before"] for v in thinned.values()])
claim("the thinner the model, the more of the distance stays after editing: from "
      "thickness 1 to 0.5, to 0.2 and to 0, by at least a twentieth each time",
      (left.mean(1).diff() > 0.05).all(), left)
claim("samples on a line in the plane come by less than 0.03 nearer when D edits them",
      (thinned[0.0]["after"] - thinned[0.0]["before"]).abs().max() < 0.03, thinned[0.0])
claim("where the model is a line in the plane, D is right on over 95 % of points",
      thinned[0.0]["right"].min() > 0.95, thinned[0.0]["right"])
claim("D's mean odds for samples on that line are below 0.15; a ratio would give 1",
      thinned[0.0]["odds"].max() < 0.15, thinned[0.0]["odds"])
claim("at thickness 0.2 an editor with the true ratio does no better than D: both "
      "leave over half of the distance",
      thinned[0.2]["by truth"] > 0.5 * thinned[0.2]["before"]
      and left[2].min() > 0.5, thinned[0.2])

# %% [markdown]
# The thinner the model, the less the editor can do. The reason isn't a badly trained $D$, since at a fifth of the thickness the *true* ratio edits no better. The model hardly ever draws the points that are missing, where the odds are enormous, and an editor can only choose among those drawn. On the line the ratio itself has gone. A real point lies on the line with probability 0, so a perfect $D$ says "model" on the line and "real" beside it, and is always right. Its odds for every sample are 0, and odds of 0 give no sample a preference over another.
#
# <details>
# <summary>Derive: why a sheet has no density, and a judge can always be right</summary>
#
# **Proposition.** Let the data have a density on $\mathbb R^d$, and let $G:\mathbb R^k\to\mathbb R^d$ be differentiable with continuous derivatives, $k < d$. Then $G(z)$ has no density, and some $D$ is right with probability 1 about data and samples alike.
#
# **Proof.** Cut a cube of side $r$ in noise space into $n^k$ small ones of side $r/n$. On the cube $G$ stretches distances by at most some constant $c$, so each small cube's image fits into a cube of side $2c\sqrt k\,r/n$. All images together have a volume of at most $n^k\,(2c\sqrt k\,r/n)^d$, which goes to 0 as $n$ grows because $k < d$. Noise space is a countable union of cubes, so the whole sheet has volume 0. A density would give a set of volume 0 the probability 0, but all samples lie on the sheet. The data have a density, so they lie on the sheet with probability 0, and the $D$ that says 0 on the sheet and 1 beside it never errs. ∎
#
# Leaky ReLU networks have kinks, but they stretch by at most a constant, which is all that the proof needs. Densities relative to the mixture of data and samples always exist, and the $D^*$, $V$ and JSD of [chapter 3](03_minimax_value.ipynb) are defined by them.
#
# </details>
#
# **Here the ratio ends.** Two things follow. First, to choose among samples is not enough, so the generator itself must move. The logit has a *slope* in $x$, which says in which direction a sample would look more real. **Move the generator** so that its samples go where the slope points, then train the judge again. Two networks taking turns in this way are a generative adversarial network. [Chapter 2](02_two_players.ipynb) builds one where noise and data have equally many dimensions, so that a ratio can exist. Second, generators of images are sheets, and a judge who is always right may have no useful slope to offer. [Chapter 6](06_vanishing_gradients.ipynb) starts there.

# %% [markdown]
# ## Optional: who needs fewer examples, and words
#
# [Ng and Jordan](https://papers.nips.cc/paper/2001/hash/7b7a53e239400a13bd6be6c91c4f6c4e-Abstract.html) (2001) compared the two kinds as classifiers. *Naive Bayes* is a Gaussian model that takes the features to be independent within a class. With variances shared by the classes, its logit is a straight line, like that of logistic regression. With $n$ features it comes near its own final error after some $\log n$ examples, whereas logistic regression needs some $n$ and ends lower, which makes a famous picture of two curves that cross. Below are 442 diabetes patients with ten measurements each and our 3s and 8s, in 30 random splits.
#
# Naive Bayes settles quickly on both, but on the digits at an error not worth having, where logistic regression is soon far ahead.
#
# Text is drawn part by part, since $p(x) = p(x_1)\,p(x_2\mid x_1)\,p(x_3\mid x_1, x_2)\cdots$ holds for every density. Each factor is a discriminative model of the next part. Such models are **autoregressive**, as today's language models are. Ours, a **bigram** model, remembers one letter. It learns from some words of this book and nearly always prefers new words to the same letters shuffled.

# %% tags=["hide-input", "measure"]
SIZES = (10, 20, 50, 100, 250)
STYLES = {"naive Bayes": plots.FAKE, "logistic regression": plots.JUDGE,
          "… with its usual penalty": plots.REAL}


def naive_bayes(x, y, x_new):
    """Class means, shares, one variance per feature; the label of largest p(x, y)."""
    means = np.stack([x[y == k].mean(0) for k in (0, 1)])
    # a pixel that never varies has variance 0
    variance = ((x - means[y]) ** 2).mean(0) + 0.01
    far = ((x_new[:, None] - means) ** 2 / variance).sum(-1)
    return (np.log(np.bincount(y) / len(y)) - far / 2).argmax(1)

# %% tags=["hide-input", "measure"]
def race(x, y, s):
    """Split s: test errors of the three, for each size."""
    rng = np.random.default_rng(1_000 * SEED + s)
    order = rng.permutation(len(x))
    while min(np.bincount(y[order[:10]], minlength=2)) < 2:     # two of each class
        order = rng.permutation(len(x))
    errors_of = {name: [] for name in STYLES}
    for n in SIZES:
        some, test = order[:n], order[250:]
        weak, usual = (LogisticRegression(C=C, max_iter=300).fit(
            x[some], y[some]).predict(x[test]) for C in (1e3, 1.0))
        guesses = naive_bayes(x[some], y[some], x[test]), weak, usual
        for runs, guess in zip(errors_of.values(), guesses):
            runs.append((guess != y[test]).mean())
    return errors_of

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Test error against training size, two panels with bands. Diabetes: naive Bayes starts clearly lower and logistic regression passes it after about a hundred examples. Digits 3 and 8: logistic regression is lower nearly throughout and far lower at the end."}}
from sklearn.datasets import load_diabetes

patients, progress = load_diabetes(return_X_y=True)
tasks = {"diabetes": (patients / patients.std(0), progress > np.median(progress)),
         "digits 3 and 8": (pixels[three_or_eight], is_8)}
races = {}
figure, axes = plt.subplots(1, 2, figsize=(8, 3.2))
for ax, (task, (x, y)) in zip(axes, tasks.items()):
    runs = [race(x, y.astype(int), s) for s in range(30)]
    races[task] = {name: np.array([run[name] for run in runs]) for name in STYLES}
    for name, style in STYLES.items():
        errors_of = 100 * races[task][name]
        ax.plot(SIZES, errors_of.mean(0), label=name, **style)
        if style is not plots.REAL:
            ax.fill_between(SIZES, *np.quantile(errors_of, (0.1, 0.9), 0),
                            color=style["color"], alpha=0.18, linewidth=0)
    ax.set(xscale="log", xticks=SIZES, xticklabels=SIZES, ylim=(0, None),
           xlabel="training examples", title=task)
    ax.minorticks_off()
axes[0].set_ylabel("test error, % (band: 80 % of splits)")
axes[1].legend(fontsize=8)
plt.show()

# %% tags=["hide-input", "measure"]
text = """
bunglers cores stands network zero museum sees only must returns lived learn nothing
finished better without comes catch when density does with number several classifier
starts teaching good pages models tell both goes becomes place away split half first
things start game everything seeds officer chapter gave forgeries measure curves match
turn clump forgery here then ones helps picture fail most generator likely learning
explains what write random luck looks against steps following advice made nobody
itself spot right probability other nearly keep slope them trains installs stops still
left shows know tries skill formula losses small runs faces text ever they painting
cell world improves down folded coin near play huge book something about each answer
today gets discriminator neither moving happen error opinion little fake often best
data misleading step however asks thing minute cannot lets closer toss noise there
demands have travels force come points samples training labels equally happens takes
learns this rule mind present paint like police lucky once missing teaches where movie
value forger oddest spread behind code longer different much possible told more these
question took guarantee badly idea beside wrong easily whatever some wants that
machine ordinary time says true downloaded second makes whole part paintings visits
tails fakes frequent people gone networks always recognise button predict same never
real look differ paints push from"""
words = text.split()

# %% tags=["hide-input", "measure"]
import random
from string import ascii_lowercase


def places(word):
    """0 for the word's start or end, 1 to 26 for its letters."""
    return [0, *(1 + ascii_lowercase.index(letter) for letter in word), 0]


def fit_bigrams(words):
    """log p(next letter | letter), (27, 27), each pair counted half a time more."""
    counts = np.full((27, 27), 0.5)
    for word in words:
        np.add.at(counts, (places(word)[:-1], places(word)[1:]), 1)
    return np.log(counts / counts.sum(1, keepdims=True))


def gain(log_p, word, dice):
    """log p of a word's real order minus the mean over 20 shuffles, per letter."""
    tries = [word, *("".join(dice.sample(word, len(word))) for _ in range(20))]
    own, *others = (log_p[places(w)[:-1], places(w)[1:]].sum() for w in tries)
    return (own - np.mean(others)) / len(word)

# %% tags=["hide-input", "measure"]
dice = random.Random(1_000 * SEED)
deck = dice.sample(words, len(words))
gains = {"bigrams": [], "bigrams of shuffled words": []}
for fold in range(5):
    known = [word for i, word in enumerate(deck) if i % 5 != fold]
    mixed = ["".join(dice.sample(word, len(word))) for word in known]
    for name, learned in zip(gains, (known, mixed)):
        log_p = fit_bigrams(learned)
        gains[name] += [gain(log_p, word, dice) for word in deck[fold::5]]
wins = {name: (np.array(g) > 0).mean() for name, g in gains.items()}
Table(["held-out words", "real order beats the mean shuffle, %", "by nats a letter"],
      [[name, f"≈ {100 * wins[name]:.0f}", f"≈ {np.mean(g):.2f}"]
       for name, g in gains.items()])

# %% tags=["hide-cell", "checks"]
patient, digits = ({name: dict(zip(SIZES, runs.mean(0))) for name, runs in one.items()}
                   for one in races.values())
bayes, plain, _ = STYLES
claim("diabetes, 20 examples: naive Bayes is ahead of logistic regression by over 3 "
      "points on average", patient[plain][20] - patient[bayes][20] > 0.03, patient)
claim("diabetes, 250 examples: the lead of naive Bayes is under half a point, or gone",
      patient[plain][250] - patient[bayes][250] < 0.005, patient)
claim("digits: logistic regression with hardly any penalty is ahead of naive Bayes at "
      "every size from 20 on", all(digits[plain][n] < digits[bayes][n]
                                   for n in SIZES[1:]), digits)
claim("digits, 250 examples: naive Bayes errs at least twice as often",
      digits[bayes][250] > 2 * digits[plain][250], digits)
claim("from 50 to 250 examples naive Bayes loses under a third of its error on both, "
      "logistic regression over half on the digits",
      all(one[bayes][50] < 1.5 * one[bayes][250] for one in (patient, digits))
      and digits[plain][50] > 2 * digits[plain][250], (patient, digits))
claim("the real order of over 85 % of held-out words beats the mean shuffle; after "
      "learning from shuffled words under 70 % do", wins["bigrams"] > 0.85
      and wins["bigrams of shuffled words"] < 0.7, wins)

# %% [markdown]
# ## Exercises
#
# **1 (two minutes).** In the table of 3s and 8s at the beginning the pixel shows *paper*. How probable is it that the picture is a 3? Put in your number to three places and run.

# %%
def check_exercise_1(answer):
    check("your probability is right", abs(answer - 71 / (71 + 11)) < 1e-3, answer)


# check_exercise_1(your number)

# %% tags=["hide-cell", "solution"]
# of 82 pictures with paper there, 71 are 3s: 0.866
check_exercise_1(71 / 82)
# refused: p(paper | 3) = 71/183, p(paper, 3) = 71/357, p(3) = 183/357

# %% [markdown]
# **2 (ten minutes).** Show a discriminator *two* model samples for every real point. What becomes of its logit, everywhere? Derive it with Bayes' rule, then check it on a line, where logistic regression can be perfect. Take real points from $\mathcal N(1, 1)$ and model samples from $\mathcal N(0, 1)$.

# %% tags=["hide-cell", "solution"]
# p(real) = 1/3 and p(model) = 2/3: the odds are p(x) / (2 p_g(x)), so that the logit
# drops by log 2 = 0.693 everywhere. With equal shares it is x - 1/2.
rng = np.random.default_rng(1_000 * SEED + 500)
offsets = []
for n_model in (50_000, 100_000):
    x = np.concatenate([rng.normal(1, 1, 50_000), rng.normal(0, 1, n_model)])[:, None]
    fit = LogisticRegression(C=1e3).fit(x, np.repeat([1, 0], [50_000, n_model]))
    offsets.append(fit.intercept_[0])
    print(f"slope ≈ {fit.coef_[0, 0]:.2f}, offset ≈ {offsets[-1]:.2f}")
check("with as many of each the offset is -1/2, to within 0.06",
      abs(offsets[0] + 0.5) < 0.06, offsets)
check("two model samples for each real one shift the logit by -log 2 = -0.693, to "
      "within 0.06", abs(offsets[1] - offsets[0] + np.log(2)) < 0.06, offsets)

# %% [markdown]
# **3 (half an hour).** When *does* a generator have a density? Take $G(z) = \mu + Lz$ with a square, invertible matrix $L$ and $z \sim \mathcal N(0, I)$, which is a linear *flow*. Any box of noise of volume $v$ becomes a parallelepiped of volume $\lvert\det L\rvert\,v$, and the probability in it stays the same. Write down $\log p_g(x)$ from that and hold it against `MultivariateNormal`. What becomes of the density, on the sheet and beside it, as the second column of $L$ shrinks to 0?

# %% tags=["hide-cell", "solution"]
mu, L = means[0], torch.linalg.cholesky(tilt)
x = mu + torch.randn(1_000, 2) @ L.T                   # samples, G(z)
z = torch.linalg.solve(L, (x - mu).T).T                # infer: the way back
# two independent standard normals
log_p_z = -z.square().sum(1) / 2 - np.log(2 * np.pi)
by_hand = log_p_z - torch.linalg.slogdet(L).logabsdet
check("log p_g(x) = log p_z(z) - log |det L| is the normal density's own formula, to "
      "1e-4", (by_hand - MultivariateNormal(mu, tilt).log_prob(x)).abs().max() < 1e-4)
# As the column shrinks, -log |det L| grows without limit: on the axis the density goes
# to infinity. Beside it z is divided by ever less, so that log p_z falls faster than
# that grows, and the density goes to 0. This is how a sheet loses its density.

# %% [markdown]
# **4 (half an hour, your own code).** Write an editor of your own, `keep(samples, log_odds)`, that returns the kept samples. Test it on a line, with data from $\mathcal N(1, 1)$ and a model $\mathcal N(0, 2^2)$. How do you recognise a wrong editor, if all it keeps looks likely?

# %%
def check_exercise_4(keep):
    torch.manual_seed(4)
    data = torch.distributions.Normal(1.0, 1.0)
    wide = torch.distributions.Normal(0.0, 2.0)
    samples = wide.sample((200_000,))
    kept = keep(samples, data.log_prob(samples) - wide.log_prob(samples))
    mean, width = kept.mean().item(), kept.std().item()
    check("your editor is right, for what it keeps has the data's mean 1 and width 1",
          len(kept) > 10_000 and abs(mean - 1) < 0.03 and abs(width - 1) < 0.03,
          (len(kept), mean, width))


# check_exercise_4(your function)

# %% tags=["hide-cell", "solution"]
def keep(samples, log_odds):
    accept = (log_odds - log_odds.max()).exp()
    return samples[torch.rand(len(samples)) < accept]


check_exercise_4(keep)
# To keep what D calls real (log odds above 0) cuts off the tails: too narrow. To keep
# each with probability D instead of the odds lets too much of the model through: too
# wide. Both look likely one by one, so test the whole: mean, width, or a histogram.

# %% [markdown]
# ## Summary
#
# - A discriminative model learns $p(y\mid x)$, and a generative one learns how $x$ comes about. The second can draw, classify and call a point strange, though not reliably.
# - The log-likelihood falls short of its best by $\mathrm{KL}(p\,\Vert\,p_g)$. It punishes what the model misses and hardly what it makes up, so that a model of 99 % noise loses at most 4.6 nats.
# - Gaussian digits are smudged because a Gaussian forgets every dependence beyond covariance, and thirty a digit draw crisp near-copies.
# - A classifier of real against model samples estimates the density ratio where there are points, and rejection sampling with it repairs a model.
# - A GAN is an implicit model. With fewer noise than data dimensions it has no density and the ratio is gone, so the generator itself must move.
#
# > **Often misread.** "Generative models make things, discriminative ones classify." A model of $p(x, y)$ classifies too, and on our digits better than logistic regression.
#
# > **Often misread.** "A higher likelihood means better samples." A model that draws noise 99 times in 100 beat both crisp ones in held-out likelihood.
#
# > **Often misread.** "A Gaussian draws what it finds likely, so it draws double exposures." It does find the average of two 3s likelier than either in most pairs, but of two of *its own drawings* it nearly always does. In many dimensions typical samples are nowhere near the most likely point, as [chapter 5](05_noise.ipynb) shows.
#
# **Further reading.** Goodfellow's [NIPS 2016 Tutorial](https://arxiv.org/abs/1701.00160) has a family tree of generative models. Mohamed & Lakshminarayanan, [Learning in Implicit Generative Models](https://arxiv.org/abs/1610.03483) (2016), set out the density ratio as a teacher, and Azadi et al., [Discriminator Rejection Sampling](https://arxiv.org/abs/1810.06758) (2019), run the editor on large image models.
#
# Next, [two players](02_two_players.ipynb).
