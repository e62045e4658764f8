"""The order of a report: the answer first, then whether to believe it, then the numbers, then the reasons."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.report import details, overview, remarks
from seatrial.report.answer import crossings, ranking
from seatrial.report.charts.all import charts
from seatrial.report.foreign import definitions
from seatrial.report.harness import scores
from seatrial.report.headline import headline
from seatrial.report.quality import answers, quality
from seatrial.report.recipe import recipe
from seatrial.report.results import results
from seatrial.report.stage_tables import stages
from seatrial.report.summary import summary
from seatrial.report.view import Section, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.summary import RunSummary
    from seatrial.domain.traces import RunTraces
    from seatrial.report.view import Chart


def build_view(run: RunSummary, traces: RunTraces | None = None, *, drawn: bool = False) -> View:
    """The whole report of a run; sections that have nothing to say are left out.

    With charts if there are `traces` or it is to be `drawn` from the summary alone.
    """
    found = charts(run, traces) if drawn or traces is not None else {}
    what = f"seatrial run {run.run}" if run.tool == "seatrial" else f"{run.tool}: {run.run}"
    title = ", ".join(part for part in (what, run.name, run.started) if part)
    return View(
        title,
        tuple(section for section in _sections(run, found) if section),
        headline(run),
        tuple(candidate.name for candidate in run.candidates),
    )


def _sections(run: RunSummary, found: dict[str, tuple[Chart, ...]]) -> Iterator[Section]:
    """All sections in order, each with its charts, the empty ones too."""

    def with_charts(section: Section, name: str) -> Section:
        return replace(section, charts=found.get(name, ()))

    yield overview.verdict(run)
    yield summary(run)
    yield overview.trust(run)
    yield with_charts(ranking(run), "front")
    yield with_charts(Section("Side by side"), "sides")
    yield with_charts(_under_load(run, found), "load")
    yield with_charts(Section("Distributions"), "distributions")
    yield with_charts(Section("Time lines"), "timelines")
    yield results(run)
    yield with_charts(quality(run), "quality")
    yield answers(run)
    yield scores(run)
    yield with_charts(details.cold_starts(run), "cold")
    yield stages(run)
    yield details.growth(run)
    yield with_charts(details.arrivals(run), "arrivals")
    yield remarks.busy(run)
    yield with_charts(remarks.failures(run), "failures")
    yield remarks.notes(run)
    yield definitions(run)
    yield replace(overview.reproduce(run), copyables=tuple(recipe(run)))


def _under_load(run: RunSummary, found: dict[str, tuple[Chart, ...]]) -> Section:
    """Where candidates change places, if several were tried; with charts it is told of one as well."""
    section = crossings(run)
    return replace(section, heading="Latency against load") if "load" in found else section
