from __future__ import annotations

import pytest

from seatrial.domain.trial import Objective
from seatrial.errors import UsageError
from seatrial.specfile import parse_slo
from seatrial.specfile.slo import METRICS, SLO_KEYS
from seatrial.stats.metrics import PER_REQUEST, POOLED


@pytest.mark.parametrize(
    ("text", "objective"),
    [
        ("ttft_p95=1s", Objective("ttft_p95", "ttft_s", "p95", 1.0)),
        (" ttft_intended_p99 = 1m30s ", Objective("ttft_intended_p99", "ttft_intended_s", "p99", 90.0)),
        ("tpot_mean=60ms", Objective("tpot_mean", "tpot_s", "mean", 0.06)),
        ("icl_p50=250us", Objective("icl_p50", "icl_s", "p50", 0.00025)),
        ("success=0.99", Objective("success", "success", "ratio", 0.99)),
        ("success=1", Objective("success", "success", "ratio", 1.0)),
    ],
)
def test_an_objective_is_read(text: str, objective: Objective) -> None:
    parsed = parse_slo(text)
    assert (parsed.key, parsed.metric, parsed.stat) == (objective.key, objective.metric, objective.stat)
    assert parsed.limit == pytest.approx(objective.limit)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("ttft_p95", '"ttft_p95" is not an objective', "ttft_p95=1s"),
        ("ttft_p95=", '"ttft_p95=" is not an objective', "ttft_p95=1s"),
        ("ttft_95=1s", '"ttft_95" in "ttft_95=1s"', '"ttft_p95"'),
        ("ttft_p95=1", "ttft_p95 is 1.0; expected a duration", "ttft_p95=1s"),
        ("ttft_p95=soon", 'ttft_p95 is "soon"; expected a duration', "ttft_p95=1s"),
        ("success=99%", 'success is "99%"; expected a number from 0 to 1', "success=0.99"),
        ("success=nan", "success is NaN; expected a number from 0 to 1", "success=0.99"),
    ],
)
def test_a_wrong_objective_says_so(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_slo(text)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_every_objective_is_about_a_metric_that_is_measured() -> None:
    measured = {*PER_REQUEST, *POOLED}
    assert {f"{metric}_s" for metric in METRICS} <= measured
    assert len(SLO_KEYS) == 4 * len(METRICS) + 1
