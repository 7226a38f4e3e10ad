"""A network that reads off a painted face what it was painted from: it counts what G makes, and gives features."""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss, one_hot

from gan.checks import check_counts
from gan.data.portraits import FACTORS, render

READS = tuple(FACTORS)                                             # not "noise": freckles and strands tell nothing
KINDS = tuple(name for name in READS if isinstance(FACTORS[name], dict))
NUMBERS = tuple(name for name in READS if name not in KINDS)
HUES = ("wall", "shirt")                                           # angles: 0.99 is next to 0.01
CHANCES = 8                                                        # that a redrawn face's curls lie as they should
PART = 500                                                         # images looked at in one go


class Inspector(nn.Module):
    """images, (N, 3, size, size) in [-1, 1], -> logits of each factor's kinds, or a number scaled to [-1, 1].

    ``fit_inspector`` trains one. ``report`` is how well it reads held-out faces: accuracy for kinds, R^2 for numbers,
    and for a hue the mean error in turns. ``recall`` is each kind's own accuracy, so that a rare one cannot hide.
    """

    report: dict[str, float]
    recall: dict[str, list[float]]

    def __init__(self, size: int, width: int = 24, features: int = 64):
        super().__init__()
        layers, c, s = [], 3, size
        while s > 4:
            wider = width if c == 3 else min(2 * c, 4 * width)
            layers += [nn.Conv2d(c, wider, 3, 2, 1), nn.BatchNorm2d(wider), nn.ReLU()]         # (B, wider, s/2, s/2)
            c, s = wider, (s + 1) // 2
        self.size = size
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(c * s * s, features), nn.BatchNorm1d(features))
        self.parts = [len(FACTORS[name]) if name in KINDS else 1 + (name in HUES) for name in READS]
        self.head = nn.Linear(features, sum(self.parts))

    def features(self, images: Tensor) -> Tensor:
        """What it sees, (N, 64): features for ``frechet_distance``, ``precision_recall`` and the others."""
        if images.ndim != 4 or images.shape[1:] != (3, self.size, self.size):
            raise ValueError(f"images: got shape {tuple(images.shape)}; must be (N, 3, {self.size}, {self.size})")
        return torch.cat([self.body(part) for part in images.split(PART)])

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        return dict(zip(READS, self.head(self.features(images)).split(self.parts, 1)))

    def kinds(self, images: Tensor) -> dict[str, Tensor]:
        """The likeliest kind of each factor that comes in kinds, (N,) whole numbers."""
        return self._read(images, KINDS)

    def numbers(self, images: Tensor) -> dict[str, Tensor]:
        """Each factor that is a number, (N,), within the bounds that the painter knows."""
        return self._read(images, NUMBERS)

    @torch.no_grad()
    def _read(self, images: Tensor, names=READS) -> dict[str, Tensor]:
        outputs = self(images)
        return {name: _unscaled(name, outputs[name]) for name in names}

    def redraw(self, images: Tensor) -> Tensor:
        """The faces that our painter paints from what is read off these.

        How curls lie and where freckles are cannot be read: none and some chances are tried, and the nearest is kept.
        """
        factors = self._read(images)
        drawn = render(factors, self.size).to(images)
        for noise in range(CHANCES):
            other = render(factors | {"noise": noise}, self.size).to(images)
            nearer = _apart(images, other) < _apart(images, drawn)
            drawn = torch.where(nearer[:, None, None, None], other, drawn)
        return drawn

    def oddness(self, images: Tensor) -> Tensor:
        """Root mean square difference of each image and its redrawing, (N,): large for what is no face."""
        return _apart(images, self.redraw(images))


def fit_inspector(images: Tensor, factors: dict[str, Tensor], steps: int = 1_200, seed: int = 0) -> Inspector:
    """An inspector, trained on images and factors as ``gan.data.faces`` gives them but for a tenth.

    That tenth, drawn by ``seed``, is never trained on, and gives ``report`` and ``recall``. With 20,000 faces of 32
    pixels it takes some 15 seconds. Raises ``ValueError`` for images and factors that are no such pair.
    """
    _check(images, factors)
    check_counts(steps=steps)
    factors = {name: factors[name].to(images.device) for name in READS}
    with torch.random.fork_rng([images.device] if images.is_cuda else []):
        torch.manual_seed(seed)
        order = torch.randperm(len(images)).to(images.device)
        held_out, known = order[:len(order) // 10], order[len(order) // 10:]
        net = Inspector(images.shape[-1]).to(images.device, memory_format=torch.channels_last)
        adam = torch.optim.Adam(net.parameters(), fused=True)
        rate = torch.optim.lr_scheduler.OneCycleLR(adam, 1e-2, steps)
        for _ in range(steps):
            rows = known[torch.randint(len(known), (64,)).to(known.device)]
            outputs = net(images[rows])
            loss = sum(_loss(name, outputs[name], factors[name][rows]) for name in READS)
            adam.zero_grad()
            loss.backward()
            adam.step()
            rate.step()
    net.eval().requires_grad_(False)
    net.report, net.recall = _report(net, images[held_out], {name: factors[name][held_out] for name in READS})
    return net


def _apart(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).square().mean((1, 2, 3)).sqrt()


def _loss(name: str, output: Tensor, value: Tensor) -> Tensor:
    return cross_entropy(output, value.long()) if name in KINDS else mse_loss(output, _scaled(name, value))


def _scaled(name: str, value: Tensor) -> Tensor:
    """A number as what the net gives: in [-1, 1], a hue as (cos, sin)."""
    if name in HUES:
        return torch.stack([(2 * math.pi * value).cos(), (2 * math.pi * value).sin()], 1)
    low, high = FACTORS[name]
    return (2 * (value - low) / (high - low) - 1)[:, None]


def _unscaled(name: str, output: Tensor) -> Tensor:
    """What the net gives as a factor's value, (N,)."""
    if name in KINDS:
        return output.argmax(1)
    if name in HUES:
        return torch.atan2(output[:, 1], output[:, 0]) / (2 * math.pi) % 1
    low, high = FACTORS[name]
    return (low + (output[:, 0] + 1) / 2 * (high - low)).clamp(low, high)


def _report(net: Inspector, images: Tensor, factors: dict[str, Tensor]) -> tuple[dict, dict]:
    report, recall = {}, {}
    for name, read in net._read(images).items():
        true = factors[name]
        if name in KINDS:
            right = (read == true).float()
            report[name] = right.mean().item()
            each = one_hot(true.long(), len(FACTORS[name])).float()                           # (N, kinds)
            recall[name] = ((right @ each) / each.sum(0)).tolist()
        elif name in HUES:
            report[name] = ((read - true + 0.5) % 1 - 0.5).abs().mean().item()
        else:
            report[name] = (1 - (read - true).square().mean() / true.var(correction=0)).item()
    return report, recall


def _check(images: Tensor, factors: dict[str, Tensor]) -> None:
    shape = tuple(images.shape)
    if len(shape) != 4 or shape[0] < 100 or shape[1] != 3 or shape[2] != shape[3] or shape[2] < 8:
        raise ValueError(f"images: got shape {shape}; must be (N, 3, size, size), 100 or more, of size 8 or more")
    if missing := [name for name in READS if name not in factors]:
        raise ValueError(f"factors: got none for {', '.join(missing)}; must be those of gan.data.faces")
    if wrong := [name for name in READS if factors[name].shape != shape[:1]]:
        raise ValueError(f"factors: got shape {tuple(factors[wrong[0]].shape)} for {wrong[0]}; must be ({shape[0]},)")
