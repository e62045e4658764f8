"""Which prediction answers which objective."""

from __future__ import annotations

import math

import pytest

from seatrial.domain.plan import Demand, Speed
from seatrial.domain.values import Range
from seatrial.sizing.choice.objectives import burden, misses, predicted, unpredicted, unsure

from .questions import slo

SPEED = Speed(
    tpot_s=Range(0.05, 0.04, 0.06),
    tpot_p95_s=Range(0.055, 0.044, 0.066),
    ttft_s=Range(0.1, 0.05, 0.2),
    ttft_p95_s=Range(0.3, 0.1, 0.9),
    e2e_s=Range(6.0, 5.0, 8.0),
    e2e_p95_s=Range(7.0, 6.0, 9.0),
    output_tokens_per_s=Range.exact(500.0),
    prefill_s=Range.exact(0.05),
    capacity_per_s=Range.exact(8.0),
    in_flight=20.0,
    utilization=0.5,
    measured="",
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("ttft_mean=1s", 0.1),
        ("ttft_p50=1s", 0.1),
        ("ttft_p95=1s", 0.3),
        ("ttft_p99=1s", 0.461),  # an exponential's tail: 1.81 times as far above the mean
        ("ttft_intended_p95=1s", 0.3),
        ("tpot_p95=1s", 0.055),
        ("tpot_p99=1s", 0.0572),
        ("icl_mean=1s", 0.05),
        ("e2e_p95=1s", 7.0),
    ],
)
def test_each_objective_has_its_prediction(text: str, value: float) -> None:
    (objective,) = slo(text).objectives
    found = predicted(objective.metric, objective.stat, SPEED)
    assert found is not None
    assert found.value == pytest.approx(value, rel=0.01)
    assert found.low <= found.value <= found.high


def test_met_missed_and_met_only_at_the_middle() -> None:
    demand = Demand(1, 1, concurrency=1, slo=slo("ttft_p95=500ms", "tpot_p95=50ms", "e2e_mean=10s", "success=0.99"))
    assert [miss.objective.key for miss in misses(SPEED, demand)] == ["tpot_p95"]
    assert [each.objective.key for each in unsure(SPEED, demand)] == ["ttft_p95"]
    assert burden(SPEED, demand) == pytest.approx(0.9 / 0.5)
    assert unpredicted(demand.slo) == ("success",)


def test_an_end_without_bound_stays_without_bound() -> None:
    endless = Range(0.3, 0.1, math.inf)
    speed = SPEED.__class__(
        **{**{n: getattr(SPEED, n) for n in SPEED.__slots__}, "ttft_p95_s": endless, "ttft_s": endless}
    )
    found = predicted("ttft_s", "p99", speed)
    assert found is not None
    assert found.high == math.inf


def test_without_an_slo_the_end_to_end_time_decides() -> None:
    assert burden(SPEED, Demand(1, 1, concurrency=1)) == 8.0
