from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest

from tests.cli.test_options import URL, refusal, spec_of
from tests.specfile.examples import MINIMAL

if TYPE_CHECKING:
    from pathlib import Path


def test_a_word_or_weights() -> None:
    assert spec_of(URL, "--optimize", "cost").optimize == (("cost", 1.0),)
    assert spec_of(URL, "--optimize", "speed=2, cost=1").optimize == (("speed", 2.0), ("cost", 1.0))
    assert spec_of(URL).optimize == (("speed", 1.0),)


def test_it_may_be_given_for_one_run_of_a_spec(tmp_path: Path) -> None:
    path = tmp_path / "spec.toml"
    path.write_text(f'optimize = "speed"\n{MINIMAL}')
    assert spec_of(str(path), "--optimize", "cost").optimize == (("cost", 1.0),)
    assert spec_of(str(path)).optimize == (("speed", 1.0),)


def test_what_cannot_be_optimised_is_told_by_the_options_name() -> None:
    error = refusal(URL, "--optimize", "sped")
    assert error.message == '--optimize names "sped"; expected speed, cost, quality'
    assert error.hint == 'did you mean "speed"?'
    assert refusal(URL, "--optimize", "speed=0").message == (
        "--optimize weighs speed with 0.0; expected a number above 0"
    )


@pytest.mark.parametrize("written", ["speed=much", "speed=2,cost", "speed=1,speed=2"])
def test_weights_that_are_none(written: str) -> None:
    with pytest.raises(click.BadParameter):
        spec_of(URL, "--optimize", written)
