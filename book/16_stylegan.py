# %% [markdown]
# # 16 · StyleGAN
#
# **What does each layer of a generator decide about a face?** In most generators $z$ enters at the bottom, and nobody can say what becomes of it. StyleGAN lets it reach every layer. Since the factors of our faces are known, what its authors show by eye can be counted.
#
# - **You need** [chapter 12](12_dcgan.ipynb) (faces, the inspector, precision and recall), the layers of [chapter 15](15_progressive.ipynb) and R1 from [chapter 8](08_convergence.ipynb).
# - **Afterwards you can** build a style-based generator, say which of its parts does what, edit a face along a direction, and tell which published claims hold at this scale.
# - **Measured run time:** about 45 s on 2 CPU cores.
#
# > **Predict first.** In each column below the top face is A and the bottom one is B. Each row between is A with the style of a single layer taken from B. Which row will have B's wall, and which B's hair?

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
from copy import deepcopy

from torch import nn
from torch.nn.functional import conv2d, leaky_relu

from gan.metrics import Inspector, frechet_distance, path_length, slerp
from gan.models import stylegan_pair
from gan.models.stylegan import path_slopes
from gan.penalties import lazy, r1

SIZES = (4, 8, 16, 32)
runs = gan.evidence.load("stylegan_faces")["runs"]
unmixed_runs = gan.evidence.load("stylegan_unmixed")["runs"]
judged = gan.evidence.load("dcgan_faces")["runs"][0]


def restored(net, weights):
    """A network with stored weights, ready to be asked."""
    net.load_state_dict(weights)
    return net.eval().requires_grad_(False).to(device)


def seeded(seed):
    return torch.Generator(device).manual_seed(1_000 * SEED + seed)

# %% tags=["hide-cell", "measure"]
inspector = restored(Inspector(32), judged["inspector"])
mixed, unmixed = ([restored(stylegan_pair()[0], run["G"]) for run in several]
                  for several in (runs, unmixed_runs))
painted = gan.data.faces(2_000, 32, torch.Generator().manual_seed(101))[0].to(device)
seen_in_painted = inspector.features(painted)


def last(run, key="looks"):
    """What was measured at the end of a stored run."""
    return run[key][max(run[key], key=int)]


def ws_of(G, n, seed):
    """n styles, one for all layers: (n, layers, width)."""
    return G.net.mapping(G.noise(n, seeded(seed)))

# %% tags=["hide-cell", "measure"]
@torch.no_grad()
def drawn(G, w, seed=7):
    """The faces of styles, all with the same noise maps."""
    maps = G.net.draw_noise(1, torch.Generator(device).manual_seed(seed))
    return torch.cat([G.net.synthesis(part, maps) for part in w.split(500)])


def with_layer(a, b, *layers):
    """a, but for these layers, which come from b."""
    w = a.clone()
    w[:, list(layers)] = b[:, list(layers)]
    return w

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Six rows of ten faces. A: ten faces. 4 from B: other hair shapes, beards, glasses and light. 8 from B: other glasses, hair and hair colours. 16 from B: nearly A, with some other hair colours. 32 from B: A's faces with the walls and the skin of B. B: ten other faces."}}
a, b = ws_of(mixed[0], 10, 1), ws_of(mixed[0], 10, 2)
rows = {"A": drawn(mixed[0], a),
        **{f"{size} from B": drawn(mixed[0], with_layer(a, b, k))
           for k, size in enumerate(SIZES)}, "B": drawn(mixed[0], b)}
figure, axes = plt.subplots(6, 1, figsize=(7.6, 4.9))
for ax, (name, images) in zip(axes, rows.items()):
    plots.show_images(images, columns=10, ax=ax)
    ax.text(-0.01, 0.5, name, transform=ax.transAxes, ha="right", va="center")
plt.show()
print(gan.evidence.cite("stylegan_faces"))
print(gan.evidence.cite("dcgan_faces"))

# %% [markdown]
# B's wall comes with the style of the last layer, and in this model its skin does, too. The shape of the hair and the glasses come with layers 4 and 8, the dye with 8 and 16. Since faces are [drawn from known factors](faces.md), a table below can count such sentences over thousands of pairs.
#
# ## A style for every layer
#
# A generator as in [chapter 12](12_dcgan.ipynb) turns $z$ into its first feature map, and everything else follows from that map. [Karras et al.](https://arxiv.org/abs/1812.04948) break with this in four places. The first map is a learned **constant**, the same for all faces. A small perceptron, the **mapping network**, turns $z$ into $w$, which lives in a space that nobody prescribes. From $w$ each layer computes its own **style**, one number for each channel, by which it weighs its inputs. And each layer is given a map of fresh **noise**, for whatever is chance in a picture.
#
# | | traditional | with styles |
# |---|---|---|
# | the first map | made of $z$ | learned, the same for all |
# | $z$ enters | at the bottom | through $w$, at every layer |
# | a latent for each layer | impossible | possible, called style mixing |
# | chance | must be squeezed out of $z$ | a noise map for each layer |
#
# Here are the two halves by hand, with layers that are equalised as in [chapter 15](15_progressive.ipynb).

# %%
def mapped(z, layers):
    """z, brought to one length, through the mapping network: w."""
    w = z / z.square().mean(-1, keepdim=True).sqrt()
    for layer in layers:
        w = leaky_relu(layer(w), 0.2)
    return w


def styled(x, kernel, s):
    """A convolution whose kernel is scaled by a style and divided by its length."""
    weight = kernel * s[:, None, :, None, None]            # (B, outputs, inputs, 3, 3)
    weight = weight / weight.square().sum((2, 3, 4), keepdim=True).sqrt()
    B, outputs = weight.shape[:2]
    # The batch as one picture whose channels form B groups: each face its own kernel.
    x = x.reshape(1, -1, *x.shape[2:])
    y = conv2d(x, weight.flatten(0, 1), padding=1, groups=B)
    return y.view(B, outputs, *y.shape[2:])

# %% tags=["hide-cell", "checks"]
net = mixed[0].net
z = torch.randn(6, 64, generator=seeded(3), device=device)
check("the mapping by hand is gan.models.stylegan's",
      torch.allclose(mapped(z, net.mapping.layers), net.mapping(z), atol=1e-5))
first, w = net.layers[0], net.mapping(z)
x = torch.randn(6, 64, 4, 4, generator=seeded(4), device=device)
ours = 2**0.5 * styled(x, first.conv.weight, first.style(w))
ours = leaky_relu(ours + 0.1 * first.conv.bias[:, None, None], 0.2)
check("the package, which scales features in place of kernels, gives the same numbers",
      torch.allclose(ours, first(x, w), atol=1e-4), (ours - first(x, w)).abs().max())
times_five = styled(x, first.conv.weight, 5 * first.style(w))
check("a style five times as large changes no demodulated feature",
      torch.allclose(times_five, styled(x, first.conv.weight, first.style(w)),
                     atol=1e-4))
colours, more = net.to_rgb.conv(x[:, :16]), net.to_rgb.conv(5 * x[:, :16])
bias = 0.1 * net.to_rgb.conv.bias[:, None, None]
check("but it does change colours, which are modulated and not demodulated",
      torch.allclose(more - bias, 5 * (colours - bias), atol=1e-4))

# %% [markdown]
# ## Why demodulation replaced AdaIN: the droplet
#
# The first StyleGAN had **adaptive instance normalisation** instead, which brings each feature map of each face to mean 0 and spread 1, then multiplies by the style's scale and adds its shift. This destroys a message, since how *strong* a feature is, compared with other features and with itself in another face, is divided away. [Karras et al. 2020](https://arxiv.org/abs/1912.04958) noticed a blob like a water drop in the feature maps. They conjectured that $G$ smuggles the message past the normalisation, because next to a single enormous spike, which rules the map's statistics, all else keeps its size.
#
# In a toy a pattern comes in with a strength between 0.2 and 2 and must leave a normalisation with that same strength. All that can be learned is a map that is added before, the same for all inputs, and a gain behind. A tanh limits what any one pixel can cost.

# %%
line = torch.linspace(-1, 1, 16)
pattern = torch.sin(3 * line + 1)[:, None] * torch.cos(2 * line)
pattern = 0.3 * (pattern - pattern.mean()) / pattern.std()


def instance_norm(x):
    return (x - x.mean((-2, -1), keepdim=True)) / x.std((-2, -1), keepdim=True)


def carried(normalise, learn=True, steps=700, runs=5):
    """Five learned maps, and the toy that they belong to."""
    torch.manual_seed(1_000 * SEED + 10)
    added = (0.01 * torch.randn(runs, 1, 16, 16)).requires_grad_(learn)
    gain = torch.ones(runs, 1, 1, 1, requires_grad=True)
    adam = torch.optim.Adam([added, gain] if learn else [gain], lr=0.03)
    for _ in range(steps):
        x = (0.2 + 1.8 * torch.rand(runs, 32, 1, 1)) * pattern
        loss = (torch.tanh(gain * normalise(x + added)) - x).square().mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    added, gain = added.detach(), gain.detach()
    return added, lambda x: torch.tanh(gain * normalise(x + added))

# %% tags=["hide-cell", "measure"]
toys = {"no map": carried(instance_norm, learn=False),
        "instance norm": carried(instance_norm),
        "no instance norm": carried(lambda x: x)}
strengths = torch.linspace(0.2, 2, 10)


def strength_out(play):
    """How strong the pattern leaves, (runs, strengths)."""
    y = play(strengths[:, None, None] * pattern)
    return (y * pattern).sum((-2, -1)) / pattern.square().sum()


def peak_over_median(added):
    size = added.abs().flatten(1)
    return size.amax(1) / size.median(1).values

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Two learned maps of 16 by 16 pixels and a plot. In front of instance norm: nearly everywhere 0, with a few pixels that tower over the rest, the droplet. Without instance norm: small values everywhere. Right: the strength that leaves against the strength that enters: without a map it is constant, with the droplet and without instance norm it rises along the diagonal."}}
figure, axes = plt.subplots(1, 3, figsize=(8.6, 2.8), width_ratios=(1, 1, 1.5))
for ax, name in zip(axes, ("instance norm", "no instance norm")):
    ax.imshow(toys[name][0][0, 0], cmap="RdBu", vmin=-6, vmax=6)
    ax.set(title=f"learned before\n{name}", xticks=[], yticks=[])
looks = ({"color": "0.5", "linestyle": "-."}, plots.FAKE, plots.JUDGE)
for (name, (_, play)), look in zip(toys.items(), looks):
    axes[2].plot(strengths, strength_out(play)[0], label=name, **look)
axes[2].plot(strengths, strengths, color="black", linestyle=":", linewidth=1)
axes[2].set(xlabel="strength that enters", ylabel="strength that leaves")
axes[2].legend()
plt.show()

# %% tags=["hide-cell", "checks"]
peaks = {name: peak_over_median(added) for name, (added, _) in toys.items()}
ratios = {name: strength_out(play)[:, -1] / strength_out(play)[:, 0]
          for name, (_, play) in toys.items()}
check("instance norm alone lets a pattern ten times as strong leave no stronger",
      ((ratios["no map"] - 1).abs() < 0.05).all(), ratios["no map"])
claim("a map that is learned in front of it has a peak of more than 20 times its "
      "median pixel, and lets the strength pass, more than 6 times, in five runs",
      (peaks["instance norm"] > 20).all() and (ratios["instance norm"] > 6).all(),
      (peaks, ratios))
claim("without the instance norm no such peak is learned, but less than 8 times the "
      "median, and the strength passes all the same",
      (peaks["no instance norm"] < 8).all() and (ratios["no instance norm"] > 6).all(),
      (peaks, ratios))

# %% [markdown]
# Within seconds of training the droplet is there. A few pixels tower over the rest, and a pattern ten times as strong leaves about ten times as strong, whereas without the map all leave alike. So the suspected mechanism works, gradient descent finds it, and it is due to the instance norm, since without any normalisation no spike is learned. That a whole $G$ must learn it does not follow, and at our scale it does not, as a table further down will say.
#
# The way out is **demodulation**, which divides by the spread that a feature *would* have if all inputs were independent and of spread 1. Nothing is measured on the picture, so there is no statistic for a spike to rule.
#
# <details>
# <summary>Derive: what demodulation divides by</summary>
#
# **Proposition.** *Let the inputs $x_{c,p}$ of a convolution, over channels $c$ and kernel places $p$, be uncorrelated with mean 0 and variance 1. Then an output of the modulated convolution, $y = \sum_{c,p} s_c k_{c,p} x_{c,p}$, has variance $\sum_{c,p} s_c^2 k_{c,p}^2$.*
#
# **Proof.** The mean of $y$ is 0, and $\mathbb E\, y^2 = \sum_{c,p}\sum_{c',p'} s_c k_{c,p} s_{c'} k_{c',p'}\, \mathbb E[x_{c,p}x_{c',p'}]$, of which only the terms with $(c,p) = (c',p')$ are left. ∎
#
# Dividing the kernel of output $j$ by $\sigma_j = \big(\sum_{c,p} s_c^2 k_{j,c,p}^2 + \epsilon\big)^{1/2}$ gives outputs of variance 1 again. The sum runs over inputs and places, for each output and each face. Over outputs, or over the batch, it would be another layer. Since $s_c$ belongs to an input channel and $\sigma_j$ to an output channel, both may be moved to the features, so that inputs are scaled, all faces convolved with one kernel, and outputs divided. That is what the package does, because it is faster. The last layer, which makes colours, is modulated but not demodulated, since how bright a picture is must be free.
#
# </details>
#
# ## A small one, trained now
#
# Here is a StyleGAN of 16 × 16 pixels, with R1 at every eighth step. Of ten faces nine get two latents in training, the second from a random layer on. This is **mixing regularisation**, which keeps a layer from relying on the style of the layer before.

# %%
faces16, _ = gan.data.faces(10_000, 16, torch.Generator().manual_seed(400 + SEED))
torch.manual_seed(1_000 * SEED + 60)
G, D = stylegan_pair({4: 48, 8: 32, 16: 16}, mixing=0.9)
untrained16 = deepcopy(G).eval().to(device)
run = gan.train(G, D, faces16, steps=400, batch=16, lr=1e-2, betas=(0.0, 0.99),
                penalties=(lazy(r1(1.0), 8),), ema=0.99, seed=1_000 * SEED + 61,
                device=device)
same_z = untrained16.noise(12, seeded(62))
film = [untrained16(same_z).detach().cpu()]
for step in run:
    if step.index % 40 == 0:
        film.append(run.G_ema(same_z).detach().cpu())

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Scrubber through 400 steps of a StyleGAN of 16 pixels, twelve faces. They begin as garish patches, become one blurred grey face after some forty steps, and differ in hair, skin and walls in the end."}}
import base64
import io

from PIL import Image
from torchvision.utils import make_grid

from gan.figures import Scrubber, StyleExplorer


def as_png(images, columns, scale):
    """Pictures in rows, as the text that a Scrubber takes."""
    sheet = make_grid((images.clamp(-1, 1) + 1) * 127.5, columns, 1, pad_value=255)
    sheet = sheet.byte().repeat_interleave(scale, 1).repeat_interleave(scale, 2)
    file = io.BytesIO()
    picture = Image.fromarray(sheet.permute(1, 2, 0).numpy())
    picture.quantize(256).save(file, "png", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


Scrubber([as_png(images, 6, 6) for images in film],
         [f"After {40 * k} steps: the same twelve noises" for k in range(len(film))],
         "training step", still=0)

# %% tags=["hide-cell", "checks"]
small_runs = gan.evidence.load("stylegan_small")["runs"]
small_eye = restored(Inspector(16), judged["inspector16"])
real16 = gan.data.faces(2_000, 16, torch.Generator().manual_seed(101))[0].to(device)


def distance16(G):
    fakes = G.sample(2_000, seeded(63))
    return frechet_distance(small_eye.features(fakes), small_eye.features(real16))


live, before = distance16(run.G_ema), distance16(untrained16)
band = [one["rows"]["as it is"]["400"]["distance"] for one in small_runs]
claim("400 steps bring the Fréchet distance to less than a tenth of the untrained one",
      live < before / 10, (live, before))
claim("and to within half of the mean of the stored runs at that step",
      abs(live / (sum(band) / len(band)) - 1) < 0.5, (live, band))

# %% [markdown]
# The stored models have 32 × 32 pixels and were trained on a GPU for four to five thousand steps of 64 faces. On the left are faces of one latent each, and on the right faces whose last two layers have a second one.

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Three sheets of 36 faces. StyleGAN: clear, varied faces with beards, glasses, long and short hair, slightly grainy. Painted: crisp faces, one with a red hat. StyleGAN with two latents: as varied, with other walls and skins."}}
several = [ws_of(mixed[0], 36, seed) for seed in (50, 51, 52)]
sheets = {"StyleGAN": drawn(mixed[0], several[0]), "painted": painted[:36],
          "StyleGAN, two latents": drawn(mixed[0], with_layer(*several[1:], 2, 3))}
figure, axes = plt.subplots(1, 3, figsize=(9.6, 3.5))
for ax, (title, images) in zip(axes, sheets.items()):
    plots.show_images(images, columns=6, ax=ax, title=title)
plt.show()
print(gan.evidence.cite("stylegan_unmixed"))

# %% tags=["hide-input", "measure"]
SHOWN = {"distance": (1, 1), "precision": (0, 100), "recall": (0, 100),
         "oddness": (2, 1), "hat: yes": (1, 100)}


def pm(values, digits=1, unit=1):
    """Mean and standard deviation over seeds."""
    values = torch.as_tensor(values, dtype=torch.float64) * unit
    return f"≈ {values.mean():.{digits}f} ± {values.std():.{digits}f}"


def row_of(name, looks):
    return [name, *(pm([one[key] for one in looks], digits, unit)
                    for key, (digits, unit) in SHOWN.items())]


Table(["", "Fréchet distance", "precision, %", "recall, %", "oddness", "hats, %"],
      [row_of("untrained", [run["looks"]["0"] for run in runs]),
       *(row_of(f"{step} steps", [run["looks"][step] for run in runs])
         for step in ("500", "2000") if step in runs[0]["looks"]),
       row_of("the end", [last(run) for run in runs]),
       row_of("without mixing, the end", [last(run) for run in unmixed_runs])])

# %% tags=["hide-cell", "checks"]
ends, starts = [last(run) for run in runs], [run["looks"]["0"] for run in runs]
claim("each of three stored models: the Fréchet distance is below 16, and that of the "
      "same networks untrained above 1,000",
      all(end["distance"] < 16 and start["distance"] > 1_000
          for end, start in zip(ends, starts)), ends)
claim("each: more than 80 % of the fakes lie among painted faces, yet less than half "
      "of the painted ones lie among the fakes",
      all(end["precision"] > 0.8 and end["recall"] < 0.5 for end in ends), ends)

# %% [markdown]
# Single faces are good, because nineteen in twenty lie among painted ones in the inspector's features. But the set is too narrow, since the hat, which 3 % of the painted faces wear, is missing, and few painted faces have a fake near them. So precision is high and recall low. The models without mixing come nearer to the data.
#
# ## Which layer decides what
#
# Take the style of one layer from face B, as in the first figure. If a factor now reads as it does in B, this layer decides it, and if it still reads as in A, it does not. Over thousands of pairs the **share that a layer carries** is the slope, through 0, of how far the inspector's reading has moved on how far apart A and B are. A factor with kinds is read as their probabilities. If the layers' effects simply added up, the four shares would sum to 1.

# %%
def share_carried(before, after, other):
    """How far readings went from a face's own to another's: 0 not at all, 1 all."""
    way = other - before
    return (((after - before) * way).sum() / way.square().sum()).item()

# %% tags=["hide-cell", "measure"]
def readings(images):
    """Probabilities of kinds, numbers, and hues as points on a circle."""
    kinds = gan.metrics.inspector.KINDS
    return {name: out.softmax(1) if name in kinds else out
            for name, out in inspector(images).items()}


def shares(G, n=400):
    """Factor -> share that each layer carries, measured now."""
    a, b = ws_of(G, n, 11), ws_of(G, n, 12)
    of_a, of_b = readings(drawn(G, a)), readings(drawn(G, b))
    swapped = [readings(drawn(G, with_layer(a, b, k))) for k in range(len(SIZES))]
    return {name: [share_carried(of_a[name], one[name], of_b[name]) for one in swapped]
            for name in of_a}


live_table = shares(mixed[0])

# %% tags=["hide-cell", "measure"]
tables = {"with mixing": [run["measured"]["layers"] for run in runs],
          "without": [run["measured"]["layers"] for run in unmixed_runs]}
FACTORS = [name for name in tables["with mixing"][0] if name != "hat"]


def mean_share(kind):
    """(factors, layers), over the stored models."""
    return torch.tensor([[one[name] for name in FACTORS]
                         for one in tables[kind]]).mean(0)

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Two tables of 18 factors by the layers 4, 8, 16 and 32, coloured by share. With mixing: pose, hair, glasses, beard, smile and eyes lie at .3 to .6 in layers 4 and 8; the dye at .5 in 8 and .3 in 16; skin .6 and wall 1.0 in 32; light 1.0 in 4. Without: nearly all lie at .5 to .6 in layer 4 and .3 to .4 in 8."}}
figure, axes = plt.subplots(1, 2, figsize=(8.2, 5.4), sharey=True)
for ax, kind in zip(axes, tables):
    values = mean_share(kind)
    ax.imshow(values, cmap="Oranges", vmin=0, vmax=1, aspect="auto")
    for (row, column), value in zip(torch.cartesian_prod(
            torch.arange(len(FACTORS)), torch.arange(4)).tolist(), values.flatten()):
        ax.text(column, row, f"{value:.2f}".replace("0.", "."), ha="center",
                va="center", fontsize=8, color="white" if value > 0.65 else "black")
    ax.set(title=kind, xticks=range(4), xticklabels=SIZES, xlabel="layer")
axes[0].set_yticks(range(len(FACTORS)), FACTORS)
for ax in axes:
    for edge in (3.5, 11.5):                     # between coarse, middle and fine
        ax.axhline(edge, color="0.4", linewidth=0.8)
plt.show()

# %% tags=["hide-cell", "checks"]
def share_of(names, layers, kind="with mixing"):
    """The mean share that layers carry of these factors, model by model."""
    return torch.tensor([sum(one[name][k] for name in names for k in layers)
                         / len(names) for one in tables[kind]])


def first_is_main(kind):
    """Of how many factors does the first layer carry most, model by model?"""
    return [sum(one[name][0] == max(one[name]) for name in FACTORS)
            for one in tables[kind]]


MIDDLE = list(gan.data.portraits.MIDDLE)
pose = share_of(["hair", "turn", "tilt", "width"], [0, 1])
claim("stored, each of three models with mixing: the last layer carries more than 0.9 "
      "of the wall, and the first more than 0.9 of the light",
      (share_of(["wall"], [3]) > 0.9).all() and (share_of(["light"], [0]) > 0.9).all(),
      tables["with mixing"])
claim("each: layers 4 and 8 carry more than 0.75 of pose and the hair's shape",
      (pose > 0.75).all(), pose)

# %% tags=["hide-cell", "checks"]
claim("each: they also carry more than 0.65 of the eight factors in the middle of the "
      "face, of which the layer of 16 carries less than 0.35",
      (share_of(MIDDLE, [0, 1]) > 0.65).all() and (share_of(MIDDLE, [2]) < 0.35).all(),
      (share_of(MIDDLE, [0, 1]), share_of(MIDDLE, [2])))
counts = {kind: first_is_main(kind) for kind in tables}
claim("the first layer carries most of at least 14 of 18 factors in each model without "
      "mixing, and of at most 12 in each with it",
      min(counts["without"]) >= 14 and max(counts["with mixing"]) <= 12, counts)
main = [max(range(4), key=one["skin"].__getitem__) for one in tables["with mixing"]]
claim("which layer carries most of the skin is not the same in all three models",
      len(set(main)) > 1, main)
worst = max(abs(now - then) for name in FACTORS for now, then in
            zip(live_table[name], tables["with mixing"][0][name]))
claim("400 pairs drawn now give the stored shares of the first model within 0.25",
      worst < 0.25, worst)

# %% [markdown]
# As the tale goes, coarse layers decide pose and the shape of hair, middle ones the features of the face, and fine ones its colours. It holds in part, since the wall is decided by the last layer in all three models, and pose and the shape of the hair by the first two. Without mixing, the first layer carries most of nearly everything.
#
# Other parts do not hold. Glasses, beard and smile sit with pose in the first two layers, and the layer of 16, which should be theirs, carries less than a third of them on average and is main for the dye only, in one model. The light is listed as fine in our painter but lies in the very first layer, as it is a slope across the whole picture. And the skin is carried by the last layer in two models and by the second in the third, so that one seed would have told a tale of its own.
#
# Mixing regularisation has a price and a gain, and both show in how good faces of several latents are.

# %% tags=["hide-input", "measure"]
def distance_of_mixed(several, k):
    """Fréchet distances of faces that have k latents."""
    return [last(run)["distance"] if k == 1 else
            run["measured"]["mixed"][str(k)]["distance"] for run in several]


Table(["latents in a face, Fréchet distance", "1", "2", "3", "4"],
      [[name, *(pm(distance_of_mixed(several, k)) for k in (1, 2, 3, 4))]
       for name, several in (("trained with mixing", runs),
                             ("trained without", unmixed_runs))])

# %% tags=["hide-cell", "checks"]
rise = {name: [b - a for a, b in zip(distance_of_mixed(several, 1),
                                     distance_of_mixed(several, 4))]
        for name, several in (("with", runs), ("without", unmixed_runs))}
claim("four latents in a face raise the distance for each model trained without mixing "
      "and lower it for each trained with it",
      min(rise["without"]) > 0 > max(rise["with"]), rise)
one_latent, two_latents = (distance_of_mixed(runs, k) for k in (1, 2))
claim("each model trained with mixing is nearer to the data with two latents in a face "
      "than with one", all(b < a for a, b in zip(one_latent, two_latents)),
      (one_latent, two_latents))
claim("with a single latent each is more than 1.5 times as far as any trained without",
      min(one_latent) > 1.5 * max(distance_of_mixed(unmixed_runs, 1)), one_latent)

# %% [markdown]
# A model that was trained without mixing gets worse with each latent more. One that was trained with it is *best* with two, and with the single one that is used when it is sampled its distance doubles. A reason is at hand, since nine in ten of the faces that $D$ judged had two. In the paper, with 18 layers and a far longer training, mixing has no such price, since with it the FID on FFHQ goes [from 4.42 to 4.40](https://arxiv.org/abs/1812.04948).
#
# ## Is W straighter than Z?
#
# $z$ has to be normal, whatever the data are like. If some combination of factors is missing among the data, a map from $z$ to faces must bend around the gap. $w$ is under no such order, so that the mapping can take the bend upon itself and leave the synthesis a straight task. This argument, of figure 6 in [their paper](https://arxiv.org/abs/1812.04948), can be watched in two dimensions. The data fill a square but for one corner, $G$ is a perceptron whose middle is squeezed through two numbers $w$, and each point is coloured by where $G$ paints it.

# %%
class Cornerless:
    """The square from -1 to 1, without its upper right quarter."""

    def sample(self, shape, generator=None):
        like = {"generator": generator, "device": generator and generator.device}
        x = 2 * torch.rand(*shape, 2, **like) - 1
        # where the corner's points go
        quarter = torch.randint(3, (*shape, 1), **like)
        flip = torch.cat([quarter != 1, quarter != 0], -1)
        return torch.where((x > 0).all(-1, keepdim=True) & flip, -x, x)


def squeezed(width=64):
    """z -> w, two numbers -> x; and a discriminator."""
    mapping = [nn.Linear(2, width), nn.LeakyReLU(0.2), nn.Linear(width, width),
               nn.LeakyReLU(0.2), nn.Linear(width, 2)]
    synthesis = [nn.Linear(2, width), nn.LeakyReLU(0.2), nn.Linear(width, 2)]
    D = nn.Sequential(gan.models.mlp([2, width, width, 1], gan.models.leaky),
                      nn.Flatten(0))
    return gan.models.Generator(nn.Sequential(*mapping, *synthesis), 2), D

# %% tags=["hide-cell", "measure"]
def straightness(G, n=2_000):
    """z, w and x of n points of each run, and R² of lines from z and from w to x."""
    with torch.no_grad():
        z = G.noise(n, seeded(70))
        w = nn.Sequential(*list(G.net)[:5])(z)
        x = nn.Sequential(*list(G.net)[5:])(w)
    read = {}
    for name, points in {"z": z, "w": w}.items():
        points = torch.cat([points, torch.ones_like(points[..., :1])], -1).cpu()
        left = x.cpu() - points @ torch.linalg.lstsq(points, x.cpu()).solution
        about = x.cpu() - x.cpu().mean(1, keepdim=True)
        read[name] = 1 - left.square().sum((1, 2)) / about.square().sum((1, 2))
    return {"z": z.cpu(), "w": w.cpu(), "x": x.cpu(), "read": read}


torch.manual_seed(1_000 * SEED + 71)
toy_G, toy_D = gan.ensemble.stack(squeezed() for _ in range(6))
before_training = straightness(toy_G.to(device))
toy_run = gan.train(toy_G, toy_D, Cornerless(), steps=2_000, batch=128, lr=1e-3,
                    betas=(0.5, 0.99), penalties=(lazy(r1(1.0), 4),), ema=0.995,
                    seed=1_000 * SEED + 72, device=device)
for step in toy_run:
    pass
bent = straightness(toy_run.G_ema)

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Three clouds of points coloured by where G paints them. What G paints: an L of colours, the upper right corner empty. In z: a round cloud whose colours meet in the middle as around a pinched corner. In w: a cloud shaped more like the L, its colours more evenly spread."}}
def two_colours(x):
    """Red for the first factor, blue for the second."""
    share = ((x + 1) / 2).clamp(0, 1)
    return torch.stack([share[:, 0], 0.35 + 0 * share[:, 0], share[:, 1]], 1).numpy()


# a middling run
best = (bent["read"]["w"] - bent["read"]["z"]).argsort()[3].item()
figure, axes = plt.subplots(1, 3, figsize=(8.4, 2.9))
for ax, (name, title) in zip(axes, {"x": "what G paints", "z": "in z",
                                    "w": "in w"}.items()):
    ax.scatter(*bent[name][best].T, s=3, c=two_colours(bent["x"][best]))
    ax.set(title=title, xticks=[], yticks=[])
plt.show()
Table(["R² of a line", "from z", "from w"],
      [["before training", *(pm(before_training["read"][k], 2) for k in "zw")],
       ["after 2,000 steps", *(pm(bent["read"][k], 2) for k in "zw")]])

# %% tags=["hide-cell", "checks"]
apart = bent["read"]["w"] - bent["read"]["z"]
claim("in the toy a line reads the factors better from w than from z, by more than "
      "0.03 of R² on average over six runs, and in at least four of them",
      apart.mean() > 0.03 and (apart > 0).sum() >= 4, bent["read"])
claim("but before any training it reads them better still from w, above 0.9 on average",
      before_training["read"]["w"].mean() > 0.9, before_training["read"])

# %% [markdown]
# A line reads the factors better from $w$ than from $z$, as the argument has it. But in the *untrained* toy the factors are read from $w$ nearly perfectly, since two layers with random weights bend little. So training does not straighten $w$, but bends the whole way from $z$ to $x$ and puts more of the bend before $w$ than after it.
#
# For faces two measures stand for straightness. **Perceptual path length** is how fast the features change on the way from one latent to another, squared, while a **probe** is a linear model that reads a factor from the latent. On a path between two points of a sphere one turns, and in $w$ one goes straight, which is shorter by itself. For a linear $G$ and points at a right angle the ratio is exactly $8/\pi^2 \approx 0.81$, because turning goes at speed $\pi r/2$ and the chord at $\sqrt2\,r$, and the measure squares both. No such number is known for a net like ours, so that a generator without a mapping is the rival.

# %% tags=["hide-cell", "measure"]
def paths_of(several):
    found = [last(run)["paths"] for run in several]
    return [[one["z full"] for one in found], [one["w full"] for one in found]]


@torch.no_grad()
def paths_now(G, n=200):
    """Path lengths in z and in w of a net that is not stored."""
    def styles(n, generator):
        return G.net.mapping(G.noise(n, generator))
    given = {"epsilon": 1e-3, "generator": seeded(80)}
    in_z = path_length(G, inspector.features, n, **given)
    return in_z, path_length(G.net.synthesis, inspector.features, n, path=torch.lerp,
                             noise=styles, **given | {"generator": seeded(80)})

# %% tags=["hide-input", "measure"]
torch.manual_seed(1_000 * SEED + 81)
fresh = [paths_now(stylegan_pair()[0].eval().to(device)) for _ in runs]
PUBLISHED = {"StyleGAN": (664.9, 233.3), "StyleGAN2": (348.0, 126.9)}
measured = {"with mixing": paths_of(runs), "without mixing": paths_of(unmixed_runs),
            "untrained": list(zip(*fresh))}
path_ratios = {name: [w / z for z, w in zip(*both)] for name, both in measured.items()}
Table(["path length, full", "in Z", "in W", "ratio"],
      [[name, pm(z, 0), pm(w, 0), pm(path_ratios[name], 2)]
       for name, (z, w) in measured.items()]
      + [[f"published, {name}", z, w, f"{w / z:.2f}"]
         for name, (z, w) in PUBLISHED.items()]
      + [["linear G, exact", "", "", f"{8 / math.pi**2:.2f}"]])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "R squared of a linear probe for 18 factors, from z and from w, the range over three models. From w it is higher for every factor on average: light .92 against .52, skin .93 against .73, tilt .89 against .74, hair .41 against .22, nose .14 against .05."}}
def probes_of(several, space):
    """R² of each factor's probe, (models, factors)."""
    return torch.tensor([[last(run)["probes"][space][name] for name in FACTORS]
                         for run in several])


figure, ax = plt.subplots(figsize=(7.4, 3.2))
for space, look in (("z", plots.JUDGE), ("w", plots.FAKE)):
    values = probes_of(runs, space)
    ax.plot(range(len(FACTORS)), values.mean(0), "o", color=look["color"],
            label=f"from {space}")
    ax.vlines(range(len(FACTORS)), values.amin(0), values.amax(0),
              color=look["color"])
ax.set_xticks(range(len(FACTORS)), FACTORS, rotation=45, ha="right")
ax.set(ylabel="R² of a linear probe", ylim=(0, 1))
ax.legend()
plt.show()

# %% tags=["hide-cell", "measure"]
depth_runs = gan.evidence.load("stylegan_depth")["runs"]
common = "2000"                                  # steps that all of them have done


def at_depth(depth):
    """Looks of the stored models of this depth at the step that all have."""
    if depth == 3:
        return [run["looks"][common] for run in runs]
    return [run["depths"][str(depth)]["looks"][common] for run in depth_runs]


def mean_probe(look, space):
    return sum(look["probes"][space][name] for name in FACTORS) / len(FACTORS)

# %% tags=["hide-input", "measure"]
depths = {depth: {"distance": [one["distance"] for one in at_depth(depth)],
                  "path": [one["paths"]["w full"] for one in at_depth(depth)],
                  "path z": [one["paths"]["z full"] for one in at_depth(depth)],
                  "probe": [mean_probe(one, "w") for one in at_depth(depth)]}
          for depth in (0, 2, 3)}


def mean_of(depth, key):
    return sum(depths[depth][key]) / 3


print(gan.evidence.cite("stylegan_depth"))
Table([f"mapping, after {common} steps", "distance", "path in Z", "path in W",
       "R² from w"],
      [[f"{depth} layers", pm(one["distance"]), pm(one["path z"], 0),
        pm(one["path"], 0), pm(one["probe"], 2)] for depth, one in depths.items()])

# %% tags=["hide-cell", "checks"]
gap = probes_of(runs, "w").mean(1) - probes_of(runs, "z").mean(1)
claim("stored, each of three models: probes read the factors better from w than from "
      "z, by more than 0.05 of R² on average", (gap > 0.05).all(), gap)
claim("each: paths in W are shorter than 8/π² of those in Z, which a linear G has",
      max(path_ratios["with mixing"]) < 0.81, path_ratios)
claim("and so they are before any training, for three untrained networks",
      max(path_ratios["untrained"]) < 0.81, path_ratios)
claim("stored, after 2,000 steps: paths in W are as long with a mapping as without, up "
      "to 15 % on average, while those in Z are more than 1.3 times as long",
      abs(mean_of(3, "path") / mean_of(0, "path") - 1) < 0.15
      and mean_of(3, "path z") > 1.3 * mean_of(0, "path z"), depths)
claim("probes read z without a mapping as well as w with three layers, up to 0.1 of R² "
      "on average", abs(mean_of(0, "probe") - mean_of(3, "probe")) < 0.1, depths)
claim("each model without a mapping is then nearer to the data than any with three "
      "layers", max(depths[0]["distance"]) < min(depths[3]["distance"]), depths)

# %% tags=["hide-cell", "checks"]
straight_G = gan.models.Generator(nn.Linear(2_000, 16, bias=False), 2_000)
turned, along = (path_length(straight_G, lambda x: x, path=path, epsilon=1e-3,
                             generator=torch.Generator().manual_seed(SEED))
                 for path in (slerp, torch.lerp))
check("for a linear G going straight is 8/π² of turning, up to 3 %",
      abs(along / turned / (8 / math.pi**2) - 1) < 0.03, (along, turned))

# %% [markdown]
# So the published finding is there, since every factor is read better from $w$ than from $z$. Paths in W are two thirds as long as those in Z, where [StyleGAN](https://github.com/NVlabs/stylegan) and [StyleGAN2](https://github.com/NVlabs/stylegan2) have one third on FFHQ and in other features. Yet rivals take most of its meaning away. Untrained networks show the same order of lengths. Even from $w$ most factors are read with an $R^2$ below 0.5. Above all, a generator that has *no* mapping has paths as short as those in W and probes about as good, so that its ratio is 1. After 2,000 steps, which is as far as all depths were trained, the mapping has not made a straighter space. It has made $z$ more crooked, and $w$ is about what $z$ would have been without it. Nor does it pay in quality by then, since the generator without a mapping is nearest to the data.

# %% [markdown]
# ## Truncation: fewer mistakes, fewer kinds
#
# The idea of the **truncation trick** is that $G$ has learned least about unusual $w$. It pulls every $w$ towards the mean one, $w' = \bar w + \psi\,(w - \bar w)$. At $\psi = 0$ all faces are one. In training it is never used.
#
# > **Predict first.** Which will a G lose first as $\psi$ falls: short hair, which a third of the faces have, glasses, or the hat?

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Five rows of ten faces as psi falls from 1 to 0. At 1: varied, with beards, glasses and several hair colours. At 0.7: hair is shorter, one beard is thinner. At 0.5: no beards, one pair of glasses. At 0.25: all nearly alike. At 0: ten times the same short-haired face on a pink wall."}}
@torch.no_grad()
def truncated(G, w, psi):
    return G.net.mean().lerp(w, psi)


some = ws_of(mixed[0], 10, 90)
psis = (1.0, 0.7, 0.5, 0.25, 0.0)
figure, axes = plt.subplots(5, 1, figsize=(7.6, 4.1))
for ax, psi in zip(axes, psis):
    plots.show_images(drawn(mixed[0], truncated(mixed[0], some, psi)), 10, ax)
    ax.text(-0.01, 0.5, f"ψ = {psi}", transform=ax.transAxes, ha="right", va="center")
plt.show()

# %% tags=["hide-cell", "measure"]
STEPS_OF_PSI = ("1.0", "0.85", "0.7", "0.5", "0.25", "0.0")


def along_psi(key, several=runs):
    """(models, values of ψ)"""
    return torch.tensor([[run["measured"]["truncation"][psi][key]
                          for psi in STEPS_OF_PSI] for run in several])


def left_over(psi):
    """Of the spread of readings, the share that is left: (models, factors)."""
    spreads = [[run["measured"]["truncation"][one]["spreads"] for one in (psi, "1.0")]
               for run in runs]
    return torch.tensor([[now[name] / full[name] for name in FACTORS]
                         for now, full in spreads])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Left: precision rises from .96 to 1 as psi falls, clean faces rise from about .1 to .3 and more, recall falls from .01 to 0. Right: the spread that each factor keeps at psi 0.5. Beard keeps .3 and glasses .45, most others .6 to .75, dye, iris, brow and shirt .9 and more."}}
figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.4), width_ratios=(1, 1.5))
values = [float(psi) for psi in STEPS_OF_PSI[:-1]]
for key, look in (("precision", plots.JUDGE), ("recall", plots.FAKE),
                  ("clean", {"color": "0.4", "linestyle": "-."})):
    plots.band(left, values, along_psi(key)[:, :-1], label=key, **look)
left.set(xlabel="ψ", ylabel="share", ylim=(0, 1.02))
left.legend()
remaining = left_over("0.5")
order = remaining.mean(0).argsort()
right.plot(range(len(FACTORS)), remaining[:, order].mean(0), "o", color="black")
right.vlines(range(len(FACTORS)), remaining[:, order].amin(0),
             remaining[:, order].amax(0), color="black")
right.axhline(0.5, color="0.6", linestyle=":")
right.set_xticks(range(len(FACTORS)), [FACTORS[k] for k in order], rotation=45,
                 ha="right")
right.set(ylabel="spread left at ψ = 0.5", ylim=(0, 1.02))
plt.show()

# %% tags=["hide-input", "measure"]
TRUE = {"hat: yes": 3, "beard: yes": 25, "glasses: yes": 30, "hair: bald": 15,
        "hair: long": 30, "hair: curly": 20, "hair: short": 35, "dye: black": 30,
        "dye: grey": 10, "dye: brown": 30}
Table(["share, %", "painted", *(f"ψ = {psi}" for psi in ("1.0", "0.7", "0.5"))],
      [[name.replace(": yes", ""), f"{TRUE[name]} (exact)",
        *(pm(along_psi(name)[:, STEPS_OF_PSI.index(psi)], 1, 100)
          for psi in ("1.0", "0.7", "0.5"))] for name in TRUE])

# %% tags=["hide-cell", "checks"]
at_half = STEPS_OF_PSI.index("0.5")
precision, distance = along_psi("precision"), along_psi("distance")
claim("stored, each model: at ψ = 0.5 a larger share of fakes is clean and lies among "
      "painted faces than at 1",
      (precision[:, at_half] > precision[:, 0]).all()
      and (along_psi("clean")[:, at_half] > along_psi("clean")[:, 0]).all(),
      (precision, along_psi("clean")))
claim("and the Fréchet distance rises with every step of ψ down, so that variety costs "
      "more than fidelity gains", (distance.diff(dim=1) > 0).all(), distance)
hats, hair = along_psi("hat: yes"), along_psi("hair: short")
claim("each: fewer than one fake in 500 wears a hat before any truncation, of three in "
      "100 painted faces", (hats[:, 0] < 0.002).all(), hats)
lost = {name: along_psi(name)[:, at_half] / along_psi(name)[:, 0]
        for name in ("glasses: yes", "beard: yes", "hair: curly", "hair: bald",
                     "dye: black", "dye: grey")}
claim("each: at ψ = 0.5 less than 40 % of the glasses, beards, curls, black and grey "
      "hair is left, more than 80 % of the bald heads, and more short hair than before",
      all((lost[name] < 0.4).all() for name in lost if "bald" not in name)
      and (lost["hair: bald"] > 0.8).all() and (hair[:, at_half] > hair[:, 0]).all(),
      lost)

# %% [markdown]
# Truncation keeps its promise, as fewer faces are odd, and has its price, for the Fréchet distance triples at $\psi = 0.5$. The hat, however, was lost in training, before any truncation. Among what is left beards, glasses, curls and grey or black hair go first, although a quarter of the fakes have black hair. That the mean $w$ has none of a kind does not decide it, as it has no bald head and these stay. So what a truncated $G$ loses is not simply what is rare.
#
# ## Noise
#
# Each layer adds a map of normal numbers, times a learned strength that starts at 0. In [the paper](https://arxiv.org/abs/1812.04948) such maps come to carry what is chance, such as how single hairs lie, or freckles, which our painted faces have as well. Here the same face is drawn with sixteen different sets of maps.

# %% tags=["hide-cell", "measure"]
def moved_by_noise(run):
    return run["measured"]["noise"]["pixels"]


def most_moved(run):
    """The largest share that noise alone has in the variance of a reading."""
    share = run["measured"]["noise"]["share"]
    return max(share[name] for name in FACTORS)


grain = [one["rows"] for one in small_runs]
end16 = str(max(map(int, grain[0]["grain"])))


def small(row, key, when=None):
    return [one[row][when or end16][key] for one in grain]

# %% tags=["hide-input", "measure"]
Table(["", "noise moves a pixel by", "grain in the corner"],
      [["faces of 32 × 32", pm([moved_by_noise(run) for run in runs], 4), ""],
       ["faces of 16 × 16", pm(small("as it is", "noise"), 4),
        pm(small("as it is", "rough"), 3)],
       ["16 × 16 with grain of 0.15", pm(small("grain", "noise"), 3),
        pm(small("grain", "rough"), 3)],
       ["the same, G without noise", pm(small("grain, no noise", "noise"), 3),
        pm(small("grain, no noise", "rough"), 3)]])

# %% tags=["hide-cell", "checks"]
moved_now = [moved_by_noise(run) for run in runs + unmixed_runs]
claim("stored, each of six models: noise moves a pixel by less than 0.001 of a range "
      "of 2, and makes less than 1 % of the variance of any reading",
      max(moved_now) < 0.001 and max(most_moved(run) for run in runs) < 0.01, moved_now)
grainy = small("grain", "noise")
claim("and in each small one by less than 0.01, although the data have grain of 0.15",
      max(grainy) < 0.01, grainy)
loud = deepcopy(mixed[0].net)
for layer in loud.layers:
    layer.strength.fill_(5.0)
w = ws_of(mixed[0], 20, 92)
shaken = torch.stack([loud.synthesis(w) for _ in range(8)]).std(0).mean().item()
claim("the maps would reach the picture: with strengths set to 5 they move a pixel by "
      "more than 0.02", shaken > 0.02, shaken)

# %% [markdown]
# At this scale the noise goes unused, for its strengths stay near 0, so that no factor follows it and hardly a pixel moves. Freckles and strands might be too small to matter at 32 × 32, which is why the second half of the table has data with grain on every pixel. Even then noise moves a pixel by some thousandths only, and a $G$ whose noise was taken away has as much grain. In the paper, adding noise inputs changes the FID on FFHQ [from 4.88 to 4.42](https://arxiv.org/abs/1812.04948). Our runs only say that an input which is offered need not be used, at least for as long as they lasted.
#
# ## Editing along a direction
#
# If a line reads a factor from $w$, then $w$ can be moved along that line to change it. Least squares gives the slope $c$ of the reading in each coordinate of $w$. The step $c\,/\lVert c\rVert^2$ is the shortest one that raises the reading by 1.

# %%
def direction(w, reading):
    """The shortest step in w that raises a reading, as a line sees it, by 1."""
    centred = w - w.mean(0)
    cut = 1e-4 * centred.square().sum(0).mean() * torch.eye(w.shape[1]).to(w)
    moments = centred.T @ (reading - reading.mean())
    c = torch.linalg.solve(centred.T @ centred + cut, moments)
    return c / c.square().sum()

# %% tags=["hide-cell", "measure"]
TARGETS = ("smile", "glasses", "skin")
NUMBERS = [name for name in gan.metrics.inspector.NUMBERS
           if name not in ("wall", "shirt")]


def spread_of(name, effects):
    """The mean size of a step's effects on other numbers, in standard deviations."""
    others = [abs(effects[other]) for other in NUMBERS if other != name]
    return sum(others) / len(others)


def precise(space, name):
    """Own effect over the mean of the others', of each stored model."""
    edits = [run["measured"]["edits"][space][name] for run in runs]
    return [abs(one[name]) / spread_of(name, one) for one in edits]


# %% tags=["hide-input", "measure"]
WAYS = {"along a probe's line in z": "z", "along a probe's line in w": "w",
        "the mean change of w": "w mean"}
EDITED = ("smile", "open", "turn", "tilt", "skin", "light")
Table(["own effect over the others'", *EDITED],
      [[title, *(pm(precise(space, name)) for name in EDITED)]
       for title, space in WAYS.items()])

# %% tags=["hide-cell", "measure"]
explored = mixed[0]
ws = explored.net.mapping(torch.randn(2_000, 64, generator=seeded(95), device=device))
with torch.no_grad():
    outputs = inspector(drawn(explored, ws[:, None].expand(-1, 4, -1)))
read_off = {"smile": outputs["smile"][:, 0], "skin": outputs["skin"][:, 0],
            "glasses": outputs["glasses"][:, 1] - outputs["glasses"][:, 0]}
# So many units of its reading that a whole step shows: found by trying.
WHOLE = {"smile": 1.6, "skin": 1.3, "glasses": 60.0}
steps_in_w = {name: WHOLE[name] * direction(ws, read_off[name]) for name in TARGETS}

# %% tags=["hide-cell", "measure"]
def effects(step, n=400):
    """What a step does to n faces: numbers of -1 to 1, and shares."""
    start = ws[:n, None].expand(-1, 4, -1)
    faces = [drawn(explored, w) for w in (start, start + step)]
    before, after = (inspector(one) for one in faces)
    kinds = [{name: out.argmax(1) for name, out in one.items() if out.shape[1] > 1}
             for one in (before, after)]
    bare = kinds[0]["glasses"] == 0
    return {**{name: (after[name] - before[name]).mean().item()
               for name in ("smile", "skin")},
            "glasses": (kinds[1]["glasses"][bare] == 1).float().mean().item(),
            "hair": (kinds[1]["hair"] != kinds[0]["hair"]).float().mean().item()}

# %% tags=["hide-input", "measure"]
tried = {name: effects(step) for name, step in steps_in_w.items()}
longest = max(step.norm() for step in steps_in_w.values())
random = torch.randn(5, 64, generator=seeded(97), device=device)
by_chance = [effects(longest * u / u.norm(), 150) for u in random]
tried["five random steps as long as the longest"] = {
    key: sum(abs(one[key]) for one in by_chance) / 5 for key in by_chance[0]}
Table(["a whole step", "smile changes by", "skin changes by", "get glasses, %",
       "other hair, %"],
      [[name, f"≈ {one['smile']:.2f}", f"≈ {one['skin']:.2f}",
        f"≈ {100 * one['glasses']:.0f}", f"≈ {100 * one['hair']:.0f}"]
       for name, one in tried.items()])

# %% [markdown]
# The large face below begins with the first two layers of A and the last two of B. What has it from each? Move one layer at a time, and hold what changes against the table of shares.

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Face A small on the left, the mixed face large, face B small on the right; at first the mixed face has the hair and pose of A, and the wall and the blue eyes of B."}}
StyleExplorer(explored, {name: step.cpu() for name, step in steps_in_w.items()},
              start={"mix": (0, 0, 1, 1)})

# %% tags=["hide-cell", "checks"]
ratios_of = {space: {name: precise(space, name) for name in EDITED}
             for space in ("z", "w")}
claim("stored, each model: along its line in w a step for the smile, the open mouth or "
      "the light moves other numbers less, for what it does, than one in z",
      all(w > z for name in ("smile", "open", "light")
          for z, w in zip(ratios_of["z"][name], ratios_of["w"][name])), ratios_of)
put_on = [run["measured"]["edits"]["w"]["glasses"]["glasses"] for run in runs]
at_random = [run["measured"]["edits"]["w"]["random"]["glasses"] for run in runs]
claim("stored: three standard deviations along their line change the glasses of fewer "
      "than one face in ten in one model, and of more than one in seven in two, each "
      "time of more than along a random line",
      sorted(put_on)[0] < 0.1 and sorted(put_on)[1] > 1 / 7
      and all(a > b for a, b in zip(put_on, at_random)), (put_on, at_random))
claim("in no model is a step for the tilt cleaner in w than in z",
      all(w < z for z, w in zip(ratios_of["z"]["tilt"], ratios_of["w"]["tilt"])),
      ratios_of)

# %% tags=["hide-cell", "checks"]
chance = tried["five random steps as long as the longest"]
claim("in the first model a whole step puts glasses on more than half of the faces "
      "without, moves the skin by more than 0.5 and the smile by more than 0.2",
      tried["glasses"]["glasses"] > 0.5 and tried["skin"]["skin"] > 0.5
      and tried["smile"]["smile"] > 0.2, tried)
claim("random steps as long as the longest of these put glasses on fewer, and move "
      "skin and smile less, on average", chance["glasses"] < tried["glasses"]["glasses"]
      and chance["skin"] < tried["skin"]["skin"]
      and chance["smile"] < tried["smile"]["smile"], tried)

# %% [markdown]
# A slider for smile, glasses or skin moves $w$ along such a line, by up to a whole step either way. Of six factors a step in $w$ is cleaner than one in $z$ for three in every model, smile, mouth and light. For tilt it is cleaner in none, and for turn and skin it depends on the model. In no space is it clean, because a step for the smile changes the hair of some faces as well.
#
# ## Back from a picture to w
#
# Editing a given picture needs its $w$ first. **Inversion** searches for it by gradient descent on the pixels' error. With one $w$ for all layers the result is a face that $G$ could have sampled. With one for each layer, which is called W+ after [Abdal et al.](https://arxiv.org/abs/1904.03189), there is four times as much to choose.

# %%
def inverted(G, pictures, layers=1, steps=120):
    """The w, one or a row for each layer, whose faces are nearest to the pictures."""
    w = G.net.mean().expand(len(pictures), layers, -1).clone().requires_grad_()
    adam = torch.optim.Adam([w], lr=0.1)
    maps = G.net.draw_noise(1, torch.Generator(device).manual_seed(7))
    for _ in range(steps):
        faces = G.net.synthesis(w.expand(-1, len(SIZES), -1), maps)
        loss = (faces - pictures).square().mean((1, 2, 3)).sum()
        adam.zero_grad()
        loss.backward()
        adam.step()
    return w.detach().expand(-1, len(SIZES), -1)

# %% tags=["hide-cell", "measure"]
own = drawn(mixed[0], ws_of(mixed[0], 6, 99))
torch.manual_seed(1_000 * SEED + 98)
nobody = stylegan_pair()[0].eval().requires_grad_(False).to(device)
both = torch.cat([own, painted[300:306]])
found_w = {"W": inverted(mixed[0], both), "W+": inverted(mixed[0], both, 4),
           "W+, untrained": inverted(nobody, both, 4)}
found_faces = {name: drawn(nobody if "untrained" in name else mixed[0], w)
               for name, w in found_w.items()}
errors = {name: (faces - both).square().mean((1, 2, 3)).sqrt()
          for name, faces in found_faces.items()}
mean_face = drawn(mixed[0], mixed[0].net.mean().expand(1, 4, -1))
errors["the mean face"] = (mean_face - both).square().mean((1, 2, 3)).sqrt()

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Four rows of twelve faces: six of the generator's own and six painted ones. W: the own faces are met, the painted ones in pose, hair and colours but with other eyes. W plus: nearer still. W plus of an untrained network: blurred blots of about the right colours."}}
figure, axes = plt.subplots(4, 1, figsize=(7.8, 2.9))
for ax, (name, images) in zip(axes, {"picture": both, **found_faces}.items()):
    plots.show_images(images, columns=12, ax=ax)
    ax.text(-0.01, 0.5, name, transform=ax.transAxes, ha="right", va="center")
axes[0].set_title("six of G's own faces, and six painted ones that it has never seen")
plt.show()
Table(["root mean square error", "G's own faces", "painted faces"],
      [[name, f"≈ {one[:6].mean():.3f}", f"≈ {one[6:].mean():.3f}"]
       for name, one in errors.items()])

# %% tags=["hide-cell", "checks"]
by_kind = {name: (one[:6].mean().item(), one[6:].mean().item())
           for name, one in errors.items()}
claim("with a row of w for each layer painted faces are met better than with one w",
      by_kind["W+"][1] < by_kind["W"][1], by_kind)
claim("G's own faces are found in W with less than two thirds of the error of painted "
      "ones", by_kind["W"][0] < 2 / 3 * by_kind["W"][1], by_kind)
claim("an untrained network, with as much to choose, stays more than 1.5 times as far "
      "from painted faces, and the mean face more than twice as far as W",
      by_kind["W+, untrained"][1] > 1.5 * by_kind["W+"][1]
      and by_kind["the mean face"][1] > 2 * by_kind["W"][1], by_kind)

# %% [markdown]
# Its own faces $G$ finds again with less than two thirds of the error of painted ones, which it has never seen and meets in pose, hair and colours. W+ comes nearer because it may combine styles that no single face has. The untrained network shows that this is more than fitting pixels, because with as many numbers to choose it only reaches blots.
#
# ## Two more regularisers, and a sum of colours
#
# StyleGAN2 asks that a step of one length in $w$ change the picture equally much everywhere. With $J$ the Jacobian of the synthesis and $y$ a random picture of normal numbers, **path length regularisation** adds $\mathbb E\,(\lVert J^\top y\rVert - a)^2$ to $G$'s loss, in which $a$ is the running mean of these lengths. It needs a gradient of a gradient and is dear, so it is asked for at every fourth step only and then four times as strong. This is **lazy regularisation**, which the face models here use for R1 at every eighth step.
#
# <details>
# <summary>Derive: the penalty wants an orthogonal Jacobian</summary>
#
# **Proposition** (after [StyleGAN2](https://arxiv.org/abs/1912.04958)). *Let $J$ be an $M \times L$ matrix with $M \ge L$ and $y \sim \mathcal N(0, I_M)$. The variance of $\lVert J^\top y\rVert^2$ for a given $\lVert J\rVert_F$ is least exactly where all singular values of $J$ are equal.*
#
# **Proof.** With the singular values $\sigma_i$ and independent $u_i \sim \mathcal N(0, 1)$, $\lVert J^\top y\rVert^2 = \sum_i \sigma_i^2 u_i^2$. Its mean is $\sum_i \sigma_i^2 = \lVert J\rVert_F^2$ and its variance $2\sum_i \sigma_i^4$. For a given sum of the $\sigma_i^2$ the sum of their squares is least where they are equal (Cauchy–Schwarz). ∎
#
# For large $L$ the length varies as its square does, up to a factor. So the penalty is smallest for a $G$ that, near each $w$, turns and scales but does not stretch one direction more than another, and whose scale $a$ is the same at all $w$. Each length belongs to one sample, because of lengths that were averaged over the batch first only the mean would be held, which is near $a$ by its definition.
#
# </details>

# %% tags=["hide-input", "derive"]
def slopes_by_hand(net, w, y, maps):
    """|J^T y| of each face, the squares averaged over layers: (B,)"""
    w = w.clone().requires_grad_()
    gradient, = torch.autograd.grad((net.synthesis(w, maps) * y).sum(), w)
    return gradient.square().sum(2).mean(1).sqrt()


w = ws_of(mixed[0], 8, 110)
torch.manual_seed(SEED)
theirs = path_slopes(net, w).detach()
torch.manual_seed(SEED)
maps = net.draw_noise(len(w))
# over the root of the number of pixels
y = torch.randn_like(net.synthesis(w, maps)) / 32
check("the lengths by hand are gan.models.stylegan's, one for each face",
      torch.allclose(slopes_by_hand(net, w, y, maps), theirs, rtol=1e-3), theirs)

# %% [markdown]
# A **skip generator** makes colours at every size, enlarges them and adds them up, so that growing is no longer needed. The table tries all of these on the small StyleGAN, one at a time.

# %% tags=["hide-input", "measure"]
ROWS = {"as it is": "as it is", "path length regularisation": "path lengths",
        "instance norm, scale": "AdaIN", "no normalisation": "no normalisation",
        "skip generator": "skip"}
Table(["16 × 16, 2,000 steps", "distance", "oddness", "path in W",
       "how uneven slopes are", "highest peak"],
      [[title, pm(small(row, "distance")), pm(small(row, "oddness"), 2),
        pm(small(row, "path w"), 0), pm(small(row, "uneven"), 2),
        pm(small(row, "peak"))] for title, row in ROWS.items()])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Five rows of eight faces of 16 pixels. As it is, path length regularisation, neither normalisation and the skip generator: alike, small faces with hair and eyes. With instance norm and a scale: the same faces with smeared edges and specks."}}
pictures = small_runs[0]["pictures"]
figure, axes = plt.subplots(5, 1, figsize=(6.4, 4.2))
for ax, (title, row) in zip(axes, ROWS.items()):
    plots.show_images(pictures[row].float() / 127.5 - 1, columns=8, ax=ax)
    ax.text(-0.01, 0.5, title, transform=ax.transAxes, ha="right", va="center")
plt.show()
print(gan.evidence.cite("stylegan_small"))

# %% tags=["hide-cell", "checks"]
pairs = {key: list(zip(small("as it is", key), small("path lengths", key)))
         for key in ("uneven", "path w")}
claim("stored, each of three seeds: the path length penalty makes the slopes more even "
      "and paths in W shorter", all(b < a for both in pairs.values() for a, b in both),
      pairs)
peaks16 = list(zip(small("as it is", "peak"), small("AdaIN", "peak")))
claim("each: no droplet shows, as the highest peak over a map's spread is lower with "
      "instance norm than with demodulation", all(b < a for a, b in peaks16), peaks16)
bare16 = list(zip(small("as it is", "distance"), small("no normalisation", "distance")))
claim("each: with neither instance norm nor demodulation the small net is nearer to "
      "the data still", all(b < a for a, b in bare16), bare16)
odd16 = list(zip(small("as it is", "oddness"), small("AdaIN", "oddness")))
claim("each: with instance norm single faces are odder than with demodulation",
      all(b > a for a, b in odd16), odd16)

# %% [markdown]
# The penalty does what it is for, since slopes are more even and paths shorter, with no gain or loss in distance that three seeds would show. Instance norm with a scale, which is AdaIN without its shift, makes single faces odder, but there is no droplet in these small nets, and with no normalisation at all the distance is least. So in nets of this size demodulation has nothing to cure that we could see, and the skip generator changes nothing visible either.
#
# ## What StyleGAN3 changed: aliasing
#
# Move a face by a part of a pixel, and its beard should move along. In StyleGAN2 details stick to the pixels' grid instead, which [StyleGAN3's authors](https://arxiv.org/abs/2106.12423) trace to **aliasing**. A picture of pixels stands for a smooth signal, and a leaky ReLU kinks it, which makes frequencies that the grid cannot hold. These come back disguised as lower ones, and where they fall depends on where the grid lies. The remedy is to apply the nonlinearity on a finer grid, and to filter before going back.

# %%
def moved_by(x, shift):
    """The smooth signals behind rows of numbers, moved by a part of a pixel."""
    k = torch.fft.fftfreq(x.shape[-1]) * 2j * torch.pi
    return torch.fft.ifft(torch.fft.fft(x) * torch.exp(-k * shift)).real


def finer(x, times):
    """Onto a grid that is finer, or coarser for times < 1, by its frequencies alone."""
    m = round(x.shape[-1] * times)
    return torch.fft.irfft(torch.fft.rfft(x)[..., :m // 2], n=m) * times


def kinked(x, times=1):
    """A leaky ReLU on a finer grid."""
    y = leaky_relu(x if times == 1 else finer(x, times), 0.2)
    return y if times == 1 else finer(y, 1 / times)


def decibels(x, times, shift=0.3):
    """The signal's power over that of what the grid's place changes."""
    first = moved_by(kinked(x, times), shift)
    second = kinked(moved_by(x, shift), times)
    return 10 * torch.log10(first.var() / (first - second).square().mean()).item()

# %% tags=["hide-cell", "measure"]
torch.manual_seed(1_000 * SEED + 120)
# on 64 pixels, with no frequency above half of what these can hold
low = finer(torch.randn(400, 32), 2)
grids = (1, 2, 4, 8)
found_db = {times: decibels(low, times) for times in grids}

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Left: a smooth signal of sixteen pixels and the difference between moving first and applying the kink first: it jumps from pixel to pixel on the signal's own grid and is nearly 0 on a grid four times as fine. Right: equivariance in decibels rises from about 21 on the own grid to 35, 52 and 60 on grids 2, 4 and 8 times as fine."}}
figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 2.9), width_ratios=(1.6, 1))
signal, part = low[:1], slice(20, 36)
for times, look in ((1, plots.FAKE), (4, plots.JUDGE)):
    difference = (moved_by(kinked(signal, times), 0.3)
                  - kinked(moved_by(signal, 0.3), times))
    left.plot(range(20, 36), difference[0, part], label=f"grid × {times}", **look)
left.plot(range(20, 36), signal[0, part], color="0.7", linewidth=1, label="signal")
left.set(xlabel="pixel", title="move, then kink, less kink, then move")
left.legend()
right.plot(grids, [found_db[times] for times in grids], "o-", color="black")
right.set(xlabel="how much finer the grid is", ylabel="equivariance, dB",
          xticks=grids, ylim=(0, None))
plt.show()

# %% tags=["hide-cell", "checks"]
check("moving by whole pixels commutes with a leaky ReLU on any grid",
      (moved_by(kinked(low), 3) - kinked(moved_by(low, 3))).abs().max() < 1e-4)
claim("moved by 0.3 pixels, the signal stands less than 25 dB over the error on its "
      "own grid, and more than 8 dB higher on a grid four times as fine",
      found_db[1] < 25 and found_db[4] > found_db[1] + 8, found_db)

# %% [markdown]
# On its own grid the error alternates from pixel to pixel, about 21 dB below the signal, and every layer adds its own. On a grid four times as fine it has all but vanished. StyleGAN3 treats each layer so, filters its upsampling more carefully and drops the noise maps, which are tied to the grid by their nature. In its version for shifts that costs about twice the time and does not improve the FID, [2.79 beside 2.70](https://arxiv.org/abs/2106.12423) on FFHQ, so that what is gained is seen in motion only.
#
# ## In your own run
#
# | you see | look at | then |
# |---|---|---|
# | mixed faces far worse than others | the share that had two latents in training | mix nine in ten |
# | all faces alike though $z$ differs | $\psi$ at sampling, and whether it got into training | truncate only at sampling |
# | a bright blob in the feature maps | the highest peak over its map's spread | demodulate in place of instance norm |
# | edits change the person | the probe's R², the edit's side effects | shorter steps, only in the layers that carry the factor |
# | details stick to the screen in a film | what a half pixel's shift changes | filter around the nonlinearity |

# %% [markdown]
# ## Exercises
#
# **1. What demodulation divides by (five minutes, paper).** A modulated convolution has two input channels, one output channel and a kernel of one pixel with weights 3 and 1. By which number is the output divided if the style is (2, 8), and by which if it is (20, 80)?

# %%
def check_exercise_1(first, second):
    check("your two numbers are right",
          abs(first - 10) < 1e-3 and abs(second - 100) < 1e-3, (first, second))


# check_exercise_1(your first number, your second number)

# %% tags=["hide-cell", "solution"]
# The root of (2 · 3)² + (8 · 1)² = 36 + 64. Ten times the style is ten times as much,
# so that the output stays as it was.
check_exercise_1(10, 100)
# the kernel's length alone; the sum; the squared length; only the style
for wrong in ((10**0.5, 10**0.5), (14, 140), (100, 10_000), (68**0.5, 6_800**0.5)):
    try:
        check_exercise_1(*wrong)
    except AssertionError:
        print(f"{wrong} is refused")

# %% [markdown]
# **2. Mixing (five minutes, paper).** A generator has four layers, and the second latent takes over from a layer that is drawn evenly from the second to the last. In training nine tenths of the faces have two latents. Of all faces, what share has the first layer's latent in the last layer, too, and what share has it in the second?

# %%
def check_exercise_2(in_the_last, in_the_second):
    check("your two shares are right", abs(in_the_last - 0.1) < 1e-6
          and abs(in_the_second - 0.7) < 1e-6, (in_the_last, in_the_second))


# check_exercise_2(your first share, your second share)

# %% tags=["hide-cell", "solution"]
# A second latent always reaches the last layer, so only the unmixed tenth is left. It
# reaches the second layer in one of three cases: 0.1 + 0.9 · 2/3.
check_exercise_2(0.1, 0.7)
G.train()
z = G.noise(3_000)
print(f"≈ {(z[:, 2] == z[:, 0]).all(1).float().mean():.2f} of 3 layers' last, "
      f"≈ {(z[:, 1] == z[:, 0]).all(1).float().mean():.2f} of their second")
G.eval()
for wrong in ((0.1, 0.4), (0.1, 0.6), (0.325, 0.7), (0.9, 0.3)):
    try:
        check_exercise_2(*wrong)
    except AssertionError:
        print(f"{wrong} is refused")

# %% [markdown]
# **3. Truncate only some layers (your own code, twenty minutes).** The first StyleGAN truncates coarse layers only, so that colours keep their variety. Write `truncate(w, mean, psi, layers)`, which maps w of shape (n, layers, width) to the same shape, truncates the first `layers` layers and leaves the others and w itself as they are.

# %%
def check_exercise_3(truncate):
    torch.manual_seed(0)
    w, mean = torch.randn(5, 4, 3), torch.randn(3)
    kept = w.clone()
    new = truncate(w, mean, 0.5, 2)
    good = (new.shape == w.shape and torch.equal(w, kept)
            and torch.allclose(new[:, :2], (w[:, :2] + mean) / 2, atol=1e-5)
            and torch.equal(new[:, 2:], w[:, 2:])
            and torch.allclose(truncate(w, mean, 0.0, 4), mean.expand(5, 4, 3),
                               atol=1e-5))
    check("your truncation is right", good)


# check_exercise_3(your truncate)

# %% tags=["hide-cell", "solution"]
def truncate(w, mean, psi, layers):
    return torch.cat([mean + psi * (w[:, :layers] - mean), w[:, layers:]], 1)


check_exercise_3(truncate)


def in_place(w, mean, psi, layers):
    w[:, :layers] = mean + psi * (w[:, :layers] - mean)
    return w


def the_wrong_end(w, mean, psi, layers):
    return torch.cat([w[:, :-layers], mean + psi * (w[:, -layers:] - mean)], 1)


# towards 0; all layers; in place; the fine layers
for wrong in (lambda w, m, p, n: torch.cat([p * w[:, :n], w[:, n:]], 1),
              lambda w, m, p, n: m + p * (w - m), in_place, the_wrong_end):
    try:
        check_exercise_3(wrong)
    except AssertionError:
        print("this truncation is refused")

# %% [markdown]
# **4. A direction for fewer layers (your own code, half an hour).** Add the step for glasses only in the layer that carries most of them, by the table above, then in all others, then in all. Draw 500 faces. Of those without glasses, what share gets them, and what share changes its hair?

# %% tags=["hide-cell", "solution"]
start = ws[:500, None].expand(-1, 4, -1)
kinds = inspector.kinds(drawn(explored, start))
bare = kinds["glasses"] == 0
most = max(range(4), key=lambda k: live_table["glasses"][k])
for name, layers in {"its main layer": [most], "the others":
                     [k for k in range(4) if k != most], "all": list(range(4))}.items():
    moved = start.clone()
    moved[:, layers] += steps_in_w["glasses"]
    now = inspector.kinds(drawn(explored, moved))
    got = (now["glasses"][bare] == 1).float().mean()
    other = (now["hair"] != kinds["hair"])[bare].float().mean()
    print(f"{name}: ≈ {got:.2f} get glasses, ≈ {other:.2f} another hair")

# %% [markdown]
# **5. A deeper mapping (an afternoon).** The depths 0, 2 and 3 were compared. Put 8, the published depth, into `DEPTHS` of `book/evidence/stylegan_depth.py` and run `make evidence NAME=stylegan_depth`. Are paths in W still as long as without a mapping, and what does depth cost in quality?
#
# ## Summary
#
# - A mapping network turns $z$ into $w$, from which each layer takes a style, by which it weighs its inputs.
# - A toy learns to smuggle a feature's strength past instance norm with a spike. Demodulation divides by an expected spread instead, which no spike can move.
# - With mixing regularisation the last layer decides the wall, the first the light, and the first two most of pose, hair and what is in the face. Glasses and smile are not in the middle, and the layers of skin and shirt change with the seed.
# - A generator that was trained on two latents a face is best with two. With one it is farther from the data than a generator that was never mixed.
# - Truncation makes faces better one by one and loses beards, glasses, curls and black and grey hair first.
# - Noise maps went unused at this scale, demodulation was not needed, and path length regularisation made slopes more even.
# - A nonlinearity on the pixels' own grid aliases, and on a finer one it hardly does.
#
# > **Often misread.** "W is disentangled." A line reads factors better from $w$ than from $z$, but a generator without a mapping has a $z$ that is read as well.
#
# > **Often misread.** "Coarse layers are pose, middle ones features, fine ones colour." Here the light was coarse, the smile was coarse, and the skin was fine in two models of three, since the order follows from no equation.
#
# > **Often misread.** "Truncation improves the FID." It improves single faces, but the distance also counts the variety that is gone, and rises.
#
# **Further reading.** Karras, Laine & Aila, [A style-based generator architecture](https://arxiv.org/abs/1812.04948) (2019), with its [code](https://github.com/NVlabs/stylegan). Karras et al., [Analyzing and improving the image quality of StyleGAN](https://arxiv.org/abs/1912.04958) (2020). Karras et al., [Alias-free GANs](https://arxiv.org/abs/2106.12423) (2021). Abdal, Qin & Wonka, [Image2StyleGAN](https://arxiv.org/abs/1904.03189) (2019).
#
# Next: [chapter 17](17_image_to_image.ipynb) turns pictures into other pictures.
