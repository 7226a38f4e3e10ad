"""Take the README's picture from the outputs of the chapter that makes it: 04_training_loop's hundred digits."""

import base64

from chapters import BOOK, read_notebook

CHAPTER, FIGURE, PICTURE = "04_training_loop", "A hundred generated digits", BOOK / "assets" / "digits.png"


def picture(notebook) -> bytes:
    """The PNG that the cell with FIGURE in its alt text has stored."""
    for cell in notebook.cells:
        if FIGURE in cell.metadata.get("mystnb", {}).get("image", {}).get("alt", ""):
            return base64.b64decode(next(o.data["image/png"] for o in cell.outputs if "image/png" in o.get("data", {})))
    raise SystemExit(f"{CHAPTER}: no cell with the alt text '{FIGURE}…'; the README's picture is taken from it")


if __name__ == "__main__":
    PICTURE.write_bytes(picture(read_notebook(BOOK / f"{CHAPTER}.ipynb")))
