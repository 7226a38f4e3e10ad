"""The built site in a browser: quiet, small, searchable; its figures by keyboard, by touch, without scripts."""
import base64
import json
import re

import pytest
from building import BROWSER, ROOT
from fontTools.ttLib import TTFont
from looking import spare_width, visit, weight

if BROWSER is None:
    pytest.skip("no browser: apt-get install chromium, or set CHROMIUM to one's path", allow_module_level=True)

CHAPTER = "book/02_two_players.html"
VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]'
PHONE = {"width": 412, "has_touch": True, "is_mobile": True}


def test_pages_from_a_host_ask_nobody_else_report_no_error_and_are_small(new_page, pages, address):
    wrong = [("index.html", complaint) for complaint in visit(new_page(), address, "index.html")[0]]
    for path in pages:
        page = new_page()
        complaints, responses = visit(page, address, path)
        lean, whole = weight(page, responses)
        assert lean > 50_000, "nothing was weighed"
        wrong += [(path, complaint) for complaint in complaints]
        wrong += [(path, lean, "without its figures")] * (lean > 300 * 1024)
        wrong += [(path, whole, "as a whole")] * (whole > 1.5 * 2**20)
        page.context.close()
    assert not wrong


def test_pages_from_a_folder_ask_nobody_else_and_report_no_error(new_page, pages, site):
    wrong = []
    for path in ["index.html", *pages]:
        page = new_page()
        wrong += [(path, complaint) for complaint in visit(page, site.as_uri(), path)[0]]
        page.context.close()
    assert not wrong


def test_every_icon_on_a_page_is_in_its_font(new_page, site, address):
    """The build keeps the icons that it finds named; these are the ones that a page draws."""
    page, drawn = new_page(), set()
    for path in (CHAPTER, "book/intro.html", "search.html"):
        page.goto(f"{address}/{path}")
        drawn |= set(page.evaluate("""[...document.querySelectorAll("*")]
            .flatMap((element) => [":before", ":after"].map((part) => getComputedStyle(element, part)))
            .filter((style) => style.fontFamily.includes("Awesome"))
            .map((style) => style.content.replaceAll('"', ""))"""))
    font = TTFont(site / "_static/vendor/fontawesome/webfonts/fa-solid-900.woff2").getBestCmap()
    codes = {ord(icon) for icon in drawn if len(icon) == 1}
    assert len(codes) > 5 and codes <= set(font), "icons are missing"


ORPHANS = """[...document.querySelectorAll("article .math")].filter((formula) => {
    const text = formula.nextSibling, range = document.createRange();
    if (!formula.getClientRects().length || formula.closest("details:not([open])")) return false;
    if (formula.querySelector("annotation")?.textContent.length > 40) return false;       // breaks within itself
    if (text?.nodeType !== Node.TEXT_NODE || !/^[.,;:?!)]/.test(text.data)) return false;
    range.setStart(text, 0);
    range.setEnd(text, 1);
    return range.getBoundingClientRect().top > formula.getBoundingClientRect().bottom - 2;
}).map((formula) => formula.parentElement.closest("p, li, td")?.innerText)"""


@pytest.mark.parametrize("width", [390, 1280, 1440])
def test_no_line_begins_with_the_punctuation_of_a_formula(new_page, pages, address, width):
    page, orphans = new_page(width), []
    for path in pages:
        page.goto(f"{address}/{path}")
        orphans += page.evaluate(ORPHANS)
    assert not orphans
    page.goto(f"{address}/book/03_minimax_value.html")
    page.add_style_tag(content=".unbroken { white-space: normal } article p { width: 40px }")
    assert page.evaluate(ORPHANS), "such a line would be seen"


def test_search_finds_a_chapter(new_page, address):
    page, errors = new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}/book/intro.html")
    page.get_by_role("button", name="Search").first.click()
    field = page.locator("#pst-search-dialog input[type=search]")
    field.fill("forger")
    field.press("Enter")
    page.wait_for_url("**/search.html?q=forger")
    page.goto(page.url.replace("forger", "discriminator"))
    page.locator("#search-results .context", has_text="discriminator").nth(5).wait_for()
    excerpts = " ".join(page.locator("#search-results .context").all_inner_texts())
    assert re.search(r"\bD\b", excerpts) and not re.search(r"DDD|GGG|VVV|𝐷", excerpts), "a formula is said once"
    page.goto(page.url.replace("discriminator", "forger"))
    page.locator("#search-results li a", has_text="2 · Two players").first.click()
    page.wait_for_url("**/02_two_players.html*")
    assert not errors


def test_chapter_can_be_downloaded(new_page, address):
    page = new_page(accept_downloads=True)
    page.goto(f"{address}/{CHAPTER}")
    for name, file in (("notebook", "02_two_players.ipynb"), ("script", "02_two_players.py")):
        with page.expect_download() as download:
            page.get_by_role("link", name=f"Download {name}").click()
        assert download.value.suggested_filename == file
        assert download.value.path().read_bytes() == (ROOT / "book" / file).read_bytes()
    assert page.get_by_role("link", name="Open in Colab").get_attribute("href").endswith("/book/02_two_players.ipynb")


def test_files_of_a_chapter_opened_from_a_folder(new_page, site):
    """Chromium shows a file that lies beside the page, and does not save it."""
    page = new_page()
    for name in ("notebook", "script"):
        page.goto(f"{site.as_uri()}/{CHAPTER}")
        page.get_by_role("link", name=f"Download {name}").click()
        page.wait_for_url("**/_downloads/**/02_two_players.*")
        assert "forger" in page.locator("body").inner_text()


def test_every_saved_figure_can_be_moved_and_changes(new_page, pages, address):
    """Whatever a chapter brings; the tests of its own figures ask for more."""
    still, moved = [], 0
    for path in pages:
        page = new_page()
        page.goto(f"{address}/{path}")
        for k, figure in enumerate(page.locator(f"{VIEW} + div").all()):
            page.wait_for_function("""([view, k]) => {
                const figure = document.querySelectorAll(`${view} + div`)[k];
                figure.scrollIntoView();
                return !figure.matches(".still");
            }""", arg=[VIEW, k])                               # it comes when somebody is near
            control = figure.locator("input[type=range]:visible, button:visible, select:visible").first
            control.focus()                                    # its ring is no movement
            before = figure.screenshot()
            key = {"INPUT": "Home", "SELECT": "ArrowDown", "BUTTON": "Enter"}
            control.press(key[control.evaluate("element => element.tagName")])
            moved += 1
            for _ in range(25):                                # one that has to compute first may take a moment
                page.wait_for_timeout(200)
                if figure.screenshot() != before:
                    break
            else:
                still.append((path, figure.inner_text()[:60]))
        page.context.close()
    assert moved >= 3 and not still


def test_on_a_phone_a_wide_figure_scrolls_in_its_frame_and_a_row_of_digits_fits(new_page, address):
    page = new_page(360, has_touch=True, is_mobile=True)
    page.goto(f"{address}/book/04_training_loop.html", wait_until="networkidle")
    frame = page.locator(".wide:not(:has(.whole))").first
    assert frame.evaluate("frame => frame.scrollWidth - frame.clientWidth") > 150
    assert frame.locator("img").bounding_box()["width"] > 500
    assert page.locator("img.whole").first.bounding_box()["width"] < 360
    assert spare_width(page) >= 0


def test_printed_chapter_shows_its_answers_and_nothing_to_click(new_page, address):
    page = new_page(700)
    page.goto(f"{address}/{CHAPTER}")
    page.emulate_media(media="print")
    for part in (".bd-sidebar-primary", ".bd-sidebar-secondary", ".bd-header-article", ".prev-next-footer"):
        assert not page.locator(part).first.is_visible(), part
    assert page.locator("details .highlight pre").first.is_visible()
    assert page.locator("h1").first.is_visible() and spare_width(page) >= 0


@pytest.fixture
def scrubber(address):
    """Function that opens chapter 2 and returns its scrubber's slider and picture."""
    def scrubber(page):
        page.goto(f"{address}/{CHAPTER}")
        figure = page.locator("figure.gan-scrubber").first
        return figure.get_by_role("slider"), figure.locator("img")
    return scrubber


def test_scrubber_by_keyboard(new_page, scrubber):
    slider, picture = scrubber(new_page())
    seen = []
    slider.focus()
    for key in ("Home", "ArrowRight", "ArrowRight", "End", "ArrowLeft"):
        slider.press(key)
        seen.append(picture.get_attribute("src"))
        assert picture.get_attribute("alt") == slider.get_attribute("aria-valuetext") != ""
    assert len(set(seen)) == 5
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300


def test_scrubber_by_touch(new_page, scrubber):
    page = new_page(**PHONE)
    slider, picture = scrubber(page)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box["height"] >= 44
    seen = []
    for place in (0.1, 0.5, 0.9):
        page.touchscreen.tap(box["x"] + place * box["width"], box["y"] + box["height"] / 2)
        seen.append(picture.get_attribute("src"))
    assert len(set(seen)) == 3


def test_scrubber_plays_only_when_asked_and_pauses(new_page, scrubber):
    page = new_page()
    slider, _ = scrubber(page)
    first = slider.input_value()
    page.wait_for_timeout(700)
    assert slider.input_value() == first
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(1_000)
    page.get_by_role("button", name="Pause").click()
    stopped = slider.input_value()
    assert stopped not in (first, "0")         # it starts again from the first, as it stood at the last
    page.wait_for_timeout(700)
    assert slider.input_value() == stopped


def test_without_scripts_a_still_with_words_is_seen(new_page, address):
    page = new_page(java_script_enabled=False)
    page.goto(f"{address}/{CHAPTER}")
    still = page.locator(".still img").first
    assert still.is_visible() and still.bounding_box()["width"] > 300
    assert len(still.get_attribute("alt")) > 10
    assert page.locator("figure.gan-scrubber").count() == 0


def test_still_stays_where_a_widget_fails(new_page, address):
    page, errors = new_page(), []
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.route("**/_static/02_*.js", lambda route: route.fulfill(
        body=route.fetch().text().replace("function render(", "function render_(")))
    with page.expect_console_message(lambda message: message.type == "error"):
        page.goto(f"{address}/{CHAPTER}")
    assert page.locator(".still img").first.is_visible()
    assert page.locator("figure.gan-scrubber").count() == 0
    assert "stays a still picture" in errors[0]


def test_saved_widgets_keep_their_bytes_and_links(new_page):
    """Two counters, linked; a click on one adds its first byte to both."""
    esm = """export default { render({ model, el }) {
        const button = document.createElement("button");
        const paint = () => { button.textContent = model.get("n"); };
        button.onclick = () => model.set("n", model.get("n") + model.get("bytes").getUint8(0));
        model.on("change:n", paint); paint(); el.append(button); } };"""
    data = base64.b64encode(bytes([7])).decode()
    counter = {"model_name": "AnyModel", "state": {"_esm": esm, "n": 1},
               "buffers": [{"path": ["bytes"], "encoding": "base64", "data": data}]}
    link = {"model_name": "LinkModel", "state": {"source": ["IPY_MODEL_a", "n"], "target": ["IPY_MODEL_b", "n"]}}
    state = json.dumps({"state": {"a": counter, "b": counter, "link": link}})
    views = "".join(f'<div><script type="application/vnd.jupyter.widget-view+json">{json.dumps({"model_id": name})}'
                    "</script></div>" for name in "ab")
    page = new_page()
    page.set_content(f'<script type="application/vnd.jupyter.widget-state+json">{state}</script>{views}')
    page.add_script_tag(path=ROOT / "book/assets/anywidget-mini.js")
    page.get_by_role("button").nth(1).click()
    assert page.get_by_role("button").all_text_contents() == ["8", "8"]
    page.get_by_role("button").nth(0).click()
    assert page.get_by_role("button").all_text_contents() == ["15", "15"]
