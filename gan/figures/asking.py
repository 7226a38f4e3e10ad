"""Ask for attributes, and see what a conditional generator makes of the same noise."""
import io
import math
from collections.abc import Sequence

import numpy as np
import torch
import traitlets
from torch import Tensor, nn

from gan.figures import convnet, source
from gan.figures.interactive import InteractiveFigure

LONGEST = 300_000                                                  # characters that G's weights may take in the page


class AskedFaces(InteractiveFigure):
    """Faces that G makes of a few z's, with controls for what is asked for: y changes, z stays.

        AskedFaces(G, {"glasses": ("no", "yes"), "hat": ("no", "yes")}, asked={"hat": "yes"})

    G maps z, (n, latent), and y, (n, told), to square images; its layers are those that ``convnet.exported`` knows. In
    y each attribute of two values has one number, 0 or 1, and one of more values a one-hot vector. ``asked`` names the
    values at first, of what it leaves out the first. ``z``, (n, latent), is the noise at first, by default 8 draws of
    G's; *New faces* draws other, standard normal. Afterwards ``y`` holds what the reader asks for. Where no script
    runs, a still picture of the first faces is seen.

    Raises ``TypeError`` for a G that is no network or has no noise, ``ValueError`` for layers that the page cannot run,
    weights of more than 300 kB as text, and attributes, values or noise that do not fit.
    """

    _esm = source.joined("figures/page", "figures/convnet", "figures/asking")
    _css = """
        .gan-asked { margin: 0 auto; max-width: 34rem; font-size: 0.9rem; }
        .gan-asked canvas { display: block; width: 100%; image-rendering: pixelated; }
        .gan-asked .buttons, .gan-asked .attribute { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem;
                                                     margin-block: 0.5rem; }
        .gan-asked button, .gan-asked select {
            box-sizing: border-box; min-height: 2.75rem; min-width: 3.25rem; padding: 0.2rem 0.6rem; font: inherit;
            color: inherit; background: var(--pst-color-background, Canvas); border: 1px solid; border-radius: 0.4rem;
            cursor: pointer; }
        .gan-asked .buttons button { flex: 1; }
        .gan-asked button[aria-pressed=true] { box-shadow: inset 0 0 0 3px; font-weight: 700; }
        .gan-asked .name { flex: 0 0 4.5rem; }
        .gan-asked input { flex: 1; min-width: 5rem; height: 2.75rem; margin: 0; cursor: pointer; }
        .gan-asked select { flex: 1; }
        .gan-asked p { min-height: 3.2em; margin: 0; font-variant-numeric: tabular-nums; }
    """
    layers = traitlets.List().tag(sync=True)
    weights = traitlets.Unicode().tag(sync=True)
    attributes = traitlets.List().tag(sync=True)                   # [name, [value, ...]] each, in y's order
    z = traitlets.List().tag(sync=True)
    y = traitlets.List(traitlets.Float()).tag(sync=True)
    seed = traitlets.Int().tag(sync=True)                          # of the noise; 0: that given here

    def __init__(self, G: nn.Module, attributes: dict[str, Sequence[str]], asked: dict[str, str] | None = None,
                 z: Tensor | None = None):
        if not isinstance(G, nn.Module):
            raise TypeError(f"G: got {G!r}; must be a network, G(z, y)")
        y = _asked(attributes, asked or {})
        z = _eight(G) if z is None else z
        if not isinstance(z, Tensor) or z.ndim != 2 or not 1 <= len(z) <= 24 or not z.isfinite().all():
            raise ValueError(f"z: got {tuple(z.shape) if isinstance(z, Tensor) else z!r}; must be a tensor (n, latent) "
                             "of finite numbers, n from 1 to 24")
        z = (z.detach().cpu().double() * 1000).round() / 1000      # short as text, and the same in page and picture
        first = next((layer for layer in G.modules() if isinstance(layer, nn.Linear)), None)
        if first is not None and first.in_features != z.shape[1] + len(y):
            raise ValueError(f"attributes: {', '.join(attributes)} make a y of {len(y)} numbers (one for two values, k "
                             f"for k of them); must make {first.in_features - z.shape[1]}, as G's first layer takes "
                             f"{first.in_features}, {z.shape[1]} of them z's")
        layers, weights = convnet.exported(G, z.float(), torch.rand(len(z), len(y), generator=torch.Generator()))
        if len(weights) > LONGEST:
            raise ValueError(f"G: its weights take {len(weights):,} characters in the page; must take at most "
                             f"{LONGEST:,}: give it fewer channels")
        super().__init__(layers=layers, weights=weights, z=z.tolist(), y=y, seed=0,
                         attributes=[[name, list(values)] for name, values in attributes.items()])

    def __repr__(self) -> str:                                     # the default one holds a memory address
        named = ", ".join(f"{name}: {' or '.join(values)}" for name, values in self.attributes)
        return f"AskedFaces({len(self.z)} faces, {named})"

    def images(self) -> Tensor:
        """The first faces with y as it stands, (n, channels, size, size), as the page makes them."""
        z = torch.tensor(self.z)
        return convnet.replayed(self.layers, self.weights, torch.cat([z, torch.tensor(self.y).expand(len(z), -1)], 1))

    def _still(self) -> bytes:
        """These as a PNG, up to 4 in a row, white between them."""
        from PIL import Image

        images = ((self.images().clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
        n, size, gap = len(images), images.shape[1], max(1, images.shape[1] // 16)
        columns = math.ceil(n / math.ceil(n / 4))
        rows = math.ceil(n / columns)
        sheet = np.full((rows * (size + gap) - gap, columns * (size + gap) - gap, 3), 255, np.uint8)
        for i, image in enumerate(images):
            top, left = i // columns * (size + gap), i % columns * (size + gap)
            sheet[top:top + size, left:left + size] = image
        times, file = max(1, 128 // size), io.BytesIO()
        Image.fromarray(sheet.repeat(times, 0).repeat(times, 1)).save(file, "png", optimize=True)
        return file.getvalue()


def _asked(attributes, asked) -> list[float]:
    """y for the values that are asked for."""
    if not isinstance(attributes, dict) or not attributes:
        raise ValueError(f'attributes: got {attributes!r}; must be a dict such as {{"hat": ("no", "yes")}}')
    for name, values in attributes.items():
        texts = [name, *values] if isinstance(values, (tuple, list)) else [name]
        words = all(isinstance(text, str) and text.strip() for text in texts)
        if not words or len(texts) < 3 or len(set(values)) < len(values):
            raise ValueError(f"attributes: got {name!r}: {values!r}; must be a name and two or more different words, "
                             'such as "hat": ("no", "yes")')
    for name, value in asked.items():
        if value not in attributes.get(name, ()):
            known = ", ".join(attributes.get(name, attributes))
            raise ValueError(f"asked: got {name!r}: {value!r}; must be one of {known}")
    y = []
    for name, values in attributes.items():
        place = list(values).index(asked.get(name, values[0]))
        y += [float(place)] if len(values) == 2 else [float(i == place) for i in range(len(values))]
    return y


def _eight(G) -> Tensor:
    """Eight z's of G's noise, which the page can draw as well."""
    if not callable(getattr(G, "noise", None)):
        raise TypeError(f"G: got a {type(G).__name__}; must have a noise of its own, as gan.models.Generator has, or "
                        "give the noise: `z=torch.randn(8, latent)`")
    if getattr(G, "_noise", torch.randn) is not torch.randn:
        raise ValueError(f"G: its noise is {G._noise!r}; must be torch.randn, which the page's new faces are of")
    return G.noise(8, torch.Generator().manual_seed(0))
