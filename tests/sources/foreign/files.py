"""The kept files, and what tests do with them: read one, or write a changed copy and read that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from seatrial.domain.summary import Distribution, RunSummary, WorkloadSummary
from seatrial.sources.foreign import read_foreign

DATA = Path(__file__).parent / "data"
VLLM, VLLM_DETAILED = "vllm_0.32.json", "vllm_0.32_detailed.json"
GUIDELLM, GUIDELLM_V1 = "guidellm_0.8.1.json", "guidellm_0.5.3.json"
AIPERF = "aiperf_0.13.0.json"
K6_EXPORT, K6_HANDLE, K6_MACHINE = (
    "k6_1.8.1_export.json",
    "k6_1.8.1_handle_summary.json",
    "k6_1.8.1_machine_readable.json",
)
ALL = (VLLM, VLLM_DETAILED, GUIDELLM, GUIDELLM_V1, AIPERF, K6_EXPORT, K6_HANDLE, K6_MACHINE)


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / name).read_text("utf-8"))
    return found


def read(name: str) -> RunSummary:
    return read_foreign(DATA / name)


def reread(folder: Path, changed: object) -> RunSummary:
    path = folder / "changed.json"
    path.write_text(json.dumps(changed), "utf-8")
    return read_foreign(path)


def only(run: RunSummary) -> WorkloadSummary:
    (candidate,) = run.candidates
    (workload,) = candidate.workloads
    return workload


def metric(workload: WorkloadSummary, name: str) -> Distribution:
    found = workload.metrics[name]
    assert found is not None
    return found


def rate(workload: WorkloadSummary, name: str) -> float:
    found = workload.rates[name]
    assert found is not None
    return found.value
