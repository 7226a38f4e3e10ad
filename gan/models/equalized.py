"""The layers of progressive growing and of StyleGAN: weights of one scale, so that all learn at one rate."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gan.checks import check_counts

GAIN = math.sqrt(2)                      # what a leaky ReLU of slope 0.2 takes from a layer's spread, nearly
SMOOTH = (1.0, 3.0, 3.0, 1.0)            # a bump: the filter that StyleGAN2 smooths with after doubling
BIASES = 0.1                             # how fast biases learn beside weights


class EqualLinear(nn.Module):
    """A linear layer with an equalised learning rate: (..., inputs) -> (..., outputs).

    Its weights are drawn from N(0, 1) and scaled by ``gain / sqrt(inputs)`` whenever they are used, so that a step of
    Adam, which is of one size for all weights, changes every layer by the same part. ``slow``: how fast this layer
    learns beside the others. Karras et al. 2018 (arXiv:1710.10196), section 4.1.
    """

    def __init__(self, inputs: int, outputs: int, gain: float = GAIN, bias: float = 0.0, slow: float = 1.0):
        super().__init__()
        check_counts(inputs=inputs, outputs=outputs)
        self.scale, self.bias_scale = slow * gain / math.sqrt(inputs), slow * BIASES
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / slow)
        self.bias = nn.Parameter(torch.full((outputs,), bias / self.bias_scale))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.scale, self.bias * self.bias_scale)

    def extra_repr(self) -> str:
        return f"{self.weight.shape[1]}, {self.weight.shape[0]}"


class EqualConv(nn.Module):
    """A convolution with an equalised learning rate: (B, inputs, S, S) -> (B, outputs, S', S').

    ``resample``: "" keeps the size (an odd ``kernel``); "up" doubles and "down" halves it, with a 4 x 4 kernel and
    stride 2. Kernels that double start as smooth bumps, so that an untrained net paints no checkerboard and no
    speckle.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, resample: str = "", gain: float = GAIN):
        super().__init__()
        check_counts(inputs=inputs, outputs=outputs, kernel=kernel)
        if resample not in ("", "up", "down"):
            raise ValueError(f'resample: got {resample!r}; must be "", "up" or "down"')
        self.resample, self.kernel = resample, 4 if resample else kernel
        taps = self.kernel**2 // (4 if resample == "up" else 1)                # that each output pixel sums over
        self.scale, self.bias_scale = gain / math.sqrt(inputs * taps), BIASES
        weight = torch.randn(*((inputs, outputs) if resample == "up" else (outputs, inputs)), self.kernel, self.kernel)
        if resample == "up":
            bump = torch.outer(torch.tensor(SMOOTH), torch.tensor(SMOOTH))
            bump = bump / bump.square().mean().sqrt()                          # of the power that noise has
            weight = math.sqrt(0.9) * torch.randn(inputs, outputs, 1, 1) * bump + math.sqrt(0.1) * weight
        self.weight, self.bias = nn.Parameter(weight), nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return self.convolve(x, self.bias * self.bias_scale)

    def convolve(self, x: Tensor, bias: Tensor | None = None) -> Tensor:
        weight = self.weight * self.scale
        if self.resample == "up":
            return F.conv_transpose2d(x, weight, bias, 2, 1)
        return F.conv2d(x, weight, bias, 2, 1) if self.resample else F.conv2d(x, weight, bias, padding=self.kernel // 2)

    def power(self) -> Tensor:
        """The sum of squares with which an output channel takes in an input channel, (inputs, outputs)."""
        squares = (self.weight * self.scale).square().sum((2, 3))
        return squares / 4 if self.resample == "up" else squares.T             # each output pixel meets a quarter

    def extra_repr(self) -> str:
        i, o = self.weight.shape[:2] if self.resample == "up" else self.weight.shape[1::-1]
        return f"{i}, {o}, kernel={self.kernel}" + (f", resample={self.resample!r}" if self.resample else "")


def pixel_norm(x: Tensor, dim: int = 1) -> Tensor:
    """Divide by the root mean square over ``dim``: at each pixel, over the channels of (B, C, S, S)."""
    return x * (x.square().mean(dim, keepdim=True) + 1e-8).rsqrt()


def lrelu(x: Tensor) -> Tensor:
    return F.leaky_relu(x, 0.2)


class MinibatchStd2d(nn.Module):
    """Append one map, how much a group of the batch spreads: (B, C, S, S) -> (B, C + 1, S, S).

    The standard deviation over the group (dividing by its size), averaged over channels and pixels to one number.
    Groups of ``group`` samples that follow each other; a batch that they do not divide is one group. Karras et al.
    2018, section 3.
    """

    def __init__(self, group: int = 4):
        super().__init__()
        check_counts(group=group)
        self.group = group

    def forward(self, x: Tensor) -> Tensor:
        B, _, H, W = x.shape
        group = B if B % self.group else self.group
        spread = (x.unflatten(0, (-1, group)).var(1, correction=0) + 1e-8).sqrt().mean((1, 2, 3))          # (B/group,)
        return torch.cat([x, spread.repeat_interleave(group)[:, None, None, None].expand(B, 1, H, W)], 1)

    def extra_repr(self) -> str:
        return f"group={self.group}"
