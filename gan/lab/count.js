// A run of the lab, what is counted of its fakes, and the fakes that are looked at.
import { forward, tape } from "./network.js";
import { randomness, start } from "./engine.js";
import { quick } from "./arithmetic.js";
import { dataOf } from "./data.js";
import { forEngine } from "./form.js";

// Which centre each fake is nearest to, and how far from it.
function nearest(x, centres, visit) {
  for (let k = 0; k < x.length; k += 2) {
    let which = 0, least = Infinity;
    centres.forEach(([a, b], m) => {
      const squared = (x[k] - a) ** 2 + (x[k + 1] - b) ** 2;
      if (squared < least) { least = squared; which = m; }
    });
    visit(which, Math.sqrt(least));
  }
}

// A run of the setting with what is seen of it on the way. Runs of one place share an `arithmetic`, the last one its
// memory.
export function begin(setting, arithmetic = quick()) {
  const data = dataOf(setting), run = start(forEngine(setting), data.draw, { arithmetic });
  const seen = { firstGradient: 0, gradient: 0, hops: 0, lastHop: 0, modes: 0, quality: 0 };
  return { run, data, home: -1, recent: [], seen };
}

// After each of G's steps: how large its gradient was, and whether the fakes have all moved to another centre.
export function watch(lab) {
  const { run, data, recent, seen } = lab;
  if (run.steps <= 10) seen.firstGradient = Math.max(seen.firstGradient, run.gNorm);
  recent.push(run.gNorm);
  if (recent.length > 50) recent.shift();
  if (run.steps % 10) return;
  const counts = new Array(data.centres.length).fill(0), fakes = run.gTape.y.at(-1);
  nearest(fakes, data.centres, (which) => counts[which]++);
  const home = counts.findIndex((count) => count > 0.45 * fakes.length);        // of two numbers each: 90 %
  if (home < 0 || home === lab.home) return;
  if (lab.home >= 0) { seen.hops++; seen.lastHop = run.steps; }
  lab.home = home;
}

// 2,500 fakes, as VEEGAN counts: a mode is recovered if one is near it, and the quality is the share that is near any.
export function count(lab) {
  const { run, data, recent, seen } = lab, found = new Set();
  let good = 0;
  nearest(fakesOf(run, 2500), data.centres, (which, distance) => {
    if (distance < data.radius) { good++; found.add(which); }
  });
  seen.modes = found.size;
  seen.quality = good / 2500;
  seen.gradient = [...recent].sort((a, b) => a - b)[recent.length >> 1] ?? NaN;
  return seen;
}

const tapes = new WeakMap();                                   // network -> rows -> a tape, made once: they are large

export function tapeFor(net, rows) {
  if (!tapes.has(net)) tapes.set(net, new Map());
  const known = tapes.get(net);
  if (!known.has(rows)) known.set(rows, tape(net, rows));
  return known.get(rows);
}

// Fakes from noise of their own, always the same, so that looking does not change the run.
const fixed = new Map();                                       // "n, latent" -> noise

export function fakesOf(run, n) {
  const { latent } = run.setting, key = `${n}, ${latent}`;
  if (!fixed.has(key)) {
    const random = randomness(2 ** 31);
    fixed.set(key, Float64Array.from({ length: n * latent }, () => random.normal()));
  }
  return forward(run.G, tapeFor(run.G, n), fixed.get(key));
}
