// A run of the lab of digits, and what the reader finds among its fakes.
import { forward, tape } from "./network.js";
import { randomness, start, verdicts } from "./engine.js";
import { quick } from "./arithmetic.js";
import { forEngine } from "./form.js";
import { PIXELS, handwriting, reader } from "./handwriting.js";

export const SHOWN = 50, COUNTED_FAKES = 500, SURE = 0.9;
let read;

export function begin(setting, arithmetic = quick()) {
  const data = handwriting();
  read ??= reader();
  const run = start(forEngine(setting), data.draw, { dims: PIXELS, squash: true, arithmetic });
  const random = randomness(2 ** 31), noise = new Float64Array(COUNTED_FAKES * setting.latent);
  for (let k = 0; k < noise.length; k++) noise[k] = random.normal();
  const seen = { firstGradient: 0, gradient: 0, found: 0, sure: 0, shares: new Array(10).fill(0) };
  return { run, data, noise, looking: tape(run.average, COUNTED_FAKES), judging: tape(run.D, SHOWN), recent: [], seen };
}

// After each of G's steps: how large its gradient was.
export function watch({ run, recent, seen }) {
  if (run.steps <= 10) seen.firstGradient = Math.max(seen.firstGradient, run.gNorm);
  recent.push(run.gNorm);
  if (recent.length > 50) recent.shift();
}

// Fakes of the same noise each time, (500, 64): of the average of G, or of G itself.
export const fakesOf = ({ run, noise, looking }, average = true) =>
  forward(average ? run.average : run.G, looking, noise);

// Which digits are read in the fakes, and of how many the reader is sure. A digit is found if one fake in a hundred is
// surely read as it.
export function count(lab) {
  const { recent, seen } = lab, sure = new Array(10).fill(0);
  seen.shares.fill(0);
  for (const [digit, probability] of read(fakesOf(lab))) {
    seen.shares[digit] += 1 / COUNTED_FAKES;
    if (probability > SURE) sure[digit]++;
  }
  seen.found = sure.filter((number) => number >= COUNTED_FAKES / 100).length;
  seen.sure = sure.reduce((sum, number) => sum + number, 0) / COUNTED_FAKES;
  seen.gradient = [...recent].sort((a, b) => a - b)[recent.length >> 1] ?? NaN;
  return seen;
}

// What D says of the fakes that are shown, from -1, fake, to 1, real.
export function judged({ run, judging }, images) {
  return verdicts(run.setting.loss, forward(run.D, judging, images.subarray(0, SHOWN * PIXELS)));
}
