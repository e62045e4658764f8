from __future__ import annotations

from seatrial.report.dense import dense
from seatrial.report.view import Cell, Row, Table


def table(*rows: str, together: int) -> Table:
    """Columns named by their number; a row is its cells, one letter each."""
    columns = tuple((str(i),) for i in range(len(rows[0])))
    return Table("t", columns, tuple(Row("", tuple(map(Cell, row))) for row in rows), together)


def shown(found: Table) -> list[str]:
    assert all(len(row.cells) == len(found.columns) for row in found.rows)
    return ["".join(name for (name,) in found.columns)] + ["".join(c.text for c in row.cells) for row in found.rows]


def test_a_column_without_a_number_goes() -> None:
    found = dense(table("a-c", "--c", together=3))
    assert shown(found) == ["02", "ac", "-c"]
    assert found.together == 2


def test_a_column_stays_where_one_group_has_a_number() -> None:
    assert shown(dense(table("a--d", "a---", together=2))) == ["0123", "a--d", "a---"]
    assert shown(dense(table("a-b-", "a---", together=2))) == ["02", "ab", "a-"]


def test_a_table_of_nothing_is_left_as_it_is() -> None:
    assert shown(dense(table("--", together=2))) == ["01", "--"]
