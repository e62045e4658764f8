from __future__ import annotations

import pytest

from seatrial.report.page.sorting import Size, is_sortable, size
from seatrial.report.view import Cell, Row, Table


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("212 ms [208, 217]", Size("duration", 0.212)),
        ("1.90 s", Size("duration", 1.9)),
        ("42.1 us", Size("duration", 42.1e-6)),
        ("5.00 min [4.83, 5.17]", Size("duration", 300.0)),
        ("40,878 [35,392, 46,364]", Size("number", 40878.0)),
        ("-0.02 [-1.00, 0.96]", Size("number", -0.02)),
        ("9/10", Size("number", 9.0)),
        ("80 % [49, 94]", Size("number", 80.0)),
        ("$0.35", Size("number", 0.35)),
        ("met", Size("word", None)),
        ("smollm2", Size("word", None)),
        ("-", None),
        ("", None),
    ],
)
def test_the_size_of_a_cell(text: str, expected: Size | None) -> None:
    found = size(text)
    if expected is None or found is None:
        assert found is expected
        return
    assert found.kind == expected.kind
    assert found.value == pytest.approx(expected.value)


def table(*rows: tuple[str, ...]) -> Table:
    return Table("", tuple(("c",) for _ in rows[0]), tuple(Row("r", tuple(map(Cell, row))) for row in rows))


def test_a_table_is_sorted_where_columns_hold_one_kind_of_thing() -> None:
    assert is_sortable(table(("1 ms", "met"), ("2 s", "missed"), ("-", "met")))
    assert not is_sortable(table(("1 ms",), ("7",), ("2 ms",))), "different metrics down a column"
    assert not is_sortable(table(("1 ms",), ("2 s",))), "nothing to sort in two rows"
