"""A run as it stands now: how far each workload is, and what the probes read of late."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatrial.stats.gauges import gauges
from seatrial.store.store import Store
from seatrial.ui.listing import shown_utc
from seatrial.units import NS_PER_S

if TYPE_CHECKING:
    from pathlib import Path

    from seatrial.domain.telemetry import Gauge
    from seatrial.store.runs import StoredRun

HISTORY_S = 120


@dataclass(frozen=True, slots=True)
class Going:
    """One workload on one candidate. `planned` is 0 until it has ended, and where nobody planned a number."""

    candidate: str
    workload: str
    completed: int
    failed: int
    planned: int
    state: str


@dataclass(frozen=True, slots=True)
class LiveRun:
    id: str
    name: str
    status: str
    started: str
    workloads: tuple[Going, ...]
    gauges: tuple[Gauge, ...]


def live_run(store_path: Path, word: str) -> LiveRun:
    """The run that `word` means. Gauges are those of the last two minutes. Raises UsageError and StoreError."""
    with Store.open(store_path, create=False) as store:
        run_id = store.resolve(word)
        run = store.load_run(run_id)
        outcomes = store.outcomes(run_id)
        # The clock is this computer's since its boot: a run from elsewhere has no readings that recent.
        since_ns = time.perf_counter_ns() - HISTORY_S * NS_PER_S
        readings = store.readings(run_id, since_ns) if run.info.status == "running" else {}
    return LiveRun(
        run.info.id,
        run.info.spec.name or "",
        run.info.status,
        shown_utc(run.info.started_utc),
        _workloads(run, outcomes),
        gauges(readings),
    )


def _workloads(run: StoredRun, outcomes: dict[int, dict[str, int]]) -> tuple[Going, ...]:
    names = {record.position: record.candidate.name for record in run.candidates}
    running = run.info.status == "running"
    found = []
    for record in run.workloads:
        ended = outcomes.get(record.position, {})
        if record.skipped:
            state = "skipped"
        elif record.t_end_ns is not None:
            state = "done"
        else:
            state = "going on" if running and record is run.workloads[-1] else "cut short"
        completed = ended.get("ok", 0)
        found.append(
            Going(
                names.get(record.candidate_position, ""),
                record.workload.name,
                completed,
                sum(ended.values()) - completed,
                record.planned or record.workload.requests or sum(record.workload.batches),
                state,
            )
        )
    return tuple(found)
