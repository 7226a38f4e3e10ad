// The page of claims, searched: words, a chapter and a kind, kept in the address (#find=…) so that it can be passed on.
{
  const rows = [...document.querySelectorAll("table.claims tbody tr")], sentences = rows.filter((row) => !row.matches(".measured"));
  const sections = [...document.querySelectorAll("section[id^=chapter-]")];
  const texts = new Map(sentences.map((row) => [row, row.cells[0].textContent]));
  const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const KINDS = { "": "claims and checks", claim: "claims", check: "checks of the code", missed: "claims that failed in a run" };

  function build() {
    const find = make("input", { type: "search", placeholder: "such as: R1, or mode" });
    const chapter = make("select", {}, new Option("all chapters", ""),
      ...sections.map((section) => new Option(section.querySelector("h2 a").textContent, section.id.split("-")[1])));
    const kind = make("select", {}, ...Object.entries(KINDS).map(([value, text]) => new Option(text, value)));
    const said = make("p", { role: "status" });
    const fields = { find, chapter, kind };
    sections[0].before(make("div", { className: "claims-search", role: "search" }, make("label", { textContent: "Find claims " }, find),
      make("label", { textContent: "Chapter " }, chapter), make("label", { textContent: "Kind " }, kind), said));

    const show = () => {
      const words = plain(find.value).split(/\s+/).filter(Boolean);
      const asked = words.length || chapter.value || kind.value;
      for (const row of sentences) {
        const text = plain(texts.get(row));
        row.hidden = !(words.every((word) => text.includes(word)) && (!kind.value || row.classList.contains(kind.value))
          && (!chapter.value || row.closest("section").id === `chapter-${chapter.value}`));
      }
      rows.forEach((row, at) => {                            // what was measured goes with the claims below it
        if (!row.matches(".measured")) return;
        let below = at + 1;
        while (rows[below]?.matches(".claim") && rows[below].hidden) below += 1;
        row.hidden = !rows[below]?.matches(".claim");
      });
      for (const section of sections) section.hidden = sentences.every((row) => row.hidden || row.closest("section") !== section);
      const found = sentences.filter((row) => !row.hidden).length;
      said.textContent = asked ? `${found} of ${sentences.length} claims and checks.` + (found ? "" : " Try fewer or other words.") : "";
      return asked;
    };
    const kept = () => Object.entries(fields).filter(([, field]) => field.value.trim())
      .map(([name, field]) => `${name}=${encodeURIComponent(field.value.trim())}`).join("&");
    for (const field of Object.values(fields)) {
      field.addEventListener("input", () =>
        history.replaceState(null, "", show() && kept() ? `#${kept()}` : location.pathname + location.search));
    }
    const asked = () => {
      const parts = location.hash.slice(1).split("&").map((part) => /^(find|chapter|kind)=(.*)$/.exec(part)).filter(Boolean);
      if (!parts.length) return;
      for (const field of Object.values(fields)) field.value = "";
      for (const [, name, value] of parts) {
        let text = value;
        try { text = decodeURIComponent(value); } catch { /* as it stands */ }
        if (name === "find" || [...fields[name].options].some((option) => option.value === text)) fields[name].value = text;
      }
      show();
    };
    addEventListener("hashchange", asked);
    asked();
  }

  if (sections.length) build();
}
