// A face, its factors, and what changes in the picture when one of them does. The painter is painting.js; the table
// is that of gan/data/portraits.py. All is computed here: in Jupyter and, without a kernel, on the book's pages.
import { element, number } from "./page.js";
import { chances, paintFace } from "./painting.js";

export const SCALES = {
  coarse: {
    hair: { bald: 0.15, short: 0.35, long: 0.3, curly: 0.2 }, hat: { no: 0.97, yes: 0.03 },
    turn: [-1, 1], tilt: [-1, 1], width: [-1, 1],
  },
  middle: {
    glasses: { no: 0.7, yes: 0.3 }, beard: { no: 0.75, yes: 0.25 },
    smile: [-1, 1], open: [0, 1], eyes: [-1, 1], apart: [-1, 1], brow: [-1, 1], nose: [-1, 1],
  },
  fine: {
    dye: { black: 0.3, brown: 0.3, blond: 0.2, red: 0.1, grey: 0.1 }, iris: { brown: 0.5, blue: 0.3, green: 0.2 },
    skin: [0, 1], light: [-1, 1], wall: [0, 1], shirt: [0, 1],
  },
};
const FACTORS = Object.assign({}, ...Object.values(SCALES));
const SEEN = { coarse: "from across the room", middle: "in the face", fine: "colours" };
const MEANS = {
  hair: "how it is worn", hat: "the rare one", turn: "of the head, to a side", tilt: "of the head, to a shoulder",
  width: "of the head", glasses: "on the nose", beard: "and moustache", smile: "how the mouth curves",
  open: "how far the mouth is open", eyes: "how large", apart: "how far the eyes are", brow: "how the brows slope",
  nose: "how large", dye: "of the hair", iris: "of the eyes", skin: "how light", light: "from which side",
  wall: "its hue", shirt: "its hue", noise: "freckles and strands",
};
const LARGE = 256, SMALL = 32;                                 // pixels: for readers, for networks

// Face number `seed`: each factor by its probability, from a hash that is the same everywhere.
export function drawn(seed) {
  const names = Object.keys(FACTORS), u = chances(seed, names.length + 1);
  const face = { noise: Math.floor(u[names.length] * (2 ** 24 - 1)) };
  for (const [i, name] of names.entries()) {
    const given = FACTORS[name];
    if (Array.isArray(given)) face[name] = given[0] + (given[1] - given[0]) * u[i];
    else {
      const shares = Object.values(given), ends = shares.map((_, k) => shares.slice(0, k + 1).reduce((a, b) => a + b));
      face[name] = ends.slice(0, -1).filter((end) => u[i] >= end).length;
    }
  }
  return face;
}

// Which pixels of two pictures differ, by more than rounding.
export function differing(image, other) {
  const apart = (i) => Math.abs(image[i] - other[i]) > 1 / 255;
  return Array.from({ length: image.length / 3 }, (_, i) => apart(3 * i) || apart(3 * i + 1) || apart(3 * i + 2));
}

const kind = (face, name) => Object.keys(FACTORS[name])[face[name]];

export function inWords(face) {
  const hair = face.hair ? `${kind(face, "hair")} ${kind(face, "dye")} hair` : "a bald head";
  const worn = ["hat", "glasses", "beard"].filter((name) => face[name]);
  const mood = face.smile > 0.3 ? ", smiling" : face.smile < -0.3 ? ", frowning" : "";
  return `A face with ${[hair, `${kind(face, "iris")} eyes`, ...worn].join(", ")}${mood}`;
}

// Put a picture on a canvas; with `changed`, all pixels but these become pale and grey.
function put(canvas, image, changed) {
  const { data } = new ImageData(canvas.width, canvas.width);
  for (let i = 0; i < image.length / 3; i++) {
    const pale = changed && !changed[i] ? 190 + 10 * (image[3 * i] + image[3 * i + 1] + image[3 * i + 2]) : null;
    for (let c = 0; c < 3; c++) data[4 * i + c] = Math.round(pale ?? (image[3 * i + c] + 1) * 127.5);
    data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(new ImageData(data, canvas.width), 0, 0);
}

// A row with a factor's name, and a slider or a choice for it.
function rowOf(name, given, change) {
  const label = element("span", { className: "name", textContent: name });
  const about = { title: `${name}: ${MEANS[name]}`, "aria-label": `${name}: ${MEANS[name]}` };
  if (!Array.isArray(given)) {
    const options = Object.entries(given).map(([text, share], value) =>
      element("option", { value, textContent: `${text} (${Math.round(100 * share)} %)` }));
    const onchange = () => change(name, Number(select.value));
    const select = element("select", { attributes: about, onchange }, ...options);
    const show = (now) => { select.value = now; };
    return { row: element("label", { className: "factor" }, label, select), show };
  }
  const value = element("span", { className: "value", attributes: { "aria-hidden": true } });      // the slider says it
  const attributes = { ...about, min: given[0], max: given[1], step: 0.01 };
  const input = element("input", { type: "range", attributes, oninput: () => change(name, input.valueAsNumber) });
  const show = (now) => { input.value = now; value.textContent = number(now, 2); };
  return { row: element("label", { className: "factor" }, label, input, value), show };
}

function render({ model, el }) {
  const button = (textContent, onclick) => element("button", { type: "button", textContent, onclick });
  const canvas = (size, className) => element("canvas", { width: size, height: size, className,
                                                         attributes: { role: "img" } });
  const canvases = [canvas(LARGE, "large"), canvas(SMALL, "small")];
  const readout = element("p", { attributes: { "aria-live": "polite" } });
  let kept = model.get("factors"), seed = 0, pictures = null;  // pictures: of the kept face

  function set(face) { model.set("factors", face); model.save_changes(); }
  function keep(face) {
    kept = face;
    pictures = null;
    if (face === model.get("factors")) paint();
    else set(face);
  }
  const change = (name, value) => set({ ...model.get("factors"), [name]: value });

  const mark = button("Show what changed", () => {
    mark.setAttribute("aria-pressed", mark.getAttribute("aria-pressed") !== "true");
    paint();
  });
  mark.setAttribute("aria-pressed", false);
  const buttons = [button("Another face", () => keep(drawn(seed++))),
    button("Keep this face", () => keep(model.get("factors"))), button("Undo changes", () => set(kept)), mark];
  const freckles = button("other freckles", () => change("noise", drawn(model.get("factors").noise).noise));
  freckles.setAttribute("aria-label", "noise: other freckles and strands");
  const rows = { noise: { show() {}, row: element("div", { className: "factor" },
    element("span", { className: "name", textContent: "noise" }), freckles) } };
  const groups = Object.entries(SCALES).map(([scale, factors]) => {
    for (const [name, given] of Object.entries(factors)) rows[name] = rowOf(name, given, change);
    const names = [...Object.keys(factors), ...(scale === "fine" ? ["noise"] : [])];
    return element("fieldset", {}, element("legend", {}, `${scale}: `, element("span", { textContent: SEEN[scale] })),
      ...names.map((name) => rows[name].row));
  });

  function paint() {
    const face = model.get("factors"), marked = mark.getAttribute("aria-pressed") === "true";
    const names = Object.keys(MEANS).filter((name) => face[name] !== kept[name]);
    pictures ??= canvases.map(({ width }) => paintFace(kept, width));
    const now = names.length ? canvases.map(({ width }) => paintFace(face, width)) : pictures;
    for (const [i, canvas] of canvases.entries()) {
      put(canvas, now[i], marked && names.length ? differing(now[i], pictures[i]) : null);
      canvas.setAttribute("aria-label", `${inWords(face)}, ${canvas.width} pixels wide`);
    }
    for (const [name, { row, show }] of Object.entries(rows)) {
      show(face[name]);
      row.classList.toggle("changed", names.includes(name));
    }
    readout.textContent = names.length ? `Changed since the kept face: ${names.join(", ")}. Of the 1,024 `
      + `pixels that a network sees, ${differing(now[1], pictures[1]).filter(Boolean).length} are different.`
      : "This is the kept face. Change one factor and see which pixels follow.";
  }

  model.on("change:factors", paint);
  paint();
  el.append(element("figure", { className: "gan-faces" }, element("div", { className: "stage" }, ...canvases),
    element("div", { className: "buttons" }, ...buttons), readout, element("div", { className: "groups" }, ...groups)));
  return () => model.off("change:factors", paint);
}

export default { render };
