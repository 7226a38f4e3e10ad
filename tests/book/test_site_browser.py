"""The built site in a browser: quiet, small, accessible; the scrubber by keyboard, by touch, without scripts."""
import base64
import gzip
import json

import pytest
from building import BROWSER, ROOT

if BROWSER is None:
    pytest.skip("no browser: apt-get install chromium, or set CHROMIUM to one's path", allow_module_level=True)

CHAPTER = "book/02_two_players.html"
STATE = 'script[type="application/vnd.jupyter.widget-state+json"]'
PHONE = {"width": 412, "has_touch": True, "is_mobile": True}


@pytest.mark.parametrize("source", ["folder", "server"])
def test_pages_ask_nobody_else_and_report_no_error(source, new_page, site, pages, address):
    base = site.as_uri() if source == "folder" else address
    asked, errors, page = [], [], new_page()
    page.on("request", lambda request: asked.append(request.url))
    # A widget whose script fails says so on the console; one cut short by leaving the page is no fault.
    page.on("requestfailed", lambda request: request.url.startswith("blob:") or errors.append(request.url))
    page.on("response", lambda response: response.status >= 400 and errors.append(response.url))
    page.on("console", lambda message: message.type in ("error", "warning") and errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    for path in ["index.html", *pages]:
        page.goto(f"{base}/{path}", wait_until="networkidle")
    assert len(asked) > len(pages)
    assert not [url for url in asked if not url.startswith((f"{base}/", "data:", f"blob:{address}", "blob:null"))]
    assert not errors


def test_pages_without_their_figures_are_small(new_page, pages, address):
    """As a reader downloads them: GitHub Pages and its like send text compressed."""
    for path in pages:
        responses = []
        page = new_page()
        page.on("response", lambda response, seen=responses: seen.append(response))
        page.goto(f"{address}/{path}", wait_until="networkidle")
        loaded = [response for response in responses if response.url.startswith("http")]
        bodies = [response.body() for response in loaded if response.request.resource_type != "image"]
        frames = [text.encode() for text in page.locator(STATE).all_text_contents()]             # a scrubber's
        for text in frames:
            bodies = [body.replace(text, b"") for body in bodies]
        size = sum(len(gzip.compress(body)) for body in bodies)
        assert 50_000 < size < 500_000, (path, size)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (412, "dark")])
def test_axe_finds_nothing_and_nothing_overflows(width, scheme, new_page, pages, address):
    from axe_playwright_python.sync_playwright import Axe

    found, page = [], new_page(width, reduced_motion="reduce")       # a colour in transition has too little contrast
    for path in pages:
        page.goto(f"{address}/{path}", wait_until="networkidle")
        page.evaluate("for (const hidden of document.querySelectorAll('details')) hidden.open = true")
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
        page.add_style_tag(content="* { transition: none !important }")
        result = Axe().run(page, options={"preload": False}).response              # half a minute for a long chapter
        assert len(result["passes"]) > 10
        found += [(path, scheme, rule["id"], rule["nodes"][0]["html"]) for rule in result["violations"]]
        spare = page.evaluate("document.documentElement.clientWidth - document.documentElement.scrollWidth")
        assert spare >= 0, (path, "scrolls sideways")
    assert not found


@pytest.fixture
def scrubber(address):
    """Function that opens chapter 2 and returns its scrubber's slider and picture."""
    def scrubber(page):
        page.goto(f"{address}/{CHAPTER}")
        figure = page.locator("figure.gan-scrubber").first
        return figure.get_by_role("slider"), figure.locator("img")
    return scrubber


def test_scrubber_by_keyboard(new_page, scrubber):
    slider, picture = scrubber(new_page())
    seen = []
    slider.focus()
    for key in ("Home", "ArrowRight", "ArrowRight", "End", "ArrowLeft"):
        slider.press(key)
        seen.append(picture.get_attribute("src"))
        assert picture.get_attribute("alt") == slider.get_attribute("aria-valuetext") != ""
    assert len(set(seen)) == 5
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300


def test_scrubber_by_touch(new_page, scrubber):
    page = new_page(**PHONE)
    slider, picture = scrubber(page)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box["height"] >= 44
    seen = []
    for place in (0.1, 0.5, 0.9):
        page.touchscreen.tap(box["x"] + place * box["width"], box["y"] + box["height"] / 2)
        seen.append(picture.get_attribute("src"))
    assert len(set(seen)) == 3


def test_scrubber_plays_only_when_asked_and_pauses(new_page, scrubber):
    page = new_page()
    slider, _ = scrubber(page)
    first = slider.input_value()
    page.wait_for_timeout(700)
    assert slider.input_value() == first
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(1_000)
    page.get_by_role("button", name="Pause").click()
    stopped = slider.input_value()
    assert stopped not in (first, "0")         # it starts again from the first, as it stood at the last
    page.wait_for_timeout(700)
    assert slider.input_value() == stopped


def test_without_scripts_a_still_with_words_is_seen(new_page, address):
    page = new_page(java_script_enabled=False)
    page.goto(f"{address}/{CHAPTER}")
    still = page.locator(".still img").first
    assert still.is_visible() and still.bounding_box()["width"] > 300
    assert len(still.get_attribute("alt")) > 10
    assert page.locator("figure.gan-scrubber").count() == 0


def test_still_stays_where_a_widget_fails(new_page, address):
    page, errors = new_page(), []
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.route("**/*.html", lambda route: route.fulfill(
        body=route.fetch().text().replace("function render(", "function render_(")))
    page.goto(f"{address}/{CHAPTER}", wait_until="networkidle")
    assert page.locator(".still img").first.is_visible()
    assert page.locator("figure.gan-scrubber").count() == 0
    assert "stays a still picture" in errors[0]


def test_saved_widgets_keep_their_bytes_and_links(new_page):
    """Two counters, linked; a click on one adds its first byte to both."""
    esm = """export default { render({ model, el }) {
        const button = document.createElement("button");
        const paint = () => { button.textContent = model.get("n"); };
        button.onclick = () => model.set("n", model.get("n") + model.get("bytes").getUint8(0));
        model.on("change:n", paint); paint(); el.append(button); } };"""
    data = base64.b64encode(bytes([7])).decode()
    counter = {"model_name": "AnyModel", "state": {"_esm": esm, "n": 1},
               "buffers": [{"path": ["bytes"], "encoding": "base64", "data": data}]}
    link = {"model_name": "LinkModel", "state": {"source": ["IPY_MODEL_a", "n"], "target": ["IPY_MODEL_b", "n"]}}
    state = json.dumps({"state": {"a": counter, "b": counter, "link": link}})
    views = "".join(f'<div><script type="application/vnd.jupyter.widget-view+json">{json.dumps({"model_id": name})}'
                    "</script></div>" for name in "ab")
    page = new_page()
    page.set_content(f'<script type="application/vnd.jupyter.widget-state+json">{state}</script>{views}')
    page.add_script_tag(path=ROOT / "book/assets/anywidget-mini.js")
    page.get_by_role("button").nth(1).click()
    assert page.get_by_role("button").all_text_contents() == ["8", "8"]
    page.get_by_role("button").nth(0).click()
    assert page.get_by_role("button").all_text_contents() == ["15", "15"]
