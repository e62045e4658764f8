"""The only place that knows 2**30 and 1e9: units in, units out."""

from __future__ import annotations

import re

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000
NS_PER_US = 1_000
US_PER_S = 1_000_000

KIB = 2**10
MIB = 2**20
GIB = 2**30

_LEAST_IN_GIB = 128 * MIB
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(ns|us|ms|s|m|h|d)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def parse_duration_s(text: str) -> float:
    """Seconds in a duration such as `20s`, `5m`, `1h30m`, `250ms`.

    Raises ValueError when the text is not wholly made of number-unit pairs.
    """
    compact = text.strip().replace(" ", "")
    pairs = _DURATION.findall(compact)
    if not pairs or "".join(number + unit for number, unit in pairs) != compact:
        raise ValueError(f'"{text}" is not a duration; write 20s, 5m, 1h30m or 250ms')
    return sum(float(number) * _SECONDS[unit] for number, unit in pairs)


def ns(seconds: float) -> int:
    """Whole nanoseconds in `seconds`."""
    return round(seconds * NS_PER_S)


def format_s(seconds: float | None) -> str:
    """A duration with three significant digits and the unit that suits it; `-` for None."""
    if seconds is None:
        return "-"
    size = abs(seconds)
    if size >= 120:
        return f"{seconds / 60:.1f} min"
    if size >= 1:
        return f"{significant(seconds)} s"
    if size >= 1e-3 or size == 0:
        return f"{significant(seconds * 1e3)} ms"
    return f"{significant(seconds * 1e6)} us"


def significant(value: float | None, digits: int = 3) -> str:
    """`value` in plain notation with `digits` significant digits, never fewer than its integer part."""
    if value is None:
        return "-"
    if value == 0:
        return "0"
    exponent = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    if exponent:
        return f"{value:,.{max(0, digits - exponent)}f}"
    text = f"{value:.{digits}g}"
    return f"{value:.6f}".rstrip("0") if "e" in text else text


def format_bytes(size: float | None) -> str:
    """A size in binary units, three significant digits; `-` for None."""
    if size is None:
        return "-"
    for unit, scale in (("GiB", GIB), ("MiB", MIB), ("KiB", KIB)):
        if abs(size) >= scale:
            return f"{significant(size / scale)} {unit}"
    return f"{size:.0f} B"


def to_the_mib(size: float) -> str:
    """A size in GiB to three digits behind the point, so that sums can be followed; small ones as elsewhere."""
    return f"{size / GIB:.3f} GiB" if abs(size) >= _LEAST_IN_GIB else format_bytes(size)
