"""What a user may ask of a suite, and what all suites make of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from seatrial.domain.traffic import Lengths, Workload

if TYPE_CHECKING:
    from seatrial.domain.traffic import Arrivals

INPUT = Lengths(128)
OUTPUT = Lengths(64)

_Value = TypeVar("_Value")
_Default = TypeVar("_Default")


@dataclass(frozen=True, slots=True)
class SuiteOptions:
    """Overrides of a suite; None means the suite's own default. What each means: `SUITES[name].options`."""

    requests: int | None = None
    duration_s: float | None = None
    concurrency: tuple[int, ...] | None = None
    rate_per_s: float | None = None
    arrivals: Arrivals | None = None
    cv: float | None = None
    batches: tuple[int, ...] | None = None
    input_tokens: tuple[Lengths, ...] | None = None
    output_tokens: tuple[Lengths, ...] | None = None


def base_workload(options: SuiteOptions, name: str) -> Workload:
    """A workload of that name with the lengths asked for. Raises ValueError for more than one length."""
    return Workload(
        name=name,
        input_tokens=only(options.input_tokens, "input_tokens", INPUT),
        output_tokens=only(options.output_tokens, "output_tokens", OUTPUT),
    )


def only(values: tuple[_Value, ...] | None, word: str, default: _Default) -> _Value | _Default:
    """The single value, or `default` where none was given. Raises ValueError for several."""
    if values is None:
        return default
    if len(values) != 1:
        raise ValueError(f"takes one value as {word}, not {len(values)}")
    return values[0]
