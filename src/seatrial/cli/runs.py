"""`seatrial runs`: what is in the store, its provenance, its raw samples; never a statistic."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seatrial.cli.terminal import one_line
from seatrial.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.record import CandidateRecord, WorkloadRecord
    from seatrial.store.runs import RunRow, StoredRun
    from seatrial.store.store import Store

JSON_SCHEMA = 1

_store_option = click.option(
    "--store",
    "store_path",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The store. Default: $SEATRIAL_STORE, else seatrial/seatrial.db in the user's data folder.",
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group()
def runs() -> None:
    """List, show, export and delete stored runs.

    RUN is an id, its beginning, a run's name (its newest run), or `last`.
    """


@runs.command("list")
@_store_option
@_json_option
def list_(store_path: Path | None, as_json: bool) -> None:
    """List all runs, newest first."""
    from seatrial.store.place import default_path, is_begun

    path = store_path or default_path()
    if store_path is None and not is_begun(path):  # a fresh computer is no error
        found: list[RunRow] = []
    else:
        with _open(path) as store:
            found = store.runs()
    if as_json:
        rows = [asdict(row) for row in found]
        _print_json({"store": str(path), "runs": [{"run": row.pop("id"), **row} for row in rows]})
    elif found:
        click.echo("\n".join(map(one_line, _table(found))))
    else:
        click.echo(f"no runs in {path} yet; `seatrial run` makes one", err=True)


@runs.command()
@click.argument("run", metavar="RUN")
@_store_option
@_json_option
def show(run: str, store_path: Path | None, as_json: bool) -> None:
    """Show what a run was: spec, computer, engines, requests per workload."""
    with _open(store_path) as store:
        run_id = store.resolve(run)
        document = _provenance(store.load_run(run_id), store.outcomes(run_id))
    if as_json:
        _print_json(document)
    else:
        click.echo("\n".join(map(one_line, _provenance_lines(document))))


@runs.command()
@click.argument("run", metavar="RUN")
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv", "parquet"]),
    help="Default: by the end of FILE's name, else jsonl.",
)
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Default: standard output.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@_store_option
def export(run: str, form: str | None, output: Path | None, force: bool, store_path: Path | None) -> None:
    """Write a run's samples: JSON lines or Parquet with every chunk, or one CSV line each."""
    from seatrial.cli.exporting import chosen_format, write_file, write_stdout

    chosen = chosen_format(form, output)
    with _open(store_path) as store:
        run_id = store.resolve(run)
        if output is None:
            write_stdout(store, run_id, chosen)
            return
        count = write_file(store, run_id, chosen, output, force=force)
    click.echo(f"{count} samples of run {run_id} in {output}", err=True)


@runs.command()
@click.argument("run", metavar="RUN...", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@_store_option
def delete(run: tuple[str, ...], yes: bool, store_path: Path | None) -> None:
    """Delete runs with all their samples."""
    with _open(store_path) as store:
        rows = {row.id: row for row in store.runs()}
        chosen = [rows[run_id] for run_id in dict.fromkeys(map(store.resolve, run))]
        for row in chosen:
            if row.status == "running":
                raise UsageError(f"run {row.id} is still running", "stop it first")
        for row in chosen:
            if yes or click.confirm(f"Delete run {row.id} with {row.samples} samples?", err=True):
                store.delete_run(row.id)
                click.echo(f"deleted {row.id}", err=True)


def _open(path: Path | None) -> Store:
    from seatrial.store.place import default_path
    from seatrial.store.store import Store

    return Store.open(path or default_path(), create=False)


def _print_json(document: dict[str, Any]) -> None:
    click.echo(json.dumps({"schema": JSON_SCHEMA, **document}, indent=2))


def _table(found: Sequence[RunRow]) -> Iterator[str]:
    head = ("RUN", "STARTED (UTC)", "STATUS", "CANDIDATES", "WORKLOADS", "SAMPLES", "NAME")
    body = [
        (
            row.id,
            row.started_utc,
            row.status,
            str(row.candidates),
            str(row.workloads),
            str(row.samples),
            row.name or "-",
        )
        for row in found
    ]
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    for line in (head, *body):
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _provenance(run: StoredRun, outcomes: dict[int, dict[str, int]]) -> dict[str, Any]:
    info = run.info
    return {
        "run": info.id,
        "name": info.spec.name,
        "status": info.status,
        "started_utc": info.started_utc,
        "command": info.command,
        "seed": info.spec.seed,
        "host": info.host,
        "candidates": [
            _candidate(
                record,
                [
                    _workload(workload, outcomes.get(workload.position, {}))
                    for workload in run.workloads
                    if workload.candidate_position == record.position
                ],
            )
            for record in run.candidates
        ],
        "spec": asdict(info.spec),
    }


def _candidate(record: CandidateRecord, workloads: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": record.candidate.name,
        "engine": record.info.engine if record.info else record.candidate.engine,
        "engine_version": record.info.version if record.info else None,
        "model": record.candidate.model,
        "endpoint": record.candidate.endpoint,
        "details": record.info.details if record.info else {},
        "failed": record.failed,
        "notes": record.notes,
        "workloads": workloads,
    }


def _workload(record: WorkloadRecord, outcomes: dict[str, int]) -> dict[str, Any]:
    return {
        "name": record.workload.name,
        "planned": record.planned,
        "stored": sum(outcomes.values()),
        "outcomes": outcomes,
        "processes": record.processes,
        "skipped": record.skipped,
        "notes": record.notes,
    }


def _provenance_lines(document: dict[str, Any]) -> Iterator[str]:
    for key in ("run", "name", "status", "started_utc", "command", "seed"):
        if document[key] not in (None, ""):
            yield f"{key.removesuffix('_utc'):<10} {document[key]}"
    for key, value in document["host"].items():
        yield f"{key:<10} {value}"
    for objective in document["spec"]["slo"]["objectives"]:
        yield f"objective  {objective['key']} {objective['limit']:g}"
    for candidate in document["candidates"]:
        yield ""
        engine = " ".join(filter(None, (candidate["engine"], candidate["engine_version"])))
        where = " at ".join(filter(None, (candidate["model"], candidate["endpoint"])))
        yield f"{candidate['name']}: " + ", ".join(filter(None, (engine, where)))
        if candidate["failed"]:
            yield f"  failed: {candidate['failed']}"
        yield from (f"  note: {note}" for note in candidate["notes"])
        for workload in candidate["workloads"]:
            yield f"  {workload['name']}: {_requests(workload)}"
            yield from (f"    note: {note}" for note in workload["notes"])


def _requests(workload: dict[str, Any]) -> str:
    if workload["skipped"]:
        return f"skipped: {workload['skipped']}"
    ended = ", ".join(f"{count} {outcome}" for outcome, count in workload["outcomes"].items())
    return f"{workload['planned']} planned, {workload['stored']} stored" + (f": {ended}" if ended else "")
