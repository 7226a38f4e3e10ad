"""Faults planted in pages: what looks for them (looking.py) finds each, and nothing on the same page without it."""
import pytest
from building import BROWSER
from looking import Page, axe_violations, dead_links, loaded_from_elsewhere, visit, wordless

SOUND = """<html lang="en"><title>A page</title><main><article id="here"><h1>A page</h1>
<img src="a.png" alt="Four dots in a row, the last one red"><a href="b.html#there">there</a>
<pre style='background: #fff; color: #222; white-space: pre-wrap'>sum<span class="k">for</span></pre></article></main>
<style>.k { color: #004 } html[data-theme=dark] .k { color: #115 }</style>
<script>const scheme = matchMedia("(prefers-color-scheme: dark)");
const set = () => { document.documentElement.dataset.theme = scheme.matches ? "dark" : "light"; };
scheme.onchange = set; set();</script></html>"""


def read(folder, text):
    (folder / "a.html").write_text(text)
    (folder / "b.html").write_text('<p id="there">')
    (folder / "a.png").write_bytes(b"")
    return {name: Page((folder / name).read_text()) for name in ("a.html", "b.html")}


@pytest.mark.parametrize("old, new, found", [
    ("", "", (0, 0, 0)),
    (' alt="Four dots in a row, the last one red"', "", (2, 0, 0)),
    ("Four dots in a row, the last one red", " ", (2, 0, 0)),
    ("Four dots in a row, the last one red", "_images/a.png", (2, 0, 0)),
    ("Four dots in a row, the last one red", "A nice figure", (1, 0, 0)),
    ("b.html", "c.html", (0, 1, 0)),
    ("#there", "#nowhere", (0, 1, 0)),
    ("a.png", "../a.png", (0, 1, 0)),
    ("<main>", '<script src="https://example.org/a.js"></script><main>', (0, 0, 1)),
    ("<main>", '<link rel="stylesheet" href="//example.org/a.css"><main>', (0, 0, 1)),
])
def test_on_the_page_as_text(tmp_path, old, new, found):
    pages = read(tmp_path, SOUND.replace(old, new) if old else SOUND)
    page = pages["a.html"]
    assert tuple(map(len, (wordless(page), dead_links(tmp_path, pages), loaded_from_elsewhere(page)))) == found


@pytest.mark.skipif(BROWSER is None, reason="no browser")
@pytest.mark.parametrize("old, new, found", [
    ("", "", []),
    (' alt="Four dots in a row, the last one red"', "", [("light", "image-alt")]),
    ("#222", "#ccc", [("dark", "color-contrast"), ("light", "color-contrast")]),
    (".k { color: #115 }", ".k { color: #ccc }", [("dark", "color-contrast")]),
    ("<pre style='", "<pre style='height: 1em; overflow: scroll; ", [("light", "scrollable-region-focusable")]),
])
def test_by_axe(tmp_path, new_page, old, new, found):
    text = SOUND.replace(old, new) if old else SOUND
    read(tmp_path, text.replace("</pre>", " x + y" * 40 + '<span class="k">in</span></pre>'))
    page = new_page()
    page.goto((tmp_path / "a.html").as_uri())
    assert sorted({violation[:2] for violation in axe_violations(page)}) == found


@pytest.mark.skipif(BROWSER is None, reason="no browser")
@pytest.mark.parametrize("old, new, complaint", [
    ("</head>", "</head>", ""),
    ("</head>", '<script src="https://example.org/a.js"></script></head>', "asked for https://example.org/a.js"),
    ("</head>", '<link rel="stylesheet" href="no.css"></head>', "missing "),
    ("</head>", '<script>console.error("it broke")</script></head>', "it broke"),
    ("</head>", "<script>undefined.name</script></head>", "Cannot read properties"),
    ("function render(", "function render_(", "stays a still picture"),
])
def test_on_a_chapter_as_it_loads(new_page, address, old, new, complaint):
    page = new_page()
    for files in ("**/*.html", "**/_static/02_*.js"):                  # what widgets run stands in the latter
        page.route(files, lambda route: route.fulfill(body=route.fetch().text().replace(old, new, 1)))
    wrong, _ = visit(page, address, "book/02_two_players.html")
    assert any(complaint in line for line in wrong) if complaint else not wrong
