"""Cold starts in phases, as stacked bars from nothing loaded to the first token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from seatrial.report import figures
from seatrial.report.charts import axes, cells, spec, words
from seatrial.report.details import labelled_workloads
from seatrial.report.palette import NEUTRAL, PHASES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.summary import ColdSummary, RunSummary
    from seatrial.report.view import Chart

PHASE_NAMES = ("it accepts", "ready", "first byte", "first token")
LOAD_NAMES = ("model loaded", "first token")
_BAR_PX, _MOST_TOLD = 30, 4


class _Phase(NamedTuple):
    name: str
    start_s: float
    end_s: float


def cold_starts(run: RunSummary) -> tuple[Chart, ...]:
    """One bar per cold start that came to a first token."""
    found = [
        (label, w.cold) for label, w in labelled_workloads(run) if w.cold is not None and w.cold.ttft_s is not None
    ]
    if not found:
        return ()
    shown = spec.labels(label for label, _ in found)
    bars = [(shown[label], _phases(cold)) for label, cold in found]
    title = "Cold starts, from nothing loaded to the first token"
    height = len(bars) * _BAR_PX
    return (spec.chart("cold-starts", title, _alt(title, [(shown[n], c) for n, c in found]), _body(bars), height),)


def _phases(cold: ColdSummary) -> list[_Phase]:
    """What happened one after the other, as far as it was seen; seconds since nothing was loaded."""
    moments: tuple[tuple[str, float | None], ...] = tuple(
        zip(PHASE_NAMES, (cold.accept_s, cold.ready_s, cold.ttfb_s, cold.ttft_s), strict=True)
    )
    if cold.accept_s is None and cold.ready_s is None and cold.load_s is not None:
        moments = tuple(zip(LOAD_NAMES, (cold.load_s, cold.ttft_s), strict=True))
    phases, start_s = [], 0.0
    for name, end_s in moments:
        if end_s is not None and end_s >= start_s:
            phases.append(_Phase(name, start_s, end_s))
            start_s = end_s
    return phases


def _body(bars: Sequence[tuple[str, list[_Phase]]]) -> spec.Spec:
    unit = axes.unit_of("ttft_s", (phase.end_s for _, phases in bars for phase in phases))
    present = {phase.name for _, phases in bars for phase in phases}
    order = dict(zip((PHASE_NAMES[0], PHASE_NAMES[1], LOAD_NAMES[0], PHASE_NAMES[2], PHASE_NAMES[3]),
                     (PHASES[0], PHASES[1], PHASES[1], PHASES[2], PHASES[3]), strict=True))  # fmt: skip
    drawn = [name for name in order if name in present]

    def row(name: str, phase: _Phase) -> dict[str, Any]:
        return {
            "b": name, "p": phase.name, "s": phase.start_s * unit.factor, "e": phase.end_s * unit.factor,
            "k": figures.seconds(phase.end_s - phase.start_s), "u": figures.seconds(phase.end_s),
        }  # fmt: skip

    return {
        "data": cells.rows(row(name, phase) for name, phases in bars for phase in phases),
        "mark": {"type": "bar", "stroke": NEUTRAL, "strokeWidth": 0.75, "height": {"band": 0.68}},
        "encoding": {
            "y": {
                "field": "b", "type": "nominal", "sort": [name for name, _ in bars], "title": None,
                "axis": {"labelLimit": 190},
            },
            "x": {
                "field": "s", "type": "quantitative", "title": f"time ({unit.name})",
                "axis": axes.value_axis((), log=False),
            },
            "x2": {"field": "e"},
            "color": {
                "field": "p", "type": "nominal",
                "scale": {"domain": drawn, "range": [order[name] for name in drawn]},
                "legend": {"title": "until", "orient": "top", "columns": 2, "symbolType": "square"},
            },
            "tooltip": spec.tooltip(b="cold start", p="until", k="took", u="since nothing was loaded"),
        },
    }  # fmt: skip


def _alt(title: str, found: Sequence[tuple[str, ColdSummary]]) -> str:
    slowest_first = sorted(found, key=lambda pair: -(pair[1].ttft_s or 0.0))
    told = [
        f"{name} after {figures.seconds(cold.ttft_s)}"
        + (f", of which {figures.seconds(cold.ready_s)} until ready" if cold.ready_s is not None else "")
        for name, cold in slowest_first
    ]
    return f"{title}: {words.listed(told, _MOST_TOLD, 'cold start')}."
