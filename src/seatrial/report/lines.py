"""The rows of a result table: what is told of a workload, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.trial import Verdict
from seatrial.report import figures
from seatrial.report.overview import VERDICT_ROLE, slo_cell
from seatrial.report.view import Cell, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.domain.summary import Counts, Distribution, WorkloadSummary
    from seatrial.domain.values import Estimate


class Line(NamedTuple):
    """One row. `cell` gives None where a workload has nothing to say; a row in which none has is left out.

    `absent` stands where others in the row have something to say.
    """

    label: str
    cell: Callable[[WorkloadSummary], Cell | None]
    absent: str = figures.UNKNOWN


def statistic(distribution: Distribution | None, stat: str) -> Estimate | None:
    """`mean`, `p50`, `p95` or `p99` of a distribution; None where it is unknown."""
    return None if distribution is None else distribution.statistic(stat)


def completed(counts: Counts) -> Cell:
    """`9/10`: completed of planned."""
    role = Role.PLAIN if counts.completed == counts.planned else Role.WARN
    return Cell(f"{counts.completed}/{counts.planned}", role)


def _completed(workload: WorkloadSummary) -> Cell:
    return completed(workload.counts)


def _failed(workload: WorkloadSummary) -> Cell | None:
    return Cell(str(workload.counts.failed), Role.BAD) if workload.counts.failed else None


def _never_sent(workload: WorkloadSummary) -> Cell | None:
    return Cell(str(workload.counts.never_sent), Role.WARN) if workload.counts.never_sent else None


def _distribution(metric: str, stat: str) -> Callable[[WorkloadSummary], Cell | None]:
    form = figures.duration if not metric.endswith("_per_s") else figures.number

    def cell(workload: WorkloadSummary) -> Cell | None:
        estimate = statistic(workload.metrics.get(metric), stat)
        return None if estimate is None else Cell(figures.measured(estimate, form, workload.counts.completed))

    return cell


def _rate(name: str, form: Callable[[Estimate | None], str]) -> Callable[[WorkloadSummary], Cell | None]:
    def cell(workload: WorkloadSummary) -> Cell | None:
        estimate = workload.rates.get(name)
        return None if estimate is None else Cell(form(estimate))

    return cell


def _from_intended(workload: WorkloadSummary) -> Cell | None:
    """Only where requests have an intended start of their own: with open arrivals."""
    return _distribution("ttft_intended_s", "p50")(workload) if workload.arrivals else None


def _first_answer(workload: WorkloadSummary) -> Cell | None:
    """Only where something else came first: a reasoning model."""
    answer, first = workload.metrics.get("ttfa_s"), workload.metrics.get("ttft_s")
    if answer is None or first is None or answer.mean.value == first.mean.value:
        return None
    return _distribution("ttfa_s", "mean")(workload)


def _worst_stall(workload: WorkloadSummary) -> Cell | None:
    stall = workload.metrics.get("worst_stall_s")
    return None if stall is None else Cell(figures.seconds(stall.maximum))


def _tokens(workload: WorkloadSummary) -> Cell | None:
    counted = workload.tokens.get("input_counted"), workload.tokens.get("output_counted")
    return None if counted == (None, None) else Cell(" / ".join(figures.count(tokens) for tokens in counted))


def _lowered_trust(workload: WorkloadSummary) -> Cell | None:
    return None if workload.trust.verdict is Verdict.TRUSTED else trust(workload)


def trust(workload: WorkloadSummary) -> Cell:
    verdict = workload.trust.verdict
    return Cell(verdict.value, VERDICT_ROLE[verdict])


LINES = (
    Line("completed", _completed),
    Line("failed", _failed, absent="0"),
    Line("never sent", _never_sent, absent="0"),
    Line("TTFT mean", _distribution("ttft_s", "mean")),
    Line("TTFT p50", _distribution("ttft_s", "p50")),
    Line("TTFT p95", _distribution("ttft_s", "p95")),
    Line("TTFT p99", _distribution("ttft_s", "p99")),
    Line("TTFT p50, intended", _from_intended),
    Line("first answer token", _first_answer),
    Line("TPOT mean", _distribution("tpot_s", "mean")),
    Line("TPOT p95", _distribution("tpot_s", "p95")),
    Line("worst stall", _worst_stall),
    Line("E2E mean", _distribution("e2e_s", "mean")),
    Line("E2E p95", _distribution("e2e_s", "p95")),
    Line("tokens/s of one user", _distribution("user_tokens_per_s", "mean")),
    Line("input tokens/s", _distribution("input_tokens_per_s", "mean")),
    Line("output tokens/s, all", _rate("output_tokens_per_s", figures.number)),
    Line("requests/s", _rate("requests_per_s", figures.number)),
    Line("goodput/s", _rate("goodput_per_s", figures.number)),
    Line("within SLO", _rate("attainment", figures.percent)),
    Line("tokens in / out", _tokens),
    Line("SLO", slo_cell),
    Line("trust", _lowered_trust, absent=Verdict.TRUSTED.value),
)
