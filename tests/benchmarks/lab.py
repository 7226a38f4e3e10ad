"""Steps per second of the lab in headless Chromium, as a reader plays it: 2-32-32 networks, batch 128, drawing on.

Beside it, in the same browser and in turn with it, a plain loop of the same step: the prototype that the book began
with, where it is at hand (its file as an argument), else this engine without page and drawing. Prints the lab's speed,
its ratio to the loop, and the longest task while the page opens, in normal play and in slow motion. The bar is
400 steps/s on one core and, in normal play and slow motion, no task over 50 ms.

    taskset -c 0 python tests/benchmarks/lab.py [gan.mjs]
"""
import json
import runpy
import shutil
import sys
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
FIGURES, PARTS = (runpy.run_path(str(ROOT / "gan" / room / "source.py")) for room in ("figures", "lab"))
LAB = FIGURES["joined"](*PARTS["FILES"])
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PAGE = """<!DOCTYPE html><html lang="en"><title>The lab</title><body><div>
<script type="application/vnd.jupyter.widget-view+json">{"model_id": "lab"}</script></div>
<script type="application/vnd.jupyter.widget-state+json">%s</script><script>%s</script>"""
LOOP = """async (source) => {
  const engine = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  window.loop ??= engine.make(128, 32);
  for (let k = 0; k < 100; k++) loop.step();
  const start = performance.now();
  for (let k = 0; k < 400; k++) loop.step();
  return 400000 / (performance.now() - start);
}"""
OWN = """
export function make(batch, width) {
  const run = start({ ...forEngine(PRESETS.first.setting), batch, width }, DATA.ring.draw);
  return { step: () => step(run) };
}"""
SLOWLY = 6                                                             # seconds, a half step each 0.7
WATCH = """window.long = [];
new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => entry.duration)))
  .observe({ type: "longtask", buffered: true });"""


def main(prototype=None, rounds=7, seconds=1.5):
    model = {"model_name": "AnyModel", "state": {"_esm": LAB, "_css": PARTS["CSS"], "page": "",
                                                 "setting": "preset=first", "compact": False}}
    saved = json.dumps({"state": {"lab": model}}).replace("<", "\\u003c")
    loop = Path(prototype).read_text("utf8") if prototype else LAB + OWN
    name = "the prototype's loop" if prototype else "the engine alone"
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=FLAGS)
        page = chromium.new_page(viewport={"width": 1100, "height": 1000})
        page.set_content(PAGE % (saved, (ROOT / "book/assets/anywidget-mini.js").read_text("utf8")))
        page.locator(".gan-lab").wait_for()
        page.evaluate(WATCH)
        page.wait_for_timeout(1000)                                    # the first picture is drawn
        long = page.evaluate("long.splice(0)")
        print(f"  opening the page: longest task {max(long, default=0):.0f} ms (no bar)")
        speeds, ratios = [], []
        for _ in range(rounds):
            page.get_by_label("seed").fill(str(len(speeds) + 1))       # a new run, which the preset ends at 3,000
            page.get_by_label("seed").press("Enter")
            page.get_by_role("button", name="Play", exact=True).click()
            page.wait_for_timeout(500)
            before, start = steps(page), time.perf_counter()
            page.wait_for_timeout(1000 * seconds)
            speeds.append((steps(page) - before) / (time.perf_counter() - start))
            page.get_by_role("button", name="Pause", exact=True).click()
            page.wait_for_timeout(200)                                 # the browser reports tasks a little later
            long = page.evaluate("long.splice(0)")
            ratios.append(speeds[-1] / page.evaluate(LOOP, loop))
            page.wait_for_timeout(200)
            page.evaluate("long.splice(0)")                            # those of the loop itself
            print(f"  {speeds[-1]:.0f} steps/s; {ratios[-1]:.2f} x {name}; longest task {max(long, default=0):.0f} ms")
        page.get_by_role("button", name="Slow motion").click()
        page.get_by_role("button", name="Reset").click()
        page.get_by_role("button", name="Play", exact=True).click()
        page.wait_for_timeout(1000 * SLOWLY)
        moved = steps(page)
        page.get_by_role("button", name="Pause", exact=True).click()
        page.wait_for_timeout(200)
        long = page.evaluate("long.splice(0)")
        print(f"  slow motion: {moved} steps in {SLOWLY} s, longest task {max(long, default=0):.0f} ms (wanted: 50)")
        chromium.close()
    print(f"lab, drawing on: {median(speeds):.0f} steps/s (wanted: 400); {median(ratios):.2f} x {name}")


def steps(page):
    return int(page.locator(".gan-lab .readout").inner_text().split("Step ")[1].split(":")[0])


if __name__ == "__main__":
    main(*sys.argv[1:2])
