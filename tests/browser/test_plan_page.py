"""The page of a proposal in a browser: drawn, readable in dark and on a phone, foldable, loading nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from seatrial.report.plan.page import proposal_page
from tests.browser.conftest import Opener
from tests.browser.test_report_page import CONTRAST, TEXTS, width_beyond
from tests.report.plan.proposals import refused, whole


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("plan") / "plan.html"
    file.write_text(proposal_page(whole()), "utf-8")
    return file


def test_every_chart_of_a_plan_is_drawn(plan: Path, open_page: Opener) -> None:
    opened = open_page(plan)
    opened.wait_for_charts()
    opened.shoot("plan", whole=True)
    bars = opened.page.locator("#plot-memory svg .mark-rect.role-mark path")
    assert bars.count() >= 5 * 4
    expect(opened.page.locator("#plot-memory svg")).to_contain_text("131,072 tokens")
    expect(opened.page.locator("#plot-front svg")).to_contain_text("limit 60 ms")


def test_the_answer_is_seen_first_and_the_arithmetic_is_folded(plan: Path, open_page: Opener) -> None:
    page = open_page(plan).page
    lead = page.locator(".lead")
    expect(lead).to_have_text("vLLM bf16, 1 x L4")
    folded = page.locator("details", has_text="Memory of one device").last
    expect(folded.locator("pre")).to_be_hidden()
    folded.locator("summary").click()
    expect(folded.locator("pre")).to_contain_text("2 x 32 layers x 8 KV heads")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (800, "dark"), (390, "dark")])
def test_it_is_readable_at_any_width(plan: Path, open_page: Opener, width: int, scheme: str) -> None:
    opened = open_page(plan, viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened.wait_for_charts()
    opened.shoot(f"plan-{width}-{scheme}", whole=True)
    assert width_beyond(opened.page) <= 0
    assert opened.page.evaluate(CONTRAST, TEXTS) == []
    if width >= 1280:
        boxes = "[...document.querySelectorAll('.table')].map(box => box.scrollWidth - box.clientWidth)"
        assert max(opened.page.evaluate(boxes)) <= 0  # on a desktop no table is wider than its box


def test_a_refusal_shows_what_is_missing(tmp_path: Path, open_page: Opener) -> None:
    file = tmp_path / "refused.html"
    file.write_text(proposal_page(refused()), "utf-8")
    opened = open_page(file)
    opened.wait_for_charts()
    expect(opened.page.locator(".lead")).to_have_text("It does not run like this")
    expect(opened.page.locator("#plot-memory svg")).to_contain_text("missing")
