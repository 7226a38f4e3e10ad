"""axe-core on every page of the built site, light and dark, wide and narrow; and no page scrolls sideways."""
import pytest
from building import BROWSER
from looking import axe_violations, spare_width

if BROWSER is None:
    pytest.skip("no browser: apt-get install chromium, or set CHROMIUM to one's path", allow_module_level=True)


@pytest.mark.parametrize("width", [1280, 412])
def test_axe_finds_nothing_and_nothing_overflows(width, new_page, pages, address):
    wrong = []
    for path in pages:
        page = new_page(width, reduced_motion="reduce")
        page.goto(f"{address}/{path}")
        for at in (360, width):
            page.set_viewport_size({"width": at, "height": 900})
            if spare_width(page) < 0:
                wrong.append((path, at, "scrolls sideways"))
        wrong += [(path, *violation) for violation in axe_violations(page)]
        page.context.close()
    assert not wrong
