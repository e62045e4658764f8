from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.domain.values import Estimate
from seatrial.report import figures


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(0.2124, 0.2081, 0.2169, 9), "212 ms [208, 217]"),
        (Estimate(1.234, 1.2, 1.268, 9), "1.23 s [1.20, 1.27]"),
        (Estimate(0.0000421, 0.00004, 0.000044, 9), "42.1 us [40.0, 44.0]"),
        (Estimate(300.0, 290.0, 310.0, 9), "5.00 min [4.83, 5.17]"),
        (Estimate(0.2124, None, None, 1), "212 ms"),
        (Estimate(0.2124, 0.2, None, 7), "212 ms [200, -]"),
        (Estimate(0.0, 0.0, 0.0, 3), "0 ms [0, 0]"),
        (None, "-"),
    ],
)
def test_durations(estimate: Estimate | None, text: str) -> None:
    assert figures.duration(estimate) == text


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(40878.0, 35392.0, 46364.0, 9), "40,878 [35,392, 46,364]"),
        (Estimate(5.0, 4.75, 5.25, 9), "5.00 [4.75, 5.25]"),
        (Estimate(-0.02, -1.5, 1.46, 4), "0.0 [-1.5, 1.5]"),
        (Estimate(87.2, 71.3, 103.1, 9), "87 [71, 103]"),
        (Estimate(11.6, 1.53, 14.41, 9), "11.6 [1.5, 14.4]"),
        (Estimate(87.2, 87.1, 87.3, 9), "87.2 [87.1, 87.3]"),
        (None, "-"),
    ],
)
def test_numbers(estimate: Estimate | None, text: str) -> None:
    assert figures.number(estimate) == text


@pytest.mark.parametrize(
    ("estimate", "of", "text"),
    [
        (Estimate(0.2, 0.19, 0.21, 9), 9, "200 ms [190, 210]"),
        (Estimate(0.2, 0.19, 0.21, 8), 9, "200 ms [190, 210] (n=8)"),
        (Estimate(0.2, None, None, 2), 2, "200 ms (n=2)"),
        (None, 9, "-"),
    ],
)
def test_what_was_measured_tells_its_n_where_it_is_needed(estimate: Estimate | None, of: int, text: str) -> None:
    assert figures.measured(estimate, figures.duration, of) == text


def test_shares_and_bare_values() -> None:
    assert figures.percent(Estimate(0.8, 0.49, 0.943, 10)) == "80 % [49, 94]"
    assert (figures.percent(None), figures.seconds(None), figures.plain(None)) == ("-", "-", "-")
    assert (figures.seconds(-0.05), figures.plain(64.0), figures.plain(0.0)) == ("-50.0 ms", "64.0", "0")


@given(st.floats(min_value=1e-5, max_value=1e5))
def test_a_duration_is_printed_to_half_a_percent(value: float) -> None:
    number, unit = figures.seconds(value).split()
    scale = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0}[unit]
    assert float(number.replace(",", "")) * scale == pytest.approx(value, rel=0.0051)
