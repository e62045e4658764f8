"""The answer of a bake-off: who stands where, why, and where two candidates change places."""

from __future__ import annotations

from dataclasses import dataclass, field

from seatrial.domain.values import Estimate  # noqa: TC001  dataclass fields are resolved at run time by msgspec


@dataclass(frozen=True, slots=True)
class Standing:
    """One candidate's place, from 1; those that cannot be told apart share it and name each other in `tied`.

    `slo_probability`: how likely it meets the whole SLO, None without one or where it cannot be told.
    `scores`: what was weighed (`speed`, `cost`, `quality`), each with its interval, None where not measured.
    `on_front`: no other candidate is better in one score and as good in all others.
    `reason` is a sentence.
    """

    candidate: str
    place: int
    tied: tuple[str, ...] = ()
    slo_probability: float | None = None
    scores: dict[str, Estimate | None] = field(default_factory=dict)
    on_front: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Crossing:
    """Over `x` (concurrency), `before` is better in `metric` up to `low`, `after` from `high` on."""

    metric: str
    x: str
    before: str
    after: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Answer:
    """`weights`: what was to be optimised, as the user weighed it. `notes`: sentences, such as on no crossing."""

    weights: dict[str, float]
    standings: tuple[Standing, ...]
    crossings: tuple[Crossing, ...] = ()
    notes: tuple[str, ...] = ()
