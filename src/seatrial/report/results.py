"""The result tables: metrics down, workloads and candidates across, one table per experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.report import figures
from seatrial.report.overview import VERDICT_ROLE, slo_cell
from seatrial.report.view import Cell, Role, Row, Section, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seatrial.domain.summary import Distribution, Estimate, RunSummary, WorkloadSummary

CAPTION = "Mean [95 % interval] over completed requests; - is unknown, p95 and p99 need 200 and 1000 of them."


class _Line(NamedTuple):
    """One row of a result table. `cell` gives None where a workload has nothing to say."""

    label: str
    cell: Callable[[WorkloadSummary], Cell | None]
    always: bool = False


def results(run: RunSummary) -> Section:
    """One table per experiment; candidates stand side by side within each workload."""
    several = len(run.candidates) > 1
    experiments: dict[tuple[str | None, str], dict[str, list[tuple[str, WorkloadSummary]]]] = {}
    for candidate in run.candidates:
        for workload in candidate.workloads:
            if workload.skipped is None:
                experiment = experiments.setdefault((workload.suite, workload.group or workload.name), {})
                experiment.setdefault(workload.name, []).append((candidate.name, workload))
    tables = []
    for (suite, group), members in experiments.items():
        columns = [(name, workload) for side_by_side in members.values() for name, workload in side_by_side]
        title = f"{suite}: {group}" if suite and suite != group else group
        tables.append(_table(title, columns, len(run.candidates) if several else 1))
    return Section("Results", lines=(Cell(CAPTION, Role.DIM),) if tables else (), tables=tuple(tables))


def _table(title: str, columns: Sequence[tuple[str, WorkloadSummary]], together: int) -> Table:
    headers = tuple((w.name, candidate) if together > 1 else (w.name,) for candidate, w in columns)
    rows = []
    for line in LINES:
        cells = [line.cell(workload) for _, workload in columns]
        if line.always or any(cell is not None for cell in cells):
            rows.append(Row(line.label, tuple(cell or Cell(figures.UNKNOWN, Role.DIM) for cell in cells)))
    return Table(title, headers, tuple(rows), together)


def _requests(workload: WorkloadSummary) -> Cell:
    counts = workload.counts
    role = Role.PLAIN if counts.completed == counts.planned else Role.WARN
    return Cell(f"{counts.completed} / {counts.failed} / {counts.never_sent}", role)


def _distribution(metric: str, stat: str) -> Callable[[WorkloadSummary], Cell | None]:
    form = figures.duration if not metric.endswith("_per_s") else figures.number

    def cell(workload: WorkloadSummary) -> Cell | None:
        distribution = workload.metrics.get(metric)
        estimate = None if distribution is None else _statistic(distribution, stat)
        if estimate is None:
            return None
        # The requests row tells n; a mean over fewer says so.
        fewer = f" n={estimate.n}" if estimate.n < workload.counts.completed else ""
        return Cell(form(estimate) + fewer)

    return cell


def _statistic(distribution: Distribution, stat: str) -> Estimate | None:
    return {
        "mean": distribution.mean,
        "p50": distribution.p50,
        "p95": distribution.p95,
        "p99": distribution.p99,
    }[stat]


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


def _trust(workload: WorkloadSummary) -> Cell:
    verdict = workload.trust.verdict
    return Cell(verdict.value, VERDICT_ROLE[verdict])


LINES = (
    _Line("ok / failed / never sent", _requests, always=True),
    _Line("TTFT mean", _distribution("ttft_s", "mean"), always=True),
    _Line("TTFT p50", _distribution("ttft_s", "p50"), always=True),
    _Line("TTFT p95", _distribution("ttft_s", "p95"), always=True),
    _Line("TTFT p99", _distribution("ttft_s", "p99")),
    _Line("TTFT p50, intended start", _from_intended),
    _Line("first answer token", _first_answer),
    _Line("TPOT mean", _distribution("tpot_s", "mean"), always=True),
    _Line("TPOT p95", _distribution("tpot_s", "p95")),
    _Line("worst stall", _worst_stall),
    _Line("E2E mean", _distribution("e2e_s", "mean"), always=True),
    _Line("E2E p95", _distribution("e2e_s", "p95")),
    _Line("tok/s of one user", _distribution("user_tokens_per_s", "mean")),
    _Line("input tok/s", _distribution("input_tokens_per_s", "mean")),
    _Line("output tok/s, all", _rate("output_tokens_per_s", figures.number), always=True),
    _Line("requests/s", _rate("requests_per_s", figures.number)),
    _Line("goodput, requests/s", _rate("goodput_per_s", figures.number)),
    _Line("within SLO, of offered", _rate("attainment", figures.percent)),
    _Line("tokens in / out", _tokens),
    _Line("SLO", slo_cell),
    _Line("trust", _trust, always=True),
)
