"""The least replicas that serve a demand, by a search that asks for as few predictions as it can."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from seatrial.sizing.choice.objectives import Miss, misses
from seatrial.sizing.choice.reasons import overloaded
from seatrial.sizing.speed.predict import MOST_LOAD, Overloaded

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.domain.plan import Demand, Speed

WAITED = ("ttft", "ttfa", "e2e")
"""Beginnings of metrics that include waiting."""
MOST_REPLICAS = 64
"""More replicas than these are no plan: the model or the GPU is the wrong one for the demand."""
ALONE = 100_000
"""Replicas beyond which a demand of any size is one request at a time for each."""


class Served(NamedTuple):
    """`replicas` meet the SLO, each at `speed`."""

    replicas: int
    speed: Speed


class Unserved(NamedTuple):
    """No number of replicas does: what is missed even by one that has a single request at a time."""

    missed: tuple[Miss, ...]
    speed: Speed | None
    reason: str = ""


def least_replicas(
    predict: Callable[[int], Speed],
    demand: Demand,
    allowed: Callable[[int], bool] = lambda _: True,
    *,
    sure: bool = False,
) -> Served | Unserved | None:
    """The least replicas that are not Overloaded and `lack` nothing, by `predict`; None where that is too many.

    With `sure` they meet the SLO at the far end of its intervals too.

    Supposes that more replicas are never worse (and never `allowed` if fewer are not), so that the answer can be
    bracketed and halved.
    """
    low, found = _unloaded(predict, demand)
    if isinstance(found, Unserved):
        return found
    if not allowed(low):
        return None
    if not lacks(found, demand, low, sure=sure):
        return Served(low, found)
    most = demand.concurrency or low * ALONE
    enough = most if allowed(most) else _most(allowed, low, most)
    best = predict(enough) if enough > low else found
    if not lacks(best, demand, enough, sure=sure):
        return _halved(predict, demand, low, Served(enough, best), sure=sure)
    return Unserved(misses(best, demand, sure=sure), best) if enough == most else None


def lacks(speed: Speed, demand: Demand, replicas: int, *, sure: bool = False) -> bool:
    """Whether so many replicas miss the SLO or, where it says nothing of waiting, keep users waiting for a slot."""
    if misses(speed, demand, sure=sure):
        return True
    return not limits_waiting(demand) and waiting_users(speed, demand, replicas) > 0


def limits_waiting(demand: Demand) -> bool:
    """Whether the SLO says how long a request may wait: an objective on TTFT or E2E."""
    return any(objective.metric.startswith(WAITED) for objective in demand.slo.objectives)


def waiting_users(speed: Speed, demand: Demand, replicas: int) -> int:
    """Of a closed loop's users, how many wait for a slot or for room in the cache while the others are answered."""
    users = demand.concurrency or 0
    return max(0, users - math.ceil(speed.in_flight * replicas - 1e-6)) if users > replicas else 0


def _unloaded(predict: Callable[[int], Speed], demand: Demand) -> tuple[int, Speed | Unserved]:
    """The least replicas that are not overloaded: utilisation falls as one over their number."""
    replicas = 1
    for _ in range(64):
        try:
            return replicas, predict(replicas)
        except Overloaded as error:
            reason = overloaded(error, demand)
            if not math.isfinite(error.utilization):
                return replicas, Unserved((), None, reason)
            replicas = max(replicas + 1, math.ceil(replicas * error.utilization / MOST_LOAD - 1e-9))
    return replicas, Unserved((), None, reason)


def _most(allowed: Callable[[int], bool], low: int, high: int) -> int:
    """The most replicas that are allowed; `low` are, `high` are not."""
    while low + 1 < high:
        middle = min(2 * low, (low + high) // 2)
        low, high = (middle, high) if allowed(middle) else (low, middle)
    return low


def _halved(
    predict: Callable[[int], Speed], demand: Demand, misses_at: int, meets: Served, *, sure: bool
) -> Served:
    """Between a number that misses and one that meets: doubling from below first, for the answer is rarely far."""
    step = 1
    while misses_at + 1 < meets.replicas:
        middle = min(misses_at + step, (misses_at + meets.replicas) // 2)
        speed = predict(middle)
        if lacks(speed, demand, middle, sure=sure):
            misses_at, step = middle, step * 2
        else:
            meets, step = Served(middle, speed), middle
    return meets
