// Shows one slide at a time, chosen by keys, a swipe, the buttons below or the address (#7). Where a slide holds more than
// the window, its letters become smaller; on a phone it scrolls instead.
{
  const root = document.documentElement, slides = [...document.querySelectorAll(".slide")], bar = document.querySelector(".bar");
  const make = (tag, properties, ...inside) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...inside);
    return element;
  };
  const name = (slide) => slide.ariaLabel.replace(/^.*?: /, "");
  let current = 0;

  // The theme is the one chosen on the book's pages, or else the system's.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    let mode = "auto";
    try { mode = localStorage.getItem("mode") ?? "auto"; } catch { /* storing is forbidden */ }
    root.dataset.theme = mode === "auto" ? (dark.matches ? "dark" : "light") : mode;
  };
  dark.addEventListener("change", paint);
  paint();

  const count = make("span", { className: "count" });
  const button = (text, label, act) => make("button", { type: "button", textContent: text, ariaLabel: text.length > 1 ? null : label, title: label, onclick: act });
  const all = make("dialog", { ariaLabel: "All slides" }, make("ol", {}, ...slides.map((slide) =>
    make("li", {}, make("a", { href: `#${slide.id}`, textContent: name(slide), onclick: () => all.close() })))));
  const overview = () => (all.open ? all.close() : all.showModal());
  const fullscreen = () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen?.());
  bar.append(button("←", "Slide before (left arrow)", () => show(current - 1)), count,
    button("→", "Next slide (right arrow)", () => show(current + 1)), button("☰", "All slides (Esc)", overview),
    Object.assign(button("Full screen", "Full screen (F)", fullscreen), { className: "wide-only" }));
  document.body.append(all);

  function fit() {
    const slide = slides[current];
    slide.style.fontSize = "";
    if (innerWidth <= 700) return;
    for (let size = 1; size > 0.55 && slide.scrollHeight > slide.clientHeight; size -= 0.05) slide.style.fontSize = `${size}em`;
  }

  function show(at, told = true) {
    current = Math.max(0, Math.min(slides.length - 1, at));
    slides.forEach((slide, k) => slide.classList.toggle("current", k === current));
    count.textContent = `${current + 1} / ${slides.length}`;
    if (told) history.replaceState(null, "", `#${current + 1}`);
    slides[current].scrollTop = 0;
    slides[current].focus({ preventScroll: true });
    fit();
  }
  const asked = () => show((Number.parseInt(location.hash.slice(1), 10) || 1) - 1, false);

  const keys = { ArrowRight: () => current + 1, PageDown: () => current + 1, ArrowDown: () => current + 1, " ": () => current + 1,
    ArrowLeft: () => current - 1, PageUp: () => current - 1, ArrowUp: () => current - 1, Home: () => 0, End: () => slides.length - 1 };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || all.open) return;                   // an open dialog has keys of its own
    const pressed = event.target.closest("a, button") && event.key === " ";
    const scrolls = event.key.match(/^Arrow(Up|Down)$/) && slides[current].scrollHeight > slides[current].clientHeight + 1;
    if (event.key === "Escape") overview();
    else if (event.key.toLowerCase() === "f") fullscreen();
    else if (keys[event.key] && !pressed && !scrolls) show(event.key === " " && event.shiftKey ? current - 1 : keys[event.key]());
    else return;
    event.preventDefault();
  });

  let from = null;
  addEventListener("touchstart", ({ touches: [first, second] }) => { from = second ? null : first; }, { passive: true });
  addEventListener("touchend", ({ changedTouches: [to] }) => {
    const x = from ? to.clientX - from.clientX : 0, y = from ? to.clientY - from.clientY : 0;
    if (Math.abs(x) > 50 && Math.abs(x) > 2 * Math.abs(y)) show(current - Math.sign(x));
    from = null;
  });

  root.classList.add("live");
  addEventListener("resize", fit);
  addEventListener("hashchange", asked);
  asked();
  document.fonts?.ready.then(fit);
}
