"""TOML text -> Spec: read by the tables of `keys`, with the place of every fault."""

from __future__ import annotations

import tomllib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from seatrial.catalog.suites import expand
from seatrial.domain.trial import Slo, Spec
from seatrial.errors import SpecError
from seatrial.specfile.candidates import read_candidates
from seatrial.specfile.keys import SPEC_KEYS
from seatrial.specfile.lines import key_lines
from seatrial.specfile.plan import PLAN_KEYS
from seatrial.specfile.slo import read_slo
from seatrial.specfile.tables import FaultError, explain, inside, take
from seatrial.specfile.workloads import DEFAULT_SUITE, read_workloads

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from seatrial.specfile.lines import Path

CANDIDATE_HINT = 'for example [[candidates]] with endpoint = "http://127.0.0.1:8000" below it'


def load_spec(text: str, source: str = "spec") -> Spec:
    """The spec in TOML `text`; `source` is what messages call it. Paths of files in it stay as written.

    Raises SpecError naming line, key and what would do.
    """
    with _told(text, source):
        return read_spec(_document(text, source))


def load_plan(text: str, source: str = "plan") -> dict[str, Any]:
    """The [plan] of TOML `text`, checked: keys of PLAN_KEYS, `predicted` as name -> Range; empty if it has none.

    No other table of it is looked at. Raises SpecError naming line, key and what would do.
    """
    with _told(text, source), inside("plan"):
        return take(PLAN_KEYS, _document(text, source).get("plan", {}), "[plan]")


def _document(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise SpecError(f"{source} is not TOML: {problem}", "texts and durations stand in quotes") from None
    except (ValueError, RecursionError) as problem:  # numbers of thousands of digits, lists in lists in lists
        raise SpecError(f"{source} cannot be read: {problem}", "no spec needs what is in it") from None


@contextmanager
def _told(text: str, source: str) -> Iterator[None]:
    """Every fault as an error that says on which line of `text` it is."""
    try:
        yield
    except FaultError as fault:
        raise SpecError(*explain(fault, _TomlOrigin(source, key_lines(text)))) from None


def read_spec(document: Mapping[str, Any]) -> Spec:
    """The spec in a document such as tomllib makes. Raises FaultError."""
    given = take(SPEC_KEYS, document, "a spec")
    given.pop("plan", None)  # checked, and of no use to a run
    if "candidates" not in given:
        raise FaultError((), "needs [[candidates]]: what is to be tried", CANDIDATE_HINT)
    with inside("candidates"):
        given["candidates"] = read_candidates(given["candidates"])
    with inside("workloads"):
        given["workloads"] = read_workloads(given["workloads"]) if "workloads" in given else expand(DEFAULT_SUITE)
    with inside("slo"):
        given["slo"] = read_slo(given["slo"]) if "slo" in given else Slo()
    return Spec(**given)


class _TomlOrigin:
    """Names keys as TOML does and says on which line they are."""

    def __init__(self, source: str, lines: dict[Path, int]) -> None:
        self._source, self._lines = source, lines

    def where(self, path: Path) -> str:
        while path and path not in self._lines:
            path = path[:-1]
        return f"{self._source}, line {self._lines[path]}: " if path else f"{self._source}: "

    def name(self, path: Path) -> str:
        """The last key, with the position in its list; a table of an array as [[...]]."""
        keys = [step for step in path if isinstance(step, str)]
        if len(path) == 2 and isinstance(path[1], int):  # candidates, workloads
            return f"[[{path[0]}]]"
        position = f"[{path[-1]}]" if path and isinstance(path[-1], int) else ""
        return f"{keys[-1]}{position}" if keys else ""

    def also(self, path: Path) -> str:
        line = self._lines.get(path)
        return self.name(path) if line is None else f"{self.name(path)} (line {line})"

    def assign(self, path: Path, toml: str) -> str:
        return f"{self.name(path)} = {toml}"
