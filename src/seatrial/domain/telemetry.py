"""Telemetry: named series, once a second, on the same clock as the samples."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one series at one time.

    `series` is dotted and carries its unit: `host.cpu0.busy_ratio`, `engine.rss_bytes`,
    `engine.thread.<pid>.<tid>.<name>.cpu_ratio`, `gpu0.power_w`, `vllm.num_requests_running`,
    `ollama.loaded_bytes`.
    """

    t_ns: int
    series: str
    value: float
