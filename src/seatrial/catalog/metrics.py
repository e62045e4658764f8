"""Which metrics of an engine's own page become which series: rows to read by eye, no code.

Names differ between versions of one engine: the rows of one meaning share a series, the newest name first, and
the first that is on the page counts (some versions show both).
Sources: vLLM 0.32 `vllm/v1/metrics/loggers.py` (the `gpu_` names are those of 0.6 to 0.8), llama.cpp
`tools/server/server-context.cpp` (the KV cache gauges left it in 2025).
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class MetricRow(NamedTuple):
    """`metric` as on the page, `series` as stored.

    A metric with several label sets (models, data-parallel ranks) becomes one value: `combine` says whether they
    add up (requests, tokens) or the worst one counts (a ratio).
    """

    metric: str
    series: str
    unit: str
    combine: Literal["sum", "max"] = "sum"


ENGINE_METRICS: dict[str, tuple[MetricRow, ...]] = {
    "vllm": (
        MetricRow("vllm:num_requests_running", "vllm.num_requests_running", "requests"),
        MetricRow("vllm:num_requests_waiting", "vllm.num_requests_waiting", "requests"),
        MetricRow("vllm:kv_cache_usage_perc", "vllm.kv_cache_usage_ratio", "ratio", "max"),
        MetricRow("vllm:gpu_cache_usage_perc", "vllm.kv_cache_usage_ratio", "ratio", "max"),
        MetricRow("vllm:num_preemptions_total", "vllm.num_preemptions_total", "requests"),
        MetricRow("vllm:prompt_tokens_total", "vllm.prompt_tokens_total", "tokens"),
        MetricRow("vllm:generation_tokens_total", "vllm.generation_tokens_total", "tokens"),
        MetricRow("vllm:prefix_cache_queries_total", "vllm.prefix_cache_queries_total", "tokens"),
        MetricRow("vllm:gpu_prefix_cache_queries_total", "vllm.prefix_cache_queries_total", "tokens"),
        MetricRow("vllm:prefix_cache_hits_total", "vllm.prefix_cache_hits_total", "tokens"),
        MetricRow("vllm:gpu_prefix_cache_hits_total", "vllm.prefix_cache_hits_total", "tokens"),
    ),
    "llama.cpp": (
        MetricRow("llamacpp:requests_processing", "llamacpp.requests_processing", "requests"),
        MetricRow("llamacpp:requests_deferred", "llamacpp.requests_deferred", "requests"),
        MetricRow("llamacpp:kv_cache_usage_ratio", "llamacpp.kv_cache_usage_ratio", "ratio", "max"),
        MetricRow("llamacpp:prompt_tokens_total", "llamacpp.prompt_tokens_total", "tokens"),
        MetricRow("llamacpp:prompt_tokens_cached_total", "llamacpp.prompt_tokens_cached_total", "tokens"),
        MetricRow("llamacpp:tokens_predicted_total", "llamacpp.tokens_predicted_total", "tokens"),
        MetricRow("llamacpp:prompt_tokens_seconds", "llamacpp.prompt_tokens_per_s", "tokens/s"),
        MetricRow("llamacpp:predicted_tokens_seconds", "llamacpp.predicted_tokens_per_s", "tokens/s"),
    ),
}

# What a series means, whichever engine told it.
RUNNING = ("vllm.num_requests_running", "llamacpp.requests_processing")
WAITING = ("vllm.num_requests_waiting", "llamacpp.requests_deferred")
KV_CACHE = ("vllm.kv_cache_usage_ratio", "llamacpp.kv_cache_usage_ratio")
