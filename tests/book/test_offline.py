"""The offline copy, unpacked and opened from its folder: pages, lab, figures and search as on the web."""
import re
import sys
import zipfile
from pathlib import Path

import pytest
from building import BROWSER

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "tools"))
from offline import FETCH, Text, pack

in_browser = pytest.mark.skipif(BROWSER is None, reason="no browser")


@pytest.fixture(scope="module")
def copy(site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("offline")
    pack(site, folder / "book.zip")
    with zipfile.ZipFile(folder / "book.zip") as packed:
        assert packed.testzip() is None
        packed.extractall(folder)
    return folder / "gan-book"


def opened(page, path, hash=""):
    """Everything that is not as it should be while the page is opened, and a list that goes on growing."""
    wrong = []
    page.on("console", lambda message: message.type in ("error", "warning") and wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(f"did not get {request.url}"))
    page.on("request", lambda request: request.url.startswith(("file:", "data:", "blob:"))
            or wrong.append(f"asked for {request.url}"))
    page.goto(path.as_uri() + hash, wait_until="networkidle")
    return wrong


def test_copy_holds_every_page_and_says_how_it_is_opened(copy, site, pages):
    assert all((copy / page).is_file() for page in [*pages, "index.html", "slides/02.html"])
    words = (copy / "README.txt").read_text("utf8")
    assert "index.html" in words and "https://owner.github.io/gan-book/" in words
    assert not any((copy / name).exists() for name in ("404.html", "gan-book.zip", "gan-book.pdf"))


@in_browser
@pytest.mark.parametrize("path", ["index.html", "book/02_two_players.html", "slides/02.html"])
def test_opens_from_its_folder_without_an_error(copy, new_page, path):
    page = new_page()
    wrong = opened(page, copy / path)
    assert wrong == [] and page.locator("h1").first.inner_text()
    if path == "index.html":
        assert page.url.endswith("/book/intro.html")
        page.evaluate("document.querySelector('.still')?.scrollIntoView()")        # faces that load once they are near
    page.wait_for_function("document.querySelectorAll('.still').length === 0")
    assert wrong == []


@in_browser
def test_lab_trains_from_its_folder(copy, new_page):
    page = new_page()
    wrong = opened(page, copy / "book/lab.html")
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="Pause", exact=True).wait_for()
    canvas = page.locator(".gan-lab .stage canvas").first
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    page.wait_for_timeout(1500)
    assert canvas.evaluate("canvas => canvas.toDataURL()") != before and wrong == []


@in_browser
def test_search_finds_with_excerpts(copy, new_page):
    page = new_page()
    wrong = opened(page, copy / "search.html", "?q=spectral")
    page.locator("#search-results li p.context").first.wait_for()
    page.get_by_text("Search finished").wait_for()
    assert "spectral" in page.locator("#search-results li p.context").first.inner_text().lower()
    assert wrong == []


@in_browser
def test_a_search_that_fetches_is_found(site, new_page):
    page = new_page()
    wrong = opened(page, site / "search.html", "?q=spectral")
    assert any("CORS" in line or "did not get" in line for line in wrong)


def test_text_of_a_page_is_what_is_read_with_places_to_lead_to():
    page = ('<p>Menu</p><article><section id="a"><h1>Nets<a class="headerlink" href="#a">#</a></h1><p>x &lt; <span '
            'class="math"><span class="katex-mathml"><span>V</span></span><b>V</b></span><script>let p</script></p>'
            '<noscript><p>folded</p></noscript></section></article><p>Foot</p>')
    assert re.sub(" ", "", "".join(Text(page).pieces)) == '<sectionid="a">Netsx&lt;Vfolded</section>'


@pytest.mark.parametrize("file, old", [("search.html", '<script src="_static/searchtools.js">'),
                                       ("_static/searchtools.js", FETCH)])
def test_a_search_made_otherwise_stops_the_packing(tmp_path, file, old):
    (tmp_path / "_static").mkdir()
    (tmp_path / "search.html").write_text('<script src="_static/searchtools.js">')
    (tmp_path / "_static/searchtools.js").write_text(FETCH)
    (tmp_path / file).write_text((tmp_path / file).read_text().replace(old, "another"))
    with pytest.raises(SystemExit, match=f"{Path(file).name} no longer has"):
        pack(tmp_path, tmp_path / "book.zip")
