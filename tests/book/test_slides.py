"""Slides: a deck for each chapter, of what its page says; none overflows, and keys, swipes and axe agree."""
import html
import io
import json
import re
import sys
from pathlib import Path

import pytest
from building import BROWSER, ROOT
from looking import Page, dead_links, loaded_from_elsewhere, show, spare_width, wordless

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "tools"))
from docutils import nodes
from excerpts import claims_in, first_sentences, portions, stripped
from slides import Deck

CHAPTERS = re.findall(r"book/(\d\d_\w+)", (ROOT / "_toc.yml").read_text("utf8"))
LOOKED_AT = ["02", "08"]
in_browser = pytest.mark.skipif(BROWSER is None, reason="no browser")


@pytest.fixture(scope="module")
def decks(site):
    return {name: Page((site / f"slides/{name[:2]}.html").read_text("utf8")) for name in CHAPTERS}


def slides_of(page):
    return [element for element in page.all("section") if element["class"].startswith("slide ")]


# As files -------------------------------------------------------------------------------------------------------------
def test_each_chapter_has_eight_to_forty_slides_with_all_kinds(decks):
    for name, page in decks.items():
        slides = slides_of(page)
        assert 8 <= len(slides) <= 40, (name, len(slides))
        assert [slide["id"] for slide in slides] == [str(at + 1) for at in range(len(slides))]
        kinds = {slide["class"].split()[1] for slide in slides}
        assert kinds >= {"title", "figure", "claims", "list", "predict"}, name
        for end in ("Exercises", "Summary", "To go on"):
            assert any(slide["aria-label"].endswith(f": {end}") for slide in slides), (name, end)
        assert not re.search(r"<(div|ul)[^>]*>\s*</\1>", page.text), name                    # nothing is empty


def last_frames(name: str) -> set[str]:
    notebook = json.loads((ROOT / f"book/{name}.ipynb").read_text("utf8"))
    widgets = notebook["metadata"].get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {"state": {}})
    return {model["state"]["frames"][-1] for model in widgets["state"].values() if model["state"].get("frames")}


def test_title_claims_and_figures_are_the_chapter_s_own(decks, site):
    films = 0
    for name, page in decks.items():
        question = re.search(r"\*\*(.+?)\*\*", (ROOT / f"book/{name}.py").read_text("utf8"))[1]
        assert html.escape(question, quote=False) in html.unescape(page.text).replace("’", "'") or "$" in question, name
        cells = json.loads((ROOT / f"book/{name}.ipynb").read_text("utf8"))["cells"]
        printed = {line[2:] for cell in cells for output in cell.get("outputs", [])
                   for line in "".join(output.get("text", [])).splitlines() if line.startswith("✓ ")}
        lists = re.findall(r'<p class="kicker">What held</p><ul>(.*?)</ul>', page.text, re.DOTALL)
        claims = {html.unescape(claim) for items in lists for claim in re.findall(r"<li>(.*?)</li>", items)}
        assert claims and claims <= printed
        ends = {picture["src"] for picture in page.all("img") if picture["src"].startswith("data:")}
        assert ends <= last_frames(name)
        films += len(ends)
        shown = {Path(picture["src"]).name for picture in page.all("img")} - {Path(end).name for end in ends}
        on_page = {Path(one["src"]).name for one in Page((site / f"book/{name}.html").read_text("utf8")).all("img")}
        assert shown and shown <= on_page and not wordless(page)
    assert films > 10


def test_links_lead_there_and_back_and_nothing_is_asked_of_others(decks, site):
    parsed = {f"slides/{name[:2]}.html": page for name, page in decks.items()}
    parsed |= {f"book/{name}.html": Page((site / f"book/{name}.html").read_text("utf8")) for name in CHAPTERS}
    assert not [link for link in dead_links(site, parsed) if link[0].startswith("slides/")]
    for name, page in decks.items():
        assert not loaded_from_elsewhere(page)
        assert f"../book/{name}.html" in {link["href"] for link in page.all("a")}
        bar = re.search(r'<div class="chapter-bar.*?</div>', parsed[f"book/{name}.html"].text, re.DOTALL)[0]
        assert f'href="../slides/{name[:2]}.html"' in bar
        descriptions = [meta["content"] for meta in page.all("meta") if meta.get("name") == "description"]
        assert len(descriptions) == 1 and descriptions[0].startswith("Slides: ")


# What is taken from a page --------------------------------------------------------------------------------------------
def paragraph(*children):
    return nodes.paragraph("", "", *children)


@pytest.mark.parametrize("count, said", [(1, "One x et al. 2014 say."), (2, "One x et al. 2014 say. And two?"),
                                         (9, None)])
def test_first_sentences(count, said):
    whole = paragraph(nodes.Text("One "), nodes.emphasis("", "x"), nodes.Text(" et al. 2014 say. And two? Then "),
                      nodes.strong("", "three"), nodes.Text("."))
    assert first_sentences(whole, count).astext() == (said or whole.astext())


def test_definitions_and_links_are_left_out():
    text = paragraph(nodes.raw("", '<span><button class="term">'), nodes.Text("mode"), nodes.raw("", "</button>"),
                     nodes.Text("s"), nodes.raw("", '</span><span popover id="a">'), nodes.Text("A hump."),
                     nodes.raw("", "</span>"), nodes.Text(" of "), nodes.reference("", "chapter 2", refuri="2.html"))
    assert stripped(text).astext() == "modes of chapter 2" and not list(stripped(text).findall(nodes.reference))


def test_claims_without_checks_and_readers_answers_in_portions():
    cell = nodes.container("", nodes.literal_block("", "✓ it holds\n≡ to 1e-6\n✓ your answer is right\nx ≈ 3\n✓ so"))
    assert claims_in(cell) == ["it holds", "so"]
    assert [len(part) for part in portions(list("abcdefg"))] == [6, 1]
    assert [len(part) for part in portions(["x" * 400, "y" * 400])] == [1, 1] and portions([]) == []


@pytest.mark.parametrize("tags, kinds", [([], ["figure", "claims"]), (["no-slide"], []), (["slide"], ["text"])])
def test_tags_leave_a_cell_out_or_show_it_whole(tags, kinds):
    deck = Deck.__new__(Deck)
    deck.slides, deck.cells, deck.name = [], [{"metadata": {"tags": tags}}], "book/02_two"
    deck.inline = deck.render = lambda node: node.astext()
    deck.figure = lambda picture: picture["alt"]
    cell = nodes.container("", nodes.image(alt="Dots"), nodes.literal_block("", "✓ it holds"))
    cell.line = 10_002
    deck.section(nodes.section("", nodes.title("", "A heading"), cell), nodes.title("", "A heading"))
    assert [slide.kind for slide in deck.slides] == kinds


# In a browser ---------------------------------------------------------------------------------------------------------
OVERFLOWING = """() => [...document.querySelectorAll(".slide")].flatMap((slide, k) => {
  location.hash = k + 1;
  dispatchEvent(new HashChangeEvent("hashchange"));
  const box = slide.getBoundingClientRect(), texts = [...slide.querySelectorAll("p, li")];
  const over = slide.scrollHeight > slide.clientHeight + 1 || slide.scrollWidth > slide.clientWidth + 1 ||
    [...texts, ...slide.querySelectorAll("h2, figure, img, .katex-html")].some((part) => {
      const { width, left, right, top, bottom } = part.getBoundingClientRect();
      return width && (right > box.right + 1 || left < box.left - 1 || bottom > box.bottom + 1 || top < box.top - 1);
    });
  const size = Math.min(...texts.map((part) => parseFloat(getComputedStyle(part).fontSize)));
  return over || size < 16 ? [[k + 1, over ? "overflows" : `letters of ${size} pixels`]] : [];
})"""


def opened(page, address, number, wrong):
    page.on("console", lambda message: message.type in ("error", "warning") and wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{address}/slides/{number}.html", wait_until="networkidle")


@in_browser
@pytest.mark.parametrize("number", LOOKED_AT)
def test_no_slide_overflows_and_none_has_small_letters(new_page, address, number):
    page, wrong = new_page(1440), []
    opened(page, address, number, wrong)
    assert page.evaluate(OVERFLOWING) == [] and wrong == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload(wait_until="networkidle")
    for at in range(1, page.locator(".slide").count() + 1):
        page.evaluate(f"location.hash = '{at}'")
        assert spare_width(page) >= 0, at
    assert page.evaluate(OVERFLOWING.replace("|| size < 16", "&& false || size < 14")) == []


@in_browser
@pytest.mark.parametrize("fault, found", [
    ("document.querySelector('.slide p').textContent = 'word '.repeat(2500)", "overflows"),
    ("document.querySelector('.slide p').style.width = '200vw'", "overflows"),
    ("document.querySelector('.slide p').style.fontSize = '10px'", "letters of 10 pixels"),
])
def test_a_slide_that_overflows_is_found(new_page, address, fault, found):
    page = new_page(1440)
    opened(page, address, "02", [])
    page.evaluate(fault)
    assert page.evaluate(OVERFLOWING) == [[1, found]]


def current(page):
    return page.evaluate("Number(document.querySelector('.slide.current').id)")


@in_browser
def test_keys_address_buttons_and_overview(new_page, address):
    page, wrong = new_page(1440), []
    opened(page, address, "02", wrong)
    last = page.locator(".slide").count()
    steps = {"ArrowRight": 2, " ": 3, "PageDown": 4, "ArrowLeft": 3, "Shift+ ": 2, "End": last, "ArrowDown": last,
             "PageUp": last - 1, "Home": 1, "ArrowUp": 1}
    for key, at in steps.items():
        page.keyboard.press(key.replace(" ", "Space"))
        assert (current(page), page.evaluate("location.hash")) == (at, f"#{at}"), key
    page.get_by_role("button", name="Next slide").click()
    assert current(page) == 2 and page.locator(".count").inner_text() == f"2 / {last}"
    page.keyboard.press("Escape")
    page.get_by_role("dialog").get_by_role("link").nth(6).click()
    page.wait_for_function("document.querySelector('.slide.current').id === '7'")      # a link is followed afterwards
    assert current(page) == 7 and page.get_by_role("dialog").count() == 0
    page.goto(f"{address}/slides/02.html#9")
    page.reload()
    assert current(page) == 9 and page.locator(".slide:visible").count() == 1
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement")
    page.keyboard.press("f")
    page.wait_for_function("!document.fullscreenElement")
    page.get_by_role("link", name="To the chapter").click()
    assert "/book/02_two_players.html" in page.url and wrong == []


SWIPE = """([from, to]) => {
  const event = (kind, x, list) => document.dispatchEvent(new TouchEvent(kind, { bubbles: true,
    [list]: [new Touch({ identifier: 1, target: document.body, clientX: x, clientY: 300 })] }));
  event("touchstart", from, "touches");
  event("touchend", to, "changedTouches");
}"""


@in_browser
def test_a_swipe_turns_the_page_and_a_tap_does_not(new_page, address):
    page = new_page(390, has_touch=True)
    opened(page, address, "02", [])
    for way, at in (((300, 100), 2), ((300, 280), 2), ((300, 100), 3), ((100, 300), 2)):
        page.evaluate(SWIPE, list(way))
        assert current(page) == at, way


@in_browser
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_light_and_dark(new_page, address, width):
    from axe_playwright_python.sync_playwright import Axe

    page, found = new_page(width, reduced_motion="reduce"), []
    opened(page, address, "02", [])
    for scheme in ("light", "dark"):
        show(page, scheme)
        for at in (1, 2, 4, 5, 7):
            page.evaluate(f"location.hash = '{at}'")
            response = Axe().run(page).response
            assert response["passes"]
            found += [(at, rule["id"], node["html"]) for rule in response["violations"] for node in rule["nodes"]]
    assert found == []


@in_browser
def test_on_paper_and_without_scripts_all_slides_follow_each_other(new_page, address):
    from pypdf import PdfReader

    page = new_page(1440, java_script_enabled=False)
    opened(page, address, "02", [])
    many = page.locator(".slide").count()
    assert page.locator(".slide:visible").count() == many
    page = new_page(1440)
    opened(page, address, "02", [])
    printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert len(printed.pages) == many
