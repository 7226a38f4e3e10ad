// A fold's content waits as text in a <noscript> (see light.py) and becomes elements when it is wanted: when the fold is
// opened, when something in it is led to, before the page is searched by keyboard, and before it is printed.
{
  const copy = () => document.querySelector("button.copybtn:not(.success)");
  let copied = 0;

  function unfold(fold) {
    const kept = fold.querySelector(":scope > noscript");
    if (!kept) return;
    const content = document.createElement("template");
    content.innerHTML = kept.textContent;
    for (const code of content.content.querySelectorAll("div.highlight > pre")) {        // sphinx-copybutton's came too early
      const button = copy()?.cloneNode(true);
      if (!button) continue;
      code.id = `unfolded${copied++}`;
      button.dataset.clipboardTarget = `#${code.id}`;
      code.after(button);
    }
    kept.replaceWith(content.content);
    fold.dispatchEvent(new CustomEvent("unfolded", { bubbles: true }));
  }

  const all = () => document.querySelectorAll("details > noscript").forEach((kept) => unfold(kept.parentElement));

  function led() {
    let place = location.hash.slice(1);
    try { place = decodeURIComponent(place); } catch { /* as it stands */ }
    const there = document.getElementById(place);
    if (there?.matches(".cell")) {                                    // a claim's cell: what it holds is to be seen
      for (const fold of there.querySelectorAll("details.hide")) fold.open = true;
      there.scrollIntoView();
    }
    if (!place || there) return;
    const fold = [...document.querySelectorAll("details > noscript")].find((kept) => {
      const content = document.createElement("template");
      content.innerHTML = kept.textContent;
      return content.content.getElementById(place);
    })?.parentElement;
    if (!fold) return;
    unfold(fold);
    fold.open = true;
    document.getElementById(place).scrollIntoView();
  }

  document.addEventListener("toggle", (event) => { if (event.target.open) unfold(event.target); }, true);
  addEventListener("keydown", (event) => { if (event.key === "F3" || ((event.ctrlKey || event.metaKey) && event.key === "f")) all(); }, true);
  addEventListener("beforeprint", all);
  matchMedia("print").addEventListener("change", (event) => { if (event.matches) all(); });
  addEventListener("hashchange", led);
  document.querySelectorAll("details[open]").forEach(unfold);        // opened before this script ran
  led();
}
