"""Start-up: bytes over wide bandwidths, and what each engine does before it answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seatrial.sizing.startup import start_up_of, start_up_terms

from .shapes import LLAMA_8B, layout


def test_every_part_is_wide_and_holds_its_middle() -> None:
    found = start_up_of(LLAMA_8B, layout(LLAMA_8B))
    for part in (found.fetch_s, found.load_s, found.prepare_s, found.total_s):
        assert part.low < part.value < part.high
    assert found.fetch_s.low == pytest.approx(16.06e9 * 8 / 10e9, rel=0.01)  # 16 GB at 10 Gbit/s
    assert found.fetch_s.high == pytest.approx(16.06e9 * 8 / 1e9, rel=0.01)


def test_vllm_takes_longest_and_less_without_graphs() -> None:
    compiled = layout(LLAMA_8B)
    took = {
        name: start_up_of(LLAMA_8B, at).prepare_s.value
        for name, at in {
            "vllm": compiled,
            "eager": replace(compiled, cuda_graphs=False),
            "ollama": replace(compiled, engine="ollama"),
        }.items()
    }
    assert took["ollama"] < took["eager"] < took["vllm"]


def test_a_rounded_size_widens_fetch_and_load() -> None:
    exact = layout(LLAMA_8B)
    rounded = replace(exact.weights, low_bytes=exact.weights.bytes // 2)
    wide = start_up_of(LLAMA_8B, replace(exact, weights=rounded))
    assert wide.fetch_s.low == pytest.approx(start_up_of(LLAMA_8B, exact).fetch_s.low / 2)


def test_the_arithmetic_adds_up() -> None:
    at = layout(LLAMA_8B)
    found = start_up_of(LLAMA_8B, at)
    assert sum(term.value for term in start_up_terms(at, found)) == pytest.approx(found.total_s.value)
