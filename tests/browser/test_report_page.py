"""The report as a person meets it: in a browser, on paper, on a phone, with a keyboard, without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from seatrial.report.layout import build_view
from seatrial.report.page import render_html
from tests.browser.conftest import Opener
from tests.report.page.samples import HOSTILE, hostile, traces
from tests.report.runs import bake_off

TEXTS = "h1, h2, p, li, th, td, caption, figcaption, summary, pre, a, .badge"
CONTRAST = """
(selector) => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const part = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => [r, g, b].map(part)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (el) => {
    for (; el; el = el.parentElement) {
      const found = rgb(getComputedStyle(el).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const shown = [...document.querySelectorAll(selector)].filter((el) => el.textContent.trim() && el.offsetParent);
  return shown.map((el) => {
    const [a, b] = [light(rgb(getComputedStyle(el).color)), light(ground(el))].sort((x, y) => y - x);
    return [(a + 0.05) / (b + 0.05), el.tagName + "." + el.className + ": " + el.textContent.trim().slice(0, 30)];
  }).filter(([ratio]) => ratio < 4.5);
}
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bake-off of two candidates with all its charts."""
    run = bake_off()
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(render_html(build_view(run, traces(run), drawn=True)), "utf-8")
    return file


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same without charts: quick to open."""
    file = tmp_path_factory.mktemp("page") / "bare.html"
    file.write_text(render_html(build_view(bake_off())), "utf-8")
    return file


def wait_until(holds: Callable[[], bool]) -> None:
    """Returns as soon as `holds`; fails after so many looks, each as long as the browser takes to answer it."""
    assert any(holds() for _ in range(1000))


def width_beyond(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")  # type: ignore[no-any-return]


def test_every_chart_is_drawn_and_has_its_words(report: Path, open_page: Opener) -> None:
    opened = open_page(report)
    opened.wait_for_charts()
    opened.shoot("report")
    opened.shoot("report-whole", whole=True)
    figures = opened.page.locator("figure.chart")
    assert figures.count() >= 5
    for figure in figures.all():
        svg = figure.locator(".plot svg").first
        expect(svg).to_have_attribute("role", "img")
        assert len(svg.get_attribute("aria-label") or "") > 40
        assert svg.locator("path, text").count() > 5
        box = svg.bounding_box()
        assert box
        assert box["width"] > 300
        assert box["height"] > 60


def test_the_verdict_is_the_first_thing_seen(bare: Path, open_page: Opener) -> None:
    page = open_page(bare).page
    lead, badge = page.locator(".lead"), page.locator(".badge")
    expect(lead).to_have_text("Take four-slots")
    expect(page.locator(".facts .value").first).to_have_text("2.31 \N{MULTIPLICATION SIGN}")
    expect(badge).to_have_text("doubtful")
    for seen in (lead, badge, page.locator(".facts")):
        box = seen.bounding_box()
        assert box
        assert box["y"] + box["height"] < 700


def test_tooltips_answer(report: Path, open_page: Opener) -> None:
    opened = open_page(report)
    opened.wait_for_charts()
    page, tip = opened.page, opened.page.locator("#tip")
    marks = page.locator("figure.chart svg .mark-symbol path")
    told = set()
    for mark in marks.all()[:40]:
        mark.scroll_into_view_if_needed()
        mark.hover(force=True)
        if tip.is_visible():
            told.add(tip.inner_text())
            opened.shoot("tooltip")
        if len(told) > 1:
            break
    assert any("four-slots" in text or "one-slot" in text for text in told), told


def test_a_chart_is_moved_by_dragging_and_put_back_by_a_double_click(report: Path, open_page: Opener) -> None:
    opened = open_page(report)
    opened.wait_for_charts()
    page, plot = opened.page, opened.page.locator("#plot-ecdf-ttft")
    labels = plot.locator("svg .role-axis-label text")
    before = sorted(labels.all_text_contents())
    plot.scroll_into_view_if_needed()
    box = plot.locator("svg").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 120, y, steps=4)
    page.mouse.up()
    wait_until(lambda: sorted(labels.all_text_contents()) != before)
    page.mouse.dblclick(x, y)
    wait_until(lambda: sorted(labels.all_text_contents()) == before)


def test_another_workload_is_chosen(report: Path, open_page: Opener) -> None:
    opened = open_page(report)
    opened.wait_for_charts()
    plot = opened.page.locator("#plot-ecdf-ttft")
    curve = plot.locator("svg .mark-line path").first
    shown = curve.get_attribute("d")
    assert shown
    chooser = plot.locator("select")
    options = chooser.locator("option").all_text_contents()
    assert {"concurrency-1", "concurrency-4"} <= set(options)
    chooser.select_option(index=(chooser.evaluate("e => e.selectedIndex") + 1) % len(options))
    wait_until(lambda: plot.locator("svg .mark-line path").first.get_attribute("d") != shown)


def test_tables_sort_by_size_not_by_spelling(bare: Path, open_page: Opener) -> None:
    page = open_page(bare).page
    table = page.locator("#summary table")
    head = table.get_by_role("columnheader", name="TTFT mean").first
    column = "tbody tr > td:nth-child(3)"
    first = table.locator(column).all_inner_texts()
    assert first == ["1.90 s", "212 ms", "1.90 s", "900 ms"]
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert table.locator(column).all_inner_texts() == ["212 ms", "900 ms", "1.90 s", "1.90 s"]
    assert table.locator("tbody th").all_inner_texts()[0] == "concurrency-1", "rows move as a whole"
    head.get_by_role("button").press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    assert table.locator(column).all_inner_texts() == ["1.90 s", "1.90 s", "900 ms", "212 ms"]
    head.get_by_role("button").press("Space")
    expect(head).to_have_attribute("aria-sort", "none")
    assert table.locator(column).all_inner_texts() == first


def test_unknown_is_last_whichever_way_a_table_is_sorted(bare: Path, open_page: Opener) -> None:
    page = open_page(bare).page
    table = page.locator("#summary table")
    button = table.get_by_role("columnheader", name="E2E mean").first.get_by_role("button")
    for _ in range(2):
        button.click()
        assert table.locator("tbody tr > td:nth-child(4)").all_inner_texts()[-1] == "-"


def test_a_table_of_different_metrics_is_not_sorted(bare: Path, open_page: Opener) -> None:
    page = open_page(bare).page
    assert page.locator("#results table").count() > 0
    assert page.locator("#results table button").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read_in_light_and_dark(scheme: str, report: Path, open_page: Opener) -> None:
    opened = open_page(report, color_scheme=scheme)
    opened.wait_for_charts()
    assert opened.page.evaluate(CONTRAST, TEXTS) == []
    ink = opened.page.locator("figure.chart svg .role-axis-label text").first.evaluate(
        "e => getComputedStyle(e).fill"
    )
    assert ink == opened.page.evaluate("getComputedStyle(document.body).color")
    opened.shoot(f"report-{scheme}", whole=True)


def test_the_button_turns_colours_round(bare: Path, open_page: Opener) -> None:
    page = open_page(bare, color_scheme="light").page
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    page.get_by_role("button", name="Dark colours").click()
    assert page.evaluate(ground) != "rgb(255, 255, 255)"
    assert page.evaluate(CONTRAST, TEXTS) == []
    page.get_by_role("button", name="Light colours").click()
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("width", [320, 400, 768])
def test_a_narrow_screen_never_scrolls_sideways(width: int, report: Path, open_page: Opener) -> None:
    opened = open_page(report, viewport={"width": width, "height": 800})
    opened.wait_for_charts()
    opened.shoot(f"report-{width}", whole=True)
    assert width_beyond(opened.page) == 0
    for figure in opened.page.locator("figure.chart .plot").all():
        assert figure.evaluate("e => e.scrollWidth - e.clientWidth") <= 1, figure.get_attribute("id")


def test_charts_follow_the_width(report: Path, open_page: Opener) -> None:
    opened = open_page(report)
    opened.wait_for_charts()
    opened.page.set_viewport_size({"width": 500, "height": 800})
    for plot in opened.page.locator("figure.chart .plot").all():
        expect(plot.locator("svg").first).to_be_visible()
        room = plot.evaluate("e => e.clientWidth")
        opened.page.wait_for_timeout(20)
        assert plot.locator("svg").first.evaluate("e => e.clientWidth") <= room + 1


def test_paper(report: Path, open_page: Opener) -> None:
    """Printed from dark: on white, no controls, no chart wider than the page or cut in two."""
    opened = open_page(report, color_scheme="dark")
    opened.wait_for_charts()
    page = opened.page
    printed = page.pdf(format="A4", print_background=True, path=None)
    assert printed.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) >= 2
    page.set_viewport_size({"width": 700, "height": 1000})
    page.emulate_media(media="print")
    opened.shoot("report-print", whole=True)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    expect(page.locator(".contents")).to_be_hidden()
    for figure in page.locator("figure.chart").all():
        assert figure.evaluate("e => getComputedStyle(e).breakInside") == "avoid"
        svg = figure.locator("svg").first.bounding_box()
        assert svg
        assert svg["x"] + svg["width"] <= 701
    assert width_beyond(page) == 0


def test_a_keyboard_reaches_everything(report: Path, open_page: Opener) -> None:
    """Tab visits, in order and visibly, every link, button, fold and scrolling table; nothing holds it."""
    opened = open_page(report)
    opened.wait_for_charts()
    page = opened.page
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    wanted = page.locator("a, button:visible, summary, select, .table, details[open] pre").count()
    seen = 1
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        seen += 1
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert seen == wanted


def test_the_skip_link_leads_to_the_report(bare: Path, open_page: Opener) -> None:
    page = open_page(bare).page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#report")).to_be_focused()


def test_contents_lead_to_sections_and_headings_are_in_order(bare: Path, open_page: Opener) -> None:
    page = open_page(bare).page
    assert page.evaluate("document.documentElement.lang") == "en"
    for link in page.locator(".contents a").all():
        assert page.locator(f"main > section{link.get_attribute('href')} > h2").count() == 1
    levels = [
        int(name[1]) for name in page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(h => h.tagName)")
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


def test_without_scripts_words_and_numbers_are_there(report: Path, open_page: Opener) -> None:
    opened = open_page(report, java_script_enabled=False)
    page = opened.page
    expect(page.get_by_text("Scripts are off")).to_be_visible()
    expect(page.locator("#summary table")).to_be_visible()
    for figure in page.locator("figure.chart").all():
        expect(figure.locator(".alt")).to_be_visible()
    opened.shoot("report-no-scripts", whole=True)


def test_hostile_text_is_inert(open_page: Opener, tmp_path: Path) -> None:
    run = hostile()
    file = tmp_path / "hostile.html"
    file.write_text(render_html(build_view(run, traces(run), drawn=True)), "utf-8")
    opened = open_page(file)
    opened.wait_for_charts()
    page = opened.page
    opened.shoot("hostile", whole=True)
    assert page.evaluate("window.hit") is None
    assert page.locator("main img, main iframe, main script:not([type='application/json']), main b").count() == 0
    assert "<script>window.hit=1</script>" in page.locator(".lead").inner_text()
    for mark in page.locator("figure.chart svg .mark-symbol path").all()[:5]:
        mark.hover(force=True)
    assert page.evaluate("window.hit") is None
    assert HOSTILE.isascii() is False, "direction marks and line separators are part of the name"
