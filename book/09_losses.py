# %% [markdown]
# # 9 · Losses side by side
#
# - **Measured run time:** about 40 s on 2 CPU cores.

# %% tags=["hide-cell", "setup"]
# Setup, the same in every chapter: find the book's package (install it where it is
# missing), a device, a seed.
import importlib.util
import os
import subprocess
import sys

found = importlib.util.find_spec("gan")
if found is None:                                # Colab, or a notebook on its own
    subprocess.run([sys.executable, "-m", "pip", "install", "-q",
                    "git+https://github.com/OWNER/gan-book"], check=True)
elif not found.submodule_search_locations:       # a file gan.py beside the notebook
    raise ImportError(f"{found.origin} hides the book's package gan; must get another "
                      "name, and the kernel a restart")

import matplotlib.pyplot as plt
import torch

import gan
from gan import plots
from gan.claims import check, claim
from gan.tables import Table

plt.rcParams.update(plots.STYLE)
SEED = int(os.environ.get("GAN_SEED", 0))
torch.manual_seed(SEED)
device = gan.pick_device()

# %%
from torch import nn
from torch.nn.functional import softplus

from gan.losses import Loss

exponential = Loss(
    discriminator=lambda real, fake: (-real).exp() + fake.exp(),
    generator=lambda fake, real=None: -fake.exp(),
)
# Mao et al.: real is 1, fake is -1, and G wants 0.
chi_square = Loss(
    discriminator=lambda real, fake: (real - 1).square() / 2 + (fake + 1).square() / 2,
    generator=lambda fake, real=None: fake.square() / 2,
)
# Each real sample is paired with a fake, and only their difference counts.
relativistic = Loss(
    discriminator=lambda real, fake: softplus(fake - real),
    generator=lambda fake, real: softplus(real - fake),
)
LOSSES = {"minimax": gan.losses.minimax, "non-saturating": gan.losses.non_saturating,
          "least squares 0, 1, 1": gan.losses.least_squares,
          "least squares −1, 1, 0": chi_square, "exponential": exponential,
          "hinge": gan.losses.hinge, "relativistic": relativistic}

# %%
class Bells(nn.Module):
    """R generators on a line, each a mixture of normal densities: shares, places and
    widths learn, and the density of the fakes is known."""

    def __init__(self, runs, bells=3):
        super().__init__()
        self.runs, start = runs, torch.linspace(-3, 3, bells)
        self.share = nn.Parameter(torch.zeros(runs, 1, bells))
        self.place = nn.Parameter(start + 0.5 * torch.randn(runs, 1, bells))
        self.width = nn.Parameter(torch.full((runs, 1, bells), -0.7))

    def noise(self, n, generator=None):
        # One number chooses the bell, the other the place in it.
        return torch.randn(self.runs, n, 2, generator=generator, device=self.share.device)

    def law(self, x):
        """Distribution function and density of the fakes at x, (R, B, 1)."""
        w, u = self.share.softmax(2), (x - self.place) / self.width.exp()
        q = (-u.square() / 2 - self.width).exp() / (2 * torch.pi) ** 0.5
        return ((w * f).sum(2, keepdim=True) for f in (torch.special.ndtr(u), q))

# %%
def forward(self, z):
    """Fakes, (R, B, 1), that carry the slope of each parameter."""
    with torch.no_grad():
        ends = self.share.softmax(2).cumsum(2)[..., :-1]
        bell = (torch.special.ndtr(z[..., :1]) > ends).sum(2, keepdim=True)
        place, width = (f.expand(-1, z.shape[1], -1).gather(2, bell)
                        for f in (self.place, self.width.exp()))
        x = place + width * z[..., 1:]
    F, q = self.law(x)
    # The value of x, and dx/dθ = -(dF/dθ) / q, because F(x) must stay as it is.
    return x - (F - F.detach()) / q.detach()


Bells.forward = forward
Bells.sample = torch.no_grad()(lambda self, n: self(self.noise(n)))

# %% tags=["hide-input", "measure"]
bells = gan.data.GaussianMixture([[-2.0], [0.0], [2.5]], 0.4, [0.3, 0.5, 0.2])
line = torch.linspace(-12, 12, 1_201)
# The density of the data, (1201,), far below float32's smallest number nowhere.
on_line = bells.log_prob(line[:, None]).double().exp().clamp(min=1e-300)


@torch.no_grad()
def exact(G):
    """JSD and KL(p‖p_g) of each run, by quadrature: (R,) each."""
    q = list(G.law(line[None, :, None]))[1][..., 0].double().clamp(min=1e-300)
    m, step = (on_line + q) / 2, (line[1] - line[0]).double()
    kl = lambda f, g: (f * (f / g).log()).sum(-1) * step
    return (kl(on_line, m) + kl(q, m)) / 2, kl(on_line, q)
