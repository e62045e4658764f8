"""What one load process is told to do, and what it tells back. Plain data that travels through a pipe."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from seatrial.domain.sample import ClientSecond, Sample
    from seatrial.domain.target import Target
    from seatrial.domain.traffic import Workload


class PromptSource(Protocol):
    """Anything that says what request `index` asks; the same on every process."""

    def messages(self, index: int, input_tokens: int) -> tuple[tuple[str, str], ...]:
        """(role, content) pairs of about `input_tokens` tokens."""
        ...

    def max_tokens(self, index: int) -> int | None:
        """The output length a prompt asks for itself; None: as the workload says."""
        ...


@dataclass(frozen=True, slots=True)
class LoadJob:
    """One shard's part of one workload. `dead_after_s`: end early when nothing but outages came for so long."""

    workload: Workload
    target: Target
    prompts: PromptSource
    seed: int
    shard: int = 0
    shards: int = 1
    run_tag: str = ""
    dead_after_s: float = 10.0
    max_answer_bytes: int = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Batch:
    """What a load process hands over a few times a second."""

    samples: list[Sample] = field(default_factory=list)
    seconds: list[ClientSecond] = field(default_factory=list)
    in_flight: int = 0


@dataclass(frozen=True, slots=True)
class Ready:
    """The shard is prepared and waits for `Go`."""


@dataclass(frozen=True, slots=True)
class Go:
    """Start the load at this moment of the shared clock."""

    t0_ns: int


@dataclass(frozen=True, slots=True)
class Stop:
    """End now; what is in flight is recorded as interrupted."""


@dataclass(frozen=True, slots=True)
class Done:
    """The shard's load is over. `ended_early` says why, if before its time."""

    planned: int
    t_end_ns: int
    ended_early: str | None = None
