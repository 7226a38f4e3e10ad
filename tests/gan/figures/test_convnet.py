"""gan.figures.convnet: the page's pictures are G's, in PyTorch; what the page cannot run is refused by name."""
import json
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from gan.figures import convnet
from gan.models import Concat, Generator, conditional_pair, conv_pair, dcgan_pair

IMPORTS = 'import { halves, network, normals } from "./figures/convnet.js";'


@torch.no_grad()
def lived(G):
    """G with batch norms as training leaves them, averages, scales and offsets of their own, and pictures that vary."""
    for layer in G.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            layer.weight *= 3
        if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.2, 3)
            if layer.affine:
                nn.init.normal_(layer.weight, 1, 0.3)
                nn.init.normal_(layer.bias, 0, 0.5)
    return G


def square(*layers, inputs=6):
    """A small G(z, y) that begins as a DCGAN does, 4 x 4 with 8 channels, and ends in these layers."""
    return Concat(nn.Sequential(nn.Linear(inputs, 128), nn.Unflatten(1, (8, 4, 4)), *layers), 2)


class Odd(nn.Module):
    """What the page can run besides: shapes by view, batch norm on features, without scale, no bias, Conv2d."""

    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Linear(6, 5 * 9, bias=False), nn.BatchNorm1d(5 * 9), nn.LeakyReLU(0.3))
        self.rest = nn.Sequential(
            nn.ConvTranspose2d(5, 7, 5, 2, 2, 1, bias=False), nn.BatchNorm2d(7, affine=False), nn.ReLU(inplace=True),
            nn.Dropout(), nn.Conv2d(7, 4, 5, padding="same"), nn.BatchNorm2d(4, eps=0.3), nn.LeakyReLU(),
            nn.ConvTranspose2d(4, 3, 3, 2, 1, 1), nn.Tanh(), nn.Conv2d(3, 1, 1), nn.Identity(), nn.Tanh())

    def forward(self, z, y):
        return self.rest(self.first(torch.cat([z, y], 1)).view(-1, 5, 3, 3))


GENERATORS = {
    "16 pixels": lambda: conditional_pair(16, told=2, latent=4, width=16)[0],
    "32 pixels": lambda: conditional_pair(32, told=2, latent=4, width=32)[0],
    "odd": Odd,
    "DCGAN's kernel of 5": lambda: Generator(dcgan_pair(16, latent=6, kernel=5)[0].net, 6),
    "conv_pair": lambda: conv_pair(16, latent=6, width=8)[0],
}


@pytest.mark.parametrize("name", GENERATORS)
def test_the_pages_picture_is_pytorchs(in_node, scripts, name):
    """float64 sums there, float32 here: they were seen to differ by 0.0002 of a 255th; from G, in full precision, by
    0.4 of one."""
    G = lived(GENERATORS[name]()).eval()
    z, y = torch.randn(5, 4), torch.tensor([[0, 0], [1, 0], [0, 1], [1, 1], [0.3, 0.7]])
    inputs = (z, y) if name[:2] in ("16", "32", "od") else (torch.cat([z, y], 1),)
    layers, weights = convnet.exported(G, *inputs)
    x = torch.cat([z, y], 1)
    made = in_node(scripts, IMPORTS, f"""const G = network({json.dumps(layers)}, {json.dumps(weights)});
        return {json.dumps(x.tolist())}.map((x) => [...G(x)]);""")
    with torch.no_grad():
        real, twin = G(*inputs), convnet.replayed(layers, weights, x)
        trained = G.train()(*inputs)
    made = torch.tensor(made).reshape(real.shape)
    assert twin.shape == real.shape and real.std() > 0.1
    assert (made - twin).abs().max() < 2 / 255 / 100
    assert (made - real).abs().max() < 2 / 255
    assert (made - real.roll(1, 0)).abs().max() > 10 / 255                   # another face
    assert (made - real.mT).abs().max() > 10 / 255                           # the same, on its side
    if any(isinstance(layer, nn.BatchNorm2d) for layer in G.modules()):
        assert (made - trained).abs().max() > 10 / 255                       # batch norm of the batch


def test_g_stays_as_it_was():
    G = conditional_pair(16, told=2, latent=4, width=16)[0].double().train()
    G.net.layers[2].eval()
    before, modes = {name: value.clone() for name, value in G.state_dict().items()}, [m.training for m in G.modules()]
    state = torch.get_rng_state()
    convnet.exported(G, torch.randn(2, 4, generator=torch.Generator()), torch.ones(2, 2))
    assert [layer.training for layer in G.modules()] == modes and torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in G.state_dict().items())
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in G.modules())


def test_half_precision_is_read_to_the_last_bit(in_node, scripts):
    everything = np.arange(2**16, dtype="<u2").view("<f2")
    finite = everything[np.isfinite(everything)]
    body = f"return [...halves('{convnet.base64.b64encode(finite.tobytes()).decode()}')];"
    assert np.array_equal(np.array(in_node(scripts, IMPORTS, body)), finite.astype(float))


def test_new_noise_is_normal_and_a_seeds_own(in_node, scripts):
    some = torch.tensor(in_node(scripts, IMPORTS, "return Array.from({ length: 400 }, (_, s) => [...normals(s, 50)]);"))
    assert abs(some.mean()) < 0.03 and abs(some.std() - 1) < 0.02 and abs((some**4).mean() - 3) < 0.2
    assert some.mean(0).abs().max() < 0.25 and some.mean(1).abs().max() < 0.6
    assert (torch.corrcoef(some) - torch.eye(400)).abs().max() < 0.75        # of 80,000 pairs, 50 numbers each
    assert (torch.corrcoef(some.T) - torch.eye(50)).abs().max() < 0.25
    short, again, odd = in_node(scripts, IMPORTS, "return [4, 50, 7].map((n) => [...normals(3, n)]);")
    assert short == again[:4] and odd == again[:7] and again == pytest.approx(some[3].tolist(), abs=1e-6)


class Functional(nn.Module):
    def __init__(self, rest, how):
        super().__init__()
        self.first, self.rest, self.how = nn.Linear(6, 128), rest, how

    def forward(self, z, y):
        return self.how(self, z, y)


UP = nn.ConvTranspose2d(8, 3, 4, 2, 1)
START = "given something else than torch.cat(inputs, 1)"
REFUSED = [
    (lambda: square(UP, nn.Softplus()), ["layers.3", "Softplus", "Tanh"]),
    (lambda: square(nn.GroupNorm(2, 8), UP), ["layers.2", "GroupNorm", "(3, 8, 4, 4)", "BatchNorm2d"]),
    (lambda: square(nn.Upsample(scale_factor=2), nn.Conv2d(8, 3, 3, padding=1)), ["layers.2", "Upsample"]),
    (lambda: square(nn.Conv2d(8, 8, 3), UP), ["layers.2", "Conv2d(8, 8", "(3, padding 1)"]),
    (lambda: square(nn.Conv2d(8, 8, 3, padding=1, groups=2), UP), ["layers.2", "groups=2"]),
    (lambda: square(nn.Conv2d(8, 8, 3, padding=1, padding_mode="reflect"), UP), ["layers.2", "reflect"]),
    (lambda: square(nn.ConvTranspose2d(8, 3, 3, 1, 1)), ["layers.2", "ConvTranspose2d(8, 3", "doubles"]),
    (lambda: square(nn.ConvTranspose2d(8, 3, 4, 2, 1, dilation=3)), ["layers.2", "dilation=(3, 3)"]),
    (lambda: square(nn.ReLU(), nn.BatchNorm2d(8), UP), ["layers.3", "BatchNorm2d(8", "follow a layer with weights"]),
    (lambda: square(nn.BatchNorm2d(8, track_running_stats=False), UP), ["layers.2", "BatchNorm2d(8", "averages"]),
    (lambda: square(nn.Tanh()), ["(3, 8, 4, 4)", "1 or 3"]),
    (lambda: Concat(nn.Sequential(nn.Linear(6, 48), nn.Unflatten(1, (3, 4, 4))), 2), ["without a convolution"]),
    (lambda: Concat(nn.Linear(6, 48), 2), ["(3, 48)", "square images"]),
    (lambda: square(UP, inputs=7), ["(3, 4), (3, 2)", "7"]),
    (lambda: nn.Sequential(nn.Linear(4, 4)), ["(3, 4), (3, 2)", "takes 2 positional arguments"]),
    (lambda: Functional(UP, lambda G, z, y: G.rest(G.first(torch.cat([y, z], 1)).view(-1, 8, 4, 4))),
     ["first", START, "z before y"]),
    (lambda: Functional(UP, lambda G, z, y: G.rest(F.relu(G.first(torch.cat([z, y], 1))).view(-1, 8, 4, 4))),
     ["rest", "than what first gives", "nothing between"]),
    (lambda: Functional(UP, lambda G, z, y: G.rest(G.first(torch.cat([z, y], 1)).view(-1, 8, 4, 4)).tanh()),
     ["something else than its last layer"]),
]


@pytest.mark.parametrize("make, names", REFUSED)
def test_what_the_page_cannot_run_is_named(make, names):
    with pytest.raises(ValueError) as error:
        convnet.exported(make(), torch.randn(3, 4), torch.rand(3, 2))
    assert str(error.value).startswith("G: ")
    for name in names:
        assert name in str(error.value)


@pytest.mark.parametrize("value, message", [(math.nan, "layers.2.bias is not finite"), (1e6, "must be below 65504")])
def test_weights_that_cannot_be_written_are_refused(value, message):
    G = square(nn.ConvTranspose2d(8, 3, 4, 2, 1))
    with torch.no_grad():
        G.layers[2].bias[0] = value
    with pytest.raises(ValueError, match=message):
        convnet.exported(G, torch.randn(3, 4), torch.rand(3, 2))
