// What an inspector's outputs say of a face, in words; and whose a third face is, where two differ. No page.
const SURE = 0.8;                                              // below that: "perhaps"
const APART = 0.2, NEAR = 0.3;                                 // of a number's range; of the way between two
const COLOURS = ["red", "violet", "blue", "turquoise", "green", "yellow"];                 // of a hue, in sixths

// {name: {value, sure}} of what was read: a kind's place, a number within its bounds, a hue in turns.
export function readings(reads, outputs) {
  let at = 0;
  return Object.fromEntries(reads.map(({ name, kinds, hue, low, high }) => {
    if (kinds) {
      const logits = outputs.slice(at, at += kinds.length), most = Math.max(...logits);
      const sure = 1 / logits.reduce((sum, v) => sum + Math.exp(v - most), 0);
      return [name, { value: logits.indexOf(most), sure }];
    }
    if (hue) {
      const [x, y] = outputs.slice(at, at += 2), turns = Math.atan2(y, x) / (2 * Math.PI);
      return [name, { value: turns < 0 ? turns + 1 : turns, sure: 1 }];
    }
    const share = Math.min(1, Math.max(0, (outputs[at++] + 1) / 2));
    return [name, { value: low + share * (high - low), sure: 1 }];
  }));
}

const listed = (words) => words.length < 2 ? words.join("")
  : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

export function inWords(reads, seen) {
  const kind = (name) => reads.find((read) => read.name === name).kinds[seen[name].value];
  const maybe = (text, ...names) => names.some((name) => seen[name].sure < SURE) ? `perhaps ${text}` : text;
  const worn = (name, yes) => maybe(seen[name].value ? yes : `no ${name}`, name);
  const colour = (name) => COLOURS[Math.round(6 * seen[name].value) % 6];
  const side = (name, how) => Math.abs(seen[name].value) < 0.3 ? []
    : [`the head ${how} to the ${seen[name].value > 0 ? "right" : "left"}`];
  const { smile, skin, light } = seen;
  return listed([
    kind("hair") === "bald" ? maybe("a bald head", "hair") : maybe(`${kind("hair")} ${kind("dye")} hair`, "hair", "dye"),
    ...(seen.hat.value ? [maybe("a hat", "hat")] : []), worn("glasses", "glasses"), worn("beard", "a beard"),
    smile.value > 0.3 ? "a smile" : smile.value < -0.3 ? "corners of the mouth turned down" : "a straight mouth",
    `${skin.value < 1 / 3 ? "dark" : skin.value < 2 / 3 ? "medium" : "light"} skin`,
    maybe(`${kind("iris")} eyes`, "iris"), ...side("turn", "turned"), ...side("tilt", "tilted"),
    ...(Math.abs(light.value) < 0.3 ? [] : [`light from the ${light.value > 0 ? "right" : "left"}`]),
    `a ${colour("wall")} wall`, `a ${colour("shirt")} shirt`]);
}

// How far a value lies from one to another, and whether these are far enough apart to tell.
function between({ kinds, hue, low, high }, a, b, value) {
  if (kinds) return { differ: a !== b, share: value === a ? 0 : value === b ? 1 : NaN };
  const turned = (d) => hue ? d - Math.round(d) : d, whole = turned(b - a);
  return { differ: Math.abs(whole) > APART * (high - low), share: turned(value - a) / whole };
}

// In which of the things that differ between two faces a third is like the first, like the second, or like neither.
export function whose(reads, a, b, third) {
  const parts = { A: [], B: [], between: [], neither: [] };
  const bald = reads.find((read) => read.name === "hair").kinds.indexOf("bald");
  for (const read of reads) {
    const { name } = read;
    if (name === "dye" && [a, b, third].some(({ hair }) => hair.value === bald)) continue;
    const { differ, share } = between(read, a[name].value, b[name].value, third[name].value);
    if (!differ) continue;
    const like = Math.abs(share) < NEAR ? "A" : Math.abs(share - 1) < NEAR ? "B"
      : share > 0 && share < 1 ? "between" : "neither";
    parts[like].push(name);
  }
  const said = [["A", "like A"], ["B", "like B"], ["between", "between them"], ["neither", "like neither"]]
    .filter(([like]) => parts[like].length).map(([like, text]) => `${text} in ${listed(parts[like])}`);
  return said.length ? `Where A and B differ, the mixed face is ${said.join("; ")}.`
    : "Between A and B it sees no difference.";
}

const percent = (share) => `${(100 * share).toFixed(share > 0.995 && share < 1 ? 1 : 0)} %`;

// What is known of these words: on faces that were drawn, and on G's, of which nobody knows the truth.
export function reliability(reads) {
  const each = (some, said) => reads.filter(some).map((read) => `${read.name} ${said(read)}`).join(", ");
  const drawn = "On drawn faces that it was not trained on, the inspector was right in: "
    + `${each(({ kinds }) => kinds, ({ right }) => percent(right))}. Of a number's variance it explained (R²): `
    + `${each(({ kinds, hue }) => !kinds && !hue, ({ right }) => right.toFixed(2))}. It missed a colour by, of the whole `
    + `circle: ${each(({ hue }) => hue, ({ right }) => percent(right))}.`;
  const same = each(({ kinds, same }) => kinds && same !== null, (read) => percent(read.same));
  const along = each(({ kinds, same }) => !kinds && same !== null, (read) => read.same.toFixed(2));
  const fakes = "Of G's faces nobody knows the truth, and one that could not have been drawn is read all the same."
    + (same || along ? ` Of 1,000 of them, a second inspector read as this one did: ${same}; the numbers of both `
      + `correlate: ${along}.` : "");
  return `${drawn} ${fakes} “Perhaps” marks what it is less than ${percent(SURE)} sure of.`;
}
