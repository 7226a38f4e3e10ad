// What can be chosen in the lab: a run's setting, as the page's form and as a link, and the presets.
import { DATA, MOST_POINTS } from "./data.js";

function choice(label, options) {
  return { label, options, good: (v) => Object.hasOwn(options, v), wanted: "a name the lab knows" };
}

function numeric(label, low, high, { whole = false, note = "" } = {}) {
  const good = (v) => Number.isFinite(v) && v >= low && v <= high && (!whole || Number.isInteger(v));
  return { label, low, high, whole, note, good, wanted: `a ${whole ? "whole " : ""}number from ${low} to ${high}` };
}

// In the order of the form. `live` ones take effect at once, in the middle of a run; the others start a new run.
const live = (field) => ({ ...field, live: true });
export const FIELDS = {
  data: choice("data", Object.fromEntries([...Object.entries(DATA).map(([key, { label }]) => [key, label]),
    ["drawn", "your drawing"]])),
  points: { label: "drawing", wanted: `1 to ${MOST_POINTS} points`, good: (v) => v === "" ||
    /^([0-9a-z]{4})+$/.test(v) && v.length <= 4 * MOST_POINTS },
  loss: live(choice("loss", {
    minimax: "minimax (saturating)", non_saturating: "non-saturating", least_squares: "least squares", hinge: "hinge",
    wasserstein_clip: "Wasserstein, clipped critic", wasserstein_gp: "Wasserstein, gradient penalty",
  })),
  clip: live(numeric("clip D's weights at", 0.001, 10)),
  gp: live(numeric("gradient penalty λ", 0, 100)),
  r1: live(numeric("R1 penalty γ", 0, 100, { note: "0: off" })),
  d_steps: live(numeric("D steps for each of G", 1, 20, { whole: true })),
  lr: live(numeric("learning rate of G", 0, 0.1)),
  d_lr: live(numeric("learning rate of D", 0, 0.1)),
  beta1: live(numeric("Adam's β₁", 0, 0.99)),
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
  cure: preset("Mode collapse, cured by R1", 1500, { ...COLLAPSE, r1: 0.1 }, {
    ask: "The same, but D pays for steep slopes at real points. How many modes now?",
    answer: "Seven or all 8 modes are served. D's surface is gentle, and any fake can climb it; "
      + "sharpness takes longer.",
    holds: (seen) => seen.modes >= 7,
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

// Links: #preset=name, and whatever differs from it. Returns the sentences that say what in a link was not understood.
export function parse(link) {
  const wanted = new URLSearchParams(link.replace(/^#/, "")), problems = [];
  let name = wanted.get("preset") ?? "first";
  if (!Object.hasOwn(PRESETS, name)) {
    problems.push(`it names no preset of the lab (“${name.slice(0, 30)}”)`);
    name = "first";
  }
  const setting = { ...PRESETS[name].setting };
  for (const [key, text] of wanted) {
    if (key === "preset") continue;
    const field = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
    const value = field && "low" in field ? (text.trim() === "" ? NaN : Number(text)) : text;
    if (!field) problems.push(`“${key.slice(0, 30)}” is no setting`);
    else if (!field.good(value)) problems.push(`“${key}=${text.slice(0, 30)}” is not ${field.wanted}`);
    else setting[key] = value;
  }
  if (setting.data === "drawn" && setting.points === "") {
    problems.push("its drawing has no points");
    setting.data = PRESETS[name].setting.data;
  }
  const problem = problems.length === 0 ? ""
    : `Not all of this link could be used: ${problems.join(", and ")}; the preset “${PRESETS[name].title}” fills in.`;
  return { preset: name, setting, problem };
}

export const isLink = (hash) => /^#?(\w+=[^&]*)(&\w+=[^&]*)*$/.test(hash);      // not the anchor of a heading

export function format(name, setting) {
  const changed = Object.keys(FIELDS).filter((key) => setting[key] !== PRESETS[name].setting[key]);
  return `preset=${name}` + changed.map((key) => `&${key}=${setting[key]}`).join("");
}

// The setting as the engine takes it.
export function forEngine(setting) {
  const loss = setting.loss.startsWith("wasserstein") ? "wasserstein" : setting.loss;
  const only = (name, value) => setting.loss === name ? value : 0;
  return { ...setting, loss, clip: only("wasserstein_clip", setting.clip), gp: only("wasserstein_gp", setting.gp) };
}
