from __future__ import annotations

import csv
import io
import json
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from seatrial.domain.sample import Outcome, Sample
from seatrial.store.export import export_csv, export_jsonl

from .records import T0_NS, fill, make_sample

if TYPE_CHECKING:
    from pathlib import Path

    from seatrial.store.store import Store

NEVER_SENT = Sample(1, 2 * T0_NS)
REFUSED = Sample(2, 3 * T0_NS, 3 * T0_NS, outcome=Outcome.REFUSED, detail='nobody, "there"\nat all')


def test_jsonl_holds_everything(store: Store) -> None:
    fill(store, "r", [make_sample(0, text="Ahoi ⚓"), NEVER_SENT])
    out = io.StringIO()
    assert export_jsonl(store, "r", out) == 2
    done, never = [json.loads(line) for line in out.getvalue().splitlines()]
    assert {
        "run": "r",
        "candidate": "one-slot",
        "workload": "warm",
        "index": 0,
        "outcome": "ok",
    }.items() <= done.items()
    assert (done["t_intended_s"], done["t_send_s"], done["t_end_s"]) == (0.0, 0.001, 0.401)
    assert done["chunk_s"] == pytest.approx([0.101, 0.201, 0.301, 0.401], abs=1e-9)
    assert done["chunk_lag_s"] == pytest.approx([1e-6, 2e-6, 3e-6, 4.0])
    assert done["chunk_tokens"] == [1, None, 1, 65535]
    assert done["chunk_channel"] == ["content", "reasoning", "tool", "content"]
    assert (done["text"], done["server"], done["kernel_clock"]) == ("Ahoi ⚓", {"load_s": 0.25}, True)
    assert (never["outcome"], never["t_send_s"], never["chunk_s"]) == ("never_sent", None, [])
    assert never.keys() == done.keys()


def test_jsonl_names_every_field_of_a_sample(store: Store) -> None:
    fill(store, "r", [make_sample(0)])
    out = io.StringIO()
    export_jsonl(store, "r", out)
    renamed = {name.removesuffix("_ns").removesuffix("_lag_us") for name in Sample.__dataclass_fields__}
    got = {name.removesuffix("_lag_s").removesuffix("_s") for name in json.loads(out.getvalue())}
    assert renamed - got == {"retry_after_s"}  # in seconds already
    assert got - renamed == {"run", "candidate", "workload", "retry_after"}


def test_csv_has_a_line_for_every_sample(store: Store) -> None:
    fill(store, "r", [make_sample(0), NEVER_SENT, REFUSED])
    out = io.StringIO()
    assert export_csv(store, "r", out) == 3
    done, never, refused = csv.DictReader(io.StringIO(out.getvalue()))
    assert (done["candidate"], done["workload"], done["outcome"], done["status"]) == (
        "one-slot",
        "warm",
        "ok",
        "200",
    )
    assert (done["chunks"], done["first_chunk_s"], done["last_chunk_s"]) == ("4", "0.101", "0.401")
    assert (never["t_intended_s"], never["t_send_s"], never["chunks"], never["first_chunk_s"]) == (
        "1.0",
        "",
        "0",
        "",
    )
    assert (refused["outcome"], refused["detail"]) == ("refused", 'nobody, "there"\nat all')
    assert "text" not in done


def test_a_run_without_samples_is_an_empty_export(store: Store) -> None:
    fill(store, "r")
    lines, rows = io.StringIO(), io.StringIO()
    assert export_jsonl(store, "r", lines) == 0
    assert export_csv(store, "r", rows) == 0
    assert lines.getvalue() == ""
    assert len(rows.getvalue().splitlines()) == 1


def test_memory_does_not_grow_with_the_run(store: Store, tmp_path: Path) -> None:
    text = "x" * 10_000
    fill(store, "r", [replace(make_sample(index), text=text) for index in range(3000)])
    with (tmp_path / "out.jsonl").open("w", encoding="utf-8") as file:
        tracemalloc.start()
        export_jsonl(store, "r", file)
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (tmp_path / "out.jsonl").stat().st_size > 30_000_000
    assert peak_bytes < 10_000_000
