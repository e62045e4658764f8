"""What others said, fit for a terminal: servers, users and files choose words, not colours and cursor positions."""

from __future__ import annotations

import re

# Control characters (C0, C1) but tab and newline, and what UTF-8 cannot carry.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def tame(text: str) -> str:
    """`text` with every character that would steer a terminal as a space; its lines stay lines."""
    return _STEERING.sub(" ", text)


def one_line(text: str) -> str:
    """`text` tamed, its lines joined."""
    return " ".join(tame(text).split("\n"))
