"""A schedule stage by stage, or batch by batch: what was offered, what was achieved."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.domain.summary import StageSummary
from seatrial.stats.estimate import distribution
from seatrial.stats.metrics import e2e_s, ttft_s
from seatrial.stats.rates import chunk_tokens
from seatrial.stats.steady import time_order
from seatrial.stats.tally import count_requests

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seatrial.domain.summary import Distribution
    from seatrial.domain.traffic import Stage, Workload
    from seatrial.stats.table import Floats, Ints, SampleTable


class _Part(NamedTuple):
    """A stage or batch. `span_s`: from when to when, in seconds since the schedule's zero; None: never reached."""

    label: str
    span_s: tuple[float, float] | None
    concurrency: int | None


def stage_summaries(workload: Workload, table: SampleTable, window: float | None) -> tuple[StageSummary, ...]:
    """One summary per stage or batch; none for a workload that has neither.

    Offered is what the schedule started within the stage, achieved what was completed within it, both per second:
    under overload, and at the foot of a ramp, they differ. A closed loop and a batch offer no rate.
    """
    if not workload.stages and not workload.batches:
        return ()
    parts = _stages(workload, window or 0.0) if workload.stages else _batches(workload, table)
    tokens = chunk_tokens(table)
    sequence = time_order(workload, table)
    ttft, e2e = ttft_s(table), e2e_s(table)
    member_of = _membership(workload, table)
    summaries = []
    for index, part in enumerate(parts):
        rows = member_of == index
        length_s = None if part.span_s is None else part.span_s[1] - part.span_s[0]
        ended = table.completed & _inside(table.t_end_s, part)
        summaries.append(
            StageSummary(
                index=index,
                label=part.label,
                offered_per_s=_per_s(int(rows.sum()), length_s) if workload.is_open else None,
                achieved_per_s=_per_s(int(ended.sum()), length_s),
                counts=count_requests(table.outcome[rows]),
                ttft_s=_of_part(ttft, rows, sequence) if workload.stream else None,
                e2e_s=_of_part(e2e, rows, sequence),
                output_tokens_per_s=_per_s(float(tokens[_inside(table.chunk_s, part)].sum()), length_s),
                kind="batch" if workload.batches else "stage",
                concurrency=part.concurrency,
            )
        )
    return tuple(summaries)


def _of_part(values: Floats, rows: NDArray[np.bool_], sequence: Ints | None) -> Distribution | None:
    return distribution(np.where(rows, values, np.nan), sequence=sequence)


def _stages(workload: Workload, window: float) -> list[_Part]:
    """Stages as scheduled, the last one cut where the load ended."""
    parts, start_s = [], 0.0
    for stage in workload.stages:
        end_s = min(start_s + stage.over_s, window)
        reached = end_s > start_s
        users = None if workload.is_open else round(max(stage.start, stage.end))
        span_s = (start_s, end_s) if reached else None
        parts.append(_Part(_label(stage, workload), span_s, users))
        start_s += stage.over_s
    return parts


def _membership(workload: Workload, table: SampleTable) -> Ints:
    """The stage or batch of each request; of one that was never sent, the one it was planned for."""
    if workload.batches:
        planned = np.searchsorted(np.cumsum(workload.batches), table.index, side="right")
    else:
        ends_s = np.cumsum([stage.over_s for stage in workload.stages])
        planned = np.minimum(np.searchsorted(ends_s, table.t_intended_s, side="right"), len(ends_s) - 1)
    return np.where(np.isnan(table.t_send_s), planned, table.stage)


def _label(stage: Stage, workload: Workload) -> str:
    unit = "/s" if workload.is_open else " users"
    level = f"{stage.start:g}" if stage.start == stage.end else f"{stage.start:g} to {stage.end:g}"
    return f"{level}{unit}, {stage.over_s:g} s"


def _batches(workload: Workload, table: SampleTable) -> list[_Part]:
    """Batches from the intended start of their first request to the end of their last."""
    parts, member_of = [], _membership(workload, table)
    for index, size in enumerate(workload.batches):
        rows = (member_of == index) & ~np.isnan(table.t_end_s)
        span_s = (float(table.t_intended_s[rows].min()), float(table.t_end_s[rows].max())) if rows.any() else None
        parts.append(_Part(f"batch of {size}", span_s, size))
    return parts


def _inside(times_s: Floats, part: _Part) -> NDArray[np.bool_]:
    if part.span_s is None:
        return np.zeros(len(times_s), dtype=np.bool_)
    start_s, end_s = part.span_s
    # Open at the start: a batch begins at the very moment the one before it ends.
    return np.asarray((times_s > start_s) & (times_s <= end_s))


def _per_s(amount: float, length_s: float | None) -> float | None:
    return amount / length_s if length_s else None
