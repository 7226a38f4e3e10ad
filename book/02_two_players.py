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
# **How can a network learn to make things when nobody can tell it how they are made?** A *generative adversarial network* (GAN) trains one network to make things and a second one to tell them from real ones, and the second one's judgement is all the teaching the first one gets.
#
# - **You need** derivatives and the chain rule, densities, Bayes' rule, and to have seen a PyTorch training loop.
# - **Afterwards you can** write the loop that trains both, follow a gradient from the judgement back into the generator, and read Goodfellow's four panels.
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
# ## The game, filmed
#
# A forger paints, and an officer who sees real paintings and forged ones says of each how likely it is to be real. Both begin as bunglers, and each learns from the other. In our game the real things are numbers $x$ from a density $p$ with two humps, a *mixture* of two normal distributions whose peaks are called *modes*. We know $p$, and the players never see it. The forger is the **generator** $G$, a network that turns random noise $z$ into numbers, the fakes, whose density is called $p_g$. The officer is the **discriminator** $D$, a second network, and $D(x)$ is the probability that it gives to "$x$ is real".
#
# > **Predict first.** At the start the forger sends all noise to nearly the same place. Will the fakes travel as a clump to where the real numbers are and then spread out, or will they first spread too far? And what will the curve $D(x)$ look like at the very end: a high wall around the data, or a flat line?

# %% tags=["hide-input", "measure"]
data = gan.data.GaussianMixture([[-1.0], [1.5]], std=0.6, weights=[0.35, 0.65])

# The axis in bins of width 0.1, and 20,000 values of the noise, all equally likely.
edges = torch.linspace(-4, 5, 91)
x = ((edges[1:] + edges[:-1]) / 2)[:, None]                        # (90, 1)
p = data.log_prob(x).exp()                                         # (90,)
levels = (torch.arange(20_000)[:, None] + 0.5) / 20_000
z = torch.distributions.Normal(0, 1).icdf(levels)                  # (20000, 1)


def new_players():
    """G: 1 -> 32 -> 32 -> 1 and D: 1 -> 32 -> 32 -> 1, leaky ReLU between."""
    G, D = gan.models.mlp_pair(features=1, latent=1, width=32)
    return G.to(device), D.to(device)


@torch.no_grad()
def look(G, D, step=0, z=z):
    """What both do now: p_g counted in bins, D(x), and where G sends the noise."""
    fakes = G(z.to(device)).squeeze(1).cpu()                       # (20000,)
    counts = torch.histc(fakes, len(x), edges[0].item(), edges[-1].item())
    judged = D(x.to(device)).sigmoid().cpu()                       # (90,)
    return {"step": step, "p_g": counts / len(fakes) / 0.1, "D": judged, "fakes": fakes}


# %% tags=["hide-input", "measure"]
import copy

RECIPE = {"batch": 256, "lr": 1e-3, "betas": (0.0, 0.99), "device": device}
MOMENTS = [*range(20, 200, 20), *range(200, 500, 50), *range(500, 1_001, 100)]


def film(seed, steps=1_000, **more):
    """A run, looked at from time to time; the pair after 100 steps, and at the end."""
    torch.manual_seed(1_000 * SEED + seed)
    G, D = new_players()
    frames = [look(G, D)]
    for step in gan.train(G, D, data, steps=steps, **RECIPE, **more):
        if step.index in MOMENTS:
            frames.append(look(G, D, step.index))
        if step.index == 100:
            early = copy.deepcopy((G, D))
    return {"frames": frames, "early": early, "late": (G, D)}


films = [film(seed) for seed in range(5)]
# The same five first weights, with three updates of D for each of G.
attentive = [film(seed, steps=300, d_steps=3) for seed in range(5)]


# %% tags=["hide-input", "measure"]
def total_variation(p_g):
    """Half the area between p and p_g: 0 if they agree, 1 if they never meet."""
    inside, outside = (p - p_g).abs().sum() * 0.1, 1 - p_g.sum() * 0.1
    return 0.5 * (inside + outside).item()


def valley(p_g):
    """Density midway between the two modes, over that at the lower mode."""
    left, middle, right = (p_g[(x[:, 0] - at).abs() < 0.26].mean()
                           for at in (-1, 0.1, 1.5))
    return (middle / torch.minimum(left, right)).item()


def over_time(films, number):
    """A number of each frame, as a tensor (runs, moments)."""
    return torch.tensor([[number(frame) for frame in run["frames"]] for run in films])


tv = over_time(films, lambda frame: total_variation(frame["p_g"]))
width = over_time(films, lambda frame: frame["fakes"].std())
attentive_width = over_time(attentive, lambda frame: frame["fakes"].std())

# A rival that knows nothing of two humps: one normal with the data's mean and width.
normal = torch.distributions.Normal(data.mean, data.stddev)
one_hump = normal.log_prob(x)[:, 0].exp()


# %% tags=["hide-input", "drawing"]
def draw(ax, frame, title=None):
    """Goodfellow's picture: p, p_g and D; below, where G sends equally likely noise."""
    ax.plot(x, p, label="data  $p(x)$", **plots.REAL)
    ax.plot(x, frame["p_g"], label="fakes  $p_g(x)$", **plots.FAKE)
    ax.plot(x, frame["D"], label="discriminator  $D(x)$", **plots.JUDGE)
    for start, end in zip(torch.linspace(-4, 5, 32), frame["fakes"][312::625]):
        line = [start, end.clamp(-4, 5)]
        ax.plot(line, [-0.42, -0.1], color=plots.FAKE["color"], linewidth=0.5)
    for height in (-0.1, -0.42):
        ax.axhline(height, color="0.5", linewidth=0.6)
    ax.set(xlim=(-4, 5), ylim=(-0.46, 1.05), title=title, xlabel="$x$")
    ax.set_yticks([-0.42, 0, 0.5, 1], ["noise $z$", "0", "½", "1"])


# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Scrubber through a training run. At first the solid curve of the fakes is a spike, the dotted curve of the data has two humps and the dashed discriminator lies near one half. Later the fakes spread much wider than the data, draw in to one broad hump and split in two, and the discriminator, after rising over the data, flattens at one half."}}
from gan.figures import Scrubber


def picture(frame):
    figure, ax = plt.subplots(figsize=(6.4, 3.6))
    draw(ax, frame, f"after {frame['step']} steps")
    ax.legend(loc="upper right", fontsize=8)
    return figure


def caption(frame):
    shared = 100 * (1 - total_variation(frame["p_g"]))
    low, high = frame["D"].min(), frame["D"].max()
    return (f"step {frame['step']}: data and fakes overlap by {shared:.0f} %; "
            f"D lies between {low:.2f} and {high:.2f}")


frames = films[0]["frames"]
Scrubber.from_figures(map(picture, frames), map(caption, frames), still=0)

# %% [markdown]
# Drag the slider, or press its arrow keys, to see what happens. Under the curves the noise is cut into 32 equally likely parts, and a thin line leads from each part to the place where $G$ sends it. Where the lines crowd together $p_g$ is high, because much noise ends up there.
#
# At first $D$ rises where the data are, and the fakes climb its slope. They overshoot, which means that they first spread much wider than the data. Then they draw in as one broad hump, and only later does that hump split in two. At the end $D$ is no wall at all. Where real numbers and fakes are equally frequent nobody can do better than toss a coin, so that $D(x)$ comes to lie near ½ wherever there are data.
#
# One run could be luck, which is why the next figure shows five, each from other first weights. The **total variation** of two densities is half the area between their curves, so it is 0 if they agree and 1 if they never meet. Even poor fakes overlap with broad data, so the number needs a rival beside it. The grey line is the score of a single hump, a normal distribution with the data's mean and width, and a run above that line need not have learned that there are two.

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Two panels over the training steps, five runs each. Left: with one update of D a step, the standard deviation of the fakes overshoots the data's 1.33 in every run, most to 2 and more, before step 200; with three updates of D the overshoot is much smaller. Right: the total variation falls from about 0.95 to about 0.1, well below the grey line of a single hump at 0.27."}}
figure, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.2))
steps = [frame["step"] for frame in films[0]["frames"]]
one = {"color": plots.FAKE["color"], "linewidth": 1.1, "alpha": 0.9}
three = {"color": plots.JUDGE["color"], "linewidth": 1.1, "linestyle": "-."}
left.plot(steps, width.T, **one)
left.plot(steps[:attentive_width.shape[1]], attentive_width.T, **three)
right.plot(steps, tv.T, **one)
left.axhline(data.stddev.item(), label="data", **plots.REAL)
left.plot([], [], label="fakes", **one)
left.plot([], [], label="3 updates of $D$", **three)
right.axhline(total_variation(one_hump), color="0.4", label="a single hump")
left.set(title="Width of the fakes", xlabel="steps", ylabel="standard deviation")
right.set(title="Total variation to the data", xlabel="steps", ylim=(0, 1))
for ax in (left, right):
    ax.set_xscale("symlog", linthresh=100)
    ax.set_xticks([0, 50, 100, 200, 1_000], [0, 50, 100, 200, "1,000"])
    ax.set_xlim(0, 1_000)
    ax.legend(fontsize=8)
plt.show()

# %% [markdown]
# All five overshoot, and at the end they are on average well below the rival, each with a valley between its two modes. A possible reason for the overshoot is that $D$ comes too late, since it says "farther out is more real" until it has seen that too many fakes are out there already. To test this, the same five pairs were trained with three updates of $D$ for each one of $G$. They overshoot far less, so the lag of $D$ is a large part of the cause.

# %% tags=["hide-cell", "checks"]
ended = torch.tensor([valley(run["frames"][-1]["p_g"]) for run in films])
over_data = p > 0.05
spread = over_time(films, lambda f: f["D"][over_data].max() - f["D"][over_data].min())
wide = width.amax(1) / data.stddev.item()
attentive_wide = attentive_width.amax(1) / data.stddev.item()
print(f"total variation at the end ≈ {tv[:, -1].mean():.2f} ± {tv[:, -1].std():.2f}")
print(f"valley between the modes ≈ {ended.mean():.2f} ± {ended.std():.2f}, "
      f"the data's {valley(p):.2f}, a single hump's {valley(one_hump):.2f}")
claim("the fakes of 5 runs end, on average, within a total variation of 0.2 of the "
      "data, where a single hump of the data's mean and width is 0.27 away",
      tv[:, -1].mean() < 0.2, tv[:, -1])
claim("in each of 5 runs the fakes end with a valley between two modes: their density "
      "there is below 0.8 of that at the lower mode", ended.max() < 0.8, ended)
claim("in each of 5 runs the fakes are at some time over 1.1 times as wide as the data",
      wide.min() > 1.1, wide)
claim("with three updates of D for each of G the fakes overshoot the data's width by "
      "less than 0.7 of what they do with one, over 5 runs",
      attentive_wide.mean() - 1 < 0.7 * (wide.mean() - 1), (attentive_wide, wide))
claim("D's values over the data are at some time on the way, on average over 5 runs, "
      "over 3 times as far apart as at the end",
      spread.amax(1).mean() > 3 * spread[:, -1].mean(), spread)
check("a single hump of the data's mean and width is 0.27 from them, and has no valley",
      abs(total_variation(one_hump) - 0.27) < 0.01 and valley(one_hump) > 1)

# %% [markdown]
# ## Who sees what, and what each one wants
#
# The diagram shows the whole machine, in which both players are small networks with two hidden layers of 32 units. Samples flow from left to right, and then each player learns from a gradient that flows back from right to left. The two gradients take different ways, which is the heart of the matter.

# %% tags=["hide-input", "drawing"]
def boxes(ax):
    """The blocks of a GAN, and the arrows that samples take."""
    blue, red, grey = "#d6e8f5", "#fbe3d6", "0.95"
    for at, height, text, colour in (
            (0.8, 3.9, "noise $z$", grey), (2.7, 3.9, "$G$", red),
            (4.7, 3.9, "fake $G(z)$", grey), (4.7, 2.7, "real $x$", grey),
            (6.9, 3.3, "$D$", blue), (8.9, 3.3, "logit $a$", grey)):
        ax.text(at, height, text, ha="center", va="center", fontsize=13,
                bbox={"boxstyle": "round,pad=0.45", "facecolor": colour})
    for start, end in (((1.4, 3.9), (2.45, 3.9)), ((2.9, 3.9), (3.9, 3.9)),
                       ((5.5, 3.8), (6.7, 3.42)), ((5.25, 2.8), (6.7, 3.2)),
                       ((7.1, 3.3), (8.4, 3.3))):
        ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": "0.2"})
    ax.set(xlim=(0, 9.8), ylim=(-0.1, 4.5))
    ax.set_axis_off()


def way_back(ax, corners, text, **line):
    """A gradient's way, through these corners, with an arrow at its end."""
    ax.plot(*zip(*corners[:-1]), **line)
    ax.annotate("", corners[-1], corners[-2],
                arrowprops={"arrowstyle": "-|>", "linewidth": 1.8, **line})
    ax.text(*text[:2], text[2], color=line["color"], fontsize=12)


# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Block diagram. Noise z goes into the generator G, which makes a fake G(z); the fake and a real x go into the discriminator D, which gives a logit a. In D's step, dashed, the gradient of L_D goes from the logit back into D, and a bar marked detach keeps it from the fake. In G's step, solid, the gradient of L_G goes from the logit back through D, which does not change, into G."}}
figure, ax = plt.subplots(figsize=(6.8, 3.4))
boxes(ax)
way_back(ax, [(8.7, 2.95), (8.7, 1.8), (6.9, 1.8), (6.9, 3.0)],
         (3.3, 1.25, "$D$'s step: gradient of $L_D$ moves $D$"), **plots.JUDGE)
way_back(ax, [(9.1, 2.95), (9.1, 0.7), (2.7, 0.7), (2.7, 3.6)],
         (2.9, 0.15, "$G$'s step: gradient of $L_G$ passes through $D$ and moves $G$"),
         **plots.FAKE)
ax.plot([6.1, 6.1], [3.35, 3.95], color=plots.JUDGE["color"], linewidth=4)
ax.text(6.1, 4.05, "detach", color=plots.JUDGE["color"], ha="center", fontsize=12)
plt.show()

# %% [markdown]
# **$D$ is an ordinary classifier** with the labels "real" and "fake". Inside, it computes a **logit** $a(x)$, which can be any real number, and turns it into a probability by the sigmoid, $D(x) = \sigma(a) = 1/(1 + e^{-a})$. A logit of 0 means "half and half", a positive one leans towards "real". In code the network returns the logit, so that `D(x)` is $a$ and `D(x).sigmoid()` is what the text writes as $D(x)$. The officer pays the usual price of a classifier, the cross-entropy, which is minus the logarithm of the probability that it gave to the right answer. To say 0.9 of a real number costs $-\log 0.9 = 0.1$, and to say 0.1 of it costs 2.3. If $\mathbb{E}$ stands for a mean, over real numbers $x$ or over noise $z$, the whole price is
#
# $$ L_D = -\,\mathbb{E}_{x\sim p}\,\log D(x) \;-\; \mathbb{E}_{z}\,\log\bigl(1 - D(G(z))\bigr). $$
#
# **$G$ wants $D$ to be wrong**, and the first GAN paper has two ways to say so, with the same loss for $D$ in both.
#
# - In the **minimax** game $G$ minimises $+\,\mathbb{E}_z \log(1 - D(G(z)))$, which is the term of $L_D$ that it can influence with the sign turned round. What one player wins the other loses, so the game is *zero-sum*, and [chapter 3](03_minimax_value.ipynb) finds its value.
# - In the **non-saturating** game $G$ minimises $L_G = -\,\mathbb{E}_{z}\,\log D(G(z))$, so it makes "real" more likely instead of "fake" less likely. Goodfellow and his co-authors recommend this one in practice, and the film was made with it. Both push each fake the same way but with different force, and [chapter 6](06_vanishing_gradients.ipynb) shows when that decides everything.
#
# Later papers changed both players' losses, among them the hinge loss and that of the Wasserstein GAN, which chapters 9 and 10 take up. In those two, as in the two above, no real $x$ stands in the loss of $G$, so the forger never visits the museum.
#
# ## The whole loop, in twelve lines
#
# Here is all that is needed to make the film, apart from the two networks. `logsigmoid(a)` is $\log D$, and `logsigmoid(-a)` is $\log(1 - D)$, because $1 - \sigma(a) = \sigma(-a)$. `G.noise(256, random)` draws 256 values of $z$, and `random` is a `torch.Generator` with a seed, so that a run can be repeated.

# %%
from torch.nn.functional import logsigmoid


def adam(network):
    return torch.optim.Adam(network.parameters(), lr=1e-3, betas=(0.0, 0.99))


def alternate(G, D, steps, random):
    adam_G, adam_D = adam(G), adam(D)
    for _ in range(steps):
        real = data.sample((256,), random)                         # (256, 1)
        fake = G(G.noise(256, random))                             # (256, 1)

        d_loss = -logsigmoid(D(real)).mean() - logsigmoid(-D(fake.detach())).mean()
        adam_D.zero_grad()
        d_loss.backward()
        adam_D.step()

        g_loss = -logsigmoid(D(fake)).mean()
        adam_G.zero_grad()
        g_loss.backward(inputs=list(G.parameters()))
        adam_G.step()


# %% [markdown]
# $D$ moves first, on 256 real numbers and 256 fakes, and then $G$ moves on the same fakes, judged by the $D$ that has just moved. The paper's Algorithm 1 draws new noise for $G$'s turn, and we save that pass. Two places in it are easy to get wrong, `.detach()` and `inputs=`, and the next section shows what each of them prevents. The package's `gan.train`, which made the film, does the same with more choices and with checks against mistakes, and [chapter 4](04_training_loop.ipynb) takes it apart.

# %% tags=["hide-cell", "checks"]
ours = new_players()
theirs = copy.deepcopy(ours)
alternate(*ours, steps=20, random=torch.Generator(device).manual_seed(7))
for _ in gan.train(*theirs, data, steps=20, seed=7, **RECIPE):
    pass
apart = max((a - b).abs().max().item() for mine, package in zip(ours, theirs)
            for a, b in zip(mine.parameters(), package.parameters()))
check("after 20 steps the twelve lines and gan.train have led to the same weights",
      apart < 1e-4, apart)

# %% [markdown]
# ## Follow the gradient
#
# > **Predict first.** $D$ has judged a batch of reals and a batch of fakes, and we call `backward()` on $L_D$ without `detach`. The fakes came out of $G$. Does the forger get a gradient too, and would following it make the forger better or worse?
#
# PyTorch leaves the gradient of each weight in the weight's `.grad`, so we need not guess. We take one batch and ask for three gradients in $G$, which are the one that leaks from $D$'s loss, the same with `detach`, and the one that $G$ wants. The package holds each game as a pair of functions of the logits, so `game.discriminator` and `game.generator` below are the two losses of the minimax game, one number per sample.

# %%
def gradient(network):
    """All of a network's gradients as one vector, or None if it has none."""
    grads = [w.grad for w in network.parameters()]
    return None if None in grads else torch.cat([g.flatten() for g in grads])


def after_backward(loss):
    """The gradients that this loss alone leaves in G and in D."""
    G.zero_grad(), D.zero_grad()
    loss.mean().backward()
    return gradient(G), gradient(D)


# %%
G, D = new_players()
real, noise = data.sample((256,)).to(device), torch.randn(256, 1, device=device)
game = gan.losses.minimax

leaked, in_D = after_backward(game.discriminator(D(real), D(G(noise))))
cut, in_D_cut = after_backward(game.discriminator(D(real), D(G(noise).detach())))
wanted, bystander = after_backward(game.generator(D(G(noise))))
alike = torch.cosine_similarity(leaked, wanted, dim=0).item()
print(f"leaked against wanted: cosine {alike:+.3f}; with detach: {cut}")

# %% [markdown]
# A gradient does leak, and in the minimax game it is exactly the opposite of what $G$ wants, since $L_D$ contains $-\log(1 - D(G(z)))$ and $G$ minimises $+\log(1 - D(G(z)))$. A $G$ that followed it would make $D$'s work easier. So two gradients must be kept from doing harm, and there is a line for each.
#
# | in the step of | unwanted gradient | what stops it |
# |---|---|---|
# | $D$ | into $G$ | `fake.detach()` ends the graph at the fakes, which also saves $G$'s backward pass |
# | $G$ | into $D$'s weights | the gradient must *pass through* $D$, so no `detach`; `inputs=list(G.parameters())` leaves nothing in $D$, or else step only $G$ and clear $D$'s gradients before its next turn |

# %% tags=["hide-cell", "checks"]
check("with detach, D's step leaves no gradient in G", cut is None)
check("without detach, G gets a gradient from D's loss, and D's own stays the same",
      leaked is not None and torch.allclose(in_D, in_D_cut, atol=1e-6))
check("with the minimax loss, the gradient that leaks into G is the opposite of what "
      "G wants", torch.allclose(leaked, -wanted, atol=1e-6), leaked + wanted)
check("without inputs=, G's step also leaves a gradient in D, which D must not follow",
      bystander is not None and bystander.abs().max() > 0)

# %% [markdown]
# ### Three factors
#
# What arrives at $G$'s weights $\theta$ is, by the chain rule, a product of three factors. For one fake $x = G_\theta(z)$ with logit $a = a(x)$ and the non-saturating loss,
#
# $$ \frac{\partial L_G}{\partial\theta} \;=\; \underbrace{\frac{\partial L_G}{\partial a}}_{D(x) - 1}\;\cdot\;\underbrace{\frac{\partial a}{\partial x}}_{\text{slope of the logit}}\;\cdot\;\underbrace{\frac{\partial x}{\partial\theta}}_{\text{what }G\text{ can move}} . $$
#
# The first factor says how badly this fake has failed, because it lies between $-1$ for a fake that $D$ has seen through and 0 for one that it takes for real. The second is the officer's advice, "a little more to the right", which papers call the **gradient signal**. The third says how the fake moves when a weight does. In the code we compute the first two ourselves and leave only the third to `backward`.

# %%
fake = G(noise)
G.zero_grad()
g_loss = gan.losses.non_saturating.generator(D(fake)).mean()
g_loss.backward(inputs=list(G.parameters()))
by_autograd = gradient(G)

# The same numbers without their history, so that the slope in x can be asked for.
spot = fake.detach().requires_grad_()                              # (256, 1)
logit = D(spot)                                                    # (256,)
failure = (logit.sigmoid() - 1).detach() / len(spot)               # the loss is a mean
slope, = torch.autograd.grad(logit.sum(), spot)                    # (256, 1)
G.zero_grad()
G(noise).backward(failure[:, None] * slope)
by_hand = gradient(G)

# %% [markdown]
# The vectors `by_hand` and `by_autograd` agree. All that $G$ ever learns about the data comes through the first two factors, and only the slope has a direction. Where the logit is flat, $G$ learns nothing at all, however bad its fakes are. Much of what goes wrong with GANs, in [chapter 6](06_vanishing_gradients.ipynb), [chapter 7](07_mode_collapse.ipynb) and [chapter 8](08_convergence.ipynb), is a way for a factor to be zero, huge or out of date.

# %% tags=["hide-cell", "checks"]
check("failure x slope x what G can move is the gradient that autograd finds",
      torch.allclose(by_hand, by_autograd, atol=1e-6), by_hand - by_autograd)
D.zero_grad()
g_loss = gan.losses.non_saturating.generator(D(G(noise))).mean()
g_loss.backward(inputs=list(G.parameters()))
check("backward(inputs=...) leaves nothing in D", gradient(D) is None)

# D's last weights set to 0, so that a(x) is a constant.
with torch.no_grad():
    list(D.parameters())[-2].zero_()
G.zero_grad()
gan.losses.non_saturating.generator(D(G(noise))).mean().backward()
check("a flat D teaches G nothing: every gradient is exactly 0",
      gradient(G).abs().max() == 0)

# %% [markdown]
# ## Goodfellow's four panels, from a real run
#
# The first GAN paper explains the game with four small drawings, which we can now make instead of copying. One thing is needed for it, what the *best possible* discriminator says. Toss a fair coin between a real number and a fake. Bayes' rule then gives the chance that an $x$ in your hand is real,
#
# $$ D^*(x) = \frac{\tfrac12\,p(x)}{\tfrac12\,p(x) + \tfrac12\,p_g(x)} = \frac{p(x)}{p(x) + p_g(x)}, $$
#
# and [chapter 3](03_minimax_value.ipynb) derives the same from the loss. We know $p$ and can count $p_g$, so we can draw $D^*$ under the $D$ that was learned. Of the five runs we show the one that is farthest from the data in (a).
#
# - **(a)** A pair on its way, after 100 steps of the film.
# - **(b)** $G$ is stopped, and $D$ alone is trained for 600 steps.
# - **(c)** Now $D$ is stopped, and $G$ follows its slope for 20 small steps of plain gradient descent on the minimax loss.
# - **(d)** The end of the film, where both were trained in turn.
#
# > **Predict first.** In (b), will $D$ come near $D^*$ everywhere, or only in some places? After (c), are the fakes harder to tell from the data than before, and would they be harder still after 300 such steps?

# %% tags=["hide-input", "measure"]
def train_only_D(G, D, steps=600, perfect=False):
    """D's half of the loop, ever smaller steps; perfect fakes are real numbers."""
    adam = torch.optim.Adam(D.parameters(), 5e-3)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    for _ in range(steps):
        real, fake = (data.sample((512,)).to(device) for _ in range(2))
        if not perfect:
            with torch.no_grad():
                fake = G(torch.randn(512, 1, device=device))
        loss = gan.losses.minimax.discriminator(D(real), D(fake)).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        slower.step()


def train_only_G(G, D, steps, lr=0.02):
    """G's half of the loop on the minimax loss, by plain gradient descent."""
    descent = torch.optim.SGD(G.parameters(), lr)
    for _ in range(steps):
        fake = G(torch.randn(512, 1, device=device))
        loss = gan.losses.minimax.generator(D(fake)).mean()
        descent.zero_grad()
        loss.backward(inputs=list(G.parameters()))
        descent.step()


# %% tags=["hide-input", "measure"]
from itertools import pairwise

FOLLOWED = [0, 1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300]


def four_panels(run):
    """(a), (b), what G does while it follows a D that stands still, and (d)."""
    G, D = copy.deepcopy(run["early"])
    panels = {"a": look(G, D), "d": run["frames"][-1]}
    train_only_D(G, D)
    panels["following"] = [look(G, D)]
    for before, after in pairwise(FOLLOWED):
        train_only_G(G, D, after - before)
        panels["following"].append(look(G, D, after))
    return panels


def best_D(p_g):
    """D*, and nan where hardly anybody ever is."""
    return torch.where(p + p_g > 2e-3, p / (p + p_g), torch.nan)


runs = [four_panels(run) for run in films]
step = {steps: k for k, steps in enumerate(FOLLOWED)}

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Four panels from one training run. a: the fakes' solid curve is broad and low, much wider than the dotted data with its two humps; D, dashed, is far from the grey optimum, which is high over both humps. b: D lies on the optimum where there are points. c: the fakes have drawn in and risen, D is as before. d: the fakes have two humps close to the data's and D is flat at one half, while the optimum leaves one half towards both sides."}}
# The run that was farthest from the data in (a).
farthest = runs[tv[:, MOMENTS.index(100) + 1].argmax()]
following = farthest["following"]
shown = {"(a) on the way": farthest["a"], "(b) D trained, G still": following[0],
         "(c) G follows D, 20 small steps": following[step[20]],
         "(d) both in turn, step 1,000": farthest["d"]}
figure, axes = plt.subplots(2, 2, figsize=(7.4, 6), sharex=True, sharey=True)
for ax, (title, frame) in zip(axes.flat, shown.items()):
    ax.plot(x, best_D(frame["p_g"]), color="0.75", linewidth=5, zorder=0,
            label="optimum  $D^*(x)$")
    draw(ax, frame, title)
    ax.label_outer()
axes[1, 0].plot(x, following[0]["p_g"], color="0.5", linewidth=1)
axes[1, 0].legend(axes[1, 0].lines[-1:], ["before"], fontsize=8)
lines = axes[0, 0].get_legend_handles_labels()
figure.legend(*lines, loc="outside lower center", ncols=4, fontsize=8)
plt.show()

# %% [markdown]
# In (b) $D$ comes near $D^*$ **where there are points**. Beyond the plotted range, where neither real numbers nor fakes appear, its value is whatever the network happens to extrapolate.
#
# For (c) we need a number that says how hard the fakes are to tell from real ones. The best discriminator's price will do, the $L_D$ that even $D^*$ has to pay. It is 0 if the densities never meet, because then $D^*$ never errs, and it is $2\log 2 \approx 1.386$ if they agree, because then every judgement is a coin toss. If $D$ is $D^*$, a small enough step of $G$ down the minimax loss raises this price unless $G$ has nothing left to gain, as [chapter 3](03_minimax_value.ipynb) shows. The next figure follows the same $D$ for up to 300 steps.

# %% tags=["hide-input", "measure"]
def best_price(p_g):
    """L_D of D*, from densities in bins."""
    share = p / (p + p_g)
    return -(torch.xlogy(p, share) + torch.xlogy(p_g, 1 - share)).sum().item() * 0.1


price = torch.tensor([[best_price(frame["p_g"]) for frame in run["following"]]
                      for run in runs])


# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Left: the best discriminator's price over the number of steps for which G follows a D that stands still, five runs. Each curve starts between 1.0 and 1.4, rises at first towards the dotted line at 1.386, and by 300 steps falls far below its start. Right: densities of one run after 300 steps; all fakes sit in one narrow spike where D, unchanged, is highest."}}
figure, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.2))
left.plot(FOLLOWED, price.T, color=plots.FAKE["color"], linewidth=1.1, marker=".")
left.axhline(1.386, label="densities agree", **plots.REAL)
left.set_xscale("symlog", linthresh=5)
left.set_xticks([0, 5, 10, 30, 100, 300], [0, 5, 10, 30, 100, 300])
left.set(title="Price of the best $D$, five runs", xlabel="steps of $G$ alone")
left.set(xlim=(0, 330), ylim=(0, 1.5))
left.legend(loc="lower left", fontsize=8)
draw(right, following[-1], "The run shown above, after 300")
plt.show()

# %% [markdown]
# The first few steps make the fakes harder to tell in every run, so theory and panel (c) agree. In that panel the optimum has already moved away from $D$, which stands still. With many steps the gain comes to an end, and too many lose, in most runs, more than was ever won. The slope of $D$ says which way is "more real" *given the fakes it was trained on*. When all fakes have gone there it is no longer true, but a $D$ that stands still goes on saying it. That is why both take small steps in turn.

# %% tags=["hide-input", "measure"]
def accuracy(frame):
    """How often D is right, in a fair mix of real numbers and fakes."""
    says_real = (frame["D"] > 0.5).float()
    beyond = 1 - frame["p_g"].sum() * 0.1
    right = (p * says_real + frame["p_g"] * (1 - says_real)).sum() * 0.1 + beyond
    return right.item() / 2


def error(frame):
    """Mean of |D - D*| over real numbers and fakes."""
    crowd = p + frame["p_g"]
    gap = (frame["D"] - best_D(frame["p_g"])).abs().nan_to_num(0)
    return ((gap * crowd).sum() / crowd.sum()).item()


def trained_on(run, perfect=False):
    """The run's end, its G stopped and its D trained for 600 steps more."""
    G, D = copy.deepcopy(run["late"])
    train_only_D(G, D, perfect=perfect)
    return look(G, D) | ({"p_g": p} if perfect else {})



# %% tags=["hide-input", "measure"]
states = {"before the first step": [run["frames"][0] for run in films],
          "after 1,000 steps": [run["frames"][-1] for run in films],
          "then G stopped, D trained on": [trained_on(run) for run in films],
          "the same, perfect fakes": [trained_on(run, True) for run in films]}

# %% tags=["hide-cell", "checks"]
distance = torch.tensor([[total_variation(frame["p_g"]) for frame in run["following"]]
                         for run in runs])
mistake = torch.tensor([[error(run["a"]), error(run["following"][0])] for run in runs])
print(f"mean of |D - D*|: in (a) ≈ {mistake[:, 0].mean():.3f}, in (b) "
      f"≈ {mistake[:, 1].mean():.3f}")
print(f"3 steps after a D that stands still, the price rises in "
      f"≈ {(price[:, step[3]] > price[:, 0]).sum()} of 5 runs; after 300 it is up in "
      f"≈ {(price[:, -1] > price[:, 0]).sum()}")
claim("(b) in each of 5 runs, training D alone brings it within 0.05 of D*, on average "
      "over real numbers and fakes, and to less than half the distance before",
      mistake[:, 1].max() < 0.05 and (mistake[:, 1] < mistake[:, 0] / 2).all(), mistake)
claim("(c) in each of 5 runs, 3 small steps after a D that stands still make the fakes "
      "harder to tell from real numbers",
      (price[:, step[3]] > price[:, 0]).all(), price)
claim("(c) 300 steps after a D that stands still make the fakes of 5 runs, on average, "
      "easier to tell than they were before: the best D pays over 0.1 less",
      price[:, -1].mean() < price[:, 0].mean() - 0.1, price)
claim("(c) those 300 steps also raise the mean total variation, by over 0.1",
      distance[:, -1].mean() > distance[:, 0].mean() + 0.1, distance)
claim("(d) played in turn, the fakes come to less than 0.6 of the total variation that "
      "they had in (a), over 5 runs", tv[:, -1].mean() < 0.6 * distance[:, 0].mean(),
      (tv[:, -1], distance[:, 0]))

# %% [markdown]
# ### What a flat D proves
#
# In (d) $D$ is flat at ½, but that alone does not prove that the fakes are good. An untrained $D$ is nearly as flat, beside awful fakes. A $D$ that is being trained can also lag behind fakes that move on with every step, as panel (a) shows. The test that means something is to **stop $G$ and train $D$ until it gets no better**. If $D$ then stays at ½, it has really found nothing, as far as a $D$ of its size can see. With TV for the total variation, the best that any $D$ can reach is to be right in a share $\tfrac12(1 + \mathrm{TV})$ of a fair mix of reals and fakes.
#
# <details>
# <summary>Derive: why the best accuracy is ½(1 + TV)</summary>
#
# In a fair mix, real numbers near $x$ have density $\tfrac12 p(x)$ and fakes $\tfrac12 p_g(x)$. Whoever calls $x$ real is right with the first, whoever calls it fake with the second, so the best is the larger of the two at every $x$. Since $\max(u, v) = \tfrac12(u + v) + \tfrac12\lvert u - v\rvert$, the best accuracy is
#
# $$ \int \tfrac12\max(p, p_g)\,dx = \tfrac14\int (p + p_g)\,dx + \tfrac14\int\lvert p - p_g\rvert\,dx = \tfrac12 + \tfrac12\,\mathrm{TV}. $$
#
# </details>

# %% tags=["hide-input", "measure"]
def numbers_of(frames):
    """Total variation, D's accuracy and D's mean distance from one half, (runs, 3)."""
    far = [((frame["D"] - 0.5).abs() * p).sum() * 0.1 for frame in frames]
    return torch.tensor([[total_variation(frame["p_g"]), accuracy(frame), away]
                         for frame, away in zip(frames, far)])


def table_row(name, frames):
    numbers = numbers_of(frames)
    (TV, right, far), (TV_std, right_std, far_std) = numbers.mean(0), numbers.std(0)
    return [name, f"≈ {TV:.2f} ± {TV_std:.2f}", f"≈ {far:.3f} ± {far_std:.3f}",
            f"≈ {right:.3f} ± {right_std:.3f}", f"≈ {(1 + TV) / 2:.3f}"]


Table(["five runs", "TV", "D's distance from ½", "D's accuracy", "the best accuracy"],
      [table_row(name, frames) for name, frames in states.items()])

# %% [markdown]
# After the film's last step there was still something to find, and $D$ finds it once $G$ stands still. Against perfect fakes, which are fresh real numbers, the same training finds nothing. So the match of the film is close to its equilibrium, not in it, and the two players go on shuffling about.

# %% tags=["hide-cell", "checks"]
first, last, found, perfect = (numbers_of(frames) for frames in states.values())
claim("an untrained D is, over 5 runs, within 0.15 of one half on the data's average, "
      "while its fakes are over 0.75 from the data: a flat D alone proves nothing",
      first[:, 2].mean() < 0.15 and first[:, 0].min() > 0.75, first)
claim("with G stopped, 600 more steps of D raise its accuracy, over 5 runs",
      found[:, 1].mean() > last[:, 1].mean() + 0.005, (last, found))
claim("in each of 5 runs, D trained on against G's fakes moves over twice as far from "
      "one half as the same D against perfect fakes",
      (found[:, 2] > 2 * perfect[:, 2]).all(), (found, perfect))
claim("against perfect fakes D stays within 0.02 of one half in each of 5 runs",
      perfect[:, 2].max() < 0.02, perfect)

# %% [markdown]
# ## What "implicit" means
#
# A model with a formula for its density is **explicit**. For our data, `data.log_prob(x)` answers at once how likely any $x$ is. $G$ has no such formula, since it defines $p_g$ only by what comes out when noise goes in, and such a model is called **implicit**. It gives samples, each in a single pass, and no density.
#
# We did draw $p_g$, by counting 20,000 fakes in 90 bins. That works on a line because there are more fakes than bins.
#
# > **Predict first.** Take points with $d$ coordinates and cut each axis into 10. What share of the cells holds at least one of a million samples, for $d$ = 1, 2, 4, 8?

# %% tags=["hide-input", "measure"]
N, rows, occupied = 1_000_000, [], {}
for d in (1, 2, 4, 8):
    # The kindest case: all cells are equally likely. Each gets a number of its own.
    cells = (torch.rand(N, d) * 10).long()
    number = (cells * 10 ** torch.arange(d)).sum(1)
    occupied[d] = number.unique().numel() / 10**d
    rows.append([d, f"{10**d:,}", f"≈ {100 * occupied[d]:.2f} %"])
Table(["coordinates", "cells", "occupied by a million samples"], rows)

# %% [markdown]
# A million samples cannot occupy more than a million cells, so with 8 coordinates at least 99 % must stay empty, and a tiny 8 × 8 picture has 64 coordinates. Counting is hopeless there, but the ratio remains. Where $D$ is near $D^*$, its odds $D/(1-D)$ are near $p/p_g$, although neither density is known.
#
# Giving up the density has its price and its reward.
#
# | in favour | against | measured in |
# |---|---|---|
# | Any differentiable network can be $G$, since no density has to be computed. | There is no $\log p_g(x)$, so one cannot score a picture, nor compare models by likelihood. | chapter 11 |
# | A sample costs one pass through $G$. | Two networks must keep in step, and a $D$ that is too good, or stands still, misleads. | chapters 6, 8 |
# | The loss is learned, so nobody has to say what "looks real" means. | The losses do not tell how good $G$ is, or when to stop. | chapter 4 |
# | Samples tend to be sharp, because a blur is easily told from the real thing. | Part of the data may be left out, and no term of $G$'s loss forbids it outright. | chapter 7 |

# %% tags=["hide-cell", "checks"]
expected = {d: 1 - (1 - 10.0**-d) ** N for d in occupied}
check("the occupied shares are 1 - (1 - 1/cells)^N, to within 0.001",
      all(abs(occupied[d] - expected[d]) < 1e-3 for d in occupied), occupied)

# %% [markdown]
# ## Exercises
#
# **1. The best verdict (two minutes).** At some $x$ the data have density $p(x) = 0.3$ and the fakes $p_g(x) = 0.1$. What does the best possible discriminator say? Put your number in the last line and run the cell.

# %%
def check_exercise_1(answer):
    check("your D*(x) is right", abs(answer - 0.3 / (0.3 + 0.1)) < 1e-3, answer)


# check_exercise_1(your number)

# %% tags=["hide-cell", "solution"]
# Three reals for every fake.
check_exercise_1(0.75)
# p and p_g exchanged; the odds; p alone.
for wrong in (0.25, 3.0, 0.3):
    try:
        check_exercise_1(wrong)
    except AssertionError:
        print(wrong, "is refused")

# %% [markdown]
# **2. The leak, once more (ten minutes).** With the minimax loss, the gradient that leaks into $G$ without `detach` was exactly the opposite of what $G$ wants. Is it still so when $G$ uses the non-saturating loss? Think about one fake first, and ask which of the three factors changes, and to what.
#
# <details>
# <summary>Hint</summary>
#
# Write both losses as functions of the logit $a$ of one fake. The derivative of $\log\sigma(a)$ is $1 - \sigma(a)$, and that of $\log(1 - \sigma(a))$ is $-\sigma(a)$.
#
# </details>

# %% tags=["hide-cell", "solution"]
# On one fake's logit the leak is D and the wish is D - 1: opposite signs, but of
# different size, and the ratio D / (1 - D) differs from fake to fake. Over a batch the
# two are therefore no longer exactly opposed.
G, D = copy.deepcopy(films[0]["early"])
train_only_D(G, D, steps=200)
fake_logits = D(G(noise))
d_loss = gan.losses.non_saturating.discriminator(D(real), fake_logits).mean()
g_loss = gan.losses.non_saturating.generator(fake_logits).mean()
leak, = torch.autograd.grad(d_loss, fake_logits, retain_graph=True)
wish, = torch.autograd.grad(g_loss, fake_logits)
odds = fake_logits.exp()
check("on each fake the two pushes are opposed, their sizes in the ratio of D to 1 - D",
      torch.allclose(leak, -wish * odds, rtol=1e-3), (leak, wish))
claim("after 100 steps of play that ratio varies from fake to fake by over a tenth, so "
      "over a batch leak and wish are no longer exactly opposed",
      odds.std() > 0.1 * odds.mean(), odds)

# %% [markdown]
# **3. Other noise (half an hour).** Give $G$ noise that is uniform on $[-\sqrt3, \sqrt3]$, which has mean 0 and standard deviation 1 as the normal has. Make such a $G$ with `gan.models.Generator(net, latent=1, noise=flat)`, where `net` is `gan.models.mlp([1, 32, 32, 1], gan.models.leaky)` and `flat` is called as `flat(B, 1, generator=…, device=…)`. Does it still find two humps? Decide first which two numbers would convince you that it has, then measure them with three seeds, and say what a single hump would score. Mind that `look` feeds $G$ normal noise, so hand it `z=(2 * levels - 1) * 3**0.5`.

# %% tags=["hide-cell", "solution"]
from gan.models import Generator, leaky, mlp


def flat(*shape, **more):
    return (2 * torch.rand(*shape, **more) - 1) * 3**0.5


other = []
for seed in range(3):
    torch.manual_seed(1_000 * SEED + 50 + seed)
    _, D = new_players()
    G = Generator(mlp([1, 32, 32, 1], leaky), latent=1, noise=flat).to(device)
    for _ in gan.train(G, D, data, steps=1_000, **RECIPE):
        pass
    other.append(look(G, D, z=(2 * levels - 1) * 3**0.5)["p_g"])
# Total variation below the single hump's 0.27, and a valley between the modes.
apart = [total_variation(p_g) for p_g in other]
valleys = [valley(p_g) for p_g in other]
print("total variation:", ", ".join(f"≈ {number:.2f}" for number in apart))
claim("with uniform noise too, all 3 runs end with a valley below 0.8 of the lower "
      "mode, and with a mean total variation below 0.24, a single hump's being 0.27",
      max(valleys) < 0.8 and sum(apart) / 3 < 0.24, (apart, valleys))

# %% [markdown]
# **4. Your own loop (half an hour).** Algorithm 1 of the first paper updates $D$ $k$ times for each update of $G$. Write `attentive_loop(G, D, steps, random, k)` from the twelve lines. Each update of $D$ gets fresh real numbers and fresh fakes, drawn in this order, and $G$ then moves on the last fakes, where Algorithm 1 would draw new ones. Let the cell hold your loop against the package. Then run it for 300 steps with $k = 3$, and see how far your fakes overshoot.

# %%
def check_exercise_4(loop):
    mine = new_players()
    package = copy.deepcopy(mine)
    loop(*mine, 10, torch.Generator(device).manual_seed(11), 3)
    for _ in gan.train(*package, data, steps=10, d_steps=3, seed=11, **RECIPE):
        pass
    apart = max((a - b).abs().max().item() for network, other in zip(mine, package)
                for a, b in zip(network.parameters(), other.parameters()))
    check("your loop with 3 updates of D is right", apart < 1e-4, apart)


# check_exercise_4(attentive_loop)

# %% tags=["hide-cell", "solution"]
def attentive_loop(G, D, steps, random, k):
    adam_G, adam_D = adam(G), adam(D)
    for _ in range(steps):
        for _ in range(k):
            real, fake = data.sample((256,), random), G(G.noise(256, random))
            d_loss = -logsigmoid(D(real)).mean() - logsigmoid(-D(fake.detach())).mean()
            adam_D.zero_grad()
            d_loss.backward()
            adam_D.step()

        g_loss = -logsigmoid(D(fake)).mean()
        adam_G.zero_grad()
        g_loss.backward(inputs=list(G.parameters()))
        adam_G.step()


check_exercise_4(attentive_loop)

# %% [markdown]
# ## Summary
#
# - $D$ is a classifier of real against fake, and $G$ sees no data at all. Everything that $G$ learns comes as the slope of $D$'s logit at its own fakes, the gradient signal.
# - In $D$'s step the fakes are detached, while in $G$'s step the gradient passes through $D$ and must not stay there.
# - The best $D$ for a given $G$ is $p/(p+p_g)$, and a trained one comes near it where there are points.
# - A $D$ that stands still is a good guide for a few small steps and a bad one for many, so the two take turns.
# - A GAN is an implicit model, which gives samples in a single pass and no density.
#
# > **Often misread.** "A good discriminator is one that is right most of the time." At the start it is, but at the end, with perfect fakes, the best possible $D$ is right half of the time. One that is nearly always right can have little left to teach, as chapter 6 shows.
#
# > **Often misread.** "$D(x)$ is the probability that $x$ is real." That holds only for a $D$ at its optimum, only where there were points, and only for a fair coin between real and fake.
#
# > **Often misread.** "$D$ is at ½, so the fakes are perfect." Only if it is still there after $G$ has been stopped and $D$ has been trained until it gets no better.
#
# **Further reading.** Goodfellow et al., [Generative Adversarial Nets](https://arxiv.org/abs/1406.2661) (2014), whose figure 1 has the four panels and whose Algorithm 1 is our loop but for the fresh noise. Goodfellow, [NIPS 2016 Tutorial](https://arxiv.org/abs/1701.00160). Mohamed & Lakshminarayanan, [Learning in Implicit Generative Models](https://arxiv.org/abs/1610.03483) (2016).
#
# Next: [the minimax value](03_minimax_value.ipynb), the theory of this game. Whoever wants pictures first can go on with [the training loop](04_training_loop.ipynb) and come back before chapter 6.
