"""An inspector as text, for the page: what StyleExplorer says of a face. stylenet.js beside this file runs it."""
import copy

import torch
from torch import nn

import gan.evidence
from gan.data.portraits import FACTORS
from gan.figures import convnet
from gan.figures.styletext import as_halves
from gan.metrics.inspector import HUES, Inspector

AGREEING = 1_000                                                   # faces of G's that two inspectors read
SAYS = ("hair", "dye", "iris", "hat", "glasses", "beard", "smile", "turn", "tilt", "skin", "light", "wall", "shirt")


def style_reader(net: nn.Module, inspector: Inspector | None, second: Inspector | None) -> dict:
    """What the page needs to read off a picture what it says in words: convolutions and one linear layer."""
    if inspector is None:
        stored = gan.evidence.load("face_reader")["runs"][0]
        inspector = Inspector(32, width=len(stored["reader"]["body.0.bias"])).eval()
        inspector.load_state_dict(stored["reader"])
        inspector.report = stored["report"]
    size = net.sizes[-1]
    for name, one in {"inspector": inspector, "second": inspector if second is None else second}.items():
        if not isinstance(one, Inspector) or one.size != size:
            got = f"one of size {one.size}" if isinstance(one, Inspector) else type(one).__name__
            raise ValueError(f"{name}: got {got}; must be a gan.metrics.Inspector of size {size}, as G draws")
    if not hasattr(inspector, "report"):
        raise ValueError("inspector: got one without a report; must have been trained by `fit_inspector`, or be given "
                         "its stored one: `inspector.report = …`")
    agree = {} if second is None else _style_agreement(net, inspector, second)
    parts, shapes = [], []
    *convs, flatten, linear, norm = copy.deepcopy(inspector).cpu().double().body
    for layer, after, _ in zip(*[iter(convs)] * 3):
        parts += convnet._folded(layer.weight, layer.bias, after, 0)
        shapes.append(list(layer.weight.shape))
    weight, bias = convnet._folded(linear.weight, linear.bias, norm, 0)
    at = dict(zip(FACTORS, torch.arange(sum(inspector.parts)).split(inspector.parts)))
    rows = torch.cat([at[name] for name in SAYS])                  # of the head, which is linear as well: one layer
    head = copy.deepcopy(inspector.head).cpu().double()
    parts += [head.weight[rows] @ weight, head.weight[rows] @ bias + head.bias[rows]]
    reads = [{"name": name, "right": round(inspector.report[name], 4), "same": agree.get(name), **_style_scale(name)}
             for name in SAYS]
    return {"shapes": shapes, "reads": reads, "weights": as_halves(parts, "inspector")}


@torch.no_grad()
def _style_agreement(net: nn.Module, *inspectors: Inspector) -> dict:
    """How two inspectors agree on faces of G's: the share of kinds that are the same, the correlation of numbers."""
    random, first = torch.Generator().manual_seed(1), next(iter(net.mapping.layers), net.layers[0].style)
    w = net.mapping(torch.randn(AGREEING, first.weight.shape[1], generator=random))
    w = w[:, None].expand(-1, len(net.sizes), -1)
    images = torch.cat([net.synthesis(part, net.draw_noise(len(part), random)) for part in w.split(250)]).clamp(-1, 1)
    one, other = ({name: value.float() for name, value in {**eye.kinds(images), **eye.numbers(images)}.items()}
                  for eye in (copy.deepcopy(inspector).cpu().float().eval() for inspector in inspectors))
    found = {}
    for name in SAYS:
        a, b = one[name], other[name]
        same = (a == b).float().mean() if isinstance(FACTORS[name], dict) else torch.stack([a, b]).corrcoef()[0, 1]
        told = name not in HUES and len(a.unique()) > 1            # where G draws no hats, it is easy to agree on them
        found[name] = round(same.item(), 3) if told and same.isfinite() else None
    return found


def _style_scale(name: str) -> dict:
    """How what the inspector gives for a factor is read."""
    given = FACTORS[name]
    if isinstance(given, dict):
        return {"kinds": list(given)}
    return {"hue": name in HUES, "low": given[0], "high": given[1]}
