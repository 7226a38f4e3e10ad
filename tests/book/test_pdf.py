"""The printed book: whole figures and lines, links and contents that lead, text that can be searched, fonts within."""
import re
import sys
from pathlib import Path
from unicodedata import normalize

import pytest
import yaml
from building import BROWSER, ROOT
from looking import Page

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "tools"))
if BROWSER is None:
    pytest.skip("no browser: apt-get install chromium, or set CHROMIUM to one's path", allow_module_level=True)

import pdf
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text("utf8"))
WANTED = ["book/02_two_players", "book/06_vanishing_gradients", "book/glossary"]
ROOM = (61, 61, 535, 787)          # left, bottom, right, top of a page's text in points: A4 without its margins
FOOTER = range(25, 32)             # where the line of title and number stands


@pytest.fixture(scope="module")
def book(site, browser, tmp_path_factory):
    out = tmp_path_factory.mktemp("pdf") / "book.pdf"
    pdf.printed(browser, site, out, TOC, "The book", WANTED)
    return PdfReader(out)


# What is looked for -----------------------------------------------------------------------------------------------
def chapters_in(reader):
    """Title -> page, from 1, of what stands outermost in the outline."""
    return {" ".join(entry.title.split()): reader.get_destination_page_number(entry) + 1
            for entry in reader.outline if not isinstance(entry, list)}


def lost_links(reader):
    places, lost = reader.named_destinations, []
    for page in reader.pages:
        for link in (note.get_object() for note in page.get("/Annots", [])):
            address = link.get("/A", {}).get("/URI", "")
            if address.startswith("file:") or ("/Dest" in link and link["/Dest"] not in places):
                lost.append(address or link["/Dest"])
    return lost


def drawn(page):
    """Boxes (left, bottom, right, top) of a page's pictures, and where its bits of text begin."""
    pictures, texts = [], []

    def before(operator, operands, cm, tm):
        if operator == b"Do" and page["/Resources"]["/XObject"][operands[0]]["/Subtype"] == "/Image":
            a, b, c, d, e, f = cm
            xs, ys = zip(*((a * x + c * y + e, b * x + d * y + f) for x in (0, 1) for y in (0, 1)))
            pictures.append((min(xs), min(ys), max(xs), max(ys)))

    def text(words, cm, tm, font, size):
        if words.strip():
            x, y = tm[4] * cm[0] + tm[5] * cm[2] + cm[4], tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            texts.append((x, y, words))

    page.extract_text(visitor_operand_before=before, visitor_text=text)
    return pictures, texts


def cut(reader):
    """(page, what) of pictures and text that reach over the edge of a page's text, the cover apart."""
    wrong, (left, bottom, right, top) = [], ROOM
    for number, page in enumerate(reader.pages[1:], 2):
        pictures, texts = drawn(page)
        wrong += [(number, "picture") for box in pictures
                  if box[0] < left or box[1] < bottom or box[2] > right or box[3] > top]
        wrong += [(number, words) for x, y, words in texts
                  if not (left <= x <= right and (bottom <= y <= top or int(y) in FOOTER))]
    return wrong


def fonts_left_out(reader):
    missing = set()
    for page in reader.pages:
        for font in (one.get_object() for one in page["/Resources"].get("/Font", {}).values()):
            kind = font.get("/DescendantFonts", [font])[0].get_object()
            within = font["/Subtype"] == "/Type3" or any(
                key.startswith("/FontFile") for key in kind.get("/FontDescriptor", DictionaryObject()).get_object())
            missing |= set() if within else {font["/BaseFont"]}
    return missing


# On the book ------------------------------------------------------------------------------------------------------
def test_outline_and_contents_name_each_page_where_it_is(book, site):
    titles = [re.search(r"<h1>(.*?)<", (site / f"{name}.html").read_text("utf8"))[1] for name in WANTED]
    outline = chapters_in(book)
    assert list(outline) == ["Contents", *titles]
    contents = " ".join(book.pages[1].extract_text().split())
    for title in titles:
        assert f"{title} {outline[title]}" in contents
        assert title in " ".join(book.pages[outline[title] - 1].extract_text().split())


def test_links_lead_within_the_book_and_nowhere_to_a_file(book):
    assert lost_links(book) == []
    within = [note.get_object() for page in book.pages[2:] for note in page.get("/Annots", [])
              if "/Dest" in note.get_object()]
    assert len(within) > 10


def test_figures_and_lines_are_whole(book, site):
    assert cut(book) == []
    shown = sum(len(Page((site / f"{name}.html").read_text("utf8")).pictures) for name in WANTED)
    assert sum(len(drawn(page)[0]) for page in book.pages[1:]) == shown > 5


def test_text_is_found_and_fonts_are_within(book):
    text = normalize("NFKC", " ".join(" ".join(page.extract_text().split()) for page in book.pages))    # no ligatures
    assert "The forger is the generator G" in text and "officer" in text
    assert "Solutions" in text and "Proof" in text                       # folds stand open
    assert "plt.rcParams.update" not in text                             # but for code that only sets up
    assert fonts_left_out(book) == set()
    assert any("SourceSerif" in font.get_object()["/BaseFont"] for page in book.pages
               for font in page["/Resources"]["/Font"].values())


def test_no_browser_is_named(monkeypatch):
    monkeypatch.setattr(pdf, "BROWSERS", ("no-such-browser",))
    with pytest.raises(SystemExit, match="apt-get install chromium"):
        pdf.found_browser()


# Faults planted in a small site -----------------------------------------------------------------------------------
PAGE = """<html><head><link rel="canonical" href="https://owner.github.io/gan-book/book/{name}.html"></head><body>
<article class="bd-article"><section id="top"><h1>Page {name}</h1><p>{text}</p>
<div class="cell"><img src="../_static/digits.png" width="600" height="600" alt="Digits"></div>
<p><a href="{link}">a link</a></p></section></article></body></html>"""


@pytest.fixture
def small(tmp_path):
    """Function that prints two small pages, with a fault."""
    def print_small(browser, link="two.html#top", css=""):
        (tmp_path / "book").mkdir()
        (tmp_path / "_static").mkdir()
        (tmp_path / "_static/digits.png").write_bytes((ROOT / "book/assets/digits.png").read_bytes())
        for name in ("one", "two"):
            (tmp_path / f"book/{name}.html").write_text(PAGE.format(name=name, link=link, text="Some words. " * 300))
        pdf.printed(browser, tmp_path, tmp_path / "small.pdf", {"root": "book/one", "parts": [
            {"caption": "Part", "chapters": [{"file": "book/two"}]}]}, "Small", css=css)
        return PdfReader(tmp_path / "small.pdf")

    return print_small


@pytest.mark.parametrize("css, found", [
    ("", ""),
    (".bd-article img { width: 100%; height: 300mm; max-height: none; object-fit: fill; }", "picture"),
    (".bd-article .cell { width: 120%; } .bd-article img { width: 100%; max-width: none; }", "picture"),
    (".bd-article p { contain: size; font-size: 30pt; height: 400mm; }", "words"),
])
def test_what_is_cut_is_found(browser, small, css, found):
    wrong = cut(small(browser, css=css))
    assert any(found in what for _, what in wrong) if found else wrong == []


def test_a_link_to_nowhere_stops_the_printing(browser, small):
    with pytest.raises(SystemExit, match="links that lead nowhere: #two.nowhere"):
        small(browser, link="two.html#nowhere")


def test_a_lost_link_an_outline_left_out_and_a_font_left_out_are_found(browser, small, tmp_path):
    reader = small(browser)
    assert lost_links(reader) == [] and list(chapters_in(reader)) == ["Contents", "Page one", "Page two"]
    writer = PdfWriter()
    for page in reader.pages:                                            # neither outline nor names come along
        writer.add_page(page)
    font = {"/Type": NameObject("/Font"), "/Subtype": NameObject("/Type1"), "/BaseFont": NameObject("/Helvetica")}
    writer.pages[0]["/Resources"]["/Font"][NameObject("/F99")] = DictionaryObject(
        {NameObject(key): value for key, value in font.items()})
    writer.write(tmp_path / "faulty.pdf")
    faulty = PdfReader(tmp_path / "faulty.pdf")
    assert chapters_in(faulty) == {} and fonts_left_out(faulty) == {"/Helvetica"}
