"""Servers that answer as the hub and the Ollama registry do, with real sockets, ranges, redirects and faults."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from seatrial.testing.actions import Action, Close, Send
from seatrial.testing.requests import Received
from seatrial.testing.scripted import ScriptedServer
from seatrial.testing.streams import json_response, response_head

COMMIT = "c" * 40
Fault = Callable[[Received, bytes], Iterable[Action] | None]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def git_sha1(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def served(request: Received, data: bytes) -> bytes:
    """A file as a good server gives it: the part that is asked for, else the whole."""
    span = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
    if span is None:
        return response_head(200, {"Content-Length": str(len(data))}) + data
    begin, end = int(span[1]), min(int(span[2] or len(data)), len(data) - 1)
    part = data[begin : end + 1]
    if not part:
        return response_head(416, {"Content-Length": "0"})
    about = {"Content-Range": f"bytes {begin}-{end}/{len(data)}", "Content-Length": str(len(part))}
    return response_head(206, about) + part


def without_ranges(request: Received, data: bytes) -> list[Action]:
    return [Send(response_head(200, {"Content-Length": str(len(data))}) + data)]


def cut_after(count: int) -> Fault:
    """Sends the right head, then only so many bytes of each body, then closes."""

    def fault(request: Received, data: bytes) -> list[Action]:
        head, _, body = served(request, data).partition(b"\r\n\r\n")
        return [Send(head + b"\r\n\r\n" + body[:count]), Close()]

    return fault


def status(code: int, **headers: str) -> Fault:
    about = {name.replace("_", "-"): text for name, text in headers.items()} | {"Content-Length": "0"}
    return lambda _request, _data: [Send(response_head(code, about))]


@dataclass
class Repo:
    """What the hub knows of a repository. `faults` take over for single files."""

    files: Mapping[str, bytes]
    tags: list[str] = field(default_factory=list)
    gated: bool | str = False
    task: str = "text-generation"
    faults: dict[str, Fault] = field(default_factory=dict)
    lfs: bool = True
    wrong_sha256: str | None = None

    def info(self, name: str) -> dict[str, Any]:
        return {
            "id": name,
            "sha": COMMIT,
            "tags": self.tags,
            "gated": self.gated,
            "pipeline_tag": self.task,
            "createdAt": "2026-01-02T03:04:05.000Z",
            "siblings": [self._sibling(file, data) for file, data in self.files.items()],
        }

    def _sibling(self, file: str, data: bytes) -> dict[str, Any]:
        found: dict[str, Any] = {"rfilename": file, "size": len(data), "blobId": git_sha1(data)}
        if self.lfs and not file.endswith(".json"):
            found["lfs"] = {"sha256": self.wrong_sha256 or sha256(data), "size": len(data), "pointerSize": 134}
        return found


class Hub(ScriptedServer):
    """Repositories, and search over them. `search_pages` are what it answers to a search, page by page."""

    def __init__(self, repos: Mapping[str, Repo], pages: list[list[dict[str, Any]]] | None = None) -> None:
        super().__init__(self._answer)
        self.repos = repos
        self.pages = pages or [[]]
        self.searches: list[dict[str, list[str]]] = []

    def _answer(self, request: Received) -> Iterable[Action]:
        url = urlsplit(request.path)
        path = unquote(url.path)
        if path == "/api/models":
            return self._searched(parse_qs(url.query))
        about = re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/(.+))?", path)
        if about:
            return self._about(about[1], about[2])
        file = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        if file and file[1] in self.repos and file[3] in self.repos[file[1]].files:
            repo = self.repos[file[1]]
            fault = repo.faults.get(file[3])
            actions = fault(request, repo.files[file[3]]) if fault else None
            return [Send(served(request, repo.files[file[3]]))] if actions is None else actions
        return [Send(json_response(404, {"error": "Entry not found"}, {"X-Error-Code": "EntryNotFound"}))]

    def _about(self, name: str, revision: str | None) -> Iterable[Action]:
        if name not in self.repos:
            unknown = {"X-Error-Code": "RepoNotFound"}
            return [Send(json_response(401, {"error": "Repository not found"}, unknown))]
        if revision not in (None, "main", COMMIT):
            return [Send(json_response(404, {"error": "Revision"}, {"X-Error-Code": "RevisionNotFound"}))]
        return [Send(json_response(200, self.repos[name].info(name)))]

    def _searched(self, query: dict[str, list[str]]) -> Iterable[Action]:
        self.searches.append(query)
        page = int(query.get("page", ["0"])[0])
        headers = {}
        if page + 1 < len(self.pages):
            headers["Link"] = f'<{self.url}/api/models?page={page + 1}>; rel="next"'
        return [Send(json_response(200, self.pages[page], headers))]


class Registry(ScriptedServer):
    """An Ollama registry with one model, `space/name:tag` -> its layers; blobs come by way of a redirect."""

    def __init__(self, layers: Mapping[str, list[tuple[str, bytes]]], fault: Fault | None = None) -> None:
        super().__init__(self._answer)
        self.fault = fault
        self.manifests = {name: self._manifest(found) for name, found in layers.items()}
        self.blobs = {sha256(data): data for found in layers.values() for _, data in found}

    @staticmethod
    def _manifest(layers: list[tuple[str, bytes]]) -> dict[str, Any]:
        return {
            "schemaVersion": 2,
            "layers": [
                {
                    "mediaType": f"application/vnd.ollama.image.{kind}",
                    "digest": f"sha256:{sha256(data)}",
                    "size": len(data),
                }
                for kind, data in layers
            ],
        }

    def _answer(self, request: Received) -> Iterable[Action]:
        manifest = re.fullmatch(r"/v2/([^/]+/[^/]+)/manifests/(.+)", request.path)
        if manifest:
            found = self.manifests.get(f"{manifest[1]}:{manifest[2]}")
            return [Send(json_response(200 if found else 404, found or {"errors": []}))]
        blob = re.fullmatch(r"/(?:v2/[^/]+/[^/]+/blobs/sha256:|cdn/)([0-9a-f]+)", request.path)
        if blob is None or blob[1] not in self.blobs:
            return [Send(response_head(404, {"Content-Length": "0"}))]
        if request.path.startswith("/v2/"):
            return [Send(response_head(307, {"Location": f"/cdn/{blob[1]}", "Content-Length": "0"}))]
        actions = self.fault(request, self.blobs[blob[1]]) if self.fault else None
        return [Send(served(request, self.blobs[blob[1]]))] if actions is None else actions


def safetensors(shapes: Mapping[str, tuple[str, list[int]]]) -> bytes:
    """A whole file of zeroes, all tensors in 16 bits."""
    header, offset = {}, 0
    for name, (dtype, shape) in shapes.items():
        size = 2
        for extent in shape:
            size *= extent
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + b"\0" * offset
