"""A spec as the TOML that would ask the same again: every key that differs from its default.

What the file has no key for (which suite a workload came from) stands as a comment. The values of headers are never
shown; the reader fills them in.
"""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, fields
from enum import Enum
from typing import TYPE_CHECKING, Any

from seatrial.domain.traffic import Lengths, Stage, Workload
from seatrial.domain.trial import Candidate, Spec
from seatrial.specfile.keys import CANDIDATE_KEYS, WORKLOAD_KEYS
from seatrial.specfile.kinds import DURATION, HEADERS
from seatrial.specfile.slo import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from seatrial.domain.trial import Objective
    from seatrial.specfile.tables import Key

NOT_SHOWN = "(not shown)"
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_UNSAYABLE = re.compile("[\x7f\ud800-\udfff]")


def spec_toml(spec: Spec) -> str:
    """The text of a spec file; `load_spec` makes the same spec of it, but for suites and hidden headers."""
    blocks = ["\n".join(_top(spec))] if any(_top(spec)) else []
    if spec.slo.objectives:
        blocks.append("\n".join(["[slo]", *map(_objective, spec.slo.objectives)]))
    blocks += ["\n".join(["[[candidates]]", *_lines(c, CANDIDATE_KEYS)]) for c in spec.candidates]
    blocks += ["\n".join(_workload(workload)) for workload in spec.workloads]
    return "\n\n".join(blocks) + "\n"


def _top(spec: Spec) -> Iterator[str]:
    if spec.name:
        yield f"name = {_text(spec.name)}"
    if spec.seed != _defaults(Spec)["seed"]:
        yield f"seed = {spec.seed}"
    if spec.processes is not None:
        yield f"processes = {spec.processes}"
    if spec.optimize != _defaults(Spec)["optimize"]:
        yield f"optimize = {_table(spec.optimize)}"


def _objective(objective: Objective) -> str:
    is_share = objective.key == SUCCESS
    return f"{objective.key} = {_number(objective.limit) if is_share else _duration(objective.limit)}"


def _workload(workload: Workload) -> Iterator[str]:
    yield "[[workloads]]" + (f"  # of the suite {_one_line(workload.suite)}" if workload.suite else "")
    yield from _lines(workload, WORKLOAD_KEYS)


def _lines(record: Candidate | Workload, keys: Mapping[str, Key]) -> Iterator[str]:
    """`key = value` for what is not the default; how requests arrive is always said."""
    defaults = _defaults(type(record))
    for name, key in keys.items():
        value = getattr(record, key.field or name)
        is_told = name == "arrivals" or value != defaults.get(key.field or name, MISSING)
        if is_told and value is not None:
            yield f"{name} = {_value(value, key)}"


def _defaults(of: type) -> dict[str, Any]:
    return {field.name: field.default for field in fields(of) if field.default is not MISSING}


def _value(value: Any, key: Key) -> str:
    if key.kind is DURATION:
        return _duration(value)
    if key.kind is HEADERS:
        return _table((name, NOT_SHOWN) for name, _ in value)
    return toml_value(value)


def toml_value(value: Any) -> str:
    """Any value that a key can have, in TOML."""
    if isinstance(value, Lengths):
        return _lengths(value)
    if isinstance(value, tuple) and value and isinstance(value[0], Stage):
        stages = (
            f"{{ from = {_number(s.start)}, to = {_number(s.end)}, over = {_duration(s.over_s)} }}" for s in value
        )
        return f"[{', '.join(stages)}]"
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return _table(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return (
        _number(value)
        if isinstance(value, int | float)
        else _text(value.value if isinstance(value, Enum) else value)
    )


def _lengths(lengths: Lengths) -> str:
    plain = Lengths(lengths.mean)
    if lengths == plain and float(lengths.mean).is_integer():
        return str(int(lengths.mean))
    told = [("mean", lengths.mean), ("cv", lengths.cv), ("low", lengths.low), ("high", lengths.high)]
    return _table((name, value) for name, value in told if name == "mean" or value != getattr(plain, name))


def _table(pairs: Iterable[tuple[str, Any]]) -> str:
    return f"{{ {', '.join(f'{toml_key(name)} = {toml_value(value)}' for name, value in pairs)} }}"


def toml_key(name: str) -> str:
    """A key, quoted where it has to be."""
    return name if _BARE.fullmatch(name) else _text(name)


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and isinstance(value, int) else repr(value)


def _duration(seconds: float) -> str:
    return f'"{f"{seconds:.9f}".rstrip("0").rstrip(".")}s"'


def _text(text: str) -> str:
    """A basic string: JSON's escapes are TOML's, but for characters that neither can carry."""
    return json.dumps(_UNSAYABLE.sub("?", text), ensure_ascii=False)


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
