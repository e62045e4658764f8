"""Traffic: what is asked of a candidate. A workload is arrivals x prompts x lengths x extent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Arrivals(StrEnum):
    """How requests arrive.

    closed: `concurrency` users (or stages of users), each sends when its previous answer is complete.
    constant, poisson, gamma: an open process of `rate_per_s` (or stages of rate).
    at_once: all requests at time zero. batches: one batch after the other, each all at once.
    """

    CLOSED = "closed"
    CONSTANT = "constant"
    POISSON = "poisson"
    GAMMA = "gamma"
    AT_ONCE = "all-at-once"
    BATCHES = "batches"


BUILTIN_QUESTIONS = "builtin"
"""What `Workload.questions` calls the set that comes with seatrial."""

OPEN_ARRIVALS = frozenset({Arrivals.CONSTANT, Arrivals.POISSON, Arrivals.GAMMA})


class State(StrEnum):
    """What the first request finds: a loaded, warmed-up model, or nothing loaded."""

    WARM = "warm"
    COLD = "cold"


class Prefix(StrEnum):
    """unique: every prompt begins differently, so prefix caches miss. shared: all begin alike."""

    UNIQUE = "unique"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Lengths:
    """Token lengths: fixed at `mean`, or log-normal with coefficient of variation `cv`, clipped to bounds."""

    mean: float
    cv: float = 0.0
    low: int = 1
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A straight line from `start` to `end` (users, or requests per second) over `over_s` seconds."""

    start: float
    end: float
    over_s: float


@dataclass(frozen=True, slots=True)
class Workload:
    """One question asked of a candidate. Exactly one extent: `requests` or `duration_s` (or stages, batches).

    With `questions` it may have none, which is each of them once, until a run has counted them.

    `concurrency` is the number of users of a closed loop; with open arrivals it caps the requests in flight.
    `group` names the experiment a workload belongs to (for tables over several: `concurrency`, `output-tokens`),
    `level` is its position there (concurrency, batch size, tokens).
    `questions` names a set with checks (`builtin`, or a JSONL file): requests ask its items, answers are graded.
    `harness` names a task of lm-evaluation-harness, which then asks in our place; nothing of it is timed.
    """

    name: str
    arrivals: Arrivals = Arrivals.CLOSED
    requests: int | None = None
    duration_s: float | None = None
    concurrency: int | None = None
    rate_per_s: float | None = None
    cv: float | None = None
    stages: tuple[Stage, ...] = ()
    batches: tuple[int, ...] = ()
    input_tokens: Lengths = Lengths(128)
    output_tokens: Lengths = Lengths(64)
    state: State = State.WARM
    prefix: Prefix = Prefix.UNIQUE
    prompts_file: str | None = None
    stream: bool = True
    timeout_s: float = 300.0
    token_timeout_s: float = 60.0
    suite: str | None = None
    group: str | None = None
    level: float | None = None
    questions: str | None = None
    harness: str | None = None

    @property
    def is_open(self) -> bool:
        return self.arrivals in OPEN_ARRIVALS
