"""`seatrial report`: stored runs as text, a web page, Markdown, JSON, a notebook or a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seatrial.errors import UsageError

if TYPE_CHECKING:
    from seatrial.domain.summary import RunSummary


@click.command()
@click.argument("run", metavar="[RUN]...", nargs=-1)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="FILE.html, .md, .json, .txt, .ipynb, or a picture of one chart: .svg or .png.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "html", "md", "json", "ipynb", "svg", "png"]),
    help="Default: by FILE's name, else text.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--chart", "chart_id", metavar="ID", help="The chart of a picture; without it, ids are listed.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@click.option("--store", "store_path", metavar="FILE", type=click.Path(path_type=Path), help="The store.")
def report(
    run: tuple[str, ...],
    output: Path | None,
    form: str | None,
    as_json: bool,
    chart_id: str | None,
    force: bool,
    store_path: Path | None,
) -> None:
    """Report stored runs, several side by side in one report.

    RUN is an id, its beginning, a name, or `last`, which is also the default; RUN:CANDIDATE is one candidate of it.
    It can be a FILE.json, too: a report of seatrial, or another tool's result (docs/imports.md).
    """
    from seatrial.verbs.report import DRAWN, form_of, load_report, render, write_report
    from seatrial.verbs.writing import check_free

    asked = "json" if as_json else form
    chosen = asked or ("text" if output is None else form_of(output))
    if chart_id is not None and chosen not in {"svg", "png"}:
        raise UsageError("--chart is for a picture of one chart", "end FILE in .svg or .png")
    if chosen == "png" and output is None:
        raise UsageError("a PNG needs a file", "give it a name with -o FILE.png")
    if output is not None:
        check_free(output, force=force)
    found = load_report(run or ("last",), store_path, drawn=chosen in DRAWN)
    if output is None:
        click.echo(render(found, chosen, styled=True, chart_id=chart_id, store_path=store_path), nl=False)
        return
    written = write_report(found, output, chosen, force=force, chart_id=chart_id, store_path=store_path)
    more = f" and {len(written) - 1} charts in {written[1].parent}" if len(written) > 1 else ""
    click.echo(f"wrote {written[0]}{more}", err=True)


def rendered(summary: RunSummary, form: str, *, styled: bool) -> str:
    """A report without charts, as text, Markdown or JSON; `styled` allows colour where the output shows it."""
    from seatrial.verbs.report import Report, render

    text = render(Report(summary), form, styled=styled)
    assert isinstance(text, str)
    return text.removesuffix("\n") if form == "json" else text
