"""What the two players minimise. Each loss is a pair of pure functions on logits, one number per sample.

A logit a stands for the probability D = sigmoid(a), so log D = logsigmoid(a) and log(1 - D) = logsigmoid(-a):
exact and finite, in value and in gradient, where log(sigmoid(a)) is neither. The order of arguments is
always real, fake. Nothing is averaged here: the training loop does that.
"""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor
from torch.nn.functional import logsigmoid, relu


class Loss(NamedTuple):
    """A pair of functions, each giving one loss per sample, to be minimised.

    ``discriminator(real_logits, fake_logits)`` and ``generator(fake_logits, real_logits=None)``;
    logits and results are tensors of one shape, (B,) or (runs, B). A generator's function that takes ``real_logits``
    without a default, as relativistic ones do, gets those of the D that G plays against at that moment.
    """

    discriminator: Callable[..., Tensor]
    generator: Callable[..., Tensor]


def is_cross_entropy(loss: Loss) -> bool:
    """Whether it takes D's outputs for logits of a probability, of which it takes the sigmoid itself."""
    return loss.discriminator is _cross_entropy


def _cross_entropy(real: Tensor, fake: Tensor) -> Tensor:
    """-log D(x) - log(1 - D(G(z))): what D pays for its mistakes, equation 1 with its sign turned."""
    return -logsigmoid(real) - logsigmoid(-fake)


# Goodfellow et al. 2014, equation 1: G minimises log(1 - D(G(z))). Its gradient in the logit is -D.
minimax = Loss(
    discriminator=_cross_entropy,
    generator=lambda fake, real=None: logsigmoid(-fake),
)

# Goodfellow et al. 2014, section 3: G maximises log D(G(z)). Its gradient in the logit is D - 1.
non_saturating = Loss(
    discriminator=_cross_entropy,
    generator=lambda fake, real=None: -logsigmoid(fake),
)

# Mao et al. 2017 (arXiv:1611.04076), equation 9: real is 1, fake is 0, and G wants 1.
least_squares = Loss(
    discriminator=lambda real, fake: (real - 1).square() / 2 + fake.square() / 2,
    generator=lambda fake, real=None: (fake - 1).square() / 2,
)

# Lim & Ye 2017 (arXiv:1705.02894): D stops caring once it is right by a margin of 1.
hinge = Loss(
    discriminator=lambda real, fake: relu(1 - real) + relu(1 + fake),
    generator=lambda fake, real=None: -fake,
)

# Arjovsky et al. 2017 (arXiv:1701.07875), equation 3: a critic's mean difference. D must be kept smooth by other means.
wasserstein = Loss(
    discriminator=lambda real, fake: fake - real,
    generator=lambda fake, real=None: -fake,
)
