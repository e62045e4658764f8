import json

import msgspec
import pytest

from seatrial.testing import reference_wire as wire


def order(body: object, *, chat: bool = True) -> wire.Order:
    return wire.read_order(json.dumps(body).encode(), chat=chat, default_tokens=128)


@pytest.mark.parametrize(
    ("asked", "tokens"),
    [
        ({}, 128),
        ({"max_tokens": 5}, 5),
        ({"max_completion_tokens": 6}, 6),
        ({"max_tokens": 5, "max_completion_tokens": 6}, 6),
        ({"max_tokens": None}, 128),
    ],
)
def test_how_many_tokens_are_asked_for(asked: dict[str, object], tokens: int) -> None:
    assert order(asked).tokens == tokens


@pytest.mark.parametrize("body", [[], {"max_tokens": 0}, {"max_tokens": "many"}, {"messages": ["hello"]}])
def test_a_wrong_body_is_an_error(body: object) -> None:
    with pytest.raises(msgspec.DecodeError):
        order(body)


def test_a_prompt_token_is_a_word() -> None:
    assert order({"prompt": "one two  three\n"}, chat=False).prompt_tokens == 3
    assert order({"messages": [{"content": "one"}, {"content": "two three"}]}).prompt_tokens == 3


def test_usage_follows_only_where_asked_for() -> None:
    assert b'"usage"' not in wire.stream_tail(order({"stream": True}), "1")
    asked = order({"stream": True, "stream_options": {"include_usage": True}})
    assert b'"completion_tokens":128' in wire.stream_tail(asked, "1")
