from __future__ import annotations

import pytest

from seatrial.report.layout import build_view
from seatrial.report.markdown import render_markdown
from seatrial.report.view import Cell, Row, Section, Table, View
from tests.report.runs import RUNS


@pytest.mark.parametrize("name", RUNS)
def test_every_row_of_a_table_has_as_many_cells_as_its_head(name: str) -> None:
    width = None
    for line in render_markdown(build_view(RUNS[name]())).splitlines():
        if not line.startswith("|"):
            width = None
            continue
        cells = line.replace("\\|", "").count("|")
        width = width or cells
        assert cells == width, line


def test_names_and_messages_are_no_markup() -> None:
    table = Table("a|b", (("<b>", "x"),), (Row("*r*", (Cell("`c`"),)),))
    view = View("t", (Section("S", tables=(table,), bullets=(Cell("[click](http://x)\n# no heading"),)),))
    text = render_markdown(view)
    assert "### a\\|b" in text
    assert "|  | \\<b\\><br>x |" in text
    assert "| \\*r\\* | \\`c\\` |" in text
    assert "- [click\\](http://x) # no heading" in text
