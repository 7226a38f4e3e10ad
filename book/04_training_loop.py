# %% [markdown]
# # 4 · The training loop
#
# **What exactly happens in one step of GAN training, and how do you know when to stop?** The algorithm has eleven lines. Most bugs in GAN code change one of them, raise no error and still draw pictures. We write the loop by hand, break it on purpose, choose its settings by measurement, and then train until noise turns into handwritten digits that can be read.
#
# - **You need** [chapter 2](02_two_players.ipynb): generator, discriminator, which gradient flows where.
# - **Afterwards you can** write the loop from memory and defend every line; tell the two generator losses apart by their gradients; name the four silent bugs and what each does; pick Adam's settings for a reason; judge a run by something better than its losses; save it, resume it, watch it in TensorBoard.
# - **Measured run time:** about 50 s on 2 CPU cores.

# %% tags=["hide-cell"]
# Setup, the same in every chapter: find the book's package (install it where it is missing), a device, a seed.
import importlib.util
import os
import subprocess
import sys

if importlib.util.find_spec("gan") is None:      # Colab, or a notebook opened on its own
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "git+https://github.com/OWNER/gan-book"], check=True)

import matplotlib.pyplot as plt
import torch

import gan
from gan import plots
from gan.claims import claim

plt.rcParams.update(plots.STYLE)
SEED = int(os.environ.get("GAN_SEED", 0))
torch.manual_seed(SEED)
device = gan.pick_device()

# %% [markdown]
# ## Algorithm 1, line by line
#
# Goodfellow's Algorithm 1 takes turns: $k$ times the discriminator, then once the generator. Here it is with its lines numbered as we shall code them, **five for D and six for G**.
#
# | | $D$'s turn ($k$ times) | | $G$'s turn (once) |
# |---|---|---|---|
# | D1 | draw a batch of real samples $x$ | G1 | draw a batch of noise $z$, fresh |
# | D2 | draw noise, make fakes, **cut them off** from $G$ | G2 | make fakes, **not** cut off |
# | D3 | clear $D$'s gradients | G3 | clear $G$'s gradients |
# | D4 | ask $D$ about both, compute $L_D$, go back through $D$ | G4 | ask $D$ about the fakes, compute $L_G$ |
# | D5 | move $D$ | G5 | go back through $D$ into $G$, collecting for $G$ only |
# | | | G6 | move $G$; $D$ stays |
#
# The paper says *ascend* $D$'s stochastic gradient. Optimisers descend, so we turn the sign and minimise $L_D = -\log D(x) - \log(1 - D(G(z)))$.

# %%
from torch.nn.functional import logsigmoid


def d_turn(G, D, d_adam, real, z):
    fake = G(z).detach()                                                 # D2: real is D1
    d_adam.zero_grad()                                                   # D3
    loss = (-logsigmoid(D(real)) - logsigmoid(-D(fake))).mean()          # D4
    loss.backward()
    d_adam.step()                                                        # D5
    return loss.item()


def g_turn(G, D, g_adam, z):
    fake = G(z)                                                          # G2: z is G1
    g_adam.zero_grad()                                                   # G3
    loss = -logsigmoid(D(fake)).mean()                                   # G4
    loss.backward(inputs=list(G.parameters()))                           # G5
    g_adam.step()                                                        # G6
    return loss.item()


# %% [markdown]
# Two details of this code are worth a second look. `logsigmoid(a)` is $\log D$ for $D = 1/(1+e^{-a})$, and `logsigmoid(-a)` is $\log(1-D)$, both exact even where $D$ itself would be rounded to 0 or 1. And `inputs=` says whose gradients to collect: the path to $G$ leads through $D$, but nothing is left behind there.
#
# Is this the loop that the book's `gan.train` runs? Start both from the same weights, give both the same random numbers, and compare all weights afterwards.

# %%
import copy

ring = gan.data.ring(std=0.1)                                            # eight bells on a circle
G, D = (net.to(device) for net in gan.models.mlp_pair())
G2, D2 = copy.deepcopy(G), copy.deepcopy(D)

for _ in gan.train(G, D, ring, steps=20, batch=128, d_steps=2, fresh_noise=True, seed=7, device=device):
    pass

random = torch.Generator(device).manual_seed(7)
d_adam, g_adam = (torch.optim.Adam(net.parameters(), 2e-4, (0.5, 0.999)) for net in (D2, G2))
for _ in range(20):
    for _ in range(2):                                                   # k = 2
        d_turn(G2, D2, d_adam, ring.sample((128,), random), G2.noise(128, random))
    g_turn(G2, D2, g_adam, G2.noise(128, random))

difference = max((a - b).abs().max().item() for one, two in ((G, G2), (D, D2))
                 for a, b in zip(one.parameters(), two.parameters()))
claim("by hand and by gan.train, 20 steps lead to the same weights", difference < 1e-5, difference)

# %% [markdown]
# By default `gan.train` departs from the paper in one point: for $G$'s turn it uses $D$'s last batch of fakes again instead of drawing a fresh one. That saves a pass through $G$, and $D$ has moved in between, so the question put to it is new. `fresh_noise=True`, as above, is the paper's way.
#
# ## Four silent bugs
#
# Now leave out a line at a time. Each of these loops runs; none raises an error.
#
# | loop | what is different |
# |---|---|
# | right | nothing |
# | A | $G$'s gradients are never cleared (G3 missing) |
# | B | fakes not cut off, and $D$'s optimiser was given the weights of both networks |
# | C | $G$'s turn leaves gradients in $D$, and $D$'s turn does not clear them first |
# | D | fakes cut off in $G$'s turn too |
#
# > **Predict first.** Which is the worst, and which the hardest to notice?

# %%
def loop(bug, steps=200, batch=128, lr=2e-3, betas=(0.0, 0.99)):
    """Algorithm 1 on the ring, with one bug. Returns G and the mean losses of the last 50 steps."""
    G, D = (net.to(device) for net in gan.models.mlp_pair())
    both = [*D.parameters(), *G.parameters()]
    d_adam = torch.optim.Adam(both if bug == "B" else D.parameters(), lr, betas, fused=True)
    g_adam = torch.optim.Adam(G.parameters(), lr, betas, fused=True)
    losses = []
    for _ in range(steps):
        fake = G(G.noise(batch))
        if bug != "C":
            d_adam.zero_grad()
        real_logits, fake_logits = D(ring.sample((batch,)).to(device)), D(fake if bug == "B" else fake.detach())
        d_loss = (-logsigmoid(real_logits) - logsigmoid(-fake_logits)).mean()
        d_loss.backward()
        d_adam.step()
        if bug == "C":
            d_adam.zero_grad()                                           # too early: G's turn is still to come
        fake = G(G.noise(batch))
        if bug != "A":
            g_adam.zero_grad()
        g_loss = -logsigmoid(D(fake.detach() if bug == "D" else fake)).mean()
        g_loss.backward()
        g_adam.step()
        losses.append([d_loss.item(), g_loss.item()])
    return G, torch.tensor(losses[-50:]).mean(0)


def count(fakes, radius=0.3):
    """Modes that hold at least 2 % of the fakes, and the share of fakes within 3 std of their nearest mode."""
    distance, nearest = torch.cdist(fakes.cpu(), ring.modes).min(1)
    share = torch.bincount(nearest[distance < radius], minlength=8) / len(fakes)
    return (share > 0.02).sum().item(), share.sum().item()


# %% mystnb={"image": {"alt": "Five scatter plots of fakes over the ring's eight modes: right and C cover all eight, A is scattered, B sits on a few modes, D is a clump in the middle."}}
bugs = {"right": "right", "A": "A: G not cleared", "B": "B: not cut off", "C": "C: D not cleared", "D": "D: cut off in G's turn"}
results = {bug: [] for bug in bugs}
figure, axes = plt.subplots(1, 5, figsize=(10, 2.5), sharex=True, sharey=True)
for (bug, title), ax in zip(bugs.items(), axes):
    for seed in range(3):
        torch.manual_seed(1_000 * SEED + seed)
        G, losses = loop(bug)
        fakes = G.sample(1_000).cpu()
        results[bug].append([*count(fakes), *losses.tolist()])
    ax.scatter(*fakes.T, s=2, color=plots.FAKE["color"])
    ax.scatter(*ring.modes.T, s=60, facecolors="none", edgecolors="black", linewidth=0.8)
    ax.set(title=title, xlim=(-1.6, 1.6), ylim=(-1.6, 1.6), aspect="equal", xticks=[-1, 0, 1], yticks=[-1, 0, 1])
axes[0].set(xlabel="$x_1$", ylabel="$x_2$")
plt.show()

results = {bug: torch.tensor(rows) for bug, rows in results.items()}      # (3, 4): modes, share, L_D, L_G
for bug, rows in results.items():
    modes, share, d_loss, g_loss = rows.mean(0).tolist()
    print(f"{bugs[bug]:>24}: ≈ {modes:.1f} of 8 modes, ≈ {100 * share:.0f} % near one, "
          f"D's loss ≈ {d_loss:.2f}, G's ≈ {g_loss:.2f}")

# %%
right, A, B, C, D_bug = (results[bug] for bug in bugs)
claim("the right loop finds all 8 modes, in all 3 runs", (right[:, 0] == 8).all(), right)
claim("A: old gradients keep pushing, and G finds at most 5 of them", A[:, 0].max() <= 5, A)
claim("B: G is pulled both ways at once, and keeps to at most 6", B[:, 0].max() <= 6, B)
claim("D: G has learned nothing, and its loss shows it", D_bug[:, 3].min() > 2, D_bug)
claim("C: all 8 modes again, and as many fakes near them as in the right loop, to within a third",
      (C[:, 0] == 8).all() and abs(C[:, 1].mean() / right[:, 1].mean() - 1) < 1 / 3, (C, right))

# %% [markdown]
# D is the worst, and the easiest to find: nothing moves. A and B look like "GANs are unstable" and are not: they are bugs. C is the hardest to notice, since its samples are as good as the right loop's. Only the losses give it away, if you know what they ought to be.
#
# When fakes and data agree, the best $D$ says ½ everywhere, so the right loop should end at $L_G = \log 2 \approx 0.693$ and $L_D = 2\log 2 \approx 1.386$. In C every fake contributes twice to $D$'s gradient: once in its own turn, $-\log(1-D)$, and once left over from $G$'s, $-\log D$. So $D$ minimises $-\log D$ on real samples plus $-\log D - \log(1-D)$ on fakes; where both are equally frequent, that is $-2\log D - \log(1-D)$, smallest at $D = \tfrac23$. An officer with that bug calls everything "two thirds real".

# %%
log = torch.tensor([2 / 3, 1 / 3, 1 / 2]).log()
claim("right: D ends at 1/2, so G's loss is log 2 = 0.693 to within 0.04", (right[:, 3] + log[2]).abs().max() < 0.04, right)
claim("C: D ends at 2/3, so G's loss is log(3/2) = 0.405 to within 0.04", (C[:, 3] + log[0]).abs().max() < 0.04, C)
claim("C: and D's is log(3/2) + log 3 = 1.504 to within 0.06", (C[:, 2] + log[0] + log[1]).abs().max() < 0.06, C)

# %% [markdown]
# Loss values *can* tell something, then: not how good the fakes are, but whether the game is the one you meant to play.
#
# ## Two losses for the generator
#
# $D$'s loss is binary cross-entropy; there is no choice. $G$ has two. Write $a$ for the logit of a fake and $D = \sigma(a)$:
#
# | | $G$ minimises | gradient in the logit |
# |---|---|---|
# | minimax | $\log(1 - D)$ | $-D$ |
# | non-saturating | $-\log D$ | $D - 1$ |
#
# Derive the last column yourself; you need only $\sigma' = \sigma(1-\sigma)$. Both are negative: both push the logit up, towards "real". They agree at $D = ½$. They differ in *when they shout*.
#
# > **Predict first.** Early in training $D$ is sure of its case: the logit of a fake is $-8$, so $D \approx 0.0003$. How many times stronger is the non-saturating push?

# %%
import torch.nn.functional as F

a = torch.linspace(-12, 12, 241, dtype=torch.float64, requires_grad=True)
D_a = torch.sigmoid(a.detach())
by_hand = {"minimax": torch.log(1 - torch.sigmoid(a)), "non_saturating": -torch.log(torch.sigmoid(a))}
expected = {"minimax": -D_a, "non_saturating": D_a - 1}
push = {}
for name, loss in by_hand.items():
    push[name], = torch.autograd.grad(loss.sum(), a)
    package = getattr(gan.losses, name).generator(a)
    claim(f"{name}: by hand and in the package, the same to 1e-6", (loss - package).abs().max() < 1e-6)
    claim(f"{name}: the gradient in the logit is {'-D' if name == 'minimax' else 'D - 1'}",
          torch.allclose(push[name], expected[name], atol=1e-6))
ratio = (push["non_saturating"] / push["minimax"])[40].item()             # a = -8
print(f"at logit -8 the non-saturating push is {ratio:.0f} times as strong")
claim("that is exp(8): the pushes stand as (1 - D) to D", abs(ratio / 2980.96 - 1) < 1e-3, ratio)
ones = torch.ones_like(a)
claim("non-saturating is the cross-entropy with the labels flipped; minimax is not",
      torch.allclose(F.binary_cross_entropy_with_logits(a, ones, reduction="none"), by_hand["non_saturating"])
      and not torch.allclose(push["minimax"], push["non_saturating"]))

# %% mystnb={"image": {"alt": "Left: minimax loss and non-saturating loss against the logit of a fake; minimax is flat on the left, non-saturating falls steeply. Right: size of their gradients, minimax D and non-saturating one minus D, crossing at one half."}}
figure, (left, right_ax) = plt.subplots(1, 2, figsize=(8, 3))
for name, style in (("minimax", plots.JUDGE), ("non_saturating", plots.FAKE)):
    left.plot(a.detach(), by_hand[name].detach(), label=name.replace("_", "-"), **style)
    right_ax.plot(a.detach(), push[name].abs(), **style)
left.set(xlabel="logit of a fake", ylabel="G's loss")
left.legend()
right_ax.set(xlabel="logit of a fake", ylabel="size of the push on the logit")
plt.show()

# %% [markdown]
# A forger who is always caught needs advice most, and minimax gives it least: it **saturates** where $D \approx 0$. That is the whole reason for the other loss. (You may read that the minimax loss saturates when the *generator* is doing perfectly, because then $\log(1-D)$ is "near 0". It is the other way round: at $D = 0.9997$, $-\log(1-D)$ is 8.1 and the push is at its strongest.)
#
# One more trap: computing $-\log D$ as `-log(sigmoid(a) + 1e-8)`. The small number was meant to avoid $\log 0$, and quietly takes the push away where it is needed:

# %%
b = torch.tensor([-30.0], requires_grad=True)
naive, = torch.autograd.grad(-torch.log(torch.sigmoid(b) + 1e-8).sum(), b)
exact, = torch.autograd.grad(gan.losses.non_saturating.generator(b).sum(), b)
print(f"push at logit -30: naive {naive.item():.0e}, exact {exact.item():.0f}")
claim("at logit -30 the naive loss has lost all but a hundred-thousandth of its push", naive.abs() < 1e-5 and exact == -1)

# %% [markdown]
# ## A unit that is off, and the way back to G
#
# $G$ hears about its fakes only through $D$, and each hidden unit of $D$ that is switched off blocks a part of the way. A ReLU that is negative for an input passes exactly nothing; LeakyReLU passes 0.2 of it. Units that are off for *every* input are called dead. We switch off a growing share of the units of a one-layer $D$ on purpose (by a bias of −100) and measure what still gets through to the fakes.

# %% mystnb={"image": {"alt": "Gradient at the fakes against the share of D's units that are switched off. ReLU, ELU, SiLU and GELU fall to zero when all are off; LeakyReLU keeps about a third."}}
from torch import nn

activations = {"ReLU": nn.ReLU, "LeakyReLU 0.2": gan.models.leaky, "ELU": nn.ELU, "SiLU": nn.SiLU, "GELU": nn.GELU}
shares = torch.linspace(0, 1, 9)


def slope_at_fakes(activation, off, seed):
    """Mean length of the gradient of D's logit at 500 points, with a share of D's 64 hidden units off."""
    torch.manual_seed(1_000 * SEED + seed)
    D = nn.Sequential(nn.Linear(2, 64), activation(), nn.Linear(64, 1))
    points = torch.randn(500, 2, requires_grad=True)
    with torch.no_grad():
        D[0].bias[: round(64 * off.item())] = -100.0
    return torch.autograd.grad(D(points).sum(), points)[0].norm(dim=1).mean()


figure, ax = plt.subplots(figsize=(6, 3))
passed = {}
for (name, activation), marker in zip(activations.items(), "osv^x"):
    slope = torch.tensor([[slope_at_fakes(activation, off, seed) for off in shares] for seed in range(20)])   # (20, 9)
    passed[name] = slope / slope[:, :1]
    plots.band(ax, shares, passed[name], label=name, marker=marker, markersize=4)
ax.set(xlabel="share of D's units switched off", ylabel="gradient at the fakes, relative")
ax.legend(fontsize=8)
plt.show()
claim("with all units off, ReLU, ELU, SiLU and GELU pass nothing",
      all(slope[:, -1].max() < 1e-6 for name, slope in passed.items() if "Leaky" not in name), passed)
claim("LeakyReLU still passes more than a tenth, in all 20 networks", passed["LeakyReLU 0.2"][:, -1].min() > 0.1, passed)

# %% [markdown]
# How often does that happen when nobody forces it? We train $D$ alone for 200 steps, real ring against an untrained $G$, and count the units of its second layer that are off for every single point.

# %%
def dead_units(activation, seed, rate=2e-3):
    torch.manual_seed(1_000 * SEED + seed)
    real, fake = ring.sample((1_000,)), gan.models.mlp_pair()[0].sample(1_000)
    D = nn.Sequential(nn.Linear(2, 64), activation(), nn.Linear(64, 64), activation(), nn.Linear(64, 1), nn.Flatten(0))
    adam = torch.optim.Adam(D.parameters(), rate, (0.5, 0.999), fused=True)
    for _ in range(200):
        batch = torch.randint(1_000, (128,))
        loss = gan.losses.minimax.discriminator(D(real[batch]), D(fake[batch])).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    points = torch.cat([real, fake]).requires_grad_()
    slope, = torch.autograd.grad(D(points).sum(), points)
    off = (D[:3](points) <= 0).all(0).float().mean().item()               # before the second activation
    return off, (slope[1_000:].norm(dim=1) == 0).float().mean().item()


dead = {name: torch.tensor([dead_units(activations[name], seed) for seed in range(3)]) for name in ("ReLU", "LeakyReLU 0.2")}
for name, rows in dead.items():
    print(f"{name:>13}: off for every point: ≈ {100 * rows[:, 0].mean():.0f} % of the units")
claim("in all 3 runs ReLU has more units that never switch on than LeakyReLU", dead["ReLU"][:, 0].min() > dead["LeakyReLU 0.2"][:, 0].max(), dead)
claim("and yet no fake is without advice: 64 units are enough for some to be on", all(rows[:, 1].max() == 0 for rows in dead.values()), dead)

# %% [markdown]
# So the honest statement is: dead units are common with ReLU, a quarter or so of that layer, they narrow the way back to $G$, and in a $D$ of reasonable width they do not close it. LeakyReLU in $D$ is a cheap insurance, not a matter of life and death.
#
# ## Adam, and how much momentum
#
# DCGAN's authors found Adam's usual $\beta_1 = 0.9$ unstable, set it to 0.5, took a learning rate of $2\cdot 10^{-4}$, and half the world has copied them since. $\beta_1$ is momentum: the share of the last direction that is kept. In a game the direction changes because the *other* player moves, so momentum carries on towards where things were.
#
# > **Predict first.** On the ring, 200 steps: which of $\beta_1$ = 0, 0.5, 0.9 finds most of the 8 modes, and does the learning rate or $\beta_1$ matter more?

# %%
rates, momenta, seeds = (2e-4, 2e-3), (0.0, 0.5, 0.9), range(3)
sweep = torch.zeros(len(rates), len(momenta), len(seeds))                 # modes found
final = torch.zeros(len(rates), len(momenta), len(seeds), 2)              # mean losses over the last 50 steps
for i, rate in enumerate(rates):
    for j, momentum in enumerate(momenta):
        for seed in seeds:
            torch.manual_seed(1_000 * SEED + 20 + seed)
            G, D = gan.models.mlp_pair()
            losses = [torch.stack([s.d_loss, s.g_loss]) for s in
                      gan.train(G, D, ring, steps=200, batch=128, lr=rate, betas=(momentum, 0.999), device=device)]
            sweep[i, j, seed] = count(G.sample(2_000))[0]
            final[i, j, seed] = torch.stack(losses[-50:]).mean(0).cpu()
        print(f"rate {rate:.0e}, beta1 {momentum}: ≈ {sweep[i, j].mean():.1f} ± {sweep[i, j].std():.1f} modes of 8")

# %%
claim("at rate 2e-3 every run with beta1 = 0 finds all 8 modes, and no run with 0.9 more than 4",
      sweep[1, 0].min() == 8 and sweep[1, 2].max() <= 4, sweep)
claim("at rate 2e-3 beta1 = 0.5 lies between them, on average",
      sweep[1, 2].mean() < sweep[1, 1].mean() <= sweep[1, 0].mean(), sweep)
claim("at rate 2e-4, 200 steps are too few: not every run with beta1 <= 0.5 finds all 8", sweep[0, :2].min() < 8, sweep)

# %% [markdown]
# The folklore holds in its main part: **0.9 is bad**, with every seed. Its detail does not hold here. With $\beta_1 = 0$ every run finds all the modes; with 0.5 it depends on the seed; and $2\cdot 10^{-4}$ is simply slow for so small a network. Settings are found for one network and batch size, not for all time. Later work (progressive growing, StyleGAN, R3GAN) also sets $\beta_1 = 0$, and so do we from here on.
#
# ## When to stop? The losses do not tell
#
# You have just trained eighteen GANs. Some of them are hopeless. Can you pick them out by their losses? Each run below is a dot, its loss at the end against what it really found.

# %% mystnb={"image": {"alt": "Two scatter plots of 18 runs: the number of modes found against the final loss of D and of G. At losses near the equilibrium value, marked by a dotted line, lie both the best and the worst runs."}}
figure, axes = plt.subplots(1, 2, figsize=(8, 3), sharey=True)
equilibrium = torch.tensor([4.0, 2.0]).log()                              # 2 log 2 and log 2
for k, (ax, player) in enumerate(zip(axes, "DG")):
    for j, (momentum, marker) in enumerate(zip(momenta, "o^x")):
        ax.scatter(final[:, j, :, k].flatten(), sweep[:, j].flatten(), marker=marker, label=f"$\\beta_1$ = {momentum}")
    ax.axvline(equilibrium[k], color="0.5", linestyle=":")
    ax.set(xlabel=f"{player}'s loss at the end")
axes[0].set(ylabel="modes found, of 8")
axes[0].legend(fontsize=8)
plt.show()

# %%
off = (final - equilibrium).abs() / equilibrium                           # relative distance from the ideal losses
fooled = sweep[(off < 0.08).all(-1)]
print(f"≈ {len(fooled)} runs have both losses within 8 % of the ideal values; they found from "
      f"≈ {fooled.min():.0f} to ≈ {fooled.max():.0f} modes")
claim("among runs whose losses look ideal are perfect ones and ones that found no more than half of the modes",
      fooled.min() <= 4 and fooled.max() == 8, (off, sweep))

# %% [markdown]
# $D$'s loss says how well *this* $D$ tells *these* fakes from the data. Two bunglers who match each other show the same losses as two masters. A classifier's loss measures progress because its opponent, the data, stands still; here the opponent moves.
#
# So **measure the samples**, with something that took no part in the game; stop when that no longer improves, and keep the best checkpoint. For points on a ring, count. For pictures, use a second opinion, as in the next section.
#
# ## Handwritten digits
#
# scikit-learn brings 1,797 real handwritten digits, 8 × 8 pixels each; we show them at 16 × 16. First the second opinion: a small classifier, trained on two thirds of the digits and tested on the rest. It will tell us of each fake which digit it is and how sure it is. And its 64 features give a distance between two *sets* of pictures: fit a normal distribution to each set's features and take the **Fréchet distance** between the two (with another network's features this is the well-known FID; chapter 11).

# %% mystnb={"image": {"alt": "Three rows of real handwritten digits."}}
from gan.metrics import fit_classifier, frechet_distance

images, labels = (tensor.to(device) for tensor in gan.data.digits(size=16))
split = torch.randperm(len(images), generator=torch.Generator().manual_seed(SEED)).to(device)
known, held_out = split[:1_200], split[1_200:]
classifier = fit_classifier(images[known], labels[known], seed=SEED)
accuracy = (classifier(images[held_out]).argmax(1) == labels[held_out]).float().mean().item()
features = classifier[:-1]
real_features = features(images)


def second_opinion(fakes):
    """Share of fakes the classifier is 90 % sure of, share of the rarest class, Fréchet distance to the real digits."""
    sure, digit = classifier(fakes).softmax(1).max(1)
    rarest = torch.bincount(digit, minlength=10).min().item() / len(fakes)
    return (sure >= 0.9).float().mean().item(), rarest, frechet_distance(features(fakes), real_features)


figure, ax = plt.subplots(figsize=(6, 1.9))
plots.show_images(images[:30], columns=10, ax=ax)
plt.show()
sure_real = second_opinion(images[held_out])[0]
print(f"accuracy on held-out digits ≈ {100 * accuracy:.1f} %, 90 % sure of ≈ {100 * sure_real:.0f} % of them")
claim("the classifier is right on at least 97 % of digits it has never seen", accuracy >= 0.97, accuracy)

# %% [markdown]
# Now the main job. The networks are convolutional (chapter 12 explains their shape), the loop is the one above. We keep what $G$ makes of 30 **fixed** noise vectors, ask for the second opinion every hundred steps, write everything to TensorBoard, and save a checkpoint.
#
# > **Predict first.** What will appear first: strokes in the right places but no digit, or a few digits in perfect shape? And will the thirty fixed noise vectors keep their digits, or change them as training goes on?

# %%
import tempfile
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

folder = Path(tempfile.mkdtemp())
torch.manual_seed(SEED)
G, D = gan.models.conv_pair(size=16, latent=32)
untrained = second_opinion(G.to(device).sample(2_000))
fixed = torch.randn(30, 32, device=device)
steps, film, history = 1_000, [], []
losses = torch.zeros(steps, 2)
run = gan.train(G, D, images, steps=steps, batch=32, lr=4e-3, betas=(0.0, 0.99), ema=0.995, device=device,
                writer=SummaryWriter(folder), progress=True)
for step in run:
    losses[step.index - 1] = torch.stack([step.d_loss, step.g_loss])
    if step.index % 50 == 0 or step.index in (1, 5, 10, 20, 30):
        with torch.no_grad():
            film.append((step.index, G(fixed).cpu()))
    if step.index % 100 == 0:
        history.append((step.index, *second_opinion(G.sample(1_000))))
run.writer.close()
run.save(folder / "digits.pt")


# %% mystnb={"image": {"alt": "Scrubber: thirty fixed noise vectors turn from grey noise into blurred strokes and then into handwritten digits as training goes on."}}
from gan.widgets import Scrubber


def picture(frame):
    figure, ax = plt.subplots(figsize=(6, 2.1))
    plots.show_images(frame[1], columns=10, ax=ax)
    return figure


@torch.no_grad()
def caption(frame):
    sure = classifier(frame[1].to(device)).softmax(1).amax(1)
    return f"step {frame[0]}: of these 30 fakes the classifier is sure of {(sure >= 0.9).sum().item()}"


Scrubber.from_figures(map(picture, film), map(caption, film), label="training step")

# %% mystnb={"image": {"alt": "A hundred generated digits, most of them easily read."}}
fakes = run.G_ema.sample(2_000)
sure, rarest, distance = second_opinion(fakes)
figure, ax = plt.subplots(figsize=(6, 6))
plots.show_images(fakes[:100], columns=10, ax=ax)
plt.show()
print(f"sure of ≈ {100 * sure:.0f} % of the fakes (real: ≈ {100 * sure_real:.0f} %); rarest digit ≈ {100 * rarest:.1f} %")
print(f"Fréchet distance ≈ {distance:.1f}, untrained ≈ {untrained[2]:.0f}: ≈ {untrained[2] / distance:.0f} times smaller")
claim("all ten digits are there, none under 3 %", rarest >= 0.03, rarest)
claim("the classifier is 90 % sure of at least 65 % of the fakes", sure >= 0.65, sure)
claim("the Fréchet distance is at least 20 times below that of the untrained generator", untrained[2] / distance >= 20, distance)

# %% [markdown]
# These samples come from `run.G_ema`, a **moving average** of $G$'s weights: each step moves it half a percent of the way to the present $G$. It smooths out the back-and-forth of the last steps. It costs a copy of $G$ and no gradient.
#
# Here is the same run as its losses and as its quality.

# %% mystnb={"image": {"alt": "Left: D's and G's losses over the steps, noisy and nearly level. Right: the Fréchet distance falls steeply and the share of fakes the classifier is sure of rises."}}
when, sure_then, _, distance_then = torch.tensor(history).T
smooth = losses.unfold(0, 100, 100).mean(-1)                              # means of 100 steps each, (10, 2)
figure, (left, middle) = plt.subplots(1, 2, figsize=(8, 3))
for k, style in enumerate((plots.JUDGE, plots.FAKE)):
    left.plot(when, smooth[:, k], label=f"{'DG'[k]}'s loss", **style)
left.set(xlabel="step", ylabel="loss, mean of 100 steps", ylim=(0, None))
left.legend()
middle.semilogy(when, distance_then, color="black", label="Fréchet distance")
middle.set(xlabel="step", ylabel="Fréchet distance (log)")
plt.show()

# %%
third = len(smooth) // 3
drift = (smooth[-third:].mean(0) / smooth[third:2 * third].mean(0) - 1).abs().max().item()
gain = (distance_then[1] / distance_then[-third:].mean()).item()
print(f"from step 200 to the last third: distance ≈ {gain:.0f} times smaller; losses from the middle third to the last: ≈ {100 * drift:.0f} %")
claim("after step 200 the Fréchet distance still falls to less than half", gain > 2, distance_then)

# %% [markdown]
# ### In TensorBoard
#
# In a notebook, `%load_ext tensorboard` and then `%tensorboard --logdir` with the folder's name opens it; on your own machine, `tensorboard --logdir …` in a terminal. You see losses, $D(x)$, $D(G(z))$ and a grid of samples that sharpens as it runs. What it shows is read from the event file, and so can we:

# %% mystnb={"image": {"alt": "Two curves read back from the TensorBoard file: mean D on real digits stays above mean D on fakes, both near one half."}}
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

events = EventAccumulator(str(folder)).Reload()
figure, ax = plt.subplots(figsize=(6, 2.6))
for tag, style in (("D(x)", plots.REAL), ("D(G(z))", plots.FAKE)):
    points = events.Scalars(f"probability/{tag}")
    ax.plot([point.step for point in points], [point.value for point in points], label=tag, **style)
ax.axhline(0.5, color="0.7", linewidth=0.8)
ax.set(xlabel="step", ylabel="mean probability", ylim=(0, 1))
ax.legend()
plt.show()

# %% [markdown]
# ### Save, stop, go on
#
# A run that takes a night will be interrupted. `run.save` writes everything the run needs: both networks, both Adams' memories, the moving average, the step, and the state of its random generator; to a temporary file first, which then takes the final name in one move, so that a crash in the middle leaves the old checkpoint whole. `resume=` goes on from there. "From there" is meant literally:

# %%
def ring_run(steps, **more):
    torch.manual_seed(SEED)
    G, D = gan.models.mlp_pair()
    return gan.train(G, D, ring, steps=steps, ema=0.99, seed=1, device=device, **more)


never_stopped = ring_run(60)
for step in never_stopped:
    if step.index == 25:
        never_stopped.save(folder / "ring.pt")
resumed = ring_run(60, resume=folder / "ring.pt")                         # new networks, then the file's weights
print("the resumed run starts after step", resumed.index)
for _ in resumed:
    pass
claim("stopped at step 25 and resumed, the run ends with exactly the same weights, bit for bit",
      all(torch.equal(a, b) for one, two in ((never_stopped.G, resumed.G), (never_stopped.G_ema, resumed.G_ema))
          for a, b in zip(one.state_dict().values(), two.state_dict().values())))

# %% [markdown]
# (That bit-for-bit promise holds on a CPU. On a GPU convolutions may add in another order each time.) The loop also stops by itself when a loss is no longer finite, says which player and which step, and leaves the weights as they were; and Ctrl-C leaves you with usable networks.
#
# ### The same on MNIST
#
# Nothing above depends on these small digits. Set the environment variable `GAN_MNIST` to a folder (one that holds MNIST, or an empty one to download 11 MB into) before you start Python, and the next cell trains on 60,000 digits at 32 × 32. On a GPU take many more steps.

# %%
if "GAN_MNIST" in os.environ:
    where = Path(os.environ["GAN_MNIST"])
    mnist, _ = gan.data.mnist(where, size=32, download=not (where / "MNIST").exists())
    G, D = gan.models.conv_pair(size=32, latent=64)
    steps = 5_000 if device.type == "cuda" else 300
    run = gan.train(G, D, mnist, steps=steps, batch=64, lr=2e-3, betas=(0.0, 0.99), ema=0.995, progress=True, device=device)
    for step in run:
        pass
    plots.show_images(run.G_ema.sample(50), columns=10)
    plt.show()

# %% [markdown]
# ## Exercises
#
# **1 (two minutes).** A discriminator says $D = 0.2$ of a fake. What is the gradient of the non-saturating loss with respect to the fake's logit? Put your number in and run.

# %%
def check_exercise_1(answer):
    claim("your gradient is right", abs(answer - (0.2 - 1)) < 1e-3, answer)


# check_exercise_1(your number)

# %% tags=["hide-cell"]
check_exercise_1(-0.8)                         # D - 1
for wrong in (-0.2, 0.8, -5.0):                # minimax's -D; the sign turned; d/dD of -log D, not in the logit
    try:
        check_exercise_1(wrong)
    except AssertionError:
        print(wrong, "is refused")

# %% [markdown]
# **2 (ten minutes).** Somebody wants to save time and calls `d_loss.backward()` and `g_loss.backward()` first and then both optimisers' `step()`, using one batch of fakes and one pass of $D$ over them: *simultaneous* instead of alternating steps. Where must `retain_graph=True` stand, and which gradients have to be kept apart? Write it with `torch.autograd.grad` instead, for minimax, and check that on the shared fakes one gradient with respect to the fakes serves both.

# %% tags=["hide-cell"]
torch.manual_seed(SEED)
G, D = gan.models.mlp_pair()
fake = G(G.noise(64))
logits = D(fake)
d_loss = gan.losses.minimax.discriminator(D(ring.sample((64,))), logits).mean()
g_loss = gan.losses.minimax.generator(logits).mean()
# retain_graph on the first: the second needs the same graph. torch.autograd.grad keeps the players apart by itself.
d_wish = torch.autograd.grad(d_loss, [fake, *D.parameters()], retain_graph=True)
g_wish = torch.autograd.grad(g_loss, [fake, *G.parameters()])
claim("at the fakes the two players want exactly opposite things", torch.allclose(d_wish[0], -g_wish[0], atol=1e-7))

# %% [markdown]
# **3 (half an hour).** Many recipes use *one-sided label smoothing*: $D$ is told that a real sample is real with probability 0.9 only, so its loss becomes $-0.9\log D(x) - 0.1\log(1 - D(x)) - \log(1 - D(G(z)))$. Predict where $D$ ends when fakes and data agree, and so $G$'s loss. Then build that pair of losses and check it with three seeds.

# %% tags=["hide-cell"]
# Where p = p_g, D minimises -0.9 log D - 1.1 log(1 - D): D = 0.9 / 2 = 0.45, and G's loss is -log 0.45 = 0.799.
smooth_labels = gan.losses.Loss(
    discriminator=lambda real, fake: -0.9 * logsigmoid(real) - 0.1 * logsigmoid(-real) - logsigmoid(-fake),
    generator=gan.losses.non_saturating.generator,
)
ends = []
for seed in range(3):
    torch.manual_seed(1_000 * SEED + 40 + seed)
    G, D = gan.models.mlp_pair()
    g_losses = [step.g_loss for step in gan.train(G, D, ring, steps=200, loss=smooth_labels, lr=2e-3, betas=(0.0, 0.99))]
    ends.append(torch.stack(g_losses[-50:]).mean().item())
print("G's loss ends at", ", ".join(f"≈ {end:.3f}" for end in ends))
claim("with labels smoothed to 0.9, G's loss ends at -log 0.45 = 0.799 to within 0.04, in all 3 runs",
      max(abs(end - 0.799) for end in ends) < 0.04, ends)

# %% [markdown]
# **4 (an afternoon).** Train on the digits with $\beta_1 = 0.5$ and with plain SGD, three seeds each, and put the second opinion's numbers in a table with their spread. What would you have concluded from one seed?
#
# ## Summary
#
# - $D$: draw real, make fakes and cut them off, clear, judge both, move $D$. $G$: draw noise, make fakes, clear, judge, go back *through* $D$, move $G$ only.
# - The losses differ in the logit's gradient, $-D$ against $D - 1$: the first fades when the forger is always caught.
# - A wrong loop runs without an error. Know what the losses should be at equilibrium, $2\log2$ and $\log 2$, and mistrust others.
# - $\beta_1 = 0.9$ is bad for a game; 0 is the safest choice here; the learning rate depends on the network.
# - Losses do not tell how good the samples are, or when to stop. Measure the samples.
#
# > **Often misread.** "The generator's loss is going up, so training has failed." It may be that $D$ has improved. $G$'s loss compares $G$ with today's $D$ only.
#
# > **Often misread.** "At the end $D$'s accuracy should be 100 %." At the end it should be 50 %.
#
# **Further reading.** Goodfellow et al., [Generative Adversarial Nets](https://arxiv.org/abs/1406.2661), Algorithm 1. Radford et al., [DCGAN](https://arxiv.org/abs/1511.06434), where $2\cdot10^{-4}$ and 0.5 come from. Odena, [Open questions about GANs](https://distill.pub/2019/gan-open-problems/) (2019).
