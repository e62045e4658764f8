"""A place in a file that is read from front to back, in pieces, by a function that may be a network away."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from seatrial.errors import UsageError
from seatrial.units import MIB

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST_BYTES = MIB // 4
_MOST_BYTES = 4 * MIB
_MOST_HEADER_BYTES = 64 * MIB  # the largest vocabularies take 20
_MOST_KEPT_ITEMS = 2**18
_NUMBERS = {code: struct.Struct("<" + code) for code in "BbHhIif?Qqd"}


class Cursor:
    """Reads ahead in growing pieces, holds one piece, and trusts neither the file's length nor its claims."""

    def __init__(self, read: Callable[[int, int], bytes], size: int, what: str) -> None:
        self.size = size
        self.offset = 0
        self._kept = 0
        self._read = read
        self._what = what
        self._piece = b""
        self._piece_offset = 0
        self._ahead = _FIRST_BYTES

    def take(self, length: int) -> bytes:
        """The next bytes. Raises UsageError when the file ends before them."""
        start = self.offset - self._piece_offset
        if start < 0 or start + length > len(self._piece):
            self._fill(length)
            start = 0
        self.offset += length
        return self._piece[start : start + length]

    def skip(self, length: int) -> None:
        """Steps over bytes without reading them. Raises UsageError when the file ends before."""
        self._check(length)
        self.offset += length

    def skip_strings(self, count: int) -> None:
        """Steps over so many strings, each a length and its bytes: the hot loop of a header."""
        length_of, begin, held = _NUMBERS["Q"].unpack_from, self._piece_offset, len(self._piece) - 8
        piece, offset = self._piece, self.offset
        for _ in range(count):
            if not 0 <= offset - begin <= held:
                self.offset = offset
                self._fill(8)
                piece, begin, held = self._piece, self._piece_offset, len(self._piece) - 8
            offset += 8 + length_of(piece, offset - begin)[0]
        self.offset = offset
        self._check(0)

    def number(self, code: str) -> Any:
        """The next number, of a type that `struct` calls `code`, little-endian."""
        kind = _NUMBERS[code]
        return kind.unpack(self.take(kind.size))[0]

    def count(self, code: str, most: int, what: str, least_bytes: int) -> int:
        """A number of things to come, each at least so many bytes. Raises UsageError for more than can be."""
        number = int(self.number(code))
        if number > most or number * least_bytes > self.size - self.offset:
            raise UsageError(
                f"{self._what} claims {number:,} {what} at byte {self.offset:,}; the file has {self.size:,} bytes",
                "the file is cut off or damaged",
            )
        return number

    def text(self, most: int) -> str:
        """The next string: its length, then its bytes."""
        return self.take(self.count("Q", most, "bytes in a name", 1)).decode("utf-8", "replace")

    def keeps(self, items: int, most: int) -> bool:
        """Whether an array is short enough to be kept, and all that were kept so far are too."""
        if items > most or self._kept + items > _MOST_KEPT_ITEMS:
            return False
        self._kept += items
        return True

    @staticmethod
    def width(code: str) -> int:
        return _NUMBERS[code].size

    def _fill(self, length: int) -> None:
        self._check(length)
        wanted = min(max(length, self._ahead), self.size - self.offset)
        self._piece, self._piece_offset = self._read(self.offset, wanted), self.offset
        self._ahead = min(2 * self._ahead, _MOST_BYTES)
        if len(self._piece) < length:
            raise UsageError(
                f"{self._what} is cut off at byte {self.offset + len(self._piece):,}", "fetch the file again"
            )

    def _check(self, length: int) -> None:
        if self.offset + length > self.size:
            raise UsageError(f"{self._what} is cut off at byte {self.size:,}", "fetch the file again")
        if self.offset + length > _MOST_HEADER_BYTES:
            raise UsageError(f"{self._what} is longer than {_MOST_HEADER_BYTES:,} bytes: the file is damaged")
