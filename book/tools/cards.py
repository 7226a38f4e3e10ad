"""Sphinx extension: on the first page a card for each chapter, with a picture, its question and its times."""

import base64
import html
import io
import json
import re
from pathlib import Path

from docutils import nodes
from PIL import Image
from reading_aids import chapters, description
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

WIDTH = 480                                    # pixels of a card's picture, twice what a card is wide
EXERCISE = re.compile(r"^\*\*\d+\b", re.MULTILINE)
CARD = """<div class="chapter-card" data-exercises="{exercises}">
<img src="{picture}" width="{width}" height="{height}" loading="lazy" alt="{words}">
<h3><a href="{link}">{title}</a></h3>
<p>{question}</p>
<p class="times">{times}</p>
</div>
"""


class Cards(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        for name in chapters(self.env):
            self.env.note_dependency(self.env.doc2path(name))
        return [nodes.container("", classes=["chapter-cards"])]


class FillCards(SphinxPostTransform):
    """Once every chapter has been read, and so is known by its title, its question and its times."""

    formats = ("html",)
    default_priority = 2

    def run(self, **kwargs) -> None:
        for place in self.document.findall(nodes.container):
            if "chapter-cards" in place["classes"]:
                place += [nodes.raw("", self.card(name), format="html") for name in chapters(self.env)]

    def card(self, name: str) -> str:
        doctree, builder = self.env.get_doctree(name), self.app.builder
        bar = next(node for node in doctree.findall(nodes.container) if "chapter-bar" in node["classes"]).astext()
        minutes, run = re.search(r"\d+ min to read", bar), re.search(r"runs in (about )?[^,\n]+?(?= on |$)", bar, re.M)
        cells = json.loads(Path(self.env.doc2path(name)).read_text("utf8"))["cells"]
        png, words = first_picture(name, cells)
        small, (width, height) = thumbnail(png)
        file = Path(builder.outdir) / "_images" / f"card-{Path(name).name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(small)
        up = "../" * self.env.docname.count("/")
        texts = {"title": doctree.next_node(nodes.title).astext(), "question": description(self.env, name),
                 "times": " · ".join(found[0] for found in (minutes, run) if found), "words": words}
        return CARD.format(picture=f"{up}_images/{file.name}", width=width, height=height,
                           exercises=exercises(cells), link=builder.get_relative_uri(self.env.docname, name),
                           **{key: html.escape(text) for key, text in texts.items()})


def exercises(cells: list[dict]) -> int:
    """How many questions a chapter asks under "Exercises": progress.js counts the same on the page."""
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return len(EXERCISE.findall(text.partition("\n## Exercises")[2].partition("\n## ")[0]))


def first_picture(name: str, cells: list[dict]) -> tuple[bytes, str]:
    """The first PNG that a notebook has stored, or the one of a cell tagged "card", and its alt text."""
    for cell in sorted(cells, key=lambda cell: "card" not in cell["metadata"].get("tags", [])):
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                words = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
                return base64.b64decode("".join(output["data"]["image/png"])), words or "The chapter's first figure"
    raise ExtensionError(f"{name}: its outputs hold no picture for its card")


def thumbnail(png: bytes) -> tuple[bytes, tuple[int, int]]:
    picture, file = Image.open(io.BytesIO(png)).convert("RGB"), io.BytesIO()
    picture.thumbnail((WIDTH, WIDTH), Image.Resampling.LANCZOS)
    picture.quantize(64, dither=Image.Dither.NONE).save(file, "png", optimize=True)
    return file.getvalue(), picture.size


def setup(app) -> dict:
    app.add_directive("cards", Cards)
    app.add_js_file("progress.js", loading_method="defer")
    app.add_post_transform(FillCards)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
