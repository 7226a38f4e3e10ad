"""Algorithm 1 of Goodfellow et al. 2014, as an iterator: the notebook owns the ``for``.

    for step in gan.train(G, D, data, steps=5_000):
        if step.index % 500 == 0:
            snapshots.append(G.sample(1_000))

Read ``train.step`` beside the paper; the rest of this file sets it up, and checkpoint.py saves it.
"""

import math
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from tqdm.auto import tqdm

from gan import checkpoint, checks
from gan.average import Average
from gan.checks import batch_mean, takes
from gan.drawn import Drawn, Told, as_data
from gan.ensemble import Failed
from gan.losses import Loss, non_saturating
from gan.optimizers import BETAS, LR, make_optimizers, settings, weights_in
from gan.rehearsal import rehearse
from gan.unroll import look_ahead
from gan.writer import log


class Step(NamedTuple):
    """What one step leaves behind, detached. D saw ``real`` and ``fake`` before its last update."""

    index: int              # steps done so far: 1 ... steps
    d_loss: Tensor          # (), and (runs,) of an ensemble
    g_loss: Tensor          # ()
    real_logits: Tensor     # (B,), and (runs, B) of an ensemble
    fake_logits: Tensor     # (B,)


class train:
    """A training run; iterate over it, as over a ``range``. It changes ``G`` and ``D`` in place.

    ``G`` maps latents to samples and draws its own noise with ``G.noise(B, generator)``; ``D`` maps
    (B, ...) to logits (B,). ``data`` is a tensor of real samples, (N, ...), or has
    ``sample(shape, generator)``, as the densities of ``gan.data`` do. An ensemble's networks (see
    ensemble.py) train as many runs at once, each on real samples and noise of its own.

    A tuple ``(x, y, ...)`` of tensors of one length, as ``data`` or from its ``sample``, is samples and what
    both players are told of them, labels or other images: they are then called as ``G(z, y)`` and ``D(x, y)``.

    ==================  ==========================================================================
    ``loss``            a pair of functions from ``gan.losses``
    ``steps, batch``    updates of G; real samples, and fakes, in each update
    ``d_steps``         k of Algorithm 1: updates of D for each of G
    ``lr, d_lr, betas`` Adam's, after DCGAN; D learns at ``lr`` too if no ``d_lr`` is given
    ``optimizer``       for G in place of Adam: a function of its weights, such as
                        ``lambda weights: torch.optim.RMSprop(weights, lr=1e-3)``
    ``d_optimizer``     the same for D. The rates of a player with an optimizer are set there
    ``penalties``       functions ``penalty(D, real, fake) -> (B,)`` that are added to D's loss; None for once
                        adds nothing. D is bound to its y
    ``g_penalties``     functions ``penalty(fake, real, *y) -> (B,)`` that are added to G's loss
    ``fresh_noise``     draw new fakes for G's update, as the paper does; else D's last are used again
    ``unroll``          G plays against D as it will be after so many more updates; see unroll.py
    ``ema``             decay of a moving average of G, a generator at ``run.G_ema``; see average.py
    ``device, seed``    picked if None; the seed then comes from torch's global generator
    ``resume``          a file that ``run.save(path)`` wrote: goes on from there to ``steps``
    ``progress``        show a bar
    ``writer``          a TensorBoard ``SummaryWriter``: losses, D(x), D(G(z)), samples
    ==================  ==========================================================================

    The run draws from a random generator of its own, so sampling from G while it trains does not change it: same
    ``seed``, same machine, same noise and same choice of real samples. The seed does not cover what was drawn before,
    the networks' first weights: ``torch.manual_seed`` before they are made does. Networks that are random themselves
    (dropout) use torch's global generator, too. Learning-rate schedulers work on ``run.g_optimizer`` and
    ``run.d_optimizer``; after ``resume`` they go on with ``last_epoch=run.index - 1``.

    Raises ``ValueError`` or ``TypeError`` for an argument that cannot work, and ``FloatingPointError`` at the first
    loss that is not finite, before it reaches the weights. Of an ensemble, the run that it happens to is stopped with
    a warning and noted in ``run.failed.steps``.
    """

    untouched = False       # True from the end of __init__ to the first batch or save
    untested = True         # until the first checkpoint has been read back

    def __init__(self, G: nn.Module, D: nn.Module, data, *, steps: int, loss: Loss = non_saturating, batch: int = 128,
                 d_steps: int = 1, lr: float = LR, d_lr: float | None = None, betas: tuple[float, float] = BETAS,
                 optimizer: Callable[..., Optimizer] | None = None, d_optimizer: Callable[..., Optimizer] | None = None,
                 penalties: Sequence[Callable[..., Tensor]] = (), g_penalties: Sequence[Callable[..., Tensor]] = (),
                 fresh_noise: bool = False, unroll: int = 0, ema: float | None = None,
                 device: str | torch.device | None = None, seed: int | None = None, resume=None,
                 progress: bool = False, writer=None):
        checks.check_counts(steps=steps, batch=batch, d_steps=d_steps)
        checks.check_settings(loss, lr, d_lr, betas, unroll, ema, steps, seed, writer)
        checks.check_modules(G, D, writer)
        checks.check_data(data)
        device = pick_device() if device is None else checks.check_device(device)
        checks.check_surroundings(device)
        seed = torch.randint(2**62, ()).item() if seed is None else seed
        self.random = torch.Generator(device).manual_seed(seed)
        self.G, self.D = (network.to(device) for network in (G, D))
        for network in (G, D):
            if not network.training:                                     # a part alone in evaluation mode stays so
                network.train()
        self.runs = (G.runs,) if isinstance(getattr(G, "runs", None), int) else ()       # an ensemble's leading axis
        self.data, self.y = as_data(data, device, len(self.runs)), ()     # y: what the last real samples came with
        self.loss, self.penalties, self.g_penalties = loss, penalties, g_penalties
        self.compares = not takes(1, loss.generator)                     # relativistic: G's loss needs reals, too
        self.fresh_noise, self.unroll = fresh_noise, unroll
        self.steps, self.batch, self.d_steps = steps, batch, d_steps
        self.progress, self.writer = progress, writer
        self.failed = Failed(G, D)
        self.one_pass, self.shown, self.low = rehearse(G, D, self.data, batch, self.runs, loss)
        checks.check_penalties(penalties, g_penalties, len(self.shown))
        self.g_optimizer, self.d_optimizer = make_optimizers(G, D, optimizer, d_optimizer, lr, d_lr, betas, unroll)
        # As they are before a scheduler, so that a resumed run can tell what it was asked to change.
        self.settings = {name: settings(getattr(self, name)) for name in checkpoint.OPTIMIZERS}
        self.average = None if ema is None else Average(G, ema)
        self.index = 0
        if resume is not None:
            checkpoint.load(self, resume)
        self.untouched = self.index < steps

    def step(self) -> Step:
        """One iteration of Algorithm 1: ``d_steps`` updates of D, then one of G."""
        for _ in range(self.d_steps):
            real = self.draw_real()                                        # (B, ...)
            fake = self.draw_fake()                                        # (B, ...), with G's graph
            d_loss, real_logits, fake_logits = self.judge(self.D, real, fake.detach())     # no gradient to G
            self.update(self.d_optimizer, d_loss, "D")

        if self.fresh_noise:
            fake = self.draw_fake()
        D = self.told(look_ahead(self, real, fake) if self.unroll else self.D)
        logits = (D(fake), D(real)) if self.compares else (D(fake),)
        g_loss = batch_mean("loss.generator", self.runs, self.loss.generator, *logits)
        for i, penalty in enumerate(self.g_penalties):
            g_loss = g_loss + batch_mean(f"g_penalties[{i}]", self.runs, penalty, fake, real, *self.y)
        self.update(self.g_optimizer, g_loss, "G")

        if self.average:
            self.average.update_parameters(self.G)
        self.index += 1
        return Step(self.index, d_loss.detach(), g_loss.detach(), real_logits.detach(), fake_logits.detach())

    def draw_real(self) -> Tensor:
        """Real samples, (B, ...), or (runs, B, ...). What both players are told of them is then in ``self.y``."""
        shape = (*self.runs, self.batch)
        if isinstance(self.data, Drawn):
            real, *self.y = self.data.sample(shape, generator=self.random)
        else:
            N, device = len(self.data[0]), self.data[0].device
            which = torch.randint(N, shape, generator=self.random, device=device)
            real, *self.y = (part[which] for part in self.data)
        return real

    def draw_fake(self) -> Tensor:
        return self.G(self.G.noise(self.batch, generator=self.random), *self.y)

    def told(self, D: Callable[..., Tensor]) -> Callable[[Tensor], Tensor]:
        """D(. | y), a function of samples alone."""
        return Told(D, self.y, len(self.runs)) if self.y else D

    def judge(self, D: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """D's loss, () or (runs,), and its logits; in one pass, which is quicker, if D judges each sample by itself."""
        self.untouched, D = False, self.told(D)
        if self.one_pass:
            real_logits, fake_logits = D(torch.cat([real, fake], len(self.runs))).chunk(2, -1)
        else:
            real_logits, fake_logits = D(real), D(fake)
        loss = batch_mean("loss.discriminator", self.runs, self.loss.discriminator, real_logits, fake_logits)
        for i, penalty in enumerate(self.penalties):
            loss = loss + batch_mean(f"penalties[{i}]", self.runs, penalty, D, real, fake)
        return loss, real_logits, fake_logits

    def update(self, optimizer: Optimizer, loss: Tensor, name: str) -> None:
        if self.failed:
            loss = self.failed.without(loss)
        total = loss.sum() if self.runs else loss      # no two runs share a weight, so each gets its own gradient
        if not math.isfinite(total.item()):
            why = self.data.why_not_finite() if isinstance(self.data, Drawn) else ""
            total = self.failed.check(loss, name, self.index + 1, why).sum()
        weights = weights_in(optimizer)
        for weight in weights:                         # optimizer.zero_grad(), without its bookkeeping
            weight.grad = None
        # Only the player who moves collects gradients. The other passes them on, at no further cost.
        try:
            total.backward(inputs=weights)
        except RuntimeError as error:
            why = "is frozen since the run began" if any(not w.requires_grad for w in weights) else error
            raise RuntimeError(f"{name}: its loss has no gradient in its weights ({why}); must have one, a penalty's "
                               "second one too, and weights that learn must stay so") from error
        optimizer.step()
        if self.failed:
            self.failed.restore(name)

    def __iter__(self) -> Iterator[Step]:
        """Go on to ``steps``. Leave with ``break`` and iterate again, and the run goes on where it was."""
        self.untouched = False
        checks.check_surroundings(self.random.device)
        hidden = not self.progress or "TQDM_DISABLE" in os.environ
        with tqdm(total=self.steps, initial=self.index, disable=hidden, unit="step") as bar:
            while self.index < self.steps:
                step = self.step()
                if self.writer is not None:
                    log(self.writer, step, self)
                bar.update()
                yield step

    def __repr__(self) -> str:
        return f"gan.train: {self.index} of {self.steps} steps done; `for step in run: ...` goes on"

    def __del__(self):
        if self.untouched:
            warnings.warn(f"gan.train was set up for {self.steps} steps, but nobody iterated over it, so nothing was "
                          "trained; must be `for step in gan.train(...): ...`", RuntimeWarning, stacklevel=2)

    @property
    def G_ema(self) -> nn.Module:
        """The moving average of G, in evaluation mode."""
        if self.average is None:
            raise ValueError("ema: got None; must be a decay such as 0.999 for the run to have G_ema")
        return self.average.module

    def save(self, path) -> None:
        """Write a checkpoint: whole or not at all. ``resume=path`` ends bit-equal to a run never stopped.

        That is so on a CPU, and for networks whose random numbers are torch's. ``path``: a file's, its folder is made.
        """
        checkpoint.save(self, path)


def pick_device() -> torch.device:
    """The first there is of cuda, mps and cpu."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
