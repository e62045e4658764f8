"""Which of a repository's GGUF files is meant: repositories hold one per quantisation, long ones in parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatrial.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatrial.sources.models.remote import RemoteFile

USUAL = "Q4_K_M"
_MOST_PARTS = 1000
_SPLIT = re.compile(r"-(\d{5})-of-(\d{5})$")
_QUANT = re.compile(
    r"(?<![A-Za-z0-9])((?:IQ|TQ|Q)\d(?:_[A-Z0-9]+)*|BF16|F16|F32|MXFP4(?:_MOE)?)(?![a-z0-9])", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class GgufFile:
    """One model of a repository: its parts in order, and the quantisation its name says."""

    parts: tuple[RemoteFile, ...]
    quant: str | None

    @property
    def name(self) -> str:
        return self.parts[0].name

    @property
    def size(self) -> int:
        return sum(part.size or 0 for part in self.parts)


def gguf_files(files: Iterable[RemoteFile]) -> tuple[GgufFile, ...]:
    """The models among the files, projectors and half-uploaded ones left out, by name."""
    parts: dict[tuple[str, int], dict[int, RemoteFile]] = {}
    for file in files:
        stem = file.name.removesuffix(".gguf")
        if stem == file.name or stem.rpartition("/")[2].startswith(("mmproj", "imatrix")):
            continue
        split = _SPLIT.search(stem)
        number, count = (int(split[1]), int(split[2])) if split else (1, 1)
        parts.setdefault((_SPLIT.sub("", stem), count), {})[number] = file
    whole = {stem: found for (stem, count), found in sorted(parts.items()) if len(found) == count <= _MOST_PARTS}
    return tuple(
        GgufFile(tuple(found[number] for number in sorted(found)), quant_of_name(stem))
        for stem, found in whole.items()
    )


def quant_of_name(stem: str) -> str | None:
    """The last quantisation a file's name mentions, in capitals."""
    found = _QUANT.findall(stem)
    return found[-1].upper() if found else None


def chosen(files: tuple[GgufFile, ...], wanted: str | None, where: str) -> GgufFile:
    """The file called `wanted`, or of that quantisation; with None the only one, else the usual quantisation.

    Raises UsageError that lists what there is.
    """
    if not files:
        raise UsageError(f"{where} holds no GGUF file")
    if wanted is None:
        usual = [file for file in files if file.quant == USUAL]
        return (usual or list(files))[0]
    word = wanted.lower()
    named = [file for file in files if word in (file.name.lower(), file.name.rpartition("/")[2].lower())]
    quant = [file for file in files if (file.quant or "").lower() == word]
    if named or quant:
        return (named or quant)[0]
    if word.endswith(".gguf"):
        raise UsageError(f"{where} has no {wanted}", nearest(wanted, [file.name for file in files]))
    raise UsageError(
        f"{where} has no GGUF in {wanted}", "it has: " + ", ".join(file.quant or file.name for file in files)
    )
