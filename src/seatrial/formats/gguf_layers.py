"""What each layer of a GGUF file caches, as llama.cpp allocates it: K and V by head, windows, recurrent states."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.domain.model import LayerGroup, LayerKind
from seatrial.formats.keys import MOST_LAYERS, Keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seatrial.formats.gguf import Tensor

_STATE_BYTES = 4  # llama.cpp keeps both parts of a recurrent state in 32 bits
_RHYTHM = {
    "gemma2": 2,
    "gpt-oss": 2,
    "gptoss": 2,
    "gemma3": 6,
    "gemma3n": 5,
    "gemma4": 6,
    "cohere2": 4,
    "llama4": 4,
    "exaone4": 4,
    "olmo2": 4,
}
"""Every so many-th layer attends in full (`set_swa_pattern` in llama.cpp); a key in the file wins."""
_CHUNK = {"llama4": 8192}
_RECURRENT = ("ssm_", "shortconv.", "time_mix_")


def groups_of(keys: Keys, architecture: str, tensors: Mapping[str, Tensor]) -> tuple[LayerGroup, ...]:
    """The layers that cache anything, grouped by how. Layers of a draft head are left out."""
    layers = keys.positive("block_count", most=MOST_LAYERS) - keys.count("nextn_predict_layers", default=0)
    names = _by_layer(tensors)
    counted: Counter[LayerGroup] = Counter()
    shared_from = layers - keys.count("attention.shared_kv_layers", default=0)
    for index in range(layers):
        found = names.get(index, set())
        if any(name.startswith(_RECURRENT) for name in found):
            counted[_recurrent(keys, found)] += 1
        if _attends(keys, index, found):
            counted[_attention(keys, architecture, index, shared=index >= shared_from > 0)] += 1
    return tuple(replace(group, layers=times) for group, times in counted.items())


def _by_layer(tensors: Mapping[str, Tensor]) -> dict[int, set[str]]:
    """The names of each layer's tensors, without their `blk.N.`."""
    found: dict[int, set[str]] = {}
    for name in tensors:
        block, _, rest = name.removeprefix("blk.").partition(".")
        if name.startswith("blk.") and block.isdecimal() and len(block) < 6:
            found.setdefault(int(block), set()).add(rest)
    return found


def _attends(keys: Keys, index: int, names: set[str]) -> bool:
    """Whether the layer keeps keys: gated delta nets too have projections named attn_."""
    if not any(name.startswith("attn_") and "norm" not in name for name in names):
        return False
    if "attn_gate.weight" in names and any(name.startswith("ssm_") for name in names):
        return False
    return _of_layer(keys, "attention.head_count_kv", index, 1) > 0


def _of_layer(keys: Keys, name: str, index: int, default: int | None = None) -> int:
    """A key that is one number, or one per layer."""
    value = keys.given(name)
    if isinstance(value, tuple):
        return Keys({name: value[index] if index < len(value) else None}, keys.where).count(name, default=default)
    return keys.count(name, default=default)


def _attention(keys: Keys, architecture: str, index: int, *, shared: bool) -> LayerGroup:
    heads = _of_layer(keys, "attention.head_count", index)
    rank = keys.count("attention.kv_lora_rank", default=0)
    if rank and keys.given("attention.key_length_mla") is not None:  # older files are run without the latent cache
        return LayerGroup("mla", 1, heads, 1, rank + keys.count("rope.dimension_count", default=64), 0)
    kv_heads = _of_layer(keys, "attention.head_count_kv", index, heads)
    window = _window(keys, architecture, index)
    plain = keys.positive("embedding_length") // max(heads, 1)
    swa = "_swa" if window and keys.given("attention.key_length_swa") is not None else ""
    key_dim = keys.positive(f"attention.key_length{swa}", default=max(plain, 1))
    value_dim = keys.positive(f"attention.value_length{swa}", default=max(plain, 1))
    kind: LayerKind = "shared" if shared else "sliding" if window else "full"
    return LayerGroup(kind, 1, heads, kv_heads, key_dim, value_dim, window_tokens=window)


def _window(keys: Keys, architecture: str, index: int) -> int | None:
    """The tokens the layer keeps, or None where it keeps all."""
    window = keys.count("attention.sliding_window", "attention.chunk_size", default=_CHUNK.get(architecture, 0))
    pattern = keys.given("attention.sliding_window_pattern")
    if not window or window >= keys.positive("context_length", default=2**20):
        return None
    if isinstance(pattern, tuple):
        return window if index < len(pattern) and pattern[index] else None
    every = pattern if isinstance(pattern, int) and pattern > 0 else _RHYTHM.get(architecture)
    return window if every and (index + 1) % every else None


def _recurrent(keys: Keys, names: set[str]) -> LayerGroup:
    """`n_embd_r` and `n_embd_s` of llama.cpp's hyperparameters: the convolution's window and the running state."""
    hidden = keys.positive("embedding_length")
    if any(name.startswith("shortconv.") for name in names):
        return _state(hidden * (keys.positive("shortconv.l_cache", default=3) - 1), 0)
    head = keys.count("wkv.head_size", default=0)
    if head:
        return _state(2 * hidden, hidden * head)
    kernel = keys.positive("ssm.conv_kernel", default=4)
    kda = keys.count("kda.head_dim", default=0)
    if kda:
        inner = keys.positive("attention.head_count") * kda
        return _state(3 * inner * (kernel - 1), inner * kda)
    inner, state = keys.positive("ssm.inner_size"), keys.positive("ssm.state_size")
    mixed = inner + 2 * keys.count("ssm.group_count", default=0) * state
    return _state(mixed * (kernel - 1), inner * state)


def _state(convolution: int, running: int) -> LayerGroup:
    return LayerGroup("recurrent", 1, state_bytes=(convolution + running) * _STATE_BYTES)
