"""The built site in a second engine, WebKit (Safari's), through the driver that Debian has for it."""
import os
import re
import shutil
import subprocess

import pytest
from conftest import Subfolder, served
from selenium import webdriver
from selenium.common.exceptions import ElementNotInteractableException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

DRIVER, SCREEN = "WebKitWebDriver", "Xvfb"
if not (shutil.which(DRIVER) and shutil.which(SCREEN)):
    pytest.skip("no WebKit: apt-get install webkit2gtk-driver xvfb", allow_module_level=True)

# The driver tells nothing of a page's console, so the server puts this in front of every page.
RECORDER = b"""<script>
window.wrong = [];
addEventListener("error", (event) => wrong.push(event.message ?? event.target.outerHTML.slice(0, 200)), true);
addEventListener("unhandledrejection", (event) => wrong.push(String(event.reason)));
for (const name of ["error", "warn"]) console[name] = (...words) => wrong.push(words.join(" "));
</script>"""


class Recorded(Subfolder):
    def do_GET(self):
        path = self.translate_path(self.path.split("?")[0])
        if not path.endswith(".html") or not os.path.isfile(path):
            return super().do_GET()
        with open(path, "rb") as file:
            body = re.sub(b'<meta charset="utf-8".*?>', lambda tag: tag[0] + RECORDER, file.read(), count=1)
        assert RECORDER in body, f"{path} does not name its encoding"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def recorded(site):
    """Where a local server hands out the site with the recorder in its pages."""
    with served(site, Recorded) as address:
        yield address


@pytest.fixture(scope="module")
def webkit():
    """A window of WebKit on a screen that nobody sees; it has no headless mode."""
    with subprocess.Popen([SCREEN, "-displayfd", "1", "-screen", "0", "1280x1024x24"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as screen:
        os.environ["DISPLAY"], before = f":{screen.stdout.readline().strip()}", os.environ.get("DISPLAY")
        try:
            try:
                window = webdriver.WebKitGTK()
            except WebDriverException as error:                # a machine that lets no window open; no fault of a page
                pytest.skip(f"WebKit does not start: {error.msg}")
            window.set_script_timeout(120)                     # two workers may share a slow machine
            yield window
            window.quit()
        finally:
            screen.terminate()
            os.environ.pop("DISPLAY") if before is None else os.environ.update(DISPLAY=before)


def complaints(window, base) -> list[str]:
    """Errors that the page now open has reported, and what it asked of others than ``base``."""
    asked = window.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    others = [url for url in asked if not url.startswith((base, "data:", "blob:"))]
    return window.execute_script("return wrong") + others


def test_the_recorder_hears_an_error(webkit, recorded):
    webkit.get(f"{recorded}/book/intro.html")
    webkit.execute_script("""console.error("loud"); Promise.reject("unheard");
        document.body.append(Object.assign(new Image(), { src: "gone.png" }));
        document.body.append(Object.assign(new Image(), { src: "http://127.0.0.2:9/other.png" }));""")
    WebDriverWait(webkit, 10).until(lambda _: len(complaints(webkit, recorded)) >= 4)
    heard = " ".join(complaints(webkit, recorded))
    assert all(word in heard for word in ("loud", "unheard", "gone.png", "other.png"))


def test_no_page_reports_an_error_or_asks_anybody_else(webkit, recorded, pages):
    wrong = []
    for path in ["index.html", *pages]:
        webkit.get(f"{recorded}/{path}")
        wrong += [(path, complaint) for complaint in complaints(webkit, recorded)]
    assert not wrong


def test_every_saved_figure_moves(webkit, recorded, pages):
    still, moved = [], 0
    ready = WebDriverWait(webkit, 20, ignored_exceptions=[ElementNotInteractableException])
    for path in pages:
        webkit.get(f"{recorded}/{path}")
        # On a busy machine a figure takes its still picture's place only after the page has come.
        ready.until(lambda _: not webkit.find_elements(By.CSS_SELECTOR, ".still"))
        for figure in webkit.find_elements(By.CSS_SELECTOR, 'script[type$="widget-view+json"] + div'):
            controls = (one for kind in ("input[type=range]:enabled", "select", "button")
                        for one in figure.find_elements(By.CSS_SELECTOR, kind) if one.is_displayed())
            control = next(controls)
            webkit.execute_script("arguments[0].scrollIntoView(); arguments[0].focus()", control)
            seen = {figure.get_attribute("innerHTML")}         # this driver's pictures of an element do not change
            for key in {"input": (Keys.HOME, Keys.END), "select": (Keys.DOWN,)}.get(control.tag_name, (Keys.ENTER,)):
                ready.until(lambda _: control.send_keys(key) is None)         # it is, once it has been laid out
                seen.add(figure.get_attribute("innerHTML"))
            moved += 1
            still += [(path, figure.text[:60])] * (len(seen) == 1)
    assert moved >= 3 and not still


def test_the_labs_first_preset_comes_to_its_end(webkit, recorded):
    webkit.get(f"{recorded}/book/lab.html")
    next(one for one in webkit.find_elements(By.CSS_SELECTOR, ".gan-lab button") if one.text == "Play").click()
    ask = webkit.find_element(By.CSS_SELECTOR, ".gan-lab .ask")
    WebDriverWait(webkit, 180).until(lambda _: "All 8 modes are found" in ask.text)
    assert "Step 3000: 8 of 8 modes" in webkit.find_element(By.CSS_SELECTOR, ".gan-lab .readout").text
    assert "Not with this seed" not in ask.text and not complaints(webkit, recorded)
