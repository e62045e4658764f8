"""The main job: every candidate through every workload, everything stored, one summary."""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from seatrial.domain.record import CandidateRecord, RunInfo
from seatrial.errors import SeatrialError, StoreError
from seatrial.load.crew import Crew
from seatrial.load.interrupts import Interrupts
from seatrial.store.place import default_path
from seatrial.store.store import Store
from seatrial.verbs.events import Listener, Remark
from seatrial.verbs.harness import check_harness
from seatrial.verbs.host import host_facts
from seatrial.verbs.prompting import check_prompts
from seatrial.verbs.questions import with_extent
from seatrial.verbs.summary import summarize_stored
from seatrial.verbs.trial import Trial, try_candidate

if TYPE_CHECKING:
    from pathlib import Path

    from seatrial.domain.summary import RunSummary
    from seatrial.domain.trial import Spec


@dataclass(frozen=True, slots=True)
class RunResult:
    """`server_lost`: a server went away in mid-run, and what was left to ask it was not run."""

    summary: RunSummary
    store_path: Path
    interrupted: bool
    server_lost: bool


def run(
    spec: Spec, *, store_path: Path | None = None, tell: Listener = lambda _: None, command: str = ""
) -> RunResult:
    """Runs `spec`, stores it and summarises it; `tell` hears how it goes.

    Ctrl-C ends the load and gives what was measured. With a single candidate that cannot be tried its error is
    raised; of several, those that fail are recorded as failed, unless all do. Files of prompts are read before
    anything is sent. Raises SeatrialError, and KeyboardInterrupt on the second Ctrl-C.
    """
    check_prompts(spec.workloads)
    check_harness(spec.workloads)
    spec = with_extent(spec)
    path = store_path or default_path()
    info = _run_info(spec, command)
    with Interrupts() as interrupts, Store.open(path) as store:
        store.begin_run(info)
        status = "failed"
        try:
            with Crew(spec.processes or 1) as crew:
                server_lost = _try_all(Trial(info.id, spec, store, crew, tell, interrupts.asked))
            status = "finished"
        finally:
            store.finish_run(info.id, "interrupted" if interrupts.asked() else status)
        return RunResult(summarize_stored(store, info.id), path, interrupts.asked(), server_lost)


def _try_all(trial: Trial) -> bool:
    """Whether a server was lost in mid-run. Raises the first failure when no candidate could be tried."""
    failures: list[SeatrialError] = []
    server_lost = False
    for position, candidate in enumerate(trial.spec.candidates):
        if trial.should_stop():
            break
        try:
            server_lost |= try_candidate(trial, position) is not None
        except StoreError:
            raise
        except SeatrialError as error:
            failures.append(error)
            failed = CandidateRecord(position, candidate, failed=f"{error.message}. {error.hint}".strip())
            trial.store.put_candidate(trial.run_id, failed)
            if len(trial.spec.candidates) > 1:
                trial.tell(Remark(f"{candidate.name} failed: {error.message}"))
    if failures and len(failures) == len(trial.spec.candidates):
        raise failures[0]
    return server_lost


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
