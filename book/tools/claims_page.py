"""Sphinx extension: the page of everything that the book has claimed, made from the notebooks' stored outputs."""

import itertools
import json
import re
from pathlib import Path

import ledger
from chapters import MARKS, fingerprints, read_notebook
from docutils import nodes
from reading_aids import chapters, link_to, number
from sphinx.util.docutils import SphinxDirective

GAN = Path(__file__).parents[2] / "gan"
OF_AN_EXERCISE = "your "                       # how a sentence about a reader's answer begins


class Claims(SphinxDirective):
    """Every line that starts with ✓ in the chapters' stored outputs, under what was measured and printed before it.

    Behind each stands in how many runs with other seeds it held, as the ledger says, and in front of all a summary.
    A chapter's checks of the code, lines that start with ≡, stand together at its end.
    """

    def run(self) -> list[nodes.Node]:
        path, sections, tally, checks = GAN / "evidence/claims.json", [], [], 0
        rows = ledger.read(path)
        self.env.note_dependency(str(path))
        for name in chapters(self.env):
            path = self.env.doc2path(name)
            self.env.note_dependency(path)
            cells = json.loads(Path(path).read_text("utf8"))["cells"]
            blocks = stored_claims(cells)
            if not any(kind == "claim" for _, found in blocks for kind, _ in found):
                continue
            row = rows.get(Path(name).name)
            now = fingerprints(read_notebook(Path(path)), GAN) if row else {}
            section = nodes.section(ids=[f"chapter-{number(name)}"])
            section += nodes.title("", "", link_to(self.env, name, title_of(cells)))
            section += nodes.paragraph("", ledger.reseeded(row, now))
            runs = iter(ledger.held(row, [sentence for _, found in blocks for _, sentence in found]))
            of_the_code = []
            for measured, found in blocks:
                lines = {"claim": [], "check": []}
                for kind, sentence in found:
                    held = next(runs)
                    if not sentence.startswith(OF_AN_EXERCISE):
                        lines[kind].append((sentence, held))
                if lines["claim"]:
                    section += shown(measured)
                if lines["claim"]:
                    section += self.listed(lines["claim"], "claims")
                tally += [held for _, held in lines["claim"]]
                of_the_code += lines["check"]
            if of_the_code:
                section += nodes.paragraph("", "Checks of the code, true by a proof or a definition:")
                section += self.listed(of_the_code, "checks")
            checks += len(of_the_code)
            sections.append(section)
        if not sections:
            raise self.error("No notebook in _toc.yml prints a claim.")
        also = f" Beside them {checks} checks of the code." if checks else ""
        return [nodes.paragraph("", ledger.summary(tally) + also), *sections]

    def listed(self, lines: list[tuple[str, tuple[int, int] | None]], kind: str) -> nodes.bullet_list:
        items = []
        for sentence, runs in lines:
            tail = [nodes.Text(" "), nodes.inline("", "({} of {})".format(*runs), classes=["runs"])] if runs else []
            items.append(nodes.list_item("", nodes.paragraph("", "", nodes.Text(sentence), *tail)))
        return nodes.bullet_list("", *items, classes=[kind])


def shown(measured: str) -> list[nodes.Node]:
    """What was printed, as it was, and each table as a table."""
    parts = []
    for is_table, lines in itertools.groupby(measured.splitlines(), key=lambda line: line[:2] == "| "):
        lines = list(lines)
        if is_table and len(lines) > 2 and set(lines[1]) <= set("|-: "):
            parts.append(table(lines))
        elif text := "\n".join(lines).strip("\n"):
            parts.append(nodes.literal_block(text, text, language="none", classes=["no-copybutton"]))
    return parts


def table(lines: list[str]) -> nodes.table:
    """Markdown's rows, of which the second is a rule, as gan.tables.Table writes them."""
    heads, _, *rows = [[cell.strip() for cell in line[2:-2].split(" | ")] for line in lines]
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in heads), cols=len(heads))
    for kind, part in ((nodes.thead, [heads]), (nodes.tbody, rows)):
        group += kind("", *(nodes.row("", *(nodes.entry("", nodes.paragraph("", cell), classes=[side])
                                            for cell, side in zip(row, ["text-left", *["text-right"] * len(row)])))
                            for row in part))
    return nodes.table("", group)


def title_of(cells: list[dict]) -> str:
    return re.search(r"^# (.+)", "".join(cells[0]["source"]), re.MULTILINE)[1]


def printed_by(cell: dict) -> str:
    """What a cell printed, and the tables that it showed, as text."""
    texts = []
    for output in cell.get("outputs", []):
        if output.get("name", "stdout") == "stdout":
            texts.append("".join(output.get("text", "")))
        data = output.get("data", {})
        if "text/markdown" in data:
            texts.append("".join(data.get("text/plain", "")) + "\n\n")
    return "".join(texts)


def stored_claims(cells: list[dict]) -> list[tuple[str, list[tuple[str, str]]]]:
    """What was measured, "" if nothing, and the sentences that follow it, each with its kind: "claim" or "check"."""
    blocks, printed, found = [], [], []
    for line in "".join(printed_by(cell) for cell in cells).splitlines():
        if line[:2] in {f"{mark} " for mark in MARKS}:
            found.append((MARKS[line[0]], line[2:]))
            continue
        if found:
            blocks.append((printed, found))
            printed, found = [], []
        printed.append(line)
    blocks += [(printed, found)] if found else []
    return [("\n".join(lines).strip("\n") if "≈" in "".join(lines) else "", found) for lines, found in blocks]


def add_search(app, pagename, templatename, context, doctree) -> None:
    """To the one page that holds claims, a script that searches them."""
    if pagename == "book/claims":
        app.add_js_file("claims.js", loading_method="defer")


def setup(app) -> dict:
    app.add_directive("claims", Claims)
    app.connect("html-page-context", add_search)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
