"""Every error a user can meet, as one tree.

    SeatrialError                    message, hint (what to do next), exit code
      UsageError          exit 2     the request was wrong: option, spec, unknown name
        SpecError                    a spec file; names line, key and nearest valid key
      OutsideError        exit 3     the outside failed
        Unreachable                  no server answered there
        Unauthorized                 the server wants a key; names the variable to set
        ModelNotFound                the server has no such model; lists those it has
        EngineFailed                 an engine we started died or never got ready
        StoreError                   the store cannot be read or written (disk full, damaged)
      ColdNotPossible     exit 3     a cold start cannot be forced here; the workload is skipped, never faked

Library code raises these; only `seatrial.cli.main` prints them and chooses the exit code.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable

EXIT_OK = 0
EXIT_NOT_MET = 1
EXIT_USAGE = 2
EXIT_OUTSIDE = 3
EXIT_UNTRUSTED = 4
EXIT_FAULT = 70  # a fault in seatrial itself (EX_SOFTWARE)
EXIT_INTERRUPTED = 130


class SeatrialError(Exception):
    """`message` says what is wrong and where, `hint` what to do next (may be empty)."""

    exit_code: ClassVar[int] = EXIT_OUTSIDE

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(SeatrialError):
    exit_code = EXIT_USAGE


class SpecError(UsageError):
    pass


class OutsideError(SeatrialError):
    exit_code = EXIT_OUTSIDE


class Unreachable(OutsideError):
    pass


class Unauthorized(OutsideError):
    pass


class ModelNotFound(OutsideError):
    pass


class EngineFailed(OutsideError):
    pass


class StoreError(OutsideError):
    pass


class ColdNotPossible(OutsideError):
    pass


def nearest(word: str, valid: Iterable[str]) -> str:
    """The hint for a misspelt word: 'did you mean "x"?' or the whole list of valid words."""
    known = sorted(valid)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f'did you mean "{close[0]}"?' if close else "valid: " + ", ".join(known)
