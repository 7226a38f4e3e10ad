"""What TensorBoard is shown of a run."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def log(writer, step, G: nn.Module, y: Sequence[Tensor], every: int = 100) -> None:
    """Write ``step`` at the first and at each hundredth step, images as a grid: of fixed noise, and of these y."""
    if step.index > 1 and step.index % every:
        return
    for name, value in (("loss/D", step.d_loss), ("loss/G", step.g_loss),
                        ("probability/D(x)", step.real_logits.sigmoid().mean(-1)),
                        ("probability/D(G(z))", step.fake_logits.sigmoid().mean(-1))):
        for r, one in enumerate(torch.atleast_1d(value)):
            writer.add_scalar(f"{name}/{r}" if value.ndim else name, one, step.index)
    fixed = torch.Generator(step.d_loss.device).manual_seed(0)
    axis = step.d_loss.ndim
    y = [one.narrow(axis, 0, min(64, one.shape[axis])) for one in y]
    x = G.sample(y[0].shape[axis] if y else 64, fixed, *y)
    for r, images in enumerate(x if axis else [x]):
        if images.ndim == 4:
            if images.shape[1] not in (1, 3):                  # channels that are no colours: side by side, in grey
                images = torch.cat(images.split(1, 1), -1)
            writer.add_images(f"samples/{r}" if axis else "samples", (images + 1) / 2, step.index)
