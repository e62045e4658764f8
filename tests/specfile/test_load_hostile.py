"""Specs that the TOML reader itself gives up on."""

import pytest

from seatrial.errors import SpecError
from seatrial.specfile import load_plan, load_spec


@pytest.mark.parametrize("text", ["seed = " + "9" * 5000, "a = " + "[" * 20_000])
def test_numbers_and_lists_without_end_are_no_spec(text: str) -> None:
    for load in (load_spec, load_plan):
        with pytest.raises(SpecError):
            load(text)
