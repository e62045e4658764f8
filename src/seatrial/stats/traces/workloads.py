"""From records and samples to what charts are drawn from: thinned curves, dots and lines on one clock."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from seatrial.domain.traces import CandidateTrace, Dots, Line, WorkloadTrace
from seatrial.stats.metrics import PER_REQUEST, POOLED, STREAM_ONLY
from seatrial.stats.rates import chunk_tokens
from seatrial.stats.traces.telemetry import telemetry_lines
from seatrial.stats.traces.thin import count_line, pick_dots, thin_curve, thin_line
from seatrial.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from seatrial.domain.traces import Curve
    from seatrial.stats.table import Floats, SampleTable
    from seatrial.stats.workload import WorkloadData

    Readings = Mapping[str, Sequence[tuple[int, float]]]

CURVES = ("ttft_s", "tpot_s", "e2e_s", "icl_s")
# Room for a whole run, shared out: a report of many workloads must stay small, too.
ALL_CURVE_POINTS, MOST_CURVE_POINTS, LEAST_CURVE_POINTS = 16_000, 160, 16
ALL_DOTS, MOST_DOTS, LEAST_DOTS = 6_000, 3_000, 40
ALL_COUNT_POINTS, MOST_COUNT_POINTS, LEAST_COUNT_POINTS = 6_000, 120, 10
LINE_POINTS, LEAST_LINE_POINTS = 200, 8
SHORTEST_BIN_S = 0.5
LONGEST_STEP_S = 2.0
"""After a longer one between two workloads nothing was under way."""


def trace_candidate(
    name: str, workloads: Iterable[WorkloadData], zero_ns: int, shared_by: int
) -> CandidateTrace | None:
    """The requests of one candidate as traces, without telemetry; None when it sent nothing.

    `zero_ns` is the run's first moment (perf_counter_ns), `shared_by` the number of workloads of the whole run.
    `workloads` is gone through once: memory then holds one table.
    """
    traced, lines = [], []
    for data in workloads:
        if len(data.table) and not np.isnan(data.table.t_send_s).all():
            offset_s = (data.table.t0_ns - zero_ns) / NS_PER_S
            traced.append(_workload(name, data, offset_s, shared_by))
            points = _share(2 * LINE_POINTS, shared_by, LEAST_LINE_POINTS, LINE_POINTS)
            lines.append((*_tokens_per_s(data.table, offset_s, points), *_in_flight(data.table, offset_s, points)))
    return CandidateTrace(name, tuple(traced), tuple(_joined(lines))) if traced else None


def with_telemetry(trace: CandidateTrace, readings: Readings, zero_ns: int) -> CandidateTrace:
    """`trace` with the lines that `readings`, (t_ns, value) by series, of its time give."""
    return replace(trace, telemetry=(*trace.telemetry, *telemetry_lines(readings, zero_ns, LINE_POINTS)))


def span_ns(trace: CandidateTrace, zero_ns: int) -> tuple[int, int]:
    """The first and the last moment of what was sent, perf_counter_ns."""
    return (
        zero_ns + round(min(w.start_s for w in trace.workloads) * NS_PER_S),
        zero_ns + round(max(w.end_s for w in trace.workloads) * NS_PER_S),
    )


def _end_s(table: SampleTable) -> float:
    """When the last request ended; of those that never did, when it was sent."""
    return float(np.nanmax(np.fmax(table.t_end_s, table.t_send_s)))


def _workload(candidate: str, data: WorkloadData, offset_s: float, shared_by: int) -> WorkloadTrace:
    table, workload, cold = data.table, data.record.workload, data.record.cold
    # A cold start begins before its first request.
    early_s = 0.0 if cold is None else max(0.0, (table.t0_ns - cold.t_start_ns) / NS_PER_S)
    counted = _share(ALL_COUNT_POINTS, 3 * shared_by, LEAST_COUNT_POINTS, MOST_COUNT_POINTS)
    return WorkloadTrace(
        candidate=candidate,
        workload=workload.name,
        start_s=offset_s - early_s,
        end_s=offset_s + _end_s(table),
        curves=dict(_curves(table, shared_by, stream=workload.stream)),
        dots=_dots(table, offset_s, _share(ALL_DOTS, shared_by, LEAST_DOTS, MOST_DOTS)),
        offered=count_line("offered", table.t_intended_s + offset_s, counted),
        sent=count_line("sent", table.t_send_s + offset_s, counted),
        completed=count_line("completed", table.t_end_s[table.completed] + offset_s, counted),
    )


def _share(whole: int, parts: int, least: int, most: int) -> int:
    return max(least, min(most, whole // parts))


def _curves(table: SampleTable, shared_by: int, *, stream: bool) -> Iterator[tuple[str, Curve]]:
    points = _share(ALL_CURVE_POINTS, len(CURVES) * shared_by, LEAST_CURVE_POINTS, MOST_CURVE_POINTS)
    for metric in CURVES:
        if metric in STREAM_ONLY and not stream:
            continue
        values = PER_REQUEST[metric](table) if metric in PER_REQUEST else POOLED[metric](table).values
        curve = thin_curve(metric, values, points)
        if curve is not None:
            yield metric, curve


def _dots(table: SampleTable, offset_s: float, points: int) -> Dots:
    sent = np.flatnonzero(~np.isnan(table.t_send_s))
    sent = sent[np.argsort(table.t_send_s[sent], kind="stable")]
    took = np.where(table.completed, PER_REQUEST["e2e_s"](table), table.t_end_s - table.t_send_s)[sent]
    ttft = PER_REQUEST["ttft_s"](table)[sent]
    t_s, outcome = table.t_send_s[sent] + offset_s, table.outcome[sent]
    keep = pick_dots(t_s, (took, ttft), outcome, points)
    return Dots(
        t_s=tuple(t_s[keep].tolist()),
        ttft_s=_known(ttft[keep]),
        e2e_s=_known(took[keep]),
        outcome=tuple(outcome[keep].tolist()),
        of=len(sent),
    )


def _known(values: Floats) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(value) else value for value in values.tolist())


def _tokens_per_s(table: SampleTable, offset_s: float, points: int) -> Iterator[Line]:
    """Output tokens as they arrived, per second."""
    if not len(table.chunk_s):
        return
    start, end = float(np.nanmin(table.t_send_s)), float(table.chunk_s.max())
    bins = max(1, min(points, int((end - start) / SHORTEST_BIN_S)))
    bounds = (start, max(end, start + SHORTEST_BIN_S))
    sums, edges = np.histogram(table.chunk_s, bins=bins, range=bounds, weights=chunk_tokens(table))
    width = float(edges[1] - edges[0])
    middles, rates = edges[:-1] + width / 2 + offset_s, sums / width
    yield Line("output", "tokens/s", tuple(middles.tolist()), tuple(rates.tolist()))


def _in_flight(table: SampleTable, offset_s: float, points: int) -> Iterator[Line]:
    """Sent and not yet ended; a request that never ended counts until the last one did."""
    sent = ~np.isnan(table.t_send_s)
    ends = np.where(np.isnan(table.t_end_s), _end_s(table), table.t_end_s)[sent]
    moments = np.concatenate((table.t_send_s[sent], ends))
    steps = np.repeat([1.0, -1.0], len(ends))
    order = np.lexsort((steps, moments))
    line = thin_line("in flight", "requests", moments[order] + offset_s, np.cumsum(steps[order]), points)
    if line is not None:
        yield line


def _joined(lines: Iterable[Sequence[Line]]) -> Iterator[Line]:
    """The lines of one name, workload after workload, as one, which is 0 during a pause between them."""
    by_name: dict[str, Line] = {}
    for line in (line for of_workload in lines for line in of_workload):
        before = by_name.get(line.name)
        if before is None:
            by_name[line.name] = line
            continue
        last, first = before.t_s[-1], line.t_s[0]
        pause = (last + SHORTEST_BIN_S, first - SHORTEST_BIN_S) if first - last > LONGEST_STEP_S else ()
        by_name[line.name] = replace(
            before,
            t_s=(*before.t_s, *pause, *line.t_s),
            values=(*before.values, *(0.0 for _ in pause), *line.values),
        )
    yield from by_name.values()
