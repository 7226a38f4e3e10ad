// The lab's data sets. Each has `centres` to count fakes by, `radius` (how near to one a fake must be to be of high
// quality), `extent` (how far the drawing reaches) and draw(out, random), which fills a batch with real points.
function bells(centres, std, extent) {
  function draw(out, random) {
    for (let k = 0; k < out.length; k += 2) {
      const [x, y] = centres[Math.floor(random.uniform() * centres.length)];
      out[k] = x + std * random.normal();
      out[k + 1] = y + std * random.normal();
    }
  }
  return { centres, radius: 3 * std, extent, draw, parts: "modes" };           // 3 std: as VEEGAN counts
}

const range = (n) => Array.from({ length: n }, (_, k) => k);
const circle = range(8).map((k) => [Math.cos(k * Math.PI / 4), Math.sin(k * Math.PI / 4)]);
const square = range(25).map((k) => [2 * (k % 5) - 4, 2 * Math.floor(k / 5) - 4]);

function rollAt(u) {                                           // u from 0, inside, to 1, outside
  const angle = 1.5 * Math.PI * (1 + 2 * u), radius = angle / (3 * Math.PI);
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

const roll = {
  centres: range(20).map((k) => rollAt((k + 0.5) / 20)), radius: 0.25, extent: 2, parts: "parts of the roll",
  draw(out, random) {
    for (let k = 0; k < out.length; k += 2) {
      const [x, y] = rollAt(random.uniform());
      out[k] = x + 0.04 * random.normal();
      out[k + 1] = y + 0.04 * random.normal();
    }
  },
};

export const DATA = {
  ring: { label: "ring of 8", ...bells(circle, 0.02, 1.7) },
  grid: { label: "grid of 25", ...bells(square, 0.05, 5.5) },
  two: { label: "two bells", ...bells([[-1, 0], [1, 0]], 0.2, 2.2) },
  roll: { label: "Swiss roll", ...roll },
};

// A drawing is up to 60 points within 1.5 of the middle; in a link each coordinate is two digits of base 36.
export const MOST_POINTS = 60;
const REACH = 1.5, LEVELS = 36 * 36 - 1;

function drawn(points) {
  return { ...bells(points, 0.06, 1.9), radius: 0.18, parts: "drawn points", label: "your drawing" };
}

export function encode(points) {
  const digits = (v) => Math.round((Math.max(-REACH, Math.min(REACH, v)) / REACH + 1) / 2 * LEVELS).toString(36);
  return points.flat().map((v) => digits(v).padStart(2, "0")).join("");
}

export function decode(text) {
  const numbers = (text.match(/../g) ?? []).map((two) => (parseInt(two, 36) / LEVELS * 2 - 1) * REACH);
  return range(numbers.length / 2).map((k) => [numbers[2 * k], numbers[2 * k + 1]]);
}

export const dataOf = (setting) => setting.data === "drawn" ? drawn(decode(setting.points)) : DATA[setting.data];
