"""What every reader of a foreign file builds its summary from.

No interval is made from a mean, a standard deviation and n. It would hold for independent requests, and the
requests of one run are not: they meet the same queue. To see how far they hang together takes the values in their
order, and where a file holds those, the interval is formed from them (`of_values`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import numpy as np

from seatrial.domain.summary import CandidateSummary, Counts, Distribution, RunSummary, WorkloadSummary
from seatrial.domain.trial import Trust, Verdict
from seatrial.domain.values import Estimate
from seatrial.stats.estimate import distribution

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from seatrial.stats.table import Floats

# Beyond these a number is not a measurement. The upper ends also keep out infinity and what no float holds.
Amount = Annotated[float, msgspec.Meta(ge=0.0, le=1e15)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10**12)]

S_PER_MS = 1e-3
UNKNOWN = "an unknown engine"
LONGEST_NAME = 200

NO_VALUES = (
    "the file holds no values of single requests, so no interval can be given: the requests of one run are not "
    "independent, and a spread alone does not say how far"
)


def as_told(
    n: int,
    *,
    mean: float | None,
    p50: float | None = None,
    p95: float | None = None,
    p99: float | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    scale: float = 1.0,
) -> Distribution | None:
    """What the tool itself published, times `scale`: quantiles however few the values, no intervals.

    None without a mean or without values.
    """
    if mean is None or not n:
        return None

    def told(value: float | None) -> Estimate | None:
        return None if value is None else Estimate(value * scale, None, None, n)

    return Distribution(
        mean=Estimate(mean * scale, None, None, n),
        p50=told(p50),
        p95=told(p95),
        p99=told(p99),
        minimum=None if minimum is None else minimum * scale,
        maximum=None if maximum is None else maximum * scale,
    )


def of_values(values: Iterable[float | None], scale: float = 1.0) -> Distribution | None:
    """The values of single requests, in the order they were sent, by our own estimators; None are left out."""
    return distribution(_column(values) * scale)


def of_gaps(gaps: Sequence[Sequence[float]], scale: float = 1.0) -> Distribution | None:
    """Gaps pooled over requests, those of one request taken as belonging together."""
    pooled = _column(gap for request in gaps for gap in request)
    owners = np.repeat(np.arange(len(gaps)), [len(request) for request in gaps])
    return distribution(pooled * scale, owners) if pooled.size else None


def _column(values: Iterable[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def rate(value: float | None, n: int) -> Estimate | None:
    """A rate as the tool published it; None where it did not."""
    return None if value is None else Estimate(value, None, None, n)


def counted(completed: int, failed: int, never_sent: int = 0) -> Counts:
    sent = completed + failed
    return Counts(planned=sent + never_sent, sent=sent, completed=completed, failed=failed, never_sent=never_sent)


def inside(value: Any, *path: str) -> Any:
    """What stands at `path` of a JSON document; None where nothing does."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def told_only(definitions: Mapping[str, str], *kinds: Mapping[str, object]) -> dict[str, str]:
    """The sentences of those metrics that the file does hold."""
    there = {name for kind in kinds for name, value in kind.items() if value is not None}
    return {name: sentence for name, sentence in definitions.items() if name in there}


def check_schema(found: object, known: tuple[object, ...]) -> None:
    """Raises msgspec.ValidationError for a file of another schema than those."""
    if found not in known or isinstance(found, bool):
        which = " or ".join(str(one) for one in known if one is not None)
        raise msgspec.ValidationError(f"its schema is {str(found)[:40]}, and {which} is read here")


def unwatched(tool: str) -> Trust:
    """Doubtful: no tool whose files are read says how late its own client was, and its lateness is in the times."""
    return Trust(Verdict.DOUBTFUL, (f"{tool} does not say how late its own client was: that is in these numbers",))


def one_candidate(
    name: str,
    tool: str,
    workloads: Sequence[WorkloadSummary],
    *,
    model: str | None,
    engine: str = UNKNOWN,
    seed: int | None = None,
    started: str = "",
    status: str = "finished",
    host: dict[str, str] | None = None,
) -> RunSummary:
    """A run of one candidate, called after its model, or else after the file (`name`)."""
    model = tamed(model) or None
    candidate = CandidateSummary(
        name=model or tamed(name),
        engine=engine,
        engine_version=None,
        model=model,
        workloads=tuple(workloads),
    )
    return RunSummary(
        run=tamed(name),
        seed=seed,
        trust=unwatched(tool),
        candidates=(candidate,),
        host=host or {},
        started=tamed(started),
        status=status,
        tool=tool,
    )


def tamed(text: str | None) -> str:
    """`text` on one line, without control characters, of a length that a table can bear; empty for None."""
    return "".join(char if char.isprintable() else " " for char in (text or "")[:LONGEST_NAME]).strip()
