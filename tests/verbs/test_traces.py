from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seatrial.domain.telemetry import Reading
from seatrial.errors import StoreError
from seatrial.store.store import Store
from seatrial.verbs.traces import traces_stored
from tests.store.records import T0_NS, fill, make_sample

if TYPE_CHECKING:
    from pathlib import Path


def test_a_stored_run_is_traced_with_the_telemetry_of_its_time(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s.db") as store:
        fill(store, "r1", [make_sample(0), make_sample(1)])
        store.add_readings(
            "r1", [Reading(t, "gpu0.busy_ratio", 0.5) for t in (0, 2 * T0_NS, 60 * T0_NS)]
        )  # seconds 0, 2 and 60; the requests were in 1 to 3, the cold start was asked for at 7 ns
        (trace,) = traces_stored(store, "r1").candidates
    assert trace.candidate == "one-slot"
    assert [w.workload for w in trace.workloads] == ["warm"]
    assert trace.workloads[0].start_s == pytest.approx(0)
    assert trace.workloads[0].curves["ttft_s"].values == pytest.approx((0.1, 0.1))
    (busy,) = [line for line in trace.telemetry if line.unit == "%"]
    assert busy.t_s == pytest.approx((2.0,))
    assert busy.values == (50.0,)


def test_a_run_without_samples_has_no_traces(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s.db") as store:
        fill(store, "r1")
        assert traces_stored(store, "r1").candidates == ()
        with pytest.raises(StoreError):
            traces_stored(store, "no such run")
