// A GAN of two of network.js's perceptrons: losses, penalties and the run, one player's update at a time. No page here
// either; draw.js and digits.js show what it does, and tests/gan/lab/test_engine.py holds every update against PyTorch's.
import { plain } from "./arithmetic.js";
import { adam, backward, backwardOfSlope, forward, mlp, parametersOf, tape } from "./network.js";

// Random numbers that a seed repeats (the generator is known as mulberry32) ------------------------------------------
export function randomness(seed) {
  let state = (seed + 1) * 0x9e3779b9 >>> 0, spare;
  function uniform() {                                         // from 0 to below 1
    state = state + 0x6d2b79f5 >>> 0;
    let t = Math.imul(state ^ state >>> 15, state | 1);
    t ^= t + Math.imul(t ^ t >>> 7, t | 61);
    return ((t ^ t >>> 14) >>> 0) / 4294967296;
  }
  function normal() {                                          // Box and Muller's come in pairs
    if (spare !== undefined) { const kept = spare; spare = undefined; return kept; }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform())), angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
  return { uniform, normal };
}

// Losses, on logits as in gan/losses.py: what a real sample, a fake, and G pay, each as [value, slope in the logit] ---
const softplus = (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));
export const sigmoid = (a) => 1 / (1 + Math.exp(-a));
const crossEntropy = { real: (a) => [softplus(-a), sigmoid(a) - 1], fake: (a) => [softplus(a), sigmoid(a)] };
const critic = { real: (a) => [-a, -1], fake: (a) => [a, 1] };

export const LOSSES = {
  minimax: { ...crossEntropy, generator: (a) => [-softplus(a), -sigmoid(a)] },
  non_saturating: { ...crossEntropy, generator: (a) => [softplus(-a), sigmoid(a) - 1] },
  least_squares: {
    real: (a) => [(a - 1) ** 2 / 2, a - 1], fake: (a) => [a ** 2 / 2, a], generator: (a) => [(a - 1) ** 2 / 2, a - 1],
  },
  hinge: {
    real: (a) => [Math.max(1 - a, 0), a < 1 ? -1 : 0], fake: (a) => [Math.max(1 + a, 0), a > -1 ? 1 : 0],
    generator: critic.real,
  },
  wasserstein: { ...critic, generator: critic.real },
};

// The middle of what D says: a cross-entropy D's 1/2, least squares' 1/2, and for critics, whose height means nothing,
// the middle of what they give to all. From -1, fake, to 1, real.
export function verdicts(loss, logits) {
  if (loss === "least_squares") return logits.map((a) => Math.max(-1, Math.min(1, 2 * a - 1)));
  if (loss === "hinge") return logits.map((a) => Math.max(-1, Math.min(1, a)));
  if (loss !== "wasserstein") return logits.map((a) => 2 * sigmoid(a) - 1);
  let low = Infinity, high = -Infinity;
  for (const a of logits) { low = Math.min(low, a); high = Math.max(high, a); }
  return logits.map((a) => 2 * (a - low) / (high - low || 1) - 1);
}

// Penalties on D's slope g at a point, as in gan/penalties.py: [value, slope in |g|^2 / 2], so that its slope in g is
// the second times g.
const r1 = (gamma) => (squared) => [gamma / 2 * squared, gamma];
function towardsOne(weight) {
  return (squared) => {
    const length = Math.sqrt(squared + 1e-12);
    return [weight * (length - 1) ** 2, 2 * weight * (length - 1) / length];
  };
}

// Adds the mean penalty at `points` to D's gradients and returns it.
export function penalise(D, tape, points, penalty) {
  const { rows, u } = tape, dims = u.length / rows;
  forward(D, tape, points);
  const g = backward(D, tape, new Float64Array(rows).fill(1), false);
  let total = 0;
  for (let r = 0; r < rows; r++) {
    let squared = 0;
    for (let k = r * dims; k < (r + 1) * dims; k++) squared += g[k] ** 2;
    const [value, slope] = penalty(squared);
    total += value / rows;
    for (let k = r * dims; k < (r + 1) * dims; k++) u[k] = slope * g[k] / rows;
  }
  backwardOfSlope(D, tape, u);
  return total;
}

// A run: Algorithm 1 of Goodfellow et al. 2014, one player's update at a time ---------------------------------------
// `setting` has loss, lr, d_lr, beta1, d_steps, width, latent, batch, seed, r1 (gamma, 0: off), gp (weight, 0: off) and
// clip (0: off); `draw(out, random)` fills a batch with real samples, of `dims` numbers each. `squash`: fakes lie from
// -1 to 1. `ema`: how much of an average of G, run.average, stays from step to step (0: none). `r1_every`: R1 at each
// so many updates of D alone, and as many times as strong.
export function start(setting, draw, { dims = 2, squash = false, arithmetic = plain } = {}) {
  arithmetic.forget();
  const random = randomness(setting.seed), { width, latent, batch, ema = 0 } = setting, { numbers } = arithmetic;
  const G = mlp([latent, width, width, dims], random, { arithmetic, squash });
  const D = mlp([dims, width, width, 1], random, { arithmetic });
  const average = ema ? mlp([latent, width, width, dims], randomness(0), { arithmetic, squash }) : G;
  parametersOf(average).forEach(({ value }, k) => value.set(parametersOf(G)[k].value));
  return {
    setting, draw, random, G, D, average, dims, steps: 0, dSteps: 0, dLoss: NaN, gLoss: NaN, gNorm: NaN,
    z: new Float64Array(batch * latent), both: numbers(2 * dims * batch), fresh: false,
    gTape: tape(G, batch), dTape: tape(D, 2 * batch), oneTape: tape(D, batch),
  };
}

function makeFakes(run) {
  for (let k = 0; k < run.z.length; k++) run.z[k] = run.random.normal();
  run.fresh = true;
  return forward(run.G, run.gTape, run.z);
}

export function stepD(run) {
  const { setting, D, both, random, dims } = run, { batch, r1_every: every = 1 } = setting;
  const loss = LOSSES[setting.loss];
  const real = both.subarray(0, dims * batch), fake = both.subarray(dims * batch);       // D judges them in one pass
  run.draw(real, random);
  fake.set(makeFakes(run));
  const logits = forward(D, run.dTape, both), slopes = new Float64Array(2 * batch);
  run.dLoss = 0;
  for (let r = 0; r < 2 * batch; r++) {
    const [value, slope] = (r < batch ? loss.real : loss.fake)(logits[r]);
    run.dLoss += value / batch;
    slopes[r] = slope / batch;
  }
  backward(D, run.dTape, slopes);
  if (setting.r1 && run.dSteps % every === 0) run.dLoss += penalise(D, run.oneTape, real, r1(every * setting.r1));
  if (setting.gp) run.dLoss += penalise(D, run.oneTape, between(real, fake, dims, random), towardsOne(setting.gp));
  adam(D, setting.d_lr, setting.beta1, setting.beta2);
  if (setting.clip) {
    const bound = setting.clip;
    for (const { value } of parametersOf(D))
      for (let k = 0; k < value.length; k++) value[k] = Math.min(Math.max(value[k], -bound), bound);
  }
  run.dSteps++;
}

// A random point on the line from each real sample to a fake: where WGAN-GP asks for slope 1.
function between(real, fake, dims, random) {
  const points = new Float64Array(real.length);
  for (let r = 0; r < points.length; r += dims) {
    const t = random.uniform();
    for (let k = r; k < r + dims; k++) points[k] = real[k] + t * (fake[k] - real[k]);
  }
  return points;
}

// G meets the fakes that D has just learned from, as in gan.train; on its own it makes new ones.
export function stepG(run) {
  const { setting, G, D, gTape, oneTape } = run, { batch } = setting, { generator } = LOSSES[setting.loss];
  if (!run.fresh) makeFakes(run);
  const logits = forward(D, oneTape, gTape.y.at(-1)), slopes = new Float64Array(batch);
  run.gLoss = 0;
  for (let r = 0; r < batch; r++) {
    const [value, slope] = generator(logits[r]);
    run.gLoss += value / batch;
    slopes[r] = slope / batch;
  }
  backward(G, gTape, backward(D, oneTape, slopes, false));
  run.gNorm = adam(G, setting.lr, setting.beta1, setting.beta2);
  if (setting.ema) {
    const theirs = parametersOf(G), share = 1 - setting.ema;
    parametersOf(run.average).forEach(({ value }, p) => {
      for (let k = 0; k < value.length; k++) value[k] += share * (theirs[p].value[k] - value[k]);
    });
  }
  run.fresh = false;
  run.steps++;
}

export function step(run) {
  for (let k = 0; k < run.setting.d_steps; k++) stepD(run);
  stepG(run);
}
