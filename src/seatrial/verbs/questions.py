"""Questions on their way into a run, and the grades of what came back: derived from the store, each time."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from seatrial import __version__
from seatrial.domain.sample import Outcome, Sample
from seatrial.domain.traffic import BUILTIN_QUESTIONS
from seatrial.quality.grading import grade
from seatrial.quality.sets import builtin_set, own_set
from seatrial.stats.cold import concurrency_of
from seatrial.stats.quality import summarize_quality, with_changes
from seatrial.units import NS_PER_S
from seatrial.verbs.prompting import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatrial.domain.quality import Graded, Item, QualitySummary, QuestionSet
    from seatrial.domain.record import WorkloadRecord
    from seatrial.domain.traffic import Workload
    from seatrial.domain.trial import Spec
    from seatrial.store.store import Store

_NOT_ASKED = frozenset({Outcome.INTERRUPTED, Outcome.NEVER_SENT})
SAME_QUESTIONS = "questions are sent as they are: a prefix cache may answer for those it has seen before"


def questions_of(workload: Workload) -> QuestionSet | None:
    """The set that `workload` asks, down to what it comes to; None for a workload without questions.

    Raises UsageError for a file that is none.
    """
    if workload.questions is None:
        return None
    asked = builtin_set() if workload.questions == BUILTIN_QUESTIONS else _from_file(Path(workload.questions))
    return replace(asked, items=asked.items[: workload.requests])


def with_extent(spec: Spec) -> Spec:
    """`spec` with the requests counted of workloads that ask each question of their set once.

    Raises UsageError for a file of questions that cannot be used.
    """
    return replace(spec, workloads=tuple(map(_counted, spec.workloads)))


def _counted(workload: Workload) -> Workload:
    asked = questions_of(workload)
    extents = (workload.requests, workload.duration_s, workload.stages or None, workload.batches or None)
    if asked is None or any(extent is not None for extent in extents):
        return workload
    return replace(workload, requests=len(asked.items))


def _from_file(path: Path) -> QuestionSet:
    hint = 'check the key questions; "builtin" is the set that comes with seatrial'
    return own_set(path.name, text_of(path, "questions", hint))


def qualities(store: Store, run_id: str, seed: int, records: Iterable[WorkloadRecord]) -> dict[int, QualitySummary]:
    """By workload position, what the answers of one candidate were worth; of workloads with questions."""
    found = {}
    for record in records:
        if record.questions is None or record.skipped is not None:
            continue
        graded = graded_samples(record.questions, store.samples(run_id, record.position))
        summary = summarize_quality(record.questions.name, graded, _provenance(record, record.questions, seed))
        found[record.position] = (concurrency_of(record.workload) or math.inf, summary)
    return with_changes(found)


def graded_samples(asked: QuestionSet, samples: Iterable[Sample]) -> list[Graded]:
    """The same answer to the same item is graded once: a load may ask each a thousand times.

    What an interruption kept from being asked is left out: that is no failure of the candidate.
    """
    known: dict[tuple[object, ...], Graded] = {}
    graded: list[tuple[Outcome, Graded]] = []
    for sample in samples:
        item = asked.items[sample.index % len(asked.items)]
        key = (item.id, sample.text, sample.outcome, sample.finish_reason, sample.detail)
        if key not in known:
            known[key] = _grade(item, sample)
        one = replace(known[key], completion_tokens=sample.completion_tokens, e2e_s=_e2e_s(sample))
        graded.append((sample.outcome, one))
    was_interrupted = any(outcome is Outcome.INTERRUPTED for outcome, _ in graded)
    return [one for outcome, one in graded if not (was_interrupted and outcome in _NOT_ASKED)]


def _grade(item: Item, sample: Sample) -> Graded:
    return grade(
        item,
        text=sample.text,
        outcome=sample.outcome,
        finish_reason=sample.finish_reason,
        detail=sample.detail,
    )


def _e2e_s(sample: Sample) -> float | None:
    """Seconds from the send to the last token; None for an answer that is not whole."""
    if sample.outcome is not Outcome.OK or len(sample.chunk_ns) < 8:
        return None
    return int.from_bytes(sample.chunk_ns[-8:], "little", signed=True) / NS_PER_S


def _provenance(record: WorkloadRecord, asked: QuestionSet, seed: int) -> dict[str, str]:
    room = round(record.workload.output_tokens.mean)
    return {
        "set": asked.name,
        "sha256": asked.sha256,
        "questions asked": str(len(asked.items)),
        "temperature": "0",
        "seed": str(seed),
        "max_tokens": "each question's own" + (f", at least {room}" if room > 1 else ""),
        "repetition penalty": "not sent: the server's own",
        "graded by": f"seatrial {__version__}, when summarised",
    }
