from __future__ import annotations

from seatrial.domain.telemetry import Gauge
from seatrial.stats.gauges import gauges
from seatrial.units import NS_PER_S, ns

Readings = dict[str, list[tuple[int, float]]]


def by_name(readings: Readings, every_s: float = 1.0) -> dict[str, Gauge]:
    return {gauge.name: gauge for gauge in gauges(readings, every_s)}


def series(*values: float, every_s: float = 1.0, after_s: float = 0.0) -> list[tuple[int, float]]:
    return [(ns(k * every_s + after_s), value) for k, value in enumerate(values)]


def test_a_counter_is_shown_as_its_growth_per_second() -> None:
    found = by_name({"vllm.generation_tokens_total": series(100.0, 110.0, 130.0)})

    assert found["output tokens/s"].history == (None, 10, 20)


def test_a_counter_that_goes_back_has_no_rate_there() -> None:
    found = by_name({"llamacpp.tokens_predicted_total": series(100.0, 4.0, 9.0)})

    assert found["output tokens/s"].history == (None, None, 5)


def test_llamacpp_counts_at_the_end_of_a_request_and_until_then_nobody_knows() -> None:
    found = by_name(
        {
            "llamacpp.requests_processing": series(0.0, 0.0, 3.0, 3.0, 3.0, 2.0, 1.0, 0.0, 0.0),
            "llamacpp.tokens_predicted_total": series(50.0, 50.0, 50.0, 50.0, 50.0, 90.0, 90.0, 110.0, 110.0),
        }
    )

    # 40 tokens in the 4 s since it rested, 20 in the 2 s since the last were counted
    assert found["output tokens/s"].history == (None, 0, None, None, None, 10, None, 10, 0)


def test_tokens_of_requests_begun_before_the_first_look_are_no_rate() -> None:
    found = by_name(
        {
            "llamacpp.requests_processing": series(1.0, 1.0, 1.0, 1.0),
            "llamacpp.tokens_predicted_total": series(0.0, 0.0, 900.0, 905.0),
        }
    )

    assert found["output tokens/s"].history == (None, None, None, 5)


def test_probes_asked_one_after_the_other_share_a_tick() -> None:
    found = by_name(
        {
            "host.cpu0.busy_ratio": series(0.5, 0.6),
            "host.cpu1.busy_ratio": series(0.25, 0.2),
            "engine.cpu_ratio": series(0.7, 0.8, after_s=0.1),
            "vllm.num_requests_running": series(3.0, 4.0, after_s=0.3),
        }
    )

    assert found["cores busy"].history == (0.75, 0.8)
    assert found["cores busy"].limit == 2
    assert found["engine CPU"].history == (0.7, 0.8)
    assert found["requests running"].history == (3, 4)


def test_a_page_that_was_silent_leaves_a_gap() -> None:
    silent = {
        "host.memory_used_bytes": series(1.0, 1.0, 1.0),
        "vllm.num_requests_waiting": [(0, 2.0), (2 * NS_PER_S, 5.0)],
    }

    assert by_name(silent)["requests waiting"].history == (2, None, 5)


def test_only_the_busiest_threads_are_shown_and_a_resting_one_is_at_0() -> None:
    readings = {f"engine.thread.7.{tid}.worker.cpu_ratio": series(tid / 100) for tid in range(1, 9)}
    readings["engine.thread.7.99.main.cpu_ratio"] = [(0, 0.9), (2 * NS_PER_S, 0.9)]
    readings["host.memory_used_bytes"] = series(1.0, 1.0, 1.0)

    found = by_name(readings)

    assert [name for name in found if name.startswith("thread")] == [
        "thread main 99", "thread worker 8", "thread worker 7", "thread worker 6",
    ]  # fmt: skip
    assert found["thread main 99"].history == (0.9, 0, 0.9)


def test_gpus_know_their_memory() -> None:
    found = by_name(
        {
            "gpu0.busy_ratio": series(0.9),
            "gpu0.memory_used_bytes": series(30.0),
            "gpu0.memory_total_bytes": series(80.0),
        }
    )

    assert found["GPU 0 memory"].limit == 80
    assert "GPU 0 power" not in found


def test_nothing_read_is_nothing_shown() -> None:
    assert gauges({}) == ()
