// D's expected loss at one point x, where real data have density p and fakes have q: for losses side by side, its best
// logit, what that is worth, and G's gradient there. All is computed here, in Jupyter and, without a kernel, on the
// book's pages. t is log p/q throughout.
import { element, number, svg } from "./page.js";

const softplus = (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));
const sigmoid = (a) => 1 / (1 + Math.exp(-a));
const step = (t) => t > 0 ? [1, 1] : t < 0 ? [-1, -1] : [-1, 1];
const one = (a) => [a, a];
const solid = (text) => text.replaceAll(" ", "\u00a0");                    // no line ends in it

const LOGISTIC = {
  real: (a) => softplus(-a), fake: softplus, best: one, curve: "logistic", end: "right", window: [-5, 5],
  integral: "2 JSD", integrand: `${solid("p log(2p/(p + q))")} + ${solid("q log(2q/(p + q))")}`,
};

// real(a) and fake(a): what D pays for logit a on a real and on a fake number; push(a): the slope of G's loss in it;
// best(t): the lowest and the highest of the best logits; `limit`: the largest size that a logit may have.
export const LOSSES = {
  "minimax": { ...LOGISTIC, name: "logistic (minimax)", slope: "minimax", push: (a) => -sigmoid(a),
    note: "It fades where x is surely fake: G learns least there." },
  "non-saturating": { ...LOGISTIC, name: "logistic (non-saturating)", slope: "non-saturating",
    push: (a) => -sigmoid(-a),
    note: "G's loss is another than D's with its sign turned, so G does not descend the value." },
  "least squares": { name: "least squares", curve: "least squares", slope: "least squares", end: "left",
    window: [-1, 2], axis: "D's output",
    real: (a) => (a - 1) ** 2 / 2, fake: (a) => a * a / 2, push: (a) => a - 1, best: (t) => one(sigmoid(t)),
    integral: `⅛ ${solid("∫ (p − q)²/(p + q) dx")}`, integrand: solid("(p − q)²/(8(p + q))"),
    note: "D's output is no logit: 1 stands for real, 0 for fake. G's loss is not D's with its sign turned." },
  "exponential": { name: "exponential", curve: "exponential", slope: "exponential", end: "right", window: [-3, 3],
    real: (a) => Math.exp(-a), fake: Math.exp, push: (a) => -Math.exp(a), best: (t) => one(t / 2),
    integral: `${solid("∫ (√p − √q)² dx")}, twice the squared Hellinger distance`,
    integrand: solid("(√p − √q)²"),
    note: "It is −√(p/q): it fades where x is surely fake." },
  "hinge": { name: "hinge", curve: "hinge", slope: "hinge", end: "below", window: [-3, 3],
    real: (a) => Math.max(1 - a, 0), fake: (a) => Math.max(1 + a, 0), push: () => -1, best: step,
    integral: "2 TV", integrand: solid("|p − q|"),
    note: "It is the same everywhere; the best logit keeps only which of p and q is larger." },
  "Wasserstein": { name: "Wasserstein, |logit| ≤ 1", curve: "Wasserstein", slope: "Wasserstein", end: "below",
    window: [-2, 2], limit: 1,
    real: (a) => -a, fake: (a) => a, push: () => -1, best: step, integral: "2 TV", integrand: solid("|p − q|"),
    note: "This is with a bound on the logit at each x by itself; a bound on D's slope gives W₁ instead." },
};

// One cell of a table, 0 ≤ u ≤ 1, as the cubic that has these values and slopes at its ends.
const cubic = (left, right, a, b, h) =>
  [left, h * a, 3 * (right - left) - h * (2 * a + b), 2 * (left - right) + h * (a + b)];

// A loss that Python has tabulated: values and slopes at evenly spaced logits; `before` has the slopes on the left of
// those at which the slope jumps.
export function tabulated(name, { start, h, real, fake, G }) {
  const cells = ({ values, slopes, before }) => values.slice(1).map((right, i) =>
    cubic(values[i], right, slopes[i], before[i + 1] ?? slopes[i + 1], h));
  const end = start + h * (real.values.length - 1);
  function at(all, a, slope = false) {
    const i = Math.min(Math.max(Math.floor((a - start) / h + 1e-9), 0), all.length - 1);
    const u = (a - start) / h - i, [c0, c1, c2, c3] = all[i];
    return slope ? (c1 + u * (2 * c2 + u * 3 * c3)) / h : c0 + u * (c1 + u * (c2 + u * c3));
  }
  const [D, E, F] = [real, fake, G].map(cells);

  function best(t) {
    const p = sigmoid(t), q = sigmoid(-t), found = [];
    D.forEach((cell, i) => {
      const [c0, c1, c2, c3] = cell.map((c, k) => p * c + q * E[i][k]);
      const root = c2 * c2 - 3 * c3 * c1, flat = [0, 1];
      if (root >= 0 && c2 + Math.sqrt(root)) flat.push(-c1 / (c2 + Math.sqrt(root)));      // where it is lowest inside
      for (const u of flat)
        if (u >= 0 && u <= 1) found.push([start + h * (i + u), c0 + u * (c1 + u * (c2 + u * c3))]);
    });
    const least = Math.min(...found.map(([, value]) => value));
    const lowest = found.filter(([, value]) => value <= least + 1e-13 * (1 + Math.abs(least))).map(([a]) => a);
    return [Math.min(...lowest), Math.max(...lowest)];
  }

  return { name, curve: name, slope: name, end: "right", window: [Math.max(-5, start), Math.min(5, end)],
           edge: [start, end], best,
           real: (a) => at(D, a), fake: (a) => at(E, a), push: (a) => at(F, a, true) };
}

const middle = ([low, high]) => (low + high) / 2;

// What there is to say of a loss at densities p and q: the best logits, D's expected loss there and where D cannot
// tell, what lies between, and the slope of G's loss at the best logit.
export function atPoint(loss, p, q) {
  const expected = (a) => p * loss.real(a) + q * loss.fake(a);
  const t = Math.log(p / q), [low, high] = loss.best(t), best = middle([low, high]);
  const cannotTell = middle(loss.best(0)), value = expected(best), undecided = expected(cannotTell);
  const gap = Math.max(0, undecided - value), push = loss.push(best);
  return { t, low, high, best, value, cannotTell, undecided, gap, push };
}

const W = 360, TALL = 372, FLAT = 180, L = 34, R = 8, T = 8, B = 32;

// Round numbers between low and high, about n of them.
export function ticks(low, high, n = 5) {
  const rough = (high - low) / n, power = 10 ** Math.floor(Math.log10(rough));
  const every = power * [1, 2, 5, 10].find((k) => k * power >= rough * 0.999);
  const from = Math.ceil(low / every - 1e-9), to = Math.floor(high / every + 1e-9);
  return Array.from({ length: to - from + 1 }, (_, i) => (from + i) * every);
}

// Axes on an empty drawing: where x and y lie on it, a line through points, and the box that cuts off what is outside.
function axes(drawing, H, [left, right], [low, high], label) {
  const wide = W - L - R, tall = H - T - B;
  const sx = (x) => L + wide * (x - left) / (right - left), sy = (y) => T + tall * (high - y) / (high - low);
  const read = (marks) => marks.map((mark) => [mark, number(mark, marks[1] - marks[0] < 0.95 ? 1 : 0)]);
  const box = svg("svg", { x: L, y: T, width: wide, height: tall, viewBox: `${L} ${T} ${wide} ${tall}` });
  const across = (x, y, text) => svg("text", { x, y, "text-anchor": "middle" }, text);
  drawing.replaceChildren(
    ...read(ticks(low, high)).flatMap(([y, name]) => [
      svg("line", { x1: L, x2: W - R, y1: sy(y), y2: sy(y), class: y ? "rule" : "rule zero" }),
      svg("text", { x: L - 5, y: sy(y) + 4, "text-anchor": "end" }, name)]),
    ...read(ticks(left, right, 6)).map(([x, name]) => across(sx(x), H - B + 14, name)),
    across(L + wide / 2, H - 4, label), box);
  const kept = (y) => Math.min(Math.max(y, 2 * low - high), 2 * high - low);           // outside, and not too far
  const put = (name, points) => box.append(svg("path", { class: name, d: "M" + points.map(([x, y]) =>
    `${sx(x).toFixed(1)} ${sy(kept(y)).toFixed(1)}`).join("L") }));
  return { sx, sy, box, put };
}

const between = (low, high, n = 160) => Array.from({ length: n + 1 }, (_, i) => low + (high - low) * i / n);

function paintLoss(drawing, loss, p, q) {
  const corners = [[1, 1], [1, 0.01], [0.01, 1]].map(([a, b]) => atPoint(loss, a, b));
  const top = corners[0].undecided > 0 ? 1.6 * corners[0].undecided : 1;
  const low = Math.min(0, ...corners.map(({ value }) => value)), room = (top - low) / 20;
  const { sx, sy, box, put } = axes(drawing, TALL, loss.window, [low - room, top], loss.axis ?? "D's logit a");
  const at = atPoint(loss, p, q), limit = loss.limit ?? Infinity;
  const xs = between(Math.max(loss.window[0], -limit), Math.min(loss.window[1], limit), 320);
  const level = sy(at.undecided), x = sx(at.best);
  if (loss.limit) for (const a of [-limit, limit]) put("limit", [[a, low - room], [a, top]]);
  put("real", xs.map((a) => [a, p * loss.real(a)]));
  put("fake", xs.map((a) => [a, q * loss.fake(a)]));
  put("sum", xs.map((a) => [a, p * loss.real(a) + q * loss.fake(a)]));
  put("undecided", [[loss.window[0], at.undecided], [loss.window[1], at.undecided]]);
  box.append(svg("line", { class: "gap", x1: x, x2: x, y1: level, y2: sy(at.value) }));
  if (at.high > at.low) put("plateau", [[at.low, at.value], [at.high, at.value]]);
  box.append(svg("circle", { class: "now", cx: x, cy: sy(at.value), r: 5 }));
  return at;
}

const TS = between(-5, 5, 400);

// For every loss, over t: the best logit, and the slope of G's loss there.
function curvesOf(loss) {
  const best = TS.map((t) => middle(loss.best(t)));
  return { loss, curve: best, slope: best.map(loss.push) };
}

// A curve for every loss; those that are the same have one name. `chosen` is bold, and `now` is marked on it.
function paintCurves(drawing, curves, chosen, kind, [low, high], now) {
  const { sx, sy, box, put } = axes(drawing, FLAT, [-5, 5], [low, high], "log p/q");
  const drawn = [];
  for (const { loss, [kind]: ys } of curves) {
    const same = drawn.find((other) => other.ys.every((y, i) => Math.abs(y - ys[i]) < 1e-9));
    if (!same) drawn.push({ ys, names: [loss[kind]], end: loss.end, bold: loss === chosen });
    else {
      if (!same.names.includes(loss[kind])) same.names.push(loss[kind]);
      same.bold ||= loss === chosen;
    }
  }
  drawn.sort((a, b) => a.bold - b.bold);
  for (const { ys, bold } of drawn) put(bold ? "chosen" : "other", TS.map((t, i) => [t, ys[i]]));
  const taken = [];
  for (const { ys, names, end, bold } of drawn.reverse()) {
    const onRight = end === "right", edge = Math.min(Math.max(ys[onRight ? ys.length - 1 : 0], low), high);
    let y = Math.max(sy(edge) + (end === "below" ? 13 : -6), T + 11);
    while (taken.some(([side, other]) => side === onRight && Math.abs(other - y) < 12)) y += 12;
    taken.push([onRight, y]);
    box.append(svg("text", { x: onRight ? W - R - 3 : L + 3, y, "text-anchor": onRight ? "end" : "start",
                             class: bold ? "name chosen-name" : "name" }, names.join(", ")));
  }
  const [t, y] = now;
  box.append(svg("line", { class: "here", x1: sx(t), x2: sx(t), y1: T, y2: FLAT - B }),
    svg("circle", { class: "now", cx: sx(t), cy: sy(Math.min(Math.max(y, low), high)), r: 5 }));
}

export function inWords(loss, p, q) {
  const { t, low, high, best, value, cannotTell, undecided, gap, push } = atPoint(loss, p, q);
  const what = loss.axis ? "output" : "logit";
  const edge = loss.edge?.some((a) => Math.abs(a - best) < 1e-9) ? ", the edge of what was tabulated" : "";
  const where = high > low + 1e-6 ? `Any ${what} from ${number(low)} to ${number(high)} is best`
    : `The best ${what} is ${number(best)}${edge}`;
  return [`p(x) = ${number(p)}, q(x) = ${number(q)}, log p/q = ${number(t)}. ${where}: D's expected loss there is `
    + `${number(value, 3)}. An undecided D, of ${what} ${number(cannotTell)}, has ${number(undecided, 3)}.`,
    loss.integral ? `The gap is ${number(gap, 3)} = ${loss.integrand}; over all x it integrates to ${loss.integral}.`
      : `The gap is ${number(gap, 3)}; over all x it integrates to this loss's divergence.`,
    `G's gradient in the ${what} there is ${number(push)}.${loss.note ? ` ${loss.note}` : ""}`];
}

function render({ model, el }) {
  const get = (name) => model.get(name), set = (name, value) => { model.set(name, value); model.save_changes(); };
  const own = Object.entries(get("more")).map(([name, table]) => [name, tabulated(name, table)]);
  const losses = new Map([...Object.entries(LOSSES), ...own]), curves = [...losses.values()].map(curvesOf);
  const drawing = (height) => svg("svg", { viewBox: `0 0 ${W} ${height}`, role: "img" });
  const left = drawing(TALL), above = drawing(FLAT), below = drawing(FLAT);
  const words = [1, 2, 3].map(() => element("p")), spoken = element("p", { className: "spoken" });
  spoken.setAttribute("aria-live", "polite");
  let soon = 0;

  const select = element("select", { attributes: { "aria-label": "loss" }, onchange: () => set("loss", select.value) },
    ...[...losses].map(([value, { name }]) => element("option", { value, textContent: name })));
  const sliders = [["p", "p(x), of real data"], ["q", "q(x), of fakes"]].map(([name, label]) => {
    const attributes = { "aria-label": label };
    const input = element("input", { type: "range", min: 0.01, max: 1, step: 0.01, attributes });
    const value = element("span", { className: "value", attributes: { "aria-hidden": "true" } });
    input.addEventListener("input", () => set(name, input.valueAsNumber));
    return { name, input, value, row: element("label", {}, element("span", { textContent: label }), input, value) };
  });

  function paint() {
    const loss = losses.get(get("loss")), p = get("p"), q = get("q");
    const now = paintLoss(left, loss, p, q);
    paintCurves(above, curves, loss, "curve", [-5, 5], [now.t, now.best]);
    paintCurves(below, curves, loss, "slope", [-3.2, 0.4], [now.t, now.push]);
    select.value = get("loss");
    for (const { name, input, value } of sliders) {
      input.value = get(name);
      value.textContent = number(get(name));
    }
    const said = inWords(loss, p, q);
    said.forEach((text, i) => { words[i].textContent = text; });
    left.setAttribute("aria-label", `D's expected loss as a function of its logit, loss: ${loss.name}. ${said[0]}`);
    above.setAttribute("aria-label", `The best critic as a function of log p/q; of the ${loss.name} loss at `
      + `${number(now.t)} it is ${number(now.best)}.`);
    below.setAttribute("aria-label", "G's gradient at the best critic as a function of log p/q; of the "
      + `${loss.name} loss at ${number(now.t)} it is ${number(now.push)}.`);
    clearTimeout(soon);
    soon = setTimeout(() => { spoken.textContent = said.join(" "); }, 500);            // not at every pixel of a drag
  }

  const key = (name, text) => element("span", { className: `key ${name}` }, text);
  el.append(element("figure", { className: "gan-losscurves" },
    element("label", { className: "choice" }, element("span", { textContent: "loss" }), select),
    ...sliders.map(({ row }) => row),
    element("div", { className: "drawings" },
      element("div", {}, element("p", { className: "title" }, "D's expected loss: ", key("sum", "sum"), " of ",
        key("real", "real part"), " and ", key("fake", "fake part"), "; ", key("undecided", "undecided"),
        "; the bar is the gap"), left),
      element("div", { className: "words" }, ...words, spoken),
      element("div", {}, element("p", { className: "title", textContent: "Best critic" }), above,
        element("p", { className: "title", textContent: "Slope of G's loss at the best critic" }), below))));
  const traits = ["loss", "p", "q"].map((name) => `change:${name}`);
  for (const trait of traits) model.on(trait, paint);
  paint();
  return () => { clearTimeout(soon); for (const trait of traits) model.off(trait, paint); };
}

export default { render };
