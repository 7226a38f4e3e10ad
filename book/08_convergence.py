# %% [markdown]
# # 8 · Convergence
#
# **Why do two players who both walk downhill go round in circles, and what makes them stop?** We take the smallest GAN there is, one with two numbers to learn, and can compute everything about it: the arrows, the circles, the speed at which they widen or shrink, and which of the well-known remedies cure it. Then we look whether real networks do the same.
#
# - **You need** [chapter 3](03_minimax_value.ipynb): the two generator losses; [chapter 4](04_training_loop.ipynb): steps in turn and at once; [chapter 6](06_vanishing_gradients.ipynb): critic, gradient penalty, instance noise. From mathematics: eigenvalues of a 2 × 2 matrix, complex numbers.
# - **Afterwards you can** draw the vector field of a game and read its Jacobian; say from eigenvalues whether a step converges, and how fast; place eight published methods; choose R1's strength in the Dirac-GAN; and tell what different learning rates, averaging and R1 change in a real GAN, and what they don't.
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
# ## The smallest GAN there is
#
# All data are the number 0. All fakes are one number, $\theta$: the generator's only weight. The discriminator's logit is a straight line through the origin, $a(x) = \psi x$, and its slope $\psi$ is its only weight. Mescheder, Geiger and Nowozin (2018) call it the **Dirac-GAN**. It is in equilibrium at $\theta = 0$ (the fakes are the data) and $\psi = 0$ (the officer has no opinion).
#
# Both players take gradient steps of size $h = 0.2$ on the minimax losses of chapter 3. A step can be made in two ways: **both at once** (simultaneous: each answers the other's old position) or **in turn** (alternating: $D$ moves, $G$ answers the new $D$, as in chapter 4's loop).
#
# > **Predict first.** They start at $\theta = 1$, $\psi = 1$. Where are they after 500 steps: at the equilibrium, nearer to it, as far away as at the start, or farther?

# %%
import math

from gan.figures import dirac


def losses(theta, psi, pair=gan.losses.minimax):
    """L_D and L_G: a real sample is 0, a fake is theta, the logit is psi x."""
    real_logit, fake_logit = psi * 0.0, psi * theta
    return pair.discriminator(real_logit, fake_logit), pair.generator(fake_logit)


def walk(in_turn, theta=1.0, psi=1.0, h=0.2, steps=500):
    state = torch.tensor([theta, psi], dtype=torch.float64)
    states = [state]
    for _ in range(steps):
        theta, psi = state.clone().requires_grad_()
        slope_psi, = torch.autograd.grad(losses(theta, psi)[0], psi)
        new_psi = psi - h * slope_psi
        slope_theta, = torch.autograd.grad(losses(theta, new_psi.detach() if in_turn else psi.detach())[1], theta)
        state = torch.stack([theta - h * slope_theta, new_psi]).detach()
        states.append(state)
    return torch.stack(states)                                            # (501, 2)


at_once, in_turn = walk(False), walk(True)

# %% mystnb={"image": {"alt": "Left: in the plane of theta and psi, the path of simultaneous steps spirals outwards, that of alternating steps goes round on what looks like one closed curve. Right: theta and psi of the alternating game against steps; both swing between plus and minus 1.4, psi ahead of theta, and neither swing gets smaller."}}
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.6), width_ratios=(1, 1.2))
dirac.arrows(left, "minimax", size=3.5)
left.plot(*at_once.T, label="both at once", linewidth=0.9, color=plots.FAKE["color"])
left.plot(*in_turn.T, label="in turn", linewidth=2.2, color=plots.JUDGE["color"])
left.legend(fontsize=8, loc="upper right", frameon=True)
right.plot(in_turn[:200, 0], color=plots.FAKE["color"], label=r"$\theta$, the fakes")
right.plot(in_turn[:200, 1], "--", color=plots.JUDGE["color"], label=r"$\psi$, $D$'s slope")
right.set(xlabel="step, in turn", ylabel="value", ylim=(-1.6, 2))
right.legend(fontsize=8, loc="upper right", ncols=2)
plt.show()

radius = at_once.norm(dim=1), in_turn.norm(dim=1)
print(f"distance from the equilibrium at the start {radius[0][0]:.2f}; after 500 steps "
      f"at once {radius[0][-1]:.2f}, in turn {radius[1][-1]:.2f}")
claim("both at once: the distance has more than doubled after 500 steps", radius[0][-1] > 2 * radius[0][0], radius[0])
claim("in turn: it is never less than 0.8 or more than 1.2 times what it was",
      (radius[1] / radius[1][0] - 1).abs().max() < 0.2, radius[1])

# %% [markdown]
# Neither arrives. At once, they spiral out; in turn, they keep circling. Read one round of the right picture: the fakes are too far right, so $D$ tilts to the left; the tilt drives the fakes left, *past* the data; now $D$ must tilt the other way. When the fakes are on the right, $D$ has only begun to say so; when it says so loudly, they have left. Each player walks downhill all the time. The hill turns.
#
# ## Play with it
#
# Choose a method, its strength, the step and who moves when; tap the plane for a start; press play. Everything below this figure explains what you can see in it. (R1 charges $D$ for its slope: it adds $\tfrac\gamma2\psi^2$ to $L_D$. The table below has the other methods.) Two whole networks that run round each other, live, are in [the lab](lab.md#preset=cycling), and [the same two with R1](lab.md#preset=calm).
#
# > **Predict first.** With simultaneous minimax steps: is there a step size small enough to converge? And which wins, a strong R1 or a weak one? Try $\gamma = 0.1$, 1 and 2.

# %% mystnb={"image": {"alt": "Interactive figure. The plane of theta and psi with arrows that turn clockwise around the origin; the path of simultaneous minimax steps from 1, 1 spirals outwards. Controls choose method, strength, step size, order of moves and start."}}
dirac.DiracExplorer("minimax", strength=0.3, h=0.2, in_turn=False)

# %% [markdown]
# ## The field and its eigenvalues
#
# Let each player's velocity be its own downhill direction, $v = (-\partial L_G/\partial\theta,\; -\partial L_D/\partial\psi)$. In minimax $L_D = \log 2 - \log\sigma(-\psi\theta)$ and $L_G = \log\sigma(-\psi\theta)$. The gradient of $L_G$ in the logit is $-D$ (chapter 3), and $D = \sigma(\psi\theta)$ at the fake, so
#
# $$ v(\theta, \psi) = \bigl(\psi\,\sigma(\psi\theta),\; -\theta\,\sigma(\psi\theta)\bigr). $$
#
# This $v$ is at right angles to $(\theta, \psi)$ everywhere: $\theta\cdot\psi\sigma - \psi\cdot\theta\sigma = 0$. Followed exactly, in infinitely small steps, it leads round a circle. It is not the gradient of anything: no function falls along a closed path.
#
# Near the equilibrium only the **Jacobian** $J$ of $v$ matters, the matrix of its partial derivatives. Every smooth method in this chapter has, at $(0, 0)$, one of the form
#
# $$ \begin{aligned} J &= \begin{pmatrix} -r & a \\ -a & -c \end{pmatrix}, \\[1ex] \lambda &= -\frac{r + c}{2} \pm \sqrt{\frac{(c - r)^2}{4} - a^2}. \end{aligned} $$
#
# The $a$ (here a number, not the logit) makes it turn; $r$ and $c$ pull $\theta$ and $\psi$ back. For minimax $a = \sigma(0) = ½$ and $r = c = 0$, so $\lambda = \pm\tfrac i2$: pure rotation. For the other methods, each a line of algebra:
#
# | method | what is different | turns: $a$ | pulls $\theta$: $r$ | pulls $\psi$: $c$ |
# |---|---|---|---|---|
# | minimax | | ½ | 0 | 0 |
# | non-saturating | $G$'s push is $1 - D$ | ½ | 0 | 0 |
# | WGAN | no sigmoid: $L_D = \psi\theta$, $L_G = -\psi\theta$ | 1 | 0 | 0 |
# | WGAN, clipped | $\psi$ cut to $\pm b$ after each step | 1 | 0 | 0 |
# | WGAN-GP | plus $\tfrac\kappa2(\lvert\psi\rvert - 1)^2$ in $L_D$ | 1 | 0 | none: it jumps |
# | instance noise | normal noise, width $s$, on real and fake | ½ | 0 | $s^2/2$ |
# | R1, R2 | plus $\tfrac\gamma2\psi^2$ in $L_D$ | ½ | 0 | $\gamma$ |
# | consensus | both also descend on $\tfrac\gamma2\lVert v\rVert^2$, so both also walk to where nobody moves fast | ½ | $\gamma/4$ | $\gamma/4$ |
#
# R1 and R2 penalise the slope of $D$ at the real and at the fake points. A line has the same slope everywhere, so here they are one method. The losses below are the definitions; autograd differentiates them, and the package's formulas must agree.

# %%
W, MM = gan.losses.wasserstein, gan.losses.minimax
noise = torch.linspace(-8, 8, 81, dtype=torch.float64)                    # for instance noise: a grid, not the package's
bell = torch.exp(-noise**2 / 2) / torch.exp(-noise**2 / 2).sum()


def noisy(theta, psi, k):
    real, fake = psi * k * noise, psi * (theta + k * noise)
    return (MM.discriminator(real, fake) * bell).sum(), (MM.generator(fake) * bell).sum()


def penalised(penalty, pair):
    def both(theta, psi, k):
        def D(x):
            return psi * x[..., 0]                                        # (1, 1) -> (1,)

        real, fake = torch.zeros(1, 1, dtype=torch.float64), theta.detach().reshape(1, 1)
        L_D, L_G = losses(theta, psi, pair)
        return L_D + penalty(k)(D, real, fake).mean(), L_G
    return both


def speed(theta, psi):                                                    # |v|^2 of minimax, by autograd
    L_D, L_G = losses(theta, psi)
    return sum(torch.autograd.grad(L, w, create_graph=True)[0].square() for L, w in ((L_D, psi), (L_G, theta)))


# %%
DEFINITIONS = {
    "minimax": lambda t, p, k: losses(t, p),
    "non-saturating": lambda t, p, k: losses(t, p, gan.losses.non_saturating),
    "WGAN": lambda t, p, k: losses(t, p, W),
    "WGAN-GP": penalised(lambda k: gan.penalties.gradient_penalty(k / 2), W),
    "instance noise": noisy,
    "R1": penalised(gan.penalties.r1, MM),
    "R2": penalised(gan.penalties.r2, MM),
    "consensus": lambda t, p, k: [L + k / 2 * speed(t, p) for L in losses(t, p)],
}
torch.manual_seed(1_000 * SEED)
worst = 0.0
for name, players in DEFINITIONS.items():
    formula = dirac.FIELDS["R1" if name == "R2" else name]
    for _ in range(20):
        theta, psi = torch.empty(2, dtype=torch.float64).uniform_(-2, 2).requires_grad_()
        L_D, L_G = players(theta, psi, 0.7)
        by_autograd = [-torch.autograd.grad(L, w, retain_graph=True)[0] for L, w in ((L_G, theta), (L_D, psi))]
        worst = max(worst, *(abs(a - b).item() for a, b in zip(by_autograd, formula(theta, psi, 0.7))))
claim("all 8 losses, differentiated by autograd, give the package's fields to 1e-6 at 20 random places each",
      worst < 1e-6, worst)
claim("and a walk by autograd is the package's, in turn and at once",
      all(torch.allclose(mine, dirac.path("minimax", (1.0, 1.0), 500, h=0.2, first=first), atol=1e-6)
          for mine, first in ((at_once, None), (in_turn, "D"))))

# %% [markdown]
# ### What a step makes of them
#
# Training doesn't follow the arrows; it jumps. A simultaneous step is the map $w \mapsto w + h\,v(w)$, so near the equilibrium it multiplies by $I + hJ$, with eigenvalues $\mu = 1 + h\lambda$. The size $\lvert\mu\rvert$ is the factor on the distance per step, in the long run and averaged over a turn. For minimax,
#
# $$ \lvert 1 \pm \tfrac{ih}{2}\rvert = \sqrt{1 + h^2/4} \;>\; 1 . $$
#
# It spirals out for every $h > 0$, however small the step. A small step only does it more slowly.
#
# In turn, the step is two maps, one after the other. Near the equilibrium each moves one coordinate in proportion to the other: a **shear**,
#
# $$ \begin{pmatrix} 1 & ha \\ 0 & 1\end{pmatrix}\begin{pmatrix} 1 & 0 \\ -ha & 1\end{pmatrix}, $$
#
# with determinant 1 and trace $2 - h^2a^2$.
#
# Shears keep areas, so the determinant is 1, and it is the product of both eigenvalues. While $ha < 2$ they are a complex pair, hence both of size exactly 1: neither in nor out. With pullbacks $r$ and $c$ the trace is $2 - h(r + c) - h^2a^2$ and the determinant $(1 - hr)(1 - hc)$, and $\mu = \tfrac12\mathrm{trace} \pm\sqrt{\tfrac14\mathrm{trace}^2 - \det}$. So much by hand. By machine: autograd's Jacobian of the step as it is coded, and its eigenvalues.

# %%
def by_hand(a, r, c, h, in_turn):
    if not in_turn:
        root = torch.tensor((c - r) ** 2 / 4 - a**2, dtype=torch.complex128).sqrt()
        return [1 + h * (-(r + c) / 2 + sign * root) for sign in (1, -1)]
    trace, det = 2 - h * (r + c) - (h * a) ** 2, (1 - h * r) * (1 - h * c)
    root = torch.tensor(trace**2 / 4 - det, dtype=torch.complex128).sqrt()
    return [trace / 2 + sign * root for sign in (1, -1)]


def by_machine(method, k, h, first):
    J = torch.autograd.functional.jacobian(lambda w: dirac.step(method, w, h, k, first), torch.zeros(2, dtype=torch.float64))
    return torch.linalg.eigvals(J)


ENTRIES = {                                                               # method: a, r, c at strength k
    "minimax": lambda k: (0.5, 0.0, 0.0), "non-saturating": lambda k: (0.5, 0.0, 0.0),
    "WGAN": lambda k: (1.0, 0.0, 0.0), "WGAN, clipped": lambda k: (1.0, 0.0, 0.0),
    "instance noise": lambda k: (0.5, 0.0, k**2 / 2), "R1": lambda k: (0.5, 0.0, k),
    "consensus": lambda k: (0.5, k / 4, k / 4),
}

# %%
largest, wrong = {}, 0.0
for method, entries in ENTRIES.items():
    for k in (0.3, 0.7, 1.5):
        for h in (0.05, 0.2, 0.5):
            for first in (None, "D", "G"):
                found, expected = by_machine(method, k, h, first), by_hand(*entries(k), h, first is not None)
                straight = max((found[0] - expected[0]).abs(), (found[1] - expected[1]).abs())
                crossed = max((found[0] - expected[1]).abs(), (found[1] - expected[0]).abs())
                wrong = max(wrong, min(straight, crossed).item())
                largest[method, k, h, first] = found.abs().max().item()
print(f"{'factor per step, h = 0.2':<26}at once  in turn")
for method in ENTRIES:
    print(f"{method:<26}{largest[method, 0.7, 0.2, None]:.4f}   {largest[method, 0.7, 0.2, 'D']:.4f}")
claim("for 7 methods, 3 strengths, 3 step sizes and 3 orders of moves, eigenvalues by hand are autograd's to 1e-6",
      wrong < 1e-6, wrong)
free = ("minimax", "non-saturating", "WGAN", "WGAN, clipped")
claim("to first order: without a pullback the largest |μ| at the equilibrium is above 1 at once, and 1 in turn",
      all(largest[m, k, h, None] > 1 and abs(largest[m, k, h, f] - 1) < 1e-9
          for m in free for k in (0.3, 0.7, 1.5) for h in (0.05, 0.2, 0.5) for f in ("D", "G")), largest)
claim("in turn, instance noise, R1 and consensus have largest |μ| below 1 at all 9 settings",
      all(largest[m, k, h, f] < 1 for m in ENTRIES if m not in free for k in (0.3, 0.7, 1.5)
          for h in (0.05, 0.2, 0.5) for f in ("D", "G")), largest)
jump = [dirac.FIELDS["WGAN-GP"](*torch.tensor([0.0, psi]), 0.7)[1].item() for psi in (-1e-6, 1e-6)]
claim("WGAN-GP pushes ψ away from 0 on both sides, with κ: no Jacobian at 0, and the least disturbance is thrown out",
      abs(jump[0] + 0.7) < 1e-5 and abs(jump[1] - 0.7) < 1e-5, jump)

# %% mystnb={"image": {"alt": "Eight small planes of theta and psi with the paths of 300 alternating steps: minimax and WGAN go round closed curves, clipped WGAN is cut at first and then goes round one, non-saturating creeps inwards, WGAN-GP circles at a distance, and instance noise, R1 and consensus run into the origin."}}
figure, axes = plt.subplots(2, 4, figsize=(9, 4.9), sharex=True, sharey=True)
strengths = {"WGAN, clipped": 1.0, "WGAN-GP": 0.7, "instance noise": 1.0, "R1": 0.5, "consensus": 1.0}
ends = {}
for ax, method in zip(axes.flat, dirac.FIELDS):
    k = strengths.get(method, 0.0)
    trail = dirac.path(method, (1.0, 1.0), 500, h=0.2, k=k, first="D")
    ends[method] = trail[-100:].norm(dim=1).mean().item()
    dirac.arrows(ax, method, k)
    ax.plot(*trail[:300].T, color=plots.FAKE["color"], linewidth=1)
    ax.set_title(method, fontsize=9)
    ax.label_outer()
plt.show()
claim("in turn, after 400 steps, the three with a pullback are within 0.001 of the equilibrium, the rest farther than 0.25",
      all((end < 1e-3) == (method in ("instance noise", "R1", "consensus")) and (end < 1e-3 or end > 0.25)
          for method, end in ends.items()), ends)

# %% [markdown]
# > **Often misread.** "WGAN converges because the Wasserstein distance is continuous." Continuous it is, and its gradient $\pm1$ here points home from everywhere; but that is a statement about a *perfect* critic. The critic that trains along, one step at a time, has $\lambda = \pm i$: it turns twice as fast as the others, and no closer. Clipping and the penalty to slope 1 can shrink a large orbit to about their own size, not to 0.
#
# Look at the non-saturating path again. Its eigenvalues are minimax's, yet it creeps inwards. The Jacobian is silent when $\lvert\mu\rvert = 1$, and what decides are smaller terms. Put $t = \psi\theta$: along the field, $\theta^2 + \psi^2$ changes at the rate $2t\,(\sigma(-t) - \sigma(t)) = -2t\tanh\tfrac t2 \le 0$. Near 0 that is $-t^2$, of *fourth* order in the distance $\rho$. Over a turn $t^2$ averages $\rho^4/8$, so after $n$ steps, at time $\tau = hn$, $\tfrac{d}{d\tau}\rho^2 = -\rho^4/8$. So in turn, $\rho^{-2} = \rho_0^{-2} + hn/8$: it converges like $1/\sqrt n$, ever more slowly. A step at once is a tangent of length $h\rho/2$: by Pythagoras it adds $h^2\rho^2/4$ to $\rho^2$, which is $h\rho^2/4$ per unit of time, and both balance at $\rho = \sqrt{2h}$. (For minimax the rate along the field is exactly 0, as $v$ is at right angles. In turn, still smaller terms push it outwards: you need a large step and thousands of steps to see it.)

# %%
n = torch.tensor([100, 200, 500])
start = 2**-0.5                                                           # 1 / distance at the start
creep = dirac.path("non-saturating", (1.0, 1.0), 500, h=0.2, first="D")[n].norm(dim=1)
predicted = (start**2 + 0.2 * n / 8) ** -0.5
print("in turn, distance after 100, 200, 500 steps:", ", ".join(f"{d:.3f}" for d in creep),
      " predicted:", ", ".join(f"{d:.3f}" for d in predicted))
claim("non-saturating in turn shrinks like one over the root of time, to within 5 % of the formula",
      (creep / predicted - 1).abs().max() < 0.05, (creep, predicted))
rings = {h: dirac.path("non-saturating", (1.0, 1.0), int(400 / h), h=h)[-int(40 / h):].norm(dim=1).mean().item()
         for h in (0.4, 0.2, 0.1)}
print("at once it ends on a circle:", ", ".join(f"h = {h}: {r:.3f} ({math.sqrt(2 * h):.3f})" for h, r in rings.items()))
claim("at once it ends on a circle of radius √(2h), to within 2 %: half the step, 0.7 of the circle, never 0",
      all(abs(r / math.sqrt(2 * h) - 1) < 0.02 for h, r in rings.items()), rings)
drift = dirac.path("minimax", torch.ones(2, 2, dtype=torch.float64), 4_000, h=torch.tensor([0.2, 0.5]), first="D").norm(dim=1)
drift = drift[-100:].amax(0) / drift[:100].amax(0) - 1
print(f"minimax in turn, after 4,000 steps: farther out by {100 * drift[0]:.1f} % (h = 0.2), {100 * drift[1]:.0f} % (h = 0.5)")
claim("minimax in turn drifts outwards in 4,000 steps: by less than 1 % with h = 0.2, by more than 10 % with h = 0.5",
      0 < drift[0] < 0.01 and drift[1] > 0.1, drift)

# %% [markdown]
# ## Beside the authors' numbers
#
# Mescheder et al. published their simulation. Run as it stands, with $h = 0.2$, 500 steps, $\theta_0 = \psi_0 = 1$, it ends at the distances in the second and fourth column. To meet them one must know two things that only the code shows: their $D$ is large for what it takes to be *fake* (their $\psi$ is our $-\psi$, so their start is our $(1, -1)$), and in turn their $G$ moves first.

# %%
PUBLISHED = {                                             # their code, run: at once, in turn; with our method and strength
    "minimax": ("3.10", "1.42", "minimax", 0.0), "non-saturating": (".640", ".284", "non-saturating", 0.0),
    "WGAN, clip 1": ("1.00", "1.02", "WGAN, clipped", 1.0), "WGAN-GP, κ 0.7, target 1": ("1.80", "1.22", "WGAN-GP", 0.7),
    "R1, γ 0.3": ("2.6e-6", "2.3e-7", "R1", 0.3), "R1, γ 1": ("1e-21", "7e-17", "R1", 1.0),
}


def same(ours, theirs):
    """Equal when ours is rounded to as many digits as theirs has."""
    digits = len(theirs.split("e")[0].replace(".", "").lstrip("0"))
    return float(f"{ours:.{digits - 1}e}") == float(theirs)


agree = []
print(f"{'':<26}{'at once':>9}{'theirs':>9}{'in turn':>10}{'theirs':>9}{'our order and sign':>22}")
for name, (once, turn, method, k) in PUBLISHED.items():
    ends = [dirac.path(method, (1.0, psi), 500, h=0.2, k=k, first=first)[-1].norm().item()
            for psi, first in ((-1.0, None), (-1.0, "G"), (1.0, None), (1.0, "D"))]
    agree += [same(ends[0], once), same(ends[1], turn)]
    print(f"{name:<26}{ends[0]:>9.3g}{once:>9}{ends[1]:>10.3g}{turn:>9}{ends[2]:>13.3g}{ends[3]:>9.3g}")
claim("all 12 distances that the authors' code gives are met to every digit shown", all(agree), agree)

# %% [markdown]
# The last two columns are this book's reading: $D$ scores *real*, starts at $\psi = 1$, and moves first. Minimax then ends at 3.35 and 1.34, not 3.10 and 1.42: the same dynamics, seen at another place of the circle or the spiral. A single distance at a single step is a poor summary of something that turns.
#
# ## How strong should R1 be?
#
# For R1, $\lambda = -\tfrac\gamma2 \pm\sqrt{\tfrac{\gamma^2}4 - \tfrac14}$. Below $\gamma = 1$ the root is imaginary: it turns while it shrinks. Above, it no longer turns, and one of the two eigenvalues comes back towards 0. The best is in between, the **critical** $\gamma = 2a = 1$: as a door closer that neither swings nor creeps. (The paper writes losses as $f(\text{logit})$ and has $2\lvert f'(0)\rvert$; $\lvert f'(0)\rvert$ is our $a$.)
#
# That is for infinitely small steps. With steps of size $h$, set the root in $\mu$ to 0. At once, the condition is $h^2\gamma^2 = h^2$: again exactly $\gamma = 1$. In turn, $2 - h\gamma - h^2/4 = 2\sqrt{1 - h\gamma}$ gives $\gamma = 1 - h/4$. In both cases the factor is then $1 - h/2$, for this $h$ the best that R1 can do. (Exactly there the two eigenvectors fall together, and the distance goes like $n(1 - h/2)^n$.) And at once there is a minimum: $\lvert\mu\rvert^2 = 1 - h\gamma + h^2/4 < 1$ needs $\gamma > h/4$.
#
# > **Predict first.** In a picture of the factor per step against $\gamma$, where is it steeper: below the best $\gamma$ or above?

# %%
gammas = torch.linspace(0, 2, 401, dtype=torch.float64)                   # all at once: the fields take tensors
start = torch.full((2, 401), 1e-12, dtype=torch.float64)                # so near that even growth stays near
factor, best, curves = {}, {}, {}
for h in (0.2, 0.4):
    for first in (None, "D"):
        distance = dirac.path("R1", start, 1_200, h=h, k=gammas, first=first).norm(dim=1)    # (1201, 401)
        factor[h, first] = (distance[1_200] / distance[400]) ** (1 / 800)                  # measured, per step
        best[h, first] = gammas[factor[h, first].argmin()].item()
        curves[h, first] = torch.stack([torch.stack(by_hand(0.5, 0.0, g, h, first is not None)).abs().max()
                                        for g in gammas.tolist()])
        print(f"h = {h}, {'at once' if first is None else 'in turn'}: fastest at γ = {best[h, first]:.3f}, by formula "
              f"{1 if first is None else 1 - h / 4:.3f}; factor {factor[h, first].min():.3f}, by formula {1 - h / 2:.3f}")
claim("the fastest of 401 strengths is the critical one to 0.02: 1 at once, 1 - h/4 in turn",
      all(abs(b - (1 if first is None else 1 - h / 4)) < 0.02 for (h, first), b in best.items()), best)
claim("and the factor measured at all 401 is the formula's to 0.003, and 1 - h/2 at its best",
      all((factor[key] - curves[key]).abs().max() < 3e-3 and abs(factor[key].min() - (1 - key[0] / 2)) < 3e-3
          for key in factor), {key: (factor[key] - curves[key]).abs().max() for key in factor})
claim("at once, R1 converges at those of the 401 strengths that are above h/4, and at no other",
      all(((factor[h, None] < 1) == (gammas > h / 4))[(gammas - h / 4).abs() > 0.004].all() for h in (0.2, 0.4)))

# %% mystnb={"image": {"alt": "Factor per step against R1's strength gamma, for steps of 0.2 at once and in turn. Both fall in almost straight lines to 0.9 near gamma 1, rise very steeply just after it and then flatten, up to 0.97 at gamma 2; the simultaneous curve starts above 1 and crosses 1 at gamma 0.05."}}
figure, ax = plt.subplots(figsize=(6, 3))
ax.axhline(1, color="0.7", linewidth=0.8)
for first, style, name in ((None, plots.FAKE, "at once"), ("D", plots.JUDGE, "in turn")):
    ax.plot(gammas, factor[0.2, first], label=f"{name}, measured", **style)
    ax.plot(gammas[::25], curves[0.2, first][::25], "o", color=style["color"], markersize=4, label=f"{name}, by formula")
ax.set(xlabel=r"$\gamma$", ylabel="factor per step", ylim=(0.89, 1.01))
ax.legend(fontsize=8)
plt.show()

# %%
below, above = (max(abs(mu) for mu in by_hand(0.5, 0.0, gamma, 0.2, False)).item() for gamma in (0.9, 1.1))
print(f"h = 0.2, at once: factor 0.900 at γ = 1, {below:.3f} at 0.9, {above:.3f} at 1.1")
claim("just past the best γ the factor rises at least three times as fast as just before it", above - 0.9 > 3 * (below - 0.9))
far_off = [by_machine("R1", 2 / h + side * h, h, first).abs().max().item()
           for h in (0.2, 0.4) for first in (None, "D") for side in (-1, 1)]
claim("and near γ = 2/h, at once and in turn, it passes 1 again", all((mu > 1) == odd for mu, odd in zip(far_off, [False, True] * 4)), far_off)

# %% [markdown]
# Above. Past the best $\gamma$ the root is real, and a root starts vertically: a little too much costs more than a little too little. (The small teeth of the measured lines are the turning: 800 steps do not end at the angle at which they began.) Much too much, about $2/h$, and a step overshoots ($\mu < -1$).
#
# > **Often misread.** "R1 is just smoothing." $D$ is a straight line here; there is nothing to smooth. R1 makes $D$ *forget*: left to itself $\psi$ falls back to 0, so that the officer's opinion about yesterday's fakes has faded before it can drive today's past the data. Instance noise does the same to the linear part, with $\gamma = s^2/2$.
#
# ## Different rates, averages, Adam
#
# Three things people do instead. What does each change in the small GAN?
#
# **Two rates** (TTUR): $D$ learns $q$ times as fast. The field becomes $(v_\theta, q v_\psi)$, with eigenvalues $\pm\tfrac i2\sqrt q$. It turns $\sqrt q$ times as fast and stays on the imaginary axis. With R1, $J$ has the rows $(0, ½)$ and $(-q/2, -q\gamma)$, so $\lambda = -\tfrac{q\gamma}2 \pm\sqrt{\tfrac{q^2\gamma^2}4 - \tfrac q4}$: the critical strength is $1/\sqrt q$, and there $\lambda = -½\sqrt q$, $\sqrt q$ times as quick. Two rates can speed up R1; without a pullback they cure nothing *here*. (The theorem in the paper that proposes them supposes that $D$, with $G$ held still, comes to rest. Here it never does: for $\theta \ne 0$ its push $-\theta\,\sigma(\psi\theta)$ is never 0. With R1 it does.)
#
# **A moving average** of $G$'s weights does not enter the game: the players never see it. It is a filter. A rotation by the angle $\omega$ per step comes out smaller by the factor $(1 - \beta)/\lvert 1 - \beta e^{-i\omega}\rvert$, where $\beta$ is the average's decay.
#
# **Adam** divides by the size of recent gradients and adds momentum. Its map isn't smooth in the gradient near 0, so none of the above applies. We measure.

# %%
def field_eigenvalues(q, gamma=0.0):
    """Of the field with D q times as fast, from a step so small that it is nothing else."""
    J = torch.autograd.functional.jacobian(lambda w: dirac.step("R1", w, 1e-6, gamma, d_h=q * 1e-6),
                                           torch.zeros(2, dtype=torch.float64))
    return torch.linalg.eigvals((J - torch.eye(2)) / 1e-6)


for q in (4.0, 0.25):
    found = field_eigenvalues(q)
    print(f"D {q:g} times as fast: eigenvalues of the field ±{found.imag.max():.4f} i")
    claim(f"D {q:g} times as fast: the eigenvalues are ±½√q i, on the imaginary axis as before",
          found.real.abs().max() < 1e-6 and abs(found.imag.max() - math.sqrt(q) / 2) < 1e-6, found)
    pull = {share: -field_eigenvalues(q, share / math.sqrt(q)).real.max().item() for share in (0.5, 0.8, 0.9, 1.0, 1.1, 1.2, 2.0)}
    claim(f"D {q:g} times as fast, with R1: of 7 strengths 1/√q pulls in fastest, at the rate ½√q",
          max(pull, key=pull.get) == 1.0 and abs(pull[1.0] - math.sqrt(q) / 2) < 1e-3, pull)

# %%
turning = dirac.path("WGAN", (1.0, 1.0), 3_000, h=0.2, first="D")
angle = math.acos(1 - 0.2**2 / 2)                                         # the trace is 2 cos of the angle per step
for beta in (0.9, 0.99):
    average, distances = turning[0], []
    for state in turning[1:]:
        average = beta * average + (1 - beta) * state
        distances.append(average.norm())
    shrunk = (torch.stack(distances)[-1_000:].mean() / turning[-1_000:].norm(dim=1).mean()).item()
    filtered = (1 - beta) / abs(1 - beta * complex(math.cos(angle), -math.sin(angle)))
    print(f"average with decay {beta}: distance {shrunk:.4f} of the players' own, by formula {filtered:.4f}")
    claim(f"an average with decay {beta} shows the filter's share of a circle that goes on, to 1 %",
          abs(shrunk / filtered - 1) < 0.01 and turning[-1].norm() > 1.3, (shrunk, filtered))


# %%
def adam_ends(beta1, in_turn, lr=0.05, steps=1_000):
    """Distances after Adam's steps from 8 random starts at distance √2; Adam works on each number by itself."""
    torch.manual_seed(1_000 * SEED + 1)
    angle = 2 * math.pi * torch.rand(8, dtype=torch.float64)
    theta, psi = 2**0.5 * angle.cos(), 2**0.5 * angle.sin()
    adams = [torch.optim.Adam([weight], lr, (beta1, 0.99)) for weight in (theta, psi)]
    for _ in range(steps):
        theta.grad, psi.grad = (-v for v in dirac.FIELDS["minimax"](theta, psi, 0.0))
        adams[1].step()
        if in_turn:
            theta.grad = -dirac.FIELDS["minimax"](theta, psi, 0.0)[0]
        adams[0].step()
    return torch.stack([theta, psi]).norm(dim=0)


adam = {(beta1, in_turn): adam_ends(beta1, in_turn) for in_turn in (False, True) for beta1 in (0.0, 0.5, 0.9)}
for (beta1, in_turn), ends in adam.items():
    print(f"Adam, β₁ = {beta1}, {'in turn' if in_turn else 'at once'}: distance 1.41 becomes ≈ {ends.mean():.2f} ± {ends.std():.2f}")
claim("Adam in turn: with β₁ = 0 all 8 runs end nearer than they began, with β₁ = 0.9 all 8 farther",
      adam[0.0, True].max() < 2**0.5 < adam[0.9, True].min(), adam)
claim("after 1,000 steps no run of any setting is within 0.02 of the equilibrium", min(e.min() for e in adam.values()) > 0.02, adam)

# %% [markdown]
# Momentum remembers where downhill *was*, and the hill has turned since: which may be why chapter 4 found $\beta_1 = 0.9$ to be bad for a game. Without momentum and in turn Adam shrinks the circle, though the field alone would not. Its convergence is not a matter of the field's eigenvalues alone.

# %% [markdown]
# ## Do real networks turn?
#
# Now a generator and a discriminator with a hidden layer of 16 each. The data are a bell around 0, of width 0.2; the fakes start around 1. To stay with the theory we train by plain gradient descent, in turn and with `gan.train`'s usual non-saturating loss. That takes one line: `gan.train` owns two optimisers, and we put others in their place. Ten runs with ten seeds at once. After each step we note the fakes' mean and width, and the slope of $D$ at the data.
#
# > **Predict first.** The two networks have 98 weights. Will their path, seen in the plane (mean of the fakes, slope of $D$), have anything to do with the circles above?

# %%
def small_pair():
    G = gan.models.Generator(gan.models.mlp([1, 16, 1], torch.nn.Tanh), 1)
    return G, torch.nn.Sequential(gan.models.mlp([1, 16, 1], torch.nn.Tanh), torch.nn.Flatten(0))


WIDTH, R = 0.2, 10
bell_data = gan.data.GaussianMixture([[0.0]], WIDTH)
quantiles = torch.distributions.Normal(0, 1).icdf((torch.arange(64) + 0.5) / 64)[:, None].expand(R, -1, -1)
beside = torch.tensor([[-0.1], [0.1]]).expand(R, -1, -1)


# %%
def descend(gamma=0.0, q=1.0, steps=600, lr=0.1):
    """Mean of the fakes, D's slope, L_D, width, and the averaged G's mean and width, after each step: (steps, 6, R)."""
    torch.manual_seed(1_000 * SEED + 2)
    G, D = gan.ensemble.stack(small_pair() for _ in range(R))
    with torch.no_grad():
        G.net[-1].bias.add_(1.0)
    run = gan.train(G, D, bell_data, steps=steps, penalties=(gan.penalties.r1(gamma),) if gamma else (), ema=0.98, device=device)
    run.g_optimizer, run.d_optimizer = torch.optim.SGD(G.parameters(), lr), torch.optim.SGD(D.parameters(), q * lr)
    notes = []
    for step in run:
        with torch.no_grad():
            x, smooth, a = G(quantiles.to(device))[..., 0], run.G_ema(quantiles.to(device))[..., 0], D(beside.to(device))
        slope = (a[:, 1] - a[:, 0]) / 0.2
        notes.append(torch.stack([x.mean(1), slope, step.d_loss, x.std(1), smooth.mean(1), smooth.std(1)]))
    return torch.stack(notes).cpu()


# %%
def turns(notes):
    """How often (mean, slope) has gone round the origin, clockwise, in these steps: (R,)."""
    angle = torch.atan2(notes[:, 1], notes[:, 0]).diff(dim=0)
    return -((angle + math.pi) % (2 * math.pi) - math.pi).sum(0) / (2 * math.pi)


plain, weak, strong, two_rates = descend(), descend(gamma=1.0), descend(gamma=3.0), descend(q=4.0)
for name, notes in (("plain", plain), ("R1, γ 1", weak), ("R1, γ 3", strong), ("D 4 times as fast", two_rates)):
    first, late = turns(notes[:100]), notes[-200:]
    print(f"{name:>18}: turns in 100 steps ≈ {first.mean():.2f} ± {first.std():.2f}; in the last 200 steps the mean swings by "
          f"≈ {late[:, 0].std(0).mean():.3f} ± {late[:, 0].std(0).std():.3f}")
claim("plain: all 10 runs go round clockwise, as the Dirac-GAN does, at least once in their first 100 steps",
      turns(plain[:100]).min() > 1, turns(plain[:100]))
claim("R1 with γ = 3: at least 7 of 10 runs make less than half a turn, and so does the mean",
      (turns(strong[:100]) < 0.5).sum() >= 7 and turns(strong[:100]).mean() < 0.5, turns(strong[:100]))
claim("R1 with γ = 1: fewer turns than plain, on average, but not none",
      0.3 < turns(weak[:100]).mean() < turns(plain[:100]).mean() - 0.5, turns(weak[:100]))

# %% mystnb={"image": {"alt": "Above, four plain runs in the plane of the fakes' mean and the slope of D: from a dot on the right each spirals clockwise into a small knot around the origin. Below, the same four with R1: from the same side they run to the origin without going round."}}
figure, axes = plt.subplots(2, 4, figsize=(9, 4.6), sharex=True, sharey=True)
for row, notes, name in zip(axes, (plain, strong), ("plain", "R1, γ = 3")):
    for r, ax in enumerate(row):
        ax.plot(notes[:300, 0, r], notes[:300, 1, r], linewidth=0.9, color=plots.FAKE["color"])
        ax.plot(notes[0, 0, r], notes[0, 1, r], "o", markersize=4, color=plots.FAKE["color"])         # the start
        ax.plot(0, 0, "+", color="black", markersize=10)
        ax.set_title(f"{name}, run {r + 1}", fontsize=9)
axes[0, 0].set_ylabel("slope of $D$")
axes[1, 0].set_ylabel("slope of $D$")
for ax in axes[1]:
    ax.set_xlabel("mean of the fakes")
plt.show()

# %% [markdown]
# They do. Ninety-eight weights, and the two numbers that matter chase each other round the same way. Only the large circles shrink quickly. That is partly the non-saturating loss, which creeps inwards by itself; and a network's $D$ is not a straight line, nor a bell a point. What stays is a small swing that doesn't die: in the last 200 of 600 steps it is larger than in the 200 before. And R1 stops the turning in most runs, though not at the $\gamma = 1$ of the toy: this network needs more.
#
# > **Predict first.** For the last 200 steps of the plain runs, what would the loss curves tell you?

# %%
def distance(mean, width):
    return (mean**2 + (width - WIDTH) ** 2).sqrt()                        # √ of the Fréchet distance of two bells


late = {"plain": plain[-200:], "R1, γ 3": strong[-200:], "D 4 times as fast": two_rates[-200:]}
swing = {name: notes[:, 0].std(0) for name, notes in late.items()}
swing["plain, averaged G"] = late["plain"][:, 4].std(0)
far = {name: distance(notes[:, 0], notes[:, 3]).mean(0) for name, notes in late.items()}
far["plain, averaged G"] = distance(late["plain"][:, 4], late["plain"][:, 5]).mean(0)
for name in swing:
    print(f"{name:>18}: the mean swings by ≈ {swing[name].mean():.3f} ± {swing[name].std():.3f}, "
          f"distance from the data ≈ {far[name].mean():.3f} ± {far[name].std():.3f}")

# %%
level = (late["plain"][:, 2].mean(0) - math.log(4)).abs()
narrow = late["plain"][:, 3].mean(0) / WIDTH
print(f"plain: L_D is within ≈ {level.max():.4f} of log 4; the fakes are ≈ {narrow.mean():.2f} ± {narrow.std():.2f} as wide as the data")
claim("plain: in all 10 runs L_D, averaged over the last 200 steps, is within 0.01 of log 4, and it swings by less than 0.05",
      level.max() < 0.01 and late["plain"][:, 2].std(0).max() < 0.05, level)
claim("plain: the mean's swing does not die, it is larger in the last 200 steps than in the 200 before, on average",
      swing["plain"].mean() > plain[200:400, 0].std(0).mean(), (swing["plain"], plain[200:400, 0].std(0)))
claim("and yet the fakes are, on average over the runs, less than three quarters as wide as the data", narrow.mean() < 0.75, narrow)
claim("R1 brings the swing down to less than half, on average", swing["R1, γ 3"].mean() < swing["plain"].mean() / 2, swing)
claim("the average of G's weights swings less than half as far as G in all 10 runs",
      (swing["plain, averaged G"] < swing["plain"] / 2).all(), swing)
claim("but it is not nearer to the data by more than a third, on average",
      far["plain, averaged G"].mean() > far["plain"].mean() * 2 / 3, far)
ratio = turns(two_rates[:100]).mean() / turns(plain[:100]).mean()
claim("D 4 times as fast turns more often, 1.3 to 2.3 times (√4 = 2 in the Dirac-GAN), and does not stop the swing either",
      1.3 < ratio < 2.3 and swing["D 4 times as fast"].mean() > swing["plain"].mean() / 2, (ratio, swing))

# %% [markdown]
# > **Often misread.** "The loss curves are flat, so it has converged." In all ten runs $L_D$, averaged over these 200 steps, is $\log 4$, as the theorem of chapter 3 says it should be at equilibrium, and hardly swings; yet the fakes are far too narrow and still on the move. A flat loss at $\log 4$ says that *this* $D$ does no better than the lazy officer, not that no $D$ could.
#
# The average of $G$ hides the swing and comes hardly nearer to the data: what keeps the fakes off is their width, not their swing. A $D$ four times as fast turns about twice as often, as $\sqrt4$ says, and swings on.
#
# ## The spectrum of a small GAN
#
# For a real GAN nobody writes down the Jacobian, but `torch.func` can compute it. We need a point that surely is an equilibrium. Take any generator, call its fakes "the data", and any discriminator whose last layer is 0, so that it says ½ everywhere: neither has a reason to move. The generator bends a line of noise into a curve in the plane; the data are thin, as images are. $G$ has 34 weights and $D$ 33, so $J$ is 67 × 67. Ten random pairs.

# %%
from torch.func import grad, jacrev, vmap


def net(w, x, outputs):
    """One hidden layer of 8, its weights in one vector: (N, inputs) -> (N, outputs)."""
    A, b, C, d = w.split([8 * x.shape[1], 8, 8 * outputs, outputs])
    return torch.tanh(x @ A.view(-1, 8) + b) @ C.view(8, outputs) + d


# %%
z = quantiles[0].double()


def velocity(w, real, gamma=0.0):
    """v for all weights, G's 34 and then D's 33, on a fixed set of noise: no randomness."""
    def judge(psi, x):
        return net(psi, x, 1)[:, 0]

    def L_D(theta, psi):
        slope = vmap(grad(lambda x: judge(psi, x[None])[0]))(real)
        penalty = gamma / 2 * slope.square().sum(1).mean()
        return gan.losses.non_saturating.discriminator(judge(psi, real), judge(psi, net(theta, z, 2))).mean() + penalty

    def L_G(theta, psi):
        return gan.losses.non_saturating.generator(judge(psi, net(theta, z, 2))).mean()

    theta, psi = w[:34], w[34:]
    return -torch.cat([grad(L_G)(theta, psi), grad(L_D, 1)(theta, psi)])


# %%
torch.manual_seed(1_000 * SEED + 3)
rest = torch.randn(10, 67, dtype=torch.float64) * 0.6
rest[:, -9:] = 0.0                                                        # D's last layer
curve = torch.stack([net(w[:34], z, 2) for w in rest])                    # the data, (10, 64, 2)
jacobians = {gamma: vmap(lambda w, x: jacrev(velocity)(w, x, gamma))(rest, curve) for gamma in (0.0, 1.0)}
spectra = {gamma: torch.linalg.eigvals(J) for gamma, J in jacobians.items()}                       # (10, 67) each
claim("all 10 are equilibria: v is 0 there, with R1 and without",
      all(vmap(lambda w, x: velocity(w, x, gamma))(rest, curve).abs().max() < 1e-12 for gamma in (0.0, 1.0)))
for gamma, J in jacobians.items():
    G_own, D_own, cross = J[:, :34, :34], J[:, 34:, 34:], J[:, :34, 34:] + J[:, 34:, :34].mT
    claim(f"γ = {gamma:g}: G's own block of J is 0, D's has no eigenvalue above 0, the other two are B and minus B transposed",
          G_own.abs().max() < 1e-9 and torch.linalg.eigvalsh(D_own).max() < 1e-9 and cross.abs().max() < 1e-9)

# %% [markdown]
# Here $J$ has the toy's form, with matrices for numbers: $\begin{pmatrix} 0 & B \\ -B^\top & -H\end{pmatrix}$, where $H$, the curvature of $D$'s own loss, has no eigenvalue below 0. It follows that no eigenvalue of $J$ is to the right of 0. Even without R1, $H$ is a pullback $c$: half the mean of $\tfrac{\partial a}{\partial\psi}\tfrac{\partial a}{\partial\psi}^{\!\top}$ over the data. The Dirac-GAN lacks it, for there $\tfrac{\partial a}{\partial\psi} = x = 0$.

# %% mystnb={"image": {"alt": "Eigenvalues of ten small GANs in the complex plane. Without R1 the pairs lie along the imaginary axis, a few single values far left on the real one; with R1 of strength 1 the fast ones have moved well to the left, the slow ones near 0 hardly."}}
figure, ax = plt.subplots(figsize=(6, 3.4))
for gamma, marker, colour in ((0.0, "o", plots.FAKE["color"]), (1.0, "x", plots.JUDGE["color"])):
    values = spectra[gamma].flatten()
    ax.plot(values.real, values.imag, marker, color=colour, markersize=4, fillstyle="none",
            label="plain" if gamma == 0 else "R1, γ = 1")
ax.axvline(0, color="0.7", linewidth=0.8)
ax.set(xlabel="real part: pulls in (left) or pushes out (right)", ylabel="imaginary part: turns", xlim=(-1.5, 0.1))
ax.legend(fontsize=8)
plt.show()


# %%
def least_damping(values):
    """Of each row, the least damping, -real/size from 0 to 1, among the eigenvalues that turn faster than 0.05."""
    return torch.where(values.imag > 0.05, -values.real / values.abs().clamp(min=1e-12), 1.0).amin(1)


damping = {gamma: least_damping(values) for gamma, values in spectra.items()}
for gamma, values in spectra.items():
    slow = (values.imag > 1e-3) & (values.imag < 0.1)
    print(f"γ = {gamma:g}: ≈ {(values.real < -1.5).sum()} of 670 lie left of the picture; least damping ≈ {damping[gamma].mean():.3f} ± {damping[gamma].std():.3f}; mean real part of pairs "
          f"faster than 0.3 ≈ {values.real[values.imag > 0.3].mean():.3f}, slower than 0.1 ≈ {values.real[slow].mean():.4f}")
claim("plain: in all 10 GANs some pair lies close to the imaginary axis, with damping under 0.1",
      damping[0.0].max() < 0.1, damping)
claim("R1 makes the least damping at least 4 times what it was, on average", damping[1.0].mean() > 4 * damping[0.0].mean(), damping)
quick = [(-s.real / s.abs())[s.imag > 0.3].mean().item() for s in spectra.values()]
claim("R1 makes the damping of pairs that turn faster than 0.3 at least 3 times what it was, on average", quick[1] > 3 * quick[0], quick)
slow = [(-s.real)[(s.imag > 1e-3) & (s.imag < 0.1)].mean().item() for s in spectra.values()]
claim("the slow pairs it leaves slow: they shrink at less than 0.05 per unit of time, on average", slow[1] < 0.05, slow)

# %% [markdown]
# Near the imaginary axis, as foretold, in networks that know nothing of Dirac; and R1 pulls the quick rotations to the left. (The plain ones far left on the real axis don't turn: there $D$'s own $H$ outweighs the coupling $B$, as $c > 2a$ does in the small $J$.) What R1 doesn't do: speed up the slow ones next to 0. (Eigenvalues of exactly 0, of which there are dozens, are directions in which the functions do not change: an equilibrium of networks is not a point but a surface.)
#
# Does the spectrum say what *training* does? Push each of the ten a little out of its equilibrium and let both players step at once, $h = 0.2$, 200 times. If $J$ is all that matters, the displacement must become $(I + hJ)^{200}$ times what it was. And with a pair of $\lvert 1 + h\lambda\rvert > 1$ almost every small disturbance grows in the end.

# %%
torch.manual_seed(1_000 * SEED + 4)
push = 1e-8 * torch.randn(10, 67, dtype=torch.float64)
h, size = 0.2, {}
for gamma in (0.0, 1.0):
    w = rest + push
    for _ in range(200):
        w = w + h * vmap(lambda w, x: velocity(w, x, gamma))(w, curve)
    linear = (torch.linalg.matrix_power(torch.eye(67) + h * jacobians[gamma], 200) @ push[..., None])[..., 0]
    off = ((w - rest - linear).norm(dim=1) / linear.norm(dim=1)).max().item()
    claim(f"γ = {gamma:g}: 200 steps of training are what the Jacobian foretells, to 1 %, in all 10", off < 0.01, off)
    size[gamma] = (1 + h * spectra[gamma]).abs().amax(1)
print(f"largest |1 + hλ|: plain ≈ {size[0.0].mean():.4f} ± {size[0.0].std():.4f}, with R1 ≈ {size[1.0].mean():.4f}")
claim("both at once, plain: in at least 7 of 10 GANs some pair lies outside the unit circle, so that training moves away",
      (size[0.0] > 1 + 1e-6).sum() >= 7, size)
claim("with R1, γ = 1, none does in any of the 10", size[1.0].max() < 1 + 1e-9, size)

# %% [markdown]
# ## Nearer to practice
#
# Real GANs use Adam, data with many modes, and steps in turn. Six runs on the ring of chapter 4, its modes half as wide, 600 steps; and for each the moving average of $G$. High quality is the share of fakes within three widths of a mode.

# %%
from gan.metrics import count_modes

ring = gan.data.ring(std=0.05)
settings = {"plain": {}, "R1, γ 1": {"penalties": (gan.penalties.r1(1.0),)}, "D 4 times as fast": {"d_lr": 4e-3}}
quality = {}
for name, more in settings.items():
    torch.manual_seed(1_000 * SEED + 5)
    G, D = gan.ensemble.stack(gan.models.mlp_pair() for _ in range(6))
    run = gan.train(G, D, ring, steps=600, lr=1e-3, betas=(0.5, 0.99), ema=0.99, device=device, **more)
    film = [torch.stack([count_modes(g.sample(2_500), ring).high_quality for g in (G, run.G_ema)])
            for step in run if step.index > 400 and step.index % 20 == 0]
    modes = [count_modes(g.sample(2_500), ring).recovered.double().mean().item() for g in (G, run.G_ema)]
    quality[name] = torch.stack(film).cpu().mean(0)                       # (2, 6)
    print(f"{name:>18}: high quality ≈ {100 * quality[name][0].mean():.0f} ± {100 * quality[name][0].std():.0f} %, "
          f"averaged G ≈ {100 * quality[name][1].mean():.0f} ± {100 * quality[name][1].std():.0f} %; "
          f"modes ≈ {modes[0]:.1f} and ≈ {modes[1]:.1f} of 8")

# %%
gain = {name: both[1] - both[0] for name, both in quality.items()}
print("averaging adds", ", ".join(f"≈ {100 * g.mean():.0f} points ({name})" for name, g in gain.items()))
claim("averaging helps the R1 runs in all 6, and the plain ones less, on average",
      (gain["R1, γ 1"] > 0).all() and gain["plain"].mean() < gain["R1, γ 1"].mean(), gain)
claim("a D 4 times as fast gives better samples than plain, on average", quality["D 4 times as fast"][0].mean() > quality["plain"][0].mean(), quality)

# %% [markdown]
# So mind the limits of the toy. It says what happens *near* an equilibrium. These runs are far from it, with $\beta_1 = 0.5$, and here a quick $D$, which cures nothing on the imaginary axis, gives the best samples, perhaps because it has learned more when $G$ asks. An average of $G$ helps where $G$ rattles about a good place, as with R1; where $G$ is still under way, it lags behind.
#
# ## Exercises
#
# **1 (two minutes).** Simultaneous gradient steps on the minimax Dirac-GAN, $h = 0.2$, near the equilibrium. By which factor does the distance grow in each step? Four decimals.

# %%
def check_exercise_1(answer):
    claim("your factor is right", abs(answer - math.sqrt(1 + 0.2**2 / 4)) < 2e-4, answer)


# check_exercise_1(your number)

# %% tags=["hide-cell"]
# λ = ± i/2, so |1 + hλ| = √(1 + h²/4) = √1.01 = 1.0050
check_exercise_1(1.0050)
# the root forgotten; WGAN's λ = ± i; h²/16; "a small step keeps the circle"; |1 + h/2|, λ taken as real
for wrong in (1.01, 1.0198, 1.0012, 1.0, 1.1):
    try:
        check_exercise_1(wrong)
    except AssertionError:
        print(f"{wrong} is refused")

# %% [markdown]
# **2 (ten minutes).** With $h = 0.2$ and both at once, what is the weakest R1 that converges, and how many steps does the best one need to bring the distance down by a factor of a million? First by formula, then by `dirac.path`.

# %% tags=["hide-cell"]
# |μ|² = 1 - hγ + h²/4 < 1 for γ > h/4 = 0.05. The best has the factor 1 - h/2 = 0.9: log(1e6) / -log(0.9) = 132 steps,
# and about a quarter more: at the critical γ both eigenvectors fall together, so the distance shrinks like n 0.9^n.
weakest = {g: dirac.path("R1", (0.01, 0.01), 4_000, h=0.2, k=g)[-1].norm().item() for g in (0.04, 0.06)}
claim("γ = 0.04 does not converge, γ = 0.06 does", weakest[0.04] > 0.0142 > weakest[0.06], weakest)
way = dirac.path("R1", (0.01, 0.01), 400, h=0.2, k=1.0).norm(dim=1)
needed = int((way < 1e-6 * way[0]).nonzero()[0])
print("steps needed:", needed)
claim("the best R1 needs 150 to 180 steps for a factor of a million", 150 <= needed <= 180, needed)

# %% [markdown]
# **3 (half an hour).** Give $D$ five steps for each of $G$ (as WGANs do) in the WGAN without clip. What are trace and determinant of the whole round? Does it converge? Up to which $h$ does it stay bounded?

# %% tags=["hide-cell"]
# Five D steps are one of size 5h: a shear again. Determinant 1, trace 2 - 5h²: bounded while 5h² < 4, h < 0.894.
for h, bounded in ((0.85, True), (0.93, False)):
    end = dirac.path("WGAN", (1.0, 1.0), 300, h=h, d_h=5 * h, first="D").norm(dim=1).max().item()
    claim(f"five steps of D, h = {h}: {'bounded' if bounded else 'not bounded'}", (end < 100) == bounded, end)
quiet = dirac.path("WGAN", (1.0, 1.0), 2_000, h=0.2, d_h=1.0, first="D").norm(dim=1)
claim("it does not converge: the last 100 steps come as far out as the first 100",
      abs(quiet[-100:].max() / quiet[:100].max() - 1) < 0.05, quiet[-100:].max())

# %% [markdown]
# **4 (an afternoon).** Gidel et al. (2019) propose *negative* momentum for games: $w_{n+1} = w_n + h\,v + \beta\,(w_n - w_{n-1})$ with $\beta < 0$, in turn. Write it for the Dirac-GAN, find out which of −0.8, −0.5, −0.2 and 0.2 is best for $h = 0.2$, by experiment and from the eigenvalues of the map on $(w_n, w_{n-1})$, and try it in `descend` (`momentum=` of `torch.optim.SGD` refuses negative numbers: you need your own optimiser).

# %% tags=["hide-cell"]
def with_momentum(beta, h=0.2, steps=2_000):
    theta, psi, d_theta, d_psi = torch.tensor([1.0, 1.0, 0.0, 0.0], dtype=torch.float64)
    for _ in range(steps):
        d_psi = beta * d_psi + h * dirac.FIELDS["minimax"](theta, psi, 0.0)[1]
        psi = psi + d_psi
        d_theta = beta * d_theta + h * dirac.FIELDS["minimax"](theta, psi, 0.0)[0]
        theta = theta + d_theta
    return math.hypot(theta, psi)


def map_of(beta, h=0.2, a=0.5):
    """Largest eigenvalue of one step on (theta, psi, theta's last move, psi's), near the equilibrium, D first."""
    D_move = torch.tensor([[1, 0, 0, 0], [-h * a, 1, 0, beta], [0, 0, 1, 0], [-h * a, 0, 0, beta]], dtype=torch.float64)
    G_move = torch.tensor([[1, h * a, beta, 0], [0, 1, 0, 0], [0, h * a, beta, 0], [0, 0, 0, 1]], dtype=torch.float64)
    return torch.linalg.eigvals(G_move @ D_move).abs().max().item()


ends = {beta: (with_momentum(beta), map_of(beta)) for beta in (-0.8, -0.5, -0.2, 0.0, 0.2)}
for beta, (end, factor_) in ends.items():
    print(f"β = {beta}: distance after 2,000 steps {end:.3g}, factor per step {factor_:.5f}")
claim("negative momentum comes near, none circles, positive goes out", ends[-0.5][0] < 0.1 < 1 < ends[0.0][0] < ends[0.2][0], ends)
best_of = [min(ends, key=lambda beta: ends[beta][way]) for way in (0, 1)]
claim("of these -0.5 is best by both, and the minimum is flat: -0.2 and -0.8 are within 0.001 per step",
      best_of == [-0.5, -0.5] and max(ends[-0.2][1], ends[-0.8][1]) - ends[-0.5][1] < 1e-3, ends)

# %% [markdown]
# ## In your own run
#
# | you see | measure | then |
# |---|---|---|
# | samples change and change, the losses are level | samples every 20 steps; $G$ against its moving average | R1, stronger until it stops; the average for samples |
# | it settles, far from the data | the fakes' spread against the data's; a fresh $D$ | a quicker $D$; less R1 |
#
# ## Summary
#
# - A game's velocity is not a gradient. Near equilibrium its Jacobian decides: the imaginary part turns, the real part pulls in.
# - Minimax, non-saturating and Wasserstein losses alone have purely imaginary eigenvalues in the Dirac-GAN. Near it, steps at once move away for every $h$; steps in turn neither approach nor leave to first order, and smaller terms decide.
# - R1, R2, instance noise and consensus optimisation add a real part. The best $\gamma$ is 1 at once and $1 - h/4$ in turn; both too little and too much are slow.
# - Two rates change how fast it turns; an average of $G$ changes what you see; without a pullback neither makes the game converge.
# - Small real GANs turn too, have pairs near the imaginary axis, and R1 moves the fast ones left. Far from equilibrium other things count.
#
# > **Often misread.** "A small enough step converges." For a function, yes. For a game, both at once, $\sqrt{1 + h^2/4} > 1$ for every $h$: a smaller step is a slower way out.
#
# > **Often misread.** "The critical $\gamma$ is 1, so use 1." It is $2a$ for one $G$ weight and one $D$ weight with unit slopes. In a network it scales with how strongly weights move fakes and logits; published choices go from 0.1 to 10 and more.
#
# **Further reading.** Mescheder, Geiger & Nowozin, [Which Training Methods for GANs do actually Converge?](https://arxiv.org/abs/1801.04406) (2018): this chapter's backbone, with proofs beyond the toy. Mescheder, Nowozin & Geiger, [The Numerics of GANs](https://arxiv.org/abs/1705.10461) (2017): consensus optimisation. Nagarajan & Kolter, [Gradient descent GAN optimization is locally stable](https://arxiv.org/abs/1706.04156) (2017): when it is. Heusel et al., [GANs Trained by a Two Time-Scale Update Rule](https://arxiv.org/abs/1706.08500) (2017). Gidel et al., [Negative Momentum for Improved Game Dynamics](https://arxiv.org/abs/1807.04740) (2019).
