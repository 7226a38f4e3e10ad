// Drawing a data set on the lab's square: with mouse or finger, or with the keys, which move a frame.
import { MOST_POINTS } from "./data.js";

const REACHED = 1.5, APART = 0.1;
const WAYS = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };
const inside = (v) => Math.max(-REACHED, Math.min(REACHED, v));

// points() are those drawn so far, set(points) takes them with one more, extent() is how far the square reaches, and
// moved() is called when the frame has moved.
export function pencilOf(canvas, { points, set, extent, moved }) {
  let cursor, anew = false;                                    // the frame's place; undefined: nothing is drawn now

  function put(x, y) {
    const before = anew ? [] : points(), last = before.at(-1) ?? [9, 9];
    if (before.length >= MOST_POINTS || Math.hypot(x - last[0], y - last[1]) < APART) return;
    anew = false;
    set([...before, [x, y]]);
  }

  function putAt(event) {
    const { left, top, width } = canvas.getBoundingClientRect();
    const at = (share) => inside((share * 2 - 1) * extent());
    put(at((event.clientX - left) / width), -at((event.clientY - top) / width));
  }

  canvas.onpointerdown = (event) => {
    if (!cursor) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    putAt(event);
  };
  canvas.onpointermove = (event) => { if (cursor && event.buttons) putAt(event); };
  canvas.onkeydown = (event) => {
    const way = WAYS[event.key];
    if (!cursor || !(way || event.key === " ")) return;
    event.preventDefault();
    if (way) cursor = cursor.map((v, k) => inside(v + way[k]));
    else put(...cursor);
    moved();
  };

  return {
    frame: () => cursor,
    use(drawing) {
      cursor = drawing ? cursor ?? [0, 0] : undefined;
      canvas.classList.toggle("drawing", drawing);
      canvas.tabIndex = drawing ? 0 : -1;
      canvas.setAttribute("role", drawing ? "application" : "img");
    },
    startAnew() {
      anew = true;
      canvas.focus();
    },
  };
}
