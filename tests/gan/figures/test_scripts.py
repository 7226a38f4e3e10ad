"""The scripts of figures and lab: modules as they lie in the package, and joined. What importing a figure brings in."""
import json
import subprocess
import sys
from pathlib import Path

import pytest

import gan
from gan import figures, lab
from gan.figures.interactive import InteractiveFigure

SCRIPTS = sorted(f"./{path.parent.name}/{path.name}" for path in Path(gan.__file__).parent.rglob("*.js"))
NO_PAGE = "globalThis.matchMedia = () => ({ matches: false });"                # some ask for it when they are loaded


def exports(in_node, folder, name):
    return in_node(folder, "", f"{NO_PAGE} return Object.keys(await import({json.dumps(name)}));")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_finds_what_it_imports_where_it_lies(in_node, scripts, name):
    assert exports(in_node, scripts, name)


@pytest.mark.parametrize("figure", [figures.Scrubber, figures.MinimaxExplorer, figures.DiracExplorer,
                                    figures.FaceExplorer, figures.AskedFaces, figures.StyleExplorer,
                                    figures.LossCurves, figures.EarthMover,
                                    figures.TruncationCurve, lab.Lab])
def test_a_figures_scripts_are_one_module_that_imports_nothing(in_node, tmp_path, figure):
    (tmp_path / "joined.mjs").write_text(figure._esm, "utf8")
    assert "default" in exports(in_node, tmp_path, "./joined.mjs")
    assert "\nimport " not in f"\n{figure._esm}"


def test_a_figure_without_a_still_says_what_is_missing():
    class Bare(InteractiveFigure):
        _esm = "export default { render() {} };"

    with pytest.raises(NotImplementedError, match="Bare._still"):
        Bare()._repr_mimebundle_()


@pytest.mark.parametrize("imported, absent", [("gan", {"anywidget", "matplotlib"}),
                                              ("gan.figures, gan.lab", {"matplotlib"})])
def test_importing_brings_in_nothing_that_is_not_needed_yet(imported, absent):
    code = f"import {imported}, sys; print({absent} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
