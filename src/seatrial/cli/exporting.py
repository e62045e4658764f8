"""Where `seatrial runs export` writes: a file that is whole or not there, or standard output."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, BinaryIO

from seatrial.errors import OutsideError, UsageError
from seatrial.sources.paths import is_plain, is_taken, is_there
from seatrial.store.export import export_csv, export_jsonl
from seatrial.store.parquet import export_parquet, require_pyarrow

if TYPE_CHECKING:
    from pathlib import Path

    from seatrial.store.store import Store

_ENDINGS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".parquet": "parquet"}
_TEXT = {"jsonl": export_jsonl, "csv": export_csv}


def chosen_format(form: str | None, output: Path | None) -> str:
    """The format asked for, else the one that `output` ends in, else JSON lines. Raises UsageError."""
    chosen = form or (_ENDINGS.get(output.suffix.lower(), "jsonl") if output else "jsonl")
    if chosen == "parquet":
        require_pyarrow()
        if output is None and sys.stdout.isatty():
            raise UsageError("Parquet is nothing for a terminal", "name a file with -o FILE.parquet")
    return chosen


def write_stdout(store: Store, run_id: str, form: str) -> None:
    if form == "parquet":
        export_parquet(store, run_id, sys.stdout.buffer)
    else:
        _TEXT[form](store, run_id, sys.stdout)


def write_file(store: Store, run_id: str, form: str, output: Path, *, force: bool) -> int:
    """Writes `output` and returns how many samples it holds. What fails halfway leaves what was there before.

    Raises UsageError when it exists already (without `force`), OutsideError when it cannot be written.
    """
    if not force and is_taken(output):
        raise UsageError(f"{output} exists already", "choose another name, or add --force")
    # Beside it under another name until it is whole; a pipe or a device cannot be replaced and is written to.
    plain = is_plain(output) or not is_there(output)
    place = output.with_name(f".{output.name}.{os.getpid()}.part") if plain else output
    try:
        count = _write(store, run_id, form, place)
        if plain:
            place.replace(output)
    except OSError as error:
        raise OutsideError(f"{output} cannot be written: {error.strerror}", "choose another -o FILE") from error
    finally:
        if plain:
            place.unlink(missing_ok=True)
    return count


def _write(store: Store, run_id: str, form: str, place: Path) -> int:
    if form == "parquet":
        binary: BinaryIO
        with place.open("wb") as binary:
            return export_parquet(store, run_id, binary)
    with place.open("w", encoding="utf-8", newline="") as text:
        return _TEXT[form](store, run_id, text)
