"""A result file of whichever tool, told apart by what is in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from seatrial.errors import OutsideError, UsageError
from seatrial.sources.foreign import aiperf, guidellm, k6, own, vllm
from seatrial.units import MIB, format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seatrial.domain.summary import RunSummary

# As Python objects a file takes several times its size.
MOST_BYTES = 128 * MIB
READ = (
    "what can be read: JSON of `seatrial report`, `vllm bench serve`, GuideLLM, AIPerf "
    "(profile_export_aiperf.json) and k6 (--summary-export, or the data of handleSummary)"
)


class _Reader(NamedTuple):
    tool: str
    is_ours: Callable[[dict[str, Any]], bool]
    read: Callable[[dict[str, Any], str], RunSummary]


_READERS = (
    _Reader("seatrial report", own.is_ours, own.read),
    _Reader(guidellm.TOOL, guidellm.is_ours, guidellm.read),
    _Reader(aiperf.TOOL, aiperf.is_ours, aiperf.read),
    _Reader(k6.TOOL, k6.is_ours, k6.read),
    _Reader(vllm.TOOL, vllm.is_ours, vllm.read),
)


def read_foreign(path: Path) -> RunSummary:
    """The results in the JSON file at `path` as a summary; its `tool` says who measured.

    A metric that the tool defines otherwise than docs/measurement.md has a sentence in `definitions`.
    Raises UsageError for a file that is too large, no JSON, of no tool that is read, or not as that tool writes it;
    OutsideError where it cannot be read at all.
    """
    document = _document(path)
    if not isinstance(document, dict):
        raise UsageError(f"{path} holds no result: its outermost value is not an object", READ)
    reader = next((reader for reader in _READERS if reader.is_ours(document)), None)
    if reader is None:
        raise UsageError(f"{path} is not a result file of a tool that is known", READ)
    try:
        return reader.read(document, path.stem)
    except (msgspec.ValidationError, OverflowError) as error:
        raise UsageError(
            f"{path} looks like a file of {reader.tool}, and cannot be read as one: {error}", READ
        ) from error


def _document(path: Path) -> Any:
    try:
        if not path.is_file():
            raise UsageError(f"{path}: there is no such file", READ)
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise UsageError(
                f"{path} has {format_bytes(size)}, at most {format_bytes(MOST_BYTES)} are read",
                "let the tool save it without prompts, answers and details of single requests",
            )
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise OutsideError(f"{path} cannot be read: {error.strerror}", "check its permissions") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text", READ) from error
    return _parsed(path, text)


def _parsed(path: Path, text: str) -> Any:
    try:
        # Python's own JSON writes NaN and Infinity, which JSON does not have: a number that is none is absent.
        return json.loads(text, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        hint = READ
        if error.msg == "Extra data":
            hint = "it may hold several results one after the other (--append-result): give a file with one"
        raise UsageError(f"{path} is not JSON: {error}", hint) from error
    except RecursionError as error:
        raise UsageError(f"{path} is nested too deeply to be a result", READ) from error
    except ValueError as error:  # an integer of thousands of digits
        raise UsageError(f"{path} holds a number that is none: {error}", READ) from error
