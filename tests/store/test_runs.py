from __future__ import annotations

import pytest

from seatrial.errors import UsageError
from seatrial.store.runs import RunRow, pick_run, status_now, this_boot

IDS = ("20261122-0900-77aa", "20261121-1530-4f2a", "20261121-1530-0b1c", "20261101-0800-4f2b")
RUNS = [
    RunRow(run_id, name, "", "finished", 1, 1, 1)
    for run_id, name in zip(IDS, ("night", None, "bake-off", "bake-off"), strict=True)
]


@pytest.mark.parametrize(
    ("word", "run_id"),
    [
        ("last", IDS[0]),
        (IDS[3], IDS[3]),
        ("bake-off", IDS[2]),
        ("20261122", IDS[0]),
        ("20261121-1530-4", IDS[1]),
    ],
)
def test_a_word_means_a_run(word: str, run_id: str) -> None:
    assert pick_run(word, RUNS) == run_id


def test_the_beginning_of_several_runs_names_them() -> None:
    with pytest.raises(UsageError, match="2 runs") as caught:
        pick_run("20261121", RUNS)
    assert IDS[1] in caught.value.hint
    assert IDS[2] in caught.value.hint


@pytest.mark.parametrize(
    ("word", "nearest"), [("20261121-1530-4f2c", IDS[1]), ("bakeoff", "bake-off"), ("", IDS[0])]
)
def test_an_unknown_run_names_the_nearest(word: str, nearest: str) -> None:
    with pytest.raises(UsageError, match="there is no run") as caught:
        pick_run(word, RUNS)
    assert nearest in caught.value.hint


def test_an_empty_store_says_how_to_make_a_run() -> None:
    with pytest.raises(UsageError, match="no runs") as caught:
        pick_run("last", [])
    assert "seatrial run" in caught.value.hint


def test_only_a_process_of_this_computer_and_boot_can_be_seen() -> None:
    host, boot = this_boot()
    assert status_now("running", 1, host, boot) == "running"
    assert status_now("running", 1, host, "an earlier boot") == "interrupted"
    assert status_now("running", 2**22 + 1, "another-computer", "x") == "running"
    assert status_now("failed", 2**22 + 1, host, boot) == "failed"
