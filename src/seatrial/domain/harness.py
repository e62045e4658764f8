"""What another harness found: its scores, taken over as it gave them, with where they come from."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class HarnessScore:
    """One metric of one task, as the harness names them. `error` is its standard error, if it gives one."""

    task: str
    metric: str
    value: float
    error: float | None
    items: int | None


@dataclass(frozen=True, slots=True)
class HarnessResult:
    """One run of a harness. `settings`: task version, few-shot examples, seed: whatever says how it was made."""

    harness: str
    version: str
    task: str
    scores: tuple[HarnessScore, ...]
    settings: dict[str, str] = field(default_factory=dict)
