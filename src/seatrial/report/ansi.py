"""Text for a terminal: nothing that steers it but the colours that are decided here."""

from __future__ import annotations

from seatrial.report.view import Role

# Select Graphic Rendition codes.
SGR = {Role.GOOD: "32", Role.WARN: "33", Role.BAD: "31", Role.DIM: "2"}
BOLD = "1"


def paint(text: str, code: str | None, *, styled: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if styled and code else text


def printable(text: str) -> str:
    """What a server said, without what would steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
