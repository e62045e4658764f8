"""What an engine says of itself while it works: its Prometheus page (vLLM, llama.cpp) or /api/ps (Ollama).

Asked on the side of a load, so briefly and without insisting: a page that is slow, refused, switched off or
damaged is an absent reading.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import httpx
import msgspec
from prometheus_client.parser import text_string_to_metric_families

from seatrial.catalog.metrics import ENGINE_METRICS, MetricRow
from seatrial.domain.telemetry import Reading

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence

TIMEOUT_S = 1.0
_COMBINE: dict[str, Callable[[list[float]], float]] = {"sum": sum, "max": max}


class EngineProbe:
    """The series of `engine` (a key of `ENGINE_METRICS`, or `ollama`) at `base_url`; nothing for other engines.

    Connections bypass proxies, as the load's own do. A failing request raises httpx.HTTPError.
    """

    def __init__(
        self,
        engine: str,
        base_url: str,
        headers: Sequence[tuple[str, str]] = (),
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self._engine = engine
        self._base_url = base_url.rstrip("/")
        self._client = httpx.Client(headers=list(headers), timeout=TIMEOUT_S, trust_env=False, verify=verify)

    def __call__(self, t_ns: int) -> list[Reading]:
        if self._engine == "ollama":
            values = ollama_values(self._get("/api/ps").content)
        elif self._engine in ENGINE_METRICS:
            values = prometheus_values(self._get("/metrics").text, ENGINE_METRICS[self._engine])
        else:
            values = {}
        return [Reading(t_ns, series, value) for series, value in values.items()]

    def close(self) -> None:
        self._client.close()

    def _get(self, path: str) -> httpx.Response:
        return self._client.get(self._base_url + path).raise_for_status()


def prometheus_values(page: str, rows: Sequence[MetricRow]) -> dict[str, float]:
    """Value by series for the metrics of `rows` on a page in Prometheus text; empty when it is not such a page.

    Only lines that can matter are parsed: the histograms of a vLLM page are a hundred times as many.
    """
    names = tuple(row.metric for row in rows)
    text = "".join(line + "\n" for line in page.splitlines() if line.startswith(names))
    found: dict[str, list[float]] = {}
    try:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if math.isfinite(sample.value):
                    found.setdefault(sample.name, []).append(sample.value)
    except ValueError:
        return {}
    values: dict[str, float] = {}
    for row in rows:
        if row.metric in found:
            values.setdefault(row.series, _COMBINE[row.combine](found[row.metric]))
    return values


class _LoadedModel(msgspec.Struct):
    size: int
    size_vram: int = 0


class _LoadedModels(msgspec.Struct):
    models: list[_LoadedModel] | None  # null when nothing is loaded, in some versions


def ollama_values(body: bytes) -> dict[str, float]:
    """Value by series from the body of GET /api/ps; empty when it is not such a body."""
    try:
        models = msgspec.json.decode(body, type=_LoadedModels).models or []
    except msgspec.DecodeError:
        return {}
    return {
        "ollama.loaded_models": len(models),
        "ollama.loaded_bytes": sum(model.size for model in models),
        "ollama.loaded_vram_bytes": sum(model.size_vram for model in models),
    }
