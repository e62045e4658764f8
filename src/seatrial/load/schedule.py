"""The schedule: every intended start, from one seed, computed before the load starts.

Pure. All processes compute the same schedule and each takes its share by index, so that sharding cannot change
the process: a Poisson process drawn once and dealt out stays Poisson, two drawn from one seed would not.

Open arrivals are unit-rate points mapped through the inverse of the cumulative rate, which makes constant,
Poisson and gamma processes, with and without stages, one formula.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.domain.traffic import Arrivals, Lengths, Stage, Workload
from seatrial.units import NS_PER_S, ns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_BLOCK = 1024  # lengths are drawn in blocks, so that request i has the same lengths however many are run
_ARRIVALS, _INPUT, _OUTPUT = 1, 2, 3  # streams of one seed


class Shift(NamedTuple):
    """One user's time at work: from `start_ns` until `stop_ns` (None: until the requests are used up)."""

    user: int
    start_ns: int
    stop_ns: int | None


@dataclass(frozen=True)
class Schedule:
    """Offsets are nanoseconds from the load's zero.

    Open arrivals and all-at-once: `offsets_ns` of every request. Closed loop: `shifts` of users and `total`
    requests (None: as many as fit). Batches: sizes. `end_ns`: no request is started later (None: no limit).
    `hands`: users, or the most requests in flight; they are what processes share (None: no limit).
    """

    offsets_ns: Ints | None = None
    shifts: tuple[Shift, ...] = ()
    batches: tuple[int, ...] = ()
    total: int | None = None
    end_ns: int | None = None
    hands: int | None = None
    stage_starts_ns: tuple[int, ...] = (0,)

    def stage_at(self, offset_ns: int) -> int:
        """The position of the stage that holds this moment."""
        return int(np.searchsorted(self.stage_starts_ns, offset_ns, side="right")) - 1


def make_schedule(workload: Workload, seed: int) -> Schedule:
    """The schedule of `workload`; the same for the same seed on every computer."""
    if workload.arrivals is Arrivals.BATCHES:
        return Schedule(batches=workload.batches, total=sum(workload.batches))
    if workload.arrivals is Arrivals.AT_ONCE:
        total = workload.requests or 1
        return Schedule(offsets_ns=np.zeros(total, dtype=np.int64), total=total)
    if workload.arrivals is Arrivals.CLOSED:
        return _closed(workload)
    return _open(workload, np.random.default_rng([seed, _ARRIVALS]))


def dealt(schedule: Schedule, shard: int, shards: int) -> Iterator[int]:
    """The requests of one shard, in order: as large a share as its share of the users, or of the cap.

    Else three users on two processes would halve the requests between two of them and one. Endless where as many
    requests are sent as fit.
    """
    hands = shards if schedule.hands is None else schedule.hands
    mine = range(shard, hands, shards)
    for first in itertools.count(0, hands) if mine else ():
        for hand in mine:
            if schedule.total is not None and first + hand >= schedule.total:
                return
            yield first + hand


def _closed(workload: Workload) -> Schedule:
    if workload.stages:
        shifts = user_shifts(workload.stages)
        return Schedule(
            shifts=shifts,
            total=workload.requests,
            end_ns=ns(sum(stage.over_s for stage in workload.stages)),
            hands=max((shift.user + 1 for shift in shifts), default=0),
            stage_starts_ns=_stage_starts(workload.stages),
        )
    end = None if workload.duration_s is None else ns(workload.duration_s)
    users = workload.concurrency or 1
    shifts = tuple(Shift(user, 0, end) for user in range(users))
    return Schedule(shifts=shifts, total=workload.requests, end_ns=end, hands=users)


def user_shifts(stages: tuple[Stage, ...]) -> tuple[Shift, ...]:
    """When each user works under stages of users: user u (from 0) while at least u + 1 users are asked for."""
    most = round(max(max(stage.start, stage.end) for stage in stages))
    shifts = [Shift(u, ns(a), ns(b)) for u in range(most) for a, b in _spans_at_or_above(stages, u + 1)]
    return tuple(sorted(shifts, key=lambda shift: (shift.start_ns, shift.user)))


def _spans_at_or_above(stages: tuple[Stage, ...], level: float) -> list[tuple[float, float]]:
    """The spans of seconds in which the piecewise straight line is at or above `level`, touching ones joined."""
    spans: list[tuple[float, float]] = []
    begin = 0.0
    for stage in stages:
        span = _span_in_stage(stage, level)
        if span is not None:
            start, stop = begin + span[0], begin + span[1]
            if spans and abs(spans[-1][1] - start) < 1e-9:
                start = spans.pop()[0]
            spans.append((start, stop))
        begin += stage.over_s
    return spans


def _span_in_stage(stage: Stage, level: float) -> tuple[float, float] | None:
    above_start, above_end = stage.start >= level, stage.end >= level
    if above_start and above_end:
        return 0.0, stage.over_s
    if not above_start and not above_end:
        return None
    crossing = stage.over_s * (level - stage.start) / (stage.end - stage.start)
    return (0.0, crossing) if above_start else (crossing, stage.over_s)


def _open(workload: Workload, rng: np.random.Generator) -> Schedule:
    stages = workload.stages or _as_one_stage(workload)
    duration_s = sum(stage.over_s for stage in stages)
    expected = sum((stage.start + stage.end) / 2 * stage.over_s for stage in stages)
    points = _unit_points(workload, rng, expected)
    seconds = _invert_cumulative(points, stages)
    if workload.requests is not None:
        seconds = seconds[: workload.requests]
    offsets = np.rint(seconds * NS_PER_S).astype(np.int64)
    return Schedule(
        offsets_ns=offsets,
        total=len(offsets),
        end_ns=max(ns(duration_s), int(offsets[-1]) if len(offsets) else 0),
        hands=workload.concurrency,
        stage_starts_ns=_stage_starts(stages) if workload.stages else (0,),
    )


def _as_one_stage(workload: Workload) -> tuple[Stage, ...]:
    rate = workload.rate_per_s or 1.0
    seconds = workload.duration_s if workload.duration_s is not None else (workload.requests or 1) / rate
    return (Stage(rate, rate, seconds),)


def _unit_points(workload: Workload, rng: np.random.Generator, expected: float) -> Floats:
    """Arrival times of a process of rate 1: all below `expected`, or `requests` of them."""
    wanted = workload.requests
    draw = max(16, wanted or 0, round(expected + 8 * expected**0.5 * max(1.0, workload.cv or 1.0)))
    if workload.arrivals is Arrivals.CONSTANT:
        points = np.arange(draw, dtype=np.float64)
    else:
        points = np.cumsum(_unit_gaps(workload, rng, draw))
    return points if wanted is not None else points[points < expected]


def _unit_gaps(workload: Workload, rng: np.random.Generator, count: int) -> Floats:
    if workload.arrivals is Arrivals.POISSON:
        return rng.exponential(1.0, count)
    cv = workload.cv or 1.0
    shape = 1.0 / cv**2  # a gamma variable of shape k has coefficient of variation 1 / sqrt(k)
    return rng.gamma(shape, 1.0 / shape, count)


def _invert_cumulative(points: Floats, stages: tuple[Stage, ...]) -> Floats:
    """Seconds at which the cumulative rate reaches each point; past the end the last rate goes on."""
    seconds = np.empty_like(points)
    begin_s, begin_n = 0.0, 0.0
    for position, stage in enumerate(stages):
        end_n = begin_n + (stage.start + stage.end) / 2 * stage.over_s
        last = position == len(stages) - 1
        inside = (points >= begin_n) & ((points < end_n) | last)
        seconds[inside] = begin_s + _solve_stage(points[inside] - begin_n, stage)
        begin_s, begin_n = begin_s + stage.over_s, end_n
    return seconds


def _solve_stage(count: Floats, stage: Stage) -> Floats:
    """The t with start*t + slope*t^2/2 = count, in the form that is stable for a slope near 0."""
    slope = (stage.end - stage.start) / stage.over_s
    root = np.sqrt(np.maximum(stage.start**2 + 2 * slope * count, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        seconds = 2 * count / (stage.start + root)
    return np.where(count <= 0, 0.0, seconds)


def _stage_starts(stages: tuple[Stage, ...]) -> tuple[int, ...]:
    starts, total = [], 0.0
    for stage in stages:
        starts.append(ns(total))
        total += stage.over_s
    return tuple(starts)


class LengthTable:
    """Token lengths by request index, the same for the same seed whichever process asks."""

    def __init__(self, workload: Workload, seed: int) -> None:
        self._workload, self._seed = workload, seed
        self._blocks: dict[int, tuple[Ints, Ints]] = {}

    def __call__(self, index: int) -> tuple[int, int]:
        """(input tokens, output tokens) of request `index`."""
        block, place = divmod(index, _BLOCK)
        if block not in self._blocks:
            self._blocks[block] = (
                _draw(self._workload.input_tokens, [self._seed, _INPUT, block]),
                _draw(self._workload.output_tokens, [self._seed, _OUTPUT, block]),
            )
        inputs, outputs = self._blocks[block]
        return int(inputs[place]), int(outputs[place])


def _draw(lengths: Lengths, seed: list[int]) -> Ints:
    """One block of log-normal lengths with the asked mean and coefficient of variation, clipped to the bounds."""
    if lengths.cv <= 0:
        values = np.full(_BLOCK, lengths.mean)
    else:
        sigma2 = np.log1p(lengths.cv**2)
        rng = np.random.default_rng(seed)
        values = rng.lognormal(np.log(lengths.mean) - sigma2 / 2, np.sqrt(sigma2), _BLOCK)
    high = lengths.high if lengths.high is not None else np.inf
    drawn: Ints = np.clip(np.rint(values), max(1, lengths.low), high).astype(np.int64)
    return drawn
