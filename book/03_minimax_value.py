# %% [markdown]
# # 3 · The minimax value
#
# **What is the one number that both players fight over, and what does it say about the fakes?** Goodfellow's answer of 2014, for a perfect discriminator, is $-\log 4$ plus twice a divergence between fakes and data. What is left of it when the discriminator is a network that learns?
#
# - **You need** [chapter 2](02_two_players.ipynb), and maxima and integrals from calculus.
# - **Afterwards you can** derive the best discriminator, say what each generator loss descends on, and judge what a flat loss curve proves.
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
# > **Predict first.** The data have a normal density of mean 0 and width 1. You are the forger and choose the mean and the width of the fakes, while the officer answers with the best discriminator there is. Which takes you farther from a perfect forgery, to move the fakes by one width or to double their width? And what do you gain by coming from mean 5 to mean 4?

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Interactive figure. Above, data and fakes as two bells and the best discriminator falling from one to zero between them. Below, the integrand of V at the best discriminator and at one half, the gap between them shaded: 2 JSD."}}
from gan.figures import MinimaxExplorer

MinimaxExplorer(mean=1.5, width=0.7)

# %% [markdown]
# The blue curve above is the best discriminator for these fakes, $D^*(x) = p(x)/(p(x) + p_g(x))$, where $p$ is the density of the data and $p_g$ that of the fakes. The curves below show what a discriminator earns at each $x$, the solid one for $D^*$ and the dotted one for a discriminator that says ½ to everything. The shaded area between them is twice the *Jensen–Shannon divergence*, JSD, which is 0 only if fakes and data agree.
#
# Moving by one width costs more than doubling the width. From mean 5 to mean 4 little is gained, because JSD has a ceiling, $\log 2 \approx 0.693$, and is nearly there.

# %% tags=["hide-input", "measure"]
import math
from copy import deepcopy

from torch.distributions import Normal
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid

LOG2, LOG4 = math.log(2), math.log(4)
# A fine grid; all densities of this chapter end long before it does.
x = torch.linspace(-16, 16, 8_001, dtype=torch.float64)


def integral(f):
    return torch.trapezoid(f, x)


def normal(mean, width):
    bell = torch.exp(-0.5 * ((x - mean) / width) ** 2)
    return bell / (width * math.sqrt(2 * math.pi))


# %% tags=["hide-input", "measure"]
def kl(f, g):
    # 0 log 0 counts as 0.
    return integral(torch.where(f > 0, f * (f / g).log(), 0.0))


def jsd(f, g):
    return 0.5 * kl(f, (f + g) / 2) + 0.5 * kl(g, (f + g) / 2)


def shown(v, digits):
    return f"≈ {v.mean():.{digits}f} ± {v.std():.{digits}f}"


unit = normal(0.0, 1.0)
settings = ((0, 1), (1, 1), (0, 2), (4, 1), (5, 1))
game = {setting: jsd(unit, normal(*setting)).item() for setting in settings}
Table(["mean of the fakes", "width", "JSD", "payoff of D*"],
      [[mean, width, f"{d:.3f}", f"{2 * d - LOG4:.3f}"]
       for (mean, width), d in game.items()])

# %% [markdown]
# ## The payoff
#
# A discriminator is a classifier that is shown an $x$ with a hidden label, $y = 1$ for real and $y = 0$ for fake, and that gives "real" the probability $D(x)$. The true label then has the log-probability
#
# $$ y \log D(x) + (1 - y)\log(1 - D(x)). $$
#
# This is the *log-likelihood* of the label, whose mean a classifier makes large. Half of what $D$ sees is real and half is fake, so we take the mean over each half and add the two:
#
# $$ V(D, G) \;=\; \underbrace{\mathbb{E}_{x\sim p}\,\log D(x)}_{\text{reals: } y = 1} \;+\; \underbrace{\mathbb{E}_{z}\,\log\bigl(1 - D(G(z))\bigr)}_{\text{fakes: } y = 0}. $$
#
# We call $V(D, G)$ the **payoff**; in the paper of 2014 it is the value function. The **value of the game** is one number, $\min_G \max_D V(D, G)$, which remains when both play as well as they can. The signs are easily confused:
#
# | player | wants | its optimiser minimises |
# |---|---|---|
# | $D$ | $V$ large | $L_D = -V$, which is twice the mean cross-entropy of the labels |
# | $G$, minimax | $V$ small | the second term alone, because the first does not contain $G$ |
# | $G$, non-saturating | $-\mathbb{E}\log D(G(z))$ small | a loss that is not part of $V$ |
#
# From here on both densities are known: the data are a mixture of two normal densities, and the fakes have one wide one between them.

# %% tags=["hide-input", "measure"]
data = gan.data.mixture_1d([-1.0, 1.5], 0.6, [0.35, 0.65])
forger = Normal(0.5, 1.2)
p = 0.35 * normal(-1.0, 0.6) + 0.65 * normal(1.5, 0.6)
p_g = normal(0.5, 1.2)
D_star = p / (p + p_g)

# %%
torch.manual_seed(1_000 * SEED)
real, fakes = data.sample((256,)), forger.sample((256,))
# Logits of some D, which takes numbers near 0 for real: log D is logsigmoid(a).
real_logits, fake_logits = 1.0 - real**2, 1.0 - fakes**2
V = logsigmoid(real_logits).mean() + logsigmoid(-fake_logits).mean()
print(f"this D earns V ≈ {V:.3f}")

# %% [markdown]
# A discriminator that says ½ to everything earns $\log\tfrac12 + \log\tfrac12 = -\log 4 \approx -1.386$, whatever $G$ does. Only what $D$ earns beyond $-\log 4$ is knowledge about the fakes.

# %% tags=["hide-cell", "checks"]
for name, ours, theirs in (("data", p, data), ("fakes", p_g, forger)):
    check(f"the density of the {name} has area 1 and is PyTorch's to 1e-6",
          abs(integral(ours) - 1) < 1e-9
          and (ours - theirs.log_prob(x).exp()).abs().max() < 1e-6)
logits = torch.cat([real_logits, fake_logits])
labels = torch.cat([torch.ones(256), torch.zeros(256)])
check("V is -2 times the mean cross-entropy of the labels",
      abs(V + 2 * binary_cross_entropy_with_logits(logits, labels)) < 1e-6, V)
check("V is minus the mean of D's loss in gan.losses, to 1e-6",
      abs(V + gan.losses.minimax.discriminator(real_logits, fake_logits).mean()) < 1e-6)
half = torch.zeros(256)
blind = (logsigmoid(half).mean() + logsigmoid(-half).mean()).item()
check("a D that says 1/2 to everything earns -log 4 = -1.386294",
      abs(blind + 1.386294) < 1e-6, blind)
check("moving the fakes by one width costs more than doubling their width",
      game[1, 1] > game[0, 2], game)
check("from mean 4 to mean 5 JSD changes by less than half of what it does from 0 to 1",
      game[5, 1] - game[4, 1] < 0.5 * game[1, 1], game)

# %% [markdown]
# ## The best discriminator
#
# Hold $G$ still and ask which $D$ makes the payoff largest. The fakes $G(z)$ have the density $p_g$, so both means are integrals over the same $x$:
#
# $$ V(D, G) = \int \Bigl[\, p(x)\log D(x) + p_g(x)\log(1 - D(x)) \,\Bigr]\,dx. $$
#
# A $D$ that may be any function can choose its answer $t$ at each $x$ separately. The slope of the bracket in $t$ is $p/t - p_g/(1-t)$, which is 0 at its only maximum:
#
# $$ D^*(x) = \frac{p(x)}{p(x) + p_g(x)}, \qquad\text{with the logit}\qquad a^*(x) = \log\frac{p(x)}{p_g(x)} . $$
#
# Where the data are three times as dense as the fakes, the best answer is ¾.
#
# <details>
# <summary>Derive: Proposition 1, why D* is a ratio, and what it assumes</summary>
#
# **Proposition 1** (Goodfellow et al. 2014). *Let $p$ and $p_g$ be densities, and let $D$ be any function with values in $[0, 1]$. Then $V(D, G) \le V(D^*, G)$. Equality holds only if $D = D^*$ wherever $p + p_g > 0$, up to a set without probability.*
#
# **Proof.** At one $x$ let $f(t) = p\log t + p_g\log(1 - t)$. If both densities are above 0 there, then $f''(t) = -p/t^2 - p_g/(1-t)^2 < 0$, so $f$ has its only maximum where $f'(t) = 0$, hence at $t = p/(p + p_g)$. If only $p$ is above 0, then $f$ rises up to $t = 1$, and if only $p_g$ is, it falls from $t = 0$; the formula gives these ends as well. Integrating over $x$ keeps the inequality. ∎
#
# **What is assumed.** $D$ must be free to be any function, and both densities must exist, though nobody has to know them. Fakes on a sheet have no density in the space around it ([chapter 1](01_generative_and_discriminative.ipynb)), but any two distributions have densities relative to their own mixture, $m = \tfrac12(p + p_g)$. An event without probability under $m$ has none under either, so the theorem of Radon and Nikodym gives two functions $u$ and $u_g$ with $u + u_g = 2$, and with them $D^* = u/2$. The integrals up to Theorem 1 may be read as integrals over $m$.
#
# </details>
#
# ### Found by training
#
# A network sees only samples with labels. We train ten discriminators with different seeds and look at the largest error $|D(x) - D^*(x)|$ of each, on the region that holds 99 % of all samples and anywhere.
#
# > **Predict first.** Where will the trained officers be worst: where $D^*$ is steep, where there are many samples, or where there are few?

# %% tags=["hide-input", "measure"]
def train_discriminators(runs=10, steps=800, batch=512):
    """D(x) on the grid, (runs, 8001), of discriminators that learn side by side."""
    torch.manual_seed(1_000 * SEED)
    pairs = (gan.models.mlp_pair(features=1, width=32) for _ in range(runs))
    D = gan.ensemble.stack(pairs)[1].to(device)
    adam = torch.optim.Adam(D.parameters(), 5e-3, fused=True)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    for _ in range(steps):
        both = [who.sample((runs, batch, 1)).to(device) for who in (data, forger)]
        loss = gan.losses.minimax.discriminator(*map(D, both)).mean(1).sum()
        adam.zero_grad()
        loss.backward()
        adam.step()
        slower.step()
    with torch.no_grad():
        return D(x.float().to(device)[:, None].expand(runs, -1, 1)).sigmoid().cpu()


learned = train_discriminators()

# %% tags=["hide-input", "measure"]
mass = (p + p_g) / 2 * (x[1] - x[0])
ranked = mass.argsort(descending=True)
# The region with 99 % of the samples.
there = ranked[mass[ranked].cumsum(0) < 0.99]
error = (learned - D_star).abs()
inside, anywhere = error[:, there].amax(1), error.amax(1)
at_6 = (x - 6).abs().argmin()
odds = learned[:, at_6].logit() - D_star[at_6].logit()
Table(["largest error of D", "mean ± std of 10 runs"],
      [["on the region with 99 % of the samples", shown(inside, 3)],
       ["anywhere", shown(anywhere, 2)],
       ["in the logit, at x = 6", shown(odds, 1)]])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Ten trained discriminators, thin dashed curves, lie on the thick grey optimal curve inside the shaded region that holds 99 per cent of the samples, and fan out from it on both sides."}}
figure, ax = plt.subplots()
low, high = x[there].min(), x[there].max()
ax.axvspan(low, high, color="0.93", label="99 % of the samples")
ax.plot(x, D_star, color="0.65", linewidth=5, label="$D^*(x)$")
for k, curve in enumerate(learned):
    ax.plot(x, curve, "--", color=plots.JUDGE["color"], linewidth=0.9,
            label="ten trained $D$" if k == 0 else None)
ax.set(xlim=(-6, 7), ylim=(0, 1), xlabel="$x$", ylabel="probability of real")
ax.legend(fontsize=8)
plt.show()

# %% [markdown]
# They are right where samples fall, and worst at the edge of that region and just beyond it. Farther out all probabilities are near 0, but the logits are wrong by several units, since no sample ever corrects them there.

# %% tags=["hide-cell", "checks"]
t = torch.linspace(0.0005, 0.9995, 1_000, dtype=torch.float64)
# 71 places from -3 to 4, and at each all the values that D might take there.
places = slice(3_250, 5_001, 25)
bracket = p[places, None] * t.log() + p_g[places, None] * (1 - t).log()
check("at each of 71 places, the best of 1,000 values of D is p / (p + p_g)",
      (t[bracket.argmax(1)] - D_star[places]).abs().max() < 0.001)
claim("all 10 trained discriminators are within 0.15 of D* everywhere on the region "
      "with 99 % of the samples", inside.max() < 0.15, inside)
claim("all 10 are more than 0.5 away from D* with p and p_g exchanged",
      (learned - (1 - D_star)).abs()[:, there].amax(1).min() > 0.5)
claim("the largest error of D anywhere is on average more than twice the largest "
      "where the samples are", anywhere.mean() > 2 * inside.mean(), (anywhere, inside))
claim("far from all samples, at x = 6, all 10 have a logit that is off by more than 3",
      odds.abs().min() > 3, odds)

# %% [markdown]
# ## What the best discriminator earns
#
# The *Kullback–Leibler divergence* of chapter 1, $\mathrm{KL}(p\,\|\,q) = \int p\log\frac{p}{q}$, is the mean log-ratio of two densities over samples of the first. It is never negative, and it is 0 only for $p = q$. The Jensen–Shannon divergence compares both densities with their mixture $m = \tfrac12(p + p_g)$:
#
# $$ \mathrm{JSD}(p, p_g) = \tfrac12\,\mathrm{KL}(p\,\|\,m) + \tfrac12\,\mathrm{KL}(p_g\,\|\,m). $$
#
# With $D^* = \tfrac{p}{2m}$ the logarithms in the payoff become $\log\frac{p}{m} - \log 2$ and $\log\frac{p_g}{m} - \log 2$. Since both densities have area 1, the two $\log 2$ make $-\log 4$, and what is left are the two divergences:
#
# $$ V(D^*, G) = -\log 4 + 2\,\mathrm{JSD}(p, p_g). $$
#
# **Theorem 1** (Goodfellow et al. 2014). *The payoff of the best discriminator is least if and only if $p_g = p$, and then it is $-\log 4$.* At the other end it is 0, when fakes and data never meet and $D^*$ is never wrong.
#
# JSD is also the *mutual information* of a sample and its label. It cannot exceed $\log 2$ because there is no more to know about a fair coin.
#
# <details>
# <summary>Derive: Theorem 1, and JSD as the information in the label</summary>
#
# **Proof of Theorem 1.** For every $r > 0$ we have $\log r \le r - 1$, with equality only at $r = 1$, because the logarithm lies below its tangent there. Therefore
#
# $$ -\mathrm{KL}(p\,\|\,q) = \int p\log\frac{q}{p} \le \int p\,\Bigl(\frac{q}{p} - 1\Bigr) \le 1 - 1 = 0, $$
#
# so that $\mathrm{KL} \ge 0$, with equality only for $q = p$. Hence JSD ≥ 0, and JSD = 0 only if $p = m = p_g$. On the other side $p/m$ and $p_g/m$ never exceed 2, which gives JSD ≤ log 2. ∎
#
# **Proposition** (information). *Let the label $y$ be 1 or 0 with probability ½, and let $x$ be drawn from $p$ or from $p_g$ accordingly. Then $I(x; y) = \mathrm{JSD}(p, p_g)$.*
#
# **Proof.** By Bayes' rule the probability of $y = 1$ given $x$ is $\tfrac12 p/m = D^*(x)$. Mutual information is the uncertainty of $y$, the least mean cross-entropy with which it can be foretold, minus the mean uncertainty of $y$ given $x$. The first is $\log 2$. The second is the mean of $-y\log D^*(x) - (1 - y)\log(1 - D^*(x))$, that is $-\tfrac12 V(D^*, G)$. With the formula for $V(D^*, G)$, $I(x; y) = \log 2 + \tfrac12 V(D^*, G) = \mathrm{JSD}$. ∎
#
# </details>
#
# A training loop estimates $V$ from samples, by *Monte Carlo*: it averages $\log D$ over $n$ reals and $\log(1 - D)$ over $n$ fakes. The standard error of this is $\sqrt{(s_1^2 + s_2^2)/n}$, with the standard deviations $s_1$ and $s_2$ of the two kinds of terms.

# %% tags=["hide-input", "measure"]
def payoff(D, f, g):
    return integral(torch.xlogy(f, D) + torch.xlogy(g, 1 - D))


def log_odds(s):
    return data.log_prob(s) - forger.log_prob(s)


m = (p + p_g) / 2
V_star = payoff(D_star, p, p_g)
torch.manual_seed(1_000 * SEED + 10)
# 2,000 estimates, each from 1,000 reals and 1,000 fakes.
terms = [logsigmoid(log_odds(data.sample((2_000, 1_000)))),
         logsigmoid(-log_odds(forger.sample((2_000, 1_000))))]
estimates = sum(term.mean(1) for term in terms)
bars = (sum(term.var(1) for term in terms) / 1_000).sqrt()
covered = ((estimates - V_star).abs() < 2 * bars).double().mean().item()
Table(["V at D*", ""],
      [["by quadrature", f"{V_star:.3f}"],
       ["one estimate from 1,000 + 1,000 samples",
        f"≈ {estimates[0]:.3f} ± {bars[0]:.3f}"],
       ["estimates within two standard errors", f"≈ {100 * covered:.0f} %"]])

# %% tags=["hide-cell", "checks"]
from scipy.spatial.distance import jensenshannon

check("V at D* is the two integrals of log p/(p + p_g) and log p_g/(p + p_g)",
      abs(V_star - kl(p, p + p_g) - kl(p_g, p + p_g)) < 1e-9)
check("taking out the 2s leaves -log 4",
      abs(V_star - (kl(p, m) + kl(p_g, m) - LOG4)) < 1e-9)
check("V(D*, G) = -log 4 + 2 JSD, by quadrature, to 1e-6",
      abs(V_star - (-LOG4 + 2 * jsd(p, p_g))) < 1e-6)
check("no other D earns more: 200 bent versions of D* all earn less",
      all(payoff(torch.sigmoid(D_star.logit() + a * torch.sin(b * x)), p, p_g) < V_star
          for a in torch.linspace(0.05, 2, 20) for b in range(1, 11)))
check("for p_g = p the payoff of D* is -log 4 to 1e-6",
      abs(payoff(p / (p + p), p, p) + LOG4) < 1e-6)
D_rest = 1 - D_star
left_over = -integral(m * (torch.xlogy(D_star, D_star) + torch.xlogy(D_rest, D_rest)))
check("the label's uncertainty, log 2, less what is left once x is seen, is JSD",
      abs(LOG2 - left_over - jsd(p, p_g)) < 1e-9)
check("scipy's jensenshannon, which is the root of JSD, agrees to 1e-6",
      abs(jensenshannon(p, p_g) ** 2 - jsd(p, p_g)) < 1e-6)
check("of 2,000 Monte Carlo estimates of V, 92 to 98 % lie within two standard errors",
      0.92 < covered < 0.98, covered)

# %% tags=["hide-cell", "checks"]
def shifted_uniforms(h, n=1_000):
    """Data uniform on [0, 1], fakes on [h, 1 + h], in cells of width 1/n: V at D*."""
    f, g = torch.zeros(2, 2 * n, dtype=torch.float64)
    f[:n], g[round(h * n):round(h * n) + n] = 1 / n, 1 / n
    return (torch.xlogy(f, f / (f + g)) + torch.xlogy(g, g / (f + g))).nansum()


# A share h of each is told apart for sure, and the rest is a coin toss.
for h in (0.0, 0.25, 0.5, 1.0):
    check(f"uniform densities shifted by {h:.2f} give V = -(1 - h) log 4 to 1e-6",
          abs(shifted_uniforms(h) + (1 - h) * LOG4) < 1e-6)

# %% [markdown]
# ## Who moves last
#
# In $\min_G \max_D V$ the generator moves first, and $D$ answers at its best. In $\max_D \min_G V$ it is $D$ that commits itself, and $G$ answers.
#
# > **Predict first.** The officer has fixed $D$ for good. You are the forger and may send your fakes wherever you like. Where do you send them?
#
# All of them go to the place where $D$ is highest, because the mean of $\log(1 - D)$ is least when *every* fake sits at the least value. However rich the data are, the best answer to a fixed $D$ is a single point, or several if they tie exactly.
#
# The *value* need not depend on the order. With the minimax loss one player wins what the other loses, in a **zero-sum game**. A pair from which neither player gains by moving alone is a **Nash equilibrium**, and in a zero-sum game this is the same as a **saddle point**:
#
# $$ V(D, G^\circ) \;\le\; V(D^\circ, G^\circ) \;\le\; V(D^\circ, G) \qquad\text{for all } D \text{ and } G. $$
#
# Theorem 1 supplies one, with $D^\circ = \tfrac12$ and fakes that are distributed as the data. Against these fakes no $D$ earns more than $-\log 4$, and against ½ no $G$ changes anything. Where a saddle point exists, both orders have the same value.
#
# Suppose now that $G$ is limited. Let data fall on two places only, with probability ½ each, and let $G$ send a share $q$ of its fakes to the first, out of one of four sets of shares.

# %% tags=["hide-input", "measure"]
# ½ is among them.
answers = torch.arange(1, 800, dtype=torch.float64) / 800


def both_orders(shares):
    """min over q of max over D, and max over D of min over q."""
    q = torch.as_tensor(shares, dtype=torch.float64)
    D1, D2 = answers[:, None, None], answers[None, :, None]
    V = 0.5 * D1.log() + 0.5 * D2.log() + q * (1 - D1).log() + (1 - q) * (1 - D2).log()
    return {"minimax": V.amax((0, 1)).min().item(), "maximin": V.amin(2).max().item()}


orders = {"any share, 0 to 1": both_orders(torch.linspace(0, 1, 11)),
          "0 to 0.3": both_orders(torch.linspace(0, 0.3, 7)),
          "only ½ or 1": both_orders([0.5, 1.0]),
          "only 0 or 1": both_orders([0.0, 1.0])}
Table(["shares that G may choose", "minimax", "maximin"],
      [[name, f"{found['minimax']:.3f}", f"{found['maximin']:.3f}"]
       for name, found in orders.items()])

# %% [markdown]
# Being limited is not what separates the two orders. They can differ where $G$ **cannot mix**, which means take a share between two others, as in the last row. Since $V$ is concave in $D$ and linear in $p_g$, the minimax theorem of von Neumann and Sion gives equality for every closed convex set of shares, on any finite number of places. The third row shows that convexity is not necessary, because the saddle point is among the two choices.
#
# $G$'s *answer* depends on the order even where the value does not. In minimax it is $p_g = p$. In maximin the only discriminator that is sure of $-\log 4$ says ½ on all data and at most ½ elsewhere, and against it every $G$ that stays where $D$ is ½ does equally well, whatever the data look like.
#
# <details>
# <summary>Derive: the order of play, the saddle point and the safe discriminator</summary>
#
# **Proposition** (order). *Always $\max_D\min_G V \le \min_G\max_D V$, and a saddle point makes both equal to $V(D^\circ, G^\circ)$.*
#
# **Proof.** For each $D'$ and $G'$ we have $\min_G V(D', G) \le V(D', G') \le \max_D V(D, G')$. The left side does not contain $G'$ and the right side does not contain $D'$, so the largest left side is at most the smallest right side. At a saddle point, $\min_G\max_D V \le \max_D V(D, G^\circ) = V(D^\circ, G^\circ) = \min_G V(D^\circ, G) \le \max_D\min_G V$, which closes the gap. ∎
#
# **Proposition** (safe discriminator). *Let $G$ be free to send its fakes to any place. A discriminator is sure of $-\log 4$ if and only if $D = \tfrac12$ on the support of the data, up to a set without probability, and $D \le \tfrac12$ everywhere.*
#
# **Proof.** Let $s$ be the supremum of $D$. By sending all fakes to where $D$ comes near $s$, $G$ pushes the payoff as close as it likes to $\mathbb{E}_{x\sim p}\log D(x) + \log(1 - s)$. This is at most $\log s + \log(1 - s) \le -\log 4$. The first step is an equality only if $D = s$ on almost all data, and the second only for $s = \tfrac12$. ∎
#
# </details>
#
# Which order gradient descent in turns resembles depends on who moves more. We train pairs in turn on a ring of eight modes until $G$ covers all of them, because an untrained $G$ has all its fakes in one spot anyway. From there the game goes on with 5, 20 or 100 steps of $G$ for each step of $D$, until $G$ has made 2,000 more.

# %%
ring, RUNS = gan.data.ring(std=0.1), 6


def play(G, D, adam, g_steps, rounds):
    """Rounds of one D step and then g_steps of G's, for all runs at once."""
    for _ in range(rounds):
        real = ring.sample((RUNS, 128)).to(device)
        fake = G(G.noise(128)).detach()
        d_loss = gan.losses.non_saturating.discriminator(D(real), D(fake)).mean(1).sum()
        adam["D"].zero_grad()
        d_loss.backward()
        adam["D"].step()
        for _ in range(g_steps):
            fake_logits = D(G(G.noise(128)))
            g_loss = gan.losses.non_saturating.generator(fake_logits).mean(1).sum()
            adam["G"].zero_grad()
            g_loss.backward(inputs=list(G.parameters()))
            adam["G"].step()
        yield G.sample(1_000).cpu()


# %% tags=["hide-input", "measure"]
def in_one_spot(fakes):
    """The largest share of the fakes within 0.3 of any one of 200 of them."""
    near = torch.cdist(fakes[..., :200, :], fakes) < 0.3
    return near.double().mean(-1).amax(-1)


torch.manual_seed(1_000 * SEED + 20)
G, D = gan.ensemble.stack(gan.models.mlp_pair() for _ in range(RUNS))
nets = {"G": G.to(device), "D": D.to(device)}
adam = {name: torch.optim.Adam(net.parameters(), 2e-3, (0.0, 0.99), fused=True)
        for name, net in nets.items()}
*_, before = play(G, D, adam, g_steps=1, rounds=400)
# The last three rounds of each way to go on: (3, RUNS, 1000, 2).
after = {}
for g_steps in (5, 20, 100):
    again = deepcopy((G, D, adam))
    film = list(play(*again, g_steps, rounds=2_000 // g_steps))
    after[g_steps] = torch.stack(film[-3:])
spots = {g_steps: in_one_spot(film).mean(0) for g_steps, film in after.items()}
Table(["G steps per D step", "share in one spot, mean", "lowest", "highest run"],
      [[name, *(f"≈ {number:.2f}" for number in (v.mean(), v.min(), v.max()))]
       for name, v in (("start, in turn", in_one_spot(before)), *spots.items())])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Three panels with the eight modes of a ring as circles. Start: fakes on all eight. After going on with 5 G steps for each D step: fakes on all eight. With 100: in each of the last three rounds nearly all fakes sit in one spot."}}
figure, axes = plt.subplots(1, 3, figsize=(8, 3), sharex=True, sharey=True)
panels = {"start, in turn": before[None], "5 G steps per D step": after[5][-1:],
          "100: the last three rounds": after[100]}
# The run that is in the middle of the six after 100 steps.
middle = spots[100].argsort()[RUNS // 2]
for ax, (title, film) in zip(axes, panels.items()):
    for fakes, marker in zip(film[:, middle], "o" if len(film) == 1 else "^so"):
        ax.scatter(*fakes[:300].T, s=7, marker=marker, color=plots.FAKE["color"],
                   alpha=0.5, linewidth=0)
    ax.scatter(*ring.modes.T, s=90, facecolors="none", edgecolors="black")
    ax.set(title=title, xlim=(-2.2, 2.2), ylim=(-2.2, 2.2), aspect="equal")
    ax.set_xlabel("$x_1$")
axes[0].set_ylabel("$x_2$")
plt.show()

# %% [markdown]
# With 100 steps most runs do what maximin says and send nearly everything to one spot, which is one way into mode collapse ([chapter 7](07_mode_collapse.ipynb)). Five steps do no harm here, and with twenty it is a matter of luck.

# %% [markdown]
# ### Why it ought to converge
#
# Write $C(p_g) = \max_D V(D, G)$ for what is left to $G$. For each fixed $D$ the payoff is linear in $p_g$, and a maximum of linear functions is **convex**.
#
# **Proposition 2** (Goodfellow et al. 2014). *If $D$ reaches its best at every step, and $p_g$ itself is moved downhill by small enough steps within a convex set of densities that contains $p$, then $p_g$ converges to $p$.*
#
# A network moves its weights $\theta$, on which $p_g$ does not depend linearly, and so the convexity is lost. The figure compares two ways from one narrow density to another, with data that have a mode at each end.

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Left: the payoff left to G as fakes go from one mode to the other by mixing, a single valley. Right: the same ends, but the mean of one narrow density moves; two valleys with a hill between them."}}
two_modes = 0.4 * normal(-2.0, 0.6) + 0.6 * normal(2.0, 0.6)
weights, means = torch.linspace(0, 1, 41), torch.linspace(-4, 4, 81)
low, high = normal(-2.0, 0.6), normal(2.0, 0.6)
by_mixing = torch.stack([jsd(two_modes, (1 - w) * low + w * high) for w in weights])
by_moving = torch.stack([jsd(two_modes, normal(mean.item(), 0.6)) for mean in means])
figure, axes = plt.subplots(1, 2, figsize=(8, 2.8), sharey=True)
axes[0].plot(weights, 2 * by_mixing - LOG4, **plots.FAKE)
axes[0].set(xlabel="share at the right mode", ylabel="$C(p_g)$",
            title="the density moves: mixing")
axes[1].plot(means, 2 * by_moving - LOG4, **plots.FAKE)
axes[1].set(xlabel="mean of the fakes", title="a parameter moves")
plt.show()

# %% [markdown]
# A generator that rests in the left valley of the right panel is at a minimum in its parameter, although it serves only one mode. Proposition 2 therefore promises nothing about networks, whose payoff is neither concave in $D$'s weights nor convex in $G$'s. A saddle point in the weights need not exist ([chapter 8](08_convergence.ipynb)).
#
# <details>
# <summary>Derive: Proposition 2</summary>
#
# **Proof.** Let $p_0$ and $p_1$ be two densities and $p_w = (1 - w)\,p_0 + w\,p_1$ their mixture. For every $D$, $V$ at $p_w$ is the same mixture of $V$ at $p_0$ and at $p_1$, hence at most $(1 - w)\,C(p_0) + w\,C(p_1)$. The maximum over $D$ keeps this bound, so $C(p_w) \le (1 - w)\,C(p_0) + w\,C(p_1)$, which is convexity.
#
# If $p_g$ isn't $p$, then a small step of $p_g$ towards $p$ lowers $C$ by convexity, because $C(p) < C(p_g)$ by Theorem 1. So there is no local minimum besides $p$. The slope of $C$ is the slope of $V$ with $D = D^*$ held still, since $D^*$ is a maximum, where the slope in $D$ is 0. Thus steps of $p_g$ against the $D^*$ of the moment are gradient steps on a convex function. As for any such function with bounded slopes, they come to its minimum if their sizes shrink suitably. ∎
#
# </details>

# %% tags=["hide-cell", "checks"]
exact = 0.5 * math.log(1 / 3) + math.log(2 / 3)
one_place, any_share = orders["only 0 or 1"], orders["any share, 0 to 1"]
check("a G that must choose one of two places: minimax is ½ log ⅓ + log ⅔ = -0.955",
      abs(one_place["minimax"] - exact) < 1e-3, one_place)
check("and maximin is -log 4, so here the order changes the value",
      abs(one_place["maximin"] + LOG4) < 1e-9, one_place)
check("a G that may send up to 0.3 of its fakes to the first place is limited, "
      "and both orders give -1.344",
      all(abs(v + 1.344) < 1e-3 for v in orders["0 to 0.3"].values()), orders)
check("any share, or only ½ and 1: both orders give -log 4",
      all(abs(v + LOG4) < 1e-9 for name in ("any share, 0 to 1", "only ½ or 1")
          for v in orders[name].values()), orders)
check("maximin never exceeds minimax",
      all(v["maximin"] <= v["minimax"] + 1e-9 for v in orders.values()), orders)
bends = by_mixing.diff().diff()
check("along the mixtures of two densities the payoff left to G is convex",
      bends.min() > 0, bends.min())
turns = (by_moving.diff().sign().diff() > 0).sum()
check("along the mean of one narrow density it has two valleys", turns == 2, turns)

# %% tags=["hide-cell", "checks"]
claim("after 400 rounds in turn no spot holds more than 0.3 of the fakes, all 6 runs",
      in_one_spot(before).max() < 0.3, in_one_spot(before))
claim("2,000 G steps later, 5 for each D step, no spot holds more than 0.3 of the "
      "fakes, on average over 6 runs", spots[5].mean() < 0.3, spots)
claim("2,000 G steps later, 100 for each D step, one spot holds more than 0.4 of the "
      "fakes, on average over 6 runs", spots[100].mean() > 0.4, spots)

# %% [markdown]
# ## Two losses
#
# The minimax generator minimises $\log(1 - D)$ over its fakes, and the *non-saturating* one minimises $-\log D$. In the logit $a$, with $D = \sigma(a)$ and $\sigma' = \sigma(1 - \sigma)$, the gradients are
#
# $$ \frac{d}{da}\log(1 - D) = -D, \qquad\qquad \frac{d}{da}\bigl(-\log D\bigr) = D - 1 . $$
#
# Both losses push every fake towards "real", and they push equally hard only at $D = \tfrac12$. The minimax loss **saturates**, which means that it becomes flat, where $D$ is near 0. There $D$ is sure of a fake and $G$ would need the push most. Training on *flipped labels*, which tells $D$'s cross-entropy that the fakes are real, is the non-saturating loss and not the minimax one.
#
# > **Predict first.** The officer is at its best, data and fakes have width 1, and the mean of the fakes is at distance 4 or 8. Which of the two losses pulls harder, and what does each pull do as the distance doubles?

# %%
def with_D_held(loss):
    """G's loss for given densities, with the best D of this moment held still."""
    def objective(p, p_g):
        a = (p.clamp(min=1e-300).log() - p_g.clamp(min=1e-300).log()).detach()
        return integral(p_g * loss(a))
    return objective


minimax = with_D_held(gan.losses.minimax.generator)
non_saturating = with_D_held(gan.losses.non_saturating.generator)

# %% tags=["hide-input", "measure"]
def slopes(objective, mean, width, p=unit):
    """Gradient of an objective in the mean and the width of the fakes."""
    at = torch.tensor([mean, width], dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(objective(p, normal(*at)), at)[0]


both_losses = minimax, non_saturating
pulls = {mean: [slopes(loss, float(mean), 1.0)[0].item() for loss in both_losses]
         for mean in (1, 2, 4, 8)}
Table(["distance", "minimax pulls with", "non-saturating", "together"],
      [[mean, *(f"{pull:.4f}" for pull in (*pair, sum(pair)))]
       for mean, pair in pulls.items()])

# %% [markdown]
# The two pulls add up to the distance $d$, because for each fake the pushes on the logit are $D$ and $1 - D$, together 1, and the slope of the logit is $-d$ everywhere. Far away minimax keeps almost nothing of this sum.
#
# ### What each loss descends on
#
# **Proposition 3.** *Let $D$ be at its best before each step of $G$ and stand still during it. Then the gradient of the minimax loss is that of $2\,\mathrm{JSD}(p, p_g)$, and the gradient of the non-saturating loss is that of $2\,\mathrm{KL}(m\,\|\,p)$.*
#
# [Arjovsky & Bottou](https://arxiv.org/abs/1701.04862) (2017, Theorem 2.5) found the second one as $\mathrm{KL}(p_g\,\|\,p) - 2\,\mathrm{JSD}$, which looks like one divergence fighting another but is a single one, from the mixture to the data. It is 0 only for $p_g = p$, and it grows without limit as the fakes move away, while JSD stops at $\log 2$.
#
# At $D^*$ the *values* of the two losses add up to $\mathrm{KL}(p_g\,\|\,p)$ exactly, but a value also changes because $D^*$ changes with $G$, and $G$'s gradient leaves this part out. At distance 1 the value of the non-saturating loss rises with slope 0.80, while $G$ follows 0.60.
#
# <details>
# <summary>Derive: Proposition 3, and what the two losses add up to</summary>
#
# **Proof.** Let $\partial$ be the derivative in a parameter of $G$, taken under the integral, and assume $p > 0$ wherever $p_g > 0$. Since $p_g$ keeps its area, $\int \partial p_g = 0$. With $D^*$ held still, the two losses have the gradients
#
# $$ \int \partial p_g\,\log\frac{p_g}{p + p_g} \qquad\text{and}\qquad \int \partial p_g\,\log\frac{p + p_g}{p} . $$
#
# On the other side, $\partial m = \tfrac12\,\partial p_g$ gives $\partial\bigl(2\,\mathrm{KL}(m\,\|\,p)\bigr) = \int \partial p_g\,\bigl(\log\frac{m}{p} + 1\bigr)$. The 1 and the factor ½ in $m$ drop out because $\int \partial p_g = 0$, which leaves the second gradient. For $2\,\mathrm{JSD} = \log 4 + V(D^*, G)$ the change of $D^*$ does not count, because $D^*$ is a maximum; what remains is the first gradient. ∎
#
# **In the form of 2017.** $\mathrm{KL}(p_g\,\|\,p) - 2\,\mathrm{JSD} = \int p_g\log\frac{m}{p} + \int p\log\frac{m}{p} = 2\,\mathrm{KL}(m\,\|\,p)$.
#
# **The values.** $\int p_g \log(1 - D^*) - \int p_g\log D^* = \int p_g\log\frac{p_g}{p} = \mathrm{KL}(p_g\,\|\,p)$.
#
# </details>
#
# ### The two directions of KL
#
# Maximum likelihood lowers $\mathrm{KL}(p\,\|\,p_g)$ ([chapter 1](01_generative_and_discriminative.ipynb)). The other direction judges failures differently. One model below misses half of the data, and one makes half of its fakes where no data can be.

# %% tags=["hide-input", "measure"]
divergences = {"KL(p, p_g): likelihood": kl,
               "2 JSD: minimax": lambda f, g: 2 * jsd(f, g),
               "2 KL(m, p): non-saturating": lambda f, g: 2 * kl((f + g) / 2, f),
               "KL(p_g, p): reverse KL": lambda f, g: kl(g, f)}
# Even densities: on the whole grid, and on its left half.
whole, left = torch.ones_like(x) / 32, (x < 0) / 16.0
failures = {name: [of(whole, left).item(), of(left, whole).item()]
            for name, of in divergences.items()}
Table(["what is minimised", "half of the data missed", "half of the fakes junk"],
      [[name, *("∞" if math.isinf(d) else f"{d:.2f}" for d in pair)]
       for name, pair in failures.items()])

# %% [markdown]
# The first direction is infinite as soon as a region with data is missed, and it forgives junk, since even 99 junk samples of 100 cost only $\log 100 \approx 4.6$. It is called **mode-covering**. The reverse direction forgives what is missed and is infinite where fakes lie outside the data, which is called **mode-seeking**. JSD treats both failures alike, whereas the divergence of the non-saturating loss is infinite for junk and charges least of all for what is missed. [Shannon et al.](https://arxiv.org/abs/2010.08029) (2020) derived it, found it similar to reverse KL and named the consequence, which is good samples with poor diversity.
#
# In the left panel below a density that *can* match its data starts at distance 6. In the right one all four objectives fit one normal density to the two-mode data by gradient descent, from mean 1 and width 1.

# %% tags=["hide-input", "measure"]
def walk(objective, start, p, steps=400):
    """Gradient descent in mean and width, steps of 0.2 times the gradient."""
    path = [torch.tensor(start, dtype=torch.float64)]
    for _ in range(steps):
        path.append(path[-1] - 0.2 * slopes(objective, *path[-1].tolist(), p))
    return torch.stack(path)


objectives = {"KL(p, p_g)": kl, "minimax": minimax, "non-saturating": non_saturating,
              "KL(p_g, p)": lambda f, g: kl(g, f)}
approach = {name: walk(objectives[name], (6.0, 1.0), unit)
            for name in ("minimax", "non-saturating")}
fits = {name: walk(objective, (1.0, 1.0), two_modes)
        for name, objective in objectives.items()}
at_goal = {name: (path - torch.tensor([0.0, 1.0])).abs().amax(1) < 0.05
           for name, path in approach.items()}
arrived = {name: int(near.nonzero()[0]) for name, near in at_goal.items()}
Table(["one density for two modes", "mean", "width"],
      [[name, f"≈ {path[-1][0]:.2f}", f"≈ {path[-1][1]:.2f}"]
       for name, path in fits.items()])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Left: mean of the fakes against steps; non-saturating falls from 6 to 0 within some thirty steps, minimax hardly moves at first and arrives after nearly three hundred. Right: data with two modes; likelihood and minimax fit one wide density over both, non-saturating and reverse KL a narrow one on the heavier mode."}}
figure, (one, two) = plt.subplots(1, 2, figsize=(8, 3))
# Two pairs of curves nearly agree, so one of each pair is wide and pale.
looks = {"KL(p, p_g)": {"color": "#8CD3B9", "linewidth": 6}, "minimax": plots.JUDGE,
         "KL(p_g, p)": {"color": "#E6B8D3", "linewidth": 6},
         "non-saturating": plots.FAKE}
for name, path in approach.items():
    one.plot(path[:320, 0], label=name, **looks[name])
two.fill_between(x, two_modes, color="0.88", label="data")
for name, look in looks.items():
    two.plot(x, normal(*fits[name][-1].tolist()), label=name, **look)
one.set(xlabel="step", ylabel="mean of the fakes")
two.set(xlim=(-6, 6), xlabel="$x$", ylabel="density")
one.legend(fontsize=8)
two.legend(fontsize=8)
plt.show()

# %% [markdown]
# From far away minimax is slow because it saturates. With two modes to serve, likelihood and minimax spread over both, while the two mode-seeking objectives give up the lighter mode. With $p_g = p$ and $D = \tfrac12$ both losses are at rest, because a flat $D$ moves nobody. A $G$ that cannot reach $p$ rests elsewhere, as in the right panel, and exercise 5 finds such places even for a $G$ that can.

# %% tags=["hide-cell", "checks"]
a = torch.linspace(-9, 9, 19, dtype=torch.float64, requires_grad=True)
D_a = a.detach().sigmoid()
in_logit = [torch.autograd.grad(loss.generator(a).sum(), a)[0]
            for loss in (gan.losses.minimax, gan.losses.non_saturating)]
ones = torch.ones_like(a)
flipped, = torch.autograd.grad(
    binary_cross_entropy_with_logits(a, ones, reduction="sum"), a)
check("in the logit the minimax loss has the gradient -D, the non-saturating one D - 1",
      torch.allclose(in_logit[0], -D_a) and torch.allclose(in_logit[1], D_a - 1))
check("flipped labels give the non-saturating gradient, at logit -9 "
      "8,103 times the minimax one", torch.allclose(flipped, in_logit[1], atol=1e-6)
      and abs(flipped[0] / in_logit[0][0] - math.exp(9)) < 1e-3)
check("minimax is flat where D is near 0: it pushes with 0.0001 at D = 0.0001 "
      "and with 0.9999 at D = 0.9999",
      -in_logit[0][0] < 2e-4 and -in_logit[0][-1] > 0.999)
check("with D* held still, both pulls on the mean add up to the distance",
      all(abs(sum(pair) - mean) < 1e-4 for mean, pair in pulls.items()), pulls)

# %% tags=["hide-cell", "checks"]
def same_slopes(one, two, places=((1.0, 1.0), (2.0, 0.5), (-1.0, 1.5))):
    return all(torch.allclose(slopes(one, *at), slopes(two, *at), atol=1e-6)
               for at in places)


mixed = divergences["2 KL(m, p): non-saturating"]
check("with D* held still, the minimax loss has the gradient of 2 JSD",
      same_slopes(minimax, divergences["2 JSD: minimax"]))
check("with D* held still, the non-saturating loss has the gradient of 2 KL(m, p)",
      same_slopes(non_saturating, mixed))
f, g = unit, normal(1.0, 0.8)
check("KL(p_g, p) - 2 JSD = 2 KL(m, p), to 1e-9",
      abs(kl(g, f) - 2 * jsd(f, g) - mixed(f, g)) < 1e-9)
check("at D* the values of the two losses add up to KL(p_g, p), to 1e-9",
      abs(minimax(f, g) + non_saturating(f, g) - kl(g, f)) < 1e-9)
# The value of the loss at D*, with D* free to change as G does.
at_best = lambda p, p_g: integral(p_g * (1 + p_g / p).log())  # noqa: E731
check("at distance 1 the value of the non-saturating loss rises with slope 0.80, "
      "and its gradient is 0.60",
      abs(slopes(at_best, 1.0, 1.0)[0] - 0.80) < 5e-3
      and abs(slopes(non_saturating, 1.0, 1.0)[0] - 0.60) < 5e-3)

# %% tags=["hide-cell", "checks"]
exact = [math.inf, LOG2, 0.4315, 0.4315, 0.2616, math.inf, LOG2, math.inf]
found = [d for pair in failures.values() for d in pair]
check("half of the data missed costs ∞, 0.43, 0.26 and log 2, "
      "half of the fakes junk log 2, 0.43, ∞ and ∞",
      all(have == want or abs(have - want) < 5e-3 for have, want in zip(found, exact)),
      failures)
claim("from distance 6 minimax needs more than 5 times as many steps as non-saturating",
      arrived["minimax"] > 5 * arrived["non-saturating"], arrived)
for name in ("KL(p, p_g)", "minimax"):
    claim(f"one normal density for two modes: {name} spreads over both, wider than 1.9",
          fits[name][-1][1] > 1.9, fits[name][-1])
for name in ("non-saturating", "KL(p_g, p)"):
    claim(f"one normal density for two modes: {name} sits on the heavier one, "
          "to within 0.05 in mean and width",
          (fits[name][-1] - torch.tensor([2.0, 0.6])).abs().max() < 0.05,
          fits[name][-1])

# %% [markdown]
# ## Theory and practice
#
# All this supposes a $D$ that is unrestricted and always at its best. A trained $D$ knows only finite samples, it lags behind $G$, and where there is nothing to say it says noise.
#
# ### Finite samples
#
# > **Predict first.** Reals and fakes come from the same density, so the best payoff is $-\log 4$. But $D$ is shown only 30 of each, again and again. What does it earn on those, and what on fresh ones?

# %% tags=["hide-input", "measure"]
def finite(n, runs=8, steps=300):
    """V on the n + n samples that D learned from and on fresh ones, (2, runs)."""
    torch.manual_seed(1_000 * SEED + 40 + n)
    makers = (gan.models.mlp_pair(features=1) for _ in range(runs))
    D = gan.ensemble.stack(makers)[1].to(device)
    adam = torch.optim.Adam(D.parameters(), 5e-3, fused=True)
    # The fakes are distributed as the data are.
    real, fake = data.sample((2, runs, n, 1)).to(device)
    for _ in range(steps):
        loss = gan.losses.minimax.discriminator(D(real), D(fake)).mean(1)
        adam.zero_grad()
        loss.sum().backward()
        adam.step()
    with torch.no_grad():
        fresh = data.sample((2, runs, 10_000, 1)).to(device)
        fresh_loss = gan.losses.minimax.discriminator(*map(D, fresh)).mean(1)
    return -torch.stack([loss.detach(), fresh_loss]).cpu()


earned = {n: finite(n) for n in (30, 300)}
Table(["samples", "V on them", "V on fresh ones"],
      [[f"{n} + {n}", *(shown(v, 2) for v in rows)] for n, rows in earned.items()])

# %% [markdown]
# A $D$ that knows its samples by heart finds a difference where there is none. Its payoff on them lies above $-\log 4$, and on fresh samples below. In a GAN the fakes are fresh in each step, and the samples of a data set are not.
#
# ### A flat run
#
# In five ordinary runs with the non-saturating loss, on the first two-mode data, we compute every 50 steps on fine bins what $D$ earns, what the best $D$ could earn against the same fakes, and how often each is right about a label. For the best $D$ this accuracy is $\tfrac12 + \tfrac12\,\mathrm{TV}$, with the total variation $\mathrm{TV} = \tfrac12\int|p - p_g|$.
#
# > **Predict first.** After 1,500 steps the loss curves are level, and the officer is right in 50 % of cases. Is $p_g = p$?

# %% tags=["hide-input", "measure"]
edges = torch.linspace(-5, 6, 221)
centres = ((edges[1:] + edges[:-1]) / 2)[:, None]
# The share of the data in each bin.
P = (data.weights * Normal(data.modes, 0.6).cdf(edges[:, None])).sum(1).diff()
even_z = Normal(0, 1).icdf((torch.arange(20_000) + 0.5) / 20_000)[:, None]


@torch.no_grad()
def audit(G, D):
    """(runs, 4): V of D, V of the best D, accuracy of D, accuracy of the best D."""
    rows = []
    for fakes, a in zip(G(even_z.expand(5, -1, 1).to(device)).cpu(),
                        D(centres.expand(5, -1, 1).to(device)).cpu()):
        Q = torch.histc(fakes.clamp(-4.99, 5.99), 220, -5, 6) / len(fakes)
        best = P / (P + Q)
        rows.append([(P * logsigmoid(a) + Q * logsigmoid(-a)).sum(),
                     (torch.xlogy(P, best) + torch.xlogy(Q, 1 - best)).nansum(),
                     (P[a > 0].sum() + Q[a <= 0].sum()) / 2,
                     0.5 + 0.25 * (P - Q).abs().sum()])
    return torch.tensor(rows)


# %% tags=["hide-input", "measure"]
points = gan.data.GaussianMixture([[-1.0], [1.5]], 0.6, [0.35, 0.65])


def trained_to_the_end(D, fakes, steps=600):
    """A copy of D that goes on learning, against fakes from a source that is fixed."""
    D = deepcopy(D)
    adam = torch.optim.Adam(D.parameters(), 5e-3, fused=True)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    for _ in range(steps):
        both = points.sample((5, 512)).to(device), fakes(512).to(device)
        loss = gan.losses.minimax.discriminator(*map(D, both)).mean(1).sum()
        adam.zero_grad()
        loss.backward()
        adam.step()
        slower.step()
    return D


torch.manual_seed(1_000 * SEED + 60)
makers = (gan.models.mlp_pair(features=1, latent=1, width=32) for _ in range(5))
G, D = gan.ensemble.stack(makers)
settings = dict(steps=1_500, batch=256, lr=2e-3, betas=(0.0, 0.99), device=device)
run = torch.stack([audit(G, D) for step in gan.train(G, D, points, **settings)
                   if step.index % 50 == 0])

# %% tags=["hide-input", "measure"]
frozen = audit(G, trained_to_the_end(D, G.sample))
perfect = trained_to_the_end(D, lambda n: points.sample((5, n)))
with torch.no_grad():
    a = perfect(centres.expand(5, -1, 1).to(device)).cpu()
# Against a perfect forgery: fakes in each bin as often as data.
V_perfect = (P * (logsigmoid(a) + logsigmoid(-a))).sum(1)
late = run[15:].mean(0)

Table(["", "V", "best V", "accuracy", "best accuracy"],
      [["steps 800 to 1,500", *(shown(v, 3) for v in late.T)],
       ["G frozen, D trained to the end", *(shown(v, 3) for v in frozen.T)],
       ["the same with perfect fakes", shown(V_perfect, 3), f"{-LOG4:.3f}", "½", "½"]])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Left: V against steps, median and range of five runs: what D earns comes down to minus log 4 and stays on it; the dashed best possible lies above it all the time. Right: D's accuracy near one half; the best D's lies above it, at 0.55 to 0.7."}}
when = torch.arange(1, 31) * 50
figure, axes = plt.subplots(1, 2, figsize=(8, 3))
for ax, k, level, name in zip(axes, (0, 2), (-LOG4, 0.5), ("payoff $V$", "accuracy")):
    ax.axhline(level, color="0.6", linewidth=0.8)
    plots.band(ax, when, run[..., k].T, label="D as it is", **plots.FAKE)
    plots.band(ax, when, run[..., k + 1].T, label="the best D", **plots.JUDGE)
    ax.set(xlabel="step", ylabel=name)
axes[0].legend()
axes[0].set_ylim(-1.6, -0.6)
plt.show()

# %% [markdown]
# Everything *looks* like equilibrium, with the payoff at $-\log 4$ and a $D$ that is right half of the time. Yet fakes and data differ, and a better $D$ would see it. Theorem 1 speaks of the **best** $D$, and the $D$ of a running game is not the best, because the fakes move while it learns.
#
# The test that tells is to freeze $G$ and train $D$ until it no longer improves. Against these generators the payoff then ends above $-\log 4$ on average, and against perfect fakes, in the last row, the same training leaves it there. Even this tells only of differences that a $D$ of this size can see.
#
# ### When the signal becomes noise
#
# At the equilibrium the best $D$ is flat and gives $G$ no gradient signal, but $D$ is trained on batches, and no two batches are alike.
#
# > **Predict first.** Twenty officers learn independently, all against the same forger. Do they push the fakes in the same direction when the fakes are the data moved by 1? And when they are distributed exactly as the data?

# %% tags=["hide-input", "measure"]
def signals(shift, runs=20, steps=150, batch=256):
    """Slopes of the logit at 1,000 fakes; the last 100 gradients in the fakes' mean."""
    torch.manual_seed(1_000 * SEED + 80)
    makers = (gan.models.mlp_pair(features=1, width=32) for _ in range(runs))
    D = gan.ensemble.stack(makers)[1].to(device)
    adam = torch.optim.Adam(D.parameters(), 2e-3, (0.0, 0.99), fused=True)
    gradients = []
    for _ in range(steps):
        real, fake = data.sample((2, runs, batch, 1)).to(device)
        fake = (fake + shift).requires_grad_()
        loss = gan.losses.minimax.discriminator(D(real), D(fake)).mean(1).sum()
        adam.zero_grad()
        loss.backward()
        adam.step()
        g_loss = gan.losses.non_saturating.generator(D(fake)).mean(1).sum()
        gradients.append(torch.autograd.grad(g_loss, fake)[0].sum((1, 2)))
    at = torch.linspace(-2.0, 2.5, 1_000, device=device)[:, None] + shift
    at = at.expand(runs, -1, 1).clone().requires_grad_()
    slope = torch.autograd.grad(D(at).sum(), at)[0].squeeze(2)
    return slope.cpu(), torch.stack(gradients[-100:]).cpu()


seen = {shift: signals(shift) for shift in (1.0, 0.0)}

# %% tags=["hide-input", "measure"]
def steps_of(optimizer, gradients, lr=2e-3):
    """Mean size of the steps that an optimizer makes of these gradients, over lr."""
    weight = torch.zeros(gradients.shape[1], requires_grad=True)
    opt, path = optimizer([weight], lr), [weight.detach().clone()]
    for gradient in gradients:
        weight.grad = gradient.clone()
        opt.step()
        path.append(weight.detach().clone())
    return (torch.stack(path).diff(dim=0)[20:].abs().mean() / lr).item()


def adam_0(weights, lr):
    return torch.optim.Adam(weights, lr, (0.0, 0.99))


measured = {}
for shift, (slope, gradients) in seen.items():
    cosines = torch.cosine_similarity(slope[:, None], slope[None], dim=2)
    measured[shift] = {"cosine": cosines[torch.triu_indices(20, 20, 1).unbind()],
                       "SGD": steps_of(torch.optim.SGD, gradients),
                       "Adam": steps_of(adam_0, gradients)}
Table(["fakes", "cosine of two D's slopes", "SGD's step / lr", "Adam's step / lr"],
      [[name, shown(got["cosine"], 2), f"≈ {got['SGD']:.3f}", f"≈ {got['Adam']:.2f}"]
       for name, got in zip(("data moved by 1", "like the data"), measured.values())])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Slopes of the logit of twenty discriminators along x. Left, fakes moved by one: all curves lie together, between minus 3 and 2. Right, fakes distributed as the data: curves within a tenth of zero that have nothing in common."}}
figure, axes = plt.subplots(1, 2, figsize=(8, 2.8))
titles = "fakes are the data moved by 1", "fakes are distributed as the data"
for ax, title, (shift, (slope, _)) in zip(axes, titles, seen.items()):
    ax.axhline(0, color="0.6", linewidth=0.8)
    ax.plot(torch.linspace(-2.0, 2.5, 1_000) + shift, slope.T, linewidth=0.8, alpha=0.7,
            color=plots.JUDGE["color"])
    ax.set(title=title, xlabel="$x$")
axes[0].set_ylabel("slope of the logit")
plt.show()

# %% [markdown]
# When fakes and data differ, twenty independent discriminators agree, whereas at equilibrium their slopes are small and unrelated. With plain gradient descent (SGD) $G$ would hardly notice, because its steps shrink with the gradient. **Adam** divides each gradient by its own recent size, so that noise of any size becomes steps of nearly full length, in directions that mean nothing ([chapter 6](06_vanishing_gradients.ipynb)).

# %% tags=["hide-cell", "checks"]
for n, rows in earned.items():
    claim(f"reals and fakes from one density, {n} of each: all 8 discriminators earn "
          "more than -log 4 on samples they learned from and less on fresh ones",
          (rows[0] > -LOG4).all() and (rows[1] < -LOG4).all(), rows)
off = {n: (rows + LOG4).abs().mean(1) for n, rows in earned.items()}
claim("with 300 samples instead of 30 the payoff of D comes at least 3 times nearer "
      "to -log 4, on the learned and on fresh samples",
      (off[30] > 3 * off[300]).all(), off)

# %% tags=["hide-cell", "checks"]
check("no D ever earns more than the best one could",
      (run[..., 0] <= run[..., 1] + 1e-6).all())
claim("D trained to the end against perfect fakes: in all 5 runs V ends within 0.0005 "
      "of -log 4", (V_perfect + LOG4).abs().max() < 5e-4, V_perfect)
claim("G frozen and D trained to the end: V ends more than 0.005 above -log 4, "
      "on average over 5 runs", (frozen[:, 0] + LOG4).mean() > 0.005, frozen)
claim("late in all 5 runs V is within 0.02 of -log 4 and D's accuracy within 0.03 of ½",
      (late[:, 0] + LOG4).abs().max() < 0.02
      and (late[:, 2] - 0.5).abs().max() < 0.03, late)
claim("in the same steps of all 5 runs the best D would be right in over 52 % of cases",
      late[:, 3].min() > 0.52, late)

# %% tags=["hide-cell", "checks"]
moved, equal = measured[1.0], measured[0.0]
claim("fakes moved by 1: the slopes of any two of 20 discriminators have a cosine "
      "above 0.8",
      moved["cosine"].min() > 0.8, moved)
claim("fakes distributed as the data: the slopes of 20 discriminators are unrelated, "
      "mean cosine within 0.3 of 0", abs(equal["cosine"].mean()) < 0.3, equal)
claim("fakes distributed as the data: SGD's step, which is G's gradient, is more than "
      "20 times smaller than for fakes moved by 1",
      moved["SGD"] > 20 * equal["SGD"], measured)
claim("fakes distributed as the data: Adam's step is less than 2.5 times smaller than "
      "for fakes moved by 1",
      moved["Adam"] < 2.5 * equal["Adam"], measured)

# %% [markdown]
# ## Exercises
#
# **1 (ten minutes, paper).** Data are uniform on [0, 1], fakes on [0, 2]. What does the best discriminator earn? Give three decimals.

# %% tags=["hide-cell", "checks"]
def check_exercise_1(answer):
    check("your V(D*, G) is right",
          abs(answer - (math.log(2 / 3) + 0.5 * math.log(1 / 3))) < 2e-3, answer)


# check_exercise_1(your number)

# %% tags=["hide-cell", "solution"]
# On [0, 1]: p = 1, p_g = 1/2, D* = 2/3. On [1, 2] there are no data: D* = 0.
# V = 1 log(2/3) + 1/2 log(1/3) + 1/2 log 1 = -0.955.
check_exercise_1(-0.955)

# %% [markdown]
# **2 (ten minutes, paper).** Show $D$ *two* fakes for every real sample, and let it maximise $\mathbb{E}\log D(x) + 2\,\mathbb{E}\log(1 - D(G(z)))$. Derive the best $D$. What does it say, and what does it earn, when $p_g = p$? Is ½ still the mark of a perfect generator?

# %% tags=["hide-cell", "checks"]
def check_exercise_2(best_D, payoff):
    check("your D and your payoff for p_g = p are right",
          abs(best_D - 1 / 3) < 2e-3 and abs(payoff + 1.910) < 2e-3, (best_D, payoff))


# check_exercise_2(D for p_g = p, payoff for p_g = p)

# %% tags=["hide-cell", "solution"]
# The slope p/t - 2 p_g/(1 - t) is 0 at D* = p/(p + 2 p_g). For p_g = p that is 1/3,
# and the payoff is log(1/3) + 2 log(2/3) = -1.910. So ½ is the mark of a perfect G
# only where D sees as many fakes as reals.
check_exercise_2(1 / 3, math.log(1 / 3) + 2 * math.log(2 / 3))
two_for_one = p[places, None] * t.log() + 2 * p_g[places, None] * (1 - t).log()
check("with two fakes for every real, the best of 1,000 values of D is p / (p + 2 p_g)",
      (t[two_for_one.argmax(1)] - (p / (p + 2 * p_g))[places]).abs().max() < 0.001)

# %% [markdown]
# **3 (half an hour, your own code).** Write `estimate_jsd(real, fake)`, which gets two tensors of shape (N, 1) and no densities, and returns an estimate of their JSD. It should be within 0.05 for 4,000 samples each, and for 100 samples each from *one* density it must not claim a difference.

# %% tags=["hide-cell", "checks"]
def check_exercise_3(estimate_jsd):
    torch.manual_seed(1_000 * SEED + 100)
    n = 4_000
    cases = {"normal densities 1.5 apart": (torch.randn(n, 1), torch.randn(n, 1) + 1.5,
                                            jsd(unit, normal(1.5, 1.0)).item()),
             "uniform densities shifted by ½":
                 (torch.rand(n, 1), torch.rand(n, 1) + 0.5, 0.5 * LOG2)}
    for name, (real, fake, exact) in cases.items():
        found = float(estimate_jsd(real, fake))
        check(f"your JSD of {name} is right to 0.05", abs(found - exact) < 0.05,
              (found, exact))
    same = [float(estimate_jsd(*torch.randn(2, 100, 1))) for _ in range(4)]
    check("your JSD is right not to claim a difference between samples of one density",
          sum(same) / 4 < 0.01, same)


# check_exercise_3(estimate_jsd)

# %% tags=["hide-cell", "solution"]
def estimate_jsd(real, fake, steps=300):
    """D learns from one half of the samples and is judged on the other."""
    D = gan.models.mlp_pair(features=1, width=32)[1]
    adam = torch.optim.Adam(D.parameters(), 5e-3, fused=True)
    n = len(real) // 2
    for _ in range(steps):
        loss = gan.losses.minimax.discriminator(D(real[:n]), D(fake[:n])).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    with torch.no_grad():
        V = -gan.losses.minimax.discriminator(D(real[n:]), D(fake[n:])).mean()
    # V = -log 4 + 2 JSD for the best D; any other earns less, so this errs downwards.
    return ((V + LOG4) / 2).item()


check_exercise_3(estimate_jsd)

# %% [markdown]
# **4 (half an hour).** Data and fakes are normal with width 1, a distance $d$ apart. How many samples of each kind does it take until Monte Carlo *sees* that $V(D^*, G)$ lies above $-\log 4$, by two standard errors? Compute it by quadrature for $d = 0.4$, 0.2 and 0.1.

# %% tags=["hide-cell", "solution"]
needed = {}
for d in (0.4, 0.2, 0.1):
    f, g = unit, normal(d, 1.0)
    parts = [(f, (f / (f + g)).log()), (g, (g / (f + g)).log())]
    # The variance of one pair of terms.
    variance = sum(integral(h * v**2) - integral(h * v) ** 2 for h, v in parts)
    needed[d] = (4 * variance / (2 * jsd(f, g)) ** 2).item()
    print(f"d = {d}: V + log 4 = {2 * jsd(f, g):.5f}, samples needed: {needed[d]:,.0f}")
check("half the distance needs four times the samples, to within 5 %",
      abs(needed[0.2] / needed[0.4] / 4 - 1) < 0.05
      and abs(needed[0.1] / needed[0.2] / 4 - 1) < 0.05, needed)

# %% [markdown]
# **5 (an afternoon).** Write a walk of gradient descent against the best $D$ of each step, for a generator with two normal densities of free means, a common width and the shares 0.4 and 0.6, so that it *can* make the two-mode data. From which starts do the two losses end at the data, from which at another fixed point?

# %% tags=["hide-cell", "solution"]
def walk_two(objective, start, steps=800, every=16):
    """Two means and a width, walked on a coarser grid, D at its best each time."""
    theta, shares = torch.tensor(start, dtype=torch.float64), torch.tensor([0.4, 0.6])
    coarse = x[::every]
    a_data = two_modes[::every].clamp(min=1e-300).log()
    for _ in range(steps):
        theta.requires_grad_()
        bells = Normal(theta[:2], theta[2]).log_prob(coarse[:, None]).exp()
        p_g = (shares * bells).sum(1)
        # D* stands still while G steps.
        a = (a_data - p_g.clamp(min=1e-300).log()).detach()
        loss = torch.trapezoid(p_g * objective(a), coarse)
        theta = (theta - 0.2 * torch.autograd.grad(loss, theta)[0]).detach()
    return theta


starts = {"between": (-1.0, 1.0, 1.0), "crosswise": (1.0, -1.0, 1.0),
          "far": (4.0, 6.0, 1.0)}
losses = {"minimax": gan.losses.minimax, "non-saturating": gan.losses.non_saturating}
ends = {start: {name: walk_two(loss.generator, at) for name, loss in losses.items()}
        for start, at in starts.items()}
Table(["start", "minimax ends at", "non-saturating ends at"],
      [[start, *(f"{end[0]:.2f} and {end[1]:.2f}" for end in by_loss.values())]
       for start, by_loss in ends.items()])

# %% tags=["hide-cell", "solution"]
def distance(end, goal):
    return (end - torch.tensor(goal)).abs().max().item()


truth, swapped = (-2.0, 2.0, 0.6), (2.0, -2.0, 0.6)
claim("from between the modes both losses end at the data",
      all(distance(end, truth) < 0.01 for end in ends["between"].values()), ends)
claim("started crosswise both losses rest with the shares exchanged, not at the data",
      all(distance(end, swapped) < 0.1 for end in ends["crosswise"].values()), ends)
far = ends["far"]
claim("from far on one side minimax ends at the data, non-saturating with both "
      "densities on the nearer mode", distance(far["minimax"], truth) < 0.01
      and (far["non-saturating"][:2] - 2).abs().max() < 0.3, far)

# %% [markdown]
# ## Summary
#
# - The best discriminator is $p/(p + p_g)$. Against it the payoff $V$ is $-\log 4 + 2\,\mathrm{JSD}$, which is least at $p_g = p$, and JSD is the information that a sample gives about its label.
# - With the minimax loss the game is zero-sum, and $D = \tfrac12$ with $p_g = p$ is its saddle point. The value can depend on the order of play where $G$ cannot mix, and $G$'s answer always depends on it.
# - What is left to $G$ is convex in $p_g$ but not in the weights, so Proposition 2 is a promise about densities.
# - Against the best $D$, minimax descends on 2 JSD and saturates, and the non-saturating loss descends on $2\,\mathrm{KL}(m\,\|\,p)$, which is mode-seeking.
# - A flat $V \approx -\log 4$ shows that *this* $D$ sees no difference. Freeze $G$ and train $D$ to convergence before you believe it.
#
# > **Often misread.** "A GAN minimises the Jensen–Shannon divergence." Minimax would against a $D$ that is at its best after every step, but the usual loss is another one, and the usual $D$ lags.
#
# > **Often misread.** "If the generator is perfect, then $D(G(z)) \approx 1$ and $\log(1 - D)$ is near 0." Then the best $D$ is ½, and the logarithm is near 0 where $D$ is near **0**.
#
# > **Often misread.** "$V$ cannot fall below $-\log 4$." $V(D^*, G)$ cannot, but $V(D, G)$ of a $D$ that lags can.
#
# **Further reading.** Goodfellow et al., [Generative adversarial nets](https://arxiv.org/abs/1406.2661) (2014), section 4. [Goodfellow's tutorial](https://arxiv.org/abs/1701.00160) (2016), on the order of min and max and both directions of KL. Fedus et al., [Many paths to equilibrium](https://arxiv.org/abs/1710.08446) (2018), on why GANs need not descend on a divergence at each step.
#
# Next: [the training loop](04_training_loop.ipynb), where these two losses meet real code.
