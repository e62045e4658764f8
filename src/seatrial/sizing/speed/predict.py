"""The speed of a layout under a demand, with its interval: the same replica as much faster and slower as unsure."""

from __future__ import annotations

from dataclasses import replace
from math import exp
from typing import TYPE_CHECKING

from seatrial.domain.plan import Speed
from seatrial.domain.values import Z80, Range
from seatrial.sizing.speed.operating import FOREVER, Replica
from seatrial.sizing.speed.queueing import tail

if TYPE_CHECKING:
    from seatrial.domain.model import Model
    from seatrial.domain.plan import Demand, Layout, Memory
    from seatrial.sizing.speed.fitted import Fitted
    from seatrial.sizing.speed.operating import Point

MOST_LOAD = 0.85
"""Above this share of capacity waiting grows with the reciprocal of what is left, and a forecast's error with it:
in a published simulation a capacity 22 % too high turned a TTFT of 120 s into 64 ms (inference-sim, pull 480)."""


class Overloaded(Exception):
    """An open loop asks for more than `MOST_LOAD` of what the replicas can serve. `utilization` says how much."""

    def __init__(self, utilization: float, capacity_per_s: float) -> None:
        super().__init__(
            f"the demand is {utilization * 100:,.0f} % of the {capacity_per_s:.3g} requests/s that this can serve;"
            f" above {MOST_LOAD * 100:.0f} % waiting cannot be told in advance"
        )
        self.utilization = utilization
        self.capacity_per_s = capacity_per_s


def speed_of(  # noqa: PLR0917  what is asked of whom, in the order of a sentence
    model: Model, layout: Layout, memory: Memory, demand: Demand, fitted: Fitted, replicas: int = 1
) -> Speed:
    """The speed of `replicas` that share `demand` evenly.

    Raises Overloaded when an open loop asks for more than 85 % of the capacity at the middle of the interval.
    """
    fitted = fitted.for_model(model)
    replica = Replica(model, layout, memory, demand, fitted, replicas)
    capacity = replica.capacity_per_s
    if demand.rate_per_s is not None and demand.rate_per_s > MOST_LOAD * capacity * replicas:
        raise Overloaded(demand.rate_per_s / (capacity * replicas), capacity * replicas)
    middle = replica.point(capacity)
    off = exp(Z80 * fitted.step_spread(middle.sequences))
    fast = replace(replica, slower=1.0 / off).point(capacity * off)
    slow = replace(replica, slower=off).point(capacity / off)
    if demand.rate_per_s is not None and slow.utilization > MOST_LOAD:
        slow = replace(slow, wait=FOREVER)  # what is refused in the middle is not told at the end
    return _speed((fast, middle, slow), demand, fitted, replicas)


def _speed(points: tuple[Point, Point, Point], demand: Demand, fitted: Fitted, replicas: int) -> Speed:
    prompts_off = exp(Z80 * fitted.first.log_spread)
    ttft, ttft_p95 = _over(points, "ttft_s", prompts_off), _over(points, "ttft_p95_s", prompts_off)
    tpot, tpot_p95 = _over(points, "tpot_s"), _over(points, "tpot_p95_s")
    later = max(demand.output_tokens - 1.0, 0.0)
    e2e = ttft + tpot.scaled(later)
    capacity = [point.capacity_per_s * replicas for point in points]
    return Speed(
        tpot_s=tpot,
        tpot_p95_s=tpot_p95,
        ttft_s=ttft,
        ttft_p95_s=ttft_p95,
        e2e_s=e2e,
        e2e_p95_s=ttft_p95 + tpot_p95.scaled(later * tail(demand.cv)),
        output_tokens_per_s=_made(demand, e2e),
        prefill_s=_over(points, "prefill_s", prompts_off),
        capacity_per_s=Range(capacity[1], capacity[2], capacity[0]),
        in_flight=points[1].sequences,
        utilization=points[1].utilization,
        measured=fitted.note,
    )


def _over(points: tuple[Point, Point, Point], of: str, off: float = 1.0) -> Range:
    fast, middle, slow = (float(getattr(point, of)) for point in points)
    return Range(middle, min(fast, middle) / off, max(slow, middle) * off)


def _made(demand: Demand, e2e: Range) -> Range:
    """Output tokens a second: what is asked for in an open loop, what the users get through in a closed one."""
    if demand.rate_per_s is not None:
        return Range.exact(demand.rate_per_s * demand.output_tokens)
    asked = (demand.concurrency or 1) * demand.output_tokens
    return Range(asked / e2e.value, asked / e2e.high, asked / e2e.low)
