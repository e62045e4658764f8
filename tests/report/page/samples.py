"""Runs to draw pages of: the bake-off with traces, and one whose names are chosen by an enemy."""

from __future__ import annotations

from dataclasses import replace
from math import log
from typing import TYPE_CHECKING

from seatrial.domain.traces import CandidateTrace, Curve, Dots, Line, RunTraces, WorkloadTrace
from tests.report.runs import bake_off

if TYPE_CHECKING:
    from seatrial.domain.summary import RunSummary, WorkloadSummary

HOSTILE = (
    "</script><script>window.hit=1</script><!--<img src=x onerror='window.hit=1'>"
    "\u2028\u202e{{7*7}}${7}\x1b[31m\x00]]>\"'&amp;<b>"
)


def hostile() -> RunSummary:
    """The bake-off with an enemy's text in the place of every name and sentence."""
    run = bake_off()
    candidates = tuple(
        replace(
            candidate,
            name=f"{HOSTILE} {place}",
            model=HOSTILE,
            engine=HOSTILE,
            busy=(HOSTILE,),
            notes=(HOSTILE,),
            workloads=tuple(
                replace(w, name=f"{w.name} {HOSTILE}", failure_details=(f"reset: {HOSTILE}",), suite=HOSTILE)
                for w in candidate.workloads
            ),
        )
        for place, candidate in enumerate(run.candidates)
    )
    return replace(
        run,
        name=HOSTILE,
        candidates=candidates,
        recommendation=HOSTILE,
        comparisons=(),
        host={HOSTILE: HOSTILE},
        trust=replace(run.trust, reasons=(HOSTILE,)),
        command=f"seatrial run --name '{HOSTILE}'",
    )


def traces(run: RunSummary) -> RunTraces:
    """Made-up traces for every workload that was run, one after the other, with telemetry."""
    found = []
    for place, candidate in enumerate(run.candidates):
        ran = [workload for workload in candidate.workloads if workload.skipped is None]
        workloads = tuple(
            _workload(candidate.name, workload, 20.0 * (len(ran) * place + i)) for i, workload in enumerate(ran)
        )
        if workloads:
            found.append(CandidateTrace(candidate.name, workloads, _telemetry(workloads)))
    return RunTraces(tuple(found))


def _workload(candidate: str, workload: WorkloadSummary, start_s: float) -> WorkloadTrace:
    n = 20
    shares = tuple((i + 1) / n for i in range(n))
    slowness = 1 + start_s / 100
    ttft = tuple(slowness * (0.2 - (0.3 + start_s / 1000) * log(1 - share + 0.02)) for share in shares)
    curves = {
        metric: Curve(metric, n, tuple(value * factor for value in ttft), shares)
        for metric, factor in (("ttft_s", 1.0), ("tpot_s", 0.1), ("e2e_s", 4.0))
    }
    t_s = tuple(start_s + 0.6 * i for i in range(n))
    outcome = tuple("reset" if i == 7 else "ok" for i in range(n))
    first = tuple(None if i == 7 else value for i, value in enumerate(ttft))
    steps = tuple(float(i) for i in range(1, n + 1))
    return WorkloadTrace(
        candidate, workload.name, start_s, start_s + 14.0, curves,
        Dots(t_s, first, tuple(value * 4 for value in ttft), outcome, n),
        Line("offered", "requests", t_s, steps),
        Line("sent", "requests", tuple(t + 0.01 for t in t_s), steps),
        Line("completed", "requests", tuple(t + 1.0 for t in t_s), steps),
    )  # fmt: skip


def _telemetry(workloads: tuple[WorkloadTrace, ...]) -> tuple[Line, ...]:
    t_s = tuple(workloads[0].start_s + i for i in range(int(workloads[-1].end_s - workloads[0].start_s)))
    rows = (("output tokens/s", "tokens/s", 40.0), ("requests waiting", "requests", 3.0), ("CPU", "cores", 1.5))
    return tuple(
        Line(name, unit, t_s, tuple(size * (1 + (i % 5) / 5) for i in range(len(t_s)))) for name, unit, size in rows
    )
