"""A held connection to one model on one server: what it is, how it counts, how it is made cold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from seatrial.domain.target import Target
from seatrial.engines.cold import cold_by_command, command_succeeds
from seatrial.engines.models import choose_model
from seatrial.errors import ColdNotPossible, OutsideError, UsageError, nearest
from seatrial.wire.apis import APIS, Reader
from seatrial.wire.types import Ask

if TYPE_CHECKING:
    from seatrial.domain.sample import ColdPhases
    from seatrial.domain.target import EngineInfo
    from seatrial.domain.trial import Candidate
    from seatrial.engines.control import Control
    from seatrial.engines.embedded import EmbeddedServer
    from seatrial.engines.kind import Kind
    from seatrial.prompts.make import Messages


class Engine:
    """What a trial needs of an engine. Close it when done; a server we started ends with it.

    Methods raise Unreachable when the server has gone.
    """

    def __init__(
        self, kind: Kind, candidate: Candidate, control: Control, server: EmbeddedServer | None = None
    ) -> None:
        """Raises Unreachable, Unauthorized, ModelNotFound, and UsageError (unknown api, a model must be named)."""
        self._kind, self._candidate, self._control, self._server = kind, candidate, control, server
        self._tokenize = kind.tokenize
        self._tokenize_agrees = False
        api = candidate.api or next(iter(kind.apis))
        if api not in kind.apis:
            raise UsageError(f'{kind.name} has no api "{api}"', nearest(api, kind.apis))
        model = choose_model(candidate.model, kind.served(control), control.address.place, kind.no_model_hint)
        self._target = Target(
            url=control.address.base,
            api=kind.apis[api],
            model=model,
            headers=control.headers,
            ca_file=candidate.ca_file,
            insecure=candidate.insecure,
            exact_output=kind.exact_output,
            chunk_usage=kind.chunk_usage,
        )
        has_metrics = kind.metrics_path is not None and control.is_ok(kind.metrics_path)
        self.metrics_url = f"{control.address.base}{kind.metrics_path}" if has_metrics else None

    @property
    def name(self) -> str:
        return self._kind.name

    @property
    def count_source(self) -> str:
        """Where `count_tokens` found its last count."""
        return "/tokenize" if self._tokenize_agrees else self._kind.count_source

    def target(self) -> Target:
        return self._target

    def info(self) -> EngineInfo:
        """What the server says of itself now. Ollama knows its context length only once the model is loaded."""
        return self._kind.info(self._control, self._target.model)

    def root_pids(self) -> list[int]:
        """Process ids of the server, if we started it."""
        return [] if self._server is None else [self._server.pid]

    def close(self) -> None:
        self._control.close()
        if self._server is not None:
            self._server.stop()

    def count_tokens(self, messages: Messages) -> int | None:
        """Prompt tokens of `messages` as the server counts them, chat template and all; None when it does not say.

        Asked by a one-token request, which loads the model. Where the engine can count without running the prompt,
        that is used once both ways agreed on the first prompt. Raises OutsideError when the server refuses.
        """
        ask = Ask(self._target.model, messages, max_tokens=1, stream=False)
        body = APIS[self._target.api].encode(ask)
        if self._tokenize is None:
            return self._count_by_asking(body)
        by_tokenizer = self._tokenize(self._control, msgspec.json.decode(body))
        if self._tokenize_agrees and by_tokenizer is not None:
            return by_tokenizer
        counted = self._count_by_asking(body)
        self._tokenize_agrees = counted is not None and counted == by_tokenizer
        if not self._tokenize_agrees:
            self._tokenize = None
        return counted

    def _count_by_asking(self, body: bytes) -> int | None:
        api = APIS[self._target.api]
        reader = Reader(api, stream=False)
        reader.feed(self._control.ask_bytes(api.path, body, self._candidate.ready_timeout_s), 0)
        answer = reader.close()
        if answer.error is not None:
            raise OutsideError(f"{self._control.address.place} refused to count a prompt: {answer.error}")
        return answer.prompt_tokens

    def force_cold(self) -> ColdPhases:
        """Leaves nothing loaded: our own server restarted, the user's cold_command run, or the model unloaded.

        Processes are ready again on return. Raises ColdNotPossible where there is no such means or it did not
        work, EngineFailed when the server did not come back.
        """
        candidate = self._candidate
        if self._server is not None:
            return self._server.restart()
        if candidate.cold_command is not None:
            return cold_by_command(
                candidate.cold_command,
                self._control.address,
                self._is_ready,
                candidate.ready_timeout_s,
                own_ready=candidate.ready is not None,
            )
        if self._kind.unload is not None:
            return self._kind.unload(self._control, self._target.model, candidate.ready_timeout_s)
        raise ColdNotPossible(
            f"{self.name} at {self._control.address.place} cannot be told to unload its model",
            "give the candidate a cold_command that restarts the server",
        )

    def _is_ready(self) -> bool:
        """By the user's own check, a URL or a shell command, else by the engine's health."""
        ready = self._candidate.ready
        if ready is None:
            return self._control.is_ok(self._kind.health_path)
        if ready.startswith(("http://", "https://")):
            return self._control.is_ok_elsewhere(ready)
        return command_succeeds(ready, self._candidate.ready_timeout_s)
