from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.report.layout import build_view
from seatrial.report.text import WIDTH, render_text
from seatrial.report.text_table import cuts
from seatrial.report.view import Cell, Row, Section, Table, View
from tests.report.runs import RUNS, bake_off

ESCAPE = re.compile(r"\x1b\[\d+m")


def wide(columns: int, *, together: int = 1) -> View:
    heads = tuple((f"workload {i // together}", f"candidate {i % together}") for i in range(columns))
    row = Row("TTFT mean", tuple(Cell(f"{i:03d} ms [200, 230]") for i in range(columns)))
    return View("title", (Section("Results", tables=(Table("experiment", heads, (row,), together),)),))


@pytest.mark.parametrize("name", RUNS)
def test_no_line_is_wider_than_the_terminal(name: str) -> None:
    assert max(map(len, render_text(build_view(RUNS[name]())).splitlines())) <= WIDTH


def test_long_names_and_messages_stay_within_the_width() -> None:
    run = bake_off()
    named = tuple(
        replace(c, name=f"organisation/{c.name}-" + "very-" * 20 + "long", notes=("word " * 60,))
        for c in run.candidates
    )
    text = render_text(build_view(replace(run, candidates=named)))
    assert max(map(len, text.splitlines())) <= WIDTH


def test_colour_changes_nothing_but_colour() -> None:
    view = build_view(bake_off())
    plain, styled = render_text(view), render_text(view, styled=True)
    assert "\x1b" not in plain
    assert "\x1b[32m" in styled
    assert ESCAPE.sub("", styled) == plain


def test_what_a_server_says_cannot_steer_the_terminal() -> None:
    view = View("t", (Section("Failures", bullets=(Cell("a\x1b[2Jb\rc\u202ed\n"),)),))
    assert "  - a [2Jb c d\n" in render_text(view)


@pytest.mark.parametrize("columns", [1, 4, 5, 9])
def test_wide_tables_are_cut_and_every_cell_is_there_once(columns: int) -> None:
    text = render_text(wide(columns))
    for i in range(columns):
        assert text.count(f"{i:03d} ms") == 1
    assert text.count("experiment") == 1
    parts = [line.count("[200") for line in text.splitlines() if "TTFT mean" in line]
    assert len(parts) == -(-columns // 4)
    # No part is left with a single column where the others are full.
    assert max(parts) - min(parts) <= 1


def test_candidates_stay_side_by_side() -> None:
    lines = [line for line in render_text(wide(6, together=3)).splitlines() if "TTFT mean" in line]
    assert [line.count("ms") for line in lines] == [3, 3]


def grouped(columns: int, group: str) -> str:
    heads = tuple((f"c{i % 2}",) for i in range(columns))
    row = Row("TTFT mean", tuple(Cell(f"{i:03d} ms") for i in range(columns)))
    groups = tuple(f"{group}{i}" for i in range(columns // 2))
    return render_text(View("t", (Section("R", tables=(Table("", heads, (row,), 2, groups),)),)))


def test_groups_have_their_title_over_them() -> None:
    assert grouped(4, "w") == (
        "t\n\nR\n"
        "             ----- w0 -----  ----- w1 -----\n"
        "                 c0      c1      c0      c1\n"
        "  TTFT mean  000 ms  001 ms  002 ms  003 ms\n"
    )


def test_a_long_group_title_is_broken_over_its_columns() -> None:
    lines = grouped(4, "organisation/model-").splitlines()[3:6]
    assert [line.split() for line in lines] == [["organisation/m"] * 2, ["odel-0", "odel-1"], ["c0", "c1"] * 2]
    assert lines[0] == "             organisation/m  organisation/m"


@given(st.lists(st.integers(1, 60), min_size=1, max_size=12), st.integers(10, 98), st.integers(1, 3))
def test_cuts_hold_every_column_once_and_fit(widths: list[int], room: int, together: int) -> None:
    widths = widths * together
    parts = cuts(widths, room, together)
    assert [i for part in parts for i in part] == list(range(len(widths)))
    for part in parts:
        assert len(part) == 1 or sum(widths[i] + 2 for i in part) <= room


def test_columns_are_aligned() -> None:
    lines = render_text(wide(3)).splitlines()
    head, cells = (
        next(line for line in lines if "candidate" in line),
        next(line for line in lines if "TTFT" in line),
    )
    assert [m.end() for m in re.finditer(r"candidate \d", head)] == [m.end() for m in re.finditer(r"\]", cells)]
