"""Sphinx extension: the page of everything that the book has claimed, made from the notebooks' stored outputs."""

import html
import itertools
import json
import re
from pathlib import Path
from typing import NamedTuple

import ledger
from chapters import MARKS, fingerprints, read_notebook
from docutils import nodes
from reading_aids import chapters, link_to, number
from sphinx.util.docutils import SphinxDirective
from static_site import render_latex, with_minus_signs

GAN = Path(__file__).parents[2] / "gan"
OF_AN_EXERCISE = "your "                       # how a sentence about a reader's answer begins
FORMULA = r"\$([^$]+)\$"
PUBLISHED = "publish"                          # a head or a row of a table that sets such values beside ours


class Sentence(NamedTuple):
    kind: str                                  # "claim" or "check"
    text: str
    cell: int                                  # the cell that printed it; its address on the page is in captions.py


class Claims(SphinxDirective):
    """Every line that starts with ✓ or ≡ in the chapters' stored outputs, a table a chapter: the sentence, which leads
    to its cell; in how many runs with other seeds it held, as the ledger says; and above a cell's claims, folded, what
    was measured and printed before them. In front of all a summary, and behind them the values that others published.
    """

    def run(self) -> list[nodes.Node]:
        path, sections, tally, checks, published = GAN / "evidence/claims.json", [], [], 0, []
        rows = ledger.read(path)
        self.env.note_dependency(str(path))
        for name in chapters(self.env):
            path = self.env.doc2path(name)
            self.env.note_dependency(path)
            cells = json.loads(Path(path).read_text("utf8"))["cells"]
            page = f"{Path(name).name}.html"
            published += [(page, title_of(cells), *found) for found in published_beside(cells)]
            blocks = stored_claims(cells)
            sentences = [sentence for _, found in blocks for sentence in found]
            if not any(sentence.kind == "claim" for sentence in sentences):
                continue
            row = rows.get(Path(name).name)
            runs = dict(zip(sentences, ledger.held(row, [sentence.text for sentence in sentences])))
            tally += [runs[one] for one in sentences if one.kind == "claim" and not is_of_an_exercise(one)]
            checks += sum(one.kind == "check" and not is_of_an_exercise(one) for one in sentences)
            section = nodes.section(ids=[f"chapter-{number(name)}"])
            section += nodes.title("", "", link_to(self.env, name, title_of(cells)))
            now = fingerprints(read_notebook(Path(path)), GAN) if row else {}
            section += nodes.paragraph("", ledger.reseeded(row, now))
            section += nodes.raw("", chapter_table(page, blocks, runs), format="html")
            sections.append(section)
        if not sections:
            raise self.error("No notebook in _toc.yml prints a claim.")
        also = f" Beside them {checks} checks of the code." if checks else ""
        return [nodes.paragraph("", ledger.summary(tally) + also), *sections, *beside_the_published(published)]


def is_of_an_exercise(sentence: Sentence) -> bool:
    return sentence.text.startswith(OF_AN_EXERCISE)


# As HTML -------------------------------------------------------------------------------------------------------------
def chapter_table(page: str, blocks, runs: dict[Sentence, tuple[int, int] | None]) -> str:
    """The claims in the order of the chapter, each block under what was measured; then the checks of the code."""
    rows, of_the_code = [], []
    for measured, found in blocks:
        found = [sentence for sentence in found if not is_of_an_exercise(sentence)]
        claims = [row_of(page, sentence, runs[sentence]) for sentence in found if sentence.kind == "claim"]
        if claims and measured:
            rows.append('<tr class="measured"><td colspan="2"><details><summary>what was measured</summary>'
                        f"{shown(measured)}</details></td></tr>")
        rows += claims
        of_the_code += [row_of(page, sentence, runs[sentence]) for sentence in found if sentence.kind == "check"]
    heads = '<thead><tr><th scope="col">Sentence</th><th scope="col">Held in</th></tr></thead>'
    return f'<table class="claims">{heads}<tbody>{"".join(rows + of_the_code)}</tbody></table>'


def row_of(page: str, sentence: Sentence, held: tuple[int, int] | None) -> str:
    mark = {kind: mark for mark, kind in MARKS.items()}[sentence.kind]
    count = "{} of {}".format(*held) if held else "not re-seeded"
    missed = " missed" if held and held[0] < held[1] else ""
    return (f'<tr class="{sentence.kind}{missed}"><td><span aria-hidden="true">{mark} </span>'
            f'<a href="{page}#cell-{sentence.cell}">{html.escape(sentence.text)}</a></td>'
            f'<td class="runs">{count}</td></tr>')


def shown(measured: str) -> str:
    """What was printed, as it was, and each table as a table."""
    parts = []
    for is_table, lines in itertools.groupby(measured.splitlines(), key=lambda line: line[:2] == "| "):
        lines = list(lines)
        if is_table and len(lines) > 2 and set(lines[1]) <= set("|-: "):
            parts.append(table(lines))
        elif text := "\n".join(lines).strip("\n"):
            parts.append(f"<pre>{html.escape(text)}</pre>")
    return "".join(parts)


def table(lines: list[str]) -> str:
    """Markdown's rows, of which the second is a rule, as gan.tables.Table writes them."""
    heads, _, *rows = [[cell.strip() for cell in line[2:-2].split(" | ")] for line in lines]
    # A head without words is none to axe, formulas alone included; the first cell of a row is the row's head then.
    named = [bool(re.sub(FORMULA, "", head).strip()) for head in heads]
    scope = ' scope="col"' if all(named) else ""
    head = "".join(f"<th{scope}>{typeset(cell)}</th>" if has_words else f"<td>{typeset(cell)}</td>"
                   for cell, has_words in zip(heads, named))
    first = "td" if all(named) else "th"
    body = "".join(f"<tr>{cells_of(row, first)}</tr>" for row in rows)
    return ('<div class="pst-scrollable-table-container" tabindex="0"><table class="table">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>")


def cells_of(cells: list[str], first: str) -> str:
    first = first if cells[0] else "td"
    scope = ' scope="row"' if first == "th" else ""
    return f"<{first}{scope}>{typeset(cells[0])}</{first}>" + "".join(f"<td>{typeset(cell)}</td>" for cell in cells[1:])


def typeset(cell: str) -> str:
    """A cell as HTML, with its formulas drawn."""
    parts = re.split(FORMULA, cell)
    return "".join(f'<span class="math">{render_latex(part)}</span>' if k % 2 else html.escape(with_minus_signs(part))
                   for k, part in enumerate(parts))


def beside_the_published(found: list[tuple[str, str, int, str]]) -> list[nodes.Node]:
    """The chapters' tables in which values that others published stand beside ours."""
    section = nodes.section(ids=["published"])
    section += nodes.title("", "Beside the published")
    for page, title, cell, measured in found:
        link = f'<p><a href="{page}#cell-{cell}">{html.escape(title)}</a></p>'
        section += nodes.raw("", link + shown(measured), format="html")
    return [section] if found else []


# What the notebooks hold ---------------------------------------------------------------------------------------------
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


def stored_claims(cells: list[dict]) -> list[tuple[str, list[Sentence]]]:
    """What was measured, "" if nothing, and the sentences that follow it."""
    blocks, printed, found = [], [], []
    for index, line in ((index, line) for index, cell in enumerate(cells) for line in printed_by(cell).splitlines()):
        if line[:2] in {f"{mark} " for mark in MARKS}:
            found.append(Sentence(MARKS[line[0]], line[2:], index))
            continue
        if found:
            blocks.append((printed, found))
            printed, found = [], []
        printed.append(line)
    blocks += [(printed, found)] if found else []
    return [("\n".join(lines).strip("\n") if "≈" in "".join(lines) else "", found) for lines, found in blocks]


def published_beside(cells: list[dict]) -> list[tuple[int, str]]:
    """Of each cell whose table has a head or a row of published values: its number, and the table."""
    found = []
    for index, cell in enumerate(cells):
        tables = "\n".join(line for line in printed_by(cell).splitlines() if line[:2] == "| ")
        first, *rows = tables.splitlines() or [""]
        if PUBLISHED in first or any(PUBLISHED in row.split(" | ")[0] for row in rows):
            found.append((index, tables))
    return found


def add_search(app, pagename, templatename, context, doctree) -> None:
    """To the one page that holds claims, a script that searches them."""
    if pagename == "book/claims":
        app.add_js_file("claims.js", loading_method="defer")


def setup(app) -> dict:
    app.add_directive("claims", Claims)
    app.connect("html-page-context", add_search)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
