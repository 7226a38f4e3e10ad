"""What search engines, shared links and dead ends are given: complete, and each address leads to a file of the site."""
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from building import ROOT
from looking import Page

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "tools"))
from findable import TO_TAKE_ALONG, site_address

BASE = "https://owner.github.io/gan-book/"
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text("utf8"))
PAGES = [f"{name}.html" for name in (TOC["root"], *(one["file"] for part in TOC["parts"] for one in part["chapters"]))]


@pytest.fixture(scope="module")
def parsed(site):
    return {path: Page((site / path).read_text("utf8")) for path in PAGES}


def card(page):
    return {tag["property"]: tag["content"] for tag in page.all("meta") if tag.get("property", "").startswith("og:")}


def file_of(address, site):
    assert address.startswith(BASE)
    return site / unquote(address.removeprefix(BASE))


@pytest.mark.parametrize("repository, address", [
    ("https://github.com/OWNER/gan-book", BASE),
    ("https://github.com/ada-l/my.gans_2", "https://ada-l.github.io/my.gans_2/"),
    ("https://github.com/ada/ada.github.io", "https://ada.github.io/"),
])
def test_address_of_a_repository_s_site(repository, address):
    assert site_address(repository) == address


def test_each_page_has_its_own_address_and_a_card(site, parsed):
    for path, page in parsed.items():
        tags, description = card(page), [meta for meta in page.all("meta") if meta.get("name") == "description"]
        assert [link["href"] for link in page.all("link") if link.get("rel") == "canonical"] == [BASE + path]
        assert tags["og:url"] == BASE + path
        assert tags["og:description"] == description[0]["content"]
        assert tags["og:title"] and tags["og:title"] in re.sub("&#8212;.*", "", page.text)
        picture = file_of(tags["og:image"], site)
        assert picture.read_bytes()[:4] == b"\x89PNG" and len(tags["og:image:alt"].split()) > 3, path


def test_a_chapter_s_card_shows_its_own_first_picture(parsed):
    chapters = [path for path in PAGES if re.match(r"book/\d\d_", path)]
    for path in chapters:
        first = next(picture for picture in parsed[path].pictures if picture["src"].endswith(".png"))
        assert card(parsed[path])["og:image"] == BASE + first["src"].removeprefix("../")
    assert len({card(parsed[path])["og:image"] for path in chapters}) == len(chapters) > 0


def test_sitemap_lists_each_page_once_and_robots_lead_to_it(site):
    urls = [element.text for element in ElementTree.parse(site / "sitemap.xml").iter() if element.tag.endswith("}loc")]
    assert urls == [BASE + path for path in PAGES]
    assert f"Sitemap: {BASE}sitemap.xml" in (site / "robots.txt").read_text().splitlines()


def test_first_address_says_what_the_book_is(site, parsed):
    index = Page((site / "index.html").read_text("utf8"))
    described = [meta["content"] for meta in index.all("meta") if meta.get("name") == "description"]
    assert described == [card(parsed[PAGES[0]])["og:description"]]
    assert [link["href"] for link in index.all("link") if link.get("rel") == "canonical"] == [BASE + PAGES[0]]


def test_a_dead_end_leads_back_from_any_depth(site):
    page = Page((site / "404.html").read_text("utf8"))
    assert [base["href"] for base in page.all("base")] == [urlsplit(BASE).path]
    links = [link["href"] for link in page.all("a")]
    assert PAGES[0] in links and all((site / link).is_file() for link in links)


def test_footer_leads_to_what_is_edited(parsed):
    for path, page in parsed.items():
        links = [link["href"] for link in page.all("a") if "github.com" in link.get("href", "")]
        edited = [link.split("/edit/main/")[1] for link in links if "/edit/" in link]
        assert len(edited) == 1 and Path(edited[0]).with_suffix(".html").as_posix() == path
        assert (ROOT / edited[0]).is_file() and not edited[0].endswith(".ipynb")
        for name in ("LICENSE", "CITATION.cff"):
            assert any(link.endswith(f"/blob/main/{name}") for link in links) and (ROOT / name).is_file()
        assert any(f"/issues/new?title={edited[0]}" in unquote(link) for link in links)


def test_footer_leads_to_what_publishing_makes_beside_the_pages(parsed):
    recipe = re.search(r"^publish:.*?\n\n", (ROOT / "Makefile").read_text("utf8"), re.MULTILINE | re.DOTALL)[0]
    for path, page in parsed.items():
        for file in TO_TAKE_ALONG.values():
            assert BASE + file in {link.get("href") for link in page.all("a")}, path
            assert f"--out $(PUBLISHED)/{file}" in recipe
