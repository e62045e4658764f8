"""What vLLM takes off its share of a GPU before the rest becomes KV cache.

At start it runs one dummy batch of T = max_num_batched_tokens and samples S = max_num_seqs sequences; the peak of
that run is never given to the cache. With h hidden width, I feed-forward width, V vocabulary (padded to 64):

    activation = constant + max(sampling, forward) + experts + encoder
    sampling   = a x S x V x 4 B + S x V x (dtype - 2) B + b x T x h x dtype
    forward    = T x 3 I / TP x dtype + c x T x h x dtype      (+ the 8-bit copy of the input, if quantised)
    experts    = T x experts per token x (max(I, h) + max(2 I, h)) x 2 B   (the fused kernel's two workspaces)
    encoder    = T x h x dtype                                        (a model that sees: one full encoder cache)

a, b, c and the constant are fitted per minor version (`catalog/data/memory_coefficients.csv`). "Non-torch" is what
CUDA and NCCL allocate beside PyTorch; the graphs are taken off since 0.21 only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.values import Range
from seatrial.sizing.memory.ranges import within
from seatrial.sizing.memory.vllm_weights import EIGHT_BIT, element_bytes
from seatrial.sizing.widths import padded
from seatrial.units import GIB

if TYPE_CHECKING:
    from seatrial.catalog.engine_memory import VllmMemory
    from seatrial.domain.model import Model
    from seatrial.domain.plan import Layout

KNOWN_GPUS = frozenset({"H100 SXM"})
"""Where the coefficients were fitted; elsewhere the non-torch part is less sure."""
UNSEEN_ATTENTION = frozenset({"mla", "recurrent"})
"""Kinds of attention whose peak is in no log the fit has seen: their prefill kernels keep more."""
ALL_SIZES = 51
"""Batch sizes that are captured from 256 sequences on: 1, 2, 4, by 8 up to 256, by 16 up to 512."""
KNOWN_RANKS = frozenset({1, 2, 4})
ODD_VOCABULARY_GIB = 0.25
"""Both Granite logs show 0.21 GiB more than all others. Only their vocabulary, 49155, is odd; why is not known."""
_WHOLE_CONTEXT_LIMIT = 32768  # from here on V0 chunked its prompts


class Peak(NamedTuple):
    """The peak of the dummy run on the last stage, which samples: its parts in bytes."""

    constant: float
    sampling: float
    forward: float
    experts: float
    encoder: float

    @property
    def bytes(self) -> float:
        """The whole: of sampling and forward the larger, for one begins when the other is over."""
        return self.constant + max(self.sampling, self.forward) + self.experts + self.encoder


def activation_peak(model: Model, layout: Layout, given: VllmMemory) -> Peak:
    """What the activations of the dummy batch take at their peak."""
    tokens = profiled_tokens(layout, given)
    logits = min(layout.max_num_seqs, tokens) * padded(model.vocabulary, 64)
    unit = element_bytes(layout.dtype)
    hidden = tokens * model.hidden * unit
    copies = matrices_kept(model) * feed_forward_width(model) / layout.tensor_parallel
    inner = tokens * copies * unit + eight_bit_bytes(model, layout, tokens)
    return Peak(
        constant=given.constant_gib * GIB,
        sampling=given.logits_factor * logits * 4 + logits * (unit - 2) + given.hidden_factor * hidden,
        forward=inner + given.mlp_hidden_factor * hidden,
        experts=expert_bytes(model, layout, tokens),
        encoder=hidden if model.extra_parameters else 0.0,
    )


def profiled_tokens(layout: Layout, given: VllmMemory) -> int:
    """Tokens of the dummy batch: V0 took a whole context where it did not chunk prompts."""
    if given.profile_whole_context and layout.max_model_len <= _WHOLE_CONTEXT_LIMIT:
        return max(layout.max_num_batched_tokens, layout.max_model_len)
    return layout.max_num_batched_tokens


def feed_forward_width(model: Model) -> int:
    """The widest feed-forward that every token passes: a dense layer's, or that of shared experts."""
    experts = model.experts
    dense = model.ffn if experts is None or experts.layers < model.layers else 0
    return max(dense, experts.shared_ffn if experts else 0)


def matrices_kept(model: Model) -> int:
    """Vectors of that width which are kept at once for each token."""
    return 3 if model.gated_ffn else 2


def eight_bit_bytes(model: Model, layout: Layout, tokens: int) -> float:
    """The 8-bit copy of a layer's inputs; nothing where the weights are not multiplied in 8 bits."""
    if layout.weights.quant not in EIGHT_BIT:
        return 0.0
    return tokens * (feed_forward_width(model) / layout.tensor_parallel + model.hidden)


def expert_bytes(model: Model, layout: Layout, tokens: int) -> float:
    """The workspaces of the fused expert kernel; the MXFP4 kernels need none that outlives a layer."""
    experts = model.experts
    if experts is None or layout.weights.quant == "mxfp4":
        return 0.0
    width = experts.ffn / layout.tensor_parallel
    return tokens * experts.per_token * (max(width, model.hidden) + max(2 * width, model.hidden)) * 2.0


def activation(model: Model, layout: Layout, given: VllmMemory) -> Range:
    """The peak of the activations, in bytes, wider where no log of the fit is like it."""
    spread = given.activation_spread if layout.gpu.name in KNOWN_GPUS else max(0.02, given.activation_spread)
    if model.experts is not None:
        spread += 0.01  # four models only, each with another kernel
    if any(group.kind in UNSEEN_ATTENTION for group in model.attention):
        spread = max(0.1, spread)
    return within(activation_peak(model, layout, given).bytes, spread, 0.005 * GIB)


def non_torch(model: Model, layout: Layout, given: VllmMemory) -> Range:
    """What CUDA and, with several ranks, NCCL allocate."""
    ranks = layout.tensor_parallel
    value = given.non_torch_gib
    if ranks > 1:
        value += given.tp_gib + ranks * given.tp_rank_gib + ranks * model.layers * given.tp_rank_layer_gib
    known = layout.gpu.name in KNOWN_GPUS and ranks in KNOWN_RANKS
    spread = given.non_torch_spread_gib if known else max(0.15 if ranks == 1 else 0.5, given.non_torch_spread_gib)
    near = within(value * GIB, 0.0, spread * GIB)
    odd = ODD_VOCABULARY_GIB * GIB if model.vocabulary % 8 else 0.0
    return Range(near.value, near.low, near.high + odd)


def graphs(model: Model, layout: Layout, given: VllmMemory) -> Range:
    """CUDA graphs as they are captured, one per batch size: wide (measured 0.5 to 1.9 GiB); nothing where off."""
    if not layout.cuda_graphs or layout.gpu.vendor == "CPU":
        return Range.exact(0.0)
    experts = model.experts
    width = max(model.ffn, experts.shared_ffn if experts else 0) / layout.tensor_parallel
    value = (
        given.graph_gib
        + given.graph_layer_gib * model.layers / layout.pipeline_parallel
        + given.graph_hidden_gib * model.hidden / 1000
        + given.graph_ffn_gib * width / 10_000
        + (given.graph_moe_gib if experts else 0.0)
    ) * (captured_sizes(layout) / ALL_SIZES)
    # Of recurrent layers the profiler charges a transient as graphs since 0.26 (vllm issue 50780).
    unsure = experts is not None or any(group.kind == "recurrent" for group in model.attention)
    return within(value * GIB, 0.5 if unsure else 0.15, 0.05 * GIB)


def captured_sizes(layout: Layout) -> int:
    """How many batch sizes get a graph: up to twice max_num_seqs, at most 512."""
    largest = min(2 * layout.max_num_seqs, 512, layout.max_num_batched_tokens)
    fine = sum(size <= largest for size in (1, 2, 4))
    return fine + len(range(8, min(largest + 1, 256), 8)) + len(range(256, largest + 1, 16))
