"""Sphinx extension: folds that say what is in them, and checked sentences that take a line until somebody asks.

A cell's tag beside hide-cell or hide-input names its fold (``FOLDS`` in chapters.py). A run of ✓ and ≡ lines in an
output becomes one line, "✓ 4 claims hold, 2 checks", that opens; a folded cell of checks is called so itself.
"""

from chapters import FOLDS, MARKS
from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.transforms.post_transforms import SphinxPostTransform


class NameFolds(SphinxPostTransform):
    formats = ("html",)
    default_priority = 198                     # before myst-nb wraps what is hidden, at 199

    def run(self, **kwargs) -> None:
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("nb_element") != "cell_code":
                continue
            named = [name for tag, name in FOLDS.items() if f"tag_{tag}" in cell["classes"]]
            if cell.get("hide_mode") and named:
                said = summary(cell.astext().splitlines()) if named == [FOLDS["checks"]] else ""
                cell["prompt_show"] = cell["prompt_hide"] = said or named[0]
            if cell.get("hide_mode") != "all":
                for block in list(cell.findall(nodes.literal_block)):
                    if summary(block.astext().splitlines()) and block.get("language") != "ipython3":
                        block.parent.replace(block, list(apart(block)))


def summary(lines: list[str]) -> str:
    """What a run of checked sentences is called, "" if there is none among the lines."""
    counts = [sum(line.startswith(f"{mark} ") for line in lines) for mark in MARKS]
    parts = [f"{count} {kind}{'s' if count > 1 else ''}" for count, kind in zip(counts, MARKS.values()) if count]
    return f"✓ {', '.join(parts)} {'holds' if sum(counts) == 1 else 'hold'}" if parts else ""


def apart(block: nodes.literal_block):
    """The block's other lines as blocks like it, each run of checked sentences in a fold."""
    runs = []
    for line in block.astext().splitlines():
        checked = bool(summary([line]))
        if not runs or runs[-1][0] != checked:
            runs.append((checked, []))
        runs[-1][1].append(line)
    for checked, lines in runs:
        text = "\n".join(lines).strip("\n")
        if not text:
            continue
        part = nodes.literal_block(text, text, **{key: block[key] for key in ("language", "classes") if key in block})
        if checked:
            name = summary(lines)
            fold = HideCodeCellNode(prompt_show=name, prompt_hide=name, classes=["above-output", "held"])
            fold += part
            yield fold
        else:
            yield part


def setup(app) -> dict:
    app.add_post_transform(NameFolds)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
