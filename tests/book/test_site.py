"""The built site as files: complete, self-contained, with working links and words for every picture."""
import html
import json
import re
import shutil
from pathlib import Path

import pytest
import yaml
from building import ROOT, build
from looking import Page, dead_links, loaded_from_elsewhere, wordless
from sphinxcontrib import katex

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text("utf8"))
NAMES = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"])]
NOTEBOOKS = [name for name in NAMES if (ROOT / f"{name}.ipynb").exists()]
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


@pytest.fixture(scope="module")
def parsed(site, pages):
    return {path: Page((site / path).read_text("utf8")) for path in [*pages, "index.html"]}


def test_every_entry_of_the_toc_has_a_page_and_there_are_chapters(parsed):
    assert NOTEBOOKS
    for name in NAMES:
        assert parsed[f"{name}.html"].all("h1"), name


def test_no_page_or_stylesheet_names_a_third_party_to_load_from(site, parsed):
    for path, page in parsed.items():
        assert not loaded_from_elsewhere(page), path
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import\s*)['\"]?(https?:)?//", sheet.read_text("utf8")), sheet


def test_local_links_and_anchors_resolve(site, parsed):
    assert not dead_links(site, parsed)


def test_every_page_has_a_description_of_its_own(parsed):
    pages = {path: page for path, page in parsed.items() if path != "index.html"}
    found = {path: [meta["content"] for meta in page.all("meta") if meta.get("name") == "description"]
             for path, page in pages.items()}
    assert {path: len(texts) for path, texts in found.items()} == dict.fromkeys(pages, 1)
    assert len({texts[0] for texts in found.values()}) == len(pages)
    assert min(len(texts[0]) for texts in found.values()) > 20
    question = re.search(r"\*\*(.+?)\*\*", (ROOT / f"{NOTEBOOKS[0]}.py").read_text("utf8"))[1]
    assert found[f"{NOTEBOOKS[0]}.html"] == [question]


def test_first_page_has_a_card_for_each_chapter_with_its_picture_its_question_and_its_times(site, parsed):
    first = parsed[f"{TOC['root']}.html"]
    cards = re.findall(r'<div class="chapter-card"[^>]*>.*?</div>', first.text, re.DOTALL)
    assert len(cards) == len(NOTEBOOKS)
    for name, card in zip(NOTEBOOKS, cards, strict=True):
        question = re.search(r'name="description" content="([^"]+)"', parsed[f"{name}.html"].text)[1]
        assert f'href="{Path(name).name}.html"' in card and html.escape(html.unescape(question)) in card
        assert re.search(r"\d+ min to read · runs in about \d+ s", card), name
        picture = site / "book" / re.search(r'src="([^"]+)"', card)[1]
        assert picture.read_bytes()[:4] == b"\x89PNG" and picture.stat().st_size < 60_000


def test_math_is_drawn_while_building(parsed):
    assert 'class="katex"' in parsed["book/notation.html"].text
    for path, page in parsed.items():
        for script in page.all("script"):
            assert not re.search("katex|mathjax", script.get("src", ""), re.IGNORECASE), (path, script)
        assert "katex-error" not in page.text, path


def test_stylesheet_and_renderer_of_math_are_of_one_version():
    sheet = (ROOT / "book/assets/katex/katex.min.css").read_text("utf8")
    version = re.search(r'\.katex-version:after\{content:"(\d+\.\d+)', sheet)[1]
    assert katex.katex_version.startswith(f"{version}."), "renew book/assets/katex from npm's katex"


def test_every_picture_has_a_size_and_a_wide_one_a_frame_that_a_keyboard_scrolls(parsed):
    wide = 0
    for path, page in parsed.items():
        files = [picture for picture in page.pictures if picture["src"].endswith(".png")]
        assert all(int(picture.get("width", 0)) * int(picture.get("height", 0)) > 0 for picture in files), path
        assert all(picture.get("loading") == "lazy" for picture in files), path
        frames = [frame for frame in page.all("div") if "wide" in frame.get("class", "").split()]
        assert len(frames) == sum(int(picture["width"]) > 600 for picture in files), path
        assert all(frame.get("tabindex") == "0" for frame in frames), path
        wide += len(frames)
    assert wide > 10


def test_every_picture_has_words(parsed):
    for path, page in parsed.items():
        assert not wordless(page), path


def cells_of(name):
    return json.loads((ROOT / f"{name}.ipynb").read_text("utf8"))["cells"]


def test_chapter_says_how_long_it_takes_and_offers_its_files(parsed, site):
    for name in NOTEBOOKS:
        page = parsed[f"{name}.html"]
        bar = re.search(r'<div class="chapter-bar.*?</div>', page.text, re.DOTALL)[0]
        text = "\n".join("".join(cell["source"]) for cell in cells_of(name) if cell["cell_type"] == "markdown")
        in_folds = "".join(re.findall(r"<details>.*?</details>", text, re.DOTALL))
        minutes = [int(number) for number in re.findall(r"(\d+) (?:min to read|more in its folds)", bar)]
        assert sum(minutes) == pytest.approx(len(text.split()) / 200, rel=0.3), name
        assert sum(minutes[1:]) == pytest.approx(len(in_folds.split()) / 200, rel=0.3, abs=1), name
        assert re.search(r"runs in about [^<]*\d+ s", bar), name
        assert f'href="https://colab.research.google.com/github/OWNER/gan-book/blob/main/{name}.ipynb"' in bar
        assert 'href="notation.html"' in bar and 'href="glossary.html"' in bar
        files = {Path(link["href"]).name: site / "book" / link["href"] for link in page.all("a") if "download" in link}
        assert set(files) == {f"{Path(name).name}.ipynb", f"{Path(name).name}.py"}
        for file, path in files.items():
            assert path.read_bytes() == (ROOT / "book" / file).read_bytes()


def test_answers_are_folded_away(parsed):
    for name in NOTEBOOKS:
        page = parsed[f"{name}.html"]
        assert len(page.all("details")) >= 2 and not [one for one in page.all("details") if "open" in one], name


def test_previous_and_next_lead_through_the_book(parsed):
    for name, before, after in zip(NAMES, ["", *NAMES], [*NAMES[1:], ""]):
        links = {link.get("class"): link["href"] for link in parsed[f"{name}.html"].all("a") if "href" in link}
        for side, other in (("left-prev", before), ("right-next", after)):
            assert links.get(side, "") == (f"{Path(other).name}.html" if other else ""), (name, side)


def lines_of(page, kind):
    """The sentences of a kind on the page of claims, as printed."""
    items = re.findall(rf'<tr class="{kind}(?: missed)?"><td>.*?<a [^>]*>(.*?)</a>', page.text, re.DOTALL)
    return [html.unescape(item) for item in items]


def test_claims_page_lists_every_claim_under_what_was_measured_and_the_checks_apart(parsed):
    page, printed, measured = parsed["book/claims.html"], {"✓": [], "≡": []}, []
    for name in NOTEBOOKS:
        assert f'href="{Path(name).name}.html"' in page.text
        for cell in cells_of(name):
            for output in cell.get("outputs", []):
                lines = "".join(output.get("text", [])).splitlines()
                for line in lines:
                    if line[:2] in ("✓ ", "≡ ") and not line[2:].startswith("your "):
                        printed[line[0]].append(line[2:])
                # What was measured in the same cell as a claim, before it.
                last = max((number for number, line in enumerate(lines) if line.startswith("✓ ")), default=0)
                measured += [line for line in lines[:last] if "≈" in line]
    for kind, mark in (("claim", "✓"), ("check", "≡")):
        assert lines_of(page, kind) == printed[mark] != []
    shown = html.unescape(re.sub(r"<[^>]+>", "", page.text))
    assert not [line for line in measured if line not in shown]


def test_claims_page_says_in_how_many_runs_each_held(parsed):
    """The ledger's numbers, claim by claim, a summary on top, and in plain words where there are none."""
    ledger = ROOT / "gan/evidence/claims.json"
    rows = {row["chapter"]: row for row in json.loads(ledger.read_text("utf8"))["runs"]} if ledger.exists() else {}
    text = parsed["book/claims.html"].text
    sections = re.findall(r'<section id="chapter-\d+">.*?</section>', text, re.DOTALL)
    assert len(sections) == len(NOTEBOOKS)
    total = 0
    for name, section in zip(NOTEBOOKS, sections):
        row, shown = rows.get(Path(name).name), re.findall(r'<td class="runs">(\d+) of (\d+)</td>', section)
        total += len(lines_of(Page(section), "claim"))
        if row is None:
            assert not shown and "<p>Not re-seeded yet.</p>" in section, name
            continue
        held = {(claim["held"], len(row["seeds"])) for claim in row["claims"]}
        assert f"Re-seeded in {len(row['seeds'])} runs" in section and {tuple(map(int, pair)) for pair in shown} <= held
        assert len(shown) == section.count('<td class="runs">') or "has changed since" in section, name
    assert re.search(rf"<p>{total} claims\. [^<]*re-seeded[^<]*\. Beside them \d+ checks of the code\.</p>", text)


def test_each_claim_leads_to_the_cell_that_checks_it(parsed):
    found = re.findall(r'<a href="([^"#]+)\.html#cell-(\d+)">(.*?)</a>', parsed["book/claims.html"].text)
    cells = {Path(name).name: cells_of(name) for name in NOTEBOOKS}
    for name, cell, sentence in found:
        assert f'id="cell-{cell}"' in parsed[f"book/{name}.html"].text, (name, cell)
        outputs = cells[name][int(cell)]["outputs"]
        printed = "".join("".join(output.get("text", "")) for output in outputs)
        assert html.unescape(sentence) in printed or title_of(name) == html.unescape(sentence), (name, cell)
    assert len(found) > 500


def title_of(name):
    return "".join(cells_of(f"book/{name}")[0]["source"]).splitlines()[0].removeprefix("# ")


def test_page_of_claims_ends_with_the_values_that_others_published(parsed):
    section = parsed["book/claims.html"].text.split('<section id="published">')[1]
    tables = [table for table in re.findall(r"<table.*?</table>", section, re.DOTALL)]
    assert len(tables) >= 6 and all("publish" in table for table in tables)
    assert "6.3 ± 0.5" in section                                        # PacGAN's count of modes, from chapter 7


def test_each_figure_has_a_number_and_its_words(parsed):
    for name in NOTEBOOKS:
        text, chapter = parsed[f"{name}.html"].text, int(Path(name).name[:2])
        captions = re.findall(r'<div class="figure-caption" id="figure-(\d+)-(\d+)"><a href="#figure-\1-\2">'
                              r"Figure \1\.\2</a>.*?<p>(.*?)</p>", text, re.DOTALL)
        assert [tuple(map(int, place)) for *place, _ in captions] == [(chapter, k + 1) for k in range(len(captions))]
        outputs = [output for cell in cells_of(name) for output in cell.get("outputs", [])]
        drawn = sum("image/png" in output.get("data", {}) for output in outputs)
        assert 3 < len(captions) <= drawn
        described = [picture["alt"] for picture in parsed[f"{name}.html"].pictures]
        assert all(html.unescape(words) in described for *_, words in captions), name


def test_where_evidence_comes_from_stands_below_its_figure_and_in_no_printed_block(parsed):
    for name in NOTEBOOKS:
        for block in re.findall(r"<pre>.*?</pre>", parsed[f"{name}.html"].text, re.DOTALL):
            assert not re.search(r"^(?:<pre>(?:<span></span>)?)?stored evidence ", block, re.MULTILINE), (name, block)
    below = re.compile(r'class="figure-caption" id="figure-4-1".{0,1500}<p class="evidence">stored evidence', re.DOTALL)
    assert below.search(parsed["book/04_training_loop.html"].text)


def test_numbers_in_tables_have_minus_signs(parsed):
    for name, page in parsed.items():
        for table in re.findall(r'<table class="table">.*?</table>', page.text, re.DOTALL):
            assert not (found := re.search(r"<(?:p|td)>[≈± ]*-\d.*", table)), (name, found[0])


def test_tables_on_the_page_of_claims_are_tables(parsed):
    text = parsed["book/claims.html"].text
    assert text.count("<table") > 20 and not re.search(r"\| -+:? \|", re.sub(r"<[^>]+>", "", text))


def test_bibliography_lists_what_the_chapters_cite_with_links_back(parsed):
    works = {work["link"]: work for work in yaml.safe_load((ROOT / "book/bibliography.yml").read_text("utf8"))}
    block = re.search(r'<ul class="works.*?</ul>', parsed["book/bibliography.html"].text, re.DOTALL)[0]
    entries = re.findall(r"<li>(.*?)</li>", block, re.DOTALL)
    cited = {}
    for name in NOTEBOOKS:
        for link in re.findall(r'<a class="reference external" href="(.*?)"', parsed[f"{name}.html"].text):
            if "OWNER/gan-book" not in link:
                cited.setdefault(html.unescape(link), set()).add(f"{Path(name).name}.html")
    assert len(entries) == len(cited) > 5
    for entry in entries:
        link, *back = re.findall(r'href="(.*?)"', html.unescape(entry))
        assert set(back) == cited[link]
        assert works[link]["title"] in plain_quotes(entry) and works[link]["authors"].split(",")[0] in entry


def plain_quotes(text):
    return html.unescape(text).replace("’", "'").replace("–", "--")


@pytest.mark.parametrize("fault, complaint", [
    ("none", ""),
    ("no alt text", "picture without alt text"),
    ("no claims", "No notebook in _toc.yml prints a claim"),
    ("no chapter", "nonexisting document 'book/01_small'"),
    ("broken formula", "KaTeX parse error"),
    ("unknown work", "book/01_small links to https://arxiv.org/abs/0000.00000, which book/bibliography.yml does not"),
    ("no venue", "https://arxiv.org/abs/1406.2661: book/bibliography.yml does not say where it appeared"),
    ("wrong year", "book/01_small dates https://arxiv.org/abs/1406.2661 2015, book/bibliography.yml 2014"),
])
def test_build_stops_at(tmp_path, fault, complaint):
    dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
    picture = {"output_type": "display_data", "data": {"image/png": dot}, "metadata": {}}
    printed = {"output_type": "stream", "name": "stdout", "text": "✓ it holds\n" if fault != "no claims" else "none\n"}
    alt = {} if fault == "no alt text" else {"mystnb": {"image": {"alt": "A dot"}}}
    title = "# 1. Small\n\n" + (r"$\frac{1$" if fault == "broken formula" else r"$\frac{1}{2}$")
    title += "\n\n[Nets](https://arxiv.org/abs/1406.2661) (2014)"
    title = {"unknown work": title.replace("1406.2661", "0000.00000"),
             "wrong year": title.replace("2014", "2015")}.get(fault, title)
    cells = [{"cell_type": "markdown", "metadata": {}, "source": title},
             {"cell_type": "code", "metadata": alt, "source": "draw()", "execution_count": 1,
              "outputs": [picture, printed]}]
    book = tmp_path / "book"
    shutil.copytree(ROOT / "book/tools", book / "tools")
    shutil.copytree(ROOT / "book/assets", book / "assets")
    for name in ("claims.md", "bibliography.md", "bibliography.yml"):
        shutil.copy(ROOT / "book" / name, book)
    if fault == "no venue":
        works = (book / "bibliography.yml").read_text("utf8")
        (book / "bibliography.yml").write_text(re.sub(r"\n  where: .*", "", works), "utf8")
    shutil.copy(ROOT / "_config.yml", tmp_path)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: book/claims\nchapters: [{file: book/01_small}, "
                                       "{file: book/bibliography}]\n")
    if fault != "no chapter":
        notebook = {"cells": cells, "metadata": {"kernelspec": KERNEL}, "nbformat": 4, "nbformat_minor": 5}
        (book / "01_small.ipynb").write_text(json.dumps(notebook))
    result = build(tmp_path, tmp_path / "out")
    assert (result.returncode == 0) == (fault == "none"), result.stdout
    assert complaint in result.stdout
