"""The header of a GGUF file, version 2 or 3: its metadata and where its tensors lie. The weights are never read.

Layout as in ggml's `docs/gguf.md`. Headers come from strangers, so every count and length is checked against the
file and against a limit before anything is made of it, and long arrays (vocabularies) are stepped over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatrial.catalog.ggml import GGML_TYPES, row_bytes
from seatrial.errors import UsageError
from seatrial.formats.cursor import Cursor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAGIC = b"GGUF"
_MOST_KEYS = 2**16
_MOST_TENSORS = 2**16
_MOST_NAME_BYTES = 2**16
_MOST_STRINGS = 2**20  # vocabularies have a quarter of that, their merges a half
_KEPT_ITEMS = 4096  # longer arrays are stepped over: what is one number per layer is kept
_KEPT_BYTES = 2**16  # longer strings are stepped over: chat templates
_MOST_DIMENSIONS = 4
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_TYPES = {kind.id: name for name, kind in GGML_TYPES.items()}


@dataclass(frozen=True, slots=True)
class Skipped:
    """A value that was stepped over: an array of so many items, or a string of so many bytes."""

    length: int


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: its dimensions innermost first, as the file has them, and the bytes it takes."""

    name: str
    shape: tuple[int, ...]
    type: str
    bytes: int

    @property
    def elements(self) -> int:
        product = 1
        for extent in self.shape:
            product *= extent
        return product


@dataclass(frozen=True, slots=True)
class Gguf:
    """A header. `metadata` holds numbers, strings, tuples of them, or `Skipped`."""

    version: int
    metadata: Mapping[str, Any]
    tensors: tuple[Tensor, ...]
    header_bytes: int


def read_gguf(read: Callable[[int, int], bytes], size: int) -> Gguf:
    """The header of a GGUF file of `size` bytes, of which `read(offset, length)` gives a part.

    Raises UsageError for what is no GGUF file, is cut off, contradicts itself or claims what cannot be.
    """
    cursor = Cursor(read, size, "the GGUF header")
    if cursor.take(4) != MAGIC:
        raise UsageError("this is not a GGUF file: it does not begin with GGUF")
    version = cursor.number("I")
    if version not in (2, 3):
        what = "is big-endian" if version in (2 << 24, 3 << 24) else f"has version {version}"
        raise UsageError(f"the GGUF file {what}; versions 2 and 3, little-endian, can be read")
    tensor_count = cursor.count("Q", _MOST_TENSORS, "tensors", 24)
    key_count = cursor.count("Q", _MOST_KEYS, "keys", 13)
    metadata = _metadata(cursor, key_count)
    places = [_place(cursor) for _ in range(tensor_count)]
    start = _aligned(cursor.offset, metadata)
    return Gguf(version, metadata, _tensors(places, start, size), start)


def _metadata(cursor: Cursor, count: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(count):
        key = cursor.text(_MOST_NAME_BYTES)
        if key in found:
            raise UsageError(f'the GGUF header has "{key[:60]}" twice')
        found[key] = _value(cursor, cursor.number("I"))
    return found


def _value(cursor: Cursor, kind: int) -> Any:
    if kind in _SCALARS:
        return cursor.number(_SCALARS[kind])
    if kind == _STRING:
        return _string(cursor)
    if kind == _ARRAY:
        return _array(cursor)
    raise UsageError(f"the GGUF header has a value of unknown type {kind} before byte {cursor.offset}")


def _string(cursor: Cursor) -> str | Skipped:
    length = cursor.count("Q", cursor.size, "bytes in a string", 1)
    if length <= _KEPT_BYTES:
        return cursor.take(length).decode("utf-8", "replace")
    cursor.skip(length)
    return Skipped(length)


def _array(cursor: Cursor) -> tuple[Any, ...] | Skipped:
    kind = cursor.number("I")
    if kind == _STRING:
        return _strings(cursor)
    if kind not in _SCALARS:
        raise UsageError(f"the GGUF header has an array of type {kind}, which engines do not read")
    code = _SCALARS[kind]
    length = cursor.count("Q", cursor.size, "numbers in an array", cursor.width(code))
    if cursor.keeps(length, _KEPT_ITEMS):
        return tuple(cursor.number(code) for _ in range(length))
    cursor.skip(length * cursor.width(code))
    return Skipped(length)


def _strings(cursor: Cursor) -> tuple[str | Skipped, ...] | Skipped:
    length = cursor.count("Q", _MOST_STRINGS, "strings in an array", 8)
    if cursor.keeps(length, _KEPT_ITEMS):
        return tuple(_string(cursor) for _ in range(length))
    cursor.skip_strings(length)
    return Skipped(length)


def _place(cursor: Cursor) -> tuple[str, tuple[int, ...], int, int]:
    """Name, dimensions, type number and offset of one tensor."""
    name = cursor.text(_MOST_NAME_BYTES)
    dimensions = cursor.count("I", _MOST_DIMENSIONS, f'dimensions of "{name[:60]}"', 8)
    shape = tuple(cursor.number("Q") for _ in range(dimensions))
    return name, shape, cursor.number("I"), cursor.number("Q")


def _aligned(offset: int, metadata: Mapping[str, Any]) -> int:
    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or not 1 <= alignment <= 2**20:
        raise UsageError("the GGUF header has an impossible general.alignment")
    return -(-offset // alignment) * alignment


def _tensors(places: list[tuple[str, tuple[int, ...], int, int]], start: int, size: int) -> tuple[Tensor, ...]:
    """The tensors, each of a known type and within the file."""
    found: dict[str, Tensor] = {}
    for name, shape, kind, offset in places:
        if kind not in _TYPES:
            raise UsageError(f'tensor "{name[:60]}" is of type {kind}, which is not known', "a newer seatrial may")
        if name in found:
            raise UsageError(f'the GGUF header has tensor "{name[:60]}" twice')
        found[name] = _tensor(name, shape, _TYPES[kind], start + offset, size)
    return tuple(found.values())


def _tensor(name: str, shape: tuple[int, ...], kind: str, begin: int, size: int) -> Tensor:
    rows = 1
    for extent in shape[1:]:
        rows *= extent
    length = rows * row_bytes(kind, shape[0]) if shape else 0
    if begin + length > size:
        raise UsageError(
            f'tensor "{name[:60]}" should end at byte {begin + length:,}, but the file has {size:,}',
            "the file is cut off (a download that did not finish?) or its header is damaged",
        )
    return Tensor(name, shape, kind, length)
