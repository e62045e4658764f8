"""What a user's type checker sees of `from seatrial import ...`. Checked by mypy, never run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

from seatrial import Figure, Run, RunComparison, RunSummary, SampleTable, compare, load_run, summarize
from seatrial.domain.comparison import Call, MetricChange
from seatrial.domain.sample import Sample
from seatrial.domain.summary import Distribution
from seatrial.domain.trial import Verdict
from seatrial.domain.values import Estimate

run = load_run()
assert_type(run, Run)
assert_type(load_run("last", "store.db"), Run)
assert_type(load_run("last", Path("store.db")), Run)
assert_type(run.id, str)
assert_type(run.info.spec.seed, int)
assert_type(run.candidates[0].candidate.name, str)
assert_type(run.workloads[0].planned, int)
assert_type(run.telemetry(), dict[str, list[tuple[int, float]]])
assert_type(run.figures(), dict[str, Figure])
assert_type(run.figures()["x"].svg(), str)
assert_type(run.figures()["x"].spec, dict[str, Any])

table = run.table("warm", candidate="a")
assert_type(table, SampleTable)
assert_type(table.t_send_s, NDArray[np.float64])
assert_type(table.completed, NDArray[np.bool_])
for sample in run.samples("warm"):
    assert_type(sample, Sample)

summary = summarize(run)
assert_type(summary, RunSummary)
assert_type(summarize("last", store="store.db"), RunSummary)
assert_type(summary.trust.verdict, Verdict)
assert_type(summary.candidates[0].workloads[0].metrics["ttft_s"], Distribution | None)
assert_type(summary.candidates[0].workloads[0].rates["requests_per_s"], Estimate | None)

comparison = compare("base", run, margin=0.05, store="store.db")
assert_type(comparison, RunComparison)
assert_type(comparison.verdict, Call)
assert_type(comparison.metrics["ttft_s.p95"], MetricChange)

load_run(7)  # type: ignore[arg-type]
run.table("warm", "a")  # type: ignore[call-arg]
compare(run)  # type: ignore[call-arg]
from seatrial import plan  # type: ignore[attr-defined]  # noqa: E402, F401
