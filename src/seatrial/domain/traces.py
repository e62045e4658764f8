"""What charts are drawn from: thinned curves and time lines, on the run's clock.

Everything here is small (a report of 100,000 requests stays under 3 MB) and keeps what an eye would look for: the
ends of a distribution, the worst requests of a time line.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Curve:
    """An empirical distribution of n values, thinned: a share `shares[i]` of them is at most `values[i]`.

    Both rise; the tails are kept more densely than the middle. Seconds. The first share is 1/n, the last 1.
    """

    metric: str
    n: int
    values: tuple[float, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A quantity over time: `values[i]` in `unit` at `t_s[i]` seconds since the run's first moment."""

    name: str
    unit: str
    t_s: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Dots:
    """Single requests by when they were sent; of each stretch the slowest and the first of each failure are kept.

    `outcome` is `ok` or the cause of failure. `e2e_s` of a failed request is the time until it failed, `ttft_s` is
    None where there was no first token. `of`: how many requests were sent.
    """

    t_s: tuple[float, ...]
    ttft_s: tuple[float | None, ...]
    e2e_s: tuple[float | None, ...]
    outcome: tuple[str, ...]
    of: int


@dataclass(frozen=True, slots=True)
class WorkloadTrace:
    """One workload on one candidate. `start_s` and `end_s` on the run's clock.

    `curves` by metric (`ttft_s`). `offered`, `sent` and `completed` count requests so far, on the run's clock; each
    holds its value until the next moment.
    """

    candidate: str
    workload: str
    start_s: float
    end_s: float
    curves: dict[str, Curve] = field(default_factory=dict)
    dots: Dots | None = None
    offered: Line | None = None
    sent: Line | None = None
    completed: Line | None = None


@dataclass(frozen=True, slots=True)
class CandidateTrace:
    """One candidate's time: what the requests say (tokens/s, in flight), then telemetry clipped to its workloads.

    Units of the lines are `tokens/s`, `requests`, `%`, `GiB` and `cores`.
    """

    candidate: str
    workloads: tuple[WorkloadTrace, ...]
    telemetry: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class RunTraces:
    candidates: tuple[CandidateTrace, ...]
