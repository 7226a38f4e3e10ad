"""A small classifier, and the features that it has learned."""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


def fit_classifier(images: Tensor, labels: Tensor, steps: int = 400, seed: int = 0) -> nn.Sequential:
    """A small convolutional classifier of images, (N, C, H, W) of any size, with labels, (N,) whole numbers from 0.

    It returns logits, (N, classes); without its last layer, ``classifier[:-1]``, it returns 64 features. Raises
    ``ValueError`` for images and labels that are no such pair.
    """
    if images.ndim != 4 or labels.shape != images.shape[:1] or labels.is_floating_point() or labels.min() < 0:
        raise ValueError(f"images, labels: got shapes {tuple(images.shape)} and {tuple(labels.shape)}, {labels.dtype}; "
                         "must be (N, C, H, W) and (N,), whole numbers from 0")
    C, H, W = images.shape[1:]
    halved = (H + 3) // 4 * ((W + 3) // 4)                                      # twice, rounded up
    with torch.random.fork_rng([images.device] if images.is_cuda else []):
        torch.manual_seed(seed)
        net = nn.Sequential(
            nn.Conv2d(C, 16, 3, 2, 1), nn.ReLU(), nn.BatchNorm2d(16),           # (B, 16, H/2, W/2)
            nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(), nn.BatchNorm2d(32),          # (B, 32, H/4, W/4)
            nn.Flatten(), nn.Linear(32 * halved, 64), nn.ReLU(),                # (B, 64)
            nn.Linear(64, int(labels.max()) + 1),
        ).to(images.device)
        adam = torch.optim.Adam(net.parameters(), 5e-3)
        for _ in range(steps):
            batch = torch.randint(len(images), (64,), device=images.device)
            loss = cross_entropy(net(images[batch]), labels[batch].long())
            adam.zero_grad()
            loss.backward()
            adam.step()
    return net.eval().requires_grad_(False)
