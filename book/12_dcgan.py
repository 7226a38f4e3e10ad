# %% [markdown]
# # 12 · DCGAN
#
# **Which of DCGAN's rules make a generator paint faces, and which are habit?** Perceptrons can learn a ring of points, but pictures need an architecture. This chapter replaces them by convolutions, takes the published guidelines away one by one, and then measures what a trained pair knows about faces.
#
# - **You need** [chapter 4](04_training_loop.ipynb) (the loop, Adam, batch norm, averages of $G$) and R1 from [chapter 8](08_convergence.ipynb).
# - **Afterwards you can** build such a pair for any size, say where a checkerboard comes from, choose settings by measurement, and test arithmetic with $z$ instead of admiring it.
# - **Measured run time:** about 50 s on 2 CPU cores.
#
# > **Predict first.** One row below was painted by a program, and the other three by generators that were trained on such paintings. Which row has no convolution in it?

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
from concurrent.futures import ThreadPoolExecutor

from torch import nn

from gan.metrics import Inspector, frechet_distance, precision_recall
from gan.models import dcgan_pair, normal_start
from gan.penalties import lazy, r1

stored = gan.evidence.load("dcgan_faces")
runs = stored["runs"]


def restored(net, weights):
    """A network with stored weights, ready to be asked."""
    net.load_state_dict(weights)
    return net.eval().requires_grad_(False).to(device)


def seeded(seed):
    return torch.Generator(device).manual_seed(1_000 * SEED + seed)

# %% tags=["hide-cell", "measure"]
inspector = restored(Inspector(32), runs[0]["inspector"])
with_r1 = [restored(dcgan_pair(32, norm="G")[0], run["G"]) for run in runs]
without_r1 = [restored(dcgan_pair(32, norm="G")[0], run["G without R1"])
              for run in runs]
judges = [restored(dcgan_pair(32, norm="G")[1], run["D"]) for run in runs]
painted, factors = gan.data.faces(4_000, 32, torch.Generator().manual_seed(101))
painted = painted.to(device)
seen_in_painted = inspector.features(painted)


def from_bytes(pictures):
    return pictures.float() / 127.5 - 1

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Four rows of ten faces, 32 by 32 pixels. A: soft faces with clear eyes, hair and glasses. B: blurred, grainy faces like wet paint. C: crisp painted faces. D: faces with patchy skin, crooked eyes and frayed outlines."}}
rows = {"A": with_r1[0].sample(10, seeded(1)).cpu(),
        "B": from_bytes(runs[0]["pictures"]["perceptrons"][:10]),
        "C": painted[:10].cpu(),
        "D": from_bytes(runs[0]["pictures"]["published"][:10])}
figure, axes = plt.subplots(4, 1, figsize=(7.6, 3.4))
for ax, (letter, images) in zip(axes, rows.items()):
    plots.show_images(images, columns=10, ax=ax)
    ax.text(-0.02, 0.5, letter, transform=ax.transAxes, ha="right", va="center")
plt.show()
print(gan.evidence.cite("dcgan_faces"))

# %% tags=["hide-cell", "checks"]
history = [{name: run["looks"][name][when]["distance"] for name, when in
            (("perceptrons", "end"), ("published", "end"), ("with R1", "early"))}
           for run in runs]
claim("stored, each seed: after 2,500 steps of 32 faces DCGAN is less than half as "
      "far from the data as perceptrons, and the stabler net is nearer than that after "
      "3,600 steps of 16",
      all(one["perceptrons"] / 2 > one["published"] > one["with R1"]
          for one in history), history)

# %% [markdown]
# Row B has none, since it comes from two multilayer perceptrons as in 2014. Row D is by the networks and settings of DCGAN, and row A by a stabler net of the same kind that this chapter arrives at, which took more and smaller steps. Row C is the data, [faces that are drawn](faces.md) from nineteen known factors, so that what a generator has learned of them can be counted.
#
# Faces are also how the field tells its own story, in which five papers of five years stand side by side.
#
# | year | paper | what it brought | in this book |
# |---|---|---|---|
# | 2014 | [GAN](https://arxiv.org/abs/1406.2661) | two players, perceptrons for faces | row B |
# | 2015 | [DCGAN](https://arxiv.org/abs/1511.06434) | convolutions, batch norm, Adam's settings | row D |
# | 2016 | [CoGAN](https://arxiv.org/abs/1606.07536) | pairs of pictures by sharing layers | chapter 14 |
# | 2017 | [progressive growing](https://arxiv.org/abs/1710.10196) | growth from 4 × 4 to 1024 × 1024 | chapter 15 |
# | 2018 | [StyleGAN](https://arxiv.org/abs/1812.04948) | a mapping of $z$, styles at each size | chapter 16 |
#
# ## From perceptrons to convolutions
#
# A perceptron that ends in 32 × 32 × 3 pixels has a weight for each pair of a hidden unit and a pixel, so it must learn an eye anew for every place. A **convolution** uses one small kernel at all places. A **strided** convolution moves the kernel by two pixels at a time, which halves the picture, and a **transposed** one doubles it. The name is meant literally, because on a line of numbers both are a matrix, and one is the other's transpose.

# %%
def matrix_of(layer, n):
    """The matrix of a layer without offset, on lines of n numbers."""
    answers = layer(torch.eye(n)[:, None])       # to each unit vector
    return answers.squeeze(1).T.detach()


down = nn.Conv1d(1, 1, 4, stride=2, padding=1, bias=False)
up = nn.ConvTranspose1d(1, 1, 4, stride=2, padding=1, bias=False)
up.weight = down.weight = nn.Parameter(torch.tensor([[[1.0, 2.0, 3.0, 4.0]]]))
smaller, larger = matrix_of(down, 12), matrix_of(up, 6)

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Three matrices. Strided convolution, 6 by 12: each row holds the kernel 1 2 3 4, two places further right than the row above. Transposed convolution, 12 by 6: the same matrix with rows and columns exchanged. Fully connected layer, 12 by 6: every entry differs."}}
torch.manual_seed(SEED)
panels = {"strided convolution: 12 → 6": smaller, "transposed: 6 → 12": larger,
          "fully connected: 6 → 12": 2.5 + 1.2 * torch.randn(12, 6)}
figure, axes = plt.subplots(1, 3, figsize=(8.2, 3.1), width_ratios=(12, 6, 6))
for ax, (title, matrix) in zip(axes, panels.items()):
    ax.imshow(matrix, cmap="Blues", vmin=0, vmax=6)
    if "fully" not in title:
        for row, column in matrix.nonzero().tolist():
            ax.text(column, row, f"{matrix[row, column]:.0f}", ha="center", va="center",
                    fontsize=8, color="white" if matrix[row, column] > 3 else "black")
    ax.set(title=title, xlabel="from", ylabel="to", xticks=[], yticks=[])
plt.show()

# %% tags=["hide-cell", "checks"]
check("the matrix of a transposed convolution is the transpose of the strided "
      "convolution's, if both have the same kernel", torch.equal(larger, smaller.T))

# %% [markdown]
# Twelve by six numbers are 72 weights in a fully connected layer and four in either convolution. With kernel $k$, stride $s$ and padding $p$, a strided convolution maps $n$ pixels to $\lfloor (n + 2p - k)/s \rfloor + 1$, and a transposed one maps them to $(n - 1)s - 2p + k$. For $k = 4$, $s = 2$, $p = 1$ these are $n/2$ and $2n$ exactly, which is why this triple is so common.
#
# A generator is then a staircase. It begins with a picture of 4 × 4 and many channels, made of the noise, and doubles the size with each layer while the channels become fewer. $D$ is the same staircase downwards, to a single logit.

# %%
width, latent = 16, 64
layers = nn.Sequential(
    # the noise as a picture: (B, 64, 4, 4)
    nn.Linear(latent, 4 * width * 16), nn.Unflatten(1, (4 * width, 4, 4)),
    nn.BatchNorm2d(4 * width), nn.ReLU(),
    # (B, 32, 8, 8)
    nn.ConvTranspose2d(4 * width, 2 * width, 4, 2, 1), nn.BatchNorm2d(2 * width),
    nn.ReLU(),
    # (B, 16, 16, 16)
    nn.ConvTranspose2d(2 * width, width, 4, 2, 1), nn.BatchNorm2d(width), nn.ReLU(),
    # (B, 3, 32, 32), without batch norm
    nn.ConvTranspose2d(width, 3, 4, 2, 1), nn.Tanh(),
)

# %% tags=["hide-cell", "checks"]
layers.load_state_dict({key.removeprefix("net."): value
                        for key, value in runs[0]["G"].items()})
z = torch.randn(8, latent, generator=torch.Generator().manual_seed(SEED))
theirs = with_r1[0](z.to(device)).cpu()
check("our lines and gan.models.dcgan_pair make the same faces of the same weights",
      torch.allclose(layers.eval()(z), theirs, atol=1e-4))


def weights_in(*nets):
    return sum(weight.numel() for net in nets for weight in net.parameters())


hidden = 256 * (64 + 1) + 512 * (256 + 1) + 3 * 32**2 * (512 + 1)
check("the perceptrons' G has more than 15 times as many weights as this one",
      hidden > 15 * weights_in(layers), (hidden, weights_in(layers)))

# %% [markdown]
# ## A checkerboard in the layer
#
# A transposed convolution paints a stamp of $k$ pixels for each input, $s$ pixels apart. Where stamps overlap their paint adds up, and nothing says that they overlap evenly. [Odena et al.](https://distill.pub/2016/deconv-checkerboard/) count how many stamps reach each pixel.

# %%
def overlaps(k, s=2, n=7):
    """How many of n inputs reach each pixel that a transposed convolution paints."""
    layer = nn.ConvTranspose1d(1, 1, k, stride=s, bias=False)
    nn.init.ones_(layer.weight)
    return layer(torch.ones(1, 1, n)).flatten().detach()

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Three grey maps of how many stamps overlap at each pixel, stride 2. Kernel 3: a checkerboard of 1, 2 and 4. Kernel 4: evenly 4 but for the rim. Kernel 5: a checkerboard of 4, 6 and 9."}}
figure, axes = plt.subplots(1, 3, figsize=(7.6, 2.7))
for ax, k in zip(axes, (3, 4, 5)):
    line = overlaps(k)[1:-1]
    both = line[:, None] * line
    ax.imshow(both, cmap="Greys", vmin=0, vmax=11)
    inside = sorted({int(x) for x in both[k:-k, k:-k].flatten()})
    ax.set(title=f"kernel {k}: {', '.join(map(str, inside))}", xticks=[], yticks=[])
axes[0].set_ylabel("stamps at a pixel, stride 2")
plt.show()

# %% tags=["hide-cell", "checks"]
def inside(k, s, n=12):
    """The counts of pixels that no rim is near to."""
    return overlaps(k, s, n)[k - 1:-(k - 1) or None].unique().int().tolist()


counts = {k: inside(k, 2) for k in (3, 4, 5)}
check("with stride 2 a kernel of 3 overlaps 1 or 2 times, one of 4 always twice, one "
      "of 5 two or three times", counts == {3: [1, 2], 4: [2], 5: [2, 3]}, counts)
check("the overlap inside is even exactly where the stride divides the kernel, for all "
      "kernels up to 12 and strides up to 5",
      all((len(inside(k, s)) == 1) == (k % s == 0)
          for s in range(1, 6) for k in range(s, 13)))
check("in a picture the counts multiply, so a kernel of 5 has pixels with 9 and with 4 "
      "stamps", max(counts[5])**2 == 9 and min(counts[5])**2 == 4)

# %% [markdown]
# So the overlap is even exactly where the stride divides the kernel. DCGAN itself is on the wrong side of that rule, since [its authors' code](https://github.com/Newmu/dcgan_code) has a kernel of 5 with stride 2. That puts 9 stamps on one pixel and 4 on another. This chapter has a kernel of 4.
#
# <details>
# <summary>Derive: even exactly where the stride divides the kernel</summary>
#
# **Proposition.** *Let a transposed convolution in a line have kernel $k$, stride $s \le k$ and so many inputs that the rim is far. The number of inputs that reach output $j$ is the same for all $j$ if and only if $s$ divides $k$.*
#
# **Proof.** Input $i$ reaches output $j$ through the tap $t = j - s\,i$, if $0 \le t < k$. So the inputs that reach $j$ correspond to those taps in $0, \dots, k - 1$ that leave the remainder $r = j \bmod s$ when divided by $s$, and there are $\lceil (k - r)/s \rceil$ of these. If $k = m s$, this is $m$ for each $r$ from 0 to $s - 1$. If $k = m s + q$ with $0 < q < s$, it is $m + 1$ for $r < q$ and $m$ for the others. ∎
#
# In both cases pixels with different remainders are painted by different weights. The layer that enlarges first, which Odena et al. recommend as **resize-convolution**, gives every pixel the same *sum* of weights, so that an even input stays even.
#
# </details>
#
# An even overlap does not forbid a checkerboard, though, because the weights that paint even pixels and those that paint odd ones may have different sums. In a layer that enlarges first, by repeating each pixel, and then convolves with stride 1 these sums are equal. How strong is what alternates from pixel to pixel, before training and after it?

# %% tags=["hide-cell", "measure"]
rules = gan.evidence.load("dcgan_guidelines")
rule_runs = rules["runs"]


def found(start, name, key="distance", when="end"):
    """What was measured in the stored runs of a setting, (seeds,)."""
    looks = [run[start][name].get(when, {}) for run in rule_runs]
    return torch.tensor([look.get(key, math.inf) for look in looks])


def pm(values, digits=1, unit=1):
    """Mean and standard deviation over seeds."""
    values = torch.as_tensor(values, dtype=torch.float64) * unit
    return f"≈ {values.mean():.{digits}f} ± {values.std():.{digits}f}"

# %% tags=["hide-cell", "measure"]
def checker(x):
    """Root mean square of what alternates from pixel to pixel."""
    sign = 1.0 - 2 * (torch.arange(x.shape[-1], device=x.device) % 2)
    patterns = torch.stack([sign.expand(len(sign), -1),
                            sign[:, None].expand(-1, len(sign)), sign[:, None] * sign])
    return torch.einsum("nchw,phw->ncp", x, patterns).div(
        x[0, 0].numel()).square().sum(2).mean().sqrt()


def enlarging_first(G):
    """Each transposed convolution replaced by repeated pixels and a 3 × 3 one."""
    new = [nn.Sequential(nn.Upsample(scale_factor=2),
                         nn.Conv2d(layer.in_channels, layer.out_channels, 3, 1, 1))
           if isinstance(layer, nn.ConvTranspose2d) else layer for layer in G.net]
    G.net = nn.Sequential(*new)
    return G

# %% tags=["hide-input", "measure"]
def first_pattern(kernel, change=lambda G: G):
    """Of ten untrained generators: the pattern's size, over that of the picture."""
    values = []
    for k in range(10):
        torch.manual_seed(1_000 * SEED + 10 + k)
        x = change(dcgan_pair(16, width=24, kernel=kernel)[0]).sample(200)
        values.append((checker(x) / x.std()).item())
    return torch.tensor(values)


untrained = {"kernel 5": first_pattern(5), "kernel 4": first_pattern(4),
             "enlarged first": first_pattern(4, enlarging_first)}
TRAINED = {"kernel 5": "kernel 5", "kernel 4": "as published",
           "enlarged first": "pooling, nearest upsampling"}
contrast = gan.data.faces(1_000, 16, torch.Generator().manual_seed(102))[0].std().item()
Table(["pattern, as a share of the contrast", "untrained", "trained"],
      [[name, pm(values, 2),
        pm(found("published", TRAINED[name], "checker") / contrast, 2)]
       for name, values in untrained.items()]
      + [["painted faces", "", f"≈ {rule_runs[0]['real']['checker'] / contrast:.2f}"]])

# %% tags=["hide-cell", "checks"]
patterns = {name: found("stabler", name, "checker") for name in
            ("stabler", "N(0, 0.02)", "ReLU in D")}
pattern_of_faces = rule_runs[0]["real"]["checker"]
claim("stored, each seed: once trained from the stabler settings, kernels of 4 leave "
      "a pattern within 25 % of that in painted faces",
      all(((one / pattern_of_faces - 1).abs() < 0.25).all()
          for one in patterns.values()),
      (patterns, pattern_of_faces))
claim("before training a kernel of 5 and one of 4 both paint a pattern that "
      "alternates from pixel to pixel, more than twice as strong as that of a layer "
      "which enlarges first, on average over ten generators",
      min(untrained["kernel 5"].mean(), untrained["kernel 4"].mean())
      > 2 * untrained["enlarged first"].mean(), untrained)

# %% [markdown]
# Before training the two kernels hardly differ. One of 4 paints as strong a pattern as one of 5, although its overlap is even, and the layer that enlarges first paints far less. Training hardly weakens the pattern itself, but the contrast around it grows several times, so that its share falls to nearly that of the painted faces. From the stabler settings below it is as weak as theirs. Among the runs that fail, some keep it.
#
# ## The guidelines, taken away one by one
#
# DCGAN is known for a list of rules. It asks for strided convolutions in place of pooling and for no hidden fully connected layers, with ReLU and a final tanh in $G$ and LeakyReLU in $D$. Batch norm stands in both networks, but not on $G$'s output nor on $D$'s input, where it would take the pictures' own brightness and contrast away. With them come a first draw of weights from $\mathcal N(0, 0.02^2)$, Adam with a rate of $2\cdot10^{-4}$ and $\beta_1 = 0.5$, and batches that are either all real or all fake.
#
# Each rule can be tried again by leaving it out. We did so on faces of 16 × 16 pixels, three seeds and 1,000 steps of 32 faces for each. All else is as published, but for a smaller width and batch, a kernel of 4, 64 normal numbers for noise, no weight decay, and players that move in turn on each batch. Quality is the Fréchet distance in the features of an **inspector**, a network that has learned to read the factors off painted faces. Two sets of painted faces are less than 1 apart in it, and an untrained generator is more than 150 away.
#
# > **Predict first.** Which three rules will be missed most, and is there one that is better left out?

# %% tags=["hide-cell", "measure"]
ORDER = {start: sorted(rule_runs[0][start],
                       key=lambda name: found(start, name).mean().item())
         for start in ("published", "stabler")}
TICKS = (5, 10, 20, 50, 100, 200)
FIRST = {"published": "as published", "stabler": "stabler"}


def strip(start, names):
    """Eight fakes of the first seed for each setting, one below the other."""
    pictures = rule_runs[0]["pictures"]
    rows = [torch.cat([*from_bytes(pictures[f"{start}/{name}"])], 2) for name in names]
    return (torch.cat(rows, 1).permute(1, 2, 0) + 1) / 2


def dots(ax, start, names):
    """Distance of each setting, seed by seed, and the band of the starting point."""
    first = found(start, FIRST[start])
    ax.axvspan(first.min(), first.max(), color="0.85")
    for row, name in enumerate(names):
        ax.plot(found(start, name), [row] * len(rule_runs), "o", markersize=4,
                color=plots.FAKE["color"] if name == FIRST[start] else "0.25")
    ax.set(xscale="log", yticks=range(len(names)), yticklabels=names)
    ax.set_xticks(TICKS, TICKS)
    ax.minorticks_off()
    ax.set(ylim=(len(names) - 0.5, -0.5), xlabel="Fréchet distance")

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Fréchet distance of each setting from the published ones, three seeds each on a logarithmic axis, beside eight fakes of each. Five times the rate is best at 10 to 14. As published, ReLU in D, kernel 5, no tanh, pooling and torch's first weights lie together at 13 to 22, with rough faces. Batch norm at the ends, its scale around 0 and fully connected layers lie between 26 and 55. Perceptrons, eps for momentum, beta 0.9, one batch for real and fake, and batch norm left out anywhere lie between 40 and 200, and their fakes are smears or static."}}
def draw_rules(start):
    names = ORDER[start]
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(8.6, 0.33 * len(names) + 0.8), width_ratios=(1, 1.1))
    dots(left, start, names)
    right.imshow(strip(start, names), extent=(0, 8, len(names) - 0.5, -0.5),
                 aspect="auto", interpolation="nearest")
    right.set_axis_off()
    right.set_title("eight fakes of the first seed")
    left.set_title({"published": "from the published settings",
                    "stabler": "from the stabler net"}[start])
    plt.show()


draw_rules("published")

# %% [markdown]
# From here the rules about batch norm, momentum and separate batches are all needed. Without batch norm in $G$, with $\beta_1 = 0.9$ or with eps in momentum's place, a slip explained below, hardly a face is left. Without batch norm in $D$ the distance more than doubles, and so it does with hidden fully connected layers and for perceptrons, while batch norm at the pictures costs less. What hardly matters is ReLU for LeakyReLU in $D$, the kernel of 5, the tanh, torch's own first weights, and pooling in place of strides. Nor does it matter whether batch norm samples with its running statistics or with those of a batch, as the authors' code does. At five times the published rate the same steps even lead further by this distance, though glasses and recall fall.
#
# Among the worst is one batch for real and fake. Then $D$ is right nearly every time, but about mixed batches, while in $G$'s turn it sees fakes alone and batch norm shows it another picture. A further run separates the cause, because if real faces are mixed in during $G$'s turn as well, most of the damage is gone. What must agree is how $D$ sees the fakes in both turns.
#
# A rule that is needed from one starting point may still be a habit. The second figure leaves out the same things from a stabler net, which has R1, a $\beta_1$ of 0 and no batch norm in $D$.

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Fréchet distance of each setting from the stabler net, three seeds each on a logarithmic axis, beside eight fakes of each. Six settings lie together at 7 to 10 with faces that look alike: the stabler net itself, batch norm in D, ReLU, N(0, 0.02), no batch norm. No R1, beta 0.5 and pooling lie somewhat higher, then perceptrons, and beta 0.9 last at about 29."}}
draw_rules("stabler")
print(gan.evidence.cite("dcgan_guidelines"))
print(gan.evidence.cite("dcgan_mixed"))

# %% [markdown]
# Here most rules have lost their power. Batch norm may stand in both networks, in one or in none, the first weights may be drawn either way, $D$ may have ReLU, and the faces stay as they were. Only convolutions and a low $\beta_1$ remain necessary, so that most of DCGAN's list belongs to the settings that it came with. Which of the stabler settings makes the difference was not separated, but it is not R1 alone, because without it the distance stays, on average, below that of the published settings. And all this was found on small faces, with small networks, in runs of less than a minute.

# %% tags=["hide-cell", "measure"]
columns = {"distance": ("distance", 1, 1), "glasses, %": ("glasses", 0, 100),
           "oddness": ("oddness", 2, 1), "$D(x)$": ("D(x)", 2, 1),
           "$D(G(z))$": ("D(G(z))", 2, 1), "$L_D$": ("d_loss", 2, 1)}
Table(["left out", *columns],
      [[f"{start}: {name}", *(pm(found(start, name, key), digits, unit)
                              for key, digits, unit in columns.values())]
       for start in ORDER for name in ORDER[start]])

# %% tags=["hide-cell", "checks"]
def times(start, name):
    """The distance over the mean of the starting point's, seed by seed."""
    return found(start, name) / found(start, FIRST[start]).mean()


BROKEN = ("real and fake in one batch", "no batch norm in G", "no batch norm in D",
          "no batch norm", "no batch norm, torch's first weights", "β₁ = 0.9",
          "eps for momentum: BatchNorm2d(n, 0.8)", "multilayer perceptrons")
broken = {name: times("published", name) for name in BROKEN}
claim("stored, each seed: from the published settings the distance more than doubles "
      "without batch norm in D, in G or in both, with eps in momentum's place, with "
      "β₁ = 0.9, with real and fake in one batch, and with perceptrons",
      all((one > 2).all() for one in broken.values()), broken)
worse = {name: times("published", name) for name in
         ("batch norm on G's output and D's input",
          "N(0, 0.02) on batch norm's scale",
          "a hidden fully connected layer in both")}
claim("it grows by more than a third with batch norm at the ends, with its scale "
      "drawn around 0, and with hidden fully connected layers",
      all((one > 4 / 3).all() for one in worse.values()), worse)

# %% tags=["hide-cell", "checks"]
alike = {name: times("published", name)
         for name in ("ReLU in D", "kernel 5", "no tanh", "torch's first weights",
                      "pooling, nearest upsampling")}
claim("it changes by less than 40 % with ReLU in D, with a kernel of 5, without tanh, "
      "with torch's first weights, with pooling and nearest upsampling",
      all(((one - 1).abs() < 0.4).all() for one in alike.values()), alike)

# %% tags=["hide-cell", "checks"]
mixed = gan.evidence.load("dcgan_mixed")["runs"]
both_turns = torch.tensor([run["mixed in both turns"]["end"]["distance"]
                           for run in mixed])
one_turn = found("published", "real and fake in one batch")
claim("stored, each seed: mixed in D's turn alone, real and fake leave more than three "
      "times the distance that they leave if mixed in both turns",
      (one_turn > 3 * both_turns).all(), (one_turn, both_turns))

# %% tags=["hide-cell", "checks"]
quicker = (found("published", "five times the rate")
           - found("published", "as published"))
claim("stored, each seed: five times the published rate is nearer to the data after "
      "as many steps", (quicker < 0).all(), quicker)
HABITS = ("batch norm in D", "no batch norm", "N(0, 0.02)",
          "no batch norm, N(0, 0.02)", "ReLU in D")
habits = {name: times("stabler", name) for name in HABITS}
claim("from the stabler net, batch norm in D, none in G, the first weights and ReLU "
      "in D change the distance by less than 40 %, each seed",
      all(((one - 1).abs() < 0.4).all() for one in habits.values()), habits)
left = {name: times("stabler", name) for name in ("β₁ = 0.9", "multilayer perceptrons")}
claim("and β₁ = 0.9 and perceptrons still more than double it",
      all((one > 2).all() for one in left.values()), left)
ways = {when: found("published", "as published", when=when)
        for when in ("end", "by the batch")}
claim("as published, the statistics of a batch and the running ones give distances "
      "within 15 % of each other, each seed",
      ((ways["by the batch"] / ways["end"] - 1).abs() < 0.15).all(), ways)
average = {when: found("stabler, longer", "stabler", when=when)
           for when in ("end", "G itself")}
claim("the average of G's weights is nearer to the data than G itself, by more than a "
      "tenth, each seed", (average["end"] < 0.9 * average["G itself"]).all(), average)

# %% [markdown]
# ### The trap in "all weights from N(0, 0.02)"
#
# Batch norm first brings each feature to a spread of 1 and then multiplies it by a learned scale. Whoever draws *all* weights from $\mathcal N(0, 0.02^2)$ draws this scale as well, and the feature leaves the layer fifty times smaller. The authors draw the scale from $\mathcal N(1, 0.02^2)$. The figure follows a batch of noise through an untrained $G$.

# %% tags=["hide-input", "measure"]
@torch.no_grad()
def sizes_along(G, n=500):
    """The standard deviation after each layer that holds weights, in training mode."""
    torch.manual_seed(1_000 * SEED + 30)
    x, sizes = G.noise(n), []
    for layer in G.train().net:
        x = layer(x)
        if any(True for _ in layer.parameters()):
            sizes.append(x.std().item())
    return sizes


def trapped(G):
    """Every weight around 0, batch norm's scale among them."""
    for weight in normal_start(G).parameters():
        if weight.ndim > 1 or (weight > 0.5).any():
            nn.init.normal_(weight, 0, 0.02)
    return G


torch.manual_seed(1_000 * SEED + 31)
starts = {"as published": normal_start, "scale around 0": trapped,
          "torch's own": lambda G: G}
sizes = {name: sizes_along(start(dcgan_pair(32)[0])) for name, start in starts.items()}

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Standard deviation of what leaves each layer of an untrained generator, logarithmic. As published it returns to 1 after each batch norm; with torch's own first weights likewise. With the scale drawn around 0 it is 0.01 to 0.02 after each batch norm, and the picture is a hundred times fainter than as published."}}
figure, ax = plt.subplots(figsize=(7, 2.8))
looks = (plots.FAKE, plots.JUDGE, {"color": "0.5", "linestyle": "-."})
for (name, values), look in zip(sizes.items(), looks):
    ax.semilogy(range(len(values)), values, marker="o", label=name, **look)
ax.set(xticks=range(7),
       xticklabels=["linear", "norm", "up", "norm", "up", "norm", "up"],
       ylabel="standard deviation", xlabel="layers of an untrained G")
ax.legend(loc="lower left", bbox_to_anchor=(1, 0))
plt.show()

# %% tags=["hide-cell", "checks"]
norms = slice(1, 6, 2)
check("as published each batch norm gives its features a size of 1 within 5 %",
      all(0.95 < size < 1.05 for size in sizes["as published"][norms]), sizes)
check("with the scale drawn around 0 as well, none gives more than 0.05",
      all(size < 0.05 for size in sizes["scale around 0"][norms]), sizes)

# %% [markdown]
# The mistake does not stop training. But Adam moves a weight by about its rate in a step, so that in the 1,000 steps of the first figure at most about 0.2 can add up. Scales that began around 0 can therefore not have come near 1 at the end, and the faces are behind. Another slip leads to the same place, because PyTorch's second argument is eps and not momentum. `BatchNorm2d(n, 0.8)` divides by $\sqrt{\sigma^2 + 0.8}$, so that a small feature hardly grows at all. Those runs are even further behind.

# %% [markdown]
# ## A stabler small net, and what R1 buys
#
# The stabler net has no batch norm in $D$ but the R1 penalty of [chapter 8](08_convergence.ipynb), and torch's own first weights. Adam has $\beta_1 = 0$ and fifteen times the rate, a batch has 16 faces, and the generator that is shown is an average of $G$'s weights ([chapter 4](04_training_loop.ipynb)). R1 costs another pass through $D$, so it is added at every fourth step only and then four times as strong, which StyleGAN2's authors call [lazy regularisation](https://arxiv.org/abs/1912.04958).
#
# Two such runs are trained now, side by side in two threads, from the same first weights and on the same batches, one with R1 and one without.

# %%
faces16, _ = gan.data.faces(10_000, 16, torch.Generator().manual_seed(SEED))


def set_up(penalties):
    torch.manual_seed(1_000 * SEED + 40)
    G, D = dcgan_pair(16, width=24, norm="G")
    return gan.train(G, D, faces16, steps=2_600, batch=16, lr=3e-3, betas=(0.0, 0.99),
                     penalties=penalties, ema=0.99, seed=1_000 * SEED + 41,
                     device=device)


live = {"with R1": set_up([lazy(r1(1.0), every=4)]), "without R1": set_up([])}

# %% tags=["hide-input", "measure"]
small = restored(Inspector(16), runs[0]["inspector16"])
torch.manual_seed(1_000 * SEED + 42)
same_z = torch.randn(12, 64, device=device)
real16 = gan.data.faces(2_000, 16, torch.Generator().manual_seed(101))[0].to(device)
seen16 = small.features(real16)


@torch.no_grad()
def judged(G):
    """Distance, share of glasses, oddness of 2,000 fakes of 16 pixels."""
    x = G.sample(2_000)
    return {"distance": frechet_distance(small.features(x), seen16),
            "glasses": (small.kinds(x)["glasses"] == 1).float().mean().item(),
            "oddness": small.oddness(x[:500]).median().item()}


@torch.no_grad()
def filmed(run):
    """The average's pictures of twelve noises, every 200 steps."""
    film = [run.G_ema(same_z).cpu()]
    with torch.enable_grad():
        film += [run.G_ema(same_z).detach().cpu() for step in run
                 if step.index % 200 == 0]
    return {"film": film, "trained": judged(run.G_ema)}

# %% tags=["hide-cell", "measure"]
threads = torch.get_num_threads()
torch.set_num_threads(1)
with ThreadPoolExecutor(2) as pool:
    results = dict(zip(live, pool.map(filmed, live.values())))
torch.set_num_threads(threads)
torch.manual_seed(1_000 * SEED + 43)
first = [judged(dcgan_pair(16, width=24, norm="G")[0].to(device))
         for _ in range(5)]
first = {key: [one[key] for one in first] for key in first[0]}

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Scrubber through 2,600 steps of two runs on faces of 16 pixels, twelve faces each, with R1 above and without R1 below. Both begin as grey static. Faces appear after a few hundred steps; in the end both rows are faces, those with R1 more varied."}}
import base64
import io

from PIL import Image
from torchvision.utils import make_grid

from gan.figures import Scrubber


def as_png(images, columns, scale):
    """Pictures in rows, as the text that a Scrubber takes."""
    sheet = make_grid((images.clamp(-1, 1) + 1) * 127.5, columns, 1, pad_value=255)
    sheet = sheet.byte().repeat_interleave(scale, 1).repeat_interleave(scale, 2)
    file = io.BytesIO()
    picture = Image.fromarray(sheet.permute(1, 2, 0).numpy())
    picture.quantize(256).save(file, "png", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


frames = [as_png(torch.cat(rows), 12, 4)
          for rows in zip(*(result["film"] for result in results.values()))]
captions = [f"After {200 * k} steps: the same twelve noises, with R1 above, without "
            "below" for k in range(14)]
Scrubber(frames, captions, "training step", still=0)

# %% tags=["hide-input", "measure"]
SHOWN = {"distance": (1, 1), "glasses": (0, 100), "oddness": (2, 1)}


def rows_of(name):
    """One live run beside the stored ones of the same setting."""
    rule = {"with R1": "stabler", "without R1": "no R1"}[name]
    result = results[name]["trained"]
    return [[f"{name}, now", *(f"≈ {unit * result[key]:.{digits}f}"
                               for key, (digits, unit) in SHOWN.items())],
            [f"{name}, stored", *(pm(found("stabler, longer", rule, key), *shown)
                                  for key, shown in SHOWN.items())]]


Table(["2,600 steps", "Fréchet distance", "glasses, %", "oddness"],
      [["five untrained", *(pm(first[key], *shown) for key, shown in SHOWN.items())],
       *rows_of("with R1"), *rows_of("without R1"),
       ["painted faces", f"≈ {rule_runs[0]['real']['distance']:.1f}", "30 (exact)",
        f"≈ {rule_runs[0]['real']['oddness']:.2f}"]])

# %% tags=["hide-cell", "checks"]
live_r1, live_plain = (results[name]["trained"] for name in live)
start_distance = sum(first["distance"]) / len(first["distance"])
claim("with R1, 2,600 steps bring the Fréchet distance to less than a twentieth of "
      "what five untrained generators have on average",
      20 * live_r1["distance"] < start_distance, (live_r1["distance"], start_distance))
bands = {name: found("stabler, longer", rule, "distance").mean().item()
         for name, rule in (("with R1", "stabler"), ("without R1", "no R1"))}
claim("the run with R1 lies within a third of the mean of the stored ones",
      abs(live_r1["distance"] / bands["with R1"] - 1) < 1 / 3, (live_r1, bands))
claim("without R1 the distance is larger",
      live_plain["distance"] > live_r1["distance"], (live_plain, live_r1))
sure = {rule: found("stabler, longer", rule, "D(x)") for rule in ("stabler", "no R1")}
claim("stored, each seed: after 2,600 steps the mean D(x) is above 0.65 without R1 and "
      "below 0.6 with it", sure["no R1"].min() > 0.65 and sure["stabler"].max() < 0.6,
      sure)

# %% [markdown]
# In some fifteen seconds of computing the run with R1 comes more than 20 times nearer to the data, and its fakes can be recognised as faces. The one without stays behind, with a $D$ that is surer of itself. At the end of the stored runs the mean of $D(x)$ is about 0.8 without R1 and about 0.5 with it, which is what a $D$ says that cannot tell.
#
# ## Precision against recall
#
# The stored models of 32 × 32 pixels had 10,000 steps, three seeds with R1 and three without. Three measures judge them beside the distance. **Oddness** belongs to a single picture, because the inspector reads the factors off it, the painter paints them again, and what differs, root mean square, is odd. **Precision** is the share of fakes that lie among the real ones in the inspector's features, and **recall** the share of real ones that lie among the fakes. Both are as [Kynkäänniemi et al.](https://arxiv.org/abs/1904.06991) define them, with three neighbours.

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Three sheets of 40 faces of 32 pixels. With R1: varied faces with dark and light hair, long and short, glasses, beards and even a hat, some frayed or smudged. Without R1: the same few kinds of face again and again, short grey, blond or red hair, hardly any glasses. Painted: crisp and varied."}}
sheets = {"with R1": with_r1[0].sample(40, seeded(50)).cpu(),
          "without R1": without_r1[0].sample(40, seeded(50)).cpu(),
          "painted": painted[40:80].cpu()}
figure, axes = plt.subplots(1, 3, figsize=(9.6, 5.7))
for ax, (title, images) in zip(axes, sheets.items()):
    plots.show_images(images, columns=5, ax=ax, title=title)
plt.show()

# %% tags=["hide-input", "measure"]
@torch.no_grad()
def look(images):
    """What the inspector says of 2,000 pictures."""
    seen, kinds = inspector.features(images), inspector.kinds(images)
    two = precision_recall(seen_in_painted[:2_000], seen)
    shares = {name: (kinds[name] == 1).float().mean().item()
              for name in ("glasses", "beard", "hat")}
    tenths = torch.tensor([0.1, 0.5, 0.9], device=images.device)
    low, middle, high = inspector.oddness(images[:300]).quantile(tenths).tolist()
    return {"distance": frechet_distance(seen, seen_in_painted[:2_000]), **shares,
            "precision": two.precision, "recall": two.recall,
            "oddness": middle, "low": low, "high": high}


# %% tags=["hide-input", "measure"]
new = gan.data.faces(2_000, 32, seeded(52))[0].to(device)
looked = {"with R1": [look(G.sample(2_000, seeded(51))) for G in with_r1],
          "without R1": [look(G.sample(2_000, seeded(51))) for G in without_r1]}
painted_look = look(new)
UNITS = {"distance": (1, 1, 0), "precision": (2, 1, ""), "recall": (2, 1, ""),
         "oddness": (2, 1, ""), "glasses": (0, 100, 30), "beard": (0, 100, 25),
         "hat": (1, 100, 3)}


def line_of(key):
    """One measure of the models, of new painted faces, and what is exact."""
    digits, unit, exact = UNITS[key]
    return [f"{key}, %" if unit == 100 else key,
            *(pm([one[key] for one in several], digits, unit)
              for several in looked.values()),
            f"≈ {unit * painted_look[key]:.{digits}f}", exact]


Table(["three models each", *looked, "painted", "exact"], map(line_of, UNITS))

# %% tags=["hide-cell", "checks"]
r1_looks, plain_looks = looked["with R1"], looked["without R1"]
pairs = list(zip(r1_looks, plain_looks))
claim("each of three stored models with R1 is at less than a twentieth of the "
      "distance of its untrained G, and its share of glasses lies between 15 and 40 %",
      all(20 * one["distance"] < run["looks"]["with R1"]["untrained"]["distance"]
          and 0.15 < one["glasses"] < 0.4 for one, run in zip(r1_looks, runs)),
      r1_looks)
claim("without R1 the fakes are less odd and their precision is higher, each model",
      all(plain["oddness"] < one["oddness"] and plain["precision"] > one["precision"]
          for one, plain in pairs), pairs)
claim("and their recall is less than half, with less than half of the glasses, "
      "each model", all(plain["recall"] < one["recall"] / 2
                   and plain["glasses"] < one["glasses"] / 2 for one, plain in pairs),
      pairs)
claim("by the Fréchet distance alone the models without R1 are worse by a factor of "
      "more than 2",
      all(plain["distance"] > 2 * one["distance"] for one, plain in pairs), pairs)
claim("nine in ten fakes of each model are odder than nine in ten painted faces",
      all(one["low"] > painted_look["high"] for one in r1_looks + plain_looks),
      (r1_looks, plain_looks, painted_look))

# %% [markdown]
# Judged one by one, by oddness and by precision, the faces without R1 are the better ones. Looked at together they turn out to be a few people over and over, with hardly a pair of glasses or a beard. Recall says so, too, as next to no painted face has a neighbour among them. The models with R1 keep most of the glasses, of which the data have 30 %, and fewer of the beards, of which these have 25 %, and pay with smudges. A single number hides this trade, as the models without R1 are far behind by the Fréchet distance, although each of their faces is less odd. The trade shows at this size and length, of 32 × 32 pixels and 10,000 steps. In the table of the stabler settings, at 16 × 16 and a quarter of the steps, leaving R1 out costs hardly any glasses and makes no face less odd.
#
# The sheets also show what is wrong with the better models. Outlines fray, some glasses have one lens stronger than the other, and the walls carry a grain that no wall was painted with. Nine in ten fakes of any model are odder than nine in ten painted faces.
#
# ## Arithmetic with z, measured
#
# DCGAN's best-remembered figure adds and subtracts noise. From "man with glasses" minus "man" plus "woman" it made women with glasses, where each of the three was the mean $z$ of three pictures. How often that works a figure cannot show. Here the inspector reads 4,000 fakes, and the vector of an attribute is the mean $z$ of all that have it minus the mean $z$ of all others.

# %%
def direction(z, has):
    """From the mean z of fakes without an attribute to that of fakes with it."""
    return z[has].mean(0) - z[~has].mean(0)


def moved(z, v):
    """z + v, brought back to the length that z had."""
    return (z + v) * (z.norm(dim=1) / (z + v).norm(dim=1))[:, None]

# %% [markdown]
# > **Predict first.** The slider adds the vector *glasses* to ten noises whose faces wear none, from −2 to 2 times. What will happen to the hair, the smile and the wall?

# %% tags=["hide-cell", "measure"]
@torch.no_grad()
def read(G, z):
    """The kinds that the inspector reads off G(z), each (N,)."""
    return inspector.kinds(torch.cat([G(part) for part in z.split(500)]))


zs = torch.randn(4_000, 64, generator=seeded(60), device=device)
kinds = [read(G, zs) for G in with_r1]
vectors = [{"glasses": direction(zs, one["glasses"] == 1),
            "beard": direction(zs, one["beard"] == 1),
            "long hair": direction(zs, one["hair"] == 2)} for one in kinds]


def share(G, z, name="glasses", kind=1):
    return (read(G, z)[name] == kind).float().mean().item()


bare = [zs[one["glasses"] == 0][:500] for one in kinds]
wearing = [zs[one["glasses"] == 1][:500] for one in kinds]

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Scrubber over how much of the glasses vector is added to ten noises, from minus 2 to 2: no glasses from minus 2 to 0, first outlines of glasses near 1, glasses on nearly all faces at 2, while most hair and walls stay."}}
strengths = [k / 2 for k in range(-4, 5)]
swept = [share(with_r1[0], moved(bare[0], s * vectors[0]["glasses"]))
         for s in strengths]


frames = []
for s in strengths:
    z = moved(bare[0][:10], s * vectors[0]["glasses"])
    frames.append(as_png(with_r1[0](z).cpu(), 10, 2))
captions = [f"{s:+.1f} times the vector: {100 * part:.0f} % of 500 such faces wear "
            "glasses" for s, part in zip(strengths, swept)]
Scrubber(frames, captions, "how much is added", still=4)

# %% tags=["hide-cell", "measure"]
def random_like(v, k):
    """A random direction, as long as v."""
    u = torch.randn(len(v), generator=seeded(70 + k), device=device)
    return u * v.norm() / u.norm()


def by_exemplars(k, z, has, n):
    """The vector from n fakes with and n without, drawn at random."""
    random = seeded(100 + k)

    def drawn(group):
        rows = torch.randperm(len(group), generator=random, device=device)[:n]
        return group[rows].mean(0)

    return drawn(z[has]) - drawn(z[~has])

# %% tags=["hide-cell", "measure"]
DRAWS = 20
tries, angles = [], []
for G, one, some, z0 in zip(with_r1, kinds, vectors, bare):
    v, few, has = some["glasses"], z0[:100], one["glasses"] == 1
    ways = {"random direction": [random_like(v, k) for k in range(DRAWS)]}
    for n in (3, 30):
        ways[f"{n} exemplars each"] = [by_exemplars(k, zs, has, n)
                                       for k in range(DRAWS)]
    angles.append({n: torch.stack([u @ v / u.norm() / v.norm()
                                   for u in ways[f"{n} exemplars each"]]).mean().item()
                   for n in (3, 30)})
    tries.append({name: torch.tensor([share(G, moved(few, 2 * u * v.norm() / u.norm()))
                                      for u in many]) for name, many in ways.items()}
                 | {"all 4,000": torch.tensor([share(G, moved(z0, 2 * v))])})

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Share of faces with glasses after a vector was added, for three models side by side. Random directions: mostly below a tenth. Three exemplars: scattered from nearly nothing to nearly all. Thirty exemplars: most above a half. All fakes: above nine tenths."}}
figure, ax = plt.subplots(figsize=(7, 3))
for model, (found_here, colour) in enumerate(zip(tries, ("#0072B2", "#D55E00", "0.3"))):
    for place, (name, shares) in enumerate(found_here.items()):
        ax.plot(shares, [place + 0.2 * (model - 1)] * len(shares), "o", markersize=4,
                color=colour, alpha=0.7, label=f"model {model}" if place == 0 else None)
ax.set(yticks=range(4), yticklabels=tries[0], xlim=(-0.02, 1.02), ylim=(3.5, -0.5),
       xlabel="share of faces that wear glasses after twice the vector")
ax.legend(loc="upper right")
plt.show()

# %% tags=["hide-cell", "measure"]
after = []
for G, z0, z1, v in zip(with_r1, bare, wearing, vectors):
    before, then = read(G, z0), read(G, moved(z0, 2 * v["glasses"]))
    none = zs[:1_000]
    after.append({"once": share(G, moved(z0, v["glasses"])),
                  "twice": share(G, moved(z0, 2 * v["glasses"])),
                  "taken off": share(G, moved(z1, -2 * v["glasses"])),
                  "hair kept": (before["hair"] == then["hair"]).float().mean().item(),
                  "beard": share(G, moved(none, 2 * v["beard"]), "beard"),
                  "long hair": share(G, moved(none, 2 * v["long hair"]), "hair", 2)})
rows = {"once": "glasses after once the vector", "twice": "glasses after twice",
        "taken off": "glasses left after minus twice",
        "hair kept": "same hair after twice *glasses*",
        "beard": "beard after twice its own",
        "long hair": "long hair after twice its own"}
Table(["of three models, %", *range(3)],
      [[title, *(f"≈ {100 * one[key]:.0f}" for one in after)]
       for key, title in rows.items()])

# %% tags=["hide-cell", "checks"]
claim("twice the vector of all 4,000 fakes puts glasses on more than 80 % of faces "
      "without, and minus twice leaves them on less than 10 % of those with, each "
      "model",
      all(one["twice"] > 0.8 and one["taken off"] < 0.1 for one in after), after)
claim("a random direction of that length puts them on less than 20 % on average, each "
      "model", all(one["random direction"].mean() < 0.2 for one in tries), tries)
claim("beard and long hair are put on more than 80 % in the same way, and glasses "
      "leave the hair as it was on more than 60 %, each model",
      all(min(one["beard"], one["long hair"]) > 0.8 and one["hair kept"] > 0.6
          for one in after), after)
exemplars = [(one["3 exemplars each"], one["30 exemplars each"]) for one in tries]
claim("three exemplars each: the worst of 20 draws dresses less than 40 %, and thirty "
      "each dress more at worst than three on average, each model",
      all(three.min() < 0.4 and thirty.min() > three.mean()
          for three, thirty in exemplars), exemplars)

# %% tags=["hide-cell", "checks"]
def expected_cosine(v, n):
    return (v.norm() / (v.norm()**2 + 2 * len(v) / n).sqrt()).item()


cosines = [{n: (one[n], expected_cosine(v["glasses"], n)) for n in (3, 30)}
           for one, v in zip(angles, vectors)]
claim("the mean cosine between an exemplars' vector and that of all fakes is what the "
      "derivation says, within 0.1, for three and for thirty, each model",
      all(abs(seen - told) < 0.1 for one in cosines for seen, told in one.values()),
      cosines)

# %% [markdown]
# Twice the vector puts glasses on nearly every face of each of the three models, minus twice takes them off again, and most keep their hair. Beards and long hair can be put on likewise, while a random direction of the same length mostly leaves a face without glasses. So the sums are real, but they need many fakes. With three exemplars on each side, as in the paper, it depends on which three, and with thirty it works for most faces in every draw.
#
# <details>
# <summary>Derive: how many exemplars a direction needs</summary>
#
# **Proposition.** *Let $z$ have $d$ coordinates, and let fakes with an attribute and fakes without have means that differ by $v$, with a variance of about 1 in each coordinate. The difference of two means of $n$ exemplars then has an expected squared length of $\lVert v\rVert^2 + 2d/n$, of which $\lVert v\rVert^2 + 2/n$ lies along $v$.*
#
# **Proof.** Each mean of $n$ independent $z$ has a variance of $1/n$ in each coordinate, so their difference is $v$ plus noise of mean 0 and variance $2/n$, whose squared length is $2d/n$ on average and which is uncorrelated with $v$. ∎
#
# The cosine between such a difference and $v$ is therefore about $\lVert v\rVert/\sqrt{\lVert v\rVert^2 + 2d/n}$. In 64 dimensions an attribute shifts the mean by a length of 1 to 2 here, and three exemplars add noise of length $\sqrt{128/3} = 6.5$, which points anywhere. The paper's sum of three such means has one virtue, though: its expected squared length is $3 \cdot d/3 = d$, which is just that of a single $z$.
#
# </details>
#
# ## A walk, against a blend
#
# Between two faces lies a straight way through the pixels, the **blend**, and one through the noise, the **walk**, which turns rather than goes straight, as [White](https://arxiv.org/abs/1609.04468) proposes.

# %% tags=["hide-cell", "measure"]
from gan.metrics import slerp


@torch.no_grad()
def ways_between(G, a, b, t):
    """Pictures at t of the way from G(a) to G(b): through z, and through the pixels."""
    t = torch.full((len(a), 1), t, device=a.device)
    walk, blend = G(slerp(a, b, t)), torch.lerp(G(a), G(b), t[..., None, None])
    return walk, blend


at, middles = [k / 4 for k in range(5)], []
for G, a, b in zip(with_r1, bare, wearing):
    pairs = [ways_between(G, a[:150], b[:150], t) for t in at[1:-1]]
    start, end = (inspector.oddness(G(z[:150])).median().item() for z in (a, b))
    middles.append({name: [start, *(inspector.oddness(pair[i]).median().item()
                                    for pair in pairs), end]
                    for i, name in enumerate(("walk", "blend"))})


@torch.no_grad()
def surest(G, z, kind):
    """The z for whose face the inspector is surest of glasses, or of none."""
    logits = inspector(G(z))["glasses"]
    return z[(logits[:, kind] - logits[:, 1 - kind]).argmax()][None]

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Above, the way from a face without glasses to another with glasses in nine pictures: through the noise each is a face, whose hair grows longer before the glasses appear; through the pixels those in the middle show two faces at once, with pale glasses. Below, the oddness along the way, for three models: that of the blend rises in the middle, that of the walk does not."}}
figure = plt.figure(figsize=(8.4, 4.4))
upper, lower = figure.subfigures(2, 1, height_ratios=(1.25, 1.6))
a, b = surest(with_r1[0], bare[0], 0), surest(with_r1[0], wearing[0], 1)
for row, ax in enumerate(upper.subplots(2, 1)):
    images = torch.cat([ways_between(with_r1[0], a, b, k / 8)[row].cpu()
                        for k in range(9)])
    plots.show_images(images, columns=9, ax=ax, title=("walk", "blend")[row])
ax = lower.subplots()
for k, one in enumerate(middles):
    ax.plot(at, one["walk"], label="walk" if k == 0 else None, **plots.FAKE)
    ax.plot(at, one["blend"], label="blend" if k == 0 else None, **plots.JUDGE)
ax.set(xlabel="place on the way", ylabel="median oddness", ylim=(0, None))
ax.legend()
plt.show()

# %% tags=["hide-cell", "checks"]
claim("in the middle of the way the blend is odder than the walk, each model",
      all(one["blend"][2] > one["walk"][2] for one in middles), middles)
claim("and the walk's middle is no more than 15 % odder than its ends, each model",
      all(one["walk"][2] < 1.15 * max(one["walk"][0], one["walk"][4])
          for one in middles), middles)

# %% [markdown]
# For each of the three models the walk is no odder in its middle than at its ends. The middle of the blend is odder, because two faces are seen in it at once. So what lies between two faces in $z$ is again a face. Whether it is a new one is a different question, which a walk does not answer.
#
# ## What D has learned
#
# $D$ is thrown away after training, although it has seen every picture. DCGAN's authors kept it, took the outputs of all its layers, pooled to 4 × 4, and gave them to a linear classifier. On CIFAR-10 that reached 82.8 %, and on house numbers, with 1,000 labels, an error of 22.48 %. Whether $D$ had *learned* these features is another question, because an untrained network has features, too.
#
# So we train $D$ on 1,200 digits without labels, then give a linear classifier the labels of a few, and ask it about the other 597. Beside it stand raw pixels, the first 30 principal components, the same $D$ untrained, and the $D$ of the faces, which has never seen a digit.

# %% tags=["hide-cell", "measure"]
digits, labels = gan.data.digits(16)
order = torch.randperm(len(digits), generator=torch.Generator().manual_seed(7))
known, held_out = order[:1_200], order[1_200:]
as_faces = gan.data.digits(32)[0].expand(-1, 3, 32, 32)


@torch.no_grad()
def features_of(D, images):
    """Each layer's outputs, pooled to 4 × 4, in one row, after Radford et al."""
    rows, x = [], images.to(device)
    for layer in D[:-2]:
        x = layer(x)
        if isinstance(layer, nn.LeakyReLU):
            rows.append(nn.functional.adaptive_max_pool2d(x, 4).flatten(1))
    return torch.cat(rows, 1).cpu()


def components(x, n=30):
    """The first n principal components, from the digits without labels."""
    axes = torch.linalg.svd(x[known] - x[known].mean(0), full_matrices=False).Vh
    return x @ axes[:n].T

# %% tags=["hide-cell", "measure"]
def accuracy(x, train):
    """Least squares on few labels, its penalty chosen by leaving each of them out."""
    x = (x - x[known].mean(0)).double()
    products = x @ x[train].T
    products /= products[train].diagonal().mean()
    target = nn.functional.one_hot(labels[train], 10).double() - 0.1

    def solve(strength):
        inverse = (products[train] + strength * torch.eye(len(train))).inverse()
        weights = inverse @ target
        left_out = weights / inverse.diagonal()[:, None]
        return left_out.square().sum().item(), weights

    best = min((solve(10.0**k) for k in range(-4, 2)), key=lambda one: one[0])[1]
    right = (products[held_out] @ best).argmax(1) == labels[held_out]
    return right.double().mean().item()

# %% tags=["hide-input", "measure"]
torch.manual_seed(1_000 * SEED + 80)
untrained_judges = [dcgan_pair(16, 1, latent=32, norm="G")[1].to(device) for _ in runs]
digit_judges = [restored(dcgan_pair(16, 1, latent=32, norm="G")[1], run["D of digits"])
                for run in runs]
pixels = digits.flatten(1)
kinds_of_features = {
    "pixels": [pixels], "30 principal components": [components(pixels)],
    "D, untrained": [features_of(D, digits) for D in untrained_judges],
    "D of digits, without labels": [features_of(D, digits) for D in digit_judges],
    "D of faces": [features_of(D, as_faces) for D in judges]}
few_labels = (50, 100, 200)


def accuracies(several, n):
    """For each network, the mean over five draws of n labelled digits."""
    random = [torch.Generator().manual_seed(1_000 * SEED + 200 + k) for k in range(5)]
    draws = [known[torch.randperm(len(known), generator=one)[:n]] for one in random]
    return [sum(accuracy(x, train) for train in draws) / 5 for x in several]


probed = {name: {n: accuracies(several, n) for n in few_labels}
          for name, several in kinds_of_features.items()}
Table(["right, %", *(f"{n} labels" for n in few_labels)],
      [[name, *(pm(one[n], 1, 100) if len(one[n]) > 1 else f"≈ {100 * one[n][0]:.1f}"
                for n in few_labels)] for name, one in probed.items()])

# %% tags=["hide-cell", "checks"]
points = {name: {n: sum(one[n]) / len(one[n]) for n in few_labels}
          for name, one in probed.items()}
learned, fresh = points["D of digits, without labels"], points["D, untrained"]
plain_pixels = points["pixels"]
claim("from 100 labels the features of a D trained without labels are right on more "
      "digits than pixels and principal components, by more than 2 points",
      learned[100] - max(plain_pixels[100], points["30 principal components"][100])
      > 0.02, points)
claim("those of an untrained D are ahead of pixels as well, and those of the D of "
      "faces", min(fresh[100], points["D of faces"][100]) > plain_pixels[100] + 0.01,
      points)
gains = {n: (fresh[n] - plain_pixels[n], learned[n] - fresh[n]) for n in few_labels}
mean_gains = [sum(one) / 3 for one in zip(*gains.values())]
claim("on average over 50, 100 and 200 labels more of the gain over pixels is there "
      "before training than training adds, which is less than 3 points",
      mean_gains[1] < min(mean_gains[0], 0.03), gains)

# %% [markdown]
# The features of a $D$ that has learned from digits without labels beat pixels and principal components by several points. But so do those of a $D$ that has learned nothing, and of one that has learned faces. Most of the gain is there before any training, which adds less than three points. A figure such as 82.8 % therefore says little about learning until the untrained network's stands beside it.
#
# ## In your own run
#
# | you see | look at | then |
# |---|---|---|
# | all fakes alike and grey from the start | the spread after each batch norm | the scale is drawn around 0, or eps got momentum's place |
# | a pattern from pixel to pixel | stride and kernel; how far training is | a kernel that the stride divides, more steps, or enlarge first |
# | clean faces and a rare kind missing | shares, recall | R1 |
# | faces of several people in one | oddness, precision | more steps, less R1 |
# | another picture of the same $z$ at every call | whether $G$ is in evaluation mode | batch norm's running statistics or a fixed batch |

# %% [markdown]
# ## Exercises
#
# **1. Overlaps (five minutes, paper).** A transposed convolution has stride 3. Which of the kernels 3 to 10 overlap evenly inside, and how many times as many stamps has the most covered pixel of a *picture*, inside, as the least covered, with a kernel of 4? Answer with a list and a number.

# %%
def check_exercise_1(kernels, ratio):
    check("your kernels and your ratio are right",
          sorted(kernels) == [3, 6, 9] and abs(ratio - 4) < 1e-6, (kernels, ratio))


# check_exercise_1([your kernels], your ratio)

# %% tags=["hide-cell", "solution"]
# Even where 3 divides k. With k = 4 a pixel on a line has 2 or 1 stamps, so that one in
# a picture has 4, 2 or 1.
check_exercise_1([3, 6, 9], 4)
# the ratio on a line; an odd k; a k that is a multiple of 2; without the last one
for wrong in (([3, 6, 9], 2), ([3, 5, 7, 9], 4), ([4, 6, 8, 10], 4), ([3, 6], 4)):
    try:
        check_exercise_1(*wrong)
    except AssertionError:
        print(f"{wrong} is refused")

# %% [markdown]
# **2. Sizes (five minutes, paper).** You want faces of 96 × 96 pixels from a staircase with $k = 4$, $s = 2$, $p = 1$. How many pixels wide is the first, smallest picture if $G$ has four doublings? And to how many pixels does a transposed convolution with $k = 5$, $s = 2$, $p = 2$ lead from 16, without output padding?

# %%
def check_exercise_2(first, larger):
    check("your two sizes are right", (first, larger) == (6, 31), (first, larger))


# check_exercise_2(your first size, your larger size)

# %% tags=["hide-cell", "solution"]
# 96 / 2^4 = 6, and (16 - 1) · 2 - 2 · 2 + 5 = 31: PyTorch's output_padding=1 adds the
# missing row.
check_exercise_2(6, 31)
print(nn.ConvTranspose2d(1, 1, 5, 2, 2)(torch.zeros(1, 1, 16, 16)).shape)
for wrong in ((4, 31), (6, 32), (12, 31), (6, 35)):
    try:
        check_exercise_2(*wrong)
    except AssertionError:
        print(f"{wrong} is refused")

# %% [markdown]
# **3. Enlarge first (your own code, twenty minutes).** Write `layer(before, after)`, a module that maps (B, before, n, n) to (B, after, 2n, 2n) and treats all pixels alike: of an input that is the same everywhere it makes, away from the rim, an output that is the same everywhere, whatever its weights.

# %%
def check_exercise_3(layer):
    torch.manual_seed(0)
    x = torch.randn(2, 3, 1, 1).expand(2, 3, 9, 9)
    y = layer(3, 5)(x).detach()
    good = y.shape == (2, 5, 18, 18) and y.abs().max() > 0
    middle = y[..., 5:-5, 5:-5] if good else torch.tensor([[[[0.0, 1.0]]]])
    uneven = (middle - middle.mean((2, 3), keepdim=True)).abs().max().item()
    check("your layer is right: twice as large, and even whatever its weights",
          good and uneven < 1e-5, (tuple(y.shape), uneven))


# check_exercise_3(your layer)

# %% tags=["hide-cell", "solution"]
def enlarge(before, after):
    return nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(before, after, 3, 1, 1))


check_exercise_3(enlarge)
# a transposed convolution, even with an even overlap; no doubling
for wrong in (lambda a, b: nn.ConvTranspose2d(a, b, 4, 2, 1),
              lambda a, b: nn.ConvTranspose2d(a, b, 5, 2, 2, 1),
              lambda a, b: nn.Conv2d(a, b, 3, 1, 1)):
    try:
        check_exercise_3(wrong)
    except AssertionError:
        print("this layer is refused")

# %% [markdown]
# **4. A number instead of a kind (your own code, half an hour).** *Smile* is a number from −1 to 1, and no fake has it or lacks it. Find the direction in $z$ along which it grows most, by least squares on what `inspector.numbers` reads off 4,000 fakes. How far does the mean smile move if you add that direction, as long as twice the glasses vector, to all noises? And how far does a random one move it?

# %% tags=["hide-cell", "solution"]
@torch.no_grad()
def smiles(G, z):
    return torch.cat([inspector.numbers(G(part))["smile"] for part in z.split(500)])


before = smiles(with_r1[0], zs)
slope = torch.linalg.lstsq(zs, (before - before.mean())[:, None]).solution[:, 0]
v = vectors[0]["glasses"]
for name, u in {"least squares": slope, "random": random_like(v, 50)}.items():
    up = moved(zs[:1_000], 2 * u * v.norm() / u.norm())
    print(f"{name}: mean smile from ≈ {before[:1_000].mean():.2f} to "
          f"≈ {smiles(with_r1[0], up).mean():.2f}")

# %% [markdown]
# **5. Two at a time (an afternoon).** Guidelines were left out one by one here, so nothing is known of pairs. Choose two that did not matter alone, change `settings()` in `book/evidence/dcgan_guidelines.py`, and run `make evidence NAME=dcgan_guidelines`. Does the second matter once the first is gone?
#
# ## Summary
#
# - A strided convolution and a transposed one are one sparse matrix and its transpose, with a few weights that all places share.
# - A transposed convolution overlaps evenly exactly where its stride divides its kernel. Even then it paints a checkerboard before training, because the weights of even and of odd pixels have different sums.
# - From the published settings convolutions, batch norm in both networks, the low $\beta_1$ and a $D$ that sees fakes in both turns alike are needed. From a stabler net only the convolutions and the low $\beta_1$ are.
# - Batch norm's scale has to start around 1, because drawn from $\mathcal N(0, 0.02^2)$ like other weights it all but silences every feature.
# - At 32 × 32 single faces are less odd without R1 and whole kinds of face are lost, so that precision and recall have to be read together.
# - A mean vector over thousands of fakes puts glasses on nearly every face, and one over three exemplars only on some.
# - $D$'s features beat pixels on digits with few labels, and most of that is the architecture's merit.
#
# > **Often misread.** "DCGAN has no pooling because strides are better." Pooling with nearest upsampling was as good from the published settings and ended half as far again or more from the stabler net.
#
# > **Often misread.** "The checkerboard comes from kernels that the stride does not divide." A trained net can even these out, while a kernel of 4, with its even overlap, can paint a pattern if training goes wrong.
#
# > **Often misread.** "Vector arithmetic shows that $z$ has learned concepts." It shows that along some direction, on average, one attribute changes and others change less. How often that works is a share, which depends on how many fakes the direction was averaged over.
#
# **Further reading.** Radford, Metz & Chintala, [DCGAN](https://arxiv.org/abs/1511.06434) (2016), with its [code](https://github.com/Newmu/dcgan_code). Odena, Dumoulin & Olah, [Deconvolution and checkerboard artifacts](https://distill.pub/2016/deconv-checkerboard/) (2016), with pictures to move. White, [Sampling generative networks](https://arxiv.org/abs/1609.04468) (2016). Mescheder, Geiger & Nowozin, [Which training methods for GANs do actually converge?](https://arxiv.org/abs/1801.04406) (2018), for R1. Kynkäänniemi et al., [Improved precision and recall](https://arxiv.org/abs/1904.06991) (2019).
#
# Next: [chapter 13](13_conditional.ipynb) tells the generator which face to make.
