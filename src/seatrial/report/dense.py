"""A table without what says nothing: a column that is unknown in every row, in every group of columns."""

from __future__ import annotations

from dataclasses import replace

from seatrial.report.figures import UNKNOWN
from seatrial.report.view import Row, Table


def dense(table: Table) -> Table:
    """The table without its empty columns; of grouped columns, those that are empty in all groups."""
    keep = [
        place
        for place in range(table.together)
        if any(cell.text != UNKNOWN for row in table.rows for cell in row.cells[place :: table.together])
    ]
    if len(keep) in (0, table.together):
        return table
    columns = [i for i in range(len(table.columns)) if i % table.together in keep]
    return replace(
        table,
        columns=tuple(table.columns[i] for i in columns),
        rows=tuple(Row(row.label, tuple(row.cells[i] for i in columns)) for row in table.rows),
        together=len(keep),
    )
