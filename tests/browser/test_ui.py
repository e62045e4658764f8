"""`seatrial ui` as a person meets it: the real command, real runs, a real browser."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from seatrial.store.store import Store
from tests.browser.conftest import Opened, Opener
from tests.browser.test_report_page import CONTRAST, TEXTS, width_beyond
from tests.cli.harness import SMALL, chat_server, seatrial, started
from tests.store.records import run_info

HOSTILE = "<img src=x onerror=window.hit=1><script>window.hit=1</script>"
LATER = 15_000


@contextmanager
def ui(store: Path) -> Iterator[str]:
    """The address of `seatrial ui` over `store`."""
    with started("ui", "--port", 0, "--store", store) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)


class UiOpener(Opener):
    """Opens the pages of one address, and follows links between them; nothing else is reached."""

    def at(self, address: str, path: str = "", **context: Any) -> Opened:
        made = self._browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context})
        opened = Opened(made.new_page())
        self._opened.append((made, opened))

        def refuse(route: Any) -> None:
            opened.asked.append(route.request.url)
            route.abort()

        made.route(lambda url: not url.startswith((address, "data:")), refuse)
        opened.page.on("console", lambda said: opened.faults.append(said.text) if said.type != "log" else None)
        opened.page.on("pageerror", lambda error: opened.faults.append(str(error)))
        opened.page.goto(address + path)
        return opened


@pytest.fixture
def open_ui(browser: Browser) -> Iterator[UiOpener]:
    opener = UiOpener(browser)
    yield opener
    opener.close()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs, of which the newest is named by an enemy, as is the model."""
    path = tmp_path_factory.mktemp("ui") / "store.db"
    with chat_server(names=(HOSTILE,)) as server:
        for name, requests in (("morning", 9), ("noon", 12), ("evening", 10)):
            ended = seatrial("run", server.url, "--requests", requests, "--name", name, "--store", path, *SMALL)
            assert ended.code in {0, 4}, ended.err  # 4: a busy computer
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE run SET name = ? WHERE name = 'evening'", (HOSTILE,))
    connection.close()
    return path


@pytest.fixture(scope="module")
def address(store: Path) -> Iterator[str]:
    with ui(store) as found:
        yield found


def ids(store: Path) -> list[str]:
    """Newest first."""
    with Store.open(store, create=False) as opened:
        return [row.id for row in opened.runs()]


def listed(page: Page) -> list[str]:
    return page.locator("#runs tbody tr:visible th a:not(.badge)").all_inner_texts()


def compared(page: Page) -> tuple[str, str]:
    """Base and new of a comparison's address."""
    query = parse_qs(urlsplit(page.url).query)
    return query["base"][0], query["new"][0]


def test_the_list_filters_while_typing(address: str, store: Path, open_ui: UiOpener) -> None:
    opened = open_ui.at(address)
    page = opened.page
    assert listed(page) == ids(store)
    opened.shoot("ui-runs", whole=True)
    field = page.get_by_role("searchbox")
    field.press_sequentially("NOON finished")
    assert listed(page) == [ids(store)[1]]
    field.press_sequentially(" nonesuch")
    assert listed(page) == []
    expect(page.locator("#none")).to_be_visible()
    field.fill("")
    assert listed(page) == ids(store)
    expect(page.locator("#none")).to_be_hidden()


def test_a_filtered_address_can_be_widened_again(address: str, store: Path, open_ui: UiOpener) -> None:
    page = open_ui.at(address, "?q=noon").page
    assert listed(page) == [ids(store)[1]]
    page.get_by_role("searchbox").fill("finished")
    assert listed(page) == ids(store)
    page.get_by_role("searchbox").fill("morning")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=morning"))
    assert listed(page) == [ids(store)[2]]


def test_the_list_sorts_by_size(address: str, open_ui: UiOpener) -> None:
    page = open_ui.at(address).page
    head = page.get_by_role("columnheader", name="Samples")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert page.locator("td.number").all_inner_texts() == ["9", "10", "12"]
    head.get_by_role("button").press("Enter")
    assert page.locator("td.number").all_inner_texts() == ["12", "10", "9"]


def test_a_report_opens_from_the_list_and_is_drawn(address: str, store: Path, open_ui: UiOpener) -> None:
    opened = open_ui.at(address)
    opened.page.get_by_role("link", name=ids(store)[1]).click()
    expect(opened.page.locator("#report")).to_be_visible()
    opened.wait_for_charts()
    assert opened.page.locator("figure.chart svg").count() >= 3
    assert opened.page.locator("figure.chart[data-drawn=failed]").count() == 0
    opened.page.go_back()
    assert listed(opened.page) == ids(store)


def test_two_runs_are_chosen_and_compared(address: str, store: Path, open_ui: UiOpener) -> None:
    new, _, base = ids(store)
    opened = open_ui.at(address)
    page = opened.page
    page.get_by_label(f"{base} as base").check()
    page.get_by_role("searchbox").fill("nothing of the kind")
    expect(page.locator("#chosen")).to_have_text(f"{new} with {base} as base")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(re.compile(r"/compare\?"))
    assert compared(page) == (base, new)
    expect(page.get_by_role("heading", name="Verdict")).to_be_visible()
    expect(page.locator("main table").first).to_contain_text("TTFT")
    opened.shoot("ui-compare", whole=True)


def test_a_run_that_goes_on_is_watched_to_its_end(tmp_path: Path, open_ui: UiOpener) -> None:
    path = tmp_path / "store.db"
    words = ("--duration", "120s", "--name", "going", "--store", path, *SMALL)
    with chat_server() as server, started("run", server.url, *words) as run:
        assert run.stderr is not None
        run.stderr.readline()  # the run is in the store by now
        try:
            with ui(path) as address:
                opened = open_ui.at(address)
                opened.page.get_by_role("link", name="live").click()
                watch_to_its_end(opened, run)
        finally:
            run.kill()


def watch_to_its_end(opened: Opened, run: subprocess.Popen[str]) -> None:
    page = opened.page
    status, done = page.locator("#status"), page.locator("#workloads tr:last-child td:nth-child(4)")
    expect(status).to_have_text("Running")
    page.locator("div.table").focus()
    expect(page.locator("#workloads")).to_contain_text("going on", timeout=LATER)
    expect(page.locator("#gauges")).to_contain_text("cores busy", timeout=LATER)
    before = done.inner_text()
    expect(done).not_to_have_text(before, timeout=LATER)
    expect(page.locator("#gauges polyline").first).to_be_attached(timeout=LATER)
    opened.shoot("ui-live", whole=True)
    run.send_signal(signal.SIGINT)
    expect(status).to_have_text("Interrupted", timeout=LATER)
    expect(page.locator("#so-far")).to_be_empty()
    expect(page.locator("#gauges li")).to_have_count(0)
    expect(page.locator("div.table")).to_be_focused()
    expect(page.locator("#lost")).to_be_hidden()
    opened.shoot("ui-live-ended")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["", "runs/noon/live"])
def test_all_text_can_be_read_in_light_and_dark(path: str, scheme: str, address: str, open_ui: UiOpener) -> None:
    opened = open_ui.at(address, path, color_scheme=scheme)
    opened.shoot(f"ui-{'live' if path else 'runs'}-{scheme}", whole=True)
    assert opened.page.evaluate(CONTRAST, TEXTS + ", label, input, button, output") == []
    ground = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
    opened.page.get_by_role("button", name=re.compile("colours")).click()
    assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") != ground


@pytest.mark.parametrize("path", ["", "runs/noon/live", "runs/noon", "compare?base=noon&new=morning"])
def test_a_narrow_screen_never_scrolls_sideways(path: str, address: str, open_ui: UiOpener) -> None:
    opened = open_ui.at(address, path, viewport={"width": 400, "height": 800})
    opened.shoot(f"ui-400-{re.sub('[^a-z]+', '-', path) or 'list'}", whole=True)
    assert width_beyond(opened.page) == 0


def test_a_keyboard_reaches_everything(address: str, store: Path, open_ui: UiOpener) -> None:
    """Tab visits, visibly, each link, field and button, and radios as two groups; arrows choose, Enter compares."""
    page = open_ui.at(address).page
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    wanted = page.locator("a:visible, button:visible, input[type=search], div.table").count() + 2
    seen = 1
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        seen += 1
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert seen == wanted
    newest, middle, oldest = ids(store)
    page.get_by_label(f"{middle} as base").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#chosen")).to_have_text(f"{newest} with {oldest} as base")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/compare\?"))
    assert compared(page) == (oldest, newest)


def test_hostile_names_are_inert(address: str, store: Path, open_ui: UiOpener) -> None:
    newest = ids(store)[0]
    opened = open_ui.at(address)
    page = opened.page
    for path in ("", f"runs/{newest}/live", f"runs/{newest}", f"compare?base=noon&new={newest}", "?q=" + HOSTILE):
        page.goto(address + path)
        assert page.locator("main img, main script:not([type='application/json'])").count() == 0
        assert page.evaluate("window.hit") is None
        if not path:
            assert HOSTILE in page.locator("#runs").inner_text()
    page.get_by_role("searchbox").fill(HOSTILE)
    assert page.evaluate("window.hit") is None


def test_without_scripts_the_list_filters_and_compares(address: str, store: Path, open_ui: UiOpener) -> None:
    page = open_ui.at(address, java_script_enabled=False).page
    page.get_by_role("searchbox").fill("noon")
    page.get_by_role("button", name="Filter").click()
    assert listed(page) == [ids(store)[1]]
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="Verdict")).to_be_visible()


def test_on_paper_the_list_is_a_list(address: str, open_ui: UiOpener) -> None:
    opened = open_ui.at(address, color_scheme="dark")
    opened.page.emulate_media(media="print")
    opened.page.set_viewport_size({"width": 700, "height": 1000})
    opened.shoot("ui-print", whole=True)
    expect(opened.page.get_by_role("button", name="Compare")).to_be_hidden()
    assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert width_beyond(opened.page) == 0


def test_a_run_that_was_deleted_is_gone_from_every_browser(tmp_path: Path, store: Path, open_ui: UiOpener) -> None:
    path = tmp_path / "copy.db"
    with sqlite3.connect(store) as source, sqlite3.connect(path) as copy:
        source.backup(copy)
    source.close()
    copy.close()
    with ui(path) as address:
        first, second = open_ui.at(address).page, open_ui.at(address).page  # two browsers at once
        with Store.open(path, create=False) as opened:
            gone = opened.resolve("noon")
            opened.delete_run(gone)
        answer = first.request.get(f"{address}runs/{gone}")
        assert answer.status == 404
        assert "there is no run" in answer.text()
        second.reload()
        assert gone not in listed(second)
        assert len(listed(second)) == 2


def test_a_live_page_says_when_nobody_answers_and_when_it_is_heard_again(tmp_path: Path, browser: Browser) -> None:
    page = browser.new_page()
    with ui(one_run(tmp_path)) as address:
        page.goto(f"{address}runs/last/live")
        expect(page.locator("#status")).to_have_text("Running")
        expect(page.locator("#lost")).to_be_hidden()
        page.route("**/live", lambda route: route.abort())
        expect(page.locator("#lost")).to_be_visible(timeout=LATER)
        page.unroute("**/live")
        expect(page.locator("#lost")).to_be_hidden(timeout=LATER)
    page.close()


def one_run(folder: Path) -> Path:
    """A store with a run that goes on as long as this process, and measures nothing."""
    path = folder / "store.db"
    with Store.open(path) as opened:
        opened.begin_run(run_info("20261121-1530-0001", pid=os.getpid()))
    return path


def test_a_store_with_one_run_has_nothing_to_compare(tmp_path: Path, open_ui: UiOpener) -> None:
    with ui(one_run(tmp_path)) as address:
        page = open_ui.at(address).page
        assert len(listed(page)) == 1
        expect(page.get_by_role("button", name="Compare")).to_have_count(0)
        page.get_by_role("searchbox").fill("nonesuch")
        expect(page.locator("#none")).to_be_visible()
