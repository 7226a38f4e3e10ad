// A small chart of what has been so far, thinned by halves so that it never grows: rows of [step, values...]. Its ends
// are written at its sides.
const LEFT = 64, BELOW = 34;                                   // pixels for numbers; a canvas is shown about half as large

export function chartOf(canvas, styles, { low, high, log = false }, short) {
  const pen = canvas.getContext("2d");
  return function draw(rows) {
    const { width, height } = canvas, ink = getComputedStyle(canvas).color, last = rows.at(-1)?.[0] || 1;
    const scale = (v) => log ? Math.log10(Math.max(v, 1e-12)) : v;
    const values = rows.flatMap((row) => row.slice(1).map(scale)).filter(Number.isFinite);
    const bottom = low ?? Math.min(...values, log ? -1 : 0), least = log || !values.length ? 1 : 1e-6;
    const top = high ?? Math.max(...values, bottom + least);   // a clipped critic's losses are tiny, and seen too
    const floor = height - BELOW - 6, x = (step) => LEFT + 4 + (width - LEFT - 8) * step / last;
    const y = (v) => floor - (floor - 6) * (scale(v) - bottom) / (top - bottom);
    pen.clearRect(0, 0, width, height);
    pen.strokeStyle = pen.fillStyle = ink;
    pen.globalAlpha = 0.3;
    pen.lineWidth = 1;
    pen.strokeRect(LEFT + 0.5, 0.5, width - LEFT - 1, height - BELOW - 1);
    pen.globalAlpha = 1;
    pen.font = "22px sans-serif";
    pen.textAlign = "right";
    for (const [end, at] of [[top, 20], [bottom, floor + 4]]) {
      pen.fillText(short(log ? 10 ** end : end), LEFT - 6, at, LEFT - 8);           // a long one is squeezed, not cut
    }
    pen.textAlign = "left";
    pen.fillText("step 0", LEFT, height - 6);
    pen.textAlign = "right";
    if (rows.length) pen.fillText(`${last}`, width - 2, height - 6);
    styles.forEach(({ colour, dash }, k) => {
      pen.strokeStyle = colour ?? ink;
      pen.setLineDash(dash);
      pen.lineWidth = 3;
      pen.beginPath();
      rows.forEach((row, n) => pen[n ? "lineTo" : "moveTo"](x(row[0]), y(row[k + 1])));
      pen.stroke();
    });
    pen.setLineDash([]);
  };
}
