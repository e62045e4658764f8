"""What samples say, as estimates. Absent is None, never 0."""

from __future__ import annotations

from dataclasses import dataclass, field

from seatrial.domain.answer import Answer  # noqa: TC001  dataclass fields are resolved at run time by msgspec
from seatrial.domain.harness import HarnessResult  # noqa: TC001
from seatrial.domain.quality import QualitySummary  # noqa: TC001
from seatrial.domain.trial import Spec, Trust
from seatrial.domain.values import Estimate  # noqa: TC001


@dataclass(frozen=True, slots=True)
class Distribution:
    """A metric over requests. A quantile is None when too few samples lie beyond it (docs/measurement.md).

    `needed`: for each quantile that is None ("p95") or has no interval, how many values it would need for that.
    """

    mean: Estimate
    p50: Estimate | None
    p95: Estimate | None
    p99: Estimate | None
    minimum: float | None
    maximum: float | None
    needed: dict[str, int] = field(default_factory=dict)

    def statistic(self, stat: str) -> Estimate | None:
        """`mean`, `p50`, `p95` or `p99`; None where it cannot be given from so few values."""
        return {"mean": self.mean, "p50": self.p50, "p95": self.p95, "p99": self.p99}[stat]


@dataclass(frozen=True, slots=True)
class Counts:
    """planned = completed + failed + never_sent; sent = completed + failed. Always."""

    planned: int
    sent: int
    completed: int
    failed: int
    never_sent: int


@dataclass(frozen=True, slots=True)
class StageSummary:
    """One stage of a schedule (or one batch): what was offered, what was achieved, how long answers took.

    `kind` is stage or batch. `concurrency` is the most requests in flight: users, or the size of the batch; None
    for a stage of open arrivals.
    """

    index: int
    label: str
    offered_per_s: float | None
    achieved_per_s: float | None
    counts: Counts
    ttft_s: Distribution | None
    e2e_s: Distribution | None
    output_tokens_per_s: float | None
    kind: str = "stage"
    concurrency: int | None = None


@dataclass(frozen=True, slots=True)
class ArrivalCheck:
    """Achieved arrivals against the asked process. `reasons` is empty when they agree.

    `cv` of the gaps, `dispersion` variance/mean of counts in equal bins, `lag1` autocorrelation of the gaps;
    None where too few arrivals say anything. Rates per second.
    """

    process: str
    n: int
    asked_rate_per_s: float | None
    rate_per_s: float | None
    asked_cv: float | None
    cv: float | None
    dispersion: float | None
    lag1: float | None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ColdSummary:
    """A cold start in phases, seconds. `penalty_s` is cold TTFT minus the median warm TTFT of the candidate."""

    how: str
    accept_s: float | None
    ready_s: float | None
    ttfb_s: float | None
    ttft_s: float | None
    load_s: float | None
    penalty_s: float | None


@dataclass(frozen=True, slots=True)
class SloCheck:
    """One objective held against the estimate. `met` is None when it cannot be told from these samples.

    `low` and `high` bound the value with 95 % confidence; `probability`: that the truth is within the limit.
    `value` is None where too few requests give it; then it is met or missed only if a bound says so.
    """

    key: str
    limit: float
    value: float | None
    met: bool | None
    low: float | None = None
    high: float | None = None
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """How a latency moved over the measured time: relative change per minute, with a 95 % interval.

    `found` is True when the interval excludes 0 and the change over the whole window is worth a word.
    """

    metric: str
    per_minute: Estimate
    found: bool


@dataclass(frozen=True, slots=True)
class Steady:
    """Where the steady state of a workload begins: what was cut before it, by which rule, and why.

    `start_s` and `end_s` count from the schedule's zero; `cut_requests` were sent before `start_s` and are in no
    metric. Nothing cut: `start_s` is 0. `reason` is a sentence for the reader. `found` is False where there is no
    steady state, None where that cannot be told.
    """

    start_s: float
    end_s: float
    cut_requests: int
    reason: str
    drift: Drift | None = None
    found: bool | None = None


@dataclass(frozen=True, slots=True)
class WorkloadSummary:
    """All numbers of one workload on one candidate.

    `metrics` maps names ending in `_s` to distributions, `rates` names ending in `_per_s`, and the ratio
    `attainment`, to estimates.
    `skipped` is the reason the workload was not run (then counts are zero and metrics empty).
    `definitions`: of metrics that another tool measured by another definition, what that definition is.
    """

    name: str
    counts: Counts
    metrics: dict[str, Distribution | None] = field(default_factory=dict)
    rates: dict[str, Estimate | None] = field(default_factory=dict)
    trust: Trust = field(default_factory=Trust)
    slo: tuple[SloCheck, ...] = ()
    arrivals: ArrivalCheck | None = None
    stages: tuple[StageSummary, ...] = ()
    cold: ColdSummary | None = None
    failures: dict[str, int] = field(default_factory=dict)
    failure_details: tuple[str, ...] = ()
    tokens: dict[str, float | None] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    skipped: str | None = None
    suite: str | None = None
    group: str | None = None
    level: float | None = None
    concurrency: int | None = None
    window_s: float | None = None
    steady: Steady | None = None
    quality: QualitySummary | None = None
    definitions: dict[str, str] = field(default_factory=dict)

    @property
    def slo_met(self) -> bool | None:
        """True when every objective is met, False when one is missed, None when it cannot be told (or none)."""
        verdicts = [check.met for check in self.slo]
        if False in verdicts:
            return False
        return True if verdicts and None not in verdicts else None


@dataclass(frozen=True, slots=True)
class Growth:
    """How a quantity grows along a group of workloads: slope per unit of `x` with a 95 % interval."""

    group: str
    concurrency: int | None
    metric: str
    x: str
    slope: Estimate
    intercept: float


@dataclass(frozen=True, slots=True)
class CandidateSummary:
    name: str
    engine: str
    engine_version: str | None
    model: str | None
    workloads: tuple[WorkloadSummary, ...]
    growth: tuple[Growth, ...] = ()
    busy: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    recommended: bool = False
    failed: str | None = None
    usd_per_hour: float | None = None
    harness: tuple[HarnessResult, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two candidates under the same loads, pair by pair: `ratio` is the geometric mean of `metric`, `candidate`
    over `against`; its n counts the pairs, which `loads` names.
    """

    candidate: str
    against: str
    metric: str
    ratio: Estimate
    loads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A whole run. `recommendation` is the sentence of reason; empty with a single candidate.

    `comparisons`: the candidate that is ahead against each other one; none where they could not be paired.
    `answer` ranks several candidates. `tool` is who measured: seatrial, or the tool whose file was read.
    """

    run: str
    seed: int | None
    trust: Trust
    candidates: tuple[CandidateSummary, ...]
    recommendation: str = ""
    comparisons: tuple[Comparison, ...] = ()
    host: dict[str, str] = field(default_factory=dict)
    started: str = ""
    name: str | None = None
    status: str = "finished"
    answer: Answer | None = None
    spec: Spec | None = None
    command: str = ""
    tool: str = "seatrial"
