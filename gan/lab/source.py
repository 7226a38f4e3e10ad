"""What the lab is made of, as text. Imports nothing of gan: the book's build runs it, and has no torch."""
import re
from pathlib import Path

# In this order, for gan.figures.source.joined: a file names only what stands in files before it, and in itself.
SHARED = ("products", "arithmetic", "network", "engine", "form")
SEEN = ("chart", "controls", "lab")
FILES, DIGITS = (["figures/page", *(f"lab/{name}" for name in (*SHARED, *own, *SEEN, last))] for own, last in (
    (("data", "settings", "count", "draw", "pencil"), "plane"),
    (("handwritten", "handwriting", "writing", "reading"), "digits")))


def presets(of: str = "settings") -> list[str]:
    """The names that a link ``lab.md#preset=name`` may have, or, ``of="writing"``, one to the lab of digits."""
    settings = Path(__file__).with_name(f"{of}.js").read_text("utf8")
    return re.findall(r"^  (\w+): preset\(", settings, re.M)


CSS = """
    .gan-lab { margin: 0 auto; max-width: 60rem; font-size: 0.95rem; }
    .gan-lab [hidden] { display: none !important; }
    .gan-lab p { margin-block: 0.4rem; }
    .gan-lab .stage { display: grid; gap: 1rem;
                      grid-template-columns: repeat(auto-fit, minmax(min(100%, 17.5rem), 1fr)); }
    .gan-lab .stage > * { min-width: 0; }
    @media (min-width: 1100px) { .gan-lab:not(.compact) .stage { grid-template-columns: 3fr 2fr; } }
    .gan-lab .charts { display: grid; gap: 0.5rem 1rem; margin-block: 0.75rem;
                       grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr)); }
    .gan-lab canvas { display: block; box-sizing: border-box; width: 100%; height: auto; }
    .gan-lab .stage > :first-child > canvas { border: 1px solid; border-radius: 0.4rem; }
    .gan-lab canvas.drawing { touch-action: none; cursor: crosshair; }
    .gan-lab figure { display: block; margin: 0 0 0.4rem; }
    .gan-lab figure figcaption { font-size: 0.8rem; margin: 0; padding: 0; text-align: left; color: inherit; }
    .gan-lab .buttons { display: flex; flex-wrap: wrap; gap: 0.5rem; margin-block: 0.3rem; }
    .gan-lab button, .gan-lab select, .gan-lab input:not([type=checkbox]) {
        box-sizing: border-box; min-height: 2.75rem; min-width: 2.75rem; max-width: 100%; padding: 0.2rem 0.7rem;
        font: inherit; color: inherit; background: var(--pst-color-background, Canvas);
        border: 1px solid; border-radius: 0.4rem; }
    .gan-lab button { cursor: pointer; }
    .gan-lab .play { padding-inline: 1.4rem; font-weight: 700; color: #fff; background: #0B5FA5;
                     border-color: #0B5FA5; }
    .gan-lab button[aria-pressed=true] { box-shadow: inset 0 0 0 2px; font-weight: 600; }
    .gan-lab input:invalid { outline: 2px dashed #D55E00; }
    .gan-lab .buttons input { flex: 1 1 8rem; min-width: 0; }
    .gan-lab fieldset { display: flex; flex-wrap: wrap; gap: 0 1rem; margin: 0.3rem 0; padding: 0; border: 0; }
    .gan-lab legend { font-size: inherit; font-weight: 600; margin: 0; padding: 0; }
    .gan-lab .box { display: flex; align-items: center; gap: 0.4rem; min-height: 2.75rem; cursor: pointer; }
    .gan-lab .box input { width: 1.2rem; height: 1.2rem; }
    .gan-lab .fields { display: grid; gap: 0.5rem 1rem;
                       grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr)); }
    .gan-lab .field { display: flex; flex-direction: column; min-width: 0; }
    .gan-lab .preset { flex-direction: row; flex-wrap: wrap; align-items: center; gap: 0.2rem 0.7rem; }
    .gan-lab .ask { font-weight: 600; min-height: 5em; white-space: pre-line; }
    .gan-lab.compact { margin-block-end: 1rem; }
    .gan-lab.compact .ask { min-height: 6.2em; }
    @media (max-width: 600px) { .gan-lab.compact .ask { min-height: 0; } }
    .gan-lab .readout { font-variant-numeric: tabular-nums; min-height: 6.2em; }
    .gan-lab .warning:empty { display: none; }
    .gan-lab .fields .warning { grid-column: 1 / -1; }
    .gan-lab .warning { border-left: 4px solid #D55E00; padding-left: 0.6rem; }
    .gan-lab .help, .gan-lab .legend { font-size: 0.85rem; }
    .gan-lab span.help { align-self: center; }
    .gan-lab summary { line-height: 2.75rem; cursor: pointer; font-weight: 600; }
    .gan-lab .aloud { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
"""
