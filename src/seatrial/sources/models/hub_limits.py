"""Answers of the hub's own client, held to a size and a time: it waits for every byte of any answer, for ever."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from httpx2 import SyncByteStream
from huggingface_hub.utils import get_session  # type: ignore[attr-defined]

from seatrial.errors import OutsideError
from seatrial.sources.models.remote import DEADLINE_S
from seatrial.units import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpx2 import Response

MOST_BYTES = 64 * MIB


def limit_answers() -> None:
    """From now on; downloads, which others in this process may make through that client, are left alone."""
    session = get_session()
    hooks = session.event_hooks
    if _limit not in hooks["response"]:
        session.event_hooks = {**hooks, "response": [*hooks["response"], _limit]}


def _limit(response: Response) -> None:
    if "/api/models" in response.request.url.path and isinstance(response.stream, SyncByteStream):
        response.stream = _Limited(response.stream)


class _Limited(SyncByteStream):
    def __init__(self, whole: SyncByteStream) -> None:
        self._whole = whole

    def __iter__(self) -> Iterator[bytes]:
        """Raises OutsideError."""
        begun_s, taken = time.monotonic(), 0
        for piece in self._whole:
            taken += len(piece)
            if taken > MOST_BYTES:
                raise OutsideError(f"the hub answered with more than {MOST_BYTES:,} bytes", "try again later")
            if time.monotonic() - begun_s > DEADLINE_S:
                raise OutsideError(f"the hub took more than {DEADLINE_S:.0f} s to answer", "try again later")
            yield piece

    def close(self) -> None:
        self._whole.close()
