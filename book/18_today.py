# %% [markdown]
# # 18 · Today
#
# **What is a GAN good for, now that diffusion models paint the pictures?** This chapter builds the recipe that made GANs simple again, races a GAN against a flow on one machine, and ends where the two work together.
#
# - **You need** R1 from [chapter 8](08_convergence.ipynb) and the relativistic loss from [chapter 9](09_losses.ipynb).
# - **Afterwards you can** say what each part of R3GAN's recipe does, write flow matching in forty lines, and choose between a GAN, a flow and a flow made quick by a GAN's loss.
# - **Measured run time:** about 25 s on 2 CPU cores.
#
# > **Predict first.** A GAN and a flow, which is a small diffusion model, were trained for the same seconds. Each generating network has the same size, and each forger may ask its own once for every point. Which of the three panels with fakes broke that rule?

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
import math

from torch import nn
from torch.nn.functional import leaky_relu, softplus

from gan.average import Average
from gan.ensemble import Generators, Linear
from gan.metrics import count_modes
from gan.penalties import r1, r2

# %% tags=["hide-cell", "measure"]
race = gan.evidence.load("today_diffusion")["runs"][0]
runs = len(race["beds"]["ring"]["looks"]["flow"][0]["modes"])


def restored(net, weights):
    """A network with stored weights, ready to be asked."""
    net.load_state_dict(weights)
    return net.eval().requires_grad_(False)


def pm(values, digits=1):
    """Mean and standard deviation over runs."""
    values = torch.as_tensor(values, dtype=torch.float64)
    return f"≈ {values.mean():.{digits}f} ± {values.std():.{digits}f}"

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Four panels of points. P: eight tight clusters on a circle, the data. Q: eight clusters with thin bridges of points between neighbours. R: all points in one heap in the middle. S: eight clusters with few points between them."}}
dots = race["ring pictures"]
random = torch.Generator().manual_seed(SEED)
panels = {"P": gan.data.ring(std=0.05).sample((600,), random),
          "Q": dots["GAN"], "R": dots["flow, one step"], "S": dots["flow"]}
figure, axes = plt.subplots(1, 4, figsize=(9.2, 2.5))
for ax, (letter, x) in zip(axes, panels.items()):
    ax.scatter(*x.T, s=2,
               color=(plots.REAL if letter == "P" else plots.FAKE)["color"])
    ax.set(title=letter, xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), aspect="equal")
plt.show()
print(gan.evidence.cite("today_diffusion"))

# %% [markdown]
# Panel P is the data, Q is by a GAN, and R and S are by one flow, the simplest kind of diffusion model. R asked its network once for each point, as the GAN did, and S asked 32 times, so S broke the rule. Much of what follows can be seen here, since a GAN is quick and leaves threads between modes, while a flow is patient and cannot be hurried.

# %% [markdown]
# ## R3GAN: pairs, R1 and R2
#
# [R3GAN](https://arxiv.org/abs/2501.05441) (2024) starts from the complaint that GANs are held together by tricks, and asks which of these a sound loss makes unnecessary. $D$ is paid by pairs, with the relativistic loss that chapter 9 derives, and is charged for its slope at both kinds of sample.
#
# $$ L_D = \mathbb E\,\mathrm{softplus}\big(D(G(z)) - D(x)\big) + \tfrac\gamma2\,\mathbb E\lVert\nabla D(x)\rVert^2 + \tfrac\gamma2\,\mathbb E\lVert\nabla D(G(z))\rVert^2 $$
#
# $G$ minimises the mirror of the first term, $L_G = \mathbb E\,\mathrm{softplus}\big(D(x) - D(G(z))\big)$. This is what R3GAN's code does, while the paper's equation 2 is the zero-sum game, in which $G$ maximises the first term itself.

# %%
relativistic = gan.losses.Loss(
    discriminator=lambda real, fake: softplus(fake - real),
    generator=lambda fake, real: softplus(real - fake))

# %% [markdown]
# The term at real samples is R1, whose effect near the solution chapter 8 derives, and the one at fakes is **R2**. If $D$ is linear both are $\tfrac\gamma2\lVert a\rVert^2$ with the one slope $a$, so that R2 merely doubles $\gamma$. At $p_g = p$ they agree as well, since then both average the same slopes. They can differ only on the way, and only if $D$ is not as steep at the fakes as at the reals. It is at the fakes that $G$ moves along its slope.

# %% tags=["hide-cell", "checks"]
torch.manual_seed(SEED)
a, line = torch.randn(2, 1), torch.randn(2, 500, 2)
linear = lambda x: (x @ a).squeeze(-1) + 0.7
paid = [penalty(3.0)(linear, *line) for penalty in (r1, r2)]
check("a linear critic pays the same for R1 and R2, half of gamma times its squared "
      "slope, wherever the samples are",
      all(torch.allclose(one, 1.5 * a.square().sum()) for one in paid))
curved = lambda x: x.square().sum(-1) / 2
check("D(x) = |x|²/2 pays half of gamma times |x|², for R1 of the reals and for R2 of "
      "the fakes", torch.allclose(r1(3.0)(curved, *line), 3 * curved(line[0]))
      and torch.allclose(r2(3.0)(curved, *line), 3 * curved(line[1])))
logits = torch.randn(2, 500)
check("the recipe's loss does not change, for either player, if D rises by 3.7 "
      "everywhere",
      all(torch.allclose(part(*logits), part(*(logits + 3.7)), atol=1e-5)
          for part in relativistic))
check("the non-saturating loss does, so it is no R3GAN with penalties alone",
      not torch.allclose(gan.losses.non_saturating.discriminator(*logits),
                         gan.losses.non_saturating.discriminator(*(logits + 3.7)),
                         atol=0.1))
check("G's loss takes the real sample of the same pair: exchanged roles, equal losses",
      torch.equal(relativistic.generator(logits[0], logits[1]),
                  relativistic.discriminator(logits[0], logits[1])))

# %% [markdown]
# ### A network without normalisation
#
# The second half of the recipe is the network, a residual one in which nothing is normalised. Each block adds a correction to what it is given. **Fix-up** starts the last layer of every block at zero and scales the others by $L^{-1/(2m-2)}$ for $L$ blocks of $m$ layers. A deep network then begins as a shallow one, and the scale is chosen so that a first step by gradient descent changes $L$ blocks together by no more than one. R3GAN's blocks have three layers, hence its $L^{-1/4}$, and ours have two, hence $L^{-1/2}$.

# %%
def beside(inputs, outputs, runs):
    """R linear layers side by side, drawn so that a leaky ReLU keeps the scale."""
    layer = Linear([nn.Linear(inputs, outputs) for _ in range(runs)])
    nn.init.normal_(layer.weight, std=(2 / 1.04 / inputs) ** 0.5)
    nn.init.zeros_(layer.bias)
    return layer


class Block(nn.Module):
    """x + V f(U f(x)) without normalisation. V starts at 0, so it adds nothing yet."""

    def __init__(self, width, depth, runs):
        super().__init__()
        self.U, self.V = (beside(width, width, runs) for _ in range(2))
        with torch.no_grad():
            self.U.weight *= depth ** -0.5
            self.V.weight.zero_()

    def forward(self, x):                        # (R, B, width)
        return x + self.V(leaky_relu(self.U(leaky_relu(x, 0.2)), 0.2))

# %%
def residual(inputs, outputs, runs, width=64, depth=3):
    """The network of this chapter's players and flows: (R, B, inputs) to outputs."""
    blocks = [Block(width, depth, runs) for _ in range(depth)]
    return nn.Sequential(beside(inputs, width, runs), *blocks, nn.LeakyReLU(0.2),
                         beside(width, outputs, runs))


def residual_pair(features, latent, runs, **sizes):
    """G and D of the recipe, as R runs side by side."""
    G = Generators(residual(latent, features, runs, **sizes), latent, torch.randn, runs)
    return G, nn.Sequential(residual(features, 1, runs, **sizes), nn.Flatten(1))

# %% tags=["hide-cell", "checks"]
torch.manual_seed(SEED)
deep = residual(2, 1, 3, width=32, depth=16)
shallow = nn.Sequential(deep[0], *deep[-2:])
x = torch.randn(3, 400, 2)
check("a residual net of 16 blocks begins as the net without them",
      torch.equal(deep(x), shallow(x)))


def growth(zero, power, depth):
    """How much 2 depth layers of blocks multiply the mean square of what they get."""
    h = first = torch.randn(4, 400, 64)
    for _ in range(depth):
        block = Block(64, depth, 4)
        block.U = beside(64, 64, 4)
        block.V = block.V if zero else beside(64, 64, 4)
        h = h + depth ** power * (block(h) - h)
    return (h.square().mean() / first.square().mean()).item()


grown = {"zero": growth(True, 0, 16), "drawn": growth(False, 0, 16),
         "scaled": growth(False, -0.5, 16)}
check("with the last layers at zero the scale is kept exactly", grown["zero"] == 1)
claim("sixteen blocks with all layers drawn multiply the mean square by more than "
      "1,000, and with each block's correction a quarter as large by less than 10",
      grown["drawn"] > 1_000 and grown["scaled"] < 10, grown)

# %% [markdown]
# For pictures R3GAN adds a fixed filter $[1, 2, 1]/4$ wherever a size is halved or doubled. A constant passes it unchanged, while what alternates from pixel to pixel is removed entirely, so that the checkerboard of [chapter 12](12_dcgan.ipynb) does not come from the change of size.

# %% tags=["hide-cell", "checks"]
filtered = nn.functional.conv1d(
    torch.stack([torch.ones(20), (-1.0) ** torch.arange(20)])[:, None],
    torch.tensor([[[0.25, 0.5, 0.25]]]))
check("[1, 2, 1]/4 keeps a constant and erases what alternates from pixel to pixel",
      torch.equal(filtered[0], torch.ones(1, 18)) and filtered[1].abs().max() == 0)

# %% [markdown]
# ### The network for pictures
#
# Its block has three convolutions, of which the middle one alone looks around, within groups of 16 channels. $G$ starts from learned pictures of 4 × 4, one in each channel, and $z$ says linearly how strong each is. $D$ ends as its mirror.

# %%
def conv(inputs, outputs, size=1, groups=1, gain=1.0):
    """A convolution that multiplies the spread by gain; at 0 its weights are 0."""
    layer = nn.Conv2d(inputs, outputs, size, padding=size // 2, groups=groups)
    nn.init.normal_(layer.weight, std=gain / layer.weight[0].numel() ** 0.5)
    nn.init.zeros_(layer.bias)
    return layer


class ConvBlock(nn.Module):
    """x + W f(V f(U x)), without normalisation. W starts at 0."""

    def __init__(self, width, depth):
        super().__init__()
        gain, wide = (2 / 1.04) ** 0.5 * depth ** -0.25, 2 * width
        self.layers = nn.Sequential(
            conv(width, wide, 1, 1, gain), nn.LeakyReLU(0.2),
            conv(wide, wide, 3, wide // 16, gain), nn.LeakyReLU(0.2),
            conv(wide, width, 1, 1, 0.0))

    def forward(self, x):                        # (B, width, n, n)
        return x + self.layers(x)

# %% tags=["hide-cell", "measure"]
from torch.nn.functional import avg_pool2d, interpolate, pad


class Halved(nn.Module):                         # [1, 2, 1]/4 is [1, 1]/2 twice
    def forward(self, x):
        return avg_pool2d(avg_pool2d(pad(x, (1, 0, 1, 0), "replicate"), 2, 1), 2)


class Doubled(nn.Module):
    def forward(self, x):
        x = pad(interpolate(x, scale_factor=2), (0, 1, 0, 1), "replicate")
        return avg_pool2d(x, 2, 1)


class Basis(nn.Module):
    """A learned picture of 4 x 4 in each channel, as strong as z says."""

    def __init__(self, latent, width):
        super().__init__()
        self.strength = conv(latent, width)
        self.pictures = nn.Parameter(torch.randn(width, 4, 4))

    def forward(self, z):                        # (B, latent)
        return self.strength(z[..., None, None]) * self.pictures

# %% tags=["hide-cell", "measure"]
def picture_pair(latent=64, widths=(48, 32, 16)):
    """R3GAN's networks at 16 x 16, narrow, with one block at each of three sizes."""
    block = lambda width: ConvBlock(width, len(widths))
    first, last = widths[0], widths[-1]
    G, D = [Basis(latent, first), block(first)], [conv(3, last), block(last)]
    for before, after in zip(widths, widths[1:]):
        G += [Doubled(), conv(before, after), block(after)]
    for before, after in zip(widths[::-1], widths[-2::-1]):
        D += [Halved(), conv(before, after), block(after)]
    head = nn.Conv2d(first, first, 4, groups=first, bias=False)
    nn.init.normal_(head.weight, std=1 / 4)
    D += [head, conv(first, 1), nn.Flatten(0)]
    G, D = (nn.Sequential(*net).to(memory_format=torch.channels_last)
            for net in (G + [conv(last, 3)], D))
    return gan.models.Generator(G, latent), D

# %% tags=["hide-cell", "checks"]
torch.manual_seed(SEED)
paint, judge = picture_pair()
z, x = torch.randn(8, 64), torch.randn(8, 3, 16, 16)
bare = [nn.Sequential(*(part for part in net if not isinstance(part, ConvBlock)))
        for net in (paint.net, judge)]
check("both picture networks begin as themselves without blocks",
      torch.equal(bare[0](z), paint(z)) and torch.equal(bare[1](x), judge(x)))
for block in (part for part in [*paint.net, *judge] if isinstance(part, ConvBlock)):
    nn.init.normal_(block.layers[-1].weight, std=0.2)
check("no picture depends on others of its batch, as one alone shows",
      torch.allclose(judge(x)[:1], judge(x[:1]), atol=1e-4)
      and torch.allclose(paint(z)[:1], paint(z[:1]), atol=1e-4))
wide = torch.ones(1, 2, 16, 16)
wide[:, 1] = (-1.0) ** torch.arange(16)
check("halved and doubled, a constant stays to the rims, and stripes of one pixel go",
      torch.equal(Halved()(wide)[0, 0], torch.ones(8, 8))
      and torch.equal(Doubled()(wide)[0, 0], torch.ones(32, 32))
      and Halved()(wide)[0, 1, :, 1:].abs().max() == 0)

# %% [markdown]
# We trained it on drawn faces of 16 × 16 beside [chapter 12](12_dcgan.ipynb)'s DCGAN of about as many weights in all, three quarters of them in $G$ where R3GAN's players share alike, each with two losses and $\gamma = 1$. DCGAN keeps its normalisation in $G$, and each network has a rate of its own. All had 75 CPU seconds, over which the rates fall, and an inspector's features give the distance.

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Five rows of twelve faces, 16 by 16. Painted: clear faces before smooth walls. DCGAN with either loss: varied faces before speckled walls. R3GAN's network with either loss: faces as well, softer, some with smeared eyes, before smoother walls."}}
small = gan.evidence.load("today_faces")["runs"]
CELLS = [f"{net}, {loss}" for net in ("DCGAN", "R3GAN")
         for loss in ("GAN + R1", "pairs + R1 + R2")]
shown = {"painted": gan.data.faces(12, 16, torch.Generator().manual_seed(SEED))[0]}
shown |= {name: small[0]["pictures"][name].float() / 127.5 - 1 for name in CELLS}
figure, axes = plt.subplots(5, 1, figsize=(8.2, 3.4))
for ax, (name, x) in zip(axes, shown.items()):
    plots.show_images(x, columns=12, ax=ax)
    ax.text(-0.02, 0.5, name, transform=ax.transAxes, ha="right", va="center")
plt.show()

# %% tags=["hide-input", "measure"]
def of_faces(name, key="distance", look=-1):
    return torch.tensor([one["found"][name]["looks"][look][key] for one in small],
                        dtype=torch.float64)


weights = {name: sum(small[0]["found"][name]["weights"].values()) for name in CELLS}
print(gan.evidence.cite("today_faces"))
truth = small[0]["found"]["painted"]
Table(["network, loss", "weights", "steps", "distance at ¼", "½", "end", "recall",
       "glasses, %", "hats, %"],
      [[name, f"{weights[name]:,}", pm(of_faces(name, "step"), 0),
        *(pm(of_faces(name, look=k)) for k in range(3)),
        pm(of_faces(name, "recall"), 2), pm(of_faces(name, "glasses"), 0),
        pm(of_faces(name, "hat"))] for name in CELLS]
      + [["painted", "", "", "", "", f"≈ {truth['distance']:.1f}",
          f"≈ {truth['recall']:.2f}", f"≈ {truth['glasses']:.0f}",
          f"≈ {truth['hat']:.1f}"]])

# %% tags=["hide-cell", "checks"]
dcgan, r3 = CELLS[:2], CELLS[2:]
claim("faces: at a quarter, half and all of the seconds each run of R3GAN's network is "
      "at least twice as far from painted faces as each of DCGAN's", all(
          min(of_faces(one, look=k).min() for one in r3)
          > 2 * max(of_faces(one, look=k).max() for one in dcgan) for k in range(3)))
claim("nor is it a matter of steps alone: DCGAN after a quarter of its seconds, and at "
      "most 1.6 times the steps, is nearer than R3GAN's network at its end, on each "
      "seed and with either loss", all(
          (of_faces(one, look=0) < of_faces(two)).all()
          and (of_faces(one, "step", 0) < 1.6 * of_faces(two, "step")).all()
          for one, two in zip(dcgan, r3)))
raw = [look["distance"] for one in small
       for look in one["found"]["untrained"].values()]
claim("each of the twelve is less than a third as far as any untrained generator",
      all(3 * of_faces(name).max() < min(raw) for name in CELLS))

# %% tags=["hide-cell", "checks"]
few = {key: max(of_faces(name, key).max() for name in r3) for key in
       ("recall", "glasses", "hat")}
claim("each of DCGAN's runs has a recall above 0.35 and as many glasses as painted "
      "faces, to 5 points; each of R3GAN's network a recall below 0.05 and fewer "
      "glasses and hats", all(
          of_faces(name, "recall").min() > 0.35
          and (of_faces(name, "glasses") - truth["glasses"]).abs().max() < 5
          for name in dcgan) and few["recall"] < 0.05
      and all(few[key] < truth[key] for key in ("glasses", "hat")))
claim("with R3GAN's network R1 alone ends nearer than pairs, R1 and R2 on each seed, "
      "after over 1.3 times the steps; with DCGAN's the two differ by less than 2",
      (of_faces(r3[0]) < of_faces(r3[1])).all()
      and (of_faces(r3[0], "step") > 1.3 * of_faces(r3[1], "step")).all()
      and (of_faces(dcgan[0]) - of_faces(dcgan[1])).abs().max() < 2)

# %% [markdown]
# The paper's gain does not show here. On each seed R3GAN's network is more than twice as far from the data, and its fakes cover almost none of it by recall, with half as many glasses and fewer hats. Recall is near zero for soft faces, too, so that it does not say whether they vary less. A step costs it about five times DCGAN's, which is not all: after a quarter of its seconds, with at most 1.4 times the steps, DCGAN is nearer than R3GAN's network at its end, with these rates. With that network R1 alone ends nearer than pairs, R1 and R2, after half as many steps again, which may be why, while with DCGAN's the two losses hardly differ.
#
# This is no verdict on the recipe. 75 seconds are some 1,700 to 2,800 steps of 16 pictures, where the paper has at least 20 million pictures and up to 768 channels for our 48, and the network's rate was chosen by short trials on a further seed. After 5 million pictures the paper came from StyleGAN2 (FID 7.52), over one without its tricks (12.46), to 11.65 with the loss and to 9.95 and 7.05 with two steps of the network, so that there the network brings more than the loss.

# %% [markdown]
# ### Twenty-five modes
#
# The grid of 25 tight bells is the classic test of whether modes are lost. A mode is recovered if one of 2,500 fakes lies within three standard deviations of it, which is so easy that points spread evenly over the square reach most modes. *On mode* is the share of fakes that do so, which is hard. [d2l-neu](https://github.com/smolix/d2l-neu) stores one run of the same loss with 25 modes and 9 % on mode after 20,000 steps on a GPU.
#
# | setting | R3GAN's [code](https://github.com/brownvc/R3GAN), CIFAR-10 | ours, grid |
# |---|---|---|
# | Adam's $\beta_1$ and $\beta_2$ | 0; from 0.9 to 0.99 | 0; 0.99 |
# | rates of both players | from 2e-4 to 5e-5 | from 6e-3 to 1.2e-4 |
# | $\gamma$ | from 0.05 to 0.005, on a sum over pixels | 0.1, on the grid at half its size |
# | networks | $z$ of 64 numbers, grouped convolutions | $z$ of 2 numbers, two blocks of width 64 |
# | batch | 512 | 128 |

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Scrubber over twelve moments of a run on the grid of 25 bells. The points are first scattered over the square, then lie along the lines between the bells, and at the end nearly all lie in 25 tight heaps, with single points between neighbours."}}
from gan.figures import Scrubber

grid_run = gan.evidence.load("today_grid")["runs"][0]


def frames():
    for x in grid_run["film"].values():
        figure, ax = plt.subplots(figsize=(3.8, 3.8))
        ax.scatter(*x.T, s=2, color=plots.FAKE["color"])
        ax.set(xlim=(-5, 5), ylim=(-5, 5), aspect="equal")
        yield figure


looks = {float(beta): {look["step"]: look for look in runs_of["looks"]}
         for beta, runs_of in grid_run["beta2"].items()}
seen = [(step, look["average"]) for step, look in looks[0.99].items()]
captions = [f"After {step:,} steps: {found['modes'][0]} modes, "
            f"{found['on mode'][0]:.0f} % on mode" for step, found in seen]
Scrubber.from_figures(frames(), captions, "training", still=0)

# %% tags=["hide-input", "measure"]
evenly = [count_modes(8.3 * (torch.rand(2_500, 2) - 0.5), gan.data.grid())
          for _ in range(10)]

# %% tags=["hide-input", "measure"]
def on_grid(step, key="on mode", who="average", beta=0.99):
    return torch.tensor(looks[beta][step][who][key], dtype=torch.float64)


print(gan.evidence.cite("today_grid"))
Table(["grid of 25", "runs", "modes", "on mode, %"],
      [["points spread evenly", "10",
        pm([one.recovered.item() for one in evenly]),
        pm([100 * one.high_quality.item() for one in evenly], 0)]]
      + [[f"ours, {step:,} steps", "10", pm(on_grid(step, "modes")),
          pm(on_grid(step), 0)]
       for step in (1_000, 4_000, 12_000)]
      + [["ours, 12,000 steps, β₂ = 0.9", "10", pm(on_grid(12_000, "modes", beta=0.9)),
          pm(on_grid(12_000, beta=0.9), 0)]]
      + [["d2l-neu, GAN", "1", "21", "6"], ["d2l-neu, GAN + R1 + R2", "1", "25", "10"],
         ["d2l-neu, pairs + R1 + R2", "1", "25", "9"]])

# %% tags=["hide-cell", "checks"]
claim("stored: from 4,000 of 12,000 steps on each of ten runs has all 25 modes at each "
      "look",
      all(on_grid(step, "modes").min() == 25 for step in looks[0.99] if step >= 4_000))
claim("points spread evenly over the square reach at least 18 modes with less than 4 % "
      "on one", all(one.recovered >= 18 and one.high_quality < 0.04 for one in evenly))
claim("at the end each of the ten has more than 80 % of its fakes on a mode and shares "
      "whose KL from equal ones is below 0.03, and after 1,000 steps none has 5 %",
      (on_grid(12_000).min() > 80 and on_grid(12_000, "kl").max() < 0.03
       and on_grid(1_000).max() < 5).item(), on_grid(12_000))
claim("at the end each run has more on a mode than the run with β₂ = 0.9 that began "
      "with the same weights, by more than 5 points on average",
      (on_grid(12_000) > on_grid(12_000, beta=0.9)).all()
      and (on_grid(12_000) - on_grid(12_000, beta=0.9)).mean() > 5)
claim("half way each averaged generator has more on a mode than the generator itself, "
      "and at the end none by more than 3 points", (
          (on_grid(6_000) > on_grid(6_000, who="G")).all()
          and (on_grid(12_000) - on_grid(12_000, who="G")).max() < 3).item())

# %% [markdown]
# Ours are ten runs side by side, some 23 CPU seconds each, all with 25 modes and with 86 to 96 % of their fakes on one. What keeps the rest off is the threads between modes, since a continuous $G$ has to lead from each mode to the next. They become thinner as long as the run goes on. At a third of the steps all modes are there and on average less than half of the fakes are on one. Whether more steps or the fallen rates mend that, these runs do not say. $\beta_2$ is a part of it. With 0.9 Adam divides by a root mean square over some ten gradients, with 0.99 over some hundred, and from the same first weights each run ends nearer with the longer memory. The moving average matters on the way and no longer at the end, where the rates have fallen and $G$ itself has come to rest.
#
# What the other parts contribute is seen in short runs of 1,600 steps with $\beta_2 = 0.9$, five times for each row. A row leaves out or replaces one part, and two rows leave out two.

# %% tags=["hide-input", "measure"]
rows = gan.evidence.load("today_parts")["runs"][0]["rows"]


def last(row, key="on mode"):
    return torch.tensor(rows[row]["looks"][-1][key], dtype=torch.float64)


print(gan.evidence.cite("today_parts"))
Table(["grid, 1,600 steps", "modes", "on mode, %", "slope² at reals", "at fakes"],
      [[name, *(pm(last(name, key)) for key in ("modes", "on mode")),
        *(pm(last(name, f"slope at {where}")) for where in ("reals", "fakes"))]
       for name in rows])

# %% tags=["hide-cell", "checks"]
whole, thin = "whole recipe", ("without pairs", "without R2", "without pairs and R2")
claim("grid, 1,600 steps: with R1, residual nets and falling rates each run has at "
      "least 24 modes, while none has more than 23 whose rates stay and none more than "
      "22 without R1 and R2",
      min(last(name, "modes").min() for name in (whole, *thin)).item() >= 24
      and last("rates that stay", "modes").max().item() <= 23
      and last("without R1 and R2", "modes").max().item() <= 22)
claim("leaving out pairs, R2 or both changes the mean share on a mode by less than 5 "
      "points", all(abs(last(name).mean() - last(whole).mean()) < 5 for name in thin))
claim("without R1 and R2 each run has more on a mode than each of the whole recipe",
      last("without R1 and R2").min() > last(whole).max())
fewest = min(last(name, "modes").min() for name in (whole, *thin))
claim("of five runs with perceptrons of as many weights four have fewer modes than "
      "each of the 20 with residual nets, a penalty and falling rates, and none has "
      "more than any of these", (last("perceptrons", "modes") < fewest).sum() == 4
      and last("perceptrons", "modes").max() <= fewest)

# %% [markdown]
# At this length three parts matter, and the first is a penalty. Where both penalties are left out, more fakes lie on a mode and fewer modes are reached. Without falling rates there is less of both. With perceptrons of as many weights four of five runs have fewer modes than any of the others with a penalty and falling rates, while their shares on a mode overlap; all rates were chosen with the residual nets. The pairs and R2 may be left out, alone or together, and nothing is lost that five runs would show. What the parts do in the longer run was not measured.
#
# ### A thousand modes
#
# Three digits one on another make numbers from 000 to 999. The paper's test has MNIST's digits and convolutions, and counts which numbers a classifier reads among the fakes. Ours has digits of 8 × 8 and perceptrons, two rates of $D$ and three strengths $\gamma$, five runs each. The same count finds 992 numbers in as many real triples. The table has $\gamma = 1$ and equal rates but where it says otherwise, the KL of the numbers' shares after 800 steps, and the paper's numbers with their KL.

# %% tags=["hide-input", "measure"]
stacked = gan.evidence.load("today_stacked")["runs"][0]
PAPER = {"GAN + R1": "fails", "pairs + R1": "fails", "GAN + R1 + R2": "693 / .927",
         "pairs + R1 + R2": "1000 / .0781"}


def reached(kind, times=1, gamma=1.0, key="modes", when="800"):
    """What was seen of the runs of one row."""
    row, = (row for row in stacked["rows"] if row["kind"] == kind
            and (row["D's rate"], row["gamma"]) == (times, gamma))
    return torch.tensor(row["looks"][when][key], dtype=torch.float64)


kinds = list(dict.fromkeys(row["kind"] for row in stacked["rows"]))
doubled = gan.evidence.load("today_doubled")["runs"][0]["rows"]
for name in ("today_stacked", "today_doubled"):
    print(gan.evidence.cite(name))
Table(["numbers", "400 steps", "800 steps", "KL", "D 5 ×, 400", "the paper"],
      [[kind, pm(reached(kind, when="400"), 0), pm(reached(kind), 0),
        pm(reached(kind, key="kl")), pm(reached(kind, 5, when="400"), 0),
        PAPER.get(kind, "")] for kind in kinds]
      + [[f"{kind}, γ = 2", pm(row["looks"]["400"]["modes"], 0), "", "", "", ""]
         for kind, row in doubled.items()])

# %% tags=["hide-cell", "checks"]
def below(worse, better):
    """Each run of one below each run of another."""
    return (worse.max() < better.min()).item()


claim("real triples, as many as fakes, reach more than 990 numbers",
      min(stacked["real"]["modes"]) > 990)
claim("none of the rows fails: each run of each is finite, and at 1 and 5 times G's "
      "rate it has more than 150 numbers after 800 steps",
      not any(row["failed"] for row in stacked["rows"])
      and all(reached(kind, times).min() > 150 for kind in kinds for times in (1, 5)))
claim("equal rates: with R1 and R2 each run has more numbers after 800 steps than each "
      "without a penalty, with pairs or without",
      below(reached("GAN"), reached("GAN + R1 + R2"))
      and below(reached("pairs"), reached("pairs + R1 + R2")))
claim("equal rates: pairs change the mean by less than 40 numbers after 800 steps, "
      "with R1, with R1 and R2 and without", all(
          abs(reached("GAN" + more).mean() - reached("pairs" + more).mean()) < 40
          for more in ("", " + R1", " + R1 + R2")))
claim("D five times as quick: with R1 alone pairs raise the mean after 400 steps to "
      "more than 1.3 times what it is without, though runs overlap",
      reached("pairs + R1", 5, when="400").mean()
      > 1.3 * reached("GAN + R1", 5, when="400").mean())

# %% tags=["hide-cell", "checks"]
claim("D five times as quick: with pairs each run has more numbers after 400 steps "
      "than each without, with R1 and R2 for gamma 0.1 and 1, and without a penalty",
      all(below(reached("GAN" + more, 5, gamma, when="400"),
                reached("pairs" + more, 5, gamma, when="400"))
          for more, gamma in (("", 1.0), (" + R1 + R2", 1.0), (" + R1 + R2", 0.1))))

# %% tags=["hide-cell", "checks"]
both = [reached(kind + " + R1 + R2", when="400").mean() for kind in ("GAN", "pairs")]
alone = [torch.tensor(row["looks"]["400"]["modes"]).double().mean()
         for row in doubled.values()]
claim("equal rates, 400 steps: R1 alone with a doubled gamma has as many numbers as R1 "
      "and R2, to 50 on the mean of five runs, with pairs and without",
      all(abs(one - two) < 50 for one, two in zip(both, alone)), (both, alone))
steep = {(row["kind"], row["D's rate"]): [sum(row["slopes"]["800"][where]) / 5
                                          for where in ("fakes", "reals")]
         for row in stacked["rows"] if row["kind"].endswith("+ R1")}
claim("with R1 alone D's mean squared slope at fakes is less than 1.5 times that at "
      "reals, at either rate, with pairs and without",
      all(fakes < 1.5 * reals for fakes, reals in steep.values()), steep)

# %% [markdown]
# Nothing fails here, which does not contradict the paper, since our nets and digits are far smaller. Where the recipe helps is a matter of rates. With equal rates R1 and R2 help, and the pairs do nothing that five runs would show. With $D$ five times as quick the pairs cover numbers earlier. After 400 steps they have two to three times as many without a penalty or with R1 and R2, at $\gamma = 0.1$ as at 1. With R1 alone the gain is smaller, and there the runs overlap. At $\gamma = 10$ runs differ too widely to say anything.
#
# R2 does no more here than a larger $\gamma$. With equal rates and after 400 steps, R1 alone with $\gamma = 2$ reaches about as many numbers as R1 and R2 with $\gamma = 1$, at the cost of one penalty. The slopes suggest why, because with R1 alone $D$ is about as steep at the fakes as at the real digits, so that R2 finds little else to charge. The paper's networks, which failed with R1 alone, may need what ours did not.

# %% [markdown]
# ## A flow in forty lines
#
# A diffusion model learns to remove noise step by step. Its simplest form is **flow matching** ([Lipman et al.](https://arxiv.org/abs/2210.02747)). Draw noise $z$ and a real $x$, walk from one to the other on a straight line $x_t = (1-t)\,z + t\,x$, and train a network $v$ to say from $x_t$ and $t$ alone which way the walk goes, $x - z$. This is least squares, hence $v$ becomes the mean direction of all walks through that point. To sample, start at noise and follow $v$ from $t = 0$ to $t = 1$.

# %%
CLOCK = math.pi * torch.arange(1, 9)


def clocked(x, t):
    """x with the time beside it, also as sines and cosines: (R, B, features + 17)."""
    return torch.cat([x, t, (t * CLOCK).sin(), (t * CLOCK).cos()], -1)


def flow_loss(v, x, random):
    """v is asked at a point of the way from noise z to x where that way goes."""
    z = torch.randn(x.shape, generator=random)
    t = torch.rand(*x.shape[:-1], 1, generator=random)
    return (v(clocked(z + t * (x - z), t)) - (x - z)).square().mean(-1)       # (R, B)

# %%
def flowing(v, draw, steps, lr=2e-3, seed=0):
    """Flow matching as an iterator: after each step, how many and the averaged v."""
    random = torch.Generator().manual_seed(seed)
    adam = torch.optim.Adam(v.parameters(), lr, (0.9, 0.99), fused=True)
    average = Average(v, 0.998)
    for step in range(1, steps + 1):
        loss = flow_loss(v, draw(random), random).mean(1).sum()
        adam.zero_grad()
        loss.backward()
        adam.step()
        average.update_parameters(v)
        yield step, average.module

# %%
@torch.no_grad()
def carried(v, z, steps, start=0.0, end=1.0):
    """z taken along v from one time to another, in Euler's steps."""
    dt = (end - start) / steps
    for k in range(steps):
        z = z + dt * v(clocked(z, torch.full_like(z[..., :1], start + k * dt)))
    return z

# %% [markdown]
# No second player appears, the loss falls as training goes on, though never to zero, and for simple data the right $v$ is known.
#
# <details>
# <summary>Derive: the velocity of a bell and of a mixture, and what one step does</summary>
#
# **Proposition.** *For $x \sim \mathcal N(m, s^2 I)$ and $z \sim \mathcal N(0, I)$, independent, the mean direction is*
#
# $$ v^*(x_t, t) = m + \frac{t s^2 - (1 - t)}{(1-t)^2 + t^2 s^2}\,(x_t - t\,m). $$
#
# *For a mixture of such bells it is the mean of theirs, weighted by how probable each bell is at $x_t$. For one bell, the path along $v^*$ from $z$ is $x_t = t\,m + \sqrt{(1-t)^2 + t^2 s^2}\;z$, which ends at $m + s z$. For any data, one Euler step of $v^*$ from $t = 0$ takes every noise to the data's mean.*
#
# **Proof.** $x - z$ and $x_t$ are jointly normal, with means $m$ and $t\,m$, with covariance $t s^2 - (1-t)$ and with variance $(1-t)^2 + t^2 s^2$ of $x_t$, in each coordinate. The regression of one on the other is the formula. The path is found by putting it in, since its derivative is $m + \frac{t s^2 - (1-t)}{\sqrt{(1-t)^2 + t^2 s^2}}\,z$. In a mixture, condition on the bell first. At $t = 0$, $x_0 = z$ says nothing of $x$, so $v^*(z, 0) = \mathbb E[x] - z$, and $z + v^*(z, 0) = \mathbb E[x]$. ∎
#
# </details>

# %% tags=["hide-cell", "measure"]
def true_velocity(x, t, law):
    """The mean direction for a mixture of bells, (R, B, 2)."""
    width = (1 - t) ** 2 + (t * law.std) ** 2                              # (R, B, 1)
    modes = law.modes.to(x)
    away = x[..., None, :] - t[..., None] * modes                       # (R, B, K, 2)
    share = (law.weights.to(x).log() - away.square().sum(-1) / 2 / width).softmax(-1)
    slope = (t * law.std ** 2 - (1 - t)) / width
    return (share[..., None] * (modes + slope[..., None] * away)).sum(-2)


def known(law):
    """The same, asked as a network is."""
    return lambda c: true_velocity(c[..., :2], c[..., 2:3], law)


ring, FLOW = gan.data.ring(std=0.05), {"width": 64, "depth": 2}
bell = gan.data.GaussianMixture([[1.0, -0.5]], 0.4)
torch.manual_seed(SEED)
learned = residual(2 + 17, 2, 1)
for _ in flowing(learned, lambda r: bell.sample((1, 256), r), 400):
    pass

# %% tags=["hide-cell", "checks"]
z = torch.randn(1, 2_000, 2, generator=torch.Generator().manual_seed(SEED))
ends = carried(known(bell), z, 400)
check("followed in 400 steps, the formula takes z to m + s z, to 1 %",
      (ends - (bell.modes + 0.4 * z)).abs().max() < 0.01 * ends.abs().max())
check("one step of the true flow of the ring takes every z to the data's mean, 0",
      carried(known(ring), z, 1).abs().max() < 1e-5)
point, t = torch.tensor([[[0.3, 0.2]]]), torch.tensor([[[0.6]]])
x = ring.sample((1, 400_000))
noise = (point - t * x) / (1 - t)
weight = (-noise.square().sum(-1, keepdim=True) / 2).softmax(1)
check("the mixture's formula is the mean of x - z over walks through a point",
      torch.allclose((weight * (x - noise)).sum(1), true_velocity(point, t, ring)[0],
                     atol=0.02))
t = torch.rand(1, 2_000, 1)
x = (1 - t) * z + t * bell.sample((1, 2_000))
error, size = ((learned(clocked(x, t)) - true_velocity(x, t, bell)).square().mean(),
               true_velocity(x, t, bell).square().mean())
claim("after 400 steps the network's velocity for one bell is off by less than 5 % of "
      "its mean square", error / size < 0.05, error / size)

# %% [markdown]
# ## The two on one ring
#
# Both now learn the ring of eight, with the same body of network. A step of the GAN costs several times that of the flow, because it passes through two networks and through R1's second derivative.

# %% tags=["hide-input", "measure"]
torch.manual_seed(SEED)
LIVE = {"flow": 2_000, "GAN": 1_000}
v = residual(2 + 17, 2, 1, **FLOW)
live_G, live_D = residual_pair(2, 2, 1, **FLOW)
film, z = {"flow": {}, "GAN": {}}, torch.randn(1, 1_000, 2)
draw = lambda random: ring.sample((1, 128), random)
for step, average in flowing(v, draw, LIVE["flow"], seed=SEED):
    if step % 250 == 0:
        film["flow"][step] = carried(average, z, 32)[0]
run = gan.train(live_G, live_D, ring, steps=LIVE["GAN"], batch=128, lr=1e-3, seed=SEED,
                betas=(0.0, 0.99), penalties=(r1(0.1),), ema=0.995, device="cpu")
for step in run:
    if step.index % 125 == 0:
        film["GAN"][step.index] = run.G_ema(z).detach()[0]
# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Scrubber over training of a flow, left, and a GAN, right, on a ring of eight clusters. The flow begins as a wide cloud and the GAN as one bent smear. At the end both have eight clusters on the ring, with points between neighbours."}}
def pictures():
    """The flow after 32 steps in time, and the GAN, of the same noise."""
    for moments in zip(film["flow"].items(), film["GAN"].items()):
        figure, axes = plt.subplots(1, 2, figsize=(6.4, 3.2))
        for ax, name, (step, x) in zip(axes, film, moments):
            ax.scatter(*x.T, s=2, color=plots.FAKE["color"])
            ax.set(title=f"{name}, step {step}", xlim=(-1.5, 1.5), ylim=(-1.5, 1.5),
                   aspect="equal")
        yield figure


captions = [f"The flow after {250 * k} steps, the GAN after {125 * k}"
            for k in range(1, 9)]
Scrubber.from_figures(pictures(), captions, "training", still=0)

# %% [markdown]
# One such run says little, which is why the stored race gives a flow, a GAN with R1 and R3GAN the same CPU seconds, five runs each, in turns within one process, on this ring and on the digits. Their networks have one body and nearly equal sizes, though a GAN trains two of them. **Distance** is Fréchet's in the features of a classifier, **recall** the share of real digits within the fakes' manifold, a measure of variety. Both are taken on the digits that all three were trained on, so that copying would not be punished.

# %% tags=["hide-input", "measure"]
beds = race["beds"]
ends = {bed: {kind: [look for look in looks if "part" in look]
              for kind, looks in beds[bed]["looks"].items()} for bed in beds}


def at(bed, kind, key, part=-1):
    return torch.tensor(ends[bed][kind][part][key], dtype=torch.float64)


def row(kind):
    ring_end, digits_end = (ends[bed][kind][-1] for bed in ("ring", "digits"))
    work = {name: one["GFLOP a step"] for name, one in beds["digits"]["work"].items()}
    return [kind, f"≈ {ring_end['step']:,}", pm(at("ring", kind, "on mode")),
            f"≈ {digits_end['step']:,}", pm(at("digits", kind, "distance")),
            pm(at("digits", kind, "recall"), 2), f"{work[kind] / work['flow']:.1f}"]


Table(["equal seconds", "steps, ring", "on mode, %", "steps, digits", "distance",
       "recall", "work a step"], [row(kind) for kind in ends["ring"]])

# %% tags=["hide-cell", "checks"]
MARGIN = {"flow": 12, "GAN": 20}
now = {"flow": count_modes(carried(average, torch.randn(1, 2_500, 2), 32), ring),
       "GAN": count_modes(run.G_ema.sample(2_500), ring)}
for kind in now:
    before, = (look for look in beds["ring"]["looks"][kind] if "live" in look)
    stored, share = before["on mode"], 100 * now[kind].high_quality.item()
    claim(f"{kind}, after {LIVE[kind]:,} steps: this run's share on mode lies within "
          f"{MARGIN[kind]} points of the five stored ones",
          min(stored) - MARGIN[kind] < share < max(stored) + MARGIN[kind],
          (share, stored))

# %% tags=["hide-cell", "checks"]
def ahead(better, worse):
    """Each run of one before each run of another."""
    return (better.min() > worse.max()).item()


claim("ring: after half of the seconds and after all, each flow has more of its fakes "
      "on a mode than each GAN and each R3GAN",
      all(ahead(at("ring", "flow", "on mode", part), at("ring", kind, "on mode", part))
          for part in (-2, -1) for kind in ("GAN", "R3GAN")))
claim("digits: after half of the seconds each flow is nearer to the data than each "
      "GAN, and after all of them each GAN is nearer than each flow",
      ahead(-at("digits", "flow", "distance", -2), -at("digits", "GAN", "distance", -2))
      and ahead(-at("digits", "GAN", "distance"), -at("digits", "flow", "distance")))
claim("digits: at the end each flow has a recall above 0.9, and no GAN or R3GAN comes "
      "up to any of them", at("digits", "flow", "recall").min() > 0.9
      and all(ahead(at("digits", "flow", "recall"), at("digits", kind, "recall"))
              for kind in ("GAN", "R3GAN")))
claim("at equal seconds each R3GAN is farther from the digits than each GAN with R1, "
      "which has done at least a quarter more steps",
      ahead(at("digits", "R3GAN", "distance"), at("digits", "GAN", "distance"))
      and ends["digits"]["GAN"][-1]["step"]
      > 1.25 * ends["digits"]["R3GAN"][-1]["step"])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Three rows of sixteen digits, 8 by 8. Flow in 32 steps and GAN: legible digits of all kinds, some of them doubtful. Flow in one step: sixteen nearly equal smudges."}}
def in_rows(kinds):
    """Sixteen stored digits of each kind, one row for each."""
    figure, axes = plt.subplots(len(kinds), 1, figsize=(7.6, 0.62 * len(kinds)))
    for ax, (kind, label) in zip(axes, kinds.items()):
        digits = race["digits pictures"][kind][:16].view(-1, 1, 8, 8)
        plots.show_images(digits, columns=16, ax=ax)
        ax.text(-0.02, 0.5, label, transform=ax.transAxes, ha="right", va="center")


in_rows({"flow": "flow, 32 steps", "flow, one step": "flow, one step", "GAN": "GAN"})
plt.show()

# %% [markdown]
# Neither is simply better. On the ring the flow leads at every look, with four times as many steps in the same seconds. On the digits it leads at half time and loses the lead later. At the end the GANs with R1 are nearer in distance, and still every flow reaches more of the data. R3GAN, whose second penalty costs further passes through $D$, has no advantage here for its price. It had the same $\gamma$ as R1 alone and hence a larger penalty in all, and no other was tried.
#
# Equal seconds favour what the code does quickly, so the table counts the work as well. On the digits a step of the GAN does as much in matrix products as five steps of the flow, and R3GAN's as much as seven, which tells much the same. All rates were chosen by a few trials.
#
# ### What a step in time costs
#
# The flow asks its network once for each step in time, and their number may be chosen after training.

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Two panels against the number of network evaluations per sample on a logarithmic axis, 1 to 64. Left, ring: share on mode of the flow rises from near 0 at 1 evaluation to a plateau from 16 on; the GAN is one point at 1. Right, digits: the flow's distance falls steeply to 16 evaluations; the GAN is a low point at 1."}}
figure, axes = plt.subplots(1, 2, figsize=(7.6, 2.9))
for ax, bed, key in zip(axes, beds, ("on mode", "distance")):
    found = beds[bed]["steps in time"]
    by_count = {int(name.split()[1]): torch.tensor(one[key])
                for name, one in found.items() if name.startswith("flow")}
    plots.band(ax, list(by_count), torch.stack(list(by_count.values())).T,
               label="flow", **plots.JUDGE)
    ax.scatter([1] * runs, found["GAN 1"][key], color=plots.FAKE["color"], label="GAN",
               zorder=3)
    ax.set(xscale="log", xlabel="network evaluations a sample",
           title=f"{bed}: {key}", xticks=list(by_count), xticklabels=list(by_count))
    ax.minorticks_off()
axes[0].legend()
plt.show()

# %% tags=["hide-cell", "checks"]
by_ring, by_digits = (beds[bed]["steps in time"] for bed in beds)
claim("ring: in one step each flow has less than 1 % of its fakes on a mode, in 16 "
      "more than nine tenths as many as in 64",
      max(by_ring["flow 1"]["on mode"]) < 1 and min(by_ring["flow 16"]["on mode"])
      > 0.9 * max(by_ring["flow 64"]["on mode"]), by_ring)
claim("digits: in one step each flow is more than 20 times as far from the data as in "
      "64, with a recall below 0.1; each GAN is nearer than each flow in 64",
      min(by_digits["flow 1"]["distance"]) > 20 * max(by_digits["flow 64"]["distance"])
      and max(by_digits["flow 1"]["recall"]) < 0.1
      and max(by_digits["GAN 1"]["distance"]) < min(by_digits["flow 64"]["distance"]))
claim("stored: a GAN makes more than ten times as many digits a second as a flow in 16 "
      "steps", by_digits["GAN 1"]["a second"] > 10 * by_digits["flow 16"]["a second"])

# %% [markdown]
# One step fails for a reason that no training by this loss removes. By the proposition above the best velocity at $t = 0$ points from every noise to the mean of the data, so a single step paints the mean, which on the ring is the empty middle.
#
# ### What only the flow can say
#
# The flow is an invertible map, and therefore it has a density. Along a path the logarithm of the density changes by minus the divergence of the velocity, the **instantaneous change of variables** of [Chen et al.](https://arxiv.org/abs/1806.07366), so that
#
# $$ \log q(x) = \log \mathcal N(z; 0, I) - \int_0^1 \nabla\!\cdot v(x_t, t)\,dt, $$
#
# where the path runs back from $x$ to its noise $z$. In two dimensions the exact divergence takes two derivatives of the network, and in 64 it takes 64.

# %%
def divergence(v, x, t):
    """v and the trace of its slope, by one derivative for each coordinate."""
    x = x.detach().requires_grad_()
    moves = v(clocked(x, t))
    parts = [torch.autograd.grad(moves[..., i].sum(), x, retain_graph=True)[0][..., i]
             for i in range(x.shape[-1])]
    return moves.detach(), sum(parts)


def log_density(v, x, steps=64):
    """Of x: back to noise by midpoint steps, with the divergence summed on the way."""
    dt, gathered = 1 / steps, 0.0
    for k in range(steps, 0, -1):
        t = torch.full_like(x[..., :1], k * dt)
        middle = x - dt / 2 * v(clocked(x, t)).detach()
        moves, spreading = divergence(v, middle, t - dt / 2)
        x, gathered = x - dt * moves, gathered + dt * spreading
    noise = torch.distributions.Normal(0.0, 1.0).log_prob(x).sum(-1)
    return noise - gathered

# %% tags=["hide-cell", "checks"]
flows = restored(residual(2 + 17, 2, runs, **FLOW), race["flow"])
x = ring.sample((runs, 400))
for name, law, steps, error in (("one bell", bell, 64, 1e-3),
                                ("the ring", ring, 128, 0.2)):
    points = law.sample((1, 400))
    told = log_density(known(law), points, steps)
    check(f"with the true velocity the integral is the log density of {name}",
          (told - law.log_prob(points)).abs().max() < error)
short = ring.log_prob(x) - log_density(flows, x)
kl = short.mean(1)
there = carried(flows, carried(flows, x, 200, 1.0, 0.0), 200)
claim("each stored flow is short of the ring's own log density, by 0.02 to 1 nats on "
      "average", 0.02 < kl.min() and kl.max() < 1, kl)
claim("back to noise and forth again, the median point returns to within a tenth of "
      "a mode's width", (there - x).norm(dim=-1).median() < 0.1 * ring.std)

# %% tags=["hide-input", "measure"]
back = (there - x).norm(dim=-1).median().item()
speeds = {name: beds["digits"]["steps in time"][name]["a second"]
          for name in ("GAN 1", "flow 16")}
Table(["what is asked", "GAN", "flow"], [
    ["network evaluations a sample", "1", "16 to 64"],
    ["digits a second, one thread", f"≈ {speeds['GAN 1']:,}",
     f"≈ {speeds['flow 16']:,} in 16 steps"],
    ["density of a point", "none", f"{pm(kl, 2)} nats short on average"],
    ["the noise of a given point", "none",
     f"back and forth to ≈ {back:.4f}"],
    ["a loss that says how good it is", "no", "up to a constant"],
    ["networks to train", "2", "1"]])

# %% [markdown]
# A GAN whose noise has fewer numbers than the data has no density to ask for, since its fakes lie on a sheet ([chapter 1](01_generative_and_discriminative.ipynb)). Where it has as many, as on our ring, there may be a density, but to tell it one would have to find every noise that leads to the point. To find the noise of a given picture one has to search. The flow's figure in the table is a mean over points of the ring, namely the KL from the ring to the flow. The flow in turn needs several evaluations for each sample, and as many noise numbers as there are pixels.
#
# ## Both together
#
# A trained flow teaches by pairs of a noise and the point to which 32 steps take it, and a **student** shall go there in one. It can be taught by squared error on such pairs, by a discriminator that compares its fakes with data, or by the sum of both. The second never sees the teacher and is a plain GAN whose noise has as many numbers as the data. Each has 1,000 steps, and longer training was not tried.

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Four panels of points on the ring. Teacher, 32 steps: eight clusters with few points between. Squared error: eight clusters joined by arcs of points. Adversarial: eight tighter clusters joined by thin threads. Both: much like squared error, somewhat tighter."}}
figure, axes = plt.subplots(1, 4, figsize=(9.2, 2.5))
for ax, kind in zip(axes, ("teacher", "squared error", "adversarial", "both")):
    ax.scatter(*dots[kind].T, s=2, color=plots.FAKE["color"])
    ax.set(title=kind, xlim=(-1.5, 1.5), ylim=(-1.5, 1.5), aspect="equal")
plt.show()

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Four rows of sixteen digits, 8 by 8. Teacher in 32 steps: mostly legible digits. Squared error: the same digits, washed out and some merged. Adversarial: other digits, some sharp and legible, some grey and doubtful. Both: the teacher's digits again, washed out."}}
in_rows({"teacher": "teacher", "squared error": "squared error",
         "adversarial": "adversarial", "both": "both"})
plt.show()

# %% tags=["hide-input", "measure"]
students = {bed: beds[bed]["students"] for bed in beds}
ADD = {"squared error": "315.6 (distillation)", "adversarial": "20.8", "both": "20.6"}


def student(kind, bed, key):
    return torch.tensor(students[bed][kind][key], dtype=torch.float64)


Table(["taught by", "ring: on mode, %", "from the teacher", "digits: distance",
       "sure, %", "ADD: FID"],
      [[kind, pm(student(kind, "ring", "on mode")),
        pm(student(kind, "ring", "from the teacher"), 2) if kind in ADD else "0",
        pm(student(kind, "digits", "distance")), pm(student(kind, "digits", "sure"), 0),
        ADD.get(kind, "")] for kind in students["ring"]])

# %% tags=["hide-cell", "checks"]
KEYS = (("ring", "on mode"), ("ring", "from the teacher"), ("digits", "distance"))
score = {kind: {key: student(kind, bed, key) for bed, key in KEYS
                if key in students[bed][kind]} for kind in students["ring"]}
claim("ring: each student of squared error has at least 15 points less on a mode than "
      "each teacher", score["teacher"]["on mode"].min()
      > score["squared error"]["on mode"].max() + 15)
claim("ring: each adversarial student is at least ten times as far from where its "
      "teacher goes as any student of squared error",
      score["adversarial"]["from the teacher"].min()
      > 10 * score["squared error"]["from the teacher"].max())
claim("digits: each adversarial student is less than six tenths as far from the data "
      "as each of squared error", score["adversarial"]["distance"].max()
      < 0.6 * score["squared error"]["distance"].min())
claim("ring: with both losses each student is on a mode more often than each of "
      "squared error and no farther from its teacher",
      ahead(score["both"]["on mode"], score["squared error"]["on mode"])
      and score["both"]["from the teacher"].max()
      <= score["squared error"]["from the teacher"].min() + 0.01, score)

# %% [markdown]
# The teacher's map is all but torn, since two noises side by side may end in different modes. A student is smoother and puts a bridge of points between. Squared error does not charge for the bridge as such, but for the distance of each point from its goal, whether or not the point could be real. On the digits its student is on average more than twice as far from the data as the adversarial one. The adversarial student is not told where the teacher would go; its fakes are nearer to the digits, though on the ring it varies from run to run and is no better on average. With both losses the map is kept and, on the ring, some of the blur is removed.
#
# ADD's table has the same order for single losses, although its student starts from the weights of a trained diffusion model, so that even its adversarial row is no GAN from nothing as ours is. There the sum is as good as the adversarial loss alone. Ours, with weight 1 on squared errors that are summed over 64 pixels, follows the squared error on the digits, and is far behind the race's GAN, which had more steps. We did not turn this weight.
#
# ## Where adversarial losses live now
#
# | place | what the loss does there | published |
# |---|---|---|
# | images in one step | a GAN alone, by R3GAN's recipe | FID 1.96 on CIFAR-10, where the diffusion model [DDPM](https://arxiv.org/abs/2006.11239) had 3.17 and a later one the 1.79 of the fourth row; 2.75 on faces of 256 × 256, where StyleGAN2 had 3.78 ([R3GAN](https://arxiv.org/abs/2501.05441)) |
# | distillation | makes a many-step teacher quick | FID 20.8 with the adversarial loss alone, 315.6 with distillation alone, 20.6 with both ([ADD](https://arxiv.org/abs/2311.17042), table 1d) |
# | distillation | judges fakes beside real pictures, added together with other changes | FID 2.62 without it (DMD) to 1.28 with all changes, on ImageNet 64 × 64 in one step ([DMD2](https://arxiv.org/abs/2405.14867)) |
# | fine-tuning of diffusion models | the model's own likelihood ratio is the discriminator | FID 1.79 to 1.30 on CIFAR-10 ([DDO](https://arxiv.org/abs/2503.01103)) |
# | tokenisers | sharpens what an autoencoder gives back | reconstruction FID 1.6 to 0.50, but generation only 5.5 to 4.9 ([ViTok](https://arxiv.org/abs/2501.09755)) |
# | vocoders | judges the sound that is made from a spectrum in one pass, beside losses on the sound's spectrum and on $D$'s features | 167.9 times as quick as real time on one V100; a small one 13.4 times on a CPU, with quality comparable to an autoregressive model's ([HiFi-GAN](https://arxiv.org/abs/2010.05646), 2020) |
#
# In most of these places another loss says *what* is to be painted, and the adversarial one says that it has to look real.
#
# FID is read off one network's features and depends on the data and the number of pictures, which is why these figures compare at most within a row.
#
# ## In your own run
#
# | you see, or want | then |
# |---|---|
# | modes are lost | a penalty first, then rates that fall; pairs where $D$ is far ahead |
# | a value for $\gamma$ | no number carries over from other data or another size, since the penalty sums over pixels and depends on $D$; try two orders of magnitude |
# | samples at once | a GAN; by the published figures also a flow's student with an adversarial loss, though ours on the digits is no proof of it |
# | all of the data, and training without surprises | a flow, with 16 steps or more |
# | a density, or the noise of a given picture | a flow |

# %% [markdown]
# ## Exercises
#
# **1. Two roads (five minutes, paper).** On a line, let the data be $\mathcal N(3, 0.5^2)$ and let the flow have the true velocity of the proposition above. Where does a single Euler step take the noise $z = 2$, and where do very many small ones?

# %%
def check_exercise_1(one_step, many_steps):
    check("your two places are right", abs(one_step - 3) < 1e-6
          and abs(many_steps - 4) < 1e-6, (one_step, many_steps))


# check_exercise_1(your place after one step, your place after many)

# %% tags=["hide-cell", "solution"]
# One step: the data's mean. Many: m + s z = 3 + 0.5 · 2, two deviations above the mean.
check_exercise_1(3, 4)
# exchanged; one step taken for z + m; s² for s; the mean both times
for wrong in ((4, 3), (5, 4), (3, 3.5), (3, 3)):
    try:
        check_exercise_1(*wrong)
    except AssertionError:
        print(f"{wrong} is refused")

# %% [markdown]
# **2. What a straight critic pays (five minutes, paper).** For $D(x) = 2x_1 - x_2 + 5$ and $\gamma = 0.5$, how much do R1 and R2 cost together, and how much if all of $D$ is doubled?

# %%
def check_exercise_2(cost, doubled):
    check("your two costs are right",
          abs(cost - 2.5) < 1e-6 and abs(doubled - 10) < 1e-6, (cost, doubled))


# check_exercise_2(your cost, your cost of the doubled D)

# %% tags=["hide-cell", "solution"]
# |a|² = 4 + 1, half of gamma times it is 1.25, for R1 and again for R2. Doubling D
# doubles the slope, and its square is four times as large.
check_exercise_2(2.5, 10)
# R1 alone; without the half; doubled once; the offset counted
for wrong in ((1.25, 5), (5, 20), (2.5, 5), (15, 60)):
    try:
        check_exercise_2(*wrong)
    except AssertionError:
        print(f"{wrong} is refused")

# %% [markdown]
# **3. Half the size (your own code, fifteen minutes).** Write `halved(x)` as R3GAN's $D$ does it: filter pictures (B, C, 2n, 2n) with $[1,2,1]/4$ in both directions, going round at the rims, and keep every second pixel from the first on. What does plain striding make of a checkerboard, and what does yours?

# %%
def check_exercise_3(halved):
    one = torch.ones(2, 3, 8, 8)
    sign = (-1.0) ** torch.arange(8)
    spot = torch.zeros(1, 1, 8, 8)
    spot[..., 3, 3] = 1
    small = [halved(x) for x in (one, one * sign * sign[:, None], spot)]
    good = small[0].shape == (2, 3, 4, 4) and torch.allclose(small[0], one[..., :4, :4])
    check("your filter is right: a constant stays, a checkerboard goes, and a spot "
          "between four pixels is shared by them", good and small[1].abs().max() < 1e-6
          and torch.allclose(small[2][0, 0, 1:3, 1:3], torch.full((2, 2), 1 / 16)))


# check_exercise_3(halved)

# %% tags=["hide-cell", "solution"]
def halved(x):
    for axis in (-1, -2):
        x = (x.roll(1, axis) + 2 * x + x.roll(-1, axis)) / 4
    return x[..., ::2, ::2]


check_exercise_3(halved)
# striding alone, which makes the checkerboard a constant; means of four; no halving
for wrong in (lambda x: x[..., ::2, ::2], lambda x: nn.functional.avg_pool2d(x, 2),
              lambda x: x):
    try:
        check_exercise_3(wrong)
    except AssertionError:
        print("this one is refused")

# %% [markdown]
# **4. A better step (your own code, half an hour).** Heun's method goes a full Euler step, asks $v$ again at its end and takes the mean of both directions. Each step then costs two evaluations. Is it better than Euler for the stored flows at 8 evaluations in all?

# %% tags=["hide-cell", "solution"]
@torch.no_grad()
def heun(v, z, steps):
    for k in range(steps):
        t = torch.full_like(z[..., :1], k / steps)
        first = v(clocked(z, t))
        second = v(clocked(z + first / steps, t + 1 / steps))
        z = z + (first + second) / (2 * steps)
    return z


# Not at 8 evaluations, where Heun has four steps only; by 64 it has caught up, try it.
z = torch.randn(runs, 2_500, 2)
for name, x in (("Euler", carried(flows, z, 8)), ("Heun", heun(flows, z, 4))):
    print(f"{name}: {pm(100 * count_modes(x, ring).high_quality)} % on mode")

# %% [markdown]
# **5. Two parts at a time (an afternoon).** The pairs and R2 could go alone and together. Choose another two, such as the pairs and the falling rates, add their row to `ROWS` in `book/evidence/today_parts.py` and run `make evidence NAME=today_parts`. Is the loss of both as large as the two losses together?
#
# ## Summary
#
# - R3GAN's loss prices pairs and charges $D$ for its slope at reals and at fakes. Its networks have no normalisation, and Fix-up lets each of their blocks begin by adding nothing. In 75 CPU seconds, and with 48 channels at most, its network for pictures stays far behind DCGAN's.
# - On the grid of 25, ten of ten runs end with every mode and more than 80 % of the fakes on one, given 12,000 steps and $\beta_2 = 0.99$. In runs of 1,600 steps fewer modes are reached without a penalty or falling rates, and in four of five with perceptrons; leaving out pairs and R2 makes no difference there that five runs show.
# - On stacked digits R1 and R2 help at equal rates, where R2 did no more than a doubled $\gamma$, and the pairs do not. With $D$ five times as quick the pairs cover earlier.
# - Flow matching is least squares on straight ways. Its best velocity is known for mixtures of bells, and by its divergence the flow tells a density, which a GAN does not.
# - At equal seconds the flow wins the ring, the GAN wins the digits in distance and the flow in recall. The GAN needs one evaluation, and the flow some 16, since one step along the best velocity paints the mean.
# - A student of squared error blurs between modes and keeps the teacher's map; an adversarial one makes better digits and has a map of its own. This is where adversarial losses live now.
#
# > **Often misread.** "A recipe with R1, R2 and the non-saturating loss is R3GAN." Its loss has to be of pairs, which is easily tested: nothing may change if $D$ rises everywhere by the same number.
#
# > **Often misread.** "ADD's student is good because it is distilled." In ADD's own table distillation alone fails, and the adversarial loss alone is nearly as good as both. Nor does quickness need a GAN: DMD's 2.62 in one step was reached without one.
#
# > **Often misread.** "R3GAN's $\gamma$ is a number to copy." Its code starts at 0.05 for CIFAR-10 and at 150 for faces of 256 × 256. The penalty sums over pixels, but these are not all, since ImageNet at CIFAR-10's 32 × 32 starts at 0.5.
#
# **Further reading.** Huang et al., [R3GAN](https://arxiv.org/abs/2501.05441) (2024), with its [code](https://github.com/brownvc/R3GAN). Lipman et al., [Flow matching](https://arxiv.org/abs/2210.02747) (2023). Sauer et al., [Adversarial diffusion distillation](https://arxiv.org/abs/2311.17042) (2024). Yin et al., [DMD2](https://arxiv.org/abs/2405.14867) (2024). Hansen-Estruch et al., [ViTok](https://arxiv.org/abs/2501.09755) (2025), for what adversarial losses do to tokenisers.
#
# Next: [chapter 19](19_many_gpus.ipynb) trains one pair on several processes.
