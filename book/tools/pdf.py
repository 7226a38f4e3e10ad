"""One PDF of the whole book, printed from the built site by Chromium: `make pdf`.

All pages become one document, so that links and the contents' page numbers are Chromium's own. Derivations stand open,
solutions at the chapter's end; code that sets up, draws, measures or checks is left to the notebooks (printed.js).
"""

import argparse
import datetime
import html
import os
import re
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pikepdf
import yaml
from playwright.sync_api import sync_playwright

TOOLS, ROOT = Path(__file__).parent, Path(__file__).resolve().parents[2]
BROWSERS = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FACES = {"Regular": "400 normal", "It": "400 italic", "Semibold": "600 normal", "SemiboldIt": "600 italic",
         "Bold": "700 normal", "BoldIt": "700 italic"}
SHEETS = ("pygments.css", "katex/katex.min.css")     # the theme's own are for screens
# As wide as a page of A4 is between its margins: what is wider is made smaller, as paper does not scroll.
WIDTH = 627
FIT = """() => {
  for (const wide of document.querySelectorAll(".katex-display > .katex, .bd-article table")) {
    const room = wide.parentElement.clientWidth, is = Math.max(wide.scrollWidth, wide.getBoundingClientRect().width);
    const size = parseFloat(getComputedStyle(wide).fontSize);
    if (is > room) wide.style.fontSize = `${Math.max(0.5, 0.98 * room / is) * size}px`;
  }
}"""
NUMBER = """(pages) => {
  for (const line of document.querySelectorAll(".contents a.line"))
    line.append(pages[line.getAttribute("href").slice(1)]);
}"""
PRINT = {"prefer_css_page_size": True, "print_background": True}
DEAD = """() => [...document.querySelectorAll('a[href^="#"]')].map((link) => link.getAttribute("href"))
  .filter((href) => !document.getElementById(href.slice(1)))"""


def parts(toc: dict) -> list[tuple[str, list[str]]]:
    """(caption, pages) as _toc.yml has them; the first page stands before all parts."""
    return [("", [toc["root"]]), *((part["caption"], [page["file"] for page in part["chapters"]])
                                   for part in toc["parts"])]


def faces() -> str:
    """Source Serif's faces, from the package that the group pdf installs, so that all machines print the same pages."""
    spec = find_spec("font_source_serif_pro")
    files = Path(spec.origin).parent / "files" if spec else None
    return "".join(f'@font-face {{ font-family: "Book"; src: url("{(files / f"SourceSerifPro-{name}.ttf").as_uri()}"); '
                   f"font-weight: {kind.split()[0]}; font-style: {kind.split()[1]}; }}\n"
                   for name, kind in FACES.items()) if files else ""


def footer(name: str, title: str) -> str:
    text = title.replace("\\", "").replace('"', "”")
    style = 'font: 8.5pt "Book", serif; color: #555;'
    return (f'@page p{name} {{ @bottom-left {{ content: "{text}"; {style} }} '
            f"@bottom-right {{ content: counter(page); {style} }} }}\n[id=\"{name}\"] {{ page: p{name}; }}\n")


def document(browser, site: Path, toc: dict, title: str, wanted=None, css: str = "") -> str:
    """The site's pages as one; ``wanted``: of which pages, by default of all."""
    page, pieces, contents, sheets = browser.new_page(), [], [], [faces(), footer("contents", "Contents")]
    script = (TOOLS / "printed.js").read_text("utf8")
    chosen = [(caption, [name for name in names if wanted is None or name in wanted]) for caption, names in parts(toc)]
    all_names = [Path(name).name for _, names in chosen for name in names]
    for caption, names in chosen:
        if names and caption:
            contents.append(f'<p class="part">{html.escape(caption)}</p>')
        for name in names:
            file, short = site / f"{name}.html", Path(name).name
            made = page.evaluate(script, [file.read_text("utf8"), file.as_uri(), short, all_names])
            pieces.append(made["html"])
            contents.append(f'<p><a class="line" href="#{short}">{html.escape(made["title"])}<span></span></a></p>')
            sheets.append(footer(short, made["title"]))
            web = re.sub(r"book/[^/]*$", "", made["web"])
    page.close()
    links = "".join(f'<link rel="stylesheet" href="{(site / "_static" / sheet).as_uri()}">' for sheet in SHEETS)
    day = datetime.date.today()
    picture = site / "_static/digits.png"
    cover = f"""<div class="cover"><p class="title">{html.escape(title)}</p>
<p>Generative adversarial networks, from the first idea to pictures of faces, with every claim checked by the code
beside it.</p><img src="{picture.as_uri()}" alt="A hundred handwritten digits that three generators of this book made">
<p class="small">Printed on {day.day} {day:%B %Y} from <a href="{web}">{web.removeprefix("https://")}</a>, where figures
move, labs run, and the notebooks hold what is left out here: the code that sets up, draws, measures and checks.<br>
The digits were made by the three generators that chapter 4 has stored. MIT licence.</p></div>"""
    style = (TOOLS / "printed.css").read_text("utf8") + "".join(sheets) + css
    return (f'<!DOCTYPE html><html lang="en" data-theme="light"><head><meta charset="utf-8">'
            f"<title>{html.escape(title)}</title>{links}<style>{style}</style></head><body>"
            f'{cover}<div class="contents" id="contents"><h1>Contents</h1>{"".join(contents)}</div>{"".join(pieces)}'
            "</body></html>")


def printed(browser, site: Path, out: Path, toc: dict, title: str, wanted=None, css: str = "") -> None:
    page = browser.new_page(viewport={"width": WIDTH, "height": 900})
    page.emulate_media(media="print")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "book.html")
        file.write_text(document(browser, site, toc, title, wanted, css), "utf8")
        page.goto(file.as_uri())
        page.evaluate(FIT)
        dead = sorted(set(page.evaluate(DEAD)))
        if dead:
            sys.exit(f"pdf: links that lead nowhere: {', '.join(dead)}")
        # Chromium numbers pages while it prints, so that the contents learn their numbers from a first print.
        page.pdf(path=out, **PRINT)
        page.evaluate(NUMBER, first_pages(out))
        page.pdf(path=Path(folder, "book.pdf"), **PRINT, outline=True, tagged=True)
        with pikepdf.open(Path(folder, "book.pdf")) as pdf:       # half of it is the pages' structure, as plain text
            pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    page.close()


def first_pages(pdf: Path) -> dict[str, int]:
    """On which page, counted from 1, each place stands that a link leads to."""
    with pikepdf.open(pdf) as read:
        return {name.lstrip("/"): pikepdf.Page(place[0]).index + 1 for name, place in read.Root.Dests.items()}


def found_browser() -> str:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit("no browser: apt-get install chromium, or set CHROMIUM to one's path")
    return browser


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, default=ROOT / "_build/html", help="the built site")
    parser.add_argument("--out", type=Path, default=ROOT / "_build/gan-book.pdf")
    arguments = parser.parse_args()
    if not (arguments.site / "index.html").is_file():
        sys.exit(f"--site: got {arguments.site}; must be a built site: make book")
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf8"))
    title = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))["title"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found_browser(), args=FLAGS)
        printed(browser, arguments.site, arguments.out, toc, title)
        browser.close()
    print(f"{arguments.out} ({arguments.out.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
