"""The least replicas: right by brute force, with few predictions."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from seatrial.domain.plan import Demand, Speed
from seatrial.domain.values import Range
from seatrial.sizing.choice.replicas import Served, Unserved, least_replicas
from seatrial.sizing.speed.predict import MOST_LOAD, Overloaded

from .questions import slo

ZERO = Range.exact(0.0)
SPEED = Speed(ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, 1.0, 0.5, "")


class Queue:
    """A server that takes `service_s` a request, and whose wait grows as utilisation nears 1."""

    def __init__(self, rate_per_s: float, service_s: float) -> None:
        self.rate_per_s, self.service_s, self.asked = rate_per_s, service_s, 0

    def __call__(self, replicas: int) -> Speed:
        self.asked += 1
        load = self.rate_per_s / replicas * self.service_s
        if load > MOST_LOAD:
            raise Overloaded(load, replicas / self.service_s)
        return replace(SPEED, ttft_p95_s=Range.exact(self.service_s / (1 - load)), utilization=load)


@given(st.floats(0.01, 2000), st.floats(0.001, 2), st.floats(0.01, 5))
def test_the_least_number_that_meets_the_slo(rate: float, service_s: float, limit_s: float) -> None:
    queue = Queue(rate, service_s)
    demand = Demand(1, 1, rate_per_s=rate, slo=slo(f"ttft_p95={limit_s:.6f}s"))
    limit = demand.slo.objectives[0].limit
    found = least_replicas(queue, demand)
    assert queue.asked <= 60  # doubled and halved within 100,000 times the least that carry 4,000 Erlang
    if isinstance(found, Unserved):
        assert found.missed
        assert service_s * 1.0001 > limit  # even alone
        return

    assert found is not None

    def meets(replicas: int) -> bool:
        load = rate / replicas * service_s
        return load <= MOST_LOAD and service_s / (1 - load) <= limit

    assert meets(found.replicas)
    assert found.replicas == 1 or not meets(found.replicas - 1) or rate * service_s / (found.replicas - 1) > 0.8499


def test_an_overload_is_jumped_over() -> None:
    queue = Queue(1000.0, 1.0)
    found = least_replicas(queue, Demand(1, 1, rate_per_s=1000.0))
    assert isinstance(found, Served)
    assert found.replicas == math.ceil(1000 / MOST_LOAD)
    assert queue.asked == 2


def test_nobody_waits_for_a_slot_unless_the_slo_says_how_long() -> None:
    def of_eight_slots(replicas: int) -> Speed:
        return replace(SPEED, in_flight=min(8.0, 100 / replicas), ttft_p95_s=Range.exact(1.0))

    everyone = least_replicas(of_eight_slots, Demand(1, 1, concurrency=100))
    assert isinstance(everyone, Served)
    assert everyone.replicas == 13
    patient = least_replicas(of_eight_slots, Demand(1, 1, concurrency=100, slo=slo("ttft_p95=2s")))
    assert isinstance(patient, Served)
    assert patient.replicas == 1


def test_users_never_need_more_replicas_than_there_are() -> None:
    def slow(replicas: int) -> Speed:
        return replace(SPEED, tpot_p95_s=Range.exact(0.1 * 32 / replicas), in_flight=32 / replicas)

    met = least_replicas(slow, Demand(1, 1, concurrency=32, slo=slo("tpot_p95=400ms")))
    assert isinstance(met, Served)
    assert met.replicas == 8
    missed = least_replicas(slow, Demand(1, 1, concurrency=32, slo=slo("tpot_p95=50ms")))
    assert isinstance(missed, Unserved)
    assert missed.missed[0].predicted.value == 0.1
