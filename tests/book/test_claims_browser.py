"""The page of claims in a browser: searched by words, its address passed on, everything there without a script."""
import pytest
from building import BROWSER

if BROWSER is None:
    pytest.skip("no browser: apt-get install chromium, or set CHROMIUM to one's path", allow_module_level=True)

PATH = "book/claims.html"
SHOWN = """[...document.querySelectorAll("table.claims tr:is(.claim, .check)")].filter((row) => row.checkVisibility())
    .map((row) => row.cells[0].textContent)"""


def test_words_find_the_claims_that_hold_them_all_with_what_was_measured(new_page, address):
    page = new_page()
    page.goto(f"{address}/{PATH}")
    every = page.evaluate(SHOWN)
    field = page.get_by_label("Find claims")
    field.fill("Mode  KL")
    found = page.evaluate(SHOWN)
    assert 0 < len(found) < len(every) and all("mode" in text.lower() and "kl" in text.lower() for text in found)
    assert found == [text for text in every if "mode" in text.lower() and "kl" in text.lower()]
    assert page.get_by_role("status").inner_text() == f"{len(found)} of {len(every)} claims and checks."
    left = page.locator("section[id^=chapter-]:visible")
    assert 0 < left.count() < page.locator("section[id^=chapter-]").count()
    kinds = page.evaluate("""[...document.querySelectorAll("table.claims tbody tr")]
        .filter((row) => row.checkVisibility()).map((row) => row.classList[0])""")
    below = [after for kind, after in zip(kinds, [*kinds[1:], ""]) if kind == "measured"]
    assert below and set(below) == {"claim"}                    # nothing measured without a claim that follows from it
    field.fill("")
    assert page.evaluate(SHOWN) == every and "#" not in page.evaluate("location.href")


def test_address_holds_what_is_looked_for(new_page, address):
    page = new_page()
    page.goto(f"{address}/{PATH}")
    page.get_by_label("Find claims").fill("R1 & 50 %")
    passed_on = page.evaluate("location.href")
    assert passed_on.endswith("#find=R1%20%26%2050%20%25")
    other = new_page()
    other.goto(passed_on)
    assert other.get_by_label("Find claims").input_value() == "R1 & 50 %"
    assert other.evaluate(SHOWN) == page.evaluate(SHOWN)


def test_a_chapter_and_a_kind_can_be_asked_for_and_passed_on(new_page, address):
    page = new_page()
    page.goto(f"{address}/{PATH}")
    page.get_by_label("Chapter").select_option("7")
    page.get_by_label("Kind").select_option("check")
    found = page.evaluate(SHOWN)
    assert found and all(text.startswith("≡") for text in found)
    assert page.locator("section[id^=chapter-]:visible").count() == 1
    assert page.evaluate("location.hash") == "#chapter=7&kind=check"
    other = new_page()
    other.goto(page.evaluate("location.href"))
    assert other.evaluate(SHOWN) == found
    page.get_by_label("Kind").select_option("missed")
    assert page.evaluate(SHOWN) == [] or page.locator("tr.missed:visible").count() > 0


def test_a_claim_leads_to_its_open_cell(new_page, address):
    page = new_page()
    page.goto(f"{address}/{PATH}#find=within 0.15 of D*")
    link = page.locator("tr.claim:visible a").first
    sentence = link.inner_text()
    link.click()
    page.wait_for_url("**/03_minimax_value.html#cell-*")
    page.get_by_text(f"✓ {sentence}").wait_for()


@pytest.mark.parametrize("end", ["#find=", "#find=%E0%A4%A", "#chapter-7", ""])
def test_other_addresses_work_too(new_page, address, end):
    page, errors = new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}/{PATH}{end}")
    assert not errors and page.get_by_label("Find claims").count() == 1


def test_nothing_found_says_so(new_page, address):
    page = new_page()
    page.goto(f"{address}/{PATH}")
    page.get_by_label("Find claims").fill("xylophone")
    assert page.evaluate(SHOWN) == [] and page.get_by_role("status").inner_text().startswith("0 of ")


def test_the_script_is_on_this_page_alone(site):
    with_it = [path.name for path in site.rglob("*.html") if "claims.js" in path.read_text("utf8")]
    assert with_it == ["claims.html"]
