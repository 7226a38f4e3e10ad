// A page of the site as a part of the printed book: what only a screen needs goes, folds open or go, ids and links are
// those of one document. pdf.py calls it with a page's text, its file's address, its name and those of all pages printed.
([text, file, name, names]) => {
  const page = new DOMParser().parseFromString(text, "text/html");              // runs no script, loads no picture
  page.head.prepend(Object.assign(page.createElement("base"), { href: file }));
  const article = page.querySelector("article");
  const all = (selector) => [...article.querySelectorAll(selector)];
  const make = (tag, properties) => Object.assign(page.createElement(tag), properties);
  const web = page.querySelector("link[rel=canonical]").href, folder = new URL("..", file).href, root = new URL("..", web).href;

  // What a fold holds waits in it for a script (light.py); here it is read as elements.
  for (const waiting of all("noscript")) waiting.replaceWith(...waiting.childNodes);

  // Of a formula keep what is drawn, and say its source to those who listen.
  for (const formula of all(".katex")) {
    formula.role = "img";
    formula.ariaLabel = formula.querySelector("annotation")?.textContent ?? "formula";
    formula.querySelector(".katex-mathml")?.remove();
    formula.querySelector(".katex-html").removeAttribute("aria-hidden");          // or no search finds its letters
  }
  for (const gone of all("script, .headerlink, .chapter-bar, .definition, .letters, .needs-script, .figure-caption details, button:not(.term)")) gone.remove();
  for (const term of all("button.term")) term.replaceWith(...term.childNodes);
  for (const frame of all(".wide")) frame.replaceWith(...frame.childNodes);
  for (const row of all("p, li")) if (row.textContent.trim().startsWith("Measured run time")) row.remove();

  // Code that only sets up, draws, measures or checks stays in the notebooks; what it has shown stays here.
  for (const cell of all("div.cell[class*=tag_hide]")) {
    if (cell.matches(".tag_derive, .tag_solution")) continue;
    for (const code of cell.querySelectorAll(".cell_input")) code.remove();
    if (cell.matches(".tag_setup") || !cell.querySelector(".cell_output"))
      cell.replaceWith(...(cell.id ? [make("span", { id: cell.id })] : []));    // a link may lead to it
  }
  for (const fold of all("details")) {
    const words = fold.querySelector("summary"), named = fold.matches(".hide");
    const said = named ? fold.querySelector(".collapsed").textContent : words.textContent;
    words.remove();
    const open = make("div", { className: fold.className.replace(/\b(hide|admonition|above-\w+)\b/g, "") });
    if (!named || /^(Derive|Solution)/.test(said)) {
      open.classList.add("fold");
      open.append(make("p", { className: "fold-name", textContent: said }));
    }
    open.append(...fold.childNodes);
    if (open.textContent.trim() || open.querySelector("img")) fold.replaceWith(open);
    else fold.remove();
  }

  for (const text of all(".cell_output pre"))
    if (/^[✓≡] /m.test(text.textContent)) text.closest(".output")?.classList.add("marks");

  // Solutions stand at the chapter's end, so that an exercise can be tried first.
  const exercises = article.querySelector("section#exercises"), chapter = article.querySelector("section");
  const solutions = make("section", { id: "solutions" });
  solutions.append(make("h2", { textContent: "Solutions" }));
  let number = "", told = "";
  for (const part of [...exercises?.children ?? []]) {
    number = /^\d+/.exec(part.querySelector(":scope > strong:first-child")?.textContent ?? "")?.[0] ?? number;
    const solves = part.matches(".tag_solution") || /^Solution/.test(part.querySelector(".fold-name")?.textContent ?? "");
    if (!solves || !number) continue;
    for (const title of part.querySelectorAll(".fold-name")) title.remove();
    if (told !== number) solutions.append(make("h3", { textContent: `Exercise ${number}` }));
    told = number;
    solutions.append(part);
  }
  if (told) chapter.append(solutions);

  for (const still of all(".still")) {
    const words = make("p", { className: "still-words", textContent: "A still picture; it moves on " });
    words.append(make("a", { href: web, textContent: "the book's page" }), ".");
    still.append(words);
  }
  for (const picture of all("img")) {
    picture.src = picture.src;                                                  // whole, as the document lies elsewhere
    picture.removeAttribute("loading");
  }

  // Links: within the book, to files beside it and to a lab's settings, which work in a browser alone.
  for (const place of all("[id]")) place.id = `${name}.${place.id}`;
  article.id = name;
  for (const link of all("a[href]")) {
    const to = new URL(link.href), other = /\/book\/([^/]+)\.html$/.exec(to.pathname)?.[1];
    if (to.protocol !== "file:") continue;
    const inside = names.includes(other) && !/^#(preset|style)=/.test(to.hash);
    link.setAttribute("href", inside ? `#${other}${to.hash && "."}${decodeURIComponent(to.hash.slice(1))}` : link.href.replace(folder, root));
  }
  return { html: article.outerHTML, title: article.querySelector("h1").textContent, web };
}
