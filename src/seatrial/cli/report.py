"""`seatrial report`: a stored run as text, Markdown or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seatrial.errors import OutsideError, UsageError

if TYPE_CHECKING:
    from seatrial.domain.summary import RunSummary

_FORMATS = {".md": "md", ".json": "json", ".txt": "text"}


@click.command()
@click.argument("run", metavar="RUN", default="last")
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="FILE.md, .json or .txt.")
@click.option(
    "--format", "form", type=click.Choice(["text", "md", "json"]), help="Default: by FILE's name, else text."
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@click.option("--store", "store_path", metavar="FILE", type=click.Path(path_type=Path), help="The store.")
def report(
    run: str, output: Path | None, form: str | None, as_json: bool, force: bool, store_path: Path | None
) -> None:
    """Report a stored run: RUN is an id, its beginning, a name, or `last`."""
    from seatrial.store.store import Store, default_path
    from seatrial.verbs.summary import summarize_stored

    chosen = _format(output, "json" if as_json else form)
    if output is not None and output.exists() and not force:
        raise UsageError(f"{output} exists", "give --force to overwrite it, or another name")
    with Store.open(store_path or default_path(), create=False) as store:
        summary = summarize_stored(store, store.resolve(run))
    text = rendered(summary, chosen, styled=output is None)
    if output is None:
        click.echo(text)
        return
    try:
        output.write_text(text if text.endswith("\n") else text + "\n", "utf-8")
    except OSError as error:
        raise OutsideError(
            f"{output} cannot be written: {error.strerror}", "choose another place with -o"
        ) from error
    click.echo(f"wrote {output}", err=True)


def _format(output: Path | None, form: str | None) -> str:
    if form is not None or output is None:
        return form or "text"
    if output.suffix not in _FORMATS:
        raise UsageError(f'"{output.name}" says no format', "end it in .md, .json or .txt, or give --format")
    return _FORMATS[output.suffix]


def rendered(summary: RunSummary, form: str, *, styled: bool) -> str:
    """The report in one of the formats; `styled` allows colour where the output shows it."""
    if form == "json":
        import json

        from seatrial.report.document import run_document

        return json.dumps(run_document(summary), indent=2)
    from seatrial.report.layout import build_view

    if form == "md":
        from seatrial.report.markdown import render_markdown

        return render_markdown(build_view(summary))
    from seatrial.report.text import render_text

    return render_text(build_view(summary), styled=styled)
