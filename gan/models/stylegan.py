"""StyleGAN, small: a mapping network, a learned constant, and a style for each layer."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gan.checks import check_counts
from gan.models.equalized import BIASES, GAIN, EqualConv, EqualLinear, lrelu, pixel_norm
from gan.models.generator import Generator
from gan.models.progressive import CHANNELS, GrowingDiscriminator

SLOW = 0.1                               # how fast the mapping learns beside the other layers; the paper: 0.01


class MappingNetwork(nn.Module):
    """z, (..., latent) -> w, (..., width): ``depth`` linear layers, after z is brought to one length.

    With ``depth`` 0, w is z itself, of that length.
    """

    def __init__(self, latent: int, width: int, depth: int):
        super().__init__()
        check_counts(latent=latent, width=width)
        if depth < 0 or depth == 0 and latent != width:
            raise ValueError(f"depth: got {depth} with latent {latent} and width {width}; must be 1 or more, or 0 "
                             "where these are equal")
        sizes = [latent] + depth * [width]
        self.layers = nn.ModuleList(EqualLinear(a, b, slow=SLOW) for a, b in zip(sizes, sizes[1:]))

    def forward(self, z: Tensor) -> Tensor:
        w = pixel_norm(z, -1)
        for layer in self.layers:
            w = lrelu(layer(w))
        return w


class StyledConv(nn.Module):
    """A modulated and demodulated convolution, noise, leaky ReLU: (B, inputs, S, S), (B, width) -> (B, outputs, ...).

    w scales the input channels, each by its own number. Then each output channel is divided by the spread that it would
    have if the inputs were independent and of spread 1. This is the published form, in which the kernel is scaled and
    divided, with the factors moved to the features. Karras et al. 2020 (arXiv:1912.04958), section 2.2.
    """

    def __init__(self, inputs: int, outputs: int, width: int, resample: str = ""):
        super().__init__()
        self.conv = EqualConv(inputs, outputs, resample=resample, gain=1)
        self.style = EqualLinear(width, inputs, gain=1, bias=1.0)
        self.strength = nn.Parameter(torch.zeros(()))                      # of the noise

    def forward(self, x: Tensor, w: Tensor, noise: Tensor | None = None) -> Tensor:
        s = self.style(w)                                                  # (B, inputs)
        x = self.conv.convolve(x * s[:, :, None, None])
        spread = (s.square() @ self.conv.power() + 1e-8).sqrt()            # (B, outputs)
        x = GAIN * x / spread[:, :, None, None] + (self.conv.bias * BIASES)[:, None, None]
        if noise is not None:
            x = x + self.strength * BIASES * noise
        return lrelu(x)


class ToRGB(nn.Module):
    """A modulated 1 x 1 convolution to colours. It is not demodulated: how bright a picture is, its style decides."""

    def __init__(self, inputs: int, width: int):
        super().__init__()
        self.conv = EqualConv(inputs, 3, kernel=1, gain=1)
        self.style = EqualLinear(width, inputs, gain=1, bias=1.0)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        return self.conv(x * self.style(w)[:, :, None, None])


class StyleNet(nn.Module):
    """z, (B, layers, latent), a latent for each layer -> images, (B, 3, size, size).

    ``mapping`` makes w's of z's; ``synthesis`` draws what w's say. There is one layer at each size, and the last
    layer's w colours the picture, too.
    """

    def __init__(self, channels: dict[int, int], latent: int, width: int, depth: int):
        super().__init__()
        widths = list(channels.values())
        self.sizes, self.mapping = list(channels), MappingNetwork(latent, width, depth)
        self.constant = nn.Parameter(torch.randn(1, widths[0], 4, 4))
        self.layers = nn.ModuleList([StyledConv(widths[0], widths[0], width)])
        self.layers.extend(StyledConv(a, b, width, "up") for a, b in zip(widths, widths[1:]))
        self.to_rgb = ToRGB(widths[-1], width)

    def forward(self, z: Tensor) -> Tensor:
        return self.synthesis(self.mapping(z))

    def synthesis(self, w: Tensor, noise: Sequence[Tensor] | bool = True) -> Tensor:
        """w, (B, layers, width) -> images. ``noise``: True draws it anew; False leaves it out; or a map for each layer,
        (B or 1, 1, S, S), as ``draw_noise`` gives."""
        if w.ndim != 3 or w.shape[1] != len(self.layers):
            raise ValueError(f"w: got shape {tuple(w.shape)}; must be (B, {len(self.layers)}, width), one for each "
                             f"layer: `w[:, None].expand(-1, {len(self.layers)}, -1)` of a w for all")
        if noise is True:
            noise = self.draw_noise(len(w))
        maps = noise or [None] * len(self.layers)
        x = self.constant.expand(len(w), -1, -1, -1).contiguous(memory_format=torch.channels_last)
        for i, layer in enumerate(self.layers):
            x = layer(x, w[:, i], maps[i])
        return self.to_rgb(x, w[:, -1])

    def draw_noise(self, n: int, generator: torch.Generator | None = None) -> list[Tensor]:
        """Standard normal numbers, a map (n, 1, S, S) for each layer; by torch's global generator if none is given."""
        device = self.constant.device
        return [torch.randn(n, 1, size, size, generator=generator, device=device) for size in self.sizes]

    @torch.no_grad()
    def mean(self, n: int = 10_000, seed: int = 0) -> Tensor:
        """The mean w of n latents, (width,): what truncation shrinks towards."""
        first = next(iter(self.mapping.layers), None)
        latent = self.layers[0].style.weight.shape[1] if first is None else first.weight.shape[1]
        z = torch.randn(n, latent, generator=torch.Generator().manual_seed(seed))
        return self.mapping(z.to(self.constant)).mean(0)


def path_slopes(net: StyleNet, w: Tensor) -> Tensor:
    """|J^T y| of each w, (B,): how fast its picture moves along w's steepest way to a random change y of the picture.

    J is the Jacobian of ``net.synthesis``, w (B, layers, width). y has normal numbers over the root of the pixels'
    count, and the squares are averaged over layers, as in Karras et al.'s code. It can be differentiated once more.
    """
    w = w if w.requires_grad else w.detach().requires_grad_()
    images = net.synthesis(w)
    y = torch.randn_like(images) / images[0, 0].numel() ** 0.5
    gradient, = torch.autograd.grad((images * y).sum(), w, create_graph=True)                # (B, layers, width)
    return (gradient.square().sum(2).mean(1) + 1e-12).sqrt()


class PathLength:
    """Path length regularisation for ``g_penalties``: ``weight (|J^T y| - a)^2`` at the w of fresh noise, (B,).

    ``a`` is a moving mean of the lengths themselves, so that it wants them equal, not short. The authors ask for it at
    each fourth step: ``lazy(PathLength(G), 4)``. A checkpoint keeps ``a`` of a PathLength by itself. Of a lazy one it
    keeps the count of steps only, so that a resumed run begins with ``a`` = 0 and finds it anew, unless you set the
    new PathLength's ``mean`` to what it was. Karras et al. 2020 (arXiv:1912.04958), section 3.2.
    """

    def __init__(self, G: "StyleGenerator", weight: float = 2.0, decay: float = 0.01):
        if not weight >= 0 or not 0 < decay <= 1:
            raise ValueError(f"weight, decay: got {weight!r} and {decay!r}; must not be negative, and from 0 to 1")
        self.G, self.weight, self.decay, self.mean = G, weight, decay, torch.zeros(())

    def __call__(self, fake: Tensor, real: Tensor) -> Tensor:
        slopes = path_slopes(self.G.net, self.G.net.mapping(self.G.noise(len(fake))))
        self.mean = self.mean.to(slopes).lerp(slopes.detach().mean(), self.decay)
        return self.weight * (slopes - self.mean).square()

    def state_dict(self) -> dict[str, Tensor]:
        return {"mean": self.mean}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        self.mean = state["mean"]


class StyleGenerator(Generator):
    """A StyleNet and its noise, z of shape (n, layers, latent): one latent repeated, or while it trains, two mixed.

    In training mode a share ``mixing`` of the samples have a second latent from a random layer on, which takes two
    layers. Karras et al. 2019 (arXiv:1812.04948), section 3.1.
    """

    def __init__(self, net: StyleNet, latent: int, mixing: float = 0.5):
        super().__init__(net, latent)
        if not 0 <= mixing <= 1:
            raise ValueError(f"mixing: got {mixing!r}; must lie from 0 to 1")
        if mixing and len(net.layers) < 2:
            raise ValueError(f"mixing: got {mixing!r} with a single layer, where no second latent can come in; must be "
                             "0 there, or the net of two layers or more")
        self.mixing = mixing

    def noise(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        layers = len(self.net.layers)
        z = super().noise(n, generator)[:, None].expand(n, layers, -1)
        if not (self.training and self.mixing):
            return z
        other = super().noise(n, generator)[:, None]
        at = torch.randint(1, layers, (n, 1, 1), generator=generator, device=z.device)
        mixed = torch.rand(n, 1, 1, generator=generator, device=z.device) < self.mixing
        from_there = torch.arange(layers, device=z.device)[:, None] >= at                  # (n, layers, 1)
        return torch.where(mixed & from_there, other, z)


def stylegan_pair(channels: dict[int, int] | None = None, latent: int = 64, *, d_channels: dict[int, int] | None = None,
                  depth: int = 3, mixing: float = 0.5) -> tuple[StyleGenerator, nn.Module]:
    """A generator with styles, and a discriminator without them, for images in [-1, 1].

    ``channels``: G's at each size, 4, 8, 16, ..., by default 64, 64, 32 and 16 up to 32 x 32; D has as many, or
    ``d_channels``. ``depth``: layers of the mapping network, 0 for none. ``mixing``: the share of training samples that
    have two styles; 0 where there is one size only.
    """
    channels = channels or CHANNELS
    D = GrowingDiscriminator(d_channels or channels)                       # which checks the sizes
    if D.sizes != list(channels):
        raise ValueError(f"d_channels: got sizes {D.sizes} beside G's {list(channels)}; must be the same")
    G = StyleNet(channels, latent, latent, depth)
    G, D = (net.to(memory_format=torch.channels_last) for net in (G, D))
    return StyleGenerator(G, latent, mixing), D
