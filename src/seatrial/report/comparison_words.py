"""The words and figures of a comparison: what a metric is called, a ratio, and the verdict as a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.domain.comparison import PRIMARY, SHARES, Call, MetricChange, RunComparison
from seatrial.report import figures
from seatrial.report.view import Role
from seatrial.words import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.values import Estimate

CALL_ROLE = {
    Call.BETTER: Role.GOOD,
    Call.WORSE: Role.BAD,
    Call.MIXED: Role.BAD,
    Call.SAME: Role.GOOD,
    Call.CANNOT_TELL: Role.WARN,
}
_NAMES = {
    "output_tokens_per_s": "output tokens/s",
    "requests_per_s": "requests/s",
    "goodput_per_s": "goodput/s",
    "attainment": "within SLO",
    "success": "completed",
    "accuracy": "right answers",
}
_NAMED = 3
_MOST_DECIMALS = 6
_NO_BOUND = 1000.0
"""An end of an interval so many times off is shown as unknown: it bounds nothing."""


def metric_name(key: str) -> str:
    """`TTFT p95` for `ttft_s.p95`."""
    name, dot, stat = key.partition(".")
    return f"{name.removesuffix('_s').upper()} {stat}" if dot else _NAMES.get(key, key)


def ratio_text(ratio: Estimate | None, margin: float) -> str:
    """`1.104 [1.081, 1.127]`, with as many decimals as show on which side of 1 and of the margin the ends are."""
    if ratio is None:
        return figures.UNKNOWN
    least, most = 1 / (1 + margin), 1 + margin
    low = None if ratio.low is None or ratio.low < 1 / _NO_BOUND else ratio.low
    high = None if ratio.high is None or ratio.high > _NO_BOUND else ratio.high
    marks = [(low, least), (high, most)]
    if low is None or high is None or not least <= low <= high <= most:
        marks += [(low, 1.0), (high, 1.0)]  # on which side of no change matters only beyond the margin
    held = [(end, mark) for end, mark in marks if end is not None]
    decimals = 3
    while decimals < _MOST_DECIMALS and any(_side(round(e, decimals), m) != _side(e, m) for e, m in held):
        decimals += 1
    if not held:
        return f"{ratio.value:.{decimals}f}"
    shown = (figures.UNKNOWN if end is None else f"{end:.{decimals}f}" for end in (low, high))
    return f"{ratio.value:.{decimals}f} [{', '.join(shown)}]"


def _side(value: float, mark: float) -> int:
    return (value > mark) - (value < mark)


def measured_text(key: str, estimate: Estimate | None) -> str:
    """What one side measured; how sure it is stands in the interval of the ratio."""
    value = None if estimate is None else estimate.value
    if "." in key:
        return figures.seconds(value)
    return figures.share(value) if key in SHARES else figures.plain(value)


def sentence(found: RunComparison) -> str:
    """What the verdict rests on."""
    if found.untrusted:
        return "A measurement is invalid, so nothing is decided by it."
    if found.unlike:
        return (
            "The loads differ, or are not known to be the same, so nothing is decided: measure both under one load."
        )
    worse, better = (_changed(found, call) for call in (Call.WORSE, Call.BETTER))
    if found.verdict is Call.MIXED:
        return f"NEW is worse in {_named(worse, found.margin)}; better in {_named(better, found.margin)}."
    if changed := worse or better:
        return f"NEW is {found.verdict} than BASE in {_named(changed, found.margin)}."
    return _unchanged(found)


def deciding(found: RunComparison) -> list[tuple[str, MetricChange]]:
    """The metrics that the verdict rests on, the gravest first; none where nothing is decided by any."""
    if found.untrusted or found.unlike:
        return []
    worse, better = (_changed(found, call) for call in (Call.WORSE, Call.BETTER))
    if worse and better:  # of each, so that the headline shows that it is mixed
        return [worse[0], better[0], *worse[1:], *better[1:]]
    if changed := worse or better:
        return changed
    told = [(metric_name(key), found.metrics[key]) for key in PRIMARY if key in found.metrics]
    return [(name, change) for name, change in told if change.ratio is not None]


def _unchanged(found: RunComparison) -> str:
    """What is the same, what cannot be told, and how many more requests would tell of it."""
    ordered = sorted(found.metrics.items(), key=lambda item: item[0] not in PRIMARY)
    judged = [(metric_name(key), change) for key, change in ordered if change.ratio is not None]
    same = [name for name, change in judged if change.verdict is Call.SAME]
    untold = [(name, change) for name, change in judged if change.verdict is Call.CANNOT_TELL]
    told = f"Within {found.margin * 100:g} % of each other: {listed(same, _NAMED)}." if same else ""
    if not untold:
        return told or "There is nothing that can be compared."
    names = listed((name for name, _ in untold), _NAMED)
    needed = [(more, name) for name, change in untold if (more := needed_text(change))]
    more = f": {needed[0][0]} of each side would tell of {needed[0][1]}" if needed else ""
    return f"{told} Cannot tell of {names}{more}.".strip()


def needed_text(change: MetricChange) -> str:
    """`some 210 more requests` or `2 more runs`; empty where nobody knows."""
    if change.runs_needed is not None:
        return f"{change.runs_needed:,} more {'run' if change.runs_needed == 1 else 'runs'}"
    return "" if change.requests_needed is None else f"some {change.requests_needed:,} more requests"


def _changed(found: RunComparison, call: Call) -> list[tuple[str, MetricChange]]:
    """The metrics of that verdict, the primary ones first; of single workloads, where no pooled one shows it."""
    ordered = sorted(found.metrics.items(), key=lambda item: item[0] not in PRIMARY)
    pooled = [(metric_name(key), change) for key, change in ordered if change.verdict is call]
    single = [
        (f"{metric_name(key)} of {label}", change)
        for label, changes in found.workloads.items()
        for key, change in changes.items()
        if change.verdict is call and found.metrics[key].verdict is not call
    ]
    return [*pooled, *single]


def _named(changed: Sequence[tuple[str, MetricChange]], margin: float) -> str:
    """`TTFT p50 (1.104 [1.081, 1.127]), E2E p50 (...) and 4 more`."""
    texts = [f"{name} ({ratio_text(change.ratio, margin)} times)" for name, change in changed]
    return listed(texts, _NAMED)
