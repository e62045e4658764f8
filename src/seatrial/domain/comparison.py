"""Two sides compared: per metric a ratio with its interval, and one word."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from seatrial.domain.trial import Verdict
from seatrial.domain.values import Estimate  # noqa: TC001  dataclass fields are resolved at run time by msgspec

# Two sides are the same when these are: the tails need many more requests, and say so themselves.
PRIMARY = ("ttft_s.p50", "tpot_s.p50", "e2e_s.p50", "output_tokens_per_s")
SHARES = ("attainment", "success", "accuracy")
"""Metrics that are a share of requests, from 0 to 1."""


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

    All ratios of a comparison hold at once with 95 %. `note` says why there is no verdict, or what to keep in mind.
    `base` and `new` have their own 95 % intervals; of several runs they are the geometric means, without one, and
    they are None where several workloads are pooled. `runs_needed`: the same need as runs, where runs are pooled.
    """

    metric: str
    base: Estimate | None
    new: Estimate | None
    ratio: Estimate | None
    verdict: Call
    requests_needed: int | None = None
    note: str = ""
    runs_needed: int | None = None


@dataclass(frozen=True, slots=True)
class GateClause:
    """One demand: `metric` (as in `MetricChange`) at most `limit`, or at least, if `at_least`.

    A relative limit is a factor of the base, any other in the metric's own unit. `text` is the user's own.
    """

    text: str
    metric: str
    at_least: bool
    limit: float
    relative: bool


@dataclass(frozen=True, slots=True)
class GateCheck:
    """One clause of a gate held against a comparison. `met` is None when it cannot be told.

    `fails` is whether the gate fails by it: a clause that was missed, or whose metric was not measured; one that
    cannot be told from so few requests only if the user is strict. `found` says what was found.
    """

    clause: str
    met: bool | None
    found: str
    fails: bool = False


@dataclass(frozen=True, slots=True)
class RunComparison:
    """`base` and `new` name the sides. `metrics` pools the shared `workloads`, which has each for itself.

    `warnings` say in what else the sides differ, and why not to believe them. `runs`: how many there are on each
    side. Nothing is decided where a side is invalid (`untrusted`), or the sides are not known to be under the same
    load (`unlike`). `called`: the sides by the names that the user gave the runs, empty where there are none.
    `trust` is that in the side that is trusted less.
    """

    base: str
    new: str
    verdict: Call
    margin: float
    warnings: tuple[str, ...]
    metrics: dict[str, MetricChange]
    workloads: dict[str, dict[str, MetricChange]] = field(default_factory=dict)
    gate: tuple[GateCheck, ...] = ()
    runs: tuple[int, int] = (1, 1)
    untrusted: bool = False
    unlike: bool = False
    called: tuple[str, str] = ("", "")
    trust: Verdict = Verdict.TRUSTED

    @property
    def fails(self) -> bool:
        """Whether a build should stop here: the gate fails, or without a gate something got worse."""
        if self.gate:
            return any(check.fails for check in self.gate)
        return self.verdict in {Call.WORSE, Call.MIXED}
