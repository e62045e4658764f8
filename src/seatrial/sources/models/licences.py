"""What a licence's short name on the hub means for a business: a first sorting, never advice."""

from __future__ import annotations

from typing import Literal

_FREE = frozenset(
    {
        "apache-2.0",
        "mit",
        "bsd",
        "bsd-2-clause",
        "bsd-3-clause",
        "bsd-3-clause-clear",
        "cc0-1.0",
        "cc-by-4.0",
        "cc-by-3.0",
        "unlicense",
        "wtfpl",
        "isc",
        "zlib",
        "ecl-2.0",
        "artistic-2.0",
        "afl-3.0",
        "postgresql",
        "ncsa",
        "ms-pl",
        "bsl-1.0",
        "odc-by",
        "pddl",
        "cdla-permissive-1.0",
        "cdla-permissive-2.0",
    }
)
_CLOSED = ("-nc", "noncommercial", "non-commercial", "research")


def commercial_use(licence: str) -> Literal["yes", "conditions", "no"]:
    """`yes` for the permissive ones, `no` where the name forbids it, else `conditions`: read it."""
    word = licence.lower()
    if word in _FREE:
        return "yes"
    return "no" if any(closed in word for closed in _CLOSED) else "conditions"
