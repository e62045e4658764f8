from __future__ import annotations

import numpy as np
import pytest

from seatrial.domain.summary import Counts, Distribution, SloCheck
from seatrial.domain.trial import Objective, Slo
from seatrial.domain.values import Estimate
from seatrial.stats.estimate import distribution
from seatrial.stats.metrics import PER_REQUEST
from seatrial.stats.slo import Requests, check_slo
from tests.stats.tables import request, table_of

NOBODY = Requests(table_of(), np.ones(0, dtype=np.bool_))
TWO = Requests(table_of(request(0), request(1)), np.ones(2, dtype=np.bool_))
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
    (check,) = check_slo(Slo((Objective(key, metric, stat, limit),)), COUNTS, {"ttft_s": TTFT, "tpot_s": None}, TWO)
    assert (check.key, check.limit, check.value, check.met) == (key, limit, value, met)


def test_success_of_nothing_cannot_be_told() -> None:
    (check,) = check_slo(Slo((Objective("success", "success", "ratio", 0.9),)), Counts(0, 0, 0, 0, 0), {}, NOBODY)
    assert (check.value, check.met) == (None, None)


def test_how_far_chance_reaches_stands_beside() -> None:
    slo = Slo((Objective("ttft_mean", "ttft_s", "mean", 0.3), Objective("success", "success", "ratio", 0.8)))
    latency, success = check_slo(slo, COUNTS, {"ttft_s": TTFT}, NOBODY)
    assert (latency.low, latency.high) == (0.1, 0.3)
    assert latency.probability == pytest.approx(0.975)  # the limit is the upper end of a 95 % interval
    assert success.low == pytest.approx(0.490, abs=0.001)  # Wilson's, 8 of 10
    assert success.high == pytest.approx(0.943, abs=0.001)
    assert success.probability == pytest.approx(0.5)


def test_without_an_interval_there_is_a_verdict_but_no_probability() -> None:
    few = Distribution(Estimate(0.2, None, None, 2), None, None, None, 0.1, 0.3)
    (check,) = check_slo(Slo((Objective("ttft_mean", "ttft_s", "mean", 0.3),)), COUNTS, {"ttft_s": few}, NOBODY)
    assert (check.met, check.low, check.high, check.probability) == (True, None, None, None)


def held(
    key: str, limit: float, first_chunks_s: list[float], *, ordered: bool = False, tokens: int = 2
) -> SloCheck:
    """One objective against requests whose first chunk came so late, half a second before the last."""
    samples = [request(i, (late, late + 0.5), completion_tokens=tokens) for i, late in enumerate(first_chunks_s)]
    table = table_of(*samples)
    metric, _, stat = key.rpartition("_")
    found = {name: distribution(function(table)) for name, function in PER_REQUEST.items()}
    n = len(samples)
    (check,) = check_slo(
        Slo((Objective(key, f"{metric}_s", stat, limit),)),
        Counts(n, n, n, 0, 0),
        found,
        Requests(table, np.ones(n, dtype=np.bool_), np.arange(n) if ordered else None),
    )
    return check


def test_few_requests_that_are_all_over_the_limit_miss_a_tail() -> None:
    check = held("ttft_p95", 0.01, [0.08] * 8)
    assert (check.value, check.met) == (None, False)
    assert check.low == pytest.approx(0.08)
    assert check.probability is not None
    assert check.probability < 0.001


@pytest.mark.parametrize(
    ("over", "n", "met"),
    [
        (1, 1, None),  # by the binomial 1 of 1 happens 5 times in 100, 2 of 2 only once in 400
        (2, 2, False),
        (2, 8, None),
        (3, 8, False),
        (0, 71, None),
        (0, 72, True),  # 0.95 ** 72 < 0.025
        (1, 72, None),
        (0, 199, True),
    ],
)
def test_a_tail_is_told_from_how_many_are_over_the_limit(over: int, n: int, met: bool | None) -> None:
    check = held("ttft_p95", 1.0, [2.0] * over + [0.5] * (n - over))
    assert (check.value, check.met) == (None, met)
    assert (check.probability is None) == (met is None)


def test_where_the_quantile_is_given_its_own_value_decides() -> None:
    check = held("ttft_p95", 1.0, [2.0] * 11 + [0.5] * 189)
    assert (check.value, check.met) == (2.0, False)  # 11 of 200 may be chance


def test_requests_without_a_tpot_do_not_count() -> None:
    assert held("tpot_p95", 0.1, [0.08] * 8).met is False
    assert held("tpot_p95", 0.1, [0.08] * 8, tokens=1).met is None


def test_requests_that_hang_together_are_worth_fewer() -> None:
    in_a_row = held("ttft_p95", 1.0, [0.5] * 60 + [2.0] * 16 + [0.5] * 60, ordered=True)
    spread = held("ttft_p95", 1.0, ([0.5] * 7 + [2.0]) * 16, ordered=True)
    assert (in_a_row.met, spread.met) == (None, False)
