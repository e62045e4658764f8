"""The control plane: a few plain requests about an engine, never part of what is measured.

Connections are not kept: an idle one would hold a thread of some servers while we measure. Proxies named in the
environment are not used, for the load does not go through them either.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from seatrial.engines.address import parse_endpoint
from seatrial.engines.keys import request_headers
from seatrial.engines.outages import outside_error
from seatrial.errors import OutsideError, Unauthorized, Unreachable, UsageError

if TYPE_CHECKING:
    from seatrial.domain.trial import Candidate

CONNECT_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 20.0
HEALTH_TIMEOUT_S = 2.0
UNAUTHORIZED = (401, 403)
SHOWN_CHARACTERS = 300


class Control:
    """Requests to the server of one candidate, with its headers.

    Every method but the `is_ok` ones raises Unreachable when no server answers.
    """

    def __init__(self, candidate: Candidate) -> None:
        if candidate.endpoint is None:
            raise UsageError(
                f'candidate "{candidate.name}" has no endpoint', "give the server's URL: http://HOST:PORT"
            )
        self.address = parse_endpoint(candidate.endpoint)
        self.headers = request_headers(candidate)
        self._api_key_env = candidate.api_key_env
        self._client = httpx.Client(
            headers=self.headers,
            verify=_tls_context(candidate),
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def close(self) -> None:
        self._client.close()

    def peek(self, path: str, body: object = None) -> Any:
        """The JSON answered with 200 to GET, or to POST of `body`; None when there is nothing of the kind."""
        response = self._request(path, None if body is None else msgspec.json.encode(body))
        try:
            return msgspec.json.decode(response.content) if response.status_code == 200 else None
        except msgspec.DecodeError:
            return None

    def text(self, path: str) -> str | None:
        """The text that GET answers with 200; None with any other status."""
        response = self._request(path)
        return response.text if response.status_code == 200 else None

    def is_ok(self, path: str) -> bool:
        """Whether GET answers 200 just now."""
        try:
            return self._request(path, wait_s=HEALTH_TIMEOUT_S).status_code == 200
        except Unreachable:
            return False

    def is_ok_elsewhere(self, url: str) -> bool:
        """Whether GET answers 200 at any address, which gets none of the candidate's headers."""
        request = self._client.build_request("GET", url, timeout=HEALTH_TIMEOUT_S)
        for name, _ in self.headers:
            del request.headers[name]
        try:
            return self._client.send(request).status_code == 200
        except httpx.RequestError:
            return False

    def ask(self, path: str, body: object = None, wait_s: float = ANSWER_TIMEOUT_S) -> Any:
        """The JSON answered to GET, or to POST of `body` as JSON.

        Raises Unauthorized on 401 and 403, OutsideError with the server's own words on any other refusal.
        """
        data = None if body is None else msgspec.json.encode(body)
        try:
            return msgspec.json.decode(self.ask_bytes(path, data, wait_s))
        except msgspec.DecodeError:
            raise OutsideError(f"{self.address.place} answered {path} with something that is not JSON") from None

    def ask_bytes(self, path: str, data: bytes | None, wait_s: float = ANSWER_TIMEOUT_S) -> bytes:
        """As `ask`, undecoded both ways."""
        response = self._request(path, data, wait_s)
        if response.status_code in UNAUTHORIZED:
            raise self._unauthorized(response.status_code)
        if not response.is_success:
            said = response.text.strip()[:SHOWN_CHARACTERS] or response.reason_phrase
            raise OutsideError(f"{self.address.place} answered {path} with {response.status_code}: {said}")
        return response.content

    def _request(self, path: str, data: bytes | None = None, wait_s: float = ANSWER_TIMEOUT_S) -> httpx.Response:
        """GET, or POST of `data`."""
        try:
            return self._client.request(
                "GET" if data is None else "POST",
                self.address.base + path,
                content=data,
                headers={} if data is None else {"Content-Type": "application/json"},
                timeout=httpx.Timeout(wait_s, connect=min(wait_s, CONNECT_TIMEOUT_S)),
            )
        except httpx.RequestError as problem:
            raise outside_error(problem, self.address) from problem

    def _unauthorized(self, status: int) -> Unauthorized:
        message = f"{self.address.place} wants a key (HTTP {status})"
        if self._api_key_env is None:
            return Unauthorized(message, "put the key into an environment variable and name it: --api-key-env NAME")
        return Unauthorized(message, f"it refused the one in {self._api_key_env}: is it the right one?")


def _tls_context(candidate: Candidate) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=candidate.ca_file)
    except (OSError, ssl.SSLError) as problem:
        raise UsageError(f"the CA file {candidate.ca_file} cannot be used: {problem}", "it must be PEM") from None
    if candidate.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
