from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.catalog.ggml import GGML_TYPES, row_bytes
from seatrial.catalog.models import catalog_models, find_model
from seatrial.catalog.quants import bits_per_weight, canonical_quant, weights_of
from seatrial.errors import UsageError
from seatrial.units import GIB

# "model weights per GPU" as vLLM 0.19.0 logged it on H100s: llm-d-incubation/llm-d-planner @d3121e05,
# accuracy/results/v0.19.0/results_raw.csv. (model, quant, GPUs by tensor parallel, GiB per GPU)
MEASURED = [
    ("codellama-7b-instruct", "bf16", 1, 12.56),
    ("gemma-2-9b-it", "bf16", 1, 17.22),
    ("gemma-2-27b-it", "bf16", 1, 50.72),
    ("granite-3.3-8b-instruct", "bf16", 1, 15.25),
    ("llama-3.1-8b-instruct", "bf16", 1, 14.99),
    ("llama-3.1-8b-instruct", "bf16", 2, 7.51),
    ("llama-3.1-8b-instruct", "bf16", 4, 3.77),
    ("llama-3.1-8b-instruct", "f32", 1, 29.98),
    ("llama-3.1-8b-instruct", "fp8", 1, 8.49),
    ("llama-3.1-8b-instruct", "w8a8", 1, 8.49),
    ("llama-3.1-8b-instruct", "w4a16", 1, 5.38),
    ("phi-4", "bf16", 1, 27.39),
    ("mixtral-8x7b-instruct-v0.1", "bf16", 2, 43.51),
    ("qwen2.5-7b-instruct", "bf16", 1, 14.25),
    ("qwen2.5-7b-instruct", "bf16", 2, 7.12),
    ("qwen2.5-7b-instruct", "bf16", 4, 3.55),
    ("qwen2.5-7b-instruct", "fp8", 1, 8.14),
    ("qwen2.5-7b-instruct", "w8a8", 1, 8.14),
    ("qwen2.5-72b-instruct", "bf16", 2, 67.8),
    ("llama-3.3-70b-instruct", "fp8", 2, 33.88),
    ("llama-3.3-70b-instruct", "fp8", 4, 16.96),
    ("llama-3.3-70b-instruct", "w8a8", 2, 33.88),
]


@pytest.mark.parametrize(("name", "quant", "gpus", "gib"), MEASURED)
def test_an_estimate_is_what_vllm_loads(name: str, quant: str, gpus: int, gib: float) -> None:
    shape = find_model(name).model  # the shape alone: the catalogue's own measurements are not looked at
    found = weights_of(shape, (), quant, "safetensors")
    allowed = 0.01 if quant in ("bf16", "f32") else 0.02
    assert found.bytes / gpus / GIB == pytest.approx(gib, rel=allowed)
    if not found.exact:
        assert found.low_bytes <= gib * gpus * GIB <= found.high_bytes


@pytest.mark.parametrize(("name", "gib"), [("gpt-oss-20b", 12.8), ("gpt-oss-120b", 60.8)])
def test_experts_alone_are_quantised_in_mxfp4(name: str, gib: float) -> None:
    """The checkpoint sizes of OpenAI's model card; what vLLM loads depends on how it pads them."""
    found = weights_of(find_model(name), (), "mxfp4", "safetensors")
    assert found.bytes / GIB == pytest.approx(gib, rel=0.005)
    assert found.part == "model"


# Ollama makes its own mixes for these: richer than llama.cpp's, or with the output matrix a second time.
RICHER = ("qwen3-", "deepseek-r1-0528", "gemma-3-4b", "phi-4", "gemma-3-12b", "gemma-3-27b")
EXACT = [
    (found, file)
    for found in catalog_models()
    for file in found.files
    if file.exact and file.format == "gguf" and file.part == "model"
    if not any(other.part == "projector" for other in found.files)
]


def test_an_estimate_is_the_size_of_the_file() -> None:
    errors = {}
    for found, file in EXACT:
        estimate = weights_of(found.model, (), file.quant, "gguf")
        errors[found.model.name, file.quant] = estimate.bytes / file.bytes - 1
    plain = {key: error for key, error in errors.items() if not key[0].startswith(RICHER)}
    assert len(plain) > 35
    assert max(map(abs, plain.values())) < 0.02
    assert sum(map(abs, plain.values())) / len(plain) < 0.005
    assert max(errors.values()) < 0.01, "an estimate is never much too large"


def test_the_known_file_comes_before_an_estimate() -> None:
    llama = find_model("llama-3.1-8b-instruct")
    assert weights_of(llama, (), "q4_k_m", "gguf").bytes == 4_920_738_944
    assert weights_of(llama.model, llama.files, "Q4_K_M", "gguf").exact
    whole = weights_of(llama, (), "bf16", "safetensors")
    assert (whole.bytes, whole.part, whole.exact) == (2 * 8_030_261_248, "model", True)
    own = replace(whole, bytes=14 * GIB, low_bytes=14 * GIB, high_bytes=14 * GIB)
    assert weights_of(llama, (own,), "bf16", "safetensors").bytes == 14 * GIB


@pytest.mark.parametrize(
    ("name", "quant", "gib"),
    [
        ("llama-3.1-8b-instruct", "w4a16", 5.38),
        ("gemma-3-12b-it", "bf16", 23.31),
        ("deepseek-v2-lite-chat", "bf16", 29.43),
    ],
)
def test_what_an_engine_loaded_counts_where_the_shape_does_not_explain_it(
    name: str, quant: str, gib: float
) -> None:
    found = weights_of(find_model(name), (), quant, "safetensors")
    assert found.part == "loaded weights"
    assert found.bytes == round(gib * GIB)
    assert not found.exact


def test_a_rounded_size_is_made_precise_within_its_bounds() -> None:
    found = weights_of(find_model("llama-3-8b-instruct"), (), "F16", "gguf")  # published as "16 GB"
    assert (found.low_bytes, found.high_bytes) == (15_500_000_000, 16_500_000_000)
    assert found.bytes == pytest.approx(2 * 8_030_261_248, rel=0.001)


def test_a_projector_is_loaded_too() -> None:
    moondream = weights_of(find_model("moondream"), (), "Q4_0", "gguf")
    assert moondream.part == "model+projector"
    assert moondream.bytes == pytest.approx(828_000_000 + 909_777_984, rel=0.01)


def test_whole_files_have_more_bits_than_their_name_says() -> None:
    assert bits_per_weight("Q4_K_M", "gguf") == pytest.approx(4.89, abs=0.02)
    assert bits_per_weight("w4a16", "safetensors") == pytest.approx(5.76, rel=0.01)
    assert bits_per_weight("bf16", "safetensors") == 16


@pytest.mark.parametrize(
    ("word", "weight_format", "meant"),
    [
        ("q8_0", "gguf", "Q8_0"),
        ("fp16", "gguf", "F16"),
        ("AWQ", "safetensors", "w4a16"),
        ("mxfp4", "gguf", "MXFP4"),
    ],
)
def test_quantisations_are_known_as_others_write_them(word: str, weight_format: str, meant: str) -> None:
    assert canonical_quant(word, weight_format) == meant


def test_an_unknown_quantisation_or_type_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        weights_of(find_model("llama3"), (), "Q4_K_X", "gguf")
    assert "Q4_K_" in caught.value.hint
    with pytest.raises(UsageError):
        row_bytes("Q4_9", 32)


@given(st.sampled_from(sorted(GGML_TYPES)), st.integers(1, 100_000))
def test_a_row_is_whole_blocks_and_no_more(name: str, elements: int) -> None:
    kind = GGML_TYPES[name]
    size = row_bytes(name, elements)
    assert size % kind.block_bytes == 0
    assert 0 <= size - elements * kind.bits / 8 < kind.block_bytes


@pytest.mark.parametrize(
    ("name", "bits"),
    [
        *[("Q8_0", 8.5), ("Q4_0", 4.5), ("Q6_K", 6.5625), ("Q3_K", 3.4375), ("IQ1_S", 1.5625), ("MXFP4", 4.25)],
        *[("NVFP4", 4.5), ("TQ1_0", 1.6875), ("Q1_0", 1.125), ("Q2_0", 2.25), ("IQ2_S", 2.5625), ("IQ4_XS", 4.25)],
    ],
)
def test_types_have_the_bits_of_the_ggml_constants(name: str, bits: float) -> None:
    assert GGML_TYPES[name].bits == bits
