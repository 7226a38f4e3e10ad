"""Sphinx extension: a page brings what it shows. What is folded waits as text, and of the theme only what is used goes.

A chapter's folds are half of its elements, and most readers open few of them. Each waits in a <noscript>: with scripts
it is one piece of text until folds.js makes elements of it; without scripts it is the fold's content, as ever.
"""
import hashlib
import os
import re
from pathlib import Path

from fontTools import subset

FOLD = re.compile(r"(<details(?![^>]*\sopen)[^>]*>\s*<summary.*?</summary>)"
                  r"((?:(?!<details|<script|<noscript).)*?)(</details>)", re.DOTALL)
# What stands in a page's head until it is drawn. One script must stay: lines in the page need it.
SCRIPT = re.compile(r'<script (?=src="[^"]*\.js)(?![^>]*documentation_options)')
SHEET = re.compile(r'\s*<link[^>]*href="([^"?]*\.css)[^"]*"[^>]*rel="stylesheet"[^>]*>|'
                   r'\s*<link[^>]*rel="stylesheet"[^>]*href="([^"?]*\.css)[^"]*"[^>]*>')
STATE = re.compile(r'\s*<script type="application/vnd.jupyter.widget-state\+json">(.*?)</script>', re.DOTALL)
VIEW = re.compile(r'(<script type="application/vnd.jupyter.widget-view\+json">\s*\{)(?!"from")')
RULE = re.compile(r"([^{};]+)\{([^{}]*)\}")    # also those within a @media
NAME = re.compile(r"-?[A-Za-z_][\w-]*")


def lighten(app, exception) -> None:
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    pages = {page: page.read_text("utf8") for page in out.rglob("*.html") if "_static" not in page.parts}
    scripts = "".join(script.read_text("utf8") for script in out.rglob("*.js") if script.name != "searchindex.js")
    used = {name for text in pages.values() for names in re.findall(r'class="([^"]*)"', text) for name in names.split()}
    used |= set(NAME.findall(scripts))
    bundles = {}
    for page, text in pages.items():
        text = FOLD.sub(r"\1<noscript>\2</noscript>\3", text)
        text = apart(text, page, out)
        if page.name != "search.html":             # whose own lines follow its scripts at once
            text = SCRIPT.sub("<script defer ", text)
        sheets = tuple((page.parent / (one or other)).resolve() for one, other in SHEET.findall(text))
        if len(sheets) > 1:                        # a page that was not made anew has its one already
            bundle = bundles.get(sheets) or bundles.setdefault(sheets, bundled(out, sheets, used))
            first, *rest = SHEET.split(text)[::3]                      # two groups stand between two pieces
            link = f'\n    <link rel="stylesheet" href="{os.path.relpath(bundle, page.parent)}" />'
            text = first + link + "".join(rest)
        pages[page] = text
        page.write_text(text, "utf8")
    for sheet in (out / "_static").glob("book-*.css"):
        if not any(sheet.name in text for text in pages.values()):
            sheet.unlink()
    keep_used_icons(out)


def apart(text: str, page: Path, out: Path) -> str:
    """A chapter's page without what its widgets show, up to 700 kB, which anywidget-mini.js loads from its own file."""
    state = STATE.search(text)
    if not state or page.parent.name != "book" or not re.match(r"\d\d_", page.name):
        return text
    name = f"{page.stem}-{hashlib.sha256(state[1].encode()).hexdigest()[:8]}.js"
    for earlier in (out / "_static").glob(f"{page.stem}-*.js"):
        earlier.unlink()
    (out / "_static" / name).write_text(f"document.currentScript.saved = {state[1].strip()};\n", "utf8")
    return VIEW.sub(rf'\1"from": "../_static/{name}", ', text.replace(state[0], "", 1))


def bundled(out: Path, sheets: tuple[Path, ...], used: set[str]) -> Path:
    """One stylesheet in place of several: of their rules those for classes that a page has or a script names, a third.

    Formulas are shown in the page's own letters until KaTeX's fonts are there.
    """
    folder = out / "_static"
    text = "".join(whole(sheet, folder) for sheet in sheets)
    text = RULE.sub(lambda rule: kept(rule, used), re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
    text = re.sub(r"\s+", " ", text).replace("@font-face{", "@font-face{font-display:swap;")
    path = folder / f"book-{hashlib.sha256(text.encode()).hexdigest()[:8]}.css"
    path.write_text(text, "utf8")
    return path


def whole(sheet: Path, folder: Path) -> str:
    """A stylesheet with those that it imports; what it points to is pointed to from ``folder``."""
    text = re.sub(r"""url\((?!["']?data:)["']?([^"')]+)["']?\)""",
                  lambda found: f"url({os.path.relpath(sheet.parent / found[1], folder)})", sheet.read_text("utf8"))
    return re.sub(r'@import "([^"]*)";', lambda found: whole(sheet.parent / found[1], folder),
                  text.replace('@charset "UTF-8";', ""))


def kept(rule: re.Match, used: set[str]) -> str:
    selectors = [one for one in re.split(r",(?![^(]*\))", rule[1]) if is_used(one, used)]
    return f"{','.join(selectors)}{{{rule[2]}}}" if selectors else ""


def is_used(selector: str, used: set[str]) -> bool:
    """Whether an element can match: it must have every class that stands outside of brackets, as in ``:not(.wide)``."""
    outside = selector
    for _ in range(2):                                         # :not(:is(…)) is as deep as they go
        outside = re.sub(r"\([^()]*\)|\[[^]]*\]", "", outside)
    return set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", outside)) <= used


def keep_used_icons(out: Path) -> None:
    """Of the theme's font of two thousand icons (150 KiB) keep the dozen that the stylesheets left still name."""
    font = str(out / "_static/vendor/fontawesome/webfonts/fa-solid-900.woff2")
    sheets = "".join(path.read_text("utf8") for path in (out / "_static").glob("book-*.css"))
    options = subset.Options(flavor="woff2")
    icons = subset.load_font(font, options)
    subsetter = subset.Subsetter(options)
    escaped = [int(code, 16) for code in re.findall(r"\\([ef][0-9a-f]{3})\b", sheets)]
    subsetter.populate(unicodes=escaped, text=re.sub("[^\ue000-\uf8ff]", "", sheets))
    subsetter.subset(icons)
    subset.save_font(icons, font, options)


def setup(app) -> dict:
    app.connect("build-finished", lighten, priority=900)       # when the other extensions have made the pages
    app.add_js_file("folds.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
