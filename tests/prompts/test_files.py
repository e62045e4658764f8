import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.errors import UsageError
from seatrial.prompts.files import OwnPrompt, own_prompts


def test_text_is_one_prompt_a_line() -> None:
    text = "\ufeffTell me a story.\r\n\n  And another. \n"
    assert own_prompts("mine.txt", text) == [
        OwnPrompt((("user", "Tell me a story."),)),
        OwnPrompt((("user", "And another."),)),
    ]


def test_json_lines() -> None:
    text = """{"prompt": "Why?", "max_tokens": 7, "id": "q1"}
{"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]}"""
    assert own_prompts("mine.jsonl", text) == [
        OwnPrompt((("user", "Why?"),), 7),
        OwnPrompt((("system", "Be brief."), ("user", "Why?"))),
    ]


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=1))
def test_any_text_survives_json_lines(prompts: list[str]) -> None:
    """Line separators of Unicode inside a prompt do not end its line."""
    text = "\n".join(json.dumps({"prompt": prompt}, ensure_ascii=False) for prompt in prompts)
    assert [own.messages[0][1] for own in own_prompts("p.jsonl", text)] == prompts


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("{", "not JSON", "write {"),
        ('"text"', "not a JSON object", "write {"),
        ('{"promt": "x"}', 'unknown key "promt"', 'did you mean "prompt"?'),
        ('{"prompt": "x", "max_token": 3}', 'unknown key "max_token"', 'did you mean "max_tokens"?'),
        ('{"id": 1}', 'needs either "prompt" or "messages"', ""),
        ('{"prompt": "x", "messages": []}', 'needs either "prompt" or "messages"', ""),
        ('{"messages": []}', "a list that is not empty", ""),
        (
            '{"messages": [{"role": "usr", "content": "x"}]}',
            'message 1: unknown role "usr"',
            'did you mean "user"?',
        ),
        ('{"messages": [{"role": "user"}]}', "needs a text", '"content"'),
        ('{"prompt": " "}', "needs a text", '"content"'),
        ('{"prompt": 5}', "needs a text", '"content"'),
        ('{"prompt": "x", "max_tokens": 0}', "at least 1, not 0", ""),
        ('{"prompt": "x", "max_tokens": true}', "at least 1, not True", ""),
    ],
)
def test_a_wrong_line_is_named(line: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as error:
        own_prompts("mine.jsonl", '{"prompt": "fine"}\n\n' + line)
    assert error.value.message.startswith("mine.jsonl, line 3")
    assert message in error.value.message
    assert hint in error.value.hint


@pytest.mark.parametrize("name", ["mine.txt", "mine.jsonl"])
def test_no_prompt_at_all(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} holds no prompt"):
        own_prompts(name, "\n \n")
