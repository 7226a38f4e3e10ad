"""Tables that a notebook, Colab, GitHub and the book's pages all show as tables."""

from collections.abc import Iterable


class Table:
    """Rows of cells under a row of heads, as Markdown; the first column is read as the rows' names.

    Cells are strings, or numbers that are shown as they are; a measured one is written ``f"≈ {value:.2f}"``, so that
    re-running may change it. Raises ``ValueError`` where a row has not as many cells as there are heads.

        Table(["method", "modes"], [["plain", "≈ 1.9"], ["packed", "≈ 6.2"]])
    """

    def __init__(self, heads: Iterable, rows: Iterable[Iterable]):
        self.heads = [str(head) for head in heads]
        self.rows = [[str(cell) for cell in row] for row in rows]
        for i, row in enumerate(self.rows):
            if len(row) != len(self.heads):
                raise ValueError(f"rows[{i}]: got {len(row)} cells; must be {len(self.heads)}, as there are heads")

    def __repr__(self) -> str:
        """The Markdown, which is plain text that lines up."""
        lines = [self.heads, *self.rows]
        widths = [max(3, *(len(line[k]) for line in lines)) for k in range(len(self.heads))]
        rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
        return "\n".join("| " + " | ".join(cell.ljust(width) if k == 0 else cell.rjust(width)
                                           for k, (cell, width) in enumerate(zip(line, widths))) + " |"
                         for line in (self.heads, rule, *self.rows))

    def _repr_markdown_(self) -> str:
        return repr(self)
