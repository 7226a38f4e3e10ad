// Convolutional generators, run forward, in plain JavaScript. Numbers in, numbers out; no page, no dependency.
// Shapes are as in PyTorch, each array flat: an image is (channels, size, size), row by row. What a network is made of
// comes from gan/figures/convnet.py, and a test holds the pictures against PyTorch's.

// Numbers in half precision, two bytes each and the lower first, from base64.
export function halves(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), found = new Float32Array(bytes.length / 2);
  const unit = Float64Array.from({ length: 32 }, (_, exponent) => 2 ** (Math.max(exponent, 1) - 25));
  for (let i = 0; i < found.length; i++) {
    const bits = bytes[2 * i] | bytes[2 * i + 1] << 8, exponent = bits >> 10 & 31;
    const size = ((bits & 1023) + (exponent ? 1024 : 0)) * unit[exponent];
    found[i] = bits & 0x8000 ? -size : size;
  }
  return found;
}

// The nth number of a seed is a hash of both, the same on every machine; normal by Box and Muller, in pairs.
export function normals(seed, count) {
  const uniform = (n) => {                                     // above 0, up to 1
    let x = (Math.imul(seed, 0x9E3779B1) ^ Math.imul(n + 1, 0x85EBCA6B)) >>> 0;
    for (const multiplier of [0x7FEB352D, 0x846CA68B]) x = Math.imul(x ^ x >>> 15, multiplier) >>> 0;
    return (((x ^ x >>> 16) >>> 0) + 1) / 2 ** 32;
  };
  return Float64Array.from({ length: count }, (_, i) => {
    const radius = Math.sqrt(-2 * Math.log(uniform(i & ~1))), angle = 2 * Math.PI * uniform(i | 1);
    return radius * (i & 1 ? Math.sin(angle) : Math.cos(angle));
  });
}

// (inputs,) -> (outputs,); the weight is (outputs, inputs).
export function linear(x, weight, bias) {
  return bias.map((sum, o) => {
    for (let i = 0, w = o * x.length; i < x.length; i++, w++) sum += weight[w] * x[i];
    return sum;
  });
}

// A transposed convolution of stride 2, (inputs, size, size) -> (outputs, 2 size, 2 size); the weight is (inputs,
// outputs, kernel, kernel). Each pixel stamps its kernel, 2 further than its neighbour, and the edge is cut off.
export function up(x, weight, bias, kernel, padding) {
  const area = kernel ** 2, outputs = bias.length, inputs = weight.length / outputs / area;
  const size = Math.sqrt(x.length / inputs), wide = 2 * size - 2 + kernel, large = 2 * size;
  const made = new Float32Array(outputs * large ** 2), stamped = new Float64Array(wide ** 2);
  for (let o = 0; o < outputs; o++) {
    stamped.fill(bias[o]);
    for (let i = 0; i < inputs; i++)
      for (let k = 0; k < area; k++) {
        const w = weight[(i * outputs + o) * area + k], start = Math.floor(k / kernel) * wide + k % kernel;
        for (let row = 0, p = i * size ** 2; row < size; row++)
          for (let end = p + size, q = start + 2 * row * wide; p < end; p++, q += 2) stamped[q] += w * x[p];
      }
    for (let row = 0; row < large; row++) {
      const from = (row + padding) * wide + padding;
      made.set(stamped.subarray(from, from + large), (o * large + row) * large);
    }
  }
  return made;
}

// A convolution that keeps the size, its kernel odd, with zeros around; the weight is (outputs, inputs, kernel,
// kernel).
export function conv(x, weight, bias, kernel) {
  const area = kernel ** 2, outputs = bias.length, inputs = weight.length / outputs / area;
  const size = Math.sqrt(x.length / inputs), wide = size + kernel - 1, edge = (kernel - 1) / 2;
  const padded = new Float32Array(inputs * wide ** 2), made = new Float32Array(outputs * size ** 2);
  for (let i = 0; i < inputs; i++)
    for (let row = 0; row < size; row++) {
      const from = (i * size + row) * size;
      padded.set(x.subarray(from, from + size), (i * wide + row + edge) * wide + edge);
    }
  const sums = new Float64Array(size ** 2);
  for (let o = 0; o < outputs; o++) {
    sums.fill(bias[o]);
    for (let i = 0; i < inputs; i++)
      for (let k = 0; k < area; k++) {
        const w = weight[(o * inputs + i) * area + k];
        const start = (i * wide + Math.floor(k / kernel)) * wide + k % kernel;
        for (let row = 0, q = 0; row < size; row++)
          for (let p = start + row * wide, end = p + size; p < end; p++, q++) sums[q] += w * padded[p];
      }
    made.set(sums, o * size ** 2);
  }
  return made;
}

export const leaky = (x, slope) => x.map((v) => v < 0 ? slope * v : v);                // ReLU where the slope is 0

// A function x -> image of these layers and their weights, as gan.figures.convnet.exported gives them.
export function network(layers, weights) {
  const numbers = halves(weights);
  let at = 0;
  const steps = layers.map(({ kind, shape = [0], padding, slope }) => {
    const outputs = kind === "up" ? shape[1] : shape[0], count = shape.reduce((a, b) => a * b);
    const weight = numbers.subarray(at, at += count), bias = numbers.subarray(at, at += outputs);
    return {
      linear: (x) => linear(x, weight, bias),
      up: (x) => up(x, weight, bias, shape[2], padding),
      conv: (x) => conv(x, weight, bias, shape[2]),
      leaky: (x) => leaky(x, slope),
      tanh: (x) => x.map(Math.tanh),
    }[kind];
  });
  return (x) => steps.reduce((now, step) => step(now), Float32Array.from(x));
}
