"""A model: its shape as the planner needs it, the files its weights come in, and what to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LayerKind = Literal["full", "sliding", "mla", "recurrent", "shared"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a figure was read and when. `unverified` names the fields that rest on memory or on an older table."""

    text: str
    checked: str | None = None
    unverified: tuple[str, ...] = ()


UNSOURCED = Source("")


@dataclass(frozen=True, slots=True)
class LayerGroup:
    """`layers` decoder layers that attend alike. All that the KV cache depends on is here.

    full: every token is kept. sliding: the last `window_tokens` are. mla: one latent vector of `key_dim` (rank plus
    rotary part) per token and layer, the same on every tensor-parallel rank; `value_dim` is 0.
    recurrent: `state_bytes` per layer and sequence, however long. shared: reads another layer's cache.
    """

    kind: LayerKind
    layers: int
    heads: int = 0
    kv_heads: int = 0
    key_dim: int = 0
    value_dim: int = 0
    window_tokens: int | None = None
    state_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Experts:
    """The routed experts of each of `layers` layers, and the `shared_ffn` width that every token passes."""

    count: int
    per_token: int
    ffn: int
    layers: int
    shared_ffn: int = 0


@dataclass(frozen=True, slots=True)
class Model:
    """The shape of a model. Counts are parameters, embeddings included, tied matrices once.

    `extra_parameters` are those outside the text decoder (vision tower, projector); they are in `parameters` too.
    `ffn` is the dense feed-forward width (0: none), `gated_ffn` whether it has the third matrix (SwiGLU and kin).
    `context_tokens` is the longest context the model was made for.
    """

    name: str
    family: str
    architecture: str
    parameters: int
    active_parameters: int
    layers: int
    hidden: int
    heads: int
    ffn: int
    vocabulary: int
    context_tokens: int
    attention: tuple[LayerGroup, ...]
    tied_embeddings: bool = False
    gated_ffn: bool = True
    experts: Experts | None = None
    extra_parameters: int = 0
    source: Source = UNSOURCED

    @property
    def embedding_parameters(self) -> int:
        """The input embedding: held in memory, but one row is read per token."""
        return self.vocabulary * self.hidden

    @property
    def expert_parameters(self) -> int:
        """Parameters of all routed experts; 0 in a dense model."""
        if self.experts is None:
            return 0
        matrices = 3 if self.gated_ffn else 2
        return self.experts.layers * self.experts.count * matrices * self.hidden * self.experts.ffn


WeightFormat = Literal["gguf", "safetensors"]
WeightPart = Literal["model", "projector", "model+projector", "loaded weights", "reference", "given"]


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of a model in one quantisation: their size in memory before any splitting.

    `quant` is the engine's word: Q4_K_M, F16 (gguf); bf16, fp8, w8a8, w4a16, mxfp4 (safetensors).
    `low_bytes` and `high_bytes` bound a published, rounded size; an exact one has the three equal.
    `part` "given": what the engine holds in all, fixed by the user; it is divided and nothing is added.
    `tensor_bytes`: (tensor type, bytes) from the header, when one was read. `tag` is Ollama's name for it.
    """

    model: str
    format: WeightFormat
    quant: str
    bytes: int
    low_bytes: int
    high_bytes: int
    part: WeightPart = "model"
    tag: str | None = None
    tensor_bytes: tuple[tuple[str, int], ...] = ()
    embedding_bytes: int | None = None
    source: Source = UNSOURCED

    @property
    def exact(self) -> bool:
        return self.low_bytes == self.high_bytes


@dataclass(frozen=True, slots=True)
class Card:
    """What to know before choosing. `scores` are (benchmark, percent); prompts differ, so do not rank by them."""

    model: str
    repository: str | None
    tag: str | None
    licence: str
    commercial_use: Literal["yes", "conditions", "no"]
    gated: bool | None
    tunable: bool | None
    modalities: tuple[str, ...]
    languages: tuple[str, ...]
    capabilities: tuple[str, ...]
    released: str | None
    scores: tuple[tuple[str, float], ...]
    ethics: str
    notes: str
    source: Source


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """One model of the catalogue: its shape, its card, and the files that are known of it."""

    model: Model
    card: Card
    files: tuple[Weights, ...] = ()
