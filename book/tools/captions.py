"""Sphinx extension: each cell has an address, #cell-12, and each figure a number, an address and its words.

The words are the figure's alt text, which says what there is to be seen; they open under it for everybody.
"""
import html

from docutils import nodes
from reading_aids import chapters, number
from sphinx.transforms.post_transforms import SphinxPostTransform

CAPTION = """<div class="figure-caption" id="figure-{place}"><a href="#figure-{place}">Figure {name}</a>
<details><summary aria-label="Figure {name} in words">in words</summary><p>{words}</p></details></div>"""


class NumberFigures(SphinxPostTransform):
    formats = ("html",)
    default_priority = 6                       # after myst-nb has chosen the outputs' forms, at 4

    def run(self, **kwargs) -> None:
        if self.env.docname not in chapters(self.env):
            return
        count = 0
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("nb_element") != "cell_code":
                continue
            cell["ids"].append(f"cell-{cell['cell_index']}")
            for output in [part for part in cell.children if part.get("nb_element") == "cell_code_output"]:
                if picture := next(output.findall(nodes.image), None):
                    count += 1
                    place, name = (f"{number(self.env.docname)}{between}{count}" for between in "-.")
                    words = html.escape(picture.get("alt", ""))
                    output += nodes.raw("", CAPTION.format(place=place, name=name, words=words), format="html")


def setup(app) -> dict:
    app.add_post_transform(NumberFigures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
