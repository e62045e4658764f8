from __future__ import annotations

import pytest

from seatrial.domain.comparison import Call
from seatrial.errors import UsageError
from seatrial.verbs.compare import compare_runs
from tests.stats.compare.compared import run, workload


def test_two_sides_a_margin_and_a_gate_as_texts() -> None:
    base, new = run(workload()), run(workload(ttft_s=0.22))
    found = compare_runs([base], [new], gate=["ttft_p50 <= 1.05x; success >= 0.9"], names=("old", "young"))
    assert (found.base, found.new, found.verdict) == ("old", "young", Call.WORSE)
    assert [(check.clause, check.met) for check in found.gate] == [
        ("ttft_p50 <= 1.05x", False),
        ("success >= 0.9", True),
    ]
    assert compare_runs([base], [new], margin=0.2).verdict is Call.SAME


@pytest.mark.parametrize("margin", [0.0, -0.1, 1.0, float("nan")])
def test_a_margin_that_cannot_be(margin: float) -> None:
    with pytest.raises(UsageError, match=r"the margin .* cannot be"):
        compare_runs([run(workload())], [run(workload())], margin=margin)


def test_a_side_without_runs() -> None:
    with pytest.raises(UsageError, match="a side without runs"):
        compare_runs([], [run(workload())])
