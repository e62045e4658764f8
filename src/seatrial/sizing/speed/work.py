"""What one step of an engine has to do, in seconds of hardware at full speed, term by term.

A step's time is the sum of these terms, each times a fitted factor. The factors of bytes and operations are one
over an efficiency; terms that count layers, requests or steps are in microseconds, so their factors read as such.

    weights    dense weights, read once a step / bandwidth
    experts    weights of the distinct experts that the step's tokens pick / bandwidth
    kv         the cache of all sequences in the batch / bandwidth
    compute    operations / peak, as far as reading the weights does not hide them (roofline)
    routing    the part of `compute` that routed experts do: many small matrix products, less efficient
    attention  operations of prompts' attention / peak: what they take beyond `compute`, in which they are counted;
               public rows do not tell it, a calibration does
    comm       two ring all-reduces a layer / link bandwidth
    layers     kernel launches: microseconds a layer
    sync       synchronisation of tensor parallel ranks: microseconds a layer
    requests   sampling and scheduling: microseconds a sequence in the batch
    step       microseconds a step
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from seatrial.sizing.speed.gguf_terms import as_gguf
from seatrial.sizing.speed.reads import (
    BITS16,
    at_once,
    expert_imbalance,
    kv_read_bytes,
    share_of_experts,
    weight_bytes,
)

if TYPE_CHECKING:
    from seatrial.domain.hardware import Gpu
    from seatrial.domain.model import Model, Weights
    from seatrial.domain.plan import Layout

MICROSECOND = 1e-6
HIDDEN, HIDDEN_ROUTED = 0.65, 0.5
"""Seconds of multiplying at peak that one second of reading weights at full bandwidth hides: the ratio of the two
efficiencies, about 0.85 of bandwidth to 0.62 of peak; of routed experts 0.77 to 0.40. Fixed, so that the form stays
linear in its factors, and a little below that ratio: were it above, slower memory would make a step faster."""
FLOPS_PER_BYTE = 35.0
"""Peak operations per byte of bandwidth where a vendor publishes none: Apple's M3 Ultra and M4 Max have 34."""
LINK_BYTES_PER_S = 16e9
"""PCIe 4.0 x8, where the link of a GPU is not known."""
_COMPUTED_IN = {"fp8": "fp8", "fp8-dynamic": "fp8", "w8a8": "int8", "int8-w8a8": "int8", "nvfp4": "fp4"}

Terms = dict[str, float]


@dataclass(frozen=True, slots=True)
class Batch:
    """What is in one step: `sequences` that get a token each, with `context_tokens` of cache each; and of a prompt
    `prompt_tokens`, which attend to `prompt_context` on average.
    """

    sequences: float
    context_tokens: float = 0.0
    prompt_tokens: float = 0.0
    prompt_context: float = 0.0


def step_terms(model: Model, layout: Layout, batch: Batch) -> Terms:
    """Seconds per term of one step."""
    gpu, ranks = layout.gpu, at_once(layout)
    tokens = batch.sequences + batch.prompt_tokens
    weights = weight_bytes(model, layout.weights)
    share = share_of_experts(model, tokens)
    dense_s = weights.dense / (gpu.bandwidth_bytes_per_s * ranks)
    experts_s = weights.experts * share / (gpu.bandwidth_bytes_per_s * ranks)
    done = operations(model, batch)
    peak = peak_flops(gpu, layout.weights) * ranks
    terms = {
        "weights": dense_s,
        "experts": experts_s * (expert_imbalance(model, layout, share) if experts_s else 1.0),
        "kv": batch.sequences * kv_read_bytes(model, layout, batch.context_tokens) / gpu.bandwidth_bytes_per_s,
        "compute": max(0.0, done.dense / peak - HIDDEN * dense_s),
        "routing": max(0.0, done.routed / peak - HIDDEN_ROUTED * experts_s),
        "attention": done.attention / peak,
        "comm": _all_reduce_bytes(model, tokens, ranks) / (gpu.link_bytes_per_s or LINK_BYTES_PER_S),
        "layers": model.layers * MICROSECOND,
        "sync": model.layers * MICROSECOND if ranks > 1 else 0.0,
        "requests": batch.sequences * MICROSECOND,
        "step": MICROSECOND,
    }
    return as_gguf(terms, model, layout) if layout.weights.format == "gguf" else terms


def token_terms(
    model: Model,
    layout: Layout,
    sequences: float,
    input_tokens: float,
    output_tokens: float,
    *,
    prompts: float | None = None,
    cached_tokens: float = 0.0,
) -> Terms:
    """Seconds per term between two tokens of a sequence, of `sequences` that are decoded together.

    A step that decodes, and what prompts of others make longer: `prompts` of them between the first and the last
    token of one answer, one per sequence where not told, in lumps of up to `max_num_batched_tokens`. Of each prompt
    the engine has `cached_tokens` already.
    """
    context = input_tokens + output_tokens / 2
    new = max(1.0, input_tokens - cached_tokens)
    chunks = max(1.0, new / layout.max_num_batched_tokens)
    decode = step_terms(model, layout, Batch(sequences, context))
    mixed = step_terms(model, layout, Batch(sequences, context, new / chunks, input_tokens - new / 2))
    often = (sequences if prompts is None else prompts) * chunks / max(output_tokens - 1.0, 1.0)
    return {name: seconds + often * max(0.0, mixed[name] - seconds) for name, seconds in decode.items()}


def prompt_terms(
    model: Model, layout: Layout, input_tokens: float, sequences: float = 0.0, *, cached_tokens: float = 0.0
) -> Terms:
    """Seconds per term from a prompt's first chunk to its first token, while `sequences` are decoded."""
    new = max(1.0, input_tokens - cached_tokens)
    chunks = max(1.0, new / layout.max_num_batched_tokens)
    batch = Batch(sequences, input_tokens if sequences else 0.0, new / chunks, input_tokens - new / 2)
    return {name: seconds * chunks for name, seconds in step_terms(model, layout, batch).items()}


def arrival_terms(input_tokens: float) -> dict[str, float]:
    """Seconds per term of what a request costs before the engine's first step sees it."""
    return {"arrival": 1e3 * MICROSECOND, "tokenizing": input_tokens * MICROSECOND}


class Operations(NamedTuple):
    """Multiplications and additions of one step, in all layers: of routed experts, and all others.

    `attention`: those of `dense` that are the attention of prompts.
    """

    dense: float
    routed: float
    attention: float


def operations(model: Model, batch: Batch) -> Operations:
    """Matrix products for every token, and the attention of prompts (that of decoding is bound by reading)."""
    tokens = batch.sequences + batch.prompt_tokens
    active = model.active_parameters - model.extra_parameters
    if not model.tied_embeddings:
        active -= model.embedding_parameters
    attended = sum(
        group.layers * group.heads * (group.key_dim + group.value_dim or group.key_dim)
        * min(batch.prompt_context, group.window_tokens or batch.prompt_context)
        for group in model.attention if group.kind != "recurrent"
    )  # fmt: skip
    experts = model.experts
    routed = experts.layers * experts.per_token * 3 * model.hidden * experts.ffn if experts else 0
    attention = 2.0 * batch.prompt_tokens * attended
    return Operations(2.0 * (active - routed) * tokens + attention, 2.0 * routed * tokens, attention)


def peak_flops(gpu: Gpu, weights: Weights) -> float:
    """Dense operations per second in the format that is multiplied: f16 where weights alone are quantised."""
    wanted = _COMPUTED_IN.get(weights.quant, "f16")
    return gpu.flops(wanted) or gpu.flops("f16") or gpu.bandwidth_bytes_per_s * FLOPS_PER_BYTE


def _all_reduce_bytes(model: Model, tokens: float, ranks: int) -> float:
    """Over each rank's link, of two ring all-reduces a layer of the hidden states: 2 (n - 1) / n of their bytes."""
    return 2 * model.layers * tokens * model.hidden * BITS16 * 2 * (ranks - 1) / ranks
