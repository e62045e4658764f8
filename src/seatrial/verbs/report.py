"""A report of stored runs, in every form it can have, on the screen or in files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatrial.errors import UsageError
from seatrial.report.document import run_document
from seatrial.report.layout import build_view
from seatrial.report.static import charts_of, pick_chart, png, svg
from seatrial.stats.merge import merge_runs, merge_traces
from seatrial.store.place import default_path, is_begun
from seatrial.store.store import Store
from seatrial.verbs.sides import load_sides
from seatrial.verbs.traces import traces_stored
from seatrial.verbs.writing import check_free, make_folder, write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from seatrial.domain.summary import RunSummary
    from seatrial.domain.traces import RunTraces

FORMS = {
    ".html": "html", ".md": "md", ".json": "json", ".txt": "text", ".ipynb": "ipynb", ".png": "png", ".svg": "svg",
}  # fmt: skip
"""The form that the end of a file's name asks for."""
DRAWN = frozenset({"html", "md", "png", "svg"})
"""Forms that show charts, and need the traces they are drawn from."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a report is made from. `traces` is None where no chart was asked for, or only files were read.

    `stored`: ids of the runs that are in the store.
    """

    run: RunSummary
    traces: RunTraces | None = None
    stored: tuple[str, ...] = ()


def load_report(words: Sequence[str], store_path: Path | None = None, *, drawn: bool = False) -> Report:
    """The report of all that `words` mean (see `load_sides`), merged into one; with traces if it is to be `drawn`.

    Raises UsageError for what cannot be found, StoreError for a store that cannot be read.
    """
    found = {(run.run, *(c.name for c in run.candidates)): run for w in words for run in load_sides(w, store_path)}
    runs = list(found.values())
    ids = _stored([run.run for run in runs if run.tool == "seatrial"], store_path or default_path())
    traces = merge_traces(runs, [_traces(run, ids, store_path) for run in runs]) if drawn else None
    return Report(merge_runs(runs), traces, ids)


def report_of(run: RunSummary, store_path: Path) -> Report:
    """The report of a run that is summed up already and stored at `store_path`, with its traces."""
    return Report(run, _traces(run, (run.run,), store_path), (run.run,))


def _stored(ids: Sequence[str], path: Path) -> tuple[str, ...]:
    """Those of `ids` that are in the store, if there is one: a run read from a file may be of another computer."""
    if not ids or not is_begun(path):
        return ()
    with Store.open(path, create=False) as store:
        known = {row.id for row in store.runs()}
    return tuple(run_id for run_id in dict.fromkeys(ids) if run_id in known)


def _traces(run: RunSummary, ids: Sequence[str], store_path: Path | None) -> RunTraces | None:
    if run.run not in ids:
        return None
    with Store.open(store_path or default_path(), create=False) as store:
        return traces_stored(store, run.run)


def render(
    report: Report,
    form: str,
    *,
    styled: bool = False,
    chart_id: str | None = None,
    store_path: Path | None = None,
) -> str | bytes:
    """The report in one of `FORMS`.

    `styled` allows colour in text, `chart_id` names the one chart of a picture, a notebook reads `store_path`.
    """
    if form == "json":
        return json.dumps(run_document(report.run), indent=2) + "\n"
    if form == "ipynb":
        return _notebook(report, store_path)
    view = build_view(report.run, report.traces, drawn=form in DRAWN)
    if form == "html":
        from seatrial.report.page import render_html  # noqa: PLC0415  templates load when they are used

        return render_html(view)
    if form == "md":
        from seatrial.report.markdown import render_markdown  # noqa: PLC0415

        return render_markdown(view)
    if form in {"png", "svg"}:
        chart = pick_chart(view, chart_id)
        return png(chart) if form == "png" else svg(chart)
    from seatrial.report.text import render_text  # noqa: PLC0415

    return render_text(view, styled=styled)


def _notebook(report: Report, store_path: Path | None) -> str:
    if not report.stored:
        raise UsageError("a notebook reads runs from the store", "what came from a file has no samples")
    from seatrial.report.notebook import notebook  # noqa: PLC0415

    store = None if store_path is None else str(store_path.resolve())
    return json.dumps(notebook(report.stored, store), indent=1) + "\n"


def form_of(output: Path) -> str:
    """The form that the name of `output` asks for. Raises UsageError where it asks for none."""
    if output.suffix not in FORMS:
        ends = ", ".join(FORMS)
        raise UsageError(f'"{output.name}" says no format', f"end it in one of {ends}, or give --format")
    return FORMS[output.suffix]


def write_report(
    report: Report,
    output: Path,
    form: str,
    *,
    force: bool = False,
    chart_id: str | None = None,
    store_path: Path | None = None,
) -> list[Path]:
    """Writes the report, each file whole or not at all, and gives the files; Markdown's charts stand beside it.

    Raises UsageError, nothing written, for a file that exists unless `force`; OutsideError where none can be.
    """
    check_free(output, force=force)
    files: dict[Path, str | bytes] = {}
    if form == "md":
        from seatrial.report.markdown import render_markdown  # noqa: PLC0415

        view = build_view(report.run, report.traces, drawn=True)
        folder = output.with_name(output.stem + ".assets")
        charts = charts_of(view)
        files = {folder / f"{chart.id}.svg": svg(chart) for chart in charts.values()}
        for path in files:
            check_free(path, force=force)
        make_folder(folder)
        files[output] = render_markdown(view, pictures=folder.name)
    else:
        files[output] = render(report, form, chart_id=chart_id, store_path=store_path)
    for path, content in files.items():
        write_whole(path, content)
    return [output, *(path for path in files if path != output)]
