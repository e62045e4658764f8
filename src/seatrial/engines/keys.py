"""API keys: read from the environment at the last moment, never shown, and never sent where they do not belong."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from seatrial.errors import UsageError

if TYPE_CHECKING:
    from seatrial.domain.trial import Candidate

Headers = tuple[tuple[str, str], ...]


def request_headers(candidate: Candidate) -> Headers:
    """The candidate's own headers and, when a variable is named for it, the bearer key.

    Raises UsageError when that variable is not set or a value cannot stand in a header; the value is not repeated.
    """
    for name, value in candidate.headers:
        _check(value, f'header "{name}"')
    return candidate.headers + _bearer(candidate.api_key_env)


def _bearer(variable: str | None) -> Headers:
    if variable is None:
        return ()
    key = os.environ.get(variable, "").strip()
    if not key:
        raise UsageError(
            f"the environment variable {variable} is not set", f"export {variable}=... with the API key"
        )
    _check(key, f"the key in {variable}")
    return (("Authorization", f"Bearer {key}"),)


def _check(value: str, what: str) -> None:
    if not (value.isascii() and value.isprintable()):
        raise UsageError(
            f"{what} holds characters that no HTTP header can carry", "look for line ends and quotes in it"
        )
