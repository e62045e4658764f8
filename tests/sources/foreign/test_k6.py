from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.domain.summary import Counts
from tests.sources.foreign.files import K6_EXPORT, K6_HANDLE, K6_MACHINE, document, metric, only, rate, read, reread


@pytest.mark.parametrize("name", [K6_HANDLE, K6_MACHINE])
def test_two_forms_of_the_same_load(name: str) -> None:
    """Against a server whose answers take 60 ms + 15 * 8 ms = 180 ms."""
    run = read(name)
    workload = only(run)
    assert (run.tool, workload.counts) == ("k6", Counts(16, 16, 16, 0, 0))
    assert metric(workload, "e2e_s").mean.value == pytest.approx(0.182, rel=0.02)
    assert rate(workload, "requests_per_s") == pytest.approx(16 / 1.46, rel=0.02)


def test_passes_of_http_req_failed_are_the_failures() -> None:
    told = document(K6_EXPORT)["metrics"]
    assert told["http_req_failed"] == {"fails": 15, "passes": 1, "value": 0.0625}
    workload = only(read(K6_EXPORT))
    assert workload.counts == Counts(planned=16, sent=16, completed=15, failed=1, never_sent=0)
    assert workload.failures == {"failed": 1}


def test_latencies_are_those_of_completed_requests() -> None:
    told = document(K6_EXPORT)["metrics"]
    e2e = metric(only(read(K6_EXPORT)), "e2e_s")
    assert e2e.mean.value == pytest.approx(told["http_req_duration{expected_response:true}"]["avg"] / 1e3)
    assert e2e.mean.value != pytest.approx(told["http_req_duration"]["avg"] / 1e3)
    assert (e2e.mean.n, e2e.p99) == (15, None)


def test_the_wait_for_the_head_is_not_called_ttft() -> None:
    workload = only(read(K6_EXPORT))
    assert "ttft_s" not in workload.metrics
    # This server sends its head at once, and the first token 60 ms later.
    assert metric(only(read(K6_HANDLE)), "http_waiting_s").mean.value < 0.002
    assert "not the first token" in workload.definitions["http_waiting_s"].replace('"', "").replace(
        "and not ", "not "
    )
    assert "connecting" in workload.definitions["e2e_s"]


def test_dropped_iterations_were_never_sent(tmp_path: Path) -> None:
    changed = document(K6_EXPORT)
    changed["metrics"]["dropped_iterations"] = {"count": 4, "rate": 0.1}
    assert only(reread(tmp_path, changed)).counts.never_sent == 4
    changed["metrics"]["iterations"]["count"] = 8  # two requests each: how many would have been sent is not known
    assert only(reread(tmp_path, changed)).counts.never_sent == 0


def test_a_test_without_http_has_nothing(tmp_path: Path) -> None:
    workload = only(reread(tmp_path, {"root_group": {}, "metrics": {"vus": {"value": 1, "min": 1, "max": 1}}}))
    assert workload.counts.planned == 0
    assert set(workload.metrics.values()) == {None}
