"""The promise of `seatrial compare`, kept through the whole road from samples to the verdict, on fixed seeds.

Latencies of one run hang together (AR(1) with correlation `phi` between neighbours), as those of a server do.
"""

from __future__ import annotations

from collections import Counter

import pytest

from seatrial.domain.comparison import Call
from seatrial.stats.compare.verdict import compare

from .simulated import simulated_run

CHANGED = {Call.BETTER, Call.WORSE, Call.MIXED}


def verdicts(pairs: int, n: int, phi: float, *, slower: float = 1.0, first_seed: int = 0) -> Counter[Call]:
    return Counter(
        compare([simulated_run(seed, n, phi=phi)], [simulated_run(seed + 1, n, phi=phi, slower=slower)]).verdict
        for seed in range(first_seed, first_seed + 2 * pairs, 2)
    )


def test_two_runs_of_the_same_server_are_called_different_less_than_5_times_in_100() -> None:
    """160 pairs: independent, correlated and strongly correlated requests, few and many.

    A pair counts as wrong when any of its ratios, some sixteen, is called better or worse.
    """
    found: Counter[Call] = Counter()
    for n, phi in ((120, 0.0), (120, 0.5), (120, 0.8), (400, 0.5)):
        found += verdicts(40, n, phi, first_seed=n + round(100 * phi))
    wrong = sum(count for call, count in found.items() if call in CHANGED)
    assert sum(found.values()) == 160
    assert wrong <= 0.05 * 160, found


@pytest.mark.parametrize(("n", "least"), [(400, 0.8), (800, 0.95)])
def test_a_server_slower_by_10_percent_is_found(n: int, least: float) -> None:
    """With 400 requests a side 8 times in 10 at least, with 800 nearly always; never called better or mixed."""
    found = verdicts(20, n, 0.5, slower=1.1, first_seed=7)
    assert found[Call.WORSE] >= least * 20, found
    assert found[Call.WORSE] + found[Call.CANNOT_TELL] == 20


def test_enough_requests_show_that_nothing_has_changed() -> None:
    found = verdicts(4, 4000, 0.0, first_seed=3)
    assert found[Call.SAME] >= 3, found
