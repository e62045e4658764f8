"""The pages that are not reports: the list of runs, a run going on, and what went wrong."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from seatrial.report.gauges import shown
from seatrial.report.page.inline import asset, policy
from seatrial.report.page.render import templates_of
from seatrial.ui.sparkline import sparkline

if TYPE_CHECKING:
    from jinja2 import Environment

    from seatrial.ui.listing import Listing
    from seatrial.ui.live import LiveRun


class Page(NamedTuple):
    """`policy` is the Content Security Policy it needs."""

    html: str
    policy: str


def runs_page(listing: Listing, query: str, store: str) -> Page:
    """The list, filtered by the server and, with scripts, while typing; its table sorts as a report's do."""
    return _page("runs.html.jinja", "runs.js", listing=listing, query=query, store=store)


def live_page(run: LiveRun) -> Page:
    """A page that fetches itself anew every second while the run goes on."""
    return _page("live.html.jinja", "live.js", run=run)


def error_page(message: str, hint: str) -> Page:
    return _page("error.html.jinja", message=message, hint=hint)


def _page(template: str, *own_scripts: str, **values: object) -> Page:
    style = asset("page.css") + _own("ui.css")
    scripts = [asset("page.js"), *map(_own, own_scripts)]
    html = _environment().get_template(template).render(style=style, scripts=scripts, **values)
    # The list asks itself, and a live page fetches itself, from here and nowhere else.
    allowed = policy(scripts, [style]).replace("form-action 'none'", "form-action 'self'")
    return Page(html, f"{allowed}; connect-src 'self'; frame-ancestors 'none'")


def _own(name: str) -> str:
    return files("seatrial.ui").joinpath("assets", name).read_text("utf-8")


@cache
def _environment() -> Environment:
    environment = templates_of("seatrial.ui")
    environment.filters |= {"shown": shown, "sparkline": sparkline}
    return environment
