"""What keys of a workload cannot stand together. Each rule is a row; a fault names both keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.traffic import OPEN_ARRIVALS, Arrivals
from seatrial.specfile.tables import FaultError

if TYPE_CHECKING:
    from collections.abc import Collection

# arrivals that are not named follow from the first of these keys that is given
IMPLIED = (("batches", Arrivals.BATCHES), ("cv", Arrivals.GAMMA), ("rate", Arrivals.POISSON))

_OPEN = frozenset({"requests", "duration", "concurrency", "rate", "stages"})
USES = {
    Arrivals.CLOSED: frozenset({"requests", "duration", "concurrency", "stages"}),
    Arrivals.CONSTANT: _OPEN,
    Arrivals.POISSON: _OPEN,
    Arrivals.GAMMA: _OPEN | {"cv"},
    Arrivals.AT_ONCE: frozenset({"requests"}),
    Arrivals.BATCHES: frozenset({"batches"}),
}
LOAD_KEYS = ("requests", "duration", "concurrency", "rate", "cv", "stages", "batches")

FITS = {
    "requests": "batches says how many requests there are",
    "duration": "what is sent all at once, or batch after batch, lasts as long as it takes",
    "concurrency": "what is sent at once is limited by nothing else",
    "rate": "constant, poisson and gamma arrivals have a rate; closed users send when their answer is complete",
    "cv": "only gamma arrivals have a cv",
    "stages": "closed arrivals have stages of users; constant, poisson and gamma stages of rate",
    "batches": 'sizes are for arrivals = "batches"',
}


class Pair(NamedTuple):
    """Two keys that both say the same thing, for these arrivals."""

    one: str
    other: str
    arrivals: frozenset[Arrivals]
    why: str


_ALL = frozenset(Arrivals)
PAIRS = (
    Pair("duration", "requests", _ALL, "a workload ends after so many requests or after so long: give one"),
    Pair("stages", "requests", _ALL, "the stages say how long it lasts: leave requests out"),
    Pair("stages", "duration", _ALL, "the stages say how long it lasts: leave duration out"),
    Pair("stages", "rate", OPEN_ARRIVALS, "the stages say the rate: leave rate out"),
    Pair(
        "stages",
        "concurrency",
        frozenset({Arrivals.CLOSED}),
        "of closed arrivals the stages say how many users there are",
    ),
    Pair("questions", "prompts", _ALL, "each request asks either a question or a prompt of yours"),
    Pair("questions", "input_tokens", _ALL, "questions have the lengths they have"),
    Pair("questions", "prefix", _ALL, "questions begin as they were written"),
    Pair("prompts", "input_tokens", _ALL, "prompts of your own have the lengths they have"),
    Pair("prompts", "prefix", _ALL, "prompts of your own begin as you wrote them"),
)


def implied_arrivals(given: Collection[str]) -> Arrivals:
    """The arrivals meant by these keys where none are named."""
    return next((arrivals for key, arrivals in IMPLIED if key in given), Arrivals.CLOSED)


def check_load(given: Collection[str], arrivals: Arrivals) -> None:
    """Raises FaultError for keys that contradict each other or the arrivals, or that the arrivals need."""
    for key in LOAD_KEYS:
        if key in given and key not in USES[arrivals]:
            raise _misfit(key, given, arrivals)
    check_pairs(given, arrivals)
    _check_needs(given, arrivals)


def check_pairs(given: Collection[str], arrivals: Arrivals | None = None) -> None:
    """Raises FaultError for two keys that contradict; without arrivals only for those that always do."""
    for pair in PAIRS:
        applies = pair.arrivals == _ALL if arrivals is None else arrivals in pair.arrivals
        if applies and pair.one in given and pair.other in given:
            raise FaultError((pair.one,), "cannot be used together with", pair.why, other=(pair.other,))


def _misfit(key: str, given: Collection[str], arrivals: Arrivals) -> FaultError:
    problem = f"cannot be used with {arrivals} arrivals"
    setters = ("arrivals", *(implying for implying, _ in IMPLIED))
    setter = next((setter for setter in setters if setter in given and setter != key), None)
    if setter is None:
        return FaultError((key,), f"{problem}, the default", FITS[key])
    return FaultError((key,), f"{problem}, set by", FITS[key], other=(setter,))


def _check_needs(given: Collection[str], arrivals: Arrivals) -> None:
    if "arrivals" in given:
        needing, problem = ("arrivals",), f'"{arrivals}" needs'
    else:
        needing, problem = ("cv",), "needs"  # of the keys that imply arrivals the only one that wants another
    if arrivals in OPEN_ARRIVALS and "rate" not in given and "stages" not in given:
        raise FaultError(needing, problem, "how many requests per second", other=("rate",))
    if arrivals is Arrivals.GAMMA and "cv" not in given:
        raise FaultError(needing, problem, "1 is as random as poisson, 2 is bursty", other=("cv",))
    if arrivals is Arrivals.BATCHES and "batches" not in given:
        raise FaultError(needing, problem, "the sizes, such as [1, 2, 4, 8]", other=("batches",))
