"""What the FaceExplorer is made of, as text. Imports nothing of gan: the book's build runs it, and has no torch."""

# In this order, for gan.figures.source.joined: a file names only what stands in files before it, and in itself.
FILES = ["figures/page", "figures/painting", "figures/faces"]

# The face that is seen first, and in the still picture.
FIRST = {
    "hair": 3, "hat": 0, "turn": 0.35, "tilt": -0.2, "width": 0.2,
    "glasses": 0, "beard": 0, "smile": 0.8, "open": 0.4, "eyes": 0.3, "apart": 0.0, "brow": -0.3, "nose": -0.2,
    "dye": 3, "iris": 2, "skin": 0.9, "light": 0.4, "wall": 0.55, "shirt": 0.2,
    "noise": 9471603,
}

CSS = """
    .gan-faces { display: grid; grid-template-columns: 3fr minmax(9rem, 1fr); gap: 0.75rem; margin: 0 auto;
                 max-width: 46rem; font-size: 0.9rem; }
    .gan-faces > * { grid-column: 1 / -1; min-width: 0; }
    .gan-faces .stage { display: flex; gap: 0.75rem; grid-column: 1; }
    .gan-faces .buttons { display: grid; align-content: start; gap: 0.5rem; grid-column: 2;
                          grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); }
    .gan-faces canvas { display: block; flex: 0 1 16rem; min-width: 0; max-width: 50%; aspect-ratio: 1;
                        border-radius: 0.4rem; }
    .gan-faces canvas.small { image-rendering: pixelated; }
    .gan-faces button, .gan-faces select {
        box-sizing: border-box; min-height: 2.75rem; min-width: 2.75rem; padding: 0.2rem 0.6rem; flex: 1 1 auto;
        font: inherit; color: inherit; background: var(--pst-color-background, Canvas);
        border: 1px solid; border-radius: 0.4rem; cursor: pointer; }
    .gan-faces button:disabled { opacity: 0.55; cursor: default; }
    .gan-faces button[aria-pressed=true] { box-shadow: inset 0 0 0 3px; }
    .gan-faces p { margin: 0; min-height: 3.2em; }
    .gan-faces .groups { display: grid; gap: 0.5rem 1.25rem;
                         grid-template-columns: repeat(auto-fit, minmax(min(100%, 12.5rem), 1fr)); }
    .gan-faces fieldset { display: block; min-width: 0; margin: 0; padding: 0; border: 0; }
    .gan-faces legend { margin: 0; padding: 0; font-size: inherit; font-weight: 600; }
    .gan-faces legend span { font-weight: 400; }
    .gan-faces .factor { display: flex; align-items: center; gap: 0.5rem; margin: 0.25rem 0; }
    .gan-faces .name { flex: 0 0 4rem; }
    .gan-faces .changed .name { font-weight: 700; text-decoration: underline; }
    .gan-faces input { flex: 1; min-width: 4rem; height: 2.75rem; margin: 0; cursor: pointer; }
    .gan-faces select { min-width: 0; }
    .gan-faces .value { flex: 0 0 2.5rem; text-align: right; font-variant-numeric: tabular-nums; }
    @media (max-width: 650px) { .gan-faces .stage, .gan-faces .buttons { grid-column: 1 / -1; } }
    @media (max-width: 650px) and (min-height: 600px) {               /* the face stays in sight of its controls */
        .gan-faces .stage { position: sticky; top: calc(var(--pst-header-height, 0rem) * 0.85); z-index: 2;
                            padding-block: 0.5rem; justify-content: center;
                            background: var(--pst-color-background, Canvas); }
        .gan-faces .factor * { scroll-margin-top: 14rem; }
    }
"""
