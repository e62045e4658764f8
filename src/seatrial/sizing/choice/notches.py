"""The values that a change may try, mildest first, and the steps between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.sizing.memory.kv import splits

if TYPE_CHECKING:
    from seatrial.domain.hardware import Gpu
    from seatrial.domain.model import Model
    from seatrial.domain.plan import Demand, Layout, SettingValue

MOST_UTILIZATION = 0.95
UTILIZATION_NOTCH = 0.01
SEQUENCES_NOTCH = 8
FEWEST_SEQUENCES = 16
TOKENS_NOTCH = 256
FEWEST_TOKENS = 512
SHORTEST_CONTEXT = 256
CELLS_NOTCH = 256
_FP8_FROM = (8, 9)
FP8_AMD = ("gfx942", "gfx950")


def needed_tokens(layout: Layout, demand: Demand | None) -> float:
    """The context below which requests of the demand are cut: its lengths, two deviations above the mean."""
    if demand is None:
        return layout.max_model_len / 2
    return min(layout.max_model_len - 1, (demand.input_tokens + demand.output_tokens) * (1 + 2 * demand.cv))


def offered(demand: Demand | None, least: int) -> int:
    """The users of a closed loop, at least `least`: what max_num_seqs must hold."""
    return max(least, demand.concurrency or least) if demand else least


def down(start: int, least: int, notch: int) -> list[SettingValue]:
    """Multiples of `notch` from the largest up to `start` down to `least`."""
    return [*range(start // notch * notch, least - 1, -notch)]


def small_kv(layout: Layout) -> list[SettingValue]:
    """The 8-bit format of the KV cache, where the engine and the GPU have one and the cache is wider."""
    if layout.engine != "vllm":
        return ["q8_0"] if layout.kv_dtype in {"f16", "bf16", "f32"} else []
    return ["fp8"] if layout.kv_dtype in {"bfloat16", "float16", "float32"} and _has_fp8(layout.gpu) else []


def _has_fp8(gpu: Gpu) -> bool:
    """Whether vLLM can keep and read an FP8 cache on it: Ada, Hopper and later; MI300 and later."""
    word = gpu.capability or ""
    parts = word.split(".")
    if all(part.isdigit() for part in parts) and len(parts) == 2:
        return (int(parts[0]), int(parts[1])) >= _FP8_FROM
    return word in FP8_AMD


def more_ranks(model: Model, layout: Layout) -> list[SettingValue]:
    """Larger numbers of GPUs that the engine can divide the model over."""
    ranks = (2, 4, 8)
    return [n for n in ranks if n > layout.tensor_parallel and (layout.engine != "vllm" or splits(model, n))]
