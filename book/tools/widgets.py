"""Widgets on a page that is no notebook: the lab and the faces, each as a notebook would have saved it; the explorer of
chapter 16, as its notebook has.

The build has no torch, so a widget's scripts, style and first state are read from a source.py that imports nothing, or
from the notebook.
"""
import json
import runpy
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

BOOK, GAN = Path(__file__).parents[1], Path(__file__).parents[2] / "gan"
WIDGETS = "application/vnd.jupyter.widget-state+json"


class Widget(SphinxDirective):
    """One widget; a page may hold one of each kind. Its content says what its still picture, assets/NAME.png, shows."""

    source: Path
    has_content = True

    def parts(self) -> dict:
        """What the widget's source.py holds: FILES, CSS and what else it has."""
        return runpy.run_path(str(self.source))                        # run by path: gan itself needs torch

    def place(self, parts: dict, state: dict, ids: list[str]) -> list[nodes.Node]:
        """The widget with this state, between the links' targets ``ids`` and what runs it."""
        joining = GAN / "figures/source.py"
        for path in [joining, self.source, *(GAN / f"{name}.js" for name in parts["FILES"])]:
            self.env.note_dependency(str(path))
        state |= {"_esm": runpy.run_path(str(joining))["joined"](*parts["FILES"]), "_css": parts["CSS"]}
        return [self.view({"model_id": self.name}, ids), script(WIDGETS, self.saved(state)), *self.runs()]

    def saved(self, state: dict) -> dict:
        """A widget's state as a notebook saves it."""
        model = {"model_name": "AnyModel", "state": state}
        return {"version_major": 2, "version_minor": 0, "state": {self.name: model}}

    def view(self, told: dict, ids: list[str]) -> nodes.Node:
        """The place of a widget, with its still picture; ``told``: which one, and what else anywidget-mini.js knows."""
        picture = nodes.image(uri=f"assets/{self.name}.png", alt=" ".join(self.content))
        words = nodes.paragraph("", "A still picture: what moves here needs JavaScript.", classes=["needs-script"])
        return nodes.container("", script("application/vnd.jupyter.widget-view+json", told),
                               nodes.container("", picture, words, classes=["still"]), ids=ids)

    def runs(self) -> list[nodes.Node]:
        """What runs all widgets of a page: once, or each would be there twice."""
        if self.env.temp_data.setdefault("widgets run by", self.name) != self.name:
            return []
        up = "../" * self.env.docname.count("/")
        return [nodes.raw("", f'<script defer src="{up}_static/anywidget-mini.js"></script>', format="html")]


class Lab(Widget):
    """The lab (gan/lab).

    Its argument is the setting it starts with, such as ``preset=first``. ``:compact:`` leaves the settings out. A lab
    that has them also listens to the page's address, so that each preset can be linked to: ``lab.md#preset=first``.
    """

    source = GAN / "lab/source.py"
    required_arguments = 1
    option_spec = {"compact": directives.flag}

    def run(self) -> list[nodes.Node]:
        parts, compact = self.parts(), "compact" in self.options
        state = {"setting": self.arguments[0], "compact": compact, "page": "" if compact else "lab"}
        return self.place(parts, state, [] if compact else [f"preset={name}" for name in parts["presets"]()])


class DigitsLab(Widget):
    """The lab of digits, with its settings, as ``Lab`` is without ``:compact:``."""

    source = GAN / "lab/source.py"
    required_arguments = 1

    def parts(self) -> dict:
        parts = super().parts()
        return parts | {"FILES": parts["DIGITS"]}

    def run(self) -> list[nodes.Node]:
        parts = self.parts()
        return self.place(parts, {"setting": self.arguments[0], "compact": False, "page": "digits"},
                          [f"preset={name}" for name in parts["presets"]("writing")])


class Faces(Widget):
    """A face with a control for each of its factors (gan.figures.FaceExplorer)."""

    source = GAN / "figures/faces_source.py"

    def run(self) -> list[nodes.Node]:
        parts = self.parts()
        return self.place(parts, {"factors": parts["FIRST"]}, [])


class Explorer(Widget):
    """Two faces, mixed layer by layer (gan.figures.StyleExplorer), as chapter 16 has saved it.

    It weighs half a megabyte, so that it stands in a script of its own, which is loaded when the reader comes near.
    """

    notebook = BOOK / "16_stylegan.ipynb"

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(self.notebook))
        saved = json.loads(self.notebook.read_text("utf8"))["metadata"].get("widgets", {}).get(WIDGETS, {"state": {}})
        states = [model["state"] for model in saved["state"].values() if "gan-styles" in model["state"].get("_css", "")]
        if len(states) != 1:
            raise self.error(f"{self.notebook.name} holds {len(states)} StyleExplorers; must hold one")
        file = Path(self.env.app.outdir) / f"_static/{self.name}.js"
        file.parent.mkdir(parents=True, exist_ok=True)
        layers = len(states[0]["start"]["mix"])
        start = states[0]["start"] | {"mix": [float(k >= layers // 2) for k in range(layers)]}        # half A, half B
        text = json.dumps(self.saved(states[0] | {"start": start, "chosen": start, "compact": True}))
        file.write_text(f"document.currentScript.saved = {text};\n", "utf8")
        up = "../" * self.env.docname.count("/")
        told = {"model_id": self.name, "from": f"{up}_static/{file.name}", "link": "#style="}
        return [self.view(told, []), *self.runs()]


def script(kind: str, content) -> nodes.raw:
    text = json.dumps(content).replace("<", "\\u003c")             # no "</script>" may stand in it
    return nodes.raw("", f'<script type="{kind}">{text}</script>', format="html")


class LinkToPresets(SphinxTransform):
    """Let Markdown link to an id ``preset=name`` as it links to a heading."""

    default_priority = 800                     # myst-parser resolves links within a page at 879, to others later

    def apply(self, **kwargs) -> None:
        ids = [name for place in self.document.findall(nodes.container) for name in place["ids"]]
        slugs = {name: (None, name, name) for name in ids if name.startswith("preset=")}
        if slugs:
            self.document.myst_slugs = {**getattr(self.document, "myst_slugs", {}), **slugs}
            self.env.metadata[self.env.docname].setdefault("myst_slugs", {}).update(slugs)
