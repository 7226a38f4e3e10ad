"""Networks, data and runs that are small enough for a test."""

import torch
from torch import nn

import gan
from gan.models import conv_pair, mlp_pair

POINTS = gan.data.ring().sample((500,), generator=torch.Generator().manual_seed(0))
IMAGES = gan.data.digits(8)[0][:300]


def mlps():
    torch.manual_seed(1)
    return mlp_pair(width=8)


def convs():
    torch.manual_seed(1)
    return conv_pair(8, latent=3, width=4)


def together():
    """Points, with a discriminator with batch norm and dropout: it does not judge each sample by itself."""
    torch.manual_seed(1)
    G, _ = mlp_pair(width=8)
    return G, nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 1),
                            nn.Flatten(0))


def weights(*networks):
    return torch.cat([value.detach().double().flatten() for net in networks for value in net.state_dict().values()])


def run(pair=mlps, data=POINTS, steps=6, **settings):
    """Train a new pair to the end; return the run and its steps."""
    G, D = pair()
    run = gan.train(G, D, data, **{"batch": 16, "seed": 5, "steps": steps, **settings})
    return run, list(run)


def refusal(*arguments, error=(ValueError, TypeError), **settings):
    """What is said of a run that cannot be set up, or goes wrong in its first steps."""
    try:
        for _ in gan.train(*arguments, **{"steps": 3, "batch": 8, "seed": 0, **settings}):
            pass
    except error as refused:
        return str(refused)
    raise AssertionError("it was not refused")
