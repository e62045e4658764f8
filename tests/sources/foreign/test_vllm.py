from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seatrial.domain.summary import Counts
from seatrial.domain.trial import Verdict
from seatrial.sources.foreign.vllm import DEFINITIONS
from tests.sources.foreign.files import VLLM, VLLM_DETAILED, document, metric, only, rate, read, reread


def test_the_summary_is_taken_over_in_seconds_without_intervals() -> None:
    run, told = read(VLLM), document(VLLM)
    assert (run.tool, run.run, run.seed, run.started) == (
        "vllm bench serve",
        "vllm_0.32",
        None,
        "2026-11-21T15:11:13",
    )
    assert (run.candidates[0].name, run.candidates[0].model) == ("smollm2:135m", "smollm2:135m")
    assert run.trust.verdict is Verdict.DOUBTFUL
    workload = only(run)
    assert (workload.name, workload.concurrency) == ("concurrency 4", 4)
    assert workload.counts == Counts(planned=20, sent=20, completed=19, failed=1, never_sent=0)
    ttft = metric(workload, "ttft_s")
    assert ttft.mean.value == pytest.approx(told["mean_ttft_ms"] / 1e3)
    assert (ttft.mean.low, ttft.mean.high, ttft.mean.n) == (None, None, 19)
    assert ttft.p95 is not None and ttft.p95.value == pytest.approx(told["p95_ttft_ms"] / 1e3)
    assert (ttft.minimum, ttft.maximum) == (None, None)
    assert workload.tokens == {"input_counted": 94.0, "output_counted": 24.0}


def test_throughput_is_marked_since_it_is_not_by_token_arrival() -> None:
    workload = only(read(VLLM))
    assert rate(workload, "output_tokens_per_s") == pytest.approx(456 / 122.94976679)
    assert "completed requests" in workload.definitions["output_tokens_per_s"]
    assert workload.rates["goodput_per_s"] is None
    assert "goodput_per_s" not in workload.definitions


def test_every_metric_of_the_tool_is_marked() -> None:
    workload = only(read(VLLM_DETAILED))
    there = {name for name, value in (workload.metrics | workload.rates).items() if value is not None}
    assert there == set(DEFINITIONS) == set(workload.definitions)


def test_a_failed_request_has_no_latency_of_0() -> None:
    """It stands as 0.0 in `ttfts` and `latencies`."""
    told, workload = document(VLLM_DETAILED), only(read(VLLM_DETAILED))
    assert 0.0 in told["latencies"] and told["completed"] == 11
    e2e = metric(workload, "e2e_s")
    assert (e2e.mean.n, e2e.minimum) == (11, min(value for value in told["latencies"] if value))
    assert metric(workload, "ttft_s").mean.n == 11


def test_values_of_single_requests_give_the_tools_own_means_and_an_interval() -> None:
    told, workload = document(VLLM_DETAILED), only(read(VLLM_DETAILED))
    for ours, theirs in (("ttft_s", "ttft"), ("tpot_s", "tpot"), ("e2e_s", "e2el"), ("icl_s", "itl")):
        mean = metric(workload, ours).mean
        assert mean.value == pytest.approx(told[f"mean_{theirs}_ms"] / 1e3, rel=1e-9), ours
        assert mean.low is not None and mean.high is not None and mean.low < mean.value < mean.high
    gaps = [gap for request in told["itls"] for gap in request]
    assert metric(workload, "icl_s").mean.n == len(gaps)
    assert metric(workload, "worst_stall_s").maximum == max(gaps)
    assert not any("no values of single requests" in note for note in workload.notes)


def test_arrays_that_are_not_whole_are_not_used(tmp_path: Path) -> None:
    changed = document(VLLM_DETAILED)
    for name in ("ttfts", "latencies"):
        changed[name] = changed[name][:5]
    workload = only(reread(tmp_path, changed))
    assert metric(workload, "ttft_s").mean.low is None
    assert metric(workload, "ttft_s").mean.value == pytest.approx(changed["mean_ttft_ms"] / 1e3)


def test_e2e_values_are_there_without_save_detailed() -> None:
    told, workload = document(VLLM), only(read(VLLM))
    done = [value for value in told["latencies"] if value]
    assert metric(workload, "e2e_s").mean.value == pytest.approx(float(np.mean(done)))
    assert metric(workload, "e2e_s").mean.low is not None


@pytest.mark.parametrize(
    ("rate_per_s", "most", "name"),
    [("inf", None, "all at once"), (2.5, None, "poisson 2.5/s"), (2, 8, "poisson 2/s, concurrency 8")],
)
def test_a_load_is_called_by_what_it_was(tmp_path: Path, rate_per_s: object, most: int | None, name: str) -> None:
    changed = document(VLLM) | {"request_rate": rate_per_s, "max_concurrency": most}
    assert only(reread(tmp_path, changed)).name == name


def test_a_file_that_does_not_say_how_many_failed(tmp_path: Path) -> None:
    changed = document(VLLM)
    del changed["failed"]
    assert only(reread(tmp_path, changed)).counts.failed == 1


def test_a_run_in_which_all_failed_has_no_latencies(tmp_path: Path) -> None:
    """The tool writes means of 0 then."""
    changed = document(VLLM) | {"completed": 0, "failed": 20, "latencies": [0.0] * 20}
    changed |= {key: 0.0 for key in changed if key.endswith("_ms")}
    workload = only(reread(tmp_path, changed))
    assert workload.counts.failed == 20
    assert set(workload.metrics.values()) == {None}
