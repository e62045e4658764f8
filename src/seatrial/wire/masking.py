"""An API key goes out with requests and comes to rest nowhere: what a server says of it is masked.

Some servers repeat the key in an error or in a list of models. Texts are masked where they come in, before anything
stores or shows them, and some have been cut by then: the beginning of a key counts as the key.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "[key]"
_LEAST = 4  # shorter ones keep no secret, and to mask them would make every text unreadable
_TELLING = 8


def key_in(headers: Iterable[tuple[str, str]]) -> str:
    """The key in an Authorization header, without its scheme; empty when there is none."""
    values = (value for name, value in headers if name.lower() == "authorization")
    return next(values, "").rpartition(" ")[2]


def masked(text: str, key: str) -> str:
    """`text` with MASK in place of `key`, and of every piece of 8 or more characters that `key` begins with."""
    if len(key) < _LEAST:
        return text
    begin = key[:_TELLING]
    head, *tails = text.split(begin)
    rest = key[len(begin) :]
    return head + "".join(MASK + tail[_alike(tail, rest) :] for tail in tails)


def _alike(text: str, other: str) -> int:
    """How many characters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(text, other, strict=False)))
