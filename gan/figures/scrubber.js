// A picture, a slider that chooses it and a button that plays them in turn.
// The same script runs in Jupyter, Colab and VS Code and, without a kernel, on the book's pages.
import { element } from "./page.js";

const CALM = matchMedia("(prefers-reduced-motion: reduce)");

function render({ model, el }) {
  const frames = model.get("frames");
  const captions = model.get("captions");
  const last = frames.length - 1;

  const picture = element("img", { decoding: "sync" });      // "sync": no flicker between frames
  const slider = element("input", { type: "range", min: 0, max: last, step: 1 });
  const button = element("button", { type: "button", textContent: "Play" });
  const controls = element("div", { className: "gan-scrubber-controls" });
  const caption = element("figcaption");
  const figure = element("figure", { className: "gan-scrubber" });
  slider.setAttribute("aria-label", model.get("label"));
  controls.append(button, slider);
  figure.append(picture, controls, caption);

  function paint() {
    const index = model.get("index");
    picture.src = frames[index];
    picture.alt = caption.textContent = captions[index];
    slider.value = index;
    slider.setAttribute("aria-valuetext", captions[index]);
  }

  function go(index) {
    model.set("index", index);
    model.save_changes();
  }

  let timer;

  function pause() {
    clearInterval(timer);
    timer = undefined;
    button.textContent = "Play";
  }

  function advance() {
    if (model.get("index") >= last || !figure.isConnected) return pause();
    go(model.get("index") + 1);
  }

  function play() {
    if (model.get("index") >= last) go(0);
    timer = setInterval(advance, CALM.matches ? 1500 : 400);
    button.textContent = "Pause";
  }

  slider.addEventListener("input", () => { pause(); go(slider.valueAsNumber); });
  button.addEventListener("click", () => (timer === undefined ? play() : pause()));
  model.on("change:index", paint);
  paint();
  el.append(figure);

  return () => { pause(); model.off("change:index", paint); };
}

export default { render };
