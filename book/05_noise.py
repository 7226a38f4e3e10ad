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
# **A generator gets random numbers and returns pictures: what does the noise do, and does it matter which noise?** The pictures' variety has to come from somewhere, and $z$ is the only place. We look at how a network bends noise into data, why it must leave bridges where the data have none, which choice of noise matters and which does not, and what there is to see when one walks through the space of $z$. Several well-known sentences about noise turn out to be half true.
#
# - **You need** [chapter 2](02_two_players.ipynb) (the two players) and [chapter 4](04_training_loop.ipynb) (the loop, the digits, the second opinion).
# - **Afterwards you can** say what a push-forward is and compute one; explain why a generator makes things between the modes, and predict how many; choose the distribution and the dimension of the noise for a reason; walk between two samples the right way; say when truncation helps; and test whether a generator has learned its data by heart.
# - **Measured run time:** about 50 s on 2 CPU cores.

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
# ## Push a distribution forward
#
# A trained $G$ is a fixed function. Put the same $z$ in and the same $x$ comes out. All the chance is in $z$, which we draw from a density $p_z$, usually the standard normal one. The distribution of $G(z)$ is called the **push-forward** of the noise through $G$, and it is our $p_g$.
#
# On a line, one can follow every bit of probability. Say $G$ increases, with slope $G'(z)$. Then the noise between $z$ and $z + \mathrm{d}z$ lands between $x$ and $x + G'(z)\,\mathrm{d}z$. Its probability does not change; the room it has does. So
#
# $$ p_g(x) = \frac{p_z(z)}{G'(z)} \quad\text{at } x = G(z): $$
#
# **where $G$ is steep, the noise is spread thin; where $G$ is flat, it piles up.** Try it with $G(z) = e^z$: the samples are then log-normal, a density that the library knows.

# %%
z = torch.linspace(-6, 6, 20_001, dtype=torch.float64)
p_z = torch.exp(-z.square() / 2) / (2 * torch.pi) ** 0.5                   # the normal density, written out
x, slope = z.exp(), z.exp()                                                # G(z) = exp(z) is its own derivative
p_g = p_z / slope
counted = torch.distributions.LogNormal(0.0, 1.0).log_prob(x).exp()        # the truth, from the library

claim("the normal density written out integrates to 1",
      abs(torch.trapezoid(p_z, z) - 1) < 1e-6, torch.trapezoid(p_z, z))
claim("noise density divided by slope is the density of exp(z), to 1e-6", (p_g - counted).abs().max() < 1e-6)
share = (torch.randn(200_000).exp() < 1).float().mean().item()
claim("half of the noise is below 0, so half of the samples are below exp(0) = 1", abs(share - 0.5) < 0.01, share)

# %% [markdown]
# Now turn it round. We want two bells, at −2 and 2, and have one bell of noise. Which $G$ does it? One answer is the map that keeps the order: the lowest 1 % of the noise goes to the lowest 1 % of the data, and so on. Write $\Phi(z)$ for the share of the noise that is below $z$, and $F(x)$ for the share of the data below $x$. Then $T(z) = F^{-1}(\Phi(z))$. Among all maps from this noise to these data it moves the noise by the least (squared) distance on average, hence its name, the monotone **optimal** map.
#
# > **Predict first.** $T$ must take one hump of noise apart into two. What does its curve look like? How steep is it at $z = 0$: about 3, 30 or 1,500? And will a GAN, which was never told about order, find this map?
#
# One trained network proves little, so we train several side by side. `gan.ensemble.stack` gives each layer's weights one more axis, the runs, so that one batched matrix product serves all; the loop is still chapter 4's, `gan.train`. The runs never see each other. (Chapter 7 lives on this.)

# %%
from types import SimpleNamespace

from torch import nn


def play(runs, g_sizes, d_sizes, noise, real, steps, batch=64, end=nn.Identity, used=None):
    """Train ``runs`` pairs of MLPs at once and return their G. ``noise(B)``, ``real(B)`` give (runs, B, features).

    ``used``, (runs,): how many of G's inputs a run is given; the others stay 0.
    """
    def pair(r):
        net = nn.Sequential(gan.models.mlp(g_sizes, gan.models.leaky), end())
        if used is not None:                                # start as if the inputs that stay 0 were not there
            for weight in net[0][0].parameters():
                weight.data *= (g_sizes[0] / used[r]) ** 0.5
        G = gan.models.Generator(net, g_sizes[0], noise=lambda n, *_, **__: noise(n // runs).flatten(0, 1))
        return G, nn.Sequential(gan.models.mlp(d_sizes, gan.models.leaky), nn.Flatten(0))

    G, D = gan.ensemble.stack(pair(r) for r in range(runs))
    data = SimpleNamespace(sample=lambda shape, generator: real(shape[1]))
    for _ in gan.train(G, D, data, steps=steps, batch=batch, lr=2e-3, betas=(0.0, 0.99), device=device):
        pass
    return G.requires_grad_(False)


# %%
def start(k):
    torch.manual_seed(1_000 * SEED + k)


# %% [markdown]
# Is a network in the stack the one that went in? Ask the third of four.

# %%
pairs = [gan.models.mlp_pair() for _ in range(4)]
stacked, _ = gan.ensemble.stack(pairs)
points = torch.randn(4, 100, 2)
difference = (stacked(points)[2] - pairs[2][0](points[2])).abs().max().item()
claim("a network of the stack and the same network alone agree to 1e-6", difference < 1e-6, difference)

# %%
import numpy as np
from torch.distributions import Normal

unit, bells = Normal(0.0, 1.0), gan.data.mixture_1d((-2.0, 2.0), std=0.5)
R, dims = 10, torch.tensor([1] * 5 + [16] * 5)                              # 5 runs with 1-D noise, 5 with 16-D


def first(dims, n):
    """For runs with ``dims`` of n noise coordinates: 1 where a coordinate counts, else 0; (runs, 1, n)."""
    return (torch.arange(n) < dims[:, None])[:, None].float().to(device)


start(0)
G_line = play(R, [16, 32, 32, 1], [1, 32, 32, 1], lambda B: torch.randn(R, B, 16, device=device) * first(dims, 16),
              lambda B: bells.sample((R, B))[..., None].to(device), steps=500, batch=128, used=dims)

z = unit.icdf((torch.arange(20_000) + 0.5) / 20_000)                        # evenly likely noise
x = torch.linspace(-5, 5, 40_001, dtype=torch.float64)
cdf = (Normal(-2.0, 0.5).cdf(x) + Normal(2.0, 0.5).cdf(x)) / 2              # F
T = torch.tensor(np.interp(unit.cdf(z), cdf, x)).float()                    # (20000,), the monotone map
flat = torch.zeros(R, len(z), 16)
flat[:5, :, 0], flat[5:] = z, torch.randn(5, len(z), 16)
learned = G_line(flat.to(device)).squeeze(-1).cpu()                         # (R, 20000)

# %% mystnb={"image": {"alt": "Left: the monotone map as a dotted step with a nearly vertical rise at z = 0, and five learned maps that are smoother; some rise, some fall, some fold back. Right: histogram of their outputs, two narrow, spiky heaps with a thin floor between them."}}
figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.4), gridspec_kw={"width_ratios": [3, 2]})
left.plot(z, T, label="monotone optimal map $T$", color="black", linestyle=":", linewidth=3)
for k, style in enumerate(["-", "--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1))]):
    left.plot(z, learned[k], linewidth=1.2, linestyle=style, label="learned $G$, five runs" if k == 0 else None)
left.axhspan(-0.5, 0.5, color="0.9", zorder=0)
left.set(xlabel="noise $z$", ylabel="$G(z)$", xlim=(-3, 3), ylim=(-4, 4))
left.legend(fontsize=8, loc="upper center")
right.hist(learned[:5].flatten(), 80, range=(-4, 4), density=True, color="0.75", label="fakes, five runs")
right.plot(x[::100], bells.log_prob(x[::100].float()).exp(), label="data", **plots.REAL)
right.set(xlabel="$x$", ylabel="density", xlim=(-4, 4))
right.legend(fontsize=8)
plt.show()

# %% [markdown]
# The shape is a step: flat, a steep rise, flat. Everything else differs from run to run. Some $G$ rise and some fall on the whole; both are right, since $p_z$ is symmetric and $G(-z)$ has the same push-forward as $G(z)$. And most of them fold back on themselves. **The game judges where the samples land and never which $z$ went where.** There are endless maps with the same push-forward, and the GAN takes whichever it meets first.

# %%
up = (learned[:5].diff(dim=1) > 0).float().mean(1)                          # share of noise where G rises
folded = torch.minimum(up, 1 - up)
apart = (learned[:5].sort(1).values - T).abs().mean(1)                      # as distributions: sorted against sorted
as_maps = torch.minimum((learned[:5] - T).abs().mean(1), (learned[:5].flip(1) - T).abs().mean(1))
print(f"distance of the samples from the data ≈ {apart.mean():.2f}, of the map from T ≈ {as_maps.mean():.2f}"
      " (never the smaller one: T is the best match)")
claim("at least 3 of the 5 learned maps are not monotone: they run backwards on 5 % of the noise or more",
      (folded > 0.05).sum() >= 3, folded)
claim("on average, the maps differ from T (or its mirror image) more than the samples do from the data",
      as_maps.mean() > 1.2 * apart.mean(), (as_maps, apart))

# %% [markdown]
# ## Bridges
#
# Look at the grey strip. The step of $T$ is nearly vertical: at $z=0$ the formula gives $T'(0) = p_z(0)/p(0)$. Data hardly ever fall into the strip $|x| < ½$, but $G$ is **continuous**: to get from one bell to the other it must pass through every value between. What lands there is a **bridge**.
#
# How wide a bridge? If $G$ is nowhere in the gap steeper than $L$, it needs a piece of noise at least $w/L$ long to cross a gap of width $w$. Let a share $a$ of the samples lie below the gap and $b$ above. Were $G$ to rise, the noise up to $\Phi^{-1}(a)$ would land below the gap and the noise from $\Phi^{-1}(1-b)$ on above it, and the piece between is the crossing:
#
# $$ \Phi^{-1}(1-b) - \Phi^{-1}(a) \;\ge\; \frac{w}{L}. $$
#
# For equal shares, the bridge holds at least $2\Phi(w/2L) - 1$ of all samples. Only the steepness can make it thin.
#
# > **Predict first.** Does more noise help? Five of our ten runs had 16-dimensional noise. Does a generator with 16 directions find a way around?

# %%
def bridge(out, w=1.0):
    """Shares of samples below, in and above the gap |x| < w/2."""
    return (out < -w / 2).float().mean(-1), (out.abs() < w / 2).float().mean(-1), (out > w / 2).float().mean(-1)


below, inside, above = bridge(learned)
needed = 1 / (unit.icdf(1 - above) - unit.icdf(below))                      # the steepness that this bridge requires
steps_z = learned[:5].diff(dim=1).abs() / z.diff()
inner = (learned[:5, 1:].abs() < 0.5) & (z[1:].abs() < 3)
steepest = torch.where(inner, steps_z, 0).amax(1)
p_gap = (bells.cdf(torch.tensor(0.5)) - bells.cdf(torch.tensor(-0.5))).item()
T_slope = (unit.log_prob(torch.tensor(0.0)) - bells.log_prob(torch.tensor(0.0))).exp().item()
L_data = 1 / (2 * unit.icdf(torch.tensor(0.5 + p_gap / 2))).item()
print(f"data in the gap: {100 * p_gap:.2f} %, which takes a slope of {L_data:.0f}; T has {T_slope:.0f} at z = 0")
line, wide = (100 * part.mean().item() for part in (inside[:5], inside[5:]))
print(f"fakes in the gap: ≈ {line:.1f} % with 1-D noise, ≈ {wide:.1f} % with 16-D")
for name, slopes in (("learned", steepest), ("required", needed[:5])):
    print(f"slope {name}:", ", ".join(f"≈ {s:.0f}" for s in slopes))
claim("all 10 generators put at least 3 times as much into the gap as the data do", inside.min() > 3 * p_gap, inside)
claim("no slope is below what the bridge requires (2 % for the counting)",
      (steepest > 0.98 * needed[:5]).all(), (steepest, needed))
claim("and on average it is within a quarter of it: the bridge is as thin as that slope allows",
      (steepest / needed[:5]).mean() < 1.25, steepest / needed[:5])
claim("16-D noise builds bridges too: at least half as wide as 1-D noise's, on average",
      inside[5:].mean() > 0.5 * inside[:5].mean(), inside)

# %% [markdown]
# The measured slopes stand right beside the required ones. And 16 dimensions are no way around: for normal noise in *any* dimension the same inequality holds with $L$ the largest stretch of $G$ (this is the Gaussian isoperimetric inequality: of all ways to cut the noise in two, a flat cut has the thinnest border). For a thin bridge the bound is about $0.4\,w/L$, since 0.4 is the height of the normal density: a slope of 20 loses some 2 % between the bells, and no choice of noise in more dimensions can help it.
#
# The same in the plane, on chapter 4's ring of eight bells. We colour each $z$ by what becomes of it. How steep is a map of the plane? We take its largest *stretch*: the largest singular value of its matrix of derivatives, that is, how far two neighbouring $z$ are driven apart in the worst direction.

# %%
ring = gan.data.ring(std=0.1)
spacing = torch.pdist(ring.modes).sort().values[:8]                         # 8 neighbours' distances
claim("the ring has 8 different modes, neighbours all equally far apart",
      len(ring.modes) == 8 and abs(spacing.min() / spacing.max() - 1) < 1e-3 and spacing.min() > 0.5, spacing)


def near_mode(x, radius=0.3):
    """Of points (..., 2): the nearest mode, and whether it is within 3 standard deviations."""
    distance, nearest = torch.cdist(x, ring.modes.to(x.device)).min(-1)
    return nearest, distance < radius


start(1)
G_ring = play(3, [2, 64, 64, 2], [2, 64, 64, 1], lambda B: torch.randn(3, B, 2, device=device),
              lambda B: ring.sample((3, B)).to(device), steps=400)
z2 = torch.randn(3, 4_000, 2, device=device, requires_grad=True)
out = G_ring(z2)
rows = [torch.autograd.grad(out[..., k].sum(), z2, retain_graph=True)[0] for k in range(2)]
stretch = torch.linalg.matrix_norm(torch.stack(rows, -2), ord=2)            # (3, 4000), largest singular value
nearest, near = near_mode(out)

# %% mystnb={"image": {"alt": "Left: the noise plane divided into eight sectors by dark borders. Right: fakes lie around the ring, dark ones between neighbouring modes and a few across the middle."}}
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 4))
line = torch.linspace(-2.5, 2.5, 301, device=device)
plane = torch.cartesian_prod(line, line)                                    # (301 * 301, 2)
mode, held = near_mode(G_ring(plane.expand(3, -1, -1))[0])
shade = torch.where(held, 0.45 + 0.5 * mode / 7, 0.0).view(301, 301).T.cpu()
left.imshow(shade, extent=(-2.5, 2.5, -2.5, 2.5), origin="lower", cmap="gray", vmin=0, vmax=1)
left.set(xlabel="$z_1$", ylabel="$z_2$", title="noise: a grey for each mode, black between modes")
dots, ok = out[0].detach().cpu(), near[0].cpu()
right.scatter(*dots[ok][:1_500].T, s=3, color="0.7", label="within 3 std of a mode")
right.scatter(*dots[~ok][:600].T, s=3, color="black", label="bridge")
right.set(xlabel="$x_1$", ylabel="$x_2$", title="fakes", aspect="equal", xlim=(-1.5, 1.5), ylim=(-1.9, 1.5))
right.legend(fontsize=8, loc="lower right", markerscale=4, borderaxespad=0)
plt.show()

steeper = torch.stack([stretch[r][~near[r]].median() / stretch[r][near[r]].median() for r in range(3)])
off = 1 - near.float().mean(1).cpu()
print(f"farther than 3 std from every mode: data {100 * np.exp(-4.5):.1f} %, fakes ≈ {100 * off.mean():.0f} %")
print(f"G is ≈ {steeper.mean():.1f} times steeper on the bridges")
claim("in all 3 runs at least 10 % of the fakes lie off all modes, where the data have 1.1 %", off.min() > 0.1, off)
claim("G is steeper there than on the modes, by a tenth at least, averaged over the 3 runs",
      steeper.mean() > 1.1, steeper)

# %% [markdown]
# The noise plane is a cake cut into sectors. Each cut is a bridge, and $G$ is steep across it: it has little noise to get to the next mode with. Ours are wide, after a short training. But however long one trains, they do not go: they are the price of a continuous $G$ for data in separate pieces.
#
# ## Does the distribution of the noise matter?
#
# "The distribution of the noise doesn't matter much, so use a normal one." One reads this in many tutorials, and the sentence cites no experiment. We run one. Eight kinds of noise; the first four have mean 0 and variance 1.
#
# | noise | each coordinate | what is special |
# |---|---|---|
# | normal | $\mathcal N(0, 1)$ | the usual one |
# | uniform | even on $[-\sqrt3, \sqrt3]$ | no tails |
# | coin ±1 | $-1$ or $1$ | Bernoulli, centred: only $2^n$ different $z$ in $n$ dimensions |
# | Student | Student's $t$ with 3 degrees, scaled | heavy tails |
# | Cauchy | ratio of two normals | so heavy that there is no mean and no variance |
# | coin 0/1 | $0$ or $1$ | Bernoulli as it comes: mean ½, standard deviation ½ |
# | normal ½ | $\mathcal N(½, ½^2)$ | the control: a normal with that mean and standard deviation |
# | normal × 3 | $\mathcal N(0, 3^2)$ | only larger |
#
# > **Predict first.** Which of them find all eight modes of the ring? Which makes the best digits? Commit yourself to a worst one for each.

# %%
def student(*shape, **where):
    chi2 = torch.randn(*shape, 3, **where).square().sum(-1)                 # t = normal / sqrt(chi2 / 3), variance 3
    return torch.randn(*shape, **where) / chi2.sqrt()                       # ... and divided by sqrt(3)


def cauchy(*shape, **where):
    return torch.randn(*shape, **where) / torch.randn(*shape, **where)


kinds = {
    "normal": torch.randn,
    "uniform": lambda *shape, **where: (2 * torch.rand(*shape, **where) - 1) * 3**0.5,
    "coin ±1": lambda *shape, **where: 2 * (torch.rand(*shape, **where) < 0.5).float() - 1,
    "Student": student,
    "Cauchy": cauchy,
    "coin 0/1": lambda *shape, **where: (torch.rand(*shape, **where) < 0.5).float(),
    "normal ½": lambda *shape, **where: 0.5 + 0.5 * torch.randn(*shape, **where),
    "normal × 3": lambda *shape, **where: 3 * torch.randn(*shape, **where),
}

# %%
def all_kinds(runs, B, latent):
    """Noise for a stack with ``runs`` runs of each kind, kind after kind: (8 runs, B, latent)."""
    return torch.cat([draw(runs, B, latent, device=device) for draw in kinds.values()])


same = torch.Generator(device).manual_seed(3)
package = gan.models.Generator(nn.Identity(), latent=4, noise=kinds["coin ±1"])
with_package = package.noise(5, same)
by_hand = kinds["coin ±1"](5, 4, generator=same.manual_seed(3), device=device)
claim("gan.models.Generator takes each of these functions as its noise=", torch.equal(with_package, by_hand))

# %%
K, latent = 3, 4
start(2)
R = K * len(kinds)
G_kinds = play(R, [latent, 64, 64, 2], [2, 64, 64, 1], lambda B: all_kinds(K, B, latent),
               lambda B: ring.sample((R, B)).to(device), steps=300)
out = G_kinds(all_kinds(K, 4_000, latent))                                  # (R, 4000, 2)
nearest, near = near_mode(out)
good = near.float().mean(1).view(-1, K).cpu()                               # (8, K)
held = torch.stack([torch.bincount(n[ok], minlength=8) for n, ok in zip(nearest, near)]) / 4_000
modes = (held > 0.02).sum(1).view(-1, K).cpu()
far = (out.norm(dim=-1) > 2).float().mean(1).view(-1, K).cpu()
different = torch.tensor([len(o.unique(dim=0)) for o in out]).view(-1, K)
ring_modes, ring_good = ({name: m[k] for k, name in enumerate(kinds)} for m in (modes, good))
for k, name in enumerate(kinds):
    print(f"{name:>10}: ≈ {modes[k].float().mean():.1f} of 8 modes, ≈ {100 * good[k].mean():.0f} % near one, "
          f"≈ {100 * far[k].mean():.1f} % far out, at most ≈ {different[k].max()} different of 4000")
ordinary = ("normal", "uniform", "Student")
claim("normal, uniform and Student noise find at least 6 of the 8 modes in all 9 runs",
      min(ring_modes[name].min().item() for name in ordinary) >= 6, ring_modes)
claim("and none of them puts 1.5 times as many fakes near a mode as another, on average",
      max(ring_good[n].mean() for n in ordinary) < 1.5 * min(ring_good[n].mean() for n in ordinary), ring_good)
claim("Cauchy noise finds at most 4 in any run, and throws fakes far out in all of them",
      ring_modes["Cauchy"].max() <= 4 and far[4].min() > 0.005, (ring_modes, far))
claim("coins make at most 2^4 = 16 different fakes", different[[2, 5]].max() <= 16, different)

# %% [markdown]
# Among the ordinary ones the shape hardly matters. Normal ½, which has another centre and another width, finds all modes in some runs and one or two in others. Two results are worth a stop.
#
# - **Coins** give a handful of different points, $2^4 = 16$ here, however long one samples; with two coins there would be 4 points for 8 modes. But each point may sit in the *middle* of a mode: noise that comes in separate pieces needs no bridges. A metric that counts "fakes near a mode" is delighted, and blind to the fact that there are 16 of them.
# - **Cauchy** noise sends a $z$ of a thousand now and then. An MLP with leaky ReLUs is a straight line out there, so $G(z)$ is far away too. What $G$ gives up to keep the giants in check shows in the modes.
#
# Now the same eight on the digits, 8 × 8 pixels, with a small MLP that ends in tanh. Chapter 4's second opinion judges them: a classifier trained on the real digits, and the Fréchet distance between its features of fakes and real ones (smaller is better).

# %%
from gan.metrics import fit_classifier, frechet_distance
from torch.nn.functional import interpolate

small = gan.data.digits(size=8)[0].flatten(1).to(device)                    # (1797, 64)
images, labels = (t.to(device) for t in gan.data.digits(size=16))           # (1797, 1, 16, 16)
classifier = fit_classifier(images, labels, steps=150, seed=SEED)
features = classifier[:-1]
real_features = features(images)


def enlarge(flat):
    """(N, 64) in [-1, 1] to the (N, 1, 16, 16) that gan.data.digits(16) makes of them."""
    return interpolate((flat.view(-1, 1, 8, 8) + 1) / 2, (16, 16), mode="bilinear", antialias=True) * 2 - 1


claim("enlarging the small digits gives the package's larger ones, to 1e-6",
      (enlarge(small) - images).abs().max() < 1e-6)

# %%
K, latent = 3, 16
start(3)
R = K * len(kinds)
G_small = play(R, [latent, 64, 64, 64], [64, 64, 64, 1], lambda B: all_kinds(K, B, latent),
               lambda B: small[torch.randint(len(small), (R, B), device=device)], steps=200, end=nn.Tanh)
fakes = G_small(all_kinds(K, 1_000, latent))                                # (R, 1000, 64)
distance = torch.tensor([frechet_distance(features(enlarge(f)), real_features) for f in fakes]).view(-1, K)
digit_distance = dict(zip(kinds, distance))
for name, d in digit_distance.items():
    print(f"{name:>10}: Fréchet distance ≈ {d.mean():.0f} ± {d.std():.0f}")

# %% mystnb={"image": {"alt": "Dot plots, one row for each of eight kinds of noise, three runs each. Left, the ring: Cauchy finds few modes. Right, digits: coin 0/1 and normal one half have large Fréchet distances; Cauchy and normal times three have the smallest."}}
figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.2), sharey=True)
for k, name in enumerate(kinds):
    left.plot(modes[k] + 0.12 * torch.arange(-1, 2), [k] * K, "o", color="black", markersize=5, fillstyle="none")
    right.plot(distance[k], [k] * K, "o", color="black", markersize=5, fillstyle="none")
left.set(yticks=range(len(kinds)), yticklabels=list(kinds), xlabel="ring: modes found, of 8", xlim=(-0.5, 8.5))
left.invert_yaxis()
right.set(xscale="log", xlabel="digits: Fréchet distance (log), smaller is better")
right.set_xticks([150, 250, 500, 1_000], [150, 250, 500, 1_000])
right.minorticks_off()
plt.show()

mean = {name: d.mean().item() for name, d in digit_distance.items()}
claim("digits: uniform, coin ±1 and Student are within a factor of 2 of normal, on average",
      all(0.5 < mean[name] / mean["normal"] < 2 for name in ("uniform", "coin ±1", "Student")), mean)
claim("coin 0/1 is more than twice as far from the digits as coin ±1, and normal ½ as normal",
      mean["coin 0/1"] > 2 * mean["coin ±1"] and mean["normal ½"] > 2 * mean["normal"], mean)
claim("Cauchy, the worst on the ring, is better than normal here, and so is normal × 3",
      mean["Cauchy"] < mean["normal"] and mean["normal × 3"] < mean["normal"], mean)

# %% [markdown]
# So, as found: **the shape of the noise matters little; its centre and its size (changed together here) matter a lot.** Normal, uniform, Student, fair ±1 coin: the same. Coin 0/1 fails on the digits, and the control tells why. A normal with the same mean and spread fails as well. What hurts is not the coin; it is a common push (all the means together have length $½\sqrt{16} = 2$) with a variation of the same length on top, so that all $z$ look much alike to the first layer.
#
# And Cauchy, a disaster on the ring, beats the usual noise here, as does a normal three times as wide. Behind a tanh nothing can fly away; that large $z$ help with contrast is a guess of ours. (And this is a *short* training. We do not claim that it stays so in the end.) The BigGAN authors are quoted with a result that is kinder to coins: 0/1 coins and $\max(\mathcal N, 0)$ did slightly better for them than $\mathcal N(0, I)$. Their network is another: large, with batch norm and a class label. "Doesn't matter much" holds after you have fixed centre and size, and for the network you tried.
#
# ## How many dimensions?
#
# For pictures nobody knows how many numbers are really needed. So we make data for which we do: points $u$ spread evenly in a cube with **4** dimensions, laid into a space with 16 coordinates as a flat sheet lies in a room. Their *intrinsic* dimension is 4. We call the sheet **the flat**.
#
# > **Predict first.** Noise with 1, 2, 3, 4, 8, 64 dimensions. Which are too small, and what do their samples look like? What do 64 cost?
#
# Two measures. **Off**: how far a fake lies from the flat, on which all data are. **Holes**: from a real point, how far is it to the nearest of 2,000 fakes, in units of the distance to the nearest of 2,000 other real points? (1 is perfect.)

# %%
sizes, K = (1, 2, 3, 4, 8, 64), 3
R = K * len(sizes)
start(4)
dims = torch.tensor(sizes).repeat_interleave(K)                             # (R,)
use = first(dims, 64)                                                       # (R, 1, 64): which coordinates count
Q = torch.linalg.qr(torch.randn(16, 16)).Q[:, :4].to(device)                # the flat's four directions


def cube(*shape):
    return (2 * torch.rand(*shape, 4, device=device) - 1) * 3**0.5


def some(B):
    return torch.randn(R, B, 64, device=device) * use


G_cube = play(R, [64, 64, 64, 16], [16, 64, 64, 1], some, lambda B: cube(R, B) @ Q.T, steps=300, used=dims)


# %% mystnb={"image": {"alt": "Four scatter plots of two of the cube's coordinates. 1-D noise draws a thread, 2-D fills most of the square, 4-D and 64-D fill the square and spill over its edges."}}
def holes(fakes, real):
    """Mean distance from a real point to the nearest fake, each (2000, 4)."""
    return torch.cdist(real, fakes).min(1).values.mean().item()


x = G_cube(some(2_000))                                                     # (R, 2000, 16)
u = x @ Q                                                                   # seen in the flat
off = (x - u @ Q.T).norm(dim=-1).mean(1).view(-1, K).cpu()
real, other = cube(2_000), cube(2_000)
gaps = torch.tensor([holes(fakes, real) for fakes in u]).view(-1, K) / holes(other, real)
figure, axes = plt.subplots(1, 4, figsize=(8.4, 2.5), sharex=True, sharey=True)
for ax, k in zip(axes, (0, 1, 3, 5)):
    ax.scatter(*u[k * K, :, :2].T.cpu(), s=1, color=plots.FAKE["color"])
    ax.plot([-3**0.5, 3**0.5, 3**0.5, -3**0.5, -3**0.5], [-3**0.5, -3**0.5, 3**0.5, 3**0.5, -3**0.5], **plots.REAL)
    ax.set(title=f"{sizes[k]}-D noise", aspect="equal", xlim=(-2.6, 2.6), ylim=(-2.6, 2.6), xlabel="$u_1$")
axes[0].set_ylabel("$u_2$")
plt.show()

for n, o, h in zip(sizes, off, gaps):
    print(f"{n:>2}-D noise: off ≈ {o.mean():.2f} ± {o.std():.2f}, holes ≈ {h.mean():.2f} ± {h.std():.2f}")

# %% mystnb={"image": {"alt": "Holes and distance off the flat against the noise's dimension, on a log axis: both fall until 4 and are level from there to 64."}}
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 2.8))
plots.band(left, sizes, gaps.T, color="black", marker="o")
plots.band(right, sizes, off.T, color="black", marker="o")
for ax, name in ((left, "holes (1 is perfect)"), (right, "off the flat")):
    ax.axvline(4, color="0.5", linestyle=":")
    ax.set(xscale="log", xticks=sizes, xticklabels=sizes, xlabel="dimension of the noise", ylabel=name)
    ax.minorticks_off()
plt.show()
small_ones, enough = gaps[:3], gaps[3:]
claim("below 4 dimensions the holes are at least twice as large as among real points, in every run",
      small_ones.min() > 2, gaps)
claim("1-D noise lies farther off the flat than 4-D noise, by half at least, on average",
      off[0].mean() > 1.5 * off[3].mean(), off)
claim("each dimension more, from 1 to 4, makes them smaller, on average", (gaps[:4].mean(1).diff() < 0).all(), gaps)
claim("every run with 4 dimensions has smaller holes than every run with 3",
      enough[0].max() < small_ones[2].min(), gaps)
claim("with 8 and with 64 they are less than 1.5 times as large as among real points, on average",
      enough[1:].mean(1).max() < 1.5, gaps)
claim("64 dimensions for 4-D data cost little: holes within a fifth of those with 4",
      gaps[5].mean() < 1.2 * gaps[3].mean(), gaps)

# %% [markdown]
# A continuous (and piecewise linear) image of a line is a thread, whatever the network: at every $z$ the matrix of derivatives of $G$ has rank at most $n$, the noise's dimension. One dimension lays a thread into the cube, two bend a sheet. In principle a thread could be wound so densely that it comes near every point; nothing of that kind is learned here. Instead, what $G$ cannot cover it also misses in the other directions: with 1-D noise the samples lie farther *off* the flat. The knee is where it must be, at 4.
#
# Exactly 4 is enough, and leaves no slack: once in some twenty runs we saw a generator that had flattened one of its four dimensions and stayed so. With 8 or more, in forty, we saw nothing worse than holes 1.6 times as large as among real points.
#
# What too many dimensions cost is less than one might fear: $G$ learns to ignore them. The bill is some weights in the first layer, 60 × 64 here. So when the intrinsic dimension is unknown, err on the large side. How large is best depends on data and network, as Padala et al. (2020) found on several data sets.
#
# ## Walking from one z to another
#
# Take two noise vectors, $z_0$ and $z_1$, and go from one to the other. The straight way is $z_t = (1-t)\,z_0 + t\,z_1$.
#
# > **Predict first.** In 64 dimensions, how long are typical noise vectors, and how long is the one half-way between two of them? Does a random draw ever come out as short as that?
#
# The squared length of $z$ is a sum of $n$ squares with mean 1 each, so the length is near $\sqrt n$, and its spread does not grow with $n$ (it tends to $1/\sqrt2$). High-dimensional noise is not a ball; it is a **thin shell**. The half-way point is normal with variance ½ in each coordinate: length $\sqrt{n/2}$. In the plane that is nothing special. Further up it is a hole in the middle of the shell. The table is exact; the last column is the share of noise that is as short as the median half-way point.

# %%
from scipy import stats

print("   n   mean length   spread   half-way   noise that short")
for n in (1, 2, 8, 64, 512):
    length, half_way = stats.chi(n), stats.chi(n, scale=0.5**0.5)           # lengths of normal vectors
    short = length.cdf(half_way.median())
    print(f"{n:>4}   {length.mean():>11.3f}   {length.std():>6.3f}   {half_way.median():>8.3f}   {short:>16.1e}")
z = torch.randn(10_000, 64)
measured = z.norm(dim=1)
print(f"measured with 64: mean length ≈ {measured.mean():.3f}, spread ≈ {measured.std():.3f}")
off_mean, off_spread = abs(measured.mean() - stats.chi(64).mean()), abs(measured.std() - stats.chi(64).std())
claim("64-D noise has length 7.969 with a spread of 0.706, both to within 0.05",
      off_mean < 0.05 and off_spread < 0.05, (measured.mean(), measured.std()))

# %% [markdown]
# The **spherical** way goes round on the shell. With $\omega$ the angle between $z_0$ and $z_1$,
#
# $$ z_t = \frac{\sin((1-t)\,\omega)}{\sin\omega}\,z_0 + \frac{\sin(t\,\omega)}{\sin\omega}\,z_1 . $$
#
# Two random directions in high dimension are nearly at right angles, and there the half-way point is simply $(z_0+z_1)/\sqrt2$.

# %%
def straight(z0, z1, t):
    return (1 - t) * z0 + t * z1


def spherical(z0, z1, t):
    angle = torch.acos(torch.cosine_similarity(z0, z1, dim=-1))[..., None]
    return (torch.sin((1 - t) * angle) * z0 + torch.sin(t * angle) * z1) / torch.sin(angle)


z0, z1 = torch.randn(2, 5_000, 64)
claim("both ways begin at z_0 and end at z_1, to 1e-5", all((way(z0, z1, t) - end).abs().max() < 1e-5
      for way in (straight, spherical) for t, end in ((0.0, z0), (1.0, z1))))
turned = z1 * z0.norm(dim=1, keepdim=True) / z1.norm(dim=1, keepdim=True)   # as long as z0
drift = (spherical(z0, turned, 0.3).norm(dim=1) / z0.norm(dim=1) - 1).abs().max()
claim("between vectors of one length the spherical way keeps that length, to 1e-4", drift < 1e-4, drift)
middle = straight(z0, z1, 0.5).norm(dim=1) / z0.norm(dim=1)
claim("the straight half-way point has 0.707 of the length, on average, to within 0.02",
      abs(middle.mean() - 0.5**0.5) < 0.02, middle.mean())

# %% [markdown]
# Does it matter to a trained generator? First we train a convolutional one with 64-dimensional noise on 1,300 of the digits; the other 497 it never sees (they are for the last section). It serves the rest of the chapter.

# %%
split = torch.randperm(len(images), generator=torch.Generator().manual_seed(SEED)).to(device)
train, unseen = images[split[:1_300]], images[split[1_300:]]
start(5)
G, D = gan.models.conv_pair(size=16, latent=64, width=24)
run = gan.train(G, D, train, steps=450, batch=32, lr=4e-3, betas=(0.0, 0.99), ema=0.995, device=device, progress=True)
for step in run:
    pass
G = run.G_ema.eval().requires_grad_(False)


def sure(pictures):
    """Share of pictures in which the classifier is 90 % sure to see a digit."""
    return (classifier(pictures).softmax(1).amax(1) >= 0.9).float().mean().item()


# %%
z0, z1 = torch.randn(2, 2_000, 64, device=device)
places = {"fresh noise": z0, "spherical half-way": spherical(z0, z1, 0.5), "straight half-way": straight(z0, z1, 0.5),
          "noise × 0.707": 0.5**0.5 * torch.randn(2_000, 64, device=device)}
fd, certain = {}, {}
for name, at in places.items():
    pictures, length = G(at), at.norm(dim=1).mean()
    fd[name], certain[name] = frechet_distance(features(pictures), real_features), sure(pictures)
    print(f"{name:>18}: length ≈ {length:.1f}, sure of ≈ {100 * certain[name]:.0f} %, distance ≈ {fd[name]:.0f}")
claim("pictures half-way on the straight line are farther from the digits than those on the spherical one",
      fd["straight half-way"] > 1.05 * fd["spherical half-way"], fd)
claim("spherical half-way points are as good as fresh noise, to within a fifth",
      abs(fd["spherical half-way"] / fd["fresh noise"] - 1) < 0.2, fd)
claim("straight ones are as good as noise made shorter by 0.707, to within a fifth",
      abs(fd["straight half-way"] / fd["noise × 0.707"] - 1) < 0.2, fd)
claim("the classifier is about as sure of either half-way picture: shares within 0.2 of each other",
      abs(certain["straight half-way"] - certain["spherical half-way"]) < 0.2, certain)

# %% [markdown]
# So it matters little to a single picture: of the straight half-way ones the classifier is about as sure. As a *set* they are farther from the digits, just as far as noise made shorter by the same factor.

# %% mystnb={"image": {"alt": "Scrubber along eight walks: the upper row goes straight, the lower row on the sphere; half-way the upper row is a little more blurred."}}
from gan.figures import Scrubber

start(7)
a, b = torch.randn(2, 8, 64, device=device)
path = [k / 10 for k in range(11)]


def picture(t):
    figure, ax = plt.subplots(figsize=(6, 1.9))
    plots.show_images(G(torch.cat([straight(a, b, t), spherical(a, b, t)])), columns=8, ax=ax)
    return figure


def caption(t):
    lengths = [way(a, b, t).norm(dim=1).mean().item() for way in (straight, spherical)]
    return f"t = {t:.1f}; above straight, mean length of z {lengths[0]:.1f}; below spherical, {lengths[1]:.1f}"


Scrubber.from_figures(map(picture, path), map(caption, path), label="t, the way from one z to the other", still=5)

# %% [markdown]
# Slide through it, and notice two things. The pictures change smoothly: nearby $z$, similar digits. And between two digits lies something that is neither. That is a bridge again, and *no* way of walking avoids it, since both ways have to cross the border between the sectors. The spherical way only keeps to places where $G$ has been trained.
#
# The table says exactly what is wrong with the straight way: half-way it is ordinary noise, *scaled by 0.707*. This has a name.
#
# ## Truncation
#
# **Truncation** is to draw noise nearer to its centre than the noise that $G$ was trained with: $\psi z$ with $\psi < 1$. (Or drawing again each coordinate that is too large; the effect is similar.) The usual sentence is: *truncation trades diversity for fidelity*. Samples become less varied, and better.
#
# > **Predict first.** Remember the cake: where do all sectors meet? So what is at $z = 0$?
#
# We have trained generators of two kinds, so we can try it on both without training another. The **ring** is data in separate pieces. The **cube** is data in one piece. Diversity is the samples' overall spread, relative to $\psi = 1$. Fidelity is what we used before: the share near a mode on the ring, and the distance off the flat for the cube.

# %%
psis = (0.1, 0.25, 0.5, 0.75, 1.0, 1.25)
rings, cubes = torch.zeros(2, 3, len(psis)), torch.zeros(2, 3, len(psis))    # (diversity and fidelity, runs, psi)
start(6)
z_ring, z_cube = torch.randn(3, 4_000, 2, device=device), some(2_000)
for k, psi in enumerate(psis):
    x = G_ring(psi * z_ring)
    rings[:, :, k] = torch.stack([x.var(1).sum(-1).sqrt(), near_mode(x)[1].float().mean(1)]).cpu()
    x = G_cube(psi * z_cube)[9:12]                                          # the three runs with 4-D noise
    cubes[:, :, k] = torch.stack([x.var(1).sum(-1).sqrt(), (x - x @ Q @ Q.T).norm(dim=-1).mean(1)]).cpu()
for table in (rings, cubes):
    table[0] /= table[0, :, psis.index(1.0), None].clone()                  # diversity relative to psi = 1

whole, half, quarter, tenth = (psis.index(psi) for psi in (1.0, 0.5, 0.25, 0.1))
claim("truncation costs diversity, at every step from 1 down to 0.1, in all 6 runs",
      (rings[0, :, :5].diff() > 0).all() and (cubes[0, :, :5].diff() > 0).all(), (rings[0], cubes[0]))
claim("cube, one piece: at psi = 0.5 the samples are nearer to the flat, by a tenth at least, averaged over 3 runs",
      cubes[1, :, half].mean() < 0.9 * cubes[1, :, whole].mean(), cubes[1])
claim("ring, separate pieces: at psi = 0.1 less than a third as many samples are near a mode, averaged over 3 runs",
      rings[1, :, tenth].mean() < rings[1, :, whole].mean() / 3, rings[1])

# %% [markdown]
# Both kinds of generator, and two answers. In the cube the centre of the noise is the centre of the data, and far-out noise is where $G$ has seldom been trained: the trade is real, down to about $\psi = ½$. On the ring the centre of the noise is the middle of the cake, where all bridges meet: **truncation pays with diversity and gets less fidelity for it.**
#
# Which are the digits more like? Ten kinds of digit, one generator. Diversity is now the mean distance between two samples; fidelity is measured twice, since it is not one thing: by the share the classifier is sure of, and by the distance to the nearest real digit.

# %%
def judge(pictures):
    """Mean distance between two of them, share the classifier is sure of, distance to the nearest real digit."""
    flat = pictures.flatten(1)
    to_real = torch.cdist(flat, train.flatten(1)).min(1).values
    return torch.pdist(flat).mean().item(), sure(pictures), to_real.mean().item()


z = torch.randn(1_000, 64, device=device)
table = torch.tensor([judge(G(psi * z)) for psi in psis])                   # (6, 3)
change = table / table[whole]
for psi, (d, s, n) in zip(psis, table.tolist()):
    print(f"psi = {psi:.2f}: diversity ≈ {d:.1f}, sure of ≈ {100 * s:.0f} %, nearest real digit at ≈ {n:.1f}")

# %% mystnb={"image": {"alt": "Three panels of fidelity against diversity. Cube: the distance off the flat shrinks with diversity. Ring: the share near a mode falls. Digits: the distance to the nearest real digit is level for mild truncation and grows for a strong one; psi is written beside the points."}}
figure, axes = plt.subplots(1, 3, figsize=(9.6, 3.1))
for ax, runs in ((axes[0], cubes), (axes[1], rings)):
    ax.plot(runs[0].T, runs[1].T, marker="o", markersize=4, linewidth=1, color="black")
axes[2].plot(change[:, 0], table[:, 2], marker="o", markersize=4, linewidth=1, color="black")
for k in range(len(psis) - 1):
    axes[2].annotate(f"{psis[k]:g}", (change[k, 0], table[k, 2]), textcoords="offset points", xytext=(6, 0), fontsize=8)
for ax, title, label in zip(axes, ("cube, 3 runs", "ring, 3 runs", "digits, beside the points $\\psi$"),
                            ("off the flat (small is good)", "share near a mode", "nearest digit (small is good)")):
    ax.set(title=title, xlabel="diversity, relative", ylabel=label)
plt.show()

mild = psis.index(0.75)
claim("digits: diversity falls at every step from 1 to 0.1, to less than 0.4 of what it was",
      (table[:5, 0].diff() > 0).all() and change[0, 0] < 0.4, table)
claim("digits: at psi = 0.25 the samples are farther from real digits, and the classifier is no surer of them",
      change[quarter, 2] > 1.02 and table[quarter, 1] < table[whole, 1] + 0.03, table)
claim("digits: psi = 0.75 changes either fidelity by less than a fifth",
      (change[mild, 1:] - 1).abs().max() < 0.2, table)

# %% [markdown]
# The digits lie between the two. A mild truncation changes their fidelity little; a strong one loses variety and moves *away* from real digits, as on the ring, because it gathers the samples where the sectors meet. (Have a look: `plots.show_images(G(0.25 * z[:30]))`.) Beware of the classifier at the far left: with $\psi = 0.1$ all samples are nearly one picture, and it is either sure of that one or not. The famous sentence comes from BigGAN, which is told the class of each picture, and whose authors report it for that setting; our figure says only that it is not a law of nature. **Before you truncate, ask what is at the centre.** StyleGAN, chapter 16, truncates in another space, one that its network has bent itself.
#
# ## Has it learned the data by heart?
#
# A generator that returned the training digits would score well in everything above. The usual test: for each fake, find the **nearest training picture**, and look.

# %% mystnb={"image": {"alt": "Two rows of ten digits: generated ones above, their nearest training digits below; similar in shape and slant, not equal.", "classes": "whole"}}
def nearest(pictures, among):
    """Distance to the nearest of ``among``, in pixels, and which it is."""
    return torch.cdist(pictures.flatten(1), among.flatten(1)).min(1)


fakes = G(torch.randn(497, 64, device=device))
found = nearest(fakes, train)
figure, ax = plt.subplots(figsize=(6, 1.7))
plots.show_images(torch.cat([fakes[:10], train[found.indices[:10]]]), columns=10, ax=ax,
                  title="fakes; below, the nearest of 1,300 training digits")
plt.show()

# %% [markdown]
# Similar, yes. But how similar would *honest* pictures be? The 497 digits that no training has seen tell us: they are new by construction. So compare the fakes' distances with **theirs**. And because a test that never fails is worth nothing, we also try it on three thieves:
#
# 1. one who returns training digits with a little grain;
# 2. generators that were trained on 16 digits only (small MLPs, compared with *their* 16 digits);
# 3. one who returns training digits **shifted by one pixel**.

# %%
start(8)
few = small[torch.stack([torch.randperm(len(small))[:16] for _ in range(3)]).to(device)]     # (3, 16, 64)
G_few = play(3, [16, 96, 96, 64], [64, 96, 96, 1], lambda B: torch.randn(3, B, 16, device=device),
             lambda B: torch.stack([f[torch.randint(16, (B,), device=device)] for f in few]), steps=500, end=nn.Tanh)
copied = G_few(torch.randn(3, 500, 16, device=device))
theirs = [nearest(copied[k], few[k]).values.median() for k in range(3)]
by_heart = torch.stack([own / nearest(small, few[k]).values.median() for k, own in enumerate(theirs)])

# %%
honest = nearest(unseen, train).values.median()
grainy = train[:497] + 0.05 * torch.randn(497, 1, 16, 16, device=device)
suspects = {"our generator": fakes, "copies with grain": grainy, "copies shifted by a pixel": train[:497].roll(1, -1)}
ratio = {name: (nearest(pictures, train).values.median() / honest).item() for name, pictures in suspects.items()}
print("distance to the nearest training digit, relative to digits never seen:")
for name, r in ratio.items():
    print(f"{name:>26} ≈ {r:.2f}")
print(f"{'trained on 16 digits':>26} ≈ {by_heart.mean():.2f}")
claim("our fakes are no nearer to the training digits than new digits are: no sign of memory",
      ratio["our generator"] > 1, ratio)
claim("the test catches grainy copies", ratio["copies with grain"] < 0.5, ratio)
claim("and generators with 16 digits to learn, all 3: they come nearer to them than any digit should",
      by_heart.max() < 0.85, by_heart)
claim("but copies shifted by one pixel pass it", ratio["copies shifted by a pixel"] > 1, ratio)

# %% [markdown]
# So there is no sign here that our generator copies. Its fakes are *farther* from the training digits than new digits are: they are not yet good enough to be mistaken for anything. A generator with only 16 digits to learn does drift towards them: memory is what happens when there is little to remember.
#
# And the test has a hole. A thief who shifts everything by one pixel passes, because pixel distance thinks that a shifted 3 is a stranger. **"No near neighbour in pixels" is a weak alibi.** Chapter 11 has better distances.
#
# ## Exercises
#
# **1 (two minutes).** $G(z) = 3z + 1$ with standard normal noise. What is $p_g(1)$, the density of the fakes at $x = 1$? Three digits after the point.

# %%
def check_exercise_1(answer):
    truth = Normal(1.0, 3.0).log_prob(torch.tensor(1.0)).exp().item()
    claim("your density is right", abs(answer - truth) < 1e-3, answer)


# check_exercise_1(your number)

# %% tags=["hide-cell"]
check_exercise_1(0.133)                        # x = 1 comes from z = 0: 0.399 / 3
for wrong in (0.399, 1.197, 0.044):            # slope forgotten; multiplied by it; divided by its square
    try:
        check_exercise_1(wrong)
    except AssertionError:
        print(wrong, "is refused")

# %% [markdown]
# **2 (ten minutes).** Straight way, a quarter of the way along ($t = ¼$). The point is noise scaled by which $\psi$? And for which $t$ is $\psi$ smallest? Check by measuring the coordinates' standard deviation.

# %% tags=["hide-cell"]
# Variances of independent terms add: psi² = (1-t)² + t², so psi(1/4) = sqrt(10)/4 = 0.791; smallest at t = 1/2.
z0, z1 = torch.randn(2, 5_000, 64)
claim("a quarter of the way along, straight, is noise scaled by 0.791",
      abs(straight(z0, z1, 0.25).std() - 10**0.5 / 4) < 0.01)
scale = {t: straight(z0, z1, t).std().item() for t in (0.3, 0.4, 0.5, 0.6, 0.7)}
claim("of t = 0.3 to 0.7, 0.5 gives the smallest scale", min(scale, key=scale.get) == 0.5, scale)

# %% [markdown]
# **3 (half an hour).** A continuous $G$ of *connected* noise must build bridges. Give the generator of the two bells a coin ±1 beside its normal noise, so $z = (z_1, \pm1)$. Predict the share of fakes in the gap. Then train ten runs and compare with the 1-D ones above. Does every run make use of the coin?

# %% tags=["hide-cell"]
def with_coin(B):
    return torch.cat([torch.randn(10, B, 1, device=device), kinds["coin ±1"](10, B, 1, device=device)], -1)


start(9)
G_coin = play(10, [2, 32, 32, 1], [1, 32, 32, 1], with_coin,
              lambda B: bells.sample((10, B))[..., None].to(device), steps=500, batch=128)
lost = bridge(G_coin(with_coin(20_000)).squeeze(-1).cpu())[1]
print(f"in the gap, median of the runs: with a coin ≈ {100 * lost.median():.2f} %, without ≈ {100 * inside[:5].median():.2f} %")
print(f"≈ {(lost < 0.005).sum()} of 10 runs with a coin have less than half a per cent there")
claim("some of 10 runs with a coin have built almost no bridge, under 0.5 %; of the 5 without, none has",
      lost.min() < 0.005 and inside[:5].min() > 0.005, (lost, inside))
# Nothing in the loss asks for it: a run that has found another way to split the bells may leave the coin unused.

# %% [markdown]
# **4 (an afternoon).** Train the convolutional pair on 16, 64, 256 and 1,300 digits, long, and draw the ratio of the last section against the number of training digits. Where does memory begin? Then find a distance that catches the shifting thief. (The solution does the second part.)

# %% tags=["hide-cell"]
moves = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
everywhere = torch.cat([train.roll(move, (-2, -1)) for move in moves])     # each training digit in nine places
honest_moved = nearest(unseen, everywhere).values.median()
ratio_moved = {name: (nearest(pictures, everywhere).values.median() / honest_moved).item()
               for name, pictures in suspects.items()}
print(", ".join(f"{name} ≈ {r:.2f}" for name, r in ratio_moved.items()))
claim("the smallest distance over shifts by a pixel catches the shifted copies as well as the grainy ones",
      max(ratio_moved[name] for name in suspects if "copies" in name) < 0.5, ratio_moved)
claim("and by it too our fakes are not much nearer to the training digits than new digits are",
      ratio_moved["our generator"] > 0.9, ratio_moved)

# %% [markdown]
# ## Summary
#
# - $p_g$ is the push-forward of the noise: density divided by slope. The game fixes the distribution of $G(z)$ and not the map.
# - A continuous $G$ builds bridges between separate modes. How thin they are is decided by how steep $G$ is, in any dimension of noise.
# - The shape of the noise matters little; centre and size matter. $n$ coins give at most $2^n$ different samples.
# - Noise needs at least the data's intrinsic dimension. More costs little.
# - In high dimension noise lives on a shell. Walk round it; the straight way passes through noise truncated to 0.707.
# - Truncation costs diversity always; whether it buys fidelity depends on what is at the centre.
# - Compare nearest neighbours with those of unseen data, and do not trust pixels.
#
# > **Often misread.** "Each noise vector has its right picture." No loss says so: $G(-z)$ is as good as $G(z)$.
#
# > **Often misread.** "Samples between the modes mean that training failed." Some must be there. Count them, and compare with what the slope allows.
#
# **Further reading.** White, [Sampling Generative Networks](https://arxiv.org/abs/1609.04468) (2016), spherical walks. Brock et al., [BigGAN](https://arxiv.org/abs/1809.11096) (2019), truncation and other noises. Padala et al., [Effect of Input Noise Dimension in GANs](https://arxiv.org/abs/2004.06882) (2020). Salmona et al., [Can push-forward generative models fit multimodal distributions?](https://arxiv.org/abs/2206.14476) (2022), the inequality for bridges in full.
#
# Next: [vanishing gradients](06_vanishing_gradients.ipynb), the first of three things that go wrong.
