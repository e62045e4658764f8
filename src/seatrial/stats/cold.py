"""A cold start in phases, and what it costs against a warm start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seatrial.domain.summary import ColdSummary
from seatrial.domain.traffic import Arrivals, State
from seatrial.stats.metrics import first_chunk_s
from seatrial.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatrial.domain.record import WorkloadRecord
    from seatrial.domain.sample import ColdPhases
    from seatrial.domain.traffic import Workload
    from seatrial.stats.table import Floats, SampleTable


def summarize_cold(phases: ColdPhases, table: SampleTable) -> ColdSummary:
    """Seconds to the first byte and token that anyone got; the penalty is left open.

    They count from the moment a process was started (then it had to accept connections first), else from the first
    request, which is what makes a server load that stayed up.
    """
    started_s = cold_start_s(phases, table)
    first_s = first_chunk_s(table)
    ttft = _earliest(first_s, started_s)
    return ColdSummary(
        how=phases.how,
        accept_s=phases.accept_s,
        ready_s=phases.ready_s,
        ttfb_s=_earliest(table.t_headers_s, started_s),
        ttft_s=ttft,
        load_s=None if ttft is None else _load_s(table, int(np.nanargmin(first_s))),
        penalty_s=None,
    )


def cold_start_s(phases: ColdPhases, table: SampleTable) -> float | None:
    """The zero of the cold phases on the table's clock; None when nothing was sent."""
    if phases.accept_s is not None or phases.ready_s is not None:
        return (phases.t_start_ns - table.t0_ns) / NS_PER_S
    return _earliest(table.t_send_s, 0.0)


def idle_before_first_send_s(phases: ColdPhases, table: SampleTable) -> float | None:
    """Time between ready and the first send, which is the client's and is inside the cold figures."""
    send_s = _earliest(table.t_send_s, cold_start_s(phases, table))
    return None if send_s is None or phases.ready_s is None else send_s - phases.ready_s


def warm_ttft_p50_s(cold: Workload, others: Iterable[tuple[WorkloadRecord, Floats]]) -> float | None:
    """Median TTFT of the candidate's warm requests with the input lengths of `cold`, at the lowest concurrency.

    `others` are its workloads with the TTFT of each of their requests, in order.
    All but the first request of a cold workload that goes one by one are warm, too.
    """
    by_concurrency: dict[float, list[Floats]] = {}
    for record, ttfts_s in others:
        workload = record.workload
        concurrency = concurrency_of(workload)
        if record.skipped or workload.input_tokens != cold.input_tokens or not workload.stream:
            continue
        one_by_one = workload.arrivals is Arrivals.CLOSED and concurrency == 1
        if workload.state is State.WARM or one_by_one:
            values = ttfts_s[0 if workload.state is State.WARM else 1 :]
            values = values[~np.isnan(values)]
            if values.size:
                by_concurrency.setdefault(concurrency or np.inf, []).append(values)
    if not by_concurrency:
        return None
    return float(np.median(np.concatenate(by_concurrency[min(by_concurrency)])))


def concurrency_of(workload: Workload) -> int | None:
    """The most requests that can be in flight; None for open arrivals without a cap."""
    if workload.arrivals is Arrivals.AT_ONCE:
        return workload.requests
    if workload.arrivals is Arrivals.BATCHES:
        return max(workload.batches, default=None)
    if workload.is_open:
        return workload.concurrency
    users = [max(stage.start, stage.end) for stage in workload.stages]
    return round(max(users)) if users else workload.concurrency or 1


def _load_s(table: SampleTable, row: int) -> float | None:
    """The load duration that the engine told with the answer in `row`."""
    told_s = float(table.server["load_s"][row]) if "load_s" in table.server else np.nan
    return None if np.isnan(told_s) else told_s


def _earliest(moments_s: Floats, since_s: float | None) -> float | None:
    known = moments_s[~np.isnan(moments_s)]
    return float(known.min()) - since_s if known.size and since_s is not None else None
