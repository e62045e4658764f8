from __future__ import annotations

import numpy as np
import pytest

from seatrial.domain.coefficients import Prior
from seatrial.sizing.speed.fit import Observation, fit, spread

PRIOR = Prior({"read": 1.0, "step": 100.0, "never": 1.0}, weight=0.01)


def rows(count: int, seed: int = 1) -> list[Observation]:
    """Times of 1.3 x read + 250 x step, in two families, one of them ten times as often."""
    chance = np.random.default_rng(seed)
    made = []
    for number in range(count):
        terms = {"read": float(10 ** chance.uniform(-4.5, -1.5)), "step": 1e-6}
        made.append(
            Observation(terms, 1.3 * terms["read"] + 250e-6, "rare" if number % 11 == 0 else "often", "H100 SXM")
        )
    return made


def test_factors_are_found_again() -> None:
    found = fit("step", "vllm", rows(200), PRIOR)
    assert found.get("read") == pytest.approx(1.3, rel=0.02)
    assert found.get("step") == pytest.approx(250, rel=0.05)
    assert found.get("never") == pytest.approx(1.0)  # no row speaks of it: the prior does
    assert (found.n, found.families, found.gpus) == (200, ("often", "rare"), ("H100 SXM",))
    assert found.log_spread < 0.03


def test_a_tenth_of_mislabelled_rows_changes_little() -> None:
    wrong = [Observation(row.terms, row.seconds * 3, row.family, row.gpu) for row in rows(20, seed=2)]
    found = fit("step", "vllm", rows(200) + wrong, PRIOR)
    assert found.get("read") == pytest.approx(1.3, rel=0.06)


def test_no_factor_is_negative() -> None:
    falling = [Observation({"read": t, "step": 1e-6}, 0.02 - 0.5 * t, "f", "g") for t in (0.001, 0.01, 0.02)]
    found = fit("step", "vllm", falling, PRIOR)
    assert min(factor for _, factor in found.values) >= 0.0


def test_few_rows_leave_a_firm_prior_where_it_was() -> None:
    found = fit("step", "vllm", rows(3), Prior(dict(PRIOR.values), weight=1e6))
    assert found.get("read") == pytest.approx(1.0, rel=0.01)


def test_nothing_to_fit_to() -> None:
    with pytest.raises(ValueError, match="nothing"):
        fit("step", "vllm", [], PRIOR)


def test_the_spread_is_that_of_a_normal_error() -> None:
    errors = np.random.default_rng(4).normal(0, 0.3, 20_000)
    assert spread(errors) == pytest.approx(0.3, rel=0.03)
    assert spread([]) == 0.0
