"""The figures' JavaScript, as text. Imports nothing of gan: the book's build runs it, and has no torch."""
import re
from pathlib import Path

GAN = Path(__file__).parents[1]


def joined(*names: str) -> str:
    """These .js files of the package as one module: an anywidget's ``_esm`` cannot import its neighbours.

    A name is the file's path below gan/ without its ending, such as ``"figures/page"``.
    """
    texts = ((GAN / f"{name}.js").read_text("utf8") for name in names)
    return "\n".join(re.sub(r'^import \{[^}]*\} from "\..*";\n', "", text, flags=re.M) for text in texts)
