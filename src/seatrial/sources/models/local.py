"""Models on this computer: a folder with a config.json, or a GGUF file. Only headers are read."""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from seatrial.errors import OutsideError, UsageError
from seatrial.formats.gguf import read_gguf
from seatrial.formats.gguf_model import model_of_gguf
from seatrial.formats.hf_config import model_of_config
from seatrial.formats.safetensors import shards_of_index
from seatrial.sources.models.checkpoint import CONFIG, INDEX, header_of, parsed, weights_of_checkpoint
from seatrial.sources.models.damage import here
from seatrial.sources.models.found import Found
from seatrial.sources.models.gguf_choice import quant_of_name
from seatrial.sources.paths import is_plain
from seatrial.units import MIB

if TYPE_CHECKING:
    from pathlib import Path

    from seatrial.domain.model import Model
    from seatrial.formats.gguf import Gguf
    from seatrial.formats.safetensors import SafetensorsHeader
    from seatrial.sources.models.checkpoint import Reader

_SPLIT = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")
_MOST_CONFIG_BYTES = 4 * MIB
_MOST_INDEX_BYTES = 64 * MIB


def found_in_folder(folder: Path) -> Found:
    """The model of a folder with a config.json; weights from its safetensors headers, else estimated.

    A folder that holds a single GGUF file and no config.json is that file. Raises UsageError, OutsideError.
    """
    config_file = folder / CONFIG
    if not is_plain(config_file):
        return found_in_file(_only_gguf(folder))
    try:
        config = _parsed(config_file, _MOST_CONFIG_BYTES)
        with here(config_file):
            model = model_of_config(config, folder.resolve().name)
        with ExitStack() as stack:
            headers = [_header(_opened(stack, path), path, model) for path in _shards(folder)]
            return Found(model, (weights_of_checkpoint(config, model, headers),))
    except OSError as problem:
        raise _unreadable(folder, problem) from problem


def found_in_file(path: Path) -> Found:
    """The model of a GGUF file, or of the first of several parts that lie beside it. Raises as above."""
    try:
        headers = [_gguf(part) for part in _parts(path)]
    except OSError as problem:
        raise _unreadable(path, problem) from problem
    with here(path):
        model, weights = model_of_gguf(headers[0], _called(path), headers[1:])
    return Found(model, (weights,))


def _called(path: Path) -> str:
    """The name of the file without its ending, its part, and the quantisation that publishers put last."""
    stem = _SPLIT.sub("", path.name).removesuffix(".gguf")
    whole, _, last = stem.replace(".", "-").rpartition("-")
    return stem[: len(whole)] if whole and quant_of_name(last) == last.upper() else stem


def _gguf(path: Path) -> Gguf:
    with ExitStack() as stack, here(path):
        return read_gguf(*_opened(stack, path))


def _header(reader: Reader, path: Path, model: Model) -> SafetensorsHeader:
    with here(path):
        return header_of(reader, model)


def _opened(stack: ExitStack, path: Path) -> Reader:
    file = stack.enter_context(path.open("rb"))

    def read(offset: int, length: int) -> bytes:
        file.seek(offset)
        return file.read(length)

    return read, path.stat().st_size


def _parsed(path: Path, most_bytes: int) -> dict[str, Any]:
    if path.stat().st_size > most_bytes:
        raise UsageError(f"{path} is longer than any {path.name}")
    return parsed(path.read_bytes(), str(path))


def _shards(folder: Path) -> list[Path]:
    index = folder / INDEX
    if is_plain(index):
        with here(folder):
            names = shards_of_index(_parsed(index, _MOST_INDEX_BYTES))
        missing = [name for name in names if not is_plain(folder / name)]
        if missing and len(missing) < len(names):
            raise UsageError(
                f"{folder} lacks {missing[0]}, which its index names", "finish the download, or remove the index"
            )
        return [folder / name for name in names if not missing]
    files = (path for path in folder.glob("*.safetensors") if not path.name.startswith("consolidated"))
    return sorted(path for path in files if is_plain(path))


def _only_gguf(folder: Path) -> Path:
    files = sorted(path for path in folder.glob("*.gguf") if not path.name.startswith("mmproj") and is_plain(path))
    firsts = [path for path in files if not (split := _SPLIT.search(path.name)) or split[1] == "00001"]
    if len(firsts) != 1:
        what = f"{len(firsts)} GGUF files" if firsts else "no config.json and no GGUF file"
        raise UsageError(f"{folder} holds {what}", "name one model: a folder with a config.json, or a .gguf file")
    return firsts[0]


def _parts(path: Path) -> list[Path]:
    split = _SPLIT.search(path.name)
    if split is None or int(split[1]) != 1:
        return [path]
    whole = path.name[: split.start()]
    parts = [path.with_name(f"{whole}-{number:05}-of-{split[2]}.gguf") for number in range(1, int(split[2]) + 1)]
    return [part for part in parts if is_plain(part)]


def _unreadable(path: Path, problem: OSError) -> OutsideError:
    return OutsideError(f"{path} cannot be read: {problem.strerror or problem}")
