"""Gates: `ttft_p95 <= 1.05x; success >= 0.99`, demands that a comparison must meet for a build to go on.

A clause is a metric, `<=` or `>=`, and a limit. A limit that ends in `x` is a factor of the base; any other is in
the metric's own unit: a duration (60ms), a rate per second, or a share (0.99, or 99%).
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from seatrial.domain.comparison import GateClause
from seatrial.errors import UsageError, nearest
from seatrial.units import parse_duration_s

if TYPE_CHECKING:
    from collections.abc import Iterable

_STATS = ("mean", "p50", "p95", "p99")
EXAMPLE = 'write it as "ttft_p95 <= 1.05x", "tpot_p50 <= 60ms" or "success >= 0.99"'

# The user's word -> the metric of a comparison.
GATE_METRICS: dict[str, str] = {
    **{f"{name}_{stat}": f"{name}_s.{stat}" for name in ("ttft", "tpot", "e2e", "icl") for stat in _STATS},
    "output_tokens": "output_tokens_per_s",
    "requests": "requests_per_s",
    "goodput": "goodput_per_s",
    "attainment": "attainment",
    "success": "success",
    "accuracy": "accuracy",
}
SHARES = frozenset({"attainment", "success", "accuracy"})
_BY_KEY = {key: key for key in GATE_METRICS.values()}  # what --json calls a metric does as well

_CLAUSE = re.compile(r"([A-Za-z0-9_.]+)\s*(<=|>=|==|=|<|>)(?!=)\s*(.+)")
_FACTOR = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*x")


def parse_gate(texts: Iterable[str]) -> tuple[GateClause, ...]:
    """The clauses of all `texts`, each of which may hold several with `;` between. Raises UsageError."""
    clauses = [_clause(part.strip()) for text in texts for part in text.split(";") if part.strip()]
    if not clauses:
        raise UsageError("the gate is empty", EXAMPLE)
    return tuple(clauses)


def _clause(text: str) -> GateClause:
    match = _CLAUSE.fullmatch(text)
    if match is None:
        raise UsageError(f'"{text}" in the gate is not a clause', EXAMPLE)
    name, sign, limit = match.groups()
    metric = GATE_METRICS.get(name) or _BY_KEY.get(name)
    if metric is None:
        raise UsageError(f'"{name}" in the gate "{text}" is no metric', nearest(name, GATE_METRICS))
    at_least = not metric.partition(".")[0].endswith("_s") or metric.endswith("_per_s")
    if sign != (wanted := ">=" if at_least else "<="):
        why = "more of it is better" if at_least else "less of it is better"
        raise UsageError(f'"{sign}" in the gate "{text}" cannot be', f"of {name}, {why}: write {wanted}")
    if (factor := _FACTOR.fullmatch(limit)) and float(factor[1]) > 0:
        return GateClause(text, metric, at_least, float(factor[1]), relative=True)
    return GateClause(text, metric, at_least, _absolute(metric, limit, text), relative=False)


def _absolute(metric: str, limit: str, text: str) -> float:
    try:
        if "." in metric:  # a statistic of a duration
            return parse_duration_s(limit)
        value = float(limit.removesuffix("%")) / 100 if limit.endswith("%") else float(limit)
    except ValueError:
        value = math.nan
    most = 1.0 if metric in SHARES else math.inf
    if not 0 <= value <= most or math.isinf(value):
        kind = "a duration such as 60ms" if "." in metric else "a share from 0 to 1" if most == 1 else "a number"
        raise UsageError(f'"{limit}" in the gate "{text}" is no limit', f"give {kind}, or a factor such as 1.05x")
    return value
