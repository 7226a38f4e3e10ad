"""What TensorBoard is shown of a run."""

import torch

from gan.losses import is_cross_entropy


def log(writer, step, run, every: int = 100) -> None:
    """Write ``step`` at the first and at each hundredth step, images as a grid: of fixed noise and, if any, fixed y."""
    if step.index > 1 and step.index % every:
        return
    scalars = {"loss/D": step.d_loss, "loss/G": step.g_loss}
    for name, logits in (("D(x)", step.real_logits), ("D(G(z))", step.fake_logits)):
        if is_cross_entropy(run.loss):
            scalars[f"probability/{name}"] = logits.sigmoid().mean(-1)
        else:                                                  # a critic's numbers stand for no probability
            scalars[f"logit/{name}"] = logits.mean(-1)
    for name, value in scalars.items():
        for r, one in enumerate(torch.atleast_1d(value)):
            writer.add_scalar(f"{name}/{r}" if value.ndim else name, one, step.index)
    axis = len(run.runs)
    y = [one.narrow(axis, 0, min(64, one.shape[axis])) for one in run.shown]
    fixed = torch.Generator(step.d_loss.device).manual_seed(0)
    x = run.G.sample(y[0].shape[axis] if y else 64, fixed, *y)
    for r, images in enumerate(x if axis else [x]):
        if images.ndim == 4:
            if images.shape[1] not in (1, 3):                  # channels that are no colours: side by side, in grey
                images = torch.cat(images.split(1, 1), -1)
            unit = images if run.low >= 0 else (images + 1) / 2
            writer.add_images(f"samples/{r}" if axis else "samples", unit, step.index)
