"""Gates: what must hold, and what was recorded and must not get worse. Both stand in gates.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.scoreboard.rows import HERE
from bench.scoreboard.score import grouped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from bench.scoreboard.score import Scored, Summary

GATES = HERE / "gates.toml"
STATISTICS = ("mean", "median", "worst", "coverage")
_RELATIVE, _ABSOLUTE = 0.05, 0.002
"""How much worse a recorded score may get before it counts: rounding of other machines, not of other formulas."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Gate:
    """One demand: `statistic` of a quantity, its way of leaving out, at most `limit` (coverage: at least)."""

    quantity: str
    left_out: str
    statistic: str
    limit: float
    now: float

    @property
    def met(self) -> bool:
        return self.now >= self.limit if self.statistic == "coverage" else self.now <= self.limit


def summaries(scored: Iterable[Scored]) -> dict[Key, Summary]:
    """One summary per quantity and way of leaving out."""
    rows = grouped(scored, lambda each: (each.quantity, each.left_out))
    return {(quantity, left_out): found for (quantity, left_out), found in rows}


def statistic(found: Summary, name: str) -> float:
    """One of STATISTICS as a share; `worst` without its sign."""
    return abs(found.worst.error) if name == "worst" else float(getattr(found, name))


def demanded(board: Mapping[Key, Summary], path: Path = GATES) -> tuple[Gate, ...]:
    """The gates with where they stand. Raises KeyError where a gate names a quantity that is not scored."""
    gates = tomllib.loads(path.read_text("utf-8"))["gate"]
    return tuple(
        Gate(gate["quantity"], gate["left_out"], name, gate[name], statistic(_named(board, gate), name))
        for gate in gates
        for name in STATISTICS
        if name in gate
    )


def _named(board: Mapping[Key, Summary], gate: Mapping[str, str]) -> Summary:
    return board[gate["quantity"], gate["left_out"]]


def worse(board: Mapping[Key, Summary], path: Path = GATES) -> tuple[str, ...]:
    """What got worse than recorded, in words: a score, or rows that are no longer scored."""
    return tuple(
        sentence
        for record in tomllib.loads(path.read_text("utf-8")).get("recorded", [])
        for sentence in _compared(record, board.get((record["quantity"], record["left_out"])))
    )


def _compared(record: Mapping[str, float], found: Summary | None) -> list[str]:
    what = f"{record['quantity']} ({record['left_out']})"
    if found is None or found.n < record["n"]:
        return [f"{what}: {found.n if found else 0} rows are scored, {record['n']} were"]
    return [
        f"{what}: {name} {statistic(found, name):.4f}, recorded {record[name]:.4f}"
        for name in ("mean", "median", "coverage")
        if _is_worse(name, statistic(found, name), record[name])
    ]


def _is_worse(name: str, now: float, before: float) -> bool:
    allowed = _RELATIVE * before + _ABSOLUTE
    return now < before - allowed if name == "coverage" else now > before + allowed


def record(board: Mapping[Key, Summary], path: Path = GATES) -> None:
    """Writes the scores of now below the gates, in place of those recorded."""
    gates = path.read_text("utf-8").split("\n[[recorded]]", 1)[0].rstrip()
    path.write_text(gates + "\n" + "".join(_recorded(key, found) for key, found in sorted(board.items())), "utf-8")


def _recorded(key: Key, found: Summary) -> str:
    scores = (f"{name} = {statistic(found, name):.4f}" for name in ("mean", "median", "coverage"))
    lines = (f'quantity = "{key[0]}"', f'left_out = "{key[1]}"', f"n = {found.n}", *scores)
    return "\n[[recorded]]\n" + "\n".join(lines) + "\n"
