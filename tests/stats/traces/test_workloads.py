from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seatrial.domain.record import WorkloadRecord
from seatrial.domain.sample import ColdPhases, Outcome
from seatrial.domain.traffic import Workload
from seatrial.stats.traces.workloads import span_ns, trace_candidate, with_telemetry
from seatrial.stats.workload import WorkloadData
from seatrial.units import NS_PER_S
from tests.stats.tables import T0_NS, refused, request, table_of, unsent

if TYPE_CHECKING:
    from seatrial.domain.sample import Sample
    from seatrial.domain.traces import CandidateTrace, Line


def data(*samples: Sample, name: str = "w", stream: bool = True, cold: ColdPhases | None = None) -> WorkloadData:
    record = WorkloadRecord(0, 0, Workload(name, stream=stream), len(samples), T0_NS, cold=cold)
    return WorkloadData(record, table_of(*samples))


def traced(*workloads: WorkloadData, zero_ns: int = T0_NS - 10 * NS_PER_S) -> CandidateTrace:
    found = trace_candidate("c", iter(workloads), zero_ns, len(workloads))
    assert found is not None
    return found


def line(trace: CandidateTrace, name: str) -> Line:
    (found,) = [found for found in trace.telemetry if found.name == name]
    return found


def test_requests_stand_on_the_clock_of_the_run() -> None:
    (found,) = traced(data(request(0, send_s=1.0, intended_s=0.5), request(1, send_s=4.0))).workloads
    assert (found.start_s, found.end_s) == pytest.approx((10.0, 14.5))
    assert found.dots is not None
    assert found.dots.t_s == (11.0, 14.0)
    assert found.dots.ttft_s == pytest.approx((0.2, 0.2))
    assert found.dots.e2e_s == pytest.approx((0.5, 0.5))
    assert found.offered is not None and found.offered.t_s == (10.5, 14.0)
    assert found.completed is not None and found.completed.t_s == pytest.approx((11.5, 14.5))
    assert found.curves["ttft_s"].n == 2


def test_a_failed_request_stands_where_it_failed_and_is_in_no_curve() -> None:
    late = request(2, (0.3,), send_s=5.0, end_s=9.0, outcome=Outcome.TIMEOUT)
    (found,) = traced(data(request(0), refused(1, 2.0), late, unsent(3, 6.0))).workloads
    assert found.dots is not None
    assert found.dots.outcome == ("ok", "refused", "timeout")
    assert found.dots.ttft_s[1:] == (None, None)
    assert found.dots.e2e_s == pytest.approx((0.5, 0.001, 4.0))
    assert found.dots.of == 3
    assert found.curves["e2e_s"].n == 1
    assert found.offered is not None and found.offered.values[-1] == 4
    assert found.sent is not None and found.sent.values[-1] == 3
    assert found.completed is not None and found.completed.values[-1] == 1


def test_an_answer_in_one_piece_has_no_first_token_to_draw() -> None:
    (found,) = traced(data(request(0), stream=False)).workloads
    assert set(found.curves) == {"e2e_s"}


def test_a_cold_start_begins_before_its_first_request() -> None:
    cold = ColdPhases("process restarted", T0_NS - 2 * NS_PER_S)
    trace = traced(data(request(0), cold=cold))
    assert trace.workloads[0].start_s == 8.0
    assert span_ns(trace, T0_NS - 10 * NS_PER_S) == (T0_NS - 2 * NS_PER_S, T0_NS + NS_PER_S // 2)


def test_nothing_sent_is_nothing_to_draw() -> None:
    assert trace_candidate("c", [data(unsent(0)), data()], T0_NS, 2) is None


def test_tokens_per_second_add_up_to_the_tokens() -> None:
    found = line(traced(data(*(request(i, send_s=i / 4) for i in range(40)))), "output")
    width_s = found.t_s[1] - found.t_s[0]
    assert sum(found.values) * width_s == pytest.approx(160)
    assert found.unit == "tokens/s"


def test_in_flight_rises_and_falls_and_rests_during_a_pause() -> None:
    first = data(request(0, send_s=0.0), request(1, send_s=0.25), name="a")
    second = data(request(0, send_s=20.0), name="b")
    found = line(traced(first, second), "in flight")
    assert max(found.values) == 2
    assert found.values[-1] == 0
    at_rest = [value for t_s, value in zip(found.t_s, found.values, strict=True) if 10.8 < t_s < 29.9]
    assert at_rest == [0.0, 0.0]


def test_telemetry_comes_in_the_units_of_the_charts() -> None:
    second = [T0_NS, T0_NS + NS_PER_S]
    readings = {
        "vllm.num_requests_waiting": [(t, 3.0) for t in second],
        "vllm.kv_cache_usage_ratio": [(t, 0.5) for t in second],
        "gpu1.memory_used_bytes": [(t, 3.0 * 2**30) for t in second],
        "host.cpu0.busy_ratio": [(t, 0.5) for t in second],
        "host.cpu1.busy_ratio": [(t, 0.75) for t in second],
        "engine.cpu_ratio": [(t, 1.0) for t in second],
        "engine.thread.7.8.llama.cpp.cpu_ratio": [(second[0], 0.9)],
        "engine.thread.7.9.llama.cpp.cpu_ratio": [(second[0], 0.3)],
        "engine.thread.7.10.idle.cpu_ratio": [(second[0], 0.02)],
    }
    trace = with_telemetry(traced(data(request(0))), readings, T0_NS - 10 * NS_PER_S)
    shown = {found.name: (found.unit, found.t_s, found.values) for found in trace.telemetry[2:]}
    assert shown == {
        "waiting": ("requests", (10.0, 11.0), (3.0, 3.0)),
        "KV cache": ("%", (10.0, 11.0), (50.0, 50.0)),
        "GPU 1 memory": ("GiB", (10.0, 11.0), (3.0, 3.0)),
        "whole engine": ("cores", (10.0, 11.0), (1.0, 1.0)),
        "whole computer": ("cores", (10.0, 11.0), (1.25, 1.25)),
        "thread 1 of llama.cpp": ("cores", (10.0, 11.0), (0.9, 0.0)),
        "thread 2 of llama.cpp": ("cores", (10.0, 11.0), (0.3, 0.0)),
    }


def test_threads_of_a_restarted_engine_go_on_as_one_line() -> None:
    ticks = [T0_NS + i * NS_PER_S for i in range(4)]
    readings = {
        "engine.cpu_ratio": [(t, 1.0) for t in ticks],
        "engine.thread.7.8.a\nb.cpu_ratio": [(ticks[0], 0.9)],
        "engine.thread.20.21.a\nb.cpu_ratio": [(ticks[2], 0.8), (ticks[3], 0.7)],
    }
    found = line(with_telemetry(traced(data(request(0))), readings, T0_NS), "thread 1 of a\nb")
    assert found.values == (0.9, 0.0, 0.8, 0.7)
