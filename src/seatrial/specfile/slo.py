"""Objectives: `ttft_p95 = "1s"` in a spec, `ttft_p95=1s` on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.domain.trial import Objective, Slo
from seatrial.errors import UsageError, nearest
from seatrial.specfile.kinds import DURATION, FRACTION
from seatrial.specfile.tables import FaultError, Key, take

if TYPE_CHECKING:
    from collections.abc import Mapping

METRICS = {
    "ttft": "time to first token, from sending",
    "ttft_intended": "time to first token, from the intended start",
    "ttfa": "time to first token of the answer itself, after any reasoning",
    "tpot": "time per output token after the first",
    "icl": "time between chunks, all requests together",
    "e2e": "time to last token, from sending",
}
STATS = ("mean", "p50", "p95", "p99")
SUCCESS = "success"

SLO_KEYS: dict[str, Key] = {
    SUCCESS: Key(FRACTION, "none", "completed requests as a share of the planned ones, at least", "0.99"),
    **{
        f"{metric}_{stat}": Key(DURATION, "none", f"{stat} of the {meaning}, at most", '"1s"')
        for metric, meaning in METRICS.items()
        for stat in STATS
    },
}


def read_slo(table: Mapping[str, object]) -> Slo:
    """The objectives of an [slo] table, in its order. Raises FaultError."""
    return Slo(tuple(_objective(key, limit) for key, limit in take(SLO_KEYS, table, "[slo]").items()))


def _objective(key: str, limit: float) -> Objective:
    if key == SUCCESS:
        return Objective(key, SUCCESS, "ratio", limit)
    metric, _, stat = key.rpartition("_")
    return Objective(key, f"{metric}_s", stat, limit)


def parse_slo(text: str) -> Objective:
    """The objective in a text such as `ttft_p95=1s` or `success=0.99`. Raises UsageError."""
    key, equals, written = (part.strip() for part in text.partition("="))
    if not equals or not written:
        raise UsageError(f'"{text}" is not an objective', "write it as ttft_p95=1s or success=0.99")
    if key not in SLO_KEYS:
        raise UsageError(f'"{key}" in "{text}" is not an objective', nearest(key, SLO_KEYS))
    try:
        (objective,) = read_slo({key: _number_or_text(written)}).objectives
    except FaultError as fault:
        raise UsageError(f'in "{text}", {key} {fault.problem}', "write it as ttft_p95=1s or success=0.99") from None
    return objective


def _number_or_text(written: str) -> float | str:
    try:
        return float(written)
    except ValueError:
        return written
