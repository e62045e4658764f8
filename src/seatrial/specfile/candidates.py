"""[[candidates]] of a spec."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.domain.trial import Candidate
from seatrial.specfile.keys import CANDIDATE_KEYS
from seatrial.specfile.tables import FaultError, inside, take

if TYPE_CHECKING:
    from collections.abc import Sequence

EMBEDDED = "embedded"


def read_candidates(tables: Sequence[object]) -> tuple[Candidate, ...]:
    """The candidates of all tables in order, each with its own name. Raises FaultError."""
    given = []
    for index, table in enumerate(tables):
        with inside(index):
            given.append(_candidate(table))
    labels = iter(_labels([candidate for candidate in given if not candidate.name]))
    candidates = tuple(c if c.name else replace(c, name=next(labels)) for c in given)
    counts = Counter(candidate.name for candidate in candidates)
    for index, candidate in reversed(list(enumerate(candidates))):
        if counts[candidate.name] > 1:
            raise FaultError((index,), f'makes a second candidate called "{candidate.name}"', "name it otherwise")
    return candidates


def _candidate(table: object) -> Candidate:
    given = take(CANDIDATE_KEYS, table, "[[candidates]]")
    if given.get("engine") == EMBEDDED:
        if "endpoint" in given:
            hint = "the embedded engine is started by seatrial itself: leave endpoint out"
            raise FaultError(("endpoint",), "cannot be used with the embedded", hint, other=("engine",))
    elif "endpoint" not in given:
        raise FaultError((), "needs endpoint", 'for example endpoint = "http://127.0.0.1:8000"')
    elif "settings" in given:
        hint = "settings are for the embedded engine; a server that runs already has its own"
        raise FaultError(("settings",), "cannot be used together with", hint, other=("endpoint",))
    if "ready" in given and "cold_command" not in given:
        raise FaultError(("ready",), "is asked only after a cold start, and needs", other=("cold_command",))
    return Candidate(**{"name": "", "model": None, **given})


def _labels(candidates: Sequence[Candidate]) -> list[str]:
    """A name for each: its model, with as much more as it takes to tell them apart."""
    parts = [
        (
            c.model or c.endpoint or c.engine,
            c.engine if c.model else None,
            ", ".join(f"{name}={value}" for name, value in c.settings),
            c.endpoint if c.model else None,
        )
        for c in candidates
    ]
    for depth in range(1, 5):
        labels = [", ".join(part for part in some[:depth] if part) for some in parts]
        if len(set(labels)) == len(labels):
            return labels
    return [f"{some[0]} ({number})" for number, some in enumerate(parts, 1)]
