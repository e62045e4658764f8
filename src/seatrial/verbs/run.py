"""The main job: every candidate through every workload, everything stored, one summary."""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from seatrial.domain.record import CandidateRecord, RunInfo
from seatrial.errors import OutsideError, SeatrialError, StoreError, UsageError
from seatrial.load.crew import Crew
from seatrial.load.interrupts import Interrupts
from seatrial.store.store import Store, default_path
from seatrial.verbs.events import Listener, Remark
from seatrial.verbs.host import host_facts
from seatrial.verbs.summary import summarize_stored
from seatrial.verbs.trial import Trial, try_candidate

if TYPE_CHECKING:
    from pathlib import Path

    from seatrial.domain.summary import RunSummary
    from seatrial.domain.trial import Spec


@dataclass(frozen=True, slots=True)
class RunResult:
    summary: RunSummary
    store_path: Path
    interrupted: bool


def run(
    spec: Spec, *, store_path: Path | None = None, tell: Listener = lambda _: None, command: str = ""
) -> RunResult:
    """Runs `spec`, stores it and summarises it; `tell` hears how it goes.

    Ctrl-C ends the load and gives what was measured. With a single candidate that cannot be tried its error is
    raised; of several, those that fail are recorded as failed, unless all do.
    """
    path = store_path or default_path()
    info = _run_info(spec, command)
    with Interrupts() as interrupts, Store.open(path) as store:
        store.begin_run(info)
        status = "failed"
        try:
            with Crew(spec.processes or 1) as crew:
                _try_all(Trial(info.id, spec, store, crew, tell, interrupts.asked))
            status = "interrupted" if interrupts.asked() else "finished"
        finally:
            store.finish_run(info.id, status)
        return RunResult(summarize_stored(store, info.id), path, interrupts.asked())


def _try_all(trial: Trial) -> None:
    failures: list[SeatrialError] = []
    for position, candidate in enumerate(trial.spec.candidates):
        if trial.should_stop():
            return
        try:
            try_candidate(trial, position)
        except (StoreError, UsageError):
            raise
        except OutsideError as error:
            failures.append(error)
            failed = CandidateRecord(position, candidate, failed=f"{error.message}. {error.hint}".strip())
            trial.store.put_candidate(trial.run_id, failed)
            if len(trial.spec.candidates) > 1:
                trial.tell(Remark(f"{candidate.name} failed: {error.message}"))
    if failures and len(failures) == len(trial.spec.candidates):
        raise failures[0]


def _run_info(spec: Spec, command: str) -> RunInfo:
    now = datetime.now(UTC)
    return RunInfo(
        id=f"{now:%Y%m%d-%H%M}-{secrets.token_hex(2)}",
        spec=spec,
        started_utc=f"{now:%Y-%m-%dT%H:%M:%SZ}",
        anchor_wall_ns=time.time_ns(),
        anchor_perf_ns=time.perf_counter_ns(),
        pid=os.getpid(),
        host=host_facts(),
        command=command,
    )
