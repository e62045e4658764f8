"""What a scripted server can do to a client, as values: a fault is a list that can be read in the test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from seatrial.testing.requests import Received


@dataclass(frozen=True, slots=True)
class Send:
    """These very bytes, in one write: framing, faults and all are the script's."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Sleep:
    """Nothing for `seconds`; the server stopping cuts it short."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Close:
    """An orderly end of the connection (FIN)."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is torn down (RST); the peer may lose bytes it has not read yet."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Silence on an open connection until the server stops or the peer leaves."""


Action = Send | Sleep | Close | Reset | Hang
Script = Callable[[Received], Iterable[Action]] | Sequence[Action]
