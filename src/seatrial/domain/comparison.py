"""Two sides compared: per metric a ratio with its interval, and one word."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from seatrial.domain.values import Estimate  # noqa: TC001  dataclass fields are resolved at run time by msgspec


class Call(StrEnum):
    """same: the whole interval lies inside the equivalence margin. mixed: of a whole comparison only."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    CANNOT_TELL = "cannot tell"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class MetricChange:
    """`ratio` is new over base (None: cannot be formed). `requests_needed`: how many more would tell, per side.

    `note` says why there is no verdict, or what to keep in mind.
    """

    metric: str
    base: Estimate | None
    new: Estimate | None
    ratio: Estimate | None
    verdict: Call
    requests_needed: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class GateCheck:
    """One clause of a gate: `met` is None when it cannot be told, which fails it unless said otherwise."""

    clause: str
    met: bool | None
    found: str


@dataclass(frozen=True, slots=True)
class RunComparison:
    """`base` and `new` name the sides. `metrics` pools the shared workloads; `workloads` has each for itself."""

    base: str
    new: str
    verdict: Call
    margin: float
    warnings: tuple[str, ...]
    metrics: dict[str, MetricChange]
    workloads: dict[str, dict[str, MetricChange]] = field(default_factory=dict)
    gate: tuple[GateCheck, ...] = ()
