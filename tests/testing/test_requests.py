from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.testing.requests import Received, take_request

POST = b"POST /v1/x?y=1 HTTP/1.1\r\nHost: a\r\nX-Request-ID:  7 \r\nContent-Length: 5\r\n\r\nhello"
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def test_a_request_is_taken_apart() -> None:
    buffer = bytearray(POST + GET)
    request = take_request(buffer, 42)
    headers = {"host": "a", "x-request-id": "7", "content-length": "5"}
    assert request == Received("POST", "/v1/x?y=1", headers, b"hello", 42)
    assert buffer == GET


@given(st.lists(st.integers(0, len(POST + GET)), max_size=6))
def test_requests_split_at_any_byte_are_the_same_requests(cuts: list[int]) -> None:
    wire, buffer, taken = POST + GET, bytearray(), []
    edges = [0, *sorted(cuts), len(wire)]
    for start, end in pairwise(edges):
        buffer += wire[start:end]
        while (request := take_request(buffer, 0)) is not None:
            taken.append((request.method, request.body))
    assert taken == [("POST", b"hello"), ("GET", b"")]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02",  # the beginning of a TLS hello
        b"GET /\r\n\r\n",
        b"GET / SPDY/3\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
    ],
)
def test_what_is_not_understood_is_an_error(garbage: bytes) -> None:
    with pytest.raises(ValueError):
        take_request(bytearray(garbage), 0)


def test_a_key_in_a_header_is_not_in_the_repr() -> None:
    request = take_request(bytearray(b"GET / HTTP/1.1\r\nAuthorization: Bearer planted\r\n\r\n"), 0)
    assert request is not None
    assert request.headers["authorization"] == "Bearer planted"
    assert "planted" not in repr(request)
