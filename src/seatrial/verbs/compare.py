"""Two sides compared: what `seatrial compare` and `from seatrial import compare` call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.errors import UsageError
from seatrial.specfile.gates import parse_gate
from seatrial.stats.compare import MARGIN, compare

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seatrial.domain.comparison import RunComparison
    from seatrial.domain.summary import RunSummary


def compare_runs(
    base: Sequence[RunSummary],
    new: Sequence[RunSummary],
    *,
    margin: float = MARGIN,
    gate: Iterable[str] = (),
    strict: bool = False,
    names: tuple[str, str] | None = None,
) -> RunComparison:
    """The comparison of the runs of two sides; several runs of a side are pooled by run.

    `margin` is what still counts as the same (0.05: 5 %). `gate` holds clauses such as "ttft_p95 <= 1.05x"; one
    that cannot be told fails only if `strict`. Raises UsageError for a wrong clause or margin, and where the sides
    share no candidate or no load.
    """
    if not base or not new:
        raise UsageError("a side without runs cannot be compared", "give at least one run for each side")
    if not 0 < margin < 1:
        raise UsageError(f"the margin {margin:g} cannot be", "give a share between 0 and 1; 0.05 is 5 %")
    texts = tuple(gate)
    clauses = parse_gate(texts) if texts else ()
    return compare(base, new, margin=margin, gate=clauses, strict=strict, names=names)
