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
# # 2 · Two players
#
# **How can a network learn to make things when nobody can tell it how they are made?** A photograph, a signature, a handwritten 7: we recognise a good one at once, and cannot write down the rule. A *generative adversarial network* (GAN) turns this around. It trains one network to make things and a second one to catch it, and the second one's opinion is all the teaching the first one gets.
#
# - **You need** derivatives and the chain rule, densities, means and Bayes' rule, and to have seen a PyTorch training loop.
# - **Afterwards you can** say what each player sees and wants; follow a gradient from the discriminator's verdict back into the generator, and check it by hand; read Goodfellow's famous four panels, because you have made them; and say what "implicit model" means and costs.
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
# ## The game
#
# A forger paints; a police officer looks at paintings, some from the museum and some from the forger, and says of each how likely it is to be real. Both start as bunglers. When the officer learns to spot a forgery, the forger learns what gave it away; when the forger improves, the officer must look closer. Neither was ever told what makes a painting good. In the ideal end neither can improve, and the forgeries are as good as real.
#
# Now the same without paint. **Real** things are numbers $x$ drawn from a density $p$ that we choose, so that for once we know the truth; the players never see $p$, only samples. Two bells will do, one bigger than the other.
#
# - The forger is the **generator** $G$. It takes noise $z$, drawn from a standard normal distribution, and returns a number $G(z)$, the fake. The density of its fakes is called $p_g$.
# - The officer is the **discriminator** $D$. It takes a number and returns the probability $D(x)$ that the number is real. Inside it computes a **logit** $a$, any real number, and $D = 1/(1 + e^{-a})$. Logit 0 means "half and half". In code the network returns the logit: `D(x)` is $a$, and `D(x).sigmoid()` is what the text writes as $D(x)$.
#
# Both are small networks, and here is the whole match.

# %%
data = gan.data.GaussianMixture([[-1.0], [1.5]], std=0.6, weights=[0.35, 0.65])     # a sample has shape (1,)

edges = torch.linspace(-4, 5, 91)                                  # bins of width 0.1
x = ((edges[1:] + edges[:-1]) / 2)[:, None]                        # their centres, (90, 1)
p = data.log_prob(x).exp()                                         # (90,), the truth
z = torch.distributions.Normal(0, 1).icdf((torch.arange(20_000) + 0.5) / 20_000)[:, None]   # evenly likely noise


def new_players():
    """G: 1 -> 32 -> 32 -> 1 and D: 1 -> 32 -> 32 -> 1, leaky ReLU between."""
    G, D = gan.models.mlp_pair(features=1, latent=1, width=32)
    return G.to(device), D.to(device)


@torch.no_grad()
def look(G, D, step=0):
    """What both do at this moment: p_g counted in bins, D(x), and where G sends the noise."""
    fakes = G(z.to(device)).squeeze(1).cpu()                       # (20000,)
    p_g = torch.histc(fakes, len(x), edges[0].item(), edges[-1].item()) / len(fakes) / 0.1
    return {"step": step, "p_g": p_g, "D": D(x.to(device)).sigmoid().cpu(), "fakes": fakes}


def overlap_gap(frame):
    """Total variation distance between the data and the fakes: 0 if they agree, 1 if they never meet."""
    return 0.5 * (p - frame["p_g"]).abs().sum().item() * 0.1 + 0.5 * (1 - frame["p_g"].sum().item() * 0.1)


# %% [markdown]
# `gan.train` is the loop that chapter 4 takes apart. For now: in each step it shows $D$ 256 real numbers and 256 fakes, improves $D$ a little, then improves $G$ a little. We look every few steps.
#
# > **Predict first.** At the start $G$ sends all noise to nearly the same place. Will they travel, as a clump, to where the real numbers are and then spread out, or will they first spread too far? And what will the curve $D(x)$ look like at the very end: a high wall around the data, or a flat line?

# %%
def play(G, D, steps, **settings):
    return gan.train(G, D, data, steps=steps, batch=256, lr=2e-3, betas=(0.0, 0.99), device=device, **settings)


G, D = new_players()
film = [look(G, D)]
for step in play(G, D, steps=700):
    if step.index in (5, 10, 15, 20, 30, 40, 50, 60, 80) or step.index % 50 == 0 and step.index >= 100:
        film.append(look(G, D, step.index))


# %% tags=["hide-input"]
def draw(ax, frame, title=None):
    """Goodfellow's picture: data dotted, p_g solid, D dashed; below, where G sends evenly likely noise."""
    ax.plot(x, p, label="data  $p(x)$", **plots.REAL)
    ax.plot(x, frame["p_g"], label="fakes  $p_g(x)$", **plots.FAKE)
    ax.plot(x, frame["D"], label="discriminator  $D(x)$", **plots.JUDGE)
    for start, end in zip(torch.linspace(-4, 5, 32), frame["fakes"][312::625].clamp(-4, 5)):
        ax.plot([start, end], [-0.42, -0.1], color=plots.FAKE["color"], linewidth=0.5)
    ax.axhline(-0.1, color="0.5", linewidth=0.6)
    ax.axhline(-0.42, color="0.5", linewidth=0.6)
    ax.set(xlim=(-4, 5), ylim=(-0.46, 1.05), yticks=[0, 0.5, 1], xlabel="$x$", title=title)
    ax.text(-3.95, -0.4, "noise $z$", fontsize=8, va="bottom")


# %% mystnb={"image": {"alt": "Scrubber through a training run: the solid curve of the fakes moves onto the dotted two-bell curve of the data while the dashed discriminator flattens towards one half."}}
from gan.figures import Scrubber


def picture(frame):
    figure, ax = plt.subplots(figsize=(6.4, 3.6))
    draw(ax, frame, f"after {frame['step']} steps")
    ax.set_ylabel("density, probability")
    ax.legend(loc="upper right", fontsize=8)
    return figure


def caption(frame):
    return (f"step {frame['step']}: data and fakes overlap by {100 * (1 - overlap_gap(frame)):.0f} %; "
            f"D lies between {frame['D'].min():.2f} and {frame['D'].max():.2f}")


Scrubber.from_figures(map(picture, film), map(caption, film), label="training step")

# %% [markdown]
# Drag the slider (or press the arrow keys). The lower rule is the noise, cut into 32 equally likely parts; each thin line leads to where $G$ sends that part. Where lines crowd together, $p_g$ is high.
#
# $D$'s slope pulls the clump towards the data and stretches it as it goes, and the stretching overshoots: soon the fakes reach much too far on both sides, and only then do they draw in and split into two. And at the end $D$ is no wall. Where fakes and real numbers are equally frequent, the best officer in the world can do no better than toss a coin, and $D(x)$ is close to ½ all over.

# %%
widths = torch.tensor([frame["fakes"].std() for frame in film])
print(f"width of the fakes: at first ≈ {widths[0]:.2f}, widest ≈ {widths.max():.2f}, last ≈ {widths[-1]:.2f}; data {data.stddev.item():.2f}")
claim("at the start the two densities hardly overlap; after 700 steps they mostly do",
      overlap_gap(film[0]) > 0.75 and overlap_gap(film[-1]) < 0.35, (overlap_gap(film[0]), overlap_gap(film[-1])))
claim("on the way the fakes spread more than 1.2 times as wide as the data", widths.max() > 1.2 * data.stddev.item(), widths)

# %% [markdown]
# ## What each player wants
#
# The officer is an ordinary classifier with labels "real" and "fake". It pays the usual price, the cross-entropy: minus the logarithm of the probability it gave to the right answer. Saying 0.9 of a real number costs $-\log 0.9 = 0.1$; saying 0.1 costs 2.3.
#
# $$ L_D = -\,\mathbb{E}_{x\sim p}\,\log D(x) \;-\; \mathbb{E}_{z}\,\log\bigl(1 - D(G(z))\bigr). $$
#
# ($\mathbb{E}$ is a mean: the first over real numbers, the second over noise.)
#
# The forger wants the officer to be wrong. The plain way to say so is to give it the opposite of the term it can influence, $+\,\mathbb{E}_z \log(1 - D(G(z)))$: this is the **minimax** game, and chapter 3 finds its value. What practically everybody runs, and what ran above, is the **non-saturating** version
#
# $$ L_G = -\,\mathbb{E}_{z}\,\log D(G(z)): $$
#
# make the officer say "real". Both want the same thing and push with different force; chapter 4 measures how different. $D$'s loss is the same in both games.
#
# Look at what is *missing*. No $x$ stands in $L_G$. The forger never visits the museum.

# %% [markdown]
# ## Follow the gradient
#
# > **Predict first.** $D$ has just judged a batch of reals and a batch of fakes, and we call `backward()` on $L_D$. The fakes came out of $G$. Does $G$ get a gradient too? If so, would following it make $G$ better or worse?
#
# PyTorch leaves the gradient of each weight in the weight's `.grad`, so we need not guess. We write out one step of each player.

# %%
def gradient(network):
    """All of a network's gradients as one vector, or None if it has none."""
    grads = [w.grad for w in network.parameters()]
    return None if all(g is None for g in grads) else torch.cat([g.flatten() for g in grads])


def forget(*networks):
    for network in networks:
        network.zero_grad(set_to_none=True)


# %%
G, D = new_players()
real = data.sample((256,)).to(device)                                # (256, 1)
noise = torch.randn(256, 1, device=device)

# D's step, with the fakes cut off from the network that made them
d_loss = gan.losses.minimax.discriminator(D(real), D(G(noise).detach())).mean()
d_loss.backward()
print("detached:  G has a gradient:", gradient(G) is not None, "· D has one:", gradient(D) is not None)
claim("with detach, D's step leaves no gradient in G", gradient(G) is None and gradient(D) is not None)
d_gradient = gradient(D)

# D's step without the cut
forget(G, D)
gan.losses.minimax.discriminator(D(real), D(G(noise))).mean().backward()
leaked = gradient(G)
claim("without detach, G gets a gradient from D's loss, and D's own stays the same",
      leaked is not None and torch.allclose(gradient(D), d_gradient, atol=1e-6))

# %% [markdown]
# So the gradient does leak. In which direction would it push? Compare it with the one $G$ asks for in its own step.

# %%
forget(G, D)
gan.losses.minimax.generator(D(G(noise))).mean().backward()
wanted, bystander = gradient(G), gradient(D)
print(f"leaked against wanted: cosine {torch.cosine_similarity(leaked, wanted, dim=0).item():+.3f}")
claim("with the minimax loss, the gradient that leaks into G is the opposite of what G wants",
      torch.allclose(leaked, -wanted, atol=1e-6), (leaked + wanted).abs().max())
claim("G's step also leaves a gradient in D, which nobody asked for and D must not follow",
      bystander is not None and bystander.abs().max() > 0)

# %% [markdown]
# Of course it is: $D$'s loss contains $-\log(1 - D(G(z)))$ and the minimax forger minimises $+\log(1 - D(G(z)))$. One player's loss is the other's gain.
#
# So two gradients must be kept from doing harm, and there is a line of code for each:
#
# | in the step of | unwanted gradient | what stops it |
# |---|---|---|
# | $D$ | into $G$ | `fake.detach()`: the graph ends at the fakes, and $G$'s backward pass is saved too |
# | $G$ | into $D$'s weights | it must *pass through* $D$, so no `detach`; step only $G$'s optimiser and clear $D$'s gradients, or `backward(inputs=list(G.parameters()))`, which never computes them |
#
# ### The gradient by hand
#
# What arrives at $G$ is a product of three factors. For one fake $x = G_\theta(z)$ with logit $a = a(x)$,
#
# $$ \frac{\partial L_G}{\partial\theta} \;=\; \underbrace{\frac{\partial L_G}{\partial a}}_{D(x) - 1}\;\cdot\;\underbrace{\frac{\partial a}{\partial x}}_{\text{slope of }D\text{'s logit}}\;\cdot\;\underbrace{\frac{\partial x}{\partial\theta}}_{\text{what }G\text{ can move}} . $$
#
# The first is how badly the forger did, the second is the officer's advice ("a little more to the right"), the third is the forger's own skill. We multiply them and compare with autograd.

# %%
forget(G, D)
fake = G(noise)                                                        # (256, 1)
gan.losses.non_saturating.generator(D(fake)).mean().backward(inputs=list(G.parameters()))
by_autograd = gradient(G)

spot = fake.detach().requires_grad_()                                  # the same numbers, without a history
logit = D(spot)                                                        # (256,)
blame = (logit.sigmoid() - 1).detach() / len(spot)                     # dL/da, the loss is a mean
advice, = torch.autograd.grad(logit.sum(), spot)                       # da/dx, (256, 1)
forget(G)
G(noise).backward(blame[:, None] * advice)                             # times dx/dtheta, summed over the batch
claim("blame x advice x skill is the gradient that autograd finds",
      torch.allclose(gradient(G), by_autograd, atol=1e-6), (gradient(G) - by_autograd).abs().max())
claim("backward(inputs=...) leaves nothing in D", gradient(D) is None)

# %% [markdown]
# All that $G$ ever learns about the data comes from the first two factors, and only the middle one has a direction. If the officer's advice is missing, if the logit is flat where the fakes are, $G$ learns nothing at all, however badly it does:

# %%
with torch.no_grad():
    list(D.parameters())[-2].zero_()                                   # D's last weights: now a(x) is a constant
forget(G)
gan.losses.non_saturating.generator(D(G(noise))).mean().backward(inputs=list(G.parameters()))
claim("a flat D teaches G nothing: every gradient is exactly 0", gradient(G).abs().max() == 0)

# %% [markdown]
# Keep this in mind. Most of what goes wrong with GANs (chapters 6 to 8) is a way for this factor to be zero, huge or misleading.
#
# ## Goodfellow's four panels, from a real run
#
# The first GAN paper explains the game with four small drawings. They are usually copied; we run them. One thing is needed: what the *best possible* officer says. Toss a fair coin between a real number and a fake; Bayes' rule then gives the chance that an $x$ you hold is real,
#
# $$ D^*(x) = \frac{p(x)}{p(x) + p_g(x)}. $$
#
# (Chapter 3 derives it from the loss.) We know $p$, and can count $p_g$, so we can draw $D^*$ over the learned $D$.
#
# - **(a)** A pair that is on its way: 100 steps of play.
# - **(b)** Stop $G$. Train only $D$, for 600 steps.
# - **(c)** Now stop $D$, and let $G$ follow $D$'s advice a few steps.
# - **(d)** Play on, 600 steps more.
#
# > **Predict first.** In (b), will $D$ come near $D^*$ everywhere, or only in some places? After (c), is $p_g$ nearer to $p$ than before?

# %%
def train_only_D(G, D, steps=600, batch=512):
    adam = torch.optim.Adam(D.parameters(), 5e-3)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)   # big steps first, ever smaller ones
    for _ in range(steps):
        with torch.no_grad():                                          # G stands still
            fake = G(torch.randn(batch, 1, device=device))
        real = data.sample((batch,)).to(device)
        loss = gan.losses.non_saturating.discriminator(D(real), D(fake)).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        slower.step()


def train_only_G(G, D, steps=5):
    adam = torch.optim.Adam(G.parameters(), 2e-3)
    for _ in range(steps):
        fake = G(torch.randn(256, 1, device=device))
        loss = gan.losses.non_saturating.generator(D(fake)).mean()
        adam.zero_grad()
        loss.backward(inputs=list(G.parameters()))                     # D stands still
        adam.step()


# %%
import copy


def four_panels(seed):
    torch.manual_seed(1_000 * SEED + seed)
    G, D = new_players()
    panels = [look(G, D)]                                              # before anything
    for _ in play(G, D, steps=100):
        pass
    panels.append(look(G, D))                                          # (a)
    train_only_D(G, D)
    panels.append(look(G, D))                                          # (b)
    gullible = copy.deepcopy(G)
    train_only_G(gullible, D, steps=300)                               # for later: far too many steps
    train_only_G(G, D)
    panels.append(look(G, D))                                          # (c)
    for _ in play(G, D, steps=600):
        pass
    panels.append(look(G, D))                                          # (d)
    return [*panels, look(gullible, D)]


runs = [four_panels(seed) for seed in range(5)]


# %% mystnb={"image": {"alt": "Four panels from one training run. a: the fakes' solid curve lies roughly over the dotted data and D is nearly flat. b: D, dashed, now follows the grey optimal curve. c: the fakes have moved a little, and with them the optimum, so that D no longer fits it. d: the left bell fits, at the right one the fakes have a spike twice as high as the data; D is near one half, D* is not."}}
def best_D(frame):
    density = p + frame["p_g"]
    return torch.where(density > 2e-3, p / density, torch.nan)         # undecided where nobody ever is


titles = ["(a) on the way", "(b) D trained, G still", "(c) G follows D", "(d) 600 steps later"]
figure, axes = plt.subplots(2, 2, figsize=(8, 6.4), sharex=True, sharey=True)
for ax, frame, title in zip(axes.flat, runs[0][1:5], titles):
    ax.plot(x, best_D(frame), color="0.72", linewidth=5, label="optimum  $D^*(x)$", zorder=0)
    draw(ax, frame, title)
    ax.label_outer()
axes[0, 1].legend(loc="upper right", fontsize=8)
axes[1, 0].set_ylabel("density, probability")
plt.show()


# %% [markdown]
# Five runs, from five different starts, say how much of this is luck. "Where the points are" means the bins that together hold 99 % of real and fake numbers.

# %%
def errors(frame):
    """|D - D*| where the points are: its largest value, and its mean over the points."""
    mass = (p + frame["p_g"]) / (p + frame["p_g"]).sum()
    ranked = mass.argsort(descending=True)
    there = ranked[mass[ranked].cumsum(0) < 0.99]
    error = (frame["D"] - best_D(frame)).abs()[there]
    return error.max().item(), ((error * mass[there]).sum() / mass[there].sum()).item()


gap = torch.tensor([[overlap_gap(frame) for frame in run[:5]] for run in runs])       # (5, 5)
worst, mean = torch.tensor([[errors(frame) for frame in run[1:3]] for run in runs]).unbind(-1)   # (a) and (b), (5, 2)
names = ["start", *titles]
for name, column in zip(names, gap.T):
    print(f"{name:>22}: data and fakes differ by ≈ {column.mean():.2f} ± {column.std():.2f} (total variation)")
print(f"mean distance of D to D*: in (a) ≈ {mean[:, 0].mean():.3f}, in (b) ≈ {mean[:, 1].mean():.3f}, "
      f"there at worst ≈ {worst[:, 1].max():.2f}")
claim("(b) in all 5 runs the trained D is within 0.06 of D* on average, and within 0.25 everywhere the points are",
      mean[:, 1].max() < 0.06 and worst[:, 1].max() < 0.25, (mean, worst))
claim("(b) in all 5 runs D has come nearer to D*; on average its mean distance is at least halved",
      (mean[:, 1] < mean[:, 0]).all() and mean[:, 1].mean() < mean[:, 0].mean() / 2, mean)
claim("(d) in all 5 runs data and fakes end within 0.35, from over 0.75 at the start",
      gap[:, 4].max() < 0.35 and gap[:, 0].min() > 0.75, gap)
half = torch.tensor([[(run[k]["D"] - 0.5).abs()[p > 0.05].mean() for k in (2, 4)] for run in runs])   # (b) and (d)
claim("(d) in all 5 runs D is within 0.1 of one half where the data are, and nearer to it than in (b)",
      half[:, 1].max() < 0.1 and (half[:, 1] < half[:, 0]).all(), half)

# %% [markdown]
# Three things the usual drawing does not show:
#
# - $D$ comes near $D^*$ **where there are points**. In the tails, where neither real nor fake ever appears, its value is whatever the network happens to extrapolate.
# - Following the advice of a $D$ that stands still is no guarantee. $D$'s slope says which way is "more real" *given the present fakes*; when all the fakes have gone there, it is no longer true. Five steps can lead nearer to the data or farther away, and three hundred lead far astray, as the next cell shows. The officer must keep learning: hence small steps, in turn.
# - (d) is not the end of a movie. Look at the right bell: a spike, and hardly a fake beyond it. $D^*$ sees both; this $D$, at ½, does not yet. Data and fakes go on shuffling about. And a flat $D$ by itself proves nothing: an untrained one is flat too. What counts is that it stays flat although it is being trained.

# %%
better = (gap[:, 3] < gap[:, 2]).sum().item()
lost = torch.tensor([overlap_gap(run[5]) for run in runs])
print(f"five steps after a D that stands still: nearer to the data in ≈ {better} of 5 runs")
print(f"300 steps after it: data and fakes differ by ≈ {lost.mean():.2f} ± {lost.std():.2f}")
claim("a forger who follows a D that stands still for 300 steps is led astray in all 5 runs: from under 0.5 to over 0.6",
      gap[:, 2].max() < 0.5 and lost.min() > 0.6, (gap[:, 2], lost))      # 14 other seeds: at most 0.39

# %% [markdown]
# ## What "implicit" means
#
# A model with a formula for its density is **explicit**: for the two bells, `data.log_prob(x)` answers at once how likely any $x$ is. $G$ has no such formula. It defines $p_g$ only by what comes out when noise goes in: an **implicit** model. It gives samples, as many as you like, each in a single pass, and no density.
#
# "But we drew $p_g$!" We counted 20,000 fakes in 90 bins. That is affordable on a line.
#
# > **Predict first.** Take points with $d$ coordinates and cut each axis into 10. A million samples: what share of the cells holds at least one, for $d$ = 1, 2, 4, 8?

# %%
occupied = {}
for d in (1, 2, 4, 8):
    cells = (torch.rand(1_000_000, d) * 10).long()                       # the kindest case: all cells equally likely
    number = (cells * 10 ** torch.arange(d)).sum(1)                      # a name for each cell
    occupied[d] = number.unique().numel() / 10**d
    print(f"d = {d}: {10**d:>11,} cells, occupied ≈ {100 * occupied[d]:.1f} %")
claim("with 8 coordinates a million samples leave more than 95 % of the cells empty, with 4 hardly any",
      occupied[8] < 0.05 and occupied[4] > 0.99, occupied)

# %% [markdown]
# A tiny 8 × 8 picture has 64 coordinates. Counting is hopeless there. (What remains: the odds of a well-trained $D$ estimate the *ratio* $p/p_g$.)
#
# What one gets for giving up the density, and what it costs:
#
# | in favour | against | measured in |
# |---|---|---|
# | any differentiable network can be $G$: no density has to be computed, so nothing restricts its shape | no $\log p_g(x)$: one cannot score a picture, nor compare models by likelihood | chapter 11 |
# | a sample costs one pass through $G$, not a chain of hundreds, as some other models need | two networks must stay in balance; a $D$ that is too good, or stands still, misleads | chapters 6, 8 |
# | the loss is learned: nobody has to say what "looks real" means | the losses do not tell how good $G$ is, or when to stop | chapter 4 |
# | tends to give sharp samples: a blur is easily told from the real thing | may leave out part of the data, and no term of the loss forbids it outright | chapter 7 |
#
# ## Exercises
#
# **1 (two minutes).** At some $x$ the data have density $p(x) = 0.3$ and the fakes $p_g(x) = 0.1$. What does the best possible officer say? Put your number in the cell and run it.

# %%
def check_exercise_1(answer):
    claim("your D*(x) is right", abs(answer - 0.3 / (0.3 + 0.1)) < 1e-3, answer)


# check_exercise_1(your number)

# %% tags=["hide-cell"]
check_exercise_1(0.75)                         # three reals for every fake
for wrong in (0.25, 3.0, 0.3):                 # p and p_g exchanged; the odds; p alone
    try:
        check_exercise_1(wrong)
    except AssertionError:
        print(wrong, "is refused")

# %% [markdown]
# **2 (ten minutes).** With the minimax loss, the gradient that leaks into $G$ without `detach` was exactly the opposite of what $G$ wants. Is it still so when $G$ uses the non-saturating loss? Think about one fake first: which factor of the three changes?

# %% tags=["hide-cell"]
G, D = new_players()
train_only_D(G, D, steps=200)                                            # an officer who has seen something
fake_logits = D(G(noise))
d_loss = gan.losses.non_saturating.discriminator(D(real), fake_logits).mean()
g_loss = gan.losses.non_saturating.generator(fake_logits).mean()
leaked, = torch.autograd.grad(d_loss, fake_logits, retain_graph=True)    # on each fake's logit: D / 256
wanted, = torch.autograd.grad(g_loss, fake_logits)                       # (D - 1) / 256
odds = fake_logits.exp()                                                 # D / (1 - D)
claim("on each fake the two pushes are opposed, their sizes in the ratio of D to 1 - D",
      torch.allclose(leaked, -wanted * odds, rtol=1e-3), (leaked, wanted))
claim("that ratio differs from fake to fake, so over a batch the two are no longer exactly opposed",
      odds.std() > 0.01 * odds.mean(), odds)

# %% [markdown]
# **3 (half an hour).** Give $G$ noise that is uniform on $[0, 1]$ instead of normal (`gan.models.Generator(net, latent=1, noise=torch.rand)`, where `net` is `gan.models.mlp([1, 32, 32, 1], gan.models.leaky)`). Does it still reach the two bells? Decide what would convince you, then measure it with three seeds. Mind that `look` feeds $G$ the normal noise `z`: replace that too.

# %% tags=["hide-cell"]
from gan.models import Generator, leaky, mlp

z_normal, gaps = z, []
z = (torch.arange(20_000)[:, None] + 0.5) / 20_000                       # evenly likely noise is now evenly spaced
for seed in range(3):
    torch.manual_seed(1_000 * SEED + 50 + seed)
    _, D = new_players()
    G = Generator(mlp([1, 32, 32, 1], leaky), latent=1, noise=torch.rand).to(device)
    for _ in play(G, D, steps=700):
        pass
    gaps.append(overlap_gap(look(G, D)))
z = z_normal
print("data and fakes differ by", ", ".join(f"≈ {g:.2f}" for g in gaps))
claim("with uniform noise too, all 3 runs end within 0.4 of the data", max(gaps) < 0.4, gaps)

# %% [markdown]
# ## Summary
#
# - $D$ is a classifier of real against fake; $G$ sees no data at all. Everything it learns comes as the slope of $D$'s logit at its own fakes.
# - In $D$'s step the fakes are detached. In $G$'s step the gradient passes through $D$ and must not stay there.
# - The best $D$ for a given $G$ is $p/(p+p_g)$, and a trained one comes near it where there are points. If $p_g = p$ it is ½.
# - A GAN is an implicit model: samples, no density.
#
# > **Often misread.** "A good discriminator is one that is right most of the time." At the start it is; at the end, with perfect fakes, the best possible $D$ is right half of the time. An officer who is nearly always right has, as chapter 6 will show, little left to teach.
#
# > **Often misread.** "$D(x)$ is the probability that $x$ is real." Only for a $D$ at its optimum, only where there were points, and only for a fair coin between real and fake.
#
# **Further reading.** Goodfellow et al., [Generative Adversarial Nets](https://arxiv.org/abs/1406.2661) (2014), the four panels are its figure 1. Goodfellow, [NIPS 2016 Tutorial](https://arxiv.org/abs/1701.00160). Mohamed & Lakshminarayanan, [Learning in Implicit Generative Models](https://arxiv.org/abs/1610.03483) (2016).
#
# Next: [the minimax value](03_minimax_value.ipynb), the theory of this game. Whoever wants pictures first can go on with [the training loop](04_training_loop.ipynb) and come back before chapter 6.
