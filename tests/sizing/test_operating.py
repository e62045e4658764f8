from __future__ import annotations

from functools import cache
from statistics import mean

import pytest

from seatrial.domain.plan import Demand
from seatrial.sizing.speed.fitted import coefficients_for
from seatrial.sizing.speed.operating import Replica
from seatrial.sizing.speed.predict import Overloaded, speed_of
from seatrial.sizing.speed.work import Batch, arrival_terms, step_terms
from tests.sizing.shapes import GPT_OSS_20B, LLAMA_8B, UNSEEN, layout, roomy
from tests.sizing.simulated import Engine, served

INPUT, OUTPUT = 512, 128


@pytest.mark.parametrize("rate_per_s", [2.0, 8.0, 16.0, 24.0])
def test_an_open_loop_settles_where_a_simulated_engine_does(rate_per_s: float) -> None:
    """From 6 to 69 % of capacity. The closed form knows nothing of the simulation but the time of a step."""
    here = layout(LLAMA_8B)
    fitted = coefficients_for(here)

    @cache
    def step_s(sequences: int, prompt_tokens: int) -> float:
        batch = Batch(sequences, INPUT + OUTPUT / 2, prompt_tokens, INPUT / 2)
        return fitted.step.seconds(step_terms(LLAMA_8B, here, batch))

    ttft, tpot = served(Engine(step_s, 64, 2048), rate_per_s, INPUT, OUTPUT, 6000)
    before = fitted.first.seconds(arrival_terms(INPUT))
    speed = speed_of(LLAMA_8B, here, roomy(), Demand(INPUT, OUTPUT, rate_per_s=rate_per_s), fitted)
    assert speed.tpot_s.value == pytest.approx(mean(tpot), rel=0.06)
    assert speed.tpot_p95_s.value == pytest.approx(tpot[int(0.95 * len(tpot))], rel=0.10)
    assert speed.ttft_s.value == pytest.approx(mean(ttft) + before, rel=0.25)
    assert speed.ttft_p95_s.value == pytest.approx(ttft[int(0.95 * len(ttft))] + before, rel=0.25)


def test_above_85_percent_of_capacity_it_refuses_and_says_how_much() -> None:
    here = layout(LLAMA_8B)
    fitted = coefficients_for(here)
    capacity = Replica(LLAMA_8B, here, roomy(), Demand(INPUT, OUTPUT, rate_per_s=1.0), fitted, 1).capacity_per_s
    speed_of(LLAMA_8B, here, roomy(), Demand(INPUT, OUTPUT, rate_per_s=0.84 * capacity), fitted)
    with pytest.raises(Overloaded, match="90 % of the") as refused:
        speed_of(LLAMA_8B, here, roomy(), Demand(INPUT, OUTPUT, rate_per_s=0.9 * capacity), fitted)
    assert refused.value.capacity_per_s == pytest.approx(capacity)
    two = speed_of(LLAMA_8B, here, roomy(), Demand(INPUT, OUTPUT, rate_per_s=0.9 * capacity), fitted, 2)
    assert two.utilization == pytest.approx(0.45, rel=0.01)


def test_a_closed_loop_is_never_refused_the_users_wait() -> None:
    here = layout(LLAMA_8B)
    fitted = coefficients_for(here)
    few = speed_of(LLAMA_8B, here, roomy(8), Demand(INPUT, OUTPUT, concurrency=8), fitted)
    many = speed_of(LLAMA_8B, here, roomy(8), Demand(INPUT, OUTPUT, concurrency=80), fitted)
    assert many.in_flight == few.in_flight == 8
    assert many.tpot_s == few.tpot_s
    assert many.output_tokens_per_s.value == pytest.approx(few.output_tokens_per_s.value, rel=0.02)
    assert many.ttft_s.value > 9 * few.e2e_s.value * 0.98


def test_the_interval_widens_with_the_distance_from_what_was_measured() -> None:
    demand = Demand(INPUT, OUTPUT, concurrency=4)

    def width(speed_layout: object) -> float:
        here = speed_layout
        tpot = speed_of(LLAMA_8B, here, roomy(), demand, coefficients_for(here)).tpot_s  # type: ignore[arg-type]
        return tpot.high / tpot.low

    assert width(layout(LLAMA_8B)) < 1.5 < width(layout(LLAMA_8B, UNSEEN))


def test_where_the_slow_end_is_beyond_capacity_its_waiting_has_no_bound() -> None:
    here = layout(LLAMA_8B, UNSEEN)
    fitted = coefficients_for(here)
    capacity = Replica(LLAMA_8B, here, roomy(), Demand(INPUT, OUTPUT, rate_per_s=1.0), fitted, 1).capacity_per_s
    speed = speed_of(LLAMA_8B, here, roomy(), Demand(INPUT, OUTPUT, rate_per_s=0.84 * capacity), fitted)
    assert speed.ttft_s.high == float("inf")
    assert speed.ttft_s.value < float("inf") > speed.tpot_s.high


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.84])
def test_experts_bend_the_line_and_the_loop_still_settles(share: float) -> None:
    """TPOT of a mixture of experts rises steeply at first: a step of Newton from below goes past the solution."""
    here = layout(GPT_OSS_20B)
    fitted = coefficients_for(here)
    at_rest = Replica(GPT_OSS_20B, here, roomy(256), Demand(INPUT, OUTPUT, rate_per_s=1.0), fitted, 1)
    rate = share * at_rest.capacity_per_s
    point = Replica(GPT_OSS_20B, here, roomy(256), Demand(INPUT, OUTPUT, rate_per_s=rate), fitted, 1).point()
    assert point.sequences == pytest.approx(rate * OUTPUT * point.tpot_s, rel=0.01)
