"""The built site as one zip, `make offline`: unpacked anywhere, it opens by a double click on index.html.

A page from a folder may not fetch another, and the search takes its excerpts so. In the copy they come from a script,
which holds each page's text.
"""

import argparse
import json
import re
import sys
import zipfile
from html import escape
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = ("404.html", "robots.txt", "sitemap.xml", ".buildinfo", "objects.inv", "gan-book.pdf", "gan-book.zip")
READ_ME = """GANs, one notebook at a time: the whole book, to be read without a network.

Open index.html in a browser (a double click does it). Chapters, interactive figures, both labs, slides and the search
work as they do on the web; nothing is asked of any server. What you mark as read stays in your browser.

A chapter's page offers its notebook under "Download notebook". To run one you need Python with PyTorch and the book's
package: pip install {source}

Only what lies elsewhere needs a network: Colab, the papers, the repository. The book on the web: {web}
MIT licence.
"""
FETCH = "fetch(requestUrl)"
IN_PLACE = 'Promise.resolve({ text: () => TEXTS[docName] ?? "" })'
SCRIPT = '<script src="_static/searchtools.js">'


class Text(HTMLParser):
    """What is read on a page: its article's text, with the places that a result may lead to."""

    def __init__(self, page: str):
        super().__init__()
        self.pieces, self.inside, self.skipped = [], False, None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        classes = (attributes.get("class") or "").split()
        self.inside |= tag == "article"
        if self.skipped:
            self.skipped[1] += tag == self.skipped[0]
        elif tag in ("script", "style") or {"headerlink", "katex-mathml", "definition"} & set(classes):
            self.skipped = [tag, 1]
        elif self.inside and tag in ("section", "dt"):
            self.pieces.append(f'<{tag} id="{escape(attributes.get("id") or "")}">')

    def handle_endtag(self, tag):
        if self.skipped:
            self.skipped[1] -= tag == self.skipped[0]
            self.skipped = self.skipped if self.skipped[1] else None
        elif self.inside and tag in ("section", "dt"):
            self.pieces.append(f"</{tag}>")
        self.inside &= tag != "article"

    def handle_data(self, data):
        if self.inside and not self.skipped:
            self.pieces.append(escape(re.sub(r"\s+", " ", data), quote=False))


def texts(site: Path) -> str:
    """The script with the text of every page."""
    found = {}
    for path in sorted((site / "book").glob("*.html")):
        pieces = "".join(Text(path.read_text("utf8")).pieces)
        found[f"book/{path.stem}"] = f'<div role="main">{pieces}</div>'
    return f"const TEXTS = {json.dumps(found, ensure_ascii=False)};\n"


def replaced(text: str, old: str, new: str, file: str) -> str:
    if old not in text:
        sys.exit(f"offline: {file} no longer has {old}: look how the search gets its excerpts")
    return text.replace(old, new)


def pack(site: Path, out: Path) -> int:
    """Write the zip; returns how many files it holds."""
    search = replaced((site / "search.html").read_text("utf8"), SCRIPT,
                      f'<script src="_static/texts.js"></script>\n  {SCRIPT}', "search.html")
    tools = replaced((site / "_static/searchtools.js").read_text("utf8"), FETCH, IN_PLACE, "searchtools.js")
    index = (site / "index.html").read_text("utf8")
    web = re.search(r'rel="canonical" href="(.*/)book/', index)[1]
    owner, name = re.match(r"https://([^.]+)\.github\.io/(.*?)/?$", web).groups()
    source = f"git+https://github.com/{owner}/{name or f'{owner}.github.io'}"
    changed = {"README.txt": READ_ME.format(web=web, source=source), "search.html": search,
               "_static/searchtools.js": tools, "_static/texts.js": texts(site)}
    files = [path for path in sorted(site.rglob("*"))
             if path.is_file() and path.relative_to(site).as_posix() not in {*LEFT_OUT, *changed}]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        for file, text in changed.items():
            copy.writestr(f"gan-book/{file}", text)
        for path in files:
            copy.write(path, f"gan-book/{path.relative_to(site).as_posix()}")
    return len(files) + len(changed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, default=ROOT / "_build/html", help="the built site")
    parser.add_argument("--out", type=Path, default=ROOT / "_build/gan-book.zip")
    arguments = parser.parse_args()
    if not (arguments.site / "index.html").is_file():
        sys.exit(f"--site: got {arguments.site}; must be a built site: make book")
    count = pack(arguments.site, arguments.out)
    print(f"{arguments.out}: {count} files, {arguments.out.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
