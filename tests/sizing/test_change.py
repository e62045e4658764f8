from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from seatrial.domain.hardware import Gpu
from seatrial.domain.model import LayerGroup, Model, Weights
from seatrial.domain.plan import Change, Demand, Layout
from seatrial.domain.values import Range
from seatrial.sizing.choice.change import smallest_change
from seatrial.sizing.choice.notches import SEQUENCES_NOTCH, TOKENS_NOTCH, UTILIZATION_NOTCH
from seatrial.sizing.memory.layout import memory_of
from tests.sizing.shapes import GIB, GPT_OSS_20B, H100, LLAMA_8B, layout

L4 = Gpu("L4", "NVIDIA", Range(22.03 * GIB, 21.71 * GIB, 22.35 * GIB), 300e9, capability="8.9")
T4 = Gpu("T4", "NVIDIA", Range(14.56 * GIB, 14.12 * GIB, 15.0 * GIB), 320e9, capability="7.5")
A100 = Gpu("A100 80GB PCIe", "NVIDIA", Range(79.2 * GIB, 79.1 * GIB, 79.3 * GIB), 1935e9, capability="8.0")
MI300X = Gpu("MI300X", "AMD", Range.exact(191.5 * GIB), 5300e9, capability="gfx942")
GPUS = (T4, L4, A100, H100, MI300X)
LLAMA_3B = Model(
    name="llama-3.2-3b-instruct",
    family="llama3.2",
    architecture="LlamaForCausalLM",
    parameters=3_212_749_824,
    active_parameters=3_212_749_824,
    layers=28,
    hidden=3072,
    heads=24,
    ffn=8192,
    vocabulary=128256,
    context_tokens=131072,
    attention=(LayerGroup("full", 28, 24, 8, 128, 128),),
    tied_embeddings=True,
)
ON_L4 = layout(LLAMA_3B, L4, engine_version="0.19.0", max_model_len=131072)
LONG = Demand(100_000, 31_000, rate_per_s=0.01)
FP8 = Weights("llama-3.1-8b-instruct", "safetensors", "fp8", 9_080_000_000, 9_080_000_000, 9_080_000_000)


def changed(
    model: Model, told: Layout, demand: Demand | None = None, files: tuple[Weights, ...] = ()
) -> Change | None:
    return smallest_change(model, told, demand, GPUS, files)


def applied(told: Layout, change: Change) -> Layout:
    """The layout with that change made."""
    after = {gpu.name: gpu for gpu in GPUS}[str(change.after)] if change.flag == "gpu" else change.after
    made: Layout = replace(told, **{change.flag: after})  # type: ignore[arg-type]
    return made


def test_3b_with_its_whole_context_on_an_l4() -> None:
    """Refused as the engine would; the change is the longest context that runs, to the token."""
    memory = memory_of(LLAMA_3B, ON_L4)
    assert not memory.fits
    change = changed(LLAMA_3B, ON_L4)
    assert change is not None
    assert (change.flag, change.before) == ("max_model_len", 131072)
    assert change.after == memory.kv_tokens  # what the pool holds, in whole blocks
    assert memory_of(LLAMA_3B, applied(ON_L4, change)).fits
    assert not memory_of(LLAMA_3B, replace(ON_L4, max_model_len=int(change.after) + 1)).fits


def test_a_context_that_the_demand_needs_is_kept_and_idle_memory_used_instead() -> None:
    change = changed(LLAMA_3B, ON_L4, LONG)
    assert change == Change("gpu_memory_utilization", 0.9, 0.95)


def test_the_kv_cache_shrinks_only_where_the_gpu_can_read_it() -> None:
    full = replace(ON_L4, gpu_memory_utilization=0.95, max_model_len=200_000)
    longer = replace(LONG, input_tokens=150_000, output_tokens=49_000)
    assert changed(LLAMA_3B, full, longer) == Change("kv_dtype", "bfloat16", "fp8")
    ampere = replace(full, gpu=replace(L4, capability="8.6"))
    assert changed(LLAMA_3B, ampere, longer) == Change("tensor_parallel", 1, 2)


def test_another_file_comes_before_more_hardware() -> None:
    small = replace(T4, capability="8.9")
    told = layout(LLAMA_8B, small, engine_version="0.19.0", gpu_memory_utilization=0.95)
    assert changed(LLAMA_8B, told, None, (FP8, replace(FP8, quant="w4a16", bytes=5_800_000_000))) == Change(
        "quant", "bf16", "fp8"
    )
    assert changed(LLAMA_8B, told) == Change("tensor_parallel", 1, 2)


def test_a_larger_gpu_that_cannot_compute_so_is_no_way_out() -> None:
    volta = replace(A100, name="V100 32GB SXM", memory_bytes=Range.exact(31.7 * GIB), capability="7.0", bf16=False)
    told = layout(replace(LLAMA_8B, heads=33), T4, engine_version="0.19.0")
    assert smallest_change(replace(LLAMA_8B, heads=33), told, None, (volta, A100), ()) == Change(
        "gpu", "T4", "A100 80GB PCIe"
    )


def test_ranks_that_do_not_divide_the_kv_heads_are_no_way_out() -> None:
    """phi-4 on an L4: two ranks are too few, and vLLM refuses four and eight with its 10 KV heads."""
    phi = replace(
        LLAMA_8B, parameters=25_000_000_000, heads=40, attention=(LayerGroup("full", 40, 40, 10, 128, 128),)
    )
    told = layout(phi, L4, engine_version="0.19.0")
    assert smallest_change(phi, told, None, (L4, A100), ()) == Change("gpu", "L4", "A100 80GB PCIe")


def test_the_least_memory_that_runs_when_ranks_do_not_help() -> None:
    odd = replace(LLAMA_8B, heads=33)  # no number of ranks divides it
    told = layout(odd, T4, engine_version="0.19.0", gpu_memory_utilization=0.95)
    assert changed(odd, told) == Change("gpu", "T4", "L4")


def test_llamacpp_gives_up_slots_then_precision_then_layers() -> None:
    file = Weights("llama-3.1-8b-instruct", "gguf", "Q4_K_M", 4_920_738_944, 4_920_738_944, 4_920_738_944)
    told = layout(
        LLAMA_8B, T4, engine="llama.cpp", engine_version="b11434", weights=file, kv_dtype="f16",
        max_num_seqs=8, max_num_batched_tokens=512, max_model_len=16384, gpu_memory_utilization=1.0,
    )  # fmt: skip
    big = replace(file, bytes=10**11, low_bytes=10**11, high_bytes=10**11)
    needs = Demand(15000, 1000, rate_per_s=0.1)
    slots = changed(LLAMA_8B, told, needs)
    assert slots is not None
    assert slots.flag == "max_num_seqs"
    busy = replace(needs, rate_per_s=None, concurrency=8)
    assert smallest_change(LLAMA_8B, replace(told, max_num_seqs=7), busy, (), ()) == Change(
        "kv_dtype", "f16", "q8_0"
    )
    large = replace(told, kv_dtype="q8_0", max_model_len=131072, max_num_seqs=2, tensor_parallel=8, weights=big)
    last = smallest_change(LLAMA_8B, large, Demand(120_000, 11_000, concurrency=2), (), ())
    assert last is not None
    assert (last.flag, last.before) == ("gpu_layers", "all")
    assert memory_of(LLAMA_8B, applied(large, last)).fits


def test_nothing_is_proposed_for_what_runs_and_none_where_nothing_helps() -> None:
    assert changed(LLAMA_8B, layout(LLAMA_8B)) is None
    hopeless = replace(ON_L4, weights=replace(ON_L4.weights, bytes=10**13, low_bytes=10**13, high_bytes=10**13))
    assert changed(LLAMA_3B, hopeless) is None


MILDER = {"max_model_len": 1, "max_num_seqs": SEQUENCES_NOTCH, "max_num_batched_tokens": TOKENS_NOTCH}


@given(
    model=st.sampled_from([LLAMA_3B, LLAMA_8B, GPT_OSS_20B]),
    gpu=st.sampled_from([T4, L4]),
    context=st.integers(256, 131072),
    sequences=st.sampled_from([8, 64, 256, 1024]),
    tokens=st.sampled_from([512, 2048, 8192, 16384]),
    share=st.sampled_from([0.5, 0.7, 0.8, 0.9]),
    asked=st.none() | st.integers(1000, 100_000),
)
def test_a_change_makes_it_run_and_one_notch_less_does_not(
    *, model: Model, gpu: Gpu, context: int, sequences: int, tokens: int, share: float, asked: int | None
) -> None:
    told = layout(
        model, gpu, engine_version="0.19.0", max_model_len=context, max_num_seqs=sequences,
        max_num_batched_tokens=tokens, gpu_memory_utilization=share,
    )  # fmt: skip
    demand = Demand(asked, 100, rate_per_s=1.0) if asked else None
    change = changed(model, told, demand)
    if change is None:
        return
    assert not memory_of(model, told).fits
    assert memory_of(model, applied(told, change)).fits
    if change.flag in MILDER:
        less = replace(change, after=int(change.after) + MILDER[change.flag])
        assert int(less.after) >= int(change.before) or not memory_of(model, applied(told, less)).fits
    if change.flag == "gpu_memory_utilization":
        less = replace(change, after=float(change.after) - UTILIZATION_NOTCH)
        assert not memory_of(model, applied(told, less)).fits
