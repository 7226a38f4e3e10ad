// The lab of handwritten digits: the kind that lab.js runs, and the widget.
import { forEngine } from "./form.js";
import { FIELDS, PRESETS, format, parse } from "./writing.js";
import { PIXELS } from "./handwriting.js";
import { SHOWN, begin, count, fakesOf, judged, watch } from "./reading.js";
import { labOf } from "./lab.js";

const ACROSS = 10, SIDE = 8, ZOOM = 6, CELL = 56, ROW = 66, REAL = "#1487CC", FAKE = "#D55E00";

// Rows of ten pictures, the first of real digits, one of each kind; a bar under each fake is D's word on it.
function galleryOf(canvas) {
  const pen = canvas.getContext("2d"), small = document.createElement("canvas");
  small.width = small.height = SIDE;
  const smallPen = small.getContext("2d"), pixels = smallPen.createImageData(SIDE, SIDE);

  function put(images, which, column, row) {
    for (let k = 0; k < PIXELS; k++) {
      const grey = 127.5 * (Math.max(-1, Math.min(1, images[which * PIXELS + k])) + 1);
      pixels.data.set([grey, grey, grey, 255], 4 * k);
    }
    smallPen.putImageData(pixels, 0, 0);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(small, column * CELL + 4, row * ROW + 2, SIDE * ZOOM, SIDE * ZOOM);
  }

  return function draw(lab, show) {
    const ink = getComputedStyle(canvas).color, { images, counts } = lab.data;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    let first = 0;
    if (show.has("real")) counts.forEach((number, digit) => { put(images, first, digit, 0); first += number; });
    const fakes = fakesOf(lab, show.has("average")), said = judged(lab, fakes);
    for (let k = 0; k < SHOWN; k++) {
      const column = k % ACROSS, row = 1 + Math.floor(k / ACROSS), half = SIDE * ZOOM / 2;
      put(fakes, k, column, row);
      if (!show.has("verdict")) continue;
      const middle = column * CELL + 4 + half, top = row * ROW + 4 + SIDE * ZOOM, long = half * said[k];
      pen.fillStyle = long > 0 ? REAL : FAKE;
      pen.fillRect(Math.min(middle, middle + long), top, Math.abs(long), 6);
      pen.fillStyle = ink;
      pen.fillRect(middle - 0.5, top - 1, 1, 8);
    }
  };
}

const digits = {
  FIELDS, PRESETS, parse, format, forEngine, begin, watch, count,
  size: [ACROSS * CELL, (1 + SHOWN / ACROSS) * ROW],
  layers: { real: "real digits, above", verdict: "what D says", average: "average of G, not G itself" },
  shown: ["real", "verdict", "average"], optional: [],
  legend: "First row: real. Below: fakes of the same noise. Bar: D says real, blue to the right, or fake, orange to the "
    + "left.",
  chart: "digits found, of ten, solid, and share of fakes that the reader is sure of, dashed",
  moves: { D: "D has moved: its bars changed, the fakes are as they were.",
           G: "G has moved: the fakes changed a little." },
  painterOf: galleryOf,
  shares: ({ seen }) => [seen.found / 10, seen.sure],
  words({ seen }) {
    const rarest = seen.shares.indexOf(Math.min(...seen.shares));
    return `the reader finds ${seen.found} of 10 digits and is sure of ${Math.round(100 * seen.sure)}\u00a0% of the fakes `
      + `(of real ones 96\u00a0%). Rarest: ${rarest}, ${(100 * seen.shares[rarest]).toFixed(1)}\u00a0%.`;
  },
  described: ({ seen }) => "Ten real digits, and below them fifty fakes of 8 by 8 pixels, each with a bar: blue and to "
    + `the right where D says real, orange and to the left where it says fake. ${seen.found} of 10 digits are found.`,
};

export default { render: labOf(digits) };
