"""The suite that leaves the asking to lm-evaluation-harness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.catalog.suite_options import only
from seatrial.domain.traffic import Workload

if TYPE_CHECKING:
    from seatrial.catalog.suite_options import SuiteOptions

LM_EVAL = "lm-eval"
LONGEST_S = 3600.0


def lm_eval(options: SuiteOptions) -> tuple[Workload, ...]:
    """One run of the harness; whoever expands the suite names the task."""
    return (
        Workload(
            name=LM_EVAL,
            requests=options.requests,
            duration_s=options.duration_s or LONGEST_S,
            concurrency=only(options.concurrency, "concurrency", 1),
        ),
    )
