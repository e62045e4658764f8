"""What one answer to one item was worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.domain.quality import Grade, Graded
from seatrial.domain.sample import Outcome
from seatrial.quality.checks import CHECKS
from seatrial.quality.judged import Judged
from seatrial.quality.refusals import is_refusal
from seatrial.quality.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seatrial.domain.quality import Item

CUT_OFF = "length"  # the finish reason of every protocol we speak


def grade(
    item: Item,
    *,
    text: str | None,
    outcome: Outcome = Outcome.OK,
    finish_reason: str | None = None,
    detail: str | None = None,
    completion_tokens: int | None = None,
    e2e_s: float | None = None,
) -> Graded:
    """The grade of `text` as an answer to `item`; `detail` says why there is none. Times and counts are kept."""
    answer = visible(text or "")
    if outcome is not Outcome.OK:
        cause = outcome.value.replace("_", " ")
        judged = Judged(Grade.FAILED, f"{cause}: {detail}" if detail else cause)
    elif not answer:
        what = "nothing but reasoning" if (text or "").strip() else "the answer is empty"
        judged = Judged(
            Grade.FAILED, f"{what}, cut off at the limit of tokens" if finish_reason == CUT_OFF else what
        )
    else:
        judged = _judged(item, answer, is_cut=finish_reason == CUT_OFF)
    return Graded(
        item=item.id,
        kind=item.kind,
        difficulty=item.difficulty,
        grade=judged.grade,
        reason=judged.reason,
        prompt=item.prompt,
        answer=answer,
        completion_tokens=completion_tokens,
        e2e_s=e2e_s,
    )


def _judged(item: Item, answer: str, *, is_cut: bool) -> Judged:
    """A cut answer that more text might have mended is no whole answer."""
    judged = judge(item.check, answer, item.arguments)
    if is_cut and judged.is_open and judged.grade is not Grade.REFUSED:
        return Judged(Grade.FAILED, f"cut off at the limit of tokens before an answer: {judged.reason}")
    return judged


def judge(check: str, answer: str, arguments: Mapping[str, object]) -> Judged:
    """By check `check`; an answer that is not right and opens by refusing is refused, whatever the check says."""
    judged = CHECKS[check].judge(answer, arguments)
    if judged.grade in (Grade.WRONG, Grade.MISFORMED) and check != "declines" and is_refusal(answer):
        return Judged(Grade.REFUSED, "it refuses")
    return judged
