"""Rates over the measured window: tokens by when they arrived, requests by when they ended.

Events and time are cut at the same two moments, never one without the other. The interval is told from the requests
where they make up the time (stats/turns.py); else, under stages and overload, the window is divided into equal
slices, whose sums are a series in order of time (stats/dependence.py). Where all requests start together what
happens over time is one event, of which nothing says how the next would differ: no interval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.domain.values import Estimate
from seatrial.stats.dependence import serial_spread, t_interval
from seatrial.stats.estimate import effective_n, wilson
from seatrial.stats.metrics import PER_REQUEST
from seatrial.stats.turns import Events, relative_spread
from seatrial.units import NS_PER_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seatrial.domain.record import WorkloadRecord
    from seatrial.domain.trial import Objective, Slo
    from seatrial.stats.dependence import Spread
    from seatrial.stats.table import Floats, Ints, SampleTable
    from seatrial.stats.turns import Turns

MOST_SLICES = 4096
LEAST_SLICES = 10
# Fewer events in a slice than this, and its rate is mostly the luck of where the cut falls.
EVENTS_PER_SLICE = 5


class Window(NamedTuple):
    """The measured time, in seconds from the schedule's zero."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s


def window_s(record: WorkloadRecord, table: SampleTable) -> float | None:
    """Seconds from the schedule's zero to the end of the measured time; None when nothing was sent.

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


def output_tokens_per_s(
    table: SampleTable, window: Window, turns: Turns | None = None, *, ordered: bool = True
) -> Estimate:
    """Output tokens that arrived inside the window / its length; n counts their chunks."""
    events = Events(table.chunk_s, chunk_tokens(table), table.chunk_request)
    return rate(events, window, turns, ordered=ordered)


def requests_per_s(
    table: SampleTable, window: Window, turns: Turns | None = None, *, ordered: bool = True
) -> Estimate:
    """Completions inside the window / its length."""
    return rate(_ends(table, table.completed), window, turns, ordered=ordered)


def goodput_per_s(
    table: SampleTable, window: Window, slo: Slo, turns: Turns | None = None, *, ordered: bool = True
) -> Estimate | None:
    """Requests inside the window that met every latency objective / its length; None when it cannot be told."""
    good = conforming(table, slo)
    return None if good is None else rate(_ends(table, good), window, turns, ordered=ordered)


def _ends(table: SampleTable, which: NDArray[np.bool_]) -> Events:
    rows = np.flatnonzero(which)
    return Events(table.t_end_s[rows], np.ones(len(rows)), rows)


def attainment(
    table: SampleTable,
    offered: int,
    slo: Slo,
    *,
    kept: NDArray[np.bool_] | None = None,
    sequence: Ints | None = None,
) -> Estimate | None:
    """The share of *offered* requests that met every latency objective: a failed or unsent one did not.

    `kept`, shape (n,): which requests count, all by default. `sequence`: their rows in order of time. Misses that
    follow each other closely make the interval wider.
    """
    good = conforming(table, slo)
    if good is None:
        return None
    kept = np.ones(len(table), dtype=np.bool_) if kept is None else kept
    hits, n = int((good & kept).sum()), max(offered, len(table)) - int((~kept).sum())
    worth: float | None = None
    if sequence is not None and 0 < hits < n:
        in_order = good[sequence[kept[sequence]]].astype(np.float64)
        worth = effective_n(in_order, None, sequence=np.arange(len(in_order)))
    return wilson(hits, n, worth)


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


def rate(events: Events, window: Window, turns: Turns | None = None, *, ordered: bool = True) -> Estimate:
    """The weight of the events inside the window / its length, the ends of it included; n counts the events.

    `turns`: the requests that make up the time, from which the interval is told. Without them it is told from
    slices of the window, and from 50 events on. None where there is no order in time.
    """
    inside = (events.times_s >= window.start_s) & (events.times_s <= window.end_s)
    times_s, weights = events.times_s[inside], events.weights[inside]
    n = len(times_s)
    value = float(weights.sum()) / window.length_s
    if not ordered:
        return Estimate(value, None, None, n)
    if turns is None:
        spread = _slices_spread(times_s, weights, window)
    else:
        spread = relative_spread(turns, events, *window)
        spread = spread and spread._replace(variance=spread.variance * value**2)
    if spread is None:
        return Estimate(value, None, None, n)
    low, high = t_interval(value, spread)
    return Estimate(value, max(0.0, min(value, low)), max(value, high), n)


def _slices_spread(times_s: Floats, weights: Floats, window: Window) -> Spread | None:
    """The spread of a rate over equal slices of the window; None from fewer than 50 events."""
    slices = min(MOST_SLICES, len(times_s) // EVENTS_PER_SLICE)
    if slices < LEAST_SLICES:
        return None
    sums, _ = np.histogram(times_s, bins=slices, range=(window.start_s, window.end_s), weights=weights)
    # Even: where load sets in and runs out a slice is emptier, which says nothing about which way the rate leans.
    return serial_spread(sums / (window.length_s / slices))._replace(skewness=0.0)
