"""A comparison as a view: what else differs, the verdict, the gate, then every metric."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.domain.comparison import PRIMARY, Call
from seatrial.report import figures
from seatrial.report.comparison_headline import comparison_headline
from seatrial.report.comparison_words import CALL_ROLE, measured_text, metric_name, ratio_text, sentence
from seatrial.report.dense import dense
from seatrial.report.markdown import render_markdown
from seatrial.report.view import Cell, Role, Row, Section, Table, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seatrial.domain.comparison import GateCheck, MetricChange, RunComparison

_DECIDED = frozenset({Call.BETTER, Call.WORSE})


def comparison_view(found: RunComparison) -> View:
    """The whole comparison; sections that have nothing to say are left out."""
    sections = (warnings(found), verdict(found), gate(found), metrics(found), by_workload(found), notes(found))
    return View(_title(found), tuple(section for section in sections if section))


def comparison_page_view(found: RunComparison) -> View:
    """For a page: the verdict as a headline, and its section first."""
    view = comparison_view(found)
    told = replace(verdict(found), lines=verdict(found).lines[1:])  # the headline says the word
    rest = tuple(section for section in view.sections if section.heading != told.heading)
    return replace(view, sections=(told, *rest), headline=comparison_headline(found))


def _title(found: RunComparison) -> str:
    ours, theirs = found.called if all(found.called) else (found.base, found.new)
    return f"seatrial compare {ours} {theirs}"


def pull_request_summary(found: RunComparison) -> str:
    """Markdown for a pull request: what was decided, and all else folded away."""
    short = View(
        f"seatrial: {_headline(found)}", tuple(s for s in (warnings(found), verdict(found), gate(found)) if s)
    )
    rest = View("Metrics", tuple(s for s in (metrics(found), by_workload(found), notes(found)) if s))
    folded = render_markdown(rest).partition("\n\n")[2]  # its title is the summary's
    return f"{render_markdown(short)}\n<details>\n<summary>Every metric</summary>\n\n{folded}\n</details>\n"


def verdict(found: RunComparison) -> Section:
    ours, theirs = (
        f"{name} ({runs})" if name and name != runs else runs
        for name, runs in zip(found.called, (found.base, found.new), strict=True)
    )
    sides = Cell(f"BASE is {ours}, NEW is {theirs}.", Role.DIM)
    return Section("Verdict", (Cell(found.verdict.value, CALL_ROLE[found.verdict]), Cell(sentence(found)), sides))


def gate(found: RunComparison) -> Section:
    """One line per clause, the failing ones first."""
    if not found.gate:
        return Section("Gate")
    failed = sum(check.fails for check in found.gate)
    line = Cell(f"fails in {failed} of {len(found.gate)}", Role.BAD) if failed else Cell("passes", Role.GOOD)
    checks = sorted(found.gate, key=lambda check: not check.fails)
    return Section("Gate", (line,), bullets=tuple(map(_clause, checks)))


def state_of(check: GateCheck) -> str:
    """`met`, `missed`, or `cannot tell` with what follows from that."""
    if check.met is not None:
        return "met" if check.met else "missed"
    return "cannot tell, fails" if check.fails else "cannot tell, passes"


def warnings(found: RunComparison) -> Section:
    bullets = tuple(Cell(warning, Role.WARN) for warning in found.warnings)
    return Section("Warnings", bullets=bullets)


def metrics(found: RunComparison) -> Section:
    """Every metric that has a ratio, then those that have none and why."""
    told = {key: change for key, change in found.metrics.items() if change.ratio is not None}
    rows = tuple(_row(metric_name(key), change, found.margin) for key, change in told.items())
    tables = (_table("", found, rows),) if rows else ()
    untold = [(metric_name(key), change) for key, change in found.metrics.items() if change.ratio is None]
    return Section("Metrics", (Cell(_caption(found), Role.DIM),), tables, tuple(_remarks(found, untold)))


def by_workload(found: RunComparison) -> Section:
    """Where several workloads are pooled: of each the primary metrics, and what else changed."""
    if len(found.workloads) < 2:
        return Section("By workload")
    tables = tuple(
        _table(label, found, rows)
        for label, changes in found.workloads.items()
        if (
            rows := tuple(
                _row(metric_name(key), change, found.margin)
                for key, change in changes.items()
                if change.ratio is not None and (key in PRIMARY or change.verdict in _DECIDED)
            )
        )
    )
    return Section("By workload", tables=tables)


def _table(title: str, found: RunComparison, rows: tuple[Row, ...]) -> Table:
    what = "more requests" if found.runs == (1, 1) else "more runs"
    columns = (("BASE",), ("NEW",), ("NEW / BASE",), ("verdict",), (what, "would tell"))
    return dense(Table(title, columns, rows, together=len(columns)))


def notes(found: RunComparison) -> Section:
    return Section("Notes", bullets=tuple(Cell(text, Role.DIM) for text in _notes(found)))


def _headline(found: RunComparison) -> str:
    if not found.gate:
        return found.verdict.value
    failed = any(check.fails for check in found.gate)
    return f"{found.verdict}, the gate {'fails' if failed else 'passes'}"


def _clause(check: GateCheck) -> Cell:
    role = Role.BAD if check.fails else Role.GOOD if check.met else Role.WARN
    return Cell(f"{check.clause}: {state_of(check)}; {check.found}", role)


def _caption(found: RunComparison) -> str:
    within = f"{found.margin * 100:g} %"
    told = f"All intervals hold at once with 95 %. Same: the whole interval is within {within} of no change."
    if len(found.workloads) > 1:
        return f"{told} Pooled over {len(found.workloads)} workloads; BASE and NEW of each are below."
    if found.runs != (1, 1):
        return f"{told} BASE and NEW are geometric means of the runs."
    return told


def _row(name: str, change: MetricChange, margin: float) -> Row:
    needed = change.requests_needed if change.runs_needed is None else change.runs_needed
    more = figures.UNKNOWN if needed is None else f"{needed:,}"
    return Row(
        name,
        (
            Cell(measured_text(change.metric, change.base)),
            Cell(measured_text(change.metric, change.new)),
            Cell(ratio_text(change.ratio, margin)),
            Cell(change.verdict.value, CALL_ROLE[change.verdict]),
            Cell(more),
        ),
    )


def _remarks(found: RunComparison, untold: Iterable[tuple[str, MetricChange]]) -> Iterator[Cell]:
    by_note: dict[str, list[str]] = {}
    for name, change in untold:
        by_note.setdefault(change.note or "no ratio can be formed", []).append(name)
    if not found.untrusted and not found.unlike:
        for key, change in found.metrics.items():
            if change.ratio is not None and change.note:
                by_note.setdefault(change.note, []).append(metric_name(key))
    for note, names in by_note.items():
        yield Cell(f"{', '.join(names)}: {note}", Role.DIM)


def _notes(found: RunComparison) -> Iterator[str]:
    base, new = found.runs
    if len(found.workloads) > 1:
        yield (
            f"a ratio is the geometric mean over {len(found.workloads)} workloads, each counting alike; "
            "an increase in one may be hidden by a decrease in another, so each is judged for itself as well"
        )
    if base == new == 1:
        yield (
            "one run of each side: what changes from run to run is not in the intervals; several runs of a side, "
            "joined by commas, would have it in them"
        )
    else:
        yield f"{base} runs against {new}: each run counts as one value, and the intervals are those between runs"
