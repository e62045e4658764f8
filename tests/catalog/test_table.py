from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.catalog import table
from seatrial.catalog.table import SOURCE, TableError, integer, number, one_of, optional, parse, source_of

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS = {"name": table.text, "size_gb": number(1, 100), "bf16": optional(table.yes_no)}


def test_rows_are_typed_and_know_their_line() -> None:
    rows = parse('name,bf16,size_gb\nA,yes,2.5\n"B, and\nmore",,80\n', "x.csv", COLUMNS)
    assert [dict(row.values) for row in rows] == [
        {"name": "A", "size_gb": 2.5, "bf16": True},
        {"name": "B, and\nmore", "size_gb": 80.0, "bf16": None},
    ]
    assert [row.line for row in rows] == [2, 4]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", 'x.csv, line 1: lacks column "bf16"'),
        ("name,size_gb\n", 'x.csv, line 1: lacks column "bf16"'),
        ("name,size_gb,bf16,tdp\n", 'x.csv, line 1: has an unknown column "tdp"'),
        ("name,size_gb,bf16\nA,2\n", "x.csv, line 2: 2 cells for 3 columns"),
        ("name,size_gb,bf16\nA,2,,\n", "x.csv, line 2: 4 cells for 3 columns"),
        ("name,size_gb,bf16\nA,2,\n,2,\n", 'x.csv, line 3, column "name": is empty'),
        ("name,size_gb,bf16\nA ,2,\n", 'column "name": has spaces'),
        ("name,size_gb,bf16\nA,101,\n", 'column "size_gb": 101 is outside 1 to 100'),
        ("name,size_gb,bf16\nA,,\n", 'column "size_gb": "" is not a plain decimal'),
        ("name,size_gb,bf16\nA,nan,\n", 'column "size_gb": "nan" is not a plain decimal'),
        ("name,size_gb,bf16\nA,2,maybe\n", 'column "bf16": "maybe" is none of yes, no'),
        ('name,size_gb,bf16\n"A,2,\n', "x.csv, line 2: unexpected end of data"),
    ],
)
def test_a_wrong_table_is_refused_with_its_line_and_column(text: str, told: str) -> None:
    with pytest.raises(TableError) as caught:
        parse(text, "x.csv", COLUMNS)
    assert told in caught.value.message


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        (integer(1, 9), "1.5"),
        (integer(1, 9), "10"),
        (integer(1, 9), "-1"),
        (one_of("a", "b"), "A"),
        (table.date, "2026-13-01"),
        (table.date, "yesterday"),
        (table.words, "a;;b"),
        (table.words, "a;a"),
        (table.some_of("text", "image"), "text;smell"),
        (table.some_of("text", "image"), ""),
    ],
)
def test_a_cell_that_is_not_of_its_kind_is_refused(column: Callable[[str], Any], cell: str) -> None:
    with pytest.raises(ValueError):
        column(cell)


@given(st.text(max_size=40))
def test_no_text_is_more_than_a_table_or_an_error(text: str) -> None:
    try:
        rows = parse("name,size_gb,bf16\n" + text, "x.csv", COLUMNS)
    except TableError:
        return
    assert all(1 <= row["size_gb"] <= 100 for row in rows)


def test_unverified_fields_are_columns_of_the_table() -> None:
    text = "name,source,checked_on,unverified_fields\nA,somewhere,2026-11-21,{}\n"
    columns = {"name": table.text, **SOURCE}
    good = parse(text.format("name"), "x.csv", columns)[0]
    assert source_of(good, columns).unverified == ("name",)
    with pytest.raises(TableError, match="nmae"):
        source_of(parse(text.format("nmae"), "x.csv", columns)[0], columns)
