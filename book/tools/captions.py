"""Sphinx extension: each cell has an address, #cell-12, and each figure a number, an address and its words.

The words are the figure's alt text, which says what there is to be seen; they open under it for everybody. Where stored
evidence comes from stands below, in small type.
"""
import html

from docutils import nodes
from reading_aids import chapters, number
from sphinx.transforms.post_transforms import SphinxPostTransform

CAPTION = """<div class="figure-caption" id="figure-{place}"><a href="#figure-{place}">Figure {name}</a>
<details><summary aria-label="Figure {name} in words">in words</summary><p>{words}</p></details></div>"""

EVIDENCE = "stored evidence "                  # how gan.evidence.cite begins


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
                told = [line for block in list(output.findall(nodes.literal_block)) for line in taken_out(block)]
                if picture := next(output.findall(nodes.image), None):
                    count += 1
                    place, name = (f"{number(self.env.docname)}{between}{count}" for between in "-.")
                    words = html.escape(picture.get("alt", ""))
                    caption = nodes.raw("", CAPTION.format(place=place, name=name, words=words), format="html")
                    drawn = next(k for k, part in enumerate(output) if any(one is picture for one in part.findall()))
                    output.insert(drawn + 1, caption)
                for line in told:
                    output += nodes.paragraph("", line, classes=["evidence"])


def taken_out(block: nodes.literal_block) -> list[str]:
    """The lines of a printed block that tell of stored evidence, which it loses."""
    lines = block.astext().splitlines()
    told = [line for line in lines if line.startswith(EVIDENCE)]
    left = "\n".join(line for line in lines if line not in told)
    if told and left:
        block.replace_self(nodes.literal_block(left, left, **block.attributes))
    elif told:
        block.parent.remove(block)
    return told


def setup(app) -> dict:
    app.add_post_transform(NumberFigures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
