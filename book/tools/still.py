"""The picture of the lab for where no script runs, book/assets/lab.png: its square at the end of the first preset.

Needs a built book and Chromium: `make still`. To be made again when the lab's square looks different.
"""

import base64
import io
import os
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
BROWSER = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def square(page) -> bytes:
    """The canvas as a PNG, after the first preset has come to its end."""
    page.goto((ROOT / "_build/html/book/lab.html").as_uri())
    page.get_by_role("button", name="Play", exact=True).click()
    page.locator(".gan-lab .ask", has_text="Press Play to go on").wait_for(timeout=120_000)
    url = page.locator(".gan-lab .stage canvas").first.evaluate("canvas => canvas.toDataURL()")
    return base64.b64decode(url.split(",")[1])


if __name__ == "__main__":
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        picture = Image.open(io.BytesIO(square(browser.new_page()))).convert("RGB")
        picture.quantize(128, dither=Image.Dither.NONE).save(ROOT / "book/assets/lab.png", optimize=True)
        browser.close()
