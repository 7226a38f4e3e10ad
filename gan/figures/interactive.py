"""What the interactive figures share: an anywidget, and a still picture of it for where no script runs."""
import base64
import io

import anywidget


class InteractiveFigure(anywidget.AnyWidget):
    """An anywidget that carries a still picture, which GitHub and print show: ``_still() -> PNG``, a subclass's own."""

    def _still(self) -> bytes:
        raise NotImplementedError(f"{type(self).__name__}._still must return the figure's PNG as bytes")

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return data | {"image/png": base64.b64encode(self._still()).decode()}, metadata


def small_png(figure, dpi: int) -> bytes:
    """A matplotlib figure as a palette PNG: the same bytes each time, as no date or version is written."""
    from PIL import Image

    full, small = io.BytesIO(), io.BytesIO()
    figure.savefig(full, format="png", dpi=dpi, metadata={"Software": None})
    picture = Image.open(full).convert("RGB")
    picture.quantize(64, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(small, "png", optimize=True)
    return small.getvalue()
