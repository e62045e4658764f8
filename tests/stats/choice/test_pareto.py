from __future__ import annotations

import pytest

from seatrial.domain.values import Estimate
from seatrial.stats.choice.criteria import Criterion
from seatrial.stats.choice.leads import leads_of, log_level
from seatrial.stats.choice.pareto import front


def measured(name: str, share: float = 0.05, **scores: float) -> Criterion:
    estimates = {who: Estimate(v, v * (1 - share), v * (1 + share), 20) for who, v in scores.items()}
    levels = {who: log_level(estimate, more_is_better=True) for who, estimate in estimates.items()}
    return Criterion(name, estimates, levels, leads_of(estimates, estimates, more_is_better=True))


@pytest.mark.parametrize(
    ("speed", "quality", "on_front"),
    [
        ({"a": 3.0, "b": 2.0, "c": 1.0}, {"a": 1.0, "b": 2.0, "c": 0.5}, "ab"),  # c is beaten by both
        ({"a": 3.0, "b": 2.0, "c": 1.0}, {"a": 1.0, "b": 1.0, "c": 1.0}, "a"),  # as good in the other
        ({"a": 1.01, "b": 1.0, "c": 1.0}, {"a": 1.0, "b": 1.0, "c": 1.01}, "abc"),  # within the intervals
        ({"a": 3.0, "b": 2.0, "c": 1.0}, {"a": 1.0, "b": 1.02, "c": 3.0}, "ac"),  # b may be better, not clearly
    ],
)
def test_the_front(speed: dict[str, float], quality: dict[str, float], on_front: str) -> None:
    found = front("abc", [measured("speed", **speed), measured("quality", **quality)])
    assert found == set(on_front)


def test_what_was_not_measured_for_all_is_not_looked_at() -> None:
    some = [measured("speed", a=1.0, b=1.0), measured("quality", a=9.0)]
    assert front("ab", some) == {"a", "b"}
    assert front("ab", []) == {"a", "b"}
    assert front("", some) == set()
