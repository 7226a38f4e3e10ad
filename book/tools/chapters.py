"""A chapter on disk: NN_name.py, which people edit, and NN_name.ipynb, the same cells with their outputs."""

import ast
import functools
import hashlib
import re
import sys
from pathlib import Path

import jupytext
import nbformat

BOOK = Path(__file__).resolve().parents[1]
MADE_FROM = "made_from"                   # the notebook's metadata: fingerprints of what its outputs came from
# Tags that stand beside hide-cell or hide-input, and what the fold is then called on the page.
FOLDS = {"setup": "Setup", "drawing": "Drawing code", "measure": "Measure", "derive": "Derive", "checks": "Checks",
         "solution": "Solution"}
MARKS = {"✓": "claim", "≡": "check"}       # how gan.claims marks what could be false, and what checks the code


def find(which: str = "", book: Path = BOOK) -> list[Path]:
    """The scripts of all chapters, or of those whose file name starts with one of ``which`` ("02", or "02 04")."""
    scripts = sorted(book.glob("[0-9][0-9]_*.py"))
    chosen = [path for path in scripts if not which or path.name.startswith(tuple(which.split()))]
    if which and not chosen:
        sys.exit(f"CHAPTER: got {which!r}; must be the start of a chapter's file name: "
                 + ", ".join(path.stem for path in scripts))
    return chosen


def read_script(script: Path) -> nbformat.NotebookNode:
    return jupytext.read(script, fmt="py:percent")


def read_notebook(script: Path) -> nbformat.NotebookNode:
    return nbformat.read(script.with_suffix(".ipynb"), as_version=4)


def code_cells(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(cell) -> tuple:
    """What of a cell must be the same in script and notebook."""
    return cell.cell_type, cell.source.rstrip(), cell.metadata.get("tags", []), cell.metadata.get("mystnb", {})


def claims(notebook) -> list[str]:
    """The sentences that `claim` printed, in order; not those of `check`, which could be false only by a mistake."""
    printed = "".join(output.text for cell in code_cells(notebook) for output in cell.outputs
                      if output.output_type == "stream" and output.name == "stdout")
    return re.findall(r"^✓ (.+)$", printed, re.MULTILINE)


def fingerprints(notebook, package: Path) -> dict[str, str]:
    """What the outputs depend on: the chapter's code, and the files of the package that it uses. Comments, formatting,
    docstrings and the repository's address (which publishing rewrites) do not count."""
    chapter = [meaning(cell.source) for cell in code_cells(notebook)]
    sources = {path.relative_to(package): path.read_text("utf-8") for path in sorted(package.rglob("*"))
               if path.suffix in (".py", ".js", ".mjs", ".css")}
    files = [(path.as_posix(), source) for path, source in used(chapter, sources)]
    return {"code": digest(chapter), "package": digest(files)}


def used(chapter, sources: dict[Path, str]) -> list[tuple[Path, object]]:
    """The files whose room and whose own name, or that of a thing that they define, are words in the chapter's code
    or in that of a file so used: rather one too many. A room's ``__init__`` that only passes names on is left out."""
    meanings = {path: meaning(text) if path.suffix == ".py" else text for path, text in sources.items()}
    names = {path: {path.stem} | defined(text) for path, text in sources.items()}
    words, found = {"__init__"} | words_of(chapter), []
    doors = {path for path in sources if path.parent.parts and names[path] == {"__init__"}}
    while more := [path for path in names.keys() - doors - set(found)
                   if words.issuperset(path.parent.parts) and words & names[path]]:
        found += more
        words = words.union(*(words_in(sources[path], path.suffix) for path in more))
    return [(path, meanings[path]) for path in sorted(found)]


@functools.cache                           # of each file once, though every chapter and all evidence asks
def words_in(source: str, suffix: str) -> set[str]:
    return words_of(meaning(source) if suffix == ".py" else source)


@functools.cache
def defined(source: str) -> set[str]:
    """The functions and classes of a Python file; nothing of a script of the page."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return set()
    return {node.name for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


def words_of(thing) -> set[str]:
    return set(re.findall(r"\w+", repr(thing)))


def digest(thing) -> str:
    return hashlib.sha256(repr(thing).encode()).hexdigest()[:16]


@functools.cache
def meaning(source: str):
    """The syntax tree as nested tuples; the text itself where it is not plain Python (magics).

    Not ast.dump: what that prints differs between versions of Python, and CI runs several.
    """
    source = re.sub(r"github\.com/[\w.-]+/[\w.-]+", "github.com/OWNER/REPOSITORY", source)
    try:
        return tree(ast.parse(source))
    except SyntaxError:
        return source


def tree(node):
    if isinstance(node, list):
        return [tree(item) for item in node]
    if not isinstance(node, ast.AST):
        return node
    fields = dict(ast.iter_fields(node))
    if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and ast.get_docstring(node):
        fields["body"] = fields["body"][1:]
    # Newer versions add fields, empty where they are not used (type_params in 3.12).
    return type(node).__name__, [(name, tree(value)) for name, value in fields.items() if value not in (None, [])]
