"""docs/accuracy.md: the board as tables, with what is weak said in words."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from bench.scoreboard.gates import statistic, summaries
from bench.scoreboard.rows import HERE
from bench.scoreboard.score import FAMILIES, GPUS
from bench.scoreboard.tables import (
    by,
    factors_table,
    failures_table,
    gates_table,
    left_table,
    only,
    percent,
    sources_table,
    versions_table,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.scoreboard.board import Board
    from bench.scoreboard.gates import Gate

    from seatrial.domain.coefficients import Coefficients

READ = "2026-11-21"


def page(board: Board, gates: Sequence[Gate], worse: Sequence[str], fitted: Sequence[Coefficients]) -> str:
    """The whole document."""
    scored, totals = board.scored, summaries(board.scored)
    decode = [each for each in scored if each.quantity == "decode, one stream"]
    tpot = [each for each in scored if each.quantity == "TPOT"]
    at_gpus = [each for each in decode if each.left_out == GPUS]
    minimax = [each for each in tpot if each.family == "minimax"]
    template = string.Template((HERE / "accuracy_template.md").read_text("utf-8"))
    return template.substitute(
        rows=f"{len(board.rows):,}",
        read=READ,
        scored_rows=f"{len({each.row.line for each in scored}):,}",
        left_rows=len(board.left),
        gates=gates_table(gates),
        worse="\n".join(f"**Worse than recorded:** {each}." for each in worse) or "Nothing is worse than recorded.",
        ttft=percent(totals["TTFT", FAMILIES].median),
        waiting=f"{totals['TTFT, users waiting for a slot', FAMILIES].n} rows",
        minimax=percent(sum(each.covered for each in minimax) / len(minimax)),
        prefill=percent(totals["prefill", GPUS].median),
        quantities=by(scored, ("quantity", "engine", ""), lambda each: (each.quantity, each.engine, each.left_out)),
        pool=by(only(scored, "KV pool"), ("family",), lambda each: (each.family,)),
        tpot_families=by(tpot, ("family", "GPU"), lambda each: (each.family, each.gpu)),
        tpot_ranks=by(tpot, ("GPUs",), lambda each: (each.row.gpu_count,)),
        tpot_users=by(tpot, ("users",), lambda each: (f"{each.row.whole('concurrency_per_replica'):>2}",)),
        ttft_families=by(only(scored, "TTFT"), ("family", "GPU"), lambda each: (each.family, each.gpu)),
        prefill_gpus=by(
            [each for each in only(scored, "prefill") if each.left_out == GPUS], ("GPU",), lambda each: (each.gpu,)
        ),
        decode_gpus=by(at_gpus, ("GPU", "engine"), lambda each: (each.gpu, each.engine)),
        decode_families=by(
            [each for each in decode if each.left_out == FAMILIES], ("family",), lambda each: (each.family,)
        ),
        decode_basis=by(at_gpus, ("told by",), lambda each: (board.basis[each.row.line],)),
        factors=factors_table(fitted),
        failures=failures_table(scored),
        left=left_table(board.left),
        sources=sources_table(board),
        versions=versions_table(board),
    )


def lines_of(board: Board) -> Iterable[str]:
    """The board for a terminal: one line per quantity."""
    for (quantity, left_out), found in summaries(board.scored).items():
        errors = " ".join(f"{name} {percent(statistic(found, name)):>8}" for name in ("mean", "median", "worst"))
        yield f"{quantity:32} {left_out:20} n {found.n:4}  {errors}  inside {100 * found.coverage:3.0f} %"
