"""The feed of changes: Atom as readers of feeds take it (RFC 4287), found by every page."""
import re
import sys
import xml.etree.ElementTree as ElementTree
from datetime import datetime
from pathlib import Path

import pytest
from building import ROOT
from looking import Page
from sphinx.errors import ExtensionError

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "tools"))
from feed import entries, feed

ATOM, BASE = "{http://www.w3.org/2005/Atom}", "https://owner.github.io/gan-book/"


def lacking(text):
    """What RFC 4287 asks for and the feed does not have."""
    root = ElementTree.fromstring(text)
    wrong = [] if root.tag == f"{ATOM}feed" else ["no feed"]
    for part in [root, *root.iter(f"{ATOM}entry")]:
        for tag in ("title", "id", "updated"):
            if len(part.findall(ATOM + tag)) != 1 or not part.findtext(ATOM + tag).strip():
                wrong.append(f"{tag} of {part.tag.removeprefix(ATOM)}")
        try:
            assert datetime.fromisoformat((part.findtext(f"{ATOM}updated") or "").replace("Z", "+00:00")).tzinfo
        except (ValueError, AssertionError):
            wrong.append("moment")
    ids = [found.text for found in root.iter(f"{ATOM}id")]
    wrong += ["two of one id"] * (len(set(ids)) < len(ids)) + ["author"] * (root.find(f"{ATOM}author") is None)
    return wrong


def test_feed_of_the_site_is_whole_and_every_page_leads_to_it(site, pages):
    text = (site / "feed.xml").read_text("utf8")
    assert lacking(text) == []
    root = ElementTree.fromstring(text)
    headings = re.findall(r"^## (\S+) · (.*)$", (ROOT / "CHANGELOG.md").read_text("utf8"), re.MULTILINE)
    told = [(entry.findtext(f"{ATOM}updated")[:10], entry.findtext(f"{ATOM}title"))
            for entry in root.iter(f"{ATOM}entry")]
    assert told == headings != [] and root.findtext(f"{ATOM}updated")[:10] == headings[0][0]
    own = [link.get("href") for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own == [f"{BASE}feed.xml"]
    for path in pages:
        links = [link["href"] for link in Page((site / path).read_text("utf8")).all("link")
                 if link.get("type") == "application/atom+xml"]
        assert [((site / path).parent / link).resolve() for link in links] == [(site / "feed.xml").resolve()], path


def test_text_is_escaped_and_markdown_is_html():
    text = feed(entries("## 2026-01-02 · A & B\n\n*New* <i>"), BASE, "R & D", "us")
    assert lacking(text) == []
    content = ElementTree.fromstring(text).findtext(f"{ATOM}entry/{ATOM}content")
    assert "<em>New</em>" in content


@pytest.mark.parametrize("old, new, found", [
    ("<title>One</title>\n", "", ["title of entry"]),
    ("2026-01-02T00:00:00Z</updated>\n<link", "soon</updated>\n<link", ["moment"]),
    ("#2026-01-01-two", "#2026-01-02-one", ["two of one id"]), ("<author><name>us</name></author>\n", "", ["author"]),
])
def test_a_feed_that_lacks_something_is_found(old, new, found):
    text = feed(entries("## 2026-01-02 · One\n\nA.\n\n## 2026-01-01 · Two\n\nB."), BASE, "Book", "us")
    assert old in text and lacking(text) == []
    assert lacking(text.replace(old, new, 1)) == found


@pytest.mark.parametrize("text, complaint", [
    ("## Yesterday · One\n\nA.", "must be '## 2026-11-26 · Title'"), ("## 2026-01-01\n\nA.", "must be"),
    ("## 2026-01-01 · One\n", "with text below it"),
    ("## 2026-01-01 · One\n\nA.\n\n## 2026-01-02 · Two\n\nB.", "must be newest first"),
])
def test_a_changelog_of_another_form_stops_the_build(text, complaint):
    with pytest.raises(ExtensionError, match=re.escape(complaint)):
        entries(text)
