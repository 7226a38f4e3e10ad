// How the lab draws a run: D's surface, the points, arrows and the manifold on one square, and small charts over steps.
import { backward, forward } from "./network.js";
import { LOSSES, randomness, verdicts } from "./engine.js";
import { fakesOf, tapeFor } from "./count.js";

const JUDGE = [20, 135, 204], FAKE = "#D55E00", CELLS = 36, SHOWN = 200;

export function squareOf(canvas) {
  const pen = canvas.getContext("2d"), small = document.createElement("canvas");
  small.width = small.height = CELLS;
  const smallPen = small.getContext("2d"), pixels = smallPen.createImageData(CELLS, CELLS);
  const grid = new Float64Array(2 * CELLS * CELLS);
  let real, realOf;                                            // 250 real points, drawn anew for each data set

  function surface(run, extent, side) {
    for (let k = 0; k < CELLS * CELLS; k++) {
      grid[2 * k] = ((k % CELLS + 0.5) / CELLS * 2 - 1) * extent;
      grid[2 * k + 1] = (1 - (Math.floor(k / CELLS) + 0.5) / CELLS * 2) * extent;
    }
    const logits = forward(run.D, tapeFor(run.D, CELLS * CELLS), grid);
    verdicts(run.setting.loss, logits).forEach((v, k) => {
      const [r, g, b] = v > 0 ? JUDGE : [213, 94, 0];
      pixels.data.set([r, g, b, 120 * Math.abs(v)], 4 * k);    // see-through where D is undecided, in either theme
    });
    smallPen.putImageData(pixels, 0, 0);
    pen.drawImage(small, 0, 0, side, side);
  }

  // The way each fake would move to lower G's loss, as long as the slope is steep: none is seen where it vanishes.
  function arrows(run, fakes, at, side) {
    const rows = fakes.length / 2, own = tapeFor(run.D, rows), { generator } = LOSSES[run.setting.loss];
    const slopes = forward(run.D, own, fakes).map((a) => generator(a)[1]);
    const dx = backward(run.D, own, slopes, false);
    pen.beginPath();
    for (let k = 0; k < Math.min(rows, 40); k++) {
      const [x, y] = at(fakes[2 * k], fakes[2 * k + 1]), size = Math.hypot(dx[2 * k], dx[2 * k + 1]);
      const length = Math.min(side / 12, side / 14 * size);
      if (length < 1) continue;
      const [u, v] = [-dx[2 * k] / size, dx[2 * k + 1] / size], [a, b] = [x + u * length, y + v * length];
      pen.moveTo(x, y); pen.lineTo(a, b);
      pen.moveTo(a - 4 * u - 3 * v, b - 4 * v + 3 * u); pen.lineTo(a, b);
      pen.lineTo(a - 4 * u + 3 * v, b - 4 * v - 3 * u);
    }
    pen.lineWidth = 1;
    pen.globalAlpha = 0.6;                                     // the fakes are drawn over them
    pen.stroke();
    pen.globalAlpha = 1;
  }

  // The image of lines of noise: one line of 121 points, or 9 and 9 lines of a square grid in the first two numbers.
  function manifold(run, at) {
    const { latent } = run.setting, lines = [], fine = latent === 1 ? 121 : 33;
    const across = latent === 1 ? [0] : [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2], reach = latent === 1 ? 3 : 2;
    for (const other of across) {
      for (const way of latent === 1 ? [0] : [0, 1]) {
        for (let k = 0; k < fine; k++) {
          const z = new Array(latent).fill(0);
          z[way] = (2 * k / (fine - 1) - 1) * reach;
          if (latent > 1) z[1 - way] = other;
          lines.push(...z);
        }
      }
    }
    const rows = lines.length / latent, x = forward(run.G, tapeFor(run.G, rows), Float64Array.from(lines));
    pen.beginPath();
    for (let k = 0; k < rows; k++) pen[k % fine ? "lineTo" : "moveTo"](...at(x[2 * k], x[2 * k + 1]));
    pen.strokeStyle = FAKE;
    pen.lineWidth = 1.2;
    pen.stroke();
  }

  return function draw({ run, data }, show, cursor) {
    const side = canvas.width, extent = data.extent, ink = getComputedStyle(canvas).color;
    const at = (x, y) => [(x / extent + 1) / 2 * side, (1 - y / extent) / 2 * side];
    if (realOf !== data) data.draw(real = new Float64Array(500), randomness(7));
    realOf = data;
    pen.clearRect(0, 0, side, side);
    if (show.has("surface")) surface(run, extent, side);
    const fakes = fakesOf(run, SHOWN);
    if (show.has("manifold")) manifold(run, at);
    if (show.has("real")) {                                    // round and see-through, in the text's colour
      pen.fillStyle = ink;
      pen.globalAlpha = 0.7;
      pen.beginPath();
      for (let k = 0; k < 500; k += 2) {
        const [x, y] = at(real[k], real[k + 1]);
        pen.moveTo(x + 2.2, y); pen.arc(x, y, 2.2, 0, 7);
      }
      pen.fill();
      pen.globalAlpha = 1;
    }
    pen.strokeStyle = ink;
    if (show.has("arrows")) arrows(run, fakes, at, side);
    if (show.has("fakes")) {                                   // squares on a corner, orange
      pen.beginPath();
      for (let k = 0; k < 2 * SHOWN; k += 2) {
        const [x, y] = at(fakes[k], fakes[k + 1]);
        pen.moveTo(x - 4.5, y); pen.lineTo(x, y - 4.5); pen.lineTo(x + 4.5, y); pen.lineTo(x, y + 4.5); pen.closePath();
      }
      pen.strokeStyle = "#fff"; pen.lineWidth = 1.4; pen.stroke();              // first, so that a heap has one rim
      pen.fillStyle = FAKE; pen.fill();
    }
    if (cursor) {
      const [x, y] = at(...cursor);
      pen.lineWidth = 2;
      pen.strokeRect(x - 7, y - 7, 14, 14);
    }
  };
}
