"""What of a chapter's page goes on a slide: first sentences, claims, portions of a list."""

import html
import re

from claims_page import OF_AN_EXERCISE
from docutils import nodes

THINGS, LETTERS = 6, 640                       # at most, on a slide of claims or of the summary
SENTENCE = re.compile(r"(?<!al)[.!?][”’\"')]*\s+(?=[A-Z“(])|(?<!al)[.!?][”’\"')]*\s*$")


def first_sentences(paragraph: nodes.paragraph, count: int) -> nodes.paragraph:
    kept = []
    for child in stripped(paragraph).children:
        ends = list(SENTENCE.finditer(child)) if isinstance(child, nodes.Text) else []
        if len(ends) >= count:
            kept.append(nodes.Text(child[:ends[count - 1].end()].rstrip()))
            break
        count -= len(ends)
        kept.append(child)
    return nodes.paragraph("", "", *kept)


def words(title: str) -> str:
    """A title without its marks; of a formula what is read, not its source."""
    return html.unescape(re.sub(r'<span class="katex-mathml">.*?</math></span>|<[^>]+>', "", title))


def folds(raw: nodes.raw) -> int:
    return raw.astext().count("<details") - raw.astext().count("</details")


def stripped(node: nodes.Node) -> nodes.Node:
    """A copy without links, and without the glossary's definitions (terms.py)."""
    copy, hidden = node.deepcopy(), False
    for parent in [copy, *copy.findall(nodes.Element)]:
        if not isinstance(parent, nodes.TextElement):
            continue
        kept = []
        for child in parent.children:
            if isinstance(child, nodes.raw):
                hidden = "popover id=" in child.astext()
            elif not hidden:
                kept.append(child)
        parent.children = kept
    for link in list(copy.findall(nodes.reference)):
        link.replace_self(link.children)
    return copy


def claims_in(cell: nodes.container) -> list[str]:
    lines = [line for block in cell.findall(nodes.literal_block) for line in block.astext().splitlines()]
    return [line[2:] for line in lines if line.startswith("✓ ") and not line[2:].startswith(OF_AN_EXERCISE)]


def portions(things: list) -> list[list]:
    """In portions that a slide can hold."""
    some = [[]]
    for thing in things:
        letters = sum(len(one if isinstance(one, str) else one.astext()) for one in (*some[-1], thing))
        if some[-1] and (len(some[-1]) == THINGS or letters > LETTERS):
            some.append([])
        some[-1].append(thing)
    return [portion for portion in some if portion]
