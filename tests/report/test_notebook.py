from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from seatrial.report.notebook import notebook
from seatrial.store.store import Store
from tests.store.records import T0_NS, WORKLOAD_RECORDS, fill, make_sample


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    path = tmp_path / "store's \\ {place}.db"
    with Store.open(path) as store:
        for run_id in ("first", "second"):
            fill(store, run_id, [make_sample(index) for index in range(30)])
            store.put_workload(run_id, replace(WORKLOAD_RECORDS[0], planned=30, t_end_ns=31 * T0_NS, cold=None))
            store.finish_run(run_id, "finished")
    return path


def executed(document: dict[str, Any]) -> list[Any]:
    """The outputs of all cells. Raises when a cell does."""
    cells = nbformat.reads(json.dumps(document), as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(cells)
    NotebookClient(cells, timeout=60, kernel_name="python3").execute()
    return [output for cell in cells.cells for output in cell.get("outputs", ())]


def test_it_runs_and_redraws_the_figures(store_path: Path) -> None:
    outputs = executed(notebook(["first", "second"], str(store_path)))
    assert not [output for output in outputs if output.output_type == "error"]
    drawn = [output.data for output in outputs if output.output_type == "display_data"]
    assert len(drawn) >= 4
    for data in drawn:
        assert data["image/svg+xml"].startswith("<svg")
        spec = data["application/vnd.vegalite.v5+json"]
        assert all(isinstance(view["width"], int) for view in spec.get("vconcat", [spec]))
        assert data["text/plain"]
    printed = "".join(output.text for output in outputs if output.output_type == "stream")
    assert printed.count("one-slot, warm: 30 of 30 requests completed") == 2
    assert printed.count("one-slot, ramp: skipped, no cold start here") == 2
    assert "  ttft_s  mean 0.1 " in printed
    assert printed.count(" took 0.400 s, ok with 4 chunks") == 2 * 3


def test_it_says_where_it_reads_from_and_is_the_same_every_time(store_path: Path) -> None:
    document = notebook(["first"])
    assert document == notebook(["first"])
    sources = "\n".join(cell["source"] for cell in document["cells"])
    assert "STORE = None" in sources
    assert "load_run('first', STORE)" in sources
    ids = [cell["id"] for cell in document["cells"]]
    assert len(set(ids)) == len(ids)
    nbformat.validate(document)
