"""Rates over the measured window: tokens by when they arrived, requests by when they ended.

Intervals come from batch means: the window is cut into equal slices, whose rates are taken as independent
samples. The first and last moments count like any other; nothing is trimmed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seatrial.domain.values import Estimate
from seatrial.stats.estimate import mean, wilson
from seatrial.stats.metrics import PER_REQUEST
from seatrial.units import NS_PER_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seatrial.domain.record import WorkloadRecord
    from seatrial.domain.trial import Objective, Slo
    from seatrial.stats.table import Floats, SampleTable

MOST_SLICES = 20
LEAST_SLICES = 10
# Fewer events in a slice than this, and its rate is mostly the luck of where the cut falls.
EVENTS_PER_SLICE = 5


def window_s(record: WorkloadRecord, table: SampleTable) -> float | None:
    """Length of the measured window in seconds from the schedule's zero; None when nothing was sent.

    A workload by duration is measured as long as load was offered: the drain after it, when the last answers
    come in and nobody new arrives, is left out. One by requests lasts until its last request has ended.
    """
    ends = table.t_end_s[~np.isnan(table.t_end_s)]
    if not ends.size:
        return None
    last = float(ends.max())
    offered = _offered_s(record)
    if record.t0_ns is None or offered is None:
        return last
    stopped = last if record.t_end_ns is None else (record.t_end_ns - record.t0_ns) / NS_PER_S
    return min(offered, stopped)


def _offered_s(record: WorkloadRecord) -> float | None:
    workload = record.workload
    if workload.requests is not None or workload.batches:
        return None
    return sum(stage.over_s for stage in workload.stages) if workload.stages else workload.duration_s


def output_tokens_per_s(table: SampleTable, window: float) -> Estimate:
    """Output tokens that arrived inside the window / its length; n counts their chunks."""
    return _rate(table.chunk_s, chunk_tokens(table), window)


def requests_per_s(table: SampleTable, window: float) -> Estimate:
    """Completions inside the window / its length."""
    return _rate_of(table, table.completed, window)


def goodput_per_s(table: SampleTable, window: float, slo: Slo) -> Estimate | None:
    """Requests inside the window that met every latency objective / its length; None when it cannot be told."""
    good = conforming(table, slo)
    return None if good is None else _rate_of(table, good, window)


def attainment(table: SampleTable, offered: int, slo: Slo) -> Estimate | None:
    """The share of *offered* requests that met every latency objective: a failed or unsent one did not."""
    good = conforming(table, slo)
    return None if good is None else wilson(int(good.sum()), max(offered, len(table)))


def conforming(table: SampleTable, slo: Slo) -> NDArray[np.bool_] | None:
    """Shape (n,): completed and within the limit of every latency objective.

    A request of one token has no TPOT and so cannot miss one. None without objectives, or when a limit cannot
    be held against requests because what it limits was not measured (no token counts from the server).
    """
    if not slo.objectives:
        return None
    good = table.completed.copy()
    for objective in slo.objectives:
        if objective.metric in PER_REQUEST:
            within = _within(table, objective)
            if within is None:
                return None
            good &= within
    return good


def _within(table: SampleTable, objective: Objective) -> NDArray[np.bool_] | None:
    values = PER_REQUEST[objective.metric](table)
    cannot_tell = np.isnan(values) & table.completed
    if objective.metric == "tpot_s":
        cannot_tell &= np.isnan(table.completion_tokens)
    return None if cannot_tell.any() else np.isnan(values) | (values <= objective.limit)


def chunk_tokens(table: SampleTable) -> Floats:
    """Shape (m,): output tokens of each chunk.

    By per-chunk usage; else the request's N spread evenly over its chunks; else (a request that broke off)
    as many as a chunk of the other requests holds on average, or 1.
    """
    count = table.chunk_count.astype(np.float64)
    counted = ~np.isnan(table.completion_tokens) & (count > 0)
    usual = table.completion_tokens[counted].sum() / count[counted].sum() if counted.any() else 1.0
    per_chunk = np.where(counted, table.completion_tokens / np.maximum(count, 1), usual)
    # What is told counts only where it adds up to N: not where chunks are untold, nor where the last tokens (an end
    # mark, bytes held back) came without text.
    told = np.bincount(table.chunk_request, weights=table.chunk_tokens, minlength=len(table))
    adds_up = told == table.completion_tokens
    return np.where(adds_up[table.chunk_request], table.chunk_tokens, per_chunk[table.chunk_request])


def _rate_of(table: SampleTable, chosen: NDArray[np.bool_], window: float) -> Estimate:
    return _rate(table.t_end_s[chosen], np.ones(int(chosen.sum())), window)


def _rate(times_s: Floats, weights: Floats, window: float) -> Estimate:
    inside = (times_s >= 0) & (times_s <= window)
    times_s, weights = times_s[inside], weights[inside]
    n = len(times_s)
    value = float(weights.sum()) / window
    slices = min(MOST_SLICES, n // EVENTS_PER_SLICE)
    if slices < LEAST_SLICES:
        return Estimate(value, None, None, n)
    sums, _ = np.histogram(times_s, bins=slices, range=(0.0, window), weights=weights)
    interval = mean(sums / (window / slices), least=0.0)
    return Estimate(value, interval.low, interval.high, n)
