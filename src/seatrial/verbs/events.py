"""What happens during a run, told to whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seatrial.domain.target import EngineInfo
    from seatrial.domain.traffic import Workload


@dataclass(frozen=True, slots=True)
class CandidateStarted:
    name: str
    position: int
    total: int


@dataclass(frozen=True, slots=True)
class CandidateOpened:
    name: str
    info: EngineInfo
    model: str


@dataclass(frozen=True, slots=True)
class WorkloadStarted:
    workload: Workload
    position: int
    total: int


@dataclass(frozen=True, slots=True)
class Progress:
    """`planned` is None while it cannot be known (a closed loop by duration)."""

    workload: Workload
    ended: int
    failed: int
    planned: int | None
    elapsed_s: float
    limit_s: float | None


@dataclass(frozen=True, slots=True)
class WorkloadEnded:
    workload: Workload
    completed: int
    failed: int
    never_sent: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Remark:
    """Something worth a line: a cap, a skipped workload, a cold start under way."""

    text: str


Event = CandidateStarted | CandidateOpened | WorkloadStarted | Progress | WorkloadEnded | Remark
Listener = Callable[[Event], None]
