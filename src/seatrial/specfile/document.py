"""A spec as plain data and back: what the store keeps of what the user asked."""

from __future__ import annotations

from typing import Any

import msgspec

from seatrial.domain.trial import Spec
from seatrial.errors import SpecError


def spec_document(spec: Spec) -> dict[str, Any]:
    """All of `spec`, defaults included, as JSON-able data. Holds no secrets, since a spec holds none."""
    document: dict[str, Any] = msgspec.to_builtins(spec)
    return document


def spec_from_document(document: dict[str, Any]) -> Spec:
    """The spec that `spec_document` was given. Raises SpecError for what is none."""
    try:
        return msgspec.convert(document, Spec)
    except msgspec.ValidationError as problem:
        raise SpecError(f"the stored spec cannot be read: {problem}") from None
