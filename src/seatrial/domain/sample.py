"""A sample: the raw record of one request. Everything else is derived from samples."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """How a request ended. `ok` is complete; every other one but `never_sent` is a failure with its cause."""

    OK = "ok"
    UNKNOWN_HOST = "unknown_host"
    REFUSED = "refused"
    TLS = "tls_failed"
    UNAUTHORIZED = "unauthorized"
    MODEL_NOT_FOUND = "model_not_found"
    RATE_LIMITED = "rate_limited"
    HTTP_ERROR = "http_error"
    SERVER_ERROR = "server_error"
    RESET = "reset"
    CUT_OFF = "cut_off"
    TIMEOUT = "timeout"
    TOKEN_TIMEOUT = "token_timeout"  # noqa: S105  not a password
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    EMPTY = "empty"
    INTERRUPTED = "interrupted"
    NEVER_SENT = "never_sent"


class Channel(StrEnum):
    """What a chunk carries. Its position in this enum is the code stored in `Sample.chunk_channel`."""

    CONTENT = "content"
    REASONING = "reasoning"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Sample:
    """One request, raw. Times are perf_counter_ns of this computer; None where the moment never came.

    Chunks are those that carry at least one generated token, in order, as packed little-endian arrays of equal
    length: `chunk_ns` int64 receive time minus `t_send_ns`; `chunk_lag_us` uint32 client read time minus kernel
    time; `chunk_tokens` uint16 tokens in the chunk by per-chunk usage, 0 where the server does not say;
    `chunk_channel` uint8 position in `Channel`. `server` holds durations in seconds as the engine reported them
    (load_s, prompt_eval_s, eval_s, total_s, ...). `first_read_chunks`: token chunks that arrived in the same
    read as the first one (more than 1: the first time stamp may belong to a later chunk).
    `kernel_clock`: all receive times came from the kernel.
    """

    index: int
    t_intended_ns: int
    t_send_ns: int | None = None
    t_connected_ns: int | None = None
    t_headers_ns: int | None = None
    t_end_ns: int | None = None
    outcome: Outcome = Outcome.NEVER_SENT
    status: int | None = None
    detail: str | None = None
    retry_after_s: float | None = None
    stage: int = 0
    shard: int = 0
    input_tokens_asked: int | None = None
    output_tokens_asked: int | None = None
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    completion_tokens: int | None = None
    finish_reason: str | None = None
    chunk_ns: bytes = b""
    chunk_lag_us: bytes = b""
    chunk_tokens: bytes = b""
    chunk_channel: bytes = b""
    first_read_chunks: int = 0
    kernel_clock: bool = False
    bytes_received: int = 0
    text: str | None = None
    server: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ColdPhases:
    """A cold start, seconds since the moment nothing was loaded and the start was asked for. None: not seen.

    `how` says by what means nothing was loaded (keep_alive=0 and /api/ps empty; process restarted; command).
    `accept_s` connections are accepted; `ready_s` the engine says it can answer (health); the first byte and
    first token of the first request, and the engine's own load duration, come from the samples.
    """

    how: str
    t_start_ns: int
    accept_s: float | None = None
    ready_s: float | None = None


@dataclass(frozen=True, slots=True)
class ClientSecond:
    """What one client process saw of itself during one second (`t_ns` is its end).

    `cpu` is CPU time / elapsed (1.0 = one core); `loop_lag_s` the longest time between two looks at the
    sockets that was spent working, not waiting; `gc_s` time in garbage collection; `events` chunks read;
    `clock_step_s` the largest jump seen between the kernel's wall clock and the monotonic one.
    """

    t_ns: int
    shard: int
    cpu: float
    loop_lag_s: float
    gc_s: float
    events: int
    clock_step_s: float
    in_flight: int
