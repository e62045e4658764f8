"""Latencies and speeds of single requests and single gaps, exactly by docs/measurement.md.

A per-request function returns shape (n,), NaN where the quantity is undefined, never 0. Only completed requests
have latencies: failures are counted, not averaged in. Everything starts from two moments of a request, its first
and its last token-carrying chunk, so that this rule stands in one place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.domain.sample import Channel

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.stats.table import Floats, Ints, SampleTable

_CONTENT = list(Channel).index(Channel.CONTENT)


class Pooled(NamedTuple):
    """Values of many chunks together, shape (k,), and the row of the request each one belongs to."""

    values: Floats
    request: Ints


def first_chunk_s(table: SampleTable) -> Floats:
    """Moment of the first token-carrying chunk of each completed request."""
    return _chunk_at(table, table.first[:-1])


def last_chunk_s(table: SampleTable) -> Floats:
    return _chunk_at(table, table.first[1:] - 1)


def _chunk_at(table: SampleTable, positions: Ints) -> Floats:
    moments = np.full(len(table), np.nan)
    there = table.completed & (table.chunk_count > 0)
    moments[there] = table.chunk_s[positions[there]]
    return moments


def ttft_s(table: SampleTable) -> Floats:
    return first_chunk_s(table) - table.t_send_s


def ttft_intended_s(table: SampleTable) -> Floats:
    return first_chunk_s(table) - table.t_intended_s


def ttfa_s(table: SampleTable) -> Floats:
    """Time to the first chunk of the answer itself: reasoning and tool calls do not count."""
    if not (table.chunk_channel != _CONTENT).any():
        return ttft_s(table)
    answers = np.flatnonzero(table.chunk_channel == _CONTENT)
    following = np.append(answers, len(table.chunk_s))[np.searchsorted(answers, table.first[:-1])]
    there = following < table.first[1:]  # else the next answer chunk is that of a later request
    moments = np.full(len(table), np.nan)
    moments[there] = table.chunk_s[following[there]]
    return np.where(table.completed, moments - table.t_send_s, np.nan)


def connect_s(table: SampleTable) -> Floats:
    """Time to connect; NaN for a request that went over a kept connection."""
    return np.where(table.completed, table.t_connected_s - table.t_send_s, np.nan)


def e2e_s(table: SampleTable) -> Floats:
    return last_chunk_s(table) - table.t_send_s


def e2e_intended_s(table: SampleTable) -> Floats:
    return last_chunk_s(table) - table.t_intended_s


def stream_close_s(table: SampleTable) -> Floats:
    return table.t_end_s - last_chunk_s(table)


def tpot_s(table: SampleTable) -> Floats:
    """Time per output token after the first chunk: (last - first chunk) / (N - n_1).

    n_1 is the number of tokens of the first chunk by per-chunk usage, else 1 (assumed). Undefined without N, with
    N <= n_1, and where everything came at one moment: then nothing was timed.
    """
    after_first = table.completion_tokens - first_chunk_tokens(table)
    span = last_chunk_s(table) - first_chunk_s(table)
    return _ratio(span, np.where(span > 0, after_first, np.nan))


def first_chunk_tokens(table: SampleTable) -> Floats:
    """Tokens of each request's first chunk, 1 where the server does not say."""
    tokens = np.ones(len(table))
    there = table.chunk_count > 0
    tokens[there] = np.maximum(table.chunk_tokens[table.first[:-1][there]], 1)
    return tokens


def worst_stall_s(table: SampleTable) -> Floats:
    """The longest gap between two chunks of each request."""
    worst = np.full(len(table), np.nan)
    there = table.completed & (table.chunk_count > 1)
    # Rows without chunks take no room in the chunk columns, so the starts of the others bound every segment.
    some = table.chunk_count > 0
    longest = np.fmax.reduceat(_gaps(table), table.first[:-1][some]) if some.any() else np.empty(0)
    worst[there] = longest[there[some]]
    return worst


def norm_latency_s(table: SampleTable) -> Floats:
    return _ratio(e2e_s(table), table.completion_tokens)


def user_tokens_per_s(table: SampleTable) -> Floats:
    """Generation speed one user sees: 1 / TPOT."""
    return _ratio(np.ones(len(table)), tpot_s(table))


def e2e_tokens_per_s(table: SampleTable) -> Floats:
    return _ratio(np.where(table.completion_tokens > 0, table.completion_tokens, np.nan), e2e_s(table))


def input_tokens_per_s(table: SampleTable) -> Floats:
    """Input-processing speed; `input_speed_source` says of what.

    By the server's own duration, cached tokens are not counted as processed; by TTFT all prompt tokens are.
    """
    if input_speed_source(table) == "ttft":
        return _ratio(_positive(table.prompt_tokens), ttft_s(table))
    processed = _positive(table.prompt_tokens - np.nan_to_num(table.cached_tokens))
    return np.where(table.completed, _ratio(processed, _server_s(table, "prompt_eval_s")), np.nan)


def input_speed_source(table: SampleTable) -> str:
    """`prompt_eval` when the server gave that duration for every completed request, else `ttft`."""
    given = _server_s(table, "prompt_eval_s")[table.completed]
    return "prompt_eval" if given.size and not np.isnan(given).any() else "ttft"


def send_lag_s(table: SampleTable) -> Floats:
    """How late each request went out, failed ones too: it is the client that is measured here."""
    return table.t_send_s - table.t_intended_s


def icl_s(table: SampleTable) -> Pooled:
    """Every gap between neighbouring chunks of completed requests."""
    gaps = _gaps(table)
    known = ~np.isnan(gaps) & table.chunk_completed
    return Pooled(gaps[known], table.chunk_request[known])


def itl_s(table: SampleTable) -> Pooled:
    """Gap / tokens of the chunk, once per token; empty unless the server counts the tokens of every chunk."""
    gaps = _gaps(table)
    use = ~np.isnan(gaps) & table.chunk_completed
    if not has_chunk_usage(table):
        use[:] = False
    tokens = table.chunk_tokens[use]
    return Pooled(np.repeat(gaps[use] / tokens, tokens), np.repeat(table.chunk_request[use], tokens))


def receive_lag_s(table: SampleTable) -> Pooled:
    """Client read time minus kernel time of every chunk; empty where the kernel did not stamp."""
    known = np.repeat(table.kernel_clock, table.chunk_count)
    return Pooled(table.chunk_lag_s[known], table.chunk_request[known])


def tokens_per_chunk(table: SampleTable) -> Floats:
    counts = np.where(table.completed & (table.chunk_count > 0), table.chunk_count, np.nan)
    return _ratio(table.completion_tokens, counts)


def has_chunk_usage(table: SampleTable) -> bool:
    """Whether every chunk of the completed requests came with its number of tokens."""
    tokens = table.chunk_tokens[table.chunk_completed]
    return bool(tokens.size and tokens.min() > 0)


def is_token_by_token(table: SampleTable) -> bool:
    """Whether every chunk of the completed requests was told to be one token: then `itl_s` is `icl_s`."""
    tokens = table.chunk_tokens[table.chunk_completed]
    return bool(tokens.size and (tokens == 1).all())


def _gaps(table: SampleTable) -> Floats:
    """Shape (m,): seconds since the previous chunk of the same request, NaN at its first."""
    gaps = np.empty_like(table.chunk_s)
    np.subtract(table.chunk_s[1:], table.chunk_s[:-1], out=gaps[1:])  # as np.diff, without a copy to put NaN before
    gaps[table.first[:-1][table.chunk_count > 0]] = np.nan
    return gaps


def _server_s(table: SampleTable, name: str) -> Floats:
    told = table.server.get(name)
    return np.full(len(table), np.nan) if told is None else told


def _positive(values: Floats) -> Floats:
    return np.where(values > 0, values, np.nan)


def _ratio(above: Floats, below: Floats) -> Floats:
    """The quotient, NaN where `below` is not positive."""
    return above / _positive(below)


PER_REQUEST: dict[str, Callable[[SampleTable], Floats]] = {
    "ttft_s": ttft_s,
    "ttft_intended_s": ttft_intended_s,
    "ttfa_s": ttfa_s,
    "connect_s": connect_s,
    "e2e_s": e2e_s,
    "e2e_intended_s": e2e_intended_s,
    "tpot_s": tpot_s,
    "worst_stall_s": worst_stall_s,
    "norm_latency_s": norm_latency_s,
    "user_tokens_per_s": user_tokens_per_s,
    "e2e_tokens_per_s": e2e_tokens_per_s,
    "input_tokens_per_s": input_tokens_per_s,
    "send_lag_s": send_lag_s,
    "stream_close_s": stream_close_s,
}

POOLED: dict[str, Callable[[SampleTable], Pooled]] = {
    "icl_s": icl_s,
    "itl_s": itl_s,
    "receive_lag_s": receive_lag_s,
}

# What only a stream can tell: an answer that comes in one piece has no first token and no gaps.
STREAM_ONLY = frozenset(
    {
        "ttft_s", "ttft_intended_s", "ttfa_s", "tpot_s", "worst_stall_s", "user_tokens_per_s", "icl_s", "itl_s",
        "stream_close_s",
    }
)  # fmt: skip
