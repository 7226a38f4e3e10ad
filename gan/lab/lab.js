// The lab: a GAN that trains in the page. Engine, data, settings, controls and drawing are in files of their own; this
// is the run and its clock. It never plays by itself, works in slices of a few milliseconds, and rests while unseen.
import { quick } from "./arithmetic.js";
import { stepD, stepG } from "./engine.js";
import { isLink } from "./form.js";
import { controlsOf, short } from "./controls.js";

const SLICE = 10, FRAME = 70, HALF_STEP = 700, COUNTED = 400, SPOKEN = 15000;    // milliseconds
const CALM = matchMedia("(prefers-reduced-motion: reduce)");

// The widget of a `kind` of lab: what it trains on, what can be set, how it is counted and drawn. See plane.js, which
// has all that this file asks of one.
export const labOf = (kind) => ({ model, el }) => {
  const { FIELDS, PRESETS, parse, format, forEngine } = kind;
  const page = model.get("page"), compact = model.get("compact"), arithmetic = quick();
  let preset, setting, problem, lab, rows, stride, counts, done, playing = false, slow = false, seen = true;
  let timer, drawn = 0, counted = 0, spoken = 0, moved = "";
  const show = new Set(kind.shown);
  const { figure, canvas, ask, readout, warning, live, play, slowly, extras, presets, boxes, link, copied, fields,
          charts } = controlsOf(kind, compact, {
    play: () => (playing ? pause("Paused. ") : start()),
    slow: () => {
      slow = !slow;
      slowly.setAttribute("aria-pressed", slow);
      if (slow && !playing) return start();
      again();
    },
    step: (name) => { pause(); half(name); look(); say(`${moved} ${words()}`); },
    reset: () => { reset(); say(`Back at step 0, seed ${setting.seed}.`); },
    seed: () => change("seed", (setting.seed + 1) % 1000000),
    show: (name, on) => { show[on ? "add" : "delete"](name); look(); },
    choose, change, copy,
  });
  const paint = kind.painterOf(canvas);
  const pencil = kind.pencilOf?.(canvas, extras, { setting: () => setting, change, compact, moved: () => look() });
  el.append(figure);

  // The run -----------------------------------------------------------------------------------------------------------
  function choose(text) {
    pause();
    ({ preset, setting, problem } = parse(text));
    for (const name of kind.optional) show[PRESETS[preset].show.includes(name) ? "add" : "delete"](name);
    for (const box of boxes) box.firstChild.checked = show.has(box.firstChild.name);
    reset();
    warn(problem);
    say(`${problem} ${PRESETS[preset].title}. ${PRESETS[preset].ask}`);
  }

  function reset() {
    pause();
    lab = kind.begin(setting, arithmetic);
    [rows, stride, counts, done, moved, lab.turn, lab.altered] = [[], 1, [], false, "", 0, !asPreset()];
    ask.textContent = `Predict first. ${question()}`;
    presets.value = preset;
    for (const [key, { input }] of Object.entries(fields)) {
      input.value = setting[key];
      input.setCustomValidity("");
    }
    fit();
    tally();
    look();
  }

  // A preset's question is about its own setting; of another, a reader asks.
  const question = () => (asPreset() ? PRESETS[preset].ask
    : `Starting from “${PRESETS[preset].title}”, you changed something. What will become of it?`);

  const asPreset = () => format(preset, { ...setting, seed: PRESETS[preset].setting.seed }) === `preset=${preset}`;

  function change(key, value, input) {
    if (!FIELDS[key].good(value)) {
      input.setCustomValidity(`must be ${FIELDS[key].wanted}`);
      warn(`${FIELDS[key].label}: it must be ${FIELDS[key].wanted}; ${setting[key]} is still used.`, fields[key].row);
      return say(warning.textContent);
    }
    input?.setCustomValidity("");
    warn("");
    setting = { ...setting, [key]: value };
    kind.complete?.(setting);
    if (FIELDS[key].live) {
      lab.run.setting = forEngine(setting);
      lab.altered = true;
      ask.textContent = `Predict first. ${question()}`;
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
    pencil?.use();
  }

  function half(name) {
    const { run } = lab;
    if (name === "D") {
      stepD(run);
      lab.turn++;
      moved = kind.moves.D;
    } else {
      stepG(run);
      lab.turn = 0;
      kind.watch(lab);
      moved = kind.moves.G;
      if (run.steps % stride === 0) rows.push([run.steps, run.dLoss, run.gLoss, run.gNorm]);
      if (rows.length > 300) { rows = rows.filter((_, k) => k % 2); stride *= 2; }
    }
    if (!Number.isFinite(run.dLoss + run.gLoss) && run.steps) {
      done = true;
      pause();
      warn(`At step ${run.steps} a loss is no longer a number: the run has blown up. `
        + "Lower a rate, and reset.");
      say(warning.textContent);
    }
  }

  const next = () => half(lab.turn < setting.d_steps ? "D" : "G");

  function atEnd() {                                           // a preset stops where its answer can be seen
    if (done || lab.altered || lab.run.steps < PRESETS[preset].steps || lab.turn) return false;
    done = true;
    moved = "";
    pause();
    const { ask: asked, answer, holds } = PRESETS[preset];
    const doubt = holds(lab.seen) ? "" : "(Not with this seed: look again with another.) ";
    const told = `${answer} ${doubt}Press Play to go on.`;
    ask.textContent = `${asked}\n${told}`;
    say(`Step ${lab.run.steps}. ${told} ${words()}`);
    return true;
  }

  // Playing: slices of work, with the browser's turn between them; a picture now and then -----------------------------
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
    do next();
    while (!slow && playing && performance.now() < now + SLICE && lab.run.steps !== PRESETS[preset].steps);
    if (atEnd() || !playing) return;
    if (slow) { tally(); look(); }
    if (now - spoken > SPOKEN) { spoken = now; say(words()); }
    again();
  }

  // Telling -----------------------------------------------------------------------------------------------------------
  function tally() {
    counted = performance.now();
    kind.count(lab);
    const { steps } = lab.run;
    if (counts.at(-1)?.[0] !== steps) counts.push([steps, ...kind.shares(lab)]);
    if (counts.length > 300) counts = counts.filter((_, k) => k % 2);
    for (const { paint } of charts) paint(rows, counts);
  }

  function words() {
    const { run } = lab;
    return `Step ${run.steps}: ${kind.words(lab)} Losses: D ${short(run.dLoss)}, G ${short(run.gLoss)}. `
      + `Size of G's gradient: ${short(run.gNorm)}.`;
  }

  function look() {
    drawn = performance.now();
    paint(lab, show, pencil?.frame());
    readout.textContent = `${slow || !playing ? moved : ""} ${words()}`;
    canvas.setAttribute("aria-label", kind.described(lab, pencil?.frame()));
  }

  const say = (text) => { live.textContent = text.trim(); };

  function warn(text, field) {                                 // under the field that it is about, or above the question
    if (field) field.after(warning);
    else ask.before(warning);
    warning.textContent = text;
  }

  async function copy() {
    const text = page ? `${location.href.split("#")[0]}#${format(preset, setting)}` : format(preset, setting);
    [link.hidden, link.value] = [false, text];
    link.select();
    try { await navigator.clipboard.writeText(text); copied.textContent = "Link copied."; }
    catch { copied.textContent = "The link stands here, selected: copy it."; }
    say(copied.textContent);
  }

  // From outside: links, whether anybody looks, the theme -------------------------------------------------------------
  const linked = () => { if (isLink(location.hash)) choose(location.hash); };
  // What has happened since it last told comes in one list: only the last entry says how things are.
  const eye = new IntersectionObserver((entries) => { seen = entries.at(-1).isIntersecting; again(); });
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
};
