// What a reader sees and touches of the lab, put together once. What the controls do is lab.js's: it is told by `act`.
import { element } from "../figures/page.js";
import { chartOf } from "./chart.js";

const button = (text, act) => element("button", { type: "button", textContent: text, onclick: act });

export function short(v) {
  if (!Number.isFinite(v)) return "–";
  return (Math.abs(v) >= 0.01 || v === 0 ? v.toFixed(2) : v.toExponential(0)).replace("-", "−");
}

// Charts, each with paint(rows, counts): rows of [step, D's loss, G's loss, size of G's gradient], counts of
// [step, two shares], whose names are `shares`.
function chartsOf(shares) {
  const blue = { colour: "#1487CC", dash: [] }, orange = { colour: "#D55E00", dash: [] };
  const dashed = { ...orange, dash: [6, 4] };
  return [
    ["losses: D's solid, G's dashed", [blue, dashed], {}, (rows) => rows.map((row) => row.slice(0, 3))],
    [shares, [{ dash: [] }, dashed], { low: 0, high: 1 }, (rows, counts) => counts],
    ["size of G's gradient, on a logarithmic scale", [orange], { log: true },
      (rows) => rows.map((row) => [row[0], row[3]])],
  ].map(([title, styles, ends, values]) => {
    const attributes = { role: "img", "aria-label": title }, caption = element("figcaption");
    const chart = element("canvas", { width: 560, height: 240, attributes }), draw = chartOf(chart, styles, ends, short);
    caption.textContent = title;
    const paint = (rows, counts) => draw(values(rows, counts));
    return { figure: element("figure", {}, chart, caption), paint };
  });
}

// The form: for each setting its input, and the row that holds it and its label.
function fieldsOf({ FIELDS, hidden = [] }, change) {
  return Object.fromEntries(Object.entries(FIELDS).filter(([key]) => !hidden.includes(key)).map(([key, field]) => {
    const options = Object.entries(field.options ?? {})
      .map(([value, textContent]) => element("option", { value, textContent }));
    const input = field.options ? element("select", {}, ...options)
      : element("input", { type: "number", min: field.low, max: field.high, step: field.whole ? 1 : "any" });
    input.name = key;
    input.onchange = () => change(key, field.options ? input.value : input.valueAsNumber, input);
    const label = element("span", { textContent: field.label + (field.note ? ` (${field.note})` : "") });
    return [key, { input, row: element("label", { className: "field" }, label, input) }];
  }));
}

export function controlsOf(kind, compact, act) {
  const [width, height] = kind.size, canvas = element("canvas", { width, height, attributes: { role: "img" } });
  const [ask, readout, warning] = ["ask", "readout", "warning"].map((className) => element("p", { className }));
  const live = element("p", { className: "aloud", attributes: { "aria-live": "polite" } });
  const play = button("Play", act.play), slowly = button("Slow motion", act.slow);
  play.className = "play";
  slowly.setAttribute("aria-pressed", false);
  const buttons = element("div", { className: "buttons" }, play, button("Step D", () => act.step("D")),
    button("Step G", () => act.step("G")), slowly, button("Reset", act.reset));
  const side = element("div", { className: "side" }, buttons, readout);
  const extras = element("div"), legend = element("p", { className: "legend", textContent: kind.legend });
  const stage = element("div", { className: "stage" }, element("div", {}, canvas, legend, extras), side);

  const presets = element("select", { onchange: () => act.choose(`preset=${presets.value}`) },
    ...Object.entries(kind.PRESETS).map(([value, { title }]) => element("option", { value, textContent: title })));
  const boxes = Object.entries(kind.layers).map(([name, label]) => {
    const input = element("input", { type: "checkbox", name, onchange: () => act.show(name, input.checked) });
    return element("label", { className: "box" }, input, label);
  });
  const link = element("input", { type: "text", readOnly: true, hidden: true,
                                  attributes: { "aria-label": "Link to this setting" } });
  const copied = element("span", { className: "help" });
  const fields = fieldsOf(kind, act.change), charts = compact ? [] : chartsOf(kind.chart);
  const figure = element("figure", { className: "gan-lab" + (compact ? " compact" : "") }, warning, ask, stage, live);
  if (compact) side.prepend(ask);                              // so that the square stands first on a page
  else {
    const label = element("span", { textContent: "preset" });
    figure.prepend(element("label", { className: "field preset" }, label, presets));
    side.append(element("fieldset", {}, element("legend", { textContent: "Show" }), ...boxes),
      element("div", { className: "buttons" }, button("New seed", act.seed), button("Copy link", act.copy), link, copied));
    figure.append(element("div", { className: "charts" }, ...charts.map((chart) => chart.figure)));
    figure.append(element("details", { open: innerWidth > 900 }, element("summary", { textContent: "Settings" }),
      element("p", { className: "help", textContent:
        "Loss, penalties, rates and D steps take effect at once; the rest starts a new run." }),
      element("div", { className: "fields" }, ...Object.values(fields).map(({ row }) => row))));
  }
  return { figure, canvas, ask, readout, warning, live, play, slowly, extras, presets, boxes, link, copied, fields,
           charts };
}
