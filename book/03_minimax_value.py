# %% [markdown]
# # 3 · The minimax value
#
# **What is the one number that both players fight over, and what does it say about the fakes when both play perfectly?** The answer, found in 2014, is short: the number is $-\log 4$ plus a distance between fakes and data. We derive it, hold every step of the proof against a line of code, and then look at where practice departs from it, which is almost everywhere.
#
# - **You need** [chapter 2](02_two_players.ipynb): what $D$ and $G$ are, and the logit. From calculus: where a function is largest, and integrals as areas.
# - **Afterwards you can** write down $V(D, G)$ with the right signs; derive the best discriminator, and find it by training; compute the value of a game two ways; say why the order of "min" and "max" matters; state exactly what the two generator losses share and where they differ; and read a loss curve against its theoretical bound.
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
# ## One number for the whole match
#
# The officer $D$ is a classifier. Show it one $x$ with a hidden label, $y = 1$ for real and $y = 0$ for fake. It gives the label "real" the probability $D(x)$ and "fake" the rest, so the label that turns out true had the log-probability
#
# $$ y \log D(x) + (1 - y)\log(1 - D(x)). $$
#
# This is the **log-likelihood** of the label, and any classifier is trained to make its mean large. In our crowd half are real and half are fakes. Write the mean over each half by itself and add the two:
#
# $$ V(D, G) \;=\; \underbrace{\mathbb{E}_{x\sim p}\,\log D(x)}_{\text{reals: } y = 1} \;+\; \underbrace{\mathbb{E}_{z}\,\log\bigl(1 - D(G(z))\bigr)}_{\text{fakes: } y = 0}. $$
#
# This is the **value** of the game. Three things to get straight before anything else, for most sign errors begin here:
#
# | who | wants | its optimiser minimises |
# |---|---|---|
# | $D$ | $V$ **large** | $L_D = -V$, which is *twice* the mean cross-entropy (a mean over both halves would divide by two) |
# | $G$, minimax | $V$ **small** | the second term only; the first does not contain $G$ |
# | $G$, non-saturating | $-\mathbb{E}\log D(G(z))$ small | something that is **not part of $V$**; see below |
#
# Each term is the logarithm of a probability, so $V$ is never above 0.
#
# > **Predict first.** A lazy officer says ½, whatever it is shown. What is $V$, and can the forger change it?
#
# For once we choose both densities, so that everything can be computed: the data are two bells, the fakes one wide bell between them. The bell's formula is written by hand, and such formulas lose a factor easily. So we ask of each density the first thing a density owes us: that its area is 1.

# %%
import math

from torch.distributions import Normal
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid

LOG2, LOG4 = math.log(2), math.log(4)
data, forger = gan.data.mixture_1d([-1.0, 1.5], 0.6, [0.35, 0.65]), Normal(0.5, 1.2)
x = torch.linspace(-16, 16, 8_001, dtype=torch.float64)                 # a fine grid; the bells end long before it


def integral(f):
    return torch.trapezoid(f, x)                                         # the area under f


def bell(mean, width):
    return torch.exp(-0.5 * ((x - mean) / width) ** 2) / (width * math.sqrt(2 * math.pi))


p, p_g = 0.35 * bell(-1.0, 0.6) + 0.65 * bell(1.5, 0.6), bell(0.5, 1.2)
claim("both densities have area 1, and are PyTorch's to 1e-6",
      all(abs(integral(f) - 1) < 1e-9 for f in (p, p_g)) and (p - data.log_prob(x).exp()).abs().max() < 1e-6
      and (p_g - forger.log_prob(x).exp()).abs().max() < 1e-6)
careless = integral(torch.exp(-((x - 0.5) / 1.2) ** 2) / (1.2 * math.sqrt(2 * math.pi))).item()
print(f"without the 1/2 in the exponent, a mistake that is in print, the area is {careless:.3f}")
claim("a bell without its 1/2 has area 1/sqrt(2): no density at all", abs(careless - 0.5**0.5) < 1e-9, careless)

# %% [markdown]
# Now $V$ from samples, for some officer or other, and the lazy one:

# %%
torch.manual_seed(1_000 * SEED)
real, fake = data.sample((256,)), forger.sample((256,))
real_logits, fake_logits = 1.0 - real**2, 1.0 - fake**2                   # an officer who likes small numbers
V = logsigmoid(real_logits).mean() + logsigmoid(-fake_logits).mean()

logits, labels = torch.cat([real_logits, fake_logits]), torch.cat([torch.ones(256), torch.zeros(256)])
claim("V is -2 times the classifier's mean cross-entropy",
      abs(V + 2 * binary_cross_entropy_with_logits(logits, labels)) < 1e-6, V)
claim("V is -L_D of gan.losses, to 1e-6",
      abs(V + gan.losses.minimax.discriminator(real_logits, fake_logits).mean()) < 1e-6, V)
half = torch.zeros(256)                                                   # logit 0 is D = 1/2
lazy = (logsigmoid(half).mean() + logsigmoid(-half).mean()).item()
print(f"the lazy officer's V is {lazy:.6f}")
claim("the lazy officer earns -log 4 = -1.386294, whoever the forger is", abs(lazy + 1.386294) < 1e-6, lazy)

# %% [markdown]
# Two coin tosses guessed blindly: $\log\tfrac12 + \log\tfrac12 = -\log 4 \approx -1.386$. The forger has no say in it. So **$D$ can always have at least $-\log 4$**, and a sensible one never takes less. Remember that number.
#
# ## The best discriminator
#
# Hold $G$ still. Which $D$ makes $V$ largest? The fakes $G(z)$ have the density $p_g$, so both means are integrals over the same $x$:
#
# $$ V(D, G) = \int \Bigl[\, p(x)\log D(x) + p_g(x)\log(1 - D(x)) \,\Bigr]\,dx. $$
#
# The bracket at one $x$ contains $D$ at that $x$ and nowhere else. A $D$ that may be any function can therefore choose its value at each $x$ separately. Write $t$ for the value it chooses there, and $f(t) = p \log t + p_g\log(1-t)$ for the bracket. Then
#
# $$ f'(t) = \frac{p}{t} - \frac{p_g}{1-t}, \qquad f''(t) = -\frac{p}{t^2} - \frac{p_g}{(1-t)^2} < 0 . $$
#
# Where both $p$ and $p_g$ are above 0, $f$ bends downwards everywhere, so where $f' = 0$ it has its only maximum: $p\,(1-t) = p_g\,t$, that is
#
# $$ D^*(x) = \frac{p(x)}{p(x) + p_g(x)} . $$
#
# Goodfellow's Proposition 1. (Where only one of them is 0, the best $t$ is the end point 0 or 1, which the formula gives as well; where both are, $D$ is free.) The *data* stand on top: more data, more "real". (Exchanged, $D^*$ would be an officer who waves every forgery through.) The formula is easily checked by a search that knows no calculus:

# %%
t = torch.linspace(0.0005, 0.9995, 1_000, dtype=torch.float64)            # all the values D might take
spots = slice(3_250, 5_001, 25)                                         # 71 places, x from -3 to 4
bracket = p[spots, None] * t.log() + p_g[spots, None] * (1 - t).log()     # (71, 1000)
D_star = p / (p + p_g)
claim("at each of 71 places, the best of 1,000 values of D is p / (p + p_g)",
      (t[bracket.argmax(1)] - D_star[spots]).abs().max() < 0.001)
s = D_star.clone().requires_grad_()
slope, = torch.autograd.grad((p * s.log() + p_g * (1 - s).log())[spots].sum(), s)
claim("there the slope of the bracket is 0", slope.abs().max() < 1e-12, slope.abs().max())

# %% [markdown]
# ### Found by training
#
# A network knows neither $p$ nor $p_g$. It sees samples and the words "real" and "fake". We train five, and ask for the *largest* error of any (the "sup-norm" $\max_x |D(x) - D^*(x)|$) on the region that holds 99 % of the points, real or fake.
#
# > **Predict first.** Where will the trained officers be worst: where $D^*$ is steep, where there are many points, or where there are few?

# %%
def train_D(seed, steps=800, batch=512):
    """A discriminator that has seen samples of the data and of the forger. (B, 1) -> logits (B,)"""
    torch.manual_seed(1_000 * SEED + seed)
    D = gan.models.mlp_pair(features=1, width=32)[1].to(device)
    adam = torch.optim.Adam(D.parameters(), 5e-3, fused=True)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    for _ in range(steps):
        both = torch.cat([data.sample((batch, 1)), forger.sample((batch, 1))]).to(device)
        loss = gan.losses.minimax.discriminator(*D(both).split(batch)).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        slower.step()
    with torch.no_grad():
        return D(x[:, None].float().to(device)).sigmoid().cpu()           # D(x) on the whole grid


learned = torch.stack([train_D(seed) for seed in range(5)])               # (5, 8001)
mass = (p + p_g) / 2 * (x[1] - x[0])
ranked = mass.argsort(descending=True)
there = ranked[mass[ranked].cumsum(0) < 0.99]                             # the 99 % region
error = (learned - D_star).abs()

# %% mystnb={"image": {"alt": "Five trained discriminators, thin dashed curves, lie on the thick grey optimal curve inside the shaded region that holds 99 per cent of the points, and fan out from it on both sides."}}
figure, ax = plt.subplots()
low, high = x[there].min(), x[there].max()
ax.axvspan(low, high, color="0.93", label="99 % of the points")
ax.plot(x, D_star, color="0.65", linewidth=5, label="$D^*(x)$")
for k, curve in enumerate(learned):
    ax.plot(x, curve, "--", color=plots.JUDGE["color"], linewidth=0.9, label="five trained $D$" if k == 0 else None)
ax.set(xlim=(-6, 7), ylim=(0, 1), xlabel="$x$", ylabel="probability of real")
ax.legend(fontsize=8)
plt.show()

# %%
worst, every = error[:, there].amax(1), error.amax(1)
x6 = slice(5_500, 5_501)                                                # the place x = 6
odds = (learned[:, x6].logit() - D_star[x6].logit()).squeeze(1)
print(f"largest error on the 99 % region ≈ {worst.mean():.3f} ± {worst.std():.3f}, "
      f"anywhere ≈ {every.mean():.2f} ± {every.std():.2f}")
print(f"at x = 6 the learned odds are ≈ {odds.mean().exp():.0f} times too high")
claim("all 5 trained discriminators are within 0.15 of D* everywhere on the region with 99 % of the points",
      worst.max() < 0.15, worst)
claim("with p and p_g exchanged they would be off by more than 0.5, so it is the data that stand on top",
      (learned - (1 - D_star)).abs()[:, there].amax(1).min() > 0.5)
claim("the largest error anywhere is, on average, more than twice the largest on that region",
      every.mean() > 2 * worst.mean(), (every, worst))
claim("far out, at x = 6, all 5 have the odds wrong by a factor of more than 100",
      odds.abs().min() > math.log(100), odds)

# %% [markdown]
# They are right where somebody has been, and worst at its edge and just beyond, where points are few. Farther out they happen to look right again, near 0; but their *odds* are wrong by orders of magnitude. No point ever falls there to correct them.
#
# ## What perfect play is worth
#
# Put $D^*$ in. Four steps lead to the theorem; none needs more than school algebra, and each is a line in the cell below. Write $m = \tfrac12(p + p_g)$ for the density of the mixed crowd.
#
# 1. **Insert.** $V(D^*, G) = \int p\log\frac{p}{p + p_g} + \int p_g\log\frac{p_g}{p + p_g}$.
# 2. **Take out the 2s.** $p + p_g = 2m$, so each logarithm is $\log\frac{p}{m} - \log 2$. As $p$ has area 1, and $p_g$ too, the two $\log 2$ together make $-\log 4$. (Here an area of 0.707 would go wrong.)
# 3. **Name the rest.** $\int p \log\frac{p}{m}$ is called the **Kullback–Leibler divergence** $\mathrm{KL}(p\,\|\,m)$: the mean log-ratio of two densities, over samples from the first. The mean of $\mathrm{KL}(p\,\|\,m)$ and $\mathrm{KL}(p_g\,\|\,m)$ is the **Jensen–Shannon divergence** JSD. So
#
# $$ V(D^*, G) = -\log 4 + 2\,\mathrm{JSD}(p, p_g). $$
#
# 4. **It is never below.** For any $r > 0$, $\log r \le r - 1$, with equality only at $r = 1$ (the tangent at 1 lies above the curve). So $-\mathrm{KL}(p\,\|\,m) = \int p\log\frac{m}{p} \le \int p\,\bigl(\frac{m}{p} - 1\bigr) \le 1 - 1 = 0$. Hence KL ≥ 0, JSD ≥ 0, and JSD = 0 only if $p = m = p_g$.
#
# And on the other side: $p/m$ can't exceed 2, so JSD ≤ log 2, reached when data and fakes never meet; then $V(D^*, G) = 0$, and the officer is never wrong.

# %%
def kl(f, g):
    return integral(torch.xlogy(f, f / g))                                # 0 log 0 is 0


def jsd(f, g):
    return 0.5 * kl(f, (f + g) / 2) + 0.5 * kl(g, (f + g) / 2)


def value(D, f, g):
    return integral(torch.xlogy(f, D) + torch.xlogy(g, 1 - D))            # V by quadrature


# %%
m = (p + p_g) / 2
V_star = value(D_star, p, p_g)
claim("step 1: V at D* is the two integrals", abs(V_star - kl(p, p + p_g) - kl(p_g, p + p_g)) < 1e-9)
claim("step 2: taking out the 2s leaves -log 4", abs(V_star - (kl(p, m) + kl(p_g, m) - LOG4)) < 1e-9)
claim("step 3: V(D*, G) = -log 4 + 2 JSD, by quadrature, to 1e-6", abs(V_star - (-LOG4 + 2 * jsd(p, p_g))) < 1e-6)
inside = (x > -4) & (x < 6)
r = (m / p)[inside]
claim("step 4: log r <= r - 1 at every point, so both KL are >= 0",
      (r.log() <= r - 1).all() and kl(p, m) > 0 and kl(p_g, m) > 0)
claim("no other D earns more: 200 bent versions of D* all earn less",
      all(value(torch.sigmoid(D_star.logit() + a * torch.sin(b * x)), p, p_g) < V_star
          for a in torch.linspace(0.05, 2, 20) for b in range(1, 11)))
same = value(p / (p + p), p, p)
print(f"V(D*, G) = {V_star:.6f}, JSD = {jsd(p, p_g):.6f}; for a perfect forger V = {same:.6f}")
claim("for p_g = p the value is -log 4 to 1e-6, Theorem 1's minimum", abs(same + LOG4) < 1e-6, same)

# %% [markdown]
# Three more witnesses, none of whom knows our `integral`: scipy (whose `jensenshannon` returns the *square root* of JSD: a trap), a case with an exact answer, and a crowd. The exact one: data uniform on [0, 1], fakes on [h, 1 + h]. The parts that do not overlap, a share h of each, are told apart for sure; the rest is a coin toss. So JSD is $h\log 2$ and $V = -(1 - h)\log 4$.
#
# The crowd is the **Monte Carlo** way: draw samples, average $\log D^*(x)$ and $\log(1 - D^*(G(z)))$. That is also all a training loop can do. Its standard error is $\sqrt{(s_1^2 + s_2^2)/n}$, with $s_1$, $s_2$ the standard deviations of the two kinds of terms.

# %%
from scipy.spatial.distance import jensenshannon

claim("scipy's jensenshannon, squared, is our JSD to 1e-6", abs(jensenshannon(p, p_g) ** 2 - jsd(p, p_g)) < 1e-6)
for h in (0.0, 0.25, 0.5, 1.0):
    n = 1_000                                                             # cells per unit of length
    f, g = torch.zeros(2, 2 * n, dtype=torch.float64)
    f[:n], g[round(h * n):round(h * n) + n] = 1 / n, 1 / n
    V = (torch.xlogy(f, f / (f + g)) + torch.xlogy(g, g / (f + g))).nansum().item()
    print(f"uniforms shifted by {h:.2f}: V = {V + 0.0:+.6f}, exactly {-(1 - h) * LOG4 + 0.0:+.6f}")
    claim(f"uniforms shifted by {h:.2f} give V = -(1 - h) log 4 to 1e-6", abs(V + (1 - h) * LOG4) < 1e-6, V)

# %%
torch.manual_seed(1_000 * SEED + 10)


def log_odds(s):
    return data.log_prob(s) - forger.log_prob(s)                          # the logit of D*


gains = logsigmoid(log_odds(data.sample((2_000, 1_000)))), logsigmoid(-log_odds(forger.sample((2_000, 1_000))))
V_crowd = sum(g.mean(1) for g in gains)                                   # 2,000 crowds of 1,000 + 1,000
bar = ((gains[0].var(1) + gains[1].var(1)) / 1_000).sqrt()
covered = ((V_crowd - V_star).abs() < 2 * bar).float().mean().item()
print(f"one crowd: V ≈ {V_crowd[0]:.3f} ± {bar[0]:.3f}; quadrature {V_star:.3f}; "
      f"within 2 bars: ≈ {100 * covered:.0f} % of the crowds")
claim("of 2,000 crowds, 92 to 98 % lie within two error bars of the quadrature, as they should",
      0.92 < covered < 0.98, covered)
claim("and their mean within five of its own error bars",
      abs(V_crowd.mean() - V_star) < 5 * bar.mean() / 2_000**0.5, V_crowd.mean())

# %% [markdown]
# ## Play with it
#
# Now you are the forger. The data are a bell around 0 of width 1; yours has the mean and width that you choose. The officer answers with $D^*$ at once. Below stands what is integrated: $V$ is the (negative) area between the solid curve and zero. The lazy officer's area is $-\log 4$, and the gap between the two is 2 JSD.
#
# > **Predict first.** Start at your best, mean 0 and width 1. Which costs you more: moving a whole width to the side, or doubling the width? And from mean 4 to mean 5, how much does $V$ still change?

# %% mystnb={"image": {"alt": "Interactive figure. Above, data and fakes as two bells and the best discriminator falling from one to zero between them. Below, the integrand of V at the best discriminator and at one half, the gap between them shaded: 2 JSD."}}
from gan.figures import MinimaxExplorer

MinimaxExplorer(mean=1.5, width=0.7)

# %%
unit = bell(0.0, 1.0)
game = {setting: jsd(unit, bell(*setting)).item() for setting in ((0, 1), (1, 1), (0, 2), (4, 1), (5, 1))}
for (mean, width), divergence in game.items():
    print(f"mean {mean}, width {width}: JSD = {divergence:.3f}, V = {2 * divergence - LOG4:+.3f}")
claim("a step of one width to the side costs more than doubling the width", game[1, 1] > game[0, 2], game)
claim("from mean 4 to mean 5 less than half as much changes as from 0 to 1",
      game[5, 1] - game[4, 1] < 0.5 * game[1, 1], game)

# %% [markdown]
# Far away, JSD lies just under its ceiling, log 2, and is nearly level: $V$ hardly tells the farther the forger is off. Chapter 6 is about what that does to training.

# %% [markdown]
# ## Minimax is not maximin
#
# The forger minimises what is left after the officer has done its best: $\min_G \max_D V$. May we swap the two? Let the officer commit itself first, and the forger answer: $\max_D \min_G V$.
#
# > **Predict first.** The officer has fixed $D$ for good. You are the forger, and may send your fakes wherever you like. Where do you send them?
#
# All to one place: wherever $D$ is highest. $V$ contains the mean of $\log(1 - D)$ over the fakes, and a mean is least when *every* fake is at the least value. So after the swap the forger's answer is always a single point (several only if $D$ ties exactly), however rich the data are.
#
# Does the *value* change too? Take the smallest world there is: two places, the data half at each. The forger sends a share $q$ of its fakes to the first. We let the officer try all pairs of answers on a fine grid, and read off both orders.

# %%
grid = torch.linspace(0.0025, 0.9975, 399, dtype=torch.float64)             # D at a place; 0.5 is among them
D1, D2 = grid[:, None, None], grid[None, :, None]


def both_orders(q):
    """min over q of max over D, and max over D of min over q; q: (Q,) shares that the forger may choose from."""
    V = 0.5 * D1.log() + 0.5 * D2.log() + q * (1 - D1).log() + (1 - q) * (1 - D2).log()      # (399, 399, Q)
    return V.amax((0, 1)).min().item(), V.amin(2).max().item()


one_place = both_orders(torch.tensor([0.0, 1.0], dtype=torch.float64))
any_share = both_orders(torch.linspace(0, 1, 11, dtype=torch.float64))
exact = 0.5 * math.log(1 / 3) + math.log(2 / 3)                           # D* is 1/3 and 1
print(f"forger must choose one place: minimax {one_place[0]:.3f} on the grid, exactly {exact:.3f}; "
      f"maximin {one_place[1]:.3f}")
print(f"forger may split its fakes:   minimax {any_share[0]:.3f}, maximin {any_share[1]:.3f}")
claim("one place only: minimax is ½ log ⅓ + log ⅔ = -0.955, maximin is -log 4: the order changes the value",
      abs(one_place[0] - exact) < 0.005 and abs(one_place[1] + LOG4) < 1e-9, (one_place, exact))
claim("if the forger may split, both orders give -log 4", max(abs(v + LOG4) for v in any_share) < 1e-9, any_share)
claim("the second mover never loses by it: maximin <= minimax", all(b <= a + 1e-9 for a, b in (one_place, any_share)))

# %% [markdown]
# So the precise statement is finer than "swapping changes the game":
#
# - **The value** is the same, $-\log 4$, as long as the forger may make *any* density and the officer be *any* function. It differs once the forger is limited.
# - **The forger's answer** differs always. In minimax it is $p_g = p$ and nothing else. In maximin the officer's only safe choice is ½ everywhere (you saw: it earns $-\log 4$, and anything bolder is punished by a forger who sits down where $D$ is highest). Against ½ *every* forger is as good as any other, and nobody learns what the data look like. What the inner maximum buys: each $p_g$ is met by the officer who has studied *it*.
#
# Now with networks. Left: one step of $D$, one of $G$, in turn. Right: each time, one step of $D$ and then **twenty** of $G$, so that it is $G$ who answers a $D$ that stands still. Both have 8 bells on a ring to imitate, and $G$ makes 250 steps on the left and 300 on the right (so on the right $D$ makes only 15).

# %%
ring = gan.data.ring(std=0.1)


def play(g_steps, rounds, seed):
    """Fakes at the end of each of the last four rounds, (4, 1000, 2)."""
    torch.manual_seed(1_000 * SEED + 20 + seed)
    G, D = (net.to(device) for net in gan.models.mlp_pair())
    d_adam, g_adam = (torch.optim.Adam(net.parameters(), 2e-3, (0.0, 0.99), fused=True) for net in (D, G))
    film = []
    for _ in range(rounds):
        real = ring.sample((128,)).to(device)
        d_loss = gan.losses.non_saturating.discriminator(D(real), D(G(G.noise(128)).detach())).mean()
        d_adam.zero_grad()
        d_loss.backward()
        d_adam.step()
        for _ in range(g_steps):
            g_loss = gan.losses.non_saturating.generator(D(G(G.noise(128)))).mean()
            g_adam.zero_grad()
            g_loss.backward(inputs=list(G.parameters()))
            g_adam.step()
        film = [*film[-3:], G.sample(1_000).cpu()]
    return torch.stack(film)


in_turn, swapped = ([play(*settings, seed) for seed in range(3)] for settings in ((1, 250), (20, 15)))

# %% mystnb={"image": {"alt": "Left: fakes cover all eight bells of the ring. Right: four consecutive rounds with twenty generator steps each, the last one darkest; in each round the fakes sit in one small clump, which leaves most bells out."}}
def spread(film):
    return film.std(1).norm(dim=1).mean().item()                          # the ring itself has about 1.0


figure, axes = plt.subplots(1, 2, figsize=(7, 3.3), sharex=True, sharey=True)
titles = "one G step per D step", "twenty: the last four rounds"
for ax, film, title in zip(axes, (in_turn[0][-1:], swapped[0]), titles):
    for fakes, shade in zip(film, (1.0,) if len(film) == 1 else (0.25, 0.4, 0.6, 1.0)):
        ax.scatter(*fakes[:300].T, s=6, color=plots.FAKE["color"], alpha=shade, linewidth=0)
    ax.scatter(*ring.modes.T, s=90, facecolors="none", edgecolors="black")
    ax.set(title=title, xlim=(-2.2, 2.2), ylim=(-2.2, 2.2), aspect="equal", xlabel="$x_1$")
axes[0].set_ylabel("$x_2$")
plt.show()

turn, swap = ([spread(film) for film in films] for films in (in_turn, swapped))
for name, spreads in (("in turn", turn), ("20 G steps", swap)):
    print(f"spread of the fakes, {name}:", ", ".join(f"≈ {s:.2f}" for s in spreads))
claim("with 20 G steps in a row the fakes of a round lie, on average, within less than half the spread",
      sum(swap) < 0.5 * sum(turn), (turn, swap))

# %% [markdown]
# The forger on the right does what the theory says: all to one place. Gradient descent in turns knows no "min" and "max"; which of the two it resembles depends on who moves more. This is one way into mode collapse (chapter 7).
#
# ## Two losses, one fixed point
#
# What most people train is not $V$. Minimax $G$ minimises $\log(1 - D)$ over its fakes; non-saturating $G$ minimises $-\log D$. Popular texts say of these two either that they are "the same" or that they are "different". Both, and it should be said precisely:
#
# **Same fixed point.** If $p_g = p$ and $D = D^* = ½$, then $D$ is flat, and no loss that hears of $x$ only through $D(x)$ moves $G$.
#
# **Different gradients.** In the logit, with $\sigma' = \sigma(1 - \sigma)$: the minimax loss has gradient $-D$, the non-saturating one $D - 1$. Each is less than 0: both push towards "real". They are equal at $D = ½$ only. Training on *flipped labels* (tell $D$'s cross-entropy that fakes are real) is the second, never the first.
#
# > **Predict first.** Officer at its best, two bells of width 1, the fakes' mean at 4 or at 8. Which of the two losses pulls harder, and what does each do as the distance doubles?

# %%
a = torch.linspace(-9, 9, 19, dtype=torch.float64, requires_grad=True)
D_a = a.detach().sigmoid()
minimax, = torch.autograd.grad(gan.losses.minimax.generator(a).sum(), a)
non_saturating, = torch.autograd.grad(gan.losses.non_saturating.generator(a).sum(), a)
flipped, = torch.autograd.grad(binary_cross_entropy_with_logits(a, torch.ones_like(a), reduction="sum"), a)
claim("gradients in the logit: -D and D - 1", torch.allclose(minimax, -D_a) and torch.allclose(non_saturating, D_a - 1))
claim("flipped labels are non-saturating to 1e-6, and not minimax: at logit -9 those are 8,103 times apart",
      torch.allclose(flipped, non_saturating, atol=1e-6) and abs(flipped[0] / minimax[0] - math.exp(9)) < 1e-3)
claim("minimax is flat where D is near 0, not near 1: push 0.0001 at D = 0.0001, 0.9999 at D = 0.9999",
      -minimax[0] < 2e-4 and -minimax[-1] > 0.999)

# %%
def pulls(mean, width, p=unit):
    """Gradients in the fakes' mean and width, of both losses, D standing at its best."""
    at = torch.tensor([mean, width], dtype=torch.float64, requires_grad=True)
    p_g = bell(*at)
    D = (p / (p + p_g)).detach().clamp(1e-300, 1 - 1e-16)                 # D* of this moment, held still
    losses = integral(p_g * (1 - D).log()), integral(-p_g * D.log())
    return [torch.autograd.grad(loss, at, retain_graph=True)[0] for loss in losses]


for mean in (1.0, 2.0, 4.0, 8.0):
    by_minimax, by_other = (grad[0].item() for grad in pulls(mean, 1.0))
    print(f"mean {mean:.0f}: minimax pulls with {by_minimax:.4f}, non-saturating with {by_other:.4f}, "
          f"together {by_minimax + by_other:.4f}")
    claim(f"at mean {mean:.0f} the two pulls add up to {mean:.0f}, the slope of D's logit",
          abs(by_minimax + by_other - mean) < 1e-4, (by_minimax, by_other))

# %% [markdown]
# A pretty identity, and a short proof: for one fake the pushes on the logit are $D$ and $1 - D$, together 1; multiply by the slope of the logit, which for two unit bells at distance $d$ is $-d$ everywhere. At distance 8 minimax pulls with 0.0004, and non-saturating with the rest of the 8. Minimax has **saturated**: it is flat where its forger is worst.
#
# ### What each descends on
#
# With $D$ at its best after every step, minimax descends on $2\,\mathrm{JSD}$, as the theorem says. (Though $D^*$ changes with $G$, its change does not count: at a maximum the slope in $D$ is 0.) And the other? Arjovsky & Bottou (2017, Theorem 2.5) found $\mathrm{KL}(p_g\|p) - 2\,\mathrm{JSD}$, which sounds alarming: a distance *minus* a distance. (You may read that the minus sign "pushes the two apart".) Write it out, and it is one divergence, that of the crowd from the data:
#
# $$ \mathrm{KL}(p_g\,\|\,p) - 2\,\mathrm{JSD}(p, p_g) = \int p_g\log\frac{m}{p} + \int p\log\frac{m}{p} = 2\,\mathrm{KL}(m\,\|\,p) \;\ge\; 0 . $$
#
# It too is 0 only for $p_g = p$. Hence the same fixed point; but it grows without limit as the fakes move away, where JSD stops at log 2. We hold both statements against autograd:

# %%
def slopes_of(divergence, mean, width, p=unit):
    at = torch.tensor([mean, width], dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(divergence(p, bell(*at)), at)[0]


def crowd_from_data(p, p_g):
    return 2 * kl((p + p_g) / 2, p)


for mean, width in ((1.0, 1.0), (2.0, 0.5), (-1.0, 1.5)):
    by_minimax, by_other = pulls(mean, width)
    claim(f"fakes at {mean:g}, width {width:g}: minimax has the gradient of 2 JSD, non-saturating that of 2 KL(m, p)",
          torch.allclose(by_minimax, slopes_of(lambda f, g: 2 * jsd(f, g), mean, width), atol=1e-6)
          and torch.allclose(by_other, slopes_of(crowd_from_data, mean, width), atol=1e-6))
f, g = unit, bell(1.0, 0.8)
claim("KL(p_g, p) - 2 JSD = 2 KL(m, p), to 1e-9", abs(kl(g, f) - 2 * jsd(f, g) - crowd_from_data(f, g)) < 1e-9)


# %% [markdown]
# Now let both walk, in steps of 0.2 times the gradient, the officer at its best each time. First with a forger who *can* make the data (one bell for one bell), then with one who cannot (one bell for two).

# %%
def walk(loss, mean, width, p=unit, steps=400):
    path = [(mean, width)]
    for _ in range(steps):
        slope = pulls(mean, width, p)[loss].tolist()
        mean, width = mean - 0.2 * slope[0], width - 0.2 * slope[1]
        path.append((mean, width))
    return torch.tensor(path)


able = [walk(loss, 6.0, 1.0) for loss in (0, 1)]
two_bells = 0.4 * bell(-2.0, 0.6) + 0.6 * bell(2.0, 0.6)
unable = [walk(loss, 0.0, 1.0, two_bells) for loss in (0, 1)]
arrives = [int(((path - torch.tensor([0.0, 1.0])).abs().amax(1) < 0.05).nonzero()[0]) for path in able]
for name, one, other, when in zip(("minimax", "non-saturating"), able, unable, arrives):
    print(f"{name:>14}: one bell for one: there after {when:3d} steps; "
          f"one for two: ends at mean {other[-1][0]:.2f}, width {other[-1][1]:.2f}")
end = value(unit / (unit + bell(*able[0][-1].tolist())), unit, bell(*able[0][-1].tolist()))
claim("one bell for one: both end at the data, and V at -log 4 to 1e-3",
      all((path[-1] - torch.tensor([0.0, 1.0])).abs().max() < 0.05 for path in able) and abs(end + LOG4) < 1e-3, end)
claim("from 6 widths away minimax needs more than 5 times as many steps", arrives[0] > 5 * arrives[1], arrives)
claim("one bell for two: their widths end more than 0.2 apart, both at rest",
      unable[0][-1][1] - unable[1][-1][1] > 0.2
      and all((path[-1] - path[-20]).abs().max() < 1e-3 for path in unable), unable)

# %% mystnb={"image": {"alt": "Left: mean of the fakes against steps; non-saturating drops from 6 to 0 in some thirty steps, minimax hardly moves for fifty steps and then falls steadily, arriving after nearly three hundred. Right: two-bell data with the single bell each loss ends at; minimax's is wider."}}
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3))
right.plot(x, two_bells, label="data", **plots.REAL)
for name, style, one, other in zip(("minimax", "non-saturating"), (plots.JUDGE, plots.FAKE), able, unable):
    left.plot(one[:320, 0], label=name, **style)
    right.plot(x, bell(*other[-1].tolist()), label=name, **style)
left.set(xlabel="step", ylabel="mean of the fakes")
right.set(xlim=(-6, 6), xlabel="$x$", ylabel="density")
left.legend()
right.legend(fontsize=8)
plt.show()

# %% [markdown]
# So "the same fixed point" comes with a condition that is seldom said: it holds if the generator *can* reach $p_g = p$. One that cannot must compromise, and the two losses compromise differently.
#
# ## Theory and practice
#
# The theorem assumes that both densities are known, that $D$ may be any function, and that it is at its best at every moment. None of it holds in practice. What is left?
#
# ### Finite samples: V above its own minimum
#
# > **Predict first.** Real numbers and fakes come from the *same* density, so the best $D$ says ½, and $V = -\log 4$. But $D$ is shown only 30 of each, again and again. What $V$ will it report on those 60, and what on fresh ones?

# %%
def finite(n, seed, steps=300):
    """V on the n + n samples that D learned from, and on fresh ones; fakes are distributed as the data are."""
    torch.manual_seed(1_000 * SEED + 40 + seed)
    D = gan.models.mlp_pair(features=1, width=64)[1].to(device)
    adam = torch.optim.Adam(D.parameters(), 5e-3, fused=True)
    real, fake = (data.sample((n, 1)).to(device) for _ in "ab")
    for _ in range(steps):
        loss = gan.losses.minimax.discriminator(*D(torch.cat([real, fake])).split(n)).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    with torch.no_grad():
        fresh = gan.losses.minimax.discriminator(*D(data.sample((20_000, 1)).to(device)).split(10_000)).mean()
    return -loss.item(), -fresh.item()


few, many = (torch.tensor([finite(n, seed) for seed in range(4)]) for n in (30, 300))
for n, rows in ((30, few), (300, many)):
    mean, std = rows.mean(0), rows.std(0)
    print(f"{n:>3} + {n} samples: V on them ≈ {mean[0]:.2f} ± {std[0]:.2f}, "
          f"on fresh ones ≈ {mean[1]:.2f} ± {std[1]:.2f}")
claim("in all 8 runs V lies above -log 4 on the samples D learned from, and below it on fresh ones",
      all((rows[:, 0] > -LOG4).all() and (rows[:, 1] < -LOG4).all() for rows in (few, many)), (few, many))
claim("with 300 samples both come at least 3 times nearer to -log 4 than with 30",
      ((few + LOG4).abs().mean(0) > 3 * (many + LOG4).abs().mean(0)).all(), (few, many))

# %% [markdown]
# A $D$ that knows its samples by heart finds a difference where there is none. A GAN's fakes are fresh in each step; its real samples are not.
#
# ### A real run against its bound
#
# Next, an ordinary run on the two bells. Every 20 steps we compute on a fine grid of bins the $V$ that $D$ *earns*, the $V$ that the best $D$ *could* earn against the same fakes, and both officers' accuracy: the share of all judgements that are right. (For the best $D$ this is exactly $\tfrac12 + \tfrac12\mathrm{TV}$, half the total variation above a coin.)
#
# > **Predict first.** After 600 steps the loss curves are level, and $D$ is right in 50 % of cases. Is $p_g = p$?

# %%
edges = torch.linspace(-5, 6, 221)
centres = ((edges[1:] + edges[:-1]) / 2)[:, None]
P = (data.weights * Normal(data.modes, 0.6).cdf(edges[:, None])).sum(1).diff()     # share of the data in each bin
z = Normal(0, 1).icdf((torch.arange(20_000) + 0.5) / 20_000)[:, None]              # evenly likely noise


@torch.no_grad()
def audit(G, D):
    """V earned, V of the best D, accuracy of both."""
    Q = torch.histc(G(z.to(device)).cpu().clamp(-4.99, 5.99), 220, -5, 6) / len(z)
    a = D(centres.to(device)).cpu()
    best = P / (P + Q)
    earned = (P * logsigmoid(a) + Q * logsigmoid(-a)).sum()
    possible = (torch.xlogy(P, best) + torch.xlogy(Q, 1 - best)).nansum()
    right = (P[a > 0].sum() + Q[a <= 0].sum()) / 2
    return [v.item() for v in (earned, possible, right, 0.5 + 0.25 * (P - Q).abs().sum())]

# %%
def real_run(seed):
    torch.manual_seed(1_000 * SEED + 60 + seed)
    G, D = gan.models.mlp_pair(features=1, latent=1, width=32)
    pairs = gan.data.GaussianMixture([[-1.0], [1.5]], 0.6, [0.35, 0.65])           # samples of shape (1,)
    run = gan.train(G, D, pairs, steps=600, batch=256, lr=2e-3, betas=(0.0, 0.99), device=device)
    audits = [audit(G, D) for step in run if step.index % 20 == 0]
    adam = torch.optim.Adam(D.parameters(), 2e-3, fused=True)                      # then G stands still, D goes on
    for _ in range(300):
        real, fake = pairs.sample((512,)).to(device), G.sample(512)
        loss = gan.losses.minimax.discriminator(D(real), D(fake)).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    return [*audits, audit(G, D)]


runs = torch.tensor([real_run(seed) for seed in range(3)])                         # (3, 31, 4)

# %% mystnb={"image": {"alt": "Left: V against steps, mean and band of three runs: what D earns falls to minus log 4 and stays on it; the dashed bound lies above it, with a hump near step 250. Right: D's accuracy near one half; the best D's lies above it, at 0.55 to 0.7."}}
when = torch.arange(1, 31) * 20
figure, axes = plt.subplots(1, 2, figsize=(8, 3))
for ax, k, level, name in zip(axes, (0, 2), (-LOG4, 0.5), ("$V$", "accuracy")):
    ax.axhline(level, color="0.6", linewidth=0.8)
    plots.band(ax, when, runs[:, :30, k], label="D as it is", **plots.FAKE)
    plots.band(ax, when, runs[:, :30, k + 1], label="the best D", **plots.JUDGE)
    ax.set(xlabel="step", ylabel=name)
axes[0].legend()
axes[0].set_ylim(-1.6, -0.6)
plt.show()

late, after = runs[:, 15:30].mean(1), runs[:, 30]                                  # (3, 4) each
print(f"steps 320 to 600: V earned ≈ {late[:, 0].mean():.3f}, possible ≈ {late[:, 1].mean():.3f}; "
      f"accuracy ≈ {100 * late[:, 2].mean():.1f} %, possible ≈ {100 * late[:, 3].mean():.1f} %")
print(f"G held, D trained on: V earned ≈ {after[:, 0].mean():.3f}, possible ≈ {after[:, 1].mean():.3f}; "
      f"accuracy ≈ {100 * after[:, 2].mean():.1f} %")

# %%
claim("no D ever earns more than the best one could", (runs[..., 0] <= runs[..., 1] + 1e-6).all())
claim("in all 3 runs D falls below -log 4 at some moment: a coin would have done better",
      (runs[:, :30, 0] < -LOG4).any(1).all(), runs[:, :30, 0])
claim("late in all 3 runs V is within 0.02 of -log 4 and accuracy within 0.03 of one half, as at equilibrium",
      (late[:, 0] + LOG4).abs().max() < 0.02 and (late[:, 2] - 0.5).abs().max() < 0.03, late)
claim("and yet in all 3 the best D would be right in over 52 % of cases: p_g is not p", late[:, 3].min() > 0.52, late)
claim("D trained on, with G held, earns more than -log 4 in all 3 runs", (after[:, 0] > -LOG4).all(), after)

# %% [markdown]
# Here lies the chapter's warning. Everything *looks* like equilibrium: $V$ is at $-\log 4$ and $D$ tosses coins. Yet fakes and data differ, and a better officer would see it. The theorem reads "if $p_g = p$, then 50 %". The converse holds for the **best** $D$ only, and the $D$ of a running game is not the best: it lags, as the fakes move faster than it learns. Hold $G$ still, and $D$ finds part of the difference again.
#
# ### Why the feedback turns to noise
#
# Suppose that equilibrium *is* reached. $D^*$ is flat: no advice at all. But $D$ is trained on batches, and no two batches are quite alike. What does it tell $G$ then?
#
# > **Predict first.** Six officers are trained independently, all against the same forger. Do they give the same advice when the fakes are the data moved by 1? And when they are the data?

# %%
def advice(shift, seed, steps=150):
    """Slope of the logit at 1,000 fixed fakes; the fakes are the data, moved by `shift`."""
    torch.manual_seed(1_000 * SEED + 80 + seed)
    D = gan.models.mlp_pair(features=1, width=32)[1].to(device)
    adam = torch.optim.Adam(D.parameters(), 2e-3, (0.0, 0.99), fused=True)
    for _ in range(steps):
        real, fake = data.sample((256, 1)).to(device), data.sample((256, 1)).to(device) + shift
        loss = gan.losses.minimax.discriminator(D(real), D(fake)).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    fake = (torch.linspace(-2.0, 2.5, 1_000, device=device)[:, None] + shift).requires_grad_()
    return torch.autograd.grad(D(fake).sum(), fake)[0].squeeze(1).cpu()


agreement = {}
for shift in (1.0, 0.0):
    slopes = torch.stack([advice(shift, seed) for seed in range(6)])                # (6, 1000)
    cosines = torch.cosine_similarity(slopes[:, None], slopes[None], dim=2)
    agreement[shift] = cosines[torch.triu_indices(6, 6, 1).unbind()]                # 15 pairs of officers
    print(f"moved by {shift:g}: size of the advice ≈ {slopes.abs().mean():.2f}, agreement (cosine) of two officers "
          f"≈ {agreement[shift].mean():.2f} ± {agreement[shift].std():.2f}")
claim("fakes moved by 1: any two of six officers agree, cosine above 0.8", agreement[1.0].min() > 0.8, agreement)
claim("perfect fakes: some pair hardly agrees, cosine below 0.3, and the mean is below 0.7",
      agreement[0.0].min() < 0.3 and agreement[0.0].mean() < 0.7, agreement)

# %% [markdown]
# Advice does not stop at equilibrium; it becomes small and random. A perfect forger who follows it wanders off until the difference is large enough for $D$ to see again. That is one reason why GANs shuffle about instead of settling (chapter 8).
#
# ## Exercises
#
# **1 (ten minutes, paper).** Data are uniform on [0, 1], fakes on [0, 2]. What is $V(D^*, G)$? Give three decimals.

# %%
def check_exercise_1(answer):
    claim("your V(D*, G) is right", abs(answer - (math.log(2 / 3) + 0.5 * math.log(1 / 3))) < 2e-3, answer)


# check_exercise_1(your number)

# %% tags=["hide-cell"]
# On [0, 1]: p = 1, p_g = 1/2, D* = 2/3. On [1, 2]: no data, D* = 0, and log(1 - 0) = 0.
# V = 1 log(2/3) + 1/2 log(1/3) = -0.955. (The two places of the minimax section, seen from the other side.)
check_exercise_1(-0.955)
# the sign turned; the minimum; JSD alone; -log 4 + JSD, without the 2; D* with p and p_g exchanged
for wrong in (0.955, -1.386, 0.216, -1.171, math.log(1 / 3) + 0.5 * math.log(2 / 3)):
    try:
        check_exercise_1(wrong)
    except AssertionError:
        print(f"{wrong:.3f} is refused")

# %% [markdown]
# **2 (ten minutes).** Show the officer *two* fakes for every real one, and let it maximise $\mathbb{E}\log D(x) + 2\,\mathbb{E}\log(1 - D(G(z)))$. Derive the best $D$, and the value when $p_g = p$. Is ½ still the mark of a perfect forger?

# %% tags=["hide-cell"]
# p/t = 2 p_g/(1 - t) gives D* = p / (p + 2 p_g); for p_g = p that is 1/3, and the value log(1/3) + 2 log(2/3) = -1.910.
bracket = p[spots, None] * t.log() + 2 * p_g[spots, None] * (1 - t).log()
claim("with two fakes for every real, D* = p / (p + 2 p_g)",
      (t[bracket.argmax(1)] - (p / (p + 2 * p_g))[spots]).abs().max() < 0.001)
third = torch.full_like(p, 1 / 3)
claim("a perfect forger is met by D = 1/3 and a value of -1.910",
      abs(integral(p * third.log() + 2 * p * (1 - third).log()) + 1.910) < 1e-3)

# %% [markdown]
# **3 (half an hour).** How many samples does it take to *see* by Monte Carlo that $V(D^*, G)$ lies above $-\log 4$? Data and fakes are bells of width 1, a distance $d$ apart. How many of each kind do you need, for $d = 0.4$, 0.2 and 0.1, until the gap is two error bars wide? (Near equilibrium the gap shrinks, but so does the error bar. Compute both by quadrature.)

# %% tags=["hide-cell"]
needed = []
for d in (0.4, 0.2, 0.1):
    f, g = unit, bell(d, 1.0)
    terms = [(f, (f / (f + g)).log()), (g, (g / (f + g)).log())]
    variance = sum(integral(h * v**2) - integral(h * v) ** 2 for h, v in terms)     # of one pair
    needed.append((4 * variance / (2 * jsd(f, g)) ** 2).item())
    print(f"d = {d}: V - (-log 4) = {2 * jsd(f, g):.5f}, samples needed: {needed[-1]:,.0f}")
claim("half the distance needs four times the samples, to within 5 %",
      all(abs(more / less / 4 - 1) < 0.05 for less, more in zip(needed, needed[1:])), needed)

# %% [markdown]
# **4 (an afternoon).** Give `walk` a forger with two bells of free means and a common width, and the two-bell data. From which starts do the two losses still end in different places, though this forger *can* reach $p_g = p$?

# %% tags=["hide-cell"]
def walk_two(loss, start, steps=800, every=16):
    """Two means and a width, walked by gradient descent on a coarser grid, D at its best each time."""
    theta, shares = torch.tensor(start, dtype=torch.float64, requires_grad=True), torch.tensor([0.4, 0.6])
    coarse, data_p = x[::every], two_bells[::every].clamp(min=1e-300)
    for _ in range(steps):
        p_g = (shares * Normal(theta[:2], theta[2]).log_prob(coarse[:, None]).exp()).sum(1)
        a = (data_p / p_g.clamp(min=1e-300)).log().detach()               # D* stands still while G steps
        answer = logsigmoid(-a) if loss == 0 else -logsigmoid(a)
        slope, = torch.autograd.grad(torch.trapezoid(p_g * answer, coarse), theta)
        theta = (theta - 0.2 * slope).detach().requires_grad_()
    return theta.detach()


# %% tags=["hide-cell"]
for start in ((-1.0, 1.0, 1.0), (1.0, -1.0, 1.0), (4.0, 6.0, 1.0)):
    ends = minimax_end, other_end = [walk_two(loss, start) for loss in (0, 1)]
    print(f"from {start}: minimax ends at {minimax_end[0]:.2f} and {minimax_end[1]:.2f}, "
          f"non-saturating at {other_end[0]:.2f} and {other_end[1]:.2f}")
    if start == (-1.0, 1.0, 1.0):
        claim("from between the bells both losses end at the data", all(abs(e[0] + 2) + abs(e[1] - 2) < 0.01 for e in ends))
    if start == (1.0, -1.0, 1.0):
        claim("started crosswise both end with the shares exchanged, at rest and not at the data",
              all(abs(e[0] - 2) + abs(e[1] + 2) < 0.01 for e in ends), ends)
claim("from far on one side minimax ends at the data, non-saturating with both bells on the nearer one",
      abs(minimax_end[0] + 2) + abs(minimax_end[1] - 2) < 0.01 and (other_end[:2] - 2).abs().max() < 0.3, ends)

# %% [markdown]
# ## Summary
#
# - $V$ is the log-likelihood of the labels "real" and "fake", twice the negative cross-entropy. $D$ raises it; minimax $G$ lowers its second term.
# - The best $D$ is $p/(p + p_g)$, against which $V = -\log 4 + 2\,\mathrm{JSD}$, least at $p_g = p$.
# - The order matters: a forger who answers a fixed $D$ goes to one point.
# - Against the best $D$, minimax descends on 2 JSD, which saturates; non-saturating on $2\,\mathrm{KL}(m\|p)$, which does not. Same fixed point if $G$ can reach it; gradients $-D$ and $D - 1$.
# - In a real run $V \approx -\log 4$ and 50 % accuracy say that *this* $D$ is at its wits' end, not that $p_g = p$.
#
# > **Often misread.** "A GAN minimises the Jensen–Shannon divergence." Minimax would, against a perfect $D$. Nobody trains that: the loss is another one, and $D$ is not at its best.
#
# > **Often misread.** "If the generator is perfect, $D(G(z)) \approx 1$ and $\log(1 - D)$ is near 0." If it is perfect, $D = ½$. And at $D = 0.9997$, $\log(1 - D)$ is $-8.1$; it is near 0 when $D$ is near **0**.
#
# > **Often misread.** "V can't fall below $-\log 4$." $V(D^*, G)$ cannot. $V(D, G)$ with a $D$ that lags can, and does.
#
# **Further reading.** Goodfellow et al., [Generative Adversarial Nets](https://arxiv.org/abs/1406.2661) (2014), section 4 is this proof on one page. Arjovsky & Bottou, [Towards Principled Methods](https://arxiv.org/abs/1701.04862) (2017). Goodfellow, [NIPS 2016 Tutorial](https://arxiv.org/abs/1701.00160), on the order of min and max. Fedus et al., [Many Paths to Equilibrium](https://arxiv.org/abs/1710.08446) (2018): why GANs need not descend on a divergence at each step.
#
# Next: [the training loop](04_training_loop.ipynb), where these two losses meet real code.
