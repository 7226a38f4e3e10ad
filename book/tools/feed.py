"""Sphinx extension: feed.xml, an Atom feed of what changes for a reader, from CHANGELOG.md.

The changelog is kept by hand: a history of commits says what was done, not what a reader gains, and a copy without its
history must build as well.
"""

import re
from datetime import date
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt
from sphinx.errors import ExtensionError

SOURCE, FILE = "CHANGELOG.md", "feed.xml"
HEADING = re.compile(r"^## (.*)$", re.MULTILINE)
FEED = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en" xml:base="{base}">
<title>{title}: changes</title>
<id>{base}</id>
<updated>{updated}</updated>
<author><name>{author}</name></author>
<link rel="self" type="application/atom+xml" href="{base}feed.xml"/>
<link rel="alternate" type="text/html" href="{base}"/>
{entries}</feed>
"""
ENTRY = """<entry>
<title>{title}</title>
<id>{base}feed.xml#{name}</id>
<updated>{updated}</updated>
<link rel="alternate" type="text/html" href="{base}"/>
<content type="html">{content}</content>
</entry>
"""


def entries(text: str) -> list[tuple[str, str, str]]:
    """(day, title, text as HTML) under each heading "## YYYY-MM-DD · Title", newest first."""
    _, *parts = HEADING.split(text)
    found = []
    for heading, body in zip(parts[::2], parts[1::2]):
        day, _, title = heading.partition(" · ")
        try:
            date.fromisoformat(day)
        except ValueError:
            title = ""
        if not title.strip() or not body.strip():
            raise ExtensionError(f"{SOURCE}: got '## {heading}'; must be '## 2026-11-26 · Title', with text below it")
        if found and day > found[-1][0]:
            raise ExtensionError(f"{SOURCE}: '## {heading}' stands below {found[-1][0]}; must be newest first")
        found.append((day, title.strip(), MarkdownIt().render(body.strip())))
    return found


def feed(found: list[tuple[str, str, str]], base: str, title: str, author: str) -> str:
    def moment(day):
        return f"{day}T00:00:00Z"

    texts = "".join(ENTRY.format(base=base, title=escape(name), updated=moment(day), content=escape(text),
                                 name=re.sub(r"[^a-z0-9]+", "-", f"{day} {name}".lower()).strip("-"))
                    for day, name, text in found)
    return FEED.format(base=base, title=escape(title), author=escape(author), updated=moment(found[0][0]),
                       entries=texts)


def source(app) -> Path:
    return Path(app.srcdir) / SOURCE


def link_in_head(app, pagename, templatename, context, doctree) -> None:
    if source(app).is_file():
        up = "../" * pagename.count("/")
        context["metatags"] = context.get("metatags", "") + (
            f'<link rel="alternate" type="application/atom+xml" title="Changes" href="{up}{FILE}" />')


def write_feed(app, exception) -> None:
    if not exception and app.builder.format == "html" and source(app).is_file():
        found = entries(source(app).read_text("utf8"))
        if found:
            text = feed(found, app.config.html_baseurl, app.config.html_title, app.config.author)
            (Path(app.outdir) / FILE).write_text(text, "utf8")


def setup(app) -> dict:
    app.connect("html-page-context", link_in_head)
    app.connect("build-finished", write_feed)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
