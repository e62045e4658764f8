"""What a check says of an answer."""

from __future__ import annotations

from typing import NamedTuple

from seatrial.domain.quality import Grade


class Judged(NamedTuple):
    """`reason` is empty when right. `is_open`: more text might have made it right, had it not been cut off."""

    grade: Grade
    reason: str = ""
    is_open: bool = False


RIGHT = Judged(Grade.RIGHT)


def wrong(reason: str, *, is_open: bool = False) -> Judged:
    return Judged(Grade.WRONG, reason, is_open)


def misformed(reason: str, *, is_open: bool = False) -> Judged:
    return Judged(Grade.MISFORMED, reason, is_open)
