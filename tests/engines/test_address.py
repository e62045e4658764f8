import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.engines.address import parse_endpoint
from seatrial.errors import UsageError


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000/v1/chat/completions", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:11434/api/chat", "http://127.0.0.1:11434"),
        ("https://host.example/llm/v1", "https://host.example/llm"),
        ("https://host.example/llm/", "https://host.example/llm"),
        ("https://host.example/v1beta", "https://host.example/v1beta"),
        ("localhost:8000", "http://localhost:8000"),
        ("host.example:443/v1", "https://host.example:443"),
        (" http://host ", "http://host"),
        ("http://[::1]:8000/v1", "http://[::1]:8000"),
    ],
)
def test_the_base_of_what_users_paste(text: str, base: str) -> None:
    assert parse_endpoint(text).base == base


def test_host_and_port() -> None:
    assert parse_endpoint("https://host.example/v1")[1:] == ("host.example", 443)
    assert parse_endpoint("host.example")[1:] == ("host.example", 80)
    assert parse_endpoint("http://[::1]:8000")[1:] == ("::1", 8000)
    assert parse_endpoint("https://a").is_tls
    assert not parse_endpoint("http://a").is_tls


@pytest.mark.parametrize("text", ["", "http://", "ftp://host", "http://host:99999", "host:port", "http://[::1"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(UsageError, match="is not an"):
        parse_endpoint(text)


def test_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as error:
        parse_endpoint("http://user:hunter2@host:1")
    assert "hunter2" not in error.value.message + error.value.hint
    assert "--api-key-env" in error.value.hint


@given(st.from_regex(r"[a-z]{1,8}(:[1-9][0-9]{0,3})?(/[a-z]{2,6}){0,2}", fullmatch=True))
def test_parsing_its_own_base_changes_nothing(text: str) -> None:
    base = parse_endpoint(text).base
    assert parse_endpoint(base).base == base
