"""What somebody has read and solved: marked by hand, kept in the browser, shown in the sidebar and on the cards."""
import re

import pytest
from building import BROWSER, ROOT

if BROWSER is None:
    pytest.skip("no browser: apt-get install chromium, or set CHROMIUM to one's path", allow_module_level=True)

CHAPTER, OTHER = "book/07_mode_collapse.html", "book/08_convergence.html"
KEY = "gan-book-progress"


def opened(new_page, address, path, errors=None):
    page = new_page()
    if errors is not None:
        page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}/{path}")
    return page


def go_on(page, address, path):
    page.goto(f"{address}/{path}")


def test_every_exercise_has_a_box_and_the_cards_count_the_same(new_page, address, pages):
    page, counted = opened(new_page, address, "book/intro.html"), {}
    for link, of in page.eval_on_selector_all(
            ".chapter-card", "cards => cards.map(card => [card.querySelector('h3 a').href, card.dataset.exercises])"):
        counted[f"book/{link.split('/')[-1]}"] = int(of)
    assert counted.keys() == {path for path in pages if re.match(r"book/\d", path)}
    for path, of in counted.items():
        go_on(page, address, path)
        assert page.get_by_label("I have solved exercise").count() == of >= 3, path
        assert page.get_by_label("I have read this chapter").count() == 1


def test_marks_are_kept_shown_and_forgotten(new_page, address):
    page = opened(new_page, address, CHAPTER)
    page.get_by_label("I have solved exercise 2").check()
    page.get_by_label("I have read this chapter").check()
    mark = page.locator("nav.bd-links .progress-mark")
    assert mark.count() == 1 and mark.get_attribute("aria-label") == "read"
    assert "Mode collapse" in mark.locator("..").inner_text()
    go_on(page, address, OTHER)
    assert page.locator(".progress-box input:checked").count() == 0 and mark.count() == 1
    go_on(page, address, CHAPTER)
    assert page.get_by_label("I have solved exercise 2").is_checked()
    assert not page.get_by_label("I have solved exercise 1").is_checked()
    go_on(page, address, "book/intro.html")
    assert "read 1 of" in page.get_by_role("status").inner_text()
    assert "✓ read · 1 of 5 exercises solved" in page.locator(".chapter-card", has_text="Mode collapse").inner_text()
    page.get_by_role("button", name="Forget it").click()
    assert page.locator(".progress-mark").count() == 0 and page.evaluate(f"localStorage.getItem('{KEY}')") is None
    go_on(page, address, CHAPTER)
    assert page.locator(".progress-box input:checked").count() == 0


def test_a_box_can_be_unticked(new_page, address):
    page = opened(new_page, address, CHAPTER)
    page.get_by_label("I have read this chapter").check()
    page.get_by_label("I have read this chapter").uncheck()
    page.reload()
    assert not page.get_by_label("I have read this chapter").is_checked()
    assert page.locator(".progress-mark").count() == 0


@pytest.mark.parametrize("stored", ["[1, 2", "7", "null", '{"07_mode_collapse": {"solved": 3, "read": "yes"}}'])
def test_what_is_stored_may_be_anything(new_page, address, stored):
    errors = []
    page = opened(new_page, address, CHAPTER, errors)
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, stored])
    page.reload()
    assert page.locator(".progress-box input:checked").count() == 0
    page.get_by_label("I have solved exercise 1").check()
    page.reload()
    assert page.get_by_label("I have solved exercise 1").is_checked() and not errors


def test_where_storing_is_forbidden_there_is_nothing_to_tick(new_page, address):
    page, errors = new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script('Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no"); } })')
    page.goto(f"{address}/{CHAPTER}")
    assert page.locator(".progress-box").count() == 0
    assert not [error for error in errors if "progress" in error]


def test_another_tab_sees_it_at_once(new_page, address):
    page = opened(new_page, address, "book/intro.html")
    other = page.context.new_page()
    other.goto(f"{address}/{CHAPTER}")
    other.get_by_label("I have read this chapter").check()
    page.locator(".progress-mark").first.wait_for()
    assert "read 1 of" in page.get_by_role("status").inner_text()


def test_nothing_is_sent():
    text = (ROOT / "book/assets/progress.js").read_text("utf8")
    assert not re.search(r"fetch|XMLHttpRequest|sendBeacon|WebSocket|cookie|import\(", text)
