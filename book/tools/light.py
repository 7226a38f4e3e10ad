"""Sphinx extension: a page brings what it shows. What is folded waits as text, and of the theme only what is used goes.

A chapter's folds are half of its elements, and most readers open few of them. Each waits in a <noscript>: with scripts
it is one piece of text until folds.js makes elements of it; without scripts it is the fold's content, as ever.
"""
import re
from pathlib import Path

from fontTools import subset

FOLD = re.compile(r"(<details(?![^>]*\sopen)[^>]*>\s*<summary.*?</summary>)"
                  r"((?:(?!<details|<script|<noscript).)*?)(</details>)", re.DOTALL)
RULE = re.compile(r"([^{};]+)\{([^{}]*)\}")    # also those within a @media
NAME = re.compile(r"-?[A-Za-z_][\w-]*")


def lighten(app, exception) -> None:
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for page in out.rglob("*.html"):
        page.write_text(FOLD.sub(r"\1<noscript>\2</noscript>\3", page.read_text("utf8")), "utf8")
    keep_used_rules(out)
    keep_used_icons(out)
    show_formulas_at_once(out)


def keep_used_rules(out: Path) -> None:
    """Of the theme's stylesheets keep the rules for classes that a page has or a script names: a quarter of them."""
    pages = "".join(page.read_text("utf8") for page in out.rglob("*.html"))
    scripts = "".join(script.read_text("utf8") for script in out.rglob("*.js") if script.name != "searchindex.js")
    used = {name for names in re.findall(r'class="([^"]*)"', pages) for name in names.split()}
    used |= set(NAME.findall(scripts))

    def kept(rule: re.Match) -> str:
        selectors = [one for one in re.split(r",(?![^(]*\))", rule[1]) if is_used(one, used)]
        return f"{','.join(selectors)}{{{rule[2]}}}" if selectors else ""

    for name in ("styles/pydata-sphinx-theme.css", "styles/sphinx-book-theme.css"):
        sheet = out / "_static" / name
        comments = re.compile(r"/\*.*?\*/", re.DOTALL)
        sheet.write_text(RULE.sub(kept, comments.sub("", sheet.read_text("utf8"))), "utf8")


def is_used(selector: str, used: set[str]) -> bool:
    """Whether an element can match: it must have every class that stands outside of brackets, as in ``:not(.wide)``."""
    outside = selector
    for _ in range(2):                                         # :not(:is(…)) is as deep as they go
        outside = re.sub(r"\([^()]*\)|\[[^]]*\]", "", outside)
    return set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", outside)) <= used


def keep_used_icons(out: Path) -> None:
    """Of the theme's two thousand icons (a font of 150 KiB) keep the dozen that its pages show."""
    font = str(out / "_static/vendor/fontawesome/webfonts/fa-solid-900.woff2")
    sheets = "".join(path.read_text("utf8") for path in out.rglob("*.css"))
    options = subset.Options(flavor="woff2")
    icons = subset.load_font(font, options)
    subsetter = subset.Subsetter(options)
    escaped = [int(code, 16) for code in re.findall(r"\\([ef][0-9a-f]{3})\b", sheets)]
    subsetter.populate(unicodes=escaped, text=re.sub("[^\ue000-\uf8ff]", "", sheets))
    subsetter.subset(icons)
    subset.save_font(icons, font, options)


def show_formulas_at_once(out: Path) -> None:
    """In the page's own letters until KaTeX's fonts are there."""
    sheet = out / "_static/katex/katex.min.css"
    sheet.write_text(sheet.read_text("utf8").replace("@font-face{", "@font-face{font-display:swap;"), "utf8")


def setup(app) -> dict:
    app.connect("build-finished", lighten, priority=900)       # when the other extensions have made the pages
    app.add_js_file("folds.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
