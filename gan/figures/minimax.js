// The game between real numbers from a standard normal distribution and fakes from another, of a chosen mean and
// width. All is computed here, while the sliders move: in Jupyter and, without a kernel, on the book's pages.
import { element, number, svg } from "./page.js";

const LEFT = -6, RIGHT = 6;                                    // what is drawn
const LOG2 = Math.log(2);

function logNormal(x, mean, width) {
  return -(((x - mean) / width) ** 2) / 2 - Math.log(width * Math.sqrt(2 * Math.PI));
}

const softplus = (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));

// What stands at x: both densities, the best D, and the integrand of V at that D and at D = 1/2.
export function at(x, mean, width) {
  const logP = logNormal(x, 0, 1), logPg = logNormal(x, mean, width);
  const a = logP - logPg;                                      // the best D's logit
  const p = Math.exp(logP), pg = Math.exp(logPg);
  return { p, pg, D: 1 / (1 + Math.exp(-a)), best: -p * softplus(-a) - pg * softplus(a), coin: -(p + pg) * LOG2 };
}

// V at the best D, and JSD, by the trapezium rule, 12 widths out from either bell.
export function value(mean, width) {
  const left = Math.min(-12, mean - 12 * width), right = Math.max(12, mean + 12 * width);
  const n = Math.ceil((right - left) / (0.05 * Math.min(1, width)));
  const h = (right - left) / n;
  let V = 0, gap = 0;
  for (let i = 0; i <= n; i++) {
    const { best, coin } = at(left + i * h, mean, width);
    V += h * best;
    gap += h * (best - coin);
  }
  return { V, JSD: Math.max(0, gap / 2) };
}

// A drawing over x with one curve for each name in `styles`, values from `low` to `high`.
function panel(title, low, high, ticks, styles) {
  const W = 480, H = 170, L = 40, B = 24, T = 24;
  const sx = (x) => L + (W - L - 8) * (x - LEFT) / (RIGHT - LEFT);
  const sy = (y) => T + (H - T - B) * (high - Math.min(Math.max(y, low), high)) / (high - low);
  const drawing = svg("svg", { viewBox: `0 0 ${W} ${H}`, role: "img" });
  drawing.append(svg("text", { x: L, y: 14 }, title));
  for (let x = LEFT; x <= RIGHT; x += 2)
    drawing.append(svg("text", { x: sx(x), y: H - 8, "text-anchor": "middle" }, number(x, 0)));
  for (const y of ticks) {
    drawing.append(svg("text", { x: L - 6, y: sy(y) + 4, "text-anchor": "end" }, number(y, 1)));
    drawing.append(svg("line", { x1: L, x2: W - 8, y1: sy(y), y2: sy(y), class: "rule" }));
  }
  const curves = {};
  for (const name of styles) drawing.append(curves[name] = svg("path", { class: name }));
  const line = (points) => "M" + points.map(([x, y]) => `${sx(x).toFixed(1)} ${sy(y).toFixed(1)}`).join("L");
  return { drawing, curves, line };
}

function slider(label, name, low, high, model, changed) {
  const value = element("span", { className: "value" });
  const input = element("input", { type: "range", min: low, max: high, step: 0.05 });
  value.setAttribute("aria-hidden", "true");                   // the slider says it already
  input.setAttribute("aria-label", label);
  input.addEventListener("input", () => { model.set(name, input.valueAsNumber); model.save_changes(); });
  const paint = () => {
    input.value = model.get(name);
    value.textContent = number(model.get(name), 2);
    changed();
  };
  model.on(`change:${name}`, paint);
  const row = element("label", {}, element("span", { textContent: label }), input, value);
  return { row, paint, stop: () => model.off(`change:${name}`, paint) };
}

function render({ model, el }) {
  const above = panel("data p (dotted), fakes p_g (solid), best D* (dashed)", 0, 1, [0, 0.5, 1],
    ["real", "fake", "judge"]);
  const below = panel("integrand of V: at D* (solid), at ½ (dotted); shaded: 2 JSD", -1, 0,
    [-1, -0.5, 0], ["area", "coin", "best"]);
  const words = element("figcaption");
  words.setAttribute("aria-live", "polite");

  function paint() {
    const mean = model.get("mean"), width = model.get("width");
    const xs = Array.from({ length: 481 }, (_, i) => LEFT + (RIGHT - LEFT) * i / 480);
    const rows = xs.map((x) => at(x, mean, width));
    const points = (key) => xs.map((x, i) => [x, rows[i][key]]);
    for (const [name, key] of [["real", "p"], ["fake", "pg"], ["judge", "D"]])
      above.curves[name].setAttribute("d", above.line(points(key)));
    for (const name of ["best", "coin"]) below.curves[name].setAttribute("d", below.line(points(name)));
    below.curves.area.setAttribute("d", below.line([...points("best"), ...points("coin").reverse()]) + "Z");
    const { V, JSD } = value(mean, width);
    words.textContent = `V(D*, G) = ${number(V, 3)} = −log 4 + 2 · ${number(JSD, 3)}. JSD is ${number(JSD, 3)}, `
      + `from 0 (p_g = p) to log 2 = ${number(LOG2, 3)} (no overlap). `
      + `D* is ${number(at(0, mean, width).D, 2)} in the middle of the data, `
      + `${number(at(mean, mean, width).D, 2)} in the middle of the fakes.`;
    above.drawing.setAttribute("aria-label", `Data around 0, width 1; fakes around ${number(mean, 2)}, width `
      + `${number(width, 2)}; and the best discriminator.`);
    below.drawing.setAttribute("aria-label", "Integrand of V at D* and at one half; "
      + `between them 2 JSD = ${number(2 * JSD, 3)}.`);
  }

  const sliders = [slider("mean of the fakes", "mean", -5, 5, model, paint),
                   slider("width of the fakes", "width", 0.4, 3, model, paint)];
  el.append(element("figure", { className: "gan-minimax" },
    ...sliders.map(({ row }) => row), above.drawing, below.drawing, words));
  for (const one of sliders) one.paint();
  return () => { for (const one of sliders) one.stop(); };
}

export default { render };
