"""What the charts tell in words: numbers with unit and interval, and lists of a bearable length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.report import figures
from seatrial.units import significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.values import Estimate

TITLES = {
    "output_tokens_per_s": "Output of all requests together",
    "requests_per_s": "Requests completed",
    "goodput_per_s": "Goodput",
    "ttft_s": "Time to first token",
    "tpot_s": "Time per token after the first",
    "e2e_s": "Time to complete",
    "icl_s": "Gaps between chunks",
}
SHORT = {
    "output_tokens_per_s": "output",
    "requests_per_s": "requests",
    "goodput_per_s": "goodput",
    "ttft_s": "TTFT",
    "tpot_s": "TPOT",
    "e2e_s": "E2E",
    "icl_s": "gap",
}
_OF = {"mean": ", mean", "p50": ", median", "p95": ", p95", "p99": ", p99", "": ""}


def titled(metric: str, stat: str = "") -> str:
    """`Time to first token, median`."""
    return TITLES.get(metric, metric) + _OF[stat]


def short(metric: str, stat: str = "") -> str:
    """`TTFT, median`: what fits on an axis."""
    return SHORT.get(metric, metric) + _OF[stat]


def is_rate(metric: str) -> bool:
    return metric.endswith("_per_s")


def told(metric: str, estimate: Estimate) -> str:
    """`212 ms [208, 217]`, `47.3 tokens/s [45, 50]`."""
    if not is_rate(metric):
        return figures.duration(estimate)
    return figures.figure(estimate, figures.Scale(1, f" {metric.removesuffix('_per_s').split('_')[-1]}/s"))


def amount(value: float) -> str:
    """`8`, `1,760`, `0.0806`: a number of no fixed size, without a tail of zeros."""
    rounded = value if abs(value) >= 1000 else float(f"{value:.3g}")
    return f"{rounded:,.0f}" if rounded == round(rounded) or abs(value) >= 1000 else significant(rounded)


def listed(parts: Sequence[str], most: int, what: str) -> str:
    """`a; b; and 3 more workloads`."""
    left = len(parts) - most
    return "; ".join([*parts[:most], *([f"and {left} more {what}{'s' * (left > 1)}"] if left > 0 else [])])
