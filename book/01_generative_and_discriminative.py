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
# **What must a machine know to tell a 3 from an 8, and what more must it know to write one?** The first is a question with few answers; the second asks for a whole picture that nobody has seen before. We build both kinds of machine on the same data, see what each can and cannot do, and find at the end that the first kind can teach the second. That discovery is what the rest of this book is about.
#
# - **You need** derivatives, Gaussians, Bayes' rule, and to have fitted a model in Python once. Nothing about GANs.
# - **Afterwards you can** say what $p(x)$, $p(x, y)$ and $p(y\mid x)$ are, and which questions each answers; draw new handwritten digits from a model of a few lines, and say why they are blurry; say when a generative classifier beats a discriminative one; score a sentence; tell the families of generative models apart; and read a density ratio off a classifier.
# - **Measured run time:** about 45 s on 2 CPU cores.

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
# Here are forty small pictures, 8 × 8 pixels each, ink shown white. In one block are real handwritten digits. The other was drawn, this minute, by a model that knows for each digit an average and how the pixels vary together, and nothing else.
#
# > **Predict first.** Which block is real? What gives the other away?

# %%
import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture

images, digit = gan.data.digits()                                      # (1797, 1, 8, 8) in [-1, 1], and (1797,)
pixels = ((images.flatten(1) + 1) / 2).double().numpy()                # (1797, 64), from 0 (paper) to 1 (ink)
digit = digit.numpy()


class DigitModel:
    """For each digit a mixture of ``bells`` Gaussians, in the 40 directions in which digits vary most."""

    def __init__(self, pixels, digit, bells, seed):
        self.pca = PCA(40).fit(pixels)                                 # 64 pixels <-> 40 coordinates
        self.of_digit = [GaussianMixture(bells, reg_covar=3e-3, random_state=seed).fit(
            self.pca.transform(pixels[digit == y])) for y in range(10)]

    def log_joint(self, pixels):
        """log p_g(x, y), (N, 10), for each picture and each digit, all digits being equally frequent."""
        return np.stack([m.score_samples(self.pca.transform(pixels)) for m in self.of_digit], 1) - np.log(10)

    def draw(self, n):                                                 # n new ones of each digit, (10 n, 64)
        return self.pca.inverse_transform(np.concatenate([m.sample(n)[0] for m in self.of_digit])).clip(0, 1)


# %% mystnb={"image": {"alt": "Two blocks of twenty small grey-level digits, A above and B below. Both can mostly be read; those in A have grey smudges around their strokes.", "classes": "whole"}}
def split(k):
    """Random numbers for split k, and the digits as 1,200 to learn from and 597 held out."""
    rng = np.random.default_rng(1_000 * SEED + k)
    order = rng.permutation(len(pixels))
    return rng, order[:1_200], order[1_200:]


def show(ax, rows, title=None):
    plots.show_images(torch.as_tensor(rows).reshape(-1, 1, 8, 8) * 2 - 1, columns=10, ax=ax, title=title)


rng, known, held = split(0)
model = DigitModel(pixels[known], digit[known], bells=1, seed=SEED)
real = np.concatenate([pixels[held][digit[held] == y][:2] for y in range(10)])
figure, (top, bottom) = plt.subplots(2, 1, figsize=(6, 3.1))
order = np.arange(20).reshape(10, 2).T.flatten()                       # 0 to 9, and 0 to 9 again
show(top, model.draw(2)[order], "A")
show(bottom, real[order], "B")
plt.show()

# %% [markdown]
# B is real. The digits in A can mostly be read, and nobody ever wrote them; grey smudges give them away. The smudges will be measured below. First we need words for what such a model knows.
#
# ## Three things one can know
#
# Take only the 3s and 8s, and of each picture look at a single pixel, left of the middle. An 8 usually has ink there, a 3 has it less often. Let $x$ be "ink" or "paper" and $y$ the digit, and count.

# %%
picture_3_or_8 = (digit == 3) | (digit == 8)
ink = pixels[picture_3_or_8].reshape(-1, 8, 8)[:, 3, 3] >= 0.5         # row 3, column 3
is_8 = digit[picture_3_or_8] == 8
counts = np.array([[(~ink & ~is_8).sum(), (~ink & is_8).sum()], [(ink & ~is_8).sum(), (ink & is_8).sum()]])
print("          3     8\npaper", "{:6d}{:6d}".format(*counts[0]), "\nink  ", "{:6d}{:6d}".format(*counts[1]))

joint = counts / counts.sum()                                          # p(x, y), (2, 2)
p_x, p_y = joint.sum(1), joint.sum(0)                                  # sum the other one out
y_given_x, x_given_y = joint / p_x[:, None], joint / p_y               # divide by what is known
print(f"p(ink, 8) = {joint[1, 1]:.3f}   p(ink) = {p_x[1]:.3f}   "
      f"p(8 | ink) = {y_given_x[1, 1]:.3f}   p(ink | 8) = {x_given_y[1, 1]:.3f}")
claim("Bayes' rule, p(y | x) = p(y) p(x | y) / p(x), holds in all four cells",
      np.allclose(y_given_x, p_y * x_given_y / p_x[:, None], atol=1e-12))
claim("p(8 | ink) is 163/275 and p(ink | 8) is 163/174: not the same thing",
      abs(y_given_x[1, 1] - 163 / 275) < 1e-12 and abs(x_given_y[1, 1] - 163 / 174) < 1e-12)

# %% [markdown]
# - The **joint** $p(x, y)$ is the whole table: how often do this picture and this label come together? All else follows from it.
# - $p(x) = \sum_y p(x, y)$ is how often such a picture comes at all, whatever its label.
# - $p(y \mid x) = p(x, y)/p(x)$ is the label, given the picture. One row of the table, made to sum to one.
# - $p(x \mid y) = p(x, y)/p(y)$ is the picture, given the label. One column.
#
# A **discriminative** model learns $p(y \mid x)$ and nothing else. A **generative** model learns how the $x$ come about: $p(x)$, or $p(x\mid y)$ and $p(y)$, which together make $p(x, y) = p(y)\,p(x \mid y)$. To *draw*, pick a $y$ and then an $x$. To *classify*, use Bayes' rule and pick the largest.
#
# Whole pictures can't be counted. With 64 pixels of two shades there are $2^{64}$ possible pictures, and we have 1,797. So we need a formula with a few numbers in it that can be learned. For points with continuous coordinates $p(x)$ is a *density*, probability per unit of volume; it may be larger than 1, and we give its logarithm. We write $p$ for what the data come from, and $p_g$ for a generative model's idea of it.
#
# ## Both kinds on two clouds
#
# Start where everything can be seen: two clouds of points in the plane, with six tenths of the points in cloud 0 and four tenths in cloud 1; both are Gaussian with the same tilt. We chose them, so we know the truth, and the models don't.
#
# **Generative.** Suppose that cloud $y$ is $\mathcal N(\mu_y, \Sigma)$, Gaussian with a mean of its own and one covariance $\Sigma$ for both. The best fit needs no search: count the shares, take the means, and the covariance of all points, each about its own cloud's mean. What does it say of $p(y \mid x)$? Divide, and take logs:
#
# $$ \log\frac{p(1 \mid x)}{p(0 \mid x)} = \log\frac{p(1)}{p(0)} + \log\frac{p(x\mid 1)}{p(x \mid 0)} = w^\top x + b, \qquad w = \Sigma^{-1}(\mu_1 - \mu_0). $$
#
# The $x^\top\Sigma^{-1}x$ of the two Gaussians cancels, and a straight line is left. Such a log of odds is called a **logit**.
#
# **Discriminative.** *Logistic regression* starts from the end: suppose that the logit is $w^\top x + b$, and search for the $w$ and $b$ that make the labels most likely. Of clouds it has never heard.
#
# > **Predict first.** Both draw a straight line. Will they draw the same one? And which of the two can tell you whether the point $(-12, -12)$ is strange?

# %%
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

means = torch.tensor([[-1.2, 0.0], [1.2, 0.4]])
tilt = torch.tensor([[0.5, 0.3], [0.3, 0.5]])
share = torch.tensor([0.6, 0.4])
world = MixtureSameFamily(Categorical(share), MultivariateNormal(means, tilt))     # p(x), known for once


def clouds(n):
    y = Categorical(share).sample((n,))
    return MultivariateNormal(means[y], tilt).sample(), y                # (n, 2), (n,)


def fit_clouds(x, y):
    """Shares, means and pooled covariance; and the line w, b that follows from them."""
    prior = torch.bincount(y) / len(y)
    mean = torch.stack([x[y == k].mean(0) for k in (0, 1)])
    centred = x - mean[y]
    covariance = centred.T @ centred / len(x)
    w = torch.linalg.solve(covariance, mean[1] - mean[0])
    b = (prior[1] / prior[0]).log() - w @ (mean[0] + mean[1]) / 2
    return prior, mean, covariance, w, b


# %% [markdown]
# The true line can be worked out by hand: $w = (6.75, -3.25)$. So can the error of the best possible classifier. With $\Delta^2 = (\mu_1 - \mu_0)^\top\Sigma^{-1}(\mu_1-\mu_0) = 14.9$ and $\ell = \log(0.6/0.4)$ it errs with probability $0.6\,\Phi(-\tfrac{\Delta}{2} - \tfrac{\ell}{\Delta}) + 0.4\,\Phi(-\tfrac\Delta2 + \tfrac\ell\Delta) = 0.026$, where $\Phi$ is the normal distribution function.

# %%
torch.manual_seed(1_000 * SEED)
x_test, y_test = clouds(20_000)
lines, errors = {"generative": [], "discriminative": []}, {"generative": [], "discriminative": []}
for _ in range(30):                                                      # thirty samples of 2,000 points each
    x, y = clouds(2_000)
    prior, mean, covariance, w, b = fit_clouds(x, y)
    logistic = LogisticRegression(C=1e3).fit(x.numpy(), y.numpy())       # a large C: hardly any penalty
    w2, b2 = torch.tensor(logistic.coef_[0]).float(), torch.tensor(logistic.intercept_[0]).float()
    for name, (slope, offset) in {"generative": (w, b), "discriminative": (w2, b2)}.items():
        lines[name].append(slope)
        errors[name].append(((x_test @ slope + offset > 0) != (y_test == 1)).float().mean())
twin = LinearDiscriminantAnalysis(solver="lsqr").fit(x.double().numpy(), y.numpy())
claim("our line is that of scikit-learn's LinearDiscriminantAnalysis, to 1e-4",
      np.abs([*(twin.coef_[0] - w.numpy()), twin.intercept_[0] - b.item()]).max() < 1e-4, (twin.coef_, w, b))

delta = 14.9 ** 0.5
z = torch.tensor([-1.0, 1.0]) * np.log(1.5) / delta - delta / 2
best = (share @ torch.distributions.Normal(0.0, 1.0).cdf(z)).item()
lines, errors = ({name: torch.stack(v) for name, v in d.items()} for d in (lines, errors))
for name, v in lines.items():
    slope = " , ".join(f"≈ {column.mean():.2f} ± {column.std():.2f}" for column in v.T)
    print(f"{name:>14}: w = ({slope} ), error ≈ {100 * errors[name].mean():.2f} %, best possible {100 * best:.2f} %")

# %%
truth = torch.tensor([6.75, -3.25])
off = {name: (w - truth).norm(dim=1) / truth.norm() for name, w in lines.items()}
claim("on average over 30 samples both find the true line w = (6.75, -3.25) to within 15 %",
      all((w.mean(0) - truth).norm() < 0.15 * truth.norm() for w in lines.values()), lines)
claim("both err within half a percent of the best possible 2.6 %, in all 30 samples",
      all((error - best).abs().max() < 0.005 for error in errors.values()), errors)
claim("where its assumption is true, the generative line scatters less",
      off["generative"].mean() < off["discriminative"].mean(), off)

p_g = MixtureSameFamily(Categorical(prior), MultivariateNormal(mean, covariance))    # the generative model's p(x)
strange = torch.tensor([-12.0, -12.0])
verdict = torch.sigmoid(-(strange @ w2 + b2)).item()
print(f"at (-12, -12): logistic regression gives cloud 0 a probability of {verdict:.6f}; "
      f"log p_g(x) ≈ {p_g.log_prob(strange):.0f}")
claim("logistic regression is more than 99.99 % sure of a point where nobody has ever been", verdict > 0.9999, verdict)
claim("the generative model finds it less likely than each of 20,000 real points, by a factor of more than e^50",
      p_g.log_prob(strange) < p_g.log_prob(x_test).min() - 50, p_g.log_prob(strange))

# %% mystnb={"image": {"alt": "Three panels. Left: two tilted clouds of real points and the two fitted lines, which nearly coincide. Middle: points drawn from the generative model, which look the same. Right: the same line of the discriminative model over an empty plane: nothing to draw."}}
torch.manual_seed(1_000 * SEED + 1)
new_y = Categorical(prior).sample((600,))
new_x = MultivariateNormal(mean[new_y], covariance).sample()             # first the label, then the point
figure, axes = plt.subplots(1, 3, figsize=(9, 3.1), sharex=True, sharey=True)
across = torch.tensor([-3.6, 3.6])
for ax, (points, which), title in zip(axes, ((x[:600], y[:600]), (new_x, new_y), (x[:0], y[:0])),
                                      ("data", "drawn from the generative model", "the discriminative model")):
    for k, style in enumerate(({"marker": "o", "color": "0.6"}, {"marker": "x", "color": "black"})):
        ax.scatter(*points[which == k].T, s=9, linewidth=0.7, label=f"cloud {k}", **style)
    if title != "the discriminative model":
        ax.plot(across, -(w[0] * across + b) / w[1], color="0.55", label="generative line", linestyle="-")
    if title != "drawn from the generative model":
        ax.plot(across, -(w2[0] * across + b2) / w2[1], **plots.JUDGE, label="discriminative line")
    ax.set(title=title, xlim=(-3.6, 3.6), ylim=(-3, 3), xlabel="$x_1$")
axes[0].set_ylabel("$x_2$")
axes[2].legend(*axes[0].get_legend_handles_labels(), fontsize=8, loc="lower right")
plt.show()

# %% [markdown]
# The same line, found from two sides. But ask the right-hand model for a new point, or whether a point is likely at all, and there is nothing to ask. It has learned where one cloud gives way to the other, not where the clouds *are*.
#
# ## Both kinds on real digits
#
# Block A came from the same kind of model in 40 dimensions (the 40 directions in which digits vary most, found by principal component analysis, PCA): for each digit one Gaussian, one **bell**, now with a covariance of its own. It can classify (largest $p_g(x, y)$), draw, and say how likely a picture is. Beside it, logistic regression on the same pixels. That is usually given a **penalty** for large weights, which keeps it modest where examples are few. We run it with hardly any (`C=1e3`), as above, and with scikit-learn's usual one (`C=1`). Three splits of the data, 597 held-out digits each; and a thousand pictures of pure noise, every pixel a random grey.
#
# > **Predict first.** Which of the two reads digits better? And how sure is logistic regression that noise is, say, a 4?

# %%
rows = []
for k in range(3):
    rng, known, held = split(k)
    model_k = DigitModel(pixels[known], digit[known], bells=1, seed=SEED)
    plain = LogisticRegression(C=1e3, max_iter=300).fit(pixels[known], digit[known])
    default = LogisticRegression(max_iter=300).fit(pixels[known], digit[known])       # C = 1: a stronger penalty
    noise = rng.random((1_000, 64))
    log_joint, nonsense = model_k.log_joint(pixels[held]), model_k.log_joint(noise)
    log_p, log_p_noise = (np.logaddexp.reduce(joint, 1) for joint in (log_joint, nonsense))    # p(x): sum over y
    rows.append([(log_joint.argmax(1) == digit[held]).mean(), plain.score(pixels[held], digit[held]),
                 default.score(pixels[held], digit[held]), *((one.predict_proba(noise).max(1) > 0.9).mean()
                 for one in (plain, default)), (log_p_noise < np.quantile(log_p, 0.01)).mean()])
gauss, plain_right, default_right, sure, default_sure, unlikely = np.array(rows).T
for name, values in (("one Gaussian per digit", gauss), ("logistic regression", plain_right),
                     ("… with its usual penalty", default_right)):
    print(f"{name:>24}: right on ≈ {100 * values.mean():.1f} ± {100 * values.std():.1f} % of held-out digits")
print(f"logistic regression is 90 % sure of ≈ {100 * sure.mean():.0f} % of noise pictures, with its usual penalty "
      f"of ≈ {100 * default_sure.mean():.0f} %")
claim("the generative model reads digits better than logistic regression in all 3 splits",
      (gauss > plain_right).all(), rows)
claim("with hardly any penalty logistic regression is 90 % sure of at least half of the noise pictures",
      sure.min() > 0.5, sure)
claim("with its usual penalty of fewer than a fifth", default_sure.max() < 0.2, default_sure)
claim("the generative model finds over 99 % of the noise less likely than all but 1 % of real digits",
      unlikely.min() > 0.99, unlikely)

# %% [markdown]
# If you had heard that discriminative models always classify better: not here. Ten Gaussians with covariances of their own draw *curved* borders; logistic regression on pixels has only straight ones. And only the model of $p(x)$ can say "I have never seen such a thing".
#
# ### Why the drawn digits are blurry
#
# Averages are soft, but each picture in A is a sample and not an average. So why the smudges? Take two real 3s, one upright, one leaning. Half-way between them lies their double exposure: two grey strokes where there ought to be one white. A Gaussian's log density is concave, like a hill with one top, so the point half-way between two pictures is always at least as likely as the less likely of the two.
#
# > **Predict first.** In how many of 100 pairs does the model think the double exposure *more* likely than both originals?
#
# A remedy comes to mind: not one bell for all 3s but several, a **mixture**. We try 1, 3, 10 and 30 bells for each digit. To measure blur: the share of pixels that are neither paper nor ink (between 0.2 and 0.8). For a fair comparison real digits, too, pass through the 40 coordinates. And two *judges*, trained to tell 300 real digits from 300 drawn ones and tested on 297 others of each: one whose border may be curved (a support vector machine), one whose border is straight (logistic regression). Lastly, call a drawing a *near-copy* if it is nearer to one of the digits learned from than 95 % of real held-out digits are.

# %%
from sklearn.svm import SVC


def grey(pictures):
    return ((pictures > 0.2) & (pictures < 0.8)).mean()


def nearest(pictures, known):
    """Distance from each picture to the nearest known one."""
    return torch.cdist(torch.as_tensor(pictures), torch.as_tensor(known)).amin(1).numpy()


def judge(real, drawn, judges):
    """Train each to tell 300 real pictures from 300 drawn ones; how often it is right on 297 others of each."""
    train, test = (np.concatenate([real[a:b], drawn[a:b]]) for a, b in ((0, 300), (300, 597)))
    return [one.fit(train, np.repeat([1, 0], 300)).score(test, np.repeat([1, 0], 297)) for one in judges]


# %%
def study(k, bells):
    """One split, so many bells: what the model thinks of real digits, and what its drawings are like."""
    rng, known, held = split(k)
    m = DigitModel(pixels[known], digit[known], bells, SEED)
    known_fit, fit = (m.log_joint(pixels[who])[np.arange(len(who)), digit[who]] for who in (known, held))
    partner = rng.permutation(len(held))
    other = held[partner]                                                # one for each held-out digit
    pair = (digit[other] == digit[held]) & (other != held)
    blend = m.log_joint((pixels[held] + pixels[other]) / 2)[np.arange(len(held)), digit[held]]
    liked = (blend > np.maximum(fit, fit[partner]))[pair].mean()
    learned, real = (m.pca.inverse_transform(m.pca.transform(pixels[who])).clip(0, 1) for who in (known, held))
    drawn = m.draw(60)[rng.permutation(600)]
    curved, straight = judge(real, drawn, (SVC(C=10), LogisticRegression(max_iter=1_000)))
    too_near = (nearest(drawn, learned) < np.quantile(nearest(real, learned), 0.05)).mean()
    return known_fit.mean(), fit.mean(), grey(drawn), grey(real), liked, curved, straight, too_near, drawn


# %%
BELLS = (1, 3, 10, 30)
studies = {bells: [study(k, bells) for k in range(3)] for bells in BELLS}
table = np.array([[run[:8] for run in studies[bells]] for bells in BELLS])            # (4, 3 splits, 8)
seen, unseen, grey_drawn, grey_real, liked, curved, straight, too_near = table.transpose(2, 0, 1)
print("bells  log p_g(x, y)   grey pixels  double exp.  judge right on        near-copies")
print("       known held-out               preferred    curved     straight")
for i, bells in enumerate(BELLS):
    percents = (100 * column[i].mean() for column in (grey_drawn, liked, curved, straight, too_near))
    print(f"{bells:>5}   ≈ {seen[i].mean():.0f}   ≈ {unseen[i].mean():.0f}      ",
          "       ".join(f"≈ {percent:.0f} %" for percent in percents))
print(f" real                      ≈ {100 * grey_real.mean():.0f} %")

# %%
claim("with one bell at least 7 in 10 double exposures are preferred to both originals", liked[0].min() > 0.7, liked)
claim("with one bell the drawings have at least 1.2 times the grey pixels of real digits, in all 3 splits",
      (grey_drawn[0] > 1.2 * grey_real[0]).all(), (grey_drawn, grey_real))
claim("more bells, less grey: each step from 1 to 30 brings it nearer to that of real digits",
      (np.diff(grey_drawn.mean(1)) < 0).all() and (grey_drawn[3] < 1.1 * grey_real[3]).all(), grey_drawn)
claim("more bells fit the known digits better and the held-out ones worse: 1 against 30, in all 3 splits",
      (seen[3] > seen[0]).all() and (unseen[3] < unseen[0]).all(), (seen, unseen))
claim("of the four, the single bell gives held-out digits the highest likelihood on average",
      unseen.mean(1).argmax() == 0, unseen)
claim("with 30 bells at least a quarter of the drawings are nearer to a known digit than 95 % of real ones are",
      too_near[3].min() > 0.25 and too_near[0].max() < 0.05, too_near)
claim("a curved judge unmasks the single bell's drawings: right at least 65 % of the time",
      curved[0].min() > 0.65, curved)
claim("a straight judge hardly can: right at most 65 % of the time", straight.max() < 0.65, straight)

# %% mystnb={"image": {"alt": "Scrubber over the number of bells for each digit: drawings with one bell are smudged, those with thirty are crisp."}}
from gan.figures import Scrubber


def picture(bells):
    figure, ax = plt.subplots(figsize=(6, 2.4))
    show(ax, studies[bells][0][-1][:40], f"{bells} bell{'s' * (bells > 1)} for each digit")
    return figure


def caption(bells):
    i = BELLS.index(bells)
    return (f"{bells} bell{'s' * (bells > 1)}: grey pixels ≈ {100 * grey_drawn[i, 0]:.0f} %, "
            f"near-copies ≈ {100 * too_near[i, 0]:.0f} %")


Scrubber.from_figures(map(picture, BELLS), map(caption, BELLS), label="bells for each digit", still=0)

# %% [markdown]
# So the blur comes from the bell and not from chance: one hill must cover all ways of writing a 3, and so it covers the ground between them as well. Many small hills leave more of that ground empty. But with 30 hills for some 120 known digits each hill sits on about four of them. The drawings are crisp because they are nearly copies, and the model is bad at digits it has not seen.
#
# Note three things for later. The likelihood of held-out digits likes the *blurry* model best: giving a real digit next to no density costs a great deal, and density spent on smudges costs little. A good-looking sample may be a copy. And the judges: a straight one sees next to nothing, because it can only compare averages, and the averages are right. A judge can only see the kinds of difference that its borders can follow.
#
# ## Who needs fewer examples?
#
# In 2001 Ng and Jordan compared the two kinds as classifiers. **Naive Bayes** is our Gaussian model with a covariance that has only a diagonal: "naive" because within a class it takes all features for independent. With variances shared by the classes, its logit is a straight line, like logistic regression's; the two differ only in how they find it. Their result: naive Bayes comes near *its own* final error after a number of examples that grows like $\log n$, where $n$ is the number of features; logistic regression needs a number that grows like $n$, and ends lower. Hence the famous picture: two curves that cross.
#
# Two real data sets: 442 diabetes patients, ten measurements each ("will the disease progress more than the median?"), and our 3s and 8s. Fifty random splits, always tested on what is not among the first 250. Logistic regression runs twice again, with hardly any penalty and with the usual one (dotted).
#
# > **Predict first.** Will the curves cross on both?

# %%
from sklearn.datasets import load_diabetes


def naive_bayes(x, y, x_new):
    """Class means, shares, and one variance per feature; the label with the largest p(x, y)."""
    means = np.stack([x[y == k].mean(0) for k in (0, 1)])
    variance = ((x - means[y]) ** 2).mean(0) + 0.01                      # a pixel that never varies has variance 0
    distance = ((x_new[:, None] - means) ** 2 / variance).sum(-1)        # (new, 2)
    return (np.log(np.bincount(y) / len(y)) - distance / 2).argmax(1)


def race(x, y, sizes, splits=50):
    """Test errors, (3, splits, sizes): naive Bayes, logistic regression, the same with its usual penalty."""
    errors = np.empty((3, splits, len(sizes)))
    for s in range(splits):
        rng = np.random.default_rng(1_000 * SEED + s)
        order = rng.permutation(len(x))
        while min(np.bincount(y[order[:sizes[0]]], minlength=2)) < 2:    # two of each class at the least
            order = rng.permutation(len(x))
        for i, n in enumerate(sizes):
            some, test = order[:n], order[250:]
            guesses = [naive_bayes(x[some], y[some], x[test]), *(LogisticRegression(C=C, max_iter=300).fit(
                x[some], y[some]).predict(x[test]) for C in (1e3, 1.0))]
            errors[:, s, i] = [(guess != y[test]).mean() for guess in guesses]
    return errors


# %% mystnb={"image": {"alt": "Test error against training size, two panels with bands. Diabetes: naive Bayes starts clearly lower and logistic regression passes it after about a hundred examples. Digits 3 and 8: logistic regression is lower nearly throughout and far lower at the end."}}
SIZES = (10, 20, 30, 50, 100, 250)
patients, progress = load_diabetes(return_X_y=True)
patients = patients / patients.std(0)                                    # one scale for all; their means are 0
races = {"diabetes": race(patients, (progress > np.median(progress)).astype(int), SIZES),
         "digits 3 and 8": race(pixels[picture_3_or_8], is_8.astype(int), SIZES)}
figure, axes = plt.subplots(1, 2, figsize=(8, 3.2))
kinds = {"naive Bayes": plots.FAKE, "logistic regression": plots.JUDGE, "… with its usual penalty": plots.REAL}
for ax, (title, errors) in zip(axes, races.items()):
    for (label, style), runs in zip(kinds.items(), 100 * errors):
        ax.plot(SIZES, runs.mean(0), label=label, **style)
        if style is not plots.REAL:
            ax.fill_between(SIZES, *np.quantile(runs, (0.1, 0.9), 0), color=style["color"], alpha=0.18, linewidth=0)
    ax.set(xscale="log", xticks=SIZES, xticklabels=SIZES, ylim=(0, None), xlabel="training examples", title=title)
    ax.minorticks_off()
axes[0].set_ylabel("test error, % (band: 80 % of splits)")
axes[1].legend(fontsize=8)
plt.show()

# %%
sugar, pairs = ({n: errors[:, :, i] for i, n in enumerate(SIZES)} for errors in races.values())    # n -> (3, splits)
for name, errors in zip(races, (sugar, pairs)):
    for n in (20, 250):
        (bayes, logistic, _), (bayes_std, logistic_std, _) = 100 * errors[n].mean(1), 100 * errors[n].std(1)
        print(f"{name:>14}, {n:>3} examples: naive Bayes ≈ {bayes:.1f} ± {bayes_std:.1f} %, "
              f"logistic regression ≈ {logistic:.1f} ± {logistic_std:.1f} %")
claim("diabetes, 20 examples: naive Bayes is ahead by over 3 points on average, and in at least 2 of 3 splits",
      (sugar[20][1] - sugar[20][0]).mean() > 0.03 and (sugar[20][0] < sugar[20][1]).mean() > 0.66, sugar[20].mean(1))
claim("diabetes, 250 examples: logistic regression is ahead on average",
      sugar[250][1].mean() < sugar[250][0].mean(), sugar[250].mean(1))
claim("diabetes, 20 examples: the usual penalty takes away at least a third of naive Bayes' lead",
      (sugar[20][2] - sugar[20][0]).mean() < 2 / 3 * (sugar[20][1] - sugar[20][0]).mean(), sugar[20].mean(1))
claim("digits 3 and 8: logistic regression with hardly any penalty is ahead at every size, on average",
      all(errors[0].mean() > errors[1].mean() for errors in pairs.values()), races["digits 3 and 8"].mean(1))
claim("digits 3 and 8, 10 examples: the usual penalty costs it at least a point, and puts it behind naive Bayes",
      pairs[10][2].mean() > max(pairs[10][1].mean() + 0.01, pairs[10][0].mean()), pairs[10].mean(1))
claim("digits 3 and 8, 250 examples: naive Bayes errs at least twice as often",
      pairs[250][0].mean() > 2 * pairs[250][1].mean())
claim("on both, naive Bayes with 50 examples is within a third of its error with 250",
      all(e[50][0].mean() < 4 / 3 * e[250][0].mean() for e in (sugar, pairs)), (sugar[50], pairs[50]))
claim("on the digits logistic regression still more than halves its error from 50 to 250",
      pairs[50][1].mean() > 2 * pairs[250][1].mean())

# %% [markdown]
# Ng and Jordan's half about speed held on both: naive Bayes was soon as good as it would ever be. The famous *crossing* is another matter. On the diabetes data it is there. On the digits naive Bayes settles just as quickly, on an error that is not worth having, and plain logistic regression leads from the start. Now look at the dotted line, the same logistic regression with scikit-learn's usual penalty. With few patients the penalty helps it, and takes away part of naive Bayes' lead; with few digits it hurts, and a crossing appears where there was none. Whether you see the famous picture can depend on a default argument.
#
# So "generative models need less data" is no law. They are quick to reach their own best; how good that is depends on their assumptions, and who wins depends on the rival.
#
# ## A generative model of sentences
#
# Text is drawn one word after another. By the product rule, exactly and for every density,
#
# $$ p(x) = p(x_1)\; p(x_2\mid x_1)\; p(x_3 \mid x_1, x_2) \cdots\qquad\text{for a sentence } x = (x_1, x_2, \ldots). $$
#
# Look at the factors: each is "which word, given the ones before", a discriminative model! Models of this form are called **autoregressive**; today's language models are. Ours is the smallest: it remembers one word, $p(x_i\mid x_{i-1})$, a **bigram** model. Its training text is a few pages of this book, as they stood when this chapter was written.

# %% tags=["hide-input"]
text = """
Two networks play against each other. One makes things, the other tries to tell them from real ones, and the
better each becomes, the more it demands of the other. From this game come faces of people who never lived, and
some of the oddest training curves in machine learning. This book teaches the game from the first idea to the
models of today. Where the text says that something happens, the code beside it makes it happen, with several
random seeds, and stops with an error if it does not. Each chapter asks one question, shows the thing itself,
lets you predict, and only then explains. A lucky picture is easily made. Most of what there is to know about
these networks is why they fail, how often, and what helps. Everything on these pages is finished, and some code
is folded away behind a button. The first cell installs what is missing. A chapter takes about a minute on two
cores. No data has to be downloaded. How can a network learn to make things when nobody can tell it how they are
made? We recognise a good one at once, and cannot write down the rule. It trains one network to make things and
a second one to catch it, and the opinion of the second one is all the teaching the first one gets. A forger
paints. A police officer looks at paintings, some from the museum and some from the forger, and says of each how
likely it is to be real. Both start as bunglers. When the officer learns to spot a forgery, the forger learns
what gave it away. When the forger improves, the officer must look closer. Neither was ever told what makes a
painting good. If neither can improve any more, the forgeries are as good as real. Now the same without paint.
The forger is the generator. It takes noise and returns a number, the fake. The officer is the discriminator. It
takes a number and returns the probability that the number is real. Both are small networks, and here is the
whole match. In each step it shows the officer some real numbers and some fakes, improves the officer a little,"""

# %% tags=["hide-input"]
text += """
then improves the forger a little. At the start the generator sends all noise to nearly the same place. The
clump travels first, and only then does it spread and split. Where fakes and real numbers are equally frequent,
the best officer in the world can do no better than toss a coin. The officer is an ordinary classifier with the
labels real and fake. The forger wants the officer to be wrong. Both want the same thing, and they push with
different force. The forger never visits the museum. The first is how badly the forger did, the second is the
advice of the officer, and the third is the skill of the forger. If the advice of the officer is missing, the
generator learns nothing at all, however badly it does. Keep this in mind. Most of what goes wrong in this book
is a way for the advice to be zero, huge or misleading. Five runs, from five different starts, say how much of
this is luck. The officer comes near the best answer where there are points, and in the tails its value is
whatever the network happens to say. Following the advice of an officer who stands still is no guarantee. The
slope says which way is more real given the present fakes, and when all the fakes have gone there, it is no
longer true. The officer must keep learning, with small steps, in turn. The end is not the end of a movie. Data
and fakes still differ by a little, and go on moving about. At the start a good officer is right most of the
time, and at the end the best possible officer is right half of the time. An officer who is nearly always right
has little left to teach. The generator sees no data at all. Everything it learns comes from the opinion of the
officer about its own fakes. A model with a formula for its density can say at once how likely a number is. The
generator has no such formula. It gives samples, as many as you like, and no density. The losses do not tell how
good the samples are, or when to stop. So measure the samples, with something that took no part in the game."""
# %%
import random
import re
from collections import Counter, defaultdict

START, END = "^", "."
sentences = [words for part in re.split("[.?]", text) if len(words := re.findall("[a-z]+", part.lower())) >= 5]
vocabulary = sorted({word for words in sentences for word in words} | {END})


class Bigrams:
    def __init__(self, sentences):
        self.after, self.single = defaultdict(Counter), Counter()
        for words in sentences:
            self.single.update([*words, END])
            for previous, word in zip([START, *words], [*words, END]):
                self.after[previous][word] += 1

    def p(self, word, previous):
        """Counted pairs, mixed with the plain frequency of the word as if that had been seen 5 times more."""
        plain = (self.single[word] + 1) / (self.single.total() + len(vocabulary))
        pairs = self.after.get(previous, Counter())
        return (pairs[word] + 5 * plain) / (pairs.total() + 5)

    def log_p(self, words):
        return sum(np.log(self.p(word, previous)) for previous, word in zip([START, *words], [*words, END]))


# %%
bigrams = Bigrams(sentences)
dice = random.Random(1_000 * SEED)


def say():
    words = []
    while len(words) < 25:
        seen = bigrams.after[words[-1] if words else START]
        word = dice.choices(list(seen), seen.values())[0]
        if word == END:
            break
        words.append(word)
    return words


print(len(sentences), "sentences,", len(vocabulary), "different words. It says:")
for _ in range(5):
    print("-", " ".join(say()))
claim("it is a density: after each word the probabilities of all next words sum to 1",
      all(abs(sum(bigrams.p(word, before) for word in vocabulary) - 1) < 1e-9 for before in [START, *vocabulary[:50]]))

# %% [markdown]
# Nonsense, with a familiar ring. Whether the model has learned anything about *order* can be measured: take a real sentence, shuffle its words, and compare the two log-likelihoods. Sentences it was fitted on would be too easy, so each fifth of the text is scored by a model that was fitted on the other four. Beside it a model without memory, $p(x_1)\,p(x_2)\cdots$
#
# > **Predict first.** Most pairs of neighbouring words in a held-out sentence never occurred in the other four fifths. In how many of 10 sentences will the real order still beat the average shuffle? And for the model without memory?

# %% mystnb={"image": {"alt": "Two histograms of the gain in log-likelihood per word of real order over shuffled. Held-out sentences lie mostly a little above zero, sentences it was fitted on far above."}}
def gain(model, words, shuffles=20):
    """log p of the real order minus that of shuffles, per word."""
    shuffled = [model.log_p(dice.sample(words, len(words))) for _ in range(shuffles)]
    return (model.log_p(words) - np.mean(shuffled)) / len(words)


held_out, fitted = [], []
deck = dice.sample(sentences, len(sentences))
for fold in range(5):
    model_text = Bigrams([words for i, words in enumerate(deck) if i % 5 != fold])
    held_out += [gain(model_text, words) for words in deck[fold::5]]
    fitted += [gain(model_text, words) for words in deck[(fold + 1) % 5::5]]
figure, ax = plt.subplots(figsize=(6, 2.6))
bins = np.arange(-1, 5, 0.2)
ax.hist(held_out, bins, color=plots.FAKE["color"], alpha=0.8, label="held-out sentences")
ax.hist(fitted, bins, histtype="step", color="black", linestyle=":", linewidth=2, label="fitted sentences")
ax.axvline(0, color="0.6")
ax.set(xlabel="log-likelihood per word, real order minus shuffled", ylabel="sentences")
ax.legend()
plt.show()

# %%
held_out, fitted = np.array(held_out), np.array(fitted)
memoryless = [sum(np.log(bigrams.single[word]) for word in words) for words in (sentences[0], sentences[0][::-1])]
print(f"the real order wins in ≈ {100 * (held_out > 0).mean():.0f} % of held-out sentences, "
      f"by ≈ {held_out.mean():.2f} ± {held_out.std():.2f} per word; fitted ones: ≈ {fitted.mean():.1f}")
claim("the real order of held-out sentences beats the average shuffle in at least 2 of 3",
      (held_out > 0).mean() > 2 / 3, held_out)
claim("on sentences it was fitted on the gain is at least three times as large",
      fitted.mean() > 3 * held_out.mean(), (fitted.mean(), held_out.mean()))
claim("without memory the order makes no difference at all", abs(memoryless[0] - memoryless[1]) < 1e-9)

# %% [markdown]
# A small real signal on new sentences, a huge and mostly meaningless one on old ones: the same lesson as the thirty bells. Always score on what the model has not seen.
#
# ## The families
#
# Mixtures and bigrams are two families of generative models; there are others, and all aim at samples that could have been data. They differ in what else they can do. A density is **explicit** if there is a formula for it, and **tractable** if that formula can be computed; a model that only gives samples is **implicit**. Many families draw from a **latent** vector $z$, random numbers from which the sample is made; to *infer* is to go back, from $x$ to its $z$.
#
# | family | sample | evaluate $p_g(x)$ | infer $z$ |
# |---|---|---|---|
# | mixtures, Gaussians (this chapter) | at once | exactly | exactly: which bell? |
# | autoregressive (bigrams, language models) | one part after another | exactly | there is no $z$ |
# | VAE (variational autoencoder) | at once | a lower bound | approximately: a second network learns to |
# | flow | at once | exactly, because $G$ is built to be invertible | exactly: invert $G$ |
# | diffusion | many passes, each removes a little noise | a lower bound; more at great expense | at the cost of many passes |
# | **GAN** | **at once** | **no: implicit** | **no, unless one trains for it** |
#
# The last row we can check now. A GAN's **generator** $G$ is any network that turns noise $z$ into a sample, $x = G(z)$. Untrained will do. The matrix of its derivatives $\partial G/\partial z$, the **Jacobian**, tells where a sample moves when $z$ does; its rank counts the directions.

# %%
G, _ = gan.models.mlp_pair(features=64, latent=8)                        # 8 random numbers in, 64 pixels out
G = G.to(device)
passes = []
G.net.register_forward_hook(lambda *_: passes.append(1))
samples = G.sample(10_000)
spoken = say()
print(f"{len(passes)} pass of G for {len(samples):,} samples; the bigram model needs a draw for each word")
claim("one pass of the generator makes 10,000 samples", len(passes) == 1 and samples.shape == (10_000, 64))
claim("it has a way to sample and none to evaluate a density; the clouds' model has both",
      hasattr(G, "sample") and not hasattr(G, "log_prob") and hasattr(p_g, "sample") and hasattr(p_g, "log_prob"))
jacobian = torch.func.vmap(torch.func.jacrev(G.net))(torch.randn(100, 8, device=device))      # (100, 64, 8): dG/dz
rank = torch.linalg.matrix_rank(jacobian.cpu())
claim("at no point do its samples move in more than 8 of the 64 directions", rank.max() <= 8, rank)

# %% [markdown]
# The last claim says something worse than "the density is hard to compute". Where 8 numbers go in, all samples lie on an 8-dimensional sheet, curled up in 64-dimensional space. A sheet has no volume: the probability is piled up on it infinitely high, and is zero beside it. Whenever $z$ has fewer coordinates than $x$, as is usual, **there is no density** $p_g(x)$ in the ordinary sense. Fitting by likelihood, which did all the work in this chapter so far, cannot even begin. Some other teacher is needed.
#
# ## A classifier that knows a ratio
#
# The last experiment of this chapter finds one. Fit one single Gaussian to *both* clouds: a bad model $p_g$ that fills the gap between them. Now mix real points and model samples, half and half, and train a discriminative model to say which is which. Call it $D$, the **discriminator**. A perfect one says, by Bayes' rule with $p(\text{real}) = p(\text{model}) = ½$,
#
# $$ D(x) = p(\text{real}\mid x) = \frac{p(x)}{p(x) + p_g(x)}, \qquad \underbrace{\log\frac{D(x)}{1 - D(x)}}_{\text{the logit}} = \log p(x) - \log p_g(x). $$
#
# The odds of a perfect discriminator *are* the ratio of the two densities. It is told no density, only "real" and "not". It learns as classifiers do, by minimising the **cross-entropy**: the mean of $-\log$ of the probability that it gave to the right answer.
#
# > **Predict first.** We know both densities here, so we can check. Will a small network's logit be off by 0.03, 0.3 or 3, where the points are? And far away from all points?

# %%
from torch.nn.functional import softplus

sample = world.sample((20_000,))
bell = MultivariateNormal(sample.mean(0), sample.T.cov())                # the bad model


def log_ratio(x):
    return world.log_prob(x) - bell.log_prob(x)                          # the truth, which D is not told


def train_judge(seed, steps=800, batch=256):
    """A network that is told of real points and model samples which is which. Also our loss minus the package's."""
    torch.manual_seed(1_000 * SEED + seed)
    D = torch.nn.Sequential(gan.models.mlp([2, 64, 64, 1], gan.models.leaky), torch.nn.Flatten(0)).to(device)
    adam = torch.optim.Adam(D.parameters(), 4e-3, fused=True)
    slower = torch.optim.lr_scheduler.LinearLR(adam, 1.0, 0.02, steps)   # smaller steps towards the end
    for _ in range(steps):
        x = torch.cat([world.sample((batch,)), bell.sample((batch,))]).to(device)
        real_logits, model_logits = D(x).split(batch)
        loss = (softplus(-real_logits) + softplus(model_logits)).mean()  # -log D(x) and -log(1 - D(x))
        adam.zero_grad()
        loss.backward()
        adam.step()
        slower.step()
    return D, loss - gan.losses.minimax.discriminator(real_logits, model_logits).mean()


# %%
judges, differences = zip(*[train_judge(seed) for seed in range(5)])
claim("our loss is the package's, to 1e-6", max(map(abs, differences)) < 1e-6, differences)

real, drawn = world.sample((20_000,)), bell.sample((20_000,))
angle = torch.linspace(0, 6.28, 100)
far = 8 * torch.stack([angle.cos(), angle.sin()], 1)                     # a circle where nobody has been
near = torch.cat([real, drawn])
with torch.no_grad():
    logits, logits_far = (torch.stack([D(x.to(device)).cpu() for D in judges]) for x in (near, far))     # (5, points)
error = (logits - log_ratio(near)).abs().mean(1)
error_far = (logits_far - log_ratio(far)).abs().mean(1)
right = ((logits > 0) == (torch.arange(40_000) < 20_000)).float().mean(1)
possible = ((log_ratio(real) > 0).float().mean() + (log_ratio(drawn) <= 0).float().mean()) / 2
mean_odds = logits[:, 20_000:].exp().mean(1)
print(f"log ratio off by ≈ {error.mean():.3f} ± {error.std():.3f} where the points are, "
      f"by ≈ {error_far.mean():.0f} far away")
print(f"right on ≈ {100 * right.mean():.1f} % of points; whoever knows both densities, on ≈ {100 * possible:.1f} %")
print(f"mean odds over model samples ≈ {mean_odds.mean():.3f} ± {mean_odds.std():.3f}, in theory 1")
claim("all 5 discriminators know the log density ratio to within 0.15 on average, where the points are",
      error.max() < 0.15, error)
claim("far away each errs by at least 20 times as much", (error_far > 20 * error).all(), (error, error_far))
claim("each is right as often as one can be who knows both densities, to within a percent",
      (right - possible).abs().max() < 0.01, (right, possible))
claim("the odds average to 1 over model samples, to within 0.1, as the integral of p_g times p/p_g must",
      (mean_odds - 1).abs().max() < 0.1, mean_odds)

# %% [markdown]
# It is right only somewhat more often than a coin would be, and yet it knows the ratio well: being right is not the same as knowing the odds.
#
# What is the ratio good for? It says exactly what is wrong with the model: where the odds are small, the model puts points that don't belong. So let $D$ be the editor. Draw from the bell, and keep a sample with a probability proportional to its odds. How far the result is from the data we count on a grid of cells: half the sum of all differences in the cells' shares, the *total variation distance*, which is 0 for equals and 1 for strangers.

# %%
def cells(x):
    """Share of the points in each cell of a 16 x 16 grid."""
    return torch.histogramdd(x.contiguous(), bins=[16, 16], range=[-4.0, 4.0, -4.0, 4.0])[0] / len(x)


def gap(x):
    return ((cells(x) - reference).abs().sum() / 2).item()               # total variation distance: 0 same, 1 disjoint


def kept_by(D):
    odds = D(drawn.to(device)).exp().detach().cpu()
    return drawn[torch.rand(len(drawn)) < odds / odds.quantile(0.995)]


reference = cells(world.sample((400_000,)))
edited = [kept_by(D) for D in judges]
before, after = gap(drawn), torch.tensor([gap(x) for x in edited])
luck = gap(world.sample((len(edited[0]),)))
print(f"distance to the data: the bell ≈ {before:.2f}, edited ≈ {after.mean():.3f} ± {after.std():.3f}, "
      f"as many real points ≈ {luck:.3f}")
claim("edited by D, the samples of a single bell come at least 3 times nearer to the two clouds, for all 5 judges",
      after.max() < before / 3, (before, after))

# %% mystnb={"image": {"alt": "Four panels over the plane: real points in two clouds; samples of one bell that fill the gap between them; contours of a trained discriminator's logit, which closely follow the true log ratio; and the samples that the discriminator kept, again two clouds."}}
figure, axes = plt.subplots(1, 4, figsize=(10, 2.9), sharex=True, sharey=True)
for ax, points, title in zip(axes[[0, 1, 3]], (real, drawn, edited[0]), ("data", "one bell", "one bell, edited by D")):
    ax.scatter(*points[:1_000].T, s=2, color="black" if title == "data" else plots.FAKE["color"])
    ax.set_title(title)
line = torch.linspace(-3.6, 3.6, 73)
plane = torch.stack(torch.meshgrid(line, line, indexing="xy"), -1).reshape(-1, 2)
with torch.no_grad():
    learned = judges[0](plane.to(device)).cpu()
for values, color, style in ((log_ratio(plane), "0.65", "solid"), (learned, plots.JUDGE["color"], "dashed")):
    levels = axes[2].contour(line, line, values.reshape(73, 73), levels=[-4, -2, 0], colors=color, linestyles=style)
axes[2].clabel(levels, fontsize=7)
axes[2].set_title("log odds: true grey, $D$ dashed")
for ax in axes:
    ax.set(xlim=(-3.6, 3.6), ylim=(-3.6, 3.6), xlabel="$x_1$", aspect="equal")
axes[0].set_ylabel("$x_2$")
plt.show()

# %% [markdown]
# A discriminative model has repaired a generative one. It needed samples from both and a density from neither, so it would work just as well for a generator that has no density.
#
# Editing throws samples away, and works only if the model at least sometimes does the right thing. There is a better use of such a judge. Its logit has a *slope* in $x$, and the slope says in which direction a sample would look more real. So don't delete the bad samples. **Move the generator**, so that its samples go where the judge points; then train the judge again. Two networks, taking turns: that is a generative adversarial network, and chapter 2. (Chapter 3 builds its theory on the one formula for $D(x)$ above.)
#
# ## Exercises
#
# **1 (two minutes).** From the table of 3s and 8s at the beginning: the pixel shows *paper*. How probable is it that the picture is a 3? Put your number in, with three digits after the point, and run.

# %%
def check_exercise_1(answer):
    claim("your probability is right", abs(answer - 71 / (71 + 11)) < 1e-3, answer)


# check_exercise_1(your number)

# %% tags=["hide-cell"]
check_exercise_1(71 / 82)                      # of 82 pictures with paper there, 71 are 3s: 0.866
for wrong in (0.388, 0.199, 0.513):            # p(paper | 3) = 71/183; p(paper, 3) = 71/357; p(3) = 183/357
    try:
        check_exercise_1(wrong)
    except AssertionError:
        print(wrong, "is refused")

# %% [markdown]
# **2 (ten minutes).** Show a discriminator *two* model samples for every real point. What becomes of its logit, everywhere? Derive it with Bayes' rule, then check it on a line, where logistic regression can be perfect: real points from $\mathcal N(1, 1)$, model samples from $\mathcal N(0, 1)$.

# %% tags=["hide-cell"]
# p(real) = 1/3 and p(model) = 2/3: the odds are p(x) / (2 p_g(x)), so the logit drops by log 2 = 0.693 everywhere.
# With equal shares it is log p - log p_g = x - 1/2. So we expect a slope of 1 and offsets of -0.5 and -0.5 - 0.693.
rng = np.random.default_rng(1_000 * SEED + 500)
offsets = []
for n_model in (50_000, 100_000):
    x = np.concatenate([rng.normal(1, 1, 50_000), rng.normal(0, 1, n_model)])[:, None]
    fit = LogisticRegression(C=1e3).fit(x, np.repeat([1, 0], [50_000, n_model]))
    offsets.append(fit.intercept_[0])
    print(f"slope ≈ {fit.coef_[0, 0]:.2f}, offset ≈ {offsets[-1]:.2f}")
claim("with as many of each the offset is -1/2, to within 0.06", abs(offsets[0] + 0.5) < 0.06, offsets)
claim("two model samples for each real one shift the logit by -log 2 = -0.693, to within 0.06",
      abs(offsets[1] - offsets[0] + np.log(2)) < 0.06, offsets)

# %% [markdown]
# **3 (half an hour).** When *does* a generator have a density? Take $G(z) = \mu + Lz$ with a square, invertible $L$ and $z \sim \mathcal N(0, I)$: a linear *flow*. A small box of noise with volume 1 becomes a box with volume $\lvert\det L\rvert$, and the probability in it stays the same. Write down $\log p_g(x)$ from that, and hold it against `MultivariateNormal`.

# %% tags=["hide-cell"]
mu, L = means[0], torch.linalg.cholesky(tilt)
x = mu + torch.randn(1_000, 2) @ L.T                                     # samples: G(z)
z = torch.linalg.solve(L, (x - mu).T).T                                  # infer: the way back
log_p_z = -z.square().sum(1) / 2 - np.log(2 * np.pi)                     # two independent standard normals
by_hand = log_p_z - torch.linalg.slogdet(L).logabsdet
claim("log p_g(x) = log p_z(z) - log |det L| is the normal density's own formula, to 1e-4",
      (by_hand - MultivariateNormal(mu, tilt).log_prob(x)).abs().max() < 1e-4)

# %% [markdown]
# **4 (an afternoon).** Make the model of sentences remember two words. How does the gain of real over shuffled change on fitted and on held-out sentences? How much more text would it need? Try a longer text of your own.

# %% tags=["hide-cell"]
class Trigrams(Bigrams):
    def __init__(self, sentences):
        super().__init__(sentences)
        self.after_two = defaultdict(Counter)
        for words in sentences:
            for two, word in zip(zip([START, START, *words], [START, *words]), [*words, END]):
                self.after_two[two][word] += 1

    def log_p(self, words):
        total = 0.0
        for two, word in zip(zip([START, START, *words], [START, *words]), [*words, END]):
            seen = self.after_two.get(two, Counter())
            total += np.log((seen[word] + 5 * self.p(word, two[1])) / (seen.total() + 5))     # bigrams fill the gaps
        return total


# %% tags=["hide-cell"]
gains = {Bigrams: ([], []), Trigrams: ([], [])}                            # held-out, fitted
for fold in range(5):
    for kind, (new, old) in gains.items():
        model_text = kind([words for i, words in enumerate(deck) if i % 5 != fold])
        new += [gain(model_text, words) for words in deck[fold::5]]
        old += [gain(model_text, words) for words in deck[(fold + 1) % 5::5]]
(new_2, old_2), (new_3, old_3) = ([np.mean(part) for part in pair] for pair in gains.values())
print(f"held-out: bigrams ≈ {new_2:.2f}, trigrams ≈ {new_3:.2f}; fitted: ≈ {old_2:.2f}, ≈ {old_3:.2f}")
claim("two words of memory raise the gain on fitted sentences by over a fifth, and on held-out ones by under 0.2 a word",
      old_3 > 1.2 * old_2 and new_3 - new_2 < 0.2, (new_2, new_3, old_2, old_3))
# The longer memory is, for the most part, memory of this text.

# %% [markdown]
# ## Summary
#
# - A discriminative model learns $p(y\mid x)$; a generative one learns how $x$ comes about. The second can draw, classify and call a point strange; the first can only classify, often with fewer assumptions.
# - One bell per digit draws readable, blurry digits, because what lies between two good pictures seems likely to it. Thirty bells draw crisp near-copies.
# - Naive Bayes is quick to reach its own best. Whether that beats logistic regression depends on its assumption, and on the penalty of its rival.
# - GANs are implicit: samples at once, and no density to evaluate.
# - A classifier of real against model samples estimates the density ratio, where there are points. That makes it a teacher.
#
# > **Often misread.** "Generative models make things, discriminative ones classify." A generative model of $p(x, y)$ classifies too, and for our digits it did so better.
#
# > **Often misread.** "A higher likelihood means better-looking samples." The blurry model had the highest held-out likelihood of the four.
#
# > **Often misread.** "$D$ is right only 6 times in 10, so it has learned little." If the model is good, nobody can be right more often. The odds are what counts.
#
# **Further reading.** Ng & Jordan, [On Discriminative vs. Generative Classifiers](https://papers.nips.cc/paper/2001/hash/7b7a53e239400a13bd6be6c91c4f6c4e-Abstract.html) (2001). Goodfellow, [NIPS 2016 Tutorial](https://arxiv.org/abs/1701.00160), with a family tree of generative models. Mohamed & Lakshminarayanan, [Learning in Implicit Generative Models](https://arxiv.org/abs/1610.03483) (2016), on density ratios. Azadi et al., [Discriminator Rejection Sampling](https://arxiv.org/abs/1810.06758) (2019): the editor, at scale.
#
# Next: [two players](02_two_players.ipynb).
