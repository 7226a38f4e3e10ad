"""Widgets on a page that is no notebook: the lab and the faces, each as a notebook would have saved it.

The build has no torch, so each widget's scripts, style and first state are read from a source.py that imports nothing.
"""
import json
import runpy
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

GAN = Path(__file__).parents[2] / "gan"


class Widget(SphinxDirective):
    """One widget, on a page that holds no other. Its content says what its still picture, assets/NAME.png, shows."""

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
        model = {"model_name": "AnyModel", "state": state}
        saved = {"version_major": 2, "version_minor": 0, "state": {self.name: model}}
        view = script("application/vnd.jupyter.widget-view+json", {"model_id": self.name})
        picture = nodes.image(uri=f"assets/{self.name}.png", alt=" ".join(self.content))
        words = nodes.paragraph("", "A still picture: what moves here needs JavaScript.", classes=["needs-script"])
        up = "../" * self.env.docname.count("/")
        runs = nodes.raw("", f'<script defer src="{up}_static/anywidget-mini.js"></script>', format="html")
        return [nodes.container("", view, nodes.container("", picture, words, classes=["still"]), ids=ids),
                script("application/vnd.jupyter.widget-state+json", saved), runs]


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
