// What can be chosen in the lab of digits: a run's setting, and the presets.
import { PLAYERS, linksOf, live, numeric } from "./form.js";

export const FIELDS = {
  ...PLAYERS,
  ema: live(numeric("average of G: stays from step to step", 0, 0.9999, { note: "0: G itself" })),
  width: numeric("hidden units per layer", 16, 256, { whole: true }),
  latent: numeric("noise dimension", 1, 64, { whole: true }),
  batch: numeric("batch", 8, 128, { whole: true }),
  seed: numeric("seed", 0, 999999, { whole: true }),
};

// R1 is asked for at each fourth update of D alone, and four times as strong: the same on average, and quicker.
const DEFAULTS = {
  loss: "non_saturating", clip: 0.01, gp: 1, r1: 1, r1_every: 4, d_steps: 1, lr: 0.002, d_lr: 0.002, beta1: 0,
  beta2: 0.99, ema: 0.995, width: 128, latent: 16, batch: 32, seed: 0,
};

// As in settings.js: `holds` is asked of what `watch` saw; tests/gan/lab/test_digits.py runs each with other seeds.
function preset(title, steps, changes, { ask, answer, holds }) {
  return { title, steps, setting: { ...DEFAULTS, ...changes }, show: [], ask, answer, holds };
}

const QUICK_D = { d_steps: 5, d_lr: 0.005, lr: 0.0005, r1: 0 };

export const PRESETS = {
  first: preset("Learning to write", 8000, {}, {
    ask: "G has never seen a digit. When will you be able to read its fakes, and will it write all ten?",
    answer: "All ten are written, and the reader is sure of three quarters of the fakes or more.",
    holds: (seen) => seen.found === 10 && seen.sure > 0.72,
  }),
  vanishing: preset("Vanishing gradients", 300, { ...QUICK_D, loss: "minimax" }, {
    ask: "D makes five large steps for each small one of G's, and G plays the minimax loss. What can G learn?",
    answer: "Nothing: D is sure of every fake, all bars are full, and G's gradient falls to less than a thousandth.",
    holds: (seen) => seen.gradient < seen.firstGradient / 1000 && seen.found === 0,
  }),
  collapse: preset("Mode collapse", 1200, QUICK_D, {
    ask: "The same quick D, and only G's loss is another, non-saturating. How many of the ten digits will G write?",
    answer: "At most five of the ten, and fewer as training goes on.",
    holds: (seen) => seen.found > 0 && seen.found <= 5 && seen.sure > 0.4,
  }),
  cure: preset("Mode collapse, cured by R1", 1200, { ...QUICK_D, r1: 1 }, {
    ask: "The same quick D pays for steep slopes at real digits. How many digits now, and how well written?",
    answer: "Nine or all ten. They are less sharp than the few were, and become sharper with time.",
    holds: (seen) => seen.found >= 9 && seen.sure > 0.3,
  }),
};

export const { parse, format } = linksOf(FIELDS, PRESETS);
