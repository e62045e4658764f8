"""The suites that change the load over time: stages of users, or of requests per second.

Each takes `SuiteOptions` and raises ValueError, worded to follow the suite's name, for options that contradict.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from seatrial.catalog.suite_options import base_workload, only
from seatrial.domain.traffic import OPEN_ARRIVALS, Arrivals, Stage

if TYPE_CHECKING:
    from seatrial.catalog.suite_options import SuiteOptions
    from seatrial.domain.traffic import Workload


class _Part(NamedTuple):
    """A stage as parts of a whole: `start` and `end` of the peak, `share` of the duration."""

    start: float
    end: float
    share: float


_RAMP = (_Part(0, 1, 1 / 3), _Part(1, 1, 1 / 3), _Part(1, 0, 1 / 3))
_SPIKE = (_Part(0.25, 0.25, 1 / 3), _Part(1, 1, 1 / 3), _Part(0.25, 0.25, 1 / 3))
_ENDURANCE = (_Part(1, 1, 1 / 5),) * 5  # in fifths, so that a drift shows from stage to stage


def ramp(options: SuiteOptions) -> tuple[Workload, ...]:
    """Up, hold, down."""
    return (_staged(options, "ramp", _RAMP, users=8, duration_s=90.0),)


def spike(options: SuiteOptions) -> tuple[Workload, ...]:
    """A sudden fourfold load, and back."""
    return (_staged(options, "spike", _SPIKE, users=8, duration_s=90.0),)


def endurance(options: SuiteOptions) -> tuple[Workload, ...]:
    """A long hold."""
    return (_staged(options, "endurance", _ENDURANCE, users=4, duration_s=600.0),)


def _staged(
    options: SuiteOptions, name: str, parts: tuple[_Part, ...], *, users: int, duration_s: float
) -> Workload:
    arrivals = _arrivals(options)
    total_s = duration_s if options.duration_s is None else options.duration_s
    peak_users = only(options.concurrency, "concurrency", users)
    return replace(
        base_workload(options, name),
        arrivals=arrivals,
        cv=options.cv,
        concurrency=None if arrivals is Arrivals.CLOSED or options.concurrency is None else peak_users,
        stages=tuple(
            Stage(
                _level(part.start, options.rate_per_s, peak_users),
                _level(part.end, options.rate_per_s, peak_users),
                total_s * part.share,
            )
            for part in parts
        ),
    )


def _level(part: float, peak_per_s: float | None, peak_users: int) -> float:
    """Requests per second where there is a peak rate, else whole users, at least one."""
    return max(1, round(part * peak_users)) if peak_per_s is None else part * peak_per_s


def _arrivals(options: SuiteOptions) -> Arrivals:
    has_rate = options.rate_per_s is not None
    arrivals = options.arrivals or (Arrivals.POISSON if has_rate else Arrivals.CLOSED)
    if arrivals not in OPEN_ARRIVALS | {Arrivals.CLOSED}:
        raise ValueError(f"cannot have {arrivals} arrivals")
    if arrivals in OPEN_ARRIVALS and not has_rate:
        raise ValueError(f"with {arrivals} arrivals needs a rate")
    if arrivals is Arrivals.CLOSED and has_rate:
        raise ValueError("with closed arrivals cannot have a rate; users are set by concurrency")
    if (arrivals is Arrivals.GAMMA) != (options.cv is not None):
        raise ValueError("needs cv with gamma arrivals, and takes it with no other")
    return arrivals
