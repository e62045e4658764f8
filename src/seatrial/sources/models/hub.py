"""Models of the hub, read without fetching them: config.json, and the headers of their weights by range request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seatrial.domain.model import Card, Source, Weights
from seatrial.errors import UsageError
from seatrial.formats.gguf import read_gguf
from seatrial.formats.gguf_model import model_of_gguf
from seatrial.formats.hf_config import model_of_config
from seatrial.formats.safetensors import MOST_SHARDS, shards_of_index
from seatrial.sources.models.checkpoint import CONFIG, INDEX, header_of, parsed, weights_of_checkpoint
from seatrial.sources.models.damage import elsewhere, here
from seatrial.sources.models.found import Found
from seatrial.sources.models.gguf_choice import GgufFile, chosen, gguf_files
from seatrial.sources.models.hub_client import Repository, repository
from seatrial.sources.models.licences import commercial_use
from seatrial.sources.models.remote import RangeReader, RemoteFile, new_client, whole
from seatrial.units import MIB

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

    from seatrial.domain.model import Model
    from seatrial.formats.safetensors import SafetensorsHeader

_NAME = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+?))?(?::(?P<file>[^:]+))?")
_MOST_HEADER_BYTES = 16 * MIB  # a GGUF's, for files of which only the size is known


def hub_name(text: str) -> tuple[str, str | None, str | None]:
    """Repository, revision and GGUF file or quantisation of ORG/NAME[@REVISION][:FILE]. Raises UsageError."""
    match = _NAME.fullmatch(text)
    if match is None:
        raise UsageError(f'"{text}" is no name of a model of the hub', "write hf:ORG/NAME or hf:ORG/NAME:Q4_K_M")
    return match["repo"], match["revision"], match["file"]


def found_on_hub(text: str) -> Found:
    """The model of ORG/NAME, with the exact size of its weights. Raises UsageError, OutsideError and its kin."""
    name, revision, wanted = hub_name(text)
    repo = repository(name, revision)
    ggufs = gguf_files(repo.files)
    config = repo.file(CONFIG)
    with new_client() as client:
        if wanted is None and config is not None and (checkpoint_files(client, repo) or not ggufs):
            return _checkpoint(client, repo, config)
        if not ggufs and config is None:
            raise UsageError(
                f"{name} holds neither a config.json nor a GGUF file", "it is no language model, or an adapter"
            )
        return _gguf(client, repo, ggufs, chosen(ggufs, wanted, name))


def checkpoint_files(client: httpx.Client, repo: Repository) -> tuple[RemoteFile, ...]:
    """The safetensors an engine would load, in order: those of the index, else those at the top of the repository.

    Raises UsageError when the index names what is not there.
    """
    index = repo.file(INDEX)
    if index is None:
        names = [file.name for file in repo.files if file.name.endswith(".safetensors") and "/" not in file.name]
        names = [name for name in names if not name.startswith(("consolidated", "adapter"))]
    else:
        with elsewhere(INDEX, repo.name):
            names = list(shards_of_index(parsed(whole(client, index, 64 * MIB), "it")))
    if len(names) > MOST_SHARDS:
        raise UsageError(f"{repo.name} holds {len(names):,} safetensors files, more than any model has")
    by_name = {file.name: file for file in repo.files}
    found = [by_name.get(name) for name in names]
    if None in found:
        raise UsageError(f"the index of {repo.name} names {names[found.index(None)]}, which it has not")
    return tuple(file for file in found if file is not None)


def _checkpoint(client: httpx.Client, repo: Repository, config_file: RemoteFile) -> Found:
    with elsewhere(CONFIG, repo.name):
        config = parsed(whole(client, config_file, 4 * MIB), "it")
    with here(f"{CONFIG} of {repo.name}"):
        model = model_of_config(config, repo.name)
    headers = [_header(client, repo, file, model) for file in checkpoint_files(client, repo)]
    weights = weights_of_checkpoint(config, model, headers)
    return Found(model, (weights,), card_of(repo, model))


def _header(client: httpx.Client, repo: Repository, file: RemoteFile, model: Model) -> SafetensorsHeader:
    reader = RangeReader(client, file)
    with elsewhere(file.name, repo.name):
        return header_of((reader, reader.size), model)


def _gguf(client: httpx.Client, repo: Repository, ggufs: Sequence[GgufFile], choice: GgufFile) -> Found:
    """The chosen file to the byte; of the others the size that the hub lists."""
    readers = [RangeReader(client, part) for part in choice.parts]
    with elsewhere(choice.name, repo.name):
        headers = [read_gguf(reader, reader.size) for reader in readers]
    with here(f"{choice.name} of {repo.name}"):
        model, weights = model_of_gguf(headers[0], repo.name, headers[1:])
    others = (_listed(model, file) for file in ggufs if file is not choice and file.quant and file.size)
    return Found(model, (weights, *others), card_of(repo, model))


def _listed(model: Model, file: GgufFile) -> Weights:
    return Weights(
        model=model.name,
        format="gguf",
        quant=file.quant or "",
        bytes=file.size,
        low_bytes=max(file.size - _MOST_HEADER_BYTES, 0),
        high_bytes=file.size,
        source=Source(f"size of {file.name} on the hub"),
    )


def card_of(repo: Repository, model: Model) -> Card:
    """What the repository's tags tell of it; the rest is not known."""
    licences = [tag.removeprefix("license:") for tag in repo.tags if tag.startswith("license:")]
    licence = licences[0] if licences else "not stated"
    sees = model.extra_parameters > 0 or repo.task in ("image-text-to-text", "any-to-any")
    return Card(
        model=model.name,
        repository=repo.name,
        tag=None,
        licence=licence,
        commercial_use=commercial_use(licence),
        gated=repo.gated,
        tunable=None,
        modalities=("text", "image") if sees else ("text",),
        languages=tuple(tag for tag in repo.tags if len(tag) == 2 and tag.isalpha()),
        capabilities=(),
        released=repo.created,
        scores=(),
        ethics="",
        notes="",
        source=Source(f"tags of {repo.name} on the hub", unverified=("commercial_use", "released")),
    )
