"""Compile gan/lab/products.c into gan/lab/products.js, where the lab finds it as text. `make wasm` runs this.

The compiler is zig's, a Python package of some 400 MB that only who changes products.c needs; the script that it leaves
names the source it was made from, which a test compares.
"""
import base64
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

LAB = Path(__file__).resolve().parents[2] / "gan/lab"
FLAGS = ["--target=wasm32-freestanding", "-O2", "-ffast-math", "-msimd128", "-nostdlib", "-Wl,--no-entry",
         "-Wl,--import-memory", "-Wl,--strip-all", *(f"-Wl,--export={name}" for name in ("inner", "outer", "adam"))]
LARGEST = 4096                                 # bytes; browsers compile no more at once where a page is drawn
TEXT = """// What `make wasm` has made of products.c ({digest}): {size} bytes of WebAssembly.
export const PRODUCTS = "{text}";
"""


def digest(source: Path) -> str:
    return hashlib.sha256(source.read_bytes()).hexdigest()[:16]


def main() -> None:
    source = LAB / "products.c"
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "products.wasm"
        subprocess.run([sys.executable, "-m", "ziglang", "cc", *FLAGS, "-o", made, source], check=True)
        code = made.read_bytes()
    if len(code) > LARGEST:
        sys.exit(f"products.c: got {len(code)} bytes of WebAssembly; must be at most {LARGEST}")
    text = TEXT.format(digest=digest(source), size=len(code), text=base64.b64encode(code).decode())
    (LAB / "products.js").write_text(text, "utf8")
    print(f"gan/lab/products.js: {len(code)} bytes of WebAssembly")


if __name__ == "__main__":
    main()
