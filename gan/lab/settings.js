// What can be chosen in the lab of points: a run's setting, and the presets.
import { DATA, MOST_POINTS } from "./data.js";
import { PLAYERS, choice, linksOf, numeric } from "./form.js";

// In the order of the form.
export const FIELDS = {
  data: choice("data", Object.fromEntries([...Object.entries(DATA).map(([key, { label }]) => [key, label]),
    ["drawn", "your drawing"]])),
  points: { label: "drawing", wanted: `1 to ${MOST_POINTS} points`, good: (v) => v === "" ||
    /^([0-9a-z]{4})+$/.test(v) && v.length <= 4 * MOST_POINTS },
  ...PLAYERS,
  width: numeric("hidden units per layer", 4, 64, { whole: true }),
  latent: numeric("noise dimension", 1, 32, { whole: true }),
  batch: numeric("batch", 8, 256, { whole: true }),
  seed: numeric("seed", 0, 999999, { whole: true }),
};

const DEFAULTS = {
  data: "ring", points: "", loss: "non_saturating", clip: 0.01, gp: 1, r1: 0, d_steps: 1, lr: 0.001, d_lr: 0.001,
  beta1: 0.5, width: 32, latent: 2, batch: 128, seed: 0,
};

// Presets: a setting, what to look at, how many steps, and what is then true, whatever the seed: `holds` is asked of
// what `watch` saw. tests/gan/lab/test_presets.py runs each with several seeds, and some with gan.train too. ---------
function preset(title, steps, changes, { show = [], ask, answer, holds }) {
  return { title, steps, setting: { ...DEFAULTS, ...changes }, show, ask, answer, holds };
}

const STRONG_D = { d_steps: 10, d_lr: 0.005, lr: 0.0001 };
const COLLAPSE = { d_steps: 2, d_lr: 0.005, lr: 0.0001 };
const LAGGING = { data: "two", d_lr: 0.0001 };
const CRITIC = { d_steps: 5, beta1: 0 };

export const PRESETS = {
  first: preset("First look", 3000, {}, {
    ask: "G has never seen the ring. Will its fakes find all 8 modes?",
    answer: "All 8 modes are found; what is hard is to be sharp: many fakes lie between the modes.",
    holds: (seen) => seen.modes === 8 && seen.quality > 0.25,
  }),
  vanishing: preset("Vanishing gradients", 200, { ...STRONG_D, loss: "minimax" }, {
    show: ["arrows"],
    ask: "D makes ten steps for each of G's, and large ones. Does a better teacher help?",
    answer: "D is sure of every fake, so G's gradient falls to less than a hundredth of what it was: "
      + "no arrows, and the fakes stay where they are.",
    holds: (seen) => seen.gradient < seen.firstGradient / 100 && seen.modes === 0,
  }),
  awake: preset("The same D, non-saturating loss", 200, STRONG_D, {
    show: ["arrows"],
    ask: "The same D, and only G's loss is another. What becomes of the arrows?",
    answer: "The surer D is, the harder it pushes: G's gradient has grown, and fakes reach the data.",
    holds: (seen) => seen.gradient > seen.firstGradient && seen.modes > 0,
  }),
  collapse: preset("Mode collapse", 1500, COLLAPSE, {
    show: ["arrows"],
    ask: "D learns much faster than G. How many of the 8 modes will G serve?",
    answer: "At most half of the modes are served, often one only: D's slopes lead all fakes to the same place.",
    holds: (seen) => seen.modes <= 4,
  }),
  cure: preset("Mode collapse, cured by R1", 8000, { ...COLLAPSE, r1: 0.1 }, {
    ask: "The same, but D pays for steep slopes at real points. How many modes now, and how sharp?",
    answer: "Seven or all 8 modes are served at all times. D's surface is gentle, and any fake can climb it, but slowly: "
      + "the fakes are still gathering.",
    holds: (seen) => seen.modes >= 7 && seen.quality > 0.12,
  }),
  cycling: preset("Round and round", 3000, LAGGING, {
    show: ["arrows"],
    ask: "D learns ten times more slowly than G. Where do the fakes settle?",
    answer: "Nowhere: they move from one bell to the other, all together, each time that D has noticed.",
    holds: (seen) => seen.hops >= 6 && seen.lastHop > 2000,
  }),
  calm: preset("Calmed by R1", 3000, { ...LAGGING, r1: 10 }, {
    ask: "The same slow D, with a strong R1 penalty. Will the fakes go on moving to and fro?",
    answer: "After a few swings they stay: both bells are served at the same time.",
    holds: (seen) => seen.lastHop < 1500 && seen.modes === 2 && seen.quality > 0.7,
  }),
  clip: preset("Wasserstein, clipped critic", 800, { ...CRITIC, loss: "wasserstein_clip" }, {
    show: ["arrows"],
    ask: "Clipping keeps the critic smooth by keeping its weights small. What shape can its surface have?",
    answer: "Almost none: G's gradient is thousands of times smaller than with the penalty, and the fakes are a blur.",
    holds: (seen) => seen.quality < 0.06 && seen.gradient < 0.01,
  }),
  penalty: preset("Wasserstein, gradient penalty", 800, { ...CRITIC, loss: "wasserstein_gp" }, {
    show: ["arrows"],
    ask: "Now the critic's slope is asked to be 1 between real and fake. What changes?",
    answer: "The surface has a slope everywhere, the arrows live, and the fakes find the 8 modes.",
    holds: (seen) => seen.quality > 0.1 && seen.modes === 8 && seen.gradient > 0.1,
  }),
  thread: preset("Noise of one number", 3000, { latent: 1 }, {
    show: ["manifold"],
    ask: "With one number of noise, all that G can make is a curve. Can a curve be eight separate dots?",
    answer: "It runs from mode to mode and cannot be cut: some fakes always lie on the way between them.",
    holds: (seen) => seen.modes >= 5 && seen.quality < 0.75,
  }),
  roll: preset("Swiss roll", 3000, { data: "roll" }, {
    show: ["manifold"],
    ask: "The noise fills a round cloud. How can it be laid along a spiral?",
    answer: "G stretches and rolls the grid of noise like dough, thin where the data are thin.",
    holds: (seen) => seen.modes >= 17 && seen.quality > 0.5,
  }),
};

// A drawing needs points.
function mend(setting, preset) {
  if (setting.data !== "drawn" || setting.points !== "") return "";
  setting.data = preset.data;
  return "its drawing has no points";
}

export const { parse, format } = linksOf(FIELDS, PRESETS, mend);
