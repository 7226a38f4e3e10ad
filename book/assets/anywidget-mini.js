/* Runs the anywidgets saved in a notebook on a static page: no kernel, no require.js, no html-manager.

   myst-nb puts two kinds of JSON into the page: one script with the state of every widget, and one small script for
   each place where a widget was shown. Around the latter, tools/static_site.py puts a still picture. Where a widget
   runs, it takes the still's place; where anything fails, or no script runs, the still stays.
   The states may stand in a script of their own, {"model_id": …, "from": "its address"}, loaded when the reader comes
   near, or some seconds later. A widget with a "link" waits for the reader, or for an address that begins with the link.

   Supported: anywidgets (initialize, render, binary traits) and jslink/jsdlink between them. */
(() => {
"use strict";

const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
const VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]';

/* The part of anywidget's model that works without a kernel: named values, and listeners for their changes. */
class Model {
  #values;
  #listeners = new Map();                     // event -> set of functions

  constructor(values) { this.#values = values; }

  get(name) { return this.#values[name]; }

  set(name, value) {
    if (this.#values[name] === value) return;
    this.#values[name] = value;
    for (const event of [`change:${name}`, "change"])
      for (const listener of [...(this.#listeners.get(event) ?? [])]) listener();
  }

  on(events, listener) {
    for (const event of events.split(" ")) {
      if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
      this.#listeners.get(event).add(listener);
    }
  }

  off(event, listener) {
    if (!event) this.#listeners.clear();
    else if (!listener) this.#listeners.delete(event);
    else this.#listeners.get(event)?.delete(listener);
  }

  save_changes() {}                           // there is no kernel to tell
  send() {}
}

function readModels(saved) {
  const models = new Map();
  for (const [id, { state, buffers = [] }] of Object.entries(saved)) {
    const values = { ...state };
    for (const { path, data } of buffers)
      values[path[0]] = new DataView(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)).buffer);
    models.set(id, new Model(values));
  }
  return models;
}

function connectLinks(saved, models) {
  const end = ([reference, trait]) => [models.get(reference.replace("IPY_MODEL_", "")), trait];
  const follow = ([a, x], [b, y]) => a.on(`change:${x}`, () => b.set(y, a.get(x)));
  for (const { model_name: name, state } of Object.values(saved)) {
    if (name !== "LinkModel" && name !== "DirectionalLinkModel") continue;
    const [source, target] = [end(state.source), end(state.target)];
    follow(source, target);
    if (name === "LinkModel") follow(target, source);
  }
}

async function importWidget(source) {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { default: widget } = await import(url);
  URL.revokeObjectURL(url);
  return typeof widget === "function" ? widget() : widget;
}

/* Resolves once an element is about to be seen. */
const near = (element) => new Promise((resolve) => {
  const eye = new IntersectionObserver((entries) => {
    if (!entries.at(-1).isIntersecting) return;
    eye.disconnect();
    resolve();
  }, { rootMargin: "300px" });
  eye.observe(element);
});

/* What such a script leaves on its own element; by a script, as a page from a folder may not fetch. */
const loaded = (src) => new Promise((resolve, reject) => {
  const script = Object.assign(document.createElement("script"), { src });
  script.addEventListener("load", () => {
    const saved = script.saved.state, models = readModels(saved);
    connectLinks(saved, models);
    resolve(models);
  });
  script.addEventListener("error", () => reject(new Error(`${src} could not be loaded.`)));
  document.head.append(script);
});
const LATER = 4_000;                          // milliseconds; reading a page is not held up by what is far below
const later = new Promise((resolve) => {
  const soon = () => setTimeout(resolve, LATER);
  if (document.readyState === "complete") soon();
  else addEventListener("load", soon);
});
const files = new Map();                      // address -> its models, once for all its widgets
const modelsOf = (src) => files.get(src) ?? files.set(src, loaded(src)).get(src);

async function show(view, models) {
  const { model_id: id, from, link } = JSON.parse(view.textContent);
  if (from) {
    if (!link) await Promise.race([near(view.parentElement), later]);
    else if (!location.hash.startsWith(link)) await near(view.parentElement);
    models = await modelsOf(from);
  }
  const model = models.get(id);
  const widget = await importWidget(model.get("_esm"));
  const el = document.createElement("div");
  await widget.initialize?.({ model });
  await widget.render?.({ model, el });

  const style = document.createElement("style");
  style.textContent = model.get("_css") ?? "";
  el.prepend(style);
  view.parentElement.querySelector(".still")?.remove();
  view.after(el);
}

async function start() {
  const states = [...document.querySelectorAll(STATE)].map((script) => JSON.parse(script.textContent).state);
  const saved = Object.assign({}, ...states), models = readModels(saved);
  connectLinks(saved, models);
  for (const view of document.querySelectorAll(VIEW)) {
    const shown = show(view, models).catch((error) => {
      console.error("This interactive figure stays a still picture.", error);
    });
    if (!JSON.parse(view.textContent).from) await shown;       // one that comes later keeps no other waiting
  }
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
})();
