"""What the answers were worth: in one table per candidate and load, by kind side by side, and answer by answer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.quality import Grade
from seatrial.report import figures
from seatrial.report.ansi import printable
from seatrial.report.dense import dense
from seatrial.report.lines import statistic
from seatrial.report.view import Cell, Role, Row, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.quality import Graded, KindScore, QualitySummary
    from seatrial.domain.summary import RunSummary, WorkloadSummary

MOST_ANSWERS = 10
MOST_CHANGED = 5
_PROMPT_CHARACTERS = 120
_ANSWER_CHARACTERS = 60

CAPTION = (
    "Right: share of all questions that were to be asked. Misformed: perhaps right, but not in the form that was "
    "asked for. Refused: no answer where one was wanted. Failed: no whole answer. Tokens / right: output "
    "tokens of all answers for each right one."
)
GRADE_ROLE = {
    Grade.RIGHT: Role.GOOD,
    Grade.WRONG: Role.BAD,
    Grade.MISFORMED: Role.WARN,
    Grade.REFUSED: Role.WARN,
    Grade.FAILED: Role.BAD,
}


class _Pass(NamedTuple):
    """One workload with questions on one candidate; `label` tells it from the others."""

    label: str
    candidate: str
    workload: WorkloadSummary
    quality: QualitySummary


def quality(run: RunSummary) -> Section:
    """Shares and counts of every pass, then shares by kind and difficulty at the fewest users."""
    passes = _passes(run)
    if not passes:
        return Section("Quality")
    shown = _first_of_each(passes)
    tables = (
        dense(_overview(passes)),
        _scores("right answers by kind", shown, [one.quality.kinds for one in shown]),
        _scores("right answers by difficulty", shown, [one.quality.difficulties for one in shown]),
    )
    return Section(
        "Quality",
        lines=(Cell(CAPTION, Role.DIM),),
        tables=tables,
        bullets=(*_changes(passes), *(Cell(line, Role.DIM) for line in _provenance(passes))),
    )


def answers(run: RunSummary) -> Section:
    """Answers of the candidates side by side, where their grades differ; of a single one those not right."""
    shown = _first_of_each(_passes(run))
    if not shown:
        return Section("Answers")
    return Section("Answers", *_only_one(shown[0]) if len(shown) == 1 else _compared(shown))


def _passes(run: RunSummary) -> list[_Pass]:
    several = len(run.candidates) > 1
    return [
        _Pass(f"{c.name}, {w.name}" if several else w.name, c.name, w, w.quality)
        for c in run.candidates
        for w in c.workloads
        if w.quality is not None and w.skipped is None
    ]


def _first_of_each(passes: Sequence[_Pass]) -> list[_Pass]:
    """Of each candidate the pass with the fewest users, all of the set that comes first."""
    found: dict[str, _Pass] = {}
    for one in passes:
        known = found.get(one.candidate)
        same = one.quality.provenance.get("sha256") == passes[0].quality.provenance.get("sha256")
        if same and (known is None or _users(one) < _users(known)):
            found[one.candidate] = one
    return list(found.values())


def _users(one: _Pass) -> float:
    """Open arrivals have no number of users: they come last."""
    return one.workload.concurrency or math.inf


def _overview(passes: Sequence[_Pass]) -> Table:
    columns = (
        ("right",), ("wrong",), ("mis-", "formed"), ("refused",), ("failed",), ("tokens", "/ right"),
        ("E2E", "p50"), ("changed",),
    )  # fmt: skip
    rows = tuple(Row(one.label, tuple(_overview_cells(one))) for one in passes)
    return Table("", columns, rows, together=len(columns))


def _overview_cells(one: _Pass) -> Iterator[Cell]:
    summary = one.quality
    yield Cell(figures.percent(summary.accuracy))
    counts = {grade: sum(score.grades.get(grade.value, 0) for score in summary.kinds) for grade in Grade}
    for grade in (Grade.WRONG, Grade.MISFORMED, Grade.REFUSED, Grade.FAILED):
        yield Cell(str(counts[grade]), GRADE_ROLE[grade] if counts[grade] else Role.DIM)
    yield Cell(figures.count(summary.tokens_per_right))
    median = statistic(one.workload.metrics.get("e2e_s"), "p50")
    yield Cell(figures.seconds(None if median is None else median.value))
    if summary.changed is None:
        yield Cell(figures.UNKNOWN, Role.DIM)
    else:
        yield Cell(f"{len(summary.changed)}/{len(summary.answers)}", Role.WARN if summary.changed else Role.PLAIN)


def _scores(title: str, passes: Sequence[_Pass], scores: Sequence[Sequence[KindScore]]) -> Table:
    names = dict.fromkeys(score.name for column in scores for score in column)
    columns = [{score.name: score for score in column} for column in scores]
    rows = tuple(Row(name, tuple(_score(column.get(name)) for column in columns)) for name in names)
    heads = tuple((one.candidate,) for one in passes) if len(passes) > 1 else (("right",),)
    return Table(title, heads, rows, together=len(heads))


def _score(score: KindScore | None) -> Cell:
    if score is None or score.accuracy is None:
        return Cell(figures.UNKNOWN, Role.DIM)
    return Cell(f"{figures.percent(score.accuracy)} of {score.accuracy.n}")


def _changes(passes: Sequence[_Pass]) -> Iterator[Cell]:
    for one in passes:
        if one.quality.changed:
            shown = ", ".join(one.quality.changed[:MOST_CHANGED])
            more = len(one.quality.changed) - MOST_CHANGED
            rest = f" and {more} more" if more > 0 else ""
            yield Cell(
                f"{one.label}: {len(one.quality.changed)} of {len(one.quality.answers)} answers differ from those "
                f"with the fewest users: {shown}{rest}",
                Role.WARN,
            )


def _provenance(passes: Sequence[_Pass]) -> Iterator[str]:
    """How the answers were asked for, once for all passes that were asked alike."""
    told: dict[str, None] = {}
    for one in passes:
        facts = ((name, f"{v[:12]}..." if name == "sha256" else v) for name, v in one.quality.provenance.items())
        told["; ".join(f"{name} {value}" for name, value in facts)] = None
    yield from told


def _only_one(one: _Pass) -> tuple[tuple[Cell, ...], tuple[Table, ...]]:
    bad = [graded for graded in one.quality.answers if graded.grade is not Grade.RIGHT]
    if not bad:
        return (Cell("Every answer is right.", Role.GOOD),), ()
    line = Cell(f"Not right: {len(bad)} of {len(one.quality.answers)}; {_bounded(len(bad))}.", Role.DIM)
    return (line,), tuple(
        _table(graded, (Row("answer", (_answer(graded),)), Row("why", (Cell(_tamed(graded.reason)),))))
        for graded in bad[:MOST_ANSWERS]
    )


def _compared(passes: Sequence[_Pass]) -> tuple[tuple[Cell, ...], tuple[Table, ...]]:
    """A table per question where grades differ; those come first in which one is right and another is not."""
    by_item = [{graded.item: graded for graded in one.quality.answers} for one in passes]
    asked = [item for item in by_item[0] if all(item in column for column in by_item)]
    differ = [item for item in asked if len({column[item].grade for column in by_item}) > 1]
    if not differ:
        return (Cell(f"The candidates have the same grade on each of {len(asked)} questions.", Role.DIM),), ()
    differ.sort(key=lambda item: all(column[item].grade is not Grade.RIGHT for column in by_item))
    line = f"The grades differ on {len(differ)} of {len(asked)} questions; {_bounded(len(differ))}."
    return (Cell(line, Role.DIM),), tuple(
        _table(
            by_item[0][item],
            tuple(
                Row(one.candidate, (_answer(column[item]),)) for one, column in zip(passes, by_item, strict=True)
            ),
        )
        for item in differ[:MOST_ANSWERS]
    )


def _table(graded: Graded, rows: tuple[Row, ...]) -> Table:
    return Table(f"{_tamed(graded.item, 40)}: {_tamed(graded.prompt, _PROMPT_CHARACTERS)}", ((),), rows)


def _bounded(count: int) -> str:
    return f"the first {MOST_ANSWERS} are shown, the JSON has all" if count > MOST_ANSWERS else "all are shown"


def _answer(graded: Graded) -> Cell:
    said = _tamed(graded.answer or graded.reason)
    return Cell(f"{graded.grade.value}: {said}", GRADE_ROLE[graded.grade])


def _tamed(text: str, length: int = _ANSWER_CHARACTERS) -> str:
    """What a model said, on one line and cut short."""
    line = printable(" ".join(text[: 20 * length].split()))
    return line if len(line) <= length else f"{line[: length - 3]}..."
