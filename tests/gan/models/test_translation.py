"""U-Net and patch discriminator: shapes, what each number depends on, and the receptive field against the gradient."""
import pytest
import torch
from torch import nn

import gan
from gan.losses import non_saturating
from gan.models.translation import PatchDiscriminator, UNet, patch_layers, pix2pix_pair, receptive_field

WHOLE = [(4, 2)] * 3


@pytest.mark.parametrize("size, told, channels", [(4, 1, 1), (8, 3, 1), (16, 1, 3), (32, 2, 3)])
def test_shapes(size, told, channels):
    G, D = pix2pix_pair(size, told, channels)
    y = torch.randn(5, told, size, size)
    x = G(G.noise(5), y)
    assert x.shape == (5, channels, size, size) and x.abs().max() <= 1
    assert D(x, y).shape == (5,) and torch.equal(D(x, y), D.map(x, y).mean((1, 2)))


@pytest.mark.parametrize("n, width", list(enumerate((1, 16, 34, 70, 142, 286))))
def test_receptive_field_is_the_published_one_and_the_gradients_support(n, width):
    assert receptive_field(patch_layers(n)) == width
    size = 2 * width + 2**n
    x = torch.randn(1, 1, size, size, requires_grad=True)
    logits = PatchDiscriminator(patch_layers(n), 1, 1).map(x)[0]
    slope, = torch.autograd.grad(logits[logits.shape[0] // 2, logits.shape[1] // 2], x)
    for places in slope[0, 0].nonzero().T:
        assert places.max() - places.min() + 1 == width


def wrong_field(layers):
    """First to last, as if the first layer were the nearest to the logit."""
    return receptive_field(layers[::-1])


def test_a_receptive_field_taken_from_the_wrong_end_is_noticed():
    assert wrong_field(patch_layers(3)) != 70


def test_d_looks_at_the_condition_and_g_at_noise_condition_and_the_way_past_its_middle():
    G, D = pix2pix_pair(layers=WHOLE)
    x, y, z = torch.randn(2, 3, 16, 16), torch.randn(2, 1, 16, 16, requires_grad=True), torch.randn(2, 2)
    slope, = torch.autograd.grad(D(x, y).sum(), y)
    assert slope.abs().sum() > 0
    z.requires_grad_()
    assert all(slope.abs().sum() > 0 for slope in torch.autograd.grad(G(z, y).sum(), (z, y)))
    net, before = G.net, G(z, y)
    for weight in net.down[-1].parameters():                           # nothing passes the middle any more
        nn.init.zeros_(weight)
    far = torch.autograd.grad(G(z, y)[0, 0, 0, 0], y)[0][0, 0]
    assert far[0, 0] != 0 and not torch.equal(before, G(z, y))


def test_dropout_is_noise_in_training_only():
    G, _ = pix2pix_pair(dropout=0.5)
    z, y = G.noise(4), torch.randn(4, 1, 16, 16)
    assert not torch.equal(G(z, y), G(z, y))
    assert torch.equal(G.eval()(z, y), G(z, y))
    assert sum(isinstance(layer, nn.Dropout) for layer in G.modules()) == 2
    assert not any(isinstance(layer, nn.Dropout) for layer in UNet(16, 1, 3, 2, 12).modules())


def test_it_trains_and_resumes_to_the_same_numbers(tmp_path):
    x = torch.rand(64, 3, 8, 8) * 2 - 1
    y = x.mean(1, keepdim=True)

    def begin(**more):
        torch.manual_seed(0)
        G, D = pix2pix_pair(8, layers=[(4, 2), (1, 1)])
        pull = (lambda fake, real, y: 10 * (fake - real).abs().mean((1, 2, 3)),)
        return gan.train(G, D, (x, y), batch=8, loss=non_saturating, g_penalties=pull, seed=1, device="cpu", **more)

    whole, part = begin(steps=6), begin(steps=3)
    for run in (whole, part):
        for _ in run:
            pass
    part.save(tmp_path / "run.pt")
    again = begin(steps=6, resume=tmp_path / "run.pt")
    for _ in again:
        pass
    assert torch.equal(whole.G.sample(3, torch.Generator().manual_seed(2), y[:3]),
                       again.G.sample(3, torch.Generator().manual_seed(2), y[:3]))


@pytest.mark.parametrize("wrong", [{"size": 12}, {"size": 2}, {"told": 0}, {"width": 0}])
def test_refusals(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        pix2pix_pair(**wrong)


@pytest.mark.parametrize("n", [-1, 1.5])
def test_patch_layers_refuses(n):
    with pytest.raises(ValueError, match="n: got"):
        patch_layers(n)
