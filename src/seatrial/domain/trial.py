"""A trial: which candidates are asked which workloads, against which objectives, and what may be believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from seatrial.domain.traffic import Workload  # noqa: TC001  dataclass fields are resolved at run time by msgspec


class Verdict(StrEnum):
    TRUSTED = "trusted"
    DOUBTFUL = "doubtful"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Trust:
    """Whether the measurement itself can be believed, and why not. `notes` inform without lowering it."""

    verdict: Verdict = Verdict.TRUSTED
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """Model x engine x settings x target: one thing that could be chosen.

    `engine` is None until detected from the endpoint. `settings` are engine settings for engines we start
    (embedded: slots, context, threads). `api` picks among an engine's protocols (chat, completions, generate).
    `headers` hold no secrets: keys are named by `api_key_env` and read from the environment at send time.
    """

    name: str
    model: str | None
    engine: str | None = None
    endpoint: str | None = None
    api: str | None = None
    settings: tuple[tuple[str, str | int | float | bool], ...] = ()
    api_key_env: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    cold_command: str | None = None
    ready: str | None = None
    ready_timeout_s: float = 300.0
    ca_file: str | None = None
    insecure: bool = False
    usd_per_hour: float | None = None


@dataclass(frozen=True, slots=True)
class Objective:
    """One line of an SLO: `metric` (ttft_s, tpot_s, e2e_s, success), `stat` (mean, p50, p95, p99, ratio), `limit`.

    Latencies must stay at or under the limit, ratios at or over it. `key` is the user's own word (ttft_p95).
    """

    key: str
    metric: str
    stat: str
    limit: float


@dataclass(frozen=True, slots=True)
class Slo:
    objectives: tuple[Objective, ...] = ()


@dataclass(frozen=True, slots=True)
class Spec:
    """What the user asked for, complete: every default filled in, nothing derived from a server yet.

    `optimize`: (speed | cost | quality, weight) pairs, which decide a bake-off among those that meet the SLO.
    """

    candidates: tuple[Candidate, ...]
    workloads: tuple[Workload, ...]
    slo: Slo = field(default_factory=Slo)
    seed: int = 1
    processes: int | None = None
    name: str | None = None
    optimize: tuple[tuple[str, float], ...] = (("speed", 1.0),)
