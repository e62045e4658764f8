from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from seatrial.errors import UsageError
from seatrial.report.layout import build_view
from seatrial.report.text import render_text
from seatrial.sources.foreign import read_foreign
from seatrial.sources.foreign.parts import LONGEST_NAME
from seatrial.sources.foreign.read import MOST_BYTES
from tests.sources.foreign.files import (
    AIPERF,
    ALL,
    DATA,
    GUIDELLM,
    K6_HANDLE,
    VLLM,
    document,
    metric,
    only,
    read,
    reread,
)


def refused(path: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        read_foreign(path)
    return caught.value


def written(folder: Path, text: str) -> Path:
    path = folder / "result.json"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("name", ALL)
def test_each_file_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    path = tmp_path / "anything.txt"
    path.write_bytes((DATA / name).read_bytes())
    assert read_foreign(path).tool == read(name).tool


@pytest.mark.parametrize("name", ALL)
def test_each_file_makes_a_report(name: str) -> None:
    text = render_text(build_view(read(name)), styled=False)
    assert "does not say how late its own client was" in " ".join(text.split())


@pytest.mark.parametrize("name", ALL)
def test_no_interval_without_values(name: str) -> None:
    for workload in read(name).candidates[0].workloads:
        without = any("no values of single requests" in note for note in workload.notes)
        given = {m for m, d in workload.metrics.items() if d is not None and d.mean.low is not None}
        assert given <= {"e2e_s"} if without else given


def test_a_file_that_is_not_there() -> None:
    assert "there is no such file" in refused(Path("nowhere.json")).message


def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        os.truncate(file.fileno(), MOST_BYTES + 1)  # a hole: it takes no room
    error = refused(path)
    assert "at most 128 MiB are read" in error.message
    assert "without" in error.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON"),
        ('{"completed": 1, "dur', "is not JSON"),
        ("[1, 2]", "outermost value is not an object"),
        ("null", "outermost value is not an object"),
        ("{}", "not a result file of a tool that is known"),
        ('{"metrics": {"a": 1}}', "not a result file of a tool that is known"),
        ("[" * 100_000, "nested too deeply"),
        ('{"completed": ' + "9" * 5000 + "}", "a number that is none"),
    ],
)
def test_what_is_no_result(tmp_path: Path, text: str, said: str) -> None:
    error = refused(written(tmp_path, text))
    assert said in error.message
    assert "vllm bench serve" in error.hint and "k6" in error.hint


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(b'{"a": "\xff\xfe"}')
    assert "is not UTF-8 text" in refused(path).message


def test_several_results_in_one_file(tmp_path: Path) -> None:
    one = json.dumps(document(VLLM))
    assert "--append-result" in refused(written(tmp_path, f"{one}\n{one}")).hint


def test_a_mark_at_the_beginning_is_no_fault(tmp_path: Path) -> None:
    assert read_foreign(written(tmp_path, "\ufeff" + json.dumps(document(VLLM)))).tool == "vllm bench serve"


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_none_is_absent(tmp_path: Path, word: str) -> None:
    text = json.dumps(document(VLLM) | {"p99_ttft_ms": "HERE", "mean_tpot_ms": "HERE"}).replace('"HERE"', word)
    workload = only(read_foreign(written(tmp_path, text)))
    assert metric(workload, "ttft_s").p99 is None
    assert workload.metrics["tpot_s"] is None


CASES: list[tuple[str, tuple[str | int, ...], object]] = [
    (VLLM, ("completed",), "many"),
    (VLLM, ("completed",), -1),
    (VLLM, ("completed",), 1e300),
    (VLLM, ("duration",), []),
    (VLLM, ("mean_ttft_ms",), {"a": 1}),
    (VLLM, ("latencies",), {"0": 1.0}),
    (GUIDELLM, ("benchmarks", 0, "metrics", "requests_per_second"), 3),
    (GUIDELLM, ("benchmarks", 0, "requests", "successful"), 3),
    (GUIDELLM, ("benchmarks", 0, "metrics", "request_totals", "successful"), "14"),
    (AIPERF, ("time_to_first_token", "avg"), "fast"),
    (AIPERF, ("request_latency",), [1]),
    (K6_HANDLE, ("metrics", "http_reqs", "values", "count"), None),
    (K6_HANDLE, ("metrics", "http_req_waiting"), [1]),
]


@pytest.mark.parametrize(("name", "place", "value"), CASES)
def test_a_wrong_value_is_named_with_its_place(
    tmp_path: Path, name: str, place: tuple[str | int, ...], value: object
) -> None:
    changed = document(name)
    at: Any = changed
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    with pytest.raises(UsageError, match="cannot be read as one: Expected"):
        reread(tmp_path, changed)


def test_hostile_names_are_tamed(tmp_path: Path) -> None:
    changed = document(VLLM) | {"model_id": "a\x1b[31m\n<script>" + "x" * 10_000}
    name = reread(tmp_path, changed).candidates[0].name
    assert name.isprintable() and len(name) <= LONGEST_NAME
    assert name.startswith("a [31m <script>x")
