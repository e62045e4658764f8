"""Reading a table by a table: each key with what it takes, its default, its meaning and an example.

From the same rows come the values, every complaint, the nearest key for a slip of the pen, and the documentation.
A fault bubbles up and gathers its path on the way; whoever read the text (a file, a command line) says where that
path is in the user's own terms.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from seatrial.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from seatrial.specfile.lines import Path

LONGEST_SHOWN = 60


class FaultError(Exception):
    """What is wrong with the value at `path`: "<name of the key> <problem>", then the name of `other` if given.

    Paths lead from the table in which the fault was found; `inside` leads them on from the one around it.
    `example` is a value in TOML that would do.
    """

    def __init__(
        self, path: Path, problem: str, hint: str = "", *, other: Path | None = None, example: str | None = None
    ) -> None:
        super().__init__(problem)
        self.path, self.problem, self.hint, self.other, self.example = path, problem, hint, other, example


class Origin(Protocol):
    """Where a document came from, to say of a path in it where it is and what the user calls it."""

    def where(self, path: Path) -> str:
        """What a message about `path` begins with; may be empty."""

    def name(self, path: Path) -> str:
        """The key as the user wrote it."""

    def also(self, path: Path) -> str:
        """A second key, named at the end of a message."""

    def assign(self, path: Path, toml: str) -> str:
        """How the user would give that key the value `toml`."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`expected` ends the sentence "expected ..."; `convert` raises ValueError for what is not that.

    A converter that knows more raises FaultError. The value of a `secret` kind is never shown.
    """

    expected: str
    convert: Callable[[Any], object]
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """`default` and `example` as written in TOML, or the default in words. `field`: the domain's name for it."""

    kind: Kind
    default: str
    meaning: str
    example: str
    field: str | None = None


@contextmanager
def inside(*steps: str | int) -> Iterator[None]:
    """Leads the path of a fault found within on from here."""
    try:
        yield
    except FaultError as fault:
        fault.path = (*steps, *fault.path)
        if fault.other is not None:
            fault.other = (*steps, *fault.other)
        raise


def take(keys: Mapping[str, Key], table: object, title: str, *, or_else: tuple[str, ...] = ()) -> dict[str, Any]:
    """The domain's fields that `table` gives values to, converted. Raises FaultError at the first wrong key.

    `or_else` are keys that would have made it another kind of table, and may be what was meant by a wrong one.
    """
    if not isinstance(table, dict):
        raise FaultError((), f"is {shown(table)}; expected a table")
    taken = {}
    for name, value in table.items():
        key = keys.get(name)
        if key is None:
            raise FaultError((name,), f"is not a key of {title}", nearest(name, (*keys, *or_else)))
        with inside(name):
            taken[key.field or name] = _converted(key, value)
    return taken


def _converted(key: Key, value: object) -> object:
    try:
        return key.kind.convert(value)
    except ValueError:
        found = "not usable" if key.kind.secret else shown(value)
        raise FaultError((), f"is {found}; expected {key.kind.expected}", example=key.example) from None


def shown(value: object) -> str:
    """A value of a document as a user would write it, cut short; tables and arrays of tables by what they are."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return "an array of tables"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def explain(fault: FaultError, origin: Origin) -> tuple[str, str]:
    """Message and hint for the user."""
    message = origin.where(fault.path) + f"{origin.name(fault.path)} {fault.problem}".lstrip()
    if fault.other is not None:
        message = f"{message} {origin.also(fault.other)}"
    hint = fault.hint
    if fault.example is not None:
        hint = f"for example {origin.assign(fault.path, fault.example)}"
    return message, hint
