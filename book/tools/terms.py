"""Sphinx extension: a glossary that lives.

A chapter's first use of a term shows its definition when pointed at, focused or tapped; the glossary itself gets
letters to jump to, and its "Chapter 4" leads to chapter 4.
"""

import re

from docutils import nodes
from reading_aids import chapters, link_to, number
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

GLOSSARY = "book/glossary"
# Everyday words that are terms in the chapters of their definitions, and elsewhere say something else.
HOMELY = {"bridge", "domain", "dropping", "floor", "hopping", "inversion", "packing", "power", "rank"}
UNTOUCHED = (nodes.reference, addnodes.pending_xref, nodes.literal, nodes.literal_block, nodes.title, nodes.math,
             nodes.table, nodes.raw)


# In the chapters -----------------------------------------------------------------------------------------------------
class FirstUses(SphinxPostTransform):
    """The term becomes a button, its popover holds the definition. A tap needs no script; terms.js adds the rest."""

    formats = ("html",)
    default_priority = 4                       # before what a definition may hold is seen to: formulas at 5, references

    def run(self, **kwargs) -> None:
        if self.env.docname not in chapters(self.env) or GLOSSARY not in self.env.external_site_map:
            return
        here = str(number(self.env.docname))
        left = {term: words for term, words in definitions(self.env.get_doctree(GLOSSARY)).items()
                if term not in HOMELY or here in chapters_named("".join(word.astext() for word in words))}
        for text in list(self.document.findall(nodes.Text)):
            if left and in_running_text(text):
                text.parent.replace(text, self.marked(text, left))

    def marked(self, text: nodes.Text, left: dict[str, list[nodes.Node]]) -> list[nodes.Node]:
        """The text in pieces; each term that it uses is taken out of ``left``."""
        found = pattern(left).search(text)
        if not found:
            return [text]
        term = next(term for term in left if plain(term) == plain(found[1]))
        place = f"term-of-{nodes.make_id(term)}"
        # What follows a button may begin a new line, whatever it is: a comma or an 's is kept beside it.
        joined = re.match(r"[.,;:?!)”’\"']*(?:s\b)?", text[found.end():])[0]
        shown = [nodes.raw("", f'<span class="unbroken"><button type="button" class="term" popovertarget="{place}">',
                           format="html"),
                 nodes.Text(found[0]), nodes.raw("", "</button>", format="html"), nodes.Text(joined),
                 nodes.raw("", f'</span><span popover id="{place}" class="definition">', format="html"),
                 *(node.deepcopy() for node in left.pop(term)), nodes.raw("", "</span>", format="html")]
        before, after = nodes.Text(text[:found.start()]), nodes.Text(text[found.end() + len(joined):])
        return [before, *shown, *(self.marked(after, left) if left else [after])]


def definitions(glossary: nodes.document) -> dict[str, list[nodes.Node]]:
    """Each term with the children of its definition's paragraph, in inline form."""
    items = glossary.findall(nodes.definition_list_item)
    return {item.next_node(nodes.term).astext(): item.next_node(nodes.paragraph).children for item in items}


def chapters_named(text: str) -> list[str]:
    """The numbers that stand behind "Chapter" or "Chapters"."""
    return re.findall(r"\d+", text[found.start():]) if (found := re.search(r"\bChapters? \d", text)) else []


def plain(text: str) -> str:
    return " ".join(text.lower().split())


def pattern(terms) -> re.Pattern:
    """A term as a word of its own, the longest first, in the singular or the plural. The support vectors of an SVM have
    nothing to do with a density's support."""
    longest = sorted(terms, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, longest))})(?:e?s)?(?![\w-]| vector)", re.IGNORECASE)


def in_running_text(node: nodes.Node) -> bool:
    above, paragraph = node.parent, False
    while above is not None:
        if isinstance(above, UNTOUCHED) or "chapter-bar" in above.get("classes", ()):
            return False
        paragraph |= isinstance(above, nodes.paragraph)
        above = above.parent
    return paragraph


# In the glossary -----------------------------------------------------------------------------------------------------
class LinkToChapters(SphinxTransform):
    """"Chapters 1 to 3" leads to both, where they are written."""

    default_priority = 210

    def apply(self, **kwargs) -> None:
        if self.env.docname != GLOSSARY:
            return
        names = {number(name): name for name in chapters(self.env)}
        for text in list(self.document.findall(nodes.Text)):
            if found := re.search(r"\bChapters? \d", text):
                pieces = [text[:found.start()], *re.split(r"(\d+)", text[found.start():])]
                text.parent.replace(text, [link_to(self.env, names[int(piece)], piece)
                                           if piece.isdigit() and int(piece) in names else nodes.Text(piece)
                                           for piece in pieces if piece])


class Letters(SphinxPostTransform):
    """A to Z: each letter that a term begins with leads to the first of its terms."""

    formats = ("html",)
    default_priority = 5

    def run(self, **kwargs) -> None:
        if self.env.docname != GLOSSARY:
            return
        first = {}
        for term in self.document.findall(nodes.term):
            first.setdefault(term.astext()[0].upper(), term["ids"][0])
        links = " ".join(f'<a href="#{place}">{letter}</a>' for letter, place in first.items())
        title = self.document.next_node(nodes.title)
        title.parent.insert(1, nodes.raw("", f'<nav class="letters" aria-label="Letters">{links}</nav>', format="html"))


def setup(app) -> dict:
    app.add_transform(LinkToChapters)
    app.add_post_transform(FirstUses)
    app.add_post_transform(Letters)
    app.add_js_file("terms.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
