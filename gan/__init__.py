"""The package of the GAN book: small enough to read.

    import gan

    images, labels = gan.data.digits(size=16)
    G, D = gan.models.conv_pair(size=16)
    for step in gan.train(G, D, images, steps=2_000, progress=True):
        ...                                          # print, plot, save, break: the loop is yours
    G.sample(100)                                    # (100, 1, 16, 16)

=================================  ==================================================================
train, checkpoint, average         Algorithm 1 as an iterator; saving it and going on; G's moving average
drawn, writer                      what a run is fed with, and what TensorBoard is shown of it
optimizers, unroll, ensemble       what moves the players; a D of the future; many seeds as one run
replicas, processes                one run on many processes; two of them beside a notebook
losses, penalties, layers          pairs of functions on logits; what keeps D smooth; layers torch lacks
checks, rehearsal                  what is refused and how it is said: arguments; networks with data
claims, plots, tables              sentences that are checked; figures of more than one chapter; tables
models/                            generators and discriminators
data/                              densities that can be written down; faces that are drawn; images
metrics/                           how good the samples are, measured
evidence/                          what longer runs have measured, with where it came from
figures/, lab/                     figures that move in the page; the lab, in which a GAN trains there
=================================  ==================================================================
"""

from importlib import import_module
from pkgutil import iter_modules

from gan import claims, data, ensemble, layers, losses, models, penalties
from gan.train import pick_device, train

__all__ = ["claims", "data", "ensemble", "layers", "losses", "models", "penalties", "pick_device", "train"]


def __getattr__(name: str):
    """The rest (``gan.metrics``, ``gan.plots``, ``gan.lab`` …) is imported when it is first asked for."""
    if name in {module.name for module in iter_modules(__path__)}:
        return import_module(f"gan.{name}")
    raise AttributeError(f"module 'gan' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *(module.name for module in iter_modules(__path__))})
