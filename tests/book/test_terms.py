"""The glossary in the chapters: each term once, where it is first used in running text, with its definition at hand."""
import re
import sys
from pathlib import Path

import pytest
from building import BROWSER, ROOT

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "tools"))
from chapters import find
from terms import pattern

CHAPTERS = [f"book/{script.stem}.html" for script in find()]
TERMS = re.findall(r"^(\S.*)\n  \S", (ROOT / "book/glossary.md").read_text("utf8").split("```")[1], re.MULTILINE)
BUTTON = re.compile(r'<button type="button" class="term" popovertarget="([^"]+)">([^<]+)</button>')


def running_text(page):
    """The article's HTML without what holds no running text; a tag of a button stays."""
    article = page[page.index("<article"):page.index("</article>")]
    return re.sub(r"<(a|code|pre|h\d|script|table|summary)\b.*?</\1>", " ", article, flags=re.DOTALL)


@pytest.mark.parametrize("text, found", [
    ("the loss of both", "loss"), ("two minimax losses", "minimax losses"), ("Loss.", "Loss"), ("lossless", None),
    ("a batch norm-free net", None), ("fakes' share", "fakes"),
])
def test_pattern_finds_whole_words_and_the_longest_term(text, found):
    match = pattern(["loss", "minimax loss", "batch norm", "fakes"]).search(text)
    assert (match and match[0]) == found


@pytest.mark.parametrize("path", CHAPTERS)
def test_each_term_of_a_chapter_is_marked_once_with_its_definition(site, path):
    page = (site / path).read_text("utf8")
    marked = BUTTON.findall(running_text(page))
    assert len(marked) == page.count('class="term"') > 9                   # none stands in a link, in code or a heading
    assert len({place for place, _ in marked}) == len(marked)
    for place, words in marked:
        assert page.count(f'<span popover id="{place}" class="definition">') == 1
        assert pattern(TERMS).fullmatch(words), words


def test_no_punctuation_after_a_term_begins_a_line(site):
    page = (site / CHAPTERS[0]).read_text("utf8")
    after = re.findall(r'class="term"[^>]*>[^<]*</button>([^<]*)</span><span popover', page)
    assert len(after) == page.count('class="term"') and {text[:1] for text in after} & set(".,’")
    assert all(" " not in text for text in after)


def test_definitions_are_the_glossary_s(site):
    page, glossary = (re.sub(r"<[^>]+>", "", (site / path).read_text("utf8").replace('class="definition">', ">@@"))
                      for path in (CHAPTERS[0], "book/glossary.html"))
    begun = [text[:30] for text in page.split("@@")[1:]]
    assert len(begun) > 9 and all(text in glossary for text in begun)


def test_glossary_leads_to_chapters_and_its_letters_to_terms(site):
    page = (site / "book/glossary.html").read_text("utf8")
    letters = re.search(r'<nav class="letters".*?</nav>', page)[0]
    places = re.findall(r'href="#([^"]+)">(\w)<', letters)
    assert [letter for _, letter in places] == list(dict.fromkeys(term[0].upper() for term in TERMS))
    assert all(f'id="{place}"' in page for place, _ in places)
    written = {script.stem[:2].lstrip("0") for script in find()}
    for chapter in re.findall(r"Chapters? (\d+)\b", re.sub(r"<[^>]+>", "", page)):
        if chapter in written:
            assert re.search(rf'<a class="reference internal" href="0?{chapter}_[^"]+"><span[^>]*>{chapter}<', page)


@pytest.mark.skipif(BROWSER is None, reason="no browser")
@pytest.mark.parametrize("script", [True, False])
def test_definition_shows_when_tapped_and_goes_with_escape(site, new_page, script):
    page = new_page(width=390, java_script_enabled=script, has_touch=True)
    page.goto((site / CHAPTERS[0]).as_uri())
    term = page.locator("button.term").first
    note = page.locator(f"#{term.get_attribute('popovertarget')}")
    assert not note.is_visible()
    term.tap()
    assert note.is_visible()
    box = note.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    page.keyboard.press("Escape")
    assert not note.is_visible()


@pytest.mark.skipif(BROWSER is None, reason="no browser")
def test_definition_shows_beside_what_is_pointed_at_or_focused(site, new_page):
    page = new_page()
    page.goto((site / CHAPTERS[0]).as_uri())
    term = page.locator("button.term").first
    note = page.locator(f"#{term.get_attribute('popovertarget')}")
    term.hover()
    assert note.is_visible()
    assert abs(note.bounding_box()["y"] - term.bounding_box()["y"]) < 120
    page.mouse.move(1, 1)
    note.wait_for(state="hidden")
    page.keyboard.press("Tab")
    term.focus()
    assert note.is_visible()
