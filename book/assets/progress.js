// Which chapters somebody has read and which exercises they have solved: kept in this browser, and sent nowhere.
{
  const KEY = "gan-book-progress";                       // {chapter: {read: true, solved: ["1", "3"]}}
  const name = (link) => new URL(link).pathname.split("/").pop().replace(/\.html$/, "");
  const make = (tag, text, properties = {}) => Object.assign(document.createElement(tag), { textContent: text }, properties);

  // A browser may forbid storing, and what is stored may be anything: then nothing is marked.
  const load = () => {
    let found;
    try { found = JSON.parse(localStorage.getItem(KEY)); } catch { /* damaged, or forbidden since */ }
    const chapters = found && typeof found === "object" && !Array.isArray(found) ? found : {};
    return (chapter) => ({ read: chapters[chapter]?.read === true,
      solved: Array.isArray(chapters[chapter]?.solved) ? chapters[chapter].solved.map(String) : [] });
  };
  const change = (chapter, kept) => {
    let chapters = {};
    try { chapters = { ...JSON.parse(localStorage.getItem(KEY)) }; } catch { /* begin anew */ }
    chapters[chapter] = kept;
    try { localStorage.setItem(KEY, JSON.stringify(chapters)); } catch { /* full, or forbidden since */ }
    show();
  };
  const usable = () => {
    try { localStorage.setItem(`${KEY}-test`, ""); localStorage.removeItem(`${KEY}-test`); return true; } catch { return false; }
  };

  const boxes = [];                                      // [checkbox, what it says of the chapter's state]
  const box = (words, chapter, is, set) => {
    const label = make("label", "", { className: "progress-box" }), input = make("input", "", { type: "checkbox" });
    input.addEventListener("change", () => change(chapter, set(load()(chapter), input.checked)));
    label.append(input, ` ${words}`);
    boxes.push([input, () => is(load()(chapter))]);
    return label;
  };

  // On a chapter's page: a box behind each exercise's question, and one at the end.
  function furnish(chapter) {
    for (const bold of document.querySelectorAll("section#exercises p > strong:first-child")) {
      const number = /^(\d+)\b/.exec(bold.textContent)?.[1];
      if (number && !bold.previousSibling?.textContent.trim()) {
        bold.parentElement.after(box(`I have solved exercise ${number}`, chapter, (kept) => kept.solved.includes(number),
          (kept, on) => ({ ...kept, solved: on ? [...kept.solved, number] : kept.solved.filter((one) => one !== number) })));
      }
    }
    document.querySelector("article.bd-article > section")?.append(
      box("I have read this chapter", chapter, (kept) => kept.read, (kept, on) => ({ ...kept, read: on })));
  }

  function show() {
    const kept = load();
    for (const [input, is] of boxes) input.checked = is();
    for (const old of document.querySelectorAll(".progress-mark")) old.remove();
    for (const link of document.querySelectorAll("nav.bd-links a.internal")) {
      if (kept(name(link.href)).read) link.append(make("span", " ✓", { className: "progress-mark", title: "read", ariaLabel: "read", role: "img" }));
    }
    const cards = [...document.querySelectorAll(".chapter-card")];
    let read = 0, solved = 0, exercises = 0;
    for (const card of cards) {
      const own = kept(name(card.querySelector("h3 a").href)), of = Number(card.dataset.exercises);
      const done = Math.min(own.solved.length, of);
      read += own.read; solved += done; exercises += of;
      const words = [own.read ? "✓ read" : "", done ? `${done} of ${of} exercises solved` : ""].filter(Boolean).join(" · ");
      if (words) card.append(make("p", words, { className: "progress-mark times" }));
    }
    if (read || solved) {
      const forget = make("button", "Forget it", { type: "button" });
      forget.addEventListener("click", () => { localStorage.removeItem(KEY); show(); });
      const line = make("p", `You have read ${read} of ${cards.length} chapters and solved ${solved} of ${exercises} ` +
        "exercises. Only this browser knows. ", { className: "progress-mark", role: "status" });
      line.append(forget);
      document.querySelector(".chapter-cards")?.before(line);
    }
  }

  if (usable()) {
    if (document.querySelector(".chapter-bar")) furnish(name(location.href));
    show();
    addEventListener("storage", (event) => { if ([KEY, null].includes(event.key)) show(); });   // from another tab
    addEventListener("pageshow", (event) => { if (event.persisted) show(); });                  // back to a page kept in memory
  }
}
