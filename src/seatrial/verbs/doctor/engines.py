"""Engines on this computer: those that answer, those that could be started, and the embedded one."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import httpx
import msgspec

from seatrial.verbs.doctor.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_S = 0.3
_OLLAMA_PORT = 11434


class Engine(NamedTuple):
    """How an engine is met: where it listens unless told otherwise, the page on which `key` is its version, its
    program and how to start that.
    """

    name: str
    url: str
    page: str
    key: str
    program: str
    start: str


OLLAMA = Engine("Ollama", f"http://127.0.0.1:{_OLLAMA_PORT}", "/api/version", "version", "ollama", "ollama serve")
VLLM = Engine("vLLM", "http://127.0.0.1:8000", "/version", "version", "vllm", "vllm serve MODEL")
LLAMACPP = Engine(
    "llama.cpp",
    "http://127.0.0.1:8080",
    "/props",
    "build_info",
    "llama-server",
    "llama-server --metrics -m MODEL.gguf",
)


def find_engines(environ: Mapping[str, str] = os.environ) -> list[Finding]:
    """One finding per engine: it answers, could be started, or is not here; and one for the embedded engine.

    Ollama is sought at OLLAMA_HOST where that is set. Not finding an engine is no fault: it may run elsewhere.
    """
    path = environ.get("PATH")
    return [_find_ollama(environ), find_engine(VLLM, path), find_engine(LLAMACPP, path), _embedded()]


def find_engine(engine: Engine, path: str | None) -> Finding:
    version = _version(engine)
    if version is not None:
        advice = f"try it: seatrial run {engine.url}"
        return Finding(engine.name, "ok", f"{version}, answers at {engine.url}", advice)
    if program := shutil.which(engine.program, path=path):
        return Finding(
            engine.name,
            "ok",
            f"installed ({program}), does not answer at {engine.url}",
            f"start it: {engine.start}",
        )
    return Finding(engine.name, "ok", f"not here (nor answering at {engine.url})")


def ollama_url(host: str) -> str:
    """The URL for a value of OLLAMA_HOST, `[scheme://][host][:port][/path]`; a wildcard address is the loopback.

    Raises ValueError when it cannot be read so.
    """
    scheme, has_scheme, rest = host.strip().rpartition("://")
    parts = urlsplit(f"//{rest}")
    usual_port = {"http": 80, "https": 443}.get(scheme, _OLLAMA_PORT) if has_scheme else _OLLAMA_PORT
    name = parts.hostname or "127.0.0.1"
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name)  # noqa: S104  compared, not bound
    where = f"[{name}]" if ":" in name else name
    return f"{scheme or 'http'}://{where}:{parts.port or usual_port}{parts.path.rstrip('/')}"


def _find_ollama(environ: Mapping[str, str]) -> Finding:
    host = environ.get("OLLAMA_HOST")
    if not host:
        return find_engine(OLLAMA, environ.get("PATH"))
    try:
        url = ollama_url(host)
    except ValueError as error:
        advice = "set OLLAMA_HOST to host:port, or unset it"
        return Finding(OLLAMA.name, "warn", f"cannot read OLLAMA_HOST: {error}", advice)
    return find_engine(OLLAMA._replace(url=url), environ.get("PATH"))


def _version(engine: Engine) -> str | None:
    """What the engine at its URL calls its version; None when it does not answer, or not as this engine does."""
    try:
        with httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client:
            page = client.get(engine.url + engine.page).raise_for_status()
        facts = msgspec.json.decode(page.content, type=dict[str, object])
    except (httpx.HTTPError, httpx.InvalidURL, msgspec.DecodeError):
        return None
    version = facts.get(engine.key)
    return version if isinstance(version, str) else None


def _embedded() -> Finding:
    try:
        return Finding("embedded engine", "ok", f"xllamacpp {importlib.metadata.version('xllamacpp')}")
    except importlib.metadata.PackageNotFoundError:
        advice = 'needed only to run without any server: pip install "seatrial[embedded]"'
        return Finding("embedded engine", "warn", "not installed", advice)
