"""Waiting: how long a request of an open (Poisson) process waits before it is served, mean and 95th percentile; and
how many prompts stand before one of a closed loop.

Two queues stand before a first token. Prompts share one server, the step: M/G/1, Pollaczek and Khinchine. And a
request needs a slot (a sequence of the batch): M/M/c by Erlang C, since answers of many lengths leave at random.
The tail of a wait is taken as exponential with the mean it has among those that wait at all (Kleinrock, Queueing
Systems vol. 1, 3.8 and 5.7; exact for M/M/c, an approximation for M/G/1).
"""

from __future__ import annotations

from math import exp, log, sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from seatrial.domain.coefficients import Coefficients

TAIL = 0.05
Z95 = 1.6449
"""Standard deviations of a normal distribution above its mean at its 95th percentile."""


class Wait(NamedTuple):
    """Seconds: the mean over all requests, and what 95 % of them do not exceed."""

    mean_s: float
    p95_s: float


NO_WAIT = Wait(0.0, 0.0)


def wait_for_server(rate_per_s: float, service_s: float, service_cv: float) -> Wait:
    """The wait of an M/G/1 queue. Raises ValueError at or above saturation."""
    load = rate_per_s * service_s
    if load >= 1.0:
        raise ValueError(f"load {load:.2f} is no steady state")
    if load <= 0.0:
        return NO_WAIT
    mean = load * service_s * (1.0 + service_cv**2) / (2.0 * (1.0 - load))
    return Wait(mean, _p95(load, mean / load))


def wait_for_slot(rate_per_s: float, held_s: float, slots: int) -> Wait:
    """The wait of an M/M/c queue whose requests hold a slot for `held_s`. Raises ValueError at saturation."""
    load = rate_per_s * held_s / slots
    if load >= 1.0:
        raise ValueError(f"load {load:.2f} is no steady state")
    if load <= 0.0:
        return NO_WAIT
    waits = erlang_c(slots, load * slots)
    among_those = held_s / (slots * (1.0 - load))
    return Wait(waits * among_those, _p95(waits, among_those))


def erlang_c(servers: int, offered: float) -> float:
    """The probability of waiting with `offered` Erlang on `servers`, by its recurrence (Erlang B first)."""
    blocked = 1.0
    for server in range(1, servers + 1):
        blocked = offered * blocked / (server + offered * blocked)
    load = offered / servers
    return blocked / (1.0 - load * (1.0 - blocked))


def _p95(waiting_share: float, mean_among_waiting_s: float) -> float:
    return mean_among_waiting_s * log(waiting_share / TAIL) if waiting_share > TAIL else 0.0


def prompts_before(first: Coefficients, sequences: float, *, one_length: bool) -> float:
    """In a closed loop: how many prompts of others are processed while one waits for its first token, on average.

    Users who ended together come back together: with lengths that vary about the root of their number. With one
    length for all, engines fall into step: one user alone, then all the others at once, who wait for that one
    and for each other, (n - 1)^2 / n prompts on average (seen on llama.cpp and vLLM, docs/calibrate.md).
    """
    others = max(sequences - 1.0, 0.0)
    together = first.get("bunching") * sqrt(others)
    if one_length:
        together += first.get("lockstep") * others * others / max(sequences, 1.0)
    return min(others, together)


def tail(cv: float) -> float:
    """The 95th percentile of a log-normal length over its mean."""
    sigma = sqrt(log(1.0 + cv * cv))
    return exp(Z95 * sigma - sigma * sigma / 2.0)
