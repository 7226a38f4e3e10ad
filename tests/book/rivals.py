"""Generators that have learned nothing, to stand in a chapter in the place of the trained one.

A claim about quality that one of them passes says nothing. ``untrained`` keeps its first weights, ``blob`` draws from
the normal distribution with the data's mean and width in each feature, ``smear`` evenly from the box around the data.

    @pytest.mark.parametrize("rival", RIVALS)
    def test_no_rival_passes(rival, monkeypatch):
        monkeypatch.setattr(gan, "train", train_of(rival))
        refuses(CHAPTER, MARKS, "the trained G is within 0.1 of the data")
"""
import torch

import gan

RIVALS = ("untrained", "blob", "smear")
REAL_TRAIN = gan.train


def train_of(rival):
    """A ``gan.train`` that runs as the real one does; whatever it trains, the rival is what G samples from."""
    def train(G, D, data, **settings):
        play(rival, G, data)
        return REAL_TRAIN(G, D, data, **settings)

    return train


def play(rival, G, data):
    """From now on each call of ``G`` answers with what the rival makes, and in a shape like G's own."""
    if getattr(G, "rival", None):                       # a run that goes on with the same G
        return
    G.rival = rival
    if rival == "untrained":
        first = {name: value.clone() for name, value in G.state_dict().items()}
        G.register_forward_pre_hook(lambda *_: put_back(G, first))
        return
    x = data if torch.is_tensor(data) else data[0] if isinstance(data, tuple) else data.sample((10_000,))
    x = x if torch.is_tensor(x) else x[0]
    x = x.flatten(1).float() if x.ndim > 1 else x.float()[:, None]
    mean, std, low, high = x.mean(0), x.std(0), x.amin(0), x.amax(0)

    def instead(_, __, out):
        flat = out.reshape(-1, len(mean))
        drawn = mean.to(out) + std.to(out) * torch.randn_like(flat)
        if rival == "smear":
            drawn = low.to(out) + (high - low).to(out) * torch.rand_like(flat)
        return drawn.view_as(out) + out - out.detach()  # a gradient still reaches the weights

    G.register_forward_hook(instead)


@torch.no_grad()
def put_back(G, weights):
    """G's weights as they were before training; in place, so that optimizers and graphs keep what they hold."""
    own = G.state_dict(keep_vars=True)
    for name, value in weights.items():
        own[name].data.copy_(value)
