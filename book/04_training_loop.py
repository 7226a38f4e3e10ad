# %% [markdown]
# # 4 · The training loop
#
# **What exactly happens in one step of GAN training, and how do you know that it is right?** A GAN is trained by a loop of eleven lines. A wrong line raises no error and still draws pictures, so this chapter writes the loop by hand, breaks it on purpose, chooses its settings by measurement, and then turns noise into handwritten digits.
#
# - **You need** [chapter 2](02_two_players.ipynb): generator, discriminator, and which gradient flows where.
# - **Afterwards you can** write the loop from memory, find its silent bugs, set Adam, and judge a run by its samples.
# - **Measured run time:** about 35 s on 2 CPU cores.
#
# > **Predict first.** Five loops have each trained a GAN for 2,000 steps on a mixture of eight normal distributions, whose modes are the black circles. One loop is right; each of the others has one bug. Which is the right one, and which bug would you never have noticed?

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


# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Five scatter plots of 300 fakes over eight circles of radius 0.3 around the modes. B and D fill all eight circles. A lies around one of them, C is a clump in the middle, and most fakes of E lie outside the frame."}}
loops = gan.evidence.load("ring_loops")
ring = gan.data.ring(std=0.1)
letters = {"A": "bug 2", "B": "right", "C": "bug 4", "D": "bug 3", "E": "bug 1"}
figure, axes = plt.subplots(1, 5, figsize=(10, 2.4), sharex=True, sharey=True)
for ax, (letter, name) in zip(axes, letters.items()):
    fakes = torch.tensor(loops["runs"][0]["points"][name])
    ax.scatter(*fakes.T, s=3, color=plots.FAKE["color"])
    for mode in ring.modes.tolist():
        ax.add_patch(plt.Circle(mode, 0.3, fill=False, linewidth=0.8))
    outside = (fakes.abs() > 2).any(1).sum()
    if outside:
        ax.text(0, -1.85, f"{outside} of 300 lie outside", ha="center", fontsize=7)
    ax.set(title=letter, xlim=(-2, 2), ylim=(-2, 2), aspect="equal",
           xticks=[-1, 0, 1], yticks=[-1, 0, 1])
axes[0].set(xlabel="$x_1$", ylabel="$x_2$")
plt.show()
print(gan.evidence.cite("ring_loops"))

# %% [markdown]
# ## Algorithm 1, line by line
#
# Goodfellow's Algorithm 1 lets the two players take turns: the discriminator moves $k$ times, then the generator moves once. Here are its lines, numbered as we shall code them, **five for $D$ and six for $G$**.
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
# The paper lets $D$ *ascend* its stochastic gradient; optimisers descend, so we turn the sign and minimise $L_D = -\log D(x) - \log(1 - D(G(z)))$. For $G$ we take the non-saturating loss $L_G = -\log D(G(z))$, which the same paper recommends, and [chapter 3](03_minimax_value.ipynb) compares it with the minimax loss. In code `D(x)` is the logit $a$, with $D = \sigma(a)$.

# %%
from torch.nn.functional import logsigmoid


def d_turn(G, D, d_adam, real, z):
    fake = G(z).detach()                                            # D2 (D1 is real)
    d_adam.zero_grad()                                              # D3
    loss = -logsigmoid(D(real)) - logsigmoid(-D(fake))              # D4
    loss.mean().backward()
    d_adam.step()                                                   # D5
    return loss.detach().mean(-1)


def g_turn(G, D, g_adam, z):
    fake = G(z)                                                     # G2 (G1 is z)
    g_adam.zero_grad()                                              # G3
    loss = -logsigmoid(D(fake))                                     # G4
    loss.mean().backward(inputs=list(G.parameters()))               # G5
    g_adam.step()                                                   # G6
    return loss.detach().mean(-1)

# %% [markdown]
# Two details of this code matter. First, `logsigmoid(a)` is $\log D$ and `logsigmoid(-a)` is $\log(1 - D)$, exact even where $D$ itself is rounded to 0 or 1. The common substitute `-log(sigmoid(a) + 1e-8)` avoids $\log 0$ as well, but it takes away the gradient signal exactly where $G$ needs it, at fakes that $D$ is sure of. Second, `inputs=` says whose gradients are collected: the path to $G$ leads through $D$, but nothing is left behind there.
#
# The book's `gan.train` runs these same lines, and a check below compares all weights. By default it departs from them in one point: in $G$'s turn it uses $D$'s last fakes again, which saves a pass through $G$. Since $D$ has moved in between, the question put to it is still new. With `fresh_noise=True` it draws fresh fakes, as the paper does.

# %% tags=["hide-input", "measure"]
import copy

ring = gan.data.ring(std=0.1)
G, D = (net.to(device) for net in gan.models.mlp_pair())
G2, D2 = copy.deepcopy(G), copy.deepcopy(D)
k, B = 2, 128

for _ in gan.train(G, D, ring, steps=20, batch=B, d_steps=k, fresh_noise=True,
                   seed=7, device=device):
    pass

random = torch.Generator(device).manual_seed(7)
d_adam, g_adam = (torch.optim.Adam(net.parameters(), 2e-4, (0.5, 0.999))
                  for net in (D2, G2))
for _ in range(20):
    for _ in range(k):
        d_turn(G2, D2, d_adam, ring.sample((B,), random), G2.noise(B, random))
    g_turn(G2, D2, g_adam, G2.noise(B, random))

pairs = [*zip(G.parameters(), G2.parameters()), *zip(D.parameters(), D2.parameters())]
difference = max((a - b).abs().max().item() for a, b in pairs)

# %% tags=["hide-input", "measure"]
b = torch.tensor([-30.0], requires_grad=True)
naive, = torch.autograd.grad(-torch.log(torch.sigmoid(b) + 1e-8).sum(), b)
exact, = torch.autograd.grad(gan.losses.non_saturating.generator(b).sum(), b)

# %% tags=["hide-cell", "checks"]
check("20 steps by hand and 20 steps of gan.train lead to the same weights",
      difference < 1e-5, difference)
check("at logit -30 the loss with + 1e-8 keeps less than a hundred-thousandth of the "
      "gradient, and the package's loss keeps all of it",
      naive.abs() < 1e-5 and exact == -1, (naive, exact))

# %% [markdown]
# ## Four silent bugs
#
# Each bug is shown as a change to the eleven lines, where − is the right line and + takes its place, and none of them raises an error.
#
# **Bug 1**: old gradients of $G$ are never cleared, so each step adds to all earlier ones.
#
# ```diff
#  def g_turn(G, D, g_adam, z):
#      fake = G(z)
# -    g_adam.zero_grad()
#      loss = -logsigmoid(D(fake))
# ```
#
# **Bug 2**: fakes are not cut off, and $D$'s optimiser was given the weights of both networks.
#
# ```diff
#  def d_turn(G, D, d_adam, real, z):
# -    fake = G(z).detach()
# +    fake = G(z)
#      d_adam.zero_grad()
# ```
#
# **Bug 3**: $G$'s turn leaves gradients in $D$, and $D$'s turn clears them too late.
#
# ```diff
#  def d_turn(G, D, d_adam, real, z):
#      fake = G(z).detach()
# -    d_adam.zero_grad()
#      loss = -logsigmoid(D(real)) - logsigmoid(-D(fake))
#      loss.mean().backward()
#      d_adam.step()
# +    d_adam.zero_grad()
#      return loss.detach().mean(-1)
#  def g_turn(G, D, g_adam, z):
#      fake = G(z)
#      g_adam.zero_grad()
#      loss = -logsigmoid(D(fake))
# -    loss.mean().backward(inputs=list(G.parameters()))
# +    loss.mean().backward()
#      g_adam.step()
# ```
#
# **Bug 4**: fakes are cut off in $G$'s turn too, so that no gradient reaches $G$.
#
# ```diff
#  def g_turn(G, D, g_adam, z):
# -    fake = G(z)
# +    fake = G(z).detach()
#      g_adam.zero_grad()
#      loss = -logsigmoid(D(fake))
# -    loss.mean().backward(inputs=list(G.parameters()))
# +    loss.mean().backward()
#      g_adam.step()
# ```

# %% tags=["hide-input", "measure"]
def g_uncleared(G, D, g_adam, z):                                   # bug 1
    fake = G(z)
    loss = -logsigmoid(D(fake))
    loss.mean().backward(inputs=list(G.parameters()))
    g_adam.step()
    return loss.detach().mean(-1)


def d_uncut(G, D, d_adam, real, z):                                 # bug 2
    fake = G(z)
    d_adam.zero_grad()
    loss = -logsigmoid(D(real)) - logsigmoid(-D(fake))
    loss.mean().backward()
    d_adam.step()
    return loss.detach().mean(-1)

# %% tags=["hide-input", "measure"]
def d_cleared_late(G, D, d_adam, real, z):                          # bug 3
    fake = G(z).detach()
    loss = -logsigmoid(D(real)) - logsigmoid(-D(fake))
    loss.mean().backward()
    d_adam.step()
    d_adam.zero_grad()
    return loss.detach().mean(-1)


def g_into_both(G, D, g_adam, z):                                   # bug 3
    fake = G(z)
    g_adam.zero_grad()
    loss = -logsigmoid(D(fake))
    loss.mean().backward()
    g_adam.step()
    return loss.detach().mean(-1)

# %% tags=["hide-input", "measure"]
def g_cut(G, D, g_adam, z):                                         # bug 4
    fake = G(z).detach()
    g_adam.zero_grad()
    loss = -logsigmoid(D(fake))
    loss.mean().backward()
    g_adam.step()
    return loss.detach().mean(-1)


TURNS = {"right": (d_turn, g_turn), "bug 1": (d_turn, g_uncleared),
         "bug 2": (d_uncut, g_turn), "bug 3": (d_cleared_late, g_into_both),
         "bug 4": (d_turn, g_cut)}

# %% tags=["hide-input", "measure"]
from gan.metrics import count_modes


def play(name, steps, runs=8):
    """Train ``runs`` pairs on the ring. G, and D's and G's losses, (runs, 2)."""
    G, D = gan.ensemble.stack(gan.models.mlp_pair() for _ in range(runs))
    G, D, (turn_d, turn_g) = G.to(device), D.to(device), TURNS[name]
    owned = [*D.parameters(), *(G.parameters() if name == "bug 2" else [])]
    d_adam, g_adam = (torch.optim.Adam(weights, 3e-3, (0.0, 0.99), fused=True)
                      for weights in (owned, G.parameters()))
    losses = []
    for _ in range(steps):
        real = ring.sample((runs, 128)).to(device)
        losses.append(torch.stack([turn_d(G, D, d_adam, real, G.noise(128)),
                                   turn_g(G, D, g_adam, G.noise(128))], -1))
    return G, torch.stack(losses[-50:]).mean(0).cpu()


def quality(fakes):
    """Modes that hold 2 % of the fakes; the share within 3 std of a mode."""
    found = count_modes(fakes.cpu(), ring, at_least=fakes.shape[-2] // 50)
    return found.recovered.float(), found.high_quality

# %% [markdown]
# Two numbers judge the samples, because one alone can be fooled. The **count** says how many of the eight modes hold at least 2 % of the fakes, and the **share** says how many fakes lie within three standard deviations of their nearest mode. An even circle and one wide normal distribution, a *blob*, both count eight modes out of eight, so a count means something only beside a share. `gan.ensemble.stack` holds the weights of eight runs side by side, so that one loop trains all of them at once.

# %% tags=["hide-input", "measure"]
torch.manual_seed(1_000 * SEED + 1)
live = {}
for name in TURNS:
    G, losses = play(name, steps=300)
    live[name] = torch.cat([torch.stack(quality(G.sample(2_500)), -1), losses], -1)


# %% tags=["hide-input", "measure"]
def stored_loops(name, steps):
    """All stored runs, (24, 4): modes, share, D's loss, G's loss."""
    return torch.tensor([run["loops"][name][str(steps)] for run in loops["runs"]]
                        ).flatten(0, 1)


def standard_errors(live_runs, stored_runs):
    """How many of them lie between the two means, with 0.005 for the counting."""
    spread = stored_runs.std() * (1 / len(live_runs) + 1 / len(stored_runs)) ** 0.5
    return ((live_runs.mean() - stored_runs.mean()).abs() / (spread + 0.005)).item()


# %% tags=["hide-input", "measure"]
angle = 6.2832 * torch.rand(10_000)
no_gan = {"the data": ring.sample((10_000,)),
          "an even circle": torch.stack([angle.cos(), angle.sin()], -1),
          "one wide blob": 0.7 * torch.randn(10_000, 2)}
no_gan = {name: torch.stack(quality(points)) for name, points in no_gan.items()}


def pm(values, digits=1, unit=1):
    return f"≈ {unit * values.mean():.{digits}f} ± {unit * values.std():.{digits}f}"


# %% tags=["hide-input", "measure"]
rows = [[name, f"≈ {modes:.0f}", f"≈ {100 * share:.0f}", "", ""]
        for name, (modes, share) in no_gan.items()]
for name in TURNS:
    modes, share, d_loss, g_loss = stored_loops(name, 2_000).T
    rows.append([name, pm(modes), pm(share, 0, 100), pm(d_loss, 2), pm(g_loss, 2)])
Table(["2,000 steps, 24 runs", "modes of 8", "share near one, %", "$L_D$", "$L_G$"],
      rows)

# %% [markdown]
# In the figure A is bug 2, B is the right loop, C is bug 4, D is bug 3 and E is bug 1. Bug 4 is the easiest to find, because $G$ does not move at all while $D$ becomes sure of everything. Bugs 1 and 2 look like the instability that GANs are known for, but they are plain mistakes. Bug 3 is the hardest to notice, because its samples are nearly as good as those of the right loop, and only its losses give it away to somebody who knows what they ought to be.
#
# When fakes and data agree, the best $D$ answers ½ everywhere, so the right loop should end near $L_G = \log 2 = 0.693$ and $L_D = 2\log 2 = 1.386$. Bug 3 lets $D$ minimise another loss, whose best answer is ⅔, so that its losses end at $\log\frac32 = 0.405$ and $\log\frac32 + \log 3 = 1.504$.
#
# <details>
# <summary>Derive: why bug 3 makes D answer two thirds</summary>
#
# With bug 3 every step of $D$ uses two gradients: that of its own turn, and the one that $G$'s turn has left behind. On fakes the first belongs to $-\log(1 - D)$ and the second to $-\log D$, so $D$ minimises $-\log D$ on real samples and $-\log D - \log(1 - D)$ on fakes. Where both are equally frequent that is $-2\log D - \log(1 - D)$. Its derivative $-2/D + 1/(1 - D)$ is zero at $D = \frac23$.
#
# One weight of $D$ says even more, and it needs no agreement of fakes and data. The gradient of $-\log D$ in the logit is $D - 1$, that of $-\log(1 - D)$ is $D$, and the bias of $D$'s last layer adds to every logit alike. Where its gradient is zero, the mean of $D$ over real samples plus twice its mean over fakes is 2, so $D$ answers ⅔ on the average of these three batches. For the right loop the same argument gives a mean of ½ over a batch that is half real and half fake.
#
# </details>
#
# These values diagnose the *loop*, on a task so easy that a right loop ends near its equilibrium. They say nothing about how good samples are, and on the digits below $G$'s loss leaves $\log 2$ while the pictures improve. Note as well what `inputs=` has done for us: bugs 3 and 4 are shown with the plain `backward()` of much GAN code, and with `inputs=` bug 3 cannot happen. Bug 4 would stay as silent as it is.

# %% tags=["hide-input", "measure"]
G, D = gan.models.mlp_pair()
loss = -logsigmoid(D(G(G.noise(8)).detach()))
loss.mean().backward(inputs=list(G.parameters()))
cut_off = [weight.grad for weight in G.parameters()]
loss = -logsigmoid(D(G(G.noise(8))))
loss.mean().backward(inputs=list(G.parameters()))
left_in_d = [weight.grad for weight in D.parameters()]

# %% tags=["hide-cell", "checks"]
at_300, at_2000 = ({name: stored_loops(name, steps) for name in TURNS}
                   for steps in (300, 2_000))
circle, blob = no_gan["an even circle"][1], no_gan["one wide blob"][1]
far_off = {name: standard_errors(live[name][:, 1], at_300[name][:, 1])
           for name in TURNS}
claim("an even circle and a wide blob count all 8 modes, with shares under 85 % and "
      "35 %", circle < 0.85 and blob < 0.35
      and all(modes == 8 for modes, share in no_gan.values()), no_gan)
claim("right loop, 2,000 steps: on average over 24 runs more of the fakes lie near a "
      "mode than of an even circle, and all modes are there in at least 22 runs",
      at_2000["right"][:, 1].mean() > circle + 0.03
      and (at_2000["right"][:, 0] == 8).sum() >= 22, at_2000["right"])
claim("right loop, live, 300 steps: on average over 8 runs at least 7 modes and a "
      "share of more than 55 %", live["right"][:, 0].mean() >= 7
      and live["right"][:, 1].mean() > 0.55, live["right"])
claim("bug 1, live: on average fewer than 5 modes, and less than four fifths of the "
      "right loop's share", live["bug 1"][:, 0].mean() < 5
      and live["bug 1"][:, 1].mean() < live["right"][:, 1].mean() * 0.8,
      live["bug 1"])
claim("bug 2: on average at most 3 modes in the 24 stored runs, and fewer than 7 live",
      at_2000["bug 2"][:, 0].mean() <= 3 and live["bug 2"][:, 0].mean() < 7,
      (at_2000["bug 2"], live["bug 2"]))

# %% tags=["hide-cell", "checks"]
claim("bug 3: on average at least 7 modes and a share at most 15 points below the "
      "right loop's, in the stored runs and live",
      all(runs["bug 3"][:, 0].mean() >= 7 and runs["bug 3"][:, 1].mean()
          > runs["right"][:, 1].mean() - 0.15 for runs in (at_2000, live)),
      live["bug 3"])
claim("bug 4: in all live runs under 10 % of the fakes are near a mode, and G's loss "
      "is over 3", live["bug 4"][:, 1].max() < 0.1 and live["bug 4"][:, 3].min() > 3,
      live["bug 4"])
claim("right loop, live: D's loss ends within 0.05 of 2 log 2, G's within 0.08 of "
      "log 2", ((live["right"][:, 2:] - torch.tensor([1.3863, 0.6931])).abs()
       < torch.tensor([0.05, 0.08])).all(), live["right"])
claim("bug 3, live: D's loss ends within 0.02 of 1.504, G's within 0.02 of 0.405",
      ((live["bug 3"][:, 2:] - torch.tensor([1.5041, 0.4055])).abs() < 0.02).all(),
      live["bug 3"])
claim("live, 300 steps: each loop's mean share is within 5 standard errors of the "
      "stored runs' mean", max(far_off.values()) < 5, far_off)
check("with inputs= G's turn leaves nothing in D, so that bug 3 cannot happen",
      all(grad is None for grad in left_in_d), left_in_d)
check("with inputs= cut-off fakes raise no error either, and G gets no gradient",
      all(grad is None for grad in cut_off), cut_off)

# %% [markdown]
# ## Adam, and how much momentum
#
# The authors of [DCGAN](https://arxiv.org/abs/1511.06434) found Adam's usual $\beta_1 = 0.9$ unstable, set it to 0.5 and took a learning rate of $2\cdot10^{-4}$. The number $\beta_1$ is momentum, the share of the last direction that is kept. In a game the best direction also changes because the *other* player moves, so the direction that momentum keeps may be out of date.
#
# > **Predict first.** With which of $\beta_1$ = 0, 0.5, 0.9 does $G$ find the modes of the ring, and does the answer depend on the learning rate or on the length of the run?

# %% tags=["hide-input", "measure"]
def follow(rate, momentum, looks, **more):
    """Train eight pairs. At each look: modes, share, D's and G's loss, (8, 4)."""
    G, D = gan.ensemble.stack(gan.models.mlp_pair() for _ in range(8))
    losses, found = [], []
    for step in gan.train(G, D, ring, steps=looks[-1], lr=rate, device=device,
                          betas=(momentum, 0.999), **more):
        losses.append(torch.stack([step.d_loss, step.g_loss], -1))
        if step.index in looks:
            recent = torch.stack(losses[-50:]).mean(0).cpu()
            modes_share = torch.stack(quality(G.sample(2_500)), -1)
            found.append(torch.cat([modes_share, recent], -1))
    return torch.stack(found)

# %% tags=["hide-input", "measure"]
def stored(kind, rate, setting):
    """Steps of the looks, and what all 24 stored runs showed there, (looks, 24, 4)."""
    runs = [run[kind][f"{rate} {setting}"] for run in loops["runs"]]
    return ([int(steps) for steps in runs[0]],
            torch.cat([torch.tensor(list(run.values())) for run in runs], 1))

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Share of fakes near a mode against the step, 24 runs a line. At rate 0.003 beta1 = 0 leads at step 150, 0.5 has caught up by step 600, and 0.9 stays low with a wide band. At rate 0.0002 0 is ahead of 0.5 until about step 1,500, then they lie together, and 0.9 follows far behind. A dotted line marks an even circle."}}
figure, axes = plt.subplots(1, 2, figsize=(8, 3), sharey=True)
for ax, rate in zip(axes, (0.003, 0.0002)):
    for momentum, marker in zip((0.0, 0.5, 0.9), "o^x"):
        steps, runs = stored("momenta", rate, momentum)
        plots.band(ax, steps, runs[:, :, 1].T, label=f"$\\beta_1$ = {momentum}",
                   marker=marker, markersize=4)
    ax.axhline(circle, color="0.5", linestyle=":")
    ax.set(xscale="log", xlabel="step", title=f"learning rate {rate}", ylim=(0, 1))
    ax.set_xticks([150, 500, 1500, 4000], [150, 500, 1500, 4000])
    ax.minorticks_off()
axes[0].set(ylabel="share of fakes near a mode")
axes[0].legend()
plt.show()

# %% [markdown]
# Lines are medians of 24 stored runs, bands reach from the worst run to the best, and the dotted line is the even circle; above it the modes stand out. The folklore holds in its main part, because **0.9 is bad** at either rate. After thousands of steps some of its runs have found the modes and others are no better than a blob, while with 0 every run has arrived, and with 0.5 nearly every one. Between 0 and 0.5 the length of the run decides. After 150 quick steps 0 is far ahead, but from step 600 on the two are level on average. A run of 150 steps would have told a story about momentum that is only true of the beginning. On the digits below 0 does end ahead of 0.5, as exercise 4 measures, so it is the safer choice here.
#
# Progressive growing ([Karras et al.](https://arxiv.org/abs/1710.10196)) and [StyleGAN](https://arxiv.org/abs/1812.04948) use $\beta_1 = 0$ with $\beta_2 = 0.99$. [R3GAN](https://arxiv.org/abs/2501.05441) uses $\beta_1 = 0$ too; its code raises $\beta_2$ from 0.9 to 0.99 during training, while it lowers the weight $\gamma$ of its gradient penalties to a tenth. The defaults of `gan.train` are DCGAN's, and [chapter 6](06_vanishing_gradients.ipynb) varies $\beta_2$.

# %% tags=["hide-input", "measure"]
torch.manual_seed(1_000 * SEED + 20)
momenta = (0.0, 0.5, 0.9)
slow = {momentum: follow(2e-4, momentum, (150, 1_000)) for momentum in momenta}


off = {}
for momentum in momenta:
    steps, runs = stored("momenta", 0.0002, momentum)
    off[momentum] = standard_errors(slow[momentum][-1, :, 1],
                                    runs[steps.index(1_000), :, 1])

# %% tags=["hide-cell", "checks"]
rates = (0.003, 0.0002)
quick_steps, _ = stored("momenta", 0.003, 0.0)
early, later = (quick_steps.index(step) for step in (150, 600))
quick = {m: stored("momenta", 0.003, m)[1][:, :, 1].mean(1) for m in momenta}
last = {(rate, m): stored("momenta", rate, m)[1][-1, :, 1]
        for rate in rates for m in momenta}
mean_share = {m: slow[m][-1, :, 1].mean() for m in momenta}
claim("rate 3e-3, step 150: beta1 = 0 has a share more than 0.2 above that of 0.5",
      quick[0.0][early] > quick[0.5][early] + 0.2, quick)
claim("rate 3e-3, from step 600 on: 0 and 0.5 are within 0.1 of each other",
      (quick[0.0] - quick[0.5])[later:].abs().max() < 0.1, quick)
claim("both rates, last look: every run of 0 and more than 9 in 10 of 0.5 have a share "
      "over 0.65, and at least a third of 0.9 a smaller one",
      all(last[rate, 0.0].min() > 0.65 and (last[rate, 0.5] > 0.65).float().mean() > 0.9
          and (last[rate, 0.9] < 0.65).float().mean() > 1 / 3 for rate in rates), last)
claim("rate 2e-4, live, 1,000 steps: 0 and 0.5 have a share over 0.4 on average, and "
      "0.9 is more than 0.05 below both", min(mean_share[0.0], mean_share[0.5])
      > max(0.4, mean_share[0.9] + 0.05), slow)
claim("rate 2e-4, live: all three mean shares are within 5 standard errors of the "
      "stored ones", max(off.values()) < 5, off)

# %% [markdown]
# ## When to stop? The losses do not tell
#
# Here are the losses of DCGAN's settings, $2\cdot10^{-4}$ and 0.5, beside what the samples are worth.

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Left: D's loss stays near 1.38 and G's near 0.70 from step 150 to step 4,000. Right: over the same steps the share of fakes near a mode rises from about a quarter to about nine tenths."}}
steps, runs = stored("momenta", 0.0002, 0.5)
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3))
for column, name, style in ((2, "$L_D$", plots.JUDGE), (3, "$L_G$", plots.FAKE)):
    plots.band(left, steps, runs[:, :, column].T, label=name, **style)
plots.band(right, steps, runs[:, :, 1].T, color="black")
left.set(xlabel="step", ylabel="loss, mean of 50 steps", ylim=(0, 1.6))
left.legend(loc="lower right")
right.set(xlabel="step", ylabel="share of fakes near a mode", ylim=(0, 1))
plt.show()

# %% [markdown]
# The losses stand still while the share rises from a blob's value to nine tenths. $D$'s loss says how well *this* $D$ tells *these* fakes from the data, so two beginners who match each other show the same losses as two masters. A classifier's loss measures progress because its opponent, the data, stands still; here the opponent moves.
#
# So **measure the samples**, with something that took no part in the game, and keep the checkpoint that scored best. Points on a ring can be counted, and for pictures you can ask a second opinion, as with the digits below.

# %% tags=["hide-cell", "checks"]
blobby, better = slow[0.5].mean(1)
claim("beta1 = 0.5, live: from step 150 to 1,000 the share grows by more than half, "
      "while both mean losses change by less than 6 %", better[1] > 1.5 * blobby[1]
      and ((better - blobby) / blobby)[2:].abs().max() < 0.06, (blobby, better))
everything = torch.cat([stored("momenta", rate, m)[1].flatten(0, 1)
                        for rate in (0.003, 0.0002) for m in momenta])
ideal = torch.tensor([4.0, 2.0]).log()
near = ((everything[:, 2:] - ideal).abs() < 0.05 * ideal).all(1)
shares = everything[near, 1]
claim("of all stored looks with both losses within 5 % of the equilibrium, some have a "
      "share under 0.3 and some over 0.85", shares.min() < 0.3 and shares.max() > 0.85,
      shares)

# %% [markdown]
# ## How many steps for D?
#
# Theory wants a $D$ that is nearly the best answer to $G$ before $G$ moves, which speaks for a large $k$. Goodfellow's paper used $k = 1$, "the least expensive option", and the [WGAN](https://arxiv.org/abs/1701.07875) paper gives its critic five steps. A step with $k = 5$ costs more, though, because $D$'s turn sends two batches through $D$ and $G$'s turn one, so a step costs $2k + 1$ passes. The table compares equal numbers of steps of $G$ and equal cost.

# %% tags=["hide-input", "measure"]
rows, cost = [], {}
for rate in (0.0005, 0.003):
    for k, cost_steps in ((1, 1_000), (2, 600), (5, 300)):
        steps, runs = stored("d_steps", rate, k)
        at = {step: pm(runs[steps.index(step), :, 1], 0, 100)
              for step in (300, cost_steps)}
        passes = (2 * k + 1) * cost_steps
        cost[rate, k] = runs[steps.index(cost_steps), :, 1].mean().item()
        rows.append([f"{rate}", f"{k}", at[300], f"{at[cost_steps]} ({passes:,})"])
Table(["learning rate", "$k$", "share after 300 steps, %",
       "share at equal cost, % (passes)"], rows)

# %% [markdown]
# More steps of $D$ make the first steps of $G$ more useful. They do not earn their price, because for the same number of passes $k = 5$ comes out behind $k = 1$ at both rates, and $k = 2$ is level at best. That is a statement about this task, where $D$ keeps up easily. Before you pay for a larger $k$, compare it with a longer run.

# %% tags=["hide-input", "measure"]
torch.manual_seed(1_000 * SEED + 30)
one_step = follow(5e-4, 0.0, (300, 1_000), d_steps=1)[:, :, 1]
five_steps = follow(5e-4, 0.0, (300,), d_steps=5)[:, :, 1]
k_off = {}
for k, live_share in ((1, one_step), (5, five_steps)):
    steps, runs = stored("d_steps", 0.0005, k)
    k_off[k] = standard_errors(live_share[0], runs[steps.index(300), :, 1])

# %% tags=["hide-cell", "checks"]
claim("k = 5, live, 300 steps of G: a mean share over 0.6, more than 0.03 above that "
      "of k = 1", five_steps[0].mean() > max(0.6, one_step[0].mean() + 0.03),
      (one_step, five_steps))
claim("at equal cost, live: 1,000 steps with k = 1 (3,000 passes) have a higher mean "
      "share than 300 with k = 5 (3,300), by more than 0.02",
      one_step[1].mean() > five_steps[0].mean() + 0.02, (one_step, five_steps))
claim("at equal cost, stored, at both rates: k = 1 is ahead of k = 5 by more than 0.03 "
      "on average, and not behind k = 2 by more than 0.02",
      all(cost[rate, 1] > max(cost[rate, 5] + 0.03, cost[rate, 2] - 0.02)
          for rate in (0.0005, 0.003)), cost)
claim("k = 1 and k = 5, live: both are within 5 standard errors of the stored runs at "
      "step 300", max(k_off.values()) < 5, k_off)

# %% [markdown]
# ## Batch norm: whom does D meet in one batch?
#
# **Batch norm** subtracts a batch's mean from each feature and divides by its standard deviation, and then scales and shifts by learned numbers. It makes deep networks easier to train, but it also makes an answer depend on the *other samples of the batch*. For $D$ that is a trap, because real and fake samples can be sent in one batch or in two. We give $D$ batch norm after its second layer and try three ways.

# %% tags=["hide-input", "measure"]
from torch import nn

leaky = gan.models.leaky


def batch_norm_pair():
    G, _ = gan.models.mlp_pair()
    return G, nn.Sequential(nn.Linear(2, 64), leaky(), nn.Linear(64, 64),
                            nn.BatchNorm1d(64), leaky(), nn.Linear(64, 1),
                            nn.Flatten(0))


def apart(D, real, fake):
    """D's logits of both, each in a batch of its own."""
    return D(real), D(fake)


def together(D, real, fake):
    """D's logits of both, in one batch."""
    return D(torch.cat([real, fake], 1)).chunk(2, 1)

# %% tags=["hide-input", "measure"]
def train_seeing(in_d_turn, in_g_turn, pair, runs=8):
    """400 steps; then D's mean answer to the same fakes, as each turn shows them."""
    G, D = gan.ensemble.stack(pair() for _ in range(runs))
    G, D = G.to(device), D.to(device)
    d_adam, g_adam = (torch.optim.Adam(net.parameters(), 3e-3, (0.0, 0.99), fused=True)
                      for net in (D, G))
    for _ in range(400):
        real, fake = ring.sample((runs, 128)).to(device), G(G.noise(128))
        real_logits, fake_logits = in_d_turn(D, real, fake.detach())
        d_adam.zero_grad()
        (-logsigmoid(real_logits) - logsigmoid(-fake_logits)).mean().backward()
        d_adam.step()
        fake = G(G.noise(128))
        g_adam.zero_grad()
        g_loss = -logsigmoid(in_g_turn(D, real, fake)[1]).mean()
        g_loss.backward(inputs=list(G.parameters()))
        g_adam.step()
    with torch.no_grad():
        answers = [seen(D, real, fake)[1].sigmoid().mean().item()
                   for seen in (in_d_turn, in_g_turn)]
    fakes = G.sample(2_500)
    return {"share": quality(fakes)[1], "answers": answers,
            "far": fakes.square().sum(-1).mean(1).sqrt().cpu()}

# %% tags=["hide-input", "measure"]
ways = {"no batch norm": (apart, apart, gan.models.mlp_pair),
        "two batches": (apart, apart, batch_norm_pair),
        "one batch in both turns": (together, together, batch_norm_pair),
        "one batch in D's turn, fakes alone in G's": (together, apart, batch_norm_pair)}
torch.manual_seed(1_000 * SEED + 40)
met = {name: train_seeing(*way) for name, way in ways.items()}
Table(["400 steps, 8 runs", "$D$ of fakes, seen as in $D$'s turn",
       "the same, seen as in $G$'s", "share near a mode, %, worst to best",
       "distance from the centre, farthest"],
      [[name, *(f"≈ {answer:.2f}" for answer in found["answers"]),
        f"≈ {100 * found['share'].min():.0f} to ≈ {100 * found['share'].max():.0f}",
        f"≈ {found['far'].max():.1f}"] for name, found in met.items()])

# %% [markdown]
# In the last row one and the same $D$ calls the same fakes nearly certainly fake among real samples, and probably real when they come alone. $G$ hears only the second answer, so it is praised for whatever it does, and most of its runs learn nothing. Ask $D$ in the same way in both turns, therefore.
#
# Separate batches in both turns avoid this trap and have a blind spot of their own. Batch norm removes the mean and the width of its batch, so a batch of fakes that lies far away or is too wide can look to $D$ like the real one. Some runs then drift off, as the last column shows, which is the root mean square distance of the fakes from the ring's centre and 1.0 for the data. Runs with one batch in both turns nearly always stay. With batch norm right after the first layer the blindness is exact, which is one reason to leave it out of $D$'s input layer, as DCGAN does. `gan.train` tests before the run whether one sample's logit depends on the others of its batch, and sends real and fake apart if it does. Many later discriminators, this book's included, do without batch norm.

# %% tags=["hide-cell", "checks"]
trap = met["one batch in D's turn, fakes alone in G's"]
claim("fakes alone in G's turn: D's mean answer to the same fakes is under 0.25 as in "
      "D's turn and over 0.4 as in G's",
      trap["answers"][0] < 0.25 and trap["answers"][1] > 0.4, trap)
claim("fakes alone in G's turn: in at least 5 of 8 runs under 10 % of the fakes are "
      "near a mode", (trap["share"] < 0.1).sum() >= 5, trap)
steady = [met[name] for name in ("no batch norm", "one batch in both turns")]
claim("no batch norm, and batch norm with one batch in both turns: at least 7 of 8 "
      "runs have over 30 % near a mode and lie nearer the centre than 1.5",
      all(((found["share"] > 0.3) & (found["far"] < 1.5)).sum() >= 7
          for found in steady), steady)
lost = met["two batches"]["far"][met["two batches"]["share"] < 0.1]
claim("two batches: every run with under 10 % near a mode is farther from the centre "
      "than 1.6, where the data are at 1.0", bool((lost > 1.6).all()),
      met["two batches"])
blind = nn.Sequential(nn.Linear(2, 64), nn.BatchNorm1d(64), leaky(), nn.Linear(64, 1))
_, sees = gan.models.mlp_pair()
batch = ring.sample((128,))
moved = 3 * batch + 5
check("batch norm after the first layer: D's logits of a batch and of 3 times the "
      "batch plus 5 are the same",
      torch.allclose(blind(batch), blind(moved), atol=1e-2))
check("without batch norm they are not",
      not torch.allclose(sees(batch), sees(moved), atol=1e-2))

# %% [markdown]
# ## Handwritten digits
#
# scikit-learn brings 1,797 real handwritten digits of 8 × 8 pixels, which we show at 16 × 16. (At 8 × 8 you can [watch a generator learn them in the page](digits.md).) First comes the second opinion, a small classifier that is trained on two thirds of them and tested on the rest. It says of each fake which digit it is and how sure it is. Its features, the 64 numbers of its last hidden layer, also give a distance between two *sets* of pictures: fit a normal distribution to each set's features and compare the two means and covariances by the **Fréchet distance**, which is 0 if both agree. [FID](https://arxiv.org/abs/1706.08500) is the same distance with the features of another network.

# %% tags=["hide-input", "measure"]
from gan.metrics import fit_classifier, frechet_distance

images, labels = (part.to(device) for part in gan.data.digits(size=16))
split = torch.randperm(len(images), generator=torch.Generator().manual_seed(SEED))
known, held_out = split[:1_200].to(device), split[1_200:].to(device)
classifier = fit_classifier(images[known], labels[known], seed=SEED)
features = classifier[:-1]
real_features = features(images)


def second_opinion(fakes):
    """Share it is 90 % sure of, share of the rarest digit, Fréchet distance."""
    sure, digit = classifier(fakes).softmax(1).max(1)
    rarest = torch.bincount(digit, minlength=10).min().item() / len(fakes)
    distance = frechet_distance(features(fakes), real_features)
    return (sure >= 0.9).float().mean().item(), rarest, distance

# %% tags=["hide-input", "measure"]
accuracy = (classifier(images[held_out]).argmax(1) == labels[held_out]).float().mean()
torch.manual_seed(SEED)
first, second = torch.randint(len(images), (2, 1_000)).to(device)
untrained = gan.models.conv_pair(size=16, latent=32, width=24)[0].to(device)
opinions = {"real, held out": second_opinion(images[held_out]),
            "two digits on top of each other":
                second_opinion(torch.maximum(images[first], images[second])),
            "an untrained G": second_opinion(untrained.sample(1_000))}


def opinion_rows(opinions):
    return [[name, f"≈ {100 * sure:.0f}", f"≈ {100 * rarest:.1f}", f"≈ {distance:.1f}"]
            for name, (sure, rarest, distance) in opinions.items()]


HEADS = ["pictures", "sure of, %", "rarest digit, %", "Fréchet distance"]
Table(HEADS, opinion_rows(opinions))

# %% [markdown]
# The classifier is sure of a good part of the double exposures, which are no digits, and even of an untrained $G$'s noise. Its sureness alone proves little, so we ask for three things at once, namely sureness, all ten digits and a small distance.
#
# The loop is the one above; only the networks change. $G$ starts from a linear layer that makes small maps of 4 × 4 numbers. A **transposed convolution** is a convolution run backwards, in which each number of a small map paints a patch of a larger one; two of them lead from 4 to 8 to 16 pixels. Batch norm keeps the size of each map's numbers in check on the way, which is harmless in $G$, where no real samples come in. At the end **tanh** squeezes every pixel into the range from −1 to 1 that the real pictures have. $D$ goes the other way with strided convolutions and LeakyReLU, which passes a fifth of what is negative, so that some gradient signal always gets through; chapter 12 compares such choices.
#
# > **Predict first.** We follow what $G$ makes of 30 fixed noise vectors. Will a vector keep the first digit it shows, or change it as training goes on?

# %%
def digits_run(seed, steps, betas=(0.0, 0.99), **more):
    torch.manual_seed(seed)
    G, D = gan.models.conv_pair(size=16, latent=32, width=24)
    return gan.train(G, D, images, steps=steps, batch=32, lr=4e-3, betas=betas,
                     device=device, **more)

# %% tags=["hide-input", "measure"]
def shown_by(G, z):
    # In training mode, looking would move batch norm's averages.
    G.eval()
    with torch.no_grad():
        pictures = G(z).cpu()
    G.train()
    return pictures


# %%
run = digits_run(1_000 * SEED + 50, steps=500)
average = gan.average.Average(run.G, 0.995)
fixed = torch.randn(30, 32, device=device)
film, judged = [(0, shown_by(run.G, fixed))], []
for step in run:
    average.update_parameters(run.G)
    if step.index % 50 == 0 or step.index in (10, 25):
        film.append((step.index, shown_by(run.G, fixed)))
    if step.index % 100 == 0:
        judged.append([second_opinion(G.sample(1_000))
                       for G in (run.G, average.module)])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Scrubber: thirty fixed noise vectors turn from grey noise into blurred strokes and then into handwritten digits as training goes on."}}
from gan.figures import Scrubber


def picture(frame):
    figure, ax = plt.subplots(figsize=(6, 2.1))
    plots.show_images(frame[1], columns=10, ax=ax)
    return figure


def caption(frame):
    sure = classifier(frame[1].to(device)).softmax(1).amax(1)
    return (f"step {frame[0]}: the classifier is sure of "
            f"{(sure >= 0.9).sum().item()} of these 30 fakes")


Scrubber.from_figures(map(picture, film), map(caption, film), label="training step",
                      still=0)

# %% [markdown]
# A vector need not keep its digit, because $G$ is free to give every $z$ another meaning from one step to the next, as long as the fakes together look right; nothing in its loss mentions a single vector. The next figure shows longer runs, which are stored, of 1,600 steps with eight seeds.

# %% tags=["hide-input", "measure"]
digits = gan.evidence.load("digits_run")
print(gan.evidence.cite("digits_run"))
when = [look["step"] for look in digits["runs"][0]["looks"]]
live_g, live_average = torch.tensor(judged).unbind(1)               # (5, 3) each


def stored_looks(name, column):
    """One number of each look of each stored run, (8, looks)."""
    return torch.tensor([[look[name][column] for look in run["looks"]]
                         for run in digits["runs"]])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Eight runs. Left: G's loss falls at first and then rises to the end, while D's falls a little. Right: the Fréchet distance of the samples falls, quickly at first and then slowly with ups and downs."}}
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3))
for column, name, style in ((0, "$L_D$", plots.JUDGE), (1, "$L_G$", plots.FAKE)):
    plots.band(left, when, stored_looks("losses", column), label=name, **style)
plots.band(right, when, stored_looks("G", 2), color="black")
left.set(xlabel="step", ylabel="loss, mean of 100 steps", ylim=(0, None))
left.legend(loc="lower right")
right.set(xlabel="step", ylabel="Fréchet distance (log)", yscale="log")
right.set_yticks([20, 50, 100, 200], [20, 50, 100, 200])
right.minorticks_off()
plt.show()

# %% [markdown]
# After a first dip $G$ gets *worse* by its own loss while its samples get better, in every one of the eight runs. That is no contradiction, because the loss is what today's $D$ thinks of the fakes, and $D$ learns as well. Whoever stopped at $G$'s lowest loss would have stopped among blurs.
#
# ### A moving average of G
#
# The distance goes up and down from look to look, since $G$ never comes to rest. An exponential moving average (EMA) of $G$'s weights smooths that out: each step keeps, say, 99.5 % of the average and takes 0.5 % of the present $G$, at the price of a copy and no gradient. `gan.train` offers it as `run.G_ema` when it is given `ema=0.995`. The decay sets how much it remembers, for the weight of an old $G$ halves in 34 steps with a decay of 0.98, in 138 with 0.995 and in 693 with 0.999.

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Fréchet distance against the step for G and three moving averages, eight runs each. The average with decay 0.98 soon lies below G, that with 0.995 starts far above and crosses G between steps 600 and 900, that with 0.999 stays above until the end."}}
figure, ax = plt.subplots(figsize=(7, 3))
plots.band(ax, when, stored_looks("G", 2), label="$G$ itself", color="black")
for decay, style in (("0.98", {"color": "#009E73", "linestyle": "-."}),
                     ("0.995", plots.FAKE), ("0.999", plots.JUDGE)):
    plots.band(ax, when, stored_looks(decay, 2), label=f"decay {decay}", **style)
ax.set(xlabel="step", ylabel="Fréchet distance (log)", yscale="log")
ax.set_yticks([20, 50, 100, 200, 500, 1000], [20, 50, 100, 200, 500, 1000])
ax.minorticks_off()
ax.legend()
plt.show()

# %% [markdown]
# Early in training the average is *worse* than $G$, because it still holds generators from when $G$ was bad, and the longer its memory, the longer that lasts. At the end the averages with decay 0.98 and 0.995 are better than $G$ on average over the eight runs, as [Yazıcı et al.](https://arxiv.org/abs/1806.04498) found in many GANs, whereas 0.999 still lags far behind and would need a longer run. Here are a hundred fakes of the three generators that are stored, each an average with decay 0.995 after 1,600 steps: four rows of seed 0, three of seed 1 and three of seed 2.

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "A hundred generated digits, forty of one stored generator and thirty of each of two others: strokes of the right kind everywhere, many easily read, some between two digits.", "classes": "whole"}}
generators, noise = [], torch.Generator(device).manual_seed(1_000 * SEED + 60)
for stored_run in digits["runs"][:3]:
    G, _ = gan.models.conv_pair(size=16, latent=32, width=24)
    G.load_state_dict(stored_run["G_ema"])
    generators.append(G.to(device))
hundred = torch.cat([G.sample(n, noise) for G, n in zip(generators, (40, 30, 30))])
figure, ax = plt.subplots(figsize=(6, 6))
plots.show_images(hundred, columns=10, ax=ax)
plt.show()

# %% tags=["hide-input", "measure"]
for seed, G in enumerate(generators):
    opinions[f"$G$, averaged, seed {seed}"] = second_opinion(G.sample(1_000, noise))
Table(HEADS, opinion_rows(opinions))

# %% [markdown]
# Not every fake can be read, and those between two digits deserve a look, because [chapter 5](05_noise.ipynb) asks where they come from.

# %% tags=["hide-cell", "checks"]
claim("the classifier is right on at least 95 % of digits it has never seen",
      accuracy >= 0.95, accuracy)
final = [opinions[f"$G$, averaged, seed {seed}"] for seed in range(3)]
double = opinions["two digits on top of each other"]
noise_only = opinions["an untrained G"]
claim("each of the three stored generators: sure of at least 65 % of the fakes, no "
      "digit under 2 %, and less than half the distance of double exposures",
      all(sure > 0.65 and rarest >= 0.02 and distance < double[2] / 2
          for sure, rarest, distance in final), (final, double))
claim("each of them has less than a tenth of the untrained G's Fréchet distance",
      max(distance for _, _, distance in final) < noise_only[2] / 10,
      (final, noise_only))
shown = {step: classifier(x.to(device)).argmax(1).cpu() for step, x in film}
changed = (shown[200] != shown[500]).sum()
claim("live: more than 3 of the 30 fixed vectors change their digit from step 200 to "
      "500", changed > 3, shown)

# %% tags=["hide-cell", "checks"]
g_distance, g_loss = stored_looks("G", 2), stored_looks("losses", 1)
claim("in each of the 8 stored runs, from steps 300-500 to 1,400-1,600: the distance "
      "falls to under two thirds while G's loss rises by more than a fifth",
      (g_distance[:, -3:].mean(1) < g_distance[:, 2:5].mean(1) * 2 / 3).all()
      and (g_loss[:, -3:].mean(1) > 1.2 * g_loss[:, 2:5].mean(1)).all(),
      (g_distance, g_loss))
spread = g_distance[:, 4].log()
claim("live, step 500: the distance lies within 4 standard deviations of the stored "
      "runs, by its logarithm",
      (live_g[-1, 2].log() - spread.mean()).abs() < 4 * spread.std(), (live_g, spread))
averages = {decay: stored_looks(decay, 2) for decay in ("0.98", "0.995", "0.999")}
claim("decay 0.995: at steps 100 and 200 the average is farther from the digits than "
      "G, in each stored run and live",
      (averages["0.995"][:, :2] > g_distance[:, :2]).all()
      and (live_average[:2, 2] > live_g[:2, 2]).all(), (live_g, live_average))

# %% tags=["hide-cell", "checks"]
late = {decay: x[:, -5:].mean(1) for decay, x in averages.items()}
claim("decay 0.995: over the last 500 steps the average's mean distance is below G's, "
      "in each stored run", (late["0.995"] < g_distance[:, -5:].mean(1)).all(),
      (late, g_distance))
behind = {decay: (x.mean(0) > g_distance.mean(0)).sum().item()
          for decay, x in averages.items()}
claim("the longer the memory, the more looks it takes until the average is ahead of G",
      behind["0.98"] < behind["0.995"] < behind["0.999"], behind)

# %% [markdown]
# ### Save, stop, go on
#
# A run that takes a night will be interrupted. `run.save(path)` writes both networks, both Adams, the average, the step and the state of the random generator, and `resume=path` goes on from there, on a CPU bit for bit as if nothing had happened. The file is written under another name first and takes its own in one move, so that a crash leaves the old checkpoint whole. The loop stops by itself when a loss is no longer finite, and says which player's it was. With `writer=SummaryWriter(folder)` TensorBoard shows losses, $D(x)$, $D(G(z))$ and samples while the run goes on. To make samples later, $G$'s weights alone are enough.

# %% tags=["hide-input", "measure"]
import tempfile
from pathlib import Path

folder = Path(tempfile.mkdtemp())


def ring_run(seed, **more):
    torch.manual_seed(seed)
    G, D = gan.models.mlp_pair()
    return gan.train(G, D, ring, steps=60, ema=0.9, seed=seed, device=device, **more)


never_stopped = ring_run(seed=1)
for step in never_stopped:
    if step.index == 25:
        never_stopped.save(folder / "ring.pt")
# Other weights and other noise: the file replaces both.
resumed = ring_run(seed=2, resume=folder / "ring.pt")
started_after = resumed.index
for _ in resumed:
    pass
torch.save(resumed.G_ema.state_dict(), folder / "G.pt")
restored, _ = gan.models.mlp_pair()
_ = restored.load_state_dict(torch.load(folder / "G.pt", weights_only=True))

# %% tags=["hide-cell", "checks"]
both = [[*run.G.state_dict().values(), *run.G_ema.state_dict().values()]
        for run in (never_stopped, resumed)]
exactly = 0.0 if device.type == "cpu" else 1e-4
check("stopped at step 25 and resumed, the run ends with the same weights (on a CPU, "
      "bit for bit)", started_after == 25
      and all(torch.allclose(a, b, atol=exactly, rtol=0.0) for a, b in zip(*both)))
z = restored.noise(100)
with torch.no_grad():
    check("G's weights, saved alone and read again, make the same samples",
          torch.equal(restored(z), resumed.G_ema.to("cpu")(z)))

# %% [markdown]
# ## Exercises
#
# **1. Your own loop (fifteen minutes).** Close this page and write one step of Algorithm 1 with $k = 1$ from memory, as `my_step(G, D, adams, real, noises)`. Here `adams` are $D$'s and $G$'s optimisers, and `noises` are one batch of noise for $D$'s turn and a fresh one for $G$'s. The check runs your step and ours from the same start and compares all weights, so that it refuses bugs 1, 3 and 4 and several others. It makes the optimisers itself, so bug 2 cannot happen.

# %% tags=["hide-cell", "checks"]
def our_step(G, D, adams, real, noises):
    d_turn(G, D, adams[0], real, noises[0])
    g_turn(G, D, adams[1], noises[1])


def weights_after(step, steps):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        G, D = (net.double() for net in gan.models.mlp_pair())
        adams = [torch.optim.Adam(net.parameters(), 1e-2, (0.5, 0.99), eps=1e-14)
                 for net in (D, G)]
        for _ in range(steps):
            real = ring.sample((64,)).double()
            step(G, D, adams, real, (G.noise(64), G.noise(64)))
    return {name: torch.cat([weight.detach().flatten() for weight in net.parameters()])
            for name, net in (("D", D), ("G", G))}


# %% tags=["hide-cell", "checks"]
def check_exercise_1(step):
    for steps in (1, 3):
        mine, ours = weights_after(step, steps), weights_after(our_step, steps)
        for name in "DG":
            apart_by = (mine[name] - ours[name]).abs().max()
            check(f"your step is right: {name}'s weights after {steps}, to 1e-6",
                  apart_by < 1e-6, apart_by)

# %%
# check_exercise_1(my_step)

# %% tags=["hide-cell", "solution"]
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy


def my_step(G, D, adams, real, noises):
    real_logits, fake_logits = D(real), D(G(noises[0]).detach())
    d_loss = (cross_entropy(real_logits, torch.ones_like(real_logits))
              + cross_entropy(fake_logits, torch.zeros_like(fake_logits)))
    adams[0].zero_grad()
    d_loss.backward()
    adams[0].step()
    fake_logits = D(G(noises[1]))
    g_loss = cross_entropy(fake_logits, torch.ones_like(fake_logits))
    adams[1].zero_grad()
    # This leaves gradients in D as well, which D's zero_grad clears in time.
    g_loss.backward()
    adams[1].step()


check_exercise_1(my_step)

# %% [markdown]
# **2. Both at once (fifteen minutes).** To save time somebody computes both losses from one batch of fakes and one pass of $D$ over them, and then moves both players: *simultaneous* instead of alternating steps. Then `fake` must not be detached, and the gradients have to be kept apart in another way. `torch.autograd.grad(loss, list_of_tensors)` returns gradients and leaves nothing in `.grad`; the first call needs `retain_graph=True`, because the second goes through the same graph. Write it for the minimax loss $L_G = \log(1 - D(G(z)))$, train the ring for 300 steps with the settings of the five loops, and compare what the two players want *at the fakes*.

# %% tags=["hide-cell", "solution"]
def train_at_once(steps=300, runs=8, loss=gan.losses.minimax):
    G, D = gan.ensemble.stack(gan.models.mlp_pair() for _ in range(runs))
    weights = {"D": list(D.parameters()), "G": list(G.parameters())}
    adams = [torch.optim.Adam(own, 3e-3, (0.0, 0.99)) for own in weights.values()]
    for _ in range(steps):
        fake = G(G.noise(128))
        logits = D(fake)
        d_loss = loss.discriminator(D(ring.sample((runs, 128))), logits).mean()
        g_loss = loss.generator(logits).mean()
        d_wish, *d_grads = torch.autograd.grad(d_loss, [fake, *weights["D"]],
                                               retain_graph=True)
        g_wish, *g_grads = torch.autograd.grad(g_loss, [fake, *weights["G"]])
        for weight, grad in zip(weights["D"] + weights["G"], d_grads + g_grads):
            weight.grad = grad
        for adam in adams:
            adam.step()
    return quality(G.sample(2_500))[1], d_wish, g_wish


torch.manual_seed(1_000 * SEED + 65)
at_once, d_wish, g_wish = train_at_once()
print(f"share near a mode, %: both at once {pm(at_once, 0, 100)}, "
      f"in turn {pm(live['right'][:, 1], 0, 100)}")

# %% tags=["hide-cell", "checks"]
check("minimax: at the fakes the two players want exactly opposite things",
      torch.allclose(d_wish, -g_wish, atol=1e-9))
claim("simultaneous steps also find the ring: a share over 0.45 on average",
      at_once.mean() > 0.45, at_once)

# %% [markdown]
# On the ring both ways work, while [chapter 8](08_convergence.ipynb) shows a game in which taking turns makes the difference.
#
# **3. Smoothed labels (half an hour).** Many recipes use *one-sided label smoothing* ([Salimans et al.](https://arxiv.org/abs/1606.03498)): $D$ is told that a real sample is real with probability 0.9 only, so its loss becomes $-0.9\log D(x) - 0.1\log(1 - D(x)) - \log(1 - D(G(z)))$. Predict where $D$ ends when fakes and data agree, and so $G$'s loss. Then build the pair with `gan.losses.Loss(discriminator=…, generator=…)`, where the first is a function of real and fake logits and the second of fake logits. The check trains four pairs with your loss.

# %% tags=["hide-cell", "checks"]
def ends_at(loss):
    """D's mean answer over reals and fakes, and G's loss, at the end of 300 steps."""
    torch.manual_seed(1_000 * SEED + 70)
    G, D = gan.ensemble.stack(gan.models.mlp_pair() for _ in range(4))
    ends = []
    for step in gan.train(G, D, ring, steps=300, loss=loss, lr=1e-3,
                          betas=(0.0, 0.99), device=device):
        answers = torch.cat([step.real_logits, step.fake_logits], -1).sigmoid()
        ends.append(torch.stack([answers.mean(), step.g_loss.mean()]))
    return torch.stack(ends[-50:]).mean(0).tolist()


def check_exercise_3(loss):
    answer, g_loss = ends_at(loss)
    check("your smoothed loss is right: D's mean answer and G's loss end within 0.01 "
          "and 0.03 of what theory says",
          abs(answer - 0.45) < 0.01 and abs(g_loss - 0.799) < 0.03, (answer, g_loss))

# %%
# check_exercise_3(my_loss)

# %% tags=["hide-cell", "solution"]
# Where p = p_g, D minimises -0.9 log D - 1.1 log(1 - D): D = 0.9 / 2 = 0.45,
# and G's loss is -log 0.45 = 0.799.
smoothed = gan.losses.Loss(
    discriminator=lambda real, fake: (-0.9 * logsigmoid(real)
                                      - 0.1 * logsigmoid(-real) - logsigmoid(-fake)),
    generator=lambda fake: -logsigmoid(fake))
check_exercise_3(smoothed)

ends = {name: ends_at(loss) for name, loss in
        (("smoothed", smoothed), ("not smoothed", gan.losses.non_saturating))}
for name, (answer, g_loss) in ends.items():
    print(f"{name}: D's mean answer ≈ {answer:.3f}, G's loss ≈ {g_loss:.3f}")

# %% tags=["hide-cell", "checks"]
claim("labels smoothed to 0.9: D's mean answer ends within 0.01 of 0.45, and without "
      "smoothing within 0.01 of 0.5", abs(ends["smoothed"][0] - 0.45) < 0.01
      and abs(ends["not smoothed"][0] - 0.5) < 0.01, ends)
claim("labels smoothed to 0.9: G's loss ends within 0.03 of -log 0.45 = 0.799, and "
      "without smoothing more than 0.03 below it",
      abs(ends["smoothed"][1] - 0.799) < 0.03 and ends["not smoothed"][1] < 0.769, ends)

# %% [markdown]
# **4. What one seed would have told (an afternoon).** Train the digits with $\beta_1 = 0$ and 0.5 for 800 and for 1,600 steps, with three seeds or more, and put the Fréchet distances in a table with their spread. How often would one run of each have led you to the wrong order, by the eight stored runs that the solution reads?

# %% tags=["hide-cell", "solution"]
rows, wrong = [], {}
for look, steps in ((1, 800), (3, 1_600)):
    zero = stored_looks("G", 2)[:, when.index(steps)]
    half = torch.tensor([run["beta1 = 0.5"][look]["G"][2] for run in digits["runs"]])
    # Each run with 0 against each run with 0.5: the rarer of the two orders.
    below = (zero[:, None] < half).float().mean().item()
    wrong[steps] = min(below, 1 - below)
    rows.append([f"{steps:,}", pm(zero), pm(half), f"≈ {100 * wrong[steps]:.0f}"])
Table(["steps", "distance, $\\beta_1$ = 0", "$\\beta_1$ = 0.5",
       "pairs in the rarer order, %"], rows)

# %% tags=["hide-cell", "checks"]
claim("stored digits, 800 steps: at least one pair of runs in eight is in the rarer "
      "order", wrong[800] >= 0.125, wrong)
claim("stored digits, 1,600 steps: on average beta1 = 0 is at the smaller distance",
      zero.mean() < half.mean(), (zero, half))

# %% [markdown]
# **5. MNIST (an evening, or minutes on a GPU).** Nothing above depends on these small digits. Set the environment variable `GAN_MNIST` to a folder that holds MNIST, or to an empty one for a download of 11 MB, before you start Python. Train on its 60,000 digits at 32 × 32 pixels, and judge the fakes by a second opinion of your own.

# %% tags=["hide-cell", "solution"]
if "GAN_MNIST" in os.environ:
    where = Path(os.environ["GAN_MNIST"])
    mnist, _ = gan.data.mnist(where, size=32, download=not (where / "MNIST").exists())
    G, D = gan.models.conv_pair(size=32, latent=64)
    steps = 5_000 if device.type == "cuda" else 300
    run = gan.train(G, D, mnist, steps=steps, batch=64, lr=2e-3, betas=(0.0, 0.99),
                    ema=0.98, progress=True, device=device)
    for step in run:
        pass
    plots.show_images(run.G_ema.sample(50), columns=10)
    plt.show()

# %% [markdown]
# ## Summary
#
# - $D$'s turn draws real samples, makes fakes, cuts them off, clears, judges both and moves $D$. $G$'s turn draws noise, makes fakes, clears, goes back *through* $D$ and moves $G$ only.
# - A wrong loop runs without an error, but on an easy task a right one ends near $2\log 2$ and $\log 2$, so that these values test the loop.
# - $\beta_1 = 0.9$ is bad for this game, while on the ring 0 and 0.5 differ only in a short run. More steps of $D$ did not pay at equal cost.
# - With batch norm in $D$, show it real and fake in the same way in both turns, or better leave it out of $D$.
# - Losses do not tell how good the samples are or when to stop. Measure samples, with more than one number and more than one seed.
# - A moving average of $G$ is worse early and better late, and its memory decides when.
#
# > **Often misread.** "The generator's loss is going up, so training has failed." It may be that $D$ has improved, because $G$'s loss compares $G$ with today's $D$ only.
#
# > **Often misread.** "At the end $D$'s accuracy should be 100 %." With perfect fakes nobody can exceed 50 %, and 50 % does not show that they are perfect, as [chapter 3](03_minimax_value.ipynb) explains.
#
# **Further reading.** Goodfellow et al., [Generative adversarial nets](https://arxiv.org/abs/1406.2661), Algorithm 1. Radford et al., [DCGAN](https://arxiv.org/abs/1511.06434), where $2\cdot10^{-4}$ and 0.5 come from. Yazıcı et al., [The unusual effectiveness of averaging in GAN training](https://arxiv.org/abs/1806.04498). Odena, [Open questions about GANs](https://distill.pub/2019/gan-open-problems/).
#
# Next: [noise](05_noise.ipynb), the other thing that $G$ is fed.
