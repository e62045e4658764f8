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


@dataclass(frozen=True, slots=True)
class Gauge:
    """One quantity as it is watched: `history` in order of time, one value a tick, None where nobody said.

    `unit` is requests, ratio, cores, bytes, tokens/s or W; `limit` what it cannot exceed, if that is known.
    """

    name: str
    unit: str
    history: tuple[float | None, ...]
    limit: float | None = None

    @property
    def value(self) -> float | None:
        return self.history[-1] if self.history else None
