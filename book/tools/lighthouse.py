"""Lighthouse's scores, as on a phone, of each chapter and three other built pages: medians of five runs each.

``lighthouse.py NAME`` asks for the pages whose names begin so. Accessibility, best practices and SEO must be 100;
performance varies with the machine, which should do nothing else, and is only told, with the lowest and highest run.
"""

import functools
import gzip
import http.server
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"
OTHERS = ["intro", "lab", "claims"]
CATEGORIES = ["performance", "accessibility", "best-practices", "seo"]
BROWSERS = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
FLAGS = ("--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
         "--disable-sync --no-first-run --disable-quic")


class Compressed(http.server.SimpleHTTPRequestHandler):
    """Sends text compressed, as GitHub Pages does."""

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if path.suffix not in (".html", ".css", ".js", ".svg") or not path.is_file():
            return super().do_GET()
        body = gzip.compress(path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path) + "; charset=utf-8")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def scores(address: str, browser: str) -> dict[str, int]:
    program = ROOT / "_build/lighthouse/node_modules/lighthouse/cli/index.js"
    command = ["node", program, address, "--quiet", "--output=json", f"--only-categories={','.join(CATEGORIES)}",
               f"--chrome-flags={FLAGS}"]
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder,
                                env={**os.environ, "CHROME_PATH": browser})
    report = json.loads(result.stdout)
    for audit in report["audits"].values():
        if audit["score"] == 0 and audit["scoreDisplayMode"] == "binary":
            print("  not passed:", audit["title"])
    return {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES}


def main() -> int:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit("no browser: apt-get install chromium, or set CHROMIUM to one's path")
    begins = sys.argv[1] if len(sys.argv) > 1 else ""
    names = OTHERS + sorted(page.stem for page in (SITE / "book").glob("[0-9][0-9]_*.html"))
    pages = [name for name in names if name.startswith(begins)]
    if not pages:
        sys.exit(f"no page begins with {begins!r}; must be one of {', '.join(names)}")
    handler = functools.partial(Compressed, directory=str(SITE))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    short = False
    for page in pages:
        runs = [scores(f"http://127.0.0.1:{server.server_port}/book/{page}.html", browser) for _ in range(5)]
        medians = {name: statistics.median(run[name] for run in runs) for name in CATEGORIES}
        quick = [run["performance"] for run in runs]
        print(f"{page}:", ", ".join(f"{name} {score}" for name, score in medians.items()),
              f"(performance {min(quick)} to {max(quick)})", flush=True)
        short |= any(medians[name] < 100 for name in CATEGORIES[1:])
    return int(short)


if __name__ == "__main__":
    sys.exit(main())
