"""The pictures of the labs for where no script runs, book/assets: their canvas at the end of the first preset.

Needs a built book and Chromium: `make still`. To be made again when what a lab draws looks different.
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


STILLS = {"lab": "lab.png", "digits": "digits-lab.png"}            # page -> picture


def drawn(page, name: str) -> bytes:
    """The canvas as a PNG, after the first preset has come to its end."""
    page.goto((ROOT / f"_build/html/book/{name}.html").as_uri())
    page.get_by_role("button", name="Play", exact=True).click()
    page.locator(".gan-lab .ask", has_text="Press Play to go on").wait_for(timeout=120_000)
    url = page.locator(".gan-lab .stage canvas").first.evaluate("canvas => canvas.toDataURL()")
    return base64.b64decode(url.split(",")[1])


if __name__ == "__main__":
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        for name, file in STILLS.items():
            picture = Image.open(io.BytesIO(drawn(browser.new_page(), name)))
            ground = Image.new("RGBA", picture.size, "white")
            ground.alpha_composite(picture.convert("RGBA"))
            few = ground.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
            few.save(ROOT / "book/assets" / file, optimize=True)
        browser.close()
