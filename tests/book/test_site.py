"""The built site as files: complete, self-contained, with working links and words for every picture."""
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from building import ROOT, build
from sphinxcontrib import katex

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text("utf8"))
NAMES = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"])]
NOTEBOOKS = [name for name in NAMES if (ROOT / f"{name}.ipynb").exists()]
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


class Page(HTMLParser):
    """What a page holds: its elements as (tag, attributes), and the ids one can link to."""

    def __init__(self, path: Path):
        super().__init__()
        self.path, self.elements = path, []
        self.text = path.read_text("utf8")
        self.feed(self.text)
        self.ids = {attributes["id"] for _, attributes in self.elements if "id" in attributes}

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, {name: value or "" for name, value in attributes}))

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def parsed(site, pages):
    return {path: Page(site / path) for path in [*pages, "index.html"]}


def test_every_entry_of_the_toc_has_a_page_and_there_are_chapters(parsed):
    assert NOTEBOOKS
    for name in NAMES:
        assert parsed[f"{name}.html"].all("h1"), name


def test_no_page_or_stylesheet_names_a_third_party_to_load_from(site, parsed):
    for path, page in parsed.items():
        for tag, attributes in page.elements:
            if tag == "a" or attributes.get("rel") in ("canonical", "license"):
                continue                       # places to go to, not to load from
            for name in ("src", "href", "srcset", "data", "poster", "action"):
                assert not re.match("(https?:)?//", attributes.get(name, "")), (path, tag, attributes)
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import\s*)['\"]?(https?:)?//", sheet.read_text("utf8")), sheet


def test_local_links_and_anchors_resolve(site, parsed):
    broken = []
    for path, page in parsed.items():
        for tag, attributes in page.elements:
            for link in filter(None, (attributes.get("href"), attributes.get("src"))):
                parts = urlsplit(link)
                if parts.scheme or link.startswith("//"):
                    continue
                target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
                other = parsed.get(target.relative_to(site.resolve()).as_posix()) if target.is_file() else None
                anchor = unquote(parts.fragment)
                if not target.is_file() or (anchor and other and anchor not in other.ids):
                    broken.append((path, link))
    assert not broken


def test_math_is_drawn_while_building(parsed):
    assert 'class="katex"' in parsed["book/notation.html"].text
    for path, page in parsed.items():
        for script in page.all("script"):
            assert not re.search("katex|mathjax", script.get("src", ""), re.IGNORECASE), (path, script)
        assert "katex-error" not in page.text, path


def test_stylesheet_and_renderer_of_math_are_of_one_version():
    sheet = (ROOT / "book/assets/katex/katex.min.css").read_text("utf8")
    version = re.search(r'\.katex-version:after\{content:"(\d+\.\d+)', sheet)[1]
    assert katex.katex_version.startswith(f"{version}."), "renew book/assets/katex from npm's katex"


def test_every_picture_has_words(parsed):
    for path, page in parsed.items():
        for image in page.all("img"):
            alt = image.get("alt", "").strip()
            assert alt and not re.search(r"\.(png|svg|jpe?g|gif)$", alt), (path, image["src"][:80], alt)


def test_chapters_open_in_colab(parsed):
    for name in NOTEBOOKS:
        links = [link.get("href", "") for link in parsed[f"{name}.html"].all("a")]
        assert f"https://colab.research.google.com/github/OWNER/gan-book/blob/main/{name}.ipynb" in links


def test_claims_page_lists_every_claim_of_the_notebooks_with_a_link(parsed):
    page = parsed["book/claims.html"]
    rows = re.findall(r"<tr.*?</tr>", page.text, re.DOTALL)[1:]
    printed = []
    for name in NOTEBOOKS:
        for cell in json.loads((ROOT / f"{name}.ipynb").read_text("utf8"))["cells"]:
            for output in cell.get("outputs", []):
                lines = "".join(output.get("text", [])).splitlines()
                printed += [(name, line) for line in lines if line.startswith("✓ ")]
    assert len(rows) == len(printed) > 0
    for row, (name, line) in zip(rows, printed):
        assert f'href="{Path(name).name}.html"' in row
        words = re.findall(r"\w{4,}", line)
        assert all(word in row for word in words), (line, row)


@pytest.mark.parametrize("fault, complaint", [
    ("none", ""),
    ("no alt text", "picture without alt text"),
    ("no claims", "No notebook in _toc.yml prints a claim"),
    ("no chapter", "nonexisting document 'book/01_small'"),
    ("broken formula", "KaTeX parse error"),
])
def test_build_stops_at(tmp_path, fault, complaint):
    dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
    picture = {"output_type": "display_data", "data": {"image/png": dot}, "metadata": {}}
    printed = {"output_type": "stream", "name": "stdout", "text": "✓ it holds\n" if fault != "no claims" else "none\n"}
    alt = {} if fault == "no alt text" else {"mystnb": {"image": {"alt": "A dot"}}}
    title = "# 1. Small\n\n" + (r"$\frac{1$" if fault == "broken formula" else r"$\frac{1}{2}$")
    cells = [{"cell_type": "markdown", "metadata": {}, "source": title},
             {"cell_type": "code", "metadata": alt, "source": "draw()", "execution_count": 1,
              "outputs": [picture, printed]}]
    book = tmp_path / "book"
    shutil.copytree(ROOT / "book/tools", book / "tools")
    shutil.copytree(ROOT / "book/assets", book / "assets")
    shutil.copy(ROOT / "book/claims.md", book)
    shutil.copy(ROOT / "_config.yml", tmp_path)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: book/claims\nchapters: [{file: book/01_small}]\n")
    if fault != "no chapter":
        notebook = {"cells": cells, "metadata": {"kernelspec": KERNEL}, "nbformat": 4, "nbformat_minor": 5}
        (book / "01_small.ipynb").write_text(json.dumps(notebook))
    result = build(tmp_path, tmp_path / "out")
    assert (result.returncode == 0) == (fault == "none"), result.stdout
    assert complaint in result.stdout
