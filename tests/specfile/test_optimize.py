from __future__ import annotations

import pytest

from seatrial.domain.trial import Spec
from seatrial.errors import SpecError
from seatrial.specfile import load_spec, spec_document, spec_from_document
from tests.specfile.examples import MINIMAL


def wished(toml: str) -> Spec:
    return load_spec(f"optimize = {toml}\n{MINIMAL}")


@pytest.mark.parametrize(
    ("toml", "optimize"),
    [
        ('"cost"', (("cost", 1.0),)),
        ("{ speed = 2, cost = 0.5 }", (("speed", 2.0), ("cost", 0.5))),
        ("{ quality = 1 }", (("quality", 1.0),)),
    ],
)
def test_what_to_optimise(toml: str, optimize: tuple[tuple[str, float], ...]) -> None:
    spec = wished(toml)
    assert spec.optimize == optimize
    assert spec_from_document(spec_document(spec)) == spec


def test_without_a_wish_it_is_speed() -> None:
    assert load_spec(MINIMAL).optimize == (("speed", 1.0),)


@pytest.mark.parametrize(
    ("toml", "message", "hint"),
    [
        ('"sped"', 'line 1: optimize names "sped"; expected speed, cost, quality', '"speed"'),
        ("{ price = 1 }", 'line 1: optimize names "price"', "valid: cost, quality, speed"),
        ("{ speed = 0 }", "line 1: optimize weighs speed with 0; expected a number above 0", ""),
        ('{ speed = "2" }', 'line 1: optimize weighs speed with "2"', ""),
        ("{}", "line 1: optimize is a table; expected speed", "optimize = { speed = 2, cost = 1 }"),
        ("3", "line 1: optimize is 3; expected speed", "optimize = { speed = 2, cost = 1 }"),
    ],
)
def test_what_cannot_be_optimised(toml: str, message: str, hint: str) -> None:
    with pytest.raises(SpecError) as caught:
        wished(toml)
    assert message in caught.value.message
    assert hint in caught.value.hint
