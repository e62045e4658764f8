"""Which layouts are tried, and that their settings follow from the traffic."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.domain.plan import Demand
from seatrial.errors import UsageError
from seatrial.sizing.choice.layouts import context_for, counts_for, layouts_of, slots_for, tail_tokens
from seatrial.sizing.choice.question import Pins
from seatrial.sizing.choice.weights_tried import weights_for

from .questions import L4, T4, demand, question
from .shapes import APPLE, GPT_OSS_20B, H100, LLAMA_8B, weights


@pytest.mark.parametrize(
    ("asked", "answered", "cv", "context"),
    [
        (512, 128, 0.0, 768),
        (1024, 1024, 0.0, 3072),
        (100, 10, 0.0, 512),
        (1000, 500, 1.0, 6144),
        (130000, 1000, 0.0, 131072),
    ],
)
def test_a_context_holds_a_long_request_and_its_template(
    asked: int, answered: int, cv: float, context: int
) -> None:
    assert context_for(LLAMA_8B, demand(input_tokens=asked, output_tokens=answered, cv=cv)) == context


@given(st.floats(1, 100_000), st.floats(1, 30_000), st.floats(0, 2))
def test_a_context_is_never_more_than_half_too_large(asked: float, answered: float, cv: float) -> None:
    traffic = Demand(asked, answered, concurrency=1, cv=cv)
    needed = tail_tokens(traffic) + 64
    context = context_for(replace(LLAMA_8B, context_tokens=10**9), traffic)
    assert needed <= context <= max(512, 1.5 * needed)


@pytest.mark.parametrize(("users", "slots"), [(1, 1), (3, 4), (16, 16), (500, 16)])
def test_slots_hold_the_users(users: int, slots: int) -> None:
    assert slots_for(Demand(512, 128, concurrency=users), weights(LLAMA_8B), L4) == slots


def test_slots_of_an_open_process_grow_with_its_rate() -> None:
    few, many = (slots_for(demand(rate_per_s=rate), weights(LLAMA_8B), L4) for rate in (0.01, 1.0))
    assert (few, many) == (1, 16)


def test_no_replica_has_more_gpus_than_a_machine() -> None:
    assert counts_for(question(), L4) == (1, 2, 4)
    assert counts_for(question(), T4) == (1,)
    assert counts_for(question(market=replace(question().market, offers=())), L4) == (1, 2, 4, 8)
    assert counts_for(question(), APPLE) == (1,)
    assert counts_for(question(pins=Pins(tensor_parallel=4, pipeline_parallel=2)), T4) == (8,)


def test_the_usual_quantisations_of_each_engine() -> None:
    asked = question()
    assert [w.quant for w in weights_for(asked, "vllm", H100)] == ["bf16", "fp8", "w4a16"]
    assert [w.quant for w in weights_for(asked, "vllm", T4)] == ["bf16", "w8a8", "w4a16"]
    assert [w.quant for w in weights_for(asked, "ollama", T4)] == ["Q4_K_M", "Q8_0"]
    native = question(model=GPT_OSS_20B, files=(weights(GPT_OSS_20B, "mxfp4", 13 * 10**9),))
    assert [w.quant for w in weights_for(native, "vllm", H100)] == ["mxfp4"]
    assert [w.quant for w in weights_for(question(pins=Pins(quants=("awq",))), "vllm", H100)] == ["w4a16"]
    with pytest.raises(UsageError, match="no quantisation"):
        weights_for(question(pins=Pins(quants=("q9",))), "ollama", T4)


def test_own_files_are_the_only_ones() -> None:
    own = weights(LLAMA_8B, "bf16", 123)
    asked = question(files=(own,), only_files=True)
    assert weights_for(asked, "vllm", H100) == (own,)


def test_nothing_is_left_to_a_default() -> None:
    pins = Pins(settings=(("max_model_len", 4096), ("max_num_seqs", 8)), kv_dtype="fp8")
    for layout in layouts_of(question(pins=pins), "vllm", H100):
        assert (layout.max_model_len, layout.max_num_seqs, layout.kv_dtype) == (4096, 8, "fp8")
        assert (layout.dtype, layout.gpu_memory_utilization) == ("bfloat16", 0.92)
    assert {layout.dtype for layout in layouts_of(question(), "vllm", T4)} == {"float16"}
    spread = {(at.tensor_parallel, at.pipeline_parallel) for at in layouts_of(question(), "llama.cpp", L4)}
    assert spread == {(1, 1), (1, 2), (1, 4)}  # layers, not heads, are spread over the GPUs
