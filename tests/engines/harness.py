"""Scripted engines: just enough of each server for the control plane, on real sockets."""

import json
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from seatrial.domain.trial import Candidate
from seatrial.testing.actions import Action, Send
from seatrial.testing.requests import Received
from seatrial.testing.scripted import ScriptedServer
from seatrial.testing.streams import response_head, script_json

Answer = Callable[[dict[str, Any]], Sequence[Action]] | dict[str, Any]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def serving(answers: Mapping[str, Answer]) -> ScriptedServer:
    """A server that answers each path with a JSON object, or with what a function makes of the request's JSON."""
    return ScriptedServer({path: _script(answer) for path, answer in answers.items()})


def _script(answer: Answer) -> Callable[[Received], Sequence[Action]]:
    def play(request: Received) -> Sequence[Action]:
        if callable(answer):
            return answer(json.loads(request.body or b"{}"))
        return script_json(200, answer)

    return play


def models(*names: str, owner: str = "someone", **extra: object) -> dict[str, Any]:
    """A body of /v1/models."""
    return {"object": "list", "data": [{"id": name, "owned_by": owner, **extra} for name in names]}


def text(body: str) -> list[Action]:
    """An answer that is not JSON."""
    return [Send(response_head(200, {"Content-Length": str(len(body))}) + body.encode())]


def words_in(request: dict[str, Any]) -> int:
    """Words of the prompt in a chat or completions request."""
    texts = [message["content"] for message in request.get("messages", ())] + [request.get("prompt", "")]
    return len(" ".join(texts).split())


def usage(count: Callable[[dict[str, Any]], int | None]) -> Answer:
    """A completion endpoint whose usage says the prompt had `count(request)` tokens; None: it has no usage."""

    def play(request: dict[str, Any]) -> Sequence[Action]:
        counted = count(request)
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": "A"},
            "text": "A",
            "finish_reason": "length",
        }
        body: dict[str, Any] = {"choices": [choice]}
        return script_json(200, body if counted is None else body | {"usage": {"prompt_tokens": counted}})

    return play


def candidate(server: ScriptedServer, model: str | None = None, **fields: Any) -> Candidate:
    return Candidate("c", model, endpoint=server.url, **fields)
