"""A continuous-batching engine on a virtual clock, step by step: what the closed forms are held against.

Requests arrive as a Poisson process; a step decodes one token of every running sequence and takes prompts in order
of arrival, up to a budget of tokens; `step_s(sequences, prompt_tokens)` says how long it takes. No averages here.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Request:
    arrived_s: float
    prompt_left: int
    answer_left: int
    first_s: float = 0.0


@dataclass
class Engine:
    step_s: Callable[[int, int], float]
    slots: int
    budget: int
    now_s: float = 0.0
    prompts: list[Request] = field(default_factory=list)
    running: list[Request] = field(default_factory=list)

    def step(self) -> list[Request]:
        """One step; the requests whose last token it made."""
        left = max(0, self.budget - len(self.running))
        taken, finished = 0, []
        for request in self.prompts:
            chunk = min(request.prompt_left, left)
            request.prompt_left -= chunk
            left, taken = left - chunk, taken + chunk
            if request.prompt_left == 0:
                finished.append(request)
            if left == 0:
                break
        self.now_s += self.step_s(len(self.running), taken)
        for request in self.running:
            request.answer_left -= 1
        ended = [request for request in self.running if request.answer_left == 0]
        self.running = [request for request in self.running if request.answer_left > 0]
        for request in finished:
            self.prompts.remove(request)
            request.first_s, request.answer_left = self.now_s, request.answer_left - 1
            self.running.append(request)
        return ended


def served(
    engine: Engine, rate_per_s: float, input_tokens: int, output_tokens: int, count: int
) -> tuple[list[float], list[float]]:
    """(TTFT, TPOT) of `count` requests in seconds, each sorted; the first tenth is left out."""
    chance, at_s = random.Random(1), 0.0
    arrivals: deque[Request] = deque()
    for _ in range(count):
        at_s += chance.expovariate(rate_per_s)
        arrivals.append(Request(at_s, input_tokens, output_tokens))
    waiting: deque[Request] = deque()
    ttft: list[float] = []
    tpot: list[float] = []
    while len(tpot) < count:
        while arrivals and arrivals[0].arrived_s <= engine.now_s:
            waiting.append(arrivals.popleft())
        while waiting and len(engine.running) + len(engine.prompts) < engine.slots:
            engine.prompts.append(waiting.popleft())
        if not engine.running and not engine.prompts:
            engine.now_s = arrivals[0].arrived_s
            continue
        for request in engine.step():
            ttft.append(request.first_s - request.arrived_s)
            tpot.append((engine.now_s - request.first_s) / (output_tokens - 1))
    return sorted(ttft[count // 10 :]), sorted(tpot[count // 10 :])
