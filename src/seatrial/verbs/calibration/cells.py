"""The workloads of a stored run that predictions can be held against, each as one cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.domain.traffic import Arrivals, Prefix, State
from seatrial.errors import UsageError
from seatrial.stats.metrics import tpot_s, ttft_s
from seatrial.verbs.calibration.rows import Cell
from seatrial.verbs.calibration.steps import steps_of

if TYPE_CHECKING:
    from seatrial.domain.record import CandidateRecord, WorkloadRecord
    from seatrial.domain.traffic import Workload
    from seatrial.stats.table import SampleTable
    from seatrial.store.runs import StoredRun
    from seatrial.store.store import Store


class Side(NamedTuple):
    """A candidate of a stored run."""

    run: StoredRun
    record: CandidateRecord


def find_side(store: Store, word: str) -> Side:
    """The candidate that RUN or RUN:CANDIDATE means.

    Raises UsageError where there is no such run or candidate, and where a run has several and none is named.
    """
    name: str | None = None
    try:
        run_id = store.resolve(word)
    except UsageError:
        place, colon, name = word.partition(":")
        if not colon:
            raise
        run_id = store.resolve(place)
    run = store.load_run(run_id)
    names = [record.candidate.name for record in run.candidates]
    if name is None and len(names) > 1:
        raise UsageError(
            f"run {run_id} has {len(names)} candidates",
            "name one: " + ", ".join(f'"{run_id}:{each}"' for each in names),
        )
    for record in run.candidates:
        if name in {None, record.candidate.name}:
            return Side(run, record)
    raise UsageError(f'there is no candidate "{name}" in run {run_id}', "its candidates: " + ", ".join(names))


def cells_of(store: Store, side: Side) -> list[Cell]:
    """One cell for each workload of the candidate with known lengths, a warm engine and answers that streamed.

    Raises UsageError where there is none.
    """
    records = [
        record
        for record in side.run.workloads
        if record.candidate_position == side.record.position and _predictable(record)
    ]
    found = [cell for record in records if (cell := _cell(store, side.run.info.id, record)) is not None]
    if not found:
        raise UsageError(
            f"run {side.run.info.id} has no workload that predictions can be held against",
            "it takes streamed answers of known lengths from a warm engine: seatrial run URL --suite tokens",
        )
    return found


def _predictable(record: WorkloadRecord) -> bool:
    workload = record.workload
    return (
        record.skipped is None
        and record.harness is None
        and workload.state is State.WARM
        and workload.stream
        and workload.prefix is Prefix.UNIQUE
        and workload.questions is None
        and workload.prompts_file is None
        and not workload.stages
        and workload.arrivals not in {Arrivals.AT_ONCE, Arrivals.BATCHES}
    )


def _cell(store: Store, run_id: str, record: WorkloadRecord) -> Cell | None:
    table, workload = store.table(run_id, record.position), record.workload
    ttft, tpot = ttft_s(table), tpot_s(table)
    known = (ttft > 0) & (tpot > 0) & (table.prompt_tokens > 0)  # NaN is none of these
    if not known.any():
        return None
    return Cell(
        name=workload.name,
        input_tokens=_mean(table.prompt_tokens, known),
        output_tokens=_mean(table.completion_tokens, known),
        users=None if workload.is_open else workload.concurrency or 1,
        rate_per_s=workload.rate_per_s if workload.is_open else None,
        cv=_cv(workload),
        ttft_s=_mean(ttft, known),
        tpot_s=_mean(tpot, known),
        output_tokens_per_s=_output_rate(table, known, workload),
        cached_tokens=float(np.median(np.nan_to_num(table.cached_tokens[known]))),
        n=int(known.sum()),
        steps=steps_of(table),
    )


def _mean(values: np.ndarray, known: np.ndarray) -> float:
    return float(values[known].mean())


def _cv(workload: Workload) -> float:
    return max(workload.input_tokens.cv, workload.output_tokens.cv)


def _output_rate(table: SampleTable, known: np.ndarray, workload: Workload) -> float:
    """Tokens a second of all users; of a closed loop as long as all of them are at it: users x tokens / E2E."""
    tokens, taken = table.completion_tokens[known], table.t_end_s[known] - table.t_send_s[known]
    if not workload.is_open:
        return float((workload.concurrency or 1) * tokens.sum() / taken.sum())
    span = table.t_end_s[known].max() - table.t_send_s[known].min()
    return float(tokens.sum() / span)
