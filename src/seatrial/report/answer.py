"""The answer of a bake-off in full: who stands where, on what, and where candidates change places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.report import figures
from seatrial.report.dense import dense
from seatrial.report.overview import MET_ROLE, chance_told
from seatrial.report.view import Cell, Role, Row, Section, Table
from seatrial.words import joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seatrial.domain.answer import Answer, Standing
    from seatrial.domain.summary import RunSummary
    from seatrial.domain.values import Estimate

_COLUMNS = (
    ("place",),
    ("chance to", "meet SLO"),
    ("speed, times", "the fastest"),
    ("USD per 1M", "good tokens"),
    ("USD per 1M", "all tokens"),
    ("cost is", "that in"),
    ("right", "answers"),
    ("TTFT p50,", "one user"),
    ("on the", "front"),
)
_FRONT = "On the front: no other candidate is clearly better in one of these and as good in all others."
_COST = (
    "Cost is that of output tokens, at the load named; good ones are those of requests within the SLO, and "
    "the cost of all stands beside it where it differs."
)


def ranking(run: RunSummary) -> Section:
    """A row per candidate, the best first; then why each stands there. Alone, a candidate has only its cost."""
    answer = run.answer
    if answer is None or not answer.standings:
        return Section("Ranking")
    if len(run.candidates) == 1:
        return Section("Cost", lines=tuple(_cost_line(answer.standings[0])))
    rows = tuple(Row(standing.candidate, tuple(_cells(standing))) for standing in answer.standings)
    return Section(
        "Ranking",
        lines=tuple(Cell(line, Role.DIM) for line in _captions(answer)),
        tables=(dense(Table("", _COLUMNS, rows, together=len(_COLUMNS))),),
        bullets=tuple(_reason(standing) for standing in answer.standings if standing.reason),
    )


def crossings(run: RunSummary) -> Section:
    """Where one candidate overtakes another as the load grows, or that none does; for several candidates."""
    notes = () if run.answer is None or len(run.candidates) == 1 else run.answer.notes
    return Section("Where they change places", bullets=tuple(Cell(note) for note in notes))


def _captions(answer: Answer) -> Iterator[str]:
    yield f"By the SLO first, then by {_weighing(answer)}. {_FRONT}"
    if any(standing.cost_at for standing in answer.standings):
        yield _COST


def _weighing(answer: Answer) -> str:
    if len(answer.weights) == 1:
        return next(iter(answer.weights))
    return joined(f"{name} (weight {weight:g})" for name, weight in answer.weights.items())


def _cells(standing: Standing) -> Iterator[Cell]:
    """The cells of `_COLUMNS`."""
    yield Cell(f"{standing.place}, tied" if standing.tied else str(standing.place))
    odds = standing.slo_probability
    yield Cell(figures.UNKNOWN, Role.DIM) if odds is None else Cell(chance_told(odds), MET_ROLE[standing.slo_met])
    forms: dict[str, Callable[[Estimate | None], str]] = {
        "speed": figures.number,
        "cost": figures.number,
        "cost_all_tokens": figures.number,
        "quality": figures.percent,
        "ttft_s": figures.duration,
    }
    for name, form in forms.items():
        repeats = name == "cost_all_tokens" and standing.scores.get(name) == standing.scores.get("cost")
        yield Cell(figures.UNKNOWN if repeats else form(standing.scores.get(name)))
        if name == "cost_all_tokens":
            yield Cell(standing.cost_at or figures.UNKNOWN)
    yield Cell("yes" if standing.on_front else "no", Role.PLAIN if standing.on_front else Role.DIM)


def _reason(standing: Standing) -> Cell:
    return Cell(f"{standing.candidate}: {standing.reason[0].lower()}{standing.reason[1:]}")


def _cost_line(standing: Standing) -> Iterator[Cell]:
    cost, in_all = standing.scores.get("cost"), standing.scores.get("cost_all_tokens")
    if cost is not None:
        same = in_all is None or in_all.value == cost.value
        rest = "" if same else f", {figures.number(in_all)} counting those of requests that miss the SLO as well"
        yield Cell(f'{figures.number(cost)} USD per million output tokens, in "{standing.cost_at}"{rest}')
