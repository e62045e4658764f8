"""vLLM."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from seatrial.domain.target import EngineInfo
from seatrial.engines.footprint import vllm_footprint
from seatrial.engines.kind import Kind
from seatrial.engines.openai import APIS, context_of, entry_of, listed, served_models

if TYPE_CHECKING:
    from seatrial.engines.control import Control

_LABEL = re.compile(r'(\w+)="([^"]*)"')
CACHE_FACTS = ("block_size", "cache_dtype", "enable_prefix_caching", "gpu_memory_utilization", "num_gpu_blocks")


def _info(control: Control, model: str) -> EngineInfo:
    entries = listed(control)
    entry = entry_of(entries, model)
    version = control.peek("/version")
    root = entry.get("root")
    return EngineInfo(
        engine="vllm",
        version=version.get("version") if isinstance(version, dict) else None,
        models=tuple(each["id"] for each in entries),
        context_tokens=context_of(entry),
        details=({"root": root} if isinstance(root, str) else {}) | _cache_facts(control.text("/metrics") or ""),
    )


def _cache_facts(metrics: str) -> dict[str, str]:
    """How the KV cache is set up, prefix caching above all, from the labels of an info metric."""
    line = next((line for line in metrics.splitlines() if line.startswith("vllm:cache_config_info{")), "")
    labels = dict(_LABEL.findall(line))
    return {name: labels[name] for name in CACHE_FACTS if name in labels} | vllm_footprint(labels)


def _tokenize(control: Control, request: dict[str, Any]) -> int | None:
    """The count of /tokenize, which wraps messages in the chat template as the chat endpoint does."""
    answer = control.peek(
        "/tokenize", {key: request[key] for key in ("model", "messages", "prompt") if key in request}
    )
    return answer.get("count") if isinstance(answer, dict) else None


VLLM = Kind(
    name="vllm",
    apis=APIS,
    served=served_models,
    info=_info,
    tokenize=_tokenize,
    exact_output="ignore_eos",
    chunk_usage=True,
    metrics_path="/metrics",
)
