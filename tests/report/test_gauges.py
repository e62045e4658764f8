from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seatrial.domain.telemetry import Gauge
from seatrial.report.gauges import blocks, gauge_line, gauge_lines, shown

FINITE = st.one_of(st.none(), st.floats(-1e12, 1e12))
GAUGES = st.builds(
    Gauge,
    st.text(min_size=1, max_size=50),
    st.sampled_from(["requests", "ratio", "cores", "bytes", "tokens/s", "W"]),
    st.lists(FINITE, max_size=100).map(tuple),
    st.one_of(st.none(), st.floats(0.1, 1e12)),
)


def test_units_are_shown() -> None:
    assert shown(Gauge("q", "requests", (3.0,))) == "3"
    assert shown(Gauge("kv", "ratio", (0.713,), 1.0)) == "71 %"
    assert shown(Gauge("c", "cores", (1.5,), 2.0)) == "1.50 of 2.00"
    assert shown(Gauge("m", "bytes", (2**30,), 4.0 * 2**30)) == "1.00 GiB of 4.00 GiB"
    assert shown(Gauge("t", "tokens/s", (123.4,))) == "123"
    assert shown(Gauge("t", "tokens/s", (1.0, None))) == "-"


def test_the_history_is_drawn_from_0_to_the_limit() -> None:
    assert blocks(Gauge("c", "ratio", (0.0, 0.5, 1.0, None), 1.0), 10) == "▁▅█ "


def test_without_a_limit_the_highest_is_the_top() -> None:
    assert blocks(Gauge("t", "tokens/s", (0.0, 10.0, 20.0)), 2) == "▅█"


def test_a_pipe_gets_one_line() -> None:
    line = gauge_line([Gauge("running", "requests", (3.0,)), Gauge("silent", "requests", (None,))])

    assert line == "running 3"


def test_a_narrow_terminal_loses_limits_and_ends_of_names_but_no_value() -> None:
    some = [Gauge("requests running", "requests", (3.0,)), Gauge("engine CPU", "cores", (1.5,), 2.0)]

    assert list(gauge_lines(some, 20)) == ["requests runn…     3", "engine CPU      1.50"]
    assert list(gauge_lines(some, 40))[1] == "engine CPU        1.50 of 2.00  ▆"


@given(st.lists(GAUGES, max_size=8), st.integers(1, 200))
def test_no_line_is_wider_than_the_terminal(some: list[Gauge], width: int) -> None:
    assert all(len(line) <= width for line in gauge_lines(some, width))
