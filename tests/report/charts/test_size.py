"""A report of 100,000 requests stays small: traces are made of real tables here, not by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from seatrial.domain.record import WorkloadRecord
from seatrial.domain.traces import RunTraces
from seatrial.domain.traffic import Workload
from seatrial.report.charts.all import charts
from seatrial.stats.table import SampleTable
from seatrial.stats.traces.workloads import trace_candidate, with_telemetry
from seatrial.stats.workload import WorkloadData
from seatrial.units import NS_PER_S
from tests.report.charts.drawn import everything, named
from tests.stats.tables import T0_NS, table_of

BUDGET_BYTES = 1_500_000


def big_table(rng: np.random.Generator, n: int) -> SampleTable:
    """`n` requests of three chunks over an hour, 2 % of them failed; only columns that traces read are filled."""
    sent = np.sort(rng.uniform(0, 3600, n))
    ttft = rng.lognormal(-1, 1, n)
    chunks = (sent + ttft)[:, None] + np.cumsum(rng.lognormal(-3, 0.5, (n, 3)), axis=1)
    return replace(
        table_of(),
        index=np.arange(n),
        t_intended_s=sent,
        t_send_s=sent,
        t_end_s=chunks[:, -1],
        outcome_code=np.where(rng.random(n) < 0.02, 3, 0).astype(np.uint8),
        completion_tokens=np.full(n, 3.0),
        first=np.arange(0, 3 * n + 1, 3),
        chunk_s=chunks.ravel(),
        chunk_tokens=np.ones(3 * n, np.uint16),
    )


@pytest.mark.parametrize(("per_candidate", "candidates"), [(1, 2), (10, 4)])
def test_charts_of_100_000_requests_are_within_their_budget(per_candidate: int, candidates: int) -> None:
    rng = np.random.default_rng(1)
    names = [f"candidate {i} with a name that is not short" for i in range(candidates)]
    whole = per_candidate * candidates
    traces = []
    for name in names:
        workloads = [
            WorkloadData(
                WorkloadRecord(0, 0, Workload(f"workload-{i}"), 0, T0_NS), big_table(rng, 100_000 // whole)
            )
            for i in range(per_candidate)
        ]
        trace = trace_candidate(name, workloads, T0_NS, whole)
        assert trace is not None
        ticks = [T0_NS + s * NS_PER_S for s in range(3600)]
        series = [f"gpu{i}.{what}" for i in range(8) for what in ("busy_ratio", "memory_used_bytes")]
        readings = {name: [(t, float(v)) for t, v in zip(ticks, rng.random(3600), strict=True)] for name in series}
        traces.append(with_telemetry(trace, readings, T0_NS))
    run = everything()
    if candidates == 2:
        run = named(run, names)
    else:
        run = replace(run, candidates=tuple(replace(run.candidates[0], name=name) for name in names), answer=None)
    ramps = tuple(
        replace(c, workloads=tuple(replace(c.workloads[-3], name=f"workload-{i}") for i in range(per_candidate)))
        for c in run.candidates
    )
    found = charts(replace(run, candidates=ramps), RunTraces(tuple(traces)))
    size = {name: len(json.dumps([chart.spec for chart in drawn])) for name, drawn in found.items()}
    assert {"distributions", "timelines", "arrivals"} <= size.keys()
    assert sum(size.values()) < BUDGET_BYTES, size
    slowest = max(value or 0.0 for t in traces for w in t.workloads if w.dots is not None for value in w.dots.e2e_s)
    assert slowest > 20  # the tail of 100,000 log-normal values is there
