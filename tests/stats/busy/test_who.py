import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.stats.busy.who import who_was_busy
from seatrial.units import GIB, MIB, NS_PER_S

Readings = dict[str, list[tuple[int, float]]]
START_NS = 1_000 * NS_PER_S
END_NS = START_NS + 12 * NS_PER_S


def steady(value: float, seconds: int = 12) -> list[tuple[int, float]]:
    """Ticks from the first second of the window to its end."""
    return [(START_NS + k * NS_PER_S, value) for k in range(1, seconds + 1)]


def process(pid: int, name: str, cpu: float, threads: dict[str, list[tuple[int, float]]], count: int) -> Readings:
    """Series of one process; `threads` maps `<tid>.<name>` to readings."""
    stem = f"engine.process.{pid}.{name}"
    named = {f"engine.thread.{pid}.{thread}.cpu_ratio": readings for thread, readings in threads.items()}
    return {f"{stem}.cpu_ratio": steady(cpu), f"{stem}.threads": steady(count), **named}


def busy(readings: Readings) -> tuple[str, ...]:
    return who_was_busy(readings, START_NS, END_NS)


def test_no_telemetry_says_nothing() -> None:
    assert busy({}) == ()


def test_readings_of_another_time_say_nothing() -> None:
    readings = {"gpu0.busy_ratio": steady(1.0), "vllm.num_requests_waiting": steady(3)}

    assert who_was_busy(readings, END_NS + 60 * NS_PER_S, END_NS + 70 * NS_PER_S) == ()


def test_one_hot_thread() -> None:
    threads = {"4711.llama-server": steady(0.98), "4712.llama-server": steady(0.105), "4713.x": steady(0.02)}

    [sentence] = busy(process(4711, "llama-server", 1.1, threads, count=4))

    assert sentence == (
        "one thread of the engine (llama-server) took 98 % of a core (mean over 12 s)"
        " while the other 3 threads stayed under 12 %"
    )


def test_an_evenly_spread_pool() -> None:
    threads = {f"{tid}.llama-server": steady(0.47 + tid / 100) for tid in range(4)}

    assert busy(process(7, "llama-server", 1.9, threads, count=11)) == (
        "4 threads of the engine (llama-server) shared the work: 47 to 50 % of a core each (mean over 12 s)",
    )


def test_a_thread_that_was_hot_for_one_second_of_twelve_is_not_hot() -> None:
    threads = {"8.worker": steady(1.0)[3:4], "9.other": steady(0.02)}

    assert busy(process(8, "ollama-0.33.0", 0.1, threads, count=20)) == ()


def test_only_thread_and_only_other_thread() -> None:
    alone = process(5, "server", 0.9, {"5.server": steady(0.9)}, count=1)
    pair = process(5, "server", 0.9, {"5.server": steady(0.9)}, count=2)

    assert busy(alone) == ("the only thread of the engine (server) took 90 % of a core (mean over 12 s)",)
    assert busy(pair)[0].endswith("while the other one stayed under 2 %")


def test_hot_threads_of_two_processes_hottest_first() -> None:
    api = process(10, "vllm", 0.85, {"10.vllm": steady(0.85)}, count=40)
    core = process(20, "VLLM::EngineCore", 1.0, {"20.VLLM::EngineCor": steady(0.99)}, count=300)

    first, second = busy({**api, **core})

    assert first.startswith("one thread of the engine (VLLM::EngineCore) took 99 %")
    assert second.startswith("one thread of the engine (vllm) took 85 %") and "the other 39 threads" in second


def ticks(first: int, last: int, value: float) -> list[tuple[int, float]]:
    """A reading at the end of every second from `first` to `last` of the window."""
    return [(START_NS + k * NS_PER_S, value) for k in range(first, last + 1)]


def short_process(pid: int, span: tuple[int, int], hot: float, thread: str = "python3") -> Readings:
    stem = f"engine.process.{pid}.python3"
    return {
        f"{stem}.cpu_ratio": ticks(*span, hot),
        f"{stem}.threads": ticks(*span, 71),
        f"engine.thread.{pid}.{pid}.{thread}.cpu_ratio": ticks(*span, hot),
    }


def test_an_engine_that_was_restarted_is_told_once() -> None:
    first, second = short_process(25617, (1, 3), 1.0), short_process(25689, (5, 12), 0.89)

    [sentence] = busy({**second, **first})

    assert sentence == (
        "one thread of the engine (python3) took 92 % of a core (mean over 11 s)"
        " while the other 70 threads stayed under 2 %"
    )


def test_a_restart_that_was_not_busy_cools_the_thread() -> None:
    assert busy({**short_process(1, (1, 3), 0.1), **short_process(2, (5, 12), 0.9)}) == ()


def test_processes_of_one_name_side_by_side_stay_apart() -> None:
    both = {**short_process(1, (1, 12), 0.9), **short_process(2, (1, 12), 0.95, thread="worker")}

    first, second = busy(both)

    assert first.startswith(
        "one thread of the engine (python3, thread worker) took 95 % of a core (mean over 12 s)"
    )
    assert second.startswith("one thread of the engine (python3) took 90 %")


def test_all_cores_and_what_the_engine_used() -> None:
    readings = {
        "host.cpu0.busy_ratio": steady(0.98),
        "host.cpu1.busy_ratio": steady(0.96),
        "engine.cpu_ratio": steady(1.88),
        "engine.rss_bytes": steady(310 * MIB),
    }

    assert busy(readings) == (
        "both cores were busy (96 to 98 %, mean over 12 s)",
        "the engine used 1.9 of 2 cores and up to 310 MiB (mean over 12 s)",
    )


def test_others_that_took_the_cores_are_named() -> None:
    readings = {
        "host.cpu0.busy_ratio": steady(0.95),
        "host.cpu1.busy_ratio": steady(0.5),
        "engine.cpu_ratio": steady(0.45),
    }

    assert busy(readings) == (
        "the engine used 0.5 of 2 cores, everything else on this computer 1.0 (mean over 12 s)",
    )


def test_engine_without_a_view_of_the_host() -> None:
    assert busy({"engine.cpu_ratio": steady(3.0)}) == ("the engine used 3.0 cores (mean over 12 s)",)


def test_one_gpu_and_one_without_power() -> None:
    readings = {
        "gpu0.busy_ratio": steady(0.93),
        "gpu0.memory_used_bytes": steady(61 * GIB),
        "gpu0.memory_total_bytes": steady(80 * GIB),
        "gpu0.power_w": steady(540),
    }

    assert busy(readings) == ("GPU 0 was 93 % busy, up to 61.0 GiB of 80.0 GiB, 540 W (mean over 12 s)",)
    assert busy({"gpu3.busy_ratio": steady(0.0)}) == ("GPU 3 was 0 % busy (mean over 12 s)",)


def test_several_gpus_in_one_sentence() -> None:
    readings = {f"gpu{n}.busy_ratio": steady(0.4 + n / 10) for n in range(4)}
    readings |= {f"gpu{n}.power_w": steady(500) for n in range(4)}

    assert busy(readings) == ("4 GPUs were 40 to 70 % busy, 2,000 W (mean over 12 s)",)


def test_a_queue_and_a_full_cache() -> None:
    readings = {
        "vllm.num_requests_waiting": [*steady(0, 6), (START_NS + 7 * NS_PER_S, 6.0)],
        "vllm.kv_cache_usage_ratio": steady(0.71),
        "vllm.num_preemptions_total": [(START_NS, 4.0), (END_NS, 7.0)],
    }

    assert busy(readings) == (
        "the engine queued: up to 6 requests waited",
        "the KV cache peaked at 71 %, and requests were preempted 3 times",
    )


def test_no_queue_and_an_empty_cache_are_not_worth_a_sentence() -> None:
    assert busy({"llamacpp.requests_deferred": steady(0), "llamacpp.kv_cache_usage_ratio": steady(0)}) == ()


def test_what_ollama_left_out_of_the_gpu() -> None:
    part = {"ollama.loaded_bytes": steady(4 * GIB), "ollama.loaded_vram_bytes": steady(3 * GIB)}
    whole = {"ollama.loaded_bytes": steady(4 * GIB), "ollama.loaded_vram_bytes": steady(4 * GIB)}

    assert busy(part) == ("only 3.00 GiB of 4.00 GiB loaded by Ollama were in GPU memory",)
    assert busy(whole) == ()


def test_at_most_six_sentences_the_hot_thread_first() -> None:
    readings = {
        **process(4711, "server", 1.0, {"4711.server": steady(1.0)}, count=2),
        **process(4712, "helper", 1.0, {"4712.helper": steady(0.9)}, count=2),
        "host.cpu0.busy_ratio": steady(1.0),
        "gpu0.busy_ratio": steady(0.9),
        "vllm.num_requests_waiting": steady(2),
        "vllm.kv_cache_usage_ratio": steady(1.0),
        "engine.cpu_ratio": steady(1.0),
    }

    sentences = busy(readings)

    assert len(sentences) == 6
    assert sentences[0].startswith("one thread of the engine (server)")


def test_a_short_workload_counts_ticks_by_their_share_of_it() -> None:
    """1.5 s, ticks on the second: 0.5 s at 100 %, then 1 s at 40 %; what was before and after does not count."""
    second = NS_PER_S
    core = [(t * second, value) for t, value in [(1, 0.0), (2, 1.0), (3, 0.4), (4, 0.0), (5, 0.0)]]

    sentences = who_was_busy({"engine.cpu_ratio": core}, 3 * second // 2, 3 * second)

    assert sentences == ("the engine used 0.6 cores (mean over 1.5 s)",)


def test_nobody_looked_during_a_gap() -> None:
    ticks = [(k * NS_PER_S, 1.0) for k in (1, 2, 3, 100, 101)]

    sentences = who_was_busy({"engine.cpu_ratio": ticks}, 50 * NS_PER_S, 101 * NS_PER_S)

    assert sentences == ("the engine used 1.0 cores (mean over 3 s)",)


@given(
    st.lists(st.tuples(st.integers(0, 20 * NS_PER_S), st.floats(0, 1)), unique_by=lambda reading: reading[0]),
    st.integers(0, 10 * NS_PER_S),
    st.integers(1, 10 * NS_PER_S),
)
def test_any_ticks_give_a_mean_between_their_extremes(
    ticks: list[tuple[int, float]], start_ns: int, length_ns: int
) -> None:
    sentences = who_was_busy({"gpu0.busy_ratio": sorted(ticks)}, start_ns, start_ns + length_ns)

    if sentences:
        shown = int(sentences[0].removeprefix("GPU 0 was ").split(" %")[0])
        values = [round(100 * value) for _, value in ticks]
        assert min(values) <= shown <= max(values)


@pytest.mark.parametrize("seconds", [1, 60, 3600])
def test_the_span_is_told(seconds: int) -> None:
    ticks = [(k * NS_PER_S, 1.0) for k in range(1, seconds + 1)]

    assert who_was_busy({"engine.cpu_ratio": ticks}, 0, seconds * NS_PER_S)[0].endswith(f"(mean over {seconds} s)")
