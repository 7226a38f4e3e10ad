// What a conditional generator makes of the same z while the reader chooses y. The network is convnet.js; all is
// computed here: in Jupyter and, without a kernel, on the book's pages.
import { element, number } from "./page.js";
import { network, normals } from "./convnet.js";

// Where each attribute stands in y: two values share one number, of more each has its own.
export function placesOf(attributes) {
  let end = 0;
  return attributes.map(([name, values]) => {
    const start = end;
    end += values.length === 2 ? 1 : values.length;
    return { name, values, start, end };
  });
}

function partInWords({ name, values, start, end }, y) {
  if (end > start + 1) return `${name} ${values[chosen(y, start, end)]}`;
  const share = y[start];
  return share > 0 && share < 1 ? `${name} ${number(share)} of the way from ${values[0]} to ${values[1]}`
    : `${name} ${values[share]}`;
}

const chosen = (y, start, end) => y.slice(start, end).indexOf(Math.max(...y.slice(start, end)));

export const inWords = (attributes, y) => placesOf(attributes).map((place) => partInWords(place, y)).join(", ");

// The z's of a seed, and for 0 those given.
export const noiseOf = (seed, first) => seed ? first.map((z, i) => [...normals(seed * 64 + i, z.length)]) : first;

// Images side by side on a canvas, up to 4 in a row; what is between them stays clear.
function put(canvas, images, channels) {
  const n = images.length, size = Math.sqrt(images[0].length / channels);
  const gap = Math.max(1, Math.floor(size / 16)), columns = Math.ceil(n / Math.ceil(n / 4));
  canvas.width = columns * (size + gap) - gap;
  canvas.height = Math.ceil(n / columns) * (size + gap) - gap;
  const pen = canvas.getContext("2d");
  for (const [i, image] of images.entries()) {
    const picture = new ImageData(size, size);
    for (let k = 0; k < size * size; k++) {
      for (let c = 0; c < 3; c++) picture.data[4 * k + c] = (image[(c % channels) * size * size + k] + 1) * 127.5;
      picture.data[4 * k + 3] = 255;
    }
    pen.putImageData(picture, i % columns * (size + gap), Math.floor(i / columns) * (size + gap));
  }
}

// A row for one attribute: its two values with what lies between, or a choice of many. `change` takes its part of y.
function rowOf({ name, values, start, end }, change) {
  const label = element("span", { className: "name", textContent: name });
  if (end > start + 1) {
    const onchange = () => change(values.map((_, i) => Number(i === select.selectedIndex)));
    const select = element("select", { attributes: { "aria-label": name }, onchange },
      ...values.map((value) => element("option", { textContent: value })));
    return { row: element("label", { className: "attribute" }, label, select),
             show: (y) => { select.selectedIndex = chosen(y, start, end); } };
  }
  const buttons = values.map((textContent, i) => element("button", { type: "button", textContent,
    attributes: { "aria-label": `${name}: ${textContent}` }, onclick: () => change([i]) }));
  const attributes = { min: 0, max: 1, step: 0.05, "aria-label": `${name}, from ${values[0]} to ${values[1]}` };
  const slider = element("input", { type: "range", attributes, oninput: () => change([slider.valueAsNumber]) });
  return {
    row: element("div", { className: "attribute", attributes: { role: "group", "aria-label": name } },
      label, buttons[0], slider, buttons[1]),
    show(y) {
      slider.value = y[start];
      slider.setAttribute("aria-valuetext", partInWords({ name, values, start, end }, y));
      buttons.forEach((button, i) => button.setAttribute("aria-pressed", y[start] === i));
    },
  };
}

function render({ model, el }) {
  const get = (name) => model.get(name), attributes = get("attributes");
  const set = (name, value) => { model.set(name, value); model.save_changes(); };
  const G = network(get("layers"), get("weights"));
  const { kind, shape } = get("layers").filter((layer) => layer.shape).at(-1), channels = shape[Number(kind === "up")];
  const canvas = element("canvas", { attributes: { role: "img" } });
  const words = element("p", { attributes: { "aria-live": "polite" } });
  const button = (textContent, onclick) => element("button", { type: "button", textContent, onclick });
  const buttons = element("div", { className: "buttons" }, button("New faces", () => set("seed", get("seed") + 1)),
    button("The first faces", () => set("seed", 0)));
  const rows = placesOf(attributes).map((place) => rowOf(place, (part) => {
    const y = get("y");
    set("y", [...y.slice(0, place.start), ...part, ...y.slice(place.end)]);
  }));

  function paint() {
    const y = get("y"), seed = get("seed"), z = noiseOf(seed, get("z"));
    put(canvas, z.map((one) => G([...one, ...y])), channels);
    for (const { show } of rows) show(y);
    const asked = inWords(attributes, y), which = seed ? `new faces, number ${seed}: other z's` : "the first faces";
    canvas.setAttribute("aria-label", `${z.length} faces that G makes when asked for ${asked}`);
    words.textContent = `Asked for: ${asked}; y = (${y.map((v) => number(v, v % 1 ? 2 : 0)).join(", ")}). `
      + `These are ${which}.`;
  }

  model.on("change:y", paint);
  model.on("change:seed", paint);
  paint();
  el.append(element("figure", { className: "gan-asked" }, canvas, buttons, ...rows.map(({ row }) => row), words));
  return () => { model.off("change:y", paint); model.off("change:seed", paint); };
}

export default { render };
