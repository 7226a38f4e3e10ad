"""Sphinx extension: what helps a reader along, made from the notebooks while building.

Under each chapter's title: how long it takes, where to run it, its files. For the back of the book: the works cited.
For search engines: a description of each page. claims_page.py makes the page of claims, folds.py names folds.
"""
import html
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

COLAB = "https://colab.research.google.com/github"
WORDS_PER_MINUTE = 200
logger = logging.getLogger(__name__)


def chapters(env) -> list[str]:
    """Names of the notebooks in the table of contents, in its order."""
    return [name for name in env.external_site_map if env.doc2path(name).endswith(".ipynb")]


def number(name: str) -> int:
    return int(re.match(r"\d+", Path(name).name)[0])


def link_to(env, name: str, text: str) -> nodes.Element:
    """A link to another page of the book, as its source would hold it."""
    return addnodes.pending_xref("", nodes.inline("", text), refdomain="std", reftype="doc", refdoc=env.docname,
                                 reftarget=f"/{name}", refexplicit=True, refwarn=True)


def listed(things: list[nodes.Node]) -> list[nodes.Node]:
    """A, B and C."""
    words = [nodes.Text(", ")] * max(0, len(things) - 2) + [nodes.Text(" and ")] * (len(things) > 1)
    return [node for pair in zip(things, [*words, nodes.Text("")]) for node in pair]


# Under a chapter's title ---------------------------------------------------------------------------------------------
class ChapterBar(SphinxTransform):
    """Time to read and to run, Colab, the chapter's files, its slides, and the pages one looks things up in."""

    default_priority = 210

    def apply(self, **kwargs) -> None:
        title = next(self.document.findall(nodes.title), None)
        if title is None or self.env.docname not in chapters(self.env):
            return
        words, folded = self.words()
        minutes, more = max(1, round(words / WORDS_PER_MINUTE)), round(folded / WORDS_PER_MINUTE)
        run = re.search(r"Measured run time:?\s*([^.;\n]+)", self.document.astext())
        time = f"{minutes} min to read" + (f", {more} more in its folds" if more else "")
        time += f", runs in {run[1].strip()}" if run else ""
        bar = nodes.container("", nodes.paragraph("", time), nodes.paragraph("", "", *self.links()))
        bar["classes"].append("chapter-bar")
        title.parent.insert(title.parent.index(title) + 1, bar)

    def words(self) -> tuple[int, int]:
        """How many words of text stand open, and how many in folds."""
        count, depth = [0, 0], 0
        for node in self.document.findall():
            if isinstance(node, nodes.raw):
                depth += node.astext().count("<details") - node.astext().count("</details")
            elif isinstance(node, nodes.paragraph) and not isinstance(node.parent, nodes.entry):       # nor tables
                count[depth > 0] += len(node.astext().split())
        return count[0], count[1]

    def links(self) -> list[nodes.Node]:
        name, config = self.env.docname, self.config.html_theme_options
        path, repository = self.env.doc2path(name), urlsplit(config.get("repository_url", "")).path
        colab = f"{COLAB}{repository}/blob/{config.get('repository_branch', 'main')}/{name}.ipynb"
        links = [nodes.reference("", "Open in Colab", refuri=colab)]
        for suffix, text in ((".ipynb", "Download notebook (.ipynb)"), (".py", "Download script (.py)")):
            if Path(path).with_suffix(suffix).exists():
                links.append(addnodes.download_reference("", "", nodes.inline("", text), reftarget=f"/{name}{suffix}",
                                                         refdoc=name))
        links.append(nodes.reference("", "Slides", refuri=f"../slides/{number(name):02}.html", internal=True))
        for other in ("notation", "glossary"):
            if f"book/{other}" in self.env.external_site_map:
                links.append(link_to(self.env, f"book/{other}", other.capitalize()))
        return [node for link in links for node in (link, nodes.Text(" "))]


def describe(app, pagename, templatename, context, doctree) -> None:
    tag = f'<meta name="description" content="{html.escape(description(app.env, pagename if doctree else ""))}" />'
    context["metatags"] = context.get("metatags", "") + tag


def description(env, name: str) -> str:
    """A page's first paragraph, or the words in bold that open it: in a chapter, its question."""
    text = f"Search {env.config.html_title}"
    if name:
        doctree = env.get_doctree(name)            # as it was read, without what is added for the page
        paragraphs = [node for node in doctree.findall(nodes.paragraph) if "chapter-bar" not in node.parent["classes"]]
        first = paragraphs[0] if paragraphs else doctree
        lead = next((child for child in first.children if child.astext().strip()), first)
        bold = isinstance(lead, nodes.strong) and len(lead.astext()) > 20
        text = " ".join((lead if bold else first).astext().split())
    return text[:300]


# Works cited ---------------------------------------------------------------------------------------------------------
SOURCE = Path(__file__).parents[1] / "bibliography.yml"
CITED = re.compile(r"\]\((https?://[^)\s]+)\)(?:\s*\((\d{4})\))?")


class Bibliography(SphinxDirective):
    """The works that chapters link to. One that bibliography.yml does not describe, or dates otherwise, is an error."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(SOURCE))
        works = {work["link"]: work for work in yaml.safe_load(SOURCE.read_text("utf8"))}
        ours = (COLAB, self.config.html_theme_options.get("repository_url", COLAB))
        citing, wrong = {}, []
        for name in chapters(self.env):
            path = self.env.doc2path(name)
            self.env.note_dependency(path)
            for link, year in citations(json.loads(Path(path).read_text("utf8"))["cells"]):
                if link.startswith(ours):
                    continue
                if link not in works:
                    wrong.append(f"{name} links to {link}, which book/bibliography.yml does not list")
                elif year and int(year) != works[link]["year"]:
                    wrong.append(f"{name} dates {link} {year}, book/bibliography.yml {works[link]['year']}")
                elif name not in citing.setdefault(link, []):
                    citing[link].append(name)
        wrong += [f"{link}: book/bibliography.yml does not say where it appeared" for link in citing
                  if not works[link].get("where")]
        if wrong:
            raise self.error("\n".join(wrong))
        cited = sorted((works[link] for link in citing),
                       key=lambda work: (work["authors"].split(",")[0].split()[-1], work["year"]))
        return [nodes.bullet_list("", *(self.entry(work, citing[work["link"]]) for work in cited), classes=["works"])]

    def entry(self, work: dict, names: list[str]) -> nodes.list_item:
        places = listed([link_to(self.env, name, str(number(name))) for name in names])
        title = nodes.reference("", "", nodes.emphasis("", work["title"]), refuri=work["link"])
        chapter = f", {work['where']}. Chapter{'s' if len(names) > 1 else ''} "
        return nodes.list_item("", nodes.paragraph("", "", nodes.Text(f"{work['authors']} ({work['year']}). "), title,
                                                   nodes.Text(chapter), *places, nodes.Text(".")))


def citations(cells: list[dict]) -> list[tuple[str, str]]:
    """External links, and the year in brackets behind each, if there is one."""
    return CITED.findall("\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"))


def setup(app) -> dict:
    app.add_transform(ChapterBar)
    app.add_directive("bibliography-list", Bibliography)
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
