"""Graded answers to shares with intervals. What is not right is told apart: wrong, misformed, refused, failed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.domain.quality import Grade, KindScore, QualitySummary
from seatrial.stats.estimate import wilson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from seatrial.domain.quality import Graded

_DIFFICULTIES = ("easy", "medium", "hard")


def summarize_quality(set_name: str, graded: Sequence[Graded], provenance: dict[str, str]) -> QualitySummary:
    """The summary of one workload; `graded` holds every request that was planned, in the order asked.

    Accuracy is over all of them, refusals and misformed answers over those that were answered. Wilson's intervals
    take answers for independent, which repeated answers to one item are not.
    """
    grades = Counter(one.grade for one in graded)
    answered = len(graded) - grades[Grade.FAILED]
    first: dict[str, Graded] = {}
    for one in graded:
        first.setdefault(one.item, one)
    return QualitySummary(
        set_name=set_name,
        accuracy=wilson(grades[Grade.RIGHT], len(graded)),
        refusal_rate=wilson(grades[Grade.REFUSED], answered),
        misformed_rate=wilson(grades[Grade.MISFORMED], answered),
        tokens_per_right=_tokens_per_right(graded, grades[Grade.RIGHT]),
        kinds=_scores((one.kind, one.grade) for one in graded),
        difficulties=_scores(((one.difficulty, one.grade) for one in graded), _DIFFICULTIES),
        answers=tuple(first.values()),
        provenance=provenance,
    )


def _tokens_per_right(graded: Sequence[Graded], right: int) -> float | None:
    """None where nothing is right, or where the server did not count the tokens of an answer it completed."""
    if not right or any(one.completion_tokens is None for one in graded if one.grade is not Grade.FAILED):
        return None
    return sum(one.completion_tokens or 0 for one in graded) / right


def _scores(pairs: Iterable[tuple[str, Grade]], order: Sequence[str] = ()) -> tuple[KindScore, ...]:
    """One score per name: those in `order` first, the others by the alphabet."""
    counts: dict[str, Counter[Grade]] = {}
    for name, grade in pairs:
        counts.setdefault(name, Counter())[grade] += 1
    names = sorted(counts, key=lambda name: (order.index(name) if name in order else len(order), name))
    return tuple(
        KindScore(
            name,
            wilson(counts[name][Grade.RIGHT], counts[name].total()),
            {grade.value: counts[name][grade] for grade in Grade},
        )
        for name in names
    )


def with_changes(by_users: Mapping[int, tuple[float, QualitySummary]]) -> dict[int, QualitySummary]:
    """By workload position, the summaries of one candidate; those above its fewest users know what changed.

    `by_users`: position -> (users, infinite for open arrivals, summary). Only answers to the same set are compared,
    and only whole ones: a failure is told as one.
    """
    found = {}
    for position, (users, summary) in by_users.items():
        base = min(
            ((n, other) for n, other in by_users.values() if _same_set(other, summary)), key=lambda pair: pair[0]
        )
        found[position] = replace(summary, changed=_changed(base[1], summary)) if base[0] < users else summary
    return found


def _same_set(one: QualitySummary, other: QualitySummary) -> bool:
    return one.provenance.get("sha256") == other.provenance.get("sha256")


def _changed(base: QualitySummary, summary: QualitySummary) -> tuple[str, ...]:
    before = {one.item: one.answer for one in base.answers if one.grade is not Grade.FAILED}
    return tuple(
        one.item
        for one in summary.answers
        if one.grade is not Grade.FAILED and one.item in before and before[one.item] != one.answer
    )
