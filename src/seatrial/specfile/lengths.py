"""Values that are tables themselves: token lengths and the stages of a schedule."""

from __future__ import annotations

from typing import Any

from seatrial.domain.traffic import Lengths, Stage
from seatrial.specfile.kinds import COUNT, DURATION, LEVEL, MOST, NOT_NEGATIVE, NUMBER
from seatrial.specfile.tables import FaultError, Key, Kind, inside, take

LENGTH_KEYS: dict[str, Key] = {
    "mean": Key(NUMBER, "required", "mean number of tokens", "512"),
    "cv": Key(NOT_NEGATIVE, "0", "coefficient of variation (standard deviation / mean) of a log-normal", "0.5"),
    "low": Key(COUNT, "1", "no request has fewer tokens", "16"),
    "high": Key(COUNT, "none", "no request has more tokens", "2048"),
}

STAGE_KEYS: dict[str, Key] = {
    "from": Key(LEVEL, "required", "users, or requests per second, at the start", "1", "start"),
    "to": Key(LEVEL, "required", "users, or requests per second, at the end", "10", "end"),
    "over": Key(DURATION, "required", "how long the straight line from one to the other takes", '"30s"', "over_s"),
}


def _lengths(value: Any) -> Lengths:
    if not isinstance(value, dict):
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
            raise ValueError
        return Lengths(value)
    fields = take(LENGTH_KEYS, value, "a length")
    if "mean" not in fields:
        raise FaultError((), "needs mean", "for example { mean = 512, cv = 0.5 }")
    lengths = Lengths(**fields)
    if lengths.mean < lengths.low:
        raise FaultError(("mean",), "is below", other=("low",))
    if lengths.high is not None and lengths.mean > lengths.high:
        raise FaultError(("mean",), "is above", other=("high",))
    return lengths


def _several_lengths(value: Any) -> tuple[Lengths, ...]:
    if not isinstance(value, list):
        return (_lengths(value),)
    if not value:
        raise ValueError
    return tuple(_lengths(item) for item in value)


def _stages(value: Any) -> tuple[Stage, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError
    stages = []
    for index, item in enumerate(value):
        with inside(index):
            stages.append(_stage(item))
    if all(stage.start == stage.end == 0 for stage in stages):
        raise FaultError((), "never rise above 0: nothing would be sent")
    return tuple(stages)


def _stage(value: object) -> Stage:
    fields = take(STAGE_KEYS, value, "a stage")
    for name, key in STAGE_KEYS.items():
        if key.field not in fields:
            raise FaultError((), f"needs {name}", 'for example { from = 1, to = 10, over = "30s" }')
    return Stage(**fields)


LENGTHS = Kind("a whole number of tokens, 1 or more, or a table of mean, cv, low, high", _lengths)
SEVERAL_LENGTHS = Kind(f"{LENGTHS.expected}, or a list of numbers", _several_lengths)
STAGES = Kind("a list of stages, each with from, to, over", _stages)
