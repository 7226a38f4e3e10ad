// A GAN of two small multilayer perceptrons, with its gradients worked out by hand. No page, no dependency: numbers in,
// numbers out. gan/lab.js draws what it does; tests/gan/test_lab_engine.py holds every gradient against PyTorch's.
//
// Shapes are as in PyTorch: a batch is (rows, features), a layer's weights are (outputs, inputs), row after row.

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

// Networks: linear layers with LeakyReLU between, as gan.models.mlp_pair makes them ----------------------------------
export const SLOPE = 0.2;                                      // of LeakyReLU below 0

export function mlp(sizes, random) {
  const layers = [];
  for (let l = 0; l + 1 < sizes.length; l++) {
    const [inputs, outputs] = [sizes[l], sizes[l + 1]], bound = 1 / Math.sqrt(inputs);       // PyTorch's default
    const parameter = (size) => ({
      value: Float64Array.from({ length: size }, () => bound * (2 * random.uniform() - 1)),
      gradient: new Float64Array(size), mean: new Float64Array(size), square: new Float64Array(size),
    });
    layers.push({ inputs, outputs, weight: parameter(inputs * outputs), bias: parameter(outputs) });
  }
  return { layers, updates: 0 };
}

export const parametersOf = (net) => net.layers.flatMap(({ weight, bias }) => [weight, bias]);

// Where the passes of one batch through a network leave their numbers: each layer's y, dy and tangent, and dx.
export function tape(net, rows) {
  const each = () => net.layers.map(({ outputs }) => new Float64Array(rows * outputs));
  return { rows, x: null, y: each(), dy: each(), tangent: each(), dx: new Float64Array(rows * net.layers[0].inputs) };
}

// out[r, c] += sum over i of a[r, i] b[c, i]. All the time is spent here, and eight sums at once halve it. A matrix
// comes with its two strides, so that a layer's three products (output, both gradients) are this one.
function addProduct(out, a, aRow, aStep, b, bRow, bStep, rows, columns, inner) {
  const evenRows = rows - rows % 4, evenColumns = columns - columns % 2;
  for (let r = 0; r < evenRows; r += 4) {
    for (let c = 0; c < evenColumns; c += 2) {
      let s00 = 0, s10 = 0, s20 = 0, s30 = 0, s01 = 0, s11 = 0, s21 = 0, s31 = 0;
      for (let i = 0, p = r * aRow, q = c * bRow; i < inner; i++, p += aStep, q += bStep) {
        const b0 = b[q], b1 = b[q + bRow];
        const a0 = a[p], a1 = a[p + aRow], a2 = a[p + 2 * aRow], a3 = a[p + 3 * aRow];
        s00 += a0 * b0; s10 += a1 * b0; s20 += a2 * b0; s30 += a3 * b0;
        s01 += a0 * b1; s11 += a1 * b1; s21 += a2 * b1; s31 += a3 * b1;
      }
      const o0 = r * columns + c, o1 = o0 + columns, o2 = o1 + columns, o3 = o2 + columns;
      out[o0] += s00; out[o1] += s10; out[o2] += s20; out[o3] += s30;
      out[o0 + 1] += s01; out[o1 + 1] += s11; out[o2 + 1] += s21; out[o3 + 1] += s31;
    }
  }
  for (let r = 0; r < rows; r++) {                             // what the blocks of 4 x 2 leave over
    for (let c = r < evenRows ? evenColumns : 0; c < columns; c++) {
      let sum = 0;
      for (let i = 0, p = r * aRow, q = c * bRow; i < inner; i++, p += aStep, q += bStep) sum += a[p] * b[q];
      out[r * columns + c] += sum;
    }
  }
}

export function forward(net, tape, x) {
  const { rows } = tape, last = net.layers.length - 1;
  tape.x = x;
  net.layers.forEach(({ inputs, outputs, weight, bias }, l) => {
    const y = tape.y[l];
    for (let r = 0; r < rows; r++) y.set(bias.value, r * outputs);
    addProduct(y, x, inputs, 1, weight.value, inputs, 1, rows, outputs, inputs);
    if (l < last) for (let k = 0; k < y.length; k++) if (y[k] < 0) y[k] *= SLOPE;
    x = y;
  });
  return x;                                                    // (rows, outputs)
}

// LeakyReLU keeps signs, so its output tells which of its two slopes it was on.
function throughActivation(d, y) {
  for (let k = 0; k < d.length; k++) if (y[k] <= 0) d[k] *= SLOPE;
}

// Back-propagation of dy, the slope of some total in the outputs. Adds to the parameters' gradients unless told that
// only `dx`, the slope in the inputs, is wanted: the player that stands still passes gradients on, at half the cost.
export function backward(net, tape, dy, learns = true) {
  const { rows } = tape, last = net.layers.length - 1;
  tape.dy[last].set(dy);
  for (let l = last; l >= 0; l--) {
    const { inputs, outputs, weight, bias } = net.layers[l], d = tape.dy[l];
    if (learns) {
      addProduct(weight.gradient, d, 1, outputs, l ? tape.y[l - 1] : tape.x, 1, inputs, outputs, inputs, rows);
      for (let k = 0, r = 0; k < d.length; k++) { bias.gradient[r] += d[k]; if (++r === outputs) r = 0; }
    }
    const below = l ? tape.dy[l - 1] : tape.dx;
    below.fill(0);
    addProduct(below, d, outputs, 1, weight.value, 1, inputs, rows, inputs, outputs);
    if (l) throughActivation(below, tape.y[l - 1]);
  }
  return tape.dx;                                              // (rows, inputs)
}

// Double back-propagation. After backward(net, tape, ones, false), dx is the network's own slope g in x, and this adds
// the weights' gradient of the sum over rows of u . g, with u held. As LeakyReLU has no second derivative (almost
// everywhere), g = W1' m1 W2' m2 ... is a chain of matrices with fixed masks m. Its slope in W_l is the outer product
// of what comes down to layer l, dy_l, with what comes up to it, u sent through the layers below as x is, without
// biases and with the same masks. Biases only choose masks: they get nothing.
export function backwardOfSlope(net, tape, u) {
  const { rows } = tape, last = net.layers.length - 1;
  net.layers.forEach(({ inputs, outputs, weight }, l) => {
    addProduct(weight.gradient, tape.dy[l], 1, outputs, u, 1, inputs, outputs, inputs, rows);
    if (l === last) return;
    const t = tape.tangent[l].fill(0);
    addProduct(t, u, inputs, 1, weight.value, inputs, 1, rows, outputs, inputs);
    throughActivation(t, tape.y[l]);
    u = t;
  });
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
  const { rows } = tape, u = new Float64Array(2 * rows);
  forward(D, tape, points);
  const g = backward(D, tape, new Float64Array(rows).fill(1), false);
  let total = 0;
  for (let r = 0; r < rows; r++) {
    const [value, slope] = penalty(g[2 * r] ** 2 + g[2 * r + 1] ** 2);
    total += value / rows;
    u[2 * r] = slope * g[2 * r] / rows;
    u[2 * r + 1] = slope * g[2 * r + 1] / rows;
  }
  backwardOfSlope(D, tape, u);
  return total;
}

// Adam, as PyTorch's: Kingma & Ba 2015, Algorithm 1. Returns how large the gradient was, and forgets it --------------
export function adam(net, rate, beta1, beta2 = 0.999) {
  const t = ++net.updates, size = rate / (1 - beta1 ** t), root = Math.sqrt(1 - beta2 ** t);
  let squares = 0;
  for (const { value, gradient, mean, square } of parametersOf(net)) {
    for (let k = 0; k < value.length; k++) {
      const g = gradient[k];
      squares += g * g;
      mean[k] += (1 - beta1) * (g - mean[k]);
      square[k] += (1 - beta2) * (g * g - square[k]);
      value[k] -= size * mean[k] / (Math.sqrt(square[k]) / root + 1e-8);
    }
    gradient.fill(0);
  }
  return Math.sqrt(squares);
}

// A run: Algorithm 1 of Goodfellow et al. 2014, one player's update at a time ---------------------------------------
// `setting` has loss, lr, d_lr, beta1, d_steps, width, latent, batch, seed, r1 (gamma, 0: off), gp (weight, 0: off) and
// clip (0: off); `draw(out, random)` fills a batch with real points, two numbers each.
export function start(setting, draw) {
  const random = randomness(setting.seed), { width, latent, batch } = setting;
  const G = mlp([latent, width, width, 2], random), D = mlp([2, width, width, 1], random);
  return {
    setting, draw, random, G, D, steps: 0, dSteps: 0, dLoss: NaN, gLoss: NaN, gNorm: NaN,
    z: new Float64Array(batch * latent), both: new Float64Array(4 * batch), fresh: false,
    gTape: tape(G, batch), dTape: tape(D, 2 * batch), oneTape: tape(D, batch),
  };
}

function makeFakes(run) {
  for (let k = 0; k < run.z.length; k++) run.z[k] = run.random.normal();
  run.fresh = true;
  return forward(run.G, run.gTape, run.z);
}

export function stepD(run) {
  const { setting, D, both, random } = run, { batch } = setting, loss = LOSSES[setting.loss];
  const real = both.subarray(0, 2 * batch), fake = both.subarray(2 * batch);     // D judges them in one pass
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
  if (setting.r1) run.dLoss += penalise(D, run.oneTape, real, r1(setting.r1));
  if (setting.gp) run.dLoss += penalise(D, run.oneTape, between(real, fake, random), towardsOne(setting.gp));
  adam(D, setting.d_lr, setting.beta1);
  if (setting.clip) {
    const bound = setting.clip;
    for (const { value } of parametersOf(D))
      for (let k = 0; k < value.length; k++) value[k] = Math.min(Math.max(value[k], -bound), bound);
  }
  run.dSteps++;
}

// A random point on the line from each real sample to a fake: where WGAN-GP asks for slope 1.
function between(real, fake, random) {
  const points = new Float64Array(real.length);
  for (let k = 0; k < points.length; k += 2) {
    const t = random.uniform();
    for (const j of [k, k + 1]) points[j] = real[j] + t * (fake[j] - real[j]);
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
  run.gNorm = adam(G, setting.lr, setting.beta1);
  run.fresh = false;
  run.steps++;
}

export function step(run) {
  for (let k = 0; k < run.setting.d_steps; k++) stepD(run);
  stepG(run);
}
