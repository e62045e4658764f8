"""Ollama's memory: llama-server underneath, with Ollama's own choice of context and batch on top.

Read in Ollama 0.33 (server/routes.go, server/sched.go, llm/llama_server.go): it starts
`llama-server -c context x parallel -np parallel -b batch -ub batch`, gives no number of layers, and so llama.cpp's
own fit decides what stays on the GPU, with a margin of 1024 MiB.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.catalog.versions import version_key
from seatrial.sizing.memory.llamacpp import llamacpp_memory_of

if TYPE_CHECKING:
    from seatrial.domain.model import Model
    from seatrial.domain.plan import Demand, Layout, Memory

DEFAULT_BATCH = 512
AUTO_BATCH_SINCE = "0.30"
_BATCHES = (
    (32768, 2048, 60, 2048),
    (4096, 1024, 75, 768),
)  # above context: batch, percent of memory, surcharge MiB
_SINGLE = ("mllama", "qwen3vl", "qwen3_vl")
_GIB_SHARE = 80


def ollama_memory_of(model: Model, layout: Layout, demand: Demand | None = None) -> Memory:
    """What the layout takes on each GPU, with the context and batch that Ollama makes of it."""
    return llamacpp_memory_of(model, settled(model, layout), demand)


def settled(model: Model, layout: Layout) -> Layout:
    """The layout as Ollama starts it: context cut to the model's, batch grown with it, one slot for some hybrids.

    A batch other than 512 is taken to be the user's `num_batch` and left alone.
    """
    context = min(layout.max_model_len, model.context_tokens)
    layout = replace(layout, max_model_len=context, max_num_seqs=1 if _is_single(model) else layout.max_num_seqs)
    if layout.max_num_batched_tokens != DEFAULT_BATCH or layout.gpu.vendor == "CPU":
        return layout
    if version_key(layout.engine_version) < version_key(AUTO_BATCH_SINCE):
        return layout
    return replace(layout, max_num_batched_tokens=automatic_batch(model, layout))


def _is_single(model: Model) -> bool:
    """Whether Ollama serves it one request at a time whatever is asked: models with a recurrent state, and some
    that see (qwen3vl, mllama).
    """
    word = model.architecture.lower()
    return any(group.kind == "recurrent" for group in model.attention) or word.startswith(_SINGLE)


def automatic_batch(model: Model, layout: Layout) -> int:
    """512, 1024 or 2048: by context, and lowered where Ollama's own prediction leaves too little memory."""
    context = layout.max_model_len * layout.max_num_seqs
    predicted = predicted_bytes(model, layout)
    free = layout.gpu.memory_bytes.value * layout.gpu_count if layout.gpu.memory_bytes else 0.0
    for above, batch, percent, surcharge_mib in _BATCHES:
        room = free * _GIB_SHARE / 100 - predicted
        if context > above and predicted <= free * percent / 100 and surcharge_mib * 2**20 <= room:
            return batch
    return DEFAULT_BATCH


def predicted_bytes(model: Model, layout: Layout) -> float:
    """What Ollama itself predicts before it starts a model, which decides whether another has to go.

    File + 2 x layers x KV heads x (hidden / heads) x context x 2 B: no KV type, no explicit head size, no window.
    """
    heads = min((group.kv_heads for group in model.attention if group.kv_heads), default=1)
    width = model.hidden // model.heads if model.heads else 0
    tokens = layout.max_model_len * layout.max_num_seqs
    return layout.weights.bytes + 2.0 * model.layers * heads * width * tokens * 2
