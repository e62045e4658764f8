"""The answer of a bake-off: who stands where, why, and where two candidates change places."""

from __future__ import annotations

from dataclasses import dataclass, field

from seatrial.domain.values import Estimate  # noqa: TC001  dataclass fields are resolved at run time by msgspec


@dataclass(frozen=True, slots=True)
class Standing:
    """One candidate's place, from 1; those that cannot be told apart share it and name each other in `tied`.

    `slo_met` by the estimates, over all warm workloads; `slo_probability`: how likely it truly meets the whole SLO;
    None without an SLO or where it cannot be told.
    `scores`, each with its interval, None where not measured: `speed` (times the fastest of all), `cost` (USD per
    million output tokens of requests within the SLO) and `cost_all_tokens`, both at the load `cost_at`, `quality`
    (share of right answers), `ttft_s` (median, one user at a time).
    `on_front`: no other candidate is better in one score and as good in all others.
    `reason` is a sentence or two.
    """

    candidate: str
    place: int
    tied: tuple[str, ...] = ()
    slo_met: bool | None = None
    slo_probability: float | None = None
    scores: dict[str, Estimate | None] = field(default_factory=dict)
    cost_at: str | None = None
    on_front: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LoadPoint:
    """One candidate at one load. `series` names the loads that belong together, `x` what sets them apart
    (concurrency, or rate_per_s), `level` how much of it; `metric` is output_tokens_per_s, ttft_s,
    tpot_s or e2e_s (means).
    """

    candidate: str
    series: str
    x: str
    level: float
    metric: str
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Crossing:
    """Over `x` of `series`, `before` is better in `metric` up to `low`, `after` from `high` on."""

    metric: str
    x: str
    before: str
    after: str
    low: float
    high: float
    series: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """`weights`: what was to be optimised, as the user weighed it. `notes`: sentences, such as on no crossing.

    A single candidate has a standing and points too; it is first of one.
    """

    weights: dict[str, float]
    standings: tuple[Standing, ...]
    crossings: tuple[Crossing, ...] = ()
    notes: tuple[str, ...] = ()
    points: tuple[LoadPoint, ...] = ()
