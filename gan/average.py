"""A moving average of G's weights, which is often the better generator. Yazıcı et al. 2019 (arXiv:1806.04498)."""

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from gan.probes import copy_of


class Average(AveragedModel):
    """``average.module`` is a copy of G whose weights are ``decay`` times what they were plus the rest of G's.

    The same holds for the running means and variances of normalisation layers, which belong to the weights. All other
    buffers (spectral norm's vectors, counters, masks) mean something only as they are, and are copied. It stays in
    evaluation mode.
    """

    def __init__(self, G: nn.Module, decay: float):
        super().__init__(copy_of("G", G), multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)
        self.module.eval()

    @torch.no_grad()
    def update_parameters(self, G: nn.Module) -> None:
        super().update_parameters(G)
        for name, own in self.module.named_buffers():
            if not name.endswith(("running_mean", "running_var")):
                own.copy_(G.get_buffer(name))
