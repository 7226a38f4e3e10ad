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
# # 5 · Noise
#
# **A generator turns random numbers into pictures, but what does the noise do there, and does it matter which noise one takes?** The noise vector $z$ is the only source of variety, and $G$ must bend its distribution into that of the data. This chapter shows what that costs where the data lie in separate pieces. It also shows which properties of the noise matter, and what one meets on a walk through the space of $z$.
#
# - **You need** [chapter 2](02_two_players.ipynb) (the two players) and [chapter 4](04_training_loop.ipynb) (the loop, the Fréchet distance).
# - **Afterwards you can** compute a push-forward, bound how many samples fall between two modes, choose kind and dimension of the noise, walk between samples, and say when truncation helps.
# - **Measured run time:** about 40 s on 2 CPU cores.

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
# > **Predict first.** The data are eight separate modes on a circle, the noise is one round cloud in the plane, and $G$ is continuous. In the left picture each $z$ has the colour of the mode that $G(z)$ lies on, and it is black where $G(z)$ lies on none. If the GAN is trained for long enough, will the black be gone?

# %%
from torch import nn

from gan.models import Generator, leaky, mlp


def networks(latent, features, noise=torch.randn, width=64, end=nn.Identity):
    """G and D, both with two hidden layers; ``end`` is what G's output goes through."""
    G = nn.Sequential(mlp([latent, width, width, features], leaky), end())
    D = nn.Sequential(mlp([features, width, width, 1], leaky), nn.Flatten(0))
    return Generator(G, latent, noise), D


RECIPE = dict(lr=2e-3, betas=(0.0, 0.99), device=device)
ring = gan.data.ring(std=0.1)
torch.manual_seed(1_000 * SEED)
# Three pairs side by side: each has weights, noise and data of its own.
G_ring, D_ring = gan.ensemble.stack(networks(latent=2, features=2) for _ in range(3))
z_ring = torch.randn(3, 4_000, 2, device=device)
film = {0: G_ring(z_ring).detach()}
for step in gan.train(G_ring, D_ring, ring, steps=4_000, batch=64, **RECIPE):
    if step.index in (50, 100, 200, 400, 1_000, 2_000, 4_000):
        film[step.index] = G_ring(z_ring).detach()

# %% tags=["hide-input", "measure"]
def share_off(x):
    return 1 - gan.metrics.count_modes(x, ring).high_quality.cpu()


off = {step: share_off(x) for step, x in film.items()}              # (3,) for each step

# %% tags=["hide-input", "drawing"]
from gan.figures import Scrubber

COLOURS = plt.get_cmap("Set2")(range(8))


def colours_of(x):
    """Points (N, 2): the colour of the mode within 3 standard deviations, or black."""
    distance, mode = torch.cdist(x, ring.modes.to(x)).min(-1)
    colours = COLOURS[mode.cpu().numpy()]
    colours[(distance > 3 * ring.std).cpu().numpy()] = 0, 0, 0, 1
    return colours


def picture(step):
    figure, axes = plt.subplots(1, 2, figsize=(7.4, 3.8))
    colours = colours_of(film[step][0])
    noise = (z_ring[0], 3, "z", "noise $z$")
    fakes = (film[step][0], 1.6, "x", "fakes $G(z)$")
    for ax, (points, end, axis, title) in zip(axes, (noise, fakes)):
        ax.scatter(*points.T.cpu(), s=4, color=colours)
        ax.set(title=title, xlabel=f"${axis}_1$", ylabel=f"${axis}_2$", aspect="equal")
        ax.set(xlim=(-end, end), ylim=(-end, end))
    return figure


# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Scrubber over the training steps, two panels. Left, the noise plane: at step 0 all black, later eight coloured sectors with black borders that become thinner. Right, the fakes: at the end they lie on the eight modes in the sectors' colours, with some black ones between neighbouring modes."}}
captions = [f"step {step}: ≈ {100 * share[0]:.0f} % of the fakes lie on no mode (black)"
            for step, share in off.items()]
Scrubber.from_figures(map(picture, film), captions, label="training step", still=0)

# %% tags=["hide-cell", "checks"]
spacing = torch.pdist(ring.modes).sort().values[:8]
check("the ring has 8 different modes, neighbours all equally far apart",
      len(ring.modes) == 8 and spacing.min() > 0.5
      and spacing.max() < 1.001 * spacing.min(), spacing)

# %% [markdown]
# The noise plane becomes a cake with one sector for each mode and a black border between neighbours. A border is narrow in the noise, but $G$ lays it across the whole empty space between two modes. Such a piece of noise is called a **bridge**. The bridges become thinner as long as $G$ learns, yet they are still there at the end, and the next sections say why they cannot go.
#
# ## Push a distribution forward
#
# A trained $G$ is a fixed function, and all the chance is in $z$, drawn from a density $p_z$ that is usually the standard normal one. The distribution of $G(z)$ is the **push-forward** of the noise through $G$, and it is our $p_g$.
#
# On a line one can follow every bit of probability. If $G$ rises with slope $G'(z) > 0$, the noise between $z$ and $z + \mathrm{d}z$ lands between $x$ and $x + G'(z)\,\mathrm{d}z$. Its probability stays the same while the room it fills is $G'(z)$ times as large, and therefore
#
# $$ p_g(x) = \frac{p_z(z)}{G'(z)} \quad\text{at } x = G(z). $$
#
# Where $G$ is steep the noise is spread thin, and where $G$ is flat it piles up. For $G(z) = e^z$ the formula gives the log-normal density.

# %%
z = torch.linspace(-6, 6, 20_001, dtype=torch.float64)
p_z = torch.exp(-z.square() / 2) / (2 * torch.pi) ** 0.5
x = slope = z.exp()
p_g = p_z / slope

# %% tags=["hide-cell", "checks"]
library = torch.distributions.LogNormal(0.0, 1.0).log_prob(x).exp()
mass = torch.trapezoid(p_z, z)
check("the normal density written out integrates to 1", abs(mass - 1) < 1e-6, mass)
check("noise density divided by slope is the density of exp(z), to 1e-6",
      (p_g - library).abs().max() < 1e-6)

# %% [markdown]
# ## The game fixes the distribution, not the map
#
# Now the noise is one bell and the data are two, at $-2$ and $2$. One $G$ that does this keeps the order: the lowest 1 % of the noise goes to the lowest 1 % of the data, and so on. With $\Phi(z)$ for the share of the noise below $z$ and $F(x)$ for the share of the data below $x$, this map is $T(z) = F^{-1}(\Phi(z))$. Of all maps from this noise to these data it moves the noise by the least squared distance on average. Hence its name, the monotone **optimal transport** map.
#
# A GAN is never told about order. Here is what five of them learn in 1,000 steps, with one-dimensional noise and 32 units in each hidden layer.

# %%
def trained(pairs, data, steps, batch=64):
    """The same loop as above for any pairs of networks; returns their G."""
    G, D = gan.ensemble.stack(pairs)
    for _ in gan.train(G, D, data, steps=steps, batch=batch, **RECIPE):
        pass
    return G.requires_grad_(False)


bells = gan.data.GaussianMixture([[-2.0], [2.0]], std=0.5)
torch.manual_seed(1_000 * SEED + 1)
G_line = trained([networks(1, 1, width=32) for _ in range(5)], bells, 1_000, batch=128)
G_wide = trained([networks(16, 1, width=32) for _ in range(5)], bells, 1_000, batch=128)

# %% tags=["hide-input", "measure"]
import numpy as np
from torch.distributions import Normal

unit, low, high = Normal(0.0, 1.0), Normal(-2.0, 0.5), Normal(2.0, 0.5)
# Evenly likely noise: the middles of 20,000 slices that hold the same share.
z = unit.icdf((torch.arange(20_000) + 0.5) / 20_000)
x = torch.linspace(-5, 5, 40_001, dtype=torch.float64)
p = (low.log_prob(x).exp() + high.log_prob(x).exp()) / 2
F = (low.cdf(x) + high.cdf(x)) / 2
T = torch.tensor(np.interp(unit.cdf(z), F, x)).float()
# Both (5, 20000): what each run makes of the same 1-D noise, and of its own 16-D noise.
learned = G_line(z.expand(5, -1)[..., None].to(device)).squeeze(-1).cpu()
wide = G_wide(G_wide.noise(20_000)).squeeze(-1).cpu()

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Left: the monotone map as a dotted step with a nearly vertical rise at z = 0, and five learned maps in different line styles; some rise, some fall, several fold back. Right, densities on a log axis: each of the five runs has a floor between the bells that lies some ten times above the valley of the data."}}
figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.4))
left.plot(z, T, label="optimal map $T$", color="black", linestyle=":", linewidth=3)
for k, style in enumerate(["-", "--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1))]):
    label = "learned $G$, five runs" if k == 0 else None
    left.plot(z, learned[k], linewidth=1.2, linestyle=style, label=label)
    density, edges = np.histogram(learned[k], 41, range=(-4.1, 4.1), density=True)
    right.plot((edges[1:] + edges[:-1]) / 2, density, linewidth=1.2, linestyle=style)
left.axhspan(-0.5, 0.5, color="0.9", zorder=0)
right.axvspan(-0.5, 0.5, color="0.9", zorder=0)
left.set(xlabel="noise $z$", ylabel="$G(z)$", xlim=(-3, 3), ylim=(-4, 4))
left.legend(fontsize=8, loc="upper center")
right.plot(x[::100], p[::100], label="data", **plots.REAL)
right.set(xlabel="$x$", ylabel="density (log)", xlim=(-4, 4))
right.set(yscale="log", ylim=(1e-4, 2))
right.legend(fontsize=8, loc="upper right")
plt.show()

# %% [markdown]
# All five are steps, with a steep rise or fall between two flatter parts, and everything else differs from run to run. A falling map is as good as a rising one, because $p_z$ is symmetric and $G(-z)$ has the same push-forward as $G(z)$. Several maps even fold back on themselves. The discriminator sees where samples land and never which $z$ went where. Of the endlessly many maps with one push-forward the GAN therefore takes whichever it happens to meet.
#
# ## Bridges
#
# The grey strip, $|x| < ½$, holds 0.13 % of the data and about ten times as many of the fakes. The log axis of the right panel shows them as a floor between the bells. They are there because $G$ is **continuous**: to get from one bell to the other, $G$ must pass through every value between them. How much noise this takes depends on how steep it is.
#
# Let a share $a$ of the samples lie below a gap of width $w$ and a share $b$ above it, and let $G$ be nowhere steeper than $L$. If $G$ rises, the noise up to $\Phi^{-1}(a)$ lands below the gap and the noise from $\Phi^{-1}(1-b)$ on lands above it. The crossing is the piece between, and it must be at least $w/L$ long:
#
# $$ \Phi^{-1}(1-b) - \Phi^{-1}(a) \;\ge\; \frac{w}{L}. $$
#
# For equal shares the bridge therefore holds at least $2\Phi\!\left(\frac{w}{2L}\right) - 1 \approx 0.4\,\frac{w}{L}$ of all samples, where 0.4 is the height of the normal density at 0. A slope of 20 loses some 2 % in a gap of width 1, and only a steeper $G$ can lose less.
#
# <details>
# <summary>Derive: the same bound for normal noise of any dimension, and for maps that fold</summary>
#
# **Proposition.** Let $z$ be standard normal in $\mathbb R^n$ and let $G:\mathbb R^n\to\mathbb R$ be Lipschitz with constant $L$, which means $|G(z)-G(z')|\le L\,\lVert z-z'\rVert$. If $P(G(z)\le-\frac w2)=a$ and $P(G(z)\ge\frac w2)=b$, both above 0, then $\Phi^{-1}(1-b)-\Phi^{-1}(a)\ge w/L$.
#
# **Proof.** Let $A$ be the set of noise with $G\le-\frac w2$, and $A_r$ all points nearer to $A$ than $r=w/L$. From $A$ to any point of $A_r$ the value of $G$ rises by less than $Lr=w$, so that no point of $A_r$ has $G\ge\frac w2$, and hence $P(A_r)\le1-b$. By the Gaussian isoperimetric inequality (Sudakov and Tsirelson 1974, Borell 1975) half-spaces grow the least of all sets of one probability, so that $P(A_r)\ge\Phi(\Phi^{-1}(a)+r)$. Both together give $\Phi^{-1}(a)+r\le\Phi^{-1}(1-b)$. ∎
#
# For samples with several coordinates, put any function with slope at most 1 behind $G$, for instance one coordinate. The general theorem, with its consequence for the total variation distance, is in [Salmona et al. (2022)](https://arxiv.org/abs/2206.14476).
#
# </details>
#
# > **Predict first.** Does noise with more dimensions help, because it has more directions in which to go around the gap? And what happens to the bridge in a training that is four or sixteen times as long?

# %% tags=["hide-input", "measure"]
def shares(out, w=1.0):
    """Of samples (..., N): the shares below, in and above the gap |x| < w/2."""
    parts = (out <= -w / 2, out.abs() < w / 2, out >= w / 2)
    return [part.float().mean(-1) for part in parts]


below, inside, above = shares(learned)
wide_inside = shares(wide)[1]
needed = 1 / (unit.icdf(1 - above) - unit.icdf(below))
in_gap = (learned[:, 1:].abs() < 0.5) & (z[1:].abs() < 3)
steepest = torch.where(in_gap, learned.diff(dim=1).abs() / z.diff(), 0).amax(1)
of_data = torch.trapezoid(torch.where(x.abs() < 0.5, p, 0), x).item()
columns = zip(range(1, 6), 100 * inside, needed, steepest)
Table(["run with 1-D noise", "in the gap", "slope required", "steepest slope"],
      [[k, f"≈ {share:.2f} %", f"≈ {slope:.0f}", f"≈ {found:.0f}"]
       for k, share, slope, found in columns])

# %% [markdown]
# In each run the steepest slope is practically the one that the bridge requires, so these bridges are as thin as their $G$ allows. The figure shows longer trainings, which were run beforehand and stored.

# %% tags=["hide-input", "measure"]
import math

stored = gan.evidence.load("noise")
print(gan.evidence.cite("noise"))


def of_all(table, row):
    """Stored numbers of all seeds' runs: (lengths, runs, ...)."""
    return torch.cat([torch.tensor(run[table][row]) for run in stored["runs"]], 1)


lengths = stored["runs"][0]["lengths"]
in_gap_of = {name: 100 * of_all("line", name) for name in stored["runs"][0]["line"]}
off_of = 100 * of_all("ring", "off")
# A point of the circle is within 0.3 of a mode up to an angle of 2 asin(0.15).
even_circle = 1 - 8 * 2 * (2 * math.asin(0.15)) / (2 * math.pi)

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Two log-log plots against training steps. Left, two bells: the share in the gap falls steadily for 1-D and for 16-D normal noise, which lies a little higher, and both stay above the data's dotted line; with a coin it is far lower, near that line. Right, ring: the share off all modes falls from more than half to under a tenth, below the even circle's line and above the data's."}}
figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.6))
colours = ("black", plots.JUDGE["color"], plots.FAKE["color"])
for name, colour, style in zip(in_gap_of, colours, ("-", "--", "-.")):
    few, middle, many = in_gap_of[name].quantile(torch.tensor([0.1, 0.5, 0.9]), 1)
    left.plot(lengths["line"], middle, style, label=name, color=colour, marker="o")
    left.fill_between(lengths["line"], few, many, color=colour, alpha=0.15, linewidth=0)
left.axhline(100 * of_data, label="data", **plots.REAL)
left.set(title="two bells: share in the gap, %", ylim=(0.01, 100))
plots.band(right, lengths["ring"], off_of.T, color="black", marker="o", label="fakes")
right.axhline(100 * even_circle, color="0.5", linestyle="--", label="even circle")
right.axhline(100 * math.exp(-4.5), label="data", **plots.REAL)
right.set(title="ring: share off all modes, %", ylim=(0.8, 110))
for ax, name, place in ((left, "line", "upper right"), (right, "ring", (0.05, 0.12))):
    ax.set(xscale="log", yscale="log", xlabel="training steps")
    ax.set(xticks=lengths[name], xticklabels=lengths[name])
    ax.minorticks_off()
    ax.legend(fontsize=8, loc=place)
plt.show()

# %% [markdown]
# On the left the lines are medians and the bands hold eight runs in ten, while on the right the band holds all runs. Sixteen dimensions are no way around, as the proposition in the fold says. With either normal noise the bridges become thinner as $G$ becomes steeper, by about a third for each doubling of the training. At no length do they reach the data.
#
# The proposition speaks of *normal* noise, whose support is one piece. A **coin** of $-1$ or $1$ beside one normal number ends that, because a generator which gives each side of the coin its own bell needs no bridge. Most runs with a coin find such a solution, and their gap mostly holds no more than the data have there. Others leave the coin unused or half used, since nothing in the loss asks for it.
#
# The ring says the same in the plane, if one trains until its modes exist. Fakes that lie evenly round the circle, with no modes at all, would have 23 % off all modes, and after 400 steps the GAN still has more. After 4,000 steps the median run is well below that line, and no run reaches the 1.1 % of the data. In [the lab](lab.md#preset=thread) a thread of 1-D noise can be watched while it is laid over eight modes.

# %% tags=["hide-input", "measure"]
z_free = z_ring.clone().requires_grad_()
out = G_ring(z_free)
rows = [torch.autograd.grad(out[..., k].sum(), z_free, retain_graph=True)[0]
        for k in (0, 1)]
# How far two neighbours are driven apart in the worst direction, (3, 4000): the largest
# singular value of the Jacobian.
stretch = torch.linalg.matrix_norm(torch.stack(rows, -2), ord=2)
on_mode = torch.cdist(out, ring.modes.to(out)).amin(-1) < 3 * ring.std
steeper = torch.stack([s[~on].median() / s[on].median()
                       for s, on in zip(stretch, on_mode)])
print(f"G stretches bridges ≈ {steeper.mean():.0f} times as much as modes")

# %% tags=["hide-cell", "checks"]
rising = (learned.diff(dim=1) > 0).float().mean(1)
folded = torch.minimum(rising, 1 - rising)
claim("two bells: each of 5 runs gives either bell a fifth of its fakes or more and "
      "the gap under 4 %, where a normal distribution has 19 %",
      torch.minimum(below, above).min() > 0.2 and inside.max() < 0.04, (below, inside))
claim("two bells: each of 5 runs puts at least 5 times as much into the gap as the "
      "data do",
      inside.min() > 5 * of_data, inside)
claim("two bells: at least 3 of 5 learned maps fold, running against their main "
      "direction on 5 % of the noise or more",
      (folded > 0.05).sum() >= 3, folded)
check("two bells: no steepest slope is below the one that the bridge requires (2 % "
      "for the counting)",
      (steepest > 0.98 * needed).all(), (steepest, needed))
claim("two bells: on average the steepest slope is within a tenth of the required "
      "one, so that the bridges are as thin as their G allows",
      (steepest / needed).mean() < 1.1, (steepest, needed))
claim("two bells: 16-D noise builds no thinner bridges than 1-D noise, on average of "
      "5 runs",
      wide_inside.mean() > inside.mean(), (wide_inside, inside))

# %% tags=["hide-cell", "checks"]
medians = {name: runs.median(1).values for name, runs in in_gap_of.items()}
thick, thick_16, coin_thick = medians.values()
at_4000 = torch.cat([in_gap_of["1-D normal"][-1], in_gap_of["16-D normal"][-1]])
at_1000 = lengths["line"].index(1_000)
claim("two bells, stored: with normal noise of 1 and 16 dimensions each doubling of "
      "the training thins the median bridge",
      (thick.diff() < 0).all() and (thick_16.diff() < 0).all(), medians)
claim("two bells, stored: after 4,000 steps each run with normal noise still has 3 "
      "times the data's share in the gap or more",
      at_4000.min() > 300 * of_data, at_4000)
claim("two bells, stored: with a coin the median bridge is at every length under a "
      "third of that without",
      (3 * coin_thick < thick).all(), medians)
live = {"1-D normal": 100 * inside.mean(), "16-D normal": 100 * wide_inside.mean()}
runs = {name: in_gap_of[name][at_1000] for name in live}
band = {name: (0.75 * found.min(), 1.25 * found.max()) for name, found in runs.items()}
claim("two bells, live: the mean of 5 runs lies in the stored range or within a "
      "quarter of it, with 1-D and with 16-D noise",
      all(few < live[name] < many for name, (few, many) in band.items()), live)

# %% tags=["hide-cell", "checks"]
ends, early = off[4_000], off[400]
stored_ends = off_of[lengths["ring"].index(4_000)] / 100
found = gan.metrics.count_modes(film[4_000], ring, at_least=80).recovered.float()
claim("ring, 4,000 steps: fewer fakes lie off all modes than if they lay evenly round "
      "the circle (23 %), on average of 3 runs, and 7.5 modes or more hold 2 % each",
      ends.mean() < even_circle and found.mean() >= 7.5, (ends, found))
claim("ring, 4,000 steps: in each of 3 runs twice the data's share or more is off all "
      "modes",
      ends.min() > 2 * math.exp(-4.5), ends)
claim("ring, 4,000 steps: fewer fakes lie off all modes than after 400 steps, on "
      "average of 3 runs",
      ends.mean() < early.mean(), off)
claim("ring, stored: in every run at every length up to 8,000 steps 4 % or more are "
      "off all modes; the median is under 10 % at the end",
      off_of.min() > 4 and off_of[-1].median() < 10, off_of)
claim("ring, live: the mean of 3 runs lies in the stored range or within a quarter of "
      "it",
      0.75 * stored_ends.min() < ends.mean() < 1.25 * stored_ends.max(),
      (ends, stored_ends))
claim("ring: G stretches the noise of bridges at least twice as much as that of "
      "modes, on average of 3 runs",
      steeper.mean() > 2, steeper)

# %% [markdown]
# ## Which noise?
#
# Whether the distribution of the noise matters can be tested, since `Generator` takes any function that is called as `torch.randn` is. The first four kinds below have mean 0 and standard deviation 1 and Cauchy noise has neither. The others differ from the usual noise in their centre or their size.
#
# | noise | each coordinate | what is special |
# |---|---|---|
# | normal | $\mathcal N(0, 1)$ | the usual one |
# | uniform | even on $[-\sqrt3, \sqrt3]$ | no tails |
# | coin ±1 | $-1$ or $1$ | only $2^n$ different $z$ in $n$ dimensions |
# | Student | Student's $t$ with 3 degrees of freedom, scaled | heavy tails |
# | Cauchy | ratio of two normals | so heavy that it has no mean and no variance |
# | narrow | $\mathcal N(0, ½^2)$ | another size |
# | moved | $\mathcal N(½, 1)$ | another centre |
# | narrow and moved | $\mathcal N(½, ½^2)$ | both, as in the next row |
# | coin 0/1 | $0$ or $1$ | mean ½, standard deviation ½ |
# | wide | $\mathcal N(0, 3^2)$ | larger |
# | wide and moved | $\mathcal N(1.5, 3^2)$ | "moved", three times as large |
#
# > **Predict first.** The data are now digits of 8 × 8 pixels. Which rows will be worse than the usual noise after a short training, which after a long one, and is any better?

# %%
def normal(mean, std):
    return lambda *shape, **where: mean + std * torch.randn(*shape, **where)


def coin(*shape, **where):
    return (torch.rand(*shape, **where) < 0.5).float()


# %% tags=["hide-input", "measure"]
from gan.metrics import fit_classifier, frechet_distance
from torch.nn.functional import interpolate

# (1797, 1, 16, 16) and (1797,)
images, labels = (t.to(device) for t in gan.data.digits(size=16))
# The same one as for the stored runs.
classifier = fit_classifier(images, labels, steps=300, seed=0)
features = classifier[:-1]
small = gan.data.digits(size=8)[0].flatten(1).to(device)                # (1797, 64)


def enlarge(flat):
    """(N, 64) to the (N, 1, 16, 16) that gan.data.digits(16) makes of them."""
    picture = (flat.view(-1, 1, 8, 8) + 1) / 2
    return interpolate(picture, (16, 16), mode="bilinear", antialias=True) * 2 - 1


def distance_of(pictures):
    return frechet_distance(features(pictures), features(images))


# %% tags=["hide-input", "measure"]
torch.manual_seed(1_000 * SEED + 3)
controls = {"normal": normal(0, 1), "narrow": normal(0, 0.5), "moved": normal(0.5, 1),
            "narrow and moved": normal(0.5, 0.5), "six times that": normal(3, 3)}
live = {}
for name, noise in controls.items():
    G = trained([networks(16, 64, noise, end=nn.Tanh) for _ in range(3)], small, 200)
    fakes = [enlarge(x) for x in G(G.noise(1_000))]
    live[name] = torch.tensor([distance_of(x) for x in fakes])
Table(["three runs of 200 steps", "Fréchet distance"],
      [[name, f"≈ {runs.mean():.0f} ± {runs.std():.0f}"]
       for name, runs in live.items()])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Dot plot of Fréchet distances on a log axis, one row for each kind of noise, circles for 200 steps and dots for 2,000. Most rows fall from some 300 to about 60. Narrow ends at about 150; narrow and moved, and coin 0/1, stay above 500. Wide starts at 200 and ends at about 40. Of the rows that only start as another noise, wide starts as low as wide itself, and narrow and moved ends at about 100."}}
groups = [["normal", "uniform", "coin ±1", "Student", "Cauchy"],
          ["narrow", "moved", "narrow and moved", "coin 0/1", "wide", "wide and moved"],
          [f"normal, started as {name}"
           for name in ("narrow", "narrow and moved", "wide")]]
figure, ax = plt.subplots(figsize=(7.4, 4.6))
line = 0.0
for name in sum(groups, []):
    early, _, late = of_all("digits kinds", name)
    line += 1.6 if name in (groups[1][0], groups[2][0]) else 1.0
    above_line, below_line = [line - 0.12] * len(early), [line + 0.12] * len(late)
    ax.plot(early, above_line, "o", color="0.55", markersize=5, fillstyle="none")
    ax.plot(late, below_line, "o", color="black", markersize=4)
    ax.text(18, line, name, ha="right", va="center", fontsize=9)
ax.set(xscale="log", xlim=(20, 3_000), yticks=[])
ax.set(xlabel="digits: Fréchet distance (log); circles 200 steps, dots 2,000")
ax.set_xticks([30, 100, 300, 1_000], [30, 100, 300, "1,000"])
ax.invert_yaxis()
ax.minorticks_off()
plt.show()

# %% [markdown]
# - **The shape matters little here.** Uniform, Student and the fair ±1 coin end where normal noise ends. The coin makes at most $2^n$ different samples, 65,536 for the digits and only 16 for a ring with $n = 4$, which no count of modes would show. Cauchy noise is ahead after 200 steps and behind after 2,000, so that a short training misleads.
# - **Centre and size matter more, and together most.** Narrow noise costs some quality and moved noise less, but narrow *and* moved noise fails, as does coin 0/1 with the same centre and size. The ratio of centre to size is not the reason. $\mathcal N(3, 3^2)$ is six times as large as "narrow and moved" noise, with the same ratio, and the table above has it near normal noise.
# - **The start is one cause, and not the only one.** With centre $m$ and size $s$, a first layer $Wz + b$ makes of $z = m + s\,\varepsilon$ what weights $sW$ and offset $b + Wm$ make of $\varepsilon$. What one noise can do, the other can, so that only the training differs: in where it starts, and in what a step of Adam does. The last three rows train with the usual noise, from a first layer with another noise's $sW$ and $b + Wm$. That start makes normal noise as quick as wide noise. The start of "narrow and moved" noise costs some time but does not make the training fail. That failure must come from the steps, in a way that we have not taken apart.
#
# The data have a say, too. On the ring of the first figure, with 4-D noise, 2,000 steps are enough for nearly every run of every kind to find all eight modes, "narrow and moved" included. Only Cauchy noise holds on to one or two. A $z$ of a thousand, which it sends now and then, falls where the network has met next to nothing in training.

# %% tags=["hide-input", "measure"]
def ring_row(name):
    modes, good = of_all("ring kinds", name)[1].T
    share = f"≈ {100 * good.mean():.0f} ± {100 * good.std():.0f}"
    return name, f"≈ {modes.mean():.1f}", share


Table(["ring, 2,000 steps", "modes of 8", "near a mode, %"],
      map(ring_row, sum(groups[:2], [])))

# %% tags=["hide-cell", "checks"]
check("enlarging the small digits gives the package's larger ones, to 1e-6",
      (enlarge(small) - images).abs().max() < 1e-6)
kinds = sum(groups, [])
at_200, _, at_2000 = ({name: of_all("digits kinds", name)[k] for name in kinds}
                      for k in range(3))
usual = at_2000["normal"].mean()
shapes, both = ("uniform", "Student", "coin ±1"), "narrow and moved"
ratio = {name: (runs.mean() / usual).item() for name, runs in at_2000.items()}
claim("digits, 2,000 steps: with uniform, Student and coin ±1 noise the distance is "
      "between two thirds and one and a half of that with normal noise, on average",
      all(2 / 3 < ratio[name] < 1.5 for name in shapes), ratio)
claim("digits, 2,000 steps: narrow noise is at least 1.5 times as far as normal, "
      "moved noise at most 2 times, both together at least 8 times, on average",
      ratio["narrow"] > 1.5 and ratio["moved"] < 2 and ratio[both] > 8, ratio)
claim("digits, 2,000 steps: wide and moved noise is no farther than normal, on "
      "average",
      ratio["wide and moved"] < 1, ratio)
claim("digits, 2,000 steps: every run with coin 0/1, as with the normal noise of its "
      "centre and size, is at least 4 times as far as normal noise on average",
      min(at_2000["coin 0/1"].min(), at_2000[both].min()) > 4 * usual, ratio)

# %% tags=["hide-cell", "checks"]
quick, slow = at_200["normal, started as wide"].mean(), at_200["normal"].mean()
good = {name: of_all("ring kinds", name)[1] for name in sum(groups[:2], [])}
giants = good.pop("Cauchy")
claim("digits: Cauchy noise is ahead of normal after 200 steps and behind after "
      "2,000, on average",
      at_200["Cauchy"].mean() < slow and ratio["Cauchy"] > 1, ratio)
claim("digits, 200 steps: normal noise started as wide is within a quarter of wide "
      "noise and at least a quarter nearer than normal noise, on average",
      abs(quick / at_200["wide"].mean() - 1) < 0.25 and quick < 0.75 * slow, at_200)
claim("digits, 2,000 steps: normal noise started as narrow and moved is at least 4 "
      "times nearer than narrow and moved noise, on average",
      4 * ratio[f"normal, started as {both}"] < ratio[both], ratio)
claim("ring, 2,000 steps: every kind but Cauchy finds 7.5 of the 8 modes or more and "
      "puts 75 % or more near them, on average; no run with Cauchy noise finds more "
      "than 4",
      all(runs.mean(0)[0] >= 7.5 and runs.mean(0)[1] > 0.75 for runs in good.values())
      and giants[:, 0].max() <= 4, (good, giants))

# %% tags=["hide-cell", "checks"]
claim("digits, live after 200 steps: narrow and moved noise is at least twice as far "
      "as normal, on average of 3 runs",
      live[both].mean() > 2 * live["normal"].mean(), live)
claim("digits, live after 200 steps: noise six times as large as narrow and moved "
      "noise, with the same ratio of centre to size, is less than half as far, on "
      "average of 3 runs",
      2 * live["six times that"].mean() < live[both].mean(), live)
stored_too = [name for name in live if name in at_200]
bands = {name: (0.9 * at_200[name].min(), 1.1 * at_200[name].max())
         for name in stored_too}
claim("digits, live after 200 steps: each of four kinds lies in the stored range or "
      "within a tenth of it, on average of 3 runs",
      all(few < live[name].mean() < many for name, (few, many) in bands.items()), live)

# %% [markdown]
# ## How many dimensions?
#
# Nobody knows how many numbers a picture really needs, so we make data of which we do. Points spread evenly in a cube with 4 dimensions are laid as a flat sheet into a space with 16 coordinates. Their *intrinsic* dimension is 4. **Holes** are the mean distance from a real point to the nearest of 2,000 fakes, relative to that to other real points, so that 1 is perfect. **Off** is how far a fake lies from the sheet that holds all data.
#
# > **Predict first.** Noise with 1, 2, 3, 4, 8 and 64 dimensions: which are too small, what do their samples look like, and what do 64 cost?

# %% tags=["hide-input", "measure"]
def cube(n):
    return (2 * torch.rand(n, 4, device=device) - 1) * 3**0.5


def to_nearest(points):
    """Mean distance from a real point to the nearest of these, all in the cube."""
    return torch.cdist(real, points).amin(1).mean().item()


def off_the_sheet(x):
    return (x - x @ Q @ Q.T).norm(dim=-1).mean(-1)


torch.manual_seed(1_000 * SEED + 4)
sizes, real, other = (1, 2, 3, 4, 8, 64), cube(2_000), cube(2_000)
# The sheet's four directions.
Q = torch.linalg.qr(torch.randn(16, 16)).Q[:, :4].to(device)
on_sheet = cube(50_000) @ Q.T
G_cube = {n: trained([networks(n, 16) for _ in range(3)], on_sheet, 300) for n in sizes}
made = {n: G(G.noise(2_000)) for n, G in G_cube.items()}                # (3, 2000, 16)
holes = torch.tensor([[to_nearest(run @ Q) for run in x] for x in made.values()])
holes /= to_nearest(other)
off_sheet = torch.stack([off_the_sheet(x) for x in made.values()]).cpu()

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Four scatter plots of two of the cube's coordinates. 1-D noise draws a thread, 2-D a crumpled sheet, 4-D and 64-D fill the square and spill over its edges."}}
figure, axes = plt.subplots(1, 4, figsize=(8.4, 2.5), sharex=True, sharey=True)
r = 3**0.5
for ax, n in zip(axes, (1, 2, 4, 64)):
    ax.scatter(*(made[n][0] @ Q)[:, :2].T.cpu(), s=1, color=plots.FAKE["color"])
    ax.plot([-r, r, r, -r, -r], [-r, -r, r, r, -r], **plots.REAL)
    ax.set(title=f"{n}-D noise", xlabel="$u_1$", aspect="equal")
    ax.set(xlim=(-2.6, 2.6), ylim=(-2.6, 2.6))
axes[0].set_ylabel("$u_2$")
plt.show()

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Two log plots against the noise's dimension, each with a line for 300 steps, one for 2,000 and crosses for the live runs. Holes fall from about 5 to little more than 1 at four dimensions and are level from there to 64. The distance off the sheet does the same, and all of it is smaller after 2,000 steps."}}
figure, panels = plt.subplots(1, 2, figsize=(8.4, 3))
names = ("holes (1 is perfect)", "off the sheet")
for which, (ax, live, name) in enumerate(zip(panels, (holes, off_sheet), names)):
    for k, colour in enumerate(("0.6", "black")):
        runs = torch.stack([of_all("cube", f"{n}-D")[k, :, which] for n in sizes], 1)
        label = f"{lengths['cube'][k]:,} steps"
        plots.band(ax, sizes, runs, color=colour, marker="o", markersize=4, label=label)
    ax.plot(sizes, live, "x", color=plots.FAKE["color"], markersize=5)
    ax.axvline(4, color="0.5", linestyle=":")
    ax.set(xscale="log", yscale="log", xlabel="dimension of the noise", title=name)
    ax.set(xticks=sizes, xticklabels=sizes)
    ax.minorticks_off()
panels[0].set(yticks=[1, 2, 5], yticklabels=[1, 2, 5])
panels[1].set(yticks=[0.1, 0.3, 1], yticklabels=[0.1, 0.3, 1])
panels[0].legend(fontsize=8)
plt.show()

# %% [markdown]
# The crosses are runs made here and the lines are stored ones. Below four dimensions the holes stay, because the Jacobian of $G$ has a rank of at most $n$, the dimension of the noise, at every $z$. One dimension lays a thread into the cube and two lay a sheet, whatever the network. Longer training winds the thread more densely and takes it nearer to the data's sheet. It could come near every point in principle, but here it does not close the holes.
#
# From four on the curve is level, and all stored runs with 4, 8 and 64 dimensions come close to 1. Too many dimensions cost some weights of the first layer and hardly anything else here. If the intrinsic dimension is unknown, err therefore on the large side. The best size depends on data set and architecture, as [Padala et al. (2020)](https://arxiv.org/abs/2004.06882) found.

# %% tags=["hide-cell", "checks"]
begun, ended = ({n: of_all("cube", f"{n}-D")[k, :, 0] for n in sizes} for k in (0, 1))
most = max(ended[n].max() for n in (4, 8, 64))
claim("cube, 300 steps: with 1, 2 and 3 dimensions of noise the holes are at least "
      "twice as large as among real points, in every run",
      holes[:3].min() > 2, holes)
claim("cube, 300 steps: each dimension more, from 1 to 4, makes the holes smaller, on "
      "average",
      (holes[:4].mean(1).diff() < 0).all(), holes)
fitting = (holes[4:] < 1.4) & (off_sheet[4:] < 0.5)
claim("cube, 300 steps: with 8 and 64 dimensions the holes are less than 1.4 times as "
      "large as among real points and the samples within 0.5 of the sheet, in at "
      "least 5 of 6 runs",
      fitting.sum() >= 5, (holes, off_sheet))
claim("cube, stored, 2,000 steps: every run with 1, 2 or 3 dimensions has larger "
      "holes than every run with 4, 8 or 64, whose holes are under 1.3",
      min(ended[n].min() for n in (1, 2, 3)) > most and most < 1.3, ended)
cost = (holes[5].median() / holes[3].median(), ended[64].median() / ended[4].median())
claim("cube: with 64 dimensions the holes are at most 15 % larger than with 4, live "
      "and stored, in the median",
      max(cost) < 1.15, cost)
live = dict(zip(sizes, holes.median(1).values))
claim("cube, live: for each dimension the median of 3 runs lies in the stored range "
      "or within a tenth of it",
      all(0.9 * begun[n].min() < live[n] < 1.1 * begun[n].max() for n in sizes), live)

# %% [markdown]
# ## Walking from one z to another
#
# Two noise vectors, $z_0$ and $z_1$, can be joined by the straight way $z_t = (1-t)\,z_0 + t\,z_1$, with $t$ from 0 to 1.
#
# > **Predict first.** In 64 dimensions, how long are typical noise vectors, and how long is the vector half-way between two of them? Does a random draw ever come out as short as that?
#
# The squared length of $z$ is a sum of $n$ squares with mean 1. The length is therefore close to $\sqrt n$, and its spread does not grow with $n$. High-dimensional noise is not a ball but a thin **shell**. The half-way point has variance ½ in each coordinate and length $\sqrt{n/2}$. In the plane that is nothing special, but further up noise never visits such a place. In the table, which is exact, the last column is the probability that noise is as short as the median half-way point.

# %% tags=["hide-input", "measure"]
from scipy import stats


def shell(n):
    """A row: lengths of n-D normal noise and of half-way points, share as short."""
    length, half_way = stats.chi(n), stats.chi(n, scale=0.5**0.5)
    lengths = [f"{x:.3f}" for x in (length.mean(), length.std(), half_way.median())]
    return [n, *lengths, f"{length.cdf(half_way.median()):.1e}"]


Table(["n", "mean length", "spread", "half-way", "noise that short"],
      map(shell, (1, 2, 8, 64, 512)))

# %% [markdown]
# The **spherical** way of [White (2016)](https://arxiv.org/abs/1609.04468) goes round on the shell. With $\omega$ for the angle between $z_0$ and $z_1$,
#
# $$ z_t = \frac{\sin((1-t)\,\omega)}{\sin\omega}\,z_0 + \frac{\sin(t\,\omega)}{\sin\omega}\,z_1 . $$
#
# Two random directions in high dimension are nearly at right angles, and there the half-way point is simply $(z_0+z_1)/\sqrt2$.

# %%
def straight(z0, z1, t):
    return (1 - t) * z0 + t * z1


def spherical(z0, z1, t):
    omega = torch.acos(torch.cosine_similarity(z0, z1, dim=-1))[..., None]
    mixed = torch.sin((1 - t) * omega) * z0 + torch.sin(t * omega) * z1
    return mixed / torch.sin(omega)


# %% tags=["hide-cell", "checks"]
z0, z1 = torch.randn(2, 5_000, 64)
ends = [way(z0, z1, t) - end for way in (straight, spherical)
        for t, end in ((0.0, z0), (1.0, z1))]
check("both ways begin at z_0 and end at z_1, to 1e-5",
      max(e.abs().max() for e in ends) < 1e-5, ends)
turned = nn.functional.normalize(z1) * z0.norm(dim=1, keepdim=True)
between = spherical(z0, turned, 0.3)
drift = (between.norm(dim=1) / z0.norm(dim=1) - 1).abs().max()
check("between vectors of one length the spherical way keeps that length, to 1e-4",
      drift < 1e-4, drift)
agrees = (between - gan.metrics.slerp(z0, turned, 0.3)).abs().max()
check("between vectors of one length it agrees with gan.metrics.slerp, to 1e-4",
      agrees < 1e-4, agrees)

# %% [markdown]
# Does it matter to a trained generator? Three convolutional ones with 64-dimensional noise, of chapter 4's kind, have been trained on the digits for 4,000 steps and stored. Each is judged by itself, by the Fréchet distance to the data and by the share of pictures in which a classifier is at least 90 % *sure* of a digit.

# %% tags=["hide-input", "measure"]
digit_makers = []
for run in gan.evidence.load("noise_digits")["runs"]:
    G, _ = gan.models.conv_pair(size=16, latent=64, width=24)
    G.load_state_dict(run["G"])
    digit_makers.append(G.to(device).eval().requires_grad_(False))
print(gan.evidence.cite("noise_digits"))


def judge(pictures):
    """Fréchet distance, share sure of, diversity, distance to nearest real digit."""
    flat, real = pictures.flatten(1), images.flatten(1)
    sure = classifier(pictures).softmax(1).amax(1) >= 0.9
    nearest = torch.cdist(flat, real).amin(1)
    return torch.tensor([distance_of(pictures), sure.float().mean(),
                         torch.pdist(flat[:1_000]).mean(), nearest.mean()])


def judge_all(z):
    """Each of the three generators, judged by what it makes of this noise: (3, 4)."""
    return torch.stack([judge(G(z)) for G in digit_makers])


# %% tags=["hide-input", "measure"]
def cell(runs, form=".0f"):
    """Of a number from each of several runs: mean and spread, as a table's cell."""
    return f"≈ {runs.mean():{form}} ± {runs.std():{form}}"


torch.manual_seed(1_000 * SEED + 5)
z0, z1 = torch.randn(2, 4_000, 64, device=device)
places = {"fresh noise": z0, "spherical half-way": spherical(z0, z1, 0.5),
          "straight half-way": straight(z0, z1, 0.5),
          "noise × 0.707": 0.5**0.5 * torch.randn_like(z0)}
walked = {name: judge_all(z) for name, z in places.items()}
Table(["where in the noise", "length", "Fréchet distance", "sure of, %"],
      [[name, f"≈ {places[name].norm(dim=1).mean():.1f}", cell(found[:, 0]),
        cell(100 * found[:, 1])] for name, found in walked.items()])

# %% tags=["hide-cell", "checks"]
fd, sure = ({name: found[:, k] for name, found in walked.items()} for k in (0, 1))
fresh, on_sphere, on_line = list(fd)[:3]
both_good = torch.stack([fd[fresh], fd[on_sphere]])
claim("digits of fresh noise and of spherical half-way points: a Fréchet distance "
      "under 70 and the classifier sure of 70 % or more, for each of 3 generators",
      both_good.max() < 70 and min(sure[fresh].min(), sure[on_sphere].min()) > 0.7,
      (fd, sure))
claim("digits half-way on the straight line are at least 1.5 times as far from the "
      "data as those half-way on the sphere, for each of 3 generators",
      (fd[on_line] > 1.5 * fd[on_sphere]).all(), fd)
claim("digits half-way on the straight line are as far from the data as those of "
      "noise × 0.707, to within a third, for each of 3 generators",
      (fd[on_line] / fd["noise × 0.707"] - 1).abs().max() < 1 / 3, fd)
claim("the classifier is about as sure of straight half-way digits as of spherical "
      "ones: shares within 0.1 of each other, for each of 3 generators",
      (sure[on_line] - sure[on_sphere]).abs().max() < 0.1, sure)

# %% [markdown]
# A single picture half-way on the straight line is about as readable as any. As a *set* these pictures are much farther from the digits. They are just as far as those of noise shrunk by 0.707, because that is what the half-way points are. The scrubber walks along eight pairs at once.

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Scrubber along eight walks between two digits each: the upper row goes straight, the lower row on the sphere. Both rows change smoothly; half-way many pictures are mixtures of two digits."}}
torch.manual_seed(1_000 * SEED + 6)
a, b = torch.randn(2, 8, 64, device=device)
path = [k / 10 for k in range(11)]


def walk(t):
    figure, ax = plt.subplots(figsize=(6, 1.9))
    both = torch.cat([straight(a, b, t), spherical(a, b, t)])
    plots.show_images(digit_makers[0](both), columns=8, ax=ax)
    return figure


def caption(t):
    above, below = (way(a, b, t).norm(dim=1).mean() for way in (straight, spherical))
    return (f"t = {t:.1f}; above straight, mean length of z ≈ {above:.1f}; "
            f"below spherical, ≈ {below:.1f}")


Scrubber.from_figures(map(walk, path), map(caption, path), still=0,
                      label="t, the way from one z to the other")

# %% [markdown]
# The pictures change smoothly, since nearby $z$ give similar digits, and between two digits lies something that is neither. No way of walking avoids this bridge, because every way has to cross the border between the sectors of two digits.
#
# ## Truncation
#
# To **truncate** is to draw noise nearer to its centre than the noise of the training. [BigGAN](https://arxiv.org/abs/1809.11096) does it by drawing each coordinate again whose size is above a threshold, and a simpler form shrinks the noise to $\psi z$ with $\psi<1$. BigGAN's authors report a trade of diversity for fidelity, in which samples become less varied and better.
#
# > **Predict first.** Where do the sectors of the first figure meet, so that you know what is at $z=0$ on the ring? What is there in the cube, and which of the two are the digits more like?
#
# Diversity is the mean distance between two samples, relative to $\psi=1$. Fidelity is the share near a mode on the ring and the distance off the sheet for the cube, with 4-D noise. For the digits it is measured twice, by the distance to the nearest real digit and by the share that the classifier is sure of.

# %% tags=["hide-input", "measure"]
psis = (0.1, 0.25, 0.5, 0.75, 1.0, 1.25)


def near(x):
    return gan.metrics.count_modes(x, ring).high_quality


def diversity(x):
    return torch.pdist(x[:1_000].flatten(1)).mean()


@torch.no_grad()
def truncated(G, z, fidelity):
    """Diversity and fidelity of several runs for each psi: (6, 2, runs)."""
    shrunk = [G(psi * z) for psi in psis]
    return torch.stack([torch.stack([torch.stack([diversity(run), fidelity(run)])
                                     for run in x], 1) for x in shrunk]).cpu()


torch.manual_seed(1_000 * SEED + 7)
on_ring = truncated(G_ring, z_ring, near)
in_cube = truncated(G_cube[4], G_cube[4].noise(2_000), off_the_sheet)
z = torch.randn(2_000, 64, device=device)
digits = torch.stack([judge_all(psi * z) for psi in psis])                  # (6, 3, 4)

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Four panels against relative diversity, three runs each, with psi written beside the points. Ring: the share near a mode falls when psi does, most of it at almost full diversity. Cube: the distance off the sheet shrinks with diversity. Digits: the distance to the nearest real digit has a minimum at psi one half; the share the classifier is sure of falls."}}
def relative(diversities):
    return diversities / diversities[psis.index(1.0)]


kept = relative(digits[..., 2])                                             # (6, 3)
panels = {"ring: share near a mode": (relative(on_ring[:, 0]), on_ring[:, 1]),
          "cube: off the sheet": (relative(in_cube[:, 0]), in_cube[:, 1]),
          "digits: to nearest real one": (kept, digits[..., 3]),
          "digits: share sure of": (kept, digits[..., 1])}
figure, axes = plt.subplots(2, 2, figsize=(8.4, 5.6))
for ax, (title, (x, y)) in zip(axes.flat, panels.items()):
    ax.plot(x, y, marker="o", markersize=4, linewidth=1, color="black")
    for psi, place in zip(psis, zip(x[:, 0], y[:, 0])):
        ax.annotate(f"{psi:g}", place, xytext=(5, -9), textcoords="offset points",
                    fontsize=8)
    ax.set(title=title, xlabel="diversity, relative")
plt.show()

# %% tags=["hide-input", "measure"]
def redrawn(threshold, *shape):
    """Normal noise, each coordinate drawn again until it is in [-threshold, threshold].

    That is the normal distribution cut off there, so one draw by its quantiles will do.
    """
    end = unit.cdf(torch.tensor(threshold))
    return unit.icdf(1 - end + (2 * end - 1) * torch.rand(*shape)).to(device)


rows, apart = [], []
for threshold in (2.0, 1.0, 0.5):
    z = redrawn(threshold, 2_000, 64)
    psi = z.std().item()
    again, shrunk = judge_all(z), judge_all(psi * torch.randn_like(z))
    apart.append(again[:, 0] / shrunk[:, 0])
    for name, found in ((f"drawn again above {threshold:g}", again),
                        ("shrunk to that width", shrunk)):
        rows.append([name, f"≈ {psi:.2f}", cell(found[:, 0]), cell(found[:, 2], ".2f"),
                     cell(found[:, 3], ".2f")])
Table(["truncation", "psi", "Fréchet distance", "diversity", "nearest digit"], rows)

# %% [markdown]
# - **Cube**, with data in one piece. The centre of the noise is the centre of the data, and with $\psi=½$ diversity is traded for samples nearer to the sheet.
# - **Ring**, with data in separate pieces. All sectors meet at $z=0$. With $\psi=½$ both diversity and fidelity are almost what they were. With $\psi=0.1$ fidelity has fallen, because more of the noise lies where the bridges meet.
# - **Digits**. With $\psi=½$ the samples are a little nearer to a real digit, but the classifier is no surer of them, so that fidelity is not one thing. The Fréchet distance, which sees the lost diversity, is several times as large.
#
# Truncation need not even cost diversity. The samples of $G(z)=z/\lVert z\rVert$ fill a circle, and shrinking the noise leaves them as they are. Drawing again does here what shrinking to the same width does, as the table says. BigGAN's networks are told the class of each picture. Look at what is at the centre of your own noise before you truncate. [StyleGAN](https://arxiv.org/abs/1812.04948) truncates in another space, which the network has bent itself.

# %% tags=["hide-cell", "checks"]
whole, half, tenth = (psis.index(psi) for psi in (1.0, 0.5, 0.1))
cube_kept, ring_kept = (relative(found[:, 0])[half] for found in (in_cube, on_ring))
gained = on_ring[:, 1] - on_ring[whole, 1]
claim("cube, psi = 1/2: diversity falls below 0.8 and the distance off the sheet by a "
      "tenth or more, on average of 3 runs",
      cube_kept.mean() < 0.8
      and in_cube[half, 1].mean() < 0.9 * in_cube[whole, 1].mean(), in_cube)
claim("ring, psi = 1/2: diversity stays above 0.85 in each of 3 runs, and the share "
      "near a mode rises by 0.06 at most, on average",
      ring_kept.min() > 0.85 and gained[half].mean() < 0.06, on_ring)
claim("ring, psi = 1/10: the share near a mode falls by 0.1 or more, on average of 3 "
      "runs",
      gained[tenth].mean() < -0.1, on_ring)

# %% tags=["hide-cell", "checks"]
fd, sure, nearest = (digits[..., k] for k in (0, 1, 3))                # (6, 3) each
claim("digits, psi = 1/2: samples of each of 3 generators are nearer to real digits "
      "by 3 % or more, the share that the classifier is sure of rises by 0.03 at "
      "most, and the Fréchet distance is over 3 times as large",
      (nearest[half] < 0.97 * nearest[whole]).all()
      and (sure[half] < sure[whole] + 0.03).all() and (fd[half] > 3 * fd[whole]).all(),
      digits)
claim("digits, psi = 1/10: each of 3 generators keeps under 0.4 of its diversity and "
      "is at least 5 % farther from real digits than with 1/2",
      kept[tenth].max() < 0.4 and (nearest[tenth] > 1.05 * nearest[half]).all(), digits)
claim("digits: drawing again and shrinking to the same width differ by under a third "
      "in Fréchet distance, at each of 3 thresholds, on average of 3 generators",
      (torch.stack(apart).mean(1) - 1).abs().max() < 1 / 3, apart)
z_flat = torch.randn(1_000, 2)
moved = nn.functional.normalize(z_flat / 2) - nn.functional.normalize(z_flat)
check("shrinking the noise leaves z / |z| as it is, to 1e-6", moved.abs().max() < 1e-6)

# %% [markdown]
# ## Arithmetic with z
#
# [DCGAN](https://arxiv.org/abs/1511.06434) is known for sums such as "man with glasses − man + woman", which gave a woman with glasses. Each term was the mean $z$ of three samples. Ours is bold $a$ − thin $a$ + thin $b$ for all pairs of different digits, such as 3 and 7. The result should be bolder than the thin $b$ that it started from, and still a $b$. As a control we add a *random* vector of the same length as the difference.

# %% tags=["hide-input", "measure"]
def ink_of(x):
    return x.mean((1, 2, 3))


def sorted_noise(G, n=6_000):
    """For each digit, noise of samples that are surely this one, by quarters of ink."""
    z = torch.randn(n, 64, device=device)
    x = G(z)
    ink, odds = ink_of(x), classifier(x).softmax(1)
    found = []
    for digit in range(10):
        own = odds[:, digit] >= 0.9
        few, much = ink[own].quantile(torch.tensor([0.25, 0.75], device=device))
        found.append({"thin": z[own & (ink < few)], "bold": z[own & (ink > much)]})
    return found


def means(z, n, count=10):
    """Means of n of these vectors, chosen at random: (count, 64)."""
    chosen = [torch.randperm(len(z), device=device)[:n] for _ in range(count)]
    return torch.stack([z[which].mean(0) for which in chosen])


# %% tags=["hide-input", "measure"]
@torch.no_grad()
def arithmetic(G, noise, n):
    """For bold a - thin a, and a random vector: shares made bolder, still b; (2, 2)."""
    found = []
    for a, b in ((a, b) for a in range(10) for b in range(10) if a != b):
        start = means(noise[b]["thin"], 1)
        before = ink_of(G(start))
        shift = means(noise[a]["bold"], n) - means(noise[a]["thin"], n)
        other = nn.functional.normalize(torch.randn_like(shift))
        other *= shift.norm(dim=1, keepdim=True)
        ends = [G(start + way) for way in (shift, other)]
        found.append([[(ink_of(x) > before).float().mean(),
                       (classifier(x).argmax(1) == b).float().mean()] for x in ends])
    return torch.tensor(found).mean(0)


torch.manual_seed(1_000 * SEED + 8)
noises = [sorted_noise(G) for G in digit_makers]
# (3, 2, 2) each
sums = {n: torch.stack([arithmetic(G, noise, n)
                        for G, noise in zip(digit_makers, noises)]) for n in (1, 3, 30)}
names = ("bold a − thin a", "random vector")
Table(["samples a term", "added to a thin b", "bolder, %", "still a b, %"],
      [[n, name, cell(100 * found[:, k, 0]), cell(100 * found[:, k, 1])]
       for n, found in sums.items() for k, name in enumerate(names)])

# %% [markdown]
# The sum does to the ink what it should. With 30 samples in each term nearly all results are bolder, against some six in ten with a random vector. But the digit is kept no better than by the random vector, so that the difference carries more than boldness. DCGAN's authors averaged three samples because single ones gave unstable results. Averaging helps here, too. By chance alone the difference of two means of $n$ noise vectors has a length of about $\sqrt{128/n}$, and a shorter vector changes fewer digits.

# %% tags=["hide-cell", "checks"]
bolder, still_b = ({n: found[..., k] for n, found in sums.items()} for k in (0, 1))
claim("bold a - thin a with 30 samples a term makes over 90 % of thin digits bolder "
      "for each of 3 generators, a random vector of that length at most 75 %",
      bolder[30][:, 0].min() > 0.9 and bolder[30][:, 1].max() < 0.75, bolder)
claim("bold a - thin a with 30 samples a term keeps the digit no better than a random "
      "vector of that length, by more than 0.1, on average of 3 generators",
      (still_b[30][:, 0] - still_b[30][:, 1]).mean() < 0.1, still_b)
claim("with 1 sample a term fewer digits are kept than with 30, by 0.15 or more for "
      "each of 3 generators",
      (still_b[30][:, 0] - still_b[1][:, 0]).min() > 0.15, still_b)

# %% [markdown]
# ## Exercises
#
# **1 · Density (two minutes).** $G(z) = 3z + 1$ with standard normal noise. What is $p_g(1)$, the density of the fakes at $x = 1$, with three digits after the point?

# %%
def check_exercise_1(answer):
    truth = Normal(1.0, 3.0).log_prob(torch.tensor(1.0)).exp().item()
    check("your density is right", abs(answer - truth) < 1e-3, answer)


# check_exercise_1(your number)

# %% tags=["hide-cell", "solution"]
# x = 1 comes from z = 0, and the slope is 3: 0.399 / 3.
check_exercise_1(0.133)
# Slope forgotten; multiplied by it; divided by its square.
for wrong in (0.399, 1.197, 0.044):
    try:
        check_exercise_1(wrong)
    except AssertionError:
        print(wrong, "is refused")

# %% [markdown]
# **2 · A quarter of the way (ten minutes).** As noise shrunk by which $\psi$ is the straight way's point at $t = ¼$ distributed? For which $t$ is $\psi$ smallest? Check both answers by measuring the coordinates' standard deviation.

# %% tags=["hide-cell", "solution"]
# Variances of independent terms add up: psi² = (1-t)² + t². So psi(1/4) is
# sqrt(10)/4 = 0.791, and the smallest is psi(1/2) = 0.707.
z0, z1 = torch.randn(2, 5_000, 64)
check("a quarter of the way along, straight, is noise shrunk by 0.791",
      abs(straight(z0, z1, 0.25).std() - 10**0.5 / 4) < 0.01)
scale = {t: straight(z0, z1, t).std().item() for t in (0.3, 0.4, 0.5, 0.6, 0.7)}
check("of t = 0.3 to 0.7, 0.5 gives the smallest scale",
      min(scale, key=scale.get) == 0.5, scale)

# %% [markdown]
# **3 · A coin with eight sides (half an hour, your own code).** A continuous $G$ of noise in *one* piece must build bridges. Write a function `die(*shape, **where)` that can stand in for `torch.randn` with two coordinates, but whose noise lies in eight separate pieces. Predict the share of fakes off all modes of the ring, then train six runs for 400 steps and compare with the first figure at step 400.

# %% tags=["hide-cell", "solution"]
def die(*shape, **where):
    """One of eight points on a circle of radius 3, and a little even noise."""
    angle = torch.randint(8, shape[:-1], **where) * (2 * torch.pi / 8)
    piece = 3 * torch.stack([angle.cos(), angle.sin()], -1)
    return piece + torch.rand(*shape, **where) - 0.5


torch.manual_seed(1_000 * SEED + 9)
G_die = trained([networks(2, 2, die) for _ in range(6)], ring, 400)
found = gan.metrics.count_modes(G_die(G_die.noise(4_000)), ring, at_least=80)
off_with_die = 1 - found.high_quality.cpu()
print(f"off all modes: with a die ≈ {100 * off_with_die.mean():.0f} %, "
      f"without ≈ {100 * off[400].mean():.0f} %")
claim("ring with a die: fewer fakes are off all modes after 400 steps than without, "
      "on average of 6 and 3 runs",
      off_with_die.mean() < off[400].mean(), (off_with_die, off[400]))
# Some runs lay one piece over two modes, since nothing in the loss forbids it.

# %% [markdown]
# **4 · A generator that truncation cannot harm (ten minutes).** For $G(z) = z/\lVert z\rVert$ in the plane, what does shrinking by $\psi$ do to the distribution of $G(z)$, and what does drawing each coordinate again until $|z_i| \le \frac1{10}$? Predict both answers, and then measure the diversity.

# %% tags=["hide-cell", "solution"]
# Shrinking changes nothing. Drawn again, z is nearly even on a small square, so that
# the corners' directions come more often; the diversity hardly changes.
flat = torch.randn(4_000, 2, device=device)
noises = (flat, 0.1 * flat, redrawn(0.1, 4_000, 2))
spread = [diversity(nn.functional.normalize(noise)) for noise in noises]
print("diversity:", ", ".join(f"≈ {d:.3f}" for d in spread))
gaps = [abs(d - 4 / math.pi) for d in spread]
check("all three diversities are 4 / pi, to within 0.05", max(gaps) < 0.05, spread)

# %% [markdown]
# ## Summary
#
# - $p_g$ is the push-forward of the noise, on a line density divided by slope, and the game fixes it without fixing the map.
# - A continuous $G$ of normal noise builds bridges between separate modes, in any dimension, as thin as $G$ is steep. Noise in separate pieces needs none.
# - The first layer can absorb any centre and size of the noise, and yet the training may depend on them a great deal. Take mean 0 and a standard deviation of 1 or a little more, for then the shape mattered little here.
# - Noise needs at least the data's intrinsic dimension, and more dimensions cost little here.
# - High-dimensional noise lives on a shell, which the straight way leaves for noise shrunk by up to 0.707.
# - What truncation costs and buys depends on what is at the centre of the noise, and on the measure of fidelity.
# - Differences of $z$ carry properties of the samples, and other things with them.
#
# > **Often misread.** "Each noise vector has its right picture." No loss says so, and $G(-z)$ is as good as $G(z)$.
#
# > **Often misread.** "Samples between the modes mean that training failed." With normal noise and a continuous $G$ some must be there. Compare their number with what the slope allows and with what a longer training gives.
#
# **Further reading.** White, [Sampling Generative Networks](https://arxiv.org/abs/1609.04468) (2016), on spherical walks. Radford et al., [DCGAN](https://arxiv.org/abs/1511.06434) (2016), section 6.3, on arithmetic. Brock et al., [BigGAN](https://arxiv.org/abs/1809.11096) (2019), on truncation and other noises. Padala et al., [Effect of Input Noise Dimension in GANs](https://arxiv.org/abs/2004.06882) (2020). Salmona et al., [Can push-forward generative models fit multimodal distributions?](https://arxiv.org/abs/2206.14476) (2022), the inequality for bridges in full.
#
# Next: [vanishing gradients](06_vanishing_gradients.ipynb), the first of three things that go wrong.

