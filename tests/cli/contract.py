"""The JSON contract of a run as a checker: every promised key is there with its type; absent is null, never 0."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

DISTRIBUTIONS = ("ttft_s", "tpot_s", "e2e_s", "ttft_intended_s", "icl_s", "send_lag_s")
RATES = ("output_tokens_per_s", "requests_per_s", "goodput_per_s")
NEVER_ZERO = ("ttft_s", "e2e_s", "ttft_intended_s", "tpot_s")
REQUESTS = ("planned", "sent", "completed", "failed", "never_sent")
VERDICTS = ("trusted", "doubtful", "invalid")


def check_run(document: Json) -> None:
    """Asserts that `document` is what `seatrial run --json` promises."""
    assert document["schema"] == 1
    assert isinstance(document["run"], str)
    assert type(document["seed"]) is int
    _check_trust(document["trust"])
    assert document["candidates"]
    for candidate in document["candidates"]:
        assert isinstance(candidate["name"], str)
        assert isinstance(candidate["engine"], str)
        assert isinstance(candidate["model"], str | None)
        assert type(candidate["recommended"]) is bool
        for workload in candidate["workloads"]:
            check_workload(workload)


def check_workload(workload: Json) -> None:
    assert isinstance(workload["name"], str)
    counts = workload["requests"]
    assert set(counts) == set(REQUESTS)
    assert all(type(count) is int and count >= 0 for count in counts.values()), counts
    assert counts["planned"] == counts["completed"] + counts["failed"] + counts["never_sent"]
    assert counts["sent"] == counts["completed"] + counts["failed"]
    for name in DISTRIBUTIONS:
        _check_distribution(name, workload["metrics"][name])
    for name in RATES:
        _check_estimate(workload["metrics"][name], least_n=0)  # nothing per second is a rate, too
    if not counts["completed"]:
        assert all(workload["metrics"][name] is None for name in NEVER_ZERO), "absent is null"
    _check_trust(workload["trust"])
    assert isinstance(workload["slo"]["met"], bool | None)
    for check in workload["slo"]["checks"]:
        assert {"key", "limit", "value", "met"} <= set(check)
    assert isinstance(workload["skipped"], str | None)
    for stage in workload["stages"]:
        assert set(stage["requests"]) == set(REQUESTS)


def _check_trust(trust: Json) -> None:
    assert trust["verdict"] in VERDICTS
    assert all(isinstance(reason, str) for reason in trust["reasons"])
    assert (trust["verdict"] == "trusted") == (not trust["reasons"])


def _check_distribution(name: str, distribution: Json | None) -> None:
    if distribution is None:
        return
    for stat in ("mean", "p50", "p95", "p99"):
        _check_estimate(distribution[stat])
    mean = distribution["mean"]
    assert mean is not None
    assert distribution["minimum"] <= mean["value"] * (1 + 1e-9)
    assert mean["value"] <= distribution["maximum"] * (1 + 1e-9)
    if name in NEVER_ZERO:
        assert distribution["minimum"] > 0 or name == "tpot_s"


def _check_estimate(estimate: Json | None, least_n: int = 1) -> None:
    if estimate is None:
        return
    assert set(estimate) == {"value", "low", "high", "n"}
    assert isinstance(estimate["value"], float | int)
    assert type(estimate["n"]) is int
    assert estimate["n"] >= least_n
    assert estimate["low"] is None or estimate["low"] <= estimate["value"]
    assert estimate["high"] is None or estimate["value"] <= estimate["high"]


def exit_code(document: Json, when_trusted: int) -> int:
    """The exit code that goes with `document`: a busy computer may cost a measurement its trust, and that is 4."""
    return when_trusted if document["trust"]["verdict"] == "trusted" else 4
