"""The page as text: whole, offline, small, the same each time; how it looks is asked in tests/browser."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from seatrial.domain.summary import CandidateSummary, Counts, RunSummary, WorkloadSummary
from seatrial.domain.trial import Trust
from seatrial.report.layout import build_view
from seatrial.report.page import render_html
from seatrial.report.page.inline import vega_bundle
from tests.report.page.samples import HOSTILE, hostile, traces
from tests.report.runs import RUNS, bake_off, single

VOID = {"meta", "img", "br", "input", "link"}


class Balance(HTMLParser):
    """Every element that is opened is closed, in order; ids are unique; attributes that load something are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.loads: list[tuple[str, str]] = []
        self.elements: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in {"src", "srcset", "action", "data"} or (
                name == "href" and not (value or "").startswith("#")
            ):
                self.loads.append((tag, value or ""))
            assert not name.startswith("on"), (tag, name)
            assert name != "style", "the policy forbids it"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(html: str) -> Balance:
    found = Balance()
    found.feed(html)
    found.close()
    assert found.open == []
    assert len(set(found.ids)) == len(found.ids)
    return found


@pytest.mark.parametrize("name", RUNS)
def test_a_page_is_whole_and_loads_nothing(name: str) -> None:
    run = RUNS[name]()
    html = render_html(build_view(run, traces(run), drawn=True))
    assert parsed(html).loads == []
    own = html.replace(vega_bundle(), "")
    assert set(re.findall(r"https?://[^\s\"'<\\]+", own)) <= {"https://vega.github.io/schema/vega-lite/v6.json"}
    assert "@import" not in own
    assert "url(" not in own
    assert html == render_html(build_view(run, traces(run), drawn=True))


def test_hostile_text_is_never_markup() -> None:
    run = hostile()
    html = render_html(build_view(run, traces(run), drawn=True))
    found = parsed(html)
    assert not found.elements & {"img", "b", "iframe"}
    assert "<script>window.hit" not in html
    assert not re.search("[\x00-\x08\x0b-\x1f\u2028\u2029\u202e]", html)
    assert HOSTILE not in html
    html.encode("utf-8")


def test_without_charts_a_page_holds_no_vega() -> None:
    html = render_html(build_view(bake_off()))
    assert len(html) < 100_000
    assert "vegaEmbed=" not in html


def test_what_utf8_cannot_carry_is_no_obstacle() -> None:
    run = replace(bake_off(), name="lone \ud800 surrogate", command="seatrial \udcff")
    render_html(build_view(run)).encode("utf-8")


def workload(name: str, completed: int, failed: int, skipped: str | None = None) -> WorkloadSummary:
    planned = completed + failed
    return WorkloadSummary(name, Counts(planned, planned, completed, failed, 0), skipped=skipped)


def run_of(*workloads: WorkloadSummary, status: str = "finished", failed: str | None = None) -> RunSummary:
    candidate = CandidateSummary("only", "vllm", None, "m", workloads, failed=failed)
    return RunSummary("r", 1, Trust(), (candidate,), status=status)


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (run_of(), ("Nothing was measured", "No request was sent.")),
        (run_of(status="running"), ("Nothing was measured", "No request was sent yet.", "The run is running")),
        (run_of(failed="nobody answered"), ("Nothing was measured", "could not be tried: nobody answered")),
        (run_of(workload("w", 0, 3)), ("Nothing was measured", "No request was completed.")),
        (run_of(workload("w", 0, 0, "no cold start here")), ("Nothing was measured", "no cold start here")),
        (run_of(workload("w", 1, 0)), ("only", "1/1")),
        (single(), ("The run is interrupted", "310")),
    ],
)
def test_a_run_with_little_to_show_says_so(run: RunSummary, words: tuple[str, ...]) -> None:
    html = render_html(build_view(run, traces(run), drawn=True))
    parsed(html)
    for word in words:
        assert word in html
