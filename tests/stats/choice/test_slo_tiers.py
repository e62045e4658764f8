from __future__ import annotations

from dataclasses import replace

import pytest

from seatrial.domain.summary import Counts, SloCheck, WorkloadSummary
from seatrial.domain.trial import Trust, Verdict
from seatrial.stats.choice.slo_tiers import Tier, least_sure, slo_probability, tier_of
from tests.stats.choice.bake_offs import BARELY, MET, MISSED, UNTOLD, candidate, users


def checked(name: str, odds: float | None, *more: SloCheck) -> WorkloadSummary:
    return users(4, 100, SloCheck("ttft_p50", 1.0, 0.9, True, probability=odds), *more, name=name)


@pytest.mark.parametrize(
    ("check", "tier"), [(MET, Tier.SURE), (BARELY, Tier.MET), (UNTOLD, Tier.UNTOLD), (MISSED, Tier.MISSED)]
)
def test_tiers(check: SloCheck, tier: Tier) -> None:
    assert tier_of(candidate("a", users(4, 100, check))) is tier


def test_without_an_slo_nothing_can_be_told() -> None:
    assert slo_probability(candidate("a", users(4, 100))) is None
    assert tier_of(candidate("a", users(4, 100))) is Tier.UNTOLD


def test_workloads_are_multiplied_and_within_one_the_least_likely_counts() -> None:
    other = SloCheck("e2e_p50", 1.0, 0.9, True, probability=0.5)
    both = candidate("a", checked("one", 0.8, other), checked("two", 0.9))
    assert slo_probability(both) == pytest.approx(0.5 * 0.9)
    assert least_sure(both) == "e2e_p50"
    assert least_sure(candidate("a", users(4, 100))) == ""


def test_one_that_cannot_be_told_makes_the_whole_untold() -> None:
    assert slo_probability(candidate("a", checked("one", 0.8), checked("two", None))) is None
    invalid = replace(checked("two", 0.9), trust=Trust(Verdict.INVALID, ("late",)))
    assert slo_probability(candidate("a", checked("one", 0.8), invalid)) is None


def test_workloads_that_lost_nothing_show_together_that_failures_are_rare() -> None:
    success = SloCheck("success", 0.99, 1.0, True, probability=0.67)
    runs = [users(n, 100, success) for n in (1, 2, 4, 8)]
    # 80 of 80: 0.01 / sqrt(0.99 * 0.01 / 80) = 0.8989 standard errors
    assert slo_probability(candidate("a", *runs)) == pytest.approx(0.8157, abs=1e-4)


def test_a_workload_that_lost_requests_stands_for_itself() -> None:
    lossy = SloCheck("success", 0.9, 0.95, True, probability=0.6)
    fine = SloCheck("success", 0.9, 1.0, True, probability=0.9)
    one = replace(users(2, 100, lossy), counts=Counts(20, 20, 19, 1, 0))
    together = slo_probability(candidate("a", one, users(4, 100, fine)))
    # 20 of 20 against 0.9: 0.1 / sqrt(0.9 * 0.1 / 20) = 1.4907 standard errors
    assert together == pytest.approx(0.6 * 0.9320, abs=1e-4)
