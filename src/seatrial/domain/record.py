"""What the store keeps about a run besides its samples."""

from __future__ import annotations

from dataclasses import dataclass, field

from seatrial.domain.harness import HarnessResult  # noqa: TC001  resolved at run time by msgspec
from seatrial.domain.quality import QuestionSet  # noqa: TC001
from seatrial.domain.sample import ColdPhases  # noqa: TC001
from seatrial.domain.target import EngineInfo  # noqa: TC001
from seatrial.domain.traffic import Workload  # noqa: TC001
from seatrial.domain.trial import Candidate, Spec  # noqa: TC001


@dataclass(frozen=True, slots=True)
class RunInfo:
    """Provenance of a run. The anchor pair ties perf_counter_ns of this computer to wall time (UTC).

    `status` is running, finished, interrupted or failed; `pid` tells whether a run called running still is.
    `host` holds text facts: cpu, cores, memory, kernel, python, seatrial, gpus.
    """

    id: str
    spec: Spec
    started_utc: str
    anchor_wall_ns: int
    anchor_perf_ns: int
    pid: int
    host: dict[str, str] = field(default_factory=dict)
    status: str = "running"
    command: str = ""


@dataclass(frozen=True, slots=True)
class CandidateRecord:
    """One candidate as it was met: `info` from the server, `failed` if it could not be tried at all."""

    position: int
    candidate: Candidate
    info: EngineInfo | None = None
    failed: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkloadRecord:
    """One workload on one candidate as it was run.

    `t0_ns` is the schedule's zero, `t_end_ns` the end of load (both perf_counter_ns; None when skipped or cut
    short). `planned` counts requests; for a closed loop by duration it equals those started. `batches_ns` and
    stages are in `workload`. `input_tokens_calibrated`: what the server counted for the calibrated prompts.
    `questions`: the set its requests ask, so that a run can be graded without any file. `harness`: what another
    harness found, where that asked in our place.
    """

    position: int
    candidate_position: int
    workload: Workload
    planned: int = 0
    t0_ns: int | None = None
    t_end_ns: int | None = None
    processes: int = 1
    cold: ColdPhases | None = None
    skipped: str | None = None
    notes: tuple[str, ...] = ()
    input_tokens_calibrated: float | None = None
    questions: QuestionSet | None = None
    harness: HarnessResult | None = None
