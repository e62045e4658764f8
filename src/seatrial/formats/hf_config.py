"""A config.json as the hub has them, read into a Model: its shape, its cache, its parameters counted by shape."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from seatrial.domain.model import Experts, LayerGroup, Model, Source
from seatrial.formats.decoder import Decoder, Layer, context_of, decoder_of, layers_of_decoder
from seatrial.formats.feedforward import Routed, dense, ffn_width, routed_of
from seatrial.formats.keys import Keys
from seatrial.formats.mixers import heads_of
from seatrial.formats.patterns import layers_of
from seatrial.formats.vision import extra_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatrial.formats.traits import Traits


_VOCABULARY = ("vocab_size", "padded_vocab_size")


def model_of_config(config: Mapping[str, Any], name: str) -> Model:
    """The model that a config.json describes.

    Parameters are counted from shapes, embeddings included, tied matrices once. An architecture that is not known
    is read as a dense decoder of the usual kind; `source.text` says so, and names what was estimated. Raises
    UsageError when a key that is needed is missing or absurd.
    """
    outer = Keys(config, f"config.json of {name}")
    decoder = decoder_of(outer)
    keys, traits = decoder.keys, decoder.traits
    hidden = keys.positive("hidden_size", "n_embd", "d_model", most=2**24)
    layers = tuple(layers_of_decoder(decoder, hidden))
    tied, vision, table = _tied(outer, keys, traits), extra_of(outer, hidden), _per_layer_table(keys)
    weights = _around(keys, traits, hidden, tied=tied) + sum(layer.parameters for layer in layers)
    parameters = weights + table + vision.parameters
    experts = _experts(decoder, routed_of(keys, traits), sum(layer.routed for layer in layers))
    return Model(
        name=name,
        family=traits.family or decoder.model_type,
        architecture=_architecture(outer, decoder.model_type),
        parameters=parameters,
        active_parameters=parameters - _unused(experts, hidden, traits),
        layers=len(layers),
        hidden=hidden,
        heads=_heads(keys, layers),
        ffn=0 if experts and experts.layers == len(layers) else ffn_width(keys, traits),
        vocabulary=keys.positive(*_VOCABULARY),
        context_tokens=context_of(keys),
        attention=_groups(layers),
        tied_embeddings=tied,
        gated_ffn=traits.gated,
        experts=experts,
        extra_parameters=table + vision.parameters,
        source=_source(decoder, estimated=vision.estimated),
    )


def _architecture(outer: Keys, model_type: str) -> str:
    names = outer.items("architectures")
    return str(names[0]) if names else model_type


def _tied(outer: Keys, keys: Keys, traits: Traits) -> bool:
    """The outer config's word, else the decoder's, else the architecture's habit."""
    said = [given.get("tie_word_embeddings") for given in (outer.data, keys.data)]
    return next((bool(word) for word in said if word is not None), traits.tied)


def _per_layer_table(keys: Keys) -> int:
    """Gemma's per-layer embeddings: a table that is held in memory, of which a token reads one row."""
    width = keys.count("hidden_size_per_layer_input", default=0)
    rows = keys.positive("vocab_size_per_layer_input", default=keys.positive(*_VOCABULARY))
    return rows * layers_of(keys) * width


def _around(keys: Keys, traits: Traits, hidden: int, *, tied: bool) -> int:
    """Input and output embedding, the last norm, learned positions, and what turns per-layer inputs."""
    vocabulary, layers = keys.positive(*_VOCABULARY), layers_of(keys)
    total = vocabulary * hidden * (1 if tied else 2) + vocabulary * traits.head_bias
    total += hidden * (0 if traits.norms == 0 else 2 if traits.norm_bias else 1)
    total += _positions(keys, traits) * hidden
    width = keys.count("hidden_size_per_layer_input", default=0)
    if width:
        total += hidden * layers * width + width + layers * (2 * hidden * width + hidden)
    return total + (_alternating(keys, hidden, layers) if traits.family == "gemma3n" else 0)


def _positions(keys: Keys, traits: Traits) -> int:
    """Rows of a learned table of positions; nearly every model rotates instead."""
    if traits.family == "opt":
        return context_of(keys) + 2
    return keys.positive("n_positions") if traits.learned_positions else 0


def _alternating(keys: Keys, hidden: int, layers: int) -> int:
    """Gemma 3n's alternating updates and low-rank residuals."""
    inputs, rank = keys.positive("altup_num_inputs", most=64), keys.positive("laurel_rank")
    layer = 3 * hidden + inputs * hidden + inputs**2 + inputs**3 + 2 * hidden * rank
    return layers * layer + 2 * (inputs - 1) * hidden * hidden


def _heads(keys: Keys, layers: Sequence[Layer]) -> int:
    found = max((mixer.group.heads for layer in layers for mixer in layer.mixers), default=0)
    return found or (heads_of(keys) if keys.given("num_attention_heads") is not None else 0)


def _groups(layers: Sequence[Layer]) -> tuple[LayerGroup, ...]:
    counted = Counter(mixer.group for layer in layers for mixer in layer.mixers)
    return tuple(replace(group, layers=times) for group, times in counted.items())


def _experts(decoder: Decoder, routed: Routed | None, layers: int) -> Experts | None:
    if routed is None or not layers:
        return None
    beside = ffn_width(decoder.keys, decoder.traits) if decoder.traits.family == "gemma4" else routed.shared_ffn
    return Experts(routed.count, routed.chosen, routed.ffn, layers, beside)


def _unused(experts: Experts | None, hidden: int, traits: Traits) -> int:
    if experts is None:
        return 0
    one = dense(hidden, experts.ffn, traits, bias=traits.expert_bias)
    return experts.layers * (experts.count - experts.per_token) * one


def _source(decoder: Decoder, *, estimated: bool) -> Source:
    said, doubtful = [decoder.keys.where], []
    if not decoder.known:
        what = f'"{decoder.model_type}"' if decoder.model_type else "no model_type"
        said.append(f"{what} is not a known architecture: read as a dense decoder of the usual kind")
        doubtful += ["parameters", "attention"]
    if decoder.keys.given("index_n_heads") is not None:
        said.append("what it keeps beside the cache to choose tokens by is not counted")
        doubtful += ["attention"]
    if estimated:
        said.append("the parameters outside the text decoder are estimated")
        doubtful += ["extra_parameters"]
    return Source("; ".join(said), unverified=tuple(doubtful))
