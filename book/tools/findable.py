"""Sphinx extension: what a search engine, a shared link and a reader at a dead end are given.

Each page gets its canonical address and a card for where its link is shared, and in the footer the ways to its source,
to an issue and to the licence; the site gets sitemap.xml, robots.txt, 404.html and a first address that leads on.
All addresses follow from the repository's, so that those of a fork lead to the fork.
"""

import html
from pathlib import Path
from urllib.parse import quote, urlsplit

from docutils import nodes
from reading_aids import description

SHARED = "_static/lab.png"                    # for a page without a picture of its own
SOURCES = (".py", ".md")                      # what is edited; a notebook is made from its script
# Made beside a published site by `make publish`, so the links lead there from every copy.
TO_TAKE_ALONG = {"One PDF": "gan-book.pdf", "Offline copy": "gan-book.zip"}


def site_address(repository: str) -> str:
    """Where GitHub Pages publishes github.com/OWNER/NAME."""
    owner, name = urlsplit(repository).path.strip("/").split("/")
    return f"https://{owner.lower()}.github.io/" + ("" if name == f"{owner}.github.io" else f"{name}/")


def repository_of(config) -> str:
    return config.html_theme_options["repository_url"]


def settle_address(app, config) -> None:
    config.html_baseurl = site_address(repository_of(config))          # from it Sphinx makes canonical links


# On each page --------------------------------------------------------------------------------------------------------
def add_card(app, pagename, templatename, context, doctree) -> None:
    """Open Graph's tags (ogp.me), and the one that makes other readers of such tags show the picture large."""
    if doctree is None:                       # the page of the search
        return
    picture, words = first_picture(app, doctree)
    tags = {"og:type": "article", "og:title": doctree.next_node(nodes.title).astext(),
            "og:site_name": app.config.html_title, "og:description": description(app.env, pagename),
            "og:url": app.config.html_baseurl + app.builder.get_target_uri(pagename),
            "og:image": app.config.html_baseurl + picture, "og:image:alt": words}
    context["metatags"] = context.get("metatags", "") + "".join(
        f'<meta property="{name}" content="{html.escape(text)}" />' for name, text in tags.items()
    ) + '<meta name="twitter:card" content="summary_large_image" />'


def first_picture(app, doctree) -> tuple[str, str]:
    """The page's first picture, as its file's path on the site, and its words."""
    for image in doctree.findall(nodes.image):
        if image["uri"].endswith(".png"):
            return f"_images/{Path(image['uri']).name}", image.get("alt", "")
    return SHARED, "Fakes, orange diamonds, at and between eight groups of real points that form a ring"


def add_footer(app, pagename, templatename, context, doctree) -> None:
    repository, branch = repository_of(app.config), "main"
    source = next((pagename + kind for kind in SOURCES if (Path(app.srcdir) / (pagename + kind)).is_file()), None)
    links = {"Repository": repository, "MIT licence": f"{repository}/blob/{branch}/LICENSE",
             "Cite this book": f"{repository}/blob/{branch}/CITATION.cff"} | {
             text: app.config.html_baseurl + file for text, file in TO_TAKE_ALONG.items()}
    if source:
        links["Edit this page"] = f"{repository}/edit/{branch}/{source}"
        links["Report a mistake"] = f"{repository}/issues/new?title={quote(f'{source}: ')}"
    context["theme_extra_footer"] = "<p>" + " · ".join(
        f'<a href="{html.escape(link)}">{text}</a>' for text, link in links.items()) + "</p>"


# Beside the pages ----------------------------------------------------------------------------------------------------
HEAD = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
"""
# Jupyter Book's own has neither language nor link.
INDEX = HEAD + """<meta http-equiv="refresh" content="0; url={first}.html">
<meta name="description" content="{description}">
<link rel="canonical" href="{base}{first}.html">
<title>{title}</title>
<a href="{first}.html">{title}</a>
</html>
"""
# GitHub Pages shows it at any address that leads nowhere, so its links start at the site's root.
NOT_FOUND = HEAD + """<base href="{root}">
<title>No such page · {title}</title>
<style>body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 15vh auto; padding: 0 1rem }}</style>
<main>
<h1>No such page</h1>
<p>This address is a fake, and not a good one: nothing real lies near it. The book begins
<a href="{first}.html">on its first page</a>, which lists the chapters, and it can be
<a href="search.html">searched</a>.</p>
</main>
</html>
"""


def write_beside(app, exception) -> None:
    if exception or app.builder.format != "html":
        return
    out, base = Path(app.outdir), app.config.html_baseurl
    given = {"first": app.config.root_doc, "title": html.escape(app.config.html_title), "base": base,
             "root": urlsplit(base).path,
             "description": html.escape(description(app.env, app.config.root_doc))}
    (out / "index.html").write_text(INDEX.format(**given), "utf8")
    (out / "404.html").write_text(NOT_FOUND.format(**given), "utf8")
    urls = "".join(f"  <url><loc>{html.escape(base + app.builder.get_target_uri(name))}</loc></url>\n"
                   for name in app.env.external_site_map)
    (out / "sitemap.xml").write_text('<?xml version="1.0" encoding="UTF-8"?>\n'
                                     f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n')
    (out / "robots.txt").write_text(f"User-agent: *\nAllow: /\nSitemap: {base}sitemap.xml\n")


def setup(app) -> dict:
    app.connect("config-inited", settle_address)
    app.connect("html-page-context", add_card)
    app.connect("html-page-context", add_footer)
    app.connect("build-finished", write_beside)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
