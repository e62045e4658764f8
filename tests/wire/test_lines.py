"""Splitters give the same payloads wherever the reads were cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seatrial.wire.lines import LineSplitter, Splitter, SseSplitter, WholeBody

SSE = b'data: {"a":1}\n\n: comment\n\nevent: x\ndata: two\ndata: lines\n\ndata:no space\r\n\r\ndata: last\n\n'
SSE_PAYLOADS = [b'{"a":1}', b"two\nlines", b"no space", b"last"]
NDJSON = b'{"a":1}\n\n{"b":2}\r\n{"c":3}\n{"d":4}'
NDJSON_PAYLOADS = [b'{"a":1}', b'{"b":2}', b'{"c":3}', b'{"d":4}']


def split(splitter: Splitter, data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cuts), len(data)]
    pieces = [data[a:b] for a, b in zip(edges, edges[1:], strict=False)]
    return [payload for piece in pieces if piece for payload in splitter.feed(piece)] + splitter.close()


@given(st.lists(st.integers(0, len(SSE)), max_size=12))
def test_sse_payloads_do_not_depend_on_the_reads(cuts: list[int]) -> None:
    assert split(SseSplitter(), SSE, cuts) == SSE_PAYLOADS


@given(st.lists(st.integers(0, len(NDJSON)), max_size=12))
def test_lines_do_not_depend_on_the_reads(cuts: list[int]) -> None:
    assert split(LineSplitter(), NDJSON, cuts) == NDJSON_PAYLOADS


def test_several_events_in_one_read_come_out_together() -> None:
    assert SseSplitter().feed(b"data: 1\n\ndata: 2\n\ndata: 3\n\n") == [b"1", b"2", b"3"]


def test_an_event_is_not_handed_out_before_its_blank_line() -> None:
    splitter = SseSplitter()
    assert splitter.feed(b"data: 1\n") == []
    assert splitter.feed(b"\n") == [b"1"]


def test_a_line_of_ten_megabytes_is_one_payload() -> None:
    splitter, line = SseSplitter(), b"data: " + b"x" * 10_000_000 + b"\n\n"
    reads = [line[start : start + 16384] for start in range(0, len(line), 16384)]
    assert [len(payload) for read in reads for payload in splitter.feed(read)] == [10_000_000]


def test_a_whole_body_is_one_payload_at_the_end() -> None:
    body = WholeBody()
    assert body.feed(b'{"a"') == []
    assert body.feed(b":1}\n") == []
    assert body.close() == [b'{"a":1}']
