from __future__ import annotations

import csv
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.domain.values import Estimate
from seatrial.report.charts import axes, cells, spec, words


@given(st.lists(st.text(max_size=80), max_size=30))
def test_labels_are_tame_and_as_different_as_the_names(names: list[str]) -> None:
    found = spec.labels(names)
    assert set(found) == set(names)
    assert len(set(found.values())) == len(found)
    assert all(label.isprintable() and label for label in found.values())
    assert all(len(label) <= spec.LONGEST_NAME + len(" (30)") for label in found.values())


@given(
    st.lists(
        st.one_of(st.sampled_from([None, math.nan, math.inf]), st.floats(-1e9, 1e9), st.integers(-10, 10**6)),
        max_size=50,
    )
)
def test_columns_come_back_as_they_went_in_to_five_digits(values: list[float | None]) -> None:
    data = cells.columns(a=values, b=list(range(len(values))))
    back = list(csv.DictReader(data["values"].splitlines()))
    assert len(back) == len(values)
    for row, value in zip(back, values, strict=True):
        if value is None or not math.isfinite(value):
            assert row["a"] == ""
        else:
            assert float(row["a"]) == pytest.approx(value, rel=1e-4)
    (moment,) = csv.DictReader(cells.columns(t=[3599.987])["values"].splitlines())
    assert moment["t"] == "3599.987"


def test_units_follow_the_largest_value() -> None:
    assert axes.unit_of("ttft_s", [0.2, 1.9]) == axes.Unit(1e3, "ms")
    assert axes.unit_of("ttft_s", [0.2, 2.0]) == axes.Unit(1, "s")
    assert axes.unit_of("output_tokens_per_s", [900.0]) == axes.Unit(1, "tokens/s")


def test_an_axis_is_logarithmic_only_where_it_must_be_and_says_so() -> None:
    assert not axes.needs_log([1, 50])
    assert axes.needs_log([0, 1, 51])
    assert not axes.needs_log([])
    assert axes.quantity("TTFT", "ms", log=True) == "TTFT (ms, log scale)"
    assert axes.value_axis([3, 200], log=True)["values"] == pytest.approx(
        [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]
    )


def test_an_interval_that_reaches_zero_has_a_place_on_a_logarithmic_axis() -> None:
    estimate = Estimate(0.5, -0.1, 1.2, 9)
    assert axes.interval(estimate, axes.Unit(1e3, "ms"), log=False) == (-100, 1200)
    assert axes.interval(estimate, axes.Unit(1e3, "ms"), log=True) == (500, 1200)
    assert axes.interval(Estimate(0.5, None, 1.2, 9), axes.Unit(1, "s"), log=False) == (None, None)


def test_views_below_each_other_are_told_their_width() -> None:
    stacked: spec.Spec = {"usermeta": {"beside_px": 70}, "vconcat": [{"width": 1}, {"width": 2, "mark": "point"}]}
    sized = spec.at_width(stacked, 500)
    assert sized["vconcat"] == [{"width": 430}, {"width": 430, "mark": "point"}]
    assert stacked["vconcat"][0] == {"width": 1}
    assert spec.at_width({"width": "container"}, 500) == {"width": 500}


def test_lists_end_in_what_is_left_out() -> None:
    assert words.listed(["a", "b"], 2, "thing") == "a; b"
    assert words.listed(["a", "b", "c"], 2, "thing") == "a; b; and 1 more thing"
    assert words.listed(["a", "b", "c", "d"], 2, "thing") == "a; b; and 2 more things"


def test_amounts_have_no_tail_of_zeros() -> None:
    assert [words.amount(value) for value in (8.0, 79.99999, 0.0806, 1764.26)] == ["8", "80", "0.0806", "1,764"]
