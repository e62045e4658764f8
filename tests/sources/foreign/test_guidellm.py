from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seatrial.domain.summary import Counts
from seatrial.errors import UsageError
from tests.sources.foreign.files import GUIDELLM, GUIDELLM_V1, document, metric, only, rate, read, reread


@pytest.mark.parametrize(
    ("name", "load", "seed", "version"),
    [(GUIDELLM, "concurrency 2", 42, "0.8.1"), (GUIDELLM_V1, "constant 6/s", 42, "0.5.3")],
)
def test_both_layouts(name: str, load: str, seed: int, version: str) -> None:
    run = read(name)
    assert (run.tool, run.seed, run.host) == ("GuideLLM", seed, {"measured by": f"GuideLLM {version}"})
    assert run.candidates[0].model == "reference"
    workload = only(run)
    assert (workload.name, workload.counts) == (load, Counts(14, 14, 14, 0, 0))
    told = document(name)["benchmarks"][0]["metrics"]
    ttft = metric(workload, "ttft_s").mean
    assert ttft.value == pytest.approx(told["time_to_first_token_ms"]["successful"]["mean"] / 1e3)
    assert (ttft.low is not None and ttft.high is not None and ttft.low < 0.08 < ttft.high) or ttft.value < 0.08
    assert metric(workload, "e2e_s").mean.value == pytest.approx(told["request_latency"]["successful"]["mean"])
    assert metric(workload, "tpot_s").mean.value == pytest.approx(0.008, rel=0.02)  # the server's truth
    assert workload.tokens["output_counted"] == 20
    assert {"ttft_s", "e2e_s", "tpot_s", "requests_per_s", "output_tokens_per_s"} <= workload.definitions.keys()


def test_rates_are_those_of_the_tools_window() -> None:
    workload = only(read(GUIDELLM))
    assert workload.window_s == pytest.approx(1.7708637714)
    assert rate(workload, "requests_per_s") == pytest.approx(14 / 1.7708637714)
    assert rate(workload, "output_tokens_per_s") == pytest.approx(280 / 1.7708637714)


def test_a_lag_that_the_tool_does_not_publish_is_not_taken() -> None:
    """Single requests have a delay against a start as soon as possible, which is no schedule."""
    told = document(GUIDELLM)["benchmarks"][0]
    assert told["requests"]["successful"][0]["request_dispatch_delay"] > 0
    assert told["metrics"]["request_dispatch_delay"] is None
    assert only(read(GUIDELLM)).metrics["send_lag_s"] is None


def without_requests(changed: dict[str, Any]) -> dict[str, Any]:
    for benchmark in changed["benchmarks"]:
        benchmark["requests"]["successful"] = benchmark["requests"]["successful"][:3]
    return changed


def test_a_sample_of_the_requests_is_not_taken_for_all(tmp_path: Path) -> None:
    changed = without_requests(document(GUIDELLM))
    workload = only(reread(tmp_path, changed))
    told = changed["benchmarks"][0]["metrics"]["time_to_first_token_ms"]["successful"]
    ttft = metric(workload, "ttft_s")
    assert (ttft.mean.low, ttft.mean.n) == (None, 14)
    assert ttft.p99 is not None and ttft.p99.value == pytest.approx(told["percentiles"]["p99"] / 1e3)
    assert ttft.maximum == pytest.approx(told["max"] / 1e3)
    assert any("no values of single requests" in note for note in workload.notes)


def test_a_request_without_a_first_token_is_not_0_ms(tmp_path: Path) -> None:
    changed = document(GUIDELLM)
    changed["benchmarks"][0]["requests"]["successful"][0]["time_to_first_token_ms"] = None
    ttft = metric(only(reread(tmp_path, changed)), "ttft_s")
    assert ttft.mean.n == 13
    assert ttft.minimum is not None and ttft.minimum > 0.05


def test_figures_of_nothing_are_absent(tmp_path: Path) -> None:
    """Where nothing was streamed every TTFT is written as 0."""
    changed = without_requests(document(GUIDELLM))
    zero = {"mean": 0.0, "min": 0.0, "max": 0.0, "count": 14, "percentiles": {"p50": 0.0, "p95": 0.0, "p99": 0.0}}
    changed["benchmarks"][0]["metrics"]["time_to_first_token_ms"]["successful"] = zero
    workload = only(reread(tmp_path, changed))
    assert workload.metrics["ttft_s"] is None
    assert "ttft_s" not in workload.definitions


def test_attainment_is_a_share_of_those_that_could_be_judged(tmp_path: Path) -> None:
    changed = document(GUIDELLM)
    changed["benchmarks"][0]["metrics"] |= {"slo_attainment": 0.75, "slo_determined_requests": 12}
    workload = only(reread(tmp_path, changed))
    found = workload.rates["attainment"]
    assert found is not None and (found.value, found.n) == (0.75, 12)
    assert found.low is not None and found.high is not None and found.low < 0.75 < found.high
    assert "left out" in workload.definitions["attainment"]


def test_requests_cut_off_at_the_end_are_told_and_not_counted(tmp_path: Path) -> None:
    changed = document(GUIDELLM)
    changed["benchmarks"][0]["metrics"]["request_totals"] |= {"incomplete": 3, "errored": 2, "total": 19}
    workload = only(reread(tmp_path, changed))
    assert workload.counts == Counts(planned=16, sent=16, completed=14, failed=2, never_sent=0)
    assert workload.failures == {"errored": 2}
    assert any(note.startswith("3 requests were cut off") for note in workload.notes)


def test_several_benchmarks_are_several_workloads(tmp_path: Path) -> None:
    changed = document(GUIDELLM)
    second = document(GUIDELLM)["benchmarks"][0]
    second["config"]["strategy"]["streams"] = 8
    changed["benchmarks"].append(second)
    (candidate,) = reread(tmp_path, changed).candidates
    assert [workload.name for workload in candidate.workloads] == ["concurrency 2", "concurrency 8"]


def test_the_layout_before_schema_1(tmp_path: Path) -> None:
    """After the classes of GuideLLM 0.3.1: no metadata, `args` and `run_stats` in each benchmark."""
    told = document(GUIDELLM_V1)["benchmarks"][0]
    totals = told["metrics"].pop("request_totals")
    old = {
        "args": {"strategy": {"type_": "constant", "rate": 6.0}},
        "run_stats": {"requests_made": totals},
        "worker": {"backend_model": "reference"},
        "metrics": told["metrics"],
        "requests": told["requests"],
        "duration": told["duration"],
    }
    run = reread(tmp_path, {"benchmarks": [old]})
    assert (run.candidates[0].model, only(run).name, only(run).counts.completed) == (
        "reference",
        "constant 6/s",
        14,
    )
    assert metric(only(run), "tpot_s").mean.value == pytest.approx(0.008, rel=0.02)


@pytest.mark.parametrize("schema", [0, 3, "2", True])
def test_another_schema_is_refused(tmp_path: Path, schema: object) -> None:
    changed = document(GUIDELLM)
    changed["metadata"]["version"] = schema
    with pytest.raises(UsageError, match=f"its schema is {schema}, and 1 or 2 is read here"):
        reread(tmp_path, changed)
