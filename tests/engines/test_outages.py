"""The map from httpx's errors to ours is whole: a new error there fails here."""

import httpx
import pytest

from seatrial.engines.address import parse_endpoint
from seatrial.engines.outages import outside_error


def subclasses(kind: type[httpx.RequestError]) -> list[type[httpx.RequestError]]:
    return [kind] + [leaf for child in kind.__subclasses__() for leaf in subclasses(child)]


@pytest.mark.parametrize("kind", subclasses(httpx.RequestError))
def test_every_error_names_the_place_and_what_to_do(kind: type[httpx.RequestError]) -> None:
    problem = outside_error(kind("it broke"), parse_endpoint("http://host.example:8000"))
    assert problem.message.startswith("host.example:8000 ")
    assert problem.hint
