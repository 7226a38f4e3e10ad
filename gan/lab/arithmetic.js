// The sums of which the lab's networks are made, in two forms: plain, in 64 bits, and quick, in WebAssembly, four
// 32-bit numbers at once (products.c). Both have the same functions:
//
//   numbers(n)                                            n zeros
//   inner(out, a, b, rows, columns, inner)                out[r, c] += sum over i of a[r, i] b[c, i]
//   outer(out, a, aRow, aStep, b, rows, columns, inner)   out[r, c] += sum over i of a[r aRow + i aStep] b[i, c]
//   adam(parameter, size, root, beta1, beta2)             Adam's update; returns the sum of the gradient's squares
//   fill(out, x)                                          copies x into out, if it is another
//   forget()                                              a new run begins: all numbers may be used again
import { PRODUCTS } from "./products.js";

const fill = (out, x) => { if (x !== out) out.set(x); return out; };

// out[r, c] += sum over i of a[r, i] b[c, i], a matrix with its two strides. Eight sums at once halve the time.
function addProduct(out, a, aRow, aStep, b, bRow, bStep, rows, columns, inner) {
  const evenRows = rows - rows % 4, evenColumns = columns - columns % 2;
  for (let r = 0; r < evenRows; r += 4) {
    for (let c = 0; c < evenColumns; c += 2) {
      let s00 = 0, s10 = 0, s20 = 0, s30 = 0, s01 = 0, s11 = 0, s21 = 0, s31 = 0;
      for (let i = 0, p = r * aRow, q = c * bRow; i < inner; i++, p += aStep, q += bStep) {
        const b0 = b[q], b1 = b[q + bRow];
        const a0 = a[p], a1 = a[p + aRow], a2 = a[p + 2 * aRow], a3 = a[p + 3 * aRow];
        s00 += a0 * b0; s10 += a1 * b0; s20 += a2 * b0; s30 += a3 * b0;
        s01 += a0 * b1; s11 += a1 * b1; s21 += a2 * b1; s31 += a3 * b1;
      }
      const o0 = r * columns + c, o1 = o0 + columns, o2 = o1 + columns, o3 = o2 + columns;
      out[o0] += s00; out[o1] += s10; out[o2] += s20; out[o3] += s30;
      out[o0 + 1] += s01; out[o1 + 1] += s11; out[o2 + 1] += s21; out[o3 + 1] += s31;
    }
  }
  for (let r = 0; r < rows; r++) {                             // what the blocks of 4 x 2 leave over
    for (let c = r < evenRows ? evenColumns : 0; c < columns; c++) {
      let sum = 0;
      for (let i = 0, p = r * aRow, q = c * bRow; i < inner; i++, p += aStep, q += bStep) sum += a[p] * b[q];
      out[r * columns + c] += sum;
    }
  }
}

export const plain = {
  numbers: (n) => new Float64Array(n), fill, forget() {},
  inner: (out, a, b, rows, columns, inner) => addProduct(out, a, inner, 1, b, inner, 1, rows, columns, inner),
  outer: (out, a, aRow, aStep, b, rows, columns, inner) =>
    addProduct(out, a, aRow, aStep, b, 1, columns, rows, columns, inner),
  adam({ value, gradient, mean, square }, size, root, beta1, beta2) {
    let squares = 0;
    for (let k = 0; k < value.length; k++) {
      const g = gradient[k];
      squares += g * g;
      mean[k] += (1 - beta1) * (g - mean[k]);
      square[k] += (1 - beta2) * (g * g - square[k]);
      value[k] -= size * mean[k] / (Math.sqrt(square[k]) / root + 1e-8);
    }
    gradient.fill(0);
    return squares;
  },
};

const PAGE = 2 ** 16, PAGES = 1024, START = PAGE;              // 64 MB that a browser takes only as they are used

// The quick form with a memory of its own, or the plain one where a browser has no such instructions.
export function quick() {
  let memory, code;
  try {
    memory = new WebAssembly.Memory({ initial: PAGES });
    const bytes = Uint8Array.from(atob(PRODUCTS), (letter) => letter.charCodeAt(0));
    code = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
  } catch { return plain; }
  let top = START;                                             // below it lies the code's own stack
  return {
    fill, forget() { top = START; },
    numbers(n) {
      if (top + 4 * n > PAGES * PAGE) throw new RangeError(`no room for ${n} numbers: ask for smaller networks`);
      const made = new Float32Array(memory.buffer, top, n);
      top += 16 * Math.ceil(n / 4);
      return made.fill(0);
    },
    inner: (out, a, b, rows, columns, inner) =>
      code.inner(out.byteOffset, a.byteOffset, b.byteOffset, rows, columns, inner),
    outer: (out, a, aRow, aStep, b, rows, columns, inner) =>
      code.outer(out.byteOffset, a.byteOffset, aRow, aStep, b.byteOffset, rows, columns, inner),
    adam: ({ value, gradient, mean, square }, size, root, beta1, beta2) =>
      code.adam(value.byteOffset, gradient.byteOffset, mean.byteOffset, square.byteOffset, value.length, size, root, beta1, beta2),
  };
}
