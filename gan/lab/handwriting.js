// Handwritten digits as the lab's data, and a small network that reads what G makes of them.
import { COUNTS, HANDWRITTEN, READER } from "./handwritten.js";
import { plain } from "./arithmetic.js";
import { forward, mlp, parametersOf, tape } from "./network.js";
import { randomness } from "./engine.js";

export const PIXELS = 64;                                      // 8 x 8, from -1, black, to 1

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

function unpacked() {                                          // (1797, 64), four bits a pixel
  const bytes = bytesOf(HANDWRITTEN), x = new Float32Array(2 * bytes.length);
  bytes.forEach((byte, k) => { x[2 * k] = (byte >> 4) / 7.5 - 1; x[2 * k + 1] = (byte & 15) / 7.5 - 1; });
  return x;
}

const half = (bits) => {                                       // a number of 16 bits, as IEEE 754 has it
  const exponent = bits >> 10 & 31, fraction = bits & 1023, sign = bits >> 15 ? -1 : 1;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : fraction / 2 ** 24);
};

let known;

// `images`, (1797, 64), and draw(out, random), which fills a batch with them.
export function handwriting() {
  if (known) return known;
  const images = unpacked(), count = images.length / PIXELS;
  function draw(out, random) {
    for (let k = 0; k < out.length; k += PIXELS) {
      const which = Math.floor(random.uniform() * count) * PIXELS;
      out.set(images.subarray(which, which + PIXELS), k);
    }
  }
  return known = { images, counts: COUNTS, draw };
}

// A function (rows of 64 pixels) -> [for each the digit that is read, how probable the reader holds it].
export function reader() {
  const net = mlp([PIXELS, 64, 10], randomness(0), { arithmetic: plain }), bytes = bytesOf(READER), tapes = new Map();
  let at = 0;
  for (const { value } of parametersOf(net))
    for (let k = 0; k < value.length; k++, at += 2) value[k] = half(bytes[at] | bytes[at + 1] << 8);
  return (images) => {
    const rows = images.length / PIXELS;
    if (!tapes.has(rows)) tapes.set(rows, tape(net, rows));
    const logits = forward(net, tapes.get(rows), images), read = [];
    for (let r = 0; r < rows; r++) {
      const own = logits.subarray(10 * r, 10 * r + 10), most = Math.max(...own);
      read.push([own.indexOf(most), 1 / own.reduce((sum, a) => sum + Math.exp(a - most), 0)]);
    }
    return read;
  };
}
