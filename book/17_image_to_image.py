# %% [markdown]
# # 17 · Image to image
#
# **What does a network paint that must turn one picture into another, if the first does not say how the second looks?** An outline fits many portraits, and a face without glasses fits many with them. This chapter trains such translators, with pairs and without, to find which part of the loss decides what they paint.
#
# - **You need** [chapter 13](13_conditional.ipynb) and, for the second half, [chapter 14](14_cogan.ipynb).
# - **Afterwards you can** say what L1, L2 and an adversarial loss ask for, compute what a patch discriminator sees, and tell an invertible translator from a right one.
# - **Measured run time:** about 40 s on 2 CPU cores.
#
# > **Predict first.** Three of the rows below hold portraits for the outlines on top. One was painted by a program, one by a network that only had to be close to it pixel by pixel, and one by a network whose forgeries also had to pass an officer. Which is which?

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

# %% tags=["hide-cell", "measure"]
from concurrent.futures import ThreadPoolExecutor

from torch import nn

from gan.models import Generator, leaky, mlp
from gan.models.translation import (PatchDiscriminator, patch_layers, pix2pix_pair,
                                    receptive_field)
from gan.penalties import lazy, r1


def from_bytes(pictures):
    return pictures.float() / 127.5 - 1


def show_rows(rows, columns=10):
    """Named rows of pictures, one under the other."""
    height = 0.66 * len(rows) * 10 / columns
    figure, axes = plt.subplots(len(rows), 1, figsize=(7.6, height))
    for ax, (name, images) in zip(axes, rows.items()):
        plots.show_images(images[:columns].expand(-1, 3, -1, -1), columns, ax=ax)
        ax.text(-0.02, 0.5, name, transform=ax.transAxes, ha="right", va="center")
    plt.show()

# %% tags=["hide-cell", "measure"]
stored = gan.evidence.load("pix2pix_faces")["runs"]
way_back = gan.evidence.load("pix2pix_back")["runs"]
unpaired = gan.evidence.load("cyclegan")["runs"]
# faces that no network has learned from
new, new_factors = gan.data.faces(1_000, 16, torch.Generator().manual_seed(SEED + 90))

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Ten outlines of faces in white on black, and under them three rows of portraits. A: faces in muted colours before walls that are all grey. B: clean, sharp faces before walls of ten colours. C: faces as soft as in A, with patches of pink, green and blue on their walls."}}
pictures = {name: from_bytes(one) for name, one in stored[0]["pictures"].items()}
show_rows({"outline": pictures["outline"], "A": pictures["L1"], "B": pictures["real"],
           "C": pictures["L1 + cGAN 22"]})
print(gan.evidence.cite("pix2pix_faces"))

# %% [markdown]
# Row B is the program's, whose [faces are drawn](faces.md) from known factors. Row A was trained with the L1 distance alone and paints grey walls, although no wall in the data is grey. Row C had an adversarial loss as well. An outline tells nothing of a wall's colour, so that row A has what is nearest to all on average.
#
# ## What a distance asks for
#
# Let the answer be a single number, near $-1$ with probability 0.4 and near $1$ with probability 0.6. Twenty generators of two noises each learn it with the squared error (L2), the absolute error (L1), as a GAN, as a GAN whose noise is always zero, and with L1 and a GAN together.

# %% tags=["hide-cell", "measure"]
from statistics import NormalDist

from gan.losses import Loss, non_saturating

no_game = Loss(lambda real, fake: 0 * (real + fake), lambda fake, real=None: 0 * fake)


class TwoModes:
    """-1 with probability 0.4 or 1, and a normal deviation of 0.1."""

    def sample(self, shape, generator):
        draw = {"generator": generator, "device": generator.device}
        up = torch.rand(*shape, 1, **draw) < 0.6
        return up * 2.0 - 1 + 0.1 * torch.randn(*shape, 1, **draw)


def always_zero(n, latent, generator=None, device=None):
    return torch.zeros(n, latent, device=device)


def pull(power):
    """The distance between fake and real, to that power, as a part of G's loss."""
    return lambda fake, real: (fake - real).abs().pow(power).mean(-1)

# %% tags=["hide-cell", "measure"]
def one_number(loss, pulls, noise=torch.randn):
    """Twenty generators: 1,000 numbers of each average, and of each G as it ends."""
    torch.manual_seed(1_000 * SEED + 1)
    G, D = gan.ensemble.stack(
        (Generator(mlp([2, 32, 32, 1], leaky), 2, noise),
         nn.Sequential(mlp([1, 32, 32, 1], leaky), nn.Flatten(0))) for _ in range(20))
    run = gan.train(G, D, TwoModes(), steps=700, batch=64, lr=2e-3, betas=(0.0, 0.99),
                    loss=loss, penalties=(r1(0.1),) if loss is non_saturating else (),
                    g_penalties=pulls, ema=0.99, device=device)
    for _ in run:
        pass
    return {"average": run.G_ema.sample(1_000).cpu()[..., 0],
            "end": run.G.sample(1_000).cpu()[..., 0]}


numbers = {"L2": one_number(no_game, (pull(2),)), "L1": one_number(no_game, (pull(1),)),
           "GAN": one_number(non_saturating, ()),
           "GAN, no noise": one_number(non_saturating, (), always_zero),
           "L1 + GAN": one_number(non_saturating, (pull(1),))}

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Five rows of dots between -2 and 1.5, twenty generators each, above the data's two peaks. L2: all at 0.2. L1: all at 0.9. GAN: dots at both peaks. GAN without noise: each generator one dot, at one of the peaks. L1 and GAN: most dots at the right peak, some at the left and between."}}
figure, ax = plt.subplots(figsize=(7, 2.6))
real = TwoModes().sample((1_000,), torch.Generator().manual_seed(SEED))[:, 0]
ax.plot(real, 5 + 0.6 * (torch.rand(1_000) - 0.5), ".", markersize=2, color="black")
for row, (name, found) in enumerate(numbers.items()):
    points = found["end" if "no noise" in name else "average"][:, :50]
    height = 4 - row + torch.linspace(-0.3, 0.3, 20)[:, None].expand_as(points)
    ax.plot(points.flatten(), height.flatten(), ".", markersize=2,
            color=plots.FAKE["color"])
ax.set(xlabel="the number", yticks=range(5, -1, -1), yticklabels=["data", *numbers])
plt.show()

# %% tags=["hide-cell", "checks"]
median = 1 + 0.1 * NormalDist().inv_cdf(1 / 6)


def near_a_mode(x):
    """Share of numbers within 0.3 of -1 or 1, for each run."""
    return ((x.abs() - 1).abs() < 0.3).float().mean(1)


average = {name: found["average"] for name, found in numbers.items()}
claim("trained with L2 all twenty generators answer the mean of 0.2, to 0.1, with a "
      "spread under 0.1 over their noise and under 1 % of the answers near a mode",
      (average["L2"].mean(1) - 0.2).abs().max() < 0.1
      and average["L2"].std(1).max() < 0.1 and near_a_mode(average["L2"]).max() < 0.01,
      average["L2"].mean(1))
claim("with L1 all answer the median of 0.903, to 0.1",
      (average["L1"].mean(1) - median).abs().max() < 0.1, average["L1"].mean(1))
claim("of each GAN's numbers more than 80 % are near a mode, with both modes there",
      near_a_mode(average["GAN"]).min() > 0.8
      and ((average["GAN"] > 0).float().mean(1) - 0.6).abs().max() < 0.2,
      near_a_mode(average["GAN"]))

# %% tags=["hide-cell", "checks"]
one_answer = numbers["GAN, no noise"]["end"][:, 0]
claim("without noise at least 15 of 20 GANs end within 0.4 of a mode, some at each",
      ((one_answer.abs() - 1).abs() < 0.4).sum() >= 15
      and (one_answer > 0).sum() not in (0, 20), one_answer)
share = (average["L1 + GAN"] > 0).float().mean(1)
claim("L1 beside the GAN gives the likelier mode more than its 60 %: over 70 % in the "
      "mean over runs", share.mean() > 0.7, share)

# %% [markdown]
# Each distance has one best answer, and it is the same for every $z$: L2 asks for the **mean**, here 0.2, and L1 asks for the **median**, which lies in the likelier mode. A GAN asks for neither. With noise it makes both modes, and without noise it has one answer at a time, which in most runs is near a mode at the last step. Together, L1 pulls the GAN's answers towards the median, so that the rarer mode gets too small a share.
#
# A sum over pixels and channels is smallest where each term is, so that a picture gets the median of each number by itself. Where walls are red, green or blue with equal probability, each channel is dark in two cases of three, so that L1's best wall is black. Our walls have every hue equally often, and their channels about the same median, which is grey.
#
# <details>
# <summary>Derive: mean, median, and why the noise goes unused</summary>
#
# **Proposition.** Let $y$ be given and $x$ a number with a finite mean. (a) $\mathbb E(x - c)^2$ is smallest at $c = \mathbb E(x\mid y)$ alone. (b) $\mathbb E\lvert x - c\rvert$ is smallest exactly at the medians of $x$ given $y$. (c) If $G(z, y)$ takes its noise into account, its expected loss is a mean over $z$ of the losses of single answers, so that none is better than the best single answer. With L2, or with L1 and a unique median, a best $G$ therefore has the same answer for almost every $z$.
#
# **Proof.** (a) $\mathbb E(x - c)^2 = \operatorname{Var}(x) + (\mathbb E x - c)^2$. (b) The slope of $\mathbb E\lvert x - c\rvert$ in $c$ is $P(x < c) - P(x > c)$ wherever $x = c$ has probability zero. It is negative while fewer than half lie below $c$ and positive once more than half do. (c) $z$ and $x$ are independent given $y$, so the loss is $\mathbb E_z\,\ell(G(z, y))$ with $\ell(c) = \mathbb E\lvert x - c\rvert$ or $\mathbb E(x-c)^2$, and $\ell$ is larger than its minimum at every other point. ∎
#
# For our two modes the median is the value with $0.4 + 0.6\,\Phi\big((c - 1)/0.1\big) = 0.5$, which is 0.903.
#
# </details>

# %% tags=["hide-cell", "derive"]
walls = torch.eye(3, dtype=torch.float64) * 2 - 1          # red, green, blue in [-1, 1]
levels = torch.linspace(-1, 1, 41, dtype=torch.float64)
colours = torch.cartesian_prod(levels, levels, levels)
off = (colours[:, None] - walls).abs().sum(2).mean(1)
check("of 68,921 colours black is nearest in L1 to walls that are red, green or blue",
      (colours[off.argmin()] + 1).abs().max() < 1e-9, colours[off.argmin()])
off = (colours[:, None] - walls).square().sum(2).mean(1)
check("and in L2 it is their mean, -1/3 in each channel, to the grid's 0.05",
      (colours[off.argmin()] + 1 / 3).abs().max() < 0.05, colours[off.argmin()])
grid = torch.linspace(-2, 2, 40_001, dtype=torch.float64)
below = 0.4 + 0.6 * torch.special.ndtr((grid - 1) / 0.1)
check("the median of the two modes is 0.903", abs(median - 0.903) < 5e-4
      and abs(grid[below.gt(0.5).nonzero()[0]].item() - median) < 1e-3, median)

# %% [markdown]
# ## pix2pix: the condition is a picture
#
# pix2pix ([Isola et al.](https://arxiv.org/abs/1611.07004) 2017) is a conditional GAN whose condition $y$ is a picture of the same size. Its data are pairs: a portrait $x$ and its outline $y$. Both players are told $y$, and $G$'s loss has a second part, $\lambda$ times the L1 distance to the $x$ of this $y$. In `gan.train` that is one entry of `g_penalties`.

# %%
def outline(x):
    """1 where the grey picture changes to the right or down, elsewhere -1."""
    grey = x.mean(1, keepdim=True)
    wider = nn.functional.pad(grey, (0, 1, 0, 1), mode="replicate")
    right, down = wider[..., :-1, 1:] - grey, wider[..., 1:, :-1] - grey
    return (right.square() + down.square() > 0.3**2).to(x) * 2 - 1


def l1(weight):
    return lambda fake, real, y: weight * (fake - real).abs().mean((1, 2, 3))


def pix2pix(x, y, **settings):
    torch.manual_seed(1_000 * SEED + 10)
    G, D = pix2pix_pair(size=16, told=1, channels=3, layers=[(4, 2)] * 3)
    return gan.train(G, D, (x, y), steps=500, batch=16, lr=1e-3, betas=(0.0, 0.99),
                     g_penalties=(l1(10),), ema=0.99, device=device, **settings)


portraits, _ = gan.data.faces(6_000, 16, torch.Generator().manual_seed(SEED + 50))
runs = {"L1": pix2pix(portraits, outline(portraits), loss=no_game),
        "L1 + cGAN": pix2pix(portraits, outline(portraits),
                             penalties=(lazy(r1(0.1), 4),))}

# %% tags=["hide-cell", "measure"]
told = outline(new).to(device)


def painted_by(G, k=0):
    """New outlines as portraits, with noises that k draws."""
    return G.sample(1_000, torch.Generator(device).manual_seed(SEED + k), told).cpu()


def colour(x):
    """How far a pixel's three channels lie apart, on average."""
    return (x.amax(1) - x.amin(1)).mean().item()


def filmed(run):
    """Train to the end; ten portraits at the start and after each 50th step."""
    film = [painted_by(run.G_ema)[:10]]
    for step in run:
        if step.index % 50 == 0:
            film.append(painted_by(run.G_ema)[:10])
    return film


# %% tags=["hide-cell", "measure"]
threads = torch.get_num_threads()
torch.set_num_threads(1)
with ThreadPoolExecutor(2) as pool:
    films = dict(zip(runs, pool.map(filmed, runs.values())))
torch.set_num_threads(threads)

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Scrubber over 500 training steps, four rows of ten pictures: outlines, portraits by L1, portraits by L1 and cGAN, and the true portraits. Both begin as dull patterns without a face. Soft faces appear after 100 steps; the walls by L1 stay grey, those by L1 and cGAN take on colours."}}
from gan.figures import Scrubber


def frame(k):
    figure, axes = plt.subplots(4, 1, figsize=(7.6, 3.5))
    rows = {"outline": told[:10].cpu().expand(-1, 3, -1, -1),
            **{name: film[k] for name, film in films.items()}, "truth": new[:10]}
    for ax, (name, images) in zip(axes, rows.items()):
        plots.show_images(images, columns=10, ax=ax)
        ax.text(-0.02, 0.5, name, transform=ax.transAxes, ha="right", va="center")
    return figure


def caption(k):
    told = ", ".join(f"{name} {colour(film[k]) / colour(new[:10]):.2f}"
                     for name, film in films.items())
    return f"step {50 * k}. Colour as a share of the true portraits': {told}"


Scrubber.from_figures(map(frame, range(11)), map(caption, range(11)), "training step",
                      still=0)

# %% tags=["hide-cell", "checks"]
def energy(x):
    """Mean squared difference of neighbouring pixels."""
    return (x.diff(dim=-1).square().mean() + x.diff(dim=-2).square().mean()).item()


def live_look(run):
    x = painted_by(run.G_ema)
    return {"L1": (x - new).abs().mean().item(), "colour": colour(x) / colour(new),
            "energy": energy(x) / energy(new)}


looks = {name: live_look(run) for name, run in runs.items()}
EARLY = {"L1": "L1", "L1 + cGAN": "L1 + cGAN 22"}
room = {"L1": 0.015, "colour": 0.15, "energy": 0.12}
for name, row in EARLY.items():
    band = {key: [one["early"][row][key] for one in stored] for key in room}
    claim(f"this run with {name} lies within the stored runs' band at 500 steps, in L1 "
          "error, colour and energy",
          all(min(band[key]) - room[key] < looks[name][key] < max(band[key]) + room[key]
              for key in room), (looks[name], band))
claim("after 500 steps with L1 alone the L1 error is smaller than with L1 and the "
      "adversarial loss, and these bring over 1.1 times as much colour",
      looks["L1"]["L1"] < looks["L1 + cGAN"]["L1"]
      and 1.1 * looks["L1"]["colour"] < looks["L1 + cGAN"]["colour"], looks)

# %% [markdown]
# $G$ is a **U-Net**. It halves the picture down to one pixel and doubles it again, and each layer on the way up is also given the one of its size on the way down. So an edge need not pass through the bottleneck. In these lines $z$ lies beside $y$ in two planes of constant value.

# %%
def u_net(net, z, y):
    planes = z[:, :, None, None].expand(*z.shape, *y.shape[-2:])
    h = net.first(torch.cat([y, planes], 1))     # (B, 12, 16, 16)
    passed = []
    for down in net.down:                        # 4 × 4, stride 2: 8, 4, 2, 1
        passed.append(h)
        h = down(h)
    for up in net.up:                            # transposed: 2, 4, 8, 16
        h = torch.cat([up(h), passed.pop()], 1)
    return net.last(h)                           # (B, 3, 16, 16)

# %% [markdown]
# ## What a patch discriminator sees
#
# $D$ is given $x$ and $y$ as one picture of four channels. It is made of convolutions to the end, so that it gives a *map* of logits. Each of them looks at a patch, and the mean of the map is the logit of the picture.

# %%
def patch_logit(D, x, y):
    h = torch.cat([x, y], 1)                     # (B, 4, 16, 16)
    for layer in D.layers:                       # convolutions and leaky ReLUs
        h = layer(h)
    return h.mean((1, 2, 3))                     # (B,)

# %% [markdown]
# How wide is a patch? A convolution with kernel $k$ and stride $s$ sees $(r - 1)s + k$ numbers of its input where $r$ neighbouring numbers of its output are wanted, so that one pass over the layers, last to first, gives the **receptive field**.

# %%
def patch_width(layers):
    r = 1
    for kernel, stride in reversed(layers):
        r = (r - 1) * stride + kernel
    return r

# %% tags=["hide-input", "measure"]
def support(n):
    """How many pixels move the middle logit of the published D with n halvings."""
    torch.manual_seed(1_000 * SEED + 20)
    D = PatchDiscriminator(patch_layers(n), channels=1, width=2)
    x = torch.randn(1, 1, 512, 512, requires_grad=True)
    logits = D.map(x)[0]
    middle = logits[logits.shape[0] // 2, logits.shape[1] // 2]
    slope, = torch.autograd.grad(middle, x)
    rows, columns = slope[0, 0].nonzero().T
    return tuple((one.max() - one.min() + 1).item() for one in (rows, columns))


computed = [patch_width(patch_layers(n)) for n in range(6)]
measured = [support(n) for n in range(6)]
Table(["layers that halve", *range(6)],
      [["patch, computed", *computed], ["rows whose pixels have a gradient",
                                        *(rows for rows, _ in measured)],
       ["published", 1, 16, 34, 70, 142, 286]])

# %% tags=["hide-cell", "checks"]
check("the recursion gives the published 1, 16, 34, 70, 142 and 286 pixels",
      computed == [1, 16, 34, 70, 142, 286], computed)
check("and each is as wide, and as high, as where the middle logit's gradient is not 0",
      measured == [(n, n) for n in computed], measured)
check("our patch_width and gan.models.translation.receptive_field agree", all(
    patch_width(patch_layers(n)) == receptive_field(patch_layers(n)) for n in range(9)))

# %% tags=["hide-cell", "checks"]
G, D = runs["L1 + cGAN"].G, runs["L1 + cGAN"].D
z, x = G.noise(8), new[:8].to(device)
check("our U-Net and our patch discriminator agree with gan.models.translation to 1e-6",
      (u_net(G.net, z, told[:8]) - G(z, told[:8])).abs().max() < 1e-6
      and (patch_logit(D, x, told[:8]) - D(x, told[:8])).abs().max() < 1e-6)

# %% tags=["hide-cell", "checks"]
D = PatchDiscriminator(patch_layers(1), channels=1, width=4)
x, k = torch.randn(1, 1, 64, 64), 12
# the patch of logit (12, 12), 16 pixels wide, is put through the layers without padding
h = x[..., 2 * k - 5:2 * k + 11, 2 * k - 5:2 * k + 11]
for layer in D.layers:
    h = nn.functional.conv2d(h, layer.weight, layer.bias, layer.stride) \
        if isinstance(layer, nn.Conv2d) else layer(h)
check("cut out by hand, a patch of 16 pixels gets the logit that the map has for it",
      (D.map(x)[0, k, k] - h.squeeze()).abs() < 1e-5, (D.map(x)[0, k, k], h))

# %% [markdown]
# Nothing is cut in this: the patches overlap, one pass serves all of them, and those at the rim are filled up with the padding's zeros. The authors settled on 70 pixels of 256.
#
# <details>
# <summary>Derive: the loss of a mean and the mean of losses; half a loss of D</summary>
#
# The paper says that the responses are averaged to give $D$'s output, as here, and its code averages the *losses* of the patches. With the cross-entropy $\operatorname{softplus}(-a)$ of a real patch's logit $a$, which is convex, Jensen's inequality says that the loss of the mean logit is at most the mean of the losses, with equality only where all logits agree. So one patch that is surely fake can be outvoted in the first alone.
#
# The [PyTorch code](https://github.com/junyanz/pytorch-CycleGAN-and-pix2pix) also halves $D$'s loss. Adam divides each gradient by its own size, so that this changes nothing but the weight of $\epsilon$, unlike a factor such as $\lambda$ between two parts of one loss.
#
# </details>

# %% tags=["hide-cell", "derive"]
softplus = nn.functional.softplus
maps = 2 * torch.randn(1_000, 36, generator=torch.Generator().manual_seed(SEED))
gap = softplus(-maps).mean(1) - softplus(-maps.mean(1))
check("the mean of the patches' losses is never below the loss of their mean logit",
      gap.min() > 0, gap.min())


def first_steps(factor):
    """D's weights after 25 steps with so much of its loss."""
    torch.manual_seed(1_000 * SEED + 30)
    G, D = gan.models.mlp_pair()
    halved = Loss(lambda real, fake: factor * non_saturating.discriminator(real, fake),
                  non_saturating.generator)
    ring = gan.data.ring().sample((2_000,)).double()
    for _ in gan.train(G.double(), D.double(), ring, steps=25, loss=halved, seed=SEED,
                       device="cpu"):
        pass
    return torch.cat([weight.detach().flatten() for weight in D.parameters()])


whole, half = first_steps(1.0), first_steps(0.5)
check("half of D's loss leaves D's weights after 25 steps of Adam as they were, to "
      "1e-3", (whole - half).abs().max() < 1e-3, (whole - half).abs().max())
# %% [markdown]
# ## L1, a GAN, or both
#
# Runs of 1,000 steps are stored, three seeds for each loss. A number behind a cGAN is the width of its patch. For **recovery** an inspector, a network that reads the painter's factors off a face, is asked for the true portrait's kind of hair, right by chance in 27.5 %, and its glasses. The others ask whether pictures look real, whoever they show. Energy is the mean squared difference of neighbouring pixels and colour the spread of a pixel's channels, both as a share of real portraits', and the distance is Fréchet's in the inspector's features.

# %% tags=["hide-cell", "measure"]
PATCHES = (1, 4, 22)
RIVALS = ("real", "other faces", "mean face", "untrained")
ROWS = ("L1", "L2", *(f"cGAN {n}" for n in PATCHES),
        *(f"L1 + cGAN {n}" for n in PATCHES), "weight 100")


def seen(row, key):
    """What was measured at the end, for each of the three seeds."""
    return torch.tensor([one["portraits"][row][key] for one in stored])


def pm(values, digits=2):
    return f"≈ {values.mean():.{digits}f} ± {values.std():.{digits}f}"


def percent(values):
    return pm(100 * values, 0)

# %% tags=["hide-input", "measure"]
IN_PERCENT = ("hair", "glasses", "energy", "colour")
Table(["loss", "L1 error", *(f"{key}, %" for key in IN_PERCENT), "distance"],
      [[row.replace("weight 100", "100 L1 + cGAN"), pm(seen(row, "L1"), 3),
        *(percent(seen(row, key)) for key in IN_PERCENT),
        pm(seen(row, "distance"), 0)] for row in (*RIVALS, *ROWS)])

# %% tags=["hide-input", "drawing", "card"] mystnb={"image": {"alt": "Ten outlines and the portraits of five losses: L1 soft with grey walls; cGAN alone grainy and colourful; L1 with a patch of one pixel colourful with fine stripes; with 4 and with 22 pixels colourful and soft; the true portraits sharp."}}
show_rows({"outline": pictures["outline"],
           **{row: pictures[row] for row in ("L1", "cGAN 22", "L1 + cGAN 1",
                                             "L1 + cGAN 4", "L1 + cGAN 22")},
           "truth": pictures["real"]})

# %% tags=["hide-cell", "checks"]
both = [f"L1 + cGAN {n}" for n in PATCHES]
alone = [f"cGAN {n}" for n in PATCHES]
claim("stored, each seed: L1 alone has a smaller L1 error than every loss with an "
      "adversarial part", all((seen("L1", "L1") < seen(row, "L1")).all()
                              for row in (*both, *alone)))
claim("stored, each seed: portraits have over 1.3 times as much colour with an "
      "adversarial loss beside L1 as with L1 alone", all(
          (seen(row, "colour") > 1.3 * seen("L1", "colour")).all() for row in both))
claim("stored, each seed: with patches of 4 and 22 their energy is nearer to the real "
      "ones' as well", all((seen("L1", "energy") < seen(row, "energy")).all()
                           and seen(row, "energy").max() < 1 for row in both[1:]))
claim("stored, each seed: with a patch of one pixel the energy is over 0.85 of the "
      "real, and the distance is larger than that of L1 alone",
      (seen("L1 + cGAN 1", "energy") > 0.85).all()
      and (seen("L1 + cGAN 1", "distance") > seen("L1", "distance")).all())
claim("stored, each seed: beside L1 the widest patch brings a smaller Fréchet "
      "distance than L1 alone",
      (seen("L1 + cGAN 22", "distance") < seen("L1", "distance")).all())
claim("stored, each seed: with ten times the weight of L1 error and colour lie between "
      "these two", all(
          ((seen("weight 100", key) - seen("L1", key))
           * (seen("L1 + cGAN 22", key) - seen("weight 100", key)) > 0).all()
          for key in ("L1", "colour")))

# %% tags=["hide-cell", "checks"]
claim("stored, each seed: without L1 no patch recovers the hair as often as with it",
      all((seen(a, "hair") < seen(b, "hair")).all() for a, b in zip(alone, both)))
claim("stored, each seed: a wider patch recovers more hair where L1 does not help",
      (seen("cGAN 1", "hair") < seen("cGAN 4", "hair")).all()
      and (seen("cGAN 4", "hair") < seen("cGAN 22", "hair")).all())
claim("stored, each seed: L1 alone and L1 with the widest patch recover hair as often, "
      "to 0.06",
      ((seen("L1", "hair") - seen("L1 + cGAN 22", "hair")).abs() < 0.06).all())
claim("stored, each seed: another outline leaves of hair no more than chance, 0.275, "
      "to 0.05", ((seen("L1", "hair, another outline") - 0.275).abs() < 0.05).all())

# %% [markdown]
# L1 alone is nearest to the true portraits and the palest. An adversarial loss beside it brings most of the colour back and a little of the energy, and pays with a larger L1 error. It brings back no more of the person, since L1 alone recovers hair about as often. With $\lambda = 100$, as published, L1 error and colour lie between the two.
#
# Without L1 the recovery falls, and the more so the smaller the patch. Beside L1 a $D$ of single pixels, which never sees two neighbours, is served with faint stripes. They have almost the energy of real portraits and a larger Fréchet distance than L1's, so that energy alone is no proof of sharpness.
#
# ### Grey settles more, and not the hue
#
# The same networks are now told the grey picture, the mean of the three channels. Our painter turns a wall's or a shirt's hue around its grey, so that grey does not tell it, and over all hues mean and median are the grey itself. So *median of hues* is L1's best answer for somebody who knows all but these two hues, and *other hues* are true faces with hues drawn anew, as a perfect $p(x\mid y)$ paints them. The table has the strength of the walls' mean colour, how far their hue is off, and how far apart two $z$ put it, in percent of a turn, of which 25 are chance. A wall that is almost grey has a hue by accident, so hue and two $z$ count only where walls have colour.

# %% tags=["hide-cell", "measure"]
told_grey = gan.evidence.load("pix2pix_grey")["runs"]
TOLD_GREY = ("L1", "L2", "cGAN 4", "cGAN 22", "L1 + cGAN 22")


def from_grey(row, key):
    """What was measured at the end, for each of the three seeds."""
    return torch.tensor([one["rows"][row][key] for one in told_grey])

# %% tags=["hide-input", "measure"]
print(gan.evidence.cite("pix2pix_grey"))
Table(["told: grey", "L1 error", "dye, %", "distance", "wall, %", "hue, %",
       "two z, %"],
      [[row, pm(from_grey(row, "L1"), 3), percent(from_grey(row, "dye")),
        pm(from_grey(row, "distance"), 1), percent(from_grey(row, "wall's colour")),
        percent(from_grey(row, "wall")),
        "–" if "median" in row else percent(from_grey(row, "two z, wall"))]
       for row in ("median of hues", "other hues", *TOLD_GREY)])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Grey faces and seven rows in colour. The median of hues: true faces before grey walls. L1: nearly the same, with softer colours. cGAN 4: gaudy patches on walls and faces. cGAN 22: walls of many hues with a checked pattern, and other hues for the second noise. L1 and cGAN 22: walls in pale, mixed tints. The truth: walls of one clear hue each."}}
greys = {name: from_bytes(x) for name, x in told_grey[0]["pictures"].items()}
show_rows({"grey": greys["grey"], "median of hues": greys["median of hues"],
           "L1": greys["L1"][0], "cGAN 4": greys["cGAN 4"][0],
           "cGAN 22, z 1": greys["cGAN 22"][0], "cGAN 22, z 2": greys["cGAN 22"][1],
           "L1 + cGAN 22": greys["L1 + cGAN 22"][0], "truth": greys["real"]})

# %% tags=["hide-cell", "checks"]
wheel = gan.data.painting.hue(torch.arange(360) / 360, 0.72, 0.17)[..., 0, 0]
check("a wall's mean channel is its grey at each of 360 hues, to 1e-6, and so are each "
      "channel's mean and median over the hues, to 0.003",
      (wheel.mean(1) - 0.72).abs().max() < 1e-6
      and (wheel.mean(0) - 0.72).abs().max() < 0.003
      and (wheel.median(0).values - 0.72).abs().max() < 0.003, wheel.median(0).values)

# %% tags=["hide-cell", "checks"]
tints = {row: from_grey(row, "wall's colour") for row in TOLD_GREY}
claim("stored, each seed: no loss finds a wall's hue, whose error is the chance of "
      "0.25 turns, to 0.02", all((from_grey(row, "wall") - 0.25).abs().max() < 0.02
                                 for row in TOLD_GREY))
claim("stored, each seed: walls have under 15 % of their colour by L1 and L2, over 1.5 "
      "times L1's with the cGAN 22 beside it, and over 35 % by the cGAN 22 alone",
      max(tints["L1"].max(), tints["L2"].max()) < 0.15 and tints["cGAN 22"].min() > 0.35
      and (tints["L1 + cGAN 22"] > 1.5 * tints["L1"]).all(), tints)
by_z = {row: from_grey(row, "two z, wall") for row in TOLD_GREY}
claim("stored, each seed: two z put a wall's hue over 0.15 turns apart with the cGAN "
      "22 alone, and under 0.1 with L1 beside it",
      by_z["cGAN 22"].min() > 0.15 and by_z["L1 + cGAN 22"].max() < 0.1, by_z)
sixth = from_grey("cGAN 22", "commonest sixth")
claim("stored: the cGAN 22 gives the commonest sixth of hues to under 25 % of its "
      "walls on one seed and to over 35 % on another",
      sixth.min() < 0.25 and sixth.max() > 0.35, sixth)

# %% tags=["hide-cell", "checks"]
claim("stored, each seed: from grey L1 recovers the dye in over 75 %, over 0.15 more "
      "than from the outline and over 0.15 more than the cGAN 22",
      from_grey("L1", "dye").min() > 0.75
      and (from_grey("L1", "dye") - seen("L1", "dye")).min() > 0.15
      and (from_grey("L1", "dye") - from_grey("cGAN 22", "dye")).min() > 0.15)
claim("stored, each seed: the skin that the inspector reads goes with the true one, at "
      "a correlation over 0.95 for each loss and under 0.2 for other faces",
      min(from_grey(row, "skin").min() for row in TOLD_GREY) > 0.95
      and from_grey("other faces", "skin").max() < 0.2)
claim("stored, each seed: true faces with other hues have a larger L1 error than L1 "
      "alone, and this a larger one than the median of hues",
      (from_grey("other hues", "L1") > from_grey("L1", "L1")).all()
      and (from_grey("L1", "L1") > from_grey("median of hues", "L1")).all())
claim("stored, each seed: but their Fréchet distance is under a tenth of L1's",
      (from_grey("other hues", "distance") < from_grey("L1", "distance") / 10).all())

# %% [markdown]
# Grey settles skin, and by L1 the dye of most faces, of which the outline told less. Hues it leaves open, and no loss finds them better than by chance. L1 and L2 paint grey walls, as their best answer does. The cGAN 22 alone paints coloured ones, about half as strong as the true, with another hue for another $z$, on one seed nearly as evenly as the data. The cGAN 4, whose $D$ sees a quarter of the width, hardly varies them. Otherwise the cGAN 22 is the worse painter, as its distance is larger than L1's on each seed and the dye is right in little over half of the faces. Beside L1 two $z$ agree. True faces with other hues have a larger L1 error than L1's portraits and a far smaller distance, so that the L1 error would refuse even a perfect sampler.
#
# ### Where the answer is certain
#
# From portrait to outline mean, median and mode are the same picture, so that the distance alone asks for the truth. In the table *edges* are the outline's pixels that both pictures have, as a share of those that either has.

# %% tags=["hide-cell", "measure"]
def back(row, key):
    return torch.tensor([one["rows"][row][key] for one in way_back])


BACK = ("L1", "cGAN 22", "L1 + cGAN 22")

# %% tags=["hide-input", "measure"]
print(gan.evidence.cite("pix2pix_back"))
PUBLISHED = {"L1": 0.86, "cGAN 22": 0.74, "L1 + cGAN 22": 0.83}
Table(["portrait → outline", "L1 error", "right pixels", "edges",
       "published: right pixels, photo → labels"],
      [[row, pm(back(row, "L1"), 3), pm(back(row, "pixels"), 3),
        pm(back(row, "edges")), f"{PUBLISHED[row]:.2f}"] for row in BACK])

# %% tags=["hide-cell", "checks"]
claim("stored, each seed: on the way back the cGAN alone has fewer right pixels than "
      "L1 alone", (back("cGAN 22", "pixels") < back("L1", "pixels")).all())
claim("stored, each seed: L1 alone has the smallest error",
      all((back("L1", "L1") < back(row, "L1")).all() for row in BACK[1:]))
saturated = {row: torch.tensor([one["outlines"][row]["edges"] for one in stored])
             for row in BACK}
claim("stored, each seed: with outlines told as -1 and 1 under 5 % of the edges are "
      "right by L1 with or without a cGAN, and over 40 % by the cGAN alone",
      max(saturated["L1"].max(), saturated["L1 + cGAN 22"].max()) < 0.05
      and saturated["cGAN 22"].min() > 0.4, saturated)
claim("stored, each seed: told as -0.5 and 0.5 L1 alone has over 60 % of the edges",
      back("L1", "edges").min() > 0.6, back("L1", "edges"))

# %% [markdown]
# L1 alone has the smallest error, and the cGAN alone has fewer right pixels. Outlines are told as $-0.5$ and $0.5$ here. Told as $-1$ and $1$, which the tanh at $G$'s end reaches only at infinity, no stored run with L1 in its loss found the edges, and the cGAN alone did.
#
# ### A D that is not told, and noise that does nothing
#
# > **Predict first.** How far apart are the portraits that two noises make of one outline, if other colours for the same face change it by 0.3?

# %% tags=["hide-input", "measure"]
Table(["loss", "hair recovered", "two z differ by", "two dropouts"],
      [[row, pm(seen(row, "hair")), pm(seen(row, "two z"), 3),
        pm(seen(row, "two dropouts"), 3) if row == "dropout" else "–"]
       for row in ("L1", "cGAN 22", "L1 + cGAN 22", "GAN 22", "dropout")])

# %% tags=["hide-cell", "checks"]
COLOURS = ("dye", "iris", "skin", "wall", "shirt")
redrawn = gan.data.portraits.render(
    new_factors | {name: new_factors[name].roll(1) for name in COLOURS}, 16)
other_colours = (redrawn - new).abs().mean().item()
claim("stored, each seed: with L1, or a D that is told, two z change a portrait by "
      "less than 0.15, and dropout by less than 0.1, while other colours for the same "
      "face change it by over 0.2",
      all((seen(row, "two z") < 0.15).all()
          for row in ("L1", "cGAN 22", "L1 + cGAN 22", "dropout"))
      and (seen("dropout", "two dropouts") < 0.1).all() and other_colours > 0.2,
      other_colours)
claim("stored, each seed: dropout left on for new faces brings a smaller distance and "
      "a larger L1 error than dropout switched off",
      (seen("dropout", "dropout on: distance") < seen("dropout", "distance")).all()
      and (seen("dropout", "dropout on: L1") > seen("dropout", "L1")).all())
claim("stored, each seed: with a D that is not told the outline less than half of the "
      "faces have their hair",
      (seen("GAN 22", "hair") < 0.5).all(), seen("GAN 22", "hair"))

# %% [markdown]
# Told nothing of the outline, $D$ compares portraits with portraits, so that any portrait will do for any outline. Hair is then recovered little above chance.
#
# Told the outline, two $z$ make nearly the same portrait, even without L1. The game asks for variety, because at its equilibrium $G$ has the whole of $p(x\mid y)$, and from grey the same cGAN did use its noise. Why not here, we have not separated. Isola et al. saw their $G$ ignore $z$ and used dropout for noise, which they leave on at test time. It moves our portraits by hundredths, too, and leaving it on is a little better by the distance and a little worse by L1.
#
# ### Digits: two endings, or one?
#
# The upper half of a digit may leave its class open. Perceptrons that are told it learn to make the whole in 1,200 steps, with five seeds for each loss, and are judged by 397 new digits. A half is **open** where its ten nearest known halves agree on the class in at most seven cases, and it gets **two endings** if two classes come up in a tenth each of the answers to 20 noises, as the last column counts. Rivals end it as its nearest known half, as one of the ten nearest, or as their mean. A classifier that has seen the known digits reads the whole: *right* is how often it reads the true class, and *sure* its largest probability. L1 error and energy are those of the lower half. The rivals keep the true upper half, while the networks draw it anew, which counts against them in the other columns.

# %% tags=["hide-cell", "measure"]
endings = gan.evidence.load("pix2pix_digits")["runs"]
COPIES = ("nearest", "one of 10", "mean of 10")
TOLD = ("L1", "L2", "cGAN", "L1 + cGAN")


def ended(row, key):
    """What was measured, for each of five seeds."""
    return torch.tensor([one["rows"][row][key] for one in endings])


def two_endings(row):
    key = "two endings, open"
    return percent(ended(row, key)) if key in endings[0]["rows"][row] else "–"

# %% tags=["hide-input", "measure"]
print(gan.evidence.cite("pix2pix_digits"))
Table(["told: half", "L1 error", "energy, %", "right, %", "sure, %", "distance",
       "open: two, %"],
      [[row, pm(ended(row, "L1")),
        *(percent(ended(row, key)) for key in ("energy", "right", "sure")),
        pm(ended(row, "distance"), 0 if row in ("untrained", "GAN") else 1),
        two_endings(row)]
       for row in ("real", *COPIES, "untrained", *TOLD, "GAN")])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Nine rows of ten digits. The upper halves, the true digits, and the sharp endings of the nearest halves. L1's and L2's are grey below the middle, those of L1 and cGAN have more contrast. In three rows by the cGAN alone several halves end in other shapes from row to row."}}
whole = {name: from_bytes(x) for name, x in endings[0]["pictures"].items()}
show_rows({"upper half": whole["half"], "truth": whole["real"],
           "nearest": whole["nearest"], "L1": whole["L1"][0], "L2": whole["L2"][0],
           "L1 + cGAN": whole["L1 + cGAN"][0],
           **{f"cGAN, z {k + 1}": whole["cGAN"][k] for k in range(3)}})

# %% tags=["hide-cell", "checks"]
claim("stored, each seed: of the networks L1 alone has the smallest error, and the "
      "mean of ten nearest endings has a smaller one still",
      all((ended("L1", "L1") < ended(row, "L1")).all() for row in (*TOLD[1:], "GAN"))
      and (ended("mean of 10", "L1") < ended("L1", "L1")).all())
claim("stored, each seed: the cGAN beside L1 brings over 0.05 more of the energy and "
      "leaves less than 0.7 of the distance",
      (ended("L1 + cGAN", "energy") - ended("L1", "energy")).min() > 0.05
      and (ended("L1 + cGAN", "distance") < 0.7 * ended("L1", "distance")).all())
claim("stored, each seed: L1 with and without the cGAN read as the true class equally "
      "often, to 0.05, the cGAN alone over 0.08 less often, the GAN in under 30 %",
      (ended("L1", "right") - ended("L1 + cGAN", "right")).abs().max() < 0.05
      and (ended("L1", "right") - ended("cGAN", "right")).min() > 0.08
      and ended("GAN", "right").max() < 0.3)
claim("stored, each seed: the nearest half's ending reads true more often than any "
      "network's, at less than 0.6 of the least distance",
      all((ended("nearest", "right") > ended(row, "right")).all()
          and (ended("nearest", "distance") < 0.6 * ended(row, "distance")).all()
          for row in (*TOLD, "GAN")))

# %% tags=["hide-cell", "checks"]
opened = {row: ended(row, "two endings, open") for row in ("one of 10", *TOLD)}
claim("stored, each seed: with the cGAN alone over 35 % of the open halves get two "
      "endings, over 1.5 times the share of the others; with L1 beside it under 25 %",
      opened["cGAN"].min() > 0.35 and opened["L1 + cGAN"].max() < 0.25
      and (opened["cGAN"] > 1.5 * ended("cGAN", "two endings, closed")).all(), opened)
claim("stored, each seed: one of ten nearest gives two to over 90 %, and the cGAN to "
      "at least 10 % fewer", opened["one of 10"].min() > 0.9
      and (opened["cGAN"] < opened["one of 10"] - 0.1).all(), opened)
claim("stored, each seed: the classifier is surer of each told network's digits than "
      "it is right, by over 0.05, and over 0.5 sure of an untrained G's, of which it "
      "reads under 15 % as the truth",
      all((ended(row, "sure") - ended(row, "right")).min() > 0.05 for row in TOLD)
      and ended("untrained", "sure").min() > 0.5
      and ended("untrained", "right").max() < 0.15)

# %% [markdown]
# The cGAN alone gives two endings to about two thirds of the open halves. With L1 beside it, whose best answer is the same for every $z$, nearly all get one. The cGAN's endings are wrong more often as well. In part that is the price of guessing anew each time, which one of the ten nearest pays too, but less. The GAN that is not told makes no digits here, so that its row says nothing of endings. With both losses the true class is read as often as with L1 alone, and the digits are sharper. Yet the nearest half's ending is right more often and closer in distance, and the mean of ten has the smallest error. A classifier's sureness proves little, since it is sure of an untrained $G$'s digits, too.
#
# ## Without pairs: what a cycle can promise
#
# Often there are no pairs, only two heaps of pictures $X$ and $Y$. CycleGAN ([Zhu et al.](https://arxiv.org/abs/1703.10593) 2017) trains two maps, $G: X \to Y$ and $F: Y \to X$, against a discriminator in each domain. No loss sees a pair, so it adds the **cycle loss** $\mathbb E\lVert F(G(x)) - x\rVert_1 + \mathbb E\lVert G(F(y)) - y\rVert_1$: who translates there and back must come home. The loop of `gan.train` has one generator, so this step is written out. The stored runs take R1 at every fourth step only.

# %%
def apart(a, b):
    return (a - b).abs().mean(-1)                # (runs, B)


def update(adam, loss):
    own = [weight for group in adam.param_groups for weight in group["params"]]
    adam.zero_grad()
    loss.mean(-1).sum().backward(inputs=own)
    adam.step()


def cycle_step(nets, adams, x, y, weights):
    """D's turn, then that of both maps, from pictures that do not belong together."""
    G, F, D_X, D_Y = nets
    fake_y, fake_x = G(x), F(y)
    d_loss = (non_saturating.discriminator(D_Y(y), D_Y(fake_y.detach()))
              + non_saturating.discriminator(D_X(x), D_X(fake_x.detach())))
    slope = r1(0.1)(D_Y, y, fake_y) + r1(0.1)(D_X, x, fake_x)
    update(adams["D"], d_loss + slope)
    g_loss = (non_saturating.generator(D_Y(fake_y))
              + non_saturating.generator(D_X(fake_x)))
    cycle = apart(F(fake_y), x) + apart(G(fake_x), y)
    identity = apart(G(y), y) + apart(F(x), x)
    update(adams["G"],
           g_loss + weights["cycle"] * cycle + weights["identity"] * identity)

# %% [markdown]
# > **Predict first.** $X$ are the digits and $Y$ their negatives. A pair of maps turns each 3 into a negative 8, each 8 into a negative 3, and back. How large is its cycle loss?
#
# It is zero, since coming home only asks that $F$ undo $G$. Let both domains be the same four pictures, equally likely, and try all 256 maps for $G$ and for $F$.

# %%
every_map = torch.cartesian_prod(*[torch.arange(4)] * 4)         # (256, 4): x -> map[x]
there_and_back = every_map[:, every_map]                         # (F, G, x): F(G(x))
comes_home = (there_and_back == torch.arange(4)).all(2)          # cycle loss exactly 0
fools_D = (every_map.sort(1).values == torch.arange(4)).all(1)   # all, equally often

# %% tags=["hide-input", "measure"]
right = (every_map == torch.arange(4)).all(1)
survive = comes_home & fools_D[:, None] & fools_D[None]
Table(["what is asked", "pairs of maps", "different G among them"],
      [["nothing", 256 * 256, 256],
       ["both discriminators fooled", int(fools_D.sum())**2, int(fools_D.sum())],
       ["and the cycle loss is 0", int(survive.sum()), int(survive.any(0).sum())],
       ["and G is right", int((survive & right).sum()), int(right.sum())]])

# %% tags=["hide-cell", "checks"]
check("of all pairs of maps on four pictures exactly 4! = 24 have a cycle loss of 0, "
      "one for each permutation, and all of these fool both discriminators",
      comes_home.sum() == 24 and torch.equal(comes_home, survive), comes_home.sum())
check("the cycle loss rules out no G that the discriminators had let pass",
      torch.equal(survive.any(0), fools_D))

# %% [markdown]
# The cycle loss ties $F$ to $G$ and excludes none of the 24 $G$ that the discriminators let pass, of which one is right. With ten classes there are $10! = 3{,}628{,}800$. The cycle loss makes a map *invertible*, and right is another matter.
#
# <details>
# <summary>Derive: any symmetry of a domain gives another solution</summary>
#
# **Proposition.** Let $T$ be an invertible map of $Y$ to itself that keeps the distribution of $Y$. If $G$ and $F$ have the cycle loss 0, then $T \circ G$ and $F \circ T^{-1}$ have it, and the distributions of all fakes are as they were.
#
# **Proof.** $F(T^{-1}(T(G(x)))) = F(G(x)) = x$, and $T(G(F(T^{-1}(y)))) = T(T^{-1}(y)) = y$. If $G(x)$ is distributed as $p$, then so is $T(G(x))$, and if $y$ is, then so is $T^{-1}(y)$, so that $F(T^{-1}(y))$ is distributed as $F(y)$. ∎
#
# Permutations of equally frequent classes are such symmetries.
#
# </details>
#
# ### What picks the right one
#
# Twelve pairs of maps for each row were trained on 8 × 8 digits and the negatives of other digits, as perceptrons or as three 3 × 3 convolutions. After these 600 steps perceptrons without the cycle loss are still far from the data.

# %% tags=["hide-cell", "measure"]
DIGIT_ROWS = {"mlp, no cycle": "perceptrons", "mlp, cycle": "perceptrons, cycle",
              "mlp, cycle and identity": "perceptrons, cycle and identity",
              "mlp from -x, no cycle": "perceptrons from −x",
              "mlp from -x, cycle": "perceptrons from −x, cycle",
              "conv, no cycle": "convolutions", "conv, cycle": "convolutions, cycle"}


def digits(row, key):
    """Of all runs of all seeds."""
    return torch.tensor([x for one in unpaired for x in one["digits"][row][key]])


def low_to_high(values):
    return f"≈ {100 * values.min():.0f} to ≈ {100 * values.max():.0f}"

# %% tags=["hide-cell", "measure"]
from gan.metrics import fit_classifier

images, labels = gan.data.digits(8)
namer = fit_classifier(-images, labels, seed=SEED)


@torch.no_grad()
def names_kept(net):
    """The share of digits whose untrained translation is seen as the same."""
    return (namer(net(images)).argmax(1) == labels).double().mean().item()


torch.manual_seed(1_000 * SEED + 70)
filters = [nn.Sequential(nn.Conv2d(1, 8, 3, 1, 1), leaky(), nn.Conv2d(8, 8, 3, 1, 1),
                         leaky(), nn.Conv2d(8, 1, 3, 1, 1)) for _ in range(12)]
layers = [mlp([64, 128, 128, 64], leaky) for _ in range(12)]
untrained = {
    "convolutions, untrained": torch.tensor([names_kept(net) for net in filters]),
    "perceptrons from −x, untrained": torch.tensor([names_kept(
        lambda x, net=net: net(x.flatten(1)).view_as(x) / 10 - x) for net in layers])}

# %% tags=["hide-input", "measure"]
print(gan.evidence.cite("cyclegan"))
Table(["maps", "same digit, %", "of 12 runs", "commonest answer, %", "cycle error",
       "distance"],
      [[name, percent(digits(row, "same")), low_to_high(digits(row, "same")),
        percent(digits(row, "most common")), pm(digits(row, "cycle"), 3),
        pm(digits(row, "distance"), 1)] for row, name in DIGIT_ROWS.items()]
      + [[name, percent(kept), low_to_high(kept), "–", "–", "–"]
         for name, kept in untrained.items()])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Eight digits and what a pair of maps makes of them, there and back. Perceptrons with the cycle loss: dark shapes like other digits, and back again the digits that they came from, a little blurred. Convolutions: the negatives of the same digits, with the cycle loss and without it."}}
sheet = unpaired[0]["pictures"]
rows = {"digits": sheet["digits"]}
for row in ("mlp, cycle", "conv, cycle", "conv, no cycle"):
    rows |= {f"{DIGIT_ROWS[row]}: there": sheet[row][0], "and back": sheet[row][1]} \
        if row == "mlp, cycle" else {f"{DIGIT_ROWS[row]}: there": sheet[row][0]}
show_rows({name: x.float().view(-1, 1, 8, 8).clamp(-1, 1) for name, x in rows.items()},
          columns=8)

# %% tags=["hide-cell", "checks"]
cycled, free = digits("mlp, cycle", "cycle"), digits("mlp, no cycle", "cycle")
claim("stored, each of 12 runs: with the cycle loss perceptrons come home, to less "
      "than half the error of the best run without it", 2 * cycled.max() < free.min(),
      (cycled, free))
claim("stored, each of 12 runs: they show the same digit in under 30 % of their "
      "pictures, and a class's commonest answer takes under 70 % of it",
      digits("mlp, cycle", "same").max() < 0.3
      and digits("mlp, cycle", "most common").max() < 0.7)
claim("stored, each of 12 runs: with the identity loss as well they show it in under "
      "5 %",
      digits("mlp, cycle and identity", "same").max() < 0.05)
claim("untrained convolutions keep the digit in under 60 %, and untrained perceptrons "
      "from -x in over 95 %", untrained["convolutions, untrained"].max() < 0.6
      and untrained["perceptrons from −x, untrained"].min() > 0.95, untrained)

# %% tags=["hide-cell", "checks"]
claim("stored, each of 12 runs: convolutions show the same digit in over 95 %, with "
      "the cycle loss and without it", all(digits(row, "same").min() > 0.95
                                       for row in ("conv, cycle", "conv, no cycle")))
claim("stored, each of 12 runs: and so do the same perceptrons that start near -x",
      all(digits(row, "same").min() > 0.95
          for row in ("mlp from -x, cycle", "mlp from -x, no cycle")))

# %% [markdown]
# Perceptrons with the cycle loss show a wrong digit in most pictures. What they have found is not even a permutation, since a class's commonest answer takes about half of it. With the identity loss fewer are right than by chance. Convolutions find the right digit in every run, with a cycle loss or without it. Perceptrons that start at $-x$, which is the answer, stay there with either loss.
#
# So not the cycle loss picks here but the kind of map, and where it starts.
#
# ### Codes that the eye does not see
#
# Let $Y$ be grey portraits. A grey wall does not tell its hue, so the way back cannot find it, unless $G$ hides it in the picture. To find out, disturb the middle picture a little, there and in a CycleGAN between faces and their negatives, where nothing needs to be hidden.

# %% tags=["hide-cell", "measure"]
NOISES = (0.0, 0.05, 0.1, 0.2)


def wall(domain, kind):
    """Error of the walls' hue after the way back, in turns: (seeds, noises)."""
    found = [one["faces"][domain][kind] for one in unpaired]
    return torch.tensor([[x[1] for x in one] for one in found])


wiped, true_grey, true_negative = (
    torch.tensor([one["faces"][domain][key][1] for one in unpaired])
    for domain, key in (("grey", "wiped"), ("grey", "of the right one"),
                        ("negatives", "of the right one")))

# %% tags=["hide-input", "measure"]
Table(["error of the wall's hue, in turns", *(f"noise {size}" for size in NOISES)],
      [[f"{domain}, {name}", *(pm(x, 3) for x in wall(domain, kind).T)]
       for domain in ("grey", "negatives")
       for kind, name in (("tint", "one colour on all pixels"),
                          ("pixels", "each pixel its own"))]
      + [["grey, all colour wiped off", pm(wiped, 3), "–", "–", "–"],
         ["grey, the true picture", pm(true_grey, 3), "–", "–", "–"],
         ["negatives, the true picture", pm(true_negative, 3), "–", "–", "–"]])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Faces that a CycleGAN turned into grey pictures and back. The middle pictures are grey with a faint tint. On the way back hair, skin and walls have pale colours again. After a tint of noise on the middle picture they come back in others, one face orange and one blue."}}
middle, again, broken = (x.float() for x in sheet["grey"])
show_rows({"faces": sheet["faces"].float(), "middle": middle, "back": again,
           "back after noise": broken}, columns=8)

# %% tags=["hide-cell", "checks"]
grey, negatives = wall("grey", "tint"), wall("negatives", "tint")
claim("stored, each seed: from a true grey picture the way back finds no hue, to "
      "within 0.05 of the chance of 0.25 turns, and from the middle picture it does, "
      "to less than 0.17",
      ((true_grey - 0.25).abs() < 0.05).all() and (grey[:, 0] < 0.17).all(),
      (true_grey, grey))
claim("stored, each seed: wiping all colour off the middle picture takes over half "
      "of what the hue's error was below chance",
      (0.25 - wiped < (0.25 - grey[:, 0]) / 2).all(), (wiped, grey))
claim("stored: of three pairs of maps between faces and negatives two find the hue of "
      "a true negative, to 0.1, and one does no better than chance",
      sorted(true_negative < 0.1) == [False, True, True]
      and true_negative.max() > 0.2, true_negative)
claim("stored, each seed: a tint of 0.05 on the middle picture harms hues over twice "
      "as much as the same tint does where no code is needed",
      ((grey[:, 1] - grey[:, 0]) > 2 * (negatives[:, 1] - negatives[:, 0])).all(),
      (grey, negatives))

# %% [markdown]
# From a true grey picture the way back guesses hues no better than by chance, and from $G$'s own it does better. $G$ leaves a faint tint in the grey, and most of the knowledge goes when the tint is wiped off. A tint of noise spoils it as well, and does less harm between negatives. Of the pairs between faces and negatives, one has turned the hues. [Chu et al.](https://arxiv.org/abs/1712.02950) found such codes in maps made from aerial photographs, and named them steganography. So a small cycle loss is no proof that a picture shows what the way back reads off it.
#
# ## What the identity loss is for
#
# CycleGAN's **identity loss** is $\mathbb E\lVert G(y) - y\rVert_1 + \mathbb E\lVert F(x) - x\rVert_1$. Each map is shown pictures that are already in its target domain and shall leave them alone. Zhu et al. used it from paintings to photographs, to keep the colours, and their code has it on by default.
#
# Take two domains on a line, $X$ with $\mathcal N(0, 1)$ and $Y$ with $\mathcal N(0, 4)$. Both $G(x) = 2x$ and $G(x) = -2x$ are perfect, since turning the sign is a symmetry. Twenty pairs of maps are now trained by the step above, without the identity loss and with it.

# %% tags=["hide-cell", "measure"]
def line_maps(weights, runs=20, steps=500):
    """G of twenty CycleGANs between N(0, 1) and N(0, 4), on a line."""
    torch.manual_seed(1_000 * SEED + 60)
    (G, D_Y), (F, D_X) = (gan.ensemble.stack(
        (Generator(mlp([1, 16, 16, 1], leaky), 1),
         nn.Sequential(mlp([1, 16, 16, 1], leaky), nn.Flatten(0))) for _ in range(runs))
        for _ in range(2))
    groups = {"D": [*D_X.parameters(), *D_Y.parameters()],
              "G": [*G.parameters(), *F.parameters()]}
    adams = {name: torch.optim.Adam(group, 3e-3, (0.0, 0.99), fused=True)
             for name, group in groups.items()}
    for _ in range(steps):
        x, y = torch.randn(runs, 64, 1), 2 * torch.randn(runs, 64, 1)
        cycle_step((G, F, D_X, D_Y), adams, x, y, weights)
    return G


line = torch.linspace(-2, 2, 41)[:, None].expand(20, 41, 1)
maps = {name: line_maps(weights)(line).detach()[..., 0] for name, weights in
        {"cycle": {"cycle": 10, "identity": 0},
         "cycle and identity": {"cycle": 10, "identity": 5}}.items()}

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Twenty maps of a line to itself in each of two panels. With the cycle loss some rise and others fall, somewhat flatter than the black lines of slope 2 and -2. With the identity loss as well all of them rise, at a slope of about 1."}}
figure, axes = plt.subplots(1, 2, figsize=(7, 2.6), sharey=True)
for ax, (name, curves) in zip(axes, maps.items()):
    ax.plot(line[0, :, 0], curves.T, linewidth=0.8, color=plots.FAKE["color"])
    for sign in (1, -1):
        ax.plot([-2, 2], [-4 * sign, 4 * sign], **plots.REAL, linewidth=1)
    ax.set(title=name, xlabel="x")
axes[0].set_ylabel("G(x)")
plt.show()

# %% tags=["hide-cell", "checks"]
rises = {name: (curves[:, -1] > curves[:, 0]).sum().item()
         for name, curves in maps.items()}
claim("of 20 maps with the cycle loss some rise and some fall; with the identity loss "
      "at least 19 rise",
      2 <= rises["cycle"] <= 18 and rises["cycle and identity"] >= 19, rises)
slopes = {name: (curves[:, -1] - curves[:, 0]).abs().mean().item() / 4
          for name, curves in maps.items()}
claim("but the identity loss takes their mean slope, which should be 2, below 1.25, "
      "and without it it is over 1.25",
      slopes["cycle and identity"] < 1.25 < slopes["cycle"], slopes)

# %% [markdown]
# Without it both signs occur. With it maps rise, since $-2y$ is further from $y$ than $2y$ is. But now their slope is near 1, where without it it had come to about 1.5 of 2 in as many steps. So the identity loss breaks a tie, and it also pulls towards doing nothing.
#
# For our faces every hue of a wall is equally likely, so that turning all hues is such a symmetry.

# %% tags=["hide-cell", "measure"]
FACE_ROWS = ("painted", "unchanged", "no cycle", "cycle", "cycle and identity")


def with_glasses(row, key, way="to glasses"):
    return torch.tensor([one["faces"]["glasses"][row][way][key] for one in unpaired])

# %% tags=["hide-input", "measure"]
Table(["none → glasses", "glasses seen", "after glasses → none", "hair kept",
       "beard kept", "wall's hue is off by"],
      [[row, pm(with_glasses(row, "glasses")),
        pm(with_glasses(row, "glasses", "to none")), pm(with_glasses(row, "hair")),
        pm(with_glasses(row, "beard")), pm(with_glasses(row, "wall"), 3)]
       for row in FACE_ROWS])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Eight faces without glasses and four rows of them with glasses. As painted: the same faces. Without the cycle loss: glasses, and blotched walls. With it: glasses, and walls in quite other colours, beige for green and blue for violet. With the identity loss: glasses, and the walls as they were."}}
show_rows({"faces": sheet["bare"].float(), "as painted": sheet["worn"].float(),
           **{row: sheet[f"glasses, {row}"][0].float()
              for row in ("no cycle", "cycle", "cycle and identity")}}, columns=8)

# %% tags=["hide-cell", "checks"]
claim("stored, each seed: glasses appear on over half of the faces and vanish from "
      "over 80 %, in all three rows",
      all((with_glasses(row, "glasses") > 0.5).all()
          and (with_glasses(row, "glasses", "to none") < 0.2).all()
          for row in FACE_ROWS[2:]))
claim("stored, each seed: with the identity loss the walls' hue is off by less than "
      "0.06 turns", (with_glasses("cycle and identity", "wall") < 0.06).all())
claim("stored: with the cycle loss alone it is off by over three times as much on "
      "average", with_glasses("cycle", "wall").mean()
      > 3 * with_glasses("cycle and identity", "wall").mean())

# %% [markdown]
# Glasses come and go in all three rows, although nobody ever showed a pair. But with the cycle loss alone the walls change their colours in two seeds of three, which the way back can undo. With the identity loss they stay in every seed.
#
# %% [markdown]
# ## Beside the published
#
# The published figures are from street scenes of 256 × 256 pixels, whose labels a network reads, and from people asked whether a map was real.
#
# | published | L1 | cGAN | L1 + cGAN | stands for it here |
# |---|---|---|---|---|
# | labels → photo, right pixels | 0.42 | 0.57 | 0.66 | recovery by the inspector |
# | photo → labels, right pixels | 0.86 | 0.74 | 0.83 | right pixels of the outline |
# | map → photo, taken for real | 0.8 % | | 18.9 % | not measured |
# | photo → map, taken for real | 2.8 % | | 6.1 % | not measured |
#
# | published, L1 + cGAN | 1 pixel | 16 | 70 | 286 |
# |---|---|---|---|---|
# | labels → photo, right pixels | 0.39 | 0.65 | 0.66 | 0.42 |
#
# On the way back, as published, the cGAN alone is the worst. On the way there L1 alone recovers as much here as with a cGAN beside it, and a patch as wide as the picture is no worse than one of a quarter. [CycleGAN](https://arxiv.org/abs/1703.10593) has 0.52 of the pixels right on labels → photo, against 0.71 for that paper's run of pix2pix, which had the pairs.
#
# ## In your own run
#
# | you see | look at | then |
# |---|---|---|
# | grey or blurred pictures | $\lambda$, and whether $D$ is told $y$ | less L1, a $D$ that sees both |
# | good pictures of something else | recovery on new pairs | more L1, pairs that are not shuffled |
# | good pictures on known pairs only | the same measure on new ones | split by person before anything else |
# | a way home, and wrong pictures in the middle | the middle pictures, by a judge of their content | another kind of map, or another start |
# | colours that swap or turn | the identity loss's arguments | $G(y)$ beside $y$, $F(x)$ beside $x$ |
#
# ## Exercises
#
# **1. Nearest to all (five minutes, paper).** A pixel is $-1$ in 30 % of the portraits that fit an outline, $0$ in 30 % and $1$ in 40 %. What does a perfect network paint there with L1 alone, and what with L2 alone?

# %%
def check_exercise_1(with_l1, with_l2):
    check("your two answers are right",
          abs(with_l1) < 1e-6 and abs(with_l2 - 0.1) < 1e-6, (with_l1, with_l2))


# check_exercise_1(your number, your number)

# %% tags=["hide-cell", "solution"]
# Half of the portraits lie at or below 0; the mean is -0.3 + 0.4.
check_exercise_1(0.0, 0.1)
# the likeliest; the wrong way round; a mean for both; the middle of the ends for both
for wrong in ((1.0, 0.1), (0.1, 0.0), (0.1, 0.1), (0.0, 0.0)):
    try:
        check_exercise_1(*wrong)
    except AssertionError:
        print(f"{wrong} is refused")

# %% [markdown]
# **2. A patch (five minutes, paper).** A discriminator has four convolutions, with kernels 3, 3, 4, 4 and strides 1, 2, 2, 1. How many pixels wide is the patch that one logit sees?

# %%
def check_exercise_2(answer):
    layers = [(3, 1), (3, 2), (4, 2), (4, 1)]
    check("your width is right", answer == patch_width(layers), answer)


# check_exercise_2(your number)

# %% tags=["hide-cell", "solution"]
# Last to first: 1 → 4 → (4 - 1) · 2 + 4 = 10 → (10 - 1) · 2 + 3 = 21 → 21 + 2 = 23.
check_exercise_2(23)
# first to last; without strides; kernels added; kernels multiplied by strides
for wrong in (patch_width([(4, 1), (4, 2), (3, 2), (3, 1)]), 11, 14, 21):
    try:
        check_exercise_2(wrong)
    except AssertionError:
        print(f"{wrong} is refused")

# %% [markdown]
# **3. The identity loss (your own code, ten minutes).** Write `identity_loss(G, F, x, y)`, one number for each sample of the batch, for $G: X \to Y$ and $F: Y \to X$ and pictures $x$ of $X$ and $y$ of $Y$, (B, C, H, W). Which map is shown which pictures?

# %%
def check_exercise_3(identity_loss):
    x, y = torch.zeros(5, 1, 4, 4), torch.ones(5, 1, 4, 4)

    # each leaves alone what belongs to its own target, and moves all else
    def G(picture):
        return torch.where(picture == 1, picture, picture + 3)

    def F(picture):
        return torch.where(picture == 0, picture, picture + 5)

    def neither(picture):
        return picture + 1

    right, wrong = identity_loss(G, F, x, y), identity_loss(neither, neither, x, y)
    check("your identity loss is right", right.shape == wrong.shape == (5,)
          and right.abs().max() == 0 and (wrong - 2).abs().max() < 1e-6, (right, wrong))


# check_exercise_3(your identity_loss)

# %% tags=["hide-cell", "solution"]
def identity_loss(G, F, x, y):
    # G makes pictures of Y, so that one of Y should stay as it is
    return (G(y) - y).abs().mean((1, 2, 3)) + (F(x) - x).abs().mean((1, 2, 3))


check_exercise_3(identity_loss)
# the maps exchanged; a cycle; a mean over the batch
for wrong in (lambda G, F, x, y: identity_loss(F, G, x, y),
              lambda G, F, x, y: (F(G(x)) - x).abs().mean((1, 2, 3))
              + (G(F(y)) - y).abs().mean((1, 2, 3)),
              lambda G, F, x, y: identity_loss(G, F, x, y).mean()):
    try:
        check_exercise_3(wrong)
    except AssertionError:
        print("this loss is refused")

# %% [markdown]
# **4. How many pass (ten minutes, paper).** Each of two domains has six classes, two with a share of 1/4 and four with 1/8. How many maps $G$, each class to one class, give each class its share *and* have an $F$ with a cycle loss of exactly 0?

# %%
def check_exercise_4(answer):
    check("your count is right", answer == 48, answer)


# check_exercise_4(your count)

# %% tags=["hide-cell", "solution"]
# Only classes with equal shares can be exchanged: 2! · 4! permutations. Counted:
shares = torch.tensor([2, 2, 1, 1, 1, 1])
all_maps = torch.cartesian_prod(*[torch.arange(6)] * 6)
arriving = torch.stack([((all_maps == k) * shares).sum(1) for k in range(6)], 1)
check_exercise_4(int((arriving == shares).all(1).sum()))
# all permutations; one kind only; added; nothing but the right one; all maps
for wrong in (720, 24, 26, 1, 6**6):
    try:
        check_exercise_4(wrong)
    except AssertionError:
        print(f"{wrong} is refused")

# %% [markdown]
# ## Summary
#
# - A distance has one best answer: L2 the mean, L1 the median of each number. An adversarial loss accepts whatever could be real.
# - pix2pix is a conditional GAN whose condition is a picture, with L1 beside it. On our faces the GAN brings colour, and no person that L1 had not brought.
# - What a patch discriminator's logit sees follows from kernels and strides.
# - Where the answer is certain L1 is enough. Where it is not, a cGAN alone may give second answers, on digits and, with a patch as wide as the picture, on grey faces, and beside L1 hardly any.
# - A cycle loss makes maps invertible. Which of many is found depends on their kind and their start.
# - What a middle picture should not show, $G$ may hide in it.
# - The identity loss breaks the tie between symmetric solutions, and pulls towards leaving everything as it is.
#
# > **Often misread.** "The identity loss is a part of CycleGAN." The paper has it for paintings to photographs alone. In code the map to $Y$ is shown a picture *of* $Y$, and exchanging the two runs without an error.
#
# **Further reading.** Isola et al., [Image-to-image translation with conditional adversarial networks](https://arxiv.org/abs/1611.07004) (2017). Zhu et al., [Unpaired image-to-image translation](https://arxiv.org/abs/1703.10593) (2017).
#
# Next: [chapter 18](18_today.ipynb) asks what of all this is still done today.
