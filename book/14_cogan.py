# %% [markdown]
# # 14 · CoGAN
#
# **Can a generator learn which pictures of two kinds belong together, if nobody ever shows it a pair?** A coupled GAN, or CoGAN, makes a digit and its negative, or one face with and without glasses, from the same $z$. Its training data are two heaps of pictures and nothing that links them, so the pairs must come from somewhere else, and this chapter finds out from where.
#
# - **You need** [chapter 4](04_training_loop.ipynb) (the loop) and [chapter 13](13_conditional.ipynb) (what it means to tell both players $y$).
# - **Afterwards you can** say why no loss sees a pair, build a CoGAN and share the right end of each network, and measure pairs so that a random one does not pass for a good one.
# - **Measured run time:** about 20 s on 2 CPU cores.

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
# > **Predict first.** Two generators get the same eight $z$. The upper learns from one half of the digits, the lower from the negatives of the *other* half. On the left both have the same first two layers, on the right they have nothing in common. Nobody ever tells them which digit a picture shows. On which side will upper and lower digit be the same at the end?

# %% tags=["hide-cell", "measure"]
from concurrent.futures import ThreadPoolExecutor

from torch import nn

from gan.metrics import fit_classifier, frechet_distance
from gan.models import Generator, cogan_pair, couple, leaky
from gan.penalties import lazy, r1

images, labels = gan.data.digits(8)
order = torch.randperm(len(images), generator=torch.Generator().manual_seed(SEED))
half = len(images) // 2
# no digit is in both domains
x = torch.cat([images[order[:half]], -images[order[half:2 * half]]])
y = torch.arange(2).repeat_interleave(half)


@torch.no_grad()
def pairs(G, n):
    """The same n latent vectors in both domains: two batches of pictures."""
    z = G.noise(n, torch.Generator(device).manual_seed(SEED))
    domain = torch.zeros(n, dtype=torch.long, device=device)
    return G(z, domain).cpu(), G(z, domain + 1).cpu()

# %% tags=["hide-cell", "measure"]
LATENT, WIDTH, MAPS = 16, 128, 6
G_LAYERS = [
    lambda: nn.Sequential(nn.Linear(LATENT, WIDTH), leaky()),
    lambda: nn.Sequential(nn.Linear(WIDTH, MAPS * 64), leaky(),
                          nn.Unflatten(1, (MAPS, 8, 8))),
    lambda: nn.Sequential(nn.Conv2d(MAPS, 1, 3, 1, 1), nn.Tanh())]
D_LAYERS = [
    lambda: nn.Sequential(nn.Conv2d(1, MAPS, 3, 1, 1), leaky()),
    lambda: nn.Sequential(nn.Flatten(), nn.Linear(MAPS * 64, WIDTH), leaky()),
    lambda: nn.Sequential(nn.Linear(WIDTH, 1), nn.Flatten(0))]
FIRST_TWO, LAST_TWO, NONE = slice(0, 2), slice(1, 3), slice(0, 0)


def digit_run(G, D, data, k):
    """Nets of these layers, seeded by k, are about to train for 1,000 steps."""
    settings = {"lr": 2e-3, "betas": (0.0, 0.99), "ema": 0.99, "device": device,
                "penalties": (lazy(r1(1.0), 4),), "seed": 1_000 * SEED + k}
    return gan.train(G, D, data, steps=1_000, batch=32, **settings)


def coupled(g, d, k):
    """G and D that share the layers of these slices."""
    torch.manual_seed(1_000 * SEED + k)
    return Generator(couple(G_LAYERS, g), LATENT), couple(D_LAYERS, d)

# %% tags=["hide-cell", "measure"]
EVERY = 50


def filmed(run):
    """Train to the end; eight pairs at the start and after each 50th step."""
    film = [pairs(run.G_ema, 8)]
    for step in run:
        if step.index % EVERY == 0:
            film.append(pairs(run.G_ema, 8))
    return film


torch.set_num_threads(1)
runs = {"two layers shared": digit_run(*coupled(FIRST_TWO, LAST_TWO, 0), (x, y), 0),
        "nothing shared": digit_run(*coupled(NONE, NONE, 1), (x, y), 1)}
# each in a thread of its own
with ThreadPoolExecutor(2) as pool:
    films = dict(zip(runs, pool.map(filmed, runs.values())))
judges = (fit_classifier(images, labels, seed=7),
          fit_classifier(-images, labels, seed=8))


def name(domain, pictures):
    """The digit that this domain's own classifier sees."""
    return judges[domain](pictures).argmax(1)

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Scrubber over 1,000 training steps. Each side has eight pairs, a bright digit above a dark one. At the start all are grey. Later the left side's pairs show the same digit as positive and negative, whereas on the right the lower digits have nothing to do with those above."}}
from gan.figures import Scrubber


def picture(frame):
    figure, axes = plt.subplots(1, 2, figsize=(7.6, 1.7))
    for ax, (title, film) in zip(axes, films.items()):
        plots.show_images(torch.cat(film[frame]), columns=8, ax=ax, title=title)
    return figure


def caption(frame):
    equal = {title: (name(0, film[frame][0]) == name(1, film[frame][1])).sum().item()
             for title, film in films.items()}
    told = ", ".join(f"{title}: {n} of 8" for title, n in equal.items())
    return f"step {EVERY * frame}. Pairs with the same digit by two classifiers: {told}"


frames = range(0, 21, 2)
Scrubber.from_figures(map(picture, frames), map(caption, frames), "training step",
                      still=0)

# %% [markdown]
# On the left the pairs belong together, and on the right they do not, although both sides have seen the same two heaps and make digits of similar quality. At step 0 every picture is grey, and the classifiers give most greys the same name, which is why pairs agree there on both sides. What is shared has made the difference, and the rest of the chapter asks which layers, and why.
#
# ## The condition is the domain
#
# A **domain** is a kind of picture, so that digits and negatives are two domains, and so are faces with and without glasses. CoGAN ([Liu & Tuzel](https://arxiv.org/abs/1606.07536) 2016) has two generators and two discriminators, one of each for each domain, which share some layers. That is a conditional GAN of [chapter 13](13_conditional.ipynb) whose condition $y$ names the domain, so the loop needs nothing new. The data are pictures $x$ and their domains $y$, and the players are $G(z, y)$ and $D(x, y)$. A **pair** is $G(z, 0)$ and $G(z, 1)$ with the same $z$.
#
# Training never looks at a pair, since for each sample the loop draws a domain, a picture and a $z$ of their own. Even if it showed $D$ both pictures of one $z$, the data hold no real pair to compare them with.
#
# <details>
# <summary>Derive: no loss can see which pictures are paired</summary>
#
# **Proposition.** Let $p(y)$ be the share of domain $y$ in the data. For every $D$ the value $V(D, G)$ depends on $G$ only through the two distributions of $G(z, 0)$ and $G(z, 1)$. If a map $T$ keeps the distribution of $z$, then replacing $G(z, 1)$ by $G(T(z), 1)$ leaves the value as it is for every $D$.
#
# **Proof.** As chapter 13 shows, the value is a mean over domains,
#
# $$V(D, G) = \sum_y p(y)\Big(\mathbb E_{x\sim p(x\mid y)}\log D(x, y) + \mathbb E_z \log\big(1 - D(G(z, y), y)\big)\Big).$$
#
# In each term stands one domain alone, and $G$ enters by the distribution of $G(z, y)$. If $T(z)$ is distributed as $z$ is, then $G(T(z), 1)$ is distributed as $G(z, 1)$ is, so no term changes. ∎
#
# A standard normal $z$ has many such maps, for example $T(z) = -z$ and each rotation, and almost every one of them changes almost every pair, unless $G$ ignores the difference. By chapter 3 the best possible $G$ has $p_g(x\mid y) = p(x\mid y)$ in each domain, and any way of pairing two such domains has the same value.
#
# </details>
#
# So nothing in the game asks for pairs that belong together. To see it, pair $G(z, 0)$ with $G(-z, 1)$ in the generator just trained. Since $-z$ is as likely as $z$, each domain is as good as before.

# %% tags=["hide-cell", "measure"]
def same(a, b):
    """Share of pairs that the two classifiers call the same digit."""
    return (name(0, a) == name(1, b)).float().mean().item()


def distance(domain, pictures):
    """Fréchet distance to the domain's real digits, in its classifier's features."""
    features = judges[domain][:-1]
    return frechet_distance(features(pictures), features(images * (1 - 2 * domain)))


def negated(G, n):
    """Domain 1 with -z."""
    z = -G.noise(n, torch.Generator(device).manual_seed(SEED))
    return G.eval()(z, torch.ones(n, dtype=torch.long, device=device)).detach().cpu()


G = runs["two layers shared"].G_ema
a, b = pairs(G, 1_000)
other = negated(G, 1_000)

# %% tags=["hide-input", "measure"]
Table(["the second picture", "distance in domain 1", "the same digit"],
      [["$G(z, 1)$", f"≈ {distance(1, b):.1f}", f"≈ {same(a, b):.2f}"],
       ["$G(-z, 1)$", f"≈ {distance(1, other):.1f}", f"≈ {same(a, other):.2f}"]])

# %% tags=["hide-cell", "checks"]
claim("pairing G(z, 0) with G(-z, 1) moves domain 1's Fréchet distance by less than "
      "half, and takes the same digit from over 55 % of the pairs to under 30 %",
      abs(distance(1, other) / distance(1, b) - 1) < 1 / 2
      and same(a, b) > 0.55 and same(a, other) < 0.3,
      (distance(1, b), distance(1, other), same(a, b), same(a, other)))

# %% [markdown]
# The distance moves only by the chance of the draw and the pairs are gone, so whatever made them is not in the loss.
#
# ## Sharing means the same tensor
#
# A generator decodes from what is rough to what is fine, while a discriminator reads from what is fine to what is rough. If two domains have in common *what* is shown and differ in *how*, then the common part lies at $z$'s end of $G$ and at the logit's end of $D$. That is why $G$ shares its **first** layers and $D$ its **last**, and each domain owns the layers next to the picture.

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "G and D as rows of three boxes. In G the first two boxes are one for both domains and the third is split in two, one for each domain, beside the pictures. In D the first box, beside the pictures, is split and the last two are shared."}}
def draw_layers(ax, names, shared, ends):
    """Boxes for three layers; a shared one is one box, an own one two."""
    colors = (plots.FAKE["color"], plots.JUDGE["color"])
    for k, (text, one) in enumerate(zip(names, shared)):
        parts = [(0.15, 0.7, "0.85")] if one else \
            [(0.55, 0.35, colors[0]), (0.1, 0.35, colors[1])]
        for bottom, height, color in parts:
            ax.add_patch(plt.Rectangle((k + 0.08, bottom), 0.84, height, alpha=0.5,
                                       facecolor=color, edgecolor="black"))
            ax.text(k + 0.5, bottom + height / 2, text, ha="center", va="center",
                    fontsize=7)
    ax.text(-0.05, 0.5, ends[0], ha="right", va="center")
    ax.text(3.05, 0.5, ends[1], ha="left", va="center")
    ax.set(xlim=(-0.9, 3.9), ylim=(0, 1))
    ax.set_axis_off()


figure, axes = plt.subplots(1, 2, figsize=(9, 1.6))
draw_layers(axes[0], ["16 → 128", "128 → 6 maps", "filter 3 × 3"],
            [True, True, False], ["z", "x of domain\n0 and 1"])
draw_layers(axes[1], ["filters 3 × 3", "6 maps → 128", "128 → 1"],
            [False, True, True], ["x of domain\n0 and 1", "logit"])
axes[0].set_title("G shares its first two layers")
axes[1].set_title("D shares its last two")
plt.show()

# %% [markdown]
# In code a layer is shared if both domains use one module, with one set of weights. A sample then goes through the shared part and through the end that belongs to its domain.

# %%
class SharedFirst(nn.Module):
    """A shared part, and after it an end for each domain."""

    def __init__(self, shared, ends):
        super().__init__()
        self.shared, self.ends = shared, nn.ModuleList(ends)

    def forward(self, z, y):
        h = self.shared(z)
        # both ends for all samples; each sample keeps the picture of its own domain
        pictures = torch.stack([end(h) for end in self.ends])
        return pictures[y, torch.arange(len(y), device=y.device)]

# %% [markdown]
# The package's `couple(layers, shared)` does the same for any slice of shared layers at either end, and sends each sample through its own end only. `couple(layers, slice(0, 2))` makes our $G$ and `couple(layers, slice(1, 3))` our $D$.

# %% tags=["hide-cell", "checks"]
from gan.models.cogan import ByDomain


def one_tensor(network):
    """Of each layer, whether both domains pass the same weight."""
    paths = []
    for k in range(2):
        parts = [part[k] if isinstance(part, ByDomain) else part for part in network]
        paths.append([w for part in parts for w in part.parameters() if w.ndim > 1])
    return [a is b for a, b in zip(*paths)]


G_net, D_net = runs["two layers shared"].G.net, runs["two layers shared"].D
alone = runs["nothing shared"]
check("G's first two layers are one tensor for both domains and its last is not; D's "
      "last two are and its first is not", one_tensor(G_net) == [True, True, False]
      and one_tensor(D_net) == [False, True, True], (G_net, D_net))
check("with nothing shared no layer of G or D is one tensor for both domains",
      not any(one_tensor(alone.G.net) + one_tensor(alone.D)))

# %% tags=["hide-cell", "checks"]
shared_part, own_ends = G_net
z = torch.randn(50, LATENT, device=device)
domain = torch.randint(2, (50,), device=device)
ours = SharedFirst(shared_part, list(own_ends))(z, domain)
check("our ten lines and gan.models.couple give the same pictures to 1e-6",
      (ours - G_net(z, domain)).abs().max() < 1e-6)
sizes = [sum(w.numel() for w in part.parameters())
         for part in (shared_part, own_ends[0], D_net[0][0], D_net[1])]
check("G shares 51,712 weights and owns 55 a domain; D owns 60 a domain and shares "
      "49,409", sizes == [51_712, 55, 60, 49_409], sizes)

# %% [markdown]
# ## How to measure a pair
#
# A natural count is **pixel agreement**. Turn the first picture into its negative by the known transform, and count the pixels on which this agrees with the second. For that each pixel is called bright or dark. A number such as 0.9 means little by itself, since most pixels of most digits are dark and two unrelated pictures agree on all of those. If pixel $i$ is bright with probability $p_i$ in either picture, a random pair agrees on it with probability $p_i^2 + (1 - p_i)^2$, which is at least one half and nearly 1 where $p_i$ is small. So every number here has a **random pair** beside it, made by dealing the second pictures anew.
#
# A second measure is the share of pairs that are called the **same digit** by two classifiers, one trained in each domain. For two independent draws chance is the sum of the squared shares of the ten digits, 0.1. The two also disagree over a fake that is no clear digit, so another column puts each fake beside its exact partner. This is the best that any pairing of these fakes can reach.
#
# > **Predict first.** How often will an untrained generator be said to make the same digit twice?

# %% tags=["hide-cell", "measure"]
def negative(pictures):
    return -pictures


def agreement(a, b, partner=negative):
    """Share of pixels on which b and the right partner of a are both bright or dark."""
    return ((partner(a) > 0) == (b > 0)).float().mean().item()


def look(a, b):
    anew = torch.randperm(len(b), generator=torch.Generator().manual_seed(SEED))
    return {"pixels": agreement(a, b), "pixels, random": agreement(a, b[anew]),
            "same": same(a, b), "same, random": same(a, b[anew]),
            "same, partner": same(a, -a),
            "distances": (distance(0, a), distance(1, b))}


rows = torch.arange(1_000)
shown = {title: look(*pairs(run.G_ema, 1_000)) for title, run in runs.items()}
shown["untrained"] = look(*pairs(coupled(FIRST_TWO, LAST_TWO, 2)[0], 1_000))
shown["real pairs"] = look(images[rows], -images[rows])

# %% tags=["hide-input", "measure"]
bright = (images > 0).float().mean(0)
exact = {"pixels": (bright**2 + (1 - bright) ** 2).mean().item(),
         "same": (labels.bincount() / len(labels)).square().sum().item()}
HEADS = ["1,000 pairs", "pixels agree", "random pair", "same digit", "random pair",
         "exact partner", "distances"]
KEYS = ("pixels", "pixels, random", "same", "same, random", "same, partner")
Table(HEADS, [[title, *(f"≈ {seen[key]:.2f}" for key in KEYS),
               " and ".join(f"≈ {d:.0f}" for d in seen["distances"])]
              for title, seen in shown.items()]
      + [["chance, by the formula", "–", f"{exact['pixels']:.2f}", "–",
          f"{exact['same']:.2f}", "–", "–"]])

# %% tags=["hide-cell", "checks"]
with_it, without, nothing, real = shown.values()
check("random pairs of real digits come out as the two formulas say, within 0.03",
      abs(real["pixels, random"] - exact["pixels"]) < 0.03
      and abs(real["same, random"] - exact["same"]) < 0.03, (real, exact))
check("real pairs agree on every pixel", real["pixels"] == 1)
claim("two layers shared: over 90 % of the pixels agree and over 55 % of the pairs are "
      "called the same digit", with_it["pixels"] > 0.9 and with_it["same"] > 0.55,
      with_it)
claim("two layers shared: the same digit is at least 0.8 of what exact partners reach",
      with_it["same"] > 0.8 * with_it["same, partner"], with_it)
claim("nothing shared: pixels agree as in random pairs, within 0.06, and under 30 % of "
      "the pairs are the same digit", without["same"] < 0.3
      and abs(without["pixels"] - without["pixels, random"]) < 0.06, without)
claim("both make digits: all four distances are more than 8 times below those of the "
      "untrained generator", 8 * max(with_it["distances"] + without["distances"])
      < min(nothing["distances"]), shown)
claim("an untrained generator's pairs are alike no more often than random pairs of its "
      "pictures are, within 0.06 in both measures", abs(nothing["same"]
      - nothing["same, random"]) < 0.06 and abs(nothing["pixels"]
      - nothing["pixels, random"]) < 0.06, nothing)

# %% [markdown]
# Random pairs of real digits come out as the formulas say. The untrained row shows why the baseline must come from the same pictures. All that it makes looks alike, so the classifiers may give everything one name, and "the same digit" can come out near 0 or near 1 by accident. Only a gap between a column and its random pair speaks of pairs, and only for a generator whose distances are small.

# %% [markdown]
# ## How many layers, and at which end
#
# The run above takes seconds; the questions that follow take minutes, so they were answered once and stored, with five seeds for each choice of layers. $G$ and $D$ have three layers each, of which any number can be shared, and the next figure counts up both.
#
# > **Predict first.** $G$ can share none, its first or its first two layers, and $D$ none, its last or its last two. Which of the two numbers will matter for the pairs, and by how much?

# %% tags=["hide-cell", "measure"]
print(gan.evidence.cite("cogan_digits"))
stored = gan.evidence.load("cogan_digits")["runs"]


def of(row, runs=stored, domain="negatives", key="same"):
    """What the stored seeds measured in a row of the table, (seeds,)."""
    return torch.tensor([run["measured"][domain][row][key] for run in runs])


def mean_sd(values):
    return f"≈ {values.mean():.2f} ± {values.std():.2f}"

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Two panels over the number of shared layers of G, three kinds of mark for the number of shared layers of D, five marks each. Left, the same digit: near the chance line with none or one layer of G shared, near three quarters with two, and with two the marks for a shared D lie a little lower than those for one that shares nothing. Right, pixel agreement: the same picture above a line of random pairs."}}
figure, axes = plt.subplots(1, 2, figsize=(8, 3))
blue, red = plots.JUDGE["color"], plots.FAKE["color"]
marks = {0: ("o", "0.55"), 1: ("^", blue), 2: ("s", red)}
for ax, key, base in zip(axes, ("same", "pixels"),
                         ("same, dealt anew", "pixels, dealt anew")):
    for d, (mark, color) in marks.items():
        for g in range(3):
            values = of(f"G {g}, D {d}", key=key)
            ax.plot(g + 0.16 * (d - 1) + torch.linspace(-0.04, 0.04, 5), values, mark,
                    color=color, markersize=5, label=None if g else f"{d} of D shared")
    chance = torch.stack([of(f"G {g}, D 0", key=base) for g in range(3)]).mean()
    ax.axhline(chance, **plots.REAL, linewidth=1)
    ax.text(2.45, chance, "random pair", ha="right", va="bottom", fontsize=8)
    ax.set(xticks=range(3), xlim=(-0.5, 2.5), xlabel="shared layers of G")
axes[0].set(ylabel="the same digit", ylim=(0, 1))
axes[1].set(ylabel="pixels that agree", ylim=(0.7, 1))
axes[0].legend(loc="upper left", fontsize=8)
plt.show()

# %% tags=["hide-cell", "checks"]
for g, low, high in ((0, 0.0, 0.25), (1, 0.0, 0.35), (2, 0.6, 1.0)):
    seen = torch.stack([of(f"G {g}, D {d}") for d in range(3)])
    claim(f"stored, {g} of G's layers shared: every seed makes the same digit in {low} "
          f"to {high} of the pairs, whatever D shares",
          seen.min() >= low and seen.max() <= high, seen)
    claim(f"stored, {g} of G's layers shared: sharing two of D's too moves the "
          "mean by less than 0.08", abs(seen[2].mean() - seen[0].mean()) < 0.08, seen)
live = {"G 2, D 2": with_it, "G 0, D 0": without}
claim("the two runs made just now lie within 0.15 of the stored seeds' mean, in the "
      "same digit and in pixel agreement",
      all(abs(seen[key] - of(row, key=key).mean()) < 0.15 for row, seen in live.items()
          for key in ("same", "pixels")), live)

# %% [markdown]
# Only $G$'s number makes pairs, and sharing in $D$ costs a few where $G$ shares two layers. The paper found much the same with larger networks and 28 × 28 pixels. There the pairs get better with the number of layers that the generators share, and the discriminators' number has no influence on them, so that what $D$'s sharing saves is weights. Here it is a step and no slope, because one shared layer is as good as none, and the next section finds out what the second one adds.
#
# **The other way round.** What if the shared ends are exchanged? A popular collection of GANs shares the *first* layers of $D$ and separates the last, which a reader [reported in 2019](https://github.com/eriklindernoren/PyTorch-GAN/issues/62), while its $G$ shares the right end.

# %% tags=["hide-input", "measure"]
ENDS = {"G's first two, D's last two": ("G 2, D 2", stored),
        "G's first two, D's first two": ("D's first 2", stored),
        "G's last two, D's last two": ("G's last 2", stored),
        "G's last two, D's first two": ("both reversed", stored),
        "all of G, D's last two": ("G 3, D 2", stored)}
COLUMNS = ["same digit", "random pair", "pixels", "distance in 1"]


def rows_of(names):
    keys = ("same", "same, dealt anew", "pixels", "distance 1")
    return [[title, *(mean_sd(of(*where, key=key)) for key in keys)]
            for title, where in names.items()]


Table(["shared", *COLUMNS], rows_of(ENDS))

# %% tags=["hide-cell", "checks"]
right, reversed_D = of("G 2, D 2"), of("D's first 2")
claim("stored: if G shares its last two layers instead of its first, the same digit "
      "falls below 0.3 in every seed", of("G's last 2").max() < 0.3, of("G's last 2"))
claim("stored: if D shares its first two layers instead of its last, over 0.6 of the "
      "pairs are the same digit in every seed, as before, and 0.1 fewer on average at "
      "most", reversed_D.min() > 0.6 and reversed_D.mean() > right.mean() - 0.1,
      (reversed_D, right))
far, near = (of(row, key="distance 1") for row in ("G 3, D 2", "G 2, D 2"))
claim("stored: a G that shares all three layers is further from domain 1's digits than "
      "one that shares two, more than 5 times in every seed", (far > 5 * near).all(),
      (far, near))

# %% [markdown]
# With $G$ reversed the pairs are gone, since each domain then has a way of its own from $z$ to features, and the shared layers only paint what they are given. With $D$ reversed the pairs stay, so that this well-known mistake does little harm here. If all of $G$ is shared, $z$ gives the same picture in both domains, and here it fits neither.
#
# ## What decides which pairs come out
#
# The paper's reason for the pairs is capacity, since sharing limits what two generators can do and so favours pairs that belong together. Then more room at the own end should cost pairs, but room can mean two things, more weights or more that can be done with them. The next table has both. A filter on more maps, or two filters in a row, have many weights and can change the look of a stroke, but hardly its place. A filter of 15 × 15 sees the whole picture from every pixel and can move strokes, all by the same way. A full matrix can put any feature anywhere.
#
# > **Predict first.** Which of these own ends will lose the pairs: two filters with 8,193 weights, the wide filter with 1,351, or the matrix with 8,256?

# %% tags=["hide-input", "measure"]
ends = gan.evidence.load("cogan_ends")["runs"]
print(gan.evidence.cite("cogan_ends"))
OWN = {"filter 3 × 3, 6 maps": ("G 2, D 2", stored, 55),
       "filter 3 × 3, 24 maps": ("24 maps", stored, 217),
       "two filters 3 × 3": ("two filters, 128 between", ends, 8_193),
       "filter 15 × 15, 6 maps": ("filter of 15", stored, 1_351),
       "filter 15 × 15, 24 maps": ("filter of 15, 24 maps", ends, 5_401),
       "matrix, 128 features": ("matrix", stored, 8_256),
       "matrix, 6 maps": ("matrix", ends, 24_640),
       "matrix, starts as a filter": ("filter as a matrix", ends, 24_640),
       "matrix, opposite starts": ("matrix, negative start", stored, 8_256)}
Table(["own end of G", "own weights", *COLUMNS],
      [[row[0], f"{OWN[row[0]][2]:,}", *row[1:]]
       for row in rows_of({title: where[:2] for title, where in OWN.items()})])

# %% tags=["hide-cell", "checks"]
own = {title: of(*where[:2]) for title, where in OWN.items()}
small = torch.stack([own[title] for title in own if "3 × 3" in title])
wide = torch.stack([own[title] for title in own if "15 × 15" in title])
free = torch.stack([own[title] for title in own if title.startswith("matrix")])
claim("stored: with each of three own ends of 3 × 3 filters, of 55 to 8,193 weights, "
      "over 0.6 of the pairs show the same digit in every seed", small.min() > 0.6, own)
claim("stored: with each of three matrices that start at random or as a filter it is "
      "under 0.2 on average and under 0.4 in every seed, with two layers shared",
      free[:3].mean(1).max() < 0.2 and free[:3].max() < 0.4, own)
claim("stored: filters of 15 × 15 make fewer such pairs than those of 3 × 3, over 0.5 "
      "on average and under 0.5 in some seed",
      0.5 < wide.mean() < small.mean() - 0.05 and wide.min() < 0.5, own)
claim("stored: a matrix that starts as minus the other domain's keeps more pairs than "
      "one that starts at random, on average", free[3].mean() > free[0].mean() + 0.1,
      own)
equal, told = of("none, equal start"), of("told y")
claim("stored: two networks that start with equal weights and share nothing make the "
      "same digit in under 0.25 of the pairs in every seed", equal.max() < 0.25, equal)
pixels, anew = (of("told y", key=key) for key in ("pixels", "pixels, dealt anew"))
claim("stored: with y beside z in one G for both domains, the pixels agree less often "
      "than in a random pair, in every seed", (pixels < anew).all(), (pixels, anew))

# %% [markdown]
# It is not the number of weights. Two filters have as many as the first matrix, and their pairs are right. The rows line up by how freely an own end can move strokes about: with small filters the pairs stay, with wide ones they suffer in some seeds, and matrices lose them. The third matrix *is* a small filter at the start, written out pixel by pixel, so that it makes the very same pictures. Still hardly any pairs are left after training. No row separates moving strokes from acting differently in each place, and the matrices' pictures are also somewhat worse. The start matters, too. If one matrix begins as minus the other, so that the first pairs are right, some of them last, though no loss can see them.
#
# This also explains the step in the figure. If $G$ shares one layer of two, each domain owns the matrix between 128 features and six maps, and as little is left of the pairs as with nothing shared. Sharing is needed, too, since two whole networks with equal initial weights, which begin by painting the same picture in both domains, end with pairs as random as any. And the usual conditional GAN, which gets $y$ as one more number beside $z$ and shares all its layers, makes pairs whose pixels agree even *less* than in random ones.
#
# Six or more maps could hide one digit for each domain, and the filters could pick their own. Nothing forbids that, and at 8 × 8 training did not find it, so that sharing is a preference and no guarantee.
#
# ## Where sharing is not enough
#
# If own ends that act alike everywhere carry the pairs, two failures follow. Where the domains differ in *where* things are, a filter must fail, however simple the task. For this the second domain is the other half of the digits turned by 90°. And where the step from one domain to the other takes more than one filter, one should be too few. For this we take one of the paper's own tasks, edges, which are the digit dilated by one pixel in each direction minus the digit.

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Four strips of ten pairs of one stored seed. Turned digits with a filter as own end: the lower digits differ from the upper ones. With an end that turns: many lower digits are the upper one turned by a quarter. Edges with one own filter and with two: outlines of other digits, and with two some that surround the digit above."}}
SHEETS = {"turned: one filter": (stored, "turned, G 2, D 2"),
          "turned: a filter and a turn": (stored, "turned, an end that turns"),
          "edges: one filter": (ends, "large edges, one filter"),
          "edges: two filters": (ends, "large edges, two filters")}
figure, axes = plt.subplots(2, 2, figsize=(8, 2.6))
for ax, (title, (runs_of, row)) in zip(axes.flat, SHEETS.items()):
    sheet = runs_of[0]["pictures"][row][:10]
    plots.show_images(sheet.transpose(0, 1).flatten(0, 1), columns=10, ax=ax,
                      title=title)
plt.show()

# %% tags=["hide-input", "measure"]
CASES = {"turned: one filter": ("G 2, D 2", stored, "turned"),
         "turned: a filter and a turn": ("an end that turns", stored, "turned"),
         "edges, 8 × 8: one filter": ("G 2, D 2", stored, "edges"),
         "edges, 16 × 16: one filter": ("one filter", ends, "large edges"),
         "edges, 16 × 16: one, 16 maps": ("G 3, D 2", stored, "large edges"),
         "edges, 16 × 16: two filters": ("two filters", ends, "large edges"),
         "edges, 16 × 16: nothing shared": ("G 0, D 0", stored, "large edges")}
KEYS = ("same", "same, dealt anew", "same, right partner", "pixels",
        "pixels, dealt anew")
Table(["own end of G", "same digit", "random pair", "exact partner", "pixels agree",
       "random pair"],
      [[title, *(mean_sd(of(row, runs_of, domain, key)) for key in KEYS)]
       for title, (row, runs_of, domain) in CASES.items()])

# %% tags=["hide-cell", "checks"]
case = {title: of(*where) for title, where in CASES.items()}
claim("stored: digits turned by 90° are paired by chance, under 0.2 in every seed, "
      "although two layers are shared", case["turned: one filter"].max() < 0.2, case)
still, turning = (case[f"turned: {which}"] for which in
                  ("one filter", "a filter and a turn"))
claim("stored: with a quarter turn after domain 1's filter every seed has more pairs "
      "of the same digit than any seed without", turning.min() > still.max(), case)
one, two, none = (case[f"edges, 16 × 16: {which}"] for which in
                  ("one filter", "two filters", "nothing shared"))
claim("stored: edges of 16 × 16 are paired by chance with nothing shared and with one "
      "own filter on 6 maps, under 0.2 in every seed", max(one.max(), none.max()) < 0.2,
      case)
claim("stored: edges of 16 × 16 with two own filters have more pairs of the same digit "
      "in every seed than any seed with one on as many maps, and over 0.4 on average",
      two.min() > one.max() and two.mean() > 0.4, case)
anew = of("perfect", stored, "large edges", "pixels, dealt anew")
claim("a random pair of real 16 × 16 digits and edges agrees on over 98 % of pixels",
      anew.min() > 0.98, anew)

# %% [markdown]
# Both failures come. A fixed quarter turn after domain 1's filter mends the first in four seeds of five, and exercise 4 tries a remedy for the rest. Edges are harder. One filter on six maps pairs them by chance, and one on sixteen maps does better in some seeds. Two filters with a nonlinearity between them can make an outline from a stroke, and they pair most digits with their edges in three seeds and some in the other two. So sharing fails where an own end cannot do **what divides the domains**, as it fails where the end can do too much.
#
# The last column says what a pixel count is worth on edges. A random pair of a real digit and another's edges agrees on nearly all pixels, because few are bright. An agreement of 0.95 on edges says nothing until the random pair stands beside it.
#
# ## Faces with and without glasses
#
# The paper's best-known pictures are faces with glasses and without, smiling and not. Our painted faces have known factors, so that "the same person" can be counted: an inspector reads hair, beard, turn and light off both pictures. For each of the two attributes a CoGAN learned from two heaps of 16 × 16 faces. It shares all layers of $G$ but the last filter, and all of $D$ but the first.
#
# The film walks through $z$, and both rows of a side always share it. Use the slider, and watch what changes in the lower row when the upper one changes.

# %% tags=["hide-cell", "measure"]
from gan.metrics import slerp

print(gan.evidence.cite("cogan_faces"))
faces = gan.evidence.load("cogan_faces")["runs"]


def face_generator(run, of_what, row="shared"):
    shares = {} if row == "shared" else {"g_shared": 0, "d_shared": 0}
    G, _ = cogan_pair(**shares)
    G.load_state_dict(run[f"{of_what}, {row}"])
    return G.eval()


@torch.no_grad()
def both(G, z):
    domain = torch.zeros(len(z), dtype=torch.long)
    return torch.cat([G(z, domain), G(z, domain + 1)])


generators = {"layers shared": face_generator(faces[0], "glasses"),
              "nothing shared": face_generator(faces[0], "glasses", "apart")}
random = torch.Generator().manual_seed(5)
stops = [torch.randn(6, 32, generator=random) for _ in range(4)]
turns = [torch.full((6, 1), t / 6) for t in range(6)]
walk = [slerp(a, b, t) for a, b in zip(stops, stops[1:]) for t in turns]

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Scrubber along a walk through z. Left, six faces without glasses and below them six with dark glasses, whose hair, skin, background and tilt are mostly those of the faces above all along the walk. Right, the same with nothing shared: the faces below are other people."}}
def faces_at(place):
    figure, axes = plt.subplots(1, 2, figsize=(7.6, 1.8))
    for ax, (title, G) in zip(axes, generators.items()):
        plots.show_images(both(G, walk[place]), columns=6, ax=ax, title=title)
    return figure


places = range(len(walk))
told = [f"place {place + 1} of {len(walk)} on the walk: each z without glasses, and "
        "below it with glasses" for place in places]
Scrubber.from_figures(map(faces_at, places), told, "walk through z", still=0)

# %% [markdown]
# On the left it is mostly the same person who puts on glasses. The [inspector](12_dcgan.ipynb) reads 1,000 pairs of each of five seeds. For hair, beard and hair colour (dye) the table has the share of pairs that are alike, and for what is a number the correlation between the two pictures. Our faces have independent factors with known probabilities, so chance is exact. Two random faces have the same kind of hair with probability $\sum_k p_k^2$, and the correlation of two unrelated faces is 0.

# %% tags=["hide-input", "measure"]
from gan.data.portraits import FACTORS

KINDS, NUMBERS = ("hair", "beard", "dye"), ("turn", "tilt", "width", "skin", "light")
CHANCE = {kind: sum(p**2 for p in FACTORS[kind].values()) for kind in KINDS} \
    | dict.fromkeys(NUMBERS, 0.0)


def read(attribute, row, key):
    """What the inspector read in the stored seeds, (seeds,)."""
    return torch.tensor([run[attribute][row][key] for run in faces])


ROWS = (("glasses", "shared"), ("smile", "shared"), ("glasses", "apart"))
Table(["alike in a pair", "chance", "glasses, shared", "smile, shared",
       "nothing shared"],
      [[key, f"{chance:.3f}", *(mean_sd(read(*row, key)) for row in ROWS)]
       for key, chance in CHANCE.items()])

# %% tags=["hide-input", "measure"]
Table(["domains", "attribute in 0", "in 1", "distance in 0", "in 1"],
      [[f"{attribute}, {row}", *(mean_sd(read(attribute, row, key)) for key in
        (f"{attribute} in 0", f"{attribute} in 1", "distance 0", "distance 1"))]
       for attribute, row in (*ROWS, ("glasses", "untrained"))])

# %% tags=["hide-cell", "checks"]
LEAST = {"hair": 0.7, "beard": 0.8, "tilt": 0.8, "skin": 0.9, "light": 0.75}
for attribute in ("glasses", "smile"):
    for key, least in LEAST.items():
        values = read(attribute, "shared", key)
        claim(f"stored, {attribute}: with shared layers pairs are alike in {key} by "
              f"more than {least} in every seed", values.min() > least, values)
hair, *numbers = (read("glasses", "apart", key) for key in ("hair", *NUMBERS))
claim("stored, nothing shared: hair is the same in under 0.45 of the pairs and no "
      "number correlates by 0.6, in any seed",
      hair.max() < 0.45 and torch.stack(numbers).abs().max() < 0.6, (hair, numbers))
claim("stored: every trained generator is more than 8 times nearer to its domain's "
      "faces than an untrained one, in every seed",
      all((8 * read(*row, key) < read(row[0], "untrained", key)).all()
          for row in ROWS for key in ("distance 0", "distance 1")))

# %% tags=["hide-cell", "checks"]
wears = [read("glasses", "shared", f"glasses in {domain}") for domain in range(2)]
claim("stored: glasses are on under 5 % of domain 0's faces and on over 85 % of domain "
      "1's, in every seed", wears[0].max() < 0.05 and wears[1].min() > 0.85, wears)
smiles = [read("smile", "shared", f"smile in {domain}") for domain in range(2)]
claim("stored: the mean smile is under -0.3 in domain 0 and over 0.3 in domain 1, in "
      "every seed", smiles[0].max() < -0.3 and smiles[1].min() > 0.3, smiles)
anew = torch.stack([read(attribute, "shared", "hair, dealt anew")
                    for attribute in ("glasses", "smile")])
claim("stored: pairs dealt anew have the same hair about as often as the exact chance "
      "of 0.275, within 0.12 in every seed", (anew - 0.275).abs().max() < 0.12, anew)

# %% tags=["hide-input", "drawing", "card"] mystnb={"image": {"alt": "Stored pairs of three seeds. In each strip the upper faces are of domain 0 and the lower of domain 1, with the same z. With glasses and smiles alike, hair, skin, background and shirt stay the same from the upper to the lower face and the attribute changes."}}
figure, axes = plt.subplots(2, 3, figsize=(9, 2.6))
z = torch.randn(8, 32, generator=torch.Generator().manual_seed(6))
for line, attribute in zip(axes, ("glasses", "smile")):
    for k, ax in enumerate(line):
        plots.show_images(both(face_generator(faces[k], attribute), z), columns=8,
                          ax=ax, title=f"{attribute}, seed {k}")
plt.show()

# %% [markdown]
# With shared layers most of what does not divide the domains is carried over. With nothing shared kinds of hair agree about as often as by chance, and numbers correlate by accident, in either direction. An untrained generator keeps the hair in every pair, as all its faces look alike, which is why its distance stands in the second table. Hair still changes in about one pair of five, and the turn of the head is carried over least of what the table has. How far the mouth is open, which is not in the table, is carried over in some seeds only. The pictures are small, with coarse grain in the background and some smudged eyes, and a smile is a matter of two or three pixels at this size.
#
# ## Beside the published
#
# | | the authors' paper and [code](https://github.com/mingyuliutw/CoGAN) | here |
# |---|---|---|
# | digits | 28 × 28, two halves that share no digit | 8 × 8 and 16 × 16, the same |
# | edges | dilated by 3 × 3, minus the digit | the same |
# | a domain's own | $G$'s last layer and $D$'s first | the same |
# | Adam | rate 2e-4, β (0.5, 0.999), weight decay 5e-4 | 2e-3, β (0, 0.99), R1 |
# | batch | 64 | 32 for digits, 16 for faces |
# | more sharing in $G$ | better pairs | better pairs, in one step, five seeds of five |
# | more sharing in $D$ | no influence on pairs | no pairs by itself, a few fewer with $G$'s |
#
# Their finding holds in our setting, and their reason may hold, if capacity is read as what an own end can do and not as how many weights it has.
#
# ## Exercises
#
# **1. Baselines (five minutes, paper).** In a set of edge images each pixel is bright in one picture of ten, independently. On which share of the pixels do a picture and an unrelated one agree, and on which a picture and a black image?

# %%
def check_exercise_1(random_pair, black):
    check("your two baselines are right",
          abs(random_pair - 0.82) < 0.005 and abs(black - 0.9) < 0.005,
          (random_pair, black))


# check_exercise_1(your first, your second)

# %% tags=["hide-cell", "solution"]
# Both bright 0.1², or both dark 0.9²; a black image agrees wherever it is dark.
check_exercise_1(0.1**2 + 0.9**2, 0.9)
# a coin; only both dark; the wrong way round; only both bright; one minus
for wrong in ((0.5, 0.9), (0.81, 0.9), (0.9, 0.82), (0.01, 0.1), (0.18, 0.9)):
    try:
        check_exercise_1(*wrong)
    except AssertionError:
        print(f"{wrong} is refused")

# %% [markdown]
# **2. Chance for a face (five minutes, paper).** Of our faces 15 % are bald, 35 % have short hair, 30 % long and 20 % curly. The inspector says that 48 % of the pairs of some CoGAN have the same kind of hair. On a scale where a random pair is 0 and a perfect one 1, how good is that, to two decimals?

# %%
def check_exercise_2(answer):
    check("your corrected share is right", abs(answer - 0.283) < 0.005, answer)


# check_exercise_2(your number)

# %% tags=["hide-cell", "solution"]
chance = 0.15**2 + 0.35**2 + 0.3**2 + 0.2**2
check_exercise_2((0.48 - chance) / (1 - chance))
# no correction; four kinds alike; only the difference; the ratio; chance itself
for wrong in (0.48, 0.307, 0.205, 0.57, 0.275):
    try:
        check_exercise_2(wrong)
    except AssertionError:
        print(f"{wrong:.3f} is refused")

# %% [markdown]
# **3. Everything shared (ten minutes).** If $G$ shares all three layers, it makes one picture for each $z$, and $D$ is told the domain. Would you expect digits of it, negatives, some of each, or something between? Say why from the value of the game, and then look at `stored[0]["pictures"]["negatives, G 3, D 2"]` and at the row "all of G" above.

# %% tags=["hide-cell", "solution"]
# G's one distribution q meets two games: it minimises JSD(p0||q) + JSD(p1||q), whose
# ideal q has digits and negatives half and half, each wrong in one of the domains.
# This G finds neither, but grey mixtures of both.
sheet = stored[0]["pictures"]["negatives, G 3, D 2"]
share = (sheet[:, 0].mean((1, 2, 3)) > 0).float().mean().item()
print(f"bright as negatives are: ≈ {share:.2f} of 16 pictures; distances "
      f"{mean_sd(of('G 3, D 2', key='distance 0'))} and "
      f"{mean_sd(of('G 3, D 2', key='distance 1'))}")

# %% [markdown]
# **4. Ends that turn (your own code, half an hour).** Train a CoGAN on the digits and their quarter turns in which over half of the pairs are right. `turned_data` has the two domains, `coupled` makes networks, whose own ends you may change, and `digit_run` trains them. Domain 1's own ends are `G.net[1][1]` and `D[0][1]`. A turn at $G$'s end alone passed in four stored seeds of five. Does it help if $D$'s first layer turns the picture back before the shared layers see it?

# %%
turned = images.rot90(1, (-2, -1))
turned_data = (torch.cat([images[order[:half]], turned[order[half:2 * half]]]), y)
turned_judge = fit_classifier(turned, labels, seed=9)


def check_exercise_4(G):
    """Takes a trained G(z, y)."""
    a, b = pairs(G, 1_000)
    first, second = name(0, a), turned_judge(b).argmax(1)
    equal, anew = ((first == other).float().mean().item()
                   for other in (second, second.roll(1)))
    check("your ends are right: over half of the pairs show the same digit, under 0.3 "
          "of them if dealt anew", equal > 0.5 and anew < 0.3, (equal, anew))


# check_exercise_4(your run.G_ema)

# %% tags=["hide-cell", "solution"]
# D's shared layers read strokes by their place, so that domain 1's first layer must
# turn its picture back before they see it.
class QuarterTurns(nn.Module):
    def __init__(self, k):
        super().__init__()
        self.k = k

    def forward(self, pictures):
        return pictures.rot90(self.k, (-2, -1))


G_turned, D_turned = coupled(FIRST_TWO, LAST_TWO, 3)
G_turned.net[1][1].append(QuarterTurns(1))
D_turned[0][1].insert(0, QuarterTurns(-1))
run = digit_run(G_turned, D_turned, turned_data, 3)
for _ in run:
    pass
check_exercise_4(run.G_ema)

# %% [markdown]
# **5. Labels for one domain (an afternoon).** Suppose that only the digits of domain 0 have labels. Put a linear classifier on what $D$'s shared layers see, and train it along with $D$ on domain 0 alone. How well does it name the negatives, which go through domain 1's own first layer? Compare with the same classifier where $D$ shares nothing, and with $D$ shared and $G$ not.
#
# ## Summary
#
# - CoGAN is a conditional GAN whose condition is the **domain**. It learns from two heaps of pictures without a pair.
# - The value of the game depends on each domain's distribution alone, so no loss can tell right pairs from wrong ones. With $-z$ in one domain all pairs change and nothing else does.
# - $G$ shares its **first** layers and $D$ its **last**. Pairs come from sharing in $G$; sharing in $D$ makes none and saves weights.
# - The pairs come out where $G$'s own ends can do what divides the domains and can hardly move strokes, however many weights they have. Matrices lose the pairs, and a filter cannot turn a picture.
# - Pixel agreement means nothing without a random pair beside it, and the same class means nothing for a generator that makes one thing.
#
# > **Often misread.** "CoGAN learns the joint distribution." It learns two marginal distributions, and a coupling that comes from the kind of layers it has. There are infinitely many others with the same value.
#
# > **Often misread.** "Fewer own weights make better pairs." Own filters with 8,193 weights made pairs as good as those of 55, and with 55 the pairs of turned digits were wrong.
#
# > **Often misread.** "The discriminators must share for the pairs to come out." They need not, neither the last layers nor the first.
#
# **Further reading.** Liu & Tuzel, [Coupled generative adversarial networks](https://arxiv.org/abs/1606.07536) (2016), sections 3 and 4, and the appendix on sharing. Mirza & Osindero, [Conditional generative adversarial nets](https://arxiv.org/abs/1411.1784) (2014). Zhu et al., [Unpaired image-to-image translation](https://arxiv.org/abs/1703.10593) (2017), which asks for a cycle in place of shared layers, and meets the same question of which pairs come out.
#
# Next: [chapter 15](15_progressive.ipynb) lets both players grow while they train.
