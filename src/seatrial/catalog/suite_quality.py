"""The suite that asks questions with known answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.catalog.suite_options import only
from seatrial.domain.traffic import BUILTIN_QUESTIONS, Lengths, Workload

if TYPE_CHECKING:
    from seatrial.catalog.suite_options import SuiteOptions

QUALITY_USERS = (1,)
NO_MORE_ROOM = Lengths(1)  # an answer may take what its question says


def quality(options: SuiteOptions) -> tuple[Workload, ...]:
    """The questions, once at each number of users."""
    room = only(options.output_tokens, "output_tokens", NO_MORE_ROOM)
    return tuple(
        Workload(
            name=f"quality-c{users}",
            requests=options.requests,
            concurrency=users,
            output_tokens=room,
            group="quality",
            level=users,
            questions=BUILTIN_QUESTIONS,
        )
        for users in options.concurrency or QUALITY_USERS
    )
