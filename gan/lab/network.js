// Small multilayer perceptrons, linear layers with LeakyReLU between as gan.models.mlp_pair makes them, with gradients
// worked out by hand, and Adam. No page: numbers in, numbers out, added up by arithmetic.js. tests/gan/lab/test_engine.py
// holds every gradient against PyTorch's.
//
// Shapes are as in PyTorch: a batch is (rows, features), a layer's weights are (outputs, inputs), row after row.
import { plain } from "./arithmetic.js";

const SLOPE = 0.2;                                             // of LeakyReLU below 0

// `squash`: tanh at the end, for what lies from -1 to 1.
export function mlp(sizes, random, { arithmetic = plain, squash = false } = {}) {
  const layers = [], { numbers } = arithmetic;
  for (let l = 0; l + 1 < sizes.length; l++) {
    const [inputs, outputs] = [sizes[l], sizes[l + 1]], bound = 1 / Math.sqrt(inputs);       // PyTorch's default
    const parameter = (size) => {
      const made = { value: numbers(size), gradient: numbers(size), mean: numbers(size), square: numbers(size) };
      for (let k = 0; k < size; k++) made.value[k] = bound * (2 * random.uniform() - 1);
      return made;
    };
    layers.push({ inputs, outputs, weight: parameter(inputs * outputs), bias: parameter(outputs) });
  }
  return { layers, arithmetic, squash, updates: 0 };
}

export const parametersOf = (net) => net.layers.flatMap(({ weight, bias }) => [weight, bias]);

// Where the passes of one batch through a network leave their numbers: x and u as they were given, each layer's y, dy
// and tangent, and dx.
export function tape(net, rows) {
  const { numbers } = net.arithmetic, each = () => net.layers.map(({ outputs }) => numbers(rows * outputs));
  const inputs = () => numbers(rows * net.layers[0].inputs);
  return { rows, x: inputs(), y: each(), dy: each(), tangent: each(), u: inputs(), dx: inputs() };
}

export function forward(net, tape, given) {
  const { rows } = tape, last = net.layers.length - 1, { inner, fill } = net.arithmetic;
  let x = fill(tape.x, given);
  net.layers.forEach(({ inputs, outputs, weight, bias }, l) => {
    const y = tape.y[l];
    for (let r = 0; r < rows; r++) y.set(bias.value, r * outputs);
    inner(y, x, weight.value, rows, outputs, inputs);
    if (l < last) for (let k = 0; k < y.length; k++) if (y[k] < 0) y[k] *= SLOPE;
    if (l === last && net.squash) for (let k = 0; k < y.length; k++) y[k] = Math.tanh(y[k]);
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
  const { rows } = tape, last = net.layers.length - 1, { outer, fill } = net.arithmetic;
  const end = fill(tape.dy[last], dy), y = tape.y[last];
  if (net.squash) for (let k = 0; k < end.length; k++) end[k] *= 1 - y[k] * y[k];
  for (let l = last; l >= 0; l--) {
    const { inputs, outputs, weight, bias } = net.layers[l], d = tape.dy[l];
    if (learns) {
      outer(weight.gradient, d, 1, outputs, l ? tape.y[l - 1] : tape.x, outputs, inputs, rows);
      for (let k = 0, r = 0; k < d.length; k++) { bias.gradient[r] += d[k]; if (++r === outputs) r = 0; }
    }
    const below = l ? tape.dy[l - 1] : tape.dx;
    below.fill(0);
    outer(below, d, outputs, 1, weight.value, rows, inputs, outputs);
    if (l) throughActivation(below, tape.y[l - 1]);
  }
  return tape.dx;                                              // (rows, inputs)
}

// Double back-propagation. After backward(net, tape, ones, false), dx is the network's own slope g in x, and this adds
// the weights' gradient of the sum over rows of u . g, with u held. As LeakyReLU has no second derivative (almost
// everywhere), g = W1' m1 W2' m2 ... is a chain of matrices with fixed masks m. Its slope in W_l is the outer product
// of what comes down to layer l, dy_l, with what comes up to it, u sent through the layers below as x is, without
// biases and with the same masks. Biases only choose masks: they get nothing. (Not for a net that squashes.)
export function backwardOfSlope(net, tape, given) {
  const { rows } = tape, last = net.layers.length - 1, { inner, outer, fill } = net.arithmetic;
  let u = fill(tape.u, given);
  net.layers.forEach(({ inputs, outputs, weight }, l) => {
    outer(weight.gradient, tape.dy[l], 1, outputs, u, outputs, inputs, rows);
    if (l === last) return;
    const t = tape.tangent[l].fill(0);
    inner(t, u, weight.value, rows, outputs, inputs);
    throughActivation(t, tape.y[l]);
    u = t;
  });
}

// Adam, as PyTorch's: Kingma & Ba 2015, Algorithm 1. Returns how large the gradient was, and forgets it --------------
export function adam(net, rate, beta1, beta2 = 0.999) {
  const t = ++net.updates, size = rate / (1 - beta1 ** t), root = Math.sqrt(1 - beta2 ** t);
  let squares = 0;
  for (const parameter of parametersOf(net)) squares += net.arithmetic.adam(parameter, size, root, beta1, beta2);
  return Math.sqrt(squares);
}
