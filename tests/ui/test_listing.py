"""Which runs are chosen at first on the list."""

from __future__ import annotations

from seatrial.ui.listing import ListedRun, Listing


def listed(run_id: str, samples: int, status: str = "finished") -> ListedRun:
    return ListedRun(run_id, "", "", status, "", samples, run_id, found=True)


def test_the_two_newest_runs_that_measured_something_are_chosen() -> None:
    newest_first = (
        listed("e", 0),
        listed("d", 40, "failed"),
        listed("c", 40, "interrupted"),
        listed("b", 0),
        listed("a", 40),
    )
    assert Listing(newest_first, 0).chosen == ("a", "c")
    assert Listing(newest_first[:3], 0).chosen == ("", "c")
    assert Listing((), 0).chosen == ("", "")
