import pytest

from gan.tables import Table


def test_a_table_is_markdown_that_lines_up():
    table = Table(["method", "modes of 8"], [["plain", "≈ 1.9"], ["packed by two", 6]])
    assert repr(table) == table._repr_markdown_() == """\
| method        | modes of 8 |
| ------------- | ---------: |
| plain         |      ≈ 1.9 |
| packed by two |          6 |"""


def test_rows_may_come_from_a_generator():
    assert len(Table(iter("ab"), (iter([k, k**2]) for k in range(3))).rows) == 3


def test_a_row_with_a_cell_too_few_is_refused():
    with pytest.raises(ValueError, match=r"^rows\[1\]: got 1 cells; must be 2, as there are heads$"):
        Table(["a", "b"], [[1, 2], [1]])
