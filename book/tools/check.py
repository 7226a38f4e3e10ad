"""Check, without running anything, that every chapter's notebook is what its script says. Seconds, not minutes."""

import argparse
import ast
import re
import sys
from pathlib import Path

import evidence
import ledger
from chapters import (
    BOOK,
    FOLDS,
    MADE_FROM,
    claims,
    code_cells,
    find,
    fingerprints,
    read_notebook,
    read_script,
    shown,
)

LONGEST_CELL, LONGEST_LINE, FEWEST_CLAIMS, SHORTEST_ALT = 25, 88, 10, 30
MOST_PARAMETERS, LONGEST_TUPLE = 5, 4


def problems(script: Path) -> list[str]:
    """Everything that is wrong with a chapter, as sentences; empty where nothing is."""
    if not script.with_suffix(".ipynb").exists():
        return ["there is no notebook"]
    source, notebook = read_script(script), read_notebook(script)
    return [*out_of_step(source, notebook), *not_run(notebook), *stale(script, source, notebook),
            *uncited(script, source, notebook), *against_the_rules(source, notebook)]


def out_of_step(source, notebook):
    """Cells, their order, kind, text, tags and alt texts are the same in script and notebook."""
    ours, theirs = [shown(cell) for cell in source.cells], [shown(cell) for cell in notebook.cells]
    for number, (one, other) in enumerate(zip(ours, theirs), start=1):
        if one != other:
            what = [name for name, x, y in zip(("kind", "text", "tags", "mystnb"), one, other) if x != y]
            yield f"cell {number}'s {what[0]} differs between script and notebook"
            return
    if len(ours) != len(theirs):
        yield f"the script has {len(ours)} cells, the notebook {len(theirs)}"


def not_run(notebook):
    """Every code cell was run, from top to bottom in one go, and none raised an error."""
    cells = code_cells(notebook)
    counts = [cell.execution_count for cell in cells]
    if counts != list(range(1, len(cells) + 1)):
        yield f"its cells were not run once each, in order: {counts}"
    for number, cell in enumerate(cells, start=1):
        if any(output.output_type == "error" for output in cell.outputs):
            yield f"code cell {number} holds an error"


def stale(script, source, notebook):
    """The outputs come from this chapter's code and this package."""
    made_from = notebook.metadata.get(MADE_FROM, {})
    for name, print_ in fingerprints(source, script.parents[1] / "gan").items():
        if made_from.get(name) != print_:
            where = {"code": "the chapter's code", "package": "gan/"}[name]
            yield f"its outputs come from another state of {where}"


def uncited(script, source, notebook):
    """What is loaded from gan/evidence is cited in the outputs, in the state in which it is there now."""
    printed = "".join(output.get("text", "") for cell in code_cells(notebook) for output in cell.outputs)
    code = "\n".join(cell.source for cell in code_cells(source))
    for name in dict.fromkeys(re.findall(r"\bevidence\.load\([\"'](\w+)[\"']", code)):
        try:
            if evidence.storage["cite"](name, script.parents[1] / "gan/evidence") not in printed:
                yield f"it loads the evidence {name} and does not print gan.evidence.cite({name!r}) as it is now"
        except ValueError as error:
            yield str(error)


def against_the_rules(source, notebook):
    """What design.md asks of every chapter and a program can see."""
    title = source.cells[0].source if source.cells else ""
    if not title.startswith("# "):
        yield "it does not begin with a title"
    if not re.search(r"measured run time", title, re.IGNORECASE):
        yield "its first cell gives no measured run time"
    for number, cell in enumerate(code_cells(source), start=1):
        # The setup is folded, and the same everywhere.
        lines = 0 if "setup" in cell.metadata.get("tags", []) else len(cell.source.splitlines())
        if lines > LONGEST_CELL:
            yield f"code cell {number} has {lines} lines; at most {LONGEST_CELL}"
        yield from (f"code cell {number}: {problem}" for problem in (*unfit(cell.source), *unnamed(cell)))
    for number, cell in enumerate(code_cells(notebook), start=1):
        figures = any("image/png" in output.get("data", {}) for output in cell.outputs)
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        if figures and len(alt) < SHORTEST_ALT:
            yield f"code cell {number} draws a figure without an alt text of at least {SHORTEST_ALT} characters"
    if (count := len(claims(notebook))) < FEWEST_CLAIMS:
        yield f"it checks {count} claims; at least {FEWEST_CLAIMS}"


def unfit(source):
    """What makes code hard to read on the page: lines that are cut there, long lists of things without names."""
    for line in source.splitlines():
        if len(line) > LONGEST_LINE:
            yield f"a line of {len(line)} characters; at most {LONGEST_LINE}: {line.strip()[:40]} …"
    try:
        found = list(ast.walk(ast.parse(source)))
    except SyntaxError:                                       # magics
        return
    for node in found:
        if isinstance(node, (ast.FunctionDef, ast.Lambda)):
            one = node.args
            count = len([*one.posonlyargs, *one.args, *one.kwonlyargs]) + bool(one.vararg) + bool(one.kwarg)
            if count > MOST_PARAMETERS:
                yield f"{getattr(node, 'name', 'a lambda')} has {count} parameters; at most {MOST_PARAMETERS}"
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) > LONGEST_TUPLE:
            yield f"a tuple of {len(node.value.elts)} is returned; at most {LONGEST_TUPLE}: give them names in a dict"


def unnamed(cell):
    """A fold says what is in it."""
    tags = cell.metadata.get("tags", [])
    names, hides = [tag for tag in tags if tag in FOLDS], any(tag.startswith("hide-") for tag in tags)
    if len(names) != hides:
        yield f"got the tags {tags}; must be none, or one that hides and one of {', '.join(FOLDS)}"


def different_setups(scripts: list[Path]) -> list[str]:
    """Names of the chapters whose first code cell is not the first chapter's."""
    setups = {script: [shown(cell) for cell in code_cells(read_script(script))[:1]] for script in scripts}
    return [script.stem for script in scripts if setups[script] != setups[scripts[0]]]


def orphans(book: Path) -> list[str]:
    """Notebooks without a script."""
    return [path.name for path in sorted(book.glob("*.ipynb")) if not path.with_suffix(".py").exists()]


def outdated(scripts: list[Path]) -> str:
    """No fault, but worth a note: chapters that the ledger of claims does not know as they are now."""
    found = {}
    for script in scripts:
        row = ledger.read(script.parents[1] / "gan/evidence/claims.json").get(script.stem)
        now = fingerprints(read_script(script), script.parents[1] / "gan")
        if why := ledger.changed(row, now):
            found.setdefault(why, []).append(script.name[:2])
    return "; ".join(f"{why}: {' '.join(names)}" for why, names in found.items())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("chapter", nargs="?", default="", help="start of the file name, such as 02 (default: all)")
    parser.add_argument("--book", type=Path, default=BOOK, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    scripts = find(arguments.chapter, arguments.book)
    found = [f"{script.stem}: {problem}" for script in scripts for problem in problems(script)]
    found += [f"{name}: its setup cell is not that of {scripts[0].stem}" for name in different_setups(scripts)]
    found += [f"{name}: there is no script of this name" for name in orphans(arguments.book)]
    found += evidence.stale(arguments.book.resolve().parent)
    if note := outdated(scripts):
        print(f'note: the ledger of claims. {note}. To renew it: make claims SEEDS=20 again=1 CHAPTER="…"')
    print("\n".join(found) or f"{len(scripts)} chapters: script, notebook and outputs agree")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
