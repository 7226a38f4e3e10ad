"""Sphinx extension: for each chapter a deck of slides, slides/NN.html, made from what stands on its page.

The title with its question; each prediction; of each section what it says first, its figures with the sentence that
follows them, its claims; the exercises' titles; the summary. A cell tagged "no-slide" is left out; one tagged "slide"
is shown whole, its code or text with all of its output.
"""

import base64
import html
import json
import re
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes
from excerpts import claims_in, first_sentences, folds, portions, stripped, words
from findable import HEAD
from reading_aids import chapters, description, number

MOST = 40                                      # slides
DECK = HEAD + """<link rel="icon" href="../_static/favicon.svg">
<link rel="stylesheet" href="../_static/katex/katex.min.css">
<link rel="stylesheet" href="../_static/pygments.css">
<link rel="stylesheet" href="../_static/slides.css">
<link rel="canonical" href="{base}slides/{file}">
<meta name="description" content="{description}">
<title>Slides: {title}</title>
<script defer src="../_static/slides.js"></script>
<main>
<h1 class="unseen">Slides: {title}</h1>
{slides}
</main>
<nav class="bar" aria-label="Slides"><a href="{chapter}">To the chapter</a></nav>
</html>
"""
SLIDE = """<section class="slide {kind}" id="{at}" aria-label="Slide {at} of {of}: {label}" tabindex="-1">
<h2>{title}</h2>
<div class="body">
{body}
</div>
</section>"""


@dataclass
class Slide:
    kind: str                                  # title, text, predict, figure, claims, list
    title: str                                 # as HTML
    body: str


class Deck:
    """Walks through a chapter's page, as docutils holds it, and keeps what becomes a slide."""

    def __init__(self, app, name: str, doctree: nodes.document):
        self.app, self.name, self.slides = app, name, []
        self.cells = json.loads(Path(app.env.doc2path(name)).read_text("utf8"))["cells"]
        chapter = next(doctree.findall(nodes.section))
        title = next(chapter.findall(nodes.title))
        lists = next(chapter.findall(nodes.bullet_list), nodes.bullet_list())
        promises = [item for item in lists if "Measured run time" not in item.astext()]
        question = html.escape(description(app.env, name))
        self.add("title", title, f'<p class="question">{question}</p>{self.items(promises)}')
        self.section(chapter, "First look")
        links = f'<li><a href="{self.chapter_file()}">The chapter</a>: derivations, code, and figures that move</li>'
        following = chapters(app.env)[chapters(app.env).index(name) + 1:][:1]
        if following:
            there = app.env.get_doctree(following[0]).next_node(nodes.title).astext()
            links += f'<li><a href="{number(following[0]):02}.html">Next: {html.escape(there)}</a></li>'
        self.add("list", "To go on", f"<ul>{links}</ul>")
        # Of a long chapter what can be spared goes, from the end: what sections say first, then claims.
        for spare in [slide for kind in ("text", "claims") for slide in self.slides[::-1]
                      if slide.kind == kind and "katex-display" not in slide.body][:max(0, len(self.slides) - MOST)]:
            self.slides.remove(spare)

    def chapter_file(self) -> str:
        return f"../{self.name}.html"

    def add(self, kind: str, title, body: str) -> None:
        self.slides.append(Slide(kind, self.inline(title) if isinstance(title, nodes.Node) else title, body))

    # What is on the page ---------------------------------------------------------------------------------------------
    def section(self, section: nodes.section, title) -> None:
        """The section's own slides, then those of the sections within it."""
        kind = title if isinstance(title, str) else title.astext()
        if kind == "Exercises":
            return self.exercises(section, title)
        if kind == "Summary":
            return self.summary(section, title)
        start, claims, lead, depth, seen = len(self.slides), [], None, 0, False
        for node in section.children:
            if isinstance(node, nodes.section) or (isinstance(node, nodes.raw) and (depth := depth + folds(node)) >= 0):
                continue
            tags = self.tags(node)
            if depth or "no-slide" in tags:
                continue
            if "slide" in tags:
                self.add("text", title, self.render(node))
            elif isinstance(node, nodes.block_quote) and node.astext().startswith("Predict first"):
                self.add("predict", "Predict first", self.prediction(node))
            elif isinstance(node, nodes.paragraph) and self.waiting(start):
                self.slides[-1].body += f'<p class="said">{self.first(node, 1)}</p>'
            elif isinstance(node, nodes.paragraph) and lead is None and kind != "First look":
                lead = self.first(node, 2)
            elif isinstance(node, nodes.math_block) and lead and not seen:
                self.slides.insert(start, Slide("text", self.inline(title), f"<p>{lead}</p>{self.render(node)}"))
                seen = True
            elif isinstance(node, nodes.container):
                for picture in node.findall(nodes.image):
                    self.add("figure", title, self.figure(picture))
                claims += claims_in(node)
        if lead and not seen and not any(slide.kind == "figure" for slide in self.slides[start:]):
            self.slides.insert(start, Slide("text", self.inline(title), f"<p>{lead}</p>"))
        for some in portions(claims)[:1]:
            text = "".join(f"<li>{html.escape(claim)}</li>" for claim in some)
            more = len(claims) - len(some)
            also = f'and {more} more, <a href="{self.chapter_file()}">in the chapter</a>' if more else ""
            self.add("claims", title, f'<p class="kicker">What held</p><ul>{text}</ul><p class="kicker">{also}</p>')
        for inner in section.children:
            if isinstance(inner, nodes.section):
                self.section(inner, inner.next_node(nodes.title))

    def waiting(self, start: int) -> bool:
        """Is the last slide a figure of this section that nothing has been said of yet?"""
        return len(self.slides) > start and self.slides[-1].kind == "figure" and "said" not in self.slides[-1].body

    def exercises(self, section: nodes.section, title: nodes.title) -> None:
        told = []                                      # a title of more than its number and time says enough
        for item in (item for child in section.children if isinstance(child, nodes.enumerated_list) for item in child):
            told.append(f"{len(told) + 1}. {self.first(item.next_node(nodes.paragraph), 1)}")
        for node in section.findall(nodes.paragraph):
            head = next((child for child in node.children[:2] if isinstance(child, nodes.strong)), None)
            if head and re.match(r"\d", head.astext()):
                told.append(self.inline(head) if re.match(r"\d+\. ", head.astext()) else self.first(node, 1))
        if told:
            self.add("list", title, f"<ul>{''.join(f'<li>{text}</li>' for text in told)}</ul>")

    def summary(self, section: nodes.section, title: nodes.title) -> None:
        found = [item for items in section.children if isinstance(items, nodes.bullet_list) for item in items]
        for some in portions(found):
            self.add("list", title, self.items(some))

    def prediction(self, quote: nodes.block_quote) -> str:
        text = self.render(quote)
        return re.sub(r"<strong>Predict first\.?</strong>\s*", "", text)

    def tags(self, node: nodes.Node) -> list[str]:
        """myst-nb counts lines so that those of cell k, from 1, begin with 10,000 k."""
        at = (getattr(node, "line", None) or 0) // 10_000 - 1
        return self.cells[at]["metadata"].get("tags", []) if 0 <= at < len(self.cells) else []

    # As HTML ---------------------------------------------------------------------------------------------------------
    def render(self, node: nodes.Node) -> str:
        copy = stripped(node)
        return self.app.builder.render_partial(copy)["fragment"]

    def inline(self, node: nodes.Node) -> str:
        return re.sub(r"^\s*<p>|</p>\s*$", "", self.render(nodes.paragraph("", "", *node.deepcopy().children))).strip()

    def items(self, items: list) -> str:
        return self.render(nodes.bullet_list("", *(item.deepcopy() for item in items))) if items else ""

    def first(self, paragraph: nodes.paragraph, count: int) -> str:
        return self.inline(first_sentences(paragraph, count))

    def figure(self, picture: nodes.image) -> str:
        """The picture; of a film its first frame and its last, each over what it says of itself."""
        name = Path(picture["uri"]).name
        source = next(source for source, file in self.app.builder.images.items() if file == name)
        first = shown(f"../_images/{name}", (Path(self.app.srcdir) / source).read_bytes(), picture.get("alt", ""))
        if not (film := picture.get("film")):
            return first
        last = shown(film["frame"], base64.b64decode(film["frame"].partition(",")[2]), film["last"])
        pair = [one.replace("</figure>", f"<figcaption>{html.escape(film[said])}</figcaption></figure>")
                for one, said in ((first, "first"), (last, "last"))]
        return f'<div class="film">{"".join(pair)}</div>'


def shown(address: str, png: bytes, words: str) -> str:
    """A picture that has its size before it is there."""
    width, height = (int.from_bytes(png[at:at + 4], "big") for at in (16, 20))
    return (f'<figure><img src="{address}" width="{width}" height="{height}" loading="lazy" '
            f'alt="{html.escape(words)}"></figure>')


def write_deck(app, pagename, templatename, context, doctree) -> None:
    if doctree is None or pagename not in chapters(app.env):
        return
    deck = Deck(app, pagename, doctree)
    file = f"{number(pagename):02}.html"
    slides = "\n".join(
        SLIDE.format(kind=slide.kind, at=at, of=len(deck.slides), title=slide.title,
                     label=html.escape(words(slide.title)), body=slide.body)
        for at, slide in enumerate(deck.slides, 1))
    title = doctree.next_node(nodes.title).astext()
    out = Path(app.outdir) / "slides" / file
    out.parent.mkdir(exist_ok=True)
    out.write_text(DECK.format(base=app.config.html_baseurl, file=file, title=html.escape(title), slides=slides,
                               description=html.escape(f"Slides: {description(app.env, pagename)}"),
                               chapter=deck.chapter_file()), "utf8")


def setup(app) -> dict:
    app.connect("html-page-context", write_deck)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
