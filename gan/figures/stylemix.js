// Two faces of a StyleGAN and a third that has styles of both, layer by layer. The networks are stylenet.js, the words
// inspected.js; all is computed here: in Jupyter and, without a kernel, on the book's pages.
import { element, number } from "./page.js";
import { normals } from "./convnet.js";
import { inspectorOf, noiseMaps, styleNet } from "./stylenet.js";
import { inWords, readings, reliability, whose } from "./inspected.js";

const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const GLIDE = 400, PAUSE = 350;                                // ms: from one face to the next; before words are said
const FACES = 999_999;                                         // that can be drawn, each for A and for B

// Links: #style=12.7&mix=0,0.5,1,1&psi=0.7&noise=1&smile=0.35; a face 0 is the first one.
export const isStyle = (hash) => /^#?style=/.test(hash);

export function linkOf({ a, b, mix, psi, noise, edits }) {
  const moved = Object.entries(edits).filter(([, t]) => t).map(([name, t]) => `&${encodeURIComponent(name)}=${t}`);
  return `#style=${a}.${b}&mix=${mix.join()}&psi=${psi}&noise=${noise}${moved.join("")}`;
}

// What a link sets, and a sentence on what in it was not understood. What it leaves out is as at the start.
export function settingOf(hash, start) {
  const wrong = [], found = { ...start, mix: [...start.mix], edits: Object.fromEntries(
    Object.keys(start.edits).map((name) => [name, 0])) };
  const numbers = (text, low, high) => text.split(/,/).map((part) => {
    const value = part.trim() === "" ? NaN : Number(part);
    return value >= low && value <= high ? value : NaN;
  });
  const whole = (text, high) => /^\d+$/.test(text) && Number(text) <= high ? Number(text) : NaN;
  for (const [key, text] of new URLSearchParams(hash.replace(/^#/, ""))) {
    let good = true;
    if (key === "style") {
      const [a, b, ...more] = text.split(".").map((part) => whole(part, FACES));
      good = a >= 0 && b >= 0 && !more.length;
      if (good) Object.assign(found, { a, b });
    } else if (key === "mix") {
      const mix = numbers(text, 0, 1);
      good = mix.length === start.mix.length && !mix.some(Number.isNaN);
      if (good) found.mix = mix;
    } else if (key === "noise") {
      good = whole(text, FACES) >= 0;
      if (good) found.noise = Number(text);
    } else if (key === "psi") {
      const [psi, ...more] = numbers(text, 0, 1);
      good = psi >= 0 && !more.length;
      if (good) found.psi = psi;
    } else {
      const [t, ...more] = numbers(text, -1, 1);
      good = Object.hasOwn(found.edits, key) && t >= -1 && !more.length;
      if (good) found.edits[key] = t;
    }
    if (!good) wrong.push(`“${key.slice(0, 30)}=${text.slice(0, 30)}”`);
  }
  return { found, problem: wrong.length ? `Not all of this link could be used: ${wrong.join(", ")}.` : "" };
}

const towards = (a, b, t) => a.map((v, i) => v + t * (b[i] - v));

function put(canvas, image) {
  const size = Math.sqrt(image.length / 3), picture = new ImageData(size, size);
  for (let k = 0; k < size * size; k++) {
    for (let c = 0; c < 3; c++) picture.data[4 * k + c] = (image[c * size * size + k] + 1) * 127.5;
    picture.data[4 * k + 3] = 255;
  }
  canvas.width = canvas.height = size;
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

const button = (textContent, onclick, name) => element("button", { type: "button", textContent, onclick,
  attributes: name ? { "aria-label": name } : {} });

// A row with a slider, its name before it and its value after it, or a button at each of its ends.
function sliderRow(name, { low, said, ends }, change) {
  const label = element("span", { className: "name", textContent: name });
  const slider = element("input", { type: "range", oninput: () => change(slider.valueAsNumber, false),
    attributes: { min: low, max: 1, step: 0.05, "aria-label": ends ? `${name}: from A to B` : name } });
  const value = element("span", { className: "value", attributes: { "aria-hidden": true } });    // the slider says it
  const [a, b] = (ends ?? []).map((end, i) => button(end, () => change(i, true), `${name}: all of ${end}`));
  return {
    row: element("div", { className: "setting", attributes: ends ? { role: "group", "aria-label": name } : {} }, label,
      ...(ends ? [a, slider, b] : [slider, value])),
    show(now) {
      slider.value = now;
      slider.setAttribute("aria-valuetext", said(now));
      value.textContent = number(now);
      a?.setAttribute("aria-pressed", now === 0);
      b?.setAttribute("aria-pressed", now === 1);
    },
  };
}

const ofBoth = (share) => share === 0 ? "all of A" : share === 1 ? "all of B" : `${Math.round(100 * share)} % of B`;

function render({ model, el }) {
  const get = (name) => model.get(name), sizes = get("sizes"), start = get("start"), centre = get("centre");
  const { reads } = get("reader"), edits = get("directions"), G = styleNet(sizes, get("tensors"), get("weights"));
  const inspect = inspectorOf(get("reader"));
  let shown = null, frame = 0, timer = 0;                      // shown: the w's of the picture that is seen

  // What is set ---------------------------------------------------------------------------------------------------------
  function set(changed, glides = true) {
    glide = glides && !CALM.matches;
    model.set("chosen", { ...get("chosen"), ...changed });
    model.save_changes();
  }
  let glide = false;
  const other = () => 1 + Math.floor(FACES * Math.random());
  const act = {
    a: () => set({ a: other() }),
    b: () => set({ b: other() }),
    noise: () => set({ noise: get("chosen").noise ? 0 : 1 }, false),
    maps: () => set({ noise: get("chosen").noise + 1 }, false),
    reset: () => { set({ ...start }); say("As at the start."); },
    surprise() {
      let mix;
      do mix = sizes.map(() => Math.round(Math.random())); while (new Set(mix).size === 1);
      set({ a: other(), b: other(), mix, edits: Object.fromEntries(edits.map(([name]) => [name, 0])) });
    },
    async copy() {
      [link.hidden, link.value] = [false, location.href.split("#")[0] + linkOf(get("chosen"))];
      link.select();
      try { await navigator.clipboard.writeText(link.value); say("Link copied."); }
      catch { say("The link stands here, selected: copy it."); }
    },
  };

  // What is seen --------------------------------------------------------------------------------------------------------
  const canvases = [0, 1, 2].map(() => element("canvas", { attributes: { role: "img" } }));
  const place = (canvas, heading, ...rest) => element("div", {}, element("b", { textContent: heading }), canvas, ...rest);
  const stage = element("div", { className: "three stage" }, place(canvases[0], "A"), place(canvases[1], "mixed"),
    place(canvases[2], "B"));
  const surprise = button("Surprise me", act.surprise), link = element("input", { type: "text", readOnly: true,
    hidden: true, className: "link", attributes: { "aria-label": "Link to this face" } });
  surprise.className = "surprise";
  const noise = button("Noise", act.noise), maps = button("Other noise", act.maps);
  const status = element("p", { className: "status", attributes: { role: "status" } });
  const words = element("p", { className: "words", attributes: { "aria-live": "polite" } });
  const say = (text) => { status.textContent = text; };

  const layers = sizes.map((size, i) => sliderRow(`${size} × ${size}${i === sizes.length - 1 ? " and colours" : ""}`,
    { low: 0, ends: ["A", "B"], said: ofBoth }, (share, glides) => set({ mix: get("chosen").mix.map((v, j) => j === i ? share : v) }, glides)));
  const psi = sliderRow("truncation ψ", { low: 0, said: (t) => `ψ ${number(t)}` }, (t) => set({ psi: t }, false));
  const moves = edits.map(([name]) => sliderRow(name, { low: -1, said: (t) => `${name} ${t > 0 ? "+" : ""}${number(t)}` },
    (t) => set({ edits: { ...get("chosen").edits, [name]: t } }, false)));
  const group = (legend, ...rows) => element("fieldset", {}, element("legend", { textContent: legend }), ...rows);
  const trust = element("details", {}, element("summary", { textContent: "How far to trust these words" }),
    element("p", { textContent: reliability(reads) }));

  // A w for each layer -------------------------------------------------------------------------------------------------
  const faceOf = (seed, first) => G.mapping(seed ? normals(seed, first.length) : first);
  function styles({ a, b, psi: share, edits: t }, mix, edited) {
    const [first, second] = get("sources"), [wa, wb] = [faceOf(a, first), faceOf(b, second)];
    return mix.map((part, layer) => edits.reduce((w, [name, rows]) =>
      edited ? w.map((v, i) => v + t[name] * rows[layer][i]) : w, towards(centre, towards(wa, wb, part), share)));
  }

  // Only what has changed is drawn again: A and B keep their pictures while the third is mixed.
  const drawn = [null, null, null];
  function picture(which, ws, maps) {
    const key = JSON.stringify([ws.map((w) => [...w]), Boolean(maps) && get("chosen").noise]);
    if (drawn[which]?.key === key) return;
    const image = G.synthesis(ws, maps);
    put(canvases[which], image);
    drawn[which] = { key, image, seen: null };
  }

  function paint() {
    const now = get("chosen"), maps = noiseMaps(sizes, now.noise);
    for (const [i, { show }] of layers.entries()) show(now.mix[i]);
    for (const [i, { show }] of moves.entries()) show(now.edits[edits[i][0]]);
    psi.show(now.psi);
    noise.setAttribute("aria-pressed", now.noise > 0);
    picture(0, styles(now, sizes.map(() => 0), false), maps);
    picture(2, styles(now, sizes.map(() => 1), false), maps);
    const from = shown, to = styles(now, now.mix, true), began = performance.now();
    cancelAnimationFrame(frame);
    const step = () => {
      const t = from && glide ? Math.min(1, (performance.now() - began) / GLIDE) : 1;
      shown = t < 1 ? from.map((w, i) => towards(w, to[i], t * t * (3 - 2 * t))) : to;
      picture(1, shown, maps);
      if (t < 1) frame = requestAnimationFrame(step);
    };
    step();
    clearTimeout(timer);
    timer = setTimeout(tell, (from ? PAUSE : 0) + (glide ? GLIDE : 0));
  }

  function tell() {
    const seen = drawn.map((face) => (face.seen ??= readings(reads, [...inspect(face.image)])));
    for (const [i, name] of ["Face A", "The mixed face", "Face B"].entries())
      canvases[i].setAttribute("aria-label", `${name}: ${inWords(reads, seen[i])}`);
    words.textContent = `The inspector sees ${inWords(reads, seen[1])}. ${whose(reads, seen[0], seen[2], seen[1])}`;
  }

  // From outside: the model, and links ----------------------------------------------------------------------------------
  function linked() {
    if (!isStyle(location.hash)) return;
    const { found, problem } = settingOf(location.hash, start);
    set(found, false);
    say(problem || "As the link has it.");
    requestAnimationFrame(() => figure.scrollIntoView({ block: "start" }));
  }
  const whole = group("The whole face", psi.row, ...moves.map(({ row }) => row),
    element("div", { className: "setting noise" }, noise, maps));
  const less = [button("Reset", act.reset), button("Copy link", act.copy), link], compact = get("compact");
  const figure = element("figure", { className: "gan-styles" }, stage,
    element("div", { className: "three" }, button("New A", act.a), surprise, button("New B", act.b)), words,
    element("div", { className: "groups" }, group("Styles: from A to B, layer by layer", ...layers.map(({ row }) => row)),
      compact && innerWidth < 900 ? element("details", {}, element("summary", { textContent: "More controls" }), whole)
        : whole),
    element("div", { className: "buttons" }, ...less), status, trust);
  model.on("change:chosen", paint);
  addEventListener("hashchange", linked);
  paint();
  linked();
  el.append(figure);
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    model.off("change:chosen", paint);
    removeEventListener("hashchange", linked);
  };
}

export default { render };
