"""Debian's Chromium for the tests that look at pages, with no way to the network, and a word about every fault."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("NOT TESTED: pages in a browser need Chromium; `make chromium` installs Debian's")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@dataclass
class Opened:
    """A page, what it said of faults, and every address but its own that it asked for."""

    page: Page
    faults: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def wait_for_charts(self) -> None:
        ended = ':not([data-drawn="yes"]):not([data-drawn="failed"])'
        expect(self.page.locator(f"figure.chart{ended}")).to_have_count(0, timeout=30_000)
        assert self.faults == []

    def shoot(self, name: str, *, whole: bool = False) -> None:
        """Kept for people to look at."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=whole)


class Opener:
    """Opens files as pages; `close` ends them and fails on any console error or request."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._opened: list[tuple[BrowserContext, Opened]] = []

    def __call__(self, file: Path, **context: Any) -> Opened:
        made = self._browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context})
        opened = Opened(made.new_page())
        self._opened.append((made, opened))

        def refuse(route: Route) -> None:
            opened.asked.append(route.request.url)
            route.abort()

        made.route(lambda url: url != file.as_uri() and not url.startswith("data:"), refuse)
        opened.page.on("console", lambda said: opened.faults.append(said.text) if said.type != "log" else None)
        opened.page.on("pageerror", lambda error: opened.faults.append(str(error)))
        opened.page.goto(file.as_uri())
        return opened

    def close(self) -> None:
        for context, _ in self._opened:
            context.close()
        for _, opened in self._opened:
            assert opened.faults == []
            assert opened.asked == []


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Opener]:
    opener = Opener(browser)
    yield opener
    opener.close()
