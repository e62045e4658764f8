from __future__ import annotations

import re

import pytest

from seatrial.report.layout import build_view
from seatrial.report.markdown import render_markdown
from seatrial.report.view import Cell, Chart, Row, Section, Table, View
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


def test_a_chart_is_a_picture_whose_words_cannot_end_it_early() -> None:
    chart = Chart("c", "t", "up to 3 [2, 4] of <b> ](http://x) ![y", {})
    view = View("t", (Section("S", charts=(chart,)),))
    text = render_markdown(view, pictures="my report.assets")
    (line,) = (line for line in text.splitlines() if line.startswith("!["))
    assert line.endswith("](my%20report.assets/c.svg)")
    assert not re.search(r"(?<!\\)[\[\]]", line.removeprefix("![").removesuffix("](my%20report.assets/c.svg)"))
    assert "c.svg" not in render_markdown(view), "without a folder there are no pictures to show"
