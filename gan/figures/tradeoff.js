// Truncation: faces drawn at ψ, and where ψ lies on precision against recall. The network is stylenet.js; all is
// computed here, in Jupyter and, without a kernel, on the book's pages. What was measured comes from Python.
import { element, number, svg } from "./page.js";
import { noiseMaps, styleNet } from "./stylenet.js";

const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const PAUSE = 500, COLUMNS = 6;                                // ms before words are spoken; faces in a row
const SHARES = new Set(["precision", "recall", "coverage"]);   // which cannot be above 1
const TITLES = { distance: "Fréchet distance" }, MEANINGS = { precision: "fakes among the real",
  recall: "real ones within reach of fakes", coverage: "real ones with a fake near" };

export const CHARTS = [
  { name: "precision, recall", x: "recall", y: "precision" },
  { name: "density, coverage", x: "coverage", y: "density" },
  { name: "distance", x: "psi", y: "distance" },
];

// Where ψ lies among the steps: the one at or below it, and the share of the way to the next.
export function place(steps, psi) {
  const i = Math.max(0, Math.min(steps.length - 2, steps.findLastIndex((step) => step <= psi + 1e-9)));
  const share = Math.min(1, Math.max(0, (psi - steps[i]) / (steps[i + 1] - steps[i])));
  return share < 1e-6 ? { i, share: 0 } : share > 1 - 1e-6 ? { i: i + 1, share: 0 } : { i, share };
}

export const at = (values, { i, share }) => share ? values[i] + share * (values[i + 1] - values[i]) : values[i];
export const meanOf = (lists) => lists[0].map((_, i) => lists.reduce((sum, list) => sum + list[i], 0) / lists.length);

const digits = (name, value) => SHARES.has(name) ? 3 : value < 10 ? 2 : 1;
const read = (name, value) => number(value, digits(name, value));

// What ψ does, as sentences: the means there, their range over the seeds, and how they differ from those at the start.
export function inWords(measured, steps, psi, start) {
  const here = place(steps, psi), first = place(steps, start), names = Object.keys(measured);
  const seeds = measured.recall.length, all = (name, where) => measured[name].map((list) => at(list, where));
  const mean = (name, where) => all(name, where).reduce((a, b) => a + b) / seeds;
  const value = (name) => `${TITLES[name] ?? name} ${read(name, mean(name, here))}`;
  const range = (name) => [Math.min, Math.max].map((most) => read(name, most(...all(name, here)))).join(" to ");
  const between = here.share ? `, read off between the measured ${steps[here.i]} and ${steps[here.i + 1]}` : "";
  const of = seeds > 1 ? `, means of ${seeds} seeds` : "";
  const said = [`ψ = ${number(psi)}${of}${between}: ${names.map(value).join(", ")}.`];
  if (seeds > 1) said.push(`Over the seeds, precision is ${range("precision")} and recall ${range("recall")}.`);
  if (Math.abs(psi - start) < 1e-9) return said;
  const change = (name) => {
    const by = mean(name, here) - mean(name, first), size = number(Math.abs(by), digits(name, mean(name, here)));
    return `${TITLES[name] ?? name} ${Number(size) ? `${size} ${by > 0 ? "higher" : "lower"}` : "the same"}`;
  };
  return [...said, `Against ψ = ${number(start)}: ${names.map(change).join(", ")}.`];
}

// Round numbers between low and high, about five of them, and how many decimals they need.
export function marks(low, high) {
  const rough = (high - low) / 5, power = 10 ** Math.floor(Math.log10(rough));
  const every = power * [1, 2, 5, 10].find((k) => k * power >= rough * 0.999);
  const from = Math.ceil(low / every - 1e-9), to = Math.floor(high / every + 1e-9);
  return { values: Array.from({ length: to - from + 1 }, (_, i) => (from + i) * every),
           decimals: Math.max(0, -Math.floor(Math.log10(every) + 1e-9)) };
}

// What an axis shows: all that was measured, with some room, and never a sliver that makes noise look large.
export function extent(name, values) {
  const least = SHARES.has(name) ? 0.02 : 0.1, low = Math.min(...values), high = Math.max(...values);
  const size = Math.max(least, high - low), room = 0.07 * size, middle = Math.max((low + high) / 2, size / 2);
  return [middle - size / 2 - room, middle + size / 2 + room];
}

const W = 360, H = 330, L = 44, R = 12, T = 26, B = 40;

function paintChart(drawing, { x, y }, { measured, steps, psi, moved }) {
  const lists = measured[y].map((ys, k) => ({ ys, xs: x === "psi" ? steps : measured[x][k] }));
  const [left, right] = extent(x, lists.flatMap(({ xs }) => xs)), [low, high] = extent(y, lists.flatMap(({ ys }) => ys));
  const wide = W - L - R, tall = H - T - B;
  const sx = (v) => L + wide * (v - left) / (right - left), sy = (v) => T + tall * (high - v) / (high - low);
  const label = (attributes, text) => svg("text", attributes, text);
  const titled = (name) => `${name === "psi" ? "truncation ψ" : TITLES[name] ?? name}`
    + (MEANINGS[name] ? `: ${MEANINGS[name]}` : "");
  const across = marks(left, right), up = marks(low, high);
  const line = (name, xs, ys) => svg("path", { class: name,
    d: "M" + xs.map((v, i) => `${sx(v).toFixed(1)} ${sy(ys[i]).toFixed(1)}`).join("L") });
  const dot = (name, px, py, r) => svg("circle", { class: name, cx: sx(px).toFixed(1), cy: sy(py).toFixed(1), r });
  drawing.replaceChildren(
    ...across.values.flatMap((v) => [svg("line", { class: "rule", x1: sx(v), x2: sx(v), y1: T, y2: T + tall }),
      label({ x: sx(v), y: H - B + 16, "text-anchor": "middle" }, number(v, across.decimals))]),
    ...up.values.flatMap((v) => [svg("line", { class: "rule", x1: L, x2: W - R, y1: sy(v), y2: sy(v) }),
      label({ x: L - 5, y: sy(v) + 4, "text-anchor": "end" }, number(v, up.decimals))]),
    label({ x: 0, y: 13 }, `↑ ${titled(y)}`),
    label({ x: W - R, y: H - 6, "text-anchor": "end" }, `${titled(x)} →`));

  const mean = { xs: meanOf(lists.map(({ xs }) => xs)), ys: meanOf(lists.map(({ ys }) => ys)) };
  const here = place(steps, psi), now = [at(mean.xs, here), at(mean.ys, here)];
  if (moved) {
    drawing.append(...lists.map(({ xs, ys }) => line("", xs, ys)), line("mean", mean.xs, mean.ys),
      ...steps.map((_, i) => dot("stop", mean.xs[i], mean.ys[i], 3)));
    if (x !== "psi") drawing.append(...stops(steps, mean, now, sx, sy));
  }
  if (lists.length > 1) drawing.append(...lists.map(({ xs, ys }) => dot("each", at(xs, here), at(ys, here), 3.5)));
  const end = sx(now[0]) > W - R - 64;
  drawing.append(dot("now", ...now, 6.5), label({ class: "name current", x: sx(now[0]) + (end ? -10 : 10),
    y: sy(now[1]) - 8, "text-anchor": end ? "end" : "start" }, `ψ ${number(psi)}`));
  return now;
}

// The ψ's along the curve, as far as there is room for them: the ends first.
function stops(steps, mean, now, sx, sy) {
  const taken = [[sx(now[0]) + 22, sy(now[1]) - 8], [sx(now[0]) - 6, sy(now[1]) + 5]], last = steps.length - 1, found = [];
  for (const i of [0, last, ...steps.keys()]) {
    const x = sx(mean.xs[i]) + 9, y = sy(mean.ys[i]) + 14;
    if (taken.some(([a, b]) => Math.abs(a - x) < 34 && Math.abs(b - y) < 15) || x > W - R - 20) continue;
    taken.push([x, y]);
    found.push(svg("text", { class: "name", x: x.toFixed(1), y: y.toFixed(1) }, String(steps[i])));
  }
  return found;
}

// By how much the faces differ: the mean over pixels and colours of their standard deviation.
export function spread(images) {
  const n = images.length;
  let sum = 0;
  for (let p = 0; p < images[0].length; p++) {
    let first = 0, second = 0;
    for (const image of images) { first += image[p]; second += image[p] ** 2; }
    sum += Math.sqrt(Math.max(0, second / n - (first / n) ** 2));
  }
  return sum / images[0].length;
}

// The kth face at ψ, (3, size, size) in [-1, 1], with noise of its own.
export function faceAt(G, { sizes, centre, w }, k, psi) {
  const at = centre.map((v, i) => v + psi * (w[k][i] - v));
  return G.synthesis(sizes.map(() => at), noiseMaps(sizes, k + 1)).map((v) => Math.min(1, Math.max(-1, v)));
}

// A sheet of faces that catches up with ψ, one face at a time, so that the page stays awake; `done` is called then.
function sheetOf(get, canvas, done) {
  const sizes = get("sizes"), size = sizes.at(-1), centre = get("centre"), w = get("w"), n = w.length;
  const columns = Math.min(n, COLUMNS), drawn = Array(n).fill(NaN), images = Array(n);
  let G = null, timer = 0, next = 0;
  canvas.width = columns * (size + 1) - 1;
  canvas.height = Math.ceil(n / columns) * (size + 1) - 1;

  function put(k) {
    const picture = new ImageData(size, size), image = images[k];
    for (let p = 0; p < size * size; p++) {
      for (let c = 0; c < 3; c++) picture.data[4 * p + c] = (image[c * size * size + p] + 1) * 127.5;
      picture.data[4 * p + 3] = 255;
    }
    canvas.getContext("2d").putImageData(picture, k % columns * (size + 1), Math.floor(k / columns) * (size + 1));
  }

  function step() {
    const psi = get("psi"), late = drawn.filter((one) => one !== psi).length;
    timer = 0;
    if (!late) {
      if (CALM.matches) images.forEach((_, k) => put(k));               // all at once
      canvas.dataset.psi = psi;
      return done(psi, spread(images));
    }
    if (!G) G = styleNet(sizes, get("tensors"), get("weights"));
    else {
      while (drawn[next] === psi) next = (next + 1) % n;
      images[next] = faceAt(G, { sizes, centre, w }, next, psi);
      drawn[next] = psi;
      if (!CALM.matches) put(next);
    }
    timer = setTimeout(step);
  }

  return { catchUp() { timer ||= setTimeout(step); }, stop() { clearTimeout(timer); } };
}

function render({ model, el }) {
  const get = (name) => model.get(name), steps = get("steps"), measured = get("measured"), start = get("start");
  const charts = CHARTS.filter(({ y }) => y in measured), seeds = measured.recall.length;
  let chart = charts[0], moved = get("psi") !== start, soon = 0, near = false;

  const canvas = element("canvas", { attributes: { role: "img", "aria-label": "Faces, not drawn yet." } });
  const drawing = svg("svg", { viewBox: `0 0 ${W} ${H}`, role: "img" });
  const slider = element("input", { type: "range", attributes: { min: steps[0], max: steps.at(-1), step: 0.05,
    "aria-label": "truncation ψ" }, oninput: () => { model.set("psi", slider.valueAsNumber); model.save_changes(); } });
  const value = element("span", { className: "value", attributes: { "aria-hidden": true } });      // the slider says it
  const buttons = charts.map((one) => element("button", { type: "button", textContent: one.name,
    onclick: () => { chart = one; paint(); } }));
  const said = element("div"), spoken = element("p", { className: "spoken", attributes: { "aria-live": "polite" } });
  const title = element("p", { className: "title" });

  const sheet = sheetOf(get, canvas, (psi, apart) => canvas.setAttribute("aria-label", `${get("w").length} faces at `
    + `ψ ${number(psi)}, each with its own noise. From face to face a pixel's colours, from −1 to 1, have a standard `
    + `deviation of ${number(apart)}.`));

  function paint() {
    const psi = get("psi"), words = inWords(measured, steps, psi, start);
    moved ||= psi !== start;
    slider.value = psi;
    slider.setAttribute("aria-valuetext", `ψ ${number(psi)}`);
    value.textContent = number(psi);
    for (const [i, button] of buttons.entries()) button.setAttribute("aria-pressed", charts[i] === chart);
    if (!moved) words.push("Which way will the dot go as ψ falls, and which way as it rises? Decide, then move ψ: the "
      + "curve shows itself.");
    said.replaceChildren(...words.map((textContent) => element("p", { textContent })));
    const many = seeds > 1, key = (name, text) => element("span", { className: `key ${name}` }, text);
    title.replaceChildren(`The dot: now${many ? "; the rings: each seed" : ""}.`, ...(moved ? [" Over all ψ: ",
      key("mean", many ? "the seeds’ mean" : "the curve"), ...(many ? [", ", key("", "each seed")] : []), "."] : []));
    const [x, y] = paintChart(drawing, chart, { measured, steps, psi, moved });
    drawing.setAttribute("aria-label", `${TITLES[chart.y] ?? chart.y} against ${chart.x === "psi" ? "ψ" : chart.x}. The `
      + `dot is at ${read(chart.x, x)} across and ${read(chart.y, y)} up.${moved ? "" : " The curve is hidden until ψ is "
      + "moved."}`);
    if (near) sheet.catchUp();
    clearTimeout(soon);
    soon = setTimeout(() => { spoken.textContent = words.join(" "); }, PAUSE);        // not at every pixel of a drag
  }

  const figure = element("figure", { className: "gan-tradeoff" }, element("div", { className: "parts" }, canvas,
    element("label", {}, element("span", { textContent: "truncation ψ" }), slider, value),
    element("div", { className: "chart" }, ...(charts.length > 1 ? [element("div", { className: "buttons",
      attributes: { role: "group", "aria-label": "What the chart shows" } }, ...buttons)] : []), title, drawing),
    element("div", { className: "words" }, said, spoken)));
  const watch = new IntersectionObserver(([{ isIntersecting }]) => {                  // draws nothing while far away
    near = isIntersecting;
    if (near) sheet.catchUp();
  }, { rootMargin: "300px" });
  model.on("change:psi", paint);
  paint();
  el.append(figure);
  watch.observe(figure);
  return () => {
    clearTimeout(soon);
    sheet.stop();
    watch.disconnect();
    model.off("change:psi", paint);
  };
}

export default { render };
