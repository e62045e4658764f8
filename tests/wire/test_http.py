from __future__ import annotations

import pytest

from seatrial.errors import UsageError
from seatrial.wire.http import Address, parse_url, post_head, post_tail


@pytest.mark.parametrize(
    ("url", "address", "authority"),
    [
        ("http://h:8000", Address(tls=False, host="h", port=8000, base_path=""), "h:8000"),
        ("h:8000/", Address(tls=False, host="h", port=8000, base_path=""), "h:8000"),
        ("http://h:8000/v1/", Address(tls=False, host="h", port=8000, base_path=""), "h:8000"),
        ("https://h/llm/v1", Address(tls=True, host="h", port=443, base_path="/llm"), "h"),
        ("http://[::1]:80", Address(tls=False, host="::1", port=80, base_path=""), "[::1]"),
    ],
)
def test_urls_in_every_shape(url: str, address: Address, authority: str) -> None:
    assert parse_url(url) == address
    assert address.authority == authority


@pytest.mark.parametrize("url", ["ftp://h", "http://", "http://h:port", ""])
def test_what_is_no_url_is_a_usage_error(url: str) -> None:
    with pytest.raises(UsageError):
        parse_url(url)


def test_a_post_is_whole() -> None:
    head = post_head(parse_url("http://h:1/base"), "/v1/completions", [("Authorization", "Bearer k")])
    assert (head + post_tail("r-1", b"{}")).decode() == (
        "POST /base/v1/completions HTTP/1.1\r\nHost: h:1\r\nUser-Agent: seatrial\r\nAccept: */*\r\n"
        "Content-Type: application/json\r\nAuthorization: Bearer k\r\n"
        "X-Request-Id: r-1\r\nContent-Length: 2\r\n\r\n{}"
    )
