"""What the lab is made of, as text. Nothing of gan is imported: the book's build runs this file, and has no torch."""
import re
from pathlib import Path

HERE = Path(__file__).parent
# In this order: a file names only what stands in files before it, and in itself.
FILES = [HERE / f"{name}.js" for name in ("engine", "lab_settings", "lab_draw", "lab")]


def script() -> str:
    """The files as one module: an anywidget's ``_esm`` cannot import its neighbours."""
    return "\n".join(re.sub(r'^import .* from "\./.*";\n', "", path.read_text("utf8"), flags=re.M) for path in FILES)


def presets() -> list[str]:
    """The names that a link ``lab.md#preset=name`` may have."""
    return re.findall(r"^  (\w+): preset\(", (HERE / "lab_settings.js").read_text("utf8"), re.M)


CSS = ""
