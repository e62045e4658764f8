"""The whole board: every row in one section, each exactly once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.scoreboard.ggml import ggml_section, is_stream, streams_of
from bench.scoreboard.memory import is_start, memory_section
from bench.scoreboard.others import others_section
from bench.scoreboard.rows import read_rows
from bench.scoreboard.speed import speed_section

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.scoreboard.rows import Row
    from bench.scoreboard.score import Left, Scored, Section


@dataclass(frozen=True, slots=True)
class Board:
    """All predictions, and the rows without one. `basis`: by line, how a file's model was told from its name."""

    rows: tuple[Row, ...]
    scored: tuple[Scored, ...]
    left: tuple[Left, ...]
    basis: Mapping[int, str]


def make_board(rows: Sequence[Row] | None = None) -> Board:
    """Predicts everything. Raises ValueError as `check_whole` does."""
    every = tuple(read_rows() if rows is None else rows)
    kinds: dict[str, list[Row]] = {"starts": [], "streams": [], "speed": [], "others": []}
    for row in every:
        kinds[_kind(row)].append(row)
    sections: tuple[Section, ...] = (
        memory_section(kinds["starts"]),
        speed_section(kinds["speed"]),
        ggml_section(kinds["streams"]),
        others_section(kinds["others"]),
    )
    board = Board(
        every,
        tuple(each for section in sections for each in section.scored),
        tuple(each for section in sections for each in section.left),
        {stream.row.line: stream.basis for stream in streams_of(kinds["streams"])[0]},
    )
    check_whole(board)
    return board


def _kind(row: Row) -> str:
    if is_start(row):
        return "starts"
    if is_stream(row):
        return "streams"
    return "speed" if row.engine == "vllm" and row.kind in ("latency", "throughput") else "others"


def check_whole(board: Board) -> None:
    """Raises ValueError where a row is neither scored nor left with a reason, or is both."""
    scored, left = {each.row.line for each in board.scored}, [each.row.line for each in board.left]
    missing = {row.line for row in board.rows} - scored - set(left)
    if missing or len(set(left)) < len(left) or scored & set(left):
        raise ValueError(f"rows lost or counted twice: lines {sorted(missing or scored & set(left))[:10]}")
