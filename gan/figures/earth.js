// Earth in ten bins that the reader carries to where it is wanted: a plan, what it costs, the cheapest one, a critic
// that proves it cheapest. All is computed here, in Jupyter and, without a kernel, on the book's pages. A plan is a
// table: plan[i][j] pieces lay in bin i at first and lie in bin j now.
import { element, number, svg } from "./page.js";

const BINS = 10, PIECES = 12, ALL = [...Array(BINS).keys()];
const sum = (values) => values.reduce((a, b) => a + b, 0);
const table = (of) => ALL.map((i) => ALL.map((j) => of(i, j)));

export const untouched = (fakes) => table((i, j) => i === j ? fakes[i] : 0);
export const costOf = (plan) => sum(ALL.flatMap((i) => ALL.map((j) => plan[i][j] * Math.abs(i - j))));
export const heights = (plan) => ALL.map((j) => sum(plan.map((row) => row[j])));
export const leftToMove = (plan, data) => sum(heights(plan).map((height, j) => Math.max(0, height - data[j])));

// From where the pieces in a bin came, from the ground up: those that were there at first, then the others.
export const pile = (plan, j) => [j, ...ALL.filter((i) => i !== j)].flatMap((i) => Array(plan[i][j]).fill(i));

// The plan after the n topmost pieces of one bin were carried to another.
export function carried(plan, from, to, n) {
  const next = plan.map((row) => [...row]);
  for (const i of pile(plan, from).slice(-n)) {
    next[i][from] -= 1;
    next[i][to] += 1;
  }
  return next;
}

// On a line the cheapest plan pairs pieces in order: the leftmost piece goes to the leftmost place, and so on.
export function cheapest(fakes, data) {
  const places = (counts) => ALL.flatMap((i) => Array(counts[i]).fill(i)), to = places(data);
  const plan = table(() => 0);
  places(fakes).forEach((i, k) => { plan[i][to[k]] += 1; });
  return plan;
}

// A critic of slope at most 1 that is best: where more earth lies on the left than is wanted there, it rises by 1.
export function critic(fakes, data) {
  const f = [0];
  let surplus = 0;
  for (const i of ALL.slice(1)) f.push(f[i - 1] + Math.sign(surplus += fakes[i - 1] - data[i - 1]));
  return f.map((value) => value - Math.min(...f));
}

export const meanOf = (f, counts) => sum(ALL.map((i) => f[i] * counts[i])) / sum(counts);

// By how much carrying a piece from i to j costs more than f rises on the way: a cheapest plan has 0 in all it does.
export const waste = (f, i, j) => Math.abs(i - j) - (f[j] - f[i]);

function wasteOf(plan, f) {
  const found = ALL.flatMap((i) => ALL.filter((j) => plan[i][j] && waste(f, i, j)).map((j) => ({ i, j,
    each: waste(f, i, j), n: plan[i][j] })));
  return { found, total: sum(found.map(({ each, n }) => each * n)) };
}

// Two histograms, the same for every reader of a number: each of two heaps, at most six pieces in a bin.
export function drawn(seed) {
  let state = seed * 0x9E3779B9;
  const uniform = () => {                                              // mulberry32
    let z = state = (state + 0x6D2B79F5) | 0;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
  const heaps = () => {
    const counts = Array(BINS).fill(0), middles = [BINS * uniform(), BINS * uniform()];
    while (sum(counts) < PIECES) {
      const place = Math.floor(middles[sum(counts) % 2] + 2.5 * (uniform() + uniform() - 1));
      if (counts[place] < 6) counts[place] += 1;
    }
    return counts;
  };
  for (;;) {
    const [fakes, data] = [heaps(), heaps()], cost = costOf(cheapest(fakes, data));
    if (cost >= 10 && cost <= 40) return { fakes, data };
  }
}

const pieces = (n) => n === 1 ? "1 piece" : `${n} pieces`;

export function inWords(plan, fakes, data) {
  const cost = costOf(plan), best = costOf(cheapest(fakes, data)), left = leftToMove(plan, data), n = sum(fakes);
  const f = critic(fakes, data), { found, total } = wasteOf(plan, f);
  const done = cost === best ? `It costs ${cost}: no plan is cheaper.`
    : `It costs ${cost}, which is ${cost - best} more than the cheapest, ${best}.`;
  const far = left ? `${left} of ${n} pieces ${left === 1 ? "is" : "are"} left to move. Cost so far: ${cost}, in `
    + `pieces × bins; the cheapest plan costs ${best}.` : `All earth lies as wanted. ${done}`;
  const where = found.slice(0, 3).map(({ i, j, each, n: many }) =>
    `${pieces(many)} from ${i + 1} to ${j + 1} (${each}${many > 1 ? " each" : ""})`);
  const more = found.length > 3 ? ` and ${found.length - 3} more` : "";
  const wasted = total ? `Wasted: ${total}, by ${where.join(", ")}${more}`
    + (left ? `. Without taking that back you end at ${best + total} or more.` : ".") : "Nothing is wasted.";
  const high = meanOf(f, data), low = meanOf(f, fakes);
  return { far, wasted, dual: `The critic's mean is ${number(high)} where earth is wanted and ${number(low)} where it `
    + `lay at first. No plan costs less a piece than the difference, ${number(high - low, 3)}: it is W₁ = `
    + `${best}/${n} bins.` };
}

const W = 360, L = 10, COLUMN = 34, GROUND = 190, TOP = 26;
const middle = (j) => L + COLUMN * (j + 0.5);

function paintPiles(drawing, plan, data, { cursor, held }) {
  const tall = heights(plan), room = held && cursor !== held.from ? held.n : 0;
  const rows = Math.max(8, ...data, ...tall, tall[cursor] + room), unit = (GROUND - TOP) / rows;
  const box = (j, row, name, rest = {}) => svg("rect", { class: name, x: L + COLUMN * j + 3, width: COLUMN - 6,
    y: (GROUND - unit * (row + 1) + 1).toFixed(1), height: (unit - 2).toFixed(1), rx: 2, ...rest });
  const all = [svg("rect", { class: "cursor", x: L + COLUMN * cursor, y: TOP - 4, width: COLUMN,
                             height: GROUND - TOP + 24 })];
  for (const j of ALL) {
    const lying = pile(plan, j);
    lying.forEach((from, row) => {
      const lifted = held && held.from === j && row >= lying.length - held.n;
      all.push(box(j, row, `${from === j ? "piece" : "piece come"}${lifted ? " lifted" : ""}`));
      const y = GROUND - unit * (row + 0.5) + 4;
      if (from !== j) all.push(svg("text", { x: middle(j), y, "text-anchor": "middle" }, `${from + 1}`));
    });
    const level = (GROUND - unit * data[j]).toFixed(1), x = L + COLUMN * j + 0.5;
    all.push(svg("path", { class: "wanted", d: `M${x} ${GROUND}V${level}h${COLUMN - 1}V${GROUND}` }));
    all.push(svg("text", { x: middle(j), y: GROUND + 15, "text-anchor": "middle" }, `${j + 1}`));
  }
  for (let k = 0; k < room; k++) all.push(box(cursor, tall[cursor] + k, "ghost"));
  drawing.replaceChildren(...all, svg("line", { class: "ground", x1: L, x2: W - L, y1: GROUND, y2: GROUND }));
}

function paintCritic(drawing, f) {
  const base = 104, unit = Math.min(30, 76 / Math.max(1, ...f)), y = (value) => base - unit * value;
  drawing.replaceChildren(svg("line", { class: "ground", x1: L, x2: W - L, y1: base, y2: base }),
    svg("path", { class: "critic", d: "M" + f.map((value, j) => `${middle(j)} ${y(value)}`).join("L") }),
    ...f.flatMap((value, j) => [svg("circle", { class: "dot", cx: middle(j), cy: y(value), r: 4 }),
      svg("text", { x: middle(j), y: y(value) - 9, "text-anchor": "middle" }, `${value}`),
      svg("text", { x: middle(j), y: base + 18, "text-anchor": "middle" }, `${j + 1}`)]));
}

const CELL = 29, EDGE = 34;

function paintPlan(drawing, plan, fakes, data, f) {
  const text = (x, y, label, name = "") => svg("text", { x, y, class: name, "text-anchor": "middle" }, `${label}`);
  const at = (k) => EDGE + CELL * k, mid = (k) => at(k) + CELL / 2, now = heights(plan), all = [];
  all.push(text(mid(4.5), 12, "to bin"), svg("text", { x: 10, y: mid(4.5), "text-anchor": "middle",
    transform: `rotate(-90 10 ${mid(4.5)})` }, "from bin"));
  for (const i of ALL) {
    all.push(text(mid(i), 28, i + 1), text(25, mid(i) + 4, i + 1), text(at(BINS) + 14, mid(i) + 4, fakes[i], "edge"),
      text(mid(i), at(BINS) + 17, data[i], now[i] === data[i] ? "edge" : "edge open"));
    for (const j of ALL) {
      const wasted = waste(f, i, j), n = plan[i][j];
      const kind = i === j ? "stays" : wasted ? n ? "cell wasteful" : "cell" : "cell tight";
      all.push(svg("rect", { class: kind, x: at(j) + 0.5, y: at(i) + 0.5, width: CELL - 1, height: CELL - 1 }));
      if (n) all.push(text(mid(j), mid(i) + 5, n, "count"));
    }
  }
  drawing.replaceChildren(...all);
}

function paintCost(drawing, cost, best) {
  const most = Math.max(1.6 * best, cost, 1), x = (value) => L + (W - 2 * L) * value / most;
  const side = x(best) > W / 2 ? "end" : "start";
  drawing.replaceChildren(svg("rect", { class: "trough", x: L, y: 20, width: W - 2 * L, height: 14 }),
    svg("rect", { class: "cost", x: L, y: 20, width: x(cost) - L, height: 14 }),
    svg("line", { class: "best", x1: x(best), x2: x(best), y1: 4, y2: 38 }),
    svg("text", { x: x(best) + (side === "end" ? -6 : 6), y: 14, "text-anchor": side }, `cheapest: ${best}`));
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const set = (values) => { for (const [name, value] of Object.entries(values)) model.set(name, value);
                            model.save_changes(); };
  const drawing = (height, role) => svg("svg", { viewBox: `0 0 ${W} ${height}`, ...role });
  const [piles, cost, dual, matrix] = [drawing(212, { "aria-hidden": "true" }), ...[42, 126, 346].map((height) =>
    drawing(height, { role: "img" }))];
  const words = ["far", "wasted", "dual"].map((name) => ({ name, line: element("p", { className: "said" }) }));
  const status = element("p", { className: "status" });
  const spoken = element("p", { className: "spoken", attributes: { "aria-live": "polite" } });
  const most = get("fakes").map((n, j) => n - get("data")[j]);
  const state = { cursor: most.indexOf(Math.max(...most)), held: null, dragging: null, before: [], soon: 0 };

  const ground = element("div", { className: "piles", tabIndex: 0, attributes: { role: "application", "aria-label":
    "Piles of earth in ten bins. Left and right choose a bin, up and down how many pieces, Enter takes them and puts "
    + "them down, Escape puts them back." } }, piles);

  function bin(j) {
    const now = heights(get("plan"))[j], wanted = get("data")[j], over = now - wanted;
    const much = over > 0 ? `${over} too many` : over < 0 ? `${-over} too few` : "as wanted";
    return `Bin ${j + 1}: ${now} of ${wanted} wanted, ${much}.`;
  }

  function says() {
    const { cursor, held } = state;
    if (!held) return bin(cursor);
    const far = Math.abs(cursor - held.from), name = `${pieces(held.n)} of bin ${held.from + 1}`;
    return far ? `${name} over bin ${cursor + 1}, ${far} ${far === 1 ? "bin" : "bins"} away. ${bin(cursor)}`
      : `${name} ${held.n === 1 ? "is" : "are"} taken: where to?`;
  }

  // What happened is seen here at once and heard when the hands rest, with how far one is now.
  function say(text, plan) {
    const { far, wasted } = plan ? inWords(plan, get("fakes"), get("data")) : {};
    status.textContent = text;
    clearTimeout(state.soon);
    state.soon = setTimeout(() => { spoken.textContent = plan ? `${text} ${far} ${wasted}` : text; }, 400);
  }

  const paintHands = () => paintPiles(piles, get("plan"), get("data"), state);
  const show = () => { paintHands(); say(says()); };

  function paint() {
    const plan = get("plan"), fakes = get("fakes"), data = get("data"), f = critic(fakes, data);
    const best = costOf(cheapest(fakes, data)), said = inWords(plan, fakes, data);
    if (state.held && heights(plan)[state.held.from] < state.held.n) state.held = null;
    paintHands();
    paintCritic(dual, f);
    paintPlan(matrix, plan, fakes, data, f);
    paintCost(cost, costOf(plan), best);
    for (const { name, line } of words) line.textContent = said[name];
    const moves = ALL.flatMap((i) => ALL.filter((j) => i !== j && plan[i][j]).map((j) =>
      `${plan[i][j]} from ${i + 1} to ${j + 1}`));
    matrix.setAttribute("aria-label", `The plan: ${moves.join(", ") || "nothing has been moved"}.`);
    dual.setAttribute("aria-label", `The critic in bins 1 to 10: ${f.join(", ")}.`);
    cost.setAttribute("aria-label", `Cost so far ${costOf(plan)}; the cheapest plan costs ${best}.`);
  }

  function put() {
    const { from, n } = state.held, { cursor } = state;
    state.held = null;
    state.before.push(get("plan"));
    set({ plan: carried(get("plan"), from, cursor, n) });
    say(`${pieces(n)} carried from bin ${from + 1} to ${cursor + 1}. ${bin(cursor)}`, get("plan"));
  }

  const take = (from, n) => { state.held = n > 0 ? { from, n: Math.min(n, heights(get("plan"))[from]) } : null;
                              if (state.held && !state.held.n) state.held = null; };

  ground.addEventListener("keydown", (event) => {
    const { cursor, held } = state, on = held?.from ?? cursor, n = held?.n ?? 0;
    const does = {
      ArrowLeft: () => { state.cursor = Math.max(0, cursor - 1); },
      ArrowRight: () => { state.cursor = Math.min(BINS - 1, cursor + 1); },
      ArrowUp: () => take(on, n + 1),
      ArrowDown: () => take(on, n - 1),
      Home: () => { state.cursor = 0; },
      End: () => { state.cursor = BINS - 1; },
      Escape: () => take(on, 0),
      Enter: () => take(on, held ? 0 : 1),
    };
    const key = event.key === " " ? "Enter" : event.key;
    if (!Object.hasOwn(does, key) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    if (key === "Enter" && held && cursor !== held.from) return put();
    does[key]();
    show();
  });

  const place = ({ clientX, clientY }) => {
    const { left, top, width } = piles.getBoundingClientRect(), scale = W / width, plan = get("plan");
    const j = Math.min(Math.max(Math.floor(((clientX - left) * scale - L) / COLUMN), 0), BINS - 1);
    const rows = Math.max(8, ...get("data"), ...heights(plan)), unit = (GROUND - TOP) / rows;
    return { j, row: Math.max(0, Math.floor((GROUND - (clientY - top) * scale) / unit)) };
  };
  ground.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    const { j, row } = place(event), there = heights(get("plan"))[j];
    state.dragging = { held: state.held };
    ground.setPointerCapture(event.pointerId);
    state.cursor = j;
    if (!state.held || state.held.from === j) take(j, Math.max(1, there - row));
    show();
  });
  ground.addEventListener("pointermove", (event) => {
    const { j } = place(event);
    if (!state.dragging || j === state.cursor) return;
    state.cursor = j;
    show();
  });
  ground.addEventListener("pointerup", () => {
    if (!state.dragging) return;
    const { held } = state, was = state.dragging.held;
    state.dragging = null;
    if (held && state.cursor !== held.from) return put();
    if (was && held && was.n === held.n) state.held = null;                       // a second tap puts it back
    show();
  });
  ground.addEventListener("pointercancel", () => {                                // the page was scrolled
    if (state.dragging) state.held = state.dragging.held;
    state.dragging = null;
    show();
  });

  function change(plan, text, rest = {}) {
    state.held = null;
    set({ ...rest, plan });
    paint();                                                     // the plan may be the same
    say(text, plan);
  }
  const remembered = (plan, text) => { state.before.push(get("plan")); change(plan, text); };
  const does = {
    "Undo": () => state.before.length ? change(state.before.pop(), "Undone.") : say("There is nothing to undo."),
    "Start again": () => remembered(untouched(get("fakes")), "All earth lies as at first."),
    "Show the best plan": () => remembered(cheapest(get("fakes"), get("data")),
      "A cheapest plan; Undo brings yours back."),
    "New histograms": () => {
      const round = get("round") + 1, { fakes, data } = drawn(round);
      state.before = [];
      change(untouched(fakes), `Histograms number ${round}.`, { round, fakes, data });
    },
  };
  const buttons = Object.entries(does).map(([textContent, onclick]) =>
    element("button", { type: "button", textContent, onclick }));

  const title = (...parts) => element("p", { className: "title" }, ...parts);
  const key = (name, text) => element("span", { className: `key ${name}` }, text);
  const [far, wasted, proof] = words.map(({ line }) => line);
  el.append(element("figure", { className: "gan-earth" },
    title("Drag earth from bin to bin, or tap a bin and then another. Keys: ← → choose a bin, ↑ ↓ how many pieces, "
      + "Enter takes and puts down."),
    element("div", { className: "drawings" },
      element("div", {}, title(key("fake", "earth"), ", with the bin it came from, and where it is ",
        key("wanted", "wanted")), ground, status, element("div", { className: "buttons" }, ...buttons),
        title("Cost of your plan"), cost, far, wasted),
      element("div", {}, title("The plan: how many pieces of each bin (beside it, all of them) go to each (below it, "
        + "all that are wanted). On ", key("shade", "blue"), " the critic rises by what the way costs."), matrix,
        title("The best critic f: its slope is at most 1"), dual,
        proof)), spoken));
  const traits = ["plan", "fakes", "data"].map((name) => `change:${name}`);
  for (const trait of traits) model.on(trait, paint);
  paint();
  status.textContent = says();
  return () => { clearTimeout(state.soon); for (const trait of traits) model.off(trait, paint); };
}

export default { render };
