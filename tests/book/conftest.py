"""The built site, a server that hands it out and a browser to open it in, each started once, when first asked for."""
import functools
import http.server
import json
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from building import BROWSER, ROOT, build

# Without these Chromium looks for its maker's servers at every start.
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run", "--disable-quic"]

LONE = """<!DOCTYPE html><html lang="en"><title>Figure</title><meta name="viewport" content="width=device-width">
<style>:root { color-scheme: light dark }</style><body><main><h1>Figure</h1>
<div><script type="application/vnd.jupyter.widget-view+json">{"model_id": "figure"}</script></div></main>
<script type="application/vnd.jupyter.widget-state+json">%s</script>"""


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """Folder of the site, built now from the working tree."""
    out = tmp_path_factory.mktemp("site")
    result = build(ROOT, out)
    assert result.returncode == 0, result.stdout
    return out / "_build" / "html"


@pytest.fixture(scope="session")
def pages(site) -> list[str]:
    """Paths of its pages; index.html and 404.html only lead to them, and slides are no pages."""
    found = (path.relative_to(site) for path in sorted(site.rglob("*.html")))
    return [path.as_posix() for path in found
            if path.parts[0] not in ("_static", "slides") and path.name not in ("index.html", "404.html")]


class Subfolder(http.server.SimpleHTTPRequestHandler):
    """Hands out a folder under /some/sub/folder/ and nothing else, as a host of many projects would."""

    PREFIX = "/some/sub/folder"

    def translate_path(self, path):
        inside = path.startswith(f"{self.PREFIX}/")
        return super().translate_path(path.removeprefix(self.PREFIX)) if inside else "/nothing is here"

    def log_message(self, *args):
        pass


@contextmanager
def served(folder, handler):
    """A local server for the folder, while it is needed: its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{handler.PREFIX}"
        server.shutdown()


@pytest.fixture(scope="session")
def address(site):
    """Where a local server hands out the site."""
    with served(site, Subfolder) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser):
    """Function that opens a page in a window of its own; its keywords are Playwright's for a context."""
    contexts = []

    def new_page(width=1280, **options):
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, **options))
        return contexts[-1].new_page()

    yield new_page
    for context in contexts:
        context.close()


@pytest.fixture
def alone(new_page):
    """Function that opens a figure on a page of its own, without a kernel: nothing may be asked for, or be an error on
    its console. Its keywords are those of ``new_page``."""
    opened = []

    def alone(figure, **options):
        page, errors = new_page(**options), []
        page.on("console", lambda message: message.type in ("error", "warning") and errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: errors.append(f"asked for {request.url}")
                if not request.url.startswith(("blob:", "data:", "about:")) else None)
        state = {"figure": {"model_name": "AnyModel", "state": figure.get_state()}}
        page.set_content(LONE % json.dumps({"state": state}).replace("<", "\\u003c"))
        page.add_script_tag(path=ROOT / "book/assets/anywidget-mini.js")
        page.locator("figure[class^=gan-]").wait_for()
        opened.append(errors)
        return page

    yield alone
    assert not [error for errors in opened for error in errors]
