"""The explorer on the first page: beside the lab, loaded when somebody comes near, by its link, and from a folder."""
import pytest
from building import BROWSER

if BROWSER is None:
    pytest.skip("no browser: apt-get install chromium, or set CHROMIUM to one's path", allow_module_level=True)

PHONE = {"width": 390, "has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}


@pytest.fixture
def first(new_page):
    """Function that opens the first page; ``page.asked``: addresses; errors on its console are in ``page.errors``."""
    opened = []

    def first(base, link="", **options):
        page = new_page(**options)
        page.errors, page.asked = [], []
        page.on("console", lambda message: message.type in ("error", "warning") and page.errors.append(message.text))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(f"{base}/book/intro.html{link}", wait_until="networkidle")
        opened.append(page)
        return page

    yield first
    assert not [error for page in opened for error in page.errors]


def loaded(page):
    return sum(address.endswith("_static/explorer.js") for address in page.asked)


def test_its_half_megabyte_waits_until_somebody_comes_near(first, address):
    page = first(address, **PHONE)
    assert loaded(page) == 0 and page.locator(".gan-styles").count() == 0 and page.locator(".gan-lab").count() == 1
    still = page.locator(".still img")
    assert still.count() == 1 and "small" in still.get_attribute("alt")
    still.scroll_into_view_if_needed()
    figure = page.locator("figure.gan-styles")
    figure.wait_for()
    assert loaded(page) == 1 and figure.count() == 1 and page.locator(".gan-lab").count() == 1
    assert page.locator(".still").count() == 0
    before = figure.locator("canvas").nth(1).evaluate("canvas => canvas.toDataURL()")
    figure.get_by_role("button", name="Surprise me").tap()
    assert figure.locator("canvas").nth(1).evaluate("canvas => canvas.toDataURL()") != before


def test_a_link_to_a_face_leads_there_at_once(first, address):
    page = first(address, "#style=5.6&mix=0,1,1,1&psi=0.5&noise=0", **PHONE)
    figure = page.locator("figure.gan-styles")
    figure.wait_for()
    page.wait_for_function("document.querySelector('.gan-styles').getBoundingClientRect().top < innerHeight / 2")
    assert "As the link has it." in figure.locator("[role=status]").inner_text()


def test_it_runs_from_a_folder(first, site):
    page = first(site.as_uri())
    page.locator(".still img, figure.gan-styles").first.scroll_into_view_if_needed()
    page.locator("figure.gan-styles").wait_for()


def test_where_its_script_is_missing_the_still_stays(first, address):
    page = first(address, **PHONE)
    page.route("**/explorer.js", lambda route: route.abort())
    page.locator(".still img").scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    assert page.locator(".still img").is_visible() and page.locator(".gan-styles").count() == 0
    assert len(page.errors) == 2 and "stays a still picture" in page.errors[1]
    page.errors.clear()


def test_without_scripts_the_still_is_seen(first, site):
    page = first(site.as_uri(), java_script_enabled=False)
    assert page.locator(".still img").last.is_visible()
