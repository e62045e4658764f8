import pytest

from seatrial.testing.clock import FakeClock


def test_sleeping_jumps_to_the_deadline() -> None:
    clock = FakeClock()
    clock.sleep_until_ns(3_600_000_000_000)
    assert clock.now_ns() == 3_600_000_000_000


def test_a_deadline_already_past_is_no_wait() -> None:
    clock = FakeClock()
    clock.advance(2)
    clock.sleep_until_ns(1)
    assert clock.now_ns() == 2_000_000_000


def test_advancing_adds_seconds() -> None:
    clock = FakeClock()
    clock.advance(0.25)
    clock.advance(0.5)
    assert clock.now_ns() == 750_000_000


def test_it_never_goes_back() -> None:
    clock = FakeClock()
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)
