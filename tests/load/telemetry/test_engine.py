from __future__ import annotations

import json
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.catalog.metrics import ENGINE_METRICS
from seatrial.load.telemetry.engine import EngineProbe, ollama_values, prometheus_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# as vLLM 0.32 writes it with two data-parallel ranks, shortened
VLLM = """\
# HELP python_gc_objects_collected_total Objects collected during gc
# TYPE python_gc_objects_collected_total counter
python_gc_objects_collected_total{generation="0"} 18226.0
# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="smollm2:135m"} 3.0
vllm:num_requests_running{engine="1",model_name="smollm2:135m"} 2.0
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0",model_name="smollm2:135m"} 6.0
vllm:num_requests_waiting{engine="1",model_name="smollm2:135m"} 0.0
# TYPE vllm:num_requests_waiting_by_reason gauge
vllm:num_requests_waiting_by_reason{engine="0",model_name="smollm2:135m",reason="capacity"} 6.0
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{engine="0",model_name="smollm2:135m"} 0.71
vllm:kv_cache_usage_perc{engine="1",model_name="smollm2:135m"} 0.12
# TYPE vllm:prefix_cache_queries_total counter
vllm:prefix_cache_queries_total{engine="0",model_name="smollm2:135m"} 1280.0
# TYPE vllm:prefix_cache_queries_created gauge
vllm:prefix_cache_queries_created{engine="0",model_name="smollm2:135m"} 1.7643e+09
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{engine="0",model_name="smollm2:135m"} 512.0
# TYPE vllm:time_to_first_token_seconds histogram
vllm:time_to_first_token_seconds_bucket{engine="0",le="0.001",model_name="smollm2:135m"} 0.0
vllm:time_to_first_token_seconds_count{engine="0",model_name="smollm2:135m"} 12.0
"""
# as a llama.cpp server of 2026 writes it, shortened
LLAMACPP = """\
# HELP llamacpp:prompt_tokens_total Number of prompt tokens processed, excluding cached tokens
# TYPE llamacpp:prompt_tokens_total counter
llamacpp:prompt_tokens_total 2
# HELP llamacpp:tokens_predicted_total Number of generation tokens processed
# TYPE llamacpp:tokens_predicted_total counter
llamacpp:tokens_predicted_total 8
# HELP llamacpp:prompt_tokens_seconds Average prompt throughput in tokens/s
# TYPE llamacpp:prompt_tokens_seconds gauge
llamacpp:prompt_tokens_seconds 115.287
# HELP llamacpp:predicted_tokens_seconds Average generation throughput in tokens/s
# TYPE llamacpp:predicted_tokens_seconds gauge
llamacpp:predicted_tokens_seconds nan
# HELP llamacpp:requests_deferred Number of requests deferred
# TYPE llamacpp:requests_deferred gauge
llamacpp:requests_deferred 3
"""


@dataclass
class Pages:
    """Path to (status, body, seconds to wait); `seen` are the headers of each request."""

    url: str = ""
    pages: dict[str, tuple[int, str, float]] = field(default_factory=dict)
    seen: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def pages() -> Iterator[Pages]:
    served = Pages()
    released = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(served, released.wait))
    server.daemon_threads = True
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield served
    released.set()
    server.shutdown()
    thread.join()
    server.server_close()


def _handler(served: Pages, wait: Callable[[float], bool]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, delay_s = served.pages.get(self.path, (404, "not here", 0.0))
            served.seen.append(dict(self.headers))
            wait(delay_s)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name in the base class
            pass

    return Handler


def read(engine: str, url: str) -> dict[str, float]:
    probe = EngineProbe(engine, url)
    try:
        return {reading.series: reading.value for reading in probe(1)}
    finally:
        probe.close()


def test_vllm_ranks_add_up_but_the_fullest_cache_counts(pages: Pages) -> None:
    pages.pages["/metrics"] = (200, VLLM, 0)

    assert read("vllm", pages.url) == {
        "vllm.num_requests_running": 5,
        "vllm.num_requests_waiting": 6,
        "vllm.kv_cache_usage_ratio": 0.71,
        "vllm.prefix_cache_queries_total": 1280,
        "vllm.generation_tokens_total": 512,
    }


def test_llamacpp_page_without_what_is_not_a_number(pages: Pages) -> None:
    pages.pages["/metrics"] = (200, LLAMACPP, 0)

    assert read("llama.cpp", pages.url + "/") == {
        "llamacpp.prompt_tokens_total": 2,
        "llamacpp.tokens_predicted_total": 8,
        "llamacpp.prompt_tokens_per_s": 115.287,
        "llamacpp.requests_deferred": 3,
    }


def test_two_names_of_one_meaning_count_once() -> None:
    page = "vllm:gpu_prefix_cache_hits_total 40\nvllm:prefix_cache_hits_total 40\nvllm:gpu_cache_usage_perc 0.5\n"

    assert prometheus_values(page, ENGINE_METRICS["vllm"]) == {
        "vllm.prefix_cache_hits_total": 40,
        "vllm.kv_cache_usage_ratio": 0.5,
    }


@pytest.mark.parametrize("engine", ENGINE_METRICS)
def test_every_row_is_read_and_series_keep_one_unit(engine: str) -> None:
    rows = ENGINE_METRICS[engine]
    units: dict[str, str] = {}
    for row in rows:
        assert prometheus_values(f"{row.metric} 1.5\n", rows) == {row.series: 1.5}
        assert units.setdefault(row.series, row.unit) == row.unit


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    assert prometheus_values(text, ENGINE_METRICS["vllm"]) == {}
    prometheus_values(f"vllm:num_requests_running{text}\n", ENGINE_METRICS["vllm"])


def test_ollama_loaded_models(pages: Pages) -> None:
    models = [{"name": "a", "size": 4000, "size_vram": 3000}, {"name": "b", "size": 500, "size_vram": 500}]
    pages.pages["/api/ps"] = (200, json.dumps({"models": models}), 0)

    assert read("ollama", pages.url) == {
        "ollama.loaded_models": 2,
        "ollama.loaded_bytes": 4500,
        "ollama.loaded_vram_bytes": 3500,
    }


def test_ollama_with_nothing_loaded_is_zero_and_another_answer_is_absent() -> None:
    assert ollama_values(b'{"models":[]}')["ollama.loaded_models"] == 0
    assert ollama_values(b'{"models":null}')["ollama.loaded_bytes"] == 0
    assert ollama_values(b'{"error":"no"}') == {}
    assert ollama_values(b"\xff") == {}


def test_other_engines_are_not_asked(pages: Pages) -> None:
    assert read("openai", pages.url) == {}
    assert pages.seen == []


def test_key_is_sent_and_not_shown(pages: Pages) -> None:
    pages.pages["/metrics"] = (200, LLAMACPP, 0)
    probe = EngineProbe("llama.cpp", pages.url, headers=[("Authorization", "Bearer planted-key")])
    probe(1)
    probe.close()

    assert pages.seen[0]["Authorization"] == "Bearer planted-key"
    assert "planted-key" not in repr(probe)


@pytest.mark.parametrize("page", [(501, "start it with --metrics", 0), (200, LLAMACPP, 30)])
def test_metrics_switched_off_or_too_slow(pages: Pages, page: tuple[int, str, float]) -> None:
    pages.pages["/metrics"] = page
    with pytest.raises(httpx.HTTPError):
        read("llama.cpp", pages.url)


def test_nobody_there() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, not listening: refused
        with pytest.raises(httpx.ConnectError):
            read("vllm", f"http://127.0.0.1:{unused.getsockname()[1]}")
