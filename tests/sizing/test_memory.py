from __future__ import annotations

from timeit import timeit

import pytest

from seatrial.sizing.memory.layout import memory_of
from tests.sizing.shapes import GPT_OSS_20B, LLAMA_8B, layout

MOST_S = 2e-3  # 0.05 ms on an idle core; the bound is for a busy one


@pytest.mark.parametrize("engine", ["vllm", "llama.cpp", "ollama"])
def test_a_search_can_afford_thousands(engine: str) -> None:
    kv = "bfloat16" if engine == "vllm" else "f16"
    told = layout(GPT_OSS_20B, engine=engine, engine_version="1000", kv_dtype=kv)
    assert timeit(lambda: memory_of(GPT_OSS_20B, told), number=50) / 50 < MOST_S


def test_every_part_lies_in_its_interval_and_the_parts_make_the_budget() -> None:
    memory = memory_of(LLAMA_8B, layout(LLAMA_8B))
    parts = (memory.weights, memory.activation, memory.non_torch, memory.kv_pool)
    assert sum(part.value for part in parts) == pytest.approx(memory.budget.value)
    assert all(part.low <= part.value <= part.high for part in (*parts, memory.graphs, memory.total))
