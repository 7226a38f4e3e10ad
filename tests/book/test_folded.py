"""What is folded waits as text: a page is light, and a fold's content is there whenever somebody wants it."""
import json
import re
import sys
from pathlib import Path

import pydata_sphinx_theme
import pytest
from building import BROWSER, ROOT

sys.path.insert(0, str(ROOT / "book/tools"))
from light import is_used  # noqa: E402

if BROWSER is None:
    pytest.skip("no browser: apt-get install chromium, or set CHROMIUM to one's path", allow_module_level=True)

CHAPTERS = sorted(path.stem for path in (ROOT / "book").glob("[0-9][0-9]_*.ipynb"))
MOST = 9_000
COUNT = "document.querySelectorAll('*').length"
WAITING = "document.querySelectorAll('details > noscript').length"


@pytest.fixture
def chapter(new_page, address):
    """Function that opens chapter 3, with a fragment if one is given."""
    def chapter(link="", **options):
        page = new_page(1440, **options)
        page.goto(f"{address}/book/03_minimax_value.html{link}")
        return page
    return chapter


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_has_few_elements_until_it_is_opened(new_page, address, name):
    page = new_page()
    page.goto(f"{address}/book/{name}.html")
    assert page.evaluate(COUNT) <= MOST
    folds = page.locator("article details:not([open])").count()
    assert folds - page.evaluate(WAITING) <= folds / 10                # those with a widget stay as they are


def test_the_weight_is_that_of_the_folds(chapter):
    page = chapter()
    light = page.evaluate(COUNT)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(WAITING) == 0 and page.evaluate(COUNT) > max(MOST, 1.5 * light)


def test_a_fold_opens_with_all_that_belongs_to_it(chapter):
    page = chapter()
    fold = page.locator("article details", has_text="Derive").first
    fold.locator("summary").click()
    fold.locator(".katex").first.wait_for()
    waiting = page.evaluate(WAITING)
    code = page.locator("article details.above-input").nth(1)
    code.locator("summary").click()
    button = code.locator("button.copybtn")
    button.wait_for(state="attached")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    code.hover()
    button.click()
    assert page.evaluate("navigator.clipboard.readText()").strip() == code.locator("pre").inner_text().strip()
    assert page.evaluate(WAITING) == waiting - 1                        # the others still wait


@pytest.mark.parametrize("key", ["F3", "Control+f", "Meta+f"])
def test_all_is_there_to_be_found_before_the_page_is_searched(chapter, key):
    page = chapter()
    page.keyboard.press("f")
    assert page.evaluate(WAITING) > 10
    page.keyboard.press(key)
    assert page.evaluate(WAITING) == 0


def test_a_link_leads_into_a_fold(site, new_page, address, tmp_path):
    page = site / "book/03_minimax_value.html"
    kept = page.read_text("utf8")
    place = re.search(r"<noscript>\s*<p>", kept)
    named = kept[:place.end() - 1] + ' id="in-a-fold"' + kept[place.end() - 1:]
    (site / "book/led.html").write_text(named, "utf8")
    try:
        opened = new_page(1440)
        opened.goto(f"{address}/book/led.html#in-a-fold")
        opened.wait_for_function("document.getElementById('in-a-fold')?.closest('details').open")
        opened.wait_for_function("document.getElementById('in-a-fold').getBoundingClientRect().top < innerHeight")
        opened.goto(f"{address}/book/led.html#no-such-place%21")
        assert opened.evaluate(WAITING) > 10
    finally:
        (site / "book/led.html").unlink()


def test_without_scripts_a_fold_holds_its_content(chapter):
    page = chapter(java_script_enabled=False)
    fold = page.locator("article details", has_text="Derive").first
    fold.locator("summary").click()
    assert fold.locator(".katex").first.is_visible()


def test_a_page_loads_one_stylesheet_with_what_it_uses(site):
    name = "styles/pydata-sphinx-theme.css"
    whole = next(Path(pydata_sphinx_theme.__file__).parent.rglob(name)).read_text("utf8")
    for page in (site / "book/intro.html", site / "book/03_minimax_value.html", site / "search.html"):
        text = page.read_text("utf8")
        (link,) = re.findall(r'<link[^>]*rel="stylesheet"[^>]*href="([^"]*)"', text)
        sheet = (page.parent / link).read_text("utf8")
        assert len(sheet) < len(whole) / 2 and sheet.count("{") == sheet.count("}") and "@import" not in sheet
        assert all(part in sheet for part in (".bd-article", ".katex", ".figure-caption", ".highlight", "div.cell"))
        for file in re.findall(r"url\(([^)\"':]+)\)", sheet):
            assert (page.parent / link).parent.joinpath(file).exists(), file


def test_what_widgets_show_stands_in_a_file_of_its_own(site):
    for name in CHAPTERS:
        text = (site / f"book/{name}.html").read_text("utf8")
        views = re.findall(r'widget-view\+json">\s*(\{.*?\})</script>', text)
        files = {json.loads(view)["from"] for view in views}
        assert "widget-state" not in text and len(files) == 1, name
        (file,) = files
        saved = (site / "book" / file).read_text("utf8").removeprefix("document.currentScript.saved = ").strip(";\n")
        assert {json.loads(view)["model_id"] for view in views} <= set(json.loads(saved)["state"]), name


def test_no_script_holds_a_page_up(site):
    text = (site / "book/03_minimax_value.html").read_text("utf8")
    loaded = re.findall(r'<script[^>]*src="[^"]*"[^>]*>', text)
    waited_for = [tag for tag in loaded if "defer" not in tag]
    assert len(loaded) > 8 and len(waited_for) == 1 and "documentation_options" in waited_for[0]


@pytest.mark.parametrize("selector, used", [
    ("html", True), (".bd-main .toc", True), (".bd-main>.card", False), (".toc:not(.card)", True),
    (".toc:not(:is(.card, .row))::after", True), (".toc.card", False), ("a[href='.card']", True),
])
def test_a_rule_is_kept_where_it_can_match(selector, used):
    assert is_used(selector, {"bd-main", "toc"}) == used


def test_formulas_do_not_wait_for_their_fonts(site):
    text = (site / "book/03_minimax_value.html").read_text("utf8")
    sheet = (site / "_static" / re.search(r"_static/(book-\w+\.css)", text)[1]).read_text("utf8")
    assert sheet.count("font-display:swap") == sheet.count("@font-face") > 10


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_keeps_its_place_and_its_colours_from_the_first_stroke(new_page, address, scheme):
    page = new_page(390, color_scheme=scheme)
    page.add_init_script("""window.shifted = 0;
        new PerformanceObserver((seen) => seen.getEntries().forEach((shift) => { shifted += shift.value; }))
            .observe({ type: "layout-shift", buffered: true });
        document.addEventListener("readystatechange",
            () => { window.first ??= document.documentElement.dataset.theme; })""")
    page.goto(f"{address}/book/07_mode_collapse.html")
    page.wait_for_function("document.fonts.status === 'loaded'")
    assert page.evaluate("window.first") == scheme
    assert page.evaluate("shifted") < 0.1
