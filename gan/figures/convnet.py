"""A convolutional generator as text, for the page, which has no torch. convnet.js beside this file runs it."""
import base64
import copy
import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

CAN_RUN = ("Linear, ConvTranspose2d that doubles a square, such as (4, stride 2, padding 1), Conv2d that keeps it, "
           "such as (3, padding 1), BatchNorm2d after one of these, ReLU, LeakyReLU and Tanh")


def exported(G: nn.Module, *inputs: Tensor) -> tuple[list[dict], str]:
    """G's layers in evaluation mode with batch norm folded into them, and their weights: half precision, in base64.

    ``G(*inputs)`` must be square images, (B, channels, size, size), that layers of the kinds in ``CAN_RUN`` make of
    ``torch.cat(inputs, 1)`` one after the other; inputs are (B, ...), such as z and y. Raises ``ValueError`` that names
    the layer where it is otherwise, and for weights that half precision cannot hold. G itself stays as it is.
    """
    layers, arrays = [], []                                        # arrays: [weight, bias] of each, or nothing
    for name, layer, given, changes in _in_order(G, inputs):
        where, kind = f"G: its layer {name}, {layer} on {tuple(given)}", type(layer)
        if kind in (nn.ReLU, nn.LeakyReLU):
            layers.append({"kind": "leaky", "slope": getattr(layer, "negative_slope", 0)})
            arrays.append([])
        elif kind is nn.Tanh:
            layers.append({"kind": "tanh"})
            arrays.append([])
        elif kind in (nn.BatchNorm1d, nn.BatchNorm2d):
            if not arrays or not arrays[-1] or layer.running_var is None:
                raise ValueError(f"{where}, cannot be folded; must follow a layer with weights, and keep averages")
            arrays[-1] = _folded(*arrays[-1], layer, int(layers[-1]["kind"] == "up"))
        elif described := _described(layer, given):
            layers.append(described)
            outputs = layer.weight.shape[kind is nn.ConvTranspose2d]
            arrays.append([layer.weight.double(), torch.zeros(outputs) if layer.bias is None else layer.bias.double()])
        elif changes:                                              # one that only changes shapes is passed over
            raise ValueError(f"{where}, is none that the page can run; must be {CAN_RUN}")
    if not any(layer["kind"] in ("up", "conv") for layer in layers):
        raise ValueError(f"G: got {type(G).__name__} without a convolution; must be made of {CAN_RUN}")
    flat = [array.detach().flatten().half() for pair in arrays for array in pair]
    numbers = torch.cat(flat)
    if not numbers.isfinite().all():
        raise ValueError("G: with batch norm folded in, a weight is not finite in half precision; must be below 65504")
    return layers, base64.b64encode(numbers.numpy().astype("<f2").tobytes()).decode()


def replayed(layers: list[dict], weights: str, x: Tensor) -> Tensor:
    """The images, (B, channels, size, size), that the page makes of ``x``, (B, inputs), computed in PyTorch."""
    numbers, at = torch.from_numpy(np.frombuffer(base64.b64decode(weights), "<f2").astype(np.float32)), 0
    for layer in layers:
        kind, shape = layer["kind"], layer.get("shape", [0])
        count, outputs = math.prod(shape), shape[kind == "up"]
        weight, bias = numbers[at:at + count].reshape(shape), numbers[at + count:at + count + outputs]
        at += count + outputs
        if kind in ("up", "conv"):
            size = math.isqrt(x[0].numel() // shape[kind == "conv"])
            x = x.reshape(len(x), -1, size, size)
        if kind == "linear":
            x = F.linear(x, weight, bias)
        elif kind == "up":                                         # 2 size - 2 + kernel wide, cut to 2 size
            cut = slice(layer["padding"], layer["padding"] + 2 * size)
            x = F.conv_transpose2d(x, weight, bias, 2)[:, :, cut, cut]
        elif kind == "conv":
            x = F.conv2d(x, weight, bias, padding=shape[2] // 2)
        else:
            x = x.tanh() if kind == "tanh" else F.leaky_relu(x, layer["slope"])
    return x


@torch.no_grad()
def _in_order(G, inputs):
    """The layers of a copy of G in the order in which the inputs pass them: name, layer, its input's shape, and whether
    it changes any number. Raises ``ValueError`` where numbers change outside of them."""
    for name, weight in G.state_dict().items():
        if not weight.isfinite().all():
            raise ValueError(f"G: its {name} is not finite; must be: has it been trained too fast?")
    G, found, last = copy.deepcopy(G).cpu().float().eval(), [], torch.cat([x.flatten(1) for x in inputs], 1)

    def same(*tensors):
        return torch.equal(torch.cat([x.flatten(1) for x in tensors if isinstance(x, Tensor)], 1), last)

    def watch(name, layer):
        before = None

        def on_its_way(layer, given):
            nonlocal before
            before = given[0].shape
            if not same(*given):
                wanted = f"what {found[-1][0]} gives" if found else "torch.cat(inputs, 1), z before y"
                raise ValueError(f"G: its layer {name}, {layer}, is given something else than {wanted}; must be that, "
                                 "as the page runs layers one after the other, with nothing between them")

        def passed(layer, given, result):
            nonlocal last
            found.append((name, layer, before, not same(result)))
            last = result.flatten(1)

        layer.register_forward_pre_hook(on_its_way)
        layer.register_forward_hook(passed)

    for name, layer in G.named_modules():
        if not any(True for _ in layer.children()):
            watch(name, layer)
    try:
        images = G(*inputs)
    except (RuntimeError, TypeError) as error:
        shapes = ", ".join(str(tuple(x.shape)) for x in inputs)
        raise ValueError(f"G: fails on tensors of shapes {shapes}: {error}") from error
    if not same(images):
        raise ValueError("G: what it gives is something else than its last layer gives; must be that, as the page runs "
                         "layers and nothing besides")
    if images.ndim != 4 or images.shape[2] != images.shape[3] or images.shape[1] not in (1, 3):
        raise ValueError(f"G: gives samples of shape {tuple(images.shape)}; must be square images, (B, 1 or 3, S, S)")
    return found


def _described(layer, given) -> dict | None:
    """What the page needs to know of a layer with weights, or None where it cannot run it on this shape."""
    if type(layer) is nn.Linear:
        return {"kind": "linear", "shape": list(layer.weight.shape)} if len(given) == 2 else None
    if type(layer) not in (nn.Conv2d, nn.ConvTranspose2d) or len(given) != 4 or given[2] != given[3]:
        return None
    (kernel, *_), padding, shape = layer.kernel_size, layer.padding, list(layer.weight.shape)
    if shape[2] != shape[3] or layer.groups > 1 or max(layer.dilation) > 1 or layer.padding_mode != "zeros":
        return None
    if type(layer) is nn.Conv2d:
        keeps = kernel % 2 and layer.stride == (1, 1) and padding in ("same", (kernel // 2, kernel // 2))
        return {"kind": "conv", "shape": shape} if keeps else None
    doubles = layer.stride == (2, 2) and padding == (padding[0],) * 2 and padding[0] <= kernel - 2 and (
        layer.output_padding == (2 * padding[0] + 2 - kernel,) * 2)
    return {"kind": "up", "shape": shape, "padding": padding[0]} if doubles else None


def _folded(weight, bias, norm, axis) -> list[Tensor]:
    """The weight, with its outputs along ``axis``, and the bias of a layer with the batch norm that comes after it."""
    scale, shift = (norm.running_var.double() + norm.eps).rsqrt(), 0
    if norm.affine:
        scale, shift = scale * norm.weight.double(), norm.bias.double()
    shift = shift - norm.running_mean.double() * scale
    each = len(bias) // len(scale)                                 # how many outputs of a linear layer are one feature
    scale, shift = scale.repeat_interleave(each), shift.repeat_interleave(each)
    shape = [-1 if i == axis else 1 for i in range(weight.ndim)]
    return [weight * scale.reshape(shape), bias * scale + shift]
