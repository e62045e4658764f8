"""[[workloads]] of a spec: a suite's, spelt out by the catalog, or the user's own."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from seatrial.catalog.suite_options import SuiteOptions
from seatrial.catalog.suite_quality import NO_MORE_ROOM
from seatrial.catalog.suites import expand, find_suite
from seatrial.domain.traffic import OPEN_ARRIVALS, Arrivals, Workload
from seatrial.errors import UsageError
from seatrial.specfile.keys import MANNER_KEYS, SUITE_KEYS, WORKLOAD_KEYS
from seatrial.specfile.kinds import MOST
from seatrial.specfile.load_rules import check_load, check_pairs, implied_arrivals
from seatrial.specfile.tables import FaultError, inside, take

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_SUITE = "quick"
DEFAULT_REQUESTS_AT_ONCE = 10
DEFAULT_DURATION_S = 30.0

_LENGTHS = "the suite is about lengths, and these prompts have the lengths they have"
_ASKS = "the suite asks questions, as they were written"
_NOT_IN = {
    "prompts": {"tokens": _LENGTHS, "quality": _ASKS},
    "questions": {"tokens": _LENGTHS},
    "prefix": {"quality": _ASKS},
}  # key -> suite -> why not

_OPTION_FIELDS = frozenset(field.name for field in fields(SuiteOptions))


def read_workloads(tables: Sequence[object]) -> tuple[Workload, ...]:
    """The workloads of all tables in order, each with its own name. Raises FaultError."""
    found: list[Workload] = []
    for index, table in enumerate(tables):
        with inside(index):
            new = _workloads(table)
            _check_names([*found, *new])
            found += new
    return tuple(found)


def _check_names(workloads: Sequence[Workload]) -> None:
    name, count = Counter(workload.name for workload in workloads).most_common(1)[0]
    if count > 1:
        raise FaultError((), f'makes a second workload called "{name}"', "tell them apart with name")


def _workloads(table: object) -> tuple[Workload, ...]:
    if isinstance(table, dict) and "suite" in table:
        return _suite(table)
    return (_own(table),)


def _own(table: object) -> Workload:
    given = take(WORKLOAD_KEYS, table, "[[workloads]]", or_else=("suite",))
    assert isinstance(table, dict)
    given.setdefault("arrivals", implied_arrivals(table))
    arrivals = given["arrivals"]
    check_load(table, arrivals)
    if arrivals is Arrivals.CLOSED and "stages" not in given:
        given.setdefault("concurrency", 1)
    if arrivals is Arrivals.AT_ONCE:
        given.setdefault("requests", DEFAULT_REQUESTS_AT_ONCE)
    if "questions" in given:
        given.setdefault("output_tokens", NO_MORE_ROOM)
    elif not given.keys() & {"requests", "duration_s", "stages", "batches"}:
        given["duration_s"] = DEFAULT_DURATION_S
    workload = Workload(**{"name": "", **given})
    _check_volume(workload)
    return workload if workload.name else replace(workload, name=_name(workload))


def _check_volume(workload: Workload) -> None:
    """Raises FaultError for open arrivals of more requests than a computer can hold."""
    if workload.arrivals not in OPEN_ARRIVALS or workload.requests is not None:
        return
    if workload.stages:
        key, expected = "stages", sum((s.start + s.end) / 2 * s.over_s for s in workload.stages)
    else:
        key, expected = "rate", (workload.rate_per_s or 0.0) * (workload.duration_s or 0.0)
    if expected > MOST:
        raise FaultError((key,), f"asks for {expected:,.0f} requests; no more than {MOST:,} are possible")


def _name(workload: Workload) -> str:
    """A name out of the load: closed-8, poisson-4-per-s, all-at-once-10, closed-stages, batches."""
    arrivals = workload.arrivals
    if workload.stages:
        return f"{arrivals}-stages"
    if arrivals is Arrivals.BATCHES:
        return "batches"
    if arrivals in OPEN_ARRIVALS:
        return f"{arrivals}-{workload.rate_per_s:g}-per-s"
    return f"{arrivals}-{workload.requests if arrivals is Arrivals.AT_ONCE else workload.concurrency}"


def _suite(table: dict[str, Any]) -> tuple[Workload, ...]:
    for key in table:
        if key in WORKLOAD_KEYS and key not in SUITE_KEYS:
            raise FaultError((key,), "is for workloads of your own; it cannot be used with", other=("suite",))
    given = take(SUITE_KEYS, table, "[[workloads]]")
    suite = given.pop("suite")
    _check_options(suite, table)
    prefix = f"{given.pop('name')}/" if "name" in given else ""
    if "questions" in given:
        given.setdefault("output_tokens", (NO_MORE_ROOM,))
    options = SuiteOptions(**{name: given.pop(name) for name in list(given) if name in _OPTION_FIELDS})
    try:
        workloads = expand(suite, options)
    except UsageError as error:
        raise FaultError(("suite",), error.message.removeprefix("suite "), error.hint) from None
    return tuple(replace(workload, name=prefix + workload.name, **given) for workload in workloads)


def _check_options(suite: str, table: dict[str, Any]) -> None:
    known = find_suite(suite)[0].options
    for key in table:
        if key not in {"suite", "name", *MANNER_KEYS, *known}:
            raise FaultError((key,), f'has no use in suite "{suite}"', f"it takes {', '.join(known)}")
    check_pairs(table)
    for key, suites in _NOT_IN.items():
        if key in table and suite in suites:
            raise FaultError((key,), "cannot be used with", suites[suite], other=("suite",))
