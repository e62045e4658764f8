"""What other harnesses found, as they gave it, with where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.report.view import Cell, Role, Row, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.harness import HarnessResult, HarnessScore
    from seatrial.domain.summary import RunSummary

CAPTION = (
    "Asked, answered and scored by the harness named; seatrial took over what it said. +- is one standard error."
)


def scores(run: RunSummary) -> Section:
    """A row per task and metric, the candidates side by side; empty where no harness was run."""
    found = {c.name: {key: score for result in c.harness for key, score in _keyed(result)} for c in run.candidates}
    keys = dict.fromkeys(key for scores in found.values() for key in scores)
    if not keys:
        return Section("Scores of other harnesses")
    several = len(run.candidates) > 1
    rows = tuple(
        Row(f"{task}: {metric}", tuple(_cell(s.get((task, metric))) for s in found.values()))
        for task, metric in keys
    )
    columns = tuple((name,) if several else ("score",) for name in found)
    return Section(
        "Scores of other harnesses",
        lines=(Cell(CAPTION, Role.DIM),),
        tables=(Table("", columns, rows),),
        bullets=tuple(Cell(text, Role.DIM) for text in dict.fromkeys(_origins(run))),
    )


def _keyed(result: HarnessResult) -> Iterator[tuple[tuple[str, str], HarnessScore]]:
    for score in result.scores:
        yield (score.task, score.metric), score


def _cell(score: HarnessScore | None) -> Cell:
    if score is None:
        return Cell("-", Role.DIM)
    error = "" if score.error is None else f" +- {score.error:.3f}"
    items = "" if score.items is None else f" (n={score.items:,})"
    return Cell(f"{score.value:.3f}{error}{items}")


def _origins(run: RunSummary) -> Iterator[str]:
    for candidate in run.candidates:
        for result in candidate.harness:
            settings = "".join(f", {name} {value}" for name, value in result.settings.items())
            yield f"{result.harness} {result.version}, task {result.task}{settings}"
