"""The requests of one candidate as dots: time to complete above time to first token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatrial.report.charts import axes, cells, spec
from seatrial.report.palette import FAILED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.traces import CandidateTrace

DOTS = "dots"
"""The name of the data that both panels draw."""
DOTS_PX = 150
CROWD = 400
"""From so many dots on they are drawn fainter: where they lie on each other it shows."""
OK = "ok"
CLOCK_X = {"field": "t", "type": "quantitative", "scale": {"nice": False, "zero": False}}


def dot_columns(trace: CandidateTrace) -> dict[str, Any]:
    """`t` when sent, `f` TTFT and `e` E2E (seconds), `w` place of the workload, `o` place of the outcome.

    Failures come last, so that they are drawn over the others.
    """
    outcomes = _outcomes(trace)
    found = [
        (t_s, ttft_s, e2e_s, place, outcomes.index(outcome))
        for place, w in enumerate(trace.workloads)
        if w.dots is not None
        for t_s, ttft_s, e2e_s, outcome in zip(w.dots.t_s, w.dots.ttft_s, w.dots.e2e_s, w.dots.outcome, strict=True)
    ]
    found.sort(key=lambda cell: cell[-1] != 0)
    return dict(zip("tfewo", zip(*found, strict=True), strict=True)) if found else dict.fromkeys("tfewo", ())


def _outcomes(trace: CandidateTrace) -> list[str]:
    found = {outcome: None for w in trace.workloads if w.dots for outcome in w.dots.outcome}
    return [OK, *(outcome for outcome in found if outcome != OK)]


def dots_panels(trace: CandidateTrace, colour: str) -> Iterator[spec.Spec]:
    """E2E above TTFT: those that completed as dots of the candidate's colour, failures as crosses."""
    columns = dot_columns(trace)
    for field, title in (("e", "E2E"), ("f", "TTFT")):
        values = [value for value in columns[field] if value is not None]
        if values:
            yield _dots_panel(trace, colour, field, title, values)


def _dots_panel(trace: CandidateTrace, colour: str, field: str, title: str, values: Sequence[float]) -> spec.Spec:
    log, unit = axes.needs_log(values), axes.unit_of("e2e_s", values)
    outcomes = [outcome.replace("_", " ") for outcome in _outcomes(trace)]
    shown = list(spec.labels(w.workload for w in trace.workloads).values())
    # A failed request has no E2E; it stands where it failed, and the legend says so once.
    legend = {"title": None, "orient": "top", "symbolOpacity": 1} if field == "e" and len(outcomes) > 1 else None
    domain = ["completed", "failed"]
    opacity = 0.55 if len(values) <= CROWD else 0.3
    return {
        "height": DOTS_PX,
        "data": {"name": DOTS, "format": {"type": "csv", "parse": dict.fromkeys("tfewo", "number")}},
        "transform": [
            {"filter": f"isValid(datum.{field}) && datum.{field} > {0 if log else -1}"},
            {"calculate": f"datum.{field} * {unit.factor:g}", "as": "v"},
            {"calculate": "datum.o == 0 ? 'completed' : 'failed'", "as": "s"},
            cells.named("w", shown, "n"),
            cells.named("o", outcomes, "c"),
        ],
        "params": [spec.movable("x")],
        "mark": {"type": "point", "strokeWidth": 1.5, "aria": False, "clip": True},
        "encoding": {
            "x": dict(CLOCK_X),
            "y": {
                "field": "v", "type": "quantitative",
                "axis": axes.value_axis([value * unit.factor for value in values], log=log) | {"tickCount": 5},
                "title": axes.quantity(title, unit.name, log=log), "scale": axes.value_scale(log=log),
            },
            "color": {"field": "s", "scale": {"domain": domain, "range": [colour, FAILED]}, "legend": legend},
            "shape": {"field": "s", "scale": {"domain": domain, "range": ["circle", "cross"]}, "legend": legend},
            "opacity": {"condition": {"test": "datum.o == 0", "value": opacity}, "value": 1},
            "size": {"condition": {"test": "datum.o == 0", "value": 22}, "value": 60},
            "tooltip": [
                {"field": "v", "title": axes.quantity(title, unit.name, log=False), "format": ",.4~r"},
                {"field": "t", "title": "sent at (s)", "format": ",.2f"},
                {"field": "n", "title": "workload"},
                {"field": "c", "title": "outcome"},
            ],
        },
    }  # fmt: skip
