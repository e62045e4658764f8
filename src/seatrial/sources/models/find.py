"""Any way to name a model, answered with its shape and its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from seatrial.catalog.models import find_model
from seatrial.errors import Unreachable, UsageError
from seatrial.sources.models.found import Found
from seatrial.sources.models.local import found_in_file, found_in_folder
from seatrial.sources.paths import expanded, is_folder, is_plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WAYS = "a catalogue name, a folder with a config.json, a .gguf file, hf:ORG/NAME, ollama:NAME:TAG or pypi:NAME"


def find(text: str) -> Found:
    """The model that `text` names, one of WAYS.

    What looks like a path is one; else a name of the catalogue comes before a folder that is called the same.
    Raises UsageError with near matches for a name that is nothing, OutsideError where a file or a server cannot be
    read.
    """
    text = text.strip()
    scheme, colon, rest = text.partition(":")
    if colon and scheme in _SCHEMES:
        if not rest:
            raise UsageError(f'"{text}" names no model', f"write {WAYS}")
        try:
            return _SCHEMES[scheme](rest)
        except Unreachable as problem:
            raise Unreachable(problem.message, f"{_in_the_catalogue(rest)}{problem.hint}") from problem
    if _is_a_path(text):
        return _at(expanded(text)) or _nothing_there(text)
    try:
        return _catalogued(text)
    except UsageError as unknown:
        there = _at(expanded(text)) if text else None
        if there is not None:
            return there
        raise UsageError(unknown.message, f"{unknown.hint}; or name {WAYS}") from None


def _in_the_catalogue(name: str) -> str:
    """What the catalogue has of that name, for those who are offline."""
    try:
        return f"the catalogue has it: {find_model(name.partition('@')[0]).model.name}; "
    except UsageError as unknown:
        return f"of the catalogue: {unknown.hint}; " if "near" in unknown.hint else ""


def _at(path: Path) -> Found | None:
    if is_folder(path):
        return found_in_folder(path)
    if is_plain(path):
        return found_in_folder(path.parent) if path.name == "config.json" else found_in_file(path)
    return None


def _nothing_there(text: str) -> NoReturn:
    raise UsageError(f"{text}: there is no such file or folder", f"name {WAYS}")


def _catalogued(text: str) -> Found:
    known = find_model(text)
    return Found(known.model, known.files, known.card)


def _is_a_path(text: str) -> bool:
    return text.startswith((".", "~", "/")) or text.endswith((".gguf", ".json", "/"))


def _from_hub(text: str) -> Found:
    from seatrial.sources.models.hub import found_on_hub  # noqa: PLC0415  the client loads when it is used

    return found_on_hub(text)


def _from_ollama(text: str) -> Found:
    from seatrial.sources.models.ollama import found_in_registry  # noqa: PLC0415  as above

    return found_in_registry(text)


def _from_wheel(text: str) -> Found:
    from seatrial.sources.models.wheel import found_in_wheel  # noqa: PLC0415  as above

    return found_in_wheel(text)


_SCHEMES: dict[str, Callable[[str], Found]] = {"hf": _from_hub, "ollama": _from_ollama, "pypi": _from_wheel}
