"""The hub of Hugging Face, through its own client: what a repository holds, and the one place for its errors."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatrial.errors import ModelNotFound, OutsideError, Unauthorized, Unreachable, UsageError
from seatrial.sources.models.remote import MOST_FILE_BYTES, TIMEOUT_S, Host, RemoteFile, check_status, new_client
from seatrial.sources.models.remote import translated as client_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from huggingface_hub import HfApi

HOST = Host(
    "the hub",
    "accept its terms on its page, then: export HF_TOKEN=hf_...",
    "offline? the catalogue knows many: `seatrial models list`; $HF_ENDPOINT names another hub",
)
CONNECT_S = 10.0
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.\[\]:_-]+(?:/[^\s?#]*)?")
_INSTALL = "pip install 'seatrial[hub]'"


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository at one commit: its files, and what its card says in tags."""

    name: str
    commit: str | None
    files: tuple[RemoteFile, ...]
    tags: tuple[str, ...]
    gated: bool
    task: str | None
    created: str | None

    def file(self, name: str) -> RemoteFile | None:
        return next((file for file in self.files if file.name == name), None)


def new_api() -> HfApi:
    """The client; $HF_ENDPOINT and $HF_TOKEN are its own.

    Raises UsageError where it is not installed, and for an endpoint that is no address.
    """
    endpoint = os.environ.get("HF_ENDPOINT") or None
    if endpoint is not None and _ENDPOINT.fullmatch(endpoint) is None:
        raise UsageError(
            f'$HF_ENDPOINT is "{endpoint[:80]}", which is no address', "such as https://hub.example.org"
        )
    try:
        from huggingface_hub import HfApi  # noqa: PLC0415  an extra, and a third of a second

        from seatrial.sources.models.hub_limits import limit_answers  # noqa: PLC0415  as above
    except ImportError:
        raise UsageError("the hub is reached through huggingface_hub, which is not installed", _INSTALL) from None
    limit_answers()
    return HfApi(endpoint=endpoint)


def check_reachable(api: HfApi) -> None:
    """Raises Unreachable at once where the client's own search would try for half a minute."""
    from huggingface_hub import constants  # noqa: PLC0415  after `new_api` has looked for it

    if constants.HF_HUB_OFFLINE:  # then it says so itself
        return
    with client_errors(HOST, "models"), new_client() as client:
        client.head(api.endpoint, timeout=CONNECT_S, follow_redirects=False)


def repository(name: str, revision: str | None) -> Repository:
    """What the hub says of a repository. Raises UsageError, OutsideError and its kin."""
    api = new_api()
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # noqa: PLC0415  is it there?

    with translated(name):
        info = api.model_info(name, revision=revision, files_metadata=True, timeout=TIMEOUT_S)
        headers = {key: str(value) for key, value in build_hf_headers().items()}
        files = tuple(_file(api, name, info.sha or revision, sibling, headers) for sibling in info.siblings or ())
        task = info.pipeline_tag if isinstance(info.pipeline_tag, str) else None
        created = info.created_at.date().isoformat() if info.created_at else None
        return Repository(name, info.sha, files, tuple(map(str, info.tags or ())), bool(info.gated), task, created)


def _file(api: HfApi, name: str, revision: str | None, sibling: Any, headers: dict[str, str]) -> RemoteFile:
    from huggingface_hub import hf_hub_url  # noqa: PLC0415  after `new_api` has looked for it

    size = sibling.size
    if size is not None and (type(size) is not int or not 0 <= size <= MOST_FILE_BYTES):
        raise ValueError(f"a size of {size!r:.40}")
    return RemoteFile(
        HOST,
        hf_hub_url(name, sibling.rfilename, revision=revision, endpoint=api.endpoint),
        sibling.rfilename,
        size=size,
        sha256=sibling.lfs.sha256 if sibling.lfs else None,
        git_sha1=None if sibling.lfs else sibling.blob_id,
        headers=headers,
    )


@contextmanager
def translated(name: str) -> Iterator[None]:
    """The one place where the client's errors become ours."""
    from httpx2 import HTTPError, InvalidURL  # noqa: PLC0415  the client's own client
    from huggingface_hub import errors  # noqa: PLC0415  after `new_api` has looked for it

    try:
        yield
    except errors.GatedRepoError:
        raise Unauthorized(f"the hub does not give {name} to strangers", HOST.key_hint) from None
    except errors.RepositoryNotFoundError:
        raise ModelNotFound(
            f"the hub has no {name}, or it is private", "check the name; for a private one: export HF_TOKEN=hf_..."
        ) from None
    except errors.RevisionNotFoundError:
        raise ModelNotFound(f"{name} has no such revision", "write hf:ORG/NAME@branch, tag or commit") from None
    except errors.HfHubHTTPError as problem:
        check_status(HOST, name, problem.response.status_code, problem.response.headers)
        raise OutsideError(f"the hub answered what cannot be read for {name}") from None
    except errors.OfflineModeIsEnabled:
        raise Unreachable("the hub is not asked: HF_HUB_OFFLINE is set", HOST.offline_hint) from None
    except HTTPError as problem:
        raise Unreachable(f"the hub cannot be reached: {_first_line(problem)}", HOST.offline_hint) from None
    except errors.HFValidationError:
        raise UsageError(f'"{name}" is no name of a repository', "write hf:ORG/NAME") from None
    except InvalidURL as problem:
        raise UsageError(f"the address of the hub is none: {_first_line(problem)}", HOST.offline_hint) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        raise OutsideError(f"the hub answered what cannot be read for {name}", "try again later") from None


def _first_line(problem: BaseException) -> str:
    return (str(problem).strip().splitlines() or [type(problem).__name__])[0]
