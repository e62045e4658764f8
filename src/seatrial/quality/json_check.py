"""JSON answers held against a small schema and the expected values.

The schema is the part of JSON Schema that extraction needs: `type` (a name or a list of names), `properties`,
`required`, `items`, `enum`, `additionalProperties: false`. Anything else in a schema is an error, not ignored.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, NoReturn

from seatrial.quality.judged import RIGHT, Judged, misformed, wrong
from seatrial.quality.text import fenced_blocks, normalised, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA_KEYS = ("type", "properties", "required", "items", "enum", "additionalProperties")
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "null": type(None),
}
_DEEPEST = 64


def check_json(answer: str, arguments: Mapping[str, Any]) -> Judged:
    """One JSON value that fits `schema` and equals `value`, texts compared after normalisation."""
    found = _find(answer)
    if found is None:
        return misformed("there is no JSON in it", is_open=True)
    value, is_alone = found
    problem = schema_problem(value, arguments["schema"])
    if problem:
        return misformed(problem)
    difference = _difference(value, arguments["value"], "")
    if difference:
        return wrong(difference)
    return RIGHT if is_alone else misformed("the JSON is right, but other text stands around it")


def _find(answer: str) -> tuple[Any, bool] | None:
    """The JSON value of the answer, and whether it stands alone (a fence around it does not count)."""
    whole = _decoded(answer)
    if whole is not None:
        return whole[0], True
    for block in fenced_blocks(answer):
        inner = _decoded(block)
        if inner is not None:
            return inner[0], False
    starts = [place for place in (answer.find("{"), answer.find("[")) if place >= 0]
    for start in sorted(starts):
        try:
            return _DECODER.raw_decode(answer, start)[0], False
        except (ValueError, RecursionError):
            continue
    return None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _decoded(text: str) -> tuple[Any] | None:
    """The value in a tuple, since it may be null; None when the text is not JSON."""
    try:
        return (json.loads(text, parse_constant=_refuse),)
    except (ValueError, RecursionError):
        return None


def schema_problem(value: Any, schema: Mapping[str, Any], where: str = "it", depth: int = 0) -> str | None:
    """Where and how `value` does not fit; None when it does."""
    types = schema.get("type")
    if types is not None and not any(_is(value, name) for name in ([types] if isinstance(types, str) else types)):
        return f"{where} is not of type {types if isinstance(types, str) else ' or '.join(types)}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{where} is {shown(str(value))}, not one of {', '.join(map(str, schema['enum']))}"
    if depth > _DEEPEST:
        return f"{where} is nested too deep"
    if isinstance(value, dict):
        return _object_problem(value, schema, where, depth)
    if isinstance(value, list) and "items" in schema:
        places = (schema_problem(item, schema["items"], f"{where}[{i}]", depth + 1) for i, item in enumerate(value))
        return next((problem for problem in places if problem), None)
    return None


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, TYPES[name])


def _object_problem(value: dict[str, Any], schema: Mapping[str, Any], where: str, depth: int) -> str | None:
    properties: Mapping[str, Any] = schema.get("properties", {})
    for key in schema.get("required", ()):
        if key not in value:
            return f'{where} has no "{key}"'
    if schema.get("additionalProperties") is False:
        for key in value:
            if key not in properties:
                return f'{where} has "{shown(key)}", which was not asked for'
    inner = (schema_problem(value[k], properties[k], k, depth + 1) for k in properties if k in value)
    return next((problem for problem in inner if problem), None)


def _difference(found: Any, expected: Any, where: str) -> str | None:
    """Where they differ. Keys that are not expected are the schema's business."""
    if isinstance(expected, dict) and isinstance(found, dict):
        inner = (_difference(found.get(key), value, f"{where}.{key}") for key, value in expected.items())
        return next((difference for difference in inner if difference), None)
    if isinstance(expected, list) and isinstance(found, list):
        if len(found) != len(expected):
            return f"{where or 'the list'} has {len(found)} entries, not {len(expected)}".lstrip(".")
        pairs = enumerate(zip(found, expected, strict=True))
        differences = (_difference(f, e, f"{where}[{i}]") for i, (f, e) in pairs)
        return next((difference for difference in differences if difference), None)
    if _same(found, expected):
        return None
    return f"{where or 'it'} is {shown(_written(found))}".lstrip(".")


def _written(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "nested too deep"


def _same(found: Any, expected: Any) -> bool:
    if isinstance(found, str) and isinstance(expected, str):
        return found == expected or (normalised(found) == normalised(expected) != "")
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    if isinstance(found, int | float) and isinstance(expected, int | float):
        return math.isclose(_float(found), _float(expected), rel_tol=1e-9, abs_tol=1e-9)
    return bool(found == expected)


def _float(number: float) -> float:
    """A whole number of JSON may have thousands of digits."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
