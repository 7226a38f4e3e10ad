// The lab: a GAN that trains in the page. Engine, settings and drawing are in files of their own; this is what a reader
// touches. It never plays by itself, works in slices of a few milliseconds, and rests while nobody can see it.
import { stepD, stepG } from "./engine.js";
import {
  DATA, FIELDS, MOST_POINTS, PRESETS, begin, count, dataOf, decode, encode, forEngine, format, isLink, parse, watch,
} from "./lab_settings.js";
import { chartOf, squareOf } from "./lab_draw.js";

const SLICE = 10, FRAME = 70, HALF_STEP = 700, COUNTED = 400, SPOKEN = 15000;    // milliseconds
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const LAYERS = { surface: "what D says", real: "real points", fakes: "fakes", arrows: "where G is pushed",
                 manifold: "manifold of G" };
const WAVE = Array.from({ length: 16 }, (_, k) => [-1.2 + 0.16 * k, 0.7 * Math.sin(k / 2.4)]);

function make(tag, properties = {}, ...children) {
  const { attributes = {}, ...rest } = properties, made = Object.assign(document.createElement(tag), rest);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const button = (text, act) => make("button", { type: "button", textContent: text, onclick: act });

function short(v) {
  if (!Number.isFinite(v)) return "–";
  return (Math.abs(v) >= 0.01 || v === 0 ? v.toFixed(2) : v.toExponential(0)).replace("-", "−");
}

function render({ model, el }) {
  const page = model.get("page"), compact = model.get("compact");
  let preset, setting, problem, lab, rows, stride, counts, done, playing = false, slow = false, seen = true;
  let timer, drawn = 0, counted = 0, spoken = 0, anew = false, cursor, moved = "";
  const show = new Set(["surface", "real", "fakes"]);

  // What is on the page -----------------------------------------------------------------------------------------------
  const canvas = make("canvas", { width: 560, height: 560, attributes: { role: "img" } }), drawSquare = squareOf(canvas);
  const [ask, readout, warning] = ["ask", "readout", "warning"].map((className) => make("p", { className }));
  const live = make("p", { className: "aloud", attributes: { "aria-live": "polite" } });
  const play = button("Play", () => (playing ? pause("Paused. ") : start()));
  const slowly = button("Slow motion", () => { slow = !slow; slowly.setAttribute("aria-pressed", slow); again(); });
  slowly.setAttribute("aria-pressed", false);
  const stepOf = (name) => button(`Step ${name}`, () => { pause(); half(name); look(); say(`${moved} ${words()}`); });
  const buttons = make("div", { className: "buttons" }, play, stepOf("D"), stepOf("G"), slowly,
    button("Reset", () => { reset(); say(`Back at step 0, seed ${setting.seed}.`); }));
  const presets = make("select", { onchange: () => choose(`preset=${presets.value}`) },
    ...Object.entries(PRESETS).map(([value, { title }]) => make("option", { value, textContent: title })));
  const boxes = Object.entries(LAYERS).map(([name, label]) => {
    const input = make("input", { type: "checkbox", name });
    input.onchange = () => { show[input.checked ? "add" : "delete"](name); look(); };
    return make("label", { className: "box" }, input, label);
  });
  const link = make("input", { type: "text", readOnly: true, hidden: true, attributes: { "aria-label": "Link to this setting" } });
  const blue = { colour: "#1487CC", dash: [] }, orange = { colour: "#D55E00", dash: [] }, dashed = { ...orange, dash: [6, 4] };
  const charts = [
    ["losses: D's solid, G's dashed", [blue, dashed], {}, () => rows.map((row) => row.slice(0, 3))],
    ["modes found, solid, and share of high quality, dashed", [{ dash: [] }, dashed], { low: 0, high: 1 }, () => counts],
    ["size of G's gradient, on a logarithmic scale", [orange], { log: true }, () => rows.map((row) => [row[0], row[3]])],
  ].map(([title, styles, ends, values]) => {
    const caption = make("figcaption"), attributes = { role: "img", "aria-label": title };
    const chart = make("canvas", { width: 560, height: 150, attributes });
    const draw = chartOf(chart, styles, ends);
    function paint() {
      const [low, high] = draw(values());
      const [a, b] = ends.log ? [10 ** low, 10 ** high] : [low, high];
      caption.textContent = `${title} (${short(a)} to ${short(b)})`;
    }
    return { figure: make("figure", {}, chart, caption), paint };
  });
  const fields = Object.fromEntries(Object.entries(FIELDS).filter(([key]) => key !== "points").map(([key, field]) => {
    const options = Object.entries(field.options ?? {}).map(([value, textContent]) => make("option", { value, textContent }));
    const input = field.options ? make("select", {}, ...options)
      : make("input", { type: "number", min: field.low, max: field.high, step: field.whole ? 1 : "any" });
    input.name = key;
    input.onchange = () => change(key, field.options ? input.value : input.valueAsNumber, input);
    const label = field.label + (field.note ? ` (${field.note})` : "");
    return [key, { input, row: make("label", { className: "field" }, make("span", { textContent: label }), input) }];
  }));
  const redraw = button("Draw anew", () => {
    anew = true;
    canvas.focus();
    say("The next point on the square begins a new drawing.");
  });
  const help = make("p", { className: "help", textContent: "Draw on the square with mouse or finger, or with the keys: "
    + `arrows move the frame, the space bar sets a point. Up to ${MOST_POINTS} points.` });
  const settings = make("details", { open: innerWidth > 900 }, make("summary", { textContent: "Settings" }),
    make("p", { className: "help",
                textContent: "Loss, penalties, rates and D steps take effect at once; the rest starts a new run." }),
    make("div", { className: "fields" }, ...Object.values(fields).map(({ row }) => row)));
  const share = make("div", { className: "buttons" }, button("New seed", () => change("seed", (setting.seed + 1) % 1000000)),
    button("Copy link", copy), link);
  const figure = make("figure", { className: "gan-lab" + (compact ? " compact" : "") });
  const side = make("div", { className: "side" }, buttons, readout);
  if (!compact) {
    figure.append(make("label", { className: "field preset" }, make("span", { textContent: "preset" }), presets));
    const layers = make("fieldset", {}, make("legend", { textContent: "Show" }), ...boxes);
    side.append(layers, share, ...charts.map((chart) => chart.figure));
  }
  figure.append(warning, ask, make("div", { className: "stage" }, make("div", {}, canvas, help, redraw), side), live);
  if (!compact) figure.append(settings);
  el.append(figure);

  // The run -----------------------------------------------------------------------------------------------------------
  function choose(text) {
    pause();
    ({ preset, setting, problem } = parse(text));
    for (const name of ["arrows", "manifold"]) show[PRESETS[preset].show.includes(name) ? "add" : "delete"](name);
    for (const box of boxes) box.firstChild.checked = show.has(box.firstChild.name);
    reset();
    warning.textContent = problem;
    say(`${problem} ${PRESETS[preset].title}. ${PRESETS[preset].ask}`);
  }

  function reset() {
    pause();
    lab = begin(setting);
    [rows, stride, counts, done, moved, lab.turn, lab.altered] = [[], 1, [], false, "", 0, !asPreset()];
    ask.textContent = `Predict first. ${PRESETS[preset].ask}`;
    presets.value = preset;
    for (const [key, { input }] of Object.entries(fields)) {
      input.value = setting[key];
      input.setCustomValidity("");
    }
    fit();
    tally();
    look();
  }

  const asPreset = () => format(preset, { ...setting, seed: PRESETS[preset].setting.seed }) === `preset=${preset}`;

  function change(key, value, input) {
    if (!FIELDS[key].good(value)) {
      input.setCustomValidity(`must be ${FIELDS[key].wanted}`);
      warning.textContent = `${FIELDS[key].label}: it must be ${FIELDS[key].wanted}; ${setting[key]} is still used.`;
      return say(warning.textContent);
    }
    input?.setCustomValidity("");
    warning.textContent = "";
    setting = { ...setting, [key]: value };
    if (setting.data === "drawn" && setting.points === "") setting.points = encode(WAVE);
    if (FIELDS[key].live) {
      lab.run.setting = forEngine(setting);
      lab.altered = true;
      fit();
      say(`${FIELDS[key].label}: ${value}, from step ${lab.run.steps} on.`);
    } else {
      reset();
      say(`${FIELDS[key].label}: ${FIELDS[key].options?.[value] ?? value}. A new run stands at step 0.`);
    }
    if (page) history.replaceState(null, "", `#${format(preset, setting)}`);
  }

  function fit() {                                             // show what the setting uses
    fields.clip.row.hidden = setting.loss !== "wasserstein_clip";
    fields.gp.row.hidden = setting.loss !== "wasserstein_gp";
    const drawing = setting.data === "drawn" && !compact;
    help.hidden = redraw.hidden = !drawing;
    canvas.classList.toggle("drawing", drawing);
    canvas.tabIndex = drawing ? 0 : -1;
    canvas.setAttribute("role", drawing ? "application" : "img");
    cursor = drawing ? [0, 0] : undefined;
  }

  function half(name) {
    const { run } = lab;
    if (name === "D") {
      stepD(run);
      lab.turn++;
      moved = "D has moved: its surface changed, the fakes are where they were.";
    } else {
      stepG(run);
      lab.turn = 0;
      watch(lab);
      moved = "G has moved: the fakes went where D's slope pushed them.";
      if (run.steps % stride === 0) rows.push([run.steps, run.dLoss, run.gLoss, run.gNorm]);
      if (rows.length > 300) { rows = rows.filter((_, k) => k % 2); stride *= 2; }
    }
    if (!Number.isFinite(run.dLoss + run.gLoss) && run.steps) {
      done = true;
      pause();
      warning.textContent = `At step ${run.steps} a loss is no longer a number: the run has blown up. Lower a rate, and reset.`;
      say(warning.textContent);
    }
  }

  const next = () => half(lab.turn < setting.d_steps ? "D" : "G");

  function atEnd() {                                           // a preset stops where its answer can be seen
    if (done || lab.altered || lab.run.steps < PRESETS[preset].steps || lab.turn) return false;
    done = true;
    moved = "";
    pause();
    const { answer, holds } = PRESETS[preset];
    ask.textContent = `${answer} ${holds(lab.seen) ? "" : "(Not with this seed: look again with another.) "}Play goes on.`;
    say(`Step ${lab.run.steps}. ${ask.textContent} ${words()}`);
    return true;
  }

  // Playing: slices of work, with the browser's turn between them; a picture now and then -------------------------------
  const channel = new MessageChannel();
  channel.port1.onmessage = work;

  function start() {
    playing = true;
    play.textContent = "Pause";
    moved = "";
    spoken = performance.now();
    again();
  }

  function pause(text) {
    playing = false;
    clearTimeout(timer);
    play.textContent = "Play";
    if (!lab) return;
    tally();
    look();
    if (text) say(text + words());
  }

  function again() {
    clearTimeout(timer);
    if (!playing || !seen || document.hidden) return;
    if (slow) timer = setTimeout(work, HALF_STEP);
    else channel.port2.postMessage(0);
  }

  function work() {
    if (!playing || !seen || document.hidden || !figure.isConnected) return;
    const now = performance.now();                             // one thing in each turn, so that none is long
    if (!slow && now - counted > COUNTED) { tally(); return again(); }
    if (!slow && now - drawn > (CALM.matches ? 1000 : FRAME)) { look(); return again(); }
    do { next(); } while (!slow && playing && performance.now() < now + SLICE && lab.run.steps !== PRESETS[preset].steps);
    if (atEnd() || !playing) return;
    if (slow) { tally(); look(); }
    if (now - spoken > SPOKEN) { spoken = now; say(words()); }
    again();
  }

  // Telling -----------------------------------------------------------------------------------------------------------
  function tally() {
    counted = performance.now();
    const { modes, quality } = count(lab), { steps } = lab.run;
    if (counts.at(-1)?.[0] !== steps) counts.push([steps, modes / lab.data.centres.length, quality]);
    if (counts.length > 300) counts = counts.filter((_, k) => k % 2);
    if (!compact) for (const { paint } of charts) paint();
  }

  function words() {
    const { run, data, seen: { modes, quality } } = lab;
    return `Step ${run.steps}: ${modes} of ${data.centres.length} ${data.parts} found, ${Math.round(100 * quality)} % of fakes `
      + `of high quality. Losses: D ${short(run.dLoss)}, G ${short(run.gLoss)}. Size of G's gradient: ${short(run.gNorm)}.`;
  }

  function look() {
    drawn = performance.now();
    drawSquare(lab, show, cursor);
    readout.textContent = `${slow || !playing ? moved : ""} ${words()}`;
    canvas.setAttribute("aria-label", `${DATA[setting.data]?.label ?? "Your drawing"}: real points round, fakes as orange `
      + "diamonds; the ground is blue where D says real and orange where it says fake."
      + (cursor ? ` Frame at ${cursor.map((v) => v.toFixed(1)).join(", ")}.` : ""));
  }

  const say = (text) => { live.textContent = text.trim(); };

  async function copy() {
    const text = page ? `${location.href.split("#")[0]}#${format(preset, setting)}` : format(preset, setting);
    [link.hidden, link.value] = [false, text];
    link.select();
    try { await navigator.clipboard.writeText(text); say("Link copied."); }
    catch { say("The link stands beside the button, selected: copy it from there."); }
  }

  // Drawing a data set ------------------------------------------------------------------------------------------------
  function point(x, y) {
    const points = anew ? [] : decode(setting.points), last = points.at(-1) ?? [9, 9];
    if (points.length >= MOST_POINTS || Math.hypot(x - last[0], y - last[1]) < 0.1) return;
    anew = false;
    const kept = cursor;
    change("points", encode([...points, [x, y]]));
    cursor = kept;
    look();
  }

  function atPointer(event) {
    const { left, top, width } = canvas.getBoundingClientRect(), { extent } = dataOf(setting);
    const at = (share) => Math.max(-1.5, Math.min(1.5, (share * 2 - 1) * extent));
    point(at((event.clientX - left) / width), -at((event.clientY - top) / width));
  }

  canvas.onpointerdown = (event) => {
    if (!cursor) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    atPointer(event);
  };
  canvas.onpointermove = (event) => { if (cursor && event.buttons) atPointer(event); };
  canvas.onkeydown = (event) => {
    const way = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[event.key];
    if (!cursor || !(way || event.key === " ")) return;
    event.preventDefault();
    if (way) cursor = cursor.map((v, k) => Math.max(-1.5, Math.min(1.5, v + way[k])));
    else point(...cursor);
    look();
  };

  // From outside: links, whether anybody looks, the theme -----------------------------------------------------------------
  const linked = () => { if (isLink(location.hash)) choose(location.hash); };
  const eye = new IntersectionObserver(([entry]) => { seen = entry.isIntersecting; again(); });
  const paintbrush = new MutationObserver(() => { look(); tally(); });
  eye.observe(figure);
  paintbrush.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  document.addEventListener("visibilitychange", again);
  if (page) addEventListener("hashchange", linked);
  choose(page && isLink(location.hash) ? location.hash : model.get("setting"));
  requestAnimationFrame(() => { look(); tally(); });           // the text's colour is known only once it is on the page

  return () => {
    pause();
    channel.port1.close();
    eye.disconnect();
    paintbrush.disconnect();
    document.removeEventListener("visibilitychange", again);
    removeEventListener("hashchange", linked);
  };
}

export default { render };
