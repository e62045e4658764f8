"""Between records of the domain and rows of the store, both ways."""

from __future__ import annotations

import math
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from seatrial.domain.sample import ClientSecond, Outcome, Sample
from seatrial.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

SAMPLE_COLUMNS = tuple(field.name for field in fields(Sample))
SECOND_COLUMNS = tuple(field.name for field in fields(ClientSecond))

_BYTES_PER_CHUNK = {"chunk_ns": 8, "chunk_lag_us": 4, "chunk_tokens": 2}

second_to_row = attrgetter(*SECOND_COLUMNS)

_sample_values = attrgetter(*SAMPLE_COLUMNS)


def sample_to_row(sample: Sample) -> tuple[object, ...]:
    """The values of `SAMPLE_COLUMNS`. A server's duration that is not finite is no duration and is left out."""
    values: dict[str, Any] = dict(zip(SAMPLE_COLUMNS, _sample_values(sample), strict=True))
    values["outcome"] = sample.outcome.value
    values["detail"] = _encodable(sample.detail)
    values["text"] = _encodable(sample.text)
    values["server"] = to_document({name: s for name, s in sample.server.items() if math.isfinite(s)})
    return tuple(values.values())


def sample_from_row(row: tuple[Any, ...]) -> Sample:
    """The sample in `row`. Raises ValueError for chunk columns of unequal length and for an unknown outcome."""
    values = dict(zip(SAMPLE_COLUMNS, row, strict=True))
    chunks = len(values["chunk_channel"])
    for name, size in _BYTES_PER_CHUNK.items():
        if len(values[name]) != chunks * size:
            raise ValueError(
                f"request {values['index']} has {chunks} chunks by chunk_channel, but {len(values[name])} bytes of "
                f"{name} where {chunks * size} belong"
            )
    values["outcome"] = Outcome(values["outcome"])
    values["kernel_clock"] = bool(values["kernel_clock"])
    values["server"] = from_document(values["server"], dict[str, float])
    return Sample(**values)


def to_document(record: object) -> str:
    return msgspec.json.encode(record).decode()


def from_document(document: str, kind: type[T]) -> T:
    """The record in `document`. Raises StoreError when it is not one."""
    try:
        return msgspec.json.decode(document, type=kind)
    except msgspec.MsgspecError as error:
        name = getattr(kind, "__name__", str(kind))
        raise damaged(f"a record of the store is not a {name}: {error}") from error


def from_documents(documents: Sequence[str], kind: type[T]) -> list[T]:
    """As `from_document`, for many small ones: decoded in one go, in a third of the time."""
    found = from_document(f"[{','.join(documents)}]", list[kind])  # type: ignore[valid-type]
    if len(found) != len(documents):
        raise damaged("a record of the store holds more than one document")
    return found


def damaged(message: str) -> StoreError:
    return StoreError(message, "the store is damaged: keep a copy of it; other runs in it may be whole")


def _encodable(text: str | None) -> str | None:
    r"""`text` with lone surrogates, which a broken answer may hold and UTF-8 cannot, written as \udxxx."""
    return None if text is None else text.encode(errors="backslashreplace").decode()
