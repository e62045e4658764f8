"""The scoreboard as shipped: gates, no row lost, and files that are what it would write."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import pytest
from bench.scoreboard import gates
from bench.scoreboard.__main__ import OUT
from bench.scoreboard.board import Board, check_whole, make_board
from bench.scoreboard.page import page
from bench.scoreboard.refit import files, memory_of_019
from bench.scoreboard.rows import MEASUREMENTS, Row, read_rows
from bench.scoreboard.score import NOTHING_FITTED, Scored, folds, summary

from seatrial.catalog.coefficients import shipped
from seatrial.catalog.engine_memory import vllm_memory
from seatrial.domain.values import Range

ROW = read_rows()[0]


@cache
def board() -> Board:
    return make_board()


def scored(predicted: float, measured: float = 100.0, half: float = 10.0) -> Scored:
    interval = Range(predicted, predicted - half, predicted + half)
    return Scored(ROW, "TPOT", "vllm", "H100 SXM", "llama", "families left out", measured, interval, {"rule": 50.0})


def test_the_gates_are_met_and_nothing_is_worse_than_recorded() -> None:
    totals = gates.summaries(board().scored)
    assert [gate for gate in gates.demanded(totals) if not gate.met] == []
    assert gates.worse(totals) == ()


def test_the_page_is_what_make_scoreboard_writes() -> None:
    totals = gates.summaries(board().scored)
    assert OUT.read_text("utf-8") == page(board(), gates.demanded(totals), (), shipped()), "run `make scoreboard`"


def test_the_shipped_factors_are_what_make_refit_writes() -> None:
    for path, text in files(read_rows()).items():
        assert path.read_text("utf-8") == text, "run `make refit`"


def test_the_shipped_memory_coefficients_are_those_of_all_logs() -> None:
    fitted, kept = memory_of_019(read_rows()), vllm_memory("0.19.0")
    for each in fields(kept):
        assert getattr(fitted, each.name) == pytest.approx(getattr(kept, each.name), rel=0.01), each.name


def test_every_row_of_the_file_is_scored_or_left_with_a_reason() -> None:
    lines = len(MEASUREMENTS.read_text("utf-8").splitlines()) - 1
    told = {each.row.line for each in board().scored} | {each.row.line for each in board().left}
    assert len(board().rows) == lines == len(told)
    assert all(each.reason for each in board().left)


def test_a_row_that_is_lost_or_told_twice_stops_the_board() -> None:
    known, whole = scored(100.0), board().left[0]
    for lost in (Board((ROW,), (), (), {}), Board((ROW,), (known,), (replace(whole, row=ROW),), {})):
        with pytest.raises(ValueError, match="lost or counted twice"):
            check_whole(lost)


def test_no_prediction_is_made_from_its_own_family_or_gpu() -> None:
    rows = [("a", 1), ("a", 2), ("b", 3)]
    assert folds(rows, lambda row: row[0]) == (
        ("a", [("b", 3)], [("a", 1), ("a", 2)]),
        ("b", [("a", 1), ("a", 2)], [("b", 3)]),
    )
    for each in board().scored:
        assert each.left_out != NOTHING_FITTED or not {"TPOT", "decode, one stream", "KV pool"} & {each.quantity}


def test_a_summary_counts_errors_intervals_and_rules() -> None:
    found = summary([scored(100.0), scored(104.0), scored(130.0)])
    assert found.n == 3
    assert [found.mean, found.median] == pytest.approx([0.34 / 3, 0.04])
    assert found.worst.predicted.value == 130.0
    assert found.coverage == pytest.approx(2 / 3)
    assert dict(found.others) == pytest.approx({"rule": 0.5})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"predicted": 106.0}, "mean 0.0600, recorded 0.0400"),
        ({"predicted": 104.0, "half": 1.0}, "coverage 0.0000, recorded 1.0000"),
    ],
)
def test_a_worse_score_fails(change: dict[str, float], said: str, tmp_path: Path) -> None:
    path = tmp_path / "gates.toml"
    path.write_text(
        '[[gate]]\nquantity = "TPOT"\nleft_out = "families left out"\nmedian = 0.05\n'
        '\n[[recorded]]\nquantity = "TPOT"\nleft_out = "old"\nn = 9\nmean = 1.0\nmedian = 1.0\ncoverage = 1.0\n',
        "utf-8",
    )
    gates.record(gates.summaries([scored(104.0)]), path)
    assert gates.worse(gates.summaries([scored(104.1)]), path) == ()
    assert said in " ".join(gates.worse(gates.summaries([scored(**change)]), path))
    assert "0 rows are scored, 1 were" in gates.worse({}, path)[0]
    now = gates.demanded(gates.summaries([scored(**change)]), path)
    assert [gate.met for gate in now] == [change["predicted"] < 105.0]


def test_notes_of_a_row_are_read_by_name() -> None:
    row = next(row for row in read_rows() if row.quantity == "TPOT")
    assert row.whole("concurrency_per_replica") == 64
    assert row.whole("tp") == 4
    assert row.note("moe_tp") == "4"
    assert row.whole("not_there", 7) == 7


def test_a_row_without_a_number_is_an_error(tmp_path: Path) -> None:
    names = [each.name for each in fields(Row) if each.name != "line"]
    path = tmp_path / "rows.csv"
    path.write_text(",".join(names) + "\n" + ",".join(["x"] * len(names)) + "\n", "utf-8")
    with pytest.raises(ValueError, match="line 2"):
        read_rows(path)
