"""One request in flight: what was sent when, what came back when, and in the end the sample.

While an answer streams, only times and bytes are kept. Once its body is under way in chunks, reads are not even
parsed as HTTP until one ends as the last chunk must; then all are. So reading other streams never waits for JSON,
and the hot path is two appends and a look at four bytes.
"""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import TYPE_CHECKING

import httptools

from seatrial.domain.sample import Outcome, Sample
from seatrial.load import outcomes
from seatrial.units import NS_PER_US
from seatrial.wire.apis import Api, Reader
from seatrial.wire.masking import masked

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.load.feeds import Launch
    from seatrial.load.outbox import Prepared
    from seatrial.wire.types import Answer

_MAX_LAG_US = 2**32 - 1
_MAX_CHUNK_TOKENS = 2**16 - 1
_DETAIL_CHARS = 300
_END = b"\r\n\r\n"  # the last chunk, with or without trailers, ends so; one of a few bytes may be the rest of it


class Exchange:
    """httptools calls the `on_` methods; the loop calls the others. `watch` is shown body bytes as they come."""

    __slots__ = (
        "_chunked", "_held", "_lags_ns", "_may_keep", "_parsed", "_parser", "_times_ns", "_watch", "bodies",
        "bytes_received", "complete", "detail", "flowing", "kernel_clock", "launch", "outcome", "prepared",
        "retry_after", "t_connected_ns", "t_headers_ns", "t_last_ns", "t_send_ns",
    )  # fmt: skip

    def __init__(self, launch: Launch, prepared: Prepared, watch: Callable[[bytes], None] | None = None) -> None:
        self.launch, self.prepared, self._watch = launch, prepared, watch
        self.t_send_ns = 0
        self.t_connected_ns: int | None = None
        self.t_headers_ns: int | None = None
        self.t_last_ns = 0
        self.kernel_clock = True
        self.bytes_received = 0
        self.bodies: list[tuple[int, bytes]] = []
        self.complete = False
        self.flowing = False
        self.outcome: Outcome | None = None
        self.detail: str | None = None
        self.retry_after: str | None = None
        self._may_keep = False
        self._chunked = False
        self._parsed = 0  # reads that the parser has seen
        self._held: list[bytes] = []  # those it has not
        self._times_ns: list[int] = []
        self._lags_ns: list[int] = []
        self._parser = httptools.HttpResponseParser(self)

    def received(self, data: bytes, t_ns: int, lag_ns: int) -> None:
        """Takes what one read gave. Afterwards `complete` or `outcome` may be set."""
        self.t_last_ns = t_ns
        self.bytes_received += len(data)
        self._times_ns.append(t_ns)
        self._lags_ns.append(lag_ns)
        self._held.append(data)
        if not self.flowing or not self._chunked or data[-4:] == _END or len(data) < len(_END):
            self._parse()

    def _parse(self) -> None:
        """Shows the parser all reads that it has not seen."""
        held, self._held = self._held, []
        try:
            for data in held:
                self._parser.feed_data(data)
                self._parsed += 1
        except httptools.HttpParserError as problem:
            self.fail(Outcome.MALFORMED, f"not HTTP: {problem}")
        except httptools.HttpParserUpgrade:
            self.fail(Outcome.MALFORMED, "the server switched to another protocol, unasked")

    def on_header(self, name: bytes, value: bytes) -> None:
        match name.lower():
            case b"retry-after":
                self.retry_after = value.decode("latin-1")
            case b"transfer-encoding":
                self._chunked = self._watch is None
            case b"content-encoding" if value.lower() != b"identity":
                self.fail(Outcome.MALFORMED, f"the answer is compressed ({value.decode('latin-1')}), unasked")

    def on_headers_complete(self) -> None:
        self.t_headers_ns = self.t_last_ns
        self._may_keep = self._parser.should_keep_alive()  # false also for a body that ends with the connection

    def on_body(self, body: bytes) -> None:
        self.bodies.append((self._parsed, body))
        if self._watch is not None:
            self._watch(body)

    def on_message_complete(self) -> None:
        self.complete = self._parser.get_status_code() >= 200  # before it come interim answers: 100, 103

    @property
    def status(self) -> int | None:
        return None if self.t_headers_ns is None else self._parser.get_status_code()

    @property
    def keep_alive(self) -> bool:
        """The connection may carry another request."""
        return self.complete and self._may_keep and self.outcome in (None, Outcome.OK)

    def fail(self, outcome: Outcome, detail: str) -> None:
        """Ends the exchange as a failure; the first cause counts."""
        if self.outcome is None:
            self.outcome, self.detail = outcome, detail[:_DETAIL_CHARS]

    def stream_ended(self) -> None:
        """The server closed the connection: the end of the answer for HTTP without a length, else a cut."""
        self._parse()
        if self.complete:
            return
        if not self._times_ns:
            self.fail(Outcome.RESET, "the server closed the connection without answering")
        elif self.t_headers_ns is not None and not self._may_keep:
            self.complete = True  # the body ran until the connection closed; the protocol's own end decides
        else:
            self.fail(Outcome.CUT_OFF, "the server closed the connection in the middle of its answer")

    def sample(self, api: Api, shard: int, t_end_ns: int) -> Sample:
        """Decodes the answer and closes the record. Breaks the cycle with the parser."""
        self._parse()
        reader = Reader(api, stream=self.prepared.stream and self.status == 200)
        for read, body in self.bodies:
            reader.feed(body, read)
        answer = reader.close()
        self._judge(reader)
        t_send_ns, times, lags = self.t_send_ns, self._times_ns, self._lags_ns
        reads = answer.reads
        sample = Sample(
            index=self.launch.index,
            t_intended_ns=self.launch.intended_ns,
            t_send_ns=t_send_ns,
            t_connected_ns=self.t_connected_ns,
            t_headers_ns=self.t_headers_ns,
            t_end_ns=t_end_ns,
            outcome=self.outcome or Outcome.OK,
            status=self.status,
            detail=self.detail,
            retry_after_s=outcomes.retry_after_s(self.retry_after),
            stage=self.launch.stage,
            shard=shard,
            input_tokens_asked=self.prepared.input_tokens,
            output_tokens_asked=self.prepared.output_tokens,
            prompt_tokens=answer.prompt_tokens,
            cached_tokens=answer.cached_tokens,
            completion_tokens=answer.completion_tokens,
            finish_reason=answer.finish_reason,
            chunk_ns=array("q", [times[read] - t_send_ns for read in reads]).tobytes(),
            chunk_lag_us=array("I", [min(lags[read] // NS_PER_US, _MAX_LAG_US) for read in reads]).tobytes(),
            chunk_tokens=_chunk_tokens(answer),
            chunk_channel=bytes(answer.channels),
            first_read_chunks=reads.count(reads[0]) if reads else 0,
            kernel_clock=self.kernel_clock and bool(times),
            bytes_received=self.bytes_received,
            text=answer.text,
            server=answer.server,
        )
        del self._parser  # it refers back to this object; garbage collection is off
        return sample

    def _judge(self, reader: Reader) -> None:
        """Names what went wrong in an answer that came whole as far as HTTP is concerned."""
        status, answer = self.status, reader.answer
        if self.outcome is not None:
            return
        if status is not None and status != 200:
            body = b"".join(body for _, body in self.bodies[:64])
            self.fail(outcomes.of_status(status), outcomes.of_body(status, body))
        elif answer.error is not None:
            self.fail(Outcome.SERVER_ERROR, answer.error)
        elif answer.malformed is not None:
            self.fail(Outcome.MALFORMED, answer.malformed)
        elif not answer.reads and not answer.completion_tokens:
            self.fail(Outcome.EMPTY, "the answer held no tokens")
        elif self.prepared.stream and not answer.done and answer.finish_reason is None:
            self.fail(Outcome.CUT_OFF, "the stream ended without its end mark or a finish reason")
        else:
            self.outcome = Outcome.OK


def without_key(sample: Sample, key: str) -> Sample:
    """`sample` with `key` masked in all that the server said."""
    if not key:
        return sample
    said = {"detail": sample.detail, "text": sample.text, "finish_reason": sample.finish_reason}
    return replace(sample, **{name: masked(text, key) for name, text in said.items() if text})  # type: ignore[arg-type]


def _chunk_tokens(answer: Answer) -> bytes:
    if not answer.counts_chunks:
        return bytes(2 * len(answer.tokens))
    return array("H", [min(tokens, _MAX_CHUNK_TOKENS) for tokens in answer.tokens]).tobytes()
