// The lab of points in the plane: the kind that lab.js runs, and the widget.
import { element } from "../figures/page.js";
import { DATA, MOST_POINTS, dataOf, decode, encode } from "./data.js";
import { forEngine } from "./form.js";
import { FIELDS, PRESETS, format, parse } from "./settings.js";
import { begin, count, watch } from "./count.js";
import { squareOf } from "./draw.js";
import { pencilOf } from "./pencil.js";
import { labOf } from "./lab.js";

const WAVE = Array.from({ length: 16 }, (_, k) => [-1.2 + 0.16 * k, 0.7 * Math.sin(k / 2.4)]);

const plane = {
  FIELDS, PRESETS, parse, format, forEngine, begin, watch, count,
  size: [560, 560],
  layers: { surface: "what D says", real: "real points", fakes: "fakes", arrows: "where G is pushed",
            manifold: "manifold of G" },
  shown: ["surface", "real", "fakes"], optional: ["arrows", "manifold"],         // the latter as a preset wants them
  hidden: ["points"],                                                            // settings that are in no form
  legend: "Real points are grey and round, fakes orange diamonds. Ground: D says real, blue, or fake, orange.",
  chart: "modes found, solid, and share of high quality, dashed",
  moves: { D: "D has moved: its surface changed, the fakes are where they were.",
           G: "G has moved: the fakes went where D's slope pushed them." },
  painterOf: squareOf,
  shares: ({ data, seen }) => [seen.modes / data.centres.length, seen.quality],
  words: ({ data, seen }) => `${seen.modes} of ${data.centres.length} ${data.parts} found, `
    + `${Math.round(100 * seen.quality)} % of fakes of high quality.`,
  complete(setting) { if (setting.data === "drawn" && setting.points === "") setting.points = encode(WAVE); },
  described({ run: { setting } }, frame) {
    const name = DATA[setting.data]?.label ?? "Your drawing";
    return `${name}: real points round, fakes as orange `
      + (setting.loss.startsWith("wasserstein") ? "diamonds; the ground is the bluer, the higher the critic rates."
        : "diamonds; the ground is blue where D says real and orange where it says fake.")
      + (frame ? ` Frame at ${frame.map((v) => v.toFixed(1)).join(", ")}.` : "");
  },
  // Drawing a data set: what is below the square, and the pencil.
  pencilOf(canvas, below, { setting, change, compact, moved }) {
    const pencil = pencilOf(canvas, {
      points: () => decode(setting().points), set: (points) => change("points", encode(points)),
      extent: () => dataOf(setting()).extent, moved,
    });
    const help = element("p", { className: "help", textContent: "Draw on the square with mouse or finger, or with the "
      + `keys: arrows move the frame, the space bar sets a point. Up to ${MOST_POINTS} points.` });
    const redraw = element("button", { type: "button", textContent: "Draw anew", onclick: pencil.startAnew });
    const told = element("p", { className: "help", attributes: { role: "status" } });
    redraw.addEventListener("click", () => { told.textContent = "The next point on the square begins a new drawing."; });
    below.append(help, redraw, told);
    function use() {
      const drawing = setting().data === "drawn" && !compact;
      help.hidden = redraw.hidden = told.hidden = !drawing;
      told.textContent = "";
      pencil.use(drawing);
    }
    return { frame: pencil.frame, use };
  },
};

export default { render: labOf(plane) };
