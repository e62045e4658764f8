"""The keys of a config.json or a GGUF header, read with suspicion: every number has a limit, every fault a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatrial.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST = 2**40  # of any count: a context of a trillion tokens is a damaged file
MOST_LAYERS = 4096  # layers are walked one by one


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one object of `where`. A key given as null counts as not given."""

    data: Mapping[str, Any]
    where: str

    def given(self, *names: str) -> Any:
        """The value of the first of `names` that is there, or None."""
        return next((self.data[name] for name in names if self.data.get(name) is not None), None)

    def count(self, *names: str, default: int | None = None, most: int = LARGEST) -> int:
        """A whole number from 0 to `most`; the names after the first are what other models call it.

        Raises UsageError when none is there and no default is given, or when it is no such number.
        """
        value = self.given(*names)
        if value is None:
            value = default
        if value is None:
            raise UsageError(
                f'{self.where} has no "{names[0]}"',
                "give the config.json of a language model; encoders, adapters and draft heads have no such key",
            )
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
            raise UsageError(f'{self.where}: "{names[0]}" is {_short(value)}, not a number from 0 to {most:,}')
        return value

    def positive(self, *names: str, default: int | None = None, most: int = LARGEST) -> int:
        """As `count`, but at least 1."""
        value = self.count(*names, default=default, most=most)
        if value == 0:
            raise UsageError(f'{self.where}: "{names[0]}" is 0')
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.data.get(name)
        return default if value is None else bool(value)

    def items(self, *names: str) -> tuple[Any, ...]:
        """A list, or nothing where it is missing or null. Raises UsageError when it is too long or no list."""
        value = self.given(*names)
        if value is None:
            return ()
        if not isinstance(value, list | tuple) or len(value) > MOST_LAYERS:
            raise UsageError(f'{self.where}: "{names[0]}" is not a list of at most {MOST_LAYERS} items')
        return tuple(value)

    def inner(self, *names: str) -> Keys | None:
        """The first of these nested objects that is there."""
        value = self.given(*names)
        return Keys(value, f"{self.where}: {names[0]}") if isinstance(value, dict) else None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
