"""What a reader must know to read the numbers of a workload rightly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seatrial.stats.cold import idle_before_first_send_s
from seatrial.stats.estimate import is_bounded
from seatrial.stats.metrics import has_chunk_usage, input_speed_source
from seatrial.units import format_s

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seatrial.domain.record import WorkloadRecord
    from seatrial.domain.summary import Distribution
    from seatrial.stats.table import Floats, Ints, SampleTable

# Lengths within 2 % or 2 tokens of what was asked are as exact as prompts made without a tokenizer can be.
TOKENS_OFF = 2.0
SHARE_OFF = 0.02
CHUNK_OFF = 0.02
IDLE_S = 0.1
# A half interval of less than this share of its mean is narrow enough for anyone, whatever it is made of.
WIDE_SHARE = 0.05

_WIDE = (
    "requests depend on each other too closely for their number, so intervals are wide: "
    "they reach as far as the parts of the run lie apart; more requests would narrow them"
)


def notes_on(record: WorkloadRecord, table: SampleTable, tokens: Mapping[str, float | None]) -> tuple[str, ...]:
    """Sentences, those of the record first; none for what is as one would expect."""
    return (*record.notes, *_on_chunks(record, table, tokens), *_on_lengths(tokens), *_on_cold(record, table))


def notes_on_intervals(taken_s: Distribution | None, times_s: Floats, sequence: Ints | None) -> tuple[str, ...]:
    """Whether intervals are wide because requests depend on each other. `times_s`, shape (n,): times to complete,
    NaN where they do not count; `taken_s` is what became of them, `sequence` their rows in order of time.
    """
    if taken_s is None or sequence is None or taken_s.mean.low is None or taken_s.mean.high is None:
        return ()
    wide = taken_s.mean.high - taken_s.mean.low > 2 * WIDE_SHARE * taken_s.mean.value
    return (_WIDE,) if wide and is_bounded(times_s, sequence) else ()


def _on_chunks(record: WorkloadRecord, table: SampleTable, tokens: Mapping[str, float | None]) -> Iterator[str]:
    if not table.completed.any():
        return
    if not record.workload.stream:
        yield "answers came in one piece: there is no first token and no gap between tokens to time"
    elif tokens["output_counted"] is None:
        yield "the server counts no output tokens: TPOT is unknown, and every chunk is taken for one token"
    per_chunk = tokens["tokens_per_chunk"]
    if record.workload.stream and per_chunk is not None and abs(per_chunk - 1) > CHUNK_OFF:
        first = "" if has_chunk_usage(table) else "; the first chunk is assumed to hold 1"
        yield f"a chunk holds {per_chunk:.2f} tokens on average, so chunk gaps are not token gaps{first}"
    merged = int(np.count_nonzero(table.first_read_chunks > 1))
    if merged and record.workload.stream:
        yield f"the first read held several chunks in {merged} answers, so their TTFT may be that of a later chunk"
    if input_speed_source(table) == "prompt_eval":
        yield "input speed is prompt tokens / the prompt evaluation time told by the server"
    elif record.workload.stream and tokens["input_counted"] is not None:
        yield "input speed is prompt tokens / TTFT, which includes any wait in a queue"


def _on_lengths(tokens: Mapping[str, float | None]) -> Iterator[str]:
    worst, asked = tokens["input_worst_deviation"], tokens["input_asked"]
    if worst is not None and asked is not None and abs(worst) > max(TOKENS_OFF, SHARE_OFF * asked):
        yield f"the prompt furthest from the asked length is off by {worst:+.0f} tokens (mean asked {asked:.0f})"
    counted, wanted = tokens["output_counted"], tokens["output_asked"]
    if counted is not None and wanted is not None and abs(counted - wanted) > max(TOKENS_OFF, SHARE_OFF * wanted):
        yield f"answers held {counted:.0f} tokens on average where {wanted:.0f} were asked for"


def _on_cold(record: WorkloadRecord, table: SampleTable) -> Iterator[str]:
    idle_s = None if record.cold is None else idle_before_first_send_s(record.cold, table)
    if idle_s is not None and idle_s > IDLE_S:
        yield f"the cold figures include {format_s(idle_s)} between the engine being ready and the first request"
