// The Dirac-GAN: data at 0, fakes at theta, D's logit psi · x. All is computed here, in Jupyter and, without a kernel,
// on the book's pages. The fields are those of gan/figures/dirac.py; k is a method's strength.
import { element, number, svg } from "./page.js";

const sigmoid = (a) => 1 / (1 + Math.exp(-a));
const NOISE = Array.from({ length: 57 }, (_, i) => -7 + i / 4);
const BELL = NOISE.map((e) => Math.exp(-e * e / 2));
const AREA = BELL.reduce((a, b) => a + b);

function game(theta, psi) {
  const push = sigmoid(psi * theta);
  return [psi * push, -theta * push];
}

function noisy(theta, psi, sigma) {
  let v = [0, 0];
  NOISE.forEach((e, i) => {
    const fake = theta + sigma * e, real = sigma * e, weight = BELL[i] / AREA;
    const caught = sigmoid(psi * fake) * weight, missed = sigmoid(-psi * real) * weight;
    v = [v[0] + psi * caught, v[1] + real * missed - fake * caught];
  });
  return v;
}

function consensus(theta, psi, gamma) {
  const [a, b] = game(theta, psi), s = sigmoid(psi * theta);
  const more = (theta ** 2 + psi ** 2) * s ** 2 * (1 - s);
  return [a - gamma * (theta * s ** 2 + psi * more), b - gamma * (psi * s ** 2 + theta * more)];
}

// For each method: its field; the letter of its strength, if it has one; and its Jacobian at the equilibrium,
// [[-r, a], [-a, -c]], as r, a and c. WGAN-GP's field jumps there and has none.
export const METHODS = {
  "minimax": { field: game, jacobian: () => [0, 0.5, 0] },
  "non-saturating": { field: (t, p) => [p * sigmoid(-p * t), -t * sigmoid(p * t)], jacobian: () => [0, 0.5, 0] },
  "WGAN": { field: (t, p) => [p, -t], jacobian: () => [0, 1, 0] },
  "WGAN, clipped": { field: (t, p) => [p, -t], letter: "b", jacobian: () => [0, 1, 0] },
  "WGAN-GP": { field: (t, p, k) => [p, -t - k * (Math.abs(p) - 1) * Math.sign(p)], letter: "κ" },
  "instance noise": { field: noisy, letter: "s", jacobian: (k) => [0, 0.5, k * k / 2] },
  "R1": { field: (t, p, k) => { const [a, b] = game(t, p); return [a, b - k * p]; }, letter: "γ",
          jacobian: (k) => [0, 0.5, k] },
  "consensus": { field: consensus, letter: "γ", jacobian: (k) => [k / 4, 0.5, k / 4] },
};

// One update: both at once, or D first and then G against the new D.
export function step(method, [theta, psi], h, k, inTurn) {
  const { field } = METHODS[method];
  const clip = (p) => method === "WGAN, clipped" ? Math.min(Math.max(p, -k), k) : p;
  const v = field(theta, psi, k), after = clip(psi + h * v[1]);
  return [theta + h * (inTurn ? field(theta, after, k)[0] : v[0]), after];
}

// Of that update's linear part: its two eigenvalues as [real, imaginary], or null where it has none.
export function eigenvalues(method, h, k, inTurn) {
  if (!METHODS[method].jacobian || (method === "WGAN, clipped" && k === 0)) return null;
  const [r, a, c] = METHODS[method].jacobian(k);
  const trace = 2 - h * (r + c) - (inTurn ? h * h * a * a : 0);
  const det = (1 - h * r) * (1 - h * c) + (inTurn ? 0 : h * h * a * a);
  const root = trace * trace / 4 - det, size = Math.sqrt(Math.abs(root));
  if (Math.abs(root) < 1e-12) return [[trace / 2, 0], [trace / 2, 0]];
  return [1, -1].map((sign) => root > 0 ? [trace / 2 + sign * size, 0] : [trace / 2, sign * size]);
}

const small = (value) => value >= 1e-3 || value === 0 ? number(value, 3) : value.toExponential(1).replace("-", "−");

const SIDE = 420, EDGE = 34, SIZE = 2, LONGEST = 500;
const px = (theta) => EDGE + (SIDE - 2 * EDGE) * (theta + SIZE) / (2 * SIZE);
const py = (psi) => SIDE - px(psi);
const kept = (value) => Math.min(Math.max(value, -50), 50);          // far outside of the drawing, and finite

function spectrum(method, h, k, inTurn) {
  const found = eigenvalues(method, h, k, inTurn);
  if (!found) return "There are no eigenvalues at the equilibrium: the field jumps there.";
  const [[re, im], [other]] = found;
  const largest = Math.max(Math.hypot(re, im), Math.abs(other));
  const pair = im ? `${number(re, 4)} ± ${number(im, 4)} i` : `${number(re, 4)} and ${number(other, 4)}`;
  const says = Math.abs(largest - 1) < 1e-9 ? "to first order the distance neither grows nor shrinks"
    : largest > 1 ? "near the equilibrium it grows" : "near the equilibrium it shrinks";
  return `Eigenvalues of a step at the equilibrium: ${pair}, largest size ${number(largest, 4)}: ${says}.`;
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const set = (values) => { for (const [name, value] of Object.entries(values)) model.set(name, value);
                            model.save_changes(); };
  const setting = () => [get("h"), get("strength"), get("in_turn")];
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let trail = [], frame = 0;

  const plane = svg("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, role: "img" });
  const box = svg("svg", { x: EDGE, y: EDGE, width: SIDE - 2 * EDGE, height: SIDE - 2 * EDGE,
                           viewBox: `${EDGE} ${EDGE} ${SIDE - 2 * EDGE} ${SIDE - 2 * EDGE}` });
  const field = svg("path", { class: "arrow" }), line = svg("path", { class: "trail" });
  const start = svg("circle", { class: "start", r: 7 }), now = svg("circle", { class: "now", r: 4 });
  for (const v of [-2, -1, 0, 1, 2])
    plane.append(svg("text", { x: px(v), y: SIDE - 14, "text-anchor": "middle" }, number(v, 0)),
                 svg("text", { x: EDGE - 8, y: py(v) + 4, "text-anchor": "end" }, number(v, 0)),
                 svg("line", { x1: px(v), x2: px(v), y1: EDGE, y2: SIDE - EDGE, class: "rule" }),
                 svg("line", { y1: py(v), y2: py(v), x1: EDGE, x2: SIDE - EDGE, class: "rule" }));
  plane.append(svg("text", { x: EDGE, y: 20 }, "upwards ψ, the slope of D; to the right θ, the fakes"));
  box.append(field, line, start, now, svg("path", { class: "goal", d: `M${px(0) - 6} ${py(0)}h12m-6 -6v12` }));
  plane.append(box);
  plane.addEventListener("click", (event) => {
    const { left, width, top, height } = plane.getBoundingClientRect();
    const at = (offset) => Math.min(Math.max((offset * SIDE - EDGE) / (SIDE - 2 * EDGE), 0), 1) * 2 * SIZE - SIZE;
    const round = (value) => Math.round(value * 20) / 20;
    set({ theta: round(at((event.clientX - left) / width)), psi: round(-at((event.clientY - top) / height)) });
  });

  const values = element("p"), spoken = element("p", { className: "spoken" }), eigen = element("p");
  spoken.setAttribute("aria-live", "polite");

  const distance = () => Math.hypot(...trail.at(-1));
  const where = () => `Step ${trail.length - 1}: θ = ${number(trail.at(-1)[0], 3)}, ψ = ${number(trail.at(-1)[1], 3)}, `
    + `distance from the equilibrium ${small(distance())}.`;
  const speak = () => { spoken.textContent = where(); };

  function paint() {
    const place = ([theta, psi]) => `${px(kept(theta)).toFixed(1)} ${py(kept(psi)).toFixed(1)}`;
    line.setAttribute("d", "M" + trail.map(place).join("L"));
    now.setAttribute("cx", px(kept(trail.at(-1)[0])));
    now.setAttribute("cy", py(kept(trail.at(-1)[1])));
    values.textContent = where();
    plane.setAttribute("aria-label",
      `Plane of θ and ψ with the arrows of ${get("method")} and the path so far. ${where()}`);
  }

  function advance(count) {
    while (count-- > 0 && trail.length <= LONGEST) trail.push(step(get("method"), trail.at(-1), ...setting()));
    paint();
  }

  function stop() {
    cancelAnimationFrame(frame);
    frame = 0;
    play.textContent = "Play";
  }

  function play_or_pause() {
    if (frame) { stop(); speak(); return; }
    if (trail.length > LONGEST) trail.length = 1;
    if (calm.matches) { advance(LONGEST); speak(); return; }
    play.textContent = "Pause";
    const tick = () => {
      advance(1);
      if (trail.length > LONGEST) { stop(); speak(); } else frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
  }

  const play = element("button", { type: "button", textContent: "Play", onclick: play_or_pause });
  const buttons = element("div", { className: "buttons" }, play,
    element("button", { type: "button", textContent: "One step", onclick: () => { stop(); advance(1); speak(); } }),
    element("button", { type: "button", textContent: "Back to the start", onclick: restart }));

  function restart() {
    stop();
    trail = [[get("theta"), get("psi")]];
    start.setAttribute("cx", px(get("theta")));
    start.setAttribute("cy", py(get("psi")));
    paint();
    speak();
  }

  const method = element("select", { onchange: () => set({ method: method.value }) },
    ...Object.keys(METHODS).map((name) => element("option", { value: name, textContent: name })));
  method.setAttribute("aria-label", "method");
  const order = element("select", { onchange: () => set({ in_turn: order.value === "in turn" }) },
    element("option", { value: "both at once", textContent: "both at once" }),
    element("option", { value: "in turn", textContent: "in turn, D first" }));
  order.setAttribute("aria-label", "who moves when");

  const row = (text, input, value = "") => element("label", {}, element("span", {}, text), input, value);
  const sliders = [["h", "step size h", 0.02, 1, 0.02], ["strength", "strength", 0, 2, 0.05],
                   ["theta", "θ at the start", -2, 2, 0.05], ["psi", "ψ at the start", -2, 2, 0.05]]
    .map(([name, label, min, max, every]) => {
      const input = element("input", { type: "range", min, max, step: every });
      const value = element("span", { className: "value" });
      input.setAttribute("aria-label", label);
      value.setAttribute("aria-hidden", "true");               // the slider says it already
      input.addEventListener("input", () => set({ [name]: input.valueAsNumber }));
      return { name, input, value, row: row(label, input, value) };
    });

  function settings() {
    const [name, ...rest] = [get("method"), ...setting()];
    const { field: arrow, letter } = METHODS[name];
    method.value = name;
    order.value = get("in_turn") ? "in turn" : "both at once";
    for (const { name: trait, input, value, row: { firstChild } } of sliders) {
      input.value = get(trait);
      value.textContent = number(get(trait));
      if (trait !== "strength") continue;
      input.disabled = !letter;
      firstChild.textContent = letter ? `strength ${letter}` : "strength (none)";
      input.setAttribute("aria-label", firstChild.textContent);
    }
    let d = "";
    for (let t = -1.8; t < 2; t += 0.4)
      for (let p = -1.8; p < 2; p += 0.4) {
        const [a, b] = arrow(t, p, get("strength")), length = Math.hypot(a, b) || 1e-9;
        const long = Math.min(13, 10 * Math.sqrt(length)), x = long * a / length, y = -long * b / length;
        d += `M${(px(t) - x).toFixed(1)} ${(py(p) - y).toFixed(1)}l${(2 * x).toFixed(1)} ${(2 * y).toFixed(1)}`
          + `m${(-0.7 * x - 0.35 * y).toFixed(1)} ${(-0.7 * y + 0.35 * x).toFixed(1)}`
          + `l${(0.7 * x + 0.35 * y).toFixed(1)} ${(0.7 * y - 0.35 * x).toFixed(1)}`
          + `l${(-0.7 * x + 0.35 * y).toFixed(1)} ${(-0.7 * y - 0.35 * x).toFixed(1)}`;
      }
    field.setAttribute("d", d);
    eigen.textContent = spectrum(name, ...rest);
    restart();
  }

  const [h, strength, theta, psi] = sliders;
  el.append(element("figure", { className: "gan-dirac" },
    row("method", method), strength.row, h.row, row("the players move", order), plane, buttons,
    element("figcaption", {}, values, eigen, spoken), theta.row, psi.row));
  const traits = ["method", "strength", "h", "in_turn", "theta", "psi"].map((name) => `change:${name}`);
  for (const trait of traits) model.on(trait, settings);
  settings();
  return () => { stop(); for (const trait of traits) model.off(trait, settings); };
}

export default { render };
