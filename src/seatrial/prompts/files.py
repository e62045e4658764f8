"""A user's own prompts: the text of a file in, messages out. One prompt a line, so a fault has a line number."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import msgspec

from seatrial.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.prompts.make import Messages

KEYS = ("prompt", "messages", "max_tokens")
ROLES = ("system", "user", "assistant", "developer", "tool")


@dataclass(frozen=True, slots=True)
class OwnPrompt:
    """One request of the user's own making. `max_tokens` None: as the workload says."""

    messages: Messages
    max_tokens: int | None = None


def own_prompts(name: str, text: str) -> list[OwnPrompt]:
    """The prompts in `text`: JSON lines where `name` ends in .jsonl or .ndjson, else one plain prompt a line.

    Empty lines are skipped. Raises UsageError naming `name` and the number of the first wrong line, or when there
    is no prompt at all.
    """
    is_json = name.lower().endswith((".jsonl", ".ndjson"))
    prompts = [
        _from_json(line, where) if is_json else OwnPrompt((("user", line),)) for where, line in _lines(name, text)
    ]
    if not prompts:
        raise UsageError(
            f"{name} holds no prompt", 'write one a line: plain text, or {"prompt": "..."} in a .jsonl'
        )
    return prompts


def _lines(name: str, text: str) -> Iterator[tuple[str, str]]:
    # split at newlines only: str.splitlines would also cut a prompt at U+2028 and its like
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if line.strip():
            yield f"{name}, line {number}", line.strip()


def _from_json(line: str, where: str) -> OwnPrompt:
    try:
        entry = msgspec.json.decode(line)
    except msgspec.DecodeError as problem:
        raise UsageError(
            f"{where}: not JSON ({problem})", 'write {"prompt": "..."} or {"messages": [...]}'
        ) from None
    if not isinstance(entry, dict):
        raise UsageError(f"{where}: not a JSON object", 'write {"prompt": "..."} or {"messages": [...]}')
    _check_keys(entry, where)
    prompt = entry.get("prompt")
    messages = ({"role": "user", "content": prompt},) if "prompt" in entry else entry["messages"]
    return OwnPrompt(_messages(messages, where), _max_tokens(entry.get("max_tokens"), where))


def _check_keys(entry: dict[str, Any], where: str) -> None:
    """Other keys (id, category) may stand there; one that looks like a slip of the pen may not."""
    for key in entry:
        if key not in KEYS and get_close_matches(key, KEYS, n=1, cutoff=0.75):
            raise UsageError(f'{where}: unknown key "{key}"', nearest(key, KEYS))
    if ("prompt" in entry) == ("messages" in entry):
        raise UsageError(f'{where}: needs either "prompt" or "messages"')


def _messages(value: object, where: str) -> Messages:
    if not isinstance(value, list | tuple) or not value:
        raise UsageError(f'{where}: "messages" must be a list that is not empty')
    return tuple(_message(message, f"{where}, message {number}") for number, message in enumerate(value, 1))


def _message(message: object, where: str) -> tuple[str, str]:
    match message:
        case {"role": str(role), "content": str(content)} if content.strip():
            if role not in ROLES:
                raise UsageError(f'{where}: unknown role "{role}"', nearest(role, ROLES))
            return role, content
    raise UsageError(f"{where}: needs a text that is not empty", '{"role": "user", "content": "..."}')


def _max_tokens(value: object, where: str) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    raise UsageError(f'{where}: "max_tokens" must be a whole number of at least 1, not {value!r}')
