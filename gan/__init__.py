"""The package of the GAN book: small enough to read.

    import gan

    images, labels = gan.data.digits(size=16)
    G, D = gan.models.conv_pair(size=16)
    for step in gan.train(G, D, images, steps=2_000, progress=True):
        ...                                          # print, plot, save, break: the loop is yours
    G.sample(100)                                    # (100, 1, 16, 16)
"""

from gan import claims, data, ensemble, layers, losses, models, penalties
from gan.train import pick_device, train

__all__ = ["claims", "data", "ensemble", "layers", "losses", "models", "penalties", "pick_device", "train"]
