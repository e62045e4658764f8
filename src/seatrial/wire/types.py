"""What goes out and what came back, free of any protocol."""

from __future__ import annotations

from dataclasses import dataclass, field

_REASONING = 1  # position in domain.sample.Channel


@dataclass(frozen=True, slots=True)
class Ask:
    """One request in the field's words. `messages` are (role, content) pairs; completions join their contents.

    `exact_output` and `chunk_usage` as in `domain.target.Target`; `extra` is merged into the JSON body last.
    """

    model: str
    messages: tuple[tuple[str, str], ...]
    max_tokens: int
    stream: bool = True
    exact_output: str | None = None
    chunk_usage: bool = False
    temperature: float | None = 0.0
    seed: int | None = None
    extra: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Answer:
    """What a response said, growing while it is read.

    Chunks that carry at least one generated token are columns of equal length: `reads` the number (given by the
    caller) of the read that completed the chunk, `channels` its position in `domain.sample.Channel`, `tokens` the
    tokens in it (0 where the server does not say), `texts`.
    `done`: the protocol's own end was seen. `error`: the server's message when it reported one in the stream.
    `malformed`: what could not be read. `server`: durations in seconds as the engine gave them (load_s,
    prompt_eval_s, eval_s, total_s).
    """

    reads: list[int] = field(default_factory=list)
    channels: list[int] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    completion_tokens: int | None = None
    finish_reason: str | None = None
    done: bool = False
    error: str | None = None
    malformed: str | None = None
    server: dict[str, float] = field(default_factory=dict)
    _counted: int = 0

    def add(self, read: int, channel: int, text: str) -> None:
        """Appends a chunk; its tokens are what `completion_tokens` grew by since the chunk before it.

        A count that shrinks, as no honest one does, has not grown.
        """
        self.reads.append(read)
        self.channels.append(channel)
        self.texts.append(text)
        total = self.completion_tokens or 0
        self.tokens.append(max(0, total - self._counted))
        self._counted = total

    @property
    def counts_chunks(self) -> bool:
        """The server told the tokens of every chunk (the first already carried a count)."""
        return bool(self.tokens) and self.tokens[0] > 0

    @property
    def text(self) -> str:
        """All channels joined in order of arrival, reasoning between <think> and </think>, as models write it."""
        parts, thinks = [], False
        for channel, text in zip(self.channels, self.texts, strict=True):
            if (channel == _REASONING) != thinks:
                thinks = not thinks
                parts.append("<think>" if thinks else "</think>")
            parts.append(text)
        return "".join(parts) + ("</think>" if thinks else "")
