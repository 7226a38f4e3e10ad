# %% [markdown]
# # 15 · Progressive growing
#
# **Why let two networks grow while they learn, and when does it pay?** A generator that grows first paints faces of 4 × 4 pixels, then of 8 × 8, and so on, and its discriminator grows with it. This is how GANs first came to 1024 × 1024. Here the same networks are grown and trained straight, each ingredient is taken away in turn, and the saving is counted.
#
# - **You need** [chapter 12](12_dcgan.ipynb) (convolutions, the inspector) and R1 from [chapter 8](08_convergence.ipynb).
# - **Afterwards you can** add a level to a trained network without a jump, say what an equalised learning rate does to Adam, and work out from which size growth saves time.
# - **Measured run time:** about 45 s on 2 CPU cores.
#
# > **Predict first.** Ten noises are fixed, and the film shows what the growing generator makes of them. At which size is it settled who will be blond, and at which who wears glasses?

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
from torch.nn import functional as F

from gan.metrics import Inspector, frechet_distance
from gan.models import progressive_pair
from gan.penalties import lazy, r1

stored = gan.evidence.load("progressive_faces")
runs = stored["runs"]
SIZES = (4, 8, 16, 32)

# %% tags=["hide-cell", "measure"]
def at_the_end_of(size, run):
    """The stored generator as it was when a level ended."""
    G = progressive_pair()[0]
    G.load_state_dict(run[f"G at {size}"], strict=False)
    G.net.size = size
    return G.eval().requires_grad_(False).to(device)


def pm(values, digits=1, unit=1):
    """Mean and standard deviation over seeds."""
    values = torch.as_tensor(values, dtype=torch.float64) * unit
    return f"≈ {values.mean():.{digits}f} ± {values.std():.{digits}f}"


def seeded(seed):
    return torch.Generator(device).manual_seed(1_000 * SEED + seed)

# %% tags=["hide-cell", "drawing"]
import base64
import io

from PIL import Image
from torchvision.utils import make_grid


def as_png(images, columns, scale):
    """Pictures in rows, as the text that a Scrubber takes."""
    sheet = make_grid((images.clamp(-1, 1) + 1) * 127.5, columns, 1, pad_value=255)
    sheet = sheet.byte().repeat_interleave(scale, 1).repeat_interleave(scale, 2)
    file = io.BytesIO()
    picture = Image.fromarray(sheet.permute(1, 2, 0).numpy())
    picture.quantize(128).save(file, "png", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def enlarged(images, size=32):
    """Each pixel as a square of many."""
    return F.interpolate(images, size=size, mode="nearest")

# %% tags=["hide-cell", "drawing"]
def told(frame):
    """What a frame of the film shows."""
    fading = frame["size"] > 4 and frame["alpha"] < 1
    level = f"{frame['size']} × {frame['size']}, step {frame['step']}"
    return f"{level}, fading in: alpha = {frame['alpha']:.2f}" if fading else level

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Film of ten faces growing up. At 4 by 4 each is a few coloured squares. At 8 by 8 hair and face can be told apart, at 16 by 16 eyes and mouths appear, and at 32 by 32 they are faces with sharp eyes, hair and shirts. As each fade ends all pictures are pale and alike."}}
from gan.figures import Scrubber

film = [(frame.float() / 127.5 - 1) for _, frame in sorted(runs[0]["film"].items())]
Scrubber([as_png(enlarged(frame), 10, 2) for frame in film],
         [told(frame) for frame in runs[0]["frames"]], "moment", still=0)

# %% tags=["hide-input", "measure"]
print(gan.evidence.cite("progressive_faces"))
print(gan.evidence.cite("dcgan_faces"), "(the inspectors)")

# %% [markdown]
# The film is easiest to read from its end backwards. At 16 × 16 the same people can be recognised, at 8 × 8 some of them, and at 4 × 4 hardly anybody. At the end of the chapter this is counted. The film also shows that the pictures turn pale and alike whenever a level has just been faded in, which will be explained as well. First the networks have to be built.
#
# ## A level that fades in
#
# Both networks are ladders of blocks, one for each size. $G$ has a stem that makes a picture of 4 × 4 with many channels, and each block doubles it. $D$ is the same ladder downwards. At each size two thin layers connect the ladder with pictures: `to_rgb` turns $G$'s channels into three colours, and `from_rgb` does the reverse for $D$. Both are 1 × 1 convolutions, and $G$'s colours leave without a tanh.
#
# If a new block were simply put on top, its first weights would be random, and so would be every picture. Therefore it is **faded in**. For a while $G$ paints two pictures, the old one with its pixels doubled and the new one, and shows their mixture
#
# $$G_\alpha(z) = (1 - \alpha)\,\mathrm{double}\big(G_{\text{old}}(z)\big) + \alpha\, G_{\text{new}}(z),$$
#
# while $\alpha$ rises evenly from 0 to 1. $D$ is faded in likewise, as the features of its new block are mixed with those that the old `from_rgb` makes of the halved picture. Real faces are faded too, so that $D$ cannot tell them from fakes by their sharpness alone. Whether the fade and the faded reals are needed will be tried below.

# %%
def double(x):
    """Each pixel as four."""
    return x.repeat_interleave(2, 2).repeat_interleave(2, 3)


def half(x):
    """Each four pixels as their mean."""
    return F.avg_pool2d(x, 2)


def picture(x, blocks, to_rgb, alpha):
    """What G shows of its stem's features x while its last block fades in."""
    for block in blocks:
        before, x = x, block(x)
    return (1 - alpha) * double(to_rgb[-2](before)) + alpha * to_rgb[-1](x)


def features(x, blocks, from_rgb, alpha):
    """What D's end is given of pictures x while its first block fades in."""
    new, old = blocks[-1](from_rgb[-1](x)), from_rgb[-2](half(x))
    h = (1 - alpha) * old + alpha * new
    for block in reversed(blocks[:-1]):
        h = block(h)
    return h

# %% tags=["hide-cell", "checks"]
def ours(G, D, size, alpha):
    """Our lines on the package's layers: pictures of z8, and D's logits of them."""
    n, net = SIZES.index(size), G.net
    norm = lambda x: x / (x.square().mean(1, keepdim=True) + 1e-8).sqrt()
    act = lambda layer: lambda x: F.leaky_relu(layer(x), 0.2)
    stem = norm(act(net.first)(norm(z8)).unflatten(1, (-1, 4, 4)))
    up = [lambda x, b=b: norm(act(b)(x)) for b in net.blocks[:n]]
    x = picture(stem, up, net.to_rgb[:n + 1], alpha)
    h = features(x, [act(b) for b in D.blocks[:n]],
                 [act(layer) for layer in D.from_rgb[:n + 1]], alpha)
    return x, D.logit(act(D.last)(D.spread(h)).flatten(1)).flatten()


torch.manual_seed(1_000 * SEED + 1)
z8, apart = torch.randn(8, 64), 0.0
G, D = progressive_pair()
for size in SIZES[1:]:
    for alpha in (0.0, 0.3, 1.0):
        G.net.size, G.net.alpha, D.size, D.alpha = size, alpha, size, alpha
        x, logits = ours(G, D, size, alpha)
        apart = max(apart, (x - G(z8)).abs().max().item(),
                    (logits - D(x)).abs().max().item())
check("our lines and gan.models.progressive_pair agree at every size and for three "
      "values of alpha", apart < 1e-4, apart)

# %% tags=["hide-cell", "checks"]
def jumps(G, D, size, x):
    """How far pictures and logits move at the moment when a level begins."""
    old = size // 2
    G.net.size, G.net.alpha, D.size, D.alpha = old, 1.0, old, 1.0
    before, judged = double(G(z8)), D(half(x))
    G.net.size, G.net.alpha, D.size, D.alpha = size, 0.0, size, 0.0
    soft = ((G(z8) - before).abs().max().item(), (D(x) - judged).abs().max().item())
    G.net.alpha = D.alpha = 1.0
    hard = ((G(z8) - before).abs().max().item(), (D(x) - judged).abs().max().item())
    return soft, hard


moved = [jumps(G, D, size, torch.randn(8, 3, size, size)) for size in SIZES[1:]]
check("at alpha = 0 neither the pictures nor D's logits jump as a level begins, and "
      "without fading both do",
      all(max(soft) < 1e-5 and min(hard) > 0.01 for soft, hard in moved), moved)
G.zero_grad()
D(G(z8)).sum().backward()
check("at alpha = 1 no gradient reaches the old ends",
      G.net.to_rgb[2].weight.grad is None and D.from_rgb[2].weight.grad is None)

# %% [markdown]
# At $\alpha = 0$ the new $G$ shows the old pictures, so that nothing jumps when a level begins. The new path then has weight 0, whatever its layers are. A tanh does no harm if it stands at every level, because doubling pixels commutes with it. A network that has a tanh once it has grown, and none before, jumps at its very first growth.
#
# ## One rate for all layers
#
# The paper draws every weight $\hat w$ from $\mathcal N(0, 1)$ and multiplies it by the layer's own scale $c = \sqrt2/\sqrt{n}$ whenever it is used, where $n$ is the number of inputs that an output sums over. The factor $\sqrt2$ makes up, nearly, for what a leaky ReLU takes away, so the layers with none behind them, `to_rgb` and the last of $D$, do without it. It is the well-known first draw of [He et al.](https://arxiv.org/abs/1502.01852), only that the scale stays outside the weight.

# %%
class Equal(nn.Module):
    """A linear layer with an equalised learning rate."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = math.sqrt(2 / inputs)

    def forward(self, x):
        return x @ (self.weight * self.scale).T + 0.1 * self.bias

# %% [markdown]
# For plain gradient descent that would be a strange thing to do. For Adam it is exactly a rate for each layer, because the size of Adam's step does not depend on the size of the gradient. The figure shows by which part of itself each layer of the two networks moves in ten steps of Adam at one rate, with the scale outside the weights and, for comparison, inside them from the start.
#
# <details>
# <summary>Derive: an equalised layer is a layer with its own rate</summary>
#
# **Proposition.** *Let a loss depend on a weight only through $w = c\,\hat w$ with a constant $c > 0$, and let Adam have $\varepsilon = 0$. Then Adam with the rate $\eta$ on $\hat w$ moves $w$ exactly as Adam with the rate $c\,\eta$ on $w$.*
#
# **Proof.** The gradients are related by $\hat g = \partial L/\partial\hat w = c\,\partial L/\partial w = c\,g$. Adam's averages are linear in $g$ and in $g^2$, so that $\hat m = c\,m$ and $\hat v = c^2 v$ at every step, as long as both have followed the same path so far. The step is $\Delta\hat w = -\eta\,\hat m/\sqrt{\hat v} = -\eta\, m/\sqrt v$, and therefore $\Delta w = c\,\Delta\hat w = -(c\,\eta)\, m/\sqrt v$, which is a step of Adam with the rate $c\,\eta$. By induction both follow the same path. ∎
#
# At the start $w$ has the spread $c$, and $\lvert m\rvert/\sqrt v$ is about 1. So the equalised layer changes by a part of about $\eta$ of itself in a step, whatever $c$ is. A plain layer changes by a part of about $\eta/c$, and where $c$ is small that is a lot. With gradient descent in place of Adam $\Delta w = -c^2\eta\, g$, which is no such balance.
#
# </details>

# %% tags=["hide-cell", "checks"]
def adams_way(layer, groups, x, n=20):
    """What a layer maps x to after each of n steps of Adam towards 1."""
    adam, way = torch.optim.Adam(groups, 0.01, (0.0, 0.99), eps=0), []
    for _ in range(n):
        adam.zero_grad()
        (layer(x) - 1).square().mean().backward()
        adam.step()
        way.append(layer(x).detach())
    return torch.stack(way)

# %% tags=["hide-cell", "checks"]
torch.manual_seed(1_000 * SEED + 2)
equal, plain = Equal(50, 7).double(), nn.Linear(50, 7).double()
plain.weight.data = equal.weight.data * equal.scale
plain.bias.data *= 0
x = torch.randn(30, 50, dtype=torch.float64)
alike = adams_way(plain, [{"params": [plain.weight], "lr": 0.01 * equal.scale},
                          {"params": [plain.bias], "lr": 0.001}], x)
difference = (alike - adams_way(equal, equal.parameters(), x)).abs().max().item()
check("twenty steps of Adam on our equalised layer and on a plain one whose rate is "
      "smaller by the scale are the same", difference < 1e-9, difference)
theirs = gan.models.equalized.EqualLinear(50, 7).double()
theirs.load_state_dict(equal.state_dict())
check("our layer and gan.models.equalized.EqualLinear agree",
      torch.allclose(theirs(x), equal(x), atol=1e-9))
scales = [layer.scale for net in progressive_pair() for layer in net.modules()
          if hasattr(layer, "bias_scale") and layer is not net]
check("the scales of the pair's layers differ by a factor of 26",
      round(max(scales) / min(scales)) == 26, scales)

# %% tags=["hide-input", "measure"]
def plainly(net):
    """The same network with each scale inside its weights, once and for all."""
    for layer in net.modules():
        if hasattr(layer, "bias_scale"):
            layer.weight.data *= layer.scale
            layer.bias.data *= layer.bias_scale
            layer.scale = layer.bias_scale = 1.0
    return net


def matrices(net):
    """The weights of a network's layers, by name, without biases."""
    return {name: weight for name, weight in net.named_parameters()
            if name.endswith("weight")}

# %% tags=["hide-input", "measure"]
def moves(change, steps=10):
    """By which part of its size each layer has moved after some steps at 32 × 32."""
    torch.manual_seed(1_000 * SEED + 3)
    nets = [change(net) for net in progressive_pair()]
    before = [{k: w.detach().clone() for k, w in matrices(net).items()} for net in nets]
    for _ in gan.train(*nets, faces32, steps=steps, batch=16, lr=2e-3,
                       betas=(0.0, 0.99), seed=1_000 * SEED + 4, device=device):
        pass
    return {f"{name} {key.removesuffix('.weight').removeprefix('net.')}":
            ((w - old[key]).norm() / old[key].norm()).item()
            for name, net, old in zip("GD", nets, before)
            for key, w in matrices(net).items() if not torch.equal(w, old[key])}


faces32 = gan.data.faces(2_000, 32, torch.Generator().manual_seed(SEED))[0]
moved_by = {"equalised": moves(lambda net: net), "plain": moves(plainly)}
spread_of = {name: max(parts.values()) / min(parts.values())
             for name, parts in moved_by.items()}

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "By how many per cent each layer of G and D has moved after ten steps of Adam, logarithmic. Equalised layers lie close together. Plain ones lie far apart: the last layer of D and its blocks move twenty times as much as the layer that reads colours."}}
figure, ax = plt.subplots(figsize=(7, 3.4))
names = list(moved_by["plain"])
for (name, parts), look, mark in zip(moved_by.items(), (plots.FAKE, plots.JUDGE), "os"):
    ax.semilogx([100 * parts[key] for key in names], range(len(names)), mark,
                color=look["color"], label=name)
ax.set(yticks=range(len(names)), yticklabels=names, ylim=(len(names) - 0.5, -0.5),
       xlabel="moved by, % of its size, in ten steps")
ax.legend(loc="upper right")
plt.show()

# %% tags=["hide-cell", "checks"]
claim("after ten steps of Adam at one rate the plain layers have moved by parts that "
      "differ more than tenfold, the equalised ones less than fivefold",
      spread_of["plain"] > 10 and spread_of["equalised"] < 5, spread_of)

# %% [markdown]
# The plain layers differ about twentyfold, close to the ratio of their scales, which is 26. $D$'s last layer, where many numbers are summed, moves most, and the one that reads three colours moves least. With one rate for all of them some layers move twenty times as much as others. Whether that harms is tried towards the end of the chapter. The equalised layers lie within a factor of five of each other.
#
# ## Two norms, and a look at the neighbours
#
# Batch norm is gone, since it makes each picture depend on the batch. After every convolution of $G$ stands **pixel norm** in its place, which divides the features at each pixel by their root mean square over the channels. It keeps the two players from raising each other's signals, and it has no weights. The noise $z$ passes through it first, so that only its direction counts.
#
# $D$ is told how much a batch varies, which is **minibatch standard deviation**, a simpler form of the minibatch discrimination of [chapter 7](07_mode_collapse.ipynb). In groups of four samples it takes the standard deviation of each feature at each pixel, averages all of these to one number, and appends that as one more channel before $D$'s last convolution. Fakes that are nearly alike betray themselves by this number, and its gradient points away from the mean of the group. For samples that are exactly alike that gradient is 0.

# %%
def pixel_norm(x):
    """Each pixel's features, (B, C, H, W), brought to a mean square of 1."""
    return x / (x.square().mean(1, keepdim=True) + 1e-8).sqrt()


def with_spread(x, group=4):
    """One more channel: how much a group of samples differs, as a single number."""
    B, C, H, W = x.shape
    groups = x.view(B // group, group, C, H, W)
    variance = (groups - groups.mean(1, keepdim=True)).square().mean(1)
    spread = (variance + 1e-8).sqrt().mean((1, 2, 3))
    return torch.cat([x, spread.repeat_interleave(group).view(B, 1, 1, 1)
                      .expand(B, 1, H, W)], 1)

# %% tags=["hide-cell", "checks"]
torch.manual_seed(1_000 * SEED + 5)
x = torch.randn(8, 5, 4, 4)
check("our two functions and the package's agree",
      torch.allclose(pixel_norm(x), gan.models.equalized.pixel_norm(x), atol=1e-6)
      and torch.allclose(with_spread(x), gan.models.equalized.MinibatchStd2d(4)(x),
                         atol=1e-6))
same = with_spread(x[:1].expand(4, -1, -1, -1))[:, -1]
check("four equal samples have a spread of exactly √1e-8 = 1e-4",
      torch.allclose(same, torch.tensor(1e-4), rtol=1e-3))
swapped = with_spread(x[[3, 1, 0, 2, 4, 7, 6, 5]])[:, -1]
check("and their order within a group does not matter",
      torch.allclose(swapped, with_spread(x)[:, -1]))
check("dividing by the group's size, not by one less, a single sample has a number too",
      with_spread(x[:1], group=1).isfinite().all()
      and ((x[:1] - x[:1].mean(0)).square().sum(0) / (1 - 1)).isnan().all())

# %% tags=["hide-cell", "checks"]
says = [(run["D"]["the same"], run["D"]["different"]) for run in runs]
claim("stored, each seed: the trained D gives painted faces a lower mean logit where "
      "the four of a group are one and the same than where they differ",
      all(copies < different for copies, different in says), says)

# %% [markdown]
# A trained $D$ does look at this number. It gives four copies of one painted face a lower logit than four different faces, although each of them is real. There is a well-known trap. `torch.std` divides by one less than the number of samples, so that a last batch of one gives NaN and the run is lost.
#
# ## Growing is a `for`
#
# Nothing in the training loop has to change. Growing is a loop over sizes, with one `gan.train` for each, and inside it $\alpha$ is set. As each level has its own call, Adam's averages begin anew, as in the authors' code. The moving average of $G$'s weights begins anew too, as a copy of $G$. It is a network of its own, so that it must be told of $\alpha$ as well.

# %%
painted, _ = gan.data.faces(10_000, 16, torch.Generator().manual_seed(SEED))


class Fading:
    """Real faces of one size; at alpha = 0 each is its own smaller self, doubled."""

    def __init__(self, size, alpha=1.0):
        self.sharp, self.alpha = F.adaptive_avg_pool2d(painted, size), alpha

    def sample(self, shape, generator):
        which = torch.randint(len(self.sharp), shape, generator=generator,
                              device=generator.device)
        x = self.sharp[which.cpu()].to(generator.device)
        return x if self.alpha == 1 else double(half(x)).lerp(x, self.alpha)

# %%
def set_alpha(alpha, *several):
    for one in several:
        one.alpha = alpha


def grow(G, D, plan, watch):
    for size, steps in plan.items():
        real, first = Fading(size), size == min(plan)
        G.net.size = D.size = size
        set_alpha(1.0 if first else 0.0, G.net, D, real)
        run = gan.train(G, D, real, steps=steps, batch=16, lr=2e-2, betas=(0.0, 0.99),
                        ema=min(0.99, 0.01 ** (1 / steps)),
                        penalties=[lazy(r1(1.0), every=8)], seed=SEED, device=device)
        for step in run:
            if not first:
                set_alpha(min(1.0, step.index / (steps / 2)),
                          G.net, run.G_ema.net, D, real)
            watch(size, step.index, run)

# %% tags=["hide-cell", "measure"]
seer = Inspector(16)
seer.load_state_dict(gan.evidence.load("dcgan_faces")["runs"][0]["inspector16"])
seer = seer.eval().requires_grad_(False).to(device)
known16 = seer.features(gan.data.faces(2_000, 16, torch.Generator()
                                       .manual_seed(101))[0].to(device))


def distance16(G, n=2_000):
    """Of so many fakes of 16 × 16, from painted faces."""
    x = G.sample(n, seeded(11)).clamp(-1, 1)
    return frechet_distance(seer.features(x), known16)

# %% tags=["hide-cell", "measure"]
from gan.average import Average

PLAN, DECAYS = {4: 100, 8: 250, 16: 700}, (0.9, 0.97, 0.99)
ends, averages, looks = [], {}, {}


def watch(size, index, run):
    """Pictures at each level's end; at 16 × 16 the distance of averages and of G."""
    if size == 16 and index == 1:
        averages.update({decay: Average(run.G, decay) for decay in DECAYS})
    for average in averages.values():
        average.update_parameters(run.G)
        average.module.net.alpha = run.G.net.alpha
    if size == 16 and index in (350, 470, 700):
        looks[index] = {"G itself": distance16(run.G, 1_000),
                        **{decay: distance16(average.module, 1_000)
                           for decay, average in averages.items()}}
    if index == PLAN[size]:
        ends.append(run.G_ema(same_z).detach().cpu())

# %% tags=["hide-cell", "measure"]
torch.manual_seed(1_000 * SEED + 10)
same_z = torch.randn(10, 64, device=device)
G16, D16 = (net.to(device) for net in progressive_pair({4: 64, 8: 64, 16: 32}))
with torch.no_grad():
    first_pictures = G16(same_z).cpu()
live = {"untrained": distance16(G16)}
grow(G16, D16, PLAN, watch)
live["grown"] = distance16(averages[0.99].module)
blob = painted.mean(0) + painted.std(0) * torch.randn(2_000, 3, 16, 16)
live["blob"] = frechet_distance(seer.features(blob.clamp(-1, 1).to(device)), known16)

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Four rows of ten pictures of the same noises. Before training smooth coloured blots. After the level of 4 by 4 a few squares of wall, skin and shirt; after 8 by 8 heads with hair; after 16 by 16 rough faces."}}
rows = {"before": first_pictures,
        **{f"{size} × {size}": end for size, end in zip(PLAN, ends)}}
figure, axes = plt.subplots(4, 1, figsize=(7.6, 3.4))
for ax, (name, images) in zip(axes, rows.items()):
    plots.show_images(enlarged(images), columns=10, ax=ax)
    ax.text(-0.02, 0.5, name, transform=ax.transAxes, ha="right", va="center")
plt.show()

# %% tags=["hide-input", "measure"]
ablation = gan.evidence.load("progressive_ablation")
rule_runs = ablation["runs"]


def found(name, key="distance", when="end"):
    """What was measured in the stored runs of a setting, (seeds,)."""
    looks = [run[name].get(when, {}) for run in rule_runs]
    return torch.tensor([look.get(key, math.inf) for look in looks])


Table(["Fréchet distance at 16 × 16", "now", "stored"],
      [["untrained", f"≈ {live['untrained']:.0f}",
        pm(found("all", when="untrained"), 0)],
       ["pixels drawn one by one", f"≈ {live['blob']:.0f}", ""],
       ["grown", f"≈ {live['grown']:.1f}", pm(found("all"))],
       ["painted faces", "", f"≈ {rule_runs[0]['painted faces']['distance']:.1f}"]])

# %% tags=["hide-cell", "checks"]
claim("a thousand steps from 4 × 4 to 16 × 16 bring the Fréchet distance to less than "
      "a fifth of the untrained generator's, and to less than two thirds of that of "
      "pixels drawn one by one, with the right mean and spread each",
      live["grown"] < min(live["untrained"] / 5, live["blob"] * 2 / 3), live)
band16 = found("all")
claim("this run ends within a factor of two of the mean of the stored ones",
      0.5 < live["grown"] / band16.mean().item() < 2, (live, band16))

# %% [markdown]
# ## Is it faster?
#
# Small pictures are cheap, so the early levels cost little. But they teach only what can be seen at their size. The authors report that comparable quality is often reached [up to 2–6 times faster](https://arxiv.org/abs/1710.10196), depending on the final size. Here the same final networks for 32 × 32 were trained in three ways, three seeds each, with the same rate, batch and penalty: straight at 32 × 32, grown with two fifths of the time below that size, and grown with a short start of a sixth.
#
# > **Predict first.** Which of the three is nearest to the data after 40 CPU seconds, and which after equally many images?

# %% tags=["hide-cell", "measure"]
race = gan.evidence.load("progressive_race")
race_runs = race["runs"]
WAYS = {"straight": plots.REAL, "grown": plots.FAKE, "grown, short start": plots.JUDGE}


def course(run, name, against):
    """A run's looks: seconds or images, and the distance."""
    looks = run[name]
    return (torch.tensor([look[against] for look in looks], dtype=torch.float64),
            torch.tensor([look["distance"] for look in looks], dtype=torch.float64))


def at_moments(run, name, against, moments):
    """The distance at given moments, between looks on a straight line in its log."""
    x, y = course(run, name, against)
    k = torch.searchsorted(x, moments).clamp(1, len(x) - 1)
    part = (moments - x[k - 1]) / (x[k] - x[k - 1])
    return (y[k - 1].log() * (1 - part) + y[k].log() * part).exp()

# %% tags=["hide-cell", "measure"]
def curve(name, against):
    """Moments between the first looks and the last ones, and each run's distances."""
    spans = [course(run, name, against)[0] for run in race_runs]
    first, last = max(x[0] for x in spans), min(x[-1] for x in spans)
    moments = torch.linspace(first.item(), last.item(), 80, dtype=torch.float64)
    return moments, torch.stack([at_moments(run, name, against, moments)
                                 for run in race_runs])


def itself(run, against):
    """The looks at G itself rather than its average, at the last level of the grown."""
    looks = [look for look in run["grown"] if "G itself" in look]
    return [[look[key] for look in looks] for key in (against, "G itself")]

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Fréchet distance at 32 by 32 against CPU seconds on the left, against real images seen on the right, logarithmic, three seeds each. The straight networks fall steadily from 60 to below 10. Both grown ones stay between 25 and 80 for two thirds of the way, with humps where levels fade in, and then fall quickly to the straight curve. Crosses for G itself lie below the hump of the last fade."}}
figure, axes = plt.subplots(1, 2, figsize=(8.6, 3.3), sharey=True)
for ax, against in zip(axes, ("seconds", "images")):
    for name, look in WAYS.items():
        plots.band(ax, *curve(name, against), label=name, **look)
    for k, run in enumerate(race_runs):
        ax.plot(*itself(run, against), "x", color=plots.FAKE["color"], markersize=4,
                label=None if k else "grown, G itself")
    ax.set(yscale="log", xlabel={"seconds": "CPU seconds of training",
                                 "images": "real images seen"}[against])
    ax.set_yticks((5, 10, 20, 50, 100), (5, 10, 20, 50, 100))
    ax.minorticks_off()
axes[0].set_ylabel("Fréchet distance at 32 × 32")
axes[0].legend()
plt.show()
print(gan.evidence.cite("progressive_race"))

# %% tags=["hide-cell", "measure"]
GROWN = ("grown", "grown, short start")
final = {name: torch.tensor([run[name][-1]["distance"] for run in race_runs],
                            dtype=torch.float64) for name in WAYS}
spent = {name: {against: torch.tensor([run[name][-1][against] for run in race_runs],
                                      dtype=torch.float64)
                for against in ("images", "seconds")} for name in WAYS}


def lost(name, against):
    """What a plan took, over what the straight networks took to come as near."""
    moments, distances = curve("straight", against)
    near = distances.mean(0) <= final[name].mean()
    if not near.any():
        return 0.0
    return (spent[name][against].mean() / moments[near][0]).item()

# %% [markdown]
# The three plans take about as many seconds. A ratio in the table compares the end of the grown runs with the first moment at which the straight ones were as near, both as means over the seeds.

# %% tags=["hide-input", "measure"]
ratios = {name: {against: lost(name, against) for against in ("images", "seconds")}
          for name in GROWN}
Table(["three seeds", "distance at the end", "images", "CPU seconds",
       "images, over straight's", "seconds, over straight's"],
      [[name, pm(final[name]), f"{race_runs[0][name][-1]['images']:,}",
        pm(spent[name]["seconds"], 0),
        *(f"≈ {ratios[name][key]:.2f}" if name in GROWN else "1"
          for key in ("images", "seconds"))] for name in WAYS])

# %% tags=["hide-cell", "checks"]
early = torch.tensor([40.0], dtype=torch.float64)
at_40 = {name: torch.cat([at_moments(run, name, "seconds", early) for run in race_runs])
         for name in WAYS}
claim("stored, each seed: after 40 CPU seconds the straight networks are nearer to the "
      "data than both grown ones, which are more than twice as far",
      all((at_40[name] > 2 * at_40["straight"]).all() for name in GROWN), at_40)
means = {name: values.mean().item() for name, values in final.items()}
seconds = {name: one["seconds"].mean().item() for name, one in spent.items()}
claim("stored: after as many CPU seconds within 15 %, the mean distances of the three "
      "ways lie within 25 % of each other, and no grown one is nearer than straight",
      max(seconds.values()) < 1.15 * min(seconds.values())
      and means["straight"] == min(means.values())
      and max(means.values()) < 1.25 * min(means.values()), (final, seconds))
claim("stored: to come as near as the grown networks at their end, the straight ones "
      "need less than five sixths of their images",
      ratios["grown"]["images"] > 1.2, ratios)
claim("stored, each seed: at the end all three ways are more than five times as near "
      "as untrained networks",
      all(5 * run[name][-1]["distance"] < run[f"untrained, {name}"]["distance"]
          for run in race_runs for name in WAYS), final)

# %% tags=["hide-cell", "checks"]
def fades_end(run, name="grown"):
    """The look at the last step of the last fade."""
    return next(look for look in run[name] if look["size"] == 32 and look["alpha"] == 1)


ends_of_fade = [(fades_end(run, name)["distance"], fades_end(run, name)["G itself"])
                for run in race_runs for name in GROWN]
claim("stored, each seed and both plans: as the last fade ends, the average of G is "
      "more than one and a half times as far from the data as G itself",
      all(average > 1.5 * own for average, own in ends_of_fade), ends_of_fade)

# %% [markdown]
# Growing is **not faster at this size**. After about as many CPU seconds all three ways are about equally near. In the same time the grown ones see a third more images, but they need half as many again to come as near. A short start gains less and loses less. No order follows from the seconds themselves, because the same runs, repeated on this machine, took up to an eighth more or fewer of them. For most of the race the straight networks are far ahead, as must be, since smaller pictures are enlarged to squares of pixels and compared with sharp faces. Nothing in these runs was unstable enough for growth to rescue it.

# %% [markdown]
# ### Do not measure just after a fade
#
# In the race's figure both grown curves have a hump where a level fades in, and the crosses do not. They are of $G$ itself, while the curves are, as usual, of the average of its weights. While $\alpha$ rises, $G$'s weights have to follow it, because what the new block must add to the old picture changes with its share. The average lags behind by its own memory, which is about $1/(1 - \text{decay})$ steps, and so it holds weights that belonged to a smaller $\alpha$. That is our explanation, as a level without a fade was not looked at in this way. In the live run three averages of different memories were kept along the level of 16 × 16, beside $G$ itself.

# %% tags=["hide-input", "measure"]
NAMES = {"G itself": "G itself", 0.9: "average, decay 0.9: 10 steps",
         0.97: "average, decay 0.97: 33 steps", 0.99: "average, decay 0.99: 100 steps"}
Table(["Fréchet distance, live run", "as the fade ends", "120 steps later",
       "at the end"],
      [[name, *(f"≈ {looks[index][key]:.1f}" for index in (350, 470, 700))]
       for key, name in NAMES.items()])

# %% tags=["hide-cell", "checks"]
fade, last = looks[350], looks[700]
claim("as the fade ends, the average of 100 steps is further from the data than the "
      "average of 10", fade[0.99] > fade[0.9], looks)
claim("at the end of the level the average of 100 steps is less than half as far from "
      "the data as when the fade ended", 2 * last[0.99] < fade[0.99], looks)
claim("stored, each seed: at the end of the race the average of the grown networks is "
      "nearer than G itself",
      all(run["grown"][-1]["distance"] < run["grown"][-1]["G itself"]
          for run in race_runs))

# %% [markdown]
# The longer the memory, the worse the average at the moment when the fade ends, while a few memories later it has caught up. So a picture or a measure taken just after a fade says little about the networks. The authors' code has one average throughout. Here each level begins a new one, and what it began with is forgotten within a few memories.

# %% [markdown]
# ### What a level saves
#
# On a larger scale the question can be answered by counting. A step at a small size costs fewer multiplications, and how many fewer follows from the channels. The paper's networks have two 3 × 3 convolutions a block and 512 channels up to 32 × 32, then half as many at each doubling. By the schedule of the [authors' code](https://github.com/tkarras/progressive_growing_of_gans) a level is faded in over 600,000 real images and then trained for as many more. The **saving** is what as many images would cost at the final size, divided by what they cost along the schedule.

# %% tags=["hide-cell", "measure"]
PAPER = {4: 512, 8: 512, 16: 512, 32: 512, 64: 256, 128: 128, 256: 64, 512: 32,
         1024: 16}


def products(size, channels=PAPER):
    """Multiplications of one image's way through G and through D, two 3 × 3 a block."""
    sizes = [s for s in channels if s <= size]
    c = channels[4]
    ends = 512 * c * 16 + 9 * 16 * c**2 + 9 * 16 * (c + 1) * c + 16 * c**2 + c
    blocks = sum(2 * 9 * big**2 * channels[big] * (channels[small] + channels[big])
                 for small, big in zip(sizes, sizes[1:]))
    return ends + blocks + 2 * 3 * channels[size] * size**2

# %% tags=["hide-cell", "measure"]
def schedule(final, images, level=600_000):
    """Images seen at each size: as many fading in as after, and the rest at the end."""
    seen, left = {}, images
    for size in (s for s in PAPER if s <= final):
        wanted = level * (1 if size == 4 else 2)
        seen[size] = left if size == final else min(left, wanted)
        left -= seen[size]
    return seen


def saving(final, images, level=600_000):
    """The cost of all images at the final size, over that of the schedule."""
    seen = schedule(final, images, level)
    grown = sum(n * products(size) for size, n in seen.items())
    return images * products(final) / grown


def whole(final):
    """Images until the last level has been trained for as long as the others."""
    return 600_000 + 1_200_000 * (list(PAPER).index(final))

# %% tags=["hide-input", "measure"]
Table(["final size", "products an image, 10⁹", "saving when grown up",
       "saving after 12 million images"],
      [[f"{size} × {size}", f"{products(size) / 1e9:.1f}",
        f"{saving(size, whole(size)):.2f}", f"{saving(size, 12_000_000):.2f}"]
       for size in PAPER if size > 4])

# %% tags=["hide-cell", "checks"]
from torch.utils.flop_counter import FlopCounterMode


def counted(size, channels):
    """The same by torch's own counter, on layers as the paper has them."""
    sizes = [s for s in channels if s <= size]
    conv = lambda a, b: nn.Conv2d(a, b, 3, 1, 1)
    c = channels[4]
    up, down = [nn.Unflatten(1, (c, 4, 4)), conv(c, c)], []
    for small, big in zip(sizes, sizes[1:]):
        a, b = channels[small], channels[big]
        up += [nn.Upsample(scale_factor=2), conv(a, b), conv(b, b)]
        down = [conv(b, b), conv(b, a), nn.AvgPool2d(2), *down]
    w, one = channels[size], gan.models.equalized.MinibatchStd2d(1)
    nets = nn.Sequential(nn.Linear(512, 16 * c), *up, nn.Conv2d(w, 3, 1),
                         nn.Conv2d(3, w, 1), *down, one, conv(c + 1, c),
                         nn.Flatten(), nn.Linear(16 * c, c), nn.Linear(c, 1))
    with FlopCounterMode(display=False) as counter:
        nets(torch.zeros(1, 512))
    return counter.get_total_flops() / 2

# %% tags=["hide-cell", "checks"]
narrow = {size: width // 32 for size, width in PAPER.items() if size <= 128}
check("our count of products is torch's own, for networks of the paper's form",
      all(counted(size, narrow) == products(size, narrow) for size in narrow),
      [(counted(size, narrow), products(size, narrow)) for size in narrow])
early = {level: saving(1024, 6_400_000, level) for level in (600_000, 800_000)}
check("for 6.4 million images and levels of 600,000 our count saves a factor within a "
      "tenth of the published 5.4", abs(early[600_000] / 5.4 - 1) < 0.1, early)
check("by then such a network has only got as far as 128 × 128, and one that has seen "
      "12 million images has been saved a factor of 1.28 at 32 × 32 and 2.00 at 1024",
      max(size for size, n in schedule(1024, 6_400_000).items() if n) == 128
      and [round(saving(size, 12_000_000), 2) for size in (32, 1024)] == [1.28, 2.0])

# %% tags=["hide-cell", "checks"]
def products_of_ours(size):
    """Of the pair that raced, for one image, by torch's counter."""
    G, D = progressive_pair()
    G.net.size = D.size = size
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        D(G.sample(4))
    return counter.get_total_flops() / 8

# %% tags=["hide-cell", "checks"]
seen = {look["size"]: look["images"] for look in race_runs[0]["grown"]}
seen = {size: n - seen.get(size // 2, 0) for size, n in seen.items()}
ours_saves = sum(seen.values()) * products_of_ours(32) / sum(
    n * products_of_ours(size) for size, n in seen.items())
in_time = torch.tensor([
    run["straight"][-1]["seconds"] / run["straight"][-1]["images"]
    * run["grown"][-1]["images"] / run["grown"][-1]["seconds"] for run in race_runs])
claim("stored: for as many images the grown networks of the race need fewer seconds "
      "than the straight ones, by a factor within a quarter of what counting says, "
      "on average over the seeds",
      in_time.mean() > 1 and abs(in_time.mean() / ours_saves - 1) < 0.25,
      (in_time, ours_saves))
more = ratios["grown"]["images"]
pays = next((size for size in PAPER if saving(size, 12_000_000) > more), None)
claim("if larger networks lost as many images as the grown ones here, 12 million "
      "images would save more than that from 128, 256 or 512 pixels on",
      pays in (128, 256, 512), (more, pays))

# %% [markdown]
# If networks are compared when they have just grown up, growth saves a factor of 2.7 at 32 × 32, and between 2.4 and 2.8 at all larger sizes. The reason is that from 64 × 64 on the channels halve whenever the pixels quadruple, so that every level adds the same cost. The saving rises with the size only where the number of images is fixed. With 12 million of them it is 1.3 at 32 × 32 and 2.0 at 1024 × 1024.
#
# The paper's own example is one of time. At 1024 × 1024 its growing networks saw 6.4 million images in 96 hours, and training straight would have taken about 520, which is 5.4 times as long. Our count says 5.8 for levels of 600,000 images and 11 for levels of 800,000, the length of the authors' final run. But after so many images a growing network has got no further than 128 × 128. So a factor of 5 compares images seen. It does not compare pictures of one size.
#
# From which size does growth pay, then? In the race half as many images again were needed. If larger networks lost as large a part, 12 million images would begin to pay somewhere between 128 and 512 pixels, and at 1024 × 1024 less than a third of the time would be saved. The part is a guess, because it was not measured here beyond 32 × 32.

# %% [markdown]
# ## Each ingredient taken away
#
# The networks have been grown to 16 × 16 once more, three seeds each and 1,050 steps, and each time something was left out or changed. A table below holds recall, glasses and oddness as well, and the **grain**, which is how much the colour varies within a corner of the wall.
#
# > **Predict first.** Five ingredients are said to matter: the fade, the equalised rate, the pixel norm, the minibatch standard deviation and the smooth start of the kernels. Which one will be missed most?

# %% tags=["hide-cell", "measure"]
ORDER = sorted(rule_runs[0]["pictures"], key=lambda name: found(name).mean().item())


def strip(names):
    """Eight fakes of the first seed for each setting, one below the other."""
    rows = [torch.cat([*(rule_runs[0]["pictures"][name].float() / 255)], 2)
            for name in names]
    return torch.cat(rows, 1).permute(1, 2, 0)

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Fréchet distance of each setting at 16 by 16, three seeds each on a logarithmic axis, beside eight fakes of each. All but two of eleven settings lie close together with faces that look alike. Without pixel norm the distance is somewhat larger. Not equalised at the same rate it is ten to sixty times as large, and the fakes are a coloured weave."}}
figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 0.33 * len(ORDER) + 0.8),
                                     width_ratios=(1, 1.1))
left.axvspan(found("all").min(), found("all").max(), color="0.85")
for row, name in enumerate(ORDER):
    left.plot(found(name), [row] * len(rule_runs), "o", markersize=4,
              color=plots.FAKE["color"] if name == "all" else "0.25")
left.set(xscale="log", yticks=range(len(ORDER)), yticklabels=ORDER,
         ylim=(len(ORDER) - 0.5, -0.5), xlabel="Fréchet distance at 16 × 16")
left.set_xticks((5, 10, 20, 50, 100), (5, 10, 20, 50, 100))
left.minorticks_off()
right.imshow(strip(ORDER), extent=(0, 8, len(ORDER) - 0.5, -0.5), aspect="auto",
             interpolation="nearest")
right.set_axis_off()
right.set_title("eight fakes of the first seed")
plt.show()
print(gan.evidence.cite("progressive_ablation"))

# %% tags=["hide-cell", "measure"]
columns = {"distance": (1, 1), "recall": (2, 1), "glasses": (0, 100), "oddness": (2, 1),
           "grain": (3, 1)}
Table(["left out", "distance", "recall", "glasses, %", "oddness", "grain"],
      [[name, *(pm(found(name, key), *shown) for key, shown in columns.items())]
       for name in ORDER]
      + [["painted faces", *(f"≈ {unit * rule_runs[0]['painted faces'][key]:.{digits}f}"
                             for key, (digits, unit) in columns.items())]])

# %% tags=["hide-cell", "checks"]
def times(name, key="distance", when="end"):
    """A measure over the mean of the starting point's, seed by seed."""
    return found(name, key, when) / found("all", key, when).mean()


claim("stored, each seed: with plain weights and the same rate the distance is more "
      "than four times as large", (times("not equalised") > 4).all(),
      times("not equalised"))
claim("stored, each seed: with plain weights and a tenth of the rate it is the same "
      "within 40 %",
      ((times("not equalised, a tenth of the rate") - 1).abs() < 0.4).all(),
      times("not equalised, a tenth of the rate"))
ALIKE = ("no minibatch std", "one Adam throughout", "straight at 16", "no fade-in",
         "reals not faded", "no smooth start", "tanh at the end")
alike = {name: times(name) for name in ALIKE}
claim("stored, each seed: without minibatch std, fade-in, faded reals, smooth start or "
      "a new Adam, with a tanh, and straight at 16 × 16, it is the same within 30 %",
      all(((one - 1).abs() < 0.3).all() for one in alike.values()),
      alike)

# %% tags=["hide-cell", "checks"]
bare = {key: times("no pixel norm", key) for key in ("distance", "recall")}
claim("stored, each seed: without pixel norm the distance is more than 10 % larger and "
      "recall is less than three quarters of what it is with all ingredients",
      (bare["distance"] > 1.1).all() and (bare["recall"] < 0.75).all(), bare)
moved20 = {name: torch.tensor([run[name]["jump"] for run in rule_runs])
           for name in ("all", "no fade-in")}
claim("stored, each seed: in the first 20 steps at 16 × 16 the pictures of the same "
      "noises move more than half as far again without a fade-in",
      (moved20["no fade-in"] > 1.5 * moved20["all"]).all(), moved20)
grains = {when: times("no smooth start", "grain", when)
          for when in ("untrained", "end")}
claim("stored, each seed: before training the walls have more than twice as much grain "
      "without the smooth start, and after it the same within 60 %",
      (grains["untrained"] > 2).all() and ((grains["end"] - 1).abs() < 0.6).all(),
      grains)

# %% [markdown]
# At this size one ingredient is badly missed. With plain weights at the same rate the two players ruin each other. Without pixel norm the networks end somewhat farther off, with a lower recall, and the others are not missed. As to the weights, it is the rate that was wrong, since the same plain networks are about as good with a tenth of it. So equalised layers do not reach further here. What they change is which rate fits, which is ten times as large.
#
# The fade-in, the faded reals, the minibatch standard deviation, a new Adam for each level, the linear colours and the smooth start cannot be told from *all* by the distance, and neither can growth itself, since the same networks trained straight for as many seconds end in the same place. The fade does what it says, as pictures move less when a level begins.
#
# The **smooth start** concerns the kernels that double the picture. They begin as bumps, $(1, 3, 3, 1)$ in each direction, so that an untrained $G$ paints soft blots. Started as plain noise they paint coloured grain, several times as much, and the Fréchet distance hardly notices it. At the rate used here training takes the grain away.
#
# The paper found more, in larger networks, with another loss and at 128 × 128. On stacked digits, where modes can be counted, its minibatch standard deviation raised their number from 857 to 881 of 1,000. Such a gain would be hidden in the spread between our seeds.
#
# ## Settled at which size?
#
# The film shows the same noises at every level, so that one can ask when a face was settled. A linear model predicts from the early picture what the inspector sees in the *final* face, and is tested on noises that it was not fitted to. What it reads off the final picture itself, made as small, is the most that can be expected at this size.

# %% tags=["hide-cell", "measure"]
inspector = Inspector(32)
inspector.load_state_dict(gan.evidence.load("dcgan_faces")["runs"][0]["inspector"])
inspector = inspector.eval().requires_grad_(False).to(device)


@torch.no_grad()
def sizes_of(run, n=2_500):
    """Pictures of the same noises at the end of each level, by size."""
    z = torch.randn(n, 64, generator=seeded(20), device=device)
    return {size: torch.cat([at_the_end_of(size, run)(part) for part in z.split(500)])
            for size in SIZES}


def kept(early, late):
    """Correlation of early pictures with later ones of the same z, as small."""
    late = F.adaptive_avg_pool2d(late, early.shape[-1])
    a, b = (x - x.mean(0) for x in (early, late))
    return ((a * b).sum() / (a.norm() * b.norm())).item()


albums = [sizes_of(run) for run in runs]
same = [{size: kept(album[size], album[32]) for size in SIZES[:-1]} for album in albums]
other = [{size: kept(album[size], album[32].roll(1, 0)) for size in SIZES[:-1]}
         for album in albums]

# %% tags=["hide-cell", "measure"]
TRAITS = {"wall": "wall", "shirt": "shirt", "skin": "skin", "long hair": ("hair", 2),
          "blond": ("dye", 2), "beard": ("beard", 1), "glasses": ("glasses", 1),
          "smile": "smile"}


@torch.no_grad()
def traits(images):
    """What the inspector sees: columns of numbers, hues as cosine and sine."""
    kinds, numbers, seen = inspector.kinds(images), inspector.numbers(images), {}
    for name, key in TRAITS.items():
        if isinstance(key, tuple):
            seen[name] = (kinds[key[0]] == key[1]).float()[:, None]
        elif name in ("wall", "shirt"):
            angle = 2 * math.pi * numbers[name]
            seen[name] = torch.stack([angle.cos(), angle.sin()], 1)
        else:
            seen[name] = numbers[name][:, None]
    return seen

# %% tags=["hide-cell", "measure"]
def told_by(pictures, seen, train=1_800, strength=3.0):
    """Of each trait: the share of its variance that a linear model reads off."""
    x = pictures.flatten(1).double()
    x = torch.cat([x - x.mean(0), x.new_ones(len(x), 1)], 1)
    y = torch.cat([column.double() for column in seen.values()], 1)
    a = x[:train]
    ridge = strength * torch.eye(x.shape[1]).to(a)
    w = torch.linalg.solve(a.T @ a + ridge, a.T @ y[:train])
    truth = y[train:] - y[train:].mean(0)                # noises it was not fitted to
    error = (x[train:] @ w - y[train:]).square().sum(0)
    widths = [column.shape[1] for column in seen.values()]
    parts = zip(error.split(widths), truth.square().sum(0).split(widths))
    return {name: 1 - (e.sum() / t.sum()).item() for name, (e, t) in zip(seen, parts)}

# %% tags=["hide-cell", "measure"]
def read_from(album):
    """Of each trait: what is read off early pictures, and off the last one as small."""
    seen, read = traits(album[32]), {}
    for size in SIZES[:-1]:
        late = F.adaptive_avg_pool2d(album[32], size)
        both = told_by(album[size], seen), told_by(late, seen)
        read[size] = {name: (both[0][name], both[1][name]) for name in seen}
    return read


settled = [read_from(album) for album in albums]

# %% tags=["hide-input", "measure"]
def settled_row(name):
    """Early pictures, and in the second of each two columns the last one as small."""
    return [name, *(pm([one[size][name][k] for one in settled], 0, 100)
                    for size in SIZES[:-1] for k in (0, 1))]


heads = [f"{size} × {size}{of}" for size in SIZES[:-1] for of in ("", ", last")]
Table(["% read off", *heads], map(settled_row, TRAITS))

# %% tags=["hide-cell", "checks"]
claim("stored, each seed: pictures of the same noise at the end of a level correlate "
      "with the final ones, more at each later level, and those of other noises do not",
      all(0.1 < one[4] < one[8] < one[16] for one in same)
      and all(abs(v) < 0.05 for one in other for v in one.values()), (same, other))
shares = {name: {size: torch.tensor([one[size][name][0] / one[size][name][1]
                                     for one in settled]) for size in SIZES[:-1]}
          for name in ("wall", "shirt", "skin")}
claim("stored, each seed: of what a picture of 4 × 4 could tell about the final wall, "
      "shirt and skin, the early one tells less than three fifths, and at 8 × 8 more",
      all((one[4] < 0.6).all() and (one[8] > 0.6).all() for one in shares.values()),
      shares)
blond = {size: torch.tensor([one[size]["blond"][0] / one[size]["blond"][1]
                             for one in settled]) for size in SIZES[:-1]}
claim("stored, each seed: of blond hair the early picture tells less than 45 % of what "
      "could be told at 4 × 4, more at 8 × 8, and at 16 × 16 more than 55 %",
      (blond[4] < 0.45).all() and (blond[4] < blond[8]).all()
      and (blond[8] < blond[16]).all() and (blond[16] > 0.55).all(), blond)
claim("stored, each seed: from 4 × 4 to 8 × 8 the early picture gains more on them "
      "than from 8 × 8 to 16 × 16",
      all((one[8] - one[4] > one[16] - one[8]).all() for one in shares.values()),
      shares)

# %% [markdown]
# So little is settled at 4 × 4. What the early picture tells about the final wall, shirt and skin is a fifth to a half of what a picture of that size could tell. Of these three most is settled at 8 × 8, where the early picture tells two thirds of it or more, and the level of 16 × 16 adds less. Who will be blond, and who wears glasses, follows a step behind. Of what can be told of blond hair the early picture tells about half at 8 × 8 and two thirds or more at 16 × 16. The film hides this order, since it also shows the average recovering after every fade.
#
# ## In your own run
#
# | you see | look at | then |
# |---|---|---|
# | all pictures jump when a level begins | $\alpha$ before the first step; a tanh at one level and not at the next | set it to 0 before `gan.train`, treat all levels alike |
# | blocks of doubled pixels that never go | $\alpha$ in the last step of the fade | a whole-number division leaves it at 0 |
# | bad pictures from the average, good ones from $G$ | whether the fade has just ended, and the average's own $\alpha$ | wait for a few memories of the average, tell it of $\alpha$ |
# | NaN in the last batch | how the standard deviation is divided | by the group's size, or drop the batch |
# | one layer of $D$ moves far more than the others | $\lVert\Delta w\rVert / \lVert w\rVert$ of each layer | equalise, or set a rate for each layer |

# %% [markdown]
# ## Exercises
#
# **1. Halfway (five minutes, paper).** A level of 8 × 8 is faded in over 400 steps and then goes on for 400 more. In step 100 the old path shows 0.6 at a pixel and the new one 0.2. What does $G$ show there, and what does the *real* picture show at a pixel of value 0.9, if the mean of its square of four is 0.5? Answer with two numbers.

# %%
def check_exercise_1(fake, real):
    check("your two numbers are right",
          abs(fake - 0.5) < 1e-6 and abs(real - 0.6) < 1e-6, (fake, real))


# check_exercise_1(your fake, your real)

# %% tags=["hide-cell", "solution"]
# alpha = 100 / 400 = 1/4, so 0.75 · 0.6 + 0.25 · 0.2 = 0.5 and 0.75 · 0.5 + 0.25 · 0.9.
check_exercise_1(0.5, 0.6)
# alpha the wrong way round; alpha over all 800 steps; reals not faded; whole numbers
for wrong in ((0.3, 0.8), (0.55, 0.55), (0.5, 0.9), (0.6, 0.5)):
    try:
        check_exercise_1(*wrong)
    except AssertionError:
        print(f"{wrong} is refused")

# %% [markdown]
# **2. Rates (five minutes, paper).** Two linear layers of equalised weights have 50 and 5,000 inputs, and Adam has the rate 0.01. By which factor is the rate larger that a *plain* layer with 50 inputs would need, to move as these do, than that of a plain layer with 5,000? And by which part of its size does each equalised layer move in its first step, in per cent?

# %%
def check_exercise_2(factor, part):
    check("your factor and your part are right",
          abs(factor - 10) < 0.01 and abs(part - 1) < 0.01, (factor, part))


# check_exercise_2(your factor, your part in per cent)

# %% tags=["hide-cell", "solution"]
# Rates are proportional to the scale, and √(2/50) : √(2/5000) = 10. The first step of
# Adam is the rate for every weight, and these have a spread of 1.
check_exercise_2(10, 1)
# inputs instead of roots; the inverse; a part that depends on the scale
for wrong in ((100, 1), (0.1, 1), (10, 0.2)):
    try:
        check_exercise_2(*wrong)
    except AssertionError:
        print(f"{wrong} is refused")

# %% [markdown]
# **3. Minibatch standard deviation (your own code, twenty minutes).** Write `spread(x, group)`, which takes features (B, C, H, W) and returns the number of each *sample*, (B,), for groups of neighbours. Where the group does not divide $B$, the whole batch is one group. A single sample and equal samples must give a number above 0 and a finite gradient.

# %%
def check_exercise_3(spread):
    x = torch.randn(8, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    cases = [(x, 4), (x, 2), (x[:6], 4), (x[:1], 4), (x[:1].expand(4, -1, -1, -1), 4)]
    right = True
    for given, group in cases:
        expected = gan.models.equalized.MinibatchStd2d(group)(given)[:, -1, 0, 0]
        got = spread(given, group)
        right = (right and got.shape == expected.shape
                 and torch.allclose(got, expected, rtol=1e-3, atol=1e-5))
    equal = x[:1].repeat(4, 1, 1, 1).requires_grad_()
    slope, = torch.autograd.grad(spread(equal, 4).sum(), equal, allow_unused=True)
    right = right and slope is not None and slope.isfinite().all().item()
    check("your spread is right in five cases, and its gradient is finite", right)


# check_exercise_3(your function)

# %% tags=["hide-cell", "solution"]
def my_spread(x, group):
    group = group if len(x) % group == 0 else len(x)
    several = x.view(-1, group, *x.shape[1:])
    each = (several.var(1, correction=0) + 1e-8).sqrt()
    return each.flatten(1).mean(1).repeat_interleave(group)


check_exercise_3(my_spread)
# one less in the divisor; samples far apart as a group; the variance itself
for wrong in (lambda x, g: my_spread(x, g) * math.sqrt(g / (g - 1)),
              lambda x, g: my_spread(x.roll(1, 0), g),
              lambda x, g: my_spread(x, g).square()):
    try:
        check_exercise_3(wrong)
    except AssertionError:
        print("this function is refused")

# %% [markdown]
# **4. Your own schedule (half an hour).** What does growth save for networks of 256 × 256 that have just grown up, if each level has 1.2 million images to fade in and as many after, twice as many as before? Use `saving` and work out the number of images first. Does the length of a level matter?

# %% tags=["hide-cell", "solution"]
for level in (600_000, 1_200_000):
    images = level * (1 + 2 * list(PAPER).index(256))
    print(f"levels of {level:,}: {saving(256, images, level):.2f}")
# The length cancels. Once grown up, the saving depends on the shares of images alone.

# %% [markdown]
# **5. Grow your own (an afternoon).** Let `painted` be faces of 32 × 32 and let `grow` go on to that size, with `progressive_pair()` and a plan of your own. Keep the seconds that it takes, and train the same networks straight for as long. Whose faces are nearer to the data, with your plan? Try it with three seeds before you believe it.
#
# ## Summary
#
# - A level fades in as a mixture of the old picture, doubled, and the new one. At $\alpha = 0$ nothing jumps, at $\alpha = 1$ nothing of the old end is left, and the average of $G$ must be told of $\alpha$ as well.
# - An equalised layer is, for Adam, a plain layer with a rate proportional to its scale. It makes every layer move by about the same part of itself.
# - At 32 × 32 growing is not faster. It sees a third more images in the same time and needs half as many again.
# - By counting, growth saves a factor of 2.8 at most once networks have grown up, and the published factor of 5.4 compares images seen, most of them small.
# - Just after a fade the average of $G$ is bad and $G$ itself is not, because the average lags behind by its memory.
# - At 16 × 16 the rate is missed, and pixel norm a little. What fade, minibatch standard deviation and smooth start bring cannot be seen at the end.
#
# > **Often misread.** "Progressive growing gives five times the speed." It gives five times the images in the early part of a run. What that is worth in quality depends on how much small pictures teach, and here it was worth nothing.
#
# > **Often misread.** "An equalised learning rate lets the networks learn faster." The gain is that all layers move alike. Here a plain network with a fitting rate did without it.
#
# **Further reading.** Karras, Aila, Laine & Lehtinen, [Progressive growing of GANs](https://arxiv.org/abs/1710.10196) (2018), with its [code](https://github.com/tkarras/progressive_growing_of_gans). He et al., [Delving deep into rectifiers](https://arxiv.org/abs/1502.01852) (2015), for the scale of the first weights. Karras et al., [Analyzing and improving the image quality of StyleGAN](https://arxiv.org/abs/1912.04958) (2020), which gave growth up again. Yazıcı et al., [The unusual effectiveness of averaging in GAN training](https://arxiv.org/abs/1806.04498) (2019), for averages of $G$.
#
# Next: [chapter 16](16_stylegan.ipynb) keeps these layers and gives the noise a place at every size.
