"""A gate held against a comparison: each clause met, missed, or not to be told from so few requests.

A clause is met when the whole interval is within the limit. It is missed when the value is beyond the limit and
that is no accident: the interval lies wholly beyond the limit, or, for a factor of the base, wholly on the worse
side of no change. Between the two it cannot be told, which lets a build pass unless the user is strict: a build
that turns red by chance is soon ignored. A metric that was not measured fails the gate, since it would never have
guarded anything, and so does a value beyond the limit for which there is no interval to excuse it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.domain.comparison import GateCheck
from seatrial.domain.values import Estimate
from seatrial.stats.compare.metrics import METRICS
from seatrial.stats.compare.ratio import estimate_of, logged_share
from seatrial.units import format_s, significant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seatrial.domain.comparison import GateClause, MetricChange

_TAIL = 0.05


def check_gate(
    clauses: Sequence[GateClause],
    metrics: Mapping[str, MetricChange],
    absolute: Mapping[str, Sequence[tuple[str, Estimate]]],
    *,
    strict: bool = False,
    untrusted: bool = False,
    unlike: bool = False,
) -> tuple[GateCheck, ...]:
    """One check per clause. `absolute`: by metric, what the new side measured under each load, by its label.

    An absolute limit holds for every load. Nothing is met by a measurement that is `untrusted`,
    and no factor of the base where the sides are `unlike`.
    """
    return tuple(
        _check(clause, metrics, absolute, strict, _undone(clause, untrusted, unlike)) for clause in clauses
    )


def _check(
    clause: GateClause,
    metrics: Mapping[str, MetricChange],
    absolute: Mapping[str, Sequence[tuple[str, Estimate]]],
    strict: bool,
    undone: str,
) -> GateCheck:
    change = metrics.get(clause.metric)
    if clause.relative:
        found = [] if change is None or change.ratio is None else [("", change.ratio)]
    else:
        found = [
            (label, _with_interval(clause.metric, estimate)) for label, estimate in absolute.get(clause.metric, ())
        ]
    if not found:
        why = change.note if change is not None and change.note else "not measured"
        return GateCheck(clause.text, None, why, fails=True)
    judged = [(_met(clause, estimate), label, estimate) for label, estimate in found]
    # The load that stands worst speaks for all.
    met, label, worst = min(
        judged, key=lambda each: ({False: 0, None: 1, True: 2}[each[0]], _room(clause, each[2]))
    )
    told = f"{label}: {_shown(clause, worst)}" if label and len(found) > 1 else _shown(clause, worst)
    if undone:
        return GateCheck(clause.text, None, f"{told}, but {undone}", fails=True)
    if worst.low is None and worst.high is None:
        beyond = _room(clause, worst) < 0
        return GateCheck(
            clause.text, None, f"{told}, without an interval: too few independent requests", fails=beyond or strict
        )
    fails = met is False or (met is None and strict)
    return GateCheck(clause.text, met, told + _rest(clause, met, worst), fails=fails)


def _undone(clause: GateClause, untrusted: bool, unlike: bool) -> str:
    """Why nothing that was found can meet the clause; empty where it can."""
    if untrusted:
        return "the measurement is invalid"
    return "the loads differ, or are not known to be the same" if unlike and clause.relative else ""


def _met(clause: GateClause, estimate: Estimate) -> bool | None:
    """On the side of the limit where all is well, with the sign turned so that less is better."""
    sign = -1 if clause.at_least else 1
    limit, value = sign * clause.limit, sign * estimate.value
    ends = (estimate.high, estimate.low) if clause.at_least else (estimate.low, estimate.high)
    best, worst = (None if end is None else sign * end for end in ends)
    if worst is not None and worst <= limit:
        return True
    # Of a factor: a change for the worse that is real, and larger than allowed.
    real = min(limit, sign * 1.0) if clause.relative else limit
    return False if value > limit and best is not None and best > real else None


def _room(clause: GateClause, estimate: Estimate) -> float:
    return (estimate.value - clause.limit) * (1 if clause.at_least else -1)


def _with_interval(metric: str, estimate: Estimate) -> Estimate:
    """A share with Wilson's interval, where it came without."""
    if not METRICS[metric].is_share or (found := logged_share(estimate, _TAIL)) is None:
        return estimate
    ends = estimate_of(found, estimate.n)
    return Estimate(estimate.value, ends.low or 0.0, ends.high, estimate.n)


def _rest(clause: GateClause, met: bool | None, estimate: Estimate) -> str:
    if met is not None:
        return ""
    beyond = _room(clause, estimate) < 0
    return f", {'beyond' if beyond else 'within'} the limit by less than its uncertainty"


def _shown(clause: GateClause, estimate: Estimate) -> str:
    form = _form(clause)
    if estimate.low is None and estimate.high is None:
        return form(estimate.value)
    low, high = ("-" if end is None else form(end) for end in (estimate.low, estimate.high))
    return f"{form(estimate.value)} [{low}, {high}]"


def _form(clause: GateClause) -> Callable[[float], str]:
    if clause.relative:
        return lambda value: f"{value:.3f}x"
    if METRICS[clause.metric].is_share:
        return lambda value: f"{value * 100:.4g} %"
    return format_s if "." in clause.metric else significant
