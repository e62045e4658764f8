"""The real command line as a subprocess, bounded in time, and a real server for it to talk to."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seatrial.testing.actions import Action, Script, Sleep
from seatrial.testing.requests import Received
from seatrial.testing.scripted import ScriptedServer
from seatrial.testing.streams import MODEL, openai_stream, openai_usage, script_json

LIMIT_S = 60.0
SRC = str(Path(__file__).parents[2] / "src")
WORDS = ("Once", " upon", " a", " time")
SMALL = ("--input-tokens", "8", "--output-tokens", "4")


class Ended(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Standard output as the one JSON document that it must be."""
        document: dict[str, Any] = json.loads(self.out)
        return document


def environment(**extra: str) -> dict[str, str]:
    """Ours, without what would change how the program looks or where it stores."""
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "SEATRIAL_STORE"}}
    return kept | {"PYTHONPATH": SRC} | extra


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "seatrial", *map(str, words)]


def seatrial(*words: object, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Ended:
    """Runs `seatrial WORDS` to its end, with `env` added to the environment."""
    done = subprocess.run(
        command(*words),
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        env=environment(**(env or {})),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def started(*words: object, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """`seatrial WORDS` under way; a context manager that does not end it."""
    return subprocess.Popen(
        command(*words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(**(env or {})),
    )


def models(*names: str) -> list[Action]:
    """What /v1/models answers."""
    return script_json(200, {"object": "list", "data": [{"id": name, "owned_by": "us"} for name in names]})


def answers(words: Sequence[str] = WORDS, *, before: Sequence[Action] = ()) -> Script:
    """A chat endpoint that says `words`, streamed or whole as asked, after the actions `before`."""
    whole = {
        "choices": [{"message": {"role": "assistant", "content": "".join(words)}, "finish_reason": "stop"}],
        "usage": openai_usage(7, len(words)),
    }

    def play(request: Received) -> list[Action]:
        streamed = json.loads(request.body).get("stream")
        return [*before, *(openai_stream(words) if streamed else script_json(200, whole))]

    return play


def chat_server(
    chat: Script | None = None,
    *,
    names: Sequence[str] = (MODEL,),
    others: Mapping[str, Script] | None = None,
    tls: ssl.SSLContext | None = None,
) -> ScriptedServer:
    """A server that speaks OpenAI's protocol; `chat` plays what is asked of its chat endpoint."""
    quick = answers(before=[Sleep(0.005)])
    scripts = {"/v1/models": models(*names), "/v1/chat/completions": chat or quick}
    return ScriptedServer({**scripts, **(others or {})}, tls)


def streamed(server: ScriptedServer) -> list[dict[str, Any]]:
    """The bodies of the streamed chat requests that came, warm-up included, in order."""
    bodies = [json.loads(r.body) for r in server.requests if r.path == "/v1/chat/completions"]
    return [body for body in bodies if body.get("stream")]


def workloads_of(ended: Ended) -> dict[str, Any]:
    """By name, the workloads of a run with a single candidate."""
    (candidate,) = ended.document["candidates"]
    return {workload["name"]: workload for workload in candidate["workloads"]}
