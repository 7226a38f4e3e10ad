"""AskedFaces on a page without a kernel: its picture is PyTorch's; each control asks, by keys and by touch."""
import base64
import io

import pytest
import torch
from building import BROWSER
from PIL import Image
from torch import nn
from torchvision.transforms.functional import pil_to_tensor

from gan.figures import AskedFaces
from gan.models import conditional_pair

if BROWSER is None:
    pytest.skip("no browser: apt-get install chromium, or set CHROMIUM to one's path", allow_module_level=True)


@pytest.fixture(scope="module")
def faces():
    """Of a G that has not been trained, and whose pictures depend on y and on z."""
    torch.manual_seed(0)
    G, _ = conditional_pair(16, told=4, latent=6, width=16)
    with torch.no_grad():
        for layer in G.modules():
            if isinstance(layer, (nn.Linear, nn.ConvTranspose2d)):
                layer.weight *= 5
    return AskedFaces(G, {"hat": ("no", "yes"), "hair": ("bald", "short", "long")}, asked={"hair": "short"})


@pytest.fixture
def shown(alone, faces):
    """Function that shows the figure."""
    return lambda **options: alone(faces, **options)


def picture(page):
    return page.locator(".gan-asked canvas").evaluate("canvas => canvas.toDataURL()")


def words(page):
    return page.locator(".gan-asked [aria-live]").inner_text()


def test_it_starts_as_the_still_picture(shown, faces):
    page = shown()
    drawn = Image.open(io.BytesIO(base64.b64decode(picture(page).split(",")[1])))
    still = Image.open(io.BytesIO(faces._still()))
    assert (drawn.width * 8, drawn.height * 8) == still.size
    drawn, still = pil_to_tensor(drawn).int(), pil_to_tensor(still).int()[:, ::8, ::8]
    between = drawn[3] == 0
    assert (still[:, between] == 255).all() and between.sum() == 3 * 33 + 67 - 3
    assert (drawn[:3] - still)[:, ~between].abs().max() <= 1 and still[:, ~between].float().std() > 20
    assert words(page).startswith("Asked for: hat no, hair short; y = (0, 0, 1, 0).")


def test_every_control_asks_by_keys_and_what_is_asked_is_said(shown):
    page = shown()
    first, seen = picture(page), {picture(page)}
    for name, key, said in [("hat: yes", "Enter", "hat yes, hair short; y = (1, 0, 1, 0)"),
                            ("hat, from no to yes", "ArrowLeft", "hat 0.95 of the way from no to yes, hair short"),
                            ("hair", "ArrowDown", "hair long; y = (0.95, 0, 0, 1)")]:
        page.get_by_label(name, exact=True).press(key)
        assert said in words(page) and picture(page) not in seen
        assert page.locator("canvas").get_attribute("aria-label").startswith("8 faces that G makes when asked for hat")
        seen.add(picture(page))
    page.get_by_label("hair", exact=True).select_option("short")
    page.get_by_label("hat: no", exact=True).press("Enter")
    assert page.get_by_label("hat: no", exact=True).get_attribute("aria-pressed") == "true"
    assert page.get_by_label("hat: yes").get_attribute("aria-pressed") == "false"
    assert page.get_by_role("slider").get_attribute("aria-valuetext") == "hat no"
    assert picture(page) == first


def test_new_faces_are_others_the_same_for_every_reader_and_the_first_come_back(shown):
    one, other = shown(), shown()
    first, seen = picture(one), []
    for number in (1, 2):
        for page in (one, other):
            page.get_by_role("button", name="New faces").click()
        assert picture(one) == picture(other) and f"These are new faces, number {number}: other z's." in words(one)
        seen.append(picture(one))
    assert len({first, *seen}) == 3
    one.get_by_role("button", name="The first faces").click()
    assert picture(one) == first and "These are the first faces." in words(one)


def test_on_a_phone_it_fits_and_targets_are_large(shown):
    page = shown(width=390, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.clientWidth - document.documentElement.scrollWidth") >= 0
    for target in page.locator(".gan-asked :is(button, select, input)").all():
        box = target.bounding_box()
        assert box["height"] >= 43.9 and box["width"] >= 43.9
    before, slider = picture(page), page.get_by_role("slider")
    box = slider.bounding_box()
    page.touchscreen.tap(box["x"] + 0.6 * box["width"], box["y"] + box["height"] / 2)
    assert picture(page) != before and "hat 0.6" in words(page)
