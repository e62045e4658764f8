"""The header of a safetensors file: what its tensors take, by number format. The weights are never read.

Layout as in the safetensors README: eight bytes of length, then a JSON object of tensors.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatrial.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_MOST_HEADER_BYTES = 100_000_000  # the reference reader's own limit
MOST_SHARDS = 1000
_BITS = {
    "BOOL": 8,
    "U8": 8,
    "I8": 8,
    "F8_E4M3": 8,
    "F8_E5M2": 8,
    "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8,
    "F8_E5M2FNUZ": 8,
    "I16": 16,
    "U16": 16,
    "F16": 16,
    "BF16": 16,
    "I32": 32,
    "U32": 32,
    "F32": 32,
    "I64": 64,
    "U64": 64,
    "F64": 64,
    "C64": 64,
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
}
_EMBEDDINGS = (
    "embed_tokens.weight",
    "wte.weight",
    "word_embeddings.weight",
    "embed_in.weight",
    "tok_embeddings.weight",
)


@dataclass(frozen=True, slots=True)
class SafetensorsHeader:
    """What the tensors take: (number format, bytes), largest first; their number; the bytes of the embedding."""

    dtype_bytes: tuple[tuple[str, int], ...]
    tensors: int
    embedding_bytes: int

    @property
    def bytes(self) -> int:
        return sum(size for _, size in self.dtype_bytes)


def read_safetensors(
    read: Callable[[int, int], bytes], size: int, *, unless: Callable[[str], bool] = lambda _: False
) -> SafetensorsHeader:
    """The header of a safetensors file of `size` bytes, of which `read(offset, length)` gives a part.

    Tensors of whose name `unless` is true are checked but not counted. Raises UsageError for what is no such file,
    is cut off, contradicts itself or claims what cannot be.
    """
    start = read(0, 8)
    length = int.from_bytes(start, "little")
    if len(start) < 8 or not 2 <= length <= min(size - 8, _MOST_HEADER_BYTES):
        raise UsageError(
            f"the safetensors header claims {length:,} bytes; the file has {size:,}",
            "this is no safetensors file, or it is cut off",
        )
    text = read(8, length)
    if len(text) < length:
        raise UsageError(f"the safetensors header is cut off at byte {8 + len(text):,}", "fetch the file again")
    return _summed(_parsed(text), size - 8 - length, unless)


def together(headers: Iterable[SafetensorsHeader]) -> SafetensorsHeader:
    """The files of one sharded model as one."""
    shards = list(headers)
    sizes: Counter[str] = Counter()
    for shard in shards:
        sizes.update(dict(shard.dtype_bytes))
    return SafetensorsHeader(
        tuple(sizes.most_common()),
        sum(shard.tensors for shard in shards),
        sum(shard.embedding_bytes for shard in shards),
    )


def shards_of_index(index: Mapping[str, Any]) -> tuple[str, ...]:
    """The files that a model.safetensors.index.json names, in order. Raises UsageError when it is none."""
    weight_map = index.get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise UsageError('model.safetensors.index.json has no "weight_map"')
    names = sorted({str(name) for name in weight_map.values()})
    odd = [name for name in names if "/" in name or "\\" in name or not name.endswith(".safetensors")]
    if odd:
        raise UsageError(f'model.safetensors.index.json names "{odd[0][:60]}", which is no file beside it')
    if len(names) > MOST_SHARDS:
        raise UsageError(f"model.safetensors.index.json names {len(names):,} files, more than any model has")
    return tuple(names)


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError("the safetensors header is not JSON: the file is damaged") from None
    if not isinstance(found, dict):
        raise UsageError("the safetensors header is not a JSON object: the file is damaged")
    return found


def _summed(tensors: Mapping[str, Any], room: int, unless: Callable[[str], bool]) -> SafetensorsHeader:
    sizes: Counter[str] = Counter()
    embedding = counted = taken = 0
    for name, tensor in tensors.items():
        if name == "__metadata__":
            continue
        kind, size = _tensor(name, tensor, room)
        taken += size
        if unless(name):
            continue
        counted += 1
        sizes[kind] += size
        embedding += size if name.endswith(_EMBEDDINGS) else 0
    if taken > room:
        raise UsageError("the tensors of the safetensors header overlap: the file is damaged")
    return SafetensorsHeader(tuple(sizes.most_common()), counted, embedding)


def _tensor(name: str, tensor: Any, room: int) -> tuple[str, int]:
    """Number format and bytes of one tensor, its claims checked against one another and the file."""
    where = f'tensor "{name[:60]}" of the safetensors header'
    try:
        kind, shape, (begin, end) = tensor["dtype"], tensor["shape"], tensor["data_offsets"]
        whole = isinstance(kind, str) and all(type(n) is int and n >= 0 for n in (*shape, begin, end))
    except (TypeError, KeyError, ValueError):
        whole = False
    if not whole or len(shape) > 64 or any(extent > 2**48 for extent in shape):
        raise UsageError(f"{where} is not described as tensors are: the file is damaged")
    count = 1
    for extent in shape:
        count *= extent
    if end > room:
        raise UsageError(f"{where} ends at byte {end:,} of {room:,}", "the file is cut off")
    if begin > end or (kind in _BITS and -(-count * _BITS[kind] // 8) != end - begin):
        raise UsageError(f"{where} claims {end - begin:,} bytes for {count:,} numbers of {kind[:20]}")
    return kind, end - begin
