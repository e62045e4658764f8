from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from seatrial.domain.record import CandidateRecord, RunInfo, WorkloadRecord
from seatrial.domain.sample import ColdPhases, Outcome
from seatrial.domain.summary import Counts
from seatrial.domain.target import EngineInfo
from seatrial.domain.traffic import Arrivals, State, Workload
from seatrial.domain.trial import Candidate, Objective, Slo, Spec, Trust, Verdict
from seatrial.stats.metrics import PER_REQUEST, POOLED
from seatrial.stats.summarize import CandidateData, summarize_run
from seatrial.stats.table import SampleTable
from seatrial.stats.workload import WorkloadData, summarize_workload
from seatrial.units import ns
from tests.stats.tables import T0_NS, refused, request, second, table_of, unsent

SLO = Slo((Objective("ttft_mean", "ttft_s", "mean", 0.25), Objective("success", "success", "ratio", 0.9)))
CLOSED = Workload("warm", requests=4, concurrency=2, suite="quick", group="concurrency", level=2)


def record(workload: Workload, planned: int, end_s: float = 10.0, **fields: Any) -> WorkloadRecord:
    return WorkloadRecord(0, 0, workload, planned, T0_NS, T0_NS + ns(end_s), **fields)


def test_a_workload_from_samples_to_numbers() -> None:
    table = table_of(request(0), request(1), request(2, (0.3,), outcome=Outcome.TIMEOUT), unsent(3))
    summary = summarize_workload(
        WorkloadData(record(CLOSED, 4), table, [second(1)], failure_details=("too slow",)), SLO
    )
    assert (summary.name, summary.suite, summary.group, summary.level, summary.concurrency) == (
        "warm", "quick", "concurrency", 2, 2
    )  # fmt: skip
    assert summary.counts == Counts(planned=4, sent=3, completed=2, failed=1, never_sent=1)
    assert summary.failures == {"timeout": 1}
    assert summary.failure_details == ("too slow",)
    assert summary.window_s == pytest.approx(2.3)
    ttft = summary.metrics["ttft_s"]
    assert ttft is not None
    assert ttft.mean.value == pytest.approx(0.2)
    assert ttft.p50 is None
    output = summary.rates["output_tokens_per_s"]
    assert output is not None
    assert output.value == pytest.approx(9 / 2.3)
    assert [(check.key, check.met) for check in summary.slo] == [("ttft_mean", True), ("success", False)]
    assert summary.slo_met is False
    assert summary.trust == Trust()
    assert (summary.arrivals, summary.stages, summary.cold) == (None, (), None)


def test_every_metric_has_a_name_even_where_it_has_no_value() -> None:
    summary = summarize_workload(WorkloadData(record(CLOSED, 1), table_of(refused(0))), SLO)
    assert summary.metrics.keys() == PER_REQUEST.keys() | POOLED.keys()
    assert {name for name, value in summary.metrics.items() if value is not None} == {"send_lag_s"}
    assert summary.slo_met is False


def test_nothing_sent_nothing_measured() -> None:
    summary = summarize_workload(WorkloadData(record(CLOSED, 2), table_of(unsent(0), unsent(1))), SLO)
    assert summary.counts == Counts(2, 0, 0, 0, 2)
    assert set(summary.metrics.values()) == {None}
    assert set(summary.rates.values()) == {None}
    assert summary.window_s is None


def test_a_skipped_workload_is_only_a_reason() -> None:
    skipped = WorkloadRecord(0, 0, CLOSED, skipped="no cold start here")
    summary = summarize_workload(WorkloadData(skipped, table_of()), SLO)
    assert summary.skipped == "no cold start here"
    assert summary.counts == Counts(0, 0, 0, 0, 0)
    assert (summary.slo, summary.trust) == ((), Trust())


def test_a_workload_that_was_killed_counts_what_it_left_and_is_doubted() -> None:
    killed = WorkloadRecord(0, 0, CLOSED)
    summary = summarize_workload(WorkloadData(killed, table_of(request(0), request(1))), SLO)
    assert summary.counts == Counts(2, 2, 2, 0, 0)
    assert summary.trust.verdict is Verdict.DOUBTFUL
    assert "cut short" in summary.trust.reasons[0]


def test_a_request_without_a_record_is_invalid() -> None:
    summary = summarize_workload(WorkloadData(record(CLOSED, 3), table_of(request(0), request(1))), SLO)
    assert summary.trust.verdict is Verdict.INVALID


def test_without_streaming_there_are_no_token_times() -> None:
    whole = Workload("w", requests=1, stream=False)
    sample = request(0, (0.9,), completion_tokens=20, prompt_tokens=10)
    metrics = summarize_workload(WorkloadData(record(whole, 1), table_of(sample)), SLO).metrics
    assert [metrics[name] for name in ("ttft_s", "ttfa_s", "tpot_s", "icl_s", "input_tokens_per_s")] == [None] * 5
    assert metrics["e2e_s"] is not None
    assert metrics["e2e_s"].mean.value == pytest.approx(0.9)


def warming_up(n: int = 300, slow: int = 60) -> SampleTable:
    """Ten requests a second, each of two tokens and half a second; the first ones take three times as long."""
    taken = np.random.default_rng(1).lognormal(math.log(0.5), 0.1, n)
    taken[:slow] *= 3
    return table_of(*(request(i, (t / 2, t), send_s=i * 0.1) for i, t in enumerate(taken)), unsent(n, n * 0.1))


def test_a_warm_up_is_in_no_metric_and_no_rate_but_in_every_count() -> None:
    open_ = Workload("open", Arrivals.CONSTANT, rate_per_s=10.0, requests=301)
    slo = Slo((Objective("e2e_p95", "e2e_s", "p95", 0.8), Objective("success", "success", "ratio", 0.9)))
    summary = summarize_workload(WorkloadData(record(open_, 301), warming_up()), slo)
    steady, e2e, ttft, icl = summary.steady, *(summary.metrics[name] for name in ("e2e_s", "ttft_s", "icl_s"))
    assert steady is not None and e2e is not None and ttft is not None and icl is not None
    assert (steady.cut_requests, steady.found) == (60, True)
    assert steady.start_s == pytest.approx(6.0)
    assert summary.counts == Counts(planned=301, sent=300, completed=300, failed=0, never_sent=1)
    assert (e2e.mean.n, ttft.mean.n, icl.mean.n) == (240, 240, 240)
    assert e2e.maximum is not None and e2e.maximum < 0.8
    assert summary.window_s == pytest.approx(steady.end_s - 6.0)
    tokens, attainment = summary.rates["output_tokens_per_s"], summary.rates["attainment"]
    assert tokens is not None and attainment is not None
    # Twenty tokens a second were asked for; in the steady state as many come, those of the warm-up among them.
    assert tokens.value == pytest.approx(20.0, rel=0.07)
    assert (attainment.value, attainment.n) == (240 / 241, 241)
    success = next(check for check in summary.slo if check.key == "success")
    assert success.value == pytest.approx(300 / 301)


def test_a_cold_workload_keeps_its_beginning() -> None:
    cold = Workload("cold", Arrivals.CONSTANT, rate_per_s=10.0, requests=301, state=State.COLD)
    summary = summarize_workload(WorkloadData(record(cold, 301), warming_up()), SLO)
    e2e = summary.metrics["e2e_s"]
    assert e2e is not None
    assert (summary.steady, e2e.mean.n) == (None, 300)


def test_what_cannot_be_given_says_how_many_values_it_would_need() -> None:
    table = table_of(*(request(i) for i in range(4)))
    metrics = summarize_workload(WorkloadData(record(CLOSED, 4), table), SLO).metrics
    ttft = metrics["ttft_s"]
    assert ttft is not None
    assert ttft.needed == {"p50": 6, "p95": 200, "p99": 1000}


def run_info() -> RunInfo:
    spec = Spec((), (), SLO, seed=7, name="trial")
    return RunInfo("r1", spec, "2026-11-21T15:30:00Z", 0, 0, 1, {"cpu": "a CPU"})


def data(name: str, ttft_s: float, *, lag_s: float = 0.0) -> CandidateData:
    """A cold sequence, then a hundred requests four at a time."""
    cold = Workload("cold", requests=2, concurrency=1, state=State.COLD)
    warm = Workload("warm", requests=100, concurrency=4)
    open_ = Workload("open", Arrivals.CONSTANT, rate_per_s=4.0, requests=40)
    cold_table = table_of(request(0, (3.0, 3.1), send_s=0.0), request(1, (ttft_s, ttft_s + 0.1), send_s=4.0))
    sends = [(i, i // 4 * (ttft_s + 0.3)) for i in range(100)]
    warm_table = table_of(
        *(request(i, [ttft_s + k / 10 for k in range(4)], send_s=s + lag_s, intended_s=s) for i, s in sends)
    )
    open_table = table_of(*(request(i, send_s=i / 4) for i in range(40)))
    phases = ColdPhases("keep_alive 0, /api/ps empty", T0_NS)
    return CandidateData(
        CandidateRecord(0, Candidate(name, "m", engine=None), EngineInfo("ollama", "0.33"), notes=("a note",)),
        (
            WorkloadData(record(cold, 2, cold=phases), cold_table),
            WorkloadData(record(warm, 100, end_s=99.0), warm_table),
            WorkloadData(record(open_, 40), open_table),
            WorkloadData(WorkloadRecord(3, 0, warm, skipped="why not"), table_of()),
        ),
        busy=("one thread was busy",),
    )


def test_a_run_of_two_candidates() -> None:
    run = summarize_run(run_info(), [data("slow", 0.9), data("fast", 0.2)])
    assert (run.run, run.seed, run.name, run.status, run.started) == (
        "r1", 7, "trial", "running", "2026-11-21T15:30:00Z"
    )  # fmt: skip
    assert run.trust == Trust()
    fast = run.candidates[1]
    assert (fast.engine, fast.engine_version, fast.model) == ("ollama", "0.33", "m")
    assert (fast.notes, fast.busy) == (("a note",), ("one thread was busy",))
    assert [c.recommended for c in run.candidates] == [False, True]
    assert run.recommendation == "fast is the only candidate shown to meet the SLO."
    cold = fast.workloads[0].cold
    assert cold is not None
    assert cold.ttft_s == pytest.approx(3.0)
    # Against its own later request, which went alone like the cold one.
    assert cold.penalty_s == pytest.approx(2.8)
    arrivals = fast.workloads[2].arrivals
    assert arrivals is not None
    assert arrivals.rate_per_s == pytest.approx(4.0)


def test_the_trust_of_a_run_names_candidate_and_workload() -> None:
    run = summarize_run(run_info(), [data("a", 0.2, lag_s=0.05), data("b", 0.2)])
    assert run.trust.verdict is Verdict.INVALID
    assert run.trust.reasons[0].startswith("a, warm: requests went out late: send lag p99 50.0 ms")
    assert run.recommendation == (
        "Whether a meets the SLO cannot be told. b is the only candidate shown to meet the SLO."
    )


def numbers(value: object) -> list[float]:
    if isinstance(value, dict):
        return [number for item in value.values() for number in numbers(item)]
    if isinstance(value, list | tuple):
        return [number for item in value for number in numbers(item)]
    return [value] if isinstance(value, float) else []


def test_no_number_of_a_run_is_nan() -> None:
    run = summarize_run(run_info(), [data("slow", 0.9), data("fast", 0.2)])
    found = numbers(asdict(run))
    assert found
    assert all(math.isfinite(number) for number in found)
