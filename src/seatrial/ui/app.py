"""Which address shows what. Every page is made from the store when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from seatrial.errors import EXIT_USAGE, SeatrialError, UsageError
from seatrial.ui import pages
from seatrial.ui.listing import listed_runs
from seatrial.ui.live import live_run
from seatrial.ui.reports import Reports

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

# A page elsewhere that has its name point here (DNS rebinding) is not answered.
HOSTS = ["127.0.0.1", "localhost"]
# Reports bring their policy with them; this part of one counts only in a header.
UNFRAMED = {"Content-Security-Policy": "frame-ancestors 'none'"}


def make_app(store_path: Path) -> Starlette:
    """The pages over the store at `store_path`, which is opened anew for each of them."""
    reports = Reports(store_path)

    def runs(request: Request) -> Response:
        query = request.query_params.get("q", "").strip()
        return _page(pages.runs_page(listed_runs(store_path, query), query, str(store_path)))

    def report(request: Request) -> Response:
        return HTMLResponse(reports.report(request.path_params["run"]), headers=UNFRAMED)

    def live(request: Request) -> Response:
        return _page(pages.live_page(live_run(store_path, request.path_params["run"])))

    def compare(request: Request) -> Response:
        base, new = (request.query_params.get(side, "") for side in ("base", "new"))
        if not base or not new:
            raise UsageError("two runs are needed", "choose a base and a new run in the list")
        return HTMLResponse(reports.comparison(base, new), headers=UNFRAMED)

    return Starlette(
        routes=[
            Route("/", runs),
            Route("/runs", lambda _: RedirectResponse("/")),
            Route("/runs/{run}", report),
            Route("/runs/{run}/live", live),
            Route("/compare", compare),
            Route("/favicon.ico", lambda _: Response(status_code=204)),  # browsers ask; a 404 is an error to them
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)],
        exception_handlers={SeatrialError: _complain, 404: _complain_of_address},
    )


def _page(page: pages.Page, status: int = 200) -> Response:
    return HTMLResponse(page.html, status, headers={"Content-Security-Policy": page.policy})


def _complain(_request: Request, error: Exception) -> Response:
    """What the user asked for cannot be shown: said as the command line would."""
    assert isinstance(error, SeatrialError)
    status = 404 if error.exit_code == EXIT_USAGE else 500
    return _page(pages.error_page(error.message, error.hint), status)


def _complain_of_address(request: Request, _error: Exception) -> Response:
    return _page(pages.error_page(f"there is no page {request.url.path}", ""), 404)
