from __future__ import annotations

import pytest

from seatrial.errors import UsageError
from seatrial.specfile.gates import GATE_METRICS, SHARES, parse_gate
from seatrial.stats.compare.metrics import METRICS


def test_clauses_as_the_issue_writes_them() -> None:
    gate = parse_gate(["ttft_p95 <= 1.05x; success >= 0.99", "tpot_p50<=60ms"])
    found = [(c.text, c.metric, c.at_least, c.limit, c.relative) for c in gate]
    assert found == [
        ("ttft_p95 <= 1.05x", "ttft_s.p95", False, 1.05, True),
        ("success >= 0.99", "success", True, 0.99, False),
        ("tpot_p50<=60ms", "tpot_s.p50", False, pytest.approx(0.06), False),
    ]


@pytest.mark.parametrize(
    ("text", "metric", "limit", "relative"),
    [
        ("output_tokens >= 0.95x", "output_tokens_per_s", 0.95, True),
        ("output_tokens_per_s >= 120", "output_tokens_per_s", 120.0, False),
        ("success >= 99%", "success", 0.99, False),
        ("success >= 99 %", "success", 0.99, False),
        ("e2e_s.mean <= 2s", "e2e_s.mean", 2.0, False),
        ("e2e_mean <= 1m30s", "e2e_s.mean", 90.0, False),
        ("accuracy >= 1 x", "accuracy", 1.0, True),
    ],
)
def test_a_limit_in_every_unit(text: str, metric: str, limit: float, relative: bool) -> None:
    (clause,) = parse_gate([text])
    assert clause.limit == pytest.approx(limit)
    assert (clause.metric, clause.relative) == (metric, relative)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("sucess >= 1x", '"sucess" in the gate "sucess >= 1x" is no metric', 'did you mean "success"?'),
        ("ttft_p95", '"ttft_p95" in the gate is not a clause', "ttft_p95 <= 1.05x"),
        ("ttft_p95 >= 1s", '">=" in the gate "ttft_p95 >= 1s" cannot be', "less of it is better: write <="),
        ("success < 0.9", '"<" in the gate "success < 0.9" cannot be', "more of it is better: write >="),
        ("ttft_p95 <= 1", '"1" in the gate "ttft_p95 <= 1" is no limit', "a duration such as 60ms"),
        ("success >= 99", '"99" in the gate "success >= 99" is no limit', "a share from 0 to 1"),
        ("success >= nan", '"nan" in the gate', "a share from 0 to 1"),
        ("requests >= inf", '"inf" in the gate', "a number"),
        ("requests >= -1", '"-1" in the gate', "a number"),
        ("ttft_p95 <= 0x", '"0x" in the gate', "1.05x"),
        (" ; ", "the gate is empty", "ttft_p95 <= 1.05x"),
    ],
)
def test_a_wrong_clause_is_named_with_what_would_do(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_gate([text])
    assert message in raised.value.message
    assert hint in raised.value.hint


def test_the_gate_and_the_comparison_know_the_same_metrics() -> None:
    assert set(GATE_METRICS.values()) == set(METRICS)
    assert {key for key, metric in METRICS.items() if metric.is_share} == SHARES
    for word, key in GATE_METRICS.items():
        sign = ">=" if METRICS[key].more_is_better else "<="
        assert parse_gate([f"{word} {sign} 1x"])[0].at_least is METRICS[key].more_is_better
