// The page of claims, searched: a field above them, kept in the address (#find=…) so that what is found can be passed on.
{
  const lists = [...document.querySelectorAll("ul.claims, ul.checks")], sections = [...document.querySelectorAll("section[id^=chapter-]")];
  const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

  function build() {
    const place = make("div", { className: "claims-search", role: "search" });
    const label = make("label", { textContent: "Find claims " }), field = make("input", { type: "search", placeholder: "such as: R1, or mode" });
    const said = make("p", { role: "status" });
    label.append(field);
    place.append(label, said);
    sections[0].before(place);

    const find = () => {
      const words = plain(field.value).split(/\s+/).filter(Boolean);
      let found = 0, all = 0;
      for (const list of lists) {
        for (const item of list.children) {
          const text = plain(item.textContent);
          item.hidden = !words.every((word) => text.includes(word));
          all += 1;
          found += !item.hidden;
        }
        list.hidden = [...list.children].every((item) => item.hidden);
      }
      for (const section of sections) {
        section.hidden = [...section.querySelectorAll("ul.claims, ul.checks")].every((list) => list.hidden);
        for (const part of section.children) {                       // what was measured goes with the claims below it
          if (/^H\d$/.test(part.tagName) || part.matches("ul.claims, ul.checks")) continue;
          let list = part.nextElementSibling;
          while (list && !list.matches("ul.claims, ul.checks")) list = list.nextElementSibling;
          part.hidden = words.length > 0 && (list?.hidden ?? true);
        }
      }
      said.textContent = words.length ? `${found} of ${all} claims and checks.` + (found ? "" : " Try fewer or other words.") : "";
      return words;
    };
    field.addEventListener("input", () => {
      const words = find();
      history.replaceState(null, "", words.length ? `#find=${encodeURIComponent(field.value.trim())}` : location.pathname + location.search);
    });
    const asked = () => {
      const text = /^#find=(.*)$/.exec(location.hash)?.[1];
      if (text === undefined) return;
      try { field.value = decodeURIComponent(text); } catch { field.value = text; }
      find();
    };
    addEventListener("hashchange", asked);
    asked();
  }

  if (sections.length) build();
}
