from __future__ import annotations

import pytest

from seatrial.domain.summary import Counts, Distribution
from seatrial.domain.trial import Objective, Slo
from seatrial.domain.values import Estimate
from seatrial.stats.slo import check_slo

COUNTS = Counts(planned=10, sent=9, completed=8, failed=1, never_sent=1)
TTFT = Distribution(Estimate(0.2, 0.1, 0.3, 8), Estimate(0.21, 0.1, 0.3, 8), None, None, 0.1, 0.3)


@pytest.mark.parametrize(
    ("key", "metric", "stat", "limit", "value", "met"),
    [
        ("ttft_mean", "ttft_s", "mean", 0.2, 0.2, True),
        ("ttft_p50", "ttft_s", "p50", 0.2, 0.21, False),
        ("ttft_p95", "ttft_s", "p95", 5.0, None, None),
        ("tpot_mean", "tpot_s", "mean", 5.0, None, None),
        ("success", "success", "ratio", 0.8, 0.8, True),
        ("success", "success", "ratio", 0.9, 0.8, False),
    ],
)
def test_objectives(  # noqa: PLR0917  one row of the table
    key: str, metric: str, stat: str, limit: float, value: float | None, met: bool | None
) -> None:
    (check,) = check_slo(Slo((Objective(key, metric, stat, limit),)), COUNTS, {"ttft_s": TTFT, "tpot_s": None})
    assert (check.key, check.limit, check.value, check.met) == (key, limit, value, met)


def test_success_of_nothing_cannot_be_told() -> None:
    (check,) = check_slo(Slo((Objective("success", "success", "ratio", 0.9),)), Counts(0, 0, 0, 0, 0), {})
    assert (check.value, check.met) == (None, None)


def test_how_far_chance_reaches_stands_beside() -> None:
    slo = Slo((Objective("ttft_mean", "ttft_s", "mean", 0.3), Objective("success", "success", "ratio", 0.8)))
    latency, success = check_slo(slo, COUNTS, {"ttft_s": TTFT})
    assert (latency.low, latency.high) == (0.1, 0.3)
    assert latency.probability == pytest.approx(0.975)  # the limit is the upper end of a 95 % interval
    assert success.low == pytest.approx(0.490, abs=0.001)  # Wilson's, 8 of 10
    assert success.high == pytest.approx(0.943, abs=0.001)
    assert success.probability == pytest.approx(0.5)


def test_without_an_interval_there_is_a_verdict_but_no_probability() -> None:
    few = Distribution(Estimate(0.2, None, None, 2), None, None, None, 0.1, 0.3)
    (check,) = check_slo(Slo((Objective("ttft_mean", "ttft_s", "mean", 0.3),)), COUNTS, {"ttft_s": few})
    assert (check.met, check.low, check.high, check.probability) == (True, None, None, None)
