"""What can simply be counted: requests by how they ended, tokens asked for and tokens counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seatrial.domain.sample import Outcome
from seatrial.domain.summary import Counts
from seatrial.stats.metrics import tokens_per_chunk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seatrial.stats.table import Floats, SampleTable


def count_requests(outcome: NDArray[np.str_], planned: int | None = None) -> Counts:
    """Requests by how they ended; `planned` defaults to all there are."""
    completed = int(np.count_nonzero(outcome == Outcome.OK.value))
    never_sent = int(np.count_nonzero(outcome == Outcome.NEVER_SENT.value))
    sent = len(outcome) - never_sent
    return Counts(
        planned=len(outcome) if planned is None else planned,
        sent=sent,
        completed=completed,
        failed=sent - completed,
        never_sent=never_sent,
    )


def count_failures(table: SampleTable) -> dict[str, int]:
    """Failed requests by outcome, the most frequent first."""
    names, counts = np.unique(table.outcome, return_counts=True)
    failures = {
        str(name): int(count)
        for name, count in zip(names, counts, strict=True)
        if name not in (Outcome.OK.value, Outcome.NEVER_SENT.value)
    }
    return dict(sorted(failures.items(), key=lambda item: -item[1]))


def count_tokens(table: SampleTable) -> dict[str, float | None]:
    """Mean tokens of completed requests, asked for and counted by the server; None where nobody says.

    `input_worst_deviation`: counted minus asked of the prompt that is furthest off.
    """
    done = table.completed
    deviation = (table.prompt_tokens - table.input_tokens_asked)[done]
    deviation = deviation[~np.isnan(deviation)]
    worst = float(deviation[np.argmax(np.abs(deviation))]) if deviation.size else None
    return {
        "input_asked": _mean(table.input_tokens_asked[done]),
        "input_counted": _mean(table.prompt_tokens[done]),
        "input_cached": _mean(table.cached_tokens[done]),
        "input_worst_deviation": worst,
        "output_asked": _mean(table.output_tokens_asked[done]),
        "output_counted": _mean(table.completion_tokens[done]),
        "tokens_per_chunk": _mean(tokens_per_chunk(table)),
    }


def _mean(values: Floats) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else None
