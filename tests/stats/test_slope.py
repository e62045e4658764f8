from __future__ import annotations

import numpy as np
import pytest

from seatrial.domain.summary import Counts, Distribution, WorkloadSummary
from seatrial.domain.values import Estimate
from seatrial.stats.slope import fit_line, growth


def test_a_line_by_hand() -> None:
    line = fit_line(np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, 3.0, 4.0, 8.0]))
    assert line is not None
    # Sxx 5, Sxy 11: slope 2.2, intercept 0.7; residuals .3 .1 -1.1 .7, SSE 1.8, t for 2 degrees 4.302653
    half = 4.302653 * np.sqrt(1.8 / 2 / 5)
    assert line.intercept == pytest.approx(0.7)
    assert line.slope.n == 4
    assert line.slope.value == pytest.approx(2.2)
    assert line.slope.low == pytest.approx(2.2 - half)
    assert line.slope.high == pytest.approx(2.2 + half)


def test_two_levels_make_no_line() -> None:
    assert fit_line(np.array([1.0, 2.0, 2.0]), np.array([1.0, 2.0, 2.1])) is None


def test_the_interval_holds_the_true_slope() -> None:
    rng, x = np.random.default_rng(5), np.array([16.0, 64.0, 256.0, 1024.0])
    held = 0
    for _ in range(1000):
        line = fit_line(x, 0.3 + 0.02 * x + rng.normal(0, 0.5, 4))
        assert line is not None and line.slope.low is not None and line.slope.high is not None
        held += line.slope.low <= 0.02 <= line.slope.high
    assert held / 1000 == pytest.approx(0.95, abs=0.025)


def workload(
    tokens: float, e2e_s: float, *, group: str = "output-tokens", users: int = 1, skipped: str | None = None
) -> WorkloadSummary:
    e2e = Distribution(Estimate(e2e_s, None, None, 3), None, None, None, e2e_s, e2e_s)
    return WorkloadSummary(
        f"{group}-{tokens}", Counts(3, 3, 3, 0, 0), metrics={"e2e_s": e2e, "user_tokens_per_s": None},
        tokens={"output_counted": tokens, "input_counted": 128.0}, group=group, concurrency=users, skipped=skipped,
    )  # fmt: skip


def test_growth_is_by_group_and_concurrency_over_counted_tokens() -> None:
    one = [workload(t, 0.2 + 0.01 * t) for t in (16, 64, 256)]
    four = [workload(t, 0.4 + 0.04 * t, users=4) for t in (16, 64, 256)]
    lines = growth([*one, *four, workload(1024, 99.0, skipped="too long"), workload(8, 1.0, group="concurrency")])
    assert [(g.group, g.concurrency, g.metric, g.x) for g in lines] == [
        ("output-tokens", 1, "e2e_s", "output_tokens"),
        ("output-tokens", 4, "e2e_s", "output_tokens"),
    ]
    assert [g.slope.value for g in lines] == [pytest.approx(0.01), pytest.approx(0.04)]
    assert [g.intercept for g in lines] == [pytest.approx(0.2), pytest.approx(0.4)]


def test_levels_that_were_not_reached_make_no_growth() -> None:
    assert growth([workload(16, 1.0), workload(64, 2.0)]) == ()
