"""`seatrial compare`: two sides, a verdict with its uncertainty, and a gate for a build."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seatrial.errors import EXIT_NOT_MET, EXIT_OK, EXIT_UNTRUSTED, UsageError

if TYPE_CHECKING:
    from seatrial.domain.comparison import RunComparison

_FORMS = {".md": "md", ".json": "json", ".txt": "text"}
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("base")
@click.argument("new")
@click.option(
    "--gate", multiple=True, metavar="EXPR", help='Such as "ttft_p95 <= 1.05x; success >= 0.99"; may be repeated.'
)
@click.option("--strict", is_flag=True, help="A clause that cannot be told from so few requests fails the gate.")
@click.option(
    "--margin", type=float, default=0.05, help="What still counts as the same. Default: 0.05, which is 5 %."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("-o", "--output", metavar="FILE", type=_FILE, help="Write FILE.md, .json or .txt.")
@click.option("--junit", metavar="FILE", type=_FILE, help="Also write JUnit XML; overwrites FILE.")
@click.option(
    "--markdown", metavar="FILE", type=_FILE, help="Also write a summary for a pull request; overwrites FILE."
)
@click.option("--force", is_flag=True, help="Overwrite the FILE of -o.")
@click.option("--store", "store_path", metavar="FILE", type=click.Path(path_type=Path), help="The store.")
def compare(
    base: str,
    new: str,
    gate: tuple[str, ...],
    strict: bool,
    margin: float,
    as_json: bool,
    output: Path | None,
    junit: Path | None,
    markdown: Path | None,
    force: bool,
    store_path: Path | None,
) -> None:
    """Compare two sides: per metric the ratio NEW / BASE with its interval, and better, worse, same or cannot tell.

    A side is a run (its id, the beginning of it, a name, or `last`), one candidate of a run (RUN:CANDIDATE), the
    .json report of a run, the result file of another tool, or several of these joined by commas: runs of one side
    are pooled by run.

    A clause of a gate is a metric, <= or >=, and a limit. Metrics: ttft, tpot, e2e or icl with _mean, _p50, _p95
    or _p99; output_tokens, requests, goodput; success, attainment, accuracy. Limits: a factor of the base (1.05x),
    a duration (60ms), a rate or a share.

    Exit codes: 0 nothing to stop a build; 1 the gate fails or, without a gate, something is worse; 4 a
    measurement is invalid, so nothing is decided by it.
    """
    from seatrial.verbs.compare import compare_runs
    from seatrial.verbs.sides import load_sides
    from seatrial.verbs.writing import check_free, write_whole

    form = "" if output is None else _form(output)
    if output is not None:
        check_free(output, force=force)
    sides = load_sides(base, store_path), load_sides(new, store_path)
    found = compare_runs(*sides, margin=margin, gate=gate, strict=strict)
    files = _files(found, junit, markdown)
    if output is not None:
        files[output] = rendered(found, form, styled=False)
    for path, text in files.items():
        write_whole(path, text)
        click.echo(f"wrote {path}", err=True)
    if as_json or output is None:
        click.echo(rendered(found, "json" if as_json else "text", styled=sys.stdout.isatty()), nl=False)
    click.get_current_context().exit(exit_code(found))


def exit_code(found: RunComparison) -> int:
    if found.untrusted:
        return EXIT_UNTRUSTED
    return EXIT_NOT_MET if found.fails else EXIT_OK


def rendered(found: RunComparison, form: str, *, styled: bool) -> str:
    """The comparison in one of the forms, ending in a newline."""
    if form == "json":
        from seatrial.report.comparison_document import comparison_document

        return json.dumps(comparison_document(found), indent=2, allow_nan=False) + "\n"
    from seatrial.report.comparison import comparison_view

    if form == "md":
        from seatrial.report.markdown import render_markdown

        return render_markdown(comparison_view(found))
    from seatrial.report.text import render_text

    return render_text(comparison_view(found), styled=styled)


def _files(found: RunComparison, junit: Path | None, markdown: Path | None) -> dict[Path, str]:
    from seatrial.report.comparison import pull_request_summary
    from seatrial.report.comparison_document import junit_xml

    files = {}
    if junit is not None:
        files[junit] = junit_xml(found)
    if markdown is not None:
        files[markdown] = pull_request_summary(found)
    return files


def _form(output: Path) -> str:
    if output.suffix not in _FORMS:
        raise UsageError(f'"{output.name}" says no format', "end it in .md, .json or .txt")
    return _FORMS[output.suffix]
