"""What engines say of the memory they took: facts of `EngineInfo.details` that end in `_bytes` or `_tokens`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seatrial.units import MIB

if TYPE_CHECKING:
    from collections.abc import Mapping

_BUFFER = re.compile(r"(model|KV|RS|compute|output) buffer size\s*=\s*([\d.]+) MiB")
_NAMES = {"model": "weights", "KV": "kv", "RS": "kv", "compute": "compute", "output": "output"}


def llamacpp_footprint(log: str) -> dict[str, str]:
    """Bytes by what they hold, from the log of a llama.cpp server, all devices together.

    A log may tell of a trial before the model is loaded (`--fit`): what is told last counts. Recurrent state is
    counted as cache. Empty where the log tells of no buffers.
    """
    log = log[max(0, log.rfind("load_tensors: loading")) :]
    found: dict[str, float] = {}
    for kind, size in _BUFFER.findall(log):
        name = f"{_NAMES[kind]}_bytes"
        found[name] = found.get(name, 0.0) + float(size) * MIB
    return {name: str(round(size)) for name, size in found.items()}


def vllm_footprint(labels: Mapping[str, str]) -> dict[str, str]:
    """The cache as vLLM's `cache_config_info` tells it: tokens it holds, and bytes where they were set."""
    found = {}
    blocks, block = labels.get("num_gpu_blocks", ""), labels.get("block_size", "")
    tokens = labels.get("kv_cache_size_tokens", "")
    if tokens.isdecimal():
        found["kv_tokens"] = tokens
    elif blocks.isdecimal() and block.isdecimal():
        found["kv_tokens"] = str(int(blocks) * int(block))
    if labels.get("kv_cache_memory_bytes", "").isdecimal():
        found["kv_bytes"] = labels["kv_cache_memory_bytes"]
    return found
