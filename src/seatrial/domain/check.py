"""A check: what was predicted of a run's traffic and server, beside what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seatrial.domain.values import Range  # noqa: TC001  msgspec and readers resolve it


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One quantity of one workload, in the unit its name ends in.

    Of memory, `workload` is empty: it is taken when the engine starts, whatever it is asked.
    """

    workload: str
    quantity: Literal[
        "ttft_s", "tpot_s", "output_tokens_per_s", "weights_bytes", "kv_bytes", "kv_tokens", "loaded_bytes"
    ]
    predicted: Range
    measured: float

    @property
    def error(self) -> float:
        """Predicted / measured - 1."""
        return self.predicted.value / self.measured - 1.0

    @property
    def inside(self) -> bool:
        """Whether the measurement lies in the 80 % interval."""
        return self.predicted.low <= self.measured <= self.predicted.high


@dataclass(frozen=True, slots=True)
class Check:
    """All rows of a candidate of a run. `rests_on` says what the predictions rest on.

    `same_run`: they were calibrated with this very run, so that agreement proves little. `unpredicted` names the
    workloads that ask for more than can be told in advance.
    """

    run: str
    candidate: str
    engine: str
    engine_version: str
    device: str
    model: str
    rests_on: str
    same_run: bool
    speed: tuple[CheckRow, ...]
    memory: tuple[CheckRow, ...]
    unpredicted: tuple[str, ...] = ()

    @property
    def share_inside(self) -> float | None:
        """Of the rows of speed; 80 % are to be expected. None where there are none."""
        return sum(row.inside for row in self.speed) / len(self.speed) if self.speed else None

    @property
    def holds(self) -> bool:
        """Whether at least half of the rows of speed are inside: fewer, and the intervals cannot be right."""
        share = self.share_inside
        return share is not None and share >= 0.5
