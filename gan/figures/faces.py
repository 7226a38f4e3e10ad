"""The faces of gan.data.faces with a control for each factor."""
import io

import traitlets

from gan.data.portraits import FACTORS, render
from gan.figures import faces_source, source
from gan.figures.interactive import InteractiveFigure


class FaceExplorer(InteractiveFigure):
    """One face, large and as networks see it, with all its factors: change one and see which pixels follow.

    ``factors`` says how it starts: numbers as ``gan.data.portraits.render`` has them for one face, such as
    ``FaceExplorer({"hat": 1, "smile": -1})``; what is left out is as in ``faces_source.FIRST``. Afterwards ``factors``
    holds what the reader has set, and ``render(explorer.factors)`` paints it. Where no script runs, a still picture is
    seen. Raises ``ValueError`` for a factor that there is not, and for a value that its control does not have.
    """

    _esm = source.joined(*faces_source.FILES)
    _css = faces_source.CSS
    factors = traitlets.Dict().tag(sync=True)

    def __init__(self, factors: dict | None = None):
        super().__init__(factors=faces_source.FIRST | _checked(factors or {}))

    def __repr__(self) -> str:                           # the default one holds a memory address, new in every run
        changed = {name: value for name, value in self.factors.items() if value != faces_source.FIRST[name]}
        return f"FaceExplorer({changed or ''})"

    def _still(self) -> bytes:
        """The face as the painter in Python has it, at 256 pixels and at 32, as a PNG."""
        import torch
        from PIL import Image

        large, small = (((render(self.factors, size)[0] + 1) * 127.5).round().byte() for size in (256, 32))
        small = small.repeat_interleave(8, 1).repeat_interleave(8, 2)
        pixels = torch.cat([large, torch.full((3, 256, 16), 255, dtype=torch.uint8), small], 2)       # (3, 256, 528)
        file = io.BytesIO()
        Image.fromarray(pixels.permute(1, 2, 0).numpy()).save(file, "png", optimize=True)
        return file.getvalue()


def _checked(factors: dict) -> dict:
    """The factors as plain numbers."""
    plain = {}
    for name, value in factors.items():
        if name not in faces_source.FIRST:
            raise ValueError(f"factors: {name!r} is unknown; must be one of {', '.join(faces_source.FIRST)}")
        given = FACTORS.get(name, (0, 2**24 - 1))                     # the latter for noise
        low, high = (0, len(given) - 1) if isinstance(given, dict) else given
        whole = isinstance(given, dict) or name == "noise"
        value = value.item() if hasattr(value, "item") else value     # one number of a tensor
        if not isinstance(value, int if whole else int | float) or not low <= value <= high:
            kinds = f", for {', '.join(given)}" if isinstance(given, dict) else ""
            raise ValueError(f"{name}: got {value!r}; must be a {'whole ' * whole}number from {low} to {high}{kinds}")
        plain[name] = value
    return plain
