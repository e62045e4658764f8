"""The tables of docs/accuracy.md."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from statistics import median
from typing import TYPE_CHECKING

from bench.scoreboard.causes import cause_of, is_failure
from bench.scoreboard.score import grouped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bench.scoreboard.board import Board
    from bench.scoreboard.gates import Gate
    from bench.scoreboard.score import Left, Scored, Summary

    from seatrial.domain.coefficients import Coefficients


def only(scored: Iterable[Scored], quantity: str) -> list[Scored]:
    """The rows of one quantity."""
    return [each for each in scored if each.quantity == quantity]


def percent(share: float) -> str:
    """One digit after the point below 10 %, two below 1 %."""
    digits = 2 if share < 0.00995 else 1 if share < 0.0995 else 0
    return f"{100 * share:.{digits}f} %"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def by(scored: Iterable[Scored], names: Sequence[str], key: Callable[[Scored], tuple[str, ...]]) -> str:
    """A row of errors for each group of `key`, headed by `names`."""
    head = (*names, "n", "mean", "median", "worst", "which", "inside", "beside: median error of")
    return table(head, [(*group, *_cells(found)) for group, found in grouped(scored, key)])


def _cells(found: Summary) -> tuple[str, ...]:
    others = ", ".join(f"{rule} {percent(error)}" for rule, error in found.others) or "-"
    worst = ("+" if found.worst.error > 0 else "-") + percent(abs(found.worst.error))
    return (
        str(found.n),
        percent(found.mean),
        percent(found.median),
        worst,
        _which(found.worst),
        f"{100 * found.coverage:.0f} %",
        others,
    )


def _which(scored: Scored) -> str:
    """The row in a few words: its line in the file and its model."""
    return f"{scored.row.model.split('/')[-1][:36]}, line {scored.row.line}"


def gates_table(gates: Iterable[Gate]) -> str:
    """A row per gate: what is demanded, and what is."""
    head = ("quantity", "left out", "", "limit", "now", "")
    return table(head, [_gate(gate) for gate in gates])


def _gate(gate: Gate) -> tuple[str, ...]:
    bound = "at least" if gate.statistic == "coverage" else "at most"
    name = {"coverage": "inside the interval"}.get(gate.statistic, f"{gate.statistic} error")
    met = "met" if gate.met else "**missed**"
    return (gate.quantity, gate.left_out, name, f"{bound} {100 * gate.limit:g} %", percent(gate.now), met)


def factors_table(fitted: Iterable[Coefficients]) -> str:
    """A row per fitted form, with its factors."""
    head = ("engine", "form", "GPU", "rows", "spread", "factors")
    return table(
        head,
        [
            (
                each.engine,
                each.form,
                each.device or "any",
                str(each.n),
                f"{each.log_spread:.2f}",
                ", ".join(f"{name} {value:.3g}" for name, value in each.values),
            )
            for each in fitted
        ],
    )


def failures_table(scored: Iterable[Scored]) -> str:
    """By cause, quantity and GPU; a row that fails both ways of leaving out counts once, by the worse."""
    found: dict[tuple[str, str, str], dict[int, Scored]] = defaultdict(dict)
    for each in filter(is_failure, scored):
        rows = found[cause_of(each), each.quantity, each.gpu]
        known = rows.get(each.row.line)
        rows[each.row.line] = each if known is None or abs(each.error) > abs(known.error) else known
    cells = [
        (cause, quantity, gpu, str(len(rows)), _typical(list(rows.values())), _lines(rows))
        for (cause, quantity, gpu), rows in sorted(found.items())
    ]
    return table(("cause", "quantity", "GPU", "rows", "median", "lines of measurements.csv"), cells)


def _typical(rows: Sequence[Scored]) -> str:
    return f"{100 * median(each.error for each in rows):+.0f} %"


def _lines(lines: Iterable[int]) -> str:
    """Line numbers, runs of them joined."""
    runs = []
    for _, run in groupby(enumerate(sorted(lines)), lambda pair: pair[1] - pair[0]):
        members = [line for _, line in run]
        runs.append(str(members[0]) if len(members) == 1 else f"{members[0]}-{members[-1]}")
    return " ".join(runs)


def left_table(left: Iterable[Left]) -> str:
    """A row per reason for which rows are not predicted, the most frequent first."""
    rows: dict[str, list[int]] = defaultdict(list)
    for each in left:
        rows[each.reason].append(each.row.line)
    ordered = sorted(rows.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return table(
        ("reason", "rows", "lines of measurements.csv"),
        [(reason, str(len(lines)), _lines(lines)) for reason, lines in ordered],
    )


def sources_table(board: Board) -> str:
    """Where the rows come from, by repository."""
    counts: dict[str, int] = defaultdict(int)
    for row in board.rows:
        counts["/".join(row.source_url.split("/")[:5])] += 1
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return table(("source", "rows"), [(source, str(count)) for source, count in ordered])


def versions_table(board: Board) -> str:
    """The versions that the rows state, by engine."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in board.rows:
        found[row.engine.replace("llamacpp", "llama.cpp")].add(row.engine_version or "not stated")
    return table(
        ("engine", "versions"), [(engine, ", ".join(sorted(names))) for engine, names in sorted(found.items())]
    )
