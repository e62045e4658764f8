"""Requests made ready before they are due: building a prompt must not delay a send."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.load.schedule import LengthTable, dealt
from seatrial.units import MIB
from seatrial.wire.apis import APIS
from seatrial.wire.http import parse_url, post_head, post_tail
from seatrial.wire.types import Ask

if TYPE_CHECKING:
    from seatrial.load.job import LoadJob
    from seatrial.load.schedule import Schedule

_AHEAD = 512  # requests kept ready
_AHEAD_BYTES = 32 * MIB  # and no more than these: one of 128k tokens has 700 KB


class Prepared(NamedTuple):
    """The bytes of a request, and what it asks for; None: own prompts and answers are as long as they are."""

    data: bytes
    stream: bool
    input_tokens: int | None
    output_tokens: int | None


class Outbox:
    """Makes the requests of one shard in the order in which it will need them."""

    def __init__(self, job: LoadJob, schedule: Schedule) -> None:
        self._job = job
        self._api = APIS[job.target.api]
        self._head = post_head(parse_url(job.target.url), self._api.path, job.target.headers)
        self._lengths = LengthTable(job.workload, job.seed)
        self._to_make = dealt(schedule, job.shard, job.shards)
        self._made: dict[int, Prepared] = {}
        self._made_bytes = 0

    def get(self, index: int) -> Prepared:
        """Request `index`, made now when it was not made ahead."""
        made = self._made.pop(index, None)
        if made is None:
            return self._make(index)
        self._made_bytes -= len(made.data)
        return made

    def make_ahead(self) -> bool:
        """Makes one more request ahead of time; False when enough are ready."""
        if len(self._made) >= _AHEAD or self._made_bytes >= _AHEAD_BYTES:
            return False
        index = next(self._to_make, None)
        if index is None:
            return False
        self._made[index] = made = self._make(index)
        self._made_bytes += len(made.data)
        return True

    def _make(self, index: int) -> Prepared:
        job, target = self._job, self._job.target
        input_tokens, output_tokens = self._lengths(index)
        output_tokens = job.prompts.max_tokens(index) or output_tokens
        is_asked = job.workload.questions is not None  # an answer is as long as it is: nothing may stretch it
        ask = Ask(
            model=target.model,
            messages=job.prompts.messages(index, input_tokens),
            max_tokens=output_tokens,
            stream=job.workload.stream,
            exact_output=None if is_asked else target.exact_output,
            chunk_usage=target.chunk_usage,
            seed=job.seed,
        )
        request_id = f"{job.run_tag}-{index}"
        data = self._head + post_tail(request_id, self._api.encode(ask))
        asked = input_tokens if job.workload.prompts_file is None and not is_asked else None
        return Prepared(data, job.workload.stream, asked, None if is_asked else output_tokens)
