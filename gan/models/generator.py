"""A generator: a network, and the noise that it takes."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from gan.checks import check_counts


class Generator(nn.Module):
    """A network and the noise it takes: ``x = net(z)``, or ``net(z, y)``, with z of shape (B, latent).

    ``noise`` draws z and is called as ``noise(B, latent, generator=..., device=...)``: ``torch.randn``
    (the default) and ``torch.rand`` are two such functions. Raises ``TypeError`` for a ``net`` that is no
    network, ``ValueError`` for ``latent`` < 1.
    """

    def __init__(self, net: nn.Module, latent: int, noise: Callable[..., Tensor] = torch.randn):
        super().__init__()
        if not isinstance(net, nn.Module):
            raise TypeError(f"net: got {net!r}; must be an nn.Module that maps noise, (B, latent), to samples")
        check_counts(latent=latent)
        self.net, self.latent, self._noise = net, latent, noise
        # Moves as the weights do, and says at no cost where they are and in which precision.
        weight = next((weight for weight in net.parameters() if not is_lazy(weight)), torch.empty(0))
        self.register_buffer("_like", weight.detach().new_empty(0), persistent=False)

    def forward(self, z: Tensor, *y: Tensor) -> Tensor:
        return self.net(z, *y)

    def noise(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """n latent vectors, (n, latent), in the network's precision, on ``generator``'s device or the network's."""
        device = generator.device if generator else self._like.device
        z = self._noise(n, self.latent, generator=generator, device=device)
        return z.to(self._like.dtype) if z.is_floating_point() else z            # whole numbers are for an embedding

    @torch.no_grad()
    def sample(self, n: int, generator: torch.Generator | None = None, *y: Tensor) -> Tensor:
        """n samples (of y, (n, ...)), without gradients and in evaluation mode; the mode it was in is restored."""
        modes = [(module, module.training) for module in self.modules()]
        try:
            return self.eval()(self.noise(n, generator), *y)
        finally:                                           # Ctrl-C too: a run must not go on in evaluation mode
            for module, training in modes:
                module.training = training
