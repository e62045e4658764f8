from __future__ import annotations

from dataclasses import replace

import pytest

from seatrial.domain.comparison import GateCheck, RunComparison
from seatrial.domain.summary import Counts, WorkloadSummary
from seatrial.domain.trial import Trust, Verdict
from seatrial.domain.values import Estimate
from seatrial.specfile.gates import parse_gate
from seatrial.stats.compare.verdict import compare

from .compared import around, run, workload


def held(
    gate: str, new: WorkloadSummary, base: WorkloadSummary | None = None, *, strict: bool = False
) -> GateCheck:
    (check,) = compared(gate, new, base, strict=strict).gate
    return check


def compared(
    gate: str, new: WorkloadSummary, base: WorkloadSummary | None = None, *, strict: bool = False
) -> RunComparison:
    return compare([run(base or workload())], [run(new)], gate=parse_gate([gate]), strict=strict)


@pytest.mark.parametrize(
    ("ttft_s", "share", "met"),
    [
        (0.200, 0.010, True),  # [0.98, 1.02] of the base
        (0.204, 0.010, True),
        (0.220, 0.010, False),  # worse than allowed, and the interval lies beyond
        (0.214, 0.010, False),  # 1.07 [1.05, 1.09]
        (0.212, 0.015, False),  # 1.06 [1.03, 1.09]: a real change, and larger than allowed
        (0.208, 0.010, None),  # 1.04 [1.02, 1.06]: a real change, and perhaps not larger than allowed
        (0.212, 0.050, None),  # 1.06 [0.97, 1.16]: perhaps no change at all
        (0.200, 0.050, None),  # 1.00 [0.91, 1.10]
    ],
)
def test_a_factor_of_the_base(ttft_s: float, share: float, met: bool | None) -> None:
    sides = workload(ttft_s=ttft_s, share=share), workload(share=share)
    check = held("ttft_mean <= 1.05x", *sides)
    assert check.met is met
    assert check.fails is (met is False), "what cannot be told passes"
    assert held("ttft_mean <= 1.05x", *sides, strict=True).fails is (met is not True), "unless the user is strict"


@pytest.mark.parametrize(("ttft_s", "met"), [(0.15, True), (0.18, None), (0.2, False), (0.19, False)])
def test_an_improvement_that_is_asked_for(ttft_s: float, met: bool | None) -> None:
    """No change is a miss here: the interval lies beyond 0.9, though it holds 1."""
    assert held("ttft_mean <= 0.9x", workload(ttft_s=ttft_s)).met is met


@pytest.mark.parametrize(("rate", "met"), [(100, True), (96, None), (93, False), (80, False)])
def test_a_rate_must_be_at_least(rate: float, met: bool | None) -> None:
    base, new = (workload(rates={"output_tokens_per_s": around(value)}) for value in (100, rate))
    assert held("output_tokens >= 0.95x", new, base).met is met


@pytest.mark.parametrize(
    ("limit", "met", "found"),
    [
        ("250ms", True, "200 ms [198 ms, 202 ms]"),
        ("201ms", None, "200 ms [198 ms, 202 ms], within the limit by less than its uncertainty"),
        ("199ms", None, "200 ms [198 ms, 202 ms], beyond the limit by less than its uncertainty"),
        ("190ms", False, "200 ms [198 ms, 202 ms]"),
    ],
)
def test_an_absolute_limit(limit: str, met: bool | None, found: str) -> None:
    check = held(f"ttft_p50 <= {limit}", workload(ttft_s=0.2))
    assert (check.met, check.found) == (met, found)


@pytest.mark.parametrize(("completed", "met"), [(1000, True), (995, None), (988, None), (970, False)])
def test_a_share_has_wilsons_interval(completed: int, met: bool | None) -> None:
    new = workload(counts=Counts(1000, 1000, completed, 1000 - completed, 0))
    check = held("success >= 0.99", new)
    assert check.met is met
    assert check.found.startswith(f"{completed / 10:.4g} % [")


def test_what_was_not_measured_fails() -> None:
    """A clause that can never be held would guard nothing, and a build would be green for ever."""
    check = held("ttft_p95 <= 1.05x", workload())
    assert (check.met, check.fails, check.found) == (None, True, "not given, it takes 2,000 requests")
    check = held("tpot_p50 <= 60ms", workload())
    assert (check.met, check.fails, check.found) == (None, True, "not measured")


@pytest.mark.parametrize(("limit", "fails"), [("1.5x", False), ("0.9x", True), ("9s", False), ("0.1s", True)])
def test_without_an_interval_a_value_beyond_the_limit_has_no_excuse(limit: str, fails: bool) -> None:
    bare = workload(ttft_s=0.2)
    found = bare.metrics["ttft_s"]
    assert found is not None
    bare.metrics["ttft_s"] = replace(found, mean=Estimate(0.2, None, None, 5))
    check = held(f"ttft_mean <= {limit}", bare)
    assert (check.met, check.fails) == (None, fails)
    assert check.found.endswith(", without an interval: too few independent requests")
    assert held(f"ttft_mean <= {limit}", bare, strict=True).fails


def test_an_absolute_limit_holds_for_every_load() -> None:
    base = run(workload("a"), workload("b"))
    new = run(workload("a", 0.2), workload("b", 0.5))
    (check,) = compare([base], [new], gate=parse_gate(["ttft_p50 <= 300ms"])).gate
    assert (check.met, check.found) == (False, "b: 500 ms [495 ms, 505 ms]")


def test_nothing_is_met_by_an_invalid_measurement() -> None:
    new = replace(workload(), trust=Trust(Verdict.INVALID, ("late",)))
    check = held("ttft_p50 <= 9s", new)
    assert (check.met, check.fails) == (None, True)
    assert check.found.endswith("but the measurement is invalid")


def test_with_a_gate_the_gate_alone_decides() -> None:
    found = compared("ttft_p50 <= 1.5x", workload(ttft_s=0.24))
    assert (found.verdict, found.fails) == ("worse", False)
    assert compare([run(workload())], [run(workload(ttft_s=0.24))]).fails
