from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.domain.summary import Counts
from seatrial.errors import UsageError
from tests.sources.foreign.files import AIPERF, document, metric, only, rate, read, reread


def test_what_is_taken_over() -> None:
    run = read(AIPERF)
    assert (run.tool, run.seed, run.started) == ("AIPerf", 7, "2026-11-21T15:15:26")
    assert run.host == {"measured by": "AIPerf 0.13.0"}
    assert run.candidates[0].model == "reference"
    workload = only(run)
    assert (workload.name, workload.concurrency) == ("concurrency 3", 3)
    assert workload.counts == Counts(24, 24, 24, 0, 0)
    assert workload.tokens == {"input_counted": 50.0, "output_counted": 20.0}
    told = document(AIPERF)
    ttft = metric(workload, "ttft_s")
    assert ttft.mean.value == pytest.approx(told["time_to_first_token"]["avg"] / 1e3)
    assert ttft.p99 is not None and ttft.p99.value == pytest.approx(told["time_to_first_token"]["p99"] / 1e3)
    assert (ttft.mean.low, ttft.mean.n) == (None, 24)
    assert ttft.maximum == pytest.approx(told["time_to_first_token"]["max"] / 1e3)
    assert metric(workload, "icl_s").mean.n == told["inter_chunk_latency"]["count"]
    assert metric(workload, "user_tokens_per_s").mean.value == pytest.approx(123.76342432895149)
    assert workload.window_s == pytest.approx(1.775929856)
    assert rate(workload, "output_tokens_per_s") == pytest.approx(268.5472361228115)


def test_rates_are_over_the_phase_and_not_over_the_duration_in_the_same_file() -> None:
    """The phase was 1.787 s long; from the first request to the last answer it was 1.776 s."""
    told, workload = document(AIPERF), only(read(AIPERF))
    phase_s = 27.920704 - 26.133309
    assert told["start_time"].endswith("26.133309") and told["end_time"].endswith("27.920704")
    assert rate(workload, "output_tokens_per_s") == pytest.approx(480 / phase_s, rel=1e-4)
    assert "profiling phase" in workload.definitions["output_tokens_per_s"]


def test_what_is_the_same_quantity_is_not_marked_and_the_rest_is() -> None:
    workload = only(read(AIPERF))
    assert not {"ttft_s", "e2e_s", "icl_s"} & workload.definitions.keys()
    assert {"ttfa_s", "tpot_s", "output_tokens_per_s", "requests_per_s"} <= workload.definitions.keys()
    assert "--use-server-token-count" in workload.definitions["tpot_s"]


def test_the_unit_says_the_scale(tmp_path: Path) -> None:
    changed = document(AIPERF)
    changed["time_to_first_token"] |= {"unit": "us", "avg": 5000.0}
    assert metric(only(reread(tmp_path, changed)), "ttft_s").mean.value == pytest.approx(0.005)


def test_a_unit_that_is_not_known_is_not_guessed(tmp_path: Path) -> None:
    changed = document(AIPERF)
    changed["time_to_first_token"]["unit"] = "fortnights"
    assert only(reread(tmp_path, changed)).metrics["ttft_s"] is None


def test_failed_requests_and_a_run_that_was_cut_short(tmp_path: Path) -> None:
    changed = document(AIPERF) | {"error_request_count": {"unit": "requests", "avg": 6.0}, "is_complete": False}
    run = reread(tmp_path, changed)
    assert (run.status, only(run).counts.failed) == ("interrupted", 6)


def test_attainment_counts_failed_requests_as_missed(tmp_path: Path) -> None:
    told = {"good_request_count": {"unit": "requests", "avg": 18.0}}
    changed = document(AIPERF) | told | {"error_request_count": {"unit": "requests", "avg": 6.0}}
    workload = only(reread(tmp_path, changed))
    found = workload.rates["attainment"]
    assert found is not None and (found.value, found.n) == (0.6, 30)
    assert found.low is not None and found.high is not None and found.low < 0.6 < found.high
    assert "never sent" in workload.definitions["attainment"]


def test_another_schema_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"its schema is 2, and 1 is read here"):
        reread(tmp_path, document(AIPERF) | {"schema_version": "2.0"})
