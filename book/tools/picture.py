"""Take the pictures of the README and the first page from the outputs of the chapters that make them."""

import base64

from chapters import BOOK, read_notebook

# file in assets/ -> chapter, how the alt text of the figure begins
PICTURES = {"digits.png": ("04_training_loop", "A hundred generated digits"),
            "asked.png": ("13_conditional", "Six rows of ten painted faces"),
            "explorer.png": ("16_stylegan", "the mixed face large")}


def picture(chapter: str, words: str) -> bytes:
    """The PNG that the cell with these words in its alt text has stored."""
    for cell in read_notebook(BOOK / f"{chapter}.ipynb").cells:
        if words in cell.metadata.get("mystnb", {}).get("image", {}).get("alt", ""):
            return base64.b64decode(next(o.data["image/png"] for o in cell.outputs if "image/png" in o.get("data", {})))
    raise SystemExit(f"{chapter}: no cell with the alt text '{words}…'; a picture is taken from it")


if __name__ == "__main__":
    for name, where in PICTURES.items():
        (BOOK / "assets" / name).write_bytes(picture(*where))
