// Small multilayer perceptrons, linear layers with LeakyReLU between as gan.models.mlp_pair makes them, with gradients
// worked out by hand, and Adam. No page, no dependency: numbers in, numbers out. tests/gan/lab/test_engine.py holds
// every gradient against PyTorch's.
//
// Shapes are as in PyTorch: a batch is (rows, features), a layer's weights are (outputs, inputs), row after row.

const SLOPE = 0.2;                                             // of LeakyReLU below 0

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
