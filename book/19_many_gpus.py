# %% [markdown]
# # 19 · Many GPUs
#
# **What must two processes share, and what must differ, so that together they train the GAN that one process would?** The same `gan.train` runs in each, and the only news is an average that they take together. Many mistakes raise no error, so they are made here on purpose and measured.
#
# - **You need** [chapter 4](04_training_loop.ipynb) (the loop, averages of $G$, batch norm) and R1 from [chapter 8](08_convergence.ipynb).
# - **Afterwards you can** start a run on many GPUs, tell by one comparison whether it is right, and say on paper what more of them would bring.
# - **Measured run time:** about 30 s on 2 CPU cores.
#
# > **Predict first.** Four processes, called ranks, each hold a gradient that is cut into four pieces, and all want the sum. In each round every rank sends one piece to its neighbour: how many pieces must each send in all?

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
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from gan.replicas import PartOfData, Replica, part_of, spread_out, train_faces
from gan.figures import Scrubber
from gan.models.equalized import MinibatchStd2d
from gan.processes import Ranks

# %% tags=["hide-cell", "measure"]
def ring_all_reduce(vectors):
    """Sums over all ranks, where each sends to the next alone. What they hold after
    every round, (rounds, ranks, pieces, numbers), and how many numbers each sent."""
    n = len(vectors)
    held = torch.stack([vector.reshape(n, -1) for vector in vectors])
    rounds, sent = [held], 0
    for k in range(2 * (n - 1)):
        held = rounds[-1].clone()
        for rank in range(n):
            piece, following = (rank - k) % n, (rank + 1) % n
            gathered = rounds[-1][rank, piece]
            # First sums grow on their way, then the finished ones are handed on.
            held[following, piece] = gathered + (held[following, piece]
                                                 if k < n - 1 else 0)
        rounds.append(held)
        sent += held[0, 0].numel()
    return torch.stack(rounds), sent

# %% tags=["hide-cell", "measure"]
def drawn(k, held):
    """Round k: of how many ranks' gradients each piece is the sum."""
    figure, ax = plt.subplots(figsize=(6.4, 2.9))
    ax.imshow(held, cmap="Blues", vmin=0, vmax=5.5, aspect="auto")
    n = len(held)
    for rank in range(n):
        for piece in range(n):
            count = int(held[rank, piece])
            sends = k < 2 * (n - 1) and piece == (rank - k) % n
            ax.text(piece, rank, f"sum of {count}" + (" ↓" if sends else ""),
                    ha="center", va="center", weight="bold" if sends else "normal",
                    color="white" if count > 3 else "black")
    ax.set(xticks=range(n), xticklabels=[f"piece {i}" for i in range(n)],
           yticks=range(n), yticklabels=[f"rank {i}" for i in range(n)],
           title=f"after {k} of {2 * (n - 1)} rounds; ↓ is sent on next, from the "
                 "last rank to rank 0")
    return figure

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "A table of four ranks and four pieces of the gradient, each cell the sum of one rank's own piece; an arrow marks the piece that a rank sends to the next. The slider shows the rounds: sums of two, three and four grow along a diagonal, then the finished sums are handed round until all sixteen cells are sums of four."}}
rounds, _ = ring_all_reduce(list(torch.ones(4, 4)))
captions = [f"{k} of 6 rounds: {int((held == 4).sum())} of 16 pieces are sums of all "
            "four" for k, held in enumerate(rounds)]
Scrubber.from_figures((drawn(k, held.squeeze(-1)) for k, held in enumerate(rounds)),
                      captions, label="round", still=0)

# %% tags=["hide-cell", "checks"]
torch.manual_seed(SEED)
for n in (2, 3, 4, 8):
    vectors = list(torch.randn(n, 24 * n, dtype=torch.float64))
    rounds, sent = ring_all_reduce(vectors)
    check(f"on {n} ranks the ring leaves the same sum everywhere, and each has sent "
          f"2 · {n - 1}/{n} of its numbers",
          torch.allclose(rounds[-1].flatten(1), sum(vectors).expand(n, -1))
          and sent == 2 * (n - 1) * 24, sent)

# %% [markdown]
# ## One average, in ten lines
#
# Each rank sends six pieces, since for three rounds the sums grow and for three they are handed on. On $n$ ranks a **ring all-reduce** sends $2\,\frac{n-1}{n}$ times the gradient from each rank, which is less than twice its size however many there are. This makes data-parallel training affordable, in which every rank has the whole networks and its own part of each batch, and only gradients travel.
#
# A **rank** is one process of a group, numbered from 0, and usually owns one GPU. PyTorch's `torchrun` starts a script once for each rank. Here the book's `Ranks` keeps two such processes beside the notebook, connected by gloo, PyTorch's backend for CPUs. It sends them functions, so that each experiment is a cell.

# %%
ranks = Ranks(2)


@ranks.know
def who_am_i():
    return f"rank {dist.get_rank()} of {dist.get_world_size()}"


ranks.ask(who_am_i)

# %% [markdown]
# The gradient of a mean over 32 samples is the mean of two gradients over 16 each, if the parts are equal and no sample's loss depends on another sample. So it is enough to put a mean over ranks in the place of each gradient, just before the optimizer uses it.

# %%
@ranks.know
def average_gradients(optimizer, *_):
    """Put the mean over all ranks in the place of each gradient."""
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    flat = torch.cat([weight.grad.flatten() for weight in weights])
    dist.all_reduce(flat)                                  # the sum over all ranks
    flat /= dist.get_world_size()
    parts = flat.split([weight.numel() for weight in weights])
    for weight, mean in zip(weights, parts):
        weight.grad = mean.view_as(weight)

# %% tags=["hide-cell", "measure"]
@ranks.know
def game(seed, layer=None):
    """A pair and 1,000 points of the ring, the same on each rank, in doubles."""
    torch.manual_seed(seed)
    G, D = gan.models.mlp_pair(width=16)
    if layer == "batch norm":
        G.net.insert(1, nn.BatchNorm1d(16))
    elif layer:
        D = nn.Sequential(*D[0][:-1], layer, nn.Linear(17, 1), nn.Flatten(0))
    points = gan.data.ring().sample((1_000,), torch.Generator().manual_seed(seed))
    return G.double(), D.double(), points.double()


@ranks.know
def begun(G, D, data, seed, **more):
    """A run with 32 points a step on all ranks together."""
    count = dist.get_world_size() if dist.is_initialized() else 1
    return gan.train(G, D, data, **{
        "steps": 40, "batch": 32 // count, "lr": 2e-3, "seed": seed, "device": "cpu",
        "ema": 0.9, "penalties": (gan.penalties.r1(1.0),), **more})

# %% tags=["hide-cell", "measure"]
@ranks.know
def path_of(run):
    """All weights after each step, (steps, weights)."""
    return torch.stack([torch.cat([weight.detach().flatten() for net in (run.G, run.D)
                                   for weight in net.parameters()]) for _ in run])

# %% [markdown]
# Nothing of `gan.train` changes. In the first function below its optimizers get a hook, a function that is called before each step, and in the second `spread_out` wraps both networks into PyTorch's `DistributedDataParallel` (DDP), which averages while the backward pass still runs. Both begin with the same weights on every rank, draw the noise of the whole batch everywhere and keep a part of it, as `PartOfData` does with the data.

# %%
@ranks.know
def by_hand(seed):
    G, D, points = game(seed)
    draw_all = G.noise
    G.noise = lambda n, generator=None: part_of(
        draw_all(n * dist.get_world_size(), generator))
    run = begun(G, D, PartOfData(points), seed)
    for optimizer in (run.g_optimizer, run.d_optimizer):
        optimizer.register_step_pre_hook(average_gradients)
    return path_of(run)


@ranks.know
def by_torch(seed, layer=None):
    G, D, data = spread_out(*game(seed, layer))
    return path_of(begun(G, D, data, seed))


hand, ddp = ranks.ask(by_hand, SEED), ranks.ask(by_torch, SEED)
alone = by_torch(SEED)

# %% tags=["hide-cell", "checks"]
def apart(a, b):
    """The largest difference."""
    return (a - b).abs().max().item()


check("after each of 40 steps of 16 points on each of two ranks all weights are those "
      "of one process with 32, to 1e-10", apart(ddp[0], alone) < 1e-10,
      apart(ddp[0], alone))
check("ten lines by hand and DistributedDataParallel agree to 1e-12",
      apart(hand[0], ddp[0]) < 1e-12, apart(hand[0], ddp[0]))
check("both ranks hold the same weights, bit for bit",
      torch.equal(hand[0], hand[1]) and torch.equal(ddp[0], ddp[1]))
claim("the weights moved in these steps, by more than 0.01",
      apart(alone[0], alone[-1]) > 0.01, apart(alone[0], alone[-1]))

# %% [markdown]
# Run in doubles, the two ranks and the single process stay equal to about $10^{-16}$ in every weight, R1 and Adam included. This is the test to begin with, because it needs neither pictures nor patience. What the ranks see on the way is in the next figure, beside two mistakes.

# %% tags=["hide-cell", "measure"]
@ranks.know
def watched(seed, way=""):
    """120 steps: D's and G's loss on this rank's part, and all weights."""
    G, D, points = game(seed)
    count = dist.get_world_size() if dist.is_initialized() else 1
    draw, share = G.noise, part_of
    if way == "the same noise":
        share = lambda z: z[:len(z) // count]
    G.noise = lambda n, generator=None: share(draw(n * count, generator))
    run = begun(G, D, PartOfData(points), seed, steps=120)
    if count > 1 and way != "no mean":
        for optimizer in (run.g_optimizer, run.d_optimizer):
            optimizer.register_step_pre_hook(average_gradients)
    losses, path = [], []
    for step in run:
        losses.append(torch.stack([step.d_loss, step.g_loss]))
        path.append(torch.cat([weight.detach().flatten() for net in (G, D)
                               for weight in net.parameters()]))
    return torch.stack(losses), torch.stack(path)

# %% tags=["hide-cell", "measure"]
@ranks.know
def spread_of_gradient(seed, same_noise, draws=200):
    """Variance of G's averaged gradient over many batches, at its first weights."""
    G, D, _ = game(seed)
    random = torch.Generator().manual_seed(seed)
    rows = []
    for _ in range(draws):
        z = G.noise(32, random)
        fakes = G(z[:16] if same_noise else part_of(z))
        loss = gan.losses.non_saturating.generator(D(fakes)).mean()
        gradient = torch.autograd.grad(loss, list(G.parameters()))
        rows.append(torch.cat([part.flatten() for part in gradient]))
    rows = torch.stack(rows)
    dist.all_reduce(rows)
    return (rows / dist.get_world_size()).var(0).sum().item()

# %% tags=["hide-cell", "measure"]
one_loss, _ = watched(SEED)


def both(way=""):
    """Both ranks' losses, (2, steps, 2), and how far apart their weights are."""
    losses, paths = zip(*ranks.ask(watched, SEED, way))
    return torch.stack(losses), (paths[0] - paths[1]).norm(dim=1)


two_losses, together = both()
same_losses, _ = both("the same noise")
_, drift = both("no mean")
own_variance, same_variance = (ranks.ask(spread_of_gradient, SEED, same)[0]
                               for same in (False, True))

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Three panels over 120 steps. Left, D's loss: two thin curves, one a rank, differ from step to step; their mean lies on the wide grey curve of one process throughout. Middle, G's loss with the same noise on both ranks: the two ranks' curves are one, which leaves the grey curve of one process after some 50 steps. Right, the distance between the two ranks' weights: it grows to about 2 without the mean, and is 0 with it."}}
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(9, 3.3))
steps = range(1, 121)
FIRST, SECOND = {"color": "#E69F00"}, {"color": "#0072B2"}
for ax, losses in ((left, two_losses[:, :, 0]), (middle, same_losses[:, :, 1])):
    ax.plot(steps, one_loss[:, int(ax is middle)], color="0.7", linewidth=4,
            label="one process, whole batch")
    ax.plot(steps, losses[0], linewidth=1 if ax is left else 2, label="rank 0", **FIRST)
    ax.plot(steps, losses[1], "-" if ax is left else ":", linewidth=1 if ax is left
            else 2, label="rank 1", **SECOND)
left.plot(steps, two_losses[:, :, 0].mean(0), color="black", linewidth=1.2,
          label="mean of both ranks")
right.plot(steps, drift, color="black", linestyle="--", label="never averaged")
right.plot(steps, together, color="black", label="averaged")
right.legend(fontsize=8, loc="upper left")
for ax, title in ((left, "D's loss"), (middle, "G's loss, the same noise"),
                  (right, "distance of the ranks' weights")):
    ax.set(title=title, xlabel="step")
figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncol=4,
              fontsize=9)
plt.show()
print("variance of G's averaged gradient, same noise over noise of its own: "
      f"≈ {same_variance / own_variance:.2f}")

# %% [markdown]
# **Left:** each rank sees 16 points and noise vectors of its own, so that the losses of the two differ; yet at each step their mean is the loss of one process on the whole batch. **Middle:** both ranks draw the same noise, which is a mistake. $G$'s two losses become one number, so that the second rank tells $G$ nothing new, and its averaged gradient has about twice the variance, as that of a batch half as large. That the run leaves the single process is no sign of it, since any other noise would do that. **Right:** where no gradients are averaged, the ranks train two networks that drift apart.

# %% tags=["hide-cell", "checks"]
check("at each of 120 steps the mean of two ranks' losses on half batches is one "
      "process's loss on the whole, for D and for G, to 1e-10",
      apart(two_losses.mean(0), one_loss) < 1e-10)
claim("the two ranks' losses of D on their own halves differ by more than 0.003 on "
      "average", (two_losses[0] - two_losses[1])[:, 0].abs().mean() > 0.003)
check("with the same noise G's loss is the same number on both ranks, at each step",
      torch.equal(same_losses[0, :, 1], same_losses[1, :, 1]))
claim("with the same noise G's averaged gradient has 1.5 to 2.6 times the variance, "
      "and G's loss leaves that of one process by more than 0.001 on average",
      1.5 < same_variance / own_variance < 2.6
      and (same_losses.mean(0) - one_loss)[:, 1].abs().mean() > 0.001,
      (own_variance, same_variance))
claim("never averaged, the two ranks' weights are more than 0.2 apart after 120 steps, "
      "and twice as far as after 10; averaged, they are equal at every step",
      drift[-1] > max(0.2, 2 * drift[9]) and together.max() == 0, drift)

# %% [markdown]
# Two ranks can also be asked what they hold after 20 steps, and what they draw next. What must be equal on all ranks and what must not can be read off the answer. The moving average of $G$ needs no traffic, because equal weights have equal averages.

# %% tags=["hide-input", "measure"]
@ranks.know
def looked_at(seed):
    """What a rank holds after 20 steps, and what it draws next."""
    G, D, data = spread_out(*game(seed))
    run = begun(G, D, data, seed, steps=20)
    for step in run:
        pass
    return {"weights of G and D": torch.cat([w.detach().flatten() for net in (G, D)
                                             for w in net.parameters()]),
            "Adam's memory": torch.cat([memory["exp_avg"].flatten() for memory in
                                        run.d_optimizer.state.values()]),
            "moving average of G": torch.cat([w.flatten() for w in
                                              run.G_ema.state_dict().values()]),
            "random generator": run.random.get_state(),
            "loss of D on its part": step.d_loss[None],
            "real samples": run.draw_real(), "noise": G.noise(16, run.random)}


first, second = ranks.ask(looked_at, SEED)
same = {name: torch.equal(first[name], second[name]) for name in first}
Table(["on two ranks", "", ""], [[name, *(("equal", "") if same[name] else
                                          ("", "different"))] for name in same])

# %% [markdown]
# Ranks can get their own noise in two ways. Most code seeds each rank differently, as StyleGAN2-ADA does with `seed * num_gpus + rank`. Here all draw the same numbers and keep their own part, so that a run does not depend on the number of ranks, and a checkpoint needs only one generator's state. What a layer or a penalty draws by itself, dropout or the points of WGAN-GP, is not split, so there torch's global generator must be seeded by rank and the equality is lost.
#
# > **Predict first.** Which of these would you notice by comparing the two ranks: the same noise everywhere, a $D$ called past its wrapper, batch norm over a rank's own part?

# %% tags=["hide-cell", "checks"]
DIFFER = {"loss of D on its part", "real samples", "noise"}
check("the two ranks differ in samples, noise and what follows from them alone",
      {name for name in same if not same[name]} == DIFFER, same)

# %% [markdown]
# ## Changes that raise no error
#
# Nine runs of two ranks follow, and each is compared with one process of 32 samples. One of them needs a layer that PyTorch lacks on CPUs, batch norm with the statistics of all ranks. These take one more all-reduce, whose gradient must be summed over ranks as well, because the other rank's loss depends on this rank's samples.

# %% tags=["hide-cell", "measure"]
@ranks.know
def with_same_noise(seed):
    """Each rank takes the first 16 of the noise; points are its own."""
    G, D, data = spread_out(*game(seed))
    G.noise = lambda n, generator=None: G.module.noise(
        n * dist.get_world_size(), generator)[:n]
    return path_of(begun(G, D, data, seed))


@ranks.know
def with_own_seeds(seed):
    """Each rank draws points and noise from a generator of its own: sound."""
    G, D, points = game(seed)
    G, D, _ = spread_out(G, D, points)
    G.noise = G.module.noise
    return path_of(begun(G, D, points, 1_000 * seed + dist.get_rank()))


@ranks.know
def past_the_wrapper(seed):
    """D is trained through D.module, so its gradients are never averaged."""
    G, D, data = spread_out(*game(seed))
    return path_of(begun(G, D.module, data, seed))

# %% tags=["hide-cell", "measure"]
@ranks.know
def with_norm(seed, synced=False):
    """G has batch norm, of a rank's own part or of all."""
    G, D, points = game(seed, "batch norm")
    for layer in G.modules():
        if synced and isinstance(layer, nn.BatchNorm1d):
            layer.forward = partial(synced_norm, layer)
    if dist.is_initialized():
        G, D = Replica(G), Replica(D)
    run = begun(G, D, PartOfData(points), seed)
    path = path_of(run)
    return path, run.G_ema.state_dict()["net.1.running_var"]

# %%
@ranks.know
def summed(x):
    """The sum over ranks, whose gradient is the sum over ranks as well."""
    total = x.detach().clone()
    dist.all_reduce(total)
    total = x + (total - x.detach())             # the sum's value, with x's graph
    total.register_hook(all_reduced)
    return total


@ranks.know
def all_reduced(gradient):
    gradient = gradient.clone()
    dist.all_reduce(gradient)
    return gradient


@ranks.know
def synced_norm(layer, x):
    """Batch norm with the mean and the variance of all ranks' samples."""
    moments = torch.stack([x.mean(0), x.square().mean(0)])
    mean, square = summed(moments) / dist.get_world_size()
    x = (x - mean) / (square - mean.square() + layer.eps).sqrt()
    return layer.weight * x + layer.bias

# %% tags=["hide-cell", "measure"]
own_norm, all_norm = ranks.ask(with_norm, SEED), ranks.ask(with_norm, SEED, synced=True)
alone_norm, _ = with_norm(SEED)
same_noise = ranks.ask(with_same_noise, SEED)
own_seeds = ranks.ask(with_own_seeds, SEED)
unwrapped = ranks.ask(past_the_wrapper, SEED)
whole = gan.layers.MinibatchStd()
fours = nn.Sequential(nn.Unflatten(1, (16, 1, 1)), MinibatchStd2d(4),
                      nn.Flatten())
by_batch, by_four = ranks.ask(by_torch, SEED, whole), ranks.ask(by_torch, SEED, fours)

# name -> (the two ranks' paths, the path of one process)
runs = {
    "averaged by hand": (hand, alone), "DistributedDataParallel": (ddp, alone),
    "the same noise on all ranks": (same_noise, alone),
    "D past its wrapper": (unwrapped, alone),
    "batch norm, each rank its own": ([path for path, _ in own_norm], alone_norm),
    "batch norm, one all-reduce": ([path for path, _ in all_norm], alone_norm),
    "minibatch std of a rank's part": (by_batch, by_torch(SEED, whole)),
    "minibatch std in groups of 4": (by_four, by_torch(SEED, fours)),
    "a seed for each rank": (own_seeds, alone),
}

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Distance between two ranks' run and one process's run over 40 steps, logarithmic. Three curves lie at 1e-16: averaged by hand, DistributedDataParallel, minibatch std in groups of 4. Batch norm with one all-reduce lies at 1e-11. Five lie between 0.001 and 0.2: the same noise, D past its wrapper, batch norm of its own, minibatch std of a rank's part, and a seed for each rank."}}
figure, ax = plt.subplots(figsize=(7.4, 3.7))
colours = ["#000000", "#56B4E9", "#D55E00", "#CC79A7", "#E69F00", "#0072B2", "#999999",
           "#009E73", "#F0E442"]
for (name, (two, one)), colour in zip(runs.items(), colours):
    distance = (two[0] - one).abs().amax(1).clamp(min=1e-17)
    wrong = distance[-1] > 1e-6
    ax.plot(range(1, 41), distance, "-" if wrong else "--", color=colour, label=name)
ax.set(yscale="log", xlabel="step", ylabel="largest difference\nof any weight",
       title="two ranks of 16 samples against one process of 32")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=9)
plt.show()

# %% tags=["hide-input", "measure"]
Table(["after 40 steps", "rank 0 from rank 1", "rank 0 from one process"],
      [[name, f"≈ {apart(*two):.1g}", f"≈ {apart(two[0], one):.1g}"]
       for name, (two, one) in runs.items()])

# %% [markdown]
# Two of these are plain mistakes: calling `D.module(x)`, which skips the wrapper that would have averaged, and the same noise on all ranks, which makes the batch of fakes half as large as it seems, on eight ranks an eighth. Only the first shows when ranks are compared.
#
# The distance says that a run is another one, not that it is worse, since a sound run with a seed for each rank lands as far away. That is why every rank here draws the whole batch, for only then can one comparison find each mistake.
#
# Minibatch standard deviation from [chapter 15](15_progressive.ipynb) looks at its rank's part only. Groups of four neighbours lie within a part and leave the run unchanged, whereas StyleGAN's code takes every $\frac{N}{4}$th sample and would form others. One group of the whole batch changes the run, although each version is a sound method.
#
# ## Batch norm sees its own part
#
# Batch norm's mean and variance are those of 16 samples on each rank, so that the two halves are normalised differently. What restores training is the layer above, with one more all-reduce each way. Running statistics, which sampling uses, are left out of its few lines.

# %% tags=["hide-cell", "checks"]
far = {name: apart(two[0], one) for name, (two, one) in runs.items()}
between = {name: apart(*two) for name, (two, one) in runs.items()}
WRONG = ("the same noise on all ranks", "D past its wrapper",
         "batch norm, each rank its own", "minibatch std of a rank's part")
claim("each of the four changes ends more than 1e-3 from the run of one process, and "
      "so does a sound run with a seed for each rank",
      all(far[name] > 1e-3 for name in (*WRONG, "a seed for each rank")), far)
check("statistics summed by one all-reduce, with their gradient, make batch norm that "
      "of one process, to 1e-7", far["batch norm, one all-reduce"] < 1e-7, far)
others = torch.ones(alone_norm.shape[1], dtype=torch.bool)
others[32:48] = False                                      # all but the bias before it
check("and to 1e-13 in all weights but the bias in front of batch norm, which it takes "
      "out again", apart(all_norm[0][0][:, others], alone_norm[:, others]) < 1e-13,
      apart(all_norm[0][0][:, others], alone_norm[:, others]))
check("minibatch std in groups of 4 that a rank holds whole is that of one process, to "
      "1e-10", far["minibatch std in groups of 4"] < 1e-10, far)
claim("only the gradients that were never averaged drive the ranks apart, by more than "
      "1e-3; with the other changes both ranks hold the same weights",
      all((between[name] > 1e-3) == (name == "D past its wrapper") for name in runs),
      between)

# %% [markdown]
# Here the two ranks agree with one process to about $10^{-11}$ and not to $10^{-16}$. The bias in front of batch norm has a gradient of zero but for rounding, and Adam makes steps even of that, while all other weights agree to $10^{-13}$. What Adam's $\epsilon$ has to do with it is in [chapter 6](06_vanishing_gradients.ipynb). PyTorch has the finished layer, `nn.SyncBatchNorm`, which keeps them, for GPUs alone.

# %% tags=["hide-cell", "checks"]
(_, variance), (_, other) = own_norm
claim("with batch norm of its own part each rank's moving average of G has running "
      "variances of its own, which differ by more than 1e-3",
      apart(variance, other) > 1e-3, (variance, other))

# %% tags=["hide-input", "measure"]
@ranks.know
def torchs_own_answer():
    try:
        nn.SyncBatchNorm(16)(torch.randn(4, 16))
        return "no error"
    except ValueError as error:
        return str(error)


refused = ranks.ask(torchs_own_answer)
print("nn.SyncBatchNorm on a CPU:", refused[0])

# %% [markdown]
# Without it every rank also keeps running statistics of its own, and so does its moving average of $G$. The weights agree, yet what rank 0 saves was normalised by what rank 0 has seen. That is why `spread_out` converts batch norm on GPUs and refuses it on CPUs.
#
# ### A known failure
#
# By default DDP copies rank 0's buffers to all ranks before each forward pass. A discriminator with batch norm has two forward passes, for real and fake, before its one backward pass. Then the second copy writes into tensors that autograd has kept for the first pass.

# %% tags=["hide-cell", "checks"]
check("nn.SyncBatchNorm refuses tensors on the CPU",
      all("GPU" in message for message in refused), refused)

# %% tags=["hide-cell", "measure"]
@ranks.know
def twice_through(guarded, **options):
    """Real and fake batches through a D with batch norm, then one backward pass."""
    from contextlib import nullcontext
    guard = torch.autograd._unsafe_preserve_version_counter
    if not guarded:
        torch.autograd._unsafe_preserve_version_counter = lambda _: nullcontext()
    torch.manual_seed(0)
    D = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Linear(8, 1))
    D = DistributedDataParallel(D, **options)
    try:
        (D(torch.randn(8, 2)).mean() - D(torch.randn(8, 2)).mean()).backward()
        return "no error"
    except RuntimeError as error:
        return str(error).split(";")[0]
    finally:
        torch.autograd._unsafe_preserve_version_counter = guard

# %% tags=["hide-input", "measure"]
import inspect

from gan.replicas import QUIET

repaired = "preserve_version" in inspect.getsource(
    DistributedDataParallel._sync_buffers)
as_it_is, before = ranks.ask(twice_through, True), ranks.ask(twice_through, False)
quiet = ranks.ask(twice_through, False, **{QUIET: False})
print("before the repair:", before[0])

# %% [markdown]
# [A report from 2026](https://github.com/pytorch/pytorch/issues/175024) has this failure for PyTorch 2.6 and later, and older ones go back to 2019. The PyTorch 2.14 of this page no longer fails, because the copy is now hidden from autograd. We took that guard out again to see the message. Cures for older versions are to send no buffers (`broadcast_buffers=False`), to synchronise batch norm, or to give $D$ both batches in one pass, which changes the statistics.
#
# ## The penalty's gradient inside a gradient
#
# PyTorch's documentation warns that DDP "doesn't work with `torch.autograd.grad`", which R1 needs for its slope. What travels can be counted by a hook in DDP.

# %% tags=["hide-cell", "checks"]
check("without PyTorch's guard two forward passes and one backward fail on both ranks",
      all("inplace operation" in message for message in before), before)
check("this PyTorch fails if and only if it has no such guard",
      ("no error" in as_it_is) == repaired, (as_it_is, repaired))
check("where buffers are not sent at each forward pass there is no error, guard or not",
      quiet == ["no error"] * 2, quiet)

# %% tags=["hide-cell", "measure"]
@ranks.know
def counting(count, bucket):
    """DDP's own all-reduce of some gradients, with their bytes counted."""
    from torch.distributed.algorithms.ddp_comm_hooks import default_hooks
    count[0] += bucket.buffer().nbytes
    return default_hooks.allreduce_hook(None, bucket)

# %% tags=["hide-cell", "measure"]
@ranks.know
def sent(seed):
    """Bytes of D's gradients that are averaged in each backward pass."""
    G, D, points = game(seed)
    D, found, count = Replica(D), {}, [0]
    D.register_comm_hook(count, counting)

    def done(name):
        found[name], count[0] = count[0], 0

    x = part_of(points[:32]).requires_grad_()
    logits = D(x)
    slope, = torch.autograd.grad(logits.sum(), x, create_graph=True)
    done("inner gradient of R1")
    (logits.mean() + slope.square().sum(1).mean()).backward()
    done("D's loss with R1")
    D.zero_grad(set_to_none=True)
    (-D(G(G.noise(16))).mean()).backward(inputs=list(G.parameters()))
    done("G's loss, for G's weights alone")
    (-D(G(G.noise(16))).mean()).backward()
    done("G's loss, for all weights")
    found["size of D"] = sum(weight.nbytes for weight in D.parameters())
    return found

# %% tags=["hide-input", "measure"]
bytes_sent, _ = ranks.ask(sent, SEED)
size = bytes_sent.pop("size of D")
Table(["backward pass", "of D's gradients averaged"],
      [[name, f"{count:,} of {size:,} bytes"] for name, count in bytes_sent.items()])

# %% [markdown]
# The warning is about gradients of weights that `autograd.grad` returns, since these are never averaged. R1 takes its inner gradient in the samples, which belong to one rank, and then passes through the usual backward pass. There all of it is averaged, as the second row shows.
#
# The table's last two rows are about $G$'s update. A plain `backward()` also fills and averages $D$'s gradients, which nobody wants: as much traffic again, and a $D$ that steps on them if they are not cleared. `gan.train` asks for the weights of the player that moves, so that $D$ collects nothing.

# %% tags=["hide-cell", "checks"]
check("autograd.grad inside R1 averages nothing, the backward pass after it all of D's "
      "gradients", list(bytes_sent.values())[:2] == [0, size], bytes_sent)
check("G's update costs D no traffic if only G's weights are asked for, and all of it "
      "otherwise", list(bytes_sent.values())[2:] == [0, size], bytes_sent)

# %% tags=["hide-cell", "measure"]
@ranks.know
def penalty_alone(seed, logits_too, wrapped=True):
    """D's gradient from R1 in a backward pass of its own."""
    _, D, points = game(seed)
    D = Replica(D)
    x = part_of(points[:32]).requires_grad_()
    logits = D(x) if wrapped else D.module(x)
    slope, = torch.autograd.grad(logits.sum(), x, create_graph=True)
    loss = slope.square().sum(1).mean()
    if logits_too:
        loss = loss + 0 * logits.mean()
    loss.backward()
    return torch.cat([weight.grad.flatten() for weight in D.parameters()
                      if weight.grad is not None])


alone_penalty = {name: ranks.ask(penalty_alone, SEED, **options) for name, options in
                 {"R1 alone": {"logits_too": False},
                  "R1 and 0 · logits": {"logits_too": True},
                  "past the wrapper": {"logits_too": True, "wrapped": False}}.items()}
differ = {name: (one[:300] - two[:300]).abs().max().item()
          for name, (one, two) in alone_penalty.items()}

# %% [markdown]
# One trap is left: R1 does not depend on $D$'s last bias, so that alone it gives this weight no gradient. DDP [waits for it](https://github.com/pytorch/pytorch/issues/47562), averages nothing and reports that only at the next forward pass. StyleGAN2-ADA's code therefore adds zero times the logits. In `gan.train` penalties are added to $D$'s loss, where the problem cannot arise, so that neither player needs `find_unused_parameters`.
#
# ## Checkpoints
#
# The package's own run is started by `make distributed`, or by what that calls, `torchrun`. A free port is found, each rank trains on its part, and rank 0 alone writes.

# %% tags=["hide-cell", "checks"]
claim("R1 in a backward pass of its own leaves different gradients on the two ranks, "
      "and so does a D that is called past its wrapper",
      differ["R1 alone"] > 1e-4 and differ["past the wrapper"] > 1e-4, differ)
check("0 · logits brings D's last bias in, and then both ranks have one gradient",
      differ["R1 and 0 · logits"] == 0, differ)

# %%
def on_two_processes(*options):
    """The book's small run on faces, as torchrun starts it. What it printed."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone",
               "--nproc-per-node", "2", "-m", "gan.replicas", *options]
    # A second try, as a busy machine may be late for the ranks' meeting.
    for _ in range(2):
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
        try:
            printed, errors = run.communicate()
        finally:                       # interrupted: torchrun stops its ranks, if asked
            if run.poll() is None:
                run.terminate()
                run.wait()
        if run.returncode == 0:
            break
    assert run.returncode == 0, errors
    return "\n".join(sorted(printed.splitlines()))


folder = TemporaryDirectory()
path = str(Path(folder.name) / "run.pt")
ALIKE = ["--double", "--cpu", "--seed", str(SEED)]
print(on_two_processes("--steps", "10", "--save", path, *ALIKE))

# %% tags=["hide-cell", "measure"]
def weights_of(run):
    return torch.cat([weight.detach().flatten() for net in (run.G, run.D, run.G_ema)
                      for weight in net.parameters()])


@ranks.know
def gone_on(path, options):
    import contextlib
    import io
    from gan.replicas import train_faces
    with contextlib.redirect_stdout(io.StringIO()):
        run = train_faces(["--resume", path, *options])
    return torch.cat([weight.detach().flatten() for net in (run.G, run.D, run.G_ema)
                      for weight in net.parameters()])


never_stopped = train_faces(["--steps", "20", *ALIKE])
two_then_one = train_faces(["--steps", "20", "--resume", path, *ALIKE])

# %% [markdown]
# Such a file holds nothing of ranks, so it can be gone on with by one process or by four. Ten steps on two processes and ten on one end where twenty on one do, and so does the other order.

# %% tags=["hide-cell", "checks"]
second_half = apart(weights_of(never_stopped), weights_of(two_then_one))
saved = torch.load(path, weights_only=True)
check("ten steps on two processes and ten more on one end where twenty on one do, "
      "moving average included, to 1e-10", second_half < 1e-10, second_half)
check("the checkpoint has the networks' own names, none of a wrapper",
      saved["G"].keys() == never_stopped.G.state_dict().keys()
      and not any(name.startswith("module.") for name in saved["G"]))

# %% tags=["hide-cell", "checks"]
one_path = str(Path(folder.name) / "alone.pt")
train_faces(["--steps", "10", "--save", one_path, *ALIKE])
on_each = ranks.ask(gone_on, one_path, ["--steps", "20", *ALIKE])
there_and_back = [apart(weights_of(never_stopped), weights) for weights in on_each]
check("ten steps on one process and ten more on two end there as well, to 1e-10",
      max(there_and_back) < 1e-10, there_and_back)
halfway = torch.cat([weight.flatten() for weight in saved["G"].values()])
claim("in the last ten steps some weight of G moves by more than 1e-3",
      apart(weights_of(never_stopped)[:len(halfway)], halfway) > 1e-3)

# %% [markdown]
# Two habits of single processes break here. One is to measure a rank's own fakes: their Fréchet distance is too large, because its bias grows as samples become fewer, and a mean over ranks keeps that bias. So fakes or their features must be gathered first. The other is a `DataLoader` as it is. On ranks a `DistributedSampler` splits its data, and without `set_epoch` it repeats one order for ever.
#
# ## Half the bits

# %% tags=["hide-cell", "checks"]
from torch.utils.data import DistributedSampler

from gan.metrics import frechet_distance

torch.manual_seed(SEED)
reference, fakes = torch.randn(20_000, 16), torch.randn(400, 16)
shares = [frechet_distance(half, reference) for half in fakes.chunk(2)]
together = frechet_distance(fakes, reference)
claim("of 400 fakes from the data's own distribution, the Fréchet distance of a rank's "
      "half is more than 1.4 times that of all, so the mean over ranks is no cure",
      min(shares) > 1.4 * together, (shares, together))
samplers = [DistributedSampler(range(100), 2, rank, seed=SEED) for rank in (0, 1)]
epochs = [[set(sampler), list(sampler)] for sampler in samplers]
check("a DistributedSampler's ranks share no sample and together have all",
      not epochs[0][0] & epochs[1][0] and len(epochs[0][0] | epochs[1][0]) == 100)
samplers[0].set_epoch(1)
check("without set_epoch each epoch has the order of the first, with it another",
      list(samplers[0]) != epochs[0][1] and epochs[0][1] == list(
          DistributedSampler(range(100), 2, 0, seed=SEED)))

# %% [markdown]
# **bfloat16** keeps float32's range and shortens the fraction to 7 bits. Inside `autocast` products are computed in it and activations take half the bytes, while weights, gradients and Adam stay in float32. The all-reduce is therefore no shorter, unless DDP's hook for bfloat16 rounds the gradients on their way. What follows measures exactness, and no speed.

# %%
class Lower(nn.Module):
    """A network that computes in a shorter format; its weights stay float32."""

    def __init__(self, net, dtype):
        super().__init__()
        self.net, self.dtype = net, dtype

    def forward(self, x):
        with torch.autocast(x.device.type, self.dtype):
            y = self.net(x)
        return y.float()

# %% tags=["hide-cell", "measure"]
trained = train_faces(["--steps", "100", "--cpu", "--seed", str(SEED)])
G, D = trained.G, trained.D
real = trained.data.sample((256,), torch.Generator().manual_seed(SEED))[0]
fake = G.sample(256, torch.Generator().manual_seed(SEED))
z = G.noise(256, torch.Generator().manual_seed(SEED))
loss, penalty = gan.losses.non_saturating, gan.penalties.r1(1.0)
parts = {"D's loss": lambda G, D: loss.discriminator(D(real), D(fake)).mean(),
         "R1": lambda G, D: penalty(D, real, fake).mean(),
         "G's loss": lambda G, D: loss.generator(D(G(z))).mean()}

# %% tags=["hide-cell", "measure"]
def computed(part, dtype=None):
    """The part's value and its gradient in the weights that it moves."""
    nets = (G, D) if dtype is None else (Lower(G, dtype), Lower(D, dtype))
    value = parts[part](*nets)
    weights = list((G if part == "G's loss" else D).parameters())
    gradient = torch.autograd.grad(value, weights, allow_unused=True)
    return value.item(), torch.cat([g.flatten() for g in gradient if g is not None])

# %% tags=["hide-cell", "measure"]
def off(a, b):
    return ((a - b).norm() / b.norm()).item()


exact = {part: computed(part) for part in parts}
short = {part: computed(part, torch.bfloat16) for part in parts}
half = {part: computed(part, torch.float16) for part in parts}
first_batch = real, fake, z
random = torch.Generator().manual_seed(1_000 + SEED)
real = trained.data.sample((256,), random)[0]
fake, z = G.sample(256, random), G.noise(256, random)
other_batch = {part: computed(part) for part in parts}
real, fake, z = first_batch
G.double(), D.double()
real, fake, z = real.double(), fake.double(), z.double()
double = {part: computed(part) for part in parts}
G.float(), D.float()
real, fake, z = real.float(), fake.float(), z.float()

# %% tags=["hide-input", "measure"]
Table(["after 100 steps", "value, float32", "bfloat16", "float16",
       "gradient off by, float32", "bfloat16", "float16"],
      [[part, *(f"≈ {kind[part][0]:.4f}" for kind in (exact, short, half)),
        *(f"≈ {off(kind[part][1].double(), double[part][1]):.1g}"
          for kind in (exact, short, half))] for part in parts])

# %% [markdown]
# The losses agree to about three digits, and gradients are off by a few percent at most, which is far less than another 256 faces would change them. **float16** has the finer fraction, and R1's gradient is more exact in it. Its trouble is range, since numbers below $2^{-24}$ become zero.

# %% tags=["hide-input", "measure"]
FORMATS = ("float32", "bfloat16", "float16")
formats = {name: getattr(torch, name) for name in FORMATS}


def zeros_in(values, dtype):
    return (values.to(dtype) == 0).float().mean().item()


x = real.clone().requires_grad_()
slope, = torch.autograd.grad(D(x).sum(), x)
squares = slope.square() / len(slope)
rows = []
for name, dtype in formats.items():
    limits = torch.finfo(dtype)
    spacing, least = limits.eps, limits.smallest_normal * limits.eps
    lost = squares[squares.to(dtype) == 0].sum() / squares.sum()
    rows.append([name, f"2^{math.log2(spacing):.0f}", f"2^{math.log2(least):.0f}",
                 f"{limits.max:.3g}", f"≈ {zeros_in(squares, dtype):.0%}",
                 f"≈ {lost:.1%}"])
Table(["format", "from 1 to the next", "least above 0", "largest",
       "of R1's squares become 0", "of their sum lost"], rows)

# %% [markdown]
# If R1's squares were kept in float16, a part of them would vanish, although they hold little of the sum. In these small networks nothing depends on it, but larger ones meet the limits. StyleGAN2-ADA's code uses float16 in its four highest resolutions only, and clamps activations against overflow, which bfloat16's range puts as far away as float32's.

# %% tags=["hide-cell", "checks"]
claim("of the squared slopes that R1 averages over 256 faces float16 makes more than "
      "3 % zero, bfloat16 no more than float32 does",
      zeros_in(squares, torch.float16) > 0.03 and abs(
          zeros_in(squares, torch.bfloat16) - zeros_in(squares, torch.float32)) < 1e-4,
      {name: zeros_in(squares, dtype) for name, dtype in formats.items()})
claim("within autocast, whose outputs are float32 again, float16 moves R1's gradient "
      "less than half as far as bfloat16 does", off(half["R1"][1], exact["R1"][1])
      < off(short["R1"][1], exact["R1"][1]) / 2, (half["R1"][0], short["R1"][0]))
claim("another 256 faces move each gradient at least five times as far as bfloat16",
      all(off(other_batch[part][1], exact[part][1])
          > 5 * off(short[part][1], exact[part][1]) for part in parts),
      {part: (off(other_batch[part][1], exact[part][1]),
              off(short[part][1], exact[part][1])) for part in parts})
claim("bfloat16 moves each of the three gradients by 0.05 % to 5 %, float32 by less "
      "than 0.01 %",
      all(5e-4 < off(short[part][1], exact[part][1]) < 0.05
          and off(exact[part][1].double(), double[part][1]) < 1e-4 for part in parts))

# %% tags=["hide-cell", "measure"]
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


class Counted(TorchDispatchMode):
    """Counts what the operations inside multiply and add."""

    total = 0

    def __torch_dispatch__(self, operation, types, given=(), more=None):
        made = operation(*given, **(more or {}))
        if (count := flop_registry.get(operation._overloadpacket)) is not None:
            self.total += count(*given, **(more or {}), out_val=made)
        return made

# %% [markdown]
# ## Where a step's time goes

# %% tags=["hide-cell", "measure"]
batch = trained.data.sample((32,), torch.Generator().manual_seed(SEED))[0]
made = G(G.noise(32))


def d_step(penalties=()):
    logits = D(torch.cat([batch, made.detach()]))
    value = loss.discriminator(*logits.chunk(2)).mean()
    for one in penalties:
        value = value + one(D, batch, made).mean()
    value.backward(inputs=list(D.parameters()))


def g_step():
    loss.generator(D(G(G.noise(32)))).mean().backward(inputs=list(G.parameters()))

# %% tags=["hide-cell", "measure"]
WORK = {"D: forward and backward": d_step, "D with R1": lambda: d_step([penalty]),
        "G: forward and backward": g_step, "Adam, both": lambda: (
            trained.g_optimizer.step(), trained.d_optimizer.step()),
        "moving average of G": lambda: trained.average.update_parameters(G)}


def seconds(work, times=15):
    """The median of several."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return sorted(taken)[times // 2]

# %% tags=["hide-cell", "measure"]
@ranks.know
def averaging(numbers, times=15):
    import time
    taken = []
    for _ in range(times):
        flat = torch.ones(numbers)
        dist.barrier()
        start = time.perf_counter()
        dist.all_reduce(flat)
        taken.append(time.perf_counter() - start)
    return sorted(taken)[times // 2]

# %% tags=["hide-input", "measure"]
flops = {}
for name, work in WORK.items():
    with Counted() as counted:
        work()
    flops[name] = counted.total
weights = sum(weight.numel() for net in (G, D) for weight in net.parameters())
Table(["part of a step of 32 faces", "million products and sums", "milliseconds here"],
      [[name, f"{flops[name] / 1e6:.0f}", f"≈ {1_000 * seconds(work):.1f}"]
       for name, work in WORK.items()]
      + [[f"all-reduce of {weights:,} gradients", "0",
          f"≈ {1_000 * ranks.ask(averaging, weights)[0]:.1f}"]])

# %% [markdown]
# R1 needs another pass over the real batch and a second derivative, which together double the products of $D$'s update here. At every sixteenth step, as [StyleGAN2](https://arxiv.org/abs/1912.04958) has it, the same penalty adds less than a tenth. The all-reduce multiplies nothing and moves every gradient of both players once, so its share depends on the connection rather than on the images. Equal products take unequal times here, for reasons that we did not separate, so that the count belongs beside the clock.
#
# ## Why a larger batch
#
# More GPUs of the same kind mean a larger batch or smaller parts. [McCandlish et al.](https://arxiv.org/abs/1812.06162) say when the first is useful. Let $g$ be the mean gradient, and $\Sigma$ the covariance of one sample's gradient. A batch of $B$ has noise $\operatorname{tr}\Sigma / B$ beside the signal $|g|^2$, and both are equal at the **noise scale** $\operatorname{tr}\Sigma / |g|^2$. Far above it a larger batch hardly improves the direction.

# %% tags=["hide-cell", "checks"]
plain, with_r1 = flops["D: forward and backward"], flops["D with R1"]
claim("R1 at every step raises the products of D's update by 60 to 200 %, at every "
      "16th by less than 10 %", 0.6 < with_r1 / plain - 1 < 2
      and (with_r1 / plain - 1) / 16 < 0.10, flops)

# %% tags=["hide-cell", "measure"]
stored = gan.evidence.load("large_batches")
runs_stored = stored["runs"]
rates = gan.evidence.load("large_batch_rates")["runs"]         # the same at other rates
STEPS = [look["step"] for look in runs_stored[0]["noise"]]


def noise_scale_of(player):
    """trace of the covariance over squared length of the mean, (seeds, looks)."""
    return torch.tensor([[look[player]["noise"] / look[player]["slope"]
                          for look in run["noise"]] for run in runs_stored])


def distances(name):
    if name in rates[0]:
        return torch.tensor([run[name] for run in rates])
    return torch.tensor([run["runs"][name]["distance"] for run in runs_stored])

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Left: gradient noise scale of D and G over 1,000 steps, both axes logarithmic. D's rises from about 2 to 33. G's falls from about 3 to 0.5 at step 30 and then rises to 26. A line marks the batch of 32. Right: Fréchet distance of runs that saw equally many faces, a dot per seed: batches of 128 with the rate kept are worst, and better with four times the rate; batches of 32 are nearer, most so with twice the rate, where they are like batches of 8."}}
figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.4), width_ratios=(1, 1.15))
shown = [max(step, 10) for step in STEPS]
for player, style in (("D", plots.JUDGE), ("G", plots.FAKE)):
    plots.band(left, shown, noise_scale_of(player), label=player, **style)
left.axhline(32, color="grey", linewidth=1)
left.text(12, 35, "batch of 32", color="grey", fontsize=9)
left.set(xscale="log", yscale="log", xlabel="step (the first is 0)", ylabel="samples",
         title="gradient noise scale", xticks=shown, xticklabels=STEPS)
left.minorticks_off()
left.legend()
names = ["8, rate / 2", "8, rate kept", "32", "32, rate x 2", "32, rate x 4",
         "128, rate kept", "128, rate x 2", "128, rate x 4", "128, as many steps"]
for k, name in enumerate(names):
    right.plot(distances(name), [k] * len(runs_stored), "o", color="#0072B2",
               alpha=0.6, markersize=5)
right.set(yticks=range(len(names)), yticklabels=names, xlim=(0, None),
          xlabel="distance to painted faces",
          title="after 32,000 faces (the last: 128,000)")
right.invert_yaxis()
plt.show()
print(gan.evidence.cite("large_batches"))
print(gan.evidence.cite("large_batch_rates"))

# %% [markdown]
# $G$'s noise scale first falls below 1 and then grows. By step 1,000 both players' lie between 10 and 100, which is about a batch of 32. So a batch of 128 has little to gain here: with the rate kept it makes a quarter of the steps and leaves $G$ far behind. A rate four times as large, [the linear rule](https://arxiv.org/abs/1706.02677) that Goyal et al. use for SGD, makes up for most of that.
#
# As a control, batches of 32 gain from a larger rate as well, and at the best rate tried for each they end nearer than 128 do. The factor is no law for Adam in a game, and has to be tried together with the rate it multiplies.
#
# As many steps of 128 as of 32 see four times as many faces, and the distance falls by 2 to 38 %. Four thousand steps of 8 get nearer on average with a quarter of those faces. A larger batch is thus not better by itself. Its promise is time, since many GPUs compute it at once, and McCandlish et al. see the noise scale grow along a training run.

# %% tags=["hide-cell", "checks"]
base, kept = distances("32"), distances("128, rate kept")
fourfold, as_many = distances("128, rate x 4"), distances("128, as many steps")
small = distances("8, rate kept")
doubled = distances("32, rate x 2")
best = {batch: torch.stack([distances(name) for name in names
                            if name.startswith(batch) and "steps" not in name]).amin(0)
        for batch in ("32", "128")}
claim("stored, on average: twice the rate brings batches of 32 nearer as well, by more "
      "than a tenth", doubled.mean() < 0.9 * base.mean(), (doubled, base))
claim("stored, each seed: at the best rate tried batches of 32 end nearer than batches "
      "of 128 at theirs", (best["32"] < best["128"]).all(), best)

# %% tags=["hide-cell", "checks"]
of_d, of_g = noise_scale_of("D"), noise_scale_of("G")
claim("stored, each seed: G's noise scale is below 1 at step 30; at step 1,000 both "
      "players' lie between 10 and 100, more than twice what they were at first",
      (of_g[:, 1] < 1).all() and all(((10 < one[:, -1]) & (one[:, -1] < 100)
                                      & (one[:, -1] > 2 * one[:, 0])).all()
                                     for one in (of_d, of_g)), (of_d, of_g))
claim("stored, each seed: of equally many faces, batches of 128 at the rate of 32 "
      "leave G more than 1.25 times as far from the faces as batches of 32",
      (kept > 1.25 * base).all(), (kept, base))
claim("stored: four times the rate makes up for that, on average over the seeds to "
      "within 35 %, and on each seed it is better than the rate kept",
      (fourfold < kept).all() and 0.65 < fourfold.mean() / base.mean() < 1.35,
      (fourfold, base))
claim("stored, each seed: four times as many faces in as many steps of 128 bring G "
      "nearer, by less than 40 %; on average 4,000 steps of 8 with a quarter of those "
      "faces bring it nearer still", ((0.6 * base < as_many) & (as_many < base)).all()
      and small.mean() < as_many.mean(), (as_many, base, small))

# %% tags=["hide-cell", "measure"]
def scale_of(gradients, batch=32):
    """Noise scale from gradients of batches, (batches, weights), without bias."""
    noise = gradients.var(0).sum()
    slope = gradients.mean(0).square().sum() - noise / len(gradients)
    return (batch * noise / slope).item()

# %% tags=["hide-cell", "measure"]
def live_noise_scales(count=32):
    """Before training, as the stored runs measured it, from fewer batches."""
    torch.manual_seed(50_000 + SEED)
    G, D = gan.models.dcgan_pair(16, width=16, norm="")
    images = gan.data.faces(count * 32, 16, torch.Generator().manual_seed(SEED))[0]
    found = {}
    for player, net in (("D", D), ("G", G)):
        gradients = []
        for real in images.split(32):
            fake = G(G.noise(32))
            values = loss.generator(D(fake))
            if player == "D":
                values = (loss.discriminator(D(real), D(fake.detach()))
                          + penalty(D, real, fake))
            gradients.append(torch.cat([g.flatten() for g in torch.autograd.grad(
                values.mean(), list(net.parameters()))]))
        found[player] = scale_of(torch.stack(gradients))
    return found


live = live_noise_scales()

# %% [markdown]
# <details>
# <summary>Derive: two equations for the noise scale</summary>
#
# The mean gradient $g_B$ of a batch of $B$ independent samples has $\mathbb E\,|g_B|^2 = |g|^2 + \operatorname{tr}\Sigma / B$, since its covariance is $\Sigma / B$. For two sizes $b < B$ these are two linear equations in the two unknowns. The ten lines by hand have both sides for nothing, because each rank holds $g_b$ before the all-reduce and $g_B$ after it. Exercise 2 asks you to solve them for $\operatorname{tr}\Sigma / |g|^2$.
#
# </details>

# %% tags=["hide-cell", "checks"]
torch.manual_seed(SEED)
known = 0.4 + 10 / 32**0.5 * torch.randn(4_000, 25)        # |g|² = 4 and tr Σ = 2,500
check("of gradients whose noise scale is 625 the estimate is within 10 %",
      abs(scale_of(known) / 625 - 1) < 0.1, scale_of(known))
claim("measured anew before training, each player's noise scale lies within a factor "
      "of four of the stored ones",
      all(noise_scale_of(player)[:, 0].min() / 4 < live[player]
          < 4 * noise_scale_of(player)[:, 0].max() for player in "DG"), live)

# %% [markdown]
# ## Scaling, on paper
#
# We had two CPU processes and never more than one GPU, so no speed-up on many GPUs was measured here. What is known is published, by [StyleGAN2-ADA's authors](https://github.com/NVlabs/stylegan2-ada-pytorch) on V100 GPUs.

# %% tags=["hide-cell", "measure"]
# Seconds for 1,000 images, the middle of the published ranges, by pixels and GPUs.
PUBLISHED = {128: {1: 13.25, 2: 6.65, 4: 4.35, 8: 4.4},
             256: {1: 22.9, 2: 11.5, 4: 5.75, 8: 4.95},
             512: {1: 73.7, 2: 38.85, 4: 18.9, 8: 9.6},
             1024: {1: 157.95, 2: 83.4, 4: 40.45, 8: 20.4}}
gains = {size: {n: times[1] / seconds_ for n, seconds_ in times.items()}
         for size, times in PUBLISHED.items()}


def amdahl(n, fixed):
    """How many times as fast n are, where a share ``fixed`` of the work stays whole."""
    return 1 / (fixed + (1 - fixed) / n)


def fixed_share(n, gain):
    return (n / gain - 1) / (n - 1)


def averaging_time(n, weights, bandwidth, bytes_each=4):
    """Seconds of a ring all-reduce on paper: what a GPU sends over its bandwidth."""
    return 2 * (n - 1) / n * weights * bytes_each / bandwidth

# %% tags=["hide-input", "drawing"] mystnb={"image": {"alt": "Images per second against GPUs, 1 to 8. Published points for 1024 and 512 pixels follow the diagonal to 7.7; those for 128 pixels follow it to 2, reach 3 at 4 GPUs and stay there at 8. Amdahl's curve through the points at 2 and 4 GPUs would reach 4.1 at 8."}}
figure, ax = plt.subplots(figsize=(5.6, 3.4))
count = torch.linspace(1, 8, 50)
ax.plot(count, count, color="grey", linewidth=1, label="n times as fast")
for size, colour, marker in ((1024, "#0072B2", "o"), (512, "#009E73", "s"),
                             (128, "#D55E00", "^")):
    ax.plot(list(gains[size]), list(gains[size].values()), marker, color=colour,
            label=f"published, {size} pixels")
share = fixed_share(2, gains[128][4] / gains[128][2])
on_two = count[count >= 2]
ax.plot(on_two, gains[128][2] * amdahl(on_two / 2, share), "--", color="#D55E00",
        label=f"Amdahl from 2 on, {share:.0%} not shared")
ax.set(xlabel="GPUs", ylabel="images per second, to one GPU's", xticks=(1, 2, 4, 8))
ax.legend(fontsize=9)
plt.show()

# %% [markdown]
# The figure holds two experiments: at 512 and 1024 pixels their batch grows with the GPUs, from 4 to 32 at 1024, so that 7.7 means images per second and not one run made faster. At 128 pixels it doubles from one GPU to two, where a cost per step would not show, and then stays 64. From there on a GPU's part shrinks, which is what **Amdahl's law** is about: if a share of the work is not divided, it soon dominates. The share that fits four GPUs would let eight be 2.1 times as fast as two, and 1.5 is published. So something grows as parts become smaller, communication or idle units, which their table does not separate.
#
# A model on paper adds three terms: computing, which shrinks with the part, the ring's $2\,\frac{n-1}{n}\cdot\frac{\text{bytes}}{\text{bandwidth}}$, and what no rank can divide. For sixty million gradients in float32 and an assumed 25 GB/s the second is 17 ms, and half of it if they were sent in bfloat16. DDP begins it while the backward pass still runs, which hides a part.
#
# ## When a rank dies
#
# A rank that waits for a dead one could wait for a long time. So whoever starts ranks watches them, and stops all when one has ended. The book's `Ranks` does so, and `torchrun` does for its own, which a test of the book sees when it kills one. An exception in one rank, such as `FloatingPointError` for a loss that is not finite, ends all in the same way.

# %% tags=["hide-cell", "checks"]
check("published for StyleGAN2-ADA: eight GPUs pass 7.7 times as many images per "
      "second as one at 1024 pixels, and 3.0 times at 128",
      abs(gains[1024][8] - 7.7) < 0.05 and abs(gains[128][8] - 3.0) < 0.05, gains)
check("at 128 pixels, where two GPUs and more share a batch of 64, eight are 1.5 times "
      "as fast as two; Amdahl's law through two and four would give 2.1",
      abs(gains[128][8] / gains[128][2] - 1.51) < 0.01
      and abs(amdahl(4, share) - 2.08) < 0.01, (gains[128], amdahl(4, share)))
check("sixty million gradients of float32 on eight GPUs of 25 GB/s take 17 ms on "
      "paper, half of that in bfloat16",
      abs(averaging_time(8, 60e6, 25e9) - 0.0168) < 1e-4
      and abs(averaging_time(8, 60e6, 25e9, 2) - 0.0084) < 1e-4)

# %%
@ranks.know
def killed(which):
    """One rank is killed while the other waits for it."""
    import os
    import signal
    if dist.get_rank() == which:
        os.kill(os.getpid(), signal.SIGKILL)
    dist.all_reduce(torch.ones(1))


start = time.perf_counter()
try:
    ranks.ask(killed, 1)
    message = "nobody noticed"
except RuntimeError as error:
    message = str(error)
noticed_after = time.perf_counter() - start
print(message)

# %% [markdown]
# A checkpoint is written beside its place and then moved there in one step, so that a kill in between leaves the last one whole.
#
# ## Exercises
#
# **1. Megabytes (five minutes, paper).** $G$ and $D$ have 24 million weights each, in float32. A float32 has four bytes, and a megabyte is a million. How many megabytes does each of eight GPUs send in one step of the loop, by a ring, if every gradient of both players is averaged once? Try `check_exercise_1`.
#
# **2. The noise scale (your own code, ten minutes).** Write `noise_scale(small, big, b, B)`. It takes the mean squared length of a rank's gradient over $b$ samples, `small`, and of the averaged one over $B$, `big`, and returns the noise scale, from the two equations above. Try `check_exercise_2`.
#
# **3. Unequal parts (your own code, ten minutes).** Rank 0 holds `numbers[:3]` and rank 1 `numbers[3:]`. Write `mean_of_all(numbers)`, a function that runs on each rank as `who_am_i` did, so that both return the mean of all four. A mean of the ranks' means is wrong here, as the parts are unequal. Try `check_exercise_3`, which makes the function known to `ranks`.

# %% tags=["hide-cell", "checks"]
claim("that a rank was killed is noticed within ten seconds, and its number is in the "
      "message", "rank 1 was killed" in message and noticed_after < 10,
      (message, noticed_after))

# %% tags=["hide-cell", "measure"]
def check_exercise_1(megabytes):
    """G and D of 24 million weights each, float32, eight GPUs, one step of the loop."""
    check("your number of megabytes is right", abs(megabytes - 336) < 0.5)


def check_exercise_2(noise_scale):
    """Gradients of 40 weights, whose noise scale is known to be 100 / 4."""
    random = torch.Generator().manual_seed(SEED)
    true = torch.full((40,), (4 / 40)**0.5)
    one = true + (100 / 40)**0.5 * torch.randn(20_000, 2, 16, 40, generator=random)
    small = one.mean(2)                                    # a rank's 16 samples
    big = small.mean(1)                                    # all 32
    small, big = (each.square().sum(-1).mean() for each in (small, big))
    found = noise_scale(small, big, 16, 32)
    check("your noise scale is right", abs(float(found) / 25 - 1) < 0.05, found)


def check_exercise_3(mean_of_all):
    """Three numbers on rank 0, one on rank 1: their mean over both."""
    ranks.know(mean_of_all)
    found = ranks.ask(mean_of_all, [1.0, 2.0, 3.0, 10.0])
    check("your mean is right on both ranks",
          all(abs(float(one) - 4) < 1e-6 for one in found), found)

# %% tags=["hide-cell", "solution"]
check_exercise_1(2 * 7 / 8 * 2 * 24 * 4)

# %% tags=["hide-cell", "solution"]
def noise_scale(small, big, b, B):
    """E|g_b|² = |G|² + tr Σ / b, and the same with B: two equations."""
    noise = (small - big) / (1 / b - 1 / B)
    slope = (B * big - b * small) / (B - b)
    return noise / slope


check_exercise_2(noise_scale)

# %% tags=["hide-cell", "solution"]
def mean_of_all(numbers):
    own = numbers[:3] if dist.get_rank() == 0 else numbers[3:]
    total = torch.tensor([sum(own), float(len(own))])
    dist.all_reduce(total)
    return (total[0] / total[1]).item()


check_exercise_3(mean_of_all)
ranks.close()
folder.cleanup()

# %% [markdown]
# ## Summary
#
# - Data-parallel training gives each rank the whole pair, its own samples and noise, and the mean gradient. In doubles two ranks equal one process to rounding.
# - A mistake may raise no error and keep all ranks equal, so compare with one process.
# - Batch norm and whole-batch statistics depend on a rank's part, and one differentiable all-reduce restores batch norm in training.
# - R1 is safe in the same backward pass as the logits, through the wrapper.
# - By McCandlish et al. a larger batch saves steps while it is below the noise scale. Here batches of 128 lost at equal faces, and less at a larger rate.
#
# ## Often misread
#
# - *"All ranks agree, so the run is right."* Ranks that agree may share a mistake.
# - *"DDP synchronises batch norm."* It copies rank 0's running statistics, while each batch is still normalised by its own.
# - *"More GPUs train the same model faster."* With a batch that grows along, it is another run, which needs its own rate.
#
# ## Further reading
#
# - [PyTorch's note on DDP](https://docs.pytorch.org/docs/stable/notes/ddp.html) explains buckets and the overlap with the backward pass.
# - [McCandlish et al. 2018](https://arxiv.org/abs/1812.06162) measure noise scales from digits to games.
# - [StyleGAN3's training loop](https://github.com/NVlabs/stylegan3) flattens all gradients into one vector and calls all-reduce once, as the ten lines above do.
#
# **Next:** this is the last chapter. Train something of your own, and let one comparison that could fail stand before every picture.
