"""What an engine cannot run at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seatrial.domain.plan import Layout
from seatrial.sizing.choice.fitness import unfit

from .questions import T4
from .shapes import APPLE, H100, LLAMA_8B, UNSEEN, layout, weights

CPU = replace(T4, name="Epyc", vendor="CPU", capability=None, bf16=True)
GGUF = replace(weights(LLAMA_8B), format="gguf", quant="Q4_K_M")


def on(gpu: object, **changes: object) -> Layout:
    return replace(layout(LLAMA_8B), gpu=gpu, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "reason", "change"),
    [
        (on(APPLE), "does not use the GPU of Apple", None),
        (on(T4), "no bfloat16", ("dtype", "bfloat16", "float16")),
        (on(replace(T4, capability="6.1")), "needs compute capability 7.0", None),
        (
            on(replace(T4, capability="7.0"), dtype="float16", weights=weights(LLAMA_8B, "fp8")),
            "fp8 weights need compute capability 7.5",
            None,
        ),
        (on(replace(H100, capability="10.0"), weights=weights(LLAMA_8B, "w8a8")), "no int8 kernels", None),
        (
            on(replace(H100, vendor="AMD", capability="gfx1100"), weights=weights(LLAMA_8B, "fp8")),
            "need an MI300",
            None,
        ),
        (on(CPU, weights=weights(LLAMA_8B, "w4a16")), "w4a16 weights on a CPU", None),
        (on(T4, dtype="float16", kv_dtype="fp8"), "fp8 KV cache", ("kv_dtype", "fp8", "float16")),
        (on(H100, tensor_parallel=3), "does not divide the 32 attention heads", ("tensor_parallel", 3, 2)),
        (on(H100, max_num_batched_tokens=8), "below max_num_seqs 256", ("max_num_batched_tokens", 8, 256)),
        (on(H100, pipeline_parallel=40), "32 layers", ("pipeline_parallel", 40, 32)),
        (on(H100, max_model_len=200_000), "made for 131,072", ("max_model_len", 200_000, 131_072)),
        (on(H100, weights=GGUF), "not planned with a GGUF file", None),
        (on(H100, engine="ollama"), "not planned with safetensors", None),
        (on(APPLE, engine="llama.cpp", weights=GGUF), "--gpu-memory", None),
    ],
)
def test_the_reason_and_the_change_that_helps(at: Layout, reason: str, change: tuple[object, ...] | None) -> None:
    found = unfit(LLAMA_8B, at)
    assert found is not None
    assert reason in found.reason
    assert (found.change and (found.change.flag, found.change.before, found.change.after)) == change


@pytest.mark.parametrize(
    "at",
    [
        on(H100),
        on(UNSEEN),
        on(H100, weights=weights(LLAMA_8B, "fp8")),
        on(H100, engine="ollama", weights=GGUF),
        on(replace(H100, capability="8.0"), weights=weights(LLAMA_8B, "fp8")),
        on(H100, weights=weights(LLAMA_8B, "nvfp4")),
    ],
)
def test_what_runs_is_not_refused(at: Layout) -> None:
    assert unfit(LLAMA_8B, at) is None
