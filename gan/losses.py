"""What the two players minimise. Each loss is a pair of pure functions on logits, one number per sample.

A logit a stands for the probability D = sigmoid(a), so log D = logsigmoid(a) and log(1 - D) = logsigmoid(-a):
exact and finite, in value and in gradient, where log(sigmoid(a)) is neither. The order of arguments is
always real, fake. Nothing is averaged here: the training loop does that.
"""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor
from torch.nn.functional import logsigmoid


class Loss(NamedTuple):
    """A pair of functions, each giving one loss per sample, to be minimised.

    ``discriminator(real_logits, fake_logits)`` and ``generator(fake_logits, real_logits=None)``;
    logits and results are tensors of one shape, (B,) or (runs, B).
    """

    discriminator: Callable[..., Tensor]
    generator: Callable[..., Tensor]


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
