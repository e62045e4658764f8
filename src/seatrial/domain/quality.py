"""Quality: questions with deterministic checks, and what answers to them were worth."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from seatrial.domain.values import Estimate  # noqa: TC001  dataclass fields are resolved at run time by msgspec


class Grade(StrEnum):
    """right; wrong; misformed: not in the form that was asked for; refused; failed: there was no whole answer."""

    RIGHT = "right"
    WRONG = "wrong"
    MISFORMED = "misformed"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Item:
    """One question. `check` names a row of the table of checks, `arguments` what it is held against.

    `difficulty` is easy, medium or hard; `language` an ISO 639-1 code.
    """

    id: str
    kind: str
    prompt: str
    check: str
    arguments: dict[str, object]
    difficulty: str
    language: str = "en"
    max_tokens: int = 64


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Items in the order they are asked: request i asks item i, and after the last the first again.

    `sha256` is that of the whole set, of which `items` may be the beginning.
    """

    name: str
    sha256: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Graded:
    """One answer and what it was worth. `reason` says why it was not right; None is what is not known."""

    item: str
    kind: str
    difficulty: str
    grade: Grade
    reason: str
    prompt: str
    answer: str
    completion_tokens: int | None = None
    e2e_s: float | None = None


@dataclass(frozen=True, slots=True)
class KindScore:
    """The answers of one kind (or one difficulty). `accuracy` has Wilson's interval."""

    name: str
    accuracy: Estimate | None
    grades: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QualitySummary:
    """What one pass over a set was worth. Shares have Wilson's intervals and count every item that was planned,
    but for those that an interruption of the run kept from being asked.

    `refusal_rate` and `misformed_rate` are shares of the answers: a refusal where one was asked for is right, and
    not in them. `tokens_per_right`: output tokens spent on all answers / right answers. `answers`: the first to
    each item, in the order asked. `changed`: items whose answer differs from that of the same candidate at the
    lowest concurrency, None where there is no such pass. `provenance`: name and digest of the set, sampling,
    harness.
    """

    set_name: str
    accuracy: Estimate | None
    refusal_rate: Estimate | None
    misformed_rate: Estimate | None
    tokens_per_right: float | None
    kinds: tuple[KindScore, ...]
    difficulties: tuple[KindScore, ...]
    answers: tuple[Graded, ...]
    changed: tuple[str, ...] | None = None
    provenance: dict[str, str] = field(default_factory=dict)
