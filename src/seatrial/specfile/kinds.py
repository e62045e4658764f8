"""The kinds of single values a spec holds. A converter takes what tomllib gives and raises ValueError otherwise."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from seatrial.errors import nearest
from seatrial.specfile.tables import FaultError, Kind, inside, shown
from seatrial.units import parse_duration_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from enum import StrEnum

# Load is bounded: no spec asks for more requests or tokens than MOST, for more users or a higher rate than CROWD.
MOST = 10_000_000
CROWD = 100_000
# What a bake-off can be decided by, after the SLO.
WISHES = ("speed", "cost", "quality")
LONGEST_S = 30 * 86_400.0
KEY_HINT = "put the key into an environment variable and name the variable in api_key_env (--api-key-env)"

_ENV_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_SECRET_NAME = re.compile(
    r"authorization|cookie|password|secret|credential|(api|access|private|subscription|functions|auth)[-_]?(key|token)"
    r"|(token|auth)$",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(r"\s*(bearer|basic|token)\s", re.IGNORECASE)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError
    return float(value)


def _above_zero(most: float) -> Callable[[Any], float]:
    def convert(value: Any) -> float:
        if not 0 < (number := _number(value)) <= most:
            raise ValueError
        return number

    return convert


def _from_zero(most: float) -> Callable[[Any], float]:
    def convert(value: Any) -> float:
        if not 0 <= (number := _number(value)) <= most:
            raise ValueError
        return number

    return convert


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def convert(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError
        return value

    return convert


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError  # noqa: TRY004  one error for every value that will not do
    return value


def _duration_s(value: Any) -> float:
    return _above_zero(LONGEST_S)(parse_duration_s(_text(value)))


def _crowd(value: Any) -> tuple[int, ...]:
    return _crowds(value if isinstance(value, list) else [value])


def _crowds(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError
    return tuple(_whole(1, CROWD)(item) for item in value)


def _endpoint(value: Any) -> str:
    text = _text(value).strip()
    if "@" in text or "?" in text:  # before anything shows it
        raise FaultError((), "carries a user name, password or query, which would be stored with the run", KEY_HINT)
    parts = urlsplit(text if "://" in text else f"http://{text}")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:  # .port raises ValueError
        raise ValueError
    return text


def _env_name(value: Any) -> str:
    if not _ENV_NAME.fullmatch(_text(value)):
        raise ValueError
    return str(value)


def _headers(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise ValueError  # noqa: TRY004  as above
    for name, content in value.items():
        with inside(name):
            _check_header(name, content)
    return tuple(value.items())


def _check_header(name: str, content: object) -> None:
    if not _HEADER_NAME.fullmatch(name):
        raise FaultError((), "is not the name of a header")
    if not isinstance(content, str) or not content.isprintable():
        raise FaultError((), "has a value that is not text on one line")
    if _SECRET_NAME.search(name) or _SECRET_VALUE.match(content):
        raise FaultError((), "looks like a key, and headers are stored with the run", KEY_HINT)


def _settings(value: Any) -> tuple[tuple[str, str | int | float | bool], ...]:
    if not isinstance(value, dict):
        raise ValueError  # noqa: TRY004  as above
    for name, setting in value.items():
        is_number = isinstance(setting, int | float) and math.isfinite(setting) and abs(setting) < 2**63
        if not is_number and not isinstance(setting, str):
            raise FaultError((name,), f"is {shown(setting)}; expected a text, a number, true or false")
    return tuple(value.items())


def _tables(value: Any) -> list[object]:
    if not isinstance(value, list) or not value:
        raise ValueError
    return value


def _table(value: Any) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ValueError  # noqa: TRY004  as above
    return value


def _optimize(value: Any) -> tuple[tuple[str, float], ...]:
    """`"speed"`, or a table of weights: `{ speed = 2, cost = 1 }`."""
    weights = {value: 1} if isinstance(value, str) else value
    if not isinstance(weights, dict) or not weights:
        raise ValueError
    for name, weight in weights.items():
        _check_weight(name, weight)
    return tuple((name, float(weight)) for name, weight in weights.items())


def _check_weight(name: str, weight: object) -> None:
    if name not in WISHES:
        raise FaultError((), f"names {shown(name)}; expected {', '.join(WISHES)}", nearest(name, WISHES))
    try:
        _above_zero(MOST)(weight)
    except ValueError:
        raise FaultError((), f"weighs {name} with {shown(weight)}; expected a number above 0") from None


def one_of(words: Iterable[str], enum: type[StrEnum] | None = None) -> Kind:
    """One word of several, as a text or as a member of `enum`."""
    valid = tuple(words)

    def convert(value: Any) -> str:
        if _text(value) not in valid:
            raise FaultError((), f"is {shown(value)}; expected one of {', '.join(valid)}", nearest(value, valid))
        return value if enum is None else enum(value)

    return Kind("one of " + ", ".join(valid), convert)


NUMBER = Kind("a number above 0", _above_zero(MOST))
RATE = Kind(f"a number above 0, at most {CROWD}", _above_zero(CROWD))
LEVEL = Kind(f"a number from 0 to {CROWD}", _from_zero(CROWD))
NOT_NEGATIVE = Kind("a number, 0 or more", _from_zero(MOST))
FRACTION = Kind("a number from 0 to 1", _from_zero(1))
COUNT = Kind("a whole number, 1 or more", _whole(1, MOST))
SIZE = Kind("a whole number, 1 or more", _whole(1, 2**63 - 1))
AMOUNT = Kind("a number, 0 or more", _from_zero(math.inf))
CROWD_SIZE = Kind(f"a whole number from 1 to {CROWD}", _whole(1, CROWD))
CROWD_SIZES = Kind(f"a whole number from 1 to {CROWD}, or a list of them", _crowd)
BATCHES = Kind(f"a list of whole numbers from 1 to {CROWD}", _crowds)
PROCESSES = Kind("a whole number from 1 to 256", _whole(1, 256))
SEED = Kind("a whole number, 0 or more", _whole(0, 2**63 - 1))
TEXT = Kind("a text on one line", _text)
FLAG = Kind("true or false", _flag)
DURATION = Kind('a duration such as "20s"', _duration_s)
ENDPOINT = Kind("the address of a server", _endpoint)
ENV_NAME = Kind("the NAME of an environment variable in capitals, not a key itself", _env_name, secret=True)
HEADERS = Kind("a table of headers", _headers, secret=True)
SETTINGS = Kind("a table of settings", _settings)
OPTIMIZE = Kind(f"{', '.join(WISHES)}, or a table of their weights", _optimize)
TABLE = Kind("a table", _table)
TABLES = Kind("an array of tables", _tables)
