"""Between records of the domain and rows of the store, both ways."""

from __future__ import annotations

import math
from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeVar

import msgspec

from seatrial.domain.sample import ClientSecond, Outcome, Sample
from seatrial.errors import StoreError

T = TypeVar("T")

SAMPLE_COLUMNS = tuple(field.name for field in fields(Sample))
SECOND_COLUMNS = tuple(field.name for field in fields(ClientSecond))

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
    values = dict(zip(SAMPLE_COLUMNS, row, strict=True))
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
        raise StoreError(
            f"a record of the store is not a {name}: {error}", "the store is damaged; keep a copy"
        ) from error


def _encodable(text: str | None) -> str | None:
    r"""`text` with lone surrogates, which a broken answer may hold and UTF-8 cannot, written as \udxxx."""
    return None if text is None else text.encode(errors="backslashreplace").decode()
