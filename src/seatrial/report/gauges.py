"""Gauges as lines of text: a name, the value now, and the last minute as a row of blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.units import format_bytes, significant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seatrial.domain.telemetry import Gauge

_BLOCKS = " ▁▂▃▄▅▆▇█"
_NAME_CELLS, _LEAST_NAME_CELLS = 28, 8
_FORMS: dict[str, Callable[[float], str]] = {
    "ratio": lambda value: f"{value * 100:.0f} %",
    "bytes": format_bytes,
    "cores": "{:.2f}".format,
    "requests": "{:.0f}".format,
    "W": "{:.0f} W".format,
}


def gauge_lines(gauges: Sequence[Gauge], width: int) -> Iterator[str]:
    """One line per gauge, none longer than `width`.

    Where that is narrow, histories go first, then limits, then the ends of names.
    """
    texts = [shown(gauge) for gauge in gauges]
    if max(map(len, texts), default=0) + _LEAST_NAME_CELLS + 2 > width:
        texts = [_now(gauge) for gauge in gauges]
    values = max(map(len, texts), default=0)
    longest = max((len(gauge.name) for gauge in gauges), default=0)
    names = min(_NAME_CELLS, longest, max(_LEAST_NAME_CELLS, width - values - 2))
    room = max(0, width - names - values - 4)
    for gauge, text in zip(gauges, texts, strict=True):
        name = gauge.name if len(gauge.name) <= names else gauge.name[: names - 1] + "…"
        yield f"{name:<{names}}  {text:>{values}}  {blocks(gauge, room)}".rstrip()[:width]


def gauge_line(gauges: Sequence[Gauge]) -> str:
    """All of them in one line, for a pipe: `requests running 3, output tokens/s 120, ...`."""
    return ", ".join(f"{gauge.name} {shown(gauge)}" for gauge in gauges if gauge.value is not None)


def shown(gauge: Gauge) -> str:
    """The value now with its unit, and of what, if there is a limit; `-` when nothing was read."""
    if gauge.value is None or gauge.limit is None or gauge.unit == "ratio":
        return _now(gauge)
    return f"{_now(gauge)} of {_form(gauge)(gauge.limit)}"


def _now(gauge: Gauge) -> str:
    return "-" if gauge.value is None else _form(gauge)(gauge.value)


def _form(gauge: Gauge) -> Callable[[float], str]:
    return _FORMS.get(gauge.unit, significant)


def blocks(gauge: Gauge, room: int) -> str:
    """The last `room` values from 0 to the limit, or to the highest of them; a gap where nothing was read."""
    recent = gauge.history[-room:] if room else ()
    top = gauge.limit or max((value for value in recent if value is not None), default=0.0)
    if top <= 0:
        return ""
    steps = len(_BLOCKS) - 2
    return "".join(
        " " if value is None else _BLOCKS[1 + round(min(1.0, max(0.0, value / top)) * steps)] for value in recent
    )
