"""Steps per second of the lab in headless Chromium, as a reader plays it: 2-32-32 networks, batch 128, drawing on.

Beside it, in the same browser and in turn with it, a plain loop of the same step: this engine in plain 64-bit
JavaScript, without page and drawing, as the lab ran before its sums were made in WebAssembly. Prints the lab's speed,
its ratio to the loop, and the longest task while the page opens, in normal play and in slow motion; then how far the
lab of digits comes in twenty seconds. The bars are 1.5 x the loop, no task over 50 ms in normal play and slow motion,
and digits of which the reader is sure of four fifths, none rarer than 5 %.

    taskset -c 0 python tests/benchmarks/lab.py
"""
import json
import runpy
import shutil
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
  const run = start({ ...forEngine(PRESETS.first.setting), batch, width }, DATA.ring.draw);        // plain sums
  return { step: () => step(run) };
}"""
SLOWLY = 6                                                             # seconds, a half step each 0.7
WATCH = """window.long = [];
new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => entry.duration)))
  .observe({ type: "longtask", buffered: true });"""


def opened(chromium, script, setting="preset=first"):
    """A page with a lab alone."""
    model = {"model_name": "AnyModel", "state": {"_esm": script, "_css": PARTS["CSS"], "page": "",
                                                 "setting": setting, "compact": False}}
    saved = json.dumps({"state": {"lab": model}}).replace("<", "\\u003c")
    page = chromium.new_page(viewport={"width": 1100, "height": 1000})
    page.set_content(PAGE % (saved, (ROOT / "book/assets/anywidget-mini.js").read_text("utf8")))
    page.locator(".gan-lab").wait_for()
    page.evaluate(WATCH)
    return page


def main(rounds=7, seconds=1.5):
    loop, name = LAB + OWN, "the plain engine alone"
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=FLAGS)
        page = opened(chromium, LAB, "preset=first&d_lr=0.0011")        # not the preset, which would end
        page.wait_for_timeout(1000)                                    # the first picture is drawn
        long = page.evaluate("long.splice(0)")
        print(f"  opening the page: longest task {max(long, default=0):.0f} ms (no bar)")
        speeds, ratios = [], []
        for _ in range(rounds):
            page.get_by_label("seed").fill(str(len(speeds) + 1))       # a new run
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
        page.get_by_role("button", name="Reset").click()
        page.get_by_role("button", name="Slow motion").click()
        page.wait_for_timeout(1000 * SLOWLY)
        moved = steps(page)
        page.get_by_role("button", name="Pause", exact=True).click()
        page.wait_for_timeout(200)
        long = page.evaluate("long.splice(0)")
        print(f"  slow motion: {moved} steps in {SLOWLY} s, longest task {max(long, default=0):.0f} ms (wanted: 50)")
        page.close()
        print(f"lab, drawing on: {median(speeds):.0f} steps/s; {median(ratios):.2f} x {name} (wanted: 1.5)")
        for seed in (200, 201, 202):
            page = opened(chromium, FIGURES["joined"](*PARTS["DIGITS"]), f"preset=first&seed={seed}")
            page.wait_for_timeout(1000)
            page.evaluate("long.splice(0)")
            page.get_by_role("button", name="Play", exact=True).click()
            page.wait_for_timeout(20_000)
            said, long = page.locator(".gan-lab .readout").inner_text(), page.evaluate("long.splice(0)")
            print(f"  digits, seed {seed}, after 20 s: {said}; longest task {max(long, default=0):.0f} ms")
            page.close()
        chromium.close()


def steps(page):
    return int(page.locator(".gan-lab .readout").inner_text().split("Step ")[1].split(":")[0])


if __name__ == "__main__":
    main()
