"""Whose fault a damaged file is: the readers of formats know neither its name nor where it lies."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from seatrial.errors import OutsideError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def here(where: object) -> Iterator[None]:
    """What is wrong with a file of this computer, or with a model that no plan can be made for, by its name.

    Raises UsageError.
    """
    try:
        yield
    except UsageError as problem:
        raise UsageError(f"{where}: {problem.message}", problem.hint) from None


@contextmanager
def elsewhere(name: str, owner: str) -> Iterator[None]:
    """The same of a file that a server gave: nothing the user wrote is wrong. Raises OutsideError."""
    try:
        yield
    except UsageError as problem:
        hint = problem.hint or "it is damaged where it lies: name another file, revision or repository"
        raise OutsideError(f"{name} of {owner}: {problem.message}", hint) from None
