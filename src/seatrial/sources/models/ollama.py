"""Models of Ollama's registry: a manifest of layers, one of which is a GGUF file.

The registry speaks the protocol of container images; the model is the layer of Ollama's own media type.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from seatrial.errors import ModelNotFound, OutsideError, UsageError
from seatrial.formats.gguf import read_gguf
from seatrial.formats.gguf_model import model_of_gguf
from seatrial.sources.models.checkpoint import parsed
from seatrial.sources.models.damage import elsewhere, here
from seatrial.sources.models.found import Found
from seatrial.sources.models.remote import MOST_FILE_BYTES, Host, RangeReader, RemoteFile, new_client, whole
from seatrial.units import MIB

if TYPE_CHECKING:
    import httpx

REGISTRY_ENV = "SEATRIAL_OLLAMA_REGISTRY"
REGISTRY = "https://registry.ollama.ai"
_MODEL = "application/vnd.ollama.image.model"
_PROJECTOR = "application/vnd.ollama.image.projector"
_PART = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_NAME = re.compile(rf"(?:(?P<space>{_PART})/)?(?P<name>{_PART})(?::(?P<tag>{_PART}))?")
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
HOST = Host(
    "the Ollama registry",
    "a private model cannot be read from here",
    "offline? the catalogue knows many: `seatrial models list`",
)


@dataclass(frozen=True, slots=True)
class OllamaName:
    """A name as Ollama writes it: `library` is the space of its own models."""

    space: str
    name: str
    tag: str

    @property
    def text(self) -> str:
        short = self.name if self.space == "library" else f"{self.space}/{self.name}"
        return f"{short}:{self.tag}"


def ollama_name(text: str) -> OllamaName:
    """The parts of NAME, NAME:TAG or USER/NAME:TAG. Raises UsageError for anything else."""
    match = _NAME.fullmatch(text)
    if match is None:
        hint = "models of the hub: hf:ORG/NAME" if text.startswith(("hf.co/", "huggingface.co/")) else ""
        raise UsageError(f'"{text}" is no name of an Ollama model', hint or "write ollama:llama3.1:8b")
    return OllamaName(match["space"] or "library", match["name"], match["tag"] or "latest")


def found_in_registry(text: str) -> Found:
    """The model behind NAME:TAG, from its manifest and the header of its GGUF layer.

    $SEATRIAL_OLLAMA_REGISTRY names another registry. Raises UsageError, OutsideError and its kin.
    """
    name = ollama_name(text)
    with new_client() as client:
        files = layers_of(client, name)
        reader = RangeReader(client, files[0])
        with elsewhere(files[0].name, name.text):
            header = read_gguf(reader, reader.size)
        with here(name.text):
            model, weights = model_of_gguf(header, name.text)
    projector = sum(file.size or 0 for file in files[1:])
    total = weights.bytes + projector
    whole_size = replace(weights, tag=name.text, bytes=total, low_bytes=total, high_bytes=total)
    return Found(model, (replace(whole_size, part="model+projector") if projector else whole_size,))


def layers_of(client: httpx.Client, name: OllamaName) -> tuple[RemoteFile, ...]:
    """The GGUF of the model, then those of its projectors. Raises OutsideError for a manifest of another kind."""
    base = f"{_registry()}/v2/{name.space}/{name.name}"
    ask = RemoteFile(HOST, f"{base}/manifests/{name.tag}", name.text, headers={"accept": "application/json"})
    with elsewhere("the manifest", name.text):
        manifest = parsed(whole(client, ask, MIB), "it")
    listed = manifest.get("layers")
    layers = [layer for layer in listed if isinstance(layer, dict)] if isinstance(listed, list) else []
    models = [_file(base, name, layer) for layer in layers if layer.get("mediaType") == _MODEL]
    if not models:
        raise ModelNotFound(
            f"{name.text} has no GGUF layer",
            "it may be a cloud model, or one in another format: choose another tag",
        )
    return (*models, *(_file(base, name, layer) for layer in layers if layer.get("mediaType") == _PROJECTOR))


def _file(base: str, name: OllamaName, layer: dict[str, Any]) -> RemoteFile:
    digest, size = _DIGEST.fullmatch(str(layer.get("digest"))), layer.get("size")
    if digest is None or type(size) is not int or not 0 < size <= MOST_FILE_BYTES:
        raise OutsideError(f"the manifest of {name.text} has a layer without a digest or a size")
    suffix = "-projector" if layer.get("mediaType") == _PROJECTOR else ""
    file = f"{name.name}-{name.tag}{suffix}.gguf"
    return RemoteFile(HOST, f"{base}/blobs/{digest[0]}", file, size=size, sha256=digest[1])


def _registry() -> str:
    return (os.environ.get(REGISTRY_ENV) or REGISTRY).rstrip("/")
