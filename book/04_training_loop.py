# %% [markdown]
# # 4 · The training loop
#
# **What exactly happens in one step of GAN training, and how do you know when to stop?** We write it in eleven lines. Many bugs in GAN code change one of them, raise no error and still draw pictures. We write the loop by hand, break it on purpose, choose its settings by measurement, and then train until noise turns into handwritten digits, most of which another network can read.
#
# - **You need** [chapter 2](02_two_players.ipynb): generator, discriminator, which gradient flows where.
# - **Afterwards you can** write the loop from memory and defend every line; tell the two generator losses apart by their gradients; name the four silent bugs and what each does; choose Adam's momentum by measurement; judge a run by something better than its losses; save it, resume it, watch it in TensorBoard.
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
# ## Algorithm 1, line by line
#
# Goodfellow's Algorithm 1 takes turns: $k$ times the discriminator, then once the generator. Here it is with its lines numbered as we shall code them, **five for D and six for G**.
#
# | line | $D$'s turn ($k$ times) | line | $G$'s turn (once) |
# |---|---|---|---|
# | D1 | draw a batch of real samples $x$ | G1 | draw a batch of noise $z$, fresh |
# | D2 | draw noise, make fakes, **cut them off** from $G$ | G2 | make fakes, **not** cut off |
# | D3 | clear $D$'s gradients | G3 | clear $G$'s gradients |
# | D4 | ask $D$ about both, compute $L_D$, go back through $D$ | G4 | ask $D$ about the fakes, compute $L_G$ |
# | D5 | move $D$ | G5 | go back through $D$ into $G$, collecting for $G$ only |
# | | | G6 | move $G$; $D$ stays |
#
# Algorithm 1 as printed lets $G$ descend $\log(1 - D(G(z)))$ and leaves the optimiser open (the paper's own runs use SGD with momentum). We use $-\log D(G(z))$, which the paper recommends in the next paragraph, and Adam. `D(x)` in code is the logit $a$.
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

ring = gan.data.ring(std=0.1)                                            # eight bells, or modes, on a circle
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
# By default `gan.train` departs from these eleven lines in one point: for $G$'s turn it uses $D$'s last batch of fakes again instead of drawing a fresh one. That saves a pass through $G$, and $D$ has moved in between, so the question put to it is new. `fresh_noise=True`, as above, is the paper's way.
#
# ## Four silent bugs
#
# Now leave out a line at a time. Each of these loops runs; none raises an error.
#
# | loop | what is different |
# |---|---|
# | right | nothing |
# | bug 1 | $G$'s gradients are never cleared (G3 missing) |
# | bug 2 | fakes not cut off, and $D$'s optimiser was given the weights of both networks |
# | bug 3 | $G$'s turn leaves gradients in $D$, and $D$'s turn does not clear them first |
# | bug 4 | fakes cut off in $G$'s turn too |
#
# > **Predict first.** Which is the worst, and which the hardest to notice?

# %%
def loop(bug, steps=150, batch=128, lr=3e-3, betas=(0.0, 0.99)):
    """Algorithm 1 on the ring, with one bug, or none if ``bug`` is 0. Returns G and the mean losses of the last 50 steps."""
    G, D = (net.to(device) for net in gan.models.mlp_pair())
    both = [*D.parameters(), *G.parameters()]
    d_adam = torch.optim.Adam(both if bug == 2 else D.parameters(), lr, betas, fused=True)
    g_adam = torch.optim.Adam(G.parameters(), lr, betas, fused=True)
    losses = []
    for _ in range(steps):
        fake = G(G.noise(batch))
        if bug != 3:
            d_adam.zero_grad()
        real_logits, fake_logits = D(ring.sample((batch,)).to(device)), D(fake if bug == 2 else fake.detach())
        d_loss = (-logsigmoid(real_logits) - logsigmoid(-fake_logits)).mean()
        d_loss.backward()
        d_adam.step()
        if bug == 3:
            d_adam.zero_grad()                                           # too early: G's turn is still to come
        fake = G(G.noise(batch))
        if bug != 1:
            g_adam.zero_grad()
        g_loss = -logsigmoid(D(fake.detach() if bug == 4 else fake)).mean()
        g_loss.backward()
        g_adam.step()
        losses.append([d_loss.item(), g_loss.item()])
    return G, torch.tensor(losses[-50:]).mean(0)


# %%
def count(fakes, radius=0.3):
    """Modes that hold at least 2 % of the fakes, and the share of fakes within 3 std of their nearest mode."""
    distance, nearest = torch.cdist(fakes.cpu(), ring.modes).min(1)
    share = torch.bincount(nearest[distance < radius], minlength=8) / len(fakes)
    return (share > 0.02).sum().item(), share.sum().item()


# %% mystnb={"image": {"alt": "Five scatter plots of fakes over the ring's eight modes: right and bug 3 lie along the whole circle, bug 1 is scattered, bug 2 sits on a part of it, bug 4 is a clump in the middle."}}
names = ["right", "1: G not cleared", "2: not cut off", "3: D not cleared", "4: cut off in G's turn"]
results = torch.zeros(5, 3, 4)                                            # bug, seed: modes, share, L_D, L_G
figure, axes = plt.subplots(1, 5, figsize=(10, 2.5), sharex=True, sharey=True)
for bug, (title, ax) in enumerate(zip(names, axes)):
    for seed in range(3):
        torch.manual_seed(1_000 * SEED + seed)
        G, losses = loop(bug)
        fakes = G.sample(1_000).cpu()
        results[bug, seed] = torch.tensor([*count(fakes), *losses.tolist()])
    ax.scatter(*fakes.T, s=2, color=plots.FAKE["color"])
    ax.scatter(*ring.modes.T, s=60, facecolors="none", edgecolors="black", linewidth=0.8)
    ax.set(title=title, xlim=(-1.6, 1.6), ylim=(-1.6, 1.6), aspect="equal", xticks=[-1, 0, 1], yticks=[-1, 0, 1])
axes[0].set(xlabel="$x_1$", ylabel="$x_2$")
plt.show()

angle, blob = torch.rand(10_000) * 6.2832, 0.7 * torch.randn(10_000, 2)
for name, points in (("the data", ring.sample((10_000,))), ("an even circle", torch.stack([angle.cos(), angle.sin()], 1)),
                     ("one wide blob", blob)):
    print(f"{name:>22}: {count(points)[0]} of 8 modes, ≈ {100 * count(points)[1]:.0f} % near one")
for name, (modes, share, d_loss, g_loss) in zip(names, results.mean(1).tolist()):
    print(f"{name:>22}: ≈ {modes:.1f} of 8 modes, ≈ {100 * share:.0f} % near one, D's loss ≈ {d_loss:.2f}, G's ≈ {g_loss:.2f}")

# %%
right, bug_1, bug_2, bug_3, bug_4 = results                               # (3, 4) each
claim("the right loop reaches at least 7 of the 8 modes, in all 3 runs", right[:, 0].min() >= 7, right)
claim("bug 1: old gradients keep pushing, and G reaches at most 5 of the 8 modes", bug_1[:, 0].max() <= 5, bug_1)
claim("bug 2: G is pulled both ways at once, and keeps to at most 6", bug_2[:, 0].max() <= 6, bug_2)
claim("bug 3: on average at least 6.5 modes, and at least two thirds as many fakes near them as in the right loop",
      bug_3[:, 0].mean() >= 6.5 and bug_3[:, 1].mean() > right[:, 1].mean() * 2 / 3, (bug_3, right))
claim("bug 4: G has learned nothing, reaches no mode, and its loss shows it",
      bug_4[:, 0].max() == 0 and bug_4[:, 3].min() > 2, bug_4)

# %% [markdown]
# Mind what the count can see: an even circle also "reaches" all eight modes, and so does one wide blob; only the share near a mode tells them apart. After 150 steps even the right loop has found the circle and not yet the bells.
#
# Bug 4 is the worst, and the easiest to find: $G$ does not move. Bugs 1 and 2 look like "GANs are unstable" and are not: they are bugs. Bug 3 is the hardest to notice, since its samples are about as good as the right loop's. Only the losses give it away, if you know what they ought to be.
#
# When fakes and data agree, the best $D$ says ½ everywhere, so the right loop should end at $L_G = \log 2 = 0.693$ and $L_D = 2\log 2 = 1.386$. With bug 3 every fake contributes twice to $D$'s gradient: once in its own turn, $-\log(1-D)$, and once left over from $G$'s, $-\log D$. So $D$ minimises $-\log D$ on real samples plus $-\log D - \log(1-D)$ on fakes; where both are equally frequent, that is $-2\log D - \log(1-D)$, smallest at $D = \tfrac23$. An officer with that bug calls everything "two thirds real".

# %%
import math

claim("right: G's loss ends at log 2 = 0.693, what D = 1/2 gives, to within 0.05",
      (right[:, 3] - math.log(2)).abs().max() < 0.05, right)
claim("right: D's loss ends at 2 log 2 = 1.386 to within 0.05", (right[:, 2] - 2 * math.log(2)).abs().max() < 0.05, right)
claim("bug 3: G's loss ends at log(3/2) = 0.405, what D = 2/3 gives, to within 0.04",
      (bug_3[:, 3] - math.log(3 / 2)).abs().max() < 0.04, bug_3)
claim("bug 3: D's loss ends at log(3/2) + log 3 = 1.504 to within 0.06",
      (bug_3[:, 2] - math.log(3 / 2) - math.log(3)).abs().max() < 0.06, bug_3)

# %% [markdown]
# Loss values *can* tell something, then: not how good the fakes are, but whether the game is the one you meant to play.
#
# ## Two losses for the generator
#
# $D$'s loss is binary cross-entropy; here there is no choice. $G$ has two. Write $a$ for the logit of a fake and $D = \sigma(a)$:
#
# | loss | $G$ minimises | gradient in the logit |
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
# A forger who is always caught needs advice most, and minimax gives it least: it **saturates** where $D \approx 0$. That is the reason the paper gives for the other loss. How much it matters in a whole run is another question, since Adam divides by the size of the gradient: chapter 6 asks it. (You may read that the minimax loss saturates when the *generator* is doing perfectly, because then $\log(1-D)$ is "near 0". It is the other way round: at $D = 0.9997$, $-\log(1-D)$ is 8.1 and the push is at its strongest.)
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
# $G$ hears about its fakes only through $D$, and each hidden unit of $D$ that is switched off blocks a part of the way. A ReLU that is negative for an input passes exactly nothing; LeakyReLU passes 0.2 of it. Units that are off for *every* input are called dead. We switch off a growing share of the units of a one-layer $D$ on purpose (by a bias of −100) and measure what still gets through to 500 random points. LeakyReLU's relatives are measured too: ELU, SiLU (also called swish) and GELU bend smoothly to zero or to a constant on the negative side, so that far out they pass nothing.

# %%
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


# %% mystnb={"image": {"alt": "Gradient at random points against the share of D's units that are switched off. ReLU, ELU, SiLU and GELU fall to zero when all are off; LeakyReLU keeps about a quarter."}}
figure, ax = plt.subplots(figsize=(6, 3))
passed = {}
for (name, activation), marker in zip(activations.items(), "osv^x"):
    slope = torch.tensor([[slope_at_fakes(activation, off, seed) for off in shares] for seed in range(20)])   # (20, 9)
    passed[name] = slope / slope[:, :1]
    plots.band(ax, shares, passed[name], label=name, marker=marker, markersize=4)
ax.set(xlabel="share of D's units switched off", ylabel="gradient at the points, relative")
ax.legend(fontsize=8)
plt.show()
claim("with all units off, ReLU, ELU, SiLU and GELU pass nothing",
      all(slope[:, -1].max() < 1e-6 for name, slope in passed.items() if "Leaky" not in name), passed)
claim("LeakyReLU still passes something in each of the 20 networks, and more than a fifth in half of them",
      passed["LeakyReLU 0.2"][:, -1].min() > 0 and passed["LeakyReLU 0.2"][:, -1].median() > 0.2, passed)

# %% [markdown]
# How often does that happen when nobody forces it? We train $D$ alone for 200 steps, real ring against an untrained $G$, and count the units of its second layer that are off for every single point, before and after.

# %%
def dead_units(activation, seed, rate=2e-3):
    torch.manual_seed(1_000 * SEED + seed)
    real, fake = ring.sample((1_000,)), gan.models.mlp_pair()[0].sample(1_000)
    D = nn.Sequential(nn.Linear(2, 64), activation(), nn.Linear(64, 64), activation(), nn.Linear(64, 1), nn.Flatten(0))
    adam = torch.optim.Adam(D.parameters(), rate, (0.5, 0.999), fused=True)
    points = torch.cat([real, fake]).requires_grad_()
    off = [(D[:3](points) <= 0).all(0).float().mean().item()]             # before the second activation
    for _ in range(200):
        batch = torch.randint(1_000, (128,))
        loss = gan.losses.minimax.discriminator(D(real[batch]), D(fake[batch])).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    off.append((D[:3](points) <= 0).all(0).float().mean().item())
    slope, = torch.autograd.grad(D(points).sum(), points)
    return *off, (slope[1_000:].norm(dim=1) == 0).float().mean().item()


dead = {name: torch.tensor([dead_units(activations[name], seed) for seed in range(6)]) for name in ("ReLU", "LeakyReLU 0.2")}
for name, rows in dead.items():
    print(f"{name:>13}: off for every point: ≈ {100 * rows[:, 0].mean():.0f} % of the units before, "
          f"≈ {100 * rows[:, 1].mean():.0f} % after training")
claim("after training, ReLU leaves more units off for every point than LeakyReLU, on average over 6 networks",
      dead["ReLU"][:, 1].mean() > dead["LeakyReLU 0.2"][:, 1].mean(), dead)
claim("and yet, with ReLU, no fake is without advice: 64 units are enough for some to be on", dead["ReLU"][:, 2].max() == 0, dead)

# %% [markdown]
# So the honest statement is: a part of a ReLU layer is off for all points from the beginning, training does not bring it back, and in this $D$, 64 units wide, the way to $G$ stays open all the same. With LeakyReLU the gradient still reaches such units, and training brings some of them back. It is a cheap insurance, not a matter of life and death.
#
# ## Adam, and how much momentum
#
# DCGAN's authors found Adam's usual $\beta_1 = 0.9$ unstable, set it to 0.5 and took a learning rate of $2\cdot 10^{-4}$. $\beta_1$ is momentum: the share of the last direction that is kept. In a game the direction changes because the *other* player moves, so momentum carries on towards where things were. ($\beta_2$ smooths the size of the gradient in the same way; it stays at Adam's 0.999 in this sweep.)
#
# > **Predict first.** On the ring, 150 steps: which of $\beta_1$ = 0, 0.5, 0.9 reaches most of the 8 modes? Does the order depend on the learning rate?
#
# Each setting gets eight runs. `gan.ensemble.stack` holds their weights side by side, so that the same loop trains all eight at once; losses and samples get a leading axis, the runs.

# %%
rates, momenta, R = (2e-4, 3e-3), (0.0, 0.5, 0.9), 8
sweep = torch.zeros(len(rates), len(momenta), R)                          # modes reached
final = torch.zeros(len(rates), len(momenta), R, 2)                       # mean losses over the last 50 steps
for i, rate in enumerate(rates):
    for j, momentum in enumerate(momenta):
        torch.manual_seed(1_000 * SEED + 20 + j)
        G, D = gan.ensemble.stack(gan.models.mlp_pair() for _ in range(R))
        losses = [torch.stack([step.d_loss, step.g_loss], -1) for step in                       # (R, 2) each
                  gan.train(G, D, ring, steps=150, batch=128, lr=rate, betas=(momentum, 0.999), device=device)]
        sweep[i, j] = torch.tensor([count(fakes)[0] for fakes in G.sample(2_000)])
        final[i, j] = torch.stack(losses[-50:]).mean(0).cpu()
        print(f"rate {rate:.0e}, beta1 {momentum}: ≈ {sweep[i, j].mean():.1f} ± {sweep[i, j].std():.1f} modes of 8")

# %%
quick, slow = sweep[1].mean(-1), sweep[0].mean(-1)
claim("at rate 3e-3 all 8 runs with beta1 = 0 reach at least 5 modes, and none with 0.9 more than 4",
      sweep[1, 0].min() >= 5 and sweep[1, 2].max() <= 4, sweep)
claim("at rate 3e-3 beta1 = 0.5 is better than 0.9 by more than one mode, on average, and not better than 0 by half a one",
      quick[0] + 0.5 > quick[1] > quick[2] + 1, sweep)
claim("at rate 2e-4 too 0.9 is the worst, by more than half a mode; 0 and 0.5 are within three of each other",
      slow[2] + 0.5 < slow[:2].min() and (slow[0] - slow[1]).abs() < 3, sweep)

# %% [markdown]
# The folklore holds in its main part: **0.9 is bad**, at either rate. The detail does not hold here: 0.5 is not better than 0. At the quick rate it depends on the run, while $\beta_1 = 0$ succeeds every time; at the slow rate, where 150 steps are few, neither is clearly ahead. Settings belong to one network, batch size and length of run. Later work (progressive growing, StyleGAN, R3GAN) also sets $\beta_1 = 0$, with $\beta_2 = 0.99$, and so do the bugs above, the digits and MNIST. (`gan.train`'s defaults are DCGAN's $2\cdot10^{-4}$ and 0.5.)
#
# ## When to stop? The losses do not tell
#
# You have just trained forty-eight GANs. Some of them are hopeless. Can you pick them out by their losses? Each run below is a mark, its loss at the end against the modes it reached.

# %% mystnb={"image": {"alt": "Two scatter plots of 48 runs: the number of modes reached against the final loss of D and of G. At losses near the equilibrium value, marked by a dotted line, lie both good and hopeless runs."}}
figure, axes = plt.subplots(1, 2, figsize=(8, 3), sharey=True)
equilibrium = torch.tensor([4.0, 2.0]).log()                              # 2 log 2 and log 2
for k, (ax, player) in enumerate(zip(axes, "DG")):
    for j, (momentum, marker) in enumerate(zip(momenta, "o^x")):
        ax.scatter(final[:, j, :, k].flatten(), sweep[:, j].flatten(), marker=marker, label=f"$\\beta_1$ = {momentum}")
    ax.axvline(equilibrium[k], color="0.5", linestyle=":")
    ax.set(xlabel=f"{player}'s loss at the end")
axes[0].set(ylabel="modes reached, of 8")
axes[0].legend(fontsize=8)
plt.show()

# %%
off = (final - equilibrium).abs() / equilibrium                           # relative distance from the ideal losses
ideal_looking = sweep[(off < 0.08).all(-1)]
print(f"≈ {len(ideal_looking)} runs have both losses within 8 % of the ideal values; they reached from "
      f"≈ {ideal_looking.min():.0f} to ≈ {ideal_looking.max():.0f} modes")
claim("among runs whose losses look ideal are good ones and ones that reached no more than half of the modes",
      ideal_looking.min() <= 4 and ideal_looking.max() >= 6, (off, sweep))

# %% [markdown]
# Losses far from the dotted lines are a warning. Losses on them say nothing. $D$'s loss says how well *this* $D$ tells *these* fakes from the data. Two bunglers who match each other show the same losses as two masters. A classifier's loss measures progress because its opponent, the data, stands still; here the opponent moves.
#
# So **measure the samples**, with something that took no part in the game; stop when that no longer improves, and keep the best checkpoint. For points on a ring, count. For pictures, use a second opinion, as in the next section.
#
# ## Handwritten digits
#
# scikit-learn brings 1,797 real handwritten digits, 8 × 8 pixels each; we show them at 16 × 16. First the second opinion: a small classifier, trained on two thirds of the digits and tested on the rest. It will tell us of each fake which digit it is and how sure it is. And its features, the 64 numbers in its last hidden layer, give a distance between two *sets* of pictures: fit a normal distribution to each set's features and take the **Fréchet distance** between the two (with another network's features this is the well-known FID; chapter 11).

# %%
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


# %% mystnb={"image": {"alt": "Three rows of real handwritten digits.", "classes": "whole"}}
figure, ax = plt.subplots(figsize=(6, 1.9))
plots.show_images(images[:30], columns=10, ax=ax)
plt.show()
two = torch.randint(len(images), (2, 2_000), generator=torch.Generator().manual_seed(SEED)).to(device)
baselines = {"real, held out": images[held_out], "two digits on top of each other": torch.maximum(*images[two])}
print(f"right on ≈ {100 * accuracy:.1f} % of the held-out digits")
for name, pictures in baselines.items():
    sure, rarest, distance = second_opinion(pictures)
    print(f"{name:>31}: sure of ≈ {100 * sure:.0f} %, rarest digit ≈ {100 * rarest:.1f} %, distance ≈ {distance:.1f}")
claim("the classifier is right on at least 95 % of digits it has never seen", accuracy >= 0.95, accuracy)

# %% [markdown]
# Keep the last line in mind: the classifier is sure of a good part of pictures that are no digits at all. Its sureness alone proves little, so we ask for three things at once: sure, all ten digits, and a small distance. (Of an untrained $G$'s noise, below, it is sure as well.)
#
# Now the main job. The loop is the one above; the networks are convolutional. $G$: a linear layer to $2w$ maps of 4 × 4, then two transposed convolutions (4 → 8 → 16), each after batch norm and ReLU, and tanh at the end, since the pictures run from −1 to 1. $D$: two strided convolutions (16 → 8 → 4) with LeakyReLU, then one linear logit. (`gan/models/conv.py` has them in twenty lines; chapter 12 says why they look so.) We keep what $G$ makes of 30 **fixed** noise vectors, ask for the second opinion every hundred steps, write everything to TensorBoard, and save a checkpoint. At the end we take samples from `run.G_ema`, a **moving average** of $G$'s weights: each step moves it half a percent of the way to the present $G$. It smooths out the back-and-forth of the last steps, and costs a copy of $G$ and no gradient.
#
# > **Predict first.** Will a fixed noise vector stay with the first digit it shows, or change to others as training goes on?

# %%
import tempfile
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

folder = Path(tempfile.mkdtemp())
torch.manual_seed(SEED)
G, D = gan.models.conv_pair(size=16, latent=32, width=24)
untrained = second_opinion(G.to(device).sample(2_000))
fixed = torch.randn(30, 32, device=device)
steps, film, history = 900, [], []
losses = torch.zeros(steps, 2)
run = gan.train(G, D, images, steps=steps, batch=32, lr=4e-3, betas=(0.0, 0.99), ema=0.995, device=device,
                writer=SummaryWriter(folder), progress=True)
for step in run:
    losses[step.index - 1] = torch.stack([step.d_loss, step.g_loss])
    if step.index % 50 == 0 or step.index in (1, 5, 10, 20, 30):
        with torch.no_grad():
            G.eval()                                                      # else looking would move batch norm's averages
            film.append((step.index, G(fixed).cpu()))
            G.train()
    if step.index % 100 == 0:
        history.append((step.index, *second_opinion(G.sample(1_000))))
run.writer.close()
run.save(folder / "digits.pt")


# %% mystnb={"image": {"alt": "Scrubber: thirty fixed noise vectors turn from grey noise into blurred strokes and then into handwritten digits as training goes on."}}
from gan.figures import Scrubber


def picture(frame):
    figure, ax = plt.subplots(figsize=(6, 2.1))
    plots.show_images(frame[1], columns=10, ax=ax)
    return figure


def caption(frame):
    sure = classifier(frame[1].to(device)).softmax(1).amax(1)
    return f"step {frame[0]}: of these 30 fakes the classifier is sure of {(sure >= 0.9).sum().item()}"


Scrubber.from_figures(map(picture, film), map(caption, film), label="training step")

# %%
shown = {step: classifier(pictures.to(device)).argmax(1).cpu() for step, pictures in film}
early, late = (shown[200] != shown[450]).sum().item(), (shown[450] != shown[900]).sum().item()
print(f"vectors that show another digit: ≈ {early} of 30 from step 200 to 450, ≈ {late} of 30 from 450 to 900")
claim("some of the 30 fixed vectors have changed their digit since step 200", (shown[200] != shown[900]).sum() > 3, shown)

# %% [markdown]
# A vector is not tied to a digit. $G$ is free to give every $z$ another meaning from one step to the next, as long as the whole crowd of fakes looks right; nothing in its loss mentions a single vector. Here are a hundred new ones, from the moving average:

# %% mystnb={"image": {"alt": "A hundred generated digits: strokes of the right kind everywhere, many of them easily read, some between two digits.", "classes": "whole"}}
fakes = run.G_ema.sample(2_000)
sure, rarest, distance = second_opinion(fakes)
figure, ax = plt.subplots(figsize=(6, 6))
plots.show_images(fakes[:100], columns=10, ax=ax)
plt.show()
for name, numbers in (("untrained G", untrained), ("G_ema", (sure, rarest, distance))):
    print(f"{name:>31}: sure of ≈ {100 * numbers[0]:.0f} %, rarest digit ≈ {100 * numbers[1]:.1f} %, distance ≈ {numbers[2]:.1f}")
print(f"the distance is ≈ {untrained[2] / distance:.0f} times smaller than before training")
piled = second_opinion(baselines["two digits on top of each other"])
claim("all ten digits are there, none under 3 %", rarest >= 0.03, rarest)
claim("the classifier is 90 % sure of at least 65 % of the fakes", sure >= 0.65, sure)
claim("the Fréchet distance is at least 20 times below that of the untrained generator", untrained[2] / distance >= 20, distance)
claim("by both measures the fakes beat two real digits on top of each other",
      sure > piled[0] and distance < piled[2], (sure, distance, piled))

# %% [markdown]
# Not every fake can be read. Look for the ones between two digits: chapter 5 asks where they come from. Here is the same run as its losses and as its quality.

# %% mystnb={"image": {"alt": "Left: mean losses per 100 steps; D's falls slowly, G's rises. Right: the Fréchet distance, on a logarithmic scale, falls with ups and downs."}}
when, _, _, distance_then = torch.tensor(history).T
smooth = losses.unfold(0, 100, 100).mean(-1)                              # means of 100 steps each, (9, 2)
figure, (left, middle) = plt.subplots(1, 2, figsize=(8, 3))
for k, style in enumerate((plots.JUDGE, plots.FAKE)):
    left.plot(when, smooth[:, k], label=f"{'DG'[k]}'s loss", **style)
left.set(xlabel="step", ylabel="loss, mean of 100 steps", ylim=(0, None))
left.legend()
middle.semilogy(when, distance_then, color="black", label="Fréchet distance")
middle.set(xlabel="step", ylabel="Fréchet distance (log)")
middle.set_yticks([40, 60, 100], [40, 60, 100])
middle.minorticks_off()
plt.show()

# %%
gain = (distance_then[:2].mean() / distance_then[-2:].mean()).item()      # the first two hundred steps, the last two
rise = (smooth[-2:].mean(0) / smooth[1]).tolist()                         # losses: the last two hundred, the second
print(f"distance ≈ {gain:.1f} times smaller; D's loss ≈ {100 * (rise[0] - 1):.0f} %, G's ≈ {100 * (rise[1] - 1):.0f} % above step 200's")
claim("while the Fréchet distance falls to less than two thirds, G's loss rises by more than a tenth",
      gain > 1.5 and rise[1] > 1.1, (gain, rise))

# %% [markdown]
# By its own loss $G$ gets steadily *worse* while its pictures get better. $D$ has improved faster, that is all. Whoever stopped this run at $G$'s lowest loss would have stopped it after some two hundred steps, among blurs.

# %% [markdown]
# ### In TensorBoard
#
# In a notebook, `%load_ext tensorboard` and then `%tensorboard --logdir` with the folder's name opens it; on your own machine, `tensorboard --logdir …` in a terminal. You see losses, $D(x)$, $D(G(z))$ and a grid of samples that sharpens as it runs. What it shows is read from the event file, and so can we:

# %% mystnb={"image": {"alt": "Two curves read back from the TensorBoard file: mean D on real digits lies mostly above mean D on fakes, both around one half."}}
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
# A run that takes a night will be interrupted. `run.save` writes everything the run needs: both networks, both Adams' memories and rates, the moving average, the step, and the state of its random generator; to a temporary file first, which then takes the final name in one move, so that a crash in the middle leaves the old checkpoint whole. `resume=` goes on from there. "From there" is meant literally:

# %%
def ring_run(seed, **more):
    torch.manual_seed(seed)
    G, D = gan.models.mlp_pair()
    return gan.train(G, D, ring, steps=60, ema=0.99, seed=seed, device=device, **more)


never_stopped = ring_run(seed=1)
for step in never_stopped:
    if step.index == 25:
        never_stopped.save(folder / "ring.pt")
resumed = ring_run(seed=2, resume=folder / "ring.pt")                     # other weights and noise: the file replaces both
print("the resumed run starts after step", resumed.index)
for _ in resumed:
    pass
claim("stopped at step 25 and resumed, the run ends with exactly the same weights, bit for bit",
      all(torch.equal(a, b) for one, two in ((never_stopped.G, resumed.G), (never_stopped.G_ema, resumed.G_ema))
          for a, b in zip(one.state_dict().values(), two.state_dict().values())))

# %% [markdown]
# (That bit-for-bit promise holds on a CPU. On a GPU convolutions may add in another order each time.) To make samples later you need less: $G$'s weights alone, written by one line and read by another into a generator of the same sizes.

# %%
torch.save(resumed.G_ema.state_dict(), folder / "G.pt")

restored, _ = gan.models.mlp_pair()
restored.load_state_dict(torch.load(folder / "G.pt", weights_only=True))

noise = restored.noise(100)
with torch.no_grad():
    same = torch.equal(restored(noise), resumed.G_ema.to("cpu")(noise))
claim("G's weights, saved alone and read again, make the same samples", same)

# %% [markdown]
# The loop also stops by itself when a loss is no longer finite, says which player and which step, and leaves the weights as they were; and Ctrl-C leaves you with usable networks.
#
# ### The same on MNIST
#
# Nothing above depends on these small digits. Set the environment variable `GAN_MNIST` to a folder (one that holds MNIST, or an empty one to download 11 MB into) before you start Python, and the next cell trains on 60,000 digits at 32 × 32: for 5,000 steps on a CUDA GPU, for 300 on anything slower.

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
# **2 (ten minutes).** Somebody wants to save time and calls `d_loss.backward()` and `g_loss.backward()` first and then both optimisers' `step()`, using one batch of fakes and one pass of $D$ over them: *simultaneous* instead of alternating steps. Then `fake` must not be detached, and the players' gradients have to be kept apart in another way: `torch.autograd.grad(loss, list_of_tensors)` returns gradients and leaves nothing in `.grad`. (A backward pass frees its graph; `retain_graph=True` keeps it for a second one.) Write it for minimax, and compare what the two players want *at the fakes*.

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
# **3 (half an hour).** Many recipes use *one-sided label smoothing*: $D$ is told that a real sample is real with probability 0.9 only, so its loss becomes $-0.9\log D(x) - 0.1\log(1 - D(x)) - \log(1 - D(G(z)))$. Predict where $D$ ends when fakes and data agree, and so $G$'s loss. Then build that pair with `gan.losses.Loss(discriminator=…, generator=…)`, two functions on logits as in `gan/losses.py`, hand it to `gan.train` as `loss=`, and check it with three seeds.

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
    g_losses = [step.g_loss for step in gan.train(G, D, ring, steps=150, loss=smooth_labels, lr=3e-3, betas=(0.0, 0.99))]
    ends.append(torch.stack(g_losses[-50:]).mean().item())
print("G's loss ends at", ", ".join(f"≈ {end:.3f}" for end in ends))
claim("with labels smoothed to 0.9, G's loss ends at -log 0.45 = 0.799 to within 0.08, in all 3 runs",
      max(abs(end - 0.799) for end in ends) < 0.08, ends)

# %% [markdown]
# (A little above 0.799 in all three: after 150 steps fakes and data do not yet agree.)
#
# **4 (an afternoon).** The digits above are one run, with one seed. Train them with three seeds, with $\beta_1 = 0$ and 0.5, and put the second opinion's numbers in a table with their spread. What would you have concluded from one seed? (The solution does it for 30 steps and two seeds only, so that it runs here; take 900 and three.)

# %% tags=["hide-cell"]
table = torch.zeros(2, 2)                                                 # beta1, seed: Fréchet distance
for i, momentum in enumerate((0.0, 0.5)):
    for seed in range(2):
        torch.manual_seed(1_000 * SEED + 60 + seed)
        G, D = gan.models.conv_pair(size=16, latent=32, width=24)
        for _ in gan.train(G, D, images, steps=30, batch=32, lr=4e-3, betas=(momentum, 0.99), device=device):
            pass
        table[i, seed] = second_opinion(G.sample(1_000))[2]
    print(f"beta1 = {momentum}: distance after 30 steps ≈ {table[i].mean():.0f} ± {table[i].std():.0f}")

# %% [markdown]
# ## Summary
#
# - $D$: draw real, make fakes and cut them off, clear, judge both, move $D$. $G$: draw noise, make fakes, clear, judge, go back *through* $D$, move $G$ only.
# - The losses differ in the logit's gradient, $-D$ against $D - 1$: the first fades when the forger is always caught.
# - A wrong loop runs without an error. Know what the losses should be at equilibrium, $2\log2$ and $\log 2$, and mistrust others.
# - $\beta_1 = 0.9$ is bad for a game; 0 is the safest choice here.
# - Losses near their equilibrium do not tell how good the samples are, or when to stop. Measure the samples, with more than one number.
#
# > **Often misread.** "The generator's loss is going up, so training has failed." It may be that $D$ has improved. $G$'s loss compares $G$ with today's $D$ only.
#
# > **Often misread.** "At the end $D$'s accuracy should be 100 %." With perfect fakes nobody can exceed 50 %; and 50 % does not show that they are perfect (chapter 3).
#
# **Further reading.** Goodfellow et al., [Generative Adversarial Nets](https://arxiv.org/abs/1406.2661), Algorithm 1. Radford et al., [DCGAN](https://arxiv.org/abs/1511.06434), where $2\cdot10^{-4}$ and 0.5 come from. Odena, [Open questions about GANs](https://distill.pub/2019/gan-open-problems/) (2019).
#
# Next: [noise](05_noise.ipynb), the other thing that $G$ is fed.
