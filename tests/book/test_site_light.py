"""A chapter opens with a figure, and is text and figures more than code: measured on its page, as a reader sees it."""
import pytest
from building import BROWSER, ROOT

if BROWSER is None:
    pytest.skip("no browser: apt-get install chromium, or set CHROMIUM to one's path", allow_module_level=True)

CHAPTERS = sorted(path.stem for path in (ROOT / "book").glob("[0-9][0-9]_*.ipynb"))
UNFOLD = "dispatchEvent(new Event('beforeprint'));"        # what waits in folds becomes elements
FIRST_FIGURE, CODE = 1_400, 1 / 3              # pixels from the top, share of the open height
MEASURE = """() => {
    const article = document.querySelector("article"), top = (element) => element.getBoundingClientRect().top + scrollY;
    const open = [...article.querySelectorAll("*")].filter((element) => !element.closest("details:not([open])"));
    const height = (element) => element.getBoundingClientRect().height;
    const code = open.filter((element) => element.matches("div.cell_input pre, div.cell_output pre"));
    const figures = open.filter((element) => element.matches("img, figure, canvas, svg") && height(element) > 80);
    return {
        figure: Math.min(...figures.map(top)),
        code: code.reduce((sum, element) => sum + height(element), 0) / article.scrollHeight,
        cut: code.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.innerText),
    };
}"""


def measured(page, address):
    page.goto(address)
    page.wait_for_function("document.fonts.status === 'loaded'")
    return page.evaluate(MEASURE)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_figure_first_and_code_second(new_page, address, chapter):
    found = measured(new_page(1440), f"{address}/book/{chapter}.html")
    assert found["figure"] < FIRST_FIGURE
    assert found["code"] < CODE
    assert found["cut"] == []


@pytest.mark.parametrize("change, what", [
    (f"{UNFOLD} document.querySelectorAll('article details').forEach((fold) => {{ fold.open = true; }})", "code"),
    ("document.querySelector('article h1').style.paddingTop = '1400px'", "figure"),
    (f"{UNFOLD} document.querySelector('article div.cell_input').closest('details').open = true;"
     "document.querySelector('article div.cell_input pre').append('x'.repeat(200))", "cut"),
])
def test_what_would_be_too_much_is_seen(new_page, address, change, what):
    page = new_page(1440)
    light = measured(page, f"{address}/book/{CHAPTERS[2]}.html")
    page.evaluate(change)
    heavy = page.evaluate(MEASURE)
    assert {"code": heavy["code"] > max(CODE, light["code"]), "figure": heavy["figure"] > FIRST_FIGURE,
            "cut": len(heavy["cut"]) > len(light["cut"])}[what]
