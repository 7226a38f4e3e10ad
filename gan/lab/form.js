// Settings as a form and as a link, whatever they are of.

export function choice(label, options) {
  return { label, options, good: (v) => Object.hasOwn(options, v), wanted: "a name the lab knows" };
}

export function numeric(label, low, high, { whole = false, note = "" } = {}) {
  const good = (v) => Number.isFinite(v) && v >= low && v <= high && (!whole || Number.isInteger(v));
  return { label, low, high, whole, note, good, wanted: `a ${whole ? "whole " : ""}number from ${low} to ${high}` };
}

// These take effect at once, in the middle of a run; the others start a new run.
export const live = (field) => ({ ...field, live: true });

export const isLink = (hash) => /^#?(\w+=[^&]*)(&\w+=[^&]*)*$/.test(hash);      // not the anchor of a heading

// Links: #preset=name, and whatever differs from it. `mend(setting, preset)` puts right what does not go together and
// returns the sentence that says so, or "".
export function linksOf(FIELDS, PRESETS, mend = () => "") {
  function parse(link) {
    const wanted = new URLSearchParams(link.replace(/^#/, "")), problems = [];
    let name = wanted.get("preset") ?? "first";
    if (!Object.hasOwn(PRESETS, name)) {
      problems.push(`it names no preset of the lab (“${name.slice(0, 30)}”)`);
      name = "first";
    }
    const setting = { ...PRESETS[name].setting };
    for (const [key, text] of wanted) {
      if (key === "preset") continue;
      const field = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
      const value = field && "low" in field ? (text.trim() === "" ? NaN : Number(text)) : text;
      if (!field) problems.push(`“${key.slice(0, 30)}” is no setting`);
      else if (!field.good(value)) problems.push(`“${key}=${text.slice(0, 30)}” is not ${field.wanted}`);
      else setting[key] = value;
    }
    const wrong = mend(setting, PRESETS[name].setting);
    if (wrong) problems.push(wrong);
    const problem = problems.length === 0 ? ""
      : `Not all of this link could be used: ${problems.join(", and ")}; the preset “${PRESETS[name].title}” fills in.`;
    return { preset: name, setting, problem };
  }

  function format(name, setting) {
    const changed = Object.keys(FIELDS).filter((key) => setting[key] !== PRESETS[name].setting[key]);
    return `preset=${name}` + changed.map((key) => `&${key}=${setting[key]}`).join("");
  }

  return { parse, format };
}

// How the two players learn: in every lab the same, and changed in the middle of a run.
export const PLAYERS = {
  loss: live(choice("loss", {
    minimax: "minimax (saturating)", non_saturating: "non-saturating", least_squares: "least squares", hinge: "hinge",
    wasserstein_clip: "Wasserstein, clipped critic", wasserstein_gp: "Wasserstein, gradient penalty",
  })),
  clip: live(numeric("clip D's weights at", 0.001, 10)),
  gp: live(numeric("gradient penalty λ", 0, 100)),
  r1: live(numeric("R1 penalty γ", 0, 100, { note: "0: off" })),
  d_steps: live(numeric("D steps for each of G", 1, 20, { whole: true })),
  lr: live(numeric("learning rate of G", 0, 0.1)),
  d_lr: live(numeric("learning rate of D", 0, 0.1)),
  beta1: live(numeric("Adam's β₁", 0, 0.99)),
};

// The setting as the engine takes it.
export function forEngine(setting) {
  const loss = setting.loss.startsWith("wasserstein") ? "wasserstein" : setting.loss;
  const only = (name, value) => setting.loss === name ? value : 0;
  return { ...setting, loss, clip: only("wasserstein_clip", setting.clip), gp: only("wasserstein_gp", setting.gp) };
}
