"""The lab's quick sums, in WebAssembly, are its plain ones; and these are compiled from the source beside them."""
import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

import gan.lab

LAB = Path(gan.lab.__file__).parent
SHAPES = [(1, 1, 1), (4, 8, 4), (5, 9, 7), (3, 2, 33), (128, 32, 2), (7, 64, 16), (32, 1, 128), (9, 17, 5)]


def test_products_js_was_made_from_products_c():
    made, source = (LAB / "products.js").read_text("utf8"), (LAB / "products.c").read_bytes()
    digest, size, text = re.search(r"products\.c \((\w+)\): (\d+) bytes.*\n.*PRODUCTS = \"(.*)\";", made).groups()
    assert digest == hashlib.sha256(source).hexdigest()[:16], "products.c has changed since: make wasm"
    code = base64.b64decode(text)
    assert code[:4] == b"\0asm" and len(code) == int(size) <= 4096


def test_quick_sums_are_the_plain_ones(node):
    """Of each shape the worst difference, as a share of the largest number, of both products and of Adam."""
    worst = node("""
        const quick = S.quick(), shapes = %s;
        if (quick === S.plain) throw new Error("node has no WebAssembly SIMD");
        return shapes.map(([rows, columns, inner]) => {
          quick.forget();
          const random = E.randomness(rows * columns + inner), pair = (n) => {
            const one = S.plain.numbers(n).map(() => random.normal()), other = quick.numbers(n);
            other.set(one);
            return [one, other];
          };
          const far = ([a, b]) => {
            let most = 0, size = 1e-9;
            a.forEach((v, k) => { most = Math.max(most, Math.abs(v - b[k])); size = Math.max(size, Math.abs(v)); });
            return most / size;
          };
          const a = pair(rows * inner), b = pair(columns * inner), c = pair(inner * columns);
          const out = [pair(rows * columns), pair(rows * columns), pair(rows * columns)];
          [S.plain, quick].forEach((sums, k) => {
            sums.inner(out[0][k], a[k], b[k], rows, columns, inner);
            sums.outer(out[1][k], a[k], inner, 1, c[k], rows, columns, inner);
            sums.outer(out[2][k], a[k], 1, rows, c[k], rows, columns, inner);
          });
          const [value, gradient, mean, square] = [0, 1, 2, 3].map(() => pair(rows * columns));
          for (const part of square) part.forEach((v, k) => { part[k] = Math.abs(v); });
          const squares = [S.plain, quick].map((sums, k) => sums.adam({ value: value[k], gradient: gradient[k],
            mean: mean[k], square: square[k] }, 0.01, 0.3, 0.5, 0.99));
          return [...out, value, mean, square, squares.map((v) => [v])].map(far).concat(gradient[1].some((v) => v));
        });
    """ % json.dumps(SHAPES))
    for shape, row in zip(SHAPES, worst, strict=True):
        assert row[-1] is False and max(row[:-1]) < 1e-5, (shape, row)


def test_numbers_do_not_overlap_and_are_zero_again_after_a_run(node):
    told = node("""
        const { numbers, forget } = S.quick(), parts = [3, 5, 1, 8].map((n) => numbers(n));
        parts.forEach((part, k) => part.fill(k + 1));
        const apart = parts.map((part, k) => part.every((v) => v === k + 1));
        forget();
        return [apart, [...numbers(40)].every((v) => v === 0)];
    """)
    assert told == [[True] * 4, True]


def test_networks_that_are_too_large_are_named(node):
    assert "no room for" in node("try { S.quick().numbers(2 ** 25); } catch (error) { return error.message; }")


@pytest.mark.parametrize("missing", ["WebAssembly = undefined",
                                     "WebAssembly.Module = class { constructor() { throw 1; } }"])
def test_a_browser_without_it_takes_the_plain_sums(node, missing):
    name = missing.split(" ")[0]
    assert node(f"const kept = {name}; globalThis.{missing}; const found = S.quick() === S.plain; "
                f"globalThis.{name} = kept; return found;")


def test_a_run_with_quick_sums_goes_as_one_with_plain_ones(node):
    """For as long as rounding has not grown: then both are GANs of the same setting, and no longer the same."""
    told = node("""
        return [S.plain, S.quick()].map((arithmetic) => {
          const lab = S.begin({ ...S.PRESETS.penalty.setting, r1: 0.5 }, arithmetic), losses = [];
          for (let k = 0; k < 20; k++) { E.step(lab.run); losses.push(lab.run.dLoss, lab.run.gLoss, lab.run.gNorm); }
          return losses;
        });
    """)
    assert all(ours == pytest.approx(theirs, abs=5e-3) for ours, theirs in zip(*told, strict=True))
