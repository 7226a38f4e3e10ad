// How a portrait is painted: gan/data/painting.py once more, for the page, which has no torch. Shapes, constants and
// their order are that file's, and a test holds the two painters' pictures together, pixel by pixel.

const DYES = [[.09, .08, .10], [.36, .20, .10], [.93, .75, .36], [.78, .28, .09], [.72, .72, .76]];
const IRISES = [[.42, .22, .07], [.12, .46, .98], [.10, .66, .24]];
const SKINS = [[.36, .22, .15], [.60, .40, .27], [.85, .63, .47], [.99, .85, .75]];
const WHITE = [.98, .98, .98], TEETH = [.97, .95, .93], LIPS = [.74, .26, .26], THROAT = [.32, .07, .10];
const RED = [.82, .12, .16], GLASS = [.85, .93, .98], FRAME = [.10, .10, .15], BLACK = [.05, .05, .06];
const BLUSH = [1.1, .70, .65], SHADE = [.84, .66, .61], FRECKLE = [.74, .55, .46];  // by which skin is multiplied

const { abs, max, min, cos, sin, sqrt, PI } = Math;
const clamp = (x, low, high) => min(max(x, low), high);
const oval = (x, y, a, b) => (sqrt((x / a) ** 2 + (y / b) ** 2) - 1) * sqrt(a * b);
const times = (tint, by) => tint.map((value, c) => value * by[c]);

function colour(table, place) {
  const below = clamp(Math.trunc(place), 0, table.length - 2);
  return table[below].map((value, c) => value + (place - below) * (table[below + 1][c] - value));
}

const hue = (angle, grey, strength) =>
  [0, 1 / 3, 2 / 3].map((third) => grey + strength * cos(2 * PI * (angle + third)));

// k numbers evenly in [0, 1) from a whole number below 2^43. `imul` and `>>> 0` keep 32 bits, as Python's % 2**32 does.
export function chances(noise, k) {
  return Array.from({ length: k }, (_, i) => {
    let x = (noise * 977 + i) % 2 ** 32;
    for (const multiplier of [0x2C1B3C6D, 0x297A2D39]) x = Math.imul(x ^ (x >>> 15), multiplier) >>> 0;
    return Math.fround((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
  });
}

// A face from its factors, each a number: red, green and blue of its pixels, row by row, in [-1, 1].
export function paintFace(f, size) {
  const chance = "noise" in f ? chances(f.noise, 27) : null;
  const skin = colour(SKINS, 3 * f.skin), dye = colour(DYES, f.dye), iris = colour(IRISES, f.iris);
  const wall = hue(f.wall, 0.72, 0.17), shirt = hue(f.shirt, 0.44, 0.26);
  const blush = times(skin, BLUSH), shade = times(skin, SHADE), freckle = times(skin, FRECKLE);
  const [bald, short, long, curly] = [0, 1, 2, 3].map((kind) => Number(f.hair === kind));
  const { light, turn, smile, open: gape } = f, angle = 0.2 * f.tilt;
  const a = 0.50 + 0.06 * f.width, b = 0.64 - 0.03 * f.width, big = 0.13 + 0.025 * f.eyes;
  const [curls, p, q] = chance ? chance.map((u) => 2 * PI * u) : [0, 0, 0];
  const freckles = [];
  for (let k = 3; chance && k < 27; k += 3)
    if (chance[k + 2] > 0.5) freckles.push([0.8 * chance[k] - 0.4, 0.06 + 0.22 * chance[k + 1]]);

  const pixel = [0, 0, 0];
  function paint(tint, by, distance, strength = 1) {
    let cover = clamp(0.5 - distance * (size / 2.2), 0, 1);
    if (cover === 0) return;
    cover = cover * cover * (3 - 2 * cover) * strength;
    for (let c = 0; c < 3; c++) pixel[c] += cover * (tint[c] * by - pixel[c]);
  }

  function paintPixel(X, Y) {
    const x = cos(angle) * X + sin(angle) * (Y - 0.7) - 0.05 * turn;                   // the head's coordinates
    const y = cos(angle) * (Y - 0.7) - sin(angle) * X + 0.7;
    const u = (x - 0.1 * turn) * (1 + 0.5 * turn * x);                                 // and the face's
    for (let c = 0; c < 3; c++) pixel[c] = wall[c] * (1.02 - 0.16 * Y + 0.16 * light * X);

    const head = oval(x / (0.98 - 0.16 * y), y - 0.02, a, b), hood = oval(x / (0.98 - 0.16 * y), y, a + 0.06, b + 0.08);
    const around = Math.atan2(x, -y);
    const strands = chance ? 1 + 0.15 * cos(8 * around + p) * cos(13 * around + q) : 1;
    const waves = curly ? 0.05 * cos(9 * around + curls) : 0;
    const hair = strands * (1 + 0.25 * light * x);                                     // how light it is
    const lit = 1.05 - 0.2 * max(head + 0.5, 0) ** 2 + 0.28 * light * x;

    // Behind the head, and the shoulders
    if (long) paint(dye, hair * 0.75, max(oval(x, y - 0.15, a + 0.17, b + 0.25), y - 0.85));
    if (curly) paint(dye, hair * 0.8, oval(x, y + 0.1, a + 0.2, b + 0.12) - waves);
    paint(skin, 0.78, max(abs(X) - 0.2, 0.4 - Y));
    paint(shirt, 1, oval(X, Y - 1.15, 0.85, 0.42));
    paint(skin, 0.84, oval(X, Y - 0.72, 0.24, 0.12));
    if (bald) paint(dye, hair * 0.9, oval(abs(x) - a + 0.02, y + 0.08, 0.11, 0.22));
    if (!long) paint(skin, 0.88, oval(abs(x) - a + 0.01, y - 0.06, 0.1, 0.14));

    // The face
    paint(skin, lit, head);
    for (const [across, down] of freckles) paint(freckle, 1, oval(u - across, y - down, 0.03, 0.03), 0.6);
    paint(blush, 1, max(oval(abs(u) - 0.3, y - 0.24, 0.13, 0.09), head), 0.4);
    const cheek = min(abs(u), 0.5);
    if (f.beard) paint(dye, hair * 0.88, max(head - 0.03, 0.24 + 0.9 * cheek - 2.3 * cheek ** 2 - y));
    paint(shade, 1, oval(u - 0.03 * turn, y - 0.13, 0.052 + 0.016 * f.nose, 0.1 + 0.033 * f.nose));

    // The mouth
    const bend = (u / 0.22) ** 2, middle = 0.405 + 0.05 * smile - (0.04 + 0.09 * smile) * bend;
    const thick = gape * (1 - bend), apart = abs(y - middle);
    paint(LIPS, 1, max(apart - 0.04 + 0.018 * bend - 0.06 * thick, abs(u) - 0.22));
    paint(THROAT, 1, max(apart + 0.02 - 0.07 * thick, abs(u) - 0.18));
    paint(TEETH, 1, max(abs(y - middle + 0.03) + 0.03 - 0.07 * thick, abs(u) - 0.17));

    // The eyes, of which one's axes serve for both
    const e = abs(u) - 0.22 - 0.03 * f.apart, v = y + 0.07, out = Math.sign(u), gaze = e - 0.02 * turn * out;
    const lid = oval(e, v, big, big * 0.82);
    paint(WHITE, 1, lid);
    paint(iris, 1, oval(gaze, v, big * 0.64, big * 0.7));
    paint(BLACK, 1, oval(gaze, v, big * 0.3, big * 0.34));
    paint(WHITE, 1, oval(gaze * out - 0.03, v + 0.04, 0.022, 0.022), 0.9);
    paint(dye, 0.4, max(abs(lid) - 0.012, v + big * 0.3));
    const brow = v + 0.215 + (0.24 * f.brow - 0.05) * e - 0.8 * e ** 2;
    paint(dye, 0.7, max(abs(brow) - 0.026, abs(e) - 0.14));

    // Hair over the forehead, hat, glasses
    const corner = x ** 4;
    const edge = short * (0.12 * u + 3.5 * corner - 0.02) + curly * (0.03 * cos(16 * u + curls) + 0.4 * x ** 2)
      + long * (0.5 * abs(u + 0.1) + 4 * corner - 0.06);
    if (!bald) paint(dye, hair, max(hood - waves - 0.035 * short, y + 0.4 - edge));
    if (f.hat) {
      paint(RED, 1, max(hood - 0.03, y + 0.38));
      paint(WHITE, 1, min(max(abs(y + 0.4) - 0.07, abs(x) - a - 0.07), oval(x, y + 0.8, 0.11, 0.11)));
    }
    if (f.glasses) {
      const rim = oval(e, v, 0.19, 0.17);
      paint(GLASS, 1, rim, 0.22);
      paint(FRAME, 1, min(abs(rim) - 0.03, max(abs(v) - 0.02, min(e + 0.16, 0.16 - e), abs(x) - a)));
    }
  }

  const image = new Float64Array(3 * size ** 2);
  const place = (i) => 0.94 * ((i + 0.5) * 2 / size - 1);                              // of a pixel's centre
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      paintPixel(place(column), place(row));
      for (let c = 0; c < 3; c++) image[3 * (row * size + column) + c] = clamp(pixel[c], 0, 1) * 2 - 1;
    }
  return image;
}
