// StyleGAN's generator, and an inspector of what it draws, run forward, in plain JavaScript. Numbers in, numbers out; no
// page. What they are made of comes from styletext.py beside it, and a test holds the pictures against PyTorch's.
import { conv, halves, leaky, linear, normals, up } from "./convnet.js";

const GAIN = Math.SQRT2, SLOPE = 0.2, NOISE_SEEDS = 1_000_000;

// What an input channel gives an output channel, summed over the kernel's squares: (inputs, outputs), flat.
function power(weight, inputs, outputs, area, doubles) {
  const sums = new Float64Array(inputs * outputs);
  for (let i = 0; i < inputs; i++)
    for (let o = 0; o < outputs; o++) {
      const from = (doubles ? i * outputs + o : o * inputs + i) * area;
      for (let k = from; k < from + area; k++) sums[i * outputs + o] += weight[k] ** 2 / (doubles ? 4 : 1);
    }
  return sums;
}

// Each channel of an image, (channels, size, size), multiplied by its own number.
const modulated = (x, s) => { const area = x.length / s.length; return x.map((v, k) => v * s[Math.floor(k / area)]); };

// `sizes` are those of the layers' pictures; `tensors` say how many numbers of the text `weights` belong to which name,
// and what they are multiplied by.
export function styleNet(sizes, tensors, weights) {
  const numbers = halves(weights), T = {};
  let at = 0;
  for (const [name, count, scale] of tensors) T[name] = numbers.subarray(at, at += count).map((v) => v * scale);
  const apply = (x, name) => linear(x, T[`${name}.weight`], T[`${name}.bias`]);
  const depth = tensors.filter(([name]) => /^mapping.*weight$/.test(name)).length;
  const layers = sizes.map((size, i) => {
    const name = `layers.${i}`, weight = T[`${name}.conv.weight`], bias = T[`${name}.conv.bias`];
    const inputs = T[`${name}.style.bias`].length, outputs = bias.length, area = weight.length / inputs / outputs;
    return { size, name, weight, bias, outputs, doubles: i > 0, none: new Float32Array(outputs),
             kernel: Math.sqrt(area), powers: power(weight, inputs, outputs, area, i > 0) };
  });

  function mapping(z) {
    const mean = z.reduce((sum, v) => sum + v * v, 0) / z.length;
    let w = Float32Array.from(z, (v) => v / Math.sqrt(mean + 1e-8));
    for (let i = 0; i < depth; i++) w = leaky(apply(w, `mapping.layers.${i}`), SLOPE);
    return w;
  }

  // A modulated and demodulated convolution, noise, leaky ReLU.
  function styled({ size, name, weight, bias, outputs, doubles, none, kernel, powers }, x, w, noise) {
    const s = apply(w, `${name}.style`), strength = noise ? T[`${name}.strength`][0] : 0;
    const made = doubles ? up(modulated(x, s), weight, none, kernel, 1) : conv(modulated(x, s), weight, none, kernel);
    for (let o = 0, k = 0; o < outputs; o++) {
      const spread = Math.sqrt(s.reduce((sum, v, i) => sum + v * v * powers[i * outputs + o], 1e-8));
      for (let p = 0; p < size * size; p++, k++)
        made[k] = made[k] * GAIN / spread + bias[o] + (noise ? strength * noise[p] : 0);
    }
    return leaky(made, SLOPE);
  }

  // A w for each layer, and a map of noise for each or none -> an image, (3, size, size).
  function synthesis(ws, noise) {
    let x = T.constant;
    for (const [i, layer] of layers.entries()) x = styled(layer, x, ws[i], noise?.[i]);
    return conv(modulated(x, apply(ws.at(-1), "to_rgb.style")), T["to_rgb.conv.weight"], T["to_rgb.conv.bias"], 1);
  }

  return { mapping, synthesis };
}

// The maps of a seed, one for each layer; none for 0.
export function noiseMaps(sizes, seed) {
  if (!seed) return null;
  const numbers = normals(NOISE_SEEDS + seed, sizes.reduce((sum, size) => sum + size ** 2, 0));
  let at = 0;
  return sizes.map((size) => numbers.subarray(at, at += size ** 2));
}

// Every second row and column.
function halved(x, channels) {
  const size = Math.sqrt(x.length / channels), small = size / 2;
  return Float32Array.from({ length: x.length / 4 }, (_, k) => {
    const column = k % small, row = Math.floor(k / small) % small, channel = Math.floor(k / small ** 2);
    return x[(channel * size + 2 * row) * size + 2 * column];
  });
}

// A function from an image, (3, size, size), to the inspector's outputs: convolutions that halve, and a linear layer.
export function inspectorOf({ shapes, weights }) {
  const numbers = halves(weights);
  let at = 0;
  const convs = shapes.map((shape) => {
    const outputs = shape[0];
    const weight = numbers.subarray(at, at += shape.reduce((a, b) => a * b));
    return { outputs, kernel: shape[2], weight, bias: numbers.subarray(at, at += outputs) };
  });
  return (image) => {
    let x = Float32Array.from(image, (v) => Math.min(1, Math.max(-1, v)));           // as it is seen
    for (const { outputs, kernel, weight, bias } of convs)
      x = leaky(halved(conv(x, weight, bias, kernel), outputs), 0);
    const rest = numbers.length - at, outputs = rest / (x.length + 1);
    return linear(x, numbers.subarray(at, at + outputs * x.length), numbers.subarray(numbers.length - outputs));
  };
}
