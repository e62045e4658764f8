from __future__ import annotations

import io
import json
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from seatrial.domain.sample import Outcome, Sample
from seatrial.errors import StoreError
from seatrial.store.export import export_jsonl
from seatrial.store.parquet import ROWS_PER_GROUP, export_parquet
from seatrial.store.store import Store

from .records import T0_NS, fill, make_sample

DOC = Path(__file__).parents[2] / "docs" / "store-schema.md"
NEVER_SENT = Sample(1, 2 * T0_NS)
REFUSED = Sample(2, 3 * T0_NS, 3 * T0_NS, outcome=Outcome.REFUSED, detail="nobody there", retry_after_s=1.5)


def exported(store: Store) -> pa.Table:
    out = io.BytesIO()
    count = export_parquet(store, "r", out)
    table = parquet.read_table(io.BytesIO(out.getvalue()))
    assert table.num_rows == count
    return table


def as_in_json(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"server": dict(row["server"])}


def test_it_holds_what_the_json_lines_hold(store: Store) -> None:
    fill(store, "r", [make_sample(0, text="Ahoi ⚓"), NEVER_SENT, REFUSED])
    store.add_samples("r", 1, [make_sample(7)])
    lines = io.StringIO()
    export_jsonl(store, "r", lines)
    want = [json.loads(line) for line in lines.getvalue().splitlines()]
    got = [as_in_json(row) for row in exported(store).to_pylist()]
    assert [row.keys() for row in got] == [row.keys() for row in want]
    for mine, theirs in zip(got, want, strict=True):
        for name, value in theirs.items():
            assert mine[name] == (pytest.approx(value, abs=2e-9) if name == "chunk_s" else value), name


def test_an_absent_value_is_null_and_never_zero(store: Store) -> None:
    fill(store, "r", [NEVER_SENT])
    (row,) = exported(store).to_pylist()
    assert (row["t_send_s"], row["t_end_s"], row["completion_tokens"], row["status"], row["text"]) == (None,) * 5
    assert (row["chunk_s"], row["server"]) == ([], [])


def test_the_page_about_the_store_names_its_columns(store: Store) -> None:
    fill(store, "r", [make_sample(0)])
    table = DOC.read_text("utf-8").split("## Exports")[1]
    named = [
        cell.strip("` ")
        for line in table.splitlines()
        if line.startswith("| `")
        for cell in line.split("|")[1].split(",")
    ]
    assert named == exported(store).schema.names


def test_a_run_without_samples_is_a_table_without_rows(store: Store) -> None:
    fill(store, "r")
    table = exported(store)
    assert table.num_rows == 0
    assert "chunk_s" in table.schema.names


def test_samples_that_cannot_be_read_are_an_error(store: Store) -> None:
    fill(store, "r", [replace(make_sample(0), chunk_channel=bytes([0, 1, 2, 9]))])
    with pytest.raises(StoreError, match="a chunk has the channel 9, and there are 3"):
        exported(store)


def test_memory_does_not_grow_with_the_run(store: Store, tmp_path: Path) -> None:
    fill(store, "r", [replace(make_sample(0), index=index) for index in range(ROWS_PER_GROUP)])
    one_group_bytes = peak_bytes(store, tmp_path / "one.parquet")
    store.add_samples(
        "r", 0, [replace(make_sample(0), index=ROWS_PER_GROUP + i) for i in range(2 * ROWS_PER_GROUP)]
    )
    three_groups_bytes = peak_bytes(store, tmp_path / "three.parquet")
    assert parquet.ParquetFile(tmp_path / "three.parquet").num_row_groups == 3
    assert three_groups_bytes < 1.5 * one_group_bytes


def peak_bytes(store: Store, path: Path) -> int:
    with path.open("wb") as file:
        tracemalloc.start()
        export_parquet(store, "r", file)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return peak


def test_without_pyarrow_it_says_how_to_get_it(store: Store, tmp_path: Path) -> None:
    fill(store, "r", [make_sample(0)])
    code = "import sys; sys.modules['pyarrow'] = None; from seatrial.cli import main; main()"
    words = ("runs", "export", "r", "-o", "out.parquet", "--store", "store.db")
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 2
    assert "Parquet needs pyarrow" in done.stderr
    assert "pip install 'seatrial[parquet]'" in done.stderr
    assert not (tmp_path / "out.parquet").exists()
